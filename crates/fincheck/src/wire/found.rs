//! What the service reports about the entries of FINs, read strictly: what is not certain is not read at all.

use chrono::NaiveDate;
use finkit_core::{FoundEntry, FoundFin, Period, ReportedTime, Vin};
use serde_json::Value;

use crate::contract::{Contract, EntryFields};

/// A day: `2026-03-01`, also as midnight of a date-time.
pub(crate) fn read_date(value: &Value) -> Option<NaiveDate> {
    let text = value.as_str()?;
    let (day, time) = match text.split_at_checked(10)? {
        (day, "") => (day, ""),
        (day, rest) => (day, rest.strip_prefix(['T', ' '])?),
    };
    let midnight = time.is_empty() || time.starts_with("00:00");
    NaiveDate::parse_from_str(day, "%Y-%m-%d")
        .ok()
        .filter(|_| midnight)
}

/// A registration time: text with or without an offset, or a number of seconds since 1970.
pub(crate) fn read_time(value: &Value) -> Option<ReportedTime> {
    match value {
        Value::String(text) => ReportedTime::parse(text).ok(),
        Value::Number(number) => ReportedTime::parse(&number.as_i64()?.to_string()).ok(),
        _ => None,
    }
}

fn read_entry(fields: &EntryFields, value: &Value) -> Option<FoundEntry> {
    let start = read_date(fields.start_date.get(value)?)?;
    let end = read_date(fields.end_date.get(value)?)?;
    let registered_at = read_time(fields.registration_date.get(value)?)?;
    Some(FoundEntry {
        period: Period::new(start, end).ok()?,
        registered_at,
    })
}

/// What is told about one FIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// Everything could be read.
    Whole(FoundFin),
    /// The FIN could be read, but not all of what is told about it.
    Partly(Vin),
    /// Not even the FIN could be read.
    Nothing,
}

/// Reads one FoundFin. `only` is the FIN that is meant where the object doesn't name one.
pub(crate) fn read_found(contract: &Contract, value: &Value, only: Option<Vin>) -> Told {
    let fields = &contract.found_fin;
    let fin = match &fields.fin {
        Some(path) => path
            .get(value)
            .and_then(Value::as_str)
            .and_then(|text| Vin::parse(text).ok())
            .map(|parsed| parsed.vin),
        None => only,
    };
    let Some(fin) = fin else { return Told::Nothing };
    let Some(entries) = read_entries(contract, value) else {
        return Told::Partly(fin);
    };
    let count = match &fields.count {
        None => Some(entries.len() as u64),
        Some(path) => path.get(value).and_then(Value::as_u64),
    };
    let found = match &fields.found {
        None => Some(!entries.is_empty()),
        Some(path) => path.get(value).and_then(Value::as_bool),
    };
    match (count, found) {
        // Its own boolean must agree with what is listed.
        (Some(count), Some(found)) if fields.found.is_none() || found == (count > 0) => {
            Told::Whole(FoundFin {
                fin,
                count,
                entries,
            })
        }
        _ => Told::Partly(fin),
    }
}

fn read_entries(contract: &Contract, value: &Value) -> Option<Vec<FoundEntry>> {
    let fields = &contract.found_fin;
    match fields.entries.get(value)? {
        Value::Array(items) => items
            .iter()
            .map(|item| read_entry(&fields.entry, item))
            .collect(),
        Value::Null => Some(Vec::new()),
        object @ Value::Object(_) => read_entry(&fields.entry, object).map(|entry| vec![entry]),
        _ => None,
    }
}

/// A list, one object, or null; `None` for anything else.
pub(crate) fn items(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Null => Some(&[]),
        Value::Array(items) => Some(items),
        object @ Value::Object(_) => Some(std::slice::from_ref(object)),
        _ => None,
    }
}

/// Joins what is told about the same FIN in several objects.
pub(crate) fn join(into: &mut Vec<FoundFin>, found: FoundFin) {
    match into.iter_mut().find(|known| known.fin == found.fin) {
        Some(known) => {
            known.count += found.count;
            known.entries.extend(found.entries);
        }
        None => into.push(found),
    }
}
