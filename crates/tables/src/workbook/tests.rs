//! Workbooks written for the purpose, sound, odd and hostile.

use std::io::Write;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook as Writer, Worksheet};
use zip::write::SimpleFileOptions;

use crate::error::{Limit, ListErrorKind};
use crate::fault::{FaultKind, Severity};
use crate::options::{Limits, ListOptions, Source};
use crate::{Field, List, ListError, check, read};

pub(super) const FIN: &str = "WVWZZZE1ZMP000001";

pub(super) fn saved(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Writer::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

pub(super) fn listed(bytes: Vec<u8>) -> Result<List, ListError> {
    read(Source::bytes(bytes), &ListOptions::default())
}

pub(super) fn headings(sheet: &mut Worksheet, row: u32) {
    for (column, heading) in
        (0..).zip(["Kunde", "Fahrgestellnummer", "von", "bis", "Vertragsdatum"])
    {
        sheet.write_string(row, column, heading).unwrap();
    }
}

/// A row of text, dates and a time as Excel keeps them.
pub(super) fn row(sheet: &mut Worksheet, row: u32, fin: &str) {
    let day = Format::new().set_num_format("dd.mm.yyyy");
    let moment = Format::new().set_num_format("dd.mm.yyyy hh:mm");
    sheet.write_number(row, 0, 4711).unwrap();
    sheet.write_string(row, 1, fin).unwrap();
    let date = |year, month, day| ExcelDateTime::from_ymd(year, month, day).unwrap();
    sheet
        .write_datetime_with_format(row, 2, date(2026, 1, 1), &day)
        .unwrap();
    sheet
        .write_datetime_with_format(row, 3, date(2026, 6, 30), &day)
        .unwrap();
    let time = date(2025, 11, 3).and_hms(10, 22, 33).unwrap();
    sheet
        .write_datetime_with_format(row, 4, time, &moment)
        .unwrap();
}

#[test]
fn dates_times_and_numbers_of_cells_are_read() {
    let bytes = saved(|sheet| {
        headings(sheet, 0);
        row(sheet, 1, FIN);
        // The same as text.
        for (column, text) in
            (0..).zip(["4712", FIN, "01.07.2026", "31.12.2026", "03.11.2025 10:22"])
        {
            sheet.write_string(2, column, text).unwrap();
        }
        // Serial numbers without a format of dates, and a Unix stamp.
        sheet.write_string(3, 1, "VF1AG000164000004").unwrap();
        sheet.write_number(3, 2, 46_023).unwrap();
        sheet.write_number(3, 3, 46_387).unwrap();
        sheet.write_number(3, 4, 1_762_165_353).unwrap();
    });
    let list = listed(bytes).unwrap();
    assert_eq!(list.dialect.sheet.as_deref(), Some("Sheet1"));
    let records: Vec<String> = list
        .records()
        .map(|(row, record)| {
            format!(
                "{row} {} {} {}",
                record.fin, record.period, record.registered_at
            )
        })
        .collect();
    assert_eq!(
        records,
        [
            "2 WVWZZZE1ZMP000001 2026-01-01/2026-06-30 2025-11-03T10:22:33+01:00",
            "3 WVWZZZE1ZMP000001 2026-07-01/2026-12-31 2025-11-03T10:22:00+01:00",
            "4 VF1AG000164000004 2026-01-01/2026-12-31 2025-11-03T10:22:33+00:00",
        ]
    );
    assert_eq!(list.rows[0].cells[0], "4711");
    assert_eq!(list.rows[0].cells[2], "2026-01-01");
    let notices: Vec<&str> = list.faults().map(|fault| fault.kind.code()).collect();
    assert_eq!(notices, ["date-from-number", "date-from-number"]);
}

#[test]
fn titles_above_the_headings_and_merged_cells_are_skipped() {
    let bytes = saved(|sheet| {
        sheet
            .merge_range(0, 0, 0, 4, "Fuhrpark 2026", &Format::new())
            .unwrap();
        sheet.write_string(1, 0, "Stand: 01.02.2026").unwrap();
        headings(sheet, 3);
        row(sheet, 4, FIN);
        row(sheet, 9, "VF1AG000164000004");
    });
    let list = listed(bytes).unwrap();
    assert_eq!(list.dialect.header_row, Some(4));
    let rows: Vec<u64> = list.rows.iter().map(|row| row.number).collect();
    assert_eq!(rows, [5, 10]);
}

#[test]
fn the_first_visible_sheet_with_headings_is_read_unless_one_is_named() {
    let mut workbook = Writer::new();
    workbook
        .add_worksheet()
        .set_name("Hinweise")
        .unwrap()
        .write_string(0, 0, "Bitte lesen")
        .unwrap();
    let hidden = workbook.add_worksheet().set_name("Alt").unwrap();
    headings(hidden, 0);
    row(hidden, 1, "TMBJB9NY5MF000002");
    hidden.set_hidden(true);
    let second = workbook.add_worksheet().set_name("Fuhrpark").unwrap();
    headings(second, 0);
    row(second, 1, FIN);
    let bytes = workbook.save_to_buffer().unwrap();

    let list = listed(bytes.clone()).unwrap();
    assert_eq!(list.dialect.sheet.as_deref(), Some("Fuhrpark"));
    assert_eq!(list.dialect.other_sheets, ["Hinweise", "Alt"]);
    let named = ListOptions {
        sheet: Some("alt".to_owned()),
        ..ListOptions::default()
    };
    let list = read(Source::bytes(bytes.clone()), &named).unwrap();
    assert_eq!(
        list.records().next().unwrap().1.fin.as_str(),
        "TMBJB9NY5MF000002"
    );
    let missing = ListOptions {
        sheet: Some("Fuhrpark 2".to_owned()),
        ..ListOptions::default()
    };
    let error = read(Source::bytes(bytes), &missing).unwrap_err();
    assert_eq!(error.kind().code(), "sheet-not-found");
}

#[test]
fn faults_name_the_cell_of_the_sheet() {
    let bytes = saved(|sheet| {
        headings(sheet, 0);
        row(sheet, 1, "WVWZZZE1ZMPO00001");
        row(sheet, 2, FIN);
        sheet.write_boolean(2, 2, true).unwrap();
        sheet
            .write_formula(
                2,
                3,
                rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!"),
            )
            .unwrap();
        sheet.write_number(3, 1, 12_345_678_901_234_567.0).unwrap();
    });
    for faults in [
        listed(bytes.clone())
            .unwrap()
            .faults()
            .cloned()
            .collect::<Vec<_>>(),
        check(Source::bytes(bytes), &ListOptions::default())
            .unwrap()
            .faults()
            .map(Result::unwrap)
            .collect(),
    ] {
        let found: Vec<(String, &str)> = faults
            .iter()
            .map(|fault| (fault.cell().unwrap(), fault.kind.code()))
            .collect();
        assert_eq!(
            found,
            [
                ("B2".to_owned(), "fin-forbidden-letter"),
                ("C3".to_owned(), "date-unreadable"),
                ("D3".to_owned(), "cell-error"),
                ("B4".to_owned(), "fin-spreadsheet-number"),
                ("C4".to_owned(), "missing-cell"),
                ("D4".to_owned(), "missing-cell"),
                ("E4".to_owned(), "missing-cell"),
            ]
        );
        assert!(faults.iter().all(|fault| fault.severity == Severity::Fault));
        assert!(matches!(
            faults[4].kind,
            FaultKind::MissingCell {
                field: Field::Start
            }
        ));
    }
}

#[test]
fn a_check_agrees_with_the_rows() {
    let bytes = saved(|sheet| {
        headings(sheet, 0);
        for line in 1..2000 {
            row(sheet, line, &format!("WVWZZZE1ZMP{:06}", line % 1500));
        }
    });
    let report = check(Source::bytes(bytes), &ListOptions::default()).unwrap();
    assert_eq!(
        (report.totals.rows, report.totals.sound, report.totals.fins),
        (1999, 1999, 1500)
    );
    assert_eq!(
        (report.totals.duplicates, report.totals.in_conflict),
        (499, 998)
    );
    assert_eq!(
        (
            report.conflicts[0].first.row,
            report.conflicts[0].second.row
        ),
        (2, 1502)
    );
}

/// An archive with these parts beside those of a sound workbook.
pub(super) fn with_part(name: &str, write: impl FnOnce(&mut dyn Write)) -> Vec<u8> {
    let sound = saved(|sheet| {
        headings(sheet, 0);
        row(sheet, 1, FIN);
    });
    let mut content = Vec::new();
    write(&mut content);
    replaced(sound, name, &content)
}

/// The archive with this content for a part.
pub(super) fn replaced(archive: Vec<u8>, name: &str, content: &[u8]) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let mut new = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..old.len() {
        let part = old.by_index_raw(index).unwrap();
        if part.name().unwrap() != name {
            new.raw_copy_file(part).unwrap();
        }
    }
    new.start_file(name, SimpleFileOptions::default()).unwrap();
    new.write_all(content).unwrap();
    new.finish().unwrap().into_inner()
}

pub(super) const SHEET_START: &[u8] = br#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#;

#[test]
fn a_workbook_that_unpacks_to_more_than_the_limit_is_refused() {
    let zeros = vec![b'0'; 1 << 20];
    let bytes = with_part("xl/worksheets/sheet1.xml", |part| {
        part.write_all(SHEET_START).unwrap();
        for _ in 0..10 {
            part.write_all(b"<row>").unwrap();
            part.write_all(&zeros[..1_000_000]).unwrap();
        }
    });
    let limits = Limits {
        inflated_bytes: 8 << 20,
        ..Limits::default()
    };
    let options = ListOptions {
        limits,
        ..ListOptions::default()
    };
    let error = read(Source::bytes(bytes), &options).unwrap_err();
    assert_eq!(
        error.kind(),
        &ListErrorKind::Limit {
            limit: Limit::InflatedBytes,
            value: 8 << 20,
            row: None
        }
    );
}

#[test]
fn one_endless_text_is_refused() {
    let bytes = with_part("xl/worksheets/sheet1.xml", |part| {
        part.write_all(SHEET_START).unwrap();
        part.write_all(br#"<row r="1"><c r="A1" t="inlineStr"><is><t>"#)
            .unwrap();
        part.write_all(&vec![b'x'; 2 << 20]).unwrap();
    });
    assert!(matches!(
        listed(bytes).unwrap_err().kind(),
        ListErrorKind::Limit {
            limit: Limit::TextBytes,
            ..
        }
    ));
}

#[test]
fn too_many_shared_strings_are_refused() {
    let bytes = with_part("xl/sharedStrings.xml", |part| {
        part.write_all(b"<sst>").unwrap();
        part.write_all(&b"<si><t>a</t></si>".repeat(10_000))
            .unwrap();
    });
    let limits = Limits {
        shared_strings_bytes: 100_000,
        ..Limits::default()
    };
    let options = ListOptions {
        limits,
        ..ListOptions::default()
    };
    let error = read(Source::bytes(bytes), &options).unwrap_err();
    let limit = Limit::SharedStringsBytes;
    assert_eq!(
        error.kind(),
        &ListErrorKind::Limit {
            limit,
            value: 100_000,
            row: None
        }
    );
}

#[test]
fn more_rows_than_a_sheet_has_are_refused_even_if_empty() {
    let bytes = with_part("xl/worksheets/sheet1.xml", |part| {
        part.write_all(SHEET_START).unwrap();
        part.write_all(&b"<row/>".repeat(1_048_577)).unwrap();
    });
    let limit = Limit::Rows;
    let value = 1_048_576;
    assert_eq!(
        listed(bytes).unwrap_err().kind(),
        &ListErrorKind::Limit {
            limit,
            value,
            row: Some(value)
        }
    );
}

#[test]
fn formatted_rows_without_end_below_a_short_list_do_not_keep_it_from_being_read() {
    let row = r#"<row spans="1:6" s="3" customFormat="1" x14ac:dyDescent="0.25"><c s="3"/></row>"#;
    let bytes = with_part("xl/worksheets/sheet1.xml", |part| {
        part.write_all(SHEET_START).unwrap();
        for text in ["FIN", FIN] {
            let row = format!(r#"<row><c t="inlineStr"><is><t>{text}</t></is></c></row>"#);
            part.write_all(row.as_bytes()).unwrap();
        }
        part.write_all(&row.as_bytes().repeat(900_000)).unwrap();
        part.write_all(b"</sheetData></worksheet>").unwrap();
    });
    let options = ListOptions {
        purpose: crate::Purpose::Search,
        ..ListOptions::default()
    };
    assert_eq!(read(Source::bytes(bytes), &options).unwrap().rows.len(), 1);
}

#[test]
fn comments_without_end_are_refused() {
    let bytes = with_part("xl/worksheets/sheet1.xml", |part| {
        part.write_all(SHEET_START).unwrap();
        part.write_all(&b"<!-- -->".repeat(100_001)).unwrap();
        part.write_all(b"</sheetData></worksheet>").unwrap();
    });
    assert!(matches!(
        listed(bytes).unwrap_err().kind(),
        ListErrorKind::Limit {
            limit: Limit::Tags,
            value: 100_000,
            ..
        }
    ));
}

#[test]
fn what_is_left_to_calamine_is_bounded_more_narrowly() {
    let sheet = |empty: usize| {
        with_part("xl/worksheets/sheet1.xml", |part| {
            part.write_all(b"<!DOCTYPE x>").unwrap();
            part.write_all(&SHEET_START[21..]).unwrap();
            part.write_all(&b" ".repeat(empty)).unwrap();
            for _ in 0..60 {
                part.write_all(&b"<a/>".repeat(empty)).unwrap();
            }
            part.write_all(b"</sheetData></worksheet>").unwrap();
        })
    };
    let limit = |empty| match listed(sheet(empty)).unwrap_err().kind() {
        ListErrorKind::Limit { value, .. } => Some(*value),
        _ => None,
    };
    assert_eq!(limit(10), None);
    assert_eq!(limit(210_000), Some(48 << 20));
}

#[test]
fn a_cell_in_the_far_corner_is_refused() {
    let bytes = saved(|sheet| {
        headings(sheet, 0);
        row(sheet, 1, FIN);
        sheet.write_string(1_048_575, 16_383, "x").unwrap();
    });
    assert_eq!(
        listed(bytes).unwrap_err().kind(),
        &ListErrorKind::Limit {
            limit: Limit::Columns,
            value: 256,
            row: Some(1_048_576)
        }
    );
}

#[test]
fn too_many_entries_and_cells_are_refused() {
    let sound = saved(|sheet| {
        headings(sheet, 0);
        row(sheet, 1, FIN);
    });
    let few = |limits| {
        read(
            Source::bytes(sound.clone()),
            &ListOptions {
                limits,
                ..ListOptions::default()
            },
        )
    };
    let error = few(Limits {
        workbook_entries: 3,
        ..Limits::default()
    })
    .unwrap_err();
    assert!(matches!(
        error.kind(),
        ListErrorKind::Limit {
            limit: Limit::WorkbookEntries,
            ..
        }
    ));
    let error = few(Limits {
        cells: 7,
        ..Limits::default()
    })
    .unwrap_err();
    assert!(matches!(
        error.kind(),
        ListErrorKind::Limit {
            limit: Limit::Cells,
            ..
        }
    ));
    let error = few(Limits {
        workbook_bytes: 1000,
        ..Limits::default()
    })
    .unwrap_err();
    assert!(matches!(
        error.kind(),
        ListErrorKind::Limit {
            limit: Limit::WorkbookBytes,
            ..
        }
    ));
}

#[test]
fn entities_are_not_expanded_and_broken_archives_are_named() {
    let laughs = with_part("xl/worksheets/sheet1.xml", |part| {
        let head =
            br#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>"#;
        part.write_all(head).unwrap();
        part.write_all(&SHEET_START[21..]).unwrap();
        part.write_all(br#"<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"#)
            .unwrap();
    });
    let error = listed(laughs).unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ListErrorKind::Workbook | ListErrorKind::ColumnsMissing { .. }
        ),
        "{error}"
    );
    let sound = saved(|sheet| headings(sheet, 0));
    assert_eq!(
        listed(sound[..sound.len() / 2].to_vec())
            .unwrap_err()
            .kind(),
        &ListErrorKind::Workbook
    );
    assert_eq!(
        listed(b"PK\x03\x04 and nothing else".to_vec())
            .unwrap_err()
            .kind(),
        &ListErrorKind::Workbook
    );
}

#[test]
fn rows_out_of_their_order_are_damage() {
    let sheet = |rows: &str| {
        with_part("xl/worksheets/sheet1.xml", |part| {
            part.write_all(SHEET_START).unwrap();
            let heading = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>FIN</t></is></c></row>"#;
            part.write_all(heading.as_bytes()).unwrap();
            part.write_all(rows.as_bytes()).unwrap();
            part.write_all(b"</sheetData></worksheet>").unwrap();
        })
    };
    let row = |number: u32, more: &str| {
        format!(
            r#"<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>{FIN}</t>{more}</is></c></row>"#
        )
    };
    let options = ListOptions {
        purpose: crate::Purpose::Search,
        ..ListOptions::default()
    };
    let sound = sheet(&(row(2, "") + &row(3, "")));
    assert_eq!(read(Source::bytes(sound), &options).unwrap().rows.len(), 2);
    // What CDATA stands in is read by calamine.
    for more in ["", "<t><![CDATA[]]></t>"] {
        for rows in [
            row(5, "") + &row(3, more),
            row(5, "") + &row(5, more),
            row(5, more) + &row(4, ""),
        ] {
            let error = read(Source::bytes(sheet(&rows)), &options).unwrap_err();
            assert_eq!(error.kind(), &ListErrorKind::Workbook, "{rows}");
        }
    }
}

#[test]
fn a_sheet_that_is_cut_off_or_damaged_is_no_list() {
    let mut xml = SHEET_START.to_vec();
    xml.extend(br#"<row r="1"><c r="A1" t="inlineStr"><is><t>FIN</t></is></c></row>"#);
    for row in 2..200 {
        let cell = format!(
            r#"<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>WVWZZZE1ZMP{row:06}</t></is></c></row>"#
        );
        xml.extend(cell.as_bytes());
    }
    let options = ListOptions {
        purpose: crate::Purpose::Search,
        ..ListOptions::default()
    };
    for cut in [xml.len(), xml.len() - 6, xml.len() - 60] {
        let bytes = with_part("xl/worksheets/sheet1.xml", |part| {
            part.write_all(&xml[..cut]).unwrap();
        });
        let error = read(Source::bytes(bytes), &options).unwrap_err();
        assert_eq!(error.kind(), &ListErrorKind::Workbook, "{cut}");
    }
    xml.extend(b"</sheetData></worksheet>");
    let sound = with_part("xl/worksheets/sheet1.xml", |part| {
        part.write_all(&xml).unwrap();
    });
    assert_eq!(
        read(Source::bytes(sound.clone()), &options)
            .unwrap()
            .rows
            .len(),
        198
    );
    // The last part is the sheet; its checksum stands in the directory.
    let entry = memchr::memmem::rfind(&sound, b"PK\x01\x02").unwrap();
    let mut damaged = sound;
    damaged[entry + 16] ^= 1;
    let error = read(Source::bytes(damaged), &options).unwrap_err();
    assert_eq!(error.kind(), &ListErrorKind::Workbook);
}

#[test]
fn sheets_that_are_one_part_over_and_over_are_not_read_for_each() {
    let mut content = SHEET_START.to_vec();
    content.extend(b"<row/>".repeat(20_000));
    content.extend(b"</sheetData></worksheet>");
    let bytes = with_part("xl/worksheets/sheet1.xml", |part| {
        part.write_all(&content).unwrap();
    });
    let sheets: String = (1..500)
        .map(|sheet| format!(r#"<sheet name="S{sheet}" sheetId="{sheet}" r:id="rId1"/>"#))
        .collect();
    let bytes = replaced(
        bytes,
        "xl/workbook.xml",
        format!(
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{sheets}</sheets></workbook>"#
        )
        .as_bytes(),
    );
    let limits = Limits {
        inflated_bytes: 1 << 20,
        ..Limits::default()
    };
    let options = ListOptions {
        limits,
        ..ListOptions::default()
    };
    assert!(matches!(
        read(Source::bytes(bytes), &options).unwrap_err().kind(),
        ListErrorKind::Limit {
            limit: Limit::InflatedBytes,
            ..
        }
    ));
}
