//! The headers of each request: what is sent, what is marked as a secret, and where the security code never goes.

use finkit_transport::HttpRequest;
use finkit_transport::testing::Reply;
use serde_json::json;

use super::{CODE, assumed_record, base, block, clients, fin, record};
use crate::contract::samples::renamed;
use crate::{Contract, EntryFlags, wire};

fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers().get(name)?.to_str().ok()
}

#[test]
fn json_is_announced_and_the_code_goes_only_where_something_changes() {
    let created = json!({"created": [assumed_record(1)], "failed": []}).to_string();
    let free = r#"{"found": false}"#;
    let (writer, service) = clients(
        Contract::assumed(),
        vec![
            Reply::json(created.clone()),
            Reply::json(created),
            Reply::json(r#"{"deleted": true}"#),
            Reply::json(free),
            Reply::json(free),
        ],
    );
    block(async {
        writer
            .create(&record(1), EntryFlags::default())
            .await
            .expect("an answer");
        writer
            .bulk_create(&[record(1)], EntryFlags::default())
            .await
            .expect("an answer");
        writer
            .delete(&fin(1), &record(1).period)
            .await
            .expect("an answer");
        writer
            .reader()
            .search(fin(1), 2026)
            .await
            .expect("an answer");
        writer
            .reader()
            .bulk_search(&[fin(1)], 2026)
            .await
            .expect("an answer");
    });
    let requests = service.requests();
    assert_eq!(
        header(&requests[0], "content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(header(&requests[0], "x-security-code"), None);
    for (place, request) in requests.iter().enumerate().skip(1) {
        assert_eq!(
            header(request, "content-type"),
            Some("application/json"),
            "{place}"
        );
        assert_eq!(
            header(request, "accept"),
            Some("application/json"),
            "{place}"
        );
        assert_eq!(
            header(request, "x-security-code"),
            (place <= 3).then_some(CODE),
            "{place}"
        );
        assert!(request.headers()["authorization"].is_sensitive());
        assert!(!request.uri().path().ends_with('/'));
    }
    assert!(requests[1].headers()["x-security-code"].is_sensitive());
    assert!(!format!("{:?}", requests[1].headers()).contains("canary"));
}

#[test]
fn a_request_without_body_announces_none() {
    let contract = renamed();
    let search = contract.search.as_ref().expect("offered");
    let request = wire::search::one(&contract, search, &base(), &fin(1), 2026).expect("a request");
    assert_eq!(header(&request, "content-type"), None);
    assert!(request.body().is_empty());
}

#[test]
fn a_secret_that_no_header_can_carry_is_refused_without_being_shown() {
    let contract = Contract::assumed();
    let create = contract.create.as_ref().expect("offered");
    let error = wire::entry::one(
        &contract,
        create,
        &base(),
        &record(1),
        EntryFlags::default(),
        "canary\r\nx-evil: 1",
    )
    .expect_err("no header");
    assert!(
        !format!("{error} {error:?}").contains("canary"),
        "{error:?}"
    );
    assert!(error.to_string().contains("x-security-code"), "{error}");
}

#[test]
fn values_in_path_and_query_are_encoded() {
    let contract = Contract::from_toml(
        "[delete]\nmethod = \"POST\"\npath = \"/fin/{fin}/delete\"\nfin = \"path:fin\"\nstart_date = \"query:von datum\"\n\
         end_date = \"query:bis&\"\n",
    )
    .expect("sound");
    let delete = contract.delete.as_ref().expect("offered");
    let request =
        wire::deletion::request(&contract, delete, &base(), &fin(1), &record(1).period, CODE)
            .expect("a request");
    assert_eq!(
        request.uri().to_string(),
        "https://api.example.test/v1/fin/WVWZZZE1ZMP000001/delete?von+datum=2026-01-01&bis%26=2026-06-30"
    );
}
