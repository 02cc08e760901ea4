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
        8 => lang.pick("Was es gekostet hat", "What it has cost"),
        9 => lang.pick(
            "Finfo: anmelden, ein Token für alles Weitere",
            "Finfo: log in, one token for all that follows",
        ),
        10 => lang.pick(
            "Den Katalog füllen: alle Artikel aller Lieferanten",
            "Fill the catalogue: all articles of all suppliers",
        ),
        11 => lang.pick(
            "Suchen, ohne den Dienst zu fragen",
            "Find something without asking the service",
        ),
        12 => lang.pick(
            "Einen Tag später: nur was sich geändert hat",
            "A day later: only what changed",
        ),
        _ => lang.pick(
            "Was genau anders ist, mit altem und neuem Wert",
            "What exactly is different, with old and new values",
        ),
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

/// Before the first command of Finfo.
pub(crate) fn finfo_intro(lang: Lang, url: &str) -> String {
    match lang {
        Lang::De => format!(
            "\nUnd Finfo: erfundene Artikel von vier Lieferanten, von einem Dienst auf diesem Rechner ({url})."
        ),
        Lang::En => format!(
            "\nAnd Finfo: made-up articles of four suppliers, from a service on this machine ({url})."
        ),
    }
}

/// After the last command of Finfo.
pub(crate) fn finfo_outro(lang: Lang, articles: u64, requests: u64, passwords: u64) -> String {
    let (articles, requests) = (lang.count(articles), lang.count(requests));
    let passwords = match passwords {
        1 => lang.pick("einmal", "once").to_owned(),
        more => lang.pick(format!("{more}-mal"), format!("{more} times")),
    };
    match lang {
        Lang::De => format!(
            "\n── Im Katalog: {articles} Artikel. Der Dienst zählt {requests} Anfragen; das Kennwort wurde ihm {passwords} geschickt.\n\
             Weiter: `finkit finfo --help` zeigt die Befehle."
        ),
        Lang::En => format!(
            "\n── In the catalogue: {articles} articles. The service counts {requests} requests; it was sent the password {passwords}.\n\
             Next: `finkit finfo --help` shows the commands."
        ),
    }
}
