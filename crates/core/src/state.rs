//! The states a record passes through between a list and the service, and the
//! pure function that leads from one to the next.
//!
//! | State | Events and what they lead to |
//! |---|---|
//! | planned | send → sending · recognised-as-own → already-entered |
//! | sending | not-sent → planned · created → created · overlapping → overlapping · rejected → rejected · lost → unknown |
//! | created | start-delete → deleting |
//! | overlapping | recognised-as-own → already-entered |
//! | rejected | – |
//! | unknown | found-at-service → created · not-found → absent |
//! | absent | requeue → planned |
//! | already-entered | – |
//! | deleting | delete-confirmed → deleted · delete-refused → created · delete-lost → deleting · found-at-service → created · not-found → deleted |
//! | deleted | – |
//!
//! Every other pair is an [`IllegalTransition`]. So a record is sent a second
//! time only after the first attempt certainly never left, or after a look-up
//! that found nothing. A deletion whose answer was lost stays *deleting*, not
//! *unknown*: a look-up that finds nothing then means that it succeeded, and a
//! deleted record must not become *absent*, from where it would be sent again.

use std::fmt;
use std::str::FromStr;

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordState {
    /// To be sent.
    Planned,
    /// Written down as about to be sent; the answer is not in yet.
    Sending,
    /// Stored by the service.
    Created,
    /// Not stored, because another entry overlaps.
    Overlapping,
    /// Not stored, refused for another reason.
    Rejected,
    /// Sent, but nobody knows whether it was stored.
    Unknown,
    /// Sent, and a look-up shows that it was not stored.
    Absent,
    /// An entry of our own from before is this record.
    AlreadyEntered,
    /// Its deletion was asked for; the outcome is not certain yet.
    Deleting,
    /// Deleted at the service.
    Deleted,
}

/// What happens to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordEvent {
    /// It is about to be sent.
    Send,
    /// The request certainly never reached the service.
    NotSent,
    /// The service says that it stored the record.
    Created,
    /// The service says that it did not, because of an overlap.
    Overlapping,
    /// The service refused it.
    Rejected,
    /// The answer was lost, could not be understood, or leaves the record out.
    Lost,
    /// A look-up found exactly this record.
    FoundAtService,
    /// A look-up certainly did not find this record.
    NotFound,
    /// It is to be sent again.
    Requeue,
    /// The overlap is an earlier entry of our own with the same data.
    RecognisedAsOwn,
    /// Its deletion is about to be sent.
    StartDelete,
    /// The service says that it deleted the record.
    DeleteConfirmed,
    /// The service did not delete the record, or the request never reached it.
    DeleteRefused,
    /// The answer to the deletion was lost.
    DeleteLost,
}

/// Where an event leads.
///
/// ```
/// use finkit_core::{RecordEvent, RecordState, transition};
///
/// let state = transition(RecordState::Sending, RecordEvent::Lost)?;
/// assert_eq!(state, RecordState::Unknown);
/// assert!(transition(state, RecordEvent::Send).is_err(), "never sent twice on a guess");
/// # Ok::<(), finkit_core::IllegalTransition>(())
/// ```
///
/// # Errors
///
/// [`IllegalTransition`] when the event cannot happen in this state.
pub fn transition(
    state: RecordState,
    event: RecordEvent,
) -> Result<RecordState, IllegalTransition> {
    use RecordEvent as E;
    use RecordState as S;
    Ok(match (state, event) {
        (S::Planned, E::Send) => S::Sending,
        (S::Planned | S::Overlapping, E::RecognisedAsOwn) => S::AlreadyEntered,
        (S::Sending, E::NotSent) => S::Planned,
        (S::Sending, E::Created) => S::Created,
        (S::Sending, E::Overlapping) => S::Overlapping,
        (S::Sending, E::Rejected) => S::Rejected,
        (S::Sending, E::Lost) => S::Unknown,
        (S::Unknown, E::FoundAtService) => S::Created,
        (S::Unknown, E::NotFound) => S::Absent,
        (S::Absent, E::Requeue) => S::Planned,
        (S::Created, E::StartDelete) => S::Deleting,
        (S::Deleting, E::DeleteConfirmed | E::NotFound) => S::Deleted,
        (S::Deleting, E::DeleteRefused | E::FoundAtService) => S::Created,
        (S::Deleting, E::DeleteLost) => S::Deleting,
        _ => return Err(IllegalTransition { state, event }),
    })
}

impl RecordState {
    /// All states.
    pub const ALL: [Self; 10] = [
        Self::Planned,
        Self::Sending,
        Self::Created,
        Self::Overlapping,
        Self::Rejected,
        Self::Unknown,
        Self::Absent,
        Self::AlreadyEntered,
        Self::Deleting,
        Self::Deleted,
    ];

    /// Whether no event leads on from here.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Rejected | Self::AlreadyEntered | Self::Deleted)
    }

    /// Whether the outcome is certain and nothing is left to do: terminal, or
    /// left only when a person decides to delete or the ledger recognises its own.
    #[must_use]
    pub fn is_settled(self) -> bool {
        self.is_terminal() || matches!(self, Self::Created | Self::Overlapping)
    }

    /// Whether only a look-up at the service can tell what became of the record.
    ///
    /// *Sending* and *deleting* count: found in a ledger at start, they are the
    /// traces of a process that died before its answer came.
    #[must_use]
    pub fn needs_look_up(self) -> bool {
        matches!(self, Self::Sending | Self::Unknown | Self::Deleting)
    }

    /// The name, as ledgers store it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sending => "sending",
            Self::Created => "created",
            Self::Overlapping => "overlapping",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
            Self::Absent => "absent",
            Self::AlreadyEntered => "already-entered",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
        }
    }
}

impl RecordEvent {
    /// All events.
    pub const ALL: [Self; 14] = [
        Self::Send,
        Self::NotSent,
        Self::Created,
        Self::Overlapping,
        Self::Rejected,
        Self::Lost,
        Self::FoundAtService,
        Self::NotFound,
        Self::Requeue,
        Self::RecognisedAsOwn,
        Self::StartDelete,
        Self::DeleteConfirmed,
        Self::DeleteRefused,
        Self::DeleteLost,
    ];

    /// The name, as logs and ledgers write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::NotSent => "not-sent",
            Self::Created => "created",
            Self::Overlapping => "overlapping",
            Self::Rejected => "rejected",
            Self::Lost => "lost",
            Self::FoundAtService => "found-at-service",
            Self::NotFound => "not-found",
            Self::Requeue => "requeue",
            Self::RecognisedAsOwn => "recognised-as-own",
            Self::StartDelete => "start-delete",
            Self::DeleteConfirmed => "delete-confirmed",
            Self::DeleteRefused => "delete-refused",
            Self::DeleteLost => "delete-lost",
        }
    }
}

impl fmt::Display for RecordState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for RecordEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for RecordState {
    type Err = UnknownRecordName;

    fn from_str(text: &str) -> Result<Self, UnknownRecordName> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(UnknownRecordName(()))
    }
}

impl FromStr for RecordEvent {
    type Err = UnknownRecordName;

    fn from_str(text: &str) -> Result<Self, UnknownRecordName> {
        Self::ALL
            .into_iter()
            .find(|event| event.as_str() == text)
            .ok_or(UnknownRecordName(()))
    }
}

/// A text that names no state or event of a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no state or event of a record has this name")]
pub struct UnknownRecordName(());

/// An event that cannot happen in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("a record that is {state} cannot take the event {event}")]
pub struct IllegalTransition {
    /// Where the record stood.
    pub state: RecordState,
    /// What was to happen.
    pub event: RecordEvent,
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// The table of the module documentation.
    fn documented() -> BTreeMap<(RecordState, RecordEvent), RecordState> {
        let rows = include_str!("state.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! | "));
        let mut table = BTreeMap::new();
        let mut states = Vec::new();
        for row in rows.skip(1) {
            let cells: Vec<_> = row
                .trim_end_matches('|')
                .split('|')
                .map(str::trim)
                .collect();
            let state: RecordState = cells[0].parse().expect("a state");
            states.push(state);
            for step in cells[1].split(" · ").filter(|step| *step != "–") {
                let (event, to) = step.split_once(" → ").expect("event → state");
                let key = (state, event.parse().expect("an event"));
                assert_eq!(
                    table.insert(key, to.parse().expect("a state")),
                    None,
                    "{key:?} twice"
                );
            }
        }
        assert_eq!(states, RecordState::ALL);
        table
    }

    /// All states that can follow, without the given events.
    fn reachable(from: RecordState, without: &[RecordEvent]) -> BTreeSet<RecordState> {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(state) = open.pop() {
            for event in RecordEvent::ALL
                .into_iter()
                .filter(|event| !without.contains(event))
            {
                if let Ok(next) = transition(state, event)
                    && seen.insert(next)
                {
                    open.push(next);
                }
            }
        }
        seen
    }

    #[test]
    fn every_pair_of_state_and_event_does_what_the_table_says() {
        let table = documented();
        for state in RecordState::ALL {
            for event in RecordEvent::ALL {
                let expected = table
                    .get(&(state, event))
                    .copied()
                    .ok_or(IllegalTransition { state, event });
                assert_eq!(transition(state, event), expected, "{state} + {event}");
            }
        }
        assert_eq!(table.len(), 17);
    }

    #[test]
    fn every_state_is_reached_from_planned_and_every_event_is_of_use() {
        let mut all = reachable(RecordState::Planned, &[]);
        all.insert(RecordState::Planned);
        assert_eq!(all, RecordState::ALL.into_iter().collect());
        for event in RecordEvent::ALL {
            assert!(
                RecordState::ALL
                    .into_iter()
                    .any(|state| transition(state, event).is_ok()),
                "{event}"
            );
        }
    }

    #[test]
    fn terminal_states_are_those_without_a_way_on() {
        for state in RecordState::ALL {
            assert_eq!(
                state.is_terminal(),
                reachable(state, &[]).is_empty(),
                "{state}"
            );
        }
    }

    #[test]
    fn every_record_can_still_be_settled() {
        for state in RecordState::ALL {
            let settled = state.is_settled()
                || reachable(state, &[])
                    .into_iter()
                    .any(RecordState::is_settled);
            assert!(settled, "{state}");
        }
    }

    #[test]
    fn nothing_is_sent_twice_unless_it_was_not_sent_or_not_found() {
        let after = reachable(
            RecordState::Sending,
            &[RecordEvent::NotSent, RecordEvent::NotFound],
        );
        assert!(!after.contains(&RecordState::Planned), "{after:?}");
        assert!(!after.contains(&RecordState::Sending), "{after:?}");
    }

    #[test]
    fn what_was_created_or_deleted_is_never_sent_again() {
        for state in [
            RecordState::Created,
            RecordState::Deleting,
            RecordState::Deleted,
        ] {
            assert!(
                !reachable(state, &[]).contains(&RecordState::Sending),
                "{state}"
            );
        }
    }

    #[test]
    fn lost_deletion_is_settled_by_a_look_up() {
        let lost = transition(RecordState::Deleting, RecordEvent::DeleteLost).expect("legal");
        assert!(lost.needs_look_up());
        assert_eq!(
            transition(lost, RecordEvent::NotFound),
            Ok(RecordState::Deleted)
        );
        assert_eq!(
            transition(lost, RecordEvent::FoundAtService),
            Ok(RecordState::Created)
        );
    }

    #[test]
    fn names_read_back_and_differ() {
        for state in RecordState::ALL {
            assert_eq!(state.to_string().parse(), Ok(state));
        }
        for event in RecordEvent::ALL {
            assert_eq!(event.to_string().parse(), Ok(event));
        }
        assert!("Planned".parse::<RecordState>().is_err());
    }

    #[test]
    fn illegal_transition_names_both() {
        let error = transition(RecordState::Created, RecordEvent::Send).expect_err("illegal");
        assert_eq!(
            error.to_string(),
            "a record that is created cannot take the event send"
        );
    }
}
