//! Versions of Finfo's interface: which change is safe, how long an old one lives, and what a period means in it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Days, Months, NaiveDate, SecondsFormat, Utc};

use crate::iso::{self, Read};

/// A version `vMAJOR.MINOR`.
///
/// Source: the authentication page of the integration guide, <https://docs.finfo.se>: a minor version adds and
/// never breaks, a major one may; both majors run side by side for twelve months.
///
/// ```
/// use finkit_core::{ApiVersion, Upgrade, WindowEnd};
///
/// let written_for: ApiVersion = "v2.1".parse()?;
/// assert_eq!(written_for.upgrade_to("v2.2".parse()?), Upgrade::Minor);
/// assert_eq!(written_for.upgrade_to("v3.0".parse()?), Upgrade::Major);
/// assert_eq!(ApiVersion::new(1, 0).window_end(), WindowEnd::Exclusive);
/// assert_eq!(written_for.window_end(), WindowEnd::Inclusive);
/// # Ok::<(), finkit_core::ApiVersionError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiVersion {
    major: u16,
    minor: u16,
}

/// What it means to go from one version to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Upgrade {
    /// The same version.
    Same,
    /// A newer one that only adds: safe.
    Minor,
    /// A newer one that may break: needs work.
    Major,
    /// An older one.
    Back,
}

/// Whether the end of a period of changes belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WindowEnd {
    /// The end is the first moment that no longer belongs to the period.
    Exclusive,
    /// The end belongs to the period.
    Inclusive,
}

/// A period of changes as it is asked for: what goes into `changed-from-date` and `changed-to-date`.
///
/// [`ApiVersion::window`] makes it, so that the meaning of its end is decided in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChangeWindow {
    /// First day or moment; it belongs to the period.
    pub from: ChangeLimit,
    /// Last day or moment, or the one after it, as [`WindowEnd`] says.
    pub to: ChangeLimit,
}

/// One end of a period of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeLimit {
    /// A whole day, in a zone that the service doesn't name.
    Day(NaiveDate),
    /// A moment, sent in UTC with milliseconds.
    Moment(DateTime<Utc>),
}

impl ApiVersion {
    /// The version `v{major}.{minor}`.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// The major number: a higher one may break what was written for a lower one.
    #[must_use]
    pub fn major(self) -> u16 {
        self.major
    }

    /// The minor number: a higher one only adds.
    #[must_use]
    pub fn minor(self) -> u16 {
        self.minor
    }

    /// What going to `newer` means.
    #[must_use]
    pub fn upgrade_to(self, newer: Self) -> Upgrade {
        if newer == self {
            Upgrade::Same
        } else if newer < self {
            Upgrade::Back
        } else if newer.major == self.major {
            Upgrade::Minor
        } else {
            Upgrade::Major
        }
    }

    /// The last day of this major version when its successor was released on `released`: twelve months later.
    #[must_use]
    pub fn transition_end(released: NaiveDate) -> NaiveDate {
        released
            .checked_add_months(Months::new(12))
            .unwrap_or(NaiveDate::MAX)
    }

    /// Whether numbers are texts in which 0 may stand for an empty field, as before version 2
    /// (source: the differences listed on the page of article v2.2).
    #[must_use]
    pub fn has_zero_for_empty(self) -> bool {
        self.major < 2
    }

    /// Whether the end of a period belongs to it: not in version 1 (source: the page of article v1.0), but from
    /// version 2 on (source: the page of article v2.2).
    #[must_use]
    pub fn window_end(self) -> WindowEnd {
        if self.major < 2 {
            WindowEnd::Exclusive
        } else {
            WindowEnd::Inclusive
        }
    }

    /// The narrowest period that holds every change from `from` to `until`, both included.
    ///
    /// Version 1 knows days only, so its period begins with the day of `from` and ends before the day after
    /// `until`. From version 2 on the two moments are sent as they are.
    #[must_use]
    pub fn window(self, from: DateTime<Utc>, until: DateTime<Utc>) -> ChangeWindow {
        match self.window_end() {
            WindowEnd::Exclusive => ChangeWindow {
                from: ChangeLimit::Day(from.date_naive()),
                to: ChangeLimit::Day(next_day(until.date_naive())),
            },
            WindowEnd::Inclusive => ChangeWindow {
                from: ChangeLimit::Moment(from),
                to: ChangeLimit::Moment(until),
            },
        }
    }

    /// The period of whole days from `first` to `last`, both included.
    #[must_use]
    pub fn window_of_days(self, first: NaiveDate, last: NaiveDate) -> ChangeWindow {
        let end = match self.window_end() {
            WindowEnd::Exclusive => next_day(last),
            WindowEnd::Inclusive => last,
        };
        ChangeWindow {
            from: ChangeLimit::Day(first),
            to: ChangeLimit::Day(end),
        }
    }
}

fn next_day(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)
}

impl fmt::Display for ChangeLimit {
    /// As the service reads it: `2026-01-31`, or `2026-01-31T12:17:30.974Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Moment(moment) => {
                f.write_str(&moment.to_rfc3339_opts(SecondsFormat::Millis, true))
            }
        }
    }
}

impl FromStr for ChangeLimit {
    type Err = ChangeLimitError;

    /// Reads a day `YYYY-MM-DD`, or a moment in UTC such as `2023-07-05T12:17:30.974Z`.
    ///
    /// A time of day in another zone, or in none, is refused: the service reads it as UTC
    /// (source: the page of article v2.2).
    fn from_str(text: &str) -> Result<Self, ChangeLimitError> {
        let text = text.trim_ascii();
        if let Read::Value(day) = iso::date(text) {
            return Ok(Self::Day(day));
        }
        if !text.ends_with('Z') {
            return Err(ChangeLimitError(()));
        }
        DateTime::parse_from_rfc3339(text)
            .map(|moment| Self::Moment(moment.to_utc()))
            .map_err(|_| ChangeLimitError(()))
    }
}

/// A text that is neither a day nor a moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a day such as 2023-07-05 nor a moment in UTC such as 2023-07-05T12:17:30Z")]
pub struct ChangeLimitError(());

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}", self.major, self.minor)
    }
}

impl fmt::Debug for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ApiVersion {
    type Err = ApiVersionError;

    /// Reads `v2.1` and `2.1`.
    fn from_str(text: &str) -> Result<Self, ApiVersionError> {
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|_| plain)
        };
        let text = text.trim_ascii();
        let (major, minor) = text
            .strip_prefix(['v', 'V'])
            .unwrap_or(text)
            .split_once('.')
            .ok_or(ApiVersionError(()))?;
        match (number(major), number(minor)) {
            (Some(major), Some(minor)) => Ok(Self { major, minor }),
            _ => Err(ApiVersionError(())),
        }
    }
}

/// A text that is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version such as v2.1")]
pub struct ApiVersionError(());

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn texts(window: ChangeWindow) -> (String, String) {
        (window.from.to_string(), window.to.to_string())
    }

    #[test]
    fn versions_compare_by_number_and_not_by_text() {
        let version = |text: &str| text.parse::<ApiVersion>().expect("a version");
        assert!(version("v2.10") > version("v2.9"));
        assert!(version("10.0") > version("9.9"));
        assert_eq!(version("V2.1").to_string(), "v2.1");
        for other in [
            "", "v", "2", "v2.", "v.1", "v2.1.0", "v-2.1", "v+2.1", "v2.x", "v99999.0",
        ] {
            assert!(other.parse::<ApiVersion>().is_err(), "{other}");
        }
    }

    #[test]
    fn a_minor_step_is_safe_and_a_major_one_is_not() {
        let from = ApiVersion::new(2, 1);
        let table = [
            (ApiVersion::new(2, 1), Upgrade::Same),
            (ApiVersion::new(2, 2), Upgrade::Minor),
            (ApiVersion::new(3, 0), Upgrade::Major),
            (ApiVersion::new(3, 1), Upgrade::Major),
            (ApiVersion::new(2, 0), Upgrade::Back),
            (ApiVersion::new(1, 9), Upgrade::Back),
        ];
        for (to, upgrade) in table {
            assert_eq!(from.upgrade_to(to), upgrade, "{to}");
        }
    }

    #[test]
    fn an_old_major_version_lives_twelve_months() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        assert_eq!(
            ApiVersion::transition_end(day("2026-03-01")),
            day("2027-03-01")
        );
        assert_eq!(
            ApiVersion::transition_end(day("2024-02-29")),
            day("2025-02-28")
        );
    }

    #[test]
    fn version_1_ends_before_its_last_day_and_version_2_with_its_last_moment() {
        let (from, until) = (
            moment("2000-01-01T09:00:00Z"),
            moment("2000-01-01T12:17:30.974Z"),
        );
        assert_eq!(
            texts(ApiVersion::new(1, 0).window(from, until)),
            ("2000-01-01".to_owned(), "2000-01-02".to_owned()),
            "the example of the page of article v1.0: only the first of January"
        );
        assert_eq!(
            texts(ApiVersion::new(2, 1).window(from, until)),
            (
                "2000-01-01T09:00:00.000Z".to_owned(),
                "2000-01-01T12:17:30.974Z".to_owned()
            )
        );
    }

    #[test]
    fn whole_days_are_asked_for_as_each_version_counts_them() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let (first, last) = (day("2026-02-27"), day("2026-02-28"));
        assert_eq!(
            texts(ApiVersion::new(1, 0).window_of_days(first, last)),
            ("2026-02-27".to_owned(), "2026-03-01".to_owned())
        );
        assert_eq!(
            texts(ApiVersion::new(2, 2).window_of_days(first, last)),
            ("2026-02-27".to_owned(), "2026-02-28".to_owned())
        );
    }

    #[test]
    fn a_limit_is_a_day_or_a_moment_in_utc() {
        for text in ["2023-07-05", "2023-07-05T12:17:30.974Z"] {
            assert_eq!(text.parse::<ChangeLimit>().expect(text).to_string(), text);
        }
        for other in [
            "",
            "20230705",
            "2023-02-30",
            "2023-07-05T12:17:30",
            "2023-07-05T12:17:30+02:00",
            "2023-07-05T12:17:30z",
            "Z",
            "2023-07-05Z",
        ] {
            assert_eq!(
                other.parse::<ChangeLimit>(),
                Err(ChangeLimitError(())),
                "{other}"
            );
        }
    }
}
