//! Whole submissions over a ledger in memory and a model of the service.

mod crashes;
mod deletions;
mod faults;
mod flows;
mod ledger_failures;
mod model;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use finkit_core::{FinRecord, Participant, Period, RecordState, Vin};
use finkit_transport::{Clock, ManualClock};

use super::testing::{FailingLedger, ModelService, SHAPE};
use super::{
    Account, Arrival, BatchLimits, Ended, JobId, JobKind, Ledger, MemoryLedger, NewJob, NewRow,
    Note, Options, OwnRow, PlanSummary, RequestShape, RowState, RunSummary, Service,
    ServiceFailure, Stop, Submission, SubmissionError,
};
use crate::{DeleteAnswer, EntryFlags, SearchAnswer};

/// A made-up record: FINs differ by `serial`, everything else is equal.
fn record(serial: u32) -> FinRecord {
    record_in(serial, "2026-01-01/2026-12-31")
}

fn record_in(serial: u32, period: &str) -> FinRecord {
    FinRecord {
        fin: format!("WVWZZZE1ZMP{serial:06}").parse().expect("a FIN"),
        period: period.parse().expect("a period"),
        registered_at: "2026-01-02T10:30:00+01:00".parse().expect("a time"),
    }
}

fn records(serials: std::ops::Range<u32>) -> Vec<FinRecord> {
    serials.map(record).collect()
}

fn account() -> Account {
    Account {
        profile: "test".to_owned(),
        origin: "https://fincheck.example".to_owned(),
    }
}

fn partial() -> EntryFlags {
    EntryFlags {
        commit_on_partial_success: true,
        ..EntryFlags::default()
    }
}

/// Ledger, service and clock that outlive any process.
struct Bench {
    ledger: Arc<Mutex<MemoryLedger>>,
    service: Arc<ModelService>,
    clock: Arc<ManualClock>,
    options: Options,
}

impl Bench {
    fn new(batch: usize) -> Self {
        let clock = Arc::new(ManualClock::new());
        let service = Arc::new(ModelService::new(Arc::clone(&clock) as Arc<dyn Clock>));
        let limits = BatchLimits {
            records: NonZeroUsize::new(batch).expect("not zero"),
            ..BatchLimits::default()
        };
        let options = Options::default().with_limits(limits).with_concurrency(1);
        Self {
            ledger: Arc::default(),
            service,
            clock,
            options,
        }
    }

    /// A new process.
    fn submission(&self) -> Submission {
        Submission::here(FailingLedger::sound(&self.ledger), self.clock.clone())
    }

    fn job(&self, kind: JobKind, flags: EntryFlags) -> NewJob {
        NewJob {
            kind,
            account: account(),
            participant: Participant::Standard,
            list: "fleet.csv".to_owned(),
            fingerprint: None,
            flags,
            atomic: false,
            again: false,
            created_at: self.clock.now(),
        }
    }

    async fn plan_as(
        &self,
        job: NewJob,
        rows: Vec<NewRow>,
    ) -> Result<PlanSummary, SubmissionError> {
        let rows = rows.into_iter().map(Ok::<_, std::io::Error>);
        self.submission()
            .plan(job, rows, &self.options.limits, SHAPE)
            .await
    }

    async fn plan(&self, flags: EntryFlags, records: &[FinRecord]) -> PlanSummary {
        self.plan_as(self.job(JobKind::Entry, flags), rows(records))
            .await
            .expect("planned")
    }

    async fn run(&self, job: JobId) -> RunSummary {
        self.try_run(&self.submission(), job, &Stop::new())
            .await
            .expect("a run")
    }

    async fn try_run(
        &self,
        submission: &Submission,
        job: JobId,
        stop: &Stop,
    ) -> Result<RunSummary, SubmissionError> {
        submission
            .run(self.witness(), job, &self.options, stop, &mut |_| {})
            .await
    }

    /// The service, with an eye on the ledger.
    fn witness(&self) -> Arc<Witness> {
        Arc::new(Witness {
            service: Arc::clone(&self.service),
            ledger: Arc::clone(&self.ledger),
        })
    }

    async fn submit(&self, flags: EntryFlags, records: &[FinRecord]) -> RunSummary {
        let plan = self.plan(flags, records).await;
        self.run(plan.job).await
    }

    /// State and note of every row.
    async fn report(&self, job: JobId) -> Vec<(&'static str, Option<Note>)> {
        let mut rows = Vec::new();
        let submission = self.submission();
        let each = |row: super::ReportRow| {
            rows.push((row.row.state.name(), row.note));
            Ok::<_, std::io::Error>(())
        };
        submission
            .report(job, each)
            .await
            .expect("a report that adds up");
        rows
    }

    async fn states(&self, job: JobId) -> Vec<&'static str> {
        self.report(job)
            .await
            .into_iter()
            .map(|(state, _)| state)
            .collect()
    }

    /// The own entries, sorted, so that copies stand side by side.
    fn entered(&self) -> Vec<FinRecord> {
        let mut entries = self.service.entries();
        entries.sort();
        entries
    }
}

/// The service, which sees to it that nothing reaches it that the ledger does not call *sending*, or *deleting*.
#[derive(Debug)]
struct Witness {
    service: Arc<ModelService>,
    ledger: Arc<Mutex<MemoryLedger>>,
}

impl Witness {
    fn rows_of(&self, fin: finkit_core::Vin) -> Vec<OwnRow> {
        let mut ledger = self.ledger.lock().expect("a ledger");
        ledger.own_rows(&account(), &[fin]).expect("own rows")
    }
}

#[async_trait::async_trait]
impl Service for Witness {
    async fn create(
        &self,
        records: &[FinRecord],
        flags: EntryFlags,
    ) -> Result<Arrival, ServiceFailure> {
        for record in records {
            let rows = self.rows_of(record.fin);
            let sending =
                |own: &OwnRow| own.record == *record && own.state == state(RecordState::Sending);
            assert!(
                rows.iter().any(sending),
                "{record:?} left before it was written down"
            );
        }
        self.service.create(records, flags).await
    }

    async fn search(&self, fins: &[Vin], year: i32) -> Result<SearchAnswer, ServiceFailure> {
        self.service.search(fins, year).await
    }

    async fn delete(&self, fin: &Vin, period: &Period) -> Result<DeleteAnswer, ServiceFailure> {
        let settled =
            |own: &OwnRow| own.record.period != *period || own.state != state(RecordState::Created);
        assert!(
            self.rows_of(*fin).iter().all(settled),
            "a deletion left before it was written down"
        );
        self.service.delete(fin, period).await
    }

    fn shape(&self) -> RequestShape {
        self.service.shape()
    }
}

fn rows(records: &[FinRecord]) -> Vec<NewRow> {
    records
        .iter()
        .zip(2..)
        .map(|(record, number)| NewRow::record(number, *record))
        .collect()
}

fn created(summary: &RunSummary) -> u64 {
    summary.tally.records(RecordState::Created)
}

fn is_done(summary: &RunSummary) -> bool {
    summary.ended == Ended::Done
}

/// Runs a test's future on a runtime of one thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

fn state(state: RecordState) -> RowState {
    RowState::Record(state)
}
