//! Where rows end and how they fall into cells (RFC 4180, forgiving as spreadsheets are): a quote counts only at the
//! start of a cell, doubled quotes inside stand for one, line ends inside quotes belong to the cell.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use crate::row::Cell;
use crate::text::decode::{self, RowEncoding};

pub(crate) const QUOTE: u8 = b'"';

/// Where the row that begins at `start` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowEnd {
    /// At this line end; the next row begins behind it.
    At(usize),
    /// Not within these bytes; outside of quotes at their end.
    Open,
    /// Not within these bytes; inside a quoted cell at their end.
    InQuotes,
}

/// Finds the end of a row by the exact rules.
pub(crate) fn row_end(bytes: &[u8], start: usize, delimiter: u8, newline: u8) -> RowEnd {
    let mut at = start;
    loop {
        if bytes.get(at) == Some(&QUOTE) {
            at += 1;
            loop {
                match memchr(QUOTE, &bytes[at..]) {
                    None => return RowEnd::InQuotes,
                    Some(quote) => {
                        at += quote + 1;
                        if bytes.get(at) != Some(&QUOTE) {
                            break;
                        }
                        at += 1;
                    }
                }
            }
        }
        match memchr2(delimiter, newline, &bytes[at..]) {
            None => return RowEnd::Open,
            Some(found) => {
                at += found;
                if bytes[at] == newline {
                    return RowEnd::At(at);
                }
                at += 1;
            }
        }
    }
}

/// The row without the carriage return of its line end.
pub(crate) fn without_return(row: &[u8]) -> &[u8] {
    match row {
        [row @ .., b'\r'] => row,
        row => row,
    }
}

/// The cells of a row without its line end, and whether text stands behind a closing quote.
pub(crate) fn cells(row: &[u8], delimiter: u8, encoding: RowEncoding) -> (Vec<Cell<'_>>, bool) {
    let mut cells = Vec::with_capacity(8);
    let mut stray = false;
    let mut at = 0;
    loop {
        let (cell, end) = if row.get(at) == Some(&QUOTE) {
            let (text, end, tail) = quoted(row, at + 1, delimiter, encoding);
            stray |= tail;
            (text, end)
        } else {
            let end = memchr(delimiter, &row[at..]).map_or(row.len(), |found| at + found);
            (decode::text(&row[at..end], encoding), end)
        };
        cells.push(if cell.is_empty() {
            Cell::Empty
        } else {
            Cell::Text(cell)
        });
        if end == row.len() {
            return (cells, stray);
        }
        at = end + 1;
    }
}

/// A quoted cell from behind its first quote on: its text, its end, and whether text stands behind the last quote.
fn quoted(
    row: &[u8],
    start: usize,
    delimiter: u8,
    encoding: RowEncoding,
) -> (Cow<'_, str>, usize, bool) {
    let mut doubled = false;
    let mut at = start;
    let close = loop {
        match memchr(QUOTE, &row[at..]) {
            None => break row.len(),
            Some(quote) => {
                let quote = at + quote;
                if row.get(quote + 1) == Some(&QUOTE) {
                    doubled = true;
                    at = quote + 2;
                } else {
                    break quote;
                }
            }
        }
    };
    let end = match row.get(close + 1..) {
        Some(tail) => memchr(delimiter, tail).map_or(row.len(), |found| close + 1 + found),
        None => row.len(),
    };
    let tail = row.get(close + 1..end).unwrap_or_default();
    let mut text = decode::text(&row[start..close], encoding);
    if doubled {
        text = Cow::Owned(text.replace("\"\"", "\""));
    }
    // Blanks behind the quote are padding, anything else is not.
    let stray = !tail.iter().all(u8::is_ascii_whitespace);
    if stray {
        let tail = decode::text(tail, encoding).into_owned();
        text = Cow::Owned(text.into_owned() + &tail);
    }
    (text, end, stray)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(row: &[u8], delimiter: u8) -> Vec<String> {
        let (cells, _) = cells(row, delimiter, RowEncoding::Utf8OrWindows1252);
        cells.iter().map(|cell| cell.text().into_owned()).collect()
    }

    #[test]
    fn quotes_count_only_at_the_start_of_a_cell() {
        assert_eq!(texts(b"a,b,c", b','), ["a", "b", "c"]);
        assert_eq!(texts(b",,", b','), ["", "", ""]);
        assert_eq!(texts(b"", b','), [""]);
        assert_eq!(texts(br#""a,b";"c""d";"""#, b';'), ["a,b", "c\"d", ""]);
        assert_eq!(texts(br#"Monitor 24";x"#, b';'), ["Monitor 24\"", "x"]);
        assert_eq!(texts(br#""open"#, b';'), ["open"]);
        let (_, stray) = cells(br#""a"b,c"#, b',', RowEncoding::Utf8OrWindows1252);
        assert!(stray);
        let (_, stray) = cells(br#""a" ,c"#, b',', RowEncoding::Utf8OrWindows1252);
        assert!(!stray);
    }

    #[test]
    fn line_ends_inside_quotes_end_no_row() {
        let list = b"a,\"b\nc\"\nd,24\"\ne";
        assert_eq!(row_end(list, 0, b',', b'\n'), RowEnd::At(7));
        assert_eq!(row_end(list, 8, b',', b'\n'), RowEnd::At(13));
        assert_eq!(row_end(list, 14, b',', b'\n'), RowEnd::Open);
        assert_eq!(row_end(b"a,\"b\nc", 0, b',', b'\n'), RowEnd::InQuotes);
    }

    proptest! {
        #[test]
        fn cells_agree_with_the_csv_crate(list in r#"[ab;"\n]{0,40}"#) {
            let mut reader = csv::ReaderBuilder::new()
                .delimiter(b';').has_headers(false).flexible(true)
                .terminator(csv::Terminator::Any(b'\n'))
                .from_reader(list.as_bytes());
            let expected: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let mut found = Vec::new();
            let mut at = 0;
            let bytes = list.as_bytes();
            while at < bytes.len() {
                let (row, next) = match row_end(bytes, at, b';', b'\n') {
                    RowEnd::At(end) => (&bytes[at..end], end + 1),
                    _ => (&bytes[at..], bytes.len()),
                };
                // The crate skips empty lines.
                if !row.is_empty() {
                    found.push(texts(row, b';'));
                }
                at = next;
            }
            prop_assert_eq!(found, expected);
        }
    }
}
