//! A record's values in a request, and the records that an answer names.

use chrono::NaiveDate;
use finkit_core::{FinRecord, ReportedTime, Vin};
use serde_json::Value;

use super::found::{read_date, read_time};
use super::request::{BuildError, Draft};
use crate::contract::{
    AnswerRecordFields, Contract, DateFormat, FieldPath, Place, RecordPlace, TimeFormat,
};

/// A day as the contract writes it.
pub(crate) fn date(contract: &Contract, day: NaiveDate) -> Value {
    match contract.format.date {
        DateFormat::Date => day.format("%Y-%m-%d").to_string().into(),
        DateFormat::DateTime => day.format("%Y-%m-%dT00:00:00").to_string().into(),
    }
}

fn values<'c>(contract: &'c Contract, record: &FinRecord) -> [(&'c FieldPath, Value); 4] {
    let fields = &contract.record;
    let registered = match contract.format.registration_date {
        TimeFormat::Rfc3339 => record.registered_at.to_wire().into(),
        TimeFormat::Unix => record.registered_at.datetime().timestamp().into(),
    };
    [
        (&fields.fin, record.fin.as_str().into()),
        (&fields.start_date, date(contract, record.period.start())),
        (&fields.end_date, date(contract, record.period.end())),
        (&fields.registration_date, registered),
    ]
}

/// A record as a JSON object.
pub(crate) fn to_json(contract: &Contract, record: &FinRecord) -> Value {
    let mut object = Value::Object(serde_json::Map::new());
    for (path, value) in values(contract, record) {
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
        RecordPlace::Query => values(contract, record)
            .into_iter()
            .try_for_each(|(path, value)| draft.put(&Place::Query(path.to_string()), value)),
        RecordPlace::Form => values(contract, record)
            .into_iter()
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

impl Named {
    /// Reads one item of `created` or `failed`; `None` when it can't be read with certainty.
    pub(crate) fn read(fields: &AnswerRecordFields, item: &Value) -> Option<Self> {
        let fin = Vin::parse(fields.fin.get(item)?.as_str()?).ok()?.vin;
        // A field that the contract names is there and can be read, or the item says nothing.
        let start = fields
            .start_date
            .as_ref()
            .map(|path| read_date(path.get(item)?))
            .map_or(Some(None), |read| read.map(Some))?;
        let end = fields
            .end_date
            .as_ref()
            .map(|path| read_date(path.get(item)?))
            .map_or(Some(None), |read| read.map(Some))?;
        let registered = fields
            .registration_date
            .as_ref()
            .map(|path| read_time(path.get(item)?))
            .map_or(Some(None), |read| read.map(Some))?;
        let reason = fields
            .reason
            .as_ref()
            .and_then(|path| path.get(item))
            .and_then(Value::as_str)
            .map(super::problem::plain);
        Some(Self {
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
