//! The fleet as workbooks: kinds of cells, dates, titles, sheets, and how programs other than Excel write them.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Formula, Workbook, Worksheet};
use serde_json::{Value, json};

use super::List;
use super::fleet::{self, VEHICLES, Vehicle};
use super::parts::{self, Part};

pub(crate) const HEADINGS: [&str; 6] = [
    "Fahrgestellnummer",
    "Beginn",
    "Ende",
    "Vertragsdatum",
    "Kundennummer",
    "Name",
];

/// Saves a workbook, the same bytes every time.
pub(crate) fn saved(mut book: Workbook) -> Vec<u8> {
    let made = ExcelDateTime::from_ymd(2026, 1, 15).expect("a date");
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    book.save_to_buffer().expect("a workbook in memory")
}

fn list(file: &'static str, bytes: Vec<u8>, sheet: &str, first: usize, options: Value) -> List {
    let rows: Vec<usize> = (first..first + VEHICLES.len()).collect();
    List {
        file,
        bytes,
        expected: json!({
            "options": options,
            "dialect": {
                "format": "xlsx",
                "delimiter": null,
                "encoding": null,
                "byte_order_mark": false,
                "crlf": false,
                "header_row": first - 1,
                "sheet": sheet,
            },
            "rows": rows,
            "carried": [4, 5],
        }),
    }
}

/// Writes a row of the fleet.
type Write = fn(&mut Worksheet, u32, &Vehicle);

fn fill(sheet: &mut Worksheet, header_row: u32, write: Write) {
    sheet.write_row(header_row, 0, HEADINGS).expect("headings");
    for (vehicle, row) in VEHICLES.iter().zip(header_row + 1..) {
        write(sheet, row, vehicle);
        if !vehicle.customer.is_empty() {
            sheet
                .write_string(row, 4, vehicle.customer)
                .expect("a cell");
        }
        sheet.write_string(row, 5, vehicle.name).expect("a cell");
    }
}

fn as_text(sheet: &mut Worksheet, row: u32, vehicle: &Vehicle) {
    let cells = [
        vehicle.fin.to_owned(),
        fleet::german(vehicle.start()),
        fleet::german(vehicle.end()),
        fleet::german_time(vehicle.at()),
    ];
    for (cell, column) in cells.iter().zip(0..) {
        sheet.write_string(row, column, cell).expect("a cell");
    }
}

fn as_dates(sheet: &mut Worksheet, row: u32, vehicle: &Vehicle) {
    let day = Format::new().set_num_format("dd.mm.yyyy");
    let time = Format::new().set_num_format("dd.mm.yyyy hh:mm:ss");
    sheet.write_string(row, 0, vehicle.fin).expect("a cell");
    for (date, column) in [vehicle.start(), vehicle.end()].into_iter().zip(1..) {
        sheet
            .write_number_with_format(row, column, fleet::serial(date) as f64, &day)
            .expect("a cell");
    }
    sheet
        .write_number_with_format(row, 3, fleet::serial_time(vehicle.at()), &time)
        .expect("a cell");
}

fn as_numbers(sheet: &mut Worksheet, row: u32, vehicle: &Vehicle) {
    sheet.write_string(row, 0, vehicle.fin).expect("a cell");
    for (date, column) in [vehicle.start(), vehicle.end()].into_iter().zip(1..) {
        sheet
            .write_number(row, column, fleet::serial(date) as f64)
            .expect("a cell");
    }
    sheet
        .write_number(row, 3, fleet::serial_time(vehicle.at()))
        .expect("a cell");
}

/// Compact days and Unix stamps as numbers.
fn as_other_numbers(sheet: &mut Worksheet, row: u32, vehicle: &Vehicle) {
    sheet.write_string(row, 0, vehicle.fin).expect("a cell");
    for (date, column) in [vehicle.start, vehicle.end].into_iter().zip(1..) {
        let number: f64 = date.replace('-', "").parse().expect("digits");
        sheet.write_number(row, column, number).expect("a cell");
    }
    sheet
        .write_number(row, 3, vehicle.at().timestamp() as f64)
        .expect("a cell");
}

fn as_formulas(sheet: &mut Worksheet, row: u32, vehicle: &Vehicle) {
    let formula = |result: &str| Formula::new("=CONCATENATE(H1,H2)").set_result(result);
    let day = Format::new().set_num_format("yyyy-mm-dd");
    sheet
        .write_formula(row, 0, formula(vehicle.fin))
        .expect("a cell");
    for (date, column) in [vehicle.start(), vehicle.end()].into_iter().zip(1..) {
        let result = fleet::serial(date).to_string();
        sheet
            .write_formula_with_format(row, column, Formula::new("=H3+1").set_result(result), &day)
            .expect("a cell");
    }
    sheet
        .write_formula(row, 3, formula(vehicle.at))
        .expect("a cell");
}

fn as_rich_text(sheet: &mut Worksheet, row: u32, vehicle: &Vehicle) {
    as_text(sheet, row, vehicle);
    let (bold, plain) = (Format::new().set_bold(), Format::new());
    let (head, tail) = vehicle.fin.split_at(9);
    sheet
        .write_rich_string(row, 0, &[(&plain, head), (&bold, tail)])
        .expect("a cell");
}

fn one_sheet(name: &str, header_row: u32, write: Write) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(name).expect("a name");
    fill(sheet, header_row, write);
    saved(book)
}

/// All workbooks with the fleet.
pub(crate) fn lists() -> Vec<List> {
    let mut lists = vec![
        list(
            "text-cells.xlsx",
            one_sheet("Tabelle1", 0, as_text),
            "Tabelle1",
            2,
            json!({}),
        ),
        list(
            "date-cells.xlsx",
            one_sheet("Flotte", 0, as_dates),
            "Flotte",
            2,
            json!({}),
        ),
        list(
            "number-cells.xlsx",
            one_sheet("Flotte", 0, as_numbers),
            "Flotte",
            2,
            json!({}),
        ),
        list(
            "compact-days-and-stamps.xlsx",
            one_sheet("Flotte", 0, as_other_numbers),
            "Flotte",
            2,
            json!({}),
        ),
        list(
            "formulas.xlsx",
            one_sheet("Flotte", 0, as_formulas),
            "Flotte",
            2,
            json!({}),
        ),
        list(
            "rich-text.xlsx",
            one_sheet("Flotte", 0, as_rich_text),
            "Flotte",
            2,
            json!({}),
        ),
        list(
            "inline-strings.xlsx",
            inline_strings(),
            "Flotte",
            2,
            json!({}),
        ),
        list("merged-title.xlsx", merged_title(), "Meldung", 5, json!({})),
    ];
    lists.extend(sheets());
    lists.extend(other_programs());
    lists
}

fn inline_strings() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book
        .add_worksheet_with_constant_memory()
        .and_then(|sheet| sheet.set_name("Flotte"))
        .expect("a sheet");
    fill(sheet, 0, as_dates);
    saved(book)
}

fn merged_title() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Meldung").expect("a name");
    let title = Format::new().set_bold().set_font_size(16);
    sheet
        .merge_range(0, 0, 0, 5, "Fuhrpark 2026", &title)
        .expect("a title");
    sheet
        .merge_range(1, 0, 1, 3, "Stand: 15.01.2026", &Format::new())
        .expect("a title");
    fill(sheet, 3, as_dates);
    saved(book)
}

/// Several sheets: the list is not on the first one.
fn sheets() -> Vec<List> {
    let mut notes_first = Workbook::new();
    let notes = notes_first
        .add_worksheet()
        .set_name("Hinweise")
        .expect("a name");
    notes
        .write_column(0, 0, ["Bitte auf dem zweiten Blatt ausfüllen.", "Danke."])
        .expect("cells");
    fill(
        notes_first
            .add_worksheet()
            .set_name("Liste")
            .expect("a name"),
        0,
        as_dates,
    );

    let mut hidden_first = Workbook::new();
    let hidden = hidden_first
        .add_worksheet()
        .set_name("Alt")
        .expect("a name");
    hidden.write_row(0, 0, HEADINGS).expect("headings");
    hidden
        .write_row(
            1,
            0,
            [
                "WVWZZZE1ZMP000099",
                "2020-01-01",
                "2020-12-31",
                "2020-01-01 10:00",
            ],
        )
        .expect("cells");
    hidden.set_hidden(true);
    let shown = hidden_first
        .add_worksheet()
        .set_name("Neu")
        .expect("a name");
    fill(shown, 0, as_text);
    shown.set_active(true);

    let mut two = Workbook::new();
    let other = two.add_worksheet().set_name("2025").expect("a name");
    other.write_row(0, 0, HEADINGS).expect("headings");
    other
        .write_row(
            1,
            0,
            [
                "WVWZZZE1ZMP000099",
                "2025-01-01",
                "2025-12-31",
                "2025-01-01 10:00",
            ],
        )
        .expect("cells");
    fill(
        two.add_worksheet()
            .set_name("2026 & später")
            .expect("a name"),
        0,
        as_dates,
    );

    vec![
        list(
            "notes-first.xlsx",
            saved(notes_first),
            "Liste",
            2,
            json!({}),
        ),
        list(
            "hidden-sheet-first.xlsx",
            saved(hidden_first),
            "Neu",
            2,
            json!({}),
        ),
        list(
            "sheet-given.xlsx",
            saved(two),
            "2026 & später",
            2,
            json!({"sheet": "2026 & später"}),
        ),
    ]
}

/// What other programs write, made part by part.
fn other_programs() -> Vec<List> {
    let values = |vehicle: &Vehicle| {
        let time = parts::text(&fleet::german_time(vehicle.at()));
        (
            parts::text(vehicle.fin),
            time,
            parts::text(vehicle.customer),
            parts::text(vehicle.name),
        )
    };
    // Cells without their places, days in ISO form, as the strict form of the standard has them.
    let bare: Vec<Vec<String>> = VEHICLES
        .iter()
        .map(|vehicle| {
            let (fin, _, customer, name) = values(vehicle);
            vec![
                fin,
                format!(r#"<c t="d" s="1"><v>{}</v></c>"#, vehicle.start),
                format!(r#"<c t="d" s="1"><v>{}T00:00:00</v></c>"#, vehicle.end),
                format!(
                    r#"<c t="d" s="2"><v>{}</v></c>"#,
                    vehicle.at().format("%Y-%m-%dT%H:%M:%S")
                ),
                customer,
                name,
            ]
        })
        .collect();
    // Days counted from 1904, as Excel did on old Macs.
    let since_1904: Vec<Vec<String>> = VEHICLES
        .iter()
        .map(|vehicle| {
            let (fin, time, customer, name) = values(vehicle);
            let day = |day| format!(r#"<c s="1"><v>{}</v></c>"#, fleet::serial(day) - 1462);
            vec![
                fin,
                day(vehicle.start()),
                day(vehicle.end()),
                time,
                customer,
                name,
            ]
        })
        .collect();
    let headings: Vec<String> = HEADINGS
        .iter()
        .map(|heading| parts::text(heading))
        .collect();
    vec![
        list(
            "iso-days-without-places.xlsx",
            parts::workbook(&Part::default(), &headings, &bare),
            "Flotte",
            2,
            json!({}),
        ),
        list(
            "days-since-1904.xlsx",
            parts::workbook(
                &Part {
                    since_1904: true,
                    ..Part::default()
                },
                &headings,
                &since_1904,
            ),
            "Flotte",
            2,
            json!({}),
        ),
        list(
            "prefixed-and-absolute.xlsx",
            parts::workbook(
                &Part {
                    prefix: "x:",
                    absolute: true,
                    ..Part::default()
                },
                &headings,
                &since_1904_free(),
            ),
            "Flotte",
            2,
            json!({}),
        ),
    ]
}

/// Days counted from 1900 like everybody counts them.
fn since_1904_free() -> Vec<Vec<String>> {
    VEHICLES
        .iter()
        .map(|vehicle| {
            let day = |day| format!(r#"<c s="1"><v>{}</v></c>"#, fleet::serial(day));
            let time = format!(
                r#"<c s="2"><v>{}</v></c>"#,
                fleet::serial_time(vehicle.at())
            );
            let [fin, customer, name] =
                [vehicle.fin, vehicle.customer, vehicle.name].map(parts::text);
            vec![
                fin,
                day(vehicle.start()),
                day(vehicle.end()),
                time,
                customer,
                name,
            ]
        })
        .collect()
}
