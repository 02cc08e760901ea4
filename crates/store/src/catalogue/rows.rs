//! Rows on their way in: found, compared, inserted or updated, with their entries in the change log and in what is
//! searched in.

use std::fmt::Write as _;

use finkit_core::ApiVersion;
use finkit_finfo::catalogue::{
    ArticleRef, ChangeKind, Dataset, NewPage, NewRow, RowKey, Tally, field_changes,
};
use finkit_finfo::wire::Record;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, params};

use super::codec::{self, moment};
use super::fault::Fault;
use super::known::{self, KnownFields, STORED};
use super::log::LogWriter;
use super::search::{NewWords, Terms};
use super::suppliers;

/// Rows with an agreement have ids from here on: the bits below are Finfo's number of the article.
pub(super) const MORE: i64 = 1 << 30;

/// Finfo's number of the article of a row with this id, which is not negative.
pub(super) fn article_of(id: i64) -> i64 {
    id & (MORE - 1)
}

/// Statements of the table of one dataset.
pub(super) struct Table(Dataset);

impl Table {
    pub(super) fn of(dataset: Dataset) -> Self {
        Self(dataset)
    }

    /// The name.
    pub(super) fn name(&self) -> &'static str {
        self.0.as_str()
    }

    fn has_columns(&self) -> bool {
        self.0 == Dataset::Article
    }

    /// Looks for the row with this key.
    pub(super) fn find(
        &self,
        connection: &Connection,
        key: &RowKey<'_>,
    ) -> Result<Option<i64>, Fault> {
        let name = self.name();
        let agreement = &*key.agreement;
        let found = match &key.article {
            ArticleRef::Finfo(article) if agreement.is_empty() => connection
                .prepare_cached(&format!("SELECT id FROM {name} WHERE id = ?"))?
                .query_row([article.get()], |row| row.get(0))
                .optional()?,
            ArticleRef::Finfo(article) => connection
                .prepare_cached(&format!(
                    "SELECT id FROM {name} WHERE id >= {MORE} AND id & {} = ? AND agreement = ?",
                    MORE - 1
                ))?
                .query_row(params![article.get(), agreement], |row| row.get(0))
                .optional()?,
            ArticleRef::Supplier(supplier, number) => {
                let Some(of) = suppliers::known_number(connection, supplier)? else {
                    return Ok(None);
                };
                connection
                    .prepare_cached(&format!(
                        "SELECT id FROM {name} WHERE number_of = ? AND number = ? AND coalesce(agreement, '') = ?"
                    ))?
                    .query_row(params![of, number, agreement], |row| row.get(0))
                    .optional()?
            }
        };
        Ok(found)
    }

    /// The id for a row with a key that has none yet.
    fn new_id(&self, connection: &Connection, key: &RowKey<'_>) -> Result<i64, Fault> {
        let name = self.name();
        match &key.article {
            ArticleRef::Finfo(article) if key.agreement.is_empty() => Ok(i64::from(article.get())),
            ArticleRef::Finfo(article) => {
                let last: Option<i64> = connection
                    .prepare_cached(&format!(
                        "SELECT max(id) FROM {name} WHERE id >= {MORE} AND id & {} = ?",
                        MORE - 1
                    ))?
                    .query_row([article.get()], |row| row.get(0))?;
                Ok(last.unwrap_or(i64::from(article.get())) + MORE)
            }
            ArticleRef::Supplier(..) => {
                let first: i64 = connection
                    .prepare_cached(&format!("SELECT coalesce(min(id), 0) FROM {name}"))?
                    .query_row([], |row| row.get(0))?;
                Ok(first.min(0) - 1)
            }
        }
    }

    fn insert_sql(&self) -> String {
        let columns =
            "id, supplier, agreement, number_of, number, version, first_seen, changed_at, json";
        let mut sql = format!("INSERT INTO {} ({columns}", self.name());
        let mut values = "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8".to_owned();
        if self.has_columns() {
            for (place, field) in STORED.into_iter().enumerate() {
                // Writing into a text can't fail.
                let _ = write!(sql, ", {}", column_name(field.name()));
                let _ = write!(values, ", ?{}", 9 + place);
            }
        }
        format!("{sql}) VALUES ({values})")
    }

    fn update_sql(&self) -> String {
        let mut sql = format!(
            "UPDATE {} SET supplier = ?2, version = ?3, changed_at = coalesce(?4, changed_at),
                unlisted_since = NULL, json = ?5",
            self.name()
        );
        if self.has_columns() {
            for (place, field) in STORED.into_iter().enumerate() {
                let _ = write!(sql, ", {} = ?{}", column_name(field.name()), 6 + place);
            }
        }
        sql + " WHERE id = ?1"
    }
}

/// The name of a field as columns have it: `supplierArticleName1` is `supplier_article_name1`.
pub(super) fn column_name(field: &str) -> String {
    let mut name = String::with_capacity(field.len() + 8);
    let mut before_upper = true;
    for character in field.chars() {
        if character.is_ascii_uppercase() && !before_upper {
            name.push('_');
        }
        before_upper = character.is_ascii_uppercase();
        name.push(character.to_ascii_lowercase());
    }
    name
}

/// Stores the rows of one page. The constant parameters of its statements are bound once.
pub(super) struct RowWriter<'c> {
    connection: &'c Connection,
    table: Table,
    /// The number of the supplier.
    supplier: i64,
    version: ApiVersion,
    now: i64,
    /// No article without an agreement has a higher number.
    highest: i64,
    select: CachedStatement<'c>,
    insert: CachedStatement<'c>,
    update: CachedStatement<'c>,
    log: LogWriter<'c>,
    pub(super) words: NewWords,
    pub(super) tally: Tally,
}

/// A stored row that differs from the one that came, in spelling at least.
struct Before {
    supplier: i64,
    version: i64,
    unlisted: bool,
    /// The JSON, unless it is the same.
    json: Option<String>,
}

impl<'c> RowWriter<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        page: &NewPage<'_>,
        supplier: i64,
    ) -> Result<Self, Fault> {
        let table = Table::of(page.dataset);
        let name = table.name();
        let highest: Option<i64> = connection
            .prepare_cached(&format!("SELECT max(id) FROM {name} WHERE id < {MORE}"))?
            .query_row([], |row| row.get(0))?;
        let select = connection.prepare_cached(&format!(
            "SELECT supplier, version, unlisted_since IS NOT NULL, json FROM {name} WHERE id = ?"
        ))?;
        let mut insert = connection.prepare_cached(&table.insert_sql())?;
        let mut update = connection.prepare_cached(&table.update_sql())?;
        let now = moment(page.at);
        let version = codec::version(page.version);
        insert.raw_bind_parameter(2, supplier)?;
        insert.raw_bind_parameter(6, version)?;
        insert.raw_bind_parameter(7, now)?;
        update.raw_bind_parameter(2, supplier)?;
        update.raw_bind_parameter(3, version)?;
        let place = (codec::dataset(page.dataset), supplier);
        Ok(Self {
            connection,
            table,
            supplier,
            version: page.version,
            now,
            highest: highest.unwrap_or(0),
            select,
            insert,
            update,
            log: LogWriter::new(connection, page.at, place)?,
            words: NewWords::default(),
            tally: Tally::default(),
        })
    }

    pub(super) fn put(&mut self, row: &NewRow<'_>) -> Result<(), Fault> {
        let plain = row.key.agreement.is_empty();
        let found = match &row.key.article {
            ArticleRef::Finfo(article) if plain => {
                let id = i64::from(article.get());
                (id <= self.highest).then_some(id)
            }
            _ => self.table.find(self.connection, &row.key)?,
        };
        let before = match found {
            Some(id) => self
                .before(id, row.record.json())?
                .map(|before| (id, before)),
            None => None,
        };
        match before {
            None => self.insert(row),
            Some((id, before)) => self.compare(id, before, row),
        }
    }

    /// Writes what waits.
    pub(super) fn finish(&mut self) -> Result<(), Fault> {
        self.log.flush()
    }

    fn before(&mut self, id: i64, json: &str) -> Result<Option<Before>, Fault> {
        let mut rows = self.select.query([id])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let stored = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
        Ok(Some(Before {
            supplier: row.get(0)?,
            version: row.get(1)?,
            unlisted: row.get(2)?,
            json: (stored != json).then(|| stored.to_owned()),
        }))
    }

    fn insert(&mut self, row: &NewRow<'_>) -> Result<(), Fault> {
        let id = self.table.new_id(self.connection, &row.key)?;
        let agreement = Some(&*row.key.agreement).filter(|agreement| !agreement.is_empty());
        let (number_of, number) = match &row.key.article {
            ArticleRef::Finfo(_) => (None, None),
            ArticleRef::Supplier(supplier, number) => (
                Some(suppliers::number(self.connection, supplier)?),
                Some(&**number),
            ),
        };
        let insert = &mut self.insert;
        insert.raw_bind_parameter(1, id)?;
        insert.raw_bind_parameter(3, agreement)?;
        insert.raw_bind_parameter(4, number_of)?;
        insert.raw_bind_parameter(5, number)?;
        insert.raw_bind_parameter(8, row.record.json())?;
        if self.table.has_columns() {
            let fields = KnownFields::of(&row.record);
            known::bind(insert, 9, &fields, self.version)?;
            self.words.add(id, &Terms::of(&fields, self.version));
        }
        self.insert.raw_execute()?;
        if (0..MORE).contains(&id) {
            self.highest = self.highest.max(id);
        }
        self.tally.new += 1;
        self.log.add(ChangeKind::Appeared, &row.key)
    }

    fn compare(&mut self, id: i64, before: Before, row: &NewRow<'_>) -> Result<(), Fault> {
        let changes = match &before.json {
            None => Vec::new(),
            Some(json) => field_changes(json, row.record.json())?,
        };
        let same_place = before.supplier == self.supplier
            && before.version == codec::version(self.version)
            && !before.unlisted;
        if before.json.is_some() || !same_place {
            self.update(id, before.json.as_deref(), !changes.is_empty(), row)?;
        }
        if before.unlisted {
            self.log.add(ChangeKind::Relisted, &row.key)?;
        }
        if changes.is_empty() {
            self.tally.unchanged += 1;
            return Ok(());
        }
        self.tally.changed += 1;
        self.log.add_changed(&row.key, &changes)
    }

    fn update(
        &mut self,
        id: i64,
        json: Option<&str>,
        changed: bool,
        row: &NewRow<'_>,
    ) -> Result<(), Fault> {
        let update = &mut self.update;
        update.raw_bind_parameter(1, id)?;
        update.raw_bind_parameter(4, changed.then_some(self.now))?;
        update.raw_bind_parameter(5, row.record.json())?;
        if self.table.has_columns() {
            let fields = KnownFields::of(&row.record);
            known::bind(update, 6, &fields, self.version)?;
            if let Some(json) = json {
                let terms = Terms::of(&fields, self.version);
                let old = Record::parse(json)?;
                if terms != Terms::of(&KnownFields::of(&old), self.version) {
                    self.words.replace(id, &terms);
                }
            }
        }
        self.update.raw_execute()?;
        Ok(())
    }
}

/// Removes and marks rows at the end of a walk.
pub(super) fn end(
    connection: &Connection,
    dataset: Dataset,
    log: &mut LogWriter<'_>,
    words: &mut NewWords,
    (remove, unlisted): (&[RowKey<'static>], &[RowKey<'static>]),
    now: i64,
) -> Result<(), Fault> {
    let table = Table::of(dataset);
    let name = table.name();
    let mut delete = connection.prepare_cached(&format!("DELETE FROM {name} WHERE id = ?"))?;
    for key in remove {
        if let Some(id) = table.find(connection, key)? {
            delete.execute([id])?;
            if dataset == Dataset::Article {
                words.remove(id);
            }
            log.add(ChangeKind::Removed, key)?;
        }
    }
    let mut mark = connection.prepare_cached(&format!(
        "UPDATE {name} SET unlisted_since = ? WHERE id = ? AND unlisted_since IS NULL"
    ))?;
    for key in unlisted {
        if let Some(id) = table.find(connection, key)?
            && mark.execute([now, id])? == 1
        {
            log.add(ChangeKind::Unlisted, key)?;
        }
    }
    log.flush()
}

#[cfg(test)]
mod tests {
    use super::column_name;

    #[test]
    fn columns_are_named_after_their_fields() {
        for (field, column) in [
            ("finfoArticleName1", "finfo_article_name1"),
            ("gtin", "gtin"),
            (
                "isRegisteredInBastaAsBASTA",
                "is_registered_in_basta_as_basta",
            ),
        ] {
            assert_eq!(column_name(field), column);
        }
    }
}
