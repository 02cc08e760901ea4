//! What `usage` says.

use finkit_tables::explain::Lang;

/// What can't be known of an incognito account.
pub(crate) fn incognito(lang: Lang) -> &'static str {
    lang.pick(
        "Ein Inkognito-Konto zählt der Dienst nur in einem gemeinsamen Zähler: was er selbst für dieses Konto gezählt hat, lässt sich nicht abfragen. Hier steht, was finkit gesendet hat.",
        "The service counts an incognito account only in one common counter: what it has counted for this account can't be asked. This is what finkit has sent.",
    )
}
