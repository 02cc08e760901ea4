//! Strict reading of ISO 8601 dates, times of day and offsets, byte by byte and without allocation.

use chrono::{FixedOffset, NaiveDate, NaiveTime};

/// `YYYY-MM-DD` split into numbers; `None` when the shape differs.
fn date_fields(text: &[u8]) -> Option<(i32, u32, u32)> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    Some((
        i32::try_from(year).ok()?,
        number(&[m1, m2])?,
        number(&[d1, d2])?,
    ))
}

/// What became of a text that should be a date, a time or an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read<T> {
    /// It is one.
    Value(T),
    /// The shape is right, but there is no such day, time or offset.
    NoSuch,
    /// The shape is another.
    OtherShape,
}

/// Reads `YYYY-MM-DD`.
pub(crate) fn date(text: &str) -> Read<NaiveDate> {
    match date_fields(text.as_bytes()) {
        None => Read::OtherShape,
        Some((year, month, day)) => {
            NaiveDate::from_ymd_opt(year, month, day).map_or(Read::NoSuch, Read::Value)
        }
    }
}

/// Reads `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fff`, the fraction cut off; comma or point before it.
///
/// `24:00:00` and a second 60 are times that the service refuses, so they do not exist here.
pub(crate) fn time(text: &str) -> Read<NaiveTime> {
    let (clock, seconds) = match *text.as_bytes() {
        [h1, h2, b':', m1, m2] => ([h1, h2, m1, m2], [b'0', b'0']),
        [h1, h2, b':', m1, m2, b':', s1, s2, ref rest @ ..] if is_fraction(rest) => {
            ([h1, h2, m1, m2], [s1, s2])
        }
        _ => return Read::OtherShape,
    };
    let fields = (number(&clock[..2]), number(&clock[2..]), number(&seconds));
    let (Some(hour), Some(minute), Some(second)) = fields else {
        return Read::OtherShape;
    };
    NaiveTime::from_hms_opt(hour, minute, second).map_or(Read::NoSuch, Read::Value)
}

/// Nothing, or a point or comma with digits.
fn is_fraction(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b'.' | b',', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Reads `Z`, `+HH:MM`, `+HHMM` or `+HH`, either sign.
pub(crate) fn offset(text: &str) -> Read<FixedOffset> {
    let (sign, digits) = match *text.as_bytes() {
        [b'Z' | b'z'] => (b'+', [b'0'; 4]),
        [sign @ (b'+' | b'-'), h1, h2] => (sign, [h1, h2, b'0', b'0']),
        [sign @ (b'+' | b'-'), h1, h2, m1, m2] | [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            (sign, [h1, h2, m1, m2])
        }
        _ => return Read::OtherShape,
    };
    let (Some(hours), Some(minutes)) = (number(&digits[..2]), number(&digits[2..])) else {
        return Read::OtherShape;
    };
    if hours > 23 || minutes > 59 {
        return Read::NoSuch;
    }
    let seconds = i32::try_from(hours * 3600 + minutes * 60).unwrap_or(0);
    let seconds = if sign == b'-' { -seconds } else { seconds };
    FixedOffset::east_opt(seconds).map_or(Read::NoSuch, Read::Value)
}

/// A run of at most nine ASCII digits as a number.
fn number(digits: &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u32::from(digit - b'0');
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_ten_ascii_characters() {
        assert_eq!(
            date("2026-06-01"),
            Read::Value(NaiveDate::from_ymd_opt(2026, 6, 1).unwrap())
        );
        assert_eq!(date("2023-02-29"), Read::NoSuch);
        assert_eq!(date("2026-13-01"), Read::NoSuch);
        for other in [
            "",
            "2026-6-1",
            "01.06.2026",
            "2026/06/01",
            "+026-06-01",
            "2026-06-01 ",
            "２026-06-01",
        ] {
            assert_eq!(date(other), Read::OtherShape, "{other}");
        }
    }

    #[test]
    fn times_may_lack_seconds_and_lose_fractions() {
        let at = |h, m, s| Read::Value(NaiveTime::from_hms_opt(h, m, s).unwrap());
        assert_eq!(time("10:22"), at(10, 22, 0));
        assert_eq!(time("10:22:33"), at(10, 22, 33));
        assert_eq!(time("23:59:59.999999999"), at(23, 59, 59));
        assert_eq!(time("10:22:33,5"), at(10, 22, 33));
        for none in ["24:00:00", "10:60", "10:22:60"] {
            assert_eq!(time(none), Read::NoSuch, "{none}");
        }
        for other in [
            "",
            "10",
            "1022",
            "10:22:",
            "10:22:33.",
            "10:22:33.x",
            "1O:22",
            "10:22:3",
        ] {
            assert_eq!(time(other), Read::OtherShape, "{other}");
        }
    }

    #[test]
    fn offsets_come_with_and_without_colon() {
        let east = |seconds| Read::Value(FixedOffset::east_opt(seconds).unwrap());
        for two_hours in ["+02:00", "+0200", "+02"] {
            assert_eq!(offset(two_hours), east(7200), "{two_hours}");
        }
        assert_eq!(offset("Z"), east(0));
        assert_eq!(offset("z"), east(0));
        assert_eq!(offset("-00:00"), east(0));
        assert_eq!(offset("-03:30"), east(-12600));
        assert_eq!(offset("+24:00"), Read::NoSuch);
        assert_eq!(offset("+02:60"), Read::NoSuch);
        for other in ["", "+2", "+02:", "+02:0", "CET", "+-2:00", "02:00"] {
            assert_eq!(offset(other), Read::OtherShape, "{other}");
        }
    }
}
