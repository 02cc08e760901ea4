//! Why a table could not be written.

use std::io;

use crate::write::{WriteError, WriteErrorKind};

/// A table could not be written. The file of that name, if there was one, is as it was.
///
/// `Display` is one line without any value; the cause is in [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct ExportError(Repr);

#[derive(Debug, thiserror::Error)]
enum Repr {
    #[error(transparent)]
    File(WriteError),
    #[error("the table cannot be written")]
    Io(#[source] io::Error),
    #[error("{0}")]
    Schema(&'static str),
    #[error("row {row} has {found} values for {expected} columns")]
    Length {
        row: u64,
        expected: usize,
        found: usize,
    },
    #[error("the value of row {row} for `{column}` is not of the column's kind")]
    Value { row: u64, column: String },
    #[error("the number of row {row} for `{column}` has more digits than the column")]
    Digits {
        row: u64,
        place: usize,
        column: String,
    },
    #[error(
        "a sheet holds {most} rows below its heading, and there are more; \
         CSV, JSON Lines and Parquet have no such limit"
    )]
    TooManyRows { most: u64 },
    #[error("a sheet holds 16384 columns, and there are more")]
    TooManyColumns,
    #[error("the workbook cannot be written")]
    Workbook(#[source] rust_xlsxwriter::XlsxError),
    #[error("the workbook cannot be written; the disk may be full")]
    GaveUp,
    #[error("the parquet file cannot be written")]
    Parquet(#[source] parquet::errors::ParquetError),
}

/// The kinds of [`ExportError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportErrorKind {
    /// A file of that name exists and replacing it was not allowed. Choose another name or allow it.
    Exists,
    /// The folder is missing, is no folder or cannot be written to.
    Create,
    /// Writing failed: disk full, broken pipe. [`ExportError::io_kind`] says which.
    Io,
    /// The caller gave columns that make no table, or a row that doesn't fit them.
    Shape,
    /// A number has more digits than its column in a Parquet file. [`write_table`](super::write_table) begins again
    /// with that column as text.
    Digits,
    /// A sheet of a workbook cannot hold so many rows or columns. Choose another format or fewer rows.
    TooLarge,
    /// The library of the format failed.
    Library,
}

impl ExportError {
    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> ExportErrorKind {
        match &self.0 {
            Repr::File(error) => match error.kind() {
                WriteErrorKind::Exists => ExportErrorKind::Exists,
                WriteErrorKind::Create => ExportErrorKind::Create,
                _ => ExportErrorKind::Io,
            },
            Repr::Io(_) => ExportErrorKind::Io,
            Repr::Schema(_) | Repr::Length { .. } | Repr::Value { .. } => ExportErrorKind::Shape,
            Repr::Digits { .. } => ExportErrorKind::Digits,
            Repr::TooManyRows { .. } | Repr::TooManyColumns => ExportErrorKind::TooLarge,
            Repr::Workbook(_) | Repr::GaveUp | Repr::Parquet(_) => ExportErrorKind::Library,
        }
    }

    /// The kind of the input or output failure underneath, if there is one: a broken pipe on standard output is no
    /// error to the program.
    #[must_use]
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match &self.0 {
            Repr::File(error) => error.io_kind(),
            Repr::Io(error) => Some(error.kind()),
            _ => None,
        }
    }

    /// The place of the column whose number has too many digits.
    pub(super) fn digits_at(&self) -> Option<usize> {
        match &self.0 {
            Repr::Digits { place, .. } => Some(*place),
            _ => None,
        }
    }

    pub(super) fn schema(what: &'static str) -> Self {
        Self(Repr::Schema(what))
    }

    pub(super) fn length(row: u64, expected: usize, found: usize) -> Self {
        Self(Repr::Length {
            row,
            expected,
            found,
        })
    }

    pub(super) fn value(row: u64, column: &str) -> Self {
        Self(Repr::Value {
            row,
            column: column.to_owned(),
        })
    }

    pub(super) fn digits(row: u64, place: usize, column: &str) -> Self {
        Self(Repr::Digits {
            row,
            place,
            column: column.to_owned(),
        })
    }

    pub(super) fn too_many_rows(most: u64) -> Self {
        Self(Repr::TooManyRows { most })
    }

    pub(super) fn too_many_columns() -> Self {
        Self(Repr::TooManyColumns)
    }

    pub(super) fn gave_up() -> Self {
        Self(Repr::GaveUp)
    }
}

impl From<WriteError> for ExportError {
    fn from(error: WriteError) -> Self {
        Self(Repr::File(error))
    }
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        Self(Repr::Io(error))
    }
}

impl From<csv::Error> for ExportError {
    fn from(error: csv::Error) -> Self {
        Self(Repr::Io(error.into()))
    }
}

impl From<rust_xlsxwriter::XlsxError> for ExportError {
    fn from(error: rust_xlsxwriter::XlsxError) -> Self {
        match error {
            rust_xlsxwriter::XlsxError::IoError(error) => Self(Repr::Io(error)),
            other => Self(Repr::Workbook(other)),
        }
    }
}

impl From<parquet::errors::ParquetError> for ExportError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        match error {
            parquet::errors::ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(error) => Self(Repr::Io(*error)),
                Err(inner) => Self(Repr::Parquet(parquet::errors::ParquetError::External(
                    inner,
                ))),
            },
            other => Self(Repr::Parquet(other)),
        }
    }
}
