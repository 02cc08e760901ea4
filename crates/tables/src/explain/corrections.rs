//! What a fix did, said to a person: the texts of each kind of correction, grouping, lines for a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use finkit_core::mask;

use super::explanation::clip;
use super::safe::width as columns;
use super::terminal::wrapped;
use super::{Explainer, Lang, Layout, mask_fins, visible_value};
use crate::fix::{Correction, CorrectionKind};

/// One correction, in words.
///
/// Nothing in it needs further care on a terminal, and FINs are masked unless the [`Explainer`] was told to show
/// them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedCorrection {
    /// The kind as a stable word for machines.
    pub code: &'static str,
    /// The row as spreadsheets count it.
    pub row: u64,
    /// The cell as spreadsheets name it, such as `C17`.
    pub cell: String,
    /// The heading of the column, where there is one.
    pub column: Option<String>,
    /// The value as it stands in the list.
    pub before: String,
    /// The value as it stands in the copy.
    pub after: String,
    /// Names what was done.
    pub title: &'static str,
    /// Why that is safe.
    pub why: &'static str,
}

impl Explainer {
    /// Explains one correction.
    ///
    /// ```
    /// use finkit_tables::explain::{Explainer, Lang};
    /// use finkit_tables::{ListOptions, Source, fix};
    ///
    /// let csv = "FIN;von;bis;Vertragsdatum\nWVW-ZZZE1ZMP000001;2026-01-01;2026-12-31;1768468953\n";
    /// let mut report = fix(Source::bytes(csv), &ListOptions::default(), std::io::sink())?;
    /// let first = report.corrections().next().expect("two corrections")?;
    /// let explained = Explainer::new(Lang::De, false).correction(&first);
    /// assert_eq!(explained.title, "FIN ohne Leer- und Trennzeichen geschrieben");
    /// assert_eq!(explained.after, "WVW…0001");
    /// # Ok::<(), finkit_tables::ListError>(())
    /// ```
    #[must_use]
    pub fn correction(&self, correction: &Correction) -> ExplainedCorrection {
        let shown = |value: &str| {
            let value = match self.shows_fins() {
                true => value.to_owned(),
                false if correction.is_fin() => mask(value),
                false => mask_fins(value).into_owned(),
            };
            clip(&visible_value(&value))
        };
        let (title, why) = texts(correction.kind, self.lang());
        let header = correction.column.header.as_deref();
        ExplainedCorrection {
            code: correction.kind.code(),
            row: correction.row,
            cell: correction.cell(),
            column: header.map(|header| visible_value(header).into_owned()),
            before: shown(&correction.before),
            after: shown(&correction.after),
            title,
            why,
        }
    }
}

/// Title and reason of a kind.
fn texts(kind: CorrectionKind, lang: Lang) -> (&'static str, &'static str) {
    match kind {
        CorrectionKind::FinSeparators => (
            lang.pick(
                "FIN ohne Leer- und Trennzeichen geschrieben",
                "FIN written without blanks and separators",
            ),
            lang.pick(
                "Leerzeichen, Bindestriche und Punkte gehören nie zu einer FIN; ihre 17 Zeichen bleiben \
                 dieselben.",
                "Blanks, hyphens and dots are never part of a FIN; its 17 characters stay the same.",
            ),
        ),
        CorrectionKind::FinCase => (
            lang.pick(
                "FIN in Großbuchstaben geschrieben",
                "FIN written in capital letters",
            ),
            lang.pick(
                "Eine FIN kennt nur Großbuchstaben; so wird sie auch gesendet.",
                "A FIN has capital letters only, and is sent in them.",
            ),
        ),
        CorrectionKind::DateForm => (
            lang.pick(
                "Datum als Jahr-Monat-Tag geschrieben",
                "Date written as year-month-day",
            ),
            lang.pick(
                "Der Tag bleibt derselbe; in dieser Form liest ihn jedes Programm gleich (ISO\u{a0}8601).",
                "The day stays the same; every program reads it alike in this form (ISO\u{a0}8601).",
            ),
        ),
        CorrectionKind::TimeForm => (
            lang.pick(
                "Zeitpunkt in der Form geschrieben, in der er gesendet wird",
                "Time written in the form in which it is sent",
            ),
            lang.pick(
                "Der Zeitpunkt und sein Abstand zur Weltzeit bleiben dieselben (RFC\u{a0}3339).",
                "The moment and its offset from universal time stay the same (RFC\u{a0}3339).",
            ),
        ),
        CorrectionKind::TimeZone => (
            lang.pick(
                "Zeitpunkt um den Abstand zur Weltzeit ergänzt",
                "Time completed by its offset from universal time",
            ),
            lang.pick(
                "Ohne ihn gilt die Ortszeit der Zone, mit der die Liste gelesen wurde; mit ihm ist der Zeitpunkt \
                 überall derselbe.",
                "Without it the time is local to the zone the list was read with; with it the moment is the same \
                 everywhere.",
            ),
        ),
        CorrectionKind::TimeFromStamp => (
            lang.pick(
                "Unix-Zeitstempel als Datum und Uhrzeit geschrieben",
                "Unix stamp written as date and time",
            ),
            lang.pick(
                "Der Zeitpunkt bleibt derselbe, auf die Sekunde; so verliert ihn keine Tabellenkalkulation mehr.",
                "The moment stays the same, to the second; no spreadsheet can spoil it any more.",
            ),
        ),
    }
}

/// All corrections of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionGroup {
    /// The kind.
    pub kind: CorrectionKind,
    /// Names what was done.
    pub title: &'static str,
    /// Why that is safe.
    pub why: &'static str,
    /// How many there are.
    pub count: u64,
    /// The first ones, in the order they came in.
    pub first: Vec<ExplainedCorrection>,
}

/// Collects corrections one by one and keeps a bounded number of each kind.
#[derive(Debug, Clone)]
pub struct CorrectionGrouping {
    explainer: Explainer,
    limit: usize,
    groups: BTreeMap<CorrectionKind, CorrectionGroup>,
}

impl CorrectionGrouping {
    /// Keeps at most `limit` corrections of each kind.
    #[must_use]
    pub fn new(explainer: Explainer, limit: usize) -> Self {
        Self {
            explainer,
            limit,
            groups: BTreeMap::new(),
        }
    }

    /// Counts a correction, and explains it if it is among the first of its kind.
    pub fn add(&mut self, correction: &Correction) {
        let kind = correction.kind;
        let (title, why) = texts(kind, self.explainer.lang());
        let group = self.groups.entry(kind).or_insert_with(|| CorrectionGroup {
            kind,
            title,
            why,
            count: 0,
            first: Vec::new(),
        });
        group.count += 1;
        if group.first.len() < self.limit {
            group.first.push(self.explainer.correction(correction));
        }
    }

    /// The kinds, in their order.
    #[must_use]
    pub fn finish(self) -> Vec<CorrectionGroup> {
        self.groups.into_values().collect()
    }
}

/// The groups as text that ends in a line break, or nothing for no groups.
///
/// ```text
/// Datum als Jahr-Monat-Tag geschrieben (2)
///   Der Tag bleibt derselbe; in dieser Form liest ihn jedes Programm gleich (ISO 8601).
///   B2  „01.01.2026“ → 2026-01-01
///   C2  „31.12.2026“ → 2026-12-31
/// ```
#[must_use]
pub fn corrections_to_terminal(groups: &[CorrectionGroup], layout: Layout) -> String {
    let mut out = String::new();
    let (on, off) = match layout.colour {
        true => ("\u{1b}[1m", "\u{1b}[0m"),
        false => ("", ""),
    };
    for group in groups {
        if !out.is_empty() {
            out.push('\n');
        }
        let count = layout.lang.count(group.count);
        let _ = writeln!(out, "{on}{}{off} ({count})", group.title);
        wrapped(&mut out, group.why, 2, 2, layout.width);
        let room = group.first.iter().map(|c| columns(&c.cell)).max();
        let room = room.unwrap_or(0);
        for correction in &group.first {
            let pad = " ".repeat(room - columns(&correction.cell));
            // The arrow stays with the value behind it.
            let text = format!(
                "{}{pad}  {} →\u{a0}{}",
                correction.cell,
                layout.lang.quote(&correction.before),
                correction.after
            );
            wrapped(&mut out, &text, 2, 2 + room + 2, layout.width);
        }
        let further = group.count - group.first.len() as u64;
        if further > 0 {
            let further = layout.lang.count(further);
            let _ = match layout.lang {
                Lang::De => writeln!(out, "  … und {further} weitere."),
                Lang::En => writeln!(out, "  … and {further} more."),
            };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::steers;
    use crate::fault::ColumnRef;
    use crate::field::Field;

    fn all() -> Vec<Correction> {
        let fin = "WVWZZZE1ZMP000001";
        let samples = [
            ("wvw-zzz e1zmp000001\u{200b}", fin),
            ("wvwzzze1zmp000001", fin),
            ("1.6.26", "2026-06-01"),
            ("2026-01-15 10:22 MEZ", "2026-01-15T10:22:00+01:00"),
            ("15.01.2026 10:22", "2026-01-15T10:22:00+01:00"),
            ("1768468953", "2026-01-15T09:22:33+00:00"),
        ];
        CorrectionKind::ALL
            .into_iter()
            .zip(samples)
            .zip(2..)
            .map(|((kind, (before, after)), row)| {
                let field = match kind {
                    CorrectionKind::FinSeparators | CorrectionKind::FinCase => Field::Fin,
                    CorrectionKind::DateForm => Field::Start,
                    _ => Field::RegisteredAt,
                };
                Correction {
                    row,
                    column: ColumnRef {
                        index: field as u32,
                        header: Some("Spalte\u{1b}".into()),
                    },
                    field,
                    kind,
                    before: before.to_owned(),
                    after: after.to_owned(),
                }
            })
            .collect()
    }

    fn listing(lang: Lang, show_fins: bool, limit: usize, times: usize) -> String {
        let mut grouping = CorrectionGrouping::new(Explainer::new(lang, show_fins), limit);
        for correction in all() {
            for _ in 0..times {
                grouping.add(&correction);
            }
        }
        corrections_to_terminal(&grouping.finish(), Layout::plain(lang))
    }

    #[test]
    fn corrections_in_german() {
        insta::assert_snapshot!(listing(Lang::De, false, 20, 1));
    }

    #[test]
    fn corrections_in_english_with_fins() {
        insta::assert_snapshot!(listing(Lang::En, true, 20, 1));
    }

    #[test]
    fn only_the_first_of_a_kind_are_shown_but_all_are_counted() {
        let text = listing(Lang::En, false, 1, 3);
        assert_eq!(text.matches(" (3)\n").count(), 6);
        assert_eq!(text.matches("  … and 2 more.\n").count(), 6);
        assert_eq!(text.matches(" →\u{a0}").count(), 6);
    }

    #[test]
    fn masked_corrections_show_no_fin_and_steer_nothing() {
        for lang in Lang::ALL {
            let explainer = Explainer::new(lang, false);
            for explained in all().iter().map(|c| explainer.correction(c)) {
                assert_eq!(explained.column.as_deref(), Some("Spalte<U+001B>"));
                let text = format!("{}{}", explained.before, explained.after);
                assert!(!text.to_uppercase().contains("ZZZ"), "{text}");
                assert!(!text.chars().any(steers), "{text}");
                assert!(explained.why.ends_with('.'));
            }
        }
    }

    #[test]
    fn both_languages_differ_in_every_text() {
        for kind in CorrectionKind::ALL {
            let (de, en) = (texts(kind, Lang::De), texts(kind, Lang::En));
            assert!(de.0 != en.0 && de.1 != en.1);
        }
    }
}
