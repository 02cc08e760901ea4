//! Planning: a list streams into the ledger, every row gets a state, and the cost is known before anything is sent.

use finkit_core::RecordState;
use tokio::sync::oneshot;

use super::desk::Submission;
use super::judge::{self, Wishes};
use super::keeper::gone;
use super::options::BatchLimits;
use super::service::RequestShape;
use super::{
    Cost, Job, JobId, JobKind, Judgement, Ledger, LedgerError, NewJob, NewRow, RowState, SameFin,
    SubmissionError, SubmissionErrorKind, Tally,
};

/// What a deletion is counted as: one write, as for the entry that it takes back. The operator's guide
/// (<https://www.fincheck.at/api>) bills reads and writes and names no price for a deletion.
pub(crate) const DELETION: Cost = Cost {
    reads: 0,
    writes: 1,
};

/// Rows that go to the ledger in one step.
const STEP: usize = 4_096;

/// What a run of a job will do and cost at most, before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanSummary {
    /// The job.
    pub job: JobId,
    /// Rows in each state.
    pub tally: Tally,
    /// Records (or deletions) that will be sent.
    pub to_send: u64,
    /// Requests they take.
    pub requests: u64,
    /// Records in a full request.
    pub batch: usize,
    /// What sending them costs: the service counts one read and one write for each record. A deletion is counted as
    /// one write, which is a guess to the safe side: the service names no price for it.
    pub cost: Cost,
    /// Records of an earlier run whose fate has to be looked up first.
    pub to_look_up: u64,
    /// Reads which that takes at most: every record is looked up twice before it counts as absent.
    pub look_up_reads: u64,
    /// The largest body the service is known to take, where it refused a larger one before.
    pub learnt_limit: Option<u64>,
}

/// A job that is being filled with rows.
///
/// Dropped before [`finish`](Self::finish), it leaves a job that was never opened; the next plan removes it.
#[derive(Debug)]
#[must_use = "a job that is not finished is never sent"]
pub struct Planning {
    submission: Submission,
    job: JobId,
    kind: JobKind,
    wishes: Wishes,
    rows: Vec<NewRow>,
    /// The step that the ledger is working on while more rows come in.
    writing: Option<oneshot::Receiver<Result<(), LedgerError>>>,
}

impl Planning {
    /// The job's number.
    #[must_use]
    pub fn job(&self) -> JobId {
        self.job
    }

    /// Adds the next row of the list.
    ///
    /// # Errors
    /// When its number is not above that of the row before it, or the ledger can't be written. Rows go to the ledger in
    /// steps, so that the error of one can come with a later one.
    pub async fn push(&mut self, row: NewRow) -> Result<(), SubmissionError> {
        if self.hold(row) {
            self.flush().await?;
        }
        Ok(())
    }

    /// Adds the next row without waiting, for callers that are not asynchronous themselves; true when it is time for a
    /// [`flush`](Self::flush).
    #[must_use]
    pub fn hold(&mut self, row: NewRow) -> bool {
        self.rows.push(row);
        self.rows.len() >= STEP
    }

    /// Hands the gathered rows to the ledger as soon as it is done with those before.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub async fn flush(&mut self) -> Result<(), SubmissionError> {
        self.written().await?;
        let job = self.job;
        let rows = std::mem::replace(&mut self.rows, Vec::with_capacity(STEP));
        let append = move |ledger: &mut dyn Ledger| ledger.append(job, &rows);
        self.writing = Some(self.submission.keeper().start_with(append)?);
        Ok(())
    }

    async fn written(&mut self) -> Result<(), SubmissionError> {
        match self.writing.take() {
            Some(writing) => Ok(writing.await.unwrap_or_else(|_| Err(gone()))?),
            None => Ok(()),
        }
    }

    /// Tells own, doubled and overlapping rows apart, opens the job and sums up what it will cost.
    ///
    /// Nothing is sent. The job stays claimed by this process until it has run, is released or discarded.
    ///
    /// # Errors
    /// When the ledger can't be written, or when all or nothing is asked for and can't be had; the job is removed then.
    pub async fn finish(
        mut self,
        limits: &BatchLimits,
        shape: RequestShape,
    ) -> Result<PlanSummary, SubmissionError> {
        let opened = self.open().await;
        let summary = match opened {
            Ok(()) => self.submission.preview(self.job, limits, shape).await,
            Err(error) => {
                // The first error counts; a job that can't be removed now is removed by the next plan.
                drop(self.submission.discard(self.job).await);
                return Err(error);
            }
        };
        if let Err(error) = &summary
            && matches!(
                error.kind(),
                SubmissionErrorKind::AtomicTooLarge | SubmissionErrorKind::AtomicIncomplete
            )
        {
            self.submission.discard(self.job).await?;
        }
        summary
    }

    async fn open(&mut self) -> Result<(), SubmissionError> {
        self.flush().await?;
        self.written().await?;
        let (job, kind, wishes) = (self.job, self.kind, self.wishes);
        let mut judge = move |same: &SameFin<'_>| -> Vec<Judgement> {
            match kind {
                JobKind::Entry => judge::judge_entries(same, wishes),
                JobKind::Deletion => judge::judge_deletions(same),
            }
        };
        let open = move |ledger: &mut dyn Ledger| ledger.open(job, &mut judge);
        Ok(self.submission.keeper().with(open).await?)
    }

    /// Removes the job again.
    ///
    /// # Errors
    /// When the ledger can't be written.
    pub async fn abandon(self) -> Result<(), SubmissionError> {
        self.submission.discard(self.job).await
    }
}

impl Drop for Planning {
    fn drop(&mut self) {
        self.submission.set_filling(self.job, false);
    }
}

impl Submission {
    /// Begins a job; its rows follow by [`Planning::push`].
    ///
    /// # Errors
    /// When the account may only search, or the ledger can't be written.
    pub async fn begin(&self, job: NewJob) -> Result<Planning, SubmissionError> {
        if !job.participant.can_enter() {
            let message = format!("a {} account can neither enter nor delete", job.participant);
            return Err(SubmissionError::new(
                SubmissionErrorKind::NotAllowed,
                message,
            ));
        }
        self.remove_leftovers().await?;
        let kind = job.kind;
        let wishes = Wishes {
            allow_overlap: job.flags.commit_on_overlapping_dates,
            again: job.again,
        };
        let submission = self.clone();
        let begin = move |ledger: &mut dyn Ledger| {
            let id = ledger.begin(&job)?;
            submission.set_filling(id, true);
            Ok(id)
        };
        let id = self.keeper().with(begin).await?;
        Ok(Planning {
            submission: self.clone(),
            job: id,
            kind,
            wishes,
            rows: Vec::with_capacity(STEP),
            writing: None,
        })
    }

    /// Plans a whole list: [`begin`](Self::begin), [`push`](Planning::push) and [`finish`](Planning::finish) in one.
    ///
    /// # Errors
    /// As theirs, and [`SubmissionErrorKind::List`] when the source of the rows fails; no job is left behind then.
    pub async fn plan<E>(
        &self,
        job: NewJob,
        rows: impl IntoIterator<Item = Result<NewRow, E>>,
        limits: &BatchLimits,
        shape: RequestShape,
    ) -> Result<PlanSummary, SubmissionError>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let mut planning = self.begin(job).await?;
        for row in rows {
            let pushed = match row {
                Ok(row) => planning.push(row).await,
                Err(error) => {
                    let error = SubmissionError::new(
                        SubmissionErrorKind::List,
                        "the list could not be read to its end",
                    )
                    .with_source(error);
                    Err(error)
                }
            };
            if let Err(error) = pushed {
                // The first error counts; a job that can't be removed now is removed by the next plan.
                let _ = planning.abandon().await;
                return Err(error);
            }
        }
        planning.finish(limits, shape).await
    }

    /// What a run of a job will do and cost at most.
    ///
    /// # Errors
    /// When the ledger can't be read, or when all or nothing is asked for and can't be had.
    pub async fn preview(
        &self,
        job: JobId,
        limits: &BatchLimits,
        shape: RequestShape,
    ) -> Result<PlanSummary, SubmissionError> {
        let (job, tally, learnt) = self
            .keeper()
            .with(move |ledger| {
                let job = ledger.job(job)?;
                let learnt = ledger.byte_limit(&job.asked.account.origin)?;
                Ok((job.clone(), ledger.tally(job.id)?, learnt))
            })
            .await?;
        let batch = limits.fitting(shape, learnt);
        let summary = match job.asked.kind {
            JobKind::Entry => {
                let to_send =
                    tally.records(RecordState::Planned) + tally.records(RecordState::Absent);
                let to_look_up =
                    tally.records(RecordState::Unknown) + tally.records(RecordState::Sending);
                check_atomic(&job, &tally, to_send, batch)?;
                PlanSummary {
                    job: job.id,
                    tally,
                    to_send,
                    requests: to_send.div_ceil(batch as u64),
                    batch,
                    cost: Cost {
                        reads: to_send,
                        writes: to_send,
                    },
                    to_look_up,
                    look_up_reads: 2 * to_look_up,
                    learnt_limit: learnt,
                }
            }
            JobKind::Deletion => {
                let to_send = tally.records(RecordState::Created);
                let to_look_up = tally.records(RecordState::Deleting);
                PlanSummary {
                    job: job.id,
                    tally,
                    to_send,
                    requests: to_send,
                    batch: 1,
                    cost: Cost {
                        reads: DELETION.reads * to_send,
                        writes: DELETION.writes * to_send,
                    },
                    to_look_up,
                    look_up_reads: 2 * to_look_up,
                    learnt_limit: None,
                }
            }
        };
        Ok(summary)
    }
}

/// All or nothing holds for one request, so that a list can only have it when it is one request.
pub(crate) fn check_atomic(
    job: &Job,
    tally: &Tally,
    to_send: u64,
    batch: usize,
) -> Result<(), SubmissionError> {
    if !job.asked.atomic {
        return Ok(());
    }
    let left_out = tally.of(RowState::Faulty) + tally.of(RowState::Withheld);
    if left_out > 0 {
        let message = format!(
            "all or nothing is asked for, but {left_out} of {} rows can't be sent",
            job.rows
        );
        return Err(
            SubmissionError::new(SubmissionErrorKind::AtomicIncomplete, message).of_job(job.id),
        );
    }
    if to_send > batch as u64 {
        let message = format!(
            "all or nothing holds for one request only, and {to_send} records don't fit into one of at most {batch}"
        );
        return Err(
            SubmissionError::new(SubmissionErrorKind::AtomicTooLarge, message).of_job(job.id),
        );
    }
    Ok(())
}
