//! `search` and `bulk_search`: requests, and answers that never call a FIN free on a doubt.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use finkit_core::{FoundFin, Vin};
use finkit_transport::HttpRequest;
use serde_json::Value;
use url::Url;

use super::found::{Told, items, read_found};
use super::request::{BuildError, Draft};
use crate::answer::{Lookup, SearchAnswer};
use crate::contract::{BulkSearch, Contract, Place, Search, SearchAnswerFields};

/// The request of `search`.
pub(crate) fn one(
    contract: &Contract,
    operation: &Search,
    base: &Url,
    fin: &Vin,
    year: i32,
) -> Result<HttpRequest, BuildError> {
    let mut draft = Draft::new(&operation.endpoint)?;
    draft.put(&operation.fin, fin.as_str().into())?;
    let days = (&operation.start_date, &operation.end_date);
    put_year(&mut draft, contract, operation.year.as_ref(), days, year)?;
    draft.build(base)
}

/// The request of `bulk_search`.
pub(crate) fn many(
    contract: &Contract,
    operation: &BulkSearch,
    base: &Url,
    fins: &[Vin],
    year: i32,
) -> Result<HttpRequest, BuildError> {
    let mut draft = Draft::new(&operation.endpoint)?;
    draft.put(&operation.fins, fins.iter().map(Vin::as_str).collect())?;
    let days = (&operation.start_date, &operation.end_date);
    put_year(&mut draft, contract, operation.year.as_ref(), days, year)?;
    draft.build(base)
}

/// Puts the calendar year, or its first and its last day where those are asked for.
fn put_year(
    draft: &mut Draft,
    contract: &Contract,
    place: Option<&Place>,
    (start, end): (&Option<Place>, &Option<Place>),
    year: i32,
) -> Result<(), BuildError> {
    if let Some(place) = place {
        draft.put(place, year.into())?;
    }
    for (place, month, day) in [(start, 1, 1), (end, 12, 31)] {
        if let Some(place) = place {
            let day = NaiveDate::from_ymd_opt(year, month, day)
                .ok_or_else(|| BuildError("the year".to_owned()))?;
            draft.put(place, super::record::date(contract, day))?;
        }
    }
    Ok(())
}

/// Reads an answer for these FINs. `None` when it is no JSON object or list at all.
///
/// Free is only what the service says is free: its boolean is there, nothing it lists contradicts it, and everything it
/// lists can be read. "Found" without telling what is unknown, since it can't be said which of the FINs is meant.
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

/// Why something is not known.
type Doubt = &'static str;

#[derive(Default)]
struct Judge {
    told: HashMap<Vin, Result<FoundFin, Doubt>>,
    /// Why FINs that are not listed are not free.
    unlisted: Option<Doubt>,
    /// Why no FIN is free at all.
    all: Option<Doubt>,
}

impl Judge {
    fn of(contract: &Contract, fields: &SearchAnswerFields, fins: &[Vin], value: &Value) -> Self {
        let doubt = |why| Self {
            all: Some(why),
            ..Self::default()
        };
        let found = match &fields.found {
            None => None,
            Some(path) => match path.get(value).and_then(Value::as_bool) {
                Some(found) => Some(found),
                None => return doubt("the answer doesn't say whether anything was found"),
            },
        };
        if found.is_none() && contract.found_fin.found.is_none() {
            return doubt("the contract names no field that says whether anything was found");
        }
        let listed = match fields.fins.get(value) {
            Some(list) => match items(list) {
                Some(listed) => listed,
                None => return doubt("the list of what was found can't be read"),
            },
            None if found == Some(false) => &[],
            None => return doubt("the answer has no list of what was found"),
        };
        let mut judge = Self::default();
        judge.take(contract, fins, listed);
        let any = judge
            .told
            .values()
            .any(|told| told.as_ref().map_or(true, |found| !is_nothing(found)));
        match found {
            Some(true) if !any && judge.all.is_none() => {
                doubt("the answer says that something was found, but not what")
            }
            Some(false) if any => {
                doubt("the answer says that nothing was found, and lists entries")
            }
            Some(_) => judge,
            // Without a boolean for the whole answer each FIN speaks for itself.
            None => {
                judge.unlisted = Some("the answer leaves this FIN out");
                judge
            }
        }
    }

    fn take(&mut self, contract: &Contract, fins: &[Vin], listed: &[Value]) {
        let asked: HashSet<&Vin> = fins.iter().collect();
        let only = match fins {
            [only] => Some(*only),
            _ => None,
        };
        for item in listed {
            match read_found(contract, item, only) {
                Told::Whole(FoundFin { fin, .. }) | Told::Partly(fin) if !asked.contains(&fin) => {
                    self.all = Some("the answer is about a FIN that was not asked for");
                }
                Told::Whole(whole) => self.add(whole),
                Told::Partly(fin) => {
                    let why = "there are entries that can't be read";
                    self.told.insert(fin, Err(why));
                }
                Told::Nothing => self.all = Some("the answer has a FIN that can't be read"),
            }
        }
    }

    fn add(&mut self, found: FoundFin) {
        match self.told.entry(found.fin) {
            Entry::Vacant(vacant) => {
                vacant.insert(Ok(found));
            }
            Entry::Occupied(mut known) => {
                if let Ok(known) = known.get_mut() {
                    known.count = known.count.saturating_add(found.count);
                    known.entries.extend(found.entries);
                }
            }
        }
    }

    fn lookup(&self, fin: &Vin) -> Lookup {
        let doubt = match self.told.get(fin) {
            Some(Ok(found)) if !is_nothing(found) => return Lookup::Found(found.clone()),
            Some(Ok(_)) => self.all,
            Some(Err(why)) => Some(*why),
            None => self.all.or(self.unlisted),
        };
        doubt.map_or(Lookup::Free, |why| Lookup::Unknown(why.to_owned()))
    }
}

fn is_nothing(found: &FoundFin) -> bool {
    found.count == 0 && found.entries.is_empty()
}
