//! A catalogue in memory, for programs that keep articles elsewhere, and for tests.

mod media;
mod search;
mod store;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use finkit_core::FinfoSupplierId;

use super::{
    AssetFilter, AssetId, Catalogue, CatalogueError, Change, ChangesSince, Dataset, Failure,
    Holder, KnownSupplier, ListedSupplier, NewPage, NumberRole, OpenWalk, RowFilter, RowKey,
    Standing, StoredAsset, StoredFile, StoredRow, SupplierNews, Tally, Walk, WalkEnd,
};

/// A [`Catalogue`] that lives as long as its last handle.
///
/// Clones are further handles on the same catalogue, as further processes are on a file: a lease belongs to the handle
/// that took it and ends with it.
///
/// ```
/// use finkit_finfo::catalogue::{Catalogue, Dataset, MemoryCatalogue};
///
/// let mut catalogue = MemoryCatalogue::new();
/// assert_eq!(catalogue.count(Dataset::Article, None)?, 0);
/// # Ok::<(), finkit_finfo::catalogue::CatalogueError>(())
/// ```
pub struct MemoryCatalogue {
    handle: u64,
    shelves: Arc<Mutex<Shelves>>,
}

/// What a row lies under.
type Place = (Dataset, RowKey<'static>);

#[derive(Default)]
struct Shelves {
    handles: u64,
    lease: Option<(u64, Holder)>,
    suppliers: BTreeMap<FinfoSupplierId, KnownSupplier>,
    walks: BTreeMap<(Dataset, FinfoSupplierId), Kept>,
    rows: BTreeMap<Place, StoredRow>,
    aside: BTreeMap<(Dataset, FinfoSupplierId), Vec<(u64, String)>>,
    log: Vec<Change>,
    assets: BTreeMap<AssetId, StoredAsset>,
}

/// A supplier's walks through one dataset.
#[derive(Default)]
struct Kept {
    standing: Standing,
    trail: Vec<Vec<u8>>,
}

impl MemoryCatalogue {
    /// An empty catalogue.
    #[must_use]
    pub fn new() -> Self {
        Self {
            handle: 0,
            shelves: Arc::default(),
        }
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryCatalogue {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for MemoryCatalogue {
    fn clone(&self) -> Self {
        let mut shelves = self.shelves();
        shelves.handles += 1;
        Self {
            handle: shelves.handles,
            shelves: Arc::clone(&self.shelves),
        }
    }
}

impl Drop for MemoryCatalogue {
    fn drop(&mut self) {
        self.release_lease();
    }
}

impl fmt::Debug for MemoryCatalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shelves = self.shelves();
        f.debug_struct("MemoryCatalogue")
            .field("suppliers", &shelves.suppliers.len())
            .field("rows", &shelves.rows.len())
            .field("changes", &shelves.log.len())
            .finish_non_exhaustive()
    }
}

impl Catalogue for MemoryCatalogue {
    fn take_lease(&mut self, holder: &Holder) -> Result<(), CatalogueError> {
        let handle = self.handle;
        let mut shelves = self.shelves();
        match &shelves.lease {
            Some((_, holder)) => Err(CatalogueError::held(holder.clone())),
            None => {
                shelves.lease = Some((handle, holder.clone()));
                Ok(())
            }
        }
    }

    fn release_lease(&mut self) {
        let handle = self.handle;
        let mut shelves = self.shelves();
        if shelves
            .lease
            .as_ref()
            .is_some_and(|(owner, _)| *owner == handle)
        {
            shelves.lease = None;
        }
    }

    fn lease(&mut self) -> Result<Option<Holder>, CatalogueError> {
        Ok(self
            .shelves()
            .lease
            .as_ref()
            .map(|(_, holder)| holder.clone()))
    }

    fn list_suppliers(
        &mut self,
        listed: &[ListedSupplier],
        at: DateTime<Utc>,
    ) -> Result<SupplierNews, CatalogueError> {
        Ok(self.shelves().list_suppliers(listed, at))
    }

    fn suppliers(&mut self) -> Result<Vec<KnownSupplier>, CatalogueError> {
        Ok(self.shelves().suppliers.values().cloned().collect())
    }

    fn standing(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
    ) -> Result<Standing, CatalogueError> {
        let shelves = self.shelves();
        let kept = shelves.walks.get(&(dataset, *supplier));
        Ok(kept.map(|kept| kept.standing.clone()).unwrap_or_default())
    }

    fn begin_walk(&mut self, walk: &Walk) -> Result<(), CatalogueError> {
        self.shelves().begin_walk(walk);
        Ok(())
    }

    fn store_page(&mut self, page: &NewPage<'_>) -> Result<Tally, CatalogueError> {
        self.shelves().store_page(page)
    }

    fn trail(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
    ) -> Result<Vec<Vec<u8>>, CatalogueError> {
        let shelves = self.shelves();
        let kept = shelves.walks.get(&(dataset, *supplier));
        Ok(kept.map(|kept| kept.trail.clone()).unwrap_or_default())
    }

    fn finish_walk(&mut self, end: &WalkEnd<'_>) -> Result<(), CatalogueError> {
        self.shelves().finish_walk(end)
    }

    fn note_failure(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
        at: DateTime<Utc>,
        message: &str,
    ) -> Result<(), CatalogueError> {
        let mut shelves = self.shelves();
        let standing = &mut shelves
            .walks
            .entry((dataset, *supplier))
            .or_default()
            .standing;
        let times = standing.failure.as_ref().map_or(0, |failure| failure.times) + 1;
        let message = message.to_owned();
        standing.failure = Some(Failure { at, message, times });
        Ok(())
    }

    fn row(
        &mut self,
        dataset: Dataset,
        key: &RowKey<'_>,
    ) -> Result<Option<StoredRow>, CatalogueError> {
        let place = (dataset, key.clone().into_owned());
        Ok(self.shelves().rows.get(&place).cloned())
    }

    fn rows(
        &mut self,
        filter: &RowFilter,
        after: Option<&RowKey<'_>>,
        limit: usize,
    ) -> Result<Vec<StoredRow>, CatalogueError> {
        Ok(self.shelves().rows(filter, after, limit))
    }

    fn keys(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
        each: &mut dyn FnMut(&RowKey<'_>),
    ) -> Result<(), CatalogueError> {
        let shelves = self.shelves();
        shelves
            .listed(dataset, Some(supplier))
            .for_each(|row| each(&row.key));
        Ok(())
    }

    fn count(
        &mut self,
        dataset: Dataset,
        supplier: Option<&FinfoSupplierId>,
    ) -> Result<u64, CatalogueError> {
        Ok(self.shelves().listed(dataset, supplier).count() as u64)
    }

    fn set_aside(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
    ) -> Result<Vec<(u64, String)>, CatalogueError> {
        let shelves = self.shelves();
        Ok(shelves
            .aside
            .get(&(dataset, *supplier))
            .cloned()
            .unwrap_or_default())
    }

    fn changes(
        &mut self,
        since: ChangesSince,
        limit: usize,
    ) -> Result<Vec<Change>, CatalogueError> {
        let shelves = self.shelves();
        let first = shelves.log.iter().position(|change| match since {
            ChangesSince::Moment(moment) => change.at >= moment,
            ChangesSince::Number(number) => change.number > number,
        });
        let from = first.unwrap_or(shelves.log.len());
        Ok(shelves.log[from..].iter().take(limit).cloned().collect())
    }

    fn find(&mut self, text: &str, limit: usize) -> Result<Vec<StoredRow>, CatalogueError> {
        search::find(&self.shelves().rows, text, limit)
    }

    fn by_number(
        &mut self,
        supplier: Option<&FinfoSupplierId>,
        role: NumberRole,
        number: &str,
    ) -> Result<Vec<StoredRow>, CatalogueError> {
        search::by_number(&self.shelves().rows, supplier, role, number)
    }

    fn assets(
        &mut self,
        filter: &AssetFilter,
        after: Option<AssetId>,
        limit: usize,
    ) -> Result<Vec<StoredAsset>, CatalogueError> {
        let shelves = self.shelves();
        let from = after.map_or(0, |after| after.0 + 1);
        let wanted = shelves
            .assets
            .range(AssetId(from)..)
            .map(|(_, asset)| asset);
        Ok(wanted
            .filter(|asset| filter.admits(asset))
            .take(limit)
            .cloned()
            .collect())
    }

    fn note_file(&mut self, asset: AssetId, file: &StoredFile) -> Result<(), CatalogueError> {
        self.shelves().note_file(asset, file);
        Ok(())
    }

    fn note_miss(
        &mut self,
        asset: AssetId,
        at: DateTime<Utc>,
        message: &str,
        passing: bool,
    ) -> Result<(), CatalogueError> {
        self.shelves().note_miss(asset, at, message, passing);
        Ok(())
    }

    fn file_with_checksum(&mut self, checksum: &str) -> Result<Option<StoredFile>, CatalogueError> {
        Ok(self.shelves().file_with_checksum(checksum))
    }

    fn file_bytes(&mut self) -> Result<u64, CatalogueError> {
        Ok(self.shelves().file_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::testing;

    #[test]
    fn it_keeps_what_every_catalogue_promises() {
        testing::check_all(&mut MemoryCatalogue::new);
    }

    #[test]
    fn a_lease_ends_with_its_handle() {
        let mut first = MemoryCatalogue::new();
        let mut second = first.clone();
        let holder = Holder::new(1, "here", DateTime::UNIX_EPOCH, "sync");
        first.take_lease(&holder).expect("free");
        second.release_lease();
        let refused = second.take_lease(&holder).expect_err("held");
        assert_eq!(refused.holder(), Some(&holder));
        drop(first);
        second.take_lease(&holder).expect("free again");
    }
}
