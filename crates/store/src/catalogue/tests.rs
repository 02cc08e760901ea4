//! The catalogue keeps what every catalogue promises, answers from its indices, shows its rows to SQL, and brings older
//! schemas up to date.

use finkit_core::ApiVersion;
use finkit_finfo::catalogue::{CatalogueErrorKind, NewRow, WalkPurpose, WalkSpan, testing};
use finkit_finfo::wire::{ArticleField, Field, FieldValue, Record, typed};
use tempfile::TempDir;

use super::table::column_name;
use super::*;

fn open(folder: &TempDir) -> SqliteCatalogue {
    SqliteCatalogue::open(&folder.path().join("catalogue.sqlite")).expect("opened")
}

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_478_400 + hours * 3600, 0).expect("a moment")
}

/// Stores rows as everything that a supplier has: agreement and JSON.
fn load(
    catalogue: &mut SqliteCatalogue,
    version: ApiVersion,
    rows: &[(RowKey<'static>, &str)],
    hour: i64,
) -> Tally {
    let supplier: FinfoSupplierId = "2347003".parse().expect("a supplier");
    let walk = Walk {
        dataset: Dataset::Article,
        supplier,
        version,
        span: WalkSpan::All,
        purpose: WalkPurpose::Follow,
        started_at: at(hour),
        pass: 1,
        page_size: 1000,
        total: None,
    };
    catalogue.begin_walk(&walk).expect("begins");
    let rows: Vec<NewRow<'_>> = rows
        .iter()
        .map(|(key, json)| NewRow {
            key: key.clone(),
            record: Record::parse(json).expect("an object"),
        })
        .collect();
    let page = NewPage {
        dataset: walk.dataset,
        supplier,
        version,
        pass: 1,
        from: 0,
        next: rows.len() as u64,
        rows: &rows,
        set_aside: &[],
        trail: &[],
        at: at(hour),
    };
    let tally = catalogue.store_page(&page).expect("fits");
    let end = WalkEnd {
        dataset: walk.dataset,
        supplier,
        pass: 1,
        at: at(hour),
        remove: &[],
        unlisted: &[],
    };
    catalogue.finish_walk(&end).expect("an open walk");
    tally
}

fn key(article: u32) -> RowKey<'static> {
    RowKey::of(article.to_string().parse().expect("an article"))
}

const TWO: ApiVersion = ApiVersion::new(2, 2);

#[test]
fn it_keeps_what_every_catalogue_promises() {
    for (name, check) in testing::CHECKS {
        let folder = tempfile::tempdir().expect("a folder");
        let mut catalogue = open(&folder);
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&mut catalogue)));
        assert!(ran.is_ok(), "{name}");
        assert_eq!(catalogue.check().expect("readable"), [""; 0], "{name}");
    }
}

#[test]
fn no_question_reads_a_whole_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = open(&folder);
    for dataset in Dataset::ALL {
        let name = dataset.as_str();
        for (sql, index) in [
            (format!("SELECT id FROM {name} WHERE id >= {MORE} AND id & {MASK} = 7 AND agreement = 'A'"), "_of_agreement"),
            (format!("SELECT max(id) FROM {name} WHERE id >= {MORE} AND id & {MASK} = 7"), "_of_agreement"),
            (format!("SELECT id FROM {name} WHERE number_of = 1 AND number = 'A' AND coalesce(agreement, '') = ''"), "_of_number"),
            (format!("SELECT id FROM {name} WHERE supplier = 1 ORDER BY id"), "_of_supplier"),
            (format!("SELECT id FROM {name} WHERE supplier = 1 AND unlisted_since IS NOT NULL ORDER BY id"), "_unlisted"),
            (format!("SELECT count(*) FROM {name} WHERE TRUE"), "_of_supplier"),
            (format!("SELECT count(*) FROM {name} WHERE unlisted_since IS NOT NULL"), "_unlisted"),
            (format!("SELECT count(*) FROM {name} WHERE TRUE AND supplier = 1"), "_of_supplier"),
            (
                format!("SELECT json FROM {name} WHERE id >= {MORE} AND (id & {MASK}, agreement) > (7, 'A')
                    ORDER BY id & {MASK}, agreement LIMIT 10"),
                "_of_agreement",
            ),
            (
                format!("SELECT json FROM {name} WHERE number IS NOT NULL
                    AND (number_of, number, coalesce(agreement, '')) > (1, 'A', '')
                    ORDER BY number_of, number, coalesce(agreement, '') LIMIT 10"),
                "_of_number",
            ),
        ] {
            let plan = plan(&catalogue.connection, &sql);
            assert!(plan.contains(&format!("{name}{index}")), "{sql}\n{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
        }
    }
    for (sql, index) in [
        ("SELECT min(+number) FROM change WHERE at >= 7", "change_at"),
        ("SELECT slot, id FROM asset WHERE key = '7'", "asset_of_key"),
        (
            "SELECT url FROM asset WHERE file_checksum = 'aa' AND file_verified LIMIT 1",
            "asset_of_checksum",
        ),
        (
            "SELECT url FROM asset a WHERE a.id > 7 AND a.supplier = 1 AND a.wanted ORDER BY a.id",
            "asset_wanted",
        ),
    ] {
        let plan = plan(&catalogue.connection, sql);
        assert!(plan.contains(index), "{sql}\n{plan}");
    }
}

const MORE: i64 = 1 << 30;
const MASK: i64 = MORE - 1;

fn plan(connection: &Connection, sql: &str) -> String {
    let mut statement = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .expect("SQL");
    let lines = statement.query_map([], |row| row.get::<_, String>(3));
    let lines: Result<Vec<_>, _> = lines.expect("a plan").collect();
    lines.expect("a plan").join("\n")
}

#[test]
fn every_known_field_has_a_column_that_says_what_the_field_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut catalogue = open(&folder);
    use finkit_finfo::wire::FieldKind;
    let values: Vec<Vec<String>> = ArticleField::ALL
        .iter()
        .enumerate()
        .map(|(place, field)| {
            let spellings = match field.kind() {
                FieldKind::ArticleId => ["7", "\"7\"", "\"7\"", "7"].map(str::to_owned),
                FieldKind::Text | FieldKind::Code => [
                    format!("\"Å {place}\""),
                    "\"05\"".into(),
                    "12".into(),
                    "null".into(),
                ],
                FieldKind::Gtin => [
                    "\"7317761101987\"".into(),
                    "\"96385074\"".into(),
                    "96385074".into(),
                    "null".into(),
                ],
                FieldKind::Decimal => [
                    format!("{place}.50"),
                    "\"12,05\"".into(),
                    "9007199254740993.10".into(),
                    "null".into(),
                ],
                FieldKind::Day => [
                    "\"20260131\"".into(),
                    "\"2026-02-01\"".into(),
                    "20260131".into(),
                    "null".into(),
                ],
                FieldKind::Flag => ["true", "\"N\"", "\"J\"", "null"].map(str::to_owned),
                _ => unreachable!("a kind that this test doesn't know"),
            };
            spellings.to_vec()
        })
        .collect();
    for spelling in 0..4 {
        let fields: Vec<String> = ArticleField::ALL
            .iter()
            .zip(&values)
            .map(|(field, values)| format!("\"{field}\":{}", values[spelling]))
            .collect();
        let json = format!("{{{}}}", fields.join(","));
        load(&mut catalogue, TWO, &[(key(7), &json)], spelling as i64);
        for (field, values) in ArticleField::ALL.iter().zip(&values) {
            let raw = values[spelling].as_str();
            let expected = match typed(*field, Some(raw), TWO) {
                Field::Value(FieldValue::ArticleId(id)) => Some(id.to_string()),
                Field::Value(FieldValue::Text(text)) => Some(text.into_owned()),
                Field::Value(FieldValue::Gtin(gtin)) => Some(gtin.to_string()),
                Field::Value(FieldValue::Decimal(number)) => Some(number.to_string()),
                Field::Value(FieldValue::Day(day)) => Some(day.day().to_string()),
                Field::Value(FieldValue::Flag(flag)) => Some(u8::from(flag).to_string()),
                _ => None,
            };
            let column = column_name(field.name());
            let found: Option<String> = catalogue
                .connection
                .query_row(
                    &format!("SELECT CAST({column} AS TEXT) FROM articles"),
                    [],
                    |row| row.get(0),
                )
                .expect("a column");
            assert_eq!(found, expected, "{field} {raw}");
            let kind: String = catalogue
                .connection
                .query_row(
                    &format!("SELECT typeof({column}) FROM articles"),
                    [],
                    |row| row.get(0),
                )
                .expect("a column");
            assert_ne!(kind, "real", "{field} {raw}");
        }
    }
}

#[test]
fn the_change_log_can_be_read_with_sql() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut catalogue = open(&folder);
    let mut named = key(8);
    named.agreement = "A \"1\"".into();
    let rows = [(key(7), r#"{"basePrice":10.50,"x":1}"#), (named, "{}")];
    load(&mut catalogue, TWO, &rows, 0);
    load(
        &mut catalogue,
        TWO,
        &[(key(7), r#"{"basePrice":10.55}"#)],
        5,
    );
    let mut statement = catalogue
        .connection
        .prepare(
            "SELECT number || ' ' || at || ' ' || dataset || ' ' || supplier || ' ' || finfo_article_id || ' ' || agreement
                || ' ' || kind || ' ' || coalesce(field, '') || ' ' || coalesce(old, '') || ' ' || coalesce(new, '')
             FROM changes ORDER BY number, field",
        )
        .expect("SQL");
    let lines = statement.query_map([], |row| row.get::<_, String>(0));
    let lines: Result<Vec<_>, _> = lines.expect("lines").collect();
    assert_eq!(
        lines.expect("lines"),
        [
            "1 2026-01-15T12:00:00.000Z article 2347003 7  appeared   ",
            "2 2026-01-15T12:00:00.000Z article 2347003 8 A \"1\" appeared   ",
            "3 2026-01-15T17:00:00.000Z article 2347003 7  changed basePrice 10.50 10.55",
            "3 2026-01-15T17:00:00.000Z article 2347003 7  changed x 1 ",
        ]
    );
}

#[test]
fn another_version_of_the_interface_is_noted_though_nothing_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut catalogue = open(&folder);
    let json = r#"{"basePrice":"0","brand":"Fäste"}"#;
    load(&mut catalogue, ApiVersion::new(1, 0), &[(key(7), json)], 0);
    let price = |catalogue: &SqliteCatalogue| -> Option<String> {
        let sql = "SELECT base_price FROM articles";
        catalogue
            .connection
            .query_row(sql, [], |row| row.get(0))
            .expect("a column")
    };
    assert_eq!(price(&catalogue), None, "perhaps no price");
    let tally = load(&mut catalogue, TWO, &[(key(7), json)], 1);
    assert_eq!((tally.changed, tally.unchanged), (0, 1));
    assert_eq!(price(&catalogue).as_deref(), Some("0"));
    let row = catalogue.row(Dataset::Article, &key(7)).expect("readable");
    assert_eq!(row.expect("there").version, TWO);
}

#[test]
fn a_file_of_the_first_schema_is_read_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("catalogue.sqlite");
    let connection = sqlite::open(&path, Durability::WithTheNext, &STEPS[..1]).expect("version 1");
    connection
        .execute_batch(include_str!("../../tests/data/catalogue_1.sql"))
        .expect("rows");
    drop(connection);
    let mut catalogue = SqliteCatalogue::open(&path).expect("brought up to date");
    assert_eq!(
        catalogue.check().expect("readable"),
        ["3 articles are not found by what they say"]
    );
    catalogue.rebuild_search().expect("written");
    assert_eq!(catalogue.check().expect("readable"), [""; 0]);
    let supplier: FinfoSupplierId = "2347003".parse().expect("a supplier");
    let suppliers = catalogue.suppliers().expect("readable");
    assert_eq!(
        (suppliers.len(), suppliers[0].name.as_deref()),
        (1, Some("Fäste AB"))
    );
    let standing = catalogue
        .standing(Dataset::Article, &supplier)
        .expect("readable");
    assert_eq!(standing.watermark.expect("complete").complete_to, at(0));
    let open = standing.open.expect("open");
    assert_eq!((open.next, open.walk.pass, open.tally.rows()), (2, 1, 2));
    assert_eq!(
        catalogue
            .trail(Dataset::Article, &supplier)
            .expect("readable"),
        [[1, 2]]
    );
    let found = catalogue.find("träskruv", 10).expect("readable");
    let mut keys: Vec<String> = found.iter().map(|row| row.key.to_string()).collect();
    keys.sort();
    assert_eq!(keys, ["1377271", "1377271 (A)"]);
    let by_number = catalogue
        .by_number(None, NumberRole::Own, "K-1")
        .expect("readable");
    assert_eq!(by_number[0].key.to_string(), "2347003/K-1");
    let changes = catalogue
        .changes(ChangesSince::Number(0), 10)
        .expect("readable");
    assert_eq!(changes.len(), 4);
    assert_eq!(changes[3].fields[0].new.as_deref(), Some("19.95"));
    let aside = catalogue
        .set_aside(Dataset::Article, &supplier)
        .expect("readable");
    assert_eq!(aside, [(1, "{}".to_owned())]);
    let assets = catalogue
        .assets(&AssetFilter::new(), None, 10)
        .expect("readable");
    assert_eq!(assets[0].file.as_ref().map(|file| file.bytes), Some(10));
}

#[test]
fn files_of_others_and_of_newer_versions_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let kind = |name: &str| {
        let error = SqliteCatalogue::open(&folder.path().join(name)).expect_err(name);
        error.kind()
    };
    let newer = open(&folder);
    newer
        .connection
        .pragma_update(None, "user_version", 99)
        .expect("written");
    drop(newer);
    assert_eq!(kind("catalogue.sqlite"), CatalogueErrorKind::Newer);
    std::fs::write(
        folder.path().join("text"),
        "no database, but long enough to be looked at",
    )
    .expect("written");
    assert_eq!(kind("text"), CatalogueErrorKind::Damaged);
    std::fs::create_dir(folder.path().join("folder")).expect("made");
    assert_eq!(kind("folder"), CatalogueErrorKind::Io);
}

#[test]
fn a_ledger_is_no_catalogue() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.sqlite");
    drop(crate::SqliteLedger::open(&path).expect("a ledger"));
    let error = SqliteCatalogue::open(&path).expect_err("no catalogue");
    assert_eq!(error.kind(), CatalogueErrorKind::Damaged);
}

#[test]
fn what_another_handle_reads_does_not_wait_for_the_one_that_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut writer, mut reader) = (open(&folder), open(&folder));
    load(&mut writer, TWO, &[(key(7), r#"{"brand":"Fäste"}"#)], 0);
    let begun = writer
        .connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .expect("the write lock");
    begun.execute("DELETE FROM article", []).expect("written");
    assert_eq!(reader.count(Dataset::Article, None).expect("readable"), 1);
    assert_eq!(reader.find("fäs", 10).expect("readable").len(), 1);
    assert_eq!(reader.lease().expect("readable"), None);
}
