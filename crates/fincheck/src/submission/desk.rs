//! The handle on a ledger: jobs, reports and usage; planning and running are beside it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use finkit_core::RecordState;
use finkit_transport::Clock;

use super::claim::Claim;
use super::keeper::Keeper;
use super::row::open_states;
use super::{
    Change, Charge, Job, JobId, Ledger, LedgerErrorKind, Note, Request, RequestState, Row, RowSet,
    RowState, StateSet, SubmissionError, SubmissionErrorKind, Tally, UsageLine,
};

/// Rows that are read in one step.
const PAGE: usize = 4_096;

/// Plans, runs, resumes and reports jobs over one ledger. A cheap clone.
///
/// The ledger works on a thread of its own. Nothing here needs the service but [`run`](Self::run).
#[derive(Clone, Debug)]
pub struct Submission {
    keeper: Arc<Keeper>,
    clock: Arc<dyn Clock>,
    /// What this handle and its clones are just doing.
    busy: Arc<Mutex<Busy>>,
}

/// Jobs that are in use in this process.
#[derive(Debug, Default)]
struct Busy {
    /// Jobs that are being filled with rows.
    filling: HashSet<JobId>,
    /// Jobs that run.
    running: HashSet<JobId>,
}

/// A row with the note beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    /// The row.
    pub row: Row,
    /// Why it is in its state.
    pub note: Option<Note>,
}

impl Submission {
    /// A handle on a ledger, which moves to a thread of its own.
    ///
    /// # Errors
    /// When the thread can't be started.
    pub fn new(ledger: impl Ledger, clock: Arc<dyn Clock>) -> Result<Self, SubmissionError> {
        Ok(Self {
            keeper: Arc::new(Keeper::start(ledger)?),
            clock,
            busy: Arc::default(),
        })
    }

    /// A handle whose ledger works on the caller's thread.
    #[cfg(test)]
    pub(crate) fn here(ledger: impl Ledger, clock: Arc<dyn Clock>) -> Self {
        Self {
            keeper: Arc::new(Keeper::here(ledger)),
            clock,
            busy: Arc::default(),
        }
    }

    pub(crate) fn keeper(&self) -> &Arc<Keeper> {
        &self.keeper
    }

    fn busy(&self) -> MutexGuard<'_, Busy> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks a job as being filled, or no longer so.
    pub(crate) fn set_filling(&self, job: JobId, filling: bool) {
        let jobs = &mut self.busy().filling;
        if filling {
            jobs.insert(job)
        } else {
            jobs.remove(&job)
        };
    }

    /// Marks a job as running, or no longer so; returns whether that changes anything.
    pub(crate) fn set_running(&self, job: JobId, running: bool) -> bool {
        let jobs = &mut self.busy().running;
        if running {
            jobs.insert(job)
        } else {
            jobs.remove(&job)
        }
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Every open job, the oldest first, with its rows per state.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub async fn jobs(&self) -> Result<Vec<(Job, Tally)>, SubmissionError> {
        let work = |ledger: &mut dyn Ledger| {
            let jobs = ledger.jobs()?.into_iter().filter(|job| job.open);
            jobs.map(|job| ledger.tally(job.id).map(|tally| (job, tally)))
                .collect()
        };
        Ok(self.keeper.with(work).await?)
    }

    /// One job with its rows per state.
    ///
    /// # Errors
    /// When there is no such job or the ledger can't be read.
    pub async fn job(&self, job: JobId) -> Result<(Job, Tally), SubmissionError> {
        Ok(self
            .keeper
            .with(move |ledger| Ok((ledger.job(job)?, ledger.tally(job)?)))
            .await?)
    }

    /// The newest job that is not done; of one list only, if its fingerprint is given.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub async fn unfinished(
        &self,
        account: &super::Account,
        fingerprint: Option<&str>,
    ) -> Result<Option<JobId>, SubmissionError> {
        let wanted = |job: &Job| {
            job.asked.account == *account
                && fingerprint
                    .is_none_or(|fingerprint| job.asked.fingerprint.as_deref() == Some(fingerprint))
        };
        let jobs = self.jobs().await?.into_iter().rev();
        Ok(jobs
            .filter(|(job, _)| wanted(job))
            .find(|(job, tally)| tally.open(job.asked.kind) > 0)
            .map(|(job, _)| job.id))
    }

    /// The requests of a job, ascending; only those in one state if it is given.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub async fn requests(
        &self,
        job: JobId,
        state: Option<RequestState>,
    ) -> Result<Vec<Request>, SubmissionError> {
        Ok(self
            .keeper
            .with(move |ledger| ledger.requests(job, state))
            .await?)
    }

    /// Rows of a job with their notes, from a position on; an empty page is the end.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub async fn report_page(
        &self,
        job: JobId,
        from: u64,
    ) -> Result<Vec<ReportRow>, SubmissionError> {
        let work = move |ledger: &mut dyn Ledger| {
            let rows = ledger.rows(job, StateSet::ALL, from, PAGE)?;
            let end = rows.last().map_or(from, |row| row.position + 1);
            let mut notes = ledger.notes(job, from..end)?.into_iter().peekable();
            Ok(rows
                .into_iter()
                .map(|row| {
                    let note = notes
                        .next_if(|(position, _)| *position == row.position)
                        .map(|(_, note)| note);
                    ReportRow { row, note }
                })
                .collect())
        };
        Ok(self.keeper.with(work).await?)
    }

    /// Hands every row of a job to `each`, in the order of the list, and checks that none is missing.
    ///
    /// # Errors
    /// When the ledger can't be read, when `each` fails, or when the rows do not add up.
    pub async fn report<E>(
        &self,
        job: JobId,
        mut each: impl FnMut(ReportRow) -> Result<(), E>,
    ) -> Result<Tally, SubmissionError>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (found, _) = self.job(job).await?;
        let mut tally = Tally::default();
        loop {
            let page = self.report_page(job, tally.total()).await?;
            if page.is_empty() {
                break;
            }
            for row in page {
                tally.add(row.row.state, 1);
                each(row).map_err(|error| {
                    SubmissionError::new(
                        SubmissionErrorKind::List,
                        "the report could not be written",
                    )
                    .with_source(error)
                })?;
            }
        }
        if tally.total() == found.rows {
            Ok(tally)
        } else {
            let message = format!(
                "job {job} has {} rows, but {} are accounted for",
                found.rows,
                tally.total()
            );
            Err(SubmissionError::new(SubmissionErrorKind::Inconsistent, message).of_job(job))
        }
    }

    /// What was billed, by month, account and job.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub async fn usage(&self) -> Result<Vec<UsageLine>, SubmissionError> {
        Ok(self.keeper.with(<dyn Ledger>::usage).await?)
    }

    /// Counts a billed call that belongs to no job.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub async fn charge(&self, charge: Charge) -> Result<(), SubmissionError> {
        Ok(self.keeper.commit(vec![Change::Charge(charge)]).await?)
    }

    /// Removes a job of which nothing was sent.
    ///
    /// # Errors
    /// When it has sent something, somebody else owns it, or the ledger can't be written.
    pub async fn discard(&self, job: JobId) -> Result<(), SubmissionError> {
        Ok(self.keeper.with(move |ledger| ledger.discard(job)).await?)
    }

    /// Gives a claimed job back, so that another process can take it.
    ///
    /// # Errors
    /// When the ledger's thread is gone.
    pub async fn release(&self, job: JobId) -> Result<(), SubmissionError> {
        let work = move |ledger: &mut dyn Ledger| {
            ledger.release(job);
            Ok(())
        };
        Ok(self.keeper.with(work).await?)
    }

    /// Gives up what a job has not sent: its *planned* and *absent* rows become *withheld*. Returns how many.
    ///
    /// What is unknown stays unknown, and can still be settled by a run.
    ///
    /// # Errors
    /// When somebody else owns the job or the ledger can't be written.
    pub async fn give_up(&self, job: JobId) -> Result<u64, SubmissionError> {
        let claim = Claim::take(self, job).await?;
        let unsent = [RecordState::Planned, RecordState::Absent];
        let work = move |ledger: &mut dyn Ledger| {
            let mut given_up = 0;
            loop {
                let rows = ledger.rows(job, StateSet::records(&unsent), 0, PAGE)?;
                if rows.is_empty() {
                    return Ok(given_up);
                }
                given_up += rows.len() as u64;
                let mut changes = Vec::new();
                for state in unsent.map(RowState::Record) {
                    let set: RowSet = rows
                        .iter()
                        .filter(|row| row.state == state)
                        .map(|row| row.position)
                        .collect();
                    changes.push(Change::Move {
                        job,
                        rows: set,
                        from: state,
                        to: RowState::Withheld,
                    });
                }
                let note = |row: &Row| Change::Note {
                    job,
                    position: row.position,
                    note: Some(Note::GivenUp),
                };
                changes.extend(rows.iter().map(note));
                ledger.commit(&changes)?;
            }
        };
        let given_up = self.keeper.with(work).await;
        claim.give_back().await;
        Ok(given_up?)
    }

    /// Removes jobs whose planning was cut off. Those of a living process are claimed and stay.
    pub(crate) async fn remove_leftovers(&self) -> Result<(), SubmissionError> {
        let busy = Arc::clone(&self.busy);
        let work = move |ledger: &mut dyn Ledger| {
            let being_filled = |job: JobId| {
                let busy = busy.lock().unwrap_or_else(PoisonError::into_inner);
                busy.filling.contains(&job)
            };
            for job in ledger
                .jobs()?
                .into_iter()
                .filter(|job| !job.open && !being_filled(job.id))
            {
                match ledger.discard(job.id) {
                    Err(error)
                        if !matches!(
                            error.kind(),
                            LedgerErrorKind::Owned | LedgerErrorKind::NoSuchJob
                        ) =>
                    {
                        return Err(error);
                    }
                    _ => {}
                }
            }
            Ok(())
        };
        Ok(self.keeper.with(work).await?)
    }
}

/// Whether a job has rows that a run can still bring further.
pub(crate) fn is_done(job: &Job, tally: &Tally) -> bool {
    open_states(job.asked.kind)
        .iter()
        .all(|state| tally.records(*state) == 0)
}
