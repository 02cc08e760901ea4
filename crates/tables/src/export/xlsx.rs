//! Tables as a workbook of one sheet.
//!
//! All text is text, whatever it looks like: numbers of articles and GTINs keep their zeros, and no value becomes a
//! formula or a link, not even when a person edits the cell. Decimals are text too, since a spreadsheet has no number
//! but the float. Days are days.

use std::borrow::Cow;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatBorder, Workbook};

use super::error::ExportError;
use super::schema::{Column, Kind, Schema, Value};
use super::text::cell;
use crate::explain::{steers, visible_where};
use crate::remembering::Remembering;
use crate::write::formula::is_risky;

/// Rows of a sheet below its heading (Microsoft, "Excel specifications and limits").
pub(super) const MOST_ROWS: u64 = 1_048_575;
/// Columns of a sheet.
const MOST_COLUMNS: usize = 16_384;
/// UTF-16 units of a cell.
const MOST_UNITS: usize = 32_767;
/// Whole numbers up to this are exact in a spreadsheet, which keeps 15 digits.
const MOST_EXACT: u64 = 999_999_999_999_999;

pub(super) struct Sheet<W: Write + Send> {
    to: W,
    workbook: Workbook,
    text: Format,
    /// Text that a spreadsheet would take for a formula if it were typed in.
    quoted: Format,
    date: Format,
    columns: usize,
    rows: u64,
    most_rows: u64,
    shortened: u64,
    /// Set once the library has given up in the middle of a row.
    broken: bool,
}

impl<W: Write + Send> Sheet<W> {
    /// Rows wait in a file without a name in `folder`.
    pub(super) fn new(to: W, schema: &Schema, folder: Option<&Path>) -> Result<Self, ExportError> {
        let columns = schema.columns();
        if columns.len() > MOST_COLUMNS {
            return Err(ExportError::too_many_columns());
        }
        let mut workbook = Workbook::new();
        if let Some(folder) = folder {
            workbook.set_tempdir(folder)?;
        }
        // The same table is the same file: a day of its own instead of the clock's.
        let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
        workbook.set_properties(
            &DocProperties::new()
                .set_author("finkit")
                .set_creation_datetime(&made),
        );
        let text = Format::new().set_num_format("@");
        let mut sheet = Self {
            to,
            quoted: text.clone().set_quote_prefix(),
            text,
            date: Format::new().set_num_format("yyyy-mm-dd"),
            columns: columns.len(),
            rows: 0,
            most_rows: MOST_ROWS,
            shortened: 0,
            broken: false,
            workbook,
        };
        or_error(|| sheet.begin(columns))?;
        Ok(sheet)
    }

    fn begin(&mut self, columns: &[Column]) -> Result<(), ExportError> {
        let heading = Format::new()
            .set_bold()
            .set_background_color(Color::RGB(0xE3E8EF))
            .set_border_bottom(FormatBorder::Thin);
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_repeat_rows(0, 0)?;
        for (place, column) in (0..).zip(columns) {
            let (name, _) = fitting(column.name());
            sheet.write_string_with_format(0, place, name, &heading)?;
            sheet.set_column_width(place, width(column))?;
            // What is typed into an empty cell of such a column stays text as well.
            if !matches!(column.kind(), Kind::Date | Kind::Integer | Kind::Boolean) {
                sheet.set_column_format(place, &self.text)?;
            }
        }
        Ok(())
    }

    pub(super) fn row(&mut self, values: &[Value<'_>]) -> Result<(), ExportError> {
        if self.broken {
            return Err(ExportError::gave_up());
        }
        if self.rows == self.most_rows {
            return Err(ExportError::too_many_rows(self.most_rows));
        }
        let written = or_error(|| self.write_row(values));
        self.broken = written.is_err();
        written
    }

    fn write_row(&mut self, values: &[Value<'_>]) -> Result<(), ExportError> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a sheet has 20 bits of rows"
        )]
        let at = self.rows as u32 + 1;
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (place, value) in (0..).zip(values) {
            match value {
                Value::Null => {}
                Value::Boolean(truth) => {
                    sheet.write_boolean(at, place, *truth)?;
                }
                Value::Integer(number) if number.unsigned_abs() <= MOST_EXACT => {
                    #[expect(clippy::cast_precision_loss, reason = "15 digits are exact")]
                    sheet.write_number(at, place, *number as f64)?;
                }
                Value::Date(day) if let Some(day) = excel_date(*day) => {
                    sheet.write_datetime_with_format(at, place, day, &self.date)?;
                }
                other => {
                    let text = cell(other);
                    let (text, shortened) = fitting(&text);
                    self.shortened += u64::from(shortened);
                    let format = if is_risky(&text) {
                        &self.quoted
                    } else {
                        &self.text
                    };
                    sheet.write_string_with_format(at, place, text, format)?;
                }
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// The target, and how many cells had to be shortened.
    pub(super) fn finish(self) -> Result<(W, u64), ExportError> {
        if self.broken {
            return Err(ExportError::gave_up());
        }
        or_error(|| self.assemble())
    }

    fn assemble(mut self) -> Result<(W, u64), ExportError> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked against the limits of a sheet"
        )]
        let (last_row, last_column) = (self.rows as u32, (self.columns - 1) as u16);
        self.workbook
            .worksheet_from_index(0)?
            .autofilter(0, 0, last_row, last_column)?;
        let mut to = Remembering {
            to: self.to,
            error: None,
        };
        self.workbook.save_to_writer(&mut to)?;
        match to.error {
            Some(error) => Err(error.into()),
            None => Ok((to.to, self.shortened)),
        }
    }

    #[cfg(test)]
    fn with_most_rows(mut self, rows: u64) -> Self {
        self.most_rows = rows;
        self
    }
}

/// The library panics where it cannot write its temporary files, as on a full disk; to a caller that is an error like
/// any other.
fn or_error<T>(write: impl FnOnce() -> Result<T, ExportError>) -> Result<T, ExportError> {
    catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|_| Err(ExportError::gave_up()))
}

/// The day, where a spreadsheet knows it. Before March 1900 Excel counts a day that wasn't.
fn excel_date(day: NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok().filter(|year| *year > 1900)?;
    ExcelDateTime::from_ymd(
        year,
        u8::try_from(day.month()).ok()?,
        u8::try_from(day.day()).ok()?,
    )
    .ok()
}

fn width(column: &Column) -> f64 {
    let least = match column.kind() {
        Kind::Boolean | Kind::Integer => 8,
        Kind::Date | Kind::Decimal { .. } => 12,
        Kind::Text => 16,
        Kind::Moment => 22,
        Kind::Json => 40,
    };
    #[expect(clippy::cast_precision_loss, reason = "at most 40")]
    let width = column.name().chars().count().clamp(least, 40) as f64;
    width + 2.0
}

/// The text as a cell can hold it, and whether it had to be shortened.
fn fitting(text: &str) -> (Cow<'_, str>, bool) {
    let text = visible_where(text, |c| steers(c) && !matches!(c, '\n' | '\r' | '\t'));
    // A UTF-16 unit stands for at least one byte and at most three.
    if text.len() <= MOST_UNITS || text.encode_utf16().count() <= MOST_UNITS {
        return (text, false);
    }
    const MARK: &str = " …";
    let mut room = MOST_UNITS - MARK.len();
    let mut end = 0;
    for c in text.chars() {
        if c.len_utf16() > room {
            break;
        }
        room -= c.len_utf16();
        end += c.len_utf8();
    }
    (format!("{}{MARK}", &text[..end]).into(), true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::ExportErrorKind;

    #[test]
    fn a_full_sheet_says_what_to_do() {
        let schema = Schema::new([Column::new("a", Kind::Text)]).unwrap();
        let mut sheet = Sheet::new(Vec::new(), &schema, None)
            .unwrap()
            .with_most_rows(2);
        for _ in 0..2 {
            sheet.row(&[Value::text("x")]).unwrap();
        }
        let error = sheet.row(&[Value::text("x")]).unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::TooLarge);
        assert!(error.to_string().contains("Parquet"));
    }

    #[test]
    fn library_that_gives_up_is_an_error() {
        let error = or_error::<()>(|| panic!("made for this test")).unwrap_err();
        assert_eq!(error.kind(), ExportErrorKind::Library);
    }

    #[test]
    fn a_long_text_is_shortened_between_two_characters() {
        let long = "ö𝄞".repeat(20_000);
        let (text, shortened) = fitting(&long);
        assert!(shortened && text.ends_with('…'));
        assert!(text.encode_utf16().count() <= MOST_UNITS);
        assert!(!fitting("short").1);
    }
}
