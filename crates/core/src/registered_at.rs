//! The registration time of an entry: when company and keeper concluded their agreement.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset, SecondsFormat,
    SubsecRound, Utc,
};

use crate::moment::{self, RegisteredAtError, RegisteredAtFault, Written};
use crate::period::SANE_YEARS;
use crate::zone::{LocalTime, ZoneRule};

/// When the company concluded the agreement with the keeper, to the second.
///
/// It always carries an offset, so that it is sent unambiguously: RFC 3339 with
/// a numeric offset, which every version of the service's framework reads alike.
/// Two values are equal when they name the same moment, whatever their offsets.
///
/// ```
/// use finkit_core::{RegisteredAt, ZoneRule};
///
/// let local = RegisteredAt::parse("2026-01-15 10:22:33", ZoneRule::Vienna)?;
/// assert_eq!(local.to_wire(), "2026-01-15T10:22:33+01:00");
///
/// let stamp = RegisteredAt::parse("1768468953", ZoneRule::Vienna)?;
/// assert_eq!(stamp, local);
///
/// let trap = RegisteredAt::parse("20260115", ZoneRule::Vienna).unwrap_err();
/// assert_eq!(trap.faults()[0].code(), "compact-date");
/// # Ok::<(), finkit_core::RegisteredAtError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegisteredAt(DateTime<FixedOffset>);

impl RegisteredAt {
    /// Reads ISO 8601 or a Unix time stamp.
    ///
    /// - Date and time with `T`, `t` or a space between; seconds optional, their
    ///   fraction cut off; offset as `Z`, `+02:00`, `+0200`, `+02` or none.
    /// - Without offset the time is meant in `zone`. A time that the clock
    ///   showed twice (the hour before winter time begins) is taken as the
    ///   earlier one, in summer time; ask [`ZoneRule::resolve`] to know.
    /// - Whole numbers up to [`MILLISECONDS_ABOVE`](crate::MILLISECONDS_ABOVE)
    ///   are Unix seconds, larger ones milliseconds.
    ///
    /// # Errors
    ///
    /// [`RegisteredAtError`] for anything else: among them dates without a time
    /// (use [`from_date_at`](Self::from_date_at)), dates without separators,
    /// local times that the clock skipped, years outside [`SANE_YEARS`].
    pub fn parse(text: &str, zone: ZoneRule) -> Result<Self, RegisteredAtError> {
        match moment::read(text)? {
            Written::Zoned(moment) => Self::from_datetime(moment),
            Written::Local(local) => Self::from_local(local, zone),
        }
    }

    /// Takes a moment, cut to the second. An offset with seconds, which RFC 3339
    /// cannot express, gives way to UTC.
    ///
    /// # Errors
    ///
    /// [`RegisteredAtFault::YearOutOfRange`] when its year lies outside [`SANE_YEARS`].
    pub fn from_datetime(moment: DateTime<FixedOffset>) -> Result<Self, RegisteredAtError> {
        let moment = moment.trunc_subsecs(0);
        let moment = if moment.offset().local_minus_utc() % 60 == 0 {
            moment
        } else {
            moment.with_timezone(&Utc.fix())
        };
        let year = moment.year();
        if SANE_YEARS.contains(&year) {
            Ok(Self(moment))
        } else {
            Err(RegisteredAtFault::YearOutOfRange { year: Some(year) }.into())
        }
    }

    /// A local time in a zone; of two moments the earlier one, in summer time.
    ///
    /// # Errors
    ///
    /// [`RegisteredAtFault::Skipped`] when the clock never showed this time,
    /// [`RegisteredAtFault::YearOutOfRange`] when its year lies outside [`SANE_YEARS`].
    pub fn from_local(local: NaiveDateTime, zone: ZoneRule) -> Result<Self, RegisteredAtError> {
        match zone.resolve(local) {
            LocalTime::Unique(moment) | LocalTime::Ambiguous { summer: moment, .. } => {
                Self::from_datetime(moment)
            }
            LocalTime::Skipped => Err(RegisteredAtFault::Skipped { local, zone }.into()),
        }
    }

    /// A date with the time of day that the caller decides on.
    ///
    /// ```
    /// use chrono::{NaiveDate, NaiveTime};
    /// use finkit_core::{RegisteredAt, ZoneRule};
    ///
    /// let date = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
    /// let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    /// let registered = RegisteredAt::from_date_at(date, noon, ZoneRule::Vienna)?;
    /// assert_eq!(registered.to_wire(), "2026-06-01T12:00:00+02:00");
    /// # Ok::<(), finkit_core::RegisteredAtError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_local`](Self::from_local).
    pub fn from_date_at(
        date: NaiveDate,
        time: NaiveTime,
        zone: ZoneRule,
    ) -> Result<Self, RegisteredAtError> {
        Self::from_local(date.and_time(time), zone)
    }

    /// The moment with its offset.
    #[must_use]
    pub fn datetime(&self) -> DateTime<FixedOffset> {
        self.0
    }

    /// The form that is sent: RFC 3339 in seconds with a numeric offset, `2026-01-15T10:22:33+01:00`.
    #[must_use]
    pub fn to_wire(&self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Secs, false)
    }

    /// Whether the database may mean this moment by what it reports.
    ///
    /// A time with a zone must be the same moment to the second. A time without
    /// one matches when it is what a clock shows at this moment in Austria or at
    /// +02:00, because the guide's "(UTC+2)" may mean either.
    ///
    /// ```
    /// use finkit_core::{RegisteredAt, ReportedTime};
    ///
    /// let sent: RegisteredAt = "2026-01-15T10:22:33+01:00".parse()?;
    /// for reported in ["2026-01-15T09:22:33Z", "2026-01-15T10:22:33", "2026-01-15T11:22:33"] {
    ///     assert!(sent.matches(&ReportedTime::parse(reported)?));
    /// }
    /// assert!(!sent.matches(&ReportedTime::parse("2026-01-15T10:22:33Z")?));
    /// # Ok::<(), finkit_core::RegisteredAtError>(())
    /// ```
    #[must_use]
    pub fn matches(&self, reported: &ReportedTime) -> bool {
        match *reported {
            ReportedTime::Zoned(moment) => moment.timestamp() == self.0.timestamp(),
            ReportedTime::Local(local) => {
                let local = local.trunc_subsecs(0);
                local == ZoneRule::Vienna.local(self.0)
                    || local == ZoneRule::Fixed(plus_two()).local(self.0)
            }
        }
    }
}

/// The offset that the guide names.
fn plus_two() -> FixedOffset {
    FixedOffset::east_opt(2 * 3600).expect("two hours are an offset")
}

impl fmt::Display for RegisteredAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_wire())
    }
}

impl fmt::Debug for RegisteredAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegisteredAt({})", self.to_wire())
    }
}

impl FromStr for RegisteredAt {
    type Err = RegisteredAtError;

    /// As [`RegisteredAt::parse`], but an offset or a Unix time stamp is required.
    fn from_str(text: &str) -> Result<Self, RegisteredAtError> {
        match moment::read(text)? {
            Written::Zoned(moment) => Self::from_datetime(moment),
            Written::Local(_) => Err(RegisteredAtFault::NoOffset.into()),
        }
    }
}

/// A registration time as the database reports it: with its zone or without.
///
/// Its year is not judged: what is in the database is reported as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportedTime {
    /// A moment.
    Zoned(DateTime<FixedOffset>),
    /// A local time of an unnamed zone.
    Local(NaiveDateTime),
}

impl ReportedTime {
    /// Reads ISO 8601 with or without offset, or a Unix time stamp, cut to the second.
    ///
    /// # Errors
    ///
    /// [`RegisteredAtError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, RegisteredAtError> {
        moment::read(text).map(|written| match written {
            Written::Zoned(moment) => Self::Zoned(moment),
            Written::Local(local) => Self::Local(local),
        })
    }
}

impl From<RegisteredAt> for ReportedTime {
    fn from(registered: RegisteredAt) -> Self {
        Self::Zoned(registered.0)
    }
}

impl fmt::Display for ReportedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zoned(moment) => f.pad(&moment.to_rfc3339_opts(SecondsFormat::Secs, false)),
            Self::Local(local) => f.pad(&local.format("%Y-%m-%dT%H:%M:%S").to_string()),
        }
    }
}

impl FromStr for ReportedTime {
    type Err = RegisteredAtError;

    fn from_str(text: &str) -> Result<Self, RegisteredAtError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(text: &str) -> String {
        RegisteredAt::parse(text, ZoneRule::Vienna)
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .to_wire()
    }

    fn code(text: &str) -> &'static str {
        let error = RegisteredAt::parse(text, ZoneRule::Vienna).expect_err(text);
        assert_eq!(error.faults().len(), 1, "{text}");
        error.faults()[0].code()
    }

    #[test]
    fn iso_forms_are_read_to_the_second() {
        for (text, expected) in [
            ("2026-06-01T10:22:33+02:00", "2026-06-01T10:22:33+02:00"),
            ("2026-06-01t10:22:33Z", "2026-06-01T10:22:33+00:00"),
            ("2026-06-01 10:22:33z", "2026-06-01T10:22:33+00:00"),
            ("2026-06-01T10:22:33+0200", "2026-06-01T10:22:33+02:00"),
            ("2026-06-01 10:22:33+02", "2026-06-01T10:22:33+02:00"),
            ("2026-06-01 10:22:33 +0200", "2026-06-01T10:22:33+02:00"),
            ("2026-06-01T10:22-05:30", "2026-06-01T10:22:00-05:30"),
            (
                "2026-06-01T10:22:33.999999999+02:00",
                "2026-06-01T10:22:33+02:00",
            ),
            ("2026-06-01T10:22:33,5Z", "2026-06-01T10:22:33+00:00"),
            (
                "\u{feff} 2026-06-01T10:22:33Z\u{a0}",
                "2026-06-01T10:22:33+00:00",
            ),
        ] {
            assert_eq!(wire(text), expected, "{text}");
        }
    }

    #[test]
    fn local_times_take_the_zone_of_the_rule() {
        assert_eq!(wire("2026-06-01T10:22:33"), "2026-06-01T10:22:33+02:00");
        assert_eq!(wire("2026-12-01 10:22"), "2026-12-01T10:22:00+01:00");
        let fixed = ZoneRule::Fixed(plus_two());
        let winter = RegisteredAt::parse("2026-12-01T10:22:33", fixed).expect("a time");
        assert_eq!(winter.to_wire(), "2026-12-01T10:22:33+02:00");
    }

    #[test]
    fn unix_stamps_are_seconds_up_to_the_limit_and_milliseconds_above() {
        assert_eq!(wire("1780302153"), "2026-06-01T08:22:33+00:00");
        assert_eq!(wire("1780302153999"), "2026-06-01T08:22:33+00:00");
        assert_eq!(wire("1780302153.75"), "2026-06-01T08:22:33+00:00");
        let year = |text: &str| {
            let error = RegisteredAt::parse(text, ZoneRule::Vienna).expect_err(text);
            match error.faults() {
                [RegisteredAtFault::YearOutOfRange { year }] => *year,
                other => panic!("{text}: {other:?}"),
            }
        };
        assert_eq!(year("20000000000"), Some(2603));
        assert_eq!(year("20000000001"), Some(1970));
        assert_eq!(year("0"), Some(1970));
        assert_eq!(year("-1"), Some(1969));
        assert_eq!(year("99999999999999999999"), None);
        assert_eq!(year("18446744073709551615"), None);
    }

    #[test]
    fn dates_without_separators_name_the_trap() {
        let date = NaiveDate::from_ymd_opt(2024, 6, 1);
        for text in ["20240601", "202406011200", "20240601120000", "20240601.0"] {
            let error = RegisteredAt::parse(text, ZoneRule::Vienna).expect_err(text);
            assert_eq!(
                error.faults(),
                [RegisteredAtFault::CompactDate { date }],
                "{text}"
            );
        }
        let eight = RegisteredAt::parse("99999999", ZoneRule::Vienna).expect_err("eight digits");
        assert_eq!(
            eight.faults(),
            [RegisteredAtFault::CompactDate { date: None }]
        );
        assert!(ReportedTime::parse("20240601").is_err());
    }

    #[test]
    fn bare_date_asks_for_a_time_of_day() {
        let error = RegisteredAt::parse("2026-06-01", ZoneRule::Vienna).expect_err("no time");
        assert_eq!(
            error.to_string(),
            "only a date; add the time of day, as in 2026-06-01T09:30:00"
        );
        let date = NaiveDate::from_ymd_opt(2026, 6, 1).expect("a date");
        let registered =
            RegisteredAt::from_date_at(date, NaiveTime::MIN, ZoneRule::Vienna).expect("a time");
        assert_eq!(registered.to_wire(), "2026-06-01T00:00:00+02:00");
    }

    #[test]
    fn everything_else_says_what_is_wrong() {
        for (text, expected) in [
            ("", "empty"),
            (" \t", "empty"),
            ("gestern", "other-shape"),
            ("01.06.2024", "other-shape"),
            ("01.06.2024 12:00", "other-shape"),
            ("2024/06/01", "other-shape"),
            ("20240601T120000Z", "other-shape"),
            ("2024-W22-6", "other-shape"),
            ("2024-153", "other-shape"),
            ("2024-06-01T", "other-shape"),
            ("2024-06-01_12:00:00", "other-shape"),
            ("2024-06-01T12:00:00 CET", "other-shape"),
            ("2024-06-01T12:00:00+2", "other-shape"),
            ("2024-06-01T12:00:00  +02:00", "other-shape"),
            ("1,7E+09", "spreadsheet-number"),
            ("1.71724E+12", "spreadsheet-number"),
            ("2023-02-29", "no-such-date"),
            ("2023-02-29T12:00:00Z", "no-such-date"),
            ("2024-06-01T24:00:00Z", "no-such-time"),
            ("2024-06-01T12:00:60Z", "no-such-time"),
            ("2024-06-01T12:00:00+24:00", "no-such-offset"),
            ("1999-12-31T23:59:59Z", "year-out-of-range"),
            ("2100-01-01T00:00:00", "year-out-of-range"),
            ("45444.5", "year-out-of-range"),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
        let three = RegisteredAt::parse("2023-02-29T25:00+99:00", ZoneRule::Vienna)
            .expect_err("three faults");
        assert_eq!(
            three
                .faults()
                .iter()
                .map(RegisteredAtFault::code)
                .collect::<Vec<_>>(),
            ["no-such-date", "no-such-time", "no-such-offset"]
        );
    }

    #[test]
    fn skipped_hour_is_an_error_and_repeated_hour_is_summer_time() {
        let error =
            RegisteredAt::parse("2026-03-29T02:30:00", ZoneRule::Vienna).expect_err("skipped");
        assert_eq!(
            error.to_string(),
            "the local time 2026-03-29T02:30:00 does not exist in Europe/Vienna, the clock was set forward"
        );
        assert_eq!(wire("2026-10-25T02:30:00"), "2026-10-25T02:30:00+02:00");
        assert_eq!(wire("2026-10-25T03:00:00"), "2026-10-25T03:00:00+01:00");
    }

    #[test]
    fn from_str_wants_an_offset() {
        let error = "2026-06-01T10:22:33"
            .parse::<RegisteredAt>()
            .expect_err("no offset");
        assert_eq!(error.faults(), [RegisteredAtFault::NoOffset]);
        assert!("1780302153".parse::<RegisteredAt>().is_ok());
    }

    #[test]
    fn equal_moments_are_equal_whatever_their_offset() {
        let vienna: RegisteredAt = "2026-06-01T10:22:33+02:00".parse().expect("a time");
        let utc: RegisteredAt = "2026-06-01T08:22:33Z".parse().expect("a time");
        assert_eq!(vienna, utc);
        assert_ne!(vienna.to_wire(), utc.to_wire());
    }

    #[test]
    fn fractions_and_odd_offsets_of_a_datetime_give_way() {
        let odd = FixedOffset::east_opt(3601).expect("an offset");
        let moment = DateTime::from_timestamp(1_780_302_153, 999_000_000)
            .expect("a moment")
            .with_timezone(&odd);
        let registered = RegisteredAt::from_datetime(moment).expect("a time");
        assert_eq!(registered.to_wire(), "2026-06-01T08:22:33+00:00");
    }

    #[test]
    fn reported_winter_time_matches_in_three_readings_and_no_fourth() {
        let sent: RegisteredAt = "2026-01-15T10:22:33+01:00".parse().expect("a time");
        let matches = |text: &str| sent.matches(&ReportedTime::parse(text).expect(text));
        for same in [
            "2026-01-15T10:22:33+01:00",
            "2026-01-15T09:22:33Z",
            "2026-01-15T11:22:33+02:00",
            "2026-01-15T11:22:33.250+02:00",
            "1768468953",
            "2026-01-15T10:22:33",
            "2026-01-15 11:22:33",
        ] {
            assert!(matches(same), "{same}");
        }
        for other in [
            "2026-01-15T10:22:34",
            "2026-01-15T09:22:33",
            "2026-01-15T12:22:33",
            "2026-01-15T11:22:33+01:00",
        ] {
            assert!(!matches(other), "{other}");
        }
    }

    #[test]
    fn reported_times_of_any_year_are_kept_and_read_back() {
        for text in [
            "1970-08-23T06:23:21+00:00",
            "1970-08-23T06:23:21",
            "0000-01-01T00:00:00",
            "9999-12-31T23:59:59",
        ] {
            assert_eq!(ReportedTime::parse(text).expect(text).to_string(), text);
        }
    }
}
