//! The sample list of the repository: that it is the generated one, and that what is said to be planted in it is there.

#[path = "../../examples/fleet/list.rs"]
mod list;

use std::collections::BTreeSet;
use std::path::Path;

use finkit_core::{ConflictKind, FinRecord, Period, RegisteredAt, Vin, ZoneRule, conflicts};
use finkit_sandbox::fincheck::demo;
use serde_json::Value;

fn committed(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn rows(fleet: &list::Fleet) -> Vec<(u32, Vec<String>)> {
    let csv = fleet.csv();
    let lines = csv.lines().skip(1);
    (2..)
        .zip(lines.map(|line| line.split(';').map(str::to_owned).collect()))
        .collect()
}

/// A date as ISO or German writing has it.
fn date(text: &str) -> Option<chrono::NaiveDate> {
    let iso: Vec<&str> = text.split('.').rev().collect();
    iso.join("-").parse().ok()
}

fn record(cells: &[String]) -> Option<FinRecord> {
    Some(FinRecord {
        fin: Vin::parse(&cells[0]).ok()?.vin,
        period: Period::new(date(&cells[1])?, date(&cells[2])?).ok()?,
        registered_at: RegisteredAt::parse(&cells[3], ZoneRule::Vienna).ok()?,
    })
}

fn numbers(value: &Value, key: &str) -> BTreeSet<u64> {
    let list = value.as_array().unwrap().iter();
    list.map(|item| item[key].as_u64().unwrap()).collect()
}

#[test]
fn the_committed_files_are_the_generated_ones() {
    let fleet = list::fleet();
    assert_eq!(committed("fleet.csv"), fleet.csv(), "run the example fleet");
    assert_eq!(committed("fleet.expected.json"), fleet.expected());
}

#[test]
fn exactly_the_planted_rows_are_faulty() {
    let fleet = list::fleet();
    let expected: Value = serde_json::from_str(&fleet.expected()).unwrap();
    let faults = expected["faults"].as_array().unwrap();
    let faulty: BTreeSet<u64> = faults
        .iter()
        .filter(|fault| fault["severity"] == "fault")
        .map(|fault| fault["row"].as_u64().unwrap())
        .collect();
    for (row, cells) in rows(&fleet) {
        assert_eq!(cells.len(), list::HEADINGS.len(), "{row}");
        assert_eq!(
            record(&cells).is_none(),
            faulty.contains(&row.into()),
            "{row}: {cells:?}"
        );
    }
    assert_eq!(expected["counts"]["faulty_rows"], faulty.len());
    assert_eq!(expected["counts"]["rows"], u64::from(list::ROWS));
}

#[test]
fn planted_fins_have_the_fault_and_the_proposal_that_is_said() {
    let fleet = list::fleet();
    let expected: Value = serde_json::from_str(&fleet.expected()).unwrap();
    let rows = rows(&fleet);
    let mut compared = 0;
    for fault in expected["faults"].as_array().unwrap() {
        let (row, kind) = (
            fault["row"].as_u64().unwrap(),
            fault["kind"].as_str().unwrap(),
        );
        let cell = &rows[row as usize - 2].1[0];
        let Some(code) = kind.strip_prefix("fin-") else {
            continue;
        };
        compared += 1;
        match Vin::parse(cell) {
            Err(error) => {
                assert_eq!(error.faults().len(), 1, "{row}");
                assert_eq!(error.faults()[0].code(), code, "{row}");
                assert_eq!(error.proposal(), fault["proposal"].as_str(), "{row}");
            }
            Ok(read) if kind == "fin-check-digit" => {
                let note = read.vin.check_digit_note().unwrap();
                assert_eq!(note.strength, finkit_core::CheckDigitStrength::Strong);
            }
            Ok(read) => {
                assert_eq!(read.notices[0].code(), code, "{row}");
                assert_eq!(fault["proposal"], read.vin.as_str());
            }
        }
    }
    assert_eq!(compared, 22);
}

#[test]
fn conflicts_and_disjoint_periods_are_the_planted_ones() {
    let fleet = list::fleet();
    let expected: Value = serde_json::from_str(&fleet.expected()).unwrap();
    let records: Vec<(u64, FinRecord)> = rows(&fleet)
        .iter()
        .filter_map(|(row, cells)| Some((u64::from(*row), record(cells)?)))
        .collect();
    let portfolio = conflicts(&records);
    let mut found: Vec<(u64, u64, &str)> = portfolio
        .conflicts
        .iter()
        .map(|conflict| {
            let kind = match conflict.kind {
                ConflictKind::Duplicate => "duplicate",
                _ => "overlap",
            };
            (conflict.second_row, conflict.first_row, kind)
        })
        .collect();
    found.sort_unstable();
    let mut planted: Vec<(u64, u64, &str)> = expected["conflicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            let number = |key: &str| c[key].as_u64().unwrap();
            (
                number("row"),
                number("other_row"),
                c["kind"].as_str().unwrap(),
            )
        })
        .collect();
    planted.sort_unstable();
    assert_eq!(found, planted);
    assert_eq!(portfolio.disjoint.len(), 3);
    let rows: BTreeSet<u64> = numbers(&expected["disjoint"], "row");
    for group in &portfolio.disjoint {
        assert!(
            group
                .parts
                .iter()
                .any(|part| part.rows.iter().any(|row| rows.contains(row)))
        );
    }
    let sound = records.len() as u64;
    assert_eq!(expected["counts"]["sound_rows"], sound);
    assert_eq!(
        expected["counts"]["sound_rows_without_conflict"],
        sound - 12
    );
}

#[test]
fn the_rows_that_collide_with_the_other_company_are_the_named_ones() {
    let fleet = list::fleet();
    let expected: Value = serde_json::from_str(&fleet.expected()).unwrap();
    let theirs = demo::entries();
    let colliding: Vec<u32> = rows(&fleet)
        .iter()
        .filter(|(_, cells)| {
            record(cells).is_some_and(|own| {
                theirs
                    .iter()
                    .any(|entry| entry.fin == own.fin && entry.period.overlaps(&own.period))
            })
        })
        .map(|(row, _)| *row)
        .collect();
    assert_eq!(expected["collisions"], Value::from(colliding));
}
