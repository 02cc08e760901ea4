//! Suppliers, and the numbers under which rows know them.

use chrono::{DateTime, Utc};
use finkit_core::FinfoSupplierId;
use finkit_finfo::catalogue::{KnownSupplier, ListedSupplier, SupplierNews};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::codec;
use super::fault::Fault;

/// The number of a supplier, which gets one if it has none.
pub(super) fn number(connection: &Connection, supplier: &FinfoSupplierId) -> Result<i64, Fault> {
    if let Some(number) = known_number(connection, supplier)? {
        return Ok(number);
    }
    connection
        .prepare_cached("INSERT INTO supplier (id) VALUES (?)")?
        .execute([supplier.as_str()])?;
    Ok(connection.last_insert_rowid())
}

/// The number of a supplier that has one.
pub(super) fn known_number(
    connection: &Connection,
    supplier: &FinfoSupplierId,
) -> Result<Option<i64>, Fault> {
    Ok(connection
        .prepare_cached("SELECT number FROM supplier WHERE id = ?")?
        .query_row([supplier.as_str()], |row| row.get(0))
        .optional()?)
}

pub(super) fn parse(text: &str) -> Result<FinfoSupplierId, Fault> {
    text.parse().map_err(|_| Fault::damaged("a supplier"))
}

pub(super) fn all(connection: &Connection) -> Result<Vec<KnownSupplier>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, name, json, first_listed, last_listed, gone_since FROM supplier
         WHERE first_listed IS NOT NULL ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    let mut suppliers = Vec::new();
    while let Some(row) = rows.next()? {
        suppliers.push(known(row)?);
    }
    Ok(suppliers)
}

fn known(row: &Row<'_>) -> Result<KnownSupplier, Fault> {
    let moment = |column| -> rusqlite::Result<Option<DateTime<Utc>>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(codec::to_moment))
    };
    let missing = || Fault::damaged("a supplier without its list");
    Ok(KnownSupplier {
        id: parse(row.get_ref(0)?.as_str().map_err(|_| missing())?)?,
        name: row.get(1)?,
        json: row.get::<_, Option<String>>(2)?.ok_or_else(missing)?,
        first_listed: moment(3)?.ok_or_else(missing)?,
        last_listed: moment(4)?.ok_or_else(missing)?,
        gone_since: moment(5)?,
    })
}

/// Notes a list of suppliers; the caller has begun a transaction.
pub(super) fn list(
    connection: &Connection,
    listed: &[ListedSupplier],
    at: DateTime<Utc>,
) -> Result<SupplierNews, Fault> {
    let now = codec::moment(at);
    let mut news = SupplierNews::default();
    let mut look = connection.prepare_cached(
        "SELECT first_listed IS NOT NULL, gone_since IS NOT NULL FROM supplier WHERE id = ?",
    )?;
    let mut write = connection.prepare_cached(
        "INSERT INTO supplier (id, name, json, first_listed, last_listed) VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT (id) DO UPDATE SET name = coalesce(excluded.name, name), json = excluded.json,
            first_listed = coalesce(first_listed, excluded.first_listed), last_listed = excluded.last_listed,
            gone_since = NULL",
    )?;
    for supplier in listed {
        let id = supplier.id.as_str();
        let before: Option<(bool, bool)> = look
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        match before {
            Some((true, true)) => news.back.push(supplier.id),
            Some((true, false)) => {}
            _ => news.appeared.push(supplier.id),
        }
        write.execute(params![id, supplier.name, supplier.json, now])?;
    }
    let mut known: Vec<&FinfoSupplierId> = listed.iter().map(|supplier| &supplier.id).collect();
    known.sort_unstable();
    let mut there = connection.prepare_cached(
        "SELECT id FROM supplier WHERE first_listed IS NOT NULL AND gone_since IS NULL ORDER BY id",
    )?;
    let mut rows = there.query([])?;
    while let Some(row) = rows.next()? {
        let id = parse(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        if known.binary_search(&&id).is_err() {
            news.gone.push(id);
        }
    }
    drop(rows);
    let mut mark = connection.prepare_cached("UPDATE supplier SET gone_since = ? WHERE id = ?")?;
    for supplier in &news.gone {
        mark.execute(params![now, supplier.as_str()])?;
    }
    Ok(news)
}
