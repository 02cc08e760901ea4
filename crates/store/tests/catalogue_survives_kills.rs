//! A catalogue whose process is killed anywhere holds whole pages and nothing else, and is gone on with.
//!
//! The process that is killed is this test itself, started again with a path in its environment.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use chrono::{DateTime, Utc};
use finkit_core::{ApiVersion, FinfoSupplierId};
use finkit_finfo::catalogue::{
    Catalogue, CatalogueErrorKind, ChangesSince, Dataset, Holder, NewPage, NewRow, OpenWalk,
    RowFilter, RowKey, StoredRow, Walk, WalkEnd, WalkPurpose, WalkSpan,
};
use finkit_finfo::wire::Record;
use finkit_store::SqliteCatalogue;

const PATH: &str = "FINKIT_TEST_CATALOGUE";
const PAGES: u64 = 60;
const ROWS: u64 = 50;

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_478_400, 0).expect("a moment")
}

fn supplier() -> FinfoSupplierId {
    "2347003".parse().expect("a supplier")
}

fn walk() -> Walk {
    Walk {
        dataset: Dataset::Article,
        supplier: supplier(),
        version: ApiVersion::new(2, 2),
        span: WalkSpan::All,
        purpose: WalkPurpose::Follow,
        started_at: at(),
        pass: 1,
        page_size: ROWS as u32,
        total: Some(PAGES * ROWS),
    }
}

fn open_walk(catalogue: &mut SqliteCatalogue) -> Option<OpenWalk> {
    let standing = catalogue.standing(Dataset::Article, &supplier());
    standing.expect("readable").open
}

/// Goes on with the walk from where it stands, to its end. Tells of each page that is stored.
fn go_on(path: &Path, tell: &mut dyn FnMut()) {
    let mut catalogue = SqliteCatalogue::open(path).expect("opened");
    let holder = Holder::new(std::process::id(), "here", at(), "test");
    catalogue
        .take_lease(&holder)
        .expect("the one before is dead");
    let open = match open_walk(&mut catalogue) {
        Some(open) => open,
        None => {
            catalogue.begin_walk(&walk()).expect("begun");
            open_walk(&mut catalogue).expect("open")
        }
    };
    for page in open.next / ROWS..PAGES {
        let json: Vec<String> = (page * ROWS..(page + 1) * ROWS)
            .map(|number| {
                format!(
                    "{{\"finfoArticleId\":{},\"supplierArticleName1\":\"Skruv {number}\"}}",
                    number + 1
                )
            })
            .collect();
        let rows: Vec<NewRow<'_>> = json
            .iter()
            .zip(page * ROWS + 1..)
            .map(|(json, number)| NewRow {
                key: RowKey::of(number.to_string().parse().expect("a number")),
                record: Record::parse(json).expect("an object"),
            })
            .collect();
        let page = NewPage {
            dataset: Dataset::Article,
            supplier: supplier(),
            version: ApiVersion::new(2, 2),
            pass: 1,
            from: page * ROWS,
            next: (page + 1) * ROWS,
            rows: &rows,
            set_aside: &[],
            trail: &[page as u8],
            at: at(),
        };
        catalogue.store_page(&page).expect("stored");
        tell();
    }
    let end = WalkEnd {
        dataset: Dataset::Article,
        supplier: supplier(),
        pass: 1,
        at: at(),
        remove: &[],
        unlisted: &[],
    };
    catalogue.finish_walk(&end).expect("finished");
    tell();
}

fn rows(catalogue: &mut SqliteCatalogue) -> Vec<StoredRow> {
    let filter = RowFilter::new(Dataset::Article);
    catalogue.rows(&filter, None, usize::MAX).expect("readable")
}

/// What the killed process runs. Left alone, it comes to its end.
#[test]
fn the_process_that_is_killed() {
    if let Some(path) = std::env::var_os(PATH) {
        let mut out = std::io::stdout();
        return go_on(Path::new(&path), &mut || {
            // Whoever reads this may be gone.
            let _ = writeln!(out, "stored").and_then(|()| out.flush());
        });
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut told = 0;
    go_on(&folder.path().join("catalogue.sqlite"), &mut || told += 1);
    assert_eq!(told, PAGES + 1);
}

/// Starts the process, and kills it once it has told of so many pages. Says whether it came to its end before.
fn run_and_kill(path: &Path, pages: usize) -> bool {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "the_process_that_is_killed", "--nocapture"])
        .env(PATH, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let told = output
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.ends_with("stored"));
    if told.take(pages).count() == pages {
        child.kill().expect("killed");
    }
    child.wait().expect("ended").success()
}

#[test]
fn killed_anywhere_it_holds_whole_pages_and_is_gone_on_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("catalogue.sqlite");
    let mut runs = 0;
    loop {
        let ended = run_and_kill(&path, 1 + runs * 3 % 8);
        runs += 1;
        let mut catalogue = SqliteCatalogue::open(&path).expect("opened");
        assert_eq!(
            catalogue.lease().expect("readable"),
            None,
            "a lease ends with its process"
        );
        assert_eq!(catalogue.check().expect("readable"), [""; 0]);
        let stored = catalogue.count(Dataset::Article, None).expect("readable");
        let log = catalogue
            .changes(ChangesSince::Number(0), usize::MAX)
            .expect("readable");
        assert_eq!(log.len() as u64, stored);
        let standing = catalogue
            .standing(Dataset::Article, &supplier())
            .expect("readable");
        if let Some(open) = standing.open {
            assert_eq!((open.next, open.tally.new), (stored, stored));
            let trail = catalogue
                .trail(Dataset::Article, &supplier())
                .expect("readable");
            assert_eq!(trail.len() as u64, stored / ROWS);
            assert_eq!(standing.watermark, None, "not before the end");
        } else if standing.watermark.is_some() {
            break;
        }
        assert!(!ended, "nothing keeps it from its end but being killed");
    }
    assert!(runs > 5, "{runs}");
    let mut killed = SqliteCatalogue::open(&path).expect("opened");
    let other = folder.path().join("undisturbed.sqlite");
    go_on(&other, &mut || {});
    let mut undisturbed = SqliteCatalogue::open(&other).expect("opened");
    assert_eq!(rows(&mut killed), rows(&mut undisturbed));
    let log = |catalogue: &mut SqliteCatalogue| {
        catalogue
            .changes(ChangesSince::Number(0), usize::MAX)
            .expect("readable")
    };
    assert_eq!(log(&mut killed), log(&mut undisturbed));
    assert_eq!(
        killed.find("skruv 17", 100).expect("readable"),
        undisturbed.find("skruv 17", 100).expect("readable")
    );
}

#[test]
fn a_page_that_another_run_has_stored_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("catalogue.sqlite");
    let mut first = SqliteCatalogue::open(&path).expect("opened");
    let mut second = SqliteCatalogue::open(&path).expect("opened");
    first.begin_walk(&walk()).expect("begun");
    let json = "{}";
    let rows = [NewRow {
        key: RowKey::of("7".parse().expect("a number")),
        record: Record::parse(json).expect("an object"),
    }];
    let page = NewPage {
        dataset: Dataset::Article,
        supplier: supplier(),
        version: ApiVersion::new(2, 2),
        pass: 1,
        from: 0,
        next: 1,
        rows: &rows,
        set_aside: &[],
        trail: &[],
        at: at(),
    };
    second.store_page(&page).expect("stored");
    let refused = first.store_page(&page).expect_err("stored already");
    assert_eq!(refused.kind(), CatalogueErrorKind::Conflict);
    assert_eq!(first.count(Dataset::Article, None).expect("readable"), 1);
}
