//! What a contract expects of a document: every value of every operation with its place and its type.

use finkit_openapi::{Document, Kind, Operation, Schema};

use super::leaf::{Want, fits, inputs};
use super::replies::look;
use super::role::Role;
use crate::contract::{
    Contract, Endpoint, EntryAnswerFields, EntryLayout, FieldPath, Formats, Place, RecordPlace,
    SearchAnswerFields, TimeFormat,
};

/// What a value has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Value(Want),
    /// A list of objects, or one.
    Listing,
}

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whence {
    Request(Place),
    /// A path of the answer; from each path to the next it goes into the items of a list.
    Answer(Vec<FieldPath>),
}

/// A value that a contract names.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) key: String,
    pub(super) whence: Whence,
    pub(super) shape: Shape,
    /// How days and moments are written in requests.
    formats: Option<Formats>,
}

/// An operation that a contract names.
#[derive(Debug)]
pub(super) struct Wanted<'c> {
    pub(super) role: Role,
    pub(super) endpoint: &'c Endpoint,
    pub(super) values: Vec<Expected>,
}

/// What becomes of a value in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is there, and fits.
    Fits(String),
    /// It is there, and is something else.
    Unfit(String, String),
    /// It is not there.
    Missing,
    /// The document does not describe that part.
    Untold,
}

impl Wanted<'_> {
    /// The operation of the document, by method and path.
    pub(super) fn find<'d>(&self, document: &'d Document) -> Option<&'d Operation> {
        document.operations.iter().find(|operation| {
            operation.method == self.endpoint.method && operation.path == self.endpoint.path
        })
    }

    /// Values that have to be sent and that the contract does not send.
    pub(super) fn additional(&self, operation: &Operation) -> Vec<(String, String)> {
        let constants = self.endpoint.constants.keys();
        let sent: Vec<&Place> = self
            .values
            .iter()
            .filter_map(|value| match &value.whence {
                Whence::Request(place) => Some(place),
                Whence::Answer(_) => None,
            })
            .chain(constants)
            .collect();
        let covers = |place: &Place| {
            sent.iter().any(|sent| match (sent, place) {
                (Place::Body(sent), Place::Body(place)) => sent.collides(place),
                (sent, place) => *sent == place,
            })
        };
        let mut all: Vec<(String, String)> = inputs(operation)
            .into_iter()
            .filter(|input| input.required && !covers(&input.place))
            .map(|input| (input.place.to_string(), input.at))
            .collect();
        if let Some((name, at)) = super::leaf::cookie(operation) {
            all.push((format!("cookie:{name}"), at.to_owned()));
        }
        all
    }
}

impl Expected {
    pub(super) fn place(&self) -> String {
        match &self.whence {
            Whence::Request(place) => place.to_string(),
            Whence::Answer(paths) => {
                let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
                paths.join(" → ")
            }
        }
    }

    /// Looks for it in an operation.
    pub(super) fn look(&self, operation: &Operation) -> Seen {
        match &self.whence {
            Whence::Request(place) => {
                let all = inputs(operation);
                let exact = all.iter().find(|input| input.place == *place);
                match exact {
                    Some(input) => {
                        let lenient = !matches!(place, Place::Body(_))
                            && self.shape == Shape::Value(Want::Integer)
                            && input.schema.kind == Kind::Text;
                        self.judge(input.schema, input.at.clone(), lenient)
                    }
                    None if all.iter().any(|input| {
                        // An object that the document does not describe may hold it.
                        matches!((&input.place, place), (Place::Body(outer), Place::Body(inner))
                            if input.schema.kind == Kind::Any && outer.segments().len() < inner.segments().len() && inner.collides(outer))
                    }) =>
                    {
                        Seen::Untold
                    }
                    None => Seen::Missing,
                }
            }
            Whence::Answer(paths) => {
                let Some(answer) = &operation.answer else {
                    return Seen::Untold;
                };
                let mut schema = &answer.schema;
                for (index, path) in paths.iter().enumerate() {
                    if index > 0 {
                        schema = schema.item().unwrap_or(schema);
                    }
                    if is_untold(schema) {
                        return Seen::Untold;
                    }
                    match look(schema, path) {
                        Some(inner) => schema = inner,
                        None => return Seen::Missing,
                    }
                }
                self.judge(schema, schema.at.clone(), false)
            }
        }
    }

    fn judge(&self, schema: &Schema, at: String, lenient: bool) -> Seen {
        if is_untold(schema) {
            return Seen::Untold;
        }
        let fits = match self.shape {
            Shape::Value(want) => lenient || (fits(schema, want) && self.takes(schema, want)),
            Shape::Listing => matches!(schema.kind, Kind::List(_) | Kind::Object(_) | Kind::Null),
        };
        if fits {
            Seen::Fits(at)
        } else {
            Seen::Unfit(at, schema.kind_name())
        }
    }

    /// Whether a day or a moment is taken as the contract writes it. A moment that is described as a text may be sent as a number too:
    /// that is how the service's framework reads it (<https://docs.pydantic.dev/2.1/usage/types/datetime>).
    fn takes(&self, schema: &Schema, want: Want) -> bool {
        let Some(formats) = self.formats else {
            return true;
        };
        if let Kind::OneOf(some) = &schema.kind {
            return some
                .iter()
                .any(|one| fits(one, want) && self.takes(one, want));
        }
        match want {
            Want::Day => match (schema.format.as_deref(), formats.date) {
                (Some(format @ ("date" | "date-time")), written) => format == written.to_string(),
                _ => true,
            },
            Want::Moment => {
                schema.kind == Kind::Text || formats.registration_date == TimeFormat::Unix
            }
            _ => true,
        }
    }
}

fn is_untold(schema: &Schema) -> bool {
    match &schema.kind {
        Kind::Any => true,
        Kind::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// Everything that a contract expects, operation by operation.
pub(super) fn wanted(contract: &Contract) -> Vec<Wanted<'_>> {
    let mut all = Vec::new();
    let mut add = |role: Role, endpoint, values: Values| {
        all.push(Wanted {
            role,
            endpoint,
            values: values.0,
        });
    };
    if let Some(register) = &contract.register {
        let mut values = Values::of(contract);
        values.sent(
            "register.registration_code",
            &register.registration_code,
            Want::Text,
        );
        values.sent("register.username", &register.username, Want::Text);
        values.sent("register.password", &register.password, Want::Text);
        let code = &register.answer.security_code;
        values.read(
            "register.answer.security_code",
            &[code],
            Shape::Value(Want::Text),
        );
        add(Role::Register, &register.endpoint, values);
    }
    if let Some(token) = &contract.token {
        let mut values = Values::of(contract);
        values.sent("token.username", &token.username, Want::Text);
        values.sent("token.password", &token.password, Want::Text);
        let path = &token.answer.access_token;
        values.read(
            "token.answer.access_token",
            &[path],
            Shape::Value(Want::Text),
        );
        add(Role::Token, &token.endpoint, values);
    }
    if let Some(create) = &contract.create {
        let mut values = Values::of(contract);
        values.record(contract, |path| match &create.record {
            RecordPlace::Query => Place::Query(path.to_string()),
            RecordPlace::Form => Place::Form(path.to_string()),
            RecordPlace::Body(outer) => Place::Body(path.inside(outer)),
        });
        values.maybe(
            "create.commit_on_overlapping_dates",
            create.commit_on_overlapping_dates.as_ref(),
            Want::Boolean,
        );
        values.maybe(
            "create.security_code",
            create.security_code.as_ref(),
            Want::Text,
        );
        values.entered(contract, "create", &create.answer);
        add(Role::Create, &create.endpoint, values);
    }
    if let Some(create) = &contract.bulk_create {
        let mut values = Values::of(contract);
        values.0.push(Expected {
            key: "bulk_create.records".into(),
            whence: Whence::Request(Place::Body(create.records.clone())),
            shape: Shape::Listing,
            formats: None,
        });
        values.maybe(
            "bulk_create.commit_on_overlapping_dates",
            create.commit_on_overlapping_dates.as_ref(),
            Want::Boolean,
        );
        values.maybe(
            "bulk_create.commit_on_partial_success",
            create.commit_on_partial_success.as_ref(),
            Want::Boolean,
        );
        values.maybe(
            "bulk_create.security_code",
            create.security_code.as_ref(),
            Want::Text,
        );
        values.entered(contract, "bulk_create", &create.answer);
        add(Role::BulkCreate, &create.endpoint, values);
    }
    if let Some(delete) = &contract.delete {
        let mut values = Values::of(contract);
        values.sent("delete.fin", &delete.fin, Want::Text);
        values.sent("delete.start_date", &delete.start_date, Want::Day);
        values.sent("delete.end_date", &delete.end_date, Want::Day);
        values.maybe(
            "delete.security_code",
            delete.security_code.as_ref(),
            Want::Text,
        );
        let deleted = &delete.answer.deleted;
        values.read(
            "delete.answer.deleted",
            &[deleted],
            Shape::Value(Want::Boolean),
        );
        if let Some(fins) = &delete.answer.fins {
            values.told(contract, "delete.answer.fins", fins, false);
        }
        add(Role::Delete, &delete.endpoint, values);
    }
    if let Some(search) = &contract.search {
        let mut values = Values::of(contract);
        values.sent("search.fin", &search.fin, Want::Text);
        let days = (&search.start_date, &search.end_date);
        values.time("search", search.year.as_ref(), days);
        values.searched(contract, "search", &search.answer);
        add(Role::Search, &search.endpoint, values);
    }
    if let Some(search) = &contract.bulk_search {
        let mut values = Values::of(contract);
        values.sent("bulk_search.fins", &search.fins, Want::Texts);
        let days = (&search.start_date, &search.end_date);
        values.time("bulk_search", search.year.as_ref(), days);
        values.searched(contract, "bulk_search", &search.answer);
        add(Role::BulkSearch, &search.endpoint, values);
    }
    all
}

struct Values(Vec<Expected>, Formats);

impl Values {
    fn of(contract: &Contract) -> Self {
        Self(Vec::new(), contract.format)
    }

    fn sent(&mut self, key: &str, place: &Place, want: Want) {
        self.0.push(Expected {
            key: key.to_owned(),
            whence: Whence::Request(place.clone()),
            shape: Shape::Value(want),
            formats: Some(self.1),
        });
    }

    fn maybe(&mut self, key: &str, place: Option<&Place>, want: Want) {
        if let Some(place) = place {
            self.sent(key, place, want);
        }
    }

    fn read(&mut self, key: &str, paths: &[&FieldPath], shape: Shape) {
        self.0.push(Expected {
            key: key.to_owned(),
            whence: Whence::Answer(paths.iter().map(|path| (*path).clone()).collect()),
            shape,
            formats: None,
        });
    }

    fn record(&mut self, contract: &Contract, place: impl Fn(&FieldPath) -> Place) {
        let record = &contract.record;
        for (key, path, want) in [
            ("record.fin", &record.fin, Want::Text),
            ("record.start_date", &record.start_date, Want::Day),
            ("record.end_date", &record.end_date, Want::Day),
            (
                "record.registration_date",
                &record.registration_date,
                Want::Moment,
            ),
        ] {
            self.sent(key, &place(path), want);
        }
    }

    fn time(
        &mut self,
        operation: &str,
        year: Option<&Place>,
        (start, end): (&Option<Place>, &Option<Place>),
    ) {
        self.maybe(&format!("{operation}.year"), year, Want::Integer);
        self.maybe(
            &format!("{operation}.start_date"),
            start.as_ref(),
            Want::Day,
        );
        self.maybe(&format!("{operation}.end_date"), end.as_ref(), Want::Day);
    }

    fn entered(&mut self, contract: &Contract, operation: &str, answer: &EntryAnswerFields) {
        let record = &contract.answer_record;
        for (name, list) in [("created", &answer.created), ("failed", &answer.failed)] {
            self.read(
                &format!("{operation}.answer.{name}"),
                &[list],
                Shape::Listing,
            );
            for (key, path, want) in [
                ("answer_record.fin", Some(&record.fin), Want::Text),
                (
                    "answer_record.start_date",
                    record.start_date.as_ref(),
                    Want::Day,
                ),
                (
                    "answer_record.end_date",
                    record.end_date.as_ref(),
                    Want::Day,
                ),
                (
                    "answer_record.registration_date",
                    record.registration_date.as_ref(),
                    Want::Moment,
                ),
            ] {
                if let Some(path) = path {
                    self.read(key, &[list, path], Shape::Value(want));
                }
            }
        }
        if let Some(overlapping) = &answer.overlapping {
            let key = format!("{operation}.answer.overlapping");
            self.told(contract, &key, overlapping, false);
        }
    }

    fn searched(&mut self, contract: &Contract, operation: &str, answer: &SearchAnswerFields) {
        if let Some(found) = &answer.found {
            let key = format!("{operation}.answer.found");
            self.read(&key, &[found], Shape::Value(Want::Boolean));
        }
        let key = format!("{operation}.answer.fins");
        self.told(contract, &key, &answer.fins, true);
    }

    /// What is told about FINs, at this place.
    fn told(&mut self, contract: &Contract, key: &str, fins: &FieldPath, decides: bool) {
        let fields = &contract.found_fin;
        self.read(key, &[fins], Shape::Listing);
        for (key, path, want) in [
            ("found_fin.fin", fields.fin.as_ref(), Want::Text),
            ("found_fin.count", fields.count.as_ref(), Want::Integer),
            (
                "found_fin.found",
                fields.found.as_ref().filter(|_| decides),
                Want::Boolean,
            ),
        ] {
            if let Some(path) = path {
                self.read(key, &[fins, path], Shape::Value(want));
            }
        }
        let columns = fields.layout == EntryLayout::Columns;
        if !fields.entries.is_root() {
            self.read(
                "found_fin.entries",
                &[fins, &fields.entries],
                Shape::Listing,
            );
        }
        let entry = &fields.entry;
        for (key, path, want) in [
            ("found_fin.entry.start_date", &entry.start_date, Want::Day),
            ("found_fin.entry.end_date", &entry.end_date, Want::Day),
            (
                "found_fin.entry.registration_date",
                &entry.registration_date,
                Want::Moment,
            ),
        ] {
            let mut paths = vec![fins, &fields.entries, path];
            let root = FieldPath::root();
            if columns {
                paths.push(&root); // into the list of that field
            }
            self.read(key, &paths, Shape::Value(want));
        }
    }
}
