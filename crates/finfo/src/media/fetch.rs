//! Fetching a file: where requests leave, and how redirects are followed.

use std::error::Error as StdError;
use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use finkit_transport::{Limits, PublicAnswer, PublicError, PublicHttp};
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};
use url::Url;

/// How many redirects are followed.
const HOPS: usize = 3;

/// Asks for files whose addresses the service names.
///
/// [`PublicHttp`] is the one to use: it has no token to give away, and connects to public addresses only. It is asked once
/// for each redirect, so that every address is checked.
#[async_trait]
pub trait Fetcher: fmt::Debug + Send + Sync {
    /// Asks once, without following redirects.
    ///
    /// # Errors
    /// [`FetchError`] when there is no answer, or the address is not one to fetch from.
    async fn open(&self, url: &Url, headers: HeaderMap) -> Result<Box<dyn Body>, FetchError>;
}

/// An answer whose body comes in pieces.
#[async_trait]
pub trait Body: Send {
    /// Its status.
    fn status(&self) -> StatusCode;
    /// Its headers.
    fn headers(&self) -> &HeaderMap;
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// [`FetchError`] when the body ends early.
    async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError>;
}

/// Why a file could not be fetched.
#[derive(Debug)]
pub struct FetchError {
    message: String,
    refused: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl FetchError {
    /// The network failed; trying again may help.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            refused: false,
            source: None,
        }
    }

    /// The address is not one to fetch from; trying again does not help.
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self {
            refused: true,
            ..Self::failed(message)
        }
    }

    /// The same with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether the address was refused, so that nothing was connected to.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for FetchError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl From<PublicError> for FetchError {
    fn from(error: PublicError) -> Self {
        let message = error.to_string();
        let kind = if error.refusal().is_some() {
            Self::refused(message)
        } else {
            Self::failed(message)
        };
        kind.with_source(error)
    }
}

#[async_trait]
impl Fetcher for PublicHttp {
    async fn open(&self, url: &Url, headers: HeaderMap) -> Result<Box<dyn Body>, FetchError> {
        let answer = self.get(url, headers, Limits::API).await?;
        Ok(Box::new(answer))
    }
}

#[async_trait]
impl Body for PublicAnswer {
    fn status(&self) -> StatusCode {
        PublicAnswer::status(self)
    }

    fn headers(&self) -> &HeaderMap {
        PublicAnswer::headers(self)
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, FetchError> {
        Ok(PublicAnswer::chunk(self).await?)
    }
}

/// Asks for a file and follows redirects, each of which is asked for as if it were the first.
pub(crate) async fn follow(
    fetcher: &dyn Fetcher,
    url: &Url,
    headers: &HeaderMap,
) -> Result<Box<dyn Body>, FetchError> {
    let mut url = url.clone();
    for _ in 0..=HOPS {
        let answer = fetcher.open(&url, headers.clone()).await?;
        if !answer.status().is_redirection() || answer.status() == StatusCode::NOT_MODIFIED {
            return Ok(answer);
        }
        let target = answer
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        let target =
            target.ok_or_else(|| FetchError::refused("a redirect that does not say where to"))?;
        url = url.join(target).map_err(|error| {
            FetchError::refused("a redirect to something that is no address").with_source(error)
        })?;
    }
    Err(FetchError::refused(format!("more than {HOPS} redirects")))
}
