//! Errors inside the ledger, and what they become outside.

use finkit_fincheck::submission::{LedgerError, LedgerErrorKind};

use crate::sqlite::{OpenError, Trouble, trouble};

/// What goes wrong inside: SQLite, or a rule of the ledger.
#[derive(Debug)]
pub(super) enum Fault {
    Sqlite(rusqlite::Error),
    Ledger(LedgerError),
}

impl Fault {
    /// Bytes that nothing of this program wrote.
    pub(super) fn damaged(what: &str) -> Self {
        Self::Ledger(LedgerError::new(
            LedgerErrorKind::Damaged,
            format!("the ledger is damaged: {what}"),
        ))
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<Fault> for LedgerError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Ledger(error) => error,
            Fault::Sqlite(error) => {
                let (kind, message) = match trouble(&error) {
                    Trouble::Full => (LedgerErrorKind::Full, "no space is left for the ledger"),
                    Trouble::ReadOnly => (LedgerErrorKind::ReadOnly, "the ledger can't be written"),
                    Trouble::Busy => (
                        LedgerErrorKind::Busy,
                        "another process holds the ledger for too long",
                    ),
                    Trouble::Damaged => (LedgerErrorKind::Damaged, "the ledger is damaged"),
                    Trouble::Other => (LedgerErrorKind::Io, "the ledger can't be read or written"),
                };
                LedgerError::new(kind, message).with_source(error)
            }
        }
    }
}

/// What an error of opening becomes.
pub(super) fn of_opening(error: OpenError) -> LedgerError {
    let kind = match &error {
        OpenError::NetworkFileSystem(..) => LedgerErrorKind::NetworkFileSystem,
        OpenError::Newer(..) => LedgerErrorKind::Newer,
        OpenError::Foreign(_) => LedgerErrorKind::Damaged,
        OpenError::File(_, cause) => match cause.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                LedgerErrorKind::ReadOnly
            }
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                LedgerErrorKind::Full
            }
            _ => LedgerErrorKind::Io,
        },
        OpenError::Sqlite(_, cause) => match trouble(cause) {
            Trouble::Full => LedgerErrorKind::Full,
            Trouble::ReadOnly => LedgerErrorKind::ReadOnly,
            Trouble::Busy => LedgerErrorKind::Busy,
            Trouble::Damaged => LedgerErrorKind::Damaged,
            Trouble::Other => LedgerErrorKind::Io,
        },
    };
    let message = error.to_string();
    match error {
        OpenError::File(_, cause) => LedgerError::new(kind, message).with_source(cause),
        OpenError::Sqlite(_, cause) => LedgerError::new(kind, message).with_source(cause),
        _ => LedgerError::new(kind, message),
    }
}
