//! One of the workers that read a list side by side.

use std::sync::{Arc, Mutex, PoisonError};

use memchr::memchr;

use crate::check::entry::{Entry, Key, MOST_BLOCKS, PackedPeriod, RowId};
use crate::check::odd::{Counts, Mark, OddStore};
use crate::check::quick::{Batch, Quick};
use crate::check::shelves::Shelves;
use crate::error::ListError;
use crate::fault::Severity;
use crate::form::RowForm;
use crate::read::next_row;
use crate::report::Totals;
use crate::row::{Parsed, RowParser};
use crate::text::blocks::{Block, Blocks, Broken};

/// What all workers share.
pub(crate) struct Shared {
    pub(crate) blocks: Mutex<Blocks>,
    pub(crate) delimiter: Option<u8>,
    pub(crate) newline: u8,
    pub(crate) form: RowForm,
    pub(crate) parser: Arc<RowParser>,
    /// Rows above the data.
    pub(crate) skipped: u64,
    pub(crate) shelf_bits: u32,
    /// `None` where every row is read exactly.
    pub(crate) quick: Option<Quick>,
}

/// What stopped a worker.
pub(crate) enum Failure {
    /// A NUL byte in this row.
    Nul(RowId),
    /// There is no further block.
    Broken(Broken),
    /// More rows than can be counted.
    Rows,
    /// An odd row could not be kept.
    Store(ListError),
}

/// What a worker leaves.
pub(crate) struct Finished {
    pub(crate) shelves: Shelves,
    pub(crate) odd: OddStore,
    pub(crate) counts: Counts,
    /// What there is to say about the last row that was read exactly.
    marks: Vec<Mark>,
    pub(crate) totals: Totals,
    /// Rows of each block, headings and blank ones included.
    pub(crate) blocks: Vec<(u32, u32)>,
    pub(crate) failures: Vec<Failure>,
}

pub(crate) struct Worker<'a> {
    shared: &'a Shared,
    batch: Batch,
    finished: Finished,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        let finished = Finished::new(shared.shelf_bits);
        Self {
            shared,
            batch: Batch::new(),
            finished,
        }
    }

    /// Works until there is no block left.
    pub(crate) fn run(mut self) -> Finished {
        let mut block = Block::default();
        loop {
            let next = self
                .shared
                .blocks
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next(&mut block);
            match next {
                Ok(true) if block.index >= MOST_BLOCKS => {
                    self.finished.failures.push(Failure::Rows);
                }
                Ok(true) => {
                    if let Err(failure) = self.block(&block) {
                        self.finished.failures.push(failure);
                    }
                }
                Ok(false) => break,
                Err(broken) => {
                    self.finished.failures.push(Failure::Broken(broken));
                    break;
                }
            }
            if !self.finished.failures.is_empty() {
                break;
            }
        }
        self.finished
    }

    fn block(&mut self, block: &Block) -> Result<(), Failure> {
        let Shared {
            delimiter,
            newline,
            skipped,
            ..
        } = *self.shared;
        let skipped = if block.index == 0 { skipped } else { 0 };
        let nul = memchr(0, block.rows());
        let mut local = 0;
        let mut at = 0;
        if let Some(quick) = self.shared.quick.as_ref().filter(|_| nul.is_none()) {
            local = self.quick_rows(quick, block, skipped)?;
            self.finished.blocks.push((block.index, local));
            return Ok(());
        }
        while let Some((row, next)) = next_row(block, at, delimiter, newline) {
            if nul.is_some_and(|nul| nul < next) {
                // No block is missing among the counted ones, and what comes behind this row stands behind it.
                self.finished.blocks.push((block.index, local + 1));
                return Err(Failure::Nul(RowId::new(block.index, local)));
            }
            at = next;
            if u64::from(local) >= skipped {
                self.odd_row(block.index, local, row)?;
            }
            local += 1;
        }
        self.finished.blocks.push((block.index, local));
        Ok(())
    }

    /// The rows of a block without NUL bytes; gives their number.
    fn quick_rows(&mut self, quick: &Quick, block: &Block, skipped: u64) -> Result<u32, Failure> {
        let Shared {
            delimiter, newline, ..
        } = *self.shared;
        let bytes = block.rows_and_slack();
        let end = block.rows().len();
        let mut local = 0;
        let mut at = 0;
        let mut sound = 0;
        while at < end {
            if u64::from(local) < skipped {
                at = next_row(block, at, delimiter, newline).map_or(end, |(_, next)| next);
                local += 1;
                continue;
            }
            at = quick.rows(bytes, at, end, &mut self.batch);
            let rows = self.batch.rows();
            for (row, place) in rows.iter().zip(local..) {
                let entry = Entry::new(row.key, row.period, RowId::new(block.index, place));
                self.finished.shelves.put(row.key, entry);
            }
            local += rows.len() as u32;
            sound += rows.len() as u64;
            if self.batch.is_full() {
                continue;
            }
            if let Some((row, next)) = next_row(block, at, delimiter, newline) {
                self.odd_row(block.index, local, row)?;
                at = next;
                local += 1;
            }
        }
        self.finished.totals.rows += sound;
        self.finished.totals.sound += sound;
        Ok(local)
    }

    /// A row that the quick reading leaves to the exact one.
    fn odd_row(&mut self, block: u32, local: u32, row: &[u8]) -> Result<(), Failure> {
        let parsed = self.shared.form.parse(&self.shared.parser, 0, row);
        if self.finished.exact_row(block, local, &parsed) {
            self.finished
                .keep(block, local, row)
                .map_err(Failure::Store)?;
        }
        Ok(())
    }
}

impl Finished {
    pub(crate) fn new(shelf_bits: u32) -> Self {
        Self {
            shelves: Shelves::new(shelf_bits),
            odd: OddStore::default(),
            counts: Counts::default(),
            marks: Vec::new(),
            totals: Totals::default(),
            blocks: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Counts a row that was read exactly; gives whether there is anything to say about it, so that it is to be kept.
    pub(crate) fn exact_row(&mut self, block: u32, local: u32, parsed: &Parsed) -> bool {
        let totals = &mut self.totals;
        if parsed.blank {
            totals.blank += 1;
            return false;
        }
        totals.rows += 1;
        if parsed.is_sound() {
            totals.sound += 1;
            if let (Some(fin), Some(period)) = (&parsed.fin, &parsed.period) {
                let key = Key::of(fin);
                let entry = Entry::new(key, PackedPeriod::pack(period), RowId::new(block, local));
                self.shelves.put(key, entry);
            }
        } else {
            totals.faulty += 1;
        }
        if parsed
            .faults
            .iter()
            .any(|fault| fault.severity == Severity::Warning)
        {
            totals.warned += 1;
        }
        self.marks.clear();
        self.marks
            .extend(parsed.faults.iter().map(|fault| self.counts.count(fault)));
        !parsed.faults.is_empty()
    }

    /// Keeps the last row that was read exactly.
    pub(crate) fn keep(&mut self, block: u32, local: u32, row: &[u8]) -> Result<(), ListError> {
        self.odd.keep(block, local, row, &self.marks)
    }
}
