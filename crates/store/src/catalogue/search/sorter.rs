//! When what waits is sorted into a segment: beside the storing of further pages, and at the latest with the end of a
//! walk.

use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use super::super::fault::Fault;
use super::pending::{self, NewWords, Waiting};
use super::prefix;
use super::segment::{self, Sorted};

/// When something is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// So many waiting articles are sorted into a segment.
    pub(super) articles: i64,
    /// So many pieces are put together into one.
    pub(super) pieces: i64,
    /// So many postings make the beginning of a word worth its own list.
    pub(super) many: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            articles: 32_768,
            pieces: 128,
            many: prefix::MANY,
        }
    }
}

/// Sorts what waits on a thread of its own.
///
/// What is sorted goes on waiting until a later transaction writes its segment, so that nothing depends on the thread: when
/// the process ends, or another one has sorted in the meantime, its work is forgotten.
#[derive(Debug, Default)]
pub(in super::super) struct Sorter {
    limits: Limits,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    /// Number of the last piece that is being sorted, and how many there are. Numbers are never given twice, so that this
    /// says which pieces they are.
    until: i64,
    pieces: usize,
    thread: JoinHandle<Result<Sorted, Fault>>,
}

impl Sorter {
    #[cfg(test)]
    pub(super) fn at(limits: Limits) -> Self {
        Self {
            limits,
            running: None,
        }
    }

    /// Begins to sort what waits, once there is enough of it. To be called before anything is written in a transaction:
    /// what is sorted must be stored for good.
    pub(in super::super) fn begin(&mut self, connection: &Connection) -> Result<(), Fault> {
        if self.running.is_some() || pending::count(connection)?.1 < self.limits.articles {
            return Ok(());
        }
        let pieces = pending::pieces(connection)?;
        let Some((until, ..)) = pieces.first() else {
            return Ok(());
        };
        let many = self.limits.many;
        self.running = Some(Running {
            until: *until,
            pieces: pieces.len(),
            thread: thread::spawn(move || Ok(segment::sort(Waiting::of(&pieces)?, many))),
        });
        Ok(())
    }

    /// Stores the words of a transaction, and the segment that has been sorted meanwhile.
    pub(in super::super) fn store(
        &mut self,
        connection: &Connection,
        words: &[NewWords],
    ) -> Result<(), Fault> {
        for words in words {
            pending::insert(connection, words)?;
        }
        let (pieces, articles) = pending::count(connection)?;
        let is_done = |running: &Running| running.thread.is_finished();
        if self.running.as_ref().is_some_and(is_done) || articles >= 3 * self.limits.articles {
            self.settle(connection)
        } else if self.running.is_none() && pieces >= self.limits.pieces {
            pending::unite(connection)
        } else {
            Ok(())
        }
    }

    /// Waits for what is being sorted and writes its segment.
    fn settle(&mut self, connection: &Connection) -> Result<(), Fault> {
        let Some(running) = self.running.take() else {
            return Ok(());
        };
        let same: usize = connection
            .prepare_cached("SELECT count(*) FROM search_pending WHERE id <= ?")?
            .query_row([running.until], |row| row.get(0))?;
        // A thread that panicked has sorted nothing; the end of the walk does.
        if let Ok(sorted) = running.thread.join()
            && same == running.pieces
        {
            segment::write(connection, &sorted?)?;
            pending::clear(connection, running.until)?;
        }
        Ok(())
    }

    /// Sorts what waits, if it is enough.
    pub(in super::super) fn finish(&mut self, connection: &Connection) -> Result<(), Fault> {
        self.settle(connection)?;
        sort_from(connection, self.limits)
    }
}

/// Stores words, sorting at once what is enough.
pub(super) fn store_sorted(connection: &Connection, words: &NewWords) -> Result<(), Fault> {
    pending::insert(connection, words)?;
    sort_from(connection, Limits::default())
}

/// Sorts what waits, if it is enough.
pub(super) fn sort_from(connection: &Connection, limits: Limits) -> Result<(), Fault> {
    if pending::count(connection)?.1 >= limits.articles {
        segment::write(
            connection,
            &segment::sort(pending::read(connection)?, limits.many),
        )?;
        pending::clear(connection, i64::MAX)?;
    }
    Ok(())
}
