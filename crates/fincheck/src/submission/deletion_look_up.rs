//! Looking up what became of deletions whose answer was lost or said that nothing was deleted.

use std::collections::{HashMap, HashSet};

use finkit_core::{RecordEvent, RecordState};

use super::look_up::listed;
use super::run::{Run, shift};
use super::search::Seen;
use super::{
    Change, Ledger, Note, OwnRow, RequestKind, RequestState, Row, RowState, SubmissionError,
};
use crate::Lookup;

/// What a look-up shows of an entry that was to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Remains {
    /// No entry of ours is left.
    Gone,
    /// The entry is still there.
    There,
    /// An entry with this FIN and period is there, but the ledger can't tell whether it is ours.
    NotOursPerhaps,
    /// The answer does not settle it.
    Unclear(String),
}

/// Judges a deletion by what is left under the FIN. `own` are the own rows that made the entry. Pure.
fn sight_of_deletion(row: &Row, lookup: &Lookup, own: &[OwnRow]) -> Remains {
    let Some(entry) = row.entry else {
        return Remains::Unclear("the row is no entry".to_owned());
    };
    let (entries, complete) = match listed(lookup) {
        Ok(listed) => listed,
        Err(reason) => return Remains::Unclear(reason),
    };
    let mut left = entries
        .iter()
        .filter(|found| found.period == entry.period)
        .peekable();
    if left.peek().is_none() {
        return if complete {
            Remains::Gone
        } else {
            Remains::Unclear("the service counts more entries than it names".to_owned())
        };
    }
    if own.is_empty() {
        return Remains::NotOursPerhaps;
    }
    let ours = left.any(|found| own.iter().any(|own| own.record.is_entry(found)));
    if ours { Remains::There } else { Remains::Gone }
}

impl Run<'_> {
    pub(super) async fn settle_deletions(&mut self) -> Result<(), SubmissionError> {
        let denied = self.denied_deletions().await?;
        let mut there = Vec::new();
        let mut from = 0;
        loop {
            let rows = self.page(RecordState::Deleting, from).await?;
            let Some(last) = rows.last() else { break };
            from = last.position + 1;
            if !self
                .look_at_deletions(rows, false, &denied, &mut there)
                .await?
            {
                return Ok(());
            }
        }
        if there.is_empty() || !self.wait_to_settle().await {
            return Ok(());
        }
        self.look_at_deletions(there, true, &denied, &mut Vec::new())
            .await?;
        Ok(())
    }

    /// Rows whose last deletion was answered with "nothing deleted".
    async fn denied_deletions(&self) -> Result<HashSet<u64>, SubmissionError> {
        let job = self.job.id;
        let requests = self
            .keeper
            .with(move |ledger: &mut dyn Ledger| ledger.requests(job, None))
            .await?;
        let mut last: HashMap<u64, RequestState> = HashMap::new();
        for request in requests
            .iter()
            .filter(|request| request.kind == RequestKind::Delete)
        {
            last.extend(
                request
                    .rows
                    .iter()
                    .map(|position| (position, request.state)),
            );
        }
        let answered = last
            .into_iter()
            .filter(|(_, state)| *state == RequestState::Answered);
        Ok(answered.map(|(position, _)| position).collect())
    }

    async fn look_at_deletions(
        &mut self,
        rows: Vec<Row>,
        last: bool,
        denied: &HashSet<u64>,
        still_there: &mut Vec<Row>,
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
            for (row, lookup) in rows {
                let (position, denied) = (row.position, denied.contains(&row.position));
                let mut made = own.clone();
                let deleting = RowState::Record(RecordState::Deleting);
                made.retain(|own| {
                    own.state == deleting
                        && row.entry.is_some_and(|entry| {
                            entry.fin == own.record.fin && entry.period == own.record.period
                        })
                });
                let (event, note) = match sight_of_deletion(&row, &lookup, &made) {
                    Remains::Gone => {
                        let note = denied.then_some(Note::NothingToDelete);
                        (Some(RecordEvent::NotFound), note)
                    }
                    Remains::NotOursPerhaps if denied => {
                        self.refused.insert(position);
                        (
                            Some(RecordEvent::FoundAtService),
                            Some(Note::NothingToDelete),
                        )
                    }
                    Remains::There if denied => {
                        self.refused.insert(position);
                        let reason = "the service says that it deleted nothing, and the entry is still there".to_owned();
                        (
                            Some(RecordEvent::FoundAtService),
                            Some(Note::Refused {
                                field: None,
                                reason,
                            }),
                        )
                    }
                    Remains::There | Remains::NotOursPerhaps if last => {
                        (Some(RecordEvent::FoundAtService), None)
                    }
                    Remains::There | Remains::NotOursPerhaps => {
                        still_there.push(row);
                        continue;
                    }
                    Remains::Unclear(reason) => {
                        self.unsettled = Some(reason.clone());
                        (None, Some(Note::Unsettled { reason }))
                    }
                };
                changes.push(Change::Note {
                    job,
                    position,
                    note,
                });
                if let Some(event) = event {
                    shift(
                        &mut changes,
                        job,
                        [position].into_iter().collect(),
                        RecordState::Deleting,
                        &[event],
                    )?;
                    self.shift_own(&mut changes, &made, RecordState::Deleting, event)?;
                }
            }
            self.commit(changes).await?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use finkit_core::{FinRecord, FoundEntry, FoundFin, RecordState, ReportedTime};

    use super::{Remains, sight_of_deletion};
    use crate::Lookup;
    use crate::submission::{Entry, JobId, OwnRow, Row, RowState};

    const YEAR: &str = "2026-01-01/2026-12-31";

    fn record() -> FinRecord {
        FinRecord {
            fin: "WVWZZZE1ZMP000001".parse().expect("a FIN"),
            period: YEAR.parse().expect("a period"),
            registered_at: "2026-01-02T10:30:00+01:00".parse().expect("a time"),
        }
    }

    fn sight(entries: &[(&str, &str)], count: u64, own: bool) -> Remains {
        let entry = |(period, time): &(&str, &str)| FoundEntry {
            period: period.parse().expect("a period"),
            registered_at: time.parse::<ReportedTime>().expect("a time"),
        };
        let found = FoundFin {
            fin: record().fin,
            count,
            entries: entries.iter().map(entry).collect(),
        };
        let row = Row {
            position: 0,
            number: 2,
            entry: Some(Entry {
                registered_at: None,
                ..record().into()
            }),
            state: RowState::Record(RecordState::Deleting),
        };
        let made = OwnRow {
            job: JobId(9),
            position: 0,
            number: 2,
            record: record(),
            state: RowState::Record(RecordState::Deleting),
        };
        let own = if own { vec![made] } else { Vec::new() };
        sight_of_deletion(&row, &Lookup::Found(found), &own)
    }

    const OURS: (&str, &str) = (YEAR, "2026-01-02T09:30:00Z");
    const THEIRS: (&str, &str) = (YEAR, "2026-03-01T09:30:00Z");
    const OTHER_PERIOD: (&str, &str) = ("2026-01-01/2026-06-30", "2026-01-02T09:30:00Z");

    #[test]
    fn only_our_own_entry_of_the_period_counts_as_left() {
        assert_eq!(sight(&[OURS, THEIRS], 2, true), Remains::There);
        assert_eq!(sight(&[THEIRS], 1, true), Remains::Gone);
        assert_eq!(sight(&[OTHER_PERIOD], 1, true), Remains::Gone);
    }

    #[test]
    fn without_an_own_row_nobody_can_tell_whose_the_entry_is() {
        assert_eq!(sight(&[THEIRS], 1, false), Remains::NotOursPerhaps);
        assert_eq!(sight(&[OTHER_PERIOD], 1, false), Remains::Gone);
    }

    #[test]
    fn nothing_counts_as_gone_while_the_answer_may_hide_it() {
        assert!(matches!(
            sight(&[OTHER_PERIOD], 2, true),
            Remains::Unclear(_)
        ));
    }
}
