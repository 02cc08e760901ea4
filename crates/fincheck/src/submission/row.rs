//! Rows of a job: what a list's row became, which state it is in, and counts per state.

use std::fmt;

use super::JobKind;
use finkit_core::{
    FinRecord, IllegalTransition, Period, RecordEvent, RecordState, RegisteredAt, Vin, transition,
};

/// What is entered or deleted: a FIN, its period, and for entries the registration time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The vehicle.
    pub fin: Vin,
    /// Start and end.
    pub period: Period,
    /// When the agreement was made; `None` in a job that deletes, since the service deletes by FIN, start and end.
    pub registered_at: Option<RegisteredAt>,
}

impl Entry {
    /// The whole record; `None` where the registration time is not part of the row.
    #[must_use]
    pub fn record(&self) -> Option<FinRecord> {
        self.registered_at.map(|registered_at| FinRecord {
            fin: self.fin,
            period: self.period,
            registered_at,
        })
    }
}

impl From<FinRecord> for Entry {
    fn from(record: FinRecord) -> Self {
        Self {
            fin: record.fin,
            period: record.period,
            registered_at: Some(record.registered_at),
        }
    }
}

/// The one state a row of a list is in.
///
/// A row that is a record moves through the states of [`RecordState`], and only by [`RowState::after`]. Two kinds
/// of rows never take part: a *faulty* one is no record at all, a *withheld* one is a sound record that was not
/// sent on purpose; its [`Note`](super::Note) says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowState {
    /// The row of the list is not a record; it has fault codes instead.
    Faulty,
    /// A sound record that is not sent, for a stated reason.
    Withheld,
    /// A record and where it stands.
    Record(RecordState),
}

/// Every state; its place is the number by which ledgers store it, and never changes.
const STATES: [RowState; RowState::COUNT] = [
    RowState::Faulty,
    RowState::Withheld,
    RowState::Record(RecordState::Planned),
    RowState::Record(RecordState::Sending),
    RowState::Record(RecordState::Created),
    RowState::Record(RecordState::Overlapping),
    RowState::Record(RecordState::Rejected),
    RowState::Record(RecordState::Unknown),
    RowState::Record(RecordState::Absent),
    RowState::Record(RecordState::AlreadyEntered),
    RowState::Record(RecordState::Deleting),
    RowState::Record(RecordState::Deleted),
];

impl RowState {
    /// How many states there are.
    pub const COUNT: usize = 12;

    /// Every state, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = RowState> {
        STATES.into_iter()
    }

    /// The number by which ledgers store the state.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Faulty => 0,
            Self::Withheld => 1,
            Self::Record(RecordState::Planned) => 2,
            Self::Record(RecordState::Sending) => 3,
            Self::Record(RecordState::Created) => 4,
            Self::Record(RecordState::Overlapping) => 5,
            Self::Record(RecordState::Rejected) => 6,
            Self::Record(RecordState::Unknown) => 7,
            Self::Record(RecordState::Absent) => 8,
            Self::Record(RecordState::AlreadyEntered) => 9,
            Self::Record(RecordState::Deleting) => 10,
            Self::Record(RecordState::Deleted) => 11,
        }
    }

    /// The state of a number; `None` for one that this version does not know.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        STATES.get(usize::from(number)).copied()
    }

    /// The name: `faulty`, `withheld`, or that of the record's state.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Faulty => "faulty",
            Self::Withheld => "withheld",
            Self::Record(state) => state.as_str(),
        }
    }

    /// The state after `event`, by the one transition function of the core.
    ///
    /// # Errors
    /// When the event cannot happen in this state; nothing happens to a faulty or withheld row.
    pub fn after(self, event: RecordEvent) -> Result<Self, TransitionError> {
        match self {
            Self::Record(state) => Ok(Self::Record(transition(state, event)?)),
            Self::Faulty | Self::Withheld => Err(TransitionError::NotInTheMachine(self.name())),
        }
    }
}

impl fmt::Display for RowState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An event came to a row that cannot take it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransitionError {
    /// The state machine of the core has no such step.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// The row is faulty or withheld.
    #[error("a {0} row takes no part in a submission")]
    NotInTheMachine(&'static str),
}

/// A set of states, to select rows by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateSet(u16);

impl StateSet {
    /// Every state.
    pub const ALL: Self = Self((1 << RowState::COUNT) - 1);

    /// The states given.
    #[must_use]
    pub fn of(states: &[RowState]) -> Self {
        Self(
            states
                .iter()
                .fold(0, |bits, state| bits | 1 << state.number()),
        )
    }

    /// The record states given.
    #[must_use]
    pub fn records(states: &[RecordState]) -> Self {
        Self(states.iter().fold(0, |bits, state| {
            bits | 1 << RowState::Record(*state).number()
        }))
    }

    /// Whether a state is in the set.
    #[must_use]
    pub fn contains(self, state: RowState) -> bool {
        self.contains_number(state.number())
    }

    /// Whether the state of a number is in the set.
    #[must_use]
    pub fn contains_number(self, number: u8) -> bool {
        u32::from(number) < u16::BITS && self.0 & (1 << number) != 0
    }
}

/// How many rows are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally([u64; RowState::COUNT]);

impl Tally {
    /// Rows in one state.
    #[must_use]
    pub fn of(&self, state: RowState) -> u64 {
        self.0[usize::from(state.number())]
    }

    /// Rows in one state of the record machine.
    #[must_use]
    pub fn records(&self, state: RecordState) -> u64 {
        self.of(RowState::Record(state))
    }

    /// Rows in all states together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Adds `rows` in `state`.
    pub fn add(&mut self, state: RowState, rows: u64) {
        self.0[usize::from(state.number())] += rows;
    }

    /// Takes `rows` out of `from` and puts them into `to`.
    pub fn shift(&mut self, from: RowState, to: RowState, rows: u64) {
        let place = &mut self.0[usize::from(from.number())];
        *place = place.saturating_sub(rows);
        self.add(to, rows);
    }

    /// The states that occur, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (RowState, u64)> + '_ {
        RowState::all()
            .map(|state| (state, self.of(state)))
            .filter(|(_, rows)| *rows > 0)
    }

    /// Rows of a job whose fate is still open.
    #[must_use]
    pub fn open(&self, kind: JobKind) -> u64 {
        open_states(kind)
            .iter()
            .map(|state| self.records(*state))
            .sum()
    }
}

/// States in which a run of the row's own job has something to do. The rows of a deletion begin as *created*: what is to
/// be deleted is an entry at the service. An entry that is being deleted is the matter of the job that deletes it.
pub(crate) fn open_states(kind: JobKind) -> &'static [RecordState] {
    match kind {
        JobKind::Entry => &[
            RecordState::Planned,
            RecordState::Sending,
            RecordState::Unknown,
            RecordState::Absent,
        ],
        JobKind::Deletion => &[RecordState::Created, RecordState::Deleting],
    }
}

/// A row as it enters a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRow {
    /// Its number in the list, as the person sees it; ascending within a job.
    pub number: u64,
    /// What the row says.
    pub content: RowContent,
}

impl NewRow {
    /// A sound row.
    #[must_use]
    pub fn record(number: u64, record: FinRecord) -> Self {
        Self {
            number,
            content: RowContent::Sound(record.into()),
        }
    }

    /// A row that names an entry to delete.
    #[must_use]
    pub fn target(number: u64, fin: Vin, period: Period) -> Self {
        Self {
            number,
            content: RowContent::Sound(Entry {
                fin,
                period,
                registered_at: None,
            }),
        }
    }

    /// A row that is not a record, with the codes of its faults.
    #[must_use]
    pub fn faulty(number: u64, codes: Vec<String>) -> Self {
        Self {
            number,
            content: RowContent::Faulty(codes),
        }
    }
}

/// What a row of a list says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowContent {
    /// A record, or the entry that is to be deleted.
    Sound(Entry),
    /// No record; the codes of what is wrong with it.
    Faulty(Vec<String>),
}

/// A row as a ledger holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Place in the job, counted from 0 without gaps.
    pub position: u64,
    /// Number in the list.
    pub number: u64,
    /// What it says; `None` for a faulty row.
    pub entry: Option<Entry>,
    /// Where it stands.
    pub state: RowState,
}

#[cfg(test)]
mod tests {
    use finkit_core::RecordState;

    use super::{JobKind, RowState, StateSet, Tally};

    #[test]
    fn numbers_are_places_and_survive_the_round_trip() {
        for (place, state) in RowState::all().enumerate() {
            assert_eq!(usize::from(state.number()), place);
            assert_eq!(RowState::from_number(state.number()), Some(state));
        }
        assert_eq!(RowState::from_number(RowState::COUNT as u8), None);
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let set = StateSet::records(&[RecordState::Planned, RecordState::Absent]);
        let inside: Vec<_> = RowState::all()
            .filter(|state| set.contains(*state))
            .collect();
        assert_eq!(
            inside,
            [
                RowState::Record(RecordState::Planned),
                RowState::Record(RecordState::Absent)
            ]
        );
        assert!(RowState::all().all(|state| StateSet::ALL.contains(state)));
        assert!(!StateSet::ALL.contains_number(200));
    }

    #[test]
    fn a_shift_keeps_the_total() {
        let mut tally = Tally::default();
        tally.add(RowState::Record(RecordState::Planned), 5);
        tally.add(RowState::Faulty, 2);
        tally.shift(
            RowState::Record(RecordState::Planned),
            RowState::Record(RecordState::Created),
            3,
        );
        assert_eq!(tally.total(), 7);
        assert_eq!(tally.records(RecordState::Created), 3);
        assert_eq!(tally.open(JobKind::Entry), 2);
        assert_eq!(tally.open(JobKind::Deletion), 3);
    }
}
