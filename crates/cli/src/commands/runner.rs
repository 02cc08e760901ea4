//! Running a job: plan shown, cost agreed to, progress drawn, Ctrl-C heard, and the summary told.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use finkit_core::RecordState;
use finkit_fincheck::submission::{
    BatchLimits, Ended, Job, JobId, JobKind, Options, PlanSummary, Progress, RowState, RunSummary,
    Service, Stop, Submission, Tally,
};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::runtime::Runtime;

use crate::args::fincheck::{Budget, Sending};
use crate::connect::{Connection, guard};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::{ledger, prompt, texts};

/// What a run needs besides its job.
pub(crate) struct Runner<'c> {
    pub(crate) context: &'c Context,
    pub(crate) connection: &'c Connection,
    pub(crate) submission: &'c Submission,
    pub(crate) runtime: &'c Runtime,
    pub(crate) options: Options,
}

/// How requests are made up and sent: flags, else settings.
pub(crate) fn options(context: &Context, sending: &Sending) -> Options {
    let fincheck = &context.settings.fincheck;
    let records = sending.batch_records.unwrap_or(fincheck.batch_records) as usize;
    let limits = BatchLimits {
        records: NonZeroUsize::new(records).unwrap_or(NonZeroUsize::MIN),
        bytes: sending.batch_bytes.unwrap_or(fincheck.batch_bytes),
    };
    let mut options = Options::default()
        .with_limits(limits)
        .with_concurrency(sending.concurrency.unwrap_or(fincheck.concurrency) as usize)
        .with_settle(Duration::from_secs(
            sending.settle.unwrap_or(fincheck.settle_seconds),
        ));
    options.longest_pause = Duration::from_secs(fincheck.max_retry_after_seconds);
    options
}

/// Whether a planned job is run.
pub(crate) enum Agreed {
    /// Run it.
    Yes,
    /// Nothing is to be sent, or nothing may be: the exit code.
    No(Exit),
}

impl Runner<'_> {
    /// Shows the plan and asks. A job that is not run leaves nothing behind.
    pub(crate) fn agree(
        &self,
        job: &Job,
        plan: &PlanSummary,
        budget: &Budget,
        fresh: bool,
    ) -> Outcome<Agreed> {
        let output = &self.context.output;
        let lang = output.lang;
        output.human(&texts::submission::plan(lang, job, plan))?;
        output.json("plan", &PlanLine::new(job, plan))?;
        if budget.dry_run {
            self.forget(job.id, fresh)?;
            output.human(lang.pick(
                "Probelauf: nichts wurde gesendet, nichts verrechnet.",
                "Dry run: nothing was sent, nothing billed.",
            ))?;
            return Ok(Agreed::No(Exit::Done));
        }
        if plan.to_send == 0 && plan.to_look_up == 0 {
            output.human(&texts::submission::nothing_to_do(lang, plan))?;
            return Ok(Agreed::No(exit_of_rows(&plan.tally, job.asked.kind)));
        }
        if budget.yes {
            return Ok(Agreed::Yes);
        }
        let question = texts::submission::question(lang, plan, job.asked.kind);
        let answer = prompt::confirm(
            &question,
            "give --yes to go on without a question, or --dry-run to see the plan only",
        );
        match answer {
            Ok(true) => Ok(Agreed::Yes),
            Ok(false) => {
                self.forget(job.id, fresh)?;
                output.human(lang.pick(
                    "Nichts wurde gesendet, nichts verrechnet.",
                    "Nothing was sent, nothing billed.",
                ))?;
                Ok(Agreed::No(Exit::Done))
            }
            Err(failure) => {
                self.forget(job.id, fresh)?;
                Err(failure)
            }
        }
    }

    fn forget(&self, job: JobId, fresh: bool) -> Outcome<()> {
        if fresh {
            self.runtime
                .block_on(self.submission.discard(job))
                .map_err(ledger::failure)?;
        }
        Ok(())
    }

    /// Runs the job to its end and tells what came of it.
    pub(crate) fn run(&self, job: &Job, total: u64, budget: &Budget) -> Outcome<RunSummary> {
        super::contract::before_billing(self.context, self.connection)?;
        let concurrency = self.options.concurrency.get();
        let transport = self
            .connection
            .transport(self.context, guard(budget), concurrency)?;
        let writer: Arc<dyn Service> = Arc::new(self.connection.writer(self.context, transport)?);
        let stop = Stop::new();
        let output = &self.context.output;
        let bar = bar(output, total);
        let lang = output.lang;
        let kind = job.asked.kind;
        let mut progress = |progress: &Progress| {
            bar.set_position(total.saturating_sub(progress.tally.open(kind)));
            bar.set_message(texts::submission::phase(lang, progress.phase));
        };
        let run = async {
            let listening = tokio::spawn(listen(stop.clone(), output.clone()));
            let summary = self
                .submission
                .run(writer, job.id, &self.options, &stop, &mut progress)
                .await;
            listening.abort();
            summary
        };
        let summary = self.runtime.block_on(run);
        bar.finish_and_clear();
        let summary = summary.map_err(ledger::failure)?;
        self.tell(job, &summary)?;
        Ok(summary)
    }

    fn tell(&self, job: &Job, summary: &RunSummary) -> Outcome<()> {
        let output = &self.context.output;
        let lang = output.lang;
        output.human(&format!(
            "\n{}",
            texts::submission::ended(lang, &summary.ended)
        ))?;
        output.human(texts::submission::tally(lang, job, &summary.tally).trim_end())?;
        output.human(&texts::submission::spent(lang, summary))?;
        if summary.duplicates > 0 {
            output.human(&texts::submission::duplicates(
                lang,
                summary.duplicates,
                job.id.0,
            ))?;
        }
        output.json("run", &RunLine::new(job, summary))
    }
}

/// Ctrl-C once: nothing more is sent. Twice: what is in flight is given up as unknown.
async fn listen(stop: Stop, output: Output) {
    let lang = output.lang;
    loop {
        interrupted().await;
        stop.request();
        output.warn(if stop.is_forced() {
            lang.pick("Sofortiger Abbruch: was unterwegs ist, wird als ungeklärt aufgeschrieben.", "Stopping at once: what is in flight is written down as unknown.")
        } else {
            lang.pick(
                "Anhalten: nichts mehr wird gesendet, auf Antworten wird gewartet (noch einmal Strg-C bricht sofort ab).",
                "Stopping: nothing more is sent, answers are waited for (Ctrl-C again stops at once).",
            )
        });
    }
}

/// Waits for Ctrl-C, or to be told to end.
#[cfg(unix)]
pub(crate) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn interrupted() {
    let _ = tokio::signal::ctrl_c().await;
}

fn bar(output: &Output, total: u64) -> ProgressBar {
    if !output.draws_progress() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar
}

/// The exit code of a run.
pub(crate) fn exit_of(summary: &RunSummary, kind: JobKind) -> Exit {
    match &summary.ended {
        Ended::Done => exit_of_rows(&summary.tally, kind),
        Ended::Stopped | Ended::Aborted => Exit::Interrupted,
        Ended::SpendingLimit { .. } | Ended::ComeBackLater { .. } => Exit::Limit,
        Ended::Login { .. } => Exit::Authentication,
        Ended::Refused { .. } => Exit::Refused,
        Ended::Local { .. } => Exit::LocalState,
        _ => Exit::Temporary,
    }
}

/// The exit code of rows that are settled: whatever somebody has to look at is a finding.
pub(crate) fn exit_of_rows(tally: &Tally, kind: JobKind) -> Exit {
    let fine = match kind {
        JobKind::Entry => [
            RecordState::Created,
            RecordState::AlreadyEntered,
            RecordState::Deleted,
        ],
        JobKind::Deletion => [
            RecordState::Deleted,
            RecordState::AlreadyEntered,
            RecordState::Deleted,
        ],
    };
    let fine = |state: RowState| fine.iter().any(|record| state == RowState::Record(*record));
    if tally.iter().all(|(state, _)| fine(state)) {
        Exit::Done
    } else {
        Exit::Findings
    }
}

/// Refuses what the run would only find out after the question.
pub(crate) fn check_before_asking(context: &Context, connection: &Connection) -> Outcome<()> {
    connection.refuse_reader(context)?;
    let username = Connection::username(context)?;
    connection.secrets.security_code(&username)?;
    super::contract::before_billing(context, connection)?;
    if connection.secrets.password(&username)?.is_none() {
        let transport =
            connection.transport(context, finkit_transport::SpendingGuard::unlimited(), 1)?;
        let status = Context::runtime()?.block_on(transport.token_status());
        if !status.is_ok_and(|status| status.usable) {
            return Err(Failure::new(
                Exit::Authentication,
                "there is neither a password nor a token; nothing was sent",
            )
            .hint("log in with `finkit fincheck login`, or set FINKIT_FINCHECK_PASSWORD"));
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct PlanLine<'a> {
    job: u64,
    kind: &'a str,
    list: &'a str,
    rows: u64,
    to_send: u64,
    requests: u64,
    records_per_request: usize,
    reads: u64,
    writes: u64,
    to_look_up: u64,
    look_up_reads: u64,
    states: std::collections::BTreeMap<&'static str, u64>,
}

impl<'a> PlanLine<'a> {
    fn new(job: &'a Job, plan: &PlanSummary) -> Self {
        Self {
            job: job.id.0,
            kind: job.asked.kind.name(),
            list: &job.asked.list,
            rows: plan.tally.total(),
            to_send: plan.to_send,
            requests: plan.requests,
            records_per_request: plan.batch,
            reads: plan.cost.reads,
            writes: plan.cost.writes,
            to_look_up: plan.to_look_up,
            look_up_reads: plan.look_up_reads,
            states: states(&plan.tally),
        }
    }
}

/// Rows by state, for machines.
pub(crate) fn states(tally: &Tally) -> std::collections::BTreeMap<&'static str, u64> {
    tally
        .iter()
        .map(|(state, rows)| (state.name(), rows))
        .collect()
}

#[derive(Serialize)]
struct RunLine<'a> {
    job: u64,
    kind: &'a str,
    ended: &'static str,
    reason: Option<&'a str>,
    rows: u64,
    states: std::collections::BTreeMap<&'static str, u64>,
    requests: u64,
    searches: u64,
    reads: u64,
    writes: u64,
    look_up_reads: u64,
    perhaps_reads: u64,
    perhaps_writes: u64,
    duplicates: u64,
}

impl<'a> RunLine<'a> {
    fn new(job: &'a Job, summary: &'a RunSummary) -> Self {
        Self {
            job: job.id.0,
            kind: job.asked.kind.name(),
            ended: match &summary.ended {
                Ended::Done => "done",
                Ended::Stopped => "stopped",
                Ended::Aborted => "aborted",
                Ended::UnknownInARow { .. } => "unknown-in-a-row",
                Ended::Unreachable { .. } => "unreachable",
                Ended::SpendingLimit { .. } => "spending-limit",
                Ended::ComeBackLater { .. } => "come-back-later",
                Ended::Login { .. } => "login",
                Ended::Refused { .. } => "refused",
                Ended::Local { .. } => "local",
                Ended::Unsettled { .. } => "unsettled",
                _ => "other",
            },
            reason: summary.ended.reason(),
            rows: summary.tally.total(),
            states: states(&summary.tally),
            requests: summary.requests,
            searches: summary.searches,
            reads: summary.spent.reads,
            writes: summary.spent.writes,
            look_up_reads: summary.look_up_reads,
            perhaps_reads: summary.perhaps.reads,
            perhaps_writes: summary.perhaps.writes,
            duplicates: summary.duplicates,
        }
    }
}
