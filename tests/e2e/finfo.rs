//! Finfo from the command line: one account, one token, a catalogue that follows the service.

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
fn numbers_of_before_and_replacements_are_followed() {
    let service = Finfo::start();
    let finkit = service.finkit();
    let articles = service.edit(|stock| stock.articles(FASTE));
    let (renumbered, old, middle, new) = (articles[0], articles[1], articles[2], articles[3]);
    service.earlier(|stock| {
        for (article, number) in [
            (renumbered, "FORMER-1"),
            (old, "OLD-1"),
            (middle, "MID-1"),
            (new, "NEW-1"),
        ] {
            stock.set(
                article,
                "supplierArticleNumber",
                Some(&format!("{number:?}")),
            );
        }
        stock.renumber(renumbered, "PRESENT-1");
        stock.discontinue(old, Some("MID-1"));
        stock.discontinue(middle, Some("NEW-1"));
    });
    finkit.run(&["finfo", "sync"]).expect(0);
    // By the number that it had before.
    let ran = finkit
        .run(&[
            "finfo",
            "show",
            &format!("{FASTE}/FORMER-1"),
            "--format",
            "json",
        ])
        .expect(0);
    assert_eq!(
        line(&ran, "finfo-article")["article"],
        renumbered.to_string()
    );
    assert_eq!(line(&ran, "finfo-relation")["relation"], "former-number");

    let ran = finkit
        .run(&["finfo", "show", &old.to_string(), "--format", "json"])
        .expect(0);
    let chain: Vec<_> = lines(&ran, "finfo-relation")
        .iter()
        .map(|line| line["article"].clone())
        .collect();
    assert_eq!(chain, [middle.to_string(), new.to_string()]);
    let ran = finkit.run(&["finfo", "show", &new.to_string()]).expect(0);
    assert!(
        ran.out.contains(&format!("Replaces: MID-1  {middle}")),
        "{}",
        ran.out
    );
    let ran = finkit
        .run(&["finfo", "show", &new.to_string(), "--lang", "de"])
        .expect(0);
    assert!(ran.out.contains("Ersetzt: MID-1"), "{}", ran.out);

    // Two that replace each other are shown once each.
    service.earlier(|stock| {
        stock.discontinue(new, Some("OLD-1"));
    });
    finkit.run(&["finfo", "sync"]).expect(0);
    let ran = finkit
        .run(&["finfo", "show", &old.to_string(), "--format", "json"])
        .expect(0);
    assert_eq!(
        lines(&ran, "finfo-relation")
            .iter()
            .filter(|line| line["relation"] == "replaced-by")
            .count(),
        3
    );
    finkit.run(&["finfo", "show", "999999999"]).expect(1);
    finkit.run(&["finfo", "show", "screw"]).expect_failure(2);
}

#[test]
fn an_article_of_two_agreements_is_shown_in_both() {
    let service = Finfo::start();
    let finkit = service.finkit();
    let article = service.edit(|stock| stock.articles(OGLA)[0]);
    service.earlier(|stock| {
        stock.add_agreement(article, "agreementNumber", Some("A-17"));
    });
    let ran = finkit.run(&["finfo", "sync", "--format", "json"]).expect(0);
    assert_eq!(line(&ran, "finfo-sync")["new"], 33);
    let ran = finkit
        .run(&["finfo", "show", &article.to_string(), "--format", "json"])
        .expect(0);
    assert_eq!(lines(&ran, "finfo-article").len(), 2);
    let ran = finkit
        .run(&["finfo", "article", &article.to_string(), "--format", "json"])
        .expect(0);
    assert_eq!(lines(&ran, "finfo-row").len(), 2);
}

#[test]
fn the_catalogue_is_exported_whole_by_supplier_and_by_what_changed() {
    let service = Finfo::start();
    let finkit = service.finkit();
    finkit.run(&["finfo", "sync"]).expect(0);
    let file = |name: &str| finkit.home().join(name).to_str().expect("UTF-8").to_owned();
    let export = |name: &str, more: &[&str]| {
        let path = file(name);
        let ran = finkit
            .run(&[&["finfo", "export", &path, "--format", "json"], more].concat())
            .expect(0);
        (
            path,
            line(&ran, "finfo-export")["rows"].as_u64().expect("rows"),
        )
    };
    let (csv, rows) = export("all.csv", &[]);
    assert_eq!(rows, 32);
    let text = std::fs::read_to_string(&csv).expect("a file");
    assert!(
        text.starts_with("supplier,article,agreement,finfoArticleId,"),
        "{}",
        &text[..80]
    );
    let (jsonl, _) = export("all.jsonl", &[]);
    let text = std::fs::read_to_string(&jsonl).expect("a file");
    assert_eq!(text.lines().count(), 32);
    // Prices keep their digits.
    let price = service.edit(|stock| stock.rows(FASTE)[0].clone());
    let price = price.split("\"basePrice\":").nth(1).expect("a price");
    let price = price.split([',', '}']).next().expect("a price");
    assert!(
        text.lines()
            .next()
            .expect("a line")
            .contains(&format!("\"basePrice\":\"{price}\",")),
        "{price}\n{text}"
    );
    assert_eq!(export("one.csv", &["--supplier", OGLA]).1, 7);
    assert_eq!(
        export("two.csv", &["--supplier", OGLA, "--supplier", FASTE]).1,
        32
    );
    let (few, _) = export("few.csv", &["--columns", "article,basePrice", "--json"]);
    assert!(
        std::fs::read_to_string(few)
            .expect("a file")
            .starts_with("article,basePrice,json\n")
    );
    finkit
        .run(&[
            "finfo",
            "export",
            &file("none.csv"),
            "--columns",
            "article,colour",
        ])
        .expect(2);
    assert_eq!(export("new.csv", &["--since", "2999-01-01"]).1, 0);
    for (name, magic) in [("all.xlsx", &b"PK\x03\x04"[..]), ("all.parquet", b"PAR1")] {
        let (path, rows) = export(name, &[]);
        assert_eq!(rows, 32);
        assert!(
            std::fs::read(&path).expect("a file").starts_with(magic),
            "{name}"
        );
    }
    // What is there stays unless it may be replaced.
    finkit.run(&["finfo", "export", &csv]).expect_failure(2);
    finkit
        .run(&["finfo", "export", &csv, "--overwrite", "--supplier", OGLA])
        .expect(0);
    finkit
        .run(&["finfo", "export", &file("articles")])
        .expect_failure(2);
    let ran = finkit
        .run(&["finfo", "export", "-", "--to", "jsonl"])
        .expect(0);
    assert_eq!(ran.out.lines().count(), 32);
}

#[test]
fn any_path_is_called_with_the_token_and_all_pages_are_followed() {
    let service = Finfo::start();
    let finkit = service.finkit();
    let supplier = format!("finfoSupplierId={FASTE}");
    let ran = finkit
        .run(&[
            "finfo",
            "call",
            "v2.2/article",
            &supplier,
            "offset=0",
            "limit=10",
        ])
        .expect(0);
    assert_eq!(ran.out.lines().count(), 10);
    let ran = finkit
        .run(&[
            "finfo",
            "call",
            "/v2.2/article",
            &supplier,
            "--all",
            "--page-size",
            "4",
        ])
        .expect(0);
    let expected = service.edit(|stock| stock.rows(FASTE));
    assert_eq!(ran.out.lines().collect::<Vec<_>>(), expected);
    for path in [
        "https://evil.example.test/",
        "/../secret",
        "//evil.example.test/",
    ] {
        finkit.run(&["finfo", "call", path]).expect_failure(2);
    }
    finkit
        .run(&["finfo", "call", "/v9.9/nothing"])
        .expect_failure(4);
    finkit
        .run(&["finfo", "call", "/v2.2/article", "noequals"])
        .expect(2);
}

#[test]
fn pictures_are_fetched_once_without_the_token() {
    let service = Finfo::start();
    let finkit = service.finkit();
    // The sandbox is no public address, so nothing is fetched from it unless the settings say so.
    let ran = finkit
        .run(&["finfo", "media", "sync", "--download", "--format", "json"])
        .expect(1);
    let first = line(&ran, "finfo-media");
    assert_eq!(first["fetched"], 0);
    assert!(
        first["missed"].as_u64().is_some_and(|missed| missed > 0),
        "{first}"
    );
    let address = service.url();
    finkit.settings(&format!(
        "[profile.default.finfo]\nmedia_also = [\"{address}\"]\n"
    ));
    let download = [
        "finfo",
        "media",
        "sync",
        "--download",
        "--retry",
        "--format",
        "json",
    ];
    let ran = finkit.run(&download).expect(0);
    let fetched = line(&ran, "finfo-media");
    assert_eq!(fetched["missed"], 0);
    assert!(
        fetched["fetched"]
            .as_u64()
            .is_some_and(|fetched| fetched > 0),
        "{fetched}"
    );
    let sent: Vec<_> = service
        .requests()
        .into_iter()
        .filter(|request| !request.path.starts_with("/v") && !request.path.contains("/protocol/"))
        .collect();
    assert!(!sent.is_empty());
    for request in sent {
        assert!(
            !request.headers.iter().any(|name| name == "authorization"),
            "{}",
            request.path
        );
    }
    let before = service.received();
    let ran = finkit
        .run(&[
            "finfo",
            "media",
            "sync",
            "--download",
            "--files-only",
            "--format",
            "json",
        ])
        .expect(0);
    assert_eq!(line(&ran, "finfo-media")["fetched"], 0);
    assert_eq!(service.received(), before, "nothing is fetched twice");
    // Not every article has pictures; that one has none is a finding.
    let articles = service.edit(|stock| stock.articles(FASTE));
    let runs: Vec<_> = articles
        .iter()
        .map(|article| finkit.run(&["finfo", "media", &article.to_string()]))
        .collect();
    assert!(runs.iter().all(|ran| ran.code <= 1));
    assert!(
        runs.iter()
            .any(|ran| ran.code == 0 && ran.out.contains("heroImage"))
    );
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

#[test]
fn what_the_service_says_steers_no_terminal() {
    let service = Finfo::with(|builder| {
        builder
            .supplier("1", "\u{1b}]0;title\u{7}\u{202e}AB", 1)
            .supplier("2", "=cmd|'/C calc'!A0", 1)
    });
    let finkit = service.finkit();
    let article = service.edit(|stock| stock.articles("1")[0]);
    service.earlier(|stock| {
        stock.set(
            article,
            "supplierArticleName1",
            Some("\"skruv \\u001b[2J\u{9b}31m\u{202e}x\""),
        );
        stock.set(article, "brand", Some("\"=1+1\""));
    });
    let number = article.to_string();
    let media = "finfoSupplierId=1";
    for format in ["human", "json", "csv"] {
        for arguments in [
            &["suppliers"][..],
            &["sync", "--full"],
            &["find", "skruv"],
            &["changes"],
            &["show", &number],
            &["article", &number],
            &["status"],
            &["verify", "--rows"],
            &["call", "/v2.2/article", media, "offset=0", "limit=5"],
        ] {
            let ran = finkit.run(&[&["finfo"], arguments, &["--format", format]].concat());
            let steers = |text: &str| {
                text.chars()
                    .any(|char| char != '\n' && char != '\r' && finkit_tables_steers(char))
            };
            assert!(
                !steers(&ran.out) && !steers(&ran.err),
                "{arguments:?} {format}\n{:?}\n{:?}",
                ran.out,
                ran.err
            );
            if format == "csv" && ran.code == 0 {
                assert!(
                    !ran.out.lines().any(|line| line
                        .split(',')
                        .any(|cell| cell.trim_start_matches('"').starts_with('='))),
                    "{}",
                    ran.out
                );
            }
        }
    }
}

/// Control characters and those that turn the direction of the text.
fn finkit_tables_steers(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[test]
fn no_command_of_finfo_tells_a_secret() {
    const PASSWORD: &str = "Zwölf/Kühe+1 & 3%=Finfo~";
    const CLIENT_SECRET: &str = "Geheim/Klient+2 & 4%=Finfo~";
    let service = Finfo::with(|builder| {
        let mut account = finkit_sandbox::finfo::FinfoAccount::default();
        PASSWORD.clone_into(&mut account.password);
        CLIENT_SECRET.clone_into(&mut account.client_secret);
        builder.account(account).supplier(FASTE, "Fäste AB", 3)
    });
    let mut finkit = service.stranger();
    finkit.set("RUST_LOG", "trace").set("RUST_BACKTRACE", "1");
    let mut secrets = crate::secrets::Secrets::new();
    secrets.add("password", PASSWORD);
    secrets.add("client secret", CLIENT_SECRET);
    let username = service.account().username;
    let typed = format!("{CLIENT_SECRET}\n{PASSWORD}\n");
    let login = ["finfo", "login", "--username", &username, "--stdin", "-vvv"];
    let ran = finkit.run_with(&login, &typed).expect(0);
    secrets.not_in("login", &format!("{}{}", ran.out, ran.err));
    let mut tokens = 0;
    for entry in std::fs::read_dir(finkit.home().join("tokens")).expect("the vault") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a file");
        let Ok(entry) = serde_json::from_str::<Value>(&text) else {
            continue;
        };
        for kind in ["access", "refresh"] {
            if let Some(token) = entry[kind]["token"].as_str() {
                secrets.add(kind, token);
                tokens += 1;
            }
        }
    }
    assert_eq!(tokens, 2, "both tokens are known");
    let out = finkit.home().join("out.csv");
    let out = out.to_str().expect("UTF-8").to_owned();
    let article = service.edit(|stock| stock.articles(FASTE)[0]).to_string();
    let supplier = format!("finfoSupplierId={FASTE}");
    let commands: [&[&str]; 14] = [
        &["suppliers"],
        &["sync", "--dry-run"],
        &["sync"],
        &["sync", "--full"],
        &["verify", "--rows"],
        &["find", "a"],
        &["show", &article],
        &["changes"],
        &["export", &out],
        &["article", &article],
        &["media", &article],
        &["media", "sync", "--download"],
        &["call", "/v2.2/article", &supplier, "--all"],
        &["status"],
    ];
    let mut answered = 0;
    for fault in [
        "",
        "status=401",
        "status=403,body=json",
        "status=404",
        "status=429,retry-after=9999",
        "html",
        "garbage",
        "cut-body",
        "redirect=http://127.0.0.1:9/",
    ] {
        let plan: finkit_sandbox::fault::FaultPlan = fault.parse().expect("a fault");
        service.set_faults(plan);
        for arguments in &commands {
            for format in ["human", "json"] {
                let ran =
                    finkit.run(&[&["finfo"], *arguments, &["-vvv", "--format", format]].concat());
                assert!(
                    (0..=7).contains(&ran.code),
                    "{fault} {arguments:?}: {}",
                    ran.code
                );
                answered += usize::from(ran.code == 0);
                secrets.not_in(
                    &format!("{fault} {}", arguments.join(" ")),
                    &format!("{}{}", ran.out, ran.err),
                );
            }
        }
        if !fault.is_empty() {
            break_off(&service);
        }
    }
    assert!(
        answered > 20,
        "most commands answer without a fault: {answered}"
    );
    service.set_faults(
        "".parse::<finkit_sandbox::fault::FaultPlan>()
            .expect("no fault"),
    );
    let ran = finkit.run(&["finfo", "logout", "-vvv"]).expect(0);
    secrets.not_in("logout", &format!("{}{}", ran.out, ran.err));
    // Nothing of them is left anywhere.
    let mut folders = vec![finkit.home().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let text = std::fs::read(&path).expect("a file");
                    secrets.not_in(&path.display().to_string(), &String::from_utf8_lossy(&text));
                }
            }
        }
    }
}

/// Lets the account go on after a fault.
fn break_off(service: &Finfo) {
    service.suspend(false);
}

#[test]
fn every_command_of_the_readme_section_runs() {
    let readme =
        std::fs::read_to_string(finkit_tests::repository().join("README.md")).expect("the README");
    let section = readme
        .split("\n## ")
        .find(|section| section.starts_with("Finfo:"))
        .expect("the section");
    let blocks: Vec<&str> = section
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap_or(""))
        .collect();
    assert_eq!(blocks.len(), 2);
    let service = Finfo::start();
    let article = service.edit(|stock| stock.articles(FASTE)[0]);
    service.earlier(|stock| {
        stock.set(article, "supplierArticleName1", Some("\"Skruv 4,2x55\""));
    });
    let mut finkit = service.finkit();
    finkit
        .unset("FINKIT_FINFO_URL")
        .unset("FINKIT_FINFO_USERNAME")
        .set("FINFO_URL", &service.url())
        .set("FINFO_USER", &service.account().username);
    // `finkit` by its name, as somebody types it.
    let programs = finkit_tests::program().parent().expect("a folder");
    let path = format!(
        "{}:{}",
        programs.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut commands = 0;
    for line in blocks.concat().lines() {
        let ran: Ran = std::process::Command::new("sh")
            .args(["-euc", line])
            .envs(finkit.environment())
            .env("PATH", &path)
            .current_dir(finkit.home())
            .output()
            .expect("a shell")
            .into();
        assert_eq!(ran.code, 0, "{line}\n{}\n{}", ran.out, ran.err);
        commands += 1;
    }
    assert_eq!(commands, 10);
    let text = |name: &str| std::fs::read_to_string(finkit.home().join(name)).expect("a file");
    assert!(text("sync.jsonl").contains("\"complete\":2"));
    assert!(text("changes.csv").lines().count() > 32);
    assert!(text("changed.csv").lines().count() > 32);
    assert!(text("status.txt").contains("complete"));
    assert_eq!(service.grants().password, 1);
}
