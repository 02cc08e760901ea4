//! Days and moments as the service writes them: compact, ISO, and with seven decimals and no zone.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};

/// A day or a moment of an answer.
///
/// Fields of articles hold days as `YYYYMMDD` (source: the field pages of <https://docs.finfo.se>); media hold moments
/// such as `2025-02-27T09:51:07.0000000`, with seven decimals and without a zone (source: the page of media v2.2), of
/// which nobody says where they are local. So a moment without a zone stays one.
///
/// ```
/// use finkit_finfo::wire::WireTime;
///
/// let day: WireTime = "20260131".parse()?;
/// let moment: WireTime = "2026-01-31T09:51:07.0000000".parse()?;
/// assert_eq!(day.day(), moment.day());
/// assert_eq!(moment.to_string(), "2026-01-31T09:51:07");
/// # Ok::<(), finkit_finfo::wire::WireTimeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WireTime {
    /// A day.
    Day(NaiveDate),
    /// A moment of a zone that isn't named.
    Local(NaiveDateTime),
    /// A moment.
    Zoned(DateTime<FixedOffset>),
}

impl WireTime {
    /// The day, as it is written.
    #[must_use]
    pub fn day(self) -> NaiveDate {
        match self {
            Self::Day(day) => day,
            Self::Local(moment) => moment.date(),
            Self::Zoned(moment) => moment.date_naive(),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (day, rest) = match text.as_bytes() {
            [_, _, _, _, b'-', _, _, b'-', _, _, ..] => {
                let (day, rest) = text.split_at_checked(10)?;
                let day = date(day.get(..4)?, day.get(5..7)?, day.get(8..10)?)?;
                (day, rest)
            }
            _ => {
                let (day, rest) = text.split_at_checked(8)?;
                let day = date(day.get(..4)?, day.get(4..6)?, day.get(6..8)?)?;
                (day, rest)
            }
        };
        let Some(rest) = rest.strip_prefix(['T', 't', ' ']) else {
            return rest.is_empty().then_some(Self::Day(day));
        };
        let end = rest
            .bytes()
            .position(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-'))
            .unwrap_or(rest.len());
        let (clock, zone) = rest.split_at(end);
        let moment = day.and_time(time(clock)?);
        if zone.is_empty() {
            return Some(Self::Local(moment));
        }
        let zone = offset(zone)?;
        Some(Self::Zoned(moment.and_local_timezone(zone).single()?))
    }
}

fn number(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

fn date(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let year = i32::try_from(number(year)?).ok()?;
    NaiveDate::from_ymd_opt(year, number(month)?, number(day)?)
}

/// `HH:MM`, `HH:MM:SS`, and a fraction of any length, of which nine digits count.
fn time(text: &str) -> Option<NaiveTime> {
    let (clock, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let mut parts = clock.split(':');
    let mut part = || parts.next().filter(|part| part.len() == 2).and_then(number);
    let (hour, minute) = (part()?, part()?);
    let second = match clock.len() {
        5 => 0,
        8 => part()?,
        _ => return None,
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit())
        || (text.len() > clock.len() && fraction.is_empty())
    {
        return None;
    }
    let nanos = fraction
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(9)
        .fold(0, |nanos, digit| nanos * 10 + u32::from(digit - b'0'));
    NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)
}

fn offset(text: &str) -> Option<FixedOffset> {
    if matches!(text, "Z" | "z") {
        return FixedOffset::east_opt(0);
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let (hours, minutes) = match rest.len() {
        5 if rest.as_bytes()[2] == b':' => (rest.get(..2)?, rest.get(3..)?),
        4 => (rest.get(..2)?, rest.get(2..)?),
        2 => (rest, "00"),
        _ => return None,
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let seconds = i32::try_from(hours * 3600 + minutes * 60)
        .ok()
        .filter(|_| minutes < 60)?;
    FixedOffset::east_opt(if sign == "-" { -seconds } else { seconds })
}

impl FromStr for WireTime {
    type Err = WireTimeError;

    fn from_str(text: &str) -> Result<Self, WireTimeError> {
        Self::read(text.trim_ascii()).ok_or(WireTimeError(()))
    }
}

impl fmt::Display for WireTime {
    /// ISO 8601; a fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Local(moment) => write!(f, "{}", moment.format("%Y-%m-%dT%H:%M:%S%.f")),
            Self::Zoned(moment) => write!(f, "{}", moment.format("%Y-%m-%dT%H:%M:%S%.f%:z")),
        }
    }
}

/// A text that is neither a day nor a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither a day such as 20260131 or 2026-01-31 nor a moment")]
pub struct WireTimeError(());

#[cfg(test)]
mod tests {
    use super::*;

    fn text(input: &str) -> Option<String> {
        input.parse::<WireTime>().ok().map(|time| time.to_string())
    }

    #[test]
    fn all_spellings_of_a_day_are_one() {
        for input in ["20260131", "2026-01-31", " 20260131 "] {
            assert_eq!(text(input).as_deref(), Some("2026-01-31"));
        }
    }

    #[test]
    fn moments_keep_what_is_known_about_their_zone() {
        let table = [
            ("2025-02-27T09:51:07.0000000", "2025-02-27T09:51:07"),
            (
                "2025-02-27T09:51:07.1234567",
                "2025-02-27T09:51:07.123456700",
            ),
            ("2025-02-27 09:51", "2025-02-27T09:51:00"),
            ("2023-07-05T12:17:30.974Z", "2023-07-05T12:17:30.974+00:00"),
            ("2023-07-05T12:17:30+0200", "2023-07-05T12:17:30+02:00"),
            ("2023-07-05T12:17:30-03:30", "2023-07-05T12:17:30-03:30"),
        ];
        for (input, output) in table {
            assert_eq!(text(input).as_deref(), Some(output), "{input}");
            assert_eq!(text(output).as_deref(), Some(output), "{output}");
        }
    }

    #[test]
    fn what_is_neither_day_nor_moment_is_refused() {
        for other in [
            "",
            "0",
            "00000000",
            "20260231",
            "2026-13-01",
            "2026-1-31",
            "202601311",
            "2026-01-31T",
            "2026-01-31T9:51",
            "2026-01-31T24:00",
            "2026-01-31T09:51:07.",
            "2026-01-31T09:51:07.x",
            "2026-01-31T09:51+2",
            "2026-01-31T09:51+02:60",
            "ååååååååå",
            "2026-01-31x",
        ] {
            assert_eq!(text(other), None, "{other}");
        }
    }
}
