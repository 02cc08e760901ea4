//! What FINcheck reports about a FIN, and the three-valued verdict drawn from it.

use std::fmt;
use std::str::FromStr;

use crate::period::Period;
use crate::record::FinRecord;
use crate::registered_at::ReportedTime;
use crate::vin::Vin;

/// One entry of the database, as the service reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FoundEntry {
    /// The period that was applied for.
    pub period: Period,
    /// When the agreement behind the entry was concluded.
    pub registered_at: ReportedTime,
}

/// All entries that the service reports under one FIN.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FoundFin {
    /// The vehicle.
    pub fin: Vin,
    /// How many entries the service says there are.
    pub count: u64,
    /// The entries themselves.
    pub entries: Vec<FoundEntry>,
}

impl FoundFin {
    /// The entries that share at least one day with the period.
    pub fn overlapping<'a>(&'a self, period: &'a Period) -> impl Iterator<Item = &'a FoundEntry> {
        self.entries
            .iter()
            .filter(|entry| entry.period.overlaps(period))
    }

    /// Whether one of the entries is the given record.
    #[must_use]
    pub fn holds(&self, record: &FinRecord) -> bool {
        self.fin == record.fin && self.entries.iter().any(|entry| record.is_entry(entry))
    }

    /// Whether as many entries are listed as the service says there are.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        u64::try_from(self.entries.len()) == Ok(self.count)
    }
}

/// Whether a vehicle is free for a period. What is not known for certain is unknown, never free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// No entry shares a day with the period.
    Free,
    /// At least one entry shares a day with the period.
    Taken,
    /// The answer does not settle it.
    Unknown,
}

impl Verdict {
    /// Judges a period by an answer that was understood; `None` means that the
    /// service found nothing under this FIN.
    ///
    /// One listed entry that overlaps makes it taken. When none does, it is free
    /// only if all entries are listed that the service counted.
    ///
    /// ```
    /// use finkit_core::{FoundEntry, FoundFin, Verdict};
    ///
    /// let mut found = FoundFin {
    ///     fin: "WVWZZZE1ZMP000001".parse()?,
    ///     count: 1,
    ///     entries: vec![FoundEntry {
    ///         period: "2026-01-01/2026-06-30".parse()?,
    ///         registered_at: "2026-01-15T10:22:33".parse()?,
    ///     }],
    /// };
    /// let spring = "2026-03-01/2026-05-31".parse()?;
    /// let autumn = "2026-09-01/2026-11-30".parse()?;
    /// assert_eq!(Verdict::for_period(&spring, Some(&found)), Verdict::Taken);
    /// assert_eq!(Verdict::for_period(&autumn, Some(&found)), Verdict::Free);
    /// found.count = 2;
    /// assert_eq!(Verdict::for_period(&autumn, Some(&found)), Verdict::Unknown);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn for_period(period: &Period, found: Option<&FoundFin>) -> Self {
        match found {
            None => Self::Free,
            Some(found) if found.overlapping(period).next().is_some() => Self::Taken,
            Some(found) if found.is_complete() => Self::Free,
            Some(_) => Self::Unknown,
        }
    }

    /// Judges a record; an answer about another FIN settles nothing.
    #[must_use]
    pub fn for_record(record: &FinRecord, found: Option<&FoundFin>) -> Self {
        match found {
            Some(found) if found.fin != record.fin => Self::Unknown,
            found => Self::for_period(&record.period, found),
        }
    }

    /// The name: `free`, `taken` or `unknown`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Taken => "taken",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Verdict {
    type Err = UnknownVerdict;

    fn from_str(text: &str) -> Result<Self, UnknownVerdict> {
        [Self::Free, Self::Taken, Self::Unknown]
            .into_iter()
            .find(|verdict| verdict.as_str() == text)
            .ok_or(UnknownVerdict(()))
    }
}

/// A text that names no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a verdict: free, taken or unknown")]
pub struct UnknownVerdict(());

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> FinRecord {
        FinRecord {
            fin: "WVWZZZE1ZMP000001".parse().expect("a FIN"),
            period: "2026-01-01/2026-06-30".parse().expect("a period"),
            registered_at: "2026-01-15T10:22:33+01:00".parse().expect("a time"),
        }
    }

    fn found(periods: &[&str]) -> FoundFin {
        let entries: Vec<_> = periods
            .iter()
            .map(|period| FoundEntry {
                period: period.parse().expect("a period"),
                registered_at: "2026-01-15T10:22:33".parse().expect("a time"),
            })
            .collect();
        FoundFin {
            fin: record().fin,
            count: entries.len() as u64,
            entries,
        }
    }

    #[test]
    fn nothing_found_is_free() {
        assert_eq!(Verdict::for_record(&record(), None), Verdict::Free);
        assert_eq!(
            Verdict::for_record(&record(), Some(&found(&[]))),
            Verdict::Free
        );
    }

    #[test]
    fn one_shared_day_is_taken() {
        let found = found(&["2026-08-01/2026-12-31", "2026-06-30/2026-06-30"]);
        assert_eq!(Verdict::for_record(&record(), Some(&found)), Verdict::Taken);
        assert_eq!(found.overlapping(&record().period).count(), 1);
    }

    #[test]
    fn entries_not_listed_leave_it_unknown_unless_a_listed_one_overlaps() {
        for count in [0, 2, u64::MAX] {
            let free = FoundFin {
                count,
                ..found(&["2026-07-01/2026-12-31"])
            };
            assert_eq!(
                Verdict::for_record(&record(), Some(&free)),
                Verdict::Unknown,
                "{count}"
            );
            let taken = FoundFin {
                count,
                ..found(&["2026-06-01/2026-12-31"])
            };
            assert_eq!(
                Verdict::for_record(&record(), Some(&taken)),
                Verdict::Taken,
                "{count}"
            );
        }
    }

    #[test]
    fn answer_about_another_fin_settles_nothing() {
        let other = FoundFin {
            fin: "TMBJB9NY5MF000002".parse().expect("a FIN"),
            ..found(&[])
        };
        assert_eq!(
            Verdict::for_record(&record(), Some(&other)),
            Verdict::Unknown
        );
        assert!(!other.holds(&record()));
    }

    #[test]
    fn own_entry_is_recognised_by_period_and_time() {
        assert!(found(&["2026-01-01/2026-06-30"]).holds(&record()));
        assert!(!found(&["2026-01-01/2026-06-29"]).holds(&record()));
        let mut other_time = found(&["2026-01-01/2026-06-30"]);
        other_time.entries[0].registered_at = "2026-01-15T10:22:34".parse().expect("a time");
        assert!(!other_time.holds(&record()));
    }

    #[test]
    fn debug_of_an_answer_is_masked() {
        assert!(!format!("{:?}", found(&["2026-01-01/2026-06-30"])).contains("WVWZZZE1ZMP000001"));
    }
}
