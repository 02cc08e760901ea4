//! Refusals: FastAPI's and pydantic's bodies, read without ever repeating what they echo.
//!
//! A 422 of FastAPI holds the request itself in `input`, and in `msg` what a validator made of it; a refused
//! registration comes back with password and code in clear. So only places and the types of faults are taken over.

use finkit_core::Vin;
use serde_json::Value;

use crate::contract::{Contract, FieldPath};
use crate::error::RowFault;

/// Longest text of a service that is shown.
const LONGEST: usize = 160;

/// The faults of a 422 body, in both generations' shapes; empty when the body is of another shape.
///
/// `["body", 1, "start_date"]` and `["body", "fins", 1, "start_date"]` are record 1 of a list, `["body", "start_date"]`
/// and `["body", "fin_data", "start_date"]` a single record, `["header", "x-security-code"]` no record at all.
pub(crate) fn row_faults(contract: &Contract, body: &[u8]) -> Vec<RowFault> {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Vec::new();
    };
    let Some(Value::Array(faults)) = value.get("detail") else {
        return Vec::new();
    };
    faults
        .iter()
        .map(|fault| row_fault(contract, fault))
        .collect()
}

fn row_fault(contract: &Contract, fault: &Value) -> RowFault {
    let kind = fault
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let place = fault
        .get("loc")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let place = match place.first().and_then(Value::as_str) {
        Some("body" | "query" | "header" | "path" | "cookie") => &place[1..],
        _ => place,
    };
    // The number in the place of unreadable JSON is an offset into the text, not a record.
    let record = if kind.contains("json") {
        None
    } else {
        place.iter().position(Value::is_u64)
    };
    let index = record
        .and_then(|at| place[at].as_u64())
        .and_then(|index| usize::try_from(index).ok());
    let inside = record.map_or(place, |at| &place[at + 1..]);
    let names: Vec<&str> = inside.iter().filter_map(Value::as_str).collect();
    RowFault {
        index,
        field: field(contract, &names),
        rule: rule(kind).to_owned(),
    }
}

/// The field that is meant. A field of a record has its own name, whatever the service calls it; anything else keeps the
/// service's name if it is one.
fn field(contract: &Contract, names: &[&str]) -> Option<String> {
    let record = &contract.record;
    let known = [
        ("fin", &record.fin),
        ("start_date", &record.start_date),
        ("end_date", &record.end_date),
        ("registration_date", &record.registration_date),
    ];
    // The names before it are wrapper keys.
    let is = |path: &FieldPath| {
        let path: Vec<&str> = path.segments().iter().map(String::as_str).collect();
        !path.is_empty() && names.ends_with(&path)
    };
    if let Some((name, _)) = known.into_iter().find(|(_, path)| is(path)) {
        return Some(name.to_owned());
    }
    names
        .last()
        .filter(|name| is_name(name))
        .map(|name| (*name).to_owned())
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
        "not_allowed" | "none_required" => "must not be empty",
        "enum" | "literal_error" | "const" => "is not one of the values that the service knows",
        "date_past" | "datetime_past" | "not_in_the_past" => "has to lie in the past",
        "date_future" | "datetime_future" | "not_in_the_future" => "has to lie in the future",
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
        let longest = core
            .split(|char: char| !char.is_ascii_alphanumeric())
            .map(str::len)
            .max();
        let hides = core.len() > 24
            || longest >= Some(Vin::LEN)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::samples::renamed;

    fn fault(
        contract: &Contract,
        kind: &str,
        loc: Value,
    ) -> (Option<usize>, Option<String>, String) {
        let body =
            json!({"detail": [{"type": kind, "loc": loc, "msg": "canary", "input": "canary"}]});
        let faults = row_faults(contract, body.to_string().as_bytes());
        let [fault] = &faults[..] else {
            panic!("{faults:?}")
        };
        (fault.index, fault.field.clone(), fault.rule.clone())
    }

    #[test]
    fn places_of_both_generations_and_of_wrapped_bodies_lead_to_row_and_field() {
        let assumed = Contract::assumed();
        let start = Some("start_date");
        for (loc, index, field) in [
            (json!(["body", 1, "start_date"]), Some(1), start),
            (json!(["body", "fins", 1, "start_date"]), Some(1), start),
            (json!(["body", "start_date"]), None, start),
            (json!(["body", "fin_data", "start_date"]), None, start),
            (json!(["body", 1]), Some(1), None),
            (json!(["body", "fins", 1]), Some(1), None),
            (json!(["body", "fins"]), None, Some("fins")),
            (json!(["body"]), None, None),
            (
                json!(["header", "x-security-code"]),
                None,
                Some("x-security-code"),
            ),
            (
                json!(["query", "commit_on_partial_success"]),
                None,
                Some("commit_on_partial_success"),
            ),
            (json!(["body", -1, "fin"]), None, Some("fin")),
            (json!([]), None, None),
            (json!("body"), None, None),
        ] {
            let (found_index, found_field, _) = fault(&assumed, "missing", loc.clone());
            assert_eq!(
                (found_index, found_field.as_deref()),
                (index, field),
                "{loc}"
            );
        }
    }

    #[test]
    fn a_renamed_field_keeps_its_own_name() {
        let (index, field, _) = fault(
            &renamed(),
            "datetime_parsing",
            json!(["body", "fins", 3, "zeitraum", "von"]),
        );
        assert_eq!((index, field.as_deref()), (Some(3), Some("start_date")));
    }

    #[test]
    fn a_place_that_holds_what_was_sent_is_not_repeated() {
        for echo in ["WVWZZZE1ZMP000001", "hunter2", "a b", "\u{1b}[2J"] {
            let (_, field, _) = fault(
                &Contract::assumed(),
                "extra_forbidden",
                json!(["body", 0, echo]),
            );
            assert_eq!(field, None, "{echo}");
        }
    }

    #[test]
    fn types_of_both_generations_become_the_same_rule() {
        for (new, old) in [
            ("missing", "value_error.missing"),
            ("json_invalid", "value_error.jsondecode"),
            ("string_too_long", "value_error.any_str.max_length"),
            ("string_pattern_mismatch", "value_error.str.regex"),
            ("bool_parsing", "type_error.bool"),
            ("int_parsing", "type_error.integer"),
            ("datetime_parsing", "value_error.datetime"),
            ("date_from_datetime_parsing", "value_error.date"),
            ("list_type", "type_error.list"),
            ("extra_forbidden", "value_error.extra"),
        ] {
            assert_eq!(rule(new), rule(old), "{new} and {old}");
            assert_ne!(rule(new), rule("something_new"), "{new}");
        }
    }

    #[test]
    fn bodies_of_other_shapes_name_no_rows() {
        for body in [
            "",
            "Internal Server Error",
            "[]",
            "{}",
            r#"{"detail": "code is wrong"}"#,
            r#"{"detail": {"loc": ["body", 1]}}"#,
        ] {
            assert!(
                row_faults(&Contract::assumed(), body.as_bytes()).is_empty(),
                "{body}"
            );
        }
    }

    #[test]
    fn a_text_shows_neither_fins_nor_codes_nor_control_characters() {
        for (text, shown) in [
            ("Security code is wrong", "Security code is wrong"),
            ("fin WVWZZZE1ZMPABCDEF taken", "fin … taken"),
            ("fin=WVWZZZEZZMPABCDEF taken", "… taken"),
            (
                "code a1b2c3 used since 2026-03-01",
                "code … used since 2026-03-01",
            ),
            ("two\nlines\u{202e} \u{1b}red", "two lines red"),
        ] {
            assert_eq!(plain(text), shown);
        }
        assert!(plain(&"word ".repeat(200)).len() <= LONGEST + 8);
    }
}
