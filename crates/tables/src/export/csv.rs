//! Tables as CSV.

use std::io::Write;

use super::error::ExportError;
use super::schema::{Schema, Value};
use super::text::{cell, without_formulas};
use crate::explain::{steers, visible_where};
use crate::write::formula::{guard, is_risky};

/// The form of an exported CSV file. It is always UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvForm {
    /// The delimiter, an ASCII character.
    pub delimiter: u8,
    /// Whether the file begins with a byte order mark, without which Excel spoils å, ä and ö.
    pub byte_order_mark: bool,
    /// Whether rows end in CR LF, as Excel writes them.
    pub crlf: bool,
}

impl Default for CsvForm {
    /// What programs read without being told: commas, LF, no byte order mark.
    fn default() -> Self {
        Self {
            delimiter: b',',
            byte_order_mark: false,
            crlf: false,
        }
    }
}

impl CsvForm {
    /// What Excel opens without questions where numbers have a decimal comma: semicolons, CR LF, a byte order mark.
    #[must_use]
    pub fn spreadsheet() -> Self {
        Self {
            delimiter: b';',
            byte_order_mark: true,
            crlf: true,
        }
    }
}

pub(super) struct CsvTable<W: Write> {
    csv: csv::Writer<W>,
}

impl<W: Write> CsvTable<W> {
    pub(super) fn new(mut to: W, schema: &Schema, form: CsvForm) -> Result<Self, ExportError> {
        if form.byte_order_mark {
            to.write_all("\u{feff}".as_bytes())?;
        }
        let mut csv = csv::WriterBuilder::new()
            .delimiter(form.delimiter)
            .terminator(if form.crlf {
                csv::Terminator::CRLF
            } else {
                csv::Terminator::Any(b'\n')
            })
            .from_writer(to);
        for column in schema.columns() {
            write_text(&mut csv, column.name())?;
        }
        csv.write_record(None::<&[u8]>)?;
        Ok(Self { csv })
    }

    pub(super) fn row(&mut self, values: &[Value<'_>]) -> Result<(), ExportError> {
        for value in values {
            match value {
                Value::Text(text) => write_text(&mut self.csv, text)?,
                Value::Json(json) if is_risky(json) || json.contains(steers) => {
                    self.csv.write_field(without_formulas(json).as_bytes())?;
                }
                // Digits, days and moments cannot be formulas; a minus in front of a number is none.
                other => self.csv.write_field(cell(other).as_bytes())?,
            }
        }
        self.csv.write_record(None::<&[u8]>)?;
        Ok(())
    }

    pub(super) fn finish(self) -> Result<W, ExportError> {
        self.csv
            .into_inner()
            .map_err(|error| error.into_error().into())
    }
}

/// Text that no spreadsheet takes for a formula and that steers no terminal; line breaks and tabs stay, quoted.
fn write_text<W: Write>(csv: &mut csv::Writer<W>, text: &str) -> Result<(), ExportError> {
    let guarded = guard(text);
    let clean = visible_where(&guarded, |c| steers(c) && !matches!(c, '\n' | '\r' | '\t'));
    csv.write_field(clean.as_bytes())?;
    Ok(())
}
