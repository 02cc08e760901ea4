//! Comparing catalogue and service.

use chrono::TimeDelta;
use finkit_finfo::catalogue::{Catalogue, ChangesSince, MemoryCatalogue};
use finkit_finfo::{Mirror, SyncOptions, VerifyDepth, Wish};
use finkit_transport::Clock as _;

use crate::model::{Model, quiet, small_pages, stored};

async fn mirror(model: &Model) -> (Mirror, MemoryCatalogue) {
    let catalogue = MemoryCatalogue::new();
    let mirror = Mirror::new(model.client(), catalogue.clone()).expect("a thread");
    mirror
        .sync(&small_pages(10), &quiet)
        .await
        .expect("a report");
    (mirror, catalogue)
}

#[tokio::test]
async fn an_equal_catalogue_agrees_in_counts_and_rows() {
    let model = Model::with_articles("1", 35);
    let (mirror, _) = mirror(&model).await;
    model.clear_requests();
    let counts = mirror
        .verify(&small_pages(10), VerifyDepth::Counts, &quiet)
        .await
        .expect("a report");
    assert!(counts.suppliers[0].agrees());
    assert_eq!((counts.requests, model.requests().len()), (2, 2));
    assert_eq!(
        (counts.suppliers[0].there, counts.suppliers[0].here),
        (Some(35), 35)
    );
    let rows = mirror
        .verify(&small_pages(10), VerifyDepth::Rows, &quiet)
        .await
        .expect("a report");
    assert!(rows.suppliers[0].agrees());
}

#[tokio::test]
async fn every_difference_is_found_nothing_is_written_and_a_full_sync_repairs() {
    let model = Model::with_articles("1", 35);
    let (mirror, mut catalogue) = mirror(&model).await;
    let now = model.clock.now();
    // Changes that the service stamps so early that no period will ever bring them.
    let long_ago = now - TimeDelta::days(400);
    model.state().put("1", 7, "", 999, long_ago);
    model.state().put("1", 40, "", 1, long_ago);
    model.state().put("1", 41, "", 1, long_ago);
    model.state().remove("1", 3);
    let counts = mirror
        .verify(&small_pages(10), VerifyDepth::Counts, &quiet)
        .await
        .expect("a report");
    assert!(!counts.suppliers[0].agrees());
    let before = (
        stored(&mut catalogue),
        catalogue
            .changes(ChangesSince::Number(0), 999)
            .expect("a log"),
    );
    let found = mirror
        .verify(&small_pages(10), VerifyDepth::Rows, &quiet)
        .await
        .expect("a report");
    let one = &found.suppliers[0];
    let keys = |found: &finkit_finfo::Found| {
        found
            .first
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (keys(&one.missing), keys(&one.differing), keys(&one.extra)),
        (
            vec!["40".to_owned(), "41".to_owned()],
            vec!["7".to_owned()],
            vec!["3".to_owned()]
        )
    );
    assert!(!one.agrees());
    let after = (
        stored(&mut catalogue),
        catalogue
            .changes(ChangesSince::Number(0), 999)
            .expect("a log"),
    );
    assert_eq!(before, after);

    mirror
        .sync(&small_pages(10).wish(Wish::Full), &quiet)
        .await
        .expect("a report");
    let found = mirror
        .verify(&small_pages(10), VerifyDepth::Rows, &quiet)
        .await
        .expect("a report");
    assert!(found.suppliers[0].agrees(), "{found:?}");
}

#[tokio::test]
async fn a_supplier_that_cannot_be_compared_is_no_agreement() {
    let model = Model::with_articles("1", 5);
    let (mirror, _) = mirror(&model).await;
    model
        .state()
        .suppliers
        .get_mut("1")
        .expect("there")
        .forbidden = true;
    for depth in [VerifyDepth::Counts, VerifyDepth::Rows] {
        let found = mirror
            .verify(&SyncOptions::default(), depth, &quiet)
            .await
            .expect("a report");
        assert!(found.suppliers[0].error.is_some() && !found.suppliers[0].agrees());
    }
}
