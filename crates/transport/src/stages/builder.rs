//! Settings of a transport.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use crate::clock::{Clock, SystemClock};
use crate::guard::SpendingGuard;
use crate::limits::Limits;
use crate::random::{Random, SystemRandom};
use crate::rate::RateLimit;
use crate::retry::RetryPolicy;
use crate::service::HttpService;
use crate::stages::{Stages, Transport};
use crate::token::source::TokenSource;

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

impl TransportBuilder {
    pub(super) fn new(service: Arc<dyn HttpService>) -> Self {
        Self {
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
            token_requests: AtomicU64::new(0),
        }))
    }
}
