//! Tables as JSON Lines: an object per row, with every column under its name.
//!
//! Decimals are texts of JSON with all their digits, since most readers make floats of JSON's numbers.

use std::io::Write;

use super::error::ExportError;
use super::schema::{Schema, Value};
use super::text::{cell, one_line};

pub(super) struct JsonLines<W: Write> {
    to: W,
    /// What stands in front of each value: `{"a":` and `,"b":`.
    names: Vec<String>,
    line: Vec<u8>,
}

impl<W: Write> JsonLines<W> {
    pub(super) fn new(to: W, schema: &Schema) -> Self {
        let names = schema
            .columns()
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let name = serde_json::Value::from(column.name()).to_string();
                let before = if place == 0 { '{' } else { ',' };
                format!("{before}{}:", one_line(&name))
            })
            .collect();
        Self {
            to,
            names,
            line: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, values: &[Value<'_>]) -> Result<(), ExportError> {
        let line = &mut self.line;
        line.clear();
        for (name, value) in self.names.iter().zip(values) {
            line.extend_from_slice(name.as_bytes());
            match value {
                Value::Null => line.extend_from_slice(b"null"),
                Value::Integer(_) | Value::Boolean(_) => {
                    line.extend_from_slice(cell(value).as_bytes());
                }
                Value::Json(json) => line.extend_from_slice(one_line(json).as_bytes()),
                Value::Text(text) => {
                    let start = line.len();
                    serde_json::to_writer(&mut *line, text).map_err(std::io::Error::from)?;
                    harmless(line, start);
                }
                Value::Decimal { .. } | Value::Date(_) | Value::Moment(_) => {
                    line.push(b'"');
                    line.extend_from_slice(cell(value).as_bytes());
                    line.push(b'"');
                }
            }
        }
        line.extend_from_slice(b"}\n");
        self.to.write_all(line)?;
        Ok(())
    }

    pub(super) fn finish(self) -> W {
        self.to
    }
}

/// Escapes what steers a terminal and isn't escaped by JSON's own rules, all of which lies beyond ASCII or is DEL.
fn harmless(line: &mut Vec<u8>, start: usize) {
    if line[start..]
        .iter()
        .all(|byte| byte.is_ascii() && *byte != 0x7f)
    {
        return;
    }
    let safe = match std::str::from_utf8(&line[start..]) {
        Ok(text) => match one_line(text) {
            std::borrow::Cow::Borrowed(_) => return,
            std::borrow::Cow::Owned(safe) => safe,
        },
        Err(_) => return,
    };
    line.truncate(start);
    line.extend_from_slice(safe.as_bytes());
}
