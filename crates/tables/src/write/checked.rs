//! From the rows of a checked list to the rows of a report.

use std::collections::HashMap;

use finkit_core::ConflictKind;

use super::outcome::Outcome;
use super::row::{OtherEntry, Reported, ResultRow, Whose};
use crate::explain::Explainer;
use crate::fault::Fault;
use crate::field::Field;
use crate::list::{Dialect, Row};
use crate::report::{CheckReport, Place};

/// The headings of the columns that are carried through to a report; a column
/// without a heading goes by its letters.
#[must_use]
pub fn carried_headings(dialect: &Dialect) -> Vec<String> {
    dialect
        .carried()
        .map(|column| {
            column
                .header
                .as_deref()
                .map_or_else(|| column.letters(), str::to_owned)
        })
        .collect()
}

impl ResultRow {
    /// A row of a list, with what there is to say about it by itself: sound or
    /// faulty, its values as far as they could be read, the carried cells.
    #[must_use]
    pub fn of_list(row: &Row, dialect: &Dialect, explainer: &mut Explainer) -> ResultRow {
        let cell = |index: u32| row.cells.get(index as usize).map_or("", String::as_str);
        let typed = |field: Field| {
            dialect
                .column(field)
                .map(|column| cell(column.index))
                .filter(|text| !text.trim().is_empty())
                .map(str::to_owned)
        };
        ResultRow {
            fin: reported(row.fin, || typed(Field::Fin)),
            start: reported(row.period.map(|p| p.start()), || typed(Field::Start)),
            end: reported(row.period.map(|p| p.end()), || typed(Field::End)),
            registered_at: reported(row.registered_at, || typed(Field::RegisteredAt)),
            findings: row
                .faults
                .iter()
                .map(|fault| explainer.explain(fault))
                .collect(),
            carried: dialect
                .carried()
                .map(|column| cell(column.index).to_owned())
                .collect(),
            ..ResultRow::new(
                row.number,
                if row.is_sound() {
                    Outcome::Sound
                } else {
                    Outcome::Faulty
                },
            )
        }
    }
}

fn reported<T>(value: Option<T>, typed: impl FnOnce() -> Option<String>) -> Reported<T> {
    match value {
        Some(value) => Reported::Known(value),
        None => typed().map_or(Reported::Missing, Reported::AsTyped),
    }
}

/// Puts the conflicts that a check found beside the rows of the list, so that each
/// row of the report says with which rows it is in conflict.
///
/// ```
/// use std::ops::ControlFlow;
/// use finkit_tables::explain::{Explainer, Lang};
/// use finkit_tables::write::{CheckedRows, Outcome};
/// use finkit_tables::{ListOptions, Source, check, visit};
///
/// let csv = "FIN;von;bis;Vertragsdatum;Kunde\n\
///            WVWZZZE1ZMP000001;01.01.2026;30.06.2026;15.01.2026 10:22;4711\n\
///            WVWZZZE1ZMP000001;01.06.2026;31.12.2026;16.01.2026 10:22;4712\n";
/// let options = ListOptions::default();
/// let report = check(Source::bytes(csv), &options)?;
/// let mut checked = CheckedRows::new(&report, Explainer::new(Lang::De, false));
/// let mut outcomes = Vec::new();
/// visit(Source::bytes(csv), &options, |row| {
///     outcomes.push(checked.row(&row).outcome);
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(outcomes, [Outcome::OverlapInList; 2]);
/// # Ok::<(), finkit_tables::ListError>(())
/// ```
#[derive(Debug)]
pub struct CheckedRows<'a> {
    report: &'a CheckReport,
    explainer: Explainer,
    conflicts: HashMap<u64, Vec<(ConflictKind, Place)>>,
    /// What there is to say about a row because of earlier rows.
    faults: HashMap<u64, Vec<Fault>>,
}

impl<'a> CheckedRows<'a> {
    /// Takes the conflicts of a report; explanations come in the explainer's language.
    #[must_use]
    pub fn new(report: &'a CheckReport, explainer: Explainer) -> CheckedRows<'a> {
        let mut conflicts: HashMap<u64, Vec<(ConflictKind, Place)>> = HashMap::new();
        let mut faults: HashMap<u64, Vec<Fault>> = HashMap::new();
        for conflict in &report.conflicts {
            for (own, other) in [
                (conflict.first, conflict.second),
                (conflict.second, conflict.first),
            ] {
                conflicts
                    .entry(own.row)
                    .or_default()
                    .push((conflict.kind, other));
            }
            faults
                .entry(conflict.second.row)
                .or_default()
                .push(conflict.fault());
        }
        for disjoint in &report.disjoint {
            faults
                .entry(disjoint.second.row)
                .or_default()
                .push(disjoint.notice());
        }
        CheckedRows {
            report,
            explainer,
            conflicts,
            faults,
        }
    }

    /// The row of the report for a row of the same list; rows come in their order.
    #[must_use]
    pub fn row(&mut self, row: &Row) -> ResultRow {
        let mut result = ResultRow::of_list(row, &self.report.dialect, &mut self.explainer);
        if let Some(conflicts) = self.conflicts.get(&row.number) {
            let overlap = conflicts
                .iter()
                .any(|(kind, _)| *kind == ConflictKind::Overlap);
            result.outcome = if overlap {
                Outcome::OverlapInList
            } else {
                Outcome::Duplicate
            };
            result.others = conflicts
                .iter()
                .map(|(_, other)| OtherEntry {
                    whose: Whose::SameList { row: other.row },
                    period: other.period,
                    registered_at: None,
                })
                .collect();
        }
        for fault in self.faults.get(&row.number).into_iter().flatten() {
            result.findings.push(self.explainer.explain(fault));
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::Lang;
    use crate::options::{ListOptions, Source};
    use std::ops::ControlFlow;

    fn rows(csv: &str) -> (Vec<ResultRow>, Vec<String>) {
        let options = ListOptions::default();
        let report = crate::check(Source::bytes(csv), &options).unwrap();
        let mut checked = CheckedRows::new(&report, Explainer::new(Lang::De, true));
        let mut rows = Vec::new();
        crate::visit(Source::bytes(csv), &options, |row| {
            rows.push(checked.row(&row));
            ControlFlow::Continue(())
        })
        .unwrap();
        (rows, carried_headings(&report.dialect))
    }

    const LIST: &str = "FIN;von;bis;Vertragsdatum;Kunde;Name\n\
        WVWZZZE1ZMP000001;01.01.2026;30.06.2026;15.01.2026 10:22;4711;A\n\
        WVWZZZE1ZMP000001;01.06.2026;31.08.2026;16.01.2026 10:22;4712;B\n\
        WVWZZZE1ZMP000001;01.10.2026;31.12.2026;17.01.2026 10:22;4713;C\n\
        TMBJB9NY5MF000002;01.01.2026;31.12.2026;17.01.2026 10:22;4714;D\n\
        TMBJB9NY5MF000002;01.01.2026;31.12.2026;17.01.2026 10:22;4715;E\n\
        VF1AG00016400000;31.06.2026;;gestern;4716;F\n\
        KNACC81GFM5000005;01.01.2026;31.12.2026;17.01.2026 10:22;4717;G\n";

    #[test]
    fn each_row_knows_its_outcome_and_the_rows_in_its_way() {
        let (rows, headings) = rows(LIST);
        assert_eq!(headings, ["Kunde", "Name"]);
        let outcomes: Vec<Outcome> = rows.iter().map(|row| row.outcome).collect();
        use Outcome::{Duplicate, Faulty, OverlapInList, Sound};
        assert_eq!(
            outcomes,
            [
                OverlapInList,
                OverlapInList,
                Sound,
                Duplicate,
                Duplicate,
                Faulty,
                Sound
            ]
        );
        let others: Vec<Vec<Whose>> = rows
            .iter()
            .map(|row| row.others.iter().map(|o| o.whose).collect())
            .collect();
        assert_eq!(others[0], [Whose::SameList { row: 3 }]);
        assert_eq!(others[1], [Whose::SameList { row: 2 }]);
        assert_eq!(others[4], [Whose::SameList { row: 5 }]);
        assert!(others[2].is_empty() && others[6].is_empty());
        let codes: Vec<&str> = rows[2].findings.iter().map(|f| f.code).collect();
        assert!(codes.iter().all(|code| *code == "disjoint-periods") && !codes.is_empty());
        assert_eq!(rows[1].carried, ["4712", "B"]);
    }

    #[test]
    fn what_could_not_be_read_stands_as_it_was_typed() {
        let (rows, _) = rows(LIST);
        let faulty = &rows[5];
        assert_eq!(faulty.fin, Reported::AsTyped("VF1AG00016400000".into()));
        assert_eq!(faulty.start, Reported::AsTyped("31.06.2026".into()));
        assert_eq!(faulty.end, Reported::Missing);
        assert_eq!(faulty.registered_at, Reported::AsTyped("gestern".into()));
        assert_eq!(faulty.findings.len(), 4);
    }
}
