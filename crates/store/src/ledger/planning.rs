//! A job on its way in: rows are packed, gathered and written in large steps, then judged and opened in one.

use std::collections::HashMap;

use finkit_fincheck::submission::{
    JobId, JobKind, Judgement, LedgerError, LedgerErrorKind, NewRow, Note, OwnRow, Row, RowContent,
    RowState, SameFin,
};
use rusqlite::Connection;

use super::blocks::{self, BLOCK};
use super::codec::{self, FIN, INDEXED, RECORD, SLOT};
use super::fault::Fault;
use super::fin_index::{self, Cursor, Directories, Indexed, RUN};
use super::journal;
use super::reasons::Reasons;

/// Blocks that are gathered before they are written: one sync for 16,384 rows.
const STEP: usize = 32;

/// What is not written yet of a job that is being planned.
#[derive(Debug)]
pub(super) struct Planning {
    job: JobId,
    kind: JobKind,
    rows: u64,
    last_number: Option<u64>,
    next_block: u64,
    slots: Vec<u8>,
    states: Vec<u8>,
    notes: Vec<(u64, Note)>,
    index: Vec<Indexed>,
}

impl Planning {
    pub(super) fn new(job: JobId, kind: JobKind) -> Self {
        Self {
            job,
            kind,
            rows: 0,
            last_number: None,
            next_block: 0,
            slots: Vec::new(),
            states: Vec::new(),
            notes: Vec::new(),
            index: Vec::new(),
        }
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Packs one row.
    pub(super) fn push(&mut self, row: &NewRow) -> Result<(), LedgerError> {
        if self.last_number.is_some_and(|last| last >= row.number) {
            let message = format!("row {} does not come after the row before it", row.number);
            return Err(LedgerError::new(LedgerErrorKind::WrongPhase, message));
        }
        let (Ok(position), Ok(number)) = (u32::try_from(self.rows), u32::try_from(row.number))
        else {
            let message = format!(
                "row {} is beyond the 4,294,967,295 rows that a job can have",
                row.number
            );
            return Err(LedgerError::new(LedgerErrorKind::WrongPhase, message));
        };
        let start = self.slots.len();
        let state = match &row.content {
            RowContent::Sound(entry) => {
                codec::put_record(entry, &mut self.slots);
                let mut indexed = [0; INDEXED];
                indexed[..RECORD].copy_from_slice(&self.slots[start..]);
                indexed[RECORD..RECORD + 4].copy_from_slice(&position.to_be_bytes());
                indexed[RECORD + 4..].copy_from_slice(&number.to_be_bytes());
                self.index.push(indexed);
                self.kind.first_state()
            }
            RowContent::Faulty(codes) => {
                self.slots.resize(start + RECORD, 0);
                self.notes.push((
                    self.rows,
                    Note::Faults {
                        codes: codes.clone(),
                    },
                ));
                RowState::Faulty
            }
        };
        self.slots.extend_from_slice(&number.to_be_bytes());
        self.states.push(state.number());
        self.last_number = Some(row.number);
        self.rows += 1;
        Ok(())
    }

    /// Whether enough has gathered to be written.
    pub(super) fn is_due(&self) -> bool {
        self.states.len() >= STEP * BLOCK as usize || self.index.len() >= RUN
    }

    /// Writes what has gathered, whole blocks and whole runs only unless it is the end. Call [`Planning::written`]
    /// after the transaction is committed.
    pub(super) fn write(&mut self, connection: &Connection, end: bool) -> Result<(), Fault> {
        let rows = self.whole(end);
        let blocks = self.slots[..rows * SLOT].chunks(BLOCK as usize * SLOT);
        let states = self.states[..rows].chunks(BLOCK as usize);
        for ((slots, states), block) in blocks.zip(states).zip(self.next_block..) {
            blocks::write(connection, self.job, block, slots, states)?;
        }
        for (position, note) in &self.notes {
            journal::write_note(connection, self.job, *position, Some(note))?;
        }
        if end || self.index.len() >= RUN {
            fin_index::write_run(connection, self.job, &mut self.index)?;
        }
        Ok(())
    }

    /// Forgets what was written.
    pub(super) fn written(&mut self, end: bool) {
        let rows = self.whole(end);
        self.next_block += (rows as u64).div_ceil(BLOCK);
        self.slots.drain(..rows * SLOT);
        self.states.drain(..rows);
        self.notes.clear();
        if end || self.index.len() >= RUN {
            self.index.clear();
        }
    }

    fn whole(&self, end: bool) -> usize {
        if end {
            self.states.len()
        } else {
            self.states.len() - self.states.len() % BLOCK as usize
        }
    }
}

/// Judges every FIN that occurs more than once, or every FIN of a deletion, and writes what is to become of the rows.
pub(super) fn judge(
    connection: &Connection,
    directories: &mut Directories,
    account: i64,
    (job, kind): (JobId, JobKind),
    judge: &mut dyn FnMut(&SameFin<'_>) -> Vec<Judgement>,
) -> Result<(), Fault> {
    let mut cursors = |runs: Vec<(i64, JobId)>| -> Result<Vec<Cursor>, Fault> {
        runs.into_iter()
            .map(|run| Cursor::new(connection, directories, run))
            .collect()
    };
    let mut ours = cursors(fin_index::runs_of_job(connection, job)?)?;
    let mut others = cursors(fin_index::runs_of_account(
        connection,
        account,
        journal::kind_number(JobKind::Entry),
    )?)?;
    others.retain(|cursor| cursor.job != job);
    let mut states = blocks::all_states(connection, job)?;
    let mut states_elsewhere: HashMap<JobId, Vec<u8>> = HashMap::new();
    let (mut judged, mut reasons) = (false, Reasons::default());
    let (mut here, mut elsewhere) = (Vec::new(), Vec::new());
    while let Some(fin) = ours.iter().filter_map(Cursor::fin).min().copied() {
        here.clear();
        elsewhere.clear();
        if kind == JobKind::Entry && others.is_empty() && skip_single(connection, &mut ours, &fin)?
        {
            continue;
        }
        for cursor in &mut ours {
            take_equal(connection, cursor, &fin, |entry| {
                let (record, position, number) = read(entry)?;
                here.push(Row {
                    position,
                    number,
                    entry: Some(record),
                    state: kind.first_state(),
                });
                Ok(())
            })?;
        }
        here.sort_unstable_by_key(|row| row.position);
        for cursor in &mut others {
            cursor.seek(connection, &fin)?;
            let job = cursor.job;
            take_equal(connection, cursor, &fin, |entry| {
                let (record, position, number) = read(entry)?;
                let states = match states_elsewhere.entry(job) {
                    std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::hash_map::Entry::Vacant(place) => {
                        place.insert(blocks::all_states(connection, job)?)
                    }
                };
                let state = states
                    .get(position as usize)
                    .ok_or_else(|| Fault::damaged("a row is missing"))?;
                let state = blocks::state_of(*state)?;
                let record = record
                    .record()
                    .ok_or_else(|| Fault::damaged("an entry has no registration time"))?;
                elsewhere.push(OwnRow {
                    job,
                    position,
                    number,
                    record,
                    state,
                });
                Ok(())
            })?;
        }
        if kind == JobKind::Entry && here.len() + elsewhere.len() < 2 {
            continue;
        }
        for Judgement {
            position,
            state,
            note,
        } in judge(&SameFin {
            here: &here,
            elsewhere: &elsewhere,
        }) {
            let place = states
                .get_mut(position as usize)
                .ok_or_else(|| Fault::damaged("a row is missing"))?;
            *place = state.number();
            if !reasons.take(position, &note) {
                journal::write_note(connection, job, position, Some(&note))?;
            }
            judged = true;
        }
    }
    reasons.write(connection, job)?;
    if judged {
        let mut statement = connection
            .prepare_cached("UPDATE block_state SET states = ?1 WHERE id = ?2 AND states <> ?1")?;
        for (block, states) in (0..).zip(states.chunks(BLOCK as usize)) {
            statement.execute(rusqlite::params![states, blocks::id(job, block)])?;
        }
    }
    Ok(())
}

/// Passes over a FIN that only one of our rows has; false when there are more, and nothing is passed over then.
fn skip_single(
    connection: &Connection,
    ours: &mut [Cursor],
    fin: &[u8; FIN],
) -> Result<bool, Fault> {
    let mut having = ours.iter_mut().filter(|cursor| cursor.fin() == Some(fin));
    match (having.next(), having.next()) {
        (Some(only), None) if only.next_fin().is_some_and(|next| next != fin) => {
            only.advance(connection)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn take_equal(
    connection: &Connection,
    cursor: &mut Cursor,
    fin: &[u8; FIN],
    mut take: impl FnMut(&Indexed) -> Result<(), Fault>,
) -> Result<(), Fault> {
    while cursor.fin() == Some(fin) {
        if let Some(entry) = cursor.entry() {
            take(entry)?;
        }
        cursor.advance(connection)?;
    }
    Ok(())
}

/// Record, place in the job and number in the list of an index entry.
pub(super) fn read(
    entry: &Indexed,
) -> Result<(finkit_fincheck::submission::Entry, u64, u64), Fault> {
    let damaged = || Fault::damaged("the FIN index can't be read");
    let record = codec::record(entry).ok_or_else(damaged)?;
    let position = codec::number(entry, RECORD).ok_or_else(damaged)?;
    let number = codec::number(entry, RECORD + 4).ok_or_else(damaged)?;
    Ok((record, u64::from(position), u64::from(number)))
}
