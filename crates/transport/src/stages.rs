//! The stages a call passes, in one fixed order:
//!
//! **span → spending guard → retry → per attempt: rate limit, authorise, log, time-out, send**
//!
//! The guard stands outside the retries so that a call is reserved once and every repeat that may be billed is reserved
//! again. The rate limit stands before the authorisation, so that a call that waits does not hold a token that ages.
//! The token is taken inside the retries, so that a repeat never uses one that has ended meanwhile.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use http::header::{AUTHORIZATION, LOCATION};
use tracing::Instrument as _;
use url::Url;

use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::failure::{Failure, Outcome};
use crate::guard::{Reservation, SpendingGuard};
use crate::limits::Limits;
use crate::operation::{Operation, Safety};
use crate::origin::Origin;
use crate::random::{Random, SystemRandom};
use crate::rate::{Host, Paused, RateLimit};
use crate::redact::{self, SafeHeaders};
use crate::retry::{Decision, RetryPolicy, WhyNot, decide};
use crate::retry_after;
use crate::service::{HttpRequest, HttpResponse, HttpService, SendError, SendErrorKind};
use crate::token::source::{Context, Held, TokenExchange, TokenSource, TokenStatus};

const TOKEN: Operation = Operation::token("token");

/// Calls a service through all stages. A cheap clone; clones share limits, pauses, budgets and the token.
#[derive(Clone)]
pub struct Transport(Arc<Stages>);

struct Stages {
    service: Arc<dyn HttpService>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    tokens: Option<TokenSource>,
    guard: SpendingGuard,
    retry: RetryPolicy,
    limits: Limits,
    token_limits: Limits,
    rate: RateLimit,
    hosts: Mutex<HashMap<Origin, Arc<Host>>>,
}

/// Settings of a [`Transport`].
#[derive(Debug)]
#[must_use]
pub struct TransportBuilder {
    service: Arc<dyn HttpService>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    tokens: Option<TokenSource>,
    guard: SpendingGuard,
    retry: RetryPolicy,
    limits: Limits,
    token_limits: Limits,
    rate: RateLimit,
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
        TransportBuilder {
            service,
            clock: Arc::new(SystemClock::new()),
            random: Arc::new(SystemRandom),
            tokens: None,
            guard: SpendingGuard::unlimited(),
            retry: RetryPolicy::default(),
            limits: Limits::API,
            token_limits: Limits::TOKEN,
            rate: RateLimit::unlimited(),
        }
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
        let span = tracing::debug_span!("call", operation = operation.name);
        self.0.guarded(operation, request).instrument(span).await
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

    /// Forgets the tokens, here and in the vault.
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
        self.0.tokens.as_ref().ok_or_else(no_tokens)
    }
}

/// One call on its way.
struct Call<'a> {
    operation: &'a Operation,
    origin: &'a Origin,
    host: &'a Host,
    limits: Limits,
    deadline: Duration,
}

/// How one attempt ended.
enum Attempt {
    Answer(HttpResponse, Option<Arc<Held>>),
    NoAnswer(SendError),
    /// A stage before sending stopped it.
    NotMade(Error),
    /// The token was refused and there is no other.
    NoOtherToken,
}

impl Stages {
    fn context(self: &Arc<Self>) -> Context {
        Context {
            exchange: Arc::new(Exchange(Arc::clone(self))),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        }
    }

    fn host(&self, origin: &Origin) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts
            .entry(origin.clone())
            .or_insert_with(|| Arc::new(Host::new(self.rate, self.retry.budget)));
        Arc::clone(host)
    }

    /// Spending guard: nothing leaves that could exceed the limit, and no credential goes astray.
    async fn guarded(
        self: &Arc<Self>,
        operation: &Operation,
        request: HttpRequest,
    ) -> Result<HttpResponse, Error> {
        let origin = Origin::of_uri(request.uri())?;
        let started = self.clock.monotonic();
        let limits =
            request
                .extensions()
                .get::<Limits>()
                .copied()
                .unwrap_or(match operation.safety {
                    Safety::Token => self.token_limits,
                    Safety::Read | Safety::Create | Safety::Delete => self.limits,
                });
        if operation.authorise {
            let tokens = self.tokens.as_ref().ok_or_else(no_tokens)?;
            if !tokens.is_for(&origin) {
                return Err(Error::not_sent(
                    ErrorKind::ForeignOrigin,
                    "the token belongs to another service than the one called",
                )
                .in_call(operation.name, &origin, 0, Duration::ZERO));
            }
        }
        let reservation = self
            .guard
            .reserve(operation.billing)
            .map_err(|error| error.in_call(operation.name, &origin, 0, Duration::ZERO))?;
        let host = self.host(&origin);
        let deadline = started.saturating_add(limits.total);
        let call = Call {
            operation,
            origin: &origin,
            host: &host,
            limits,
            deadline,
        };
        self.repeated(&call, request, reservation, started).await
    }

    /// Retry: attempts until one succeeds or the decision is to stop.
    async fn repeated(
        self: &Arc<Self>,
        call: &Call<'_>,
        request: HttpRequest,
        mut reservation: Reservation,
        started: Duration,
    ) -> Result<HttpResponse, Error> {
        let mut attempts = 0;
        let mut worst = Outcome::NotSent;
        let mut refused: Option<(Arc<Held>, HttpResponse)> = None;
        let elapsed = || self.clock.monotonic().saturating_sub(started);
        loop {
            let number = attempts + 1;
            let other_than = refused.as_ref().map(|(held, _)| held);
            let attempt = self
                .attempt(call, request.clone(), number, other_than, &mut reservation)
                .await;
            let (failure, answer, source) = match attempt {
                Attempt::NotMade(error) => {
                    reservation.release();
                    let outcome = worst.max(error.outcome());
                    return Err(error.with_outcome(outcome).in_call(
                        call.operation.name,
                        call.origin,
                        attempts,
                        elapsed(),
                    ));
                }
                Attempt::NoOtherToken => {
                    reservation.release();
                    // There is an answer whenever a token was refused.
                    let Some((_, answer)) = refused else {
                        return Err(no_tokens());
                    };
                    return Ok(reported(
                        answer,
                        attempts,
                        elapsed(),
                        Some((WhyNot::NoOtherToken, worst)),
                    ));
                }
                Attempt::NoAnswer(error) => (Failure::NoAnswer(error.kind()), None, Some(error)),
                Attempt::Answer(answer, held) => {
                    match Failure::of_answer(answer.status(), answer.body()) {
                        None => {
                            call.host.budget.succeeded();
                            if let Some(held) = held {
                                held.accept();
                            }
                            reservation.spend();
                            return Ok(reported(answer, number, elapsed(), None));
                        }
                        Some(failure) => (failure, Some((answer, held)), None),
                    }
                }
            };
            attempts = number;
            worst = worst.max(failure.outcome());
            let asked = answer
                .as_ref()
                .and_then(|(answer, _)| self.pause(call, failure, answer, attempts));
            let why = match decide(call.operation.safety, failure, attempts, &self.retry) {
                _ if asked.is_some_and(|pause| pause > self.retry.retry_after_cap) => {
                    WhyNot::PauseTooLong
                }
                Decision::Stop(why) => why,
                Decision::Reauthorise => match answer {
                    Some((answer, Some(held))) if refused.is_none() => {
                        refused = Some((held, answer));
                        reservation.came_back();
                        tracing::debug!("the token was refused, another one is tried");
                        continue;
                    }
                    _ => {
                        return self.stopped(
                            call,
                            failure,
                            answer.map(|(answer, _)| answer),
                            source,
                            End {
                                attempts,
                                elapsed: elapsed(),
                                worst,
                                why: WhyNot::NoOtherToken,
                                pause: None,
                                reservation,
                            },
                        );
                    }
                },
                Decision::Repeat => {
                    let backoff = self.retry.backoff(failure, attempts, &*self.random);
                    let wait = asked.map_or(backoff, |asked| asked.max(backoff));
                    match self.may_repeat(call, failure, wait, &mut reservation) {
                        Ok(()) => {
                            tracing::debug!(%failure, attempt = attempts, ?wait, "repeating");
                            self.clock.sleep(wait).await;
                            continue;
                        }
                        Err(why) => why,
                    }
                }
            };
            let end = End {
                attempts,
                elapsed: elapsed(),
                worst,
                why,
                pause: asked,
                reservation,
            };
            return self.stopped(call, failure, answer.map(|(answer, _)| answer), source, end);
        }
    }

    /// Takes note of what an answer says about the pace; returns the pause the service asks for.
    fn pause(
        &self,
        call: &Call<'_>,
        failure: Failure,
        answer: &HttpResponse,
        attempt: u32,
    ) -> Option<Duration> {
        if !failure.is_throttle() {
            return None;
        }
        let asked = retry_after::parse(answer.headers(), self.clock.now());
        let pause = match (asked, failure) {
            (Some(asked), _) => asked,
            (None, Failure::Status(429)) => self.retry.backoff(failure, attempt, &*self.random),
            (None, _) => return None,
        };
        if !pause.is_zero() {
            tracing::info!(origin = %call.origin, ?pause, "the service asks for a pause");
            call.host.pause(&*self.clock, pause);
        }
        asked
    }

    fn may_repeat(
        &self,
        call: &Call<'_>,
        failure: Failure,
        wait: Duration,
        reservation: &mut Reservation,
    ) -> Result<(), WhyNot> {
        if self.clock.monotonic().saturating_add(wait) >= call.deadline {
            return Err(WhyNot::NoTimeLeft);
        }
        if !call.host.budget.take() {
            return Err(WhyNot::BudgetUsed);
        }
        if failure.outcome() == Outcome::Unknown {
            reservation
                .spend_and_reserve_again()
                .map_err(|_| WhyNot::SpendingLimit)?;
        } else {
            reservation.came_back();
        }
        Ok(())
    }

    /// The end of a call that did not succeed.
    fn stopped(
        &self,
        call: &Call<'_>,
        failure: Failure,
        answer: Option<HttpResponse>,
        source: Option<SendError>,
        end: End,
    ) -> Result<HttpResponse, Error> {
        if failure.outcome() == Outcome::Unknown {
            end.reservation.spend();
        } else {
            end.reservation.release();
        }
        let error = match (answer, source) {
            (Some(answer), _)
                if end.why != WhyNot::PauseTooLong && !matches!(failure, Failure::Redirect(_)) =>
            {
                return Ok(reported(
                    answer,
                    end.attempts,
                    end.elapsed,
                    Some((end.why, end.worst)),
                ));
            }
            (Some(answer), _) if matches!(failure, Failure::Redirect(_)) => {
                redirect(&answer, call.origin)
            }
            (_, Some(error)) => no_answer(error),
            (_, None) => {
                let pause = end.pause.unwrap_or_default();
                come_back_later(pause)
            }
        };
        Err(error
            .with_outcome(end.worst)
            .with_status(failure.status())
            .with_why_not(end.why)
            .in_call(call.operation.name, call.origin, end.attempts, end.elapsed))
    }

    /// One attempt: rate limit, authorise, log, time-out, send.
    async fn attempt(
        self: &Arc<Self>,
        call: &Call<'_>,
        mut request: HttpRequest,
        number: u32,
        refused: Option<&Arc<Held>>,
        reservation: &mut Reservation,
    ) -> Attempt {
        let clock = &*self.clock;
        let cap = self.retry.retry_after_cap;
        let counted = call.operation.safety != Safety::Token;
        let place = match call.host.turn(clock, cap, counted).await {
            Ok(place) => place,
            Err(Paused(left)) => return Attempt::NotMade(come_back_later(left)),
        };
        let mut held = None;
        if call.operation.authorise
            && let Some(tokens) = &self.tokens
        {
            match tokens.token(&self.context(), refused).await {
                Ok(Some(token)) => {
                    let Some(header) = token.kept.token.as_secret().to_header("Bearer ") else {
                        return Attempt::NotMade(Error::not_sent(
                            ErrorKind::TokenEndpoint,
                            "the token holds characters that a header cannot carry",
                        ));
                    };
                    request.headers_mut().insert(AUTHORIZATION, header);
                    held = Some(token);
                }
                Ok(None) => return Attempt::NoOtherToken,
                // What the token request did says nothing about this call, which was not sent.
                Err(error) => return Attempt::NotMade(error.with_outcome(Outcome::NotSent)),
            }
            if let Err(Paused(left)) = call.host.wait_for_pause(clock, cap).await {
                return Attempt::NotMade(come_back_later(left));
            }
        }
        let begun = clock.monotonic();
        let left = call.deadline.saturating_sub(begun);
        if left.is_zero() {
            return Attempt::NotMade(Error::not_sent(
                ErrorKind::TimeOut,
                "no time left to send the request",
            ));
        }
        request
            .extensions_mut()
            .insert(call.limits.with_attempt(call.limits.attempt.min(left)));
        let method = request.method().clone();
        tracing::trace!(headers = ?SafeHeaders(request.headers()), "sending");
        reservation.leaves();
        let result = self.service.send(request).await;
        let elapsed = clock.monotonic().saturating_sub(begun);
        drop(place);
        match result {
            Ok(answer) => {
                tracing::debug!(
                    %method, origin = %call.origin, attempt = number, status = answer.status().as_u16(), ?elapsed,
                    bytes = answer.body().len(), request_id = redact::request_id(answer.headers()), "answer"
                );
                tracing::trace!(headers = ?SafeHeaders(answer.headers()), "headers of the answer");
                Attempt::Answer(answer, held)
            }
            Err(error) => {
                tracing::debug!(%method, origin = %call.origin, attempt = number, %error, ?elapsed, "no answer");
                Attempt::NoAnswer(error)
            }
        }
    }
}

/// What is known at the end of a call.
struct End {
    attempts: u32,
    elapsed: Duration,
    worst: Outcome,
    why: WhyNot,
    pause: Option<Duration>,
    reservation: Reservation,
}

/// Token requests pass the same stages, but for the authorisation.
struct Exchange(Arc<Stages>);

#[async_trait]
impl TokenExchange for Exchange {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let span = tracing::debug_span!("call", operation = TOKEN.name);
        self.0.guarded(&TOKEN, request).instrument(span).await
    }
}

fn reported(
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

fn no_tokens() -> Error {
    Error::not_sent(
        ErrorKind::CredentialsMissing,
        "the call needs a token, and no account is set up",
    )
}

fn come_back_later(pause: Duration) -> Error {
    // Rounded up: whoever comes back a moment too early is turned away again.
    let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
    Error::not_sent(
        ErrorKind::ComeBackLater,
        format!("the service asks to come back in {seconds} s"),
    )
    .with_retry_after(pause)
}

/// Names only the host a redirect points to: the rest of the address may carry what was sent.
fn redirect(answer: &HttpResponse, from: &Origin) -> Error {
    let target = answer
        .headers()
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| Url::parse(&from.to_string()).ok()?.join(location).ok())
        .and_then(|url| url.host_str().map(str::to_owned));
    let message = match target {
        Some(host) => format!(
            "the service points to {host} with status {}, which is not followed",
            answer.status().as_u16()
        ),
        None => format!(
            "the service points elsewhere with status {}, which is not followed",
            answer.status().as_u16()
        ),
    };
    Error::new(ErrorKind::Redirect, Outcome::Unknown, message)
}

fn no_answer(error: SendError) -> Error {
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

impl TransportBuilder {
    /// The tokens of authorised operations.
    pub fn tokens(mut self, tokens: impl Into<TokenSource>) -> Self {
        self.tokens = Some(tokens.into());
        self
    }

    /// Where the time comes from; the clock of the operating system unless set.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Where jitter comes from; the random source of the operating system unless set.
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// How fast and how wide each host is called.
    pub fn rate(mut self, rate: RateLimit) -> Self {
        self.rate = rate;
        self
    }

    /// What the calls may cost together; no limit unless set.
    pub fn budget(mut self, guard: SpendingGuard) -> Self {
        self.guard = guard;
        self
    }

    /// How often and how patiently attempts are repeated.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Limits of calls that bring none of their own; [`Limits::API`] unless set.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Limits of token requests; [`Limits::TOKEN`] unless set.
    pub fn token_limits(mut self, limits: Limits) -> Self {
        self.token_limits = limits;
        self
    }

    /// The transport.
    #[must_use]
    pub fn build(self) -> Transport {
        Transport(Arc::new(Stages {
            service: self.service,
            clock: self.clock,
            random: self.random,
            tokens: self.tokens,
            guard: self.guard,
            retry: self.retry,
            limits: self.limits,
            token_limits: self.token_limits,
            rate: self.rate,
            hosts: Mutex::new(HashMap::new()),
        }))
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
