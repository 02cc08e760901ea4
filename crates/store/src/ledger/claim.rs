//! One process owns a job at a time: a lock file per job, and beside it a note of who holds it.
//!
//! The lock is the operating system's, so that it ends with the process however that ends.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use finkit_fincheck::submission::{JobId, LedgerError, LedgerErrorKind, Owner};

use crate::sqlite;

/// The jobs that this ledger's process owns, with their locked files.
#[derive(Debug)]
pub(super) struct Claims {
    folder: PathBuf,
    held: HashMap<JobId, File>,
}

impl Claims {
    /// Claims of the ledger at `path`; their files lie in the folder `<path>.jobs`.
    pub(super) fn beside(path: &Path) -> Self {
        let mut folder = path.as_os_str().to_owned();
        folder.push(".jobs");
        Self {
            folder: folder.into(),
            held: HashMap::new(),
        }
    }

    /// Takes a job, unless somebody else has it.
    pub(super) fn take(&mut self, job: JobId, now: DateTime<Utc>) -> Result<(), LedgerError> {
        if self.held.contains_key(&job) {
            return Ok(());
        }
        let fault = |error: io::Error| {
            let kind = match error.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    LedgerErrorKind::ReadOnly
                }
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LedgerErrorKind::Full,
                _ => LedgerErrorKind::Io,
            };
            LedgerError::new(kind, format!("job {job} can't be locked")).with_source(error)
        };
        sqlite::create_folder(&self.folder).map_err(fault)?;
        let path = self.path(job, "lock");
        let file = loop {
            let file = File::options()
                .create(true)
                .append(true)
                .open(&path)
                .map_err(fault)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(LedgerError::owned(job, self.owner(job)));
                }
                Err(TryLockError::Error(error)) => return Err(fault(error)),
            }
            // The owner before may have removed the file meanwhile, and a lock on that one says nothing.
            if is_still_there(&file, &path) {
                break file;
            }
        };
        let since = now.to_rfc3339_opts(SecondsFormat::Secs, true);
        let owner = format!("{}\n{}\n{since}\n", std::process::id(), host());
        fs::write(self.path(job, "owner"), owner).map_err(fault)?;
        self.held.insert(job, file);
        Ok(())
    }

    /// Gives a job back.
    pub(super) fn give_back(&mut self, job: JobId) {
        if let Some(file) = self.held.remove(&job) {
            // Only the lock counts; a note that stays behind is overwritten by the next owner.
            let _ = fs::remove_file(self.path(job, "owner"));
            let _ = file.unlock();
        }
    }

    /// Gives back a job that is gone, and removes its files.
    pub(super) fn forget(&mut self, job: JobId) {
        // Before it is unlocked, so that whoever waits for it finds out that it is gone.
        let _ = fs::remove_file(self.path(job, "lock"));
        self.give_back(job);
    }

    fn path(&self, job: JobId, what: &str) -> PathBuf {
        self.folder.join(format!("{job}.{what}"))
    }

    /// Who holds a job, by the note beside the lock.
    fn owner(&self, job: JobId) -> Owner {
        let text = fs::read_to_string(self.path(job, "owner")).unwrap_or_default();
        let mut lines = text.lines();
        let process = lines.next().and_then(|line| line.parse().ok()).unwrap_or(0);
        let mut next = || {
            lines
                .next()
                .filter(|line| !line.is_empty())
                .unwrap_or("?")
                .to_owned()
        };
        Owner::new(process, next(), next())
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        let held: Vec<JobId> = self.held.keys().copied().collect();
        for job in held {
            self.give_back(job);
        }
    }
}

/// Whether a file is still the one of this name.
#[cfg(unix)]
fn is_still_there(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Other systems remove no file that is open.
#[cfg(not(unix))]
fn is_still_there(_: &File, _: &Path) -> bool {
    true
}

/// Name of this machine.
fn host() -> String {
    let named = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let named = named.or_else(|| {
        ["HOSTNAME", "COMPUTERNAME"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok())
    });
    named
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "this machine".to_owned())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use finkit_fincheck::submission::{JobId, LedgerErrorKind};

    use super::Claims;

    #[test]
    fn the_second_owner_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.sqlite");
        let now = DateTime::from_timestamp(1_768_478_400, 0).expect("a moment");
        let (mut one, mut two) = (Claims::beside(&path), Claims::beside(&path));
        one.take(JobId(7), now).expect("free");
        one.take(JobId(7), now).expect("already ours");
        two.take(JobId(8), now).expect("another job");
        let error = two.take(JobId(7), now).expect_err("taken");
        assert_eq!(error.kind(), LedgerErrorKind::Owned);
        let owner = error.owner().expect("known");
        assert_eq!(
            (owner.process, owner.since.as_str()),
            (std::process::id(), "2026-01-15T12:00:00Z")
        );
        assert!(!owner.host.is_empty());
        one.give_back(JobId(7));
        two.take(JobId(7), now).expect("free again");
        drop(two);
        one.take(JobId(7), now)
            .expect("free after the other is gone");
    }

    #[test]
    fn a_lock_on_a_file_that_was_removed_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.sqlite");
        let now = DateTime::from_timestamp(1_768_478_400, 0).expect("a moment");
        let (mut one, mut two) = (Claims::beside(&path), Claims::beside(&path));
        one.take(JobId(7), now).expect("free");
        let before = std::fs::File::open(one.path(JobId(7), "lock")).expect("the file");
        assert!(super::is_still_there(&before, &one.path(JobId(7), "lock")));
        one.forget(JobId(7));
        assert!(!super::is_still_there(&before, &one.path(JobId(7), "lock")));
        two.take(JobId(7), now).expect("free");
        assert!(!super::is_still_there(&before, &one.path(JobId(7), "lock")));
        one.take(JobId(7), now).expect_err("taken");
    }
}
