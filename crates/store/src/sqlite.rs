//! What every SQLite file of this crate has in common: how it is opened, and what its errors mean.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

/// How long a process waits for another one that writes.
pub(crate) const BUSY: Duration = Duration::from_secs(10);

/// Marks a file as one of finkit's (`FINK`), as `PRAGMA application_id` has it.
const APPLICATION: i32 = 0x4649_4e4b;

/// How durable a commit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A commit is on the disk when it returns, and with it every earlier one: `synchronous=FULL`.
    Full,
    /// A commit is on the disk with the next full one; a crash of the machine can take the last ones back, but leaves
    /// a sound file: `synchronous=NORMAL`.
    WithTheNext,
}

impl Durability {
    /// Holds for the transactions that follow.
    pub(crate) fn set(self, connection: &Connection) -> rusqlite::Result<()> {
        let level = match self {
            Self::Full => "full",
            Self::WithTheNext => "normal",
        };
        connection.pragma_update(None, "synchronous", level)
    }
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("{0} is on a network file system ({1}), where locks and syncs can't be relied on")]
    NetworkFileSystem(PathBuf, String),
    #[error("{0} was written by a newer version (schema {1}, this version knows {2})")]
    Newer(PathBuf, i64, usize),
    #[error("{0} is a database of another program")]
    Foreign(PathBuf),
    #[error("{0} can't be created or opened")]
    File(PathBuf, #[source] std::io::Error),
    #[error("{0} can't be opened as a database")]
    Sqlite(PathBuf, #[source] rusqlite::Error),
}

/// Opens or creates a database and brings its schema up to date.
///
/// `steps` are the schema's versions: the n-th script leads from version n to n + 1.
pub(crate) fn open(
    path: &Path,
    durability: Durability,
    steps: &[&str],
) -> Result<Connection, OpenError> {
    create_private(path).map_err(|error| OpenError::File(path.to_owned(), error))?;
    if let Some(kind) = network_file_system(path) {
        return Err(OpenError::NetworkFileSystem(path.to_owned(), kind));
    }
    let mut connection =
        connect(path, durability).map_err(|error| OpenError::Sqlite(path.to_owned(), error))?;
    migrate(&mut connection, path, steps)?;
    Ok(connection)
}

/// Another connection to a database that is open.
pub(crate) fn connect(path: &Path, durability: Durability) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    configure(&connection, durability)?;
    Ok(connection)
}

fn configure(connection: &Connection, durability: Durability) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    durability.set(connection)?;
    // On macOS a plain sync leaves data in the drive's cache.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "cache_size", -8_192)?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_096)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Moves what the log has into the file and cuts the log off, as far as nobody else is reading.
pub(crate) fn empty_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::ZERO)?;
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    connection.busy_timeout(BUSY)?;
    emptied
}

fn migrate(connection: &mut Connection, path: &Path, steps: &[&str]) -> Result<(), OpenError> {
    let wrap = |error| OpenError::Sqlite(path.to_owned(), error);
    let version = |connection: &Connection| -> rusqlite::Result<i64> {
        connection.pragma_query_value(None, "user_version", |row| row.get(0))
    };
    let known = steps.len();
    let found = version(connection).map_err(wrap)?;
    if usize::try_from(found) == Ok(known) && is_ours(connection).map_err(wrap)? {
        return Ok(());
    }
    // Somebody else may be migrating: look again with the write lock held.
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(wrap)?;
    let found = version(&transaction).map_err(wrap)?;
    let tables: i64 = transaction
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(wrap)?;
    if tables > 0 && !is_ours(&transaction).map_err(wrap)? {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    let from = usize::try_from(found).unwrap_or(usize::MAX);
    if from > known {
        return Err(OpenError::Newer(path.to_owned(), found, known));
    }
    for step in &steps[from..] {
        transaction.execute_batch(step).map_err(wrap)?;
    }
    transaction
        .pragma_update(None, "application_id", APPLICATION)
        .map_err(wrap)?;
    transaction
        .pragma_update(None, "user_version", known as i64)
        .map_err(wrap)?;
    transaction.commit().map_err(wrap)
}

fn is_ours(connection: &Connection) -> rusqlite::Result<bool> {
    let found: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    Ok(found == APPLICATION)
}

/// The write-ahead log of a database file.
pub(crate) fn log_beside(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// Makes the file, readable for its owner only, in a folder of which the same holds; leaves existing ones as they are.
///
/// A file that is there is not even opened: closing it again would take away the locks that other connections of this
/// process hold on it (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
pub(crate) fn create_private(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        create_folder(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.create_new(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder for its owner only, where there is none.
pub(crate) fn create_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The kind of network file system that a path lies on, if it does and the system says so (Linux only).
///
/// SQLite's own advice: <https://www.sqlite.org/wal.html>, "WAL does not work over a network filesystem".
fn network_file_system(path: &Path) -> Option<String> {
    let path = fs::canonicalize(path).ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    kind_of_mount(&mounts, &path)
        .filter(|kind| is_network(kind))
        .map(str::to_owned)
}

/// The file system type of the innermost mount that holds `path`.
fn kind_of_mount<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    let mut innermost: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let mut fields = line.split(' ');
        let Some(point) = fields.nth(4) else { continue };
        let Some(kind) = fields.skip_while(|field| *field != "-").nth(1) else {
            continue;
        };
        let point = point.replace("\\040", " ");
        // A later line hides an earlier one on the same mount point.
        if path.starts_with(&point) && innermost.is_none_or(|(length, _)| point.len() >= length) {
            innermost = Some((point.len(), kind));
        }
    }
    innermost.map(|(_, kind)| kind)
}

fn is_network(kind: &str) -> bool {
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "fuse.sshfs",
        "fuse.glusterfs",
    ]
    .contains(&kind)
}

/// Whether an error is one of a full disk, a read-only file, a lock, damage, or something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Full,
    ReadOnly,
    Busy,
    Damaged,
    Other,
}

pub(crate) fn trouble(error: &rusqlite::Error) -> Trouble {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull | ErrorCode::TooBig) => Trouble::Full,
        Some(
            ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::AuthorizationForStatementDenied,
        ) => Trouble::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Trouble::Busy,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Trouble::Damaged,
        _ => Trouble::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Durability, OpenError, is_network, kind_of_mount, open};

    const STEPS: [&str; 2] = [
        "CREATE TABLE one (a INTEGER) STRICT;",
        "ALTER TABLE one ADD COLUMN b INTEGER;",
    ];

    #[test]
    fn the_innermost_mount_decides() {
        let mounts = "22 1 254:0 / / rw - ext4 /dev/vda rw\n\
                      40 22 0:35 / /mnt/share\\040one rw,relatime shared:1 - nfs4 server:/x rw\n\
                      41 40 0:36 / /mnt/share\\040one/local rw - tmpfs tmpfs rw\n";
        assert_eq!(
            kind_of_mount(mounts, Path::new("/home/a/ledger.sqlite")),
            Some("ext4")
        );
        assert_eq!(
            kind_of_mount(mounts, Path::new("/mnt/share one/ledger.sqlite")),
            Some("nfs4")
        );
        assert_eq!(
            kind_of_mount(mounts, Path::new("/mnt/share one/local/x")),
            Some("tmpfs")
        );
        assert!(is_network("nfs4") && !is_network("ext4"));
    }

    #[test]
    fn an_older_schema_is_brought_up_to_date_and_keeps_its_rows() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.sqlite");
        let old = open(&path, Durability::Full, &STEPS[..1]).expect("version 1");
        old.execute("INSERT INTO one VALUES (7)", [])
            .expect("a row");
        drop(old);
        let new = open(&path, Durability::Full, &STEPS).expect("version 2");
        let row: (i64, Option<i64>) = new
            .query_row("SELECT a, b FROM one", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .expect("the row");
        assert_eq!(row, (7, None));
    }

    #[test]
    fn a_newer_schema_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.sqlite");
        drop(open(&path, Durability::Full, &STEPS).expect("version 2"));
        let error = open(&path, Durability::Full, &STEPS[..1]).expect_err("too new");
        assert!(matches!(error, OpenError::Newer(_, 2, 1)), "{error}");
        open(&path, Durability::Full, &STEPS).expect("still version 2");
    }

    #[test]
    fn a_database_of_another_program_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.sqlite");
        rusqlite::Connection::open(&path)
            .expect("a file")
            .execute_batch("CREATE TABLE theirs (a)")
            .expect("a table");
        let error = open(&path, Durability::Full, &STEPS).expect_err("not ours");
        assert!(matches!(error, OpenError::Foreign(_)), "{error}");
    }

    #[test]
    #[cfg(unix)]
    fn the_file_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state").join("a.sqlite");
        let connection = open(&path, Durability::Full, &STEPS).expect("opened");
        connection
            .execute("INSERT INTO one (a) VALUES (1)", [])
            .expect("a row");
        for (name, mode) in [
            ("state", 0o700),
            ("state/a.sqlite", 0o600),
            ("state/a.sqlite-wal", 0o600),
        ] {
            let found = std::fs::metadata(folder.path().join(name))
                .expect(name)
                .permissions()
                .mode()
                & 0o777;
            assert_eq!(found, mode, "{name}");
        }
    }
}
