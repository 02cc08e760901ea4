//! `finkit demo`: the whole FINcheck job on a sample list, then Finfo from login to changes, against services in this process.

mod finfo;

use std::path::{Path, PathBuf};

use clap::Parser as _;
use finkit_core::Participant;
use finkit_sandbox::{Running, Sandbox};
use serde::Serialize;
use url::Url;

use crate::args::sandbox::Demo;
use crate::args::{Cli, Command};
use crate::connect::read_contract;
use crate::context::{Context, Given};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::texts;

/// The list that comes with the program.
const SAMPLE: &[u8] = include_bytes!("../../../../tests/data/fleet.csv");

/// Runs the demo.
pub(crate) fn run(context: &Context, args: &Demo) -> Outcome {
    let temporary;
    let folder: &Path = match &args.keep {
        Some(folder) => {
            Home::private_folder(folder)?;
            folder
        }
        None => {
            temporary = tempfile::Builder::new()
                .prefix("finkit-demo-")
                .tempdir()
                .map_err(|error| {
                    Failure::local("the demo has no folder to work in").caused_by(error)
                })?;
            temporary.path()
        }
    };
    let list = match &args.list {
        Some(list) => list.clone(),
        None => sample(folder)?,
    };
    let service = start(args)?;
    let code = service
        .registration_codes()
        .map_err(|error| {
            Failure::local("the local service has no registration code").caused_by(error)
        })?
        .into_iter()
        .find(|code| code.participant == Participant::Standard && !code.used)
        .ok_or_else(|| Failure::local("the local service has no registration code"))?;
    let mut stage = Stage {
        context: inner(context, args, folder, &service, code.code)?,
        list,
    };
    stage.play(&service)?;
    stage.play_finfo()?;
    Ok(Exit::Done)
}

fn start(args: &Demo) -> Outcome<Running> {
    let mut builder = Sandbox::builder().address("127.0.0.1:0").with_demo_data();
    if let Some(path) = &args.contract {
        builder = builder.contract(read_contract(path)?);
    }
    builder
        .start_blocking()
        .map_err(|error| Failure::local("the local service can't be started").caused_by(error))
}

fn sample(folder: &Path) -> Outcome<PathBuf> {
    let path = folder.join("fleet.csv");
    std::fs::write(&path, SAMPLE)
        .map_err(|error| Failure::local("the sample list can't be written").caused_by(error))?;
    Ok(path)
}

/// The surroundings of the demo: a home of its own, pointing at the local service.
fn inner(
    context: &Context,
    args: &Demo,
    folder: &Path,
    service: &Running,
    code: String,
) -> Outcome<Context> {
    let mut settings = context.settings.clone();
    settings.home = Home::at(folder);
    "demo".clone_into(&mut settings.profile);
    settings.fincheck.participant = Participant::Standard;
    settings.fincheck.username = Some("demo-company".to_owned());
    settings.fincheck.contract = args
        .contract
        .as_ref()
        .map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()));
    settings.fincheck.settle_seconds = 1;
    let url = Url::parse(&service.url())
        .map_err(|error| Failure::local("the local service has no address").caused_by(error))?;
    settings.fincheck.set_url(&url);
    let given = Given {
        password: Some("demo-password-1".to_owned()),
        security_code: None,
        registration_code: Some(code),
        ..Given::default()
    };
    Ok(Context::new(settings, context.output.clone(), given))
}

struct Stage {
    context: Context,
    list: PathBuf,
}

impl Stage {
    fn play(&mut self, service: &Running) -> Outcome<()> {
        let lang = self.context.output.lang;
        self.context
            .output
            .human(&texts::demo::intro(lang, &service.url()))?;
        let list = self.list.display().to_string();
        self.step(1, &["fincheck", "register"], &[Exit::Done])?;
        self.step(
            2,
            &["fincheck", "check", &list, "--first", "3"],
            &[Exit::Done, Exit::Findings],
        )?;
        self.step(
            3,
            &[
                "fincheck",
                "submit",
                &list,
                "--skip-faulty",
                "--partial",
                "--yes",
            ],
            &[Exit::Done, Exit::Findings],
        )?;
        let entered = service.entries().map_err(|error| {
            Failure::local("the local service can't be looked into").caused_by(error)
        })?;
        let own: Vec<_> = entered
            .iter()
            .filter(|entry| entry.participant == "demo-company")
            .collect();
        let Some(first) = own.first() else {
            return Err(Failure::local("nothing was entered"));
        };
        let (fin, start, end) = (
            first.fin.to_string(),
            first.start.to_string(),
            first.end.to_string(),
        );
        let year = start.chars().take(4).collect::<String>();
        let search = ["fincheck", "search", &fin, "--year", &year];
        self.step(4, &search, &[Exit::Findings])?;
        self.step(
            5,
            &["fincheck", "delete", &fin, &start, &end, "--yes"],
            &[Exit::Done],
        )?;
        self.step(6, &search, &[Exit::Done])?;
        self.step(
            7,
            &[
                "fincheck",
                "submit",
                &list,
                "--skip-faulty",
                "--partial",
                "--yes",
            ],
            &[Exit::Done, Exit::Findings],
        )?;
        self.step(8, &["fincheck", "usage"], &[Exit::Done])?;

        let counters = service
            .counters("demo-company")
            .map_err(|error| {
                Failure::local("the local service can't be looked into").caused_by(error)
            })?
            .unwrap_or_default();
        let left = service.entries().map_err(|error| {
            Failure::local("the local service can't be looked into").caused_by(error)
        })?;
        let result = Result {
            entries: left
                .iter()
                .filter(|entry| entry.participant == "demo-company")
                .count() as u64,
            reads: counters.reads,
            writes: counters.writes,
            token_requests: service.token_requests(),
        };
        self.context.output.human(&texts::demo::outro(
            lang,
            result.entries,
            result.reads,
            result.writes,
            result.token_requests,
        ))?;
        self.context.output.json("demo", &result)
    }

    /// Runs one command as a person would type it, and checks how it ends.
    fn step(&mut self, number: u32, arguments: &[&str], expected: &[Exit]) -> Outcome<()> {
        let lang = self.context.output.lang;
        let shown: Vec<_> = arguments.iter().map(|argument| short(argument)).collect();
        self.context.output.human(&format!(
            "\n── {number}. {}\n$ finkit {}\n",
            texts::demo::title(lang, number),
            shown.join(" ")
        ))?;
        let typed = ["finkit"].iter().chain(arguments);
        let cli = Cli::try_parse_from(typed)
            .map_err(|error| Failure::usage("the demo's own command is wrong").caused_by(error))?;
        let exit = match &cli.command {
            Command::Fincheck(command) => super::fincheck(&mut self.context, command)?,
            Command::Finfo(command) => super::finfo::run(&mut self.context, command)?,
            _ => return Err(Failure::usage("the demo's own command is wrong")),
        };
        if expected.contains(&exit) {
            return Ok(());
        }
        Err(Failure::local(format!(
            "step {number} of the demo ended with exit code {}",
            exit.code()
        )))
    }
}

/// The list by its file name: where the demo has put it matters to nobody.
fn short(argument: &str) -> String {
    let path = Path::new(argument);
    match path.file_name() {
        Some(name) if path.components().count() > 1 => name.to_string_lossy().into_owned(),
        _ => argument.to_owned(),
    }
}

#[derive(Serialize)]
struct Result {
    entries: u64,
    reads: u64,
    writes: u64,
    token_requests: u64,
}
