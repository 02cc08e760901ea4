//! A local Finfo that runs: what a test asks it and does to it.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::service::{REALM, Service};
use super::{Drift, FinfoAccount, FinfoCounters, FinfoSummary, Grants, Stock};
use crate::clock::SandboxClock;
use crate::fault::FaultPlan;
use crate::front::{FaultServer, RequestRecord};

/// A running Finfo sandbox. It stops when it is dropped.
#[derive(Debug)]
pub struct FinfoRunning {
    server: FaultServer,
    service: Arc<Service>,
    clock: SandboxClock,
}

impl FinfoRunning {
    pub(super) fn new(server: FaultServer, service: Arc<Service>, clock: SandboxClock) -> Self {
        Self {
            server,
            service,
            clock,
        }
    }

    /// The base address of the interface, as `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Where it serves.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The address of the realm that gives tokens.
    pub fn realm(&self) -> String {
        format!("{}{REALM}", self.server.url())
    }

    /// The account that gets tokens.
    pub fn account(&self) -> FinfoAccount {
        self.service.state().tokens.account.clone()
    }

    /// The sandbox's time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Moves the sandbox's time forward, so that tokens expire and planned edits happen.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Replaces the faults; counting starts again.
    pub fn set_faults(&self, faults: impl Into<FaultPlan>) {
        self.server.set_faults(faults);
    }

    /// Lets lists move while they are read, or no longer; counting starts again.
    pub fn set_drift(&self, drift: Option<Drift>) {
        let mut state = self.service.state();
        (state.drift, state.pages) = (drift, 0);
    }

    /// How many requests to the interface are taken in a second of the sandbox's time (0: any number).
    pub fn set_calls_per_second(&self, calls: u32) {
        self.service.state().limits.per_second = calls;
    }

    /// Which request to the interface finds its token expired, from the start on: every so many-th (0: none).
    pub fn set_tokens_expire_every(&self, requests: u64) {
        self.service.state().limits.expires_every = requests;
    }

    /// How to point the program at this sandbox, in lines for a person.
    pub fn summary(&self) -> FinfoSummary {
        let account = self.account();
        FinfoSummary {
            url: self.url(),
            realm: self.realm(),
            suppliers: self.service.state().stock.counts(),
            account,
        }
    }

    /// Waits for the future, then stops: `running.serve_until(signal)`.
    pub async fn serve_until(self, stop: impl Future<Output = ()>) {
        stop.await;
    }

    /// Stops: no new connection, and the open ones are closed.
    pub fn shutdown(self) {
        self.server.shutdown();
    }
}

/// What the service knows.
impl FinfoRunning {
    /// Looks at what the service knows, or edits it, as of now or of the moment that [`Stock::at`] sets.
    pub fn edit<T>(&self, edit: impl FnOnce(&mut Stock) -> T) -> T {
        edit(&mut self.service.state().stock)
    }

    /// Plans an edit: it happens once the sandbox's time has come to this moment, and is one of that moment.
    pub fn plan(&self, at: DateTime<Utc>, edit: impl FnOnce(&mut Stock) + Send + 'static) {
        let mut state = self.service.state();
        // Edits of one moment happen in the order in which they were planned.
        let place = state.planned.partition_point(|(planned, _)| *planned <= at);
        state.planned.insert(place, (at, Box::new(edit)));
    }
}

/// Tokens.
impl FinfoRunning {
    /// What was asked of the token endpoint.
    pub fn grants(&self) -> Grants {
        self.service.state().tokens.grants
    }

    /// Whether the account is suspended for asking needlessly.
    pub fn is_suspended(&self) -> bool {
        self.service.state().tokens.suspended
    }

    /// Suspends the account, or lifts its suspension and forgives what led to it.
    pub fn suspend(&self, suspended: bool) {
        self.service.state().tokens.suspend(suspended);
    }

    /// Forgets all tokens, so that every one in use is answered with 401, refresh tokens too.
    pub fn revoke_tokens(&self) {
        self.service.state().tokens.revoke();
    }

    /// Forgets the access tokens; refresh tokens serve on.
    pub fn revoke_access_tokens(&self) {
        self.service.state().tokens.revoke_access();
    }
}

/// What came in.
impl FinfoRunning {
    /// The latest requests as they arrived, struck by a fault or not, oldest first.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.server.requests()
    }

    /// What was executed: requests by path, answers by status, rows.
    pub fn counters(&self) -> FinfoCounters {
        self.service.state().counters.clone()
    }

    /// Counts from nothing again. Grants are not among it.
    pub fn clear_counters(&self) {
        self.service.state().counters = FinfoCounters::default();
    }

    /// Forgets the logged requests; the totals stay.
    pub fn clear_requests(&self) {
        self.server.clear_requests();
    }

    /// How many connections were made.
    pub fn connections(&self) -> u64 {
        self.server.connections()
    }

    /// How many requests arrived.
    pub fn received(&self) -> u64 {
        self.server.received()
    }

    /// How many requests were executed.
    pub fn executed(&self) -> u64 {
        self.server.executed()
    }
}
