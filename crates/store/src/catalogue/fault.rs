//! Errors inside the catalogue, and what they become outside.

use std::io;

use finkit_finfo::catalogue::{CatalogueError, CatalogueErrorKind};
use finkit_finfo::wire::WireError;

use crate::sqlite::{OpenError, Trouble, trouble};

/// What goes wrong inside: SQLite, or a rule of the catalogue.
#[derive(Debug)]
pub(super) enum Fault {
    Sqlite(rusqlite::Error),
    Catalogue(CatalogueError),
}

impl Fault {
    /// Something that nothing of this program wrote.
    pub(super) fn damaged(what: &str) -> Self {
        Self::Catalogue(CatalogueError::new(
            CatalogueErrorKind::Damaged,
            format!("the catalogue is damaged: {what}"),
        ))
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<CatalogueError> for Fault {
    fn from(error: CatalogueError) -> Self {
        Self::Catalogue(error)
    }
}

impl From<WireError> for Fault {
    /// A stored row that can't be read; rows on their way in are read before they come here.
    fn from(error: WireError) -> Self {
        let message = "the catalogue is damaged: a stored row is not a JSON object";
        CatalogueError::new(CatalogueErrorKind::Damaged, message)
            .with_source(error)
            .into()
    }
}

impl From<Fault> for CatalogueError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Catalogue(error) => error,
            Fault::Sqlite(error) => {
                let message = match trouble(&error) {
                    Trouble::Full => "no space is left for the catalogue",
                    Trouble::ReadOnly => "the catalogue can't be written",
                    Trouble::Busy => "another process holds the catalogue for too long",
                    Trouble::Damaged => "the catalogue is damaged",
                    Trouble::Other => "the catalogue can't be read or written",
                };
                CatalogueError::new(kind_of(&error), message).with_source(error)
            }
        }
    }
}

fn kind_of(error: &rusqlite::Error) -> CatalogueErrorKind {
    match trouble(error) {
        Trouble::Full => CatalogueErrorKind::Full,
        Trouble::ReadOnly => CatalogueErrorKind::ReadOnly,
        Trouble::Busy => CatalogueErrorKind::Busy,
        Trouble::Damaged => CatalogueErrorKind::Damaged,
        Trouble::Other => CatalogueErrorKind::Io,
    }
}

/// What an error of the file system becomes.
pub(super) fn of_file(error: io::Error, message: impl Into<String>) -> CatalogueError {
    let kind = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            CatalogueErrorKind::ReadOnly
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => CatalogueErrorKind::Full,
        _ => CatalogueErrorKind::Io,
    };
    CatalogueError::new(kind, message).with_source(error)
}

/// What an error of opening becomes.
pub(super) fn of_opening(error: OpenError) -> CatalogueError {
    let message = error.to_string();
    match error {
        OpenError::NetworkFileSystem(..) => CatalogueError::new(CatalogueErrorKind::Place, message),
        OpenError::Newer(..) => CatalogueError::new(CatalogueErrorKind::Newer, message),
        OpenError::Foreign(_) => CatalogueError::new(CatalogueErrorKind::Damaged, message),
        OpenError::File(_, cause) => of_file(cause, message),
        OpenError::Sqlite(_, cause) => {
            CatalogueError::new(kind_of(&cause), message).with_source(cause)
        }
    }
}
