//! Deletions: journalled like entries, and the entries' own rows move along.

use super::*;
use crate::submission::testing::Fault;

fn targets(records: &[FinRecord]) -> Vec<NewRow> {
    records
        .iter()
        .zip(2..)
        .map(|(record, number)| NewRow::target(number, record.fin, record.period))
        .collect()
}

async fn delete(bench: &Bench, records: &[FinRecord]) -> RunSummary {
    let plan = bench
        .plan_as(
            bench.job(JobKind::Deletion, EntryFlags::default()),
            targets(records),
        )
        .await;
    bench.run(plan.expect("planned").job).await
}

#[tokio::test]
async fn what_is_deleted_is_told_entry_by_entry_and_can_be_entered_again() {
    let bench = Bench::new(10);
    let entered = bench.submit(partial(), &records(0..5)).await;
    let summary = delete(&bench, &records(1..3)).await;
    assert!(is_done(&summary), "{:?}", summary.ended);
    assert_eq!(summary.tally.records(RecordState::Deleted), 2);
    match &bench.report(summary.job).await[0] {
        ("deleted", Some(Note::Removed { entries })) => {
            assert_eq!(entries.len(), 1);
            assert_eq!(
                entries[0].own.map(|own| (own.job, own.row)),
                Some((entered.job, 3))
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(
        bench.states(entered.job).await,
        ["created", "deleted", "deleted", "created", "created"]
    );
    let plan = bench.plan(partial(), &records(0..5)).await;
    assert_eq!(plan.to_send, 2);
    bench.run(plan.job).await;
    assert_eq!(bench.entered(), records(0..5));
}

#[tokio::test]
async fn a_lost_answer_to_a_deletion_is_looked_up() {
    let bench = Bench::new(10);
    let entered = bench.submit(partial(), &records(0..2)).await;
    bench.service.set_faults([Fault::AnswerLost]);
    let summary = delete(&bench, &records(0..1)).await;
    assert!(is_done(&summary), "{:?}", summary.ended);
    assert_eq!((summary.requests, summary.searches), (1, 1));
    assert_eq!(bench.states(entered.job).await, ["deleted", "created"]);
}

#[tokio::test]
async fn a_lost_deletion_is_repeated_after_two_looks() {
    let bench = Bench::new(10);
    let entered = bench.submit(partial(), &records(0..2)).await;
    bench.service.set_faults([Fault::RequestLost]);
    let summary = delete(&bench, &records(0..1)).await;
    assert!(is_done(&summary), "{:?}", summary.ended);
    assert_eq!((summary.requests, summary.searches), (2, 2));
    assert_eq!(bench.entered(), records(1..2));
    assert_eq!(bench.states(entered.job).await, ["deleted", "created"]);
}

#[tokio::test]
async fn what_is_not_there_is_told_after_a_look() {
    let bench = Bench::new(10);
    let summary = delete(&bench, &records(0..1)).await;
    assert!(is_done(&summary), "{:?}", summary.ended);
    assert_eq!(
        bench.report(summary.job).await,
        [("deleted", Some(Note::NothingToDelete))]
    );
}

#[tokio::test]
async fn the_entry_of_another_company_stays_and_is_not_asked_for_twice() {
    let bench = Bench::new(10);
    bench.service.store_foreign(record(0));
    let summary = delete(&bench, &records(0..1)).await;
    assert!(
        matches!(summary.ended, Ended::Unsettled { .. }),
        "{:?}",
        summary.ended
    );
    assert_eq!(summary.requests, 1);
    assert_eq!(
        bench.report(summary.job).await,
        [("created", Some(Note::NothingToDelete))]
    );
}

#[tokio::test]
async fn a_deletion_that_never_left_is_tried_again_by_the_next_run() {
    let bench = Bench::new(10);
    let entered = bench.submit(partial(), &records(0..2)).await;
    bench.service.set_faults([Fault::Unreachable; 3]);
    let summary = delete(&bench, &records(0..2)).await;
    assert!(
        matches!(summary.ended, Ended::Unreachable { .. }),
        "{:?}",
        summary.ended
    );
    assert_eq!(bench.states(entered.job).await, ["created"; 2]);
    assert!(is_done(&bench.run(summary.job).await));
    assert_eq!(bench.entered(), []);
    assert_eq!(bench.states(entered.job).await, ["deleted"; 2]);
}

#[tokio::test]
async fn all_copies_of_a_record_go_with_one_deletion() {
    let bench = Bench::new(10);
    let flags = EntryFlags {
        commit_on_overlapping_dates: true,
        ..partial()
    };
    bench.submit(flags, &records(0..1)).await;
    let job = NewJob {
        again: true,
        ..bench.job(JobKind::Entry, flags)
    };
    let second = bench
        .plan_as(job, rows(&records(0..1)))
        .await
        .expect("planned")
        .job;
    bench.run(second).await;
    assert_eq!(bench.entered().len(), 2);
    let summary = delete(&bench, &records(0..1)).await;
    assert!(is_done(&summary));
    assert_eq!(bench.states(second).await, ["deleted"]);
    assert_eq!(bench.plan(partial(), &records(0..1)).await.to_send, 1);
}
