//! The state in SQLite: the file, its tables, and one connection behind a lock.

mod accounts;
mod entries;
mod inspect;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rusqlite::Connection;

pub(super) use accounts::{Account, RegisterFault};
pub(super) use entries::{Entered, Flags, Overlap, Stored, Visibility};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS registration_codes (
    code TEXT PRIMARY KEY, kind TEXT NOT NULL, named INTEGER NOT NULL, used_by INTEGER REFERENCES participants
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS participants (
    id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, named INTEGER NOT NULL,
    salt BLOB NOT NULL, hash BLOB NOT NULL, code BLOB NOT NULL UNIQUE,
    reads INTEGER NOT NULL DEFAULT 0, writes INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS tokens (
    token BLOB PRIMARY KEY, participant INTEGER NOT NULL REFERENCES participants, expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    fin TEXT NOT NULL, id INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, registered INTEGER NOT NULL,
    owner INTEGER NOT NULL, stored_at INTEGER NOT NULL, stored_search INTEGER NOT NULL, PRIMARY KEY (fin, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notices (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, fin TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    recipient INTEGER REFERENCES participants
);
CREATE TABLE IF NOT EXISTS totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT OR IGNORE INTO totals VALUES ('entries', 0), ('searches', 0), ('incognito_reads', 0), ('incognito_writes', 0);
";

/// The database.
#[derive(Debug)]
pub(super) struct Database(Mutex<Connection>);

impl Database {
    /// In memory, gone with the process.
    pub(super) fn in_memory() -> rusqlite::Result<Self> {
        Self::prepare(Connection::open_in_memory()?)
    }

    /// In a file that only its owner may read; it is made when it is not there.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        restrict(path)?;
        let connection = Connection::open(path)?;
        // Survives the end of the process at any moment; a power failure is no matter for a sandbox.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        Self::prepare(connection)
    }

    fn prepare(connection: Connection) -> rusqlite::Result<Self> {
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update(None, "cache_size", -65_536)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Mutex::new(connection)))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the file, readable for its owner only, before SQLite would make it readable for all.
fn restrict(path: &Path) -> rusqlite::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|fault| {
        rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
            Some(format!("{}: {fault}", PathBuf::from(path).display())),
        )
    })
}

fn day(date: NaiveDate) -> i32 {
    chrono::Datelike::num_days_from_ce(&date)
}

fn date(day: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(day).unwrap_or_default()
}

fn micros(local: NaiveDateTime) -> i64 {
    local.and_utc().timestamp_micros()
}

fn local(micros: i64) -> NaiveDateTime {
    DateTime::from_timestamp_micros(micros)
        .unwrap_or_default()
        .naive_utc()
}

fn moment(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}
