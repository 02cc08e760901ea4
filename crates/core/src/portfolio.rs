//! Conflicts inside one list: duplicates and overlapping periods of the same FIN.
//!
//! Records are ordered by FIN, start, end and row, then swept once per FIN: the
//! work is that of the sort plus one step per conflicting pair. How many pairs
//! there are is known without visiting them, so a list with one FIN in very many
//! rows, which has a pair for every two of them, is recognised beforehand:
//! [`PortfolioIndex::conflicts`] yields them one by one, [`conflicts_up_to`] stops in time.

use chrono::Datelike;

use crate::packed::PackedVin;
use crate::period::{Period, SANE_YEARS};
use crate::record::FinRecord;
use crate::vin::Vin;

/// What kind of conflict two rows have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum ConflictKind {
    /// FIN, start and end are equal, whatever the registration times.
    Duplicate,
    /// The periods differ and share at least one day.
    Overlap,
}

/// Two rows of a list that cannot both be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Conflict {
    /// Whether the periods are equal or only overlap.
    pub kind: ConflictKind,
    /// The vehicle of both.
    pub fin: Vin,
    /// The smaller of the two row numbers.
    pub first_row: u64,
    /// The larger of the two row numbers.
    pub second_row: u64,
    /// The period in the first row.
    pub first_period: Period,
    /// The period in the second row.
    pub second_period: Period,
    /// Whether both rows name the same moment of registration.
    pub same_registration: bool,
}

impl Conflict {
    /// The days that both rows claim.
    #[must_use]
    pub fn shared(&self) -> Period {
        self.first_period
            .intersection(&self.second_period)
            .unwrap_or(self.first_period)
    }

    fn between(one: &(u64, FinRecord), two: &(u64, FinRecord)) -> Self {
        let ((first_row, first), (second_row, second)) = if one.0 <= two.0 {
            (one, two)
        } else {
            (two, one)
        };
        Self {
            kind: if first.period == second.period {
                ConflictKind::Duplicate
            } else {
                ConflictKind::Overlap
            },
            fin: first.fin,
            first_row: *first_row,
            second_row: *second_row,
            first_period: first.period,
            second_period: second.period,
            same_registration: first.registered_at == second.registered_at,
        }
    }
}

/// Separate periods of one FIN in one year, as after a sale in July: legitimate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DisjointPeriods {
    /// The vehicle.
    pub fin: Vin,
    /// The calendar year.
    pub year: i32,
    /// The separate stretches of the year, in order of time; at least two.
    pub parts: Vec<YearPart>,
}

/// One stretch of a year that the rows of a FIN claim.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct YearPart {
    /// From the first to the last day claimed.
    pub period: Period,
    /// The rows that claim days of it, by start and end; more than one only when they conflict.
    pub rows: Vec<u64>,
}

/// What the rows of a list mean to each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Portfolio {
    /// Conflicting pairs, by first row and then second row.
    pub conflicts: Vec<Conflict>,
    /// FINs with separate periods in one year, by FIN and year.
    pub disjoint: Vec<DisjointPeriods>,
    /// How many conflicting pairs there are; more than are listed when a limit cut the list off.
    pub conflict_count: u64,
}

impl Portfolio {
    /// Whether a limit kept some conflicting pairs off the list.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        (self.conflicts.len() as u64) < self.conflict_count
    }
}

/// Finds every conflicting pair of a list and every legitimate split of a year.
///
/// Row numbers are the caller's; they should differ from each other. One FIN in
/// *n* rows has up to *n*·(*n*−1)/2 pairs: for lists from elsewhere use
/// [`conflicts_up_to`].
///
/// ```
/// use finkit_core::{ConflictKind, FinRecord, conflicts};
///
/// let record = |period: &str| -> Result<FinRecord, Box<dyn std::error::Error>> {
///     Ok(FinRecord {
///         fin: "WVWZZZE1ZMP000001".parse()?,
///         period: period.parse()?,
///         registered_at: "2026-01-15T10:22:33+01:00".parse()?,
///     })
/// };
/// let portfolio = conflicts(&[
///     (2, record("2026-01-01/2026-06-30")?),
///     (3, record("2026-07-01/2026-12-31")?),
///     (4, record("2026-12-01/2026-12-31")?),
/// ]);
/// assert_eq!(portfolio.conflicts.len(), 1);
/// assert_eq!(portfolio.conflicts[0].kind, ConflictKind::Overlap);
/// assert_eq!((portfolio.conflicts[0].first_row, portfolio.conflicts[0].second_row), (3, 4));
/// assert_eq!(portfolio.disjoint[0].parts.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn conflicts(records: &[(u64, FinRecord)]) -> Portfolio {
    conflicts_up_to(records, usize::MAX)
}

/// As [`conflicts`], but lists at most `limit` pairs; `conflict_count` still counts all.
///
/// Which pairs are listed is fixed by the order of FIN, start, end and row.
#[must_use]
pub fn conflicts_up_to(records: &[(u64, FinRecord)], limit: usize) -> Portfolio {
    let index = PortfolioIndex::new(records);
    let mut conflicts: Vec<Conflict> = index.conflicts().take(limit).collect();
    conflicts.sort_by_key(|conflict| (conflict.first_row, conflict.second_row));
    Portfolio {
        conflicts,
        disjoint: index.disjoint().collect(),
        conflict_count: index.conflict_count(),
    }
}

/// The records of a list in the order of FIN, start, end and row.
#[derive(Clone, Debug)]
pub struct PortfolioIndex<'a> {
    records: &'a [(u64, FinRecord)],
    keys: Vec<Key>,
}

impl<'a> PortfolioIndex<'a> {
    /// Orders the records.
    #[must_use]
    pub fn new(records: &'a [(u64, FinRecord)]) -> Self {
        let mut keys: Vec<Key> = records
            .iter()
            .enumerate()
            .map(|(at, (_, record))| Key::new(record, at))
            .collect();
        let row = |key: &Key| records[key.at].0;
        keys.sort_unstable_by(|one, two| {
            one.order
                .cmp(&two.order)
                .then_with(|| row(one).cmp(&row(two)))
        });
        Self { records, keys }
    }

    /// Every conflicting pair, one by one, by FIN.
    #[must_use]
    pub fn conflicts(&self) -> Conflicts<'_> {
        Conflicts {
            records: self.records,
            keys: &self.keys,
            one: 0,
            two: 1,
        }
    }

    /// How many conflicting pairs there are, without visiting them.
    #[must_use]
    pub fn conflict_count(&self) -> u64 {
        let of_one_fin = |group: &[Key]| -> u64 {
            let conflicting = |(position, key): (usize, &Key)| {
                group[position + 1..].partition_point(|later| key.reaches(later)) as u64
            };
            group.iter().enumerate().map(conflicting).sum()
        };
        self.keys.chunk_by(Key::same_fin).map(of_one_fin).sum()
    }

    /// Every FIN and year with separate periods, by FIN and year.
    pub fn disjoint(&self) -> impl Iterator<Item = DisjointPeriods> {
        self.keys
            .chunk_by(|one, two| one.same_fin(two) && one.year() == two.year())
            .filter(|group| group.len() > 1)
            .filter_map(|group| self.disjoint_periods(group))
    }

    /// The parts of one FIN and year; `None` when there is but one.
    fn disjoint_periods(&self, group: &[Key]) -> Option<DisjointPeriods> {
        let (_, first) = self.records[group.first()?.at];
        let mut parts: Vec<YearPart> = Vec::new();
        for key in group {
            let (row, FinRecord { period, .. }) = self.records[key.at];
            match parts.last_mut() {
                // Ordered by start, so a record that misses the last part misses all.
                Some(part) if part.period.overlaps(&period) => {
                    part.period = part.period.hull(&period)?;
                    part.rows.push(row);
                }
                _ => parts.push(YearPart {
                    period,
                    rows: vec![row],
                }),
            }
        }
        let year = first.period.year();
        (parts.len() > 1).then_some(DisjointPeriods {
            fin: first.fin,
            year,
            parts,
        })
    }
}

/// FIN, year, first and last day of a record in one number, so that sorting
/// moves and compares numbers and leaves the records where they are.
///
/// From above: 87 bits FIN, 7 bits year, 9 bits each for the first and the last
/// day of the year.
#[derive(Clone, Copy, Debug)]
struct Key {
    order: u128,
    at: usize,
}

const DAY_BITS: u32 = 9;
const DAY: u128 = (1 << DAY_BITS) - 1;
const YEAR_BITS: u32 = 7;

impl Key {
    fn new(record: &FinRecord, at: usize) -> Self {
        let period = &record.period;
        // A period lies in SANE_YEARS, a hundred years.
        let year = u128::from((period.year() - SANE_YEARS.start()).unsigned_abs());
        let order = (PackedVin::pack(&record.fin).to_u128() << YEAR_BITS | year) << (2 * DAY_BITS)
            | u128::from(period.start().ordinal()) << DAY_BITS
            | u128::from(period.end().ordinal());
        Self { order, at }
    }

    fn fin(&self) -> u128 {
        self.order >> (YEAR_BITS + 2 * DAY_BITS)
    }

    fn same_fin(&self, other: &Self) -> bool {
        self.fin() == other.fin()
    }

    /// The year; comparable within one FIN only.
    fn year(&self) -> u128 {
        self.order >> (2 * DAY_BITS)
    }

    /// Whether a record of the same FIN that comes later in the order starts on
    /// or before the last day of this one.
    fn reaches(&self, later: &Self) -> bool {
        self.year() == later.year() && (later.order >> DAY_BITS) & DAY <= self.order & DAY
    }
}

/// The conflicting pairs of a [`PortfolioIndex`], one by one.
#[derive(Clone, Debug)]
pub struct Conflicts<'a> {
    records: &'a [(u64, FinRecord)],
    keys: &'a [Key],
    one: usize,
    two: usize,
}

impl Iterator for Conflicts<'_> {
    type Item = Conflict;

    fn next(&mut self) -> Option<Conflict> {
        while let Some(one) = self.keys.get(self.one) {
            if let Some(two) = self.keys.get(self.two)
                && one.same_fin(two)
                && one.reaches(two)
            {
                self.two += 1;
                return Some(Conflict::between(
                    &self.records[one.at],
                    &self.records[two.at],
                ));
            }
            // Starts only grow within a FIN: no later record can meet this one.
            self.one += 1;
            self.two = self.one + 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "WVWZZZE1ZMP000001";
    const TWO: &str = "TMBJB9NY5MF000002";

    fn record(fin: &str, period: &str) -> FinRecord {
        FinRecord {
            fin: fin.parse().expect("a FIN"),
            period: period.parse().expect("a period"),
            registered_at: "2026-01-15T10:22:33+01:00".parse().expect("a time"),
        }
    }

    fn pairs(portfolio: &Portfolio) -> Vec<(ConflictKind, u64, u64)> {
        portfolio
            .conflicts
            .iter()
            .map(|conflict| (conflict.kind, conflict.first_row, conflict.second_row))
            .collect()
    }

    #[test]
    fn empty_list_has_no_conflicts() {
        assert_eq!(conflicts(&[]), Portfolio::default());
    }

    #[test]
    fn equal_periods_are_duplicates_even_with_other_registration_times() {
        let mut later = record(ONE, "2026-01-01/2026-06-30");
        later.registered_at = "2026-02-01T08:00:00+01:00".parse().expect("a time");
        let portfolio = conflicts(&[
            (7, record(ONE, "2026-01-01/2026-06-30")),
            (3, record(ONE, "2026-01-01/2026-06-30")),
            (9, later),
        ]);
        assert_eq!(
            pairs(&portfolio),
            [
                (ConflictKind::Duplicate, 3, 7),
                (ConflictKind::Duplicate, 3, 9),
                (ConflictKind::Duplicate, 7, 9)
            ]
        );
        assert_eq!(
            portfolio
                .conflicts
                .iter()
                .map(|conflict| conflict.same_registration)
                .collect::<Vec<_>>(),
            [true, false, false]
        );
        assert_eq!(portfolio.disjoint, []);
    }

    #[test]
    fn overlap_names_both_rows_in_their_order_and_the_shared_days() {
        let portfolio = conflicts(&[
            (5, record(ONE, "2026-06-30/2026-12-31")),
            (2, record(TWO, "2026-01-01/2026-12-31")),
            (8, record(ONE, "2026-01-01/2026-06-30")),
        ]);
        assert_eq!(pairs(&portfolio), [(ConflictKind::Overlap, 5, 8)]);
        let conflict = portfolio.conflicts[0];
        assert_eq!(conflict.first_period.to_string(), "2026-06-30/2026-12-31");
        assert_eq!(conflict.second_period.to_string(), "2026-01-01/2026-06-30");
        assert_eq!(conflict.shared().to_string(), "2026-06-30/2026-06-30");
    }

    #[test]
    fn long_period_conflicts_with_short_ones_that_do_not_touch_each_other() {
        let portfolio = conflicts(&[
            (1, record(ONE, "2026-01-01/2026-12-31")),
            (2, record(ONE, "2026-02-01/2026-02-28")),
            (3, record(ONE, "2026-05-01/2026-05-31")),
        ]);
        assert_eq!(
            pairs(&portfolio),
            [(ConflictKind::Overlap, 1, 2), (ConflictKind::Overlap, 1, 3)]
        );
        assert_eq!(
            portfolio.disjoint,
            [],
            "the long one joins them to one stretch"
        );
    }

    #[test]
    fn separate_periods_of_one_year_are_legitimate_and_listed() {
        let portfolio = conflicts(&[
            (4, record(ONE, "2026-08-01/2026-12-31")),
            (1, record(ONE, "2026-01-01/2026-03-31")),
            (2, record(ONE, "2026-03-01/2026-06-30")),
            (3, record(ONE, "2025-01-01/2025-12-31")),
            (5, record(TWO, "2026-08-01/2026-12-31")),
        ]);
        assert_eq!(pairs(&portfolio), [(ConflictKind::Overlap, 1, 2)]);
        let part = |period: &str, rows: &[u64]| YearPart {
            period: period.parse().expect("a period"),
            rows: rows.to_vec(),
        };
        assert_eq!(
            portfolio.disjoint,
            [DisjointPeriods {
                fin: ONE.parse().expect("a FIN"),
                year: 2026,
                parts: vec![
                    part("2026-01-01/2026-06-30", &[1, 2]),
                    part("2026-08-01/2026-12-31", &[4])
                ],
            }]
        );
    }

    #[test]
    fn limit_cuts_the_list_and_not_the_count() {
        let records: Vec<_> = (1..=20_000)
            .map(|row| (row, record(ONE, "2026-01-01/2026-12-31")))
            .collect();
        let portfolio = conflicts_up_to(&records, 10);
        assert_eq!(portfolio.conflicts.len(), 10);
        assert_eq!(portfolio.conflict_count, 20_000 * 19_999 / 2);
        assert!(portfolio.is_cut_off());
        assert_eq!(pairs(&portfolio)[0], (ConflictKind::Duplicate, 1, 2));
        assert_eq!(
            PortfolioIndex::new(&records)
                .conflicts()
                .nth(19_999)
                .map(|c| (c.first_row, c.second_row)),
            Some((2, 3))
        );
    }
}
