//! What a person does to a sandbox from outside, below `/sandbox/`; none of it is Finfo's.

use bytes::Bytes;
use chrono::TimeDelta;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::answer::{json_value, not_allowed, problem};
use super::service::Service;

/// Where control lies below the address of the sandbox.
pub(super) const FOLDER: &str = "/sandbox/";

/// Answers a request for control; `name` is what follows the folder.
pub(super) fn answer(service: &Service, name: &str, request: &Request<Bytes>) -> Response<Bytes> {
    let expected = if name == "counters" {
        Method::GET
    } else {
        Method::POST
    };
    if !["counters", "changes", "advance"].contains(&name) {
        return problem(
            StatusCode::NOT_FOUND,
            "no such control: counters, changes or advance",
        );
    }
    if request.method() != expected {
        return not_allowed(expected.as_str());
    }
    match name {
        "changes" => json_value(&changes(service)),
        "advance" => advance(service, request.uri().query().unwrap_or_default()),
        _ => json_value(&counters(service)),
    }
}

/// A day of changes, now.
fn changes(service: &Service) -> Value {
    let done = service.state().stock.day();
    json!({
        "prices": done.prices,
        "new": done.new,
        "renumbered": done.renumbered,
        "replaced": done.replaced,
        "pictures": done.pictures,
    })
}

/// Moves the sandbox's time forward, so that tokens expire.
fn advance(service: &Service, query: &str) -> Response<Bytes> {
    let mut seconds =
        form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "seconds");
    let seconds = seconds
        .next()
        .and_then(|(_, value)| value.parse::<u32>().ok());
    let Some(seconds) = seconds else {
        return problem(StatusCode::BAD_REQUEST, "seconds is not a number");
    };
    service
        .clock()
        .advance(TimeDelta::seconds(i64::from(seconds)));
    json_value(&json!({"now": service.clock().now().to_rfc3339()}))
}

fn counters(service: &Service) -> Value {
    let state = service.state();
    let (counters, tokens) = (&state.counters, &state.tokens);
    json!({
        "requests": counters.requests,
        "statuses": counters.statuses,
        "rows": counters.rows,
        "assetBytes": counters.asset_bytes,
        "grants": {
            "password": tokens.grants.password,
            "refresh": tokens.grants.refresh,
            "refused": tokens.grants.refused,
            "needless": tokens.grants.needless,
        },
        "suspended": tokens.suspended,
    })
}
