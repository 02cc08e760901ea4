//! Jobs: told, reported, owned by one process at a time, stopped and gone on with.

use finkit_tests::{Finkit, Ran, Started, data};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::lines::{self, states};
use crate::support::{Service, fin, list};

/// A run of five requests, one after the other.
fn five_requests(path: &str) -> Vec<&str> {
    vec![
        "fincheck",
        "submit",
        path,
        "--yes",
        "--format",
        "json",
        "--batch-records",
        "2",
        "--concurrency",
        "1",
    ]
}

fn interrupt(run: &Started, signal: Signal) {
    let process = i32::try_from(run.id()).expect("a process number");
    kill(Pid::from_raw(process), signal).expect("a signal");
}

fn job(finkit: &Finkit, number: u64) -> lines::Job {
    let number = number.to_string();
    lines::one(
        &finkit
            .run(&["fincheck", "show", &number, "--format", "json"])
            .expect(0),
    )
}

#[test]
fn a_second_process_on_the_same_job_is_told_who_has_it() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 10));
    let held = service.hold("/bulk_create", 2);
    let first = finkit.start(&five_requests(&path));
    held.reached();
    for arguments in [
        &[
            "fincheck",
            "submit",
            &path,
            "--yes",
            "--batch-records",
            "2",
            "--concurrency",
            "1",
        ][..],
        &["fincheck", "resume", "--yes"],
        &["fincheck", "resume", "1", "--yes"],
    ] {
        let ran = finkit.run(arguments).expect_failure(7);
        assert!(ran.err.contains(&first.id().to_string()), "{}", ran.err);
    }
    // Looking is allowed.
    assert_eq!(job(&finkit, 1).rows, 10);
    drop(held);
    let run: lines::Run = lines::one(&first.end().expect(0));
    assert_eq!(run.states, states([("created", 10)]));
    assert_eq!(service.own_entries(), 10);
}

#[test]
fn another_list_is_not_kept_waiting_by_a_running_job() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 4));
    let other = finkit.file("other.csv", list(11, 2));
    let held = service.hold("/bulk_create", 1);
    let first = finkit.start(&five_requests(&path));
    held.reached();
    finkit
        .run(&["fincheck", "submit", &other, "--yes"])
        .expect(0);
    drop(held);
    first.end().expect(0);
    assert_eq!(service.own_entries(), 6);
}

#[test]
fn ctrl_c_waits_for_what_is_in_flight_and_resume_completes() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let service = Service::start();
        let finkit = service.standard();
        let path = finkit.file("list.csv", list(1, 10));
        let held = service.hold("/bulk_create", 2);
        let mut run = finkit.start(&five_requests(&path));
        held.reached();
        interrupt(&run, signal);
        run.says("Stopping");
        drop(held);
        let ran = run.end().expect(130);
        let stopped: lines::Run = lines::one(&ran);
        assert_eq!(stopped.ended, "stopped");
        assert_eq!(stopped.states, states([("created", 4), ("planned", 6)]));
        assert_eq!(service.own_entries(), 4);

        let ran = finkit
            .run(&["fincheck", "resume", "--yes", "--format", "json"])
            .expect(0);
        let done: lines::Run = lines::one(&ran);
        assert_eq!(done.states, states([("created", 10)]));
        assert_eq!(service.own_entries(), 10);
        assert_eq!(service.billed(), (10, 10), "nothing was sent twice");
    }
}

#[test]
fn ctrl_c_twice_leaves_what_was_in_flight_unknown_until_resumed() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 10));
    let held = service.hold("/bulk_create", 2);
    let mut run = finkit.start(&five_requests(&path));
    held.reached();
    interrupt(&run, Signal::SIGINT);
    run.says("Stopping");
    interrupt(&run, Signal::SIGINT);
    let ran = run.end().expect(130);
    drop(held);
    let aborted: lines::Run = lines::one(&ran);
    assert_eq!(aborted.ended, "aborted");
    assert_eq!(
        aborted.states,
        states([("created", 2), ("unknown", 2), ("planned", 6)])
    );
    assert!(ran.err.contains("unknown"), "{}", ran.err);

    let ran = finkit
        .run(&["fincheck", "resume", "--yes", "--format", "json"])
        .expect(0);
    let done: lines::Run = lines::one(&ran);
    assert_eq!(done.states, states([("created", 10)]));
    assert_eq!(done.look_up_reads, 2);
    assert_eq!(service.own_entries(), 10);
}

#[test]
fn a_deletion_that_was_cut_off_goes_on_when_it_is_typed_again() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 2));
    finkit
        .run(&["fincheck", "submit", &path, "--yes"])
        .expect(0);
    let (first, second) = (fin(1), fin(2));
    let delete = |fin: &str| {
        [
            "fincheck",
            "delete",
            fin,
            "2026-01-01",
            "2026-12-31",
            "--yes",
            "--format",
            "json",
        ]
        .map(str::to_owned)
    };

    // Ended at once while it was in flight.
    let words = delete(&first);
    let held = service.hold("/delete", 1);
    let mut run = finkit.start(&words.each_ref().map(String::as_str));
    held.reached();
    interrupt(&run, Signal::SIGINT);
    run.says("Stopping");
    interrupt(&run, Signal::SIGINT);
    let aborted: lines::Run = lines::one(&run.end().expect(130));
    drop(held);
    assert_eq!(aborted.states, states([("deleting", 1)]));
    for lang in ["en", "de"] {
        let ran = finkit
            .run(&["fincheck", "show", "2", "--lang", lang])
            .expect(0);
        assert!(ran.out.contains("fincheck resume 2"), "{}", ran.out);
        let by_hand = ["by hand", "von Hand"];
        assert!(
            by_hand.iter().all(|text| !ran.out.contains(text)),
            "{}",
            ran.out
        );
    }
    let ran = finkit.run(&words.each_ref().map(String::as_str)).expect(0);
    let done: lines::Run = lines::one(&ran);
    assert_eq!(
        (done.job, done.states),
        (aborted.job, states([("deleted", 1)]))
    );
    assert_eq!(
        service.seen("/delete"),
        1,
        "it was executed, and not sent again"
    );

    // The answer was lost, and so was that of every look-up.
    let words = delete(&second);
    service.fault("close-after:path=/delete; status=504:path=/search,path=/bulk_search");
    let lost: lines::Run = lines::one(&finkit.run(&words.each_ref().map(String::as_str)).expect(5));
    assert_eq!(lost.states, states([("deleting", 1)]));
    service.fault("");
    let done: lines::Run = lines::one(&finkit.run(&words.each_ref().map(String::as_str)).expect(0));
    assert_eq!(
        (done.job, done.states),
        (lost.job, states([("deleted", 1)]))
    );
    assert_eq!(service.own_entries(), 0);

    // What is done is done: typed once more it is another deletion.
    let again: lines::Run =
        lines::one(&finkit.run(&words.each_ref().map(String::as_str)).expect(0));
    assert_ne!(again.job, done.job);
}

#[test]
fn a_job_is_explained_and_every_row_accounted_for() {
    let service = Service::with(finkit_sandbox::SandboxBuilder::with_demo_data);
    let finkit = service.standard();
    let sample = data("fleet.csv");
    let sample = sample.to_str().expect("UTF-8");
    finkit
        .run(&[
            "fincheck",
            "submit",
            sample,
            "--yes",
            "--partial",
            "--skip-faulty",
        ])
        .expect(1);

    let told = job(&finkit, 1);
    let expected = states([
        ("created", 155),
        ("overlapping", 6),
        ("faulty", 33),
        ("withheld", 6),
    ]);
    assert_eq!(told.states, expected);
    assert_eq!((told.rows, told.open), (200, 0));

    for (lang, sentence, total) in [
        (
            "en",
            "The service confirmed the entry.",
            "200 in all; each row is in exactly one state.",
        ),
        (
            "de",
            "Der Dienst hat den Eintrag bestätigt.",
            "jede Zeile steht in genau einem Zustand.",
        ),
    ] {
        for command in ["show", "report"] {
            let ran = finkit
                .run(&["fincheck", command, "1", "--lang", lang])
                .expect(0);
            assert!(ran.out.contains(sentence), "{lang} {command}\n{}", ran.out);
            assert!(ran.out.contains(total), "{lang} {command}\n{}", ran.out);
            assert!(ran.out.contains("→"), "a next step: {}", ran.out);
        }
    }

    // Every row once, in each form.
    let rows = |numbers: Vec<u64>| assert_eq!(numbers, (2..=201).collect::<Vec<_>>());
    let ran = finkit
        .run(&["fincheck", "report", "1", "--format", "json"])
        .expect(0);
    let found: Vec<lines::Row> = lines::all(&ran);
    rows(found.iter().map(|row| row.row).collect());
    let totals: lines::Totals = lines::one(&ran);
    assert_eq!(totals.rows, 200);
    assert_eq!(totals.outcomes.values().sum::<u64>(), 200);
    assert_eq!(totals.outcomes["created"], 155);
    assert_eq!(totals.outcomes["overlapping"], 6);
    assert_eq!(totals.outcomes["faulty"], 33);
    assert_eq!(lines::one::<lines::Head>(&ran).fins, "masked");
    for (outcome, count) in &totals.outcomes {
        let of_it = found.iter().filter(|row| row.outcome == *outcome);
        assert_eq!(of_it.count() as u64, *count, "{outcome}");
    }

    let ran = finkit
        .run(&["fincheck", "report", "1", "--format", "csv"])
        .expect(0);
    let mut lines = ran.out.lines();
    assert!(
        lines
            .next()
            .is_some_and(|head| head.starts_with("Row,FIN,"))
    );
    rows(
        lines
            .map(|line| {
                line.split(',')
                    .next()
                    .expect("a field")
                    .parse()
                    .expect("a row")
            })
            .collect(),
    );

    let ran = finkit.run(&["fincheck", "report", "1"]).expect(0);
    let listed = ran.out.lines().filter_map(|line| {
        let rest = line.strip_prefix("Row ")?;
        rest.split(':').next()?.parse().ok()
    });
    rows(listed.collect());
    assert!(!ran.out.contains(&fin(1)), "masked");
    let ran = finkit
        .run(&["fincheck", "report", "1", "--show-fins"])
        .expect(0);
    assert!(ran.out.contains(&fin(1)));
}

#[test]
fn a_report_goes_into_files_of_every_kind() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 3));
    finkit
        .run(&["fincheck", "submit", &path, "--yes"])
        .expect(0);
    for name in ["r.csv", "r.jsonl", "r.html", "r.xlsx"] {
        let target = finkit.home().join(name);
        let target = target.to_str().expect("UTF-8");
        let report = ["fincheck", "report", "1", "--out", target];
        finkit.run(&report).expect(0);
        assert!(std::fs::metadata(target).expect("a report").len() > 100);
        let ran = finkit.run(&report).expect_failure(2);
        assert!(
            ran.err.contains("--overwrite"),
            "never overwritten: {}",
            ran.err
        );
        finkit
            .run(&[&report[..], &["--overwrite"]].concat())
            .expect(0);
    }
    let csv = std::fs::read_to_string(finkit.home().join("r.csv")).expect("a report");
    assert_eq!(csv.lines().count(), 4);
}

#[test]
fn what_is_not_there_is_said() {
    let service = Service::start();
    let finkit = service.standard();
    let ran = finkit.run(&["fincheck", "jobs"]).expect(0);
    assert!(ran.out.contains("no jobs"), "{}", ran.out);
    let ran = finkit.run(&["fincheck", "resume"]).expect(0);
    assert!(ran.out.contains("No job is open"), "{}", ran.out);
    for arguments in [
        ["fincheck", "show", "7"],
        ["fincheck", "report", "7"],
        ["fincheck", "resume", "7"],
    ] {
        let ran: Ran = finkit.run(&arguments).expect_failure(2);
        assert!(ran.err.contains("fincheck jobs"), "{}", ran.err);
    }
    let ran = finkit.run(&["fincheck", "usage"]).expect(0);
    assert!(ran.out.contains("Nothing billed yet"), "{}", ran.out);
    assert_eq!(service.connections(), 0);
}

#[test]
fn the_usage_of_an_account_is_that_of_the_service() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 4));
    finkit
        .run(&["fincheck", "submit", &path, "--yes"])
        .expect(0);
    finkit
        .run(&["fincheck", "search", &path, "--yes"])
        .expect(1);
    finkit
        .run(&["fincheck", "search", &fin(9), "--year", "2026"])
        .expect(0);
    let ran = finkit
        .run(&["fincheck", "usage", "--format", "json"])
        .expect(0);
    let usage: Vec<lines::Usage> = lines::all(&ran);
    let sum = |of: fn(&lines::Usage) -> u64| usage.iter().map(of).sum::<u64>();
    assert_eq!(
        (sum(|line| line.reads), sum(|line| line.writes)),
        service.billed()
    );
    assert_eq!(sum(|line| line.unknown_reads + line.unknown_writes), 0);
    finkit
        .run(&["fincheck", "delete", &path, "--yes"])
        .expect(0);
    let ran = finkit
        .run(&["fincheck", "usage", "--format", "json"])
        .expect(0);
    let usage: Vec<lines::Usage> = lines::all(&ran);
    let writes: u64 = usage.iter().map(|line| line.writes).sum();
    assert_eq!(writes, 8, "a deletion counts like the entry");
    assert_eq!(writes, service.billed().1);
    let month = usage[0].month.clone();
    let ran = finkit
        .run(&["fincheck", "usage", "--month", &month, "--format", "json"])
        .expect(0);
    assert_eq!(lines::all::<lines::Usage>(&ran).len(), usage.len());
    let ran = finkit
        .run(&[
            "fincheck", "usage", "--month", "1999-01", "--format", "json",
        ])
        .expect(0);
    assert_eq!(ran.out, "");
}

#[test]
fn what_an_answer_lost_for_good_cost_is_listed_apart() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 2));
    service.fault("close-after:path=/bulk_create; close-after:path=/bulk_search");
    finkit
        .run(&["fincheck", "submit", &path, "--yes"])
        .expect(5);
    let ran = finkit
        .run(&["fincheck", "usage", "--format", "json"])
        .expect(0);
    let usage: Vec<lines::Usage> = lines::all(&ran);
    assert!(usage.iter().map(|line| line.unknown_writes).sum::<u64>() >= 2);
    let ran = finkit.run(&["fincheck", "usage"]).expect(0);
    assert!(ran.out.contains("unknown"), "{}", ran.out);
}

#[test]
fn incognito_is_told_what_cannot_be_known() {
    let service = Service::start();
    let finkit = service.member(finkit_core::Participant::Incognito, "shy");
    finkit.settings("[profile.default.fincheck]\nparticipant = \"incognito\"\n");
    let ran = finkit.run(&["fincheck", "usage"]).expect(0);
    assert!(ran.out.contains("incognito"), "{}", ran.out);
}

#[test]
fn profiles_have_jobs_of_their_own() {
    let service = Service::start();
    let mut finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 2));
    finkit
        .run(&["fincheck", "submit", &path, "--yes"])
        .expect(0);
    finkit.settings("[profile.default.fincheck]\n[profile.second.fincheck]\n");
    let ran = finkit
        .run(&[
            "fincheck",
            "jobs",
            "--profile",
            "second",
            "--format",
            "json",
        ])
        .expect(0);
    assert_eq!(ran.out, "");
    let ran = finkit
        .run(&["fincheck", "resume", "1", "--profile", "second", "--yes"])
        .expect_failure(2);
    assert!(ran.err.contains("--profile default"), "{}", ran.err);
    let ran = finkit
        .run(&["fincheck", "jobs", "--profile", "third"])
        .expect_failure(2);
    assert!(ran.err.contains("second"), "{}", ran.err);
    finkit.set("FINKIT_PROFILE", "../up");
    finkit.run(&["fincheck", "jobs"]).expect_failure(2);
}

#[test]
fn the_same_list_submitted_by_six_processes_at_once_is_entered_once() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 30));
    // Overlaps are allowed, so that the service itself would take every record six times.
    let runs: Vec<_> = (0..6)
        .map(|_| {
            finkit.start(&[
                "fincheck",
                "submit",
                &path,
                "--yes",
                "--allow-overlap",
                "--batch-records",
                "3",
            ])
        })
        .collect();
    let ran: Vec<_> = runs.into_iter().map(Started::end).collect();
    let codes: Vec<_> = ran.iter().map(|ran| ran.code).collect();
    assert!(codes.contains(&0), "{codes:?}");
    assert_eq!(service.own_entries(), 30, "{codes:?}");
    for ran in ran {
        assert!([0, 1, 7].contains(&ran.code), "{}{}", ran.out, ran.err);
    }
}

#[test]
fn lists_that_share_rows_submitted_at_once_enter_each_row_once() {
    let service = Service::start();
    let finkit = service.standard();
    let paths: Vec<_> = (0..4)
        .map(|part| finkit.file(&format!("list-{part}.csv"), list(1 + part * 5, 20)))
        .collect();
    let runs: Vec<_> = paths
        .iter()
        .map(|path| finkit.start(&["fincheck", "submit", path, "--yes", "--allow-overlap"]))
        .collect();
    for run in runs {
        let ran = run.end();
        assert!([0, 1, 7].contains(&ran.code), "{}{}", ran.out, ran.err);
    }
    let mut fins: Vec<_> = service
        .entries()
        .expect("entries")
        .into_iter()
        .map(|entry| entry.fin)
        .collect();
    let all = fins.len();
    fins.sort();
    fins.dedup();
    assert_eq!(all, fins.len(), "no row twice");
    // Whatever was left out because another run had it is entered by going on.
    for path in &paths {
        finkit
            .run(&["fincheck", "submit", path, "--yes", "--allow-overlap"])
            .expect(0);
    }
    assert_eq!(service.own_entries(), 35);
}
