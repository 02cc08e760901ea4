//! Which rows have which FIN: sorted runs of packed entries, written once with their job and read by seeking.
//!
//! A job's rows are sorted in runs of at most 131,072 entries and stored in chunks of 512. A row is found by its FIN
//! without one index entry per row in a tree, which would cost more to write than the rows themselves.

use std::collections::HashMap;
use std::sync::Arc;

use finkit_core::{PackedVin, Vin};
use finkit_fincheck::submission::JobId;
use rusqlite::{Connection, params};

use super::codec::{FIN, INDEXED};
use super::fault::Fault;

/// Entries in one run: what is sorted in memory at a time (4.3 MB).
pub(super) const RUN: usize = 131_072;
/// Entries in one chunk.
const CHUNK: usize = 512;

/// One entry: record, place in the job, number in the list.
pub(super) type Indexed = [u8; INDEXED];

/// First FINs of the chunks of runs that were looked at. Runs never change and their ids are never used again.
#[derive(Debug, Default)]
pub(super) struct Directories(HashMap<i64, Arc<[[u8; FIN]]>>);

impl Directories {
    fn of(&mut self, connection: &Connection, run: i64) -> Result<Arc<[[u8; FIN]]>, Fault> {
        if let Some(known) = self.0.get(&run) {
            return Ok(Arc::clone(known));
        }
        let mut statement = connection
            .prepare_cached("SELECT first FROM fin_chunk WHERE id >= ? AND id < ? ORDER BY id")?;
        let firsts = statement
            .query_map([run << 20, (run + 1) << 20], |row| {
                row.get::<_, [u8; FIN]>(0)
            })?
            .collect::<Result<Arc<[_]>, _>>()?;
        self.0.insert(run, Arc::clone(&firsts));
        Ok(firsts)
    }
}

/// Sorts entries and writes them as one run of a job.
pub(super) fn write_run(
    connection: &Connection,
    job: JobId,
    entries: &mut [Indexed],
) -> rusqlite::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    // The FIN and the days are compared in one step; only a record that is there twice needs the rest.
    let head = |entry: &Indexed| entry.first_chunk().map(|head| u128::from_be_bytes(*head));
    entries.sort_unstable_by(|a, b| head(a).cmp(&head(b)).then_with(|| a.cmp(b)));
    connection
        .prepare_cached("INSERT INTO fin_run (job) VALUES (?)")?
        .execute([job.0 as i64])?;
    let run = connection.last_insert_rowid();
    let mut statement =
        connection.prepare_cached("INSERT INTO fin_chunk (id, first, entries) VALUES (?, ?, ?)")?;
    for (number, chunk) in entries.chunks(CHUNK).enumerate() {
        statement.execute(params![
            run << 20 | number as i64,
            &chunk[0][..FIN],
            chunk.as_flattened()
        ])?;
    }
    Ok(())
}

/// The runs of one job.
pub(super) fn runs_of_job(connection: &Connection, job: JobId) -> Result<Vec<(i64, JobId)>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM fin_run WHERE job = ? ORDER BY id")?;
    let runs = statement.query_map([job.0 as i64], |row| Ok((row.get(0)?, job)))?;
    Ok(runs.collect::<Result<_, _>>()?)
}

/// The runs of all open entry jobs of an account.
pub(super) fn runs_of_account(
    connection: &Connection,
    account: i64,
    entry: u8,
) -> Result<Vec<(i64, JobId)>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT fin_run.id, job.id FROM job JOIN fin_run ON fin_run.job = job.id
         WHERE job.account = ? AND job.kind = ? AND job.open ORDER BY fin_run.id",
    )?;
    let runs = statement.query_map(params![account, entry], |row| {
        Ok((row.get(0)?, JobId(row.get::<_, i64>(1)? as u64)))
    })?;
    Ok(runs.collect::<Result<_, _>>()?)
}

/// A place in a run that moves forward only.
pub(super) struct Cursor {
    run: i64,
    pub(super) job: JobId,
    firsts: Arc<[[u8; FIN]]>,
    /// The chunk after the loaded one.
    next_chunk: usize,
    entries: Vec<u8>,
    at: usize,
}

impl Cursor {
    /// At the first entry of a run.
    pub(super) fn new(
        connection: &Connection,
        directories: &mut Directories,
        (run, job): (i64, JobId),
    ) -> Result<Self, Fault> {
        let firsts = directories.of(connection, run)?;
        let mut cursor = Self {
            run,
            job,
            firsts,
            next_chunk: 0,
            entries: Vec::new(),
            at: 0,
        };
        cursor.load(connection, 0)?;
        Ok(cursor)
    }

    fn load(&mut self, connection: &Connection, chunk: usize) -> Result<(), Fault> {
        self.entries.clear();
        self.at = 0;
        self.next_chunk = chunk + 1;
        if chunk < self.firsts.len() {
            let mut statement =
                connection.prepare_cached("SELECT entries FROM fin_chunk WHERE id = ?")?;
            let mut rows = statement.query([self.run << 20 | chunk as i64])?;
            let row = rows
                .next()?
                .ok_or_else(|| Fault::damaged("a part of the FIN index is missing"))?;
            let bytes = row
                .get_ref(0)?
                .as_blob()
                .map_err(|_| Fault::damaged("the FIN index is not bytes"))?;
            if bytes.is_empty() || bytes.len() % INDEXED != 0 {
                return Err(Fault::damaged("a part of the FIN index has an odd length"));
            }
            self.entries.extend_from_slice(bytes);
        }
        Ok(())
    }

    /// The entry here; `None` at the end of the run.
    pub(super) fn entry(&self) -> Option<&Indexed> {
        self.entries
            .get(self.at..self.at + INDEXED)?
            .try_into()
            .ok()
    }

    /// The FIN here.
    pub(super) fn fin(&self) -> Option<&[u8; FIN]> {
        self.entry()?[..FIN].try_into().ok()
    }

    /// The FIN of the entry behind this one, where that is loaded.
    pub(super) fn next_fin(&self) -> Option<&[u8; FIN]> {
        let next = self.at + INDEXED;
        self.entries.get(next..next + FIN)?.try_into().ok()
    }

    /// One entry on.
    pub(super) fn advance(&mut self, connection: &Connection) -> Result<(), Fault> {
        self.at += INDEXED;
        if self.at >= self.entries.len() {
            self.load(connection, self.next_chunk)?;
        }
        Ok(())
    }

    /// On to the first entry whose FIN is not below `fin`.
    pub(super) fn seek(&mut self, connection: &Connection, fin: &[u8; FIN]) -> Result<(), Fault> {
        let ends_before = |entries: &[u8]| entries[entries.len() - INDEXED..][..FIN] < fin[..];
        if self.entries.is_empty() {
            return Ok(());
        }
        if ends_before(&self.entries) {
            // The last chunk that begins below the FIN can hold it at its end; the one after it begins with it or above.
            let rest = &self.firsts[self.next_chunk.min(self.firsts.len())..];
            let chunk =
                self.next_chunk + rest.partition_point(|first| first < fin).saturating_sub(1);
            self.load(connection, chunk)?;
            if !self.entries.is_empty() && ends_before(&self.entries) {
                self.load(connection, self.next_chunk)?;
            }
        }
        let (entries, _) = self.entries[self.at..].as_chunks::<INDEXED>();
        self.at += INDEXED * entries.partition_point(|entry| entry[..FIN] < fin[..]);
        Ok(())
    }
}

/// The packed form by which FINs are compared here.
pub(super) fn packed(fin: &Vin) -> [u8; FIN] {
    *PackedVin::pack(fin).as_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use finkit_fincheck::submission::JobId;
    use proptest::prelude::*;
    use rusqlite::Connection;

    use super::{Cursor, Directories, FIN, INDEXED, Indexed, runs_of_job, write_run};

    fn entry(fin: u16, position: u32) -> Indexed {
        let mut bytes = [0; INDEXED];
        bytes[FIN - 2..FIN].copy_from_slice(&fin.to_be_bytes());
        bytes[INDEXED - 8..INDEXED - 4].copy_from_slice(&position.to_be_bytes());
        bytes
    }

    fn database() -> Connection {
        let connection = Connection::open_in_memory().expect("a database");
        connection
            .pragma_update(None, "foreign_keys", false)
            .expect("a setting");
        connection
            .execute_batch(include_str!("schema.sql"))
            .expect("the schema");
        connection
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn seeking_finds_every_entry_of_a_fin_and_no_other(
            fins in prop::collection::vec(0_u16..700, 1..2_500),
            sought in prop::collection::btree_set(0_u16..720, 1..60),
        ) {
            let connection = database();
            let mut entries: Vec<_> = fins.iter().zip(0..).map(|(fin, position)| entry(*fin, position)).collect();
            write_run(&connection, JobId(1), &mut entries).expect("written");
            let mut model: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
            for (fin, position) in fins.iter().zip(0..) {
                model.entry(*fin).or_default().push(position);
            }
            let run = runs_of_job(&connection, JobId(1)).expect("a run")[0];
            let mut cursor = Cursor::new(&connection, &mut Directories::default(), run).expect("a cursor");
            for fin in sought {
                let wanted: [u8; FIN] = entry(fin, 0)[..FIN].try_into().expect("a FIN");
                cursor.seek(&connection, &wanted).expect("a seek");
                let mut found = Vec::new();
                while cursor.fin() == Some(&wanted) {
                    let position = &cursor.entry().expect("an entry")[INDEXED - 8..INDEXED - 4];
                    found.push(u32::from_be_bytes(position.try_into().expect("four bytes")));
                    cursor.advance(&connection).expect("a step");
                }
                prop_assert_eq!(&found, &model.remove(&fin).unwrap_or_default(), "FIN {}", fin);
            }
        }
    }
}
