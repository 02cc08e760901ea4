//! `finkit fincheck delete`: own entries, one or those of a list, journalled like entries.

use std::path::Path;

use finkit_core::{Period, Vin};
use finkit_fincheck::EntryFlags;
use finkit_fincheck::submission::{JobId, JobKind, NewJob, NewRow, Note, RequestShape};
use finkit_tables::{Purpose, Row, Severity};

use super::check;
use super::given::{Given, fingerprint};
use super::runner::{self, Runner};
use super::submit::{self, Ended, fill, to_end};
use crate::args::fincheck::{Delete, Sending};
use crate::connect::Connection;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::{ledger, lists, texts};

/// Runs the command.
pub(crate) fn run(context: &Context, args: &Delete) -> Outcome {
    let connection = Connection::of(context)?;
    connection.refuse_reader(context)?;
    let single = match (args.start, args.end) {
        (Some(start), Some(end)) => Some(target(args, start, end)?),
        _ => None,
    };
    runner::check_before_asking(context, &connection)?;
    let runtime = Context::runtime()?;
    let submission = ledger::open(context)?;
    let mut new = NewJob {
        kind: JobKind::Deletion,
        account: ledger::account(context, &connection.origin),
        participant: context.settings.fincheck.participant,
        list: context
            .output
            .lang
            .pick("einzelner Eintrag", "single entry")
            .to_owned(),
        fingerprint: None,
        flags: EntryFlags::default(),
        atomic: false,
        again: false,
        created_at: context.clock.now(),
    };
    let sending = Sending {
        batch_records: None,
        batch_bytes: None,
        concurrency: None,
        settle: None,
    };
    let options = runner::options(context, &sending);
    let runner = Runner {
        context,
        connection: &connection,
        submission: &submission,
        runtime: &runtime,
        options,
    };
    let job = match single {
        Some((fin, period)) => {
            new.fingerprint = Some(fingerprint(&[
                b"delete one",
                fin.as_str().as_bytes(),
                period.to_string().as_bytes(),
            ]));
            let unfinished = runtime
                .block_on(submission.unfinished(&new.account, new.fingerprint.as_deref()))
                .map_err(ledger::failure)?;
            if let Some(job) = unfinished {
                let lang = context.output.lang;
                context
                    .output
                    .note(&texts::submit::deletion_goes_on(lang, job.0));
                let ended = to_end(&runner, job, false, &args.budget)?;
                return tell(&runner, job, ended);
            }
            let rows = [Ok::<_, std::io::Error>(NewRow::target(1, fin, period))];
            let plan = runtime
                .block_on(submission.plan(
                    new,
                    rows,
                    &runner.options.limits,
                    RequestShape::of(&connection.contract),
                ))
                .map_err(ledger::failure)?;
            plan.job
        }
        None => {
            let path = Path::new(&args.target);
            if args.target != "-" && !path.exists() {
                return Err(
                    Failure::usage("that is neither a list nor a FIN with start and end")
                        .hint("give a list, or FIN START END such as WVW… 2026-01-01 2026-12-31"),
                );
            }
            let list = Given::read(path)?;
            let options = lists::options(
                &args.reading,
                context.settings.fincheck.zone,
                Purpose::Delete,
            )?;
            refuse_faults(context, args, &list, &options)?;
            new.list = list.name();
            new.fingerprint = Some(list.fingerprint(&format!("delete {options:?}"))?);
            let unfinished = runtime
                .block_on(submission.unfinished(&new.account, new.fingerprint.as_deref()))
                .map_err(ledger::failure)?;
            match unfinished {
                Some(job) => {
                    context
                        .output
                        .note(&texts::submit::goes_on(context.output.lang, job.0));
                    let ended = to_end(&runner, job, false, &args.budget)?;
                    return tell(&runner, job, ended);
                }
                None => fill(&runner, new, &list, &options, target_row)?,
            }
        }
    };
    let ended = to_end(&runner, job, true, &args.budget)?;
    tell(&runner, job, ended)
}

/// Tells entry by entry what the service deleted.
fn tell(runner: &Runner<'_>, job: JobId, ended: Ended) -> Outcome {
    let output = &runner.context.output;
    if !matches!(ended, Ended::Ran { .. }) {
        return Ok(ended.code());
    }
    let lang = output.lang;
    let mut failed = None;
    let told = runner
        .runtime
        .block_on(runner.submission.report(job, |row| {
            let (Some(note @ (Note::Removed { .. } | Note::NothingToDelete)), Some(entry)) =
                (&row.note, &row.row.entry)
            else {
                return Ok(());
            };
            let line = format!(
                "{} {}: {}: {}",
                lang.pick("Zeile", "Row"),
                row.row.number,
                entry.fin.masked(),
                texts::submission::note(lang, note)
            );
            output.human(&line).map_err(|failure| {
                failed = Some(failure);
                "standard output can't be written"
            })
        }));
    if let Some(failure) = failed {
        return Err(failure);
    }
    told.map_err(ledger::failure)?;
    Ok(ended.code())
}

fn target(
    args: &Delete,
    start: chrono::NaiveDate,
    end: chrono::NaiveDate,
) -> Outcome<(Vin, Period)> {
    let fin = Vin::parse(&args.target)
        .map_err(|error| {
            Failure::usage("that is no FIN")
                .caused_by(error)
                .hint("write FIN START END, such as WVW… 2026-01-01 2026-12-31")
        })?
        .vin;
    let period = Period::new(start, end).map_err(|error| {
        Failure::usage("that is no period of an entry")
            .caused_by(error)
            .hint("start and end lie in one calendar year, start first")
    })?;
    Ok((fin, period))
}

/// A list with faults deletes nothing: what a person meant is not certain.
fn refuse_faults(
    context: &Context,
    args: &Delete,
    list: &Given,
    options: &finkit_tables::ListOptions,
) -> Outcome<()> {
    let read = finkit_tables::read(list.source(), options)
        .map_err(|error| lists::unreadable(context.output.lang, list.path(), error))?;
    let faults: Vec<_> = read
        .faults()
        .filter(|fault| fault.severity == Severity::Fault)
        .cloned()
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    check::show_faults(&context.output, &faults, args.reading.show_fins)?;
    Err(Failure::usage("the list has faults; nothing was sent").hint("correct the list first"))
}

fn target_row(row: &Row) -> NewRow {
    match (row.fin, row.period) {
        (Some(fin), Some(period)) if row.is_sound() => NewRow::target(row.number, fin, period),
        _ => submit::faulty(row),
    }
}
