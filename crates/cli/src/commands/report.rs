//! `finkit fincheck jobs`, `show`, `report` and `usage`: what the ledger knows.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use chrono::FixedOffset;
use finkit_core::RecordState;
use finkit_fincheck::submission::{
    Job, JobId, JobKind, Note, NotedEntry, ReportRow, RowState, Submission,
};
use finkit_tables::explain::Lang;
use finkit_tables::write::{
    CsvStyle, Existing, OtherEntry, Outcome as Fate, ReportFile, ReportFormat, ReportHead,
    ReportKind, ReportWriter, Reported, ResultRow, Whose, WriteError, carried_headings,
};
use finkit_tables::{ListOptions, visit};
use serde::Serialize;
use tokio::runtime::Runtime;

use super::given::Given;
use super::runner::states;
use super::submit::find;
use crate::args::Format;
use crate::args::fincheck::{Report, Show, UsageArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::{ledger, texts};

/// Lists the jobs of the profile.
pub(crate) fn jobs(context: &Context) -> Outcome {
    let runtime = Context::runtime()?;
    let submission = ledger::open(context)?;
    let lang = context.output.lang;
    let mut any = false;
    for (job, tally) in runtime
        .block_on(submission.jobs())
        .map_err(ledger::failure)?
    {
        if job.asked.account.profile != context.settings.profile {
            continue;
        }
        any = true;
        let states_text = tally
            .iter()
            .map(|(state, rows)| {
                format!(
                    "{} {}",
                    lang.count(rows),
                    texts::submission::state_name(lang, job.asked.kind, state)
                )
            })
            .collect::<Vec<_>>();
        context.output.human(&format!(
            "{}: {}",
            texts::submission::job(lang, &job),
            states_text.join(", ")
        ))?;
        context.output.json("job", &JobLine::new(&job, &tally))?;
    }
    if !any {
        context.output.human(texts::submit::no_jobs(lang))?;
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct JobLine<'a> {
    job: u64,
    kind: &'a str,
    list: &'a str,
    origin: &'a str,
    created_at: String,
    rows: u64,
    states: std::collections::BTreeMap<&'static str, u64>,
    open: u64,
}

impl<'a> JobLine<'a> {
    fn new(job: &'a Job, tally: &finkit_fincheck::submission::Tally) -> Self {
        Self {
            job: job.id.0,
            kind: job.asked.kind.name(),
            list: &job.asked.list,
            origin: &job.asked.account.origin,
            created_at: job.asked.created_at.to_rfc3339(),
            rows: job.rows,
            states: states(tally),
            open: tally.open(job.asked.kind),
        }
    }
}

/// Explains one job.
pub(crate) fn show(context: &Context, args: &Show) -> Outcome {
    let runtime = Context::runtime()?;
    let submission = ledger::open(context)?;
    let (job, tally) = find(&runtime, &submission, args.job)?;
    let lang = context.output.lang;
    context.output.human(&texts::submission::job(lang, &job))?;
    context
        .output
        .human(texts::submission::tally(lang, &job, &tally).trim_end())?;
    context.output.json("job", &JobLine::new(&job, &tally))?;
    Ok(Exit::Done)
}

/// Prints every row of a job.
pub(crate) fn report(context: &Context, args: &Report) -> Outcome {
    refuse_existing(args.out.as_deref(), args.overwrite)?;
    let runtime = Context::runtime()?;
    let submission = ledger::open(context)?;
    let job = JobId(args.job);
    let (found, tally) = find(&runtime, &submission, args.job)?;
    if let Some(path) = &args.out {
        to_file(
            context,
            &submission,
            &runtime,
            job,
            path,
            args.show_fins,
            None,
            args.overwrite,
        )?;
        context
            .output
            .human(&texts::submit::report_written(context.output.lang, path))?;
        return Ok(Exit::Done);
    }
    let lang = context.output.lang;
    match context.output.format {
        Format::Json | Format::Csv => {
            let format = if context.output.format == Format::Json {
                ReportFormat::JsonLines
            } else {
                ReportFormat::Csv
            };
            let head = head(context, &found, args.show_fins, Vec::new());
            let out = std::io::BufWriter::new(std::io::stdout());
            let mut writer = ReportWriter::new(out, format, head, CsvStyle::excel(lang).plain())
                .map_err(unwritable)?;
            let mut broken = None;
            let done = runtime.block_on(submission.report(job, |row| {
                writer.row(&result(lang, &found, &row)).map_err(|error| {
                    broken = Some(unwritable(error));
                    "standard output can't be written"
                })
            }));
            if let Some(failure) = broken {
                return Err(failure);
            }
            done.map_err(ledger::failure)?;
            let (mut out, _) = writer.finish().map_err(unwritable)?;
            out.flush().map_err(crate::output::Output::gone)?;
        }
        Format::Human => {
            context
                .output
                .human(&texts::submission::job(lang, &found))?;
            let mut failed = None;
            let written =
                runtime.block_on(
                    submission.report(job, |row| {
                        match context
                            .output
                            .human(&line(lang, &found, &row, args.show_fins))
                        {
                            Ok(()) => Ok(()),
                            Err(failure) => {
                                failed = Some(failure);
                                Err("standard output can't be written")
                            }
                        }
                    }),
                );
            if let Some(failure) = failed {
                return Err(failure);
            }
            written.map_err(ledger::failure)?;
            context.output.human("")?;
            context
                .output
                .human(texts::submission::tally(lang, &found, &tally).trim_end())?;
        }
    }
    Ok(Exit::Done)
}

/// One row for people.
fn line(lang: Lang, job: &Job, row: &ReportRow, show_fins: bool) -> String {
    let what = match &row.row.entry {
        Some(entry) => {
            let fin = if show_fins {
                entry.fin.to_string()
            } else {
                entry.fin.masked().to_string()
            };
            format!(
                "{fin} {} – {}",
                lang.date(entry.period.start()),
                lang.date(entry.period.end())
            )
        }
        None => "–".to_owned(),
    };
    let mut text = format!(
        "{} {}: {what}: {}",
        lang.pick("Zeile", "Row"),
        row.row.number,
        texts::submission::state_name(lang, job.asked.kind, row.row.state)
    );
    if let Some(note) = &row.note {
        text.push_str(&format!(" ({})", texts::submission::note(lang, note)));
        if let (Note::Duplicate { .. }, Some(entry)) = (note, &row.row.entry) {
            let fin = if show_fins {
                entry.fin.to_string()
            } else {
                "FIN".to_owned()
            };
            text.push_str(&format!(
                "\n  → finkit fincheck delete {fin} {} {}",
                entry.period.start(),
                entry.period.end()
            ));
        }
    }
    text
}

/// Refuses to go on when a file could not be written at the end.
pub(crate) fn refuse_file(path: Option<&Path>, overwrite: bool) -> Outcome<()> {
    match path {
        Some(path) if path.exists() && !overwrite => Err(Failure::usage(format!(
            "{} exists already; nothing was done",
            path.display()
        ))
        .hint("choose another name, or give --overwrite")),
        _ => Ok(()),
    }
}

/// Refuses to go on when a report could not be written at the end.
pub(crate) fn refuse_existing(path: Option<&Path>, overwrite: bool) -> Outcome<()> {
    if let Some(path) = path {
        format_of(path)?;
    }
    refuse_file(path, overwrite)
}

pub(crate) fn format_of(path: &Path) -> Outcome<ReportFormat> {
    ReportFormat::of(path).map_err(|error| {
        Failure::usage(format!("{}: no report of that kind", path.display()))
            .caused_by(error)
            .hint("let the name end in .csv, .xlsx, .jsonl or .html")
    })
}

/// Writes a job's report into a file. With the list at hand its further columns are carried along.
#[expect(
    clippy::too_many_arguments,
    reason = "each is one thing that the report is made of"
)]
pub(crate) fn to_file(
    context: &Context,
    submission: &Submission,
    runtime: &Runtime,
    job: JobId,
    path: &Path,
    show_fins: bool,
    list: Option<(&Given, &ListOptions)>,
    overwrite: bool,
) -> Outcome<()> {
    let format = format_of(path)?;
    let (found, _) = find(runtime, submission, job.0)?;
    let lang = context.output.lang;
    let existing = if overwrite {
        Existing::Replace
    } else {
        Existing::Refuse
    };
    let Some((list, options)) = list else {
        let mut file = ReportFile::create(
            path,
            format,
            head(context, &found, show_fins, Vec::new()),
            CsvStyle::excel(lang),
            existing,
        )
        .map_err(unwritable)?;
        runtime
            .block_on(submission.report(job, |row| file.row(&result(lang, &found, &row))))
            .map_err(ledger::failure)?;
        file.finish().map_err(unwritable)?;
        return Ok(());
    };

    // The ledger doesn't hold the further columns: they are read again, row by row beside the ledger's rows.
    let dialect = visit(list.source(), options, |_| ControlFlow::Break(()))
        .map_err(|error| crate::lists::unreadable(lang, list.path(), error))?;
    let mut explainer = finkit_tables::explain::Explainer::new(lang, show_fins);
    let mut file = ReportFile::create(
        path,
        format,
        head(context, &found, show_fins, carried_headings(&dialect)),
        CsvStyle::like(&dialect, lang),
        existing,
    )
    .map_err(unwritable)?;
    let mut pages = Pages {
        submission,
        runtime,
        job,
        page: Vec::new().into_iter(),
        next: 0,
    };
    let mut failure = None;
    let visited = visit(list.source(), options, |row| {
        let step = pages.next().and_then(|reported| match reported {
            Some(reported) if reported.row.number == row.number => {
                let told = result(lang, &found, &reported);
                let mut line = ResultRow::of_list(&row, &dialect, &mut explainer);
                line.outcome = told.outcome;
                line.reason = told.reason;
                line.others = told.others;
                file.row(&line).map_err(unwritable)
            }
            _ => Err(Failure::usage(format!(
                "{} has changed while it was worked on",
                list.path().display()
            ))
            .hint(format!(
                "`finkit fincheck report {job} --out FILE` writes the report from the ledger alone"
            ))),
        });
        match step {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    visited.map_err(|error| crate::lists::unreadable(lang, list.path(), error))?;
    file.finish().map_err(unwritable)?;
    Ok(())
}

/// The rows of a job, page by page.
struct Pages<'a> {
    submission: &'a Submission,
    runtime: &'a Runtime,
    job: JobId,
    page: std::vec::IntoIter<ReportRow>,
    next: u64,
}

impl Pages<'_> {
    fn next(&mut self) -> Outcome<Option<ReportRow>> {
        if let Some(row) = self.page.next() {
            return Ok(Some(row));
        }
        let page = self
            .runtime
            .block_on(self.submission.report_page(self.job, self.next))
            .map_err(ledger::failure)?;
        self.next += page.len() as u64;
        self.page = page.into_iter();
        Ok(self.page.next())
    }
}

pub(crate) fn unwritable(error: WriteError) -> Failure {
    if error.io_kind() == Some(std::io::ErrorKind::BrokenPipe) {
        return Failure::broken_pipe();
    }
    Failure::local("the report can't be written")
        .caused_by(error)
        .hint("the rows are safe in the ledger; `finkit fincheck report JOB --out FILE` writes them again")
}

fn head(context: &Context, job: &Job, show_fins: bool, carried: Vec<String>) -> ReportHead {
    let zone = FixedOffset::east_opt(0);
    ReportHead {
        lang: context.output.lang,
        kind: match job.asked.kind {
            JobKind::Entry => ReportKind::Submission,
            JobKind::Deletion => ReportKind::Deletion,
        },
        list_name: job.asked.list.clone(),
        job: Some(job.id.to_string()),
        created_at: zone.map_or_else(Default::default, |zone| {
            context.clock.now().with_timezone(&zone)
        }),
        show_fins,
        notes: Vec::new(),
        carried,
    }
}

/// A row of the ledger as a row of a report.
fn result(lang: Lang, job: &Job, row: &ReportRow) -> ResultRow {
    let mut line = ResultRow::new(row.row.number, fate(job.asked.kind, row));
    if let Some(entry) = &row.row.entry {
        line.fin = Reported::Known(entry.fin);
        line.start = Reported::Known(entry.period.start());
        line.end = Reported::Known(entry.period.end());
        line.registered_at = entry.registered_at.into();
    }
    if let Some(note) = &row.note {
        line.reason = texts::submission::note(lang, note);
        line.others = others(note);
    }
    line
}

fn fate(kind: JobKind, row: &ReportRow) -> Fate {
    match (row.row.state, &row.note) {
        (RowState::Faulty, _) => Fate::Faulty,
        (RowState::Withheld, Some(Note::DuplicateOfRow { .. })) => Fate::Duplicate,
        (RowState::Withheld, Some(Note::OverlapsRow { .. })) => Fate::OverlapInList,
        (RowState::Withheld, Some(Note::OverlapsOwnEntry { .. })) => Fate::Overlapping,
        (RowState::Withheld, _) => Fate::Planned,
        (RowState::Record(state), note) => match state {
            RecordState::Planned => Fate::Planned,
            RecordState::Sending => Fate::Sending,
            RecordState::Created if kind == JobKind::Deletion => Fate::Planned,
            RecordState::Created if matches!(note, Some(Note::Overlaps { .. })) => {
                Fate::CreatedDespiteOverlap
            }
            RecordState::Created => Fate::Created,
            RecordState::Overlapping => Fate::Overlapping,
            RecordState::Rejected => Fate::Rejected,
            RecordState::Unknown => Fate::Unknown,
            RecordState::Absent => Fate::Absent,
            RecordState::AlreadyEntered => Fate::AlreadyEntered,
            RecordState::Deleting => Fate::Deleting,
            RecordState::Deleted => Fate::Deleted,
        },
    }
}

fn others(note: &Note) -> Vec<OtherEntry> {
    let other = |entry: &NotedEntry| OtherEntry {
        whose: if entry.own.is_some() || entry.same {
            Whose::Own
        } else {
            Whose::Foreign
        },
        period: entry.period,
        registered_at: entry.registered_at.parse().ok(),
    };
    match note {
        Note::Overlaps { entries, .. } | Note::Removed { entries } => {
            entries.iter().map(other).collect()
        }
        Note::OverlapsOwnEntry { period, .. } => vec![OtherEntry {
            whose: Whose::Own,
            period: *period,
            registered_at: None,
        }],
        _ => Vec::new(),
    }
}

/// Reads and writes by month and job.
pub(crate) fn usage(context: &Context, args: &UsageArgs) -> Outcome {
    if let Some(month) = &args.month
        && chrono::NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").is_err()
    {
        return Err(Failure::usage("--month is not a month").hint("write it like 2026-11"));
    }
    let runtime = Context::runtime()?;
    let submission = ledger::open(context)?;
    let lang = context.output.lang;
    let mut any = false;
    for line in runtime
        .block_on(submission.usage())
        .map_err(ledger::failure)?
    {
        let other_month = args
            .month
            .as_ref()
            .is_some_and(|month| *month != line.month);
        if line.account.profile != context.settings.profile || other_month {
            continue;
        }
        any = true;
        let job = line.job.map_or_else(
            || lang.pick("Abfragen", "look-ups").to_owned(),
            |job| format!("{} {job}", lang.pick("Auftrag", "job")),
        );
        let mut text = format!(
            "{}  {job}: {}",
            line.month,
            texts::submission::cost(lang, line.known)
        );
        if line.unknown != Default::default() {
            text.push_str(&format!(
                "; {}: {}",
                lang.pick("ungeklärt", "unknown"),
                texts::submission::cost(lang, line.unknown)
            ));
        }
        context.output.human(&text)?;
        context.output.json(
            "usage",
            &UsageRow {
                profile: &line.account.profile,
                origin: &line.account.origin,
                month: &line.month,
                job: line.job.map(|job| job.0),
                reads: line.known.reads,
                writes: line.known.writes,
                unknown_reads: line.unknown.reads,
                unknown_writes: line.unknown.writes,
            },
        )?;
    }
    if !any {
        context
            .output
            .human(lang.pick("Noch nichts verrechnet.", "Nothing billed yet."))?;
    }
    if !context.settings.fincheck.participant.counts_per_account() {
        context.output.human(texts::usage::incognito(lang))?;
    }
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct UsageRow<'a> {
    profile: &'a str,
    origin: &'a str,
    month: &'a str,
    job: Option<u64>,
    reads: u64,
    writes: u64,
    unknown_reads: u64,
    unknown_writes: u64,
}
