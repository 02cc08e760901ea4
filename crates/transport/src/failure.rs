//! Classes of failure and what each says about the execution of the request.
//!
//! After the first byte of a request has left, the network cannot tell "executed, answer lost" from "never executed":
//! a server that closes the connection after reading and executing a request and one that closes it before reading
//! leave the same trace. Hence three outcomes, and a generous *unknown*.

use std::fmt;

use http::StatusCode;

use crate::service::SendErrorKind;

/// What is known about the execution of a call that did not succeed.
///
/// Ordered by how much may have happened, so that several attempts count as their worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The service has not seen the request.
    NotSent,
    /// The service has seen the request and refused it without executing it.
    Rejected,
    /// The request may have been executed; only a look at the state of the service can tell.
    Unknown,
}

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// No answer.
    NoAnswer(SendErrorKind),
    /// An answer that refuses the request or reports a fault.
    Status(u16),
    /// The access token is not accepted: status 401, or 403 with the body `{"detail":"Not authenticated"}` that
    /// FastAPI sent before version 0.122 when the token was missing or unreadable
    /// (source: <https://fastapi.tiangolo.com/how-to/authentication-error-status-code/>).
    Unauthenticated(u16),
    /// An answer that points elsewhere.
    Redirect(u16),
}

impl Failure {
    /// The failure that this answer is; `None` for success.
    #[must_use]
    pub fn of_answer(status: StatusCode, body: &[u8]) -> Option<Self> {
        let code = status.as_u16();
        match code {
            200..=299 => None,
            300..=399 => Some(Self::Redirect(code)),
            401 => Some(Self::Unauthenticated(code)),
            403 if is_not_authenticated(body) => Some(Self::Unauthenticated(code)),
            _ => Some(Self::Status(code)),
        }
    }

    /// What this failure says about the execution.
    ///
    /// A redirect is unknown: nothing says what the service did before it pointed elsewhere. 408 and all 5xx are
    /// unknown: a gateway that gave up says nothing about the server behind it. All other 4xx are refusals.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::NoAnswer(kind) if kind.is_not_sent() => Outcome::NotSent,
            Self::NoAnswer(_) | Self::Redirect(_) | Self::Status(408) => Outcome::Unknown,
            Self::Unauthenticated(_) | Self::Status(400..=499) => Outcome::Rejected,
            Self::Status(_) => Outcome::Unknown,
        }
    }

    /// The status, where there was an answer.
    #[must_use]
    pub fn status(self) -> Option<StatusCode> {
        match self {
            Self::NoAnswer(_) => None,
            Self::Status(code) | Self::Unauthenticated(code) | Self::Redirect(code) => {
                StatusCode::from_u16(code).ok()
            }
        }
    }

    /// Whether the answer shows that the access token was accepted: the service got as far as the request itself.
    pub(crate) fn has_accepted_token(self) -> bool {
        matches!(self, Self::Status(400 | 404 | 405 | 409 | 413 | 415 | 422))
    }

    /// Whether the service says that it is asked too much.
    #[must_use]
    pub fn is_throttle(self) -> bool {
        matches!(self, Self::Status(429 | 503))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(kind) => kind.fmt(f),
            Self::Status(code) => write!(f, "status {code}"),
            Self::Unauthenticated(code) => {
                write!(f, "status {code}, the access token is not accepted")
            }
            Self::Redirect(code) => write!(f, "status {code}, a redirect"),
        }
    }
}

fn is_not_authenticated(body: &[u8]) -> bool {
    // The body is small when it is this one; anything longer is another answer.
    if body.len() > 256 {
        return false;
    }
    serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|body| {
        body.get("detail").and_then(|detail| detail.as_str()) == Some("Not authenticated")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(code: u16) -> Option<Outcome> {
        Failure::of_answer(StatusCode::from_u16(code).expect("a status"), b"").map(Failure::outcome)
    }

    #[test]
    fn every_status_has_an_outcome() {
        for code in 200..=299 {
            assert_eq!(outcome(code), None);
        }
        for code in (300..=399).chain([408]).chain(500..=599) {
            assert_eq!(outcome(code), Some(Outcome::Unknown), "{code}");
        }
        for code in (400..=407).chain(409..=499) {
            assert_eq!(outcome(code), Some(Outcome::Rejected), "{code}");
        }
    }

    #[test]
    fn fastapi_403_for_a_missing_token_counts_as_401() {
        let of = |body: &[u8]| Failure::of_answer(StatusCode::FORBIDDEN, body);
        assert_eq!(
            of(br#"{"detail": "Not authenticated"}"#),
            Some(Failure::Unauthenticated(403))
        );
        assert_eq!(
            of(br#"{"detail":"Wrong security code"}"#),
            Some(Failure::Status(403))
        );
        assert_eq!(of(b"<html>"), Some(Failure::Status(403)));
    }

    #[test]
    fn outcomes_are_ordered_by_what_may_have_happened() {
        assert!(Outcome::NotSent < Outcome::Rejected && Outcome::Rejected < Outcome::Unknown);
    }
}
