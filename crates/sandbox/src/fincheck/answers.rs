//! Answers in the contract's own names and shapes.

use bytes::Bytes;
use chrono::{NaiveDate, NaiveDateTime, Timelike as _};
use finkit_core::{LocalTime, ZoneRule};
use finkit_fincheck::contract::{
    Contract, DateFormat, DeleteAnswerFields, EntryAnswerFields, EntryLayout, FieldPath,
    SearchAnswerFields,
};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::Timestamps;
use super::database::{Entered, Overlap, Stored};
use super::pydantic::Record;

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: &Value) -> Response<Bytes> {
    raw_json(status, body.to_string())
}

/// A JSON answer whose text is ready.
pub(super) fn raw_json(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An error as FastAPI's `HTTPException` gives it.
pub(super) fn error(status: StatusCode, detail: &str) -> Response<Bytes> {
    json(status, &json!({ "detail": detail }))
}

/// 401 with the scheme that is expected.
pub(super) fn unauthorised(detail: &str) -> Response<Bytes> {
    let mut response = error(StatusCode::UNAUTHORIZED, detail);
    response
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// What an unhandled exception gives: bare text.
pub(super) fn internal() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(b"Internal Server Error"));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// Whether answers give records back in the very fields in which they were sent.
pub(super) fn gives_back_as_sent(contract: &Contract) -> bool {
    let (sent, given) = (&contract.record, &contract.answer_record);
    sent.fin == given.fin
        && given.start_date.as_ref() == Some(&sent.start_date)
        && given.end_date.as_ref() == Some(&sent.end_date)
        && given.registration_date.as_ref() == Some(&sent.registration_date)
}

/// How the answers of one service look.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) contract: Contract,
    pub(super) zone: ZoneRule,
    pub(super) timestamps: Timestamps,
    pub(super) reasons: bool,
}

impl Shape {
    /// The answer to `create` and `bulk_create`.
    pub(super) fn entered(
        &self,
        fields: &EntryAnswerFields,
        records: &[Record],
        entered: &Entered,
    ) -> Value {
        let mut answer = json!({});
        let created = entered.created.iter();
        let created = created.map(|index| self.record(&records[*index], None));
        fields.created.put(&mut answer, created.collect());
        if let Some(overlapping) = &fields.overlapping {
            let fins = self.overlapping(records, &entered.overlaps);
            overlapping.put(&mut answer, fins.into());
        }
        let failed = entered.failed.iter().map(|index| {
            let overlaps = entered.overlaps.iter().any(|o| o.record == *index);
            let reason = if overlaps {
                "overlapping dates"
            } else {
                "not stored because other records failed"
            };
            self.record(&records[*index], Some(reason))
        });
        fields.failed.put(&mut answer, failed.collect());
        answer
    }

    /// One FoundFin per FIN, whichever of its records overlap.
    fn overlapping(&self, records: &[Record], overlaps: &[Overlap]) -> Vec<Value> {
        let mut fins: Vec<(&str, Vec<&Stored>)> = Vec::new();
        for overlap in overlaps {
            let fin = records[overlap.record].fin.as_str();
            let at = fins.iter().position(|(known, _)| *known == fin);
            let at = at.unwrap_or_else(|| {
                fins.push((fin, Vec::new()));
                fins.len() - 1
            });
            for entry in &overlap.entries {
                if !fins[at].1.iter().any(|known| known.id == entry.id) {
                    fins[at].1.push(entry);
                }
            }
        }
        fins.iter()
            .flat_map(|(fin, entries)| self.found_fin(fin, entries))
            .collect()
    }

    /// The answer to `search` and `bulk_search`.
    pub(super) fn searched(
        &self,
        fields: &SearchAnswerFields,
        fins: &[String],
        found: &[Vec<Stored>],
    ) -> Value {
        let mut answer = json!({});
        if let Some(place) = &fields.found {
            place.put(&mut answer, found.iter().any(|e| !e.is_empty()).into());
        }
        let each = fins.iter().zip(found);
        // With a boolean of its own, a FIN without entries is told as well.
        let told = each.filter(|(_, e)| !e.is_empty() || self.contract.found_fin.found.is_some());
        let list: Vec<Value> = told
            .flat_map(|(fin, entries)| self.found_fin(fin, &entries.iter().collect::<Vec<_>>()))
            .collect();
        fields.fins.put(&mut answer, list.into());
        answer
    }

    /// The answer to `delete`: a single FoundFin, null when nothing was deleted.
    pub(super) fn deleted(
        &self,
        fields: &DeleteAnswerFields,
        fin: &str,
        entries: &[Stored],
    ) -> Value {
        let mut answer = json!({});
        fields
            .deleted
            .put(&mut answer, (!entries.is_empty()).into());
        if let Some(place) = &fields.fins {
            let mut fins = if entries.is_empty() {
                Vec::new()
            } else {
                self.found_fin(fin, &entries.iter().collect::<Vec<_>>())
            };
            let value = match fins.len() {
                0 => Value::Null,
                1 => fins.remove(0),
                _ => fins.into(),
            };
            place.put(&mut answer, value);
        }
        answer
    }

    fn record(&self, record: &Record, reason: Option<&str>) -> Value {
        let fields = &self.contract.answer_record;
        let mut value = Value::Null;
        fields.fin.put(&mut value, record.fin.as_str().into());
        put(&mut value, fields.start_date.as_ref(), || {
            self.date(record.start)
        });
        put(&mut value, fields.end_date.as_ref(), || {
            self.date(record.end)
        });
        put(&mut value, fields.registration_date.as_ref(), || {
            self.timestamp(record.registered)
        });
        if self.reasons
            && let Some(reason) = reason
        {
            put(&mut value, fields.reason.as_ref(), || reason.into());
        }
        value
    }

    /// What is told about a FIN: one object, or one per entry where the object itself is its only entry.
    fn found_fin(&self, fin: &str, entries: &[&Stored]) -> Vec<Value> {
        let fields = &self.contract.found_fin;
        let about = |count: usize| {
            let mut value = json!({});
            put(&mut value, fields.fin.as_ref(), || fin.into());
            put(&mut value, fields.count.as_ref(), || count.into());
            put(&mut value, fields.found.as_ref(), || (count > 0).into());
            value
        };
        if fields.layout == EntryLayout::Columns {
            let mut value = about(entries.len());
            let mut columns = json!({});
            let column = |of: fn(&Self, &Stored) -> Value| -> Value {
                entries.iter().map(|entry| of(self, entry)).collect()
            };
            let entry = &fields.entry;
            let start = column(|shape, entry| shape.date(entry.start));
            entry.start_date.put(&mut columns, start);
            let end = column(|shape, entry| shape.date(entry.end));
            entry.end_date.put(&mut columns, end);
            let registered = column(|shape, entry| shape.timestamp(entry.registered));
            entry.registration_date.put(&mut columns, registered);
            fields.entries.put(&mut value, columns);
            return vec![value];
        }
        if fields.entries.is_root() {
            if entries.is_empty() {
                return vec![about(0)];
            }
            let one = |entry: &&Stored| {
                let mut value = about(entries.len());
                fields.entries.put(&mut value, self.entry(entry));
                value
            };
            return entries.iter().map(one).collect();
        }
        let mut value = about(entries.len());
        let list = entries.iter().map(|entry| self.entry(entry)).collect();
        fields.entries.put(&mut value, list);
        vec![value]
    }

    fn entry(&self, entry: &Stored) -> Value {
        let fields = &self.contract.found_fin.entry;
        let mut value = json!({});
        fields.start_date.put(&mut value, self.date(entry.start));
        fields.end_date.put(&mut value, self.date(entry.end));
        let registered = self.timestamp(entry.registered);
        fields.registration_date.put(&mut value, registered);
        value
    }

    fn date(&self, date: NaiveDate) -> Value {
        match self.contract.format.date {
            DateFormat::DateTime => format!("{date}T00:00:00").into(),
            _ => date.to_string().into(),
        }
    }

    /// The database's local time, bare or with the offset that the zone had then; of two possible offsets the first.
    fn timestamp(&self, local: NaiveDateTime) -> Value {
        let mut text = format!(
            "{}T{}",
            local.date(),
            local.time().with_nanosecond(0).unwrap_or_default()
        );
        let micros = local.and_utc().timestamp_subsec_micros();
        if micros > 0 {
            text += &format!(".{micros:06}");
        }
        if self.timestamps == Timestamps::WithOffset {
            let offset = match self.zone.resolve(local) {
                LocalTime::Unique(moment) | LocalTime::Ambiguous { summer: moment, .. } => {
                    Some(*moment.offset())
                }
                LocalTime::Skipped => None,
            };
            text += &offset.map(|offset| offset.to_string()).unwrap_or_default();
        }
        text.into()
    }
}

fn put(value: &mut Value, place: Option<&FieldPath>, content: impl FnOnce() -> Value) {
    if let Some(place) = place {
        place.put(value, content());
    }
}
