#![no_main]
//! Any text as start, end and registration time of a row: no panic, what is accepted is accepted in the form that a
//! corrected copy gives it, and an order of day and month never changes what had one reading.

use finkit_tables::{DateOrder, List, ListOptions, Source, fix, read};

fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn read_row(text: &str, order: Option<DateOrder>) -> Option<(String, ListOptions, List)> {
    let value = cell(text);
    let list = format!(
        "FIN;von;bis;Vertragsdatum\nWVWZZZE1ZMP000001;{value};2026-12-31;2026-01-15T10:22:33Z\n\
         WVWZZZE1ZMP000002;2026-01-01;{value};2026-01-15T10:22:33Z\n\
         WVWZZZE1ZMP000003;2026-01-01;2026-12-31;{value}\n"
    );
    let mut options = ListOptions::default();
    options.date_order = order;
    options.delimiter = Some(b';');
    let read = read(Source::bytes(list.as_str()), &options).ok()?;
    assert_eq!(read.rows.len(), 3, "{text:?}");
    Some((list, options, read))
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    if text.len() > 200 || text.contains('\0') {
        return;
    }
    let Some((_, _, plain)) = read_row(text, None) else {
        return;
    };
    for order in [None, Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst)] {
        let (list, options, read_so) = read_row(text, order).expect("read without an order");
        for (one, other) in plain.rows.iter().zip(&read_so.rows) {
            if order.is_some() && one.is_sound() {
                let same = (one.period, one.registered_at) == (other.period, other.registered_at);
                // Where only one order fits, the other one makes a fault and no other day.
                assert!(same || !other.is_sound(), "{text:?}");
            }
        }
        let mut copy = Vec::new();
        fix(Source::bytes(list), &options, &mut copy).expect("read a moment ago");
        let again = read(Source::bytes(copy), &options).expect("a copy of a list");
        for (one, other) in read_so.rows.iter().zip(&again.rows) {
            assert_eq!(
                (one.period, one.registered_at, one.is_sound()),
                (other.period, other.registered_at, other.is_sound()),
                "{text:?}"
            );
        }
    }
});
