//! FINcheck as its operator's guide (<https://www.fincheck.at/api>) describes it, in the words of a
//! [`Contract`], with the manners of FastAPI.
//!
//! # What it does as the guide says
//!
//! Registration by code, security code, token for an hour; entries that overlap in time (both ends included) with any earlier entry of the
//! same FIN, own ones too, are refused unless `commit_on_overlapping_dates`; a bulk is all or nothing unless `commit_on_partial_success`;
//! the same record entered twice is two entries, and one delete removes both; readers may only search; accounts are billed by reads and
//! writes, incognito participants only count together; overlaps are told to all companies, or to the ones that wish to be told alone.
//!
//! # What the guide leaves open, and how it is here
//!
//! * A FIN is compared as it was sent: no upper-casing, no trimming, no check of its form.
//! * One read per FIN looked up and per record sent for entry, one write per record stored and per delete request.
//! * In a bulk each record is compared with what is stored by then, the earlier records of the same bulk included. When nothing is stored,
//!   `failed` holds all records of the request.
//! * An unknown or used registration code is 400, a taken user name 409, a wrong security code 403, a reader's create or delete 403.
//! * A bulk with more records than allowed is 422 (`too_long`).

pub mod demo;

mod answers;
mod database;
mod openapi;
mod operation;
mod pydantic;
mod routes;
mod secrets;
mod seen;
mod service;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::TimeDelta;
use finkit_core::{FinRecord, Participant, ZoneRule};
use finkit_fincheck::contract::Contract;

pub use self::seen::{Call, Counters, Notice, RegistrationCode, StoredEntry};

use self::answers::Shape;
use self::database::Database;
use self::pydantic::{Record, Rules};
use self::routes::Routed;
use self::secrets::PasswordHash;
use self::seen::Calls;
use self::service::Service;
use crate::SandboxError;
use crate::clock::SandboxClock;

/// How the service tells moments of registration, which it keeps in its own local time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Timestamps {
    /// `2026-03-01T09:30:00`: local time, bare.
    #[default]
    Bare,
    /// `2026-03-01T09:30:00+02:00`: local time with its offset.
    WithOffset,
}

/// How long searches do not show a new entry; both limits must be passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SearchLag {
    /// For so long.
    pub time: TimeDelta,
    /// For so many search requests.
    pub searches: u32,
}

/// Settings of the service.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) contract: Contract,
    pub(crate) database: Option<PathBuf>,
    pub(crate) token_lifetime: Option<TimeDelta>,
    pub(crate) max_records: usize,
    pub(crate) search_lag: SearchLag,
    pub(crate) zone: Option<ZoneRule>,
    pub(crate) timestamps: Timestamps,
    pub(crate) reasons: bool,
    pub(crate) refused: Vec<String>,
    pub(crate) echo: bool,
    pub(crate) demo_data: bool,
    pub(crate) calls: usize,
}

/// The service's state, as the running sandbox looks at it.
#[derive(Debug, Clone)]
pub(crate) struct State(Arc<Service>);

/// Opens the database and makes handler and state.
pub(crate) fn serve(
    settings: Settings,
    clock: SandboxClock,
) -> Result<(Routed, State), SandboxError> {
    let database = match &settings.database {
        Some(path) => Database::open(path),
        None => Database::in_memory(),
    }
    .map_err(SandboxError::database)?;
    let format = settings.contract.format;
    let zone = settings.zone.unwrap_or(match format.database_zone {
        finkit_fincheck::contract::DatabaseZone::Fixed(offset) => ZoneRule::Fixed(offset),
        _ => ZoneRule::Vienna,
    });
    let operations = operation::operations(&settings.contract);
    let lifetime = settings.contract.token.as_ref().map(|token| token.lifetime);
    let lifetime = lifetime
        .and_then(|seconds| i64::try_from(seconds).ok())
        .and_then(TimeDelta::try_seconds)
        .unwrap_or(TimeDelta::hours(1));
    let shape = Shape {
        contract: settings.contract,
        zone,
        timestamps: settings.timestamps,
        reasons: settings.reasons,
    };
    let service = Arc::new(Service {
        echo: settings.echo.then(|| Service::echo(&shape)).flatten(),
        database,
        shape,
        rules: Rules {
            zone,
            max_records: settings.max_records,
            refused: settings.refused,
        },
        clock,
        token_lifetime: settings.token_lifetime.unwrap_or(lifetime),
        search_lag: settings.search_lag,
        calls: Calls::new(settings.calls),
        token_requests: AtomicU64::new(0),
    });
    let routes = routes::router(&service, operations)
        .map_err(|fault| SandboxError::Contract(fault.to_string()))?;
    let state = State(service);
    if settings.demo_data {
        demo::plant(&state)?;
    }
    Ok((routes, state))
}

impl State {
    pub(crate) fn contract(&self) -> &Contract {
        &self.0.shape.contract
    }

    /// A code that registers one participant of this kind.
    pub(crate) fn issue_code(
        &self,
        kind: Participant,
        named: bool,
    ) -> Result<String, SandboxError> {
        let random = secrets::random_hex::<8>().map_err(|_| SandboxError::NoRandom)?;
        let code = format!("{kind}-{random}");
        self.0
            .database
            .issue_code(&code, kind, named)
            .map_err(SandboxError::database)?;
        Ok(code)
    }

    pub(crate) fn codes(&self) -> Result<Vec<RegistrationCode>, SandboxError> {
        self.0.database.codes().map_err(SandboxError::database)
    }

    /// Makes a participant and gives its security code; `None` when the name is taken.
    pub(crate) fn enrol(
        &self,
        kind: Participant,
        named: bool,
        username: &str,
        password: &str,
    ) -> Result<Option<String>, SandboxError> {
        let code = secrets::random_hex::<16>().map_err(|_| SandboxError::NoRandom)?;
        let hash = PasswordHash::new(password).map_err(|_| SandboxError::NoRandom)?;
        let fingerprint = secrets::fingerprint(&code);
        let made = self
            .0
            .database
            .enrol(kind, named, username, &hash, &fingerprint)
            .map_err(SandboxError::database)?;
        Ok(made.then_some(code))
    }

    pub(crate) fn plant(
        &self,
        username: &str,
        records: &[FinRecord],
    ) -> Result<usize, SandboxError> {
        let records: Vec<Record> = records
            .iter()
            .map(|record| Record {
                fin: record.fin.to_string(),
                start: record.period.start(),
                end: record.period.end(),
                registered: self.0.shape.zone.local(record.registered_at.datetime()),
            })
            .collect();
        self.0
            .database
            .plant(username, &records)
            .map_err(SandboxError::database)
    }

    pub(crate) fn entries(&self) -> Result<Vec<StoredEntry>, SandboxError> {
        self.0.database.entries().map_err(SandboxError::database)
    }

    pub(crate) fn entry_count(&self) -> Result<u64, SandboxError> {
        self.0
            .database
            .entry_count()
            .map_err(SandboxError::database)
    }

    pub(crate) fn counters(&self, username: &str) -> Result<Option<Counters>, SandboxError> {
        self.0
            .database
            .counters(username)
            .map_err(SandboxError::database)
    }

    pub(crate) fn incognito_counters(&self) -> Result<Counters, SandboxError> {
        self.0
            .database
            .incognito_counters()
            .map_err(SandboxError::database)
    }

    pub(crate) fn notices(&self) -> Result<Vec<Notice>, SandboxError> {
        self.0.database.notices().map_err(SandboxError::database)
    }

    pub(crate) fn revoke_tokens(&self) -> Result<(), SandboxError> {
        self.0
            .database
            .revoke_tokens()
            .map_err(SandboxError::database)
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.0.calls.all()
    }

    pub(crate) fn token_requests(&self) -> u64 {
        self.0.token_requests.load(Ordering::SeqCst)
    }
}
