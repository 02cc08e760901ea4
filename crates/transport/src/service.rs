//! The seam to the network: one request, one attempt, one answer.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

/// A request with its whole body; limits travel in its extensions as [`Limits`](crate::Limits).
pub type HttpRequest = http::Request<Bytes>;
/// An answer with its whole body.
pub type HttpResponse = http::Response<Bytes>;

/// Sends one request once.
///
/// A status is an answer, whatever it is; only "no usable answer" is an error. Implementations follow no redirect,
/// repeat nothing and keep to the [`Limits`](crate::Limits) in the extensions of the request.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait HttpService: fmt::Debug + Send + Sync + 'static {
    /// Makes one attempt.
    ///
    /// # Errors
    /// [`SendError`] when there is no complete answer.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SendError>;
}

/// Why there is no answer to an attempt.
#[derive(Debug)]
pub struct SendError {
    kind: SendErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What went wrong in an attempt; says for each kind whether the service may have executed the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// No connection: name not found, refused, unreachable, time-out while connecting. **Not sent.**
    Connect,
    /// No trusted connection: unknown issuer, wrong name, expired certificate. **Not sent.**
    Tls,
    /// The request cannot be sent as it is: malformed, or its target is not allowed. **Not sent.**
    Unsendable,
    /// The connection was closed before the answer was complete. May have been executed.
    Closed,
    /// The connection was reset. May have been executed.
    Reset,
    /// No answer in time. May have been executed.
    TimeOut,
    /// The answer began and ended early, or its compressed body is damaged. May have been executed.
    CutBody,
    /// The answer is larger than allowed. May have been executed.
    BodyTooLarge {
        /// The limit that was exceeded, in bytes after decompression.
        limit: usize,
    },
    /// What came back is not HTTP. May have been executed.
    Garbage,
}

impl SendErrorKind {
    /// Whether it is certain that the service has not seen the request.
    #[must_use]
    pub fn is_not_sent(self) -> bool {
        matches!(self, Self::Connect | Self::Tls | Self::Unsendable)
    }
}

impl SendError {
    /// An error of this kind.
    #[must_use]
    pub fn new(kind: SendErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Keeps the cause; it must not contain secrets or the address with its query.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> SendErrorKind {
        self.kind
    }

    pub(crate) fn into_source(self) -> Option<Box<dyn StdError + Send + Sync>> {
        self.source
    }
}

impl fmt::Display for SendErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("no connection"),
            Self::Tls => f.write_str("no trusted connection"),
            Self::Unsendable => f.write_str("the request cannot be sent"),
            Self::Closed => f.write_str("the connection was closed before the answer was complete"),
            Self::Reset => f.write_str("the connection was reset"),
            Self::TimeOut => f.write_str("no answer in time"),
            Self::CutBody => f.write_str("the answer ended early"),
            Self::BodyTooLarge { limit } => {
                write!(f, "the answer is larger than the limit of {limit} bytes")
            }
            Self::Garbage => f.write_str("the answer is not HTTP"),
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl StdError for SendError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
