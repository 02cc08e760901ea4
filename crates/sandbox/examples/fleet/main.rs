//! Writes the sample list of this repository and what is planted in it: `tests/data/fleet.csv` and `tests/data/fleet.expected.json`.
//!
//! `cargo run -p finkit-sandbox --example fleet`; a test keeps the files equal to what this writes.

mod list;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data");
    let list = list::fleet();
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("fleet.csv"), list.csv())?;
    std::fs::write(folder.join("fleet.expected.json"), list.expected())
}
