//! Pages of a list: several in flight, handed out in order, memory bounded, and read again when the list moved.

mod drift;
mod flight;
mod seam;

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use finkit_core::{ApiVersion, FinfoSupplierId};
use futures_util::stream::{self, Stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::catalogue::Dataset;
use crate::client::{Client, OTHER};
use crate::endpoints::{Endpoint, MAX_LIMIT};
use crate::error::Error;
use crate::query::Query;
use crate::wire::{Article, Page, Record, WireError};

pub use drift::Drift;
use flight::{Fetched, Flight, Requests, Route};
pub(crate) use seam::{Recogniser, Seam};

/// How pages are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageOptions {
    /// Rows asked for in one request; at most what the endpoint allows.
    pub page_size: u32,
    /// How many pages are on their way or wait to be taken, at most.
    pub ahead: usize,
    /// How often a list that moves is read from the beginning, the first time included.
    pub passes: u32,
}

impl Default for PageOptions {
    /// 1000 rows, 6 pages, 3 times.
    fn default() -> Self {
        Self {
            page_size: MAX_LIMIT,
            ahead: 6,
            passes: 3,
        }
    }
}

impl PageOptions {
    /// The same with another number of rows in one request.
    #[must_use]
    pub fn page_size(mut self, rows: u32) -> Self {
        self.page_size = rows;
        self
    }

    /// The same with another number of pages at a time.
    #[must_use]
    pub fn ahead(mut self, pages: usize) -> Self {
        self.ahead = pages;
        self
    }

    /// The same with another number of times that a moving list is read.
    #[must_use]
    pub fn passes(mut self, passes: u32) -> Self {
        self.passes = passes;
        self
    }
}

/// All pages of a list, in order.
///
/// The first answer says how many rows there are; the others are asked for while the first is being worked on. Pages
/// overlap by one row, by which a shift of the rows is noticed; the row is handed out once. When the list moved (its total
/// changed, a page repeats, is short, or doesn't fit the one before) everything is read again: [`PageEvent::Again`] says
/// so, and rows come again that came before. Whoever keeps rows by their key need not mind.
///
/// ```no_run
/// # async fn example(client: finkit_finfo::Client) -> Result<(), finkit_finfo::Error> {
/// use finkit_finfo::{PageEvent, PageOptions, Query, catalogue::Dataset};
///
/// let query = Query::new().supplier("2347003".parse().unwrap());
/// let mut pages = client.pages(Dataset::Article, query, PageOptions::default())?;
/// while let Some(event) = pages.next().await {
///     match event? {
///         PageEvent::Page(page) => println!("{} of {:?}", page.from(), page.total()),
///         PageEvent::Again { why, .. } => println!("once more: {why}"),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// Needs a tokio runtime: each request is a task of its own, and ends when this is dropped.
pub struct Pages {
    route: Arc<Route>,
    recogniser: Recogniser,
    options: PageOptions,
    permits: Arc<Semaphore>,
    /// Whether a page keeps its permit when it is handed out.
    held_until_dropped: bool,
    phase: Phase,
    pass: u32,
    /// How often the list has been begun by this, apart from passes of other processes.
    begun: u32,
    size: u64,
    total: Option<u64>,
    /// Rows that were handed out in this pass.
    handed: u64,
    /// Rows that were asked for in this pass.
    asked: u64,
    seam: Option<Seam>,
    /// Identity of the first row of the page before.
    first: Option<u64>,
    flights: VecDeque<(u64, Flight)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Begin,
    Going,
    Done,
}

/// Where a list is gone on with that another process began to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resume {
    pub(crate) pass: u32,
    pub(crate) next: u64,
    pub(crate) total: Option<u64>,
    pub(crate) page_size: u32,
    pub(crate) seam: Option<Seam>,
}

/// What reading pages brings.
#[derive(Debug)]
#[non_exhaustive]
pub enum PageEvent {
    /// The next page.
    Page(ReadPage),
    /// The list moved; everything comes again from the first row on.
    Again {
        /// What was noticed.
        why: Drift,
        /// The number of the reading that begins, from 2.
        pass: u32,
    },
}

/// A page in its place.
#[derive(Debug)]
pub struct ReadPage {
    page: Page,
    skip: usize,
    from: u64,
    total: Option<u64>,
    pass: u32,
    page_size: u32,
    version: ApiVersion,
    seam: Option<Seam>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl ReadPage {
    /// Its rows.
    pub fn records(&self) -> impl ExactSizeIterator<Item = Record<'_>> {
        self.page.records().skip(self.skip)
    }

    /// Its rows as articles.
    pub fn articles(&self) -> impl ExactSizeIterator<Item = Article<'_>> {
        self.records()
            .map(|record| Article::new(record, self.version))
    }

    /// One of its rows, counted from 0.
    #[must_use]
    pub fn record(&self, index: usize) -> Option<Record<'_>> {
        self.page.record(self.skip + index)
    }

    /// How many rows it brings.
    #[must_use]
    pub fn len(&self) -> usize {
        self.page.len() - self.skip
    }

    /// Whether it brings none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Place of its first row in the list.
    #[must_use]
    pub fn from(&self) -> u64 {
        self.from
    }

    /// Place after its last row.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.from + self.len() as u64
    }

    /// How many rows the list has, if the service says so.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The number of the reading, from 1.
    #[must_use]
    pub fn pass(&self) -> u32 {
        self.pass
    }

    /// Version of the interface that answered.
    #[must_use]
    pub fn version(&self) -> ApiVersion {
        self.version
    }

    pub(crate) fn page_size(&self) -> u32 {
        self.page_size
    }

    pub(crate) fn seam(&self) -> Option<Seam> {
        self.seam
    }
}

/// A row that keeps its page alive.
#[derive(Clone, Debug)]
pub struct OwnedRow {
    page: Arc<ReadPage>,
    index: usize,
}

impl OwnedRow {
    /// The row.
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        // The index is one of the page's.
        self.page.record(self.index).unwrap_or_else(Record::nothing)
    }

    /// The row as an article.
    #[must_use]
    pub fn article(&self) -> Article<'_> {
        Article::new(self.record(), self.page.version)
    }
}

impl Pages {
    pub(crate) fn of_dataset(
        client: Client,
        dataset: Dataset,
        query: Query,
        options: PageOptions,
    ) -> Result<Self, Error> {
        let endpoint = client.endpoints().of(dataset).clone();
        let checked = if endpoint.paged {
            query.clone().page(0, 2)
        } else {
            query.clone()
        };
        checked
            .check(dataset, &endpoint)
            .map_err(|error| Error::query(dataset.as_str(), error))?;
        let supplier = query.of_supplier();
        let recogniser = match supplier {
            Some(supplier) => Recogniser::Rule(client.rule(dataset).clone(), supplier),
            None => Recogniser::Whole,
        };
        Ok(Self::new(
            client,
            dataset.as_str(),
            endpoint,
            query,
            recogniser,
            options,
        ))
    }

    pub(crate) fn of_path(
        client: Client,
        endpoint: Endpoint,
        query: Query,
        options: PageOptions,
    ) -> Self {
        Self::new(client, OTHER, endpoint, query, Recogniser::Whole, options)
    }

    fn new(
        client: Client,
        name: &'static str,
        endpoint: Endpoint,
        query: Query,
        recogniser: Recogniser,
        options: PageOptions,
    ) -> Self {
        let limit = endpoint.max_limit.unwrap_or(u32::MAX);
        Self {
            permits: Arc::new(Semaphore::new(options.ahead.max(1))),
            held_until_dropped: false,
            recogniser,
            phase: Phase::Begin,
            pass: 1,
            begun: 1,
            size: u64::from(options.page_size.clamp(2, limit)),
            total: None,
            handed: 0,
            asked: 0,
            seam: None,
            first: None,
            flights: VecDeque::new(),
            route: Arc::new(Route::new(client, name, endpoint, query)),
            options,
        }
    }

    /// Shares the bound on pages with other lists; a page counts until it is dropped.
    pub(crate) fn with_permits(mut self, permits: Arc<Semaphore>) -> Self {
        self.permits = permits;
        self.held_until_dropped = true;
        self
    }

    /// Goes on where another process stopped.
    pub(crate) fn resume(mut self, point: Resume) -> Self {
        self.pass = point.pass;
        self.size = u64::from(point.page_size.max(1));
        self.total = point.total;
        (self.handed, self.asked) = (point.next, point.next);
        self.seam = point.seam;
        self.phase = Phase::Going;
        self
    }

    /// Begins with another pass, after those of other processes.
    pub(crate) fn beginning_with(mut self, pass: u32) -> Self {
        self.pass = pass;
        self
    }

    /// How many requests were sent for this so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.route.requests.sent()
    }

    pub(crate) fn counter(&self) -> Requests {
        self.route.requests.clone()
    }

    pub(crate) fn supplier(&self) -> Option<FinfoSupplierId> {
        self.route.supplier()
    }

    /// The next event; `None` after the last page and after an error.
    pub async fn next(&mut self) -> Option<Result<PageEvent, Error>> {
        let step = match self.phase {
            Phase::Begin => self.begin().await,
            Phase::Going => self.go_on().await,
            Phase::Done => return None,
        };
        match step {
            Ok(Some(page)) => Some(Ok(PageEvent::Page(page))),
            Ok(None) => {
                self.stop();
                None
            }
            Err(Stop::Drift(why)) if self.begun < self.options.passes.max(1) => {
                tracing::info!(list = self.route.name(), %why, "the list moved and is read again");
                self.again();
                Some(Ok(PageEvent::Again {
                    why,
                    pass: self.pass,
                }))
            }
            Err(Stop::Drift(why)) => {
                self.stop();
                let error = Error::drift(self.route.name(), why, self.begun);
                Some(Err(error.of_supplier(self.supplier())))
            }
            Err(Stop::Error(error)) => {
                self.stop();
                Some(Err(error))
            }
        }
    }

    /// The events as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Result<PageEvent, Error>> {
        stream::unfold(self, |mut pages| async move {
            pages.next().await.map(|event| (event, pages))
        })
    }

    /// The rows as a stream. Rows come again when the list moved.
    pub fn rows(self) -> impl Stream<Item = Result<OwnedRow, Error>> {
        let start = (self, VecDeque::new());
        stream::unfold(start, |(mut pages, mut rows)| async move {
            loop {
                if let Some(row) = rows.pop_front() {
                    return Some((Ok(row), (pages, rows)));
                }
                match pages.next().await? {
                    Ok(PageEvent::Page(page)) => {
                        let page = Arc::new(page);
                        let row = |index| OwnedRow {
                            page: Arc::clone(&page),
                            index,
                        };
                        rows.extend((0..page.len()).map(row));
                    }
                    Ok(PageEvent::Again { .. }) => {}
                    Err(error) => return Some((Err(error), (pages, rows))),
                }
            }
        })
    }

    fn stop(&mut self) {
        self.flights.clear();
        self.phase = Phase::Done;
    }

    fn again(&mut self) {
        self.flights.clear();
        self.phase = Phase::Begin;
        self.pass += 1;
        self.begun += 1;
        self.total = None;
        (self.handed, self.asked) = (0, 0);
        (self.seam, self.first) = (None, None);
    }

    /// The first page, which says how many rows there are and how many come at a time.
    async fn begin(&mut self) -> Result<Option<ReadPage>, Stop> {
        let mut fetched = self.first_page().await?;
        let pagination = fetched.page.pagination();
        let (rows, total) = (fetched.page.len() as u64, pagination.total);
        let more = total.is_some_and(|total| total > rows);
        if more && rows < self.size && pagination.limit != Some(rows) && self.route.is_paged() {
            // Either the service has a smaller page, or the answer was cut: asked again, it says.
            drop(fetched);
            fetched = self.first_page().await?;
        }
        let rows = fetched.page.len() as u64;
        let total = fetched.page.pagination().total;
        self.total = total;
        let Some(total) = total else {
            self.asked = rows;
            let done = !self.route.is_paged() || rows == 0;
            return Ok(self.hand_out(fetched, 0, done));
        };
        if rows >= total {
            // All of them, whatever was asked for. More than there are would be read again.
            if rows > total {
                return Err(Stop::Drift(Drift::Rows {
                    at: 0,
                    expected: total,
                    found: rows,
                }));
            }
            return Ok(self.hand_out(fetched, 0, true));
        }
        if !self.route.is_paged() {
            let message = format!(
                "the answer has {rows} of {total} rows, and the endpoint is set to have no pages; set `paged`"
            );
            return Err(Stop::Error(
                self.route.not_understood(WireError::new(message)),
            ));
        }
        if rows == 0 {
            return Err(Stop::Drift(Drift::Rows {
                at: 0,
                expected: total.min(self.size),
                found: 0,
            }));
        }
        // The service gives pages of the size it likes.
        self.size = rows;
        self.asked = rows;
        Ok(self.hand_out(fetched, 0, false))
    }

    async fn first_page(&mut self) -> Result<Fetched, Stop> {
        loop {
            if let Some((_, fetched)) = self.front().await? {
                return Ok(fetched);
            }
            let permit = self.permit().await;
            let place = self.route.is_paged().then_some((0, self.size));
            self.flights.push_back((0, self.route.fly(place, permit)));
        }
    }

    /// The page that was asked for first, and its place. It is in flight until it has come, so that whoever stops waiting
    /// can wait again.
    async fn front(&mut self) -> Result<Option<(u64, Fetched)>, Stop> {
        let Some((at, flight)) = self.flights.front_mut() else {
            return Ok(None);
        };
        let (at, landed) = (*at, flight.land().await);
        self.flights.pop_front();
        let fetched = landed.map_err(Stop::Error)?;
        Ok(Some((at, fetched)))
    }

    async fn go_on(&mut self) -> Result<Option<ReadPage>, Stop> {
        self.take_off().await;
        let Some((at, fetched)) = self.front().await? else {
            return Ok(None);
        };
        self.check(at, &fetched.page).map_err(Stop::Drift)?;
        let overlap = self.handed - at;
        let brought = (fetched.page.len() as u64).saturating_sub(overlap);
        let done = match self.total {
            Some(total) => self.handed + brought >= total,
            // Nobody says how many there are: an empty page is the end.
            None => brought == 0,
        };
        if self.total.is_none() {
            self.asked = self.handed + brought;
        }
        if done && brought == 0 {
            return Ok(None);
        }
        Ok(self.hand_out(fetched, overlap, done))
    }

    /// Asks for further pages, as many as may be held.
    async fn take_off(&mut self) {
        loop {
            let wanted = match self.total {
                Some(total) => self.asked < total,
                None => self.flights.is_empty(),
            };
            if !wanted {
                return;
            }
            let permit = if self.flights.is_empty() {
                self.permit().await
            } else {
                match Arc::clone(&self.permits).try_acquire_owned() {
                    Ok(permit) => Some(permit),
                    Err(_) => return,
                }
            };
            // The last row of the page before comes once more, unless pages have one row only.
            let at = self.asked - u64::from(self.size > 1 && self.asked > 0);
            let flight = self.route.fly(Some((at, self.size)), permit);
            self.flights.push_back((at, flight));
            self.asked = (at + self.size).min(self.total.unwrap_or(u64::MAX));
        }
    }

    /// A place among the pages that may be held. The semaphore is never closed.
    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).acquire_owned().await.ok()
    }

    /// Whether a page fits what was read before.
    fn check(&self, at: u64, page: &Page) -> Result<(), Drift> {
        let found = page.len() as u64;
        if let Some(total) = self.total {
            let is = page.pagination().total;
            // Without any rows and without a total it is status 204, of which the count of rows is told.
            if is != Some(total) && !(is.is_none() && found == 0) {
                return Err(Drift::Total { was: total, is });
            }
            let expected = self.size.min(total.saturating_sub(at));
            if found != expected {
                return Err(Drift::Rows {
                    at,
                    expected,
                    found,
                });
            }
        } else if found > self.size {
            return Err(Drift::Rows {
                at,
                expected: self.size,
                found,
            });
        }
        let overlaps = at < self.handed;
        if let (true, Some(seam)) = (overlaps, &self.seam) {
            let first = page
                .record(0)
                .map(|record| self.recogniser.identity(&record));
            if !self.recogniser.fits(seam, page) {
                // Without a total, an empty page is the end and has nothing to fit.
                if self.total.is_none() && found == 0 {
                    return Ok(());
                }
                return Err(if first.is_some() && first == self.first {
                    Drift::Repeated { at }
                } else {
                    Drift::Seam { at }
                });
            }
        }
        Ok(())
    }

    fn hand_out(&mut self, fetched: Fetched, overlap: u64, done: bool) -> Option<ReadPage> {
        self.phase = if done { Phase::Done } else { Phase::Going };
        let Fetched {
            page,
            version,
            permit,
        } = fetched;
        if page.is_empty() {
            return None;
        }
        self.seam = self.recogniser.last(&page);
        self.first = page
            .record(0)
            .map(|record| self.recogniser.identity(&record));
        let read = ReadPage {
            // At most one.
            skip: overlap as usize,
            from: self.handed,
            total: self.total,
            pass: self.pass,
            page_size: u32::try_from(self.size).unwrap_or(u32::MAX),
            version,
            seam: self.seam,
            page,
            _permit: permit.filter(|_| self.held_until_dropped),
        };
        self.handed = read.next();
        Some(read)
    }
}

/// Why there is no next page.
enum Stop {
    Drift(Drift),
    Error(Error),
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("list", &self.route.name())
            .field("pass", &self.pass)
            .field("handed", &self.handed)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}
