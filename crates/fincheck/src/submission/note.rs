//! What is written beside a row besides its state: why it is withheld, what it overlaps with, what the service said.

use std::fmt::Display;
use std::str::FromStr;

use finkit_core::Period;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::JobId;

/// A row of some job of this ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowRef {
    /// The job.
    pub job: JobId,
    /// The row's number in that job's list.
    pub row: u64,
}

/// Why a row is in its state, as data. Texts for people are made from it at the edge.
///
/// A row has at most one note. Ledgers store it as JSON; an unknown kind written by a newer version survives as
/// [`Note::Other`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Note {
    /// *faulty*: the codes of the faults of this row.
    Faults {
        /// Codes as the caller gave them.
        codes: Vec<String>,
    },
    /// *withheld*: an earlier row of the same list says exactly the same.
    DuplicateOfRow {
        /// The number of that row.
        row: u64,
    },
    /// *withheld*: an earlier row of the same list has the same FIN and an overlapping period; the service would
    /// refuse the second one, for money.
    OverlapsRow {
        /// The number of that row.
        row: u64,
    },
    /// *withheld*: an own earlier entry has the same FIN and an overlapping period, but is not the same record.
    OverlapsOwnEntry {
        /// Where it was entered.
        entered: RowRef,
        /// Its period.
        #[serde(with = "text")]
        period: Period,
    },
    /// *withheld*: the same record, or one that overlaps, is still open in another job, which has to be finished first.
    OpenElsewhere {
        /// Where it is open.
        open: RowRef,
    },
    /// *withheld*: the person gave up what was left of the job.
    GivenUp,
    /// *already entered*: an own earlier entry is the same record.
    AlreadyEntered {
        /// Where it was entered.
        entered: RowRef,
    },
    /// *overlapping*, or *created* in spite of overlaps: the entries the service named.
    Overlaps {
        /// The entries.
        entries: Vec<NotedEntry>,
        /// How many the service counted; more than `entries` when it named fewer.
        count: u64,
    },
    /// *rejected*: the service refused the row.
    Refused {
        /// The field it named, by its name in the contract.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        field: Option<String>,
        /// The reason it gave, without any value of the row.
        reason: String,
    },
    /// *rejected*: the row itself is sound, but nothing of its request was entered, because all or nothing was asked
    /// and another row failed.
    AllOrNothing {
        /// The row that failed, where the service named one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        because_of_row: Option<u64>,
    },
    /// *planned*: the service finds this record too large even by itself; the run ended with that.
    TooLarge,
    /// *unknown* or *deleting*: why nobody can tell yet.
    Unsettled {
        /// What happened to the request, or what the look-up said.
        reason: String,
    },
    /// *created*, and there are more copies at the service than were asked for.
    Duplicate {
        /// Copies the service has.
        copies: u64,
        /// Copies that were asked for.
        asked: u64,
    },
    /// *deleted*: what the service said it removed.
    Removed {
        /// The entries, one by one.
        entries: Vec<NotedEntry>,
    },
    /// *deleted* or *created* in a deletion: the service has no entry of ours with this FIN, start and end.
    NothingToDelete,
    /// A note of a newer version.
    #[serde(other)]
    Other,
}

/// An entry as the service reported it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedEntry {
    /// Start and end.
    #[serde(with = "text")]
    pub period: Period,
    /// Registration time in the service's own words.
    pub registered_at: String,
    /// The own row that made it, where the ledger knows one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub own: Option<RowRef>,
    /// Whether it is the same record as the row beside which it is noted. Without an own row behind it, it was
    /// probably entered with another program.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub same: bool,
}

/// Values that are stored by their `Display` and read by their `FromStr`.
mod text {
    use super::{Deserialize, Deserializer, Display, FromStr, Serializer};

    pub(super) fn serialize<T: Display, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr,
        T::Err: Display,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{JobId, Note, NotedEntry, RowRef};

    #[test]
    fn notes_survive_their_json() {
        let period = "2026-01-01/2026-06-30".parse().expect("a period");
        let own = Some(RowRef {
            job: JobId(3),
            row: 17,
        });
        let entry = NotedEntry {
            period,
            registered_at: "2026-01-01T10:00:00+01:00".to_owned(),
            own,
            same: true,
        };
        let notes = [
            Note::Faults {
                codes: vec!["vin.length".to_owned()],
            },
            Note::OverlapsOwnEntry {
                entered: RowRef {
                    job: JobId(3),
                    row: 17,
                },
                period,
            },
            Note::Overlaps {
                entries: vec![entry],
                count: 2,
            },
            Note::Refused {
                field: None,
                reason: "end before start".to_owned(),
            },
            Note::GivenUp,
        ];
        for note in notes {
            let json = serde_json::to_string(&note).expect("JSON");
            assert_eq!(serde_json::from_str::<Note>(&json).expect("a note"), note);
        }
    }

    #[test]
    fn a_note_of_a_newer_version_is_kept_readable() {
        let note: Note =
            serde_json::from_str(r#"{"kind":"seen_on_the_moon","phase":4}"#).expect("a note");
        assert_eq!(note, Note::Other);
    }
}
