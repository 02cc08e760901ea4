//! A row as bytes, whatever kind of file it comes from, and the way back from the bytes to its cells.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime};

use crate::fault::{Fault, FaultKind, Severity};
use crate::row::{Cell, Parsed, RowParser};
use crate::text::Syntax;
use crate::text::decode::RowEncoding;

/// How the bytes of a row are to be understood.
#[derive(Clone, Debug)]
pub(crate) enum RowForm {
    /// A row of a text file without its line end.
    Text {
        /// How it falls into cells.
        syntax: Syntax,
        /// How its bytes become characters.
        encoding: RowEncoding,
    },
    /// Cells of a workbook as [`pack`] lays them down.
    Packed,
}

impl RowForm {
    /// Reads the row exactly.
    pub(crate) fn parse(&self, parser: &RowParser, number: u64, row: &[u8]) -> Parsed {
        match self.cells(row) {
            Some((cells, stray)) => parser.parse(number, &cells, stray),
            None if row.iter().all(u8::is_ascii_whitespace) => Parsed {
                blank: true,
                ..Parsed::default()
            },
            None => Parsed {
                faults: vec![unreadable(number, row)],
                ..Parsed::default()
            },
        }
    }

    /// The cells of a row and whether text stands behind a closing quote; `None` for a line that is no JSON object.
    pub(crate) fn cells<'a>(&self, row: &'a [u8]) -> Option<(Vec<Cell<'a>>, bool)> {
        match self {
            Self::Text { syntax, encoding } => syntax.cells(row, *encoding).ok(),
            Self::Packed => Some((unpack(row), false)),
        }
    }
}

fn unreadable(row: u64, bytes: &[u8]) -> Fault {
    let start = &bytes[..bytes.len().min(80)];
    Fault {
        row,
        column: None,
        value: String::from_utf8_lossy(start).into_owned(),
        kind: FaultKind::JsonUnreadable,
        proposal: None,
        severity: Severity::Fault,
    }
}

/// Lays cells down as bytes.
pub(crate) fn pack(cells: &[Cell<'_>], bytes: &mut Vec<u8>) {
    let mut text = |tag: u8, text: &str| {
        bytes.push(tag);
        bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    };
    for cell in cells {
        match cell {
            Cell::Empty => text(b'-', ""),
            Cell::Text(value) => text(b't', value),
            Cell::Error(value) => text(b'e', value),
            Cell::Number(number) => text(b'n', &number.to_string()),
            Cell::Date(moment) => text(b'd', &moment.and_utc().timestamp_millis().to_string()),
            Cell::Bool(value) => text(b'b', if *value { "1" } else { "" }),
        }
    }
}

/// The cells that [`pack`] laid down.
pub(crate) fn unpack(mut bytes: &[u8]) -> Vec<Cell<'_>> {
    let mut cells = Vec::with_capacity(8);
    while let Some((&tag, rest)) = bytes.split_first() {
        let Some((length, rest)) = rest.split_first_chunk::<4>() else {
            break;
        };
        let Some((text, rest)) = rest.split_at_checked(u32::from_le_bytes(*length) as usize) else {
            break;
        };
        bytes = rest;
        let text = std::str::from_utf8(text).unwrap_or_default();
        cells.push(match tag {
            b't' => Cell::Text(Cow::Borrowed(text)),
            b'e' => Cell::Error(Cow::Borrowed(text)),
            b'n' => text.parse().map_or(Cell::Empty, Cell::Number),
            b'd' => text
                .parse()
                .ok()
                .and_then(moment)
                .map_or(Cell::Empty, Cell::Date),
            b'b' => Cell::Bool(text == "1"),
            _ => Cell::Empty,
        });
    }
    cells
}

fn moment(milliseconds: i64) -> Option<NaiveDateTime> {
    Some(DateTime::from_timestamp_millis(milliseconds)?.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_cells_come_back_as_they_were() {
        let cells = [
            Cell::Empty,
            Cell::Text("Müller".into()),
            Cell::Number(0.1),
            Cell::Number(1e300),
            Cell::Date("2026-06-01T10:22:33".parse().unwrap()),
            Cell::Bool(true),
            Cell::Bool(false),
            Cell::Error("#REF!".into()),
        ];
        let mut bytes = Vec::new();
        pack(&cells, &mut bytes);
        assert_eq!(unpack(&bytes), cells);
    }
}
