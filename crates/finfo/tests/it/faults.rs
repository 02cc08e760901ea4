//! Killed at every step in turn and run again: the catalogue ends as after one undisturbed run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use finkit_core::FinfoSupplierId;
use finkit_finfo::catalogue::{
    AssetFilter, AssetId, Catalogue, CatalogueError, CatalogueErrorKind, Change, ChangesSince,
    Dataset, Holder, KnownSupplier, ListedSupplier, MemoryCatalogue, NewPage, NumberRole,
    RowFilter, RowKey, Standing, StoredAsset, StoredFile, StoredRow, SupplierNews, Tally, Walk,
    WalkEnd,
};
use finkit_finfo::{Error, Mirror, SyncOptions, SyncReport, Wish};
use finkit_transport::{Clock as _, MemoryVault};

use crate::model::{Fault, Model, quiet, small_pages, stored};

/// A catalogue whose process dies at a given write, before it or after it.
pub(crate) struct Mortal {
    inner: MemoryCatalogue,
    left: Arc<AtomicUsize>,
    applied: bool,
}

impl Mortal {
    pub(crate) fn new(inner: MemoryCatalogue, writes: usize, applied: bool) -> Self {
        Self {
            inner,
            left: Arc::new(AtomicUsize::new(writes)),
            applied,
        }
    }

    fn write<T>(
        &mut self,
        work: impl FnOnce(&mut MemoryCatalogue) -> Result<T, CatalogueError>,
    ) -> Result<T, CatalogueError> {
        let dead = || CatalogueError::new(CatalogueErrorKind::Io, "killed");
        match self.left.load(Ordering::Relaxed) {
            0 => Err(dead()),
            1 => {
                self.left.store(0, Ordering::Relaxed);
                if self.applied {
                    work(&mut self.inner)?;
                }
                Err(dead())
            }
            left => {
                self.left.store(left - 1, Ordering::Relaxed);
                work(&mut self.inner)
            }
        }
    }
}

type Done<T> = Result<T, CatalogueError>;

impl Catalogue for Mortal {
    fn take_lease(&mut self, holder: &Holder) -> Done<()> {
        self.inner.take_lease(holder)
    }
    fn release_lease(&mut self) {
        self.inner.release_lease();
    }
    fn lease(&mut self) -> Done<Option<Holder>> {
        self.inner.lease()
    }
    fn list_suppliers(
        &mut self,
        listed: &[ListedSupplier],
        at: DateTime<Utc>,
    ) -> Done<SupplierNews> {
        self.write(|inner| inner.list_suppliers(listed, at))
    }
    fn suppliers(&mut self) -> Done<Vec<KnownSupplier>> {
        self.inner.suppliers()
    }
    fn standing(&mut self, dataset: Dataset, supplier: &FinfoSupplierId) -> Done<Standing> {
        self.inner.standing(dataset, supplier)
    }
    fn begin_walk(&mut self, walk: &Walk) -> Done<()> {
        self.write(|inner| inner.begin_walk(walk))
    }
    fn store_page(&mut self, page: &NewPage<'_>) -> Done<Tally> {
        self.write(|inner| inner.store_page(page))
    }
    fn trail(&mut self, dataset: Dataset, supplier: &FinfoSupplierId) -> Done<Vec<Vec<u8>>> {
        self.inner.trail(dataset, supplier)
    }
    fn finish_walk(&mut self, end: &WalkEnd<'_>) -> Done<()> {
        self.write(|inner| inner.finish_walk(end))
    }
    fn note_failure(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
        at: DateTime<Utc>,
        message: &str,
    ) -> Done<()> {
        self.write(|inner| inner.note_failure(dataset, supplier, at, message))
    }
    fn row(&mut self, dataset: Dataset, key: &RowKey<'_>) -> Done<Option<StoredRow>> {
        self.inner.row(dataset, key)
    }
    fn rows(
        &mut self,
        filter: &RowFilter,
        after: Option<&RowKey<'_>>,
        limit: usize,
    ) -> Done<Vec<StoredRow>> {
        self.inner.rows(filter, after, limit)
    }
    fn keys(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
        each: &mut dyn FnMut(&RowKey<'_>),
    ) -> Done<()> {
        self.inner.keys(dataset, supplier, each)
    }
    fn count(&mut self, dataset: Dataset, supplier: Option<&FinfoSupplierId>) -> Done<u64> {
        self.inner.count(dataset, supplier)
    }
    fn set_aside(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
    ) -> Done<Vec<(u64, String)>> {
        self.inner.set_aside(dataset, supplier)
    }
    fn changes(&mut self, since: ChangesSince, limit: usize) -> Done<Vec<Change>> {
        self.inner.changes(since, limit)
    }
    fn find(&mut self, text: &str, limit: usize) -> Done<Vec<StoredRow>> {
        self.inner.find(text, limit)
    }
    fn by_number(
        &mut self,
        supplier: Option<&FinfoSupplierId>,
        role: NumberRole,
        number: &str,
    ) -> Done<Vec<StoredRow>> {
        self.inner.by_number(supplier, role, number)
    }
    fn assets(
        &mut self,
        filter: &AssetFilter,
        after: Option<AssetId>,
        limit: usize,
    ) -> Done<Vec<StoredAsset>> {
        self.inner.assets(filter, after, limit)
    }
    fn note_file(&mut self, asset: AssetId, file: &StoredFile) -> Done<()> {
        self.write(|inner| inner.note_file(asset, file))
    }
    fn note_miss(
        &mut self,
        asset: AssetId,
        at: DateTime<Utc>,
        message: &str,
        passing: bool,
    ) -> Done<()> {
        self.write(|inner| inner.note_miss(asset, at, message, passing))
    }
    fn file_with_checksum(&mut self, checksum: &str) -> Done<Option<StoredFile>> {
        self.inner.file_with_checksum(checksum)
    }
    fn file_bytes(&mut self) -> Done<u64> {
        self.inner.file_bytes()
    }
}

fn options() -> SyncOptions {
    small_pages(10).parallel(2)
}

/// Three suppliers, one of them with agreements that its rows don't name.
fn service() -> Model {
    let model = Model::new();
    let now = model.clock.now() - TimeDelta::days(9);
    let mut state = model.state();
    for id in 1..=45 {
        state.put("1", id, "", 1, now);
    }
    for id in 101..=112 {
        for agreement in ["", "A", "B"] {
            state.put(
                "2",
                id,
                agreement,
                i64::from(id) + agreement.len() as i64 + i64::from(agreement == "B"),
                now,
            );
        }
    }
    for row in state
        .suppliers
        .get_mut("2")
        .expect("there")
        .rows
        .values_mut()
    {
        row.named = false;
    }
    state.put("3", 201, "", 1, now);
    drop(state);
    model
}

async fn run(
    model: &Model,
    catalogue: impl Catalogue,
    options: &SyncOptions,
) -> Result<SyncReport, Error> {
    let mirror = Mirror::new(
        model.client_with(finkit_finfo::Endpoints::assumed(), MemoryVault::new()),
        catalogue,
    )
    .expect("a thread");
    mirror.sync(options, &quiet).await
}

/// Rows, and the change log without its numbers.
type Contents = (BTreeSet<(String, String, String)>, BTreeSet<String>);

fn contents(catalogue: &mut MemoryCatalogue) -> Contents {
    let log = catalogue
        .changes(ChangesSince::Number(0), 10_000)
        .expect("a log");
    let lines: Vec<String> = log
        .iter()
        .map(|change| {
            format!(
                "{} {} {} {:?} {:?}",
                change.at, change.supplier, change.key, change.kind, change.fields
            )
        })
        .collect();
    let once: BTreeSet<String> = lines.iter().cloned().collect();
    assert_eq!(lines.len(), once.len(), "no entry twice");
    (stored(catalogue), once)
}

/// Runs until nothing is left to do: faults that the killed run did not meet are in the way of the next ones.
async fn run_until_complete(model: &Model, catalogue: &MemoryCatalogue) {
    for _ in 0..12 {
        let report = run(model, catalogue.clone(), &options()).await;
        if report.is_ok_and(|report| report.is_complete()) {
            return;
        }
    }
    panic!("never complete");
}

/// A first load, and a second run with changes; the second is killed at each of its writes in turn, or the first.
async fn killed_everywhere(kill_first: bool, faults: &[Fault], happening: bool) {
    let edit = |model: &Model| {
        model.clock.advance(std::time::Duration::from_secs(86_400));
        let now = model.clock.now() - TimeDelta::hours(1);
        let mut state = model.state();
        for id in 1..=25 {
            state.put("1", id, "", 500, now);
        }
        state.put("3", 202, "", 1, now);
    };
    let undisturbed = {
        let model = service();
        let mut catalogue = MemoryCatalogue::new();
        run(&model, catalogue.clone(), &options())
            .await
            .expect("a report");
        if !kill_first {
            edit(&model);
            run(&model, catalogue.clone(), &options())
                .await
                .expect("a report");
        }
        contents(&mut catalogue)
    };
    for applied in [false, true] {
        for writes in 1.. {
            let model = service();
            let mut catalogue = MemoryCatalogue::new();
            if !kill_first {
                run(&model, catalogue.clone(), &options())
                    .await
                    .expect("a report");
                edit(&model);
            }
            model.faults(faults.iter().cloned());
            if happening {
                // A row that is there for the length of one request: the list moves and is as before in the end.
                model.before_request(5, |state, now| {
                    state.put("1", 46, "", 1, now - TimeDelta::hours(1));
                });
                model.before_request(6, |state, _| state.remove("1", 46));
            }
            let mortal = Mortal::new(catalogue.clone(), writes, applied);
            let left = Arc::clone(&mortal.left);
            let first = run(&model, mortal, &options()).await;
            let died = left.load(Ordering::Relaxed) == 0;
            run_until_complete(&model, &catalogue).await;
            let (rows, log) = contents(&mut catalogue);
            let (expected, expected_log) = &undisturbed;
            let without =
                |rows: &BTreeSet<(String, String, String)>| -> BTreeSet<(String, String, String)> {
                    rows.iter()
                        .filter(|(_, key, _)| key != "46")
                        .cloned()
                        .collect()
                };
            assert_eq!(
                &without(&rows),
                expected,
                "killed at write {writes}, applied: {applied}"
            );
            if !happening {
                assert_eq!(
                    &log, expected_log,
                    "killed at write {writes}, applied: {applied}"
                );
            }
            if !died {
                let complete = first.is_ok_and(|report| report.is_complete());
                assert!(complete || !faults.is_empty(), "nothing was in its way");
                assert!(writes > 8, "only {writes} writes");
                break;
            }
        }
    }
}

#[tokio::test]
async fn killed_at_every_write_of_a_first_load() {
    killed_everywhere(true, &[], false).await;
}

#[tokio::test]
async fn killed_at_every_write_of_a_later_run() {
    killed_everywhere(false, &[], false).await;
}

#[tokio::test]
async fn killed_at_every_write_with_throttling_cut_pages_dead_tokens_and_drift() {
    let faults = [
        Fault::None,
        Fault::Throttle(2),
        Fault::CutJson,
        Fault::None,
        Fault::DeadToken,
        Fault::CutBody,
        Fault::None,
        Fault::Status(503),
        Fault::Throttle(1),
    ];
    killed_everywhere(true, &faults, true).await;
    killed_everywhere(false, &faults, true).await;
}

#[tokio::test]
async fn a_walk_is_gone_on_with_where_it_stood() {
    for (writes, pages_left) in [(3, 10), (7, 6), (12, 1)] {
        let model = Model::with_articles("1", 100);
        let mut catalogue = MemoryCatalogue::new();
        // The list of suppliers, the beginning of the walk, and pages.
        let mortal = Mortal::new(catalogue.clone(), writes, false);
        let report = run(&model, mortal, &options()).await.expect("a report");
        assert!(!report.is_complete());
        model.clear_requests();
        let report = run(&model, catalogue.clone(), &options())
            .await
            .expect("a report");
        assert_eq!(report.suppliers[0].resumed, writes > 2, "{report:?}");
        // One for the suppliers, the rest of the pages, and one for what changed since the walk began.
        let changes = usize::from(report.suppliers[0].requests > 0);
        assert!(
            model.requests().len() <= 1 + pages_left + changes + 1,
            "{writes}: {:?}",
            model.requests()
        );
        assert_eq!(stored(&mut catalogue), model.rows());
    }
}

#[tokio::test]
async fn a_walk_that_is_gone_on_with_after_days_still_brings_what_changed_meanwhile() {
    let model = Model::with_articles("1", 100);
    let mut catalogue = MemoryCatalogue::new();
    let mortal = Mortal::new(catalogue.clone(), 8, true);
    run(&model, mortal, &options()).await.expect("a report");
    // A row that has been read already, and one that has not.
    model
        .clock
        .advance(std::time::Duration::from_secs(3 * 86_400));
    let now = model.clock.now() - TimeDelta::days(1);
    model.state().put("1", 2, "", 777, now);
    model.state().put("1", 99, "", 777, now);
    model.clock.advance(std::time::Duration::from_secs(86_400));
    let report = run(&model, catalogue.clone(), &options())
        .await
        .expect("a report");
    assert!(report.suppliers[0].resumed);
    assert_eq!(stored(&mut catalogue), model.rows());
}

#[tokio::test]
async fn a_list_that_moved_between_two_runs_is_read_from_the_beginning() {
    let model = Model::with_articles("1", 100);
    let mut catalogue = MemoryCatalogue::new();
    run(&model, Mortal::new(catalogue.clone(), 8, true), &options())
        .await
        .expect("a report");
    // As many come as go, long ago by their stamps, so that only the seam tells.
    model.state().remove("1", 5);
    let long_ago = model.clock.now() - TimeDelta::days(300);
    model.state().put("1", 200, "", 1, long_ago);
    let report = run(&model, catalogue.clone(), &options())
        .await
        .expect("a report");
    assert_eq!(
        (report.suppliers[0].resumed, report.suppliers[0].again),
        (true, 1)
    );
    let here: BTreeSet<_> = stored(&mut catalogue)
        .into_iter()
        .filter(|(_, key, _)| key != "5")
        .collect();
    assert_eq!(here, model.rows());
    let five = RowKey::of("5".parse().expect("an article"));
    let row = catalogue
        .row(Dataset::Article, &five)
        .expect("readable")
        .expect("kept");
    assert!(row.unlisted_since.is_some());
}

#[tokio::test]
async fn a_full_run_that_was_killed_is_gone_on_with_by_the_next_full_run() {
    let model = Model::with_articles("1", 100);
    let mut catalogue = MemoryCatalogue::new();
    run(&model, catalogue.clone(), &options())
        .await
        .expect("a report");
    model.state().remove("1", 50);
    let full = options().wish(Wish::Full);
    run(&model, Mortal::new(catalogue.clone(), 9, true), &full)
        .await
        .expect("a report");
    let report = run(&model, catalogue.clone(), &full)
        .await
        .expect("a report");
    assert_eq!(
        (report.suppliers[0].resumed, report.suppliers[0].unlisted),
        (true, 1)
    );
    let here: BTreeSet<_> = stored(&mut catalogue)
        .into_iter()
        .filter(|(_, key, _)| key != "50")
        .collect();
    assert_eq!(here, model.rows());
}
