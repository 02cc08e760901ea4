//! Finding articles: what waits is looked through, segments are looked up, the latest words of an article count.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use finkit_core::FinfoSupplierId;
use finkit_finfo::catalogue::{Dataset, NumberRole, StoredRow};
use rusqlite::Connection;

use super::super::fault::Fault;
use super::super::reading;
use super::bits::Bits;
use super::pending::{self, Waiting};
use super::segment::{self, Segment};
use super::words::{Term, Wanted, number_of, role_term};

/// How good a hit is, the best first: words that occur as they were written, then few other words, then the oldest
/// number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    inexact: Reverse<u32>,
    terms: u32,
    id: i64,
}

/// The best hits so far: all of them, or at most so many.
struct Best {
    limit: usize,
    worst_first: BinaryHeap<Hit>,
}

impl Best {
    fn add(&mut self, hit: Hit) {
        if self.worst_first.len() < self.limit {
            self.worst_first.push(hit);
        } else if let Some(mut worst) = self.worst_first.peek_mut()
            && hit < *worst
        {
            *worst = hit;
        }
    }
}

type Range = (Term, Term);

/// Articles in which every word of a text occurs, or a word that begins with it; the best first.
pub(in super::super) fn find(
    connection: &Connection,
    text: &str,
    limit: usize,
) -> Result<Vec<StoredRow>, Fault> {
    let wanted = Wanted::of(text);
    let ranges = wanted.ranges();
    if ranges.is_empty() || limit == 0 {
        return Ok(Vec::new());
    }
    let long = wanted.has_long_words();
    let hits = hits(connection, &ranges, if long { usize::MAX } else { limit })?;
    let mut found = Vec::new();
    for hit in hits {
        let row = row(connection, hit.id)?;
        if !long || wanted.are_in(&row.record()?) {
            found.push(row);
        }
        if found.len() == limit {
            break;
        }
    }
    Ok(found)
}

/// Articles that have a number in a role.
pub(in super::super) fn by_number(
    connection: &Connection,
    supplier: Option<&FinfoSupplierId>,
    role: NumberRole,
    number: &str,
) -> Result<Vec<StoredRow>, Fault> {
    let term = role_term(role, number);
    let mut hits = hits(connection, &[(term, term)], usize::MAX)?;
    hits.sort_unstable_by_key(|hit| hit.id);
    let mut found = Vec::new();
    for hit in hits {
        let row = row(connection, hit.id)?;
        let same = number_of(&row.article()?, role).is_some_and(|there| there == number);
        if same && supplier.is_none_or(|supplier| row.supplier == *supplier) {
            found.push(row);
        }
    }
    Ok(found)
}

fn row(connection: &Connection, id: i64) -> Result<StoredRow, Fault> {
    reading::row(connection, Dataset::Article, id)?
        .ok_or_else(|| Fault::damaged("what is searched in names an article that is not there"))
}

fn hits(connection: &Connection, ranges: &[Range], limit: usize) -> Result<Vec<Hit>, Fault> {
    let mut best = Best {
        limit,
        worst_first: BinaryHeap::new(),
    };
    let waiting = pending::read(connection)?;
    look_through(&waiting, ranges, &mut best);
    let mut dead: HashSet<i64> = waiting.replaced.into_iter().collect();
    for segment in segment::all(connection)? {
        look_up(&segment, ranges, &dead, &mut best)?;
        dead.extend(&segment.replaced);
    }
    Ok(best.worst_first.into_sorted_vec())
}

fn look_through(waiting: &Waiting, ranges: &[Range], best: &mut Best) {
    for (id, first, end) in &waiting.articles {
        let terms = &waiting.terms[*first as usize..*end as usize];
        let mut exact = 0;
        // Terms of an article are sorted.
        let all = ranges.iter().all(|(low, high)| {
            let place = terms.partition_point(|term| term < low);
            exact += u32::from(terms.get(place) == Some(low));
            terms.get(place).is_some_and(|term| term <= high)
        });
        if all {
            best.add(Hit {
                inexact: Reverse(exact),
                terms: end - first,
                id: *id,
            });
        }
    }
}

fn look_up(
    segment: &Segment<'_>,
    ranges: &[Range],
    dead: &HashSet<i64>,
    best: &mut Best,
) -> Result<(), Fault> {
    let mut all: Option<Bits> = None;
    let mut exact = Vec::with_capacity(ranges.len());
    for range in ranges {
        let (some, whole) = match segment.with_prefix(*range)? {
            Some(some) => (some, None),
            None => {
                let mut some = Bits::none(segment.articles);
                let mut whole = Bits::none(segment.articles);
                segment.each_place(*range, |place, is_first| {
                    if is_first {
                        whole.set(place)?;
                    }
                    some.set(place)
                })?;
                (some, Some(whole))
            }
        };
        exact.push((range.0, whole));
        let any = match &mut all {
            None => some.any(),
            Some(all) => all.and(&some),
        };
        if !any {
            return Ok(());
        }
        all.get_or_insert(some);
    }
    let Some(all) = all else {
        return Ok(());
    };
    let exact = exact
        .into_iter()
        .map(|(word, whole)| match whole {
            Some(whole) => Ok(whole),
            None => {
                let mut whole = Bits::none(segment.articles);
                segment.each_place((word, word), |place, _| whole.set(place))?;
                Ok(whole)
            }
        })
        .collect::<Result<Vec<Bits>, Fault>>()?;
    let ids = segment.ids()?;
    for place in all.places() {
        let (id, terms) = *ids
            .get(place)
            .ok_or_else(|| Fault::damaged("a piece of what is searched in"))?;
        if dead.contains(&id) {
            continue;
        }
        let exact = exact.iter().filter(|whole| whole.has(place)).count();
        best.add(Hit {
            inexact: Reverse(exact as u32),
            terms,
            id,
        });
    }
    Ok(())
}
