//! All lists of the corpus and what a reader must find in each. What is expected is said here, where a list is made,
//! and never taken from the reader.

mod books;
mod faulty;
mod fleet;
mod parts;
mod sample;
mod texts;

use serde_json::{Value, json};

/// One list.
pub(crate) struct List {
    /// Name of the file.
    pub(crate) file: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// How to read it, and what is in it.
    pub(crate) expected: Value,
}

/// All lists.
pub(crate) fn all() -> Vec<List> {
    let mut lists = texts::lists();
    lists.extend(books::lists());
    lists.extend(faulty::lists());
    lists.push(sample::list());
    lists
}

/// What is expected of all lists, as a JSON document with one line per list.
pub(crate) fn expected(lists: &[List]) -> String {
    let mut text = String::from("{\n\"records\": [\n");
    let records: Vec<String> = fleet::VEHICLES
        .iter()
        .map(|vehicle| {
            format!(
                "  {}",
                json!([vehicle.fin, vehicle.start, vehicle.end, vehicle.at])
            )
        })
        .collect();
    text.push_str(&records.join(",\n"));
    text.push_str("\n],\n\"carried\": [\n");
    let carried: Vec<String> = fleet::VEHICLES
        .iter()
        .map(|vehicle| format!("  {}", json!([vehicle.customer, vehicle.name])))
        .collect();
    text.push_str(&carried.join(",\n"));
    text.push_str("\n],\n\"lists\": {\n");
    let lists: Vec<String> = lists
        .iter()
        .map(|list| format!("  {}: {}", json!(list.file), list.expected))
        .collect();
    text.push_str(&lists.join(",\n"));
    text.push_str("\n}\n}\n");
    text
}
