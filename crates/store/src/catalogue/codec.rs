//! How moments, versions, datasets and keys are written in the database.

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use finkit_core::{ApiVersion, FinfoArticleId};
use finkit_finfo::catalogue::{ArticleRef, Dataset, RowKey};
use serde_json::Value;

use super::fault::Fault;

/// Nanoseconds since 1970. What lies outside of the years 1677 to 2262 becomes their end.
pub(super) fn moment(moment: DateTime<Utc>) -> i64 {
    moment
        .timestamp_nanos_opt()
        .unwrap_or(if moment.timestamp() < 0 {
            i64::MIN
        } else {
            i64::MAX
        })
}

pub(super) fn to_moment(nanoseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(nanoseconds)
}

/// Major and minor number in one that orders as versions do.
pub(super) fn version(version: ApiVersion) -> i64 {
    i64::from(version.major()) << 16 | i64::from(version.minor())
}

pub(super) fn to_version(number: i64) -> Result<ApiVersion, Fault> {
    let part = |number: i64| u16::try_from(number).map_err(|_| Fault::damaged("a version"));
    Ok(ApiVersion::new(part(number >> 16)?, part(number & 0xffff)?))
}

/// The place in [`Dataset::ALL`], counted from 1.
pub(super) fn dataset(dataset: Dataset) -> i64 {
    let place = Dataset::ALL.iter().position(|other| *other == dataset);
    place.map_or(0, |place| place as i64 + 1)
}

pub(super) fn to_dataset(number: i64) -> Result<Dataset, Fault> {
    let place = usize::try_from(number - 1).ok();
    place
        .and_then(|place| Dataset::ALL.get(place).copied())
        .ok_or_else(|| Fault::damaged("a dataset"))
}

/// Writes a key as JSON: the number of the article alone, or a list of that number or `null`, the agreement, and where
/// there is no number the supplier and its number.
pub(super) fn write_key(key: &RowKey<'_>, json: &mut String) {
    // Writing into a text can't fail.
    let _ = match &key.article {
        ArticleRef::Finfo(article) if key.agreement.is_empty() => write!(json, "{article}"),
        ArticleRef::Finfo(article) => {
            write!(json, "[{article},{}]", Value::from(&*key.agreement))
        }
        ArticleRef::Supplier(supplier, number) => write!(
            json,
            "[null,{},{},{}]",
            Value::from(&*key.agreement),
            Value::from(supplier.as_str()),
            Value::from(&**number)
        ),
    };
}

pub(super) fn key(key: &RowKey<'_>) -> String {
    let mut json = String::new();
    write_key(key, &mut json);
    json
}

/// Reads what [`write_key`] writes.
pub(super) fn to_key(json: &Value) -> Result<RowKey<'static>, Fault> {
    read_key(json).ok_or_else(|| Fault::damaged("a key"))
}

fn read_key(json: &Value) -> Option<RowKey<'static>> {
    let article = |json: &Value| FinfoArticleId::new(u32::try_from(json.as_u64()?).ok()?);
    let Value::Array(parts) = json else {
        return article(json).map(RowKey::of);
    };
    let text = |place: usize| parts.get(place)?.as_str().map(str::to_owned);
    let agreement = Cow::Owned(text(1)?);
    let article = match parts.first()? {
        Value::Null => ArticleRef::Supplier(text(2)?.parse().ok()?, Cow::Owned(text(3)?)),
        number => ArticleRef::Finfo(article(number)?),
    };
    Some(RowKey { article, agreement })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back() {
        let article = ArticleRef::Finfo("1377271".parse().expect("a number"));
        let other =
            ArticleRef::Supplier("2347003".parse().expect("a supplier"), "AB \"å\"/1".into());
        for article in [article, other] {
            for agreement in ["", "#2", "avtal \\ \"7\"\n"] {
                let written = RowKey {
                    article: article.clone(),
                    agreement: agreement.into(),
                };
                let json: Value = serde_json::from_str(&key(&written)).expect("JSON");
                assert_eq!(to_key(&json).expect("a key"), written);
            }
        }
        assert_eq!(key(&RowKey::of("7".parse().expect("a number"))), "7");
        for other in ["0", "[]", "[7]", "\"7\"", "[null,\"\",\"1\"]", "1e3", "-1"] {
            let json: Value = serde_json::from_str(other).expect("JSON");
            assert!(to_key(&json).is_err(), "{other}");
        }
    }

    #[test]
    fn moments_versions_and_datasets_read_back() {
        let now = DateTime::from_timestamp(1_768_478_400, 123_456_789).expect("a moment");
        assert_eq!(to_moment(moment(now)), now);
        assert_eq!(moment(DateTime::<Utc>::MAX_UTC), i64::MAX);
        for text in ["v1.0", "v2.2", "v65535.65535"] {
            let found: ApiVersion = text.parse().expect("a version");
            assert_eq!(to_version(version(found)).expect("a version"), found);
        }
        assert!(version(ApiVersion::new(2, 10)) > version(ApiVersion::new(2, 9)));
        for found in Dataset::ALL {
            assert_eq!(to_dataset(dataset(found)).expect("a dataset"), found);
        }
        assert!(to_dataset(0).is_err() && to_dataset(7).is_err());
    }
}
