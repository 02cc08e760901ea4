//! `finkit fincheck check`: every planted fault is found, nothing is sent, and the exit code says how it went.

use std::collections::BTreeSet;

use finkit_tests::{Finkit, data};
use serde_json::Value;

use crate::lines;
use crate::support::{Service, list};

fn sample() -> String {
    let path = data("fleet.csv");
    path.to_str().expect("UTF-8").to_owned()
}

/// Row, column, kind and severity of everything that was planted.
fn planted() -> BTreeSet<(u64, Option<String>, String, String)> {
    let text = std::fs::read_to_string(data("fleet.expected.json")).expect("the expectations");
    let expected: Value = serde_json::from_str(&text).expect("JSON");
    let rows = |of: &str| expected[of].as_array().expect("a list").clone();
    let word = |value: &Value| value.as_str().map(str::to_owned);
    let number = |value: &Value| value.as_u64().expect("a row");
    let mut all = BTreeSet::new();
    for fault in rows("faults") {
        all.insert((
            number(&fault["row"]),
            word(&fault["column"]),
            word(&fault["kind"]).expect("a kind"),
            word(&fault["severity"]).expect("a severity"),
        ));
    }
    for conflict in rows("conflicts") {
        let kind = word(&conflict["kind"]).expect("a kind");
        all.insert((number(&conflict["row"]), None, kind, "fault".to_owned()));
    }
    for disjoint in rows("disjoint") {
        let row = number(&disjoint["row"]);
        all.insert((
            row,
            None,
            "disjoint-periods".to_owned(),
            "notice".to_owned(),
        ));
    }
    all
}

#[test]
fn every_planted_fault_is_found_and_nothing_is_sent() {
    let service = Service::start();
    let finkit = service.standard();
    for lang in ["en", "de"] {
        let ran = finkit
            .run(&[
                "fincheck",
                "check",
                &sample(),
                "--format",
                "json",
                "--lang",
                lang,
            ])
            .expect(1);
        let faults: Vec<lines::Fault> = lines::all(&ran);
        let found: BTreeSet<_> = faults
            .iter()
            .map(|fault| {
                let column = fault.column.clone();
                (
                    fault.row,
                    column,
                    fault.code.clone(),
                    fault.severity.clone(),
                )
            })
            .collect();
        assert_eq!(found, planted());
        for fault in &faults {
            let words = [&fault.title, &fault.what, &fault.why];
            assert!(words.iter().all(|text| !text.is_empty()), "{fault:?}");
            let place = fault.cell.as_ref().is_none_or(|cell| {
                cell.trim_start_matches(char::is_alphabetic) == fault.row.to_string()
            });
            assert!(place, "the cell lies in the row: {fault:?}");
        }
        assert_eq!(lines::one::<lines::Check>(&ran).rows, 200);
    }
    finkit.run(&["fincheck", "check", &sample()]).expect(1);
    finkit
        .run(&["fincheck", "check", &sample(), "--format", "csv"])
        .expect(1);
    assert_eq!(service.connections(), 0);
}

#[test]
fn every_fault_comes_with_what_would_be_right() {
    let text = std::fs::read_to_string(data("fleet.expected.json")).expect("the expectations");
    let expected: Value = serde_json::from_str(&text).expect("JSON");
    let ran = Finkit::new()
        .run(&["fincheck", "check", &sample(), "--format", "json"])
        .expect(1);
    let found: Vec<lines::Fault> = lines::all(&ran);
    for planted in expected["faults"].as_array().expect("a list") {
        let fault = found
            .iter()
            .find(|fault| fault.row == planted["row"] && fault.code == planted["kind"])
            .unwrap_or_else(|| panic!("{planted}"));
        if fault.severity == "fault" {
            assert!(fault.proposal.is_some(), "no proposal: {fault:?}");
        }
    }
}

#[test]
fn a_person_reads_place_fault_and_remedy() {
    let ran = Finkit::new()
        .run(&["fincheck", "check", &sample(), "--first", "100"])
        .expect(1);
    assert_eq!(ran.err, "");
    for words in [
        "“WBY…00O3”  Position 16: letter “O”.",
        "Probably the digit 0.",
        "B57   “31.02.2026”",
        "C33   “2026-03-31”  The end 2026-03-31 lies before the start 2026-09-01.",
        "Probably the two values",
        "Row 101  “VF1…0019”  Row 20 has the same FIN and the same period",
        "200 rows: 167 sound, 33 with faults",
        "Nothing was sent, nothing billed.",
    ] {
        assert!(ran.out.contains(words), "{words}\n{}", ran.out);
    }
    let ran = Finkit::new()
        .run(&["fincheck", "check", &sample(), "--lang", "de"])
        .expect(1);
    assert!(ran.out.contains("200 Zeilen"), "{}", ran.out);
}

#[test]
fn fins_are_masked_unless_asked_for() {
    let finkit = Finkit::new();
    for format in ["human", "json", "csv"] {
        let check = ["fincheck", "check", &sample(), "--format", format];
        let masked = finkit.run(&check).expect(1);
        assert!(masked.out.contains("WVW…0001"), "{format}");
        assert!(!masked.out.contains("WVWZZZE1ZMP000001"), "{format}");
        let whole = finkit
            .run(&[&check[..], &["--show-fins"]].concat())
            .expect(1);
        assert!(whole.out.contains("WVWZZZE1ZMP000001"), "{format}");
    }
}

#[test]
fn a_clean_list_ends_in_zero() {
    let finkit = Finkit::new();
    let clean = finkit.file("clean.csv", list(1, 10));
    let ran = finkit
        .run(&["fincheck", "check", &clean, "--format", "json"])
        .expect(0);
    let check: lines::Check = lines::one(&ran);
    assert!(check.clean);
    assert_eq!((check.rows, check.sound), (10, 10));
    finkit
        .run_with(&["fincheck", "check", "-"], &list(1, 10))
        .expect(0);
}

#[test]
fn standard_input_is_checked_like_a_file() {
    let finkit = Finkit::new();
    let text = std::fs::read_to_string(data("fleet.csv")).expect("the sample list");
    let file = finkit
        .run(&["fincheck", "check", &sample(), "--format", "json"])
        .expect(1);
    let input = finkit
        .run_with(&["fincheck", "check", "-", "--format", "json"], &text)
        .expect(1);
    assert_eq!(file.out, input.out);
}

#[test]
fn a_list_that_cannot_be_read_ends_in_two() {
    let finkit = Finkit::new();
    let missing = finkit.home().join("nowhere.csv");
    let folder = finkit.home().to_str().expect("UTF-8").to_owned();
    let binary = finkit.file("binary.csv", [0_u8, 1, 2, 3, 0, 255, 254].repeat(40));
    let workbook = finkit.file("broken.xlsx", b"PK\x03\x04 this is no workbook");
    let empty = finkit.file("empty.csv", "");
    let no_columns = finkit.file("columns.csv", "colour,size\nred,4\n");
    let no_end = finkit.file(
        "no-end.csv",
        "fin,start_date,registration_date\nWVWZZZE1ZMP000001,2026-01-01,2025-11-04T10:00:00+01:00\n",
    );
    for path in [
        missing.to_str().expect("UTF-8"),
        &folder,
        &binary,
        &workbook,
        &empty,
        &no_columns,
        &no_end,
    ] {
        for format in ["human", "json", "csv"] {
            let ran = finkit
                .run(&["fincheck", "check", path, "--format", format])
                .expect_failure(2);
            assert_eq!(ran.out, "", "{path}");
        }
    }
}

#[test]
fn a_missing_column_is_named() {
    let finkit = Finkit::new();
    let no_end = finkit.file(
        "no-end.csv",
        "fin,start_date,registration_date\nWVWZZZE1ZMP000001,2026-01-01,2025-11-04T10:00:00+01:00\n",
    );
    let ran = finkit
        .run(&["fincheck", "check", &no_end])
        .expect_failure(2);
    assert!(ran.err.contains("end date"), "{}", ran.err);
    // The year fills it in.
    finkit
        .run(&["fincheck", "check", &no_end, "--year", "2026"])
        .expect(0);
}

#[test]
fn the_whole_list_is_reported_row_by_row_in_every_form() {
    let finkit = Finkit::new();
    for name in ["report.csv", "report.jsonl", "report.html", "report.xlsx"] {
        let target = finkit.home().join(name);
        let target = target.to_str().expect("UTF-8");
        let check = ["fincheck", "check", &sample(), "--report", target];
        finkit.run(&check).expect(1);
        let written = std::fs::read(target).expect("a report");
        assert!(written.len() > 5_000, "{name}: {} bytes", written.len());
        let ran = finkit.run(&check).expect_failure(2);
        assert!(ran.err.contains("--overwrite"), "{}", ran.err);
        assert_eq!(std::fs::read(target).expect("a report"), written);
        finkit
            .run(&[&check[..], &["--overwrite"]].concat())
            .expect(1);
        let text = String::from_utf8_lossy(&written);
        assert!(!text.contains("WVWZZZE1ZMP000001"), "{name}: masked");
    }
    let csv = std::fs::read_to_string(finkit.home().join("report.csv")).expect("a report");
    assert_eq!(csv.lines().count(), 201);
    finkit
        .run(&["fincheck", "check", &sample(), "--report", "report.doc"])
        .expect_failure(2);
}

#[test]
fn a_copy_with_the_safe_corrections_leaves_the_original_alone() {
    let finkit = Finkit::new();
    let text = std::fs::read_to_string(data("fleet.csv")).expect("the sample list");
    let original = finkit.file("fleet.csv", &text);
    let fixed = finkit.home().join("fixed.csv");
    let fixed = fixed.to_str().expect("UTF-8");
    finkit
        .run(&["fincheck", "check", &original, "--fix", fixed])
        .expect(1);
    assert_eq!(std::fs::read_to_string(&original).expect("a list"), text);
    let copy = std::fs::read_to_string(fixed).expect("a corrected copy");
    assert_eq!(copy.lines().count(), text.lines().count());
    // Separators go, which changes no meaning; a letter that may be a digit stays for a person to decide.
    assert!(copy.contains("7SAYGDEE1NF000045"), "{copy}");
    assert!(copy.contains("WBY21CF090C0000O3"), "{copy}");
    let ran = finkit
        .run(&["fincheck", "check", &original, "--fix", &original])
        .expect_failure(2);
    assert!(ran.err.contains("fleet.csv"), "{}", ran.err);
}

#[test]
fn findings_for_other_programs_are_those_that_were_planted() {
    let finkit = Finkit::new();
    let target = finkit.home().join("findings.csv");
    let target = target.to_str().expect("UTF-8");
    let check = ["fincheck", "check", &sample(), "--findings", target];
    finkit.run(&check).expect(1);
    let text = std::fs::read_to_string(target).expect("findings");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("row,cell,code,severity,other_row"));
    let found: BTreeSet<_> = lines
        .map(|line| {
            let fields: Vec<_> = line.split(',').collect();
            let row: u64 = fields[0].parse().expect("a row");
            (row, fields[2].to_owned(), fields[3].to_owned())
        })
        .collect();
    let expected: BTreeSet<_> = planted()
        .into_iter()
        .map(|(row, _, kind, severity)| (row, kind, severity))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn findings_are_never_written_over_another_file() {
    let finkit = Finkit::new();
    let target = finkit.file("findings.csv", "something else");
    let check = ["fincheck", "check", &sample(), "--findings", &target];
    let ran = finkit.run(&check).expect_failure(2);
    assert!(ran.err.contains("--overwrite"), "{}", ran.err);
    assert_eq!(
        std::fs::read_to_string(&target).expect("a file"),
        "something else"
    );
    finkit
        .run(&[&check[..], &["--overwrite"]].concat())
        .expect(1);
}
