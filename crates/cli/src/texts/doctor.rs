//! What `doctor` says.

use finkit_tables::explain::Lang;

/// Name of a thing that is looked at.
pub(crate) fn name(lang: Lang, what: &'static str) -> &'static str {
    match what {
        "version" => lang.pick("Version", "Version"),
        "settings" => lang.pick("Einstellungen", "Settings"),
        "profile" => lang.pick("Profil", "Profile"),
        "state" => lang.pick("Zustandsordner", "State folder"),
        "ledger" => lang.pick("Auftragsbuch", "Ledger"),
        "catalogue" => lang.pick("Finfo-Katalog", "Finfo catalogue"),
        "service" => lang.pick("Dienst", "Service"),
        "account" => lang.pick("Konto", "Account"),
        "password" => lang.pick("Kennwort", "Password"),
        "security code" => lang.pick("Sicherheitscode", "Security code"),
        "token" => "Token",
        "connection" => lang.pick("Verbindung", "Connection"),
        "time-outs" => lang.pick("Zeitgrenzen", "Time-outs"),
        other => other,
    }
}

/// The limits of a call.
pub(crate) fn limits(lang: Lang, attempt: u64, total: u64, idle: u64, body: u64) -> String {
    match lang {
        Lang::De => format!(
            "{attempt} s je Versuch, {total} s insgesamt, {idle} s ohne ein Byte; Antworten bis {} Bytes",
            lang.count(body)
        ),
        Lang::En => format!(
            "{attempt} s per attempt, {total} s in all, {idle} s without a byte; answers up to {} bytes",
            lang.count(body)
        ),
    }
}
