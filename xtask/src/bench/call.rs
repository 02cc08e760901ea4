//! `cargo xtask bench call`: what one short run of the program costs, beside curl.
//!
//! Twice: start and end of the process alone, and one look-up with a token in the vault beside curl that gets token and
//! body handed over. Both ask the same server, the program's own sandbox on loopback.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{Contender, Sample, Series, Spread, folder, in_turn, machine, table};
use crate::args::Args;
use crate::debian;
use crate::failure::{Failure, Naming as _, Outcome};
use crate::workspace::Workspace;

/// Made up; the sandbox knows no entry of it.
const FIN: &str = "WVWZZZE1ZMP000001";
const YEAR: &str = "2026";
const USER: &str = "bench";
const PASSWORD: &str = "made-up-password";

pub(super) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let rounds = args.number("--rounds", 101)?;
    let built = args.option("--program")?;
    args.finish()?;
    let curl = debian::provide(workspace, "curl", "curl")?;
    let finkit = match built {
        Some(path) => workspace.path(path),
        None => workspace.program(true)?,
    };

    println!("\n{}; {rounds} rounds in turn", machine());
    // The bar is 3 ms where curl needs 6: the machine decides about the milliseconds.
    let start = starts(workspace, &curl, &finkit, rounds)?;
    let look_up = look_ups(workspace, &curl, &finkit, rounds)?;
    below("`finkit --version` beside `curl --version`", start, 0.5)?;
    below("a look-up beside the same request by curl", look_up, 1.0)
}

/// Start and end of the process.
fn starts(workspace: &Workspace, curl: &Path, finkit: &Path, rounds: u64) -> Outcome<f64> {
    let contenders = [
        Contender::new("curl --version", curl).args(["--version"]),
        Contender::new("finkit --version", finkit).args(["--version"]),
    ];
    let all = in_turn(workspace, &contenders, rounds, 5, |_, _| Ok(()))?;
    println!("\nStart and end of the process:\n");
    conclude(&all)
}

/// One look-up of one FIN.
fn look_ups(workspace: &Workspace, curl: &Path, finkit: &Path, rounds: u64) -> Outcome<f64> {
    let folder = folder(workspace)?.join("call");
    if folder.exists() {
        fs::remove_dir_all(&folder).naming(folder.display())?;
    }
    fs::create_dir_all(&folder).naming(folder.display())?;
    let sandbox = Sandbox::start(finkit)?;
    let home = Home {
        finkit,
        folder: folder.join("home"),
        url: sandbox.url.clone(),
    };
    home.prepare(&sandbox.code)?;
    let (kept_in, token) = home.token()?;
    let vault = || fs::read(&kept_in).naming(kept_in.display());
    let before = vault()?;

    let answers = [folder.join("curl.json"), folder.join("finkit.json")];
    let body = json!({"fin": FIN, "year": YEAR.parse::<u32>().naming("a year")?});
    let by_curl = Contender::new("curl, token and body given", curl)
        .args(["--silent", "--show-error", "--fail", "--request", "POST"])
        .args(["--header", "accept: application/json"])
        .args(["--header", "content-type: application/json"])
        .args(["--header", &format!("authorization: Bearer {token}")])
        .args(["--data-binary", &body.to_string()])
        .args([&format!("{}/search", sandbox.url)])
        .stdout(&answers[0]);
    let by_finkit = Contender::new("finkit fincheck search", finkit)
        .args([
            "--format", "json", "fincheck", "search", FIN, "--year", YEAR,
        ])
        .env("FINKIT_HOME", &home.folder)
        .env("FINKIT_FINCHECK_URL", &sandbox.url)
        .stdout(&answers[1]);
    let all = in_turn(
        workspace,
        &[by_curl, by_finkit],
        rounds,
        5,
        |contender, _: &Sample| {
            let ours = contender.name().starts_with("finkit");
            let path = &answers[usize::from(ours)];
            let text = fs::read_to_string(path).naming(path.display())?;
            if says_free(&text) {
                return Ok(());
            }
            Err(Failure::new(format!(
                "{} did not find the FIN free: {text}",
                contender.name()
            )))
        },
    )?;
    if vault()? != before {
        return Err(Failure::new(
            "the program asked for a token although one was in the vault",
        ));
    }
    println!("One look-up with a token in the vault, ledger and all:\n");
    conclude(&all)
}

/// Whether an answer of the service, or a line of the program, says that nothing was found.
fn says_free(text: &str) -> bool {
    text.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .any(|line| line["found"] == false || line["verdict"] == "free")
}

/// Prints the table of a pair, curl first, and gives the median of the ratios round by round.
fn conclude(pair: &[Series]) -> Outcome<f64> {
    let [curl, finkit] = pair else {
        return Err(Failure::new("a pair has two series"));
    };
    println!("{}", table(pair, &curl.name)?);
    let ratio = ratios(curl, finkit).ok_or_else(|| Failure::new("no round was measured"))?;
    println!(
        "Round by round, finkit takes {:.2} times as long as curl ({:.2} – {:.2}).\n",
        ratio.median, ratio.least, ratio.most
    );
    Ok(ratio.median)
}

/// How many times as long as the first the second took, round by round: what a busy moment does to both cancels out.
fn ratios(first: &Series, second: &Series) -> Option<Spread> {
    let pairs = first.samples.iter().zip(&second.samples);
    Spread::of(pairs.map(|(first, second)| second.wall.as_secs_f64() / first.wall.as_secs_f64()))
}

fn below(what: &str, ratio: f64, bar: f64) -> Outcome {
    if ratio <= bar {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{what} takes {ratio:.2} times as long; {bar:.2} is the bar"
    )))
}

/// `finkit sandbox`; it ends with this value.
struct Sandbox {
    child: Child,
    url: String,
    /// With which an account is registered.
    code: String,
}

impl Sandbox {
    fn start(finkit: &Path) -> Outcome<Self> {
        let child = Command::new(finkit)
            .args(["--format", "json", "sandbox", "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .naming("cannot start the sandbox")?;
        let mut sandbox = Self {
            child,
            url: String::new(),
            code: String::new(),
        };
        let mut line = String::new();
        if let Some(stdout) = sandbox.child.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut line)
                .naming("reading what the sandbox says")?;
        }
        let (url, code) = address(&line)
            .ok_or_else(|| Failure::new(format!("the sandbox says no address: {line}")))?;
        (sandbox.url, sandbox.code) = (url, code);
        Ok(sandbox)
    }
}

/// Address and code of a standard account in the sandbox's first line.
fn address(line: &str) -> Option<(String, String)> {
    let said: Value = serde_json::from_str(line).ok()?;
    let standard = said["codes"]
        .as_array()?
        .iter()
        .find(|code| code["participant"] == "standard")?;
    Some((
        said["url"].as_str()?.to_owned(),
        standard["registration_code"].as_str()?.to_owned(),
    ))
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The home of the program under test.
struct Home<'a> {
    finkit: &'a Path,
    folder: PathBuf,
    url: String,
}

impl Home<'_> {
    /// Registers an account, signs in, looks up once.
    fn prepare(&self, code: &str) -> Outcome {
        let register = [
            "register",
            "--username",
            USER,
            "--participant",
            "standard",
            "--stdin",
        ];
        self.call(&register, &format!("{code}\n{PASSWORD}\n"))?;
        self.call(
            &["login", "--username", USER, "--stdin"],
            &format!("{PASSWORD}\n"),
        )?;
        self.call(&["search", FIN, "--year", YEAR], "")
    }

    fn call(&self, args: &[&str], input: &str) -> Outcome {
        let mut child = Command::new(self.finkit)
            .arg("fincheck")
            .args(args)
            .env("FINKIT_HOME", &self.folder)
            .env("FINKIT_FINCHECK_URL", &self.url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .naming("cannot start finkit")?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that reads nothing closes early; its exit code tells what there is to tell.
            let _ = stdin.write_all(input.as_bytes());
        }
        let done = child.wait_with_output().naming("waiting for finkit")?;
        if done.status.success() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "finkit fincheck {} ended with {}\n{}",
            args[0],
            done.status,
            String::from_utf8_lossy(&done.stderr).trim_end()
        )))
    }

    /// The file that keeps the token, and the token.
    fn token(&self) -> Outcome<(PathBuf, String)> {
        let folder = self.folder.join("tokens");
        for entry in fs::read_dir(&folder).naming(folder.display())? {
            let path = entry.naming(folder.display())?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let text = fs::read_to_string(&path).naming(path.display())?;
                let kept: Value = serde_json::from_str(&text).naming(path.display())?;
                if let Some(token) = kept["access"]["token"].as_str() {
                    return Ok((path, token.to_owned()));
                }
            }
        }
        Err(Failure::new(format!(
            "there is no token in {}",
            folder.display()
        )))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn series(walls: &[u64]) -> Series {
        Series {
            name: "some".into(),
            samples: walls
                .iter()
                .map(|ms| Sample {
                    wall: Duration::from_millis(*ms),
                    cpu: Duration::ZERO,
                    peak_memory: 0,
                    exit: 0,
                })
                .collect(),
        }
    }

    #[test]
    fn ratios_pair_the_rounds() {
        // A busy second round hits both.
        let ratio = ratios(&series(&[10, 100, 20]), &series(&[5, 40, 16])).unwrap();
        let rounded = |ratio: f64| (ratio * 100.0).round();
        let all = [ratio.least, ratio.median, ratio.most].map(rounded);
        assert_eq!(all, [40.0, 50.0, 80.0]);
        assert_eq!(ratios(&series(&[]), &series(&[])), None);
    }

    #[test]
    fn free_is_read_from_both_forms() {
        assert!(says_free(r#"{"fins":[],"found":false}"#));
        assert!(says_free(
            "{\"type\":\"search\",\"verdict\":\"free\"}\n{\"type\":\"search-summary\",\"free\":1}\n"
        ));
        for other in [
            "",
            "{\"found\":true}",
            "{\"verdict\":\"unknown\"}",
            "<html>",
        ] {
            assert!(!says_free(other), "{other}");
        }
    }

    #[test]
    fn address_and_code_come_from_the_first_line() {
        let line = r#"{"url":"http://127.0.0.1:1","codes":[
            {"participant":"reader","registration_code":"r"},
            {"participant":"standard","registration_code":"s"}]}"#;
        let wanted = ("http://127.0.0.1:1".to_owned(), "s".to_owned());
        assert_eq!(address(line), Some(wanted));
        assert_eq!(address(r#"{"url":"http://127.0.0.1:1","codes":[]}"#), None);
    }

    #[test]
    fn the_bar_itself_is_met() {
        assert!(below("this", 0.5, 0.5).is_ok());
        let failure = below("this", 1.234, 1.0).unwrap_err().to_string();
        assert_eq!(failure, "this takes 1.23 times as long; 1.00 is the bar");
    }
}
