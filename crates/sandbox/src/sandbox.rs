//! Settings of a sandbox, and starting it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use finkit_core::{Participant, ZoneRule};
use finkit_fincheck::contract::Contract;

use crate::clock::{self, SandboxClock};
use crate::fault::FaultPlan;
use crate::fincheck::{self, SearchLag, Settings, Timestamps};
use crate::front::{FaultServer, FaultServerBuilder, Now, RequestRecord, StartError};
use crate::running::Running;

/// A local FINcheck. See [`Sandbox::builder`].
#[derive(Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Settings, all with defaults.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }
}

/// Settings of a [`Sandbox`].
#[derive(Clone)]
#[must_use]
pub struct SandboxBuilder {
    front: FaultServerBuilder,
    service: Settings,
    now: Now,
}

impl fmt::Debug for SandboxBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("front", &self.front)
            .field("contract", &self.service.contract.name)
            .finish_non_exhaustive()
    }
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self {
            front: FaultServer::builder(),
            service: Settings {
                contract: Contract::assumed(),
                database: None,
                token_lifetime: None,
                max_records: 10_000,
                search_lag: SearchLag::default(),
                zone: None,
                timestamps: Timestamps::default(),
                reasons: false,
                refused: Vec::new(),
                echo: false,
                demo_data: false,
                calls: 100_000,
            },
            now: clock::system(),
        }
    }
}

impl SandboxBuilder {
    /// The loopback address to serve on (default `127.0.0.1:0`: any free port).
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.front = self.front.address(address);
        self
    }

    /// The contract to serve (default: the assumed one).
    pub fn contract(mut self, contract: Contract) -> Self {
        self.service.contract = contract;
        self
    }

    /// Keeps the state in this file, so that it outlives the process (default: in memory).
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.service.database = Some(path.into());
        self
    }

    /// The faults to play (default none).
    pub fn faults(mut self, faults: impl Into<FaultPlan>) -> Self {
        self.front = self.front.faults(faults);
        self
    }

    /// The clock (default: the system's). [`Running::advance`] moves on from it.
    pub fn clock(mut self, now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.now = Arc::new(now);
        self
    }

    /// How long a token lives (default: what the contract says, an hour in the assumed one).
    pub fn token_lifetime(mut self, lifetime: TimeDelta) -> Self {
        self.service.token_lifetime = Some(lifetime);
        self
    }

    /// The longest body in bytes, above which the answer is 413 (default 1 MiB, as nginx has it).
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.front = self.front.body_limit(bytes);
        self
    }

    /// The longest list of records or FINs, above which the answer is 422 (default 10,000).
    pub fn max_records(mut self, records: usize) -> Self {
        self.service.max_records = records;
        self
    }

    /// How long each request takes before it is executed (default none).
    pub fn latency(mut self, latency: Duration) -> Self {
        self.front = self.front.latency(latency);
        self
    }

    /// How long searches do not show a new entry (default: they show it at once).
    pub fn search_lag(mut self, lag: SearchLag) -> Self {
        self.service.search_lag = lag;
        self
    }

    /// The local time that the database keeps (default: what the contract says, +02:00 in the assumed one).
    pub fn database_zone(mut self, zone: ZoneRule) -> Self {
        self.service.zone = Some(zone);
        self
    }

    /// How moments of registration are told (default: bare local time).
    pub fn timestamps(mut self, timestamps: Timestamps) -> Self {
        self.service.timestamps = timestamps;
        self
    }

    /// Whether failed records come with a reason where the contract has a field for it (default: they do not).
    pub fn reasons(mut self, reasons: bool) -> Self {
        self.service.reasons = reasons;
        self
    }

    /// A FIN that the service refuses with 422, as a rule would that no client knows.
    pub fn refuse_fin(mut self, fin: impl Into<String>) -> Self {
        self.service.refused.push(fin.into());
        self
    }

    /// Puts in the entries that [another company](crate::fincheck::demo) has made.
    pub fn with_demo_data(mut self) -> Self {
        self.service.demo_data = true;
        self
    }

    /// Makes `bulk_create` answer at once that everything was created, without reading or keeping the records, for measuring clients.
    /// Served where the contract sends bare records and gets them back as they are, otherwise without effect.
    pub fn without_storing(mut self) -> Self {
        self.service.echo = true;
        self
    }

    /// Threads that serve (default 2).
    pub fn threads(mut self, threads: usize) -> Self {
        self.front = self.front.threads(threads);
        self
    }

    /// How many of the latest requests and calls are kept for looking at (default 100,000 each; 0: none).
    pub fn log_capacity(mut self, records: usize) -> Self {
        self.front = self.front.log_capacity(records);
        self.service.calls = records;
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
    /// [`SandboxError`] when the address is not on loopback or taken, the database cannot be opened, or the contract cannot be served.
    pub async fn start(self) -> Result<Running, SandboxError> {
        self.start_blocking()
    }

    /// Starts to serve, for callers without an async runtime.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_blocking(self) -> Result<Running, SandboxError> {
        let clock = SandboxClock::new(self.now);
        let (routes, state) = fincheck::serve(self.service, clock.clone())?;
        let codes = state.codes()?;
        for kind in Participant::ALL {
            if !codes
                .iter()
                .any(|code| code.participant == kind && !code.used)
            {
                state.issue_code(kind, false)?;
            }
        }
        let front = clock.clone();
        let server = self.front.clock(move || front.now()).start(routes)?;
        Ok(Running::new(server, state, clock))
    }
}

/// Why a sandbox does not start, or cannot tell about its state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The server does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The contract cannot be served.
    #[error("the contract cannot be served: {0}")]
    Contract(String),
    /// The database refuses.
    #[error("the sandbox's database fails")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandom,
    /// The user name is taken.
    #[error("there is a participant of that name already")]
    UsernameTaken,
}

impl SandboxError {
    pub(crate) fn database(fault: rusqlite::Error) -> Self {
        Self::Database(Box::new(fault))
    }
}
