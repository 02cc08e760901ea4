//! Whether the index says what the rows say, and making it anew from them.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use finkit_finfo::wire::Record;
use rusqlite::Connection;

use super::super::codec;
use super::super::fault::Fault;
use super::super::known::KnownFields;
use super::pending::{self, NewWords};
use super::segment;
use super::sorter;
use super::words::{Term, Terms};

/// Rows of a piece while the index is made anew.
const PIECE: usize = 4_096;

/// So many outdated entries are borne before the index is made anew.
const BORNE: i64 = 65_536;

/// Calls `with` for each article: its id and its terms.
fn each_article(
    connection: &Connection,
    mut with: impl FnMut(i64, Terms) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut statement =
        connection.prepare_cached("SELECT id, version, json FROM article ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let json = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
        let record = Record::parse(json)?;
        let version = codec::to_version(row.get(1)?)?;
        with(row.get(0)?, Terms::of(&KnownFields::of(&record), version))?;
    }
    Ok(())
}

/// Makes the index anew; the caller has begun a transaction.
pub(in super::super) fn rebuild(connection: &Connection) -> Result<(), Fault> {
    for table in [
        "search_pending",
        "search_segment",
        "search_chunk",
        "search_prefix",
    ] {
        connection.execute(&format!("DELETE FROM {table}"), [])?;
    }
    let mut words = NewWords::default();
    let mut count = 0;
    each_article(connection, |id, terms| {
        words.add(id, &terms);
        count += 1;
        if count % PIECE == 0 {
            sorter::store_sorted(connection, &std::mem::take(&mut words))?;
        }
        Ok(())
    })?;
    sorter::store_sorted(connection, &words)
}

/// Whether so much in the segments is outdated that the index is better made anew.
pub(in super::super) fn is_worn(connection: &Connection) -> Result<bool, Fault> {
    is_worn_beyond(connection, BORNE)
}

pub(super) fn is_worn_beyond(connection: &Connection, borne: i64) -> Result<bool, Fault> {
    let outdated: i64 = connection
        .prepare_cached("SELECT coalesce(sum(outdated), 0) FROM search_segment")?
        .query_row([], |row| row.get(0))?;
    if outdated < borne {
        return Ok(false);
    }
    let articles: i64 = connection
        .prepare_cached("SELECT coalesce(sum(articles), 0) FROM search_segment")?
        .query_row([], |row| row.get(0))?;
    Ok(outdated > articles / 2)
}

fn hash(term: Term) -> u64 {
    let mut hasher = DefaultHasher::new();
    term.hash(&mut hasher);
    hasher.finish()
}

/// What the index says about each article: the sum of its terms' hashes.
fn said(connection: &Connection) -> Result<HashMap<i64, u64>, Fault> {
    let mut said = HashMap::new();
    let waiting = pending::read(connection)?;
    for (id, first, end) in &waiting.articles {
        let terms = &waiting.terms[*first as usize..*end as usize];
        let sum = terms
            .iter()
            .fold(0, |sum: u64, term| sum.wrapping_add(hash(*term)));
        said.insert(*id, sum);
    }
    let mut dead: HashSet<i64> = waiting.replaced.into_iter().collect();
    for segment in segment::all(connection)? {
        let ids = segment.ids()?;
        let mut sums = vec![0_u64; ids.len()];
        segment.each_term(|term, places| {
            while let Some(place) = places.next()? {
                let sum = sums
                    .get_mut(place)
                    .ok_or_else(|| Fault::damaged("a piece of what is searched in"))?;
                *sum = sum.wrapping_add(hash(term));
            }
            Ok(())
        })?;
        let alive = ids.into_iter().zip(sums);
        said.extend(
            alive
                .filter(|((id, _), _)| !dead.contains(id))
                .map(|((id, _), sum)| (id, sum)),
        );
        dead.extend(&segment.replaced);
    }
    Ok(said)
}

/// How many articles the index has wrong: missing, outdated, or there without a row.
pub(in super::super) fn check(connection: &Connection) -> Result<u64, Fault> {
    let mut said = said(connection)?;
    let mut wrong = 0;
    for segment in segment::all(connection)? {
        wrong += segment.wrong_prefixes()?;
    }
    each_article(connection, |id, terms| {
        let sum = terms
            .0
            .iter()
            .fold(0, |sum: u64, term| sum.wrapping_add(hash(*term)));
        if said.remove(&id) != Some(sum) {
            wrong += 1;
        }
        Ok(())
    })?;
    Ok(wrong + said.len() as u64)
}
