//! The catalogue of Finfo's articles on SQLite: one file, in which the rows of a page and the progress of its walk are one
//! transaction.

mod codec;
mod copier;
mod fault;
mod known;
mod lease;
mod log;
mod media;
mod place;
mod reading;
mod rows;
mod search;
mod suppliers;
mod table;
#[cfg(test)]
mod tests;
mod walks;

use std::path::Path;

use chrono::{DateTime, Utc};
use finkit_core::FinfoSupplierId;
use finkit_finfo::catalogue::{
    AssetFilter, AssetId, Catalogue, CatalogueError, Change, ChangesSince, Dataset, Holder,
    KnownSupplier, ListedSupplier, NewPage, NumberRole, RowFilter, RowKey, Standing, StoredAsset,
    StoredFile, StoredRow, SupplierNews, Tally, Walk, WalkEnd,
};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use self::copier::Copier;
use self::fault::Fault;
use self::lease::Lease;
use self::log::LogWriter;
use self::reading::ChangedKeys;
use self::search::{NewWords, Sorter};
use self::table::Table;
use crate::sqlite::{self, Durability};

/// The schema's versions: the n-th script leads from version n to n + 1.
const STEPS: [&str; 2] = [include_str!("schema.sql"), include_str!("schema_2.sql")];

/// A [`Catalogue`] in one SQLite file, shared by all processes of a machine: one writes at a time, any number reads
/// meanwhile.
///
/// What was stored is there after a crash of the process; a crash of the machine may take the last transactions back, and
/// leaves a sound file (`WAL`, `synchronous=NORMAL`). The file and its folder are made for their owner only; a file on a
/// network file system is refused. Beside it lie its lease (`<file>.lease`, `.gate`, `.holder`) and SQLite's own files.
///
/// Programs may read the file with SQL; the guide's page on the catalogue says what stands where.
///
/// ```
/// use finkit_finfo::catalogue::{Catalogue, Dataset};
/// use finkit_store::SqliteCatalogue;
///
/// let folder = tempfile::tempdir()?;
/// let mut catalogue = SqliteCatalogue::open(&folder.path().join("catalogue.sqlite"))?;
/// assert_eq!(catalogue.count(Dataset::Article, None)?, 0);
/// assert!(catalogue.find("skruv 4,2", 10)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteCatalogue {
    /// Before the connection, so that this one is closed last and leaves no log behind.
    copier: Copier,
    connection: Connection,
    lease: Lease,
    sorter: Sorter,
    changed: Option<ChangedKeys>,
}

impl SqliteCatalogue {
    /// Opens the catalogue at `path`, or makes one.
    ///
    /// # Errors
    /// When the file can't be made or opened, lies on a network file system, belongs to another program, or was written
    /// by a newer version.
    pub fn open(path: &Path) -> Result<Self, CatalogueError> {
        place::prepare(path)?;
        let connection =
            sqlite::open(path, Durability::WithTheNext, &STEPS).map_err(fault::of_opening)?;
        connection
            .pragma_update(None, "wal_autocheckpoint", place::CHECKPOINT)
            .map_err(Fault::from)?;
        Ok(Self {
            copier: Copier::of(path),
            connection,
            lease: Lease::beside(path),
            sorter: Sorter::default(),
            changed: None,
        })
    }

    /// What is wrong with the catalogue, in lines for people: damage of the file, and articles that would not be found by
    /// what they say. It reads everything.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn check(&mut self) -> Result<Vec<String>, CatalogueError> {
        Ok(self.faults()?)
    }

    /// Makes anew what articles are found by, from the rows.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn rebuild_search(&mut self) -> Result<(), CatalogueError> {
        Ok(self.write(|transaction| search::rebuild(transaction))?)
    }

    fn faults(&mut self) -> Result<Vec<String>, Fault> {
        let transaction = self.connection.transaction()?;
        let mut faults: Vec<String> = transaction
            .prepare("PRAGMA quick_check")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        faults.retain(|line| line != "ok");
        if faults.is_empty() {
            let wrong = search::check(&transaction)?;
            if wrong > 0 {
                faults.push(format!("{wrong} articles are not found by what they say"));
            }
        }
        Ok(faults)
    }

    /// One transaction that has the write lock from its beginning.
    fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// One transaction that sees one state of everything.
    fn read<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let transaction = self.connection.transaction()?;
        work(&transaction)
    }

    fn place(
        connection: &Connection,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
    ) -> Result<walks::Place, Fault> {
        Ok((
            codec::dataset(dataset),
            suppliers::number(connection, supplier)?,
        ))
    }

    /// The place of a supplier that is known.
    fn known_place(
        connection: &Connection,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
    ) -> Result<Option<walks::Place>, Fault> {
        let number = suppliers::known_number(connection, supplier)?;
        Ok(number.map(|number| (codec::dataset(dataset), number)))
    }
}

fn store(
    transaction: &Transaction<'_>,
    page: &NewPage<'_>,
    sorter: &mut Sorter,
) -> Result<Tally, Fault> {
    let place = SqliteCatalogue::place(transaction, page.dataset, &page.supplier)?;
    if !walks::expects(transaction, place, page)? {
        return Err(CatalogueError::conflict().into());
    }
    sorter.begin(transaction)?;
    let (mut tally, words) = rows::store(transaction, page, place.1)?;
    sorter.store(transaction, &words)?;
    tally.set_aside = page.set_aside.len() as u64;
    if page.dataset == Dataset::Media {
        for row in page.rows {
            media::put(transaction, page, place.1, row)?;
        }
    }
    walks::keep_aside(transaction, place, page)?;
    walks::advance(transaction, place, page, tally)?;
    Ok(tally)
}

fn finish(
    transaction: &Transaction<'_>,
    end: &WalkEnd<'_>,
    sorter: &mut Sorter,
) -> Result<(), Fault> {
    let place = SqliteCatalogue::known_place(transaction, end.dataset, &end.supplier)?
        .ok_or_else(CatalogueError::conflict)?;
    walks::finish(transaction, place, end)?;
    if !end.remove.is_empty() || !end.unlisted.is_empty() {
        let mut log = LogWriter::new(transaction, end.at, place)?;
        let mut words = NewWords::default();
        rows::end(
            transaction,
            end.dataset,
            &mut log,
            &mut words,
            (end.remove, end.unlisted),
            codec::moment(end.at),
        )?;
        search::insert(transaction, &words)?;
    }
    sorter.finish(transaction)?;
    if search::is_worn(transaction)? {
        search::rebuild(transaction)?;
    }
    Ok(())
}

impl Catalogue for SqliteCatalogue {
    fn take_lease(&mut self, holder: &Holder) -> Result<(), CatalogueError> {
        self.lease.take(holder)
    }

    fn release_lease(&mut self) {
        self.lease.release();
    }

    fn lease(&mut self) -> Result<Option<Holder>, CatalogueError> {
        self.lease.look()
    }

    fn list_suppliers(
        &mut self,
        listed: &[ListedSupplier],
        at: DateTime<Utc>,
    ) -> Result<SupplierNews, CatalogueError> {
        Ok(self.write(|transaction| suppliers::list(transaction, listed, at))?)
    }

    fn suppliers(&mut self) -> Result<Vec<KnownSupplier>, CatalogueError> {
        Ok(suppliers::all(&self.connection)?)
    }

    fn standing(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
    ) -> Result<Standing, CatalogueError> {
        let connection = &self.connection;
        match Self::known_place(connection, dataset, supplier)? {
            None => Ok(Standing::default()),
            Some(place) => Ok(walks::standing(connection, place, *supplier)?),
        }
    }

    fn begin_walk(&mut self, walk: &Walk) -> Result<(), CatalogueError> {
        Ok(self.write(|transaction| {
            let place = Self::place(transaction, walk.dataset, &walk.supplier)?;
            walks::begin(transaction, place, walk)
        })?)
    }

    fn store_page(&mut self, page: &NewPage<'_>) -> Result<Tally, CatalogueError> {
        let mut sorter = std::mem::take(&mut self.sorter);
        let stored = self.write(|transaction| store(transaction, page, &mut sorter));
        self.sorter = sorter;
        let tally = stored?;
        self.copier.note(page, tally);
        Ok(tally)
    }

    fn trail(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
    ) -> Result<Vec<Vec<u8>>, CatalogueError> {
        let connection = &self.connection;
        match Self::known_place(connection, dataset, supplier)? {
            None => Ok(Vec::new()),
            Some(place) => Ok(walks::trail(connection, place)?),
        }
    }

    fn finish_walk(&mut self, end: &WalkEnd<'_>) -> Result<(), CatalogueError> {
        let mut sorter = std::mem::take(&mut self.sorter);
        Ok(self.write(|transaction| finish(transaction, end, &mut sorter))?)
    }

    fn note_failure(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
        at: DateTime<Utc>,
        message: &str,
    ) -> Result<(), CatalogueError> {
        Ok(self.write(|transaction| {
            let place = Self::place(transaction, dataset, supplier)?;
            walks::note_failure(transaction, place, at, message)
        })?)
    }

    fn row(
        &mut self,
        dataset: Dataset,
        key: &RowKey<'_>,
    ) -> Result<Option<StoredRow>, CatalogueError> {
        Ok(self.read(
            |connection| match Table::of(dataset).find(connection, key)? {
                None => Ok(None),
                Some(id) => reading::row(connection, dataset, id),
            },
        )?)
    }

    fn rows(
        &mut self,
        filter: &RowFilter,
        after: Option<&RowKey<'_>>,
        limit: usize,
    ) -> Result<Vec<StoredRow>, CatalogueError> {
        let mut changed = self.changed.take();
        let found =
            self.read(|connection| reading::rows(connection, &mut changed, filter, after, limit));
        self.changed = changed;
        Ok(found?)
    }

    fn keys(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
        each: &mut dyn FnMut(&RowKey<'_>),
    ) -> Result<(), CatalogueError> {
        Ok(self.read(|connection| reading::keys(connection, dataset, supplier, each))?)
    }

    fn count(
        &mut self,
        dataset: Dataset,
        supplier: Option<&FinfoSupplierId>,
    ) -> Result<u64, CatalogueError> {
        Ok(self.read(|connection| reading::count(connection, dataset, supplier))?)
    }

    fn set_aside(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
    ) -> Result<Vec<(u64, String)>, CatalogueError> {
        let connection = &self.connection;
        match Self::known_place(connection, dataset, supplier)? {
            None => Ok(Vec::new()),
            Some(place) => Ok(walks::set_aside(connection, place)?),
        }
    }

    fn changes(
        &mut self,
        since: ChangesSince,
        limit: usize,
    ) -> Result<Vec<Change>, CatalogueError> {
        Ok(self.read(|connection| log::read(connection, since, limit))?)
    }

    fn find(&mut self, text: &str, limit: usize) -> Result<Vec<StoredRow>, CatalogueError> {
        Ok(self.read(|connection| search::find(connection, text, limit))?)
    }

    fn by_number(
        &mut self,
        supplier: Option<&FinfoSupplierId>,
        role: NumberRole,
        number: &str,
    ) -> Result<Vec<StoredRow>, CatalogueError> {
        Ok(self.read(|connection| search::by_number(connection, supplier, role, number))?)
    }

    fn assets(
        &mut self,
        filter: &AssetFilter,
        after: Option<AssetId>,
        limit: usize,
    ) -> Result<Vec<StoredAsset>, CatalogueError> {
        Ok(media::assets(&self.connection, filter, after, limit)?)
    }

    fn note_file(&mut self, asset: AssetId, file: &StoredFile) -> Result<(), CatalogueError> {
        Ok(self.write(|transaction| media::note_file(transaction, asset, file))?)
    }

    fn note_miss(
        &mut self,
        asset: AssetId,
        at: DateTime<Utc>,
        message: &str,
        passing: bool,
    ) -> Result<(), CatalogueError> {
        Ok(self.write(|transaction| media::note_miss(transaction, asset, at, message, passing))?)
    }

    fn file_with_checksum(&mut self, checksum: &str) -> Result<Option<StoredFile>, CatalogueError> {
        Ok(media::file_with_checksum(&self.connection, checksum)?)
    }

    fn file_bytes(&mut self) -> Result<u64, CatalogueError> {
        Ok(media::file_bytes(&self.connection)?)
    }
}
