//! `cargo xtask ci`: every step in order, each with its duration, up to the first that fails.

use std::time::Duration;

use crate::clock::{Stopwatch, human};
use crate::failure::Outcome;
use crate::testing::{self, Tally};
use crate::workspace::Workspace;
use crate::{boundaries, crash, deny, generate, lints};

/// A step without tests: its name and its code.
type Step = (&'static str, fn(&Workspace) -> Outcome);

/// Up to the first test, from the quickest answer to the slowest.
const STEPS: [Step; 8] = [
    ("fmt", lints::fmt),
    ("boundaries", boundaries::check),
    ("clippy", lints::clippy),
    ("doc", lints::doc),
    ("deny", deny::check),
    ("build", testing::build),
    ("generated", |workspace| {
        generate::with(workspace, &workspace.built(false), true)
    }),
    ("crash", crash::short),
];

/// A step that runs tests.
type TestStep = (
    &'static str,
    fn(&Workspace, &mut Tally, &[String]) -> Outcome,
);

const TEST_STEPS: [TestStep; 2] = [("doctest", testing::doctests), ("test", testing::tests)];

/// Everything that a change must pass.
pub(crate) fn run(workspace: &mut Workspace) -> Outcome {
    workspace.lock();
    let whole = Stopwatch::start();
    let mut durations: Vec<(&str, Duration)> = Vec::new();
    for (name, step) in STEPS {
        durations.push((name, timed(name, || step(workspace))?));
    }
    let mut tally = Tally::default();
    for (name, step) in TEST_STEPS {
        if !tally.any_failed() {
            let run = || step(workspace, &mut tally, &[]);
            durations.push((name, timed(name, run)?));
        }
    }
    println!(
        "\n== {} steps in {}",
        durations.len(),
        human(whole.elapsed())
    );
    for (name, duration) in durations {
        println!("   {name:<12}{:>12}", human(duration));
    }
    tally.close()
}

/// Runs one step under its headline and says how long it took.
pub(crate) fn timed(name: &str, step: impl FnOnce() -> Outcome) -> Outcome<Duration> {
    println!("== {name}");
    let watch = Stopwatch::start();
    let outcome = step();
    let duration = watch.elapsed();
    match outcome {
        Ok(()) => {
            println!("-- {name}: done in {}", human(duration));
            Ok(duration)
        }
        Err(failure) => {
            println!("-- {name}: FAILED after {}", human(duration));
            Err(failure)
        }
    }
}
