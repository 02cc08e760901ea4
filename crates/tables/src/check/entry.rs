//! A sound row in twenty bytes: FIN, period and row number packed, nothing behind a pointer.

use chrono::{Datelike, NaiveDate};
use finkit_core::{PackedVin, Period, Vin};

/// First year of a packed period; all sane years fit into seven bits behind it.
const FIRST_YEAR: i32 = 2000;

/// Bits of the row within its block.
const LOCAL_BITS: u32 = 21;

/// Where a row stands: its block and its place in it, 41 bits in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowId(u64);

impl RowId {
    pub(crate) fn new(block: u32, local: u32) -> Self {
        debug_assert!(local < 1 << LOCAL_BITS && block < MOST_BLOCKS);
        Self(u64::from(block) << LOCAL_BITS | u64::from(local))
    }

    pub(crate) fn block(self) -> usize {
        (self.0 >> LOCAL_BITS) as usize
    }

    pub(crate) fn local(self) -> u64 {
        self.0 & ((1 << LOCAL_BITS) - 1)
    }
}

/// Blocks of a list; 256 GiB of text.
pub(crate) const MOST_BLOCKS: u32 = 1 << 20;

/// Year, first and last day of a period in 25 bits, in the order of the periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PackedPeriod(pub(crate) u32);

impl PackedPeriod {
    /// `year` is within the sane years; the days are ordinals of the year, the first not behind the last.
    #[inline]
    pub(crate) fn new(year: i32, first: u32, last: u32) -> Self {
        Self(((year - FIRST_YEAR) as u32) << 18 | first << 9 | last)
    }

    pub(crate) fn pack(period: &Period) -> Self {
        Self::new(
            period.year(),
            period.start().ordinal(),
            period.end().ordinal(),
        )
    }

    pub(crate) fn unpack(self) -> Period {
        let year = self.year() as i32 + FIRST_YEAR;
        let day = |ordinal| NaiveDate::from_yo_opt(year, ordinal).expect("packed from a date");
        Period::new(day(self.0 >> 9 & 511), day(self.0 & 511)).expect("packed from a period")
    }

    /// The first day, comparable with [`last`](Self::last) of any period.
    #[inline]
    pub(crate) fn first(self) -> u32 {
        self.0 >> 9
    }

    /// The last day, comparable with [`first`](Self::first) of any period.
    #[inline]
    pub(crate) fn last(self) -> u32 {
        self.year() << 9 | self.0 & 511
    }

    #[inline]
    pub(crate) fn year(self) -> u32 {
        self.0 >> 18
    }
}

/// A FIN as a number of 87 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) low: u64,
    pub(crate) high: u32,
}

impl Key {
    pub(crate) fn of(vin: &Vin) -> Self {
        let wide = PackedVin::pack(vin).to_u128();
        Self {
            low: wide as u64,
            high: (wide >> 64) as u32,
        }
    }

    /// From the ranks of the first eight and the last nine characters, each as a number of base 33.
    #[inline(always)]
    pub(crate) fn of_ranks(upper: u64, lower: u64) -> Self {
        Self {
            low: lower | upper << 46,
            high: (upper >> 18) as u32,
        }
    }

    pub(crate) fn vin(self) -> Vin {
        let wide = (u128::from(self.high) << 64 | u128::from(self.low)).to_be_bytes();
        let mut bytes = [0; 11];
        bytes.copy_from_slice(&wide[5..]);
        PackedVin::from_bytes(bytes)
            .expect("packed from a FIN")
            .unpack()
    }

    /// Well mixed in the upper bits.
    #[inline]
    pub(crate) fn hash(self) -> u64 {
        let folded =
            (self.low ^ u64::from(self.high).rotate_left(40)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (folded ^ folded >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9)
    }
}

/// A sound row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry([u32; 5]);

impl Entry {
    #[inline]
    pub(crate) fn new(key: Key, period: PackedPeriod, row: RowId) -> Self {
        Self([
            key.low as u32,
            (key.low >> 32) as u32,
            key.high | ((row.0 >> 32) as u32) << 23,
            period.0,
            row.0 as u32,
        ])
    }

    #[inline]
    pub(crate) fn key(&self) -> Key {
        Key {
            low: u64::from(self.0[0]) | u64::from(self.0[1]) << 32,
            high: self.0[2] & 0x7F_FFFF,
        }
    }

    #[inline]
    pub(crate) fn period(&self) -> PackedPeriod {
        PackedPeriod(self.0[3])
    }

    #[inline]
    pub(crate) fn row(&self) -> RowId {
        RowId(u64::from(self.0[2] >> 23) << 32 | u64::from(self.0[4]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_take_twenty_bytes_and_give_back_what_went_in() {
        assert_eq!(size_of::<Entry>(), 20);
        for fin in [
            "ZZZZZZZZZZZZZZZZZ",
            "00000000000000000",
            "WVWZZZE1ZMP000001",
        ] {
            for period in [
                "2000-01-01/2000-12-31",
                "2099-01-01/2099-12-31",
                "2026-02-28/2026-03-01",
            ] {
                for row in [
                    RowId::new(0, 0),
                    RowId::new(MOST_BLOCKS - 1, (1 << LOCAL_BITS) - 1),
                    RowId::new(7, 12),
                ] {
                    let (vin, period): (Vin, Period) =
                        (fin.parse().unwrap(), period.parse().unwrap());
                    let entry = Entry::new(Key::of(&vin), PackedPeriod::pack(&period), row);
                    assert_eq!(
                        (entry.key().vin(), entry.period().unpack(), entry.row()),
                        (vin, period, row)
                    );
                }
            }
        }
    }

    #[test]
    fn first_and_last_days_compare_across_years() {
        let period = |text: &str| PackedPeriod::pack(&text.parse().unwrap());
        let december = period("2025-12-01/2025-12-31");
        let january = period("2026-01-01/2026-01-31");
        assert!(december.last() < january.first());
        assert!(december < january);
        assert!(january.first() <= january.last());
    }
}
