//! What the sandbox tells about its own state, for tests and for `finkit sandbox`: entries, counters, notices, calls.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use finkit_core::Participant;

/// A registration code.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistrationCode {
    /// The code.
    pub code: String,
    /// What it makes its user.
    pub participant: Participant,
    /// Whether it has been used; it serves once.
    pub used: bool,
}

impl fmt::Debug for RegistrationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistrationCode")
            .field("code", &"[redacted]")
            .field("participant", &self.participant)
            .field("used", &self.used)
            .finish()
    }
}

/// Billed accesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Reads: one per FIN looked up and per record sent for entry.
    pub reads: u64,
    /// Writes: one per record stored and per delete request.
    pub writes: u64,
}

/// An entry in the database.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredEntry {
    /// Its number, in the order of entry.
    pub id: u64,
    /// The FIN as it was sent.
    pub fin: String,
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
    /// Moment of registration, in the database's local time.
    pub registered_at: NaiveDateTime,
    /// User name of the participant who made the entry.
    pub participant: String,
}

impl fmt::Debug for StoredEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEntry")
            .field("id", &self.id)
            .field("fin", &finkit_core::mask(&self.fin))
            .field("start", &self.start)
            .field("end", &self.end)
            .field("registered_at", &self.registered_at)
            .field("participant", &self.participant)
            .finish()
    }
}

/// A notice that a FIN was entered again.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// When.
    pub at: DateTime<Utc>,
    /// The FIN.
    pub fin: String,
    /// First day of the record that was sent.
    pub start: NaiveDate,
    /// Last day of the record that was sent.
    pub end: NaiveDate,
    /// The one company that is told; `None`: all.
    pub recipient: Option<String>,
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice")
            .field("at", &self.at)
            .field("fin", &finkit_core::mask(&self.fin))
            .field("start", &self.start)
            .field("end", &self.end)
            .field("recipient", &self.recipient)
            .finish()
    }
}

/// An executed call, without values that could be personal or secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The operation, as the operator's guide names it: `register`, `token`, `create`, `bulk_create`, `search`, `bulk_search`, `delete`.
    pub operation: &'static str,
    /// Who called, when a token told.
    pub participant: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// How many records or FINs the request held.
    pub items: usize,
    /// How many records were stored or entries deleted.
    pub changed: usize,
    /// `commit_on_overlapping_dates` as sent.
    pub commit_on_overlapping_dates: bool,
    /// `commit_on_partial_success` as sent.
    pub commit_on_partial_success: bool,
}

impl Call {
    pub(super) const fn new(operation: &'static str) -> Self {
        Self {
            operation,
            participant: None,
            status: 0,
            items: 0,
            changed: 0,
            commit_on_overlapping_dates: false,
            commit_on_partial_success: false,
        }
    }
}

/// The latest calls, and how many there were of each operation.
#[derive(Debug)]
pub(super) struct Calls {
    latest: Mutex<VecDeque<Call>>,
    capacity: usize,
}

impl Calls {
    pub(super) const fn new(capacity: usize) -> Self {
        Self {
            latest: Mutex::new(VecDeque::new()),
            capacity,
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Call>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, call: Call) {
        if self.capacity == 0 {
            return;
        }
        let mut latest = self.lock();
        if latest.len() == self.capacity {
            latest.pop_front();
        }
        latest.push_back(call);
    }

    pub(super) fn all(&self) -> Vec<Call> {
        self.lock().iter().cloned().collect()
    }
}
