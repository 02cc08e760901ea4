//! A parameter of an operation, as a person and the request see it.

use finkit_openapi::{Kind, Schema};

/// A parameter in the path or the query.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub(super) name: String,
    pub(super) at: String,
    pub(super) in_path: bool,
    pub(super) required: bool,
    pub(super) exploded: bool,
    pub(super) description: Option<String>,
    pub(super) schema: Schema,
}

impl Parameter {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it stands in the document, as a JSON pointer.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }

    /// Whether it is a part of the path; all others are in the query.
    #[must_use]
    pub fn is_in_path(&self) -> bool {
        self.in_path
    }

    /// Whether it must be there.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }

    /// Whether it may be there several times.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self.schema.kind, Kind::List(_))
    }

    /// What a person reads.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Its type in a word or two: `text`, `date or date-time`, `whole number`.
    #[must_use]
    pub fn kind(&self) -> String {
        self.schema.kind_name()
    }

    /// Its format, if the document has one: `date`, `int32`.
    #[must_use]
    pub fn format(&self) -> Option<&str> {
        self.schema.format.as_deref()
    }

    /// The values that are allowed; empty when any is.
    #[must_use]
    pub fn allowed(&self) -> Vec<String> {
        self.value()
            .values
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    /// The value that the service takes when none is given.
    #[must_use]
    pub fn default(&self) -> Option<String> {
        self.schema.default.as_ref().map(ToString::to_string)
    }

    /// Its bounds and pattern in words, empty without any: `0 ≤`, `≤ 1000`, `1–18 characters`.
    #[must_use]
    pub fn bounds(&self) -> Vec<String> {
        let (schema, bounds) = (self.value(), &self.value().bounds);
        let mut words = Vec::new();
        if let Some(bound) = &bounds.least {
            let sign = if bound.exclusive { ">" } else { "≥" };
            words.push(format!("{sign} {}", bound.number));
        }
        if let Some(bound) = &bounds.most {
            let sign = if bound.exclusive { "<" } else { "≤" };
            words.push(format!("{sign} {}", bound.number));
        }
        match (bounds.shortest, bounds.longest) {
            (None, None) => {}
            (least, None) => words.push(format!("≥ {} characters", least.unwrap_or(0))),
            (least, Some(most)) => words.push(format!("{}–{most} characters", least.unwrap_or(0))),
        }
        words.extend(schema.pattern.clone());
        words
    }

    /// What one value is: an item of a list, else the schema itself.
    pub(super) fn value(&self) -> &Schema {
        self.schema.item().unwrap_or(&self.schema)
    }
}
