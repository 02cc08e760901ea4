//! `cargo xtask bench sync`: articles from a local service into a database, beside dlt and Python scripts.

mod articles;
mod service;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::articles::{Articles, CHANGED_ONE_OF, Sum};
use self::service::Service;
use super::{Contender, Series, folder, in_turn, machine, mebibytes, table};
use crate::args::Args;
use crate::failure::{Failure, Naming as _, Outcome};
use crate::workspace::Workspace;
use crate::{python, run as command};

const PACKAGES: [&str; 5] = [
    "dlt[duckdb,parquet,sqlalchemy]==1.31.0",
    "duckdb==2.0.0",
    "httpx==0.28.1",
    "orjson==3.13.0",
    "pyarrow==26.0.1",
];
/// Articles of a page.
const PAGE: u64 = 1000;
/// What the service takes for a page in the second part, in milliseconds.
const LATENCY: u64 = 20;
/// The most memory that finkit may take.
const MOST_MEMORY: f64 = 100.0 * 1000.0 * 1000.0;

pub(super) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let rounds = args.number("--rounds", 3)?;
    let count = args.number("--articles", 200_000)?;
    let large = args.number("--large", 1_000_000)?;
    let without_dlt = args.flag("--without-dlt");
    let built = args.option("--program")?;
    args.finish()?;
    let bin = python::environment(workspace, "bench-sync", &PACKAGES)?;
    let finkit = match built {
        Some(program) => PathBuf::from(program),
        None => workspace.program(true)?,
    };
    let scene = Scene::set(workspace, finkit, bin)?;
    let mut bars = Bars::default();

    println!("\n{}; {rounds} rounds in turn\n", machine());
    println!("{count} articles of 30 fields, answered at once:\n");
    let service = Service::start(Articles::new(count), Duration::ZERO)?;
    let mut all = vec![Who::Finkit, Who::Script];
    if !without_dlt {
        all.extend([Who::DltSqlite, Who::DltDuckdb]);
    }
    let full = scene.full(workspace, &service, rounds, &all)?;
    println!("{}", table(&full, Who::Finkit.name())?);
    bars.memory(&full)?;
    bars.at_least(&full, Who::Script, 1.5)?;
    if !without_dlt {
        bars.at_least(&full, Who::DltSqlite, 15.0)?;
    }

    println!("One of {CHANGED_ONE_OF} changed since:\n");
    let later = scene.changed(workspace, &service, rounds, &all)?;
    println!("{}", table(&later, Who::Finkit.name())?);
    bars.memory(&later)?;
    bars.at_least(&later, Who::Script, 1.0)?;
    if !without_dlt {
        bars.at_least(&later, Who::DltSqlite, 10.0)?;
        bars.at_least(&later, Who::DltDuckdb, 10.0)?;
    }
    drop(service);

    println!("Everything, {LATENCY} ms for each page:\n");
    let service = Service::start(Articles::new(count), Duration::from_millis(LATENCY))?;
    let slow = scene.full(workspace, &service, rounds, &[Who::Finkit, Who::Threads])?;
    println!("{}", table(&slow, Who::Finkit.name())?);
    bars.memory(&slow)?;
    bars.at_least(&slow, Who::Threads, 1.5)?;
    drop(service);

    println!("{large} articles, answered at once:\n");
    let service = Service::start(Articles::new(large), Duration::ZERO)?;
    let many = scene.full(workspace, &service, rounds, &[Who::Finkit])?;
    println!("{}", table(&many, Who::Finkit.name())?);
    bars.memory(&many)?;
    let growth = wall(&many, Who::Finkit)? / wall(&full, Who::Finkit)?;
    #[expect(clippy::cast_precision_loss, reason = "a few million are exact")]
    let most = large as f64 / count as f64 * 1.1;
    println!("{growth:.2} times the time of {count} (the bar is {most:.2})\n");
    bars.hold(
        growth <= most,
        "the time grows faster than the number of articles",
    );
    bars.outcome()
}

/// What is found short of what is promised.
#[derive(Default)]
struct Bars(Vec<String>);

impl Bars {
    fn hold(&mut self, held: bool, missed: impl Into<String>) {
        if !held {
            self.0.push(missed.into());
        }
    }

    /// finkit is this many times as fast as the other.
    fn at_least(&mut self, all: &[Series], other: Who, times: f64) -> Outcome {
        let ratio = wall(all, other)? / wall(all, Who::Finkit)?;
        let name = other.name();
        println!("{ratio:.2} times as fast as {name} (the bar is {times})\n");
        self.hold(
            ratio >= times,
            format!("only {ratio:.2} times as fast as {name}"),
        );
        Ok(())
    }

    fn memory(&mut self, all: &[Series]) -> Outcome {
        let series = series(all, Who::Finkit)?;
        let most = series
            .memory()
            .map(|memory| memory.most)
            .ok_or_else(|| none(series))?;
        self.hold(
            most < MOST_MEMORY,
            format!("finkit takes {}", mebibytes(most)),
        );
        Ok(())
    }

    fn outcome(self) -> Outcome {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Failure::new(self.0.join("; ")))
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Finkit,
    Script,
    Threads,
    DltSqlite,
    DltDuckdb,
}

impl Who {
    const ALL: [Self; 5] = [
        Self::Finkit,
        Self::Script,
        Self::Threads,
        Self::DltSqlite,
        Self::DltDuckdb,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Finkit => "finkit finfo sync",
            Self::Script => "httpx + sqlite3",
            Self::Threads => "httpx, 8 threads + orjson + sqlite3",
            Self::DltSqlite => "dlt into SQLite",
            Self::DltDuckdb => "dlt into DuckDB, by way of Parquet",
        }
    }

    fn of(contender: &Contender) -> Outcome<Self> {
        Self::ALL
            .into_iter()
            .find(|who| who.name() == contender.name())
            .ok_or_else(|| Failure::new(format!("nobody is called {}", contender.name())))
    }
}

struct Scene {
    folder: PathBuf,
    finkit: PathBuf,
    python: PathBuf,
}

impl Scene {
    fn set(workspace: &Workspace, finkit: PathBuf, bin: PathBuf) -> Outcome<Self> {
        let folder = folder(workspace)?.join("sync");
        fs::create_dir_all(&folder).naming(folder.display())?;
        for (name, text) in [
            ("script.py", include_str!("sync/script.py")),
            ("threads.py", include_str!("sync/threads.py")),
            ("pipeline.py", include_str!("sync/pipeline.py")),
            ("look.py", include_str!("sync/look.py")),
        ] {
            let path = folder.join(name);
            fs::write(&path, text).naming(path.display())?;
        }
        Ok(Self {
            folder,
            finkit,
            python: bin.join("python"),
        })
    }

    /// Everything, into databases that are not there yet.
    fn full(
        &self,
        workspace: &Workspace,
        service: &Service,
        rounds: u64,
        who: &[Who],
    ) -> Outcome<Vec<Series>> {
        service.set_edition(0);
        for who in who {
            emptied(&self.home(*who))?;
        }
        let contenders: Vec<Contender> = who
            .iter()
            .map(|who| self.contender(*who, service))
            .collect();
        service.take_pages();
        in_turn(workspace, &contenders, rounds, 1, |contender, _| {
            let who = Who::of(contender)?;
            self.check(who, service.articles().sums[0])?;
            let least = service.articles().sums[0].count.div_ceil(PAGE);
            let pages = service.take_pages();
            if pages < least || pages > least + least / 100 + 2 {
                return Err(Failure::new(format!(
                    "{} asked for {pages} pages",
                    who.name()
                )));
            }
            emptied(&self.home(who))
        })
    }

    /// What changed since a full load, into the databases that it made.
    fn changed(
        &self,
        workspace: &Workspace,
        service: &Service,
        rounds: u64,
        who: &[Who],
    ) -> Outcome<Vec<Series>> {
        service.set_edition(0);
        let contenders: Vec<Contender> = who
            .iter()
            .map(|who| self.contender(*who, service))
            .collect();
        for who in who {
            emptied(&self.home(*who))?;
        }
        in_turn(workspace, &contenders, 1, 0, |contender, _| {
            let who = Who::of(contender)?;
            self.check(who, service.articles().sums[0])?;
            emptied(&self.kept(who))?;
            copied(&self.home(who), &self.kept(who))
        })?;
        service.set_edition(1);
        service.take_pages();
        in_turn(workspace, &contenders, rounds, 1, |contender, _| {
            let who = Who::of(contender)?;
            self.check(who, service.articles().sums[1])?;
            let pages = service.take_pages();
            let most = service.articles().sums[1]
                .count
                .div_ceil(PAGE * CHANGED_ONE_OF)
                + 2;
            if pages > most {
                return Err(Failure::new(format!(
                    "{} asked for {pages} pages",
                    who.name()
                )));
            }
            emptied(&self.home(who))?;
            copied(&self.kept(who), &self.home(who))
        })
    }

    /// Where a program keeps all that it keeps.
    fn home(&self, who: Who) -> PathBuf {
        self.folder.join(format!("{who:?}").to_lowercase())
    }

    fn kept(&self, who: Who) -> PathBuf {
        self.home(who).with_extension("kept")
    }

    fn contender(&self, who: Who, service: &Service) -> Contender {
        let home = self.home(who);
        let url = service.url();
        let python = |script: &str| {
            Contender::new(who.name(), &self.python)
                .args([self.folder.join(script)])
                .args([url])
        };
        match who {
            Who::Finkit => Contender::new(who.name(), &self.finkit)
                .args(["finfo", "sync"])
                .env("FINKIT_HOME", home)
                .env("FINKIT_FINFO_URL", url)
                .env("FINKIT_FINFO_REALM", format!("{url}/realm"))
                .env("FINKIT_FINFO_USERNAME", "reseller@example.test")
                .env("FINKIT_FINFO_CLIENT_SECRET", "issued-with-the-account")
                .env("FINKIT_FINFO_PASSWORD", "s3cret-Pass1"),
            Who::Script => python("script.py").args([home.join("articles.sqlite")]),
            Who::Threads => python("threads.py").args([home.join("articles.sqlite")]),
            Who::DltSqlite => python("pipeline.py").args(["sqlite"]).args([home]),
            Who::DltDuckdb => python("pipeline.py").args(["duckdb"]).args([home]),
        }
    }

    /// Whether the database holds exactly these articles.
    fn check(&self, who: Who, wanted: Sum) -> Outcome {
        let home = self.home(who);
        let (kind, file) = match who {
            Who::Finkit => ("finkit", found(&home, "catalogue.sqlite")?),
            Who::Script | Who::Threads => ("script", home.join("articles.sqlite")),
            Who::DltSqlite => ("sqlite", home.join("articles.sqlite")),
            Who::DltDuckdb => ("duckdb", home.join("articles.duckdb")),
        };
        let said = command::output(
            std::process::Command::new(&self.python)
                .arg(self.folder.join("look.py"))
                .arg(kind)
                .arg(&file),
        )?;
        let Sum {
            count,
            numbers,
            prices,
        } = wanted;
        let expected = format!("{count} {numbers} {prices}");
        if said.trim() == expected {
            Ok(())
        } else {
            Err(Failure::new(format!(
                "{} holds {} instead of {expected} (articles, numbers, prices)",
                who.name(),
                said.trim()
            )))
        }
    }
}

fn emptied(folder: &Path) -> Outcome {
    if folder.exists() {
        fs::remove_dir_all(folder).naming(folder.display())?;
    }
    fs::create_dir_all(folder).naming(folder.display())
}

fn copied(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to).naming(to.display())?;
    for entry in fs::read_dir(from).naming(from.display())? {
        let entry = entry.naming(from.display())?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copied(&path, &target)?;
        } else {
            fs::copy(&path, &target).naming(path.display())?;
        }
    }
    Ok(())
}

/// The file of this name somewhere below the folder.
fn found(folder: &Path, name: &str) -> Outcome<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).naming(folder.display())? {
            let path = entry.naming(folder.display())?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|found| found == name) {
                return Ok(path);
            }
        }
    }
    Err(Failure::new(format!(
        "no {name} below {}",
        folder.display()
    )))
}

fn series(all: &[Series], who: Who) -> Outcome<&Series> {
    all.iter()
        .find(|series| series.name == who.name())
        .ok_or_else(|| Failure::new(format!("{} was not measured", who.name())))
}

fn none(series: &Series) -> Failure {
    Failure::new(format!("no sample of {}", series.name))
}

fn wall(all: &[Series], who: Who) -> Outcome<f64> {
    let series = series(all, who)?;
    series
        .wall()
        .map(|wall| wall.median)
        .ok_or_else(|| none(series))
}
