//! A table of fingerprints that takes little more memory than they do, also while it grows.
//!
//! A table of the standard library doubles when it is full, and then both the old and the new one are there. A supplier may
//! have a million rows; so this one is many small tables, each of which grows by a quarter.

/// Tables that the numbers are spread over.
const TABLES: usize = 256;
/// Slots that a table grows by at least.
const LEAST: usize = 8;

/// Fingerprints by number; the number 0 is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks<K> {
    tables: Vec<Table<K>>,
}

/// Numbers and, at the same places, their fingerprints. A slot is free where the number is 0; every number lies between
/// the slot that its hash names and the next free one.
#[derive(Clone, Debug)]
struct Table<K> {
    numbers: Vec<K>,
    prints: Vec<u32>,
    taken: usize,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self {
            numbers: Vec::new(),
            prints: Vec::new(),
            taken: 0,
        }
    }
}

impl<K: Copy + Default + PartialEq + Into<u64>> Marks<K> {
    /// The fingerprint that was noted first for this number, unless this is the first.
    pub(super) fn note(&mut self, number: K, print: u32) -> Option<u32> {
        if self.tables.is_empty() {
            self.tables.resize_with(TABLES, Table::default);
        }
        let (table, hash) = spread(number);
        self.tables[table].note(number, hash, print)
    }

    /// Whether there is a fingerprint for this number.
    pub(super) fn contains(&self, number: K) -> bool {
        let (table, hash) = spread(number);
        self.tables
            .get(table)
            .and_then(|table| table.find(number, hash))
            .is_some_and(|slot| slot.is_ok())
    }
}

impl<K: Copy + Default + PartialEq + Into<u64>> Table<K> {
    fn note(&mut self, number: K, hash: u32, print: u32) -> Option<u32> {
        if self.taken * 4 >= self.numbers.len() * 3 {
            self.grow();
        }
        match self.find(number, hash)? {
            Ok(slot) => Some(self.prints[slot]),
            Err(free) => {
                self.numbers[free] = number;
                self.prints[free] = print;
                self.taken += 1;
                None
            }
        }
    }

    /// The slot of a number, or else the free one where it belongs. There is always a free one, but in a table without any
    /// slots.
    fn find(&self, number: K, hash: u32) -> Option<Result<usize, usize>> {
        let slots = self.numbers.len();
        let first = ((u64::from(hash) * slots as u64) >> 32) as usize;
        (first..slots).chain(0..first).find_map(|slot| {
            let there = self.numbers[slot];
            if there == number {
                Some(Ok(slot))
            } else if there == K::default() {
                Some(Err(slot))
            } else {
                None
            }
        })
    }

    fn grow(&mut self) {
        let slots = self.numbers.len() + (self.numbers.len() / 4).max(LEAST);
        let numbers = std::mem::replace(&mut self.numbers, vec![K::default(); slots]);
        let prints = std::mem::replace(&mut self.prints, vec![0; slots]);
        for (number, print) in numbers.into_iter().zip(prints) {
            if number == K::default() {
                continue;
            }
            if let Some(Err(free)) = self.find(number, spread(number).1) {
                self.numbers[free] = number;
                self.prints[free] = print;
            }
        }
    }
}

/// The table of a number, and its hash within that table.
fn spread<K: Into<u64>>(number: K) -> (usize, u32) {
    let hash = number.into().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((hash >> 56) as usize, (hash >> 24) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn a_million_numbers_take_little_more_than_they_need() {
        let mut marks = Marks::<u32>::default();
        for number in 1..=1_000_000 {
            assert_eq!(marks.note(number, number ^ 5), None);
        }
        for number in [1, 2, 500_000, 1_000_000] {
            assert_eq!(marks.note(number, 0), Some(number ^ 5));
        }
        assert!(!marks.contains(1_000_001));
        let slots: usize = marks.tables.iter().map(|table| table.numbers.len()).sum();
        assert!(slots < 1_800_000, "{slots}");
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_table_of_the_standard_library(
            numbers in proptest::collection::vec(prop_oneof![1_u64..200, (1_u64..50).prop_map(|n| n << 56), any::<u64>()], 0..600),
        ) {
            let mut marks = Marks::<u64>::default();
            let mut model = HashMap::new();
            for (print, number) in (0..).zip(numbers.iter().copied().filter(|number| *number != 0)) {
                prop_assert_eq!(marks.contains(number), model.contains_key(&number));
                let first = model.get(&number).copied();
                prop_assert_eq!(marks.note(number, print), first);
                model.entry(number).or_insert(print);
            }
            prop_assert!(model.keys().all(|number| marks.contains(*number)));
        }
    }
}
