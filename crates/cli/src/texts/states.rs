//! What the state of a record means, and what to do next.

use finkit_core::RecordState;
use finkit_tables::explain::Lang;

/// Name of a state, as tables show it.
pub(crate) fn name(lang: Lang, state: RecordState) -> &'static str {
    match state {
        RecordState::Planned => lang.pick("geplant", "planned"),
        RecordState::Sending => lang.pick("wird gesendet", "sending"),
        RecordState::Created => lang.pick("eingetragen", "created"),
        RecordState::Overlapping => lang.pick("Überschneidung", "overlapping"),
        RecordState::Rejected => lang.pick("abgelehnt", "rejected"),
        RecordState::Unknown => lang.pick("ungeklärt", "unknown"),
        RecordState::Absent => lang.pick("nicht vorhanden", "absent"),
        RecordState::AlreadyEntered => lang.pick("schon eingetragen", "already entered"),
        RecordState::Deleting => lang.pick("wird gelöscht", "deleting"),
        RecordState::Deleted => lang.pick("gelöscht", "deleted"),
    }
}

/// One sentence on what the state means.
pub(crate) fn sentence(lang: Lang, state: RecordState) -> &'static str {
    match state {
        RecordState::Planned => lang.pick("Noch nicht gesendet, nichts verrechnet.",
            "Not sent yet, nothing billed.",
        ),
        RecordState::Sending => lang.pick("Wird gerade gesendet, oder wurde es, als ein Lauf abbrach; ob der Dienst eingetragen hat, ist offen.",
            "Is being sent, or was when a run was cut off; whether the service entered it is open.",
        ),
        RecordState::Created => lang.pick("Der Dienst hat den Eintrag bestätigt.",
            "The service confirmed the entry.",
        ),
        RecordState::Overlapping => lang.pick("Nicht eingetragen: ein anderes Unternehmen hat dieses Fahrzeug für einen Zeitraum gemeldet, der sich überschneidet.",
            "Not entered: another company has this vehicle for a period that overlaps.",
        ),
        RecordState::Rejected => lang.pick("Der Dienst hat den Datensatz oder die ganze Anfrage abgelehnt; er ist nicht eingetragen.",
            "The service refused the record or its whole request; it is not entered.",
        ),
        RecordState::Unknown => lang.pick("Die Antwort ging verloren: der Dienst kann eingetragen haben oder nicht.",
            "The answer was lost: the service may have entered it or not.",
        ),
        RecordState::Absent => lang.pick("Nachgesehen: beim Dienst nicht vorhanden; es wird noch einmal gesendet.",
            "Looked up: not at the service; it will be sent once more.",
        ),
        RecordState::AlreadyEntered => lang.pick("Von uns schon früher eingetragen; es wurde nichts gesendet und nichts verrechnet.",
            "Entered by us before; nothing was sent and nothing billed for it.",
        ),
        RecordState::Deleting => lang.pick("Die Löschung wurde gesendet, ihre Antwort fehlt noch.",
            "The deletion was sent, its answer is still missing.",
        ),
        RecordState::Deleted => lang.pick("Der Dienst hat den Eintrag gelöscht.",
            "The service deleted the entry.",
        ),
    }
}

/// What the person does next.
pub(crate) fn next_step(lang: Lang, state: RecordState, job: u64) -> String {
    let resume = format!("finkit fincheck resume {job}");
    match state {
        RecordState::Planned | RecordState::Absent => match lang {
            Lang::De => format!("Fortsetzen mit `{resume}`."),
            Lang::En => format!("Go on with `{resume}`."),
        },
        RecordState::Deleting => match lang {
            Lang::De => format!(
                "`{resume}` sieht beim Dienst nach, ob der Eintrag noch da ist, und löscht ihn dann noch einmal (kostet Abfragen)."
            ),
            Lang::En => format!(
                "`{resume}` looks at the service whether the entry is still there, and deletes it again if it is (costs reads)."
            ),
        },
        RecordState::Sending | RecordState::Unknown => match lang {
            Lang::De => format!(
                "Nicht von Hand neu eintragen. `{resume}` sieht beim Dienst nach und klärt es (kostet Abfragen)."
            ),
            Lang::En => format!(
                "Don't enter it again by hand. `{resume}` looks it up at the service and settles it (costs reads)."
            ),
        },
        RecordState::Overlapping => lang.pick("Mit dem Halter klären, wem er die Anrechnung übertragen hat; trotzdem eintragen nur mit --allow-overlap (alarmiert andere Unternehmen).",
            "Ask the keeper whom the credit was given to; enter anyway only with --allow-overlap (alarms other companies).",
        )
        .to_owned(),
        RecordState::Rejected => lang.pick("Den Grund nennt der Bericht. Die Liste berichtigen und noch einmal übergeben: Eingetragenes wird nicht wiederholt, und mit --partial hält keine Zeile die anderen auf.",
            "The report gives the reason. Correct the list and submit it again: what is entered is not repeated, and with --partial no row holds up the others.",
        )
        .to_owned(),
        RecordState::Created | RecordState::AlreadyEntered | RecordState::Deleted => {
            lang.pick("Nichts mehr zu tun.", "Nothing is left to do.").to_owned()
        }
    }
}
