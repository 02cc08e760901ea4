//! Deletions, journalled like entries: *deleting* is on the disk before the request leaves, and the own rows that made
//! the entry move along with it.

use finkit_core::{RecordEvent, RecordState};
use finkit_transport::Outcome;

use super::ruling::{self, Then};
use super::run::{Run, shift};
use super::service::{Cause, ServiceFailure};
use super::{Billed, Change, Note, OwnRow, Request, RequestState, Row, RowState, SubmissionError};
use crate::DeleteAnswer;

impl Run<'_> {
    /// The own rows that made the entry which a row names; all of them go when it goes.
    pub(super) async fn entries_to_delete(
        &self,
        row: &Row,
    ) -> Result<Vec<OwnRow>, SubmissionError> {
        let Some(entry) = row.entry else {
            return Ok(Vec::new());
        };
        let mut own = self.own_rows(vec![entry.fin]).await?;
        let created = RowState::Record(RecordState::Created);
        own.retain(|own| own.record.period == entry.period && own.state == created);
        Ok(own)
    }

    /// Moves own rows of entry jobs along with the deletion of their entry.
    pub(super) fn shift_own(
        &self,
        changes: &mut Vec<Change>,
        own: &[OwnRow],
        from: RecordState,
        event: RecordEvent,
    ) -> Result<(), SubmissionError> {
        for own in own {
            shift(
                changes,
                own.job,
                [own.position].into_iter().collect(),
                from,
                &[event],
            )?;
        }
        Ok(())
    }

    /// The service has answered. Only what it says it deleted counts as deleted; a "no" is looked up.
    pub(super) fn deletion_answered(
        &mut self,
        request: &mut Request,
        row: &Row,
        own: &[OwnRow],
        answer: DeleteAnswer,
    ) -> Result<Vec<Change>, SubmissionError> {
        let (job, position) = (self.job.id, row.position);
        let mut changes = Vec::new();
        let note = if answer.deleted {
            shift(
                &mut changes,
                job,
                request.rows.clone(),
                RecordState::Deleting,
                &[RecordEvent::DeleteConfirmed],
            )?;
            self.shift_own(
                &mut changes,
                own,
                RecordState::Deleting,
                RecordEvent::DeleteConfirmed,
            )?;
            let entries = answer
                .entries
                .iter()
                .flat_map(|found| ruling::noted(row, found, own))
                .collect();
            Note::Removed { entries }
        } else {
            Note::Unsettled {
                reason: "the service says that it deleted nothing".to_owned(),
            }
        };
        self.close(request, RequestState::Answered, Billed::Yes, None);
        changes.push(Change::Request(request.clone()));
        changes.push(Change::Note {
            job,
            position,
            note: Some(note),
        });
        Ok(changes)
    }

    /// The request never arrived or was refused: the entry is still there.
    pub(super) fn deletion_refused(
        &mut self,
        request: &mut Request,
        row: &Row,
        own: &[OwnRow],
        failure: &ServiceFailure,
    ) -> Result<(Vec<Change>, Then), SubmissionError> {
        let (job, position) = (self.job.id, row.position);
        let mut changes = Vec::new();
        shift(
            &mut changes,
            job,
            request.rows.clone(),
            RecordState::Deleting,
            &[RecordEvent::DeleteRefused],
        )?;
        self.shift_own(
            &mut changes,
            own,
            RecordState::Deleting,
            RecordEvent::DeleteRefused,
        )?;
        self.close(
            request,
            RequestState::NotExecuted,
            Billed::No,
            Some(failure.message.clone()),
        );
        changes.push(Change::Request(request.clone()));
        // A refusal that names the row concerns this row only; any other one would meet the next request too.
        let about_the_row = failure.outcome == Outcome::Rejected
            && failure.cause == Cause::Invalid
            && failure.named.iter().any(|named| named.index == 0);
        if !about_the_row {
            return Ok((
                changes,
                ruling::then(failure.cause, failure.message.clone()),
            ));
        }
        let named = failure.named.first();
        let note = Note::Refused {
            field: named.and_then(|named| named.field.clone()),
            reason: named.map_or_else(|| failure.message.clone(), |named| named.rule.clone()),
        };
        changes.push(Change::Note {
            job,
            position,
            note: Some(note),
        });
        self.refused.insert(position);
        Ok((changes, Then::GoOn))
    }
}
