//! The program `finkit`: arguments in, data on standard output, everything else on standard error.

mod args;
mod commands;
mod connect;
mod context;
mod exit;
mod failure;
mod finfo;
mod home;
mod ledger;
mod lists;
mod logging;
mod output;
mod prompt;
mod secrets;
mod settings;
mod texts;
mod watched;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no failure; clap knows which is which.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(exit::Exit::Usage.code())
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    logging::start(cli.global.verbose);
    std::panic::set_hook(Box::new(tell_panic));
    match std::panic::catch_unwind(|| commands::run(cli)) {
        Err(_) => ExitCode::from(exit::Exit::LocalState.code()),
        Ok(Ok(exit)) => ExitCode::from(exit.code()),
        Ok(Err(failure)) => {
            if !failure.is_silent() {
                eprint_failure(&failure);
            }
            ExitCode::from(failure.exit().code())
        }
    }
}

fn eprint_failure(failure: &failure::Failure) {
    use std::io::Write as _;
    // Nothing can be done when standard error has gone.
    let _ = std::io::stderr()
        .lock()
        .write_all(failure.render().as_bytes());
}

/// A panic is told by its place alone: what it says may hold anything, a password too.
fn tell_panic(panic: &std::panic::PanicHookInfo<'_>) {
    use std::io::Write as _;
    let place = panic
        .location()
        .map(|place| format!(" at {}:{}", place.file(), place.line()))
        .unwrap_or_default();
    let text = format!(
        "error: finkit has a fault of its own{place}\n\nhint: please report it with the command that was typed; \
         what was sent is in the ledger, and `finkit fincheck resume` settles it\n"
    );
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
