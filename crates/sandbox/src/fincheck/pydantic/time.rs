//! Dates and moments as pydantic's parser (speedate) reads them, numbers and their traps included.
//!
//! Seconds up to 2·10¹⁰ and milliseconds above it (source: `MS_WATERSHED` in speedate); a text of digits is such a number, so that
//! `"20240601"` is a moment in August 1970.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, Utc};
use serde_json::Value;

use super::Wrong;

const WATERSHED: i64 = 20_000_000_000;
/// 9999-12-31T23:59:59Z and 0000-01-01T00:00:00Z.
const LAST: i64 = 253_402_300_799;
const FIRST: i64 = -62_167_219_200;

/// A point in time as it was given: local, with or without its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fincheck) struct Moment {
    pub(in crate::fincheck) local: NaiveDateTime,
    pub(in crate::fincheck) offset: Option<FixedOffset>,
}

impl Moment {
    fn utc(at: DateTime<Utc>) -> Self {
        Self {
            local: at.naive_utc(),
            offset: Some(Utc.fix()),
        }
    }

    fn midnight(date: NaiveDate) -> Self {
        Self {
            local: date.and_time(NaiveTime::MIN),
            offset: None,
        }
    }
}

/// The words of speedate's errors.
type Reason = &'static str;

const TOO_SHORT: Reason = "input is too short";
const EXTRA: Reason = "unexpected extra characters at the end of the input";
const YEAR_ZERO: Reason = "year 0 is out of range";

pub(super) fn moment(value: &Value) -> Result<Moment, Wrong> {
    let out_of_range = |reason| {
        Wrong::with_error(
            "datetime_parsing",
            "Input should be a valid datetime",
            reason,
        )
    };
    match value {
        Value::String(text) => match moment_in(text.as_bytes()) {
            Ok(moment) => Ok(moment),
            Err(YEAR_ZERO) => Err(out_of_range(YEAR_ZERO)),
            Err(_) => match date_in(text.as_bytes()) {
                Ok(date) => Ok(Moment::midnight(date)),
                Err(reason) => Err(Wrong::with_error(
                    "datetime_from_date_parsing",
                    "Input should be a valid datetime or date",
                    reason,
                )),
            },
        },
        Value::Number(_) => timestamp_of(value).map_err(out_of_range),
        _ => Err(Wrong::new(
            "datetime_type",
            "Input should be a valid datetime",
        )),
    }
}

pub(super) fn date(value: &Value) -> Result<NaiveDate, Wrong> {
    let unreadable = |reason| {
        Wrong::with_error(
            "date_from_datetime_parsing",
            "Input should be a valid date or datetime",
            reason,
        )
    };
    let moment = match value {
        Value::String(text) => {
            match iso_date(text.as_bytes()) {
                Ok((date, [])) => return Ok(date),
                Err(YEAR_ZERO) => {
                    return Err(Wrong::with_error(
                        "date_parsing",
                        "Input should be a valid date in the format YYYY-MM-DD",
                        YEAR_ZERO,
                    ));
                }
                _ => {}
            }
            moment_in(text.as_bytes()).map_err(unreadable)?
        }
        Value::Number(_) => timestamp_of(value).map_err(unreadable)?,
        _ => return Err(Wrong::new("date_type", "Input should be a valid date")),
    };
    if moment.local.time() == NaiveTime::MIN {
        Ok(moment.local.date())
    } else {
        Err(Wrong::new(
            "date_from_datetime_inexact",
            "Datetimes provided to dates should have zero time - e.g. be exact dates",
        ))
    }
}

fn moment_in(text: &[u8]) -> Result<Moment, Reason> {
    iso_moment(text)
        .or_else(|reason| number_in(text).map_or(Err(reason), |(s, us)| timestamp(s, us)))
}

/// A date, or the date of a number; the reason is that of the date.
fn date_in(text: &[u8]) -> Result<NaiveDate, Reason> {
    match iso_date(text) {
        Ok((date, [])) => Ok(date),
        Ok(_) => Err(EXTRA),
        Err(reason) => match number_in(text) {
            Some((seconds, micros)) => timestamp(seconds, micros).map(|moment| moment.local.date()),
            None => Err(reason),
        },
    }
}

fn timestamp_of(value: &Value) -> Result<Moment, Reason> {
    match (value.as_i64(), value.as_f64()) {
        (Some(number), _) => timestamp(number, 0),
        (None, Some(number)) => {
            let whole = number.floor();
            timestamp(whole as i64, ((number - whole) * 1e6).round() as u32)
        }
        (None, None) => Err(TOO_SHORT),
    }
}

/// Seconds, or milliseconds above the watershed, and millionths of a second.
fn timestamp(number: i64, micros: u32) -> Result<Moment, Reason> {
    let (seconds, micros) = if number.unsigned_abs() > WATERSHED.unsigned_abs() {
        let millis = u32::try_from(number.rem_euclid(1000)).unwrap_or_default();
        (number.div_euclid(1000), millis * 1000)
    } else {
        (number, micros)
    };
    if seconds > LAST {
        return Err("dates after 9999 are not supported as unix timestamps");
    }
    if seconds < FIRST {
        return Err("dates before 0000 are not supported as unix timestamps");
    }
    DateTime::from_timestamp(seconds, micros.min(999_999) * 1000)
        .map(Moment::utc)
        .ok_or(TOO_SHORT)
}

/// Digits with an optional sign and fraction: whole part and millionths.
fn number_in(text: &[u8]) -> Option<(i64, u32)> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if digits.len() <= usize::from(digits.contains('.')) {
        return None;
    }
    if !(whole.bytes().chain(fraction.bytes())).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = match whole {
        "" => 0,
        whole => whole.parse::<i64>().ok()?,
    };
    let micros = format!("{fraction:0<6.6}").parse().ok()?;
    Some((
        if text.starts_with('-') {
            -number
        } else {
            number
        },
        micros,
    ))
}

/// `YYYY-MM-DD` and what follows it.
fn iso_date(text: &[u8]) -> Result<(NaiveDate, &[u8]), Reason> {
    let [y1, y2, y3, y4, dash1, m1, m2, dash2, d1, d2, rest @ ..] = text else {
        return Err(TOO_SHORT);
    };
    const SEPARATOR: Reason = "invalid date separator, expected `-`";
    let year = digits([y1, y2, y3, y4], "invalid character in year")?;
    if *dash1 != b'-' {
        return Err(SEPARATOR);
    }
    let month = digits([m1, m2], "invalid character in month")?;
    if *dash2 != b'-' {
        return Err(SEPARATOR);
    }
    let day = digits([d1, d2], "invalid character in day")?;
    if !(1..=12).contains(&month) {
        return Err("month value is outside expected range of 1-12");
    }
    let date = NaiveDate::from_ymd_opt(year.cast_signed(), month, day)
        .ok_or("day value is outside expected range")?;
    if year == 0 {
        return Err(YEAR_ZERO);
    }
    Ok((date, rest))
}

/// A date, a separator, a time, perhaps an offset, and nothing else.
fn iso_moment(text: &[u8]) -> Result<Moment, Reason> {
    let (date, rest) = iso_date(text)?;
    let rest = match rest {
        [] => return Err(TOO_SHORT),
        [b'T' | b't' | b'_' | b' ', rest @ ..] => rest,
        _ => return Err("invalid datetime separator, expected `T`, `t`, `_` or space"),
    };
    let (time, rest) = iso_time(rest)?;
    let (offset, rest) = iso_offset(rest)?;
    if !rest.is_empty() {
        return Err(EXTRA);
    }
    Ok(Moment {
        local: date.and_time(time),
        offset,
    })
}

/// `HH:MM`, perhaps seconds, perhaps a fraction of them.
fn iso_time(text: &[u8]) -> Result<(NaiveTime, &[u8]), Reason> {
    let [h1, h2, colon, m1, m2, rest @ ..] = text else {
        return Err(TOO_SHORT);
    };
    let mut rest = rest;
    let hour = digits([h1, h2], "invalid character in hour")?;
    if *colon != b':' {
        return Err("invalid time separator, expected `:`");
    }
    let minute = digits([m1, m2], "invalid character in minute")?;
    if hour > 23 {
        return Err("hour value is outside expected range of 0-23");
    }
    if minute > 59 {
        return Err("minute value is outside expected range of 0-59");
    }
    let (mut second, mut micros) = (0, 0);
    if let [b':', tail @ ..] = rest {
        let [s1, s2, tail @ ..] = tail else {
            return Err("invalid character in second");
        };
        second = digits([s1, s2], "invalid character in second")?;
        if second > 59 {
            return Err("second value is outside expected range of 0-59");
        }
        rest = tail;
        if let [b'.' | b',', tail @ ..] = rest {
            let length = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if length == 0 {
                return Err("second fraction digits missing after `.`");
            }
            micros = (0..6).fold(0, |micros, place| {
                let digit = tail[..length].get(place).map_or(0, |byte| byte - b'0');
                micros * 10 + u32::from(digit)
            });
            rest = &tail[length..];
        }
    }
    let time = NaiveTime::from_hms_micro_opt(hour, minute, second, micros).ok_or(TOO_SHORT)?;
    Ok((time, rest))
}

/// Nothing, `Z`, `+HH:MM` or `+HHMM`; the sign may be the typographic minus.
fn iso_offset(text: &[u8]) -> Result<(Option<FixedOffset>, &[u8]), Reason> {
    let (sign, rest) = match text {
        [] => return Ok((None, text)),
        [b'Z' | b'z', rest @ ..] => return Ok((Some(Utc.fix()), rest)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] | [0xe2, 0x88, 0x92, rest @ ..] => (-1, rest),
        _ => return Err("invalid timezone sign"),
    };
    let (hour, minute) = ("invalid timezone hour", "invalid timezone minute");
    let [h1, h2, rest @ ..] = rest else {
        return Err(hour);
    };
    let hours = digits([h1, h2], hour)?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let [m1, m2, rest @ ..] = rest else {
        return Err(minute);
    };
    let minutes = digits([m1, m2], minute)?;
    if minutes > 59 {
        return Err("timezone minute value is outside expected range of 0-59");
    }
    let seconds = (hours * 60 + minutes).cast_signed() * 60;
    let offset = FixedOffset::east_opt(sign * seconds)
        .ok_or("timezone offset must be less than 24 hours")?;
    Ok((Some(offset), rest))
}

fn digits<const N: usize>(bytes: [&u8; N], reason: Reason) -> Result<u32, Reason> {
    bytes.iter().try_fold(0, |number, byte| match byte {
        b'0'..=b'9' => Ok(number * 10 + u32::from(*byte - b'0')),
        _ => Err(reason),
    })
}

#[cfg(test)]
mod tests {
    use super::super::scalar;
    use super::*;

    fn shown(moment: Moment) -> String {
        let micros = moment.local.and_utc().timestamp_subsec_micros();
        let mut text = moment.local.format("%Y-%m-%dT%H:%M:%S").to_string();
        if micros > 0 {
            text += &format!(".{micros:06}");
        }
        text + &moment.offset.map(|o| o.to_string()).unwrap_or_default()
    }

    fn judged<T: Into<Value>>(result: Result<T, Wrong>) -> Value {
        match result {
            Ok(value) => serde_json::json!({ "ok": value.into() }),
            Err(wrong) => {
                let mut fault = serde_json::json!({ "type": wrong.kind, "msg": wrong.message });
                if let Some(context) = wrong.context {
                    fault["ctx"] = context;
                }
                fault
            }
        }
    }

    #[test]
    fn every_value_is_judged_as_pydantic_was_observed_to_judge_it() {
        let observed = include_str!("../../../tests/data/pydantic_values.jsonl");
        let mut compared = 0;
        for line in observed.lines() {
            let [kind, value, expected]: [Value; 3] = serde_json::from_str(line).unwrap();
            let found = match kind.as_str().unwrap() {
                "str" => judged(scalar::text(&value)),
                "int" => judged(scalar::integer(&value)),
                "bool" => judged(scalar::boolean(&value)),
                "date" => judged(date(&value).map(|date| date.to_string())),
                "datetime" => judged(moment(&value).map(shown)),
                other => panic!("{other}"),
            };
            assert_eq!(found, expected, "{kind} {value}");
            compared += 1;
        }
        assert!(compared > 200, "{compared}");
    }
}
