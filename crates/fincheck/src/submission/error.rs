//! Why a submission could not be planned, run or read.

use std::error::Error as StdError;
use std::fmt;

use super::{JobId, LedgerError, LedgerErrorKind, Owner, TransitionError};

/// A submission could not go on, or could not begin.
///
/// Failures of the service are not among these: a run that meets one ends with [`Ended`](super::Ended).
#[derive(Debug)]
pub struct SubmissionError {
    kind: SubmissionErrorKind,
    job: Option<JobId>,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What went wrong. Each kind says what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubmissionErrorKind {
    /// The ledger could not do what was asked; its kind says what helps. Nothing was sent after it.
    Ledger(LedgerErrorKind),
    /// All or nothing was asked for, and the list does not fit into one request. Raise the limits, split the list, or
    /// do without.
    AtomicTooLarge,
    /// All or nothing was asked for, and some rows cannot be sent. Correct or remove them.
    AtomicIncomplete,
    /// The account may only search. Use one that may enter.
    NotAllowed,
    /// Rows and states do not add up. Check the ledger.
    Inconsistent,
    /// The source of the rows failed. Look at the source of the error.
    List,
}

impl SubmissionError {
    pub(crate) fn new(kind: SubmissionErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            job: None,
            message: message.into(),
            source: None,
        }
    }

    pub(crate) fn of_job(mut self, job: JobId) -> Self {
        self.job = Some(job);
        self
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> SubmissionErrorKind {
        self.kind
    }

    /// The job it is about, where one exists.
    #[must_use]
    pub fn job(&self) -> Option<JobId> {
        self.job
    }

    /// Who owns the job, where that is the reason.
    #[must_use]
    pub fn owner(&self) -> Option<&Owner> {
        self.source
            .as_deref()?
            .downcast_ref::<LedgerError>()?
            .owner()
    }
}

impl From<LedgerError> for SubmissionError {
    fn from(error: LedgerError) -> Self {
        Self::new(SubmissionErrorKind::Ledger(error.kind()), error.to_string()).with_source(error)
    }
}

impl From<TransitionError> for SubmissionError {
    fn from(error: TransitionError) -> Self {
        Self::new(
            SubmissionErrorKind::Inconsistent,
            "a row is in a state in which this cannot happen",
        )
        .with_source(error)
    }
}

impl fmt::Display for SubmissionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for SubmissionError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // The message of a ledger's error is repeated above, so that the chain goes on with its cause.
        let source = self
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))?;
        match source.downcast_ref::<LedgerError>() {
            Some(ledger) => ledger.source(),
            None => Some(source),
        }
    }
}
