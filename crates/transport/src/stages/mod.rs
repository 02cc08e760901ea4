//! The stages a call passes, in one fixed order:
//!
//! **span → spending guard → retry → per attempt: rate limit, authorise, log, time-out, send**
//!
//! The guard stands outside the retries so that a call is reserved once and every repeat that may be billed is reserved
//! again. The rate limit stands before the authorisation, so that a call that waits does not hold a token that ages.
//! The token is taken inside the retries, so that a repeat never uses one that has ended meanwhile.
//!
//! * [`call`] – spending guard and retry, one call from its first attempt to its end.
//! * [`attempt`] – the stages of one attempt.
//! * [`ending`] – what the caller gets in the end.
//! * [`builder`] – settings.

mod attempt;
mod builder;
mod call;
mod ending;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tracing::Instrument as _;

pub use self::builder::TransportBuilder;
use self::call::Call;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::failure::Outcome;
use crate::guard::SpendingGuard;
use crate::limits::Limits;
use crate::operation::{Operation, Safety};
use crate::origin::Origin;
use crate::random::Random;
use crate::rate::{Host, RateLimit};
use crate::retry::{RetryPolicy, WhyNot};
use crate::service::{HttpRequest, HttpResponse, HttpService};
use crate::token::source::{Context, TokenExchange, TokenSource, TokenStatus};

/// Token requests; they pass the same stages, but for the authorisation.
pub(crate) const TOKEN: Operation = Operation::token("token");

/// Calls a service through all stages. A cheap clone; clones share limits, pauses, budgets and the token.
#[derive(Clone)]
pub struct Transport(Arc<Stages>);

/// Everything the stages need, in the order in which they come.
struct Stages {
    guard: SpendingGuard,
    retry: RetryPolicy,
    rate: RateLimit,
    tokens: Option<TokenSource>,
    limits: Limits,
    token_limits: Limits,
    service: Arc<dyn HttpService>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    hosts: Mutex<HashMap<Origin, Arc<Host>>>,
    token_requests: AtomicU64,
}

/// How a call went; in the extensions of every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallReport {
    /// How many requests were sent.
    pub attempts: u32,
    /// How long the call took, waits included.
    pub elapsed: Duration,
    /// Why the last attempt was not repeated; `None` after success.
    pub why_not_repeated: Option<WhyNot>,
    /// What is known about the execution; `None` after success.
    pub outcome: Option<Outcome>,
}

impl Transport {
    /// A transport over this service, with settings.
    pub fn builder(service: Arc<dyn HttpService>) -> TransportBuilder {
        TransportBuilder::new(service)
    }

    /// Makes a call. Whatever status the service finally gives is an answer, with a [`CallReport`] in its extensions;
    /// only a redirect is not. [`Limits`] in the extensions of the request stand before those of the transport.
    ///
    /// # Errors
    /// [`Error`] when there is no answer, the call was not allowed to leave, or no token is to be had;
    /// [`Error::outcome`] tells whether the service may have acted.
    pub async fn call(
        &self,
        operation: &Operation,
        request: HttpRequest,
    ) -> Result<HttpResponse, Error> {
        self.0.spanned(operation, request).await
    }

    /// Makes sure that there is a token, asking for one only when there is none at hand.
    ///
    /// # Errors
    /// [`Error`] when there is none to be had.
    pub async fn authorise(&self) -> Result<(), Error> {
        self.tokens()?
            .token(&self.0.context(), None)
            .await
            .map(drop)
    }

    /// Signs in with the password even if a token is at hand, to try credentials.
    ///
    /// # Errors
    /// [`ErrorKind::CredentialsRejected`] when they are refused, other kinds when there is no telling.
    pub async fn sign_in(&self) -> Result<(), Error> {
        self.tokens()?.sign_in(&self.0.context()).await
    }

    /// Forgets the tokens, here and in the vault, and credentials that were refused. The interval between two token
    /// requests is not forgotten.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] when the vault cannot be written.
    pub async fn sign_out(&self) -> Result<(), Error> {
        self.tokens()?.sign_out(&self.0.context()).await
    }

    /// What is known about the tokens.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] when the vault cannot be read.
    pub async fn token_status(&self) -> Result<TokenStatus, Error> {
        self.tokens()?.status(self.0.clock.now()).await
    }

    /// How many token requests were sent by this transport and its clones; those of other processes are not counted.
    #[must_use]
    pub fn token_requests(&self) -> u64 {
        self.0.token_requests.load(Ordering::Relaxed)
    }

    /// What the calls have cost so far and may still cost.
    #[must_use]
    pub fn spending(&self) -> &SpendingGuard {
        &self.0.guard
    }

    /// The clock of all stages.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    fn tokens(&self) -> Result<&TokenSource, Error> {
        self.0.tokens.as_ref().ok_or_else(ending::no_account)
    }
}

impl Stages {
    /// Span: everything a call logs says which operation it belongs to.
    async fn spanned(
        self: &Arc<Self>,
        operation: &Operation,
        request: HttpRequest,
    ) -> Result<HttpResponse, Error> {
        let span = tracing::debug_span!("call", operation = operation.name);
        self.guarded(operation, request).instrument(span).await
    }

    /// Spending guard: nothing leaves that could exceed the limit, and no credential goes astray.
    async fn guarded(
        self: &Arc<Self>,
        operation: &Operation,
        request: HttpRequest,
    ) -> Result<HttpResponse, Error> {
        let origin = Origin::of_uri(request.uri())?;
        let named = |error: Error| error.in_call(operation.name, &origin, 0, Duration::ZERO);
        if operation.authorise {
            let tokens = self
                .tokens
                .as_ref()
                .ok_or_else(ending::no_account)
                .map_err(named)?;
            if !tokens.is_for(&origin) {
                let text = "the token belongs to another service than the one called";
                return Err(named(Error::not_sent(ErrorKind::ForeignOrigin, text)));
            }
        }
        let reservation = self.guard.reserve(operation.billing).map_err(named)?;
        let limits = request.extensions().get::<Limits>().copied();
        let limits = limits.unwrap_or(match operation.safety {
            Safety::Token => self.token_limits,
            Safety::Read | Safety::Create | Safety::Delete => self.limits,
        });
        Call::new(self, operation, &origin, limits, reservation)
            .run(request)
            .await
    }

    fn context(self: &Arc<Self>) -> Context {
        Context {
            exchange: Arc::new(Exchange(Arc::clone(self))),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        }
    }

    /// What all calls to this origin share.
    fn host(&self, origin: &Origin) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts
            .entry(origin.clone())
            .or_insert_with(|| Arc::new(Host::new(self.rate, self.retry.budget)));
        Arc::clone(host)
    }
}

struct Exchange(Arc<Stages>);

#[async_trait]
impl TokenExchange for Exchange {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let result = self.0.spanned(&TOKEN, request).await;
        let sent = match &result {
            Ok(answer) => answer
                .extensions()
                .get::<CallReport>()
                .map_or(1, |report| report.attempts),
            Err(error) => error.attempts(),
        };
        let counter = &self.0.token_requests;
        counter.fetch_add(u64::from(sent), Ordering::Relaxed);
        result
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("service", &self.0.service)
            .field("tokens", &self.0.tokens)
            .field("retry", &self.0.retry)
            .field("rate", &self.0.rate)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::service::{MockHttpService, SendError, SendErrorKind};
    use bytes::Bytes;

    fn transport(service: MockHttpService, guard: SpendingGuard) -> Transport {
        Transport::builder(Arc::new(service))
            .clock(Arc::new(ManualClock::new()))
            .budget(guard)
            .build()
    }

    fn request() -> HttpRequest {
        http::Request::post("https://api.example.test/create")
            .body(Bytes::new())
            .expect("valid")
    }

    #[tokio::test]
    async fn a_create_reaches_the_service_once_and_a_read_three_times() {
        for (operation, times) in [
            (Operation::create("create"), 1),
            (Operation::read("search"), 3),
        ] {
            let mut service = MockHttpService::new();
            service
                .expect_send()
                .times(times)
                .returning(|_| Err(SendError::new(SendErrorKind::Closed)));
            let error = transport(service, SpendingGuard::unlimited())
                .call(&operation, request())
                .await;
            assert_eq!(error.expect_err("no answer").outcome(), Outcome::Unknown);
        }
    }

    #[tokio::test]
    async fn what_exceeds_the_limit_never_reaches_the_service() {
        let mut service = MockHttpService::new();
        service.expect_send().never();
        let guard = SpendingGuard::new(None, Some(9));
        let error = transport(service, guard)
            .call(&Operation::create("bulk_create").writes(10), request())
            .await;
        assert_eq!(
            error.expect_err("above the limit").kind(),
            ErrorKind::SpendingLimit
        );
    }
}
