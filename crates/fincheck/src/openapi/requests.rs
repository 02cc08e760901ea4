//! What goes into each operation: places of values, wrapper keys, flags and codes.

use finkit_openapi::Operation;

use super::desk::{Confidence, Desk};
use super::leaf::{Input, Want, cookie, inputs, parts};
use super::role::Role;
use super::settle::{Style, Values, wanted};
use super::words::Meaning;
use crate::contract::{FieldPath, Place};

/// The four fields of a record, in the order of the contract.
const FIELDS: [(&str, Meaning, Want, &str); 4] = [
    ("fin", Meaning::Fin, Want::Text, "the FIN"),
    ("start_date", Meaning::Start, Want::Day, "the first day"),
    ("end_date", Meaning::End, Want::Day, "the last day"),
    (
        "registration_date",
        Meaning::Registered,
        Want::Moment,
        "the moment of registration",
    ),
];

/// Settles the requests of all operations that the document has.
pub(super) fn settle(desk: &mut Desk<'_>, found: &[(Role, Option<&Operation>)]) {
    let of = |role: Role| {
        found
            .iter()
            .find(|(known, _)| *known == role)
            .and_then(|(_, operation)| *operation)
    };
    for (role, operation) in found {
        let Some(operation) = operation else { continue };
        if let Some((name, at)) = cookie(operation) {
            let problem = format!("asks for the cookie {name}, which no contract can send");
            desk.refuse(role.name(), at, problem);
        }
    }
    let mut formats = Formats::default();
    let mut record = None;
    if let Some(operation) = of(Role::BulkCreate) {
        record = bulk_create(desk, operation, &mut formats);
    }
    if let Some(operation) = of(Role::Create) {
        create(desk, operation, record.as_deref(), &mut formats);
    }
    if let Some(operation) = of(Role::Register) {
        simple(
            desk,
            Role::Register,
            operation,
            &[
                (
                    "registration_code",
                    Meaning::RegistrationCode,
                    Want::Text,
                    true,
                    "the registration code",
                ),
                (
                    "username",
                    Meaning::Username,
                    Want::Text,
                    true,
                    "the user name",
                ),
                (
                    "password",
                    Meaning::Password,
                    Want::Text,
                    true,
                    "the password",
                ),
            ],
            &mut formats,
        );
    }
    if let Some(operation) = of(Role::Token) {
        simple(
            desk,
            Role::Token,
            operation,
            &[
                (
                    "username",
                    Meaning::Username,
                    Want::Text,
                    true,
                    "the user name",
                ),
                (
                    "password",
                    Meaning::Password,
                    Want::Text,
                    true,
                    "the password",
                ),
            ],
            &mut formats,
        );
    }
    if let Some(operation) = of(Role::Delete) {
        simple(
            desk,
            Role::Delete,
            operation,
            &[
                ("fin", Meaning::Fin, Want::Text, true, "the FIN"),
                (
                    "start_date",
                    Meaning::Start,
                    Want::Day,
                    true,
                    "the first day",
                ),
                ("end_date", Meaning::End, Want::Day, true, "the last day"),
                (
                    "security_code",
                    Meaning::SecurityCode,
                    Want::Text,
                    false,
                    "the security code",
                ),
            ],
            &mut formats,
        );
    }
    for (role, fin, want, what) in [
        (Role::Search, "fin", Want::Text, "the FIN"),
        (Role::BulkSearch, "fins", Want::Texts, "the list of FINs"),
    ] {
        if let Some(operation) = of(role) {
            search(desk, role, operation, (fin, want, what), &mut formats);
        }
    }
    formats.settle(desk);
}

type Row = (&'static str, Meaning, Want, bool, &'static str);

fn simple(
    desk: &mut Desk<'_>,
    role: Role,
    operation: &Operation,
    rows: &[Row],
    formats: &mut Formats,
) {
    let mut values = Values::new(inputs(operation), Style::Place, &operation.at);
    let wants: Vec<_> = rows
        .iter()
        .map(|(key, meaning, want, must, what)| {
            wanted(
                format!("{}.{key}", role.name()),
                *meaning,
                *want,
                *must,
                what,
            )
        })
        .collect();
    let found = values.settle(desk, &wants);
    for (wanted, index) in wants.iter().zip(found) {
        if let Some(index) = index {
            formats.see(wanted.want, &values.inputs[index]);
        }
    }
    values.rest(desk, role.name());
}

fn search(
    desk: &mut Desk<'_>,
    role: Role,
    operation: &Operation,
    (fin, want, what): (&'static str, Want, &'static str),
    formats: &mut Formats,
) {
    let all = inputs(operation);
    let has = |meaning| all.iter().any(|input| input.sign(meaning).is_some());
    let name = role.name();
    let by_days = desk.answers().get(&format!("{name}.year")) == Some("absent")
        || (!has(Meaning::Year) && has(Meaning::Start) && has(Meaning::End));
    if by_days {
        desk.choose(
            &format!("{name}.year"),
            "absent",
            &operation.at,
            Confidence::Certain,
            "a first and a last day are asked for instead",
        );
        simple(
            desk,
            role,
            operation,
            &[
                (fin, Meaning::Fin, want, true, what),
                (
                    "start_date",
                    Meaning::Start,
                    Want::Day,
                    true,
                    "the first day",
                ),
                ("end_date", Meaning::End, Want::Day, true, "the last day"),
            ],
            formats,
        );
    } else {
        simple(
            desk,
            role,
            operation,
            &[
                (fin, Meaning::Fin, want, true, what),
                (
                    "year",
                    Meaning::Year,
                    Want::Integer,
                    true,
                    "the calendar year",
                ),
            ],
            formats,
        );
    }
}

/// Settles the list of records and the fields of a record; the fields' paths, when they are settled.
fn bulk_create(
    desk: &mut Desk<'_>,
    operation: &Operation,
    formats: &mut Formats,
) -> Option<Vec<FieldPath>> {
    let mut values = Values::new(inputs(operation), Style::Place, &operation.at);
    let lists: Vec<usize> = (0..values.inputs.len())
        .filter(|index| {
            let input = &values.inputs[*index];
            matches!(input.place, Place::Body(_))
                && input
                    .schema
                    .item()
                    .is_some_and(|item| !item.fields().is_empty())
        })
        .collect();
    let key = "bulk_create.records";
    let given = desk.given(key, &operation.at);
    let list = match (given, &lists[..]) {
        (Some(text), _) => lists
            .iter()
            .copied()
            .find(|index| values.inputs[*index].place.to_string() == text),
        (None, [only]) => {
            let input = &values.inputs[*only];
            let place = input.place.to_string();
            desk.choose(
                key,
                &place,
                &input.at,
                Confidence::Certain,
                "the only list of objects",
            );
            Some(*only)
        }
        (None, _) => {
            let candidates = lists
                .iter()
                .map(|index| {
                    let input = &values.inputs[*index];
                    let what = input.schema.kind_name();
                    super::settle::candidate(key, &input.place.to_string(), &input.at, what)
                })
                .collect();
            desk.ask(
                key,
                &operation.at,
                "the list of records: more than one can be it",
                candidates,
            );
            None
        }
    };
    let item = list.and_then(|index| {
        values.used[index] = true;
        values.inputs[index].schema.item()
    });
    let record = item.and_then(|item| {
        let fields = parts_as_inputs(item);
        let mut fields = Values::new(fields, Style::Path, &item.at);
        let found = record_fields(desk, &mut fields, formats);
        for field in fields.left() {
            let problem = format!(
                "{} has to be sent in every record and is not known; no contract can say that",
                field.name()
            );
            desk.refuse("record", &field.at, problem);
        }
        found
            .into_iter()
            .map(|index| match &fields.inputs[index?].place {
                Place::Body(path) => Some(path.clone()),
                _ => None,
            })
            .collect()
    });
    flags(desk, Role::BulkCreate, &mut values);
    values.rest(desk, "bulk_create");
    record
}

fn record_fields(
    desk: &mut Desk<'_>,
    values: &mut Values<'_>,
    formats: &mut Formats,
) -> Vec<Option<usize>> {
    let wants: Vec<_> = FIELDS
        .iter()
        .map(|(key, meaning, want, what)| {
            wanted(format!("record.{key}"), *meaning, *want, true, what)
        })
        .collect();
    let found = values.settle(desk, &wants);
    for (wanted, index) in wants.iter().zip(&found) {
        if let Some(index) = index {
            formats.see(wanted.want, &values.inputs[*index]);
        }
    }
    found
}

/// The values of a schema as if each were sent in a body of its own.
pub(super) fn parts_as_inputs(schema: &finkit_openapi::Schema) -> Vec<Input<'_>> {
    parts(schema)
        .into_iter()
        .filter(|part| part.schema.fields().is_empty())
        .map(Input::of_part)
        .collect()
}

fn flags(desk: &mut Desk<'_>, role: Role, values: &mut Values<'_>) {
    let name = role.name();
    let mut wants = vec![wanted(
        format!("{name}.commit_on_overlapping_dates"),
        Meaning::OverlapFlag,
        Want::Boolean,
        false,
        "the flag that enters despite an overlap",
    )];
    if role == Role::BulkCreate {
        wants.push(wanted(
            format!("{name}.commit_on_partial_success"),
            Meaning::PartialFlag,
            Want::Boolean,
            false,
            "the flag that enters what is sound",
        ));
    }
    wants.push(wanted(
        format!("{name}.security_code"),
        Meaning::SecurityCode,
        Want::Text,
        false,
        "the security code",
    ));
    values.settle(desk, &wants);
}

/// Settles where the record of `create` goes. Its fields are those of `bulk_create` where there is one.
fn create(
    desk: &mut Desk<'_>,
    operation: &Operation,
    record: Option<&[FieldPath]>,
    formats: &mut Formats,
) {
    let mut values = Values::new(inputs(operation), Style::Place, &operation.at);
    let key = "create.record";
    let known = record.and_then(|record| same_record(&values, record));
    if let Some((place, fields)) = known {
        for index in fields {
            values.used[index] = true;
        }
        desk.choose(
            key,
            &place,
            &operation.at,
            Confidence::Certain,
            "the same fields as in the list of bulk_create",
        );
    } else if record.is_none() {
        let mut fields = Values::new(
            values.inputs.iter().map(Input::clone).collect(),
            Style::Path,
            &operation.at,
        );
        let found = record_fields(desk, &mut fields, formats);
        for index in found.iter().flatten() {
            values.used[*index] = true;
        }
        values.asked_as(&fields);
        let places: Option<Vec<Place>> = found
            .iter()
            .map(|index| index.map(|index| values.inputs[index].place.clone()))
            .collect();
        match places.as_deref().map(wrapper) {
            Some(Some((place, paths))) => {
                for ((field, ..), path) in FIELDS.iter().zip(paths) {
                    desk.shorten(&format!("record.{field}"), &path);
                }
                let reason = "where its fields stand";
                desk.choose(key, &place, &operation.at, Confidence::Certain, reason);
            }
            Some(None) => desk.refuse(
                key,
                &operation.at,
                "the fields of the record stand partly in the body and partly elsewhere, which no contract can say",
            ),
            None => {} // asked already
        }
    } else {
        desk.refuse(
            key,
            &operation.at,
            "the record has other fields than the records of bulk_create; a contract has one kind of record",
        );
    }
    flags(desk, Role::Create, &mut values);
    values.rest(desk, "create");
}

/// Where these fields stand together, and which values they are.
fn same_record(values: &Values<'_>, record: &[FieldPath]) -> Option<(String, Vec<usize>)> {
    let find = |place: &Place| values.inputs.iter().position(|input| input.place == *place);
    let all = |make: &dyn Fn(&FieldPath) -> Place| -> Option<Vec<usize>> {
        record.iter().map(|path| find(&make(path))).collect()
    };
    if let Some(found) = all(&|path| Place::Query(path.to_string())) {
        return Some(("query".into(), found));
    }
    if let Some(found) = all(&|path| Place::Form(path.to_string())) {
        return Some(("form".into(), found));
    }
    let mut wrappers = vec![FieldPath::root()];
    for input in &values.inputs {
        let Place::Body(path) = &input.place else {
            continue;
        };
        for length in 1..path.segments().len() {
            let outer = path.segments()[..length]
                .iter()
                .fold(FieldPath::root(), |outer, name| {
                    FieldPath::name(name.as_str()).inside(&outer)
                });
            if !wrappers.contains(&outer) {
                wrappers.push(outer);
            }
        }
    }
    wrappers.iter().find_map(|outer| {
        let found = all(&|path| Place::Body(path.inside(outer)))?;
        Some((Place::Body(outer.clone()).to_string(), found))
    })
}

/// What is common to the places of a record's fields, and the rest of each.
fn wrapper(places: &[Place]) -> Option<(String, Vec<String>)> {
    if places.iter().all(|place| matches!(place, Place::Query(_))) {
        return Some(("query".into(), names(places)));
    }
    if places.iter().all(|place| matches!(place, Place::Form(_))) {
        return Some(("form".into(), names(places)));
    }
    let paths: Vec<&[String]> = places
        .iter()
        .map(|place| place.body().map(FieldPath::segments))
        .collect::<Option<_>>()?;
    let shortest = paths.iter().map(|path| path.len()).min().unwrap_or(1);
    let common = (0..shortest.saturating_sub(1))
        .take_while(|at| paths.iter().all(|path| path[*at] == paths[0][*at]))
        .count();
    let join = |names: &[String]| {
        names.iter().fold(FieldPath::root(), |outer, name| {
            FieldPath::name(name.as_str()).inside(&outer)
        })
    };
    let outer = Place::Body(join(&paths[0][..common])).to_string();
    let rest = paths
        .iter()
        .map(|path| join(&path[common..]).to_string())
        .collect();
    Some((outer, rest))
}

fn names(places: &[Place]) -> Vec<String> {
    places
        .iter()
        .map(|place| match place {
            Place::Query(name) | Place::Form(name) => FieldPath::name(name.as_str()).to_string(),
            other => other.to_string(),
        })
        .collect()
}

/// How days and moments are written, as all operations that take them say.
#[derive(Default)]
struct Formats {
    days: Vec<(Written, String)>,
    moments: Vec<(Written, String)>,
}

/// A way of writing a day or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    As(&'static str),
    /// A text of which nothing more is told.
    Open,
}

impl Formats {
    fn see(&mut self, want: Want, input: &Input<'_>) {
        match want {
            Want::Day => self.days.push((day(input.schema), input.at.clone())),
            Want::Moment => self.moments.push((moment(input.schema), input.at.clone())),
            _ => {}
        }
    }

    fn settle(self, desk: &mut Desk<'_>) {
        one(desk, "format.date", &self.days, &["date", "date-time"]);
        one(
            desk,
            "format.registration_date",
            &self.moments,
            &["rfc3339"],
        );
    }
}

fn one(desk: &mut Desk<'_>, key: &str, seen: &[(Written, String)], open: &[&str]) {
    let Some((_, first)) = seen.first() else {
        return;
    };
    if desk.given(key, first).is_some() {
        return;
    }
    let mut known: Option<(&str, &str)> = None;
    for (written, at) in seen {
        match (written, known) {
            (Written::As(way), None) => known = Some((way, at)),
            (Written::As(way), Some((other, _))) if *way != other => {
                let problem =
                    format!("is a {way} here and a {other} elsewhere; a contract has one way");
                desk.refuse(key, at, problem);
                return;
            }
            _ => {}
        }
    }
    let unclear = seen.iter().find(|(written, _)| *written == Written::Open);
    match (known, unclear) {
        (Some((way, at)), None) => {
            desk.choose(key, way, at, Confidence::Certain, "its type says so");
        }
        (known, Some((_, at))) => {
            let mut ways: Vec<&str> = open.to_vec();
            ways.sort_by_key(|way| Some(*way) != known.map(|(way, _)| way));
            let candidates = ways
                .into_iter()
                .map(|way| super::settle::candidate(key, way, at, format!("a text at {at}")))
                .collect();
            desk.ask(
                key,
                at,
                "how it is written: the document says only that it is a text",
                candidates,
            );
        }
        (None, None) => {}
    }
}

fn day(schema: &finkit_openapi::Schema) -> Written {
    if let finkit_openapi::Kind::OneOf(some) = &schema.kind {
        return some
            .iter()
            .map(day)
            .find(|way| *way == Written::As("date"))
            .or_else(|| some.iter().map(day).find(|way| *way != Written::Open))
            .unwrap_or(Written::Open);
    }
    match schema.format.as_deref() {
        Some("date") => Written::As("date"),
        Some("date-time") => Written::As("date-time"),
        _ if shows(schema, |text| {
            chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
        }) =>
        {
            Written::As("date")
        }
        _ => Written::Open,
    }
}

fn moment(schema: &finkit_openapi::Schema) -> Written {
    use finkit_openapi::Kind;
    match &schema.kind {
        Kind::OneOf(some) => some
            .iter()
            .map(moment)
            .find(|way| *way == Written::As("rfc3339"))
            .or_else(|| some.iter().map(moment).find(|way| *way != Written::Open))
            .unwrap_or(Written::Open),
        Kind::Integer | Kind::Number => Written::As("unix"),
        _ if schema.format.as_deref() == Some("date-time") => Written::As("rfc3339"),
        _ if shows(schema, |text| {
            chrono::DateTime::parse_from_rfc3339(text).is_ok()
        }) =>
        {
            Written::As("rfc3339")
        }
        _ => Written::Open,
    }
}

/// Whether an example shows it.
fn shows(schema: &finkit_openapi::Schema, reads: impl Fn(&str) -> bool) -> bool {
    schema
        .examples
        .iter()
        .filter_map(finkit_openapi::Node::text)
        .any(reads)
}
