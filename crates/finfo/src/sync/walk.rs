//! One walk: pages are fetched, their rows get their keys, and each page is stored with the progress it makes.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use finkit_core::{ApiVersion, FinfoSupplierId};
use tokio::sync::Semaphore;

use super::event::{Observer, SupplierReport, SyncEvent};
use super::keeper::{Job, Keeper};
use super::plan::Plan;
use super::seen::{Mark, Placed, Presence, Seen, read_trail, write_trail};
use crate::catalogue::{
    CatalogueError, Dataset, NewPage, NewRow, RowKey, SetAside, Tally, Walk, WalkEnd, WalkPurpose,
    WalkSpan,
};
use crate::client::Client;
use crate::error::Error;
use crate::identity::IdentityRule;
use crate::pages::{PageEvent, PageOptions, Pages, ReadPage, Resume};
use crate::query::Query;

/// What all walks of a run share.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) client: &'a Client,
    pub(crate) keeper: &'a Keeper,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) dataset: Dataset,
    pub(crate) pages: PageOptions,
    pub(crate) permits: &'a Arc<Semaphore>,
    /// The start of the run.
    pub(crate) now: DateTime<Utc>,
}

/// The query that asks for a span of a supplier's rows.
pub(crate) fn query(supplier: FinfoSupplierId, span: WalkSpan, version: ApiVersion) -> Query {
    let query = Query::new().supplier(supplier);
    match span {
        WalkSpan::All => query,
        WalkSpan::Changed { from, until } => query.changed(version.window(from, until)),
    }
}

/// Rows of a page with their keys, ready for the catalogue.
#[derive(Debug)]
pub(crate) struct Sorted {
    pub(crate) page: ReadPage,
    /// Place in the page, and key.
    pub(crate) keys: Vec<(usize, RowKey<'static>)>,
    /// Places in the page of rows without a key.
    pub(crate) aside: Vec<usize>,
    pub(crate) marks: Vec<Mark>,
}

/// Gives the rows of a page their keys.
pub(crate) fn sort(
    page: ReadPage,
    seen: &mut Seen,
    rule: &IdentityRule,
    supplier: FinfoSupplierId,
) -> Sorted {
    let mut keys = Vec::with_capacity(page.len());
    let mut marks = Vec::with_capacity(page.len());
    let mut aside = Vec::new();
    for (place, record) in page.records().enumerate() {
        let (placed, mark) = seen.place(rule.of(&record, supplier), &record);
        marks.push(mark);
        match placed {
            Placed::Key(key) => keys.push((place, key.into_owned())),
            Placed::Aside => aside.push(place),
            Placed::Repeated => {}
        }
    }
    Sorted {
        page,
        keys,
        aside,
        marks,
    }
}

/// Reads what the plan says and stores it. The report gets what happened, whether it succeeds or not.
pub(crate) async fn walk(
    setting: &Setting<'_>,
    supplier: FinfoSupplierId,
    plan: Plan,
    report: &mut SupplierReport,
) -> Result<DateTime<Utc>, Error> {
    let endpoint = setting.client.endpoints().of(setting.dataset);
    let span = plan.span();
    report.span = Some(span);
    let query = query(supplier, span, endpoint.version);
    let pages = Pages::of_dataset(
        setting.client.clone(),
        setting.dataset,
        query,
        setting.pages,
    )?
    .with_permits(Arc::clone(setting.permits));
    let mut course = Course {
        setting,
        supplier,
        seen: Seen::default(),
        walk: Walk {
            dataset: setting.dataset,
            supplier,
            version: endpoint.version,
            span,
            purpose: plan.purpose(),
            started_at: match span {
                WalkSpan::All => setting.now,
                WalkSpan::Changed { until, .. } => until,
            },
            pass: 1,
            page_size: 0,
            total: None,
        },
        begun: false,
        storing: None,
    };
    let mut pages = course.set_out(pages, &plan, report).await?;
    let requests = pages.counter();
    let result = course.run(&mut pages, report).await;
    // Whatever happened: a page that is being stored is waited for, so that nothing is under way after the end.
    let last = course.settle(report).await;
    report.requests += requests.sent();
    result?;
    last?;
    course.finish(report).await?;
    Ok(course.walk.complete_to())
}

struct Course<'a, 's> {
    setting: &'a Setting<'s>,
    supplier: FinfoSupplierId,
    seen: Seen,
    walk: Walk,
    /// Whether the catalogue knows of this pass.
    begun: bool,
    storing: Option<Job<Tally>>,
}

impl Course<'_, '_> {
    /// Goes to where the walk begins, or where another run left it.
    async fn set_out(
        &mut self,
        pages: Pages,
        plan: &Plan,
        report: &mut SupplierReport,
    ) -> Result<Pages, Error> {
        let Plan::Resume(open) = plan else {
            self.tell_begin(0);
            return Ok(pages);
        };
        self.walk = open.walk;
        report.resumed = true;
        let (dataset, supplier) = (self.walk.dataset, self.supplier);
        let trails = self
            .setting
            .keeper
            .with(move |catalogue| catalogue.trail(dataset, &supplier))
            .await?;
        match read_trail(&trails) {
            Some((seen, rows, seam)) if rows == open.next && rows > 0 => {
                self.seen = seen;
                self.begun = true;
                self.tell_begin(open.next);
                Ok(pages.resume(Resume {
                    pass: open.walk.pass,
                    next: open.next,
                    total: open.walk.total,
                    page_size: open.walk.page_size,
                    seam,
                }))
            }
            // Nothing was read yet, or in a way that this version doesn't know.
            _ => {
                self.tell_begin(0);
                Ok(pages.beginning_with(open.walk.pass + 1))
            }
        }
    }

    fn tell_begin(&self, done: u64) {
        let (supplier, span) = (self.supplier, self.walk.span);
        self.setting.observer.event(&SyncEvent::Begun {
            supplier,
            span,
            done,
        });
    }

    async fn run(&mut self, pages: &mut Pages, report: &mut SupplierReport) -> Result<(), Error> {
        let rule = self.setting.client.rule(self.setting.dataset);
        while let Some(event) = pages.next().await {
            match event? {
                PageEvent::Page(page) => {
                    if !self.begun {
                        self.begin(&page).await?;
                    }
                    let sorted = sort(page, &mut self.seen, rule, self.supplier);
                    let (done, total) = (sorted.page.next(), sorted.page.total());
                    self.settle(report).await?;
                    self.storing = Some(self.store(sorted));
                    let supplier = self.supplier;
                    self.setting.observer.event(&SyncEvent::Page {
                        supplier,
                        done,
                        total,
                    });
                }
                PageEvent::Again { why, pass } => {
                    self.settle(report).await?;
                    report.again += 1;
                    self.seen = Seen::default();
                    self.begun = false;
                    self.walk.pass = pass;
                    let supplier = self.supplier;
                    self.setting
                        .observer
                        .event(&SyncEvent::Again { supplier, why });
                }
            }
        }
        if !self.begun {
            // A list without rows.
            let walk = self.walk;
            self.setting
                .keeper
                .with(move |catalogue| catalogue.begin_walk(&walk))
                .await?;
            self.begun = true;
        }
        Ok(())
    }

    /// Tells the catalogue what begins, with what the first page says.
    async fn begin(&mut self, page: &ReadPage) -> Result<(), Error> {
        self.walk.pass = page.pass();
        self.walk.total = page.total();
        self.walk.page_size = page.page_size();
        let walk = self.walk;
        self.setting
            .keeper
            .with(move |catalogue| catalogue.begin_walk(&walk))
            .await?;
        self.begun = true;
        Ok(())
    }

    /// Waits for the page that is being stored.
    async fn settle(&mut self, report: &mut SupplierReport) -> Result<(), Error> {
        if let Some(job) = self.storing.take() {
            report.tally += job.done().await?;
        }
        Ok(())
    }

    /// Stores a page; meanwhile the next one is fetched.
    fn store(&self, sorted: Sorted) -> Job<Tally> {
        let (walk, at) = (self.walk, self.setting.now);
        self.setting.keeper.begin(move |catalogue| {
            let trail = write_trail(&sorted.marks, sorted.page.seam());
            let record = |place| sorted.page.record(place);
            let rows: Vec<NewRow<'_>> = sorted
                .keys
                .iter()
                .filter_map(|(place, key)| {
                    let key = key.clone();
                    record(*place).map(|record| NewRow { key, record })
                })
                .collect();
            let aside: Vec<SetAside<'_>> = sorted
                .aside
                .iter()
                .filter_map(|place| {
                    let json = record(*place)?.json();
                    let place = sorted.page.from() + *place as u64;
                    Some(SetAside { place, json })
                })
                .collect();
            catalogue.store_page(&NewPage {
                dataset: walk.dataset,
                supplier: walk.supplier,
                version: walk.version,
                pass: walk.pass,
                from: sorted.page.from(),
                next: sorted.page.next(),
                rows: &rows,
                set_aside: &aside,
                trail: &trail,
                at,
            })
        })
    }

    /// Ends the walk. After everything was read, rows of the catalogue that did not come are marked.
    async fn finish(&mut self, report: &mut SupplierReport) -> Result<(), Error> {
        report.unnamed = self.seen.unnamed();
        let seen = std::mem::take(&mut self.seen);
        let (walk, at) = (self.walk, self.setting.now);
        let work = move |catalogue: &mut dyn crate::catalogue::Catalogue| {
            let mut missing = Missing::default();
            if walk.span == WalkSpan::All && walk.purpose == WalkPurpose::Follow {
                missing = Missing::find(catalogue, &walk, &seen)?;
            }
            catalogue.finish_walk(&WalkEnd {
                dataset: walk.dataset,
                supplier: walk.supplier,
                pass: walk.pass,
                at,
                remove: &missing.surplus,
                unlisted: &missing.unlisted,
            })?;
            Ok((missing.surplus.len(), missing.unlisted.len()))
        };
        let (removed, unlisted) = self.setting.keeper.with(work).await?;
        report.removed += removed as u64;
        report.unlisted += unlisted as u64;
        Ok(())
    }
}

/// Rows of the catalogue that a complete list doesn't have.
#[derive(Debug, Default)]
struct Missing {
    surplus: Vec<RowKey<'static>>,
    unlisted: Vec<RowKey<'static>>,
}

impl Missing {
    fn find(
        catalogue: &mut dyn crate::catalogue::Catalogue,
        walk: &Walk,
        seen: &Seen,
    ) -> Result<Self, CatalogueError> {
        let mut missing = Self::default();
        let open = catalogue.standing(walk.dataset, &walk.supplier)?.open;
        let here = catalogue.count(walk.dataset, Some(&walk.supplier))?;
        // All rows are new and came in one pass: none can be missing.
        if open.is_some_and(|open| open.walk.pass == 1 && open.tally.new == here) {
            return Ok(missing);
        }
        catalogue.keys(
            walk.dataset,
            &walk.supplier,
            &mut |key| match seen.presence(key) {
                Presence::Seen => {}
                Presence::Surplus => missing.surplus.push(key.clone().into_owned()),
                Presence::Unseen => missing.unlisted.push(key.clone().into_owned()),
            },
        )?;
        Ok(missing)
    }
}
