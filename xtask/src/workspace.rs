//! Where things are: the root, cargo, the target folder, the metadata.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::failure::{Failure, Naming as _, Outcome};
use crate::run;

/// The workspace that this program belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
    locked: bool,
}

impl Workspace {
    /// Finds the root from where cargo built this program.
    pub(crate) fn find() -> Outcome<Self> {
        let own = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = own
            .parent()
            .ok_or_else(|| Failure::new("the xtask folder has no parent"))?
            .to_owned();
        Ok(Self {
            root,
            locked: in_ci(),
        })
    }

    /// From here on no command may change `Cargo.lock`.
    pub(crate) fn lock(&mut self) {
        self.locked = true;
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.root.join(inside)
    }

    /// The folder that cargo writes to.
    pub(crate) fn target(&self) -> PathBuf {
        match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => self.root.join(folder),
            None => self.root.join("target"),
        }
    }

    /// A cargo command in the root; `--locked` where the lock file must not change.
    pub(crate) fn cargo<S: AsRef<OsStr>>(&self, task: &str, args: &[S]) -> Command {
        let mut command = self.tool("cargo");
        command.arg(task);
        if self.locked && matches!(task, "build" | "check" | "clippy" | "doc" | "test") {
            command.arg("--locked");
        }
        command.args(args);
        command
    }

    /// Any program, started in the root; `cargo` means the cargo that runs us.
    pub(crate) fn tool(&self, program: impl AsRef<OsStr>) -> Command {
        let program = program.as_ref();
        let mut command = if program == "cargo" {
            Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        } else {
            Command::new(program)
        };
        command.current_dir(&self.root);
        // `cargo xtask` hands these to its child; they describe xtask, not what is built here.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR" {
                command.env_remove(name);
            }
        }
        if in_ci() {
            command.env("CARGO_INCREMENTAL", "0");
        }
        command
    }

    /// `cargo metadata` of all members with every feature, for this machine's platform.
    pub(crate) fn metadata(&self) -> Outcome<Value> {
        let host = host_triple(self)?;
        let mut command = self.tool("cargo");
        command.args(["metadata", "--format-version", "1", "--all-features"]);
        command.args(["--filter-platform", &host]);
        if self.locked {
            command.arg("--locked");
        }
        let text = run::output(&mut command)?;
        serde_json::from_str(&text).naming("the answer of `cargo metadata` is not JSON")
    }

    /// Where cargo puts `finkit`.
    pub(crate) fn built(&self, release: bool) -> PathBuf {
        let profile = if release { "release" } else { "debug" };
        self.target().join(profile).join("finkit")
    }

    /// Builds `finkit` (release profile when asked) and gives its path.
    pub(crate) fn program(&self, release: bool) -> Outcome<PathBuf> {
        let mut args = vec!["--package", "finkit", "--bin", "finkit"];
        if release {
            args.push("--release");
        }
        run::run(&mut self.cargo("build", &args))?;
        let program = self.built(release);
        if program.is_file() {
            Ok(program)
        } else {
            Err(Failure::new(format!(
                "cargo built finkit, but {} is not there",
                program.display()
            ))
            .with_remedy("set CARGO_TARGET_DIR if cargo's configuration moves the target folder"))
        }
    }
}

/// True on a CI machine, by the variable all of them set.
pub(crate) fn in_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// The target triple that this machine compiles for by default.
pub(crate) fn host_triple(workspace: &Workspace) -> Outcome<String> {
    let text = run::output(workspace.tool(rustc()).arg("-vV"))?;
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| Failure::new("`rustc -vV` names no host"))
}

fn rustc() -> PathBuf {
    env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from)
}
