//! Judging the values of a row with the vector instructions of newer x86-64 processors.
//!
//! All rows of a list tend to look alike. So the places of delimiters, quotes and other fixed signs are remembered
//! from one row to the next and compared in one go; a row of another shape is looked at cell by cell.

use std::arch::x86_64::*;

use super::cells::{Places, cell};
use super::other::{CLOCK, DATE, is_offset};
use super::portable::{self, check_character, is_filler, needs_check_digit};
use super::{Batch, Cell, Day, Quick, QuickRow, Step, word};
use crate::check::entry::{Key, PackedPeriod};

/// Longest row whose shape is remembered.
const REMEMBERED: usize = 96;

/// A row of a remembered shape and what is behind it: wide enough for a cell at any place of it.
type Window = [u8; 128 + size_of::<Cell>()];

/// The fixed signs of a row and where its cells begin.
struct Shape {
    places: Places,
    /// Whether registration times end in an offset, which is no fixed sign.
    offset: bool,
    signs: [__m256i; 3],
    /// All ones at the places of the signs.
    mask: [__m256i; 3],
}

/// See [`Quick::rows`]; for lists with columns for all four values.
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn rows(
    quick: &Quick,
    bytes: &[u8],
    mut at: usize,
    end: usize,
    batch: &mut Batch,
) -> usize {
    while at < end && !batch.is_full() {
        let Some(places) = quick.places(bytes, at) else {
            break;
        };
        let Some(row) = row(quick, bytes, at, places) else {
            break;
        };
        batch.push(row);
        if let Some(shape) = remember(quick, bytes, at, places) {
            at = alike(bytes, at + places.length, end, &shape, batch);
        } else {
            at += places.length;
        }
    }
    at
}

/// A row of any shape.
#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn row(quick: &Quick, bytes: &[u8], at: usize, places: Places) -> Option<QuickRow> {
    let key = portable::fin(cell(bytes, at, places.fin)?)?;
    let start = cell(bytes, at, places.start)?;
    let end = cell(bytes, at, places.end)?;
    let registered_at = cell(bytes, at, places.registered_at)?;
    let iso = has_iso_signs(start) && has_iso_signs(end) && has_iso_signs(registered_at);
    let period = match iso_times(start, end, registered_at).filter(|_| iso) {
        Some((period, hour, registered)) if matches!(registered_at[10], b'T' | b' ') => quick
            .is_sound_tail(registered_at, hour, registered)
            .then_some(period)?,
        _ => quick.other_times(start, end, registered_at)?,
    };
    Some(QuickRow { key, period })
}

fn has_iso_signs(cell: &Cell) -> bool {
    cell[..2] == *b"20" && cell[4] == b'-'
}

/// Takes rows of the same shape, one after the other: all signs are compared in one go and nothing is called, so
/// that what is compared with stays in registers.
#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline(never)]
fn alike(bytes: &[u8], mut at: usize, end: usize, shape: &Shape, batch: &mut Batch) -> usize {
    let places = &shape.places;
    while at < end && !batch.is_full() {
        let Some(window) = bytes
            .get(at..)
            .and_then(|rest| rest.first_chunk::<{ size_of::<Window>() }>())
        else {
            break;
        };
        if !has_signs(window, shape) {
            break;
        }
        // The mask changes no place, but shows that every cell is within the window.
        let cell = |place: usize| -> &Cell {
            let place = place & 127;
            window[place..place + size_of::<Cell>()]
                .first_chunk()
                .expect("as long as a cell")
        };
        let registered_at = cell(places.registered_at);
        let Some(key) = fin(cell(places.fin)) else {
            break;
        };
        let Some((period, _, _)) = iso_times(cell(places.start), cell(places.end), registered_at)
        else {
            break;
        };
        if shape.offset && !is_offset(registered_at, 19) {
            break;
        }
        batch.push(QuickRow { key, period });
        at += places.length;
    }
    at
}

/// Remembers the shape of a row, if it is one that all rows may have.
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn remember(quick: &Quick, bytes: &[u8], at: usize, places: Places) -> Option<Shape> {
    if quick.steps.contains(&Step::Other) || places.length > REMEMBERED {
        return None;
    }
    let mut mask = [0u8; REMEMBERED];
    mask[..places.length].fill(0xFF);
    mask[places.fin..places.fin + 17].fill(0);
    for date in [places.start, places.end, places.registered_at] {
        if cell(bytes, at, date)?[4] != b'-' {
            return None;
        }
        for digit in [2, 3, 5, 6, 8, 9] {
            mask[date + digit] = 0;
        }
    }
    let registered_at = cell(bytes, at, places.registered_at)?;
    for digit in [11, 12, 14, 15, 17, 18] {
        mask[places.registered_at + digit] = 0;
    }
    let offset = match registered_at[19] {
        b'Z' => false,
        b'+' | b'-' => {
            mask[places.registered_at + 20..places.registered_at + 25].fill(0);
            true
        }
        _ => return None,
    };
    let row: &[u8; REMEMBERED] = bytes.get(at..)?.first_chunk()?;
    Some(Shape {
        places,
        offset,
        signs: thirds(row),
        mask: thirds(&mask),
    })
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn has_signs(window: &Window, shape: &Shape) -> bool {
    let row = thirds(
        window
            .first_chunk()
            .expect("the window is longer than a remembered row"),
    );
    let other = |index: usize| {
        _mm256_and_si256(
            _mm256_xor_si256(row[index], shape.signs[index]),
            shape.mask[index],
        )
    };
    let other = _mm256_or_si256(_mm256_or_si256(other(0), other(1)), other(2));
    _mm256_testz_si256(other, other) == 1
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn thirds(bytes: &[u8; REMEMBERED]) -> [__m256i; 3] {
    let (thirds, _) = bytes.as_chunks::<32>();
    [
        load_32(&thirds[0]),
        load_32(&thirds[1]),
        load_32(&thirds[2]),
    ]
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
#[expect(
    unsafe_code,
    reason = "the compiler puts no 32 bytes into one register by itself"
)]
fn load_32(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: the pointer is to 32 bytes that may be read, and need not be aligned.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
#[expect(
    unsafe_code,
    reason = "the compiler puts no 16 bytes into one register by itself"
)]
fn load_16(bytes: &[u8; 16]) -> __m128i {
    // SAFETY: the pointer is to 16 bytes that may be read, and need not be aligned.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

/// A FIN with nothing to say about it.
#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn fin(cell: &Cell) -> Option<Key> {
    const NONE: i8 = -128;
    let text = load_16(cell.first_chunk().expect("a cell is longer than that"));
    let low = _mm_and_si128(text, _mm_set1_epi8(15));
    let high = _mm_and_si128(_mm_srli_epi16::<4>(text), _mm_set1_epi8(15));
    // The rank of a byte by its low half, for each of the three high halves there are.
    let digits = _mm_setr_epi8(
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, NONE, NONE, NONE, NONE, NONE, NONE,
    );
    let a_to_n = _mm_setr_epi8(
        NONE, 10, 11, 12, 13, 14, 15, 16, 17, NONE, 18, 19, 20, 21, 22, NONE,
    );
    let p_to_z = _mm_setr_epi8(
        23, NONE, 24, 25, 26, 27, 28, 29, 30, 31, 32, NONE, NONE, NONE, NONE, NONE,
    );
    let among = |half: i8, ranks: __m128i| {
        let here = _mm_cmpeq_epi8(high, _mm_set1_epi8(half));
        (here, _mm_and_si128(here, _mm_shuffle_epi8(ranks, low)))
    };
    let (is_3, ranks_3) = among(3, digits);
    let (is_4, ranks_4) = among(4, a_to_n);
    let (is_5, ranks_5) = among(5, p_to_z);
    let known = _mm_or_si128(_mm_or_si128(is_3, is_4), is_5);
    let ranks = _mm_or_si128(_mm_or_si128(ranks_3, ranks_4), ranks_5);
    // Letters among the last four characters deserve a warning.
    let most = _mm_setr_epi8(32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 32, 9, 9, 9);
    let beyond = _mm_cmpgt_epi8(ranks, most);
    let odd = _mm_or_si128(
        _mm_or_si128(ranks, beyond),
        _mm_xor_si128(known, _mm_set1_epi8(-1)),
    );
    let last = cell[16].wrapping_sub(b'0');
    if (_mm_movemask_epi8(odd) != 0) | (last > 9) {
        return None;
    }
    if (cell[0] < b'A' || cell[0] == b'L')
        && (is_filler(cell) || !has_check_digit(cell, text, last))
    {
        return None;
    }
    let pairs = _mm_maddubs_epi16(ranks, _mm_set1_epi16(1 << 8 | 33));
    let fours = _mm_madd_epi16(pairs, _mm_set1_epi32((1 << 16) | (33 * 33)));
    let eight = |fours: u64| (fours & 0xFFFF_FFFF) * 33u64.pow(4) + (fours >> 32);
    let upper = eight(_mm_cvtsi128_si64(fours) as u64);
    let lower = eight(_mm_extract_epi64::<1>(fours) as u64) * 33 + u64::from(last);
    Some(Key::of_ranks(upper, lower))
}

/// See [`portable`]; `text` are the first sixteen bytes.
#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn has_check_digit(cell: &Cell, text: __m128i, last: u8) -> bool {
    if !needs_check_digit(cell[0]) {
        return true;
    }
    let from = |letter: u8, less: i8| {
        let there = _mm_cmpgt_epi8(text, _mm_set1_epi8(letter as i8 - 1));
        _mm_and_si128(there, _mm_set1_epi8(less))
    };
    let less = _mm_add_epi8(
        _mm_add_epi8(_mm_set1_epi8(b'0' as i8), from(b'A', 16)),
        _mm_add_epi8(from(b'J', 9), from(b'S', 8)),
    );
    let weights = _mm_setr_epi8(8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3);
    let products = _mm_maddubs_epi16(_mm_sub_epi8(text, less), weights);
    let sums = _mm_madd_epi16(products, _mm_set1_epi16(1));
    let sums = (_mm_cvtsi128_si64(sums) as u64) + (_mm_extract_epi64::<1>(sums) as u64);
    let sum = (sums as u32) + ((sums >> 32) as u32) + u32::from(last) * 2;
    cell[8] == check_character(sum)
}

/// Two dates and a time in ISO form, whose fixed signs are looked at elsewhere: the period, and the hour and day of
/// the time.
#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn iso_times(start: &Cell, end: &Cell, registered_at: &Cell) -> Option<(PackedPeriod, u64, Day)> {
    let texts = _mm256_set_epi64x(
        word(registered_at, 11) as i64,
        word(registered_at, 2) as i64,
        word(end, 2) as i64,
        word(start, 2) as i64,
    );
    let digits = _mm256_xor_si256(
        texts,
        _mm256_set_epi64x(CLOCK as i64, DATE as i64, DATE as i64, DATE as i64),
    );
    // Digits are at most 9 and what stands between them is nothing.
    let most = _mm256_set1_epi64x(i64::from_le_bytes([9, 9, 0, 9, 9, 0, 9, 9]));
    let strange = _mm256_subs_epu8(digits, most);
    let gaps_out = _mm256_setr_epi8(
        0, 1, 3, 4, 6, 7, -1, -1, 8, 9, 11, 12, 14, 15, -1, -1, //
        0, 1, 3, 4, 6, 7, -1, -1, 8, 9, 11, 12, 14, 15, -1, -1,
    );
    let numbers = _mm256_maddubs_epi16(
        _mm256_shuffle_epi8(digits, gaps_out),
        _mm256_set1_epi16((1 << 8) | 10),
    );
    let limits = _mm256_setr_epi16(99, 12, 31, 0, 99, 12, 31, 0, 99, 12, 31, 0, 23, 59, 59, 0);
    let odd = _mm256_or_si256(strange, _mm256_subs_epu16(numbers, limits));
    if _mm256_testz_si256(odd, odd) == 0 {
        return None;
    }
    let day = |numbers: i64| {
        Day::new(
            numbers as u32 & 0xFF,
            (numbers >> 16) as usize & 127,
            (numbers >> 32) as u32,
        )
    };
    let periods = _mm256_castsi256_si128(numbers);
    let times = _mm256_extracti128_si256::<1>(numbers);
    let (start, no_start) = day(_mm_cvtsi128_si64(periods));
    let (end, no_end) = day(_mm_extract_epi64::<1>(periods));
    let (registered, not_registered) = day(_mm_cvtsi128_si64(times));
    if no_start | no_end | not_registered | (start.year != end.year) | (start.day > end.day) {
        return None;
    }
    let period = PackedPeriod::new(2000 + start.year as i32, start.day, end.day);
    Some((period, _mm_extract_epi16::<4>(times) as u64, registered))
}
