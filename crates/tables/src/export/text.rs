//! Values as text: the digits of a decimal, moments, and JSON that is one line and harmless.

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};

use super::schema::Value;
use crate::explain::steers;

/// The value as the cell of a text format; nothing for [`Value::Null`].
pub(super) fn cell<'v>(value: &'v Value<'_>) -> Cow<'v, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::Text(text) | Value::Json(text) => Cow::Borrowed(text),
        Value::Integer(number) => Cow::Owned(number.to_string()),
        Value::Decimal { coefficient, scale } => Cow::Owned(decimal(*coefficient, *scale)),
        Value::Date(day) => Cow::Owned(day.to_string()),
        Value::Moment(moment) => Cow::Owned(self::moment(moment)),
        Value::Boolean(true) => Cow::Borrowed("true"),
        Value::Boolean(false) => Cow::Borrowed("false"),
    }
}

/// All digits, with the point where it belongs: 1050 with the scale 2 is `10.50`.
pub(super) fn decimal(coefficient: i128, scale: u8) -> String {
    let sign = if coefficient < 0 { "-" } else { "" };
    let scale = usize::from(scale);
    let digits = format!("{:0>width$}", coefficient.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    match fraction {
        "" => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction}"),
    }
}

/// ISO 8601 in UTC, with a fraction only where there is one.
pub(super) fn moment(moment: &DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The same JSON value on one line, with everything escaped that could steer a terminal.
///
/// Outside of its texts JSON is ASCII, and inside of them it has no raw line break, so either replacement means the
/// same value.
pub(super) fn one_line(json: &str) -> Cow<'_, str> {
    escaped(json, steers)
}

/// The same JSON value, in the texts of which no spreadsheet can find the beginning of a formula.
pub(super) fn without_formulas(json: &str) -> Cow<'_, str> {
    let mut inside = false;
    let mut after_backslash = false;
    escaped(json, move |c| {
        if !inside {
            inside = c == '"';
            return steers(c);
        }
        match c {
            _ if after_backslash => after_backslash = false,
            '\\' => after_backslash = true,
            '"' => inside = false,
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' => return true,
            _ => {}
        }
        steers(c)
    })
}

fn escaped(json: &str, mut wanted: impl FnMut(char) -> bool) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    for (at, c) in json.char_indices() {
        if !wanted(c) {
            continue;
        }
        out.push_str(&json[copied..at]);
        copied = at + c.len_utf8();
        if matches!(c, '\n' | '\r' | '\t') {
            out.push(' ');
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a text cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    out.push_str(&json[copied..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_keep_their_digits() {
        for (coefficient, scale, text) in [
            (1050, 2, "10.50"),
            (-5, 3, "-0.005"),
            (0, 0, "0"),
            (0, 2, "0.00"),
            (7, 0, "7"),
            (i128::MAX, 0, "170141183460469231731687303715884105727"),
        ] {
            assert_eq!(decimal(coefficient, scale), text);
        }
    }

    #[test]
    fn pretty_json_becomes_one_line_of_the_same_value() {
        let json = "{\n\t\"a\": \"\u{202e}x\u{e0041}\",\r\n \"b\": [1,\n-2]}";
        let line = one_line(json);
        assert!(!line.contains(steers));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&line).unwrap(),
            serde_json::from_str::<serde_json::Value>(json).unwrap()
        );
        assert!(matches!(one_line("{\"å\":1}"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn json_without_formulas_is_the_same_value(
            texts in proptest::collection::vec("[=+@\"\\\\,;a\n-]{0,8}", 0..4),
            number in any::<i32>(),
        ) {
            let value = serde_json::json!({"texts": texts, "-k": number});
            for json in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                let safe = without_formulas(&json);
                prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value.clone());
                prop_assert!(!safe.contains(['=', '+', '@', '\n']));
            }
        }
    }
}
