//! Output of foreign texts: tables for people, CSV, and JSON that shows as it is whatever device it is printed on.

use std::borrow::Cow;
use std::fmt::Write as _;

use finkit_tables::explain::{steers, visible_line};
use finkit_tables::write::formula::guard;
use serde_json::value::RawValue;

/// JSON on one line, with every character that steers a terminal as an escape; it means the same.
///
/// Within texts JSON has no raw control characters, so line breaks stand between its tokens only.
pub(crate) fn harmless_json(json: &str) -> Cow<'_, str> {
    if !json.contains(steers) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    let mut units = [0; 2];
    for char in json.chars() {
        match char {
            '\n' | '\r' | '\t' => out.push(' '),
            char if steers(char) => {
                for unit in char.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            char => out.push(char),
        }
    }
    Cow::Owned(out)
}

/// JSON of the service within a line of this program: digit for digit as it came.
pub(crate) fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap_or_else(|_| {
        // Not what the scanner accepts; shown as a text, so that the line stays JSON.
        let text = serde_json::Value::from(json).to_string();
        RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
    })
}

/// A JSON scalar as a person reads it: a text without its quotation marks, anything else as it is.
pub(crate) fn plain(json: &str) -> String {
    match serde_json::from_str::<String>(json) {
        Ok(text) => text,
        Err(_) => json.to_owned(),
    }
}

/// One line of CSV: commas, quotation marks where needed, and nothing that steers a terminal or that a spreadsheet takes
/// for a formula.
pub(crate) fn csv_line<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let cells: Vec<String> = cells
        .into_iter()
        .map(|cell| {
            let cell = visible_line(cell.as_ref());
            let cell = guard(&cell);
            if cell.contains([',', '"', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ')
            {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.into_owned()
            }
        })
        .collect();
    format!("{}\r\n", cells.join(","))
}

/// Whether a column of a table is a number, and so stands to the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// A table for people: columns lined up, two blanks between them, foreign characters made visible.
pub(crate) fn table(head: &[(&str, Side)], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<Cow<'_, str>>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| visible_line(cell)).collect())
        .collect();
    let widths: Vec<usize> = head
        .iter()
        .enumerate()
        .map(|(place, (title, _))| {
            let cells = rows.iter().filter_map(|row| row.get(place));
            cells
                .map(|cell| cell.chars().count())
                .chain([title.chars().count()])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    let titles: Vec<Cow<'_, str>> = head
        .iter()
        .map(|(title, _)| Cow::Borrowed(*title))
        .collect();
    for row in [&titles].into_iter().chain(&rows) {
        let mut line = String::new();
        for (place, (_, side)) in head.iter().enumerate() {
            let cell = row.get(place).map_or("", |cell| &**cell);
            let width = widths.get(place).copied().unwrap_or(0);
            let gap = if place == 0 { "" } else { "  " };
            let _ = match side {
                Side::Left => write!(line, "{gap}{cell:<width$}"),
                Side::Right => write!(line, "{gap}{cell:>width$}"),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A cell of at most so many characters.
pub(crate) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// A line of JSON without a type of its own: a row of the service as it came.
pub(crate) fn row_line(json: &str) -> String {
    let mut line = harmless_json(json).into_owned();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_json_means_the_same() {
        let json = "{\n\t\"a\": \"\u{9b}31m\u{202e}x\u{e0041}\u{7f}å\",\r\n \"b\":1.50}";
        let harmless = harmless_json(json);
        assert!(!harmless.contains(steers), "{harmless}");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(value(&harmless), value(json));
        assert!(harmless.contains("1.50"));
        assert!(matches!(harmless_json("{\"a\":\"å\"}"), Cow::Borrowed(_)));
    }

    #[test]
    fn csv_cells_are_quoted_and_guarded() {
        assert_eq!(
            csv_line(["a", "b,c", "d\"e", "=1+1", "Träskruv 4,2", "\u{1b}c"]),
            "a,\"b,c\",\"d\"\"e\",'=1+1,\"Träskruv 4,2\",<U+001B>c\r\n"
        );
    }

    #[test]
    fn tables_line_up_and_are_harmless() {
        let rows = vec![
            vec!["å\u{1b}[2J".to_owned(), "5".to_owned()],
            vec!["b".to_owned(), "10".to_owned()],
        ];
        assert_eq!(
            table(&[("name", Side::Left), ("n", Side::Right)], &rows),
            "name           n\nå<U+001B>[2J   5\nb             10\n"
        );
    }

    #[test]
    fn long_cells_are_cut() {
        assert_eq!(short("åäö", 3), "åäö");
        assert_eq!(short("åäöü", 3), "åä…");
    }
}
