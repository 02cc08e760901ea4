//! Dates and times in forms that are less usual than ISO 8601 with seconds: German dates, Unix stamps, times without
//! seconds. One value after the other, without vector instructions.

use super::{Cell, Day, Quick, word};
use crate::check::entry::PackedPeriod;

const HIGH: u64 = 0x8080_8080_8080_8080;

/// What stands at the places of a date (without its century) and of a time of day when all digits are 0.
pub(super) const DATE: u64 = u64::from_le_bytes(*b"00-00-00");
pub(super) const CLOCK: u64 = u64::from_le_bytes(*b"00:00:00");

/// Lifts what is more than a digit, or anything at all at the places between, into the highest bit.
const BEYOND: u64 = u64::from_le_bytes([0x76, 0x76, 0x7F, 0x76, 0x76, 0x7F, 0x76, 0x76]);

/// Lift a month beyond 12, a day beyond 31, an hour beyond 23 and so on into the highest bit.
pub(super) const DATE_LIMITS: u64 = u64::from_le_bytes([0, 0, 0, 128 - 13, 0, 0, 128 - 32, 0]);
pub(super) const CLOCK_LIMITS: u64 =
    u64::from_le_bytes([128 - 24, 0, 0, 128 - 60, 0, 0, 128 - 60, 0]);

/// Turns six digits of a [`DATE`] or [`CLOCK`] into three numbers in the lowest, fourth and seventh byte; the second
/// value is not zero where a place holds something else or a number is beyond its limit.
#[inline(always)]
pub(super) fn numbers(text: u64, shape: u64, limits: u64) -> (u64, u64) {
    let digits = text ^ shape;
    let odd = (digits | digits.wrapping_add(BEYOND)) & HIGH;
    let numbers = (digits << 3)
        .wrapping_add(digits << 1)
        .wrapping_add(digits >> 8);
    (
        numbers,
        odd | numbers.wrapping_add(limits) & 0x0080_0000_8000_0080,
    )
}

/// The day of a date's [`numbers`], and whether there is no such day.
#[inline(always)]
pub(super) fn day(numbers: u64) -> (Day, bool) {
    Day::new(
        numbers as u32 & 0xFF,
        (numbers >> 24) as usize & 127,
        (numbers >> 48) as u32 & 0xFF,
    )
}

impl Quick {
    /// The period, if start, end and registration time are sound.
    #[inline(never)]
    pub(super) fn other_times(
        &self,
        start: &Cell,
        end: &Cell,
        registered_at: &Cell,
    ) -> Option<PackedPeriod> {
        let start = date(start)?;
        let end = date(end)?;
        if start.year != end.year || start.day > end.day {
            return None;
        }
        let period = PackedPeriod::new(2000 + start.year as i32, start.day, end.day);
        let Some(registered) = date(registered_at) else {
            // Ten or thirteen digits from 2001 to 2033; how many there are was counted when the cell was found.
            let stamp =
                registered_at[0] == b'1' && registered_at[..10].iter().all(u8::is_ascii_digit);
            return stamp.then_some(period);
        };
        if !matches!(registered_at[10], b'T' | b' ') {
            return None;
        }
        let seconds = registered_at[16] == b':';
        let clock = if seconds {
            word(registered_at, 11)
        } else {
            word(registered_at, 11) & 0xFF_FFFF_FFFF | u64::from_le_bytes(*b"\0\0\0\0\0:00")
        };
        let (clock, odd) = numbers(clock, CLOCK, CLOCK_LIMITS);
        let hour = clock & 0xFF;
        let tail = match seconds {
            true => self.is_sound_tail(registered_at, hour, registered),
            false => self.is_clear(hour, registered),
        };
        (odd == 0 && tail).then_some(period)
    }

    /// Whether what follows the seconds of a time is sound: nothing, `Z`, an offset or a fraction with either.
    #[inline(always)]
    pub(super) fn is_sound_tail(&self, cell: &Cell, hour: u64, day: Day) -> bool {
        match cell[19] {
            b'Z' => true,
            b'+' | b'-' => is_offset(cell, 19),
            _ => self.is_sound_fraction(cell, hour, day),
        }
    }

    fn is_sound_fraction(&self, cell: &Cell, hour: u64, day: Day) -> bool {
        if !matches!(cell[19], b'.' | b',') || cell[19] == self.delimiter {
            return self.is_clear(hour, day);
        }
        let end = 20
            + cell[20..30]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
        match cell[end] {
            b'Z' => true,
            b'+' | b'-' => is_offset(cell, end),
            _ => self.is_clear(hour, day),
        }
    }
}

/// `2026-06-01` or `01.06.2026`.
fn date(cell: &Cell) -> Option<Day> {
    let text = if cell[4] == b'-' {
        if &cell[..2] != b"20" {
            return None;
        }
        word(cell, 2)
    } else {
        if &cell[6..8] != b"20" || cell[2] != b'.' || cell[5] != b'.' {
            return None;
        }
        u64::from_le_bytes([
            cell[8], cell[9], b'-', cell[3], cell[4], b'-', cell[0], cell[1],
        ])
    };
    let (numbers, odd) = numbers(text, DATE, DATE_LIMITS);
    let (day, none) = day(numbers);
    (odd == 0 && !none).then_some(day)
}

/// `+01:00`, either sign.
#[inline(always)]
pub(super) fn is_offset(cell: &Cell, at: usize) -> bool {
    let [h1, h2, colon, m1, m2] = [
        cell[at + 1],
        cell[at + 2],
        cell[at + 3],
        cell[at + 4],
        cell[at + 5],
    ];
    (h1 == b'0' || h1 == b'1' || h1 == b'2' && h2 <= b'3')
        && h2.is_ascii_digit()
        && colon == b':'
        && (b'0'..=b'5').contains(&m1)
        && m2.is_ascii_digit()
}

/// A cell that holds this text.
const fn holding(text: &[u8]) -> Cell {
    let mut cell = [0; 40];
    let mut at = 0;
    while at < text.len() {
        cell[at] = text[at];
        at += 1;
    }
    cell
}

/// Stand for the cells of columns that a list lacks and defaults fill.
pub(super) static SOME_DAY: Cell = holding(b"2026-01-01");
pub(super) static SOME_TIME: Cell = holding(b"2026-01-01T00:00:00Z");
