//! What was corrected, cell by cell, kept in the order of the list.

use std::fmt;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};

use tempfile::SpooledTempFile;

use crate::error::{ListError, ListErrorKind};
use crate::fault::ColumnRef;
use crate::field::Field;
use crate::list::Dialect;

/// Bytes of corrections that are kept in memory.
const IN_MEMORY: usize = 4 << 20;

/// What a correction did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CorrectionKind {
    /// White space and separators were taken out of a FIN, and small letters made capitals.
    FinSeparators,
    /// Small letters of a FIN were made capitals.
    FinCase,
    /// A start or end was written as `2026-06-01`.
    DateForm,
    /// A registration time with an offset was written in the form of RFC 3339.
    TimeForm,
    /// A registration time without an offset was given that of its zone.
    TimeZone,
    /// A Unix stamp was written as date and time.
    TimeFromStamp,
}

impl CorrectionKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::FinSeparators,
        Self::FinCase,
        Self::DateForm,
        Self::TimeForm,
        Self::TimeZone,
        Self::TimeFromStamp,
    ];

    /// The kind as a stable word for machines, in kebab case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::FinSeparators => "fin-separators",
            Self::FinCase => "fin-case",
            Self::DateForm => "date-form",
            Self::TimeForm => "time-form",
            Self::TimeZone => "time-zone",
            Self::TimeFromStamp => "time-from-stamp",
        }
    }
}

/// One corrected cell.
///
/// `before` and `after` are personal data where [`Correction::is_fin`] holds, and are shown masked unless somebody
/// asked for them.
#[derive(Clone, PartialEq, Eq)]
pub struct Correction {
    /// The row as spreadsheets count it.
    pub row: u64,
    /// The column.
    pub column: ColumnRef,
    /// Which value the column holds.
    pub field: Field,
    /// What was done.
    pub kind: CorrectionKind,
    /// The value as it stands in the list.
    pub before: String,
    /// The value as it stands in the copy.
    pub after: String,
}

impl Correction {
    /// The cell as spreadsheets name it, such as `C17`.
    #[must_use]
    pub fn cell(&self) -> String {
        format!("{}{}", self.column.letters(), self.row)
    }

    /// Whether the values are a FIN, which is shown masked.
    #[must_use]
    pub fn is_fin(&self) -> bool {
        self.field == Field::Fin
    }
}

impl fmt::Debug for Correction {
    /// Without the values: they may be a FIN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Correction")
            .field("row", &self.row)
            .field("column", &self.column)
            .field("kind", &self.kind.code())
            .finish_non_exhaustive()
    }
}

/// Corrections as bytes, one after the other.
pub(super) struct Log {
    file: SpooledTempFile,
    counts: [u64; CorrectionKind::ALL.len()],
    record: Vec<u8>,
}

impl Log {
    pub(super) fn new() -> Self {
        Self {
            file: SpooledTempFile::new(IN_MEMORY),
            counts: [0; CorrectionKind::ALL.len()],
            record: Vec::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        row: u64,
        field: Field,
        kind: CorrectionKind,
        before: &str,
        after: &str,
    ) -> Result<(), ListError> {
        self.counts[kind as usize] += 1;
        self.record.clear();
        self.record.extend_from_slice(&row.to_le_bytes());
        self.record.extend_from_slice(&[field as u8, kind as u8]);
        for text in [before, after] {
            self.record
                .extend_from_slice(&(text.len() as u32).to_le_bytes());
            self.record.extend_from_slice(text.as_bytes());
        }
        self.file.write_all(&self.record).map_err(unkept)
    }

    /// How often each kind occurred.
    pub(super) fn kinds(&self) -> Vec<(CorrectionKind, u64)> {
        CorrectionKind::ALL
            .into_iter()
            .zip(self.counts)
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    pub(super) fn corrections<'a>(&'a mut self, dialect: &'a Dialect) -> Corrections<'a> {
        let left = self.counts.iter().sum();
        let failed = self.file.seek(SeekFrom::Start(0)).err();
        Corrections {
            file: BufReader::new(&mut self.file),
            dialect,
            left,
            failed: failed.map(unkept),
        }
    }
}

fn unkept(error: std::io::Error) -> ListError {
    ListError::with(ListErrorKind::Read, error)
}

/// All corrections of a list; see [`FixReport::corrections`](super::FixReport::corrections).
pub struct Corrections<'a> {
    file: BufReader<&'a mut SpooledTempFile>,
    dialect: &'a Dialect,
    left: u64,
    failed: Option<ListError>,
}

impl fmt::Debug for Corrections<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Corrections")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl Corrections<'_> {
    fn read(&mut self) -> std::io::Result<Correction> {
        let mut head = [0; 10];
        self.file.read_exact(&mut head)?;
        let [row @ .., field, kind] = head;
        let unknown = || std::io::Error::from(std::io::ErrorKind::InvalidData);
        let field = *Field::ALL.get(usize::from(field)).ok_or_else(unknown)?;
        let kind = *CorrectionKind::ALL
            .get(usize::from(kind))
            .ok_or_else(unknown)?;
        let column = self.dialect.column(field).cloned().ok_or_else(unknown)?;
        Ok(Correction {
            row: u64::from_le_bytes(row),
            column,
            field,
            kind,
            before: self.text()?,
            after: self.text()?,
        })
    }

    fn text(&mut self) -> std::io::Result<String> {
        let mut length = [0; 4];
        self.file.read_exact(&mut length)?;
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        self.file.read_exact(&mut bytes)?;
        String::from_utf8(bytes).map_err(|_| std::io::ErrorKind::InvalidData.into())
    }
}

impl Iterator for Corrections<'_> {
    type Item = Result<Correction, ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        if let Some(error) = self.failed.take() {
            self.left = 0;
            return Some(Err(error));
        }
        self.left -= 1;
        let read = self.read();
        if read.is_err() {
            self.left = 0;
        }
        Some(read.map_err(unkept))
    }
}
