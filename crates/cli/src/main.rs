//! The program `finkit`: arguments in, data on standard output, everything else on standard error.

mod args;
mod commands;
mod connect;
mod context;
mod exit;
mod failure;
mod home;
mod ledger;
mod lists;
mod logging;
mod output;
mod prompt;
mod secrets;
mod settings;
mod texts;

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
    match commands::run(cli) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(failure) => {
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
