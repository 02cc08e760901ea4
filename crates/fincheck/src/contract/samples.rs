//! A second, renamed contract for tests: German names, flags in the body, a GET look-up, a POST deletion.

use super::Contract;

/// Everything that a contract can say differently, said differently.
pub(crate) const RENAMED: &str = r#"
name = "fincheck/renamed"

[format]
registration_date = "unix"
date = "date-time"
database_zone = "Europe/Vienna"

[record]
fin = "fahrgestellnummer"
start_date = "zeitraum.von"
end_date = "zeitraum.bis"
registration_date = "registrierung"

[answer_record]
fin = "fahrgestellnummer"
start_date = "zeitraum.von"
end_date = "zeitraum.bis"
registration_date = "absent"
reason = "grund"

[found_fin]
fin = "fahrzeug.fin"
count = "anzahl"
entries = "eintraege"

[found_fin.entry]
start_date = "von"
end_date = "bis"
registration_date = "registriert_am"

[register]
path = "/konto/registrieren"
registration_code = "body:konto.code"
username = "body:konto.name"
password = "body:konto.kennwort"

[register.answer]
security_code = "konto.sicherheitscode"

[token]
path = "/konto/token"
lifetime = 600

[token.constants]
"form:grant_type" = "password"

[create]
path = "/eintrag"
record = "body:fin_daten"
commit_on_overlapping_dates = "body:trotz_ueberschneidung"
security_code = "body:sicherheitscode"

[create.answer]
created = "angelegt"
overlapping = "ueberschneidungen"
failed = "abgelehnt"

[bulk_create]
path = "/eintraege"
records = "body:fins"
commit_on_overlapping_dates = "body:trotz_ueberschneidung"
commit_on_partial_success = "body:teilweise"
security_code = "body:sicherheitscode"

[bulk_create.answer]
created = "angelegt"
overlapping = "ueberschneidungen"
failed = "abgelehnt"

[delete]
method = "POST"
path = "/loeschen"
fin = "body:fahrgestellnummer"
start_date = "body:von"
end_date = "body:bis"
security_code = "body:sicherheitscode"

[delete.answer]
deleted = "geloescht"
fins = "eintraege"

[search]
method = "GET"
path = "/suche"
fin = "query:fahrgestellnummer"
year = "query:jahr"

[search.answer]
found = "gefunden"
fins = "treffer"

[bulk_search]
method = "GET"
path = "/suche/{jahr}"
fins = "query:fin"
year = "path:jahr"

[bulk_search.answer]
found = "gefunden"
fins = "treffer"
"#;

/// [`RENAMED`], read.
pub(crate) fn renamed() -> Contract {
    Contract::from_toml(RENAMED).unwrap_or_else(|errors| panic!("{errors}"))
}
