#![no_main]
//! Any text as headings, with lines in front that name columns as a caller does: no panic, no column is taken for two values, and
//! what is not certain is an error that names the columns.

use finkit_tables::{ColumnSpec, Field, Format, Header, ListErrorKind, ListOptions, Source, read};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if text.contains('\0') {
        return;
    }
    let mut lines = text.lines();
    // `start=Beginn` names a column; the first line that does not is the row of headings.
    let mut options = ListOptions::default();
    let mut above = Vec::new();
    let headings = loop {
        let Some(line) = lines.next() else { return };
        match line.split_once('=') {
            Some((field, column)) if options.map.len() < 8 => {
                let Ok(field) = field.parse::<Field>() else {
                    break line;
                };
                let Ok(spec) = column.parse::<ColumnSpec>();
                options.map.push((field, spec));
            }
            _ if line.starts_with('#') => above.push(line),
            _ => break line,
        }
    };
    let cells: Vec<String> = headings
        .split(';')
        .map(|heading| format!("\"{}\"", heading.replace('"', "\"\"")))
        .collect();
    let mut list = above.join("\n");
    if !above.is_empty() {
        list.push('\n');
    }
    list.push_str(&cells.join(";"));
    list.push('\n');
    for line in lines {
        list.push_str(line);
        list.push('\n');
    }
    options.format = Some(Format::Csv);
    options.delimiter = Some(b';');
    for header in [Header::Auto, Header::Row(above.len() as u64 + 1)] {
        options.header = header;
        match read(Source::bytes(list.as_str()), &options) {
            Ok(read) => {
                let mut places: Vec<u32> = read
                    .dialect
                    .mapping
                    .iter()
                    .map(|(_, column)| column.index)
                    .collect();
                places.sort_unstable();
                let distinct = places.len();
                places.dedup();
                assert_eq!(places.len(), distinct);
                let columns = read.dialect.columns.len();
                assert!(places.iter().all(|place| (*place as usize) < columns));
                assert_eq!(read.dialect.carried().count() + distinct, columns);
            }
            Err(error) => {
                assert!(!error.to_string().contains('\n'));
                if let ListErrorKind::ColumnAmbiguous { candidates, .. } = error.kind() {
                    assert!(candidates.len() > 1);
                }
            }
        }
    }
});
