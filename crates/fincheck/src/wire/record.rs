//! A record's values in a request, and the records that an answer names.

use chrono::{Datelike, NaiveDate};
use finkit_core::{FinRecord, ReportedTime, Vin};
use serde_json::Value;
use serde_json_borrow::Value as Borrowed;

use super::found::{date_of, time_of};
use super::request::{BuildError, Draft};
use crate::contract::{
    AnswerRecordFields, Contract, DateFormat, FieldPath, Place, RecordPlace, TimeFormat,
};

/// A day as the contract writes it.
pub(crate) fn date(contract: &Contract, day: NaiveDate) -> Value {
    match contract.format.date {
        DateFormat::Date => iso(day).into(),
        DateFormat::DateTime => (iso(day) + "T00:00:00").into(),
    }
}

/// `YYYY-MM-DD`; by hand, because two of them are in every record.
fn iso(day: NaiveDate) -> String {
    let Ok(year @ 0..=9999) = u32::try_from(day.year()) else {
        return day.to_string();
    };
    let digit = |number: u32| char::from(b'0' + (number % 10) as u8);
    let (month, of_month) = (day.month(), day.day());
    let mut text = String::with_capacity(19);
    text.extend([
        digit(year / 1000),
        digit(year / 100),
        digit(year / 10),
        digit(year),
        '-',
        digit(month / 10),
        digit(month),
        '-',
        digit(of_month / 10),
        digit(of_month),
    ]);
    text
}

/// A day as an answer has it; the usual form by hand, for the same reason.
fn day_of(text: &str) -> Option<NaiveDate> {
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    match text.as_bytes() {
        [year @ .., b'-', m1, m2, b'-', d1, d2] if year.len() == 4 => NaiveDate::from_ymd_opt(
            i32::try_from(number(year)?).ok()?,
            number(&[*m1, *m2])?,
            number(&[*d1, *d2])?,
        ),
        _ => date_of(text),
    }
}

/// Where the values of a record stand in its object.
pub(super) fn fields(contract: &Contract) -> [&FieldPath; 4] {
    let fields = &contract.record;
    [
        &fields.fin,
        &fields.start_date,
        &fields.end_date,
        &fields.registration_date,
    ]
}

/// The values of a record, in the order of the [`fields`].
pub(super) fn values(contract: &Contract, record: &FinRecord) -> [Value; 4] {
    let registered = match contract.format.registration_date {
        TimeFormat::Rfc3339 => record.registered_at.to_wire().into(),
        TimeFormat::Unix => record.registered_at.datetime().timestamp().into(),
    };
    [
        record.fin.as_str().into(),
        date(contract, record.period.start()),
        date(contract, record.period.end()),
        registered,
    ]
}

fn in_places<'c>(
    contract: &'c Contract,
    record: &FinRecord,
) -> impl Iterator<Item = (&'c FieldPath, Value)> {
    fields(contract).into_iter().zip(values(contract, record))
}

/// A record as a JSON object.
pub(crate) fn to_json(contract: &Contract, record: &FinRecord) -> Value {
    let mut object = Value::Object(serde_json::Map::new());
    for (path, value) in in_places(contract, record) {
        path.put(&mut object, value);
    }
    object
}

/// Puts a single record where `create` wants it.
pub(crate) fn put(
    draft: &mut Draft,
    contract: &Contract,
    place: &RecordPlace,
    record: &FinRecord,
) -> Result<(), BuildError> {
    match place {
        RecordPlace::Body(path) => {
            draft.put_body(path, to_json(contract, record));
            Ok(())
        }
        RecordPlace::Query => in_places(contract, record)
            .try_for_each(|(path, value)| draft.put(&Place::Query(path.to_string()), value)),
        RecordPlace::Form => in_places(contract, record)
            .try_for_each(|(path, value)| draft.put(&Place::Form(path.to_string()), value)),
    }
}

/// A record as an answer names it: what the service does not report is `None` and fits anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) fin: Vin,
    start: Option<NaiveDate>,
    end: Option<NaiveDate>,
    registered: Option<ReportedTime>,
    pub(crate) reason: Option<String>,
}

/// What can be read of one item of `created` or `failed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Everything that the contract names.
    Whole(Named),
    /// The FIN, but not all of the rest.
    Partly(Vin),
    /// Not even the FIN.
    Nothing,
}

impl Named {
    /// Reads one item of `created` or `failed`. A field that the contract names has to be there.
    pub(crate) fn read(fields: &AnswerRecordFields, item: &Borrowed<'_>) -> Reading {
        let fin = fields
            .fin
            .find(item)
            .and_then(Borrowed::as_str)
            .and_then(|text| Vin::parse(text).ok());
        let Some(fin) = fin.map(|parsed| parsed.vin) else {
            return Reading::Nothing;
        };
        let day = |value: &Borrowed<'_>| day_of(value.as_str()?);
        let time = |value: &Borrowed<'_>| time_of(value.as_str(), value.as_i64());
        let (Some(start), Some(end), Some(registered)) = (
            field(fields.start_date.as_ref(), item, day),
            field(fields.end_date.as_ref(), item, day),
            field(fields.registration_date.as_ref(), item, time),
        ) else {
            return Reading::Partly(fin);
        };
        let reason = fields
            .reason
            .as_ref()
            .and_then(|path| path.find(item))
            .and_then(Borrowed::as_str)
            .map(super::problem::plain);
        Reading::Whole(Self {
            fin,
            start,
            end,
            registered,
            reason: reason.filter(|text| !text.is_empty()),
        })
    }

    /// Whether this may be that record of the request.
    pub(crate) fn is(&self, record: &FinRecord) -> bool {
        self.fin == record.fin
            && self
                .start
                .is_none_or(|start| start == record.period.start())
            && self.end.is_none_or(|end| end == record.period.end())
            && self
                .registered
                .is_none_or(|time| record.registered_at.matches(&time))
    }
}

/// A field of an item: `Some(None)` when the contract names none, `None` when it can't be read.
fn field<T>(
    path: Option<&FieldPath>,
    item: &Borrowed<'_>,
    read: impl Fn(&Borrowed<'_>) -> Option<T>,
) -> Option<Option<T>> {
    match path {
        None => Some(None),
        Some(path) => read(path.find(item)?).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::{date_of, day_of, iso};

    proptest! {
        #[test]
        fn days_are_written_and_read_as_the_library_does(days in -4_000_000_i32..4_000_000) {
            let day = NaiveDate::from_num_days_from_ce_opt(days).expect("a day");
            prop_assert_eq!(iso(day), day.format("%Y-%m-%d").to_string());
            prop_assert_eq!(day_of(&iso(day)), date_of(&iso(day)));
        }

        #[test]
        fn other_texts_are_read_as_the_library_does(text in "[0-9]{3,5}-[0-9]{1,2}-[0-9]{1,2}|[0-9T:+-]{8,12}|\\PC{10}") {
            prop_assert_eq!(day_of(&text), date_of(&text));
        }
    }
}
