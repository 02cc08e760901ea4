//! The workbook that the documentation shows: a fleet as an office keeps it, with the faults that lists have.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use serde_json::{Value, json};

use super::List;
use super::books;

/// A row: customer, driver, FIN, first day, last day, registration time; days and times that a spreadsheet takes for
/// such become cells of that kind, anything else text.
type Row = [&'static str; 6];

const HEADINGS: Row = [
    "Kd.-Nr.",
    "Fahrer",
    "Fahrgestellnummer",
    "Beginn",
    "Ende",
    "Vertragsdatum",
];

/// Rows above the headings.
const ABOVE: usize = 3;

const START: &str = "2026-01-01";
const END: &str = "2026-12-31";

const ROWS: [Row; 18] = [
    [
        "10471",
        "Huber Anna",
        "WVWZZZE1ZMP000001",
        START,
        END,
        "2026-01-15T10:22:33",
    ],
    [
        "10472",
        "Müller Jakob",
        "TMBJB9NY5MF000002",
        START,
        END,
        "2025-12-03T08:05:00",
    ],
    [
        "10473",
        "Gruber Eva",
        "WBY21CF090CU00003",
        "2026-05-15",
        END,
        "2026-05-14T16:30:00",
    ],
    [
        "10474",
        "Bauer Lukas",
        "VF1AG0001640O0004",
        START,
        END,
        "2026-01-09T11:48:00",
    ],
    [
        "10475",
        "Wagner Lena",
        "KNACC81GFM5000005",
        START,
        "2026-06-30",
        "2025-12-31T12:00:00",
    ],
    [
        "10476",
        "Pichler Paul",
        "W1N2938901F000006",
        START,
        END,
        "2026-01-12",
    ],
    [
        "10477",
        "Steiner Nora",
        "YSMVSEDE5ML00007",
        START,
        END,
        "2026-01-13T09:41:00",
    ],
    [
        "10478",
        "Moser Felix",
        "XP7YGCEE7PB000008",
        "2026-09-01",
        "2026-03-31",
        "2026-01-13T13:05:00",
    ],
    [
        "10479",
        "Mayer Ida",
        "5YJ3E7EB8KF000009",
        START,
        END,
        "2026-01-14T07:59:00",
    ],
    [
        "10475",
        "Wagner Lena",
        "KNACC81GFM5000005",
        "2026-07-01",
        END,
        "2026-06-29T15:20:00",
    ],
    [
        "10480",
        "Hofer Tobias",
        "ZFAFFAJ30M0000010",
        "2026-07-01",
        "2027-06-30",
        "2026-06-30T10:00:00",
    ],
    [
        "10481",
        "Leitner Mia",
        "TMBJB9NY5MF000011",
        START,
        END,
        "1,76847E+09",
    ],
    [
        "10472",
        "Müller Jakob",
        "TMBJB9NY5MF000002",
        "2026-12-01",
        END,
        "2026-11-27T08:30:00",
    ],
    [
        "10482",
        "Berger Simon",
        "WVWZZZE1 ZMP 000012",
        START,
        END,
        "2026-01-16T14:12:00",
    ],
    [
        "10483",
        "Fuchs Clara",
        "W1N2938901F000013",
        START,
        "",
        "2026-01-16T14:15:00",
    ],
    [
        "10479",
        "Mayer Ida",
        "5YJ3E7EB8KF000009",
        START,
        END,
        "2026-01-14T07:59:00",
    ],
    [
        "10484",
        "Eder David",
        "KNACC81GFM5000014",
        "31.02.2026",
        END,
        "2026-01-19T09:00:00",
    ],
    [
        "10485",
        "Lang Sophie",
        "VF1AG000164000015",
        "2026-02-10",
        "2026-11-30",
        "2026-02-09T23:59:59",
    ],
];

fn planted() -> (usize, Vec<&'static str>) {
    let faults = vec![
        "C8 fin-forbidden-letter fault",
        "F10 registered-at-without-time fault",
        "C11 fin-too-short fault",
        "E12 end-before-start fault",
        "E15 period-across-years fault",
        "F16 damaged-unix-stamp fault",
        "C18 fin-separators-removed notice",
        "E19 missing-cell fault",
        "D21 date-not-in-calendar fault",
    ];
    (ROWS.len() - 8, faults)
}

/// The workbook and what is wrong in it.
pub(crate) fn list() -> List {
    let (sound, faults) = planted();
    let options: Value = json!({});
    List {
        file: "fuhrpark-2026.xlsx",
        bytes: books::saved(book()),
        expected: json!({
            "options": options,
            "rows": ROWS.len(),
            "sound": sound,
            "faults": faults,
            "conflicts": ["overlap 6 17", "duplicate 13 20"],
            "disjoint": ["9 14"],
        }),
    }
}

fn book() -> Workbook {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Fuhrpark").expect("a name");
    let title = Format::new().set_bold().set_font_size(14);
    sheet
        .merge_range(0, 0, 0, 5, "Fuhrpark 2026: Ladestrom", &title)
        .expect("a title");
    sheet
        .write(1, 0, "Stand: 20.01.2026")
        .expect("a line of text");
    let bold = Format::new().set_bold();
    for (heading, column) in HEADINGS.into_iter().zip(0..) {
        sheet
            .write_with_format(ABOVE as u32, column, heading, &bold)
            .expect("a heading");
        sheet
            .set_column_width(column, if column == 2 { 22 } else { 18 })
            .expect("a width");
    }
    for (row, number) in ROWS.iter().zip(ABOVE as u32 + 1..) {
        for (value, column) in row.iter().zip(0..) {
            cell(sheet, number, column, value);
        }
    }
    book
}

fn cell(sheet: &mut Worksheet, row: u32, column: u16, value: &str) {
    let form = match (column, value.len()) {
        (3..=5, 10) => Some("dd.mm.yyyy"),
        (5, 19) => Some("dd.mm.yyyy hh:mm"),
        _ => None,
    };
    let date = form.and_then(|form| Some((form, ExcelDateTime::parse_from_str(value).ok()?)));
    match date {
        Some((form, date)) if value.starts_with("20") => {
            let format = Format::new().set_num_format(form);
            sheet.write_with_format(row, column, date, &format)
        }
        _ if value.is_empty() => Ok(sheet),
        _ => sheet.write(row, column, value),
    }
    .expect("a cell");
}
