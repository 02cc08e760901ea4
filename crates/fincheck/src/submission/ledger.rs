//! The ledger: what a submission must be able to write down and read back, whatever it is kept in.

use std::error::Error as StdError;
use std::fmt;

use chrono::{DateTime, Utc};
use finkit_core::{FinRecord, Vin};

use super::{
    Account, Charge, Job, JobId, NewJob, NewRow, Note, Request, RequestState, Row, RowSet,
    RowState, StateSet, Tally, UsageLine,
};

/// Where jobs, rows and requests are written down before and after each request.
///
/// An implementation keeps three promises. What [`commit`](Self::commit) and [`open`](Self::open) accepted is there
/// after a crash of the process and of the machine. Each call happens whole or not at all. A row changes its state
/// only from the state that the caller saw.
///
/// The methods block; a submission calls them on a thread of their own. [`MemoryLedger`](super::MemoryLedger) is the
/// one for programs that need no durability; `finkit-store` has one on SQLite.
pub trait Ledger: Send + 'static {
    /// Begins a job and [claims](Self::claim) it. It has no rows and is not open.
    ///
    /// # Errors
    /// When it cannot be written down.
    fn begin(&mut self, job: &NewJob) -> Result<JobId, LedgerError>;

    /// Adds rows to a job that is not open yet. Sound rows take the [first state](super::JobKind::first_state) of the
    /// job's kind, the others are *faulty*.
    ///
    /// # Errors
    /// When the job is open already, when a row's number is not above that of the row before it, or when it cannot be
    /// written down.
    fn append(&mut self, job: JobId, rows: &[NewRow]) -> Result<(), LedgerError>;

    /// Judges every FIN that a job shares with itself or with other entry jobs of its account, then opens the job; all
    /// of it in one step that no other process can come between.
    ///
    /// `judge` is called once for every FIN that occurs in this job and at least twice altogether, and once for every
    /// FIN of a deletion job. It returns what is to become of rows of this job.
    ///
    /// # Errors
    /// When the job is open already or when it cannot be written down.
    fn open(
        &mut self,
        job: JobId,
        judge: &mut dyn FnMut(&SameFin<'_>) -> Vec<Judgement>,
    ) -> Result<(), LedgerError>;

    /// Removes a job of which nothing was ever sent. If it was the last, the next job gets its number.
    ///
    /// # Errors
    /// When it has sent a request, when somebody else owns it, or when it cannot be written down.
    fn discard(&mut self, job: JobId) -> Result<(), LedgerError>;

    /// One job.
    ///
    /// # Errors
    /// When there is no such job or it cannot be read.
    fn job(&mut self, job: JobId) -> Result<Job, LedgerError>;

    /// Every job, the oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    fn jobs(&mut self) -> Result<Vec<Job>, LedgerError>;

    /// Takes a job for this process, until it is released or the process ends.
    ///
    /// # Errors
    /// [`LedgerErrorKind::Owned`] when somebody else has it; the error says who.
    fn claim(&mut self, job: JobId, now: DateTime<Utc>) -> Result<(), LedgerError>;

    /// Gives a claimed job back. Nothing happens to one that is not claimed.
    fn release(&mut self, job: JobId);

    /// Rows of an open job whose state is among `wanted`, from a position on, in the order of the list, at most `limit`.
    ///
    /// # Errors
    /// When there is no such job, it is not open, or they cannot be read. So it is for all that follows about one job.
    fn rows(
        &mut self,
        job: JobId,
        wanted: StateSet,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Row>, LedgerError>;

    /// Notes of the rows of these positions, ascending.
    ///
    /// # Errors
    /// When they cannot be read.
    fn notes(
        &mut self,
        job: JobId,
        positions: std::ops::Range<u64>,
    ) -> Result<Vec<(u64, Note)>, LedgerError>;

    /// How many rows of a job are in each state, counted from the rows.
    ///
    /// # Errors
    /// When they cannot be read.
    fn tally(&mut self, job: JobId) -> Result<Tally, LedgerError>;

    /// Requests of a job, ascending; only those in one state if it is given.
    ///
    /// # Errors
    /// When they cannot be read.
    fn requests(
        &mut self,
        job: JobId,
        state: Option<RequestState>,
    ) -> Result<Vec<Request>, LedgerError>;

    /// The highest request number of a job; 0 when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    fn last_request(&mut self, job: JobId) -> Result<u64, LedgerError>;

    /// Every row of an account's entry jobs that has one of these FINs.
    ///
    /// # Errors
    /// When they cannot be read.
    fn own_rows(&mut self, account: &Account, fins: &[Vin]) -> Result<Vec<OwnRow>, LedgerError>;

    /// Writes all changes down, durably and in one step, or none of them.
    ///
    /// # Errors
    /// [`LedgerErrorKind::Conflict`] when a row is not in the state that the change expects; any other kind when it
    /// cannot be written.
    fn commit(&mut self, changes: &[Change]) -> Result<(), LedgerError>;

    /// Does what has to be done some time and nobody waits for. It is called when the last requests of a job are on
    /// their way, since nothing else is to be written down until they are answered.
    fn tidy(&mut self) {}

    /// The largest request body that an origin is known to take, learnt from a refusal.
    ///
    /// # Errors
    /// When it cannot be read.
    fn byte_limit(&mut self, origin: &str) -> Result<Option<u64>, LedgerError>;

    /// What was billed, by account, month and job.
    ///
    /// # Errors
    /// When it cannot be read.
    fn usage(&mut self) -> Result<Vec<UsageLine>, LedgerError>;
}

/// A FIN that occurs more than once, and every row that has it.
#[derive(Debug)]
pub struct SameFin<'a> {
    /// Rows of the job that is being opened, in the order of the list, in their first state.
    pub here: &'a [Row],
    /// Rows of earlier entry jobs of the account.
    pub elsewhere: &'a [OwnRow],
}

/// What is to become of a row when its job opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The row.
    pub position: u64,
    /// Its state.
    pub state: RowState,
    /// Why.
    pub note: Note,
}

/// A row of an entry job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnRow {
    /// The job.
    pub job: JobId,
    /// Place in that job.
    pub position: u64,
    /// Number in that job's list.
    pub number: u64,
    /// The record.
    pub record: FinRecord,
    /// Where it stands.
    pub state: RowState,
}

/// One change to a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes a request down, or replaces the one of the same job and number.
    Request(Request),
    /// Moves rows from one state to another.
    Move {
        /// The job.
        job: JobId,
        /// The rows.
        rows: RowSet,
        /// The state that all of them must be in.
        from: RowState,
        /// The state that they take.
        to: RowState,
    },
    /// Sets or removes the note of a row.
    Note {
        /// The job.
        job: JobId,
        /// The row.
        position: u64,
        /// The note; `None` removes it.
        note: Option<Note>,
    },
    /// Remembers the largest body that an origin takes.
    ByteLimit {
        /// The origin.
        origin: String,
        /// Bytes.
        bytes: u64,
    },
    /// Counts a billed call outside of jobs.
    Charge(Charge),
}

/// Who owns a job.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Owner {
    /// Process number.
    pub process: u32,
    /// Name of the machine.
    pub host: String,
    /// Since when, in RFC 3339.
    pub since: String,
}

impl Owner {
    /// An owner.
    #[must_use]
    pub fn new(process: u32, host: impl Into<String>, since: impl Into<String>) -> Self {
        Self {
            process,
            host: host.into(),
            since: since.into(),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "process {} on {} since {}",
            self.process, self.host, self.since
        )
    }
}

/// Why a ledger could not do what was asked.
#[derive(Debug)]
pub struct LedgerError {
    kind: LedgerErrorKind,
    message: String,
    owner: Option<Owner>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What went wrong in a ledger. Each kind says what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LedgerErrorKind {
    /// Another process owns the job. Wait for it or end it.
    Owned,
    /// There is no such job. Look at the list of jobs.
    NoSuchJob,
    /// The job is not in a phase that allows this. A fault of the caller.
    WrongPhase,
    /// A row is not in the expected state: somebody else changed it. Read again and resume.
    Conflict,
    /// No space is left. Make room, then resume.
    Full,
    /// The ledger can't be written. Correct the permissions, then resume.
    ReadOnly,
    /// Another process holds the ledger for too long. Try again.
    Busy,
    /// The ledger is damaged. Run the check of the ledger and restore a copy.
    Damaged,
    /// A newer version of the program wrote the ledger. Update the program.
    Newer,
    /// The ledger lies on a network file system, where its promises do not hold. Put it on a local disk.
    NetworkFileSystem,
    /// The operating system reported a fault. Look at the source of the error.
    Io,
}

impl LedgerError {
    /// An error of a kind, with one line for people: lower case, no full stop.
    #[must_use]
    pub fn new(kind: LedgerErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            owner: None,
            source: None,
        }
    }

    /// A job that somebody else owns.
    #[must_use]
    pub fn owned(job: JobId, owner: Owner) -> Self {
        let message = format!("job {job} is owned by {owner}");
        Self {
            owner: Some(owner),
            ..Self::new(LedgerErrorKind::Owned, message)
        }
    }

    /// A job that is not there.
    #[must_use]
    pub fn no_such_job(job: JobId) -> Self {
        Self::new(LedgerErrorKind::NoSuchJob, format!("there is no job {job}"))
    }

    /// A job whose rows are not all in yet.
    #[must_use]
    pub fn still_planned(job: JobId) -> Self {
        let message = format!("job {job} was not planned to its end");
        Self::new(LedgerErrorKind::WrongPhase, message)
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> LedgerErrorKind {
        self.kind
    }

    /// Who owns the job, where that is the reason.
    #[must_use]
    pub fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for LedgerError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
