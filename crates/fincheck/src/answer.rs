//! What the operations ask for and what they answer, in the domain's own terms.

use finkit_core::{FoundFin, Vin};

/// The flags of an entry. Both are off by default, as the service has it
/// (source: the operator's guide, <https://www.fincheck.at/api>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct EntryFlags {
    /// Stores a record although the same FIN overlaps in time. Alarms the other companies.
    pub commit_on_overlapping_dates: bool,
    /// Stores the sound records of a request although others of it fail. Off: all or nothing, per request.
    pub commit_on_partial_success: bool,
}

/// The answer to an entry: one outcome per record, in the order of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryAnswer {
    /// As many as there were records.
    pub outcomes: Vec<RecordOutcome>,
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordOutcome {
    /// It is stored.
    Created {
        /// What the service tells about overlaps of its FIN.
        overlaps: Option<FoundFin>,
    },
    /// It was sent and is not stored.
    NotEntered {
        /// What the service tells about overlaps of its FIN.
        overlaps: Option<FoundFin>,
        /// Why, if the service says so; foreign text, made safe to show.
        reason: Option<String>,
    },
    /// The answer does not say, or contradicts itself: it may be stored or not.
    Unaccounted,
}

/// The answer to a look-up: one result per FIN of the request, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchAnswer {
    /// As many as there were FINs.
    pub fins: Vec<(Vin, Lookup)>,
}

/// What a look-up says about one FIN in the year that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The service says that there is no entry.
    Free,
    /// There are entries.
    Found(FoundFin),
    /// The answer does not settle it; why. Never to be read as free.
    Unknown(String),
}

impl Lookup {
    /// What was found, if anything was.
    #[must_use]
    pub fn found(&self) -> Option<&FoundFin> {
        match self {
            Self::Found(found) => Some(found),
            Self::Free | Self::Unknown(_) => None,
        }
    }
}

/// The answer to a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteAnswer {
    /// Whether the service deleted anything.
    pub deleted: bool,
    /// What it deleted, as far as the answer can be read: several entries when a record was entered several times.
    pub entries: Vec<FoundFin>,
}
