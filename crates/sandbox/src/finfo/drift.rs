//! How lists move while their pages are read.

use std::fmt;
use std::str::FromStr;

/// How a supplier's list moves, or a page goes wrong, while pages are read.
///
/// ```
/// use finkit_sandbox::finfo::Drift;
///
/// let drift: Drift = "insert=7".parse()?;
/// assert_eq!(drift, Drift::Insert { every: 7 });
/// assert_eq!(drift.to_string(), "insert=7");
/// # Ok::<(), finkit_sandbox::finfo::DriftError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Drift {
    /// Before every so many-th page an article is added in front.
    Insert {
        /// Pages from one to the next.
        every: u64,
    },
    /// Before every so many-th page the first article is removed.
    Remove {
        /// Pages from one to the next.
        every: u64,
    },
    /// Before every so many-th page the first article gives way to another, so that the number of rows stays.
    Swap {
        /// Pages from one to the next.
        every: u64,
    },
    /// Every so many-th page has one row fewer than it should; the list stays.
    Short {
        /// Pages from one to the next.
        every: u64,
    },
    /// Every so many-th page holds the rows of the page before it; the list stays.
    Repeat {
        /// Pages from one to the next.
        every: u64,
    },
}

/// A text that is no [`Drift`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no drift: write insert, remove, swap, short or repeat, and after how many pages, such as insert=7"
)]
pub struct DriftError(());

impl Drift {
    fn every(self) -> u64 {
        match self {
            Self::Insert { every }
            | Self::Remove { every }
            | Self::Swap { every }
            | Self::Short { every }
            | Self::Repeat { every } => every,
        }
    }

    /// Whether the page of this number, from 1, is struck.
    pub(super) fn is_due(self, page: u64) -> bool {
        self.every() > 0 && page.is_multiple_of(self.every())
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Insert { .. } => "insert",
            Self::Remove { .. } => "remove",
            Self::Swap { .. } => "swap",
            Self::Short { .. } => "short",
            Self::Repeat { .. } => "repeat",
        };
        write!(f, "{name}={}", self.every())
    }
}

impl FromStr for Drift {
    type Err = DriftError;

    fn from_str(text: &str) -> Result<Self, DriftError> {
        let (name, every) = text.split_once('=').ok_or(DriftError(()))?;
        let every = every.parse().map_err(|_| DriftError(()))?;
        if every == 0 {
            return Err(DriftError(()));
        }
        Ok(match name {
            "insert" => Self::Insert { every },
            "remove" => Self::Remove { every },
            "swap" => Self::Swap { every },
            "short" => Self::Short { every },
            "repeat" => Self::Repeat { every },
            _ => return Err(DriftError(())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["insert=1", "remove=2", "swap=3", "short=40", "repeat=5"] {
            assert_eq!(
                text.parse::<Drift>().map(|drift| drift.to_string()),
                Ok(text.to_owned())
            );
        }
        for text in ["", "insert", "insert=", "insert=0", "insert=-1", "jump=3"] {
            assert!(text.parse::<Drift>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_so_many_th_page_is_struck() {
        let struck = |every| {
            (1..=6)
                .filter(|page| Drift::Swap { every }.is_due(*page))
                .count()
        };
        assert_eq!((struck(0), struck(1), struck(4)), (0, 6, 1));
    }
}
