//! `cargo xtask properties`: the property and model tests, again and again with fresh seeds.
//!
//! The tests of CI draw the same cases each time, so that a change is judged by what it changes. New cases are drawn
//! here. Which tests these are is read from the sources: those inside of `proptest!`.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::Path;

use crate::args::Args;
use crate::failure::{Failure, Naming as _, Outcome};
use crate::testing::{self, SEED, Tally};
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let rounds = args.number("--rounds", 10)?;
    let random = RandomState::new().build_hasher().finish();
    let seed = args.number("--seed", random >> 32)?;
    args.finish()?;
    if rounds == 0 {
        return Err(Failure::new("no round, no test"));
    }
    let mut names = BTreeSet::new();
    for folder in ["crates", "tests", "xtask"] {
        collect(&workspace.path(folder), &mut names)?;
    }
    if names.is_empty() {
        return Err(Failure::new("no property test was found in the sources"));
    }
    let names: Vec<String> = names.into_iter().collect();
    println!("{} property tests, {rounds} rounds", names.len());
    testing::build(workspace)?;
    let mut failed = Vec::new();
    for seed in seed..seed + rounds {
        println!("== {SEED}={seed}");
        let mut tally = Tally::default();
        testing::seeded(workspace, &mut tally, seed, &names)?;
        if tally.close().is_err() {
            failed.push(seed.to_string());
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(
        Failure::new(format!("tests failed with the seeds {}", failed.join(", "))).with_remedy(
            "each failure stands above with its smallest case; the same round again: --rounds 1 --seed N",
        ),
    )
}

/// The property tests of all sources in a folder.
fn collect(folder: &Path, names: &mut BTreeSet<String>) -> Outcome {
    for entry in fs::read_dir(folder).naming(folder.display())? {
        let path = entry.naming(folder.display())?.path();
        if path.is_dir() {
            collect(&path, names)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(in_source(
                &fs::read_to_string(&path).naming(path.display())?,
            ));
        }
    }
    Ok(())
}

/// The names of the tests within `proptest!` blocks, which formatting ends with a brace as far left as they begin.
fn in_source(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut end, mut is_test) = (None, false);
    for line in source.lines() {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        if bare == "proptest! {" {
            end = Some(indent);
        } else if end == Some(indent) && bare == "}" {
            end = None;
        } else if end.is_some() && bare == "#[test]" {
            is_test = true;
        } else if is_test && let Some(rest) = bare.strip_prefix("fn ") {
            names.extend(rest.split('(').next().map(str::to_owned));
            is_test = false;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::in_source;

    #[test]
    fn tests_of_properties_are_told_from_others() {
        let source = "#[test]\nfn plain() {}\n\nmod tests {\n    proptest! {\n        #![x]\n        /// A.\n        \
                      #[test]\n        fn one(a in b()) {\n        }\n\n        #[test]\n        fn two(\n    }\n    \
                      #[test]\n    fn other() {}\n}\n";
        assert_eq!(in_source(source), ["one", "two"]);
    }
}
