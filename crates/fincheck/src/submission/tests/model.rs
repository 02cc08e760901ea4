//! The model test: lists, faults, lags, crashes and stops as proptest likes them; the invariants hold all the same.

use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::submission::testing::Fault;

/// One life of a process.
#[derive(Clone, Debug)]
struct Life {
    /// The ledger call at which it ends; large numbers are never reached.
    dies_at: u64,
    /// Whether that call still has its effect.
    first_apply: bool,
    /// The commit after which the person asks it to stop, and how often.
    stop: Option<(u32, u32)>,
    faults: Vec<Fault>,
    search_faults: Vec<Fault>,
}

#[derive(Clone, Debug)]
struct Case {
    /// Serial and which of four periods; the same pair again is a doubled row.
    list: Vec<(u32, usize)>,
    foreign: Vec<(u32, usize)>,
    flags: EntryFlags,
    batch: usize,
    concurrency: usize,
    ahead: usize,
    yields: u32,
    lag: u64,
    lives: Vec<Life>,
    /// Plan the same list a second time between the lives.
    plan_again: bool,
}

const PERIODS: [&str; 4] = [
    "2026-01-01/2026-06-30",
    "2026-07-01/2026-12-31",
    "2026-06-01/2026-07-31",
    "2025-01-01/2025-12-31",
];

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        6 => Just(Fault::None),
        2 => Just(Fault::AnswerLost),
        2 => Just(Fault::Garbled),
        2 => Just(Fault::RequestLost),
        1 => Just(Fault::Late),
        1 => Just(Fault::Unreachable),
        1 => Just(Fault::Busy(2)),
        1 => Just(Fault::LastLeftOut),
        1 => Just(Fault::Short),
        1 => Just(Fault::Refused),
        1 => Just(Fault::TooLarge),
    ]
}

fn life() -> impl Strategy<Value = Life> {
    (
        prop_oneof![3 => 1_u64..60, 1 => Just(u64::MAX)],
        any::<bool>(),
        prop::option::weighted(0.2, (0_u32..12, 1_u32..3)),
        prop::collection::vec(fault(), 0..12),
        prop::collection::vec(fault(), 0..4),
    )
        .prop_map(|(dies_at, first_apply, stop, faults, search_faults)| Life {
            dies_at,
            first_apply,
            stop,
            faults,
            search_faults,
        })
}

fn case() -> impl Strategy<Value = Case> {
    let pair = || (0_u32..24, 0_usize..4);
    (
        (
            prop::collection::vec(pair(), 1..40),
            prop::collection::vec(pair(), 0..5),
        ),
        (any::<bool>(), any::<bool>()),
        (1_usize..9, 1_usize..6, 0_usize..6, 0_u32..4, 0_u64..5),
        prop::collection::vec(life(), 0..6),
        any::<bool>(),
    )
        .prop_map(
            |(
                (list, foreign),
                (overlap, partial),
                (batch, concurrency, ahead, yields, lag),
                lives,
                plan_again,
            )| Case {
                list,
                foreign,
                flags: EntryFlags {
                    commit_on_overlapping_dates: overlap,
                    commit_on_partial_success: partial,
                },
                batch,
                concurrency,
                ahead,
                yields,
                lag,
                lives,
                plan_again,
            },
        )
}

fn of((serial, period): (u32, usize)) -> FinRecord {
    record_in(serial, PERIODS[period])
}

/// Lets one process live; true when it ended in peace.
async fn live(bench: &Bench, job: JobId, life: &Life) -> bool {
    bench.service.set_faults(life.faults.iter().copied());
    bench
        .service
        .set_search_faults(life.search_faults.iter().copied());
    let ledger = FailingLedger::new(&bench.ledger, life.dies_at, life.first_apply);
    let death = ledger.death();
    let submission = Submission::here(ledger, bench.clock.clone());
    let stop = Stop::new();
    let mut commits = 0;
    let mut progress = |_: &crate::submission::Progress| {
        commits += 1;
        if let Some((at, times)) = life.stop
            && commits == at + 1
        {
            (0..times).for_each(|_| stop.request());
        }
    };
    let service = bench.witness();
    let mut run = Box::pin(submission.run(service, job, &bench.options, &stop, &mut progress));
    std::future::poll_fn(|context| match run.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(outcome.is_ok()),
        Poll::Pending if death.load(Ordering::SeqCst) => Poll::Ready(false),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// What must hold whenever nothing is running.
async fn check(bench: &Bench, jobs: &[JobId], second_copies: bool) -> Result<(), TestCaseError> {
    let entered = bench.entered();
    for job in jobs {
        let mut ledger = bench.ledger.lock().expect("a ledger");
        let tally = crate::submission::Ledger::tally(&mut *ledger, *job).expect("a tally");
        let rows = crate::submission::Ledger::rows(
            &mut *ledger,
            *job,
            crate::submission::StateSet::ALL,
            0,
            usize::MAX,
        )
        .expect("rows");
        prop_assert_eq!(
            tally.total(),
            rows.len() as u64,
            "every row is in one state"
        );
        for row in rows {
            let Some(record) = row.entry.and_then(|entry| entry.record()) else {
                continue;
            };
            let copies = entered.iter().filter(|entry| **entry == record).count();
            if row.state == state(RecordState::Created) {
                prop_assert!(
                    copies >= 1,
                    "row {} is created, and the service has nothing",
                    row.number
                );
            }
            if !second_copies {
                prop_assert!(
                    copies <= 1,
                    "row {} was entered {} times",
                    row.number,
                    copies
                );
            }
        }
    }
    Ok(())
}

async fn play(case: Case) -> Result<(), TestCaseError> {
    let bench = Bench::new(case.batch);
    let options = bench
        .options
        .clone()
        .with_concurrency(case.concurrency)
        .with_ahead(case.ahead)
        .with_search_fins(5);
    let bench = Bench { options, ..bench };
    bench.service.set_yields(case.yields);
    bench.service.set_lag(Duration::from_secs(case.lag));
    for foreign in &case.foreign {
        // Not the same registration time: another company's contract.
        let mut foreign = of(*foreign);
        foreign.registered_at = "2026-01-02T11:00:00+01:00".parse().expect("a time");
        bench.service.store_foreign(foreign);
    }
    let list: Vec<FinRecord> = case.list.iter().copied().map(of).collect();
    let mut jobs = vec![bench.plan(case.flags, &list).await.job];
    let overlaps_allowed = case.flags.commit_on_overlapping_dates;
    // Where overlaps are allowed, a request that is executed after both looks makes a second copy, which nothing on
    // this side can prevent, only report.
    let late = |life: &Life| life.faults.contains(&Fault::Late);
    let second_copies = overlaps_allowed && case.lives.iter().any(late);
    for life in &case.lives {
        let current = jobs[0];
        live(&bench, current, life).await;
        check(&bench, &jobs, second_copies).await?;
        if case.plan_again && jobs.len() == 1 {
            jobs.push(bench.plan(case.flags, &list).await.job);
        }
    }
    bench.service.set_faults([]);
    bench.service.set_search_faults([]);
    // In peace everything settles, the first job first: the second one waits for what is open there.
    for job in jobs.clone() {
        let mut done = false;
        for _ in 0..6 {
            let summary = bench.run(job).await;
            check(&bench, &jobs, second_copies).await?;
            if is_done(&summary) {
                done = true;
                break;
            }
        }
        prop_assert!(done, "job {} never settles", job);
    }
    bench.service.arrive_late();
    check(&bench, &jobs, second_copies).await?;
    // Every state at the end is a settled one, and says the truth.
    let entered = bench.entered();
    for job in &jobs {
        let mut rows = Vec::new();
        let push = |row: crate::submission::ReportRow| {
            rows.push(row);
            Ok::<_, std::io::Error>(())
        };
        bench
            .submission()
            .report(*job, push)
            .await
            .expect("a report that adds up");
        prop_assert_eq!(rows.len(), list.len());
        for (row, record) in rows.iter().zip(&list) {
            let there = entered.contains(record);
            match row.row.state.name() {
                "created" | "already-entered" => prop_assert!(there),
                "overlapping" => prop_assert!(!overlaps_allowed),
                "rejected" => prop_assert!(!case.flags.commit_on_partial_success),
                "withheld" => prop_assert!(row.note.is_some()),
                other => prop_assert!(false, "row {} ends as {}", row.row.number, other),
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 4_000, ..ProptestConfig::default() })]
    #[test]
    fn nothing_is_entered_twice_and_no_row_is_lost_whatever_happens(case in case()) {
        block_on(play(case))?;
    }
}
