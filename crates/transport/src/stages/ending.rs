//! What the caller gets in the end: an answer with a report, or an error that says what happened.

use std::time::Duration;

use http::header::LOCATION;
use url::Url;

use crate::error::{Error, ErrorKind};
use crate::failure::{Failure, Outcome};
use crate::origin::Origin;
use crate::retry::WhyNot;
use crate::service::{HttpResponse, SendError, SendErrorKind};
use crate::stages::CallReport;

/// The answer with a report in its extensions.
pub(super) fn reported(
    mut answer: HttpResponse,
    attempts: u32,
    elapsed: Duration,
    failed: Option<(WhyNot, Outcome)>,
) -> HttpResponse {
    answer.extensions_mut().insert(CallReport {
        attempts,
        elapsed,
        why_not_repeated: failed.map(|(why, _)| why),
        outcome: failed.map(|(_, outcome)| outcome),
    });
    answer
}

pub(super) fn no_account() -> Error {
    Error::not_sent(
        ErrorKind::CredentialsMissing,
        "the call needs a token, and no account is set up",
    )
}

pub(super) fn come_back_later(pause: Duration) -> Error {
    // Rounded up: whoever comes back a moment too early is turned away again.
    let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
    Error::not_sent(
        ErrorKind::ComeBackLater,
        format!("the service asks to come back in {seconds} s"),
    )
    .with_retry_after(pause)
}

/// Names only the host a redirect points to: the rest of the address may carry what was sent.
pub(super) fn redirect(answer: &HttpResponse, from: &Origin) -> Error {
    let target = answer
        .headers()
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| Url::parse(&from.to_string()).ok()?.join(location).ok())
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| "elsewhere".to_owned());
    let status = answer.status().as_u16();
    let message =
        format!("the service points to {target} with status {status}, which is not followed");
    Error::new(ErrorKind::Redirect, Outcome::Unknown, message)
}

pub(super) fn no_answer(error: SendError) -> Error {
    let kind = match error.kind() {
        SendErrorKind::Connect => ErrorKind::Connect,
        SendErrorKind::Tls => ErrorKind::Tls,
        SendErrorKind::Unsendable => ErrorKind::Configuration,
        SendErrorKind::Closed | SendErrorKind::Reset | SendErrorKind::CutBody => {
            ErrorKind::Interrupted
        }
        SendErrorKind::TimeOut => ErrorKind::TimeOut,
        SendErrorKind::BodyTooLarge { .. } => ErrorKind::TooLarge,
        SendErrorKind::Garbage => ErrorKind::NotHttp,
    };
    let outcome = Failure::NoAnswer(error.kind()).outcome();
    let result = Error::new(kind, outcome, error.to_string());
    match error.into_source() {
        Some(source) => result.with_source(source),
        None => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::HeaderValue;

    #[test]
    fn pauses_are_rounded_up() {
        let text = |milliseconds| come_back_later(Duration::from_millis(milliseconds)).to_string();
        assert_eq!(text(2_000), "the service asks to come back in 2 s");
        assert_eq!(text(2_001), "the service asks to come back in 3 s");
    }

    #[test]
    fn a_redirect_names_the_host_or_says_elsewhere() {
        let from =
            Origin::of(&Url::parse("https://api.example.test").expect("valid")).expect("https");
        let named = |location: Option<&'static str>| {
            let mut answer = HttpResponse::new(Bytes::new());
            *answer.status_mut() = http::StatusCode::TEMPORARY_REDIRECT;
            if let Some(location) = location {
                answer
                    .headers_mut()
                    .insert(LOCATION, HeaderValue::from_static(location));
            }
            redirect(&answer, &from).to_string()
        };
        assert!(
            named(Some("https://user:pw@evil.example.test/x?y=canary"))
                .contains("to evil.example.test with")
        );
        assert!(named(Some("/other?y=canary")).contains("to api.example.test with status 307"));
        for odd in [None, Some("https://["), Some("mailto:canary@example.test")] {
            assert!(named(odd).contains("to elsewhere with"), "{odd:?}");
        }
    }
}
