//! `finkit completions` and `finkit man`, made from the argument definitions.

use std::io::Write as _;
use std::path::Path;

use clap::CommandFactory as _;

use crate::args::Cli;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;

/// Prints the completions of a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "finkit", &mut script);
    print(&script)
}

/// Prints the manual page of the program, or writes one per command into a folder.
pub(crate) fn man(folder: Option<&Path>) -> Outcome {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command())
            .render(&mut page)
            .map_err(|error| Failure::local("the manual page can't be made").caused_by(error))?;
        return print(&page);
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .map_err(|error| {
            Failure::local(format!(
                "the manual pages can't be written into {}",
                folder.display()
            ))
            .caused_by(error)
        })?;
    Ok(Exit::Done)
}

fn print(bytes: &[u8]) -> Outcome {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(Output::gone)?;
    Ok(Exit::Done)
}
