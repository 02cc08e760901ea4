//! `cargo xtask bench check`: the check of a list beside DuckDB and polars, whole processes in turn.
//!
//! The job is the same for all: read, judge every row, find duplicates and overlaps, write the faulty rows and the
//! conflicting pairs. After every run what was written is compared: all programs must find the same rows.

mod data;
mod forms;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Contender, Sample, Series, folder, in_turn, machine, mebibytes, table};
use crate::args::Args;
use crate::failure::{Failure, Naming as _, Outcome};
use crate::python;
use crate::workspace::Workspace;

/// What the peers are installed from.
const PACKAGES: [&str; 5] = [
    "duckdb==2.0.0",
    "polars==2.1.0",
    "fastexcel==0.21.0",
    "python-calamine==0.9.1",
    "xlsxwriter==3.3.1",
];

/// How many times faster than the faster peer, with what part of the leaner one's memory.
const FASTER: f64 = 5.0;
const LEANER: f64 = 3.0;

/// The same for workbooks, whose memory has a bound of its own.
const WORKBOOK_FASTER: f64 = 1.5;
const WORKBOOK_MEMORY: f64 = 64.0 * 1024.0 * 1024.0;
const WORKBOOK_ROWS: u64 = 100_000;

/// Processor time of a list as companies have it, start of the program included.
const SMALL_ROWS: u64 = 50_000;
const SMALL_SECONDS: f64 = 0.1;

pub(super) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let rounds = args.number("--rounds", 5)?;
    let only = args.option("--only")?;
    let built = args.option("--program")?;
    let mut sizes = Vec::new();
    while let Some(rows) = args.position() {
        let rows = rows.replace('_', "");
        sizes.push(
            rows.parse::<u64>()
                .naming(format!("`{rows}` is no number of rows"))?,
        );
    }
    args.finish()?;
    if sizes.is_empty() {
        sizes = vec![1_000_000, 10_000_000];
    }
    let part = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let bench = Bench {
        workspace,
        finkit: match built {
            Some(path) => workspace.path(path),
            None => workspace.program(true)?,
        },
        python: python::environment(workspace, "bench-venv", &PACKAGES)?.join("python"),
        folder: folder(workspace)?.join("check"),
        rounds,
    };
    fs::create_dir_all(&bench.folder).naming(bench.folder.display())?;
    println!("\n{}; {rounds} rounds in turn", machine());
    let mut missed = Vec::new();
    if part("lists") {
        for rows in sizes {
            missed.extend(bench.lists(rows)?);
        }
    }
    if part("small") {
        missed.extend(bench.small()?);
    }
    if part("workbook") {
        missed.extend(bench.workbook()?);
    }
    if part("forms") {
        bench.forms()?;
    }
    if missed.is_empty() {
        return Ok(());
    }
    Err(
        Failure::new(format!("a bar was missed\n  {}", missed.join("\n  "))).with_remedy(
            "other work on the machine? compare ratios, and run it again when it is quiet",
        ),
    )
}

struct Bench<'a> {
    workspace: &'a Workspace,
    finkit: PathBuf,
    python: PathBuf,
    folder: PathBuf,
    rounds: u64,
}

impl Bench<'_> {
    /// The list of so many rows, made when it is not there yet.
    fn list(&self, rows: u64) -> Outcome<PathBuf> {
        let path = self.folder.join(format!("list-{rows}.csv"));
        if !path.exists() {
            let unfinished = path.with_extension("part");
            data::write(&unfinished, rows).naming(unfinished.display())?;
            fs::rename(&unfinished, &path).naming(path.display())?;
        }
        Ok(path)
    }

    fn finkit(&self, name: &str, list: &Path) -> Contender {
        // Everything beside the list is out of the way: no profile, no state.
        Contender::new(name, &self.finkit)
            .args(["fincheck", "check"])
            .args([
                list.as_os_str(),
                "--overwrite".as_ref(),
                "--findings".as_ref(),
            ])
            .args([self.folder.join("findings.csv")])
            .env("FINKIT_HOME", self.folder.join("home"))
            // 1: there are findings.
            .exits([0, 1])
    }

    fn peer(&self, name: &str, script: &str, list: &Path) -> Contender {
        let script = self.workspace.path("xtask/bench").join(script);
        Contender::new(name, &self.python)
            .args([script.as_os_str(), list.as_os_str()])
            .args([
                self.folder.join("errors.csv"),
                self.folder.join("conflicts.csv"),
            ])
    }

    fn in_turn(&self, contenders: &[Contender]) -> Outcome<Vec<Series>> {
        let mut first: Option<Found> = None;
        let checked = |contender: &Contender, _: &Sample| {
            let found = if contender.name().starts_with("finkit") {
                Found::by_finkit(&self.folder.join("findings.csv"))?
            } else {
                Found::by_peer(
                    &self.folder.join("errors.csv"),
                    &self.folder.join("conflicts.csv"),
                )?
            };
            match &first {
                Some(first) => first.compare(&found, contender.name()),
                None => {
                    first = Some(found);
                    Ok(())
                }
            }
        };
        let all = in_turn(self.workspace, contenders, self.rounds, 1, checked)?;
        if let Some(found) = first {
            println!(
                "All found the same {} faulty rows and {} conflicting pairs.\n",
                found.faulty.len(),
                found.pairs.len()
            );
        }
        Ok(all)
    }

    /// The list beside both peers; what missed its bar.
    fn lists(&self, rows: u64) -> Outcome<Vec<String>> {
        let list = self.list(rows)?;
        println!("\n{rows} rows of CSV:\n");
        let all = self.in_turn(&[
            self.finkit("finkit", &list),
            self.peer("polars", "check_polars.py", &list),
            self.peer("DuckDB", "check_duckdb.py", &list),
        ])?;
        println!("{}", table(&all, "finkit")?);
        let (faster, leaner) = advantage(&all)?;
        println!(
            "{faster:.1} times faster than the faster peer, 1/{leaner:.1} of the leaner one's memory"
        );
        let mut missed = Vec::new();
        if faster < FASTER {
            missed.push(format!(
                "{rows} rows: {faster:.2} times faster; {FASTER} is the bar"
            ));
        }
        if leaner < LEANER {
            missed.push(format!(
                "{rows} rows: 1/{leaner:.2} of the memory; 1/{LEANER} is the bar"
            ));
        }
        Ok(missed)
    }

    /// A list of usual size.
    fn small(&self) -> Outcome<Vec<String>> {
        let list = self.list(SMALL_ROWS)?;
        println!("\n{SMALL_ROWS} rows of CSV, start of the program included:\n");
        let all = self.in_turn(&[self.finkit("finkit", &list)])?;
        println!("{}", table(&all, "finkit")?);
        let cpu = all[0].cpu().map_or(f64::INFINITY, |spread| spread.median);
        let missed = cpu >= SMALL_SECONDS;
        Ok(missed
            .then(|| {
                format!(
                    "{SMALL_ROWS} rows: {cpu:.3} s of processor time; {SMALL_SECONDS} is the bar"
                )
            })
            .into_iter()
            .collect())
    }

    /// A workbook beside the quickest readers of Python.
    fn workbook(&self) -> Outcome<Vec<String>> {
        let book = self.folder.join(format!("book-{WORKBOOK_ROWS}.xlsx"));
        if !book.exists() {
            let list = self.list(1_000_000)?;
            let unfinished = self.folder.join("part.xlsx");
            let script = self.workspace.path("xtask/bench/make_workbook.py");
            crate::run::run(
                self.workspace
                    .tool(&self.python)
                    .args([&script, &list, &unfinished])
                    .arg(WORKBOOK_ROWS.to_string()),
            )?;
            fs::rename(&unfinished, &book).naming(book.display())?;
        }
        println!("\n{WORKBOOK_ROWS} rows × 6 columns of XLSX:\n");
        let all = self.in_turn(&[
            self.finkit("finkit", &book),
            self.peer("python-calamine", "check_calamine.py", &book),
            self.peer("polars", "check_excel_polars.py", &book),
        ])?;
        println!("{}", table(&all, "finkit")?);
        let (faster, _) = advantage(&all)?;
        let memory = all[0]
            .memory()
            .map_or(f64::INFINITY, |spread| spread.median);
        println!(
            "{faster:.1} times faster than the faster peer, {}",
            mebibytes(memory)
        );
        let mut missed = Vec::new();
        if faster < WORKBOOK_FASTER {
            missed.push(format!(
                "workbook: {faster:.2} times faster; {WORKBOOK_FASTER} is the bar"
            ));
        }
        if memory >= WORKBOOK_MEMORY {
            missed.push(format!(
                "workbook: {}; {} is the bar",
                mebibytes(memory),
                mebibytes(WORKBOOK_MEMORY)
            ));
        }
        Ok(missed)
    }

    /// The same rows in other forms, beside the plain one.
    fn forms(&self) -> Outcome {
        let list = self.list(1_000_000)?;
        println!("\n1,000,000 rows in other forms:\n");
        let mut contenders = vec![self.finkit("finkit", &list)];
        for form in forms::ALL {
            let path = self.folder.join(format!("form-{}.csv", form.name));
            if !path.exists() {
                let unfinished = path.with_extension("part");
                forms::write(form, &list, &unfinished).naming(unfinished.display())?;
                fs::rename(&unfinished, &path).naming(path.display())?;
            }
            contenders.push(self.finkit(&format!("finkit, {}", form.what), &path));
        }
        let pipe = self
            .finkit("finkit, from standard input", Path::new("-"))
            .stdin(&list);
        contenders.push(pipe);
        let all = in_turn(self.workspace, &contenders, self.rounds, 1, |_, _| Ok(()))?;
        println!("{}", table(&all, "finkit")?);
        Ok(())
    }
}

/// How many times faster than the faster of the others, and how many times leaner than the leaner.
fn advantage(all: &[Series]) -> Outcome<(f64, f64)> {
    let median = |series: &Series, wall: bool| {
        let spread = if wall { series.wall() } else { series.memory() };
        spread
            .map(|spread| spread.median)
            .ok_or_else(|| Failure::new("a series has no sample"))
    };
    let (own, peers) = all
        .split_first()
        .ok_or_else(|| Failure::new("there is no series"))?;
    let least = |wall| -> Outcome<f64> {
        peers.iter().try_fold(f64::INFINITY, |least, peer| {
            Ok(median(peer, wall)?.min(least))
        })
    };
    Ok((
        least(true)? / median(own, true)?,
        least(false)? / median(own, false)?,
    ))
}

/// What a program found.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    faulty: BTreeSet<u64>,
    /// Both rows and whether it is a duplicate.
    pairs: BTreeSet<(u64, u64, bool)>,
}

impl Found {
    fn by_finkit(findings: &Path) -> Outcome<Self> {
        let mut found = Self {
            faulty: BTreeSet::new(),
            pairs: BTreeSet::new(),
        };
        let text = fs::read_to_string(findings).naming(findings.display())?;
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            match cells.as_slice() {
                [row, _, kind @ ("duplicate" | "overlap"), _, other] => {
                    found
                        .pairs
                        .insert((number(other)?, number(row)?, *kind == "duplicate"));
                }
                [row, _, _, "fault", _] => {
                    found.faulty.insert(number(row)?);
                }
                _ => {}
            }
        }
        Ok(found)
    }

    fn by_peer(errors: &Path, conflicts: &Path) -> Outcome<Self> {
        let mut found = Self {
            faulty: BTreeSet::new(),
            pairs: BTreeSet::new(),
        };
        for line in fs::read_to_string(errors).naming(errors.display())?.lines() {
            found
                .faulty
                .insert(number(line.split(',').next().unwrap_or_default())?);
        }
        for line in fs::read_to_string(conflicts)
            .naming(conflicts.display())?
            .lines()
        {
            let mut cells = line.split(',');
            let mut cell = || cells.next().unwrap_or_default();
            found
                .pairs
                .insert((number(cell())?, number(cell())?, cell() == "duplicate"));
        }
        Ok(found)
    }

    fn compare(&self, other: &Self, name: &str) -> Outcome {
        if self == other {
            return Ok(());
        }
        let rows = self
            .faulty
            .symmetric_difference(&other.faulty)
            .take(3)
            .collect::<Vec<_>>();
        let pairs = self
            .pairs
            .symmetric_difference(&other.pairs)
            .take(3)
            .collect::<Vec<_>>();
        Err(Failure::new(format!(
            "{name} found other rows: faulty {rows:?}, pairs {pairs:?}"
        )))
    }
}

fn number(text: &str) -> Outcome<u64> {
    text.parse().naming(format!("`{text}` is no row"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_and_the_peers_files_mean_the_same() {
        let folder = std::env::temp_dir().join(format!("bench-check-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let findings = write(
            "findings.csv",
            "row,cell,code,severity,other_row\n9,A9,fin-too-short,fault,\n9,B9,missing-cell,fault,\n\
             12,A12,fin-check-digit,warning,\n40,,overlap,fault,7\n41,,duplicate,fault,7\n42,,disjoint-periods,notice,7\n",
        );
        let errors = write("errors.csv", "9,fin\n");
        let conflicts = write("conflicts.csv", "7,40,overlap\n7,41,duplicate\n");
        let finkit = Found::by_finkit(&findings).unwrap();
        let peer = Found::by_peer(&errors, &conflicts).unwrap();
        finkit.compare(&peer, "peer").unwrap();
        let fewer = write("errors.csv", "");
        assert!(
            finkit
                .compare(&Found::by_peer(&fewer, &conflicts).unwrap(), "peer")
                .is_err()
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
