//! The rows that a run still has to send, in the order of the list.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use super::keeper::{Keeper, gone};
use super::run::PAGE;
use super::{JobId, JobKind, LedgerError, Row, StateSet, SubmissionError};

/// The rows that are still to be sent, in the order of the list, read page by page ahead of their use.
pub(super) struct Feed {
    wanted: StateSet,
    /// Rows that came back, each group a request of its own.
    back: VecDeque<Vec<Row>>,
    buffer: VecDeque<Row>,
    next_position: u64,
    ahead: Option<oneshot::Receiver<Result<Vec<Row>, LedgerError>>>,
    at_end: bool,
}

impl Feed {
    pub(super) fn new(kind: JobKind) -> Self {
        Self {
            wanted: StateSet::of(&[kind.first_state()]),
            back: VecDeque::new(),
            buffer: VecDeque::new(),
            next_position: 0,
            ahead: None,
            at_end: false,
        }
    }

    /// Rows that are to be sent before all others, as one request.
    pub(super) fn put_back(&mut self, rows: Vec<Row>) {
        if !rows.is_empty() {
            self.back.push_front(rows);
        }
    }

    /// Whether there is nothing left that is known of.
    pub(super) fn is_at_end(&self) -> bool {
        self.at_end && self.buffer.is_empty() && self.back.is_empty()
    }

    /// At most `count` rows; none at the end.
    pub(super) async fn take(
        &mut self,
        count: usize,
        keeper: &Keeper,
        job: JobId,
    ) -> Result<Vec<Row>, SubmissionError> {
        if let Some(mut rows) = self.back.pop_front() {
            if rows.len() > count {
                self.back.push_front(rows.split_off(count));
            }
            return Ok(rows);
        }
        while self.buffer.len() < count && !self.at_end {
            let page = match self.ahead.take() {
                Some(page) => page,
                None => self.read_ahead(keeper, job, count)?,
            };
            let rows = page.await.unwrap_or_else(|_| Err(gone()))?;
            match rows.last() {
                Some(last) => self.next_position = last.position + 1,
                None => self.at_end = true,
            }
            self.buffer.extend(rows);
            if !self.at_end {
                self.ahead = Some(self.read_ahead(keeper, job, count)?);
            }
        }
        let count = count.min(self.buffer.len());
        Ok(self.buffer.drain(..count).collect())
    }

    fn read_ahead(
        &self,
        keeper: &Keeper,
        job: JobId,
        count: usize,
    ) -> Result<oneshot::Receiver<Result<Vec<Row>, LedgerError>>, LedgerError> {
        let (wanted, from, limit) = (self.wanted, self.next_position, PAGE.max(count));
        keeper.start_with(move |ledger| ledger.rows(job, wanted, from, limit))
    }
}
