//! Sending: bounded concurrency, every request written down before its first byte leaves, every outcome before it
//! counts. One commit carries all outcomes that have come in and all requests that are about to leave.

use std::collections::{HashMap, HashSet, VecDeque};

use finkit_core::{FinRecord, RecordEvent, RecordState, Vin};
use finkit_transport::Outcome;
use tokio::sync::oneshot;
use tokio::task::{Id, JoinSet};

use super::keeper::gone;
use super::options::BatchLimits;
use super::ruling::{self, Fate, Fated, Known, Ruling, Then};
use super::run::{PAGE, Run, shift};
use super::service::{Cause, ServiceFailure};
use super::summary::{Ended, Phase};
use super::{
    Billed, Change, Cost, JobKind, LedgerError, OwnRow, Request, RequestKind, RequestState, Row,
    RowSet, StateSet, SubmissionError,
};
use crate::{DeleteAnswer, EntryAnswer, RecordOutcome};

/// What one request does.
#[derive(Debug)]
pub(super) enum Work {
    /// Enters these rows.
    Create(Vec<Row>),
    /// Deletes the entry of this row, which these own rows made.
    Delete(Row, Vec<OwnRow>),
}

/// What came back.
enum Answer {
    Create(Result<EntryAnswer, ServiceFailure>),
    Delete(Result<DeleteAnswer, ServiceFailure>),
}

/// A request in flight.
struct Aloft {
    request: Request,
    work: Work,
}

/// Everything in flight, and what has landed but is not written down yet.
#[derive(Default)]
struct Air {
    flying: JoinSet<Answer>,
    aloft: HashMap<Id, Aloft>,
    outcomes: Vec<Change>,
    /// Failures in a row.
    streak: Streak,
    /// A pause before the next request.
    pause: Option<std::time::Duration>,
}

#[derive(Default)]
struct Streak {
    unknown: u32,
    unsent: u32,
    pauses: u32,
}

/// Pauses in a row that the service may ask for without naming an end.
const PAUSES: u32 = 5;

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
            let mut departing = Vec::new();
            while air.pause.is_none()
                && air.flying.len() + departing.len() < self.options.concurrency.get()
            {
                self.note_stop();
                if self.halt.is_some() {
                    break;
                }
                let Some(work) = self.next_work(&mut feed).await? else {
                    break;
                };
                departing.push(self.announce(work));
            }
            let mut changes = air.outcomes.clone();
            for aloft in &departing {
                self.write_departure(aloft, &mut changes)?;
            }
            self.commit(changes).await?;
            air.outcomes.clear();
            for aloft in departing {
                self.launch(air, aloft);
            }
            if air.flying.is_empty() {
                match air.pause.take() {
                    Some(pause) if self.halt.is_none() => self.wait(pause).await,
                    _ => return Ok(()),
                }
            } else {
                self.await_landing(air, &mut feed).await?;
            }
        }
    }

    /// The next request's work, if there is any.
    async fn next_work(&mut self, feed: &mut Feed) -> Result<Option<Work>, SubmissionError> {
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

    fn announce(&mut self, work: Work) -> Aloft {
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
                self.new_request(RequestKind::Delete, set, Cost::default())
            }
        };
        Aloft { request, work }
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

    /// Lets a request leave; it is on the disk.
    fn launch(&self, air: &mut Air, aloft: Aloft) {
        let service = std::sync::Arc::clone(&self.service);
        let handle = match &aloft.work {
            Work::Create(rows) => {
                let records: Vec<FinRecord> =
                    rows.iter().filter_map(|row| row.entry?.record()).collect();
                let flags = self.job.asked.flags;
                air.flying
                    .spawn(async move { Answer::Create(service.create(&records, flags).await) })
            }
            Work::Delete(row, _) => {
                let entry = row.entry;
                air.flying.spawn(async move {
                    match entry {
                        Some(entry) => {
                            Answer::Delete(service.delete(&entry.fin, &entry.period).await)
                        }
                        None => Answer::Delete(Err(ServiceFailure::new(
                            Outcome::NotSent,
                            Cause::Local,
                            "the row is no entry",
                        ))),
                    }
                })
            }
        };
        air.aloft.insert(handle.id(), aloft);
    }

    /// Waits until something lands, and takes everything that has landed by then.
    async fn await_landing(
        &mut self,
        air: &mut Air,
        feed: &mut Feed,
    ) -> Result<(), SubmissionError> {
        let stop = self.stop.clone();
        let mut landed = tokio::select! {
            biased;
            landed = air.flying.join_next_with_id() => landed,
            () = stop.forced() => {
                self.halt = Some(Ended::Aborted);
                return self.give_up_flights(air).await;
            }
        };
        while let Some(next) = landed {
            self.land(air, feed, next).await?;
            landed = air.flying.try_join_next_with_id();
        }
        Ok(())
    }

    /// Takes what is in flight as unknown, without waiting for it.
    async fn give_up_flights(&mut self, air: &mut Air) -> Result<(), SubmissionError> {
        while let Some(landed) = air.flying.try_join_next_with_id() {
            self.land(air, &mut Feed::new(self.job.asked.kind), landed)
                .await?;
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

    async fn land(
        &mut self,
        air: &mut Air,
        feed: &mut Feed,
        landed: Result<(Id, Answer), tokio::task::JoinError>,
    ) -> Result<(), SubmissionError> {
        let (id, answer) = match landed {
            Ok((id, answer)) => (id, Some(answer)),
            Err(error) => (error.id(), None),
        };
        let Some(mut aloft) = air.aloft.remove(&id) else {
            return Ok(());
        };
        match (
            answer,
            std::mem::replace(&mut aloft.work, Work::Create(Vec::new())),
        ) {
            (Some(Answer::Create(Ok(answer))), Work::Create(rows))
                if answer.outcomes.len() == rows.len() =>
            {
                air.streak = Streak::default();
                self.land_created(air, aloft.request, &rows, answer).await
            }
            (Some(Answer::Create(Ok(answer))), work @ Work::Create(_)) => {
                let said = format!(
                    "the answer accounts for {} of {} records",
                    answer.outcomes.len(),
                    aloft.request.rows.len()
                );
                aloft.work = work;
                self.lose(air, &mut aloft, said)
            }
            (Some(Answer::Create(Err(failure))), Work::Create(rows)) => {
                self.land_failure(air, feed, aloft.request, rows, &failure)
            }
            (Some(Answer::Delete(Ok(answer))), Work::Delete(row, own)) => {
                air.streak = Streak::default();
                let mut request = aloft.request;
                let mut changes = self.deletion_answered(&mut request, &row, &own, answer)?;
                air.outcomes.append(&mut changes);
                Ok(())
            }
            (Some(Answer::Delete(Err(failure))), Work::Delete(row, own))
                if failure.outcome != Outcome::Unknown =>
            {
                let mut request = aloft.request;
                let (mut changes, then) =
                    self.deletion_refused(&mut request, &row, &own, &failure)?;
                air.outcomes.append(&mut changes);
                if matches!(then, Then::Unsent(_) | Then::Pause(..)) {
                    feed.put_back(vec![row]);
                }
                self.follow(air, then);
                Ok(())
            }
            (answer, work) => {
                let said = match answer {
                    Some(Answer::Delete(Err(failure)) | Answer::Create(Err(failure))) => {
                        failure.message
                    }
                    _ => "the client failed while the request was in flight".to_owned(),
                };
                aloft.work = work;
                self.lose(air, &mut aloft, said)
            }
        }
    }

    /// Writes a request down whose outcome nobody knows.
    fn lose(
        &mut self,
        air: &mut Air,
        aloft: &mut Aloft,
        said: String,
    ) -> Result<(), SubmissionError> {
        air.streak.unknown += 1;
        if air.streak.unknown >= self.options.unknown_in_a_row && self.halt.is_none() {
            self.halt = Some(Ended::UnknownInARow {
                requests: air.streak.unknown,
                reason: said.clone(),
            });
        }
        self.close(
            &mut aloft.request,
            RequestState::Unknown,
            Billed::Unknown,
            Some(said),
        );
        air.outcomes.push(Change::Request(aloft.request.clone()));
        if matches!(aloft.work, Work::Create(_)) {
            let set = aloft.request.rows.clone();
            shift(
                &mut air.outcomes,
                self.job.id,
                set,
                RecordState::Sending,
                &[RecordEvent::Lost],
            )?;
        }
        self.lost.push(aloft.request.clone());
        Ok(())
    }

    async fn land_created(
        &mut self,
        air: &mut Air,
        mut request: Request,
        rows: &[Row],
        answer: EntryAnswer,
    ) -> Result<(), SubmissionError> {
        let overlaps = |outcome: &RecordOutcome| match outcome {
            RecordOutcome::Created { overlaps } | RecordOutcome::NotEntered { overlaps, .. } => {
                overlaps.is_some()
            }
            RecordOutcome::Unaccounted => false,
        };
        let overlapping = rows
            .iter()
            .zip(&answer.outcomes)
            .filter(|(_, outcome)| overlaps(outcome));
        let fins: Vec<Vin> = overlapping
            .filter_map(|(row, _)| Some(row.entry?.fin))
            .collect();
        let mut own = self.own_rows(fins).await?;
        own.retain(|own| own.job != self.job.id || !request.rows.contains(own.position));
        let lost = &self.lost;
        let tried_before = |position| lost.iter().any(|request| request.rows.contains(position));
        let partial = self.job.asked.flags.commit_on_partial_success;
        let known = Known {
            partial,
            own: &own,
            tried_before: &tried_before,
        };
        let fates = ruling::of_answer(rows, answer, &known);
        let doubtful = |fated: &&Fated| {
            fated.fate == Fate::Created && fated.note.is_some() && tried_before(fated.position)
        };
        let positions: HashSet<u64> = fates
            .iter()
            .filter(doubtful)
            .map(|fated| fated.position)
            .collect();
        self.doubtful
            .extend(rows.iter().filter(|row| positions.contains(&row.position)));
        let left_out = fates
            .iter()
            .filter(|fated| fated.fate == Fate::Lost)
            .count();
        if left_out > 0 {
            // It was answered and is billed, but some of its records may or may not have been entered.
            let said = format!("the answer leaves {left_out} of {} records out", rows.len());
            self.close(&mut request, RequestState::Unknown, Billed::Yes, Some(said));
            self.lost.push(request.clone());
        } else {
            self.close(&mut request, RequestState::Answered, Billed::Yes, None);
        }
        air.outcomes.push(Change::Request(request));
        for fated in fates
            .iter()
            .filter(|fated| fated.fate == Fate::CreatedBefore)
        {
            self.prove_executed(fated.position, &mut air.outcomes);
        }
        self.write_fates(&mut air.outcomes, fates)
    }

    /// Moves rows and notes along what became of them.
    fn write_fates(
        &self,
        changes: &mut Vec<Change>,
        fates: Vec<Fated>,
    ) -> Result<(), SubmissionError> {
        let job = self.job.id;
        let mut sets: Vec<(Fate, RowSet)> = Vec::new();
        for Fated {
            position,
            fate,
            note,
        } in fates
        {
            match sets.iter_mut().find(|(known, _)| *known == fate) {
                Some((_, set)) => set.insert(position),
                None => sets.push((fate, [position].into_iter().collect())),
            }
            if note.is_some() {
                changes.push(Change::Note {
                    job,
                    position,
                    note,
                });
            }
        }
        for (fate, set) in sets {
            shift(changes, job, set, RecordState::Sending, fate.events())?;
        }
        Ok(())
    }

    fn land_failure(
        &mut self,
        air: &mut Air,
        feed: &mut Feed,
        mut request: Request,
        rows: Vec<Row>,
        failure: &ServiceFailure,
    ) -> Result<(), SubmissionError> {
        let flags = self.job.asked.flags;
        let said = failure.message.clone();
        let ruling = ruling::of_failure(
            &rows,
            failure,
            flags.commit_on_partial_success,
            self.job.asked.atomic,
        );
        let Ruling::NotExecuted {
            rejected,
            again,
            then,
        } = ruling
        else {
            return self.lose(
                air,
                &mut Aloft {
                    request,
                    work: Work::Create(rows),
                },
                said,
            );
        };
        air.streak.unknown = 0;
        self.close(
            &mut request,
            RequestState::NotExecuted,
            Billed::No,
            Some(said),
        );
        air.outcomes.push(Change::Request(request));
        let fated = |(position, note)| Fated {
            position,
            fate: Fate::Rejected,
            note: Some(note),
        };
        let mut fates: Vec<Fated> = rejected.into_iter().map(fated).collect();
        fates.extend(again.iter().map(|row| Fated {
            position: row.position,
            fate: Fate::NotExecuted,
            note: None,
        }));
        self.write_fates(&mut air.outcomes, fates)?;
        if then == Then::Smaller {
            let half = rows.len().div_ceil(2);
            let bytes = BatchLimits::body(half, self.shape);
            let bytes = self.learnt.map_or(bytes, |learnt| learnt.min(bytes));
            self.learnt = Some(bytes);
            let origin = self.job.asked.account.origin.clone();
            air.outcomes.push(Change::ByteLimit { origin, bytes });
            feed.put_back(again[half..].to_vec());
            feed.put_back(again[..half].to_vec());
        } else {
            feed.put_back(again);
        }
        self.follow(air, then);
        Ok(())
    }

    /// Does what follows from a failure.
    fn follow(&mut self, air: &mut Air, then: Then) {
        let halt = match then {
            Then::GoOn | Then::Smaller => {
                air.streak = Streak::default();
                return;
            }
            Then::Unsent(reason) => {
                air.streak.unsent += 1;
                (air.streak.unsent >= self.options.unsent_in_a_row)
                    .then_some(Ended::Unreachable { reason })
            }
            Then::Pause(after, reason) => {
                air.streak.pauses += 1;
                let pause = after.unwrap_or(std::time::Duration::from_secs(
                    1 << air.streak.pauses.min(6),
                ));
                if pause > self.options.longest_pause || air.streak.pauses > PAUSES {
                    Some(Ended::ComeBackLater { after, reason })
                } else {
                    air.pause = Some(air.pause.map_or(pause, |longest| longest.max(pause)));
                    None
                }
            }
            Then::Halt(ended) => Some(ended),
        };
        if self.halt.is_none() {
            self.halt = halt;
        }
    }

    async fn wait(&mut self, pause: std::time::Duration) {
        self.phase = Phase::Waiting { pause };
        self.tell();
        tokio::select! {
            biased;
            () = self.stop.requested() => {}
            () = self.clock.sleep(pause) => {}
        }
        self.phase = Phase::Sending;
    }

    /// After the ledger has failed: waits for what is in flight and tries once more to write it down.
    async fn salvage(&mut self, air: &mut Air) {
        let mut feed = Feed::new(self.job.asked.kind);
        while !air.flying.is_empty() {
            // The ledger's first error is the one that counts.
            if self.await_landing(air, &mut feed).await.is_err() {
                continue;
            }
        }
        let _ = self.commit(std::mem::take(&mut air.outcomes)).await;
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

/// The rows that are still to be sent, in the order of the list, read page by page ahead of their use.
struct Feed {
    wanted: StateSet,
    /// Rows that came back, each group a request of its own.
    back: VecDeque<Vec<Row>>,
    buffer: VecDeque<Row>,
    next_position: u64,
    ahead: Option<oneshot::Receiver<Result<Vec<Row>, LedgerError>>>,
    at_end: bool,
}

impl Feed {
    fn new(kind: JobKind) -> Self {
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
    fn put_back(&mut self, rows: Vec<Row>) {
        if !rows.is_empty() {
            self.back.push_front(rows);
        }
    }

    /// At most `count` rows; none at the end.
    async fn take(
        &mut self,
        count: usize,
        keeper: &super::keeper::Keeper,
        job: super::JobId,
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
        keeper: &super::keeper::Keeper,
        job: super::JobId,
        count: usize,
    ) -> Result<oneshot::Receiver<Result<Vec<Row>, LedgerError>>, LedgerError> {
        let (wanted, from, limit) = (self.wanted, self.next_position, PAGE.max(count));
        keeper.start_with(move |ledger| ledger.rows(job, wanted, from, limit))
    }
}
