//! A ledger that fails at its n-th call, for every n: nothing is sent after it, and a sound one finishes the job.

use std::sync::atomic::Ordering;

use super::*;
use crate::submission::testing::Fault;
use crate::submission::{LedgerErrorKind, SubmissionErrorKind};

const FAULTS: [Fault; 8] = [
    Fault::None,
    Fault::RequestLost,
    Fault::AnswerLost,
    Fault::Garbled,
    Fault::None,
    Fault::LastLeftOut,
    Fault::Unreachable,
    Fault::Late,
];

fn bench(ahead: usize) -> Bench {
    let bench = Bench::new(4);
    bench.service.set_faults(FAULTS);
    bench.service.store_foreign(record(9));
    bench.service.set_yields(1);
    let mut options = bench.options.clone().with_concurrency(2).with_ahead(ahead);
    options.unknown_in_a_row = 9;
    Bench { options, ..bench }
}

#[test]
fn nothing_is_sent_after_the_ledger_has_failed() {
    block_on(async {
        for (first_apply, ahead) in [(false, 0), (true, 0), (false, 3), (true, 3)] {
            for fail_at in 1.. {
                let bench = bench(ahead);
                let job = bench.plan(partial(), &records(0..30)).await.job;
                let ledger = FailingLedger::new(&bench.ledger, fail_at, first_apply);
                let (death, service) = (ledger.death(), Arc::clone(&bench.service));
                let submission = Submission::here(ledger, bench.clock.clone());
                let mut requests_before = 0;
                let mut progress =
                    |_: &crate::submission::Progress| requests_before = service.requests();
                let run = submission
                    .run(
                        Arc::clone(&bench.service) as Arc<_>,
                        job,
                        &bench.options,
                        &Stop::new(),
                        &mut progress,
                    )
                    .await;
                if !death.load(Ordering::SeqCst) {
                    assert!(is_done(&run.expect("a run")));
                    assert!(fail_at > 30, "every call was made to fail once");
                    break;
                }
                let error = run.expect_err("the ledger failed");
                assert_eq!(
                    error.kind(),
                    SubmissionErrorKind::Ledger(LedgerErrorKind::Io)
                );
                // What was in flight at the last sound commit may still arrive, and nothing else.
                let most = requests_before + (bench.options.concurrency.get() + ahead) as u64;
                assert!(
                    bench.service.requests() <= most,
                    "call {fail_at}: {} > {most}",
                    bench.service.requests()
                );
                finish(&bench, job, fail_at).await;
            }
        }
    });
}

/// A ledger that was busy for a moment: what the service answered meanwhile is not lost, and not looked up.
#[test]
fn what_lands_after_a_failure_that_passes_is_written_down() {
    block_on(async {
        let variants = [(0, 1), (3, 0), (3, 1), (3, 2), (3, 3), (3, 5)];
        for (fail_at, (ahead, yields)) in
            (1..).flat_map(|fail_at| variants.map(|variant| (fail_at, variant)))
        {
            let bench = Bench::new(4);
            bench.service.set_yields(yields);
            // In each request one that the service has already, so that the own entries are asked for.
            for foreign in (1..30).step_by(4) {
                bench.service.store_foreign(record(foreign));
            }
            let options = bench.options.clone().with_concurrency(2);
            let options = options.with_ahead(ahead);
            let job = bench.plan(partial(), &records(0..30)).await.job;
            let ledger = FailingLedger::new(&bench.ledger, fail_at, false).that_recovers();
            let death = ledger.death();
            let service = Arc::clone(&bench.service) as Arc<_>;
            let run = Submission::here(ledger, bench.clock.clone())
                .run(service, job, &options, &Stop::new(), &mut |_| {})
                .await;
            if !death.load(Ordering::SeqCst) {
                assert!(is_done(&run.expect("a run")));
                assert!(fail_at > 15, "every call was made to fail once");
                break;
            }
            run.expect_err("the ledger failed");
            let states = bench.states(job).await;
            let open = states.iter().filter(|state| **state == "sending").count();
            // Those of the one answer at most whose own earlier entries could not be asked for.
            assert!(
                open <= 4,
                "call {fail_at}, {ahead} ahead, {yields}: {states:?}"
            );
            finish(&bench, job, fail_at).await;
        }
    });
}

#[test]
fn planning_leaves_nothing_behind_when_the_ledger_fails() {
    block_on(async {
        for fail_at in 1.. {
            let bench = bench(0);
            let ledger = FailingLedger::new(&bench.ledger, fail_at, false);
            let death = ledger.death();
            let submission = Submission::here(ledger, bench.clock.clone());
            let rows = rows(&records(0..30))
                .into_iter()
                .map(Ok::<_, std::io::Error>);
            let job = bench.job(JobKind::Entry, partial());
            let planned = submission
                .plan(job, rows, &bench.options.limits, SHAPE)
                .await;
            assert_eq!(planned.is_err(), death.load(Ordering::SeqCst));
            if planned.is_ok() {
                assert!(fail_at > 4);
                break;
            }
            assert_eq!(bench.service.requests(), 0);
            // A plan whose last step was written stands; it is finished, and the list is not entered twice.
            let job = bench.plan(partial(), &records(0..30)).await.job;
            for (open, _) in bench.submission().jobs().await.expect("jobs") {
                finish(&bench, open.id, fail_at).await;
            }
            finish(&bench, job, fail_at).await;
            let expected: Vec<FinRecord> = records(0..30)
                .into_iter()
                .filter(|entry| *entry != record(9))
                .collect();
            assert_eq!(bench.entered(), expected, "call {fail_at}");
        }
    });
}

async fn finish(bench: &Bench, job: JobId, context: u64) {
    for _ in 0..5 {
        let summary = bench.run(job).await;
        if is_done(&summary) {
            let states = bench.states(job).await;
            let allowed = ["created", "overlapping", "withheld"];
            assert!(
                states.iter().all(|state| allowed.contains(state)),
                "call {context}: {states:?}"
            );
            let mut once = bench.entered();
            once.dedup();
            assert_eq!(
                once,
                bench.entered(),
                "call {context}: something was entered twice"
            );
            return;
        }
    }
    panic!("call {context}: not done after five runs");
}
