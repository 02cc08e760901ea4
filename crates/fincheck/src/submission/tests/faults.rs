//! What a submission does when requests, answers or the person cut in.

use std::time::Duration;

use super::*;
use crate::submission::testing::Fault;
use crate::submission::{Cost, Phase, RequestState};

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_not_sent_again() {
    let bench = Bench::new(10);
    bench.service.set_faults([Fault::None, Fault::AnswerLost]);
    let summary = bench.submit(partial(), &records(0..30)).await;
    assert!(is_done(&summary), "{:?}", summary.ended);
    assert_eq!(
        (created(&summary), summary.requests, summary.searches),
        (30, 3, 1)
    );
    assert_eq!(summary.look_up_reads, 10);
    assert_eq!(
        (summary.spent, summary.perhaps),
        (
            Cost {
                reads: 40,
                writes: 30
            },
            Cost::default()
        )
    );
    assert_eq!(bench.entered(), records(0..30));
    assert_eq!(bench.service.billed(), (40, 30));
}

#[tokio::test]
async fn a_lost_request_is_sent_again_only_after_two_looks_with_a_pause_between() {
    let bench = Bench::new(10);
    bench.service.set_faults([Fault::RequestLost]);
    let summary = bench.submit(partial(), &records(0..10)).await;
    assert!(is_done(&summary));
    assert_eq!(
        (created(&summary), summary.requests, summary.searches),
        (10, 3, 2)
    );
    assert_eq!(bench.clock.slept(), Duration::from_secs(5));
    assert_eq!(
        summary.perhaps,
        Cost {
            reads: 10,
            writes: 10
        },
        "whether the first request was billed stays open"
    );
    assert_eq!(bench.entered(), records(0..10));
}

#[tokio::test]
async fn an_entry_that_the_search_shows_late_is_not_entered_twice() {
    let bench = Bench::new(10);
    bench.service.set_lag(Duration::from_secs(3));
    bench.service.set_faults([Fault::AnswerLost]);
    let summary = bench.submit(partial(), &records(0..10)).await;
    assert!(is_done(&summary));
    assert_eq!(
        (created(&summary), summary.requests, summary.searches),
        (10, 1, 2)
    );
    assert_eq!(bench.entered(), records(0..10));
}

#[tokio::test]
async fn a_request_executed_after_both_looks_is_recognised_as_ours() {
    let bench = Bench::new(10);
    bench.service.set_faults([Fault::Late]);
    let summary = bench.submit(partial(), &records(0..10)).await;
    assert!(is_done(&summary));
    assert_eq!(
        created(&summary),
        10,
        "the second attempt is refused because of the first"
    );
    assert_eq!(bench.entered(), records(0..10));
    assert_eq!(
        summary.perhaps,
        Cost::default(),
        "the first request is known to be executed"
    );
}

#[tokio::test]
async fn a_second_copy_is_reported_and_never_deleted_by_itself() {
    let bench = Bench::new(10);
    bench.service.set_faults([Fault::Late]);
    let flags = EntryFlags {
        commit_on_overlapping_dates: true,
        ..partial()
    };
    let summary = bench.submit(flags, &records(0..2)).await;
    assert!(is_done(&summary));
    assert_eq!(summary.duplicates, 2);
    assert_eq!(
        bench.report(summary.job).await[0],
        (
            "created",
            Some(Note::Duplicate {
                copies: 2,
                asked: 1
            })
        )
    );
    assert_eq!(bench.entered().len(), 4);
}

#[tokio::test]
async fn a_record_left_out_of_the_answer_is_looked_up() {
    for fault in [Fault::LastLeftOut, Fault::Short] {
        let bench = Bench::new(10);
        bench.service.set_faults([fault]);
        let summary = bench.submit(partial(), &records(0..10)).await;
        assert!(is_done(&summary));
        assert_eq!(
            (created(&summary), summary.requests, summary.searches),
            (10, 1, 1)
        );
        assert_eq!(bench.entered(), records(0..10));
    }
}

#[tokio::test]
async fn three_unknown_requests_in_a_row_stop_the_run_with_the_reason() {
    let bench = Bench::new(10);
    bench.service.set_faults([Fault::RequestLost; 9]);
    let summary = bench.submit(partial(), &records(0..100)).await;
    let reason = "the connection was closed".to_owned();
    assert_eq!(
        summary.ended,
        Ended::UnknownInARow {
            requests: 3,
            reason
        }
    );
    assert_eq!(summary.requests, 3);
    assert_eq!(
        summary.tally.records(RecordState::Absent),
        30,
        "looked up, but not sent again"
    );
    assert_eq!(summary.tally.records(RecordState::Planned), 70);
    bench.service.set_faults([]);
    assert!(is_done(&bench.run(summary.job).await));
    assert_eq!(bench.entered(), records(0..100));
}

#[tokio::test]
async fn an_answer_between_them_takes_up_the_count_anew() {
    let bench = Bench::new(10);
    let faults = [
        Fault::RequestLost,
        Fault::RequestLost,
        Fault::None,
        Fault::RequestLost,
        Fault::RequestLost,
    ];
    bench.service.set_faults(faults);
    let summary = bench.submit(partial(), &records(0..60)).await;
    assert!(is_done(&summary), "{:?}", summary.ended);
    assert_eq!(bench.entered(), records(0..60));
}

#[tokio::test]
async fn rounds_of_sending_again_are_bounded() {
    let bench = Bench::new(10);
    bench.service.set_faults([Fault::RequestLost; 100]);
    let mut options = bench.options.clone();
    options.unknown_in_a_row = 100;
    let bench = Bench { options, ..bench };
    let summary = bench.submit(partial(), &records(0..10)).await;
    assert!(
        matches!(summary.ended, Ended::Unsettled { .. }),
        "{:?}",
        summary.ended
    );
    assert_eq!(
        summary.requests,
        1 + 2 + 5,
        "in three rounds of ever smaller requests"
    );
    assert_eq!(bench.states(summary.job).await, ["planned"; 10]);
}

#[tokio::test]
async fn a_service_out_of_reach_stops_the_run_and_leaves_everything_planned() {
    let bench = Bench::new(10);
    bench.service.set_faults([Fault::Unreachable; 3]);
    let summary = bench.submit(partial(), &records(0..50)).await;
    assert!(
        matches!(summary.ended, Ended::Unreachable { .. }),
        "{:?}",
        summary.ended
    );
    assert_eq!(summary.tally.records(RecordState::Planned), 50);
    assert_eq!(
        (summary.requests, summary.spent, summary.perhaps),
        (3, Cost::default(), Cost::default())
    );
    assert!(is_done(&bench.run(summary.job).await));
    assert_eq!(bench.entered(), records(0..50));
}

#[tokio::test]
async fn a_short_pause_is_kept_and_a_long_one_ends_the_run() {
    let bench = Bench::new(10);
    bench
        .service
        .set_faults([Fault::Busy(30), Fault::None, Fault::Busy(3_600)]);
    let summary = bench.submit(partial(), &records(0..30)).await;
    assert_eq!(bench.clock.slept(), Duration::from_secs(30));
    let after = Some(Duration::from_secs(3_600));
    assert_eq!(
        summary.ended,
        Ended::ComeBackLater {
            after,
            reason: "status 429".to_owned()
        }
    );
    assert_eq!(
        (
            created(&summary),
            summary.tally.records(RecordState::Planned)
        ),
        (10, 20)
    );
}

#[tokio::test]
async fn a_refusal_of_the_request_stops_the_run_and_rejects_no_row() {
    let bench = Bench::new(10);
    bench.service.set_faults([Fault::None, Fault::Refused]);
    let summary = bench.submit(partial(), &records(0..30)).await;
    assert_eq!(
        summary.ended,
        Ended::Refused {
            reason: "status 403".to_owned()
        }
    );
    assert_eq!(
        (
            created(&summary),
            summary.tally.records(RecordState::Planned)
        ),
        (10, 20)
    );
}

#[tokio::test]
async fn a_named_row_is_rejected_and_the_rest_of_its_request_sent_anew() {
    let bench = Bench::new(10);
    bench.service.set_invalid([record(3).fin, record(7).fin]);
    let summary = bench.submit(partial(), &records(0..10)).await;
    assert!(is_done(&summary));
    assert_eq!((created(&summary), summary.requests), (8, 2));
    assert_eq!(
        summary.spent,
        Cost {
            reads: 8,
            writes: 8
        },
        "the refused request was not executed"
    );
    let refused = Note::Refused {
        field: Some("fin".to_owned()),
        reason: "not a known vehicle".to_owned(),
    };
    assert_eq!(
        bench.report(summary.job).await[3],
        ("rejected", Some(refused))
    );
}

#[tokio::test]
async fn without_partial_success_a_named_row_takes_its_request_with_it() {
    let bench = Bench::new(5);
    bench.service.set_invalid([record(3).fin]);
    let summary = bench.submit(EntryFlags::default(), &records(0..10)).await;
    assert!(is_done(&summary));
    assert_eq!((created(&summary), summary.requests), (5, 2));
    let report = bench.report(summary.job).await;
    assert_eq!(
        report[0],
        (
            "rejected",
            Some(Note::AllOrNothing {
                because_of_row: Some(5)
            })
        )
    );
}

#[tokio::test]
async fn a_request_that_is_too_large_is_halved_and_the_limit_remembered() {
    let bench = Bench::new(40);
    bench.service.set_most_records(Some(12));
    let summary = bench.submit(partial(), &records(0..40)).await;
    assert!(is_done(&summary), "{:?}", summary.ended);
    assert_eq!(bench.entered(), records(0..40));
    let requests = bench
        .submission()
        .requests(summary.job, Some(RequestState::NotExecuted))
        .await
        .expect("requests");
    assert_eq!(
        requests
            .iter()
            .map(|request| request.rows.len())
            .collect::<Vec<_>>(),
        [40, 20]
    );
    let plan = bench.plan(partial(), &records(100..140)).await;
    assert!(plan.batch <= 12 && plan.learnt_limit.is_some(), "{plan:?}");
    assert_eq!(bench.run(plan.job).await.requests, plan.requests);
}

#[tokio::test]
async fn a_single_record_that_is_too_large_stops_the_run_and_stays_planned() {
    let bench = Bench::new(4);
    bench.service.set_most_records(Some(0));
    let summary = bench.submit(partial(), &records(0..2)).await;
    let reason = "status 413".to_owned();
    assert_eq!(summary.ended, Ended::Refused { reason });
    let report = bench.report(summary.job).await;
    assert_eq!(
        report,
        [("planned", Some(Note::TooLarge)), ("planned", None)]
    );
    bench.service.set_most_records(None);
    assert!(is_done(&bench.run(summary.job).await));
    assert_eq!(
        bench.report(summary.job).await,
        [("created", None), ("created", None)]
    );
}

#[tokio::test]
async fn what_was_lost_without_being_executed_is_sent_in_smaller_requests() {
    let bench = Bench::new(40);
    bench.service.set_most_records_or_lost(12);
    let summary = bench.submit(partial(), &records(0..40)).await;
    assert!(is_done(&summary), "{:?}", summary.ended);
    assert_eq!(bench.entered(), records(0..40));
    let requests = bench
        .submission()
        .requests(summary.job, Some(RequestState::Unknown))
        .await
        .expect("requests");
    assert_eq!(
        requests
            .iter()
            .map(|request| request.rows.len())
            .collect::<Vec<_>>(),
        [40, 20, 20]
    );
}

#[tokio::test]
async fn a_limit_that_no_longer_holds_is_outgrown() {
    let bench = Bench::new(40);
    bench.service.set_faults([Fault::TooLarge, Fault::TooLarge]);
    bench.submit(partial(), &records(0..40)).await;
    let plan = bench.plan(partial(), &records(100..400)).await;
    assert_eq!(plan.batch, 10);
    let summary = bench.run(plan.job).await;
    assert!(is_done(&summary));
    assert!(summary.requests < plan.requests, "{}", summary.requests);
    let plan = bench.plan(partial(), &records(500..600)).await;
    assert_eq!(plan.batch, 20);
}

#[tokio::test]
async fn a_size_that_was_taken_before_is_not_learnt_as_too_large() {
    let bench = Bench::new(10);
    bench.service.set_faults([
        Fault::None,
        Fault::TooLarge,
        Fault::None,
        Fault::None,
        Fault::TooLarge,
    ]);
    let summary = bench.submit(partial(), &records(0..40)).await;
    assert!(is_done(&summary), "{:?}", summary.ended);
    assert_eq!(bench.entered(), records(0..40));
    assert_eq!(
        bench.plan(partial(), &records(50..60)).await.learnt_limit,
        None
    );
}

#[tokio::test]
async fn flags_on_the_wire_stay_those_of_the_job_when_a_record_is_sent_again() {
    let bench = Bench::new(10);
    bench.service.set_faults([Fault::RequestLost]);
    bench.service.store_foreign(FinRecord {
        registered_at: "2026-01-03T08:00:00+01:00".parse().expect("a time"),
        ..record(3)
    });
    let summary = bench.submit(EntryFlags::default(), &records(0..5)).await;
    assert!(is_done(&summary));
    assert_eq!(
        bench.entered(),
        [],
        "still all or nothing, still no overlap"
    );
    assert_eq!(bench.states(summary.job).await[3], "overlapping");
}

/// Asks for a stop, so many times, as soon as the service executes a request.
fn stop_in_flight(bench: &Bench, stop: &Stop, times: u32) {
    let (service, stop) = (Arc::clone(&bench.service), stop.clone());
    tokio::spawn(async move {
        while service.requests() == 0 {
            tokio::task::yield_now().await;
        }
        (0..times).for_each(|_| stop.request());
    });
}

#[tokio::test]
async fn what_is_written_down_and_has_not_left_is_planned_again_when_a_stop_comes() {
    for ahead in [0, 3] {
        let bench = Bench::new(10);
        let options = bench.options.clone().with_concurrency(2).with_ahead(ahead);
        let bench = Bench { options, ..bench };
        let plan = bench.plan(partial(), &records(0..100)).await;
        let (submission, stop) = (bench.submission(), Stop::new());
        let signal = stop.clone();
        let mut progress = |progress: &crate::submission::Progress| {
            if progress.tally.records(RecordState::Sending) > 0 {
                signal.request();
            }
        };
        let summary = submission
            .run(
                bench.witness(),
                plan.job,
                &bench.options,
                &stop,
                &mut progress,
            )
            .await
            .expect("a run");
        assert_eq!(summary.ended, Ended::Stopped);
        assert_eq!(bench.service.requests(), 0);
        assert_eq!(summary.requests, 0, "none of them was one");
        assert_eq!(bench.states(plan.job).await, ["planned"; 100]);
        let resumed = bench.run(plan.job).await;
        assert!(is_done(&resumed));
        assert_eq!(resumed.searches, 0, "nothing is in doubt");
    }
}

#[tokio::test]
async fn what_is_ready_is_taken_back_and_halved_when_the_service_finds_such_requests_too_large() {
    let bench = Bench::new(16);
    bench.service.set_yields(2);
    bench.service.set_most_records(Some(5));
    let options = bench.options.clone().with_concurrency(2).with_ahead(3);
    let bench = Bench { options, ..bench };
    let summary = bench.submit(partial(), &records(0..100)).await;
    assert!(is_done(&summary), "{:?}", summary.ended);
    assert_eq!(bench.entered(), records(0..100));
    let large = summary.requests - 100_u64.div_ceil(4);
    assert!(large <= 2 + 2 * 2, "{large} requests that were too large");
}

#[tokio::test]
async fn a_stop_waits_for_what_is_in_flight_and_sends_nothing_more() {
    let bench = Bench::new(10);
    bench.service.set_yields(3);
    let options = bench.options.clone().with_concurrency(2);
    let bench = Bench { options, ..bench };
    let plan = bench.plan(partial(), &records(0..100)).await;
    let (submission, stop) = (bench.submission(), Stop::new());
    stop_in_flight(&bench, &stop, 1);
    let summary = bench
        .try_run(&submission, plan.job, &stop)
        .await
        .expect("a run");
    assert_eq!(summary.ended, Ended::Stopped);
    assert_eq!(
        (
            created(&summary),
            summary.tally.records(RecordState::Planned)
        ),
        (20, 80)
    );
    assert_eq!(summary.tally.records(RecordState::Unknown), 0);
}

#[tokio::test]
async fn a_second_stop_writes_down_what_is_in_flight_as_unknown() {
    let bench = Bench::new(10);
    bench.service.set_yields(50);
    let plan = bench.plan(partial(), &records(0..100)).await;
    let (submission, stop) = (bench.submission(), Stop::new());
    stop_in_flight(&bench, &stop, 2);
    let summary = bench
        .try_run(&submission, plan.job, &stop)
        .await
        .expect("a run");
    assert_eq!(summary.ended, Ended::Aborted);
    assert_eq!(summary.tally.records(RecordState::Unknown), 10);
    assert_eq!(summary.searches, 0, "nothing is sent any more");
    let resumed = bench.run(plan.job).await;
    assert!(is_done(&resumed));
    assert_eq!(bench.entered(), records(0..100));
}

#[tokio::test]
async fn a_stop_while_waiting_for_the_second_look_leaves_the_records_unknown() {
    let bench = Bench::new(10);
    bench.service.set_faults([Fault::RequestLost]);
    let plan = bench.plan(partial(), &records(0..10)).await;
    let (submission, stop) = (bench.submission(), Stop::new());
    let signal = stop.clone();
    let mut progress = |progress: &crate::submission::Progress| {
        if matches!(progress.phase, Phase::Waiting { .. }) {
            signal.request();
        }
    };
    let service = Arc::clone(&bench.service);
    let summary = submission
        .run(service, plan.job, &bench.options, &stop, &mut progress)
        .await
        .expect("a run");
    assert_eq!(summary.ended, Ended::Stopped);
    assert_eq!(bench.states(plan.job).await, ["unknown"; 10]);
}

#[tokio::test]
async fn a_failing_search_leaves_the_records_unknown_and_says_why() {
    let bench = Bench::new(10);
    bench.service.set_faults([Fault::AnswerLost]);
    bench.service.set_search_faults([Fault::RequestLost; 3]);
    let summary = bench.submit(partial(), &records(0..10)).await;
    assert_eq!(
        summary.ended,
        Ended::Unsettled {
            reason: lost_message()
        }
    );
    assert_eq!(bench.states(summary.job).await, ["unknown"; 10]);
    let resumed = bench.run(summary.job).await;
    assert!(is_done(&resumed));
    assert_eq!((created(&resumed), resumed.requests), (10, 0));
}

fn lost_message() -> String {
    "the connection was closed before the answer was complete".to_owned()
}
