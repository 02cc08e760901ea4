//! Comparing the catalogue with the service without writing: by count, or row by row.

use std::sync::Arc;

use finkit_core::FinfoSupplierId;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::Semaphore;

use super::event::{Observer, SyncEvent};
use super::seen::{Presence, Seen};
use super::walk::{Sorted, query, sort};
use super::{Chosen, Mirror, SyncOptions, chosen};
use crate::catalogue::{Catalogue, CatalogueError, Dataset, RowKey, WalkSpan, record_changes};
use crate::error::Error;
use crate::pages::{PageEvent, Pages};

/// Most keys of each kind that a report names.
const NAMED: usize = 100;

/// How closely is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VerifyDepth {
    /// The numbers of rows: one small request for each supplier.
    #[default]
    Counts,
    /// Every row, which reads everything.
    Rows,
}

/// What a comparison found.
#[derive(Debug)]
#[non_exhaustive]
pub struct VerifyReport {
    /// One for each supplier, in the order of the list.
    pub suppliers: Vec<VerifySupplier>,
    /// Requests that it took.
    pub requests: u64,
}

/// What a comparison found for one supplier.
///
/// What changed at the service since the last sync differs too.
#[derive(Debug)]
#[non_exhaustive]
pub struct VerifySupplier {
    /// The supplier.
    pub supplier: FinfoSupplierId,
    /// Its name, if the list has one.
    pub name: Option<String>,
    /// How many rows the service has, repetitions included, if it says so.
    pub there: Option<u64>,
    /// How many rows the catalogue has that are not marked as unlisted.
    pub here: u64,
    /// Rows that the service has and the catalogue has not.
    pub missing: Found,
    /// Rows that differ.
    pub differing: Found,
    /// Rows that the catalogue has and the service has not.
    pub extra: Found,
    /// Rows that the service repeats word for word, of which the catalogue has one.
    pub repeated: u64,
    /// Why the comparison failed, if it did.
    pub error: Option<Error>,
}

/// Rows that were found, of which the first hundred are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<RowKey<'static>>,
}

impl Found {
    fn add(&mut self, key: &RowKey<'_>) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(key.clone().into_owned());
        }
    }
}

impl VerifySupplier {
    /// Whether catalogue and service agree, as far as was compared.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let rows = self.missing.count + self.differing.count + self.extra.count;
        let counts = self
            .there
            .is_none_or(|there| there == self.here + self.repeated);
        self.error.is_none() && rows == 0 && counts
    }
}

/// What was found in the rows.
#[derive(Debug, Default)]
struct Differences {
    missing: Found,
    differing: Found,
    extra: Found,
    repeated: u64,
    there: Option<u64>,
}

impl Mirror {
    /// Compares the catalogue with the service. Nothing is written; [`Wish::Full`](super::Wish::Full) repairs what was
    /// found.
    ///
    /// # Errors
    /// When the list of suppliers can't be had, or another run has the catalogue.
    pub async fn verify(
        &self,
        options: &SyncOptions,
        depth: VerifyDepth,
        observer: &dyn Observer,
    ) -> Result<VerifyReport, Error> {
        let before = self.client.requests();
        let lease = self.lease(options, "verify").await?;
        let (listed, _) = self.client.my_suppliers_at().await?;
        let permits = Arc::new(Semaphore::new(options.pages.ahead.max(1)));
        let listed = chosen(listed, &options.suppliers)
            .into_iter()
            .filter(|chosen| chosen.listed);
        let compared =
            listed.map(|chosen| self.compare(options, depth, &permits, observer, chosen));
        let suppliers = stream::iter(compared)
            .buffered(options.parallel.max(1))
            .collect()
            .await;
        lease.give_back().await;
        Ok(VerifyReport {
            suppliers,
            requests: self.client.requests() - before,
        })
    }

    async fn compare(
        &self,
        options: &SyncOptions,
        depth: VerifyDepth,
        permits: &Arc<Semaphore>,
        observer: &dyn Observer,
        chosen: Chosen,
    ) -> VerifySupplier {
        let (dataset, supplier) = (options.dataset, chosen.supplier);
        let mut found = VerifySupplier {
            supplier,
            name: chosen.name,
            there: None,
            here: 0,
            missing: Found::default(),
            differing: Found::default(),
            extra: Found::default(),
            repeated: 0,
            error: None,
        };
        let result = async {
            let count =
                move |catalogue: &mut dyn Catalogue| catalogue.count(dataset, Some(&supplier));
            found.here = self.keeper.with(count).await?;
            let paged = self.client.endpoints().of(dataset).paged;
            if depth == VerifyDepth::Counts && paged {
                found.there = self.count_there(dataset, supplier).await?;
                return Ok(());
            }
            let differences = self
                .differences(options, supplier, permits, observer)
                .await?;
            found.there = differences.there;
            found.missing = differences.missing;
            found.differing = differences.differing;
            found.extra = differences.extra;
            found.repeated = differences.repeated;
            Ok::<(), Error>(())
        }
        .await;
        found.error = result.err();
        found
    }

    async fn count_there(
        &self,
        dataset: Dataset,
        supplier: FinfoSupplierId,
    ) -> Result<Option<u64>, Error> {
        let version = self.client.endpoints().of(dataset).version;
        let query = query(supplier, WalkSpan::All, version).page(0, 1);
        let answer = self.client.ask(dataset, &query).await?;
        let page = answer.page();
        Ok(page.pagination().total.or(page.is_empty().then_some(0)))
    }

    async fn differences(
        &self,
        options: &SyncOptions,
        supplier: FinfoSupplierId,
        permits: &Arc<Semaphore>,
        observer: &dyn Observer,
    ) -> Result<Differences, Error> {
        let dataset = options.dataset;
        let version = self.client.endpoints().of(dataset).version;
        let rule = self.client.rule(dataset);
        let query = query(supplier, WalkSpan::All, version);
        let mut pages = Pages::of_dataset(self.client.clone(), dataset, query, options.pages)?
            .with_permits(Arc::clone(permits));
        let mut seen = Seen::default();
        let mut found = Differences::default();
        while let Some(event) = pages.next().await {
            match event? {
                PageEvent::Page(page) => {
                    let (done, total) = (page.next(), page.total());
                    found.there = Some(done);
                    let sorted = sort(page, &mut seen, rule, supplier);
                    found.repeated +=
                        (sorted.page.len() - sorted.keys.len() - sorted.aside.len()) as u64;
                    let compared = self
                        .keeper
                        .with(move |catalogue| compare_page(catalogue, dataset, &sorted));
                    let (missing, differing) = compared.await?;
                    missing.iter().for_each(|key| found.missing.add(key));
                    differing.iter().for_each(|key| found.differing.add(key));
                    observer.event(&SyncEvent::Page {
                        supplier,
                        done,
                        total,
                    });
                }
                PageEvent::Again { why, .. } => {
                    seen = Seen::default();
                    found = Differences::default();
                    observer.event(&SyncEvent::Again { supplier, why });
                }
            }
        }
        found.there.get_or_insert(0);
        let extra = move |catalogue: &mut dyn Catalogue| {
            let mut extra = Found::default();
            catalogue.keys(dataset, &supplier, &mut |key| {
                if seen.presence(key) != Presence::Seen {
                    extra.add(key);
                }
            })?;
            Ok(extra)
        };
        found.extra = self.keeper.with(extra).await?;
        Ok(found)
    }
}

type Keys = Vec<RowKey<'static>>;

/// The keys of a page that the catalogue doesn't have, and those whose rows differ.
fn compare_page(
    catalogue: &mut dyn Catalogue,
    dataset: Dataset,
    sorted: &Sorted,
) -> Result<(Keys, Keys), CatalogueError> {
    let (mut missing, mut differing) = (Keys::new(), Keys::new());
    for (place, key) in &sorted.keys {
        let Some(record) = sorted.page.record(*place) else {
            continue;
        };
        let Some(stored) = catalogue.row(dataset, key)? else {
            missing.push(key.clone());
            continue;
        };
        let same = stored.json == record.json()
            || stored
                .record()
                .is_ok_and(|stored| record_changes(&stored, &record).is_empty());
        if !same || stored.unlisted_since.is_some() {
            differing.push(key.clone());
        }
    }
    Ok((missing, differing))
}
