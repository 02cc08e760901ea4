//! Texts about FINs: faults, notices and the check digit.

use finkit_core::{Alphabet, CheckDigitNote, CheckDigitStrength, Placeholder, VinFault, VinNotice};

use super::{Frame, Texts};
use crate::explain::{Lang, visible_value};

/// Where a FIN can be read off: the field of the registration certificate.
fn compare(frame: Frame<'_>) -> String {
    frame.say(
        "Mit dem Zulassungsschein vergleichen (Feld\u{a0}E).",
        "Compare it with the registration certificate (field\u{a0}E).",
    )
}

fn iso_3779(lang: Lang) -> &'static str {
    lang.pick(
        "Eine FIN besteht aus Ziffern und den Buchstaben A bis Z ohne I, O und Q (ISO 3779).",
        "A FIN consists of digits and the letters A to Z without I, O and Q (ISO 3779).",
    )
}

fn length_rule(lang: Lang) -> &'static str {
    lang.pick(
        "Eine FIN hat genau 17 Zeichen (ISO 3779). Eine unvollständige FIN würde verrechnet, \
         aber von niemandem gefunden.",
        "A FIN has exactly 17 characters (ISO 3779). An incomplete FIN would be billed, \
         but nobody would find it.",
    )
}

/// A character by name where it cannot be seen, else in quotation marks.
fn character(c: char, lang: Lang) -> String {
    match c {
        '\t' => lang.pick("(Tabulator)", "(tab)").to_owned(),
        '\n' | '\r' => lang.pick("(Zeilenumbruch)", "(line break)").to_owned(),
        _ => lang.quote(&visible_value(c.encode_utf8(&mut [0; 4]))),
    }
}

/// `Position 12: Buchstabe „O“.`, without the character where it must not be named.
fn at(frame: Frame<'_>, position: usize, found: char, kind: (&str, &str)) -> String {
    let lang = frame.lang;
    let kind = lang.pick(kind.0, kind.1);
    if frame.characters {
        format!("Position {position}: {kind} {}.", character(found, lang))
    } else {
        format!("Position {position}: {kind}.")
    }
}

/// `Wahrscheinlich die Ziffer 0.`, and the whole FIN where it may be shown.
fn probably(frame: Frame<'_>, proposal: char) -> Option<String> {
    let lang = frame.lang;
    if !frame.characters {
        return Some(frame.say(
            "Die Korrektur zeigt --show-fins.",
            "--show-fins shows the correction.",
        ));
    }
    let kind = match proposal.is_ascii_digit() {
        true => lang.pick("die Ziffer", "the digit"),
        false => lang.pick("der Buchstabe", "the letter"),
    };
    let text = format!(
        "{} {kind} {proposal}",
        lang.pick("Wahrscheinlich", "Probably")
    );
    Some(match whole(frame) {
        Some(fin) => format!("{text}: {fin}."),
        None => format!("{text}."),
    })
}

/// The corrected FIN, where it may be shown.
fn whole<'a>(frame: Frame<'a>) -> Option<&'a str> {
    frame.fault.proposal.as_deref().filter(|_| frame.show_fins)
}

pub(super) fn fault(frame: Frame<'_>, fault: &VinFault) -> Texts {
    let lang = frame.lang;
    #[deny(clippy::wildcard_enum_match_arm)]
    match *fault {
        VinFault::Empty => Texts {
            title: lang.pick("FIN fehlt", "FIN missing"),
            what: frame.say("Hier steht keine FIN.", "There is no FIN here."),
            why: lang.pick(
                "Ohne FIN kann FINcheck das Fahrzeug weder suchen noch eintragen.",
                "Without a FIN, FINcheck can neither look the vehicle up nor enter it.",
            ),
            advice: Some(frame.say(
                "Aus dem Zulassungsschein nachtragen (Feld\u{a0}E).",
                "Fill it in from the registration certificate (field\u{a0}E).",
            )),
        },
        VinFault::TooShort { length } => Texts {
            title: lang.pick("FIN zu kurz", "FIN too short"),
            what: match (lang, 17usize.saturating_sub(length)) {
                (Lang::De, 1) => format!("{length} statt 17 Zeichen, eines fehlt."),
                (Lang::De, n) => format!("{length} statt 17 Zeichen, {n} fehlen."),
                (Lang::En, 1) => format!("{length} instead of 17 characters, one is missing."),
                (Lang::En, n) => format!("{length} instead of 17 characters, {n} are missing."),
            },
            why: length_rule(lang),
            advice: Some(compare(frame)),
        },
        VinFault::TooLong { length } => Texts {
            title: lang.pick("FIN zu lang", "FIN too long"),
            what: match (lang, length.saturating_sub(17)) {
                (Lang::De, 1) => format!("{length} statt 17 Zeichen, eines zu viel."),
                (Lang::De, n) => format!("{length} statt 17 Zeichen, {n} zu viel."),
                (Lang::En, 1) => format!("{length} instead of 17 characters, one too many."),
                (Lang::En, n) => format!("{length} instead of 17 characters, {n} too many."),
            },
            why: lang.pick(
                "Eine FIN hat genau 17 Zeichen (ISO 3779). Oft sind zwei Werte in eine Zelle \
                 geraten.",
                "A FIN has exactly 17 characters (ISO 3779). Often two values ended up in one \
                 cell.",
            ),
            advice: match whole(frame) {
                Some(fin) => Some(match lang {
                    Lang::De => format!("Gemeint ist wahrscheinlich {fin}."),
                    Lang::En => format!("Probably {fin} was meant."),
                }),
                None => Some(compare(frame)),
            },
        },
        VinFault::CheckDigitAppended { digit, .. } => Texts {
            title: lang.pick("Prüfziffer hinter der FIN", "Check digit behind the FIN"),
            what: match lang {
                Lang::De => format!(
                    "18 Zeichen; das letzte, {digit}, ist die deutsche Prüfziffer der 17 davor."
                ),
                Lang::En => format!(
                    "18 characters; the last one, {digit}, is the German check digit of the 17 \
                     before it."
                ),
            },
            why: lang.pick(
                "Deutsche Fahrzeugpapiere führen eine Prüfziffer hinter der FIN. Sie gehört nicht \
                 zur FIN.",
                "German vehicle papers print a check digit behind the FIN. It is no part of it.",
            ),
            advice: Some(match (lang, whole(frame)) {
                (Lang::De, Some(fin)) => format!("Das letzte Zeichen weglassen: {fin}."),
                (Lang::De, None) => "Das letzte Zeichen weglassen.".to_owned(),
                (Lang::En, Some(fin)) => format!("Leave out the last character: {fin}."),
                (Lang::En, None) => "Leave out the last character.".to_owned(),
            }),
        },
        VinFault::ForbiddenLetter { position, found, proposal } => Texts {
            title: lang.pick("I, O oder Q in der FIN", "I, O or Q in the FIN"),
            what: at(frame, position, found, ("Buchstabe", "letter")),
            why: lang.pick(
                "Die Buchstaben I, O und Q kommen in keiner FIN vor, weil sie 1 und 0 zu ähnlich \
                 sehen (ISO 3779).",
                "No FIN contains the letters I, O and Q, because they look too much like 1 and 0 \
                 (ISO 3779).",
            ),
            advice: probably(frame, proposal),
        },
        VinFault::LookAlike { position, found, alphabet, proposal } => Texts {
            title: lang.pick(
                "Buchstabe aus einem anderen Alphabet",
                "Letter from another alphabet",
            ),
            what: at(
                frame,
                position,
                found,
                match alphabet {
                    Alphabet::Cyrillic => ("kyrillischer Buchstabe", "Cyrillic letter"),
                    Alphabet::Greek => ("griechischer Buchstabe", "Greek letter"),
                    // Letters with strokes or dots, and any alphabet that core may add.
                    Alphabet::ExtendedLatin | _ => ("Sonderzeichen", "special letter"),
                },
            ),
            why: lang.pick(
                "Solche Zeichen sehen aus wie lateinische, sind für den Vergleich aber andere: \
                 die FIN würde nie gefunden.",
                "Such characters look like Latin ones but compare as different: the FIN would \
                 never be found.",
            ),
            advice: probably(frame, proposal),
        },
        VinFault::FullWidth { position, found, proposal } => Texts {
            title: lang.pick("Vollbreites Zeichen in der FIN", "Full-width character in the FIN"),
            what: at(frame, position, found, ("vollbreites Zeichen", "full-width character")),
            why: lang.pick(
                "Vollbreite Zeichen stammen aus ostasiatischen Eingabemethoden und sind für den \
                 Vergleich andere Zeichen.",
                "Full-width characters come from East Asian input methods and compare as \
                 different characters.",
            ),
            advice: probably(frame, proposal),
        },
        VinFault::OtherCharacter { position, found } => Texts {
            title: lang.pick("Unzulässiges Zeichen in der FIN", "Character not allowed in a FIN"),
            what: at(frame, position, found, ("unzulässiges Zeichen", "character not allowed")),
            why: iso_3779(lang),
            advice: Some(match (lang, whole(frame)) {
                (Lang::De, Some(fin)) => format!("Gemeint ist wahrscheinlich {fin}."),
                (Lang::En, Some(fin)) => format!("Probably {fin} was meant."),
                (_, None) => compare(frame),
            }),
        },
        VinFault::SpreadsheetNumber => Texts {
            title: lang.pick("FIN wurde zur Zahl", "FIN turned into a number"),
            what: frame.say(
                "Die Tabelle hat aus der FIN eine Zahl gemacht; ihre letzten Stellen sind verloren.",
                "The spreadsheet made a number of the FIN; its last digits are lost.",
            ),
            why: lang.pick(
                "Excel behält von einer Zahl höchstens 15 Stellen, eine FIN hat 17.",
                "Excel keeps 15 digits of a number at most, a FIN has 17.",
            ),
            advice: Some(frame.say(
                "Die Spalte als Text formatieren und die FIN neu aus der Quelle übernehmen.",
                "Format the column as text and take the FIN from its source again.",
            )),
        },
        // Only for a kind that core has and this catalogue does not know yet.
        _ => Texts {
            title: lang.pick("FIN ungültig", "FIN not valid"),
            what: frame.say("Das ist keine FIN.", "This is not a FIN."),
            why: iso_3779(lang),
            advice: Some(compare(frame)),
        },
    }
}

pub(super) fn notice(frame: Frame<'_>, notice: &VinNotice) -> Texts {
    let lang = frame.lang;
    #[deny(clippy::wildcard_enum_match_arm)]
    match notice {
        VinNotice::SeparatorsRemoved { separators } => Texts {
            title: lang.pick("FIN mit Trennzeichen", "FIN with separators"),
            what: match (lang, separators.len()) {
                (Lang::De, 1) => "Ein Leer- oder Trennzeichen wird weggelassen.".to_owned(),
                (Lang::De, n) => format!("{n} Leer- oder Trennzeichen werden weggelassen."),
                (Lang::En, 1) => "One blank or separator is left out.".to_owned(),
                (Lang::En, n) => format!("{n} blanks or separators are left out."),
            },
            why: lang.pick(
                "Gesendet wird die FIN ohne Leerzeichen, Bindestriche und Punkte, damit sie auch \
                 gefunden wird.",
                "The FIN is sent without blanks, hyphens and dots, so that it is found again.",
            ),
            advice: None,
        },
        VinNotice::Placeholder { placeholder } => Texts {
            title: lang.pick("Platzhalter statt FIN", "Filler instead of a FIN"),
            what: match placeholder {
                Placeholder::SameCharacter(_) => frame.say(
                    "Siebzehnmal dasselbe Zeichen.",
                    "Seventeen times the same character.",
                ),
                Placeholder::CountedDigits => {
                    frame.say("Fortlaufend gezählte Ziffern.", "Digits counted upwards.")
                }
                // Any filler that core may add.
                _ => frame.say("Ein Füllwert.", "A filler."),
            },
            why: lang.pick(
                "So ein Wert besteht jede Prüfung, gehört aber zu keinem Fahrzeug; Abfrage und \
                 Eintrag würden trotzdem verrechnet.",
                "Such a value passes every check but belongs to no vehicle; look-up and entry \
                 would be billed all the same.",
            ),
            advice: Some(compare(frame)),
        },
        VinNotice::LettersInSerial { positions } => Texts {
            title: lang.pick("Buchstabe am Ende der FIN", "Letter at the end of the FIN"),
            what: {
                let list = positions
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ");
                match (lang, positions.len()) {
                    (Lang::De, 1) => format!("An Position {list} steht ein Buchstabe."),
                    (Lang::De, _) => format!("An den Positionen {list} stehen Buchstaben."),
                    (Lang::En, 1) => format!("There is a letter at position {list}."),
                    (Lang::En, _) => format!("There are letters at positions {list}."),
                }
            },
            why: lang.pick(
                "Die letzten vier Zeichen sind nach ISO 3779 Ziffern; manche Hersteller weichen \
                 davon ab.",
                "By ISO 3779 the last four characters are digits; some makers deviate from that.",
            ),
            advice: Some(compare(frame)),
        },
        // Only for a notice that core has and this catalogue does not know yet.
        _ => Texts {
            title: lang.pick("FIN angepasst", "FIN adapted"),
            what: frame.say(
                "Die FIN war anders geschrieben, als sie gesendet wird.",
                "The FIN was written differently from how it is sent.",
            ),
            why: iso_3779(lang),
            advice: Some(compare(frame)),
        },
    }
}

pub(super) fn check_digit(frame: Frame<'_>, note: &CheckDigitNote) -> Texts {
    let lang = frame.lang;
    let CheckDigitNote {
        expected,
        found,
        strength,
    } = *note;
    let (why, advice) = match strength {
        CheckDigitStrength::Strong => (
            lang.pick(
                "Hersteller aus Nordamerika und China müssen an Position 9 eine Prüfziffer führen. \
                 Stimmt sie nicht, ist meist ein Zeichen falsch abgetippt.",
                "Makers from North America and China must have a check digit at position 9. \
                 Where it is wrong, a character was usually mistyped.",
            ),
            Some(compare(frame)),
        ),
        CheckDigitStrength::Weak => (
            lang.pick(
                "In Europa ist die Prüfziffer an Position 9 nicht vorgeschrieben; eine Abweichung \
                 ist üblich und hält nichts auf.",
                "In Europe the check digit at position 9 is not required; a mismatch is common \
                 and stops nothing.",
            ),
            None,
        ),
    };
    Texts {
        title: lang.pick("Prüfziffer passt nicht", "Check digit does not fit"),
        what: match (lang, frame.characters) {
            (Lang::De, true) => format!("Position 9: {found}, errechnet ist {expected}."),
            (Lang::En, true) => format!("Position 9: {found}, computed is {expected}."),
            (Lang::De, false) => "Position 9 weicht von der errechneten Prüfziffer ab.".to_owned(),
            (Lang::En, false) => "Position 9 differs from the computed check digit.".to_owned(),
        },
        why,
        advice,
    }
}
