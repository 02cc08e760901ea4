#![no_main]
//! Any bytes as a list in text form: no panic, the check and the reader agree on every row, conflicts are those that
//! the plain search finds, and a corrected copy means what the list means.

mod lists;

use finkit_tables::{Format, ListOptions};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // Workbooks have a target of their own.
    if bytes.starts_with(b"PK") {
        return;
    }
    let mut options = ListOptions::default();
    options.threads = Some(if bytes.len() % 8 == 0 { 2 } else { 1 });
    if lists::agree(bytes, &options) {
        return;
    }
    // A list whose columns were not recognised is read by its places.
    options.format = Some(Format::Csv);
    lists::agree(bytes, &lists::by_places(options));
});
