//! Reading a list row by row, with everything there is to say about each row.

use std::ops::ControlFlow;
use std::sync::Arc;

use finkit_core::FinRecord;
use memchr::memchr;

use crate::check::quick::Quick;
use crate::error::{ListError, ListErrorKind};
use crate::list::{Dialect, List, Row};
use crate::open::{self, Opened, OpenedSheet, OpenedText};
use crate::options::{ListOptions, Source};
use crate::row::{Cell, Parsed, RowParser};
use crate::text::blocks::Block;
use crate::text::rows::{self, RowEnd};

/// Reads a whole list into memory.
///
/// ```
/// use finkit_tables::{ListOptions, Source, read};
///
/// let csv = "FIN;von;bis;Vertragsdatum\nWVWZZZE1ZMP000001;01.01.2026;31.12.2026;15.01.2026 10:22\n";
/// let list = read(Source::bytes(csv), &ListOptions::default())?;
/// assert_eq!(list.records().count(), 1);
/// # Ok::<(), finkit_tables::ListError>(())
/// ```
///
/// # Errors
///
/// [`ListError`] when the list cannot be read at all; faults of single rows are no errors.
pub fn read(source: Source, options: &ListOptions) -> Result<List, ListError> {
    let mut rows = Vec::new();
    let dialect = visit(source, options, |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok(List { dialect, rows })
}

/// Reads a list row by row in constant memory, until its end or until the visitor breaks off.
///
/// The rows before an error were visited already when it is returned.
///
/// # Errors
///
/// [`ListError`] when the list cannot be read at all or to its end.
pub fn visit(
    source: Source,
    options: &ListOptions,
    visitor: impl FnMut(Row) -> ControlFlow<()>,
) -> Result<Arc<Dialect>, ListError> {
    visit_rows(source, options, RowParser::row, None, visitor)
}

/// As [`visit`], but without the cells of the rows, which takes less time.
///
/// ```
/// use std::ops::ControlFlow;
/// use finkit_tables::{ListOptions, Source, visit_values};
///
/// let csv = "FIN;von;bis;Vertragsdatum\nWVWZZZE1ZMP000001;01.01.2026;31.12.2026;15.01.2026 10:22\n";
/// visit_values(Source::bytes(csv), &ListOptions::default(), |row| {
///     assert!(row.record().is_some() && row.cells.is_empty());
///     ControlFlow::Continue(())
/// })?;
/// # Ok::<(), finkit_tables::ListError>(())
/// ```
///
/// # Errors
///
/// As [`visit`].
pub fn visit_values(
    source: Source,
    options: &ListOptions,
    visitor: impl FnMut(Row) -> ControlFlow<()>,
) -> Result<Arc<Dialect>, ListError> {
    let bare = |_: &RowParser, number, _: &[Cell<'_>], parsed| Row::bare(number, parsed);
    visit_rows(source, options, bare, Some(Row::of_record), visitor)
}

/// Makes a row of the record of a sound one, where nothing else of it is wanted.
type OfRecord = fn(u64, FinRecord) -> Row;

fn visit_rows(
    source: Source,
    options: &ListOptions,
    row: impl Fn(&RowParser, u64, &[Cell<'_>], Parsed) -> Row,
    of_record: Option<OfRecord>,
    visitor: impl FnMut(Row) -> ControlFlow<()>,
) -> Result<Arc<Dialect>, ListError> {
    match open::open(source, options)? {
        Opened::Text(opened) => visit_text(opened, row, of_record, visitor),
        Opened::Sheet(opened) => visit_sheet(*opened, row, visitor),
    }
}

fn visit_sheet(
    mut opened: OpenedSheet,
    row: impl Fn(&RowParser, u64, &[Cell<'_>], Parsed) -> Row,
    mut visitor: impl FnMut(Row) -> ControlFlow<()>,
) -> Result<Arc<Dialect>, ListError> {
    let parser = &opened.parser;
    opened.workbook.rows(|number, cells| {
        let parsed = parser.parse(number, cells, false);
        if parsed.blank {
            return Ok(ControlFlow::Continue(()));
        }
        Ok(visitor(row(parser, number, cells, parsed)))
    })?;
    Ok(opened.dialect)
}

fn visit_text(
    mut opened: OpenedText,
    row: impl Fn(&RowParser, u64, &[Cell<'_>], Parsed) -> Row,
    of_record: Option<OfRecord>,
    mut visitor: impl FnMut(Row) -> ControlFlow<()>,
) -> Result<Arc<Dialect>, ListError> {
    let quick = match (of_record, opened.delimiter) {
        (Some(_), Some(delimiter)) => Quick::new(&opened.parser, delimiter, opened.newline),
        _ => None,
    };
    let mut block = Block::default();
    let mut number = 0;
    loop {
        match opened.blocks.next(&mut block) {
            Ok(true) => {}
            Ok(false) => return Ok(opened.dialect),
            Err(broken) => return Err(broken.at(number + 1)),
        }
        let quick = quick.as_ref().filter(|_| memchr(0, block.rows()).is_none());
        let mut at = 0;
        while at < block.rows().len() {
            number += 1;
            let sound = quick
                .filter(|_| number > opened.skipped)
                .and_then(|quick| quick.record(block.rows_and_slack(), at));
            if let (Some((record, next)), Some(of_record)) = (sound, of_record) {
                at = next;
                if visitor(of_record(number, record)).is_break() {
                    return Ok(opened.dialect);
                }
                continue;
            }
            let Some((bytes, next)) = next_row(&block, at, opened.delimiter, opened.newline) else {
                break;
            };
            at = next;
            if memchr(0, bytes).is_some() {
                return Err(ListErrorKind::NulByte { row: number }.into());
            }
            if number <= opened.skipped {
                continue;
            }
            let found = match opened.form.cells(bytes) {
                Some((cells, stray)) => {
                    let parsed = opened.parser.parse(number, &cells, stray);
                    if parsed.blank {
                        continue;
                    }
                    row(&opened.parser, number, &cells, parsed)
                }
                None => {
                    let parsed = opened.form.parse(&opened.parser, number, bytes);
                    if parsed.blank {
                        continue;
                    }
                    row(&opened.parser, number, &[], parsed)
                }
            };
            if visitor(found).is_break() {
                return Ok(opened.dialect);
            }
        }
    }
}

/// The row of a block that begins at `at`, without its line end, and where the next one begins.
pub(crate) fn next_row(
    block: &Block,
    at: usize,
    delimiter: Option<u8>,
    newline: u8,
) -> Option<(&[u8], usize)> {
    let bytes = block.rows();
    if at >= bytes.len() {
        return None;
    }
    let end = match delimiter.filter(|_| block.quotes) {
        Some(delimiter) => match rows::row_end(bytes, at, delimiter, newline) {
            RowEnd::At(end) => end,
            _ => bytes.len(),
        },
        None => memchr(newline, &bytes[at..]).map_or(bytes.len(), |found| at + found),
    };
    Some((rows::without_return(&bytes[at..end]), end + 1))
}
