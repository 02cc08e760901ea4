//! `finkit finfo verify`: the catalogue beside the service, and repairing what differs.

use finkit_finfo::{VerifyDepth, VerifySupplier, Wish};
use serde::Serialize;

use super::progress::Progress;
use super::sync::{bring, chain, mirror, not_run, options, tell};
use crate::args::finfo::Verify;
use crate::commands::runner::interrupted;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Outcome, harmless};
use crate::finfo::failure::exit_of;
use crate::finfo::output::{Side, short, table};
use crate::texts;

#[derive(Serialize)]
struct Line<'a> {
    supplier: &'a str,
    name: Option<&'a str>,
    agrees: bool,
    there: Option<u64>,
    here: u64,
    missing: u64,
    differing: u64,
    extra: u64,
    repeated: u64,
    first: Vec<String>,
    error: Option<String>,
}

impl<'a> Line<'a> {
    fn new(found: &'a VerifySupplier) -> Self {
        let keys = [&found.missing, &found.differing, &found.extra];
        Self {
            supplier: found.supplier.as_str(),
            name: found.name.as_deref(),
            agrees: found.agrees(),
            there: found.there,
            here: found.here,
            missing: found.missing.count,
            differing: found.differing.count,
            extra: found.extra.count,
            repeated: found.repeated,
            first: keys
                .into_iter()
                .flat_map(|found| &found.first)
                .map(ToString::to_string)
                .collect(),
            error: found.error.as_ref().map(chain),
        }
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, args: &Verify) -> Outcome {
    let output = &context.output;
    let lang = output.lang;
    let mirror = mirror(context, context.settings.finfo.pages_ahead)?;
    let options = options(context, args.dataset).suppliers(args.supplier.iter().copied());
    let depth = if args.rows {
        VerifyDepth::Rows
    } else {
        VerifyDepth::Counts
    };
    let progress = Progress::new(output);
    let compared = Context::runtime()?.block_on(async {
        tokio::select! {
            report = mirror.verify(&options, depth, &progress) => Some(report),
            () = interrupted() => None,
        }
    });
    progress.clear();
    let Some(report) = compared else {
        output.warn(texts::finfo::interrupted(lang));
        return Ok(Exit::Interrupted);
    };
    let report = report.map_err(not_run)?;
    let mut cells = Vec::new();
    for found in &report.suppliers {
        output.json("finfo-verify", &Line::new(found))?;
        let count = |number: u64| lang.count(number);
        cells.push(vec![
            found.supplier.to_string(),
            short(found.name.as_deref().unwrap_or(""), 30),
            found.there.map_or_else(|| "?".to_owned(), count),
            count(found.here),
            count(found.missing.count),
            count(found.differing.count),
            count(found.extra.count),
            match (&found.error, found.agrees()) {
                (Some(_), _) => lang.pick("gescheitert", "failed"),
                (None, true) => lang.pick("stimmt", "agrees"),
                (None, false) => lang.pick("weicht ab", "differs"),
            }
            .to_owned(),
        ]);
        if let Some(error) = &found.error {
            output.warn(&harmless(&chain(error)));
        }
    }
    if output.is_human() {
        let heads = lang.pick(
            [
                "Lieferant",
                "Name",
                "dort",
                "hier",
                "fehlen",
                "anders",
                "zu viel",
                "Ergebnis",
            ],
            [
                "supplier",
                "name",
                "there",
                "here",
                "missing",
                "differing",
                "extra",
                "result",
            ],
        );
        let sides = [
            Side::Left,
            Side::Left,
            Side::Right,
            Side::Right,
            Side::Right,
            Side::Right,
            Side::Right,
            Side::Left,
        ];
        let heads: Vec<_> = heads.into_iter().zip(sides).collect();
        output.data(&table(&heads, &cells))?;
    }
    if let Some(error) = report
        .suppliers
        .iter()
        .find_map(|found| found.error.as_ref())
    {
        return Ok(exit_of(error));
    }
    let differ: Vec<_> = report
        .suppliers
        .iter()
        .filter(|found| !found.agrees())
        .map(|found| found.supplier)
        .collect();
    if differ.is_empty() {
        return Ok(Exit::Done);
    }
    if !args.repair {
        output.human(lang.pick(
            "Was sich seit dem letzten Lauf beim Dienst geändert hat, weicht auch ab: erst `finkit finfo sync`, dann `finkit finfo verify --repair`.",
            "What changed at the service since the last run differs too: first `finkit finfo sync`, then `finkit finfo verify --repair`.",
        ))?;
        return Ok(Exit::Findings);
    }
    let options = options.suppliers(differ).wish(Wish::Full);
    match bring(context, &mirror, &options)? {
        None => Ok(Exit::Interrupted),
        Some(report) => {
            tell(context, &report)?;
            Ok(super::sync::exit(&report))
        }
    }
}
