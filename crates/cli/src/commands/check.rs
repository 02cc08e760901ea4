//! `finkit fincheck check`: everything that can be known of a list without a network call.

use finkit_tables::explain::{Explainer, Explanation, Group, Grouping, Layout, to_terminal};
use finkit_tables::{CheckReport, Fault, ListOptions, Purpose};
use serde::Serialize;

use crate::args::fincheck::Check;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::lists;
use crate::output::Output;
use crate::texts;

/// Runs the command.
pub(crate) fn run(context: &Context, args: &Check) -> Outcome {
    let options = lists::options(
        &args.reading,
        context.settings.fincheck.zone,
        Purpose::Entry,
    )?;
    let report = check(context, &args.list, &options)?;
    show(&context.output, &report, args.reading.show_fins, args.first)?;
    Ok(if report.is_clean() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

/// Checks a list; one that can't be read at all is a failure.
pub(crate) fn check(
    context: &Context,
    list: &std::path::Path,
    options: &ListOptions,
) -> Outcome<CheckReport> {
    finkit_tables::check(lists::source(list), options)
        .map_err(|error| lists::unreadable(context.settings.lang, list, error))
}

/// Shows a report in the form that was asked for.
pub(crate) fn show(
    output: &Output,
    report: &CheckReport,
    show_fins: bool,
    first: usize,
) -> Outcome<()> {
    let mut explainer = Explainer::new(output.lang, show_fins);
    if output.is_human() {
        let mut grouping = Grouping::new(explainer, first);
        each_fault(report, |fault| {
            grouping.add(&fault);
            Ok(())
        })?;
        return human(output, report, &grouping.finish());
    }
    each_fault(report, |fault| {
        let explanation = explainer.explain(&fault);
        output.json("fault", &FaultLine::from(&explanation))
    })?;
    output.json("check", &Summary::from(report))
}

/// Shows faults alone, for commands that don't check a whole list.
pub(crate) fn show_faults(output: &Output, faults: &[Fault], show_fins: bool) -> Outcome<()> {
    if output.is_human() {
        let groups = finkit_tables::explain::group(faults, output.lang, show_fins, 20);
        let layout = Layout {
            width: output.width(),
            colour: output.colours(),
            ..Layout::plain(output.lang)
        };
        return output.human(&to_terminal(&groups, layout));
    }
    let mut explainer = Explainer::new(output.lang, show_fins);
    for fault in faults {
        output.json("fault", &FaultLine::from(&explainer.explain(fault)))?;
    }
    Ok(())
}

/// Faults of rows, then conflicts between rows, then what is legitimate.
fn each_fault(report: &CheckReport, mut take: impl FnMut(Fault) -> Outcome<()>) -> Outcome<()> {
    for fault in report.faults() {
        take(
            fault.map_err(|error| {
                Failure::local("the faults can't be read back").caused_by(error)
            })?,
        )?;
    }
    for conflict in &report.conflicts {
        take(conflict.fault())?;
    }
    for disjoint in &report.disjoint {
        take(disjoint.notice())?;
    }
    Ok(())
}

fn human(output: &Output, report: &CheckReport, groups: &[Group]) -> Outcome<()> {
    let lang = output.lang;
    output.human(&texts::check::read_as(lang, &report.dialect))?;
    output.human("")?;
    if !groups.is_empty() {
        output.human(&to_terminal(
            groups,
            Layout {
                width: output.width(),
                colour: output.colours(),
                ..Layout::plain(lang)
            },
        ))?;
    }
    output.human(&texts::check::totals(lang, &report.totals))?;
    output.human(texts::check::verdict(lang, report))
}

#[derive(Serialize)]
struct FaultLine<'a> {
    row: u64,
    cell: Option<&'a str>,
    column: Option<&'a str>,
    code: &'a str,
    severity: &'a str,
    value: Option<&'a str>,
    title: &'a str,
    what: &'a str,
    why: &'a str,
    proposal: Option<&'a str>,
}

impl<'a> From<&'a Explanation> for FaultLine<'a> {
    fn from(explanation: &'a Explanation) -> Self {
        Self {
            row: explanation.row,
            cell: explanation.cell.as_deref(),
            column: explanation.column.as_deref(),
            code: explanation.code,
            severity: explanation.severity.code(),
            value: explanation.value.as_deref(),
            title: explanation.title,
            what: &explanation.what,
            why: explanation.why,
            proposal: explanation.proposal.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Summary {
    clean: bool,
    rows: u64,
    sound: u64,
    faulty: u64,
    warned: u64,
    in_conflict: u64,
    duplicates: u64,
    overlaps: u64,
    fins: u64,
}

impl From<&CheckReport> for Summary {
    fn from(report: &CheckReport) -> Self {
        let totals = &report.totals;
        Self {
            clean: report.is_clean(),
            rows: totals.rows,
            sound: totals.sound,
            faulty: totals.faulty,
            warned: totals.warned,
            in_conflict: totals.in_conflict,
            duplicates: totals.duplicates,
            overlaps: totals.overlaps,
            fins: totals.fins,
        }
    }
}
