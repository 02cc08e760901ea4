//! The file of the catalogue, before its schema is in it.

use std::fs;
use std::path::Path;

use finkit_finfo::catalogue::{CatalogueError, CatalogueErrorKind};
use rusqlite::{Connection, OpenFlags};

use super::fault::{self, Fault};
use crate::sqlite;

/// Bytes of a page of the database. Rows of a kilobyte fill larger pages better, and a page is written whole wherever one
/// of its rows changes.
pub(super) const PAGE: u32 = 8_192;

/// Pages in the write-ahead log before whoever writes copies them into the database: 64 MB.
pub(super) const CHECKPOINT: u32 = 8_192;

/// Makes the file with the right size of pages, where there is none. That of an existing file stays.
pub(super) fn prepare(path: &Path) -> Result<(), CatalogueError> {
    if fs::metadata(path).is_ok_and(|found| found.len() > 0) {
        return look(path);
    }
    let fault = |error| fault::of_file(error, format!("{} can't be created", path.display()));
    sqlite::create_private(path).map_err(fault)?;
    let set = || -> rusqlite::Result<()> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(sqlite::BUSY)?;
        connection.pragma_update(None, "page_size", PAGE)?;
        connection.pragma_update(None, "journal_mode", "wal")
    };
    Ok(set().map_err(Fault::from)?)
}

/// Refuses other files of this program, such as a ledger, before anything is done to them.
fn look(path: &Path) -> Result<(), CatalogueError> {
    let tables = || -> rusqlite::Result<(u32, u32)> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(sqlite::BUSY)?;
        connection.query_row(
            "SELECT count(*), count(*) FILTER (WHERE name = 'search_segment') FROM sqlite_schema",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    };
    match tables() {
        Ok((1.., 0)) => Err(CatalogueError::new(
            CatalogueErrorKind::Damaged,
            format!("{} is no catalogue of articles", path.display()),
        )),
        // What is wrong otherwise is found when it is opened.
        Ok(_) | Err(_) => Ok(()),
    }
}
