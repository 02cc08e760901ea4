//! The catalogue: where suppliers, rows, walks, changes and files are kept, whatever that is.
//!
//! [`Catalogue`] says what must be kept and which steps must not be torn apart; [`MemoryCatalogue`] keeps it for as long
//! as the program runs. `finkit-store` has one on SQLite.

mod asset;
mod change;
mod error;
mod key;
mod memory;
mod row;
mod supplier;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod walk;

use chrono::{DateTime, Utc};
use finkit_core::FinfoSupplierId;

pub use asset::{AssetFilter, AssetId, Miss, StoredAsset, StoredFile};
pub use change::{Change, ChangeKind, ChangesSince, FieldChange, field_changes, record_changes};
pub use error::{CatalogueError, CatalogueErrorKind, Holder};
pub use key::{ArticleRef, Dataset, NotAnArticle, RowKey, UnknownDataset};
pub use memory::MemoryCatalogue;
pub use row::{NewPage, NewRow, NumberRole, RowFilter, SetAside, StoredRow};
pub use supplier::{KnownSupplier, ListedSupplier, SupplierNews};
pub use walk::{Failure, OpenWalk, Standing, Tally, Walk, WalkPurpose, WalkSpan, Watermark};

/// The end of a walk: what is stored in one step.
#[derive(Debug)]
pub struct WalkEnd<'a> {
    /// What was read.
    pub dataset: Dataset,
    /// Whose rows.
    pub supplier: FinfoSupplierId,
    /// The pass; the end is refused unless the open walk is in the same.
    pub pass: u32,
    /// The time of the run.
    pub at: DateTime<Utc>,
    /// Rows that go: further rows of an article without an agreement that the service no longer has.
    pub remove: &'a [RowKey<'static>],
    /// Rows that a complete list doesn't have. They stay and are marked with the time, unless they are already.
    pub unlisted: &'a [RowKey<'static>],
}

/// Where everything is kept.
///
/// # What must not be torn apart
///
/// Each method happens whole or not at all, and what it accepted is there after a crash of the process. Above all:
///
/// * [`store_page`](Self::store_page): the rows, their entries in the change log, what is searched in, the assets of
///   media, the rows set aside, the trail, and the progress of the walk are **one transaction**. A walk then never claims
///   rows that are not there, nor are there rows that it would count twice.
/// * [`finish_walk`](Self::finish_walk): removed and unlisted rows, the watermark, the end of the walk and of its trail
///   are one transaction. The watermark moves here and nowhere else.
/// * [`begin_walk`](Self::begin_walk): the new walk and the end of the trail of the one before are one transaction.
///
/// After a crash of the machine the last of these steps may be missing, but only as a whole and only from the end: a walk
/// that stands a few pages further back is read again from there. (On SQLite: write-ahead log, `synchronous=NORMAL`.)
///
/// # Rules for rows
///
/// A stored row whose JSON is the same byte for byte is *unchanged*. Otherwise
/// [`field_changes`] decides: none means *unchanged*, and the new spelling is kept; else the row is
/// *changed*, and each field goes into the change log with its old and its new JSON. A row that was marked as unlisted and
/// comes again loses its mark, with an entry [`Relisted`](ChangeKind::Relisted). A row of a
/// [`Finfo`](ArticleRef::Finfo) article that comes in the list of another supplier moves to that supplier.
///
/// Methods block; a sync calls them on a thread of their own.
pub trait Catalogue: Send + 'static {
    /// Takes the catalogue for a run, until it is released or the process ends.
    ///
    /// A lease must end with its process, however that ends (on one machine: a lock of the operating system).
    ///
    /// # Errors
    /// [`CatalogueErrorKind::Held`] with the [`Holder`] when another run has it, of this process or another.
    fn take_lease(&mut self, holder: &Holder) -> Result<(), CatalogueError>;

    /// Gives the lease back. Nothing happens without one.
    fn release_lease(&mut self);

    /// Who has the lease now, if anybody.
    ///
    /// # Errors
    /// When that can't be read.
    fn lease(&mut self) -> Result<Option<Holder>, CatalogueError>;

    /// Notes the suppliers that the service lists now. Suppliers that it no longer lists are marked; nothing of theirs
    /// is removed.
    ///
    /// # Errors
    /// When it can't be written.
    fn list_suppliers(
        &mut self,
        listed: &[ListedSupplier],
        at: DateTime<Utc>,
    ) -> Result<SupplierNews, CatalogueError>;

    /// Every supplier that was ever listed, by number.
    ///
    /// # Errors
    /// When they can't be read.
    fn suppliers(&mut self) -> Result<Vec<KnownSupplier>, CatalogueError>;

    /// How a supplier's rows stand. A supplier that nothing is known of stands at the [default](Standing::default).
    ///
    /// # Errors
    /// When it can't be read.
    fn standing(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
    ) -> Result<Standing, CatalogueError>;

    /// Begins a walk or another pass of one, in place of the one that is open. Its trail is empty and it stands at the
    /// first row. The tally goes on if the open walk has the same span, purpose and start; otherwise it begins at nothing.
    ///
    /// # Errors
    /// When it can't be written.
    fn begin_walk(&mut self, walk: &Walk) -> Result<(), CatalogueError>;

    /// Stores the rows of a page and moves the open walk forward, in one transaction.
    ///
    /// # Errors
    /// [`CatalogueErrorKind::Conflict`] when the open walk is in another pass or stands elsewhere; another kind when it
    /// can't be written. Then nothing of the page is stored.
    fn store_page(&mut self, page: &NewPage<'_>) -> Result<Tally, CatalogueError>;

    /// The trails of the pages that the open walk has stored in this pass, in order.
    ///
    /// # Errors
    /// When they can't be read.
    fn trail(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
    ) -> Result<Vec<Vec<u8>>, CatalogueError>;

    /// Ends the open walk, in one transaction. When its purpose is [`Follow`](WalkPurpose::Follow), the watermark moves
    /// to [`Walk::complete_to`], but never back; `full_at` moves when it read everything. The failure is forgotten.
    ///
    /// # Errors
    /// [`CatalogueErrorKind::Conflict`] when no walk is open or it is in another pass.
    fn finish_walk(&mut self, end: &WalkEnd<'_>) -> Result<(), CatalogueError>;

    /// Notes that a supplier failed. Walk and watermark stay where they are.
    ///
    /// # Errors
    /// When it can't be written.
    fn note_failure(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
        at: DateTime<Utc>,
        message: &str,
    ) -> Result<(), CatalogueError>;

    /// One row.
    ///
    /// # Errors
    /// When it can't be read.
    fn row(
        &mut self,
        dataset: Dataset,
        key: &RowKey<'_>,
    ) -> Result<Option<StoredRow>, CatalogueError>;

    /// Rows in an order that stays the same, from the one after `after` on, at most `limit`.
    ///
    /// # Errors
    /// When they can't be read.
    fn rows(
        &mut self,
        filter: &RowFilter,
        after: Option<&RowKey<'_>>,
        limit: usize,
    ) -> Result<Vec<StoredRow>, CatalogueError>;

    /// Hands out the keys of a supplier's rows that are not marked as unlisted, in any order.
    ///
    /// # Errors
    /// When they can't be read.
    fn keys(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
        each: &mut dyn FnMut(&RowKey<'_>),
    ) -> Result<(), CatalogueError>;

    /// How many rows there are, those that are unlisted not counted.
    ///
    /// # Errors
    /// When it can't be read.
    fn count(
        &mut self,
        dataset: Dataset,
        supplier: Option<&FinfoSupplierId>,
    ) -> Result<u64, CatalogueError>;

    /// Rows that came without any key: the place in their walk and the JSON, each JSON once, the oldest first. A pass over
    /// [everything](WalkSpan::All) begins with none.
    ///
    /// # Errors
    /// When they can't be read.
    fn set_aside(
        &mut self,
        dataset: Dataset,
        supplier: &FinfoSupplierId,
    ) -> Result<Vec<(u64, String)>, CatalogueError>;

    /// Entries of the change log in their order, at most `limit`.
    ///
    /// # Errors
    /// When they can't be read.
    fn changes(&mut self, since: ChangesSince, limit: usize)
    -> Result<Vec<Change>, CatalogueError>;

    /// Articles in whose names, numbers, brand or GTINs every word of `text` occurs as a word or the beginning of one;
    /// case doesn't matter, å, ä and ö are letters of their own. The best first, at most `limit`; the fields are those of
    /// [`ArticleField::SEARCHED`](crate::wire::ArticleField::SEARCHED).
    ///
    /// # Errors
    /// When they can't be read.
    fn find(&mut self, text: &str, limit: usize) -> Result<Vec<StoredRow>, CatalogueError>;

    /// Articles of a supplier, or of any, that have this number in this role.
    ///
    /// # Errors
    /// When they can't be read.
    fn by_number(
        &mut self,
        supplier: Option<&FinfoSupplierId>,
        role: NumberRole,
        number: &str,
    ) -> Result<Vec<StoredRow>, CatalogueError>;

    /// Pictures and documents by number, from the one after `after` on, at most `limit`.
    ///
    /// A stored page of [`Dataset::Media`] brings them: for each of its rows the assets that
    /// [`assets`](crate::wire::assets) finds, matched by slot with those that are there. One in a slot of before stays the
    /// same asset and keeps its file; when its JSON is another than before, its miss is forgotten. A slot that is no longer
    /// named marks its asset as gone.
    ///
    /// # Errors
    /// When they can't be read.
    fn assets(
        &mut self,
        filter: &AssetFilter,
        after: Option<AssetId>,
        limit: usize,
    ) -> Result<Vec<StoredAsset>, CatalogueError>;

    /// Notes that a file was fetched for an asset, or that it is there already; forgets its misses.
    ///
    /// # Errors
    /// When it can't be written.
    fn note_file(&mut self, asset: AssetId, file: &StoredFile) -> Result<(), CatalogueError>;

    /// Notes that a file could not be fetched. The file of before stays.
    ///
    /// # Errors
    /// When it can't be written.
    fn note_miss(
        &mut self,
        asset: AssetId,
        at: DateTime<Utc>,
        message: &str,
        passing: bool,
    ) -> Result<(), CatalogueError>;

    /// A verified file with this checksum, whichever asset it was fetched for.
    ///
    /// # Errors
    /// When it can't be read.
    fn file_with_checksum(&mut self, checksum: &str) -> Result<Option<StoredFile>, CatalogueError>;

    /// Bytes of all files, each counted once.
    ///
    /// # Errors
    /// When it can't be read.
    fn file_bytes(&mut self) -> Result<u64, CatalogueError>;
}
