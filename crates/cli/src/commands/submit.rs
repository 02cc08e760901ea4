//! `finkit fincheck submit` and `resume`: check, plan, ask, enter, report.

use std::ops::ControlFlow;

use finkit_fincheck::EntryFlags;
use finkit_fincheck::submission::{
    Job, JobId, JobKind, NewJob, NewRow, Planning, RequestShape, RunSummary, Submission,
    SubmissionError,
};
use finkit_tables::{ListOptions, Purpose, Row, Severity};
use tokio::runtime::Runtime;

use super::given::Given;
use super::runner::{self, Agreed, Runner};
use super::{check, report};
use crate::args::fincheck::{Resume, Submit};
use crate::connect::Connection;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::{ledger, lists, texts};

/// Rows that a deletion's or an entry's list is turned into.
pub(crate) type ToRow = fn(&Row) -> NewRow;

/// Enters a list.
pub(crate) fn submit(context: &Context, args: &Submit) -> Outcome {
    let connection = Connection::of(context)?;
    connection.refuse_reader(context)?;
    let list = Given::read(&args.list)?;
    let options = lists::options(
        &args.reading,
        context.settings.fincheck.zone,
        Purpose::Entry,
    )?;
    report::refuse_existing(args.report.as_deref(), args.overwrite)?;

    // Free before paid: everything that can be known offline comes first.
    let checked = list
        .hashed_meanwhile(|| finkit_tables::check(list.source(), &options))
        .map_err(|error| lists::unreadable(context.settings.lang, &args.list, error))?;
    if !checked.is_clean() && !args.skip_faulty {
        check::show(&context.output, &checked, args.reading.show_fins, 20)?;
        return Err(Failure::usage("the list has faults; nothing was sent, nothing billed").hint(
            "correct the list, or give --skip-faulty to enter the sound rows and leave the others in the report",
        ));
    }
    runner::check_before_asking(context, &connection)?;

    let runtime = Context::runtime()?;
    let submission = ledger::open(context)?;
    let sending = runner::options(context, &args.sending);
    let runner = Runner {
        context,
        connection: &connection,
        submission: &submission,
        runtime: &runtime,
        options: sending,
    };
    let new = NewJob {
        kind: JobKind::Entry,
        account: ledger::account(context, &connection.origin),
        participant: context.settings.fincheck.participant,
        list: list.name(),
        fingerprint: Some(list.fingerprint(&format!(
            "{options:?}{}{}{}{}",
            args.partial, args.atomic, args.allow_overlap, args.again
        ))?),
        flags: EntryFlags {
            commit_on_overlapping_dates: args.allow_overlap,
            commit_on_partial_success: args.partial,
        },
        atomic: args.atomic,
        again: args.again,
        created_at: context.clock.now(),
    };
    let unfinished = runtime
        .block_on(submission.unfinished(&new.account, new.fingerprint.as_deref()))
        .map_err(ledger::failure)?;
    let (job, fresh) = match unfinished {
        // The same list again while its job is open: go on with that one.
        Some(job) => {
            context
                .output
                .note(&texts::submit::goes_on(context.output.lang, job.0));
            (job, false)
        }
        None => (fill(&runner, new, &list, &options, entry_row)?, true),
    };
    let exit = to_end(&runner, job, fresh, &args.budget)?;
    if let (Some(path), Ended::Ran { .. } | Ended::NothingToDo(_)) = (&args.report, &exit) {
        report::to_file(
            context,
            &submission,
            &runtime,
            job,
            path,
            args.reading.show_fins,
            Some((&list, &options)),
            args.overwrite,
        )?;
        context
            .output
            .human(&texts::submit::report_written(context.output.lang, path))?;
    }
    Ok(exit.code())
}

/// Goes on with a job.
pub(crate) fn resume(context: &Context, args: &Resume) -> Outcome {
    let connection = Connection::of(context)?;
    connection.refuse_reader(context)?;
    let runtime = Context::runtime()?;
    let submission = ledger::open(context)?;
    let account = ledger::account(context, &connection.origin);
    let job = match args.job {
        Some(job) => JobId(job),
        None => match runtime
            .block_on(submission.unfinished(&account, None))
            .map_err(ledger::failure)?
        {
            Some(job) => job,
            None => {
                context
                    .output
                    .human(texts::submit::nothing_open(context.output.lang))?;
                return Ok(Exit::Done);
            }
        },
    };
    let (found, _) = runtime
        .block_on(submission.job(job))
        .map_err(ledger::failure)?;
    if found.asked.account != account {
        return Err(Failure::usage(format!(
            "job {job} belongs to the profile `{}` at {}",
            found.asked.account.profile, found.asked.account.origin
        ))
        .hint(format!(
            "choose it with --profile {}",
            found.asked.account.profile
        )));
    }
    runner::check_before_asking(context, &connection)?;
    let options = runner::options(context, &args.sending);
    let runner = Runner {
        context,
        connection: &connection,
        submission: &submission,
        runtime: &runtime,
        options,
    };
    Ok(to_end(&runner, job, false, &args.budget)?.code())
}

/// How a job's run ended for this command.
pub(crate) enum Ended {
    /// It ran.
    Ran {
        /// What came of it.
        exit: Exit,
    },
    /// There was nothing to send; the job and its report stand.
    NothingToDo(Exit),
    /// It was not run and is forgotten.
    Not(Exit),
}

impl Ended {
    pub(crate) fn code(&self) -> Exit {
        match self {
            Ended::Ran { exit } | Ended::NothingToDo(exit) | Ended::Not(exit) => *exit,
        }
    }
}

/// Shows the plan, asks, and runs.
pub(crate) fn to_end(
    runner: &Runner<'_>,
    job: JobId,
    fresh: bool,
    budget: &crate::args::fincheck::Budget,
) -> Outcome<Ended> {
    let (found, _) = runner
        .runtime
        .block_on(runner.submission.job(job))
        .map_err(ledger::failure)?;
    let shape = RequestShape::of(&runner.connection.contract);
    let plan = runner
        .runtime
        .block_on(
            runner
                .submission
                .preview(job, &runner.options.limits, shape),
        )
        .map_err(|error| refuse(runner, job, fresh, error))?;
    match runner.agree(&found, &plan, budget, fresh)? {
        Agreed::No(exit) if plan.to_send == 0 && plan.to_look_up == 0 && !budget.dry_run => {
            Ok(Ended::NothingToDo(exit))
        }
        Agreed::No(exit) => Ok(Ended::Not(exit)),
        Agreed::Yes => {
            let summary: RunSummary = runner.run(&found, plan.to_send + plan.to_look_up, budget)?;
            Ok(Ended::Ran {
                exit: runner::exit_of(&summary, found.asked.kind),
            })
        }
    }
}

fn refuse(runner: &Runner<'_>, job: JobId, fresh: bool, error: SubmissionError) -> Failure {
    if fresh {
        // The refusal counts; a job that can't be removed now is removed by the next plan.
        let _ = runner.runtime.block_on(runner.submission.discard(job));
    }
    ledger::failure(error)
}

/// Streams a list into a new job; no job is left behind when the list can't be read to its end.
pub(crate) fn fill(
    runner: &Runner<'_>,
    new: NewJob,
    list: &Given,
    options: &ListOptions,
    to_row: ToRow,
) -> Outcome<JobId> {
    let Runner {
        context,
        runtime,
        submission,
        ..
    } = runner;
    let mut planning: Planning = runtime
        .block_on(submission.begin(new))
        .map_err(ledger::failure)?;
    let mut failed: Option<SubmissionError> = None;
    let visited = finkit_tables::visit_values(list.source(), options, |row| {
        if !planning.hold(to_row(&row)) {
            return ControlFlow::Continue(());
        }
        match runtime.block_on(planning.flush()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    let failure = match (visited, failed) {
        (_, Some(error)) => Some(ledger::failure(error)),
        (Err(error), None) => Some(lists::unreadable(context.settings.lang, list.path(), error)),
        (Ok(_), None) => None,
    };
    if let Some(failure) = failure {
        let _ = runtime.block_on(planning.abandon());
        return Err(failure);
    }
    let job = planning.job();
    runtime
        .block_on(planning.finish(
            &runner.options.limits,
            RequestShape::of(&runner.connection.contract),
        ))
        .map(|_| job)
        .map_err(ledger::failure)
}

/// A row of a list to be entered.
fn entry_row(row: &Row) -> NewRow {
    match row.record() {
        Some(record) => NewRow::record(row.number, record),
        None => faulty(row),
    }
}

/// A row that is no record, with the codes of what is wrong with it.
pub(crate) fn faulty(row: &Row) -> NewRow {
    let codes = row
        .faults
        .iter()
        .filter(|fault| fault.severity == Severity::Fault)
        .map(|fault| fault.kind.code().to_owned());
    NewRow::faulty(row.number, codes.collect())
}

/// A job that is being looked at.
pub(crate) fn find(
    runtime: &Runtime,
    submission: &Submission,
    job: u64,
) -> Outcome<(Job, finkit_fincheck::submission::Tally)> {
    runtime
        .block_on(submission.job(JobId(job)))
        .map_err(ledger::failure)
}
