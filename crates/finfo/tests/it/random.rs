//! Random edits, failures and times: whatever happens, the catalogue ends equal to the service.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use finkit_finfo::catalogue::{Catalogue, Dataset, MemoryCatalogue, RowFilter};
use finkit_finfo::{Endpoint, Endpoints, Mirror, PageOptions, SyncOptions, Wish};
use finkit_transport::{Clock as _, MemoryVault};
use proptest::prelude::*;

use crate::faults::Mortal;
use crate::model::{Fault, Model, Order, quiet, stored};

#[derive(Clone, Debug)]
enum Step {
    /// Time passes, in minutes.
    Wait(u32),
    Edit(Edit),
    /// A run, with what happens while it reads, faults of the service, and the write at which it is killed.
    Run {
        meanwhile: Vec<(usize, Edit)>,
        faults: Vec<Fault>,
        killed: Option<(usize, bool)>,
        full: bool,
    },
    /// A supplier is taken from the list, or put back.
    Toggle(u32),
    /// A supplier may not be read, or may again.
    Forbid(u32),
    Sort(bool),
    /// How long each request takes, in seconds.
    Pace(u32),
}

#[derive(Clone, Debug)]
enum Edit {
    Put {
        supplier: u32,
        id: u32,
        agreement: u8,
        price: i64,
    },
    Remove {
        supplier: u32,
        id: u32,
    },
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        5 => (1..4u32, 1..30u32, 0..3u8, 0..1000i64)
            .prop_map(|(supplier, id, agreement, price)| Edit::Put { supplier, id, agreement, price }),
        1 => (1..4u32, 1..30u32).prop_map(|(supplier, id)| Edit::Remove { supplier, id }),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        6 => Just(Fault::None),
        1 => Just(Fault::Status(500)),
        1 => Just(Fault::Status(403)),
        1 => Just(Fault::Throttle(3)),
        1 => Just(Fault::CutJson),
        1 => Just(Fault::CutBody),
        1 => Just(Fault::Short),
        1 => Just(Fault::DeadToken),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..5_000u32).prop_map(Step::Wait),
        6 => edit().prop_map(Step::Edit),
        5 => (
            proptest::collection::vec((1..12usize, edit()), 0..4),
            proptest::collection::vec(fault(), 0..12),
            proptest::option::of((1..14usize, any::<bool>())),
            proptest::bool::weighted(0.15),
        ).prop_map(|(meanwhile, faults, killed, full)| Step::Run { meanwhile, faults, killed, full }),
        1 => (1..4u32).prop_map(Step::Toggle),
        1 => (1..4u32).prop_map(Step::Forbid),
        1 => any::<bool>().prop_map(Step::Sort),
        1 => (0..100u32).prop_map(Step::Pace),
    ]
}

/// Articles belong to one supplier each: numbers are never used again.
fn article(supplier: u32, id: u32) -> u32 {
    supplier * 100 + id
}

fn apply(state: &mut crate::model::State, edit: &Edit, now: chrono::DateTime<chrono::Utc>) {
    match edit {
        Edit::Put {
            supplier,
            id,
            agreement,
            price,
        } => {
            let agreement = ["", "A", "B"][usize::from(*agreement)];
            state.put(
                &supplier.to_string(),
                article(*supplier, *id),
                agreement,
                *price,
                now,
            );
        }
        Edit::Remove { supplier, id } => {
            state.remove(&supplier.to_string(), article(*supplier, *id));
        }
    }
}

fn options(page: u32, ahead: usize) -> SyncOptions {
    SyncOptions::default()
        .pages(PageOptions::default().page_size(page).ahead(ahead))
        .parallel(2)
}

async fn play(steps: Vec<Step>, endpoint: Endpoint, page: u32, ahead: usize) {
    let model = Model::new();
    let start = model.clock.now() - TimeDelta::days(30);
    for supplier in 1..4 {
        for id in 1..12 {
            model
                .state()
                .put(&supplier.to_string(), article(supplier, id), "", 1, start);
        }
    }
    let mut catalogue = MemoryCatalogue::new();
    let endpoints = Endpoints::assumed().with(Dataset::Article, endpoint);
    let mirror = |catalogue: Mortal| {
        let client = model.client_with(endpoints.clone(), MemoryVault::new());
        Mirror::new(client, catalogue).expect("a thread")
    };
    for step in steps {
        match step {
            Step::Wait(minutes) => model
                .clock
                .advance(Duration::from_secs(u64::from(minutes) * 60)),
            Step::Edit(edit) => apply(&mut model.state(), &edit, model.clock.now()),
            Step::Run {
                meanwhile,
                faults,
                killed,
                full,
            } => {
                for (nth, edit) in meanwhile {
                    model.before_request(nth, move |state, now| apply(state, &edit, now));
                }
                model.faults(faults);
                let (writes, applied) = killed.unwrap_or((usize::MAX, false));
                let wish = if full { Wish::Full } else { Wish::Follow };
                let run = mirror(Mortal::new(catalogue.clone(), writes, applied));
                // Whatever becomes of it.
                let _ = run.sync(&options(page, ahead).wish(wish), &quiet).await;
                drop(run);
                let mut state = model.state();
                state.happenings.clear();
                state.faults.clear();
            }
            Step::Toggle(supplier) => {
                let mut state = model.state();
                let supplier = state.suppliers.entry(supplier.to_string()).or_default();
                supplier.unlisted = !supplier.unlisted;
            }
            Step::Forbid(supplier) => {
                let mut state = model.state();
                let supplier = state.suppliers.entry(supplier.to_string()).or_default();
                supplier.forbidden = !supplier.forbidden;
            }
            Step::Pace(seconds) => model.state().pace = Duration::from_secs(u64::from(seconds)),
            Step::Sort(by_change) => {
                model.state().order = if by_change {
                    Order::LastChange
                } else {
                    Order::Id
                };
            }
        }
    }
    for supplier in model.state().suppliers.values_mut() {
        (supplier.unlisted, supplier.forbidden) = (false, false);
    }
    model.state().pace = Duration::ZERO;
    model.clock.advance(Duration::from_secs(1));
    let last = mirror(Mortal::new(catalogue.clone(), usize::MAX, false));
    let report = last
        .sync(&options(page, ahead), &quiet)
        .await
        .expect("a report");
    assert!(report.is_complete(), "{report:?}");
    let (there, here) = (model.rows(), stored(&mut catalogue));
    let missing: BTreeSet<_> = there.difference(&here).collect();
    assert!(
        missing.is_empty(),
        "not in the catalogue, or not as at the service: {missing:?}"
    );

    // What the service no longer has is still there after periods, and marked after everything was read.
    let report = last
        .sync(&options(page, ahead).wish(Wish::Full), &quiet)
        .await
        .expect("a report");
    assert!(report.is_complete(), "{report:?}");
    let listed: BTreeSet<_> = catalogue
        .rows(&RowFilter::new(Dataset::Article), None, 10_000)
        .expect("readable")
        .into_iter()
        .filter(|row| row.unlisted_since.is_none())
        .map(|row| (row.supplier.to_string(), row.key.to_string(), row.json))
        .collect();
    assert_eq!(listed, there);
}

fn run(steps: Vec<Step>, endpoint: Endpoint, page: u32, ahead: usize) {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(play(steps, endpoint, page, ahead));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn version_2_misses_no_change(
        steps in proptest::collection::vec(step(), 0..30),
        page in 2..12u32,
        ahead in 1..5usize,
    ) {
        run(steps, Endpoint::article_v2_2(), page, ahead);
    }

    #[test]
    fn version_1_misses_no_change(steps in proptest::collection::vec(step(), 0..30)) {
        run(steps, Endpoint::article_v1(), 10, 2);
    }
}
