//! Billed accesses: reads and writes, as far as they are known.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use crate::participant::Participant;

/// A number of accesses, or that it cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Count {
    /// So many.
    Known(u64),
    /// Nobody can say, as for an incognito participant.
    NotKnown,
}

impl Count {
    /// The number, if known.
    #[must_use]
    pub fn get(self) -> Option<u64> {
        match self {
            Self::Known(number) => Some(number),
            Self::NotKnown => None,
        }
    }
}

impl From<Option<u64>> for Count {
    fn from(number: Option<u64>) -> Self {
        number.map_or(Self::NotKnown, Self::Known)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(number) => fmt::Display::fmt(number, f),
            Self::NotKnown => f.pad("not known"),
        }
    }
}

impl Add for Count {
    type Output = Self;

    /// A sum with something not known is not known. Saturates.
    fn add(self, other: Self) -> Self {
        match (self, other) {
            (Self::Known(one), Self::Known(two)) => Self::Known(one.saturating_add(two)),
            _ => Self::NotKnown,
        }
    }
}

/// Reads and writes that were, or would be, billed.
///
/// ```
/// use finkit_core::{Count, Participant, Usage};
///
/// let entered = Usage::known(3, 3) + Usage::known(2, 0);
/// assert_eq!(entered, Usage { reads: Count::Known(5), writes: Count::Known(3) });
/// assert_eq!(entered.seen_by(Participant::Incognito), Usage::NOT_KNOWN);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Usage {
    /// Read accesses.
    pub reads: Count,
    /// Write accesses.
    pub writes: Count,
}

impl Usage {
    /// No access at all.
    pub const NONE: Self = Self::known(0, 0);

    /// Neither number can be known.
    pub const NOT_KNOWN: Self = Self {
        reads: Count::NotKnown,
        writes: Count::NotKnown,
    };

    /// Both numbers are known.
    #[must_use]
    pub const fn known(reads: u64, writes: u64) -> Self {
        Self {
            reads: Count::Known(reads),
            writes: Count::Known(writes),
        }
    }

    /// What a participant of this kind can know of its usage by asking the service.
    #[must_use]
    pub fn seen_by(self, participant: Participant) -> Self {
        if participant.counts_per_account() {
            self
        } else {
            Self::NOT_KNOWN
        }
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            reads: self.reads + other.reads,
            writes: self.writes + other.writes,
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        usages.fold(Self::NONE, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unknown_part_makes_the_sum_unknown() {
        let half = Usage {
            reads: Count::Known(2),
            writes: Count::NotKnown,
        };
        let sum: Usage = [Usage::known(1, 1), half].into_iter().sum();
        assert_eq!(
            sum,
            Usage {
                reads: Count::Known(3),
                writes: Count::NotKnown
            }
        );
    }

    #[test]
    fn sums_saturate() {
        assert_eq!(
            Count::Known(u64::MAX) + Count::Known(1),
            Count::Known(u64::MAX)
        );
    }

    #[test]
    fn unknown_count_is_shown_in_words() {
        assert_eq!(Count::NotKnown.to_string(), "not known");
        assert_eq!(Count::from(Some(7)).to_string(), "7");
        assert_eq!(Count::from(None).get(), None);
    }
}
