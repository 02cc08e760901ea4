//! Makes the corpus of lists in `tests/data/lists`: one fleet in every dialect that lists come in, and lists with
//! every fault, all of them made up. `cargo run -p finkit-tables --example lists` writes them anew.

mod corpus;

use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/lists"),
        PathBuf::from,
    );
    std::fs::create_dir_all(&folder)?;
    let lists = corpus::all();
    for list in &lists {
        std::fs::write(folder.join(list.file), &list.bytes)?;
    }
    std::fs::write(folder.join("expected.json"), corpus::expected(&lists))?;
    Ok(())
}
