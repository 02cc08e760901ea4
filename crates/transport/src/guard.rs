//! The spending guard: billed calls are reserved before they leave and settled by what came of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind};
use crate::operation::Billing;

/// A limit on billed reads and writes, shared by all clones.
///
/// A call is reserved before it is sent. It is released when it certainly was not executed (not sent, refused) and
/// counts as spent otherwise; what is unknown counts as spent, and so does every repeat of an unknown attempt.
///
/// ```
/// use finkit_transport::{Billing, SpendingGuard};
///
/// let guard = SpendingGuard::new(Some(2), None);
/// let first = guard.reserve(Billing::Reads(2))?;
/// assert!(guard.reserve(Billing::Reads(1)).is_err());
/// first.release();
/// assert_eq!(guard.spent(), (0, 0));
/// # Ok::<(), finkit_transport::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct SpendingGuard(Arc<Mutex<Account>>);

#[derive(Debug, Default)]
struct Account {
    max_reads: Option<u64>,
    max_writes: Option<u64>,
    reserved: (u64, u64),
    spent: (u64, u64),
}

impl SpendingGuard {
    /// A guard with these limits; `None` is no limit.
    #[must_use]
    pub fn new(max_reads: Option<u64>, max_writes: Option<u64>) -> Self {
        Self(Arc::new(Mutex::new(Account {
            max_reads,
            max_writes,
            ..Account::default()
        })))
    }

    /// A guard that only counts.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// Reserves what one execution costs.
    ///
    /// # Errors
    /// [`ErrorKind::SpendingLimit`] when spent and reserved together would exceed a limit.
    pub fn reserve(&self, billing: Billing) -> Result<Reservation, Error> {
        self.hold(billing)?;
        Ok(Reservation {
            guard: self.clone(),
            billing,
            held: true,
            sent: false,
        })
    }

    /// Reads and writes spent so far.
    #[must_use]
    pub fn spent(&self) -> (u64, u64) {
        self.account().spent
    }

    /// Reads and writes that are neither spent nor reserved; `None` where there is no limit.
    #[must_use]
    pub fn left(&self) -> (Option<u64>, Option<u64>) {
        let account = self.account();
        let left = |limit: Option<u64>, spent: u64, reserved: u64| {
            limit.map(|limit| limit.saturating_sub(spent.saturating_add(reserved)))
        };
        (
            left(account.max_reads, account.spent.0, account.reserved.0),
            left(account.max_writes, account.spent.1, account.reserved.1),
        )
    }

    fn hold(&self, billing: Billing) -> Result<(), Error> {
        let mut account = self.account();
        let total = |spent: u64, reserved: u64, more: u64| {
            spent.saturating_add(reserved).saturating_add(more)
        };
        let (reads, writes) = (billing.reads(), billing.writes());
        for (what, limit, total, more) in [
            (
                "reads",
                account.max_reads,
                total(account.spent.0, account.reserved.0, reads),
                reads,
            ),
            (
                "writes",
                account.max_writes,
                total(account.spent.1, account.reserved.1, writes),
                writes,
            ),
        ] {
            if let Some(limit) = limit.filter(|limit| more > 0 && total > *limit) {
                return Err(Error::not_sent(
                    ErrorKind::SpendingLimit,
                    format!(
                        "{more} more {what} would make {total}, the limit of this run is {limit}"
                    ),
                ));
            }
        }
        account.reserved.0 = account.reserved.0.saturating_add(reads);
        account.reserved.1 = account.reserved.1.saturating_add(writes);
        Ok(())
    }

    fn let_go(&self, billing: Billing, spent: bool) {
        let mut account = self.account();
        let (reads, writes) = (billing.reads(), billing.writes());
        account.reserved.0 = account.reserved.0.saturating_sub(reads);
        account.reserved.1 = account.reserved.1.saturating_sub(writes);
        if spent {
            account.spent.0 = account.spent.0.saturating_add(reads);
            account.spent.1 = account.spent.1.saturating_add(writes);
        }
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a call may cost, held back until it is known. Dropped without being settled (a cancelled call) it counts as
/// spent if the request had left, and is released otherwise.
#[derive(Debug)]
#[must_use = "a reservation that is dropped at once reserves nothing"]
pub struct Reservation {
    guard: SpendingGuard,
    billing: Billing,
    held: bool,
    sent: bool,
}

impl Reservation {
    /// Notes that the request is about to leave; from now on it counts as spent until it is released.
    pub fn leaves(&mut self) {
        self.sent = true;
    }

    /// Settles the call as executed, or as possibly executed.
    pub fn spend(mut self) {
        self.settle(true);
    }

    /// Settles the call as not executed.
    pub fn release(mut self) {
        self.settle(false);
    }

    /// Settles an attempt that may have been executed as spent and reserves the same again for a repeat.
    ///
    /// # Errors
    /// [`ErrorKind::SpendingLimit`] when there is not enough left; the attempt is settled all the same.
    pub fn spend_and_reserve_again(&mut self) -> Result<(), Error> {
        self.settle(true);
        self.guard.hold(self.billing)?;
        self.held = true;
        self.sent = false;
        Ok(())
    }

    /// Notes that the attempt was certainly not executed; the reservation stays for a repeat.
    pub(crate) fn came_back(&mut self) {
        self.sent = false;
    }

    fn settle(&mut self, spent: bool) {
        if std::mem::take(&mut self.held) {
            self.guard.let_go(self.billing, spent);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.settle(self.sent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reservations_count_until_they_are_settled() {
        let guard = SpendingGuard::new(Some(10), Some(1));
        let batch = guard.reserve(Billing::Reads(7)).expect("within the limit");
        assert_eq!(guard.left(), (Some(3), Some(1)));
        assert_eq!(guard.spent(), (0, 0));
        let refusal = guard
            .reserve(Billing::Reads(4))
            .expect_err("above the limit");
        assert_eq!(refusal.kind(), ErrorKind::SpendingLimit);
        assert_eq!(
            refusal.to_string(),
            "4 more reads would make 11, the limit of this run is 10"
        );
        batch.spend();
        assert_eq!(guard.spent(), (7, 0));
        guard
            .reserve(Billing::Reads(3))
            .expect("exactly the rest")
            .spend();
        guard
            .reserve(Billing::Free)
            .expect("free calls always pass")
            .spend();
        assert_eq!(guard.left(), (Some(0), Some(1)));
    }

    #[test]
    fn a_dropped_reservation_counts_only_when_the_request_had_left() {
        let guard = SpendingGuard::new(None, Some(2));
        drop(guard.reserve(Billing::Writes(2)).expect("within"));
        assert_eq!(guard.spent(), (0, 0));
        let mut sent = guard.reserve(Billing::Writes(2)).expect("released before");
        sent.leaves();
        drop(sent);
        assert_eq!(guard.spent(), (0, 2));
    }

    #[test]
    fn a_repeat_of_an_unknown_attempt_costs_again() {
        let guard = SpendingGuard::new(Some(2), None);
        let mut reservation = guard.reserve(Billing::Reads(1)).expect("within");
        reservation.leaves();
        reservation
            .spend_and_reserve_again()
            .expect("one more fits");
        reservation.leaves();
        reservation
            .spend_and_reserve_again()
            .expect_err("a third does not");
        drop(reservation);
        assert_eq!(guard.spent(), (2, 0));
    }

    #[test]
    fn huge_amounts_do_not_wrap_around() {
        let guard = SpendingGuard::new(Some(u64::MAX), None);
        guard
            .reserve(Billing::Reads(u64::MAX))
            .expect("within")
            .spend();
        guard
            .reserve(Billing::Reads(u64::MAX))
            .expect("saturates at the limit")
            .spend();
        assert_eq!(guard.spent().0, u64::MAX);
    }

    #[test]
    fn clones_share_the_limit() {
        let guard = SpendingGuard::new(Some(1), None);
        guard
            .clone()
            .reserve(Billing::Reads(1))
            .expect("within")
            .spend();
        guard
            .reserve(Billing::Reads(1))
            .expect_err("spent by the clone");
    }
}
