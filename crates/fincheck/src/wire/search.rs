//! `search` and `bulk_search`: requests, and answers that never call a FIN free on a doubt.

use std::collections::HashMap;

use finkit_core::{FoundFin, Vin};
use finkit_transport::HttpRequest;
use serde_json::Value;
use url::Url;

use super::found::{Told, items, read_found};
use super::request::{BuildError, Draft};
use crate::answer::{Lookup, SearchAnswer};
use crate::contract::{BulkSearch, Contract, Search, SearchAnswerFields};

/// The request of `search`.
pub(crate) fn one(
    operation: &Search,
    base: &Url,
    fin: &Vin,
    year: i32,
) -> Result<HttpRequest, BuildError> {
    let mut draft = Draft::new(&operation.endpoint)?;
    draft.put(&operation.fin, fin.as_str().into())?;
    draft.put(&operation.year, year.into())?;
    draft.build(base)
}

/// The request of `bulk_search`.
pub(crate) fn many(
    operation: &BulkSearch,
    base: &Url,
    fins: &[Vin],
    year: i32,
) -> Result<HttpRequest, BuildError> {
    let mut draft = Draft::new(&operation.endpoint)?;
    draft.put(&operation.fins, fins.iter().map(Vin::as_str).collect())?;
    draft.put(&operation.year, year.into())?;
    draft.build(base)
}

/// Reads an answer for these FINs. `None` when it is no JSON object or list at all.
pub(crate) fn read(
    contract: &Contract,
    fields: &SearchAnswerFields,
    fins: &[Vin],
    body: &[u8],
) -> Option<SearchAnswer> {
    let value: Value = serde_json::from_slice(body)
        .ok()
        .filter(|value: &Value| value.is_object() || value.is_array())?;
    let judge = Judge::of(contract, fields, fins, &value);
    Some(SearchAnswer {
        fins: fins.iter().map(|fin| (*fin, judge.lookup(fin))).collect(),
    })
}

struct Judge {
    told: HashMap<Vin, Result<FoundFin, &'static str>>,
    /// Whether FINs that are not listed are free, or why that is not known.
    others: Result<(), &'static str>,
}

impl Judge {
    fn of(contract: &Contract, fields: &SearchAnswerFields, fins: &[Vin], value: &Value) -> Self {
        let doubt = |why| Self {
            told: HashMap::new(),
            others: Err(why),
        };
        let found = match &fields.found {
            None => None,
            Some(path) => match path.get(value).and_then(Value::as_bool) {
                Some(found) => Some(found),
                None => return doubt("the answer doesn't say whether anything was found"),
            },
        };
        let listed = match fields.fins.get(value) {
            Some(list) => match items(list) {
                Some(listed) => listed,
                None => return doubt("the list of what was found can't be read"),
            },
            None if found == Some(false) => &[],
            None => return doubt("the answer has no list of what was found"),
        };
        let only = match fins {
            [only] => Some(*only),
            _ => None,
        };
        let mut judge = Self {
            told: HashMap::new(),
            others: Ok(()),
        };
        for item in listed {
            match read_found(contract, item, only) {
                Told::Whole(whole) if !fins.contains(&whole.fin) => {
                    judge.others = Err("the answer is about a FIN that was not asked for");
                }
                Told::Whole(whole) => judge.add(whole),
                Told::Partly(fin) => {
                    judge
                        .told
                        .insert(fin, Err("there are entries that can't be read"));
                }
                Told::Nothing => judge.others = Err("the answer has a FIN that can't be read"),
            }
        }
        let any = judge
            .told
            .values()
            .any(|told| told.as_ref().map_or(true, |found| found.count > 0));
        match found {
            Some(true) if !any && judge.others.is_ok() => {
                doubt("the answer says that something was found, but not what")
            }
            Some(false) if any => {
                doubt("the answer says that nothing was found, and lists entries")
            }
            // Without a boolean for the whole answer each FIN speaks for itself.
            None => {
                judge.others = judge.others.and(Err("the answer leaves this FIN out"));
                judge
            }
            _ => judge,
        }
    }

    fn add(&mut self, found: FoundFin) {
        match self.told.entry(found.fin) {
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(Ok(found));
            }
            std::collections::hash_map::Entry::Occupied(mut known) => {
                if let Ok(known) = known.get_mut() {
                    known.count += found.count;
                    known.entries.extend(found.entries);
                }
            }
        }
    }

    fn lookup(&self, fin: &Vin) -> Lookup {
        match (self.told.get(fin), self.others) {
            (Some(Ok(found)), _) if found.count == 0 && found.entries.is_empty() => Lookup::Free,
            (Some(Ok(found)), _) => Lookup::Found(found.clone()),
            (Some(Err(why)), _) => Lookup::Unknown((*why).to_owned()),
            (None, Err(why)) => Lookup::Unknown(why.to_owned()),
            (None, Ok(())) => Lookup::Free,
        }
    }
}
