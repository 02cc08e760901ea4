//! What `submit`, `resume` and `report` say besides plan and outcome.

use std::path::Path;

use finkit_tables::explain::Lang;

/// The job of the same list goes on.
pub(crate) fn goes_on(lang: Lang, job: u64) -> String {
    match lang {
        Lang::De => {
            format!("Auftrag {job} für dieselbe Liste ist noch offen und wird fortgesetzt.")
        }
        Lang::En => format!("Job {job} for the same list is still open and goes on."),
    }
}

/// The job of the same deletion goes on.
pub(crate) fn deletion_goes_on(lang: Lang, job: u64) -> String {
    match lang {
        Lang::De => {
            format!("Auftrag {job} für dieselbe Löschung ist noch offen und wird fortgesetzt.")
        }
        Lang::En => format!("Job {job} for the same deletion is still open and goes on."),
    }
}

/// No job is open.
pub(crate) fn nothing_open(lang: Lang) -> &'static str {
    lang.pick("Kein Auftrag ist offen.", "No job is open.")
}

/// A report file stands.
pub(crate) fn report_written(lang: Lang, path: &Path) -> String {
    format!("{}: {}", lang.pick("Bericht", "Report"), path.display())
}

/// No job at all.
pub(crate) fn no_jobs(lang: Lang) -> &'static str {
    lang.pick("Es gibt noch keine Aufträge.", "There are no jobs yet.")
}
