//! Entries: storing, finding and deleting them, with what each costs and whom it alarms.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rusqlite::{Connection, params};

use super::accounts::{Account, bill};
use super::{Database, date, day, local, micros};
use crate::fincheck::pydantic::Record;

/// The two flags of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fincheck) struct Flags {
    /// `commit_on_overlapping_dates`.
    pub(in crate::fincheck) overlapping: bool,
    /// `commit_on_partial_success`.
    pub(in crate::fincheck) partial: bool,
}

/// An entry as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fincheck) struct Stored {
    pub(in crate::fincheck) id: i64,
    pub(in crate::fincheck) start: NaiveDate,
    pub(in crate::fincheck) end: NaiveDate,
    pub(in crate::fincheck) registered: NaiveDateTime,
    owner: i64,
}

/// The entries that a record of the request overlaps.
#[derive(Debug)]
pub(in crate::fincheck) struct Overlap {
    /// The index of the record.
    pub(in crate::fincheck) record: usize,
    pub(in crate::fincheck) entries: Vec<Stored>,
}

/// What became of the records of a request.
#[derive(Debug)]
pub(in crate::fincheck) struct Entered {
    /// Indices of the records that are stored now.
    pub(in crate::fincheck) created: Vec<usize>,
    /// Indices of the others.
    pub(in crate::fincheck) failed: Vec<usize>,
    pub(in crate::fincheck) overlaps: Vec<Overlap>,
}

/// When an entry becomes visible to searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fincheck) struct Visibility {
    /// Stored at this time or earlier.
    pub(in crate::fincheck) stored_until: DateTime<Utc>,
    /// So many searches came in since.
    pub(in crate::fincheck) searches: u32,
}

impl Database {
    /// Enters records, all in one transaction: each against what is stored by then, the earlier records of the same request included.
    ///
    /// Costs one read per record sent and one write per record stored; the operator publishes no finer rule.
    pub(in crate::fincheck) fn enter(
        &self,
        account: &Account,
        records: &[Record],
        flags: Flags,
        now: DateTime<Utc>,
    ) -> rusqlite::Result<Entered> {
        let mut connection = self.lock();
        let mut transaction = connection.transaction()?;
        let mut entered = {
            let savepoint = transaction.savepoint()?;
            let entered = enter_all(&savepoint, account, records, flags, now)?;
            if entered.failed.is_empty() || flags.partial {
                savepoint.commit()?;
            } // otherwise dropped, and with it whatever was stored
            entered
        };
        if !entered.failed.is_empty() && !flags.partial {
            entered.created.clear();
            entered.failed = (0..records.len()).collect();
        }
        alarm(&transaction, records, &entered.overlaps, now)?;
        bill(&transaction, account, records.len(), entered.created.len())?;
        transaction.commit()?;
        Ok(entered)
    }

    /// Looks FINs up in a calendar year; costs one read per FIN.
    pub(in crate::fincheck) fn search(
        &self,
        account: &Account,
        fins: &[String],
        year: i64,
        visibility: Visibility,
    ) -> rusqlite::Result<Vec<Vec<Stored>>> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let searches: i64 = transaction
            .prepare_cached(
                "UPDATE totals SET value = value + 1 WHERE name = 'searches' RETURNING value",
            )?
            .query_row([], |row| row.get(0))?;
        let first = i32::try_from(year)
            .ok()
            .and_then(|year| NaiveDate::from_ymd_opt(year, 1, 1));
        let last =
            first.and_then(|first| NaiveDate::from_ymd_opt(chrono::Datelike::year(&first), 12, 31));
        let days = first.zip(last).map(|(first, last)| (day(first), day(last)));
        let found = fins
            .iter()
            .map(|fin| match days {
                None => Ok(Vec::new()),
                Some((first, last)) => transaction
                    .prepare_cached(
                        "SELECT id, start, end, registered, owner FROM entries WHERE fin = ?1 AND start BETWEEN ?2 AND ?3
                         AND stored_at <= ?4 AND stored_search + ?5 < ?6 ORDER BY id",
                    )?
                    .query_map(
                        params![
                            fin,
                            first,
                            last,
                            visibility.stored_until.timestamp_millis(),
                            visibility.searches,
                            searches
                        ],
                        stored,
                    )?
                    .collect(),
            })
            .collect::<rusqlite::Result<_>>()?;
        bill(&transaction, account, fins.len(), 0)?;
        transaction.commit()?;
        Ok(found)
    }

    /// Deletes all entries of this account with exactly these values; costs one write. (What a deletion costs is not public.)
    pub(in crate::fincheck) fn delete(
        &self,
        account: &Account,
        fin: &str,
        start: NaiveDate,
        end: NaiveDate,
    ) -> rusqlite::Result<Vec<Stored>> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut deleted: Vec<Stored> = transaction
            .prepare_cached(
                "DELETE FROM entries WHERE fin = ?1 AND start = ?2 AND end = ?3 AND owner = ?4
                 RETURNING id, start, end, registered, owner",
            )?
            .query_map(params![fin, day(start), day(end), account.id], stored)?
            .collect::<rusqlite::Result<_>>()?;
        deleted.sort_by_key(|entry| entry.id);
        bill(&transaction, account, 0, 1)?;
        transaction.commit()?;
        Ok(deleted)
    }
}

fn enter_all(
    connection: &Connection,
    account: &Account,
    records: &[Record],
    flags: Flags,
    now: DateTime<Utc>,
) -> rusqlite::Result<Entered> {
    let mut entered = Entered {
        created: Vec::with_capacity(records.len()),
        failed: Vec::new(),
        overlaps: Vec::new(),
    };
    let total = |name: &str| {
        connection
            .prepare_cached("SELECT value FROM totals WHERE name = ?1")?
            .query_row([name], |row| row.get::<_, i64>(0))
    };
    let (mut id, searches) = (total("entries")?, total("searches")?);
    let mut overlapping = connection.prepare_cached(
        "SELECT id, start, end, registered, owner FROM entries WHERE fin = ?1 AND start <= ?3 AND end >= ?2 ORDER BY id",
    )?;
    let mut insert =
        connection.prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for (index, record) in records.iter().enumerate() {
        let (start, end) = (day(record.start), day(record.end));
        let entries = overlapping
            .query_map(params![record.fin, start, end], stored)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let free = entries.is_empty();
        if !free {
            entered.overlaps.push(Overlap {
                record: index,
                entries,
            });
        }
        if free || flags.overlapping {
            id += 1;
            insert.execute(params![
                record.fin,
                id,
                start,
                end,
                micros(record.registered),
                account.id,
                now.timestamp_millis(),
                searches
            ])?;
            entered.created.push(index);
        } else {
            entered.failed.push(index);
        }
    }
    connection
        .prepare_cached("UPDATE totals SET value = ?1 WHERE name = 'entries'")?
        .execute([id])?;
    Ok(entered)
}

/// Notices of overlaps, whether or not the record was stored: to the companies that wish to be told alone, otherwise to all
/// (source: the operator's guide, <https://www.fincheck.at/api>).
fn alarm(
    connection: &Connection,
    records: &[Record],
    overlaps: &[Overlap],
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    for overlap in overlaps {
        let record = &records[overlap.record];
        let mut named = BTreeSet::new();
        for entry in &overlap.entries {
            let is_named = connection
                .prepare_cached("SELECT named FROM participants WHERE id = ?1")?
                .query_row([entry.owner], |row| row.get::<_, bool>(0))?;
            if is_named {
                named.insert(Some(entry.owner));
            }
        }
        if named.is_empty() {
            named.insert(None);
        }
        for recipient in named {
            connection
                .prepare_cached("INSERT INTO notices (at, fin, start, end, recipient) VALUES (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![
                    now.timestamp_millis(),
                    record.fin,
                    day(record.start),
                    day(record.end),
                    recipient
                ])?;
        }
    }
    Ok(())
}

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        id: row.get(0)?,
        start: date(row.get(1)?),
        end: date(row.get(2)?),
        registered: local(row.get(3)?),
        owner: row.get(4)?,
    })
}
