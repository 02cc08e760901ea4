//! Looking up what became of records whose request nobody can tell the outcome of.

use std::collections::{BTreeMap, HashMap, HashSet};

use finkit_core::{FoundEntry, RecordEvent, RecordState, Vin};
use finkit_transport::Outcome;

use super::ruling::{self, Then};
use super::run::{PAGE, Run, shift};
use super::summary::{Ended, Phase};
use super::{
    Billed, Change, Cost, JobKind, Ledger, Note, OwnRow, RequestKind, RequestState, Row, RowRef,
    RowSet, RowState, StateSet, SubmissionError,
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

/// What a look-up shows of an entry that was to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Remains {
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
pub(super) fn sight_of_deletion(row: &Row, lookup: &Lookup, own: &[OwnRow]) -> Remains {
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

/// The entries under a FIN, and whether these are all.
fn listed(lookup: &Lookup) -> Result<(&[FoundEntry], bool), String> {
    match lookup {
        Lookup::Free => Ok((&[], true)),
        Lookup::Found(found) => Ok((&found.entries, found.is_complete())),
        Lookup::Unknown(reason) => Err(reason.to_string()),
    }
}

/// Rows of one look-up with what the service has under their FINs and the own rows of these.
struct Seen {
    rows: Vec<(Row, Lookup)>,
    own: Vec<OwnRow>,
    /// The request, to be written with what follows from it.
    changes: Vec<Change>,
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

    async fn settle_deletions(&mut self) -> Result<(), SubmissionError> {
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

    async fn page(&self, state: RecordState, from: u64) -> Result<Vec<Row>, SubmissionError> {
        let (job, wanted) = (self.job.id, StateSet::records(&[state]));
        Ok(self
            .keeper
            .with(move |ledger| ledger.rows(job, wanted, from, PAGE))
            .await?)
    }

    /// Rows in groups that one look-up takes: one calendar year, at most so many FINs.
    fn chunks(&self, rows: Vec<Row>) -> Vec<(i32, Vec<Row>)> {
        let mut years: BTreeMap<i32, Vec<Row>> = BTreeMap::new();
        for row in rows {
            if let Some(entry) = row.entry {
                years.entry(entry.period.year()).or_default().push(row);
            }
        }
        let mut chunks = Vec::new();
        for (year, rows) in years {
            let mut fins: HashSet<Vin> = HashSet::new();
            let mut chunk: Vec<Row> = Vec::new();
            for row in rows {
                let Some(entry) = row.entry else { continue };
                if !fins.contains(&entry.fin) && fins.len() == self.options.search_fins.get() {
                    chunks.push((year, std::mem::take(&mut chunk)));
                    fins.clear();
                }
                fins.insert(entry.fin);
                chunk.push(row);
            }
            if !chunk.is_empty() {
                chunks.push((year, chunk));
            }
        }
        chunks
    }

    /// One look-up, written down before and after; `None` when looking up has to end.
    async fn search(&mut self, year: i32, rows: Vec<Row>) -> Result<Option<Seen>, SubmissionError> {
        self.note_stop();
        if matches!(self.halt, Some(Ended::Stopped | Ended::Aborted)) {
            return Ok(None);
        }
        let fins: HashSet<Vin> = rows
            .iter()
            .filter_map(|row| row.entry.map(|entry| entry.fin))
            .collect();
        let fins: Vec<Vin> = fins.into_iter().collect();
        let cost = Cost {
            reads: fins.len() as u64,
            writes: 0,
        };
        let mut request = self.new_request(RequestKind::Search, RowSet::new(), cost);
        self.commit(vec![Change::Request(request.clone())]).await?;
        let answer = tokio::select! {
            biased;
            answer = self.service.search(&fins, year) => Some(answer),
            () = self.stop.forced() => None,
        };
        match answer {
            Some(Ok(answer)) => {
                self.close(&mut request, RequestState::Answered, Billed::Yes, None);
                let mut found: HashMap<Vin, Lookup> = answer.fins.into_iter().collect();
                found.retain(|fin, _| fins.contains(fin));
                let unanswered = || Lookup::Unknown("the answer leaves this FIN out".to_owned());
                let lookup = |row: &Row| {
                    row.entry
                        .and_then(|entry| found.get(&entry.fin).cloned())
                        .unwrap_or_else(unanswered)
                };
                let rows = rows.into_iter().map(|row| (row, lookup(&row))).collect();
                let own = self.own_rows(fins).await?;
                Ok(Some(Seen {
                    rows,
                    own,
                    changes: vec![Change::Request(request)],
                }))
            }
            Some(Err(failure)) => {
                let (state, billed) = match failure.outcome {
                    Outcome::Unknown => (RequestState::Unknown, Billed::Unknown),
                    Outcome::NotSent | Outcome::Rejected => (RequestState::NotExecuted, Billed::No),
                };
                self.close(&mut request, state, billed, Some(failure.message.clone()));
                self.commit(vec![Change::Request(request)]).await?;
                let reason = failure.message;
                let ended = match ruling::then(failure.cause, reason.clone()) {
                    Then::Unsent(reason) => Ended::Unreachable { reason },
                    Then::Pause(after, reason) => Ended::ComeBackLater { after, reason },
                    Then::Halt(Ended::Refused { .. }) | Then::GoOn | Then::Smaller => {
                        Ended::Unsettled { reason }
                    }
                    Then::Halt(ended) => ended,
                };
                // Why sending ended is the more important news.
                self.halt.get_or_insert(ended);
                Ok(None)
            }
            None => {
                let said = "given up on request while it was in flight".to_owned();
                self.close(
                    &mut request,
                    RequestState::Unknown,
                    Billed::Unknown,
                    Some(said),
                );
                self.commit(vec![Change::Request(request)]).await?;
                self.halt = Some(Ended::Aborted);
                Ok(None)
            }
        }
    }

    /// Waits before the second look; false when a stop is requested meanwhile.
    async fn wait_to_settle(&mut self) -> bool {
        let pause = self.options.settle;
        self.phase = Phase::Waiting { pause };
        self.tell();
        tokio::select! {
            biased;
            () = self.stop.requested() => {}
            () = self.clock.sleep(pause) => {}
        }
        self.phase = Phase::LookingUp;
        self.note_stop();
        !self.stop.is_requested()
    }
}
