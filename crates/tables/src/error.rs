//! Why a list could not be read at all, as opposed to faults of single rows.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use crate::fault::ColumnRef;
use crate::field::{ColumnSpec, Field};
use crate::options::Format;

/// A list that could not be read.
pub struct ListError {
    kind: ListErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Why a list could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListErrorKind {
    /// The file could not be opened. Check its name and its access rights.
    Open,
    /// Reading broke off.
    Read,
    /// Writing the corrected copy failed.
    Write,
    /// There is no row in it.
    Empty,
    /// The file is of a kind that is not read; the word says which, such as `xls`, `ods`, `pdf` or `zip`.
    /// Saving it as XLSX or CSV helps.
    Unsupported(&'static str),
    /// Set to one form, but it is another. Leave the form to recognition.
    NotOfFormat(Format),
    /// The workbook is damaged or is protected by a password.
    Workbook,
    /// No sheet has the name that was asked for.
    SheetNotFound {
        /// What was asked for.
        name: String,
        /// The sheets there are.
        sheets: Vec<String>,
    },
    /// A bound of [`Limits`](crate::Limits) was reached.
    Limit {
        /// Which one.
        limit: Limit,
        /// Its value.
        value: u64,
        /// The row where it was reached, where there is one.
        row: Option<u64>,
    },
    /// A quoted cell that begins in this row never ends.
    UnclosedQuote {
        /// The row where it begins.
        row: u64,
    },
    /// A NUL byte: this is no text file, or one in UTF-16 without a byte order mark.
    NulByte {
        /// The row with it.
        row: u64,
    },
    /// The bytes are not text in the encoding that was set or recognised.
    Encoding {
        /// The name of the encoding.
        encoding: &'static str,
    },
    /// Columns that are needed were not found. `--map` names them.
    ColumnsMissing {
        /// The values without a column.
        fields: Vec<Field>,
        /// The row taken for the headings, where there is one.
        header_row: Option<u64>,
        /// The columns there are.
        columns: Vec<ColumnRef>,
    },
    /// Several columns could hold the value. `--map` settles it.
    ColumnAmbiguous {
        /// The value.
        field: Field,
        /// The columns that could hold it.
        candidates: Vec<ColumnRef>,
    },
    /// `--map` names a column that is not there.
    MappedColumnNotFound {
        /// The value.
        field: Field,
        /// What was named.
        spec: ColumnSpec,
        /// The columns there are.
        columns: Vec<ColumnRef>,
    },
    /// `--map` gives one column to two values.
    ColumnMappedTwice {
        /// The column.
        column: ColumnRef,
        /// Both values.
        fields: [Field; 2],
    },
}

/// A bound that was reached; see [`Limits`](crate::Limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Bytes of one row of a text file.
    RowBytes,
    /// Columns of a list.
    Columns,
    /// Bytes of a workbook file.
    WorkbookBytes,
    /// Bytes a workbook unpacks to.
    InflatedBytes,
    /// Bytes the shared strings of a workbook unpack to.
    SharedStringsBytes,
    /// Bytes of one text or tag within a workbook.
    TextBytes,
    /// Tags or comments of one part of a workbook.
    Tags,
    /// Entries of a workbook's archive.
    WorkbookEntries,
    /// Cells of a sheet.
    Cells,
    /// Rows of a list.
    Rows,
}

impl ListError {
    pub(crate) fn new(kind: ListErrorKind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) fn with(
        kind: ListErrorKind,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    pub(crate) fn limit(limit: Limit, value: u64, row: Option<u64>) -> Self {
        Self::new(ListErrorKind::Limit { limit, value, row })
    }

    /// Why.
    #[must_use]
    pub fn kind(&self) -> &ListErrorKind {
        &self.kind
    }
}

impl From<ListErrorKind> for ListError {
    fn from(kind: ListErrorKind) -> Self {
        Self::new(kind)
    }
}

impl ListErrorKind {
    /// The kind as a stable word for machines, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Read => "read",
            Self::Write => "write",
            Self::Empty => "empty",
            Self::Unsupported(_) => "unsupported-format",
            Self::NotOfFormat(_) => "not-of-format",
            Self::Workbook => "workbook",
            Self::SheetNotFound { .. } => "sheet-not-found",
            Self::Limit { .. } => "limit",
            Self::UnclosedQuote { .. } => "unclosed-quote",
            Self::NulByte { .. } => "nul-byte",
            Self::Encoding { .. } => "encoding",
            Self::ColumnsMissing { .. } => "columns-missing",
            Self::ColumnAmbiguous { .. } => "column-ambiguous",
            Self::MappedColumnNotFound { .. } => "mapped-column-not-found",
            Self::ColumnMappedTwice { .. } => "column-mapped-twice",
        }
    }
}

impl Limit {
    /// The bound as a stable word, in kebab case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RowBytes => "row-bytes",
            Self::Columns => "columns",
            Self::WorkbookBytes => "workbook-bytes",
            Self::InflatedBytes => "inflated-bytes",
            Self::SharedStringsBytes => "shared-strings-bytes",
            Self::TextBytes => "text-bytes",
            Self::Tags => "tags",
            Self::WorkbookEntries => "workbook-entries",
            Self::Cells => "cells",
            Self::Rows => "rows",
        }
    }
}

/// Columns that a message names at most, and characters of a heading.
const NAMED: usize = 20;
const HEADING: usize = 40;

fn names(columns: &[ColumnRef]) -> String {
    let mut names: Vec<String> = columns
        .iter()
        .take(NAMED)
        .map(|column| match &column.header {
            Some(header) => match header.char_indices().nth(HEADING) {
                Some((end, _)) => {
                    format!("{} {:?}", column.letters(), format!("{}…", &header[..end]))
                }
                None => format!("{} {header:?}", column.letters()),
            },
            None => column.letters(),
        })
        .collect();
    if columns.len() > NAMED {
        names.push(format!("and {} more", columns.len() - NAMED));
    }
    names.join(", ")
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ListErrorKind::Open => f.write_str("the list could not be opened"),
            ListErrorKind::Read => f.write_str("the list could not be read to its end"),
            ListErrorKind::Write => f.write_str("the corrected list could not be written"),
            ListErrorKind::Empty => f.write_str("the list has no rows"),
            ListErrorKind::Unsupported(kind) => write!(
                f,
                "files of kind {kind} are not read; save it as XLSX or CSV"
            ),
            ListErrorKind::NotOfFormat(format) => {
                write!(f, "the list is not in the form {}", format.code())
            }
            ListErrorKind::Workbook => f.write_str("the workbook is damaged or protected"),
            ListErrorKind::SheetNotFound { name, sheets } => {
                write!(f, "the workbook has no sheet {name:?}, only {sheets:?}")
            }
            ListErrorKind::Limit { limit, value, row } => {
                write!(
                    f,
                    "the list goes beyond the limit of {value} for {}",
                    limit.code()
                )?;
                match row {
                    Some(row) => write!(f, " in row {row}"),
                    None => Ok(()),
                }
            }
            ListErrorKind::UnclosedQuote { row } => {
                write!(f, "the quoted cell that begins in row {row} never ends")
            }
            ListErrorKind::NulByte { row } => write!(
                f,
                "row {row} holds a NUL byte; this is no list in text form"
            ),
            ListErrorKind::Encoding { encoding } => write!(f, "the list is no text in {encoding}"),
            ListErrorKind::ColumnsMissing {
                fields,
                header_row,
                columns,
            } => {
                let fields: Vec<&str> = fields.iter().map(|field| field.code()).collect();
                write!(f, "no column found for {}", fields.join(", "))?;
                if let Some(row) = header_row {
                    write!(f, " in the headings of row {row}")?;
                }
                write!(f, "; columns: {}", names(columns))
            }
            ListErrorKind::ColumnAmbiguous { field, candidates } => {
                write!(f, "several columns could be {field}: {}", names(candidates))
            }
            ListErrorKind::MappedColumnNotFound {
                field,
                spec,
                columns,
            } => {
                write!(
                    f,
                    "no column {spec} for {field}; columns: {}",
                    names(columns)
                )
            }
            ListErrorKind::ColumnMappedTwice { column, fields } => {
                write!(
                    f,
                    "column {} is mapped to both {} and {}",
                    column.letters(),
                    fields[0],
                    fields[1]
                )
            }
        }
    }
}

impl fmt::Debug for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListError")
            .field("kind", &self.kind.code())
            .field("message", &self.to_string())
            .finish()
    }
}

impl StdError for ListError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

impl From<io::Error> for ListError {
    fn from(error: io::Error) -> Self {
        Self::with(ListErrorKind::Read, error)
    }
}
