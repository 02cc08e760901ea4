//! The fleet as text: delimiters, quotes, line ends, encodings, headings, orders of columns, forms of values.

use encoding_rs::WINDOWS_1252;
use serde_json::{Map, Value, json};

use super::List;
use super::fleet::{self, Day, Fin, Time, VEHICLES, Vehicle};

#[derive(Clone, Copy, PartialEq)]
enum Code {
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

/// How a list is written. Columns in the order of the fleet: FIN, start, end, registration time, customer, name.
#[derive(Clone)]
struct Form {
    delimiter: char,
    newline: &'static str,
    code: Code,
    mark: bool,
    always_quoted: bool,
    headings: Option<[&'static str; 6]>,
    /// Which value stands in which column.
    order: [usize; 6],
    /// Lines above everything that are no rows.
    preamble: &'static str,
    /// Rows above the headings.
    above: Vec<&'static str>,
    /// A row without values behind every second one.
    blank_rows: Option<&'static str>,
    /// What stands behind every row.
    behind: &'static str,
    ends_in_newline: bool,
    fin: Fin,
    day: Day,
    time: Time,
    /// Whether whole years are left out.
    without_years: bool,
    options: Value,
}

const GERMAN: [&str; 6] = [
    "Fahrgestellnummer",
    "Startdatum",
    "Enddatum",
    "Registrierungszeitpunkt",
    "Kundennummer",
    "Name",
];

const WIRE: [&str; 6] = [
    "fin",
    "start_date",
    "end_date",
    "registration_date",
    "customer",
    "name",
];

fn form() -> Form {
    Form {
        delimiter: ';',
        newline: "\n",
        code: Code::Utf8,
        mark: false,
        always_quoted: false,
        headings: Some(GERMAN),
        order: [0, 1, 2, 3, 4, 5],
        preamble: "",
        above: Vec::new(),
        blank_rows: None,
        behind: "",
        ends_in_newline: true,
        fin: |fin, _| fin.to_owned(),
        day: fleet::iso,
        time: fleet::rfc_3339,
        without_years: false,
        options: json!({}),
    }
}

impl Form {
    fn values(&self, vehicle: &Vehicle, index: usize) -> [String; 6] {
        let whole_year = vehicle.start.ends_with("-01-01") && vehicle.end.ends_with("-12-31");
        let day = |day| {
            if self.without_years && whole_year {
                String::new()
            } else {
                (self.day)(day)
            }
        };
        // A line break within a cell is that of the file, where carriage returns stand alone.
        let name = match self.newline {
            "\r" => vehicle.name.replace('\n', "\r"),
            _ => vehicle.name.to_owned(),
        };
        [
            (self.fin)(vehicle.fin, index),
            day(vehicle.start()),
            day(vehicle.end()),
            (self.time)(vehicle.at()),
            vehicle.customer.to_owned(),
            name,
        ]
    }

    fn line<S: AsRef<str>>(&self, values: &[S; 6]) -> String {
        let cells: Vec<String> = self
            .order
            .iter()
            .map(|&value| self.cell(values[value].as_ref()))
            .collect();
        cells.join(&self.delimiter.to_string()) + self.behind
    }

    fn cell(&self, value: &str) -> String {
        let special = ['"', '\n', '\r', self.delimiter];
        if self.always_quoted || value.contains(special) {
            format!("\"{}\"", value.replace('"', "\"\""))
        } else {
            value.to_owned()
        }
    }

    fn list(&self, file: &'static str) -> List {
        let mut lines: Vec<String> = self.above.iter().map(|&line| line.to_owned()).collect();
        let header_row = self.headings.map(|headings| {
            lines.push(self.line(&headings));
            lines.len()
        });
        let mut rows = Vec::new();
        for (index, vehicle) in VEHICLES.iter().enumerate() {
            lines.push(self.line(&self.values(vehicle, index)));
            rows.push(lines.len());
            if let Some(blank) = self.blank_rows.filter(|_| index % 2 == 1) {
                lines.push(blank.to_owned());
            }
        }
        let mut text = self.preamble.to_owned() + &lines.join(self.newline);
        if self.ends_in_newline {
            text.push_str(self.newline);
        }
        let place = |value: usize| self.order.iter().position(|&there| there == value);
        List {
            file,
            bytes: self.encoded(&text),
            expected: json!({
                "options": self.options,
                "dialect": {
                    "format": "csv",
                    "delimiter": self.delimiter.to_string(),
                    "encoding": match self.code {
                        Code::Utf8 => "utf-8",
                        Code::Utf16Le => "utf-16le",
                        Code::Utf16Be => "utf-16be",
                        Code::Windows1252 => "windows-1252",
                    },
                    "byte_order_mark": self.mark,
                    "crlf": self.newline == "\r\n",
                    "header_row": header_row,
                },
                "rows": rows,
                "carried": [place(4), place(5)],
            }),
        }
    }

    fn encoded(&self, text: &str) -> Vec<u8> {
        let mark = if self.mark { "\u{feff}" } else { "" };
        let text = mark.to_owned() + text;
        match self.code {
            Code::Utf8 => text.into_bytes(),
            Code::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Code::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Code::Windows1252 => WINDOWS_1252.encode(&text).0.into_owned(),
        }
    }
}

/// All lists in text form.
pub(crate) fn lists() -> Vec<List> {
    let mut lists = files();
    lists.extend(headings());
    lists.extend(values());
    lists.extend(objects());
    lists
}

/// Delimiters, quotes, line ends, encodings.
fn files() -> Vec<List> {
    let wire = Form {
        headings: Some(WIRE),
        ..form()
    };
    let excel = Form {
        newline: "\r\n",
        day: fleet::german,
        time: fleet::german_time,
        ..form()
    };
    vec![
        Form {
            delimiter: ',',
            ..wire.clone()
        }
        .list("comma.csv"),
        excel.clone().list("semicolon.csv"),
        Form {
            delimiter: '\t',
            ..wire.clone()
        }
        .list("tab.tsv"),
        Form {
            delimiter: '|',
            ..wire.clone()
        }
        .list("pipe.txt"),
        Form {
            delimiter: ',',
            always_quoted: true,
            newline: "\r\n",
            ..wire.clone()
        }
        .list("quoted.csv"),
        Form {
            newline: "\r",
            ..form()
        }
        .list("carriage-returns.csv"),
        Form {
            mark: true,
            ..excel.clone()
        }
        .list("excel-utf8.csv"),
        Form {
            code: Code::Windows1252,
            ..excel.clone()
        }
        .list("excel-windows-1252.csv"),
        Form {
            code: Code::Utf16Le,
            mark: true,
            delimiter: '\t',
            ..excel.clone()
        }
        .list("excel-unicode-text.txt"),
        Form {
            code: Code::Utf16Be,
            mark: true,
            ..form()
        }
        .list("utf-16be.csv"),
        Form {
            code: Code::Utf16Le,
            ..form()
        }
        .list("utf-16le-without-mark.csv"),
        Form {
            preamble: "sep=;\r\n",
            ..excel.clone()
        }
        .list("sep-line.csv"),
        Form {
            ends_in_newline: false,
            ..excel.clone()
        }
        .list("without-last-newline.csv"),
        Form {
            blank_rows: Some(";;;;;"),
            ..form()
        }
        .list("blank-rows.csv"),
        Form {
            blank_rows: Some(""),
            newline: "\r\n",
            ..form()
        }
        .list("empty-lines.csv"),
        Form {
            behind: ";",
            ..form()
        }
        .list("delimiter-behind.csv"),
    ]
}

/// Headings, their place, orders of columns, and lists that need a word from the caller.
fn headings() -> Vec<List> {
    let named = |headings| Form {
        headings: Some(headings),
        ..form()
    };
    let turned = Form {
        order: [4, 3, 5, 2, 0, 1],
        ..form()
    };
    vec![
        named(["Fahrzeug-Ident-Nr.", "Beginn", "Ende", "Vertragsdatum", "Kd.-Nr.", "Bezeichnung"])
            .list("headings-german.csv"),
        named(["FIN", "von", "bis", "Unterschrieben am", "Kunde", "Anmerkung"]).list("headings-short.csv"),
        named(["Vehicle Identification Number", "Valid from", "Valid to", "Contract signed at", "Account", "Owner"])
            .list("headings-english.csv"),
        named([
            "FIN / Fahrgestellnummer",
            "Antragszeitraum von (TT.MM.JJJJ)",
            "Antragszeitraum bis (TT.MM.JJJJ)",
            "Vertragsabschluss [Datum, Uhrzeit]",
            "Account Name",
            "Beschreibung",
        ])
        .list("headings-crm.csv"),
        turned.clone().list("other-order.csv"),
        Form {
            above: vec!["Fuhrpark 2026;;;;;", ";;;;;", "Stand: 15.01.2026;;;;;Seite 1", ""],
            ..turned.clone()
        }
        .list("title-rows.csv"),
        Form { headings: None, ..form() }.list("without-headings.csv"),
        // Of two days, the one to the left is the start.
        Form { headings: None, delimiter: ',', order: [4, 3, 5, 1, 0, 2], ..form() }
            .list("without-headings-other-order.csv"),
        Form {
            headings: Some(["Spalte 1", "Spalte 2", "Spalte 3", "Spalte 4", "Spalte 5", "Spalte 6"]),
            options: json!({"map": {"fin": "Spalte 1", "start": "B", "end": "3", "registered-at": "spalte4"}}),
            ..form()
        }
        .list("unknown-headings-mapped.csv"),
        Form {
            headings: Some(["FIN", "von", "bis", "Vertragsdatum", "FIN", "von"]),
            options: json!({"map": {"fin": "A", "start": "B"}}),
            ..form()
        }
        .list("headings-twice-mapped.csv"),
        Form {
            above: vec!["FIN;von;bis;;;", "Die Liste selbst:;;;;;"],
            options: json!({"header_row": 3}),
            ..form()
        }
        .list("heading-row-given.csv"),
    ]
}

/// Forms of FINs, days and moments.
fn values() -> Vec<List> {
    let days = |day: Day| Form { day, ..form() };
    let times = |time: Time| Form { time, ..form() };
    vec![
        Form {
            fin: |fin, index| match index % 5 {
                0 => fin.to_lowercase(),
                1 => format!(" {fin}\u{a0}"),
                2 => format!("{} {} {}", &fin[..3], &fin[3..9], &fin[9..]),
                3 => format!("{}-{}", &fin[..9], &fin[9..]),
                _ => format!("\u{feff}{}.{}", &fin[..3], &fin[3..]),
            },
            ..form()
        }
        .list("fins-as-typed.csv"),
        days(|day| day.format("%-d.%-m.%y").to_string()).list("days-short.csv"),
        days(|day| {
            const MONTHS: [&str; 12] = [
                "Jänner", "Februar", "März", "April", "Mai", "Juni", "Juli", "Aug.", "Sept.",
                "Oktober", "Nov.", "Dezember",
            ];
            let month = chrono::Datelike::month0(&day) as usize;
            format!(
                "{}. {} {}",
                day.format("%-d"),
                MONTHS[month],
                day.format("%Y")
            )
        })
        .list("days-in-words.csv"),
        Form {
            day: |day| day.format("%d/%m/%Y").to_string(),
            time: |at| at.format("%d/%m/%Y %H:%M:%S").to_string(),
            options: json!({"date_order": "day-first"}),
            ..form()
        }
        .list("days-with-slashes.csv"),
        Form {
            headings: Some(["VIN", "from", "to", "contract date", "account", "owner"]),
            delimiter: ',',
            day: |day| day.format("%-m/%-d/%Y").to_string(),
            time: |at| at.format("%-m/%-d/%Y %-I:%M:%S %p").to_string(),
            options: json!({"date_order": "month-first"}),
            ..form()
        }
        .list("days-american.csv"),
        days(|day| day.format("%Y%m%d").to_string()).list("days-compact.csv"),
        Form {
            day: |day| fleet::serial(day).to_string(),
            time: |at| format!("{:.9}", fleet::serial_time(at)).replace('.', ","),
            ..form()
        }
        .list("days-as-serial-numbers.csv"),
        days(|day| day.format("%Y-%m-%d 00:00:00").to_string()).list("days-with-midnight.csv"),
        times(|at| at.naive_local().format("%Y-%m-%d %H:%M:%S").to_string())
            .list("times-without-zone.csv"),
        times(|at| at.to_utc().format("%Y-%m-%dT%H:%M:%SZ").to_string()).list("times-utc.csv"),
        times(|at| {
            let zone = if at.offset().local_minus_utc() == 7200 {
                "MESZ"
            } else {
                "MEZ"
            };
            format!("{} Uhr {zone}", at.format("%d.%m.%Y, %H:%M:%S"))
        })
        .list("times-with-named-zone.csv"),
        times(|at| at.format("%Y-%m-%d %H:%M:%S.000000%z").to_string())
            .list("times-of-a-database.csv"),
        times(|at| at.timestamp().to_string()).list("times-unix.csv"),
        times(|at| format!("{}.5", at.timestamp())).list("times-unix-decimal.csv"),
        times(|at| at.timestamp_millis().to_string()).list("times-unix-milliseconds.csv"),
        Form {
            time: |at| at.to_utc().format("%Y-%m-%d %H:%M:%S").to_string(),
            options: json!({"zone": "+00:00"}),
            ..form()
        }
        .list("times-zone-given.csv"),
        Form {
            without_years: true,
            options: json!({"year": 2026}),
            ..form()
        }
        .list("year-given.csv"),
    ]
}

/// One JSON object per line.
fn objects() -> Vec<List> {
    let list =
        |file, lines: Vec<String>, newline: &str, mark: bool, carried: Value, options: Value| {
            let rows: Vec<usize> = (1..=lines.len())
                .filter(|&row| !lines[row - 1].is_empty())
                .collect();
            let mark_text = if mark { "\u{feff}" } else { "" };
            List {
                file,
                bytes: (mark_text.to_owned() + &lines.join(newline) + newline).into_bytes(),
                expected: json!({
                    "options": options,
                    "dialect": {
                        "format": "ndjson",
                        "delimiter": null,
                        "encoding": "utf-8",
                        "byte_order_mark": mark,
                        "crlf": newline == "\r\n",
                        "header_row": null,
                    },
                    "rows": rows,
                    "carried": carried,
                }),
            }
        };
    let object = |names: [&str; 6], values: [Value; 6]| -> Value {
        let pairs = names.into_iter().map(str::to_owned).zip(values);
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    let plain = VEHICLES.iter().map(|v| {
        object(
            WIRE,
            [v.fin, v.start, v.end, v.at, v.customer, v.name].map(Value::from),
        )
        .to_string()
    });
    let blank_between: Vec<String> = plain
        .clone()
        .flat_map(|line| [line, String::new()])
        .collect();
    // As databases give them: numbers, nulls, and what is nested.
    let database = VEHICLES.iter().map(|v| {
        let customer = if v.customer.is_empty() {
            Value::Null
        } else {
            v.customer.into()
        };
        let at = v.at().timestamp().into();
        let mut value = object(
            [
                "vin",
                "validFrom",
                "validTo",
                "signedAt",
                "account",
                "owner",
            ],
            [
                v.fin.to_lowercase().into(),
                v.start.into(),
                v.end.into(),
                at,
                customer,
                v.name.into(),
            ],
        );
        value["tags"] = json!([1, {"vin": "no"}]);
        value.to_string()
    });
    let escaped = VEHICLES.iter().map(|v| {
        let fin: String = v.fin.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
        let rest = [v.customer, v.name].map(|text| Value::from(text).to_string());
        format!(
            "{{ \"FIN\" : \"{fin}\", \"von\":\"{}\",\t\"bis\":\"{}\", \"Vertragsdatum\":\"{}\", \"Kunde\":{}, \
             \"Name\":{} }}",
            fleet::german(v.start()),
            fleet::german(v.end()),
            fleet::german_time(v.at()),
            rest[0],
            rest[1],
        )
    });
    vec![
        list(
            "objects.ndjson",
            plain.clone().collect(),
            "\n",
            false,
            json!(["customer", "name"]),
            json!({}),
        ),
        list(
            "objects-with-mark.ndjson",
            blank_between,
            "\r\n",
            true,
            json!(["customer", "name"]),
            json!({}),
        ),
        list(
            "objects-of-a-database.ndjson",
            database.collect(),
            "\n",
            false,
            json!(["account", "owner"]),
            json!({}),
        ),
        list(
            "objects-escaped.ndjson",
            escaped.collect(),
            "\n",
            false,
            json!(["Kunde", "Name"]),
            json!({}),
        ),
    ]
}
