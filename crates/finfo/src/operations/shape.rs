//! What an answer looks like: where its rows are, and whether it comes in pages.

use finkit_openapi::{Field, Kind, Schema};

use super::Parameter;

/// Where an answer has its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// The document does not say.
    Untold,
    /// It is one object, so one row.
    One,
    /// It is a list.
    List,
    /// It is an object whose field of this name is the list.
    Field(String),
}

/// How an operation comes in pages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// Not at all: an answer is the whole.
    None,
    /// By `offset` and `limit`.
    Offset {
        /// Most rows of one request, if the document says so.
        most: Option<u32>,
    },
    /// By other parameters, which can't be followed.
    Other(Vec<String>),
}

/// Names by which other services tell pages.
const OTHER: [&str; 12] = [
    "page",
    "pagenumber",
    "pageindex",
    "pagesize",
    "perpage",
    "cursor",
    "skip",
    "top",
    "after",
    "nexttoken",
    "pagetoken",
    "continuationtoken",
];

impl Shape {
    pub(super) fn of(answer: Option<&Schema>) -> Self {
        let Some(schema) = answer else {
            return Self::Untold;
        };
        match &schema.kind {
            Kind::List(_) => Self::List,
            Kind::Object(fields) => Self::of_object(fields),
            Kind::Any | Kind::OneOf(_) | Kind::Recursive => Self::Untold,
            _ => Self::One,
        }
    }

    /// An envelope says how many rows there are, or has nothing but the list.
    fn of_object(fields: &[Field]) -> Self {
        let is_list = |field: &&Field| matches!(field.schema.kind, Kind::List(_));
        let lists: Vec<&Field> = fields.iter().filter(is_list).collect();
        let envelope = fields.len() == 1 || total(fields).is_some() || {
            let named = |field: &Field| field.name == "pagination";
            fields.iter().any(named)
        };
        match lists[..] {
            [list] if envelope => Self::Field(list.name.clone()),
            _ if fields.is_empty() => Self::Untold,
            _ => Self::One,
        }
    }
}

/// The field that says how many rows there are, by a dotted name.
pub(super) fn total(fields: &[Field]) -> Option<String> {
    let names = |fields: &[Field]| {
        let known = |field: &&Field| field.name == "totalCount";
        fields.iter().find(known).map(|field| field.name.clone())
    };
    let inner = fields.iter().find(|field| field.name == "pagination");
    let inner = inner.and_then(|field| names(field.schema.fields()));
    inner
        .map(|name| format!("pagination.{name}"))
        .or_else(|| names(fields))
}

impl Paging {
    pub(super) fn of(parameters: &[Parameter], shape: &Shape) -> Self {
        let in_query = || parameters.iter().filter(|parameter| !parameter.in_path);
        let find = |name: &str| in_query().find(|parameter| parameter.name == name);
        if let (Some(_), Some(limit)) = (find("offset"), find("limit"))
            && matches!(shape, Shape::List | Shape::Field(_))
        {
            let bound = limit.schema.bounds.most.as_ref();
            let most = bound.and_then(|bound| {
                let number: u32 = bound.number.parse().ok()?;
                Some(number.saturating_sub(u32::from(bound.exclusive)))
            });
            // A page overlaps the one before by a row, so that it has at least two.
            return match most {
                Some(0 | 1) => Self::Other(vec!["offset".to_owned(), "limit".to_owned()]),
                most => Self::Offset { most },
            };
        }
        let plain = |name: &str| {
            let name = name.trim_start_matches('$').to_lowercase();
            name.replace(['-', '_'], "")
        };
        let other: Vec<String> = in_query()
            .filter(|parameter| OTHER.contains(&plain(&parameter.name).as_str()))
            .map(|parameter| parameter.name.clone())
            .collect();
        if other.is_empty() {
            Self::None
        } else {
            Self::Other(other)
        }
    }
}
