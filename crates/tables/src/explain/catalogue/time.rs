//! Texts about dates, periods and registration times.

use chrono::{Datelike, NaiveDate};
use finkit_core::SANE_YEARS;

use super::{Frame, Texts, the_field};
use crate::explain::Lang;
use crate::field::Field;

pub(super) fn date_unreadable(frame: Frame<'_>, field: Field) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick("Datum nicht lesbar", "Date not readable"),
        what: match lang {
            Lang::De => format!("{} ist nicht als Datum lesbar.", the_field(field, lang)),
            Lang::En => format!("{} cannot be read as a date.", the_field(field, lang)),
        },
        why: lang.pick(
            "Gelesen werden 2026-06-01, 01.06.2026, 1.6.26 und Datumszellen aus Excel.",
            "What is read: 2026-06-01, 01.06.2026, 1.6.26 and date cells of Excel.",
        ),
        advice: frame.proposed().or_else(|| {
            Some(frame.say(
                "Als Tag.Monat.Jahr eintragen, zum Beispiel 01.06.2026.",
                "Write it as year-month-day, such as 2026-06-01.",
            ))
        }),
    }
}

pub(super) fn date_not_in_calendar(frame: Frame<'_>, field: Field) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick("Diesen Tag gibt es nicht", "No such day"),
        what: match lang {
            Lang::De => {
                format!(
                    "{} nennt einen Tag, den kein Kalender hat.",
                    the_field(field, lang)
                )
            }
            Lang::En => format!(
                "{} names a day that no calendar has.",
                the_field(field, lang)
            ),
        },
        why: lang.pick(
            "Der Juni hat zum Beispiel 30 Tage, der Februar 28 oder 29.",
            "June has 30 days, for example, and February 28 or 29.",
        ),
        advice: frame.proposed().or_else(|| {
            Some(frame.say(
                "Das Datum richtigstellen; gemeint ist oft der letzte Tag des Monats.",
                "Correct the date; often the last day of the month was meant.",
            ))
        }),
    }
}

pub(super) fn date_ambiguous(
    frame: Frame<'_>,
    field: Field,
    day_first: NaiveDate,
    month_first: NaiveDate,
) -> Texts {
    let lang = frame.lang;
    let (a, b) = (lang.long_date(day_first), lang.long_date(month_first));
    Texts {
        title: lang.pick(
            "Tag und Monat vertauschbar",
            "Day and month could be swapped",
        ),
        what: match lang {
            Lang::De => format!("{} kann der {a} oder der {b} sein.", the_field(field, lang)),
            Lang::En => format!("{} could be {a} or {b}.", the_field(field, lang)),
        },
        why: lang.pick(
            "Mit Schrägstrichen schreiben manche Länder den Monat zuerst. Geraten wird nicht.",
            "With slashes some countries write the month first. Nothing is guessed.",
        ),
        advice: Some(frame.say(
            "Mit --date-order dmy (Tag zuerst) oder --date-order mdy (Monat zuerst) festlegen.",
            "Settle it with --date-order dmy (day first) or --date-order mdy (month first).",
        )),
    }
}

pub(super) fn compact_date(frame: Frame<'_>, field: Field, date: NaiveDate) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick("Datum aus acht Ziffern", "Date of eight digits"),
        what: match lang {
            Lang::De => {
                format!(
                    "{} wurde als {} gelesen.",
                    the_field(field, lang),
                    lang.long_date(date)
                )
            }
            Lang::En => format!(
                "{} was read as {}.",
                the_field(field, lang),
                lang.long_date(date)
            ),
        },
        why: lang.pick(
            "Acht Ziffern werden als Jahr, Monat und Tag gelesen und als gewöhnliches Datum \
             gesendet.",
            "Eight digits are read as year, month and day and sent as an ordinary date.",
        ),
        advice: None,
    }
}

pub(super) fn date_from_number(frame: Frame<'_>, field: Field, date: NaiveDate) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick("Zahl als Datum gelesen", "Number read as a date"),
        what: match lang {
            Lang::De => {
                format!(
                    "{} wurde als {} gelesen.",
                    the_field(field, lang),
                    lang.long_date(date)
                )
            }
            Lang::En => format!(
                "{} was read as {}.",
                the_field(field, lang),
                lang.long_date(date)
            ),
        },
        why: lang.pick(
            "Excel speichert ein Datum als Zahl der Tage seit 1900; so wurde die Zahl gelesen.",
            "Excel stores a date as the number of days since 1900; the number was read like that.",
        ),
        advice: Some(frame.say(
            "Stimmt das Datum, ist nichts zu tun.",
            "If the date is right, there is nothing to do.",
        )),
    }
}

pub(super) fn year_out_of_range(frame: Frame<'_>, field: Field, year: Option<i32>) -> Texts {
    let lang = frame.lang;
    let (first, last) = (SANE_YEARS.start(), SANE_YEARS.end());
    let valid = match lang {
        Lang::De => format!("Gültig sind die Jahre {first} bis {last}."),
        Lang::En => format!("The years {first} to {last} are valid."),
    };
    Texts {
        title: lang.pick("Jahr außerhalb des Möglichen", "Year out of range"),
        what: match (lang, year) {
            (Lang::De, Some(year)) => {
                format!("{} liegt im Jahr {year}. {valid}", the_field(field, lang))
            }
            (Lang::De, None) => {
                format!(
                    "{} liegt in keinem Kalenderjahr. {valid}",
                    the_field(field, lang)
                )
            }
            (Lang::En, Some(year)) => {
                format!(
                    "{} lies in the year {year}. {valid}",
                    the_field(field, lang)
                )
            }
            (Lang::En, None) => {
                format!(
                    "{} lies in no calendar year. {valid}",
                    the_field(field, lang)
                )
            }
        },
        why: lang.pick(
            "Solche Jahre entstehen, wenn Ziffern vertippt oder ein Zeitstempel in der falschen \
             Einheit gelesen wurde.",
            "Such years come from mistyped digits or from a time stamp read in the wrong unit.",
        ),
        advice: frame
            .proposed()
            .or_else(|| Some(frame.say("Das Jahr richtigstellen.", "Correct the year."))),
    }
}

pub(super) fn date_with_time(frame: Frame<'_>, field: Field) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick("Datum mit Uhrzeit", "Date with a time of day"),
        what: match lang {
            Lang::De => format!("{} enthält eine Uhrzeit.", the_field(field, lang)),
            Lang::En => format!("{} contains a time of day.", the_field(field, lang)),
        },
        why: lang.pick(
            "Start und Ende sind ganze Tage. Eine Uhrzeit deutet auf eine vertauschte Spalte oder \
             eine andere Zeitzone.",
            "Start and end are whole days. A time of day points to a swapped column or another \
             time zone.",
        ),
        advice: frame
            .proposed()
            .or_else(|| Some(frame.say("Nur das Datum stehen lassen.", "Leave only the date."))),
    }
}

pub(super) fn end_before_start(frame: Frame<'_>, start: NaiveDate, end: NaiveDate) -> Texts {
    let lang = frame.lang;
    let (start, end) = (lang.date(start), lang.date(end));
    Texts {
        title: lang.pick("Ende vor dem Start", "End before the start"),
        what: match lang {
            Lang::De => format!("Das Ende {end} liegt vor dem Start {start}."),
            Lang::En => format!("The end {end} lies before the start {start}."),
        },
        why: lang.pick(
            "Ein Zeitraum reicht vom ersten bis zum letzten Ladetag des Jahres.",
            "A period runs from the first to the last day of charging in the year.",
        ),
        advice: Some(frame.say(
            "Wahrscheinlich sind die beiden Werte vertauscht.",
            "Probably the two values are swapped.",
        )),
    }
}

pub(super) fn across_years(frame: Frame<'_>, start: NaiveDate, end: NaiveDate) -> Texts {
    let lang = frame.lang;
    let (first_year, last_year) = (start.year(), end.year());
    Texts {
        title: lang.pick(
            "Zeitraum über den Jahreswechsel",
            "Period across the turn of the year",
        ),
        what: match lang {
            Lang::De => format!("Start {}, Ende {}.", lang.date(start), lang.date(end)),
            Lang::En => format!("Start {}, end {}.", lang.date(start), lang.date(end)),
        },
        why: lang.pick(
            "FINcheck verlangt Start und Ende im selben Kalenderjahr.",
            "FINcheck requires start and end to lie in the same calendar year.",
        ),
        advice: Some(match lang {
            Lang::De if last_year == first_year + 1 => {
                format!("In zwei Zeilen teilen: bis 31.12.{first_year} und ab 01.01.{last_year}.")
            }
            Lang::En if last_year == first_year + 1 => format!(
                "Split it into two rows: until {first_year}-12-31 and from {last_year}-01-01."
            ),
            Lang::De => "In eine Zeile je Kalenderjahr teilen.".to_owned(),
            Lang::En => "Split it into one row per calendar year.".to_owned(),
        }),
    }
}

fn registration_rule(lang: Lang) -> &'static str {
    lang.pick(
        "Gebraucht werden Datum und Uhrzeit der Vereinbarung, zum Beispiel 01.06.2026 14:30 oder \
         2026-06-01T14:30:00+02:00.",
        "What is needed is date and time of the agreement, such as 2026-06-01 14:30 or \
         2026-06-01T14:30:00+02:00.",
    )
}

pub(super) fn registration_unreadable(frame: Frame<'_>) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick(
            "Registrierungszeitpunkt nicht lesbar",
            "Registration time not readable",
        ),
        what: frame.say(
            "Der Registrierungszeitpunkt ist nicht als Datum und Uhrzeit lesbar.",
            "The registration time cannot be read as date and time.",
        ),
        why: registration_rule(lang),
        advice: frame.proposed().or_else(|| {
            Some(frame.say(
                "Datum und Uhrzeit in einer dieser Formen eintragen.",
                "Write date and time in one of these forms.",
            ))
        }),
    }
}

pub(super) fn registration_not_in_calendar(frame: Frame<'_>) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick("Diesen Zeitpunkt gibt es nicht", "No such time"),
        what: frame.say(
            "Der Registrierungszeitpunkt nennt einen Tag oder eine Uhrzeit, die es nicht gibt.",
            "The registration time names a day or a time of day that does not exist.",
        ),
        why: lang.pick(
            "Uhrzeiten reichen von 00:00 bis 23:59, und der Juni hat zum Beispiel 30 Tage.",
            "Times of day run from 00:00 to 23:59, and June has 30 days, for example.",
        ),
        advice: frame.proposed().or_else(|| {
            Some(frame.say(
                "Datum und Uhrzeit richtigstellen.",
                "Correct date and time.",
            ))
        }),
    }
}

pub(super) fn registration_without_time(frame: Frame<'_>, date: NaiveDate) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick(
            "Uhrzeit der Registrierung fehlt",
            "Time of the registration missing",
        ),
        what: match lang {
            Lang::De => format!("{} ohne Uhrzeit.", lang.date(date)),
            Lang::En => format!("{} without a time of day.", lang.date(date)),
        },
        why: lang.pick(
            "Ein bloßes Datum kann der Dienst als Mitternacht Weltzeit lesen, in Österreich also \
             1 oder 2 Uhr früh. Der eigene Eintrag wäre dann nicht mehr sicher wiederzuerkennen.",
            "The service may read a bare date as midnight UTC, which is 1 or 2 in the morning in \
             Austria. Your own entry could then no longer be recognised for certain.",
        ),
        advice: frame
            .proposed()
            .or_else(|| Some(frame.say("Die Uhrzeit ergänzen.", "Add the time of day."))),
    }
}

pub(super) fn registration_digits_only(frame: Frame<'_>) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick(
            "Registrierungszeitpunkt nur aus Ziffern",
            "Registration time of digits only",
        ),
        what: frame.say(
            "Acht Ziffern ohne Punkt oder Bindestrich.",
            "Eight digits without dot or hyphen.",
        ),
        why: lang.pick(
            "Der Dienst liest bloße Ziffern als Unix-Zeitstempel; daraus würde ein Tag im Jahr 1970, \
             ohne Fehlermeldung.",
            "The service reads bare digits as a Unix time stamp; they would become a day in 1970, \
             without any error message.",
        ),
        advice: frame.proposed().or_else(|| {
            Some(frame.say(
                "Mit Punkten und Uhrzeit schreiben, zum Beispiel 01.06.2026 14:30.",
                "Write it with hyphens and a time, such as 2026-06-01 14:30.",
            ))
        }),
    }
}

pub(super) fn damaged_stamp(frame: Frame<'_>) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick("Zeitstempel gerundet", "Time stamp rounded"),
        what: frame.say(
            "Die Tabelle hat den Unix-Zeitstempel gekürzt; seine letzten Stellen sind verloren.",
            "The spreadsheet shortened the Unix time stamp; its last digits are lost.",
        ),
        why: lang.pick(
            "Excel zeigt lange Zahlen als 1,7E+09 an und speichert sie so als CSV. Das kann Monate \
             ausmachen.",
            "Excel shows long numbers as 1.7E+09 and saves them so as CSV. That can make a \
             difference of months.",
        ),
        advice: Some(frame.say(
            "Aus der Quelle neu übernehmen, die Spalte vorher als Text formatieren.",
            "Take it from its source again, with the column formatted as text first.",
        )),
    }
}

pub(super) fn registration_skipped(frame: Frame<'_>) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick("Uhrzeit fiel aus", "Time was skipped"),
        what: frame.say(
            "Diese Uhrzeit wurde bei der Umstellung auf Sommerzeit übersprungen.",
            "This time was skipped when the clocks went forward.",
        ),
        why: lang.pick(
            "In der Nacht der Umstellung folgt auf 01:59 gleich 03:00.",
            "In the night of the change, 01:59 is followed by 03:00.",
        ),
        advice: frame.proposed().or_else(|| {
            Some(frame.say(
                "Uhrzeit richtigstellen oder mit Zeitzone angeben, zum Beispiel +01:00.",
                "Correct the time or give it with its zone, such as +01:00.",
            ))
        }),
    }
}

pub(super) fn registration_twice(frame: Frame<'_>) -> Texts {
    let lang = frame.lang;
    Texts {
        title: lang.pick("Uhrzeit gab es zweimal", "Time happened twice"),
        what: frame.say(
            "Diese Uhrzeit gab es in der Nacht der Umstellung zweimal; genommen wird die erste \
             (Sommerzeit).",
            "This time happened twice in the night of the change; the first one (summer time) is \
             taken.",
        ),
        why: lang.pick(
            "Wenn die Sommerzeit endet, kommt die Stunde von 02:00 bis 02:59 zweimal.",
            "When summer time ends, the hour from 02:00 to 02:59 comes twice.",
        ),
        advice: Some(frame.say(
            "War die zweite gemeint, die Zeitzone +01:00 dazuschreiben.",
            "If the second one was meant, add the zone +01:00.",
        )),
    }
}
