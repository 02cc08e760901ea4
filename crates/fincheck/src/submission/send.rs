//! Sending: bounded concurrency, every request written down before its first byte leaves, every outcome before it
//! counts. One commit carries all outcomes that have come in and all requests that are about to leave; `runway` keeps a
//! few of these ready, so that a place that becomes free does not wait for the disk.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use finkit_core::{FinRecord, RecordEvent, RecordState, Vin};
use finkit_transport::Outcome;
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinSet};

use super::feed::Feed;
use super::plan::DELETION;
use super::run::{Run, shift};
use super::service::{Arrival, Cause, ServiceFailure};
use super::summary::{Ended, Phase};
use super::{Change, Cost, JobKind, OwnRow, Request, RequestKind, Row, SubmissionError};
use crate::DeleteAnswer;

/// What one request does.
#[derive(Debug)]
pub(super) enum Work {
    /// Enters these rows.
    Create(Vec<Row>),
    /// Deletes the entry of this row, which these own rows made.
    Delete(Row, Vec<OwnRow>),
}

/// What came back.
pub(super) enum Answer {
    Create(Result<Arrival, ServiceFailure>),
    Delete(Result<DeleteAnswer, ServiceFailure>),
    /// It never left.
    TakenBack,
}

/// A request that is about to leave or in flight.
pub(super) struct Aloft {
    pub(super) request: Request,
    pub(super) work: Work,
    /// Where it waits, made up already, for leave to go.
    pub(super) parked: Option<Parked>,
}

/// A task that holds a request until its gate opens; when the gate is dropped it never leaves.
pub(super) struct Parked {
    id: Id,
    gate: oneshot::Sender<()>,
}

/// Everything in flight or about to leave, and what has landed but is not written down yet.
#[derive(Default)]
pub(super) struct Air {
    /// What is in flight, and what waits to leave.
    pub(super) flying: JoinSet<Answer>,
    pub(super) aloft: HashMap<Id, Aloft>,
    /// Requests that are on the disk as being sent and have not left yet.
    pub(super) ready: VecDeque<Aloft>,
    /// What has landed and is to be written down.
    pub(super) outcomes: Vec<Change>,
    /// What has landed and is just being written down.
    pub(super) writing: Vec<Change>,
    /// Nothing leaves any more: the ledger has failed.
    pub(super) grounded: bool,
    /// The ledger was told that the last requests are on their way.
    tidied: bool,
    pub(super) streak: Streak,
    /// A pause before the next request.
    pub(super) pause: Option<Duration>,
}

/// Failures in a row.
#[derive(Default)]
pub(super) struct Streak {
    pub(super) unknown: u32,
    pub(super) unsent: u32,
    pub(super) pauses: u32,
    /// Single records that were too large.
    pub(super) too_large: u32,
}

/// What a task in the air comes to.
pub(super) type Joined = Result<(Id, Answer), JoinError>;

/// A request that has landed, with what came back; nothing when its task failed.
pub(super) struct Landed {
    pub(super) aloft: Aloft,
    pub(super) answer: Option<Answer>,
}

impl Landed {
    /// Whether it is an answer that says that the request succeeded.
    pub(super) fn is_success(&self) -> bool {
        matches!(self.answer, Some(Answer::Create(Ok(_))))
    }
}

impl Air {
    /// Takes a request out of the air; `None` for one that never left.
    pub(super) fn touch_down(&mut self, joined: Joined) -> Option<Landed> {
        let (id, answer) = match joined {
            Ok((id, answer)) => (id, Some(answer)),
            Err(error) => (error.id(), None),
        };
        let aloft = self.aloft.remove(&id)?;
        Some(Landed { aloft, answer })
    }
}

impl Run<'_> {
    /// Sends everything that is planned, as far as nothing stops it.
    pub(super) async fn send(&mut self) -> Result<(), SubmissionError> {
        self.phase = Phase::Sending;
        let mut air = Air::default();
        let outcome = self.drive(&mut air).await;
        if outcome.is_err() {
            self.salvage(&mut air).await;
        }
        outcome
    }

    async fn drive(&mut self, air: &mut Air) -> Result<(), SubmissionError> {
        let mut feed = Feed::new(self.job.asked.kind);
        loop {
            self.recall(air, &mut feed)?;
            if self.job.asked.kind == JobKind::Deletion {
                // Which own rows a deletion takes along is only known when those before it are written down.
                self.depart(air, &mut feed, Vec::new()).await?;
            }
            let departing = self.prepare(air, &mut feed).await?;
            self.depart(air, &mut feed, departing).await?;
            if !air.outcomes.is_empty() {
                // Something has landed while the ledger was at work.
                continue;
            }
            if !air.aloft.is_empty() {
                if feed.is_at_end() && !std::mem::replace(&mut air.tidied, true) {
                    self.keeper.start_with(|ledger| {
                        ledger.tidy();
                        Ok(())
                    })?;
                }
                self.await_landing(air, &mut feed).await?;
            } else if air.ready.is_empty() {
                match air.pause.take() {
                    Some(pause) if self.halt.is_none() => self.wait(pause).await,
                    _ => return Ok(()),
                }
            }
        }
    }

    /// Writes down what has landed and what is about to leave, and lets it leave.
    async fn depart(
        &mut self,
        air: &mut Air,
        feed: &mut Feed,
        departing: Vec<Aloft>,
    ) -> Result<(), SubmissionError> {
        let mut changes = std::mem::take(&mut air.outcomes);
        air.writing.clone_from(&changes);
        for aloft in &departing {
            self.write_departure(aloft, &mut changes)?;
        }
        let meanwhile = self.write_down(air, feed, changes).await?;
        air.writing.clear();
        air.ready.extend(departing);
        meanwhile?;
        self.launch_ready(air);
        Ok(())
    }

    /// The next request's work, if there is any.
    pub(super) async fn next_work(
        &mut self,
        feed: &mut Feed,
    ) -> Result<Option<Work>, SubmissionError> {
        match self.job.asked.kind {
            JobKind::Entry => {
                let rows = feed
                    .take(self.batch_size(), &self.keeper, self.job.id)
                    .await?;
                Ok((!rows.is_empty()).then_some(Work::Create(rows)))
            }
            JobKind::Deletion => loop {
                let Some(row) = feed.take(1, &self.keeper, self.job.id).await?.pop() else {
                    return Ok(None);
                };
                if !self.refused.contains(&row.position) {
                    let own = self.entries_to_delete(&row).await?;
                    return Ok(Some(Work::Delete(row, own)));
                }
            },
        }
    }

    pub(super) fn announce(&mut self, work: Work) -> Aloft {
        let request = match &work {
            Work::Create(rows) => {
                let count = rows.len() as u64;
                let set = rows.iter().map(|row| row.position).collect();
                self.new_request(
                    RequestKind::Create,
                    set,
                    Cost {
                        reads: count,
                        writes: count,
                    },
                )
            }
            Work::Delete(row, _) => {
                let set = [row.position].into_iter().collect();
                self.new_request(RequestKind::Delete, set, DELETION)
            }
        };
        Aloft {
            request,
            work,
            parked: None,
        }
    }

    fn write_departure(
        &self,
        aloft: &Aloft,
        changes: &mut Vec<Change>,
    ) -> Result<(), SubmissionError> {
        let (job, set) = (self.job.id, aloft.request.rows.clone());
        changes.push(Change::Request(aloft.request.clone()));
        match &aloft.work {
            Work::Create(_) => shift(
                changes,
                job,
                set,
                RecordState::Planned,
                &[RecordEvent::Send],
            ),
            Work::Delete(_, own) => {
                shift(
                    changes,
                    job,
                    set,
                    RecordState::Created,
                    &[RecordEvent::StartDelete],
                )?;
                self.shift_own(changes, own, RecordState::Created, RecordEvent::StartDelete)
            }
        }
    }

    /// Makes a request up and holds it until it may leave.
    pub(super) fn park(&self, air: &mut Air, aloft: &mut Aloft) {
        let service = Arc::clone(&self.service);
        let (gate, leave) = oneshot::channel();
        let handle = match &aloft.work {
            Work::Create(rows) => {
                let records: Vec<FinRecord> =
                    rows.iter().filter_map(|row| row.entry?.record()).collect();
                let flags = self.job.asked.flags;
                air.flying.spawn(async move {
                    // Nothing is sent before this is awaited.
                    let call = service.create(&records, flags);
                    match leave.await {
                        Ok(()) => Answer::Create(call.await),
                        Err(_) => Answer::TakenBack,
                    }
                })
            }
            Work::Delete(row, _) => {
                let entry = row.entry;
                air.flying.spawn(async move {
                    match (leave.await, entry) {
                        (Ok(()), Some(entry)) => {
                            Answer::Delete(service.delete(&entry.fin, &entry.period).await)
                        }
                        (Ok(()), None) => Answer::Delete(Err(ServiceFailure::new(
                            Outcome::NotSent,
                            Cause::Local,
                            "the row is no entry",
                        ))),
                        (Err(_), _) => Answer::TakenBack,
                    }
                })
            }
        };
        aloft.parked = Some(Parked {
            id: handle.id(),
            gate,
        });
    }

    /// Lets a request leave; it is on the disk.
    pub(super) fn launch(&self, air: &mut Air, mut aloft: Aloft) {
        if aloft.parked.is_none() {
            self.park(air, &mut aloft);
        }
        if let Some(Parked { id, gate }) = aloft.parked.take() {
            // The task only ends before this when it panics, and then it lands as lost.
            let _ = gate.send(());
            air.aloft.insert(id, aloft);
        }
    }

    /// Waits until something lands, and takes everything that has landed by then.
    async fn await_landing(
        &mut self,
        air: &mut Air,
        feed: &mut Feed,
    ) -> Result<(), SubmissionError> {
        let stop = self.stop.clone();
        debug_assert!(!air.aloft.is_empty(), "nothing would ever land");
        let landed = tokio::select! {
            biased;
            landed = air.flying.join_next_with_id() => landed,
            () = stop.forced() => {
                self.halt = Some(Ended::Aborted);
                return self.give_up_flights(air).await;
            }
        };
        match landed {
            Some(landed) => self.relieve(air, feed, landed).await,
            None => Ok(()),
        }
    }

    /// Takes what is in flight as unknown, without waiting for it.
    async fn give_up_flights(&mut self, air: &mut Air) -> Result<(), SubmissionError> {
        while let Some(joined) = air.flying.try_join_next_with_id() {
            if let Some(landed) = air.touch_down(joined) {
                self.land(air, &mut Feed::new(self.job.asked.kind), landed)
                    .await?;
            }
        }
        air.flying = JoinSet::new();
        for (_, mut aloft) in std::mem::take(&mut air.aloft) {
            self.lose(
                air,
                &mut aloft,
                "given up on request while it was in flight".to_owned(),
            )?;
        }
        self.halt = Some(Ended::Aborted);
        Ok(())
    }

    /// After the ledger has failed: waits for what is in flight and tries once more to write it down.
    async fn salvage(&mut self, air: &mut Air) {
        let mut feed = Feed::new(self.job.asked.kind);
        air.grounded = true;
        // The ledger's first error is the one that counts.
        let _ = self.recall(air, &mut feed);
        while !air.aloft.is_empty() {
            if self.await_landing(air, &mut feed).await.is_err() {
                continue;
            }
        }
        let mut changes = std::mem::take(&mut air.writing);
        changes.append(&mut air.outcomes);
        let _ = self.commit(changes).await;
    }

    /// Own rows with these FINs.
    pub(super) async fn own_rows(&self, fins: Vec<Vin>) -> Result<Vec<OwnRow>, SubmissionError> {
        if fins.is_empty() {
            return Ok(Vec::new());
        }
        let account = self.job.asked.account.clone();
        Ok(self
            .keeper
            .with(move |ledger| ledger.own_rows(&account, &fins))
            .await?)
    }
}
