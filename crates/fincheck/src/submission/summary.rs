//! How a run goes and how it ended.

use std::fmt;
use std::time::Duration;

use super::{Cost, JobId, Tally};

/// What a run is doing; told after every commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The phase.
    pub phase: Phase,
    /// Rows in each state, as the ledger has them.
    pub tally: Tally,
    /// What this run has cost for certain so far.
    pub spent: Cost,
}

/// The phases of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Requests that enter or delete are on their way.
    Sending,
    /// Unknown records are looked up.
    LookingUp,
    /// Waiting before the second look, or because the service asked for a pause.
    Waiting {
        /// How long.
        pause: Duration,
    },
}

/// What a run did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunSummary {
    /// The job.
    pub job: JobId,
    /// Why the run ended.
    pub ended: Ended,
    /// Rows in each state, as the ledger has them.
    pub tally: Tally,
    /// Requests that entered or deleted.
    pub requests: u64,
    /// Look-ups.
    pub searches: u64,
    /// Reads among [`spent`](Self::spent) that were for looking up.
    pub look_up_reads: u64,
    /// What was billed for certain.
    pub spent: Cost,
    /// What may have been billed besides.
    pub perhaps: Cost,
    /// Records of which the service has more copies than were asked for; their notes say how many.
    pub duplicates: u64,
}

/// Why a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// Nothing is left to do.
    Done,
    /// A stop was requested. What was in flight was waited for and is written down.
    Stopped,
    /// A stop was requested twice. What was in flight is *unknown*.
    Aborted,
    /// Several requests in a row ended without anybody knowing whether they were executed. Find out what is wrong at the
    /// service, then resume.
    UnknownInARow {
        /// How many.
        requests: u32,
        /// What happened to the last one.
        reason: String,
    },
    /// The service can't be reached. Check network and address, then resume.
    Unreachable {
        /// What happened.
        reason: String,
    },
    /// A local limit of reads or writes is reached. Raise it, then resume.
    SpendingLimit {
        /// Which.
        reason: String,
    },
    /// The service asks for a pause. Resume after it.
    ComeBackLater {
        /// How long, if it said so.
        after: Option<Duration>,
        /// What it said.
        reason: String,
    },
    /// The login does not work. Correct it, then resume.
    Login {
        /// What happened.
        reason: String,
    },
    /// The service refuses such requests. Check contract and settings, then resume.
    Refused {
        /// What it said.
        reason: String,
    },
    /// Something on this side prevents sending. Correct it, then resume.
    Local {
        /// What.
        reason: String,
    },
    /// Some records could not be settled. Resume later.
    Unsettled {
        /// Why not.
        reason: String,
    },
}

impl Ended {
    /// The reason in words, where there is one.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Done | Self::Stopped | Self::Aborted => None,
            Self::UnknownInARow { reason, .. }
            | Self::Unreachable { reason }
            | Self::SpendingLimit { reason }
            | Self::ComeBackLater { reason, .. }
            | Self::Login { reason }
            | Self::Refused { reason }
            | Self::Local { reason }
            | Self::Unsettled { reason } => Some(reason),
        }
    }

    /// Whether unknown records can be looked up although sending has ended.
    pub(crate) fn leaves_look_ups(&self) -> bool {
        matches!(self, Self::UnknownInARow { .. } | Self::Refused { .. })
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Stopped => f.write_str("stopped on request"),
            Self::Aborted => f.write_str("stopped at once on request"),
            Self::UnknownInARow { requests, reason } => {
                write!(
                    f,
                    "stopped after {requests} requests in a row with unknown outcome: {reason}"
                )
            }
            Self::ComeBackLater {
                after: Some(after),
                reason,
            } => {
                write!(
                    f,
                    "the service asks for a pause of {} s: {reason}",
                    after.as_secs()
                )
            }
            Self::Unreachable { reason }
            | Self::SpendingLimit { reason }
            | Self::ComeBackLater {
                after: None,
                reason,
            }
            | Self::Login { reason }
            | Self::Refused { reason }
            | Self::Local { reason }
            | Self::Unsettled { reason } => f.write_str(reason),
        }
    }
}
