//! The check of a list: every row, and what rows of the same FIN mean to each other.
//!
//! One pass reads the list in blocks that fit a core's cache. Workers take turns in fetching a block and read its
//! rows side by side: a sound row becomes twenty bytes on a shelf chosen by its FIN, an odd one goes through the
//! exact reading and is kept as it stands. Then the shelves are searched for equal FINs, each within the cache.

pub(crate) mod entry;
mod join;
mod odd;
pub(crate) mod quick;
mod shelves;
mod worker;

pub(crate) use odd::{OddRow, OddRows, Rows};

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Limit, ListError, ListErrorKind};
use crate::form::{self, RowForm};
use crate::list::Dialect;
use crate::open::{self, Opened, OpenedSheet, OpenedText};
use crate::options::{ListOptions, Source};
use crate::report::{CheckReport, Totals};
use crate::row::RowParser;
use entry::Entry;
use join::{Found, Joiner};
use odd::Counts;
use quick::Quick;
use shelves::Shelves;
use worker::{Failure, Finished, Shared, Worker};

/// Bytes of a list below which a second worker costs more than it brings.
const SMALL: u64 = 1 << 20;

/// Checks a list.
///
/// ```
/// use finkit_tables::{ListOptions, Source, check};
///
/// let csv = "fin,start_date,end_date,registration_date\n\
///            WVWZZZE1ZMP000001,2026-01-01,2026-06-30,2026-01-15T10:22:33+01:00\n\
///            WVWZZZE1ZMP000001,2026-06-30,2026-12-31,2026-07-01T09:00:00+02:00\n\
///            WVWZZZE1ZMPO00002,2026-01-01,2026-12-31,2026-01-15T10:22:33+01:00\n";
/// let report = check(Source::bytes(csv), &ListOptions::default())?;
/// assert_eq!(report.totals.rows, 3);
/// assert_eq!(report.totals.overlaps, 1);
/// let fault = report.faults().next().expect("the O is no zero")?;
/// assert_eq!(fault.cell().as_deref(), Some("A4"));
/// assert_eq!(fault.proposal.as_deref(), Some("WVWZZZE1ZMP000002"));
/// # Ok::<(), finkit_tables::ListError>(())
/// ```
///
/// # Errors
///
/// [`ListError`] when the list cannot be read at all or to its end; faults of single rows are no errors.
pub fn check(source: Source, options: &ListOptions) -> Result<CheckReport, ListError> {
    match open::open(source, options)? {
        Opened::Text(opened) => check_text(opened, options),
        Opened::Sheet(opened) => check_sheet(*opened),
    }
}

/// A workbook can only be unpacked from front to back, so there is one worker.
fn check_sheet(opened: OpenedSheet) -> Result<CheckReport, ListError> {
    let OpenedSheet {
        mut workbook,
        parser,
        dialect,
    } = opened;
    let mut finished = Finished::new(SHEET_SHELF_BITS);
    let mut packed = Vec::new();
    workbook.rows(|number, cells| {
        let parsed = parser.parse(number, cells, false);
        if finished.exact_row(0, number as u32, &parsed) {
            packed.clear();
            form::pack(cells, &mut packed);
            finished.keep(0, number as u32, &packed)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    // Rows of a sheet are counted as they are.
    report(
        vec![finished],
        Arc::new([0]),
        parser,
        RowForm::Packed,
        dialect,
        1,
    )
}

/// Shelves for at most a million rows.
const SHEET_SHELF_BITS: u32 = 6;

fn check_text(opened: OpenedText, options: &ListOptions) -> Result<CheckReport, ListError> {
    let size = opened.size.unwrap_or(u64::MAX);
    let threads = match options.threads {
        Some(threads) => threads.clamp(1, 64),
        None if size < SMALL => 1,
        None => std::thread::available_parallelism().map_or(1, |threads| threads.get().min(8)),
    };
    let quick = opened
        .delimiter
        .and_then(|delimiter| Quick::new(&opened.parser, delimiter, opened.newline));
    let shared = Shared {
        quick,
        blocks: Mutex::new(opened.blocks),
        delimiter: opened.delimiter,
        newline: opened.newline,
        form: opened.form,
        parser: opened.parser,
        skipped: opened.skipped,
        shelf_bits: shelf_bits(opened.size),
    };
    let finished = side_by_side(threads, || Worker::new(&shared).run());
    let bases = first_rows(&finished);
    if let Some(error) = first_failure(&finished, &bases) {
        return Err(error);
    }
    report(
        finished,
        bases.into(),
        shared.parser,
        shared.form,
        opened.dialect,
        threads,
    )
}

/// How many shelves: so many that the rows of one fit a core's cache.
fn shelf_bits(size: Option<u64>) -> u32 {
    const BYTES_PER_SHELF: u64 = 512 << 10;
    let shelves = size.map_or(256, |size| size / BYTES_PER_SHELF);
    shelves
        .clamp(1, 2048)
        .next_power_of_two()
        .trailing_zeros()
        .max(1)
}

/// Does the same on several threads, this one included.
fn side_by_side<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    if threads == 1 {
        return vec![work()];
    }
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(&work)).collect();
        let mut results = vec![work()];
        for other in others {
            match other.join() {
                Ok(result) => results.push(result),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

/// The number of the first row of each block, and of the first row behind all of them.
fn first_rows(finished: &[Finished]) -> Vec<u64> {
    let mut counts: Vec<(u32, u32)> = finished
        .iter()
        .flat_map(|worker| worker.blocks.iter().copied())
        .collect();
    counts.sort_unstable();
    let mut next = 1;
    let mut bases = vec![next];
    for (_, count) in counts {
        next += u64::from(count);
        bases.push(next);
    }
    bases
}

/// The error that stands first in the list.
fn first_failure(finished: &[Finished], bases: &[u64]) -> Option<ListError> {
    let behind = bases.last().copied().unwrap_or(1);
    let row = |failure: &Failure| match failure {
        // A block before it may be missing where an odd row could not be kept.
        Failure::Nul(row) => bases
            .get(row.block())
            .map_or(behind, |base| base + row.local()),
        Failure::Broken(_) | Failure::Rows | Failure::Store(_) => behind,
    };
    let first = finished
        .iter()
        .flat_map(|worker| &worker.failures)
        .min_by_key(|failure| row(failure))?;
    Some(match first {
        Failure::Nul(_) => ListErrorKind::NulByte { row: row(first) }.into(),
        Failure::Broken(broken) => broken.at(behind),
        Failure::Rows => ListError::limit(
            Limit::Rows,
            u64::from(entry::MOST_BLOCKS) << 21,
            Some(behind),
        ),
        Failure::Store(error) => ListError::with(ListErrorKind::Read, error.to_string()),
    })
}

fn report(
    finished: Vec<Finished>,
    bases: Arc<[u64]>,
    parser: Arc<RowParser>,
    form: RowForm,
    dialect: Arc<Dialect>,
    threads: usize,
) -> Result<CheckReport, ListError> {
    let mut totals = Totals::default();
    let mut counts = Counts::default();
    let mut shelves = Vec::new();
    let mut stores = Vec::new();
    for worker in finished {
        totals.rows += worker.totals.rows;
        totals.blank += worker.totals.blank;
        totals.sound += worker.totals.sound;
        totals.faulty += worker.totals.faulty;
        totals.warned += worker.totals.warned;
        counts.merge(&worker.counts);
        shelves.push(worker.shelves);
        stores.push((worker.odd, worker.counts));
    }
    let next = AtomicUsize::new(0);
    let parts = side_by_side(threads, || join(&shelves, &bases, &next));
    drop(shelves);
    let found = parts.into_iter().reduce(Found::merge).unwrap_or_default();
    totals.fins = found.fins;
    totals.in_conflict = found.in_conflict;
    totals.duplicates = found.duplicates;
    totals.overlaps = found.overlaps;
    Ok(CheckReport {
        dialect,
        totals,
        kinds: counts.sorted(),
        conflicts: found.conflicts,
        disjoint: found.disjoint,
        odd_rows: OddRows::new(stores, bases, parser, form),
    })
}

/// Searches shelves until none is left.
fn join(shelves: &[Shelves], bases: &[u64], next: &AtomicUsize) -> Found {
    let mut joiner = Joiner::new(bases);
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let shelf = next.fetch_add(1, Ordering::Relaxed);
        if shelf >= shelves[0].count() {
            return joiner.finish();
        }
        entries.clear();
        for worker in shelves {
            worker.collect(shelf, &mut entries);
        }
        joiner.shelf(&mut entries);
    }
}
