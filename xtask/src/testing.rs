//! The test steps: run cargo's tests, show their output as it comes, and count.
//!
//! The counts are the sum over all `test result:` lines. The last of these lines
//! is held back until everything else has been said, so that the output ends with
//! the test runner's own summary and the sum over all runners.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use crate::failure::{Failure, Naming as _, Outcome};
use crate::run::show;
use crate::workspace::Workspace;

/// How many tests passed, failed and were left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Counts {
    /// Reads one line of a test runner; `None` when it is no summary.
    fn of_line(line: &str) -> Option<Self> {
        let rest = line.trim_start().strip_prefix("test result: ")?;
        let (_, figures) = rest.split_once(". ")?;
        let mut counts = Self::default();
        for part in figures.split(';') {
            let Some((number, what)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match what {
                "passed" => counts.passed = number,
                "failed" => counts.failed = number,
                "ignored" => counts.skipped = number,
                _ => {}
            }
        }
        Some(counts)
    }

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// The plain closing line.
    fn line(self) -> String {
        let mut line = format!("{} passed, {} failed", self.passed, self.failed);
        if self.skipped > 0 {
            line.push_str(&format!(", {} skipped", self.skipped));
        }
        line
    }
}

/// Counts of several test commands, and the summary line not shown yet.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: Counts,
    held: Option<String>,
    broken: Vec<String>,
}

impl Tally {
    /// Shows `line`, or holds it back when it is a summary.
    fn take(&mut self, line: &str, out: &mut impl std::io::Write) -> std::io::Result<()> {
        if let Some(counts) = Counts::of_line(line) {
            self.release(out)?;
            self.counts.add(counts);
            self.held = Some(line.to_owned());
            return Ok(());
        }
        if self.held.is_some() {
            if line.trim().is_empty() {
                return Ok(());
            }
            self.release(out)?;
        }
        writeln!(out, "{line}")
    }

    fn release(&mut self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        match self.held.take() {
            None => Ok(()),
            Some(held) => writeln!(out, "{held}\n"),
        }
    }

    /// Runs one test command and takes in what it prints.
    pub(crate) fn run(&mut self, command: &mut Command) -> Outcome {
        eprintln!("   $ {}", show(command));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .naming(format!("cannot start `{}`", show(command)))?;
        let lines = child
            .stdout
            .take()
            .ok_or_else(|| Failure::new("the test runner has no output"))?;
        let mut reader = BufReader::new(lines);
        let mut out = std::io::stdout().lock();
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line);
            if read.naming("reading the test runner's output")? == 0 {
                break;
            }
            let text = String::from_utf8_lossy(&line);
            self.take(text.trim_end_matches(['\n', '\r']), &mut out)
                .naming("writing to standard output")?;
        }
        out.flush().naming("writing to standard output")?;
        let status = child.wait().naming("waiting for the test runner")?;
        if !status.success() {
            self.broken
                .push(format!("`{}` ended with {status}", show(command)));
        }
        Ok(())
    }

    /// Says the last summary and the sum, and judges the whole.
    ///
    /// # Errors
    /// When a test failed, a runner broke, or there was no test at all.
    pub(crate) fn close(self) -> Outcome {
        self.close_to(&mut std::io::stdout().lock())
    }

    fn close_to(mut self, out: &mut impl std::io::Write) -> Outcome {
        if let Some(held) = self.held.take() {
            writeln!(out, "\n{held}").naming("writing to standard output")?;
        }
        let mut counts = self.counts;
        if counts.failed == 0 && !self.broken.is_empty() {
            // A runner that died before its summary has not passed.
            counts.failed = u64::try_from(self.broken.len()).unwrap_or(u64::MAX);
        }
        writeln!(out, "\n{}", counts.line()).naming("writing to standard output")?;
        if !self.broken.is_empty() {
            return Err(Failure::new(self.broken.join("\n")).with_remedy(
                "the failures stand above under `failures:`; run one alone with \
                 `cargo test -p CRATE NAME`",
            ));
        }
        if counts.passed == 0 {
            return Err(Failure::new("no test ran")
                .with_remedy("check the filter after `--`; a run without a test proves nothing"));
        }
        Ok(())
    }

    pub(crate) fn any_failed(&self) -> bool {
        !self.broken.is_empty() || self.counts.failed > 0
    }
}

/// All doctests of the workspace.
pub(crate) fn doctests(workspace: &Workspace, tally: &mut Tally, filter: &[String]) -> Outcome {
    let mut command = workspace.cargo("test", &["--workspace", "--all-features", "--doc"]);
    tally.run(command.arg("--no-fail-fast").arg("--").args(filter))
}

/// What the tests are built from and run with: one selection, so that nothing is compiled
/// twice. Examples are checked by clippy and run by nobody here.
const TARGETS: [&str; 5] = [
    "--workspace",
    "--all-features",
    "--lib",
    "--bins",
    "--tests",
];

/// The variable that says where proptest's cases come from, and what it says unless it is set: a test that fails by
/// chance says nothing about the change it fails. `cargo xtask properties` draws new cases.
pub(crate) const SEED: &str = "PROPTEST_RNG_SEED";
const EVERY_TIME: &str = "20261121";

/// Builds all tests, and the program that the end-to-end tests run.
pub(crate) fn build(workspace: &Workspace) -> Outcome {
    crate::run::run(&mut workspace.cargo("build", &TARGETS))
}

/// All other tests; [`build`] comes first.
pub(crate) fn tests(workspace: &Workspace, tally: &mut Tally, filter: &[String]) -> Outcome {
    let mut command = workspace.cargo("test", &TARGETS);
    // The end-to-end tests run this very program instead of building one with other features.
    command.env("FINKIT_BIN", workspace.built(false));
    if std::env::var_os(SEED).is_none() {
        command.env(SEED, EVERY_TIME);
    }
    tally.run(command.arg("--no-fail-fast").arg("--").args(filter))
}

/// These property tests, with the cases that come of a seed.
pub(crate) fn seeded(
    workspace: &Workspace,
    tally: &mut Tally,
    seed: u64,
    names: &[String],
) -> Outcome {
    let mut command = workspace.cargo("test", &TARGETS);
    command.env(SEED, seed.to_string());
    tally.run(
        command
            .args(["--no-fail-fast", "--quiet", "--"])
            .args(names),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &str = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s";
    const BAD: &str = "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";

    fn fed(lines: &[&str]) -> (Tally, String) {
        let mut tally = Tally::default();
        let mut out = Vec::new();
        for line in lines {
            tally.take(line, &mut out).unwrap();
        }
        (tally, String::from_utf8(out).unwrap())
    }

    #[test]
    fn summaries_are_added_up() {
        let (tally, _) = fed(&["running 4 tests", OK, "", "running 6 tests", BAD]);
        assert_eq!(tally.counts.line(), "7 passed, 2 failed, 1 skipped");
        assert!(tally.any_failed());
    }

    #[test]
    fn the_last_summary_is_held_back() {
        let (tally, shown) = fed(&["running 4 tests", OK, "", "running 6 tests", BAD, ""]);
        assert_eq!(shown, format!("running 4 tests\n{OK}\n\nrunning 6 tests\n"));
        assert_eq!(tally.held.as_deref(), Some(BAD));
    }

    #[test]
    fn other_lines_are_no_summaries() {
        assert_eq!(Counts::of_line("test result of something"), None);
        assert_eq!(Counts::of_line("all tests: 3 passed"), None);
    }

    #[test]
    fn the_output_ends_with_the_last_summary_and_the_sum() {
        let mut out = Vec::new();
        fed(&[OK, BAD, ""]).0.close_to(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, format!("\n{BAD}\n\n7 passed, 2 failed, 1 skipped\n"));
    }

    #[test]
    fn a_run_without_tests_or_with_a_broken_runner_fails() {
        let mut out = Vec::new();
        assert!(Tally::default().close_to(&mut out).is_err());
        let mut broken = fed(&[OK]).0;
        broken
            .broken
            .push("`cargo test` ended with signal 9".into());
        assert!(broken.close_to(&mut out).is_err());
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.ends_with("\n3 passed, 1 failed, 1 skipped\n"),
            "{text}"
        );
        assert!(fed(&[OK]).0.close_to(&mut Vec::new()).is_ok());
    }
}
