//! What answers look like: pages, records, typed fields, and what is kept of what nobody knows yet.
//!
//! An answer is cut into records and fields without copying; the JSON of every record stays as it came. Fields that the
//! field pages name are typed by [`Article`], all others are kept under their names.
//!
//! Numbers are never floats. [`Decimal`] holds what the text says, digit for digit. It is a type of this crate because no
//! foreign number type belongs in its signatures and no arithmetic is needed; read, compare and write are all it does.

mod article;
mod article_field;
mod decimal;
mod error;
mod field;
mod media;
mod page;
mod record;
mod rows;
mod same;
mod scan;
mod time;

pub use article::{Article, FieldValue, typed};
pub use article_field::{ArticleField, FieldKind, UnknownField};
pub use decimal::{Decimal, DecimalError};
pub use error::WireError;
pub use field::Field;
pub(crate) use field::text_or_digits;
pub use media::{Asset, assets};
pub use page::{Page, Pagination};
pub use record::Record;
pub(crate) use rows::ListAt;
pub use rows::Rows;
pub use same::same_json;
pub use time::{WireTime, WireTimeError};
