//! Refusals: FastAPI's and pydantic's bodies, read without ever repeating what they echo.
//!
//! A 422 of FastAPI holds the request itself in `input`, and in `msg` what a validator made of it; a refused
//! registration comes back with password and code in clear. So only places and the types of faults are taken over.

use serde_json::Value;

use crate::error::RowFault;

/// Longest text of a service that is shown.
const LONGEST: usize = 160;

/// The faults of a 422 body, in both generations' shapes; empty when the body is of another shape.
pub(crate) fn row_faults(body: &[u8]) -> Vec<RowFault> {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Vec::new();
    };
    let Some(Value::Array(faults)) = value.get("detail") else {
        return Vec::new();
    };
    faults.iter().map(row_fault).collect()
}

fn row_fault(fault: &Value) -> RowFault {
    let kind = fault
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let place = fault
        .get("loc")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    // The number in the place of unreadable JSON is an offset into the text, not a record.
    let is_json = kind.contains("json");
    let index = place
        .iter()
        .find_map(Value::as_u64)
        .filter(|_| !is_json)
        .and_then(|index| usize::try_from(index).ok());
    let field = place
        .iter()
        .rev()
        .find_map(Value::as_str)
        .filter(|name| !matches!(*name, "body" | "query" | "header" | "path") && is_name(name))
        .map(str::to_owned);
    RowFault {
        index,
        field,
        rule: rule(kind).to_owned(),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text
            .chars()
            .all(|char| char.is_ascii_alphabetic() || matches!(char, '_' | '-' | '.'))
}

/// The type of a fault in our own words (source of the types: <https://docs.pydantic.dev/latest/errors/validation_errors/>).
fn rule(kind: &str) -> &'static str {
    // The older generation prefixes its types: `value_error.missing`, `type_error.integer`.
    let kind = kind.rsplit('.').next().unwrap_or(kind);
    match kind {
        "missing" => "is missing",
        "extra_forbidden" | "extra" => "is not a field of this service",
        "json_invalid" | "jsondecode" => "the body is not readable JSON",
        "model_attributes_type" | "dict_type" | "dict" => "is not an object",
        "list_type" | "list" => "is not a list",
        "too_long" | "max_items" => "has too many items",
        "too_short" | "min_items" => "has too few items",
        "string_too_short" | "min_length" => "is too short",
        "string_too_long" | "max_length" => "is too long",
        "string_pattern_mismatch" | "regex" => "doesn't have the form that the service wants",
        "string_type" | "str" => "is not a text",
        "int_type" | "int_parsing" | "integer" | "int_from_float" => "is not a whole number",
        "bool_type" | "bool_parsing" | "bool" => "is not true or false",
        "greater_than" | "greater_than_equal" | "not_gt" | "not_ge" => "is too small",
        "less_than" | "less_than_equal" | "not_lt" | "not_le" => "is too large",
        kind if kind.contains("timezone") => "has no zone, or one that the service doesn't take",
        kind if kind.starts_with("datetime") => "is not a time that the service can read",
        kind if kind.starts_with("date") => "is not a date that the service can read",
        _ => "is not accepted by the service",
    }
}

/// The reason that a body gives as plain text or as FastAPI's `detail`, made safe to show; `None` where there is none.
///
/// `secrets` are taken out word by word, in addition to everything that [`plain`] hides.
pub(crate) fn detail(body: &[u8], secrets: &[&str]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let mut text = match &value {
        Value::String(text) => text.clone(),
        object => object.get("detail")?.as_str()?.to_owned(),
    };
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "…");
    }
    Some(plain(&text)).filter(|text| !text.is_empty())
}

/// Foreign text on one short line: nothing that steers a terminal, and no word that could be a FIN, a code or a token.
pub(crate) fn plain(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let letters: String = word
            .chars()
            .filter(|char| char.is_alphanumeric() || char.is_ascii_punctuation() || *char == '…')
            .collect();
        let core = letters.trim_matches(|char: char| char.is_ascii_punctuation());
        let hides = core.len() > 24
            || (core.len() >= 5
                && core.chars().any(|char| char.is_ascii_digit())
                && !is_date(core));
        let shown = if hides { "…".to_owned() } else { letters };
        length += shown.len() + 1;
        if length > LONGEST {
            words.push("…".to_owned());
            break;
        }
        words.push(shown);
    }
    words.join(" ")
}

/// `2026-03-01`: a day is no secret.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.chars().enumerate().all(|(at, char)| {
            if at == 4 || at == 7 {
                char == '-'
            } else {
                char.is_ascii_digit()
            }
        })
}
