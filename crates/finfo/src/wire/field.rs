//! The value of one field: what is there, and in which of several ways nothing is there.

use std::borrow::Cow;

use finkit_core::{FinfoArticleId, Gtin};

use super::{Decimal, WireTime};

/// One field of an answer.
///
/// The service has several ways to say nothing, and they do not mean the same in every version: a key that is left
/// out, `null`, an empty text, and before version 2 a zero that may stand for an empty number (source: the differences
/// listed on the page of article v2.2, <https://docs.finfo.se>). All are told apart here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field<'a, T> {
    /// The answer doesn't have the field.
    Absent,
    /// The field is `null`.
    Null,
    /// The field is an empty text.
    Empty,
    /// The number is 0 in a version that writes 0 for an empty field; nobody can tell which it is.
    ZeroOrEmpty,
    /// The value.
    Value(T),
    /// Something else than the field page says, as JSON.
    Other(&'a str),
}

impl<'a, T> Field<'a, T> {
    /// The value, where there is one.
    #[must_use]
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null | Self::Empty | Self::ZeroOrEmpty | Self::Other(_) => None,
        }
    }

    /// Whether the field says nothing for certain: absent, `null` or empty.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Absent | Self::Null | Self::Empty)
    }

    /// The field with its value turned into another one.
    #[must_use]
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Field<'a, U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Null => Field::Null,
            Self::Empty => Field::Empty,
            Self::ZeroOrEmpty => Field::ZeroOrEmpty,
            Self::Value(value) => Field::Value(turn(value)),
            Self::Other(raw) => Field::Other(raw),
        }
    }
}

/// How a scalar is spelt in JSON.
enum Scalar<'a> {
    Null,
    Text(Cow<'a, str>),
    Number(&'a str),
    Truth(bool),
    /// An array or an object.
    Compound,
}

/// The scalar that this piece of valid JSON is.
fn scalar(raw: &str) -> Scalar<'_> {
    match raw.as_bytes().first() {
        Some(b'"') => text(raw).map_or(Scalar::Compound, Scalar::Text),
        Some(b'n') => Scalar::Null,
        Some(b't') => Scalar::Truth(true),
        Some(b'f') => Scalar::Truth(false),
        Some(b'[' | b'{') | None => Scalar::Compound,
        Some(_) => Scalar::Number(raw),
    }
}

/// The text of a JSON string, borrowed unless it has escapes.
pub(crate) fn text(raw: &str) -> Option<Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str(raw).ok().map(Cow::Owned)
}

/// The characters of a text or the digits of a number.
pub(crate) fn text_or_digits(raw: &str) -> Option<Cow<'_, str>> {
    match scalar(raw) {
        Scalar::Text(text) => Some(text),
        Scalar::Number(digits) => Some(Cow::Borrowed(digits)),
        Scalar::Null | Scalar::Truth(_) | Scalar::Compound => None,
    }
}

/// Reads a scalar; `turn` gets its characters, without the blanks around them.
fn read<'a, T>(raw: Option<&'a str>, turn: impl FnOnce(&str) -> Option<T>) -> Field<'a, T> {
    let Some(raw) = raw else {
        return Field::Absent;
    };
    let value = match scalar(raw) {
        Scalar::Null => return Field::Null,
        Scalar::Text(text) => match text.trim() {
            "" => return Field::Empty,
            text => turn(text),
        },
        Scalar::Number(digits) => turn(digits),
        Scalar::Truth(truth) => turn(if truth { "true" } else { "false" }),
        Scalar::Compound => None,
    };
    value.map_or(Field::Other(raw), Field::Value)
}

/// A text; a number counts as its digits. Blanks inside and around it stay.
pub(crate) fn as_text(raw: Option<&str>) -> Field<'_, Cow<'_, str>> {
    let Some(raw) = raw else {
        return Field::Absent;
    };
    match scalar(raw) {
        Scalar::Null => Field::Null,
        Scalar::Text(text) if text.is_empty() => Field::Empty,
        Scalar::Text(text) => Field::Value(text),
        Scalar::Number(digits) => Field::Value(Cow::Borrowed(digits)),
        Scalar::Truth(_) | Scalar::Compound => Field::Other(raw),
    }
}

/// A number, written as a number or as a text.
pub(crate) fn as_decimal(raw: Option<&str>, zero_for_empty: bool) -> Field<'_, Decimal> {
    match read(raw, |text| text.parse::<Decimal>().ok()) {
        Field::Value(number) if zero_for_empty && number.is_zero() => Field::ZeroOrEmpty,
        field => field,
    }
}

/// A day or a moment, written as a text or as the number `YYYYMMDD`. Zeros alone stand for nothing.
pub(crate) fn as_time(raw: Option<&str>) -> Field<'_, WireTime> {
    let mut zeros = false;
    let field = read(raw, |text| {
        zeros = text.bytes().all(|byte| byte == b'0');
        text.parse().ok()
    });
    if zeros { Field::Empty } else { field }
}

/// Yes or no, in any of the spellings of the pages: `true`, `"Y"`, `"J"`, `"1"`, `1` and their opposites.
pub(crate) fn as_flag(raw: Option<&str>) -> Field<'_, bool> {
    read(raw, |text| match text {
        "true" | "True" | "Y" | "y" | "J" | "j" | "1" => Some(true),
        "false" | "False" | "N" | "n" | "0" => Some(false),
        _ => None,
    })
}

/// A GTIN. Before version 2 a 0 stands for none.
pub(crate) fn as_gtin(raw: Option<&str>) -> Field<'_, Gtin> {
    let mut zeros = false;
    let field = read(raw, |text| {
        zeros = text.bytes().all(|byte| byte == b'0');
        text.parse().ok()
    });
    if zeros { Field::Empty } else { field }
}

/// A Finfo article number.
pub(crate) fn as_article_id(raw: Option<&str>) -> Field<'_, FinfoArticleId> {
    read(raw, |text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_in_five_ways() {
        assert_eq!(as_decimal(None, false), Field::Absent);
        assert_eq!(as_decimal(Some("null"), false), Field::Null);
        assert_eq!(as_decimal(Some("\"\""), false), Field::Empty);
        assert_eq!(as_decimal(Some("\" \""), false), Field::Empty);
        for zero in ["0", "\"0\"", "\"0,00\"", "0.00"] {
            assert_eq!(as_decimal(Some(zero), true), Field::ZeroOrEmpty, "{zero}");
            assert_eq!(
                as_decimal(Some(zero), false),
                Field::Value(Decimal::ZERO),
                "{zero}"
            );
        }
    }

    #[test]
    fn numbers_are_read_from_numbers_and_texts() {
        let price = "19.90".parse().expect("a number");
        for raw in ["19.90", "\"19.90\"", "\"19,90\"", "\" 19.9 \"", "1.99e1"] {
            assert_eq!(as_decimal(Some(raw), true), Field::Value(price), "{raw}");
        }
        for raw in ["true", "[1]", "{}", "\"n/a\"", "1e400"] {
            assert_eq!(as_decimal(Some(raw), true), Field::Other(raw));
        }
    }

    #[test]
    fn texts_are_borrowed_unless_they_have_escapes() {
        assert!(matches!(
            as_text(Some("\"skruv åäö\"")),
            Field::Value(Cow::Borrowed("skruv åäö"))
        ));
        assert_eq!(
            as_text(Some(r#""4\u002c2 \"x\"""#)),
            Field::Value(Cow::Borrowed("4,2 \"x\""))
        );
        assert_eq!(as_text(Some("007")), Field::Value(Cow::Borrowed("007")));
        assert_eq!(as_text(Some("false")), Field::Other("false"));
    }

    #[test]
    fn days_are_read_from_texts_and_numbers() {
        let day = Field::Value("2026-01-31".parse::<WireTime>().expect("a day"));
        assert_eq!(as_time(Some("\"20260131\"")), day);
        assert_eq!(as_time(Some("20260131")), day);
        assert_eq!(as_time(Some("\"00000000\"")), Field::Empty);
        assert_eq!(as_time(Some("0")), Field::Empty);
        assert_eq!(as_time(Some("\"soon\"")), Field::Other("\"soon\""));
    }

    #[test]
    fn yes_and_no_have_several_spellings() {
        for yes in ["true", "\"Y\"", "\"J\"", "1", "\"1\"", "\"true\""] {
            assert_eq!(as_flag(Some(yes)), Field::Value(true), "{yes}");
        }
        for no in ["false", "\"N\"", "0", "\"0\"", "\"False\""] {
            assert_eq!(as_flag(Some(no)), Field::Value(false), "{no}");
        }
        assert_eq!(as_flag(Some("\"maybe\"")), Field::Other("\"maybe\""));
    }

    #[test]
    fn identifiers_may_be_numbers_and_wrong_ones_are_kept() {
        assert_eq!(
            as_article_id(Some("1377271"))
                .value()
                .map(FinfoArticleId::get),
            Some(1_377_271)
        );
        assert_eq!(
            as_article_id(Some("\"1377271\""))
                .value()
                .map(FinfoArticleId::get),
            Some(1_377_271)
        );
        assert_eq!(
            as_gtin(Some("\"0123456789013\"")),
            Field::Other("\"0123456789013\"")
        );
        assert_eq!(as_gtin(Some("\"0\"")), Field::Empty);
    }
}
