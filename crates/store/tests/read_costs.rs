//! What look-ups cost is written without a sync and without moving the log, and nothing of it is lost.

use std::path::Path;

use chrono::DateTime;
use finkit_fincheck::submission::{Account, Billed, Change, Charge, Ledger};
use finkit_store::SqliteLedger;

fn account() -> Account {
    Account {
        profile: "default".into(),
        origin: "https://service.test".into(),
    }
}

fn charge(reads: u64, writes: u64) -> Change {
    Change::Charge(Charge {
        account: account(),
        at: DateTime::from_timestamp(1_768_478_400, 0).expect("a time"),
        reads,
        writes,
        billed: Billed::Yes,
    })
}

fn pay(path: &Path, changes: &[Change]) {
    let mut ledger = SqliteLedger::open(path).expect("a ledger");
    ledger.commit(changes).expect("written");
}

fn reads(path: &Path) -> u64 {
    let mut ledger = SqliteLedger::open(path).expect("a ledger");
    let usage = ledger.usage().expect("usage");
    usage.iter().map(|line| line.known.reads).sum()
}

fn log(path: &Path) -> u64 {
    let log = path.with_extension("sqlite-wal");
    std::fs::metadata(log).map_or(0, |log| log.len())
}

#[test]
fn the_cost_of_a_look_up_waits_in_the_log_and_is_seen_by_the_next_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.sqlite");
    drop(SqliteLedger::open(&path).expect("a ledger"));
    assert_eq!(log(&path), 0, "a new ledger leaves no log");
    for paid in 1..=3 {
        pay(&path, &[charge(1, 0)]);
        assert!(log(&path) > 0);
        assert_eq!(reads(&path), paid);
    }
}

#[test]
fn whatever_else_is_written_moves_the_log_into_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.sqlite");
    pay(&path, &[charge(1, 0)]);
    assert!(log(&path) > 0);
    pay(&path, &[charge(1, 1)]);
    assert_eq!(log(&path), 0);
    assert_eq!(reads(&path), 2);
}

#[test]
fn the_log_does_not_grow_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.sqlite");
    let mut largest = 0;
    for _ in 0..600 {
        pay(&path, &[charge(1, 0)]);
        largest = largest.max(log(&path));
    }
    assert!(largest < 1_100_000, "{largest} bytes");
    assert_eq!(reads(&path), 600);
}

#[test]
fn a_tidy_ledger_has_an_empty_log_and_waits_for_no_reader() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.sqlite");
    let mut ledger = SqliteLedger::open(&path).expect("a ledger");
    ledger.commit(&[charge(1, 1)]).expect("written");
    assert!(log(&path) > 0);
    ledger.tidy();
    assert_eq!(log(&path), 0);
    assert_eq!(reads(&path), 1);
    ledger.commit(&[charge(1, 1)]).expect("written");
    let reader = rusqlite::Connection::open(&path).expect("a connection");
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM charge;")
        .expect("a reader");
    ledger.commit(&[charge(1, 1)]).expect("written");
    // It would wait for ten seconds otherwise, and the test with it.
    ledger.tidy();
    assert!(log(&path) > 0, "what is being read stays");
    ledger.commit(&[charge(1, 1)]).expect("written");
    drop(reader);
    drop(ledger);
    assert_eq!(reads(&path), 4);
}
