//! Validation as pydantic 2 does it and its errors as FastAPI sends them.
//!
//! What counts as a text, a number, a date or a moment, which error each wrong value gives and where it is said to stand follow
//! pydantic 2.14 under FastAPI 0.165; the tests compare with what those were observed to do (`tests/data`). Numbers outside
//! 64 bits are the only known difference: they are taken as the nearest number that fits.

mod json;
mod model;
mod scalar;
mod time;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Map, Value};

pub(super) use json::{ParseFault, parse};
pub(super) use model::{Field, Key, Leaf, Node, Record, Rules, Slots};
pub(super) use time::Moment;

/// One step to a faulty value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A field, or `body`, `query`, `header`, `path`.
    Name(String),
    /// An item of a list, from 0, or a position in broken JSON.
    Index(usize),
}

/// What is wrong with a value, without the place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wrong {
    kind: &'static str,
    message: String,
    context: Option<Value>,
}

impl Wrong {
    fn new(kind: &'static str, message: &str) -> Self {
        Self {
            kind,
            message: message.to_owned(),
            context: None,
        }
    }

    fn with_error(kind: &'static str, prefix: &str, error: &str) -> Self {
        Self {
            kind,
            message: format!("{prefix}, {error}"),
            context: Some(serde_json::json!({ "error": error })),
        }
    }

    pub(super) fn missing() -> Self {
        Self::new("missing", "Field required")
    }

    /// What a validator of the application says.
    pub(super) fn value(message: &str) -> Self {
        Self {
            kind: "value_error",
            message: format!("Value error, {message}"),
            context: Some(serde_json::json!({ "error": {} })),
        }
    }

    pub(super) fn too_long(limit: usize, actual: usize) -> Self {
        Self {
            kind: "too_long",
            message: format!(
                "List should have at most {limit} items after validation, not {actual}"
            ),
            context: Some(
                serde_json::json!({ "field_type": "List", "max_length": limit, "actual_length": actual }),
            ),
        }
    }

    pub(super) fn pattern(pattern: &str) -> Self {
        Self {
            kind: "string_pattern_mismatch",
            message: format!("String should match pattern '{pattern}'"),
            context: Some(serde_json::json!({ "pattern": pattern })),
        }
    }
}

/// All faults of a request, in the order in which FastAPI reports them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Faults(Vec<Value>);

impl Faults {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a fault; `input` is the value that FastAPI echoes.
    pub(super) fn push(&mut self, place: &[Step], wrong: Wrong, input: Value) {
        let loc = place
            .iter()
            .map(|step| match step {
                Step::Name(name) => Value::from(name.as_str()),
                Step::Index(index) => Value::from(*index),
            })
            .collect();
        let mut fault = Map::new();
        fault.insert("type".into(), wrong.kind.into());
        fault.insert("loc".into(), Value::Array(loc));
        fault.insert("msg".into(), wrong.message.into());
        fault.insert("input".into(), input);
        if let Some(context) = wrong.context {
            fault.insert("ctx".into(), context);
        }
        self.0.push(Value::Object(fault));
    }

    /// The answer: 422 with the list under `detail`.
    pub(super) fn into_response(self) -> Response<Bytes> {
        super::answers::json(
            StatusCode::UNPROCESSABLE_ENTITY,
            &serde_json::json!({ "detail": self.0 }),
        )
    }
}
