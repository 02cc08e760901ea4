//! Segments: the terms of many articles sorted, each with the articles that have it. Never changed once written.
//!
//! A segment's terms are cut into chunks, and the first term of each stands in the segment's row, so that a look-up reads
//! one row and the few chunks that its range lies in, or, where these are many, the articles of a [prefix](super::prefix).

use std::ops::Range;

use rusqlite::{Connection, params};

use super::super::fault::Fault;
use super::bits::Bits;
use super::bytes::{Reader, write_signed, write_unsigned};
use super::pending::Waiting;
use super::prefix::{Prefix, prefixes};
use super::words::{TERM, Term};

/// Bytes after which a chunk ends.
const CHUNK: usize = 12 * 1024;

/// One term of one article, which is known by its place among those of its segment.
pub(super) type Posting = (u64, u64, u32);

fn halves(term: Term) -> (u64, u64) {
    ((term >> 64) as u64, term as u64)
}

pub(super) fn whole(high: u64, low: u64) -> Term {
    Term::from(high) << 64 | Term::from(low)
}

/// What a segment is made of.
#[derive(Debug)]
pub(super) struct Sorted {
    articles: usize,
    outdated: usize,
    firsts: Vec<u8>,
    replaced: Vec<u8>,
    ids: Vec<u8>,
    chunks: Vec<Chunk>,
    prefixes: Vec<Prefix>,
}

/// Sorts what waited. A beginning of words that so many postings have is many.
pub(super) fn sort(mut waiting: Waiting, many: usize) -> Sorted {
    waiting.articles.sort_unstable();
    let mut postings: Vec<Posting> = Vec::with_capacity(waiting.terms.len());
    let mut ids = Vec::with_capacity(waiting.articles.len() * 4);
    let mut last = 0;
    for (place, (id, first, end)) in waiting.articles.iter().enumerate() {
        write_signed(id - last, &mut ids);
        last = *id;
        let terms = &waiting.terms[*first as usize..*end as usize];
        write_unsigned(terms.len() as u64, &mut ids);
        postings.extend(terms.iter().map(|term| {
            let (high, low) = halves(*term);
            (high, low, place as u32)
        }));
    }
    waiting.terms = Vec::new();
    postings.sort_unstable();
    let chunks = chunks(&postings);
    let mut replaced = Vec::new();
    for id in &waiting.replaced {
        write_signed(*id, &mut replaced);
    }
    Sorted {
        articles: waiting.articles.len(),
        outdated: waiting.replaced.len(),
        firsts: chunks
            .iter()
            .flat_map(|chunk| chunk.first.to_be_bytes())
            .collect(),
        replaced,
        ids,
        prefixes: prefixes(&postings, waiting.articles.len(), many),
        chunks,
    }
}

/// Writes a segment.
pub(super) fn write(connection: &Connection, sorted: &Sorted) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO search_segment (articles, outdated, firsts, replaced, ids) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            sorted.articles,
            sorted.outdated,
            sorted.firsts,
            sorted.replaced,
            sorted.ids
        ])?;
    let segment = connection.last_insert_rowid();
    let mut insert =
        connection.prepare_cached("INSERT INTO search_chunk (id, body) VALUES (?, ?)")?;
    for (place, chunk) in sorted.chunks.iter().enumerate() {
        insert.execute(params![segment << 20 | place as i64, chunk.body])?;
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO search_prefix (segment, prefix, articles) VALUES (?, ?, ?)")?;
    for prefix in &sorted.prefixes {
        insert.execute(params![segment, prefix.bytes, prefix.articles.to_bytes()])?;
    }
    Ok(())
}

#[derive(Debug)]
struct Chunk {
    first: Term,
    body: Vec<u8>,
}

/// For each term: how many bytes it shares with the one before and how many follow, those, how many articles it has, and
/// their places, each as the distance from the one before.
fn chunks(postings: &[Posting]) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut last = [0; TERM];
    for same in postings.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
        let term = whole(same[0].0, same[0].1);
        if chunks.last().is_none_or(|chunk| chunk.body.len() >= CHUNK) {
            let body = Vec::with_capacity(CHUNK + 512);
            chunks.push(Chunk { first: term, body });
            last = [0; TERM];
        }
        let Some(Chunk { body, .. }) = chunks.last_mut() else {
            break;
        };
        let bytes = term.to_be_bytes();
        let length = TERM - term.trailing_zeros() as usize / 8;
        // No term is a beginning of the one before it, so that at least one byte follows.
        let shared = (0..length - 1)
            .take_while(|place| bytes[*place] == last[*place])
            .count();
        body.push((shared << 4 | (length - shared - 1)) as u8);
        body.extend_from_slice(&bytes[shared..length]);
        last = bytes;
        write_unsigned(same.len() as u64, body);
        let mut before = 0;
        for (_, _, place) in same {
            write_unsigned(u64::from(place - before), body);
            before = *place;
        }
    }
    chunks
}

/// A segment as it is read.
#[derive(Debug)]
pub(super) struct Segment<'c> {
    connection: &'c Connection,
    pub(super) id: i64,
    /// How many articles it has.
    pub(super) articles: usize,
    firsts: Vec<Term>,
    /// Articles whose words in older segments no longer count.
    pub(super) replaced: Vec<i64>,
}

/// All segments, the latest first.
pub(super) fn all(connection: &Connection) -> Result<Vec<Segment<'_>>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, articles, firsts, replaced FROM search_segment ORDER BY id DESC",
    )?;
    let mut rows = statement.query([])?;
    let mut segments = Vec::new();
    while let Some(row) = rows.next()? {
        let firsts = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        let mut reader = Reader::new(row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?);
        let mut replaced = Vec::new();
        while !reader.is_empty() {
            replaced.push(reader.signed()?);
        }
        segments.push(Segment {
            connection,
            id: row.get(0)?,
            articles: row.get(1)?,
            firsts: firsts
                .as_chunks::<TERM>()
                .0
                .iter()
                .map(|first| Term::from_be_bytes(*first))
                .collect(),
            replaced,
        });
    }
    Ok(segments)
}

impl Segment<'_> {
    /// Calls `with` for each term and the places of the articles that have it.
    pub(super) fn each_term(
        &self,
        mut with: impl FnMut(Term, &mut Places<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.each_chunk(0..self.firsts.len(), |_, body| {
            let mut terms = Terms::of(body);
            while let Some(term) = terms.next()? {
                let mut places = terms.places()?;
                with(term, &mut places)?;
                terms.go_on(places)?;
            }
            Ok(())
        })
    }

    /// Calls `with` for the place of each article that has a term of the range, both ends included, and says whether it
    /// is the first one. A place comes once for each such term.
    pub(super) fn each_place(
        &self,
        (low, high): (Term, Term),
        mut with: impl FnMut(usize, bool) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        // The chunk before the first that begins above the range's start may hold it.
        let from = self.firsts.partition_point(|first| *first <= low).max(1) - 1;
        let until = self.firsts.partition_point(|first| *first <= high);
        self.each_chunk(from..until, |chunk, body| {
            let mut terms = Terms::of(body);
            let ends_inside = self.firsts.get(chunk + 1).is_some_and(|next| *next <= high);
            if ends_inside && self.firsts[chunk] >= low {
                // Which terms these are doesn't matter, but for the first.
                let mut first = self.firsts[chunk] == low;
                while terms.skip()? {
                    let mut places = terms.places()?;
                    while let Some(place) = places.next()? {
                        with(place, first)?;
                    }
                    first = false;
                    terms.go_on(places)?;
                }
                return Ok(());
            }
            while let Some(term) = terms.next()?
                && term <= high
            {
                let mut places = terms.places()?;
                if term >= low {
                    while let Some(place) = places.next()? {
                        with(place, term == low)?;
                    }
                }
                terms.go_on(places)?;
            }
            Ok(())
        })
    }

    /// The articles that have a term of the range, both ends included, if that stands written.
    pub(super) fn with_prefix(&self, (low, high): (Term, Term)) -> Result<Option<Bits>, Fault> {
        let shared = (low ^ high).leading_zeros() as usize / 8;
        if shared == TERM {
            return Ok(None);
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT articles FROM search_prefix WHERE segment = ? AND prefix BETWEEN ? AND ? ORDER BY prefix LIMIT 1",
        )?;
        let (low, high) = (low.to_be_bytes(), high.to_be_bytes());
        let mut rows = statement.query(params![self.id, &low[..shared], high])?;
        match rows.next()? {
            None => Ok(None),
            Some(row) => {
                let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
                Bits::from_bytes(bytes, self.articles).map(Some)
            }
        }
    }

    /// In how many places the written beginnings say something else than the terms.
    pub(super) fn wrong_prefixes(&self) -> Result<u64, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT prefix, articles FROM search_prefix WHERE segment = ?")?;
        let mut rows = statement.query([self.id])?;
        let mut wrong = 0;
        while let Some(row) = rows.next()? {
            let prefix = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            let written = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let written = Bits::from_bytes(written, self.articles)?;
            let (mut low, mut high) = ([0; TERM], [0xff; TERM]);
            for end in [&mut low, &mut high] {
                end.get_mut(..prefix.len())
                    .ok_or_else(cut)?
                    .copy_from_slice(prefix);
            }
            let range = (Term::from_be_bytes(low), Term::from_be_bytes(high));
            let mut said = Bits::none(self.articles);
            self.each_place(range, |place, _| said.set(place))?;
            wrong += written.distance(&said);
        }
        Ok(wrong)
    }

    fn each_chunk(
        &self,
        chunks: Range<usize>,
        mut with: impl FnMut(usize, &[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT body FROM search_chunk WHERE id >= ? AND id < ? ORDER BY id")?;
        let base = self.id << 20;
        let mut rows = statement.query([base + chunks.start as i64, base + chunks.end as i64])?;
        for chunk in chunks {
            let row = rows.next()?.ok_or_else(cut)?;
            with(
                chunk,
                row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?,
            )?;
        }
        Ok(())
    }

    /// Ids of the articles and how many terms each has, in the order of their places.
    pub(super) fn ids(&self) -> Result<Vec<(i64, u32)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT ids FROM search_segment WHERE id = ?")?;
        let mut rows = statement.query([self.id])?;
        let row = rows.next()?.ok_or_else(cut)?;
        let mut reader = Reader::new(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
        let mut ids = Vec::with_capacity(self.articles);
        let mut id = 0;
        while !reader.is_empty() {
            id += reader.signed()?;
            ids.push((id, reader.unsigned()? as u32));
        }
        if ids.len() != self.articles {
            return Err(cut());
        }
        Ok(ids)
    }
}

/// Reads the terms of a chunk. After each term come its places, which are read or gone over.
struct Terms<'b> {
    term: [u8; TERM],
    reader: Reader<'b>,
}

impl<'b> Terms<'b> {
    fn of(body: &'b [u8]) -> Self {
        Self {
            term: [0; TERM],
            reader: Reader::new(body),
        }
    }

    fn next(&mut self) -> Result<Option<Term>, Fault> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        let lengths = self.reader.byte()?;
        let (shared, more) = (usize::from(lengths >> 4), usize::from(lengths & 15) + 1);
        let place = self.term.get_mut(shared..shared + more).ok_or_else(cut)?;
        place.copy_from_slice(self.reader.take(more)?);
        self.term[shared + more..].fill(0);
        Ok(Some(Term::from_be_bytes(self.term)))
    }

    /// Goes over a term without reading it; says whether there was one.
    fn skip(&mut self) -> Result<bool, Fault> {
        if self.reader.is_empty() {
            return Ok(false);
        }
        let lengths = self.reader.byte()?;
        self.reader.take(usize::from(lengths & 15) + 1)?;
        Ok(true)
    }

    fn places(&mut self) -> Result<Places<'b>, Fault> {
        Ok(Places {
            left: self.reader.unsigned()?,
            last: 0,
            reader: self.reader,
        })
    }

    /// Goes on behind the places of a term.
    fn go_on(&mut self, mut places: Places<'b>) -> Result<(), Fault> {
        while places.next()?.is_some() {}
        self.reader = places.reader;
        Ok(())
    }
}

fn cut() -> Fault {
    Fault::damaged("a piece of what is searched in")
}

/// Places of the articles that have a term, ascending.
#[derive(Debug)]
pub(super) struct Places<'b> {
    left: u64,
    last: u64,
    reader: Reader<'b>,
}

impl Places<'_> {
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<usize>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.last += self.reader.unsigned()?;
        Ok(Some(self.last as usize))
    }
}
