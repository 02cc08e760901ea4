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
