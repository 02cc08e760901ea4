//! The change log: what changed when, old value and new value.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use finkit_core::FinfoSupplierId;

use super::{Dataset, RowKey};
use crate::wire::{Record, WireError, same_json};

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It was stored for the first time.
    Appeared,
    /// Some of its fields changed.
    Changed,
    /// A complete list of its supplier no longer has it. It is kept.
    Unlisted,
    /// It is listed again.
    Relisted,
    /// It was a row without an agreement beside others of its article, and the service has fewer of those.
    Removed,
}

impl ChangeKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Appeared,
        Self::Changed,
        Self::Unlisted,
        Self::Relisted,
        Self::Removed,
    ];

    /// The name, lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::Changed => "changed",
            Self::Unlisted => "unlisted",
            Self::Relisted => "relisted",
            Self::Removed => "removed",
        }
    }
}

/// One entry of the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Place in the log; ascending, with gaps.
    pub number: u64,
    /// When a run noticed it.
    pub at: DateTime<Utc>,
    /// Where.
    pub dataset: Dataset,
    /// Whose row.
    pub supplier: FinfoSupplierId,
    /// Which row.
    pub key: RowKey<'static>,
    /// What happened.
    pub kind: ChangeKind,
    /// The fields that changed; empty unless [`ChangeKind::Changed`].
    pub fields: Vec<FieldChange>,
}

/// Where to begin in the change log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangesSince {
    /// With the first entry of this moment or after it.
    Moment(DateTime<Utc>),
    /// After the entry of this number.
    Number(u64),
}

/// One field that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name.
    pub field: String,
    /// The JSON that was there; `None` where there was no such field.
    pub old: Option<String>,
    /// The JSON that is there; `None` where there is no such field any more.
    pub new: Option<String>,
}

/// The fields in which two rows differ, in the order of the new row, those that are gone at the end.
///
/// Spelling is no difference: blanks, the order of fields, escapes, and zeros at the end of a fraction. A field that is
/// left out and one that is `null` do differ.
///
/// ```
/// use finkit_finfo::catalogue::field_changes;
///
/// let changes = field_changes(r#"{"a":10.50,"b":1}"#, r#"{"b": 2, "a": 10.5}"#)?;
/// assert_eq!(changes.len(), 1);
/// assert_eq!((changes[0].old.as_deref(), changes[0].new.as_deref()), (Some("1"), Some("2")));
/// # Ok::<(), finkit_finfo::wire::WireError>(())
/// ```
///
/// # Errors
/// [`WireError`] when one of them is not one JSON object.
pub fn field_changes(old: &str, new: &str) -> Result<Vec<FieldChange>, WireError> {
    let (old, new) = (Record::parse(old)?, Record::parse(new)?);
    Ok(record_changes(&old, &new))
}

/// The fields in which two records differ; see [`field_changes`].
#[must_use]
pub fn record_changes(old: &Record<'_>, new: &Record<'_>) -> Vec<FieldChange> {
    let mut before: BTreeMap<Cow<'_, str>, &str> = BTreeMap::new();
    for (name, value) in old.fields() {
        before.entry(name).or_insert(value);
    }
    let mut changes = Vec::new();
    let mut seen: Vec<Cow<'_, str>> = Vec::new();
    for (name, value) in new.fields() {
        if seen.contains(&name) {
            continue;
        }
        let was = before.remove(&name);
        if !was.is_some_and(|was| same_json(was, value)) {
            changes.push(FieldChange {
                field: name.clone().into_owned(),
                old: was.map(str::to_owned),
                new: Some(value.to_owned()),
            });
        }
        seen.push(name);
    }
    let gone = before.into_iter().map(|(name, value)| FieldChange {
        field: name.into_owned(),
        old: Some(value.to_owned()),
        new: None,
    });
    changes.extend(gone);
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(old: &str, new: &str) -> Vec<(String, Option<String>, Option<String>)> {
        field_changes(old, new)
            .expect("two objects")
            .into_iter()
            .map(|change| (change.field, change.old, change.new))
            .collect()
    }

    #[test]
    fn spelling_is_no_change() {
        let old =
            r#"{"price":10.50,"name":"skruv \u00e5","list":[1.0,{"a":null,"b":"x"}],"flag":true}"#;
        let new =
            r#"{ "flag":true, "list":[1,{"b":"x","a":null}], "name":"skruv å", "price":1.05e1 }"#;
        assert_eq!(changed(old, new), []);
    }

    #[test]
    fn new_gone_and_other_values_are_changes() {
        let text = |text: &str| Some(text.to_owned());
        let old = r#"{"same":1,"gone":"x","other":1,"null":null}"#;
        let new = r#"{"other":"1","same":1,"added":[]}"#;
        assert_eq!(
            changed(old, new),
            [
                ("other".to_owned(), text("1"), text("\"1\"")),
                ("added".to_owned(), None, text("[]")),
                ("gone".to_owned(), text("\"x\""), None),
                ("null".to_owned(), text("null"), None),
            ]
        );
    }

    #[test]
    fn prices_are_compared_digit_for_digit() {
        let price = |price: &str| format!("{{\"price\":{price}}}");
        assert_eq!(
            changed(&price("9007199254740993"), &price("9007199254740992")).len(),
            1
        );
        assert_eq!(
            changed(&price("0.1"), &price("0.10000000000000001")).len(),
            1
        );
        assert_eq!(changed(&price("1e400"), &price("1e400")).len(), 0);
        assert_eq!(changed(&price("1e400"), &price("1e401")).len(), 1);
    }
}
