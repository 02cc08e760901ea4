//! Pictures and documents: assets by their slots, and the files that were fetched for them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use finkit_finfo::catalogue::{
    AssetFilter, AssetId, Miss, NewPage, NewRow, StoredAsset, StoredFile,
};
use finkit_finfo::wire::{Asset, assets as assets_of};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::codec::{self, moment, to_moment};
use super::fault::Fault;
use super::suppliers;

const COLUMNS: &str = "a.id, s.id, a.key, a.slot, a.url, a.content_type, a.checksum, a.last_modified, a.alt_text, a.json,
    a.gone_since, a.file_name, a.file_bytes, a.file_checksum, a.file_verified, a.file_last_modified, a.file_url,
    a.fetched_at, a.missed_at, a.miss, a.miss_passing, a.misses";

const FROM: &str = "FROM asset a JOIN supplier s ON s.number = a.supplier";

fn read(row: &Row<'_>) -> Result<StoredAsset, Fault> {
    let owned = |column| -> rusqlite::Result<Option<Cow<'static, str>>> {
        Ok(row.get::<_, Option<String>>(column)?.map(Cow::Owned))
    };
    let key = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
    let key = serde_json::from_str(key).map_err(|_| Fault::damaged("a key"))?;
    let miss = match row.get::<_, Option<i64>>(18)? {
        None => None,
        Some(at) => Some(Miss {
            at: to_moment(at),
            message: row.get(19)?,
            passing: row.get(20)?,
            times: row.get(21)?,
        }),
    };
    Ok(StoredAsset {
        id: AssetId(row.get(0)?),
        supplier: suppliers::parse(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?,
        key: codec::to_key(&key)?,
        asset: Asset {
            slot: row.get(3)?,
            url: row.get::<_, String>(4)?.into(),
            content_type: owned(5)?,
            checksum: owned(6)?,
            last_modified: owned(7)?,
            alt_text: owned(8)?,
            json: row.get::<_, String>(9)?.into(),
        },
        file: file(row, 11)?,
        miss,
        gone_since: row.get::<_, Option<i64>>(10)?.map(to_moment),
    })
}

/// The file whose columns begin here.
fn file(row: &Row<'_>, first: usize) -> Result<Option<StoredFile>, Fault> {
    let Some(name) = row.get::<_, Option<String>>(first)? else {
        return Ok(None);
    };
    Ok(Some(StoredFile {
        name,
        bytes: row.get(first + 1)?,
        checksum: row.get(first + 2)?,
        verified: row.get(first + 3)?,
        last_modified: row.get(first + 4)?,
        url: row.get(first + 5)?,
        fetched_at: to_moment(row.get(first + 6)?),
    }))
}

fn one(connection: &Connection, id: i64) -> Result<Option<StoredAsset>, Fault> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} {FROM} WHERE a.id = ?"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(read).transpose()
}

fn number(id: AssetId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

fn is_wanted(asset: &StoredAsset) -> bool {
    asset.gone_since.is_none() && !asset.is_current()
}

fn mark_wanted(connection: &Connection, id: i64) -> Result<(), Fault> {
    if let Some(asset) = one(connection, id)? {
        connection
            .prepare_cached("UPDATE asset SET wanted = ?2 WHERE id = ?1")?
            .execute(params![id, is_wanted(&asset)])?;
    }
    Ok(())
}

/// Puts the assets of a row in place of those that it had; the caller has begun a transaction.
pub(super) fn put(
    connection: &Connection,
    page: &NewPage<'_>,
    supplier: i64,
    row: &NewRow<'_>,
) -> Result<(), Fault> {
    let key = codec::key(&row.key);
    let mut before: BTreeMap<String, i64> = connection
        .prepare_cached("SELECT slot, id FROM asset WHERE key = ?")?
        .query_map([&key], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for asset in assets_of(&row.record) {
        match before.remove(&asset.slot) {
            Some(id) => {
                connection
                    .prepare_cached(
                        "UPDATE asset SET supplier = ?2, url = ?3, content_type = ?4, checksum = ?5,
                            last_modified = ?6, alt_text = ?7, json = ?8, gone_since = NULL,
                            missed_at = iif(json = ?8, missed_at, NULL), miss = iif(json = ?8, miss, NULL),
                            miss_passing = iif(json = ?8, miss_passing, NULL), misses = iif(json = ?8, misses, 0)
                         WHERE id = ?1",
                    )?
                    .execute(params![
                        id,
                        supplier,
                        asset.url,
                        asset.content_type,
                        asset.checksum,
                        asset.last_modified,
                        asset.alt_text,
                        asset.json,
                    ])?;
                mark_wanted(connection, id)?;
            }
            None => {
                connection
                    .prepare_cached(
                        "INSERT INTO asset (supplier, key, slot, url, content_type, checksum, last_modified, alt_text,
                            json, wanted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, TRUE)",
                    )?
                    .execute(params![
                        supplier,
                        key,
                        asset.slot,
                        asset.url,
                        asset.content_type,
                        asset.checksum,
                        asset.last_modified,
                        asset.alt_text,
                        asset.json,
                    ])?;
            }
        }
    }
    let mut gone = connection.prepare_cached(
        "UPDATE asset SET gone_since = coalesce(gone_since, ?2), wanted = FALSE WHERE id = ?1",
    )?;
    for id in before.into_values() {
        gone.execute(params![id, moment(page.at)])?;
    }
    Ok(())
}

/// Assets by number, from the one after `after` on.
pub(super) fn assets(
    connection: &Connection,
    filter: &AssetFilter,
    after: Option<AssetId>,
    limit: usize,
) -> Result<Vec<StoredAsset>, Fault> {
    let mut sql = format!("SELECT {COLUMNS} {FROM} WHERE a.id > ?");
    if let Some(supplier) = &filter.supplier {
        let Some(number) = suppliers::known_number(connection, supplier)? else {
            return Ok(Vec::new());
        };
        sql.push_str(&format!(" AND a.supplier = {number}"));
    }
    if filter.to_fetch {
        sql.push_str(" AND a.wanted");
    }
    sql.push_str(" ORDER BY a.id");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([after.map_or(0, number)])?;
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        let asset = read(row)?;
        if filter.admits(&asset) {
            found.push(asset);
        }
    }
    Ok(found)
}

pub(super) fn note_file(
    connection: &Connection,
    id: AssetId,
    file: &StoredFile,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE asset SET file_name = ?2, file_bytes = ?3, file_checksum = ?4, file_verified = ?5,
                file_last_modified = ?6, file_url = ?7, fetched_at = ?8,
                missed_at = NULL, miss = NULL, miss_passing = NULL, misses = 0
             WHERE id = ?1",
        )?
        .execute(params![
            number(id),
            file.name,
            i64::try_from(file.bytes).unwrap_or(i64::MAX),
            file.checksum,
            file.verified,
            file.last_modified,
            file.url,
            moment(file.fetched_at),
        ])?;
    mark_wanted(connection, number(id))
}

pub(super) fn note_miss(
    connection: &Connection,
    id: AssetId,
    at: DateTime<Utc>,
    message: &str,
    passing: bool,
) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "UPDATE asset SET missed_at = ?2, miss = ?3, miss_passing = ?4, misses = misses + 1 WHERE id = ?1",
        )?
        .execute(params![number(id), moment(at), message, passing])?;
    Ok(())
}

/// A verified file with this checksum, in whatever case it is written.
pub(super) fn file_with_checksum(
    connection: &Connection,
    checksum: &str,
) -> Result<Option<StoredFile>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT file_name, file_bytes, file_checksum, file_verified, file_last_modified, file_url, fetched_at
         FROM asset WHERE file_checksum = ? AND file_verified LIMIT 1",
    )?;
    let mut rows = statement.query([checksum])?;
    match rows.next()? {
        None => Ok(None),
        Some(row) => file(row, 0),
    }
}

pub(super) fn file_bytes(connection: &Connection) -> Result<u64, Fault> {
    let sum = connection
        .prepare_cached(
            "SELECT coalesce(sum(bytes), 0) FROM (SELECT max(file_bytes) AS bytes FROM asset
             WHERE file_name IS NOT NULL GROUP BY file_name)",
        )?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(sum.unwrap_or(0))
}
