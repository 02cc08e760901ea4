//! `finkit fincheck submit`: free before paid, nothing twice, nothing without being asked.

use finkit_tests::{Finkit, Ran, data};

use crate::lines::{self, states};
use crate::support::{Service, fin, list};

fn json(finkit: &Finkit, arguments: &[&str], code: i32) -> Ran {
    let arguments = [&["fincheck", "submit"], arguments, &["--format", "json"]].concat();
    finkit.run(&arguments).expect(code)
}

fn jobs(finkit: &Finkit) -> Vec<lines::Job> {
    lines::all(
        &finkit
            .run(&["fincheck", "jobs", "--format", "json"])
            .expect(0),
    )
}

#[test]
fn the_same_list_twice_costs_nothing_the_second_time() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 20));
    json(&finkit, &[&path, "--yes"], 0);
    assert_eq!(service.billed(), (20, 20));
    let before = service.received();

    let ran = json(&finkit, &[&path, "--yes"], 0);
    let plan: lines::Plan = lines::one(&ran);
    assert_eq!((plan.reads, plan.writes, plan.to_send), (0, 0, Some(0)));
    assert_eq!(plan.states, Some(states([("already-entered", 20)])));
    assert_eq!(service.received(), before, "nothing was sent");
    assert_eq!(service.billed(), (20, 20));

    let ran = finkit.run(&["fincheck", "submit", &path]).expect(0);
    assert!(
        ran.out
            .contains("20 rows are entered already. 0 reads, 0 writes."),
        "{}",
        ran.out
    );
    let usage = finkit
        .run(&["fincheck", "usage", "--format", "json"])
        .expect(0);
    let usage: Vec<lines::Usage> = lines::all(&usage);
    let total = |of: fn(&lines::Usage) -> u64| usage.iter().map(of).sum::<u64>();
    assert_eq!(
        (total(|line| line.reads), total(|line| line.writes)),
        (20, 20)
    );
}

#[test]
fn rows_entered_before_in_another_list_cost_nothing() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("first.csv", list(1, 5));
    json(&finkit, &[&path, "--yes"], 0);
    let path = finkit.file("second.csv", list(3, 5));
    let ran = json(&finkit, &[&path, "--yes"], 0);
    let run: lines::Run = lines::one(&ran);
    assert_eq!(run.states, states([("already-entered", 3), ("created", 2)]));
    assert_eq!(service.billed(), (7, 7));
    assert_eq!(service.own_entries(), 7);

    let ran = json(&finkit, &[&path, "--yes", "--again", "--allow-overlap"], 0);
    let run: lines::Run = lines::one(&ran);
    assert_eq!(run.states, states([("created", 5)]));
    assert_eq!(service.own_entries(), 12, "asked for, and made");
}

#[test]
fn a_dry_run_tells_the_cost_and_sends_nothing() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 20));
    let ran = json(&finkit, &[&path, "--dry-run", "--batch-records", "6"], 0);
    let plan: lines::Plan = lines::one(&ran);
    let again: lines::Plan = lines::one(&json(&finkit, &[&path, "--dry-run"], 0));
    assert_eq!(plan.job, again.job, "it uses up no number");
    assert_eq!((plan.reads, plan.writes), (20, 20));
    assert_eq!(
        (plan.requests, plan.records_per_request),
        (Some(4), Some(6))
    );
    let ran = finkit
        .run(&["fincheck", "submit", &path, "--dry-run"])
        .expect(0);
    assert!(ran.out.contains("20 reads, 20 writes"), "{}", ran.out);
    assert!(ran.out.contains("nothing was sent"), "{}", ran.out);
    finkit
        .run(&["fincheck", "search", &path, "--dry-run"])
        .expect(0);
    finkit
        .run(&["fincheck", "delete", &path, "--dry-run"])
        .expect(0);
    finkit
        .run(&["fincheck", "search", &fin(1), "--year", "2026", "--dry-run"])
        .expect(0);
    assert!(jobs(&finkit).is_empty(), "no job is left");
    assert_eq!(service.connections(), 0);
}

#[test]
fn without_a_terminal_nothing_is_billed_unless_agreed_to() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 3));
    for arguments in [
        &["fincheck", "submit", &path][..],
        &["fincheck", "search", &path],
        &["fincheck", "delete", &path],
        &["fincheck", "delete", &fin(1), "2026-01-01", "2026-12-31"],
    ] {
        let ran = finkit.run(arguments).expect_failure(2);
        assert!(ran.err.contains("--yes"), "{}", ran.err);
        // A "y" on a pipe is no agreement.
        finkit.run_with(arguments, "y\n").expect_failure(2);
    }
    assert!(jobs(&finkit).is_empty(), "no job is left");
    assert_eq!(service.connections(), 0);
}

#[test]
fn all_or_nothing_is_refused_where_it_cannot_be_kept() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 10));
    let atomic = ["fincheck", "submit", &path, "--atomic", "--yes"];
    let ran = finkit
        .run(&[&atomic[..], &["--batch-records", "4"]].concat())
        .expect_failure(2);
    assert!(ran.err.contains("one request"), "{}", ran.err);
    assert!(ran.err.contains("--batch-records"), "{}", ran.err);
    assert_eq!(service.connections(), 0);
    assert!(jobs(&finkit).is_empty(), "no job is left");

    finkit.run(&atomic).expect(0);
    assert_eq!(service.seen("/bulk_create"), 1);
    assert_eq!(service.own_entries(), 10);
    finkit
        .run(&[&atomic[..], &["--partial"]].concat())
        .expect(2);
}

#[test]
fn a_faulty_list_is_not_sent_unless_asked_for() {
    let service = Service::start();
    let finkit = service.standard();
    let sample = data("fleet.csv");
    let sample = sample.to_str().expect("UTF-8");
    let ran = finkit
        .run(&["fincheck", "submit", sample, "--yes", "--partial"])
        .expect_failure(2);
    assert!(ran.err.contains("--skip-faulty"), "{}", ran.err);
    assert!(ran.out.contains("Position 16: letter “O”"), "{}", ran.out);
    assert_eq!(service.connections(), 0);
    assert!(jobs(&finkit).is_empty());

    let ran = json(&finkit, &[sample, "--yes", "--partial", "--skip-faulty"], 1);
    let run: lines::Run = lines::one(&ran);
    assert_eq!(
        run.states,
        states([("created", 161), ("faulty", 33), ("withheld", 6)])
    );
    assert_eq!(service.own_entries(), 161);
}

#[test]
fn a_list_on_standard_input_is_entered_like_a_file() {
    let service = Service::start();
    let finkit = service.standard();
    let text = list(1, 4);
    let submit = ["fincheck", "submit", "-", "--yes", "--format", "json"];
    let ran = finkit.run_with(&submit, &text).expect(0);
    assert_eq!(
        lines::one::<lines::Run>(&ran).states,
        states([("created", 4)])
    );
    finkit
        .run_with(&["fincheck", "search", "-", "--yes"], &text)
        .expect(1);
    finkit
        .run_with(&["fincheck", "delete", "-", "--yes"], &text)
        .expect(0);
    assert_eq!(service.own_entries(), 0);
}

/// What shells make of `<(…)`: it can be read once only.
#[test]
fn a_list_from_a_named_pipe_is_entered_like_a_file() {
    let service = Service::start();
    let finkit = service.standard();
    let pipe = finkit.file("pipe.csv", "");
    std::fs::remove_file(&pipe).expect("an empty file");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::write(pipe, list(1, 4))
    });
    json(&finkit, &[&pipe, "--yes"], 0);
    writer.join().expect("a thread").expect("a reader");
    assert_eq!(service.own_entries(), 4);
}

#[test]
fn requests_are_made_up_as_told() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 10));
    json(&finkit, &[&path, "--yes", "--batch-records", "3"], 0);
    assert_eq!(service.seen("/bulk_create"), 4);
    let path = finkit.file("more.csv", list(11, 10));
    finkit.settings("[profile.default.fincheck]\nbatch_records = 5\n");
    json(&finkit, &[&path, "--yes"], 0);
    assert_eq!(service.seen("/bulk_create"), 6);
    let path = finkit.file("bytes.csv", list(21, 10));
    json(&finkit, &[&path, "--yes", "--batch-bytes", "300"], 0);
    let sizes = service.requests();
    let largest = sizes
        .iter()
        .rev()
        .take_while(|request| request.path == "/bulk_create")
        .take(service.seen("/bulk_create") - 6)
        .map(|request| request.body_bytes)
        .max();
    assert!(largest <= Some(300), "{largest:?}");
    assert_eq!(service.own_entries(), 30);
}

#[test]
fn a_report_is_written_beside_and_never_over_another_file() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 4));
    let report = finkit.file("report.csv", "something else");
    let submit = ["fincheck", "submit", &path, "--yes", "--report", &report];
    let ran = finkit.run(&submit).expect_failure(2);
    assert!(ran.err.contains("--overwrite"), "{}", ran.err);
    assert_eq!(service.connections(), 0);
    finkit
        .run(&[&submit[..], &["--overwrite"]].concat())
        .expect(0);
    let text = std::fs::read_to_string(&report).expect("a report");
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(!text.contains(&fin(1)), "masked");
    for name in ["report.html", "report.jsonl", "report.xlsx"] {
        let target = finkit.home().join(name);
        let target = target.to_str().expect("UTF-8");
        finkit
            .run(&["fincheck", "submit", &path, "--yes", "--report", target])
            .expect(0);
        assert!(std::fs::metadata(target).expect("a report").len() > 100);
    }
    finkit
        .run(&[
            "fincheck",
            "submit",
            &path,
            "--yes",
            "--report",
            "report.doc",
        ])
        .expect_failure(2);
}

#[test]
fn a_list_is_deleted_entry_by_entry_and_told_so() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 3));
    json(&finkit, &[&path, "--yes"], 0);
    let ran = finkit
        .run(&["fincheck", "delete", &path, "--yes"])
        .expect(0);
    assert_eq!(
        ran.out.matches("deleted: 2026-01-01 – 2026-12-31").count(),
        3
    );
    assert_eq!(service.own_entries(), 0);
    // A second time there is nothing of ours to delete.
    let ran = finkit
        .run(&["fincheck", "delete", &path, "--yes"])
        .expect(0);
    assert!(ran.out.contains("no such entry of ours"), "{}", ran.out);
    let faulty = finkit.file(
        "faulty.csv",
        "fin,start,end\nWVWZZZE1ZMP00000O,2026-01-01,2026-12-31\n",
    );
    let before = service.received();
    finkit
        .run(&["fincheck", "delete", &faulty, "--yes"])
        .expect_failure(2);
    assert_eq!(service.received(), before);
}

#[test]
fn what_was_not_there_is_not_told_as_deleted_by_the_service() {
    let service = Service::start();
    let finkit = service.standard();
    let ran = finkit
        .run(&[
            "fincheck",
            "delete",
            &fin(1),
            "2026-01-01",
            "2026-12-31",
            "--yes",
        ])
        .expect(0);
    assert!(ran.out.contains("no such entry of ours"), "{}", ran.out);
    assert!(!ran.out.contains("The service deleted"), "{}", ran.out);
}
