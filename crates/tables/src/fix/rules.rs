//! Which cells of a row may be rewritten, and how. Nothing here may change what the row means.

use chrono::{DateTime, Datelike};
use finkit_core::{RegisteredAt, Vin};

use super::log::CorrectionKind;
use crate::dates::{self, Form};
use crate::fault::{Fault, FaultKind, Severity};
use crate::field::Field;
use crate::options::ListOptions;

/// A cell that is to be rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rewrite {
    pub(super) field: Field,
    /// The place of the cell in its row.
    pub(super) column: usize,
    pub(super) kind: CorrectionKind,
    pub(super) after: String,
}

/// A row as it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a, T> {
    /// Which column holds which value, in the order of [`Field::ALL`].
    pub(super) places: &'a [Option<u32>; 4],
    pub(super) options: &'a ListOptions,
    /// All cells as text.
    pub(super) cells: &'a [T],
    pub(super) fin: Option<Vin>,
    pub(super) registered_at: Option<RegisteredAt>,
    pub(super) faults: &'a [Fault],
}

impl<T: AsRef<str>> Reading<'_, T> {
    /// The cells that are read beyond doubt and written differently from how they are sent, in the order of the
    /// columns.
    pub(super) fn rewrites(&self) -> Vec<Rewrite> {
        let uncertain =
            |fault: &Fault| fault.severity == Severity::Fault && fault.kind.field().is_none();
        if self.faults.iter().any(uncertain) {
            return Vec::new();
        }
        let mut rewrites: Vec<Rewrite> = Field::ALL
            .into_iter()
            .filter_map(|field| self.rewrite(field))
            .collect();
        rewrites.sort_unstable_by_key(|rewrite| rewrite.column);
        rewrites
    }

    fn rewrite(&self, field: Field) -> Option<Rewrite> {
        let column = self.places[field as usize]? as usize;
        let text = self.cells.get(column)?.as_ref();
        if dates::trim(text).is_empty() || self.is_at_fault(field) {
            return None;
        }
        let (kind, after) = match field {
            Field::Fin => self.fin(text),
            Field::Start | Field::End => self.date(text),
            Field::RegisteredAt => self.time(text),
        }?;
        (after != text).then_some(Rewrite {
            field,
            column,
            kind,
            after,
        })
    }

    fn is_at_fault(&self, field: Field) -> bool {
        self.faults
            .iter()
            .any(|fault| fault.severity == Severity::Fault && fault.kind.field() == Some(field))
    }

    fn fin(&self, text: &str) -> Option<(CorrectionKind, String)> {
        let fin = self.fin?.to_string();
        let kind = if text.eq_ignore_ascii_case(&fin) {
            CorrectionKind::FinCase
        } else {
            CorrectionKind::FinSeparators
        };
        Some((kind, fin))
    }

    fn date(&self, text: &str) -> Option<(CorrectionKind, String)> {
        let moment = dates::moment(text, self.options.date_order).ok()?;
        if moment.has_time_of_day() || !is_certain(text, &moment) {
            return None;
        }
        Some((CorrectionKind::DateForm, dates::iso(moment.date)))
    }

    fn time(&self, text: &str) -> Option<(CorrectionKind, String)> {
        let after = self.registered_at?.to_wire();
        let text = dates::trim(text);
        let twice = |fault: &Fault| fault.kind == FaultKind::RegisteredAtTwice;
        if is_rfc_3339(text) || self.faults.iter().any(twice) {
            return None;
        }
        let kind = match dates::moment(text, self.options.date_order) {
            // The time of day came from elsewhere.
            Ok(moment) if moment.time.is_none() || !is_certain(text, &moment) => return None,
            Ok(moment) if moment.offset.is_some() => CorrectionKind::TimeForm,
            Ok(_) => CorrectionKind::TimeZone,
            Err(_) => CorrectionKind::TimeFromStamp,
        };
        Some((kind, after))
    }
}

/// Whether a day has one reading only. A bare number counts days from 1900 or, in workbooks of old Macs, from 1904;
/// in `26-06-01` the year could be either end, only points between say that it is the last.
fn is_certain(text: &str, moment: &dates::Moment) -> bool {
    if moment.form == Form::Serial {
        return false;
    }
    let day = text.split(':').next().unwrap_or(text);
    day.contains(&format!("{:04}", moment.date.year()))
        || !day
            .chars()
            .any(|character| matches!(character, '/' | '-') || character.is_alphabetic())
}

/// Whether a time is in the form it is sent in already, a fraction of a second or a `Z` included.
fn is_rfc_3339(text: &str) -> bool {
    text.as_bytes().get(10) == Some(&b'T') && DateTime::parse_from_rfc3339(text).is_ok()
}
