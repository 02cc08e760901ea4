//! Looking at the state from outside the service.

use finkit_core::Participant;
use rusqlite::{OptionalExtension as _, Row, params};

use super::accounts::kind;
use super::{Database, date, day, local, micros, moment};
use crate::fincheck::pydantic::Record;
use crate::fincheck::seen::{Counters, Notice, RegistrationCode, StoredEntry};

impl Database {
    /// All registration codes, in the order of their texts.
    pub(in crate::fincheck) fn codes(&self) -> rusqlite::Result<Vec<RegistrationCode>> {
        self.all(
            "SELECT code, kind, used_by IS NOT NULL FROM registration_codes ORDER BY code",
            |row| {
                Ok(RegistrationCode {
                    code: row.get(0)?,
                    participant: kind(&row.get::<_, String>(1)?),
                    used: row.get(2)?,
                })
            },
        )
    }

    /// What a participant is billed for; nothing is known about incognito ones.
    pub(in crate::fincheck) fn counters(
        &self,
        username: &str,
    ) -> rusqlite::Result<Option<Counters>> {
        let found = self
            .lock()
            .query_row(
                "SELECT kind, reads, writes FROM participants WHERE username = ?1",
                [username],
                |row| {
                    let counters = Counters {
                        reads: row.get(1)?,
                        writes: row.get(2)?,
                    };
                    Ok((kind(&row.get::<_, String>(0)?), counters))
                },
            )
            .optional()?;
        Ok(found
            .filter(|(kind, _): &(Participant, _)| kind.counts_per_account())
            .map(|(_, counters)| counters))
    }

    /// The common counters of all incognito participants.
    pub(in crate::fincheck) fn incognito_counters(&self) -> rusqlite::Result<Counters> {
        let connection = self.lock();
        let total = |name: &str| {
            connection.query_row("SELECT value FROM totals WHERE name = ?1", [name], |row| {
                row.get(0)
            })
        };
        Ok(Counters {
            reads: total("incognito_reads")?,
            writes: total("incognito_writes")?,
        })
    }

    /// All entries, in the order of entry.
    pub(in crate::fincheck) fn entries(&self) -> rusqlite::Result<Vec<StoredEntry>> {
        self.all(
            "SELECT e.id, e.fin, e.start, e.end, e.registered, p.username
             FROM entries e JOIN participants p ON p.id = e.owner ORDER BY e.id",
            |row| {
                Ok(StoredEntry {
                    id: row.get(0)?,
                    fin: row.get(1)?,
                    start: date(row.get(2)?),
                    end: date(row.get(3)?),
                    registered_at: local(row.get(4)?),
                    participant: row.get(5)?,
                })
            },
        )
    }

    /// How many entries there are.
    pub(in crate::fincheck) fn entry_count(&self) -> rusqlite::Result<u64> {
        self.lock()
            .query_row("SELECT count(*) FROM entries", [], |row| row.get(0))
    }

    /// All notices, in the order of sending.
    pub(in crate::fincheck) fn notices(&self) -> rusqlite::Result<Vec<Notice>> {
        self.all(
            "SELECT n.at, n.fin, n.start, n.end, p.username
             FROM notices n LEFT JOIN participants p ON p.id = n.recipient ORDER BY n.id",
            |row| {
                Ok(Notice {
                    at: moment(row.get(0)?),
                    fin: row.get(1)?,
                    start: date(row.get(2)?),
                    end: date(row.get(3)?),
                    recipient: row.get(4)?,
                })
            },
        )
    }

    /// Puts entries of a participant straight into the database, unbilled, visible at once and without a notice.
    pub(in crate::fincheck) fn plant(
        &self,
        username: &str,
        records: &[Record],
    ) -> rusqlite::Result<usize> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let owner: i64 = transaction.query_row(
            "SELECT id FROM participants WHERE username = ?1",
            [username],
            |row| row.get(0),
        )?;
        for record in records {
            let id: i64 = transaction
                .prepare_cached(
                    "UPDATE totals SET value = value + 1 WHERE name = 'entries' RETURNING value",
                )?
                .query_row([], |row| row.get(0))?;
            transaction
                .prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, -1)")?
                .execute(params![
                    record.fin,
                    id,
                    day(record.start),
                    day(record.end),
                    micros(record.registered),
                    owner
                ])?;
        }
        transaction.commit()?;
        Ok(records.len())
    }

    fn all<T>(
        &self,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.lock().prepare(sql)?.query_map([], read)?.collect()
    }
}
