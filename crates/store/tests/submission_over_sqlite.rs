//! Whole submissions over the ledger on SQLite: failures of every call, a full disk, two owners, a second run.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use finkit_core::{FinRecord, Participant, RecordState};
use finkit_fincheck::EntryFlags;
use finkit_fincheck::submission::testing::{FailingLedger, Fault, ModelService, SHAPE};
use finkit_fincheck::submission::{
    Account, BatchLimits, Ended, JobId, JobKind, Ledger, LedgerErrorKind, NewJob, NewRow, Options,
    PlanSummary, RunSummary, Stop, Submission, SubmissionError, SubmissionErrorKind,
};
use finkit_store::SqliteLedger;
use finkit_transport::{Clock, ManualClock};

fn records(serials: std::ops::Range<u32>) -> Vec<FinRecord> {
    serials
        .map(|serial| FinRecord {
            fin: format!("WVWZZZE1ZMP{serial:06}").parse().expect("a FIN"),
            period: "2026-01-01/2026-12-31".parse().expect("a period"),
            registered_at: "2026-01-02T10:30:00+01:00".parse().expect("a time"),
        })
        .collect()
}

struct Bench {
    folder: tempfile::TempDir,
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
        let options = Options::default().with_limits(limits).with_concurrency(3);
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            service,
            clock,
            options,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ledger.sqlite")
    }

    fn ledger(&self) -> SqliteLedger {
        SqliteLedger::open(&self.path()).expect("a ledger")
    }

    fn submission(&self, ledger: impl Ledger) -> Submission {
        Submission::new(ledger, self.clock.clone()).expect("a thread")
    }

    async fn plan(
        &self,
        submission: &Submission,
        records: &[FinRecord],
    ) -> Result<PlanSummary, SubmissionError> {
        let job = NewJob {
            kind: JobKind::Entry,
            account: Account {
                profile: "test".to_owned(),
                origin: "https://fincheck.example".to_owned(),
            },
            participant: Participant::Standard,
            list: "fleet.csv".to_owned(),
            fingerprint: None,
            flags: EntryFlags {
                commit_on_partial_success: true,
                ..EntryFlags::default()
            },
            atomic: false,
            again: false,
            created_at: self.clock.now(),
        };
        let rows = records
            .iter()
            .zip(2..)
            .map(|(record, number)| Ok::<_, std::io::Error>(NewRow::record(number, *record)));
        submission
            .plan(job, rows, &self.options.limits, SHAPE)
            .await
    }

    async fn run(
        &self,
        submission: &Submission,
        job: JobId,
    ) -> Result<RunSummary, SubmissionError> {
        submission
            .run(
                self.service.clone(),
                job,
                &self.options,
                &Stop::new(),
                &mut |_| {},
            )
            .await
    }

    fn entered(&self) -> Vec<FinRecord> {
        let mut entries = self.service.entries();
        entries.sort();
        entries
    }

    /// Runs a job to its end with a sound ledger, and checks ledger and service.
    async fn finish(&self, job: JobId, expected: &[FinRecord], context: &str) {
        let submission = self.submission(self.ledger());
        for _ in 0..5 {
            if self.run(&submission, job).await.expect("a run").ended == Ended::Done {
                assert_eq!(self.entered(), expected, "{context}");
                assert_eq!(
                    self.ledger().check().expect("a check"),
                    Vec::<String>::new(),
                    "{context}"
                );
                return;
            }
        }
        panic!("{context}: not done after five runs");
    }
}

#[tokio::test]
async fn a_job_outlives_its_process_and_the_same_list_costs_nothing() {
    let bench = Bench::new(100);
    let list = records(0..1_300);
    let job = {
        let submission = bench.submission(bench.ledger());
        bench.plan(&submission, &list).await.expect("planned").job
    };
    bench.finish(job, &list, "first").await;
    let billed = bench.service.billed();
    assert_eq!(billed, (1_300, 1_300));
    let submission = bench.submission(bench.ledger());
    let plan = bench.plan(&submission, &list).await.expect("planned");
    assert_eq!((plan.to_send, plan.requests), (0, 0));
    let summary = bench.run(&submission, plan.job).await.expect("a run");
    assert_eq!(summary.ended, Ended::Done);
    assert_eq!(summary.tally.records(RecordState::AlreadyEntered), 1_300);
    assert_eq!(bench.service.billed(), billed);
    let mut rows = 0;
    let each = |_| {
        rows += 1;
        Ok::<_, std::io::Error>(())
    };
    submission.report(plan.job, each).await.expect("adds up");
    assert_eq!(rows, 1_300);
}

#[tokio::test]
async fn a_failure_of_any_call_doubles_and_loses_nothing() {
    for first_apply in [false, true] {
        for fail_at in 1.. {
            let bench = Bench::new(10);
            bench.service.set_faults([
                Fault::None,
                Fault::RequestLost,
                Fault::AnswerLost,
                Fault::Late,
            ]);
            let list = records(0..80);
            let planner = bench.submission(bench.ledger());
            let job = bench.plan(&planner, &list).await.expect("planned").job;
            drop(planner);
            let shared = Arc::new(Mutex::new(bench.ledger()));
            let ledger = FailingLedger::new(&shared, fail_at, first_apply);
            let death = ledger.death();
            let submission = bench.submission(ledger);
            let outcome = bench.run(&submission, job).await;
            let died = death.load(Ordering::SeqCst);
            assert_eq!(outcome.is_err(), died, "call {fail_at}");
            drop(submission);
            // The claim of the dead process ends with it.
            while Arc::strong_count(&shared) > 1 {
                tokio::task::yield_now().await;
            }
            drop(shared);
            bench
                .finish(
                    job,
                    &list,
                    &format!("call {fail_at}, applied first: {first_apply}"),
                )
                .await;
            if !died {
                assert!(fail_at > 20, "every call was made to fail once");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_full_disk_stops_the_run_before_anything_else_is_sent() {
    let bench = Bench::new(5);
    let list = records(0..3_000);
    let submission = bench.submission(bench.ledger());
    let job = bench.plan(&submission, &list).await.expect("planned").job;
    drop(submission);
    let mut stopped = 0;
    for more in 0..6 {
        let mut ledger = bench.ledger();
        let pages = pages(&bench.path()) + more;
        ledger.limit_pages(pages).expect("a limit");
        let submission = bench.submission(ledger);
        match bench.run(&submission, job).await {
            Ok(summary) => assert_eq!(summary.ended, Ended::Done),
            Err(error) => {
                assert_eq!(
                    error.kind(),
                    SubmissionErrorKind::Ledger(LedgerErrorKind::Full),
                    "{error}"
                );
                let sent = bench.service.requests();
                bench.run(&submission, job).await.expect_err("still full");
                assert_eq!(
                    bench.service.requests(),
                    sent,
                    "nothing is sent without a ledger"
                );
                stopped += 1;
            }
        }
        drop(submission);
        let problems = bench.ledger().check().expect("a check");
        assert_eq!(problems, Vec::<String>::new());
    }
    assert!(stopped >= 3, "the disk was full {stopped} times");
    bench.finish(job, &list, "with room again").await;
}

fn pages(path: &Path) -> u32 {
    // The write-ahead log is emptied by the last handle that closes.
    let bytes = std::fs::metadata(path).expect("a file").len();
    u32::try_from(bytes / 4_096).expect("a small file")
}

#[tokio::test]
async fn planning_on_a_full_disk_leaves_no_job() {
    let bench = Bench::new(5);
    drop(bench.ledger());
    let mut ledger = bench.ledger();
    ledger
        .limit_pages(pages(&bench.path()) + 4)
        .expect("a limit");
    let submission = bench.submission(ledger);
    let error = bench
        .plan(&submission, &records(0..30_000))
        .await
        .expect_err("full");
    assert_eq!(
        error.kind(),
        SubmissionErrorKind::Ledger(LedgerErrorKind::Full)
    );
    drop(submission);
    let submission = bench.submission(bench.ledger());
    assert!(submission.jobs().await.expect("jobs").is_empty());
    let job = bench
        .plan(&submission, &records(0..10))
        .await
        .expect("planned")
        .job;
    drop(submission);
    bench.finish(job, &records(0..10), "with room again").await;
}

#[tokio::test]
async fn the_second_owner_of_a_job_is_told_who_has_it() {
    let bench = Bench::new(5);
    let one = bench.submission(bench.ledger());
    let job = bench
        .plan(&one, &records(0..10))
        .await
        .expect("planned")
        .job;
    let two = bench.submission(bench.ledger());
    let error = bench
        .run(&two, job)
        .await
        .expect_err("owned by the planner");
    assert_eq!(
        error.kind(),
        SubmissionErrorKind::Ledger(LedgerErrorKind::Owned)
    );
    let owner = error.owner().expect("who");
    assert_eq!(
        (owner.process, owner.since.as_str()),
        (std::process::id(), "2026-01-15T12:00:00Z")
    );
    assert_eq!(bench.service.requests(), 0);
    one.release(job).await.expect("given back");
    assert_eq!(
        bench.run(&two, job).await.expect("a run").ended,
        Ended::Done
    );
    assert_eq!(
        bench.run(&one, job).await.expect("a run").ended,
        Ended::Done
    );
    assert_eq!(bench.entered(), records(0..10));
}

#[tokio::test]
async fn two_processes_with_the_same_list_enter_it_once() {
    let bench = Bench::new(5);
    let (one, two) = (
        bench.submission(bench.ledger()),
        bench.submission(bench.ledger()),
    );
    let list = records(0..40);
    let plans = tokio::join!(bench.plan(&one, &list), bench.plan(&two, &list));
    let (first, second) = (plans.0.expect("planned"), plans.1.expect("planned"));
    assert_eq!(first.to_send + second.to_send, 40);
    let runs = tokio::join!(bench.run(&one, first.job), bench.run(&two, second.job));
    assert_eq!(runs.0.expect("a run").ended, Ended::Done);
    assert_eq!(runs.1.expect("a run").ended, Ended::Done);
    assert_eq!(bench.entered(), list);
}

#[tokio::test]
async fn jobs_share_one_ledger_thread_and_its_commits() {
    let bench = Bench::new(3);
    let submission = bench.submission(bench.ledger());
    let mut jobs = Vec::new();
    for start in [0, 100, 200] {
        jobs.push(
            bench
                .plan(&submission, &records(start..start + 50))
                .await
                .expect("planned")
                .job,
        );
    }
    let run = |job| bench.run(&submission, job);
    let (one, two, three) = tokio::join!(run(jobs[0]), run(jobs[1]), run(jobs[2]));
    for summary in [one, two, three] {
        assert_eq!(
            summary.expect("a run").tally.records(RecordState::Created),
            50
        );
    }
    assert_eq!(
        bench.ledger().check().expect("a check"),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn a_damaged_ledger_is_found_by_its_check() {
    let bench = Bench::new(5);
    let submission = bench.submission(bench.ledger());
    bench
        .plan(&submission, &records(0..2_000))
        .await
        .expect("planned");
    drop(submission);
    let sound = std::fs::read(bench.path()).expect("a file");
    let pages = sound.len() / 4_096;
    assert!(pages > 20, "{pages}");
    for page in [pages / 4, pages / 2, pages - 2] {
        let mut bytes = sound.clone();
        bytes[page * 4_096..(page + 1) * 4_096].fill(0xa5);
        std::fs::write(bench.path(), bytes).expect("written");
        match SqliteLedger::open(&bench.path()).map(|mut ledger| ledger.check()) {
            Ok(Ok(problems)) => assert!(!problems.is_empty(), "page {page}"),
            Ok(Err(error)) | Err(error) => assert_eq!(error.kind(), LedgerErrorKind::Damaged),
        }
    }
    std::fs::write(bench.path(), sound).expect("written");
    assert_eq!(
        bench.ledger().check().expect("a check"),
        Vec::<String>::new()
    );
}
