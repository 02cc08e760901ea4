//! The known fields of a row at hand, and the columns that are stored for them.

use std::borrow::Cow;

use finkit_core::ApiVersion;
use finkit_finfo::wire::{ArticleField, Field, FieldKind, FieldValue, Record, typed};
use rusqlite::Statement;

/// The JSON of each known field, each found once. Where a name occurs twice, the first counts.
pub(super) struct KnownFields<'a>([Option<&'a str>; ArticleField::ALL.len()]);

impl<'a> KnownFields<'a> {
    pub(super) fn of(record: &Record<'a>) -> Self {
        let mut fields = [None; ArticleField::ALL.len()];
        for (field, raw) in record.known_fields() {
            if let Some(slot) = fields.get_mut(field.index()) {
                slot.get_or_insert(raw);
            }
        }
        Self(fields)
    }

    pub(super) fn raw(&self, field: ArticleField) -> Option<&'a str> {
        self.0.get(field.index()).copied().flatten()
    }
}

/// Fields with a column that is written with the row. All others have one that SQLite computes from the JSON.
///
/// These are what articles are picked by, joined by and priced by. Each costs time in every full load, and a computed
/// column costs only where it is read.
pub(super) const STORED: [ArticleField; 9] = [
    ArticleField::SupplierArticleNumber,
    ArticleField::SupplierPreviousArticleNumber,
    ArticleField::SupplierReplacementArticleNumber,
    ArticleField::SupplierArticleName1,
    ArticleField::Brand,
    ArticleField::Gtin,
    ArticleField::BasePrice,
    ArticleField::DiscontinuationCode,
    ArticleField::DiscontinuationDate,
];

/// Binds the stored columns to the parameters from `first` on.
pub(super) fn bind(
    statement: &mut Statement<'_>,
    first: usize,
    fields: &KnownFields<'_>,
    version: ApiVersion,
) -> rusqlite::Result<()> {
    for (place, field) in STORED.into_iter().enumerate() {
        let raw = fields.raw(field);
        let text = raw.and_then(|raw| column(field, raw, version));
        statement.raw_bind_parameter(first + place, text.as_deref())?;
    }
    Ok(())
}

/// What stands in the column of a field: texts and codes as they are, numbers and GTINs as digits, days as ISO has them.
/// Nothing where nothing is said, or something else than the field page lets expect.
fn column<'a>(field: ArticleField, raw: &'a str, version: ApiVersion) -> Option<Cow<'a, str>> {
    let plain = plain_text(raw);
    match field.kind() {
        FieldKind::Text | FieldKind::Code => {
            if let Some(text) = plain {
                return Some(Cow::Borrowed(text)).filter(|text| !text.is_empty());
            }
        }
        // A wrong check digit is the supplier's, and yet what is printed on the package.
        FieldKind::Gtin => {
            let digits = plain.unwrap_or(raw).trim();
            let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            let nothing = digits.bytes().all(|byte| byte == b'0');
            return Some(Cow::Borrowed(digits)).filter(|_| number && !nothing);
        }
        FieldKind::Decimal => {
            let digits = plain.unwrap_or(raw);
            if is_canonical(digits) {
                return Some(Cow::Borrowed(digits));
            }
        }
        _ => {}
    }
    match typed(field, Some(raw), version) {
        Field::Value(FieldValue::Text(text)) => Some(text),
        Field::Value(FieldValue::Decimal(number)) => Some(number.to_string().into()),
        Field::Value(FieldValue::Day(day)) => Some(day.day().to_string().into()),
        _ => None,
    }
}

/// The characters of a JSON text without escapes.
pub(super) fn plain_text(raw: &str) -> Option<&str> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('\\')).then_some(inner)
}

/// Whether digits are written as a decimal number is written out here, and are not zero: nothing has to be changed.
fn is_canonical(digits: &str) -> bool {
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.len() <= 38
        && number(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(number)
        && digits.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_hold_what_the_typed_field_holds() {
        let (one, two) = (ApiVersion::new(1, 0), ApiVersion::new(2, 2));
        let table = [
            (
                ArticleField::BasePrice,
                "10.50",
                Some("10.50"),
                Some("10.50"),
            ),
            (
                ArticleField::BasePrice,
                "\"10,50\"",
                Some("10.50"),
                Some("10.50"),
            ),
            (
                ArticleField::BasePrice,
                "\" 010.50 \"",
                Some("10.50"),
                Some("10.50"),
            ),
            (ArticleField::BasePrice, "1.5E3", Some("1500"), Some("1500")),
            (
                ArticleField::BasePrice,
                "9007199254740993.01",
                Some("9007199254740993.01"),
                Some("9007199254740993.01"),
            ),
            (ArticleField::BasePrice, "0.00", None, Some("0.00")),
            (
                ArticleField::BasePrice,
                "-0.10",
                Some("-0.10"),
                Some("-0.10"),
            ),
            (ArticleField::BasePrice, "null", None, None),
            (ArticleField::BasePrice, "\"\"", None, None),
            (ArticleField::BasePrice, "\"on request\"", None, None),
            (ArticleField::BasePrice, "[1]", None, None),
            (ArticleField::Brand, "\"N/A\"", Some("N/A"), Some("N/A")),
            (
                ArticleField::Brand,
                r#""F\u00e4ste""#,
                Some("Fäste"),
                Some("Fäste"),
            ),
            (ArticleField::Brand, "12", Some("12"), Some("12")),
            (ArticleField::Brand, "\"\"", None, None),
            (ArticleField::Brand, "true", None, None),
            (
                ArticleField::Gtin,
                "\"0012345678905\"",
                Some("0012345678905"),
                Some("0012345678905"),
            ),
            (
                ArticleField::Gtin,
                "\"7317761101986\"",
                Some("7317761101986"),
                Some("7317761101986"),
            ),
            (
                ArticleField::Gtin,
                "7317761101987",
                Some("7317761101987"),
                Some("7317761101987"),
            ),
            (ArticleField::Gtin, "\"0\"", None, None),
            (ArticleField::Gtin, "\"none\"", None, None),
            (ArticleField::Gtin, "null", None, None),
            (
                ArticleField::DiscontinuationDate,
                "\"20260131\"",
                Some("2026-01-31"),
                Some("2026-01-31"),
            ),
            (
                ArticleField::DiscontinuationDate,
                "\"2026-01-31T00:00:00\"",
                Some("2026-01-31"),
                Some("2026-01-31"),
            ),
            (
                ArticleField::DiscontinuationDate,
                "\"20260231\"",
                None,
                None,
            ),
            (
                ArticleField::DiscontinuationDate,
                "\"00000000\"",
                None,
                None,
            ),
        ];
        for (field, raw, in_one, in_two) in table {
            assert_eq!(
                column(field, raw, one).as_deref(),
                in_one,
                "{field} {raw} v1"
            );
            assert_eq!(
                column(field, raw, two).as_deref(),
                in_two,
                "{field} {raw} v2"
            );
        }
    }

    #[test]
    fn digits_that_are_taken_over_are_those_that_would_be_written() {
        use finkit_finfo::wire::Decimal;
        for digits in [
            "1",
            "10",
            "0.1",
            "0.10",
            "100.00",
            "01",
            "00.1",
            "1.",
            ".5",
            "+1",
            "-1",
            "0",
            "0.0",
            "1e2",
            "",
            "1.2.3",
            "99999999999999999999999999999999999999",
            "999999999999999999999999999999999999999",
        ] {
            let written = digits
                .parse::<Decimal>()
                .ok()
                .map(|number| number.to_string());
            if is_canonical(digits) {
                assert_eq!(written.as_deref(), Some(digits));
            }
        }
        assert!(is_canonical("10.50") && is_canonical("0.05") && !is_canonical("0.00"));
    }
}
