//! The quick reading of rows: recognises sound rows in the usual forms without allocating, and leaves everything
//! else to the exact reading.
//!
//! It never decides that a row is at fault. What it accepts, the exact reading accepts with the same record and
//! without a word to say about it; a property test holds the two against each other.
//!
//! A row is read in two steps: first the cells are found by the lengths that sound values have, then all values are
//! judged at once ([`portable`], or [`avx2`] where the processor has it), with a single decision at the end.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod cells;
mod other;
mod portable;
mod record;
#[cfg(test)]
mod tests;

use finkit_core::{RegisteredAt, ZoneRule};

use crate::check::entry::{Key, PackedPeriod};
use crate::field::Field;
use crate::options::Purpose;
use crate::row::RowParser;

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Fin,
    Start,
    End,
    RegisteredAt,
    /// Something that is carried along.
    Other,
}

/// How to read the rows of one list quickly.
#[derive(Clone, Debug)]
pub(crate) struct Quick {
    steps: Vec<Step>,
    delimiter: u8,
    newline: u8,
    /// The period of rows in a list without columns for it.
    period: Option<PackedPeriod>,
    /// Whether there is a column of registration times.
    has_time: bool,
    /// The registration time of all rows where there is none.
    registered_at: Option<RegisteredAt>,
    vienna: bool,
    /// Whether the list and the processor have what [`avx2`] is made for.
    avx2: bool,
}

/// A sound row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuickRow {
    pub(crate) key: Key,
    pub(crate) period: PackedPeriod,
}

/// Sound rows that follow one another.
#[derive(Debug)]
pub(crate) struct Batch {
    rows: [QuickRow; BATCH],
    count: usize,
}

/// Rows of a batch: few enough to stay in the fastest cache.
const BATCH: usize = 256;

impl Batch {
    pub(crate) fn new() -> Self {
        let nothing = QuickRow {
            key: Key { low: 0, high: 0 },
            period: PackedPeriod(0),
        };
        Self {
            rows: [nothing; BATCH],
            count: 0,
        }
    }

    pub(crate) fn rows(&self) -> &[QuickRow] {
        &self.rows[..self.count]
    }

    /// Whether no further row would fit.
    #[inline(always)]
    pub(crate) fn is_full(&self) -> bool {
        self.count >= BATCH
    }

    #[inline(always)]
    fn push(&mut self, row: QuickRow) {
        if let Some(place) = self.rows.get_mut(self.count) {
            *place = row;
            self.count += 1;
        }
    }
}

/// The bytes of a cell and some behind it.
type Cell = [u8; 40];

impl Quick {
    /// `None` for lists that are read exactly throughout.
    pub(crate) fn new(parser: &RowParser, delimiter: u8, newline: u8) -> Option<Self> {
        if parser.options.purpose != Purpose::Entry || parser.layout.columns.is_empty() {
            return None;
        }
        // Other delimiters may stand within a date or a time, and a lone CR looks like the beginning of CRLF.
        if !matches!(delimiter, b',' | b';' | b'\t' | b'|') || newline != b'\n' {
            return None;
        }
        let mut steps = vec![Step::Other; parser.layout.columns.len()];
        let mut put = |field, step| match parser.layout.place(field) {
            Some(place) => {
                *steps.get_mut(place as usize)? = step;
                Some(true)
            }
            None => Some(false),
        };
        let fin = put(Field::Fin, Step::Fin)?;
        let start = put(Field::Start, Step::Start)?;
        let end = put(Field::End, Step::End)?;
        let has_time = put(Field::RegisteredAt, Step::RegisteredAt)?;
        if !fin || start != end || !(has_time || parser.options.registered_at.is_some()) {
            return None;
        }
        let period = if start {
            None
        } else {
            let (start, end) = parser.options.default_period()?;
            Some(PackedPeriod::pack(
                &finkit_core::Period::new(start, end).ok()?,
            ))
        };
        let vienna = parser.options.zone == ZoneRule::Vienna;
        Some(Self {
            steps,
            delimiter,
            newline,
            period,
            has_time,
            registered_at: parser.options.registered_at.filter(|_| !has_time),
            vienna,
            avx2: start && has_time && has_avx2(),
        })
    }

    /// Puts one row after the other into the batch, from `at` on, as long as they are sound and begin before `end`;
    /// gives where the first row begins that is not taken. That row is odd unless the batch is full.
    #[inline]
    pub(crate) fn rows(&self, bytes: &[u8], at: usize, end: usize, batch: &mut Batch) -> usize {
        batch.count = 0;
        #[cfg(target_arch = "x86_64")]
        if self.avx2 {
            #[expect(
                unsafe_code,
                reason = "calling code for a processor that has more than every processor has"
            )]
            // SAFETY: `avx2` is true only where the processor was asked and has all features of the function.
            return unsafe { avx2::rows(self, bytes, at, end, batch) };
        }
        portable::rows(self, bytes, at, end, batch)
    }

    /// Whether a local time happened exactly once for certain: the clocks are changed in the last week of March and
    /// of October.
    fn is_clear(&self, hour: u64, day: Day) -> bool {
        !(self.vienna && hour == 2 && matches!(day.day, 84..=91 | 298..=305))
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    false
}

/// A day of this century.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Day {
    /// Without the century.
    year: u32,
    /// Counted from 1 January, which is 1.
    day: u32,
}

impl Day {
    /// The day, and whether there is no such day.
    #[inline(always)]
    fn new(year: u32, month: usize, day: u32) -> (Self, bool) {
        // Every fourth year of this century has a leap day, 2000 included.
        let month = MONTHS[month & 127 | usize::from(year & 3 == 0) << 7];
        // A day 0 wraps round to a large one.
        (
            Self {
                year,
                day: (month >> 8) + day,
            },
            day.wrapping_sub(1) >= month & 0xFF,
        )
    }
}

/// Days before each month and days of it in the low byte, without and with a leap day; none where there is no month.
static MONTHS: [u32; 256] = {
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut table = [0; 256];
    let mut leap = 0;
    while leap < 2 {
        let mut before = 0;
        let mut month = 0;
        while month < 12 {
            let length = if month == 1 {
                lengths[month] + leap as u32
            } else {
                lengths[month]
            };
            table[leap * 128 + month + 1] = before << 8 | length;
            before += length;
            month += 1;
        }
        leap += 1;
    }
    table
};

/// The beginning of a cell as a word, from a place on.
#[inline(always)]
fn word(cell: &Cell, at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&cell[at..at + 8]);
    u64::from_le_bytes(bytes)
}
