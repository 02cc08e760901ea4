//! `finkit completions` and `finkit man`, made from the argument definitions.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use clap::CommandFactory as _;
use clap::builder::PossibleValuesParser;
use finkit_finfo::operations::{Operation, Operations, Parameter};

use crate::args::{Cli, Global};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::finfo::document::stored;
use crate::output::Output;
use crate::settings::Settings;

/// Prints the completions of a shell.
///
/// Operations of Finfo's document and their parameters are among them, if the profile has stored one.
pub(crate) fn completions(shell: clap_complete::Shell, global: &Global) -> Outcome {
    let mut script = Vec::new();
    let mut command = Cli::command();
    // Without settings that can be read there is no document, which must keep nobody from the rest.
    if let Ok(Some((operations, _))) = Settings::load(global).and_then(|it| stored(&it)) {
        command = with_names(command, &operations);
    }
    clap_complete::generate(shell, &mut command, "finkit", &mut script);
    print(&script)
}

/// The command with the names of a document where they are typed.
fn with_names(command: clap::Command, operations: &Operations) -> clap::Command {
    // A name that a shell could take for more than a word is left out.
    let plain = |name: &&str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let callable = || {
        operations
            .all()
            .iter()
            .filter(|one| one.refusal().is_none())
    };
    let ids: BTreeSet<String> = callable()
        .map(Operation::id)
        .filter(plain)
        .map(str::to_owned)
        .collect();
    let names: BTreeSet<String> = callable()
        .flat_map(Operation::parameters)
        .map(Parameter::name)
        .filter(plain)
        .map(|name| format!("{name}="))
        .collect();
    // Kept until the program ends, which is at once.
    let known = |names: &BTreeSet<String>| {
        let names = names.iter().map(|name| &*name.clone().leak());
        PossibleValuesParser::new(names.collect::<Vec<&'static str>>())
    };
    command.mut_subcommand("finfo", |finfo| {
        finfo
            .mut_subcommand("call", |call| {
                call.mut_arg("path", |path| path.value_parser(known(&ids)))
                    .mut_arg("parameters", |given| given.value_parser(known(&names)))
            })
            .mut_subcommand("operations", |shown| {
                shown.mut_arg("operation", |operation| operation.value_parser(known(&ids)))
            })
    })
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
