//! The fixed words of the page in both languages.

use crate::explain::Lang;
use crate::fault::Severity;
use crate::write::row::Whose;

/// The fixed words of the page; a missing one does not compile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub(super) made: &'static str,
    pub(super) job: &'static str,
    pub(super) masked: &'static str,
    pub(super) glance: &'static str,
    pub(super) todo: &'static str,
    pub(super) calendar: &'static str,
    pub(super) calendar_intro: &'static str,
    pub(super) faults: &'static str,
    pub(super) place: &'static str,
    pub(super) value: &'static str,
    pub(super) finding: &'static str,
    pub(super) proposal: &'static str,
    pub(super) rows: &'static str,
    pub(super) alone: &'static str,
    pub(super) row: &'static str,
    pub(super) period: &'static str,
    pub(super) registered: &'static str,
    pub(super) reason: &'static str,
    pub(super) others: &'static str,
    pub(super) both: &'static str,
    pub(super) in_list: &'static str,
    pub(super) missing: &'static str,
}

const DE: Words = Words {
    made: "Erstellt am",
    job: "Auftrag",
    masked: "FINs sind gekürzt, zum Beispiel WVW…0001; die Zeilennummern führen zur Liste. \
             Ausgeschrieben werden sie mit --show-fins.",
    glance: "Auf einen Blick",
    todo: "Was zu tun ist",
    calendar: "Überschneidungen im Kalender",
    calendar_intro: "Je Fahrzeug und Jahr alle Zeiträume, die einander betreffen. Unten steht \
                     jeweils, welche Tage mehrfach belegt sind.",
    faults: "Fehler nach Art",
    place: "Zelle",
    value: "Wert",
    finding: "Befund",
    proposal: "Vorschlag",
    rows: "Zeilen nach Ergebnis",
    alone: "Diese Seite steht für sich: Sie lädt nichts nach und sendet nichts.",
    row: "Zeile",
    period: "Zeitraum",
    registered: "Registriert",
    reason: "Grund",
    others: "Andere Einträge",
    both: "Mehrfach belegt",
    in_list: "in dieser Liste",
    missing: "(fehlt)",
};

const EN: Words = Words {
    made: "Made on",
    job: "Job",
    masked: "FINs are masked, such as WVW…0001; the row numbers lead to the list. \
             --show-fins shows them whole.",
    glance: "At a glance",
    todo: "What to do",
    calendar: "Overlaps on the calendar",
    calendar_intro: "For each vehicle and year, all periods that concern each other. Below \
                     them stand the days that are taken more than once.",
    faults: "Faults by kind",
    place: "Cell",
    value: "Value",
    finding: "Finding",
    proposal: "Proposal",
    rows: "Rows by outcome",
    alone: "This page stands alone: it loads nothing and sends nothing.",
    row: "Row",
    period: "Period",
    registered: "Registered",
    reason: "Reason",
    others: "Other entries",
    both: "Taken more than once",
    in_list: "in this list",
    missing: "(missing)",
};

/// The words of a language.
pub(super) fn words(lang: Lang) -> Words {
    lang.pick(DE, EN)
}

/// One sentence on how the rows stand.
pub(super) fn verdict(lang: Lang, act: u64, open: u64, settled: u64) -> String {
    let rows = |n| lang.rows(n);
    match lang {
        Lang::De => match (act, open) {
            (0, 0) if settled == 0 => "Die Liste enthält keine Zeilen.".to_owned(),
            (0, 0) => format!("{}, alles erledigt.", rows(settled)),
            (0, _) => format!(
                "{}, davon {} noch offen.",
                rows(open + settled),
                lang.count(open)
            ),
            (_, 0) => format!(
                "{}, davon {} zu klären.",
                rows(act + settled),
                lang.count(act)
            ),
            _ => format!(
                "{}, davon {} zu klären und {} noch offen.",
                rows(act + open + settled),
                lang.count(act),
                lang.count(open)
            ),
        },
        Lang::En => match (act, open) {
            (0, 0) if settled == 0 => "The list has no rows.".to_owned(),
            (0, 0) => format!("{}, all done.", rows(settled)),
            (0, _) => format!(
                "{}, {} of them still open.",
                rows(open + settled),
                lang.count(open)
            ),
            (_, 0) => format!(
                "{}, {} of them to be looked into.",
                rows(act + settled),
                lang.count(act)
            ),
            _ => format!(
                "{}, {} of them to be looked into and {} still open.",
                rows(act + open + settled),
                lang.count(act),
                lang.count(open)
            ),
        },
    }
}

/// How a severity is called.
pub(super) fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Fault => lang.pick("Fehler", "Fault"),
        Severity::Warning => lang.pick("Warnung", "Warning"),
        Severity::Notice => lang.pick("Hinweis", "Note"),
    }
}

/// Says that not all is shown.
pub(super) fn further(lang: Lang, number: u64) -> String {
    let number = lang.count(number);
    match lang {
        Lang::De => format!(
            "Und {number} weitere; sie stehen vollständig in den Berichten als CSV, XLSX und JSON."
        ),
        Lang::En => {
            format!("And {number} more; the reports as CSV, XLSX and JSON have them all.")
        }
    }
}

/// Says that a FIN has more entries than the picture.
pub(super) fn further_lanes(lang: Lang, number: u64) -> String {
    let number = lang.count(number);
    match lang {
        Lang::De => format!("Und {number} weitere Zeiträume dieses Fahrzeugs."),
        Lang::En => format!("And {number} more periods of this vehicle."),
    }
}

/// A number of days with its noun.
pub(super) fn days(lang: Lang, number: u32) -> String {
    match (lang, number) {
        (Lang::De, 1) => "1 Tag".to_owned(),
        (Lang::De, n) => format!("{n} Tage"),
        (Lang::En, 1) => "1 day".to_owned(),
        (Lang::En, n) => format!("{n} days"),
    }
}

/// Whose entry a bar is, as the heading of its line.
pub(super) fn who(lang: Lang, whose: Whose) -> String {
    let name = whose.name(lang);
    let mut characters = name.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}
