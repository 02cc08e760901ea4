//! What a check found: totals, faults by kind, all faults, conflicts and disjoint periods within the list.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;

use finkit_core::{ConflictKind, Period, Vin};

use crate::check::{OddRow, OddRows, Rows};
use crate::error::ListError;
use crate::explain::{Explainer, Group, Grouping};
use crate::fault::{ColumnRef, Fault, FaultKind, Severity};
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
    pub(crate) odd_rows: OddRows,
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
    /// An item is an error when odd rows were parked in a temporary file that could not be read back.
    pub fn faults(&self) -> impl Iterator<Item = Result<Fault, ListError>> + '_ {
        Faults {
            odd: &self.odd_rows,
            rows: self.odd_rows.rows(),
            wanted: |_: &OddRow<'_>| true,
            ready: Vec::new().into_iter(),
        }
    }

    /// As [`faults`](Self::faults), but no more than `limit` of each kind and weight: rows that would add nothing
    /// cost next to nothing. How many there are is in [`kinds`](Self::kinds).
    pub fn first_faults(&self, limit: u64) -> impl Iterator<Item = Result<Fault, ListError>> + '_ {
        let mut seen: HashMap<(&'static str, Severity), u64> = HashMap::new();
        let mut taken = seen.clone();
        let wanted = move |row: &OddRow<'_>| {
            let mut wanted = false;
            for (kind, _) in row.marks() {
                let seen = seen.entry((kind.code, kind.severity)).or_default();
                wanted |= *seen < limit;
                *seen += 1;
            }
            wanted
        };
        let faults = Faults {
            odd: &self.odd_rows,
            rows: self.odd_rows.rows(),
            wanted,
            ready: Vec::new().into_iter(),
        };
        faults.filter(move |fault| {
            let Ok(fault) = fault else { return true };
            let taken = taken
                .entry((fault.kind.code(), fault.severity))
                .or_default();
            *taken += 1;
            *taken <= limit
        })
    }

    /// Everything there is to say, grouped by kind with the first `limit` of each explained: what a person is shown.
    ///
    /// # Errors
    ///
    /// [`ListError`] when odd rows were parked in a temporary file that could not be read back.
    pub fn groups(&self, explainer: Explainer, limit: usize) -> Result<Vec<Group>, ListError> {
        let mut grouping = Grouping::new(explainer, limit);
        for fault in self.first_faults(limit as u64) {
            grouping.add(&fault?);
        }
        for conflict in self.first_of_each_kind(limit) {
            grouping.add(&conflict.fault());
        }
        for disjoint in self.disjoint.iter().take(limit) {
            grouping.add(&disjoint.notice());
        }
        let mut groups = grouping.finish();
        for group in &mut groups {
            group.count = self.count_of(group.code, group.severity).max(group.count);
        }
        groups.sort_by_key(|group| (group.severity, Reverse(group.count), group.code));
        Ok(groups)
    }

    fn first_of_each_kind(&self, limit: usize) -> impl Iterator<Item = &Conflict> {
        let of = move |kind| {
            self.conflicts
                .iter()
                .filter(move |conflict| conflict.kind == kind)
                .take(limit)
        };
        of(ConflictKind::Duplicate).chain(of(ConflictKind::Overlap))
    }

    fn count_of(&self, code: &str, severity: Severity) -> u64 {
        match code {
            "duplicate" => self.totals.duplicates,
            "overlap" => self.totals.overlaps,
            "disjoint-periods" => self.disjoint.len() as u64,
            _ => {
                let kind = self
                    .kinds
                    .iter()
                    .find(|kind| kind.code == code && kind.severity == severity);
                kind.map_or(0, |kind| kind.count)
            }
        }
    }

    /// Writes one line of CSV for everything there is to say, for other programs: `row,cell,code,severity,other_row`,
    /// without values. Faults of rows come first, then conflicts, then disjoint periods, each in the order of the
    /// list.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written, or odd rows that were parked in a temporary file could not be read back.
    pub fn write_findings(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"row,cell,code,severity,other_row\n")?;
        let mut text = Vec::with_capacity(FLUSH + 256);
        let mut rows = self.odd_rows.rows();
        while let Some(row) = rows.next().map_err(io::Error::other)? {
            for (kind, column) in row.marks() {
                push_number(&mut text, row.number);
                text.push(b',');
                if let Some(column) = column {
                    push_letters(&mut text, column);
                    push_number(&mut text, row.number);
                }
                push_tail(&mut text, kind.code, kind.severity, None);
            }
            flush(&mut text, out)?;
        }
        for conflict in &self.conflicts {
            push_number(&mut text, conflict.second.row);
            let code = match conflict.kind {
                ConflictKind::Duplicate => "duplicate",
                ConflictKind::Overlap => "overlap",
            };
            push_tail(&mut text, code, Severity::Fault, Some(conflict.first.row));
            flush(&mut text, out)?;
        }
        for disjoint in &self.disjoint {
            push_number(&mut text, disjoint.second.row);
            push_tail(
                &mut text,
                "disjoint-periods",
                Severity::Notice,
                Some(disjoint.first.row),
            );
            flush(&mut text, out)?;
        }
        out.write_all(&text)
    }
}

/// Bytes of findings that are written at once.
const FLUSH: usize = 64 << 10;

fn flush(text: &mut Vec<u8>, out: &mut dyn Write) -> io::Result<()> {
    if text.len() >= FLUSH {
        out.write_all(text)?;
        text.clear();
    }
    Ok(())
}

fn push_tail(text: &mut Vec<u8>, code: &str, severity: Severity, other_row: Option<u64>) {
    if other_row.is_some() {
        text.push(b',');
    }
    text.push(b',');
    text.extend_from_slice(code.as_bytes());
    text.push(b',');
    text.extend_from_slice(severity.code().as_bytes());
    text.push(b',');
    if let Some(row) = other_row {
        push_number(text, row);
    }
    text.push(b'\n');
}

fn push_letters(text: &mut Vec<u8>, column: u32) {
    if column < 26 {
        text.push(b'A' + column as u8);
    } else {
        text.extend_from_slice(
            ColumnRef {
                index: column,
                header: None,
            }
            .letters()
            .as_bytes(),
        );
    }
}

fn push_number(text: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.extend_from_slice(&digits[at..]);
}

/// Faults of odd rows, row by row.
struct Faults<'a, W> {
    odd: &'a OddRows,
    rows: Rows<'a>,
    wanted: W,
    ready: std::vec::IntoIter<Fault>,
}

impl<W: FnMut(&OddRow<'_>) -> bool> Iterator for Faults<'_, W> {
    type Item = Result<Fault, ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(fault) = self.ready.next() {
                return Some(Ok(fault));
            }
            match self.rows.next() {
                Ok(Some(row)) if (self.wanted)(&row) => {
                    self.ready = self.odd.explain(&row).into_iter();
                }
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
