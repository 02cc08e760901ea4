//! Texts about rows of the same FIN: duplicates, overlaps, separate periods.

use finkit_core::Period;

use super::{Frame, Texts};
use crate::explain::Lang;

fn days(number: u32, lang: Lang) -> String {
    match (lang, number) {
        (Lang::De, 1) => "1 Tag".to_owned(),
        (Lang::De, n) => format!("{n} Tage"),
        (Lang::En, 1) => "1 day".to_owned(),
        (Lang::En, n) => format!("{n} days"),
    }
}

pub(super) fn duplicate(frame: Frame<'_>, other_row: u64, period: &Period) -> Texts {
    let lang = frame.lang;
    let (row, span) = (frame.fault.row, lang.span(period));
    Texts {
        title: lang.pick("Doppelt in der Liste", "Twice in the list"),
        what: match lang {
            Lang::De => {
                format!("Zeile {other_row} hat dieselbe FIN und denselben Zeitraum {span}.")
            }
            Lang::En => format!("Row {other_row} has the same FIN and the same period, {span}."),
        },
        why: lang.pick(
            "Ein zweiter Eintrag würde noch einmal verrechnet und allen Firmen als Überschneidung \
             gemeldet.",
            "A second entry would be billed again and reported to all companies as an overlap.",
        ),
        advice: Some(match lang {
            Lang::De => format!("Zeile {other_row} oder Zeile {row} löschen."),
            Lang::En => format!("Delete row {other_row} or row {row}."),
        }),
    }
}

pub(super) fn overlap(
    frame: Frame<'_>,
    other_row: u64,
    period: &Period,
    other_period: &Period,
) -> Texts {
    let lang = frame.lang;
    let (own, other) = (lang.span(period), lang.span(other_period));
    let common = period.intersection(other_period);
    let shared = common.map(|c| (lang.span(&c), days(c.days(), lang)));
    Texts {
        title: lang.pick("Überschneidung in der Liste", "Overlap within the list"),
        what: match (lang, shared) {
            (Lang::De, Some((common, days))) => format!(
                "{own} überschneidet sich mit Zeile {other_row} ({other}): {common}, {days}."
            ),
            (Lang::De, None) => {
                format!("{own} überschneidet sich mit Zeile {other_row} ({other}).")
            }
            (Lang::En, Some((common, days))) => {
                format!("{own} overlaps row {other_row} ({other}): {common}, {days}.")
            }
            (Lang::En, None) => format!("{own} overlaps row {other_row} ({other})."),
        },
        why: lang.pick(
            "Für ein Fahrzeug darf jeder Tag nur einmal angerechnet werden; zwei Zeiträume sind nur \
             zulässig, wenn sie getrennt sind.",
            "Every day of a vehicle may be credited only once; two periods are allowed only when \
             they are separate.",
        ),
        advice: Some(frame.say(
            "Klären, welcher Zeitraum gilt, und den anderen kürzen oder löschen.",
            "Find out which period is right, and shorten or delete the other.",
        )),
    }
}

pub(super) fn disjoint(
    frame: Frame<'_>,
    other_row: u64,
    period: &Period,
    other_period: &Period,
) -> Texts {
    let lang = frame.lang;
    let (own, other) = (lang.span(period), lang.span(other_period));
    Texts {
        title: lang.pick(
            "Getrennte Zeiträume einer FIN",
            "Separate periods of one FIN",
        ),
        what: match lang {
            Lang::De => format!("{own}; Zeile {other_row} hat {other}. Kein Tag ist doppelt."),
            Lang::En => format!("{own}; row {other_row} has {other}. No day occurs twice."),
        },
        why: lang.pick(
            "Das ist zulässig, etwa wenn das Fahrzeug im Lauf des Jahres verkauft wurde.",
            "That is allowed, for example when the vehicle was sold during the year.",
        ),
        advice: None,
    }
}
