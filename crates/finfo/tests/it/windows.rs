//! Periods, over a service that remembers what changed when: no change falls between two of them.

use chrono::{DateTime, TimeDelta, Utc};
use finkit_core::ApiVersion;
use finkit_finfo::catalogue::{Dataset, MemoryCatalogue};
use finkit_finfo::{Endpoint, Endpoints, Mirror, SyncOptions};
use finkit_transport::{Clock as _, MemoryVault};

use crate::model::{Model, quiet, stored};

fn versions() -> [(&'static str, Endpoint); 4] {
    [
        ("v1.0", Endpoint::article_v1()),
        ("v1.0 with prices", Endpoint::article_v1_with_prices()),
        ("v2.1", Endpoint::article_v2_1()),
        ("v2.2", Endpoint::article_v2_2()),
    ]
}

struct Bench {
    model: Model,
    catalogue: MemoryCatalogue,
    mirror: Mirror,
}

fn bench(endpoint: Endpoint) -> Bench {
    let model = Model::with_articles("1", 10);
    let catalogue = MemoryCatalogue::new();
    let endpoints = Endpoints::assumed().with(Dataset::Article, endpoint);
    let client = model.client_with(endpoints, MemoryVault::new());
    let mirror = Mirror::new(client, catalogue.clone()).expect("a thread");
    Bench {
        model,
        catalogue,
        mirror,
    }
}

impl Bench {
    async fn sync(&mut self) {
        let report = self
            .mirror
            .sync(&SyncOptions::default(), &quiet)
            .await
            .expect("a report");
        assert!(report.is_complete(), "{report:?}");
    }

    fn go_to(&self, moment: &str) {
        let moment: DateTime<Utc> = moment.parse().expect("a moment");
        let step = (moment - self.model.clock.now()).to_std().expect("forward");
        self.model.clock.advance(step);
    }

    fn assert_equal(&mut self, when: &str) {
        assert_eq!(stored(&mut self.catalogue), self.model.rows(), "{when}");
    }
}

#[tokio::test]
async fn changes_at_every_edge_of_a_day_are_found_in_every_version() {
    for (name, endpoint) in versions() {
        for stamp in [
            "2026-01-20T00:00:00Z",
            "2026-01-20T00:00:00.001Z",
            "2026-01-20T05:59:59.999Z",
            "2026-01-20T06:00:00Z",
            "2026-01-20T06:00:00.001Z",
            "2026-01-20T23:59:59.999Z",
            "2026-01-21T00:00:00Z",
            "2026-01-21T06:00:00Z",
        ] {
            let mut bench = bench(endpoint.clone());
            bench.go_to("2026-01-20T06:00:00Z");
            bench.sync().await;
            // Entered after the run of that day, with a stamp before, at or after it.
            let stamp: DateTime<Utc> = stamp.parse().expect("a moment");
            bench.model.state().put("1", 3, "", 333, stamp);
            bench.go_to("2026-01-21T06:00:00Z");
            bench.sync().await;
            bench.assert_equal(&format!("{name}, stamped {stamp}"));
        }
    }
}

#[tokio::test]
async fn version_1_asks_for_days_with_an_end_that_does_not_belong_to_them() {
    let mut bench = bench(Endpoint::article_v1());
    bench.go_to("2026-01-20T06:00:00Z");
    bench.sync().await;
    bench.model.clear_requests();
    bench.go_to("2026-01-21T06:00:00Z");
    bench.sync().await;
    assert_eq!(
        bench.model.requests()[1],
        "/v1.0/article/fin20text/noprice/period?finfoSupplierId=1&changed-from-date=2026-01-19&changed-to-date=2026-01-22",
        "a day of overlap, and the whole of today"
    );
}

#[tokio::test]
async fn version_2_asks_for_moments_that_both_belong_to_the_period() {
    let mut bench = bench(Endpoint::article_v2_1());
    bench.go_to("2026-01-20T06:00:00Z");
    bench.sync().await;
    bench.model.clear_requests();
    bench.go_to("2026-01-21T06:00:00.250Z");
    bench.sync().await;
    assert_eq!(
        bench.model.requests()[1],
        "/v2.1/article?finfoSupplierId=1&changed-from-date=2026-01-19T06%3A00%3A00.000Z\
         &changed-to-date=2026-01-21T06%3A00%3A00.250Z&offset=0&limit=1000"
    );
}

#[tokio::test]
async fn changes_that_are_entered_while_a_run_reads_come_with_the_next() {
    for (name, endpoint) in versions() {
        let mut bench = bench(endpoint);
        bench.sync().await;
        bench
            .model
            .clock
            .advance(std::time::Duration::from_secs(86_400));
        // After the list of suppliers, before the first page: later than the end of the period.
        bench.model.before_request(2, |state, now| {
            state.put("1", 4, "", 444, now + TimeDelta::milliseconds(5));
        });
        bench.sync().await;
        bench
            .model
            .clock
            .advance(std::time::Duration::from_secs(60));
        bench.sync().await;
        bench.assert_equal(name);
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_for_a_while_loses_nothing() {
    for (name, endpoint) in versions() {
        let mut bench = bench(endpoint);
        bench.sync().await;
        // Two hours ahead of the service during one run, then right again.
        let right = bench.model.clock.now();
        bench.model.clock.set_wall(right + TimeDelta::hours(2));
        bench.sync().await;
        bench.model.clock.set_wall(right);
        bench
            .model
            .state()
            .put("1", 5, "", 555, right + TimeDelta::minutes(1));
        bench
            .model
            .clock
            .advance(std::time::Duration::from_secs(120));
        bench.sync().await;
        bench.assert_equal(name);
        // A year ahead.
        let right = bench.model.clock.now();
        bench.model.clock.set_wall(right + TimeDelta::days(365));
        bench.sync().await;
        bench.model.clock.set_wall(right);
        bench
            .model
            .state()
            .put("1", 6, "", 666, right + TimeDelta::minutes(1));
        bench
            .model
            .clock
            .advance(std::time::Duration::from_secs(86_400));
        bench.sync().await;
        bench.assert_equal(name);
    }
}

#[tokio::test]
async fn going_from_version_1_to_2_reads_everything_once_and_a_minor_step_does_not() {
    let mut first = bench(Endpoint::article_v1());
    first.sync().await;
    let endpoints = |endpoint| Endpoints::assumed().with(Dataset::Article, endpoint);
    let second = |endpoint| {
        let client = first
            .model
            .client_with(endpoints(endpoint), MemoryVault::new());
        Mirror::new(client, first.catalogue.clone()).expect("a thread")
    };
    for (endpoint, whole) in [
        (Endpoint::article_v2_1(), true),
        (Endpoint::article_v2_2(), false),
    ] {
        let version = endpoint.version;
        first.model.clear_requests();
        let report = second(endpoint)
            .sync(&SyncOptions::default(), &quiet)
            .await
            .expect("a report");
        assert!(report.is_complete());
        assert_eq!(
            !first.model.requests()[1].contains("changed-from-date"),
            whole,
            "{version}"
        );
    }
    assert!(ApiVersion::new(2, 2) > ApiVersion::new(2, 1));
}
