//! The copy of a list in text form: rows go through as they are, corrected cells are put in their places.

use std::borrow::Cow;
use std::io::Write;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use memchr::memchr;

use super::rules::{Reading, Rewrite};
use super::{FixReport, Out, Tally, json};
use crate::error::{ListError, ListErrorKind};
use crate::form::RowForm;
use crate::open::OpenedText;
use crate::options::{Encoding, ListOptions};
use crate::read::next_row;
use crate::row::Cell;
use crate::text::Syntax;
use crate::text::blocks::Block;
use crate::text::rows::{QUOTE, without_return};

/// Copies a list in text form. `first` are its first bytes, `end` holds its last ones once it has been read.
pub(super) fn copy<W: Write>(
    mut opened: OpenedText,
    first: &[u8],
    end: &AtomicU32,
    options: &ListOptions,
    out: Out<W>,
) -> Result<FixReport, ListError> {
    let encoding = opened.dialect.encoding.unwrap_or(Encoding::Utf8);
    let mut copy = Copy {
        out,
        encoding,
        options,
        tally: Tally::new(),
        line: Vec::new(),
    };
    copy.out
        .write(&first[..preamble(first, encoding, opened.newline)])?;
    let pending = copy.rows(&mut opened)?;
    if pending && ends_in(end.load(Ordering::Relaxed), opened.newline, encoding) {
        copy.write(&[opened.newline])?;
    }
    copy.out.finish()?;
    let format = opened.dialect.format;
    Ok(FixReport::new(opened.dialect, format, copy.tally))
}

/// How many of the first bytes are no row: the byte order mark and a line such as `sep=;`.
fn preamble(first: &[u8], encoding: Encoding, newline: u8) -> usize {
    let (mark, width): (&[u8], usize) = match encoding {
        Encoding::Utf8 => (b"\xEF\xBB\xBF", 1),
        Encoding::Windows1252 => (b"", 1),
        Encoding::Utf16Le => (b"\xFF\xFE", 2),
        Encoding::Utf16Be => (b"\xFE\xFF", 2),
    };
    let mark = if first.starts_with(mark) {
        mark.len()
    } else {
        0
    };
    let low = usize::from(encoding == Encoding::Utf16Be);
    let text: Vec<u8> = first[mark..]
        .chunks_exact(width)
        .map(|unit| unit[low])
        .collect();
    let line = memchr(newline, &text).unwrap_or(text.len());
    let names_delimiter = text
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"sep="))
        && without_return(&text[..line]).len() == 5;
    if names_delimiter {
        mark + (line + 1).min(text.len()) * width
    } else {
        mark
    }
}

/// Whether the last bytes of a text are a line end.
fn ends_in(last: u32, newline: u8, encoding: Encoding) -> bool {
    let newline = u32::from(newline);
    match encoding {
        Encoding::Utf8 | Encoding::Windows1252 => last & 0xFF == newline,
        Encoding::Utf16Le => last & 0xFFFF == newline << 8,
        Encoding::Utf16Be => last & 0xFFFF == newline,
    }
}

struct Copy<'a, W: Write> {
    out: Out<W>,
    encoding: Encoding,
    options: &'a ListOptions,
    tally: Tally,
    /// A row with its corrections.
    line: Vec<u8>,
}

impl<W: Write> Copy<'_, W> {
    /// Copies all rows but the last line end; tells whether there is one to come.
    fn rows(&mut self, opened: &mut OpenedText) -> Result<bool, ListError> {
        let mut block = Block::default();
        let mut number = 0;
        let mut pending = false;
        loop {
            match opened.blocks.next(&mut block) {
                Ok(true) => {}
                Ok(false) => return Ok(pending),
                Err(broken) => return Err(broken.at(number + 1)),
            }
            let mut at = 0;
            while let Some((row, next)) = next_row(&block, at, opened.delimiter, opened.newline) {
                number += 1;
                if memchr(0, row).is_some() {
                    return Err(ListErrorKind::NulByte { row: number }.into());
                }
                if pending {
                    self.write(&[opened.newline])?;
                }
                // The last row of a block has its line end like all others.
                let behind = &block.rows()[at + row.len()..next - 1];
                if number <= opened.skipped || !self.corrected(opened, number, row)? {
                    self.write(row)?;
                }
                self.write(behind)?;
                pending = true;
                at = next;
            }
        }
    }

    /// Writes the row if there is something to correct in it.
    fn corrected(
        &mut self,
        opened: &OpenedText,
        number: u64,
        row: &[u8],
    ) -> Result<bool, ListError> {
        let Some((cells, stray)) = opened.form.cells(row) else {
            let parsed = opened.form.parse(&opened.parser, number, row);
            self.tally.count(&parsed);
            return Ok(false);
        };
        let parsed = opened.parser.parse(number, &cells, stray);
        self.tally.count(&parsed);
        let texts: Vec<Cow<'_, str>> = cells.iter().map(Cell::text).collect();
        let rewrites = Reading {
            places: &opened.parser.layout.places,
            options: self.options,
            cells: &texts,
            fin: parsed.fin,
            registered_at: parsed.registered_at,
            faults: &parsed.faults,
        }
        .rewrites();
        let placed = place_all(&opened.form, row, rewrites);
        if placed.is_empty() {
            return Ok(false);
        }
        self.tally.corrected += 1;
        self.line.clear();
        let mut copied = 0;
        for (place, rewrite) in placed {
            self.tally.log.add(
                number,
                rewrite.field,
                rewrite.kind,
                &texts[rewrite.column],
                &rewrite.after,
            )?;
            self.line.extend_from_slice(&row[copied..place.start]);
            copied = place.end;
            let after = rewrite.after.as_bytes();
            let quoted = row.get(place.start) == Some(&QUOTE)
                || opened
                    .delimiter
                    .is_some_and(|delimiter| after.contains(&delimiter));
            self.line.extend(quoted.then_some(QUOTE));
            self.line.extend_from_slice(after);
            self.line.extend(quoted.then_some(QUOTE));
        }
        self.line.extend_from_slice(&row[copied..]);
        let line = std::mem::take(&mut self.line);
        self.write(&line)?;
        self.line = line;
        Ok(true)
    }

    /// Writes a part of a row, whole characters, in the encoding of the list.
    fn write(&mut self, bytes: &[u8]) -> Result<(), ListError> {
        let encode: fn(u16) -> [u8; 2] = match self.encoding {
            Encoding::Utf8 | Encoding::Windows1252 => return self.out.write(bytes),
            Encoding::Utf16Le => u16::to_le_bytes,
            Encoding::Utf16Be => u16::to_be_bytes,
        };
        let text = String::from_utf8_lossy(bytes);
        let units: Vec<u8> = text.encode_utf16().flat_map(encode).collect();
        self.out.write(&units)
    }
}

/// The rewrites with their places in the row, from front to back.
fn place_all(form: &RowForm, row: &[u8], rewrites: Vec<Rewrite>) -> Vec<(Range<usize>, Rewrite)> {
    let RowForm::Text { syntax, .. } = form else {
        return Vec::new();
    };
    if rewrites.is_empty() {
        return Vec::new();
    }
    let cells = match syntax {
        Syntax::Csv { delimiter } => cell_places(row, *delimiter),
        Syntax::Ndjson { .. } => Vec::new(),
    };
    let place = |rewrite: &Rewrite| match syntax {
        Syntax::Csv { .. } => cells.get(rewrite.column).cloned(),
        // What is no string is left alone: its type belongs to whoever made the list.
        Syntax::Ndjson { keys } => json::string_of(row, keys.get(rewrite.column)?),
    };
    let mut placed: Vec<_> = rewrites
        .into_iter()
        .filter_map(|rewrite| Some((place(&rewrite)?, rewrite)))
        .collect();
    placed.sort_unstable_by_key(|(place, _)| place.start);
    placed
}

/// Where the cells of a row stand, quotes included; by the same rules as
/// [`cells`](crate::text::rows::cells).
fn cell_places(row: &[u8], delimiter: u8) -> Vec<Range<usize>> {
    let mut places = Vec::with_capacity(8);
    let mut at = 0;
    loop {
        let from = match row.get(at) {
            Some(&QUOTE) => behind_quotes(row, at + 1),
            _ => at,
        };
        let end = memchr(delimiter, &row[from..]).map_or(row.len(), |found| from + found);
        places.push(at..end);
        if end == row.len() {
            return places;
        }
        at = end + 1;
    }
}

/// Behind the quote that ends what begins at `at`; at the end of the row where there is none.
fn behind_quotes(row: &[u8], mut at: usize) -> usize {
    while let Some(quote) = memchr(QUOTE, &row[at..]) {
        at += quote + 1;
        if row.get(at) != Some(&QUOTE) {
            return at;
        }
        at += 1;
    }
    row.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::decode::RowEncoding;
    use crate::text::rows::cells;
    use proptest::prelude::*;

    #[test]
    fn the_lines_above_the_rows_are_told_by_their_bytes() {
        let utf16 = |text: &str| -> Vec<u8> {
            let units = text.encode_utf16().flat_map(u16::to_be_bytes);
            [0xFE, 0xFF].into_iter().chain(units).collect()
        };
        for (first, encoding, expected) in [
            (&b"\xEF\xBB\xBFFIN;von"[..], Encoding::Utf8, 3),
            (b"\xEF\xBB\xBFsep=;\r\nFIN", Encoding::Utf8, 10),
            (b"SEP=;\nFIN", Encoding::Windows1252, 6),
            (b"sep=;;\nFIN", Encoding::Utf8, 0),
            (b"separator;\n", Encoding::Utf8, 0),
            (b"", Encoding::Utf8, 0),
            (&utf16("sep=;\r\nFIN"), Encoding::Utf16Be, 16),
            (&utf16("FIN;von"), Encoding::Utf16Be, 2),
        ] {
            assert_eq!(preamble(first, encoding, b'\n'), expected, "{first:?}");
        }
    }

    proptest! {
        #[test]
        fn places_are_those_of_the_cells(row in r#"[ab; "]{0,24}"#) {
            let (cells, _) = cells(row.as_bytes(), b';', RowEncoding::Utf8OrWindows1252);
            let places = cell_places(row.as_bytes(), b';');
            prop_assert_eq!(cells.len(), places.len());
            for (cell, place) in cells.iter().zip(&places) {
                if !row[place.clone()].starts_with('"') {
                    prop_assert_eq!(cell.text(), &row[place.clone()]);
                }
            }
            let joined: Vec<&str> = places.into_iter().map(|place| &row[place]).collect();
            prop_assert_eq!(joined.join(";"), row);
        }
    }
}
