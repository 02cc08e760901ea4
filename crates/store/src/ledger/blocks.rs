//! Rows and their states: packed blocks of 512 rows, and beside each a byte per row.

use std::collections::HashMap;

use finkit_fincheck::submission::{
    JobId, LedgerError, LedgerErrorKind, Row, RowSet, RowState, StateSet, Tally,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::codec::{self, RECORD, SLOT};
use super::fault::Fault;

/// Rows in one block.
pub(super) const BLOCK: u64 = 512;

/// The id of a job's block, and of its n-th request: the job above, the number below.
pub(super) fn id(job: JobId, below: u64) -> i64 {
    (job.0 << 32 | below) as i64
}

/// Writes one block whose rows and states are given.
pub(super) fn write(
    connection: &Connection,
    job: JobId,
    block: u64,
    slots: &[u8],
    states: &[u8],
) -> rusqlite::Result<()> {
    let id = id(job, block);
    connection
        .prepare_cached("INSERT INTO block (id, slots) VALUES (?, ?)")?
        .execute(params![id, slots])?;
    connection
        .prepare_cached("INSERT INTO block_state (id, states) VALUES (?, ?)")?
        .execute(params![id, states])?;
    Ok(())
}

/// The states of a job's rows, one byte each, from the block of a position on; `visit` returns whether to go on.
fn each_block(
    connection: &Connection,
    job: JobId,
    from_block: u64,
    mut visit: impl FnMut(u64, &[u8]) -> Result<bool, Fault>,
) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, states FROM block_state WHERE id >= ? AND id < ? ORDER BY id",
    )?;
    let next_job = id(JobId(job.0 + 1), 0);
    let mut found = statement.query(params![id(job, from_block), next_job])?;
    while let Some(row) = found.next()? {
        let block = row.get::<_, i64>(0)? as u64 & u64::from(u32::MAX);
        let states = row
            .get_ref(1)?
            .as_blob()
            .map_err(|_| Fault::damaged("states are not bytes"))?;
        if !visit(block, states)? {
            break;
        }
    }
    Ok(())
}

/// All states of a job, one byte per row.
pub(super) fn all_states(connection: &Connection, job: JobId) -> Result<Vec<u8>, Fault> {
    let mut all = Vec::new();
    each_block(connection, job, 0, |_, states| {
        all.extend_from_slice(states);
        Ok(true)
    })?;
    Ok(all)
}

/// Rows of a job, in order, whose state is wanted.
pub(super) fn rows(
    connection: &Connection,
    job: JobId,
    wanted: StateSet,
    from: u64,
    limit: usize,
) -> Result<Vec<Row>, Fault> {
    let mut rows = Vec::new();
    each_block(connection, job, from / BLOCK, |block, states| {
        let first = block * BLOCK;
        let skipped = usize::try_from(from.saturating_sub(first)).unwrap_or(usize::MAX);
        let mut places = states
            .iter()
            .enumerate()
            .skip(skipped)
            .filter(|(_, state)| wanted.contains_number(**state));
        let Some(place) = places.next() else {
            return Ok(true);
        };
        let mut statement = connection.prepare_cached("SELECT slots FROM block WHERE id = ?")?;
        let mut found = statement.query([id(job, block)])?;
        let found = found
            .next()?
            .ok_or_else(|| Fault::damaged("a block of rows is missing"))?;
        let slots = found
            .get_ref(0)?
            .as_blob()
            .map_err(|_| Fault::damaged("rows are not bytes"))?;
        for (place, state) in std::iter::once(place).chain(places) {
            if rows.len() == limit {
                return Ok(false);
            }
            rows.push(row(first + place as u64, slot(slots, place)?, *state)?);
        }
        Ok(rows.len() < limit)
    })?;
    Ok(rows)
}

fn slot(slots: &[u8], place: usize) -> Result<&[u8], Fault> {
    slots
        .get(place * SLOT..(place + 1) * SLOT)
        .ok_or_else(|| Fault::damaged("a block of rows is too short"))
}

fn row(position: u64, slot: &[u8], state: u8) -> Result<Row, Fault> {
    let state = state_of(state)?;
    let number =
        codec::number(slot, RECORD).ok_or_else(|| Fault::damaged("a row has no number"))?;
    let entry = match state {
        RowState::Faulty => None,
        _ => Some(codec::record(slot).ok_or_else(|| Fault::damaged("a row can't be read"))?),
    };
    Ok(Row {
        position,
        number: u64::from(number),
        entry,
        state,
    })
}

/// The state of a stored byte.
pub(super) fn state_of(byte: u8) -> Result<RowState, Fault> {
    RowState::from_number(byte).ok_or_else(|| {
        let message = format!("a row is in state {byte}, which only a newer version knows");
        Fault::Ledger(LedgerError::new(LedgerErrorKind::Newer, message))
    })
}

/// How many rows are in each state.
pub(super) fn tally(connection: &Connection, job: JobId) -> Result<Tally, Fault> {
    let mut counts = [0_u64; 256];
    each_block(connection, job, 0, |_, states| {
        for state in states {
            counts[usize::from(*state)] += 1;
        }
        Ok(true)
    })?;
    let mut tally = Tally::default();
    for (byte, count) in (0_u8..=u8::MAX).zip(counts).filter(|(_, count)| *count > 0) {
        tally.add(state_of(byte)?, count);
    }
    Ok(tally)
}

/// States that one transaction has read and changed; written back at its end, each block once.
#[derive(Default)]
pub(super) struct Changed {
    blocks: HashMap<i64, (Vec<u8>, bool)>,
}

impl Changed {
    /// Moves rows from one state to another.
    pub(super) fn shift(
        &mut self,
        connection: &Connection,
        job: JobId,
        rows: &RowSet,
        from: RowState,
        to: RowState,
    ) -> Result<(), Fault> {
        for range in rows.ranges() {
            let mut start = range.start;
            while start < range.end {
                let block = start / BLOCK;
                let end = range.end.min((block + 1) * BLOCK);
                let places = (start % BLOCK) as usize..(end - block * BLOCK) as usize;
                let (states, changed) = self.block(connection, id(job, block))?;
                let states = states
                    .get_mut(places)
                    .filter(|states| states.iter().all(|is| *is == from.number()));
                let Some(states) = states else {
                    let message = format!(
                        "a row of job {job} between {start} and {end} is not {from} any more"
                    );
                    return Err(LedgerError::new(LedgerErrorKind::Conflict, message).into());
                };
                states.fill(to.number());
                *changed = true;
                start = end;
            }
        }
        Ok(())
    }

    /// The state of one row.
    pub(super) fn state(
        &mut self,
        connection: &Connection,
        job: JobId,
        position: u64,
    ) -> Result<u8, Fault> {
        let (states, _) = self.block(connection, id(job, position / BLOCK))?;
        let state = states.get((position % BLOCK) as usize);
        state
            .copied()
            .ok_or_else(|| Fault::damaged("a row is missing"))
    }

    fn block(&mut self, connection: &Connection, id: i64) -> Result<&mut (Vec<u8>, bool), Fault> {
        match self.blocks.entry(id) {
            std::collections::hash_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::hash_map::Entry::Vacant(place) => {
                let states = connection
                    .prepare_cached("SELECT states FROM block_state WHERE id = ?")?
                    .query_row([id], |row| row.get(0))
                    .optional()?;
                Ok(place.insert((states.unwrap_or_default(), false)))
            }
        }
    }

    /// Writes every changed block.
    pub(super) fn write(self, connection: &Connection) -> Result<(), Fault> {
        let mut statement =
            connection.prepare_cached("UPDATE block_state SET states = ? WHERE id = ?")?;
        for (id, (states, changed)) in &self.blocks {
            if *changed {
                statement.execute(params![states, id])?;
            }
        }
        Ok(())
    }
}
