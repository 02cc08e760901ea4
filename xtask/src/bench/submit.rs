//! `cargo xtask bench submit`: a large list entered, beside an aiohttp script that syncs a journal line per request.

mod plain;
mod service;

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::service::Service;
use super::{Contender, Series, folder, in_turn, machine, mebibytes, seconds, table};
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
/// Requests on each plain connection, by which that time is measured.
const PLAIN: u32 = 100;

pub(super) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let rounds = args.number("--rounds", 5)?;
    let records = args.number("--records", 200_000)?;
    let large = args.number("--large", 1_000_000)?;
    args.finish()?;
    let bin = python::environment(workspace, "bench-aiohttp", &["aiohttp==3.14.5"])?;
    let finkit = workspace.program(true)?;
    let scene = Scene::set(workspace, finkit, bin)?;

    println!("\n{}; {rounds} rounds in turn\n", machine());
    let requests = records.div_ceil(BATCH);
    println!("{records} records in {requests} requests, {AT_ONCE} at once, answered at once:\n");
    let service = Service::start(Duration::ZERO)?;
    let all = scene.compare(
        workspace,
        &service,
        records,
        rounds,
        &[Who::Finkit, Who::Script],
    )?;
    println!("{}", table(&all, "aiohttp, a sync per request")?);
    let [ours, theirs] = [&all[0], &all[1]];

    println!("The same, {LATENCY} ms for each request:\n");
    let service = Service::start(Duration::from_millis(LATENCY))?;
    // No timer is exact, and an answer takes its way: what is ideal is what a client without any work of its own takes.
    let before = plain::time_of_a_request(service.url(), AT_ONCE, PLAIN)?;
    let slow = scene.compare(
        workspace,
        &service,
        records,
        rounds.min(3),
        &[Who::Finkit, Who::Script],
    )?;
    println!("{}", table(&slow, "aiohttp, a sync per request")?);
    #[expect(
        clippy::cast_precision_loss,
        reason = "a few thousand requests are exact"
    )]
    let rounds_of_all = requests as f64 / AT_ONCE as f64;
    let after = plain::time_of_a_request(service.url(), AT_ONCE, PLAIN)?;
    let each = f64::midpoint(before.as_secs_f64(), after.as_secs_f64());
    let ideal = rounds_of_all * each;
    let taken = wall(&slow[0])?;
    let above = |ideal: f64| (taken / ideal - 1.0) * 100.0;
    println!(
        "on {AT_ONCE} plain connections without any work between, a request takes {} with the service's timer and the \
         way there and back ({} before, {} after)",
        seconds(each),
        seconds(before.as_secs_f64()),
        seconds(after.as_secs_f64()),
    );
    println!(
        "ideal {}, finkit {:.1} % above it (of exact {LATENCY} ms: {}, {:.1} % above)\n",
        seconds(ideal),
        above(ideal),
        seconds(rounds_of_all * LATENCY as f64 / 1000.0),
        above(rounds_of_all * LATENCY as f64 / 1000.0),
    );

    println!("Memory:\n");
    let service = Service::start(Duration::ZERO)?;
    let small = scene.compare(workspace, &service, 10_000, 1, &[Who::Finkit])?;
    let big = scene.compare(workspace, &service, large, 1, &[Who::Finkit])?;
    let (small, big) = (memory(&small[0])?, memory(&big[0])?);
    println!(
        "10000 records: {}; {large} records: {}\n",
        mebibytes(small),
        mebibytes(big)
    );

    let bars = [
        (
            wall(ours)? <= wall(theirs)?,
            "finkit takes longer than the script",
        ),
        (
            cpu(ours)? <= cpu(theirs)?,
            "finkit takes more CPU than the script",
        ),
        (
            taken <= ideal * 1.05,
            "finkit is more than 5 % above the ideal",
        ),
        (
            big <= 200.0 * 1024.0 * 1024.0,
            "finkit takes more than 200 MiB",
        ),
    ];
    println!(
        "finkit takes {:.2} of the script's time (the bar is 1, the goal 0.5)",
        wall(ours)? / wall(theirs)?
    );
    let missed: Vec<&str> = bars
        .iter()
        .filter(|(held, _)| !held)
        .map(|(_, missed)| *missed)
        .collect();
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

struct Scene {
    folder: PathBuf,
    finkit: PathBuf,
    python: PathBuf,
    script: PathBuf,
}

impl Scene {
    fn set(workspace: &Workspace, finkit: PathBuf, bin: PathBuf) -> Outcome<Self> {
        let folder = folder(workspace)?.join("submit");
        fs::create_dir_all(&folder).naming(folder.display())?;
        let script = folder.join("journal.py");
        fs::write(&script, SCRIPT).naming(script.display())?;
        Ok(Self {
            folder,
            finkit,
            python: bin.join("python"),
            script,
        })
    }

    fn compare(
        &self,
        workspace: &Workspace,
        service: &Service,
        records: u64,
        rounds: u64,
        who: &[Who],
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
                Who::Finkit => Contender::new("finkit fincheck submit", &self.finkit)
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
                Who::Script => Contender::new("aiohttp, a sync per request", &self.python)
                    .args([&self.script])
                    .args([service.url()])
                    .args([&list, &journal])
                    .args([BATCH.to_string(), AT_ONCE.to_string()]),
            })
            .collect();
        service.take_requests();
        in_turn(workspace, &contenders, rounds, 1, |contender, _| {
            let requests = service.take_requests();
            if requests != records.div_ceil(BATCH) {
                return Err(Failure::new(format!(
                    "{} sent {requests} requests",
                    contender.name()
                )));
            }
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
