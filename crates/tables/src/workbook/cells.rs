//! Reading workbooks with calamine: everything that [`scan`](super::scan) is not sure of.

use std::borrow::Cow;
use std::ops::ControlFlow;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use super::Bounds;
use super::guard::{self, Bytes};
use super::scan;
use crate::error::{Limit, ListError, ListErrorKind};
use crate::options::Limits;
use crate::row::Cell;

/// An opened workbook.
pub(super) type Book = Xlsx<Box<dyn Bytes>>;

/// Bytes that a workbook may unpack to here: what is left to calamine is rare and small, and it is slow.
const MOST_INFLATED: u64 = 48 << 20;

/// Opens a workbook after a look into its archive.
pub(super) fn open(mut bytes: Box<dyn Bytes>, limits: &Limits) -> Result<Book, ListError> {
    let mut limits = *limits;
    limits.inflated_bytes = limits.inflated_bytes.min(MOST_INFLATED);
    guard::check(&mut *bytes, &limits)?;
    bytes.rewind()?;
    Xlsx::new(bytes).map_err(damaged)
}

/// The sheets and whether they are visible.
pub(super) fn sheets(book: &Book) -> Vec<(String, bool)> {
    book.sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
        .collect()
}

/// Goes through the rows of a sheet that hold anything.
pub(super) fn walk(
    xlsx: &mut Book,
    sheet: &str,
    bounds: Bounds,
    mut take: impl FnMut(u64, &mut Vec<Cell<'_>>) -> Result<ControlFlow<()>, ListError>,
) -> Result<(), ListError> {
    let mut reader = xlsx.worksheet_cells_reader(sheet).map_err(damaged)?;
    let mut row: Vec<Cell<'_>> = Vec::new();
    let mut number = 0;
    let mut count = 0;
    while let Some(cell) = reader.next_cell().map_err(damaged)? {
        count += 1;
        if count > bounds.cells {
            return Err(ListError::limit(Limit::Cells, bounds.cells, Some(number)));
        }
        let (line, column) = cell.get_position();
        let value = value(cell.get_value());
        if value == Cell::Empty {
            continue;
        }
        let line = u64::from(line) + 1;
        if column >= bounds.columns {
            return Err(ListError::limit(
                Limit::Columns,
                u64::from(bounds.columns),
                Some(line),
            ));
        }
        if line != number {
            scan::in_order(number, line)?;
            if !row.is_empty() && take(number, &mut row)?.is_break() {
                return Ok(());
            }
            row.clear();
            number = line;
        }
        let column = column as usize;
        if row.len() <= column {
            row.resize(column + 1, Cell::Empty);
        }
        row[column] = value;
    }
    if !row.is_empty() {
        let _ = take(number, &mut row)?;
    }
    Ok(())
}

fn value<'a>(value: &DataRef<'a>) -> Cell<'a> {
    match value {
        DataRef::SharedString("") | DataRef::Empty => Cell::Empty,
        DataRef::SharedString(text) => Cell::Text(Cow::Borrowed(text)),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            if text.is_empty() {
                Cell::Empty
            } else {
                Cell::Text(Cow::Owned(text.clone()))
            }
        }
        DataRef::Int(number) => Cell::Number(*number as f64),
        DataRef::Float(number) => Cell::Number(*number),
        DataRef::Bool(value) => Cell::Bool(*value),
        DataRef::DateTime(moment) => date(moment).map_or(Cell::Number(moment.as_f64()), Cell::Date),
        DataRef::Error(error) => Cell::Error(Cow::Owned(error.to_string())),
    }
}

/// A date, to the nearest second: fractions of days hold no more. Before March 1900 the count of days is off, and
/// what has such a day is a time alone.
fn date(moment: &ExcelDateTime) -> Option<NaiveDateTime> {
    if moment.is_duration() {
        return None;
    }
    let exact = moment.as_datetime()?;
    let rounded = exact
        .checked_add_signed(TimeDelta::milliseconds(500))?
        .with_nanosecond(0)?;
    let first = NaiveDate::from_ymd_opt(1900, 3, 1)?;
    (rounded.date() >= first && rounded.year() <= 9999).then_some(rounded)
}

fn damaged(error: XlsxError) -> ListError {
    ListError::with(ListErrorKind::Workbook, error)
}
