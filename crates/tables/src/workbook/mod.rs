//! Lists in workbooks of Excel 2007 and later, read cell by cell in the order of the file.

mod guard;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::{BufReader, Cursor, Read};
use std::ops::ControlFlow;

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use chrono::{NaiveDateTime, TimeDelta, Timelike};

use crate::error::{Limit, ListError, ListErrorKind};
use crate::header::{self, HEADER_ROWS, Head, Recognised};
use crate::options::{Header, ListOptions, OpenSource};
use crate::row::Cell;

use guard::Bytes;

/// An opened workbook whose sheet and columns are known.
pub(crate) struct Workbook {
    xlsx: Xlsx<Box<dyn Bytes>>,
    pub(crate) sheet: String,
    pub(crate) other_sheets: Vec<String>,
    pub(crate) recognised: Recognised,
    bounds: Bounds,
}

/// Rows from the top that are looked at for headings, beside those of the header itself.
const LOOKED_AT: usize = HEADER_ROWS + 35;

impl Workbook {
    /// Opens a workbook; `first` are the bytes that were read from the source already.
    pub(crate) fn open(
        first: Vec<u8>,
        source: OpenSource,
        options: &ListOptions,
    ) -> Result<Self, ListError> {
        let mut bytes: Box<dyn Bytes> = match source {
            OpenSource::File(file) => Box::new(BufReader::with_capacity(64 << 10, file)),
            OpenSource::Stream(rest) => Box::new(Cursor::new(whole(
                first,
                rest,
                options.limits.workbook_bytes,
            )?)),
        };
        guard::check(&mut *bytes, &options.limits)?;
        bytes.rewind()?;
        let mut xlsx = Xlsx::new(bytes).map_err(damaged)?;
        let all: Vec<(String, bool)> = xlsx
            .sheets_metadata()
            .iter()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
            .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
            .collect();
        let (sheet, recognised) = choose(&mut xlsx, &all, options)?;
        let other_sheets = all
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| *name != sheet)
            .collect();
        Ok(Self {
            xlsx,
            sheet,
            other_sheets,
            recognised,
            bounds: Bounds::of(options),
        })
    }

    /// Goes through the rows behind the headings. A row is counted from 1 and never empty.
    pub(crate) fn rows(
        &mut self,
        mut take: impl FnMut(u64, &[Cell<'_>]) -> Result<ControlFlow<()>, ListError>,
    ) -> Result<(), ListError> {
        let skipped = self.recognised.header_row.unwrap_or(0);
        let width = self.recognised.layout.columns.len();
        walk(&mut self.xlsx, &self.sheet, self.bounds, |number, cells| {
            if number <= skipped {
                return Ok(ControlFlow::Continue(()));
            }
            if cells.len() < width {
                cells.resize(width, Cell::Empty);
            }
            take(number, cells)
        })
    }
}

/// Bounds kept while cells are read.
#[derive(Clone, Copy)]
struct Bounds {
    columns: u32,
    cells: u64,
}

impl Bounds {
    fn of(options: &ListOptions) -> Self {
        Self {
            columns: options.limits.columns,
            cells: options.limits.cells,
        }
    }
}

/// All bytes of a workbook that cannot be read from a file.
fn whole(mut first: Vec<u8>, rest: Box<dyn Read + Send>, most: u64) -> Result<Vec<u8>, ListError> {
    let room = (most + 1).saturating_sub(first.len() as u64);
    rest.take(room).read_to_end(&mut first)?;
    if first.len() as u64 > most {
        return Err(ListError::limit(Limit::WorkbookBytes, most, None));
    }
    Ok(first)
}

/// The sheet that was asked for, else the first visible one with recognisable columns.
fn choose(
    xlsx: &mut Xlsx<Box<dyn Bytes>>,
    all: &[(String, bool)],
    options: &ListOptions,
) -> Result<(String, Recognised), ListError> {
    let names = || all.iter().map(|(name, _)| name.clone()).collect();
    if let Some(wanted) = &options.sheet {
        let exact = all.iter().find(|(name, _)| name == wanted);
        let alike = || {
            all.iter()
                .find(|(name, _)| name.to_lowercase() == wanted.to_lowercase())
        };
        let Some((name, _)) = exact.or_else(alike) else {
            return Err(ListErrorKind::SheetNotFound {
                name: wanted.clone(),
                sheets: names(),
            }
            .into());
        };
        let head = head(xlsx, name, options)?;
        return Ok((name.clone(), header::recognise(&head, options, false)?));
    }
    let mut failure = None;
    for (name, _) in all.iter().filter(|(_, visible)| *visible) {
        match head(xlsx, name, options).and_then(|head| header::recognise(&head, options, false)) {
            Ok(recognised) => return Ok((name.clone(), recognised)),
            Err(error) => {
                // What is wrong with the first sheet that holds anything says most.
                let empty = *error.kind() == ListErrorKind::Empty;
                if failure
                    .as_ref()
                    .is_none_or(|(was_empty, _)| *was_empty && !empty)
                {
                    failure = Some((empty, error));
                }
            }
        }
    }
    Err(failure.map_or_else(|| ListErrorKind::Empty.into(), |(_, error)| error))
}

/// The first rows of a sheet.
fn head(
    xlsx: &mut Xlsx<Box<dyn Bytes>>,
    sheet: &str,
    options: &ListOptions,
) -> Result<Head, ListError> {
    let last = match options.header {
        Header::Row(row) => row + 8,
        Header::Auto | Header::None => 0,
    };
    let mut head = Head::default();
    walk(xlsx, sheet, Bounds::of(options), |number, cells| {
        head.rows.push((number, header::texts(cells)));
        let enough = head.rows.len() >= LOOKED_AT && number >= last;
        Ok(if enough {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    Ok(head)
}

/// Goes through the rows of a sheet that hold anything.
fn walk(
    xlsx: &mut Xlsx<Box<dyn Bytes>>,
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

/// A date, to the nearest second: fractions of days hold no more.
fn date(moment: &ExcelDateTime) -> Option<NaiveDateTime> {
    if moment.is_duration() {
        return None;
    }
    let exact = moment.as_datetime()?;
    exact
        .checked_add_signed(TimeDelta::milliseconds(500))?
        .with_nanosecond(0)
}

fn damaged(error: XlsxError) -> ListError {
    ListError::with(ListErrorKind::Workbook, error)
}
