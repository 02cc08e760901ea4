//! `finkit fincheck contract`: dialects of made-up services adopted and the whole job run in each, questions settled by pasting, and a
//! service's change seen before anything is billed.

use std::path::{Path, PathBuf};

use finkit_fincheck::contract::Contract;
use finkit_tests::{Finkit, repository};
use serde_json::Value;

use crate::support::{self, Service};

fn dialects(folder: &str) -> Vec<PathBuf> {
    let folder = repository().join("crates/fincheck/tests").join(folder);
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    all.sort();
    all
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn dialect(name: &str) -> PathBuf {
    repository()
        .join("crates/fincheck/tests/dialects")
        .join(name)
}

/// The sandbox in a contract, with the program and an account.
fn serving(contract: &Contract) -> (Service, Finkit) {
    let contract = contract.clone();
    let service = Service::with(|builder| builder.contract(contract));
    let finkit = service.standard();
    (service, finkit)
}

/// Adopts a document and gives the contract that was written.
fn adopt(finkit: &Finkit, document: &Path) -> Contract {
    let out = finkit.home().join("adopted.toml");
    finkit
        .run(&[
            "fincheck",
            "contract",
            "adopt",
            text(document),
            "--out",
            text(&out),
            "--overwrite",
        ])
        .expect(0);
    let toml = std::fs::read_to_string(out).expect("it was written");
    Contract::from_toml(&toml).expect("sound")
}

#[test]
fn the_whole_job_runs_in_every_dialect() {
    let all = dialects("dialects");
    assert!(all.len() >= 12, "{}", all.len());
    let mut results = Vec::new();
    for document in all {
        let finkit = Finkit::new();
        let contract = adopt(&finkit, &document);
        assert!(contract.document.digest.is_some() && contract.document.date.is_some());
        let file = finkit.home().join("adopted.toml");
        let ran = finkit
            .run(&["demo", "--contract", text(&file), "--format", "json"])
            .expect(0);
        let result: Value = ran
            .json()
            .into_iter()
            .find(|line| line["type"] == "demo")
            .expect("the result of the FINcheck job");
        results.push((document, result));
    }
    // Whatever the service calls things: the same entries, the same reads and writes.
    for (document, result) in &results[1..] {
        for count in ["entries", "reads", "writes"] {
            assert_eq!(
                result[count], results[0].1[count],
                "{count} in {document:?}"
            );
        }
    }
}

#[test]
fn a_comparison_says_what_differs_by_its_exit_code() {
    let finkit = Finkit::new();
    let check = |name: &str| finkit.run(&["fincheck", "contract", "check", text(&dialect(name))]);
    let same = check("plain_v2.json").expect(0);
    assert!(same.out.contains("search.answer.found"), "{}", same.out);
    let other = check("german_v1.json").expect(1);
    assert!(other.out.contains("GET /suchen"), "{}", other.out);
    let nothing = finkit.home().join("nothing.json");
    finkit
        .run(&["fincheck", "contract", "check", text(&nothing)])
        .expect(2);
    std::fs::write(&nothing, "{\"openapi\": \"2.0\"}").expect("writable");
    finkit
        .run(&["fincheck", "contract", "check", text(&nothing)])
        .expect(2);
}

#[test]
fn ambiguous_documents_are_refused_with_lines_that_settle_them_when_pasted() {
    let all = dialects("ambiguous");
    assert!(all.len() >= 4, "{}", all.len());
    for document in all {
        let finkit = Finkit::new();
        let out = finkit.home().join("adopted.toml");
        let answers = finkit.home().join("answers.toml");
        std::fs::write(&answers, "").expect("writable");
        let arguments = [
            "fincheck",
            "contract",
            "adopt",
            text(&document),
            "--out",
            text(&out),
            "--answers",
            text(&answers),
        ];
        let refused = finkit.run(&arguments).expect(2);
        assert!(!out.exists(), "{document:?}");
        let (_, lines) = refused.out.split_once("--answers:\n").expect("the lines");
        std::fs::write(&answers, lines).expect("writable");
        let again = finkit.run(&arguments);
        assert_eq!(
            again.code, 0,
            "{document:?}\n{lines}\n{}\n{}",
            again.out, again.err
        );
        Contract::from_toml(&std::fs::read_to_string(&out).expect("written")).expect("sound");
    }
}

#[test]
fn the_adopted_file_is_the_profiles_contract_and_is_not_replaced_unasked() {
    let finkit = Finkit::new();
    let document = dialect("german_v2.json");
    let arguments = ["fincheck", "contract", "adopt", text(&document)];
    finkit.run(&arguments).expect(0);
    finkit.run(&arguments).expect(2);
    // The profile speaks it from now on.
    finkit
        .run(&["fincheck", "contract", "check", text(&document)])
        .expect(0);
}

#[test]
fn a_change_of_the_document_stops_the_next_run_before_anything_is_billed() {
    let before = Contract::assumed();
    let (first, mut finkit) = serving(&before);
    let address = format!("{}/openapi.json", first.url());
    finkit
        .run(&["fincheck", "contract", "adopt", &address])
        .expect(0);
    let fin = support::fin(1);
    let search = ["fincheck", "search", &fin, "--year", "2026"];
    finkit.run(&search).expect(0);
    assert_eq!(first.billed(), (1, 0));
    assert_eq!(
        first.seen("/openapi.json"),
        2,
        "adopted, and looked at once"
    );
    finkit.run(&search).expect(0);
    assert_eq!(first.seen("/openapi.json"), 2, "once a day");

    // The service has moved, and its boolean has another name.
    let after = Contract::from_toml("[search.answer]\nfound = \"hit\"\n").expect("sound");
    let second = Service::with(|builder| builder.contract(after));
    let code = second
        .enrol(
            finkit_core::Participant::Standard,
            support::USER,
            support::PASSWORD,
        )
        .expect("new");
    finkit
        .set("FINKIT_FINCHECK_URL", &second.url())
        .set("FINKIT_FINCHECK_SECURITY_CODE", &code);
    let stopped = finkit.run(&search).expect(2);
    assert!(stopped.err.contains("has changed"), "{}", stopped.err);
    assert!(
        stopped.err.contains("search.answer.found"),
        "{}",
        stopped.err
    );
    let list = finkit.file("fleet.csv", support::list(1, 3));
    finkit
        .run(&["fincheck", "submit", &list, "--yes"])
        .expect(2);
    assert_eq!(second.billed(), (0, 0));
    assert_eq!(second.token_requests(), 0, "not even a token");

    // The switch turns the look off.
    finkit.settings("[profile.default.fincheck]\nsettle_seconds = 0\ncheck_document = false\n");
    let seen = second.seen("/openapi.json");
    finkit.run(&search);
    assert_eq!(second.seen("/openapi.json"), seen);
}

#[test]
fn a_service_without_a_document_is_not_kept_from_work() {
    let (service, finkit) = serving(&Contract::assumed());
    let document = dialect("plain_v2.json");
    finkit
        .run(&["fincheck", "contract", "adopt", text(&document)])
        .expect(0);
    service.fault("status=404:first=1");
    let fin = support::fin(2);
    let ran = finkit
        .run(&["fincheck", "search", &fin, "--year", "2026"])
        .expect(0);
    assert!(ran.err.contains("offers no document"), "{}", ran.err);
    assert_eq!(service.billed(), (1, 0));
}
