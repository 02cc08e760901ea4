//! Lists with faults, and files that are no lists: what is planted is said beside it.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use serde_json::{Value, json};

use super::List;
use super::books;

/// One row and what there is to say about it: column letters with the kind, `!` for a fault, `?` for a warning, `.`
/// for a notice, and a dash in the place of the letters where the whole row is meant.
type Planted<'a> = (&'a str, &'a [&'a str]);

fn told(planted: &[Planted<'_>], first: usize) -> (usize, Vec<String>) {
    let mut sound = 0;
    let mut told = Vec::new();
    for ((_, kinds), row) in planted.iter().zip(first..) {
        sound += usize::from(!kinds.iter().any(|kind| kind.ends_with('!')));
        for kind in *kinds {
            let (column, kind) = kind.split_once(' ').expect("column and kind");
            let (kind, weight) = kind.split_at(kind.len() - 1);
            let weight = match weight {
                "!" => "fault",
                "?" => "warning",
                _ => "notice",
            };
            let cell = match column {
                "-" => row.to_string(),
                letters => format!("{letters}{row}"),
            };
            told.push(format!("{cell} {kind} {weight}"));
        }
    }
    (sound, told)
}

fn list(file: &'static str, head: &str, planted: &[Planted<'_>], expected: Value) -> List {
    let (sound, faults) = told(planted, usize::from(!head.is_empty()) + 1);
    let lines: Vec<&str> = std::iter::once(head)
        .filter(|head| !head.is_empty())
        .chain(planted.iter().map(|(line, _)| *line))
        .collect();
    List {
        file,
        bytes: (lines.join("\n") + "\n").into_bytes(),
        expected: full(expected, planted.len(), sound, &faults),
    }
}

fn full(mut expected: Value, rows: usize, sound: usize, faults: &[String]) -> Value {
    for (key, value) in [
        ("options", json!({})),
        ("rows", json!(rows)),
        ("sound", json!(sound)),
        ("faults", json!(faults)),
        ("conflicts", json!([])),
        ("disjoint", json!([])),
    ] {
        if expected.get(key).is_none() {
            expected[key] = value;
        }
    }
    expected
}

const HEAD: &str = "FIN;von;bis;Vertragsdatum;Name";

/// All lists with faults.
pub(crate) fn lists() -> Vec<List> {
    let mut lists = vec![
        fins(),
        days(),
        moments(),
        cells(),
        rows(),
        conflicts(),
        objects(),
        book(),
    ];
    lists.push(list(
        "fins-alone.csv",
        "FIN",
        &[
            ("WVWZZZE1ZMP000001", &[]),
            ("WVWZZZE1ZMP00002", &["A fin-too-short!"]),
        ],
        json!({"options": {"purpose": "search"}}),
    ));
    lists.extend(not_read());
    lists
}

fn fins() -> List {
    let row = |fin: &str| format!("{fin};2026-01-01;2026-12-31;2026-01-15T10:22:33+01:00;x");
    let planted: [(&str, &[&str]); 15] = [
        ("WVWZZZE1ZMP000001", &[]),
        ("", &["A missing-cell!"]),
        ("WVWZZZE1ZMP00002", &["A fin-too-short!"]),
        ("WVWZZZE1ZMP00000312", &["A fin-too-long!"]),
        ("A1BS31Z04303361794", &["A fin-check-digit-appended!"]),
        ("WVWZZZE1ZMPO00005", &["A fin-forbidden-letter!"]),
        (
            "WVWZZZEIZMPQ00006",
            &["A fin-forbidden-letter!", "A fin-forbidden-letter!"],
        ),
        ("WVWZZZE1Z\u{41c}P000007", &["A fin-look-alike!"]),
        ("WVWZZZE1ZMP0\u{ff10}0008", &["A fin-full-width!"]),
        ("WVWZZZE1ZMP#00009", &["A fin-other-character!"]),
        ("1,23457E+16", &["A fin-spreadsheet-number!"]),
        ("TMB-JB9 NY5.MF000002", &["A fin-separators-removed."]),
        ("11111111111111111", &["A fin-placeholder?"]),
        ("WVWZZZE1ZMP0000AB", &["A fin-letters-in-serial?"]),
        ("LRW3E7FA5MC000013", &["A fin-check-digit?"]),
    ];
    let lines: Vec<String> = planted.iter().map(|(fin, _)| row(fin)).collect();
    let planted: Vec<Planted<'_>> = lines
        .iter()
        .zip(planted)
        .map(|(line, (_, kinds))| (line.as_str(), kinds))
        .collect();
    list("faulty-fins.csv", HEAD, &planted, json!({}))
}

fn days() -> List {
    let row = |number: usize, days: &str| {
        format!("WVWZZZE1ZMP{number:06};{days};2026-01-15T10:22:33+01:00;x")
    };
    let planted: [(&str, &[&str]); 15] = [
        ("2026-01-01;2026-12-31", &[]),
        ("Anfang Juni;2026-12-31", &["B date-unreadable!"]),
        ("1.6.;31.12.", &["B date-unreadable!", "C date-unreadable!"]),
        ("2026-01-01;31.06.2026", &["C date-not-in-calendar!"]),
        ("2026-13-01;2026-12-31", &["B date-not-in-calendar!"]),
        ("01/06/2026;12/31/2026", &["B date-ambiguous!"]),
        ("20260601;2026-12-31", &["B compact-date."]),
        ("46174;2026-12-31", &["B date-from-number."]),
        ("01.06.2026 14:30;2026-12-31 00:00", &["B date-with-time!"]),
        ("2026-06-01;2026-05-31", &["C end-before-start!"]),
        ("2025-11-01;2026-03-31", &["C period-across-years!"]),
        (
            "1.6.1926;31.12.1926",
            &["B year-out-of-range!", "C year-out-of-range!"],
        ),
        ("2026-01-01;", &["C missing-cell!"]),
        (";2026-12-31", &["B missing-cell!"]),
        ("1,7E+09;2026-12-31", &["B date-unreadable!"]),
    ];
    let lines: Vec<String> = planted
        .iter()
        .enumerate()
        .map(|(index, (days, _))| row(index + 1, days))
        .collect();
    let planted: Vec<Planted<'_>> = lines
        .iter()
        .zip(planted)
        .map(|(line, (_, kinds))| (line.as_str(), kinds))
        .collect();
    list("faulty-days.csv", HEAD, &planted, json!({}))
}

fn moments() -> List {
    let planted: [(&str, &[&str]); 15] = [
        ("2026-01-15T10:22:33+01:00", &[]),
        ("", &["D missing-cell!"]),
        ("gestern", &["D registered-at-unreadable!"]),
        ("01.06.2026 25:00", &["D registered-at-not-in-calendar!"]),
        (
            "2026-01-15T10:22:33+25:00",
            &["D registered-at-not-in-calendar!"],
        ),
        ("01.06.2026", &["D registered-at-without-time!"]),
        ("20260601", &["D registered-at-digits-only!"]),
        ("1,7E+09", &["D damaged-unix-stamp!"]),
        ("1.76847E+09", &["D damaged-unix-stamp!"]),
        ("29.03.2026 02:30", &["D registered-at-skipped!"]),
        ("25.10.2026 02:30", &["D registered-at-twice."]),
        ("01.06.1926 10:00", &["D year-out-of-range!"]),
        ("123", &["D year-out-of-range!"]),
        ("01/02/2026 10:00", &["D date-ambiguous!"]),
        ("46037,5", &["D date-from-number."]),
    ];
    let lines: Vec<String> = planted
        .iter()
        .enumerate()
        .map(|(index, (at, _))| format!("WVWZZZE1ZMP{:06};2026-01-01;2026-12-31;{at};x", index + 1))
        .collect();
    let planted: Vec<Planted<'_>> = lines
        .iter()
        .zip(planted)
        .map(|(line, (_, kinds))| (line.as_str(), kinds))
        .collect();
    list("faulty-times.csv", HEAD, &planted, json!({}))
}

/// Cells that are missing, several faults in one row.
fn cells() -> List {
    list(
        "faulty-cells.csv",
        HEAD,
        &[
            (
                ";;;;Huber",
                &[
                    "A missing-cell!",
                    "B missing-cell!",
                    "C missing-cell!",
                    "D missing-cell!",
                ],
            ),
            (
                "WVWZZZE1ZMPO00001;31.02.2026;2026-12-31;1,7E+09;Huber",
                &[
                    "A fin-forbidden-letter!",
                    "B date-not-in-calendar!",
                    "D damaged-unix-stamp!",
                ],
            ),
            ("tmbjb9ny5mf000002;1.1.26;31.12.26;1768468953;Huber", &[]),
        ],
        json!({}),
    )
}

/// Rows with cells too few or too many, and quotes in the wrong place.
fn rows() -> List {
    list(
        "faulty-rows.csv",
        HEAD,
        &[
            (
                "WVWZZZE1ZMP000001;2026-01-01;2026-12-31;2026-01-15 10:22;Huber",
                &[],
            ),
            (
                "WVWZZZE1ZMP000002;2026-01-01;2026-12-31;2026-01-15 10:22",
                &["- ragged-row!"],
            ),
            (
                "WVWZZZE1ZMP000003;2026-01-01;2026-12-31;2026-01-15 10:22;Huber;Wien",
                &["- ragged-row!"],
            ),
            (
                "WVWZZZE1ZMP000004;2026-01-01;2026-12-31;2026-01-15 10:22;Huber;;",
                &[],
            ),
            (
                "WVWZZZE1ZMP000005;2026-01-01;2026-12-31;2026-01-15 10:22;\"Huber\" & Co",
                &["- stray-quote!"],
            ),
            (
                "WVWZZZE1ZMP000006;2026-01-01;2026-12-31;2026-01-15 10:22;Huber \"Bau\"",
                &[],
            ),
            ("WVWZZZE1ZMP000007", &["- ragged-row!"]),
        ],
        json!({}),
    )
}

/// Rows of the same FIN: duplicates, overlaps, and periods that do not touch.
fn conflicts() -> List {
    let rows = [
        ("WVWZZZE1ZMP000001", "2026-01-01;2026-06-30"),
        ("TMBJB9NY5MF000002", "2026-01-01;2026-12-31"),
        ("wvw zzze1zmp000001", "1.1.2026;30.6.2026"),
        ("WVWZZZE1ZMP000001", "2026-06-30;2026-12-31"),
        ("TMBJB9NY5MF000002", "2025-01-01;2025-12-31"),
        ("VF1AG000164000004", "2026-01-01;2026-03-31"),
        ("VF1AG000164000004", "2026-04-01;2026-12-31"),
    ];
    let lines: Vec<String> = rows
        .iter()
        .map(|(fin, days)| format!("{fin};{days};2026-01-15 10:22;x"))
        .collect();
    let planted: Vec<Planted<'_>> = lines
        .iter()
        .enumerate()
        .map(|(index, line)| -> Planted<'_> {
            let kinds: &[&str] = if index == 2 {
                &["A fin-separators-removed."]
            } else {
                &[]
            };
            (line, kinds)
        })
        .collect();
    list(
        "conflicts.csv",
        HEAD,
        &planted,
        json!({
            "conflicts": ["duplicate 2 4", "overlap 2 5", "overlap 4 5"],
            "disjoint": ["7 8"],
        }),
    )
}

fn objects() -> List {
    let mut list = list(
        "faulty-objects.ndjson",
        "",
        &[
            (
                r#"{"fin":"WVWZZZE1ZMP000001","von":"2026-01-01","bis":"2026-12-31","zeit":"2026-01-15 10:22"}"#,
                &[],
            ),
            (
                r#"{"fin":"WVWZZZE1ZMP000002","von":"2026-01-01","bis":"#,
                &["- json-unreadable!"],
            ),
            (r#"["WVWZZZE1ZMP000003"]"#, &["- json-unreadable!"]),
            (r#"WVWZZZE1ZMP000004;2026-01-01"#, &["- json-unreadable!"]),
        ],
        json!({"options": {"map": {"registered-at": "zeit"}}}),
    );
    // Keys are columns in the order of the alphabet, and letters of columns mean nothing here: all faults are of rows.
    list.expected["letters"] = json!(false);
    list
}

/// What only a workbook can hold.
fn book() -> List {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Flotte").expect("a name");
    sheet
        .write_row(0, 0, ["FIN", "von", "bis", "Vertragsdatum", "Name"])
        .expect("headings");
    let day = Format::new().set_num_format("dd.mm.yyyy");
    let time = Format::new().set_num_format("dd.mm.yyyy hh:mm");
    let date = |text: &str| ExcelDateTime::parse_from_str(text).expect("a date");
    let sound = |sheet: &mut rust_xlsxwriter::Worksheet, row: u32| {
        let fin = format!("WVWZZZE1ZMP{row:06}");
        sheet.write(row, 0, fin).expect("a cell");
        for (text, column) in [("2026-01-01", 1), ("2026-12-31", 2)] {
            sheet
                .write_with_format(row, column, date(text), &day)
                .expect("a cell");
        }
        sheet
            .write_with_format(row, 3, date("2026-01-15T10:22:33"), &time)
            .expect("a cell");
    };
    for row in 1..=9 {
        sound(sheet, row);
    }
    let broken = Formula::new("=Tabelle9!A1").set_result("#REF!");
    sheet.write(2, 0, 1.23457e16).expect("a cell");
    sheet.write_formula(3, 1, broken).expect("a cell");
    sheet
        .write_with_format(4, 1, date("2026-01-01T14:30:00"), &time)
        .expect("a cell");
    sheet
        .write_with_format(5, 3, date("2026-01-15"), &day)
        .expect("a cell");
    sheet.write_boolean(6, 3, true).expect("a cell");
    sheet.write(7, 2, 46_387.0).expect("a cell");
    sheet.write(8, 3, "1,7E+09").expect("a cell");
    sheet.write_blank(9, 3, &time).expect("a cell");
    sheet.write(9, 4, "Huber").expect("a cell");
    let planted: [Planted<'_>; 9] = [
        ("", &[]),
        ("", &["A fin-spreadsheet-number!"]),
        ("", &["B cell-error!"]),
        ("", &["B date-with-time!"]),
        ("", &["D registered-at-without-time!"]),
        ("", &["D registered-at-unreadable!"]),
        ("", &["C date-from-number."]),
        ("", &["D damaged-unix-stamp!"]),
        ("", &["D missing-cell!"]),
    ];
    let (sound, faults) = told(&planted, 2);
    List {
        file: "faulty-cells.xlsx",
        bytes: books::saved(book),
        expected: full(json!({}), planted.len(), sound, &faults),
    }
}

/// Files that are an error as a whole.
fn not_read() -> Vec<List> {
    const ROW: &str = "WVWZZZE1ZMP000001;2026-01-01;2026-12-31;2026-01-15 10:22;x";
    let text = |file, text: String, options: Value, error: &str, row: Option<u64>| List {
        file,
        bytes: text.into_bytes(),
        expected: json!({"options": options, "error": error, "row": row}),
    };
    let one = format!("{HEAD}\n{ROW}\n");
    let none = json!({});
    let other = |file, bytes: &[u8], error: &str| List {
        file,
        bytes: bytes.to_vec(),
        expected: json!({"options": {}, "error": error, "row": null}),
    };
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Flotte").expect("a name");
    sheet
        .write_row(0, 0, ["FIN", "von", "bis", "Vertragsdatum"])
        .expect("headings");
    let book = books::saved(book);
    let headings = |headings: &str| format!("{headings}\n{ROW}\n");
    vec![
        text("empty.csv", String::new(), none.clone(), "empty", None),
        text(
            "blank.csv",
            ";;;;\n\n  ;;;;\n".to_owned(),
            none.clone(),
            "empty",
            None,
        ),
        text(
            "unclosed-quote.csv",
            format!("{one}\"WVWZZZE1ZMP000002;\n{ROW}\n"),
            none.clone(),
            "unclosed-quote",
            Some(3),
        ),
        text(
            "nul-byte.csv",
            format!("{one}WVWZZZE1ZMP000002\0;;;;\n"),
            none.clone(),
            "nul-byte",
            Some(3),
        ),
        text(
            "headings-missing.csv",
            headings("Nummer;A;B;C;D"),
            none.clone(),
            "columns-missing",
            None,
        ),
        text(
            "headings-twice.csv",
            headings("FIN;von;bis;Vertragsdatum;VIN"),
            none.clone(),
            "column-ambiguous",
            None,
        ),
        text(
            "mapped-twice.csv",
            one.clone(),
            json!({"map": {"start": "B", "end": "B"}}),
            "column-mapped-twice",
            None,
        ),
        text(
            "mapped-nowhere.csv",
            one.clone(),
            json!({"map": {"start": "Anfang"}}),
            "mapped-column-not-found",
            None,
        ),
        text(
            "page.csv",
            format!("<html><table><tr><td>{ROW}"),
            none.clone(),
            "unsupported-format",
            None,
        ),
        text(
            "array.json",
            "[{\"fin\":\"WVWZZZE1ZMP000001\"}]\n".to_owned(),
            none.clone(),
            "unsupported-format",
            None,
        ),
        text(
            "not-a-workbook.xlsx",
            one.clone(),
            json!({"format": "xlsx"}),
            "not-of-format",
            None,
        ),
        other(
            "old.xls",
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0\0\0\0\0\0\0",
            "unsupported-format",
        ),
        other("letter.pdf", b"%PDF-1.7\n", "unsupported-format"),
        other("cut-off.xlsx", &book[..book.len() / 2], "workbook"),
        List {
            file: "sheet-missing.xlsx",
            bytes: book,
            expected: json!({"options": {"sheet": "Fuhrpark"}, "error": "sheet-not-found", "row": null}),
        },
    ]
}
