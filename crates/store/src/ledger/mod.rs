//! The ledger of submissions on SQLite: one file, written ahead of every request and synced with every commit.

mod blocks;
mod check;
mod claim;
mod codec;
mod fault;
mod fin_index;
mod journal;
mod planning;
mod reasons;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use finkit_core::Vin;
use finkit_fincheck::submission::{
    Account, Change, Job, JobId, JobKind, Judgement, Ledger, LedgerError, LedgerErrorKind, NewJob,
    NewRow, Note, OwnRow, Request, RequestState, Row, SameFin, StateSet, Tally, UsageLine,
};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use self::claim::Claims;
use self::fault::Fault;
use self::fin_index::{Cursor, Directories};
use self::planning::Planning;
use crate::sqlite::{self, Durability};

/// The schema's versions: the n-th script leads from version n to n + 1.
const STEPS: [&str; 1] = [include_str!("schema.sql")];

/// A [`Ledger`] in one SQLite file, shared by all processes of a machine.
///
/// Every commit is synced (`WAL`, `synchronous=FULL`), but for what look-ups cost, which waits in the log beside the
/// file for the next one. Rows are stored in packed blocks with one byte of state each: about 65 bytes per row, the FIN
/// index included. The file and its folder are made for their owner only; a file on a network file system is refused.
/// Locks lie beside it in the folder `<file>.jobs`.
///
/// ```
/// use finkit_fincheck::submission::Ledger;
/// use finkit_store::SqliteLedger;
///
/// let folder = tempfile::tempdir()?;
/// let mut ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite"))?;
/// assert!(ledger.jobs()?.is_empty());
/// assert!(ledger.check()?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteLedger {
    connection: Connection,
    claims: Claims,
    planning: HashMap<JobId, Planning>,
    directories: Directories,
    /// Jobs that were found open; an open job stays so.
    open: HashSet<JobId>,
    written: Written,
    /// The write-ahead log, beside the file.
    log: PathBuf,
}

/// What this handle has written so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Nothing,
    /// Only what reads cost.
    ReadCosts,
    More,
}

/// A log up to this size, in bytes, is read again in well under a millisecond by whoever opens the ledger next.
const SMALL_LOG: u64 = 1024 * 1024;

impl SqliteLedger {
    /// Opens the ledger at `path`, or makes one.
    ///
    /// # Errors
    /// When the file can't be made or opened, lies on a network file system, belongs to another program, or was written
    /// by a newer version.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let connection = sqlite::open(path, Durability::Full, &STEPS).map_err(fault::of_opening)?;
        let claims = Claims::beside(path);
        Ok(Self {
            connection,
            claims,
            planning: HashMap::new(),
            directories: Directories::default(),
            open: HashSet::new(),
            written: Written::Nothing,
            log: sqlite::log_beside(path),
        })
    }

    /// Checks the file and the rules that bind its tables; returns what is wrong, one line each.
    ///
    /// # Errors
    /// When the file can't be read at all.
    pub fn check(&mut self) -> Result<Vec<String>, LedgerError> {
        Ok(check::check(&self.connection)?)
    }

    /// Caps the size of the file, in pages of 4,096 bytes; beyond it every commit fails as on a full disk.
    ///
    /// # Errors
    /// When the setting can't be made.
    pub fn limit_pages(&mut self, pages: u32) -> Result<(), LedgerError> {
        self.connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .map_err(|error| Fault::from(error).into())
    }

    fn begin_write(&mut self) -> Result<Transaction<'_>, Fault> {
        self.written = Written::More;
        Ok(self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    fn the_job(&self, job: JobId) -> Result<Job, Fault> {
        let found = journal::jobs(&self.connection, Some(job))?.pop();
        found.ok_or_else(|| LedgerError::no_such_job(job).into())
    }

    /// Makes sure that a job is there and open.
    fn ensure_open(&mut self, job: JobId) -> Result<(), Fault> {
        if !self.open.contains(&job) {
            if !self.the_job(job)?.open {
                return Err(LedgerError::still_planned(job).into());
            }
            self.open.insert(job);
        }
        Ok(())
    }

    /// What is kept of a job that this handle is planning.
    fn take_planning(&mut self, job: JobId) -> Result<Planning, LedgerError> {
        match self.planning.remove(&job) {
            Some(planning) => Ok(planning),
            None => {
                self.the_job(job)?;
                Err(not_planning(job))
            }
        }
    }

    /// Writes what has gathered of a job that is being planned.
    fn flush(&mut self, planning: &mut Planning) -> Result<(), Fault> {
        // Nobody relies on these rows before the job is open, and opening it syncs them too.
        Durability::WithTheNext.set(&self.connection)?;
        let written = self.write_planned(planning);
        Durability::Full.set(&self.connection)?;
        written
    }

    fn write_planned(&mut self, planning: &mut Planning) -> Result<(), Fault> {
        let transaction = self.begin_write()?;
        planning.write(&transaction, false)?;
        transaction.commit()?;
        planning.written(false);
        Ok(())
    }

    fn open_job(
        &mut self,
        job: &Job,
        planning: &mut Planning,
        judge: &mut dyn FnMut(&SameFin<'_>) -> Vec<Judgement>,
    ) -> Result<(), Fault> {
        self.written = Written::More;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        planning.write(&transaction, true)?;
        let account = journal::account_id(&transaction, &job.asked.account)?;
        planning::judge(
            &transaction,
            &mut self.directories,
            account,
            (job.id, job.asked.kind),
            judge,
        )?;
        let sql = "UPDATE job SET open = 1, rows = ? WHERE id = ? AND NOT open";
        if transaction
            .prepare_cached(sql)?
            .execute([planning.rows(), job.id.0])?
            != 1
        {
            return Err(not_planning(job.id).into());
        }
        transaction.commit()?;
        Ok(())
    }

    fn own(&mut self, account: &Account, fins: &[Vin]) -> Result<Vec<OwnRow>, Fault> {
        let connection = &self.connection;
        let Some(account) = journal::known_account(connection, account)? else {
            return Ok(Vec::new());
        };
        let mut wanted: Vec<_> = fins.iter().map(fin_index::packed).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut found = Vec::new();
        let mut states = blocks::Changed::default();
        for run in
            fin_index::runs_of_account(connection, account, journal::kind_number(JobKind::Entry))?
        {
            let mut cursor = Cursor::new(connection, &mut self.directories, run)?;
            for fin in &wanted {
                cursor.seek(connection, fin)?;
                while cursor.fin() == Some(fin) {
                    if let Some(entry) = cursor.entry() {
                        let (record, position, number) = planning::read(entry)?;
                        let record = record
                            .record()
                            .ok_or_else(|| Fault::damaged("an entry has no registration time"))?;
                        let state =
                            blocks::state_of(states.state(connection, cursor.job, position)?)?;
                        found.push(OwnRow {
                            job: cursor.job,
                            position,
                            number,
                            record,
                            state,
                        });
                    }
                    cursor.advance(connection)?;
                }
            }
        }
        found.sort_unstable_by_key(|own| (own.job, own.position));
        Ok(found)
    }

    /// Writes what reads have cost. It is summed up for people and decides nothing, so it is in the log when this
    /// returns, where no end of the process can take it away, and on the disk with the next synced commit.
    fn write_read_costs(&mut self, changes: &[Change]) -> Result<(), Fault> {
        let before = self.written;
        Durability::WithTheNext.set(&self.connection)?;
        let written = self.write_changes(changes);
        Durability::Full.set(&self.connection)?;
        if before != Written::More {
            self.written = Written::ReadCosts;
        }
        written
    }

    fn write(&mut self, changes: &[Change]) -> Result<(), Fault> {
        let is_read_cost =
            |change: &Change| matches!(change, Change::Charge(charge) if charge.writes == 0);
        if changes.iter().all(is_read_cost) {
            self.write_read_costs(changes)
        } else {
            self.write_changes(changes)
        }
    }

    fn write_changes(&mut self, changes: &[Change]) -> Result<(), Fault> {
        for change in changes {
            match change {
                Change::Request(Request { job, .. })
                | Change::Move { job, .. }
                | Change::Note { job, .. } => {
                    self.ensure_open(*job)?;
                }
                Change::ByteLimit { .. } | Change::Charge(_) => {}
            }
        }
        let transaction = self.begin_write()?;
        let mut states = blocks::Changed::default();
        for change in changes {
            match change {
                Change::Request(request) => journal::write_request(&transaction, request)?,
                Change::Move {
                    job,
                    rows,
                    from,
                    to,
                } => states.shift(&transaction, *job, rows, *from, *to)?,
                Change::Note {
                    job,
                    position,
                    note,
                } => {
                    journal::write_note(&transaction, *job, *position, note.as_ref())?;
                }
                Change::ByteLimit { origin, bytes } => {
                    journal::write_byte_limit(&transaction, origin, *bytes)?;
                }
                Change::Charge(charge) => journal::write_charge(&transaction, charge)?,
            }
        }
        states.write(&transaction)?;
        transaction.commit()?;
        Ok(())
    }

    fn remove(&mut self, job: JobId) -> Result<(), Fault> {
        let transaction = self.begin_write()?;
        if journal::last_request(&transaction, job)? > 0 {
            let message = format!("job {job} has sent requests and stays in the ledger");
            return Err(LedgerError::new(LedgerErrorKind::WrongPhase, message).into());
        }
        let (first, end) = (blocks::id(job, 0), blocks::id(JobId(job.0 + 1), 0));
        for table in ["block", "block_state", "block_reason"] {
            transaction.execute(
                &format!("DELETE FROM {table} WHERE id >= ? AND id < ?"),
                [first, end],
            )?;
        }
        transaction.execute("DELETE FROM note WHERE job = ?", [job.0])?;
        for (run, _) in fin_index::runs_of_job(&transaction, job)? {
            transaction.execute(
                "DELETE FROM fin_chunk WHERE id >= ? AND id < ?",
                [run << 20, (run + 1) << 20],
            )?;
        }
        transaction.execute("DELETE FROM fin_run WHERE job = ?", [job.0])?;
        transaction.execute("DELETE FROM job WHERE id = ?", [job.0])?;
        transaction.commit()?;
        Ok(())
    }
}

fn not_planning(job: JobId) -> LedgerError {
    LedgerError::new(
        LedgerErrorKind::WrongPhase,
        format!("job {job} takes no more rows"),
    )
}

impl Drop for SqliteLedger {
    /// Closing moves the log into the file, with two syncs, and removes it. After a look-up that would take longer than
    /// the look-up; what reads cost stays in the log until it has grown, or until something else is written.
    fn drop(&mut self) {
        let small = fs::metadata(&self.log).is_ok_and(|log| log.len() < SMALL_LOG);
        if self.written == Written::ReadCosts && small {
            // Without it closing takes longer, and no more.
            let _ = self
                .connection
                .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
    }
}

impl Ledger for SqliteLedger {
    fn begin(&mut self, job: &NewJob) -> Result<JobId, LedgerError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Fault::from)?;
        let id = journal::begin(&transaction, job)?;
        // Locked before anybody can see it, so that nobody takes it for one that was left behind.
        self.claims.take(id, job.created_at)?;
        if let Err(error) = transaction.commit() {
            self.claims.forget(id);
            return Err(Fault::from(error).into());
        }
        self.planning.insert(id, Planning::new(id, job.kind));
        Ok(id)
    }

    fn append(&mut self, job: JobId, rows: &[NewRow]) -> Result<(), LedgerError> {
        let mut planning = self.take_planning(job)?;
        let mut outcome = Ok(());
        for row in rows {
            outcome = planning.push(row);
            if outcome.is_ok() && planning.is_due() {
                outcome = self.flush(&mut planning).map_err(LedgerError::from);
            }
            if outcome.is_err() {
                break;
            }
        }
        self.planning.insert(job, planning);
        outcome
    }

    fn open(
        &mut self,
        job: JobId,
        judge: &mut dyn FnMut(&SameFin<'_>) -> Vec<Judgement>,
    ) -> Result<(), LedgerError> {
        let mut planning = self.take_planning(job)?;
        let outcome = self
            .the_job(job)
            .and_then(|found| self.open_job(&found, &mut planning, judge));
        if outcome.is_err() {
            self.planning.insert(job, planning);
        }
        Ok(outcome?)
    }

    fn discard(&mut self, job: JobId) -> Result<(), LedgerError> {
        let found = self.the_job(job)?;
        self.claims.take(job, found.asked.created_at)?;
        self.remove(job)?;
        self.planning.remove(&job);
        self.open.remove(&job);
        self.claims.forget(job);
        // Only now, when nothing is left under this number. Nobody has seen it but whoever looked at a plan.
        self.connection
            .prepare_cached(
                "UPDATE sqlite_sequence SET seq = ?1 - 1 WHERE name = 'job' AND seq = ?1",
            )
            .and_then(|mut statement| statement.execute([job.0]))
            .map_err(Fault::from)?;
        Ok(())
    }

    fn job(&mut self, job: JobId) -> Result<Job, LedgerError> {
        Ok(self.the_job(job)?)
    }

    fn jobs(&mut self) -> Result<Vec<Job>, LedgerError> {
        Ok(journal::jobs(&self.connection, None)?)
    }

    fn claim(&mut self, job: JobId, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.the_job(job)?;
        self.claims.take(job, now)?;
        // It may have been discarded between the look and the lock.
        if let Err(fault) = self.the_job(job) {
            self.claims.forget(job);
            return Err(fault.into());
        }
        Ok(())
    }

    fn release(&mut self, job: JobId) {
        self.claims.give_back(job);
    }

    fn rows(
        &mut self,
        job: JobId,
        wanted: StateSet,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Row>, LedgerError> {
        self.ensure_open(job)?;
        Ok(blocks::rows(&self.connection, job, wanted, from, limit)?)
    }

    fn notes(
        &mut self,
        job: JobId,
        positions: Range<u64>,
    ) -> Result<Vec<(u64, Note)>, LedgerError> {
        self.ensure_open(job)?;
        Ok(journal::notes(&self.connection, job, positions)?)
    }

    fn tally(&mut self, job: JobId) -> Result<Tally, LedgerError> {
        self.ensure_open(job)?;
        Ok(blocks::tally(&self.connection, job)?)
    }

    fn requests(
        &mut self,
        job: JobId,
        state: Option<RequestState>,
    ) -> Result<Vec<Request>, LedgerError> {
        self.ensure_open(job)?;
        Ok(journal::requests(&self.connection, job, state)?)
    }

    fn last_request(&mut self, job: JobId) -> Result<u64, LedgerError> {
        self.ensure_open(job)?;
        Ok(journal::last_request(&self.connection, job)?)
    }

    fn own_rows(&mut self, account: &Account, fins: &[Vin]) -> Result<Vec<OwnRow>, LedgerError> {
        Ok(self.own(account, fins)?)
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), LedgerError> {
        Ok(self.write(changes)?)
    }

    /// Moves what the log has into the file and empties it, which whoever closes the ledger would have to do otherwise.
    fn tidy(&mut self) {
        // Nobody who reads is waited for, and what can't be done now is done when the ledger is closed.
        let _ = sqlite::empty_log(&self.connection);
    }

    fn byte_limit(&mut self, origin: &str) -> Result<Option<u64>, LedgerError> {
        Ok(journal::byte_limit(&self.connection, origin)?)
    }

    fn usage(&mut self) -> Result<Vec<UsageLine>, LedgerError> {
        Ok(journal::usage(&self.connection)?)
    }
}
