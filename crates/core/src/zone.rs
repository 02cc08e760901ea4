//! Which zone a time without one is meant in.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, MappedLocalTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Europe::Vienna;

use crate::iso::{self, Read};

/// The zone of local times.
///
/// The operator's guide (<https://www.fincheck.at/api>) says that the database
/// keeps local time "(UTC+2)". That may mean Austrian time, with +01:00 in
/// winter, or +02:00 all year; both can be chosen.
///
/// ```
/// use finkit_core::ZoneRule;
///
/// assert_eq!(ZoneRule::default().to_string(), "Europe/Vienna");
/// assert_eq!("+02:00".parse::<ZoneRule>()?.to_string(), "+02:00");
/// # Ok::<(), finkit_core::ZoneRuleError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ZoneRule {
    /// Austrian legal time, with summer time.
    #[default]
    Vienna,
    /// The same offset all year.
    Fixed(FixedOffset),
}

/// What a local time stands for in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalTime {
    /// Exactly one moment.
    Unique(DateTime<FixedOffset>),
    /// Two moments: the clock was set back and showed this time twice.
    Ambiguous {
        /// The first of the two, still in summer time.
        summer: DateTime<FixedOffset>,
        /// The second, already in winter time.
        winter: DateTime<FixedOffset>,
    },
    /// No moment: the clock was set forward and skipped this time.
    Skipped,
}

impl ZoneRule {
    /// What the local time stands for here.
    ///
    /// ```
    /// use finkit_core::{LocalTime, ZoneRule};
    ///
    /// let local = "2026-10-25T02:30:00".parse().unwrap();
    /// let LocalTime::Ambiguous { summer, winter } = ZoneRule::Vienna.resolve(local) else {
    ///     panic!("the clock shows this time twice");
    /// };
    /// assert_eq!(summer.to_rfc3339(), "2026-10-25T02:30:00+02:00");
    /// assert_eq!(winter.to_rfc3339(), "2026-10-25T02:30:00+01:00");
    /// ```
    #[must_use]
    pub fn resolve(&self, local: NaiveDateTime) -> LocalTime {
        match self {
            Self::Fixed(offset) => match offset.from_local_datetime(&local) {
                MappedLocalTime::Single(moment) => LocalTime::Unique(moment),
                // Only at the ends of the calendar that chrono knows.
                _ => LocalTime::Skipped,
            },
            Self::Vienna => match Vienna.from_local_datetime(&local) {
                MappedLocalTime::Single(moment) => LocalTime::Unique(moment.fixed_offset()),
                MappedLocalTime::Ambiguous(summer, winter) => LocalTime::Ambiguous {
                    summer: summer.fixed_offset(),
                    winter: winter.fixed_offset(),
                },
                MappedLocalTime::None => LocalTime::Skipped,
            },
        }
    }

    /// What a clock in this zone shows at the moment.
    #[must_use]
    pub fn local(&self, moment: DateTime<FixedOffset>) -> NaiveDateTime {
        let utc = moment.naive_utc();
        let offset = match self {
            Self::Fixed(offset) => *offset,
            Self::Vienna => Vienna.offset_from_utc_datetime(&utc).fix(),
        };
        utc.checked_add_offset(offset).unwrap_or(utc)
    }
}

impl fmt::Display for ZoneRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vienna => f.write_str("Europe/Vienna"),
            Self::Fixed(offset) => fmt::Display::fmt(offset, f),
        }
    }
}

impl FromStr for ZoneRule {
    type Err = ZoneRuleError;

    /// Reads `Europe/Vienna`, `Z`, `+02:00`, `+0200` or `+02`.
    fn from_str(text: &str) -> Result<Self, ZoneRuleError> {
        if text.eq_ignore_ascii_case("Europe/Vienna") {
            return Ok(Self::Vienna);
        }
        match iso::offset(text) {
            Read::Value(offset) => Ok(Self::Fixed(offset)),
            Read::NoSuch | Read::OtherShape => Err(ZoneRuleError(())),
        }
    }
}

/// A text that names no zone finkit knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a zone: use Europe/Vienna or an offset such as +02:00")]
pub struct ZoneRuleError(());

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> NaiveDateTime {
        text.parse().expect("a local time")
    }

    #[test]
    fn vienna_has_summer_and_winter_time() {
        for (time, expected) in [
            ("2026-01-15T12:00:00", "2026-01-15T12:00:00+01:00"),
            ("2026-07-15T12:00:00", "2026-07-15T12:00:00+02:00"),
            ("2026-03-29T01:59:59", "2026-03-29T01:59:59+01:00"),
            ("2026-03-29T03:00:00", "2026-03-29T03:00:00+02:00"),
            ("2099-07-15T12:00:00", "2099-07-15T12:00:00+02:00"),
        ] {
            let LocalTime::Unique(moment) = ZoneRule::Vienna.resolve(local(time)) else {
                panic!("{time} is one moment");
            };
            assert_eq!(moment.to_rfc3339(), expected);
            assert_eq!(ZoneRule::Vienna.local(moment), local(time));
        }
    }

    #[test]
    fn vienna_skips_an_hour_in_spring_and_repeats_one_in_autumn() {
        assert_eq!(
            ZoneRule::Vienna.resolve(local("2026-03-29T02:30:00")),
            LocalTime::Skipped
        );
        let LocalTime::Ambiguous { summer, winter } =
            ZoneRule::Vienna.resolve(local("2026-10-25T02:00:00"))
        else {
            panic!("shown twice");
        };
        assert_eq!((winter - summer).num_seconds(), 3600);
    }

    #[test]
    fn fixed_offset_neither_skips_nor_repeats() {
        let zone: ZoneRule = "+02:00".parse().expect("a zone");
        for time in [
            "2026-03-29T02:30:00",
            "2026-10-25T02:30:00",
            "2026-01-15T12:00:00",
        ] {
            let LocalTime::Unique(moment) = zone.resolve(local(time)) else {
                panic!("{time} is one moment")
            };
            assert_eq!(moment.to_rfc3339(), format!("{time}+02:00"));
        }
    }

    #[test]
    fn zones_read_back_from_their_names() {
        for text in ["Europe/Vienna", "+02:00", "-03:30", "+00:00"] {
            assert_eq!(text.parse::<ZoneRule>().expect("a zone").to_string(), text);
        }
        assert_eq!("europe/vienna".parse(), Ok(ZoneRule::Vienna));
        for other in ["", "CET", "Europe/Berlin", "+24:00", "2"] {
            assert!(other.parse::<ZoneRule>().is_err(), "{other}");
        }
    }
}
