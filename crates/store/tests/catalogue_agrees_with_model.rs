//! The catalogue on SQLite does what the catalogue in memory does, for any sequence of calls, and keeps it when reopened.

use chrono::{DateTime, TimeDelta, Utc};
use finkit_core::{ApiVersion, FinfoSupplierId};
use finkit_finfo::catalogue::{
    ArticleRef, AssetFilter, AssetId, Catalogue, ChangesSince, Dataset, ListedSupplier,
    MemoryCatalogue, NewPage, NewRow, NumberRole, RowFilter, RowKey, SetAside, StoredFile,
    StoredRow, Walk, WalkEnd, WalkPurpose, WalkSpan,
};
use finkit_finfo::wire::Record;
use finkit_store::SqliteCatalogue;
use proptest::prelude::*;

const SUPPLIERS: [&str; 3] = ["2347003", "12", "A-1"];
const DATASETS: [Dataset; 3] = [Dataset::Article, Dataset::Media, Dataset::Etim];

/// A key by small numbers: the article, its agreement, and whether it is known by the supplier's number only.
type SmallKey = (u8, u8, bool);

#[derive(Clone, Debug)]
enum Call {
    List(Vec<usize>),
    Begin {
        place: (usize, usize),
        all: bool,
        backfill: bool,
        pass: u32,
    },
    Page {
        place: (usize, usize),
        /// The pass and the place that it claims, most often those of the open walk.
        astray: bool,
        rows: Vec<(SmallKey, usize)>,
        aside: Vec<u8>,
        version: bool,
    },
    Finish {
        place: (usize, usize),
        remove: Vec<SmallKey>,
        unlisted: Vec<SmallKey>,
    },
    Fail(usize, usize),
    File(u64, u8),
    Miss(u64, bool),
    Reopen,
}

const ROWS: [&str; 12] = [
    "{}",
    r#"{"supplierArticleName1":"Träskruv 4,2x55","brand":"Fäste","supplierArticleNumber":"TS-1","basePrice":19.90}"#,
    r#"{"supplierArticleName1":"Träskruv 4,2x55","brand":"Fäste","supplierArticleNumber":"TS-1","basePrice":19.95}"#,
    r#"{ "basePrice":19.9, "brand":"F\u00e4ste","supplierArticleNumber":"TS-1","supplierArticleName1":"Träskruv 4,2x55"}"#,
    r#"{"supplierArticleName1":"SKRUV 4,2","supplierArticleId":"A1","gtin":"7317761101987","unknown":[1,{"a":null}]}"#,
    r#"{"finfoArticleName2":"Brandskyddsklassad panel","supplierPreviousArticleNumber":"TS-1","brand":null}"#,
    r#"{"finfoArticleName2":"Brandskyddsklassat","supplierReplacementArticleNumber":"TS-1","x\u0031":1}"#,
    r#"{"heroImage":{"url":"https://a.example.test/1","checksum":"AA"},"images":[{"url":"https://a.example.test/2"}]}"#,
    r#"{"heroImage":{"url":"https://a.example.test/1","checksum":"bb"}}"#,
    r#"{"images":[{"url":"https://a.example.test/3","lastModified":"2025-02-27T09:51:07.0000000"}],"brand":"Ögla"}"#,
    r#"{"gtin":"12345","finfoArticleId":"0007","primaryPackageGtin":0}"#,
    r#"{"brand":"Ögla","brand":"twice","supplierArticleNumber":4}"#,
];

const WORDS: [&str; 9] = [
    "skruv",
    "TRÄSKRUV 4",
    "4 2",
    "fäst",
    "ögla",
    "731776",
    "brandskyddsklassad",
    "7",
    "twice",
];

fn call() -> impl Strategy<Value = Call> {
    let place = || {
        (
            prop_oneof![3 => Just(0), 2 => Just(1), 1 => Just(2)],
            0..SUPPLIERS.len(),
        )
    };
    let agreement = || prop_oneof![5 => Just(0_u8), 1 => Just(1), 1 => Just(2)];
    let key = || (1_u8..5, agreement(), prop::bool::weighted(0.15));
    let keys = || prop::collection::vec(key(), 0..4);
    let rows = prop::collection::btree_map(key(), 0..ROWS.len(), 0..6)
        .prop_map(|rows| rows.into_iter().collect::<Vec<_>>())
        .prop_shuffle();
    let aside = prop::collection::vec(0_u8..4, 0..2);
    prop_oneof![
        1 => prop::collection::vec(0..SUPPLIERS.len(), 0..4).prop_map(Call::List),
        4 => (place(), any::<bool>(), prop::bool::weighted(0.2), 1_u32..3)
            .prop_map(|(place, all, backfill, pass)| Call::Begin { place, all, backfill, pass }),
        12 => (place(), prop::bool::weighted(0.1), rows, aside, any::<bool>())
            .prop_map(|(place, astray, rows, aside, version)| Call::Page { place, astray, rows, aside, version }),
        3 => (place(), keys(), keys()).prop_map(|(place, remove, unlisted)| Call::Finish { place, remove, unlisted }),
        1 => place().prop_map(|(dataset, supplier)| Call::Fail(dataset, supplier)),
        1 => (1_u64..6, 0_u8..3).prop_map(|(asset, file)| Call::File(asset, file)),
        1 => (1_u64..6, any::<bool>()).prop_map(|(asset, passing)| Call::Miss(asset, passing)),
        1 => Just(Call::Reopen),
    ]
}

fn supplier(place: usize) -> FinfoSupplierId {
    SUPPLIERS[place].parse().expect("a supplier")
}

fn key((article, agreement, by_number): SmallKey) -> RowKey<'static> {
    let article = if by_number {
        let of = supplier(usize::from(article) % SUPPLIERS.len());
        ArticleRef::Supplier(of, format!("N/{article} å").into())
    } else {
        ArticleRef::Finfo(article.to_string().parse().expect("an article"))
    };
    let agreement = ["", "A", "#2"][usize::from(agreement)].into();
    RowKey { article, agreement }
}

/// The time of the n-th call.
fn at(call: usize) -> DateTime<Utc> {
    let start = DateTime::from_timestamp(1_768_478_400, 987_654_321).expect("a moment");
    start + TimeDelta::minutes(call as i64)
}

/// Does one call and says what came of it, in a form that can be compared.
fn act(catalogue: &mut dyn Catalogue, call: &Call, now: usize) -> String {
    let walked = |catalogue: &mut dyn Catalogue, (dataset, of): (usize, usize)| {
        let open = catalogue
            .standing(DATASETS[dataset], &supplier(of))
            .expect("readable")
            .open;
        open.map_or((1, 0), |open| (open.walk.pass, open.next))
    };
    match call {
        Call::List(listed) => {
            let mut places = listed.clone();
            places.sort_unstable();
            places.dedup();
            let listed: Vec<ListedSupplier> = places
                .iter()
                .map(|place| ListedSupplier {
                    id: supplier(*place),
                    name: (now.is_multiple_of(2)).then(|| format!("Name {place}")),
                    json: format!("{{\"n\":{now}}}"),
                })
                .collect();
            let mut news = catalogue.list_suppliers(&listed, at(now)).expect("written");
            news.gone.sort_unstable();
            format!("{news:?}")
        }
        Call::Begin {
            place,
            all,
            backfill,
            pass,
        } => {
            let span = if *all {
                WalkSpan::All
            } else {
                WalkSpan::Changed {
                    from: at(0),
                    until: at(now / 4 * 4),
                }
            };
            let walk = Walk {
                dataset: DATASETS[place.0],
                supplier: supplier(place.1),
                version: ApiVersion::new(2, 2),
                span,
                purpose: if *backfill {
                    WalkPurpose::Backfill
                } else {
                    WalkPurpose::Follow
                },
                started_at: at(now / 4 * 4),
                pass: *pass,
                page_size: 1000,
                total: (*pass == 2).then_some(7),
            };
            format!(
                "{:?}",
                catalogue.begin_walk(&walk).map_err(|error| error.kind())
            )
        }
        Call::Page {
            place,
            astray,
            rows,
            aside,
            version,
        } => {
            let (pass, from) = walked(catalogue, *place);
            let from = from + u64::from(*astray);
            let new: Vec<NewRow<'_>> = rows
                .iter()
                .map(|(small, json)| NewRow {
                    key: key(*small),
                    record: Record::parse(ROWS[*json]).expect("an object"),
                })
                .collect();
            let odd: Vec<String> = aside
                .iter()
                .map(|odd| format!("{{\"odd\":{odd}}}"))
                .collect();
            let set_aside: Vec<SetAside<'_>> = odd
                .iter()
                .zip(from..)
                .map(|(json, place)| SetAside { place, json })
                .collect();
            let page = NewPage {
                dataset: DATASETS[place.0],
                supplier: supplier(place.1),
                version: ApiVersion::new(if *version { 2 } else { 1 }, 0),
                pass,
                from,
                next: from + (new.len() + set_aside.len()) as u64,
                rows: &new,
                set_aside: &set_aside,
                trail: &[now as u8],
                at: at(now),
            };
            format!(
                "{:?}",
                catalogue.store_page(&page).map_err(|error| error.kind())
            )
        }
        Call::Finish {
            place,
            remove,
            unlisted,
        } => {
            let (pass, _) = walked(catalogue, *place);
            let keys =
                |small: &[SmallKey]| small.iter().map(|small| key(*small)).collect::<Vec<_>>();
            let (remove, unlisted) = (keys(remove), keys(unlisted));
            let end = WalkEnd {
                dataset: DATASETS[place.0],
                supplier: supplier(place.1),
                pass,
                at: at(now),
                remove: &remove,
                unlisted: &unlisted,
            };
            format!(
                "{:?}",
                catalogue.finish_walk(&end).map_err(|error| error.kind())
            )
        }
        Call::Fail(dataset, of) => {
            let message = format!("status {now}");
            let noted =
                catalogue.note_failure(DATASETS[*dataset], &supplier(*of), at(now), &message);
            format!("{noted:?}")
        }
        Call::File(asset, number) => {
            let file = StoredFile {
                name: format!("file-{number}"),
                bytes: u64::from(*number) * 10,
                checksum: [Some("aa"), Some("BB"), None][usize::from(*number)].map(str::to_owned),
                verified: *number != 2,
                last_modified: None,
                url: "https://a.example.test/3".to_owned(),
                fetched_at: at(now),
            };
            format!("{:?}", catalogue.note_file(AssetId(*asset), &file))
        }
        Call::Miss(asset, passing) => {
            format!(
                "{:?}",
                catalogue.note_miss(AssetId(*asset), at(now), "status 404", *passing)
            )
        }
        Call::Reopen => String::new(),
    }
}

fn sorted(mut rows: Vec<StoredRow>) -> Vec<StoredRow> {
    rows.sort_by(|one, other| one.key.cmp(&other.key));
    rows
}

/// All rows that a filter admits, read in pieces.
fn read(catalogue: &mut dyn Catalogue, filter: RowFilter, piece: usize) -> Vec<StoredRow> {
    let mut all: Vec<StoredRow> = Vec::new();
    loop {
        let after = all.last().map(|row| row.key.clone());
        let rows = catalogue
            .rows(&filter, after.as_ref(), piece)
            .expect("readable");
        assert!(rows.len() <= piece);
        if rows.is_empty() {
            return sorted(all);
        }
        all.extend(rows);
    }
}

/// Everything that a catalogue tells, in lines.
fn told(catalogue: &mut dyn Catalogue, now: usize) -> Vec<String> {
    let mut lines = Vec::new();
    lines.push(format!("{:?}", catalogue.suppliers().expect("readable")));
    for dataset in DATASETS {
        for filter in [
            RowFilter::new(dataset),
            RowFilter::new(dataset).of_supplier(supplier(0)),
            RowFilter::new(dataset).changed_since(at(now / 2)),
            RowFilter::new(dataset)
                .changed_since(at(now / 2))
                .of_supplier(supplier(1)),
        ] {
            for piece in [2, 1000] {
                lines.push(format!("{filter:?} {:?}", read(catalogue, filter, piece)));
            }
        }
        lines.push(format!("{:?}", catalogue.count(dataset, None)));
        for place in 0..SUPPLIERS.len() {
            let of = supplier(place);
            let mut keys = Vec::new();
            let mut each = |key: &RowKey<'_>| keys.push(key.clone().into_owned());
            catalogue.keys(dataset, &of, &mut each).expect("readable");
            keys.sort();
            lines.push(format!(
                "{keys:?} {:?}",
                catalogue.count(dataset, Some(&of))
            ));
            lines.push(format!("{:?}", catalogue.standing(dataset, &of)));
            lines.push(format!("{:?}", catalogue.trail(dataset, &of)));
            lines.push(format!("{:?}", catalogue.set_aside(dataset, &of)));
        }
    }
    for since in [
        ChangesSince::Number(0),
        ChangesSince::Number(now as u64),
        ChangesSince::Moment(at(now / 2)),
    ] {
        for limit in [3, 1000] {
            lines.push(format!(
                "{since:?} {:?}",
                catalogue.changes(since, limit).expect("readable")
            ));
        }
    }
    for words in WORDS {
        lines.push(format!(
            "{words} {:?}",
            sorted(catalogue.find(words, 1000).expect("readable"))
        ));
    }
    for role in [
        NumberRole::Own,
        NumberRole::Previous,
        NumberRole::Replacement,
    ] {
        for number in ["TS-1", "A1", "4"] {
            for of in [None, Some(supplier(0))] {
                let rows = catalogue
                    .by_number(of.as_ref(), role, number)
                    .expect("readable");
                lines.push(format!("{role:?} {number} {of:?} {:?}", sorted(rows)));
            }
        }
    }
    let mut fetched = AssetFilter::new();
    fetched.to_fetch = true;
    let mut slots = AssetFilter::new();
    slots.supplier = Some(supplier(0));
    slots.slots = vec!["images".to_owned()];
    for filter in [AssetFilter::new(), fetched, slots] {
        lines.push(format!(
            "{:?}",
            catalogue.assets(&filter, Some(AssetId(1)), 2)
        ));
        lines.push(format!("{:?}", catalogue.assets(&filter, None, 1000)));
    }
    for sum in ["AA", "bb", "cc"] {
        // Which of several assets the file was fetched for is not promised.
        let file = catalogue.file_with_checksum(sum).expect("readable");
        lines.push(format!("{:?}", file.map(|file| (file.name, file.bytes))));
    }
    lines.push(format!("{:?}", catalogue.file_bytes()));
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_sequence_of_calls_has_the_same_effects(calls in prop::collection::vec(call(), 1..60)) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("catalogue.sqlite");
        let mut real = SqliteCatalogue::open(&path).expect("opened");
        let mut model = MemoryCatalogue::new();
        let begin = |place| Call::Begin { place, all: true, backfill: false, pass: 1 };
        let places = (0..DATASETS.len()).flat_map(|dataset| (0..SUPPLIERS.len()).map(move |of| (dataset, of)));
        let calls: Vec<Call> = places.map(begin).chain(calls).collect();
        for (now, call) in calls.iter().enumerate() {
            if matches!(call, Call::Reopen) {
                drop(real);
                real = SqliteCatalogue::open(&path).expect("opened again");
            }
            prop_assert_eq!(act(&mut real, call, now), act(&mut model, call, now), "{:?}", call);
            if now % 12 == 11 || now + 1 == calls.len() {
                let (real, model) = (told(&mut real, now), told(&mut model, now));
                for (real, model) in real.iter().zip(&model) {
                    prop_assert_eq!(real, model);
                }
            }
        }
        prop_assert_eq!(real.check().expect("readable"), Vec::<String>::new());
    }
}
