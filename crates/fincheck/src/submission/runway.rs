//! Requests that are ready to leave: written down as being sent before a place for them is free, so that the place does
//! not stay empty while the ledger works. What then does not leave after all is written down as not executed.

use std::sync::Arc;

use finkit_core::{RecordEvent, RecordState};

use super::feed::Feed;
use super::run::{Run, shift};
use super::send::{Air, Aloft, Joined, Landed, Work};
use super::{Billed, Change, JobKind, RequestState, SubmissionError};

impl Run<'_> {
    /// Requests for the free places, and a few more to take the next places that become free.
    pub(super) async fn prepare(
        &mut self,
        air: &mut Air,
        feed: &mut Feed,
    ) -> Result<Vec<Aloft>, SubmissionError> {
        let ahead = match self.job.asked.kind {
            JobKind::Entry => self.options.ahead,
            // Each of them waits for those before it to be written down anyway.
            JobKind::Deletion => 0,
        };
        let wanted = self.options.concurrency.get() + ahead;
        let mut departing = Vec::new();
        while air.pause.is_none() && air.aloft.len() + air.ready.len() + departing.len() < wanted {
            self.note_stop();
            if self.halt.is_some() {
                break;
            }
            let Some(work) = self.next_work(feed).await? else {
                break;
            };
            let mut aloft = self.announce(work);
            self.park(air, &mut aloft);
            departing.push(aloft);
        }
        Ok(departing)
    }

    /// Lets what is ready leave, as far as there are places; returns whether something did.
    pub(super) fn launch_ready(&self, air: &mut Air) -> bool {
        let before = air.ready.len();
        while air.aloft.len() < self.options.concurrency.get() && self.may_leave(air) {
            let Some(aloft) = air.ready.pop_front() else {
                break;
            };
            self.launch(air, aloft);
        }
        air.ready.len() < before
    }

    /// Whether what is ready may still leave as it is.
    fn may_leave(&self, air: &Air) -> bool {
        let fits = |aloft: &Aloft| match &aloft.work {
            Work::Create(rows) => rows.len() <= self.batch_size(),
            Work::Delete(..) => true,
        };
        !air.grounded
            && air.pause.is_none()
            && self.halt.is_none()
            && !self.stop.is_requested()
            && air.ready.iter().all(fits)
    }

    /// Takes back what is ready and may not leave: its rows are *planned* again with the next commit.
    pub(super) fn recall(&self, air: &mut Air, feed: &mut Feed) -> Result<(), SubmissionError> {
        if air.ready.is_empty() || self.may_leave(air) {
            return Ok(());
        }
        while let Some(Aloft {
            mut request, work, ..
        }) = air.ready.pop_back()
        {
            request.state = RequestState::NotExecuted;
            request.billed = Billed::No;
            request.said = Some("taken back before it left".to_owned());
            let rows = match work {
                Work::Create(rows) => {
                    let (from, set) = (RecordState::Sending, request.rows.clone());
                    shift(
                        &mut air.outcomes,
                        self.job.id,
                        set,
                        from,
                        &[RecordEvent::NotSent],
                    )?;
                    rows
                }
                Work::Delete(row, own) => {
                    let (from, event) = (RecordState::Deleting, RecordEvent::DeleteRefused);
                    let set = request.rows.clone();
                    shift(&mut air.outcomes, self.job.id, set, from, &[event])?;
                    self.shift_own(&mut air.outcomes, &own, from, event)?;
                    vec![row]
                }
            };
            air.outcomes.push(Change::Request(request));
            feed.put_back(rows);
        }
        Ok(())
    }

    /// Writes changes down. Meanwhile what is ready takes the places of what lands; the inner result is what became of
    /// that, when everything was written.
    pub(super) async fn write_down(
        &mut self,
        air: &mut Air,
        feed: &mut Feed,
        changes: Vec<Change>,
    ) -> Result<Result<(), SubmissionError>, SubmissionError> {
        if changes.is_empty() {
            return Ok(Ok(()));
        }
        let tally = self.tally_after(&changes);
        let keeper = Arc::clone(&self.keeper);
        let mut writing = std::pin::pin!(keeper.commit(changes));
        let mut broken = None;
        loop {
            tokio::select! {
                biased;
                written = &mut writing => {
                    written?;
                    break;
                }
                Some(landed) = air.flying.join_next_with_id(), if !air.ready.is_empty() && broken.is_none() => {
                    // What the ledger is just writing is waited for, whatever happens meanwhile.
                    broken = self.relieve(air, feed, landed).await.err();
                }
            }
        }
        self.tally = tally;
        self.tell();
        Ok(broken.map_or(Ok(()), Err))
    }

    /// Gives the places of everything that has landed by now to what is ready, and takes note of the answers.
    pub(super) async fn relieve(
        &mut self,
        air: &mut Air,
        feed: &mut Feed,
        first: Joined,
    ) -> Result<(), SubmissionError> {
        let mut landed = Vec::new();
        let mut next = Some(first);
        while let Some(joined) = next {
            landed.extend(air.touch_down(joined));
            next = air.flying.try_join_next_with_id();
        }
        // After a failure what it says about going on comes first, and after an answer that was lost what the next one
        // holds.
        let sound = air.streak.unknown == 0 && landed.iter().all(Landed::is_success);
        if sound && self.launch_ready(air) {
            // They are on their way before the answers are read.
            tokio::task::yield_now().await;
        }
        let mut outcome = Ok(());
        for landed in landed {
            // The first error counts, and what the other answers say is taken note of all the same.
            outcome = outcome.and(self.land(air, feed, landed).await);
        }
        if outcome.is_ok() {
            self.launch_ready(air);
        }
        outcome
    }
}
