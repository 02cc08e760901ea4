//! What the service reports about the entries of FINs, read strictly: what is not certain is not read at all.

use chrono::{NaiveDate, NaiveTime};
use finkit_core::{FoundEntry, FoundFin, Period, ReportedTime, Vin};
use serde_json::Value;

use crate::contract::{Contract, EntryFields, EntryLayout, FieldPath};

fn read_date(value: &Value) -> Option<NaiveDate> {
    date_of(value.as_str()?)
}

/// A day: `2026-03-01`, also as midnight of a date-time.
pub(crate) fn date_of(text: &str) -> Option<NaiveDate> {
    let (day, time) = text.split_at_checked(10)?;
    if !time.is_empty() {
        let time = time.strip_prefix(['T', ' '])?;
        let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
        let midnight = matches!(&time[..zone], "00:00" | "00:00:00")
            || time[..zone]
                .strip_prefix("00:00:00.")
                .is_some_and(|fraction| {
                    !fraction.is_empty() && fraction.bytes().all(|digit| digit == b'0')
                });
        let known_zone = matches!(&time[zone..], "" | "Z")
            || NaiveTime::parse_from_str(&time[zone + 1..], "%H:%M").is_ok();
        if !midnight || !known_zone {
            return None;
        }
    }
    NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()
}

fn read_time(value: &Value) -> Option<ReportedTime> {
    time_of(value.as_str(), value.as_i64())
}

/// A registration time: text with or without an offset, or a number of seconds since 1970.
pub(crate) fn time_of(text: Option<&str>, number: Option<i64>) -> Option<ReportedTime> {
    match (text, number) {
        (Some(text), _) => ReportedTime::parse(text).ok(),
        (None, Some(number)) => ReportedTime::parse(&number.to_string()).ok(),
        (None, None) => None,
    }
}

/// Reads entries whose fields are lists side by side. Lists of different lengths are no entries.
fn read_columns(fields: &EntryFields, value: &Value) -> Option<Vec<FoundEntry>> {
    let column = |path: &FieldPath| path.get(value)?.as_array();
    let (starts, ends, times) = (
        column(&fields.start_date)?,
        column(&fields.end_date)?,
        column(&fields.registration_date)?,
    );
    if starts.len() != ends.len() || starts.len() != times.len() {
        return None;
    }
    starts
        .iter()
        .zip(ends)
        .zip(times)
        .map(|((start, end), time)| {
            Some(FoundEntry {
                period: Period::new(read_date(start)?, read_date(end)?).ok()?,
                registered_at: read_time(time)?,
            })
        })
        .collect()
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
    let count = match &fields.count {
        None => Some(None),
        Some(path) => match path.get(value) {
            None | Some(Value::Null) => Some(None),
            Some(count) => count.as_u64().map(Some),
        },
    };
    let found = match &fields.found {
        None => Some(None),
        Some(path) => path.get(value).and_then(Value::as_bool).map(Some),
    };
    let whole = match (found, count) {
        // Its own boolean is the word; whatever else is told must agree with it.
        (Some(Some(false)), Some(None | Some(0))) => {
            has_no_entries(contract, value).then_some((0, Vec::new()))
        }
        (Some(found), Some(count)) => read_entries(contract, value).and_then(|entries| {
            // A count that the contract names has to be there.
            let count = match &fields.count {
                None => entries.len() as u64,
                Some(_) => count?,
            };
            (found != Some(false) && (found.is_none() || count > 0)).then_some((count, entries))
        }),
        _ => None,
    };
    match whole {
        Some((count, entries)) => Told::Whole(FoundFin {
            fin,
            count,
            entries,
        }),
        None => Told::Partly(fin),
    }
}

/// Whether it is certain that no entry is listed.
fn has_no_entries(contract: &Contract, value: &Value) -> bool {
    let fields = &contract.found_fin;
    let nothing = |value: Option<&Value>| match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    };
    if fields.entries.is_root() || fields.layout == EntryLayout::Columns {
        let entry = &fields.entry;
        let value = fields.entries.get(value).unwrap_or(&Value::Null);
        return [&entry.start_date, &entry.end_date, &entry.registration_date]
            .into_iter()
            .all(|path| nothing(path.get(value)));
    }
    nothing(fields.entries.get(value))
}

fn read_entries(contract: &Contract, value: &Value) -> Option<Vec<FoundEntry>> {
    let fields = &contract.found_fin;
    let entries = fields.entries.get(value)?;
    if fields.layout == EntryLayout::Columns {
        return read_columns(&fields.entry, entries);
    }
    match entries {
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
            known.count = known.count.saturating_add(found.count);
            known.entries.extend(found.entries);
        }
        None => into.push(found),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_day_may_be_written_as_midnight() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 1);
        for text in [
            "2026-03-01",
            "2026-03-01T00:00:00",
            "2026-03-01 00:00",
            "2026-03-01T00:00:00.000000",
            "2026-03-01T00:00:00Z",
            "2026-03-01T00:00:00+01:00",
        ] {
            assert_eq!(read_date(&json!(text)), day, "{text}");
        }
    }

    #[test]
    fn another_time_of_day_or_another_form_is_no_day() {
        for value in [
            json!("2026-03-01T22:00:00Z"),
            json!("2026-03-01T00:00:01"),
            json!("2026-03-01T00:00:00.5"),
            json!("2026-03-01T"),
            json!("2026-03-01T00:00:00 and more"),
            json!("2026-03-01x"),
            json!("2026-02-30"),
            json!("01.03.2026"),
            json!("2026-03-0\u{e4}"),
            json!(1_772_323_200),
            json!(null),
        ] {
            assert_eq!(read_date(&value), None, "{value}");
        }
    }

    #[test]
    fn entries_in_columns_are_read_side_by_side_and_only_when_they_match() {
        let contract = Contract::from_toml(
            "[found_fin]\nentries = \"periods\"\nlayout = \"columns\"\n[found_fin.entry]\nstart_date = \"from\"\nend_date = \"to\"\n",
        )
        .expect("sound");
        let fin = "WVWZZZE1ZMP000001";
        let told = |periods: Value, count: u64| {
            read_found(
                &contract,
                &json!({"fin": fin, "count": count, "periods": periods}),
                None,
            )
        };
        let (from, to, time) = ("2026-01-01", "2026-03-31", "2026-01-02T08:00:00");
        let whole = json!({"from": [from, "2026-05-01"], "to": [to, "2026-06-30"], "registration_date": [time, time]});
        let Told::Whole(found) = told(whole, 2) else {
            panic!("readable")
        };
        assert_eq!((found.count, found.entries.len()), (2, 2));
        assert_eq!(found.entries[1].period.to_string(), "2026-05-01/2026-06-30");
        for cut in [
            json!({"from": [from], "to": [to, to], "registration_date": [time]}),
            json!({"from": [from], "to": [to]}),
            json!({"from": from, "to": to, "registration_date": time}),
            json!([{"from": from, "to": to, "registration_date": time}]),
            json!(null),
        ] {
            assert!(matches!(told(cut.clone(), 1), Told::Partly(_)), "{cut}");
        }
    }

    fn per_fin() -> Contract {
        Contract::from_toml(
            "[found_fin]\nfound = \"found\"\n[search.answer]\nfound = \"absent\"\nfins = \".\"\n\
             [bulk_search.answer]\nfound = \"absent\"\nfins = \".\"\n",
        )
        .expect("sound")
    }

    #[test]
    fn a_boolean_of_its_own_must_agree_with_what_is_listed() {
        let contract = per_fin();
        let fin = "WVWZZZE1ZMP000001";
        let entry = json!({"start_date": "2026-01-01", "end_date": "2026-03-31", "registration_date": "2026-01-02T08:00:00"});
        for (value, count) in [
            (json!({"fin": fin, "found": false}), Some(0)),
            (
                json!({"fin": fin, "found": false, "count": 0, "entries": []}),
                Some(0),
            ),
            (
                json!({"fin": fin, "found": true, "count": 1, "entries": [entry]}),
                Some(1),
            ),
            (json!({"fin": fin, "count": 0, "entries": []}), None),
            (
                json!({"fin": fin, "found": false, "count": 1, "entries": []}),
                None,
            ),
            (
                json!({"fin": fin, "found": false, "count": 0, "entries": [entry]}),
                None,
            ),
            (json!({"fin": fin, "found": false, "count": "none"}), None),
            (json!({"fin": fin, "found": true}), None),
            (
                json!({"fin": fin, "found": true, "count": 0, "entries": []}),
                None,
            ),
            (
                json!({"fin": fin, "found": "false", "count": 0, "entries": []}),
                None,
            ),
        ] {
            let told = match read_found(&contract, &value, None) {
                Told::Whole(found) => Some(found.count),
                Told::Partly(_) => None,
                Told::Nothing => panic!("the FIN of {value}"),
            };
            assert_eq!(told, count, "{value}");
        }
    }

    #[test]
    fn an_object_can_be_its_own_only_entry() {
        let contract = Contract::from_toml(
            "[found_fin]\ncount = \"absent\"\nentries = \".\"\nfound = \"found\"\n",
        )
        .expect("sound");
        let fin = "WVWZZZE1ZMP000001";
        let whole = json!({"fin": fin, "found": true, "start_date": "2026-01-01", "end_date": "2026-03-31",
            "registration_date": "2026-01-02T08:00:00"});
        let Told::Whole(found) = read_found(&contract, &whole, None) else {
            panic!("{whole}")
        };
        assert_eq!((found.count, found.entries.len()), (1, 1));
        let none = json!({"fin": fin, "found": false, "start_date": null});
        assert!(
            matches!(read_found(&contract, &none, None), Told::Whole(found) if found.count == 0)
        );
        let both = json!({"fin": fin, "found": false, "start_date": "2026-01-01"});
        assert!(matches!(
            read_found(&contract, &both, None),
            Told::Partly(_)
        ));
    }
}
