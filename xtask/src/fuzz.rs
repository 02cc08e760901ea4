//! `cargo xtask fuzz`: every fuzz target of the `fuzz` crate for a while.
//!
//! libFuzzer is linked in by `libfuzzer-sys`; the coverage flags below are what
//! cargo-fuzz would pass, so cargo-fuzz itself is not needed. The address sanitizer
//! is an unstable flag: it is unlocked for the one stable toolchain of the machine,
//! since nothing built here is ever shipped.
//!
//! What a run finds goes to the target folder; `--keep` copies the inputs that add
//! coverage into `fuzz/corpus`, where they stay and start the next run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::args::Args;
use crate::debian;
use crate::failure::{Failure, Naming as _, Outcome};
use crate::run::{self, Bounded};
use crate::workspace::{Workspace, host_triple};

const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Clink-dead-code -Ccodegen-units=1 \
    -Cdebug-assertions -Zsanitizer=address";

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let seconds = args.number("--seconds", 60)?;
    let keep = args.flag("--keep");
    let only = args.position();
    args.finish()?;

    let manifest = workspace.path("fuzz/Cargo.toml");
    if !manifest.is_file() {
        return Err(Failure::new(
            "there is no fuzz/Cargo.toml, so there is nothing to fuzz",
        ));
    }
    let mut targets = targets(workspace, &manifest)?;
    if let Some(only) = &only {
        let known = targets.join(", ");
        targets.retain(|target| target == only);
        if targets.is_empty() {
            return Err(Failure::new(format!("no fuzz target is called `{only}`"))
                .with_remedy(format!("one of {known}")));
        }
    }
    if targets.is_empty() {
        return Err(Failure::new("fuzz/Cargo.toml has no target"));
    }
    let built = build(workspace, &manifest)?;

    let mut crashed = Vec::new();
    for target in &targets {
        println!("== fuzz {target}: {seconds} s");
        let place = Place::of(workspace, target)?;
        let limit = Duration::from_secs(seconds * 2 + 120);
        let ended = run::bounded(
            workspace
                .tool(built.join(target))
                .arg(&place.found)
                .arg(&place.kept)
                .arg(format!("-max_total_time={seconds}"))
                .arg(format!("-artifact_prefix={}/", place.crashes.display()))
                .args(["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"]),
            limit,
        )?;
        if ended != Bounded::Succeeded {
            crashed.push(format!(
                "{target}: the input is in {}",
                place.crashes.display()
            ));
            continue;
        }
        if keep {
            run::run(
                workspace
                    .tool(built.join(target))
                    // As few inputs as reach the same edges: the corpus is read by people, too.
                    .args(["-set_cover_merge=1", "-use_counters=0"])
                    .arg(&place.kept)
                    .arg(&place.found),
            )?;
        }
    }
    if crashed.is_empty() {
        println!(
            "-- fuzz: {} targets, {seconds} s each, no crash",
            targets.len()
        );
        Ok(())
    } else {
        Err(
            Failure::new(format!("a fuzz target failed\n  {}", crashed.join("\n  ")))
                .with_remedy("make the input a unit test first, then mend the code"),
        )
    }
}

/// The folders of one target.
struct Place {
    /// Inputs found by runs on this machine.
    found: PathBuf,
    /// Inputs kept in the repository.
    kept: PathBuf,
    crashes: PathBuf,
}

impl Place {
    fn of(workspace: &Workspace, target: &str) -> Outcome<Self> {
        let place = Self {
            found: workspace.target().join("fuzz/found").join(target),
            kept: workspace.path("fuzz/corpus").join(target),
            crashes: workspace.target().join("fuzz/crashes").join(target),
        };
        for folder in [&place.found, &place.kept, &place.crashes] {
            fs::create_dir_all(folder).naming(folder.display())?;
        }
        Ok(place)
    }
}

fn targets(workspace: &Workspace, manifest: &Path) -> Outcome<Vec<String>> {
    let mut command = workspace.tool("cargo");
    command
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--manifest-path",
        ])
        .arg(manifest);
    let value: Value = serde_json::from_str(&run::output(&mut command)?)
        .naming("the answer of `cargo metadata` is not JSON")?;
    Ok(value["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|package| package["targets"].as_array().into_iter().flatten())
        .filter(|target| target["kind"][0] == "bin")
        .filter_map(|target| target["name"].as_str().map(str::to_owned))
        .collect())
}

/// Builds all targets instrumented; gives the folder of the programs.
fn build(workspace: &Workspace, manifest: &Path) -> Outcome<PathBuf> {
    // libFuzzer itself is C++, compiled once by the build script of libfuzzer-sys.
    debian::provide(workspace, "c++", "g++")?;
    let host = host_triple(workspace)?;
    let folder = workspace.target().join("fuzz/build");
    run::run(
        workspace
            .tool("cargo")
            // The target is named so that build scripts and macros stay uninstrumented.
            .args([
                "build",
                "--release",
                "--bins",
                "--target",
                &host,
                "--manifest-path",
            ])
            .arg(manifest)
            .arg("--target-dir")
            .arg(&folder)
            .env("RUSTFLAGS", COVERAGE)
            .env("RUSTC_BOOTSTRAP", "1"),
    )?;
    Ok(folder.join(host).join("release"))
}
