//! `cargo xtask generate`: the pages that the program writes about itself.

use std::fs;
use std::path::Path;

use crate::failure::{Failure, Naming as _, Outcome};
use crate::run;
use crate::workspace::Workspace;

/// A page of the book and the arguments with which the program prints it.
const PAGES: [(&str, &[&str]); 1] = [("docs/src/reference/cli.md", &["reference"])];

/// Builds the program; then writes the pages, or with `check` only compares.
pub(crate) fn generate(workspace: &Workspace, check: bool) -> Outcome {
    let program = workspace.program(false)?;
    with(workspace, &program, check)
}

/// The same with a program that is built already.
pub(crate) fn with(workspace: &Workspace, program: &Path, check: bool) -> Outcome {
    let mut stale = Vec::new();
    for (page, args) in PAGES {
        let path = workspace.path(page);
        // A fixed width and no settings of this machine: the page is the same everywhere.
        let text = run::output(
            workspace
                .tool(program)
                .args(args)
                .env("COLUMNS", "100")
                .env("FINKIT_HOME", workspace.target().join("no-settings"))
                .env("LC_ALL", "C.UTF-8"),
        )?;
        let found = fs::read_to_string(&path).unwrap_or_default();
        if found == text {
            println!("   {page} is up to date");
        } else if check {
            stale.push(format!("{page}: {}", first_difference(&found, &text)));
        } else {
            fs::write(&path, text).naming(page)?;
            println!("   {page} is written");
        }
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "generated pages are not up to date\n  {}",
            stale.join("\n  ")
        ))
        .with_remedy("cargo xtask generate, then commit the pages"))
    }
}

fn first_difference(found: &str, wanted: &str) -> String {
    let mut wanted_lines = wanted.lines();
    for (number, line) in found.lines().enumerate() {
        match wanted_lines.next() {
            Some(other) if other == line => {}
            Some(other) => return format!("line {}: the program now says `{other}`", number + 1),
            None => return format!("line {}: the program has ended by then", number + 1),
        }
    }
    match wanted_lines.next() {
        Some(line) => format!("ends before `{line}`"),
        None => "differs in its line ends".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        assert_eq!(
            first_difference("a\nb\n", "a\nc\n"),
            "line 2: the program now says `c`"
        );
        assert_eq!(
            first_difference("a\nb\n", "a\n"),
            "line 2: the program has ended by then"
        );
        assert_eq!(first_difference("a\n", "a\nb\n"), "ends before `b`");
        assert_eq!(first_difference("a", "a\n"), "differs in its line ends");
    }
}
