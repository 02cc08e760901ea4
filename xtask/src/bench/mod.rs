//! Benches of whole programs side by side, and what they share.
//!
//! A bench is a module with `run(&Workspace, Args) -> Outcome` and a line in
//! [`BENCHES`]. It describes its programs as [`Contender`]s, lets [`in_turn`] run
//! them A B C A B C … so that a slow minute of the machine hits all of them, and
//! prints [`table`]. Absolute figures belong to the machine; ratios are the result.

mod call;
mod check;
mod measure;
mod submit;
mod sync;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

pub(crate) use measure::{Sample, helper};

use crate::args::Args;
use crate::failure::{Failure, Naming as _, Outcome};
use crate::workspace::Workspace;

/// One bench: its name, what it shows, and its code.
pub(crate) struct Bench {
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    run: fn(&Workspace, Args) -> Outcome,
}

/// All benches; a new one gets a module and a line here.
pub(crate) const BENCHES: &[Bench] = &[
    Bench {
        name: "call",
        summary: "one short run of the program beside curl   [--rounds 101]",
        run: call::run,
    },
    Bench {
        name: "check",
        summary: "a list beside DuckDB and polars   [ROWS …] [--rounds 5] [--only lists|small|workbook|forms]",
        run: check::run,
    },
    Bench {
        name: "submit",
        summary: "a large list entered, beside an aiohttp script   [--records 200000] [--large 1000000] [--rounds 5] [--only at-once|latency|memory] [--program PATH]",
        run: submit::run,
    },
    Bench {
        name: "sync",
        summary: "articles into a database, beside dlt and scripts   [--articles 200000] [--large 1000000] [--rounds 3] [--without-dlt] [--program FILE]",
        run: sync::run,
    },
];

/// `cargo xtask bench NAME …`.
pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let names = || {
        let names: Vec<_> = BENCHES.iter().map(|bench| bench.name).collect();
        names.join(", ")
    };
    let name = args
        .position()
        .ok_or_else(|| Failure::new("which bench?").with_remedy(format!("one of {}", names())))?;
    let bench = BENCHES
        .iter()
        .find(|bench| bench.name == name)
        .ok_or_else(|| {
            Failure::new(format!("no bench is called `{name}`"))
                .with_remedy(format!("one of {}", names()))
        })?;
    (bench.run)(workspace, args)
}

/// A program under test.
#[derive(Debug, Clone)]
pub(crate) struct Contender {
    name: String,
    program: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    dir: Option<PathBuf>,
    stdin: Option<PathBuf>,
    stdout: Option<PathBuf>,
    exits: Vec<i32>,
}

#[allow(dead_code, reason = "each bench uses its part of this")]
impl Contender {
    /// `name` is how the table calls it.
    pub(crate) fn new(name: impl Into<String>, program: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            dir: None,
            stdin: None,
            stdout: None,
            exits: vec![0],
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn args<S: Into<OsString>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub(crate) fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Working folder of the program.
    pub(crate) fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// File that becomes standard input; nothing otherwise.
    pub(crate) fn stdin(mut self, file: impl Into<PathBuf>) -> Self {
        self.stdin = Some(file.into());
        self
    }

    /// File that takes standard output (of the last run); thrown away otherwise.
    pub(crate) fn stdout(mut self, file: impl Into<PathBuf>) -> Self {
        self.stdout = Some(file.into());
        self
    }

    /// The exit codes that count as success; 0 alone otherwise.
    pub(crate) fn exits(mut self, codes: impl IntoIterator<Item = i32>) -> Self {
        self.exits = codes.into_iter().collect();
        self
    }
}

/// The samples of one contender, in the order of the rounds.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) samples: Vec<Sample>,
}

/// Median, smallest and largest of some figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Of no figures at all there is no spread.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        };
        Some(Self {
            median,
            least,
            most,
        })
    }
}

impl Series {
    /// Wall time in seconds.
    pub(crate) fn wall(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| sample.wall.as_secs_f64()))
    }

    /// Processor time in seconds.
    pub(crate) fn cpu(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| sample.cpu.as_secs_f64()))
    }

    /// Peak memory in bytes.
    pub(crate) fn memory(&self) -> Option<Spread> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "bytes of memory stay far below the 53 bits that are exact"
        )]
        Spread::of(self.samples.iter().map(|sample| sample.peak_memory as f64))
    }
}

/// Runs all contenders once per round, in their order, after `warm_up` unmeasured rounds.
///
/// `checked` sees every run, also the unmeasured ones: there a bench compares results.
///
/// # Errors
/// When a program cannot be started, ends with another exit code than it may, or `checked` fails.
pub(crate) fn in_turn(
    workspace: &Workspace,
    contenders: &[Contender],
    rounds: u64,
    warm_up: u64,
    mut checked: impl FnMut(&Contender, &Sample) -> Outcome,
) -> Outcome<Vec<Series>> {
    let folder = folder(workspace)?;
    let report = folder.join(format!("sample-{}.json", std::process::id()));
    let mut all: Vec<Series> = contenders
        .iter()
        .map(|contender| Series {
            name: contender.name.clone(),
            samples: Vec::new(),
        })
        .collect();
    for round in 0..warm_up + rounds {
        for (contender, series) in contenders.iter().zip(&mut all) {
            let sample = measure::measure(contender, &report)?;
            checked(contender, &sample)?;
            if round >= warm_up {
                series.samples.push(sample);
            }
        }
    }
    // Only clutter by now; a bench that ended early leaves them for a look.
    let _ = fs::remove_file(&report);
    let _ = fs::remove_file(report.with_extension("stderr"));
    Ok(all)
}

/// The folder of the benches below the target folder: data, scripts, results.
pub(crate) fn folder(workspace: &Workspace) -> Outcome<PathBuf> {
    let folder = workspace.target().join("bench");
    fs::create_dir_all(&folder).naming(folder.display())?;
    Ok(folder)
}

/// A markdown table of all series; ratios are to the series called `reference`.
///
/// Each cell of time shows the median, the range in brackets, and how many times
/// the reference's median it is.
///
/// # Errors
/// When no series is called `reference`, or one has no sample.
pub(crate) fn table(all: &[Series], reference: &str) -> Outcome<String> {
    let base = all
        .iter()
        .find(|series| series.name == reference)
        .ok_or_else(|| Failure::new(format!("no series is called `{reference}`")))?;
    let none = || Failure::new("a series has no sample");
    let (wall, cpu, memory) = (
        base.wall().ok_or_else(none)?,
        base.cpu().ok_or_else(none)?,
        base.memory().ok_or_else(none)?,
    );
    let mut text = String::from(
        "| program | wall time, median (range) | × | CPU time | × | peak memory | × |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
    );
    for series in all {
        let (own_wall, own_cpu, own_memory) = (
            series.wall().ok_or_else(none)?,
            series.cpu().ok_or_else(none)?,
            series.memory().ok_or_else(none)?,
        );
        writeln!(
            text,
            "| {} | {} ({} – {}) | {} | {} | {} | {} | {} |",
            series.name,
            seconds(own_wall.median),
            seconds(own_wall.least),
            seconds(own_wall.most),
            ratio(own_wall.median, wall.median),
            seconds(own_cpu.median),
            ratio(own_cpu.median, cpu.median),
            mebibytes(own_memory.median),
            ratio(own_memory.median, memory.median),
        )
        .naming("writing the table")?;
    }
    Ok(text)
}

/// A time as people compare it: `1.47 ms`, `0.512 s`.
pub(crate) fn seconds(seconds: f64) -> String {
    if seconds < 0.1 {
        format!("{:.2} ms", seconds * 1000.0)
    } else {
        format!("{seconds:.3} s")
    }
}

/// Bytes as MiB.
pub(crate) fn mebibytes(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / (1024.0 * 1024.0))
}

fn ratio(own: f64, base: f64) -> String {
    if base > 0.0 {
        format!("{:.2}", own / base)
    } else {
        "–".to_owned()
    }
}

/// One line about the machine, for the head of a result.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    format!("{cores} cores, {model}, {}", std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn series(name: &str, walls: &[u64]) -> Series {
        Series {
            name: name.into(),
            samples: walls
                .iter()
                .map(|ms| Sample {
                    wall: Duration::from_millis(*ms),
                    cpu: Duration::from_millis(ms / 2),
                    peak_memory: 3 * 1024 * 1024,
                    exit: 0,
                })
                .collect(),
        }
    }

    #[test]
    fn the_median_of_an_even_count_lies_between_the_middle_two() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!((spread.least, spread.median, spread.most), (1.0, 2.5, 4.0));
        assert_eq!(Spread::of([7.0]).unwrap().median, 7.0);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn ratios_are_to_the_reference() {
        let all = [
            series("ours", &[500, 400, 600]),
            series("theirs", &[2000, 1000, 1500]),
        ];
        let text = table(&all, "ours").unwrap();
        let theirs = text.lines().find(|line| line.contains("theirs")).unwrap();
        assert_eq!(
            theirs,
            "| theirs | 1.500 s (1.000 s – 2.000 s) | 3.00 | 0.750 s | 3.00 | 3.0 MiB | 1.00 |"
        );
        assert!(table(&all, "nobody").is_err());
        assert!(table(&[series("ours", &[])], "ours").is_err());
    }
}
