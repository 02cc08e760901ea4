//! What `finkit finfo operations` and `finkit finfo contract` say.

use finkit_finfo::operations::State;
use finkit_tables::explain::{Lang, visible_line};

/// Head of the list of operations.
pub(crate) fn operations(lang: Lang) -> [&'static str; 4] {
    match lang {
        Lang::De => ["Operation", "Methode", "Pfad", "Wozu"],
        Lang::En => ["operation", "method", "path", "what for"],
    }
}

/// Head of the list of parameters.
pub(crate) fn parameters(lang: Lang) -> [&'static str; 4] {
    match lang {
        Lang::De => ["Parameter", "", "Wert", "Bedeutung"],
        Lang::En => ["parameter", "", "value", "meaning"],
    }
}

/// A parameter that must be there.
pub(crate) fn required(lang: Lang) -> &'static str {
    lang.pick("nötig", "required")
}

/// The operation is never called.
pub(crate) fn refused(lang: Lang, why: &str) -> String {
    let why = visible_line(why);
    match lang {
        Lang::De => format!("Wird nie aufgerufen: {why}"),
        Lang::En => format!("Never called: {why}"),
    }
}

/// The document is stored.
pub(crate) fn adopted(lang: Lang, count: usize) -> String {
    match lang {
        Lang::De => format!(
            "Das Dokument mit {count} Operationen ist gespeichert. `finkit finfo operations` zeigt sie, `finkit finfo call NAME` ruft eine auf; \
             `finkit completions SHELL` kennt jetzt ihre Namen."
        ),
        Lang::En => format!(
            "The document of {count} operations is stored. `finkit finfo operations` shows them, `finkit finfo call NAME` calls one; \
             `finkit completions SHELL` now knows their names."
        ),
    }
}

/// Head of a comparison.
pub(crate) fn comparison(lang: Lang) -> [&'static str; 6] {
    match lang {
        Lang::De => ["", "was", "Ergebnis", "angenommen", "Dokument", "Stelle"],
        Lang::En => ["", "what", "result", "assumed", "document", "place"],
    }
}

/// What a comparison says of one thing.
pub(crate) fn state(lang: Lang, state: State) -> &'static str {
    match state {
        State::Same => lang.pick("wie angenommen", "as assumed"),
        State::Different => lang.pick("anders", "different"),
        State::Missing => lang.pick("fehlt", "missing"),
        State::AdditionalRequired => lang.pick("zusätzlich nötig", "additional required"),
        _ => lang.pick("nicht gesagt", "not told"),
    }
}

/// The end of a comparison.
pub(crate) fn compared(lang: Lang, differences: usize) -> String {
    match (lang, differences) {
        (Lang::De, 0) => "Pfade und Parameter passen zum Dokument.".to_owned(),
        (Lang::En, 0) => "Paths and parameters fit the document.".to_owned(),
        (Lang::De, 1) => "1 Unterschied zum Dokument.".to_owned(),
        (Lang::En, 1) => "1 difference from the document.".to_owned(),
        (Lang::De, n) => format!("{n} Unterschiede zum Dokument."),
        (Lang::En, n) => format!("{n} differences from the document."),
    }
}

/// What settles paths.
pub(crate) fn settings(lang: Lang) -> &'static str {
    lang.pick(
        "Diese Zeilen in der Datei von `endpoints` (Einstellungen) gleichen an, was sich angleichen lässt:",
        "These lines in the file of `endpoints` (settings) settle what can be settled:",
    )
}
