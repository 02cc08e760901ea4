//! Contradictions inside a contract, found before anything is sent.

use http::{HeaderName, Method};

use super::operations::{Endpoint, EntryAnswerFields};
use super::{Contract, ContractFault, EntryLayout, FieldPath, Place, RecordFields, RecordPlace};

/// Headers that the client sets itself.
const OWN_HEADERS: [&str; 8] = [
    "accept",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "transfer-encoding",
];

/// All contradictions.
pub(super) fn faults(contract: &Contract) -> Vec<ContractFault> {
    let mut all = Faults(Vec::new());
    if contract.name.trim().is_empty() {
        all.add("name", "a contract needs a name");
    }
    record(&mut all, &contract.record);
    entries(&mut all, contract);
    if let Some(register) = &contract.register {
        let mut operation = Operation::new("register", &register.endpoint);
        operation.secret("registration_code", &register.registration_code);
        operation.scalar("username", &register.username);
        operation.secret("password", &register.password);
        operation.finish(&mut all);
    }
    if let Some(token) = &contract.token {
        let mut operation = Operation::new("token", &token.endpoint);
        operation.input("username", &token.username);
        operation.secret("password", &token.password);
        operation.only_form(&mut all);
        operation.finish(&mut all);
        if token.answer.access_token.segments().len() != 1 {
            all.add(
                "token.answer.access_token",
                "stands at the top of the answer, as RFC 6749 has it",
            );
        }
    }
    if let Some(create) = &contract.create {
        let mut operation = Operation::new("create", &create.endpoint);
        operation.record("record", &create.record, &contract.record);
        operation.optional(
            "commit_on_overlapping_dates",
            create.commit_on_overlapping_dates.as_ref(),
        );
        operation.optional_secret("security_code", create.security_code.as_ref());
        operation.finish(&mut all);
        entry_answer(&mut all, "create", &create.answer);
    }
    if let Some(create) = &contract.bulk_create {
        let mut operation = Operation::new("bulk_create", &create.endpoint);
        operation.input("records", &Place::Body(create.records.clone()));
        operation.optional(
            "commit_on_overlapping_dates",
            create.commit_on_overlapping_dates.as_ref(),
        );
        operation.optional(
            "commit_on_partial_success",
            create.commit_on_partial_success.as_ref(),
        );
        operation.optional_secret("security_code", create.security_code.as_ref());
        operation.finish(&mut all);
        entry_answer(&mut all, "bulk_create", &create.answer);
    }
    if let Some(delete) = &contract.delete {
        let mut operation = Operation::new("delete", &delete.endpoint);
        operation.scalar("fin", &delete.fin);
        operation.scalar("start_date", &delete.start_date);
        operation.scalar("end_date", &delete.end_date);
        operation.optional_secret("security_code", delete.security_code.as_ref());
        operation.finish(&mut all);
    }
    if let Some(search) = &contract.search {
        let mut operation = Operation::new("search", &search.endpoint);
        operation.scalar("fin", &search.fin);
        operation.time(&search.year, &search.start_date, &search.end_date);
        operation.finish(&mut all);
        if search.answer.found.is_none() && contract.found_fin.found.is_none() {
            all.add("search.answer.found", NO_BOOLEAN);
        }
    }
    if let Some(search) = &contract.bulk_search {
        let mut operation = Operation::new("bulk_search", &search.endpoint);
        operation.input("fins", &search.fins);
        operation.time(&search.year, &search.start_date, &search.end_date);
        operation.finish(&mut all);
        if search.answer.found.is_none() && contract.found_fin.found.is_none() {
            all.add("bulk_search.answer.found", NO_BOOLEAN);
        }
        if contract.found_fin.fin.is_none() {
            all.add(
                "found_fin.fin",
                "bulk_search cannot tell FINs apart without it",
            );
        }
        if matches!(search.fins, Place::Path(_) | Place::Header(_)) {
            all.add(
                "bulk_search.fins",
                "a list goes into the query, the form or the body",
            );
        }
    }
    all.0
}

const NO_BOOLEAN: &str =
    "without a boolean, here or in found_fin.found, no answer could ever mean \"free\"";

struct Faults(Vec<ContractFault>);

impl Faults {
    fn add(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.0.push(ContractFault {
            path: path.into(),
            line: None,
            problem: problem.into(),
        });
    }
}

fn record(all: &mut Faults, record: &RecordFields) {
    let fields = record_fields(record);
    for (index, (name, path)) in fields.iter().enumerate() {
        if path.is_root() {
            all.add(format!("record.{name}"), "a field of a record needs a name");
        }
        for (other, earlier) in &fields[..index] {
            if path.collides(earlier) && !path.is_root() && !earlier.is_root() {
                all.add(
                    format!("record.{name}"),
                    format!("stands on or inside record.{other}"),
                );
            }
        }
    }
}

fn record_fields(record: &RecordFields) -> [(&'static str, &FieldPath); 4] {
    [
        ("fin", &record.fin),
        ("start_date", &record.start_date),
        ("end_date", &record.end_date),
        ("registration_date", &record.registration_date),
    ]
}

/// In columns every list needs a name of its own.
fn entries(all: &mut Faults, contract: &Contract) {
    let fields = &contract.found_fin;
    if fields.layout == EntryLayout::Rows {
        return;
    }
    let entry = &fields.entry;
    for (name, path) in [
        ("start_date", &entry.start_date),
        ("end_date", &entry.end_date),
        ("registration_date", &entry.registration_date),
    ] {
        if path.is_root() {
            all.add(
                format!("found_fin.entry.{name}"),
                "a list of a column needs a name",
            );
        }
    }
}

fn entry_answer(all: &mut Faults, operation: &str, answer: &EntryAnswerFields) {
    if answer.created == answer.failed {
        all.add(
            format!("{operation}.answer.failed"),
            "is the same place as created; the two lists must differ",
        );
    }
}

/// The inputs of one operation, collected to be held against each other.
struct Operation<'c> {
    name: &'static str,
    endpoint: &'c Endpoint,
    inputs: Vec<(String, Place)>,
    faults: Vec<(String, String)>,
}

impl<'c> Operation<'c> {
    fn new(name: &'static str, endpoint: &'c Endpoint) -> Self {
        let inputs = endpoint.constants.keys();
        Self {
            name,
            endpoint,
            inputs: inputs
                .map(|place| (format!("constants.\"{place}\""), place.clone()))
                .collect(),
            faults: Vec::new(),
        }
    }

    fn input(&mut self, key: &str, place: &Place) {
        self.inputs.push((key.to_owned(), place.clone()));
    }

    fn scalar(&mut self, key: &str, place: &Place) {
        if place.body().is_some_and(FieldPath::is_root) {
            self.fault(key, "needs a name in the body: \"body:NAME\"");
        }
        self.input(key, place);
    }

    fn optional(&mut self, key: &str, place: Option<&Place>) {
        if let Some(place) = place {
            self.scalar(key, place);
        }
    }

    /// The calendar year of a look-up: itself, or its first and its last day.
    fn time(&mut self, year: &Option<Place>, start: &Option<Place>, end: &Option<Place>) {
        self.optional("year", year.as_ref());
        self.optional("start_date", start.as_ref());
        self.optional("end_date", end.as_ref());
        match (year, start, end) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => {}
            (None, None, None) => self.fault(
                "year",
                "is absent, and so are start_date and end_date; a look-up is about a calendar year",
            ),
            (Some(_), _, _) => self.fault("year", "stands beside start_date or end_date"),
            (None, None, _) => self.fault("start_date", "is absent, but end_date is not"),
            (None, _, None) => self.fault("end_date", "is absent, but start_date is not"),
        }
    }

    /// Addresses are written into logs on both sides, so no secret goes there.
    fn secret(&mut self, key: &str, place: &Place) {
        if matches!(place, Place::Query(_) | Place::Path(_)) {
            self.fault(
                key,
                "a secret must not stand in the address, which ends up in logs",
            );
        }
        self.scalar(key, place);
    }

    fn optional_secret(&mut self, key: &str, place: Option<&Place>) {
        if let Some(place) = place {
            self.secret(key, place);
        }
    }

    fn record(&mut self, key: &str, place: &RecordPlace, record: &RecordFields) {
        for (_, path) in record_fields(record) {
            let place = match place {
                RecordPlace::Query => Place::Query(path.to_string()),
                RecordPlace::Form => Place::Form(path.to_string()),
                RecordPlace::Body(outer) => Place::Body(path.inside(outer)),
            };
            self.input(key, &place);
        }
    }

    fn fault(&mut self, key: &str, problem: impl Into<String>) {
        self.faults.push((key.to_owned(), problem.into()));
    }

    fn only_form(&mut self, all: &mut Faults) {
        for (key, place) in &self.inputs {
            if !matches!(place, Place::Form(_)) {
                all.add(
                    format!("{}.{key}", self.name),
                    "the token endpoint takes a form: \"form:NAME\"",
                );
            }
        }
        if self.endpoint.method != Method::POST {
            all.add(
                format!("{}.method", self.name),
                "the token endpoint is a POST",
            );
        }
    }

    fn finish(mut self, all: &mut Faults) {
        self.path();
        self.places();
        for (key, problem) in self.faults {
            all.add(format!("{}.{key}", self.name), problem);
        }
    }

    fn path(&mut self) {
        let path = &self.endpoint.path;
        if !path.starts_with('/') {
            self.fault("path", "begins with a slash");
        } else if path.len() > 1 && path.ends_with('/') {
            self.fault(
                "path",
                "ends in a slash; the service would redirect, and a redirect is not followed",
            );
        }
        let plain =
            |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '"' | '<' | '>' | '\\');
        if !path.chars().all(plain) {
            self.fault("path", "holds a character that no path holds");
        }
        let mut named = placeholders(path);
        for (key, place) in self.inputs.clone() {
            if let Place::Path(name) = place {
                match named.iter().position(|other| *other == name) {
                    Some(index) => drop(named.remove(index)),
                    None => self.fault(&key, format!("the path has no part {{{name}}}")),
                }
            }
        }
        for name in named {
            self.fault("path", format!("nothing fills the part {{{name}}}"));
        }
    }

    fn places(&mut self) {
        let inputs = std::mem::take(&mut self.inputs);
        let body = inputs.iter().find(|(_, place)| place.body().is_some());
        let form = inputs
            .iter()
            .find(|(_, place)| matches!(place, Place::Form(_)));
        if let (Some((key, _)), Some((other, _))) = (form, body) {
            self.fault(key, format!("is a form field, but {other} is JSON"));
        }
        if let (&Method::GET, Some((key, _))) = (&self.endpoint.method, form.or(body)) {
            self.fault(key, "a GET has no body");
        }
        for (index, (key, place)) in inputs.iter().enumerate() {
            if let Place::Header(name) = place {
                match name.parse::<HeaderName>() {
                    Err(_) => self.fault(key, "is no name of a header"),
                    Ok(name) if OWN_HEADERS.contains(&name.as_str()) => {
                        self.fault(key, "this header is set by the client itself");
                    }
                    Ok(_) => {}
                }
            }
            for (other, earlier) in &inputs[..index] {
                let same = match (place, earlier) {
                    (Place::Body(one), Place::Body(two)) => one.collides(two),
                    (one, two) => one == two,
                };
                if same {
                    self.fault(key, format!("takes the place of {other}"));
                }
            }
        }
    }
}

/// The names between braces of a path.
fn placeholders(path: &str) -> Vec<String> {
    path.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .collect()
}
