//! The calendar of a vehicle: its periods as bars over the twelve months.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};
use finkit_core::{Period, Vin};

use crate::explain::visible_line;
use crate::write::outcome::Outcome;
use crate::write::row::{OtherEntry, ResultRow, Whose};

/// How many periods of one vehicle a picture shows.
const MOST_LANES: usize = 24;

/// How many characters of the carried values a line shows.
const MOST_OF_NOTE: usize = 40;

/// The periods of one FIN in one year, gathered row by row.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    pub(super) fin: Vin,
    pub(super) year: i32,
    /// Rows of the list, by number; those that are rows of the report have an outcome.
    rows: BTreeMap<u64, OwnRow>,
    others: Vec<OtherEntry>,
    /// Periods beyond [`MOST_LANES`].
    pub(super) further: u64,
}

/// A row of the list.
#[derive(Debug, Clone)]
struct OwnRow {
    period: Period,
    outcome: Option<Outcome>,
    note: String,
}

/// One line of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) entry: OtherEntry,
    /// What became of it, for rows of the report.
    pub(super) outcome: Option<Outcome>,
    /// What tells a person which customer it is, for rows of the report.
    pub(super) note: String,
}

impl Calendar {
    fn lane_count(&self) -> usize {
        self.rows.len() + self.others.len()
    }

    fn add_row(&mut self, row: u64, own: OwnRow) {
        if let Some(known) = self.rows.get_mut(&row) {
            if own.outcome.is_some() {
                *known = own;
            }
        } else if self.lane_count() < MOST_LANES {
            self.rows.insert(row, own);
        } else {
            self.further += 1;
        }
    }

    fn add_other(&mut self, other: OtherEntry) {
        if let Whose::SameList { row } = other.whose {
            self.add_row(
                row,
                OwnRow {
                    period: other.period,
                    outcome: None,
                    note: String::new(),
                },
            );
        } else if !self.others.contains(&other) {
            if self.lane_count() < MOST_LANES {
                self.others.push(other);
            } else {
                self.further += 1;
            }
        }
    }

    /// The lines: rows of the list first, then other entries by their start.
    pub(super) fn lanes(&self) -> Vec<Lane> {
        let rows = self.rows.iter().map(|(row, own)| Lane {
            entry: OtherEntry {
                whose: Whose::SameList { row: *row },
                period: own.period,
                registered_at: None,
            },
            outcome: own.outcome,
            note: own.note.clone(),
        });
        let mut others = self.others.clone();
        others.sort_by_key(|o| (o.period.start(), o.period.end(), o.whose));
        rows.chain(others.into_iter().map(|entry| Lane {
            entry,
            outcome: None,
            note: String::new(),
        }))
        .collect()
    }

    /// The stretches of days that more than one period covers.
    pub(super) fn shared(&self) -> Vec<Period> {
        let mut edges: Vec<(i32, i32)> = Vec::new();
        for lane in self.lanes() {
            edges.push((lane.entry.period.start().num_days_from_ce(), 1));
            edges.push((lane.entry.period.end().num_days_from_ce() + 1, -1));
        }
        // At the same day an end comes before a start: touching stretches stay apart
        // only if the count really falls below two in between, so merge afterwards.
        edges.sort_unstable();
        let mut shared: Vec<(i32, i32)> = Vec::new();
        let mut depth = 0;
        let mut since = None;
        for (day, step) in edges {
            depth += step;
            match (depth >= 2, since) {
                (true, None) => since = Some(day),
                (false, Some(start)) if day > start => {
                    match shared.last_mut() {
                        Some(last) if last.1 + 1 == start => last.1 = day - 1,
                        _ => shared.push((start, day - 1)),
                    }
                    since = None;
                }
                (false, Some(_)) => since = None,
                _ => {}
            }
        }
        let date = NaiveDate::from_num_days_from_ce_opt;
        shared
            .into_iter()
            .filter_map(|(start, end)| Period::new(date(start)?, date(end)?).ok())
            .collect()
    }
}

/// Gathers calendars from rows, in the order of their first row, up to a limit.
#[derive(Debug, Default)]
pub(super) struct Calendars {
    places: HashMap<(Vin, i32), usize>,
    list: Vec<Calendar>,
}

impl Calendars {
    /// Adds the row and the entries it names, where they stand in each other's way.
    ///
    /// Gathering stops at `limit` vehicles.
    pub(super) fn add(&mut self, row: &ResultRow, show_fins: bool, limit: usize) {
        let (Some(fin), Some(period)) = (row.fin.known(), row.period()) else {
            return;
        };
        if !row.outcome.is_conflict() {
            return;
        }
        let place = match self.places.get(&(*fin, period.year())) {
            Some(place) => *place,
            None if self.list.len() >= limit => return,
            None => {
                self.places.insert((*fin, period.year()), self.list.len());
                self.list.push(Calendar {
                    fin: *fin,
                    year: period.year(),
                    rows: BTreeMap::new(),
                    others: Vec::new(),
                    further: 0,
                });
                self.list.len() - 1
            }
        };
        let calendar = &mut self.list[place];
        let year = calendar.year;
        calendar.add_row(
            row.row,
            OwnRow {
                period,
                outcome: Some(row.outcome),
                note: note(row, show_fins),
            },
        );
        for other in row.others.iter().filter(|o| o.period.year() == year) {
            calendar.add_other(*other);
        }
    }

    /// How many vehicles were gathered, with a picture or not.
    pub(super) fn gathered(&self) -> usize {
        self.list.len()
    }

    /// The calendars worth a picture: those with at least two periods.
    pub(super) fn pictures(&self) -> impl Iterator<Item = &Calendar> {
        self.list
            .iter()
            .filter(|calendar| calendar.lane_count() > 1)
    }
}

/// The first carried values, which are most often number and name of the customer.
fn note(row: &ResultRow, show_fins: bool) -> String {
    let values: Vec<String> = (0..row.carried.len())
        .map(|i| visible_line(row.carried_text(i, show_fins).trim()).into_owned())
        .filter(|value| !value.is_empty())
        .take(2)
        .collect();
    let note = values.join(", ");
    match note.char_indices().nth(MOST_OF_NOTE) {
        Some((end, _)) => format!("{}…", &note[..end]),
        None => note,
    }
}

/// How many days the year has.
pub(super) fn days_in(year: i32) -> u32 {
    NaiveDate::from_ymd_opt(year, 12, 31).map_or(365, |day| day.ordinal())
}

/// Where a period begins and how wide it is, in percent of the year.
pub(super) fn place(period: &Period) -> (String, String) {
    let days = f64::from(days_in(period.year()));
    let from = f64::from(period.start().ordinal0());
    (
        percent(from / days),
        percent(f64::from(period.days()) / days),
    )
}

/// Where the months of a year with so many days begin and end, in percent.
pub(super) fn month_edges(days: u32) -> Vec<String> {
    month_starts(days)
        .into_iter()
        .map(|start| percent(f64::from(start) / f64::from(days)))
        .collect()
}

/// The middles of the months of such a year, in percent.
pub(super) fn month_middles(days: u32) -> Vec<String> {
    let starts = month_starts(days);
    starts
        .windows(2)
        .map(|pair| percent(f64::from(pair[0] + pair[1]) / 2.0 / f64::from(days)))
        .collect()
}

/// The day of the year at which each month begins, and the end of the last.
fn month_starts(days: u32) -> Vec<u32> {
    let february = if days == 366 { 29 } else { 28 };
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    std::iter::once(0)
        .chain(lengths.into_iter().scan(0, |sum, length| {
            *sum += length;
            Some(*sum)
        }))
        .collect()
}

fn percent(share: f64) -> String {
    format!("{:.3}", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::row::Reported;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    fn row(number: u64, span: &str, others: &[(Whose, &str)]) -> ResultRow {
        let span = period(span);
        ResultRow {
            fin: Reported::Known("WVWZZZE1ZMP000001".parse().unwrap()),
            start: Reported::Known(span.start()),
            end: Reported::Known(span.end()),
            others: others
                .iter()
                .map(|(whose, span)| OtherEntry {
                    whose: *whose,
                    period: period(span),
                    registered_at: None,
                })
                .collect(),
            ..ResultRow::new(number, Outcome::OverlapInList)
        }
    }

    fn gathered(rows: &[ResultRow]) -> Calendars {
        let mut calendars = Calendars::default();
        for row in rows {
            calendars.add(row, true, 100);
        }
        calendars
    }

    #[test]
    fn rows_that_name_each_other_make_one_picture_with_each_row_once() {
        let calendars = gathered(&[
            row(
                4,
                "2026-01-01/2026-06-30",
                &[(Whose::SameList { row: 9 }, "2026-06-01/2026-12-31")],
            ),
            row(
                9,
                "2026-06-01/2026-12-31",
                &[(Whose::SameList { row: 4 }, "2026-01-01/2026-06-30")],
            ),
        ]);
        let pictures: Vec<_> = calendars.pictures().collect();
        assert_eq!(pictures.len(), 1);
        let lanes = pictures[0].lanes();
        assert_eq!(lanes.len(), 2);
        assert!(
            lanes
                .iter()
                .all(|lane| lane.outcome == Some(Outcome::OverlapInList))
        );
        assert_eq!(pictures[0].shared(), [period("2026-06-01/2026-06-30")]);
    }

    #[test]
    fn shared_days_are_found_for_touching_nested_and_threefold_periods() {
        let shared = |spans: &[&str]| {
            let rows: Vec<_> = (1..).zip(spans).map(|(n, s)| row(n, s, &[])).collect();
            gathered(&rows).list[0].shared()
        };
        assert_eq!(
            shared(&["2026-01-01/2026-03-31", "2026-04-01/2026-12-31"]),
            []
        );
        assert_eq!(
            shared(&["2026-01-01/2026-12-31", "2026-04-01/2026-04-01"]),
            [period("2026-04-01/2026-04-01")]
        );
        assert_eq!(
            shared(&[
                "2026-01-01/2026-05-31",
                "2026-03-01/2026-08-31",
                "2026-08-01/2026-12-31"
            ]),
            [
                period("2026-03-01/2026-05-31"),
                period("2026-08-01/2026-08-31")
            ]
        );
        assert_eq!(
            shared(&[
                "2026-01-01/2026-12-31",
                "2026-02-01/2026-03-31",
                "2026-04-01/2026-05-31"
            ]),
            [period("2026-02-01/2026-05-31")]
        );
    }

    #[test]
    fn years_and_vehicles_are_kept_apart() {
        let mut other = row(
            2,
            "2025-01-01/2025-12-31",
            &[(Whose::Foreign, "2025-01-01/2025-02-28")],
        );
        let calendars = gathered(&[
            row(
                1,
                "2026-01-01/2026-12-31",
                &[(Whose::Foreign, "2025-01-01/2025-02-28")],
            ),
            other.clone(),
        ]);
        assert_eq!(
            calendars.pictures().map(|c| c.year).collect::<Vec<_>>(),
            [2025]
        );
        other.outcome = Outcome::Created;
        assert_eq!(gathered(&[other]).list.len(), 0, "only conflicts are drawn");
    }

    #[test]
    fn one_vehicle_in_very_many_rows_stays_one_readable_picture() {
        let rows: Vec<_> = (1..=1000)
            .map(|n| row(n, "2026-01-01/2026-12-31", &[]))
            .collect();
        let calendars = gathered(&rows);
        assert_eq!(calendars.list[0].lanes().len(), MOST_LANES);
        assert_eq!(calendars.list[0].further, 1000 - MOST_LANES as u64);
    }

    #[test]
    fn bars_span_their_share_of_the_year() {
        assert_eq!(
            place(&period("2026-01-01/2026-12-31")),
            ("0.000".into(), "100.000".into())
        );
        assert_eq!(
            place(&period("2024-12-31/2024-12-31")),
            ("99.727".into(), "0.273".into())
        );
        assert_eq!(month_edges(365).len(), 13);
        assert_eq!(month_edges(366)[2], "16.393");
        assert_eq!(month_middles(365)[0], "4.247");
        assert_eq!((days_in(2024), days_in(2026)), (366, 365));
    }
}
