//! The index over many segments, against a list of words that is looked through.

use std::collections::{BTreeMap, BTreeSet};

use finkit_core::ApiVersion;
use finkit_finfo::wire::Record;
use proptest::prelude::*;
use rusqlite::Connection;

use super::super::STEPS;
use super::super::known::KnownFields;
use super::check;
use super::pending::{self, NewWords};
use super::query;
use super::sorter::{Limits, Sorter, sort_from};
use super::words::{Terms, Wanted};

const VERSION: ApiVersion = ApiVersion::new(2, 2);

fn limits(articles: i64, pieces: i64) -> Limits {
    Limits {
        articles,
        pieces,
        many: 3,
    }
}

fn database() -> Connection {
    let connection = Connection::open_in_memory().expect("a database");
    for step in STEPS {
        connection.execute_batch(step).expect("the schema");
    }
    connection
}

fn json(name: &str) -> String {
    format!("{{\"supplierArticleName1\":\"{name}\",\"supplierArticleNumber\":\"{name}\"}}")
}

fn terms(name: &str) -> Terms {
    let json = json(name);
    let record = Record::parse(&json).expect("an object");
    Terms::of(&KnownFields::of(&record), VERSION)
}

/// Every word of some others, and some that begin alike beyond what the index keeps.
const WORDS: [&str; 14] = [
    "skruv",
    "skruvar",
    "sk",
    "träskruv",
    "å",
    "åtta",
    "a",
    "4",
    "42",
    "4255",
    "7317761101987",
    "brandskyddsklassad",
    "brandskyddsklass",
    "brandskyddsklassade",
];

#[derive(Clone, Debug)]
enum Step {
    /// One transaction: articles by number with the words of their names, or none to take them away.
    Write(BTreeMap<u8, Option<Vec<usize>>>),
    /// The end of a walk.
    Finish,
    Rebuild,
}

fn step() -> impl Strategy<Value = Step> {
    let name = prop::option::weighted(0.9, prop::collection::vec(0..WORDS.len(), 0..5));
    prop_oneof![
        12 => prop::collection::btree_map(0_u8..40, name, 1..9).prop_map(Step::Write),
        2 => Just(Step::Finish),
        1 => Just(Step::Rebuild),
    ]
}

fn name(words: &[usize]) -> String {
    words
        .iter()
        .map(|word| WORDS[*word])
        .collect::<Vec<_>>()
        .join(" ")
}

/// Finds by looking through everything.
fn naive(articles: &BTreeMap<i64, String>, wanted: &str) -> BTreeSet<i64> {
    let has = |name: &str, word: &str| name.split(' ').any(|there| there.starts_with(word));
    articles
        .iter()
        .filter(|(_, name)| wanted.split(' ').all(|word| has(name, word)))
        .map(|(id, _)| *id)
        .collect()
}

fn found(connection: &Connection, wanted: &str) -> BTreeSet<i64> {
    let rows = query::find(connection, wanted, usize::MAX).expect("readable");
    rows.iter()
        .filter_map(|row| row.key.article.finfo())
        .map(|article| i64::from(article.get()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn it_finds_what_looking_through_everything_finds(
        steps in prop::collection::vec(step(), 1..16),
        queries in prop::collection::vec(prop::collection::vec(0..WORDS.len(), 1..4), 1..8),
    ) {
        let connection = database();
        connection.execute("INSERT INTO supplier (id) VALUES ('1')", []).expect("a supplier");
        let mut articles: BTreeMap<i64, String> = BTreeMap::new();
        // Small limits, so that there are segments, put-together pieces and prefixes.
        let mut sorter = Sorter::at(limits(12, 3));
        for step in steps {
            match step {
                Step::Finish => sorter.finish(&connection).expect("written"),
                Step::Rebuild => check::rebuild(&connection).expect("written"),
                Step::Write(rows) => {
                    sorter.begin(&connection).expect("readable");
                    let mut words = NewWords::default();
                    for (number, named) in rows {
                        let id = i64::from(number) + 1;
                        match named {
                            None if articles.remove(&id).is_some() => {
                                connection.execute("DELETE FROM article WHERE id = ?", [id]).expect("written");
                                words.remove(id);
                            }
                            None => {}
                            Some(named) => {
                                let name = name(&named);
                                connection
                                    .execute(
                                        "INSERT OR REPLACE INTO article
                                            (id, supplier, version, first_seen, changed_at, json)
                                         VALUES (?, 1, 131074, 0, 0, ?)",
                                        (id, json(&name)),
                                    )
                                    .expect("written");
                                if articles.insert(id, name.clone()).is_some() {
                                    words.replace(id, &terms(&name));
                                } else {
                                    words.add(id, &terms(&name));
                                }
                            }
                        }
                    }
                    sorter.store(&connection, &[words]).expect("written");
                }
            }
            prop_assert_eq!(check::check(&connection).expect("readable"), 0);
        }
        for query in queries {
            let wanted = name(&query);
            prop_assert_eq!(found(&connection, &wanted), naive(&articles, &wanted), "{}", wanted);
        }
    }
}

fn store_sorted(connection: &Connection, words: &NewWords) {
    pending::insert(connection, words).expect("written");
    sort_from(connection, limits(1, 100)).expect("written");
}

fn filled(names: &[&str]) -> Connection {
    let connection = database();
    connection
        .execute("INSERT INTO supplier (id) VALUES ('1')", [])
        .expect("a supplier");
    let mut words = NewWords::default();
    for (id, name) in (1..).zip(names) {
        connection
            .execute(
                "INSERT INTO article (id, supplier, version, first_seen, changed_at, json)
                 VALUES (?, 1, 131074, 0, 0, ?)",
                (id, json(name)),
            )
            .expect("written");
        words.add(id, &terms(name));
    }
    store_sorted(&connection, &words);
    connection
}

#[test]
fn a_segment_of_many_chunks_is_found_in_everywhere() {
    let names: Vec<String> = (0..20_000_u32)
        .map(|number| format!("artikel {} x{:05}", number % 7, number * 5 % 20_000))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let connection = filled(&names);
    let chunks: i64 = connection
        .query_row("SELECT count(*) FROM search_chunk", [], |row| row.get(0))
        .expect("readable");
    assert!(chunks > 10, "{chunks}");
    for wanted in [
        "artikel",
        "3",
        "x0",
        "x00000",
        "x19995 artikel",
        "x2",
        "x1 5",
        "y",
        "0",
        "x1999",
    ] {
        let has = |name: &str, word: &str| name.split(' ').any(|there| there.starts_with(word));
        let naive: BTreeSet<i64> = (1..)
            .zip(&names)
            .filter(|(_, name)| wanted.split(' ').all(|word| has(name, word)))
            .map(|(id, _)| id)
            .collect();
        assert_eq!(found(&connection, wanted), naive, "{wanted}");
    }
    assert_eq!(check::check(&connection).expect("readable"), 0);
}

#[test]
fn beginnings_of_many_words_are_written_once_and_held_against_the_words() {
    let connection = filled(&[
        "skruv skruvar",
        "skruvdragare",
        "skyffel 7",
        "mutter 71",
        "72",
    ]);
    let prefixes = || -> Vec<String> {
        let mut statement = connection
            .prepare("SELECT CAST(prefix AS TEXT) FROM search_prefix ORDER BY prefix")
            .expect("SQL");
        let prefixes = statement.query_map([], |row| row.get(0)).expect("readable");
        prefixes.collect::<Result<_, _>>().expect("text")
    };
    // Each name is a number as well, under a role of its own; `s` says no more than `sk`.
    assert_eq!(prefixes(), ["7", "sk", "skruv"]);
    for (wanted, ids) in [
        ("s", 3),
        ("sk", 3),
        ("skr", 2),
        ("skruv", 2),
        ("skruva", 1),
        ("7", 3),
        ("71", 1),
    ] {
        assert_eq!(found(&connection, wanted).len(), ids, "{wanted}");
    }
    assert_eq!(check::check(&connection).expect("readable"), 0);
    let one =
        "UPDATE search_prefix SET articles = x'0100000000000000' WHERE prefix = CAST('sk' AS BLOB)";
    connection.execute(one, []).expect("written");
    assert_eq!(check::check(&connection).expect("readable"), 2);
    let none = "UPDATE search_prefix SET articles = x'01' WHERE prefix = CAST('sk' AS BLOB)";
    connection.execute(none, []).expect("written");
    assert!(query::find(&connection, "s", 10).is_err());
    check::rebuild(&connection).expect("written");
    assert_eq!(found(&connection, "s").len(), 3);
}

#[test]
fn the_best_come_first_and_no_more_than_asked_for() {
    let connection = filled(&[
        "skruvar",
        "skruv svart lång",
        "skruv",
        "skruv svart",
        "mutter",
    ]);
    let ids = |wanted: &str, limit| -> Vec<u32> {
        let rows = query::find(&connection, wanted, limit).expect("readable");
        rows.iter()
            .filter_map(|row| Some(row.key.article.finfo()?.get()))
            .collect()
    };
    assert_eq!(ids("skruv", 10), [3, 4, 2, 1]);
    assert_eq!(ids("skruv", 2), [3, 4]);
    assert_eq!(ids("skruv", 0), [0; 0]);
    assert_eq!(ids("sv skr", 10), [4, 2]);
}

#[test]
fn an_index_that_lost_an_article_is_noticed_and_made_anew() {
    let connection = filled(&["skruv", "mutter"]);
    connection
        .execute("UPDATE article SET json = ? WHERE id = 2", [json("bult")])
        .expect("written");
    assert_eq!(check::check(&connection).expect("readable"), 1);
    connection
        .execute("DELETE FROM article WHERE id = 1", [])
        .expect("written");
    assert_eq!(check::check(&connection).expect("readable"), 2);
    check::rebuild(&connection).expect("written");
    assert_eq!(check::check(&connection).expect("readable"), 0);
    assert_eq!(found(&connection, "bult"), [2].into());
}

#[test]
fn many_outdated_entries_wear_the_index() {
    let connection = filled(&["skruv"; 8]);
    let rename = |rounds: u32| {
        for _ in 0..rounds {
            let mut words = NewWords::default();
            (1..=8).for_each(|id| words.replace(id, &terms("mutter")));
            store_sorted(&connection, &words);
        }
    };
    rename(1);
    assert!(!check::is_worn_beyond(&connection, 9).expect("readable"));
    rename(2);
    assert!(check::is_worn_beyond(&connection, 9).expect("readable"));
    assert!(
        !check::is_worn(&connection).expect("readable"),
        "few enough"
    );
    check::rebuild(&connection).expect("written");
    assert!(!check::is_worn_beyond(&connection, 9).expect("readable"));
}

#[test]
fn bytes_that_nobody_wrote_are_damage_and_no_panic() {
    let connection = filled(&["skruv 4", "mutter 42", "träskruv"]);
    let body: Vec<u8> = connection
        .query_row("SELECT body FROM search_chunk", [], |row| row.get(0))
        .expect("readable");
    for place in 0..body.len() {
        for change in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut broken = body.clone();
            broken[place] ^= change;
            connection
                .execute("UPDATE search_chunk SET body = ?", [broken])
                .expect("written");
            // Whatever it says, it says it.
            let _ = query::find(&connection, "skruv", 10);
            let _ = query::find(&connection, "m 4", 10);
            let _ = check::check(&connection);
        }
    }
    assert!(Wanted::of("skruv").ranges().len() == 1);
}

#[test]
fn what_is_sorted_on_the_side_is_forgotten_when_it_no_longer_waits() {
    let connection = filled(&["skruv"]);
    let count = |table: &str| -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        connection
            .query_row(&sql, [], |row| row.get(0))
            .expect("readable")
    };
    let rename = |sorter: &mut Sorter, name: &str| {
        connection
            .execute("UPDATE article SET json = ? WHERE id = 1", [json(name)])
            .expect("written");
        let mut words = NewWords::default();
        words.replace(1, &terms(name));
        sorter.store(&connection, &[words]).expect("written");
    };
    let (mut one, mut other) = (Sorter::at(limits(1, 100)), Sorter::at(limits(2, 100)));
    rename(&mut other, "mutter");
    one.begin(&connection).expect("readable");
    // Somebody else sorts the same, and something new comes in.
    sort_from(&connection, limits(1, 100)).expect("written");
    rename(&mut other, "bult");
    let segments = count("search_segment");
    Sorter::finish(&mut other, &connection).expect("written");
    assert_eq!(
        count("search_segment"),
        segments,
        "too little for a segment"
    );
    rename(&mut one, "nit");
    one.finish(&connection).expect("written");
    assert_eq!(count("search_pending"), 0);
    assert_eq!(found(&connection, "nit"), [1].into());
    assert_eq!(check::check(&connection).expect("readable"), 0);
    // What is sorted while more comes in goes on waiting until its segment is written.
    rename(&mut other, "spik");
    one.begin(&connection).expect("readable");
    pending::insert(&connection, &{
        let mut words = NewWords::default();
        words.replace(1, &terms("spik"));
        words
    })
    .expect("written");
    assert_eq!(found(&connection, "spik"), [1].into());
    one.finish(&connection).expect("written");
    assert_eq!(
        (count("search_pending"), found(&connection, "spik").len()),
        (0, 1)
    );
    assert_eq!(check::check(&connection).expect("readable"), 0);
}
