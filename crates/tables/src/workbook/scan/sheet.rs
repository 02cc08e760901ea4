//! The rows of a sheet.

use std::borrow::Cow;
use std::io::Read;
use std::ops::ControlFlow;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::parts::Shown;
use super::strings::{Strings, characters, text_of};
use super::tokens::{Attributes, Token, Tokens, unescape};
use super::{Scanned, Trouble, part};
use crate::error::{Limit, ListError, ListErrorKind};
use crate::row::Cell;
use crate::workbook::{Bounds, Reach};

/// Rows of a sheet, as Excel itself bounds them.
const MOST_ROWS: u64 = 1_048_576;

/// Bytes that the looks at the tops of all sheets may inflate.
const LOOKS: u64 = 64 << 20;

/// Bytes behind which one look ends: below the headings there may be rows without end that hold nothing but formats.
const LOOK: u64 = 16 << 20;

/// A value before its row is whole: texts of its own are in the row's store.
#[derive(Clone, Copy, Debug)]
enum Raw {
    Empty,
    Shared(usize),
    Text(usize, usize),
    Error(usize, usize),
    Number(f64),
    Date(NaiveDateTime),
    Bool(bool),
}

/// Goes through the rows of a sheet that hold anything; `last` becomes the number of the last row that was handed over.
pub(in crate::workbook) fn walk(
    book: &mut Scanned,
    sheet: &str,
    (bounds, reach): (Bounds, Reach),
    last: &mut u64,
    mut take: impl FnMut(u64, &mut Vec<Cell<'_>>) -> Result<ControlFlow<()>, ListError>,
) -> Result<(), Trouble> {
    let Scanned {
        archive,
        parts,
        strings,
        inflated_most,
        looks,
    } = book;
    let most = match reach {
        Reach::Whole => *inflated_most,
        Reach::Top => LOOKS.min(*inflated_most),
    };
    let name = &parts
        .sheets
        .iter()
        .find(|found| found.name == sheet)
        .ok_or(Trouble::Unsure)?
        .part;
    let mut rows = Rows {
        tokens: Tokens::new(part(archive, name)?, (Limit::InflatedBytes, most)),
        formats: &parts.formats,
        from_1904: parts.from_1904,
        bounds,
        reach,
        row: Vec::new(),
        texts: String::new(),
        number: 0,
        seen: 0,
        cells: 0,
    };
    if reach == Reach::Top {
        rows.tokens.begin_with(*looks);
    }
    let done = rows.hand_over(strings, last, &mut take);
    if reach == Reach::Top {
        *looks = rows.tokens.inflated();
    }
    done
}

struct Rows<'a, R> {
    tokens: Tokens<R>,
    formats: &'a [Shown],
    from_1904: bool,
    bounds: Bounds,
    reach: Reach,
    row: Vec<Raw>,
    texts: String,
    number: u64,
    /// Rows that were begun, empty ones included.
    seen: u64,
    cells: u64,
}

impl<R: Read> Rows<'_, R> {
    fn hand_over(
        &mut self,
        strings: &Strings,
        last: &mut u64,
        take: &mut impl FnMut(u64, &mut Vec<Cell<'_>>) -> Result<ControlFlow<()>, ListError>,
    ) -> Result<(), Trouble> {
        if !self.find_data()? {
            return Ok(());
        }
        let begun = self.tokens.inflated();
        while self.next()? {
            if self.reach == Reach::Top && self.tokens.inflated() - begun > LOOK {
                break;
            }
            if self.row.iter().all(|raw| matches!(raw, Raw::Empty)) {
                continue;
            }
            let mut cells = self.values(strings)?;
            *last = self.number;
            if take(self.number, &mut cells)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Goes to the rows; `false` where there are none.
    fn find_data(&mut self) -> Result<bool, Trouble> {
        loop {
            match self.tokens.next()? {
                Token::Open {
                    name: b"sheetData",
                    empty,
                    ..
                } => return Ok(!empty),
                Token::End => return Err(Trouble::Unsure),
                _ => {}
            }
        }
    }

    /// Reads the next row; `false` behind the last one.
    fn next(&mut self) -> Result<bool, Trouble> {
        self.row.clear();
        self.texts.clear();
        loop {
            match self.tokens.next()? {
                Token::Open {
                    name: b"row",
                    attributes,
                    empty,
                } => {
                    self.seen += 1;
                    let number = match attributes.get(b"r") {
                        Some(number) => digits(number).ok_or(Trouble::Unsure)?,
                        None => self.number + 1,
                    };
                    in_order(self.number, number)?;
                    self.number = number;
                    if self.seen > MOST_ROWS || self.number > MOST_ROWS {
                        return Err(
                            ListError::limit(Limit::Rows, MOST_ROWS, Some(MOST_ROWS)).into()
                        );
                    }
                    if !empty {
                        self.cells()?;
                    }
                    return Ok(true);
                }
                Token::Text(_) => {}
                Token::Close(b"sheetData") => {
                    if self.reach == Reach::Whole {
                        self.tokens.finish()?;
                    }
                    return Ok(false);
                }
                _ => return Err(Trouble::Unsure),
            }
        }
    }

    fn cells(&mut self) -> Result<(), Trouble> {
        let mut column = 0;
        loop {
            let (place, kind, style, empty) = match self.tokens.next()? {
                Token::Open {
                    name: b"c",
                    attributes,
                    empty,
                } => {
                    let found = CellAttributes::of(attributes);
                    let place = match found.place {
                        Some(place) => {
                            let (at, row) = reference(place).ok_or(Trouble::Unsure)?;
                            if row != self.number {
                                return Err(Trouble::Unsure);
                            }
                            at
                        }
                        None => column,
                    };
                    let style = match found.style {
                        Some(style) => digits(style).ok_or(Trouble::Unsure)? as usize,
                        None => usize::MAX,
                    };
                    (
                        place,
                        Kind::of(found.kind).ok_or(Trouble::Unsure)?,
                        style,
                        empty,
                    )
                }
                Token::Close(b"row") => return Ok(()),
                Token::Text(_) => continue,
                _ => return Err(Trouble::Unsure),
            };
            self.cells += 1;
            if self.cells > self.bounds.cells {
                return Err(
                    ListError::limit(Limit::Cells, self.bounds.cells, Some(self.number)).into(),
                );
            }
            column = place + 1;
            let value = if empty {
                Raw::Empty
            } else {
                self.value(kind, style)?
            };
            if matches!(value, Raw::Empty) {
                continue;
            }
            if place >= self.bounds.columns {
                let most = u64::from(self.bounds.columns);
                return Err(ListError::limit(Limit::Columns, most, Some(self.number)).into());
            }
            let place = place as usize;
            if self.row.len() <= place {
                self.row.resize(place + 1, Raw::Empty);
            }
            self.row[place] = value;
        }
    }

    /// The value of the cell that was just opened, up to its end.
    fn value(&mut self, kind: Kind, style: usize) -> Result<Raw, Trouble> {
        let mut value = Raw::Empty;
        loop {
            match self.tokens.next()? {
                Token::Open {
                    name: b"v",
                    empty: false,
                    ..
                } => value = self.v(kind, style)?,
                Token::Open {
                    name: b"is",
                    empty: false,
                    ..
                } => {
                    let start = self.texts.len();
                    text_of(&mut self.tokens, b"is", &mut self.texts)?;
                    value = if self.texts.len() > start {
                        Raw::Text(start, self.texts.len())
                    } else {
                        Raw::Empty
                    };
                }
                Token::Open {
                    name: b"f",
                    empty: false,
                    ..
                } => self.tokens.skip()?,
                Token::Open {
                    name: b"v" | b"f" | b"is",
                    empty: true,
                    ..
                }
                | Token::Text(_) => {}
                Token::Close(b"c") => return Ok(value),
                _ => return Err(Trouble::Unsure),
            }
        }
    }

    /// The content of `v`.
    fn v(&mut self, kind: Kind, style: usize) -> Result<Raw, Trouble> {
        let value = match self.tokens.next()? {
            Token::Close(b"v") => return Ok(Raw::Empty),
            Token::Text(raw) => match kind {
                Kind::Shared => Raw::Shared(digits(raw).ok_or(Trouble::Unsure)? as usize),
                Kind::Bool => match raw {
                    b"0" => Raw::Bool(false),
                    b"1" => Raw::Bool(true),
                    _ => return Err(Trouble::Unsure),
                },
                Kind::Number => {
                    let number = float(raw).ok_or(Trouble::Unsure)?;
                    match self.formats.get(style) {
                        Some(Shown::Date) => {
                            moment(number, self.from_1904).map_or(Raw::Number(number), Raw::Date)
                        }
                        _ => Raw::Number(number),
                    }
                }
                Kind::Text | Kind::Day | Kind::Error => {
                    let start = self.texts.len();
                    match kind {
                        // Escapes such as `_x0041_` are for texts alone.
                        Kind::Day => unescape(raw, &mut self.texts)?,
                        _ => characters(raw, &mut self.texts)?,
                    }
                    match kind {
                        Kind::Error => Raw::Error(start, self.texts.len()),
                        _ => Raw::Text(start, self.texts.len()),
                    }
                }
                Kind::Inline => Raw::Empty,
            },
            _ => return Err(Trouble::Unsure),
        };
        match self.tokens.next()? {
            Token::Close(b"v") => Ok(value),
            _ => Err(Trouble::Unsure),
        }
    }

    /// The row as cells.
    fn values<'s>(&'s self, strings: &'s Strings) -> Result<Vec<Cell<'s>>, Trouble> {
        let value = |raw: &Raw| {
            Ok(match *raw {
                Raw::Empty => Cell::Empty,
                Raw::Shared(index) => match strings.get(index).ok_or(Trouble::Unsure)? {
                    "" => Cell::Empty,
                    text => Cell::Text(Cow::Borrowed(text)),
                },
                Raw::Text(start, end) => Cell::Text(Cow::Borrowed(&self.texts[start..end])),
                Raw::Error(start, end) => Cell::Error(Cow::Borrowed(&self.texts[start..end])),
                Raw::Number(number) => Cell::Number(number),
                Raw::Date(moment) => Cell::Date(moment),
                Raw::Bool(value) => Cell::Bool(value),
            })
        };
        self.row.iter().map(value).collect()
    }
}

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Shared,
    Inline,
    Text,
    /// A day or moment as ISO 8601 writes it.
    Day,
    Bool,
    Error,
}

impl Kind {
    fn of(kind: Option<&[u8]>) -> Option<Self> {
        Some(match kind {
            None | Some(b"n") => Self::Number,
            Some(b"s") => Self::Shared,
            Some(b"inlineStr") => Self::Inline,
            Some(b"str") => Self::Text,
            Some(b"d") => Self::Day,
            Some(b"b") => Self::Bool,
            Some(b"e") => Self::Error,
            Some(_) => return None,
        })
    }
}

/// The attributes of a cell that matter.
#[derive(Default)]
struct CellAttributes<'a> {
    place: Option<&'a [u8]>,
    style: Option<&'a [u8]>,
    kind: Option<&'a [u8]>,
}

impl<'a> CellAttributes<'a> {
    fn of(attributes: Attributes<'a>) -> Self {
        let mut found = Self::default();
        for (name, value) in attributes {
            match name {
                b"r" => found.place = Some(value),
                b"s" => found.style = Some(value),
                b"t" => found.kind = Some(value),
                _ => {}
            }
        }
        found
    }
}

/// The column, counted from 0, and the row of a reference such as `C17`.
fn reference(text: &[u8]) -> Option<(u32, u64)> {
    let letters = text
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    if !(1..=3).contains(&letters) {
        return None;
    }
    let column = text[..letters].iter().fold(0, |column, &letter| {
        column * 26 + u32::from(letter - b'A') + 1
    });
    Some((column - 1, digits(&text[letters..])?))
}

fn digits(text: &[u8]) -> Option<u64> {
    if !(1..=9).contains(&text.len()) {
        return None;
    }
    text.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + u64::from(byte - b'0'))
    })
}

fn float(text: &[u8]) -> Option<f64> {
    match digits(text) {
        Some(whole) => Some(whole as f64),
        None => std::str::from_utf8(text)
            .ok()?
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite()),
    }
}

/// The moment of a serial number, to the nearest second. Before March 1900 the count of days is off by the leap day
/// that there was none of; no list goes back there.
fn moment(serial: f64, from_1904: bool) -> Option<NaiveDateTime> {
    let serial = if from_1904 { serial + 1462.0 } else { serial };
    if !(61.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let start = NaiveDate::from_ymd_opt(1899, 12, 30)?.and_hms_opt(0, 0, 0)?;
    let seconds = (serial.trunc() as i64) * 86_400
        + ((serial.fract() * 86_400_000.0).round() as i64 + 500) / 1000;
    start.checked_add_signed(TimeDelta::seconds(seconds))
}

/// Rows of a sheet are in their order, each once; spreadsheets refuse anything else as damaged.
pub(in crate::workbook) fn in_order(last: u64, row: u64) -> Result<(), ListError> {
    if row > last {
        return Ok(());
    }
    Err(ListError::with(
        ListErrorKind::Workbook,
        format!("row {row} comes behind row {last}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_moments_are_those_of_spreadsheets() {
        assert_eq!(reference(b"A1"), Some((0, 1)));
        assert_eq!(reference(b"XFD1048576"), Some((16_383, 1_048_576)));
        for none in [&b"1"[..], b"A", b"a1", b"AAAA1", b"A1B", b""] {
            assert_eq!(reference(none), None);
        }
        assert_eq!(
            moment(46_023.0, false).unwrap().to_string(),
            "2026-01-01 00:00:00"
        );
        assert_eq!(
            moment(44_561.0, true).unwrap().to_string(),
            "2026-01-01 00:00:00"
        );
        assert_eq!(
            moment(45_964.432_326_388_9, false).unwrap().to_string(),
            "2025-11-03 10:22:33"
        );
        assert_eq!(moment(0.5, false), None);
    }
}
