//! `finkit fincheck contract`: the contract held against the service's OpenAPI document, or derived from it; and the look at that document
//! before the first billed call of a day.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use finkit_fincheck::contract::Contract;
use finkit_fincheck::openapi::{
    Adoption, Answers, Document, Line, MAX_BYTES, State, adopt, check, mark,
};
use finkit_transport::{HttpRequest, Limits, Operation, ReqwestService, Transport};
use serde::Serialize;
use url::Url;

use crate::args::contract::{Adopt, Check, Contract as Command};
use crate::connect::{Connection, from_transport, read_contract};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::prompt;
use crate::texts::contract as texts;

/// Runs the command.
pub(crate) fn run(context: &Context, command: &Command) -> Outcome {
    match command {
        Command::Check(args) => compare(context, args),
        Command::Adopt(args) => derive(context, args),
    }
}

fn compare(context: &Context, args: &Check) -> Outcome {
    let contract = match args
        .contract
        .as_deref()
        .or(context.settings.fincheck.contract.as_deref())
    {
        None => Contract::assumed(),
        Some(path) => read_contract(path)?,
    };
    let (document, _) = open(context, &args.source)?;
    let comparison = check(&document, &contract);
    let output = &context.output;
    let lang = output.lang;
    let width = comparison.lines.iter().map(|line| line.key.len()).max();
    for line in &comparison.lines {
        if args.differences && matches!(line.state, State::Same | State::Untold) {
            continue;
        }
        output.json("line", line)?;
        output.human(&row(lang, line, width.unwrap_or(0)))?;
    }
    let differences = comparison.differences().count();
    output.human(&format!(
        "\n{}",
        texts::compared(lang, &contract.name, differences)
    ))?;
    Ok(if differences == 0 {
        Exit::Done
    } else {
        Exit::Findings
    })
}

fn row(lang: finkit_tables::explain::Lang, line: &Line, width: usize) -> String {
    let mark = match line.state {
        State::Same => "=",
        State::Untold => "?",
        _ => "≠",
    };
    let mut text = format!(
        "{mark} {:width$}  {}",
        line.key,
        texts::state(lang, line.state)
    );
    if !line.contract.is_empty() {
        text += &format!("  {}", line.contract);
    }
    if !line.document.is_empty() {
        text += &format!(" → {}", line.document);
    }
    if !matches!(line.state, State::Same | State::Untold) {
        text += &format!("  ({})", line.at);
    }
    text
}

fn derive(context: &Context, args: &Adopt) -> Outcome {
    let out = match (&args.out, &context.settings.fincheck.contract) {
        (Some(path), _) | (None, Some(path)) => path.clone(),
        (None, None) => own_file(&context.settings.home, &context.settings.profile),
    };
    if out.exists() && !args.overwrite && !args.dry_run {
        return Err(Failure::usage(format!("{} exists already", out.display()))
            .hint("give --overwrite to replace it, or --out for another place"));
    }
    let mut answers = answers(args)?;
    let (document, address) = open(context, &args.source)?;
    let mut adoption = adopt(&document, &answers);
    let asks = context.output.is_human() && std::io::stdin().is_terminal();
    while asks && !adoption.questions.is_empty() {
        if !ask(context, &adoption, &mut answers)? {
            break;
        }
        adoption = adopt(&document, &answers);
    }
    tell(context, &adoption)?;
    let Some(mut contract) = adoption.contract else {
        return Err(Failure::usage(
            "no contract can be derived yet; nothing was written",
        )
        .hint(
            "settle the open questions with --answers FILE or --set KEY=VALUE; what no contract can say, the operator has to change",
        ));
    };
    contract.document.address = address.map(|url| url.to_string());
    contract.document.digest = Some(mark(&document, &contract));
    contract.document.date = Some(context.clock.now().date_naive());
    if args.dry_run {
        context.output.human(&format!("\n{contract}"))?;
        return Ok(Exit::Done);
    }
    write(&out, &args.source, &contract)?;
    let path = out.display().to_string();
    context.output.json("contract", &Written { path: &path })?;
    context
        .output
        .human(&format!("\n{}", texts::written(context.output.lang, &path)))?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Written<'a> {
    path: &'a str,
}

/// The contract file of a profile that names none.
pub(crate) fn own_file(home: &Home, profile: &str) -> PathBuf {
    home.config_folder()
        .join(format!("contract-{profile}.toml"))
}

fn answers(args: &Adopt) -> Outcome<Answers> {
    let mut answers = match &args.answers {
        None => Answers::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::usage(format!("{} can't be read", path.display())).caused_by(error)
            })?;
            Answers::from_toml(&text).map_err(|problem| {
                Failure::usage(format!("{} is no TOML", path.display())).caused_by(problem)
            })?
        }
    };
    for pair in &args.set {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Failure::usage(format!("--set {pair} has no value"))
                .hint("write --set KEY=VALUE, such as search.answer.found=known"));
        };
        answers.set(key.trim(), value.trim());
    }
    Ok(answers)
}

/// Asks every open question; `false` when the person stops.
fn ask(context: &Context, adoption: &Adoption, answers: &mut Answers) -> Outcome<bool> {
    let lang = context.output.lang;
    for question in &adoption.questions {
        let mut text = format!("\n{}\n  {}\n", question.problem, question.at);
        for (index, candidate) in question.candidates.iter().enumerate() {
            let lines: Vec<String> = candidate
                .lines
                .iter()
                .map(|(key, value)| format!("{key} = {value}"))
                .collect();
            text += &format!(
                "  {}  {}  ({})\n",
                index + 1,
                lines.join(", "),
                candidate.what
            );
        }
        context.output.warn(text.trim_end());
        let count = question.candidates.len();
        let Some(answer) = prompt::maybe_text(&texts::which(lang, count))? else {
            return Ok(false);
        };
        let chosen = answer
            .parse::<usize>()
            .ok()
            .and_then(|number| question.candidates.get(number.checked_sub(1)?));
        match chosen {
            Some(candidate) => {
                for (key, value) in &candidate.lines {
                    answers.set(key, value);
                }
            }
            None => answers.set(&question.key, &answer),
        }
    }
    Ok(true)
}

fn tell(context: &Context, adoption: &Adoption) -> Outcome<()> {
    let output = &context.output;
    let lang = output.lang;
    let width = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
    let keys = width(&mut adoption.choices.iter().map(|choice| choice.key.len()));
    let values = width(
        &mut adoption
            .choices
            .iter()
            .map(|choice| choice.value.len().min(40)),
    );
    for choice in &adoption.choices {
        output.json("choice", choice)?;
        output.human(&format!(
            "{:keys$}  {:values$}  {}: {}",
            choice.key,
            choice.value,
            texts::confidence(lang, choice.confidence),
            choice.reason
        ))?;
    }
    for question in &adoption.questions {
        output.json("question", question)?;
    }
    for obstacle in &adoption.obstacles {
        output.json("obstacle", obstacle)?;
    }
    if !adoption.questions.is_empty() {
        output.human(&format!(
            "\n{}\n\n{}",
            texts::open(lang, adoption.questions.len()),
            adoption.lines()
        ))?;
    }
    if !adoption.obstacles.is_empty() {
        output.human(&format!("\n{}", texts::obstacles(lang)))?;
        for obstacle in &adoption.obstacles {
            output.human(&format!(
                "  {}: {}  ({})",
                obstacle.key, obstacle.problem, obstacle.at
            ))?;
        }
    }
    Ok(())
}

/// Writes the contract beside its place and moves it there, so that nobody ever reads half of it.
fn write(path: &Path, source: &str, contract: &Contract) -> Outcome<()> {
    let failed = |error: std::io::Error| {
        Failure::local(format!("{} can't be written", path.display())).caused_by(error)
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.exists() {
        Home::private_folder(folder)?;
    }
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let source: String = source.chars().filter(|c| !c.is_control()).collect();
    write!(
        file,
        "# Derived by `finkit fincheck contract adopt` from {source}.\n# Every key may be corrected here; `finkit fincheck contract check` compares it with the document.\n{contract}"
    )
    .map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Reads the document from an address or a file; the address, when it was one.
fn open(context: &Context, source: &str) -> Outcome<(Document, Option<Url>)> {
    let (bytes, address) = bytes(context, source)?;
    let document = Document::read(&bytes).map_err(|error| {
        Failure::usage(format!("{source} can't be read as an OpenAPI document")).caused_by(error)
    })?;
    Ok((document, address))
}

/// The bytes of a document at an address or in a file, without a token; the address, when it was one.
pub(crate) fn bytes(context: &Context, source: &str) -> Outcome<(Vec<u8>, Option<Url>)> {
    let address = Url::parse(source)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"));
    let bytes = match &address {
        Some(url) => {
            match fetch(context, url)? {
                Fetched::Bytes(bytes) => bytes,
                Fetched::NotOffered(status) => {
                    return Err(Failure::usage(format!(
                    "there is no document at {source}: the answer is {status}"
                ))
                .hint("FastAPI offers it at /openapi.json; the operator may hand it out as a file"));
                }
            }
        }
        None => read(Path::new(source))?,
    };
    Ok((bytes, address))
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    let failed = |error: std::io::Error| {
        Failure::usage(format!("{} can't be read", path.display())).caused_by(error)
    };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    // One byte more than is read says that it is too long.
    file.take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(bytes)
}

enum Fetched {
    Bytes(Vec<u8>),
    NotOffered(u16),
}

/// Fetches a document: no token, no code, nothing billed.
fn fetch(context: &Context, url: &Url) -> Outcome<Fetched> {
    let mut request = HttpRequest::default();
    *request.uri_mut() = url
        .as_str()
        .parse()
        .map_err(|_| Failure::usage(format!("{url} is not an address that can be asked")))?;
    let transport = Transport::builder(Arc::new(ReqwestService::new()))
        .clock(Arc::clone(&context.clock))
        .limits(Limits::API.with_body(MAX_BYTES))
        .build();
    let answer = Context::runtime()?
        .block_on(transport.call(&Operation::read("document"), request))
        .map_err(|error| from_transport(error, "the service's document can't be fetched"))?;
    match answer.status().as_u16() {
        200..=299 => Ok(Fetched::Bytes(answer.into_body().to_vec())),
        status @ 400..=499 => Ok(Fetched::NotOffered(status)),
        status => Err(Failure::new(
            Exit::Temporary,
            format!("the service's document can't be fetched: the answer is {status}"),
        )
        .hint("run it again later; check_document = false in the settings turns this look off")),
    }
}

/// Before the first billed call of a day: stops when the part of the service's document that the contract uses has changed.
pub(crate) fn before_billing(context: &Context, connection: &Connection) -> Outcome<()> {
    let known = &connection.contract.document;
    let Some(digest) = &known.digest else {
        return Ok(()); // the contract comes from no document
    };
    if !context.settings.fincheck.check_document {
        return Ok(());
    }
    let home = &context.settings.home;
    let folder = home.profile_folder(&context.settings.profile);
    let file = folder.join("document-checked");
    let today = context.clock.now().date_naive();
    let note = format!("{today} {} {digest}\n", connection.url);
    if std::fs::read_to_string(&file).is_ok_and(|text| text == note) {
        return Ok(());
    }
    let address = address(connection, known.address.as_deref());
    match fetch(context, &address)? {
        Fetched::NotOffered(_) => {
            let lang = context.output.lang;
            context
                .output
                .note(&texts::not_offered(lang, address.as_str()));
        }
        Fetched::Bytes(bytes) => {
            let document =
                Document::read(&bytes).map_err(|error| changed(&address).caused_by(error))?;
            if mark(&document, &connection.contract) != *digest {
                let comparison = check(&document, &connection.contract);
                let places: Vec<String> = comparison
                    .differences()
                    .take(3)
                    .map(|line| format!("{} ({})", line.key, line.at))
                    .collect();
                return Err(changed(&address).caused_by(format!("see {}", places.join(", "))));
            }
        }
    }
    Home::private_folder(&folder)?;
    std::fs::write(&file, note).map_err(|error| {
        Failure::local(format!("{} can't be written", file.display())).caused_by(error)
    })
}

/// Where the service offers its document: where the contract came from if that is the same service, else where FastAPI has it.
fn address(connection: &Connection, known: Option<&str>) -> Url {
    let known = known
        .and_then(|text| Url::parse(text).ok())
        .filter(|url| url.origin() == connection.url.origin());
    known.unwrap_or_else(|| {
        let mut url = connection.url.clone();
        url.set_path(&format!(
            "{}/openapi.json",
            url.path().trim_end_matches('/')
        ));
        url.set_query(None);
        url.set_fragment(None);
        url
    })
}

fn changed(address: &Url) -> Failure {
    Failure::usage("the service's document has changed where the contract uses it; nothing was sent, nothing billed").hint(format!(
        "`finkit fincheck contract check {address}` shows what differs, `finkit fincheck contract adopt {address} --overwrite` derives the contract anew; check_document = false in the settings turns this look off"
    ))
}
