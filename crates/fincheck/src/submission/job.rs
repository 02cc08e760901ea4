//! Jobs, the requests they sent, and what those cost.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use finkit_core::{Participant, RecordState};
use serde::{Deserialize, Serialize};

use super::{RowSet, RowState};
use crate::EntryFlags;

/// Number of a job in its ledger; ascending. That of a job that was discarded before anything was sent may be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for JobId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Whose entries a job is about: own and foreign entries are told apart within one account.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    /// Name of the profile.
    pub profile: String,
    /// Origin of the service, such as `https://fincheck.example`.
    pub origin: String,
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Enters records.
    Entry,
    /// Deletes own entries.
    Deletion,
}

impl JobKind {
    /// The state in which a sound row begins: *planned*; in a deletion *created*, since the entry is at the service.
    #[must_use]
    pub fn first_state(self) -> RowState {
        RowState::Record(match self {
            Self::Entry => RecordState::Planned,
            Self::Deletion => RecordState::Created,
        })
    }

    /// `entry` or `deletion`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Deletion => "deletion",
        }
    }
}

/// What is known of a job before its first row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// What it does.
    pub kind: JobKind,
    /// Whose entries.
    pub account: Account,
    /// Kind of account: it decides which counts can be known.
    pub participant: Participant,
    /// Name of the list, for people.
    pub list: String,
    /// Something that is equal for equal lists, such as a hash; it lets a second run find the job of the first.
    pub fingerprint: Option<String>,
    /// The flags of every request of the job. Nothing widens them later.
    pub flags: EntryFlags,
    /// All or nothing for the whole list: the job is one request or none.
    pub atomic: bool,
    /// Rows that an own entry covers already are entered once more.
    pub again: bool,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
}

/// A job of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: JobId,
    /// What was asked for.
    pub asked: NewJob,
    /// Whether all rows are in. A job that is not open was cut off while it was planned; nothing of it was sent.
    pub open: bool,
    /// How many rows it has.
    pub rows: u64,
}

/// What a request asked the service to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// Enter records.
    Create,
    /// Delete one entry.
    Delete,
    /// Look FINs up.
    Search,
}

/// What is known of a request's fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestState {
    /// On its way, or cut off on its way.
    Sending,
    /// Answered.
    Answered,
    /// It certainly never left, or was certainly not executed.
    NotExecuted,
    /// It may have been executed or not.
    Unknown,
}

/// What a request is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Billed {
    /// It was executed: billed.
    Yes,
    /// It was not executed: not billed.
    No,
    /// Nobody can tell from here.
    Unknown,
}

/// One request, as the ledger journals it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The job it belongs to.
    pub job: JobId,
    /// Its number within the job; ascending.
    pub number: u64,
    /// What it asked for.
    pub kind: RequestKind,
    /// The rows it carried; empty for a look-up.
    pub rows: RowSet,
    /// When it was written down, before its first byte left.
    pub sent_at: DateTime<Utc>,
    /// What is known of it.
    pub state: RequestState,
    /// Reads it costs if it is executed.
    pub reads: u64,
    /// Writes it costs if it is executed.
    pub writes: u64,
    /// Whether that was billed.
    pub billed: Billed,
    /// What was said when it did not succeed: one line, without any value of a record.
    pub said: Option<String>,
}

/// A billed call outside of any job, such as a look-up by hand, for the usage of the month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Who is billed.
    pub account: Account,
    /// When.
    pub at: DateTime<Utc>,
    /// Reads.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// Whether they were billed.
    pub billed: Billed,
}

/// Reads and writes of one month, and of one job or of the calls outside of jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageLine {
    /// Who is billed.
    pub account: Account,
    /// Year and month in UTC, such as `2026-11`.
    pub month: String,
    /// The job; `None` for calls outside of jobs.
    pub job: Option<JobId>,
    /// Billed for certain.
    pub known: Cost,
    /// Perhaps billed: the answer was lost.
    pub unknown: Cost,
}

/// Reads and writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Billed reads.
    pub reads: u64,
    /// Billed writes.
    pub writes: u64,
}

impl std::ops::Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            reads: self.reads + other.reads,
            writes: self.writes + other.writes,
        }
    }
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
