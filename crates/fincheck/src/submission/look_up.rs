//! Looking up what became of records whose request nobody can tell the outcome of.

use finkit_core::{FoundEntry, RecordEvent, RecordState};

use super::run::{PAGE, Run, shift};
use super::search::Seen;
use super::summary::Phase;
use super::{
    Change, JobKind, Ledger, Note, OwnRow, Row, RowRef, RowSet, RowState, StateSet, SubmissionError,
};
use crate::Lookup;

/// What a look-up shows of a record that was to be entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// It is there.
    There,
    /// It is there, and more often than was asked for.
    TooOften { copies: u64, asked: u64 },
    /// It is not there.
    NotThere,
    /// The answer does not settle it.
    Unclear(String),
}

/// Judges a record by what the service has under its FIN and by what the ledger has of the same record. Pure.
pub(super) fn sight_of_entry(row: &Row, lookup: &Lookup, own: &[OwnRow]) -> Sight {
    let Some(record) = row.entry.and_then(|entry| entry.record()) else {
        return Sight::Unclear("the row is no record".to_owned());
    };
    let (copies, complete) = match listed(lookup) {
        Ok((entries, complete)) => (
            entries
                .iter()
                .filter(|entry| record.is_entry(entry))
                .count() as u64,
            complete,
        ),
        Err(reason) => return Sight::Unclear(reason),
    };
    let same = |states: &[RecordState]| {
        let states: Vec<RowState> = states.iter().copied().map(RowState::Record).collect();
        own.iter()
            .filter(|own| own.record == record && states.contains(&own.state))
            .count() as u64
    };
    let accounted = same(&[RecordState::Created, RecordState::Deleting]);
    let open = same(&[RecordState::Unknown, RecordState::Sending]);
    if copies > accounted {
        // Other rows with the same record that are open, too, may have made the further copies.
        let asked = accounted + 1 + open;
        if copies > asked {
            Sight::TooOften { copies, asked }
        } else {
            Sight::There
        }
    } else if complete {
        Sight::NotThere
    } else {
        Sight::Unclear("the service counts more entries than it names".to_owned())
    }
}

/// The entries under a FIN, and whether these are all.
pub(super) fn listed(lookup: &Lookup) -> Result<(&[FoundEntry], bool), String> {
    match lookup {
        Lookup::Free => Ok((&[], true)),
        Lookup::Found(found) => Ok((&found.entries, found.is_complete())),
        Lookup::Unknown(reason) => Err(reason.to_string()),
    }
}

impl Run<'_> {
    /// Looks up every record of unknown fate and settles what can be settled.
    pub(super) async fn look_up(&mut self) -> Result<(), SubmissionError> {
        self.phase = Phase::LookingUp;
        self.unsettled = None;
        match self.job.asked.kind {
            JobKind::Entry => {
                self.settle_entries().await?;
                self.check_doubtful().await
            }
            JobKind::Deletion => self.settle_deletions().await,
        }
    }

    async fn settle_entries(&mut self) -> Result<(), SubmissionError> {
        let mut missing = Vec::new();
        let mut from = 0;
        loop {
            let rows = self.page(RecordState::Unknown, from).await?;
            let Some(last) = rows.last() else { break };
            from = last.position + 1;
            if !self.look(rows, false, &mut missing).await? {
                return Ok(());
            }
        }
        if missing.is_empty() || !self.wait_to_settle().await {
            return Ok(());
        }
        // A search may lag behind: only what is missing in a second look is absent.
        self.look(missing, true, &mut Vec::new()).await?;
        Ok(())
    }

    /// One look at unknown rows; returns false when looking up has to end.
    async fn look(
        &mut self,
        rows: Vec<Row>,
        last: bool,
        missing: &mut Vec<Row>,
    ) -> Result<bool, SubmissionError> {
        for (year, chunk) in self.chunks(rows) {
            let Some(seen) = self.search(year, chunk).await? else {
                return Ok(false);
            };
            let Seen {
                rows,
                own,
                mut changes,
            } = seen;
            let job = self.job.id;
            let (mut there, mut absent) = (RowSet::new(), RowSet::new());
            for (row, lookup) in rows {
                let position = row.position;
                let others: Vec<OwnRow> = own
                    .iter()
                    .filter(|own| Some(own.record.fin) == row.entry.map(|entry| entry.fin))
                    .filter(|own| own.job != job || own.position != position)
                    .copied()
                    .collect();
                let note = match sight_of_entry(&row, &lookup, &others) {
                    Sight::There => {
                        there.insert(position);
                        None
                    }
                    Sight::TooOften { copies, asked } => {
                        there.insert(position);
                        self.duplicates += 1;
                        Some(Note::Duplicate { copies, asked })
                    }
                    Sight::NotThere if last => {
                        absent.insert(position);
                        None
                    }
                    Sight::NotThere => {
                        missing.push(row);
                        continue;
                    }
                    Sight::Unclear(reason) => {
                        self.unsettled = Some(reason.clone());
                        Some(Note::Unsettled { reason })
                    }
                };
                if there.contains(position) {
                    self.prove_executed(position, &mut changes);
                }
                changes.push(Change::Note {
                    job,
                    position,
                    note,
                });
            }
            shift(
                &mut changes,
                job,
                there,
                RecordState::Unknown,
                &[RecordEvent::FoundAtService],
            )?;
            shift(
                &mut changes,
                job,
                absent,
                RecordState::Unknown,
                &[RecordEvent::NotFound],
            )?;
            self.commit(changes).await?;
        }
        Ok(true)
    }

    /// Looks at created rows of which an earlier request may have made a second copy.
    async fn check_doubtful(&mut self) -> Result<(), SubmissionError> {
        let rows = std::mem::take(&mut self.doubtful);
        for (year, chunk) in self.chunks(rows) {
            let Some(seen) = self.search(year, chunk).await? else {
                return Ok(());
            };
            let Seen {
                rows,
                own,
                mut changes,
            } = seen;
            let job = self.job.id;
            for (row, lookup) in rows {
                let position = row.position;
                let others: Vec<OwnRow> = own
                    .iter()
                    .filter(|own| Some(own.record) == row.entry.and_then(|entry| entry.record()))
                    .filter(|own| own.job != job || own.position != position)
                    .copied()
                    .collect();
                let note = match sight_of_entry(&row, &lookup, &others) {
                    Sight::TooOften { copies, asked } => {
                        self.duplicates += 1;
                        Some(Note::Duplicate { copies, asked })
                    }
                    // The equal entry that the answer named is the row's own: nothing to doubt any more.
                    Sight::There => self.without_doubt(&row).await?,
                    Sight::NotThere | Sight::Unclear(_) => None,
                };
                if note.is_some() {
                    changes.push(Change::Note {
                        job,
                        position,
                        note,
                    });
                }
            }
            self.commit(changes).await?;
        }
        Ok(())
    }

    /// The overlaps noted beside a row, with the equal entries ascribed to the row itself.
    async fn without_doubt(&self, row: &Row) -> Result<Option<Note>, SubmissionError> {
        let (job, position) = (self.job.id, row.position);
        let work = move |ledger: &mut dyn Ledger| ledger.notes(job, position..position + 1);
        let note = self.keeper.with(work).await?.pop().map(|(_, note)| note);
        let Some(Note::Overlaps { mut entries, count }) = note else {
            return Ok(None);
        };
        for entry in entries
            .iter_mut()
            .filter(|entry| entry.same && entry.own.is_none())
        {
            entry.own = Some(RowRef {
                job,
                row: row.number,
            });
        }
        Ok(Some(Note::Overlaps { entries, count }))
    }

    pub(super) async fn page(
        &self,
        state: RecordState,
        from: u64,
    ) -> Result<Vec<Row>, SubmissionError> {
        let (job, wanted) = (self.job.id, StateSet::records(&[state]));
        Ok(self
            .keeper
            .with(move |ledger| ledger.rows(job, wanted, from, PAGE))
            .await?)
    }
}

#[cfg(test)]
mod tests {
    use finkit_core::{FinRecord, FoundEntry, FoundFin, RecordState, ReportedTime};

    use super::{Sight, sight_of_entry};
    use crate::Lookup;
    use crate::submission::{JobId, OwnRow, Row, RowState};

    fn record() -> FinRecord {
        FinRecord {
            fin: "WVWZZZE1ZMP000001".parse().expect("a FIN"),
            period: "2026-01-01/2026-12-31".parse().expect("a period"),
            registered_at: "2026-01-02T10:30:00+01:00".parse().expect("a time"),
        }
    }

    fn found(times: &[&str], count: u64) -> Lookup {
        let entry = |time: &&str| FoundEntry {
            period: record().period,
            registered_at: time.parse::<ReportedTime>().expect("a time"),
        };
        Lookup::Found(FoundFin {
            fin: record().fin,
            count,
            entries: times.iter().map(entry).collect(),
        })
    }

    fn own(state: RecordState) -> OwnRow {
        OwnRow {
            job: JobId(9),
            position: 0,
            number: 2,
            record: record(),
            state: RowState::Record(state),
        }
    }

    fn sight(lookup: &Lookup, own: &[OwnRow]) -> Sight {
        let row = Row {
            position: 0,
            number: 2,
            entry: Some(record().into()),
            state: RowState::Record(RecordState::Unknown),
        };
        sight_of_entry(&row, lookup, own)
    }

    const OURS: &str = "2026-01-02T09:30:00Z";
    const OURS_LOCAL: &str = "2026-01-02T10:30:00";
    const THEIRS: &str = "2026-01-02T09:30:01Z";

    #[test]
    fn a_record_is_found_by_its_time_to_the_second_in_whatever_zone() {
        for time in [OURS, OURS_LOCAL, "2026-01-02T11:30:00+02:00"] {
            assert_eq!(
                sight(&found(&[THEIRS, time], 2), &[]),
                Sight::There,
                "{time}"
            );
        }
        assert_eq!(sight(&found(&[THEIRS], 1), &[]), Sight::NotThere);
        assert_eq!(sight(&Lookup::Free, &[]), Sight::NotThere);
    }

    #[test]
    fn nothing_counts_as_absent_while_the_answer_may_hide_it() {
        assert!(matches!(
            sight(&found(&[THEIRS], 2), &[]),
            Sight::Unclear(_)
        ));
        let unknown = Lookup::Unknown("not understood".to_owned());
        assert_eq!(
            sight(&unknown, &[]),
            Sight::Unclear("not understood".to_owned())
        );
    }

    #[test]
    fn copies_that_other_rows_made_are_not_taken_for_ours() {
        let created = own(RecordState::Created);
        assert_eq!(sight(&found(&[OURS], 1), &[created]), Sight::NotThere);
        assert_eq!(sight(&found(&[OURS, OURS], 2), &[created]), Sight::There);
        let rejected = own(RecordState::Rejected);
        assert_eq!(sight(&found(&[OURS], 1), &[rejected]), Sight::There);
    }

    #[test]
    fn more_copies_than_rows_that_can_have_made_them_are_too_many() {
        let too_often = |copies, asked| Sight::TooOften { copies, asked };
        assert_eq!(sight(&found(&[OURS, OURS_LOCAL], 2), &[]), too_often(2, 1));
        assert_eq!(
            sight(&found(&[OURS; 3], 3), &[own(RecordState::Created)]),
            too_often(3, 2)
        );
        let open = own(RecordState::Unknown);
        assert_eq!(sight(&found(&[OURS; 2], 2), &[open]), Sight::There);
    }
}
