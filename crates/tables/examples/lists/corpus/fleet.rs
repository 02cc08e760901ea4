//! The one fleet that is written in every dialect, and the forms its values come in.

use chrono::{DateTime, FixedOffset, NaiveDate};

/// One row: made-up vehicle, period, registration time, and two values that are only carried along.
pub(crate) struct Vehicle {
    pub(crate) fin: &'static str,
    pub(crate) start: &'static str,
    pub(crate) end: &'static str,
    pub(crate) at: &'static str,
    pub(crate) customer: &'static str,
    pub(crate) name: &'static str,
}

const fn vehicle(
    fin: &'static str,
    [start, end]: [&'static str; 2],
    at: &'static str,
    customer: &'static str,
    name: &'static str,
) -> Vehicle {
    Vehicle {
        fin,
        start,
        end,
        at,
        customer,
        name,
    }
}

/// The fleet. Names hold what lists stumble over: umlauts, delimiters, quotes, line breaks, formulas.
pub(crate) const VEHICLES: [Vehicle; 8] = [
    vehicle(
        "WVWZZZE1ZMP000001",
        ["2026-01-01", "2026-12-31"],
        "2026-01-15T10:22:33+01:00",
        "00471",
        "Huber & Söhne",
    ),
    vehicle(
        "TMBJB9NY5MF000002",
        ["2026-01-01", "2026-06-30"],
        "2025-12-03T08:05:00+01:00",
        "00472",
        "Müller; Maier, Wien | Linz",
    ),
    vehicle(
        "WBY21CF090CU00003",
        ["2026-05-15", "2026-12-31"],
        "2026-05-14T16:30:00+02:00",
        "00473",
        "\"Zum Löwen\" GmbH",
    ),
    vehicle(
        "VF1AG000164000004",
        ["2026-02-10", "2026-11-30"],
        "2026-02-09T23:59:59+01:00",
        "",
        "erste Zeile\nzweite Zeile",
    ),
    vehicle(
        "KNACC81GFM5000005",
        ["2026-06-01", "2026-06-01"],
        "2026-05-31T12:00:00+02:00",
        "00475",
        "24\" Felgen, 1.200 €",
    ),
    vehicle(
        "W1N2938901F000006",
        ["2025-03-01", "2025-12-31"],
        "2025-02-28T00:00:01+01:00",
        "00476",
        "=SUMME(A1:A2)",
    ),
    vehicle(
        "YSMVSEDE5ML000007",
        ["2026-01-01", "2026-12-31"],
        "2026-01-01T00:30:00+01:00",
        "00477",
        "",
    ),
    vehicle(
        "XP7YGCEE7PB000012",
        ["2026-10-01", "2026-12-31"],
        "2026-09-30T18:45:10+02:00",
        "00478",
        "-",
    ),
];

impl Vehicle {
    pub(crate) fn start(&self) -> NaiveDate {
        self.start.parse().expect("a date")
    }

    pub(crate) fn end(&self) -> NaiveDate {
        self.end.parse().expect("a date")
    }

    pub(crate) fn at(&self) -> DateTime<FixedOffset> {
        self.at.parse().expect("a moment")
    }
}

/// How days are written.
pub(crate) type Day = fn(NaiveDate) -> String;

/// How moments are written.
pub(crate) type Time = fn(DateTime<FixedOffset>) -> String;

/// How FINs are written; the number tells the rows apart.
pub(crate) type Fin = fn(&str, usize) -> String;

pub(crate) fn iso(day: NaiveDate) -> String {
    day.to_string()
}

pub(crate) fn german(day: NaiveDate) -> String {
    day.format("%d.%m.%Y").to_string()
}

pub(crate) fn rfc_3339(at: DateTime<FixedOffset>) -> String {
    at.to_rfc3339()
}

pub(crate) fn german_time(at: DateTime<FixedOffset>) -> String {
    at.format("%d.%m.%Y %H:%M:%S").to_string()
}

/// Days since 1899-12-30, as spreadsheets count.
pub(crate) fn serial(day: NaiveDate) -> i64 {
    (day - NaiveDate::from_ymd_opt(1899, 12, 30).expect("a date")).num_days()
}

/// Days and their fraction.
pub(crate) fn serial_time(at: DateTime<FixedOffset>) -> f64 {
    let local = at.naive_local();
    let seconds = local.time() - chrono::NaiveTime::MIN;
    serial(local.date()) as f64 + seconds.num_seconds() as f64 / 86_400.0
}
