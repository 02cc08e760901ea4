//! Tables out: rows of typed columns as CSV, JSON Lines, a workbook or Parquet.
//!
//! Rows are written as they come and none is kept, but for the row group of a Parquet file (24 MiB), so that a table
//! of any length takes little memory. A file appears under its name when it is complete. Decimals keep their digits in
//! every format and are never floats; foreign text is harmless in each (see [`formula`](crate::write::formula)).
//!
//! | kind | CSV | JSON Lines | workbook | Parquet |
//! |---|---|---|---|---|
//! | [`Text`](Kind::Text) | as it is | text | text | `STRING` |
//! | [`Integer`](Kind::Integer) | digits | number | number, text above 15 digits | 64 bits |
//! | [`Decimal`](Kind::Decimal) | digits with a point | text | text | `DECIMAL` |
//! | [`Date`](Kind::Date) | `2026-01-31` | text | day | `DATE` |
//! | [`Moment`](Kind::Moment) | `2026-01-31T09:51:07Z` | text | text | `TIMESTAMP`, UTC, microseconds |
//! | [`Boolean`](Kind::Boolean) | `true`, `false` | truth | truth | boolean |
//! | [`Json`](Kind::Json) | its text | the value itself | its text | `JSON` |
//!
//! ```
//! use finkit_tables::export::{Column, Format, Kind, Schema, Value, Writer};
//! use finkit_tables::write::Existing;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("articles.csv");
//! let schema = Schema::new([
//!     Column::new("gtin", Kind::Text),
//!     Column::new("price", Kind::Decimal { precision: 18, scale: 4 }),
//! ])?;
//! let mut writer = Writer::create(&path, Format::Csv, &schema, Existing::Refuse)?;
//! writer.row(&[Value::text("07312340001233"), Value::Decimal { coefficient: 1050, scale: 2 }])?;
//! assert_eq!(writer.finish()?.rows, 1);
//! assert_eq!(std::fs::read_to_string(&path)?, "gtin,price\n07312340001233,10.50\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod csv;
mod error;
mod jsonl;
mod parquet;
mod schema;
mod text;
mod writer;
mod xlsx;

pub use csv::CsvForm;
pub use error::{ExportError, ExportErrorKind};
pub use schema::{Column, Kind, Schema, Value};
pub use writer::{Format, Options, Summary, UnknownFormat, Writer, write_table};
