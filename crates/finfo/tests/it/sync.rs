//! Syncs: what is read, what is stored, what is reported.

use std::sync::Mutex;

use chrono::TimeDelta;
use finkit_finfo::catalogue::{
    Catalogue, ChangeKind, ChangesSince, Dataset, Holder, MemoryCatalogue, RowKey, WalkSpan,
};
use finkit_finfo::{
    Ending, Endpoints, ErrorKind, Mirror, SyncEvent, SyncOptions, SyncReport, Wish,
};
use finkit_transport::{Clock as _, MemoryVault};

use crate::model::{Fault, Model, quiet, small_pages, stored};

async fn sync(model: &Model, catalogue: &MemoryCatalogue, options: &SyncOptions) -> SyncReport {
    let mirror = Mirror::new(model.client(), catalogue.clone()).expect("a thread");
    mirror.sync(options, &quiet).await.expect("a report")
}

fn tallies(report: &SyncReport) -> Vec<(String, u64, u64, u64)> {
    let line = |supplier: &finkit_finfo::SupplierReport| {
        let tally = supplier.tally;
        (
            supplier.supplier.to_string(),
            tally.new,
            tally.changed,
            tally.unchanged,
        )
    };
    report.suppliers.iter().map(line).collect()
}

fn pass(model: &Model, days: i64) {
    model
        .clock
        .advance(TimeDelta::days(days).to_std().expect("forward"));
}

#[tokio::test]
async fn the_first_run_reads_everything_and_the_next_what_changed() {
    let model = Model::with_articles("1", 250);
    let mut catalogue = MemoryCatalogue::new();
    let options = small_pages(100);
    let report = sync(&model, &catalogue, &options).await;
    assert_eq!(tallies(&report), [("1".to_owned(), 250, 0, 0)]);
    assert!(report.is_complete());
    assert_eq!(stored(&mut catalogue), model.rows());
    let first = &report.suppliers[0];
    assert_eq!(
        (first.requests, first.tokens, report.requests, report.tokens),
        (3, 1, 4, 1)
    );
    assert_eq!(first.name.as_deref(), Some("Leverantör 1"));
    assert_eq!(first.span, Some(WalkSpan::All));

    pass(&model, 3);
    let now = model.clock.now() - TimeDelta::hours(1);
    model.state().put("1", 7, "", 999, now);
    model.state().put("1", 251, "", 1, now);
    model.clear_requests();
    let report = sync(&model, &catalogue, &options).await;
    assert_eq!(tallies(&report), [("1".to_owned(), 1, 1, 0)]);
    assert_eq!(stored(&mut catalogue), model.rows());
    assert_eq!(
        model.requests()[1],
        "/v2.2/article?finfoSupplierId=1&changed-from-date=2026-01-14T12%3A00%3A00.000Z\
         &changed-to-date=2026-01-18T12%3A00%3A00.000Z&offset=0&limit=100",
        "from a day before the last success to the start of this run"
    );
    let report = sync(&model, &catalogue, &options).await;
    assert_eq!(
        tallies(&report),
        [("1".to_owned(), 0, 0, 2)],
        "the overlap brings them again"
    );
}

#[tokio::test]
async fn the_change_log_has_the_old_and_the_new_price() {
    let model = Model::with_articles("1", 3);
    let mut catalogue = MemoryCatalogue::new();
    sync(&model, &catalogue, &SyncOptions::default()).await;
    pass(&model, 1);
    model.state().put("1", 2, "", 77, model.clock.now());
    sync(&model, &catalogue, &SyncOptions::default()).await;
    let since = ChangesSince::Moment(model.clock.now());
    let changes = catalogue.changes(since, 10).expect("a log");
    assert_eq!(changes.len(), 1);
    let price = &changes[0].fields[0];
    assert_eq!(
        (
            price.field.as_str(),
            price.old.as_deref(),
            price.new.as_deref()
        ),
        ("basePrice", Some("2.50"), Some("77.50"))
    );
}

#[tokio::test]
async fn a_failed_supplier_does_not_stop_the_others_and_is_caught_up() {
    let model = Model::with_articles("1", 10);
    for id in 1..=10 {
        model
            .state()
            .put("2", 100 + id, "", 1, model.clock.now() - TimeDelta::days(9));
        model
            .state()
            .put("3", 200 + id, "", 1, model.clock.now() - TimeDelta::days(9));
    }
    let mut catalogue = MemoryCatalogue::new();
    model
        .state()
        .suppliers
        .get_mut("2")
        .expect("there")
        .forbidden = true;
    let report = sync(&model, &catalogue, &SyncOptions::default()).await;
    let endings: Vec<bool> = report
        .suppliers
        .iter()
        .map(|supplier| supplier.ending.is_good())
        .collect();
    assert_eq!(endings, [true, false, true]);
    assert!(!report.is_complete());
    let Ending::Failed(error) = &report.suppliers[1].ending else {
        panic!("{:?}", report.suppliers[1])
    };
    assert_eq!(
        (error.kind(), error.supplier().map(|id| id.to_string())),
        (ErrorKind::Forbidden, Some("2".to_owned()))
    );
    let two = "2".parse().expect("a supplier");
    let failure = catalogue
        .standing(Dataset::Article, &two)
        .expect("readable")
        .failure
        .expect("noted");
    assert!(
        failure.message.contains("supplier 2") && failure.times == 1,
        "{failure:?}"
    );

    // However long it lasts.
    pass(&model, 40);
    model
        .state()
        .suppliers
        .get_mut("2")
        .expect("there")
        .forbidden = false;
    model
        .state()
        .put("1", 3, "", 50, model.clock.now() - TimeDelta::days(39));
    let report = sync(&model, &catalogue, &SyncOptions::default()).await;
    assert!(report.is_complete());
    assert_eq!(stored(&mut catalogue), model.rows());
    assert_eq!(
        catalogue
            .standing(Dataset::Article, &two)
            .expect("readable")
            .failure,
        None
    );
}

#[tokio::test]
async fn a_week_of_failed_runs_loses_nothing() {
    let model = Model::with_articles("1", 30);
    let mut catalogue = MemoryCatalogue::new();
    sync(&model, &catalogue, &SyncOptions::default()).await;
    for day in 1..=7 {
        pass(&model, 1);
        model.state().put(
            "1",
            day,
            "",
            1000 + i64::from(day),
            model.clock.now() - TimeDelta::hours(2),
        );
        model.faults([
            Fault::None,
            Fault::Status(500),
            Fault::Status(500),
            Fault::Status(500),
        ]);
        let report = sync(&model, &catalogue, &SyncOptions::default()).await;
        assert!(!report.is_complete(), "day {day}");
    }
    pass(&model, 1);
    let report = sync(&model, &catalogue, &SyncOptions::default()).await;
    assert_eq!(tallies(&report), [("1".to_owned(), 0, 7, 0)]);
    assert_eq!(stored(&mut catalogue), model.rows());
}

#[tokio::test]
async fn suppliers_that_appear_and_go_are_reported_and_no_row_is_lost() {
    let model = Model::with_articles("1", 5);
    let mut catalogue = MemoryCatalogue::new();
    sync(&model, &catalogue, &SyncOptions::default()).await;
    pass(&model, 1);
    model
        .state()
        .put("2", 50, "", 1, model.clock.now() - TimeDelta::days(300));
    model
        .state()
        .suppliers
        .get_mut("1")
        .expect("there")
        .unlisted = true;
    let report = sync(&model, &catalogue, &SyncOptions::default()).await;
    let ids = |ids: &[finkit_core::FinfoSupplierId]| {
        ids.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        (ids(&report.news.appeared), ids(&report.news.gone)),
        (vec!["2".to_owned()], vec!["1".to_owned()])
    );
    assert_eq!(
        report.suppliers.len(),
        1,
        "one that has gone is not asked for"
    );
    assert_eq!(
        report.suppliers[0].span,
        Some(WalkSpan::All),
        "a new one is read whole, however old its rows"
    );
    assert_eq!(stored(&mut catalogue), model.rows());
    assert_eq!(stored(&mut catalogue).len(), 6);

    pass(&model, 10);
    model
        .state()
        .suppliers
        .get_mut("1")
        .expect("there")
        .unlisted = false;
    model
        .state()
        .put("1", 2, "", 4, model.clock.now() - TimeDelta::days(5));
    let report = sync(&model, &catalogue, &SyncOptions::default()).await;
    assert_eq!(ids(&report.news.back), ["1"]);
    assert_eq!(
        stored(&mut catalogue),
        model.rows(),
        "from its own watermark"
    );
}

#[tokio::test]
async fn rows_that_a_full_list_no_longer_has_are_marked_and_kept() {
    let model = Model::with_articles("1", 20);
    let mut catalogue = MemoryCatalogue::new();
    let options = small_pages(7);
    sync(&model, &catalogue, &options).await;
    pass(&model, 1);
    model.state().remove("1", 4);
    let report = sync(&model, &catalogue, &options).await;
    assert_eq!(
        report.suppliers[0].unlisted, 0,
        "a period says nothing about what is not in it"
    );
    let report = sync(&model, &catalogue, &options.clone().wish(Wish::Full)).await;
    assert_eq!(report.suppliers[0].unlisted, 1);
    let key = RowKey::of("4".parse().expect("an article"));
    let row = catalogue
        .row(Dataset::Article, &key)
        .expect("readable")
        .expect("kept");
    assert_eq!(row.unlisted_since, Some(model.clock.now()));
    assert_eq!(
        catalogue.count(Dataset::Article, None).expect("readable"),
        19
    );
    let since = ChangesSince::Moment(model.clock.now());
    let kinds: Vec<_> = catalogue
        .changes(since, 10)
        .expect("a log")
        .iter()
        .map(|change| change.kind)
        .collect();
    assert_eq!(kinds, [ChangeKind::Unlisted]);

    model.state().put("1", 4, "", 4, model.clock.now());
    pass(&model, 1);
    sync(&model, &catalogue, &options).await;
    assert_eq!(stored(&mut catalogue), model.rows());
    let row = catalogue
        .row(Dataset::Article, &key)
        .expect("readable")
        .expect("kept");
    assert_eq!(row.unlisted_since, None);
}

#[tokio::test]
async fn rows_of_several_agreements_are_all_stored_named_or_not() {
    let model = Model::new();
    let now = model.clock.now() - TimeDelta::days(9);
    for id in 1..=10 {
        for (price, agreement) in ["", "A", "B"].into_iter().enumerate() {
            model.state().put("1", id, agreement, price as i64, now);
        }
    }
    let mut catalogue = MemoryCatalogue::new();
    let report = sync(&model, &catalogue, &small_pages(4)).await;
    assert_eq!((report.tally().new, report.suppliers[0].unnamed), (30, 0));
    assert_eq!(stored(&mut catalogue), model.rows());

    let mut unnamed = Endpoints::assumed();
    unnamed.article.agreement.clear();
    let mut catalogue = MemoryCatalogue::new();
    let options = small_pages(4);
    let mirror = Mirror::new(
        model.client_with(unnamed, MemoryVault::new()),
        catalogue.clone(),
    )
    .expect("a thread");
    let report = mirror.sync(&options, &quiet).await.expect("a report");
    assert_eq!(
        (report.tally().new, report.suppliers[0].unnamed),
        (30, 20),
        "told apart by their order"
    );
    let keys: Vec<_> = stored(&mut catalogue)
        .into_iter()
        .map(|(_, key, _)| key)
        .collect();
    assert!(
        keys.contains(&"10".to_owned())
            && keys.contains(&"10 (#2)".to_owned())
            && keys.contains(&"10 (#3)".to_owned())
    );
    let report = mirror
        .sync(&options.clone().wish(Wish::Full), &quiet)
        .await
        .expect("a report");
    assert_eq!(tallies(&report), [("1".to_owned(), 0, 0, 30)]);
    // One agreement less: which of the rows stay is known by the order, how many by the list.
    model
        .state()
        .suppliers
        .get_mut("1")
        .expect("there")
        .rows
        .remove(&(10, "B".to_owned()));
    let report = mirror
        .sync(&options.wish(Wish::Full), &quiet)
        .await
        .expect("a report");
    assert_eq!(
        (report.suppliers[0].removed, report.suppliers[0].unlisted),
        (1, 0)
    );
    assert_eq!(
        catalogue.count(Dataset::Article, None).expect("readable"),
        29
    );
}

#[tokio::test]
async fn a_list_that_moves_is_read_again_and_ends_equal() {
    let model = Model::with_articles("1", 60);
    model.before_request(4, |state, now| {
        state.remove("1", 2);
        state.put("1", 70, "", 1, now);
    });
    let mut catalogue = MemoryCatalogue::new();
    let report = sync(&model, &catalogue, &small_pages(10)).await;
    assert_eq!(report.suppliers[0].again, 1);
    let key = RowKey::of("2".parse().expect("an article"));
    let row = catalogue.row(Dataset::Article, &key).expect("readable");
    assert!(
        row.is_none_or(|row| row.unlisted_since.is_some()),
        "gone while it was read"
    );
    let here: std::collections::BTreeSet<_> = stored(&mut catalogue)
        .into_iter()
        .filter(|(_, key, _)| key != "2")
        .collect();
    assert_eq!(here, model.rows());
}

#[tokio::test]
async fn a_list_that_never_stands_still_is_a_failure_and_its_watermark_stays() {
    let model = Model::with_articles("1", 60);
    for nth in 0..30 {
        model.before_request(3 + nth, move |state, now| {
            state.put("1", 100 + nth as u32, "", 1, now);
        });
    }
    let mut catalogue = MemoryCatalogue::new();
    let mut options = small_pages(10);
    options.pages = options.pages.ahead(1);
    let report = sync(&model, &catalogue, &options).await;
    let Ending::Failed(error) = &report.suppliers[0].ending else {
        panic!("{report:?}")
    };
    assert_eq!(error.kind(), ErrorKind::Drift);
    let one = "1".parse().expect("a supplier");
    assert_eq!(
        catalogue
            .standing(Dataset::Article, &one)
            .expect("readable")
            .watermark,
        None
    );
    model.state().happenings.clear();
    let report = sync(&model, &catalogue, &options).await;
    assert!(report.is_complete());
    assert_eq!(stored(&mut catalogue), model.rows());
}

#[tokio::test]
async fn a_second_run_is_told_who_is_on() {
    let model = Model::with_articles("1", 5);
    let mut catalogue = MemoryCatalogue::new();
    let holder = Holder::new(4711, "depot", model.clock.now(), "sync");
    catalogue.take_lease(&holder).expect("free");
    let mirror = Mirror::new(model.client(), catalogue.clone()).expect("a thread");
    let error = mirror
        .sync(&SyncOptions::default(), &quiet)
        .await
        .expect_err("held");
    assert_eq!(error.kind(), ErrorKind::Held);
    let held = error
        .catalogue_error()
        .and_then(|error| error.holder().cloned());
    assert_eq!(held, Some(holder));
    assert_eq!(model.requests().len(), 0, "not one request");
    catalogue.release_lease();
    mirror
        .sync(&SyncOptions::default(), &quiet)
        .await
        .expect("free");
    assert_eq!(catalogue.lease().expect("readable"), None, "given back");
}

/// Waits until the catalogue's thread has done what a run that was given up has left to it.
///
/// A lease that nobody waits for any more is dropped on that thread, behind which its release is queued: so the first
/// answer says that the release is queued, and the second that it is done.
async fn settled(mirror: &Mirror) {
    for _ in 0..2 {
        mirror.with_catalogue(|_| Ok(())).await.expect("in order");
    }
}

#[tokio::test]
async fn a_run_that_is_given_up_gives_the_catalogue_back() {
    let model = Model::with_articles("1", 50);
    let mut catalogue = MemoryCatalogue::new();
    let mirror = Mirror::new(model.client(), catalogue.clone()).expect("a thread");
    let mut options = small_pages(5);
    options.pages = options.pages.ahead(1);
    // Given up while it takes the catalogue.
    {
        let run = std::pin::pin!(mirror.sync(&options, &quiet));
        assert!(futures_util::FutureExt::now_or_never(run).is_none());
    }
    settled(&mirror).await;
    assert_eq!(catalogue.lease().expect("readable"), None);
    // Given up between pages, of which the third never comes.
    model.state().faults = [Fault::None, Fault::None, Fault::None, Fault::Silence].into();
    let page = tokio::sync::Notify::new();
    let observer = |event: &SyncEvent<'_>| {
        if matches!(event, SyncEvent::Page { .. }) {
            page.notify_one();
        }
    };
    tokio::select! {
        () = page.notified() => {}
        report = mirror.sync(&options, &observer) => panic!("{report:?}"),
    }
    model.state().faults.clear();
    settled(&mirror).await;
    assert_eq!(catalogue.lease().expect("readable"), None);
    let report = mirror.sync(&options, &quiet).await.expect("free");
    assert!(report.is_complete() && report.suppliers[0].resumed);
    assert_eq!(stored(&mut catalogue), model.rows());
}

#[tokio::test]
async fn only_wanted_suppliers_are_read_and_unknown_ones_are_a_failure() {
    let model = Model::with_articles("1", 5);
    model
        .state()
        .put("2", 50, "", 1, model.clock.now() - TimeDelta::days(9));
    let mut catalogue = MemoryCatalogue::new();
    let wanted = ["2", "77"].map(|id| id.parse().expect("a supplier"));
    let report = sync(
        &model,
        &catalogue,
        &SyncOptions::default().suppliers(wanted),
    )
    .await;
    let endings: Vec<_> = report
        .suppliers
        .iter()
        .map(|supplier| (supplier.supplier.to_string(), supplier.ending.is_good()))
        .collect();
    assert_eq!(endings, [("2".to_owned(), true), ("77".to_owned(), false)]);
    assert_eq!(
        catalogue.count(Dataset::Article, None).expect("readable"),
        1
    );
}

#[tokio::test]
async fn a_reason_that_concerns_all_leaves_the_rest_out() {
    let model = Model::new();
    for supplier in 1..=50 {
        model.state().put(
            &supplier.to_string(),
            supplier,
            "",
            1,
            model.clock.now() - TimeDelta::days(9),
        );
    }
    // A pause of an hour.
    model.faults([Fault::None, Fault::Throttle(3600)]);
    let catalogue = MemoryCatalogue::new();
    let report = sync(&model, &catalogue, &SyncOptions::default().parallel(2)).await;
    let skipped = report
        .suppliers
        .iter()
        .filter(|supplier| matches!(supplier.ending, Ending::Skipped))
        .count();
    assert!(skipped >= 45, "{skipped}");
    assert!(model.requests().len() <= 4, "{:?}", model.requests());
}

#[tokio::test]
async fn a_backfill_reads_a_period_once_more_and_leaves_the_watermark() {
    let model = Model::with_articles("1", 10);
    let mut catalogue = MemoryCatalogue::new();
    sync(&model, &catalogue, &SyncOptions::default()).await;
    let one = "1".parse().expect("a supplier");
    let mark = catalogue
        .standing(Dataset::Article, &one)
        .expect("readable")
        .watermark;
    let from = model.clock.now() - TimeDelta::days(101);
    let until = model.clock.now() - TimeDelta::days(99);
    pass(&model, 1);
    model.clear_requests();
    let report = sync(
        &model,
        &catalogue,
        &SyncOptions::default().wish(Wish::Backfill { from, until }),
    )
    .await;
    assert!(matches!(report.suppliers[0].ending, Ending::Backfilled));
    assert_eq!(tallies(&report), [("1".to_owned(), 0, 0, 10)]);
    assert_eq!(
        catalogue
            .standing(Dataset::Article, &one)
            .expect("readable")
            .watermark,
        mark
    );
    assert!(
        model.requests()[1]
            .contains("changed-from-date=2025-10-06T12%3A00%3A00.000Z&changed-to-date=2025-10-08")
    );
}

#[tokio::test]
async fn a_dry_run_says_what_it_would_take_and_writes_nothing() {
    let model = Model::with_articles("1", 2500);
    model
        .state()
        .put("2", 5000, "", 1, model.clock.now() - TimeDelta::days(9));
    model
        .state()
        .suppliers
        .entry("3".to_owned())
        .or_default()
        .forbidden = true;
    let mut catalogue = MemoryCatalogue::new();
    let mirror = Mirror::new(model.client(), catalogue.clone()).expect("a thread");
    let dry = mirror
        .dry_run(&SyncOptions::default())
        .await
        .expect("an answer");
    let lines: Vec<_> = dry
        .suppliers
        .iter()
        .map(|line| (line.rows.as_ref().ok().copied(), line.requests))
        .collect();
    assert_eq!(
        lines,
        [
            (Some(Some(2500)), Some(3)),
            (Some(Some(1)), Some(1)),
            (None, None)
        ]
    );
    assert_eq!((dry.requests(), dry.asked), (None, 4));
    assert_eq!(catalogue.suppliers().expect("readable"), []);
    assert_eq!(stored(&mut catalogue).len(), 0);

    model.state().suppliers.remove("3");
    let dry = mirror
        .dry_run(&SyncOptions::default())
        .await
        .expect("an answer");
    let expected = dry.requests().expect("known");
    let report = mirror
        .sync(&SyncOptions::default(), &quiet)
        .await
        .expect("a report");
    assert_eq!(report.requests, expected, "as foretold");
}

#[tokio::test]
async fn progress_is_told() {
    let model = Model::with_articles("1", 25);
    model.before_request(3, |state, now| state.put("1", 99, "", 1, now));
    let told = Mutex::new(Vec::new());
    let observer = |event: &SyncEvent<'_>| {
        let line = match event {
            SyncEvent::Suppliers { count, .. } => format!("{count} suppliers"),
            SyncEvent::Begun {
                supplier,
                span,
                done,
            } => format!("{supplier}: {span} from {done}"),
            SyncEvent::Page { done, total, .. } => format!("{done} of {total:?}"),
            SyncEvent::Again { why, .. } => format!("again: {why}"),
            SyncEvent::Ended(report) => format!("ended {}", report.ending.is_good()),
            other => format!("{other:?}"),
        };
        told.lock().expect("alone").push(line);
    };
    let mut options = small_pages(10);
    options.pages = options.pages.ahead(1);
    let mirror = Mirror::new(model.client(), MemoryCatalogue::new()).expect("a thread");
    mirror.sync(&options, &observer).await.expect("a report");
    assert_eq!(
        *told.lock().expect("alone"),
        [
            "1 suppliers",
            "1: everything from 0",
            "10 of Some(25)",
            "again: the number of rows changed from 25 to 26",
            "10 of Some(26)",
            "19 of Some(26)",
            "26 of Some(26)",
            "ended true"
        ]
    );
}

#[tokio::test]
async fn rows_without_a_key_are_kept_aside_and_counted() {
    let mut endpoints = Endpoints::assumed();
    endpoints.article.article = vec!["noSuchField".to_owned()];
    endpoints.article.supplier_article = vec!["neither".to_owned()];
    let model = Model::with_articles("1", 3);
    let mut catalogue = MemoryCatalogue::new();
    let mirror = Mirror::new(
        model.client_with(endpoints, MemoryVault::new()),
        catalogue.clone(),
    )
    .expect("a thread");
    let report = mirror
        .sync(&SyncOptions::default(), &quiet)
        .await
        .expect("a report");
    assert_eq!(report.tally().set_aside, 3);
    let aside = catalogue
        .set_aside(Dataset::Article, &"1".parse().expect("a supplier"))
        .expect("readable");
    assert_eq!(aside.len(), 3);
    assert!(aside[0].1.contains("artikel 1"));
}
