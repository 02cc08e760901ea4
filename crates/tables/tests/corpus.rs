//! The corpus of lists in `tests/data/lists`: every dialect of the one fleet yields the same records, every fault is
//! found where it was planted, and what is no list is an error that says why.

#[path = "../examples/lists/corpus/mod.rs"]
mod corpus;

use std::path::{Path, PathBuf};

use finkit_core::{ConflictKind, FinRecord};
use finkit_tables::{
    CheckReport, DateOrder, Dialect, Encoding, Field, Format, Header, List, ListErrorKind,
    ListOptions, Purpose, Severity, Source, check, fix, read,
};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/lists")
}

fn bytes(file: &str) -> Vec<u8> {
    std::fs::read(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn expected() -> Value {
    serde_json::from_slice(&bytes("expected.json")).expect("expected.json is JSON")
}

/// Name, options and expectation of every list.
fn lists(expected: &Value) -> Vec<(&str, ListOptions, &Value)> {
    let lists = expected["lists"].as_object().expect("lists");
    lists
        .iter()
        .map(|(file, list)| (file.as_str(), options(&list["options"]), list))
        .collect()
}

fn options(wanted: &Value) -> ListOptions {
    let mut options = ListOptions::default();
    for (key, value) in wanted.as_object().expect("options") {
        let text = value.as_str();
        match key.as_str() {
            "map" => {
                options.map = value
                    .as_object()
                    .expect("a map")
                    .iter()
                    .map(|(field, spec)| {
                        let spec = spec.as_str().expect("a column");
                        (
                            field.parse().expect("a field"),
                            spec.parse().expect("a column"),
                        )
                    })
                    .collect();
            }
            "header_row" => options.header = Header::Row(value.as_u64().expect("a row")),
            "year" => options.year = value.as_i64().map(|year| year as i32),
            "sheet" => options.sheet = text.map(str::to_owned),
            "zone" => options.zone = text.expect("a zone").parse().expect("a zone"),
            "date_order" => {
                options.date_order = Some(match text {
                    Some("day-first") => DateOrder::DayFirst,
                    _ => DateOrder::MonthFirst,
                });
            }
            "purpose" => options.purpose = Purpose::Search,
            "format" => options.format = Some(Format::Xlsx),
            other => panic!("no option {other}"),
        }
    }
    options
}

fn record([fin, start, end, at]: [&str; 4]) -> FinRecord {
    FinRecord {
        fin: fin.parse().expect("a FIN"),
        period: format!("{start}/{end}").parse().expect("a period"),
        registered_at: at.parse().expect("a moment"),
    }
}

/// The fleet that every dialect holds.
fn fleet(expected: &Value) -> Vec<FinRecord> {
    let records = expected["records"].as_array().expect("records");
    records
        .iter()
        .map(|values| record([0, 1, 2, 3].map(|index| values[index].as_str().expect("a value"))))
        .collect()
}

fn read_both_ways(file: &str, options: &ListOptions) -> List {
    let list = read(Source::path(folder().join(file)), options)
        .unwrap_or_else(|error| panic!("{file}: {error}"));
    let piped = read(Source::bytes(bytes(file)), options).expect("what a file holds, a pipe holds");
    assert_eq!(
        (&list.dialect, &list.rows),
        (&piped.dialect, &piped.rows),
        "{file}"
    );
    list
}

fn checked(file: &str, options: &ListOptions) -> CheckReport {
    check(Source::path(folder().join(file)), options)
        .unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn described(dialect: &Dialect) -> Value {
    let delimiter = dialect
        .delimiter
        .map(|delimiter| char::from(delimiter).to_string());
    let mut described = json!({
        "format": dialect.format.code(),
        "delimiter": delimiter,
        "encoding": dialect.encoding.map(Encoding::code),
        "byte_order_mark": dialect.byte_order_mark,
        "crlf": dialect.crlf,
        "header_row": dialect.header_row,
    });
    if let Some(sheet) = &dialect.sheet {
        described["sheet"] = json!(sheet);
    }
    described
}

/// The dialects of the fleet.
fn dialects(expected: &Value) -> Vec<(&str, ListOptions, &Value)> {
    let mut lists = lists(expected);
    lists.retain(|(_, _, list)| list.get("dialect").is_some());
    lists
}

#[test]
fn the_corpus_is_what_its_generator_makes() {
    let lists = corpus::all();
    assert!(lists.len() >= 40, "{}", lists.len());
    for list in &lists {
        // The library that writes workbooks may change their bytes.
        if !list.file.ends_with(".xlsx") {
            assert!(
                bytes(list.file) == list.bytes,
                "{} is stale: run the example `lists`",
                list.file
            );
        }
    }
    assert_eq!(
        String::from_utf8(bytes("expected.json")).unwrap(),
        corpus::expected(&lists)
    );
    let mut files: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "expected.json")
        .collect();
    let mut made: Vec<&str> = lists.iter().map(|list| list.file).collect();
    files.sort();
    made.sort_unstable();
    assert_eq!(files, made);
}

#[test]
fn every_dialect_yields_the_same_records() {
    let expected = expected();
    let fleet = fleet(&expected);
    let dialects = dialects(&expected);
    assert!(dialects.len() >= 60, "{}", dialects.len());
    for (file, options, list) in dialects {
        let found = read_both_ways(file, &options);
        let rows: Vec<u64> = found.rows.iter().map(|row| row.number).collect();
        let records: Vec<FinRecord> = found.records().map(|(_, record)| record).collect();
        assert_eq!(
            records,
            fleet,
            "{file}: {:?}",
            found.faults().collect::<Vec<_>>()
        );
        assert_eq!(json!(rows), list["rows"], "{file}");
        assert_eq!(described(&found.dialect), list["dialect"], "{file}");
        for fault in found.faults() {
            assert_eq!(fault.severity, Severity::Notice, "{file}: {fault:?}");
        }
    }
}

#[test]
fn further_columns_are_carried_through_untouched() {
    let expected = expected();
    for (file, options, list) in dialects(&expected) {
        let found = read_both_ways(file, &options);
        let place = |wanted: &Value| match wanted.as_str() {
            Some(heading) => found
                .dialect
                .columns
                .iter()
                .position(|column| column.header.as_deref() == Some(heading)),
            None => wanted.as_u64().map(|index| index as usize),
        };
        let places = [0, 1].map(|index| place(&list["carried"][index]).expect("a column"));
        for (row, carried) in found
            .rows
            .iter()
            .zip(expected["carried"].as_array().unwrap())
        {
            for (place, value) in places.into_iter().zip(carried.as_array().unwrap()) {
                let cell = row.cells[place].replace("\r\n", "\n").replace('\r', "\n");
                assert_eq!(
                    Some(cell.as_str()),
                    value.as_str(),
                    "{file}, row {}",
                    row.number
                );
            }
        }
    }
}

#[test]
fn the_check_agrees_with_the_reader_in_every_dialect() {
    let expected = expected();
    let fleet = fleet(&expected).len() as u64;
    for (file, options, _) in dialects(&expected) {
        let list = read_both_ways(file, &options);
        let report = checked(file, &options);
        let totals = report.totals;
        assert!(report.is_clean(), "{file}: {totals:?}");
        assert_eq!(
            (totals.rows, totals.sound, totals.fins, totals.warned),
            (fleet, fleet, fleet, 0),
            "{file}"
        );
        assert_eq!(report.dialect, list.dialect, "{file}");
        let found: Vec<_> = report.faults().map(Result::unwrap).collect();
        assert!(found.iter().eq(list.faults()), "{file}: {found:?}");
    }
}

#[test]
fn a_fixed_dialect_yields_the_same_records() {
    let expected = expected();
    let fleet = fleet(&expected);
    for (file, options, _) in dialects(&expected) {
        let mut copy = Vec::new();
        let report = fix(Source::path(folder().join(file)), &options, &mut copy).unwrap();
        assert_eq!(
            (report.rows, report.faulty),
            (fleet.len() as u64, 0),
            "{file}"
        );
        let mut options = options;
        // The copy of a workbook has no sheets.
        options.sheet = None;
        let list = read(Source::bytes(copy.clone()), &options).unwrap();
        let records: Vec<FinRecord> = list.records().map(|(_, record)| record).collect();
        assert_eq!(records, fleet, "{file}");
        assert!(
            list.faults()
                .all(|fault| fault.kind.code() != "fin-separators-removed"),
            "{file}"
        );
        let mut again = Vec::new();
        let report = fix(Source::bytes(copy.clone()), &options, &mut again).unwrap();
        assert_eq!(report.cells(), 0, "{file}");
        assert_eq!(again, copy, "{file}");
    }
}

#[test]
fn every_fault_is_found_where_it_was_planted() {
    let expected = expected();
    let mut seen = 0;
    for (file, options, wanted) in lists(&expected) {
        let Some(faults) = wanted.get("faults") else {
            continue;
        };
        seen += 1;
        let list = read_both_ways(file, &options);
        let report = checked(file, &options);
        let mut found: Vec<String> = report
            .faults()
            .map(Result::unwrap)
            .map(|fault| {
                let cell = fault.cell().unwrap_or_else(|| fault.row.to_string());
                format!("{cell} {} {}", fault.kind.code(), fault.severity.code())
            })
            .collect();
        let mut faults: Vec<&str> = faults
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f.as_str().unwrap())
            .collect();
        found.sort();
        faults.sort_unstable();
        assert_eq!(found, faults, "{file}");
        assert!(
            report
                .faults()
                .map(Result::unwrap)
                .eq(list.faults().cloned()),
            "{file}"
        );
        let totals = report.totals;
        assert_eq!(
            (json!(totals.rows), json!(totals.sound)),
            (wanted["rows"].clone(), wanted["sound"].clone()),
            "{file}"
        );
        let conflicts: Vec<String> = report
            .conflicts
            .iter()
            .map(|conflict| {
                let kind = match conflict.kind {
                    ConflictKind::Duplicate => "duplicate",
                    ConflictKind::Overlap => "overlap",
                };
                format!("{kind} {} {}", conflict.first.row, conflict.second.row)
            })
            .collect();
        let disjoint: Vec<String> = report
            .disjoint
            .iter()
            .map(|pair| format!("{} {}", pair.first.row, pair.second.row))
            .collect();
        assert_eq!(json!(conflicts), wanted["conflicts"], "{file}");
        assert_eq!(json!(disjoint), wanted["disjoint"], "{file}");
    }
    assert!(seen >= 9, "{seen}");
}

#[test]
fn a_fix_leaves_every_fault_as_it_is() {
    let expected = expected();
    for (file, options, wanted) in lists(&expected) {
        if wanted.get("faults").is_none() || file.ends_with(".xlsx") {
            continue;
        }
        let before = read_both_ways(file, &options);
        let mut copy = Vec::new();
        fix(Source::bytes(bytes(file)), &options, &mut copy).unwrap();
        let after = read(Source::bytes(copy), &options).unwrap();
        let faults = |list: &List| -> Vec<_> {
            let weighty = list
                .faults()
                .filter(|fault| fault.severity == Severity::Fault);
            weighty
                .map(|fault| (fault.row, fault.kind.clone(), fault.value.clone()))
                .collect()
        };
        assert_eq!(faults(&before), faults(&after), "{file}");
        assert!(before.records().eq(after.records()), "{file}");
    }
}

#[test]
fn what_is_no_list_is_an_error_that_says_why() {
    let expected = expected();
    let mut codes = Vec::new();
    for (file, options, wanted) in lists(&expected) {
        let Some(code) = wanted.get("error").and_then(Value::as_str) else {
            continue;
        };
        codes.push(code);
        let path = folder().join(file);
        let errors = [
            check(Source::path(&path), &options).err(),
            check(Source::bytes(bytes(file)), &options).err(),
            read(Source::path(&path), &options).err(),
            fix(Source::path(&path), &options, std::io::sink()).err(),
        ];
        for error in errors {
            let error = error.unwrap_or_else(|| panic!("{file} was read"));
            assert_eq!(error.kind().code(), code, "{file}: {error}");
            let row = match error.kind() {
                ListErrorKind::UnclosedQuote { row } | ListErrorKind::NulByte { row } => Some(*row),
                _ => None,
            };
            assert_eq!(json!(row), wanted["row"], "{file}: {error}");
            let text = error.to_string();
            assert!(
                !text.contains('\n')
                    && !text.ends_with('.')
                    && text.starts_with(char::is_lowercase),
                "{text}"
            );
            assert!(!text.contains("ZZZE1Z"), "{text}");
        }
    }
    codes.sort_unstable();
    codes.dedup();
    assert!(codes.len() >= 10, "{codes:?}");
}

#[test]
fn every_field_of_every_dialect_has_a_column_that_is_shown() {
    let expected = expected();
    for (file, options, _) in dialects(&expected) {
        let dialect = read_both_ways(file, &options).dialect;
        let fields: Vec<Field> = dialect.mapping.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, Field::ALL, "{file}");
        assert_eq!(
            dialect.carried().count() + 4,
            dialect.columns.len(),
            "{file}"
        );
    }
}
