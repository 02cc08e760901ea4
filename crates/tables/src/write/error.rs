//! Why a report could not be written.

use std::io;

/// A report could not be written.
///
/// `Display` is one line without the path's contents; the cause is in
/// [`source`](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct WriteError(Repr);

#[derive(Debug, thiserror::Error)]
enum Repr {
    #[error("the file exists already")]
    Exists,
    #[error("the place for the report cannot be written to")]
    Create(#[source] io::Error),
    #[error("the report cannot be written")]
    Io(#[source] io::Error),
    #[error("row {row} carries {found} further cells, the report was opened for {expected}")]
    Shape {
        row: u64,
        expected: usize,
        found: usize,
    },
    #[error("the list has too many columns for a workbook")]
    TooManyColumns,
    #[error("the workbook cannot be written")]
    Workbook(#[source] rust_xlsxwriter::XlsxError),
    #[error("the workbook cannot be written; the disk may be full")]
    GaveUp,
    #[error("the value cannot be written as JSON")]
    Json(#[source] serde_json::Error),
}

/// The kinds of [`WriteError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// A file of that name exists and replacing it was not allowed. Choose
    /// another name or allow it.
    Exists,
    /// The folder is missing, is no folder or cannot be written to.
    Create,
    /// Writing failed: disk full, broken pipe. [`WriteError::io_kind`] says which.
    Io,
    /// The caller gave a row that does not fit the head of the report.
    Shape,
    /// The workbook format cannot hold it, or its library failed.
    Workbook,
    /// A value cannot be put into JSON.
    Json,
}

impl WriteError {
    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> WriteErrorKind {
        match &self.0 {
            Repr::Exists => WriteErrorKind::Exists,
            Repr::Create(_) => WriteErrorKind::Create,
            Repr::Io(_) => WriteErrorKind::Io,
            Repr::Shape { .. } => WriteErrorKind::Shape,
            Repr::TooManyColumns | Repr::GaveUp | Repr::Workbook(_) => WriteErrorKind::Workbook,
            Repr::Json(_) => WriteErrorKind::Json,
        }
    }

    /// The kind of the input or output failure underneath, if there is one: a
    /// broken pipe on standard output is no error to the program.
    #[must_use]
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match &self.0 {
            Repr::Create(e) | Repr::Io(e) => Some(e.kind()),
            Repr::Exists => Some(io::ErrorKind::AlreadyExists),
            Repr::Json(e) => e.io_error_kind(),
            _ => None,
        }
    }

    pub(crate) fn exists() -> Self {
        Self(Repr::Exists)
    }

    pub(crate) fn create(source: io::Error) -> Self {
        Self(Repr::Create(source))
    }

    pub(crate) fn shape(row: u64, expected: usize, found: usize) -> Self {
        Self(Repr::Shape {
            row,
            expected,
            found,
        })
    }

    pub(crate) fn gave_up() -> Self {
        Self(Repr::GaveUp)
    }

    pub(crate) fn too_many_columns() -> Self {
        Self(Repr::TooManyColumns)
    }
}

impl From<io::Error> for WriteError {
    fn from(source: io::Error) -> Self {
        Self(Repr::Io(source))
    }
}

impl From<serde_json::Error> for WriteError {
    fn from(source: serde_json::Error) -> Self {
        match source.io_error_kind() {
            Some(_) => Self(Repr::Io(source.into())),
            None => Self(Repr::Json(source)),
        }
    }
}

impl From<rust_xlsxwriter::XlsxError> for WriteError {
    fn from(source: rust_xlsxwriter::XlsxError) -> Self {
        match source {
            rust_xlsxwriter::XlsxError::IoError(e) => Self(Repr::Io(e)),
            other => Self(Repr::Workbook(other)),
        }
    }
}

impl From<csv::Error> for WriteError {
    fn from(source: csv::Error) -> Self {
        match source.into_kind() {
            csv::ErrorKind::Io(e) => Self(Repr::Io(e)),
            other => Self(Repr::Io(io::Error::other(format!("{other:?}")))),
        }
    }
}
