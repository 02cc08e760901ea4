//! What many tests need: a transport on a scripted service with a clock that stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use finkit_transport::testing::{Reply, ScriptedHttp};
use finkit_transport::{
    Error, FixedRandom, HttpRequest, HttpResponse, HttpService, ManualClock, MemoryVault,
    Operation, Password, SendError, TokenRequest, TokenSource, TokenSourceBuilder, Transport,
    TransportBuilder,
};
use url::Url;

pub(crate) const API: &str = "https://api.example.test";
pub(crate) const READ: Operation = Operation::read("search").reads(1);
/// As [`READ`], authorised.
pub(crate) const SEARCH: Operation = READ.authorised();
pub(crate) const CREATE: Operation = Operation::create("create").writes(1);
/// As [`CREATE`], authorised.
pub(crate) const ENTER: Operation = CREATE.authorised();
pub(crate) const DELETE: Operation = Operation::delete("delete");

/// A transport, its script and its clock.
pub(crate) struct Bench {
    pub(crate) http: ScriptedHttp,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) transport: Transport,
}

pub(crate) fn bench(http: ScriptedHttp) -> Bench {
    bench_with(http, |builder| builder)
}

pub(crate) fn bench_with(
    http: ScriptedHttp,
    settings: impl FnOnce(TransportBuilder) -> TransportBuilder,
) -> Bench {
    let clock = Arc::new(ManualClock::new());
    let builder = Transport::builder(Arc::new(http.clone()))
        .clock(clock.clone())
        .random(Arc::new(FixedRandom(0.5)));
    Bench {
        http,
        clock,
        transport: settings(builder).build(),
    }
}

/// A transport that is authorised by password and refresh grant at the origin it calls.
pub(crate) fn authorised(
    http: ScriptedHttp,
    settings: impl FnOnce(TokenSourceBuilder) -> TokenSourceBuilder,
) -> Bench {
    bench_with(http, |builder| {
        builder.tokens(settings(TokenSource::builder(account("pw"))).build())
    })
}

pub(crate) fn account(password: &str) -> TokenRequest {
    TokenRequest::openid(url("/token"), "client", "user", Password::new(password))
        .expect("an https address")
}

pub(crate) fn url(path: &str) -> Url {
    Url::parse(&format!("{API}{path}")).expect("a valid address")
}

pub(crate) fn get(path: &str) -> HttpRequest {
    http::Request::get(format!("{API}{path}"))
        .body(Bytes::new())
        .expect("a valid request")
}

pub(crate) fn post(path: &str) -> HttpRequest {
    http::Request::post(format!("{API}{path}"))
        .body(Bytes::from_static(b"{}"))
        .expect("a valid request")
}

/// An answer of a token endpoint: access token, life in seconds, refresh token.
pub(crate) fn token(access: &str, life: u64, refresh: Option<&str>) -> Reply {
    let refresh =
        refresh.map(|refresh| format!(r#","refresh_token":"{refresh}","refresh_expires_in":1800"#));
    Reply::json(format!(
        r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":{life}{}}}"#,
        refresh.unwrap_or_default()
    ))
}

pub(crate) fn is_token_request(request: &HttpRequest) -> bool {
    request.uri().path() == "/token"
}

/// How many of the requests asked for a token.
pub(crate) fn token_requests(http: &ScriptedHttp) -> usize {
    http.requests()
        .iter()
        .filter(|request| is_token_request(request))
        .count()
}

/// The access token a request carried.
pub(crate) fn bearer(request: &HttpRequest) -> &str {
    let value = request
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    value
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or("")
}

/// The form of a token request.
pub(crate) fn form(request: &HttpRequest) -> String {
    String::from_utf8_lossy(request.body()).into_owned()
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A service that gives tokens with these lives and takes every call.
pub(crate) fn giving(life: u64, refresh: bool) -> ScriptedHttp {
    let count = AtomicUsize::new(0);
    ScriptedHttp::new().otherwise(move |request| {
        if !is_token_request(request) {
            return Reply::json("{}");
        }
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        let next = format!("refresh-{number}");
        token(
            &format!("access-{number}"),
            life,
            refresh.then_some(next.as_str()),
        )
    })
}

pub(crate) async fn read(bench: &Bench) -> HttpResponse {
    bench
        .transport
        .call(&SEARCH, get("/search"))
        .await
        .expect("an answer")
}

/// One run of a program: a new transport on the same vault.
pub(crate) fn run(
    http: &ScriptedHttp,
    clock: &Arc<ManualClock>,
    vault: &MemoryVault,
    password: &str,
) -> Transport {
    Transport::builder(Arc::new(http.clone()))
        .clock(clock.clone())
        .random(Arc::new(FixedRandom(0.5)))
        .tokens(
            TokenSource::builder(account(password))
                .vault(vault.clone())
                .build(),
        )
        .build()
}

/// A token endpoint that waits until it is let go, and then answers with this status.
#[derive(Debug)]
pub(crate) struct Slow {
    pub(crate) gate: tokio::sync::Semaphore,
    pub(crate) asked: AtomicUsize,
    status: u16,
}

impl Slow {
    pub(crate) fn answering(status: u16) -> Arc<Self> {
        Arc::new(Self {
            gate: tokio::sync::Semaphore::new(0),
            asked: AtomicUsize::new(0),
            status,
        })
    }
}

#[async_trait::async_trait]
impl HttpService for Slow {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SendError> {
        let mut response = HttpResponse::new(r#"{"access_token":"a","expires_in":900}"#.into());
        if is_token_request(&request) {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.gate.acquire().await.expect("never closed").forget();
            *response.status_mut() = http::StatusCode::from_u16(self.status).expect("a status");
        }
        Ok(response)
    }
}

pub(crate) fn spawn_call(
    transport: &Transport,
) -> tokio::task::JoinHandle<Result<HttpResponse, Error>> {
    let transport = transport.clone();
    tokio::spawn(async move { transport.call(&SEARCH, get("/")).await })
}
