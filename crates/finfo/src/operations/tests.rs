//! Tests on a document as Finfo's generator writes such, and on variants of it.

use std::sync::Arc;

use finkit_transport::testing::{Reply, ScriptedHttp};
use finkit_transport::{ClientSecret, Origin, Password, TokenSource, Transport};
use url::Url;

use super::*;
use crate::{CLIENT_ID, Client, Endpoint, Endpoints, PageEvent, PageOptions, TokenSettings};

const SUBSCRIBER: &str = include_str!("subscriber.json");

fn subscriber() -> Operations {
    Operations::read(SUBSCRIBER.as_bytes()).expect("readable")
}

/// A document with one operation, its parameters given.
fn with(version: &str, parameters: &str) -> Operation {
    let text = format!(
        r#"{{"openapi": "{version}", "info": {{"title": "", "version": ""}}, "paths": {{"/v1.0/a": {{"get": {{
        "operationId": "a", "parameters": [{parameters}]}}}}}}}}"#
    );
    let operations = Operations::read(text.as_bytes()).expect("readable");
    operations.all()[0].clone()
}

#[track_caller]
fn faults(operation: &Operation, values: &[(&str, &str)]) -> Vec<String> {
    let error = operation.request(values).expect_err("faults");
    error
        .faults()
        .iter()
        .map(|fault| format!("{} {}", fault.name, fault.problem))
        .collect()
}

#[test]
fn the_document_is_listed_with_names_types_and_bounds() {
    let operations = subscriber();
    assert_eq!(operations.title(), "Finfo API – Subscriber");
    assert_eq!(operations.all().len(), 11);
    assert_eq!(operations.digest().len(), 64);
    let media = operations.find("getmedia").expect("by any case");
    assert_eq!((media.id(), media.path()), ("getMedia", "/v2.2/media"));
    assert_eq!(media.paging(), &Paging::Offset { most: Some(1000) });
    assert_eq!(media.shape(), &Shape::Field("articleList".to_owned()));
    let find = |name: &str| {
        let mut all = media.parameters().iter();
        all.find(|parameter| parameter.name() == name).expect(name)
    };
    assert_eq!(find("contentType").allowed().len(), 3);
    assert_eq!(find("limit").bounds(), ["≥ 1", "≤ 1000"]);
    assert_eq!(find("limit").format(), Some("int32"));
    assert_eq!(find("supplierArticleId").bounds(), ["1–18 characters"]);
    assert_eq!(find("changed-from-date").kind(), "date or date-time");
    assert!(operations.all().iter().all(|one| one.refusal().is_none()));
    let one = operations.find("getSupplier").expect("there");
    assert_eq!((one.shape(), one.paging()), (&Shape::One, &Paging::None));
    assert!(one.parameters()[0].is_in_path() && one.parameters()[0].is_required());
}

#[test]
fn an_unknown_operation_is_told_with_the_one_that_may_be_meant() {
    let error = subscriber().find("getArtikles").expect_err("unknown");
    assert_eq!(error.nearest(), Some("getArticles"));
    assert_eq!(
        error.to_string(),
        "the document has no operation \"getArtikles\"; is getArticles meant?"
    );
    assert_eq!(subscriber().find("x").expect_err("unknown").nearest(), None);
}

#[test]
fn every_fault_is_told_at_once_with_its_place() {
    let operations = subscriber();
    let period = operations
        .find("getArticlesV1NoPriceByPeriod")
        .expect("there");
    let error = period
        .request(&[("changedFromDate", "x"), ("changed-to-date", "2026-02-30")])
        .expect_err("four faults");
    let told: Vec<String> = error.faults().iter().map(ToString::to_string).collect();
    let at = "#/paths/~1v1.0~1article~1fin20text~1noprice~1period/get";
    assert_eq!(
        told,
        [
            format!(
                "changedFromDate is no parameter of this operation; is changed-from-date meant? ({at})"
            ),
            format!("finfoSupplierId is required and missing ({at}/parameters/0)"),
            format!("changed-from-date is required and missing ({at}/parameters/1)"),
            format!(
                "changed-to-date is \"2026-02-30\", which is no day such as 2026-01-31 ({at}/parameters/2)"
            ),
        ]
    );
    assert!(
        error
            .to_string()
            .starts_with("getArticlesV1NoPriceByPeriod: ")
    );
    assert!(!error.to_string().contains('\n'));
}

#[test]
fn choices_patterns_numbers_and_lengths_are_checked() {
    let operations = subscriber();
    let media = operations.find("getMedia").expect("there");
    let long = "x".repeat(19);
    assert_eq!(
        faults(
            media,
            &[
                ("finfoSupplierId", "23470O3"),
                ("supplierArticleId", &long),
                ("contentType", "image"),
                ("changed-from-date", "yesterday"),
                ("offset", "-1"),
                ("limit", "1001"),
            ]
        ),
        [
            "finfoSupplierId is \"23470O3\", which is not like ^[0-9]{1,10}$",
            "supplierArticleId has 19 characters, but must have at most 18",
            "contentType is \"image\", but must be one of productImageSingle, environmentImage, safetyDataSheet",
            "changed-from-date is \"yesterday\", which is no day such as 2026-01-31 or moment such as 2026-01-31T09:30:00Z",
            "offset is \"-1\", but must be at least 0",
            "limit is \"1001\", but must be at most 1000",
        ]
    );
    assert_eq!(
        faults(media, &[("limit", "1"), ("limit", "2"), ("offset", "1.5")]),
        [
            "offset is \"1.5\", which is no whole number",
            "limit is there several times, but is no list"
        ]
    );
    for moment in [
        "2026-01-31",
        "2026-01-31T10:00:00Z",
        "2026-01-31T10:00:00.5+01:00",
    ] {
        let values = [("changed-from-date", moment), ("finfoSupplierId", "1")];
        assert!(media.request(&values).is_ok(), "{moment}");
    }
}

#[test]
fn both_generations_are_checked_alike() {
    for (version, schema) in [
        (
            "3.0.1",
            r#"{"type": "integer", "format": "int32", "nullable": true, "minimum": 0, "exclusiveMinimum": true}"#,
        ),
        (
            "3.1.0",
            r#"{"type": ["integer", "null"], "format": "int32", "exclusiveMinimum": 0}"#,
        ),
        (
            "3.1.0",
            r#"{"anyOf": [{"type": "integer", "format": "int32", "exclusiveMinimum": 0}, {"type": "null"}]}"#,
        ),
    ] {
        let operation = with(
            version,
            &format!(r#"{{"name": "n", "in": "query", "schema": {schema}}}"#),
        );
        assert!(operation.request(&[("n", "1")]).is_ok(), "{schema}");
        for (value, fault) in [
            ("0", "n is \"0\", but must be more than 0"),
            (
                "3000000000",
                "n is \"3000000000\", which is no whole number of 32 bits",
            ),
            ("", "n is \"\", which is no whole number"),
            ("\n", "n is \"\\n\", which is no whole number"),
        ] {
            assert_eq!(faults(&operation, &[("n", value)]), [fault], "{schema}");
        }
    }
}

#[test]
fn types_are_checked_as_json_writes_them() {
    let one = |schema: &str, value: &str| {
        let operation = with(
            "3.0.1",
            &format!(r#"{{"name": "n", "in": "query", "schema": {schema}}}"#),
        );
        operation.request(&[("n", value)]).is_ok()
    };
    let huge = "9".repeat(60);
    for (schema, good, bad) in [
        (
            r#"{"type": "number", "maximum": 1.5}"#,
            vec!["1.5", "-1e3", "0"],
            vec!["1.51", "inf", "NaN", "", "1,5", huge.as_str()],
        ),
        (
            r#"{"type": "boolean"}"#,
            vec!["true", "false"],
            vec!["True", "1", ""],
        ),
        (
            r#"{"type": "integer", "format": "int64"}"#,
            vec!["-9223372036854775808"],
            vec!["9223372036854775808", huge.as_str(), "+1", "0x1"],
        ),
        (
            r#"{"type": "integer", "enum": [1, 2]}"#,
            vec!["1", "2"],
            vec!["3", "01"],
        ),
        (
            r#"{"type": "string", "format": "uuid"}"#,
            vec!["01234567-89ab-cdef-0123-456789ABCDEF"],
            vec!["1", "g1234567-89ab-cdef-0123-456789abcdef"],
        ),
        (
            r#"{"type": "string", "pattern": "^\\d+$"}"#,
            vec!["12"],
            vec!["a", ""],
        ),
        (
            r#"{"type": "string", "pattern": "^(?=a).*$"}"#,
            vec!["b, for looking ahead is not checked"],
            vec![],
        ),
        (
            r#"{"type": "string", "minLength": 2}"#,
            vec!["åä"],
            vec!["å"],
        ),
        (r#"{}"#, vec!["anything", ""], vec![]),
    ] {
        for value in good {
            assert!(one(schema, value), "{schema} {value}");
        }
        for value in bad {
            assert!(!one(schema, value), "{schema} {value}");
        }
    }
}

#[test]
fn lists_are_repeated_or_joined_as_the_document_says() {
    let operation = with(
        "3.0.1",
        r#"{"name": "a", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}},
           {"name": "b", "in": "query", "explode": false, "schema": {"type": "array", "items": {"type": "string"}}}"#,
    );
    let request = operation
        .request(&[("a", "1"), ("b", "x"), ("a", "2"), ("b", "y")])
        .expect("sound");
    let query: Vec<(&str, &str)> = request
        .query()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(query, [("a", "1"), ("a", "2"), ("b", "x,y")]);
    assert_eq!(faults(&operation, &[("a", "1"), ("a", "x")]).len(), 1);
}

#[test]
fn a_part_of_the_path_is_encoded_and_leads_nowhere_else() {
    let text = r#"{"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {"/v1.0/{a}/b/{c}": {
        "parameters": [{"name": "a", "in": "path", "schema": {"type": "string"}}],
        "get": {"parameters": [{"name": "c", "in": "path", "required": true, "schema": {"type": "string"}}]}}}}"#;
    let operations = Operations::read(text.as_bytes()).expect("readable");
    let operation = operations
        .find("get_v1.0_{a}_b_{c}")
        .expect("a name of its own");
    let request = operation
        .request(&[("a", "../ö?x#%2e"), ("c", "{a}")])
        .expect("sound");
    assert_eq!(request.path(), "/v1.0/..%2F%C3%B6%3Fx%23%252e/b/%7Ba%7D");
    assert_eq!(
        faults(operation, &[("a", ".."), ("c", " ")]),
        [
            "c is \" \", which can't be a part of a path",
            "a is \"..\", which can't be a part of a path"
        ]
    );
}

#[test]
fn only_what_reads_below_the_base_address_is_called() {
    let text = r#"{"openapi": "3.0.1", "info": {"title": "", "version": ""}, "paths": {
        "/v1.0/a": {"post": {"operationId": "writes"}, "delete": {"operationId": "deletes"},
                    "get": {"operationId": "body", "requestBody": {"required": true, "content": {"application/json": {}}}}},
        "/v1.0/b": {"get": {"operationId": "header", "parameters": [
            {"name": "X-Group", "in": "header", "required": true}, {"name": "Accept", "in": "header", "required": true}]}},
        "/v1.0/c": {"get": {"operationId": "key", "security": [{"k": []}]}},
        "//evil.example.test/": {"get": {"operationId": "foreign"}},
        "/v1.0/../../admin": {"get": {"operationId": "above"}},
        "/v1.0/{x}": {"get": {"operationId": "undescribed"}},
        "/v1.0/d": {"get": {"operationId": "same"}}, "/v1.0/e": {"get": {"operationId": "same"}}},
        "components": {"securitySchemes": {"k": {"type": "apiKey", "name": "X-Key", "in": "header"}}}}"#;
    let operations = Operations::read(text.as_bytes()).expect("readable");
    for (name, why) in [
        (
            "writes",
            "its method is POST, and only what reads (GET) is called (#/paths/~1v1.0~1a/post)",
        ),
        ("deletes", "its method is DELETE"),
        ("body", "it needs a body"),
        ("header", "it needs the header or cookie \"X-Group\""),
        ("key", "it needs the key \"X-Key\""),
        ("foreign", "leads elsewhere"),
        ("above", "leads elsewhere"),
        ("undescribed", "leads elsewhere"),
    ] {
        let operation = operations.find(name).expect(name);
        let error = operation.request::<&str>(&[]).expect_err(name);
        assert!(error.refusal().is_some() && error.faults().is_empty());
        assert!(error.to_string().contains(why), "{error}");
    }
    for (name, path) in [("same", "/v1.0/d"), ("same_2", "/v1.0/e")] {
        assert_eq!(operations.find(name).expect(name).path(), path);
    }
}

#[test]
fn following_pages_sets_offset_and_limit_itself() {
    let operations = subscriber();
    let articles = operations.find("getArticles").expect("there");
    let error = articles
        .request_all(&[("finfoSupplierId", "1"), ("limit", "10")])
        .expect_err("limit");
    assert_eq!(error.faults()[0].problem, Problem::SetByPaging);
    let other = with("3.0.1", r#"{"name": "pageNumber", "in": "query"}"#);
    assert_eq!(
        other.paging(),
        &Paging::Other(vec!["pageNumber".to_owned()])
    );
    let error = other.request_all::<&str>(&[]).expect_err("pages");
    assert_eq!(error.faults()[0].problem, Problem::OtherPaging);
    assert!(other.request::<&str>(&[]).is_ok());
}

#[test]
fn hostile_documents_are_refused() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(Operations::read(deep.as_bytes()), Err(ReadError::TooDeep));
    assert_eq!(
        Operations::read(&vec![b' '; MAX_BYTES + 1]),
        Err(ReadError::TooLarge)
    );
    let round = SUBSCRIBER.replace(
        "\"SupplierList\": {",
        "\"Round\": {\"$ref\": \"#/components/schemas/About\"}, \"About\": {\"$ref\": \"#/components/schemas/Round\"}, \"SupplierList\": {",
    );
    let round = round.replace(
        "#/components/schemas/SupplierList",
        "#/components/schemas/Round",
    );
    let error = Operations::read(round.as_bytes()).expect_err("a circle");
    assert!(matches!(error, ReadError::Reference { .. }), "{error}");
}

fn client(http: ScriptedHttp) -> Client {
    let base = Url::parse("https://api.example.test/finfo").expect("an address");
    let account = TokenSettings {
        realm: Url::parse("https://id.example.test/auth/realms/finfo").expect("an address"),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(ClientSecret::new("s")),
        username: "reseller@example.test".to_owned(),
    };
    let request = account.token_request(Password::new("p")).expect("sound");
    let tokens = TokenSource::builder(request)
        .for_origin(Origin::of(&base).expect("an origin"))
        .build();
    let transport = Transport::builder(Arc::new(http)).tokens(tokens).build();
    Client::builder(base, transport).build().expect("sound")
}

/// A service that tells the address it was asked for, and pages of five rows.
fn service() -> ScriptedHttp {
    ScriptedHttp::new().otherwise(|request| {
        let uri = request.uri();
        let (path, query) = (uri.path(), uri.query().unwrap_or_default());
        if path.ends_with("/token") {
            return Reply::json(
                r#"{"access_token":"a","expires_in":900,"refresh_expires_in":1800,"refresh_token":"r"}"#,
            );
        }
        if !path.ends_with("/article") {
            return Reply::json(format!(r#"{{"asked":"{path}?{query}"}}"#));
        }
        let number = |name: &str| -> u64 {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let found = pairs.find(|(known, _)| *known == name);
            found.map_or(0, |(_, value)| value.parse().expect("a number"))
        };
        let (offset, limit) = (number("offset"), number("limit"));
        let rows: Vec<String> = (offset..(offset + limit).min(5))
            .map(|row| format!(r#"{{"finfoArticleId":{row}}}"#))
            .collect();
        Reply::json(format!(
            r#"{{"pagination":{{"offset":{offset},"limit":{limit},"totalCount":5}},"articleList":[{}]}}"#,
            rows.join(",")
        ))
    })
}

#[tokio::test]
async fn a_request_is_sent_as_it_was_checked() {
    let client = client(service());
    let operations = subscriber();
    let one = operations.find("getSupplier").expect("there");
    let request = one
        .request(&[("finfoSupplierId", "2347003")])
        .expect("sound");
    let rows = client.send(&request).await.expect("an answer");
    let rows: Vec<&str> = rows.json().collect();
    assert_eq!(rows, [r#"{"asked":"/finfo/v1.0/suppliers/2347003?"}"#]);
    assert!(
        client
            .pages_of_request(&request, PageOptions::default())
            .is_none()
    );

    let media = operations.find("getMedia").expect("there");
    let request = media
        .request(&[("supplierArticleId", "a b&c"), ("limit", "3")])
        .expect("sound");
    let rows = client.send(&request).await.expect("an answer");
    let asked = rows.json().next().expect("a row");
    assert!(
        asked.ends_with(r#"/v2.2/media?supplierArticleId=a+b%26c&limit=3"}"#),
        "{asked}"
    );
    assert_eq!(client.requests(), 2);
}

#[tokio::test]
async fn all_pages_are_followed() {
    let client = client(service());
    let operations = subscriber();
    let articles = operations.find("getArticles").expect("there");
    let request = articles
        .request_all(&[("finfoSupplierId", "2347003")])
        .expect("sound");
    let options = PageOptions::default().page_size(3);
    let mut pages = client.pages_of_request(&request, options).expect("pages");
    let mut rows = Vec::new();
    while let Some(event) = pages.next().await {
        if let PageEvent::Page(page) = event.expect("a page") {
            rows.extend(page.records().map(|record| record.json().to_owned()));
        }
    }
    let expected: Vec<String> = (0..5)
        .map(|row| format!(r#"{{"finfoArticleId":{row}}}"#))
        .collect();
    assert_eq!(rows, expected);
}

fn differing(comparison: &Comparison) -> Vec<(String, State)> {
    comparison
        .differences()
        .map(|line| (line.key.clone(), line.state))
        .collect()
}

#[test]
fn the_assumed_endpoints_are_as_the_document_has_them() {
    let comparison = compare(&subscriber(), &Endpoints::assumed());
    assert_eq!(differing(&comparison), [], "{:#?}", comparison.lines);
    assert_eq!(comparison.settings(), "");
    let keys: Vec<&str> = comparison
        .lines
        .iter()
        .map(|line| line.key.as_str())
        .collect();
    for key in [
        "my_suppliers.path",
        "article.path.limit",
        "media.list",
        "climate.total",
        "etim.article",
    ] {
        assert!(keys.contains(&key), "{key} {keys:?}");
    }
    let first =
        Endpoints::assumed().with(crate::catalogue::Dataset::Article, Endpoint::article_v1());
    let comparison = compare(&subscriber(), &first);
    assert_eq!(differing(&comparison), [], "{:#?}", comparison.lines);
}

#[test]
fn what_differs_is_told_and_settings_settle_the_paths() {
    let text = SUBSCRIBER
        .replace("\"/v2.2/article\"", "\"/customers/v2.2/article\"")
        .replace("\"/v1.1/sustainability\"", "\"/v1.1/safety\"")
        .replace(
            "\"contentType\",\n      \"required\": false",
            "\"contentType\",\n      \"required\": true",
        );
    assert_eq!(
        text.matches("\"required\": true").count(),
        SUBSCRIBER.matches("\"required\": true").count() + 1
    );
    let operations = Operations::read(text.as_bytes()).expect("readable");
    let comparison = compare(&operations, &Endpoints::assumed());
    assert_eq!(
        differing(&comparison),
        [
            ("article.path".to_owned(), State::Different),
            (
                "media.path.contentType".to_owned(),
                State::AdditionalRequired
            ),
            ("sustainability.path".to_owned(), State::Missing),
        ]
    );
    assert_eq!(
        comparison.settings(),
        "[article]\npath = \"/customers/v2.2/article\"\n"
    );
    let settled = Endpoints::from_toml(&comparison.settings()).expect("sound");
    assert_eq!(differing(&compare(&operations, &settled)).len(), 2);
}

#[test]
fn other_names_types_lists_and_required_parameters_are_told() {
    let text = r#"{"openapi": "3.0.1", "info": {"title": "", "version": ""}, "paths": {"/v2.2/article": {"get": {"parameters": [
        {"name": "finfoSupplierId", "in": "query", "required": true, "schema": {"type": "string"}},
        {"name": "supplierArticleId", "in": "query", "schema": {"type": "string"}},
        {"name": "finfoArticleId", "in": "query", "schema": {"type": "boolean"}},
        {"name": "changedFromDate", "in": "query", "schema": {"type": "string", "format": "date-time"}},
        {"name": "changed-to-date", "in": "query", "schema": {"type": "string", "format": "date"}},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 500}}],
        "responses": {"200": {"content": {"application/json": {"schema": {"type": "object", "properties": {
            "totalCount": {"type": "integer"}, "rows": {"type": "array", "items": {"type": "object", "properties": {"id": {}}}}}}}}}}}}}}"#;
    let operations = Operations::read(text.as_bytes()).expect("readable");
    let comparison = compare(&operations, &Endpoints::assumed());
    let article: Vec<(String, State)> = differing(&comparison)
        .into_iter()
        .filter(|(key, _)| key.starts_with("article."))
        .collect();
    let expected = [
        ("article.path.finfoSupplierId", State::AdditionalRequired),
        ("article.path.finfoArticleId", State::Different),
        ("article.path.gtin", State::Missing),
        ("article.path.changed-from-date", State::Different),
        ("article.path.changed-to-date", State::Different),
        ("article.path.offset", State::Missing),
        ("article.path.limit", State::Different),
        ("article.list", State::Different),
        ("article.total", State::Different),
        ("article.article", State::Missing),
    ];
    let expected: Vec<(String, State)> = expected
        .iter()
        .map(|(key, state)| ((*key).to_owned(), *state))
        .collect();
    assert_eq!(article, expected, "{:#?}", comparison.lines);
    assert!(comparison.settings().contains("list = \"rows\""));
}
