//! Articles whose words came last and wait to be sorted.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::super::fault::Fault;
use super::bytes::{Reader, write_signed, write_unsigned};
use super::words::{TERM, Term, Terms};

/// Words of the rows of one transaction.
#[derive(Debug, Default)]
pub(in super::super) struct NewWords {
    articles: i64,
    last: i64,
    body: Vec<u8>,
    replaced: Vec<i64>,
}

impl NewWords {
    /// Adds an article that was not there.
    pub(in super::super) fn add(&mut self, id: i64, terms: &Terms) {
        self.push(id, &terms.0);
    }

    /// Puts new words of an article in place of those that it had.
    pub(in super::super) fn replace(&mut self, id: i64, terms: &Terms) {
        self.replaced.push(id);
        self.push(id, &terms.0);
    }

    /// Takes an article away.
    pub(in super::super) fn remove(&mut self, id: i64) {
        self.replaced.push(id);
    }

    fn push(&mut self, id: i64, terms: &[Term]) {
        self.articles += 1;
        write_signed(id - self.last, &mut self.body);
        self.last = id;
        write_unsigned(terms.len() as u64, &mut self.body);
        for term in terms {
            let bytes = term.to_be_bytes();
            let length = TERM - term.trailing_zeros() as usize / 8;
            self.body.push(length as u8);
            self.body.extend_from_slice(&bytes[..length]);
        }
    }
}

/// Articles that waited: their ids and terms.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Id, and where its terms begin and end.
    pub(super) articles: Vec<(i64, u32, u32)>,
    pub(super) terms: Vec<Term>,
    /// Articles whose words of before no longer count.
    pub(super) replaced: Vec<i64>,
}

/// How many pieces wait, and how many articles they have.
pub(super) fn count(connection: &Connection) -> Result<(i64, i64), Fault> {
    Ok(connection
        .prepare_cached("SELECT count(*), coalesce(sum(articles), 0) FROM search_pending")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Puts all pieces together into one.
pub(super) fn unite(connection: &Connection) -> Result<(), Fault> {
    let waiting = read(connection)?;
    let mut one = NewWords {
        replaced: waiting.replaced,
        ..NewWords::default()
    };
    for (id, first, end) in waiting.articles {
        one.push(id, &waiting.terms[first as usize..end as usize]);
    }
    clear(connection, i64::MAX)?;
    insert(connection, &one)
}

/// Stores the words of a transaction.
pub(in super::super) fn insert(connection: &Connection, words: &NewWords) -> Result<(), Fault> {
    if words.articles == 0 && words.replaced.is_empty() {
        return Ok(());
    }
    let mut replaced = Vec::new();
    for id in &words.replaced {
        write_signed(*id, &mut replaced);
    }
    connection
        .prepare_cached("INSERT INTO search_pending (articles, body, replaced) VALUES (?, ?, ?)")?
        .execute(params![words.articles, words.body, replaced])?;
    Ok(())
}

/// Takes away the pieces up to this one.
pub(super) fn clear(connection: &Connection, until: i64) -> Result<(), Fault> {
    connection
        .prepare_cached("DELETE FROM search_pending WHERE id <= ?")?
        .execute([until])?;
    Ok(())
}

/// One piece as it is stored: its number, its articles with their words, and the articles that it replaces.
pub(super) type Piece = (i64, Vec<u8>, Vec<u8>);

/// All pieces as they are stored, the latest first.
pub(super) fn pieces(connection: &Connection) -> Result<Vec<Piece>, Fault> {
    let mut statement = connection
        .prepare_cached("SELECT id, body, replaced FROM search_pending ORDER BY id DESC")?;
    let pieces = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(pieces.collect::<Result<_, _>>()?)
}

/// Everything that waits; of an article that occurs twice, the later words.
pub(super) fn read(connection: &Connection) -> Result<Waiting, Fault> {
    Waiting::of(&pieces(connection)?)
}

impl Waiting {
    /// What stands in these pieces, which come with the latest first.
    pub(super) fn of(pieces: &[Piece]) -> Result<Self, Fault> {
        let mut waiting = Self::default();
        let mut dead: HashSet<i64> = HashSet::new();
        for (_, body, replaced) in pieces {
            let mut body = Reader::new(body);
            let mut id = 0;
            while !body.is_empty() {
                id += body.signed()?;
                let first = waiting.terms.len();
                for _ in 0..body.unsigned()? {
                    let length = usize::from(body.byte()?);
                    let mut term = [0; TERM];
                    let place = term
                        .get_mut(..length)
                        .ok_or_else(|| Fault::damaged("a word"))?;
                    place.copy_from_slice(body.take(length)?);
                    waiting.terms.push(Term::from_be_bytes(term));
                }
                if dead.contains(&id) {
                    waiting.terms.truncate(first);
                } else {
                    let end = waiting.terms.len();
                    waiting.articles.push((id, first as u32, end as u32));
                }
            }
            let mut replaced = Reader::new(replaced);
            while !replaced.is_empty() {
                dead.insert(replaced.signed()?);
            }
        }
        waiting.replaced = dead.into_iter().collect();
        waiting.replaced.sort_unstable();
        Ok(waiting)
    }
}
