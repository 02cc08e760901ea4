//! Finding rows of the same FIN and what their periods mean to each other.

use finkit_core::ConflictKind;

use crate::check::entry::{Entry, RowId};
use crate::report::{Conflict, Disjoint, Place};

/// Up to this many rows of one FIN every conflicting pair is listed.
const ALL_PAIRS: usize = 64;

/// Most entries that a table of 32-bit places with 11-bit tags can tell apart.
const TABLE_MOST: usize = 1 << 20;

/// What one worker found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) conflicts: Vec<Conflict>,
    pub(crate) disjoint: Vec<Disjoint>,
    pub(crate) fins: u64,
    pub(crate) in_conflict: u64,
    pub(crate) duplicates: u64,
    pub(crate) overlaps: u64,
}

impl Found {
    /// Puts together what two workers found, in the order of the list.
    pub(crate) fn merge(self, other: Self) -> Self {
        Self {
            conflicts: merge(self.conflicts, other.conflicts, Conflict::order),
            disjoint: merge(self.disjoint, other.disjoint, Disjoint::order),
            fins: self.fins + other.fins,
            in_conflict: self.in_conflict + other.in_conflict,
            duplicates: self.duplicates + other.duplicates,
            overlaps: self.overlaps + other.overlaps,
        }
    }
}

/// Two ordered lists as one.
fn merge<T>(one: Vec<T>, two: Vec<T>, order: impl Fn(&T) -> (u64, u64)) -> Vec<T> {
    if one.is_empty() || two.is_empty() {
        return if one.is_empty() { two } else { one };
    }
    let mut merged = Vec::with_capacity(one.len() + two.len());
    let (mut one, mut two) = (one.into_iter().peekable(), two.into_iter().peekable());
    while let (Some(first), Some(second)) = (one.peek(), two.peek()) {
        let next = if order(first) <= order(second) {
            one.next()
        } else {
            two.next()
        };
        merged.extend(next);
    }
    merged.extend(one);
    merged.extend(two);
    merged
}

/// Finds groups of equal FINs in the entries of a shelf, shelf by shelf, with memory kept from one to the next.
#[derive(Debug)]
pub(crate) struct Joiner<'a> {
    /// First row of each block.
    bases: &'a [u64],
    table: Vec<u32>,
    /// Places of an entry and of the first one with its FIN.
    repeated: Vec<(u32, u32)>,
    group: Vec<Entry>,
    pub(crate) found: Found,
}

impl<'a> Joiner<'a> {
    pub(crate) fn new(bases: &'a [u64]) -> Self {
        Self {
            bases,
            table: Vec::new(),
            repeated: Vec::new(),
            group: Vec::new(),
            found: Found::default(),
        }
    }

    /// What was found, in the order of the list.
    pub(crate) fn finish(mut self) -> Found {
        self.found.conflicts.sort_unstable_by_key(Conflict::order);
        self.found.disjoint.sort_unstable_by_key(Disjoint::order);
        self.found
    }

    /// Looks at all entries of a shelf.
    pub(crate) fn shelf(&mut self, entries: &mut [Entry]) {
        if entries.len() < TABLE_MOST {
            self.by_table(entries);
        } else {
            self.by_sorting(entries);
        }
    }

    fn by_table(&mut self, entries: &[Entry]) {
        let size = (entries.len() * 2).next_power_of_two().max(16);
        let mask = size - 1;
        self.table.clear();
        self.table.resize(size, 0);
        self.repeated.clear();
        for (index, entry) in (0u32..).zip(entries) {
            let key = entry.key();
            let hash = key.hash();
            // The upper bits chose the shelf, so place and tag come from the lower ones.
            let tag = (hash >> 21) as u32 & 0x7FF;
            let mut place = hash as usize & mask;
            loop {
                let slot = self.table[place];
                if slot == 0 {
                    self.table[place] = tag << 21 | (index + 1);
                    self.found.fins += 1;
                    break;
                }
                if slot >> 21 == tag {
                    let first = (slot & 0x1F_FFFF) - 1;
                    if entries[first as usize].key() == key {
                        self.repeated.push((first, index));
                        break;
                    }
                }
                place = (place + 1) & mask;
            }
        }
        if self.repeated.is_empty() {
            return;
        }
        let mut repeated = std::mem::take(&mut self.repeated);
        repeated.sort_unstable();
        for same in repeated.chunk_by(|one, two| one.0 == two.0) {
            let mut group = std::mem::take(&mut self.group);
            group.clear();
            group.push(entries[same[0].0 as usize]);
            group.extend(same.iter().map(|&(_, index)| entries[index as usize]));
            self.sweep(&mut group);
            self.group = group;
        }
        self.repeated = repeated;
    }

    fn by_sorting(&mut self, entries: &mut [Entry]) {
        let number = |entry: &Entry| (entry.key().high, entry.key().low);
        entries.sort_unstable_by_key(number);
        let mut rest = entries;
        while let Some(first) = rest.first() {
            let key = first.key();
            let count = rest.iter().take_while(|entry| entry.key() == key).count();
            let (group, others) = rest.split_at_mut(count);
            self.found.fins += 1;
            if count > 1 {
                self.sweep(group);
            }
            rest = others;
        }
    }

    fn place(&self, entry: &Entry) -> Place {
        Place {
            row: self.number(entry.row()),
            period: entry.period().unpack(),
        }
    }

    fn number(&self, row: RowId) -> u64 {
        self.bases[row.block()] + row.local()
    }

    /// Sweeps over the rows of one FIN.
    fn sweep(&mut self, group: &mut [Entry]) {
        group.sort_unstable_by_key(|entry| (entry.period(), entry.row()));
        if group.len() <= ALL_PAIRS {
            self.all_pairs(group);
        } else {
            self.one_pair_each(group);
        }
        self.separate(group);
    }

    fn all_pairs(&mut self, group: &[Entry]) {
        let mut in_conflict = 0u64;
        for (index, one) in group.iter().enumerate() {
            for (offset, two) in group[index + 1..].iter().enumerate() {
                if two.period().first() > one.period().last() {
                    break;
                }
                in_conflict |= 1 << index | 1 << (index + 1 + offset);
                self.count(one, two, 1);
                self.list(one, two);
            }
        }
        self.found.in_conflict += u64::from(in_conflict.count_ones());
    }

    /// Each row is listed with the row of an earlier start that lasts longest. A row that lasts longest itself is
    /// what the next row is listed with, so every row in conflict appears.
    fn one_pair_each(&mut self, group: &[Entry]) {
        let mut longest = 0;
        let mut in_conflict = vec![false; group.len()];
        for index in 1..group.len() {
            if group[index].period().first() <= group[longest].period().last() {
                in_conflict[index] = true;
                in_conflict[longest] = true;
                self.list(&group[longest], &group[index]);
            }
            if group[index].period().last() > group[longest].period().last() {
                longest = index;
            }
        }
        self.found.in_conflict += in_conflict.iter().filter(|&&conflict| conflict).count() as u64;
        let mut pairs = 0;
        for (index, one) in group.iter().enumerate() {
            pairs += group[index + 1..]
                .partition_point(|two| two.period().first() <= one.period().last())
                as u64;
        }
        let same = group.chunk_by(|one, two| one.period() == two.period());
        let duplicates: u64 = same
            .map(|same| same.len() as u64 * (same.len() as u64 - 1) / 2)
            .sum();
        self.found.duplicates += duplicates;
        self.found.overlaps += pairs - duplicates;
    }

    fn count(&mut self, one: &Entry, two: &Entry, pairs: u64) {
        if one.period() == two.period() {
            self.found.duplicates += pairs;
        } else {
            self.found.overlaps += pairs;
        }
    }

    fn list(&mut self, one: &Entry, two: &Entry) {
        let kind = if one.period() == two.period() {
            ConflictKind::Duplicate
        } else {
            ConflictKind::Overlap
        };
        let (first, second) = if one.row() < two.row() {
            (one, two)
        } else {
            (two, one)
        };
        let (first, second) = (self.place(first), self.place(second));
        self.found.conflicts.push(Conflict {
            fin: one.key().vin(),
            kind,
            first,
            second,
        });
    }

    /// Neighbouring stretches of one year that do not touch.
    fn separate(&mut self, group: &[Entry]) {
        let mut longest = &group[0];
        for entry in &group[1..] {
            if entry.period().year() == longest.period().year()
                && entry.period().first() > longest.period().last()
            {
                let (first, second) = if longest.row() < entry.row() {
                    (longest, entry)
                } else {
                    (entry, longest)
                };
                let (first, second) = (self.place(first), self.place(second));
                self.found.disjoint.push(Disjoint {
                    fin: entry.key().vin(),
                    first,
                    second,
                });
            }
            if entry.period().last() > longest.period().last() {
                longest = entry;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::entry::{Key, PackedPeriod};
    use finkit_core::{FinRecord, Period, Vin, conflicts};
    use proptest::prelude::*;

    fn vin(number: u32) -> Vin {
        format!("WVWZZZE1ZMP{number:06}").parse().unwrap()
    }

    fn record(fin: u32, year: i32, first: u32, length: u32) -> FinRecord {
        let last = (first + length).min(365);
        let day = |ordinal| chrono::NaiveDate::from_yo_opt(year, ordinal).unwrap();
        FinRecord {
            fin: vin(fin),
            period: Period::new(day(first), day(last)).unwrap(),
            registered_at: "2026-01-15T10:22:33+01:00".parse().unwrap(),
        }
    }

    fn entries(records: &[FinRecord]) -> Vec<Entry> {
        let packed = |(row, record): (u32, &FinRecord)| {
            Entry::new(
                Key::of(&record.fin),
                PackedPeriod::pack(&record.period),
                RowId::new(0, row),
            )
        };
        (0..).zip(records).map(packed).collect()
    }

    proptest! {
        #[test]
        fn conflicts_agree_with_core(
            rows in prop::collection::vec((0u32..6, 2025i32..2027, 1u32..366, 0u32..60), 1..60),
        ) {
            let records: Vec<FinRecord> =
                rows.iter().map(|&(fin, year, first, length)| record(fin, year, first, length)).collect();
            let numbered: Vec<(u64, FinRecord)> = (0..).zip(records.iter().copied()).collect();
            let expected = conflicts(&numbered);
            for sorting in [false, true] {
                let mut joiner = Joiner::new(&[0]);
                let mut entries = entries(&records);
                if sorting { joiner.by_sorting(&mut entries) } else { joiner.by_table(&entries) }
                let found = joiner.found;
                let mut pairs: Vec<_> = found.conflicts.iter()
                    .map(|c| (c.first.row, c.second.row, c.kind, c.fin, c.first.period, c.second.period)).collect();
                pairs.sort_unstable();
                let core: Vec<_> = expected.conflicts.iter()
                    .map(|c| (c.first_row, c.second_row, c.kind, c.fin, c.first_period, c.second_period)).collect();
                prop_assert_eq!(&pairs, &core);
                prop_assert_eq!(found.duplicates + found.overlaps, expected.conflict_count);
                let parts: usize = expected.disjoint.iter().map(|disjoint| disjoint.parts.len() - 1).sum();
                prop_assert_eq!(found.disjoint.len(), parts);
                let fins: std::collections::BTreeSet<_> = records.iter().map(|record| record.fin).collect();
                prop_assert_eq!(found.fins, fins.len() as u64);
                let rows: std::collections::BTreeSet<_> = pairs.iter().flat_map(|pair| [pair.0, pair.1]).collect();
                prop_assert_eq!(found.in_conflict, rows.len() as u64);
            }
        }

        #[test]
        fn long_groups_count_every_pair_and_list_every_row(
            rows in prop::collection::vec((2025i32..2027, 1u32..366, 0u32..9), 65..150),
        ) {
            let records: Vec<FinRecord> =
                rows.iter().map(|&(year, first, length)| record(1, year, first, length)).collect();
            let numbered: Vec<(u64, FinRecord)> = (0..).zip(records.iter().copied()).collect();
            let expected = conflicts(&numbered);
            let mut joiner = Joiner::new(&[0]);
            joiner.by_table(&entries(&records));
            let found = joiner.found;
            prop_assert_eq!(found.duplicates + found.overlaps, expected.conflict_count);
            let rows = |pairs: Vec<[u64; 2]>| pairs.into_iter().flatten().collect::<std::collections::BTreeSet<_>>();
            let listed = rows(found.conflicts.iter().map(|c| [c.first.row, c.second.row]).collect());
            let all = rows(expected.conflicts.iter().map(|c| [c.first_row, c.second_row]).collect());
            prop_assert_eq!(&listed, &all);
            prop_assert_eq!(found.in_conflict, all.len() as u64);
            prop_assert!(found.conflicts.len() < records.len());
        }
    }
}
