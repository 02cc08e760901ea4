//! Texts, whole numbers, booleans and fixed values, in pydantic's lax mode.

use finkit_fincheck::contract::Constant;
use serde_json::Value;

use super::Wrong;

pub(super) fn text(value: &Value) -> Result<String, Wrong> {
    match value {
        Value::String(text) => Ok(text.clone()),
        _ => Err(Wrong::new("string_type", "Input should be a valid string")),
    }
}

pub(super) fn integer(value: &Value) -> Result<i64, Wrong> {
    match value {
        Value::Bool(truth) => Ok(i64::from(*truth)),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Ok(number),
            (None, Some(number)) if number.fract() == 0.0 => Ok(number as i64),
            _ => Err(Wrong::new(
                "int_from_float",
                "Input should be a valid integer, got a number with a fractional part",
            )),
        },
        Value::String(text) => integer_in(text).ok_or_else(|| {
            Wrong::new(
                "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer",
            )
        }),
        _ => Err(Wrong::new("int_type", "Input should be a valid integer")),
    }
}

/// Digits with an optional sign, single underscores between them, blanks around them, and `.0` behind them.
fn integer_in(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sound = digits
        .split('_')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if !sound {
        return None;
    }
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    plain.parse().ok().or(Some(if plain.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    }))
}

pub(super) fn boolean(value: &Value) -> Result<bool, Wrong> {
    let unclear = || {
        Wrong::new(
            "bool_parsing",
            "Input should be a valid boolean, unable to interpret input",
        )
    };
    match value {
        Value::Bool(truth) => Ok(*truth),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (_, Some(0.0)) => Ok(false),
            (_, Some(1.0)) => Ok(true),
            (Some(_), _) => Err(unclear()),
            _ => Err(Wrong::new("bool_type", "Input should be a valid boolean")),
        },
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "t" | "on" | "yes" | "y" => Ok(true),
            "0" | "false" | "f" | "off" | "no" | "n" => Ok(false),
            _ => Err(unclear()),
        },
        _ => Err(Wrong::new("bool_type", "Input should be a valid boolean")),
    }
}

/// A fixed value; outside JSON every value is a text, so that the text of the constant counts as well.
pub(super) fn constant(value: &Value, constant: &Constant) -> Result<(), Wrong> {
    let same = *value == constant.to_json()
        || value
            .as_str()
            .is_some_and(|text| text == constant.to_string());
    if same {
        return Ok(());
    }
    let expected = match constant {
        Constant::Text(text) => format!("'{text}'"),
        Constant::Integer(number) => number.to_string(),
        Constant::Boolean(truth) => if *truth { "True" } else { "False" }.to_owned(),
    };
    Err(Wrong {
        kind: "literal_error",
        message: format!("Input should be {expected}"),
        context: Some(serde_json::json!({ "expected": expected })),
    })
}
