//! Serialisation of the domain types: each as the text of its `Display`, read by its `FromStr`.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::{
    ApiVersion, Count, FinfoArticleId, FinfoSupplierId, Gtin, Participant, Period, RecordEvent,
    RecordState, RegisteredAt, ReportedTime, Verdict, Vin, ZoneRule,
};

/// Reads any string through `FromStr`, without ever quoting it in an error.
struct Text<T>(&'static str, PhantomData<T>);

impl<T> Visitor<'_> for Text<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! as_text {
    ($($type:ty: $expected:literal),* $(,)?) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text($expected, PhantomData))
            }
        }
    )*};
}

as_text! {
    Vin: "a FIN",
    Period: "a period YYYY-MM-DD/YYYY-MM-DD",
    RegisteredAt: "a date and time with offset",
    ReportedTime: "a date and time",
    ZoneRule: "Europe/Vienna or an offset",
    Participant: "standard, incognito or reader",
    Verdict: "free, taken or unknown",
    RecordState: "the state of a record",
    RecordEvent: "an event of a record",
    FinfoArticleId: "a Finfo article number",
    FinfoSupplierId: "a Finfo supplier number",
    Gtin: "a GTIN",
    ApiVersion: "a version such as v2.1",
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<u64>::deserialize(deserializer).map(Self::from)
    }
}
