//! `finkit demo`: the whole job, with its counts, as a person sees it and as a program reads it.
//!
//! After a change of wording `INSTA_UPDATE=always cargo test -p finkit-tests demo` writes the snapshots anew; read their difference.

use finkit_tests::{Finkit, Ran, data};
use serde_json::Value;

use crate::lines::{self, states};

/// What the sample list is known to hold.
fn sample() -> Value {
    let text = std::fs::read_to_string(data("fleet.expected.json")).expect("the expectations");
    serde_json::from_str(&text).expect("JSON")
}

fn human(lang: &str) -> Ran {
    let ran = Finkit::new().run(&["demo", "--lang", lang]).expect(0);
    assert_eq!(ran.err, "");
    ran
}

/// Compares the output, without what differs from run to run and from machine to machine.
fn snapshot(name: &str, text: &str) {
    insta::with_settings!({
        omit_expression => true,
        prepend_module_to_snapshot => false,
        filters => vec![
            (r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:[port]"),
            (r"\S*finkit-demo-\w+", "[home]"),
            (r"-[0-9a-f]{32}\.json", "-[hash].json"),
            (r"(?m)^\d{4}-\d{2}  ", "[month]  "),
        ],
    }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn the_demo_tells_the_whole_job_in_english() {
    snapshot("demo-en", &human("en").out);
}

#[test]
fn the_demo_tells_the_whole_job_in_german() {
    snapshot("demo-de", &human("de").out);
}

#[test]
fn the_counts_of_the_demo_are_those_of_the_sample_list() {
    let ran = Finkit::new().run(&["demo", "--format", "json"]).expect(0);
    let counts = &sample()["counts"];
    let count = |name: &str| counts[name].as_u64().expect("a count");

    let check: lines::Check = lines::one(&ran);
    assert!(!check.clean);
    assert_eq!(check.rows, count("rows"));
    assert_eq!(check.sound, count("sound_rows"));
    assert_eq!(check.faulty, count("faulty_rows"));
    assert_eq!(check.in_conflict, count("rows_in_conflict"));
    assert_eq!(check.duplicates, count("duplicates"));
    assert_eq!(check.overlaps, count("overlaps"));

    // The first of two conflicting rows is sent, the second is withheld.
    let withheld = count("duplicates") + count("overlaps");
    let sent = count("sound_rows") - withheld;
    let created = sent - count("collisions");
    let plans: Vec<lines::Plan> = lines::all(&ran);
    let to_send: Vec<_> = plans.iter().filter_map(|plan| plan.to_send).collect();
    assert_eq!(to_send, [sent, 1, 1 + count("collisions")]);

    let runs: Vec<lines::Run> = lines::all(&ran);
    let [first, deletion, again] = &runs[..] else {
        panic!("three runs: {runs:?}");
    };
    let faulty = count("faulty_rows");
    assert_eq!(
        first.states,
        states([
            ("created", created),
            ("overlapping", count("collisions")),
            ("withheld", withheld),
            ("faulty", faulty),
        ])
    );
    assert_eq!(deletion.states, states([("deleted", 1)]));
    assert_eq!(
        again.states,
        states([
            ("already-entered", created - 1),
            ("created", 1),
            ("overlapping", count("collisions")),
            ("withheld", withheld),
            ("faulty", faulty),
        ])
    );
    for run in &runs {
        assert_eq!(run.ended, "done");
        assert_eq!(run.states.values().sum::<u64>(), run.rows);
    }

    let verdicts: Vec<lines::Search> = lines::all(&ran);
    let verdicts: Vec<_> = verdicts.iter().map(|line| line.verdict.as_str()).collect();
    assert_eq!(verdicts, ["taken", "free"]);

    // What the service itself has counted.
    let demo: lines::Demo = lines::one(&ran);
    assert_eq!(demo.entries, created);
    assert_eq!(demo.token_requests, 1);
    assert_eq!(demo.reads, sent + 1 + count("collisions") + 2);
    assert_eq!(demo.writes, created + 1 + 1);
}

#[test]
fn the_demo_runs_in_another_contract() {
    let contract = data("contract-renamed.toml");
    let contract = contract.to_str().expect("UTF-8");
    let ran = Finkit::new()
        .run(&["demo", "--format", "json", "--contract", contract])
        .expect(0);
    assert_eq!(lines::one::<lines::Demo>(&ran).entries, 155);
}

#[test]
fn the_demo_leaves_nothing_in_the_users_home() {
    let finkit = Finkit::new();
    finkit.run(&["demo"]).expect(0);
    let left: Vec<_> = std::fs::read_dir(finkit.home())
        .expect("the home")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_demo_shows_a_list_of_ones_own_and_keeps_its_state() {
    let mut finkit = Finkit::new();
    let own = finkit.file("own.csv", crate::support::list(77_001, 4));
    let kept = finkit.home().join("kept");
    let kept = kept.to_str().expect("UTF-8").to_owned();
    let demo = ["demo", "--list", &own, "--keep", &kept, "--format", "json"];
    let ran = finkit.run(&demo).expect(0);
    assert_eq!(lines::one::<lines::Demo>(&ran).entries, 4);
    finkit.set("FINKIT_HOME", &kept);
    let ran = finkit
        .run(&[
            "fincheck",
            "report",
            "1",
            "--profile",
            "demo",
            "--format",
            "json",
        ])
        .expect(0);
    assert_eq!(lines::one::<lines::Totals>(&ran).rows, 4);
}
