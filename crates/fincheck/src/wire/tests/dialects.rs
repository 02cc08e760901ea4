//! Other shapes of requests and answers that a contract can describe.

use finkit_core::Participant;
use finkit_transport::testing::Reply;
use finkit_transport::{Outcome, SecurityCode, Transport};
use serde_json::json;

use super::{CODE, assumed_record, base, block, clients, fin, flags, lines, period, record};
use crate::{Builder, Contract, EntryFlags, ErrorKind, Lookup, RecordOutcome};

#[test]
fn a_record_as_parameters_of_the_address() {
    let contract = Contract::from_toml("[create]\nrecord = \"query\"\n").expect("sound");
    let answer = json!({"created": assumed_record(1), "failed": null});
    let (writer, service) = clients(contract, vec![Reply::json(answer.to_string())]);
    let outcomes = block(writer.create(&record(1), EntryFlags::default()))
        .expect("an answer")
        .outcomes;
    assert_eq!(outcomes, [RecordOutcome::Created { overlaps: None }]);
    assert_eq!(
        lines(&service)[1],
        format!(
            "POST https://api.example.test/v1/create?fin=WVWZZZE1ZMP000001&start_date=2026-01-01&end_date=2026-06-30&\
             registration_date=2026-03-15T10%3A22%3A33%2B01%3A00&commit_on_overlapping_dates=false auth=Bearer canary-token code={CODE} "
        )
    );
}

#[test]
fn a_record_as_a_form_and_beside_other_fields_of_the_body() {
    let form = "[create]\nrecord = \"form\"\ncommit_on_overlapping_dates = \"form:anyway\"\nsecurity_code = \"form:code\"\n";
    let flat = "[create]\ncommit_on_overlapping_dates = \"body:anyway\"\nsecurity_code = \"body:code\"\n[create.constants]\n\"body:v\" = 2\n";
    for (text, body) in [
        (
            form,
            "fin=WVWZZZE1ZMP000001&start_date=2026-01-01&end_date=2026-06-30&registration_date=2026-03-15T10%3A22%3A33%2B01%3A00&\
             anyway=true&code=canary-security-code",
        ),
        (
            flat,
            r#"{"anyway":true,"code":"canary-security-code","end_date":"2026-06-30","fin":"WVWZZZE1ZMP000001","registration_date":"2026-03-15T10:22:33+01:00","start_date":"2026-01-01","v":2}"#,
        ),
    ] {
        let contract = Contract::from_toml(text).expect("sound");
        let answer = json!({"created": [], "failed": [assumed_record(1)]});
        let (writer, service) = clients(contract, vec![Reply::json(answer.to_string())]);
        block(writer.create(&record(1), flags(true, false))).expect("an answer");
        assert_eq!(
            lines(&service)[1],
            format!(
                "POST https://api.example.test/v1/create auth=Bearer canary-token code=- {body}"
            )
        );
    }
}

#[test]
fn a_bare_list_of_fins_with_the_year_in_the_address() {
    let contract = Contract::from_toml("[bulk_search]\nfins = \"body\"\nyear = \"query:year\"\n")
        .expect("sound");
    let (writer, service) = clients(
        contract,
        vec![Reply::json(r#"{"found": false, "fins": []}"#)],
    );
    block(writer.reader().bulk_search(&[fin(1), fin(2)], 2026)).expect("an answer");
    assert_eq!(
        lines(&service)[1],
        r#"POST https://api.example.test/v1/bulk_search?year=2026 auth=Bearer canary-token code=- ["WVWZZZE1ZMP000001","WVWZZZE1ZMP000002"]"#
    );
}

#[test]
fn lists_of_bare_fins_settle_what_they_can() {
    let contract = Contract::from_toml(
        "[answer_record]\nfin = \".\"\nstart_date = \"absent\"\nend_date = \"absent\"\nregistration_date = \"absent\"\nreason = \"absent\"\n",
    )
    .expect("sound");
    let mut later = record(1);
    later.period = period("2026-07-01", "2026-12-31");
    let both_of_one = [record(1), later, record(2)];
    for (created, failed, outcome) in [
        (vec![1, 1], vec![2], Some(true)),
        (vec![], vec![1, 2, 1], Some(false)),
        (vec![1], vec![1, 2], None),
    ] {
        let list = |serials: &[u32]| {
            serials
                .iter()
                .map(|serial| fin(*serial).as_str().to_owned())
                .collect::<Vec<_>>()
        };
        let answer = json!({"created": list(&created), "failed": list(&failed)});
        let (writer, _) = clients(contract.clone(), vec![Reply::json(answer.to_string())]);
        let outcomes = block(writer.bulk_create(&both_of_one, flags(false, true)))
            .expect("an answer")
            .outcomes;
        for first in &outcomes[..2] {
            let is = match first {
                RecordOutcome::Created { .. } => Some(true),
                RecordOutcome::NotEntered { .. } => Some(false),
                RecordOutcome::Unaccounted => None,
            };
            assert_eq!(is, outcome, "{answer}");
        }
        assert!(matches!(outcomes[2], RecordOutcome::NotEntered { .. }));
    }
}

#[test]
fn a_boolean_per_fin_leaves_unlisted_fins_unknown() {
    let contract = Contract::from_toml(
        "[found_fin]\nfound = \"found\"\n[search.answer]\nfound = \"absent\"\nfins = \".\"\n\
         [bulk_search.answer]\nfound = \"absent\"\nfins = \"data.list\"\n",
    )
    .expect("sound");
    let entry = json!({"start_date": "2026-01-01", "end_date": "2026-06-30", "registration_date": "2026-03-15T11:22:33"});
    let many = json!({"data": {"list": [
        {"fin": fin(1).as_str(), "found": false},
        {"fin": fin(2).as_str(), "found": true, "count": 1, "entries": [entry]},
        {"fin": fin(3).as_str()},
    ]}});
    let one = json!({"fin": fin(1).as_str(), "found": false, "count": 0, "entries": []});
    let (writer, _) = clients(
        contract,
        vec![Reply::json(many.to_string()), Reply::json(one.to_string())],
    );
    let fins = [fin(1), fin(2), fin(3), fin(4)];
    let answer = block(writer.reader().bulk_search(&fins, 2026)).expect("an answer");
    assert_eq!(answer.fins[0], (fin(1), Lookup::Free));
    assert!(answer.fins[1].1.found().expect("a hit").holds(&record(2)));
    assert!(matches!(answer.fins[2].1, Lookup::Unknown(_)));
    assert!(matches!(answer.fins[3].1, Lookup::Unknown(_)));
    assert_eq!(
        block(writer.reader().search(fin(1), 2026)).expect("an answer"),
        Lookup::Free
    );
}

#[test]
fn something_unreadable_in_an_answer_leaves_no_fin_free() {
    let zero = json!({"fin": fin(1).as_str(), "count": 0, "entries": []});
    for strange in [
        json!({"fin": "?"}),
        json!(null),
        json!({"fin": fin(9).as_str(), "count": 1, "entries": "many"}),
    ] {
        let answer = json!({"found": true, "fins": [zero, strange]});
        let (writer, _) = clients(Contract::assumed(), vec![Reply::json(answer.to_string())]);
        let answer =
            block(writer.reader().bulk_search(&[fin(1), fin(2)], 2026)).expect("an answer");
        for (_, lookup) in answer.fins {
            assert!(
                matches!(lookup, Lookup::Unknown(_)),
                "{strange}: {lookup:?}"
            );
        }
    }
}

#[test]
fn counts_beyond_all_bounds_are_found_and_nothing_breaks() {
    let many = json!({"fin": fin(1).as_str(), "count": u64::MAX, "entries": []});
    let answer = json!({"found": true, "fins": [many, many]});
    let (writer, _) = clients(Contract::assumed(), vec![Reply::json(answer.to_string())]);
    let lookup = block(writer.reader().search(fin(1), 2026)).expect("an answer");
    assert_eq!(lookup.found().map(|found| found.count), Some(u64::MAX));
}

#[test]
fn without_bulk_search_fins_are_looked_up_one_by_one_and_paid_answers_are_kept() {
    let contract = Contract::from_toml("bulk_search = \"absent\"\n").expect("sound");
    let (writer, service) = clients(
        contract,
        vec![
            Reply::json(r#"{"found": false, "fins": []}"#),
            Reply::status(404),
        ],
    );
    let answer =
        block(writer.reader().bulk_search(&[fin(1), fin(2), fin(3)], 2026)).expect("an answer");
    assert_eq!(answer.fins[0], (fin(1), Lookup::Free));
    assert!(
        matches!(&answer.fins[1].1, Lookup::Unknown(why) if why.contains("404")),
        "{answer:?}"
    );
    assert!(matches!(answer.fins[2].1, Lookup::Unknown(_)));
    assert_eq!(service.requests().len(), 3, "the token and two look-ups");
}

#[test]
fn a_flag_that_the_service_does_not_take_can_only_be_off() {
    let contract = Contract::from_toml("[bulk_create]\ncommit_on_partial_success = \"absent\"\n")
        .expect("sound");
    let (writer, service) = clients(
        contract,
        vec![Reply::json(
            json!({"created": [assumed_record(1)]}).to_string(),
        )],
    );
    let error =
        block(writer.bulk_create(&[record(1)], flags(false, true))).expect_err("not possible");
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Request, Outcome::NotSent)
    );
    assert!(service.requests().is_empty());
    block(writer.bulk_create(&[record(1)], EntryFlags::default())).expect("an answer");
}

#[test]
fn a_readers_account_gets_no_writer() {
    let builder = || {
        let service = finkit_transport::testing::ScriptedHttp::new();
        Builder::new(
            base(),
            Transport::builder(std::sync::Arc::new(service)).build(),
        )
    };
    let error = builder()
        .writer_for(Participant::Reader, SecurityCode::new(CODE))
        .expect_err("a reader");
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Forbidden, Outcome::NotSent)
    );
    for participant in [Participant::Standard, Participant::Incognito] {
        builder()
            .writer_for(participant, SecurityCode::new(CODE))
            .expect("may enter");
    }
}

#[test]
fn another_name_for_the_token() {
    let contract =
        Contract::from_toml("[token.answer]\naccess_token = \"zugriff\"\n").expect("sound");
    let service = super::script(vec![
        Reply::json(r#"{"zugriff": "canary-token", "token_type": "bearer"}"#),
        Reply::json(r#"{"found": false}"#),
    ]);
    let account = crate::token_request(
        &base(),
        &contract,
        "acme",
        finkit_transport::Password::new("p"),
    )
    .expect("a request");
    let transport = Transport::builder(std::sync::Arc::new(service.clone()))
        .tokens(finkit_transport::TokenSource::builder(account).build())
        .build();
    let reader = Builder::new(base(), transport).contract(contract).reader();
    assert_eq!(
        block(reader.search(fin(1), 2026)).expect("an answer"),
        Lookup::Free
    );
    assert!(lines(&service)[1].contains("auth=Bearer canary-token"));
}
