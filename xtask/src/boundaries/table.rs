//! Reads the two tables of ARCHITECTURE.md that say what may depend on what.

use std::collections::{BTreeMap, BTreeSet};

use crate::failure::{Failure, Outcome};

/// What the table allows one crate of the workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// Crates of the workspace that it may depend on.
    pub(crate) depends: BTreeSet<String>,
    /// Crates of the workspace that only its tests may depend on.
    pub(crate) tests: BTreeSet<String>,
    /// Foreign crates that live here and in no crate that does not name them.
    pub(crate) home: BTreeSet<String>,
}

/// Both tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) rows: BTreeMap<String, Row>,
    /// Foreign crates that any crate may use.
    pub(crate) common: BTreeSet<String>,
}

impl Table {
    /// Finds the tables by the comments around them.
    ///
    /// # Errors
    /// When a comment, a column or a row is not as expected.
    pub(crate) fn read(text: &str) -> Outcome<Self> {
        let mut table = Self::default();
        for cells in rows(section(text, "boundaries")?, 4)? {
            let row = Row {
                depends: names(&cells[1]),
                tests: names(&cells[2]),
                home: names(&cells[3]),
            };
            for name in names(&cells[0]) {
                if table.rows.insert(name.clone(), row.clone()).is_some() {
                    return Err(Failure::new(format!(
                        "ARCHITECTURE.md: two rows for `{name}` in the table of boundaries"
                    )));
                }
            }
        }
        for cells in rows(section(text, "common crates")?, 2)? {
            table.common.extend(names(&cells[0]));
        }
        Ok(table)
    }

    /// The crates of the workspace that name `foreign` as living with them.
    pub(crate) fn homes(&self, foreign: &str) -> Vec<&str> {
        self.rows
            .iter()
            .filter(|(_, row)| row.home.contains(foreign))
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

fn section<'a>(text: &'a str, name: &str) -> Outcome<&'a str> {
    let begin = format!("<!-- {name}: begin -->");
    let end = format!("<!-- {name}: end -->");
    text.split_once(&begin)
        .and_then(|(_, rest)| rest.split_once(&end))
        .map(|(inside, _)| inside)
        .ok_or_else(|| {
            Failure::new(format!(
                "ARCHITECTURE.md has no table between `{begin}` and `{end}`"
            ))
        })
}

/// The rows below the header line of a markdown table.
fn rows(section: &str, columns: usize) -> Outcome<Vec<Vec<String>>> {
    let mut found = Vec::new();
    for line in section.lines().map(str::trim) {
        let Some(inner) = line.strip_prefix('|').and_then(|l| l.strip_suffix('|')) else {
            continue;
        };
        let cells: Vec<String> = inner.split('|').map(|c| c.trim().to_owned()).collect();
        if cells.len() != columns {
            return Err(Failure::new(format!(
                "ARCHITECTURE.md: expected {columns} columns in `{line}`"
            )));
        }
        found.push(cells);
    }
    // The first line names the columns, the second draws the rule below them.
    let rule = |cells: &Vec<String>| cells.iter().all(|c| c.chars().all(|c| "-: ".contains(c)));
    if found.len() < 3 || !rule(&found[1]) {
        return Err(Failure::new(
            "ARCHITECTURE.md: a table needs a header, a rule and a row",
        ));
    }
    Ok(found.split_off(2))
}

/// The names in backquotes of one cell; other words are for people.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
words
<!-- boundaries: begin -->
| crate | may depend on | in tests also | home of |
|---|---|---|---|
| `a` | – | | |
| `b` | `a` | `c` | `reqwest`, and `rustls` |
| `c` | `a`, `b` | | `rusqlite` |
| `d` | `a` | | `rusqlite` |
<!-- boundaries: end -->
<!-- common crates: begin -->
| crate | what for |
|---|---|
| `serde` | wire types |
<!-- common crates: end -->
";

    #[test]
    fn names_in_backquotes_are_the_table() {
        let table = Table::read(TEXT).unwrap();
        assert_eq!(table.rows.len(), 4);
        assert!(table.rows["a"].depends.is_empty());
        assert!(table.rows["b"].tests.contains("c"));
        assert_eq!(table.homes("rusqlite"), ["c", "d"]);
        assert_eq!(table.homes("rustls"), ["b"]);
        assert!(table.common.contains("serde"));
    }

    #[test]
    fn a_damaged_table_is_told() {
        for damaged in [
            TEXT.replace("<!-- boundaries: end -->", ""),
            TEXT.replace("| `a` | – | | |", "| `a` | – |"),
            TEXT.replace("| `d` | `a`", "| `c` | `a`"),
            TEXT.replace("|---|---|---|---|\n", ""),
        ] {
            assert!(Table::read(&damaged).is_err(), "{damaged}");
        }
    }
}
