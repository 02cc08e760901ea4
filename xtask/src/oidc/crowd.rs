//! Many processes of the library's example `token`, all let go at the same moment.

use std::io::pipe;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::provider::{CLIENT, CLIENT_SECRET, Provider, USER};
use crate::failure::{Failure, Naming as _, Outcome};
use crate::run;
use crate::workspace::Workspace;

/// Builds the example and gives its path.
///
/// # Errors
/// When it does not build.
pub(super) fn build(workspace: &Workspace) -> Outcome<PathBuf> {
    let args = ["--package", "finkit-transport", "--example", "token"];
    run::run(&mut workspace.cargo("build", &args))?;
    let program = workspace.target().join("debug/examples/token");
    if program.is_file() {
        return Ok(program);
    }
    Err(Failure::new(format!("{} is not there", program.display()))
        .with_remedy("set CARGO_TARGET_DIR if cargo's configuration moves the target folder"))
}

/// What one process said before it ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    /// It got its page and ended with 0.
    pub(super) succeeded: bool,
    /// Its line, or whatever it printed instead.
    pub(super) said: String,
}

impl Run {
    fn of(code: Option<i32>, stdout: &[u8], stderr: &[u8]) -> Self {
        let said = [stdout, stderr].concat();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        let line: Value = serde_json::from_str(&said).unwrap_or(Value::Null);
        Self {
            succeeded: code == Some(0) && line["ok"] == true,
            said,
        }
    }

    /// How long the token still lived when the process ended.
    pub(super) fn token_ends_in(&self) -> Option<Duration> {
        let line: Value = serde_json::from_str(&self.said).ok()?;
        line["token_ends_in_ms"].as_u64().map(Duration::from_millis)
    }
}

/// The example with its account at one provider.
#[derive(Debug)]
pub(super) struct Crowd<'a> {
    pub(super) program: &'a Path,
    pub(super) provider: &'a Provider,
}

impl Crowd<'_> {
    /// One process for each vault, all let go at once; gives what each of them said.
    ///
    /// # Errors
    /// When a process cannot be started.
    pub(super) fn at_once(&self, vaults: &[PathBuf], password: &str) -> Outcome<Vec<Run>> {
        // All wait for the end of the same pipe, which comes when its only writer is dropped.
        let (gate, opener) = pipe().naming("a pipe")?;
        let mut children: Vec<Child> = Vec::new();
        for vault in vaults {
            let mut command = Command::new("sh");
            command
                .args(["-c", "read _; exec \"$0\" \"$@\""])
                .arg(self.program)
                .args(self.arguments())
                .arg(vault)
                .env("CLIENT_SECRET", CLIENT_SECRET)
                .env("PASSWORD", password)
                .stdin(gate.try_clone().naming("a pipe")?)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            children.push(command.spawn().naming("cannot start the example")?);
        }
        drop(opener);
        children
            .into_iter()
            .map(|child| {
                let done = child.wait_with_output().naming("waiting for the example")?;
                Ok(Run::of(done.status.code(), &done.stdout, &done.stderr))
            })
            .collect()
    }

    /// As many processes on one vault.
    ///
    /// # Errors
    /// As [`Crowd::at_once`].
    pub(super) fn sharing(&self, processes: usize, vault: &Path) -> Outcome<Vec<Run>> {
        let vaults = vec![vault.to_owned(); processes];
        self.at_once(&vaults, super::provider::PASSWORD)
    }

    fn arguments(&self) -> [String; 4] {
        let origin = self.provider.origin();
        [
            format!("{origin}{}", self.provider.token_path()),
            CLIENT.to_owned(),
            USER.to_owned(),
            format!("{origin}{}", self.provider.protected_path()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_needs_both_the_exit_code_and_the_line() {
        let line = br#"{"ok":true,"status":200,"token_ends_in_ms":1500}"#;
        let run = Run::of(Some(0), line, b"\n");
        assert!(run.succeeded);
        assert_eq!(run.token_ends_in(), Some(Duration::from_millis(1500)));
        assert!(!Run::of(Some(1), line, b"").succeeded);
        assert!(!Run::of(None, line, b"").succeeded);
        assert!(!Run::of(Some(0), br#"{"ok":false}"#, b"").succeeded);
        let panicked = Run::of(Some(101), b"", b"thread 'main' panicked");
        assert_eq!(panicked.said, "thread 'main' panicked");
        assert_eq!(panicked.token_ends_in(), None);
    }
}
