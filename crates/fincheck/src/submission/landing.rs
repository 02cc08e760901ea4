//! What follows when a request lands: outcomes are gathered for the next commit, and a failure decides how to go on.

use std::collections::HashSet;
use std::time::Duration;

use finkit_core::{RecordEvent, RecordState, Vin};
use finkit_transport::Outcome;

use super::feed::Feed;
use super::options::BatchLimits;
use super::ruling::{self, Fate, Fated, Known, Ruling, Then};
use super::run::{Run, shift};
use super::send::{Air, Aloft, Answer, Landed, Streak, Work};
use super::service::{Arrival, ServiceFailure};
use super::summary::Ended;
use super::{Billed, Change, Note, Request, RequestState, Row, RowSet, SubmissionError};
use crate::{EntryAnswer, RecordOutcome};

/// Pauses in a row that the service may ask for without naming an end.
const PAUSES: u32 = 5;
/// Single records in a row that the service may find too large.
const SINGLES: u32 = 3;
/// Full requests that are taken before a larger one is tried.
const BEFORE_PROBE: u32 = 4;

impl Run<'_> {
    pub(super) async fn land(
        &mut self,
        air: &mut Air,
        feed: &mut Feed,
        Landed { mut aloft, answer }: Landed,
    ) -> Result<(), SubmissionError> {
        match (
            answer,
            std::mem::replace(&mut aloft.work, Work::Create(Vec::new())),
        ) {
            (Some(Answer::Create(answer)), Work::Create(rows)) => {
                match answer.and_then(Arrival::read) {
                    Ok(answer) if answer.outcomes.len() == rows.len() => {
                        air.streak = Streak::default();
                        self.land_created(air, aloft.request, &rows, answer).await
                    }
                    Ok(answer) => {
                        let said = format!(
                            "the answer accounts for {} of {} records",
                            answer.outcomes.len(),
                            rows.len()
                        );
                        aloft.work = Work::Create(rows);
                        self.lose(air, &mut aloft, said)
                    }
                    Err(failure) => self.land_failure(air, feed, aloft.request, rows, &failure),
                }
            }
            (Some(Answer::Delete(Ok(answer))), Work::Delete(row, own)) => {
                air.streak = Streak::default();
                let mut request = aloft.request;
                let mut changes = self.deletion_answered(&mut request, &row, &own, answer)?;
                air.outcomes.append(&mut changes);
                Ok(())
            }
            (Some(Answer::Delete(Err(failure))), Work::Delete(row, own))
                if failure.outcome != Outcome::Unknown =>
            {
                let mut request = aloft.request;
                let (mut changes, then) =
                    self.deletion_refused(&mut request, &row, &own, &failure)?;
                air.outcomes.append(&mut changes);
                if matches!(then, Then::Unsent(_) | Then::Pause(..)) {
                    feed.put_back(vec![row]);
                }
                self.follow(air, then);
                Ok(())
            }
            (answer, work) => {
                let said = match answer {
                    Some(Answer::Delete(Err(failure)) | Answer::Create(Err(failure))) => {
                        failure.message
                    }
                    _ => "the client failed while the request was in flight".to_owned(),
                };
                aloft.work = work;
                self.lose(air, &mut aloft, said)
            }
        }
    }

    /// Writes a request down whose outcome nobody knows.
    pub(super) fn lose(
        &mut self,
        air: &mut Air,
        aloft: &mut Aloft,
        said: String,
    ) -> Result<(), SubmissionError> {
        air.streak.unknown += 1;
        if air.streak.unknown >= self.options.unknown_in_a_row && self.halt.is_none() {
            self.halt = Some(Ended::UnknownInARow {
                requests: air.streak.unknown,
                reason: said.clone(),
            });
        }
        self.close(
            &mut aloft.request,
            RequestState::Unknown,
            Billed::Unknown,
            Some(said),
        );
        air.outcomes.push(Change::Request(aloft.request.clone()));
        if matches!(aloft.work, Work::Create(_)) {
            let set = aloft.request.rows.clone();
            shift(
                &mut air.outcomes,
                self.job.id,
                set,
                RecordState::Sending,
                &[RecordEvent::Lost],
            )?;
        }
        self.lost.push(aloft.request.clone());
        Ok(())
    }

    async fn land_created(
        &mut self,
        air: &mut Air,
        mut request: Request,
        rows: &[Row],
        answer: EntryAnswer,
    ) -> Result<(), SubmissionError> {
        let overlaps = |outcome: &RecordOutcome| match outcome {
            RecordOutcome::Created { overlaps } | RecordOutcome::NotEntered { overlaps, .. } => {
                overlaps.is_some()
            }
            RecordOutcome::Unaccounted => false,
        };
        let overlapping = rows
            .iter()
            .zip(&answer.outcomes)
            .filter(|(_, outcome)| overlaps(outcome));
        let fins: Vec<Vin> = overlapping
            .filter_map(|(row, _)| Some(row.entry?.fin))
            .collect();
        let mut own = self.own_rows(fins).await?;
        own.retain(|own| own.job != self.job.id || !request.rows.contains(own.position));
        let lost = &self.lost;
        let tried_before = |position| lost.iter().any(|request| request.rows.contains(position));
        let partial = self.job.asked.flags.commit_on_partial_success;
        let known = Known {
            partial,
            own: &own,
            tried_before: &tried_before,
        };
        let fates = ruling::of_answer(rows, answer, &known);
        let doubtful = |fated: &&Fated| {
            fated.fate == Fate::Created && fated.note.is_some() && tried_before(fated.position)
        };
        let positions: HashSet<u64> = fates
            .iter()
            .filter(doubtful)
            .map(|fated| fated.position)
            .collect();
        self.doubtful
            .extend(rows.iter().filter(|row| positions.contains(&row.position)));
        let left_out = fates
            .iter()
            .filter(|fated| fated.fate == Fate::Lost)
            .count();
        if left_out > 0 {
            // It was answered and is billed, but some of its records may or may not have been entered.
            let said = format!("the answer leaves {left_out} of {} records out", rows.len());
            self.close(&mut request, RequestState::Unknown, Billed::Yes, Some(said));
            self.lost.push(request.clone());
        } else {
            self.close(&mut request, RequestState::Answered, Billed::Yes, None);
        }
        air.outcomes.push(Change::Request(request));
        for fated in fates
            .iter()
            .filter(|fated| fated.fate == Fate::CreatedBefore)
        {
            self.prove_executed(fated.position, &mut air.outcomes);
        }
        self.note_taken(air, rows.len());
        if let ([row], [Fated { note: None, .. }]) = (rows, &fates[..]) {
            // It may carry the note of a try before.
            let (job, position) = (self.job.id, row.position);
            air.outcomes.push(Change::Note {
                job,
                position,
                note: None,
            });
        }
        self.write_fates(&mut air.outcomes, fates)
    }

    /// Moves rows and notes along what became of them.
    fn write_fates(
        &self,
        changes: &mut Vec<Change>,
        fates: Vec<Fated>,
    ) -> Result<(), SubmissionError> {
        let job = self.job.id;
        let mut sets: Vec<(Fate, RowSet)> = Vec::new();
        for Fated {
            position,
            fate,
            note,
        } in fates
        {
            match sets.iter_mut().find(|(known, _)| *known == fate) {
                Some((_, set)) => set.insert(position),
                None => sets.push((fate, [position].into_iter().collect())),
            }
            if note.is_some() {
                changes.push(Change::Note {
                    job,
                    position,
                    note,
                });
            }
        }
        for (fate, set) in sets {
            shift(changes, job, set, RecordState::Sending, fate.events())?;
        }
        Ok(())
    }

    fn land_failure(
        &mut self,
        air: &mut Air,
        feed: &mut Feed,
        mut request: Request,
        rows: Vec<Row>,
        failure: &ServiceFailure,
    ) -> Result<(), SubmissionError> {
        let flags = self.job.asked.flags;
        let said = failure.message.clone();
        let ruling = ruling::of_failure(
            &rows,
            failure,
            flags.commit_on_partial_success,
            self.job.asked.atomic,
        );
        let Ruling::NotExecuted {
            rejected,
            again,
            then,
        } = ruling
        else {
            return self.lose(
                air,
                &mut Aloft {
                    request,
                    work: Work::Create(rows),
                    parked: None,
                },
                said,
            );
        };
        air.streak.unknown = 0;
        self.close(
            &mut request,
            RequestState::NotExecuted,
            Billed::No,
            Some(said),
        );
        air.outcomes.push(Change::Request(request));
        let fated = |(position, note)| Fated {
            position,
            fate: Fate::Rejected,
            note: Some(note),
        };
        let mut fates: Vec<Fated> = rejected.into_iter().map(fated).collect();
        fates.extend(again.iter().map(|row| Fated {
            position: row.position,
            fate: Fate::NotExecuted,
            note: None,
        }));
        self.write_fates(&mut air.outcomes, fates)?;
        if let Then::Smaller(reason) = then {
            self.send_smaller(air, feed, &again, reason);
            return Ok(());
        }
        feed.put_back(again);
        self.follow(air, then);
        Ok(())
    }

    /// Halves a request that was too large and remembers the size that is left. One that is not larger than another
    /// that was taken says nothing about the service.
    fn send_smaller(&mut self, air: &mut Air, feed: &mut Feed, rows: &[Row], reason: String) {
        if let [row] = rows {
            // No record is too large by itself: something between here and the service refuses them all.
            let (job, position) = (self.job.id, row.position);
            let note = Some(Note::TooLarge);
            air.outcomes.push(Change::Note {
                job,
                position,
                note,
            });
            air.streak.too_large += 1;
            if air.streak.too_large >= SINGLES {
                self.halt.get_or_insert(Ended::Refused { reason });
            }
            feed.put_back(rows.to_vec());
            return;
        }
        let half = rows.len().div_ceil(2);
        if rows.len() > self.taken {
            let bytes = BatchLimits::body(half, self.shape);
            self.remember_limit(air, self.learnt.map_or(bytes, |learnt| learnt.min(bytes)));
        }
        feed.put_back(rows[half..].to_vec());
        feed.put_back(rows[..half].to_vec());
    }

    fn remember_limit(&mut self, air: &mut Air, bytes: u64) {
        (self.learnt, self.remembered) = (Some(bytes), Some(bytes));
        let origin = self.job.asked.account.origin.clone();
        air.outcomes.push(Change::ByteLimit { origin, bytes });
    }

    /// Notes that a request of this size was taken. After some in a row under a remembered limit a larger one is tried,
    /// once in a run, so that a refusal which was a whim of some gateway does not last for ever.
    fn note_taken(&mut self, air: &mut Air, records: usize) {
        self.taken = self.taken.max(records);
        if self.cautious.is_some() && records >= self.batch_size() {
            self.taken_in_a_row += 1;
            if self.taken_in_a_row >= BEFORE_PROBE {
                (self.cautious, self.taken_in_a_row) = (None, 0);
            }
            return;
        }
        let Some(remembered) = self.remembered else {
            return;
        };
        if BatchLimits::body(records, self.shape) > remembered {
            self.remember_limit(air, self.learnt.unwrap_or(remembered));
        }
        if self.probed || records < self.batch_size() {
            return;
        }
        self.taken_in_a_row += 1;
        if self.taken_in_a_row >= BEFORE_PROBE {
            self.probed = true;
            self.learnt = Some(BatchLimits::body(2 * records, self.shape));
        }
    }

    /// Does what follows from a failure.
    fn follow(&mut self, air: &mut Air, then: Then) {
        let halt = match then {
            Then::GoOn | Then::Smaller(_) => {
                air.streak = Streak::default();
                return;
            }
            Then::Unsent(reason) => {
                air.streak.unsent += 1;
                (air.streak.unsent >= self.options.unsent_in_a_row)
                    .then_some(Ended::Unreachable { reason })
            }
            Then::Pause(after, reason) => {
                air.streak.pauses += 1;
                let pause = after.unwrap_or(Duration::from_secs(1 << air.streak.pauses.min(6)));
                if pause > self.options.longest_pause || air.streak.pauses > PAUSES {
                    Some(Ended::ComeBackLater { after, reason })
                } else {
                    air.pause = Some(air.pause.map_or(pause, |longest| longest.max(pause)));
                    None
                }
            }
            Then::Halt(ended) => Some(ended),
        };
        if self.halt.is_none() {
            self.halt = halt;
        }
    }
}
