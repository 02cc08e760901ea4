//! Explanations as lines of a terminal.

use std::fmt::Write as _;

use super::safe::width as columns;
use super::{Explanation, Group, Lang};
use crate::fault::Severity;

/// How explanations are laid out.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// The language of the words between.
    pub lang: Lang,
    /// Columns of the terminal; longer lines are broken at blanks.
    pub width: usize,
    /// Whether titles are set off by colour; only for a terminal that wants it.
    pub colour: bool,
}

impl Layout {
    /// 100 columns without colour.
    #[must_use]
    pub fn plain(lang: Lang) -> Layout {
        Layout {
            lang,
            width: 100,
            colour: false,
        }
    }
}

/// The groups as text that ends in a line break, or nothing for no groups.
///
/// Each kind comes with its count and its reason, then one entry per fault.
/// Nothing foreign in it can steer the terminal.
///
/// ```text
/// Wert fehlt (8)
///   FINcheck braucht zu jedem Fahrzeug FIN, Startdatum, Enddatum und Registrierungszeitpunkt.
///   C2  Das Startdatum fehlt.
///   C9  Das Startdatum fehlt.
///   … und 6 weitere.
/// ```
#[must_use]
pub fn to_terminal(groups: &[Group], layout: Layout) -> String {
    let mut out = String::new();
    for group in groups {
        if !out.is_empty() {
            out.push('\n');
        }
        heading(&mut out, group, layout);
        wrapped(&mut out, group.why, 2, 2, layout.width);
        let places: Vec<String> = group.first.iter().map(|e| place(e, layout.lang)).collect();
        let room = places.iter().map(|p| columns(p)).max().unwrap_or(0);
        for (explanation, place) in group.first.iter().zip(&places) {
            entry(&mut out, explanation, place, room, layout);
        }
        if group.further() > 0 {
            let further = layout.lang.count(group.further());
            let _ = match layout.lang {
                Lang::De => writeln!(out, "  … und {further} weitere."),
                Lang::En => writeln!(out, "  … and {further} more."),
            };
        }
    }
    out
}

fn heading(out: &mut String, group: &Group, layout: Layout) {
    let mark = match (layout.lang, group.severity) {
        (_, Severity::Fault) => "",
        (Lang::De, Severity::Warning) => "Warnung: ",
        (Lang::En, Severity::Warning) => "Warning: ",
        (Lang::De, Severity::Notice) => "Hinweis: ",
        (Lang::En, Severity::Notice) => "Note: ",
    };
    let colour = match group.severity {
        Severity::Fault => "\u{1b}[1;31m",
        Severity::Warning => "\u{1b}[1;33m",
        Severity::Notice => "\u{1b}[1m",
    };
    let (on, off) = if layout.colour {
        (colour, "\u{1b}[0m")
    } else {
        ("", "")
    };
    let count = layout.lang.count(group.count);
    let _ = writeln!(out, "{on}{mark}{}{off} ({count})", group.title);
}

/// `C17`, or `Zeile 17` where the whole row is meant.
fn place(explanation: &Explanation, lang: Lang) -> String {
    match &explanation.cell {
        Some(cell) => cell.clone(),
        None => format!("{} {}", lang.pick("Zeile", "Row"), explanation.row),
    }
}

fn entry(out: &mut String, explanation: &Explanation, place: &str, room: usize, layout: Layout) {
    let pad = " ".repeat(room - columns(place));
    let mut text = format!("{place}{pad}  ");
    if let Some(value) = &explanation.value {
        let _ = write!(text, "{}  ", layout.lang.quote(value));
    }
    text.push_str(&explanation.what);
    if let Some(proposal) = &explanation.proposal {
        // The arrow stays with the word behind it.
        text.push_str(" →\u{a0}");
        text.push_str(proposal);
    }
    wrapped(out, &text, 2, 2 + room + 2, layout.width);
}

/// Writes a text broken at blanks, the first line and the further ones indented.
pub(super) fn wrapped(out: &mut String, text: &str, first: usize, further: usize, width: usize) {
    let width = width.max(further + 20);
    out.extend(std::iter::repeat_n(' ', first));
    let mut used = first;
    for (i, word) in text.split(' ').enumerate() {
        let room = columns(word);
        if i > 0 {
            // A blank that only sets columns apart is kept; a line is broken before a word.
            if !word.is_empty() && used + 1 + room > width {
                while out.ends_with(' ') {
                    out.pop();
                }
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', further));
                used = further;
            } else {
                out.push(' ');
                used += 1;
            }
        }
        out.push_str(word);
        used += room;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::{Explainer, Grouping, steers};
    use crate::fault::{ColumnRef, Fault, FaultKind};
    use crate::field::Field;

    fn groups(value: &str, limit: usize) -> Vec<Group> {
        let mut grouping = Grouping::new(Explainer::new(Lang::De, false), limit);
        for row in [2, 17, 1234] {
            grouping.add(&Fault {
                row,
                column: Some(ColumnRef {
                    index: 2,
                    header: Some("Beginn".into()),
                }),
                value: value.to_owned(),
                kind: FaultKind::DateUnreadable {
                    field: Field::Start,
                },
                proposal: None,
                severity: Severity::Fault,
            });
        }
        grouping.finish()
    }

    #[test]
    fn kinds_are_shown_with_count_reason_and_entries() {
        insta::assert_snapshot!(to_terminal(&groups("bald", 2), Layout { lang: Lang::De, width: 72, colour: false }), @r"
        Datum nicht lesbar (3)
          Gelesen werden 2026-06-01, 01.06.2026, 1.6.26 und Datumszellen aus
          Excel.
          C2   „bald“  Das Startdatum ist nicht als Datum lesbar. → Als
               Tag.Monat.Jahr eintragen, zum Beispiel 01.06.2026.
          C17  „bald“  Das Startdatum ist nicht als Datum lesbar. → Als
               Tag.Monat.Jahr eintragen, zum Beispiel 01.06.2026.
          … und 1 weitere.
        ");
    }

    #[test]
    fn foreign_values_cannot_steer_the_terminal() {
        for attack in [
            "\u{1b}]52;c;eA==\u{7}",
            "\u{9b}2J",
            "a\r\nroot#",
            "\u{202e}fdp",
            "\u{2066}x",
        ] {
            for colour in [false, true] {
                let text = to_terminal(
                    &groups(attack, 20),
                    Layout {
                        lang: Lang::De,
                        width: 60,
                        colour,
                    },
                );
                let foreign = text.replace("\u{1b}[1;31m", "").replace("\u{1b}[0m", "");
                assert!(
                    !foreign.chars().any(|c| steers(c) && c != '\n'),
                    "{foreign:?}"
                );
            }
        }
    }

    #[test]
    fn no_line_is_longer_than_the_terminal() {
        for width in [40, 60, 80, 120] {
            let text = to_terminal(
                &groups("bald", 20),
                Layout {
                    lang: Lang::De,
                    width,
                    colour: false,
                },
            );
            for line in text.lines() {
                assert!(columns(line) <= width, "{line:?}");
            }
        }
    }
}
