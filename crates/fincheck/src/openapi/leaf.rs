//! The values of an operation, each with its place: what goes in, and what an answer holds.

use finkit_openapi::{In, Kind, Operation, Schema};

use super::words::{Meaning, Words};
use crate::contract::{FieldPath, Place};

/// A value that an operation takes.
#[derive(Debug, Clone)]
pub(super) struct Input<'d> {
    pub(super) place: Place,
    pub(super) required: bool,
    pub(super) schema: &'d Schema,
    pub(super) at: String,
    names: Names,
}

/// What says what a value means.
#[derive(Debug, Clone)]
struct Names {
    name: Words,
    /// The name with those of the objects around it.
    whole: Words,
    /// What a person reads: title and description.
    told: Words,
}

/// How a value's meaning is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sign {
    /// By what people read about it.
    Told,
    /// By its name together with the names around it.
    Around,
    /// By its own name.
    Name,
}

impl Names {
    fn sign(&self, meaning: Meaning) -> Option<Sign> {
        if self.name.mean(meaning) {
            Some(Sign::Name)
        } else if self.whole.mean(meaning) {
            Some(Sign::Around)
        } else if self.told.mean(meaning) {
            Some(Sign::Told)
        } else {
            None
        }
    }
}

impl<'d> Input<'d> {
    /// A value of an object, as if it were sent.
    pub(super) fn of_part(part: Part<'d>) -> Self {
        Self {
            place: Place::Body(part.path),
            required: part.required,
            schema: part.schema,
            at: part.at,
            names: part.names,
        }
    }
    /// How it is known that this means that.
    pub(super) fn sign(&self, meaning: Meaning) -> Option<Sign> {
        self.names.sign(meaning)
    }

    /// The name on the wire.
    pub(super) fn name(&self) -> String {
        match &self.place {
            Place::Query(name) | Place::Header(name) | Place::Form(name) | Place::Path(name) => {
                name.clone()
            }
            Place::Body(path) => path.to_string(),
        }
    }
}

/// All values that an operation takes, a cookie excepted.
pub(super) fn inputs(operation: &Operation) -> Vec<Input<'_>> {
    let mut all = Vec::new();
    for parameter in operation.parameters.iter().chain(&operation.keys) {
        let place = match parameter.place {
            In::Query => Place::Query(parameter.name.clone()),
            In::Path => Place::Path(parameter.name.clone()),
            In::Header => Place::Header(parameter.name.to_ascii_lowercase()),
            In::Cookie => continue,
        };
        if place == Place::Header("authorization".into()) {
            continue; // the token, which the client sends by itself
        }
        if all.iter().any(|known: &Input<'_>| known.place == place) {
            continue; // a key that is a parameter as well
        }
        let name = Words::of(&parameter.name);
        let told = format!(
            "{} {}",
            parameter.description.as_deref().unwrap_or_default(),
            parameter.schema.description.as_deref().unwrap_or_default()
        );
        all.push(Input {
            place,
            required: parameter.required,
            schema: &parameter.schema,
            at: parameter.at.clone(),
            names: Names {
                whole: name.clone(),
                name,
                told: Words::of(&told),
            },
        });
    }
    let body = operation
        .bodies
        .iter()
        .find(|body| body.is_json())
        .or_else(|| operation.bodies.iter().find(|body| body.is_form()));
    if let Some(body) = body {
        let mut nodes = Vec::new();
        collect(&body.schema, &mut Vec::new(), body.required, &mut nodes);
        for node in nodes {
            if !node.schema.fields().is_empty() {
                continue; // its fields are values of their own
            }
            let place = if body.is_form() {
                Place::Form(node.path.to_string())
            } else {
                Place::Body(node.path.clone())
            };
            all.push(Input {
                place,
                required: node.required,
                schema: node.schema,
                at: node.at,
                names: node.names,
            });
        }
    }
    all
}

/// A cookie that has to be sent, which no contract can say.
pub(super) fn cookie(operation: &Operation) -> Option<(&str, &str)> {
    operation
        .parameters
        .iter()
        .chain(&operation.keys)
        .find(|parameter| parameter.place == In::Cookie && parameter.required)
        .map(|parameter| (parameter.name.as_str(), parameter.at.as_str()))
}

/// A value of an object: the object itself, its fields and theirs; a list is one value.
#[derive(Debug, Clone)]
pub(super) struct Part<'d> {
    pub(super) path: FieldPath,
    pub(super) required: bool,
    pub(super) schema: &'d Schema,
    pub(super) at: String,
    names: Names,
}

impl Part<'_> {
    pub(super) fn sign(&self, meaning: Meaning) -> Option<Sign> {
        self.names.sign(meaning)
    }

    /// Whether its own name means that.
    pub(super) fn is_called(&self, meaning: Meaning) -> bool {
        self.names.name.mean(meaning)
    }
}

/// All values of a schema, itself first.
pub(super) fn parts(schema: &Schema) -> Vec<Part<'_>> {
    let mut all = Vec::new();
    collect(schema, &mut Vec::new(), true, &mut all);
    all
}

fn collect<'d>(
    schema: &'d Schema,
    path: &mut Vec<(String, String)>,
    required: bool,
    into: &mut Vec<Part<'d>>,
) {
    let names: Vec<&str> = path.iter().map(|(name, _)| name.as_str()).collect();
    let told = format!(
        "{} {}",
        schema.title.as_deref().unwrap_or_default(),
        schema.description.as_deref().unwrap_or_default()
    );
    // The place in the object is more telling than that of a schema that several fields share.
    let at = path.last().map_or(&schema.at, |(_, at)| at).clone();
    into.push(Part {
        path: names.iter().fold(FieldPath::root(), |outer, name| {
            FieldPath::name(*name).inside(&outer)
        }),
        required,
        schema,
        at,
        names: Names {
            name: Words::of(names.last().copied().unwrap_or_default()),
            whole: Words::of(&names.join(" ")),
            told: Words::of(&told),
        },
    });
    for field in schema.fields() {
        let at = format!("{}/properties/{}", schema.at, field.name);
        path.push((field.name.clone(), at));
        collect(&field.schema, path, required && field.required, into);
        path.pop();
    }
}

/// What a value is on the wire, as far as a contract tells values apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// A text that is no date.
    Text,
    /// A day or a midnight.
    Day,
    /// A moment: text or number.
    Moment,
    /// A whole number.
    Integer,
    Boolean,
    /// A list of texts.
    Texts,
}

/// Whether a value can be that; `Any` can be anything.
pub(super) fn fits(schema: &Schema, want: Want) -> bool {
    let format = schema.format.as_deref();
    match (&schema.kind, want) {
        (Kind::Any, _) => true,
        (Kind::OneOf(some), want) => some.iter().any(|one| fits(one, want)),
        (Kind::Text, Want::Text) => !matches!(format, Some("date" | "date-time" | "time")),
        (Kind::Text, Want::Day) => matches!(format, None | Some("date" | "date-time")),
        (Kind::Text, Want::Moment) => matches!(format, None | Some("date-time")),
        (Kind::Integer | Kind::Number, Want::Moment) => true,
        (Kind::Integer, Want::Integer) | (Kind::Boolean, Want::Boolean) => true,
        (Kind::List(item), Want::Texts) => fits(item, Want::Text),
        _ => false,
    }
}

/// Whether the type alone says what it is, so that it may stand in for a name.
pub(super) fn is_typical(schema: &Schema, want: Want) -> bool {
    match want {
        Want::Day => matches!(schema.format.as_deref(), Some("date" | "date-time")),
        Want::Moment => schema.format.as_deref() == Some("date-time"),
        _ => !matches!(schema.kind, Kind::Any) && fits(schema, want),
    }
}
