//! Rows as text: fields are read and replaced without a look at what they hold, so that prices keep their digits.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// The fields of an object in their order: name and JSON.
pub(super) fn fields(json: &str) -> Vec<(String, String)> {
    serde_json::Deserializer::from_str(json)
        .deserialize_map(Fields)
        .unwrap_or_default()
}

/// An object of these fields.
pub(super) fn object<'f>(fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> String {
    let mut json = "{".to_owned();
    for (name, value) in fields {
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(&Value::from(name).to_string());
        json.push(':');
        json.push_str(value);
    }
    json.push('}');
    json
}

/// The same object with another value in a field, or without the field; a new field comes last.
pub(super) fn with(json: &str, name: &str, value: Option<&str>) -> String {
    let mut fields = fields(json);
    match (fields.iter().position(|(there, _)| there == name), value) {
        (Some(place), Some(value)) => value.clone_into(&mut fields[place].1),
        (Some(place), None) => drop(fields.remove(place)),
        (None, Some(value)) => fields.push((name.to_owned(), value.to_owned())),
        (None, None) => {}
    }
    object(
        fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

/// The characters of a text field, or the digits of a number.
pub(super) fn text(json: &str, name: &str) -> Option<String> {
    let (_, value) = fields(json).into_iter().find(|(there, _)| there == name)?;
    match serde_json::from_str(&value) {
        Ok(Value::String(text)) => Some(text),
        Ok(Value::Number(_)) => Some(value),
        _ => None,
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, String)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            fields.push((name, value.get().to_owned()));
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_replaced_and_the_others_keep_their_spelling() {
        let json = r#"{"basePrice":10.50,"brand":"Fäste","x":[1, 2]}"#;
        assert_eq!(
            with(json, "brand", Some("null")),
            r#"{"basePrice":10.50,"brand":null,"x":[1, 2]}"#
        );
        assert_eq!(
            with(json, "x", None),
            r#"{"basePrice":10.50,"brand":"Fäste"}"#
        );
        assert_eq!(with("{}", "new", Some("1")), r#"{"new":1}"#);
        assert_eq!(with("{}", "new", None), "{}");
        assert_eq!(text(json, "basePrice").as_deref(), Some("10.50"));
        assert_eq!(text(json, "brand").as_deref(), Some("Fäste"));
        assert_eq!(text(json, "x"), None);
    }
}
