//! What a submission does when nothing breaks.

use finkit_core::RecordState;

use super::*;
use crate::submission::{Cost, RowRef, SubmissionErrorKind};

#[tokio::test]
async fn a_list_is_entered_once_in_as_few_requests_as_fit() {
    let bench = Bench::new(10);
    let plan = bench.plan(partial(), &records(0..25)).await;
    assert_eq!(
        (plan.to_send, plan.requests, plan.cost),
        (
            25,
            3,
            Cost {
                reads: 25,
                writes: 25
            }
        )
    );
    let summary = bench.run(plan.job).await;
    assert!(is_done(&summary), "{:?}", summary.ended);
    assert_eq!(
        (created(&summary), summary.requests, summary.searches),
        (25, 3, 0)
    );
    assert_eq!(
        summary.spent,
        Cost {
            reads: 25,
            writes: 25
        }
    );
    assert_eq!(bench.entered(), records(0..25));
}

#[tokio::test]
async fn planning_sends_nothing() {
    let bench = Bench::new(10);
    bench.plan(partial(), &records(0..25)).await;
    assert_eq!((bench.service.requests(), bench.service.searches()), (0, 0));
}

#[tokio::test]
async fn the_same_list_again_costs_nothing() {
    let bench = Bench::new(10);
    let first = bench.submit(partial(), &records(0..25)).await;
    let billed = bench.service.billed();
    let plan = bench.plan(partial(), &records(0..25)).await;
    assert_eq!((plan.to_send, plan.cost), (0, Cost::default()));
    let second = bench.run(plan.job).await;
    assert!(is_done(&second));
    assert_eq!(second.tally.records(RecordState::AlreadyEntered), 25);
    assert_eq!(bench.service.billed(), billed);
    let (state, note) = bench.report(plan.job).await.swap_remove(3);
    assert_eq!(state, "already-entered");
    assert_eq!(
        note,
        Some(Note::AlreadyEntered {
            entered: RowRef {
                job: first.job,
                row: 5
            }
        })
    );
}

#[tokio::test]
async fn again_enters_a_second_time_when_overlaps_are_allowed() {
    let bench = Bench::new(10);
    bench.submit(partial(), &records(0..3)).await;
    let flags = EntryFlags {
        commit_on_overlapping_dates: true,
        ..partial()
    };
    let job = NewJob {
        again: true,
        ..bench.job(JobKind::Entry, flags)
    };
    let plan = bench
        .plan_as(job, rows(&records(0..3)))
        .await
        .expect("planned");
    assert_eq!(plan.to_send, 3);
    assert_eq!(created(&bench.run(plan.job).await), 3);
    assert_eq!(bench.entered().len(), 6);
}

#[tokio::test]
async fn again_without_overlaps_is_refused_by_the_service_and_recognised_as_ours() {
    let bench = Bench::new(10);
    let first = bench.submit(partial(), &records(0..3)).await;
    let job = NewJob {
        again: true,
        ..bench.job(JobKind::Entry, partial())
    };
    let plan = bench
        .plan_as(job, rows(&records(0..3)))
        .await
        .expect("planned");
    let summary = bench.run(plan.job).await;
    assert!(is_done(&summary));
    let entered = RowRef {
        job: first.job,
        row: 2,
    };
    assert_eq!(
        bench.report(plan.job).await[0],
        ("already-entered", Some(Note::AlreadyEntered { entered }))
    );
    assert_eq!(bench.entered(), records(0..3));
}

#[tokio::test]
async fn faulty_and_doubled_rows_stay_out_and_are_accounted_for() {
    let bench = Bench::new(10);
    let rows = vec![
        NewRow::record(2, record(1)),
        NewRow::faulty(3, vec!["vin.length".to_owned()]),
        NewRow::record(5, record(1)),
        NewRow::record(6, record_in(1, "2026-12-31/2026-12-31")),
        NewRow::record(9, record_in(1, "2025-01-01/2025-12-31")),
    ];
    let plan = bench
        .plan_as(bench.job(JobKind::Entry, partial()), rows)
        .await
        .expect("planned");
    assert_eq!(plan.to_send, 2);
    let summary = bench.run(plan.job).await;
    assert!(is_done(&summary));
    let report = bench.report(plan.job).await;
    assert_eq!(
        report,
        [
            ("created", None),
            (
                "faulty",
                Some(Note::Faults {
                    codes: vec!["vin.length".to_owned()]
                })
            ),
            ("withheld", Some(Note::DuplicateOfRow { row: 2 })),
            ("withheld", Some(Note::OverlapsRow { row: 2 })),
            ("created", None),
        ]
    );
}

#[tokio::test]
async fn a_foreign_overlap_is_told_apart_from_an_own_entry_made_with_another_program() {
    let bench = Bench::new(10);
    bench
        .service
        .store_foreign(record_in(1, "2026-06-01/2026-12-31"));
    bench.service.store_foreign(record(2));
    let summary = bench.submit(partial(), &records(0..3)).await;
    assert!(is_done(&summary));
    assert_eq!(
        bench.states(summary.job).await,
        ["created", "overlapping", "overlapping"]
    );
    let same: Vec<bool> = bench.report(summary.job).await[1..]
        .iter()
        .map(|(_, note)| match note {
            Some(Note::Overlaps { entries, count: 1 }) => {
                entries[0].same && entries[0].own.is_none()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(same, [false, true]);
}

#[tokio::test]
async fn all_or_nothing_names_the_row_that_spoilt_its_request() {
    let bench = Bench::new(3);
    bench.service.store_foreign(record(4));
    let summary = bench.submit(EntryFlags::default(), &records(0..6)).await;
    assert!(is_done(&summary));
    let report = bench.report(summary.job).await;
    let states: Vec<_> = report.iter().map(|(state, _)| *state).collect();
    assert_eq!(
        states,
        [
            "created",
            "created",
            "created",
            "rejected",
            "overlapping",
            "rejected"
        ]
    );
    assert_eq!(
        report[5].1,
        Some(Note::AllOrNothing {
            because_of_row: Some(6)
        })
    );
}

#[tokio::test]
async fn atomic_is_refused_when_it_does_not_fit_one_request_and_leaves_no_job() {
    let bench = Bench::new(10);
    let job = |bench: &Bench| NewJob {
        atomic: true,
        ..bench.job(JobKind::Entry, EntryFlags::default())
    };
    let error = bench
        .plan_as(job(&bench), rows(&records(0..11)))
        .await
        .expect_err("too large");
    assert_eq!(error.kind(), SubmissionErrorKind::AtomicTooLarge);
    assert_eq!(
        error.to_string(),
        "all or nothing holds for one request only, and 11 records don't fit into one of at most 10"
    );
    let mut faulty = rows(&records(0..3));
    faulty.push(NewRow::faulty(9, vec!["vin.length".to_owned()]));
    let error = bench
        .plan_as(job(&bench), faulty)
        .await
        .expect_err("incomplete");
    assert_eq!(error.kind(), SubmissionErrorKind::AtomicIncomplete);
    assert!(bench.submission().jobs().await.expect("jobs").is_empty());
    let plan = bench
        .plan_as(job(&bench), rows(&records(0..10)))
        .await
        .expect("fits");
    assert_eq!(created(&bench.run(plan.job).await), 10);
}

#[tokio::test]
async fn a_list_that_breaks_off_leaves_no_job() {
    let bench = Bench::new(10);
    let read = rows(&records(0..5_000))
        .into_iter()
        .map(Ok)
        .chain([Err(std::io::Error::other("cut"))]);
    let job = bench.job(JobKind::Entry, partial());
    let error = bench
        .submission()
        .plan(job, read, &bench.options.limits, SHAPE)
        .await
        .expect_err("cut");
    assert_eq!(error.kind(), SubmissionErrorKind::List);
    assert!(bench.submission().jobs().await.expect("jobs").is_empty());
}

#[tokio::test]
async fn a_plan_that_was_cut_off_is_removed_by_the_next_one_but_not_by_one_beside_it() {
    let bench = Bench::new(10);
    let submission = bench.submission();
    let begin = async || {
        submission
            .begin(bench.job(JobKind::Entry, partial()))
            .await
            .expect("begun")
    };
    let mut one = begin().await;
    let mut two = begin().await;
    one.push(NewRow::record(2, record(1))).await.expect("a row");
    two.push(NewRow::record(2, record(2))).await.expect("a row");
    drop(two);
    one.finish(&bench.options.limits, SHAPE)
        .await
        .expect("finished");
    drop(begin().await);
    let jobs = bench.submission().jobs().await.expect("jobs");
    assert_eq!(jobs.len(), 1);
    bench.plan(partial(), &records(5..6)).await;
    let mut ledger = bench.ledger.lock().expect("a ledger");
    let open: Vec<bool> = crate::submission::Ledger::jobs(&mut *ledger)
        .expect("jobs")
        .iter()
        .map(|job| job.open)
        .collect();
    assert_eq!(open, [true, true]);
}

#[tokio::test]
async fn a_reader_is_refused_before_anything_is_written() {
    let bench = Bench::new(10);
    let job = NewJob {
        participant: Participant::Reader,
        ..bench.job(JobKind::Entry, partial())
    };
    let error = bench
        .plan_as(job, rows(&records(0..3)))
        .await
        .expect_err("refused");
    assert_eq!(error.kind(), SubmissionErrorKind::NotAllowed);
    assert!(bench.submission().jobs().await.expect("jobs").is_empty());
}

#[tokio::test]
async fn rows_out_of_order_are_refused() {
    let bench = Bench::new(10);
    let rows = vec![NewRow::record(3, record(1)), NewRow::record(3, record(2))];
    bench
        .plan_as(bench.job(JobKind::Entry, partial()), rows)
        .await
        .expect_err("out of order");
    assert!(bench.submission().jobs().await.expect("jobs").is_empty());
}

#[tokio::test]
async fn what_is_open_in_one_job_waits_there_until_it_is_given_up() {
    let bench = Bench::new(10);
    let first = bench.plan(partial(), &records(0..5)).await;
    let second = bench.plan(partial(), &records(3..8)).await;
    assert_eq!((first.to_send, second.to_send), (5, 3));
    assert_eq!(
        bench
            .submission()
            .give_up(first.job)
            .await
            .expect("given up"),
        5
    );
    assert_eq!(
        bench.report(first.job).await[0],
        ("withheld", Some(Note::GivenUp))
    );
    assert!(is_done(&bench.run(first.job).await));
    let third = bench.plan(partial(), &records(0..8)).await;
    assert_eq!(
        third.to_send, 5,
        "given up and never planned, but not what is open in the second job"
    );
    bench.run(second.job).await;
    bench.run(third.job).await;
    assert_eq!(bench.entered(), records(0..8));
}

#[tokio::test]
async fn an_unfinished_job_is_found_by_its_list() {
    let bench = Bench::new(10);
    let job = |fingerprint: &str| NewJob {
        fingerprint: Some(fingerprint.to_owned()),
        ..bench.job(JobKind::Entry, partial())
    };
    let one = bench
        .plan_as(job("one"), rows(&records(0..2)))
        .await
        .expect("planned")
        .job;
    let two = bench
        .plan_as(job("two"), rows(&records(2..4)))
        .await
        .expect("planned")
        .job;
    let submission = bench.submission();
    let find = async |fingerprint: Option<&str>| {
        submission
            .unfinished(&account(), fingerprint)
            .await
            .expect("found")
    };
    assert_eq!(
        (
            find(Some("one")).await,
            find(Some("two")).await,
            find(None).await
        ),
        (Some(one), Some(two), Some(two))
    );
    bench.run(two).await;
    assert_eq!(
        (find(Some("two")).await, find(None).await),
        (None, Some(one))
    );
}

#[tokio::test]
async fn usage_is_summed_by_month_and_job_with_unknowns_apart() {
    let bench = Bench::new(10);
    let job = bench.submit(partial(), &records(0..20)).await.job;
    bench
        .service
        .set_faults([crate::submission::testing::Fault::RequestLost]);
    bench
        .service
        .set_search_faults([crate::submission::testing::Fault::Refused]);
    let open = bench.submit(partial(), &records(20..25)).await.job;
    let charge = crate::submission::Charge {
        account: account(),
        at: bench.clock.now(),
        reads: 7,
        writes: 0,
        billed: crate::submission::Billed::Yes,
    };
    bench.submission().charge(charge).await.expect("counted");
    let usage = bench.submission().usage().await.expect("usage");
    let lines: Vec<_> = usage
        .iter()
        .map(|line| (line.month.as_str(), line.job, line.known, line.unknown))
        .collect();
    let cost = |reads, writes| Cost { reads, writes };
    assert_eq!(
        lines,
        [
            ("2026-01", None, cost(7, 0), cost(0, 0)),
            ("2026-01", Some(job), cost(20, 20), cost(0, 0)),
            ("2026-01", Some(open), cost(0, 0), cost(5, 5)),
        ]
    );
}

#[test]
fn runs_can_be_spawned() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    block_on(async {
        let bench = Bench::new(10);
        let job = bench.plan(partial(), &records(0..3)).await.job;
        let submission = Submission::new(FailingLedger::sound(&bench.ledger), bench.clock.clone())
            .expect("a thread");
        let (options, stop) = (bench.options.clone(), Stop::new());
        let service = Arc::clone(&bench.service);
        let run = async move {
            submission
                .run(service, job, &options, &stop, &mut |_| {})
                .await
        };
        let summary = tokio::spawn(assert_send(run))
            .await
            .expect("joined")
            .expect("a run");
        assert_eq!(created(&summary), 3);
    });
}

#[tokio::test]
async fn one_job_runs_once_at_a_time_in_one_process() {
    let bench = Bench::new(5);
    bench.service.set_yields(2);
    let job = bench.plan(partial(), &records(0..20)).await.job;
    let (submission, stop) = (bench.submission(), Stop::new());
    let runs = tokio::join!(
        bench.try_run(&submission, job, &stop),
        bench.try_run(&submission, job, &stop)
    );
    assert!(is_done(&runs.0.expect("the first one")));
    let error = runs.1.expect_err("the second one");
    assert_eq!(
        error.kind(),
        SubmissionErrorKind::Ledger(crate::submission::LedgerErrorKind::Owned)
    );
    assert_eq!(bench.entered(), records(0..20));
    assert!(is_done(
        &bench
            .try_run(&submission, job, &stop)
            .await
            .expect("free again")
    ));
}
