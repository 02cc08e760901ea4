//! The application period: from the first to the last private charging of a vehicle in one year.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};

use crate::iso::{self, Read};

/// The years that a period or a registration may lie in.
///
/// Wide enough for any credit ever claimed; narrow enough to catch a compact
/// date or an empty cell that was taken for a Unix time stamp.
pub const SANE_YEARS: RangeInclusive<i32> = 2000..=2099;

/// An application period: both days belong to it, both lie in one calendar year.
///
/// Source: the operator's guide, <https://www.fincheck.at/api>: the start is the
/// first, the end the last charging at a non-public charge point in the year
/// applied for.
///
/// `Display` and `FromStr` use the ISO 8601 interval `2026-01-01/2026-12-31`.
///
/// ```
/// use finkit_core::Period;
///
/// let spring: Period = "2026-01-01/2026-06-30".parse()?;
/// let autumn: Period = "2026-07-01/2026-12-31".parse()?;
/// let summer: Period = "2026-06-30/2026-08-31".parse()?;
/// assert!(!spring.overlaps(&autumn));
/// assert!(spring.overlaps(&summer), "both ends belong to a period");
/// # Ok::<(), finkit_core::PeriodError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    start: NaiveDate,
    end: NaiveDate,
}

impl Period {
    /// The period from `start` to `end`, both included.
    ///
    /// # Errors
    ///
    /// [`PeriodError`] with every rule that is broken: the start lies after the
    /// end, the days lie in two calendar years, a year lies outside [`SANE_YEARS`].
    pub fn new(start: NaiveDate, end: NaiveDate) -> Result<Self, PeriodError> {
        let period = Self { start, end };
        let (start_year, end_year) = (start.year(), end.year());
        if start <= end && start_year == end_year && SANE_YEARS.contains(&start_year) {
            return Ok(period);
        }
        let mut faults = Vec::new();
        if start > end {
            faults.push(PeriodFault::StartAfterEnd { start, end });
        }
        if start_year != end_year {
            faults.push(PeriodFault::TwoYears {
                start_year,
                end_year,
            });
        }
        if !SANE_YEARS.contains(&start_year) {
            faults.push(PeriodFault::YearOutOfRange {
                end: PeriodEnd::Start,
                year: start_year,
            });
        }
        if !SANE_YEARS.contains(&end_year) {
            faults.push(PeriodFault::YearOutOfRange {
                end: PeriodEnd::End,
                year: end_year,
            });
        }
        Err(PeriodError { faults })
    }

    /// The whole of a calendar year.
    ///
    /// # Errors
    ///
    /// [`PeriodError`] when the year lies outside [`SANE_YEARS`].
    pub fn whole_year(year: i32) -> Result<Self, PeriodError> {
        let out_of_range = |end| PeriodFault::YearOutOfRange { end, year };
        let start = NaiveDate::from_ymd_opt(year, 1, 1);
        let end = NaiveDate::from_ymd_opt(year, 12, 31);
        match (start, end) {
            (Some(start), Some(end)) => Self::new(start, end),
            _ => Err(PeriodError {
                faults: vec![out_of_range(PeriodEnd::Start), out_of_range(PeriodEnd::End)],
            }),
        }
    }

    /// The first day.
    #[must_use]
    #[inline]
    pub fn start(&self) -> NaiveDate {
        self.start
    }

    /// The last day.
    #[must_use]
    #[inline]
    pub fn end(&self) -> NaiveDate {
        self.end
    }

    /// The calendar year of both days.
    #[must_use]
    #[inline]
    pub fn year(&self) -> i32 {
        self.start.year()
    }

    /// How many days the period has: 1 to 366.
    #[must_use]
    pub fn days(&self) -> u32 {
        self.end.ordinal() - self.start.ordinal() + 1
    }

    /// Whether at least one day belongs to both periods.
    #[must_use]
    #[inline]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    /// The days that belong to both periods.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        self.overlaps(other).then(|| Self {
            start: self.start.max(other.start),
            end: self.end.min(other.end),
        })
    }

    /// The shortest period that holds both; `None` when they lie in different years.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Option<Self> {
        (self.year() == other.year()).then(|| Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        })
    }

    /// Whether the day belongs to the period.
    #[must_use]
    #[inline]
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.start <= day && day <= self.end
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.start, self.end)
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    /// Reads `YYYY-MM-DD/YYYY-MM-DD`.
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let Some((start, end)) = text.split_once('/') else {
            return Err(PeriodError {
                faults: vec![PeriodFault::NotAnInterval],
            });
        };
        match (iso::date(start), iso::date(end)) {
            (Read::Value(start), Read::Value(end)) => Self::new(start, end),
            (start, end) => Err(PeriodError {
                faults: [(start, PeriodEnd::Start), (end, PeriodEnd::End)]
                    .into_iter()
                    .filter_map(|(read, end)| match read {
                        Read::Value(_) => None,
                        Read::NoSuch => Some(PeriodFault::NoSuchDate { end }),
                        Read::OtherShape => Some(PeriodFault::NotADate { end }),
                    })
                    .collect(),
            }),
        }
    }
}

/// Which of the two days of a period is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodEnd {
    /// The first day.
    Start,
    /// The last day.
    End,
}

impl fmt::Display for PeriodEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::End => "end",
        })
    }
}

/// One broken rule of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PeriodFault {
    /// The start lies after the end.
    StartAfterEnd {
        /// The first day.
        start: NaiveDate,
        /// The last day.
        end: NaiveDate,
    },
    /// Start and end lie in different calendar years.
    TwoYears {
        /// The year of the first day.
        start_year: i32,
        /// The year of the last day.
        end_year: i32,
    },
    /// A year lies outside [`SANE_YEARS`].
    YearOutOfRange {
        /// Which day.
        end: PeriodEnd,
        /// Its year.
        year: i32,
    },
    /// The text is not two dates with a slash between them.
    NotAnInterval,
    /// The text of one day is not of the form `YYYY-MM-DD`.
    NotADate {
        /// Which day.
        end: PeriodEnd,
    },
    /// There is no such day in the calendar.
    NoSuchDate {
        /// Which day.
        end: PeriodEnd,
    },
}

impl fmt::Display for PeriodFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartAfterEnd { start, end } => {
                write!(f, "the start {start} lies after the end {end}")
            }
            Self::TwoYears {
                start_year,
                end_year,
            } => {
                write!(
                    f,
                    "start and end lie in different years, {start_year} and {end_year}"
                )
            }
            Self::YearOutOfRange { end, year } => write!(
                f,
                "the year {year} of the {end} lies outside {} to {}",
                SANE_YEARS.start(),
                SANE_YEARS.end()
            ),
            Self::NotAnInterval => f.write_str("not of the form YYYY-MM-DD/YYYY-MM-DD"),
            Self::NotADate { end } => write!(f, "the {end} is not of the form YYYY-MM-DD"),
            Self::NoSuchDate { end } => write!(f, "the {end} is no day of the calendar"),
        }
    }
}

/// Why there is no such period: all broken rules at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodError {
    faults: Vec<PeriodFault>,
}

impl PeriodError {
    /// Every broken rule. Never empty.
    #[must_use]
    pub fn faults(&self) -> &[PeriodFault] {
        &self.faults
    }
}

impl fmt::Display for PeriodError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for fault in &self.faults {
            write!(f, "{separator}{fault}")?;
            separator = "; ";
        }
        Ok(())
    }
}

impl std::error::Error for PeriodError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn period(text: &str) -> Period {
        text.parse().expect("a period")
    }

    fn faults(text: &str) -> Vec<PeriodFault> {
        text.parse::<Period>()
            .expect_err("no period")
            .faults()
            .to_vec()
    }

    #[test]
    fn one_day_is_a_period_and_belongs_to_it() {
        let one = period("2026-02-28/2026-02-28");
        assert_eq!(one.days(), 1);
        assert!(one.contains(day("2026-02-28")));
        assert!(!one.contains(day("2026-03-01")));
        assert!(!one.contains(day("2026-02-27")));
    }

    #[test]
    fn start_after_end_and_two_years_are_reported_together() {
        assert_eq!(
            faults("2027-01-01/2026-12-31"),
            [
                PeriodFault::StartAfterEnd {
                    start: day("2027-01-01"),
                    end: day("2026-12-31")
                },
                PeriodFault::TwoYears {
                    start_year: 2027,
                    end_year: 2026
                },
            ]
        );
        assert_eq!(
            faults("2025-12-31/2026-01-01"),
            [PeriodFault::TwoYears {
                start_year: 2025,
                end_year: 2026
            }]
        );
        assert_eq!(
            faults("2026-06-02/2026-06-01"),
            [PeriodFault::StartAfterEnd {
                start: day("2026-06-02"),
                end: day("2026-06-01")
            }]
        );
    }

    #[test]
    fn unreadable_days_are_named_both() {
        assert_eq!(
            faults("2026-02-30/01.06.2026"),
            [
                PeriodFault::NoSuchDate {
                    end: PeriodEnd::Start
                },
                PeriodFault::NotADate {
                    end: PeriodEnd::End
                },
            ]
        );
        assert_eq!(faults("2026-01-01"), [PeriodFault::NotAnInterval]);
    }

    #[test]
    fn years_nobody_means_are_refused() {
        assert_eq!(
            faults("1970-08-23/1970-12-31"),
            [
                PeriodFault::YearOutOfRange {
                    end: PeriodEnd::Start,
                    year: 1970
                },
                PeriodFault::YearOutOfRange {
                    end: PeriodEnd::End,
                    year: 1970
                },
            ]
        );
        assert!(Period::whole_year(i32::MAX).is_err());
        assert!(Period::whole_year(2100).is_err());
        assert_eq!(Period::whole_year(2024).expect("a year").days(), 366);
    }

    #[test]
    fn shared_limit_is_an_overlap_and_the_next_day_is_none() {
        let first = period("2026-01-01/2026-06-30");
        assert!(first.overlaps(&period("2026-06-30/2026-12-31")));
        assert!(!first.overlaps(&period("2026-07-01/2026-12-31")));
        assert_eq!(
            first.intersection(&period("2026-06-30/2026-12-31")),
            Some(period("2026-06-30/2026-06-30"))
        );
        assert_eq!(first.intersection(&period("2026-07-01/2026-12-31")), None);
        assert_eq!(
            first.hull(&period("2026-07-02/2026-07-03")),
            Some(period("2026-01-01/2026-07-03"))
        );
        assert_eq!(first.hull(&period("2025-07-02/2025-07-03")), None);
    }

    #[test]
    fn error_is_one_lower_case_line() {
        let error = "2027-01-01/2026-12-31"
            .parse::<Period>()
            .expect_err("no period");
        assert_eq!(
            error.to_string(),
            "the start 2027-01-01 lies after the end 2026-12-31; start and end lie in different years, 2027 and 2026"
        );
    }
}
