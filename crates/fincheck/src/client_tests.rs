//! How often the clients call the service, with a mock in the place of the network.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use finkit_core::{FinRecord, Vin};
use finkit_transport::{
    HttpRequest, HttpResponse, HttpService, Outcome, Password, SecurityCode, SendError,
    SendErrorKind, TokenSource, Transport,
};

use crate::{Builder, Contract, EntryFlags, Lookup, Writer, token_request};

mockall::mock! {
    #[derive(Debug)]
    Http {}

    #[async_trait]
    impl HttpService for Http {
        async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SendError>;
    }
}

fn writer(http: MockHttp) -> Writer {
    let base: url::Url = "https://api.example.test/".parse().expect("an address");
    let contract = Contract::assumed();
    let account =
        token_request(&base, &contract, "acme", Password::new("s3cret")).expect("a request");
    let transport = Transport::builder(Arc::new(http))
        .tokens(TokenSource::builder(account).build())
        .build();
    Builder::new(base, transport).writer(SecurityCode::new("code"))
}

fn answer(body: &'static str) -> Result<HttpResponse, SendError> {
    Ok(HttpResponse::new(Bytes::from_static(body.as_bytes())))
}

fn to(path: &'static str) -> impl Fn(&HttpRequest) -> bool + Send {
    move |request| request.uri().path() == path
}

fn with_token() -> MockHttp {
    let mut http = MockHttp::new();
    http.expect_send()
        .withf(to("/token"))
        .times(1)
        .returning(|_| answer(r#"{"access_token": "t", "token_type": "bearer"}"#));
    http
}

fn fin() -> Vin {
    "WVWZZZE1ZMP000001".parse().expect("a FIN")
}

fn record() -> FinRecord {
    FinRecord {
        fin: fin(),
        period: "2026-01-01/2026-06-30".parse().expect("a period"),
        registered_at: "2026-03-15T10:22:33+01:00".parse().expect("a time"),
    }
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

#[test]
fn three_look_ups_take_one_token_and_carry_no_security_code() {
    let mut http = with_token();
    http.expect_send()
        .withf(|request| {
            to("/search")(request)
                && request.headers().contains_key("authorization")
                && !request.headers().contains_key("x-security-code")
        })
        .times(3)
        .returning(|_| answer(r#"{"found": false, "fins": []}"#));
    let writer = writer(http);
    block(async {
        for _ in 0..3 {
            assert_eq!(
                writer
                    .reader()
                    .search(fin(), 2026)
                    .await
                    .expect("an answer"),
                Lookup::Free
            );
        }
    });
}

#[test]
fn an_entry_whose_answer_is_lost_is_sent_once() {
    let mut http = with_token();
    http.expect_send()
        .withf(|request| {
            to("/bulk_create")(request) && request.headers()["x-security-code"].is_sensitive()
        })
        .times(1)
        .returning(|_| Err(SendError::new(SendErrorKind::Closed)));
    let lost =
        block(writer(http).bulk_create(&[record()], EntryFlags::default())).expect_err("no answer");
    assert_eq!(lost.outcome(), Outcome::Unknown);
}

#[test]
fn no_records_and_no_fins_make_no_request() {
    let writer = writer(MockHttp::new());
    block(async {
        assert!(
            writer
                .bulk_create(&[], EntryFlags::default())
                .await
                .expect("nothing")
                .outcomes
                .is_empty()
        );
        assert!(
            writer
                .reader()
                .bulk_search(&[], 2026)
                .await
                .expect("nothing")
                .fins
                .is_empty()
        );
    });
}
