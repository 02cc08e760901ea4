//! Contracts for tests: a second, renamed one (German names, flags in the body, a GET look-up, a POST deletion), and made-up
//! ones of every kind.

use finkit_core::FinRecord;
use http::Method;
use proptest::prelude::*;

use super::{
    Constant, Contract, DatabaseZone, DateFormat, FieldPath, Place, RecordPlace, TimeFormat,
};

/// Everything that a contract can say differently, said differently.
pub(crate) const RENAMED: &str = r#"
name = "fincheck/renamed"

[format]
registration_date = "unix"
date = "date-time"
database_zone = "Europe/Vienna"

[record]
fin = "fahrgestellnummer"
start_date = "zeitraum.von"
end_date = "zeitraum.bis"
registration_date = "registrierung"

[answer_record]
fin = "fahrgestellnummer"
start_date = "zeitraum.von"
end_date = "zeitraum.bis"
registration_date = "absent"
reason = "grund"

[found_fin]
fin = "fahrzeug.fin"
count = "anzahl"
entries = "eintraege"

[found_fin.entry]
start_date = "von"
end_date = "bis"
registration_date = "registriert_am"

[register]
path = "/konto/registrieren"
registration_code = "body:konto.code"
username = "body:konto.name"
password = "body:konto.kennwort"

[register.answer]
security_code = "konto.sicherheitscode"

[token]
path = "/konto/token"
lifetime = 600

[token.constants]
"form:grant_type" = "password"

[create]
path = "/eintrag"
record = "body:fin_daten"
commit_on_overlapping_dates = "body:trotz_ueberschneidung"
security_code = "body:sicherheitscode"

[create.answer]
created = "angelegt"
overlapping = "ueberschneidungen"
failed = "abgelehnt"

[bulk_create]
path = "/eintraege"
records = "body:fins"
commit_on_overlapping_dates = "body:trotz_ueberschneidung"
commit_on_partial_success = "body:teilweise"
security_code = "body:sicherheitscode"

[bulk_create.answer]
created = "angelegt"
overlapping = "ueberschneidungen"
failed = "abgelehnt"

[delete]
method = "POST"
path = "/loeschen"
fin = "body:fahrgestellnummer"
start_date = "body:von"
end_date = "body:bis"
security_code = "body:sicherheitscode"

[delete.answer]
deleted = "geloescht"
fins = "eintraege"

[search]
method = "GET"
path = "/suche"
fin = "query:fahrgestellnummer"
year = "query:jahr"

[search.answer]
found = "gefunden"
fins = "treffer"

[bulk_search]
method = "GET"
path = "/suche/{jahr}"
fins = "query:fin"
year = "path:jahr"

[bulk_search.answer]
found = "gefunden"
fins = "treffer"
"#;

/// [`RENAMED`], read.
/// So many made-up records.
pub(crate) fn records(count: u32) -> Vec<FinRecord> {
    let record = |serial| FinRecord {
        fin: format!("WVWZZZE1ZMP{serial:06}").parse().expect("a FIN"),
        period: "2026-01-01/2026-12-31".parse().expect("a period"),
        registered_at: "2026-01-02T10:30:00+01:00".parse().expect("a time"),
    };
    (1..=count).map(record).collect()
}

pub(crate) fn renamed() -> Contract {
    Contract::from_toml(RENAMED).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A path of names that begin with this letter, so that two of different letters never collide.
fn path(letter: char) -> impl Strategy<Value = FieldPath> {
    proptest::collection::vec("[a-zA-Z_ .\\\\äß\"\u{1}-]{0,5}", 1..4).prop_map(move |names| {
        let text: Vec<String> = names
            .iter()
            .map(|name| {
                let name = format!("{letter}{name}");
                name.replace('\\', "\\\\").replace('.', "\\.")
            })
            .collect();
        text.join(".").parse().expect("a path")
    })
}

fn optional(letter: char) -> impl Strategy<Value = Option<FieldPath>> {
    prop::option::of(path(letter))
}

/// A place of a JSON operation for a value that is no secret.
fn place(letter: char) -> impl Strategy<Value = Place> {
    prop_oneof![
        "[a-z_:.]{0,6}".prop_map(move |name| Place::Query(format!("{letter}{name}"))),
        "[a-z-]{0,6}".prop_map(move |name| Place::Header(format!("x-{letter}{name}"))),
        path(letter).prop_map(Place::Body),
    ]
}

/// A place for the security code.
fn code(letter: char) -> impl Strategy<Value = Option<Place>> {
    prop::option::of(place(letter).prop_map(|place| match place {
        Place::Query(name) => Place::Body(FieldPath::name(name)),
        other => other,
    }))
}

/// A place at the top of the body, where two of different names do not collide.
fn on_top(place: Place) -> Place {
    match place {
        Place::Body(path) => Place::Body(FieldPath::name(path.to_string())),
        other => other,
    }
}

fn constant() -> impl Strategy<Value = Constant> {
    prop_oneof![
        ".{0,6}".prop_map(Constant::Text),
        any::<i64>().prop_map(Constant::Integer),
        any::<bool>().prop_map(Constant::Boolean),
    ]
}

/// Sound contracts of every kind.
pub(crate) fn any_contract() -> impl Strategy<Value = Contract> {
    let formats = (any::<bool>(), any::<bool>(), prop::option::of(-14_i32..=14));
    let record = (path('f'), path('s'), path('e'), path('r'));
    let answer_record = (
        path('f'),
        optional('s'),
        optional('e'),
        optional('r'),
        optional('g'),
    );
    let found = (
        path('f'),
        optional('c'),
        path('e'),
        optional('b'),
        path('n'),
    );
    let create = (
        prop_oneof![
            Just(RecordPlace::Query),
            Just(RecordPlace::Body(FieldPath::root())),
            path('w').prop_map(RecordPlace::Body),
        ],
        prop::option::of(place('o')),
        code('k'),
    );
    let bulk = (
        path('w'),
        prop::option::of(place('o')),
        prop::option::of(place('p')),
        code('k'),
    );
    let search = (place('f'), place('y'), path('l'));
    let delete = (
        (place('f'), place('s'), place('e')),
        code('k'),
        path('d'),
        optional('l'),
    );
    let rest = (
        ".{0,8}",
        proptest::collection::vec(any::<bool>(), 7),
        prop::collection::btree_map(place('z').prop_map(on_top), constant(), 0..3),
        1..u32::MAX,
        "[a-z0-9_{]{1,8}",
    );
    (
        formats,
        record,
        answer_record,
        found,
        create,
        bulk,
        search,
        delete,
        rest,
    )
        .prop_map(
            |(formats, record, answer_record, found, create, bulk, search, delete, rest)| {
                let mut contract = Contract::assumed();
                contract.name = format!("n{}", rest.0);
                let format = &mut contract.format;
                if formats.0 {
                    format.registration_date = TimeFormat::Unix;
                }
                if formats.1 {
                    format.date = DateFormat::DateTime;
                }
                format.database_zone = match formats
                    .2
                    .and_then(|hours| chrono::FixedOffset::east_opt(hours * 3_600))
                {
                    Some(offset) => DatabaseZone::Fixed(offset),
                    None => DatabaseZone::Vienna,
                };
                let fields = &mut contract.record;
                (
                    fields.fin,
                    fields.start_date,
                    fields.end_date,
                    fields.registration_date,
                ) = record;
                let fields = &mut contract.answer_record;
                (
                    fields.fin,
                    fields.start_date,
                    fields.end_date,
                    fields.registration_date,
                    fields.reason,
                ) = answer_record;
                let fields = &mut contract.found_fin;
                fields.fin = Some(found.0);
                (fields.count, fields.entries, fields.found) = (found.1, found.2, found.3);
                fields.entry.start_date = found.4;
                let [register, token, entry, many, removal, one, list] = rest.1[..] else {
                    unreachable!("seven operations");
                };
                if let Some(register) = &mut contract.register {
                    register.endpoint.constants = rest.2;
                    register.endpoint.path = format!("/{}", rest.4.replace('{', "-"));
                }
                if let Some(token) = &mut contract.token {
                    token.lifetime = rest.3.into();
                }
                if let Some(operation) = &mut contract.create {
                    (
                        operation.record,
                        operation.commit_on_overlapping_dates,
                        operation.security_code,
                    ) = create;
                }
                if let Some(operation) = &mut contract.bulk_create {
                    operation.records = bulk.0;
                    operation.commit_on_overlapping_dates = bulk.1;
                    operation.commit_on_partial_success = bulk.2;
                    operation.security_code = bulk.3;
                }
                if let Some(operation) = &mut contract.search {
                    (operation.fin, operation.answer.fins) = (search.0, search.2.clone());
                    operation.year = Some(search.1.clone());
                }
                if let Some(operation) = &mut contract.bulk_search {
                    operation.endpoint.method = Method::PUT;
                    operation.year = Some(search.1);
                    operation.answer.fins = search.2;
                    operation.fins = Place::Body(FieldPath::name("fins"));
                }
                if let Some(operation) = &mut contract.delete {
                    (operation.fin, operation.start_date, operation.end_date) = delete.0;
                    operation.endpoint.method = Method::POST;
                    operation.security_code = delete.1;
                    (operation.answer.deleted, operation.answer.fins) = (delete.2, delete.3);
                }
                // Each operation may be absent.
                for (absent, remove) in [
                    (register, (|c| c.register = None) as fn(&mut Contract)),
                    (token, |c| c.token = None),
                    (entry, |c| c.create = None),
                    (many, |c| c.bulk_create = None),
                    (removal, |c| c.delete = None),
                    (one, |c| c.search = None),
                    (list, |c| c.bulk_search = None),
                ] {
                    if absent {
                        remove(&mut contract);
                    }
                }
                contract
            },
        )
}
