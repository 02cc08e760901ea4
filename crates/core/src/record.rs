//! What is entered into FINcheck: one vehicle, one period, one registration time.

use crate::found::FoundEntry;
use crate::period::Period;
use crate::registered_at::RegisteredAt;
use crate::vin::Vin;

/// One entry as a company makes it.
///
/// ```
/// use finkit_core::FinRecord;
///
/// let record = FinRecord {
///     fin: "WVWZZZE1ZMP000001".parse()?,
///     period: "2026-01-01/2026-12-31".parse()?,
///     registered_at: "2026-01-15T10:22:33+01:00".parse()?,
/// };
/// assert!(!format!("{record:?}").contains("WVWZZZE1ZMP000001"), "masked in logs");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FinRecord {
    /// The vehicle.
    pub fin: Vin,
    /// The period applied for.
    pub period: Period,
    /// When company and keeper concluded their agreement.
    pub registered_at: RegisteredAt,
}

impl FinRecord {
    /// Whether an entry that the service found under the same FIN is this record:
    /// same period, and a registration time that [matches](RegisteredAt::matches).
    ///
    /// Entries are not linked to accounts, so this is all by which a company can
    /// recognise its own.
    #[must_use]
    pub fn is_entry(&self, entry: &FoundEntry) -> bool {
        self.period == entry.period && self.registered_at.matches(&entry.registered_at)
    }
}
