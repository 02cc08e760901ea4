//! What submissions, jobs and their reports say.

use finkit_core::RecordState;
use finkit_fincheck::submission::{
    Cost, Ended, Job, JobKind, Note, NotedEntry, Phase, PlanSummary, RowRef, RowState, RunSummary,
    Tally,
};
use finkit_tables::explain::{Lang, visible_value};

use super::states;

/// Reads and writes in words.
pub(crate) fn cost(lang: Lang, cost: Cost) -> String {
    match lang {
        Lang::De => format!(
            "{} Lesezugriffe, {} Schreibzugriffe",
            lang.count(cost.reads),
            lang.count(cost.writes)
        ),
        Lang::En => format!(
            "{} reads, {} writes",
            lang.count(cost.reads),
            lang.count(cost.writes)
        ),
    }
}

/// Name of a row's state.
pub(crate) fn state_name(lang: Lang, kind: JobKind, state: RowState) -> &'static str {
    match (state, kind) {
        (RowState::Faulty, _) => lang.pick("fehlerhaft", "faulty"),
        (RowState::Withheld, _) => lang.pick("zurückgehalten", "withheld"),
        (RowState::Record(RecordState::Created), JobKind::Deletion) => {
            lang.pick("noch nicht gelöscht", "not deleted yet")
        }
        (RowState::Record(state), _) => states::name(lang, state),
    }
}

/// What a row's state means.
pub(crate) fn state_sentence(lang: Lang, kind: JobKind, state: RowState) -> &'static str {
    match (state, kind) {
        (RowState::Faulty, _) => lang.pick("Die Zeile ist kein gültiger Datensatz; sie wurde nie gesendet.", "The row is no sound record; it was never sent."),
        (RowState::Withheld, _) => lang.pick(
            "Gültig, aber mit Absicht nicht gesendet: doppelt oder überschneidend in der eigenen Liste oder mit eigenen Einträgen, in einem anderen Auftrag noch offen, oder aufgegeben.",
            "Sound, but not sent on purpose: double or overlapping within the own list or with own entries, still open in another job, or given up.",
        ),
        (RowState::Record(RecordState::Created), JobKind::Deletion) => lang.pick("Der Eintrag steht noch beim Dienst.", "The entry is still at the service."),
        (RowState::Record(RecordState::Deleted), JobKind::Deletion) => lang.pick(
            "Der Eintrag steht nicht mehr beim Dienst.",
            "The entry is no longer at the service.",
        ),
        (RowState::Record(state), _) => states::sentence(lang, state),
    }
}

/// What to do next about rows in a state.
pub(crate) fn state_next_step(lang: Lang, job: &Job, state: RowState) -> String {
    match (state, job.asked.kind) {
        (RowState::Faulty, JobKind::Deletion) => lang
            .pick(
                "In der Liste berichtigen und die Löschung noch einmal verlangen.",
                "Correct it in the list and ask for the deletion again.",
            )
            .to_owned(),
        (RowState::Faulty, JobKind::Entry) => lang
            .pick(
                "In der Liste berichtigen und die Liste noch einmal übergeben: Eingetragenes wird nicht wiederholt.",
                "Correct it in the list and submit the list again: what is entered is not repeated.",
            )
            .to_owned(),
        (RowState::Withheld, _) => match lang {
            Lang::De => format!(
                "Den Grund jeder Zeile nennt `finkit fincheck report {}`; zu tun ist nur etwas, wo er nicht zutrifft.",
                job.id
            ),
            Lang::En => format!(
                "`finkit fincheck report {}` gives the reason of each row; only where it is wrong there is something to do.",
                job.id
            ),
        },
        (RowState::Record(RecordState::Created), JobKind::Deletion) => match lang {
            Lang::De => format!(
                "Fortsetzen mit `finkit fincheck resume {0}`; lehnt der Dienst ab, nennt `finkit fincheck report {0}` den Grund.",
                job.id
            ),
            Lang::En => format!(
                "Go on with `finkit fincheck resume {0}`; if the service refuses, `finkit fincheck report {0}` gives the reason.",
                job.id
            ),
        },
        (RowState::Record(state), _) => states::next_step(lang, state, job.id.0),
    }
}

/// The rows of a job by state, a line each, with meaning and next step.
pub(crate) fn tally(lang: Lang, job: &Job, tally: &Tally) -> String {
    let kind = job.asked.kind;
    let width = tally
        .iter()
        .map(|(_, rows)| lang.count(rows).chars().count())
        .max()
        .unwrap_or(1);
    let mut text = String::new();
    for (state, rows) in tally.iter() {
        let number = lang.count(rows);
        let pad = " ".repeat(width - number.chars().count());
        text.push_str(&format!(
            "  {pad}{number}  {}: {}\n",
            state_name(lang, kind, state),
            state_sentence(lang, kind, state)
        ));
        let step = state_next_step(lang, job, state);
        text.push_str(&format!("  {}  → {step}\n", " ".repeat(width)));
    }
    let total = lang.count(tally.total());
    text.push_str(&match lang {
        Lang::De => format!("  {total} insgesamt; jede Zeile steht in genau einem Zustand.\n"),
        Lang::En => format!("  {total} in all; each row is in exactly one state.\n"),
    });
    text
}

/// The plan of an entry before anything is sent.
pub(crate) fn plan(lang: Lang, job: &Job, plan: &PlanSummary) -> String {
    let tally = &plan.tally;
    let mut lines = Vec::new();
    let skipped = |de: &str, en: &str, rows: u64| {
        (rows > 0).then(|| format!("  {}: {}", lang.pick(de, en), lang.count(rows)))
    };
    lines.push(match (lang, job.asked.kind) {
        (Lang::De, JobKind::Entry) => format!(
            "Plan (Auftrag {}): einzutragende Datensätze: {}; Anfragen: {}, zu höchstens {} Datensätzen",
            plan.job,
            lang.count(plan.to_send),
            lang.count(plan.requests),
            lang.count(plan.batch as u64)
        ),
        (Lang::En, JobKind::Entry) => format!(
            "Plan (job {}): records to enter: {}; requests: {}, of at most {} records",
            plan.job,
            lang.count(plan.to_send),
            lang.count(plan.requests),
            lang.count(plan.batch as u64)
        ),
        (Lang::De, JobKind::Deletion) => format!(
            "Plan (Auftrag {}): zu löschende Einträge: {}, einer je Anfrage",
            plan.job,
            lang.count(plan.to_send)
        ),
        (Lang::En, JobKind::Deletion) => format!(
            "Plan (job {}): entries to delete: {}, one per request",
            plan.job,
            lang.count(plan.to_send)
        ),
    });
    lines.extend(skipped(
        "nicht gesendet, weil fehlerhaft",
        "not sent because faulty",
        tally.of(RowState::Faulty),
    ));
    lines.extend(skipped(
        "zurückgehalten, weil doppelt, überschneidend oder anderswo offen",
        "withheld because double, overlapping, or open elsewhere",
        tally.of(RowState::Withheld),
    ));
    lines.extend(skipped(
        "schon eingetragen, ohne Kosten",
        "entered already, at no cost",
        tally.records(RecordState::AlreadyEntered),
    ));
    if plan.to_look_up > 0 {
        lines.push(match lang {
            Lang::De => format!(
                "  {} ungeklärte werden zuerst nachgesehen: höchstens {} Lesezugriffe",
                lang.count(plan.to_look_up),
                lang.count(plan.look_up_reads)
            ),
            Lang::En => format!(
                "  {} unknown ones are looked up first: at most {} reads",
                lang.count(plan.to_look_up),
                lang.count(plan.look_up_reads)
            ),
        });
    }
    if let Some(limit) = plan.learnt_limit {
        lines.push(match lang {
            Lang::De => format!(
                "  der Dienst nimmt höchstens {} Bytes je Anfrage",
                lang.count(limit)
            ),
            Lang::En => format!(
                "  the service takes at most {} bytes in a request",
                lang.count(limit)
            ),
        });
    }
    if job.asked.kind == JobKind::Entry && plan.to_send > 0 {
        let flags = job.asked.flags;
        lines.push(format!("  {}", if flags.commit_on_partial_success {
            lang.pick("Gültiges wird eingetragen, auch wenn anderes in derselben Anfrage scheitert (--partial)", "sound records are entered although others of the same request fail (--partial)")
        } else if plan.requests > 1 {
            lang.pick("alles oder nichts gilt je Anfrage, nicht für die ganze Liste", "all or nothing holds for each request, not for the whole list")
        } else {
            lang.pick("alles oder nichts", "all or nothing")
        }));
        if flags.commit_on_overlapping_dates {
            lines.push(format!("  {}", lang.pick("auch Überschneidendes wird eingetragen; das alarmiert andere Unternehmen (--allow-overlap)", "overlapping records are entered too; that alarms other companies (--allow-overlap)")));
        }
    }
    lines.push(format!(
        "{}: {}",
        lang.pick("Kosten", "Cost"),
        cost(lang, plan.cost)
    ));
    if job.asked.kind == JobKind::Deletion && plan.to_send > 0 {
        lines.push(
            lang.pick(
                "  (höchstens; der Betreiber nennt für Löschungen keinen Preis, gezählt wird je Anfrage ein Schreibzugriff)",
                "  (at most; the operator names no price for deletions, each request is counted as one write)",
            )
            .to_owned(),
        );
    }
    lines.join("\n")
}

/// The question before anything is billed.
pub(crate) fn question(lang: Lang, plan: &PlanSummary, kind: JobKind) -> String {
    match (lang, kind) {
        (Lang::De, JobKind::Entry) => {
            format!("Eintragen ({} Datensätze)? [j/N]", lang.count(plan.to_send))
        }
        (Lang::En, JobKind::Entry) => {
            format!("Enter them (records: {})? [y/N]", lang.count(plan.to_send))
        }
        (Lang::De, JobKind::Deletion) => {
            format!("Löschen (Einträge: {})? [j/N]", lang.count(plan.to_send))
        }
        (Lang::En, JobKind::Deletion) => {
            format!("Delete them (entries: {})? [y/N]", lang.count(plan.to_send))
        }
    }
}

/// Nothing is left to send.
pub(crate) fn nothing_to_do(lang: Lang, plan: &PlanSummary) -> String {
    let already = plan.tally.records(RecordState::AlreadyEntered);
    match lang {
        Lang::De if already > 0 => format!(
            "Nichts zu tun: {} Zeilen sind schon eingetragen. 0 Lesezugriffe, 0 Schreibzugriffe.",
            lang.count(already)
        ),
        Lang::En if already > 0 => format!(
            "Nothing to do: {} rows are entered already. 0 reads, 0 writes.",
            lang.count(already)
        ),
        Lang::De => "Nichts zu senden. 0 Lesezugriffe, 0 Schreibzugriffe.".to_owned(),
        Lang::En => "Nothing to send. 0 reads, 0 writes.".to_owned(),
    }
}

/// How a run ended.
pub(crate) fn ended(lang: Lang, ended: &Ended) -> String {
    let reason = ended
        .reason()
        .map(|reason| visible_value(reason).into_owned())
        .unwrap_or_default();
    match (lang, ended) {
        (Lang::De, Ended::Done) => "Fertig.".to_owned(),
        (Lang::En, Ended::Done) => "Done.".to_owned(),
        (Lang::De, Ended::Stopped) => {
            "Auf Wunsch angehalten; was unterwegs war, ist abgewartet und aufgeschrieben."
                .to_owned()
        }
        (Lang::En, Ended::Stopped) => {
            "Stopped on request; what was in flight was waited for and written down.".to_owned()
        }
        (Lang::De, Ended::Aborted) => {
            "Sofort angehalten; was unterwegs war, ist als ungeklärt aufgeschrieben.".to_owned()
        }
        (Lang::En, Ended::Aborted) => {
            "Stopped at once; what was in flight is written down as unknown.".to_owned()
        }
        (Lang::De, Ended::UnknownInARow { requests, .. }) => format!(
            "Angehalten: {requests} Anfragen hintereinander ohne verwertbare Antwort ({reason}). Erst klären, was beim Dienst los ist, dann fortsetzen."
        ),
        (Lang::En, Ended::UnknownInARow { requests, .. }) => format!(
            "Stopped: {requests} requests in a row without a usable answer ({reason}). Find out what is wrong at the service, then resume."
        ),
        (Lang::De, Ended::Unreachable { .. }) => {
            format!("Der Dienst ist nicht erreichbar: {reason}")
        }
        (Lang::En, Ended::Unreachable { .. }) => format!("The service can't be reached: {reason}"),
        (Lang::De, Ended::SpendingLimit { .. }) => {
            format!("Das eigene Limit ist erreicht: {reason}")
        }
        (Lang::En, Ended::SpendingLimit { .. }) => format!("The own limit is reached: {reason}"),
        (
            Lang::De,
            Ended::ComeBackLater {
                after: Some(after), ..
            },
        ) => format!(
            "Der Dienst bittet um eine Pause von {} s ({reason}).",
            after.as_secs()
        ),
        (
            Lang::En,
            Ended::ComeBackLater {
                after: Some(after), ..
            },
        ) => format!(
            "The service asks for a pause of {} s ({reason}).",
            after.as_secs()
        ),
        (Lang::De, Ended::ComeBackLater { after: None, .. }) => {
            format!("Der Dienst bittet um eine Pause ({reason}).")
        }
        (Lang::En, Ended::ComeBackLater { after: None, .. }) => {
            format!("The service asks for a pause ({reason}).")
        }
        (Lang::De, Ended::Login { .. }) => format!("Die Anmeldung gilt nicht: {reason}"),
        (Lang::En, Ended::Login { .. }) => format!("The login does not work: {reason}"),
        (Lang::De, Ended::Refused { .. }) => {
            format!("Der Dienst lehnt solche Anfragen ab: {reason}")
        }
        (Lang::En, Ended::Refused { .. }) => format!("The service refuses such requests: {reason}"),
        (Lang::De, Ended::Local { .. }) => {
            format!("Auf diesem Rechner steht etwas im Weg: {reason}")
        }
        (Lang::En, Ended::Local { .. }) => {
            format!("Something on this machine is in the way: {reason}")
        }
        (Lang::De, Ended::Unsettled { .. }) => format!("Einiges ist noch ungeklärt: {reason}"),
        (Lang::En, Ended::Unsettled { .. }) => format!("Some records are still unknown: {reason}"),
        (_, other) => other.to_string(),
    }
}

/// What the run cost.
pub(crate) fn spent(lang: Lang, summary: &RunSummary) -> String {
    let mut text = format!(
        "{}: {}",
        lang.pick("Verrechnet", "Billed"),
        cost(lang, summary.spent)
    );
    if summary.look_up_reads > 0 {
        text.push_str(&match lang {
            Lang::De => format!(
                ", davon {} Lesezugriffe zum Nachsehen",
                lang.count(summary.look_up_reads)
            ),
            Lang::En => format!(
                ", {} of the reads for looking up",
                lang.count(summary.look_up_reads)
            ),
        });
    }
    if summary.perhaps != Cost::default() {
        text.push_str(&format!(
            "; {}: {}",
            lang.pick("vielleicht dazu", "perhaps besides"),
            cost(lang, summary.perhaps)
        ));
    }
    let refused = summary.tally.records(RecordState::Overlapping)
        + summary.tally.records(RecordState::Rejected);
    if refused > 0 && summary.spent.writes > 0 {
        text.push_str(&match lang {
            Lang::De => format!(
                " (höchstens; für Abgelehntes, hier {}, zählt der Dienst vielleicht keinen Schreibzugriff)",
                lang.count(refused)
            ),
            Lang::En => format!(
                " (at most; for refused records, here {}, the service may count no write)",
                lang.count(refused)
            ),
        });
    }
    text
}

/// Rows of which the service has too many copies.
pub(crate) fn duplicates(lang: Lang, rows: u64, job: u64) -> String {
    match lang {
        Lang::De => format!(
            "{} Datensätze stehen öfter beim Dienst als verlangt; `finkit fincheck report {job}` nennt sie samt dem Befehl zum Löschen.",
            lang.count(rows)
        ),
        Lang::En => format!(
            "{} records are at the service more often than asked for; `finkit fincheck report {job}` names them and the command to delete.",
            lang.count(rows)
        ),
    }
}

/// What a run is doing.
pub(crate) fn phase(lang: Lang, phase: Phase) -> String {
    match phase {
        Phase::Sending => lang.pick("senden", "sending").to_owned(),
        Phase::LookingUp => lang.pick("nachsehen", "looking up").to_owned(),
        Phase::Waiting { pause } => {
            format!("{} {} s", lang.pick("warten", "waiting"), pause.as_secs())
        }
        _ => String::new(),
    }
}

fn row_of(lang: Lang, reference: RowRef) -> String {
    match lang {
        Lang::De => format!("Auftrag {}, Zeile {}", reference.job, reference.row),
        Lang::En => format!("job {}, row {}", reference.job, reference.row),
    }
}

/// One entry of the service.
fn entry(lang: Lang, entry: &NotedEntry) -> String {
    let period = format!(
        "{} – {}",
        lang.date(entry.period.start()),
        lang.date(entry.period.end())
    );
    let registered = visible_value(&entry.registered_at).into_owned();
    let whose = match (&entry.own, entry.same) {
        (Some(own), _) => row_of(lang, *own),
        (None, true) => lang
            .pick(
                "derselbe Datensatz, wohl mit einem anderen Programm eingetragen",
                "the same record, probably entered with another program",
            )
            .to_owned(),
        (None, false) => lang.pick("fremd", "another company's").to_owned(),
    };
    format!(
        "{period}, {} {registered} ({whose})",
        lang.pick("registriert", "registered")
    )
}

fn entries(lang: Lang, list: &[NotedEntry]) -> String {
    list.iter()
        .map(|item| entry(lang, item))
        .collect::<Vec<_>>()
        .join("; ")
}

/// A reason that the submission itself gave, in the language of the person; any other one as it stands.
fn reason_in(lang: Lang, reason: &str) -> String {
    const KNOWN: [(&str, &str); 7] = [
        (
            "the answer leaves this FIN out",
            "die Antwort lässt diese FIN aus",
        ),
        (
            "the answer leaves this record out",
            "die Antwort lässt diesen Datensatz aus",
        ),
        (
            "the service gave no reason",
            "der Dienst hat keinen Grund genannt",
        ),
        (
            "the service counts more entries than it names",
            "der Dienst zählt mehr Einträge, als er nennt",
        ),
        (
            "the service says that it deleted nothing",
            "der Dienst sagt, dass er nichts gelöscht hat",
        ),
        (
            "the service says that it deleted nothing, and the entry is still there",
            "der Dienst sagt, dass er nichts gelöscht hat, und der Eintrag ist noch da",
        ),
        (
            "given up on request while it was in flight",
            "auf Wunsch aufgegeben, während es unterwegs war",
        ),
    ];
    let known = KNOWN.iter().find(|(english, _)| *english == reason);
    match (lang, known) {
        (Lang::De, Some((_, german))) => (*german).to_owned(),
        _ => visible_value(reason).into_owned(),
    }
}

/// Why a row is in its state.
pub(crate) fn note(lang: Lang, note: &Note) -> String {
    match (lang, note) {
        (Lang::De, Note::Faults { codes }) => format!(
            "{}; `finkit fincheck check` erklärt es an der Liste",
            codes.join(", ")
        ),
        (Lang::En, Note::Faults { codes }) => format!(
            "{}; `finkit fincheck check` explains it in the list",
            codes.join(", ")
        ),
        (Lang::De, Note::DuplicateOfRow { row }) => format!("sagt dasselbe wie Zeile {row}"),
        (Lang::En, Note::DuplicateOfRow { row }) => format!("says the same as row {row}"),
        (Lang::De, Note::OverlapsRow { row }) => {
            format!("überschneidet sich mit Zeile {row} derselben Liste")
        }
        (Lang::En, Note::OverlapsRow { row }) => {
            format!("overlaps with row {row} of the same list")
        }
        (Lang::De, Note::OverlapsOwnEntry { entered, period }) => format!(
            "überschneidet sich mit dem eigenen Eintrag {} – {} ({})",
            lang.date(period.start()),
            lang.date(period.end()),
            row_of(lang, *entered)
        ),
        (Lang::En, Note::OverlapsOwnEntry { entered, period }) => format!(
            "overlaps with the own entry {} – {} ({})",
            lang.date(period.start()),
            lang.date(period.end()),
            row_of(lang, *entered)
        ),
        (Lang::De, Note::OpenElsewhere { open }) => format!(
            "ist noch offen in {}; zuerst `finkit fincheck resume {}`",
            row_of(lang, *open),
            open.job
        ),
        (Lang::En, Note::OpenElsewhere { open }) => format!(
            "is still open in {}; first `finkit fincheck resume {}`",
            row_of(lang, *open),
            open.job
        ),
        (Lang::De, Note::GivenUp) => "aufgegeben, nicht gesendet".to_owned(),
        (Lang::En, Note::GivenUp) => "given up, not sent".to_owned(),
        (Lang::De, Note::AlreadyEntered { entered }) => {
            format!("eingetragen in {}", row_of(lang, *entered))
        }
        (Lang::En, Note::AlreadyEntered { entered }) => {
            format!("entered in {}", row_of(lang, *entered))
        }
        (
            Lang::De,
            Note::Overlaps {
                entries: list,
                count,
            },
        ) => format!(
            "{} Einträge beim Dienst: {}",
            lang.count(*count),
            entries(lang, list)
        ),
        (
            Lang::En,
            Note::Overlaps {
                entries: list,
                count,
            },
        ) => format!(
            "{} entries at the service: {}",
            lang.count(*count),
            entries(lang, list)
        ),
        (_, Note::Refused { field, reason }) => match field {
            Some(field) => format!("{}: {}", visible_value(field), visible_value(reason)),
            None => reason_in(lang, reason),
        },
        (
            Lang::De,
            Note::AllOrNothing {
                because_of_row: Some(row),
            },
        ) => format!("alles oder nichts: Zeile {row} derselben Anfrage ist gescheitert"),
        (
            Lang::En,
            Note::AllOrNothing {
                because_of_row: Some(row),
            },
        ) => format!("all or nothing: row {row} of the same request failed"),
        (
            Lang::De,
            Note::AllOrNothing {
                because_of_row: None,
            },
        ) => "alles oder nichts: eine andere Zeile derselben Anfrage ist gescheitert".to_owned(),
        (
            Lang::En,
            Note::AllOrNothing {
                because_of_row: None,
            },
        ) => "all or nothing: another row of the same request failed".to_owned(),
        (Lang::De, Note::TooLarge) => "allein schon größer, als der Dienst annimmt".to_owned(),
        (Lang::En, Note::TooLarge) => "larger by itself than the service takes".to_owned(),
        (_, Note::Unsettled { reason }) => reason_in(lang, reason),
        (Lang::De, Note::Duplicate { copies, asked }) => {
            format!("steht {copies}-mal beim Dienst, verlangt war es {asked}-mal")
        }
        (Lang::En, Note::Duplicate { copies, asked }) => {
            format!("is at the service {copies} times, and was asked for {asked} times")
        }
        (Lang::De, Note::Removed { entries: list }) => format!("gelöscht: {}", entries(lang, list)),
        (Lang::En, Note::Removed { entries: list }) => format!("deleted: {}", entries(lang, list)),
        (Lang::De, Note::NothingToDelete) => {
            "der Dienst hat keinen solchen eigenen Eintrag".to_owned()
        }
        (Lang::En, Note::NothingToDelete) => "the service has no such entry of ours".to_owned(),
        (_, _) => lang
            .pick(
                "von einer neueren Version vermerkt",
                "noted by a newer version",
            )
            .to_owned(),
    }
}

/// Heading of a job.
pub(crate) fn job(lang: Lang, job: &Job) -> String {
    let kind = match job.asked.kind {
        JobKind::Entry => lang.pick("eintragen", "enter"),
        JobKind::Deletion => lang.pick("löschen", "delete"),
    };
    let when = job.asked.created_at.format("%Y-%m-%d %H:%M UTC");
    match lang {
        Lang::De => format!(
            "Auftrag {}: {} ({kind}), {when}, {} Zeilen",
            job.id,
            visible_value(&job.asked.list),
            lang.count(job.rows)
        ),
        Lang::En => format!(
            "Job {}: {} ({kind}), {when}, {} rows",
            job.id,
            visible_value(&job.asked.list),
            lang.count(job.rows)
        ),
    }
}

#[cfg(test)]
mod tests {
    use finkit_core::Participant;
    use finkit_fincheck::EntryFlags;
    use finkit_fincheck::submission::{Account, Job, JobId, JobKind, NewJob, RowState};
    use finkit_tables::explain::Lang;

    use super::{state_name, state_next_step, state_sentence};

    fn job(kind: JobKind) -> Job {
        Job {
            id: JobId(3),
            asked: NewJob {
                kind,
                account: Account {
                    profile: "default".to_owned(),
                    origin: "https://fincheck.example".to_owned(),
                },
                participant: Participant::Standard,
                list: "fleet.csv".to_owned(),
                fingerprint: None,
                flags: EntryFlags::default(),
                atomic: false,
                again: false,
                created_at: chrono::DateTime::UNIX_EPOCH,
            },
            open: true,
            rows: 1,
        }
    }

    #[test]
    fn every_state_has_a_name_a_sentence_and_a_next_step_in_both_languages() {
        for kind in [JobKind::Entry, JobKind::Deletion] {
            for state in RowState::all() {
                let texts = [Lang::De, Lang::En].map(|lang| {
                    [
                        state_name(lang, kind, state).to_owned(),
                        state_sentence(lang, kind, state).to_owned(),
                        state_next_step(lang, &job(kind), state),
                    ]
                });
                for (german, english) in texts[0].iter().zip(&texts[1]) {
                    assert!(!german.is_empty() && !english.is_empty(), "{state}");
                    assert_ne!(german, english, "{state}");
                }
                for text in texts.iter().flat_map(|texts| &texts[1..]) {
                    assert!(text.ends_with('.'), "{state}: {text}");
                }
            }
        }
    }

    #[test]
    fn a_deletion_is_never_told_to_be_entered_by_hand() {
        for state in RowState::all().filter(|state| state.name().starts_with("delet")) {
            let step = state_next_step(Lang::En, &job(JobKind::Deletion), state);
            assert!(!step.contains("enter"), "{step}");
        }
    }
}
