//! `finkit fincheck search`: billed look-ups of one FIN or a list.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write as _;
use std::path::Path;

use chrono::FixedOffset;
use finkit_core::{FoundEntry, Period, ReportedTime, Verdict, Vin};
use finkit_fincheck::submission::{Billed, Charge};
use finkit_fincheck::{Lookup, Reader};
use finkit_tables::explain::Lang;
use finkit_tables::write::{
    CsvStyle, CsvWriter, OtherEntry, Outcome as Fate, ReportHead, ReportKind, Reported, ResultRow,
    Whose,
};
use finkit_tables::{Purpose, Row, Severity};
use finkit_transport::Outcome as Sent;
use serde::Serialize;

use super::check;
use super::given::Given;
use crate::args::Format;
use crate::args::fincheck::Search;
use crate::connect::{self, Connection, guard};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::{ledger, lists, prompt, texts};

/// What is asked about one row.
struct Question {
    row: u64,
    fin: Vin,
    /// The period of the row, where it has one; else the whole year counts.
    period: Option<Period>,
    year: i32,
}

/// Runs the command.
pub(crate) fn run(context: &Context, args: &Search) -> Outcome {
    let connection = Connection::of(context)?;
    let path = Path::new(&args.target);
    let is_list = args.target == "-" || path.exists();
    let mut questions = if is_list {
        from_list(context, args, path)?
    } else {
        vec![from_fin(context, args)?]
    };

    // Every FIN is asked once per year, however many rows have it.
    let mut asked: BTreeMap<i32, BTreeSet<Vin>> = BTreeMap::new();
    for question in &questions {
        asked.entry(question.year).or_default().insert(question.fin);
    }
    let reads: u64 = asked.values().map(|fins| fins.len() as u64).sum();
    let output = &context.output;
    let lang = output.lang;
    if is_list || args.budget.dry_run {
        output.human(&texts::search::plan(lang, questions.len() as u64, reads))?;
    }
    if args.budget.dry_run {
        output.json(
            "plan",
            &Plan {
                rows: questions.len() as u64,
                reads,
                writes: 0,
            },
        )?;
        output.human(lang.pick(
            "Probelauf: nichts wurde gesendet, nichts verrechnet.",
            "Dry run: nothing was sent, nothing billed.",
        ))?;
        return Ok(Exit::Done);
    }
    if reads == 0 {
        output.human(lang.pick("Nichts abzufragen.", "Nothing to look up."))?;
        return Ok(Exit::Done);
    }
    if is_list && !args.budget.yes {
        let question = texts::search::question(lang, reads);
        if !prompt::confirm(
            &question,
            "give --yes to go on without a question, or --dry-run to see the cost only",
        )? {
            output.human(lang.pick(
                "Nichts wurde gesendet, nichts verrechnet.",
                "Nothing was sent, nothing billed.",
            ))?;
            return Ok(Exit::Done);
        }
    }

    super::contract::before_billing(context, &connection)?;
    let concurrency = context.settings.fincheck.concurrency as usize;
    let reader =
        connection.reader(connection.transport(context, guard(&args.budget), concurrency)?);
    let (answers, failed) = look_up(context, &connection, &reader, &asked, args.batch as usize)?;
    match failed {
        None => show(context, args, &questions, &answers),
        Some(failure) => {
            questions.retain(|question| answers.contains_key(&(question.year, question.fin)));
            if !questions.is_empty() {
                show(context, args, &questions, &answers)?;
            }
            Err(failure)
        }
    }
}

fn from_fin(context: &Context, args: &Search) -> Outcome<Question> {
    let Some(year) = lists::year(&args.reading)? else {
        return Err(Failure::usage(
            "a single FIN is looked up in a calendar year, and none is given",
        )
        .hint("give --year, such as --year 2026"));
    };
    let parsed = Vin::parse(&args.target).map_err(|error| {
        let lang = context.output.lang;
        Failure::usage(texts::search::no_fin(lang))
            .caused_by(error)
            .hint(lang.pick(
                "ist eine Liste gemeint, den Pfad prüfen",
                "if a list is meant, look at its path",
            ))
    })?;
    Ok(Question {
        row: 1,
        fin: parsed.vin,
        period: None,
        year,
    })
}

fn from_list(context: &Context, args: &Search, path: &Path) -> Outcome<Vec<Question>> {
    let list = Given::read(path)?;
    let options = lists::options(
        &args.reading,
        context.settings.fincheck.zone,
        Purpose::Search,
    )?;
    let lang = context.output.lang;
    let read = finkit_tables::read(list.source(), &options)
        .map_err(|error| lists::unreadable(lang, path, error))?;
    let faults: Vec<_> = read
        .faults()
        .filter(|fault| fault.severity == Severity::Fault)
        .cloned()
        .collect();
    if !faults.is_empty() {
        check::show_faults(&context.output, &faults, args.reading.show_fins)?;
        return Err(
            Failure::usage("the list has faults; nothing was sent, nothing billed")
                .hint("correct the list first"),
        );
    }
    read.rows
        .iter()
        .filter_map(|row| question(args, row).transpose())
        .collect()
}

fn question(args: &Search, row: &Row) -> Outcome<Option<Question>> {
    let Some(fin) = row.fin else { return Ok(None) };
    let year = row.period.map(|period| period.year()).or(args.reading.year);
    match year {
        Some(year) => Ok(Some(Question {
            row: row.number,
            fin,
            period: row.period,
            year,
        })),
        None => Err(Failure::usage(format!(
            "row {} has no period, and no year is given",
            row.number
        ))
        .hint("give --year, such as --year 2026")),
    }
}

type Answers = HashMap<(i32, Vin), Lookup>;

/// Looks up in batches; what was billed is written into the ledger, also when a batch fails.
fn look_up(
    context: &Context,
    connection: &Connection,
    reader: &Reader,
    asked: &BTreeMap<i32, BTreeSet<Vin>>,
    batch: usize,
) -> Outcome<(Answers, Option<Failure>)> {
    let runtime = Context::runtime()?;
    let submission = ledger::open(context)?;
    let mut answers = Answers::new();
    for (year, fins) in asked {
        let fins: Vec<Vin> = fins.iter().copied().collect();
        for batch in fins.chunks(batch.max(1)) {
            let answer = runtime.block_on(async {
                match batch {
                    [fin] => reader
                        .search(*fin, *year)
                        .await
                        .map(|lookup| vec![(*fin, lookup)]),
                    many => reader
                        .bulk_search(many, *year)
                        .await
                        .map(|answer| answer.fins),
                }
            });
            let billed = match &answer {
                Ok(_) => Billed::Yes,
                Err(error) if error.outcome() == Sent::Unknown => Billed::Unknown,
                Err(_) => Billed::No,
            };
            let charge = Charge {
                account: ledger::account(context, &connection.origin),
                at: context.clock.now(),
                reads: batch.len() as u64,
                writes: 0,
                billed,
            };
            runtime
                .block_on(submission.charge(charge))
                .map_err(ledger::failure)?;
            let answer = match answer {
                Ok(answer) => answer,
                // What was paid for is shown before it is told what failed.
                Err(error) => {
                    let failure = connect::from_fincheck(error, "the look-up failed");
                    return Ok((answers, Some(failure)));
                }
            };
            answers.extend(
                answer
                    .into_iter()
                    .map(|(fin, lookup)| ((*year, fin), lookup)),
            );
        }
    }
    Ok((answers, None))
}

fn show(context: &Context, args: &Search, questions: &[Question], answers: &Answers) -> Outcome {
    let output = &context.output;
    let lang = output.lang;
    let show_fins = args.reading.show_fins;
    let mut counts = Counts::default();
    let mut csv = match output.format {
        Format::Csv => Some(
            CsvWriter::new(
                Vec::new(),
                head(context, args, show_fins),
                CsvStyle::excel(lang).plain(),
            )
            .map_err(unwritable)?,
        ),
        _ => None,
    };
    for question in questions {
        let lookup = answers.get(&(question.year, question.fin));
        let (verdict, entries, why) = judge(question, lookup);
        counts.add(verdict);
        let fin = if show_fins {
            question.fin.to_string()
        } else {
            question.fin.masked().to_string()
        };
        if let Some(csv) = &mut csv {
            csv.row(&result(lang, question, verdict, &entries, why))
                .map_err(unwritable)?;
            continue;
        }
        output.human(&texts::search::line(
            lang,
            question.row,
            questions.len() > 1,
            &fin,
            question.year,
            question.period.as_ref(),
            verdict,
            &entries,
            why,
        ))?;
        output.json("search", &Line::new(question, &fin, verdict, &entries, why))?;
    }
    if let Some(csv) = csv {
        let (bytes, _) = csv.finish().map_err(unwritable)?;
        let mut out = std::io::stdout().lock();
        out.write_all(&bytes)
            .and_then(|()| out.flush())
            .map_err(crate::output::Output::gone)?;
    }
    if questions.len() > 1 {
        output.human(&texts::search::totals(
            lang,
            counts.free,
            counts.taken,
            counts.unknown,
        ))?;
    }
    output.json(
        "search-summary",
        &Summary {
            free: counts.free,
            taken: counts.taken,
            unknown: counts.unknown,
            reads: answers.len() as u64,
        },
    )?;
    Ok(if counts.taken + counts.unknown == 0 {
        Exit::Done
    } else {
        Exit::Findings
    })
}

/// The verdict for a row: over its period, or over the whole year.
fn judge<'a>(
    question: &Question,
    lookup: Option<&'a Lookup>,
) -> (Verdict, Vec<FoundEntry>, Option<&'a str>) {
    match lookup {
        None => (
            Verdict::Unknown,
            Vec::new(),
            Some("the answer leaves this FIN out"),
        ),
        Some(Lookup::Unknown(why)) => (Verdict::Unknown, Vec::new(), Some(why)),
        Some(Lookup::Free) => (Verdict::Free, Vec::new(), None),
        Some(Lookup::Found(found)) => {
            let verdict = match question.period {
                Some(period) => Verdict::for_period(&period, Some(found)),
                None => Verdict::Taken,
            };
            (verdict, found.entries.clone(), None)
        }
    }
}

fn head(context: &Context, args: &Search, show_fins: bool) -> ReportHead {
    ReportHead {
        lang: context.output.lang,
        kind: ReportKind::Search,
        list_name: args.target.clone(),
        job: None,
        created_at: FixedOffset::east_opt(0).map_or_else(Default::default, |zone| {
            context.clock.now().with_timezone(&zone)
        }),
        show_fins,
        notes: Vec::new(),
        carried: Vec::new(),
    }
}

fn result(
    lang: Lang,
    question: &Question,
    verdict: Verdict,
    entries: &[FoundEntry],
    why: Option<&str>,
) -> ResultRow {
    let fate = match verdict {
        Verdict::Free => Fate::Free,
        Verdict::Taken => Fate::Taken,
        Verdict::Unknown => Fate::Unknown,
    };
    let mut row = ResultRow::new(question.row, fate);
    row.fin = Reported::Known(question.fin);
    row.start = question.period.map(|period| period.start()).into();
    row.end = question.period.map(|period| period.end()).into();
    row.reason = why
        .map(|why| texts::search::why(lang, why))
        .unwrap_or_default();
    row.others = entries
        .iter()
        .map(|entry| OtherEntry {
            whose: Whose::Unattributed,
            period: entry.period,
            registered_at: Some(entry.registered_at),
        })
        .collect();
    row
}

fn unwritable(error: finkit_tables::write::WriteError) -> Failure {
    Failure::local("the result can't be written").caused_by(error)
}

#[derive(Default)]
struct Counts {
    free: u64,
    taken: u64,
    unknown: u64,
}

impl Counts {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Free => self.free += 1,
            Verdict::Taken => self.taken += 1,
            Verdict::Unknown => self.unknown += 1,
        }
    }
}

#[derive(Serialize)]
struct Plan {
    rows: u64,
    reads: u64,
    writes: u64,
}

#[derive(Serialize)]
struct Summary {
    free: u64,
    taken: u64,
    unknown: u64,
    reads: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    row: u64,
    fin: &'a str,
    year: i32,
    start: Option<String>,
    end: Option<String>,
    verdict: &'a str,
    entries: Vec<EntryLine>,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct EntryLine {
    start: String,
    end: String,
    registered_at: String,
}

impl<'a> Line<'a> {
    fn new(
        question: &Question,
        fin: &'a str,
        verdict: Verdict,
        entries: &[FoundEntry],
        reason: Option<&'a str>,
    ) -> Self {
        Self {
            row: question.row,
            fin,
            year: question.year,
            start: question.period.map(|period| period.start().to_string()),
            end: question.period.map(|period| period.end().to_string()),
            verdict: verdict.as_str(),
            entries: entries.iter().map(EntryLine::from).collect(),
            reason,
        }
    }
}

impl From<&FoundEntry> for EntryLine {
    fn from(entry: &FoundEntry) -> Self {
        let registered: &ReportedTime = &entry.registered_at;
        Self {
            start: entry.period.start().to_string(),
            end: entry.period.end().to_string(),
            registered_at: registered.to_string(),
        }
    }
}
