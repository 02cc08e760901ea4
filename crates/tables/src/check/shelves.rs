//! Entries sorted into shelves by FIN while a list is read, so that equal FINs meet in a part that fits a cache.
//!
//! Shelves grow by small trays out of one store: a FIN with very many rows makes its shelf long and nothing else.

use crate::check::entry::{Entry, Key};

/// Entries of a tray.
const TRAY: usize = 16;

/// The entries of one worker.
#[derive(Debug)]
pub(crate) struct Shelves {
    store: Vec<Entry>,
    /// Next free place of each shelf; a multiple of [`TRAY`] where a new tray is due.
    next: Vec<usize>,
    /// The trays of each shelf, by their first place.
    trays: Vec<Vec<u32>>,
    shift: u32,
}

impl Shelves {
    /// `2^bits` shelves, the same for all workers.
    pub(crate) fn new(bits: u32) -> Self {
        let count = 1 << bits;
        Self {
            store: Vec::new(),
            next: vec![0; count],
            trays: vec![Vec::new(); count],
            shift: 64 - bits,
        }
    }

    /// How many shelves there are.
    pub(crate) fn count(&self) -> usize {
        self.next.len()
    }

    #[inline]
    pub(crate) fn put(&mut self, key: Key, entry: Entry) {
        let shelf = (key.hash() >> self.shift) as usize;
        let mut place = self.next[shelf];
        if place.is_multiple_of(TRAY) {
            place = self.new_tray(shelf);
        }
        self.store[place] = entry;
        self.next[shelf] = place + 1;
    }

    #[cold]
    fn new_tray(&mut self, shelf: usize) -> usize {
        let place = self.store.len();
        self.store.resize(place + TRAY, Entry::default());
        self.trays[shelf].push((place / TRAY) as u32);
        place
    }

    /// Appends the entries of a shelf.
    pub(crate) fn collect(&self, shelf: usize, entries: &mut Vec<Entry>) {
        let Some((last, full)) = self.trays[shelf].split_last() else {
            return;
        };
        for &tray in full {
            let start = tray as usize * TRAY;
            entries.extend_from_slice(&self.store[start..start + TRAY]);
        }
        entries.extend_from_slice(&self.store[*last as usize * TRAY..self.next[shelf]]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::entry::{PackedPeriod, RowId};

    #[test]
    fn every_entry_is_found_again_on_the_shelf_of_its_fin() {
        let mut shelves = Shelves::new(4);
        let key = |number: u64| Key {
            low: number % 500,
            high: 0,
        };
        for number in 0..10_000u64 {
            let entry = Entry::new(key(number), PackedPeriod(5), RowId::new(0, number as u32));
            shelves.put(key(number), entry);
        }
        let mut seen = Vec::new();
        for shelf in 0..shelves.count() {
            let mut entries = Vec::new();
            shelves.collect(shelf, &mut entries);
            assert!(
                entries
                    .iter()
                    .all(|entry| (entry.key().hash() >> 60) as usize == shelf)
            );
            seen.extend(entries.iter().map(|entry| entry.row().local()));
        }
        seen.sort_unstable();
        assert_eq!(seen, (0..10_000).collect::<Vec<_>>());
    }
}
