//! `finkit fincheck check`: everything that can be known of a list without a network call.

mod fix;

use std::io::{Read as _, Write as _};
use std::ops::ControlFlow;
use std::path::Path;

use finkit_tables::explain::{Explainer, Explanation, Group, Layout, to_terminal};
use finkit_tables::write::{
    CheckedRows, CsvStyle, Existing, OutputFile, ReportFormat, ReportHead, ReportKind,
    ReportWriter, carried_headings,
};
use finkit_tables::{CheckReport, Fault, ListError, ListOptions, Purpose, Source};
use serde::Serialize;

use crate::args::Format;
use crate::args::fincheck::Check;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::lists;
use crate::output::Output;
use crate::texts;

/// Runs the command.
pub(crate) fn run(context: &Context, args: &Check) -> Outcome {
    super::report::refuse_existing(args.report.as_deref(), args.overwrite)?;
    super::report::refuse_file(args.findings.as_deref(), args.overwrite)?;
    fix::refuse(args.fix.as_deref(), &args.list, args.overwrite)?;
    let options = lists::options(
        &args.reading,
        context.settings.fincheck.zone,
        Purpose::Entry,
    )?;
    let list = Again::of(
        &args.list,
        args.report.is_some() || args.fix.is_some() || context.output.format == Format::Csv,
    )?;
    let report = finkit_tables::check(list.source(), &options)
        .map_err(|error| lists::unreadable(context.settings.lang, &args.list, error))?;
    let writing = Writing {
        context,
        list: &list,
        options: &options,
        report: &report,
        show_fins: args.reading.show_fins,
    };
    fix::refuse_form(args.fix.as_deref(), report.dialect.format)?;
    if let Some(path) = &args.findings {
        findings(&report, path, args.overwrite)?;
    }
    if let Some(path) = &args.report {
        let existing = if args.overwrite {
            Existing::Replace
        } else {
            Existing::Refuse
        };
        let file = OutputFile::create(path, existing).map_err(super::report::unwritable)?;
        let style = CsvStyle::like(&report.dialect, context.output.lang);
        let file = writing.rows(file, super::report::format_of(path)?, style)?;
        file.commit().map_err(super::report::unwritable)?;
    }
    let fixed = match &args.fix {
        None => None,
        Some(path) => {
            let name = list.name();
            let source = list.source();
            let report = fix::write(
                &context.output,
                source,
                Path::new(&name),
                &options,
                path,
                args.overwrite,
            )?;
            Some((report, path))
        }
    };
    if context.output.format == Format::Csv {
        let out = std::io::BufWriter::new(std::io::stdout());
        let mut out = writing.rows(
            out,
            ReportFormat::Csv,
            CsvStyle::excel(context.output.lang).plain(),
        )?;
        out.flush().map_err(Output::gone)?;
    } else {
        show(&context.output, &report, args.reading.show_fins, args.first)?;
    }
    if let Some(path) = &args.report {
        context
            .output
            .human(&texts::submit::report_written(context.output.lang, path))?;
    }
    if let Some((mut fixed, path)) = fixed {
        fix::show(
            &context.output,
            &mut fixed,
            path,
            args.reading.show_fins,
            args.first,
        )?;
    }
    Ok(if report.is_clean() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

/// A list that may be read a second time: standard input is kept in memory where that is needed.
enum Again<'a> {
    File(&'a Path),
    Bytes(Vec<u8>),
}

impl<'a> Again<'a> {
    fn of(path: &'a Path, twice: bool) -> Outcome<Self> {
        if path != Path::new("-") || !twice {
            return Ok(Self::File(path));
        }
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::usage("standard input can't be read").caused_by(error))?;
        Ok(Self::Bytes(bytes))
    }

    fn source(&self) -> Source {
        match self {
            Self::File(path) => lists::source(path),
            Self::Bytes(bytes) => Source::bytes(bytes.clone()),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::File(path) => path.file_name().map_or_else(
                || path.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            ),
            Self::Bytes(_) => "standard input".to_owned(),
        }
    }
}

/// All rows of a checked list, written as a report.
struct Writing<'a> {
    context: &'a Context,
    list: &'a Again<'a>,
    options: &'a ListOptions,
    report: &'a CheckReport,
    show_fins: bool,
}

impl Writing<'_> {
    fn rows<W: std::io::Write + Send>(
        &self,
        to: W,
        format: ReportFormat,
        style: CsvStyle,
    ) -> Outcome<W> {
        let lang = self.context.output.lang;
        let head = ReportHead {
            lang,
            kind: ReportKind::Check,
            list_name: self.list.name(),
            job: None,
            created_at: self.context.clock.now().fixed_offset(),
            show_fins: self.show_fins,
            notes: texts::check::read_as(lang, &self.report.dialect)
                .lines()
                .map(str::to_owned)
                .collect(),
            carried: carried_headings(&self.report.dialect),
        };
        let mut writer =
            ReportWriter::new(to, format, head, style).map_err(super::report::unwritable)?;
        let mut checked = CheckedRows::new(self.report, Explainer::new(lang, self.show_fins));
        let mut failed = None;
        finkit_tables::visit(self.list.source(), self.options, |row| {
            match writer.row(&checked.row(&row)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(super::report::unwritable(error));
                    ControlFlow::Break(())
                }
            }
        })
        .map_err(|error| lists::unreadable(lang, Path::new(&self.list.name()), error))?;
        if let Some(failure) = failed {
            return Err(failure);
        }
        let (to, _) = writer.finish().map_err(super::report::unwritable)?;
        Ok(to)
    }
}

/// One line per finding, for other programs: row, cell, kind, weight, and the other row of a conflict.
fn findings(report: &CheckReport, path: &Path, overwrite: bool) -> Outcome<()> {
    let existing = if overwrite {
        Existing::Replace
    } else {
        Existing::Refuse
    };
    let mut file = OutputFile::create(path, existing).map_err(super::report::unwritable)?;
    let failed = |error: std::io::Error| {
        Failure::local(format!("{} can't be written", path.display())).caused_by(error)
    };
    report.write_findings(&mut file).map_err(failed)?;
    file.commit().map_err(super::report::unwritable)
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
        let groups = report.groups(explainer, first).map_err(unreadable_again)?;
        return human(output, report, &groups);
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

fn unreadable_again(error: ListError) -> Failure {
    Failure::local("the faults can't be read back").caused_by(error)
}

/// Faults of rows, then conflicts between rows, then what is legitimate.
fn each_fault(report: &CheckReport, mut take: impl FnMut(Fault) -> Outcome<()>) -> Outcome<()> {
    for fault in report.faults() {
        take(fault.map_err(unreadable_again)?)?;
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
