//! Writes sample reports with made-up vehicles into a folder: a check and a
//! submission with conflicts, as pages in both languages, and the submission in
//! the other formats.
//!
//! ```text
//! cargo run -p finkit-tables --example sample_report -- FOLDER
//! ```

use std::error::Error;
use std::path::Path;

use chrono::NaiveDate;
use finkit_core::{Period, RegisteredAt, ReportedTime, Vin, ZoneRule};
use finkit_tables::explain::{Explainer, Lang};
use finkit_tables::write::{
    CsvStyle, Existing, OtherEntry, Outcome, ReportFile, ReportFormat, ReportHead, ReportKind,
    Reported, ResultRow, Whose,
};
use finkit_tables::{ColumnRef, Fault, FaultKind, Field, Severity};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

type Outcomes<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcomes<()> {
    let folder = std::env::args_os().nth(1).ok_or("which folder?")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for lang in Lang::ALL {
        let page = |kind: &str| folder.join(format!("{kind}-{lang}.html"));
        write(
            &page("check"),
            head(lang, ReportKind::Check),
            &checked(lang)?,
        )?;
        write(
            &page("submission"),
            head(lang, ReportKind::Submission),
            &submitted(lang)?,
        )?;
    }
    list(&folder.join("Flotte 2026.xlsx"))?;
    let (hostile_head, hostile_rows) = hostile()?;
    write(&folder.join("hostile.html"), hostile_head, &hostile_rows)?;
    for format in [
        ReportFormat::Csv,
        ReportFormat::Xlsx,
        ReportFormat::JsonLines,
    ] {
        let path = folder.join(format!("submission.{format}"));
        write(
            &path,
            head(Lang::De, ReportKind::Submission),
            &submitted(Lang::De)?,
        )?;
    }
    Ok(())
}

fn write(path: &Path, head: ReportHead, rows: &[ResultRow]) -> Outcomes<()> {
    let style = CsvStyle::excel(head.lang);
    let format = ReportFormat::of(path)?;
    let mut report = ReportFile::create(path, format, head, style, Existing::Replace)?;
    for row in rows {
        report.row(row)?;
    }
    report.finish()?;
    Ok(())
}

fn head(lang: Lang, kind: ReportKind) -> ReportHead {
    ReportHead {
        lang,
        kind,
        list_name: "Flotte 2026.xlsx".to_owned(),
        job: (kind == ReportKind::Submission).then(|| "12".to_owned()),
        created_at: "2027-01-14T09:42:00+01:00".parse().unwrap_or_default(),
        show_fins: false,
        notes: match kind {
            ReportKind::Check => vec![
                lang.pick(
                    "Gelesen: Blatt „Fuhrpark“, Kopfzeile in Zeile 3.",
                    "Read: sheet “Fuhrpark”, header in row 3.",
                )
                .to_owned(),
            ],
            _ => Vec::new(),
        },
        carried: vec!["Kundennummer".to_owned(), "Name".to_owned()],
    }
}

/// Made-up FINs in the shape of those of electric vehicles.
const SHAPES: [&str; 8] = [
    "WVWZZZE1ZMP",
    "TMBJB9NY5MF",
    "WBY21CF090CU",
    "VF1AG000164",
    "KNACC81GFM5",
    "W1N2938901F",
    "YSMVSEDE5ML",
    "LSJW74095MZ",
];

fn fin(number: usize) -> Outcomes<Vin> {
    let shape = SHAPES[number % SHAPES.len()];
    let digits = 17 - shape.len();
    Ok(format!("{shape}{number:0digits$}").parse()?)
}

/// What a list can hold that must stay text: markup, scripts, formulas, terminal
/// escapes, changes of direction.
const PAYLOADS: [&str; 14] = [
    "<script>document.title='owned'</script>",
    "</script><script>owned=1</script>",
    "</style><style>body{display:none}</style>",
    "<img src=x onerror=\"owned=1\">",
    "<svg/onload=owned=1>",
    "\" onmouseover=\"owned=1",
    "' autofocus onfocus='owned=1",
    "javascript:owned=1",
    "<a href=\"javascript:owned=1\">x</a>",
    "<iframe src=\"http://example.test/\"></iframe>",
    "{{ 7 * 7 }} {% raw %} ${owned}",
    "=HYPERLINK(\"http://example.test/\",\"x\")",
    "\u{1b}]52;c;b3duZWQ=\u{7}\u{9b}2J",
    "\u{202e}xslx.exe\u{2066}",
];

/// A report with a payload in every place that foreign text can reach.
fn hostile() -> Outcomes<(ReportHead, Vec<ResultRow>)> {
    let mut head = head(Lang::De, ReportKind::Check);
    head.show_fins = true;
    head.list_name = PAYLOADS.concat();
    head.job = Some(PAYLOADS.concat());
    head.notes = PAYLOADS.iter().map(ToString::to_string).collect();
    head.carried = PAYLOADS.iter().map(ToString::to_string).collect();
    let mut explainer = Explainer::new(Lang::De, true);
    let mut rows = Vec::new();
    for (number, payload) in (2..).zip(PAYLOADS) {
        let mut row = row(number, 7, "2026-01-01/2026-12-31", Outcome::OverlapInList)?;
        row.reason = payload.to_owned();
        row.carried = PAYLOADS.iter().map(ToString::to_string).collect();
        rows.push(row);
        let mut row = ResultRow::new(number + 100, Outcome::Faulty);
        row.fin = Reported::AsTyped(payload.to_owned());
        row.start = Reported::AsTyped(payload.to_owned());
        row.registered_at = Reported::AsTyped(payload.to_owned());
        let mut fault = fault(
            row.row,
            (1, payload),
            payload,
            FaultKind::CellError {
                field: Field::Start,
            },
            Some(payload),
        );
        row.findings.push(explainer.explain(&fault));
        fault.kind = FaultKind::DateUnreadable {
            field: Field::Start,
        };
        row.findings.push(explainer.explain(&fault));
        rows.push(row);
    }
    Ok((head, rows))
}

/// A row of a customer whose number and name belong to its number.
fn row(number: u64, vehicle: usize, period: &str, outcome: Outcome) -> Outcomes<ResultRow> {
    const FIRST: [&str; 6] = ["Anna", "Bernd", "Clara", "David", "Eva", "Franz"];
    const LAST: [&str; 5] = ["Muster", "Beispiel", "Exempel", "Probe", "Test"];
    let period: Period = period.parse()?;
    let day = NaiveDate::from_ymd_opt(period.year(), 1, 10 + (vehicle as u32 % 18));
    let signed = day.and_then(|d| d.and_hms_opt(8 + (vehicle as u32 % 9), 17, 0));
    let registered = RegisteredAt::from_local(signed.unwrap_or_default(), ZoneRule::Vienna)?;
    Ok(ResultRow {
        fin: Reported::Known(fin(vehicle)?),
        start: Reported::Known(period.start()),
        end: Reported::Known(period.end()),
        registered_at: Reported::Known(registered),
        carried: vec![
            format!("K-{}", 4000 + vehicle),
            format!(
                "{} {}",
                FIRST[vehicle % FIRST.len()],
                LAST[vehicle % LAST.len()]
            ),
        ],
        ..ResultRow::new(number, outcome)
    })
}

fn other(whose: Whose, period: &str, registered: Option<&str>) -> Outcomes<OtherEntry> {
    Ok(OtherEntry {
        whose,
        period: period.parse()?,
        registered_at: registered.map(ReportedTime::parse).transpose()?,
    })
}

/// A workbook as people make them, with a title above the headings and a fault of
/// many kinds.
fn list(path: &Path) -> Outcomes<()> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Fuhrpark")?;
    sheet.merge_range(
        0,
        0,
        0,
        5,
        "Fuhrpark 2026, Stand Jänner",
        &Format::new().set_bold(),
    )?;
    let headings = [
        "Fahrgestellnummer",
        "von",
        "bis",
        "Vertragsdatum",
        "Kundennummer",
        "Name",
    ];
    for (column, heading) in (0..).zip(headings) {
        sheet.write_string(2, column, heading)?;
        sheet.set_column_width(column, 20)?;
    }
    let day = Format::new().set_num_format("dd.mm.yyyy");
    let time = Format::new().set_num_format("dd.mm.yyyy hh:mm");
    for vehicle in 4..36 {
        let line = u32::try_from(vehicle)? - 1;
        sheet.write_string(line, 0, fin(vehicle)?.as_str())?;
        sheet.write_datetime_with_format(line, 1, ExcelDateTime::from_ymd(2026, 1, 1)?, &day)?;
        sheet.write_datetime_with_format(line, 2, ExcelDateTime::from_ymd(2026, 12, 31)?, &day)?;
        let signed = ExcelDateTime::from_ymd(2026, 1, 10)?.and_hms(9, 30, 0)?;
        sheet.write_datetime_with_format(line, 3, signed, &time)?;
        sheet.write_string(line, 4, format!("K-{}", 4000 + vehicle))?;
        sheet.write_string(line, 5, "Erika Muster")?;
    }
    for (row, column, typed) in [
        (8, 0, "TMBJB9NY5MFO00004"),
        (13, 0, "WVWZZZE1ZMP00009"),
        (17, 0, "W1N2938901F000О13"),
        (18, 0, "A1BS31Z04303361794"),
        (30, 0, fin(7)?.as_str()),
        (31, 0, fin(12)?.as_str()),
        (31, 1, "01.10.2026"),
        (12, 2, "30.06.2026"),
        (10, 1, ""),
        (11, 1, ""),
        (6, 2, "31.06.2026"),
        (15, 2, "31.03.2027"),
        (21, 3, "1,7E+09"),
        (23, 3, "12.01.2026"),
        (26, 3, "25.10.2026 02:30"),
    ] {
        match typed {
            "" => sheet.clear_cell(row - 1, column),
            text => sheet.write_string(row - 1, column, text)?,
        };
    }
    book.save(path)?;
    Ok(())
}

/// A list with a fault of many kinds.
fn checked(lang: Lang) -> Outcomes<Vec<ResultRow>> {
    let mut explainer = Explainer::new(lang, false);
    let mut rows = Vec::new();
    for number in 4..30 {
        rows.push(row(
            number,
            number as usize,
            "2026-01-01/2026-12-31",
            Outcome::Sound,
        )?);
    }
    for (place, typed) in [
        (4, "TMBJB9NY5MFO00004"),
        (9, "WVWZZZE1ZMP00009"),
        (13, "W1N2938901F000О13"),
        (14, "A1BS31Z04303361794"),
        (21, "1,23457E+16"),
    ] {
        let Err(error) = Vin::parse(typed) else {
            continue;
        };
        let faulty = &mut rows[place];
        faulty.outcome = Outcome::Faulty;
        faulty.fin = Reported::AsTyped(typed.to_owned());
        for kind in error.faults() {
            let fault = fault(
                faulty.row,
                (0, "Fahrgestellnummer"),
                typed,
                FaultKind::Vin(*kind),
                error.proposal(),
            );
            faulty.findings.push(explainer.explain(&fault));
        }
    }
    let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap_or_default();
    for (place, column, typed, kind, proposal) in [
        (
            2,
            (2, "bis"),
            "31.06.2026",
            FaultKind::DateNotInCalendar { field: Field::End },
            Some("2026-06-30"),
        ),
        (
            6,
            (1, "von"),
            "",
            FaultKind::MissingCell {
                field: Field::Start,
            },
            None,
        ),
        (
            7,
            (1, "von"),
            "",
            FaultKind::MissingCell {
                field: Field::Start,
            },
            None,
        ),
        (
            11,
            (2, "bis"),
            "31.03.2027",
            FaultKind::PeriodAcrossYears {
                start: day(2026, 11, 1),
                end: day(2027, 3, 31),
            },
            None,
        ),
        (
            17,
            (3, "Vertragsdatum"),
            "1,7E+09",
            FaultKind::DamagedUnixStamp,
            None,
        ),
        (
            19,
            (3, "Vertragsdatum"),
            "12.01.2026",
            FaultKind::RegisteredAtWithoutTime {
                date: day(2026, 1, 12),
            },
            None,
        ),
    ] {
        let faulty = &mut rows[place];
        faulty.outcome = Outcome::Faulty;
        match column.0 {
            1 => faulty.start = Reported::Missing,
            2 => faulty.end = Reported::AsTyped(typed.to_owned()),
            _ => faulty.registered_at = Reported::AsTyped(typed.to_owned()),
        }
        let fault = fault(faulty.row, column, typed, kind, proposal);
        faulty.findings.push(explainer.explain(&fault));
    }
    let mut pair = |first: u64, second: u64, vehicle, spans: [&str; 2], outcome| -> Outcomes<()> {
        for (own, twin, span, other_span) in [
            (first, second, spans[0], spans[1]),
            (second, first, spans[1], spans[0]),
        ] {
            let mut row = row(own, vehicle, span, outcome)?;
            row.others = vec![other(Whose::SameList { row: twin }, other_span, None)?];
            rows.push(row);
        }
        Ok(())
    };
    let halves = ["2026-01-01/2026-07-31", "2026-06-15/2026-12-31"];
    pair(30, 34, 40, halves, Outcome::OverlapInList)?;
    let whole = ["2026-01-01/2026-12-31"; 2];
    pair(31, 35, 41, whole, Outcome::Duplicate)?;
    rows.sort_by_key(|row| row.row);
    Ok(rows)
}

fn fault(
    row: u64,
    (index, header): (u32, &str),
    value: &str,
    kind: FaultKind,
    proposal: Option<&str>,
) -> Fault {
    Fault {
        row,
        column: Some(ColumnRef {
            index,
            header: Some(header.into()),
        }),
        value: value.to_owned(),
        kind,
        proposal: proposal.map(str::to_owned),
        severity: Severity::Fault,
    }
}

/// A submission in which every kind of outcome occurs.
fn submitted(lang: Lang) -> Outcomes<Vec<ResultRow>> {
    let mut rows = Vec::new();
    for number in 2..60 {
        let span = match number % 7 {
            0 => "2026-03-01/2026-12-31",
            3 => "2026-01-01/2026-09-30",
            _ => "2026-01-01/2026-12-31",
        };
        let mut row = row(number, number as usize, span, Outcome::Created)?;
        match number {
            8 => {
                row.outcome = Outcome::Overlapping;
                let times = [Some("2026-01-05T11:20:00"), Some("2026-08-20T16:02:00")];
                row.others = vec![
                    other(Whose::Foreign, "2026-01-01/2026-05-31", times[0])?,
                    other(Whose::Foreign, "2026-09-01/2026-12-31", times[1])?,
                ];
            }
            17 => {
                row.outcome = Outcome::Overlapping;
                let time = Some("2026-02-11T09:05:00+01:00");
                row.others = vec![other(Whose::Foreign, "2026-02-01/2026-12-31", time)?];
            }
            23 => {
                row.outcome = Outcome::CreatedDespiteOverlap;
                let time = Some("2026-11-30T18:44:00");
                row.others = vec![other(Whose::Foreign, "2026-12-31/2026-12-31", time)?];
            }
            31 => {
                row.outcome = Outcome::Overlapping;
                let time = Some("2026-01-20T08:00:00+01:00");
                row.others = vec![
                    other(Whose::Own, "2026-01-01/2026-06-30", time)?,
                    other(Whose::Unattributed, "2026-06-15/2026-07-31", None)?,
                ];
            }
            12 | 13 => row.outcome = Outcome::AlreadyEntered,
            40 => {
                row.outcome = Outcome::Rejected;
                row.reason = lang
                    .pick(
                        "FINcheck meldet: Feld end_date liegt in der Zukunft.",
                        "FINcheck says: field end_date lies in the future.",
                    )
                    .to_owned();
            }
            50..=52 => {
                row.outcome = Outcome::Unknown;
                row.reason = lang
                    .pick(
                        "Die Verbindung brach ab, nachdem die Zeile gesendet war.",
                        "The connection broke after the row was sent.",
                    )
                    .to_owned();
            }
            _ => {}
        }
        rows.push(row);
    }
    Ok(rows)
}
