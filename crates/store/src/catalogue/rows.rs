//! Rows on their way in: found, compared, inserted or updated, with their entries in the change log and in what is
//! searched in.

use std::panic::resume_unwind;
use std::thread;

use finkit_core::ApiVersion;
use finkit_finfo::catalogue::{
    ArticleRef, ChangeKind, Dataset, NewPage, NewRow, RowKey, Tally, field_changes,
};
use finkit_finfo::wire::Record;
use rusqlite::{CachedStatement, Connection};

use super::codec::{self, moment};
use super::fault::Fault;
use super::known::{self, KnownFields};
use super::log::LogWriter;
use super::search::{NewWords, Terms};
use super::suppliers;
use super::table::{MORE, Table};

/// So many new rows are worth a second thread.
const WORTH: usize = 64;

/// Stores the rows of a page; what became of them, and the words of those that are new or changed.
///
/// The words of new rows are gathered beside their insertion.
pub(super) fn store(
    connection: &Connection,
    page: &NewPage<'_>,
    supplier: i64,
) -> Result<(Tally, Vec<NewWords>), Fault> {
    let mut writer = RowWriter::new(connection, page, supplier)?;
    let found = writer.look(page.rows)?;
    let new = page.rows.iter().zip(&found);
    let new: Vec<(i64, &NewRow<'_>)> = new
        .filter_map(|(row, found)| Some((plain_id(row)?, row)).filter(|_| found.is_none()))
        .collect();
    if !writer.table.has_columns() || new.len() < WORTH {
        writer.put_all(page.rows, found)?;
        return Ok((writer.tally, vec![writer.words]));
    }
    writer.words_elsewhere = true;
    thread::scope(|scope| {
        let words = scope.spawn(|| words_of(&new, page.version));
        writer.put_all(page.rows, found)?;
        let words = words.join().unwrap_or_else(|panic| resume_unwind(panic));
        Ok((writer.tally, vec![words, writer.words]))
    })
}

fn words_of(rows: &[(i64, &NewRow<'_>)], version: ApiVersion) -> NewWords {
    let mut words = NewWords::default();
    for (id, row) in rows {
        words.add(*id, &Terms::of(&KnownFields::of(&row.record), version));
    }
    words
}

/// The id of a row whose key alone says it.
fn plain_id(row: &NewRow<'_>) -> Option<i64> {
    match &row.key.article {
        ArticleRef::Finfo(article) if row.key.agreement.is_empty() => {
            Some(i64::from(article.get()))
        }
        _ => None,
    }
}

/// Stores the rows of one page. The constant parameters of its statements are bound once.
struct RowWriter<'c> {
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
    /// Whether somebody else gathers the words of new rows whose key alone says their id.
    words_elsewhere: bool,
    words: NewWords,
    tally: Tally,
}

/// The row that a key has, if any: its id and how it stands.
type Found = Option<(i64, Before)>;

/// A stored row that differs from the one that came, in spelling at least.
struct Before {
    supplier: i64,
    version: i64,
    unlisted: bool,
    /// The JSON, unless it is the same.
    json: Option<String>,
}

impl<'c> RowWriter<'c> {
    fn new(connection: &'c Connection, page: &NewPage<'_>, supplier: i64) -> Result<Self, Fault> {
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
            words_elsewhere: false,
            words: NewWords::default(),
            tally: Tally::default(),
        })
    }

    /// What each of the rows is at present.
    fn look(&mut self, rows: &[NewRow<'_>]) -> Result<Vec<Found>, Fault> {
        rows.iter()
            .map(|row| {
                let id = match plain_id(row) {
                    Some(id) => Some(id).filter(|id| *id <= self.highest),
                    None => self.table.find(self.connection, &row.key)?,
                };
                let Some(id) = id else { return Ok(None) };
                let before = self.before(id, row.record.json())?;
                Ok(before.map(|before| (id, before)))
            })
            .collect()
    }

    fn put_all(&mut self, rows: &[NewRow<'_>], found: Vec<Found>) -> Result<(), Fault> {
        for (row, found) in rows.iter().zip(found) {
            match found {
                None => self.insert(row)?,
                Some((id, before)) => self.compare(id, before, row)?,
            }
        }
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
            if !(self.words_elsewhere && plain_id(row).is_some()) {
                self.words.add(id, &Terms::of(&fields, self.version));
            }
        }
        self.insert.raw_execute()?;
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
