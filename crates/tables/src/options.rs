//! What a caller can settle about a list instead of leaving it to recognition, and the limits kept while reading.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, NaiveTime};
use finkit_core::{RegisteredAt, ZoneRule};

use crate::field::{ColumnSpec, Field};

/// Where a list comes from.
pub enum Source {
    /// A file.
    Path(PathBuf),
    /// Anything that can only be read once from front to back, such as standard input.
    Stream(Box<dyn Read + Send>),
}

impl Source {
    /// A file.
    pub fn path(path: impl AsRef<Path>) -> Self {
        Self::Path(path.as_ref().to_path_buf())
    }

    /// Standard input.
    #[must_use]
    pub fn stdin() -> Self {
        Self::Stream(Box::new(io::stdin()))
    }

    /// Bytes in memory.
    #[must_use]
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::Stream(Box::new(io::Cursor::new(bytes.into())))
    }

    /// Opens it for reading; the second value is its size in bytes, where it is known.
    pub(crate) fn open(self) -> io::Result<(OpenSource, Option<u64>)> {
        match self {
            Self::Path(path) => {
                let file = File::open(path)?;
                let metadata = file.metadata()?;
                if metadata.is_dir() {
                    return Err(io::Error::from(io::ErrorKind::IsADirectory));
                }
                if metadata.is_file() {
                    Ok((OpenSource::File(file), Some(metadata.len())))
                } else {
                    Ok((OpenSource::Stream(Box::new(file)), None))
                }
            }
            Self::Stream(stream) => Ok((OpenSource::Stream(stream), None)),
        }
    }
}

/// An opened source.
pub(crate) enum OpenSource {
    /// A file in which one can go back.
    File(File),
    /// Anything else.
    Stream(Box<dyn Read + Send>),
}

impl OpenSource {
    pub(crate) fn into_stream(self) -> Box<dyn Read + Send> {
        match self {
            Self::File(file) => Box::new(file),
            Self::Stream(stream) => stream,
        }
    }
}

impl Read for OpenSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Stream(stream) => stream.read(buffer),
        }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Cells separated by a delimiter, whichever it is.
    Csv,
    /// A workbook of Excel 2007 or later.
    Xlsx,
    /// One JSON object per line.
    Ndjson,
}

impl Format {
    /// `csv`, `xlsx` or `ndjson`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Ndjson => "ndjson",
        }
    }
}

/// How the characters of a text file are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// What Excel on Windows calls "CSV" in western Europe.
    Windows1252,
    /// UTF-16, low byte first; what Excel calls "Unicode text".
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

impl Encoding {
    /// The name as the encoding standard has it, in lower case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Windows1252 => "windows-1252",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
        }
    }
}

/// Where the headings stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Header {
    /// In one of the first rows; found by its words. A list without headings is read if its columns are clear.
    #[default]
    Auto,
    /// There are none.
    None,
    /// In this row, counted from 1.
    Row(u64),
}

/// Whether day or month stands first in a date like `01/06/2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// Day, month, year.
    DayFirst,
    /// Month, day, year.
    MonthFirst,
}

/// Which values a row must have for the purpose at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// All four: FIN, start, end and registration time, as an entry needs them.
    #[default]
    Entry,
    /// The FIN alone, as a search needs it; the year comes from elsewhere.
    Search,
    /// FIN, start and end, as a deletion needs them.
    Delete,
}

impl Purpose {
    /// Whether a row must have this value.
    #[must_use]
    pub fn needs(self, field: Field) -> bool {
        match self {
            Self::Entry => true,
            Self::Search => field == Field::Fin,
            Self::Delete => field != Field::RegisteredAt,
        }
    }
}

/// Bounds kept while a list is read, so that no file can exhaust memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest row of a text file, in bytes. Default: 1 MiB.
    pub row_bytes: usize,
    /// Most columns of a list. Default: 256.
    pub columns: u32,
    /// Largest workbook file, in bytes. Default: 128 MiB.
    pub workbook_bytes: u64,
    /// Most bytes a workbook may unpack to. Default: 512 MiB.
    pub inflated_bytes: u64,
    /// Most bytes the table of shared strings of a workbook may unpack to. Default: 48 MiB.
    pub shared_strings_bytes: u64,
    /// Most entries of a workbook's archive. Default: 2,000.
    pub workbook_entries: usize,
    /// Most cells of a sheet. Default: 32 million.
    pub cells: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            row_bytes: 1 << 20,
            columns: 256,
            workbook_bytes: 128 << 20,
            inflated_bytes: 512 << 20,
            shared_strings_bytes: 48 << 20,
            workbook_entries: 2_000,
            cells: 32_000_000,
        }
    }
}

/// How to read a list. `ListOptions::default()` recognises everything.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ListOptions {
    /// The form of the file; `None`: by its first bytes.
    pub format: Option<Format>,
    /// The delimiter, an ASCII character; `None`: whichever of `,` `;` tab `|` splits the first rows evenly.
    pub delimiter: Option<u8>,
    /// The encoding; `None`: by the byte order mark, else UTF-8, else Windows-1252.
    pub encoding: Option<Encoding>,
    /// The name of the sheet; `None`: the first visible one with a recognisable heading.
    pub sheet: Option<String>,
    /// Where the headings stand.
    pub header: Header,
    /// Columns named by the caller; they win over recognised headings.
    pub map: Vec<(Field, ColumnSpec)>,
    /// Fills an empty or missing start with 1 January and an empty or missing end with 31 December of this year.
    pub year: Option<i32>,
    /// Fills an empty or missing registration time.
    pub registered_at: Option<RegisteredAt>,
    /// The time of day for registration times that are a bare date; without it they are at fault, because the
    /// service would take midnight UTC.
    pub registered_time: Option<NaiveTime>,
    /// Settles dates such as `01/06/2026`.
    pub date_order: Option<DateOrder>,
    /// The zone of registration times without one.
    pub zone: ZoneRule,
    /// Which values a row must have.
    pub purpose: Purpose,
    /// Bounds kept while reading.
    pub limits: Limits,
    /// Threads of the check; `None`: as many as the machine has, at most eight.
    pub threads: Option<usize>,
}

impl ListOptions {
    /// Start and end of the default year, where one was given.
    pub(crate) fn default_period(&self) -> Option<(NaiveDate, NaiveDate)> {
        let year = self.year?;
        Some((
            NaiveDate::from_ymd_opt(year, 1, 1)?,
            NaiveDate::from_ymd_opt(year, 12, 31)?,
        ))
    }
}
