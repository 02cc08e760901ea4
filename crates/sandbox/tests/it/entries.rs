//! Entering, overlapping, finding and deleting, in the assumed contract.

use chrono::TimeDelta;
use finkit_core::Participant;
use finkit_sandbox::Sandbox;
use finkit_sandbox::fincheck::{SearchLag, Timestamps};
use serde_json::{Value, json};

use crate::service::{self, A, B, C, entry, record, told};

fn found(fin: &str, entries: &[Value]) -> Value {
    json!({"fin": fin, "count": entries.len(), "entries": entries})
}

#[test]
fn a_free_record_is_stored_and_told() {
    let service = service::plain();
    let account = service.standard("acme");
    let answer = account.create(&record(A, "2026-01-01", "2026-06-30"), false);
    assert_eq!(
        answer,
        json!({"created": [told(A, "2026-01-01", "2026-06-30")], "overlapping_fins": [], "failed": []})
    );
    assert_eq!(
        service.stored(),
        [format!("{A} 2026-01-01 2026-06-30 2026-01-15 09:30:00")]
    );
}

#[test]
fn overlaps_include_both_ends_and_own_entries() {
    let service = service::plain();
    let (mine, other) = (service.standard("mine"), service.standard("other"));
    mine.create(&record(A, "2026-03-01", "2026-06-30"), false);
    for (start, end, overlaps) in [
        ("2026-06-30", "2026-12-31", true),
        ("2026-07-01", "2026-12-31", false),
        ("2026-01-01", "2026-03-01", true),
        ("2026-01-01", "2026-02-28", false),
        ("2026-04-01", "2026-04-01", true),
        ("2026-01-01", "2026-12-31", true),
    ] {
        for account in [&mine, &other] {
            let target = record(A, start, end);
            let answer = account.create(&target, false);
            let expected = if overlaps { "failed" } else { "created" };
            assert_eq!(
                answer[expected],
                json!([told(A, start, end)]),
                "{start} {end}"
            );
            if !overlaps {
                account.delete(A, start, end);
            }
        }
    }
    let answer = other.create(&record(B, "2026-03-01", "2026-06-30"), false);
    assert_eq!(answer["overlapping_fins"], json!([]), "another vehicle");
    assert_eq!(service.running.entry_count().unwrap(), 2);
}

#[test]
fn an_overlap_names_what_is_there_and_is_stored_only_on_wish() {
    let service = service::plain();
    let (mine, other) = (service.standard("mine"), service.standard("other"));
    other.create(&record(A, "2026-01-01", "2026-03-31"), false);
    other.create(&record(A, "2026-06-01", "2026-08-31"), false);
    let both = [
        entry("2026-01-01", "2026-03-31"),
        entry("2026-06-01", "2026-08-31"),
    ];

    let whole_year = record(A, "2026-01-01", "2026-12-31");
    let refused = mine.create(&whole_year, false);
    assert_eq!(
        refused,
        json!({
            "created": [],
            "overlapping_fins": [found(A, &both)],
            "failed": [told(A, "2026-01-01", "2026-12-31")],
        })
    );
    assert_eq!(service.running.entry_count().unwrap(), 2);

    let stored = mine.create(&whole_year, true);
    assert_eq!(
        stored,
        json!({
            "created": [told(A, "2026-01-01", "2026-12-31")],
            "overlapping_fins": [found(A, &both)],
            "failed": [],
        })
    );
    assert_eq!(service.running.entry_count().unwrap(), 3);
}

#[test]
fn the_same_record_twice_is_two_entries_when_overlaps_are_allowed() {
    let service = service::plain();
    let account = service.standard("acme");
    let one = record(A, "2026-01-01", "2026-12-31");
    for _ in 0..3 {
        account.create(&one, true);
    }
    assert_eq!(service.running.entry_count().unwrap(), 3);
    let answer = account.search(A, 2026);
    assert_eq!(answer["fins"][0]["count"], 3);
}

#[test]
fn a_bulk_is_all_or_nothing_by_default() {
    let service = service::plain();
    let account = service.standard("acme");
    account.create(&record(B, "2026-01-01", "2026-12-31"), false);
    let records = [
        record(A, "2026-01-01", "2026-12-31"),
        record(B, "2026-06-01", "2026-12-31"),
        record(C, "2026-01-01", "2026-12-31"),
    ];
    let answer = account.bulk(&records, false, false);
    assert_eq!(
        answer,
        json!({
            "created": [],
            "overlapping_fins": [found(B, &[entry("2026-01-01", "2026-12-31")])],
            "failed": [
                told(A, "2026-01-01", "2026-12-31"),
                told(B, "2026-06-01", "2026-12-31"),
                told(C, "2026-01-01", "2026-12-31"),
            ],
        })
    );
    assert_eq!(service.running.entry_count().unwrap(), 1);
    assert_eq!(service.billed("acme"), (4, 1));

    let answer = account.bulk(&records, true, false);
    assert_eq!(
        answer["created"].as_array().unwrap().len(),
        3,
        "nothing fails when overlaps are allowed"
    );
    assert_eq!(service.running.entry_count().unwrap(), 4);
}

#[test]
fn partial_success_stores_what_is_free() {
    let service = service::plain();
    let account = service.standard("acme");
    account.create(&record(B, "2026-01-01", "2026-12-31"), false);
    let answer = account.bulk(
        &[
            record(A, "2026-01-01", "2026-12-31"),
            record(B, "2026-06-01", "2026-12-31"),
            record(C, "2026-01-01", "2026-12-31"),
        ],
        false,
        true,
    );
    assert_eq!(
        answer["created"],
        json!([
            told(A, "2026-01-01", "2026-12-31"),
            told(C, "2026-01-01", "2026-12-31")
        ])
    );
    assert_eq!(
        answer["failed"],
        json!([told(B, "2026-06-01", "2026-12-31")])
    );
    assert_eq!(service.running.entry_count().unwrap(), 3);
}

#[test]
fn records_of_one_bulk_overlap_each_other() {
    let service = service::plain();
    let account = service.standard("acme");
    let records = [
        record(A, "2026-01-01", "2026-06-30"),
        record(A, "2026-06-30", "2026-12-31"),
        record(A, "2026-01-01", "2026-06-30"),
    ];
    let answer = account.bulk(&records, false, true);
    assert_eq!(answer["created"].as_array().unwrap().len(), 1);
    assert_eq!(
        answer["overlapping_fins"],
        json!([found(A, &[entry("2026-01-01", "2026-06-30")])]),
        "one FoundFin per FIN, each entry once"
    );
    assert_eq!(account.bulk(&records, false, false)["created"], json!([]));
    assert_eq!(service.running.entry_count().unwrap(), 1);
}

#[test]
fn an_empty_bulk_is_answered_with_nothing() {
    let service = service::plain();
    let account = service.standard("acme");
    let nothing = json!({"created": [], "overlapping_fins": [], "failed": []});
    assert_eq!(account.bulk(&[], false, false), nothing);
    assert_eq!(service.billed("acme"), (0, 0));
}

#[test]
fn searches_go_by_fin_and_calendar_year() {
    let service = service::plain();
    let account = service.standard("acme");
    account.create(&record(A, "2026-02-01", "2026-12-31"), false);
    account.create(&record(A, "2025-01-01", "2025-12-31"), false);
    account.create(&record(B, "2026-01-01", "2026-12-31"), false);
    assert_eq!(
        account.search(A, 2026),
        json!({"found": true, "fins": [found(A, &[entry("2026-02-01", "2026-12-31")])]})
    );
    let nothing = json!({"found": false, "fins": []});
    assert_eq!(account.search(A, 2024), nothing);
    assert_eq!(account.search(C, 2026), nothing);
    assert_eq!(
        account.search(&A.to_lowercase(), 2026),
        nothing,
        "compared as it was sent"
    );
    assert_eq!(account.search(A, i32::MAX), nothing);
    let answer = account.bulk_search(&[C, B, A], 2026);
    assert_eq!(answer["found"], true);
    let fins: Vec<&Value> = answer["fins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["fin"])
        .collect();
    assert_eq!(fins, [B, A], "in the order of asking, only what was found");
    assert_eq!(account.bulk_search(&[C], 2026), nothing);
    assert_eq!(account.bulk_search(&[], 2026), nothing);
}

#[test]
fn one_delete_removes_every_copy_of_the_own_record() {
    let service = service::plain();
    let (mine, other) = (service.standard("mine"), service.standard("other"));
    let one = record(A, "2026-01-01", "2026-12-31");
    mine.create(&one, true);
    mine.create(&one, true);
    other.create(&one, true);
    mine.create(&record(A, "2026-01-01", "2026-06-30"), true);

    let nothing = json!({"deleted": false, "fins": null});
    assert_eq!(mine.delete(A, "2026-01-01", "2026-12-30"), nothing);
    assert_eq!(mine.delete(B, "2026-01-01", "2026-12-31"), nothing);
    let twice = [
        entry("2026-01-01", "2026-12-31"),
        entry("2026-01-01", "2026-12-31"),
    ];
    assert_eq!(
        mine.delete(A, "2026-01-01", "2026-12-31"),
        json!({"deleted": true, "fins": found(A, &twice)})
    );
    assert_eq!(mine.delete(A, "2026-01-01", "2026-12-31"), nothing);
    let left = service.running.entries().unwrap();
    let left: Vec<_> = left
        .iter()
        .map(|e| (e.participant.as_str(), e.end.to_string()))
        .collect();
    assert_eq!(
        left,
        [
            ("other", "2026-12-31".to_owned()),
            ("mine", "2026-06-30".to_owned())
        ]
    );
}

#[test]
fn moments_are_kept_in_the_databases_local_time() {
    let wire = |registered: &str, service: &service::Service| {
        let account = service.standard(registered);
        let mut one = record(A, "2026-01-01", "2026-12-31");
        one["registration_date"] = registered.into();
        account.create(&one, true)["created"][0]["registration_date"].clone()
    };
    let fixed = service::plain();
    for (sent, told) in [
        ("2026-01-15T09:30:00+01:00", "2026-01-15T10:30:00"),
        ("2026-07-15T09:30:00Z", "2026-07-15T11:30:00"),
        ("2026-01-15T09:30:00", "2026-01-15T09:30:00"),
        ("2026-01-15T09:30:00.25+02:00", "2026-01-15T09:30:00.250000"),
        ("20240601", "1970-08-23T08:23:21"),
        ("2026-06-01", "2026-06-01T00:00:00"),
    ] {
        assert_eq!(wire(sent, &fixed), told, "{sent}");
    }
    let vienna = service::start(
        Sandbox::builder()
            .database_zone("Europe/Vienna".parse().unwrap())
            .timestamps(Timestamps::WithOffset),
    );
    for (sent, told) in [
        ("2026-01-15T09:30:00+01:00", "2026-01-15T09:30:00+01:00"),
        ("2026-07-15T09:30:00Z", "2026-07-15T11:30:00+02:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+02:00"),
    ] {
        assert_eq!(wire(sent, &vienna), told, "{sent}");
    }
}

#[test]
fn numbers_are_taken_for_unix_times() {
    let service = service::plain();
    let account = service.standard("acme");
    for (number, told) in [
        (1_768_465_800_i64, "2026-01-15T10:30:00"),
        (1_768_465_800_000, "2026-01-15T10:30:00"),
        (20_000_000_000, "2603-10-11T13:33:20"),
        (20_000_000_001, "1970-08-20T13:33:20.001000"),
    ] {
        let mut one = record(A, "2026-01-01", "2026-12-31");
        one["registration_date"] = number.into();
        let answer = account.create(&one, true);
        assert_eq!(answer["created"][0]["registration_date"], told, "{number}");
    }
}

#[test]
fn one_refused_fin_rejects_the_whole_bulk() {
    let service = service::start(Sandbox::builder().refuse_fin(B));
    let account = service.standard("acme");
    let records = json!([
        record(A, "2026-01-01", "2026-12-31"),
        record(B, "2026-01-01", "2026-12-31")
    ]);
    let reply = account.call(
        "POST",
        "/bulk_create?commit_on_partial_success=true",
        &records,
    );
    assert_eq!(reply.status, 422);
    let fault = &reply.json()["detail"][0];
    assert_eq!(fault["loc"], json!(["body", 1]));
    assert_eq!(fault["msg"], "Value error, this FIN is not accepted");
    assert_eq!(service.running.entry_count().unwrap(), 0);
    assert_eq!(service.billed("acme"), (0, 0));
}

#[test]
fn too_many_records_and_too_long_bodies_are_refused_unread() {
    let service = service::start(Sandbox::builder().max_records(2).body_limit(1000));
    let account = service.standard("acme");
    let records: Vec<Value> = (0..3)
        .map(|_| record(A, "2026-01-01", "2026-12-31"))
        .collect();
    account.bulk(&records[..2], true, false);
    let reply = account.call("POST", "/bulk_create", &records.clone().into());
    assert_eq!(reply.status, 422);
    let fault = &reply.json()["detail"][0];
    assert_eq!(fault["type"], "too_long");
    assert_eq!(
        fault["ctx"],
        json!({"field_type": "List", "max_length": 2, "actual_length": 3})
    );
    let long: Vec<Value> = records.iter().cycle().take(10).cloned().collect();
    assert_eq!(
        account.call("POST", "/bulk_create", &long.into()).status,
        413
    );
    assert_eq!(service.running.entry_count().unwrap(), 2);
}

#[test]
fn a_lagging_search_shows_entries_later_but_overlaps_are_seen_at_once() {
    let lag = SearchLag {
        time: TimeDelta::seconds(3),
        searches: 0,
    };
    let service = service::start(Sandbox::builder().search_lag(lag));
    let account = service.standard("acme");
    account.create(&record(A, "2026-01-01", "2026-12-31"), false);
    assert_eq!(account.search(A, 2026)["found"], false);
    let again = account.create(&record(A, "2026-01-01", "2026-12-31"), false);
    assert_eq!(again["created"], json!([]));
    service.running.advance(TimeDelta::seconds(3));
    assert_eq!(account.search(A, 2026)["found"], true);
}

#[test]
fn a_search_can_lag_by_a_number_of_searches() {
    let lag = SearchLag {
        time: TimeDelta::zero(),
        searches: 2,
    };
    let service = service::start(Sandbox::builder().search_lag(lag));
    let account = service.standard("acme");
    account.search(A, 2026);
    account.create(&record(A, "2026-01-01", "2026-12-31"), false);
    let seen: Vec<Value> = (0..4)
        .map(|_| account.search(A, 2026)["found"].clone())
        .collect();
    assert_eq!(seen, [false, false, true, true]);
}

#[test]
fn overlaps_are_told_to_all_or_to_the_company_that_wishes_to_be_told_alone() {
    let service = service::plain();
    let code = service
        .running
        .issue_named_registration_code(Participant::Standard)
        .unwrap();
    let body = json!({"registration_code": code, "username": "named", "password": "s3cret-Pass"});
    let request = crate::http::Send::new("POST", "/register").json(&body);
    let security_code = service.client().ok(request).json()["security_code"].clone();
    let token = service.token("named", "s3cret-Pass").json()["access_token"].clone();
    let named = service::Account {
        service: &service,
        token: token.as_str().unwrap().to_owned(),
        code: security_code.as_str().unwrap().to_owned(),
    };
    let (one, two) = (service.standard("one"), service.standard("two"));
    named.create(&record(A, "2026-01-01", "2026-12-31"), false);
    one.create(&record(B, "2026-01-01", "2026-12-31"), false);
    assert_eq!(service.running.notices().unwrap(), []);

    two.create(&record(A, "2026-01-01", "2026-12-31"), false);
    two.create(&record(B, "2026-01-01", "2026-12-31"), true);
    one.create(&record(B, "2026-05-01", "2026-05-31"), false);
    let notices = service.running.notices().unwrap();
    let told: Vec<_> = notices
        .iter()
        .map(|n| (n.fin.as_str(), n.recipient.as_deref()))
        .collect();
    assert_eq!(
        told,
        [(A, Some("named")), (B, None), (B, None)],
        "an overlap with oneself alarms all as well"
    );
    two.search(A, 2026);
    assert_eq!(service.running.notices().unwrap().len(), 3);
}

#[test]
fn reasons_are_given_on_wish() {
    let service = service::start(Sandbox::builder().reasons(true));
    let account = service.standard("acme");
    account.create(&record(A, "2026-01-01", "2026-12-31"), false);
    let answer = account.bulk(
        &[
            record(A, "2026-01-01", "2026-12-31"),
            record(B, "2026-01-01", "2026-12-31"),
        ],
        false,
        false,
    );
    assert_eq!(answer["failed"][0]["reason"], "overlapping dates");
    assert_eq!(
        answer["failed"][1]["reason"],
        "not stored because other records failed"
    );
}

#[test]
fn many_writers_at_once_store_each_free_record_exactly_once() {
    let service = service::plain();
    let accounts: Vec<_> = (0..4)
        .map(|n| service.standard(&format!("company-{n}")))
        .collect();
    let created: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = accounts
            .iter()
            .map(|account| {
                scope.spawn(move || {
                    let mut created = 0;
                    for batch in 0..10 {
                        let records: Vec<Value> = (0..10)
                            .map(|n| {
                                record(
                                    &format!("SERIAL{:011}", batch * 10 + n),
                                    "2026-01-01",
                                    "2026-12-31",
                                )
                            })
                            .collect();
                        let answer = account.bulk(&records, false, true);
                        let sums = ["created", "failed"]
                            .map(|name| answer[name].as_array().unwrap().len());
                        assert_eq!(sums[0] + sums[1], 10);
                        created += sums[0] as u64;
                    }
                    created
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).sum()
    });
    assert_eq!(created, 100);
    let mut fins: Vec<String> = service
        .running
        .entries()
        .unwrap()
        .into_iter()
        .map(|e| e.fin)
        .collect();
    fins.sort();
    fins.dedup();
    assert_eq!(fins.len(), 100);
    let billed: u64 = (0..4)
        .map(|n| service.billed(&format!("company-{n}")).1)
        .sum();
    assert_eq!(billed, 100);
}
