//! What `check --fix` says around the corrections it made.

use std::path::Path;

use finkit_tables::explain::Lang;
use finkit_tables::{FixReport, Format};

/// Where the copy is, and how much of it differs from the list.
pub(crate) fn summary(lang: Lang, path: &Path, report: &FixReport) -> String {
    let (cells, rows) = (lang.count(report.cells()), lang.rows(report.corrected));
    let path = path.display();
    let mut text = match (lang, report.cells()) {
        (Lang::De, 0) => {
            format!("Kopie: {path}. Es gab nichts, was sich gefahrlos berichtigen lässt.")
        }
        (Lang::En, 0) => format!("Copy: {path}. There was nothing that can be corrected safely."),
        (Lang::De, 1) => format!("Berichtigte Kopie: {path}. 1 Zelle ist geändert, sonst nichts."),
        (Lang::En, 1) => format!("Corrected copy: {path}. 1 cell is changed, nothing else."),
        (Lang::De, _) => {
            format!(
                "Berichtigte Kopie: {path}. {cells} Zellen in {rows} sind geändert, sonst nichts."
            )
        }
        (Lang::En, _) => {
            format!("Corrected copy: {path}. {cells} cells in {rows} are changed, nothing else.")
        }
    };
    if report.dialect.format == Format::Xlsx {
        text.push_str(lang.pick(
            " Von der Arbeitsmappe ist es dieses Blatt als CSV, ohne Titelzeilen und leere Zeilen.",
            " Of the workbook it is this sheet as CSV, without title rows and empty rows.",
        ));
    }
    text.push_str(lang.pick(
        " Das Original ist, wie es war.",
        " The original is as it was.",
    ));
    text
}

/// What a person still has to do.
pub(crate) fn left(lang: Lang, faulty: u64) -> Option<String> {
    Some(match (lang, faulty) {
        (_, 0) => return None,
        (Lang::De, 1) => "1 Zeile hat noch Fehler, die nur ein Mensch berichtigen kann.".to_owned(),
        (Lang::De, _) => {
            format!(
                "{} haben noch Fehler, die nur ein Mensch berichtigen kann.",
                lang.rows(faulty)
            )
        }
        (Lang::En, 1) => "1 row still has faults that only a person can put right.".to_owned(),
        (Lang::En, _) => {
            format!(
                "{} still have faults that only a person can put right.",
                lang.rows(faulty)
            )
        }
    })
}
