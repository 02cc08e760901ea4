//! What a running sandbox tells about itself, and the ways to start and stop it.

use std::time::Duration;

use finkit_core::Participant;
use finkit_sandbox::fault::{Fault, FaultPlan, FaultRule};
use finkit_sandbox::fincheck::demo;
use finkit_sandbox::{Sandbox, SandboxError};
use serde_json::{Value, json};

use crate::http::{Client, Lost, Send};
use crate::service::{self, A, B, record};

#[test]
fn calls_tell_flags_and_numbers_as_they_were_sent() {
    let service = service::plain();
    let account = service.standard("acme");
    account.bulk(&[record(A, "2026-01-01", "2026-12-31")], true, false);
    account.create(&record(A, "2026-01-01", "2026-12-31"), false);
    account.call("POST", "/bulk_create", &json!([{}]));
    let calls = service.running.calls();
    let told: Vec<_> = calls
        .iter()
        .map(|c| {
            let flags = (c.commit_on_overlapping_dates, c.commit_on_partial_success);
            (c.operation, c.status, c.items, c.changed, flags)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("token", 200, 0, 0, (false, false)),
            ("bulk_create", 200, 1, 1, (true, false)),
            ("create", 200, 1, 0, (false, false)),
            ("bulk_create", 422, 0, 0, (false, false)),
        ]
    );
    assert!(
        calls
            .iter()
            .all(|c| c.participant.as_deref() == Some("acme"))
    );
}

#[test]
fn a_lost_answer_leaves_its_entry_behind() {
    let rule = FaultRule::nth(1, Fault::close_after()).path("/create");
    let service = service::start(Sandbox::builder().faults(rule));
    let account = service.standard("acme");
    let request = || {
        Send::new("POST", "/create")
            .header("authorization", format!("Bearer {}", account.token))
            .header("x-security-code", account.code.as_str())
            .json(&record(A, "2026-01-01", "2026-12-31"))
    };
    assert_eq!(service.client().send(request()).unwrap_err(), Lost::Ended);
    assert_eq!(service.running.entry_count().unwrap(), 1);
    let again = service.client().ok(request()).json();
    assert_eq!(again["created"], json!([]), "the first one was executed");
    assert_eq!(service.running.entry_count().unwrap(), 1);
    let created = service.running.requests();
    let created: Vec<_> = created.iter().filter(|r| r.path == "/create").collect();
    assert_eq!(
        created.iter().map(|r| r.executed).collect::<Vec<_>>(),
        [true, true]
    );
    assert!(created[0].has_header("x-security-code"));
}

#[test]
fn a_refused_request_leaves_nothing_behind() {
    let plan: FaultPlan = "status=503:path=/create; reset-before:path=/bulk_create"
        .parse()
        .unwrap();
    let service = service::start(Sandbox::builder().faults(plan));
    let account = service.standard("acme");
    assert_eq!(
        account
            .call("POST", "/create", &record(A, "2026-01-01", "2026-12-31"))
            .status,
        503
    );
    let request = Send::new("POST", "/bulk_create").json(&json!([]));
    assert_eq!(service.client().send(request).unwrap_err(), Lost::Reset);
    assert_eq!(service.running.entry_count().unwrap(), 0);
    assert_eq!(service.billed("acme"), (0, 0));
    assert_eq!(
        (service.running.received(), service.running.executed()),
        (3, 1)
    );
}

#[test]
fn the_demo_data_are_another_companys_entries() {
    let service = service::start(Sandbox::builder().with_demo_data());
    let entries = service.running.entries().unwrap();
    assert_eq!(entries.len(), demo::entries().len());
    assert!(entries.iter().all(|e| e.participant == demo::OTHER_COMPANY));
    assert_eq!(service.billed(demo::OTHER_COMPANY), (0, 0));
    let account = service.standard("acme");
    let fin = demo::fin(11).unwrap().to_string();
    assert_eq!(account.search(&fin, demo::YEAR)["found"], true);
    assert_eq!(
        account.delete(&fin, "2026-01-01", "2026-12-31")["deleted"],
        false
    );
}

#[test]
fn records_can_be_planted_for_any_participant() {
    let service = service::plain();
    service
        .running
        .enrol(Participant::Standard, "other", "pw")
        .unwrap();
    let planted = service.running.plant("other", &demo::entries()).unwrap();
    assert_eq!(planted as u64, service.running.entry_count().unwrap());
    assert!(matches!(
        service.running.plant("nobody", &[]),
        Err(SandboxError::Database(_))
    ));
    assert!(matches!(
        service.running.enrol(Participant::Reader, "other", "pw"),
        Err(SandboxError::UsernameTaken)
    ));
}

#[test]
fn answering_without_storing_gives_the_records_back() {
    let service = service::start(Sandbox::builder().without_storing());
    let account = service.standard("acme");
    let records = [
        record(A, "2026-01-01", "2026-12-31"),
        record(B, "2026-01-01", "2026-12-31"),
    ];
    let answer = account.bulk(&records, false, true);
    assert_eq!(
        answer,
        json!({"created": records, "overlapping_fins": [], "failed": []})
    );
    assert_eq!(service.running.entry_count().unwrap(), 0);
    let request = Send::new("POST", "/bulk_create").json(&json!([]));
    assert_eq!(service.client().ok(request).status, 401);
}

#[test]
fn the_summary_tells_how_to_point_the_program_at_the_sandbox() {
    let service = service::plain();
    let summary = service.running.summary().unwrap();
    let text = summary.to_string();
    assert!(text.contains(&format!(
        "export FINKIT_FINCHECK_URL={}",
        service.running.url()
    )));
    assert!(text.contains("fincheck/assumed"));
    for kind in Participant::ALL {
        let code = summary
            .codes
            .iter()
            .find(|c| c.participant == kind)
            .unwrap();
        assert!(text.contains(&code.code));
    }
    let used = &summary.codes[0].code;
    let body: Value = json!({"registration_code": used, "username": "u", "password": "p"});
    service
        .client()
        .ok(Send::new("POST", "/register").json(&body));
    let again = service.running.summary().unwrap().to_string();
    assert!(!again.contains(used.as_str()));
}

#[test]
fn it_serves_until_told_to_stop_whatever_runtime_the_caller_has() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let address = runtime.block_on(async {
        let running = Sandbox::builder().start().await.unwrap();
        let address = running.address();
        running
            .serve_until(async {
                let mut client = Client::connect(address);
                assert_eq!(client.ok(Send::new("GET", "/openapi.json")).status, 200);
            })
            .await;
        address
    });
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn latency_delays_but_does_not_change_answers() {
    let service = service::start(Sandbox::builder().latency(Duration::from_millis(2)));
    let account = service.standard("acme");
    assert_eq!(account.search(A, 2026)["found"], false);
}

#[test]
fn a_database_that_cannot_be_opened_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let error = Sandbox::builder()
        .database(folder.path())
        .start_blocking()
        .unwrap_err();
    assert!(matches!(error, SandboxError::Database(_)), "{error}");
}
