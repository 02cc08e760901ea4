//! Jobs, requests, notes, limits and charges: the small tables.

use chrono::{DateTime, Utc};
use finkit_fincheck::EntryFlags;
use finkit_fincheck::submission::{
    Account, Billed, Charge, Cost, Job, JobId, JobKind, NewJob, Note, Request, RequestKind,
    RequestState, RowSet, UsageLine,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::blocks;
use super::fault::Fault;
use super::reasons;

const KINDS: [JobKind; 2] = [JobKind::Entry, JobKind::Deletion];
const REQUEST_KINDS: [RequestKind; 3] = [
    RequestKind::Create,
    RequestKind::Delete,
    RequestKind::Search,
];
const REQUEST_STATES: [RequestState; 4] = [
    RequestState::Sending,
    RequestState::Answered,
    RequestState::NotExecuted,
    RequestState::Unknown,
];
const BILLED: [Billed; 3] = [Billed::Yes, Billed::No, Billed::Unknown];

/// The number by which a value is stored: its place among all values.
fn place<T: PartialEq>(all: &[T], value: &T) -> u8 {
    all.iter()
        .position(|known| known == value)
        .unwrap_or(usize::from(u8::MAX)) as u8
}

fn at<T: Copy>(all: &[T], number: u8, what: &str) -> Result<T, Fault> {
    all.get(usize::from(number))
        .copied()
        .ok_or_else(|| Fault::damaged(what))
}

pub(super) fn kind_number(kind: JobKind) -> u8 {
    place(&KINDS, &kind)
}

/// The id of an account, which is made if there is none yet.
pub(super) fn account_id(connection: &Connection, account: &Account) -> Result<i64, Fault> {
    if let Some(id) = known_account(connection, account)? {
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO account (profile, origin) VALUES (?, ?)")?
        .execute([&account.profile, &account.origin])?;
    Ok(connection.last_insert_rowid())
}

/// The id of an account, if there is one.
pub(super) fn known_account(
    connection: &Connection,
    account: &Account,
) -> Result<Option<i64>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM account WHERE profile = ? AND origin = ?")?;
    Ok(statement
        .query_row([&account.profile, &account.origin], |row| row.get(0))
        .optional()?)
}

/// Begins a job and returns its number.
pub(super) fn begin(connection: &Connection, job: &NewJob) -> Result<JobId, Fault> {
    let account = account_id(connection, &job.account)?;
    let bits = [
        job.flags.commit_on_overlapping_dates,
        job.flags.commit_on_partial_success,
        job.atomic,
        job.again,
    ];
    let flags = bits
        .iter()
        .rev()
        .fold(0, |flags: u8, bit| flags << 1 | u8::from(*bit));
    connection
        .prepare_cached(
            "INSERT INTO job (account, kind, participant, list, fingerprint, flags, created_at, open, rows)
             VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)",
        )?
        .execute(params![
            account,
            kind_number(job.kind),
            job.participant.to_string(),
            job.list,
            job.fingerprint,
            flags,
            job.created_at.timestamp_millis(),
        ])?;
    Ok(JobId(connection.last_insert_rowid() as u64))
}

/// Jobs, the oldest first; only one if its number is given.
pub(super) fn jobs(connection: &Connection, only: Option<JobId>) -> Result<Vec<Job>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT job.id, kind, participant, list, fingerprint, flags, created_at, open, rows, profile, origin
         FROM job JOIN account ON account.id = job.account
         WHERE ?1 IS NULL OR job.id = ?1 ORDER BY job.id",
    )?;
    let mut rows = statement.query([only.map(|job| job.0 as i64)])?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        let participant: String = row.get(2)?;
        let flags: u8 = row.get(5)?;
        let flag = |bit: u8| flags & 1 << bit != 0;
        let asked = NewJob {
            kind: at(&KINDS, row.get(1)?, "a job of an unknown kind")?,
            participant: participant
                .parse()
                .map_err(|_| Fault::damaged("a job of an unknown participant"))?,
            list: row.get(3)?,
            fingerprint: row.get(4)?,
            flags: EntryFlags {
                commit_on_overlapping_dates: flag(0),
                commit_on_partial_success: flag(1),
            },
            atomic: flag(2),
            again: flag(3),
            created_at: moment(row.get(6)?)?,
            account: Account {
                profile: row.get(9)?,
                origin: row.get(10)?,
            },
        };
        jobs.push(Job {
            id: JobId(row.get::<_, i64>(0)? as u64),
            asked,
            open: row.get(7)?,
            rows: row.get(8)?,
        });
    }
    Ok(jobs)
}

fn moment(milliseconds: i64) -> Result<DateTime<Utc>, Fault> {
    DateTime::from_timestamp_millis(milliseconds)
        .ok_or_else(|| Fault::damaged("a time that does not exist"))
}

pub(super) fn write_request(connection: &Connection, request: &Request) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO request (id, kind, state, billed, sent_at, reads, writes, rows, said)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            blocks::id(request.job, request.number),
            place(&REQUEST_KINDS, &request.kind),
            place(&REQUEST_STATES, &request.state),
            place(&BILLED, &request.billed),
            request.sent_at.timestamp_millis(),
            request.reads,
            request.writes,
            request.rows.to_bytes(),
            request.said,
        ])?;
    Ok(())
}

/// Requests of a job, ascending; only those in one state if it is given.
pub(super) fn requests(
    connection: &Connection,
    job: JobId,
    state: Option<RequestState>,
) -> Result<Vec<Request>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, kind, state, billed, sent_at, reads, writes, rows, said FROM request
         WHERE id > ?1 AND id < ?2 AND (?3 IS NULL OR state = ?3) ORDER BY id",
    )?;
    let state = state.map(|state| place(&REQUEST_STATES, &state));
    let mut rows = statement.query(params![
        blocks::id(job, 0),
        blocks::id(JobId(job.0 + 1), 0),
        state
    ])?;
    let mut requests = Vec::new();
    while let Some(row) = rows.next()? {
        let set = row.get_ref(7)?.as_blob().ok().and_then(RowSet::from_bytes);
        requests.push(Request {
            job,
            number: row.get::<_, i64>(0)? as u64 & u64::from(u32::MAX),
            kind: at(&REQUEST_KINDS, row.get(1)?, "a request of an unknown kind")?,
            state: at(
                &REQUEST_STATES,
                row.get(2)?,
                "a request in an unknown state",
            )?,
            billed: at(&BILLED, row.get(3)?, "a request billed in an unknown way")?,
            sent_at: moment(row.get(4)?)?,
            reads: row.get(5)?,
            writes: row.get(6)?,
            rows: set.ok_or_else(|| Fault::damaged("the rows of a request can't be read"))?,
            said: row.get(8)?,
        });
    }
    Ok(requests)
}

/// The highest request number of a job.
pub(super) fn last_request(connection: &Connection, job: JobId) -> Result<u64, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT max(id) FROM request WHERE id > ? AND id < ?")?;
    let highest: Option<i64> = statement.query_row(
        [blocks::id(job, 0), blocks::id(JobId(job.0 + 1), 0)],
        |row| row.get(0),
    )?;
    Ok(highest.map_or(0, |id| id as u64 & u64::from(u32::MAX)))
}

/// Writes or removes the note of a row.
pub(super) fn write_note(
    connection: &Connection,
    job: JobId,
    position: u64,
    note: Option<&Note>,
) -> Result<(), Fault> {
    reasons::clear(connection, job, position)?;
    match note {
        Some(note) => {
            let body = serde_json::to_string(note).map_err(|error| {
                Fault::Sqlite(rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
            })?;
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO note (job, position, body) VALUES (?, ?, ?)",
                )?
                .execute(params![job.0 as i64, position, body])?;
        }
        None => {
            connection
                .prepare_cached("DELETE FROM note WHERE job = ? AND position = ?")?
                .execute(params![job.0 as i64, position])?;
        }
    }
    Ok(())
}

/// Notes of a range of rows.
pub(super) fn notes(
    connection: &Connection,
    job: JobId,
    positions: std::ops::Range<u64>,
) -> Result<Vec<(u64, Note)>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT position, body FROM note WHERE job = ? AND position >= ? AND position < ? ORDER BY position",
    )?;
    let end = i64::try_from(positions.end).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![job.0 as i64, positions.start, end])?;
    let mut notes = reasons::read(connection, job, positions.clone())?;
    while let Some(row) = rows.next()? {
        let body = row
            .get_ref(1)?
            .as_str()
            .map_err(|_| Fault::damaged("a note is not text"))?;
        let note =
            serde_json::from_str(body).map_err(|_| Fault::damaged("a note can't be read"))?;
        notes.push((row.get(0)?, note));
    }
    // Both parts are sorted and no row is in both.
    notes.sort_by_key(|(position, _)| *position);
    Ok(notes)
}

pub(super) fn write_charge(connection: &Connection, charge: &Charge) -> Result<(), Fault> {
    let account = account_id(connection, &charge.account)?;
    connection
        .prepare_cached(
            "INSERT INTO charge (account, month, billed, reads, writes) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET reads = reads + excluded.reads, writes = writes + excluded.writes",
        )?
        .execute(params![
            account,
            charge.at.format("%Y-%m").to_string(),
            place(&BILLED, &charge.billed),
            charge.reads,
            charge.writes,
        ])?;
    Ok(())
}

pub(super) fn write_byte_limit(
    connection: &Connection,
    origin: &str,
    bytes: u64,
) -> Result<(), Fault> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO byte_limit (origin, bytes) VALUES (?, ?)")?
        .execute(params![origin, bytes])?;
    Ok(())
}

pub(super) fn byte_limit(connection: &Connection, origin: &str) -> Result<Option<u64>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT bytes FROM byte_limit WHERE origin = ?")?;
    Ok(statement.query_row([origin], |row| row.get(0)).optional()?)
}

/// What was billed, by month, account and job.
pub(super) fn usage(connection: &Connection) -> Result<Vec<UsageLine>, Fault> {
    let mut statement = connection.prepare_cached(
        "WITH bill (account, month, job, billed, reads, writes) AS (
             SELECT job.account, strftime('%Y-%m', sent_at / 1000, 'unixepoch'), job.id, billed, reads, writes
             FROM request JOIN job ON job.id = request.id >> 32
             UNION ALL
             SELECT account, month, NULL, billed, reads, writes FROM charge)
         SELECT profile, origin, month, job,
             sum(iif(billed = ?1, reads, 0)), sum(iif(billed = ?1, writes, 0)),
             sum(iif(billed = ?2, reads, 0)), sum(iif(billed = ?2, writes, 0))
         FROM bill JOIN account ON account.id = bill.account
         GROUP BY month, profile, origin, job ORDER BY month, profile, origin, job",
    )?;
    let lines = statement.query_map(
        [
            place(&BILLED, &Billed::Yes),
            place(&BILLED, &Billed::Unknown),
        ],
        |row| {
            Ok(UsageLine {
                account: Account {
                    profile: row.get(0)?,
                    origin: row.get(1)?,
                },
                month: row.get(2)?,
                job: row.get::<_, Option<i64>>(3)?.map(|job| JobId(job as u64)),
                known: Cost {
                    reads: row.get(4)?,
                    writes: row.get(5)?,
                },
                unknown: Cost {
                    reads: row.get(6)?,
                    writes: row.get(7)?,
                },
            })
        },
    )?;
    Ok(lines.collect::<Result<_, _>>()?)
}
