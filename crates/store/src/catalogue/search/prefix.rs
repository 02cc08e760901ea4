//! Beginnings of words that many articles of a segment have. Which articles these are is written with the segment, so that
//! looking for `7` doesn't read every number that begins with it.
//!
//! A beginning is written if at least so many postings begin with it, if they are of more than one word, and if no longer
//! one has the same. Whoever looks for a beginning takes the first in their order that begins with it: it has the same
//! postings, or else there is none.

use super::bits::Bits;
use super::segment::{Posting, whole};
use super::words::TERM;

/// So many postings make a beginning worth it.
pub(super) const MANY: usize = 4_096;

/// No word begins with a byte below this one; numbers in their roles do.
const FIRST: u8 = b'0';

/// A beginning and the articles that have a word with it.
#[derive(Debug)]
pub(super) struct Prefix {
    pub(super) bytes: Vec<u8>,
    pub(super) articles: Bits,
}

/// The beginnings that `many` or more of these postings have, which are sorted.
pub(super) fn prefixes(postings: &[Posting], articles: usize, many: usize) -> Vec<Prefix> {
    let mut found = Vec::new();
    add(postings, articles, many, &mut found);
    found
}

fn bytes(posting: &Posting) -> [u8; TERM] {
    whole(posting.0, posting.1).to_be_bytes()
}

fn add(postings: &[Posting], articles: usize, many: usize, found: &mut Vec<Prefix>) {
    let (Some(first), Some(last)) = (postings.first(), postings.last()) else {
        return;
    };
    let (first, last) = (bytes(first), bytes(last));
    // Sorted as they are, what the first and the last share all share.
    let Some(shared) = (0..TERM).find(|place| first[*place] != last[*place]) else {
        return;
    };
    if shared > 0 {
        if first[0] < FIRST {
            return;
        }
        let mut some = Bits::none(articles);
        for (_, _, place) in postings {
            some.insert(*place as usize);
        }
        found.push(Prefix {
            bytes: first[..shared].to_vec(),
            articles: some,
        });
    }
    let next = |posting: &Posting| bytes(posting)[shared];
    for longer in postings.chunk_by(|one, other| next(one) == next(other)) {
        if longer.len() >= many {
            add(longer, articles, many, found);
        }
    }
}
