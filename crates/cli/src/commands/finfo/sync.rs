//! `finkit finfo sync`: the run, its table, its exit code.

use std::error::Error as _;

use finkit_finfo::catalogue::{Dataset, MemoryCatalogue, WalkSpan};
use finkit_finfo::{
    DrySupplier, Ending, Error, ErrorKind, Mirror, PageOptions, SupplierReport, SyncOptions,
    SyncReport, Wish,
};
use serde::Serialize;

use super::progress::Progress;
use crate::args::Format;
use crate::args::finfo::Sync;
use crate::commands::runner::interrupted;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::finfo::catalogue::{self, host};
use crate::finfo::connect::Connection;
use crate::finfo::failure::{exit_of, from_catalogue, from_finfo};
use crate::finfo::moment::exact;
use crate::finfo::output::{Side, csv_line, short, table};
use crate::texts;

/// A mirror of the service in the profile's catalogue.
pub(super) fn mirror(context: &Context, concurrency: usize) -> Outcome<Mirror> {
    let connection = Connection::of(context)?;
    let client = connection.client(context, concurrency)?;
    Mirror::new(client, catalogue::open(context)?).map_err(from_catalogue)
}

/// Options of a run as the settings say.
pub(super) fn options(context: &Context, dataset: Dataset) -> SyncOptions {
    let settings = &context.settings.finfo;
    SyncOptions::default()
        .dataset(dataset)
        .parallel(settings.suppliers_at_once)
        .pages(
            PageOptions::default()
                .page_size(settings.page_size)
                .ahead(settings.pages_ahead),
        )
        .holder(std::process::id(), host())
}

/// Runs the command.
pub(crate) fn run(context: &Context, args: &Sync) -> Outcome {
    let options = options(context, args.dataset)
        .suppliers(args.supplier.iter().copied())
        .wish(wish(args)?);
    if args.dry_run {
        return dry_run(context, &options);
    }
    let mirror = mirror(context, context.settings.finfo.pages_ahead)?;
    match bring(context, &mirror, &options)? {
        None => Ok(Exit::Interrupted),
        Some(report) => {
            tell(context, &report)?;
            Ok(exit(&report))
        }
    }
}

fn wish(args: &Sync) -> Outcome<Wish> {
    Ok(match (args.full, args.since, args.from, args.until) {
        (true, ..) => Wish::Full,
        (_, Some(since), ..) => Wish::Since(since),
        (_, _, Some(from), Some(until)) if from > until => {
            return Err(Failure::usage("the backfill ends before it begins")
                .hint("exchange --from and --until"));
        }
        (_, _, Some(from), Some(until)) => Wish::Backfill { from, until },
        _ => Wish::Follow,
    })
}

/// Runs a sync with its bars; `None` when the user stopped it.
pub(super) fn bring(
    context: &Context,
    mirror: &Mirror,
    options: &SyncOptions,
) -> Outcome<Option<SyncReport>> {
    let progress = Progress::new(&context.output);
    let run = async {
        tokio::select! {
            report = mirror.sync(options, &progress) => Some(report),
            () = interrupted() => None,
        }
    };
    let report = Context::runtime()?.block_on(run);
    progress.clear();
    match report {
        None => {
            context
                .output
                .warn(texts::finfo::interrupted(context.output.lang));
            Ok(None)
        }
        Some(report) => report.map(Some).map_err(not_run),
    }
}

/// A run that did not even begin: another one is at work, or the list of suppliers can't be had.
pub(super) fn not_run(error: Error) -> Failure {
    if error.kind() == ErrorKind::Held {
        return from_finfo(error, "another run is still going; nothing was asked for");
    }
    from_finfo(error, "the suppliers can't be read")
}

/// What a run did, in the form that was asked for.
pub(super) fn tell(context: &Context, report: &SyncReport) -> Outcome<()> {
    let output = &context.output;
    let lang = output.lang;
    match output.format {
        Format::Human => {
            for line in texts::finfo::news(lang, &report.news) {
                output.human(&line)?;
            }
            let heads = texts::finfo::sync_heads(lang);
            let sides = [
                Side::Left,
                Side::Left,
                Side::Right,
                Side::Right,
                Side::Right,
                Side::Right,
                Side::Right,
                Side::Right,
                Side::Left,
            ];
            let heads: Vec<_> = heads.into_iter().zip(sides).collect();
            let rows: Vec<_> = report
                .suppliers
                .iter()
                .map(|supplier| cells(context, supplier))
                .collect();
            output.data(&table(&heads, &rows))?;
            let tally = report.tally();
            if tally.set_aside > 0 {
                output.human(&texts::finfo::set_aside(lang, tally.set_aside))?;
            }
            let unnamed = report
                .suppliers
                .iter()
                .map(|supplier| supplier.unnamed)
                .sum();
            if unnamed > 0 {
                output.human(&texts::finfo::unnamed(lang, unnamed))?;
            }
            output.human(&texts::finfo::sync_sum(lang, report))?;
        }
        Format::Csv => {
            let mut text = csv_line(texts::finfo::sync_heads(finkit_tables::explain::Lang::En));
            for supplier in &report.suppliers {
                text.push_str(&csv_line(machine_cells(supplier)));
            }
            output.data(&text)?;
        }
        Format::Json => {
            for supplier in &report.suppliers {
                output.json("finfo-supplier", &SupplierLine::new(supplier))?;
            }
            output.json("finfo-sync", &SyncLine::new(report))?;
        }
    }
    for notice in &report.notices {
        output.note(&notice.to_string());
    }
    for supplier in &report.suppliers {
        if let Ending::Failed(error) = &supplier.ending {
            output.warn(&crate::failure::harmless(&chain(error)));
        }
    }
    Ok(())
}

/// An error and its causes on one line.
pub(super) fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let line = cause.to_string();
        if !text.contains(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        next = cause.source();
    }
    text
}

fn cells(context: &Context, report: &SupplierReport) -> Vec<String> {
    let lang = context.output.lang;
    let tally = report.tally;
    vec![
        report.supplier.to_string(),
        short(report.name.as_deref().unwrap_or(""), 30),
        lang.count(tally.new),
        lang.count(tally.changed),
        lang.count(tally.unchanged),
        lang.count(report.requests),
        lang.count(report.tokens),
        texts::finfo::seconds(report.elapsed),
        texts::finfo::ending(lang, &report.ending).to_owned(),
    ]
}

fn machine_cells(report: &SupplierReport) -> Vec<String> {
    vec![
        report.supplier.to_string(),
        report.name.clone().unwrap_or_default(),
        report.tally.new.to_string(),
        report.tally.changed.to_string(),
        report.tally.unchanged.to_string(),
        report.requests.to_string(),
        report.tokens.to_string(),
        format!("{:.3}", report.elapsed.as_secs_f64()),
        state(&report.ending).to_owned(),
    ]
}

fn state(ending: &Ending) -> &'static str {
    match ending {
        Ending::Complete(_) => "complete",
        Ending::Backfilled => "backfilled",
        Ending::Failed(_) => "failed",
        _ => "not-begun",
    }
}

#[derive(Serialize)]
struct SupplierLine<'a> {
    supplier: &'a str,
    name: Option<&'a str>,
    state: &'static str,
    complete_to: Option<String>,
    error: Option<String>,
    read: Option<&'static str>,
    resumed: bool,
    new: u64,
    changed: u64,
    unchanged: u64,
    set_aside: u64,
    unlisted: u64,
    removed: u64,
    unnamed: u64,
    read_again: u32,
    requests: u64,
    tokens: u64,
    seconds: f64,
}

impl<'a> SupplierLine<'a> {
    fn new(report: &'a SupplierReport) -> Self {
        let (complete_to, error) = match &report.ending {
            Ending::Complete(moment) => (Some(exact(*moment)), None),
            Ending::Failed(error) => (None, Some(chain(error))),
            _ => (None, None),
        };
        Self {
            supplier: report.supplier.as_str(),
            name: report.name.as_deref(),
            state: state(&report.ending),
            complete_to,
            error,
            read: report.span.map(|span| match span {
                WalkSpan::All => "everything",
                WalkSpan::Changed { .. } => "changes",
            }),
            resumed: report.resumed,
            new: report.tally.new,
            changed: report.tally.changed,
            unchanged: report.tally.unchanged,
            set_aside: report.tally.set_aside,
            unlisted: report.unlisted,
            removed: report.removed,
            unnamed: report.unnamed,
            read_again: report.again,
            requests: report.requests,
            tokens: report.tokens,
            seconds: report.elapsed.as_secs_f64(),
        }
    }
}

#[derive(Serialize)]
struct SyncLine {
    dataset: &'static str,
    started_at: String,
    suppliers: usize,
    complete: usize,
    appeared: Vec<String>,
    back: Vec<String>,
    gone: Vec<String>,
    new: u64,
    changed: u64,
    unchanged: u64,
    requests: u64,
    tokens: u64,
    seconds: f64,
    notices: Vec<String>,
}

impl SyncLine {
    fn new(report: &SyncReport) -> Self {
        let tally = report.tally();
        let ids =
            |ids: &[finkit_core::FinfoSupplierId]| ids.iter().map(ToString::to_string).collect();
        Self {
            dataset: report.dataset.as_str(),
            started_at: exact(report.started_at),
            suppliers: report.suppliers.len(),
            complete: report.suppliers.len() - report.unfinished().count(),
            appeared: ids(&report.news.appeared),
            back: ids(&report.news.back),
            gone: ids(&report.news.gone),
            new: tally.new,
            changed: tally.changed,
            unchanged: tally.unchanged,
            requests: report.requests,
            tokens: report.tokens,
            seconds: report.elapsed.as_secs_f64(),
            notices: report.notices.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The exit code of a run: 0 when all is complete; 1 when some suppliers failed and others did not; the code of the
/// failure when it concerns all, or when nothing succeeded.
pub(super) fn exit(report: &SyncReport) -> Exit {
    let failures = || {
        report
            .suppliers
            .iter()
            .filter_map(|supplier| match &supplier.ending {
                Ending::Failed(error) => Some(error),
                _ => None,
            })
    };
    if let Some(general) = failures().find(|error| error.is_general()) {
        return exit_of(general);
    }
    let good = report.suppliers.len() - report.unfinished().count();
    match failures().next() {
        None => Exit::Done,
        Some(_) if good > 0 => Exit::Findings,
        Some(first) => exit_of(first),
    }
}

fn dry_run(context: &Context, options: &SyncOptions) -> Outcome {
    // A catalogue that is not there yet is not made by a dry run.
    let connection = Connection::of(context)?;
    let client = connection.client(context, context.settings.finfo.pages_ahead)?;
    let mirror = match catalogue::look(context)? {
        Some(found) => Mirror::new(client, found),
        None => Mirror::new(client, MemoryCatalogue::new()),
    };
    let mirror = mirror.map_err(from_catalogue)?;
    let report = Context::runtime()?
        .block_on(mirror.dry_run(options))
        .map_err(not_run)?;
    let output = &context.output;
    let lang = output.lang;
    let mut worst = Exit::Done;
    for supplier in &report.suppliers {
        if let Err(error) = &supplier.rows {
            output.warn(&crate::failure::harmless(&chain(error)));
            worst = Exit::Findings;
        }
        output.json("finfo-plan", &PlanLine::new(supplier))?;
    }
    match output.format {
        Format::Human => {
            let heads = lang.pick(
                ["Lieferant", "Name", "gelesen würde", "Zeilen", "Anfragen"],
                ["supplier", "name", "would be read", "rows", "requests"],
            );
            let sides = [Side::Left, Side::Left, Side::Left, Side::Right, Side::Right];
            let heads: Vec<_> = heads.into_iter().zip(sides).collect();
            let count =
                |number: Option<u64>| number.map_or_else(|| "?".to_owned(), |n| lang.count(n));
            let cells: Vec<Vec<String>> = report
                .suppliers
                .iter()
                .map(|supplier| {
                    vec![
                        supplier.supplier.to_string(),
                        short(supplier.name.as_deref().unwrap_or(""), 30),
                        texts::finfo::span(lang, &supplier.span),
                        count(rows_of(supplier)),
                        count(supplier.requests),
                    ]
                })
                .collect();
            output.data(&table(&heads, &cells))?;
            output.human(&texts::finfo::dry_sum(
                lang,
                report.requests(),
                report.asked,
            ))?;
        }
        Format::Csv => {
            let number = |number: Option<u64>| number.map_or_else(String::new, |n| n.to_string());
            let mut text = csv_line(["supplier", "name", "span", "rows", "requests"]);
            for supplier in &report.suppliers {
                text.push_str(&csv_line([
                    supplier.supplier.to_string(),
                    supplier.name.clone().unwrap_or_default(),
                    supplier.span.to_string(),
                    number(rows_of(supplier)),
                    number(supplier.requests),
                ]));
            }
            output.data(&text)?;
        }
        Format::Json => output.json(
            "finfo-dry-run",
            &DryLine {
                requests: report.requests(),
                asked: report.asked,
            },
        )?,
    }
    Ok(worst)
}

fn rows_of(supplier: &DrySupplier) -> Option<u64> {
    supplier.rows.as_ref().ok().copied().flatten()
}

#[derive(Serialize)]
struct PlanLine<'a> {
    supplier: &'a str,
    name: Option<&'a str>,
    span: String,
    done: u64,
    rows: Option<u64>,
    requests: Option<u64>,
    error: Option<String>,
}

impl<'a> PlanLine<'a> {
    fn new(supplier: &'a DrySupplier) -> Self {
        Self {
            supplier: supplier.supplier.as_str(),
            name: supplier.name.as_deref(),
            span: supplier.span.to_string(),
            done: supplier.done,
            rows: rows_of(supplier),
            requests: supplier.requests,
            error: supplier.rows.as_ref().err().map(chain),
        }
    }
}

#[derive(Serialize)]
struct DryLine {
    requests: Option<u64>,
    asked: u64,
}
