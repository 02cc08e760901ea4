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
            (r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC", "[moment]"),
            (r" +\d+\.\d(  (?:complete|vollständig))", " [seconds]$1"),
            (r"\d+\.\d s\.", "[seconds] s."),
            (r"(Date: null → )20\d{6}", "$1[day]"),
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
fn the_demo_of_finfo_reads_everything_once_and_then_only_what_changed() {
    let ran = Finkit::new().run(&["demo", "--format", "json"]).expect(0);
    let of = |kind: &str| {
        let mut lines = ran.json();
        lines.retain(|line| line["type"] == kind);
        lines
    };
    // 1927 articles, of which every 25th of each supplier has a second row with an agreement.
    let syncs = of("finfo-sync");
    let [first, second] = &syncs[..] else {
        panic!("two runs: {syncs:?}");
    };
    let (articles, agreements) = (1200 + 640 + 85 + 2, 48 + 26 + 4 + 1);
    let rows = articles + agreements;
    assert_eq!(
        (&first["new"], &first["complete"]),
        (&rows.into(), &4.into())
    );
    // A new article of each supplier; other prices for every hundredth row, and two other articles that changed.
    assert_eq!(
        (&second["new"], &second["complete"]),
        (&4.into(), &4.into())
    );
    let changed = second["changed"].as_u64().expect("a count");
    assert!((20..40).contains(&changed), "{second}");
    assert!(
        of("finfo-supplier")[4..]
            .iter()
            .all(|line| line["read"] == "changes")
    );
    assert_eq!(of("finfo-found").len(), 5);
    assert_eq!(of("finfo-change").len(), 4);
    let demo = &of("finfo-demo")[0];
    assert_eq!(demo["articles"], rows + 4);
    let grants =
        ["password_grants", "refresh_grants", "needless_grants"].map(|name| demo[name].as_u64());
    assert_eq!(grants, [Some(1), Some(0), Some(0)]);
    // Reading on costs little: four lists of changes and that of the suppliers.
    assert_eq!(second["requests"], 5);
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
