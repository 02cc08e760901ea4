//! Reading points in time as lists and the service write them; the rules that both times share.

use std::fmt;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime};

use crate::iso::{self, Read};
use crate::mask::is_blank;
use crate::period::SANE_YEARS;
use crate::zone::ZoneRule;

/// Numbers up to this are Unix seconds, larger ones milliseconds.
///
/// Source: the date parser behind the service's framework
/// (<https://docs.pydantic.dev/2.1/usage/types/datetime>), `MS_WATERSHED`.
pub const MILLISECONDS_ABOVE: u64 = 20_000_000_000;

/// A point in time as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Zoned(DateTime<FixedOffset>),
    Local(NaiveDateTime),
}

/// One fault of a registration time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RegisteredAtFault {
    /// Nothing is there.
    Empty,
    /// Neither ISO 8601 nor a Unix time stamp.
    OtherShape,
    /// A date with nothing behind it; the service would take midnight, of a zone nobody chose.
    DateOnly {
        /// The date.
        date: NaiveDate,
    },
    /// A date or date and time written without separators (`20240601`), which the
    /// service would take for a Unix time stamp in 1970, without an error.
    CompactDate {
        /// The date its digits spell, when there is such a day.
        date: Option<NaiveDate>,
    },
    /// A spreadsheet shortened a Unix time stamp (`1.7E+09`); its digits are lost.
    SpreadsheetNumber,
    /// There is no such day in the calendar.
    NoSuchDate,
    /// The day has no such time. 24:00 and a second 60 are refused by the service.
    NoSuchTime,
    /// There is no such offset.
    NoSuchOffset,
    /// No offset is given where one is needed.
    NoOffset,
    /// The year lies outside [`SANE_YEARS`].
    YearOutOfRange {
        /// The year, `None` when it is beyond any calendar.
        year: Option<i32>,
    },
    /// The clock was set forward and skipped this local time.
    Skipped {
        /// The local time.
        local: NaiveDateTime,
        /// The zone in which it does not exist.
        zone: ZoneRule,
    },
}

impl RegisteredAtFault {
    /// A short fixed name of the kind, for machine-readable output.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::OtherShape => "other-shape",
            Self::DateOnly { .. } => "date-only",
            Self::CompactDate { .. } => "compact-date",
            Self::SpreadsheetNumber => "spreadsheet-number",
            Self::NoSuchDate => "no-such-date",
            Self::NoSuchTime => "no-such-time",
            Self::NoSuchOffset => "no-such-offset",
            Self::NoOffset => "no-offset",
            Self::YearOutOfRange { .. } => "year-out-of-range",
            Self::Skipped { .. } => "skipped",
        }
    }
}

impl fmt::Display for RegisteredAtFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no registration time is there"),
            Self::OtherShape => {
                f.write_str("neither an ISO 8601 date and time nor a Unix time stamp")
            }
            Self::DateOnly { date } => {
                write!(f, "only a date; add the time of day, as in {date}T09:30:00")
            }
            Self::CompactDate { date: Some(date) } => write!(
                f,
                "a date without separators would be read as a time stamp in 1970; write {date} and the time of day"
            ),
            Self::CompactDate { date: None } => f.write_str(
                "eight digits would be read as a time stamp in 1970; write a date with hyphens and the time of day",
            ),
            Self::SpreadsheetNumber => {
                f.write_str("a spreadsheet shortened the time stamp and its digits are lost")
            }
            Self::NoSuchDate => f.write_str("no such day in the calendar"),
            Self::NoSuchTime => f.write_str("no such time of day"),
            Self::NoSuchOffset => f.write_str("no such offset from UTC"),
            Self::NoOffset => f.write_str("the offset from UTC is missing, such as +02:00"),
            Self::YearOutOfRange { year } => {
                match year {
                    Some(year) => write!(f, "the year {year}")?,
                    None => f.write_str("the year")?,
                }
                write!(f, " lies outside {} to {}", SANE_YEARS.start(), SANE_YEARS.end())
            }
            Self::Skipped { local, zone } => write!(
                f,
                "the local time {} does not exist in {zone}, the clock was set forward",
                local.format("%Y-%m-%dT%H:%M:%S")
            ),
        }
    }
}

/// Why a text is no registration time: all its faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredAtError {
    faults: Vec<RegisteredAtFault>,
}

impl RegisteredAtError {
    /// Every fault. Never empty.
    #[must_use]
    pub fn faults(&self) -> &[RegisteredAtFault] {
        &self.faults
    }
}

impl From<RegisteredAtFault> for RegisteredAtError {
    fn from(fault: RegisteredAtFault) -> Self {
        Self {
            faults: vec![fault],
        }
    }
}

impl fmt::Display for RegisteredAtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for fault in &self.faults {
            write!(f, "{separator}{fault}")?;
            separator = "; ";
        }
        Ok(())
    }
}

impl std::error::Error for RegisteredAtError {}

/// Reads ISO 8601 with or without offset, or a Unix time stamp. The year is not judged.
pub(crate) fn read(input: &str) -> Result<Written, RegisteredAtError> {
    let text = input.trim_matches(is_blank);
    let bytes = text.as_bytes();
    if bytes.len() >= 11 && matches!(bytes[10], b'T' | b't' | b' ') && bytes[4] == b'-' {
        // Bytes 4 and 10 are ASCII, so both are limits of characters.
        return date_and_time(&text[..10], &text[11..]);
    }
    match bytes {
        [] => Err(RegisteredAtFault::Empty.into()),
        [b'0'..=b'9' | b'-' | b'+', ..] => number_or_date(text),
        _ => Err(RegisteredAtFault::OtherShape.into()),
    }
}

fn date_and_time(date: &str, rest: &str) -> Result<Written, RegisteredAtError> {
    let limit = rest
        .bytes()
        .position(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-'));
    let (clock, offset) = match limit {
        Some(limit) => {
            let (clock, offset) = rest.split_at(limit);
            (clock.strip_suffix(' ').unwrap_or(clock), Some(offset))
        }
        None => (rest, None),
    };
    let date = iso::date(date);
    let time = iso::time(clock);
    let offset = offset.map(iso::offset);
    if matches!(date, Read::OtherShape)
        || matches!(time, Read::OtherShape)
        || matches!(offset, Some(Read::OtherShape))
    {
        return Err(RegisteredAtFault::OtherShape.into());
    }
    match (date, time, offset) {
        (Read::Value(date), Read::Value(time), None) => Ok(Written::Local(date.and_time(time))),
        (Read::Value(date), Read::Value(time), Some(Read::Value(offset))) => {
            match date.and_time(time).and_local_timezone(offset).single() {
                Some(moment) => Ok(Written::Zoned(moment)),
                None => Err(RegisteredAtFault::YearOutOfRange { year: None }.into()),
            }
        }
        (date, time, offset) => {
            let mut faults = Vec::new();
            if !matches!(date, Read::Value(_)) {
                faults.push(RegisteredAtFault::NoSuchDate);
            }
            if !matches!(time, Read::Value(_)) {
                faults.push(RegisteredAtFault::NoSuchTime);
            }
            if matches!(offset, Some(Read::NoSuch)) {
                faults.push(RegisteredAtFault::NoSuchOffset);
            }
            Err(RegisteredAtError { faults })
        }
    }
}

fn number_or_date(text: &str) -> Result<Written, RegisteredAtError> {
    match iso::date(text) {
        Read::Value(date) => return Err(RegisteredAtFault::DateOnly { date }.into()),
        Read::NoSuch => return Err(RegisteredAtFault::NoSuchDate.into()),
        Read::OtherShape => {}
    }
    if is_shortened(text) {
        return Err(RegisteredAtFault::SpreadsheetNumber.into());
    }
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    // Whole seconds are kept; what stands behind the point is cut off.
    let (digits, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    if !is_digits(digits) || !is_digits(fraction) {
        return Err(RegisteredAtFault::OtherShape.into());
    }
    if let Some(fault) = compact_date(digits) {
        return Err(fault.into());
    }
    let beyond = || RegisteredAtError::from(RegisteredAtFault::YearOutOfRange { year: None });
    let number: u64 = digits.parse().map_err(|_| beyond())?;
    let seconds = if number <= MILLISECONDS_ABOVE {
        number
    } else {
        number / 1000
    };
    let seconds = i64::try_from(seconds).map_err(|_| beyond())?;
    let seconds = if negative { -seconds } else { seconds };
    let moment = DateTime::from_timestamp(seconds, 0)
        .filter(|moment| (0..=9999).contains(&moment.year()))
        .ok_or_else(beyond)?;
    Ok(Written::Zoned(moment.fixed_offset()))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `1.7E+09`, `1,7e9`.
fn is_shortened(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    is_digits(whole)
        && is_digits(fraction)
        && is_digits(exponent.strip_prefix('+').unwrap_or(exponent))
}

/// Eight digits always; twelve or fourteen when they spell a date and a time.
fn compact_date(digits: &str) -> Option<RegisteredAtFault> {
    if !matches!(digits.len(), 8 | 12 | 14) || !is_digits(digits) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| digits[range].parse::<u32>().ok();
    let year = i32::try_from(number(0..4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(4..6)?, number(6..8)?);
    let clock = digits.len() == 8
        || (number(8..10)? < 24
            && number(10..12)? < 60
            && (digits.len() == 12 || number(12..14)? < 60)
            && date.is_some()
            && SANE_YEARS.contains(&year));
    clock.then_some(RegisteredAtFault::CompactDate { date })
}
