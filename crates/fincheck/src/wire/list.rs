//! The records of a bulk request, written straight into its body: no JSON value is made of the list.

use bytes::Bytes;
use finkit_core::FinRecord;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::record;
use crate::contract::{Contract, FieldPath};

/// Bytes that a record takes, roughly.
const RECORD: usize = 160;

/// The list of a request's records.
pub(crate) struct List<'a> {
    contract: &'a Contract,
    records: &'a [FinRecord],
    shape: Shape,
}

/// What the objects of the records look like.
enum Shape {
    Object(Vec<(String, Shape)>),
    /// A field, by its number among the values of a record.
    Field(usize),
}

impl Shape {
    /// The shape of an object that has each field's number in its place.
    fn of(numbered: Value) -> Self {
        match numbered {
            Value::Object(entries) => {
                let shaped = entries
                    .into_iter()
                    .map(|(name, value)| (name, Self::of(value)));
                Self::Object(shaped.collect())
            }
            number => Self::Field(number.as_u64().unwrap_or_default() as usize),
        }
    }
}

impl<'a> List<'a> {
    pub(crate) fn new(contract: &'a Contract, records: &'a [FinRecord]) -> Self {
        let mut numbered = Value::Object(Map::new());
        for (number, path) in record::fields(contract).into_iter().enumerate() {
            path.put(&mut numbered, number.into());
        }
        Self {
            contract,
            records,
            shape: Shape::of(numbered),
        }
    }

    /// The body with this list in its place, where a placeholder stands.
    pub(crate) fn within(&self, body: &Value, place: &FieldPath) -> serde_json::Result<Bytes> {
        let mut bytes = Vec::with_capacity(self.records.len() * RECORD + RECORD);
        let body = Around {
            list: self,
            body,
            way: place.segments(),
        };
        serde_json::to_writer(&mut bytes, &body)?;
        Ok(bytes.into())
    }
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.records
                .iter()
                .map(|record| Object { list: self, record }),
        )
    }
}

/// The object of a record.
struct Object<'a> {
    list: &'a List<'a>,
    record: &'a FinRecord,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values = record::values(self.list.contract, self.record);
        let shape = &self.list.shape;
        Part {
            shape,
            values: &values,
        }
        .serialize(serializer)
    }
}

/// A part of a record's object.
struct Part<'a> {
    shape: &'a Shape,
    values: &'a [Value],
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let values = self.values;
        match self.shape {
            Shape::Object(entries) => serializer.collect_map(
                entries
                    .iter()
                    .map(|(name, shape)| (name, Part { shape, values })),
            ),
            Shape::Field(number) => self.values.get(*number).serialize(serializer),
        }
    }
}

/// A body, or a part of it, that has the list at the end of this way.
struct Around<'a> {
    list: &'a List<'a>,
    body: &'a Value,
    way: &'a [String],
}

impl Serialize for Around<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (Some((next, way)), Value::Object(entries)) = (self.way.split_first(), self.body)
        else {
            return self.list.serialize(serializer);
        };
        serializer.collect_map(entries.iter().map(|(name, body)| {
            let on_the_way = (name == next).then_some(Around { way, body, ..*self });
            (name, on_the_way.map_or(Either::Value(body), Either::Around))
        }))
    }
}

/// An entry of a body: as it is, or with the list inside.
#[derive(Serialize)]
#[serde(untagged)]
enum Either<'a> {
    Value(&'a Value),
    Around(Around<'a>),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::contract::samples::{self, records};

    proptest! {
        #[test]
        fn a_list_is_written_as_its_value_would_be(
            contract in samples::any_contract(),
            count in 0_u32..4,
            other: bool,
        ) {
            let Some(bulk) = &contract.bulk_create else { return Ok(()) };
            let records = records(count);
            let list = records.iter().map(|record| record::to_json(&contract, record)).collect();
            let (mut holed, mut whole) = (Value::Null, Value::Null);
            bulk.records.put(&mut holed, Value::Null);
            bulk.records.put(&mut whole, list);
            if other && !bulk.records.is_root() {
                let beside = FieldPath::name("beside it");
                beside.put(&mut holed, "x\n".into());
                beside.put(&mut whole, "x\n".into());
            }
            let written = List::new(&contract, &records).within(&holed, &bulk.records).expect("JSON");
            prop_assert_eq!(String::from_utf8_lossy(&written), whole.to_string());
        }
    }
}
