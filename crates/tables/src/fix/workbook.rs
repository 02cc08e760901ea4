//! The copy of a workbook, which is CSV: its cells as they are read, in the form that Excel opens without questions.

use std::borrow::Cow;
use std::io::Write;
use std::ops::ControlFlow;

use super::rules::Reading;
use super::{FixReport, Out, Tally};
use crate::error::ListError;
use crate::fault::ColumnRef;
use crate::list::Dialect;
use crate::open::OpenedSheet;
use crate::options::{Format, ListOptions};
use crate::row::{Cell, RowParser};
use crate::write::formula::guard;

/// Copies a workbook: headings and rows with data as UTF-8 with byte order mark, semicolons, CR LF. Values that a
/// spreadsheet could take for a formula get an apostrophe in front. Columns behind the last heading are named by
/// their letters, since each row of the copy must have as many cells as there are headings.
pub(super) fn copy<W: Write>(
    opened: OpenedSheet,
    options: &ListOptions,
    out: Out<W>,
) -> Result<FixReport, ListError> {
    let OpenedSheet {
        mut workbook,
        parser,
        dialect,
    } = opened;
    let mut copy = Copy {
        out,
        options,
        tally: Tally::new(),
        width: dialect.columns.len(),
        line: String::new(),
    };
    workbook.rows(|_, cells| {
        let used = cells.iter().rposition(|cell| !cell.is_blank());
        copy.width = copy.width.max(used.map_or(0, |last| last + 1));
        Ok(ControlFlow::Continue(()))
    })?;
    copy.headings(&dialect)?;
    workbook.rows(|number, cells| {
        copy.row(&parser, number, cells)?;
        Ok(ControlFlow::Continue(()))
    })?;
    copy.out.finish()?;
    Ok(FixReport::new(dialect, Format::Csv, copy.tally))
}

struct Copy<'a, W: Write> {
    out: Out<W>,
    options: &'a ListOptions,
    tally: Tally,
    /// Cells of each row.
    width: usize,
    line: String,
}

impl<W: Write> Copy<'_, W> {
    fn headings(&mut self, dialect: &Dialect) -> Result<(), ListError> {
        self.out.write(b"\xEF\xBB\xBF")?;
        if dialect.header_row.is_none() {
            return Ok(());
        }
        let named = dialect
            .columns
            .iter()
            .map(|column| column.header.as_deref().unwrap_or_default().to_owned());
        let unnamed = (dialect.columns.len()..self.width).map(|index| {
            let column = ColumnRef {
                index: index as u32,
                header: None,
            };
            format!("Spalte {}", column.letters())
        });
        let headings: Vec<String> = named.chain(unnamed).collect();
        self.line(headings.iter().map(String::as_str))
    }

    fn row(
        &mut self,
        parser: &RowParser,
        number: u64,
        cells: &[Cell<'_>],
    ) -> Result<(), ListError> {
        let parsed = parser.parse(number, cells, false);
        if parsed.blank {
            return Ok(());
        }
        self.tally.count(&parsed);
        let mut texts: Vec<Cow<'_, str>> = cells.iter().map(Cell::text).collect();
        texts.resize(self.width, Cow::Borrowed(""));
        let rewrites = Reading {
            places: &parser.layout.places,
            options: self.options,
            cells: &texts,
            fin: parsed.fin,
            registered_at: parsed.registered_at,
            faults: &parsed.faults,
        }
        .rewrites();
        self.tally.corrected += u64::from(!rewrites.is_empty());
        for rewrite in rewrites {
            let cell = &mut texts[rewrite.column];
            self.tally
                .log
                .add(number, rewrite.field, rewrite.kind, cell, &rewrite.after)?;
            *cell = Cow::Owned(rewrite.after);
        }
        self.line(texts.iter().map(AsRef::as_ref))
    }

    fn line<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> Result<(), ListError> {
        self.line.clear();
        for (index, cell) in cells.enumerate() {
            if index > 0 {
                self.line.push(';');
            }
            // No file of text holds a NUL character.
            let cell = cell.replace('\0', "\u{fffd}");
            let cell = guard(&cell);
            if cell.contains(['"', ';', '\r', '\n']) {
                self.line.push('"');
                self.line.push_str(&cell.replace('"', "\"\""));
                self.line.push('"');
            } else {
                self.line.push_str(&cell);
            }
        }
        self.line.push_str("\r\n");
        self.out.write(self.line.as_bytes())
    }
}
