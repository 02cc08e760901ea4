//! A ledger in memory, for programs that need no durability, and for tests.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use chrono::{DateTime, Utc};
use finkit_core::Vin;

use super::{
    Account, Billed, Change, Charge, Cost, Job, JobId, JobKind, Judgement, Ledger, LedgerError,
    LedgerErrorKind, NewJob, NewRow, Note, OwnRow, Request, RequestState, Row, RowContent, RowSet,
    RowState, SameFin, StateSet, Tally, UsageLine,
};

/// A [`Ledger`] that lives as long as the program.
///
/// Everything a submission does works over it, but for the one thing ledgers are for: after a crash nobody knows what
/// was sent. Use it where the caller keeps records elsewhere, or to try things out.
///
/// ```
/// use finkit_fincheck::submission::{Ledger, MemoryLedger};
///
/// let mut ledger = MemoryLedger::new();
/// assert!(ledger.jobs()?.is_empty());
/// # Ok::<(), finkit_fincheck::submission::LedgerError>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryLedger {
    jobs: BTreeMap<JobId, Kept>,
    last_job: u64,
    claimed: BTreeSet<JobId>,
    limits: HashMap<String, u64>,
    charges: Vec<Charge>,
}

#[derive(Debug)]
struct Kept {
    asked: NewJob,
    open: bool,
    rows: Vec<Row>,
    notes: BTreeMap<u64, Note>,
    requests: BTreeMap<u64, Request>,
}

impl Kept {
    fn job(&self, id: JobId) -> Job {
        Job {
            id,
            asked: self.asked.clone(),
            open: self.open,
            rows: self.rows.len() as u64,
        }
    }
}

impl MemoryLedger {
    /// An empty ledger.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self, job: JobId) -> Result<&Kept, LedgerError> {
        self.jobs
            .get(&job)
            .ok_or_else(|| LedgerError::no_such_job(job))
    }

    fn opened(&self, job: JobId) -> Result<&Kept, LedgerError> {
        let kept = self.kept(job)?;
        if kept.open {
            Ok(kept)
        } else {
            Err(LedgerError::still_planned(job))
        }
    }

    fn kept_mut(&mut self, job: JobId) -> Result<&mut Kept, LedgerError> {
        self.jobs
            .get_mut(&job)
            .ok_or_else(|| LedgerError::no_such_job(job))
    }

    fn apply(
        &mut self,
        change: &Change,
        undo: &mut Vec<(JobId, RowSet, RowState)>,
    ) -> Result<(), LedgerError> {
        match change {
            Change::Request(request) => {
                self.kept_mut(request.job)?
                    .requests
                    .insert(request.number, request.clone());
            }
            Change::Move {
                job,
                rows,
                from,
                to,
            } => {
                let kept = self.kept_mut(*job)?;
                let fits = |position: u64| {
                    usize::try_from(position)
                        .ok()
                        .and_then(|position| kept.rows.get(position))
                        .is_some_and(|row| row.state == *from)
                };
                if let Some(position) = rows.iter().find(|position| !fits(*position)) {
                    let message = format!("row at {position} of job {job} is not {from}");
                    return Err(LedgerError::new(LedgerErrorKind::Conflict, message));
                }
                for position in rows.iter() {
                    kept.rows[position as usize].state = *to;
                }
                undo.push((*job, rows.clone(), *from));
            }
            Change::Note {
                job,
                position,
                note,
            } => {
                let notes = &mut self.kept_mut(*job)?.notes;
                match note {
                    Some(note) => notes.insert(*position, note.clone()),
                    None => notes.remove(position),
                };
            }
            Change::ByteLimit { origin, bytes } => {
                self.limits.insert(origin.clone(), *bytes);
            }
            Change::Charge(charge) => self.charges.push(charge.clone()),
        }
        Ok(())
    }
}

impl Ledger for MemoryLedger {
    fn begin(&mut self, job: &NewJob) -> Result<JobId, LedgerError> {
        self.last_job += 1;
        let id = JobId(self.last_job);
        let kept = Kept {
            asked: job.clone(),
            open: false,
            rows: Vec::new(),
            notes: BTreeMap::new(),
            requests: BTreeMap::new(),
        };
        self.jobs.insert(id, kept);
        self.claimed.insert(id);
        Ok(id)
    }

    fn append(&mut self, job: JobId, rows: &[NewRow]) -> Result<(), LedgerError> {
        let kept = self.kept_mut(job)?;
        if kept.open {
            return Err(LedgerError::new(
                LedgerErrorKind::WrongPhase,
                format!("job {job} takes no more rows"),
            ));
        }
        for row in rows {
            if kept
                .rows
                .last()
                .is_some_and(|last| last.number >= row.number)
            {
                let message = format!("row {} does not come after the row before it", row.number);
                return Err(LedgerError::new(LedgerErrorKind::WrongPhase, message));
            }
            let position = kept.rows.len() as u64;
            let (entry, state) = match &row.content {
                RowContent::Sound(entry) => (Some(*entry), kept.asked.kind.first_state()),
                RowContent::Faulty(codes) => {
                    kept.notes.insert(
                        position,
                        Note::Faults {
                            codes: codes.clone(),
                        },
                    );
                    (None, RowState::Faulty)
                }
            };
            kept.rows.push(Row {
                position,
                number: row.number,
                entry,
                state,
            });
        }
        Ok(())
    }

    fn open(
        &mut self,
        job: JobId,
        judge: &mut dyn FnMut(&SameFin<'_>) -> Vec<Judgement>,
    ) -> Result<(), LedgerError> {
        let kept = self.kept(job)?;
        if kept.open {
            return Err(LedgerError::new(
                LedgerErrorKind::WrongPhase,
                format!("job {job} is open already"),
            ));
        }
        let deletion = kept.asked.kind == JobKind::Deletion;
        let mut here: BTreeMap<Vin, Vec<Row>> = BTreeMap::new();
        for row in &kept.rows {
            if let Some(entry) = row.entry {
                here.entry(entry.fin).or_default().push(*row);
            }
        }
        let account = kept.asked.account.clone();
        let fins: Vec<Vin> = here.keys().copied().collect();
        let mut elsewhere: HashMap<Vin, Vec<OwnRow>> = HashMap::new();
        for own in self
            .own_rows(&account, &fins)?
            .into_iter()
            .filter(|own| own.job != job)
        {
            elsewhere.entry(own.record.fin).or_default().push(own);
        }
        let mut judgements = Vec::new();
        for (fin, here) in &here {
            let elsewhere = elsewhere.get(fin).map_or(&[][..], Vec::as_slice);
            if deletion || here.len() + elsewhere.len() > 1 {
                judgements.extend(judge(&SameFin { here, elsewhere }));
            }
        }
        let kept = self.kept_mut(job)?;
        for judgement in judgements {
            kept.rows[judgement.position as usize].state = judgement.state;
            kept.notes.insert(judgement.position, judgement.note);
        }
        kept.open = true;
        Ok(())
    }

    fn discard(&mut self, job: JobId) -> Result<(), LedgerError> {
        if !self.kept(job)?.requests.is_empty() {
            return Err(LedgerError::new(
                LedgerErrorKind::WrongPhase,
                format!("job {job} has sent requests"),
            ));
        }
        self.jobs.remove(&job);
        self.claimed.remove(&job);
        if self.last_job == job.0 {
            self.last_job -= 1;
        }
        Ok(())
    }

    fn job(&mut self, job: JobId) -> Result<Job, LedgerError> {
        Ok(self.kept(job)?.job(job))
    }

    fn jobs(&mut self) -> Result<Vec<Job>, LedgerError> {
        Ok(self.jobs.iter().map(|(id, kept)| kept.job(*id)).collect())
    }

    fn claim(&mut self, job: JobId, _now: DateTime<Utc>) -> Result<(), LedgerError> {
        // A value in memory has one user, so that a claim never meets another one.
        self.kept(job)?;
        self.claimed.insert(job);
        Ok(())
    }

    fn release(&mut self, job: JobId) {
        self.claimed.remove(&job);
    }

    fn rows(
        &mut self,
        job: JobId,
        wanted: StateSet,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Row>, LedgerError> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let rows = self.opened(job)?.rows.iter().skip(from);
        Ok(rows
            .filter(|row| wanted.contains(row.state))
            .take(limit)
            .copied()
            .collect())
    }

    fn notes(
        &mut self,
        job: JobId,
        positions: Range<u64>,
    ) -> Result<Vec<(u64, Note)>, LedgerError> {
        let notes = self.opened(job)?.notes.range(positions);
        Ok(notes
            .map(|(position, note)| (*position, note.clone()))
            .collect())
    }

    fn tally(&mut self, job: JobId) -> Result<Tally, LedgerError> {
        let mut tally = Tally::default();
        for row in &self.opened(job)?.rows {
            tally.add(row.state, 1);
        }
        Ok(tally)
    }

    fn requests(
        &mut self,
        job: JobId,
        state: Option<RequestState>,
    ) -> Result<Vec<Request>, LedgerError> {
        let requests = self.opened(job)?.requests.values();
        Ok(requests
            .filter(|request| state.is_none_or(|state| request.state == state))
            .cloned()
            .collect())
    }

    fn last_request(&mut self, job: JobId) -> Result<u64, LedgerError> {
        Ok(self
            .opened(job)?
            .requests
            .last_key_value()
            .map_or(0, |(number, _)| *number))
    }

    fn own_rows(&mut self, account: &Account, fins: &[Vin]) -> Result<Vec<OwnRow>, LedgerError> {
        let wanted: BTreeSet<&Vin> = fins.iter().collect();
        let mut found = Vec::new();
        for (id, kept) in &self.jobs {
            if !kept.open || kept.asked.kind != JobKind::Entry || kept.asked.account != *account {
                continue;
            }
            for row in &kept.rows {
                let Some(record) = row.entry.and_then(|entry| entry.record()) else {
                    continue;
                };
                if wanted.contains(&record.fin) {
                    let Row {
                        position,
                        number,
                        state,
                        ..
                    } = *row;
                    found.push(OwnRow {
                        job: *id,
                        position,
                        number,
                        record,
                        state,
                    });
                }
            }
        }
        Ok(found)
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), LedgerError> {
        // Only moves and unknown jobs can fail, so that taking back the moves takes back everything that matters.
        let mut moved = Vec::new();
        let outcome = changes.iter().try_for_each(|change| match change {
            Change::Move { .. } => self.apply(change, &mut moved),
            Change::Request(Request { job, .. }) | Change::Note { job, .. } => {
                self.opened(*job).map(|_| ())
            }
            Change::ByteLimit { .. } | Change::Charge(_) => Ok(()),
        });
        if let Err(error) = outcome {
            for (job, rows, from) in moved.into_iter().rev() {
                let kept = self.kept_mut(job)?;
                for position in rows.iter() {
                    kept.rows[position as usize].state = from;
                }
            }
            return Err(error);
        }
        for change in changes
            .iter()
            .filter(|change| !matches!(change, Change::Move { .. }))
        {
            self.apply(change, &mut Vec::new())?;
        }
        Ok(())
    }

    fn byte_limit(&mut self, origin: &str) -> Result<Option<u64>, LedgerError> {
        Ok(self.limits.get(origin).copied())
    }

    fn usage(&mut self) -> Result<Vec<UsageLine>, LedgerError> {
        let mut lines: BTreeMap<(String, String, String, Option<JobId>), UsageLine> =
            BTreeMap::new();
        let mut add = |account: &Account,
                       job: Option<JobId>,
                       at: DateTime<Utc>,
                       cost: Cost,
                       billed: Billed| {
            let month = at.format("%Y-%m").to_string();
            let key = (
                month.clone(),
                account.profile.clone(),
                account.origin.clone(),
                job,
            );
            let line = lines.entry(key).or_insert_with(|| UsageLine {
                account: account.clone(),
                month,
                job,
                known: Cost::default(),
                unknown: Cost::default(),
            });
            match billed {
                Billed::Yes => line.known += cost,
                Billed::Unknown => line.unknown += cost,
                Billed::No => {}
            }
        };
        for (id, kept) in &self.jobs {
            for request in kept.requests.values() {
                let cost = Cost {
                    reads: request.reads,
                    writes: request.writes,
                };
                add(
                    &kept.asked.account,
                    Some(*id),
                    request.sent_at,
                    cost,
                    request.billed,
                );
            }
        }
        for charge in &self.charges {
            let cost = Cost {
                reads: charge.reads,
                writes: charge.writes,
            };
            add(&charge.account, None, charge.at, cost, charge.billed);
        }
        Ok(lines.into_values().collect())
    }
}
