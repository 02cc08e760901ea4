//! `cargo xtask deny`: licences, sources, bans and advisories of all dependencies.
//!
//! cargo-deny is taken from `PATH` when it is there in the pinned version, else
//! built once below the target folder. The advisory database comes over the
//! network from a host of its own; where that host does not answer, the other
//! checks still count and a warning says what was left out.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::failure::{Failure, Naming as _, Outcome};
use crate::run::{self, Bounded};
use crate::workspace::Workspace;

/// The version that the configuration in deny.toml is written for.
const VERSION: &str = "0.20.2";

/// How long the advisory database may take to arrive.
const FETCH_LIMIT: Duration = Duration::from_secs(90);

pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let deny = provide(workspace)?;
    let command = |args: &[&str]| {
        let mut command = workspace.tool(&deny);
        // No question on the terminal where the host of the database wants a login.
        command.args(args).env("GIT_TERMINAL_PROMPT", "0");
        command
    };
    run::run(&mut command(&[
        "--locked",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))
    .map_err(|failure| {
        failure.with_remedy(
            "replace the dependency, or allow it in deny.toml with a comment that says why",
        )
    })?;

    match run::bounded(&mut command(&["--locked", "fetch", "db"]), FETCH_LIMIT)? {
        Bounded::Succeeded => run::run(&mut command(&[
            "--locked",
            "--offline",
            "check",
            "advisories",
        ]))
        .map_err(|failure| {
            failure.with_remedy(
                "update the named crate (`cargo update -p NAME`); where no fixed version exists, \
                 argue an exception in deny.toml with its date",
            )
        }),
        missing => {
            println!(
                "   warning: the advisory database {}; advisories are NOT checked in this run",
                if missing == Bounded::TimedOut {
                    "did not arrive in time"
                } else {
                    "cannot be fetched"
                }
            );
            Ok(())
        }
    }
}

/// The path of a cargo-deny of the pinned version, installed when there is none.
fn provide(workspace: &Workspace) -> Outcome<PathBuf> {
    if let Some(found) = run::find("cargo-deny")
        && is_pinned(&found)
    {
        return Ok(found);
    }
    let tools = std::env::var_os("XTASK_TOOLS")
        .map_or_else(|| workspace.target().join("tools"), PathBuf::from);
    let root = tools.join(format!("cargo-deny-{VERSION}"));
    let program = root.join("bin").join("cargo-deny");
    if is_pinned(&program) {
        return Ok(program);
    }
    println!(
        "   cargo-deny {VERSION} is not here yet: building it once into {}",
        root.display()
    );
    let build = tools.join("build");
    let mut install = workspace.tool("cargo");
    install
        .args(["install", "cargo-deny", "--version", VERSION, "--locked"])
        // Unoptimised it checks this workspace in about a second and builds far faster.
        .args(["--debug", "--no-track", "--root"])
        .arg(&root)
        .arg("--target-dir")
        .arg(&build)
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    run::run(&mut install).map_err(|failure| {
        failure.with_remedy(format!(
            "cargo-deny comes from crates.io once; where that cannot be reached, bring \
             `cargo install cargo-deny --version {VERSION} --locked` from a machine where it can, \
             or run the other steps alone"
        ))
    })?;
    if build.is_dir() {
        fs::remove_dir_all(&build).naming(build.display())?;
    }
    if is_pinned(&program) {
        Ok(program)
    } else {
        Err(Failure::new(format!(
            "cargo-deny was installed, but {} does not answer with version {VERSION}",
            program.display()
        )))
    }
}

fn is_pinned(program: &PathBuf) -> bool {
    program.is_file()
        && run::output(Command::new(program).arg("--version"))
            .is_ok_and(|said| said.trim() == format!("cargo-deny {VERSION}"))
}
