//! The notes of planning in nine bytes each: a list that was entered before has one for every row.
//!
//! A block of reasons stands beside a block of rows and is written once, with the job. A row whose note changes later
//! has it in the table of notes, and an empty reason.

use std::collections::BTreeMap;

use finkit_fincheck::submission::{JobId, Note, RowRef};
use rusqlite::{Connection, OptionalExtension, params};

use super::blocks::{self, BLOCK};
use super::fault::Fault;

/// One byte for the kind, four for the job, four for the row; a kind of 0 is no reason.
const REASON: usize = 9;

/// Reasons of a job that is being opened, by block.
#[derive(Default)]
pub(super) struct Reasons(BTreeMap<u64, Vec<u8>>);

impl Reasons {
    /// Takes a note, if it is one of those that fit.
    pub(super) fn take(&mut self, position: u64, note: &Note) -> bool {
        let Some(reason) = pack(note) else {
            return false;
        };
        let block = self
            .0
            .entry(position / BLOCK)
            .or_insert_with(|| vec![0; BLOCK as usize * REASON]);
        block[place(position)].copy_from_slice(&reason);
        true
    }

    /// Writes all of them, in the order of their blocks.
    pub(super) fn write(&self, connection: &Connection, job: JobId) -> Result<(), Fault> {
        let mut statement =
            connection.prepare_cached("INSERT INTO block_reason (id, reasons) VALUES (?, ?)")?;
        for (block, reasons) in &self.0 {
            statement.execute(params![blocks::id(job, *block), reasons])?;
        }
        Ok(())
    }
}

/// Empties the reason of a row, if it has one.
pub(super) fn clear(connection: &Connection, job: JobId, position: u64) -> Result<(), Fault> {
    let id = blocks::id(job, position / BLOCK);
    let found: Option<Vec<u8>> = connection
        .prepare_cached("SELECT reasons FROM block_reason WHERE id = ?")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    if let Some(mut reasons) = found
        && let Some(reason) = reasons.get_mut(place(position))
        && reason[0] != 0
    {
        reason.fill(0);
        connection
            .prepare_cached("UPDATE block_reason SET reasons = ? WHERE id = ?")?
            .execute(params![reasons, id])?;
    }
    Ok(())
}

/// Reasons of a range of rows, ascending, as notes.
pub(super) fn read(
    connection: &Connection,
    job: JobId,
    positions: std::ops::Range<u64>,
) -> Result<Vec<(u64, Note)>, Fault> {
    let mut statement = connection.prepare_cached(
        "SELECT id, reasons FROM block_reason WHERE id >= ? AND id < ? ORDER BY id",
    )?;
    let end = positions.end.div_ceil(BLOCK).min(u64::from(u32::MAX));
    let mut rows = statement.query([
        blocks::id(job, positions.start / BLOCK),
        blocks::id(job, end),
    ])?;
    let mut notes = Vec::new();
    while let Some(row) = rows.next()? {
        let first = (row.get::<_, i64>(0)? as u64 & u64::from(u32::MAX)) * BLOCK;
        let reasons = row
            .get_ref(1)?
            .as_blob()
            .map_err(|_| Fault::damaged("reasons are not bytes"))?;
        for (position, reason) in (first..).zip(reasons.as_chunks::<REASON>().0) {
            if reason[0] != 0 && positions.contains(&position) {
                let note =
                    unpack(*reason).ok_or_else(|| Fault::damaged("a reason of an unknown kind"))?;
                notes.push((position, note));
            }
        }
    }
    Ok(notes)
}

fn place(position: u64) -> std::ops::Range<usize> {
    let start = (position % BLOCK) as usize * REASON;
    start..start + REASON
}

fn pack(note: &Note) -> Option<[u8; REASON]> {
    let (kind, job, row) = match note {
        Note::DuplicateOfRow { row } => (1, 0, *row),
        Note::OverlapsRow { row } => (2, 0, *row),
        Note::OpenElsewhere { open } => (3, open.job.0, open.row),
        Note::AlreadyEntered { entered } => (4, entered.job.0, entered.row),
        _ => return None,
    };
    let mut reason = [kind; REASON];
    reason[1..5].copy_from_slice(&u32::try_from(job).ok()?.to_be_bytes());
    reason[5..].copy_from_slice(&u32::try_from(row).ok()?.to_be_bytes());
    Some(reason)
}

fn unpack(reason: [u8; REASON]) -> Option<Note> {
    let [kind, job @ .., a, b, c, d] = reason;
    let row = u64::from(u32::from_be_bytes([a, b, c, d]));
    let there = RowRef {
        job: JobId(u64::from(u32::from_be_bytes(job))),
        row,
    };
    Some(match kind {
        1 => Note::DuplicateOfRow { row },
        2 => Note::OverlapsRow { row },
        3 => Note::OpenElsewhere { open: there },
        4 => Note::AlreadyEntered { entered: there },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use finkit_fincheck::submission::{JobId, Note, RowRef};

    use super::{pack, unpack};

    #[test]
    fn reasons_survive_and_other_notes_are_left_to_the_table() {
        let there = RowRef {
            job: JobId(7),
            row: 4_000_000_000,
        };
        for note in [
            Note::DuplicateOfRow { row: 2 },
            Note::OverlapsRow { row: 3 },
            Note::OpenElsewhere { open: there },
            Note::AlreadyEntered { entered: there },
        ] {
            assert_eq!(pack(&note).and_then(unpack), Some(note));
        }
        assert_eq!(pack(&Note::GivenUp), None);
        let far = RowRef {
            job: JobId(1 << 40),
            row: 1,
        };
        assert_eq!(pack(&Note::AlreadyEntered { entered: far }), None);
        assert_eq!(unpack([9; 9]), None);
    }
}
