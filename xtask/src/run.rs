//! Starting other programs: shown, captured, or bounded in time.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::clock::{Stopwatch, pause};
use crate::failure::{Failure, Naming as _, Outcome};

/// Runs a command with its output shown, and fails when it does.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let shown = show(command);
    let status = status(command)?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("`{shown}` ended with {status}")))
    }
}

/// Runs a command with its output shown; its exit code is the caller's business.
pub(crate) fn status(command: &mut Command) -> Outcome<ExitStatus> {
    eprintln!("   $ {}", show(command));
    command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| cannot_start(command, &error))
}

/// Runs a command quietly and gives what it printed.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let done = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| cannot_start(command, &error))?;
    if done.status.success() {
        String::from_utf8(done.stdout).naming(format!("output of `{}`", show(command)))
    } else {
        Err(Failure::new(format!(
            "`{}` ended with {}\n{}",
            show(command),
            done.status,
            String::from_utf8_lossy(&done.stderr).trim_end()
        )))
    }
}

/// How a bounded run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bounded {
    Succeeded,
    Failed,
    /// The limit passed; the process was ended.
    TimedOut,
}

/// Runs a command with its output shown, for `limit` at most.
pub(crate) fn bounded(command: &mut Command, limit: Duration) -> Outcome<Bounded> {
    eprintln!("   $ {}   (at most {} s)", show(command), limit.as_secs());
    let mut child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| cannot_start(command, &error))?;
    let watch = Stopwatch::start();
    loop {
        if let Some(status) = child.try_wait().naming("waiting for a process")? {
            return Ok(if status.success() {
                Bounded::Succeeded
            } else {
                Bounded::Failed
            });
        }
        if watch.elapsed() > limit {
            // The whole group: a program that itself waits for another must not leave that behind.
            let group = i32::try_from(child.id()).naming("the id of a process")?;
            killpg(Pid::from_raw(group), Signal::SIGKILL).naming("ending a process")?;
            child.wait().naming("waiting for a process")?;
            return Ok(Bounded::TimedOut);
        }
        pause(Duration::from_millis(100));
    }
}

/// The path of a program on `PATH`, if it is there.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// The command as a person would type it.
pub(crate) fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let mut text = name.to_string_lossy().into_owned();
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        text.push(' ');
        if argument.is_empty() || argument.contains(char::is_whitespace) {
            text.push('\'');
            text.push_str(&argument);
            text.push('\'');
        } else {
            text.push_str(&argument);
        }
    }
    text
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot start `{}`: {error}", show(command)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_typed() {
        let mut command = Command::new("/some/where/cargo");
        command.args(["test", "two words", ""]);
        assert_eq!(show(&command), "cargo test 'two words' ''");
    }

    #[test]
    fn a_program_that_is_not_there_is_a_failure() {
        assert!(output(&mut Command::new("/no/such/program")).is_err());
        assert_eq!(find("no-such-program-on-any-machine"), None);
    }

    #[test]
    fn a_run_beyond_its_limit_is_ended() {
        let mut command = Command::new("tail");
        command.args(["-f", "/dev/null"]);
        let ended = bounded(&mut command, Duration::from_millis(1)).unwrap();
        assert_eq!(ended, Bounded::TimedOut);
        assert_eq!(
            bounded(&mut Command::new("true"), Duration::from_secs(60)).unwrap(),
            Bounded::Succeeded
        );
        assert_eq!(
            bounded(&mut Command::new("false"), Duration::from_secs(60)).unwrap(),
            Bounded::Failed
        );
    }
}
