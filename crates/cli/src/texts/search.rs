//! What `search` says.

use finkit_core::{FoundEntry, Period, Verdict};
use finkit_tables::explain::{Lang, visible_value};

/// The cost before anything is sent.
pub(crate) fn plan(lang: Lang, rows: u64, reads: u64) -> String {
    match lang {
        Lang::De => format!(
            "Plan: {} abfragen\nKosten: {} Lesezugriffe",
            lang.rows(rows),
            lang.count(reads)
        ),
        Lang::En => format!(
            "Plan: look up {}\nCost: {} reads",
            lang.rows(rows),
            lang.count(reads)
        ),
    }
}

/// The question before anything is billed.
pub(crate) fn question(lang: Lang, reads: u64) -> String {
    match lang {
        Lang::De => format!("Für {} Lesezugriffe abfragen? [j/N]", lang.count(reads)),
        Lang::En => format!("Look up for {} reads? [y/N]", lang.count(reads)),
    }
}

/// The target is neither a FIN nor a list.
pub(crate) fn no_fin(lang: Lang) -> &'static str {
    lang.pick(
        "das ist weder eine FIN noch eine Liste",
        "that is neither a FIN nor a list",
    )
}

/// Why a verdict is unknown.
pub(crate) fn why(lang: Lang, why: &str) -> String {
    format!(
        "{}: {}",
        lang.pick("die Antwort klärt es nicht", "the answer doesn't settle it"),
        visible_value(why)
    )
}

/// One row.
#[expect(clippy::too_many_arguments, reason = "each is one part of the line")]
pub(crate) fn line(
    lang: Lang,
    row: u64,
    of_list: bool,
    fin: &str,
    year: i32,
    period: Option<&Period>,
    verdict: Verdict,
    entries: &[FoundEntry],
    reason: Option<&str>,
) -> String {
    let mut text = String::new();
    if of_list {
        text.push_str(&format!("{} {row}: ", lang.pick("Zeile", "Row")));
    }
    text.push_str(fin);
    match period {
        Some(period) => text.push_str(&format!(
            " {} – {}: ",
            lang.date(period.start()),
            lang.date(period.end())
        )),
        None => text.push_str(&format!(" {year}: ")),
    }
    text.push_str(match verdict {
        Verdict::Free => lang.pick("frei", "free"),
        Verdict::Taken => lang.pick("belegt", "taken"),
        Verdict::Unknown => lang.pick(
            "ungeklärt, nicht als frei verstehen",
            "unknown, not to be read as free",
        ),
    });
    if let Some(reason) = reason {
        text.push_str(&format!(" ({})", why(lang, reason)));
    }
    for entry in entries {
        text.push_str(&format!(
            "\n    {} – {}, {} {}",
            lang.date(entry.period.start()),
            lang.date(entry.period.end()),
            lang.pick("registriert", "registered"),
            entry.registered_at
        ));
    }
    text
}

/// The sums of a list.
pub(crate) fn totals(lang: Lang, free: u64, taken: u64, unknown: u64) -> String {
    match lang {
        Lang::De => format!(
            "{} frei, {} belegt, {} ungeklärt",
            lang.count(free),
            lang.count(taken),
            lang.count(unknown)
        ),
        Lang::En => format!(
            "{} free, {} taken, {} unknown",
            lang.count(free),
            lang.count(taken),
            lang.count(unknown)
        ),
    }
}
