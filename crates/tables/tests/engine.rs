//! The check of whole lists held against the rows one by one and against core's portfolio.

use finkit_core::{ConflictKind, FinRecord, conflicts};
use finkit_tables::explain::{Explainer, Lang};
use finkit_tables::{
    Fault, List, ListErrorKind, ListOptions, Row, Severity, Source, check, read, visit_values,
};
use proptest::prelude::*;

/// A small generator of numbers, so that a list of megabytes needs no strategy.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.roll(choices.len() as u64) as usize]
    }
}

/// How a list is written.
#[derive(Clone, Copy, Debug)]
struct Style {
    delimiter: char,
    line_end: &'static str,
    quoted: bool,
    carried: bool,
    german: bool,
}

/// A list with sound rows, faults of many kinds, conflicts, blank rows, odd cells and line ends within cells.
fn list(rows: u64, seed: u64, style: Style) -> String {
    let mut dice = Dice(seed);
    let mut text = String::new();
    let mut line = |cells: &[String]| {
        let cells: Vec<String> = cells
            .iter()
            .map(|cell| {
                let needs = cell.contains(style.delimiter) || cell.contains(['\n', '"']);
                if style.quoted || needs {
                    format!("\"{}\"", cell.replace('"', "\"\""))
                } else {
                    cell.clone()
                }
            })
            .collect();
        text.push_str(&cells.join(&style.delimiter.to_string()));
        text.push_str(style.line_end);
    };
    let order = |cells: [String; 4], more: [String; 2]| {
        let [fin, start, end, registered] = cells;
        let [number, name] = more;
        if style.carried {
            vec![number, fin, end, start, name, registered]
        } else {
            vec![fin, start, end, registered]
        }
    };
    line(&order(
        ["FIN", "von", "bis", "Vertragsdatum"].map(str::to_owned),
        ["Kunde", "Name"].map(str::to_owned),
    ));
    for _ in 0..rows {
        let maker = dice.pick(&["WVWZZZE1Z", "LRW3E7FA6", "5YJ3E7EB1", "VF1AG0001"]);
        let mut fin = format!("{maker}MP{:06}", dice.roll(rows));
        let year = 2024 + dice.roll(3);
        let first = 1 + dice.roll(330);
        let last = first + dice.roll(366 - first);
        let date = |day: u64| {
            let date = chrono::NaiveDate::from_yo_opt(year as i32, day as u32)
                .expect("a day of every year");
            if style.german {
                date.format("%d.%m.%Y").to_string()
            } else {
                date.to_string()
            }
        };
        let (mut start, mut end) = (date(first), date(last));
        let mut registered = match dice.roll(4) {
            0 => "2025-11-03T10:22:33Z".to_owned(),
            1 => "2025-11-03T10:22:33+01:00".to_owned(),
            2 => "03.11.2025 10:22".to_owned(),
            _ => format!("17{:08}", dice.roll(100_000_000)),
        };
        match dice.roll(60) {
            0 => fin = fin.to_lowercase(),
            1 => fin.insert(3, ' '),
            2 => fin.replace_range(4..5, "O"),
            3 => fin.push('1'),
            4 => fin.clear(),
            5 => std::mem::swap(&mut start, &mut end),
            6 => start = "30.02.2026".to_owned(),
            7 => end = "01/02/2026".to_owned(),
            8 => end = "20261231".to_owned(),
            9 => registered = "1,7E+09".to_owned(),
            10 => registered = "2025-11-03".to_owned(),
            11 => registered = "2026-03-29 02:30:00".to_owned(),
            12 => registered = "2025-10-26 02:30:00".to_owned(),
            13 => start = " ".to_owned(),
            14 => fin = dice.roll(10).to_string().repeat(17),
            _ => {}
        }
        let number = dice.roll(100_000).to_string();
        let name = dice
            .pick(&[
                "Huber",
                "",
                "Söhne; Brüder, \"GmbH\"",
                "zwei\nZeilen",
                "Monitor 24",
                "x",
            ])
            .to_owned();
        let blank = dice.roll(100) == 0;
        if blank {
            line(&order(Default::default(), Default::default()));
        } else {
            line(&order([fin, start, end, registered], [number, name]));
        }
    }
    text
}

/// Holds the check of a list, and its values read without cells, against its rows.
fn agree(bytes: &[u8], options: &ListOptions) {
    let list: List = read(Source::bytes(bytes), options).expect("a list that can be read");
    let mut rows = list.rows.iter();
    visit_values(Source::bytes(bytes), options, |row| {
        let whole = rows.next().expect("no row more than with cells");
        assert_eq!(row.number, whole.number);
        assert_eq!((row.fin, row.period), (whole.fin, whole.period));
        let at = |row: &Row| row.registered_at.map(|at| at.to_wire());
        assert_eq!(at(&row), at(whole));
        assert_eq!(row.faults, whole.faults);
        std::ops::ControlFlow::Continue(())
    })
    .expect("a list that can be read");
    assert!(rows.next().is_none(), "no row less than with cells");
    let report = check(Source::bytes(bytes), options).expect("a list that can be checked");
    let found: Vec<Fault> = report
        .faults()
        .collect::<Result<_, _>>()
        .expect("faults that can be read back");
    let expected: Vec<&Fault> = list.faults().collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected);
    }
    let sound = list.rows.iter().filter(|row| row.is_sound()).count() as u64;
    let warned = |row: &&Row| {
        row.faults
            .iter()
            .any(|fault| fault.severity == Severity::Warning)
    };
    assert_eq!(report.totals.rows, list.rows.len() as u64);
    assert_eq!(report.totals.sound, sound);
    assert_eq!(report.totals.faulty, list.rows.len() as u64 - sound);
    assert_eq!(
        report.totals.warned,
        list.rows.iter().filter(warned).count() as u64
    );
    let records: Vec<(u64, FinRecord)> = list.records().collect();
    let portfolio = conflicts(&records);
    let mut pairs: Vec<_> = report
        .conflicts
        .iter()
        .map(|pair| {
            (
                pair.first.row,
                pair.second.row,
                pair.kind,
                pair.fin,
                pair.first.period,
                pair.second.period,
            )
        })
        .collect();
    assert!(
        report
            .conflicts
            .is_sorted_by_key(|pair| (pair.second.row, pair.first.row))
    );
    pairs.sort_unstable();
    let core: Vec<_> = portfolio
        .conflicts
        .iter()
        .map(|pair| {
            (
                pair.first_row,
                pair.second_row,
                pair.kind,
                pair.fin,
                pair.first_period,
                pair.second_period,
            )
        })
        .collect();
    assert!(pairs == core, "the same pairs");
    assert_eq!(
        report.totals.duplicates + report.totals.overlaps,
        portfolio.conflict_count
    );
    let parts: usize = portfolio
        .disjoint
        .iter()
        .map(|disjoint| disjoint.parts.len() - 1)
        .sum();
    assert_eq!(report.disjoint.len(), parts);
    summaries(&report, &found);
}

/// Holds counts, groups and findings against the faults themselves.
fn summaries(report: &finkit_tables::CheckReport, faults: &[Fault]) {
    for kind in &report.kinds {
        let same =
            |fault: &&Fault| fault.kind.code() == kind.code && fault.severity == kind.severity;
        assert_eq!(
            kind.count,
            faults.iter().filter(same).count() as u64,
            "{}",
            kind.code
        );
        let first: Vec<Fault> = report
            .first_faults(3)
            .map(Result::unwrap)
            .filter(|fault| same(&fault))
            .collect();
        assert!(
            first.iter().eq(faults.iter().filter(same).take(3)),
            "{}",
            kind.code
        );
    }
    let groups = report.groups(Explainer::new(Lang::De, false), 3).unwrap();
    let total: u64 = groups.iter().map(|group| group.count).sum();
    let pairs = report.totals.duplicates + report.totals.overlaps + report.disjoint.len() as u64;
    assert_eq!(total, faults.len() as u64 + pairs);
    let mut text = Vec::new();
    report.write_findings(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let mut expected = String::from("row,cell,code,severity,other_row\n");
    for fault in faults {
        let (cell, code) = (fault.cell().unwrap_or_default(), fault.kind.code());
        expected += &format!("{},{cell},{code},{},\n", fault.row, fault.severity.code());
    }
    for pair in &report.conflicts {
        let kind = if pair.kind == ConflictKind::Duplicate {
            "duplicate"
        } else {
            "overlap"
        };
        expected += &format!("{},,{kind},fault,{}\n", pair.second.row, pair.first.row);
    }
    for pair in &report.disjoint {
        expected += &format!(
            "{},,disjoint-periods,notice,{}\n",
            pair.second.row, pair.first.row
        );
    }
    assert_eq!(text, expected);
}

fn with_threads(threads: usize) -> ListOptions {
    let mut options = ListOptions::default();
    options.threads = Some(threads);
    options
}

const PLAIN: Style = Style {
    delimiter: ',',
    line_end: "\n",
    quoted: false,
    carried: false,
    german: false,
};

#[test]
fn lists_of_many_blocks_are_checked_as_row_by_row_with_any_number_of_threads() {
    let quoted = Style {
        delimiter: ';',
        line_end: "\r\n",
        quoted: true,
        carried: true,
        german: true,
    };
    for style in [
        PLAIN,
        quoted,
        Style {
            carried: true,
            ..PLAIN
        },
    ] {
        let text = list(12_000, 7, style);
        assert!(text.len() > 600_000, "more than two blocks: {}", text.len());
        for threads in [1, 3] {
            let options = with_threads(threads);
            agree(text.as_bytes(), &options);
        }
    }
}

#[test]
fn one_fin_in_very_many_rows_is_counted_in_full_and_listed_once_per_row() {
    let mut text = String::from("fin,start,end,registration_date\n");
    for day in 0..30_000u32 {
        let first = chrono::NaiveDate::from_yo_opt(2026, day % 365 + 1).expect("a day");
        text += &format!("WVWZZZE1ZMP000001,{first},{first},2025-11-03T10:22:33Z\n");
    }
    let report = check(Source::bytes(text), &ListOptions::default()).unwrap();
    let each = 30_000 / 365;
    let more = 30_000 % 365;
    let pairs = |rows: u64| rows * (rows - 1) / 2;
    assert_eq!(
        report.totals.duplicates,
        (365 - more) * pairs(each) + more * pairs(each + 1)
    );
    assert_eq!(
        (
            report.totals.overlaps,
            report.totals.fins,
            report.totals.in_conflict
        ),
        (0, 1, 30_000)
    );
    assert_eq!(report.conflicts.len(), 30_000 - 365);
}

#[test]
fn errors_name_the_row_across_blocks() {
    let sound = "WVWZZZE1ZMP000001,2026-01-01,2026-12-31,2025-11-03T10:22:33Z\n".repeat(20_000);
    let header = "fin,start,end,registration_date\n";
    for threads in [1, 2] {
        let options = with_threads(threads);
        let nul = format!("{header}{sound}WVW\0,,,\n{sound}");
        let error = check(Source::bytes(nul), &options).unwrap_err();
        assert_eq!(error.kind(), &ListErrorKind::NulByte { row: 20_002 });
        let quote = format!("{header}{sound}\"WVW,,,\n{sound}");
        let error = check(Source::bytes(quote), &options).unwrap_err();
        assert_eq!(error.kind(), &ListErrorKind::UnclosedQuote { row: 20_002 });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_list_is_checked_as_row_by_row(
        seed in any::<u64>(), rows in 1u64..60,
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        line_end in prop::sample::select(vec!["\n", "\r\n", "\r", "\r\r"]),
        quoted in any::<bool>(), carried in any::<bool>(), german in any::<bool>(),
    ) {
        let style = Style { delimiter, line_end, quoted, carried, german };
        let mut text = list(rows, seed, style);
        if !line_end.contains('\n') {
            // A line feed within a cell would be taken for the line end of the list.
            text = text.replace('\n', " ");
        }
        agree(text.as_bytes(), &ListOptions::default());
    }
}
