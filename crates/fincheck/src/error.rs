//! The one error of this crate's calls: what happened, and whether the service may have acted.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use finkit_transport::Outcome;
use http::StatusCode;

/// A failed call.
///
/// Its text never holds what the service sent word by word: FastAPI echoes the request in its refusals, secrets
/// and FINs included.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    operation: &'static str,
    message: String,
    status: Option<StatusCode>,
    attempts: u32,
    retry_after: Option<Duration>,
    rows: Vec<RowFault>,
    source: Option<finkit_transport::Error>,
}

/// Why a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No answer, or a local rule kept the call from leaving: see the source and its kind.
    Transport,
    /// The contract says that the service does not offer this operation. Another contract helps.
    NotOffered,
    /// The request can't be built: a value does not fit where the contract puts it. Correct the contract.
    Request,
    /// The service does not accept the token, also not a fresh one. Log in again.
    Authentication,
    /// The account may not do this, or the security code is wrong.
    Forbidden,
    /// The address or the method is wrong. Correct the base address or the contract.
    NotFound,
    /// The values do not pass the service's checks; see [`Error::rows`]. Nothing of the request was executed.
    Invalid,
    /// The request is larger than the service takes. Send fewer records at once.
    TooLarge,
    /// The service wants a pause.
    TooManyRequests,
    /// The service refuses the request for another reason.
    Refused,
    /// The service failed; what it did before is unknown.
    ServerFault,
    /// The answer can't be understood, so nothing is concluded from it.
    NotUnderstood,
}

/// What a refusal says about one value of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// Place of the record in the request, from 0; `None` when the whole request is meant.
    pub index: Option<usize>,
    /// The field: `fin`, `start_date`, `end_date` or `registration_date` whatever the contract calls it, or the service's
    /// own name for anything else.
    pub field: Option<String>,
    /// What is wrong, in our own words.
    pub rule: String,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        outcome: Outcome,
        operation: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            outcome,
            operation,
            message: message.into(),
            status: None,
            attempts: 0,
            retry_after: None,
            rows: Vec::new(),
            source: None,
        }))
    }

    pub(crate) fn transport(operation: &'static str, error: finkit_transport::Error) -> Self {
        let mut this = Self::new(
            ErrorKind::Transport,
            error.outcome(),
            operation,
            String::new(),
        );
        this.0.status = error.status();
        this.0.attempts = error.attempts();
        this.0.retry_after = error.retry_after();
        this.0.source = Some(error);
        this
    }

    pub(crate) fn not_understood(operation: &'static str, message: impl Into<String>) -> Self {
        Self::new(
            ErrorKind::NotUnderstood,
            Outcome::Unknown,
            operation,
            message,
        )
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_retry_after(mut self, pause: Option<Duration>) -> Self {
        self.0.retry_after = pause;
        self
    }

    pub(crate) fn with_rows(mut self, rows: Vec<RowFault>) -> Self {
        self.0.rows = rows;
        self
    }

    /// Why the call failed.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the service may have acted.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// Name of the operation.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The status, where there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// How many requests were sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the service wants to be left alone, if it said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What a refusal says about single values.
    #[must_use]
    pub fn rows(&self) -> &[RowFault] {
        &self.0.rows
    }

    /// The failure of the transport behind it, if that is what failed.
    #[must_use]
    pub fn transport_error(&self) -> Option<&finkit_transport::Error> {
        self.0.source.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.0.source {
            return source.fmt(f);
        }
        write!(f, "{}: {}", self.0.operation, self.0.message)?;
        if let Some(status) = self.0.status {
            write!(f, " (status {})", status.as_u16())?;
        }
        if self.0.attempts > 1 {
            write!(f, " after {} attempts", self.0.attempts)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("outcome", &self.0.outcome)
            .field("operation", &self.0.operation)
            .field("message", &self.0.message)
            .field("status", &self.0.status)
            .field("rows", &self.0.rows)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // Display prints the transport's own line, so the chain goes on behind it.
        self.0.source.as_ref().and_then(StdError::source)
    }
}
