//! Tables as Parquet: row groups of bounded size, compressed with Snappy.
//!
//! A row group waits in memory until it is written, column by column. Every column may be empty in any row. Texts are
//! `STRING`, decimals `DECIMAL` (of 64 bits up to 18 digits, of 128 bits above), days `DATE`, moments `TIMESTAMP` in
//! UTC with microseconds, JSON `JSON` (source: "Logical types", <https://parquet.apache.org/docs/file-format/types/>).

use std::io::Write;
use std::sync::Arc;

use chrono::NaiveDate;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType,
    Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::error::ExportError;
use super::schema::{Kind, Schema, Value};

/// Bytes of values that wait for their row group to be written.
const GROUP_BYTES: usize = 24 << 20;
/// Rows of a row group, where values are small.
const GROUP_ROWS: usize = 131_072;
/// Decimals of up to this many digits fit into 64 bits.
const DIGITS_OF_64_BITS: u8 = 18;

pub(super) struct ParquetTable<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Waiting>,
    rows: usize,
    bytes: usize,
}

/// The values of a column that wait, without the empty ones.
struct Waiting {
    kind: Kind,
    name: String,
    /// 1 where a row has a value, else 0.
    levels: Vec<i16>,
    values: Values,
}

enum Values {
    Bools(Vec<bool>),
    Days(Vec<i32>),
    Longs(Vec<i64>),
    Wide(Vec<FixedLenByteArray>),
    /// All texts one after another, and where each ends.
    Texts(Vec<u8>, Vec<usize>),
}

impl<W: Write + Send> ParquetTable<W> {
    pub(super) fn new(to: W, schema: &Schema) -> Result<Self, ExportError> {
        let fields: Vec<TypePtr> = schema
            .columns()
            .iter()
            .map(|column| field(column.name(), column.kind()).map(Arc::new))
            .collect::<Result<_, _>>()?;
        let root = Type::group_type_builder("schema")
            .with_fields(fields)
            .build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("finkit {}", env!("CARGO_PKG_VERSION")))
            .set_dictionary_page_size_limit(256 << 10)
            .build();
        Ok(Self {
            file: SerializedFileWriter::new(to, Arc::new(root), Arc::new(properties))?,
            columns: schema
                .columns()
                .iter()
                .map(|column| Waiting {
                    kind: column.kind(),
                    name: column.name().to_owned(),
                    levels: Vec::new(),
                    values: Values::of(column.kind()),
                })
                .collect(),
            rows: 0,
            bytes: 0,
        })
    }

    /// Adds row number `row`, counted for errors only.
    pub(super) fn row(&mut self, row: u64, values: &[Value<'_>]) -> Result<(), ExportError> {
        for (place, (column, value)) in self.columns.iter_mut().zip(values).enumerate() {
            match column.values.push(column.kind, value) {
                Some(bytes) => self.bytes += bytes,
                None => return Err(ExportError::digits(row, place, &column.name)),
            }
            column.levels.push(i16::from(*value != Value::Null));
        }
        self.rows += 1;
        if self.bytes >= GROUP_BYTES || self.rows >= GROUP_ROWS {
            self.write_group()?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<W, ExportError> {
        if self.rows > 0 {
            self.write_group()?;
        }
        Ok(self.file.into_inner()?)
    }

    fn write_group(&mut self) -> Result<(), ExportError> {
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut writer) = group.next_column()? else {
                break;
            };
            column.write(&mut writer)?;
            writer.close()?;
        }
        group.close()?;
        self.rows = 0;
        self.bytes = 0;
        Ok(())
    }
}

impl Waiting {
    fn write(&mut self, to: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        fn write<T: DataType>(
            to: &mut SerializedColumnWriter<'_>,
            values: &mut Vec<T::T>,
            levels: &[i16],
        ) -> Result<(), ParquetError> {
            to.typed::<T>().write_batch(values, Some(levels), None)?;
            values.clear();
            Ok(())
        }
        match &mut self.values {
            Values::Bools(values) => write::<BoolType>(to, values, &self.levels)?,
            Values::Days(values) => write::<Int32Type>(to, values, &self.levels)?,
            Values::Longs(values) => write::<Int64Type>(to, values, &self.levels)?,
            Values::Wide(values) => write::<FixedLenByteArrayType>(to, values, &self.levels)?,
            Values::Texts(text, ends) => {
                let all = ByteArray::from(std::mem::take(text));
                let mut start = 0;
                let mut values: Vec<ByteArray> = ends
                    .drain(..)
                    .map(|end| {
                        let piece = all.slice(start, end - start);
                        start = end;
                        piece
                    })
                    .collect();
                write::<ByteArrayType>(to, &mut values, &self.levels)?;
            }
        }
        self.levels.clear();
        Ok(())
    }
}

impl Values {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Boolean => Self::Bools(Vec::new()),
            Kind::Date => Self::Days(Vec::new()),
            Kind::Integer | Kind::Moment => Self::Longs(Vec::new()),
            Kind::Decimal { precision, .. } if precision <= DIGITS_OF_64_BITS => {
                Self::Longs(Vec::new())
            }
            Kind::Decimal { .. } => Self::Wide(Vec::new()),
            Kind::Text | Kind::Json => Self::Texts(Vec::new(), Vec::new()),
        }
    }

    /// Adds a value that suits the column; returns about how many bytes it takes, or nothing when it has too many
    /// digits.
    fn push(&mut self, kind: Kind, value: &Value<'_>) -> Option<usize> {
        const LEVEL: usize = size_of::<i16>();
        let bytes = match (self, value) {
            (_, Value::Null) => 0,
            (Self::Texts(all, ends), value) => {
                let before = all.len();
                all.extend_from_slice(super::text::cell(value).as_bytes());
                ends.push(all.len());
                // The slice that it becomes counts too.
                all.len() - before + size_of::<usize>() + size_of::<ByteArray>()
            }
            (Self::Bools(values), Value::Boolean(truth)) => {
                values.push(*truth);
                1
            }
            (Self::Days(values), Value::Date(day)) => {
                let days = day.signed_duration_since(NaiveDate::default()).num_days();
                values.push(i32::try_from(days).ok()?);
                4
            }
            (Self::Longs(values), Value::Integer(number)) => {
                values.push(*number);
                8
            }
            (Self::Longs(values), Value::Moment(moment)) => {
                values.push(moment.timestamp_micros());
                8
            }
            (Self::Longs(values), Value::Decimal { coefficient, scale }) => {
                values.push(i64::try_from(fitted(kind, *coefficient, *scale)?).ok()?);
                8
            }
            (Self::Wide(values), Value::Decimal { coefficient, scale }) => {
                let number = fitted(kind, *coefficient, *scale)?;
                values.push(number.to_be_bytes().to_vec().into());
                size_of::<FixedLenByteArray>() + 48
            }
            // The table has checked that every value suits its column.
            _ => return None,
        };
        Some(bytes + LEVEL)
    }
}

/// The number with as many digits behind the point as its column has; nothing where that takes digits away or makes
/// more of them than the column has.
fn fitted(kind: Kind, mut coefficient: i128, mut scale: u8) -> Option<i128> {
    let Kind::Decimal {
        precision,
        scale: wanted,
    } = kind
    else {
        return None;
    };
    while scale > wanted {
        if coefficient % 10 != 0 {
            return None;
        }
        coefficient /= 10;
        scale -= 1;
    }
    let coefficient = coefficient.checked_mul(10_i128.checked_pow(u32::from(wanted - scale))?)?;
    (coefficient.unsigned_abs() < 10_u128.pow(u32::from(precision))).then_some(coefficient)
}

fn field(name: &str, kind: Kind) -> Result<Type, ParquetError> {
    let (physical, logical) = match kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Json => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
        Kind::Integer => (Physical::INT64, None),
        Kind::Boolean => (Physical::BOOLEAN, None),
        Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
        Kind::Moment => (
            Physical::INT64,
            Some(LogicalType::timestamp(true, TimeUnit::MICROS)),
        ),
        Kind::Decimal { precision, scale } => (
            if precision <= DIGITS_OF_64_BITS {
                Physical::INT64
            } else {
                Physical::FIXED_LEN_BYTE_ARRAY
            },
            Some(LogicalType::decimal(scale.into(), precision.into())),
        ),
    };
    let mut builder = Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    if let Kind::Decimal { precision, scale } = kind {
        builder = builder
            .with_precision(precision.into())
            .with_scale(scale.into());
    }
    if physical == Physical::FIXED_LEN_BYTE_ARRAY {
        builder = builder.with_length(16);
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fit_only_where_no_digit_is_lost() {
        let kind = Kind::Decimal {
            precision: 6,
            scale: 2,
        };
        assert_eq!(fitted(kind, 1050, 2), Some(1050));
        assert_eq!(fitted(kind, 105, 1), Some(1050));
        assert_eq!(fitted(kind, 10_500, 3), Some(1050));
        assert_eq!(fitted(kind, -9_999, 0), Some(-999_900));
        assert_eq!(fitted(kind, 10_501, 3), None);
        assert_eq!(fitted(kind, 10_000, 0), None);
        assert_eq!(fitted(kind, i128::MAX, 0), None);
    }
}
