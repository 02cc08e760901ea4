//! Operations of Finfo's document from the command line: every one runs, and a fault is told before anything is sent.

use std::io::{Read as _, Write as _};

use finkit_tests::{Finkit, Ran};
use serde_json::Value;

use crate::finfo::Finfo;

/// The supplier of most calls.
const FASTE: &str = "2347003";

/// The program with the service's document in its profile.
fn adopted(service: &Finfo) -> Finkit {
    let finkit = service.finkit();
    let source = format!("{}/openapi.json", service.url());
    let ran = finkit
        .run(&["finfo", "contract", "adopt", &source, "--format", "json"])
        .expect(0);
    let note = &lines(&ran, "finfo-document")[0];
    assert_eq!(note["digest"].as_str().map(str::len), Some(64));
    assert_eq!(note["source"], source.as_str());
    finkit
}

fn lines(ran: &Ran, kind: &str) -> Vec<Value> {
    let mut lines = ran.json();
    lines.retain(|line| line["type"] == kind);
    lines
}

/// The service's document.
fn document(service: &Finfo) -> String {
    let mut stream = std::net::TcpStream::connect(service.address()).expect("connected");
    let host = service.address();
    write!(
        stream,
        "GET /openapi.json HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    body.to_owned()
}

#[test]
fn every_operation_of_the_document_runs() {
    let service = Finfo::start();
    let finkit = adopted(&service);
    let article = service.edit(|stock| stock.articles(FASTE)[0]).to_string();
    let ran = finkit
        .run(&["finfo", "operations", "--format", "json"])
        .expect(0);
    let operations = lines(&ran, "finfo-operation");
    assert_eq!(operations.len(), 17);
    for operation in &operations {
        let id = operation["id"].as_str().expect("a name");
        let parameters = operation["parameters"].as_array().expect("a list");
        let mut values = Vec::new();
        for parameter in parameters {
            let name = parameter["name"].as_str().expect("a name");
            let value = match name {
                "finfoSupplierId" => FASTE,
                "offset" => "0",
                "limit" => "5",
                "finfoArticleId" if id.ends_with("ByItem") => &article,
                "changed-from-date" if parameter["required"] == true => "2020-01-01",
                "changed-to-date" if parameter["required"] == true => "2099-01-01",
                _ => continue,
            };
            values.push(format!("{name}={value}"));
        }
        let mut arguments = vec!["finfo", "call", id];
        arguments.extend(values.iter().map(String::as_str));
        let before = service.executed();
        let ran = finkit.run(&arguments).expect(0);
        assert!(service.executed() > before, "{id}");
        let rows: Vec<Value> = ran
            .out
            .lines()
            .map(|line| serde_json::from_str(line).expect("a row of JSON"))
            .collect();
        assert!(!rows.is_empty(), "{id}");
    }
    let statuses = service.counters().statuses;
    assert!(statuses.keys().all(|status| *status < 300), "{statuses:?}");
}

#[test]
fn all_pages_are_followed() {
    let service = Finfo::start();
    let finkit = adopted(&service);
    let supplier = format!("finfoSupplierId={FASTE}");
    let all = ["finfo", "call", "getArticles", &supplier, "--all"];
    let ran = finkit
        .run(&[&all[..], &["--page-size", "10"]].concat())
        .expect(0);
    assert_eq!(ran.out.lines().count(), 25);
    // The same through the path, which stays.
    let ran = finkit
        .run(&["finfo", "call", "/v2.2/article", &supplier, "--all"])
        .expect(0);
    assert_eq!(ran.out.lines().count(), 25);
}

#[test]
fn wrong_and_missing_parameters_are_told_before_anything_is_sent() {
    let service = Finfo::start();
    let finkit = adopted(&service);
    let before = service.received();
    for (arguments, told) in [
        (
            &["getArticlesV1ByPeriod", "changed-from-date=2026-13-01"][..],
            &[
                "finfoSupplierId is required and missing",
                "changed-from-date is \"2026-13-01\", which is no day",
                "changed-to-date is required and missing",
                "#/paths/~1v1.0~1article~1period/get/parameters/0",
            ][..],
        ),
        (
            &["getSupplier"],
            &["finfoSupplierId is required and missing"],
        ),
        (
            &["getMedia", "contentTyp=x", "contentType=picture"],
            &["is contentType meant?", "must be one of productImageSingle"],
        ),
        (
            &["getArticles", "limit=1001", "offset=x"],
            &[
                "must be at most 1000",
                "offset is \"x\", which is no whole number",
            ],
        ),
        (
            &["getArticles", "limit=5", "--all"],
            &["limit is set by following all pages"],
        ),
        (&["getArtikles"], &["is getArticles meant?"]),
    ] {
        let ran = finkit
            .run(&[&["finfo", "call"][..], arguments].concat())
            .expect_failure(2);
        for words in told {
            assert!(ran.err.contains(words), "{words}\n{}", ran.err);
        }
    }
    assert_eq!(service.received(), before);
    let stranger = service.finkit();
    let ran = stranger
        .run(&["finfo", "call", "getArticles"])
        .expect_failure(2);
    assert!(ran.err.contains("finfo contract adopt"), "{}", ran.err);
    assert_eq!(service.received(), before);
}

#[test]
fn the_endpoints_are_compared_with_a_document() {
    let service = Finfo::start();
    let finkit = adopted(&service);
    let ran = finkit.run(&["finfo", "contract", "check"]).expect(0);
    assert!(ran.out.contains("Paths and parameters fit the document."));

    let other = document(&service).replace("/v2.2/article", "/customers/v2.2/article");
    let file = finkit.file("other.json", &other);
    let check = ["finfo", "contract", "check", &file, "--differences"];
    let ran = finkit.run(&check).expect(1);
    assert!(ran.out.contains("1 difference from the document."));
    let (_, settings) = ran.out.split_once("[article]").expect("settings");
    let endpoints = finkit.file("endpoints.toml", format!("[article]{settings}"));
    finkit.settings(&format!(
        "[profile.default.finfo]\nendpoints = {endpoints:?}\n"
    ));
    finkit.run(&check).expect(0);

    let file = finkit.file("none.json", "{}");
    finkit
        .run(&["finfo", "contract", "check", &file])
        .expect_failure(2);
}

#[test]
fn a_shell_knows_the_names_of_the_stored_document() {
    let service = Finfo::start();
    let before = service.finkit().run(&["completions", "bash"]).expect(0);
    assert!(!before.out.contains("getSustainability"));
    let finkit = adopted(&service);
    let ran = finkit.run(&["completions", "bash"]).expect(0);
    for name in ["getSustainability", "changed-from-date="] {
        assert!(ran.out.contains(name), "{name}");
    }
}
