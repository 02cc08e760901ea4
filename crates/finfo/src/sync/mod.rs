//! Keeping a catalogue equal to the service: full loads, changes since the last success, and what became of them.

mod dry;
mod event;
mod keeper;
mod marks;
mod plan;
mod seen;
mod verify;
mod walk;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use finkit_core::FinfoSupplierId;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::Semaphore;

use crate::catalogue::{
    Catalogue, CatalogueError, Dataset, Holder, ListedSupplier, SupplierNews, WalkPurpose,
};
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::pages::PageOptions;

pub use event::{DryRun, DrySupplier, Ending, Observer, SupplierReport, SyncEvent, SyncReport};
use keeper::Job;
pub(crate) use keeper::Keeper;
pub use plan::{Plan, Wish, plan};
pub use verify::{Found, VerifyDepth, VerifyReport, VerifySupplier};
use walk::Setting;

/// How often calls may fail to get through, one supplier after the other, before the rest are not begun.
const FAILURES_IN_A_ROW: u32 = 5;
/// How far the service's clock may be behind before it is not believed.
const CLOCKS_APART: TimeDelta = TimeDelta::days(1);

/// Keeps a catalogue equal to the service.
///
/// The catalogue works on a thread of its own, so that pages are fetched while one is stored.
///
/// ```no_run
/// # async fn example(client: finkit_finfo::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use finkit_finfo::catalogue::MemoryCatalogue;
/// use finkit_finfo::{Mirror, SyncEvent, SyncOptions};
///
/// let mirror = Mirror::new(client, MemoryCatalogue::new())?;
/// let report = mirror.sync(&SyncOptions::default(), &|event: &SyncEvent<'_>| println!("{event:?}")).await?;
/// for supplier in &report.suppliers {
///     println!("{}: {} new, {} changed", supplier.supplier, supplier.tally.new, supplier.tally.changed);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Mirror {
    client: Client,
    keeper: Arc<Keeper>,
}

/// What is read, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SyncOptions {
    /// Which rows.
    pub dataset: Dataset,
    /// Only these suppliers; all that the service lists, if there is none.
    pub suppliers: Vec<FinfoSupplierId>,
    /// What is wanted of them.
    pub wish: Wish,
    /// How far before the last success a period begins.
    pub overlap: TimeDelta,
    /// How many suppliers are read at a time.
    pub parallel: usize,
    /// How pages are read; [`ahead`](PageOptions::ahead) bounds the pages of all suppliers together.
    pub pages: PageOptions,
    /// Process number, for others that want the catalogue.
    pub process: u32,
    /// Name of the machine, for others that want the catalogue.
    pub host: String,
}

impl Default for SyncOptions {
    /// Articles of all suppliers, followed with one day of overlap, four suppliers at a time.
    fn default() -> Self {
        Self {
            dataset: Dataset::Article,
            suppliers: Vec::new(),
            wish: Wish::Follow,
            overlap: TimeDelta::days(1),
            parallel: 4,
            pages: PageOptions::default(),
            process: std::process::id(),
            host: "this machine".to_owned(),
        }
    }
}

impl SyncOptions {
    /// Other rows than articles.
    #[must_use]
    pub fn dataset(mut self, dataset: Dataset) -> Self {
        self.dataset = dataset;
        self
    }

    /// Only these suppliers.
    #[must_use]
    pub fn suppliers(mut self, suppliers: impl IntoIterator<Item = FinfoSupplierId>) -> Self {
        self.suppliers = suppliers.into_iter().collect();
        self
    }

    /// Something else than to follow.
    #[must_use]
    pub fn wish(mut self, wish: Wish) -> Self {
        self.wish = wish;
        self
    }

    /// Another overlap. Less than a day may miss changes, since the guides leave the zone of a day open.
    #[must_use]
    pub fn overlap(mut self, overlap: TimeDelta) -> Self {
        self.overlap = overlap;
        self
    }

    /// Another number of suppliers at a time.
    #[must_use]
    pub fn parallel(mut self, suppliers: usize) -> Self {
        self.parallel = suppliers;
        self
    }

    /// Pages read in another way.
    #[must_use]
    pub fn pages(mut self, pages: PageOptions) -> Self {
        self.pages = pages;
        self
    }

    /// Who says that the catalogue is in use: process number and name of the machine.
    #[must_use]
    pub fn holder(mut self, process: u32, host: impl Into<String>) -> Self {
        self.process = process;
        self.host = host.into();
        self
    }
}

impl Mirror {
    /// A mirror of the service in this catalogue, which moves to a thread of its own.
    ///
    /// # Errors
    /// When the thread can't be started.
    pub fn new(client: Client, catalogue: impl Catalogue) -> Result<Self, CatalogueError> {
        Ok(Self {
            client,
            keeper: Arc::new(Keeper::start(catalogue)?),
        })
    }

    /// Does something with the catalogue on its thread.
    ///
    /// # Errors
    /// Whatever `work` returns.
    pub async fn with_catalogue<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Catalogue) -> Result<T, CatalogueError> + Send + 'static,
    ) -> Result<T, CatalogueError> {
        self.keeper.with(work).await
    }

    /// The client that asks the service.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Reads what is wanted of every supplier and stores it.
    ///
    /// A supplier that fails does not stop the others; it is caught up next time, from its own watermark or in the middle of
    /// its walk. When the reason concerns all (no token, no network, a pause the service asks for, a catalogue that can't be
    /// written), those not yet begun are left out.
    ///
    /// # Errors
    /// [`ErrorKind::Held`] when another run has the catalogue; any other kind when the list of suppliers can't be had.
    pub async fn sync(
        &self,
        options: &SyncOptions,
        observer: &dyn Observer,
    ) -> Result<SyncReport, Error> {
        let lease = self.lease(options, "sync").await?;
        let report = self.sync_held(options, observer).await;
        lease.give_back().await;
        report
    }

    /// The same for whoever has the lease.
    pub(crate) async fn sync_held(
        &self,
        options: &SyncOptions,
        observer: &dyn Observer,
    ) -> Result<SyncReport, Error> {
        let clock = self.client.clock();
        let begun = clock.monotonic();
        let before = Spent::of(&self.client);
        let (suppliers, news, now) = self.suppliers(options).await?;
        observer.event(&SyncEvent::Suppliers {
            count: suppliers.len(),
            news: &news,
        });
        let permits = Arc::new(Semaphore::new(options.pages.ahead.max(1)));
        let setting = Setting {
            client: &self.client,
            keeper: &self.keeper,
            observer,
            dataset: options.dataset,
            pages: options.pages,
            permits: &permits,
            now,
        };
        let gate = Gate::new(before.tokens);
        let walks = suppliers.into_iter().enumerate().map(|(place, chosen)| {
            let (setting, gate) = (&setting, &gate);
            async move { (place, one(setting, options, gate, chosen).await) }
        });
        let mut reports: Vec<(usize, SupplierReport)> = stream::iter(walks)
            .buffer_unordered(options.parallel.max(1))
            .collect()
            .await;
        reports.sort_by_key(|(place, _)| *place);
        let spent = Spent::of(&self.client);
        Ok(SyncReport {
            dataset: options.dataset,
            started_at: now,
            news,
            suppliers: reports.into_iter().map(|(_, report)| report).collect(),
            requests: spent.requests - before.requests,
            tokens: spent.tokens - before.tokens,
            elapsed: clock.monotonic().saturating_sub(begun),
            notices: self.client.notices(),
        })
    }

    pub(crate) fn keeper(&self) -> &Keeper {
        &self.keeper
    }

    async fn lease(&self, options: &SyncOptions, task: &'static str) -> Result<Lease, Error> {
        self.lease_for(options.process, &options.host, task).await
    }

    /// Takes the catalogue for a run; it is given back at the latest when the result is dropped.
    pub(crate) async fn lease_for(
        &self,
        process: u32,
        host: &str,
        task: &'static str,
    ) -> Result<Lease, Error> {
        let now = self.client.clock().now();
        let holder = Holder::new(process, host, now, task);
        let keeper = Arc::clone(&self.keeper);
        let taken = self.keeper.with(move |catalogue| {
            catalogue.take_lease(&holder)?;
            // Made where the lease is taken: if nobody waits for it any more, it is dropped at once.
            Ok(Lease(Some(keeper)))
        });
        Ok(taken.await?)
    }

    /// The suppliers that are to be read, how their list differs from the one before, and the start of the run.
    async fn suppliers(
        &self,
        options: &SyncOptions,
    ) -> Result<(Vec<Chosen>, SupplierNews, DateTime<Utc>), Error> {
        let (listed, served_at) = self.client.my_suppliers_at().await?;
        let now = start_of_run(self.client.clock().now(), served_at);
        let mut known = BTreeSet::new();
        let listed: Vec<ListedSupplier> = listed
            .into_iter()
            .filter(|supplier| known.insert(supplier.id))
            .collect();
        let noted = listed.clone();
        let news = self
            .keeper
            .with(move |catalogue| catalogue.list_suppliers(&noted, now))
            .await?;
        Ok((chosen(listed, &options.suppliers), news, now))
    }
}

/// A supplier to read.
#[derive(Debug)]
struct Chosen {
    supplier: FinfoSupplierId,
    name: Option<String>,
    listed: bool,
}

/// Those of the list that are wanted, and those that are wanted and not listed.
fn chosen(listed: Vec<ListedSupplier>, wanted: &[FinfoSupplierId]) -> Vec<Chosen> {
    let unlisted = wanted
        .iter()
        .filter(|wanted| !listed.iter().any(|supplier| supplier.id == **wanted))
        .map(|wanted| Chosen {
            supplier: *wanted,
            name: None,
            listed: false,
        });
    let unlisted: Vec<Chosen> = unlisted.collect();
    listed
        .into_iter()
        .filter(|supplier| wanted.is_empty() || wanted.contains(&supplier.id))
        .map(|supplier| Chosen {
            supplier: supplier.id,
            name: supplier.name,
            listed: true,
        })
        .chain(unlisted)
        .collect()
}

/// The moment that ends the periods of a run: the clock of the service if that is behind ours, so that no change is
/// asked for that it has yet to stamp.
fn start_of_run(here: DateTime<Utc>, served_at: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let here = here.trunc_subsecs(3);
    let behind =
        |there: &DateTime<Utc>| (TimeDelta::zero()..CLOCKS_APART).contains(&(here - *there));
    served_at.filter(behind).unwrap_or(here)
}

/// Requests that were sent so far.
#[derive(Clone, Copy, Debug)]
struct Spent {
    requests: u64,
    tokens: u64,
}

impl Spent {
    fn of(client: &Client) -> Self {
        Self {
            requests: client.requests(),
            tokens: client.transport().token_requests(),
        }
    }
}

/// Whether further suppliers are begun, and whose the token requests are.
#[derive(Debug)]
struct Gate {
    closed: AtomicBool,
    failures: AtomicU32,
    tokens: AtomicU64,
}

impl Gate {
    fn new(tokens: u64) -> Self {
        Self {
            closed: AtomicBool::new(false),
            failures: AtomicU32::new(0),
            tokens: AtomicU64::new(tokens),
        }
    }

    fn is_open(&self) -> bool {
        !self.closed.load(Ordering::Relaxed)
    }

    fn succeeded(&self) {
        self.failures.store(0, Ordering::Relaxed);
    }

    fn failed(&self, error: &Error) {
        let through = error.kind() != ErrorKind::Transport;
        let in_a_row = if through {
            0
        } else {
            self.failures.fetch_add(1, Ordering::Relaxed) + 1
        };
        if error.is_general() || in_a_row >= FAILURES_IN_A_ROW {
            self.closed.store(true, Ordering::Relaxed);
        }
    }

    /// The token requests since anybody last asked.
    fn take_tokens(&self, client: &Client) -> u64 {
        let now = client.transport().token_requests();
        now.saturating_sub(self.tokens.swap(now, Ordering::Relaxed))
    }
}

/// Reads one supplier.
async fn one(
    setting: &Setting<'_>,
    options: &SyncOptions,
    gate: &Gate,
    chosen: Chosen,
) -> SupplierReport {
    let mut report = SupplierReport::new(chosen.supplier, chosen.name);
    if !gate.is_open() {
        return report;
    }
    let clock = setting.client.clock();
    let begun = clock.monotonic();
    let result = if chosen.listed {
        follow(setting, options, chosen.supplier, &mut report).await
    } else {
        Err(Error::new(
            ErrorKind::Forbidden,
            setting.dataset.as_str(),
            "it is not among the suppliers of this account; order it in the Finfo portal",
        )
        .of_supplier(Some(chosen.supplier)))
    };
    report.ending = match result {
        Ok(ending) => {
            gate.succeeded();
            ending
        }
        Err(error) => {
            gate.failed(&error);
            note(setting, chosen.supplier, &error).await;
            Ending::Failed(error)
        }
    };
    report.tokens = gate.take_tokens(setting.client);
    report.elapsed = clock.monotonic().saturating_sub(begun);
    if report.unnamed > 0 {
        tracing::info!(
            supplier = %report.supplier, rows = report.unnamed,
            "rows of the same article are told apart by their order alone; name the field of the agreement"
        );
    }
    setting.observer.event(&SyncEvent::Ended(&report));
    report
}

/// Walks until the supplier is complete up to the start of the run: once, or twice when a walk of an earlier run had to be
/// ended first.
async fn follow(
    setting: &Setting<'_>,
    options: &SyncOptions,
    supplier: FinfoSupplierId,
    report: &mut SupplierReport,
) -> Result<Ending, Error> {
    let dataset = setting.dataset;
    let version = setting.client.endpoints().of(dataset).version;
    loop {
        let standing = setting
            .keeper
            .with(move |catalogue| catalogue.standing(dataset, &supplier))
            .await?;
        let plan = plan(
            &standing,
            options.wish,
            setting.now,
            version,
            options.overlap,
        );
        let complete_to = walk::walk(setting, supplier, plan, report).await?;
        if plan.purpose() == WalkPurpose::Backfill {
            return Ok(Ending::Backfilled);
        }
        let caught_up = !matches!(plan, Plan::Resume(_)) || complete_to >= setting.now;
        if caught_up || options.wish != Wish::Follow {
            return Ok(Ending::Complete(complete_to));
        }
    }
}

/// Notes the failure; where even that can't be written, it is in the report all the same.
async fn note(setting: &Setting<'_>, supplier: FinfoSupplierId, error: &Error) {
    let (dataset, now) = (setting.dataset, setting.now);
    let message = error.to_string();
    let noted = setting
        .keeper
        .with(move |catalogue| catalogue.note_failure(dataset, &supplier, now, &message))
        .await;
    if let Err(fault) = noted {
        tracing::warn!(error = %fault, "the failure can't be noted");
    }
}

/// The right to write.
pub(crate) struct Lease(Option<Arc<Keeper>>);

impl Lease {
    /// Gives it back and waits until that is done.
    pub(crate) async fn give_back(mut self) {
        if let Some(keeper) = self.0.take() {
            // A catalogue whose thread has ended has no lease either.
            let _ = release(&keeper).done().await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(keeper) = self.0.take() {
            drop(release(&keeper));
        }
    }
}

fn release(keeper: &Keeper) -> Job<()> {
    keeper.begin(|catalogue| {
        catalogue.release_lease();
        Ok(())
    })
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lease")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    #[test]
    fn the_earlier_of_two_clocks_ends_the_periods_unless_it_is_far_off() {
        let here = at("2026-03-10T06:00:00.123456Z");
        let start = |there: &str| start_of_run(here, Some(at(there)));
        assert_eq!(start_of_run(here, None), at("2026-03-10T06:00:00.123Z"));
        assert_eq!(start("2026-03-10T05:58:00Z"), at("2026-03-10T05:58:00Z"));
        assert_eq!(
            start("2026-03-10T06:02:00Z"),
            at("2026-03-10T06:00:00.123Z")
        );
        assert_eq!(
            start("1970-01-01T00:00:00Z"),
            at("2026-03-10T06:00:00.123Z")
        );
    }

    #[test]
    fn wanted_suppliers_that_are_not_listed_are_not_forgotten() {
        let id = |text: &str| text.parse::<FinfoSupplierId>().expect("a supplier");
        let listed = |text: &str| ListedSupplier {
            id: id(text),
            name: None,
            json: String::new(),
        };
        let list = || vec![listed("1"), listed("2"), listed("3")];
        let ids = |wanted: &[FinfoSupplierId]| {
            let chosen = chosen(list(), wanted);
            chosen
                .iter()
                .map(|chosen| (chosen.supplier.to_string(), chosen.listed))
                .collect::<Vec<_>>()
        };
        let pair = |text: &str, listed| (text.to_owned(), listed);
        assert_eq!(
            ids(&[]),
            [pair("1", true), pair("2", true), pair("3", true)]
        );
        assert_eq!(
            ids(&[id("9"), id("2")]),
            [pair("2", true), pair("9", false)]
        );
    }
}
