//! Copies pages from the write-ahead log into the file beside the storing of further ones.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use finkit_finfo::catalogue::{NewPage, Tally};
use rusqlite::Connection;

use super::place;
use crate::sqlite::{self, Durability};

/// Bytes that are stored, by and large, before they are worth a copy.
const WORTH: usize = 16 << 20;

/// Copies on a thread of its own, once there is enough to copy.
///
/// It only takes work off whoever writes: SQLite copies the rest itself after [`CHECKPOINT`](place::CHECKPOINT)
/// pages, and everything when the last handle is closed. Neither its failure nor its end changes what is stored.
#[derive(Debug)]
pub(super) struct Copier {
    path: PathBuf,
    stored: usize,
    thread: Option<(SyncSender<()>, JoinHandle<()>)>,
}

impl Copier {
    pub(super) fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            stored: 0,
            thread: None,
        }
    }

    /// Notes that a page was stored.
    pub(super) fn note(&mut self, page: &NewPage<'_>, tally: Tally) {
        let bytes: usize = page.rows.iter().map(|row| row.record.json().len()).sum();
        // New rows lie beside each other, a changed one mostly on a page of its own.
        if tally.new > 0 {
            self.stored = self.stored.saturating_add(bytes);
        }
        let changed = (tally.changed as usize).saturating_mul(place::PAGE as usize);
        self.stored = self.stored.saturating_add(changed);
        if self.stored < WORTH {
            return;
        }
        let (go, _) = self.thread.get_or_insert_with(|| {
            let (go, wanted) = sync_channel(0);
            let path = self.path.clone();
            (go, thread::spawn(move || copy(&path, &wanted)))
        });
        // While it is still at work there is nobody to take this; the next page asks again.
        if go.try_send(()).is_ok() {
            self.stored = 0;
        }
    }
}

impl Drop for Copier {
    fn drop(&mut self) {
        if let Some((go, thread)) = self.thread.take() {
            drop(go);
            // What it could not copy is copied by the handle that is closed last.
            let _ = thread.join();
        }
    }
}

fn copy(path: &Path, wanted: &Receiver<()>) {
    let Ok(connection) = sqlite::connect(path, Durability::WithTheNext) else {
        return;
    };
    while wanted.recv().is_ok() {
        // It may be refused while somebody else copies.
        let _ = checkpoint(&connection);
    }
}

/// Copies what no reader still needs from the log, and waits for nobody.
fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}
