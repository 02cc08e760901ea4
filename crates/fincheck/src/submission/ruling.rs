//! What an answer, or a failure, means for the rows of a request. Pure.

use std::time::Duration;

use finkit_core::{FoundEntry, FoundFin, RecordEvent};
use finkit_transport::Outcome;

use super::judge::reference;
use super::service::{Cause, ServiceFailure};
use super::summary::Ended;
use super::{Note, NotedEntry, OwnRow, Row, RowState};
use crate::{EntryAnswer, RecordOutcome};

/// What becomes of a row that was being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fate {
    /// Entered by this request.
    Created,
    /// Entered by an earlier request of this job whose answer was lost; this one was refused because of it.
    CreatedBefore,
    /// Not entered: something overlaps.
    Overlapping,
    /// Not entered: it is an own entry from before.
    AlreadyEntered,
    /// Not entered, for another reason.
    Rejected,
    /// Not entered, and to be sent again.
    NotExecuted,
    /// Nobody knows.
    Lost,
}

impl Fate {
    /// The steps that lead there from *sending*.
    pub(crate) fn events(self) -> &'static [RecordEvent] {
        use RecordEvent as E;
        match self {
            Self::Created => &[E::Created],
            Self::CreatedBefore => &[E::Lost, E::FoundAtService],
            Self::Overlapping => &[E::Overlapping],
            Self::AlreadyEntered => &[E::Overlapping, E::RecognisedAsOwn],
            Self::Rejected => &[E::Rejected],
            Self::NotExecuted => &[E::NotSent],
            Self::Lost => &[E::Lost],
        }
    }
}

/// A row, what becomes of it, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fated {
    pub(crate) position: u64,
    pub(crate) fate: Fate,
    pub(crate) note: Option<Note>,
}

/// What is known besides the answer itself.
pub(crate) struct Known<'a> {
    /// Whether rows may be entered although others of the request failed.
    pub(crate) partial: bool,
    /// The account's rows with the FINs of the answer's overlaps, those of the request excluded.
    pub(crate) own: &'a [OwnRow],
    /// Whether the row of a position was in an earlier request whose outcome is unknown.
    pub(crate) tried_before: &'a dyn Fn(u64) -> bool,
}

/// What an answer says about each row. Its records must be as many as the rows.
pub(crate) fn of_answer(rows: &[Row], answer: EntryAnswer, known: &Known<'_>) -> Vec<Fated> {
    let because_of_row = rows.iter().zip(&answer.outcomes).find_map(|(row, outcome)| {
        let failing = matches!(
            concerning(row, outcome.clone()),
            RecordOutcome::NotEntered { overlaps, reason } if overlaps.is_some() || reason.is_some()
        );
        failing.then_some(row.number)
    });
    rows.iter()
        .zip(answer.outcomes)
        .map(|(row, outcome)| {
            let (fate, note) = match concerning(row, outcome) {
                RecordOutcome::Created { overlaps } => {
                    let note = overlaps.map(|found| overlap_note(row, &found, known.own));
                    (Fate::Created, note)
                }
                RecordOutcome::NotEntered {
                    overlaps: Some(found),
                    ..
                } => refused_by_overlap(row, &found, known),
                RecordOutcome::NotEntered {
                    overlaps: None,
                    reason: Some(reason),
                } => (
                    Fate::Rejected,
                    Some(Note::Refused {
                        field: None,
                        reason,
                    }),
                ),
                RecordOutcome::NotEntered {
                    overlaps: None,
                    reason: None,
                } if !known.partial && rows.len() > 1 => {
                    (Fate::Rejected, Some(Note::AllOrNothing { because_of_row }))
                }
                RecordOutcome::NotEntered {
                    overlaps: None,
                    reason: None,
                } => {
                    let reason = "the service gave no reason".to_owned();
                    (
                        Fate::Rejected,
                        Some(Note::Refused {
                            field: None,
                            reason,
                        }),
                    )
                }
                RecordOutcome::Unaccounted => {
                    let reason = "the answer leaves this record out".to_owned();
                    (Fate::Lost, Some(Note::Unsettled { reason }))
                }
            };
            Fated {
                position: row.position,
                fate,
                note,
            }
        })
        .collect()
}

/// An outcome without overlaps that do not concern the row: the service names them by FIN, and a FIN can have several
/// rows with periods of their own.
fn concerning(row: &Row, outcome: RecordOutcome) -> RecordOutcome {
    let concerns = |found: &FoundFin| {
        row.entry.is_none_or(|entry| {
            !found.is_complete() || found.overlapping(&entry.period).next().is_some()
        })
    };
    match outcome {
        RecordOutcome::Created { overlaps } => RecordOutcome::Created {
            overlaps: overlaps.filter(concerns),
        },
        RecordOutcome::NotEntered { overlaps, reason } => RecordOutcome::NotEntered {
            overlaps: overlaps.filter(concerns),
            reason,
        },
        RecordOutcome::Unaccounted => RecordOutcome::Unaccounted,
    }
}

/// A row that was refused because of an overlap: with an own entry, or with somebody else's.
fn refused_by_overlap(row: &Row, found: &FoundFin, known: &Known<'_>) -> (Fate, Option<Note>) {
    let overlaps = || Some(overlap_note(row, found, known.own));
    let Some(record) = row.entry.and_then(|entry| entry.record()) else {
        return (Fate::Overlapping, overlaps());
    };
    let copies = found
        .entries
        .iter()
        .filter(|entry| record.is_entry(entry))
        .count();
    let created = RowState::Record(finkit_core::RecordState::Created);
    let mut own = known
        .own
        .iter()
        .filter(|own| own.record == record && own.state == created)
        .peekable();
    let first = own.peek().map(|own| reference(own));
    if copies > own.count() && (known.tried_before)(row.position) {
        return (Fate::CreatedBefore, None);
    }
    match first {
        Some(entered) if copies > 0 => {
            (Fate::AlreadyEntered, Some(Note::AlreadyEntered { entered }))
        }
        _ => (Fate::Overlapping, overlaps()),
    }
}

/// The entries that the service named, each with the own row behind it, if there is one.
fn overlap_note(row: &Row, found: &FoundFin, own: &[OwnRow]) -> Note {
    Note::Overlaps {
        entries: noted(row, found, own),
        count: found.count,
    }
}

/// Entries as notes keep them.
pub(crate) fn noted(row: &Row, found: &FoundFin, own: &[OwnRow]) -> Vec<NotedEntry> {
    let record = row.entry.and_then(|entry| entry.record());
    let made = |entry: &FoundEntry| {
        own.iter()
            .find(|own| own.record.fin == found.fin && own.record.is_entry(entry))
            .map(reference)
    };
    let entries = found.entries.iter().map(|entry| NotedEntry {
        period: entry.period,
        registered_at: entry.registered_at.to_string(),
        own: made(entry),
        same: record.is_some_and(|record| record.fin == found.fin && record.is_entry(entry)),
    });
    entries.collect()
}

/// What follows from a failed request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Go on.
    GoOn,
    /// Go on, unless too many requests in a row never left.
    Unsent(String),
    /// Go on after a pause, of this length if the service said so.
    Pause(Option<Duration>, String),
    /// Go on with smaller requests.
    Smaller(String),
    /// Send nothing more.
    Halt(Ended),
}

/// What a failure means for the rows of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// The service executed nothing.
    NotExecuted {
        /// Rows that will never be entered as they are.
        rejected: Vec<(u64, Note)>,
        /// Rows that are to be sent again.
        again: Vec<Row>,
        /// What follows.
        then: Then,
    },
    /// Nobody knows what the service did.
    Unknown,
}

/// What a failure of a request that enters records means.
pub(crate) fn of_failure(
    rows: &[Row],
    failure: &ServiceFailure,
    partial: bool,
    atomic: bool,
) -> Ruling {
    if failure.outcome == Outcome::Unknown {
        return Ruling::Unknown;
    }
    let reason = failure.message.clone();
    let again = |then| Ruling::NotExecuted {
        rejected: Vec::new(),
        again: rows.to_vec(),
        then,
    };
    match failure.cause {
        Cause::Invalid => invalid(rows, failure, partial),
        Cause::TooLarge if atomic => again(Then::Halt(Ended::Refused { reason })),
        Cause::TooLarge => again(Then::Smaller(reason)),
        cause => again(then(cause, reason)),
    }
}

/// What a cause that has nothing to do with the rows asks for.
pub(crate) fn then(cause: Cause, reason: String) -> Then {
    match cause {
        Cause::Unreachable => Then::Unsent(reason),
        Cause::ComeBackLater(after) => Then::Pause(after, reason),
        Cause::SpendingLimit => Then::Halt(Ended::SpendingLimit { reason }),
        Cause::Login => Then::Halt(Ended::Login { reason }),
        Cause::Local => Then::Halt(Ended::Local { reason }),
        Cause::Refused | Cause::Invalid | Cause::TooLarge | Cause::Lost => {
            Then::Halt(Ended::Refused { reason })
        }
    }
}

/// A 422: the service checked the request before doing anything, so that nothing of it was executed.
fn invalid(rows: &[Row], failure: &ServiceFailure, partial: bool) -> Ruling {
    let mut rejected: Vec<(u64, Note)> = Vec::new();
    let mut again = Vec::new();
    let first_named = failure
        .named
        .iter()
        .find_map(|named| rows.get(named.index))
        .map(|row| row.number);
    for (index, row) in rows.iter().enumerate() {
        match failure.named.iter().find(|named| named.index == index) {
            Some(named) => {
                let note = Note::Refused {
                    field: named.field.clone(),
                    reason: named.rule.clone(),
                };
                rejected.push((row.position, note));
            }
            None if partial || first_named.is_none() => again.push(*row),
            None => rejected.push((
                row.position,
                Note::AllOrNothing {
                    because_of_row: first_named,
                },
            )),
        }
    }
    let then = match first_named {
        Some(_) => Then::GoOn,
        // It refuses the request, not a row: the next one would fare the same.
        None => Then::Halt(Ended::Refused {
            reason: failure.message.clone(),
        }),
    };
    Ruling::NotExecuted {
        rejected,
        again,
        then,
    }
}
