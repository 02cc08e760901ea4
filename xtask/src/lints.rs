//! The steps that are one cargo command each: format, lints, documentation.

use crate::failure::{Failure, Outcome};
use crate::run;
use crate::workspace::Workspace;

/// Every file is formatted as rustfmt would, the fuzz targets included.
pub(crate) fn fmt(workspace: &Workspace) -> Outcome {
    component(workspace, "fmt", "rustfmt")?;
    run::run(&mut workspace.cargo("fmt", &["--all", "--check"]))
        .map_err(|failure| failure.with_remedy("cargo fmt --all"))?;
    let fuzz = ["--manifest-path", "fuzz/Cargo.toml"];
    run::run(workspace.cargo("fmt", &fuzz).arg("--check"))
        .map_err(|failure| failure.with_remedy("cargo fmt --manifest-path fuzz/Cargo.toml"))
}

/// No warning of clippy, in any target, with every feature.
pub(crate) fn clippy(workspace: &Workspace) -> Outcome {
    component(workspace, "clippy", "clippy")?;
    let args = [
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ];
    run::run(&mut workspace.cargo("clippy", &args)).map_err(|failure| {
        failure
            .with_remedy("mend what is named above; an exception is an `#[expect]` with its reason")
    })
}

/// The documentation builds without a warning: no dead link, nothing undocumented.
pub(crate) fn doc(workspace: &Workspace) -> Outcome {
    let args = ["--workspace", "--all-features", "--no-deps"];
    run::run(
        workspace
            .cargo("doc", &args)
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
    .map_err(|failure| failure.with_remedy("mend the comments named above"))
}

/// A part of the toolchain that small installations leave out.
fn component(workspace: &Workspace, command: &str, component: &str) -> Outcome {
    run::output(workspace.tool("cargo").args([command, "--version"]))
        .map(drop)
        .map_err(|_| {
            Failure::new(format!("this toolchain has no `cargo {command}`"))
                .with_remedy(format!("rustup component add {component}"))
        })
}
