//! The change log: written in order, consecutive entries of one kind together.

use chrono::{DateTime, Utc};
use finkit_finfo::catalogue::{Change, ChangeKind, ChangesSince, Dataset, FieldChange, RowKey};
use finkit_finfo::wire::Record;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Row, params};
use serde_json::Value;
use serde_json::value::RawValue;

use super::codec::{self, moment};
use super::fault::Fault;
use super::suppliers;

/// Most entries that are written together.
const TOGETHER: i64 = 1_024;

fn kind_number(kind: ChangeKind) -> i64 {
    let place = ChangeKind::ALL.iter().position(|other| *other == kind);
    place.map_or(0, |place| place as i64 + 1)
}

fn to_kind(number: i64) -> Result<ChangeKind, Fault> {
    let place = usize::try_from(number - 1).ok();
    place
        .and_then(|place| ChangeKind::ALL.get(place).copied())
        .ok_or_else(|| Fault::damaged("a kind of change"))
}

/// Adds entries of one moment, dataset and supplier.
pub(super) struct LogWriter<'c> {
    insert: CachedStatement<'c>,
    at: i64,
    dataset: i64,
    supplier: i64,
    /// Number of the next entry that is written.
    next: i64,
    open: Option<Open>,
}

/// Entries that wait for others of their kind.
struct Open {
    kind: ChangeKind,
    keys: String,
    entries: i64,
}

impl<'c> LogWriter<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        at: DateTime<Utc>,
        (dataset, supplier): (i64, i64),
    ) -> Result<Self, Fault> {
        let next: Option<i64> = connection
            .prepare_cached("SELECT number + entries FROM change ORDER BY number DESC LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional()?;
        let insert = connection.prepare_cached(
            "INSERT INTO change (number, entries, at, dataset, supplier, kind, keys, fields)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        Ok(Self {
            insert,
            at: moment(at),
            dataset,
            supplier,
            next: next.unwrap_or(1),
            open: None,
        })
    }

    /// Adds an entry of any kind but [`ChangeKind::Changed`].
    pub(super) fn add(&mut self, kind: ChangeKind, key: &RowKey<'_>) -> Result<(), Fault> {
        let fits = |open: &Open| open.kind == kind && open.entries < TOGETHER;
        if !self.open.as_ref().is_some_and(fits) {
            self.flush()?;
            self.open = Some(Open {
                kind,
                keys: "[".to_owned(),
                entries: 0,
            });
        }
        if let Some(open) = &mut self.open {
            if open.entries > 0 {
                open.keys.push(',');
            }
            codec::write_key(key, &mut open.keys);
            open.entries += 1;
        }
        Ok(())
    }

    pub(super) fn add_changed(
        &mut self,
        key: &RowKey<'_>,
        changes: &[FieldChange],
    ) -> Result<(), Fault> {
        self.flush()?;
        let keys = format!("[{}]", codec::key(key));
        self.write(ChangeKind::Changed, 1, &keys, Some(&fields_json(changes)))
    }

    /// Writes what waits; to be called at the end.
    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        match self.open.take() {
            None => Ok(()),
            Some(mut open) => {
                open.keys.push(']');
                self.write(open.kind, open.entries, &open.keys, None)
            }
        }
    }

    fn write(
        &mut self,
        kind: ChangeKind,
        entries: i64,
        keys: &str,
        fields: Option<&str>,
    ) -> Result<(), Fault> {
        self.insert.execute(params![
            self.next,
            entries,
            self.at,
            self.dataset,
            self.supplier,
            kind_number(kind),
            keys,
            fields,
        ])?;
        self.next += entries;
        Ok(())
    }
}

/// `[{"field":"basePrice","old":10.50,"new":10.55}]`; a value that wasn't there is left out.
fn fields_json(changes: &[FieldChange]) -> String {
    let mut json = "[".to_owned();
    for (place, change) in changes.iter().enumerate() {
        if place > 0 {
            json.push(',');
        }
        json.push_str("{\"field\":");
        json.push_str(&Value::from(change.field.as_str()).to_string());
        for (name, value) in [(",\"old\":", &change.old), (",\"new\":", &change.new)] {
            if let Some(value) = value {
                json.push_str(name);
                json.push_str(value);
            }
        }
        json.push('}');
    }
    json.push(']');
    json
}

/// Reads what [`fields_json`] writes.
fn fields(json: &str) -> Result<Vec<FieldChange>, Fault> {
    let damaged = || Fault::damaged("an entry of the change log");
    let list: Vec<&RawValue> = serde_json::from_str(json).map_err(|_| damaged())?;
    list.into_iter()
        .map(|change| {
            let record = Record::parse(change.get()).map_err(|_| damaged())?;
            let raw = |name| record.raw(name).map(str::to_owned);
            Ok(FieldChange {
                field: record.text("field").ok_or_else(damaged)?.into_owned(),
                old: raw("old"),
                new: raw("new"),
            })
        })
        .collect()
}

/// A stored row of the log.
pub(super) struct Stored {
    pub(super) number: i64,
    pub(super) kind: ChangeKind,
    pub(super) keys: Vec<Value>,
}

fn stored(row: &Row<'_>) -> Result<Stored, Fault> {
    let keys = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(Stored {
        number: row.get(0)?,
        kind: to_kind(row.get(1)?)?,
        keys: serde_json::from_str(keys)
            .map_err(|_| Fault::damaged("an entry of the change log"))?,
    })
}

/// Entries in their order, at most `limit`.
pub(super) fn read(
    connection: &Connection,
    since: ChangesSince,
    limit: usize,
) -> Result<Vec<Change>, Fault> {
    let Some((row, from)) = start(connection, since)? else {
        return Ok(Vec::new());
    };
    let mut changes = Vec::new();
    let mut statement = connection.prepare_cached(
        "SELECT c.number, c.kind, c.keys, c.at, c.dataset, s.id, c.fields
         FROM change c JOIN supplier s ON s.number = c.supplier WHERE c.number >= ? ORDER BY c.number",
    )?;
    let mut rows = statement.query([row])?;
    while changes.len() < limit
        && let Some(row) = rows.next()?
    {
        let entries = stored(row)?;
        let fields = match row.get_ref(6)?.as_str_or_null() {
            Ok(Some(json)) => fields(json)?,
            _ => Vec::new(),
        };
        let supplier = suppliers::parse(row.get_ref(5)?.as_str().map_err(rusqlite::Error::from)?)?;
        for (number, key) in (entries.number..).zip(&entries.keys) {
            if number < from {
                continue;
            }
            if changes.len() == limit {
                break;
            }
            changes.push(Change {
                number: number as u64,
                at: codec::to_moment(row.get(3)?),
                dataset: codec::to_dataset(row.get(4)?)?,
                supplier,
                key: codec::to_key(key)?,
                kind: entries.kind,
                fields: fields.clone(),
            });
        }
    }
    Ok(changes)
}

/// The stored row to begin with, and the first entry that is wanted.
fn start(connection: &Connection, since: ChangesSince) -> Result<Option<(i64, i64)>, Fault> {
    match since {
        ChangesSince::Moment(since) => {
            // The sign keeps SQLite from going through the log by number until it finds the moment.
            let first: Option<i64> = connection
                .prepare_cached("SELECT min(+number) FROM change WHERE at >= ?")?
                .query_row([moment(since)], |row| row.get(0))?;
            Ok(first.map(|first| (first, first)))
        }
        ChangesSince::Number(number) => {
            let wanted = i64::try_from(number).unwrap_or(i64::MAX).saturating_add(1);
            let row: Option<i64> = connection
                .prepare_cached("SELECT max(number) FROM change WHERE number <= ?")?
                .query_row([wanted], |row| row.get(0))?;
            Ok(Some((row.unwrap_or(wanted), wanted)))
        }
    }
}

/// Number of the last stored row; another one says that the log has grown.
pub(super) fn last(connection: &Connection) -> Result<i64, Fault> {
    Ok(connection
        .prepare_cached("SELECT coalesce(max(number), 0) FROM change")?
        .query_row([], |row| row.get(0))?)
}

/// Calls `with` for the key of each row of a dataset that appeared or changed at a moment or after it.
pub(super) fn changed_keys(
    connection: &Connection,
    dataset: Dataset,
    since: DateTime<Utc>,
    mut with: impl FnMut(RowKey<'static>),
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT number, kind, keys FROM change WHERE at >= ? AND dataset = ? AND kind IN (?, ?)",
    )?;
    let kinds = [ChangeKind::Appeared, ChangeKind::Changed].map(kind_number);
    let mut rows = statement.query([moment(since), codec::dataset(dataset), kinds[0], kinds[1]])?;
    while let Some(row) = rows.next()? {
        for key in &stored(row)?.keys {
            with(codec::to_key(key)?);
        }
    }
    Ok(())
}
