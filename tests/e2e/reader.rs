//! A reader's profile, and the local budget.

use finkit_core::Participant;

use crate::lines::{self, states};
use crate::support::{Service, USER, fin, list};

#[test]
fn a_reader_is_refused_before_any_connection() {
    let service = Service::start();
    let finkit = service.member(Participant::Reader, USER);
    finkit.settings("[profile.default.fincheck]\nparticipant = \"reader\"\n");
    let path = finkit.file("list.csv", list(1, 2));
    for arguments in [
        &["fincheck", "submit", &path, "--yes"][..],
        &["fincheck", "delete", &path, "--yes"],
        &[
            "fincheck",
            "delete",
            &fin(1),
            "2026-01-01",
            "2026-12-31",
            "--yes",
        ],
        &["fincheck", "resume", "--yes"],
    ] {
        let ran = finkit.run(arguments).expect_failure(2);
        assert!(ran.err.contains("reader"), "{}", ran.err);
    }
    assert_eq!(service.connections(), 0);

    finkit
        .run(&["fincheck", "search", &fin(1), "--year", "2026"])
        .expect(0);
    finkit
        .run(&["fincheck", "search", &path, "--yes"])
        .expect(0);
    assert_eq!(service.billed(), (3, 0));
}

#[test]
fn a_readers_account_in_a_profile_that_says_otherwise_is_refused_by_the_service() {
    let service = Service::start();
    let finkit = service.member(Participant::Reader, USER);
    let path = finkit.file("list.csv", list(1, 2));
    let ran = finkit
        .run(&["fincheck", "submit", &path, "--yes", "--format", "json"])
        .expect(4);
    assert_eq!(lines::one::<lines::Run>(&ran).ended, "refused");
    assert_eq!(service.entry_count().expect("entries"), 0);
}

#[test]
fn a_budget_of_writes_stops_the_run_and_the_next_run_goes_on() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 10));
    let submit = |budget: &[&str], code: i32| -> lines::Run {
        let arguments = ["fincheck", "submit", &path, "--yes", "--format", "json"];
        let more = ["--batch-records", "2", "--concurrency", "1"];
        lines::one(
            &finkit
                .run(&[&arguments[..], &more, budget].concat())
                .expect(code),
        )
    };
    let stopped = submit(&["--max-writes", "5"], 6);
    assert_eq!(stopped.ended, "spending-limit");
    assert_eq!(stopped.states, states([("created", 4), ("planned", 6)]));
    assert_eq!(service.own_entries(), 4);

    let stopped = submit(&["--max-reads", "3"], 6);
    assert_eq!(stopped.states, states([("created", 6), ("planned", 4)]));

    let done = submit(&["--max-writes", "4"], 0);
    assert_eq!(done.job, stopped.job, "the same job goes on");
    assert_eq!(done.states, states([("created", 10)]));
    assert_eq!(service.own_entries(), 10);
    assert_eq!(service.billed(), (10, 10));
}

#[test]
fn a_person_who_reached_the_budget_is_told_how_to_go_on() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 4));
    let arguments = ["fincheck", "submit", &path, "--yes", "--batch-records", "2"];
    let ran = finkit
        .run(&[&arguments[..], &["--max-writes", "2"]].concat())
        .expect(6);
    let told = format!("{}{}", ran.out, ran.err);
    assert!(told.contains("finkit fincheck resume"), "{told}");
    finkit.run(&["fincheck", "resume", "--yes"]).expect(0);
    assert_eq!(service.own_entries(), 4);
}

#[test]
fn a_budget_of_reads_stops_a_search_before_it_costs_more() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 6));
    let search = ["fincheck", "search", &path, "--yes", "--batch", "2"];
    finkit
        .run(&[&search[..], &["--max-reads", "5"]].concat())
        .expect_failure(6);
    assert!(service.billed().0 <= 5, "{:?}", service.billed());
    finkit
        .run(&[&search[..], &["--max-reads", "6"]].concat())
        .expect(0);
    finkit
        .run(&[
            "fincheck",
            "search",
            &fin(1),
            "--year",
            "2026",
            "--max-reads",
            "0",
        ])
        .expect_failure(6);
}

#[test]
fn a_search_that_is_stopped_shows_what_was_paid_for() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 4));
    let ran = finkit
        .run(&[
            "fincheck",
            "search",
            &path,
            "--yes",
            "--batch",
            "2",
            "--max-reads",
            "2",
            "--format",
            "json",
        ])
        .expect(6);
    assert_eq!(service.billed().0, 2);
    let verdicts: Vec<lines::Search> = lines::all(&ran);
    let known = verdicts.iter().filter(|line| line.verdict == "free");
    assert_eq!(known.count(), 2, "{}", ran.out);
}

#[test]
fn a_year_that_no_entry_can_have_costs_nothing() {
    let service = Service::start();
    let finkit = service.standard();
    for year in ["1999", "2101", "-5"] {
        let year = format!("--year={year}");
        finkit
            .run(&["fincheck", "search", &fin(1), &year])
            .expect_failure(2);
    }
    assert_eq!(service.connections(), 0);
}
