//! What can be wrong with one row of a list, as data: place, value, kind, proposal. No human texts; those are
//! made from the kind by the catalogue of explanations.

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use finkit_core::{CheckDigitNote, Period, VinFault, VinNotice};

use crate::field::Field;

/// How much a fault weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The row cannot be sent as it is.
    Fault,
    /// The row can be sent, but somebody should look at it first.
    Warning,
    /// Nothing to do: what was read differently from how it was written.
    Notice,
}

impl Severity {
    /// `fault`, `warning` or `notice`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// A column of a list: its place and its heading.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ColumnRef {
    /// Counted from 0.
    pub index: u32,
    /// The heading as it stands in the list; `None` for a list without headings.
    pub header: Option<Arc<str>>,
}

impl ColumnRef {
    /// The column's letters as spreadsheets name it: 0 is `A`, 25 is `Z`, 26 is `AA`.
    ///
    /// ```
    /// use finkit_tables::ColumnRef;
    /// assert_eq!(ColumnRef { index: 27, header: None }.letters(), "AB");
    /// ```
    #[must_use]
    pub fn letters(&self) -> String {
        let mut index = u64::from(self.index) + 1;
        let mut letters = Vec::new();
        while index > 0 {
            let digit = ((index - 1) % 26) as u8;
            letters.push(char::from(b'A' + digit));
            index = (index - 1) / 26;
        }
        letters.iter().rev().collect()
    }
}

impl fmt::Debug for ColumnRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.letters())?;
        match &self.header {
            Some(header) => write!(f, " {header:?}"),
            None => Ok(()),
        }
    }
}

/// One thing to say about one cell or one row.
///
/// `value` is the cell as it was read; where [`Fault::is_fin`] holds it is personal data and is shown masked
/// unless somebody asked for it.
#[derive(Clone, PartialEq)]
pub struct Fault {
    /// The row as spreadsheets count it: the first line of the file is 1, the header included.
    pub row: u64,
    /// The column; `None` where the whole row is meant.
    pub column: Option<ColumnRef>,
    /// The value as it was read, unmasked; empty where the whole row is meant.
    pub value: String,
    /// What is wrong.
    pub kind: FaultKind,
    /// The value that was probably meant. Only a proposal: nothing is replaced by it unasked.
    pub proposal: Option<String>,
    /// How much it weighs.
    pub severity: Severity,
}

impl Fault {
    /// The cell as spreadsheets name it, such as `C17`; `None` where the whole row is meant.
    #[must_use]
    pub fn cell(&self) -> Option<String> {
        self.column
            .as_ref()
            .map(|column| format!("{}{}", column.letters(), self.row))
    }

    /// Whether `value` and `proposal` are a FIN, which is shown masked.
    #[must_use]
    pub fn is_fin(&self) -> bool {
        matches!(self.kind.field(), Some(Field::Fin))
            || matches!(
                self.kind,
                FaultKind::Duplicate { .. }
                    | FaultKind::Overlap { .. }
                    | FaultKind::Disjoint { .. }
            )
    }
}

impl fmt::Debug for Fault {
    /// Without `value` and `proposal`: both may hold a FIN or a mangled one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("row", &self.row)
            .field("column", &self.column)
            .field("code", &self.kind.code())
            .field("severity", &self.severity)
            .finish_non_exhaustive()
    }
}

/// What is wrong, with the data an explanation needs.
///
/// The rules and where they come from: a record needs FIN, start, end and registration time, and start and end
/// lie in one calendar year (the operator's guide, <https://www.fincheck.at/api>); a FIN has 17 characters without
/// I, O and Q (ISO 3779); registration times are ISO 8601 or Unix stamps (the guide), and what reads them takes
/// digits only for a stamp and a bare date for midnight UTC
/// (<https://docs.pydantic.dev/2.1/usage/types/datetime>), so both are refused here.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The FIN is not one.
    Vin(VinFault),
    /// The FIN was written differently from how it is sent.
    VinNotice(VinNotice),
    /// The check digit does not fit.
    CheckDigit(CheckDigitNote),
    /// The cell is empty and no default fills it.
    MissingCell {
        /// Which value is missing.
        field: Field,
    },
    /// A cell of a workbook holds an error such as `#REF!` instead of a value.
    CellError {
        /// Which value the column holds.
        field: Field,
    },
    /// The row has more or fewer cells than the header.
    RaggedRow {
        /// Number of columns of the header.
        expected: u32,
        /// Number of cells of this row.
        found: u32,
    },
    /// A line that is no JSON object.
    JsonUnreadable,
    /// Text stands after the closing quote of a cell, so where the cell ends is a guess.
    StrayQuote,
    /// A start or end that is no date in any known form.
    DateUnreadable {
        /// [`Field::Start`] or [`Field::End`].
        field: Field,
    },
    /// A well-formed start or end that no calendar has, such as 31 June.
    DateNotInCalendar {
        /// [`Field::Start`] or [`Field::End`].
        field: Field,
    },
    /// Day and month of `01/06/2026` could be either way round, and no order was set.
    DateAmbiguous {
        /// Which value the column holds.
        field: Field,
        /// Read with the day first.
        day_first: NaiveDate,
        /// Read with the month first.
        month_first: NaiveDate,
    },
    /// A start or end of eight digits such as `20260601`; it was read as year, month and day.
    CompactDate {
        /// [`Field::Start`] or [`Field::End`].
        field: Field,
        /// The date that was read.
        date: NaiveDate,
    },
    /// A bare number in a column of dates; it was read as a spreadsheet's serial number.
    DateFromNumber {
        /// Which value the column holds.
        field: Field,
        /// The date that was read.
        date: NaiveDate,
    },
    /// A year outside [`SANE_YEARS`](finkit_core::SANE_YEARS).
    YearOutOfRange {
        /// Which value the column holds.
        field: Field,
        /// The year; `None` when it is beyond any calendar.
        year: Option<i32>,
    },
    /// A start or end with a time of day other than midnight.
    DateWithTime {
        /// [`Field::Start`] or [`Field::End`].
        field: Field,
    },
    /// The end lies before the start.
    EndBeforeStart {
        /// The start that was read.
        start: NaiveDate,
        /// The end that was read.
        end: NaiveDate,
    },
    /// Start and end lie in different calendar years.
    PeriodAcrossYears {
        /// The start that was read.
        start: NaiveDate,
        /// The end that was read.
        end: NaiveDate,
    },
    /// A registration time in no known form.
    RegisteredAtUnreadable,
    /// A well-formed registration time that no calendar or clock has, such as 25:00.
    RegisteredAtNotInCalendar,
    /// A registration time that is a bare date; the service would take it for midnight UTC.
    RegisteredAtWithoutTime {
        /// The date that was read.
        date: NaiveDate,
    },
    /// A registration time of eight digits such as `20240601`, which the service would take for a Unix stamp of 1970.
    RegisteredAtDigitsOnly,
    /// A Unix stamp that a spreadsheet turned into `1,7E+09`: its last digits are lost.
    DamagedUnixStamp,
    /// A local time that was skipped when the clocks went forward.
    RegisteredAtSkipped,
    /// A local time that happened twice when the clocks went back; the first one was taken.
    RegisteredAtTwice,
    /// The same FIN and the same period stand in an earlier row.
    Duplicate {
        /// The earlier row.
        other_row: u64,
        /// The period of this row and of the other.
        period: Period,
    },
    /// A period of the same FIN in an earlier row overlaps.
    Overlap {
        /// The earlier row.
        other_row: u64,
        /// This row's period.
        period: Period,
        /// The earlier row's period.
        other_period: Period,
    },
    /// The same FIN has another period of the same year in an earlier row, and the two do not touch: legitimate.
    Disjoint {
        /// The earlier row.
        other_row: u64,
        /// This row's period.
        period: Period,
        /// The earlier row's period.
        other_period: Period,
    },
}

impl FaultKind {
    /// The kind as a stable word for machines, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Vin(fault) => vin_fault_code(fault),
            Self::VinNotice(notice) => vin_notice_code(notice),
            Self::CheckDigit(_) => "fin-check-digit",
            Self::MissingCell { .. } => "missing-cell",
            Self::CellError { .. } => "cell-error",
            Self::RaggedRow { .. } => "ragged-row",
            Self::JsonUnreadable => "json-unreadable",
            Self::StrayQuote => "stray-quote",
            Self::DateUnreadable { .. } => "date-unreadable",
            Self::DateNotInCalendar { .. } => "date-not-in-calendar",
            Self::DateAmbiguous { .. } => "date-ambiguous",
            Self::CompactDate { .. } => "compact-date",
            Self::DateFromNumber { .. } => "date-from-number",
            Self::YearOutOfRange { .. } => "year-out-of-range",
            Self::DateWithTime { .. } => "date-with-time",
            Self::EndBeforeStart { .. } => "end-before-start",
            Self::PeriodAcrossYears { .. } => "period-across-years",
            Self::RegisteredAtUnreadable => "registered-at-unreadable",
            Self::RegisteredAtNotInCalendar => "registered-at-not-in-calendar",
            Self::RegisteredAtWithoutTime { .. } => "registered-at-without-time",
            Self::RegisteredAtDigitsOnly => "registered-at-digits-only",
            Self::DamagedUnixStamp => "damaged-unix-stamp",
            Self::RegisteredAtSkipped => "registered-at-skipped",
            Self::RegisteredAtTwice => "registered-at-twice",
            Self::Duplicate { .. } => "duplicate",
            Self::Overlap { .. } => "overlap",
            Self::Disjoint { .. } => "disjoint-periods",
        }
    }

    /// Which value of a record it is about; `None` for what concerns the row.
    #[must_use]
    pub fn field(&self) -> Option<Field> {
        match self {
            Self::Vin(_) | Self::VinNotice(_) | Self::CheckDigit(_) => Some(Field::Fin),
            Self::MissingCell { field }
            | Self::CellError { field }
            | Self::DateUnreadable { field }
            | Self::DateNotInCalendar { field }
            | Self::DateAmbiguous { field, .. }
            | Self::CompactDate { field, .. }
            | Self::DateFromNumber { field, .. }
            | Self::YearOutOfRange { field, .. }
            | Self::DateWithTime { field } => Some(*field),
            Self::EndBeforeStart { .. } | Self::PeriodAcrossYears { .. } => Some(Field::End),
            Self::RegisteredAtUnreadable
            | Self::RegisteredAtNotInCalendar
            | Self::RegisteredAtWithoutTime { .. }
            | Self::RegisteredAtDigitsOnly
            | Self::DamagedUnixStamp
            | Self::RegisteredAtSkipped
            | Self::RegisteredAtTwice => Some(Field::RegisteredAt),
            Self::RaggedRow { .. }
            | Self::JsonUnreadable
            | Self::StrayQuote
            | Self::Duplicate { .. }
            | Self::Overlap { .. }
            | Self::Disjoint { .. } => None,
        }
    }
}

fn vin_fault_code(fault: &VinFault) -> &'static str {
    match fault {
        VinFault::Empty => "fin-empty",
        VinFault::TooShort { .. } => "fin-too-short",
        VinFault::TooLong { .. } => "fin-too-long",
        VinFault::CheckDigitAppended { .. } => "fin-check-digit-appended",
        VinFault::ForbiddenLetter { .. } => "fin-forbidden-letter",
        VinFault::LookAlike { .. } => "fin-look-alike",
        VinFault::FullWidth { .. } => "fin-full-width",
        VinFault::OtherCharacter { .. } => "fin-other-character",
        VinFault::SpreadsheetNumber => "fin-spreadsheet-number",
        _ => "fin-fault",
    }
}

fn vin_notice_code(notice: &VinNotice) -> &'static str {
    match notice {
        VinNotice::SeparatorsRemoved { .. } => "fin-separators-removed",
        VinNotice::Placeholder { .. } => "fin-placeholder",
        VinNotice::LettersInSerial { .. } => "fin-letters-in-serial",
        _ => "fin-notice",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(index: u32) -> ColumnRef {
        ColumnRef {
            index,
            header: None,
        }
    }

    #[test]
    fn columns_are_lettered_as_in_a_spreadsheet() {
        for (index, letters) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (51, "AZ"),
            (701, "ZZ"),
            (702, "AAA"),
            (16_383, "XFD"),
        ] {
            assert_eq!(column(index).letters(), letters);
        }
        assert_eq!(column(u32::MAX).letters(), "MWLQKWV");
    }

    #[test]
    fn debug_output_of_a_fault_shows_no_value() {
        let fault = Fault {
            row: 17,
            column: Some(column(2)),
            value: "WVWZZZE1ZMPO00001".to_owned(),
            kind: FaultKind::Vin(VinFault::TooShort { length: 3 }),
            proposal: Some("WVWZZZE1ZMP000001".to_owned()),
            severity: Severity::Fault,
        };
        assert_eq!(fault.cell().as_deref(), Some("C17"));
        assert!(fault.is_fin());
        assert!(!format!("{fault:?}").contains("WVWZZZ"));
    }
}
