//! Rows that there is something to say about, kept as they stood in the list. What there is to say is worked out
//! again when somebody asks, so a list of millions of faulty rows needs memory for none of them; beyond a bound the
//! rows themselves move to a nameless temporary file.

use std::cmp::Reverse;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use crate::error::{ListError, ListErrorKind};
use crate::fault::{Fault, Severity};
use crate::form::RowForm;
use crate::report::KindCount;
use crate::row::RowParser;

/// Bytes of odd rows that each worker keeps in memory.
const IN_MEMORY: usize = 16 << 20;

/// Bytes before each row: its place in the block, its length, how many things there are to say about it.
const HEAD: usize = 9;

/// Bytes of each thing to say: its kind and its column.
const MARK: usize = 3;

/// A thing to say about a row: its kind by its place among the worker's [`Counts`], and its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    kind: u8,
    /// `u16::MAX` where the whole row is meant.
    column: u16,
}

/// The odd rows that one worker met.
#[derive(Debug)]
pub(crate) struct OddStore {
    memory: Vec<u8>,
    file: Option<File>,
    /// Bytes that are in the file.
    spilled: u64,
    /// Block, start and length of each run of rows, in the order of the blocks.
    runs: Vec<Run>,
    kept_most: usize,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    block: u32,
    start: u64,
    length: u32,
}

impl Default for OddStore {
    fn default() -> Self {
        Self {
            memory: Vec::new(),
            file: None,
            spilled: 0,
            runs: Vec::new(),
            kept_most: IN_MEMORY,
        }
    }
}

impl OddStore {
    /// Keeps a row; rows come in the order of their blocks and, within one, of their places.
    pub(crate) fn keep(
        &mut self,
        block: u32,
        local: u32,
        row: &[u8],
        marks: &[Mark],
    ) -> Result<(), ListError> {
        // More cannot be said about a row than its columns have room for several times over.
        let marks = &marks[..marks.len().min(255)];
        let length = HEAD + marks.len() * MARK + row.len();
        if self.memory.len() + length > self.kept_most {
            self.spill()
                .map_err(|error| ListError::with(ListErrorKind::Read, error))?;
        }
        let start = self.spilled + self.memory.len() as u64;
        self.memory.extend_from_slice(&local.to_le_bytes());
        self.memory
            .extend_from_slice(&(row.len() as u32).to_le_bytes());
        self.memory.push(marks.len() as u8);
        for mark in marks {
            let [low, high] = mark.column.to_le_bytes();
            self.memory.extend_from_slice(&[mark.kind, low, high]);
        }
        self.memory.extend_from_slice(row);
        let length = length as u32;
        match self.runs.last_mut() {
            Some(run) if run.block == block && run.length < 1 << 24 => run.length += length,
            _ => self.runs.push(Run {
                block,
                start,
                length,
            }),
        }
        Ok(())
    }

    fn spill(&mut self) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.write_all(&self.memory)?;
        self.spilled += self.memory.len() as u64;
        self.memory.clear();
        Ok(())
    }

    fn read(&self, run: &Run, bytes: &mut Vec<u8>) -> std::io::Result<()> {
        bytes.clear();
        let end = run.start + u64::from(run.length);
        if run.start < self.spilled {
            // A run may lie across the border.
            let there = end.min(self.spilled) - run.start;
            bytes.resize(there as usize, 0);
            let mut file = self.file.as_ref().ok_or(std::io::ErrorKind::NotFound)?;
            file.seek(SeekFrom::Start(run.start))?;
            file.read_exact(bytes)?;
        }
        let from = run.start.max(self.spilled) - self.spilled;
        let to = end.max(self.spilled) - self.spilled;
        bytes.extend_from_slice(&self.memory[from as usize..to as usize]);
        Ok(())
    }
}

/// How often each kind occurs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts(Vec<KindCount>);

impl Counts {
    /// Counts a fault; what is returned stands for it in an [`OddStore`] beside these counts.
    pub(crate) fn count(&mut self, fault: &Fault) -> Mark {
        let kind = self.add(fault.kind.code(), fault.severity, 1);
        let column = fault
            .column
            .as_ref()
            .map_or(u16::MAX, |column| column.index as u16);
        Mark {
            kind: kind as u8,
            column,
        }
    }

    fn add(&mut self, code: &'static str, severity: Severity, more: u64) -> usize {
        let known = self
            .0
            .iter()
            .position(|known| known.code == code && known.severity == severity);
        let place = known.unwrap_or_else(|| {
            self.0.push(KindCount {
                code,
                severity,
                count: 0,
            });
            self.0.len() - 1
        });
        self.0[place].count += more;
        place
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for kind in &other.0 {
            self.add(kind.code, kind.severity, kind.count);
        }
    }

    /// Faults first, the most frequent first.
    pub(crate) fn sorted(mut self) -> Vec<KindCount> {
        self.0
            .sort_by_key(|kind| (kind.severity, Reverse(kind.count), kind.code));
        self.0
    }
}

/// All odd rows of a list.
#[derive(Debug)]
pub(crate) struct OddRows {
    stores: Vec<(OddStore, Counts)>,
    /// Store and place of each run, in the order of the list.
    order: Vec<(u32, u32)>,
    /// First row of each block.
    bases: Arc<[u64]>,
    parser: Arc<RowParser>,
    form: RowForm,
}

impl OddRows {
    pub(crate) fn new(
        stores: Vec<(OddStore, Counts)>,
        bases: Arc<[u64]>,
        parser: Arc<RowParser>,
        form: RowForm,
    ) -> Self {
        let mut order: Vec<(u32, u32)> = Vec::new();
        for ((store, _), index) in stores.iter().zip(0..) {
            order.extend((0..store.runs.len() as u32).map(|run| (index, run)));
        }
        let run = |&(store, run): &(u32, u32)| stores[store as usize].0.runs[run as usize];
        // Runs of one block are of one worker and stay in its order.
        order.sort_by_key(|place| run(place).block);
        Self {
            stores,
            order,
            bases,
            parser,
            form,
        }
    }

    /// Goes through the rows in their order.
    pub(crate) fn rows(&self) -> Rows<'_> {
        Rows {
            rows: self,
            next_run: 0,
            bytes: Vec::new(),
            store: 0,
            block: 0,
            at: 0,
        }
    }

    /// What there is to say about a row.
    pub(crate) fn explain(&self, row: &OddRow<'_>) -> Vec<Fault> {
        self.form.parse(&self.parser, row.number, row.bytes).faults
    }
}

/// An odd row as it was kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OddRow<'a> {
    pub(crate) number: u64,
    bytes: &'a [u8],
    marks: &'a [u8],
    counts: &'a Counts,
}

impl<'a> OddRow<'a> {
    /// Kind and column of everything there is to say about it.
    pub(crate) fn marks(&self) -> impl Iterator<Item = (&'a KindCount, Option<u32>)> + use<'a> {
        let counts = self.counts;
        let (marks, _) = self.marks.as_chunks::<MARK>();
        marks.iter().map(move |&[kind, low, high]| {
            let column = u16::from_le_bytes([low, high]);
            (
                &counts.0[usize::from(kind)],
                (column != u16::MAX).then_some(u32::from(column)),
            )
        })
    }
}

/// The odd rows one by one; a lending iterator.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    rows: &'a OddRows,
    next_run: usize,
    bytes: Vec<u8>,
    store: usize,
    block: u32,
    at: usize,
}

impl Rows<'_> {
    /// The next row; `None` when there are none left.
    pub(crate) fn next(&mut self) -> Result<Option<OddRow<'_>>, ListError> {
        if self.at == self.bytes.len() {
            let Some(&(store, run)) = self.rows.order.get(self.next_run) else {
                return Ok(None);
            };
            self.next_run += 1;
            self.store = store as usize;
            self.at = 0;
            let (store, _) = &self.rows.stores[self.store];
            let run = &store.runs[run as usize];
            self.block = run.block;
            if let Err(error) = store.read(run, &mut self.bytes) {
                self.bytes.clear();
                self.next_run = self.rows.order.len();
                return Err(ListError::with(ListErrorKind::Read, error));
            }
        }
        let word = |at: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&self.bytes[at..at + 4]);
            u32::from_le_bytes(word)
        };
        let (local, length) = (word(self.at), word(self.at + 4) as usize);
        let marks = self.at + HEAD;
        let row = marks + usize::from(self.bytes[self.at + HEAD - 1]) * MARK;
        self.at = row + length;
        Ok(Some(OddRow {
            number: self.rows.bases[self.block as usize] + u64::from(local),
            marks: &self.bytes[marks..row],
            bytes: &self.bytes[row..row + length],
            counts: &self.rows.stores[self.store].1,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_beyond_the_bound_are_read_back_from_the_file() {
        let mut store = OddStore {
            kept_most: 100,
            ..OddStore::default()
        };
        let rows: Vec<Vec<u8>> = (0..50u8)
            .map(|number| vec![number; usize::from(number)])
            .collect();
        let mark = |number: u32| Mark {
            kind: 0,
            column: number as u16,
        };
        for (row, number) in rows.iter().zip(0..) {
            store
                .keep(number / 10, number, row, &[mark(number)])
                .unwrap();
        }
        assert!(store.spilled > 0 && !store.memory.is_empty());
        let mut counts = Counts::default();
        counts.add("some-kind", Severity::Fault, 50);
        let layout = crate::row::Layout {
            places: [None; 4],
            columns: Vec::new(),
            strict_width: false,
        };
        let parser = RowParser {
            layout,
            options: Arc::default(),
        };
        let odd = OddRows::new(
            vec![(store, counts)],
            Arc::from([0; 5]),
            Arc::new(parser),
            RowForm::Packed,
        );
        let mut found = odd.rows();
        for (row, number) in rows.iter().zip(0..) {
            let odd = found.next().unwrap().unwrap();
            assert_eq!((odd.number, odd.bytes), (u64::from(number), row.as_slice()));
            let (kind, column) = odd.marks().next().unwrap();
            assert_eq!((kind.code, column), ("some-kind", Some(number)));
        }
        assert!(found.next().unwrap().is_none());
    }
}
