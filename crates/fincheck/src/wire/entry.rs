//! `create` and `bulk_create`: requests, and answers that account for every record or say that they don't.

use std::collections::HashMap;

use finkit_core::{FinRecord, FoundFin, Vin};
use finkit_transport::HttpRequest;
use serde_json::Value;
use url::Url;

use super::found::{Told, items, join, read_found};
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
    let list = records
        .iter()
        .map(|record| record::to_json(contract, record))
        .collect();
    draft.put(&Place::Body(operation.records.clone()), list)?;
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
    draft.build(base)
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

/// Reads an answer. `None` when it names neither created nor failed records, so that nothing can be concluded.
pub(crate) fn read(
    contract: &Contract,
    fields: &EntryAnswerFields,
    records: &[FinRecord],
    body: &[u8],
) -> Option<EntryAnswer> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let created = fields.created.get(&value).map(|list| named(contract, list));
    let failed = fields.failed.get(&value).map(|list| named(contract, list));
    if created.is_none() && failed.is_none() {
        return None;
    }
    let overlaps = fields
        .overlapping
        .as_ref()
        .and_then(|path| path.get(&value))
        .map(|list| overlaps(contract, list))
        .unwrap_or_default();
    let fates = account(
        records,
        &created.unwrap_or_default(),
        &failed.unwrap_or_default(),
    );
    let outcomes = records
        .iter()
        .zip(fates)
        .map(|(record, fate)| {
            let overlaps = overlaps
                .iter()
                .find(|found| found.fin == record.fin)
                .cloned();
            match fate {
                Fate::Created => RecordOutcome::Created { overlaps },
                Fate::Failed(reason) => RecordOutcome::NotEntered { overlaps, reason },
                Fate::Open => RecordOutcome::Unaccounted,
            }
        })
        .collect();
    Some(EntryAnswer { outcomes })
}

/// The items that can be read; the others leave their records unaccounted for.
fn named(contract: &Contract, list: &Value) -> Vec<Named> {
    items(list)
        .unwrap_or_default()
        .iter()
        .filter_map(|item| Named::read(&contract.answer_record, item))
        .collect()
}

fn overlaps(contract: &Contract, list: &Value) -> Vec<FoundFin> {
    let mut all = Vec::new();
    for item in items(list).unwrap_or_default() {
        if let Told::Whole(found) = read_found(contract, item, None) {
            join(&mut all, found);
        }
    }
    all
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Created,
    Failed(Option<String>),
    Open,
}

/// Gives each record of the request its fate, FIN by FIN.
fn account(records: &[FinRecord], created: &[Named], failed: &[Named]) -> Vec<Fate> {
    let mut groups: HashMap<Vin, Group<'_>> = HashMap::new();
    for (index, record) in records.iter().enumerate() {
        groups.entry(record.fin).or_default().records.push(index);
    }
    for item in created {
        groups.entry(item.fin).or_default().created.push(item);
    }
    for item in failed {
        groups.entry(item.fin).or_default().failed.push(item);
    }
    let mut fates = vec![Fate::Open; records.len()];
    for group in groups.values() {
        group.settle(records, &mut fates);
    }
    fates
}

/// The records of one FIN in the request, and what the answer says about that FIN.
#[derive(Default)]
struct Group<'a> {
    records: Vec<usize>,
    created: Vec<&'a Named>,
    failed: Vec<&'a Named>,
}

impl Group<'_> {
    /// Each kind of record (equal ones are one kind) is settled when the answer names it as often as it was sent.
    /// When it is named more often, less often, or could be another one, it stays open.
    fn settle(&self, records: &[FinRecord], fates: &mut [Fate]) {
        for &index in &self.records {
            let record = &records[index];
            let alike: Vec<usize> = self
                .records
                .iter()
                .copied()
                .filter(|&other| records[other] == *record)
                .collect();
            if alike[0] != index {
                continue; // settled with the first one of its kind
            }
            let fits = |items: &[&Named]| items.iter().filter(|item| item.is(record)).count();
            let ambiguous = self
                .created
                .iter()
                .chain(&self.failed)
                .filter(|item| item.is(record))
                .any(|item| {
                    self.records
                        .iter()
                        .any(|&other| records[other] != *record && item.is(&records[other]))
                });
            let (created, failed) = if ambiguous {
                self.as_a_whole()
            } else {
                (fits(&self.created), fits(&self.failed))
            };
            let expected = if ambiguous {
                self.records.len()
            } else {
                alike.len()
            };
            if created + failed != expected {
                continue;
            }
            if ambiguous && created > 0 && failed > 0 {
                continue; // which of them it was is not said
            }
            let reasons: Vec<Option<String>> = self
                .failed
                .iter()
                .filter(|item| item.is(record))
                .map(|item| item.reason.clone())
                .collect();
            for (place, index) in alike.into_iter().enumerate() {
                fates[index] = if place < created {
                    Fate::Created
                } else {
                    Fate::Failed(reasons.get(place - created).cloned().flatten())
                };
            }
        }
    }

    fn as_a_whole(&self) -> (usize, usize) {
        (self.created.len(), self.failed.len())
    }
}
