//! Tokens: one for a sync, however long it takes and however many suppliers and workers there are.

use std::time::Duration;

use chrono::TimeDelta;
use finkit_finfo::catalogue::MemoryCatalogue;
use finkit_finfo::{Endpoints, Mirror};
use finkit_transport::{Clock as _, MemoryVault};

use crate::model::{Fault, Grants, Model, quiet, small_pages, stored};

fn many_suppliers(count: u32, rows: u32) -> Model {
    let model = Model::new();
    let now = model.clock.now() - TimeDelta::days(9);
    for supplier in 1..=count {
        for id in 1..=rows {
            model
                .state()
                .put(&supplier.to_string(), supplier * 1000 + id, "", 1, now);
        }
    }
    model
}

#[tokio::test]
async fn a_sync_of_an_hour_makes_one_password_grant_and_at_most_four_refreshes() {
    for workers in [1, 8] {
        let model = many_suppliers(60, 50);
        model.state().pace = Duration::from_secs(10);
        let mut catalogue = MemoryCatalogue::new();
        let mirror = Mirror::new(model.client(), catalogue.clone()).expect("a thread");
        let report = mirror
            .sync(&small_pages(10).parallel(workers), &quiet)
            .await
            .expect("a report");
        assert!(report.is_complete(), "{report:?}");
        let minutes = report.elapsed.as_secs() / 60;
        assert!((58..=62).contains(&minutes), "{minutes} minutes");
        let grants = model.state().grants;
        assert!(grants.password == 1 && grants.refresh <= 4, "{grants:?}");
        assert_eq!(report.tokens, grants.password + grants.refresh);
        let of_suppliers: u64 = report
            .suppliers
            .iter()
            .map(|supplier| supplier.tokens)
            .sum();
        assert_eq!(of_suppliers, report.tokens, "each is counted once");
        assert_eq!(stored(&mut catalogue), model.rows());
    }
}

#[tokio::test]
async fn runs_of_many_processes_share_one_token() {
    let model = many_suppliers(3, 20);
    let (vault, catalogue) = (MemoryVault::new(), MemoryCatalogue::new());
    for _ in 0..10 {
        // A process of its own: everything but the vault and the catalogue is new.
        let client = model.client_with(Endpoints::assumed(), vault.clone());
        let mirror = Mirror::new(client, catalogue.clone()).expect("a thread");
        let report = mirror
            .sync(&small_pages(10), &quiet)
            .await
            .expect("a report");
        assert!(report.is_complete());
        model.clock.advance(Duration::from_secs(60));
    }
    assert_eq!(
        model.state().grants,
        Grants {
            password: 1,
            refresh: 0
        }
    );
}

#[tokio::test]
async fn a_token_that_dies_in_the_middle_is_replaced_once() {
    let model = many_suppliers(8, 40);
    model.faults([
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::None,
        Fault::DeadToken,
    ]);
    let mut catalogue = MemoryCatalogue::new();
    let mirror = Mirror::new(model.client(), catalogue.clone()).expect("a thread");
    let report = mirror
        .sync(&small_pages(10), &quiet)
        .await
        .expect("a report");
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(stored(&mut catalogue), model.rows());
    let grants = model.state().grants;
    assert_eq!(grants.password + grants.refresh, 2, "{grants:?}");
}
