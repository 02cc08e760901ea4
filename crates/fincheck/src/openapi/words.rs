//! Words of names, German and English, and what they mean.

/// What a field or an operation can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Meaning {
    Fin,
    Start,
    End,
    Registered,
    Year,
    RegistrationCode,
    SecurityCode,
    Username,
    Password,
    OverlapFlag,
    PartialFlag,
    Created,
    Overlapping,
    Failed,
    Found,
    Free,
    Deleted,
    Count,
    Reason,
    AccessToken,
}

/// A name in parts: `startDate`, `start_date` and `Start Date` are the words `start` and `date`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Words {
    words: Vec<String>,
    joined: String,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut before = ' ';
        for character in text.chars() {
            let starts =
                !before.is_alphanumeric() || (character.is_uppercase() && before.is_lowercase());
            if character.is_alphanumeric() {
                if starts || words.is_empty() {
                    words.push(String::new());
                }
                if let Some(word) = words.last_mut() {
                    for lower in character.to_lowercase() {
                        match lower {
                            'ä' => word.push_str("ae"),
                            'ö' => word.push_str("oe"),
                            'ü' => word.push_str("ue"),
                            'ß' => word.push_str("ss"),
                            other => word.push(other),
                        }
                    }
                }
            }
            before = character;
        }
        let joined = words.concat();
        Self { words, joined }
    }

    /// Whether one of the patterns fits: `=word` is a whole word, `word*` the beginning of one, `*part*` a part of the whole name.
    pub(super) fn fit(&self, patterns: &[&str]) -> bool {
        patterns.iter().any(|pattern| {
            if let Some(word) = pattern.strip_prefix('=') {
                self.words.iter().any(|known| known == word)
            } else if let Some(part) = pattern.strip_prefix('*') {
                self.joined.contains(part.trim_end_matches('*'))
            } else {
                let beginning = pattern.trim_end_matches('*');
                self.words.iter().any(|known| known.starts_with(beginning))
            }
        })
    }

    /// Whether the name means that.
    pub(super) fn mean(&self, meaning: Meaning) -> bool {
        let code = ["code*", "*code*", "*schluessel*", "=key", "=pin"];
        match meaning {
            Meaning::Fin => self.fit(&[
                "=fin",
                "=fins",
                "=vin",
                "=vins",
                "=fgst",
                "*fahrgestell*",
                "*fahrzeugident*",
                "*vehicleident*",
                "*identifikationsnummer*",
                "*identificationnumber*",
                "*identnummer*",
                "*chassis*",
                "*finnummer*",
                "*finnumber*",
                "*vinnumber*",
            ]),
            Meaning::Start => self.fit(&[
                "start*",
                "begin*",
                "=von",
                "=from",
                "=ab",
                "=since",
                "anfang*",
                "=first",
                "erste*",
                "*datumvon*",
                "*datefrom*",
                "*gueltigab*",
                "*gueltigvon*",
            ]),
            Meaning::End => self.fit(&[
                "=end",
                "=ende",
                "enddat*",
                "endtag*",
                "ended*",
                "ending*",
                "=bis",
                "=to",
                "=until",
                "=till",
                "=thru",
                "=through",
                "=last",
                "letzte*",
                "schluss*",
                "*datumbis*",
                "*dateto*",
                "*gueltigbis*",
                "=ends",
            ]),
            Meaning::Registered => {
                self.fit(&[
                    "registr*",
                    "registered*",
                    "sign*",
                    "unterzeichn*",
                    "vertrag*",
                    "abschluss*",
                    "concluded*",
                    "contract*",
                    "agreement*",
                    "agreed*",
                    "vereinbar*",
                    "timestamp*",
                    "zeitstempel*",
                    "*registrierung*",
                    "*zeitstempel*",
                    "*timestamp*",
                    "anmeld*",
                    "angemeldet*",
                ]) && !self.fit(&code)
            }
            Meaning::Year => self.fit(&["=year", "=jahr", "*jahr*", "*year*"]),
            Meaning::RegistrationCode => {
                self.fit(&code)
                    && self.fit(&[
                        "reg*",
                        "invit*",
                        "einlad*",
                        "freischalt*",
                        "aktivier*",
                        "activat*",
                    ])
                    && !self.fit(&["secur*", "sicher*", "*sicherheit*", "*security*"])
            }
            Meaning::SecurityCode => {
                self.fit(&code)
                    && self.fit(&["secur*", "sicher*", "*sicherheit*", "*security*", "*secur*"])
            }
            Meaning::Username => self.fit(&[
                "username*",
                "=user",
                "benutzer*",
                "=login",
                "=email",
                "anwender*",
                "*username*",
            ]),
            Meaning::Password => self.fit(&[
                "password*",
                "passwort*",
                "kennwort*",
                "=pwd",
                "=pass",
                "passwd*",
            ]),
            Meaning::OverlapFlag => self.fit(&[
                "overlap*",
                "*overlap*",
                "*ueberschneid*",
                "*ueberlapp*",
                "kollision*",
            ]),
            Meaning::PartialFlag => self.fit(&[
                "partial*",
                "*partial*",
                "teilweise*",
                "teilerfolg*",
                "*teilerfolg*",
                "*teilweise*",
            ]),
            Meaning::Created => {
                self.fit(&[
                    "creat*",
                    "angelegt*",
                    "=stored",
                    "gespeichert*",
                    "eingetragen*",
                    "=saved",
                    "=inserted",
                    "=added",
                    "=entered",
                    "erstellt*",
                    "erfasst*",
                    "neue*",
                ]) && !self.fit(&["=not", "=nicht"])
            }
            Meaning::Failed => self.fit(&[
                "fail*",
                "fehlgeschlagen*",
                "*fehlgeschlagen*",
                "abgelehnt*",
                "reject*",
                "=refused",
                "=errors",
                "gescheitert*",
                "*notcreated*",
                "*nichtangelegt*",
                "*nichtgespeichert*",
                "*notstored*",
                "verworfen*",
            ]),
            Meaning::Overlapping => self.fit(&[
                "overlap*",
                "*ueberschneid*",
                "*ueberlapp*",
                "kollision*",
                "conflict*",
                "konflikt*",
            ]),
            Meaning::Found => {
                self.fit(&[
                    "=found",
                    "gefunden*",
                    "vorhanden*",
                    "exist*",
                    "=present",
                    "=hit",
                    "registered*",
                    "registriert*",
                    "*isregistered*",
                    "eingetragen*",
                    "=taken",
                    "vergeben*",
                    "belegt*",
                ]) && !self.mean(Meaning::Free)
            }
            Meaning::Free => self.fit(&[
                "=free",
                "=frei",
                "available*",
                "verfuegbar*",
                "=not",
                "=nicht",
                "=no",
                "=kein",
                "unregistered*",
                "unbekannt*",
                "=unknown",
                "missing*",
            ]),
            Meaning::Deleted => self.fit(&[
                "delet*",
                "geloescht*",
                "removed*",
                "entfernt*",
                "*geloescht*",
            ]),
            Meaning::Count => self.fit(&[
                "=count",
                "*anzahl*",
                "=number",
                "=total",
                "=zahl",
                "=quantity",
                "=menge",
                "counter*",
                "=amount",
            ]),
            Meaning::Reason => self.fit(&[
                "reason*", "grund*", "*grund*", "message*", "meldung*", "=error", "detail*",
                "fehler*",
            ]),
            Meaning::AccessToken => {
                self.fit(&["*accesstoken*", "=token", "*zugangstoken*", "=jwt"])
                    && !self.fit(&["=type", "=typ", "refresh*"])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words_however_they_are_written() {
        for name in [
            "start_date",
            "startDate",
            "Start Date",
            "start-date",
            "START_DATE",
        ] {
            assert_eq!(Words::of(name).joined, "startdate", "{name}");
            assert!(Words::of(name).mean(Meaning::Start), "{name}");
            assert!(!Words::of(name).mean(Meaning::End), "{name}");
        }
        assert!(Words::of("gelöscht").mean(Meaning::Deleted));
    }

    #[test]
    fn names_of_both_languages_mean_what_people_mean() {
        for (name, meaning) in [
            ("fahrgestellnummer", Meaning::Fin),
            ("vins", Meaning::Fin),
            ("fahrzeug_von", Meaning::Start),
            ("validTo", Meaning::End),
            ("enddatum", Meaning::End),
            ("registrierungszeitpunkt", Meaning::Registered),
            ("contract_signed_at", Meaning::Registered),
            ("kalenderjahr", Meaning::Year),
            ("reg_code", Meaning::RegistrationCode),
            ("registrierungscode", Meaning::RegistrationCode),
            ("x-security-code", Meaning::SecurityCode),
            ("sicherheitsschluessel", Meaning::SecurityCode),
            ("trotz_ueberschneidung", Meaning::OverlapFlag),
            ("teilweise_speichern", Meaning::PartialFlag),
            ("fehlgeschlagen", Meaning::Failed),
            ("number_of_entries", Meaning::Count),
        ] {
            assert!(Words::of(name).mean(meaning), "{name}");
        }
        for (name, meaning) in [
            ("registration_code", Meaning::Registered),
            ("registrationCode", Meaning::SecurityCode),
            ("security_code", Meaning::RegistrationCode),
            ("not_found", Meaning::Found),
            ("token_type", Meaning::AccessToken),
            ("endpoint", Meaning::End),
        ] {
            assert!(!Words::of(name).mean(meaning), "{name}");
        }
    }
}
