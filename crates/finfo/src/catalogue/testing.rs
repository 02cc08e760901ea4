//! What every catalogue must keep, as checks that an implementation runs over itself.
//!
//! ```
//! use finkit_finfo::catalogue::{MemoryCatalogue, testing};
//!
//! testing::check_all(&mut MemoryCatalogue::new);
//! ```

mod answers;

use chrono::{DateTime, TimeDelta, Utc};
use finkit_core::{ApiVersion, FinfoSupplierId};

use super::{
    ArticleRef, AssetFilter, AssetId, Catalogue, CatalogueErrorKind, Change, ChangeKind,
    ChangesSince, Dataset, Holder, ListedSupplier, NewPage, NewRow, NumberRole, RowFilter, RowKey,
    SetAside, StoredFile, Tally, Walk, WalkEnd, WalkPurpose, WalkSpan,
};
use crate::wire::Record;

use self::answers::{assets, datasets, files, finding, misses, moves, numbers, reading};

/// A check: its name, and what it does with an empty catalogue.
pub type Check = (&'static str, fn(&mut dyn Catalogue));

/// All checks. Each panics where a promise of [`Catalogue`] isn't kept.
pub const CHECKS: &[Check] = &[
    (
        "the second lease is refused and told who has the first",
        lease,
    ),
    (
        "suppliers appear, go and come back, and nothing of theirs is removed",
        suppliers,
    ),
    ("rows are new once, then unchanged or changed", tallies),
    (
        "the log has old and new values of each changed field",
        change_log,
    ),
    ("a page that doesn't fit the walk leaves nothing", conflicts),
    ("rows of several agreements stand side by side", agreements),
    (
        "the watermark moves at the end of a walk, never back and not by a backfill",
        watermarks,
    ),
    ("the trail lives as long as its pass", trails),
    (
        "a tally goes on through the passes of one walk only",
        passes,
    ),
    ("failures are counted until a success", failures),
    (
        "rows are marked, listed again and removed as the end of a walk says",
        endings,
    ),
    ("rows without a key are kept aside", aside),
    ("an article that another supplier lists moves there", moves),
    ("rows are read in pieces, filtered and counted", reading),
    ("datasets do not mix", datasets),
    (
        "articles are found by words and beginnings of words",
        finding,
    ),
    ("articles are found by their numbers", numbers),
    ("assets follow their slots and keep their files", assets),
    (
        "what could not be fetched is forgotten when something new is said about it",
        misses,
    ),
    ("files are known by their checksum and counted once", files),
];

/// Runs all checks, each over a catalogue of its own.
///
/// # Panics
/// When a promise isn't kept.
pub fn check_all<C: Catalogue>(make: &mut dyn FnMut() -> C) {
    for (name, check) in CHECKS {
        tracing::info!(name, "checking");
        check(&mut make());
    }
}

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_478_400, 0).expect("a moment") + TimeDelta::hours(hours)
}

fn supplier(text: &str) -> FinfoSupplierId {
    text.parse().expect("a supplier")
}

fn key(article: u32, agreement: &str) -> RowKey<'static> {
    let mut key = RowKey::of(article.to_string().parse().expect("an article"));
    key.agreement = agreement.to_owned().into();
    key
}

fn walk(dataset: Dataset, of: &str, span: WalkSpan) -> Walk {
    let started_at = match span {
        WalkSpan::All => at(0),
        WalkSpan::Changed { until, .. } => until,
    };
    Walk {
        dataset,
        supplier: supplier(of),
        version: ApiVersion::new(2, 2),
        span,
        purpose: WalkPurpose::Follow,
        started_at,
        pass: 1,
        page_size: 1000,
        total: None,
    }
}

/// Stores rows as one page of the open walk.
fn page(
    catalogue: &mut dyn Catalogue,
    walk: &Walk,
    from: u64,
    rows: &[(RowKey<'static>, &str)],
    hour: i64,
) -> Result<Tally, CatalogueErrorKind> {
    let rows: Vec<NewRow<'_>> = rows
        .iter()
        .map(|(key, json)| NewRow {
            key: key.clone(),
            record: Record::parse(json).expect("an object"),
        })
        .collect();
    let page = NewPage {
        dataset: walk.dataset,
        supplier: walk.supplier,
        version: walk.version,
        pass: walk.pass,
        from,
        next: from + rows.len() as u64,
        rows: &rows,
        set_aside: &[],
        trail: &[from as u8],
        at: at(hour),
    };
    catalogue.store_page(&page).map_err(|error| error.kind())
}

fn finish(catalogue: &mut dyn Catalogue, walk: &Walk, hour: i64) {
    end(catalogue, walk, hour, &[], &[]);
}

fn end(
    catalogue: &mut dyn Catalogue,
    walk: &Walk,
    hour: i64,
    remove: &[RowKey<'static>],
    unlisted: &[RowKey<'static>],
) {
    let end = WalkEnd {
        dataset: walk.dataset,
        supplier: walk.supplier,
        pass: walk.pass,
        at: at(hour),
        remove,
        unlisted,
    };
    catalogue.finish_walk(&end).expect("an open walk");
}

/// Reads everything of a supplier in one page.
fn load(
    catalogue: &mut dyn Catalogue,
    of: &str,
    rows: &[(RowKey<'static>, &str)],
    hour: i64,
) -> Tally {
    load_as(catalogue, Dataset::Article, of, rows, hour)
}

fn load_as(
    catalogue: &mut dyn Catalogue,
    dataset: Dataset,
    of: &str,
    rows: &[(RowKey<'static>, &str)],
    hour: i64,
) -> Tally {
    let mut walk = walk(dataset, of, WalkSpan::All);
    walk.started_at = at(hour);
    catalogue.begin_walk(&walk).expect("begins");
    let tally = page(catalogue, &walk, 0, rows, hour).expect("fits");
    finish(catalogue, &walk, hour);
    tally
}

fn tally(new: u64, changed: u64, unchanged: u64) -> Tally {
    Tally {
        new,
        changed,
        unchanged,
        set_aside: 0,
    }
}

fn log(catalogue: &mut dyn Catalogue, since: ChangesSince) -> Vec<Change> {
    catalogue.changes(since, 1000).expect("a log")
}

fn kinds(changes: &[Change]) -> Vec<(String, ChangeKind)> {
    changes
        .iter()
        .map(|change| (change.key.to_string(), change.kind))
        .collect()
}

fn json(catalogue: &mut dyn Catalogue, key: &RowKey<'_>) -> Option<String> {
    catalogue
        .row(Dataset::Article, key)
        .expect("readable")
        .map(|row| row.json)
}

fn keys(catalogue: &mut dyn Catalogue, of: &str) -> Vec<RowKey<'static>> {
    let mut found = Vec::new();
    let mut each = |key: &RowKey<'_>| found.push(key.clone().into_owned());
    catalogue
        .keys(Dataset::Article, &supplier(of), &mut each)
        .expect("readable");
    found
}

fn lease(catalogue: &mut dyn Catalogue) {
    let (first, second) = (
        Holder::new(1, "here", at(0), "sync"),
        Holder::new(2, "there", at(1), "verify"),
    );
    assert_eq!(catalogue.lease().expect("readable"), None);
    catalogue.take_lease(&first).expect("free");
    assert_eq!(catalogue.lease().expect("readable"), Some(first.clone()));
    let refused = catalogue.take_lease(&second).expect_err("held");
    assert_eq!(
        (refused.kind(), refused.holder()),
        (CatalogueErrorKind::Held, Some(&first))
    );
    catalogue.release_lease();
    catalogue.release_lease();
    catalogue.take_lease(&second).expect("free again");
    catalogue.release_lease();
}

fn suppliers(catalogue: &mut dyn Catalogue) {
    let listed = |id: &str, name: Option<&str>| ListedSupplier {
        id: supplier(id),
        name: name.map(str::to_owned),
        json: format!("{{\"finfoSupplierId\":\"{id}\"}}"),
    };
    let one_and_two = [listed("2", None), listed("1", Some("Ett"))];
    let news = catalogue
        .list_suppliers(&one_and_two, at(0))
        .expect("written");
    assert_eq!(news.appeared.len(), 2);
    load(catalogue, "1", &[(key(7, ""), "{}")], 0);
    let news = catalogue
        .list_suppliers(&[listed("2", Some("Två"))], at(1))
        .expect("written");
    assert_eq!(
        (news.gone, news.appeared, news.back),
        (vec![supplier("1")], vec![], vec![])
    );
    let news = catalogue
        .list_suppliers(&[listed("2", None)], at(2))
        .expect("written");
    assert_eq!(news.gone, [], "told once");
    let known = catalogue.suppliers().expect("readable");
    assert_eq!(known.len(), 2);
    assert_eq!(
        (known[0].id, known[0].gone_since, known[0].last_listed),
        (supplier("1"), Some(at(1)), at(0))
    );
    assert_eq!(known[0].name.as_deref(), Some("Ett"));
    assert_eq!(
        (known[1].name.as_deref(), known[1].first_listed),
        (Some("Två"), at(0)),
        "a name is not lost"
    );
    assert_eq!(
        catalogue
            .count(Dataset::Article, Some(&supplier("1")))
            .expect("readable"),
        1
    );
    let news = catalogue
        .list_suppliers(&one_and_two, at(3))
        .expect("written");
    assert_eq!((news.back, news.appeared), (vec![supplier("1")], vec![]));
    assert_eq!(catalogue.suppliers().expect("readable")[0].gone_since, None);
}

fn tallies(catalogue: &mut dyn Catalogue) {
    let rows = [(key(1, ""), r#"{"a":1}"#), (key(2, ""), r#"{"a":2}"#)];
    assert_eq!(load(catalogue, "1", &rows, 0), tally(2, 0, 0));
    assert_eq!(load(catalogue, "1", &rows, 1), tally(0, 0, 2));
    let rows = [
        (key(1, ""), r#"{ "a" : 1.0 }"#),
        (key(2, ""), r#"{"a":3}"#),
        (key(3, ""), "{}"),
    ];
    assert_eq!(load(catalogue, "1", &rows, 2), tally(1, 1, 1));
    assert_eq!(
        json(catalogue, &key(1, "")).as_deref(),
        Some(r#"{ "a" : 1.0 }"#),
        "the new spelling is kept"
    );
    let row = catalogue
        .row(Dataset::Article, &key(1, ""))
        .expect("readable")
        .expect("there");
    assert_eq!(
        (row.first_seen, row.changed_at, row.version),
        (at(0), at(0), ApiVersion::new(2, 2))
    );
    let row = catalogue
        .row(Dataset::Article, &key(2, ""))
        .expect("readable")
        .expect("there");
    assert_eq!(
        (row.first_seen, row.changed_at, row.supplier),
        (at(0), at(2), supplier("1"))
    );
    assert_eq!(
        catalogue
            .row(Dataset::Article, &key(9, ""))
            .expect("readable"),
        None
    );
}

fn change_log(catalogue: &mut dyn Catalogue) {
    load(
        catalogue,
        "1",
        &[(key(1, ""), r#"{"price":10.50,"name":"skruv","gone":true}"#)],
        0,
    );
    load(
        catalogue,
        "1",
        &[(key(1, ""), r#"{"price":10.55,"name":"skruv","new":[1]}"#)],
        5,
    );
    let changes = log(catalogue, ChangesSince::Moment(at(0)));
    assert_eq!(
        kinds(&changes),
        [
            ("1".to_owned(), ChangeKind::Appeared),
            ("1".to_owned(), ChangeKind::Changed)
        ]
    );
    assert_eq!((changes[0].at, changes[1].at), (at(0), at(5)));
    assert_eq!(
        (changes[1].supplier, changes[1].dataset),
        (supplier("1"), Dataset::Article)
    );
    let fields: Vec<_> = changes[1]
        .fields
        .iter()
        .map(|change| {
            (
                change.field.as_str(),
                change.old.as_deref(),
                change.new.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        fields,
        [
            ("price", Some("10.50"), Some("10.55")),
            ("new", None, Some("[1]")),
            ("gone", Some("true"), None)
        ]
    );
    assert_eq!(log(catalogue, ChangesSince::Moment(at(1))), changes[1..]);
    assert_eq!(
        log(catalogue, ChangesSince::Number(changes[0].number)),
        changes[1..]
    );
    assert_eq!(log(catalogue, ChangesSince::Number(changes[1].number)), []);
    assert_eq!(
        catalogue
            .changes(ChangesSince::Moment(at(0)), 1)
            .expect("a log"),
        changes[..1]
    );
}

fn conflicts(catalogue: &mut dyn Catalogue) {
    let mut walk = walk(Dataset::Article, "1", WalkSpan::All);
    let row = [(key(1, ""), "{}")];
    assert_eq!(
        page(catalogue, &walk, 0, &row, 0),
        Err(CatalogueErrorKind::Conflict),
        "no walk"
    );
    catalogue.begin_walk(&walk).expect("begins");
    assert_eq!(
        page(catalogue, &walk, 1, &row, 0),
        Err(CatalogueErrorKind::Conflict),
        "elsewhere"
    );
    assert_eq!(page(catalogue, &walk, 0, &row, 0), Ok(tally(1, 0, 0)));
    assert_eq!(
        page(catalogue, &walk, 0, &[(key(2, ""), "{}")], 0),
        Err(CatalogueErrorKind::Conflict),
        "twice"
    );
    walk.pass = 2;
    assert_eq!(
        page(catalogue, &walk, 1, &[(key(2, ""), "{}")], 0),
        Err(CatalogueErrorKind::Conflict),
        "other pass"
    );
    let end = WalkEnd {
        dataset: walk.dataset,
        supplier: walk.supplier,
        pass: 2,
        at: at(0),
        remove: &[],
        unlisted: &[],
    };
    assert_eq!(
        catalogue.finish_walk(&end).map_err(|error| error.kind()),
        Err(CatalogueErrorKind::Conflict)
    );
    assert_eq!(
        catalogue.count(Dataset::Article, None).expect("readable"),
        1
    );
    assert_eq!(log(catalogue, ChangesSince::Number(0)).len(), 1);
    let standing = catalogue
        .standing(Dataset::Article, &walk.supplier)
        .expect("readable");
    let open = standing.open.expect("open");
    assert_eq!(
        (open.next, open.walk.pass, open.tally),
        (1, 1, tally(1, 0, 0))
    );
    assert_eq!(standing.watermark, None);
}

fn agreements(catalogue: &mut dyn Catalogue) {
    let rows = [
        (key(1, ""), r#"{"n":1}"#),
        (key(1, "A"), r#"{"n":2}"#),
        (key(1, "B"), r#"{"n":3}"#),
        (key(1, "#2"), r#"{"n":4}"#),
    ];
    assert_eq!(load(catalogue, "1", &rows, 0), tally(4, 0, 0));
    assert_eq!(
        load(catalogue, "1", &[(key(1, "A"), r#"{"n":5}"#)], 1),
        tally(0, 1, 0)
    );
    for (agreement, n) in [("", 1), ("A", 5), ("B", 3), ("#2", 4)] {
        assert_eq!(
            json(catalogue, &key(1, agreement)),
            Some(format!("{{\"n\":{n}}}"))
        );
    }
    let mut by_number = key(1, "");
    by_number.article = ArticleRef::Supplier(supplier("1"), "AB/å 1".into());
    assert_eq!(
        load(catalogue, "1", &[(by_number.clone(), "{}")], 2),
        tally(1, 0, 0)
    );
    assert_eq!(json(catalogue, &by_number).as_deref(), Some("{}"));
    by_number.article = ArticleRef::Supplier(supplier("2"), "AB/å 1".into());
    assert_eq!(
        json(catalogue, &by_number),
        None,
        "a supplier's number counts for that supplier only"
    );
}

fn watermarks(catalogue: &mut dyn Catalogue) {
    let of = supplier("1");
    let mark = |catalogue: &mut dyn Catalogue| {
        catalogue
            .standing(Dataset::Article, &of)
            .expect("readable")
            .watermark
            .expect("complete once")
    };
    let full = walk(Dataset::Article, "1", WalkSpan::All);
    catalogue.begin_walk(&full).expect("begins");
    assert_eq!(
        catalogue
            .standing(Dataset::Article, &of)
            .expect("readable")
            .watermark,
        None
    );
    finish(catalogue, &full, 2);
    let first = mark(catalogue);
    assert_eq!(
        (first.complete_to, first.finished_at, first.full_at),
        (at(0), at(2), at(2))
    );
    assert_eq!(first.version, ApiVersion::new(2, 2));
    assert_eq!(
        catalogue
            .standing(Dataset::Article, &of)
            .expect("readable")
            .open,
        None
    );

    let window = |from, until| WalkSpan::Changed {
        from: at(from),
        until: at(until),
    };
    let delta = walk(Dataset::Article, "1", window(-24, 24));
    catalogue.begin_walk(&delta).expect("begins");
    finish(catalogue, &delta, 25);
    let second = mark(catalogue);
    assert_eq!(
        (second.complete_to, second.finished_at, second.full_at),
        (at(24), at(25), at(2))
    );

    let mut backfill = walk(Dataset::Article, "1", window(0, 90));
    backfill.purpose = WalkPurpose::Backfill;
    catalogue.begin_walk(&backfill).expect("begins");
    finish(catalogue, &backfill, 91);
    assert_eq!(mark(catalogue), second);

    let late = walk(Dataset::Article, "1", window(-24, 5));
    catalogue.begin_walk(&late).expect("begins");
    finish(catalogue, &late, 92);
    assert_eq!(mark(catalogue).complete_to, at(24), "never back");
    assert_eq!(
        catalogue
            .standing(Dataset::Article, &supplier("2"))
            .expect("readable")
            .watermark,
        None
    );
    assert_eq!(
        catalogue
            .standing(Dataset::Media, &of)
            .expect("readable")
            .watermark,
        None
    );
}

fn trails(catalogue: &mut dyn Catalogue) {
    let of = supplier("1");
    let trail =
        |catalogue: &mut dyn Catalogue| catalogue.trail(Dataset::Article, &of).expect("readable");
    let mut walk = walk(Dataset::Article, "1", WalkSpan::All);
    assert_eq!(trail(catalogue), Vec::<Vec<u8>>::new());
    catalogue.begin_walk(&walk).expect("begins");
    for place in 0..3 {
        page(
            catalogue,
            &walk,
            place,
            &[(key(place as u32 + 1, ""), "{}")],
            0,
        )
        .expect("fits");
    }
    assert_eq!(trail(catalogue), [[0], [1], [2]]);
    walk.pass = 2;
    catalogue.begin_walk(&walk).expect("begins");
    assert_eq!(trail(catalogue), Vec::<Vec<u8>>::new());
    page(catalogue, &walk, 0, &[(key(1, ""), "{}")], 0).expect("fits");
    assert_eq!(trail(catalogue), [[0]]);
    finish(catalogue, &walk, 0);
    assert_eq!(trail(catalogue), Vec::<Vec<u8>>::new());
}

fn passes(catalogue: &mut dyn Catalogue) {
    let of = supplier("1");
    let open = |catalogue: &mut dyn Catalogue| {
        catalogue
            .standing(Dataset::Article, &of)
            .expect("readable")
            .open
            .expect("open")
    };
    let mut walk = walk(Dataset::Article, "1", WalkSpan::All);
    catalogue.begin_walk(&walk).expect("begins");
    page(
        catalogue,
        &walk,
        0,
        &[(key(1, ""), "{}"), (key(2, ""), "{}")],
        0,
    )
    .expect("fits");
    (walk.pass, walk.total, walk.page_size) = (2, Some(3), 500);
    catalogue.begin_walk(&walk).expect("begins");
    let begun = open(catalogue);
    assert_eq!(
        (begun.walk, begun.next, begun.tally),
        (walk, 0, tally(2, 0, 0))
    );
    page(
        catalogue,
        &walk,
        0,
        &[(key(1, ""), "{}"), (key(2, ""), "{}")],
        0,
    )
    .expect("fits");
    assert_eq!(open(catalogue).tally, tally(2, 0, 2));
    walk.started_at = at(1);
    catalogue.begin_walk(&walk).expect("begins");
    assert_eq!(open(catalogue).tally, tally(0, 0, 0));
}

fn failures(catalogue: &mut dyn Catalogue) {
    let of = supplier("1");
    catalogue
        .note_failure(Dataset::Article, &of, at(0), "status 403")
        .expect("written");
    catalogue
        .note_failure(Dataset::Article, &of, at(24), "status 500")
        .expect("written");
    let failure = catalogue
        .standing(Dataset::Article, &of)
        .expect("readable")
        .failure
        .expect("noted");
    assert_eq!(
        (failure.at, failure.message.as_str(), failure.times),
        (at(24), "status 500", 2)
    );
    let walk = walk(Dataset::Article, "1", WalkSpan::All);
    catalogue.begin_walk(&walk).expect("begins");
    assert!(
        catalogue
            .standing(Dataset::Article, &of)
            .expect("readable")
            .failure
            .is_some()
    );
    finish(catalogue, &walk, 25);
    assert_eq!(
        catalogue
            .standing(Dataset::Article, &of)
            .expect("readable")
            .failure,
        None
    );
}

fn endings(catalogue: &mut dyn Catalogue) {
    let rows = [(key(1, ""), "{}"), (key(2, ""), "{}"), (key(2, "#2"), "{}")];
    load(catalogue, "1", &rows, 0);
    let mut second = walk(Dataset::Article, "1", WalkSpan::All);
    second.started_at = at(1);
    catalogue.begin_walk(&second).expect("begins");
    end(catalogue, &second, 1, &[key(2, "#2")], &[key(1, "")]);
    assert_eq!(json(catalogue, &key(2, "#2")), None);
    let marked = catalogue
        .row(Dataset::Article, &key(1, ""))
        .expect("readable")
        .expect("kept");
    assert_eq!(marked.unlisted_since, Some(at(1)));
    assert_eq!(keys(catalogue, "1"), [key(2, "")]);
    assert_eq!(
        catalogue.count(Dataset::Article, None).expect("readable"),
        1
    );
    catalogue.begin_walk(&second).expect("begins");
    end(catalogue, &second, 2, &[], &[key(1, "")]);
    let marked = catalogue
        .row(Dataset::Article, &key(1, ""))
        .expect("readable")
        .expect("kept");
    assert_eq!(marked.unlisted_since, Some(at(1)), "marked once");
    assert_eq!(
        load(catalogue, "1", &[(key(1, ""), "{}")], 3),
        tally(0, 0, 1)
    );
    let back = catalogue
        .row(Dataset::Article, &key(1, ""))
        .expect("readable")
        .expect("kept");
    assert_eq!(back.unlisted_since, None);
    let changes = log(catalogue, ChangesSince::Moment(at(1)));
    let entry = |key: &str, kind| (key.to_owned(), kind);
    let mut found = kinds(&changes);
    found[..2].sort_by_key(|(key, _)| key.clone());
    assert_eq!(
        found,
        [
            entry("1", ChangeKind::Unlisted),
            entry("2 (#2)", ChangeKind::Removed),
            entry("1", ChangeKind::Relisted)
        ]
    );
}

fn aside(catalogue: &mut dyn Catalogue) {
    let of = supplier("1");
    let mut walk = walk(Dataset::Article, "1", WalkSpan::All);
    let store =
        |catalogue: &mut dyn Catalogue, walk: &Walk, from: u64, place: u64, json: &'static str| {
            let odd = [SetAside { place, json }];
            let page = NewPage {
                dataset: walk.dataset,
                supplier: walk.supplier,
                version: walk.version,
                pass: walk.pass,
                from,
                next: from + 1,
                rows: &[],
                set_aside: &odd,
                trail: &[],
                at: at(0),
            };
            catalogue.store_page(&page).expect("fits")
        };
    catalogue.begin_walk(&walk).expect("begins");
    let stored = store(catalogue, &walk, 0, 0, r#"{"odd":1}"#);
    assert_eq!(
        stored,
        Tally {
            set_aside: 1,
            ..Tally::default()
        }
    );
    store(catalogue, &walk, 1, 1, r#"{"odd":2}"#);
    store(catalogue, &walk, 2, 2, r#"{"odd":1}"#);
    finish(catalogue, &walk, 0);
    let kept = |catalogue: &mut dyn Catalogue| {
        catalogue
            .set_aside(Dataset::Article, &of)
            .expect("readable")
    };
    assert_eq!(
        kept(catalogue),
        [
            (0, r#"{"odd":1}"#.to_owned()),
            (1, r#"{"odd":2}"#.to_owned())
        ]
    );
    assert_eq!(
        catalogue.count(Dataset::Article, None).expect("readable"),
        0
    );
    walk.span = WalkSpan::Changed {
        from: at(0),
        until: at(24),
    };
    catalogue.begin_walk(&walk).expect("begins");
    store(catalogue, &walk, 0, 0, r#"{"odd":3}"#);
    finish(catalogue, &walk, 24);
    assert_eq!(kept(catalogue).len(), 3);
    walk.span = WalkSpan::All;
    catalogue.begin_walk(&walk).expect("begins");
    assert_eq!(kept(catalogue), []);
}
