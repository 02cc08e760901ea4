//! What answers tell about one FIN: its entries in rows or in columns, their number, a boolean of its own.

use finkit_openapi::{Kind, Schema};

use super::desk::{Confidence, Desk};
use super::leaf::{Part, Want, fits, parts};
use super::replies::{choice_of, look, tells, untold};
use super::requests::parts_as_inputs;
use super::settle::{Style, Values, wanted};
use super::words::Meaning;
use crate::contract::FieldPath;

/// What is told about one FIN, in all answers.
#[derive(Default)]
pub(super) struct Told<'d> {
    seen: Vec<(&'d Schema, &'static str)>,
    pub(super) is_untold: bool,
    pub(super) at: Option<String>,
}

impl<'d> Told<'d> {
    pub(super) fn see(&mut self, item: &'d Schema, operation: &'static str, last: bool) {
        let known = self.seen.iter().any(|(known, _)| *known == item);
        if known {
            return;
        }
        if last {
            self.seen.push((item, operation));
        } else {
            self.seen.insert(0, (item, operation));
        }
    }

    pub(super) fn settle(self, desk: &mut Desk<'_>) {
        let Some((item, _)) = self.seen.first() else {
            if let (true, Some(at)) = (self.is_untold, &self.at) {
                for key in [
                    "found_fin.fin",
                    "found_fin.count",
                    "found_fin.entries",
                    "found_fin.entry.start_date",
                    "found_fin.entry.end_date",
                    "found_fin.entry.registration_date",
                ] {
                    untold(desk, key, at);
                }
            }
            return;
        };
        found_fin(desk, item);
        // What differs elsewhere can't be said: a contract has one FoundFin.
        let paths = ["found_fin.fin", "found_fin.entries", "found_fin.found"].map(|key| {
            desk.value(key)
                .filter(|text| *text != "absent")
                .and_then(|text| text.parse::<FieldPath>().ok())
                .map(|path| (key, path))
        });
        for (other, operation) in &self.seen[1..] {
            for (key, path) in paths.iter().flatten() {
                if look(other, path).is_none() {
                    let problem = format!(
                        "what {operation} tells about a FIN has no {path}; a contract has one way of telling"
                    );
                    desk.refuse(key, &other.at, problem);
                }
            }
        }
    }
}

/// Settles the fields of a FoundFin.
fn found_fin(desk: &mut Desk<'_>, item: &Schema) {
    let all = parts(item);
    let named = |meaning: Meaning, want: Want| -> Vec<&Part<'_>> {
        all.iter()
            .filter(|part| {
                part.is_called(meaning) && fits(part.schema, want) && part.schema.kind != Kind::Any
            })
            .collect()
    };
    for (key, meaning, want) in [
        ("found_fin.fin", Meaning::Fin, Want::Text),
        ("found_fin.count", Meaning::Count, Want::Integer),
        ("found_fin.found", Meaning::Found, Want::Boolean),
    ] {
        if desk.given(key, &item.at).is_some() {
            continue;
        }
        let some = named(meaning, want);
        match some[..] {
            [only] => desk.choose(
                key,
                &only.path.to_string(),
                &only.at,
                Confidence::Certain,
                "its name and its type say so",
            ),
            [] => {
                let reason = "nothing is called so";
                desk.choose(key, "absent", &item.at, Confidence::Certain, reason);
            }
            _ => {
                let candidates = some.iter().map(|part| choice_of(key, part)).collect();
                desk.ask(key, &some[0].at, "more than one can be it", candidates);
            }
        }
    }
    let (entries, layout) = ("found_fin.entries", "found_fin.layout");
    let rows: Vec<&Part<'_>> = all
        .iter()
        .filter(|part| {
            part.schema
                .item()
                .is_some_and(|row| !row.fields().is_empty() && tells(row))
        })
        .collect();
    let column = |part: &&Part<'_>| {
        part.schema
            .item()
            .is_some_and(|item| fits(item, Want::Day) || fits(item, Want::Moment))
    };
    let columns: Vec<&Part<'_>> = all.iter().filter(column).collect();
    let given = desk.given(entries, &item.at);
    desk.given(layout, &item.at);
    let row = match (given, &rows[..]) {
        (Some(text), _) => text
            .parse::<FieldPath>()
            .ok()
            .and_then(|path| look(item, &path))
            .map(|schema| schema.item().unwrap_or(schema)),
        (None, [only]) => {
            let path = only.path.to_string();
            desk.choose(
                entries,
                &path,
                &only.at,
                Confidence::Certain,
                "a list of periods",
            );
            only.schema.item()
        }
        (None, []) if columns.len() >= 3 => {
            return in_columns(desk, item, &columns);
        }
        (None, []) if tells(item) => {
            desk.choose(
                entries,
                ".",
                &item.at,
                Confidence::Certain,
                "it is its only entry",
            );
            Some(item)
        }
        (None, some) => {
            let candidates = some.iter().map(|part| choice_of(entries, part)).collect();
            let problem = if some.is_empty() {
                "the entries of a FIN: nothing looks like a list of periods"
            } else {
                "the entries of a FIN: more than one can be it"
            };
            desk.ask(entries, &item.at, problem, candidates);
            None
        }
    };
    if let Some(row) = row {
        let mut values = Values::new(parts_as_inputs(row), Style::Path, &row.at);
        values.settle(desk, &entry_wants());
    }
}

fn entry_wants() -> [super::settle::Wanted; 3] {
    [
        wanted(
            "found_fin.entry.start_date",
            Meaning::Start,
            Want::Day,
            true,
            "the first day",
        ),
        wanted(
            "found_fin.entry.end_date",
            Meaning::End,
            Want::Day,
            true,
            "the last day",
        ),
        wanted(
            "found_fin.entry.registration_date",
            Meaning::Registered,
            Want::Moment,
            true,
            "the moment of registration",
        ),
    ]
}

/// Entries whose fields are lists side by side.
fn in_columns(desk: &mut Desk<'_>, item: &Schema, columns: &[&Part<'_>]) {
    let inputs = columns
        .iter()
        .filter_map(|part| {
            let mut part = (*part).clone();
            part.schema = part.schema.item()?;
            Some(super::leaf::Input::of_part(part))
        })
        .collect();
    let mut values = Values::new(inputs, Style::Path, &item.at);
    let reason = "each field is a list of its own";
    desk.choose(
        "found_fin.layout",
        "columns",
        &item.at,
        Confidence::Certain,
        reason,
    );
    desk.choose(
        "found_fin.entries",
        ".",
        &item.at,
        Confidence::Certain,
        reason,
    );
    values.settle(desk, &entry_wants());
}
