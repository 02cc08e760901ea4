//! What a table holds: its columns, their kinds, and the values of a row.

use std::borrow::Cow;
use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::error::ExportError;

/// Most digits of a decimal number.
pub(super) const MOST_DIGITS: u8 = 38;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text: names, and also numbers that nobody calculates with, so that leading zeros stay.
    Text,
    /// Whole numbers.
    Integer,
    /// Exact decimal numbers.
    Decimal {
        /// Digits of the largest number, 1 to 38. Parquet needs to know.
        precision: u8,
        /// How many of them stand behind the point, at most `precision`. Parquet needs to know; the other formats write
        /// every number with the digits that it has.
        scale: u8,
    },
    /// Days.
    Date,
    /// Moments.
    Moment,
    /// Yes or no.
    Boolean,
    /// Any JSON value, as its text.
    Json,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

impl Column {
    /// A column of this heading.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
        }
    }

    /// The heading.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it holds.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// The columns of a table. Every row has a value for each of them, if only [`Value::Null`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    columns: Vec<Column>,
}

impl Schema {
    /// A table of these columns.
    ///
    /// # Errors
    /// [`ExportErrorKind::Shape`](super::ExportErrorKind::Shape) without any column, for an empty or a repeated
    /// heading, and for decimals of more than 38 digits or with more of them behind the point than there are.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Result<Self, ExportError> {
        let columns: Vec<Column> = columns.into_iter().collect();
        if columns.is_empty() {
            return Err(ExportError::schema("a table needs a column"));
        }
        let mut names = HashSet::new();
        for column in &columns {
            if column.name.is_empty() {
                return Err(ExportError::schema("a column needs a heading"));
            }
            if !names.insert(column.name.as_str()) {
                return Err(ExportError::schema("two columns have the same heading"));
            }
            if let Kind::Decimal { precision, scale } = column.kind
                && (precision == 0 || precision > MOST_DIGITS || scale > precision)
            {
                return Err(ExportError::schema(
                    "a decimal has 1 to 38 digits, and no more of them behind its point",
                ));
            }
        }
        Ok(Self { columns })
    }

    /// The columns in their order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The same table with the decimals of one column as text.
    pub(super) fn with_text_at(&self, place: usize) -> Self {
        let mut same = self.clone();
        if let Some(column) = same.columns.get_mut(place) {
            column.kind = Kind::Text;
        }
        same
    }
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing, in a column of any kind.
    Null,
    /// For [`Kind::Text`].
    Text(Cow<'a, str>),
    /// For [`Kind::Integer`].
    Integer(i64),
    /// For [`Kind::Decimal`] and [`Kind::Text`]: the coefficient times ten to the power of minus `scale`.
    Decimal {
        /// All digits as one integer, at most 38 of them.
        coefficient: i128,
        /// How many of them stand behind the point, at most 38.
        scale: u8,
    },
    /// For [`Kind::Date`].
    Date(NaiveDate),
    /// For [`Kind::Moment`]. Parquet keeps microseconds, the other formats what there is.
    Moment(DateTime<Utc>),
    /// For [`Kind::Boolean`].
    Boolean(bool),
    /// For [`Kind::Json`]: the text of one valid JSON value.
    Json(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// Whether a column of this kind can hold it.
    pub(super) fn suits(&self, kind: Kind) -> bool {
        match (self, kind) {
            (Self::Decimal { coefficient, scale }, Kind::Decimal { .. } | Kind::Text) => {
                *scale <= MOST_DIGITS && coefficient.unsigned_abs() < 10_u128.pow(38)
            }
            (Self::Null, _)
            | (Self::Text(_), Kind::Text)
            | (Self::Integer(_), Kind::Integer)
            | (Self::Date(_), Kind::Date)
            | (Self::Moment(_), Kind::Moment)
            | (Self::Boolean(_), Kind::Boolean)
            | (Self::Json(_), Kind::Json) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_that_no_format_can_hold_are_refused() {
        let decimal = |precision, scale| Column::new("a", Kind::Decimal { precision, scale });
        let text = |name: &str| Column::new(name, Kind::Text);
        for columns in [
            vec![],
            vec![text("")],
            vec![text("a"), text("a")],
            vec![decimal(0, 0)],
            vec![decimal(39, 0)],
            vec![decimal(4, 5)],
        ] {
            assert!(Schema::new(columns).is_err());
        }
        assert!(Schema::new([text("a"), text("A")]).is_ok());
        assert!(Schema::new([decimal(38, 38)]).is_ok());
    }

    #[test]
    fn values_suit_their_own_kind_and_decimals_also_text() {
        let price = Value::Decimal {
            coefficient: 1,
            scale: 2,
        };
        assert!(price.suits(Kind::Text));
        assert!(!price.suits(Kind::Integer));
        assert!(Value::Null.suits(Kind::Date));
        assert!(!Value::text("1").suits(Kind::Integer));
        let long = Value::Decimal {
            coefficient: 10_i128.pow(38),
            scale: 0,
        };
        assert!(!long.suits(Kind::Text));
    }
}
