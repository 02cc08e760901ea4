//! Doubles for tests of submissions: a service in memory that loses answers on demand, and a ledger that fails on demand.

use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use finkit_core::{FinRecord, FoundEntry, FoundFin, Period, ReportedTime, Vin};
use finkit_transport::{Clock, Outcome};

use super::{
    Account, Arrival, Cause, Change, Job, JobId, Judgement, Ledger, LedgerError, LedgerErrorKind,
    NamedRecord, NewJob, NewRow, Note, OwnRow, Request, RequestShape, RequestState, Row, SameFin,
    Service, ServiceFailure, StateSet, Tally, UsageLine,
};
use crate::{DeleteAnswer, EntryAnswer, EntryFlags, Lookup, RecordOutcome, SearchAnswer};

/// The shape of the model's requests.
pub const SHAPE: RequestShape = RequestShape {
    record_bytes: 130,
    most_records: usize::MAX,
};

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing bad.
    None,
    /// It is executed, and the answer is lost.
    AnswerLost,
    /// It is executed, and an answer arrives that can't be read.
    Garbled,
    /// It is lost on its way.
    RequestLost,
    /// The answer is lost, and it is executed only when the next request that enters or deletes arrives.
    Late,
    /// No connection can be opened.
    Unreachable,
    /// The service asks for a pause of so many seconds.
    Busy(u64),
    /// It is executed, and the answer leaves the last record out.
    LastLeftOut,
    /// It is executed, and the answer has one record too few.
    Short,
    /// The service refuses the request without naming a record.
    Refused,
    /// The service finds the request too large, whatever its size.
    TooLarge,
}

/// FINcheck in memory: overlaps, flags, deletion by the own code, a search that lags, and a [`Fault`] per request.
#[derive(Debug)]
pub struct ModelService {
    world: Mutex<World>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Default)]
struct World {
    entries: Vec<Stored>,
    faults: VecDeque<Fault>,
    search_faults: VecDeque<Fault>,
    late: Vec<Write>,
    lag: Duration,
    most_records: Option<usize>,
    most_or_lost: Option<usize>,
    invalid: HashSet<Vin>,
    yields: u32,
    reads: u64,
    writes: u64,
    requests: u64,
    searches: u64,
}

#[derive(Clone, Debug)]
enum Write {
    Create(Vec<FinRecord>, EntryFlags),
    Delete(Vin, Period),
}

/// An entry of the service.
#[derive(Clone, Copy, Debug)]
struct Stored {
    record: FinRecord,
    ours: bool,
    visible_from: Duration,
}

impl ModelService {
    /// An empty service.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            world: Mutex::new(World::default()),
            clock,
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens to the next requests that enter or delete, one by one.
    pub fn set_faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.world().faults = faults.into_iter().collect();
    }

    /// What happens to the next look-ups, one by one.
    pub fn set_search_faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.world().search_faults = faults.into_iter().collect();
    }

    /// How long an entry stays invisible to searches.
    pub fn set_lag(&self, lag: Duration) {
        self.world().lag = lag;
    }

    /// The most records that a request may have before the service finds it too large.
    pub fn set_most_records(&self, records: Option<usize>) {
        self.world().most_records = records;
    }

    /// The most records that a request may have before a gateway cuts the connection while it is still being sent.
    pub fn set_most_records_or_lost(&self, records: usize) {
        self.world().most_or_lost = Some(records);
    }

    /// FINs that do not pass the service's checks.
    pub fn set_invalid(&self, fins: impl IntoIterator<Item = Vin>) {
        self.world().invalid = fins.into_iter().collect();
    }

    /// How often a request lets others go first, before and after it is executed.
    pub fn set_yields(&self, yields: u32) {
        self.world().yields = yields;
    }

    /// Stores an entry of another company.
    pub fn store_foreign(&self, record: FinRecord) {
        self.world().entries.push(Stored {
            record,
            ours: false,
            visible_from: Duration::ZERO,
        });
    }

    /// Executes what is still on its way.
    pub fn arrive_late(&self) {
        let now = self.clock.monotonic();
        self.world().arrive_late(now);
    }

    /// The own entries, in the order in which they were stored.
    #[must_use]
    pub fn entries(&self) -> Vec<FinRecord> {
        self.world()
            .entries
            .iter()
            .filter(|stored| stored.ours)
            .map(|stored| stored.record)
            .collect()
    }

    /// Billed reads and writes.
    #[must_use]
    pub fn billed(&self) -> (u64, u64) {
        let world = self.world();
        (world.reads, world.writes)
    }

    /// Requests that entered or deleted, as far as they were sent.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.world().requests
    }

    /// Look-ups.
    #[must_use]
    pub fn searches(&self) -> u64 {
        self.world().searches
    }

    async fn pause(&self) {
        let yields = self.world().yields;
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
    }
}

impl World {
    fn create(&mut self, records: &[FinRecord], flags: EntryFlags, now: Duration) -> EntryAnswer {
        self.reads += records.len() as u64;
        self.writes += records.len() as u64;
        let visible_from = now + self.lag;
        let before = self.entries.len();
        let mut outcomes = Vec::with_capacity(records.len());
        for record in records {
            let overlaps: Vec<FoundEntry> = self
                .entries
                .iter()
                .filter(|stored| {
                    stored.record.fin == record.fin && stored.record.period.overlaps(&record.period)
                })
                .map(found_entry)
                .collect();
            let found = FoundFin {
                fin: record.fin,
                count: overlaps.len() as u64,
                entries: overlaps,
            };
            let overlaps = (found.count > 0).then_some(found);
            if overlaps.is_none() || flags.commit_on_overlapping_dates {
                self.entries.push(Stored {
                    record: *record,
                    ours: true,
                    visible_from,
                });
                outcomes.push(RecordOutcome::Created { overlaps });
            } else {
                outcomes.push(RecordOutcome::NotEntered {
                    overlaps,
                    reason: None,
                });
            }
        }
        let failed = outcomes
            .iter()
            .any(|outcome| matches!(outcome, RecordOutcome::NotEntered { .. }));
        if failed && !flags.commit_on_partial_success {
            self.entries.truncate(before);
            for outcome in &mut outcomes {
                if matches!(outcome, RecordOutcome::Created { .. }) {
                    *outcome = RecordOutcome::NotEntered {
                        overlaps: None,
                        reason: None,
                    };
                }
            }
        }
        EntryAnswer { outcomes }
    }

    fn delete(&mut self, fin: &Vin, period: &Period) -> DeleteAnswer {
        let goes = |stored: &Stored| {
            stored.ours && stored.record.fin == *fin && stored.record.period == *period
        };
        let gone: Vec<FoundEntry> = self
            .entries
            .iter()
            .filter(|stored| goes(stored))
            .map(found_entry)
            .collect();
        self.entries.retain(|stored| !goes(stored));
        let deleted = !gone.is_empty();
        let entries = if deleted {
            vec![FoundFin {
                fin: *fin,
                count: gone.len() as u64,
                entries: gone,
            }]
        } else {
            Vec::new()
        };
        DeleteAnswer { deleted, entries }
    }

    fn arrive_late(&mut self, now: Duration) {
        for write in std::mem::take(&mut self.late) {
            match write {
                Write::Create(records, flags) => drop(self.create(&records, flags, now)),
                Write::Delete(fin, period) => drop(self.delete(&fin, &period)),
            }
        }
    }

    /// What a fault makes of a request, before it is executed.
    fn meet(&mut self, fault: Fault, write: Write) -> Option<ServiceFailure> {
        let failure =
            |outcome, cause, message: &str| Some(ServiceFailure::new(outcome, cause, message));
        match fault {
            Fault::Unreachable => failure(
                Outcome::NotSent,
                Cause::Unreachable,
                "no connection could be opened",
            ),
            Fault::Busy(seconds) => {
                let pause = Some(Duration::from_secs(seconds));
                failure(Outcome::Rejected, Cause::ComeBackLater(pause), "status 429")
            }
            Fault::Refused => failure(Outcome::Rejected, Cause::Refused, "status 403"),
            Fault::TooLarge => failure(Outcome::Rejected, Cause::TooLarge, "status 413"),
            Fault::RequestLost => {
                failure(Outcome::Unknown, Cause::Lost, "the connection was closed")
            }
            Fault::Late => {
                self.late.push(write);
                failure(Outcome::Unknown, Cause::Lost, "status 504")
            }
            Fault::None
            | Fault::AnswerLost
            | Fault::Garbled
            | Fault::LastLeftOut
            | Fault::Short => None,
        }
    }
}

fn found_entry(stored: &Stored) -> FoundEntry {
    let registered_at = ReportedTime::Zoned(stored.record.registered_at.datetime());
    FoundEntry {
        period: stored.record.period,
        registered_at,
    }
}

fn lost() -> ServiceFailure {
    ServiceFailure::new(
        Outcome::Unknown,
        Cause::Lost,
        "the connection was closed before the answer was complete",
    )
}

#[async_trait]
impl Service for ModelService {
    async fn create(
        &self,
        records: &[FinRecord],
        flags: EntryFlags,
    ) -> Result<Arrival, ServiceFailure> {
        self.pause().await;
        let now = self.clock.monotonic();
        let (fault, answer) = {
            let mut world = self.world();
            world.requests += 1;
            world.arrive_late(now);
            let fault = world.faults.pop_front().unwrap_or(Fault::None);
            if let Some(failure) = world.meet(fault, Write::Create(records.to_vec(), flags)) {
                return Err(failure);
            }
            if world.most_or_lost.is_some_and(|most| records.len() > most) {
                return Err(lost());
            }
            if world.most_records.is_some_and(|most| records.len() > most) {
                return Err(ServiceFailure::new(
                    Outcome::Rejected,
                    Cause::TooLarge,
                    "status 413",
                ));
            }
            let named: Vec<NamedRecord> = records
                .iter()
                .enumerate()
                .filter(|(_, record)| world.invalid.contains(&record.fin))
                .map(|(index, _)| NamedRecord {
                    index,
                    field: Some("fin".to_owned()),
                    rule: "not a known vehicle".to_owned(),
                })
                .collect();
            if !named.is_empty() {
                return Err(
                    ServiceFailure::new(Outcome::Rejected, Cause::Invalid, "status 422")
                        .naming(named),
                );
            }
            (fault, world.create(records, flags, now))
        };
        self.pause().await;
        let mut answer = answer;
        match fault {
            Fault::AnswerLost => return Err(lost()),
            Fault::LastLeftOut => {
                if let Some(last) = answer.outcomes.last_mut() {
                    *last = RecordOutcome::Unaccounted;
                }
            }
            Fault::Short => drop(answer.outcomes.pop()),
            _ => {}
        }
        Ok(Arrival::new(move || match fault {
            Fault::Garbled => Err(lost()),
            _ => Ok(answer),
        }))
    }

    async fn search(&self, fins: &[Vin], year: i32) -> Result<SearchAnswer, ServiceFailure> {
        self.pause().await;
        let now = self.clock.monotonic();
        let mut world = self.world();
        world.searches += 1;
        match world.search_faults.pop_front().unwrap_or(Fault::None) {
            Fault::None | Fault::LastLeftOut | Fault::Short | Fault::Late | Fault::TooLarge => {}
            Fault::AnswerLost | Fault::Garbled | Fault::RequestLost => return Err(lost()),
            Fault::Unreachable => {
                return Err(ServiceFailure::new(
                    Outcome::NotSent,
                    Cause::Unreachable,
                    "no connection could be opened",
                ));
            }
            Fault::Busy(seconds) => {
                let cause = Cause::ComeBackLater(Some(Duration::from_secs(seconds)));
                return Err(ServiceFailure::new(Outcome::Rejected, cause, "status 429"));
            }
            Fault::Refused => {
                return Err(ServiceFailure::new(
                    Outcome::Rejected,
                    Cause::Refused,
                    "status 403",
                ));
            }
        }
        world.reads += fins.len() as u64;
        let lookup = |fin: &Vin| {
            let entries: Vec<FoundEntry> = world
                .entries
                .iter()
                .filter(|stored| stored.record.fin == *fin && stored.record.period.year() == year)
                .filter(|stored| stored.visible_from <= now)
                .map(found_entry)
                .collect();
            if entries.is_empty() {
                (*fin, Lookup::Free)
            } else {
                (
                    *fin,
                    Lookup::Found(FoundFin {
                        fin: *fin,
                        count: entries.len() as u64,
                        entries,
                    }),
                )
            }
        };
        Ok(SearchAnswer {
            fins: fins.iter().map(lookup).collect(),
        })
    }

    async fn delete(&self, fin: &Vin, period: &Period) -> Result<DeleteAnswer, ServiceFailure> {
        self.pause().await;
        let now = self.clock.monotonic();
        let (fault, answer) = {
            let mut world = self.world();
            world.requests += 1;
            world.arrive_late(now);
            let fault = world.faults.pop_front().unwrap_or(Fault::None);
            if let Some(failure) = world.meet(fault, Write::Delete(*fin, *period)) {
                return Err(failure);
            }
            (fault, world.delete(fin, period))
        };
        self.pause().await;
        if matches!(fault, Fault::AnswerLost | Fault::Garbled) {
            Err(lost())
        } else {
            Ok(answer)
        }
    }

    fn shape(&self) -> RequestShape {
        SHAPE
    }
}

/// A ledger that several handles share, one after the other, and that fails at a chosen call.
///
/// A handle stands for a process: once it has failed it stays dead. The ledger behind it lives on.
#[derive(Debug)]
pub struct FailingLedger<L> {
    shared: Arc<Mutex<L>>,
    calls: Arc<AtomicU64>,
    fail_at: u64,
    first_apply: bool,
    recovers: bool,
    dead: Arc<AtomicBool>,
}

impl<L: Ledger> FailingLedger<L> {
    /// A handle on a shared ledger that fails at its `fail_at`-th call, counted from 1, and at every later one.
    /// With `first_apply` the failing call has its effect all the same.
    #[must_use]
    pub fn new(shared: &Arc<Mutex<L>>, fail_at: u64, first_apply: bool) -> Self {
        Self {
            shared: Arc::clone(shared),
            calls: Arc::default(),
            fail_at,
            first_apply,
            recovers: false,
            dead: Arc::default(),
        }
    }

    /// The same handle, which works again after the call that failed.
    #[must_use]
    pub fn that_recovers(mut self) -> Self {
        self.recovers = true;
        self
    }

    /// A handle that never fails.
    #[must_use]
    pub fn sound(shared: &Arc<Mutex<L>>) -> Self {
        Self::new(shared, u64::MAX, false)
    }

    /// Tells whether the handle has failed.
    #[must_use]
    pub fn death(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.dead)
    }

    /// Counts the calls.
    #[must_use]
    pub fn calls(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.calls)
    }

    fn call<T>(
        &mut self,
        work: impl FnOnce(&mut L) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let failed = || {
            Err(LedgerError::new(
                LedgerErrorKind::Io,
                "the ledger was made to fail",
            ))
        };
        let late = call > self.fail_at && !self.recovers;
        if late || (call == self.fail_at && !self.first_apply) {
            self.dead.store(true, Ordering::SeqCst);
            return failed();
        }
        let outcome = work(&mut self.shared.lock().unwrap_or_else(PoisonError::into_inner));
        if call == self.fail_at {
            self.dead.store(true, Ordering::SeqCst);
            return failed();
        }
        outcome
    }
}

impl<L: Ledger> Ledger for FailingLedger<L> {
    fn begin(&mut self, job: &NewJob) -> Result<JobId, LedgerError> {
        self.call(|ledger| ledger.begin(job))
    }

    fn append(&mut self, job: JobId, rows: &[NewRow]) -> Result<(), LedgerError> {
        self.call(|ledger| ledger.append(job, rows))
    }

    fn open(
        &mut self,
        job: JobId,
        judge: &mut dyn FnMut(&SameFin<'_>) -> Vec<Judgement>,
    ) -> Result<(), LedgerError> {
        self.call(|ledger| ledger.open(job, judge))
    }

    fn discard(&mut self, job: JobId) -> Result<(), LedgerError> {
        self.call(|ledger| ledger.discard(job))
    }

    fn job(&mut self, job: JobId) -> Result<Job, LedgerError> {
        self.call(|ledger| ledger.job(job))
    }

    fn jobs(&mut self) -> Result<Vec<Job>, LedgerError> {
        self.call(Ledger::jobs)
    }

    fn claim(&mut self, job: JobId, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.call(|ledger| ledger.claim(job, now))
    }

    fn release(&mut self, job: JobId) {
        self.shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .release(job);
    }

    fn rows(
        &mut self,
        job: JobId,
        wanted: StateSet,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Row>, LedgerError> {
        self.call(|ledger| ledger.rows(job, wanted, from, limit))
    }

    fn notes(
        &mut self,
        job: JobId,
        positions: Range<u64>,
    ) -> Result<Vec<(u64, Note)>, LedgerError> {
        self.call(|ledger| ledger.notes(job, positions))
    }

    fn tally(&mut self, job: JobId) -> Result<Tally, LedgerError> {
        self.call(|ledger| ledger.tally(job))
    }

    fn requests(
        &mut self,
        job: JobId,
        state: Option<RequestState>,
    ) -> Result<Vec<Request>, LedgerError> {
        self.call(|ledger| ledger.requests(job, state))
    }

    fn last_request(&mut self, job: JobId) -> Result<u64, LedgerError> {
        self.call(|ledger| ledger.last_request(job))
    }

    fn own_rows(&mut self, account: &Account, fins: &[Vin]) -> Result<Vec<OwnRow>, LedgerError> {
        self.call(|ledger| ledger.own_rows(account, fins))
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), LedgerError> {
        self.call(|ledger| ledger.commit(changes))
    }

    fn byte_limit(&mut self, origin: &str) -> Result<Option<u64>, LedgerError> {
        self.call(|ledger| ledger.byte_limit(origin))
    }

    fn usage(&mut self) -> Result<Vec<UsageLine>, LedgerError> {
        self.call(Ledger::usage)
    }
}
