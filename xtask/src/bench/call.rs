//! `cargo xtask bench call`: what one short run of the program costs, beside curl.

use super::{Contender, Series, in_turn, machine, table};
use crate::args::Args;
use crate::debian;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let rounds = args.number("--rounds", 101)?;
    args.finish()?;
    let curl = debian::provide(workspace, "curl", "curl")?;
    let finkit = workspace.program(true)?;

    println!("\n{}; {rounds} rounds in turn\n", machine());
    println!("Start and end of the process:\n");
    let contenders = [
        Contender::new("curl --version", &curl).args(["--version"]),
        Contender::new("finkit --version", &finkit).args(["--version"]),
    ];
    let all = in_turn(workspace, &contenders, rounds, 5, |_, _| Ok(()))?;
    println!("{}", table(&all, "curl --version")?);

    // The bar is 3 ms where curl needs 6: the machine decides about the milliseconds.
    let (curl, finkit) = (median(&all[0])?, median(&all[1])?);
    if finkit > curl / 2.0 {
        return Err(Failure::new(format!(
            "`finkit --version` takes {:.2} times as long as `curl --version`; half is the bar",
            finkit / curl
        )));
    }
    Ok(())
}

fn median(series: &Series) -> Outcome<f64> {
    series
        .wall()
        .map(|spread| spread.median)
        .ok_or_else(|| Failure::new(format!("no sample of {}", series.name)))
}
