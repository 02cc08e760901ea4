//! Finfo from the command line: one account, one token, a catalogue that follows the service.

mod catalogue;
mod promises;

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use finkit_sandbox::finfo::{FinfoRunning, FinfoSandbox, FinfoSandboxBuilder, Stock};
use finkit_tests::{Finkit, Ran};
use serde_json::Value;

/// How long a test waits for something that must happen, before it says that it did not.
const PATIENCE: Duration = Duration::from_secs(60);

/// The two suppliers of most tests.
const FASTE: &str = "2347003";
const OGLA: &str = "2347004";

/// Finfo on loopback, whose answers can be held back.
pub(crate) struct Finfo {
    running: FinfoRunning,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Requests to paths that begin so are held back after the n-th.
    hold: Option<(String, u64)>,
    seen: u64,
    holding: bool,
}

impl Gate {
    fn pass(&self, path: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((prefix, after)) = state.hold.clone() else {
            return;
        };
        if !path.starts_with(&prefix) {
            return;
        }
        state.seen += 1;
        if state.seen <= after {
            return;
        }
        state.holding = true;
        self.changed.notify_all();
        while state.hold.is_some() {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Answers that are held back; they go out when this is dropped.
struct Held<'s>(&'s Gate);

impl Held<'_> {
    fn reached(&self) {
        let state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (state, outcome) = self
            .0
            .changed
            .wait_timeout_while(state, PATIENCE, |state| !state.holding)
            .unwrap_or_else(PoisonError::into_inner);
        drop(state);
        assert!(!outcome.timed_out(), "the request never came");
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State::default();
        self.0.changed.notify_all();
    }
}

impl std::ops::Deref for Finfo {
    type Target = FinfoRunning;

    fn deref(&self) -> &FinfoRunning {
        &self.running
    }
}

impl Finfo {
    /// Two suppliers, of 25 and 7 articles.
    pub(crate) fn start() -> Self {
        Self::with(|builder| {
            builder
                .supplier(FASTE, "Fäste AB", 25)
                .supplier(OGLA, "Ögla & Söner", 7)
        })
    }

    pub(crate) fn with(change: impl FnOnce(FinfoSandboxBuilder) -> FinfoSandboxBuilder) -> Self {
        let gate = Arc::new(Gate::default());
        let observer = Arc::clone(&gate);
        let builder = FinfoSandbox::builder()
            .threads(4)
            .on_request(move |record| tokio::task::block_in_place(|| observer.pass(&record.path)));
        let running = change(builder)
            .start_blocking()
            .expect("the sandbox starts");
        Self { running, gate }
    }

    /// Keeps back all answers to a path after so many.
    fn hold(&self, path: &str, after: u64) -> Held<'_> {
        let mut state = self
            .gate
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *state = State {
            hold: Some((path.to_owned(), after)),
            ..State::default()
        };
        Held(&self.gate)
    }

    /// The program with the addresses and the account in its environment, and nothing stored.
    pub(crate) fn finkit(&self) -> Finkit {
        let mut finkit = self.stranger();
        let account = self.account();
        finkit
            .set("FINKIT_FINFO_USERNAME", &account.username)
            .set("FINKIT_FINFO_PASSWORD", &account.password)
            .set("FINKIT_FINFO_CLIENT_SECRET", &account.client_secret);
        finkit
    }

    /// The program with the addresses alone.
    fn stranger(&self) -> Finkit {
        let mut finkit = Finkit::new();
        finkit
            .set("FINKIT_FINFO_URL", &self.url())
            .set("FINKIT_FINFO_REALM", &self.realm());
        finkit
    }

    /// Edits what the service knows, as of an hour ago: a run ends its period with the second of its start, and the next
    /// one begins a day before that.
    pub(crate) fn earlier(&self, edit: impl FnOnce(&mut Stock)) {
        let moment = self.now() - TimeDelta::hours(1);
        self.edit(|stock| edit(stock.at(moment)));
    }

    /// Requests to paths that begin so.
    fn asked(&self, path: &str) -> usize {
        let requests = self.requests();
        requests
            .iter()
            .filter(|request| request.path.starts_with(path))
            .count()
    }
}

/// The first line of this type.
#[track_caller]
fn line(ran: &Ran, kind: &str) -> Value {
    let lines = lines(ran, kind);
    lines
        .into_iter()
        .next()
        .unwrap_or_else(|| panic!("no line {kind}\n{}\n{}", ran.out, ran.err))
}

fn lines(ran: &Ran, kind: &str) -> Vec<Value> {
    let mut lines = ran.json();
    lines.retain(|line| line["type"] == kind);
    lines
}

/// Everything that a catalogue says of its rows, apart from when it was read.
fn rows(finkit: &Finkit) -> Vec<String> {
    let ran = finkit.run(&["finfo", "find", "--limit", "10000", "2", "--format", "json"]);
    let mut rows: Vec<String> = lines(&ran, "finfo-found")
        .into_iter()
        .map(|line| {
            format!(
                "{} {} {} {}",
                line["supplier"], line["article"], line["agreement"], line["row"]
            )
        })
        .collect();
    rows.sort();
    rows
}

#[test]
fn from_credentials_to_a_catalogue_that_follows() {
    let service = Finfo::start();
    let finkit = service.stranger();
    let account = service.account();
    let typed = format!("{}\n{}\n", account.client_secret, account.password);
    let login = ["finfo", "login", "--username", &account.username, "--stdin"];
    let ran = finkit.run_with(&login, &typed).expect(0);
    assert!(
        ran.out.contains("Logged in as reseller@example.test"),
        "{}",
        ran.out
    );

    let ran = finkit.run(&["finfo", "sync", "--format", "json"]).expect(0);
    let sum = line(&ran, "finfo-sync");
    assert_eq!(
        (&sum["new"], &sum["tokens"], &sum["complete"]),
        (&32.into(), &0.into(), &2.into())
    );
    let supplier = line(&ran, "finfo-supplier");
    assert_eq!(
        (&supplier["name"], &supplier["read"]),
        (&"Fäste AB".into(), &"everything".into())
    );

    // An article is found by any of its words, in either case.
    let article = service.edit(|stock| stock.articles(FASTE)[3]);
    service.earlier(|stock| {
        stock.set(
            article,
            "supplierArticleName1",
            Some("\"Ångbåtsskruv 4,2x55\""),
        );
    });
    let ran = finkit.run(&["finfo", "sync", "--format", "json"]).expect(0);
    let sum = line(&ran, "finfo-sync");
    assert_eq!(
        (&sum["new"], &sum["changed"], &sum["tokens"]),
        (&0.into(), &1.into(), &0.into())
    );
    let read = lines(&ran, "finfo-supplier");
    assert!(
        read.iter().all(|line| line["read"] == "changes"),
        "{read:?}"
    );
    for words in [&["ångbåts"][..], &["ÅNGBÅTSSKRUV", "4,2x55"]] {
        let ran = finkit.run(&[&["finfo", "find"], words].concat()).expect(0);
        assert!(ran.out.contains(&article.to_string()), "{}", ran.out);
        assert!(ran.out.contains("Ångbåtsskruv"), "{}", ran.out);
    }
    finkit.run(&["finfo", "find", "angbatsskruv"]).expect(1);

    let ran = finkit
        .run(&["finfo", "changes", "--format", "json"])
        .expect(0);
    let log = lines(&ran, "finfo-change");
    assert_eq!(log.len(), 33);
    let last = &log[32];
    assert_eq!(
        (&last["kind"], &last["article"]),
        (&"changed".into(), &article.to_string().into())
    );
    assert_eq!(last["fields"][0]["new"], "Ångbåtsskruv 4,2x55");
    let end = line(&ran, "finfo-changes")["last"].to_string();
    let ran = finkit
        .run(&["finfo", "changes", "--since", &end, "--format", "json"])
        .expect(0);
    assert_eq!(line(&ran, "finfo-changes")["entries"], 0);
    assert_eq!(line(&ran, "finfo-changes")["last"].to_string(), end);

    let grants = service.grants();
    assert_eq!(
        (grants.password, grants.refresh, grants.needless),
        (1, 0, 0)
    );
    let ran = finkit
        .run(&["finfo", "status", "--format", "json"])
        .expect(0);
    let status = line(&ran, "finfo-status");
    assert_eq!(
        (&status["password_stored"], &status["token_usable"]),
        (&true.into(), &true.into())
    );
    let standing = lines(&ran, "finfo-standing");
    assert_eq!(standing.len(), 2);
    assert_eq!(
        (&standing[0]["rows"], &standing[0]["failure"]),
        (&25.into(), &Value::Null)
    );
    assert!(standing[0]["complete_to"].is_string());
    assert_eq!(line(&ran, "finfo-catalogue")["lease"], Value::Null);
}

#[test]
fn twenty_runs_in_a_row_take_one_password_grant() {
    let service = Finfo::start();
    let finkit = service.finkit();
    for number in 0..20 {
        match number % 4 {
            0 => finkit.run(&["finfo", "sync"]),
            1 => finkit.run(&["finfo", "call", "/v1.0/suppliers/mysuppliers"]),
            2 => finkit.run(&["finfo", "suppliers"]),
            _ => finkit.run(&["finfo", "sync", "--dry-run"]),
        }
        .expect(0);
    }
    let grants = service.grants();
    assert_eq!(
        (
            grants.password,
            grants.refresh,
            grants.needless,
            grants.refused
        ),
        (1, 0, 0, 0)
    );
}

#[test]
fn a_second_run_says_that_the_first_is_still_going() {
    let service = Finfo::start();
    let finkit = service.finkit();
    let held = service.hold("/v2.2/article", 0);
    let first = finkit.start(&["finfo", "sync", "--format", "json"]);
    held.reached();
    for arguments in [
        &["finfo", "sync"][..],
        &["finfo", "sync", "--full"],
        &["finfo", "verify"],
        &["finfo", "media", "sync"],
    ] {
        let ran = finkit.run(arguments).expect_failure(7);
        assert!(
            ran.err.contains("another run is still going"),
            "{}",
            ran.err
        );
        assert!(
            ran.err.contains(&format!("process {}", first.id())),
            "{}",
            ran.err
        );
    }
    assert_eq!(service.asked("/v1.0/suppliers"), 1, "nothing was asked for");
    assert_eq!(service.grants().password, 1);
    let ran = finkit
        .run(&["finfo", "status", "--format", "json"])
        .expect(0);
    assert_eq!(
        line(&ran, "finfo-catalogue")["lease"]["process"],
        first.id()
    );
    drop(held);
    let ran = first.end().expect(0);
    assert_eq!(line(&ran, "finfo-sync")["new"], 32);
    finkit.run(&["finfo", "sync"]).expect(0);
}

#[test]
fn a_run_that_was_killed_is_gone_on_with_to_the_same_catalogue() {
    let service = Finfo::start();
    let undisturbed = service.finkit();
    undisturbed.settings("[profile.default.finfo]\npage_size = 4\npages_ahead = 2\n");
    undisturbed.run(&["finfo", "sync"]).expect(0);
    let expected = rows(&undisturbed);
    assert_eq!(expected.len(), 32);
    for after in [0, 1, 3, 6, 9] {
        let finkit = service.finkit();
        finkit.settings("[profile.default.finfo]\npage_size = 4\npages_ahead = 2\n");
        let held = service.hold("/v2.2/article", after);
        let running = finkit.start(&["finfo", "sync"]);
        held.reached();
        // Dropped, it is killed.
        drop(running);
        drop(held);
        service.revoke_tokens();
        let ran = finkit.run(&["finfo", "sync", "--format", "json"]).expect(0);
        assert_eq!(line(&ran, "finfo-sync")["complete"], 2);
        assert_eq!(rows(&finkit), expected, "killed after {after} pages");
    }
}

#[test]
fn a_failed_supplier_does_not_stop_the_others_and_is_caught_up() {
    let service = Finfo::start();
    let finkit = service.finkit();
    service.edit(|stock| {
        stock.order(OGLA, false);
    });
    let ran = finkit
        .run(&[
            "finfo",
            "sync",
            "--supplier",
            FASTE,
            "--supplier",
            OGLA,
            "--format",
            "json",
        ])
        .expect(1);
    let states: Vec<_> = lines(&ran, "finfo-supplier")
        .iter()
        .map(|line| line["state"].clone())
        .collect();
    assert_eq!(states, ["complete", "failed"]);
    assert!(ran.err.contains(OGLA), "{}", ran.err);
    // Alone it is the whole run that failed.
    finkit.run(&["finfo", "sync", "--supplier", OGLA]).expect(4);
    let ran = finkit.run(&["finfo", "status"]).expect(0);
    assert!(ran.out.contains("failed"), "{}", ran.out);
    service.edit(|stock| {
        stock.order(OGLA, true);
    });
    let ran = finkit.run(&["finfo", "sync", "--format", "json"]).expect(0);
    assert_eq!(line(&ran, "finfo-sync")["new"], 7);
}

#[test]
fn differences_are_found_and_repaired() {
    let service = Finfo::start();
    let finkit = service.finkit();
    finkit.run(&["finfo", "sync"]).expect(0);
    finkit.run(&["finfo", "verify"]).expect(0);
    finkit.run(&["finfo", "verify", "--rows"]).expect(0);
    // Removed articles are not told by the change feed.
    let article = service.edit(|stock| stock.articles(OGLA)[2]);
    service.edit(|stock| {
        stock.remove_article(article);
    });
    finkit.run(&["finfo", "sync"]).expect(0);
    let ran = finkit
        .run(&["finfo", "verify", "--rows", "--format", "json"])
        .expect(1);
    let lines = lines(&ran, "finfo-verify");
    assert_eq!(
        (&lines[0]["agrees"], &lines[1]["extra"]),
        (&true.into(), &1.into())
    );
    finkit.run(&["finfo", "verify", "--repair"]).expect(0);
    finkit.run(&["finfo", "verify", "--rows"]).expect(0);
    let ran = finkit
        .run(&["finfo", "show", &article.to_string()])
        .expect(0);
    assert!(ran.out.contains("no longer listed"), "{}", ran.out);
}

#[test]
fn a_dry_run_and_a_backfill_move_no_watermark() {
    let service = Finfo::start();
    let finkit = service.finkit();
    let ran = finkit.run(&["finfo", "sync", "--dry-run"]).expect(0);
    assert!(ran.out.contains("it would take 3 requests"), "{}", ran.out);
    finkit.run(&["finfo", "find", "skruv"]).expect_failure(7);
    finkit.run(&["finfo", "sync"]).expect(0);
    let standing = || {
        let ran = finkit
            .run(&["finfo", "status", "--format", "json"])
            .expect(0);
        line(&ran, "finfo-standing")["complete_to"].clone()
    };
    let before = standing();
    let backfill = [
        "finfo",
        "sync",
        "--from",
        "2000-01-01",
        "--until",
        "2000-02-01",
        "--format",
        "json",
    ];
    let ran = finkit.run(&backfill).expect(0);
    assert_eq!(line(&ran, "finfo-supplier")["state"], "backfilled");
    assert_eq!(standing(), before);
    for wrong in [
        &["--from", "2000-02-01", "--until", "2000-01-01"][..],
        &["--from", "2000-01-01"],
        &["--since", "yesterday"],
        &["--full", "--since", "2000-01-01"],
        &["--dataset", "prices"],
        &["--supplier", "a b"],
    ] {
        finkit.run(&[&["finfo", "sync"], wrong].concat()).expect(2);
    }
}

#[test]
fn the_doctor_looks_at_the_catalogue() {
    let service = Finfo::start();
    let finkit = service.finkit();
    let health = || {
        let ran = finkit.run(&["doctor", "--format", "json"]);
        let mut lines = lines(&ran, "finding");
        lines.retain(|line| line["what"] == "catalogue");
        lines.first().map(|line| (ran.code, line["health"].clone()))
    };
    assert_eq!(health(), None);
    finkit.run(&["finfo", "sync"]).expect(0);
    assert_eq!(health(), Some((0, "good".into())));
    let file = finkit
        .home()
        .join("profiles/default/finfo/catalogue.sqlite");
    std::fs::write(&file, "not a catalogue").expect("written");
    assert_eq!(health(), Some((7, "bad".into())));
    finkit.run(&["finfo", "find", "skruv"]).expect_failure(7);
}

#[test]
fn a_wrong_login_ends_in_three_and_is_not_tried_again() {
    let service = Finfo::start();
    let mut finkit = service.finkit();
    finkit.set("FINKIT_FINFO_PASSWORD", "not-the-password");
    for arguments in [
        &["finfo", "login"][..],
        &["finfo", "sync"],
        &["finfo", "suppliers"],
        &["finfo", "sync"],
    ] {
        finkit.run(arguments).expect_failure(3);
    }
    assert_eq!(service.grants().refused, 1);
    let right = service.account().password;
    finkit.set("FINKIT_FINFO_PASSWORD", &right);
    finkit
        .run(&["finfo", "login", "--url", "https://other.example.test/"])
        .expect_failure(2);
    let nobody = Finkit::new();
    let ran = nobody.run(&["finfo", "sync"]).expect_failure(2);
    assert!(ran.err.contains("FINKIT_FINFO_URL"), "{}", ran.err);
    finkit.unset("FINKIT_FINFO_REALM");
    finkit.run(&["finfo", "sync"]).expect_failure(2);
}
