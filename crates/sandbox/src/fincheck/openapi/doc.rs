//! JSON whose objects keep the order of their members, as the models of a FastAPI document do.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Value;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Doc {
    Object(Vec<(String, Doc)>),
    Array(Vec<Doc>),
    Value(Value),
}

impl Doc {
    /// An object of these members.
    pub(super) fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Object(members.map(|(name, doc)| (name.to_owned(), doc)).into())
    }

    /// A member of an object.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(n, _)| n == name).map(|(_, doc)| doc),
            _ => None,
        }
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        match self {
            Self::Object(members) => members
                .iter_mut()
                .find(|(n, _)| n == name)
                .map(|(_, doc)| doc),
            _ => None,
        }
    }

    /// Adds a member, or replaces it where it stands.
    pub(super) fn set(&mut self, name: &str, doc: impl Into<Self>) {
        if let Some(old) = self.get_mut(name) {
            *old = doc.into();
        } else if let Self::Object(members) = self {
            members.push((name.to_owned(), doc.into()));
        }
    }

    /// The same object with a member more.
    pub(super) fn with(mut self, name: &str, doc: impl Into<Self>) -> Self {
        self.set(name, doc);
        self
    }
}

impl<T: Into<Value>> From<T> for Doc {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

impl Serialize for Doc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, doc) in members {
                    map.serialize_entry(name, doc)?;
                }
                map.end()
            }
            Self::Array(items) => serializer.collect_seq(items),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order() {
        let doc = Doc::object([("z", 1.into()), ("a", Doc::Array(vec![true.into()]))]);
        let doc = doc.with("m", "x").with("z", 2);
        assert_eq!(
            serde_json::to_string(&doc).unwrap(),
            "{\"z\":2,\"a\":[true],\"m\":\"x\"}"
        );
    }
}
