//! Copies of lists: what is rewritten, what stays, and that a copy means the same.

use std::io::{self, Write};

use super::*;
use crate::fault::Severity;
use crate::options::DateOrder;
use crate::read;
use proptest::prelude::*;

fn fixed(list: &[u8], options: &ListOptions) -> (Vec<u8>, FixReport) {
    let mut copy = Vec::new();
    let report = fix(Source::bytes(list), options, &mut copy)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(list)));
    (copy, report)
}

fn copy(list: &str) -> String {
    let (copy, _) = fixed(list.as_bytes(), &ListOptions::default());
    String::from_utf8(copy).unwrap()
}

/// The cells of one row after the fix.
fn row(cells: &str) -> String {
    let list = format!("FIN;von;bis;Vertragsdatum;Kunde\n{cells}\n");
    let copy = copy(&list);
    copy.lines().nth(1).unwrap().to_owned()
}

const SOUND: &str = "WVWZZZE1ZMP000001;2026-01-01;2026-12-31;2026-01-15T10:22:33+01:00";

#[test]
fn what_is_beyond_doubt_is_rewritten() {
    for written in [
        "wvwzzze1zmp000001;01.01.2026;31.12.2026;15.01.2026 10:22:33",
        " WVW ZZZ-E1Z.MP000001\u{a0};1.1.26;31.12.26;2026-01-15 10:22:33 MEZ",
        "\"WVWZZZE1ZMP000001\";1. Jänner 2026;31. Dez. 2026;2026-01-15T10:22:33+0100",
        "WVWZZZE1ZMP000001;20260101;2026-12-31 00:00;\t15. Jan. 2026, 10:22:33 Uhr",
    ] {
        let found = row(&format!("{written};4711")).replace('"', "");
        assert_eq!(found, format!("{SOUND};4711"), "{written}");
    }
    // A stamp says nothing of a zone.
    for stamp in ["1768468953", "1768468953123", "1768468953,9"] {
        let found = row(&format!(
            "WVWZZZE1ZMP000001;2026-01-01;2026-12-31;{stamp};x"
        ));
        assert_eq!(found.split(';').nth(3), Some("2026-01-15T09:22:33+00:00"));
    }
}

#[test]
fn what_is_in_doubt_stays_as_it_is() {
    for cells in [
        // No FIN: letters that cannot be, look-alikes, a wrong length.
        "WVWZZZE1ZMPO00001;2026-01-01;2026-12-31;2026-01-15T10:22:33+01:00",
        "WVWZZZE1ZМP000001;2026-01-01;2026-12-31;2026-01-15T10:22:33+01:00",
        "WVW-ZZZE1ZMP00001;2026-01-01;2026-12-31;2026-01-15T10:22:33+01:00",
        // Days with two readings, days that do not exist, days with a time.
        "WVWZZZE1ZMP000001;01/06/2026;2026-12-31;2026-01-15T10:22:33+01:00",
        "WVWZZZE1ZMP000001;2026-01-01;31.06.2026;2026-01-15T10:22:33+01:00",
        "WVWZZZE1ZMP000001;01.06.2026 14:30;2026-12-31;2026-01-15T10:22:33+01:00",
        // The year could be at either end; a bare number has two meanings.
        "WVWZZZE1ZMP000001;13/01/26;2026-12-31;2026-01-15T10:22:33+01:00",
        "WVWZZZE1ZMP000001;13-Jan-26;2026-12-31;2026-01-15T10:22:33+01:00",
        "WVWZZZE1ZMP000001;46174;2026-12-31;46174,5",
        // Moments that the clock showed twice, never, or of which digits are lost.
        "WVWZZZE1ZMP000001;2026-01-01;2026-12-31;25.10.2026 02:30",
        "WVWZZZE1ZMP000001;2026-01-01;2026-12-31;29.03.2026 02:30",
        "WVWZZZE1ZMP000001;2026-01-01;2026-12-31;1,7E+09",
        "WVWZZZE1ZMP000001;2026-01-01;2026-12-31;15.01.2026",
        // As it is sent already.
        "WVWZZZE1ZMP000001;2026-01-01;2026-12-31;2026-01-15T09:22:33.123Z",
        // Where a cell ends is a guess; a row of another width.
        "\"wvwzzze1zmp000001\"x;01.01.2026;31.12.2026;15.01.2026 10:22",
    ] {
        let cells = format!("{cells}; 4711 ");
        assert_eq!(row(&cells), cells);
    }
    let short = "wvwzzze1zmp000001;01.01.2026;31.12.2026";
    assert_eq!(row(short), short);
}

#[test]
fn sound_cells_beside_a_fault_are_rewritten() {
    assert_eq!(
        row("wvw;01.06.2026;31.05.2026;15.01.2026 10:22;x"),
        "wvw;2026-06-01;31.05.2026;2026-01-15T10:22:00+01:00;x"
    );
}

#[test]
fn defaults_are_not_written_down() {
    let options = ListOptions {
        year: Some(2026),
        registered_at: Some("2026-01-15T10:22:33+01:00".parse().unwrap()),
        registered_time: chrono::NaiveTime::from_hms_opt(12, 0, 0),
        ..ListOptions::default()
    };
    let list = "FIN;von;bis;Vertragsdatum\nWVWZZZE1ZMP000001;;;\nTMBJB9NY5MF000002;;;15.01.2026\n";
    let (copy, report) = fixed(list.as_bytes(), &options);
    assert_eq!(copy, list.as_bytes());
    assert_eq!((report.rows, report.corrected, report.faulty), (2, 0, 0));
}

#[test]
fn an_order_of_day_and_month_settles_dates() {
    let options = ListOptions {
        date_order: Some(DateOrder::MonthFirst),
        ..ListOptions::default()
    };
    let list =
        "FIN;from;to;contract date\nWVWZZZE1ZMP000001;01/02/2026;12/31/2026;01/02/2026 3:04 PM\n";
    let (copy, _) = fixed(list.as_bytes(), &options);
    assert!(
        String::from_utf8(copy)
            .unwrap()
            .ends_with("\nWVWZZZE1ZMP000001;2026-01-02;2026-12-31;2026-01-02T15:04:00+01:00\n")
    );
}

#[test]
fn everything_else_stays_byte_for_byte() {
    let body = "sep=;\r\nFlotte 2026;;;;\r\n;;;;\n\"Kun\r\nde\";Fahrgestellnummer;\"von\";bis;Vertragsdatum\r\n\
        \"a;\"\"b\"\"\r\nc\" ;\"wvwzzze1zmp000001\" ;\"01.01.2026\";31.12.2026 ;2026-01-15T10:22:33+01:00\n\
        ;;;;\r\n\
        24\" Monitor;;;;\r\n\
        M\u{fc}ller;WVWZZZE1ZMP000001;2026-01-01;2026-12-31;2026-01-15T10:22:33+01:00";
    let expected = body
        .replace("\"wvwzzze1zmp000001\" ", "\"WVWZZZE1ZMP000001\"")
        .replace("\"01.01.2026\"", "\"2026-01-01\"")
        .replace("31.12.2026 ", "2026-12-31");
    for end in ["", "\n", "\r\n"] {
        for (encode, name) in encodings() {
            let (list, expected) = (
                encode(&format!("{body}{end}")),
                encode(&format!("{expected}{end}")),
            );
            let (copy, report) = fixed(&list, &ListOptions::default());
            assert_eq!(copy, expected, "{name} {end:?}");
            assert_eq!((report.rows, report.corrected, report.faulty), (3, 1, 1));
        }
    }
}

type Encode = fn(&str) -> Vec<u8>;

fn encodings() -> [(Encode, &'static str); 5] {
    [
        (|text| text.as_bytes().to_vec(), "UTF-8"),
        (
            |text| ["\u{feff}", text].concat().into_bytes(),
            "UTF-8 with mark",
        ),
        (
            |text| encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
            "Windows-1252",
        ),
        (
            |text| {
                ["\u{feff}", text]
                    .concat()
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes)
                    .collect()
            },
            "UTF-16LE",
        ),
        (
            |text| {
                ["\u{feff}", text]
                    .concat()
                    .encode_utf16()
                    .flat_map(u16::to_be_bytes)
                    .collect()
            },
            "UTF-16BE",
        ),
    ]
}

#[test]
fn lists_with_other_line_ends_and_delimiters_keep_them() {
    let list =
        "FIN|von|bis|Vertragsdatum\rWVWZZZE1ZMP000001|01.01.2026|31.12.2026|15.01.2026 10:22:33";
    assert_eq!(
        copy(list),
        format!("FIN|von|bis|Vertragsdatum\r{}", SOUND.replace(';', "|"))
    );
    let list =
        "FIN-von-bis-Vertragsdatum\nWVWZZZE1ZMP000001-01.01.2026-31.12.2026-15.01.2026 10:22:33\n";
    let options = ListOptions {
        delimiter: Some(b'-'),
        ..ListOptions::default()
    };
    let (copy, _) = fixed(list.as_bytes(), &options);
    // The delimiter within a value needs quotes.
    assert_eq!(
        String::from_utf8(copy).unwrap().lines().nth(1).unwrap(),
        "WVWZZZE1ZMP000001-\"2026-01-01\"-\"2026-12-31\"-\"2026-01-15T10:22:33+01:00\""
    );
}

#[test]
fn json_keeps_all_but_the_corrected_strings() {
    let list = r#"{"start": "01.01.2026",  "vin":"wvwzzze1zmp000001","ende":"31.12.2026","registered_at":1768468953, "x":{"vin":"wvw"}}
no json
{"vin":"WVWZZZE1ZMPO00001","x":"\u0041","ende":"31.12.2026","start":null,"registered_at":"15.01.2026 10:22:33"}"#;
    let expected = list
        .replace("01.01.2026\",  ", "2026-01-01\",  ")
        .replace("wvwzzze1zmp000001", "WVWZZZE1ZMP000001")
        .replace("31.12.2026", "2026-12-31")
        .replace("15.01.2026 10:22:33", "2026-01-15T10:22:33+01:00");
    let (copy, mut report) = fixed(list.as_bytes(), &ListOptions::default());
    assert_eq!(String::from_utf8(copy).unwrap(), expected);
    assert_eq!(
        (report.format, report.rows, report.faulty),
        (Format::Ndjson, 3, 2)
    );
    assert_eq!(report.cells(), 5);
    assert_eq!(report.corrections().count(), 5);
}

#[test]
fn all_that_was_done_is_listed_with_cells_and_values() {
    let list = format!(
        "FIN;von;bis;Vertragsdatum\n{SOUND}\nwvw-zzze1zmp000002;01.01.2026;31.12.2026;15.01.2026 10:22\n\
         tmbjb9ny5mf000002;2026-01-01;2026-12-31;2026-01-15 10:22:33 MEZ\n\
         TMBJB9NY5MF000002;2026-01-01;2026-12-31;1768468953\n"
    );
    let (_, mut report) = fixed(list.as_bytes(), &ListOptions::default());
    let found: Vec<_> = report
        .corrections()
        .map(Result::unwrap)
        .map(|c| {
            (
                c.cell(),
                c.kind.code(),
                c.before.clone(),
                c.after.clone(),
                format!("{c:?}"),
            )
        })
        .collect();
    let short: Vec<_> = found
        .iter()
        .map(|(cell, code, before, after, _)| format!("{cell} {code} {before} > {after}"))
        .collect();
    assert_eq!(
        short,
        [
            "A3 fin-separators wvw-zzze1zmp000002 > WVWZZZE1ZMP000002",
            "B3 date-form 01.01.2026 > 2026-01-01",
            "C3 date-form 31.12.2026 > 2026-12-31",
            "D3 time-zone 15.01.2026 10:22 > 2026-01-15T10:22:00+01:00",
            "A4 fin-case tmbjb9ny5mf000002 > TMBJB9NY5MF000002",
            "D4 time-form 2026-01-15 10:22:33 MEZ > 2026-01-15T10:22:33+01:00",
            "D5 time-from-stamp 1768468953 > 2026-01-15T09:22:33+00:00",
        ]
    );
    assert!(
        found
            .iter()
            .all(|(.., debug)| !debug.contains("00000") && !debug.contains("2026"))
    );
    let kinds: Vec<u64> = CorrectionKind::ALL
        .into_iter()
        .map(|kind| {
            report
                .kinds
                .iter()
                .find(|(k, _)| *k == kind)
                .map_or(0, |(_, count)| *count)
        })
        .collect();
    assert_eq!(kinds, [1, 1, 2, 1, 1, 1]);
    assert_eq!(report.corrections().count(), 7, "they can be read again");
}

#[test]
fn corrections_of_a_long_list_are_read_back_from_a_file() {
    let rows = 25_000;
    let mut list = "FIN;von;bis;Vertragsdatum\n".to_owned();
    for number in 0..rows {
        list.push_str(&format!(
            "wvwzzze1zmp{number:06};01.01.2026;31.12.2026;15.01.2026 10:22\n"
        ));
    }
    let (_, mut report) = fixed(list.as_bytes(), &ListOptions::default());
    assert_eq!((report.corrected, report.cells()), (rows, rows * 4));
    let mut expected =
        (0..rows).flat_map(|row| ["A", "B", "C", "D"].map(|letter| format!("{letter}{}", row + 2)));
    for correction in report.corrections() {
        assert_eq!(Some(correction.unwrap().cell()), expected.next());
    }
    assert_eq!(expected.next(), None);
}

#[test]
fn a_copy_of_a_workbook_is_csv_that_excel_opens() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "Fuhrpark 2026").unwrap();
    let headings = ["FIN", "von", "bis", "Vertragsdatum", "No;te"];
    sheet.write_row(2, 0, headings).unwrap();
    let day = rust_xlsxwriter::Format::new().set_num_format("dd.mm.yyyy");
    let moment = rust_xlsxwriter::Format::new().set_num_format("dd.mm.yyyy hh:mm");
    let date = |text: &str| rust_xlsxwriter::ExcelDateTime::parse_from_str(text).unwrap();
    sheet.write(3, 0, "wvwzzze1zmp000001").unwrap();
    sheet
        .write_with_format(3, 1, date("2026-01-01"), &day)
        .unwrap();
    sheet.write(3, 2, "31.12.2026").unwrap();
    sheet
        .write_with_format(3, 3, date("2026-01-15T10:22:33"), &moment)
        .unwrap();
    sheet.write_string(3, 4, "=1+1").unwrap();
    sheet.write(5, 0, "TMBJB9NY5MF000002").unwrap();
    sheet
        .write_with_format(5, 1, date("2026-01-01"), &day)
        .unwrap();
    sheet.write(5, 2, "2026-12-31").unwrap();
    sheet.write(5, 4, "say \"hi\"").unwrap();
    sheet.write(5, 6, "behind").unwrap();
    let bytes = book.save_to_buffer().unwrap();

    let (copy, mut report) = fixed(&bytes, &ListOptions::default());
    assert_eq!(
        String::from_utf8(copy).unwrap(),
        "\u{feff}FIN;von;bis;Vertragsdatum;\"No;te\";Spalte F;Spalte G\r\n\
         WVWZZZE1ZMP000001;2026-01-01;2026-12-31;2026-01-15T10:22:33+01:00;'=1+1;;\r\n\
         TMBJB9NY5MF000002;2026-01-01;2026-12-31;;\"say \"\"hi\"\"\";;behind\r\n"
    );
    assert_eq!(
        (report.dialect.format, report.format),
        (Format::Xlsx, Format::Csv)
    );
    assert_eq!((report.rows, report.corrected, report.faulty), (2, 1, 1));
    let cells: Vec<String> = report.corrections().map(|c| c.unwrap().cell()).collect();
    assert_eq!(cells, ["A4", "C4", "D4"]);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fleet.xlsx");
    std::fs::write(&path, &bytes).unwrap();
    let report = fix(Source::path(&path), &ListOptions::default(), io::sink()).unwrap();
    assert_eq!((report.rows, report.cells()), (2, 3));
}

#[test]
fn a_copy_that_cannot_be_written_is_an_error_of_writing() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let list = format!("FIN;von;bis;Vertragsdatum\n{SOUND}\n");
    let error = fix(Source::bytes(list), &ListOptions::default(), Full).unwrap_err();
    assert_eq!(error.kind(), &ListErrorKind::Write);
}

#[test]
fn a_list_that_breaks_off_is_an_error() {
    let list = format!("FIN;von;bis;Vertragsdatum\n{SOUND}\n\"x");
    let error = fix(Source::bytes(list), &ListOptions::default(), io::sink()).unwrap_err();
    assert_eq!(error.kind(), &ListErrorKind::UnclosedQuote { row: 3 });
    let list = format!("FIN;von;bis;Vertragsdatum\n{SOUND}\nx\0\n");
    let error = fix(Source::bytes(list), &ListOptions::default(), io::sink()).unwrap_err();
    assert_eq!(error.kind(), &ListErrorKind::NulByte { row: 3 });
}

/// A FIN as people write it.
fn any_fin() -> impl Strategy<Value = String> {
    (1..40u32, "[ .-]{0,2}", any::<bool>(), 0..8u8).prop_map(|(serial, around, small, spoiled)| {
        let mut fin = format!("{around}WVW{around}ZZZE1ZMP{serial:06}");
        if small {
            fin = fin.to_lowercase();
        }
        match spoiled {
            0 => fin.replace('Z', "O"),
            1 => String::new(),
            2 => fin + "X",
            _ => fin,
        }
    })
}

fn any_date() -> impl Strategy<Value = String> {
    (1..=28u32, 1..=12u32, 2025..=2026i32, 0..12u8).prop_map(
        |(day, month, year, form)| match form {
            0..=2 => format!("{day:02}.{month:02}.{year}"),
            3 => format!("{day}.{month}.{}", year % 100),
            4 => format!("{year}-{month:02}-{day:02}"),
            5 => format!("{day:02}/{month:02}/{year}"),
            6 => format!("{month}/{day}/{}", year % 100),
            7 => format!("{year}{month:02}{day:02}"),
            8 => format!("{} ", 45_658 + day * month),
            9 => format!("{day:02}.{month:02}.{year} 00:00:00"),
            10 => format!("{}-{month:02}-{day:02}", year % 100),
            _ => String::new(),
        },
    )
}

fn any_time() -> impl Strategy<Value = String> {
    (any_date(), 0..26u32, 0..60u32, 0..9u8).prop_map(|(date, hour, minute, form)| match form {
        0..=2 => format!("{date} {hour:02}:{minute:02}"),
        3 => format!("{date}T{hour:02}:{minute:02}:00Z"),
        4 => format!(" {date} {hour:02}:{minute:02}:00,5 +01:00"),
        5 => (1_767_225_600 + u64::from(hour) * 987_654).to_string(),
        6 => "1,7E+09".to_owned(),
        7 => date,
        _ => format!("{date} {hour}:{minute:02} Uhr"),
    })
}

/// A list with or without quotes, in any delimiter and order of columns.
fn any_list() -> impl Strategy<Value = String> {
    let row = (
        any_fin(),
        any_date(),
        any_date(),
        any_time(),
        "[a;\"\n ü]{0,4}",
        0..6u8,
    );
    let rows = proptest::collection::vec(row, 1..12);
    (rows, 0..4usize, 0..5usize, any::<bool>(), any::<bool>()).prop_map(
        |(rows, delimiter, turned, crlf, end)| {
            let delimiter = [";", ",", "\t", "|"][delimiter];
            let mut headings = ["FIN", "von", "bis", "Vertragsdatum", "Kunde"].map(str::to_owned);
            headings.rotate_left(turned);
            let mut lines = vec![headings.join(delimiter)];
            for (fin, start, end, at, note, quotes) in rows {
                let mut cells = [fin, start, end, at, note].map(|cell| {
                    if quotes == 0 || cell.contains(['"', '\n', '\r', ';', ',', '\t', '|']) {
                        format!("\"{}\"", cell.replace('"', "\"\""))
                    } else {
                        cell
                    }
                });
                cells.rotate_left(turned);
                // Now and then a cell is lost, or text stands behind a quote.
                let kept = if quotes == 1 { 4 } else { 5 };
                lines.push(cells[..kept].join(delimiter) + if quotes == 2 { "x" } else { "" });
            }
            let newline = if crlf { "\r\n" } else { "\n" };
            lines.join(newline) + if end { newline } else { "" }
        },
    )
}

proptest! {
    #[test]
    fn a_copy_means_what_the_list_means_and_needs_no_second_fix(
        list in any_list(),
        encoding in 0..5usize,
    ) {
        let list = encodings()[encoding].0(&list);
        let options = ListOptions::default();
        let before = read(Source::bytes(list.clone()), &options).unwrap();
        let (copy, mut report) = fixed(&list, &options);
        let after = read(Source::bytes(copy.clone()), &options).unwrap();

        prop_assert_eq!(&before.dialect, &after.dialect);
        let records = |list: &crate::List| -> Vec<_> {
            list.rows.iter().map(|row| (row.number, row.fin, row.period, row.registered_at, row.is_sound())).collect()
        };
        prop_assert_eq!(records(&before), records(&after));
        let weighty = |list: &crate::List| -> Vec<_> {
            list.faults()
                .filter(|fault| fault.severity != Severity::Notice)
                .map(|fault| (fault.row, fault.kind.code(), fault.value.clone()))
                .collect()
        };
        // A warning about a FIN shows it as it stands in the copy.
        let faults = |list: &crate::List| -> Vec<_> {
            weighty(list).into_iter().map(|(row, code, _)| (row, code)).collect()
        };
        prop_assert_eq!(faults(&before), faults(&after));
        let certain = |row: u64| after.rows.iter().find(|r| r.number == row).unwrap().faults.iter()
            .all(|fault| fault.severity != Severity::Fault || fault.kind.field().is_some());
        prop_assert!(after.faults().filter(|fault| certain(fault.row))
            .all(|fault| fault.kind.code() != "fin-separators-removed"));

        // The corrections are the difference, and there is no other.
        let mut cells: Vec<Vec<String>> = before.rows.iter().map(|row| row.cells.clone()).collect();
        for correction in report.corrections() {
            let correction = correction.unwrap();
            let index = before.rows.iter().position(|row| row.number == correction.row).unwrap();
            let cell = &mut cells[index][correction.column.index as usize];
            prop_assert_eq!(&*cell, &correction.before);
            *cell = correction.after;
        }
        prop_assert_eq!(cells, after.rows.iter().map(|row| row.cells.clone()).collect::<Vec<_>>());

        let (again, second) = fixed(&copy, &options);
        prop_assert_eq!(again, copy);
        prop_assert_eq!((second.cells(), second.rows, second.faulty), (0, report.rows, report.faulty));
    }
}
