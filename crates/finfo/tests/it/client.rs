//! The client: addresses, statuses, settings.

use std::error::Error as _;
use std::sync::Arc;

use finkit_core::ApiVersion;
use finkit_finfo::catalogue::Dataset;
use finkit_finfo::{Client, Endpoint, Endpoints, Error, ErrorKind, Query, QueryFault};
use finkit_transport::testing::{Reply, ScriptedHttp};
use finkit_transport::{ManualClock, MemoryVault, Outcome, Transport};
use url::Url;

use crate::model::{Fault, Model};

fn supplier() -> Query {
    Query::new()
        .supplier("1".parse().expect("a supplier"))
        .page(0, 10)
}

async fn failed(fault: Fault) -> Error {
    let model = Model::with_articles("1", 3);
    model.faults([fault.clone(), fault.clone(), fault]);
    model
        .client()
        .articles(&supplier())
        .await
        .expect_err("refused")
}

#[tokio::test]
async fn each_endpoint_is_asked_at_its_path_with_its_parameters() {
    let model = Model::with_articles("1", 1);
    let client = model.client();
    for dataset in Dataset::ALL {
        let answer = client.ask(dataset, &supplier()).await.expect("an answer");
        assert_eq!(answer.page().len(), 1, "{dataset}");
    }
    let paths: Vec<_> = model
        .requests()
        .iter()
        .map(|request| request.split('?').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        paths,
        [
            "/v2.2/article",
            "/v2.2/media",
            "/v2.0/climate",
            "/v1.0/environment",
            "/v1.0/etim",
            "/v1.1/sustainability"
        ]
    );
    assert!(model.requests()[0].ends_with("?finfoSupplierId=1&offset=0&limit=10"));
    let suppliers = client.my_suppliers().await.expect("a list");
    assert_eq!(suppliers[0].name.as_deref(), Some("Leverantör 1"));
    assert_eq!(client.requests(), 7);
}

#[tokio::test]
async fn paths_are_data() {
    let model = Model::with_articles("1", 2);
    let endpoints =
        Endpoints::from_toml("[article]\npath = \"/kund/v2.1/artiklar\"\nversion = \"v2.1\"")
            .expect("sound");
    let client = model.client_with(endpoints, MemoryVault::new());
    let answer = client.articles(&supplier()).await.expect("an answer");
    assert_eq!(answer.version(), ApiVersion::new(2, 1));
    assert!(model.requests()[0].starts_with("/kund/v2.1/artiklar?"));
}

#[tokio::test]
async fn version_1_is_asked_by_use() {
    let model = Model::with_articles("1", 2);
    let endpoints = Endpoints::assumed().with(Dataset::Article, Endpoint::article_v1());
    let client = model.client_with(endpoints, MemoryVault::new());
    let id = "1".parse().expect("a supplier");
    let window = ApiVersion::new(1, 0).window_of_days(
        "2026-01-01".parse().expect("a day"),
        "2026-01-02".parse().expect("a day"),
    );
    client
        .articles(&Query::new().supplier(id))
        .await
        .expect("an answer");
    client
        .articles(&Query::new().supplier(id).changed(window))
        .await
        .expect("an answer");
    assert_eq!(
        model.requests(),
        [
            "/v1.0/article/fin20text/noprice/supplier?finfoSupplierId=1",
            "/v1.0/article/fin20text/noprice/period?finfoSupplierId=1&changed-from-date=2026-01-01&changed-to-date=2026-01-03"
        ]
    );
}

#[tokio::test]
async fn no_data_is_an_answer_without_rows() {
    let model = Model::with_articles("1", 0);
    model.state().suppliers.entry("1".to_owned()).or_default();
    let answer = model.client().articles(&supplier()).await.expect("204");
    assert!(answer.page().is_empty());
    assert_eq!(answer.articles().count(), 0);
}

#[tokio::test]
async fn a_refusal_names_the_supplier_and_the_portal() {
    let error = failed(Fault::Status(403)).await;
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Forbidden, Outcome::Rejected)
    );
    let text = error.to_string();
    assert!(
        text.contains("supplier 1 is ordered in the Finfo portal"),
        "{text}"
    );
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
}

#[tokio::test]
async fn every_status_says_what_helps() {
    let error = failed(Fault::Status(404)).await;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error
            .to_string()
            .contains("check the base address and the path"),
        "{error}"
    );
    let error = failed(Fault::Throttle(7)).await;
    assert_eq!(error.kind(), ErrorKind::TooManyRequests);
    assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(7)));
    assert_eq!(error.attempts(), 3, "the transport has repeated it");
    let error = failed(Fault::Status(500)).await;
    assert_eq!(
        (error.kind(), error.attempts()),
        (ErrorKind::ServerFault, 3)
    );
    let error = failed(Fault::Status(418)).await;
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Refused, 1));
    let error = failed(Fault::CutBody).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.transport_error().is_some() && error.source().is_some());
    assert!(!error.to_string().contains('\n'));
}

#[tokio::test]
async fn what_the_service_says_about_a_fault_is_told_in_one_line() {
    let reply = Reply::status(400).body("{\"message\":\"limit\\nis\\u0007 wrong\"}");
    let transport = Transport::builder(Arc::new(ScriptedHttp::new().otherwise(move |request| {
        if request.uri().path() == "/token" {
            return Reply::json(r#"{"access_token":"t","expires_in":900}"#);
        }
        reply.clone()
    })))
    .clock(Arc::new(ManualClock::new()))
    .tokens(
        finkit_transport::TokenSource::builder(
            finkit_transport::TokenRequest::openid(
                Url::parse("https://api.example.test/token").expect("an address"),
                "finfo-api",
                "me",
                finkit_transport::Password::new("pw"),
            )
            .expect("sound"),
        )
        .build(),
    )
    .build();
    let client = Client::builder(
        Url::parse("https://api.example.test").expect("an address"),
        transport,
    )
    .build()
    .expect("sound");
    let error = client.articles(&supplier()).await.expect_err("refused");
    assert!(
        error
            .to_string()
            .ends_with("does not take the parameters: limit is  wrong"),
        "{error}"
    );
}

#[tokio::test]
async fn a_broken_rule_is_told_before_anything_is_sent() {
    let model = Model::with_articles("1", 1);
    let error = model
        .client()
        .articles(&Query::new().supplier_article("A"))
        .await
        .expect_err("no supplier");
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Query, Outcome::NotSent)
    );
    assert_eq!(
        error.query_error().map(finkit_finfo::QueryError::faults),
        Some(&[QueryFault::NumberNeedsSupplier][..])
    );
    assert!(
        error
            .source()
            .expect("the rule")
            .to_string()
            .contains("source: https://docs.finfo.se/")
    );
    assert_eq!(
        model.requests().len() as u64 + model.client().transport().token_requests(),
        0
    );
}

#[tokio::test]
async fn any_path_can_be_asked_but_none_that_leads_elsewhere() {
    let model = Model::with_articles("1", 5);
    let client = model.client();
    let answer = client
        .get(
            "v2.1/article",
            &[("finfoSupplierId", "1"), ("offset", "0"), ("limit", "2")],
        )
        .await
        .expect("an answer");
    assert_eq!(
        (answer.page().len(), answer.version()),
        (2, ApiVersion::new(2, 1))
    );
    for path in ["//other.example.test/x", "/../token", "/a?b=c", "/%2e%2e/x"] {
        let error = client.get(path, &[]).await.expect_err(path);
        assert_eq!(error.kind(), ErrorKind::Query, "{path}");
    }
    let mut pages = client
        .pages_of(
            "/v2.2/article",
            Query::new().with("finfoSupplierId", "1"),
            finkit_finfo::PageOptions::default().page_size(2),
        )
        .expect("sound");
    let mut rows = 0;
    while let Some(event) = pages.next().await {
        if let finkit_finfo::PageEvent::Page(page) = event.expect("good") {
            rows += page.len();
        }
    }
    assert_eq!(rows, 5);
}

#[tokio::test]
async fn faults_of_the_settings_are_told_together() {
    let model = Model::new();
    let endpoints =
        Endpoints::assumed().with(Dataset::Etim, Endpoint::new(ApiVersion::new(1, 0), "etim"));
    let base = Url::parse("http://api.example.test/?x=1").expect("an address");
    let error = Client::builder(base, model.transport(MemoryVault::new()))
        .endpoints(endpoints)
        .build()
        .expect_err("three faults");
    let text = error.to_string();
    assert!(
        text.matches("; ").count() >= 2 && text.contains("etim") && text.contains("query"),
        "{text}"
    );
}

#[tokio::test]
async fn a_newer_version_is_noticed_once() {
    let mut endpoints = Endpoints::assumed();
    endpoints.article.successor = Some(ApiVersion::new(3, 0));
    let model = Model::with_articles("1", 1);
    let client = model.client_with(endpoints, MemoryVault::new());
    for _ in 0..3 {
        client.articles(&supplier()).await.expect("an answer");
    }
    assert_eq!(client.notices().len(), 1);
    assert!(client.notices()[0].to_string().contains("v3.0"));
}
