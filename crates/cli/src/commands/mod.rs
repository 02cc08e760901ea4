//! One module per command; each takes what was typed and ends with an exit code.

mod account;
mod check;
mod completions;
pub(crate) mod contract;
mod delete;
mod demo;
mod doctor;
mod finfo;
mod given;
mod reference;
mod report;
mod runner;
mod sandbox;
mod search;
mod submit;

use crate::args::fincheck::Fincheck;
use crate::args::{Cli, Command};
use crate::context::{Context, Given};
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::settings::Settings;

/// Runs what was typed.
pub(crate) fn run(cli: Cli) -> Outcome {
    // These need no settings, so a broken settings file can't keep anybody from the help.
    match &cli.command {
        Command::Completions { shell } => return completions::completions(*shell, &cli.global),
        Command::Man { out } => return completions::man(out.as_deref()),
        Command::Reference => return reference::run(),
        _ => {}
    }
    let has_csv = matches!(
        &cli.command,
        Command::Fincheck(Fincheck::Check(_) | Fincheck::Search(_) | Fincheck::Report(_))
    ) || matches!(&cli.command, Command::Finfo(command) if finfo::has_csv(command));
    if cli.global.format == crate::args::Format::Csv && !has_csv {
        return Err(Failure::usage("this command has no CSV form").hint(
            "give --format json or human; check, search and report of fincheck have a CSV form, \
             and suppliers, sync, find and changes of finfo",
        ));
    }
    let settings = Settings::load(&cli.global)?;
    let output = Output::new(&cli.global, settings.lang);
    let mut context = Context::new(settings, output, Given::from_environment()?);
    match &cli.command {
        Command::Demo(args) => demo::run(&context, args),
        Command::Fincheck(command) => fincheck(&mut context, command),
        Command::Finfo(command) => finfo::run(&mut context, command),
        Command::Sandbox(args) => sandbox::run(&context, args),
        Command::Doctor(args) => doctor::run(&context, args),
        #[cfg(debug_assertions)]
        Command::Panic => panic!("{:?}", context.given.password),
        Command::Completions { .. } | Command::Man { .. } | Command::Reference => {
            Ok(crate::exit::Exit::Done)
        }
    }
}

/// Runs a command of `finkit fincheck`.
pub(crate) fn fincheck(context: &mut Context, command: &Fincheck) -> Outcome {
    match command {
        Fincheck::Register(args) => account::register(context, args),
        Fincheck::Login(args) => account::login(context, args),
        Fincheck::Logout(args) => account::logout(context, args),
        Fincheck::Status(args) => account::status(context, args),
        Fincheck::Check(args) => check::run(context, args),
        Fincheck::Search(args) => search::run(context, args),
        Fincheck::Submit(args) => submit::submit(context, args),
        Fincheck::Resume(args) => submit::resume(context, args),
        Fincheck::Jobs => report::jobs(context),
        Fincheck::Show(args) => report::show(context, args),
        Fincheck::Report(args) => report::report(context, args),
        Fincheck::Delete(args) => delete::run(context, args),
        Fincheck::Usage(args) => report::usage(context, args),
        Fincheck::Contract(command) => contract::run(context, command),
    }
}
