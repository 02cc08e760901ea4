//! Rules about the text of source files that no lint knows.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Naming as _, Outcome};

/// A file longer than this has more than one subject.
const MOST_LINES: usize = 900;

/// Words that mean unfinished work, and why they are not kept.
const FORBIDDEN: [(&str, &str); 4] = [
    (concat!("todo", "!("), "finish it, or leave it out"),
    (concat!("unimplemented", "!("), "finish it, or leave it out"),
    (
        concat!("#[ig", "nore"),
        "a test that does not run proves nothing: mend it, or delete it",
    ),
    (
        concat!("FIX", "ME"),
        "mend it, or say in words what the limit is",
    ),
];

/// All faults in the Rust files below the folders of the workspace.
pub(crate) fn faults(root: &Path) -> Outcome<Vec<String>> {
    let mut files = Vec::new();
    for folder in ["crates", "xtask", "tests", "fuzz"] {
        collect(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut faults = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).naming(file.display())?;
        let name = file.strip_prefix(root).unwrap_or(file);
        judge(&name.to_string_lossy(), &text, &mut faults);
    }
    Ok(faults)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).naming(folder.display())? {
        let entry = entry.naming(folder.display())?;
        let path = entry.path();
        let kind = entry.file_type().naming(path.display())?;
        if kind.is_dir() {
            if entry.file_name() != "target" {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn judge(name: &str, text: &str, faults: &mut Vec<String>) {
    let opens = text
        .lines()
        .map(str::trim_start)
        .find(|line| !line.is_empty() && !line.starts_with("#!["));
    if !opens.is_some_and(|line| line.starts_with("//!")) {
        faults.push(format!(
            "{name} does not open with `//!`: say there what belongs in the file"
        ));
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        faults.push(format!(
            "{name} has {lines} lines, {MOST_LINES} is the limit: give its subjects files of their own"
        ));
    }
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        for (word, remedy) in FORBIDDEN {
            if line.contains(word) {
                faults.push(format!("{name}:{}: `{word}`: {remedy}", number + 1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Vec<String> {
        let mut faults = Vec::new();
        judge("a.rs", text, &mut faults);
        faults
    }

    #[test]
    fn a_file_says_first_what_belongs_in_it() {
        assert!(judged("//! Subject.\nfn f() {}\n").is_empty());
        assert!(judged("#![no_main]\n//! Subject.\n").is_empty());
        assert_eq!(judged("fn f() {}\n").len(), 1);
        assert_eq!(judged("").len(), 1);
    }

    #[test]
    fn long_files_are_told() {
        let long = format!("//! Long.\n{}", "//\n".repeat(MOST_LINES));
        assert_eq!(judged(&long).len(), 1);
    }

    #[test]
    fn words_of_unfinished_work_are_told_with_their_line() {
        for (word, _) in FORBIDDEN {
            let found = judged(&format!("//! F.\nlet a = {word};\n"));
            assert_eq!(found.len(), 1, "{word}");
            assert!(found[0].starts_with("a.rs:2: "));
            assert!(judged(&format!("//! F.\n// why no {word}\n")).is_empty());
        }
    }

    #[test]
    fn the_files_of_this_crate_are_found() {
        let mut files = Vec::new();
        collect(Path::new(env!("CARGO_MANIFEST_DIR")), &mut files).unwrap();
        assert!(files.iter().any(|file| file.ends_with("src/main.rs")));
    }
}
