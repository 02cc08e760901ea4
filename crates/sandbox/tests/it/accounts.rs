//! Registration, tokens, permissions and counters.

use chrono::TimeDelta;
use finkit_core::Participant;
use finkit_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::http::{Reply, Send};
use crate::service::{self, A, B, Service, record};

fn register(service: &Service, code: &str, username: &str) -> Reply {
    let body = json!({"registration_code": code, "username": username, "password": "pw"});
    service
        .client()
        .ok(Send::new("POST", "/register").json(&body))
}

fn code(service: &Service, kind: Participant) -> String {
    let codes = service.running.registration_codes().unwrap();
    let found = codes.iter().find(|c| c.participant == kind && !c.used);
    found.unwrap().code.clone()
}

#[test]
fn a_code_makes_one_account_and_its_security_code() {
    let service = service::plain();
    let code = code(&service, Participant::Standard);
    let reply = register(&service, &code, "acme");
    assert_eq!(reply.status, 200);
    let security_code = reply.json()["security_code"].as_str().unwrap().to_owned();
    assert_eq!(security_code.len(), 32);
    assert_eq!(service.token("acme", "pw").status, 200);

    let again = register(&service, &code, "other");
    assert_eq!(again.status, 400);
    assert_eq!(
        again.json()["detail"],
        "Registration code has already been used"
    );
    assert_eq!(register(&service, "standard-0000", "other").status, 400);
    assert_eq!(service.token("other", "pw").status, 401);
}

#[test]
fn a_taken_name_leaves_the_code_unused() {
    let service = service::plain();
    let first = code(&service, Participant::Standard);
    assert_eq!(register(&service, &first, "acme").status, 200);
    let second = service
        .running
        .issue_registration_code(Participant::Reader)
        .unwrap();
    assert_eq!(register(&service, &second, "acme").status, 409);
    assert_eq!(register(&service, &second, "reader").status, 200);
}

#[test]
fn the_kind_of_the_code_is_the_kind_of_the_participant() {
    let service = service::plain();
    for kind in Participant::ALL {
        assert_eq!(
            register(&service, &code(&service, kind), kind.as_str()).status,
            200
        );
    }
    assert!(service.running.counters("standard").unwrap().is_some());
    assert!(service.running.counters("reader").unwrap().is_some());
    assert_eq!(service.running.counters("incognito").unwrap(), None);
}

#[test]
fn passwords_are_compared_whole_and_in_every_alphabet() {
    let service = service::plain();
    let password = "Grüße & 100 % +Zeichen=";
    service
        .running
        .enrol(Participant::Standard, "acme", password)
        .unwrap();
    assert_eq!(service.token("acme", password).status, 200);
    for wrong in ["", "Grüße", "grüße & 100 % +zeichen="] {
        assert_ne!(service.token("acme", wrong).status, 200);
    }
    assert_eq!(service.running.token_requests(), 4);
}

#[test]
fn a_token_has_the_bare_shape_and_lives_for_an_hour() {
    let service = service::plain();
    let account = service.standard("acme");
    let answer = service.token("acme", "s3cret-Pass").json();
    let names: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(names, ["access_token", "token_type"]);
    assert_eq!(answer["token_type"], "bearer");

    service.running.advance(TimeDelta::seconds(3599));
    account.search(A, 2026);
    service.running.advance(TimeDelta::seconds(1));
    let reply = account.call("POST", "/search", &json!({"fin": A, "year": 2026}));
    assert_eq!(reply.status, 401);
    assert_eq!(
        reply.json(),
        json!({"detail": "Could not validate credentials"})
    );
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
}

#[test]
fn the_life_of_a_token_can_be_set_and_ended() {
    let service = service::start(Sandbox::builder().token_lifetime(TimeDelta::seconds(10)));
    let account = service.standard("acme");
    service.running.advance(TimeDelta::seconds(10));
    let body = json!({"fin": A, "year": 2026});
    assert_eq!(account.call("POST", "/search", &body).status, 401);

    let account = service.standard("second");
    account.search(A, 2026);
    service.running.revoke_tokens().unwrap();
    assert_eq!(account.call("POST", "/search", &body).status, 401);
}

#[test]
fn two_tokens_of_one_account_live_side_by_side() {
    let service = service::plain();
    let mut account = service.standard("acme");
    let first = std::mem::replace(
        &mut account.token,
        service.token("acme", "s3cret-Pass").json()["access_token"]
            .as_str()
            .unwrap()
            .to_owned(),
    );
    account.search(A, 2026);
    account.token = first;
    account.search(A, 2026);
}

#[test]
fn a_reader_searches_but_neither_enters_nor_deletes() {
    let service = service::plain();
    let reader = service.participant(Participant::Reader, "reader");
    let one = record(A, "2026-01-01", "2026-12-31");
    for (method, target, body) in [
        ("POST", "/create", one.clone()),
        ("POST", "/bulk_create", json!([one])),
        (
            "DELETE",
            "/delete",
            json!({"fin": A, "start_date": "2026-01-01", "end_date": "2026-12-31"}),
        ),
        ("POST", "/create", json!({})),
    ] {
        let reply = reader.call(method, target, &body);
        assert_eq!(reply.status, 403, "{target}");
        assert_eq!(reply.json(), json!({"detail": "Not enough permissions"}));
    }
    assert_eq!(reader.search(A, 2026)["found"], false);
    assert_eq!(service.billed("reader"), (1, 0));
}

#[test]
fn only_the_accounts_own_security_code_opens_create_and_delete() {
    let service = service::plain();
    let mut account = service.standard("acme");
    account.code = service.standard("other").code;
    let one = record(A, "2026-01-01", "2026-12-31");
    for (method, target, body) in [
        ("POST", "/create", one.clone()),
        ("POST", "/bulk_create", json!([one])),
        (
            "DELETE",
            "/delete",
            json!({"fin": A, "start_date": "2026-01-01", "end_date": "2026-12-31"}),
        ),
    ] {
        let reply = account.call(method, target, &body);
        assert_eq!(reply.status, 403, "{target}");
        assert_eq!(reply.json(), json!({"detail": "Invalid security code"}));
    }
    assert_eq!(service.billed("acme"), (0, 0));
}

#[test]
fn accounts_are_billed_by_reads_and_writes() {
    let service = service::plain();
    let account = service.standard("acme");
    account.create(&record(A, "2026-01-01", "2026-06-30"), false);
    assert_eq!(service.billed("acme"), (1, 1));
    account.create(&record(A, "2026-02-01", "2026-06-30"), false);
    assert_eq!(
        service.billed("acme"),
        (2, 1),
        "refused for an overlap: read, not written"
    );
    account.bulk(
        &[
            record(A, "2026-06-30", "2026-12-31"),
            record(B, "2026-01-01", "2026-12-31"),
        ],
        false,
        true,
    );
    assert_eq!(service.billed("acme"), (4, 2));
    account.bulk_search(&[A, B, "x"], 2026);
    assert_eq!(service.billed("acme"), (7, 2));
    account.search(A, 2026);
    assert_eq!(service.billed("acme"), (8, 2));
    account.delete(A, "2026-01-01", "2026-06-30");
    assert_eq!(service.billed("acme"), (8, 3));
}

#[test]
fn incognito_participants_count_only_together() {
    let service = service::plain();
    let one = service.participant(Participant::Incognito, "one");
    let two = service.participant(Participant::Incognito, "two");
    let standard = service.standard("acme");
    one.create(&record(A, "2026-01-01", "2026-12-31"), false);
    two.search(A, 2026);
    standard.search(A, 2026);
    let total = service.running.incognito_counters().unwrap();
    assert_eq!((total.reads, total.writes), (2, 1));
    assert_eq!(service.running.counters("one").unwrap(), None);
    assert_eq!(service.billed("acme"), (1, 0));
}

#[test]
fn nothing_secret_stands_in_the_database_or_in_debug_output() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.sqlite");
    let service = service::start(Sandbox::builder().database(&path));
    let account = service.standard("acme");
    account.create(&record(A, "2026-01-01", "2026-12-31"), false);
    let shown = format!(
        "{:?}{:?}{:?}{:?}",
        service.running,
        service.running.entries().unwrap(),
        service.running.registration_codes().unwrap(),
        service.running.calls(),
    );
    let secrets = ["s3cret-Pass", account.token.as_str(), account.code.as_str()];
    for secret in secrets {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(!shown.contains(A), "{shown}");
    let files = std::fs::read_dir(folder.path()).unwrap();
    for file in files {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in secrets {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()));
        }
    }
}

#[test]
fn a_file_keeps_accounts_and_entries_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sandbox.sqlite");
    let builder = || Sandbox::builder().database(&path).with_demo_data();
    let service = service::start(builder());
    let account = service.standard("acme");
    account.create(&record(A, "2026-01-01", "2026-12-31"), false);
    let (token, code) = (account.token.clone(), account.code.clone());
    let entries = service.running.entries().unwrap();
    assert_eq!(entries.len(), 13);
    service.running.shutdown();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    let service = service::start(builder());
    assert_eq!(service.running.entries().unwrap(), entries);
    assert_eq!(service.running.registration_codes().unwrap().len(), 3);
    let account = service::Account {
        service: &service,
        token,
        code,
    };
    let found: Value = account.search(A, 2026);
    assert_eq!(found["found"], true);
    assert_eq!(service.billed("acme"), (2, 1));
}
