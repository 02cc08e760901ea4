//! A set of row positions, kept as ascending ranges: what a request carries.

use std::ops::Range;

/// Positions of rows inside a job, ascending and without repetition, stored as ranges.
///
/// A batch is nearly always one run of neighbours, so the set is nearly always one range.
///
/// ```
/// use finkit_fincheck::submission::RowSet;
///
/// let set: RowSet = [4, 5, 6, 9].into_iter().collect();
/// assert_eq!(set.len(), 4);
/// assert_eq!(set.ranges(), &[4..7, 9..10]);
/// assert!(set.contains(6) && !set.contains(7));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowSet {
    ranges: Vec<Range<u64>>,
}

impl RowSet {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The ranges, ascending, none empty, none touching the next.
    #[must_use]
    pub fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }

    /// How many positions are in the set.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.ranges
            .iter()
            .map(|range| range.end - range.start)
            .sum()
    }

    /// Whether the set holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether `position` is in the set.
    #[must_use]
    pub fn contains(&self, position: u64) -> bool {
        let after = self.ranges.partition_point(|range| range.end <= position);
        self.ranges
            .get(after)
            .is_some_and(|range| range.start <= position)
    }

    /// Every position, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.ranges.iter().cloned().flatten()
    }

    /// Adds one position; cheap when it comes after all others.
    pub fn insert(&mut self, position: u64) {
        match self.ranges.last_mut() {
            Some(last) if last.end == position => last.end += 1,
            Some(last) if last.end > position => self.insert_inside(position),
            _ => self.ranges.push(position..position + 1),
        }
    }

    fn insert_inside(&mut self, position: u64) {
        if self.contains(position) {
            return;
        }
        let at = self.ranges.partition_point(|range| range.end < position);
        // `at` is the first range that ends at or after the position: it can touch on the left or on the right.
        if self.ranges[at].end == position {
            self.ranges[at].end += 1;
            if self
                .ranges
                .get(at + 1)
                .is_some_and(|next| next.start == position + 1)
            {
                self.ranges[at].end = self.ranges[at + 1].end;
                self.ranges.remove(at + 1);
            }
        } else if self.ranges[at].start == position + 1 {
            self.ranges[at].start = position;
        } else {
            self.ranges.insert(at, position..position + 1);
        }
    }

    /// The set as bytes: for each range the gap before it and its length, as LEB128 numbers.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.ranges.len() * 4);
        let mut reached = 0;
        for range in &self.ranges {
            push_number(&mut bytes, range.start - reached);
            push_number(&mut bytes, range.end - range.start);
            reached = range.end;
        }
        bytes
    }

    /// Reads what [`RowSet::to_bytes`] wrote; `None` for anything else.
    #[must_use]
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        let mut reached = 0_u64;
        while !bytes.is_empty() {
            let gap = take_number(&mut bytes)?;
            let length = take_number(&mut bytes)?;
            let start = reached.checked_add(gap)?;
            let end = start.checked_add(length)?;
            if length == 0 || (gap == 0 && !ranges.is_empty()) {
                return None;
            }
            ranges.push(start..end);
            reached = end;
        }
        Some(Self { ranges })
    }
}

impl FromIterator<u64> for RowSet {
    fn from_iter<I: IntoIterator<Item = u64>>(positions: I) -> Self {
        let mut set = Self::new();
        for position in positions {
            set.insert(position);
        }
        set
    }
}

fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let part = u64::from(byte & 0x7f);
        if shift == 63 && part > 1 {
            return None;
        }
        number |= part << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::RowSet;

    proptest! {
        #[test]
        fn set_agrees_with_a_tree_whatever_the_order(positions in prop::collection::vec(0_u64..60, 0..60)) {
            let model: BTreeSet<u64> = positions.iter().copied().collect();
            let set: RowSet = positions.into_iter().collect();
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), model.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(set.len(), model.len() as u64);
            for position in 0..60 {
                prop_assert_eq!(set.contains(position), model.contains(&position));
            }
            for pair in set.ranges().windows(2) {
                prop_assert!(pair[0].end < pair[1].start);
            }
            prop_assert_eq!(RowSet::from_bytes(&set.to_bytes()), Some(set));
        }

        #[test]
        fn foreign_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(set) = RowSet::from_bytes(&bytes) {
                prop_assert_eq!(RowSet::from_bytes(&set.to_bytes()), Some(set));
            }
        }
    }

    #[test]
    fn large_positions_survive() {
        let set: RowSet = [u64::from(u32::MAX), u64::MAX - 1].into_iter().collect();
        assert_eq!(RowSet::from_bytes(&set.to_bytes()), Some(set));
    }
}
