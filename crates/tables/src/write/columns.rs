//! The columns that tables of results have in common, as text.

use std::borrow::Cow;
use std::collections::HashSet;

use super::row::{ReportHead, Reported, ResultRow};
use crate::explain::Lang;

/// How many columns stand before the carried ones.
pub(super) const OWN: usize = 11;

/// Places of columns that get special care.
pub(super) const ROW: usize = 0;
pub(super) const FIN: usize = 1;
pub(super) const START: usize = 2;
pub(super) const END: usize = 3;

/// The headings of the columns before the carried ones.
fn own_headings(lang: Lang) -> [&'static str; OWN] {
    match lang {
        Lang::De => [
            "Zeile",
            "FIN",
            "Startdatum",
            "Enddatum",
            "Registrierungszeitpunkt",
            "Ergebnis",
            "Code",
            "Fehlerart",
            "Grund",
            "Vorschlag",
            "Andere Einträge",
        ],
        Lang::En => [
            "Row",
            "FIN",
            "Start date",
            "End date",
            "Registration time",
            "Outcome",
            "Code",
            "Kind of fault",
            "Reason",
            "Proposal",
            "Other entries",
        ],
    }
}

/// All headings. A carried heading that is taken already gets a number behind it,
/// an empty one the word for column.
pub(super) fn headings(head: &ReportHead) -> Vec<String> {
    let mut headings: Vec<String> = own_headings(head.lang)
        .iter()
        .map(|h| (*h).to_owned())
        .collect();
    let mut taken: HashSet<String> = headings.iter().map(|h| h.to_lowercase()).collect();
    for (i, carried) in head.carried.iter().enumerate() {
        let plain = match carried.trim() {
            "" => format!("{} {}", head.lang.pick("Spalte", "Column"), i + 1),
            text => text.to_owned(),
        };
        let mut heading = plain.clone();
        let mut number = 2;
        while !taken.insert(heading.to_lowercase()) {
            heading = format!("{plain} ({number})");
            number += 1;
        }
        headings.push(heading);
    }
    headings
}

/// The cells of a row as text, in the order of [`headings`].
pub(super) fn cells<'a>(
    head: &'a ReportHead,
    row: &'a ResultRow,
) -> impl Iterator<Item = Cow<'a, str>> {
    let lang = head.lang;
    let show = head.show_fins;
    let date = move |date: &'a Reported<chrono::NaiveDate>| match date {
        Reported::Known(date) => Cow::Owned(lang.date(*date)),
        Reported::AsTyped(text) => super::row::masked(text, show),
        Reported::Missing => Cow::Borrowed(""),
    };
    let own: [Cow<'a, str>; OWN] = [
        Cow::Owned(row.row.to_string()),
        row.fin_text(show),
        date(&row.start),
        date(&row.end),
        match &row.registered_at {
            Reported::Known(time) => Cow::Owned(time.to_wire()),
            Reported::AsTyped(text) => super::row::masked(text, show),
            Reported::Missing => Cow::Borrowed(""),
        },
        Cow::Borrowed(row.outcome.name(lang)),
        Cow::Borrowed(row.outcome.code()),
        joined(row.weighty().map(|f| f.title), "; "),
        row.reason_text(show),
        joined(row.weighty().filter_map(|f| f.proposal.as_deref()), " "),
        Cow::Owned(row.others_text(lang)),
    ];
    let carried = (0..head.carried.len()).map(move |i| row.carried_text(i, show));
    own.into_iter().chain(carried)
}

/// Different texts joined, each once.
fn joined<'a>(texts: impl Iterator<Item = &'a str>, between: &str) -> Cow<'a, str> {
    let mut seen: Vec<&str> = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    match seen.as_slice() {
        [] => Cow::Borrowed(""),
        [one] => Cow::Borrowed(one),
        more => Cow::Owned(more.join(between)),
    }
}
