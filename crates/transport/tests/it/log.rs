//! Nothing secret in any log line, whatever happens: every stage is driven at the most verbose level, and what was
//! written is searched for the secrets in every form they could take.

use std::io::Write;
use std::sync::{Arc, Mutex};

use finkit_transport::testing::{Reply, ScriptedHttp};
use finkit_transport::{ClientSecret, Password, SendErrorKind, TokenRequest};
use tracing_subscriber::fmt::MakeWriter;

use crate::processes::worker_succeeds;
use crate::support::{ENTER, SEARCH, bench_with, post, seconds, token, url};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const SECRETS: [&str; 8] = [
    "canary/user+1",
    "canary/password+1",
    "canary/client+1",
    "canary/access+1",
    "canary/refresh+1",
    "canary/code+1",
    "canary/query+1",
    "canary/body+1",
];

fn forms(secret: &str) -> [String; 3] {
    let form = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    [
        secret.to_owned(),
        form,
        secret.replace('/', "%2F").replace('+', "%2B"),
    ]
}

#[test]
fn the_most_verbose_log_holds_the_story_and_no_secret() {
    // In a process of its own: who listens is decided for all threads together.
    worker_succeeds("log", &[]);
}

/// The whole story, told and searched.
pub(crate) async fn story() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(lines.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
    let http = ScriptedHttp::new()
        .then(Reply::status(503).body("canary/body+1"))
        .then(token("canary/access+1", 900, Some("canary/refresh+1")))
        .then(Reply::status(401).header("www-authenticate", "Bearer canary/access+1"))
        .then(token("canary/access+1.2", 900, Some("canary/refresh+1.2")))
        .then(
            Reply::status(429)
                .header("retry-after", "2")
                .header("set-cookie", "canary/access+1"),
        )
        .then(Reply::json(r#"{"x":"canary/body+1"}"#).header("x-request-id", "id-7"))
        .then(Reply::fail(SendErrorKind::Closed))
        .then(Reply::status(307).header("location", "https://evil.example.test/canary/query+1"))
        .then(Reply::status(400).body(r#"{"error":"canary/refresh+1"}"#))
        .then(
            Reply::status(400)
                .body(r#"{"error":"invalid_grant","error_description":"canary/password+1"}"#),
        );
    let account = TokenRequest::openid(
        url("/token"),
        "client",
        "canary/user+1",
        Password::new("canary/password+1"),
    )
    .expect("https")
    .client_secret(ClientSecret::new("canary/client+1"));
    let bench = bench_with(http.clone(), |builder| builder.tokens(account));
    let mut shown = String::new();
    for step in 0..4 {
        let mut request = post("/search/canary/query+1?fin=canary/query%2B1");
        *request.body_mut() = "canary/body+1".into();
        request
            .headers_mut()
            .insert("x-security-code", "canary/code+1".parse().expect("a value"));
        let operation = if step == 0 { SEARCH } else { ENTER };
        match bench.transport.call(&operation, request).await {
            Ok(answer) => assert_eq!((answer.status().as_u16(), step), (200, 0)),
            Err(error) => shown.push_str(&format!(
                "{error} {error:?} {:?} {:?}",
                bench.transport, http
            )),
        }
        bench
            .clock
            .advance(seconds(if step == 2 { 1_000 } else { 1 }));
    }
    assert_eq!(http.left(), 0, "the whole script was played");
    let log = String::from_utf8(lines.0.lock().expect("not poisoned").clone()).expect("text");
    for expected in [
        "operation=\"search\"",
        "https://api.example.test",
        "status=429",
        "id-7",
        "asks for a pause",
        "no answer",
    ] {
        assert!(
            log.contains(expected),
            "{expected} is part of the story:\n{log}"
        );
    }
    for form in SECRETS.into_iter().flat_map(forms) {
        assert!(!log.contains(&form), "{form} in the log:\n{log}");
        assert!(!shown.contains(&form), "{form} in an error: {shown}");
    }
}
