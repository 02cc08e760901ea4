//! Texts about cells and rows as such: missing, damaged, too many, too few.

use super::{Frame, Texts, field_name, the_field};
use crate::explain::{Lang, visible_value};
use crate::field::Field;

pub(super) fn missing(frame: Frame<'_>, field: Field) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick("Wert fehlt", "Value missing"),
        what: match lang {
            Lang::De => format!("{} fehlt.", the_field(field, lang)),
            Lang::En => format!("{} is missing.", the_field(field, lang)),
        },
        why: lang.pick(
            "FINcheck braucht zu jedem Fahrzeug FIN, Startdatum, Enddatum und \
             Registrierungszeitpunkt.",
            "FINcheck needs FIN, start date, end date and registration time of every vehicle.",
        ),
        advice: Some(match field {
            Field::Fin => frame.say(
                "Aus dem Zulassungsschein nachtragen (Feld\u{a0}E).",
                "Fill it in from the registration certificate (field\u{a0}E).",
            ),
            Field::Start => frame.say(
                "Nachtragen, oder mit --year überall den 1. Jänner des Jahres einsetzen.",
                "Fill it in, or let --year put 1 January of the year everywhere.",
            ),
            Field::End => frame.say(
                "Nachtragen, oder mit --year überall den 31. Dezember des Jahres einsetzen.",
                "Fill it in, or let --year put 31 December of the year everywhere.",
            ),
            Field::RegisteredAt => frame.say(
                "Datum und Uhrzeit der Vereinbarung nachtragen, oder mit --registered-at für alle \
                 leeren Zellen setzen.",
                "Fill in date and time of the agreement, or set it for all empty cells with \
                 --registered-at.",
            ),
        }),
    }
}

pub(super) fn error(frame: Frame<'_>, field: Field) -> Texts {
    let lang = frame.lang;
    let value = lang.quote(&visible_value(&frame.fault.value));
    let field = field_name(field, lang);
    Texts {
        title: lang.pick("Fehlerwert in der Zelle", "Error value in the cell"),
        what: match lang {
            Lang::De => format!("Statt „{field}“ zeigt die Zelle {value}."),
            Lang::En => format!("Instead of the {field} the cell shows {value}."),
        },
        why: lang.pick(
            "Eine Formel der Arbeitsmappe hat keinen Wert ergeben.",
            "A formula of the workbook did not yield a value.",
        ),
        advice: Some(frame.say(
            "Die Formel in Excel richten oder den Wert von Hand eintragen.",
            "Mend the formula in Excel or type the value in.",
        )),
    }
}

pub(super) fn ragged(frame: Frame<'_>, expected: u32, found: u32) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick("Falsche Zahl von Zellen", "Wrong number of cells"),
        what: match lang {
            Lang::De => format!("{found} Zellen, die Kopfzeile hat {expected}."),
            Lang::En => format!("{found} cells, the header has {expected}."),
        },
        why: lang.pick(
            "Dann steht nicht fest, welcher Wert in welche Spalte gehört.",
            "It is then open which value belongs to which column.",
        ),
        advice: Some(if found > expected {
            frame.say(
                "Meist enthält ein Wert das Trennzeichen: den Wert in Anführungszeichen setzen oder \
                 die Liste als XLSX speichern.",
                "Usually a value contains the delimiter: put the value in quotes or save the list \
                 as XLSX.",
            )
        } else {
            frame.say(
                "Die fehlenden Zellen ergänzen, notfalls leer; oft ist ein Zeilenumbruch in einem \
                 Wert die Ursache.",
                "Add the missing cells, empty ones if need be; often a line break inside a value \
                 is the cause.",
            )
        }),
    }
}

pub(super) fn json(frame: Frame<'_>) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick("Zeile ist kein JSON-Objekt", "Line is no JSON object"),
        what: frame.say(
            "Die Zeile lässt sich nicht als JSON-Objekt lesen.",
            "The line cannot be read as a JSON object.",
        ),
        why: lang.pick(
            "In einer JSON-Liste steht je Zeile ein Objekt in geschwungenen Klammern.",
            "A JSON list holds one object in curly braces per line.",
        ),
        advice: Some(frame.say(
            "Die Zeile aus der Quelle neu ausgeben.",
            "Export the line from its source again.",
        )),
    }
}

pub(super) fn stray_quote(frame: Frame<'_>) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick(
            "Anführungszeichen mitten in der Zelle",
            "Quotation mark inside a cell",
        ),
        what: frame.say(
            "Hinter dem schließenden Anführungszeichen steht noch Text.",
            "There is text behind the closing quotation mark.",
        ),
        why: lang.pick(
            "Dann steht nicht fest, wo die Zelle endet.",
            "It is then open where the cell ends.",
        ),
        advice: Some(frame.say(
            "Anführungszeichen im Wert verdoppeln (\"\") oder die Liste als XLSX speichern.",
            "Double quotation marks inside the value (\"\") or save the list as XLSX.",
        )),
    }
}
