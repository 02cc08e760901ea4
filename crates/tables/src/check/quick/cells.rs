//! Finding the cells of a row by the lengths that sound values have.

use super::{Cell, Quick, Step};
use crate::text::rows::QUOTE;

/// Where the cells of a row begin, counted from the row's begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) fin: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) registered_at: usize,
    /// Bytes of the row, its line end included.
    pub(super) length: usize,
}

impl Quick {
    /// Finds the cells of the row that begins at `from`.
    #[inline(always)]
    pub(super) fn places(&self, bytes: &[u8], from: usize) -> Option<Places> {
        let mut places = Places::default();
        let mut at = from;
        let mut left = self.steps.len();
        for &step in &self.steps {
            left -= 1;
            let rest = bytes.get(at..)?;
            let quoted = *rest.first()? == QUOTE;
            if step == Step::Other {
                at += if quoted {
                    quoted_length(rest)?
                } else {
                    self.length(rest)?
                };
            } else {
                let begin = at + usize::from(quoted);
                let cell: &Cell = bytes.get(begin..)?.first_chunk()?;
                let length = match step {
                    Step::Fin => {
                        places.fin = begin - from;
                        17
                    }
                    Step::Start => {
                        places.start = begin - from;
                        10
                    }
                    Step::End => {
                        places.end = begin - from;
                        10
                    }
                    Step::RegisteredAt | Step::Other => {
                        places.registered_at = begin - from;
                        self.time_length(cell)?
                    }
                };
                at += length;
                if quoted {
                    if cell[length] != QUOTE {
                        return None;
                    }
                    at += 2;
                }
            }
            if left > 0 {
                if *bytes.get(at)? != self.delimiter {
                    return None;
                }
                at += 1;
            }
        }
        if *bytes.get(at)? == b'\r' {
            at += 1;
        }
        if *bytes.get(at)? != self.newline {
            return None;
        }
        places.length = at + 1 - from;
        Some(places)
    }

    /// The length of an unquoted cell.
    #[inline]
    fn length(&self, rest: &[u8]) -> Option<usize> {
        let delimiter = u64::from(self.delimiter) * EACH;
        let newline = u64::from(self.newline) * EACH;
        let returned = u64::from(b'\r') * EACH;
        let mut length = 0;
        loop {
            let word = u64::from_le_bytes(*rest.get(length..)?.first_chunk()?);
            let ends = zeros(word ^ delimiter) | zeros(word ^ newline) | zeros(word ^ returned);
            if ends != 0 {
                return Some(length + ends.trailing_zeros() as usize / 8);
            }
            length += 8;
        }
    }

    /// The length that a registration time has, if it is sound.
    #[inline(always)]
    fn time_length(&self, cell: &Cell) -> Option<usize> {
        // Without seconds the time is over before there, and what stands there is the next cell.
        match (cell[16], cell[19]) {
            (b':', b'Z') => Some(20),
            (b':', b'+' | b'-') => Some(25),
            _ => self.unusual_time_length(cell),
        }
    }

    fn unusual_time_length(&self, cell: &Cell) -> Option<usize> {
        let digits = |from: usize| {
            cell[from..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count()
        };
        if cell[10] != b'T' && cell[10] != b' ' {
            return Some(digits(0)).filter(|length| matches!(length, 10 | 13));
        }
        if cell[16] != b':' {
            return Some(16);
        }
        if !matches!(cell[19], b'.' | b',') || cell[19] == self.delimiter {
            return Some(19);
        }
        let fraction = digits(20);
        if !(1..=9).contains(&fraction) {
            return None;
        }
        let end = 20 + fraction;
        match cell[end] {
            b'Z' => Some(end + 1),
            b'+' | b'-' => Some(end + 6),
            _ => Some(end),
        }
    }
}

/// The cell at a place of the row that begins at `from`.
#[inline(always)]
pub(super) fn cell(bytes: &[u8], from: usize, place: usize) -> Option<&Cell> {
    bytes.get(from + place..)?.first_chunk()
}

const EACH: u64 = 0x0101_0101_0101_0101;

/// Marks bytes that are zero; above the first one there may be false marks.
#[inline(always)]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(EACH) & !word & EACH << 7
}

/// The length of a quoted cell with its quotes.
#[inline]
fn quoted_length(rest: &[u8]) -> Option<usize> {
    let quotes = u64::from(QUOTE) * EACH;
    let mut length = 1;
    loop {
        let word = u64::from_le_bytes(*rest.get(length..)?.first_chunk()?);
        let found = zeros(word ^ quotes);
        if found == 0 {
            length += 8;
            continue;
        }
        length += found.trailing_zeros() as usize / 8 + 1;
        if *rest.get(length)? != QUOTE {
            return Some(length);
        }
        length += 1;
    }
}
