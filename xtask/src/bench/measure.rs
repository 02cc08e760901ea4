//! Measures one whole process: wall time, processor time, peak memory.
//!
//! The kernel reports processor time and peak memory of *all* waited-for children
//! together, and a child starts with its parent's memory peak. So each measurement
//! is made by a small helper process of its own (`xtask measure`), whose only child
//! is the program under test.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Value, json};

use super::Contender;
use crate::clock::Stopwatch;
use crate::failure::{Failure, Naming as _, Outcome};

/// What one run of a program cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    /// From before the start of the process to after its end.
    pub(crate) wall: Duration,
    /// User and system time of the process and its children.
    pub(crate) cpu: Duration,
    /// Largest resident set, in bytes.
    pub(crate) peak_memory: u64,
    /// Exit code; -1 when a signal ended the process.
    pub(crate) exit: i32,
}

/// Runs `contender` once through the helper.
pub(crate) fn measure(contender: &Contender, report: &Path) -> Outcome<Sample> {
    let own = std::env::current_exe().naming("the path of xtask")?;
    let mut command = Command::new(own);
    command.arg("measure").arg(report).arg(&contender.program);
    command
        .args(&contender.args)
        .envs(contender.env.iter().cloned());
    if let Some(dir) = &contender.dir {
        command.current_dir(dir);
    }
    command.stdin(match &contender.stdin {
        None => Stdio::null(),
        Some(path) => fs::File::open(path).naming(path.display())?.into(),
    });
    command.stdout(match &contender.stdout {
        None => Stdio::null(),
        Some(path) => fs::File::create(path).naming(path.display())?.into(),
    });
    let errors = report.with_extension("stderr");
    command.stderr(fs::File::create(&errors).naming(errors.display())?);

    let status = command
        .status()
        .naming("cannot start the measuring helper")?;
    let said = || fs::read_to_string(&errors).unwrap_or_default();
    if !status.success() {
        return Err(Failure::new(format!(
            "{}: the measuring helper ended with {status}\n{}",
            contender.name,
            said()
        )));
    }
    let text = fs::read_to_string(report).naming(report.display())?;
    let sample = read(&text).ok_or_else(|| Failure::new(format!("not a measurement: {text}")))?;
    if !contender.exits.contains(&sample.exit) {
        return Err(Failure::new(format!(
            "{} ended with {} instead of {:?}\n{}",
            contender.name,
            sample.exit,
            contender.exits,
            said()
        )));
    }
    Ok(sample)
}

/// The helper's side: `measure REPORT PROGRAM ARGS…`.
pub(crate) fn helper(mut args: impl Iterator<Item = OsString>) -> ExitCode {
    let (Some(report), Some(program)) = (args.next(), args.next()) else {
        eprintln!("measure: needs a report file and a program");
        return ExitCode::FAILURE;
    };
    let mut command = Command::new(program);
    command.args(args);
    let watch = Stopwatch::start();
    let status = match command.status() {
        Ok(status) => status,
        Err(error) => {
            eprintln!("measure: {:?}: {error}", command.get_program());
            return ExitCode::FAILURE;
        }
    };
    let wall = watch.elapsed();
    let usage = match getrusage(UsageWho::RUSAGE_CHILDREN) {
        Ok(usage) => usage,
        Err(error) => {
            eprintln!("measure: getrusage: {error}");
            return ExitCode::FAILURE;
        }
    };
    let cpu = micros(usage.user_time()) + micros(usage.system_time());
    let text = json!({
        "wall_ns": u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX),
        "cpu_us": cpu,
        "peak": bytes(usage.max_rss()),
        "exit": status.code().unwrap_or(-1),
    });
    match fs::write(report, text.to_string()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("measure: writing the report: {error}");
            ExitCode::FAILURE
        }
    }
}

fn micros(time: nix::sys::time::TimeVal) -> u64 {
    u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).unwrap_or(0)
}

/// `ru_maxrss` is kilobytes, except on macOS.
fn bytes(max_rss: i64) -> u64 {
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    u64::try_from(max_rss).unwrap_or(0) * unit
}

fn read(text: &str) -> Option<Sample> {
    let value: Value = serde_json::from_str(text).ok()?;
    Some(Sample {
        wall: Duration::from_nanos(value["wall_ns"].as_u64()?),
        cpu: Duration::from_micros(value["cpu_us"].as_u64()?),
        peak_memory: value["peak"].as_u64()?,
        exit: i32::try_from(value["exit"].as_i64()?).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_back() {
        let sample = read(r#"{"wall_ns":1500,"cpu_us":7,"peak":4096,"exit":-1}"#).unwrap();
        assert_eq!(sample.wall, Duration::from_nanos(1500));
        assert_eq!(sample.cpu, Duration::from_micros(7));
        assert_eq!((sample.peak_memory, sample.exit), (4096, -1));
        assert_eq!(read("{}"), None);
    }
}
