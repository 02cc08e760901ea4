//! `cargo xtask boundaries`: the shape of the workspace, compared with what
//! ARCHITECTURE.md says it is.

mod graph;
mod manifests;
mod sources;
mod table;

use std::fs;

use crate::failure::{Failure, Naming as _, Outcome};
use crate::workspace::Workspace;

/// Checks dependencies, manifests and source files; tells all faults at once.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let text = fs::read_to_string(workspace.path("ARCHITECTURE.md")).naming("ARCHITECTURE.md")?;
    let table = table::Table::read(&text)?;
    let metadata = workspace.metadata()?;
    let mut faults = graph::faults(&metadata, &table);
    faults.extend(manifests::faults(&metadata, workspace.root())?);
    faults.extend(sources::faults(workspace.root())?);
    if faults.is_empty() {
        println!(
            "   {} crates stand as ARCHITECTURE.md says",
            table.rows.len()
        );
        return Ok(());
    }
    for fault in &faults {
        println!("   {fault}");
    }
    Err(Failure::new(match faults.len() {
        1 => "1 boundary is crossed".to_owned(),
        many => format!("{many} boundaries are crossed"),
    })
    .with_remedy("each line above names what to edit"))
}
