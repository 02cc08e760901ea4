//! `finkit reference`: the command reference as Markdown, made from the argument definitions.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};

use crate::args::Cli;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::Output;
use crate::settings::VARIABLES;

/// Prints the reference.
pub(crate) fn run() -> Outcome {
    use std::io::Write as _;
    let text = markdown();
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(Output::gone)?;
    Ok(Exit::Done)
}

fn markdown() -> String {
    let mut text = String::from(
        "# Command reference\n\nThis page is made from the program itself; `cargo xtask generate` writes it anew.\n",
    );
    text.push_str("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for exit in Exit::ALL {
        let _ = writeln!(text, "| {} | {} |", exit.code(), exit.meaning());
    }
    text.push_str("\n## Environment\n\n| variable | meaning |\n|---|---|\n");
    for (name, meaning) in VARIABLES {
        let _ = writeln!(text, "| `{name}` | {meaning} |");
    }
    let mut command = Cli::command().term_width(100);
    command.build();
    section(&mut text, &command, "finkit");
    text
}

fn section(text: &mut String, command: &Command, path: &str) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let mut command = command.clone().bin_name(path).display_name(path);
    let help = command.render_long_help().to_string();
    let help = help
        .lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n");
    let _ = write!(text, "\n## `{path}`\n\n```text\n{}\n```\n", help.trim());
    for sub in command.get_subcommands() {
        section(text, sub, &format!("{path} {}", sub.get_name()));
    }
}
