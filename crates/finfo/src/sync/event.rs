//! What a run tells while it is at work, and what it says at the end.

use std::time::Duration;

use chrono::{DateTime, Utc};
use finkit_core::FinfoSupplierId;

use crate::catalogue::{Dataset, SupplierNews, Tally, WalkSpan};
use crate::error::Error;
use crate::notice::Notice;
use crate::pages::Drift;

/// Something that happened in a run.
#[derive(Debug)]
#[non_exhaustive]
pub enum SyncEvent<'a> {
    /// The suppliers are known.
    Suppliers {
        /// How many there are to read.
        count: usize,
        /// How the list differs from the one before.
        news: &'a SupplierNews,
    },
    /// A walk begins.
    Begun {
        /// The supplier.
        supplier: FinfoSupplierId,
        /// Which rows are read.
        span: WalkSpan,
        /// The rows that an earlier run has read of it already.
        done: u64,
    },
    /// A page is stored, or compared.
    Page {
        /// The supplier.
        supplier: FinfoSupplierId,
        /// How many rows are done.
        done: u64,
        /// How many there are, if the service says so.
        total: Option<u64>,
    },
    /// The list moved and is read from the beginning.
    Again {
        /// The supplier.
        supplier: FinfoSupplierId,
        /// What was noticed.
        why: Drift,
    },
    /// A supplier is done, well or not.
    Ended(&'a SupplierReport),
}

/// Gets the events of a run. It is called between pages, so it should be quick.
pub trait Observer: Sync {
    /// Something happened.
    fn event(&self, event: &SyncEvent<'_>);
}

impl<F: Fn(&SyncEvent<'_>) + Sync> Observer for F {
    fn event(&self, event: &SyncEvent<'_>) {
        self(event);
    }
}

/// What a run did for one supplier.
#[derive(Debug)]
#[non_exhaustive]
pub struct SupplierReport {
    /// The supplier.
    pub supplier: FinfoSupplierId,
    /// Its name, if the list has one.
    pub name: Option<String>,
    /// Which rows were read; the last period, where there were two.
    pub span: Option<WalkSpan>,
    /// Whether a walk of an earlier run was gone on with.
    pub resumed: bool,
    /// What became of the rows in this run.
    pub tally: Tally,
    /// Rows that a complete list no longer has; they are kept and marked.
    pub unlisted: u64,
    /// Rows of articles without an agreement that the service has fewer of; they are gone.
    pub removed: u64,
    /// Rows that nothing but their order tells from others of their article: name the field of the agreement in the
    /// endpoint.
    pub unnamed: u64,
    /// How often the list moved and was read again.
    pub again: u32,
    /// Requests that were sent, repeats included.
    pub requests: u64,
    /// Token requests that were sent on the way. Suppliers that are read at the same time share a token; the request is
    /// counted with the one that was done first.
    pub tokens: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// How it ended.
    pub ending: Ending,
}

/// How a supplier's part of a run ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ending {
    /// Everything up to this moment is in the catalogue.
    Complete(DateTime<Utc>),
    /// The period was read once more; the watermark stays.
    Backfilled,
    /// It failed; what is stored stays, and the next run goes on from there.
    Failed(Error),
    /// It was not begun, since another supplier failed for a reason that concerns all.
    Skipped,
}

impl Ending {
    /// Whether it went well.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Complete(_) | Self::Backfilled)
    }
}

impl SupplierReport {
    pub(crate) fn new(supplier: FinfoSupplierId, name: Option<String>) -> Self {
        Self {
            supplier,
            name,
            span: None,
            resumed: false,
            tally: Tally::default(),
            unlisted: 0,
            removed: 0,
            unnamed: 0,
            again: 0,
            requests: 0,
            tokens: 0,
            elapsed: Duration::ZERO,
            ending: Ending::Skipped,
        }
    }
}

/// What a run did.
#[derive(Debug)]
#[non_exhaustive]
pub struct SyncReport {
    /// What was read.
    pub dataset: Dataset,
    /// The moment that the run began, which ends its periods.
    pub started_at: DateTime<Utc>,
    /// How the list of suppliers differs from the one before. The rows of those that have gone are kept.
    pub news: SupplierNews,
    /// One for each supplier, in the order of the list.
    pub suppliers: Vec<SupplierReport>,
    /// All requests, those for the list of suppliers included, token requests not.
    pub requests: u64,
    /// All token requests.
    pub tokens: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// What is to be known about versions of the interface.
    pub notices: Vec<Notice>,
}

impl SyncReport {
    /// What became of all rows.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut sum = Tally::default();
        for supplier in &self.suppliers {
            sum += supplier.tally;
        }
        sum
    }

    /// The suppliers that failed or were not begun.
    pub fn unfinished(&self) -> impl Iterator<Item = &SupplierReport> {
        self.suppliers
            .iter()
            .filter(|supplier| !supplier.ending.is_good())
    }

    /// Whether every supplier is complete.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unfinished().next().is_none()
    }
}

/// What a run would take.
#[derive(Debug)]
#[non_exhaustive]
pub struct DryRun {
    /// One for each supplier, in the order of the list.
    pub suppliers: Vec<DrySupplier>,
    /// Requests that it took to find out.
    pub asked: u64,
}

/// What a run would take for one supplier.
#[derive(Debug)]
#[non_exhaustive]
pub struct DrySupplier {
    /// The supplier.
    pub supplier: FinfoSupplierId,
    /// Its name, if the list has one.
    pub name: Option<String>,
    /// Which rows would be read.
    pub span: WalkSpan,
    /// Rows of it that an earlier run has read already.
    pub done: u64,
    /// How many rows there are.
    pub rows: Result<Option<u64>, Error>,
    /// How many requests that takes, if nothing is repeated; `None` where the service doesn't say how many rows there
    /// are.
    pub requests: Option<u64>,
}

impl DryRun {
    /// Requests of all suppliers, and one for their list. `None` where one of them is not known.
    #[must_use]
    pub fn requests(&self) -> Option<u64> {
        self.suppliers
            .iter()
            .map(|supplier| supplier.requests)
            .sum::<Option<u64>>()
            .map(|sum| sum + 1)
    }
}
