//! A sandbox that runs: what a test asks it, and what a person is told about it.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;

use chrono::{DateTime, TimeDelta, Utc};
use finkit_core::{FinRecord, Participant};
use finkit_fincheck::contract::Contract;

use crate::clock::SandboxClock;
use crate::fault::FaultPlan;
use crate::fincheck::{Call, Counters, Notice, RegistrationCode, State, StoredEntry};
use crate::front::{FaultServer, RequestRecord};
use crate::sandbox::SandboxError;

/// A running sandbox. It stops when it is dropped.
#[derive(Debug)]
pub struct Running {
    server: FaultServer,
    state: State,
    clock: SandboxClock,
}

impl Running {
    pub(crate) fn new(server: FaultServer, state: State, clock: SandboxClock) -> Self {
        Self {
            server,
            state,
            clock,
        }
    }

    /// Where FINcheck is served, as `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Where FINcheck is served.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The contract that is served.
    pub fn contract(&self) -> &Contract {
        self.state.contract()
    }

    /// The sandbox's time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Moves the sandbox's time forward, so that tokens expire and lagging entries become visible.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Replaces the faults; counting starts again.
    pub fn set_faults(&self, faults: impl Into<FaultPlan>) {
        self.server.set_faults(faults);
    }

    /// Waits for the future, then stops: `running.serve_until(signal)`.
    pub async fn serve_until(self, stop: impl Future<Output = ()>) {
        stop.await;
    }

    /// Stops: no new connection, and the open ones are closed.
    pub fn shutdown(self) {
        self.server.shutdown();
    }

    /// How to point the program at this sandbox, in lines for a person.
    ///
    /// # Errors
    /// [`SandboxError::Database`].
    pub fn summary(&self) -> Result<Summary, SandboxError> {
        Ok(Summary {
            url: self.url(),
            contract: self.contract().name.clone(),
            codes: self
                .registration_codes()?
                .into_iter()
                .filter(|code| !code.used)
                .collect(),
        })
    }
}

/// Participants.
impl Running {
    /// All registration codes. One of each kind is there from the start.
    ///
    /// # Errors
    /// [`SandboxError::Database`].
    pub fn registration_codes(&self) -> Result<Vec<RegistrationCode>, SandboxError> {
        self.state.codes()
    }

    /// Hands out a new registration code; it serves once.
    ///
    /// # Errors
    /// [`SandboxError::Database`], [`SandboxError::NoRandom`].
    pub fn issue_registration_code(&self, kind: Participant) -> Result<String, SandboxError> {
        self.state.issue_code(kind, false)
    }

    /// Hands out a code for a company that is not anonymous: when one of its FINs is entered again, it alone is told and not all.
    ///
    /// # Errors
    /// [`SandboxError::Database`], [`SandboxError::NoRandom`].
    pub fn issue_named_registration_code(&self, kind: Participant) -> Result<String, SandboxError> {
        self.state.issue_code(kind, true)
    }

    /// Makes a participant without a request and gives its security code.
    ///
    /// # Errors
    /// [`SandboxError::UsernameTaken`], [`SandboxError::Database`], [`SandboxError::NoRandom`].
    pub fn enrol(
        &self,
        kind: Participant,
        username: &str,
        password: &str,
    ) -> Result<String, SandboxError> {
        self.state
            .enrol(kind, false, username, password)?
            .ok_or(SandboxError::UsernameTaken)
    }

    /// Forgets all tokens, so that every one in use is answered with 401.
    ///
    /// # Errors
    /// [`SandboxError::Database`].
    pub fn revoke_tokens(&self) -> Result<(), SandboxError> {
        self.state.revoke_tokens()
    }
}

/// What is stored, and what it cost.
impl Running {
    /// All entries, in the order of entry.
    ///
    /// # Errors
    /// [`SandboxError::Database`].
    pub fn entries(&self) -> Result<Vec<StoredEntry>, SandboxError> {
        self.state.entries()
    }

    /// How many entries there are.
    ///
    /// # Errors
    /// [`SandboxError::Database`].
    pub fn entry_count(&self) -> Result<u64, SandboxError> {
        self.state.entry_count()
    }

    /// Puts entries of a participant straight into the database: unbilled, without a notice, visible at once.
    ///
    /// # Errors
    /// [`SandboxError::Database`], also when there is no such participant.
    pub fn plant(&self, username: &str, records: &[FinRecord]) -> Result<usize, SandboxError> {
        self.state.plant(username, records)
    }

    /// What a participant is billed for; `None` for an incognito or unknown one.
    ///
    /// # Errors
    /// [`SandboxError::Database`].
    pub fn counters(&self, username: &str) -> Result<Option<Counters>, SandboxError> {
        self.state.counters(username)
    }

    /// The common counters of all incognito participants.
    ///
    /// # Errors
    /// [`SandboxError::Database`].
    pub fn incognito_counters(&self) -> Result<Counters, SandboxError> {
        self.state.incognito_counters()
    }

    /// All notices of overlaps, in the order of sending.
    ///
    /// # Errors
    /// [`SandboxError::Database`].
    pub fn notices(&self) -> Result<Vec<Notice>, SandboxError> {
        self.state.notices()
    }
}

/// What came in.
impl Running {
    /// The latest requests as they arrived, struck by a fault or not, oldest first.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.server.requests()
    }

    /// Forgets the logged requests; the totals stay.
    pub fn clear_requests(&self) {
        self.server.clear_requests();
    }

    /// The latest executed calls, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        self.state.calls()
    }

    /// How many token requests were executed, refused ones included.
    pub fn token_requests(&self) -> u64 {
        self.state.token_requests()
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

/// How to point the program at a sandbox.
///
/// Its `Display` is a few lines for a person: the address as the setting that the program reads, and an unused registration code of
/// each kind.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Summary {
    /// Where FINcheck is served.
    pub url: String,
    /// What the served contract is called.
    pub contract: String,
    /// The registration codes that are unused.
    pub codes: Vec<RegistrationCode>,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "FINcheck sandbox at {} (contract {})",
            self.url, self.contract
        )?;
        writeln!(f)?;
        writeln!(f, "Point finkit at it:")?;
        writeln!(f, "  export FINKIT_FINCHECK_URL={}", self.url)?;
        writeln!(f)?;
        writeln!(f, "Registration codes, each for one account:")?;
        for code in &self.codes {
            writeln!(f, "  {:<10} {}", code.participant.as_str(), code.code)?;
        }
        write!(f, "OpenAPI document: {}/openapi.json", self.url)
    }
}
