//! What articles are found by: an index of words and numbers, made for many insertions and for beginnings of words.
//!
//! The words of new rows are stored as they are, with their rows and in the same transaction. Once 32,768 articles wait,
//! they are sorted into a segment, which is never changed; they are sorted on a thread of its own while further rows are
//! stored. Who looks for something looks through what waits and looks up each segment; of an article that occurs more than
//! once the latest words count.
//!
//! SQLite's own full-text index (FTS5) was measured first. Among 200,000 articles with some fifteen words and numbers it
//! took four to five times as long to write, and with its index of beginnings, without which `4` alone takes many times
//! the time that is allowed, seven times.

mod bits;
mod bytes;
mod check;
mod pending;
mod prefix;
mod query;
mod segment;
mod sorter;
mod words;

pub(super) use check::{check, is_worn, rebuild};
pub(super) use pending::{NewWords, insert};
pub(super) use query::{by_number, find};
pub(super) use sorter::Sorter;
pub(super) use words::Terms;

#[cfg(test)]
mod tests;
