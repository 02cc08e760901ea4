//! Lists with one JSON object per line.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::row::Cell;
use crate::text::NotJson;
use crate::text::sniff::Text;

/// How many objects from the top are asked for their keys.
const OBJECTS: usize = 60;

fn object(line: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(line) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// The keys of the first objects, in the order in which they appear.
pub(crate) fn keys(text: &Text) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for line in text.sample.split(|&byte| byte == b'\n').take(OBJECTS) {
        for key in object(line).into_iter().flatten().map(|(key, _)| key) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}

/// The values of the keys; what is nested is carried as JSON.
pub(crate) fn cells(line: &[u8], keys: &[String]) -> Result<Vec<Cell<'static>>, NotJson> {
    let mut object = object(line).ok_or(NotJson)?;
    let cell = |value: Value| match value {
        Value::Null => Cell::Empty,
        Value::Bool(value) => Cell::Bool(value),
        Value::String(text) if text.is_empty() => Cell::Empty,
        Value::String(text) => Cell::Text(Cow::Owned(text)),
        // As text, so that no digit of a long number is lost.
        Value::Number(number) => Cell::Text(Cow::Owned(number.to_string())),
        nested => Cell::Text(Cow::Owned(nested.to_string())),
    };
    Ok(keys
        .iter()
        .map(|key| object.remove(key).map_or(Cell::Empty, cell))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_cells_in_the_order_of_the_keys() {
        let keys = ["fin", "n", "x", "none", "deep"].map(str::to_owned);
        let line = br#"{"n":1700000000123,"fin":"WVW","x":null,"deep":{"a":[1]}}"#;
        let texts: Vec<String> = cells(line, &keys)
            .unwrap()
            .iter()
            .map(|cell| cell.text().into_owned())
            .collect();
        assert_eq!(texts, ["WVW", "1700000000123", "", "", "{\"a\":[1]}"]);
        assert_eq!(cells(b"[1]", &keys), Err(NotJson));
        assert_eq!(cells(b"{", &keys), Err(NotJson));
    }
}
