//! What the demo says between its commands.

use finkit_tables::explain::Lang;

/// Before the first command.
pub(crate) fn intro(lang: Lang, url: &str) -> String {
    match lang {
        Lang::De => format!(
            "Die ganze FINcheck-Arbeit an einer erfundenen Liste, gegen einen Dienst auf diesem Rechner ({url}).\n\
             Nichts verlässt diesen Rechner, nichts wird verrechnet."
        ),
        Lang::En => format!(
            "The whole FINcheck job on a made-up list, against a service on this machine ({url}).\n\
             Nothing leaves this machine, nothing is billed."
        ),
    }
}

/// What a step is for.
pub(crate) fn title(lang: Lang, step: u32) -> &'static str {
    match step {
        1 => lang.pick(
            "Konto registrieren: der Sicherheitscode wird gesichert",
            "Register an account: the security code is stored",
        ),
        2 => lang.pick(
            "Liste prüfen, ohne dass etwas gesendet wird",
            "Check the list without sending anything",
        ),
        3 => lang.pick("Gültiges eintragen", "Enter what is sound"),
        4 => lang.pick(
            "Nachsehen: ein eingetragenes Fahrzeug ist belegt",
            "Look up: a vehicle that was entered is taken",
        ),
        5 => lang.pick("Einen Eintrag löschen", "Delete an entry"),
        6 => lang.pick("Nachsehen: jetzt ist es frei", "Look up: now it is free"),
        7 => lang.pick(
            "Dieselbe Liste noch einmal: nur das Gelöschte kostet",
            "The same list again: only what was deleted costs",
        ),
        _ => lang.pick("Was es gekostet hat", "What it has cost"),
    }
}

/// After the last command.
pub(crate) fn outro(lang: Lang, entries: u64, reads: u64, writes: u64, tokens: u64) -> String {
    let (entries, reads, writes) = (lang.count(entries), lang.count(reads), lang.count(writes));
    match lang {
        Lang::De => format!(
            "\n── Der Dienst selbst zählt für dieses Konto: {entries} Einträge, {reads} Lesezugriffe, {writes} Schreibzugriffe, {tokens} Token.\n\
             Weiter: `finkit sandbox` lässt den Dienst laufen, `finkit fincheck --help` zeigt die Befehle."
        ),
        Lang::En => format!(
            "\n── The service itself counts for this account: {entries} entries, {reads} reads, {writes} writes, {tokens} token requests.\n\
             Next: `finkit sandbox` keeps the service running, `finkit fincheck --help` shows the commands."
        ),
    }
}
