//! Python environments of the suites and benches that compare with other people's programs.

use std::fs;
use std::path::PathBuf;

use crate::debian;
use crate::failure::{Naming as _, Outcome};
use crate::run;
use crate::workspace::Workspace;

/// Makes the environment `name` below the target folder with exactly these
/// packages (`polars==1.35.2`) and gives the folder of its programs.
///
/// A finished environment is kept and used again; another list of packages makes it anew.
///
/// # Errors
/// When there is no Python 3 with `venv`, or a package cannot be installed.
pub(crate) fn environment(
    workspace: &Workspace,
    name: &str,
    packages: &[&str],
) -> Outcome<PathBuf> {
    let root = workspace.target().join(name);
    let bin = root.join("bin");
    let stamp = root.join("packages.txt");
    let wanted = packages.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(bin);
    }
    let python = debian::provide(workspace, "python3", "python3-venv")?;
    if root.exists() {
        fs::remove_dir_all(&root).naming(root.display())?;
    }
    run::run(workspace.tool(python).args(["-m", "venv"]).arg(&root)).map_err(|failure| {
        failure.with_remedy(
            "Debian keeps that part of Python in a package: apt-get install python3-venv",
        )
    })?;
    run::run(
        workspace
            .tool(bin.join("python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(packages),
    )
    .map_err(|failure| {
        failure.with_remedy("the packages come from PyPI; this part needs to reach it once")
    })?;
    fs::write(&stamp, wanted).naming(stamp.display())?;
    Ok(bin)
}
