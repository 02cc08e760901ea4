//! The seven operations through the program, in the assumed contract and in others.

use std::collections::BTreeSet;

use finkit_core::Participant;
use finkit_fincheck::contract::Contract;
use finkit_tests::{Finkit, data};

use crate::lines::{self, states};
use crate::support::{PASSWORD, Service, USER, fin, list};

/// The assumed contract without lists: every record and every FIN in a request of its own.
const ONE_BY_ONE: &str =
    "name = \"fincheck/one-by-one\"\nbulk_create = \"absent\"\nbulk_search = \"absent\"\n";

fn renamed() -> String {
    std::fs::read_to_string(data("contract-renamed.toml")).expect("the contract")
}

fn serve(contract: &str) -> (Service, Finkit) {
    let served = Contract::from_toml(contract).unwrap_or_else(|errors| panic!("{errors}"));
    let service = Service::with(|builder| builder.contract(served));
    let mut finkit = service.stranger();
    finkit.file("contract.toml", contract);
    finkit
        .settings("[profile.default.fincheck]\ncontract = \"contract.toml\"\nsettle_seconds = 0\n");
    finkit
        .set("FINKIT_FINCHECK_USERNAME", USER)
        .set("FINKIT_FINCHECK_PASSWORD", PASSWORD);
    (service, finkit)
}

/// The verdicts of a search, and how many reads it cost.
fn search(finkit: &Finkit, arguments: &[&str], code: i32) -> (Vec<String>, u64) {
    let arguments = [&["fincheck", "search"], arguments, &["--format", "json"]].concat();
    let ran = finkit.run(&arguments).expect(code);
    let verdicts: Vec<lines::Search> = lines::all(&ran);
    let summary: lines::SearchSummary = lines::one(&ran);
    (
        verdicts.into_iter().map(|line| line.verdict).collect(),
        summary.reads,
    )
}

fn run(finkit: &Finkit, arguments: &[&str], code: i32) -> lines::Run {
    let arguments = [arguments, &["--yes", "--format", "json"]].concat();
    lines::one(&finkit.run(&arguments).expect(code))
}

/// The whole work of an account, as a person would do it.
fn works_whole(contract: &str) -> Service {
    let (service, mut finkit) = serve(contract);
    let code = service
        .issue_registration_code(Participant::Standard)
        .expect("a code");
    finkit.set("FINKIT_FINCHECK_REGISTRATION_CODE", &code);
    finkit.run(&["fincheck", "register"]).expect(0);
    finkit.run(&["fincheck", "login"]).expect(0);
    let fleet = finkit.file("fleet.csv", list(1, 5));
    finkit.run(&["fincheck", "check", &fleet]).expect(0);

    let one = [fin(1), "--year".into(), "2026".into()];
    let one: Vec<&str> = one.iter().map(String::as_str).collect();
    assert_eq!(search(&finkit, &one, 0), (vec!["free".into()], 1));
    let entered = run(&finkit, &["fincheck", "submit", &fleet], 0);
    assert_eq!(entered.states, states([("created", 5)]));
    assert_eq!(search(&finkit, &one, 1), (vec!["taken".into()], 1));
    assert_eq!(
        search(&finkit, &[&fleet, "--yes"], 1),
        (vec!["taken".into(); 5], 5)
    );
    let mut stored = service.entries().expect("entries");
    assert_eq!(stored.len(), 5, "what was told is what is stored");
    // Requests that are on their way together arrive in any order.
    stored.sort_by(|one, other| one.fin.cmp(&other.fin));
    for (stored, serial) in stored.iter().zip(1..) {
        assert_eq!(stored.fin, fin(serial));
        assert_eq!(stored.start.to_string(), "2026-01-01");
        assert_eq!(stored.end.to_string(), "2026-12-31");
    }

    let deleted = run(
        &finkit,
        &["fincheck", "delete", &fin(1), "2026-01-01", "2026-12-31"],
        0,
    );
    assert_eq!(deleted.states, states([("deleted", 1)]));
    assert_eq!(search(&finkit, &one, 0), (vec!["free".into()], 1));
    let rest = finkit.file("rest.csv", list(2, 4));
    let deleted = run(&finkit, &["fincheck", "delete", &rest], 0);
    assert_eq!(deleted.states, states([("deleted", 4)]));
    assert_eq!(service.own_entries(), 0);
    assert_eq!(service.token_requests(), 1, "one token for all of it");
    finkit.run(&["fincheck", "logout"]).expect(0);
    service
}

fn operations(service: &Service) -> BTreeSet<&'static str> {
    let calls = service.calls();
    assert!(calls.iter().all(|call| call.status < 300), "{calls:?}");
    calls.iter().map(|call| call.operation).collect()
}

#[test]
fn the_assumed_contract_is_spoken_whole() {
    let service = works_whole("");
    assert_eq!(
        operations(&service),
        [
            "register",
            "token",
            "bulk_create",
            "search",
            "bulk_search",
            "delete"
        ]
        .into()
    );
    // The security code goes where it is needed and nowhere else.
    for request in service.requests() {
        let path = request.path.as_str();
        assert_eq!(
            request.has_header("x-security-code"),
            matches!(path, "/create" | "/bulk_create" | "/delete"),
            "{path}"
        );
        assert_eq!(
            request.has_header("authorization"),
            !matches!(path, "/register" | "/token"),
            "{path}"
        );
    }
}

#[test]
fn a_renamed_contract_is_spoken_whole() {
    let service = works_whole(&renamed());
    assert_eq!(
        operations(&service),
        [
            "register",
            "token",
            "bulk_create",
            "search",
            "bulk_search",
            "delete"
        ]
        .into()
    );
    let mut asked: Vec<(String, String)> = service
        .requests()
        .into_iter()
        .map(|request| (request.method, request.path))
        .collect();
    asked.sort();
    asked.dedup();
    let asked: Vec<_> = asked
        .iter()
        .map(|(method, path)| (method.as_str(), path.as_str()))
        .collect();
    assert_eq!(
        asked,
        [
            ("GET", "/suche"),
            ("GET", "/suche/2026"),
            ("POST", "/eintraege"),
            ("POST", "/konto/registrieren"),
            ("POST", "/konto/token"),
            ("POST", "/loeschen"),
        ]
    );
}

#[test]
fn a_service_without_lists_is_asked_record_by_record() {
    let service = works_whole(ONE_BY_ONE);
    assert_eq!(
        operations(&service),
        ["register", "token", "create", "search", "delete"].into()
    );
}

#[test]
fn both_flags_are_false_unless_asked_for() {
    for contract in [String::new(), renamed()] {
        let (service, mut finkit) = serve(&contract);
        let code = service
            .enrol(Participant::Standard, USER, PASSWORD)
            .expect("a new account");
        finkit.set("FINKIT_FINCHECK_SECURITY_CODE", &code);
        for (row, flags) in [
            (1, &[][..]),
            (2, &["--partial"]),
            (3, &["--allow-overlap"]),
            (4, &["--partial", "--allow-overlap"]),
        ] {
            let path = finkit.file("list.csv", list(row, 1));
            let submit = [&["fincheck", "submit", &path][..], flags].concat();
            run(&finkit, &submit, 0);
        }
        let sent: Vec<_> = service
            .calls()
            .iter()
            .filter(|call| call.operation == "bulk_create")
            .map(|call| {
                (
                    call.commit_on_partial_success,
                    call.commit_on_overlapping_dates,
                )
            })
            .collect();
        assert_eq!(
            sent,
            [(false, false), (true, false), (false, true), (true, true)]
        );
    }
}

#[test]
fn overlaps_with_another_company_are_told_and_entered_only_when_asked_for() {
    let service = Service::start();
    let finkit = service.standard();
    service
        .enrol(Participant::Standard, "other", "other-Password-1")
        .expect("another company");
    let record = finkit_core::FinRecord {
        fin: fin(2).parse().expect("a FIN"),
        period: "2026-06-01/2026-08-31".parse().expect("a period"),
        registered_at: "2025-10-01T12:00:00+02:00".parse().expect("a time"),
    };
    service.plant("other", &[record]).expect("planted");
    let fleet = finkit.file("fleet.csv", list(1, 3));

    // All or nothing: one overlap keeps the whole request out.
    let whole = run(&finkit, &["fincheck", "submit", &fleet], 1);
    assert_eq!(whole.states, states([("overlapping", 1), ("rejected", 2)]));
    assert_eq!(service.own_entries(), 0);

    let partial = run(&finkit, &["fincheck", "submit", &fleet, "--partial"], 1);
    assert_eq!(partial.states, states([("created", 2), ("overlapping", 1)]));
    let ran = finkit
        .run(&["fincheck", "report", &partial.job.to_string()])
        .expect(0);
    assert!(
        ran.out.contains("another company's") && ran.out.contains("2026-06-01"),
        "{}",
        ran.out
    );

    let anyway = run(
        &finkit,
        &["fincheck", "submit", &fleet, "--partial", "--allow-overlap"],
        0,
    );
    assert_eq!(
        anyway.states,
        states([("already-entered", 2), ("created", 1)])
    );
    assert_eq!(service.own_entries(), 3);
}

#[test]
fn a_search_tells_free_and_taken_by_the_period_of_the_row() {
    let service = Service::start();
    let finkit = service.standard();
    let record = |serial: u32, period: &str| finkit_core::FinRecord {
        fin: fin(serial).parse().expect("a FIN"),
        period: period.parse().expect("a period"),
        registered_at: "2025-10-01T12:00:00+02:00".parse().expect("a time"),
    };
    service
        .plant(
            USER,
            &[
                record(1, "2026-01-01/2026-03-31"),
                record(2, "2026-06-30/2026-12-31"),
            ],
        )
        .expect("planted");
    let path = finkit.file(
        "list.csv",
        format!(
            "fin;von;bis\n{};01.04.2026;31.12.2026\n{};01.01.2026;30.06.2026\n{};01.01.2026;31.12.2026\n",
            fin(1),
            fin(2),
            fin(3)
        ),
    );
    assert_eq!(
        search(&finkit, &[&path, "--yes"], 1),
        (vec!["free".into(), "taken".into(), "free".into()], 3)
    );
    assert_eq!(service.billed().0, 3);
}

#[test]
fn a_contract_that_is_not_sound_is_told_before_anything_is_sent() {
    let service = Service::start();
    let finkit = service.standard();
    finkit.settings("[profile.default.fincheck]\ncontract = \"contract.toml\"\n");
    for contract in [
        "no toml at all",
        "[search]\npath = \"no slash\"\n",
        "[serach]\npath = \"/search\"\n",
        "[delete]\nsecurity_code = \"query:code\"\n",
    ] {
        finkit.file("contract.toml", contract);
        let ran = finkit
            .run(&["fincheck", "search", &fin(1), "--year", "2026"])
            .expect(2);
        assert!(ran.err.contains("contract.toml"), "{}", ran.err);
    }
    finkit.settings("[profile.default.fincheck]\ncontract = \"nowhere.toml\"\n");
    finkit
        .run(&["fincheck", "search", &fin(1), "--year", "2026"])
        .expect(2);
    assert_eq!(service.connections(), 0);
}

#[test]
fn a_contract_that_cannot_be_used_is_told_with_a_remedy() {
    let finkit = Service::start().standard();
    finkit.settings("[profile.default.fincheck]\ncontract = \"contract.toml\"\n");
    let search = ["fincheck", "search", &fin(1), "--year", "2026"];
    finkit.run(&search).expect_failure(2);
    finkit.file("contract.toml", "[serach]\n");
    finkit.run(&search).expect_failure(2);
}
