//! Judging the values of a row on any processor. The loops are laid out so that the compiler turns them into what
//! vector instructions there are.

use super::cells::{Places, cell};
use super::other::{CLOCK, CLOCK_LIMITS, DATE, DATE_LIMITS, SOME_DAY, SOME_TIME, day, numbers};
use super::{Batch, Cell, Quick, QuickRow, word};
use crate::check::entry::{Key, PackedPeriod};

/// See [`Quick::rows`].
pub(super) fn rows(
    quick: &Quick,
    bytes: &[u8],
    mut at: usize,
    end: usize,
    batch: &mut Batch,
) -> usize {
    while at < end && !batch.is_full() {
        let Some((row, length)) = row(quick, bytes, at) else {
            break;
        };
        batch.push(row);
        at += length;
    }
    at
}

#[inline(always)]
fn row(quick: &Quick, bytes: &[u8], at: usize) -> Option<(QuickRow, usize)> {
    let places = quick.places(bytes, at)?;
    row_in(quick, bytes, at, &places)
}

/// The row whose cells stand in these places.
#[inline(always)]
pub(super) fn row_in(
    quick: &Quick,
    bytes: &[u8],
    at: usize,
    places: &Places,
) -> Option<(QuickRow, usize)> {
    let key = fin(cell(bytes, at, places.fin)?)?;
    let period = period(quick, bytes, at, places, iso_times)?;
    Some((QuickRow { key, period }, places.length))
}

/// The period of a row whose start, end and registration time are sound.
#[inline(always)]
pub(super) fn period(
    quick: &Quick,
    bytes: &[u8],
    at: usize,
    places: &Places,
    iso_times: impl Fn(&Quick, &Cell, &Cell, &Cell) -> Option<PackedPeriod>,
) -> Option<PackedPeriod> {
    let (start, end) = match quick.period {
        None => (cell(bytes, at, places.start)?, cell(bytes, at, places.end)?),
        Some(_) => (&SOME_DAY, &SOME_DAY),
    };
    let registered_at = if quick.has_time {
        cell(bytes, at, places.registered_at)?
    } else {
        &SOME_TIME
    };
    let period = match iso_times(quick, start, end, registered_at) {
        Some(period) => period,
        None => quick.other_times(start, end, registered_at)?,
    };
    Some(quick.period.unwrap_or(period))
}

/// The usual case: two dates and a time in ISO form.
#[inline(always)]
fn iso_times(
    quick: &Quick,
    start: &Cell,
    end: &Cell,
    registered_at: &Cell,
) -> Option<PackedPeriod> {
    let texts = [
        word(start, 2),
        word(end, 2),
        word(registered_at, 2),
        word(registered_at, 11),
    ];
    let shapes = [DATE, DATE, DATE, CLOCK];
    let limits = [DATE_LIMITS, DATE_LIMITS, DATE_LIMITS, CLOCK_LIMITS];
    let mut found = [0; 4];
    let mut odd = 0;
    for index in 0..4 {
        let (three, strange) = numbers(texts[index], shapes[index], limits[index]);
        found[index] = three;
        odd |= strange;
    }
    let century = |cell: &Cell| {
        u64::from(u16::from_le_bytes([cell[0], cell[1]]) ^ u16::from_le_bytes(*b"20"))
    };
    odd |= century(start) | century(end) | century(registered_at);
    odd |= u64::from((registered_at[10] != b'T') & (registered_at[10] != b' '));
    let (start, no_start) = day(found[0]);
    let (end, no_end) = day(found[1]);
    let (registered, not_registered) = day(found[2]);
    let wrong =
        no_start | no_end | not_registered | (start.year != end.year) | (start.day > end.day);
    if odd != 0 || wrong || !quick.is_sound_tail(registered_at, found[3] & 0xFF, registered) {
        return None;
    }
    Some(PackedPeriod::new(
        2000 + start.year as i32,
        start.day,
        end.day,
    ))
}

/// A FIN with nothing to say about it.
#[inline(always)]
pub(super) fn fin(cell: &Cell) -> Option<Key> {
    let mut ranks = [0u8; 16];
    let mut odd = [0u8; 16];
    for index in 0..16 {
        let byte = cell[index];
        ranks[index] = byte
            .wrapping_sub(b'0')
            .wrapping_sub(u8::from(byte >= b'A') * 7)
            .wrapping_sub(u8::from(byte > b'I'))
            .wrapping_sub(u8::from(byte > b'O'))
            .wrapping_sub(u8::from(byte > b'Q'));
        odd[index] = u8::from(byte < b'0')
            | u8::from(byte > b'Z')
            | (u8::from(byte > b'9') & u8::from(byte < b'A'))
            | u8::from(byte == b'I')
            | u8::from(byte == b'O')
            | u8::from(byte == b'Q');
    }
    let mut pairs = [0u16; 8];
    for index in 0..8 {
        pairs[index] = u16::from(ranks[2 * index]) * 33 + u16::from(ranks[2 * index + 1]);
    }
    let mut fours = [0u32; 4];
    for index in 0..4 {
        fours[index] = u32::from(pairs[2 * index]) * 33u32.pow(2) + u32::from(pairs[2 * index + 1]);
    }
    let eight = |index: usize| u64::from(fours[index]) * 33u64.pow(4) + u64::from(fours[index + 1]);
    // Letters among the last four characters deserve a warning.
    let serial = u32::from_le_bytes([cell[13], cell[14], cell[15], cell[16]]) ^ 0x3030_3030;
    let letters = (serial | serial.wrapping_add(0x7676_7676)) & 0x8080_8080;
    if u128::from_le_bytes(odd) != 0 || letters != 0 {
        return None;
    }
    if (cell[0] < b'A' || cell[0] == b'L') && (is_filler(cell) || !has_check_digit(cell)) {
        return None;
    }
    Some(Key::of_ranks(
        eight(0),
        eight(2) * 33 + u64::from(cell[16] - b'0'),
    ))
}

/// Whether a FIN may be one of those that only hold a place.
#[inline(always)]
pub(super) fn is_filler(cell: &Cell) -> bool {
    cell[0] == cell[1] && cell[1] == cell[2] || matches!(&cell[..3], b"123" | b"012")
}

/// Whether makers of a FIN that begins with this byte must use the check digit (49 CFR 565.15, GB 16735).
#[inline(always)]
pub(super) fn needs_check_digit(first: u8) -> bool {
    matches!(first, b'1'..=b'5' | b'7' | b'L')
}

#[inline(always)]
fn has_check_digit(cell: &Cell) -> bool {
    const WEIGHTS: [u16; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    if !needs_check_digit(cell[0]) {
        return true;
    }
    let mut sum = 0u16;
    for (&byte, weight) in cell.iter().zip(WEIGHTS) {
        // A to H are 1 to 8, J to R are 1 to 9, S to Z are 2 to 9.
        let value = byte
            .wrapping_sub(b'0')
            .wrapping_sub(u8::from(byte >= b'A') * 0x10)
            .wrapping_sub(u8::from(byte >= b'J') * 9)
            .wrapping_sub(u8::from(byte >= b'S') * 8);
        sum = sum.wrapping_add(u16::from(value) * weight);
    }
    cell[8] == check_character(u32::from(sum))
}

/// The check digit for a weighted sum.
#[inline(always)]
pub(super) fn check_character(sum: u32) -> u8 {
    b"0123456789X"[(sum % 11) as usize]
}
