//! A run of a job from its claim to its summary: recover, look up, send, look up again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use finkit_core::{RecordEvent, RecordState};
use finkit_transport::Clock;

use super::claim::Claim;
use super::desk::{Submission, is_done};
use super::keeper::Keeper;
use super::options::{Options, Stop};
use super::plan::check_atomic;
use super::service::{RequestShape, Service};
use super::summary::{Ended, Phase, Progress, RunSummary};
use super::{
    Billed, Change, Cost, Job, JobId, JobKind, Ledger, LedgerError, Note, Request, RequestKind,
    RequestState, Row, RowSet, RowState, StateSet, SubmissionError, SubmissionErrorKind, Tally,
};

/// Rows that are read in one step.
pub(super) const PAGE: usize = 4_096;

impl Submission {
    /// Runs a job until nothing is left to do or something stops it; resumes one that was cut off.
    ///
    /// Requests that were cut off before are taken as unknown. Unknown records are looked up and settled as *created* or
    /// *absent*, absent ones are sent again with the flags of the job. `progress` is called after every commit, with
    /// what the ledger has durably.
    ///
    /// Dropping the future cuts the run off like a crash: nothing is lost, and the next run settles what was in flight.
    ///
    /// # Errors
    /// When somebody else owns the job, or when the ledger fails: then nothing more is sent, what is in flight is waited
    /// for, and its outcome is written down if the ledger allows.
    pub async fn run(
        &self,
        service: Arc<dyn Service>,
        job: JobId,
        options: &Options,
        stop: &Stop,
        progress: &mut (dyn FnMut(&Progress) + Send),
    ) -> Result<RunSummary, SubmissionError> {
        let claim = Claim::take(self, job).await?;
        let mut run = Run::new(self, service, job, options, stop, progress).await?;
        let outcome = run.go().await;
        claim.give_back().await;
        outcome.map_err(|error| error.of_job(job))?;
        Ok(run.summary())
    }
}

/// A job while it runs.
pub(super) struct Run<'p> {
    pub(super) keeper: Arc<Keeper>,
    pub(super) service: Arc<dyn Service>,
    pub(super) shape: RequestShape,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) job: Job,
    pub(super) options: Options,
    pub(super) stop: Stop,
    /// In a mutex only to be shareable between threads, which the callback itself need not be.
    progress: Mutex<&'p mut (dyn FnMut(&Progress) + Send)>,
    pub(super) phase: Phase,
    pub(super) tally: Tally,
    /// Number of the next request, and of the first one of this run.
    next_request: u64,
    first_request: u64,
    /// The largest body the origin takes, as far as it is known.
    pub(super) learnt: Option<u64>,
    /// The same as the ledger has it; a larger one that is being tried counts only when it is taken.
    pub(super) remembered: Option<u64>,
    /// The most records of one request that the service took in this run.
    pub(super) taken: usize,
    /// Full requests that were taken in a row under a remembered limit, and whether a larger one was tried.
    pub(super) taken_in_a_row: u32,
    pub(super) probed: bool,
    /// The size of requests after one was lost without being executed, as gateways do it to those that are too large.
    pub(super) cautious: Option<usize>,
    /// Requests with unknown outcome, those of earlier runs included.
    pub(super) lost: Vec<Request>,
    /// Created rows of which the service may have a second copy.
    pub(super) doubtful: Vec<Row>,
    /// Rows of a deletion that are not sent again in this run.
    pub(super) refused: HashSet<u64>,
    /// Why nothing more is sent.
    pub(super) halt: Option<Ended>,
    /// Why some records could not be settled.
    pub(super) unsettled: Option<String>,
    pub(super) requests: u64,
    pub(super) searches: u64,
    pub(super) look_up_reads: u64,
    pub(super) spent: Cost,
    pub(super) perhaps: Cost,
    pub(super) duplicates: u64,
}

impl<'p> Run<'p> {
    async fn new(
        submission: &Submission,
        service: Arc<dyn Service>,
        job: JobId,
        options: &Options,
        stop: &Stop,
        progress: &'p mut (dyn FnMut(&Progress) + Send),
    ) -> Result<Self, SubmissionError> {
        let work = move |ledger: &mut dyn Ledger| {
            let job = ledger.job(job)?;
            if !job.open {
                return Err(LedgerError::still_planned(job.id));
            }
            let learnt = ledger.byte_limit(&job.asked.account.origin)?;
            Ok((
                ledger.tally(job.id)?,
                ledger.last_request(job.id)?,
                learnt,
                job,
            ))
        };
        let (tally, last_request, learnt, job) = submission.keeper().with(work).await?;
        if !job.asked.participant.can_enter() {
            let message = format!(
                "a {} account can neither enter nor delete",
                job.asked.participant
            );
            return Err(SubmissionError::new(
                SubmissionErrorKind::NotAllowed,
                message,
            ));
        }
        Ok(Self {
            keeper: Arc::clone(submission.keeper()),
            shape: service.shape(),
            service,
            clock: Arc::clone(submission.clock()),
            job,
            options: options.clone(),
            stop: stop.clone(),
            progress: Mutex::new(progress),
            phase: Phase::Sending,
            tally,
            next_request: last_request + 1,
            first_request: last_request + 1,
            learnt,
            remembered: learnt,
            taken: 0,
            taken_in_a_row: 0,
            probed: false,
            cautious: None,
            lost: Vec::new(),
            doubtful: Vec::new(),
            refused: HashSet::new(),
            halt: None,
            unsettled: None,
            requests: 0,
            searches: 0,
            look_up_reads: 0,
            spent: Cost::default(),
            perhaps: Cost::default(),
            duplicates: 0,
        })
    }

    async fn go(&mut self) -> Result<(), SubmissionError> {
        self.recover().await?;
        let mut rounds = 0;
        loop {
            self.note_stop();
            if self.needs_looking_up() && self.halt.as_ref().is_none_or(Ended::leaves_look_ups) {
                self.look_up().await?;
                self.note_stop();
            }
            if self.halt.is_some() {
                return Ok(());
            }
            self.requeue_absent().await?;
            if self.to_send() == 0 {
                return Ok(());
            }
            if rounds == self.options.rounds {
                let reason = format!(
                    "{} records are still not entered after being sent {rounds} times",
                    self.to_send()
                );
                self.halt = Some(Ended::Unsettled { reason });
                return Ok(());
            }
            let batch = self.batch_size();
            check_atomic(&self.job, &self.tally, self.to_send(), batch)?;
            rounds += 1;
            self.send().await?;
        }
    }

    fn summary(self) -> RunSummary {
        let ended = match (self.halt, is_done(&self.job, &self.tally)) {
            (_, true) => Ended::Done,
            (Some(halt), false) => halt,
            (None, false) => {
                let reason = self
                    .unsettled
                    .unwrap_or_else(|| "some rows could not be settled".to_owned());
                Ended::Unsettled { reason }
            }
        };
        RunSummary {
            job: self.job.id,
            ended,
            tally: self.tally,
            requests: self.requests,
            searches: self.searches,
            look_up_reads: self.look_up_reads,
            spent: self.spent,
            perhaps: self.perhaps,
            duplicates: self.duplicates,
        }
    }

    /// Takes what an earlier run left on its way as unknown.
    async fn recover(&mut self) -> Result<(), SubmissionError> {
        let id = self.job.id;
        let work = move |ledger: &mut dyn Ledger| {
            let sending = ledger.requests(id, Some(RequestState::Sending))?;
            Ok((sending, ledger.requests(id, Some(RequestState::Unknown))?))
        };
        let (cut_off, mut lost) = self.keeper.with(work).await?;
        let mut changes = Vec::new();
        for mut request in cut_off {
            request.state = RequestState::Unknown;
            request.said = Some("the program ended before the answer was written down".to_owned());
            if request.kind == RequestKind::Create {
                shift(
                    &mut changes,
                    id,
                    request.rows.clone(),
                    RecordState::Sending,
                    &[RecordEvent::Lost],
                )?;
            }
            changes.push(Change::Request(request.clone()));
            lost.push(request);
        }
        self.commit(changes).await?;
        lost.retain(|request| request.kind != RequestKind::Search);
        self.lost = lost;
        self.recover_doubts().await
    }

    /// Finds the rows again of which a lost request may have made a second copy, and that no run has looked at yet.
    ///
    /// Only where overlaps are allowed; otherwise the service itself refuses the second copy.
    async fn recover_doubts(&mut self) -> Result<(), SubmissionError> {
        if !self.job.asked.flags.commit_on_overlapping_dates {
            return Ok(());
        }
        let (id, created) = (self.job.id, StateSet::records(&[RecordState::Created]));
        let ranges: Vec<_> = self
            .lost
            .iter()
            .flat_map(|request| request.rows.ranges())
            .cloned()
            .collect();
        let work = move |ledger: &mut dyn Ledger| {
            let mut doubtful = Vec::new();
            for range in ranges {
                let limit = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
                let rows = ledger.rows(id, created, range.start, limit)?;
                let notes: HashMap<u64, Note> =
                    ledger.notes(id, range.clone())?.into_iter().collect();
                let doubt = |row: &Row| match notes.get(&row.position) {
                    Some(Note::Overlaps { entries, .. }) => entries
                        .iter()
                        .any(|entry| entry.same && entry.own.is_none()),
                    _ => false,
                };
                doubtful.extend(
                    rows.into_iter()
                        .filter(|row| range.contains(&row.position))
                        .filter(doubt),
                );
            }
            Ok(doubtful)
        };
        self.doubtful = self.keeper.with(work).await?;
        Ok(())
    }

    /// Puts what was found absent back in line.
    async fn requeue_absent(&mut self) -> Result<(), SubmissionError> {
        let id = self.job.id;
        if self.tally.records(RecordState::Absent) > 0 && !self.job.asked.atomic {
            self.cautious = Some((self.batch_size() / 2).max(1));
            self.taken_in_a_row = 0;
        }
        while self.tally.records(RecordState::Absent) > 0 {
            let wanted = StateSet::records(&[RecordState::Absent]);
            let rows = self
                .keeper
                .with(move |ledger| ledger.rows(id, wanted, 0, PAGE))
                .await?;
            let rows: RowSet = rows.iter().map(|row| row.position).collect();
            if rows.is_empty() {
                let message = format!("job {id} counts absent rows and has none");
                return Err(SubmissionError::new(
                    SubmissionErrorKind::Inconsistent,
                    message,
                ));
            }
            let mut changes = Vec::new();
            shift(
                &mut changes,
                id,
                rows,
                RecordState::Absent,
                &[RecordEvent::Requeue],
            )?;
            self.commit(changes).await?;
        }
        Ok(())
    }

    fn needs_looking_up(&self) -> bool {
        let state = match self.job.asked.kind {
            JobKind::Entry => RecordState::Unknown,
            JobKind::Deletion => RecordState::Deleting,
        };
        self.tally.records(state) > 0 || !self.doubtful.is_empty()
    }

    /// Records, or deletions, that can be sent.
    fn to_send(&self) -> u64 {
        match self.job.asked.kind {
            JobKind::Entry => self.tally.records(RecordState::Planned),
            JobKind::Deletion => self
                .tally
                .records(RecordState::Created)
                .saturating_sub(self.refused.len() as u64),
        }
    }

    pub(super) fn batch_size(&self) -> usize {
        let fitting = self.options.limits.fitting(self.shape, self.learnt);
        self.cautious
            .map_or(fitting, |cautious| cautious.min(fitting))
    }

    pub(super) fn note_stop(&mut self) {
        if self.stop.is_requested() && self.halt.is_none() {
            self.halt = Some(Ended::Stopped);
        }
    }

    /// A request that is about to be sent; written down by the next commit.
    pub(super) fn new_request(&mut self, kind: RequestKind, rows: RowSet, cost: Cost) -> Request {
        let number = self.next_request;
        self.next_request += 1;
        Request {
            job: self.job.id,
            number,
            kind,
            rows,
            sent_at: self.clock.now(),
            state: RequestState::Sending,
            reads: cost.reads,
            writes: cost.writes,
            billed: Billed::Unknown,
            said: None,
        }
    }

    /// Closes a request: what is known of it, and with that what it cost.
    pub(super) fn close(
        &mut self,
        request: &mut Request,
        state: RequestState,
        billed: Billed,
        said: Option<String>,
    ) {
        request.state = state;
        request.billed = billed;
        request.said = said;
        let cost = Cost {
            reads: request.reads,
            writes: request.writes,
        };
        match billed {
            Billed::Yes => self.spent += cost,
            Billed::Unknown => self.perhaps += cost,
            Billed::No => {}
        }
        match request.kind {
            RequestKind::Create | RequestKind::Delete => self.requests += 1,
            RequestKind::Search => {
                self.searches += 1;
                if billed == Billed::Yes {
                    self.look_up_reads += request.reads;
                }
            }
        }
    }

    /// A record was found that only a lost request can have entered: that request was executed, and billed.
    pub(super) fn prove_executed(&mut self, position: u64, changes: &mut Vec<Change>) {
        let carries = |request: &&mut Request| request.rows.contains(position);
        let mut carriers = self.lost.iter_mut().filter(carries);
        let (Some(request), None) = (carriers.next(), carriers.next()) else {
            return;
        };
        if request.billed == Billed::Unknown {
            request.billed = Billed::Yes;
            changes.push(Change::Request(request.clone()));
            if request.number >= self.first_request {
                let cost = Cost {
                    reads: request.reads,
                    writes: request.writes,
                };
                self.spent += cost;
                self.perhaps.reads = self.perhaps.reads.saturating_sub(cost.reads);
                self.perhaps.writes = self.perhaps.writes.saturating_sub(cost.writes);
            }
        }
    }

    /// Writes changes down; then, and only then, they count and are told.
    pub(super) async fn commit(&mut self, changes: Vec<Change>) -> Result<(), SubmissionError> {
        if changes.is_empty() {
            return Ok(());
        }
        let tally = self.tally_after(&changes);
        self.keeper.commit(changes).await?;
        self.tally = tally;
        self.tell();
        Ok(())
    }

    /// The rows of this job by state, once these changes are written down.
    pub(super) fn tally_after(&self, changes: &[Change]) -> Tally {
        let mut tally = self.tally;
        for change in changes {
            if let Change::Move {
                job,
                rows,
                from,
                to,
            } = change
                && *job == self.job.id
            {
                tally.shift(*from, *to, rows.len());
            }
        }
        tally
    }

    /// Tells how far the run is.
    pub(super) fn tell(&mut self) {
        let progress = Progress {
            phase: self.phase,
            tally: self.tally,
            spent: self.spent,
        };
        (self
            .progress
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner))(&progress);
    }
}

/// Adds the moves of rows along a chain of events, each step by the transition function of the core.
pub(super) fn shift(
    changes: &mut Vec<Change>,
    job: JobId,
    rows: RowSet,
    from: RecordState,
    events: &[RecordEvent],
) -> Result<(), SubmissionError> {
    let mut state = RowState::Record(from);
    if rows.is_empty() {
        return Ok(());
    }
    for event in events {
        let to = state.after(*event)?;
        if to != state {
            changes.push(Change::Move {
                job,
                rows: rows.clone(),
                from: state,
                to,
            });
        }
        state = to;
    }
    Ok(())
}
