//! Cutting a text into blocks of whole rows, one after the other and in constant memory; works alike for files and
//! pipes. A row longer than the limit, or a quoted cell that never ends, is an error before memory is spent on it.

use std::io::Read;

use memchr::{memchr, memrchr};

use crate::error::{Limit, ListError, ListErrorKind};
use crate::options::Limits;
use crate::text::rows::{self, QUOTE, RowEnd};

/// Bytes of a block: small enough to stay in a core's cache, large enough that taking turns costs nothing.
pub(crate) const BLOCK: usize = 256 << 10;

/// Bytes that may be read behind the rows of a block.
pub(crate) const SLACK: usize = 192;

/// Longest row, whatever the limits say: rows within a block are counted with 21 bits.
const LONGEST_ROW: usize = 1 << 20;

/// Whole rows, each ended by a line end.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// Counted from 0.
    pub(crate) index: u32,
    bytes: Vec<u8>,
    length: usize,
    /// Whether there is a quote in it at all.
    pub(crate) quotes: bool,
}

impl Block {
    /// Makes the buffer long enough for so many bytes, a line end and the slack.
    fn make_room(&mut self, bytes: usize) {
        if self.bytes.len() < bytes + 1 + SLACK {
            self.bytes.resize(bytes + 1 + SLACK, 0);
        }
    }

    /// The rows.
    pub(crate) fn rows(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// The rows and [`SLACK`] bytes behind them.
    pub(crate) fn rows_and_slack(&self) -> &[u8] {
        &self.bytes[..self.length + SLACK]
    }
}

/// Why there is no further block. The row is the first one that no block holds.
#[derive(Debug)]
pub(crate) enum Broken {
    UnclosedQuote,
    RowTooLong(u64),
    Read(std::io::Error),
}

impl Broken {
    /// As an error for callers; `row` is the first row that no block holds.
    pub(crate) fn at(&self, row: u64) -> ListError {
        match self {
            Self::UnclosedQuote => ListErrorKind::UnclosedQuote { row }.into(),
            Self::RowTooLong(limit) => ListError::limit(Limit::RowBytes, *limit, Some(row)),
            Self::Read(error) => {
                ListError::with(ListErrorKind::Read, std::io::Error::from(error.kind()))
            }
        }
    }
}

/// Gives out blocks in their order.
pub(crate) struct Blocks {
    reader: Box<dyn Read + Send>,
    /// Bytes that are read but not given out yet.
    carry: Vec<u8>,
    /// `None`: quotes mean nothing.
    delimiter: Option<u8>,
    newline: u8,
    longest_row: usize,
    at_end: bool,
    broken: Option<Broken>,
    next: u32,
}

impl Blocks {
    pub(crate) fn new(
        sample: Vec<u8>,
        complete: bool,
        reader: Box<dyn Read + Send>,
        delimiter: Option<u8>,
        newline: u8,
        limits: &Limits,
    ) -> Self {
        let longest_row = limits.row_bytes.min(LONGEST_ROW);
        Self {
            reader,
            carry: sample,
            delimiter,
            newline,
            longest_row,
            at_end: complete,
            broken: None,
            next: 0,
        }
    }

    /// Puts the next rows into the block; `false` when there are none left.
    pub(crate) fn next(&mut self, block: &mut Block) -> Result<bool, Broken> {
        let read = match self.broken.take() {
            Some(broken) => Err(broken),
            None => self.read(block),
        };
        if read.is_err() {
            self.at_end = true;
            self.carry.clear();
        }
        read
    }

    fn read(&mut self, block: &mut Block) -> Result<bool, Broken> {
        let mut filled = self.carry.len();
        let mut wanted = BLOCK.max(filled);
        block.make_room(wanted);
        block.bytes[..filled].copy_from_slice(&self.carry);
        self.carry.clear();
        let end = loop {
            if !self.at_end {
                filled = self
                    .fill(&mut block.bytes[..wanted], filled)
                    .map_err(Broken::Read)?;
            }
            if filled == 0 {
                return Ok(false);
            }
            let bytes = &block.bytes[..filled];
            block.quotes = self.delimiter.is_some() && memchr(QUOTE, bytes).is_some();
            let (end, mut in_quotes) = self.last_row_end(bytes, block.quotes);
            if !self.at_end && !in_quotes && bytes.last() == Some(&QUOTE) {
                // It may be the first of two, which would end nothing.
                in_quotes = self.last_row_end(&bytes[..filled - 1], block.quotes).1;
            }
            let open = filled - end;
            let broken = if open > self.longest_row {
                Some(if in_quotes {
                    Broken::UnclosedQuote
                } else {
                    Broken::RowTooLong(self.longest_row as u64)
                })
            } else if self.at_end && in_quotes {
                Some(Broken::UnclosedQuote)
            } else {
                None
            };
            match broken {
                Some(broken) if end == 0 => return Err(broken),
                Some(broken) => {
                    self.broken = Some(broken);
                    filled = end;
                    break end;
                }
                None if self.at_end => {
                    // The last row may lack its line end.
                    if open > 0 {
                        block.bytes[filled] = self.newline;
                        filled += 1;
                    }
                    break filled;
                }
                None if end > 0 => break end,
                None => {
                    wanted = filled + BLOCK;
                    block.make_room(wanted);
                }
            }
        };
        self.carry.extend_from_slice(&block.bytes[end..filled]);
        block.length = end;
        block.index = self.next;
        self.next += 1;
        Ok(true)
    }

    /// Reads until the buffer is full or the source ends; gives how much of it is filled then.
    fn fill(&mut self, buffer: &mut [u8], mut filled: usize) -> std::io::Result<usize> {
        while filled < buffer.len() {
            match self.reader.read(&mut buffer[filled..]) {
                Ok(0) => {
                    self.at_end = true;
                    break;
                }
                Ok(read) => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// The end of the last whole row, and whether what follows is inside a quoted cell.
    fn last_row_end(&self, bytes: &[u8], quotes: bool) -> (usize, bool) {
        let Some(delimiter) = self.delimiter.filter(|_| quotes) else {
            return (memrchr(self.newline, bytes).map_or(0, |end| end + 1), false);
        };
        let mut start = 0;
        loop {
            match rows::row_end(bytes, start, delimiter, self.newline) {
                RowEnd::At(end) => start = end + 1,
                RowEnd::Open => return (start, false),
                RowEnd::InQuotes => return (start, true),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn blocks(list: &[u8], limits: &Limits) -> (Vec<Vec<u8>>, Option<Broken>) {
        let reader = Box::new(Cursor::new(list.to_vec()));
        let mut blocks = Blocks::new(Vec::new(), false, reader, Some(b','), b'\n', limits);
        let mut block = Block::default();
        let mut found = Vec::new();
        loop {
            match blocks.next(&mut block) {
                Ok(true) => found.push(block.rows().to_vec()),
                Ok(false) => return (found, None),
                Err(broken) => return (found, Some(broken)),
            }
        }
    }

    #[test]
    fn blocks_hold_whole_rows_and_lose_nothing() {
        let row = "a,\"b\nc\",\"d\"\"\n\",e\"f\n";
        let list = row.repeat(60_000);
        let (found, broken) = blocks(list.as_bytes(), &Limits::default());
        assert!(broken.is_none());
        assert!(found.len() > 2);
        assert!(found.iter().all(|block| block.len() % row.len() == 0));
        assert_eq!(found.concat(), list.as_bytes());
    }

    #[test]
    fn the_last_row_is_given_its_line_end() {
        assert_eq!(
            blocks(b"a,b\nc,d", &Limits::default()).0,
            [b"a,b\nc,d\n".to_vec()]
        );
        assert_eq!(blocks(b"", &Limits::default()).0, Vec::<Vec<u8>>::new());
    }

    #[test]
    fn a_quote_that_never_ends_is_an_error_behind_the_sound_rows() {
        let list = [b"a,b\nc,d\ne,\"".to_vec(), vec![b'x'; 3 << 20]].concat();
        let (found, broken) = blocks(&list, &Limits::default());
        assert_eq!(found, [b"a,b\nc,d\n".to_vec()]);
        assert!(matches!(broken, Some(Broken::UnclosedQuote)));
        let (found, broken) = blocks(b"a,b\nc,\"d\n", &Limits::default());
        assert_eq!(found, [b"a,b\n".to_vec()]);
        assert!(matches!(broken, Some(Broken::UnclosedQuote)));
    }

    #[test]
    fn a_row_beyond_the_limit_is_an_error() {
        let list = [b"a,b\n".to_vec(), vec![b'x'; 2 << 20]].concat();
        let (found, broken) = blocks(&list, &Limits::default());
        assert_eq!(found.len(), 1);
        assert!(matches!(broken, Some(Broken::RowTooLong(_))));
    }
}
