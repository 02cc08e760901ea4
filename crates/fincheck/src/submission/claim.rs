//! Holding a job: against other processes by the ledger, inside this process by the handle.

use tokio::sync::oneshot;

use super::desk::Submission;
use super::{JobId, Ledger, LedgerError, Owner};

/// A job that is held until this is dropped or given back.
pub(super) struct Claim {
    submission: Submission,
    job: JobId,
}

impl Claim {
    /// Takes a job, unless another process or another task has it.
    pub(super) async fn take(submission: &Submission, job: JobId) -> Result<Self, LedgerError> {
        if !submission.set_running(job, true) {
            let owner = Owner::new(
                std::process::id(),
                "this machine",
                "the beginning of another run of it",
            );
            return Err(LedgerError::owned(job, owner));
        }
        let claim = Self {
            submission: submission.clone(),
            job,
        };
        let now = submission.clock().now();
        let work = move |ledger: &mut dyn Ledger| ledger.claim(job, now);
        submission.keeper().with(work).await?;
        Ok(claim)
    }

    /// Returns when others can have the job.
    pub(super) async fn give_back(self) {
        if let Some(released) = self.release() {
            // Without its thread the ledger is gone, and with it the claim.
            let _ = released.await;
        }
    }

    fn release(&self) -> Option<oneshot::Receiver<Result<(), LedgerError>>> {
        let job = self.job;
        let work = move |ledger: &mut dyn Ledger| {
            ledger.release(job);
            Ok(())
        };
        self.submission.keeper().start_with(work).ok()
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // A second time after a regular end, which changes nothing; for a dropped run it is the first time.
        drop(self.release());
        self.submission.set_running(self.job, false);
    }
}
