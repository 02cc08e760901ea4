//! `cargo xtask`: the tasks of the workspace. `cargo xtask help` lists them.
//!
//! One file per task; what they share is `run` (other programs), `workspace`
//! (where things are), `failure` (what went wrong and what to do), `clock` and
//! `args`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task runner talks to its terminal"
)]

mod args;
mod bench;
mod boundaries;
mod browser;
mod ci;
mod clock;
mod crash;
mod debian;
mod deny;
mod failure;
mod fuzz;
mod generate;
mod lints;
mod oidc;
mod pages;
#[cfg(test)]
mod promises;
mod properties;
mod python;
mod run;
mod testing;
mod workspace;

use std::process::ExitCode;

use args::Args;
use failure::{Failure, Outcome};
use testing::Tally;
use workspace::Workspace;

/// Names and purposes of the tasks, in the order of `help`.
const TASKS: [(&str, &str); 16] = [
    ("ci", "every step below up to `test`, as CI runs them"),
    ("fmt", "is every file formatted?"),
    (
        "boundaries",
        "does the workspace stand as ARCHITECTURE.md says?",
    ),
    ("clippy", "no warning in any target, with every feature"),
    ("doc", "documentation builds without a warning"),
    (
        "deny",
        "licences, sources, bans and advisories of the dependencies",
    ),
    ("doctest", "the examples in the documentation   [-- FILTER]"),
    (
        "test",
        "all other tests, end to end ones included   [-- FILTER]",
    ),
    (
        "generate",
        "write the pages the program prints about itself   [--check]",
    ),
    (
        "bench",
        "programs side by side   NAME [options of the bench]",
    ),
    (
        "crash",
        "a list entered under SIGKILL at random moments   [--kills 500] [--seed N]",
    ),
    (
        "fuzz",
        "the fuzz targets, a while each   [--seconds 60] [TARGET]",
    ),
    (
        "properties",
        "the property and model tests with fresh seeds   [--rounds 10] [--seed N]",
    ),
    ("pages", "HTML pages in a real browser   FILE.html …"),
    ("oidc", "the token layer against a real OpenID provider"),
    ("help", "this list"),
];

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1).peekable();
    if words.peek().is_some_and(|word| word == "measure") {
        return bench::helper(words.skip(1));
    }
    let mut given = words.map(|word| word.to_string_lossy().into_owned());
    let task = given.next().unwrap_or_else(|| "help".to_owned());
    match dispatch(&task, Args::new(given)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nerror: {task}: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(task: &str, mut args: Args) -> Outcome {
    let mut workspace = Workspace::find()?;
    match task {
        "bench" => return bench::run(&workspace, args),
        "crash" => return crash::run(&workspace, args),
        "fuzz" => return fuzz::run(&workspace, args),
        "properties" => return properties::run(&workspace, args),
        "pages" => return pages::run(&workspace, args),
        "oidc" => return oidc::run(&workspace, args),
        _ => {}
    }
    let filter = args.after_dashes();
    let check = args.flag("--check");
    args.finish()?;
    let step = |step: fn(&Workspace) -> Outcome| ci::timed(task, || step(&workspace)).map(drop);
    match task {
        "ci" => ci::run(&mut workspace),
        "fmt" => step(lints::fmt),
        "boundaries" => step(boundaries::check),
        "clippy" => step(lints::clippy),
        "doc" => step(lints::doc),
        "deny" => step(deny::check),
        "doctest" => alone(|tally| testing::doctests(&workspace, tally, &filter)),
        "test" => alone(|tally| {
            testing::build(&workspace)?;
            testing::tests(&workspace, tally, &filter)
        }),
        "generate" => generate::generate(&workspace, check),
        "help" | "--help" | "-h" => {
            help();
            Ok(())
        }
        _ => {
            help();
            Err(Failure::new("there is no such task"))
        }
    }
}

fn alone(tests: impl FnOnce(&mut Tally) -> Outcome) -> Outcome {
    let mut tally = Tally::default();
    tests(&mut tally)?;
    tally.close()
}

fn help() {
    println!("usage: cargo xtask TASK\n");
    for (name, purpose) in TASKS {
        println!("  {name:<12}{purpose}");
    }
    println!("\nbenches:");
    for bench in bench::BENCHES {
        println!("  {:<12}{}", bench.name, bench.summary);
    }
}
