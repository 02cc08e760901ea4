//! Settings of a local Finfo, and starting it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Request;

use super::counters::FinfoCounters;
use super::demo;
use super::drift::Drift;
use super::running::FinfoRunning;
use super::service::{Limits, Service, State};
use super::stock::Stock;
use super::token::{FinfoAccount, TokenRules, Tokens};
use crate::SandboxError;
use crate::clock::{self, SandboxClock};
use crate::fault::FaultPlan;
use crate::front::{FaultServer, FaultServerBuilder, Now, RequestRecord};

/// A local Finfo. See [`FinfoSandbox::builder`].
#[derive(Debug)]
pub struct FinfoSandbox;

impl FinfoSandbox {
    /// Settings, all with defaults: no supplier, no faults.
    pub fn builder() -> FinfoSandboxBuilder {
        FinfoSandboxBuilder::default()
    }
}

/// Settings of a [`FinfoSandbox`].
#[derive(Clone)]
#[must_use]
pub struct FinfoSandboxBuilder {
    front: FaultServerBuilder,
    now: Now,
    account: FinfoAccount,
    tokens: TokenRules,
    suppliers: Vec<(String, String, usize)>,
    demo_data: bool,
    age: TimeDelta,
    limits: Limits,
    drift: Option<Drift>,
    media_host: Option<String>,
    no_content: bool,
}

impl fmt::Debug for FinfoSandboxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinfoSandboxBuilder")
            .field("front", &self.front)
            .field("suppliers", &self.suppliers)
            .finish_non_exhaustive()
    }
}

impl Default for FinfoSandboxBuilder {
    fn default() -> Self {
        Self {
            front: FaultServer::builder(),
            now: clock::system(),
            account: FinfoAccount::default(),
            tokens: TokenRules {
                lifetime: TimeDelta::seconds(900),
                refresh_lifetime: TimeDelta::seconds(1800),
                rotate: true,
                bears: 5,
            },
            suppliers: Vec::new(),
            demo_data: false,
            age: TimeDelta::zero(),
            limits: Limits::default(),
            drift: None,
            media_host: None,
            no_content: true,
        }
    }
}

impl FinfoSandboxBuilder {
    /// The loopback address to serve on (default `127.0.0.1:0`: any free port).
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.front = self.front.address(address);
        self
    }

    /// Adds a supplier with so many made-up articles.
    pub fn supplier(
        mut self,
        id: impl Into<String>,
        name: impl Into<String>,
        articles: usize,
    ) -> Self {
        self.suppliers.push((id.into(), name.into(), articles));
        self
    }

    /// How long before the start the articles of [`supplier`](Self::supplier) were last changed (default: at the start, so
    /// that a client that looks back a day reads them again).
    pub fn age(mut self, age: TimeDelta) -> Self {
        self.age = age;
        self
    }

    /// Adds the [suppliers and articles](demo) that there are to be tried. They were last changed 30 days before the start.
    pub fn with_demo_data(mut self) -> Self {
        self.demo_data = true;
        self
    }

    /// The account that gets tokens (default: [`FinfoAccount::default`]).
    pub fn account(mut self, account: FinfoAccount) -> Self {
        self.account = account;
        self
    }

    /// How long access and refresh tokens live (default 900 and 1800 seconds).
    pub fn token_lifetimes(mut self, access: TimeDelta, refresh: TimeDelta) -> Self {
        (self.tokens.lifetime, self.tokens.refresh_lifetime) = (access, refresh);
        self
    }

    /// Whether a refresh token serves once (default: it does).
    pub fn refresh_rotation(mut self, rotate: bool) -> Self {
        self.tokens.rotate = rotate;
        self
    }

    /// How many needless grants the account may ask for; one more suspends it (default 5).
    pub fn needless_grants(mut self, bears: u64) -> Self {
        self.tokens.bears = bears;
        self
    }

    /// Lets every so many-th request to the interface find its token expired; asking for another is not needless then
    /// (default: tokens live as long as they say).
    pub fn tokens_expire_every(mut self, requests: u64) -> Self {
        self.limits.expires_every = requests;
        self
    }

    /// How many requests to the interface are taken in a second of the sandbox's time; more are answered with 429
    /// (default: any number).
    pub fn calls_per_second(mut self, calls: u32) -> Self {
        self.limits.per_second = calls;
        self
    }

    /// How lists move while they are read (default: they don't).
    pub fn drift(mut self, drift: Drift) -> Self {
        self.drift = Some(drift);
        self
    }

    /// The address under which pictures are named, without a slash at its end (default: that of the sandbox, which
    /// serves them in any case).
    pub fn media_host(mut self, host: impl Into<String>) -> Self {
        self.media_host = Some(host.into());
        self
    }

    /// Answers 200 with an empty list where nothing matches (default: 204, as the guide says).
    pub fn empty_lists(mut self) -> Self {
        self.no_content = false;
        self
    }

    /// The faults to play (default none).
    pub fn faults(mut self, faults: impl Into<FaultPlan>) -> Self {
        self.front = self.front.faults(faults);
        self
    }

    /// How long each request takes before it is executed (default none).
    pub fn latency(mut self, latency: Duration) -> Self {
        self.front = self.front.latency(latency);
        self
    }

    /// The clock (default: the system's). [`FinfoRunning::advance`] moves on from it.
    pub fn clock(mut self, now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.now = Arc::new(now);
        self
    }

    /// Threads that serve (default 2).
    pub fn threads(mut self, threads: usize) -> Self {
        self.front = self.front.threads(threads);
        self
    }

    /// How many of the latest requests are kept for looking at (default 100,000; 0: none).
    pub fn log_capacity(mut self, records: usize) -> Self {
        self.front = self.front.log_capacity(records);
        self
    }

    /// Tells of each request as it is logged.
    pub fn on_request(mut self, observer: impl Fn(&RequestRecord) + Send + Sync + 'static) -> Self {
        self.front = self.front.on_request(observer);
        self
    }

    /// Starts to serve, on threads of its own: the sandbox does not stop when the caller's runtime does.
    ///
    /// # Errors
    /// [`SandboxError::Start`] when the address is not on loopback or is taken, or no thread can be started.
    pub async fn start(self) -> Result<FinfoRunning, SandboxError> {
        self.start_blocking()
    }

    /// Starts to serve, for callers without an async runtime.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_blocking(self) -> Result<FinfoRunning, SandboxError> {
        let clock = SandboxClock::new(self.now);
        let now = clock.now();
        let mut stock = Stock::new(now - self.age);
        for (id, name, articles) in &self.suppliers {
            stock.add_supplier(id, name, *articles);
        }
        if self.demo_data {
            demo::fill(stock.at(now - demo::AGE));
        }
        let state = State {
            stock,
            counters: FinfoCounters::default(),
            limits: self.limits,
            tokens: Tokens::new(self.account, self.tokens),
            planned: VecDeque::new(),
            drift: self.drift,
            pages: 0,
            media_host: self.media_host.clone().unwrap_or_default(),
            no_content: self.no_content,
        };
        let service = Arc::new(Service::new(state, clock.clone()));
        let (front, handler) = (clock.clone(), Arc::clone(&service));
        let server = self
            .front
            .clock(move || front.now())
            .start(move |request: Request<Bytes>| handler.handle(&request))?;
        if self.media_host.is_none() {
            service.state().media_host = server.url();
        }
        Ok(FinfoRunning::new(server, service, clock))
    }
}
