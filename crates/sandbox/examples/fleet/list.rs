//! The sample list: 200 made-up vehicles, and every fault that is planted among them.
//!
//! Row numbers are those of a spreadsheet: the headings are row 1. A row's own vehicle has the serial number of its row less one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use finkit_core::{RegisteredAt, ZoneRule, german_check_digit};
use finkit_sandbox::fincheck::demo;
use serde_json::{Value, json};

pub(crate) const ROWS: u32 = 200;
pub(crate) const HEADINGS: [&str; 5] = [
    "fin",
    "start_date",
    "end_date",
    "registration_date",
    "customer",
];

const FIN: usize = 0;
const START: usize = 1;
const END: usize = 2;
const REGISTERED: usize = 3;

/// Rows whose vehicle another company has entered for an overlapping period (see `demo::entries`).
const COLLISIONS: [u32; 6] = [12, 28, 43, 59, 74, 90];

/// The list and what is planted in it.
pub(crate) struct Fleet {
    rows: BTreeMap<u32, [String; 5]>,
    planted: Vec<Value>,
    variants: Vec<Value>,
    conflicts: Vec<Value>,
    disjoint: Vec<Value>,
    faulty: BTreeSet<u32>,
}

/// The sample list.
pub(crate) fn fleet() -> Fleet {
    let mut fleet = Fleet {
        rows: (2..=ROWS + 1).map(|row| (row, sound(row))).collect(),
        planted: Vec::new(),
        variants: Vec::new(),
        conflicts: Vec::new(),
        disjoint: Vec::new(),
        faulty: BTreeSet::new(),
    };
    fleet.collisions();
    fleet.fins();
    fleet.dates();
    fleet.moments();
    fleet.written_differently();
    fleet.conflicts();
    fleet
}

fn fin(row: u32) -> String {
    demo::fin(row - 1)
        .map(|fin| fin.to_string())
        .unwrap_or_default()
}

/// A row without a fault.
fn sound(row: u32) -> [String; 5] {
    let (start, end) = match row % 7 {
        0 => ("2026-03-01", "2026-12-31"),
        3 => ("2026-01-01", "2026-06-30"),
        5 => ("2026-05-15", "2026-12-31"),
        6 => ("2026-02-10", "2026-11-30"),
        _ => ("2026-01-01", "2026-12-31"),
    };
    let first = NaiveDate::from_ymd_opt(2025, 11, 3)
        .and_then(|day| day.and_hms_opt(8, 2, 11))
        .unwrap_or_default();
    let minutes = i64::from(row) * 19 * 60 + i64::from(row * 37 % 540);
    let moment = first + TimeDelta::minutes(minutes) + TimeDelta::seconds(i64::from(row * 17 % 60));
    let registered = RegisteredAt::from_local(moment, ZoneRule::Vienna);
    [
        fin(row),
        start.to_owned(),
        end.to_owned(),
        registered.map(|at| at.to_wire()).unwrap_or_default(),
        format!("K-{}", 10_000 + row * 3),
    ]
}

impl Fleet {
    /// The list: UTF-8, semicolons, a line feed after every row.
    pub(crate) fn csv(&self) -> String {
        let lines = self.rows.values().map(|cells| cells.join(";"));
        std::iter::once(HEADINGS.join(";"))
            .chain(lines)
            .map(|line| line + "\n")
            .collect()
    }

    /// What is planted, for machines.
    pub(crate) fn expected(&self) -> String {
        let by_severity = |severity: &str| {
            self.planted
                .iter()
                .filter(|fault| fault["severity"] == severity)
                .count()
        };
        let kinds = |kind: &str| self.conflicts.iter().filter(|c| c["kind"] == kind).count();
        let sound = ROWS as usize - self.faulty.len();
        let document = json!({
            "list": "fleet.csv",
            "encoding": "UTF-8",
            "delimiter": ";",
            "headings": HEADINGS,
            "year": demo::YEAR,
            "counts": {
                "rows": ROWS,
                "faulty_rows": self.faulty.len(),
                "sound_rows": sound,
                "faults": by_severity("fault"),
                "warnings": by_severity("warning"),
                "notices": by_severity("notice"),
                "duplicates": kinds("duplicate"),
                "overlaps": kinds("overlap"),
                "disjoint": self.disjoint.len(),
                "rows_in_conflict": 2 * self.conflicts.len(),
                "sound_rows_without_conflict": sound - 2 * self.conflicts.len(),
                "collisions": COLLISIONS.len(),
            },
            "faults": self.planted,
            "conflicts": self.conflicts,
            "disjoint": self.disjoint,
            "collisions": COLLISIONS,
            "variants": self.variants,
        });
        format!("{document:#}\n")
    }

    fn cell(&mut self, row: u32, column: usize) -> &mut String {
        &mut self.rows.entry(row).or_default()[column]
    }

    /// Puts a value into a cell and notes what is wrong with it.
    fn plant(&mut self, row: u32, column: usize, value: impl Into<String>, kind: &str) {
        let was = std::mem::replace(self.cell(row, column), value.into());
        let severity = match kind {
            "fin-separators-removed" => "notice",
            "fin-check-digit" => "warning",
            _ => "fault",
        };
        let mut fault =
            json!({"row": row, "column": HEADINGS[column], "kind": kind, "severity": severity});
        let has_proposal = matches!(
            kind,
            "fin-forbidden-letter"
                | "fin-look-alike"
                | "fin-full-width"
                | "fin-check-digit-appended"
                | "fin-separators-removed"
        );
        if has_proposal {
            fault["proposal"] = was.into();
        }
        if severity == "fault" {
            self.faulty.insert(row);
        }
        self.planted.push(fault);
    }

    /// Puts a value into a cell that means the same as before.
    fn vary(&mut self, row: u32, column: usize, value: impl Into<String>, how: &str) {
        *self.cell(row, column) = value.into();
        self.variants
            .push(json!({"row": row, "column": HEADINGS[column], "how": how}));
    }

    fn period(&mut self, row: u32, start: &str, end: &str) {
        *self.cell(row, START) = start.to_owned();
        *self.cell(row, END) = end.to_owned();
    }

    /// Periods that meet the other company's entries, and one that begins the day after such an entry ends.
    fn collisions(&mut self) {
        self.period(12, "2026-01-01", "2026-12-31");
        self.period(28, "2026-06-30", "2026-12-31");
        self.period(43, "2026-01-01", "2026-12-31");
        self.period(59, "2026-05-15", "2026-11-30");
        self.period(74, "2026-01-01", "2026-07-01");
        self.period(90, "2026-12-31", "2026-12-31");
        self.period(105, "2026-06-01", "2026-12-31");
    }

    fn fins(&mut self) {
        for row in [4, 19, 151] {
            let wrong = exchange(&fin(row), '0', 'O');
            self.plant(row, FIN, wrong, "fin-forbidden-letter");
        }
        for row in [5, 142] {
            let wrong = exchange(&fin(row), '1', 'I');
            self.plant(row, FIN, wrong, "fin-forbidden-letter");
        }
        for row in [23, 96] {
            let wrong = exchange(&fin(row), '0', 'Q');
            self.plant(row, FIN, wrong, "fin-forbidden-letter");
        }
        for row in [31, 64, 177] {
            let wrong = fin(row)[..16].to_owned();
            self.plant(row, FIN, wrong, "fin-too-short");
        }
        for row in [37, 111] {
            let digit = demo::fin(row - 1).map_or('0', |fin| german_check_digit(&fin));
            self.plant(
                row,
                FIN,
                format!("{}{digit}", fin(row)),
                "fin-check-digit-appended",
            );
        }
        let digit = demo::fin(67).map_or('0', |fin| german_check_digit(&fin));
        let other = if digit == '5' { '6' } else { '5' };
        self.plant(68, FIN, format!("{}{other}", fin(68)), "fin-too-long");
        for row in [46, 129] {
            let fin = fin(row);
            let wrong = format!("{}-{}-{}", &fin[..3], &fin[3..9], &fin[9..]);
            self.plant(row, FIN, wrong, "fin-separators-removed");
        }
        let inner = fin(170);
        let inner = format!("{}\u{a0}{}", &inner[..11], &inner[11..]);
        self.plant(170, FIN, inner, "fin-separators-removed");
        for row in [61, 188] {
            let wrong = fin(row)
                .chars()
                .map(cyrillic_once(&mut false))
                .collect::<String>();
            self.plant(row, FIN, wrong, "fin-look-alike");
        }
        let wide = exchange(&fin(77), '7', '７');
        self.plant(77, FIN, wide, "fin-full-width");
        let off = fin(75);
        let digit = if &off[8..9] == "3" { "4" } else { "3" };
        self.plant(
            75,
            FIN,
            format!("{}{digit}{}", &off[..8], &off[9..]),
            "fin-check-digit",
        );
        self.plant(99, FIN, "", "missing-cell");
        self.plant(145, FIN, "1,23457E+16", "fin-spreadsheet-number");
    }

    fn dates(&mut self) {
        self.period(33, "2026-09-01", "");
        self.plant(33, END, "2026-03-31", "end-before-start");
        self.period(118, "2026-12-31", "");
        self.plant(118, END, "2026-01-01", "end-before-start");
        self.period(40, "2026-07-01", "");
        self.plant(40, END, "2027-06-30", "period-across-years");
        self.period(154, "2025-12-01", "");
        self.plant(154, END, "2026-11-30", "period-across-years");
        self.plant(57, START, "31.02.2026", "date-not-in-calendar");
        self.plant(137, END, "2026-02-31", "date-not-in-calendar");
        self.plant(92, START, "Juni 2026", "date-unreadable");
        self.plant(108, END, "", "missing-cell");
        // Two faults in one row.
        let wrong = exchange(&fin(85), '0', 'O');
        self.plant(85, FIN, wrong, "fin-forbidden-letter");
        self.period(85, "2026-10-01", "");
        self.plant(85, END, "2026-09-30", "end-before-start");
    }

    fn moments(&mut self) {
        self.plant(70, REGISTERED, "2026-01-19", "registered-at-without-time");
        self.plant(159, REGISTERED, "19.02.2026", "registered-at-without-time");
        self.plant(83, REGISTERED, "20260301", "registered-at-digits-only");
        self.plant(124, REGISTERED, "gestern", "registered-at-unreadable");
        self.plant(181, REGISTERED, "", "missing-cell");
        self.plant(195, REGISTERED, "1,76847E+09", "damaged-unix-stamp");
    }

    /// What is no fault, however it is written.
    fn written_differently(&mut self) {
        for row in [50, 163] {
            self.vary(row, FIN, fin(row).to_lowercase(), "lower case");
        }
        self.vary(
            54,
            FIN,
            format!("\u{a0}{} ", fin(54)),
            "no-break space around it",
        );
        for row in [15, 16, 17] {
            for column in [START, END] {
                let german = german(self.cell(row, column));
                self.vary(row, column, german, "German date");
            }
        }
        for row in [52, 107, 160] {
            let local = self.cell(row, REGISTERED)[..19].replace('T', " ");
            self.vary(row, REGISTERED, local, "local time without a zone");
        }
        for row in [62, 127] {
            let unix = (self.cell(row, REGISTERED).parse::<RegisteredAt>())
                .map(|at| at.datetime().timestamp().to_string());
            self.vary(row, REGISTERED, unix.unwrap_or_default(), "Unix time stamp");
        }
    }

    /// Rows that collide inside the list, and rows of one vehicle that do not.
    fn conflicts(&mut self) {
        for (row, other) in [(101, 20), (150, 66), (199, 2)] {
            let copy = self.rows.get(&other).cloned().unwrap_or_default();
            self.rows.insert(row, copy);
            self.conflicts
                .push(json!({"kind": "duplicate", "row": row, "other_row": other}));
        }
        for (row, period, other, other_period) in [
            (
                72,
                ["2026-06-30", "2026-12-31"],
                30,
                ["2026-01-01", "2026-06-30"],
            ),
            (
                140,
                ["2026-03-01", "2026-03-31"],
                55,
                ["2026-01-01", "2026-12-31"],
            ),
            (
                166,
                ["2026-07-01", "2026-12-31"],
                35,
                ["2026-01-01", "2026-08-31"],
            ),
        ] {
            self.pair(row, period, other, other_period);
            self.conflicts
                .push(json!({"kind": "overlap", "row": row, "other_row": other}));
        }
        for (row, period, other, other_period) in [
            (
                115,
                ["2026-06-01", "2026-12-31"],
                25,
                ["2026-01-01", "2026-05-31"],
            ),
            (
                147,
                ["2026-01-01", "2026-02-28"],
                48,
                ["2026-03-01", "2026-12-31"],
            ),
            (
                185,
                ["2026-10-01", "2026-12-31"],
                10,
                ["2026-02-01", "2026-07-31"],
            ),
        ] {
            self.pair(row, period, other, other_period);
            self.disjoint.push(json!({"row": row, "other_row": other}));
        }
    }

    fn pair(&mut self, row: u32, period: [&str; 2], other: u32, other_period: [&str; 2]) {
        *self.cell(row, FIN) = fin(other);
        self.period(row, period[0], period[1]);
        self.period(other, other_period[0], other_period[1]);
    }
}

/// The text with the last such character exchanged.
fn exchange(text: &str, from: char, to: char) -> String {
    let Some(at) = text.rfind(from) else {
        return text.to_owned();
    };
    format!("{}{to}{}", &text[..at], &text[at + from.len_utf8()..])
}

/// Exchanges the first letter that has a Cyrillic twin.
fn cyrillic_once(done: &mut bool) -> impl FnMut(char) -> char {
    move |letter| {
        let twin = match letter {
            'A' => 'А',
            'B' => 'В',
            'C' => 'С',
            'E' => 'Е',
            'K' => 'К',
            'M' => 'М',
            'P' => 'Р',
            'T' => 'Т',
            'X' => 'Х',
            _ => return letter,
        };
        if std::mem::replace(done, true) {
            letter
        } else {
            twin
        }
    }
}

/// `2026-03-01` as `01.03.2026`.
fn german(date: &str) -> String {
    date.split('-').rev().collect::<Vec<_>>().join(".")
}
