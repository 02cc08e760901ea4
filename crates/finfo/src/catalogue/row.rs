//! Rows: on their way into a catalogue, and as they lie in it.

use chrono::{DateTime, Utc};
use finkit_core::{ApiVersion, FinfoSupplierId};

use super::{Dataset, RowKey};
use crate::wire::{Article, Record, WireError};

/// A row of a page, with the key that it is stored under.
#[derive(Clone, Debug)]
pub struct NewRow<'a> {
    /// The key.
    pub key: RowKey<'a>,
    /// The row as it came; its JSON is kept whole.
    pub record: Record<'a>,
}

/// A row without any key; kept as it came, so that nothing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetAside<'a> {
    /// Place among all rows of the walk.
    pub place: u64,
    /// The row.
    pub json: &'a str,
}

/// The rows of a page and how far the walk comes with them: what is stored in one step.
#[derive(Debug)]
pub struct NewPage<'a> {
    /// What was read.
    pub dataset: Dataset,
    /// Whose rows they are.
    pub supplier: FinfoSupplierId,
    /// Version of the interface that answered.
    pub version: ApiVersion,
    /// The pass of the walk; the page is refused unless the open walk is in the same.
    pub pass: u32,
    /// Place of the first row; the page is refused unless the open walk stands there.
    pub from: u64,
    /// Place after the last row; the open walk stands there afterwards.
    pub next: u64,
    /// The rows with a key. No key occurs twice.
    pub rows: &'a [NewRow<'a>],
    /// The rows without one.
    pub set_aside: &'a [SetAside<'a>],
    /// What the walk needs to be gone on with in another process; kept until the pass ends.
    pub trail: &'a [u8],
    /// The time of the run, for first appearances and changes.
    pub at: DateTime<Utc>,
}

/// A row of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRow {
    /// What it belongs to.
    pub dataset: Dataset,
    /// The supplier in whose list it was last read.
    pub supplier: FinfoSupplierId,
    /// The key.
    pub key: RowKey<'static>,
    /// The row as it came.
    pub json: String,
    /// Version of the interface that wrote it.
    pub version: ApiVersion,
    /// When it was first stored.
    pub first_seen: DateTime<Utc>,
    /// When it last changed; the same moment at first.
    pub changed_at: DateTime<Utc>,
    /// Since when a complete list of its supplier no longer has it. Such a row is kept.
    pub unlisted_since: Option<DateTime<Utc>>,
}

impl StoredRow {
    /// The row as an article.
    ///
    /// # Errors
    /// [`WireError`] when the stored text is not one JSON object: the catalogue is damaged.
    pub fn article(&self) -> Result<Article<'_>, WireError> {
        Article::parse(&self.json, self.version)
    }

    /// The row as a record.
    ///
    /// # Errors
    /// As [`article`](Self::article).
    pub fn record(&self) -> Result<Record<'_>, WireError> {
        Record::parse(&self.json)
    }
}

/// Which rows are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowFilter {
    /// Of which dataset.
    pub dataset: Dataset,
    /// Of which supplier; of all unless set.
    pub supplier: Option<FinfoSupplierId>,
    /// Only rows that appeared or changed at this moment or after it.
    pub changed_since: Option<DateTime<Utc>>,
}

impl RowFilter {
    /// All rows of a dataset.
    #[must_use]
    pub fn new(dataset: Dataset) -> Self {
        Self {
            dataset,
            supplier: None,
            changed_since: None,
        }
    }

    /// Only those of one supplier.
    #[must_use]
    pub fn of_supplier(mut self, supplier: FinfoSupplierId) -> Self {
        self.supplier = Some(supplier);
        self
    }

    /// Only those that appeared or changed at this moment or after it.
    #[must_use]
    pub fn changed_since(mut self, moment: DateTime<Utc>) -> Self {
        self.changed_since = Some(moment);
        self
    }
}

/// Which of the numbers of a supplier's article is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberRole {
    /// The number it has.
    Own,
    /// The number it had before.
    Previous,
    /// The number of the article that stands in for it.
    Replacement,
}
