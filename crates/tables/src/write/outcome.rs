//! What became of a row: the names that reports use, in both languages.

use finkit_core::{RecordState, Verdict};

use crate::explain::Lang;

/// What became of one row of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Checked, nothing against it.
    Sound,
    /// Checked, and something is wrong with the row itself.
    Faulty,
    /// The same FIN and period stand in another row.
    Duplicate,
    /// Another row has the same FIN and a period that overlaps.
    OverlapInList,
    /// Looked up: no entry shares a day with the period.
    Free,
    /// Looked up: another entry shares a day with the period.
    Taken,
    /// To be sent.
    Planned,
    /// Sent, the answer is not in.
    Sending,
    /// Entered.
    Created,
    /// Entered although another entry overlaps.
    CreatedDespiteOverlap,
    /// Not entered, because another entry overlaps.
    Overlapping,
    /// An entry of our own from before is this record.
    AlreadyEntered,
    /// Not entered, refused for another reason.
    Rejected,
    /// Nobody knows; the answer was lost or could not be understood.
    Unknown,
    /// Sent, and a look-up shows that it was not entered.
    Absent,
    /// Its deletion was sent, the outcome is not certain.
    Deleting,
    /// Deleted.
    Deleted,
}

/// What an outcome asks of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Concern {
    /// Somebody has to do something.
    Act,
    /// The program has to settle it, or it is still under way.
    Open,
    /// Nothing to do.
    Settled,
}

impl Outcome {
    /// All outcomes, in the order in which reports list them: what needs doing first.
    pub const ALL: [Outcome; 17] = [
        Outcome::Unknown,
        Outcome::Sending,
        Outcome::Deleting,
        Outcome::Overlapping,
        Outcome::CreatedDespiteOverlap,
        Outcome::Taken,
        Outcome::Rejected,
        Outcome::Faulty,
        Outcome::Duplicate,
        Outcome::OverlapInList,
        Outcome::Absent,
        Outcome::Planned,
        Outcome::Created,
        Outcome::AlreadyEntered,
        Outcome::Free,
        Outcome::Sound,
        Outcome::Deleted,
    ];

    /// The outcome as a stable word for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Sound => "sound",
            Outcome::Faulty => "faulty",
            Outcome::Duplicate => "duplicate",
            Outcome::OverlapInList => "overlap-in-list",
            Outcome::Free => "free",
            Outcome::Taken => "taken",
            Outcome::Planned => "planned",
            Outcome::Sending => "sending",
            Outcome::Created => "created",
            Outcome::CreatedDespiteOverlap => "created-despite-overlap",
            Outcome::Overlapping => "overlapping",
            Outcome::AlreadyEntered => "already-entered",
            Outcome::Rejected => "rejected",
            Outcome::Unknown => "unknown",
            Outcome::Absent => "absent",
            Outcome::Deleting => "deleting",
            Outcome::Deleted => "deleted",
        }
    }

    /// The name of the outcome; at most 27 characters, so that it fits on the tab
    /// of a sheet with a number behind it.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Outcome::Sound => lang.pick("In Ordnung", "Sound"),
            Outcome::Faulty => lang.pick("Fehlerhaft", "Faulty"),
            Outcome::Duplicate => lang.pick("Doppelt in der Liste", "Twice in the list"),
            Outcome::OverlapInList => {
                lang.pick("Überschneidung in der Liste", "Overlap within the list")
            }
            Outcome::Free => lang.pick("Frei", "Free"),
            Outcome::Taken => lang.pick("Belegt", "Taken"),
            Outcome::Planned => lang.pick("Geplant", "Planned"),
            Outcome::Sending => lang.pick("Wird gesendet", "Being sent"),
            Outcome::Created => lang.pick("Eingetragen", "Entered"),
            Outcome::CreatedDespiteOverlap => {
                lang.pick("Trotzdem eingetragen", "Entered despite overlap")
            }
            Outcome::Overlapping => lang.pick("Überschneidung", "Overlap"),
            Outcome::AlreadyEntered => lang.pick("Schon eingetragen", "Already entered"),
            Outcome::Rejected => lang.pick("Abgelehnt", "Rejected"),
            Outcome::Unknown => lang.pick("Ungeklärt", "Unknown"),
            Outcome::Absent => lang.pick("Nicht vorhanden", "Absent"),
            Outcome::Deleting => lang.pick("Wird gelöscht", "Being deleted"),
            Outcome::Deleted => lang.pick("Gelöscht", "Deleted"),
        }
    }

    /// What it means and, where there is something to do, what.
    #[must_use]
    pub fn meaning(self, lang: Lang) -> &'static str {
        match self {
            Outcome::Sound => lang.pick(
                "Diese Zeilen können abgefragt und eingetragen werden.",
                "These rows can be looked up and entered.",
            ),
            Outcome::Faulty => lang.pick(
                "In der Liste berichtigen. Fehlerhafte Zeilen werden nicht gesendet und nicht \
                 verrechnet.",
                "Correct them in the list. Faulty rows are not sent and not billed.",
            ),
            Outcome::Duplicate => lang.pick(
                "Dieselbe FIN und derselbe Zeitraum stehen in einer anderen Zeile: eine der beiden \
                 löschen.",
                "The same FIN and the same period stand in another row: delete one of the two.",
            ),
            Outcome::OverlapInList => lang.pick(
                "Eine andere Zeile hat dieselbe FIN und gemeinsame Tage: klären, welcher Zeitraum \
                 gilt.",
                "Another row has the same FIN and days in common: find out which period is right.",
            ),
            Outcome::Free => lang.pick(
                "Im Zeitraum gibt es keinen anderen Eintrag.",
                "There is no other entry within the period.",
            ),
            Outcome::Taken => lang.pick(
                "Im Zeitraum gibt es schon einen Eintrag. Vor dem eigenen Eintrag mit dem Kunden \
                 klären, mit wem er eine Vereinbarung hat.",
                "There is an entry within the period already. Before entering it, find out from \
                 the customer who has an agreement with them.",
            ),
            Outcome::Planned => lang.pick(
                "Noch nicht gesendet, nichts verrechnet.",
                "Not sent yet, nothing billed.",
            ),
            Outcome::Sending => lang.pick(
                "Gesendet, aber die Antwort fehlt noch. Nicht von Hand neu eintragen; finkit \
                 fincheck resume klärt es.",
                "Sent, but the answer is still missing. Don't enter it again by hand; finkit \
                 fincheck resume settles it.",
            ),
            Outcome::Created => lang.pick(
                "FINcheck hat den Eintrag bestätigt.",
                "FINcheck confirmed the entry.",
            ),
            Outcome::CreatedDespiteOverlap => lang.pick(
                "Eingetragen, obwohl ein anderer Eintrag gemeinsame Tage hat. Die anderen Firmen \
                 werden von FINcheck verständigt; klären, wer die Vereinbarung hat.",
                "Entered although another entry has days in common. FINcheck notifies the other \
                 companies; find out who has the agreement.",
            ),
            Outcome::Overlapping => lang.pick(
                "Nicht eingetragen: ein anderer Eintrag hat gemeinsame Tage. Mit dem Kunden klären, \
                 mit wem er eine Vereinbarung hat.",
                "Not entered: another entry has days in common. Find out from the customer who has \
                 an agreement with them.",
            ),
            Outcome::AlreadyEntered => lang.pick(
                "Von Ihnen schon früher eingetragen; nichts gesendet, nichts verrechnet.",
                "Entered by you before; nothing sent, nothing billed.",
            ),
            Outcome::Rejected => lang.pick(
                "Nicht eingetragen: FINcheck hat die Zeile abgelehnt. Der Grund steht in der Zeile.",
                "Not entered: FINcheck refused the row. The reason stands in the row.",
            ),
            Outcome::Unknown => lang.pick(
                "Die Antwort ging verloren oder war nicht eindeutig. Nicht von Hand neu eintragen; \
                 finkit fincheck resume fragt nach und klärt es.",
                "The answer was lost or not clear. Don't enter it again by hand; finkit fincheck \
                 resume looks it up and settles it.",
            ),
            Outcome::Absent => lang.pick(
                "Nachgesehen: nicht eingetragen. finkit fincheck resume sendet es noch einmal.",
                "Looked up: not entered. finkit fincheck resume sends it once more.",
            ),
            Outcome::Deleting => lang.pick(
                "Die Löschung wurde gesendet, aber ihre Antwort fehlt noch; finkit fincheck resume \
                 klärt es.",
                "The deletion was sent, but its answer is still missing; finkit fincheck resume \
                 settles it.",
            ),
            Outcome::Deleted => lang.pick(
                "FINcheck hat den Eintrag gelöscht.",
                "FINcheck deleted the entry.",
            ),
        }
    }

    /// Whether somebody has to do something about it.
    #[must_use]
    pub fn concern(self) -> Concern {
        match self {
            Outcome::Faulty
            | Outcome::Duplicate
            | Outcome::OverlapInList
            | Outcome::Taken
            | Outcome::CreatedDespiteOverlap
            | Outcome::Overlapping
            | Outcome::Rejected => Concern::Act,
            Outcome::Planned
            | Outcome::Sending
            | Outcome::Unknown
            | Outcome::Absent
            | Outcome::Deleting => Concern::Open,
            Outcome::Sound
            | Outcome::Free
            | Outcome::Created
            | Outcome::AlreadyEntered
            | Outcome::Deleted => Concern::Settled,
        }
    }

    /// Whether entries stand in each other's way, so that a calendar helps.
    #[must_use]
    pub fn is_conflict(self) -> bool {
        matches!(
            self,
            Outcome::Duplicate
                | Outcome::OverlapInList
                | Outcome::Taken
                | Outcome::Overlapping
                | Outcome::CreatedDespiteOverlap
        )
    }

    /// Its place in [`Outcome::ALL`].
    pub(crate) fn rank(self) -> usize {
        Outcome::ALL
            .iter()
            .position(|o| *o == self)
            .unwrap_or(Outcome::ALL.len())
    }
}

impl From<RecordState> for Outcome {
    /// A state that this version does not know is [`Outcome::Unknown`], never settled.
    fn from(state: RecordState) -> Outcome {
        #[deny(clippy::wildcard_enum_match_arm)]
        match state {
            RecordState::Planned => Outcome::Planned,
            RecordState::Sending => Outcome::Sending,
            RecordState::Created => Outcome::Created,
            RecordState::Overlapping => Outcome::Overlapping,
            RecordState::Rejected => Outcome::Rejected,
            RecordState::Unknown => Outcome::Unknown,
            RecordState::Absent => Outcome::Absent,
            RecordState::AlreadyEntered => Outcome::AlreadyEntered,
            RecordState::Deleting => Outcome::Deleting,
            RecordState::Deleted => Outcome::Deleted,
            #[allow(unreachable_patterns, reason = "states may be added to core")]
            _ => Outcome::Unknown,
        }
    }
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Outcome {
        match verdict {
            Verdict::Free => Outcome::Free,
            Verdict::Taken => Outcome::Taken,
            Verdict::Unknown => Outcome::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_outcome_is_listed_once_with_its_own_code_and_name() {
        let set: BTreeSet<Outcome> = Outcome::ALL.into_iter().collect();
        assert_eq!(set.len(), Outcome::ALL.len());
        // The last variant in the order of the declaration.
        assert_eq!(Outcome::Deleted as usize + 1, Outcome::ALL.len());
        let codes: BTreeSet<&str> = Outcome::ALL.iter().map(|o| o.code()).collect();
        assert_eq!(codes.len(), Outcome::ALL.len());
        for lang in Lang::ALL {
            let names: BTreeSet<&str> = Outcome::ALL.iter().map(|o| o.name(lang)).collect();
            assert_eq!(names.len(), Outcome::ALL.len());
        }
    }

    #[test]
    fn guide_names_every_code() {
        let guide = include_str!("../../../../docs/src/reports.md");
        for outcome in Outcome::ALL {
            assert!(
                guide.contains(&format!("`{}`", outcome.code())),
                "{}",
                outcome.code()
            );
        }
    }

    #[test]
    fn names_fit_on_a_tab() {
        for outcome in Outcome::ALL {
            for lang in Lang::ALL {
                let name = outcome.name(lang);
                assert!(name.chars().count() <= 27, "{name}");
                assert!(
                    !name.contains(['[', ']', ':', '*', '?', '/', '\\']),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn what_needs_doing_is_listed_before_what_is_settled() {
        let last_act = Outcome::ALL
            .iter()
            .rposition(|o| o.concern() != Concern::Settled);
        let first_settled = Outcome::ALL
            .iter()
            .position(|o| o.concern() == Concern::Settled);
        assert!(last_act < first_settled);
    }

    #[test]
    fn open_states_are_never_reported_as_settled() {
        for state in [
            RecordState::Unknown,
            RecordState::Sending,
            RecordState::Deleting,
        ] {
            assert_eq!(Outcome::from(state).concern(), Concern::Open);
        }
    }
}
