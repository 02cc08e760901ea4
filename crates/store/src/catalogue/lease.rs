//! The lease: one run at a time has the catalogue.
//!
//! The lock is the operating system's, so that it ends with the process however that ends. Beside it lies a note of who
//! holds it. Whoever takes the lock or only looks at it first passes a gate, which is held for that moment alone: no look is
//! ever taken for a run, and no note is read before it is written.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use finkit_finfo::catalogue::{CatalogueError, Holder};

use super::fault;

/// The lease of one handle.
#[derive(Debug)]
pub(super) struct Lease {
    path: PathBuf,
    held: Option<(File, Holder)>,
}

impl Lease {
    /// The lease of the catalogue at `path`; its files lie beside that one.
    pub(super) fn beside(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            held: None,
        }
    }

    pub(super) fn take(&mut self, holder: &Holder) -> Result<(), CatalogueError> {
        if let Some((_, holder)) = &self.held {
            return Err(CatalogueError::held(holder.clone()));
        }
        let fault = |error| fault::of_file(error, "the catalogue can't be locked");
        let _gate = self.gate().map_err(fault)?;
        match self.lock().map_err(fault)? {
            None => Err(CatalogueError::held(self.note())),
            Some(lock) => {
                fs::write(self.file("holder"), note_of(holder)).map_err(fault)?;
                self.held = Some((lock, holder.clone()));
                Ok(())
            }
        }
    }

    pub(super) fn release(&mut self) {
        if let Some((lock, _)) = self.held.take() {
            // Only the lock counts; a note that stays behind is overwritten by the next holder.
            let _ = fs::remove_file(self.file("holder"));
            let _ = lock.unlock();
        }
    }

    /// Who holds it now.
    pub(super) fn look(&self) -> Result<Option<Holder>, CatalogueError> {
        if let Some((_, holder)) = &self.held {
            return Ok(Some(holder.clone()));
        }
        let fault = |error| fault::of_file(error, "the catalogue's lock can't be looked at");
        let _gate = self.gate().map_err(fault)?;
        match self.lock().map_err(fault)? {
            None => Ok(Some(self.note())),
            Some(lock) => {
                lock.unlock().map_err(fault)?;
                Ok(None)
            }
        }
    }

    fn file(&self, what: &str) -> PathBuf {
        let mut path = self.path.as_os_str().to_owned();
        path.push(".");
        path.push(what);
        path.into()
    }

    fn open(&self, what: &str) -> io::Result<File> {
        let mut options = File::options();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.file(what))
    }

    /// Waits for the others that are at the gate; it opens when the file is dropped.
    fn gate(&self) -> io::Result<File> {
        let gate = self.open("gate")?;
        gate.lock()?;
        Ok(gate)
    }

    fn lock(&self) -> io::Result<Option<File>> {
        let file = self.open("lease")?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The holder by the note.
    fn note(&self) -> Holder {
        let text = fs::read_to_string(self.file("holder")).unwrap_or_default();
        let mut lines = text.lines();
        let mut next = || lines.next().unwrap_or_default().to_owned();
        let (process, host, since, task) = (next(), next(), next(), next());
        let or = |text: String, other: &str| {
            if text.is_empty() {
                other.to_owned()
            } else {
                text
            }
        };
        Holder::new(
            process.parse().unwrap_or(0),
            or(host, "this machine"),
            since
                .parse::<DateTime<Utc>>()
                .unwrap_or(DateTime::UNIX_EPOCH),
            or(task, "another run"),
        )
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.release();
    }
}

fn note_of(holder: &Holder) -> String {
    let line = |text: &str| text.replace(['\n', '\r'], " ");
    let since = holder.since.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    format!(
        "{}\n{}\n{since}\n{}\n",
        holder.process,
        line(&holder.host),
        line(&holder.task)
    )
}

#[cfg(test)]
mod tests {
    use finkit_finfo::catalogue::CatalogueErrorKind;

    use super::*;

    #[test]
    fn another_handle_is_told_who_has_the_lease_until_it_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("catalogue.sqlite");
        let (mut one, mut two) = (Lease::beside(&path), Lease::beside(&path));
        let since = DateTime::from_timestamp(1_768_478_400, 5_000_000).expect("a moment");
        let holder = Holder::new(7, "here", since, "sync\nof all");
        one.take(&holder).expect("free");
        let told = Holder::new(7, "here", since, "sync of all");
        assert_eq!(two.look().expect("readable"), Some(told.clone()));
        let refused = two.take(&holder).expect_err("held");
        assert_eq!(refused.kind(), CatalogueErrorKind::Held);
        assert_eq!(refused.holder(), Some(&told));
        two.release();
        assert!(two.take(&holder).is_err(), "only the holder gives it back");
        drop(one);
        assert_eq!(two.look().expect("readable"), None);
        two.take(&holder).expect("free again");
    }

    #[test]
    fn a_note_that_was_left_behind_is_no_lease() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("catalogue.sqlite");
        let mut lease = Lease::beside(&path);
        fs::write(lease.file("holder"), "1\nhere\n\nsync\n").expect("written");
        assert_eq!(lease.look().expect("readable"), None);
        let holder = Holder::new(2, "here", DateTime::UNIX_EPOCH, "sync");
        lease.take(&holder).expect("free");
    }
}
