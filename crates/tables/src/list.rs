//! What reading a list yields: how it was recognised, and its rows.

use std::sync::Arc;

use finkit_core::{FinRecord, Period, RegisteredAt, Vin};

use crate::fault::{ColumnRef, Fault, Severity};
use crate::field::Field;
use crate::options::{Encoding, Format};
use crate::row::Parsed;

/// How a list was recognised, to be shown so that a wrong guess is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialect {
    /// The form of the file.
    pub format: Format,
    /// The delimiter; `None` where the form has none.
    pub delimiter: Option<u8>,
    /// The encoding; `None` for a workbook.
    pub encoding: Option<Encoding>,
    /// Whether the file begins with a byte order mark.
    pub byte_order_mark: bool,
    /// Whether rows end in CR LF, as Excel writes them.
    pub crlf: bool,
    /// The sheet that was read.
    pub sheet: Option<String>,
    /// Sheets that were not read.
    pub other_sheets: Vec<String>,
    /// The row with the headings, counted from 1; `None` for a list without.
    pub header_row: Option<u64>,
    /// All columns in their order.
    pub columns: Vec<ColumnRef>,
    /// Which column holds which value, in the order of [`Field::ALL`]; a value without a column is left out.
    pub mapping: Vec<(Field, ColumnRef)>,
}

impl Dialect {
    /// The column of a value.
    #[must_use]
    pub fn column(&self, field: Field) -> Option<&ColumnRef> {
        self.mapping
            .iter()
            .find(|(mapped, _)| *mapped == field)
            .map(|(_, column)| column)
    }

    /// The columns that hold no value of a record and are carried through to reports.
    pub fn carried(&self) -> impl Iterator<Item = &ColumnRef> {
        self.columns.iter().filter(|column| {
            self.mapping
                .iter()
                .all(|(_, mapped)| mapped.index != column.index)
        })
    }
}

/// One row of a list.
#[derive(Clone, PartialEq)]
pub struct Row {
    /// The row as spreadsheets count it.
    pub number: u64,
    /// The FIN, where it is one.
    pub fin: Option<Vin>,
    /// The period, where start and end are sound.
    pub period: Option<Period>,
    /// The registration time, where it is sound.
    pub registered_at: Option<RegisteredAt>,
    /// All cells of the row as text, the ones with values included, as many as the list has columns; none from
    /// [`visit_values`](crate::visit_values).
    pub cells: Vec<String>,
    /// What there is to say about the row by itself; conflicts with other rows are no part of it.
    pub faults: Vec<Fault>,
}

impl Row {
    /// What was read of a row, without its cells.
    pub(crate) fn bare(number: u64, parsed: Parsed) -> Self {
        Self {
            number,
            fin: parsed.fin,
            period: parsed.period,
            registered_at: parsed.registered_at,
            cells: Vec::new(),
            faults: parsed.faults,
        }
    }

    /// A sound row of which nothing but its record is known.
    pub(crate) fn of_record(number: u64, record: FinRecord) -> Self {
        Self {
            number,
            fin: Some(record.fin),
            period: Some(record.period),
            registered_at: Some(record.registered_at),
            cells: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Whether nothing keeps this row from being used for the purpose the list was read for.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults
            .iter()
            .all(|fault| fault.severity != Severity::Fault)
    }

    /// The record, if the row is sound and has all of its values.
    #[must_use]
    pub fn record(&self) -> Option<FinRecord> {
        if !self.is_sound() {
            return None;
        }
        Some(FinRecord {
            fin: self.fin?,
            period: self.period?,
            registered_at: self.registered_at?,
        })
    }
}

impl std::fmt::Debug for Row {
    /// Without the cells: they hold personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row")
            .field("number", &self.number)
            .field("fin", &self.fin)
            .field("period", &self.period)
            .field("registered_at", &self.registered_at)
            .field("cells", &self.cells.len())
            .field("faults", &self.faults)
            .finish()
    }
}

/// A whole list in memory.
#[derive(Clone, Debug)]
pub struct List {
    /// How it was recognised.
    pub dialect: Arc<Dialect>,
    /// Its rows, in their order; blank rows and what stands above the headings are left out.
    pub rows: Vec<Row>,
}

impl List {
    /// The sound rows with their numbers.
    pub fn records(&self) -> impl Iterator<Item = (u64, FinRecord)> {
        self.rows
            .iter()
            .filter_map(|row| Some((row.number, row.record()?)))
    }

    /// What there is to say about all rows, in their order.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.rows.iter().flat_map(|row| &row.faults)
    }
}
