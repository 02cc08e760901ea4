//! Tests of requests and answers in two contracts, through the clients.

mod damage;
mod dialects;
mod headers;
mod refusals;

use std::sync::Arc;

use finkit_core::{FinRecord, Period, RegisteredAt, Vin};
use finkit_transport::testing::{Reply, ScriptedHttp};
use finkit_transport::{HttpRequest, Outcome, Password, SecurityCode, TokenSource, Transport};
use serde_json::{Value, json};
use url::Url;

use crate::contract::samples::renamed;
use crate::{
    Builder, Contract, EntryFlags, ErrorKind, Lookup, Reader, RecordOutcome, Writer, register,
    token_request,
};

const CODE: &str = "canary-security-code";
const PASSWORD: &str = "canary-password";

fn base() -> Url {
    "https://api.example.test/v1/".parse().expect("an address")
}

fn fin(number: u32) -> Vin {
    format!("WVWZZZE1ZMP{number:06}").parse().expect("a FIN")
}

fn record(number: u32) -> FinRecord {
    FinRecord {
        fin: fin(number),
        period: period("2026-01-01", "2026-06-30"),
        registered_at: "2026-03-15T10:22:33+01:00"
            .parse::<RegisteredAt>()
            .expect("a time"),
    }
}

fn period(start: &str, end: &str) -> Period {
    format!("{start}/{end}").parse().expect("a period")
}

fn script(replies: Vec<Reply>) -> ScriptedHttp {
    replies
        .into_iter()
        .fold(ScriptedHttp::new(), ScriptedHttp::then)
}

fn refused(status: u16, body: impl Into<String>) -> Reply {
    Reply::status(status)
        .header("content-type", "application/json")
        .body(body.into())
}

/// A client over scripted answers; the token is the first of them.
fn clients(contract: Contract, answers: Vec<Reply>) -> (Writer, ScriptedHttp) {
    let mut all = vec![Reply::json(
        r#"{"access_token": "canary-token", "token_type": "bearer"}"#,
    )];
    all.extend(answers);
    let service = script(all);
    let account =
        token_request(&base(), &contract, "acme", Password::new(PASSWORD)).expect("a request");
    let transport = Transport::builder(Arc::new(service.clone()))
        .tokens(TokenSource::builder(account).build())
        .build();
    let writer = Builder::new(base(), transport)
        .contract(contract)
        .writer(SecurityCode::new(CODE));
    (writer, service)
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// One line per request: method, address, the headers that matter, body.
fn lines(service: &ScriptedHttp) -> Vec<String> {
    service.requests().iter().map(line).collect()
}

fn line(request: &HttpRequest) -> String {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("-")
            .to_owned()
    };
    format!(
        "{} {} auth={} code={} {}",
        request.method(),
        request.uri(),
        header("authorization"),
        header("x-security-code"),
        String::from_utf8_lossy(request.body())
    )
}

fn flags(overlap: bool, partial: bool) -> EntryFlags {
    EntryFlags {
        commit_on_overlapping_dates: overlap,
        commit_on_partial_success: partial,
    }
}

#[test]
fn all_operations_in_the_assumed_contract() {
    let created = json!({"created": [assumed_record(1)], "overlapping_fins": [], "failed": []});
    let nothing = r#"{"found": false, "fins": []}"#;
    let (writer, service) = clients(
        Contract::assumed(),
        vec![
            Reply::json(created.to_string()),
            Reply::json(created.to_string()),
            Reply::json(nothing),
            Reply::json(nothing),
            Reply::json(r#"{"deleted": true, "fins": null}"#),
        ],
    );
    block(async {
        let one = writer
            .create(&record(1), EntryFlags::default())
            .await
            .expect("an answer");
        assert_eq!(one.outcomes, [RecordOutcome::Created { overlaps: None }]);
        writer
            .bulk_create(&[record(1)], flags(true, true))
            .await
            .expect("an answer");
        assert_eq!(
            writer
                .reader()
                .search(fin(1), 2026)
                .await
                .expect("an answer"),
            Lookup::Free
        );
        let many = writer
            .reader()
            .bulk_search(&[fin(1), fin(2)], 2026)
            .await
            .expect("an answer");
        assert_eq!(many.fins, [(fin(1), Lookup::Free), (fin(2), Lookup::Free)]);
        assert!(
            writer
                .delete(&fin(1), &record(1).period)
                .await
                .expect("an answer")
                .deleted
        );
    });
    let body = r#"{"end_date":"2026-06-30","fin":"WVWZZZE1ZMP000001","registration_date":"2026-03-15T10:22:33+01:00","start_date":"2026-01-01"}"#;
    assert_eq!(
        lines(&service),
        [
            "POST https://api.example.test/v1/token auth=- code=- username=acme&password=canary-password".to_owned(),
            format!("POST https://api.example.test/v1/create?commit_on_overlapping_dates=false auth=Bearer canary-token code={CODE} {body}"),
            format!("POST https://api.example.test/v1/bulk_create?commit_on_overlapping_dates=true&commit_on_partial_success=true auth=Bearer canary-token code={CODE} [{body}]"),
            r#"POST https://api.example.test/v1/search auth=Bearer canary-token code=- {"fin":"WVWZZZE1ZMP000001","year":2026}"#.to_owned(),
            r#"POST https://api.example.test/v1/bulk_search auth=Bearer canary-token code=- {"fins":["WVWZZZE1ZMP000001","WVWZZZE1ZMP000002"],"year":2026}"#.to_owned(),
            format!(r#"DELETE https://api.example.test/v1/delete auth=Bearer canary-token code={CODE} {{"end_date":"2026-06-30","fin":"WVWZZZE1ZMP000001","start_date":"2026-01-01"}}"#),
        ]
    );
}

#[test]
fn all_operations_in_a_renamed_contract() {
    let item = json!({"fahrgestellnummer": "WVWZZZE1ZMP000001", "zeitraum": {"von": "2026-01-01T00:00:00", "bis": "2026-06-30T00:00:00"}});
    let created =
        json!({"angelegt": [item], "ueberschneidungen": null, "abgelehnt": []}).to_string();
    let hit = json!({"gefunden": true, "treffer": [{"fahrzeug": {"fin": "WVWZZZE1ZMP000001"}, "anzahl": 1,
        "eintraege": [{"von": "2026-01-01", "bis": "2026-06-30", "registriert_am": "2026-03-15T10:22:33"}]}]})
    .to_string();
    let (writer, service) = clients(
        renamed(),
        vec![
            Reply::json(created.clone()),
            Reply::json(created),
            Reply::json(hit.clone()),
            Reply::json(hit),
            Reply::json(r#"{"geloescht": false, "eintraege": []}"#),
        ],
    );
    block(async {
        let one = writer
            .create(&record(1), flags(true, false))
            .await
            .expect("an answer");
        assert_eq!(one.outcomes, [RecordOutcome::Created { overlaps: None }]);
        writer
            .bulk_create(&[record(1)], flags(false, true))
            .await
            .expect("an answer");
        let found = writer
            .reader()
            .search(fin(1), 2026)
            .await
            .expect("an answer");
        assert!(
            found.found().expect("a hit").holds(&record(1)),
            "the registration time is Vienna's"
        );
        let many = writer
            .reader()
            .bulk_search(&[fin(1), fin(2)], 2026)
            .await
            .expect("an answer");
        assert!(matches!(many.fins[0].1, Lookup::Found(_)));
        assert_eq!(many.fins[1].1, Lookup::Free);
        assert!(
            !writer
                .delete(&fin(1), &record(1).period)
                .await
                .expect("an answer")
                .deleted
        );
    });
    let sent = r#"{"fahrgestellnummer":"WVWZZZE1ZMP000001","registrierung":1773566553,"zeitraum":{"bis":"2026-06-30T00:00:00","von":"2026-01-01T00:00:00"}}"#;
    assert_eq!(
        lines(&service),
        [
            "POST https://api.example.test/v1/konto/token auth=- code=- username=acme&password=canary-password&grant_type=password".to_owned(),
            format!(r#"POST https://api.example.test/v1/eintrag auth=Bearer canary-token code=- {{"fin_daten":{sent},"sicherheitscode":"{CODE}","trotz_ueberschneidung":true}}"#),
            format!(r#"POST https://api.example.test/v1/eintraege auth=Bearer canary-token code=- {{"fins":[{sent}],"sicherheitscode":"{CODE}","teilweise":true,"trotz_ueberschneidung":false}}"#),
            "GET https://api.example.test/v1/suche?fahrgestellnummer=WVWZZZE1ZMP000001&jahr=2026 auth=Bearer canary-token code=- ".to_owned(),
            "GET https://api.example.test/v1/suche/2026?fin=WVWZZZE1ZMP000001&fin=WVWZZZE1ZMP000002 auth=Bearer canary-token code=- ".to_owned(),
            format!(r#"POST https://api.example.test/v1/loeschen auth=Bearer canary-token code=- {{"bis":"2026-06-30T00:00:00","fahrgestellnummer":"WVWZZZE1ZMP000001","sicherheitscode":"{CODE}","von":"2026-01-01T00:00:00"}}"#),
        ]
    );
}

#[test]
fn registration_returns_the_code_and_shows_nothing_of_what_the_service_echoes() {
    let echo = json!({"detail": [{"type": "missing", "loc": ["body", "username"], "msg": "Field required",
        "input": {"password": PASSWORD, "registration_code": "canary-registration"}}]});
    let service = script(vec![
        Reply::json(r#"{"security_code": "canary-security-code"}"#),
        refused(422, echo.to_string()),
        refused(
            400,
            json!({"detail": "code canary-registration is used up"}).to_string(),
        ),
    ]);
    let transport = Transport::builder(Arc::new(service)).build();
    let contract = Contract::assumed();
    let password = Password::new(PASSWORD);
    let (base, transport, contract, password) = (&base(), &transport, &contract, &password);
    let call = move || {
        register(
            transport,
            base,
            contract,
            "canary-registration",
            "acme",
            password,
        )
    };
    block(async {
        assert_eq!(call().await.expect("an answer").expose(), CODE);
        let refused = call().await.expect_err("refused");
        assert_eq!(
            (refused.kind(), refused.outcome()),
            (ErrorKind::Invalid, Outcome::Rejected)
        );
        assert_eq!(refused.rows()[0].field.as_deref(), Some("username"));
        let used = call().await.expect_err("refused");
        assert!(used.to_string().contains("is used up"), "{used}");
        for error in [refused, used] {
            assert!(
                !format!("{error} {error:?}").contains("canary"),
                "{error:?}"
            );
        }
    });
}

fn assumed_record(number: u32) -> Value {
    json!({"fin": fin(number).as_str(), "start_date": "2026-01-01", "end_date": "2026-06-30",
        "registration_date": "2026-03-15T11:22:33"})
}

fn entered(records: &[FinRecord], answer: Value) -> Vec<RecordOutcome> {
    let (writer, _) = clients(Contract::assumed(), vec![Reply::json(answer.to_string())]);
    block(writer.bulk_create(records, flags(false, true)))
        .expect("an answer")
        .outcomes
}

#[test]
fn a_record_in_neither_list_is_unaccounted_for() {
    let outcomes = entered(
        &[record(1), record(2), record(3)],
        json!({"created": [assumed_record(3)], "failed": [assumed_record(1)], "overlapping_fins": []}),
    );
    assert_eq!(
        outcomes,
        [
            RecordOutcome::NotEntered {
                overlaps: None,
                reason: None
            },
            RecordOutcome::Unaccounted,
            RecordOutcome::Created { overlaps: None },
        ]
    );
}

#[test]
fn a_record_in_both_lists_is_unaccounted_for() {
    let outcomes = entered(
        &[record(1)],
        json!({"created": [assumed_record(1)], "failed": [assumed_record(1)]}),
    );
    assert_eq!(outcomes, [RecordOutcome::Unaccounted]);
}

#[test]
fn equal_records_are_settled_by_their_number() {
    let twice = [record(1), record(1)];
    let once = entered(
        &twice,
        json!({"created": [assumed_record(1)], "failed": []}),
    );
    assert_eq!(
        once,
        [RecordOutcome::Unaccounted, RecordOutcome::Unaccounted]
    );
    let both = entered(
        &twice,
        json!({"created": [assumed_record(1)], "failed": [assumed_record(1)]}),
    );
    assert_eq!(
        both,
        [
            RecordOutcome::Created { overlaps: None },
            RecordOutcome::NotEntered {
                overlaps: None,
                reason: None
            }
        ]
    );
}

#[test]
fn another_period_of_the_same_fin_is_another_record() {
    let mut later = record(1);
    later.period = period("2026-07-01", "2026-12-31");
    let outcomes = entered(
        &[record(1), later],
        json!({"created": [assumed_record(1)], "failed": []}),
    );
    assert_eq!(
        outcomes,
        [
            RecordOutcome::Created { overlaps: None },
            RecordOutcome::Unaccounted
        ]
    );
}

#[test]
fn an_overlap_is_told_with_its_entries() {
    let overlap = json!({"fin": fin(1).as_str(), "count": 1, "entries": [
        {"start_date": "2026-05-01", "end_date": "2026-12-31", "registration_date": "2026-02-01T08:00:00"}]});
    let outcomes = entered(
        &[record(1)],
        json!({"created": [], "failed": [assumed_record(1)], "overlapping_fins": [overlap]}),
    );
    let [
        RecordOutcome::NotEntered {
            overlaps: Some(found),
            ..
        },
    ] = &outcomes[..]
    else {
        panic!("{outcomes:?}")
    };
    assert_eq!(
        (found.count, found.entries[0].period),
        (1, period("2026-05-01", "2026-12-31"))
    );
}

fn looked_up(answer: Value) -> Lookup {
    let (writer, _) = clients(Contract::assumed(), vec![Reply::json(answer.to_string())]);
    block(writer.reader().search(fin(1), 2026)).expect("an answer")
}

#[test]
fn a_doubt_is_never_free() {
    let entry = json!({"start_date": "2026-01-01", "end_date": "2026-03-31", "registration_date": "2026-01-02T08:00:00"});
    let whole = json!({"fin": fin(1).as_str(), "count": 1, "entries": [entry]});
    for doubtful in [
        json!({}),
        json!({"fins": []}),
        json!({"found": "no", "fins": []}),
        json!({"found": true}),
        json!({"found": true, "fins": []}),
        json!({"found": true, "fins": null}),
        json!({"found": true, "fins": "none"}),
        json!({"found": false, "fins": [whole]}),
        json!({"found": true, "fins": [{"fin": fin(2).as_str(), "count": 0, "entries": []}]}),
        json!({"found": true, "fins": [{"fin": "?", "count": 1, "entries": []}]}),
        json!({"found": true, "fins": [{"fin": fin(1).as_str(), "entries": []}]}),
        json!({"found": true, "fins": [{"fin": fin(1).as_str(), "count": 1, "entries": [{"start_date": "2026-01-01"}]}]}),
    ] {
        let lookup = looked_up(doubtful.clone());
        assert!(
            matches!(lookup, Lookup::Unknown(_)),
            "{doubtful}: {lookup:?}"
        );
    }
    assert_eq!(looked_up(json!({"found": false, "fins": []})), Lookup::Free);
    assert_eq!(looked_up(json!({"found": false})), Lookup::Free);
    assert!(matches!(
        looked_up(json!({"found": true, "fins": [whole]})),
        Lookup::Found(_)
    ));
    assert!(matches!(
        looked_up(json!({"found": true, "fins": whole})),
        Lookup::Found(_)
    ));
}

#[test]
fn a_reader_has_only_look_ups() {
    // The type has no other methods; what can be checked at run time is that it carries no security code.
    let (writer, _) = clients(Contract::assumed(), Vec::new());
    let reader: &Reader = writer.reader();
    assert!(!format!("{reader:?}").contains(CODE));
    assert!(!format!("{writer:?}").contains(CODE));
}

#[test]
fn an_operation_that_is_absent_is_refused_before_anything_is_sent() {
    let contract =
        Contract::from_toml("create = \"absent\"\nbulk_create = \"absent\"\ndelete = \"absent\"\n")
            .expect("sound");
    let (writer, service) = clients(contract, Vec::new());
    block(async {
        let create = writer
            .create(&record(1), EntryFlags::default())
            .await
            .expect_err("absent");
        let delete = writer
            .delete(&fin(1), &record(1).period)
            .await
            .expect_err("absent");
        assert_eq!(
            (create.kind(), delete.kind()),
            (ErrorKind::NotOffered, ErrorKind::NotOffered)
        );
    });
    assert!(service.requests().is_empty());
}
