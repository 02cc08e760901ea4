//! What a check found: totals, faults by kind, all faults, conflicts and disjoint periods within the list.

use std::sync::Arc;

use finkit_core::{ConflictKind, Period, Vin};

use crate::error::ListError;
use crate::fault::{Fault, FaultKind, Severity};
use crate::list::Dialect;

/// The result of a check.
#[derive(Debug)]
pub struct CheckReport {
    /// How the list was recognised.
    pub dialect: Arc<Dialect>,
    /// Counts of rows.
    pub totals: Totals,
    /// Faults, warnings and notices of single rows by kind: faults first, the most frequent first.
    pub kinds: Vec<KindCount>,
    /// Pairs of rows that cannot both be entered, by the later row's number.
    pub conflicts: Vec<Conflict>,
    /// Pairs of rows with the same FIN and year that do not touch: legitimate, by the later row's number.
    pub disjoint: Vec<Disjoint>,
    pub(crate) odd_rows: crate::check::OddRows,
}

/// Counts of rows; what is counted in rows is at most `rows`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Rows with data: neither blank nor headings.
    pub rows: u64,
    /// Rows without a single value, which are skipped.
    pub blank: u64,
    /// Rows without a fault of their own; they may be part of a conflict.
    pub sound: u64,
    /// Rows with at least one fault.
    pub faulty: u64,
    /// Rows with at least one warning.
    pub warned: u64,
    /// Sound rows that are part of at least one conflict.
    pub in_conflict: u64,
    /// Different FINs among the sound rows.
    pub fins: u64,
    /// Pairs of equal FIN and period, also those beyond what [`CheckReport::conflicts`] lists.
    pub duplicates: u64,
    /// Pairs of the same FIN with overlapping periods, likewise.
    pub overlaps: u64,
}

/// How often a kind occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindCount {
    /// [`FaultKind::code`] of the kind.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// How often it occurs; a row can have it more than once, such as in start and end.
    pub count: u64,
}

/// A row that is part of a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The row as spreadsheets count it.
    pub row: u64,
    /// Its period.
    pub period: Period,
}

/// Two rows that cannot both be entered.
///
/// Of a FIN in up to 64 rows every pair is listed; of one in more, every row that is in conflict with an earlier
/// one is listed once, so that lists stay readable and memory stays linear. The totals count every pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The FIN of both.
    pub fin: Vin,
    /// How they are in each other's way.
    pub kind: ConflictKind,
    /// The row that stands first in the list.
    pub first: Place,
    /// The row that stands later.
    pub second: Place,
}

/// Two rows of the same FIN and year whose periods do not touch, such as before and after a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disjoint {
    /// The FIN of both.
    pub fin: Vin,
    /// The row that stands first in the list.
    pub first: Place,
    /// The row that stands later.
    pub second: Place,
}

impl Conflict {
    /// By the later row.
    pub(crate) fn order(&self) -> (u64, u64) {
        (self.second.row, self.first.row)
    }

    /// The same as something to say about the later row.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let kind = match self.kind {
            ConflictKind::Duplicate => FaultKind::Duplicate {
                other_row: self.first.row,
                period: self.second.period,
            },
            ConflictKind::Overlap => FaultKind::Overlap {
                other_row: self.first.row,
                period: self.second.period,
                other_period: self.first.period,
            },
        };
        Fault {
            row: self.second.row,
            column: None,
            value: self.fin.as_str().to_owned(),
            kind,
            proposal: None,
            severity: Severity::Fault,
        }
    }
}

impl Disjoint {
    /// By the later row.
    pub(crate) fn order(&self) -> (u64, u64) {
        (self.second.row, self.first.row)
    }

    /// The same as something to say about the later row.
    #[must_use]
    pub fn notice(&self) -> Fault {
        Fault {
            row: self.second.row,
            column: None,
            value: self.fin.as_str().to_owned(),
            kind: FaultKind::Disjoint {
                other_row: self.first.row,
                period: self.second.period,
                other_period: self.first.period,
            },
            proposal: None,
            severity: Severity::Notice,
        }
    }
}

impl CheckReport {
    /// Whether there is neither a fault nor a conflict; warnings and notices do not count.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.totals.faulty == 0 && self.totals.in_conflict == 0
    }

    /// Everything there is to say about single rows, in their order. Faults are made while iterating, so that a
    /// list of millions of faulty rows needs no memory for them.
    ///
    /// # Errors
    ///
    /// An item is an error when odd rows were parked in a temporary file and it could not be read back.
    pub fn faults(&self) -> impl Iterator<Item = Result<Fault, ListError>> + '_ {
        self.odd_rows.faults()
    }
}
