//! Keeps the commands in CONTRIBUTING.md alive: each must name a task that is there, or at least one test.
//!
//! A test filter that matches nothing is green, so a renamed test would go unnoticed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bench::BENCHES;
use crate::workspace::Workspace;

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The commands in the table of promises: code that begins with `cargo`.
fn commands(page: &str) -> Vec<String> {
    let (_, rest) = page
        .split_once("## What is promised")
        .expect("the page has the table");
    let table = rest.split("\n## ").next().unwrap_or(rest);
    let code = table.split('`').skip(1).step_by(2);
    code.filter(|code| code.starts_with("cargo "))
        .map(str::to_owned)
        .collect()
}

/// What the test runner would call the tests of a file.
fn tests_in(file: &Path, module: &str, text: &str) -> Vec<String> {
    let inner = if file.components().any(|part| part.as_os_str() == "src") {
        "tests::"
    } else {
        ""
    };
    let mut names = Vec::new();
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if let Some(at) = line.find("fn ").filter(|_| marked) {
            let name = line[at + 3..].split('(').next().unwrap_or_default();
            names.push(format!("{module}::{inner}{name}"));
            marked = false;
        }
    }
    names
}

/// All tests below a folder, by the names of their files.
fn tests_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders: Vec<(PathBuf, String)> = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries =
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("an entry").path();
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                folders.push((path.clone(), format!("{prefix}{stem}::")));
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let module = format!("{prefix}{stem}");
                found.extend(tests_in(&path, &module, &read(&path)));
            }
        }
    }
    found
}

/// Why a command would not do what the page says.
fn fault(workspace: &Workspace, command: &str) -> Option<String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    match words.as_slice() {
        ["cargo", "xtask", "bench", name, ..] => (!BENCHES.iter().any(|bench| bench.name == *name))
            .then(|| format!("there is no bench `{name}`")),
        ["cargo", "xtask", task, ..] => (!crate::TASKS.iter().any(|(name, _)| name == task))
            .then(|| format!("there is no task `{task}`")),
        ["cargo", "test", "-p", package, rest @ ..] => {
            let folder = match package.strip_prefix("finkit-") {
                Some("tests") => workspace.path("tests"),
                Some(name) => workspace.path("crates").join(name),
                None => return Some(format!("no package `{package}` here")),
            };
            let (tests, filter) = match rest {
                ["--test", target, filter] => {
                    let inside = folder.join("tests").join(target);
                    let own = folder.join(target);
                    (
                        tests_below(if inside.is_dir() { &inside } else { &own }),
                        filter,
                    )
                }
                ["--doc", "--", file] => {
                    let there = folder.join(file).is_file();
                    return (!there).then(|| format!("no {file} in {package}"));
                }
                ["--lib", filter] => (tests_below(&folder.join("src")), filter),
                [filter] => {
                    let mut all = tests_below(&folder.join("src"));
                    all.extend(tests_below(&folder.join("tests")));
                    (all, filter)
                }
                _ => return Some("not one of the known forms".to_owned()),
            };
            (!tests.iter().any(|test| test.contains(filter)))
                .then(|| format!("no test of {package} has `{filter}` in its name"))
        }
        _ => Some("not one of the known forms".to_owned()),
    }
}

#[test]
fn every_promise_names_a_task_or_a_test_that_is_there() {
    let workspace = Workspace::find().expect("the workspace");
    let commands = commands(&read(&workspace.path("CONTRIBUTING.md")));
    assert!(commands.len() > 10, "{commands:?}");
    let faults: Vec<String> = commands
        .iter()
        .filter_map(|command| Some(format!("`{command}`: {}", fault(&workspace, command)?)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_renamed_test_is_noticed() {
    let workspace = Workspace::find().expect("the workspace");
    for command in [
        "cargo xtask juggle",
        "cargo xtask bench juggle",
        "cargo test -p finkit-transport --test it tokens::no_such_test",
        "cargo test -p finkit-transport --lib no_such_module::",
        "cargo test -p finkit-transport --doc -- src/none.rs",
        "cargo test",
    ] {
        assert!(fault(&workspace, command).is_some(), "{command}");
    }
}
