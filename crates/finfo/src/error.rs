//! The one error of this crate's calls: what happened, and what helps.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use finkit_core::FinfoSupplierId;
use finkit_transport::Outcome;
use http::StatusCode;

use crate::catalogue::{CatalogueError, CatalogueErrorKind};
use crate::pages::Drift;
use crate::query::QueryError;
use crate::wire::WireError;

/// A call, a walk or a sync that did not succeed.
///
/// `Display` is one line without the cause, which [`source`](StdError::source) gives.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    operation: &'static str,
    message: String,
    status: Option<StatusCode>,
    attempts: u32,
    retry_after: Option<Duration>,
    supplier: Option<FinfoSupplierId>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What happened. Each kind says what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The parameters break a documented rule; nothing was sent. The text names the rule and its source.
    Query,
    /// No answer, or a local rule kept the call from leaving: see the source and its kind.
    Transport,
    /// The service does not accept the token, also not a fresh one. Log in again.
    Authentication,
    /// Status 403: what was asked for is not ordered in the Finfo portal, or the account may not see it.
    Forbidden,
    /// Status 404: the base address or a path is wrong, or the service is not there.
    NotFound,
    /// Status 429: too many calls. Wait for [`Error::retry_after`] and call less often.
    TooManyRequests,
    /// The service refuses the request for another reason.
    Refused,
    /// The service failed. Try again later.
    ServerFault,
    /// The answer can't be read. If it repeats, the endpoint has another structure than assumed.
    NotUnderstood,
    /// The list kept changing while it was read, as often as it was begun again. Try again later.
    Drift,
    /// The catalogue could not be read or written: see the source and its kind.
    Catalogue,
    /// Another run has the catalogue. Wait for it.
    Held,
    /// A file of the media folder could not be written, or the folder is not one. Follow the message.
    Folder,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        operation: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            outcome: Outcome::NotSent,
            operation,
            message: message.into(),
            status: None,
            attempts: 0,
            retry_after: None,
            supplier: None,
            source: None,
        }))
    }

    pub(crate) fn query(operation: &'static str, error: QueryError) -> Self {
        Self::new(
            ErrorKind::Query,
            operation,
            "the parameters break a rule, nothing was sent",
        )
        .with_source(error)
    }

    pub(crate) fn transport(operation: &'static str, error: finkit_transport::Error) -> Self {
        let mut this = Self::new(
            ErrorKind::Transport,
            operation,
            "the call did not get through",
        );
        this.0.outcome = error.outcome();
        this.0.status = error.status();
        this.0.attempts = error.attempts();
        this.0.retry_after = error.retry_after();
        this.0.source = Some(Box::new(error));
        this
    }

    pub(crate) fn not_understood(operation: &'static str, error: WireError) -> Self {
        let mut this = Self::new(
            ErrorKind::NotUnderstood,
            operation,
            "the answer can't be read",
        );
        this.0.outcome = Outcome::Unknown;
        this.0.source = Some(Box::new(error));
        this
    }

    pub(crate) fn drift(operation: &'static str, drift: Drift, passes: u32) -> Self {
        let plural = if passes == 1 { "" } else { "s" };
        let message = format!("the list did not stand still in {passes} reading{plural}: {drift}");
        Self::new(ErrorKind::Drift, operation, message)
    }

    pub(crate) fn catalogue(error: CatalogueError) -> Self {
        let (kind, message) = match error.kind() {
            CatalogueErrorKind::Held => (ErrorKind::Held, "another run is at work"),
            _ => (ErrorKind::Catalogue, "it can't be used"),
        };
        Self::new(kind, "catalogue", message).with_source(error)
    }

    pub(crate) fn answered(
        kind: ErrorKind,
        outcome: Outcome,
        operation: &'static str,
        status: StatusCode,
        message: impl Into<String>,
    ) -> Self {
        let mut this = Self::new(kind, operation, message);
        this.0.outcome = outcome;
        this.0.status = Some(status);
        this
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
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

    pub(crate) fn of_supplier(mut self, supplier: Option<FinfoSupplierId>) -> Self {
        self.0.supplier = supplier;
        self
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the service may have acted. Reading twice does no harm.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// What was done: the name of a dataset or another operation.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
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

    /// When to come back, counted from now, if the service said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The supplier that was asked for.
    #[must_use]
    pub fn supplier(&self) -> Option<FinfoSupplierId> {
        self.0.supplier
    }

    /// The rules that the parameters break, where that is the reason.
    #[must_use]
    pub fn query_error(&self) -> Option<&QueryError> {
        self.0.source.as_deref()?.downcast_ref()
    }

    /// The error of the transport, where there was no answer.
    #[must_use]
    pub fn transport_error(&self) -> Option<&finkit_transport::Error> {
        self.0.source.as_deref()?.downcast_ref()
    }

    /// The error of the catalogue, where that is the reason.
    #[must_use]
    pub fn catalogue_error(&self) -> Option<&CatalogueError> {
        self.0.source.as_deref()?.downcast_ref()
    }

    /// Whether further calls would fail for the same reason, whatever they ask for: no token, no network, a pause that
    /// the service asks for, a catalogue that can't be written.
    #[must_use]
    pub fn is_general(&self) -> bool {
        use finkit_transport::ErrorKind as Call;
        match self.kind() {
            ErrorKind::Authentication | ErrorKind::Catalogue | ErrorKind::Held => true,
            ErrorKind::Transport => self.transport_error().is_some_and(|error| {
                matches!(
                    error.kind(),
                    Call::Configuration
                        | Call::ForeignOrigin
                        | Call::Connect
                        | Call::Tls
                        | Call::ComeBackLater
                        | Call::CredentialsRejected
                        | Call::CredentialsMissing
                        | Call::TokenEndpoint
                        | Call::VaultBusy
                        | Call::Storage
                        | Call::SpendingLimit
                )
            }),
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.write_str(inner.operation)?;
        if let Some(supplier) = inner.supplier {
            write!(f, " of supplier {supplier}")?;
        }
        write!(f, ": {}", inner.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("outcome", &inner.outcome)
            .field("operation", &inner.operation)
            .field("message", &inner.message)
            .field("status", &inner.status)
            .field("attempts", &inner.attempts)
            .field("retry_after", &inner.retry_after)
            .field("supplier", &inner.supplier)
            .field("source", &inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<CatalogueError> for Error {
    fn from(error: CatalogueError) -> Self {
        Self::catalogue(error)
    }
}
