//! Rows of a catalogue as rows of a table: the columns that there are, and what a row has in each.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};

use crate::catalogue::{Dataset, StoredRow};
use crate::wire::{
    Article, ArticleField, Decimal, Field, FieldKind, FieldValue, WireError, WireTime,
    text_or_digits,
};

/// A column of a table of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportColumn {
    /// The supplier in whose list the row was last read.
    Supplier,
    /// The article that the row is about: Finfo's number, or `supplier/number` where that is not known.
    Article,
    /// The agreement, where there is one; with the article the key of the row.
    Agreement,
    /// A known field of an article.
    Field(ArticleField),
    /// When the row was first stored.
    FirstSeen,
    /// When it last changed.
    ChangedAt,
    /// Since when a complete list of its supplier no longer has it.
    UnlistedSince,
    /// One JSON object of what no other column can say: fields that nobody knows yet, and known fields that hold something
    /// else than their kind, such as a price that is a word, or a zero where version 1 writes it for nothing as well.
    Other,
    /// The whole row as it came, as JSON.
    Json,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportKind {
    /// Text; numbers of articles and GTINs too, so that their zeros stay.
    Text,
    /// Exact decimal numbers of up to 38 digits.
    Decimal,
    /// Days.
    Day,
    /// Moments.
    Moment,
    /// Yes or no.
    Flag,
    /// JSON.
    Json,
}

/// What a row has in a column.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExportValue<'a> {
    /// Nothing: the field is absent, `null`, empty, or in [`ExportColumn::Other`].
    Nothing,
    /// In a column of [`ExportKind::Text`].
    Text(Cow<'a, str>),
    /// In a column of [`ExportKind::Decimal`].
    Decimal(Decimal),
    /// In a column of [`ExportKind::Day`].
    Day(NaiveDate),
    /// In a column of [`ExportKind::Moment`].
    Moment(DateTime<Utc>),
    /// In a column of [`ExportKind::Flag`].
    Flag(bool),
    /// In a column of [`ExportKind::Json`]: one valid JSON value.
    Json(Cow<'a, str>),
}

impl ExportColumn {
    /// All columns for rows of a dataset, but for [`Json`](Self::Json), which says everything once more. Rows of other
    /// datasets than articles have no typed fields; there all fields of the row are in [`Other`](Self::Other).
    #[must_use]
    pub fn all(dataset: Dataset) -> Vec<Self> {
        let fields = match dataset {
            Dataset::Article => ArticleField::ALL,
            _ => &[],
        };
        [Self::Supplier, Self::Article, Self::Agreement]
            .into_iter()
            .chain(fields.iter().copied().map(Self::Field))
            .chain([
                Self::FirstSeen,
                Self::ChangedAt,
                Self::UnlistedSince,
                Self::Other,
            ])
            .collect()
    }

    /// The heading: fields have their names on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Supplier => "supplier",
            Self::Article => "article",
            Self::Agreement => "agreement",
            Self::Field(field) => field.name(),
            Self::FirstSeen => "firstSeen",
            Self::ChangedAt => "changedAt",
            Self::UnlistedSince => "unlistedSince",
            Self::Other => "other",
            Self::Json => "json",
        }
    }

    /// What it holds.
    #[must_use]
    pub const fn kind(self) -> ExportKind {
        match self {
            Self::Supplier | Self::Article | Self::Agreement => ExportKind::Text,
            Self::FirstSeen | Self::ChangedAt | Self::UnlistedSince => ExportKind::Moment,
            Self::Other | Self::Json => ExportKind::Json,
            Self::Field(field) => match field.kind() {
                FieldKind::ArticleId | FieldKind::Gtin | FieldKind::Text | FieldKind::Code => {
                    ExportKind::Text
                }
                FieldKind::Decimal => ExportKind::Decimal,
                FieldKind::Day => ExportKind::Day,
                FieldKind::Flag => ExportKind::Flag,
            },
        }
    }
}

impl fmt::Display for ExportColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ExportColumn {
    type Err = UnknownColumn;

    fn from_str(name: &str) -> Result<Self, UnknownColumn> {
        Self::all(Dataset::Article)
            .into_iter()
            .chain([Self::Json])
            .find(|column| column.name() == name)
            .ok_or(UnknownColumn(()))
    }
}

/// A text that is no heading of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no column has this heading")]
pub struct UnknownColumn(());

/// What a row has in each of the columns, in their order. `values` is emptied first.
///
/// ```
/// use finkit_core::ApiVersion;
/// use finkit_finfo::catalogue::{Dataset, RowKey, StoredRow};
/// use finkit_finfo::export::{ExportColumn, ExportValue, export};
///
/// let row = StoredRow {
///     dataset: Dataset::Article,
///     supplier: "2347003".parse()?,
///     key: RowKey::of("1377271".parse()?),
///     json: r#"{"basePrice":10.50,"gtin":"07312340001233","newField":[1]}"#.into(),
///     version: ApiVersion::new(2, 2),
///     first_seen: "2026-01-31T09:51:07Z".parse()?,
///     changed_at: "2026-01-31T09:51:07Z".parse()?,
///     unlisted_since: None,
/// };
/// let mut values = Vec::new();
/// export(&row, &["basePrice".parse()?, ExportColumn::Other], &mut values)?;
/// assert_eq!(values[0], ExportValue::Decimal("10.50".parse()?));
/// assert_eq!(values[1], ExportValue::Json(r#"{"newField":[1]}"#.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`WireError`] when the stored text is not one JSON object: the catalogue is damaged.
pub fn export<'a>(
    row: &'a StoredRow,
    columns: &[ExportColumn],
    values: &mut Vec<ExportValue<'a>>,
) -> Result<(), WireError> {
    values.clear();
    let article = row.article()?;
    let moment =
        |moment: Option<DateTime<Utc>>| moment.map_or(ExportValue::Nothing, ExportValue::Moment);
    values.extend(columns.iter().map(|column| match column {
        ExportColumn::Supplier => ExportValue::Text(row.supplier.to_string().into()),
        ExportColumn::Article => ExportValue::Text(row.key.article.to_string().into()),
        ExportColumn::Agreement if row.key.agreement.is_empty() => ExportValue::Nothing,
        ExportColumn::Agreement => ExportValue::Text(Cow::Borrowed(&*row.key.agreement)),
        ExportColumn::Field(field) => in_column(&article, *field).unwrap_or(ExportValue::Nothing),
        ExportColumn::FirstSeen => moment(Some(row.first_seen)),
        ExportColumn::ChangedAt => moment(Some(row.changed_at)),
        ExportColumn::UnlistedSince => moment(row.unlisted_since),
        ExportColumn::Other => {
            other(&article, row.dataset).map_or(ExportValue::Nothing, ExportValue::Json)
        }
        ExportColumn::Json => ExportValue::Json(Cow::Borrowed(&row.json)),
    }));
    Ok(())
}

/// What the field's own column can say; nothing where the field says something that it cannot.
fn in_column<'a>(article: &Article<'a>, field: ArticleField) -> Option<ExportValue<'a>> {
    if matches!(
        field.kind(),
        FieldKind::ArticleId | FieldKind::Gtin | FieldKind::Text | FieldKind::Code
    ) {
        // As it came: a GTIN with a wrong check digit is still what the supplier says.
        let Some(raw) = article.record().known(field) else {
            return Some(ExportValue::Nothing);
        };
        return match text_or_digits(raw) {
            Some(text) if text.is_empty() => Some(ExportValue::Nothing),
            Some(text) => Some(ExportValue::Text(text)),
            None => (raw == "null").then_some(ExportValue::Nothing),
        };
    }
    match article.get(field) {
        Field::Absent | Field::Null | Field::Empty => Some(ExportValue::Nothing),
        Field::ZeroOrEmpty | Field::Other(_) => None,
        Field::Value(value) => match value {
            FieldValue::Decimal(number) => Some(ExportValue::Decimal(number)),
            FieldValue::Day(WireTime::Day(day)) => Some(ExportValue::Day(day)),
            FieldValue::Flag(flag) => Some(ExportValue::Flag(flag)),
            // Text was dealt with above, and a moment is more than a day.
            _ => None,
        },
    }
}

/// One object of the fields that have no column or don't fit into it; nothing where there is none.
fn other<'a>(article: &Article<'a>, dataset: Dataset) -> Option<Cow<'a, str>> {
    let record = article.record();
    if dataset != Dataset::Article {
        return Some(Cow::Borrowed(record.json()));
    }
    let mut object = String::new();
    let mut add = |name: &str, raw: &str| {
        object.push(if object.is_empty() { '{' } else { ',' });
        object.push_str(&serde_json::Value::from(name).to_string());
        object.push(':');
        object.push_str(raw);
    };
    for (field, raw) in record.known_fields() {
        if in_column(article, field).is_none() {
            add(field.name(), raw);
        }
    }
    for (name, raw) in record.unknown_fields() {
        add(&name, raw);
    }
    if object.is_empty() {
        return None;
    }
    object.push('}');
    Some(Cow::Owned(object))
}

#[cfg(test)]
mod tests {
    use finkit_core::ApiVersion;

    use super::*;
    use crate::catalogue::RowKey;

    fn row(json: &str, version: ApiVersion) -> StoredRow {
        let at = "2026-01-31T09:51:07Z".parse().expect("a moment");
        StoredRow {
            dataset: Dataset::Article,
            supplier: "2347003".parse().expect("a supplier"),
            key: RowKey::of("1377271".parse().expect("an article")),
            json: json.to_owned(),
            version,
            first_seen: at,
            changed_at: at,
            unlisted_since: None,
        }
    }

    fn value<'a>(row: &'a StoredRow, name: &str) -> ExportValue<'a> {
        let mut values = Vec::new();
        export(row, &[name.parse().expect(name)], &mut values).expect("a row");
        values.remove(0)
    }

    #[test]
    fn every_column_reads_back_from_its_heading_and_none_repeats() {
        let all = ExportColumn::all(Dataset::Article);
        for column in &all {
            assert_eq!(column.to_string().parse(), Ok(*column));
        }
        assert_eq!(all.len(), ArticleField::ALL.len() + 7);
        assert!("nothing".parse::<ExportColumn>().is_err());
    }

    #[test]
    fn values_have_the_kind_of_their_column() {
        let row = row(
            r#"{"basePrice":"10.50","gtin":"07312340001230","discontinuationDate":20260131,"brand":"",
                "commodityCode":null,"isSubjectToReachRegulation":"N","articleClass":0}"#,
            ApiVersion::new(2, 2),
        );
        for column in ExportColumn::all(Dataset::Article) {
            let found = value(&row, column.name());
            let fits = match found {
                ExportValue::Nothing => true,
                ExportValue::Text(_) => column.kind() == ExportKind::Text,
                ExportValue::Decimal(_) => column.kind() == ExportKind::Decimal,
                ExportValue::Day(_) => column.kind() == ExportKind::Day,
                ExportValue::Moment(_) => column.kind() == ExportKind::Moment,
                ExportValue::Flag(_) => column.kind() == ExportKind::Flag,
                ExportValue::Json(_) => column.kind() == ExportKind::Json,
            };
            assert!(fits, "{column}");
        }
        assert!(
            matches!(value(&row, "basePrice"), ExportValue::Decimal(price) if price.to_string() == "10.50")
        );
        // Its check digit is wrong, and it is there all the same.
        assert_eq!(
            value(&row, "gtin"),
            ExportValue::Text("07312340001230".into())
        );
        assert_eq!(value(&row, "articleClass"), ExportValue::Text("0".into()));
        assert_eq!(
            value(&row, "discontinuationDate"),
            ExportValue::Day(NaiveDate::from_ymd_opt(2026, 1, 31).expect("a day"))
        );
        assert_eq!(
            value(&row, "isSubjectToReachRegulation"),
            ExportValue::Flag(false)
        );
        assert_eq!(value(&row, "brand"), ExportValue::Nothing);
        assert_eq!(value(&row, "other"), ExportValue::Nothing);
    }

    #[test]
    fn what_no_column_can_say_is_in_the_column_for_the_rest() {
        let row = row(
            r#"{"basePrice":"on request","brand":["a"],"pricePer":0,"å\"b":{"x":1},"supplierArticleName1":"Skruv",
                "discontinuationDate":"2026-01-31T10:00"}"#,
            ApiVersion::new(1, 0),
        );
        let ExportValue::Json(other) = value(&row, "other") else {
            panic!("there is a rest");
        };
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&other).expect("JSON"),
            serde_json::json!({
                "basePrice": "on request", "brand": ["a"], "pricePer": 0, "å\"b": {"x": 1},
                "discontinuationDate": "2026-01-31T10:00",
            })
        );
        for name in ["basePrice", "brand", "pricePer", "discontinuationDate"] {
            assert_eq!(value(&row, name), ExportValue::Nothing, "{name}");
        }
        assert_eq!(
            value(&row, "json"),
            ExportValue::Json(row.json.as_str().into())
        );
    }

    #[test]
    fn rows_of_other_datasets_are_whole() {
        let mut row = row(r#"{"basePrice":1,"x":2}"#, ApiVersion::new(2, 2));
        row.dataset = Dataset::Climate;
        assert_eq!(
            value(&row, "other"),
            ExportValue::Json(row.json.as_str().into())
        );
        assert_eq!(value(&row, "article"), ExportValue::Text("1377271".into()));
        assert_eq!(ExportColumn::all(Dataset::Climate).len(), 7);
    }
}
