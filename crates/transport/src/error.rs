//! The one error of this crate: what happened, whether the service may have acted, and what helps.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::failure::Outcome;
use crate::origin::{Origin, OriginError};
use crate::retry::WhyNot;

/// Why a call ended without an answer that the caller can use.
///
/// A cheap clone; `Display` is one line without the cause, which [`source`](StdError::source) gives.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    message: String,
    operation: Option<&'static str>,
    origin: Option<Origin>,
    status: Option<StatusCode>,
    attempts: u32,
    elapsed: Duration,
    retry_after: Option<Duration>,
    why_not: Option<WhyNot>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What happened. Each kind says when it arises and what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is wrong: an address that is not https, an unreadable certificate file. Correct the setting.
    Configuration,
    /// A credential would have gone to another origin than the one it belongs to. Correct the address or sign in there.
    ForeignOrigin,
    /// No connection could be opened. Check address, network and proxy; safe to repeat.
    Connect,
    /// The server's certificate is not trusted. Check the name; `SSL_CERT_FILE` adds an issuer.
    Tls,
    /// The connection broke or the answer was incomplete. Look up what the service did before repeating an entry.
    Interrupted,
    /// No answer in time. Look up what the service did before repeating an entry.
    TimeOut,
    /// The answer is larger than allowed. Ask for less, or raise the limit.
    TooLarge,
    /// The answer is not HTTP. Check address and proxy.
    NotHttp,
    /// The service points to another address. Correct the address if the new one is trusted.
    Redirect,
    /// The spending limit of this run does not allow the call. Raise the limit or split the work.
    SpendingLimit,
    /// The service asks for a pause; [`Error::retry_after`] says how long. Resume then.
    ComeBackLater,
    /// User name, password or client were refused. Correct them; nothing is sent again until they change.
    CredentialsRejected,
    /// A password is needed and there is none. Sign in.
    CredentialsMissing,
    /// The token endpoint gave no usable answer. Try again later; check its address.
    TokenEndpoint,
    /// Another process holds the token vault for too long. Try again; look for a hanging process.
    VaultBusy,
    /// The token vault or the secret file cannot be read or written, or others may read it. Follow the message.
    Storage,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, outcome: Outcome, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            outcome,
            message: message.into(),
            operation: None,
            origin: None,
            status: None,
            attempts: 0,
            elapsed: Duration::ZERO,
            retry_after: None,
            why_not: None,
            source: None,
        }))
    }

    /// An error found before anything was sent.
    pub(crate) fn not_sent(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::new(kind, Outcome::NotSent, message)
    }

    fn edit(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    pub(crate) fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let source = Arc::from(source.into());
        self.edit(|inner| inner.source = Some(source))
    }

    pub(crate) fn with_status(self, status: Option<StatusCode>) -> Self {
        self.edit(|inner| inner.status = status)
    }

    pub(crate) fn with_retry_after(self, pause: Duration) -> Self {
        self.edit(|inner| inner.retry_after = Some(pause))
    }

    pub(crate) fn with_why_not(self, why: WhyNot) -> Self {
        self.edit(|inner| inner.why_not = Some(why))
    }

    pub(crate) fn with_outcome(self, outcome: Outcome) -> Self {
        self.edit(|inner| inner.outcome = outcome)
    }

    pub(crate) fn in_call(
        self,
        operation: &'static str,
        origin: &Origin,
        attempts: u32,
        elapsed: Duration,
    ) -> Self {
        self.edit(|inner| {
            // The innermost call names itself: a failed token request stays recognisable inside a search.
            inner.operation.get_or_insert(operation);
            inner.origin.get_or_insert_with(|| origin.clone());
            inner.attempts = inner.attempts.max(attempts);
            inner.elapsed = inner.elapsed.max(elapsed);
        })
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the service may have executed the call.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The status of the last answer, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// How many requests were sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the call took, waits included.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// When to come back, counted from now, if the service said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Why the last attempt was not repeated.
    #[must_use]
    pub fn why_not_repeated(&self) -> Option<WhyNot> {
        self.0.why_not
    }

    /// The operation that failed.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The origin that was called or was to be called.
    #[must_use]
    pub fn origin(&self) -> Option<&Origin> {
        self.0.origin.as_ref()
    }
}

impl From<OriginError> for Error {
    fn from(error: OriginError) -> Self {
        Self::not_sent(ErrorKind::Configuration, error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        match (inner.operation, &inner.origin) {
            (Some(operation), Some(origin)) => write!(f, "{operation} at {origin}: ")?,
            (Some(operation), None) => write!(f, "{operation}: ")?,
            (None, _) => {}
        }
        f.write_str(&inner.message)?;
        if inner.attempts > 0 {
            let plural = if inner.attempts == 1 { "" } else { "s" };
            write!(
                f,
                " ({} attempt{plural} in {:.1} s",
                inner.attempts,
                inner.elapsed.as_secs_f64()
            )?;
            if let Some(why) = inner.why_not {
                write!(f, ", {why}")?;
            }
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("outcome", &inner.outcome)
            .field("message", &inner.message)
            .field("operation", &inner.operation)
            .field("origin", &inner.origin)
            .field("status", &inner.status)
            .field("attempts", &inner.attempts)
            .field("elapsed", &inner.elapsed)
            .field("retry_after", &inner.retry_after)
            .field("why_not", &inner.why_not)
            .field("source", &inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    #[test]
    fn display_is_one_line_with_attempts_and_the_reason_for_stopping() {
        let origin =
            Origin::of(&Url::parse("https://api.example.test/").expect("url")).expect("origin");
        let error = Error::new(
            ErrorKind::Interrupted,
            Outcome::Unknown,
            "the connection was reset",
        )
        .with_why_not(WhyNot::MayHaveBeenExecuted)
        .with_source("inner cause")
        .in_call("create", &origin, 1, Duration::from_millis(240));
        assert_eq!(
            error.to_string(),
            "create at https://api.example.test: the connection was reset (1 attempt in 0.2 s, not repeated because it may have been executed)"
        );
        assert_eq!(
            error.source().map(ToString::to_string).as_deref(),
            Some("inner cause")
        );
    }

    #[test]
    fn a_failed_token_request_keeps_its_name_inside_another_call() {
        let origin =
            Origin::of(&Url::parse("https://id.example.test/").expect("url")).expect("origin");
        let error = Error::not_sent(ErrorKind::TokenEndpoint, "status 503")
            .in_call("token", &origin, 3, Duration::from_secs(2))
            .in_call("search", &origin, 1, Duration::from_secs(3));
        assert_eq!(error.operation(), Some("token"));
        assert_eq!(error.attempts(), 3);
    }

    #[test]
    fn an_error_is_one_word_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
