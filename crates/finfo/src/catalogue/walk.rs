//! Walks: reading the rows of one supplier from the first to the last, and how far that has come.

use std::fmt;
use std::ops::AddAssign;

use chrono::{DateTime, Utc};
use finkit_core::{ApiVersion, FinfoSupplierId};

use super::Dataset;

/// Which rows of a supplier a walk reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WalkSpan {
    /// All of them.
    All,
    /// Those that changed between two moments, both included.
    Changed {
        /// First moment.
        from: DateTime<Utc>,
        /// Last moment, fixed when the walk began.
        until: DateTime<Utc>,
    },
}

impl fmt::Display for WalkSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |moment: &DateTime<Utc>| moment.format("%Y-%m-%d %H:%M").to_string();
        match self {
            Self::All => f.write_str("everything"),
            Self::Changed { from, until } => {
                write!(f, "changes from {} to {}", day(from), day(until))
            }
        }
    }
}

/// What a walk is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WalkPurpose {
    /// To follow the service: the watermark moves at the end.
    Follow,
    /// To read a period once more: the watermark stays.
    Backfill,
}

/// One walk, as it was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walk {
    /// What is read.
    pub dataset: Dataset,
    /// Whose rows are read.
    pub supplier: FinfoSupplierId,
    /// Version of the interface that answers.
    pub version: ApiVersion,
    /// Which rows are read.
    pub span: WalkSpan,
    /// What for.
    pub purpose: WalkPurpose,
    /// When the walk began; the end of [`WalkSpan::Changed`], and the moment up to which [`WalkSpan::All`] is complete.
    pub started_at: DateTime<Utc>,
    /// How often it has been begun from the first row, this time included; 1 at first.
    pub pass: u32,
    /// Rows asked for in one request.
    pub page_size: u32,
    /// How many rows there are, if the service says so.
    pub total: Option<u64>,
}

impl Walk {
    /// The moment up to which the catalogue is complete once this walk is.
    #[must_use]
    pub fn complete_to(&self) -> DateTime<Utc> {
        match self.span {
            WalkSpan::All => self.started_at,
            WalkSpan::Changed { until, .. } => until,
        }
    }
}

/// A walk that has not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenWalk {
    /// The walk.
    pub walk: Walk,
    /// How many rows have been read in this pass; the place of the next one.
    pub next: u64,
    /// What became of them, in all passes.
    pub tally: Tally,
}

/// What became of rows that were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows that were not there before.
    pub new: u64,
    /// Rows that differ from what was there.
    pub changed: u64,
    /// Rows that are as they were.
    pub unchanged: u64,
    /// Rows without any key, kept aside as they came.
    pub set_aside: u64,
}

impl Tally {
    /// All rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.new + self.changed + self.unchanged + self.set_aside
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.set_aside += other.set_aside;
    }
}

/// Up to when the rows of a supplier are complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// Every change up to this moment is in the catalogue.
    pub complete_to: DateTime<Utc>,
    /// When the walk that says so ended.
    pub finished_at: DateTime<Utc>,
    /// When everything was last read.
    pub full_at: DateTime<Utc>,
    /// Version of the interface that answered.
    pub version: ApiVersion,
}

/// The last failure of a supplier since its last success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When.
    pub at: DateTime<Utc>,
    /// One line for people.
    pub message: String,
    /// How often in a row.
    pub times: u64,
}

/// How a supplier's rows of one dataset stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Up to when they are complete; `None` before the first full load.
    pub watermark: Option<Watermark>,
    /// The walk that has not come to its end.
    pub open: Option<OpenWalk>,
    /// Why it did not, or did not even begin.
    pub failure: Option<Failure>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_over_everything_is_complete_to_its_start_and_one_over_a_period_to_its_end() {
        let moment = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
        let mut walk = Walk {
            dataset: Dataset::Article,
            supplier: "1".parse().expect("a supplier"),
            version: ApiVersion::new(2, 2),
            span: WalkSpan::All,
            purpose: WalkPurpose::Follow,
            started_at: moment("2026-02-01T06:00:00Z"),
            pass: 1,
            page_size: 1000,
            total: None,
        };
        assert_eq!(walk.complete_to(), moment("2026-02-01T06:00:00Z"));
        let (from, until) = (
            moment("2026-01-01T06:00:00Z"),
            moment("2026-01-02T06:00:00Z"),
        );
        walk.span = WalkSpan::Changed { from, until };
        assert_eq!(walk.complete_to(), until);
        assert_eq!(
            walk.span.to_string(),
            "changes from 2026-01-01 06:00 to 2026-01-02 06:00"
        );
    }
}
