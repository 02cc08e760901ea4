//! `cargo xtask bench submit`: a large list entered, beside an aiohttp script that syncs a journal line per request.

mod plain;
mod service;

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::service::Service;
use super::{Contender, Series, Spread, folder, in_turn, machine, mebibytes, seconds, table};
use crate::args::Args;
use crate::failure::{Failure, Naming as _, Outcome};
use crate::python;
use crate::workspace::Workspace;

const SCRIPT: &str = include_str!("submit/journal.py");
/// Records in one request.
const BATCH: u64 = 100;
/// Requests at once.
const AT_ONCE: u64 = 8;
/// What the service takes for a request in the second part, in milliseconds.
const LATENCY: u64 = 20;
const FINKIT: &str = "finkit fincheck submit";
const SCRIPT_NAME: &str = "aiohttp, a sync per request";

pub(super) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let rounds = args.number("--rounds", 5)?;
    let records = args.number("--records", 200_000)?;
    let large = args.number("--large", 1_000_000)?;
    let only = args.option("--only")?;
    let built = args.option("--program")?;
    args.finish()?;
    let bin = python::environment(workspace, "bench-aiohttp", &["aiohttp==3.14.5"])?;
    let finkit = match built {
        Some(path) => workspace.path(path),
        None => workspace.program(true)?,
    };
    let scene = Scene::set(workspace, finkit, bin)?;
    let parts = ["at-once", "latency", "memory"];
    if let Some(only) = only.as_deref().filter(|only| !parts.contains(only)) {
        return Err(Failure::new(format!("this bench has no part `{only}`"))
            .with_remedy(format!("one of {}", parts.join(", "))));
    }
    let part = |name: &str| only.as_deref().is_none_or(|only| only == name);

    println!("\n{}; {rounds} rounds in turn\n", machine());
    let mut missed = Vec::new();
    if part("at-once") {
        missed.extend(scene.at_once(records, rounds)?);
    }
    if part("latency") {
        missed.extend(scene.latency(records, rounds)?);
    }
    if part("memory") {
        missed.extend(scene.memory(large)?);
    }
    if missed.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(missed.join("; ")))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Finkit,
    Script,
}

struct Scene<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
    finkit: PathBuf,
    python: PathBuf,
    script: PathBuf,
}

impl<'a> Scene<'a> {
    fn set(workspace: &'a Workspace, finkit: PathBuf, bin: PathBuf) -> Outcome<Self> {
        let folder = folder(workspace)?.join("submit");
        fs::create_dir_all(&folder).naming(folder.display())?;
        let script = folder.join("journal.py");
        fs::write(&script, SCRIPT).naming(script.display())?;
        Ok(Self {
            workspace,
            folder,
            finkit,
            python: bin.join("python"),
            script,
        })
    }

    /// Answers come at once: what finkit and the script themselves take.
    fn at_once(&self, records: u64, rounds: u64) -> Outcome<Vec<&'static str>> {
        let requests = records.div_ceil(BATCH);
        println!(
            "{records} records in {requests} requests, {AT_ONCE} at once, answered at once:\n"
        );
        let service = Service::start(Duration::ZERO)?;
        let all = self.compare(
            &service,
            records,
            rounds,
            &[Who::Finkit, Who::Script],
            &mut |_| Ok(()),
        )?;
        println!("{}", table(&all, SCRIPT_NAME)?);
        let [ours, theirs] = [&all[0], &all[1]];
        println!(
            "finkit takes {:.2} of the script's time (the bar is 1, the goal 0.5)\n",
            wall(ours)? / wall(theirs)?
        );
        Ok(missed([
            (
                wall(ours)? <= wall(theirs)?,
                "finkit takes longer than the script",
            ),
            (
                cpu(ours)? <= cpu(theirs)?,
                "finkit takes more CPU than the script",
            ),
        ]))
    }

    /// A service that takes its time: what is lost between an answer and the next request.
    fn latency(&self, records: u64, rounds: u64) -> Outcome<Vec<&'static str>> {
        let requests = records.div_ceil(BATCH);
        println!(
            "{records} records in {requests} requests, {AT_ONCE} at once, {LATENCY} ms for each request:\n"
        );
        let service = Service::start(Duration::from_millis(LATENCY))?;
        // No timer is exact, and an answer takes its way: what is ideal is what a client without any work of its own
        // takes. It is measured after each run of finkit, so that what else the machine does weighs on both.
        let mut ideal = Vec::new();
        let mut after = |contender: &Contender| {
            if contender.name() == FINKIT {
                ideal.push(plain::time_of_all(service.url(), AT_ONCE, requests)?.as_secs_f64());
            }
            Ok(())
        };
        let who = [Who::Finkit, Who::Script];
        let slow = self.compare(&service, records, rounds, &who, &mut after)?;
        println!("{}", table(&slow, SCRIPT_NAME)?);
        // The first one is that of the round for warming up.
        let ideal = ideal.split_off(1);
        let taken = slow[0]
            .samples
            .iter()
            .map(|sample| sample.wall.as_secs_f64());
        let above = taken
            .zip(&ideal)
            .map(|(taken, ideal)| (taken / ideal - 1.0) * 100.0);
        let (Some(above), Some(ideal)) = (Spread::of(above), Spread::of(ideal.iter().copied()))
        else {
            return Err(Failure::new("no round was measured"));
        };
        println!(
            "{AT_ONCE} plain connections without any work between take {} ({} – {})",
            seconds(ideal.median),
            seconds(ideal.least),
            seconds(ideal.most),
        );
        println!(
            "finkit is {:.1} % above them, round by round ({:.1} – {:.1})\n",
            above.median, above.least, above.most
        );
        Ok(missed([(
            above.median <= 5.0,
            "finkit is more than 5 % above the ideal",
        )]))
    }

    fn memory(&self, large: u64) -> Outcome<Vec<&'static str>> {
        println!("Memory:\n");
        let service = Service::start(Duration::ZERO)?;
        let small = self.compare(&service, 10_000, 1, &[Who::Finkit], &mut |_| Ok(()))?;
        let big = self.compare(&service, large, 1, &[Who::Finkit], &mut |_| Ok(()))?;
        let (small, big) = (memory(&small[0])?, memory(&big[0])?);
        println!(
            "10000 records: {}; {large} records: {}\n",
            mebibytes(small),
            mebibytes(big)
        );
        Ok(missed([(
            big <= 200.0 * 1024.0 * 1024.0,
            "finkit takes more than 200 MiB",
        )]))
    }

    fn compare(
        &self,
        service: &Service,
        records: u64,
        rounds: u64,
        who: &[Who],
        after: &mut dyn FnMut(&Contender) -> Outcome,
    ) -> Outcome<Vec<Series>> {
        let list = self.list(records)?;
        let (home, journal) = (self.folder.join("home"), self.folder.join("journal.txt"));
        let fresh = || -> Outcome {
            if home.exists() {
                fs::remove_dir_all(&home).naming(home.display())?;
            }
            if journal.exists() {
                fs::remove_file(&journal).naming(journal.display())?;
            }
            Ok(())
        };
        fresh()?;
        let contenders: Vec<Contender> = who
            .iter()
            .map(|who| match who {
                Who::Finkit => Contender::new(FINKIT, &self.finkit)
                    .args(["fincheck", "submit"])
                    .args([&list])
                    .args(["--yes", "--partial", "--quiet"])
                    .args(["--batch-records".to_owned(), BATCH.to_string()])
                    .args(["--concurrency".to_owned(), AT_ONCE.to_string()])
                    .env("FINKIT_HOME", &home)
                    .env("FINKIT_FINCHECK_URL", service.url())
                    .env("FINKIT_FINCHECK_USERNAME", "acme")
                    .env("FINKIT_FINCHECK_PASSWORD", "s3cret-Pass1")
                    .env("FINKIT_FINCHECK_SECURITY_CODE", "code"),
                Who::Script => Contender::new(SCRIPT_NAME, &self.python)
                    .args([&self.script])
                    .args([service.url()])
                    .args([&list, &journal])
                    .args([BATCH.to_string(), AT_ONCE.to_string()]),
            })
            .collect();
        service.take_requests();
        in_turn(self.workspace, &contenders, rounds, 1, |contender, _| {
            let requests = service.take_requests();
            if requests != records.div_ceil(BATCH) {
                return Err(Failure::new(format!(
                    "{} sent {requests} requests",
                    contender.name()
                )));
            }
            after(contender)?;
            service.take_requests();
            fresh()
        })
    }

    /// A list of made-up vehicles in no order; kept for the next time.
    fn list(&self, records: u64) -> Outcome<PathBuf> {
        let path = self.folder.join(format!("list-{records}.csv"));
        if !path.exists() {
            write_list(&path, records).naming(path.display())?;
        }
        Ok(path)
    }
}

fn write_list(path: &Path, records: u64) -> std::io::Result<()> {
    let half_written = path.with_extension("new");
    let mut file = BufWriter::new(fs::File::create(&half_written)?);
    writeln!(file, "fin,start_date,end_date,registration_date")?;
    for row in 0..records {
        let serial = row * 7_919 % records + 1;
        writeln!(
            file,
            "WVWZZZE1Z{serial:08},2026-01-01,2026-12-31,2025-{:02}-{:02}T10:{:02}:{:02}+01:00",
            serial % 12 + 1,
            serial % 28 + 1,
            serial / 60 % 60,
            serial % 60
        )?;
    }
    file.into_inner()?.sync_all()?;
    fs::rename(half_written, path)
}

/// What is said of the bars that did not hold.
fn missed<const BARS: usize>(bars: [(bool, &'static str); BARS]) -> Vec<&'static str> {
    bars.into_iter()
        .filter(|(held, _)| !held)
        .map(|(_, missed)| missed)
        .collect()
}

fn wall(series: &Series) -> Outcome<f64> {
    median(series, series.wall())
}

fn cpu(series: &Series) -> Outcome<f64> {
    median(series, series.cpu())
}

fn memory(series: &Series) -> Outcome<f64> {
    median(series, series.memory())
}

fn median(series: &Series, spread: Option<super::Spread>) -> Outcome<f64> {
    spread
        .map(|spread| spread.median)
        .ok_or_else(|| Failure::new(format!("no sample of {}", series.name)))
}
