//! `check --fix`: a copy of the list with the safe corrections made, and what they are.

use std::path::Path;

use finkit_tables::explain::{
    CorrectionGrouping, ExplainedCorrection, Explainer, Layout, corrections_to_terminal,
};
use finkit_tables::write::{Existing, OutputFile};
use finkit_tables::{FixReport, Format, ListErrorKind, ListOptions, Source};
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::lists;
use crate::output::Output;
use crate::texts;

/// Refuses a name that the copy can't have, before anything is read.
pub(super) fn refuse(path: Option<&Path>, list: &Path, overwrite: bool) -> Outcome<()> {
    let Some(path) = path else { return Ok(()) };
    if is_same(path, list) {
        return Err(
            Failure::usage(format!("{} is the list itself", path.display()))
                .hint("the original is never changed: choose another name for the copy"),
        );
    }
    if path.exists() && !overwrite {
        return Err(Failure::usage(format!("{} exists already", path.display()))
            .hint("choose another name, or give --overwrite"));
    }
    Ok(())
}

fn is_same(path: &Path, list: &Path) -> bool {
    match (path.canonicalize(), list.canonicalize()) {
        (Ok(path), Ok(list)) => path == list,
        _ => false,
    }
}

/// Refuses a workbook's name for what will be CSV.
pub(super) fn refuse_form(path: Option<&Path>, format: Format) -> Outcome<()> {
    let Some(path) = path else { return Ok(()) };
    let is_workbook = path.extension().is_some_and(|extension| {
        ["xlsx", "xlsm", "xls"]
            .iter()
            .any(|workbook| extension.eq_ignore_ascii_case(workbook))
    });
    if !is_workbook {
        return Ok(());
    }
    let form = match format {
        Format::Xlsx => "csv",
        format => format.code(),
    };
    Err(Failure::usage(format!(
        "{}: the corrected copy is not a workbook",
        path.display()
    ))
    .hint(format!(
        "it is written as {form}: let the name end in .{form}"
    )))
}

/// Writes the copy.
pub(super) fn write(
    output: &Output,
    source: Source,
    list: &Path,
    options: &ListOptions,
    path: &Path,
    overwrite: bool,
) -> Outcome<FixReport> {
    let existing = if overwrite {
        Existing::Replace
    } else {
        Existing::Refuse
    };
    let unwritable = |error: Box<dyn std::error::Error + Send + Sync>| {
        Failure::local(format!("{} can't be written", path.display()))
            .caused_by(error)
            .hint("look at the space and the access rights of the folder; the list is as it was")
    };
    let mut file = OutputFile::create(path, existing).map_err(|error| unwritable(error.into()))?;
    let report = finkit_tables::fix(source, options, &mut file).map_err(|error| {
        if *error.kind() == ListErrorKind::Write {
            unwritable(error.into())
        } else {
            lists::unreadable(output.lang, list, error)
        }
    })?;
    file.commit().map_err(|error| unwritable(error.into()))?;
    Ok(report)
}

/// Shows what was done: the first corrections of each kind to people, all of them to programs.
pub(super) fn show(
    output: &Output,
    report: &mut FixReport,
    path: &Path,
    show_fins: bool,
    first: usize,
) -> Outcome<()> {
    let explainer = Explainer::new(output.lang, show_fins);
    let unread = |error| Failure::local("the corrections can't be read back").caused_by(error);
    if !output.is_human() {
        for correction in report.corrections() {
            let correction = explainer.correction(&correction.map_err(unread)?);
            output.json("correction", &CorrectionLine::from(&correction))?;
        }
        return output.json("fix", &Summary::of(report, path));
    }
    let mut grouping = CorrectionGrouping::new(explainer, first);
    for correction in report.corrections() {
        grouping.add(&correction.map_err(unread)?);
    }
    let groups = grouping.finish();
    output.human("")?;
    if !groups.is_empty() {
        let layout = Layout {
            width: output.width(),
            colour: output.colours(),
            ..Layout::plain(output.lang)
        };
        output.human(&corrections_to_terminal(&groups, layout))?;
    }
    output.human(&texts::fix::summary(output.lang, path, report))?;
    match texts::fix::left(output.lang, report.faulty) {
        Some(text) => output.human(&text),
        None => Ok(()),
    }
}

#[derive(Serialize)]
struct CorrectionLine<'a> {
    row: u64,
    cell: &'a str,
    column: Option<&'a str>,
    code: &'a str,
    before: &'a str,
    after: &'a str,
    title: &'a str,
    why: &'a str,
}

impl<'a> From<&'a ExplainedCorrection> for CorrectionLine<'a> {
    fn from(correction: &'a ExplainedCorrection) -> Self {
        Self {
            row: correction.row,
            cell: &correction.cell,
            column: correction.column.as_deref(),
            code: correction.code,
            before: &correction.before,
            after: &correction.after,
            title: correction.title,
            why: correction.why,
        }
    }
}

#[derive(Serialize)]
struct Summary {
    file: String,
    format: &'static str,
    rows: u64,
    corrected_rows: u64,
    corrected_cells: u64,
    faulty: u64,
}

impl Summary {
    fn of(report: &FixReport, path: &Path) -> Self {
        Self {
            file: path.display().to_string(),
            format: report.format.code(),
            rows: report.rows,
            corrected_rows: report.corrected,
            corrected_cells: report.cells(),
            faulty: report.faulty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_itself_is_never_the_copy() {
        let folder = tempfile::tempdir().expect("a folder");
        let list = folder.path().join("list.csv");
        let other = folder.path().join("other.csv");
        std::fs::write(&list, "FIN").expect("a file");
        let detour = folder
            .path()
            .join("..")
            .join(folder.path().file_name().expect("a name"))
            .join("list.csv");
        for overwrite in [false, true] {
            for path in [&list, &detour] {
                let failure = refuse(Some(path), &list, overwrite).expect_err("the list");
                assert!(
                    failure.message().ends_with("is the list itself"),
                    "{}",
                    failure.message()
                );
            }
        }
        assert!(refuse(Some(&other), &list, false).is_ok());
        assert!(refuse(None, &list, false).is_ok());
        std::fs::write(&other, "FIN").expect("a file");
        assert!(refuse(Some(&other), &list, false).is_err());
        assert!(refuse(Some(&other), &list, true).is_ok());
    }

    #[test]
    fn a_copy_is_not_named_like_a_workbook() {
        for (name, format, fits) in [
            ("copy.xlsx", Format::Xlsx, false),
            ("copy.XLSX", Format::Csv, false),
            ("copy.csv", Format::Xlsx, true),
            ("copy", Format::Csv, true),
            ("copy.txt", Format::Ndjson, true),
        ] {
            assert_eq!(
                refuse_form(Some(Path::new(name)), format).is_ok(),
                fits,
                "{name}"
            );
        }
        let failure =
            refuse_form(Some(Path::new("copy.xls")), Format::Xlsx).expect_err("no workbook");
        assert!(failure.hint_text().expect("a hint").ends_with(".csv"));
    }
}
