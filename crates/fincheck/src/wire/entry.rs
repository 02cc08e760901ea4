//! `create` and `bulk_create`: requests, and answers that account for every record or say that they don't.

use std::collections::HashMap;

use finkit_core::{FinRecord, FoundFin, Vin};
use finkit_transport::HttpRequest;
use serde_json_borrow::Value;
use url::Url;

use super::account::{Account, Fate};
use super::found::{Told, items, join, read_found};
use super::list::List;
use super::record::{self, Named};
use super::request::{BuildError, Draft};
use crate::answer::{EntryAnswer, EntryFlags, RecordOutcome};
use crate::contract::{BulkCreate, Contract, Create, EntryAnswerFields, Place};

/// The request of `create`.
pub(crate) fn one(
    contract: &Contract,
    operation: &Create,
    base: &Url,
    record: &FinRecord,
    flags: EntryFlags,
    security_code: &str,
) -> Result<HttpRequest, BuildError> {
    let mut draft = Draft::new(&operation.endpoint)?;
    record::put(&mut draft, contract, &operation.record, record)?;
    flag(
        &mut draft,
        operation.commit_on_overlapping_dates.as_ref(),
        flags.commit_on_overlapping_dates,
    )?;
    code(&mut draft, operation.security_code.as_ref(), security_code)?;
    draft.build(base)
}

/// The request of `bulk_create`.
pub(crate) fn many(
    contract: &Contract,
    operation: &BulkCreate,
    base: &Url,
    records: &[FinRecord],
    flags: EntryFlags,
    security_code: &str,
) -> Result<HttpRequest, BuildError> {
    let mut draft = Draft::new(&operation.endpoint)?;
    // A placeholder, so that the way to it is there.
    draft.put_body(&operation.records, serde_json::Value::Null);
    flag(
        &mut draft,
        operation.commit_on_overlapping_dates.as_ref(),
        flags.commit_on_overlapping_dates,
    )?;
    flag(
        &mut draft,
        operation.commit_on_partial_success.as_ref(),
        flags.commit_on_partial_success,
    )?;
    code(&mut draft, operation.security_code.as_ref(), security_code)?;
    draft.build_with(base, &operation.records, &List::new(contract, records))
}

/// A flag; one that the service doesn't take can only be off.
fn flag(draft: &mut Draft, place: Option<&Place>, set: bool) -> Result<(), BuildError> {
    match place {
        Some(place) => draft.put(place, set.into()),
        None if set => Err(BuildError(
            "a flag that the contract calls absent".to_owned(),
        )),
        None => Ok(()),
    }
}

pub(crate) fn code(draft: &mut Draft, place: Option<&Place>, code: &str) -> Result<(), BuildError> {
    place.map_or(Ok(()), |place| draft.put_secret(place, code))
}

/// Reads an answer. `None` when it has neither list, or something else in the place of one: nothing can be concluded then.
///
/// What became of a record is only told when it is certain: it stands in one of the lists as often as it was sent.
/// A record in neither list, in both, or next to something that can't be read stays unaccounted for.
pub(crate) fn read(
    contract: &Contract,
    fields: &EntryAnswerFields,
    records: &[FinRecord],
    body: &[u8],
) -> Option<EntryAnswer> {
    let value: Value<'_> = serde_json::from_slice(body).ok()?;
    let created = fields.created.find(&value);
    let failed = fields.failed.find(&value);
    if created.is_none() && failed.is_none() {
        return None;
    }
    let mut account = Account::of(records);
    for (list, is_created) in [(created, true), (failed, false)] {
        // A list that is left out is empty; FastAPI can be told to leave out what is not set.
        for item in list.map_or(Some(&[][..]), listed)? {
            account.take(Named::read(&contract.answer_record, item), is_created);
        }
    }
    let overlaps: HashMap<Vin, FoundFin> = fields
        .overlapping
        .as_ref()
        .and_then(|path| path.find(&value))
        .map(|list| overlaps(contract, &list.into()))
        .unwrap_or_default()
        .into_iter()
        .map(|found| (found.fin, found))
        .collect();
    let outcomes = records
        .iter()
        .zip(account.settle())
        .map(|(record, fate)| {
            let overlaps = overlaps.get(&record.fin).cloned();
            match fate {
                Fate::Created => RecordOutcome::Created { overlaps },
                Fate::Failed(reason) => RecordOutcome::NotEntered { overlaps, reason },
                Fate::Open => RecordOutcome::Unaccounted,
            }
        })
        .collect();
    Some(EntryAnswer { outcomes })
}

/// As [`items`], in a value that borrows from the text.
fn listed<'v, 't>(value: &'v Value<'t>) -> Option<&'v [Value<'t>]> {
    match value {
        Value::Null => Some(&[]),
        Value::Array(items) => Some(items),
        object @ Value::Object(_) => Some(std::slice::from_ref(object)),
        _ => None,
    }
}

fn overlaps(contract: &Contract, list: &serde_json::Value) -> Vec<FoundFin> {
    let mut all = Vec::new();
    for item in items(list).unwrap_or_default() {
        if let Told::Whole(found) = read_found(contract, item, None) {
            join(&mut all, found);
        }
    }
    all
}
