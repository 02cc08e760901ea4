//! Crashes at every commit: the process ends at once, in the middle of what is in flight.

use std::sync::atomic::Ordering;
use std::task::Poll;

use super::*;
use crate::submission::testing::Fault;

/// Runs until the ledger handle dies, then drops everything the process had.
async fn run_until_death(bench: &Bench, job: JobId, fail_at: u64, first_apply: bool) -> bool {
    let ledger = FailingLedger::new(&bench.ledger, fail_at, first_apply);
    let death = ledger.death();
    let submission = Submission::here(ledger, bench.clock.clone());
    let stop = Stop::new();
    let mut run = Box::pin(bench.try_run(&submission, job, &stop));
    std::future::poll_fn(|context| {
        if death.load(Ordering::SeqCst) {
            return Poll::Ready(true);
        }
        match run.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(outcome.is_err()),
            Poll::Pending if death.load(Ordering::SeqCst) => Poll::Ready(true),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[test]
fn a_crash_at_any_commit_neither_doubles_nor_loses_an_entry() {
    block_on(async {
        // Where overlaps are allowed, the service itself does not refuse a second copy.
        let allowed = EntryFlags {
            commit_on_overlapping_dates: true,
            ..partial()
        };
        for flags in [partial(), allowed] {
            for first_apply in [false, true] {
                for ahead in [0, 2] {
                    crash_at_every_commit(flags, first_apply, ahead).await;
                }
            }
        }
    });
}

async fn crash_at_every_commit(flags: EntryFlags, first_apply: bool, ahead: usize) {
    for fail_at in 1.. {
        let bench = Bench::new(4);
        bench.service.set_yields(2);
        bench
            .service
            .set_faults([Fault::None, Fault::AnswerLost, Fault::RequestLost]);
        let options = bench.options.clone().with_concurrency(3).with_ahead(ahead);
        let bench = Bench { options, ..bench };
        let job = bench.plan(flags, &records(0..30)).await.job;
        let died = run_until_death(&bench, job, fail_at, first_apply).await;
        let summary = bench.run(job).await;
        assert!(is_done(&summary), "commit {fail_at}: {:?}", summary.ended);
        assert_eq!(bench.states(job).await, ["created"; 30], "commit {fail_at}");
        assert_eq!(bench.entered(), records(0..30), "commit {fail_at}");
        if !died {
            assert!(fail_at > 15, "crashed at every commit");
            break;
        }
    }
}

#[test]
fn crash_after_crash_still_ends_with_every_record_entered_once() {
    block_on(async {
        let bench = Bench::new(3);
        bench.service.set_yields(1);
        let options = bench.options.clone().with_concurrency(2);
        let bench = Bench { options, ..bench };
        let job = bench.plan(partial(), &records(0..60)).await.job;
        let mut crashes = 0;
        for fail_at in (10..45).cycle() {
            if !run_until_death(&bench, job, fail_at, fail_at % 2 == 0).await {
                break;
            }
            crashes += 1;
            assert!(crashes < 500, "no end in sight");
        }
        assert!(crashes > 5, "{crashes}");
        assert_eq!(bench.entered(), records(0..60));
        assert_eq!(bench.states(job).await, ["created"; 60]);
    });
}

#[test]
fn a_dropped_run_gives_its_job_back_and_is_settled_by_the_next() {
    block_on(async {
        let bench = Bench::new(5);
        bench.service.set_yields(4);
        let job = bench.plan(partial(), &records(0..20)).await.job;
        let (submission, stop) = (bench.submission(), Stop::new());
        let mut run = Box::pin(bench.try_run(&submission, job, &stop));
        for _ in 0..7 {
            let step =
                std::future::poll_fn(|context| Poll::Ready(run.as_mut().poll(context))).await;
            assert!(step.is_pending());
            tokio::task::yield_now().await;
        }
        drop(run);
        assert!(is_done(&bench.run(job).await));
        assert_eq!(bench.entered(), records(0..20));
    });
}

#[test]
fn a_second_copy_is_still_reported_when_the_run_that_made_it_crashed() {
    block_on(async {
        let mut reported = 0;
        for fail_at in 1.. {
            let bench = Bench::new(4);
            bench
                .service
                .set_faults([Fault::None, Fault::None, Fault::Late]);
            let flags = EntryFlags {
                commit_on_overlapping_dates: true,
                ..partial()
            };
            let job = bench.plan(flags, &records(0..12)).await.job;
            let died = run_until_death(&bench, job, fail_at, true).await;
            assert!(is_done(&bench.run(job).await));
            let copies = bench
                .entered()
                .iter()
                .filter(|entry| **entry == record(11))
                .count();
            let note = bench.report(job).await.swap_remove(11).1;
            if copies == 2
                && matches!(
                    note,
                    Some(Note::Duplicate {
                        copies: 2,
                        asked: 1
                    })
                )
            {
                reported += 1;
            }
            if !died {
                assert_eq!(copies, 2);
                break;
            }
        }
        assert!(reported > 3, "{reported}");
    });
}
