//! Rows on their way out: one, many in pieces, keys and counts.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use finkit_core::{FinfoArticleId, FinfoSupplierId};
use finkit_finfo::catalogue::{ArticleRef, Dataset, RowFilter, RowKey, StoredRow};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::codec;
use super::fault::Fault;
use super::log;
use super::suppliers;
use super::table::{MORE, Table, article_of};

/// Columns of a row in the order in which [`read`] takes them; `r` is the row, `s` its supplier, `k` that of its key.
const COLUMNS: &str =
    "r.id, s.id, coalesce(r.agreement, ''), k.id, r.number, r.version, r.first_seen, r.changed_at,
    r.unlisted_since, r.json";

fn from(table: &Table) -> String {
    format!(
        "{COLUMNS} FROM {} r JOIN supplier s ON s.number = r.supplier LEFT JOIN supplier k ON k.number = r.number_of",
        table.name()
    )
}

fn read(row: &Row<'_>, dataset: Dataset) -> Result<StoredRow, Fault> {
    let id: i64 = row.get(0)?;
    let article = if id > 0 {
        ArticleRef::Finfo(article_number(id)?)
    } else {
        let of: String = row.get(3)?;
        ArticleRef::Supplier(suppliers::parse(&of)?, row.get::<_, String>(4)?.into())
    };
    Ok(StoredRow {
        dataset,
        supplier: suppliers::parse(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?,
        key: RowKey {
            article,
            agreement: row.get::<_, String>(2)?.into(),
        },
        json: row.get(9)?,
        version: codec::to_version(row.get(5)?)?,
        first_seen: codec::to_moment(row.get(6)?),
        changed_at: codec::to_moment(row.get(7)?),
        unlisted_since: row.get::<_, Option<i64>>(8)?.map(codec::to_moment),
    })
}

fn article_number(id: i64) -> Result<FinfoArticleId, Fault> {
    u32::try_from(article_of(id))
        .ok()
        .and_then(FinfoArticleId::new)
        .ok_or_else(|| Fault::damaged("a row without a key"))
}

/// The row with this id.
pub(super) fn row(
    connection: &Connection,
    dataset: Dataset,
    id: i64,
) -> Result<Option<StoredRow>, Fault> {
    let table = Table::of(dataset);
    let mut statement =
        connection.prepare_cached(&format!("SELECT {} WHERE r.id = ?", from(&table)))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(|row| read(row, dataset)).transpose()
}

/// Keys of the rows that changed since a moment, kept while somebody reads on with the same filter.
#[derive(Debug)]
pub(super) struct ChangedKeys {
    dataset: Dataset,
    since: DateTime<Utc>,
    /// The log as it was.
    log: i64,
    articles: Vec<u32>,
    others: BTreeSet<RowKey<'static>>,
}

impl ChangedKeys {
    fn read(
        connection: &Connection,
        dataset: Dataset,
        since: DateTime<Utc>,
    ) -> Result<Self, Fault> {
        let mut articles: Vec<u32> = Vec::new();
        let mut others = BTreeSet::new();
        log::changed_keys(connection, dataset, since, |key| match &key.article {
            ArticleRef::Finfo(article) => articles.push(article.get()),
            ArticleRef::Supplier(..) => {
                others.insert(key);
            }
        })?;
        articles.sort_unstable();
        articles.dedup();
        Ok(Self {
            dataset,
            since,
            log: log::last(connection)?,
            articles,
            others,
        })
    }

    fn is_of(&self, dataset: Dataset, since: DateTime<Utc>, log: i64) -> bool {
        (self.dataset, self.since, self.log) == (dataset, since, log)
    }
}

/// Rows in the order of their keys: by article and agreement, those without Finfo's number at the end.
pub(super) fn rows(
    connection: &Connection,
    changed: &mut Option<ChangedKeys>,
    filter: &RowFilter,
    after: Option<&RowKey<'_>>,
    limit: usize,
) -> Result<Vec<StoredRow>, Fault> {
    let supplier = match filter.supplier {
        None => None,
        Some(supplier) => match suppliers::known_number(connection, &supplier)? {
            None => return Ok(Vec::new()),
            number => number,
        },
    };
    let Some(since) = filter.changed_since else {
        return Reading::new(connection, filter.dataset, supplier).all(after, limit);
    };
    let log = log::last(connection)?;
    let keys = match changed.take() {
        Some(keys) if keys.is_of(filter.dataset, since, log) => keys,
        _ => ChangedKeys::read(connection, filter.dataset, since)?,
    };
    let found = of_keys(connection, &keys, filter, after, limit);
    *changed = Some(keys);
    found
}

fn of_keys(
    connection: &Connection,
    keys: &ChangedKeys,
    filter: &RowFilter,
    after: Option<&RowKey<'_>>,
    limit: usize,
) -> Result<Vec<StoredRow>, Fault> {
    let wanted = |row: &StoredRow| {
        row.changed_at >= keys.since
            && filter
                .supplier
                .is_none_or(|supplier| row.supplier == supplier)
            && after.is_none_or(|after| row.key > *after)
    };
    let reading = Reading::new(connection, keys.dataset, None);
    let mut found = Vec::new();
    let first = match after.map(|after| &after.article) {
        None => 0,
        Some(ArticleRef::Finfo(article)) => keys
            .articles
            .partition_point(|number| *number < article.get()),
        Some(ArticleRef::Supplier(..)) => keys.articles.len(),
    };
    for article in &keys.articles[first..] {
        if found.len() >= limit {
            break;
        }
        found.extend(reading.of_article(*article)?.into_iter().filter(wanted));
    }
    if found.len() < limit {
        for key in &keys.others {
            let row = match Table::of(keys.dataset).find(connection, key)? {
                Some(id) => row(connection, keys.dataset, id)?,
                None => None,
            };
            found.extend(row.filter(wanted));
            if found.len() >= limit {
                break;
            }
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// Reads the rows of a table in the order of their keys.
struct Reading<'c> {
    connection: &'c Connection,
    dataset: Dataset,
    supplier: Option<i64>,
}

impl<'c> Reading<'c> {
    fn new(connection: &'c Connection, dataset: Dataset, supplier: Option<i64>) -> Self {
        Self {
            connection,
            dataset,
            supplier,
        }
    }

    fn collect(
        &self,
        condition: &str,
        order: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<StoredRow>, Fault> {
        let from = from(&Table::of(self.dataset));
        let supplier = match self.supplier {
            None => String::new(),
            // A number of this database.
            Some(number) => format!("r.supplier = {number} AND "),
        };
        let sql = format!("SELECT {from} WHERE {supplier}{condition} ORDER BY {order}");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(parameters)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(row, self.dataset)?);
        }
        Ok(found)
    }

    /// All rows of one article, the one without an agreement first.
    fn of_article(&self, article: u32) -> Result<Vec<StoredRow>, Fault> {
        let mut rows = self.collect("r.id = ?", "r.id", [article])?;
        let mask = MORE - 1;
        rows.extend(self.collect(
            &format!("r.id >= {MORE} AND r.id & {mask} = ?"),
            "r.agreement",
            [article],
        )?);
        Ok(rows)
    }

    fn all(&self, after: Option<&RowKey<'_>>, limit: usize) -> Result<Vec<StoredRow>, Fault> {
        let (article, agreement) = match after {
            None => (0, ""),
            Some(RowKey {
                article: ArticleRef::Finfo(article),
                agreement,
            }) => (article.get(), &**agreement),
            Some(_) => (u32::MAX, ""),
        };
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let plain = self.collect(
            &format!("r.id > ? AND r.id < {MORE}"),
            "r.id LIMIT ?",
            params![article, most],
        )?;
        let mask = MORE - 1;
        let more = self.collect(
            &format!("r.id >= {MORE} AND (r.id & {mask}, r.agreement) > (?, ?)"),
            &format!("r.id & {mask}, r.agreement LIMIT ?"),
            params![article, agreement, most],
        )?;
        let mut rows = plain;
        if !more.is_empty() {
            rows.extend(more);
            rows.sort_by(|one, other| one.key.cmp(&other.key));
            rows.truncate(limit);
        }
        if rows.len() < limit {
            rows.extend(self.without_number(after, limit - rows.len())?);
        }
        Ok(rows)
    }

    /// Rows of articles without Finfo's number, by supplier, number and agreement.
    fn without_number(
        &self,
        after: Option<&RowKey<'_>>,
        limit: usize,
    ) -> Result<Vec<StoredRow>, Fault> {
        let (of, number, agreement) = match after {
            Some(RowKey {
                article: ArticleRef::Supplier(of, number),
                agreement,
            }) => {
                // A key whose supplier is not known comes before all others.
                let of = suppliers::known_number(self.connection, of)?.unwrap_or(0);
                (of, &**number, &**agreement)
            }
            _ => (0, "", ""),
        };
        let order = "r.number_of, r.number, coalesce(r.agreement, '')";
        self.collect(
            &format!("r.number IS NOT NULL AND ({order}) > (?, ?, ?)"),
            &format!("{order} LIMIT ?"),
            params![
                of,
                number,
                agreement,
                i64::try_from(limit).unwrap_or(i64::MAX)
            ],
        )
    }
}

/// Hands out the keys of a supplier's rows that are not marked.
pub(super) fn keys(
    connection: &Connection,
    dataset: Dataset,
    supplier: &FinfoSupplierId,
    each: &mut dyn FnMut(&RowKey<'_>),
) -> Result<(), Fault> {
    let Some(number) = suppliers::known_number(connection, supplier)? else {
        return Ok(());
    };
    let name = Table::of(dataset).name();
    let mut marked = connection.prepare_cached(&format!(
        "SELECT id FROM {name} WHERE supplier = ? AND unlisted_since IS NOT NULL ORDER BY id"
    ))?;
    let marked: Vec<i64> = marked
        .query_map([number], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id FROM {name} WHERE supplier = ? ORDER BY id"
    ))?;
    let mut rows = statement.query([number])?;
    while let Some(found) = rows.next()? {
        let id: i64 = found.get(0)?;
        if marked.binary_search(&id).is_ok() {
            continue;
        }
        // The number says everything about rows without an agreement, so that the rows themselves are not read.
        if (1..MORE).contains(&id) {
            each(&RowKey::of(article_number(id)?));
        } else if let Some(row) = row(connection, dataset, id)? {
            each(&row.key);
        }
    }
    Ok(())
}

/// How many rows there are that are not marked.
pub(super) fn count(
    connection: &Connection,
    dataset: Dataset,
    supplier: Option<&FinfoSupplierId>,
) -> Result<u64, Fault> {
    let name = Table::of(dataset).name();
    let number = match supplier {
        None => None,
        Some(supplier) => match suppliers::known_number(connection, supplier)? {
            None => return Ok(0),
            number => number,
        },
    };
    let one = |condition: &str| -> Result<u64, Fault> {
        let of = number.map_or(String::new(), |number| format!(" AND supplier = {number}"));
        let sql = format!("SELECT count(*) FROM {name} WHERE {condition}{of}");
        let count = connection
            .prepare_cached(&sql)?
            .query_row([], |row| row.get(0))
            .optional()?;
        Ok(count.unwrap_or(0))
    };
    // Two indices answer this; the rows themselves are not read.
    Ok(one("TRUE")?.saturating_sub(one("unlisted_since IS NOT NULL")?))
}
