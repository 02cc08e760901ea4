//! What `contract` says.

use finkit_fincheck::openapi::{Confidence, State};
use finkit_tables::explain::Lang;

/// How a value stands in the document.
pub(crate) fn state(lang: Lang, state: State) -> &'static str {
    match state {
        State::Same => lang.pick("wie im Vertrag", "as in the contract"),
        State::Untold => lang.pick("nicht beschrieben", "not described"),
        State::Different => lang.pick("anders", "different"),
        State::Missing => lang.pick("fehlt", "missing"),
        State::Additional => lang.pick("zusätzlich verlangt", "additional, required"),
        _ => lang.pick("unbekannt", "unknown"),
    }
}

/// How sure a choice is.
pub(crate) fn confidence(lang: Lang, confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => lang.pick("sicher", "certain"),
        Confidence::Likely => lang.pick("wahrscheinlich", "likely"),
        Confidence::Given => lang.pick("von Ihnen", "by you"),
        _ => lang.pick("unbekannt", "unknown"),
    }
}

/// The end of a comparison.
pub(crate) fn compared(lang: Lang, contract: &str, differences: usize) -> String {
    match (lang, differences) {
        (Lang::De, 0) => format!("Das Dokument passt zum Vertrag {contract}."),
        (Lang::En, 0) => format!("The document fits the contract {contract}."),
        (Lang::De, n) => format!(
            "{n} {} vom Vertrag {contract} ab. `finkit fincheck contract adopt` leitet einen passenden ab.",
            if n == 1 {
                "Stelle weicht"
            } else {
                "Stellen weichen"
            }
        ),
        (Lang::En, n) => format!(
            "{n} {} from the contract {contract}. `finkit fincheck contract adopt` derives one that fits.",
            if n == 1 {
                "place differs"
            } else {
                "places differ"
            }
        ),
    }
}

/// What is not certain, before the lines that settle it.
pub(crate) fn open(lang: Lang, questions: usize) -> String {
    match (lang, questions) {
        (Lang::De, 1) => "Eine Frage ist offen. Prüfen Sie diese Zeilen und schreiben Sie sie in eine Datei für --answers:".into(),
        (Lang::En, 1) => "One question is open. Check these lines and write them into a file for --answers:".into(),
        (Lang::De, n) => format!("{n} Fragen sind offen. Prüfen Sie diese Zeilen und schreiben Sie sie in eine Datei für --answers:"),
        (Lang::En, n) => format!("{n} questions are open. Check these lines and write them into a file for --answers:"),
    }
}

/// What stands in the way.
pub(crate) fn obstacles(lang: Lang) -> &'static str {
    lang.pick(
        "Das kann kein Vertrag sagen:",
        "This is what no contract can say:",
    )
}

/// The contract is written.
pub(crate) fn written(lang: Lang, path: &str) -> String {
    match lang {
        Lang::De => format!(
            "Der Vertrag steht in {path}. Zum Proben: `finkit demo --contract {path}` – dort wird nichts verrechnet."
        ),
        Lang::En => format!(
            "The contract stands in {path}. To rehearse: `finkit demo --contract {path}`; nothing is billed there."
        ),
    }
}

/// The question on a terminal.
pub(crate) fn which(lang: Lang, candidates: usize) -> String {
    match (lang, candidates) {
        (Lang::De, 0) => "Wert (leer: aufhören):".into(),
        (Lang::En, 0) => "Value (empty: stop):".into(),
        (Lang::De, n) => format!("1–{n} oder ein Wert (leer: aufhören):"),
        (Lang::En, n) => format!("1–{n} or a value (empty: stop):"),
    }
}

/// The service offers no document to look at.
pub(crate) fn not_offered(lang: Lang, address: &str) -> String {
    match lang {
        Lang::De => format!(
            "Der Dienst bietet unter {address} kein Dokument an; ob sich etwas geändert hat, wurde nicht geprüft."
        ),
        Lang::En => format!(
            "The service offers no document at {address}; whether anything has changed was not checked."
        ),
    }
}
