//! Where a value stands: in a request ([`Place`], [`RecordPlace`]) or in a JSON value ([`FieldPath`]).

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};
use serde_json_borrow::Value as Borrowed;

/// The word that says, in a contract file, that something is not there.
pub(crate) const ABSENT: &str = "absent";

/// A place inside a JSON value: names separated by dots, or `.` for the value itself.
///
/// A backslash takes the next character literally, so that a name may hold a dot (`a\.b`) or be called `absent` (`\absent`).
///
/// ```
/// use finkit_fincheck::contract::FieldPath;
/// let path: FieldPath = "data.fins".parse()?;
/// let answer = serde_json::json!({"data": {"fins": [1, 2]}});
/// assert_eq!(path.get(&answer), Some(&serde_json::json!([1, 2])));
/// # Ok::<(), finkit_fincheck::contract::PlaceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FieldPath(Vec<String>);

impl FieldPath {
    /// The value itself, written `.`.
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// A single name, taken literally.
    pub fn name(name: impl Into<String>) -> Self {
        Self(vec![name.into()])
    }

    /// Whether this is the value itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The names on the way, outermost first; empty for the value itself.
    pub fn segments(&self) -> &[String] {
        &self.0
    }

    /// The value at this place, `None` when a name on the way is missing or stands on something that is not an object.
    pub fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0
            .iter()
            .try_fold(value, |at, name| at.as_object()?.get(name))
    }

    /// As [`get`](Self::get), in a value that borrows from the text of an answer. Of equal names the last one counts
    /// here as well.
    pub(crate) fn find<'v, 't>(&self, value: &'v Borrowed<'t>) -> Option<&'v Borrowed<'t>> {
        self.0.iter().try_fold(value, |at, name| {
            let fields = at.as_object()?.as_vec();
            let field = fields.iter().rev().find(|(field, _)| **field == **name)?;
            Some(&field.1)
        })
    }

    /// Puts a value at this place and makes the objects on the way; whatever stood in the way is replaced.
    ///
    /// At the value itself an object is merged into an object, so that several parts can share one level.
    ///
    /// ```
    /// use finkit_fincheck::contract::FieldPath;
    /// let mut body = serde_json::Value::Null;
    /// "vehicle.fin".parse::<FieldPath>()?.put(&mut body, "x".into());
    /// assert_eq!(body, serde_json::json!({"vehicle": {"fin": "x"}}));
    /// # Ok::<(), finkit_fincheck::contract::PlaceError>(())
    /// ```
    pub fn put(&self, into: &mut Value, value: Value) {
        let mut at = into;
        for name in &self.0 {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            let Value::Object(map) = at else {
                return; // made an object just above
            };
            at = map.entry(name.clone()).or_insert(Value::Null);
        }
        match (at, value) {
            (Value::Object(old), Value::Object(new)) => old.extend(new),
            (at, value) => *at = value,
        }
    }

    /// Whether one of the two places lies on or inside the other, so that both cannot be filled.
    pub(crate) fn collides(&self, other: &Self) -> bool {
        let shorter = self.0.len().min(other.0.len());
        self.0[..shorter] == other.0[..shorter]
    }

    /// This place seen from further out: `self` inside `outer`.
    pub(crate) fn inside(&self, outer: &Self) -> Self {
        Self(outer.0.iter().chain(&self.0).cloned().collect())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(".");
        }
        if self.0.len() == 1 && self.0[0] == ABSENT {
            return write!(f, "\\{ABSENT}");
        }
        for (index, name) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            for character in name.chars() {
                if matches!(character, '.' | '\\') {
                    f.write_str("\\")?;
                }
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for FieldPath {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        if text == "." {
            return Ok(Self::root());
        }
        let mut names = vec![String::new()];
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            let name = names.last_mut().ok_or(PlaceError::EmptyName)?;
            match character {
                '\\' => name.push(characters.next().ok_or(PlaceError::OpenEscape)?),
                '.' => names.push(String::new()),
                other => name.push(other),
            }
        }
        if names.iter().any(String::is_empty) {
            return Err(PlaceError::EmptyName);
        }
        Ok(Self(names))
    }
}

/// Where one value of a request goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// `query:NAME`: a parameter of the address; a list is the parameter repeated.
    Query(String),
    /// `header:NAME`.
    Header(String),
    /// `form:NAME`: a field of a form-encoded body; a list is the field repeated.
    Form(String),
    /// `path:NAME`: the part `{NAME}` of the operation's path.
    Path(String),
    /// `body` or `body:NAME`: the JSON body or a field in it.
    Body(FieldPath),
}

impl Place {
    /// The field of the JSON body, when it is one.
    pub fn body(&self) -> Option<&FieldPath> {
        match self {
            Self::Body(path) => Some(path),
            _ => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(name) => write!(f, "query:{name}"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Form(name) => write!(f, "form:{name}"),
            Self::Path(name) => write!(f, "path:{name}"),
            Self::Body(path) if path.is_root() => f.write_str("body"),
            Self::Body(path) => write!(f, "body:{path}"),
        }
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        if text == "body" {
            return Ok(Self::Body(FieldPath::root()));
        }
        let (kind, name) = text.split_once(':').ok_or(PlaceError::NoPlace)?;
        if name.is_empty() {
            return Err(PlaceError::EmptyName);
        }
        match kind {
            "query" => Ok(Self::Query(name.to_owned())),
            "header" => Ok(Self::Header(name.to_ascii_lowercase())),
            "form" => Ok(Self::Form(name.to_owned())),
            "path" => Ok(Self::Path(name.to_owned())),
            "body" => Ok(Self::Body(body_path(name)?)),
            _ => Err(PlaceError::NoPlace),
        }
    }
}

/// Where the record of `create` goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RecordPlace {
    /// `query`: every field of the record is a parameter of the address.
    Query,
    /// `form`: every field of the record is a field of the form-encoded body.
    Form,
    /// `body` or `body:NAME`: the JSON body, or an object under a key of it.
    Body(FieldPath),
}

impl fmt::Display for RecordPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query => f.write_str("query"),
            Self::Form => f.write_str("form"),
            Self::Body(path) => Place::Body(path.clone()).fmt(f),
        }
    }
}

impl FromStr for RecordPlace {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        match text {
            "query" => Ok(Self::Query),
            "form" => Ok(Self::Form),
            other => match other.parse() {
                Ok(Place::Body(path)) => Ok(Self::Body(path)),
                Err(fault @ (PlaceError::OpenEscape | PlaceError::EmptyName)) => Err(fault),
                _ => Err(PlaceError::NoRecordPlace),
            },
        }
    }
}

fn body_path(name: &str) -> Result<FieldPath, PlaceError> {
    let path: FieldPath = name.parse()?;
    if path.is_root() {
        return Err(PlaceError::EmptyName); // `body:.` would be a second spelling of `body`
    }
    Ok(path)
}

/// A place that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// No place known by that name.
    #[error(
        "expected \"query:NAME\", \"body:NAME\", \"body\", \"form:NAME\", \"header:NAME\" or \"path:NAME\""
    )]
    NoPlace,
    /// No place known by that name for a whole record.
    #[error("expected \"body\", \"body:NAME\", \"query\" or \"form\"")]
    NoRecordPlace,
    /// A list of records cannot go there.
    #[error("expected \"body\" or \"body:NAME\"")]
    NotInTheBody,
    /// A name is empty.
    #[error("a name is empty")]
    EmptyName,
    /// The text ends in a backslash.
    #[error("the text ends in a backslash; it takes the next character literally")]
    OpenEscape,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn reads_places_as_written_in_the_assumed_contract() {
        assert_eq!("body".parse(), Ok(Place::Body(FieldPath::root())));
        assert_eq!("body:fin".parse(), Ok(Place::Body(FieldPath::name("fin"))));
        assert_eq!("query:year".parse(), Ok(Place::Query("year".into())));
        assert_eq!(
            "header:X-Security-Code".parse(),
            Ok(Place::Header("x-security-code".into()))
        );
        assert_eq!("path:fin".parse(), Ok(Place::Path("fin".into())));
    }

    #[test]
    fn refuses_what_names_no_place() {
        for text in ["", "fin", "cookie:x", "query", "absent"] {
            assert_eq!(text.parse::<Place>(), Err(PlaceError::NoPlace), "{text}");
        }
        for text in ["query:", "body:", "body:a..b", "body:.", "body:a."] {
            assert_eq!(text.parse::<Place>(), Err(PlaceError::EmptyName), "{text}");
        }
        assert_eq!("body:a\\".parse::<Place>(), Err(PlaceError::OpenEscape));
        assert_eq!(
            "query:x".parse::<RecordPlace>(),
            Err(PlaceError::NoRecordPlace)
        );
    }

    #[test]
    fn a_path_through_something_that_is_no_object_finds_nothing() {
        let path: FieldPath = "a.b".parse().unwrap();
        assert_eq!(path.get(&json!({"a": [1]})), None);
        assert_eq!(path.get(&json!({"a": {"b": null}})), Some(&Value::Null));
    }

    #[test]
    fn an_object_at_the_root_shares_its_level() {
        let mut body = json!({"flag": true});
        FieldPath::root().put(&mut body, json!({"fin": 1}));
        assert_eq!(body, json!({"flag": true, "fin": 1}));
    }

    proptest! {
        #[test]
        fn every_path_parses_again_from_its_display(names in proptest::collection::vec(".{1,6}", 0..4)) {
            let path = FieldPath(names);
            prop_assert_eq!(path.to_string().parse(), Ok(path.clone()));
            prop_assert_ne!(path.to_string(), ABSENT);
        }

        #[test]
        fn what_was_put_is_found(names in proptest::collection::vec("[a-c.]{1,2}", 1..4)) {
            let path = FieldPath(names);
            let mut body = json!({"a": {"b": 1}, "c": []});
            path.put(&mut body, json!(7));
            prop_assert_eq!(path.get(&body), Some(&json!(7)));
        }
    }
}
