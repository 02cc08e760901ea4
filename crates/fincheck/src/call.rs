//! One call through the transport: an answer that can be read, or an error that says what may have happened.

use std::time::Duration;

use finkit_transport::{
    CallReport, Failure, HttpRequest, HttpResponse, Operation, Outcome, Transport,
};
use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

use crate::contract::Contract;
use crate::error::{Error, ErrorKind};
use crate::wire::problem;
use crate::wire::request::BuildError;

/// Sends a request and sorts what comes back; `secrets` never appear in an error.
pub(crate) async fn call(
    transport: &Transport,
    contract: &Contract,
    operation: &Operation,
    request: Result<HttpRequest, BuildError>,
    secrets: &[&str],
) -> Result<HttpResponse, Error> {
    let name = operation.name;
    let request = request.map_err(|error| {
        Error::new(
            ErrorKind::Request,
            Outcome::NotSent,
            name,
            error.to_string(),
        )
    })?;
    let response = transport
        .call(operation, request)
        .await
        .map_err(|error| Error::transport(name, error))?;
    match Failure::of_answer(response.status(), response.body()) {
        None => Ok(response),
        Some(failure) => Err(refusal(contract, name, failure, &response, secrets)),
    }
}

fn refusal(
    contract: &Contract,
    name: &'static str,
    failure: Failure,
    response: &HttpResponse,
    secrets: &[&str],
) -> Error {
    let status = response.status();
    let (kind, message) = match status.as_u16() {
        401 => (
            ErrorKind::Authentication,
            "the service doesn't accept the token",
        ),
        403 if matches!(failure, Failure::Unauthenticated(_)) => (
            ErrorKind::Authentication,
            "the service doesn't accept the token",
        ),
        403 => (
            ErrorKind::Forbidden,
            "the service doesn't allow this: the account's kind or its security code",
        ),
        404 | 405 => (
            ErrorKind::NotFound,
            "the service doesn't know this address or method",
        ),
        413 => (
            ErrorKind::TooLarge,
            "the request is larger than the service takes",
        ),
        422 => (
            ErrorKind::Invalid,
            "the service doesn't accept the values, and executed nothing",
        ),
        429 => (ErrorKind::TooManyRequests, "the service is asked too much"),
        408 | 500..=599 => (ErrorKind::ServerFault, "the service failed"),
        _ => (ErrorKind::Refused, "the service refused the request"),
    };
    let message = match problem::detail(response.body(), secrets) {
        Some(detail) => format!("{message}: {detail}"),
        None => message.to_owned(),
    };
    let attempts = response
        .extensions()
        .get::<CallReport>()
        .map_or(1, |report| report.attempts);
    let rows = if status.as_u16() == 422 {
        problem::row_faults(contract, response.body())
    } else {
        Vec::new()
    };
    Error::new(kind, failure.outcome(), name, message)
        .with_status(status)
        .with_attempts(attempts)
        .with_retry_after(retry_after(response.headers()))
        .with_rows(rows)
}

/// The pause that an answer asks for, in seconds or up to a date that the same answer's own clock gives sense to
/// (RFC 9110 section 10.2.3). The transport keeps to it by itself; this is for telling.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let date = |text: &str| chrono::DateTime::parse_from_rfc2822(text).ok();
    let sent = date(headers.get(DATE)?.to_str().ok()?)?;
    (date(text)? - sent).to_std().ok()
}

/// The error of an answer that can't be understood.
pub(crate) fn not_understood(name: &'static str, response: &HttpResponse) -> Error {
    let html = response.body().trim_ascii_start().starts_with(b"<");
    let message = if html {
        "the answer is a web page, not the service's data"
    } else {
        "the answer can't be understood"
    };
    Error::not_understood(name, message).with_status(response.status())
}

/// The error of an operation that the contract calls absent.
pub(crate) fn not_offered(name: &'static str) -> Error {
    Error::new(
        ErrorKind::NotOffered,
        Outcome::NotSent,
        name,
        "the contract says that the service doesn't offer it",
    )
}
