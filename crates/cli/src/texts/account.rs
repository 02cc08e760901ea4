//! What the commands around the account say.

use finkit_tables::explain::{Lang, visible_line};
use finkit_transport::TokenStatus;

/// A registration whose answer was never stored.
pub(crate) fn pending(lang: Lang, since: &str) -> String {
    match lang {
        Lang::De => format!(
            "Eine Registrierung vom {since} hat keine gespeicherte Antwort: der Registrierungscode kann verbraucht sein. \
             Beim Betreiber nach dem Sicherheitscode fragen."
        ),
        Lang::En => format!(
            "A registration sent at {since} has no stored answer: its registration code may be used up. \
             Ask the operator for the security code."
        ),
    }
}

/// The last resort when the code can't be stored.
pub(crate) fn write_it_down(lang: Lang, code: &str) -> String {
    let code = visible_line(code);
    match lang {
        Lang::De => format!(
            "Der Sicherheitscode lässt sich nicht speichern. Jetzt aufschreiben, er wird kein zweites Mal ausgegeben: {code}"
        ),
        Lang::En => format!(
            "The security code can't be stored. Write it down now, it is not given out again: {code}"
        ),
    }
}

/// Success of a registration.
pub(crate) fn registered(lang: Lang, username: &str, place: &str) -> String {
    let username = visible_line(username);
    match lang {
        Lang::De => format!(
            "Konto {username} ist registriert. Der Sicherheitscode liegt in {place}.\n\
             Er wird zum Eintragen und Löschen gebraucht und kann nicht noch einmal abgerufen werden: sichern Sie eine Kopie (`finkit fincheck status --show-code`)."
        ),
        Lang::En => format!(
            "Account {username} is registered. The security code is in {place}.\n\
             Entering and deleting need it, and it can't be fetched again: keep a copy (`finkit fincheck status --show-code`)."
        ),
    }
}

/// The settings don't say the kind of account yet.
pub(crate) fn set_participant(lang: Lang, profile: &str, kind: &str, file: &str) -> String {
    match lang {
        Lang::De => format!(
            "In {file} gehört dazu:\n\n    [profile.{profile}.fincheck]\n    participant = \"{kind}\"\n"
        ),
        Lang::En => format!(
            "Write into {file}:\n\n    [profile.{profile}.fincheck]\n    participant = \"{kind}\"\n"
        ),
    }
}

/// The code itself, on request.
pub(crate) fn code(lang: Lang, code: &str) -> String {
    format!(
        "{}: {}",
        lang.pick("Sicherheitscode im Klartext", "Security code in clear"),
        visible_line(code)
    )
}

/// Success of a login.
pub(crate) fn logged_in(lang: Lang, username: &str, place: Option<&str>) -> String {
    let username = visible_line(username);
    match (lang, place) {
        (Lang::De, Some(place)) => {
            format!("Angemeldet als {username}. Das Kennwort liegt in {place}.")
        }
        (Lang::De, None) => format!(
            "Angemeldet als {username}, bis das Token abläuft; das Kennwort wurde nicht gespeichert."
        ),
        (Lang::En, Some(place)) => format!("Logged in as {username}. The password is in {place}."),
        (Lang::En, None) => {
            format!("Logged in as {username} until the token ends; the password was not stored.")
        }
    }
}

/// Success of a logout.
pub(crate) fn logged_out(lang: Lang, forgot_code: bool) -> &'static str {
    if forgot_code {
        lang.pick(
            "Abgemeldet; Kennwort, Token und Sicherheitscode sind vergessen.",
            "Logged out; password, token and security code are forgotten.",
        )
    } else {
        lang.pick("Abgemeldet; Kennwort und Token sind vergessen, der Sicherheitscode bleibt gespeichert.", "Logged out; password and token are forgotten, the security code stays stored.")
    }
}

/// What is known of the token.
pub(crate) fn token(lang: Lang, status: &TokenStatus) -> String {
    if let Some(at) = status.rejected_at {
        let at = at.format("%Y-%m-%d %H:%M UTC");
        return match lang {
            Lang::De => format!(
                "keines; das Kennwort wurde am {at} abgelehnt, bis zu einem neuen wird nicht mehr gefragt"
            ),
            Lang::En => format!(
                "none; the password was refused at {at}, and is not tried again until it changes"
            ),
        };
    }
    match status.expires_at {
        Some(end) if status.usable => format!(
            "{} {}",
            lang.pick("gültig bis", "valid until"),
            end.format("%Y-%m-%d %H:%M UTC")
        ),
        _ => lang
            .pick(
                "keines; das nächste wird bei Bedarf geholt",
                "none; the next one is fetched when needed",
            )
            .to_owned(),
    }
}

/// The service gives no token for now.
pub(crate) fn no_token_yet(lang: Lang, reason: &str) -> String {
    match lang {
        Lang::De => format!(
            "Der Dienst gibt gerade kein Token ({reason}); es wird noch einige Sekunden lang versucht."
        ),
        Lang::En => format!(
            "The service gives no token for now ({reason}); it is tried for some seconds more."
        ),
    }
}
