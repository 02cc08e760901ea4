//! Walks: how far they have come, their trails, their ends, and what they set aside.

use chrono::{DateTime, Utc};
use finkit_core::FinfoSupplierId;
use finkit_finfo::catalogue::{
    CatalogueError, Dataset, Failure, NewPage, OpenWalk, Standing, Tally, Walk, WalkEnd,
    WalkPurpose, WalkSpan, Watermark,
};
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

use super::codec::{self, moment, to_moment, to_version};
use super::fault::Fault;

/// Dataset and supplier by their numbers: what a walk is known by.
pub(super) type Place = (i64, i64);

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

const STANDING: &str =
    "SELECT complete_to, finished_at, full_at, mark_version, failed_at, failure, failures,
    open, version, span_from, span_until, purpose, started_at, pass, page_size, total, next,
    new, changed, unchanged, aside FROM standing WHERE dataset = ? AND supplier = ?";

/// How a supplier stands; `supplier` is the one behind the number of `place`.
pub(super) fn standing(
    connection: &Connection,
    place: Place,
    supplier: FinfoSupplierId,
) -> Result<Standing, Fault> {
    let mut statement = connection.prepare_cached(STANDING)?;
    let mut rows = statement.query(place)?;
    match rows.next()? {
        Some(row) => read(row, codec::to_dataset(place.0)?, supplier),
        None => Ok(Standing::default()),
    }
}

fn read(row: &Row<'_>, dataset: Dataset, supplier: FinfoSupplierId) -> Result<Standing, Fault> {
    let watermark = match row.get::<_, Option<i64>>(0)? {
        None => None,
        Some(complete_to) => Some(Watermark {
            complete_to: to_moment(complete_to),
            finished_at: to_moment(row.get(1)?),
            full_at: to_moment(row.get(2)?),
            version: to_version(row.get(3)?)?,
        }),
    };
    let failure = match row.get::<_, Option<i64>>(4)? {
        None => None,
        Some(at) => Some(Failure {
            at: to_moment(at),
            message: row.get(5)?,
            times: row.get(6)?,
        }),
    };
    if !row.get::<_, bool>(7)? {
        return Ok(Standing {
            watermark,
            open: None,
            failure,
        });
    }
    let span = match row.get::<_, Option<i64>>(9)? {
        None => WalkSpan::All,
        Some(from) => WalkSpan::Changed {
            from: to_moment(from),
            until: to_moment(row.get(10)?),
        },
    };
    let open = OpenWalk {
        walk: Walk {
            dataset,
            supplier,
            version: to_version(row.get(8)?)?,
            span,
            purpose: if row.get::<_, i64>(11)? == FOLLOW {
                WalkPurpose::Follow
            } else {
                WalkPurpose::Backfill
            },
            started_at: to_moment(row.get(12)?),
            pass: row.get(13)?,
            page_size: row.get(14)?,
            total: row.get(15)?,
        },
        next: row.get(16)?,
        tally: Tally {
            new: row.get(17)?,
            changed: row.get(18)?,
            unchanged: row.get(19)?,
            set_aside: row.get(20)?,
        },
    };
    Ok(Standing {
        watermark,
        open: Some(open),
        failure,
    })
}

const FOLLOW: i64 = 0;
const BACKFILL: i64 = 1;

/// Begins a walk or another pass of one; the caller has begun a transaction.
pub(super) fn begin(connection: &Connection, place: Place, walk: &Walk) -> Result<(), Fault> {
    let before = standing(connection, place, walk.supplier)?.open;
    let same = |open: &OpenWalk| {
        (open.walk.span, open.walk.purpose, open.walk.started_at)
            == (walk.span, walk.purpose, walk.started_at)
    };
    let tally = before
        .filter(same)
        .map(|open| open.tally)
        .unwrap_or_default();
    let (from, until) = match walk.span {
        WalkSpan::All => (None, None),
        WalkSpan::Changed { from, until } => (Some(moment(from)), Some(moment(until))),
    };
    connection
        .prepare_cached(
            "INSERT INTO standing (dataset, supplier, open, version, span_from, span_until, purpose, started_at,
                pass, page_size, total, next, new, changed, unchanged, aside)
             VALUES (:dataset, :supplier, 1, :version, :from, :until, :purpose, :started_at,
                :pass, :page_size, :total, 0, :new, :changed, :unchanged, :aside)
             ON CONFLICT (dataset, supplier) DO UPDATE SET open = 1, version = excluded.version,
                span_from = excluded.span_from, span_until = excluded.span_until, purpose = excluded.purpose,
                started_at = excluded.started_at, pass = excluded.pass, page_size = excluded.page_size,
                total = excluded.total, next = 0, new = excluded.new, changed = excluded.changed,
                unchanged = excluded.unchanged, aside = excluded.aside",
        )?
        .execute(named_params! {
            ":dataset": place.0,
            ":supplier": place.1,
            ":version": codec::version(walk.version),
            ":from": from,
            ":until": until,
            ":purpose": if walk.purpose == WalkPurpose::Follow { FOLLOW } else { BACKFILL },
            ":started_at": moment(walk.started_at),
            ":pass": walk.pass,
            ":page_size": walk.page_size,
            ":total": walk.total.map(count),
            ":new": count(tally.new),
            ":changed": count(tally.changed),
            ":unchanged": count(tally.unchanged),
            ":aside": count(tally.set_aside),
        })?;
    clear_trail(connection, place)?;
    if walk.span == WalkSpan::All {
        connection
            .prepare_cached("DELETE FROM set_aside WHERE dataset = ? AND supplier = ?")?
            .execute(place)?;
    }
    Ok(())
}

/// Whether the open walk of a page is in its pass and stands where it begins.
pub(super) fn expects(
    connection: &Connection,
    place: Place,
    page: &NewPage<'_>,
) -> Result<bool, Fault> {
    let stands: Option<(u32, u64)> = connection
        .prepare_cached(
            "SELECT pass, next FROM standing WHERE dataset = ? AND supplier = ? AND open",
        )?
        .query_row(place, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(stands == Some((page.pass, page.from)))
}

/// Moves the open walk behind a page.
pub(super) fn advance(
    connection: &Connection,
    place: Place,
    page: &NewPage<'_>,
    tally: Tally,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE standing SET next = ?3, new = new + ?4, changed = changed + ?5, unchanged = unchanged + ?6,
                aside = aside + ?7 WHERE dataset = ?1 AND supplier = ?2",
        )?
        .execute(params![
            place.0,
            place.1,
            count(page.next),
            count(tally.new),
            count(tally.changed),
            count(tally.unchanged),
            count(tally.set_aside),
        ])?;
    add_trail(connection, place, page.trail)
}

/// Ends the open walk and gives it back as it was; the caller has begun a transaction.
pub(super) fn finish(
    connection: &Connection,
    place: Place,
    end: &WalkEnd<'_>,
) -> Result<Walk, Fault> {
    let before = standing(connection, place, end.supplier)?;
    let Some(open) = before.open.filter(|open| open.walk.pass == end.pass) else {
        return Err(CatalogueError::conflict().into());
    };
    clear_trail(connection, place)?;
    let mark = match (open.walk.purpose, before.watermark) {
        (WalkPurpose::Backfill, before) => before,
        (WalkPurpose::Follow, before) => {
            let complete_to = open.walk.complete_to();
            Some(Watermark {
                complete_to: before.map_or(complete_to, |mark| mark.complete_to.max(complete_to)),
                finished_at: end.at,
                full_at: match (open.walk.span, before) {
                    (WalkSpan::Changed { .. }, Some(before)) => before.full_at,
                    _ => end.at,
                },
                version: open.walk.version,
            })
        }
    };
    connection
        .prepare_cached(
            "UPDATE standing SET open = 0, failed_at = NULL, failure = NULL, failures = 0,
                complete_to = ?3, finished_at = ?4, full_at = ?5, mark_version = ?6
             WHERE dataset = ?1 AND supplier = ?2",
        )?
        .execute(params![
            place.0,
            place.1,
            mark.map(|mark| moment(mark.complete_to)),
            mark.map(|mark| moment(mark.finished_at)),
            mark.map(|mark| moment(mark.full_at)),
            mark.map(|mark| codec::version(mark.version)),
        ])?;
    Ok(open.walk)
}

pub(super) fn note_failure(
    connection: &Connection,
    place: Place,
    at: DateTime<Utc>,
    message: &str,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO standing (dataset, supplier, failed_at, failure, failures) VALUES (?1, ?2, ?3, ?4, 1)
             ON CONFLICT (dataset, supplier) DO UPDATE
                SET failed_at = excluded.failed_at, failure = excluded.failure, failures = failures + 1",
        )?
        .execute(params![place.0, place.1, moment(at), message])?;
    Ok(())
}

fn clear_trail(connection: &Connection, place: Place) -> Result<(), Fault> {
    connection
        .prepare_cached("DELETE FROM trail WHERE dataset = ? AND supplier = ?")?
        .execute(place)?;
    Ok(())
}

fn add_trail(connection: &Connection, place: Place, entry: &[u8]) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO trail (dataset, supplier, place, entry) VALUES (?1, ?2,
                (SELECT coalesce(max(place), 0) + 1 FROM trail WHERE dataset = ?1 AND supplier = ?2), ?3)",
        )?
        .execute(params![place.0, place.1, entry])?;
    Ok(())
}

pub(super) fn trail(connection: &Connection, place: Place) -> Result<Vec<Vec<u8>>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT entry FROM trail WHERE dataset = ? AND supplier = ? ORDER BY place",
    )?;
    let entries = statement.query_map(place, |row| row.get(0))?;
    Ok(entries.collect::<Result<_, _>>()?)
}

/// Keeps the rows of a page that have no key, each JSON once.
pub(super) fn keep_aside(
    connection: &Connection,
    place: Place,
    page: &NewPage<'_>,
) -> Result<(), Fault> {
    if page.set_aside.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(
        "INSERT INTO set_aside (dataset, supplier, place, json) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )?;
    for row in page.set_aside {
        statement.execute(params![place.0, place.1, count(row.place), row.json])?;
    }
    Ok(())
}

pub(super) fn set_aside(
    connection: &Connection,
    place: Place,
) -> Result<Vec<(u64, String)>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT place, json FROM set_aside WHERE dataset = ? AND supplier = ? ORDER BY id",
    )?;
    let rows = statement.query_map(place, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
