//! Packages of the system that an optional suite needs.

use crate::failure::{Failure, Outcome};
use crate::run;
use crate::workspace::Workspace;

/// Makes sure that `program` is there, from the Debian package `package` if need be.
///
/// # Errors
/// When it is missing and cannot be installed: not root, no apt-get, no such package.
pub(crate) fn provide(
    workspace: &Workspace,
    program: &str,
    package: &str,
) -> Outcome<std::path::PathBuf> {
    if let Some(found) = run::find(program) {
        return Ok(found);
    }
    let by_hand = format!("install it by hand, for example: apt-get install {package}");
    if run::find("apt-get").is_none() || !is_root(workspace) {
        return Err(Failure::new(format!(
            "this needs `{program}`, which is not on this machine, and only root on Debian can \
             install it unasked"
        ))
        .with_remedy(by_hand));
    }
    let apt = |args: &[&str]| {
        let mut command = workspace.tool("apt-get");
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    run::run(&mut apt(&["update", "-qq"]))
        .and_then(|()| {
            run::run(&mut apt(&[
                "install",
                "-y",
                "-qq",
                "--no-install-recommends",
                package,
            ]))
        })
        .map_err(|failure| failure.with_remedy(by_hand.clone()))?;
    run::find(program).ok_or_else(|| {
        Failure::new(format!(
            "package {package} is installed, but brings no `{program}`"
        ))
        .with_remedy(by_hand)
    })
}

fn is_root(workspace: &Workspace) -> bool {
    run::output(workspace.tool("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
