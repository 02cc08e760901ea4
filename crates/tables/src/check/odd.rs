//! Rows that there is something to say about, kept as they stood in the list. What there is to say is worked out
//! again when somebody asks, so a list of millions of faulty rows needs memory for none of them; beyond a bound the
//! rows themselves move to a nameless temporary file.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use crate::error::{ListError, ListErrorKind};
use crate::fault::{Fault, FaultKind, Severity};
use crate::form::RowForm;
use crate::report::KindCount;
use crate::row::{Parsed, RowParser};

/// Bytes of odd rows that each worker keeps in memory.
const IN_MEMORY: usize = 16 << 20;

/// Bytes before each row: its place in the block and its length.
const HEAD: usize = 8;

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
    pub(crate) fn keep(&mut self, block: u32, local: u32, row: &[u8]) -> Result<(), ListError> {
        if self.memory.len() + row.len() + HEAD > self.kept_most {
            self.spill()
                .map_err(|error| ListError::with(ListErrorKind::Read, error))?;
        }
        let start = self.spilled + self.memory.len() as u64;
        self.memory.extend_from_slice(&local.to_le_bytes());
        self.memory
            .extend_from_slice(&(row.len() as u32).to_le_bytes());
        self.memory.extend_from_slice(row);
        let length = (row.len() + HEAD) as u32;
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
    pub(crate) fn count(&mut self, kind: &FaultKind, severity: Severity) {
        self.add(kind.code(), severity, 1);
    }

    fn add(&mut self, code: &'static str, severity: Severity, more: u64) {
        match self
            .0
            .iter_mut()
            .find(|known| known.code == code && known.severity == severity)
        {
            Some(known) => known.count += more,
            None => self.0.push(KindCount {
                code,
                severity,
                count: more,
            }),
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for kind in &other.0 {
            self.add(kind.code, kind.severity, kind.count);
        }
    }

    /// Faults first, the most frequent first.
    pub(crate) fn sorted(mut self) -> Vec<KindCount> {
        self.0
            .sort_by_key(|kind| (kind.severity, std::cmp::Reverse(kind.count), kind.code));
        self.0
    }
}

/// All odd rows of a list.
#[derive(Debug)]
pub(crate) struct OddRows {
    stores: Vec<OddStore>,
    /// Store and place of each run, in the order of the list.
    order: Vec<(u32, u32)>,
    /// First row of each block.
    bases: Arc<[u64]>,
    parser: Arc<RowParser>,
    form: RowForm,
}

impl OddRows {
    pub(crate) fn new(
        stores: Vec<OddStore>,
        bases: Arc<[u64]>,
        parser: Arc<RowParser>,
        form: RowForm,
    ) -> Self {
        let mut order: Vec<(u32, u32)> = Vec::new();
        for (store, index) in stores.iter().zip(0..) {
            order.extend((0..store.runs.len() as u32).map(|run| (index, run)));
        }
        let run = |&(store, run): &(u32, u32)| stores[store as usize].runs[run as usize];
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

    pub(crate) fn faults(&self) -> Faults<'_> {
        Faults {
            rows: self,
            next_run: 0,
            bytes: Vec::new(),
            block: 0,
            at: 0,
            ready: Vec::new().into_iter(),
        }
    }

    fn parse(&self, number: u64, row: &[u8]) -> Parsed {
        self.form.parse(&self.parser, number, row)
    }
}

/// The faults of all odd rows, row by row.
#[derive(Debug)]
pub(crate) struct Faults<'a> {
    rows: &'a OddRows,
    next_run: usize,
    bytes: Vec<u8>,
    block: u32,
    at: usize,
    ready: std::vec::IntoIter<Fault>,
}

impl Iterator for Faults<'_> {
    type Item = Result<Fault, ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(fault) = self.ready.next() {
                return Some(Ok(fault));
            }
            if self.at == self.bytes.len() {
                let &(store, run) = self.rows.order.get(self.next_run)?;
                self.next_run += 1;
                let store = &self.rows.stores[store as usize];
                let run = &store.runs[run as usize];
                self.at = 0;
                self.block = run.block;
                if let Err(error) = store.read(run, &mut self.bytes) {
                    self.bytes.clear();
                    self.next_run = self.rows.order.len();
                    return Some(Err(ListError::with(ListErrorKind::Read, error)));
                }
            }
            let word = |at: usize| {
                let mut word = [0; 4];
                word.copy_from_slice(&self.bytes[at..at + 4]);
                u32::from_le_bytes(word)
            };
            let (local, length) = (word(self.at), word(self.at + 4) as usize);
            let start = self.at + HEAD;
            let row = &self.bytes[start..start + length];
            let number = self.rows.bases[self.block as usize] + u64::from(local);
            self.at = start + length;
            self.ready = self.rows.parse(number, row).faults.into_iter();
        }
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
        for (row, number) in rows.iter().zip(0..) {
            store.keep(number / 10, number, row).unwrap();
        }
        assert!(store.spilled > 0 && !store.memory.is_empty());
        let mut bytes = Vec::new();
        let mut found = Vec::new();
        for run in &store.runs {
            store.read(run, &mut bytes).unwrap();
            let mut rest = &bytes[..];
            while let Some((head, tail)) = rest.split_first_chunk::<HEAD>() {
                let length = u32::from_le_bytes(head[4..].try_into().unwrap()) as usize;
                assert_eq!(
                    u32::from_le_bytes(head[..4].try_into().unwrap()) / 10,
                    run.block
                );
                found.push(tail[..length].to_vec());
                rest = &tail[length..];
            }
        }
        assert_eq!(found, rows);
    }
}
