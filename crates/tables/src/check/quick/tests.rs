//! The quick reading held against the exact one.

use super::*;
use crate::check::entry::Key;
use crate::form::RowForm;
use crate::list::Row;
use crate::options::{ListOptions, Source};
use crate::text::blocks::SLACK;
use finkit_core::FinRecord;
use proptest::prelude::*;

fn reader(header: &str, options: ListOptions) -> (Quick, std::sync::Arc<RowParser>, RowForm) {
    let crate::open::Opened::Text(opened) =
        crate::open::open(Source::bytes(header), &options).unwrap()
    else {
        panic!("a text");
    };
    let quick = Quick::new(&opened.parser, opened.delimiter.unwrap(), opened.newline).unwrap();
    (quick, opened.parser, opened.form)
}

fn padded(row: &str) -> Vec<u8> {
    let mut bytes = row.as_bytes().to_vec();
    bytes.push(b'\n');
    bytes.extend([0; SLACK]);
    bytes
}

/// The first row, if it is taken: on this processor as on any.
fn first(quick: &Quick, bytes: &[u8]) -> Option<(QuickRow, usize)> {
    let taken = |quick: &Quick| {
        let mut batch = Batch::new();
        let next = quick.rows(bytes, 0, 1, &mut batch);
        batch.rows().first().map(|row| (*row, next))
    };
    let here = taken(quick);
    let anywhere = taken(&Quick {
        avx2: false,
        ..quick.clone()
    });
    assert_eq!(here, anywhere);
    here
}

/// Whether the quick reading takes the row; holds it against the exact reading if so.
fn takes(header: &str, options: &ListOptions, row: &str) -> bool {
    let (quick, parser, form) = reader(header, options.clone());
    let Some((found, next)) = first(&quick, &padded(row)) else {
        return false;
    };
    assert_eq!(next, row.len() + 1, "{row}");
    let exact = form.parse(&parser, 1, row.strip_suffix('\r').unwrap_or(row).as_bytes());
    assert_eq!(exact.faults, [], "{row}");
    assert_eq!(exact.fin.map(|fin| Key::of(&fin)), Some(found.key), "{row}");
    assert_eq!(
        exact.period.map(|period| PackedPeriod::pack(&period)),
        Some(found.period),
        "{row}"
    );
    assert!(exact.registered_at.is_some(), "{row}");
    if let Some((record, after)) = quick.record(&padded(row), 0) {
        assert_eq!(after, next, "{row}");
        let exact = Row::bare(1, exact).record().expect("a record");
        assert_eq!(record, exact, "{row}");
        let wire = |record: &FinRecord| record.registered_at.to_wire();
        assert_eq!(wire(&record), wire(&exact), "{row}");
    }
    true
}

const HEADER: &str = "fin,start,end,registered_at\n";

#[test]
fn usual_forms_are_taken() {
    for row in [
        "WVWZZZE1ZMP000001,2026-01-01,2026-12-31,2025-11-03T10:22:33Z",
        "WVWZZZE1ZMP000001,2026-01-01,2026-12-31,2025-11-03T10:22:33Z\r",
        "\"WVWZZZE1ZMP000001\",\"2026-01-01\",\"2026-12-31\",\"2025-11-03T10:22:33Z\"",
        "WVWZZZE1ZMP000001,01.01.2026,31.12.2026,03.11.2025 10:22:33",
        "LRW3E7FA6MC000013,2024-02-29,2024-02-29,2025-11-03 10:22:33.123456+01:00",
        "5YJ3E7EB1KF000014,2026-01-01,2026-12-31,1762165353",
        "WVWZZZE1ZMP000001,2026-01-01,2026-12-31,1762165353123",
    ] {
        assert!(takes(HEADER, &ListOptions::default(), row), "{row}");
    }
}

#[test]
fn other_columns_in_any_order_are_passed_over() {
    let header = "Kunde;bis;von;Name;Fahrgestellnummer;Vertragsdatum;Ort\n";
    for row in [
        "4711;2026-12-31;2026-01-01;Huber;WVWZZZE1ZMP000001;2025-11-03T10:22:33Z;Wien",
        ";2026-12-31;2026-01-01;;WVWZZZE1ZMP000001;2025-11-03T10:22:33Z;",
        "\"47;11\";2026-12-31;2026-01-01;\"Huber \"\"Hansi\"\"\";WVWZZZE1ZMP000001;2025-11-03T10:22:33Z;\"\"",
        "4711;2026-12-31;2026-01-01;Monitor 24\";WVWZZZE1ZMP000001;2025-11-03T10:22:33Z;Gro\u{df}g\u{f6}ttfritz bei Wolkersdorf\r",
    ] {
        assert!(takes(header, &ListOptions::default(), row), "{row}");
    }
    let one_more = "1;2026-12-31;2026-01-01;H;WVWZZZE1ZMP000001;2025-11-03T10:22:33Z;Wien;";
    assert!(!takes(header, &ListOptions::default(), one_more));
}

#[test]
fn what_stands_behind_a_time_without_seconds_is_no_part_of_it() {
    let header = "fin;start;end;registered_at;customer\n";
    for next in ["12-01045", "33Z", "33+01:00", "3;-01:00", ".5Z", "00"] {
        for behind in ["", ";"] {
            let row =
                format!("WVWZZZE1ZMP000001;2026-01-01;2026-12-31;2025-11-03T10:22;{next}{behind}");
            takes(header, &ListOptions::default(), &row);
        }
    }
    let row = "WVWZZZE1ZMP000001;2026-01-01;2026-12-31;2025-11-03T10:22;Huber";
    assert!(takes(header, &ListOptions::default(), row));
}

#[test]
fn lists_in_odd_forms_are_read_exactly() {
    for (delimiter, newline) in [(b' ', b'\n'), (b':', b'\n'), (b'-', b'\n'), (b',', b'\r')] {
        let (_, parser, _) = reader(HEADER, ListOptions::default());
        assert!(Quick::new(&parser, delimiter, newline).is_none());
    }
}

#[test]
fn defaults_stand_in_for_missing_columns() {
    let options = ListOptions {
        year: Some(2026),
        registered_at: Some("2026-01-15T10:22:33+01:00".parse().unwrap()),
        ..ListOptions::default()
    };
    assert!(takes("fin,name\n", &options, "WVWZZZE1ZMP000001,Huber"));
    assert!(!takes("fin,name\n", &options, "WVWZZZE1ZMPO00001,Huber"));
}

#[test]
fn what_needs_a_word_is_left_to_the_exact_reading() {
    let base = "WVWZZZE1ZMP000001,2026-01-01,2026-12-31,2025-11-03T10:22:33Z";
    for (from, to) in [
        ("WVW", "wvw"),
        ("WVWZZZE1ZMP000001", "WVWZZZE1ZMPO00001"),
        ("WVWZZZE1ZMP000001", "WVWZZZE1ZMP00000A"),
        ("WVWZZZE1ZMP000001", "11111111111111111"),
        ("WVWZZZE1ZMP000001", "12345678901234567"),
        ("WVWZZZE1ZMP000001", "5YJ3E7EB2KF000014"),
        ("2026-01-01", "2026-02-30"),
        ("2026-01-01", "2026-00-01"),
        ("2026-01-01", "2026-01-00"),
        ("2026-01-01", "2026-13-01"),
        ("2026-01-01", "1999-01-01"),
        ("2026-01-01", "2025-01-01"),
        ("2026-12-31", "2025-12-31"),
        ("2026-12-31", ""),
        ("10:22:33Z", "25:22:33Z"),
        ("10:22:33Z", "10:60:33Z"),
        ("10:22:33Z", "10:22:60Z"),
        ("2025-11-03T10:22:33Z", "2025-11-03"),
        ("2025-11-03T10:22:33Z", "2025-03-30T02:30:00"),
        ("2025-11-03T10:22:33Z", "2025-10-26T02:30:00"),
        ("2025-11-03T10:22:33Z", "1,7E+09"),
        ("10:22:33Z", "10:22:33+24:00"),
        (",2026-12-31", ""),
    ] {
        let row = base.replacen(from, to, 1);
        assert_ne!(row, base);
        assert!(!takes(HEADER, &ListOptions::default(), &row), "{row}");
    }
}

fn fields() -> impl Strategy<Value = Vec<String>> {
    let fin = prop_oneof![
        "(WVW|VF1|LRW|5YJ|0|1|TMB)[0-9A-HJ-NPR-Z]{14}",
        "[0-9A-Z]{16,18}",
        "[0-9]{17}",
        "WVWZZZE1ZMP00000[0-9A-Z]",
    ];
    let date = || {
        prop_oneof![
            "20[0-9]{2}-[01][0-9]-[0-3][0-9]",
            "[0-3][0-9]\\.[01][0-9]\\.20[0-9]{2}",
            "2026-0[1-6]-[0-2][0-9]",
            "[0-9./ -]{8,11}",
        ]
    };
    let time = prop_oneof![
        "20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,10})?(Z|[+-][0-2][0-9]:[0-6][0-9]|)",
        "2025-1[01]-[0-2][0-9][T ][0-2][0-9]:[0-5][0-9]",
        "[0-3][0-9]\\.(03|10)\\.20[0-9]{2} 02:[0-6][0-9]:[0-6][0-9]",
        "[12][0-9]{8,13}",
    ];
    (fin, date(), date(), time).prop_map(|(fin, start, end, time)| vec![fin, start, end, time])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn what_follows_in_another_column_is_taken_by_itself(
        fields in fields(),
        next in "[0-9]{1,2}[Z+-]?[0-9]{0,2}:?[0-9]{0,2}[,.;Z-]?[A-Za-z0-9]{0,3}",
    ) {
        let row = format!("{};{next}", fields.join(";"));
        takes("fin;start;end;registered_at;customer\n", &ListOptions::default(), &row);
    }

    #[test]
    fn what_is_taken_the_exact_reading_takes_too(
        fields in fields(), quoted in any::<[bool; 4]>(), zone in prop::sample::select(vec!["Europe/Vienna", "+02:00"]),
    ) {
        let row: Vec<String> = fields.iter().zip(quoted)
            .map(|(field, quoted)| if quoted { format!("\"{field}\"") } else { field.clone() })
            .collect();
        let options = ListOptions { zone: zone.parse().unwrap(), ..ListOptions::default() };
        takes(HEADER, &options, &row.join(","));
    }

    #[test]
    fn any_sound_row_in_iso_form_is_taken(
        serial in 0u32..10_000, year in 2000i32..2100, first in 1u32..366, length in 0u32..365, second in 0u32..86_400,
    ) {
        let day = |ordinal: u32| chrono::NaiveDate::from_yo_opt(year, ordinal.min(365)).unwrap();
        let row = format!(
            "WVWZZZE1ZMP00{serial:04},{},{},{}T{:02}:{:02}:{:02}Z",
            day(first), day(first + length), day(first), second / 3600, second / 60 % 60, second % 60,
        );
        prop_assert!(takes(HEADER, &ListOptions::default(), &row));
        let (quick, _, _) = reader(HEADER, ListOptions::default());
        prop_assert!(quick.record(&padded(&row), 0).is_some());
    }

    #[test]
    fn no_bytes_make_it_fail(row in prop::collection::vec(any::<u8>(), 0..120)) {
        let (quick, _, _) = reader(HEADER, ListOptions::default());
        first(&quick, &row);
        let _ = quick.record(&row, 0);
    }
}
