//! `cargo xtask crash`: a list is entered while the program is killed again and again, at random moments.
//!
//! Every kill is a SIGKILL, every next start resumes. At the end of each list the service must have each record
//! exactly once, and the program's report must call every row created. What is random comes from the seed that is
//! printed, but for the scheduling of processes, which no seed repeats.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::args::Args;
use crate::clock::{Stopwatch, human, pause};
use crate::failure::{Failure, Naming as _, Outcome};
use crate::run::show;
use crate::workspace::Workspace;

const USER: &str = "acme";
const PASSWORD: &str = "s3cret-Pass1";

/// How much is killed, and how large the list is.
#[derive(Debug, Clone, Copy)]
struct Plan {
    kills: u64,
    records: u64,
    seed: u64,
}

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let release = args.flag("--release");
    let random = RandomState::new().build_hasher().finish();
    let plan = Plan {
        kills: args.number("--kills", 500)?,
        records: args.number("--records", 400)?,
        seed: args.number("--seed", random >> 32)?,
    };
    args.finish()?;
    let program = workspace.program(release)?;
    crash(workspace, &program, plan)
}

/// The short form for CI, with the program that is built already.
pub(crate) fn short(workspace: &Workspace) -> Outcome {
    let plan = Plan {
        kills: 40,
        records: 400,
        seed: RandomState::new().build_hasher().finish() >> 32,
    };
    crash(workspace, &workspace.built(false), plan)
}

fn crash(workspace: &Workspace, program: &Path, plan: Plan) -> Outcome {
    let folder = workspace.target().join("crash");
    if folder.exists() {
        fs::remove_dir_all(&folder).naming(folder.display())?;
    }
    println!(
        "{} kills while {} records are entered, seed {}",
        plan.kills, plan.records, plan.seed
    );
    let watch = Stopwatch::start();
    let mut random = Random(plan.seed);
    let (mut kills, mut lists, mut most) = (0, 0, 0);
    while kills < plan.kills {
        lists += 1;
        let scene = Scene::set(program, &folder.join(format!("list-{lists}")), plan.records)?;
        let killed = scene.enter(&mut random).map_err(|failure| {
            failure.with_remedy(format!(
                "what the program left is in {}; again with --seed {}",
                scene.home.display(),
                plan.seed
            ))
        })?;
        kills += killed;
        most = most.max(killed);
        fs::remove_dir_all(&scene.home).naming(scene.home.display())?;
    }
    println!(
        "{kills} kills in {}: {lists} lists, up to {most} kills each; every record is entered once, every row created",
        human(watch.elapsed())
    );
    Ok(())
}

/// A service, an account and a list, all fresh.
struct Scene {
    program: PathBuf,
    home: PathBuf,
    list: PathBuf,
    records: u64,
    url: String,
    service: Child,
}

impl Drop for Scene {
    fn drop(&mut self) {
        // Whatever it says: the service has no state that is worth a word at its end.
        let _ = self.service.kill();
        let _ = self.service.wait();
    }
}

impl Scene {
    fn set(program: &Path, home: &Path, records: u64) -> Outcome<Self> {
        fs::create_dir_all(home).naming(home.display())?;
        let list = home.join("list.csv");
        let mut text = String::from("fin,start_date,end_date,registration_date\n");
        for serial in 1..=records {
            text.push_str(&format!(
                "WVWZZZE1ZMP{serial:06},2026-01-01,2026-12-31,2026-01-02T10:30:00+01:00\n"
            ));
        }
        fs::write(&list, text).naming(list.display())?;
        let mut service = Command::new(program)
            .args([
                "sandbox",
                "--port",
                "0",
                "--latency",
                "3",
                "--format",
                "json",
            ])
            .env("FINKIT_HOME", home.join("service"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .naming("starting the sandbox")?;
        let mut line = String::new();
        if let Some(out) = service.stdout.take() {
            BufReader::new(out)
                .read_line(&mut line)
                .naming("reading what the sandbox prints")?;
        }
        let ready: Value = serde_json::from_str(&line).naming("what the sandbox prints")?;
        let code = ready["codes"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|code| code["participant"] == "standard")
            .and_then(|code| code["registration_code"].as_str())
            .ok_or_else(|| Failure::new("the sandbox names no registration code"))?
            .to_owned();
        let scene = Self {
            program: program.to_owned(),
            home: home.to_owned(),
            list,
            records,
            url: ready["url"].as_str().unwrap_or_default().to_owned(),
            service,
        };
        scene.register(&code)?;
        Ok(scene)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("fincheck")
            .args(args)
            .env("FINKIT_HOME", &self.home)
            .env("FINKIT_LANG", "en")
            .env("FINKIT_FINCHECK_URL", &self.url)
            .env("FINKIT_FINCHECK_USERNAME", USER)
            .env("FINKIT_FINCHECK_PASSWORD", PASSWORD)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn register(&self, code: &str) -> Outcome {
        let mut child = self
            .command(&["register", "--stdin"])
            .stdin(Stdio::piped())
            .spawn()
            .naming("starting `register`")?;
        if let Some(mut input) = child.stdin.take() {
            writeln!(input, "{code}\n{PASSWORD}").naming("telling the registration code")?;
        }
        let done = child.wait_with_output().naming("waiting for `register`")?;
        ended(&self.command(&["register"]), done, 0).map(drop)
    }

    /// Enters the list, killed as often as chance will have it; returns how often that was.
    fn enter(&self, random: &mut Random) -> Outcome<u64> {
        let mut kills = 0;
        loop {
            let mut command = self.start()?;
            let mut child = command.spawn().naming("starting the program")?;
            // Mostly early: a start, a commit or a request is cut far more often than when the whole run counted.
            let within = if random.below(4) == 0 {
                150_000
            } else {
                40_000
            };
            // A slow or busy machine needs longer for the same way: no list may be killed for ever.
            let within = within * (1 + kills / 20);
            let moment = Duration::from_micros(random.below(within));
            pause(moment);
            if child.try_wait().naming("looking at the program")?.is_none() {
                child.kill().naming("killing the program")?;
                child.wait().naming("waiting for the program")?;
                kills += 1;
                continue;
            }
            let done = child.wait_with_output().naming("waiting for the program")?;
            ended(&command, done, 0)?;
            self.check()?;
            return Ok(kills);
        }
    }

    /// Submits as long as there is no job, and resumes it then.
    fn start(&self) -> Outcome<Command> {
        let sending = [
            "--yes",
            "--settle",
            "0",
            "--batch-records",
            "10",
            "--concurrency",
            "4",
        ];
        let list = self.list.to_string_lossy();
        let args: &[&str] = match self.lines(&["jobs"])?.is_empty() {
            true => &["submit", &list, "--partial"],
            false => &["resume"],
        };
        let mut command = self.command(args);
        command.args(sending);
        Ok(command)
    }

    /// The JSON lines of a command that must succeed.
    fn lines(&self, args: &[&str]) -> Outcome<Vec<Value>> {
        let mut command = self.command(args);
        command.args(["--format", "json"]);
        let done = command.output().naming("starting the program")?;
        let text = ended(&command, done, 0)?;
        text.lines()
            .map(|line| serde_json::from_str(line).naming("a line of JSON"))
            .collect()
    }

    /// Every row is created, and every record is at the service once.
    fn check(&self) -> Outcome {
        let jobs = self.lines(&["jobs"])?;
        let [job] = &jobs[..] else {
            return Err(Failure::new(format!("{} jobs instead of one", jobs.len())));
        };
        let report = self.lines(&["report", &job["job"].to_string()])?;
        let rows: Vec<&Value> = report.iter().filter(|line| line["type"] == "row").collect();
        let created = rows
            .iter()
            .filter(|row| row["outcome"] == "created")
            .count();
        same("rows in the report", rows.len(), self.records)?;
        same("rows that the report calls created", created, self.records)?;
        let list = self.list.to_string_lossy();
        let mut command = self.command(&["search", &list, "--yes", "--format", "json"]);
        let done = command.output().naming("starting the program")?;
        // Hits are findings, which is what exit code 1 says.
        let found = ended(&command, done, 1)?;
        let mut once = 0;
        for line in found.lines() {
            let line: Value = serde_json::from_str(line).naming("a line of JSON")?;
            if line["type"] == "search"
                && line["entries"]
                    .as_array()
                    .is_some_and(|entries| entries.len() == 1)
            {
                once += 1;
            }
        }
        same(
            "records that the service has exactly once",
            once,
            self.records,
        )
    }
}

fn same(what: &str, found: usize, expected: u64) -> Outcome {
    if found as u64 == expected {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "{what}: {found} instead of {expected}"
        )))
    }
}

/// Standard output of a command that ended with the code it should.
fn ended(command: &Command, done: Output, code: i32) -> Outcome<String> {
    if done.status.code() == Some(code) {
        return String::from_utf8(done.stdout).naming("what the program printed");
    }
    Err(Failure::new(format!(
        "`{}` ended with {}\n{}",
        show(command),
        done.status,
        String::from_utf8_lossy(&done.stderr).trim_end()
    )))
}

/// The generator `SplitMix64` (Steele, Lea and Flood, 2014): small, and good enough for moments.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_same_seed_gives_the_same_moments() {
        let draw = |seed| {
            let mut random = Random(seed);
            (0..8).map(|_| random.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7).iter().all(|moment| *moment < 1_000));
    }
}
