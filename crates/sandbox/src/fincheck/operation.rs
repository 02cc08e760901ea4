//! The operations of a contract, turned round: what a server reads from a request, and where.

use bytes::Bytes;
use finkit_fincheck::contract::{
    Constant, Contract, DateFormat, Endpoint, FieldPath, Place, RecordPlace,
};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use serde_json::Value;

use super::pydantic::{
    Faults, Field, Key, Leaf, Node, ParseFault, Rules, Slots, Step, Wrong, parse,
};

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Action {
    Register,
    Token,
    Create,
    BulkCreate,
    Search,
    BulkSearch,
    Delete,
}

impl Action {
    /// The name, as the operator's guide writes it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Token => "token",
            Self::Create => "create",
            Self::BulkCreate => "bulk_create",
            Self::Search => "search",
            Self::BulkSearch => "bulk_search",
            Self::Delete => "delete",
        }
    }

    /// Whether it needs a token.
    pub(super) const fn is_protected(self) -> bool {
        !matches!(self, Self::Register | Self::Token)
    }

    /// Whether it changes entries, which a reader may not.
    pub(super) const fn writes(self) -> bool {
        matches!(self, Self::Create | Self::BulkCreate | Self::Delete)
    }
}

/// An operation as a server sees it.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) action: Action,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) outside: Vec<Outside>,
    pub(super) form: Vec<Field>,
    pub(super) body: Option<Node>,
    /// Whether the record's fields lie outside a JSON body, so that they are checked against each other at the end.
    loose_record: bool,
}

/// A value outside the body.
#[derive(Debug, Clone)]
pub(super) struct Outside {
    pub(super) source: Source,
    pub(super) field: Field,
}

/// In FastAPI's order of reporting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    Path,
    Query,
    Header,
}

impl Source {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

/// A request in parts, its body already parsed.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) path: &'a [(String, String)],
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: Body,
}

/// A body as FastAPI hands it to validation.
#[derive(Debug)]
pub(super) enum Body {
    None,
    Json(Value),
    Form(Vec<(String, String)>),
}

/// All operations of the contract.
pub(super) fn operations(contract: &Contract) -> Vec<Operation> {
    let leaf = |key, leaf| Node::Leaf(key, leaf);
    let date = match contract.format.date {
        DateFormat::DateTime => Leaf::Moment,
        _ => Leaf::Date,
    };
    let flag = |key| leaf(key, Leaf::Boolean);
    let text = |key| leaf(key, Leaf::Text);
    let mut all = Vec::new();
    if let Some(register) = &contract.register {
        let mut builder = Builder::new(Action::Register, &register.endpoint);
        builder.put(
            &register.registration_code,
            text(Key::RegistrationCode),
            true,
        );
        builder.put(&register.username, text(Key::Username), true);
        builder.put(&register.password, text(Key::Password), true);
        all.push(builder.finish());
    }
    if let Some(token) = &contract.token {
        let mut builder = Builder::new(Action::Token, &token.endpoint);
        let grant = Place::Form("grant_type".to_owned());
        if !token.endpoint.constants.contains_key(&grant) {
            builder.put(&grant, leaf(Key::GrantType, Leaf::Grant), false);
        }
        builder.put(&token.username, text(Key::Username), true);
        builder.put(&token.password, text(Key::Password), true);
        all.push(builder.finish());
    }
    if let Some(create) = &contract.create {
        let mut builder = Builder::new(Action::Create, &create.endpoint);
        builder.record(contract, &create.record, &date);
        builder.option(
            create.commit_on_overlapping_dates.as_ref(),
            flag(Key::Overlapping),
        );
        builder.code(create.security_code.as_ref());
        all.push(builder.finish());
    }
    if let Some(create) = &contract.bulk_create {
        let mut builder = Builder::new(Action::BulkCreate, &create.endpoint);
        let list = Node::List(Key::Records, Box::new(record(contract, &date)));
        builder.put(&Place::Body(create.records.clone()), list, true);
        builder.option(
            create.commit_on_overlapping_dates.as_ref(),
            flag(Key::Overlapping),
        );
        builder.option(
            create.commit_on_partial_success.as_ref(),
            flag(Key::Partial),
        );
        builder.code(create.security_code.as_ref());
        all.push(builder.finish());
    }
    if let Some(search) = &contract.search {
        let mut builder = Builder::new(Action::Search, &search.endpoint);
        builder.put(&search.fin, text(Key::Fin), true);
        builder.time(&search.year, &search.start_date, &search.end_date, &date);
        all.push(builder.finish());
    }
    if let Some(search) = &contract.bulk_search {
        let mut builder = Builder::new(Action::BulkSearch, &search.endpoint);
        let list = Node::List(Key::Fins, Box::new(text(Key::Fin)));
        builder.put(&search.fins, list, true);
        builder.time(&search.year, &search.start_date, &search.end_date, &date);
        all.push(builder.finish());
    }
    if let Some(delete) = &contract.delete {
        let mut builder = Builder::new(Action::Delete, &delete.endpoint);
        builder.put(&delete.fin, text(Key::Fin), true);
        builder.put(&delete.start_date, leaf(Key::StartDate, date.clone()), true);
        builder.put(&delete.end_date, leaf(Key::EndDate, date), true);
        builder.code(delete.security_code.as_ref());
        all.push(builder.finish());
    }
    all
}

/// The fields of a record in a request, with their types.
fn record_fields<'c>(contract: &'c Contract, date: &Leaf) -> [(&'c FieldPath, Node); 4] {
    let fields = &contract.record;
    [
        (&fields.fin, Node::Leaf(Key::Fin, Leaf::Text)),
        (&fields.start_date, Node::Leaf(Key::StartDate, date.clone())),
        (&fields.end_date, Node::Leaf(Key::EndDate, date.clone())),
        (
            &fields.registration_date,
            Node::Leaf(Key::RegistrationDate, Leaf::Moment),
        ),
    ]
}

fn record(contract: &Contract, date: &Leaf) -> Node {
    let mut model = Vec::new();
    for (path, node) in record_fields(contract, date) {
        insert(&mut model, path.segments(), node, true);
    }
    Node::Model {
        fields: model,
        record: true,
    }
}

/// Puts a field at its place and makes the objects on the way.
fn insert(fields: &mut Vec<Field>, path: &[String], node: Node, required: bool) {
    let [name, rest @ ..] = path else { return };
    if rest.is_empty() {
        fields.push(Field {
            name: name.clone(),
            node,
            required,
        });
        return;
    }
    let index = fields.iter().position(|field| field.name == *name);
    let index = index.unwrap_or_else(|| {
        fields.push(Field {
            name: name.clone(),
            node: Node::Model {
                fields: Vec::new(),
                record: false,
            },
            required: false,
        });
        fields.len() - 1
    });
    let field = &mut fields[index];
    field.required |= required;
    if let Node::Model { fields, .. } = &mut field.node {
        insert(fields, rest, node, required);
    }
}

struct Builder {
    operation: Operation,
    root: Vec<Field>,
    root_is_record: bool,
}

impl Builder {
    fn new(action: Action, endpoint: &Endpoint) -> Self {
        let mut builder = Self {
            operation: Operation {
                action,
                method: endpoint.method.clone(),
                path: endpoint.path.clone(),
                outside: Vec::new(),
                form: Vec::new(),
                body: None,
                loose_record: false,
            },
            root: Vec::new(),
            root_is_record: false,
        };
        for (place, constant) in &endpoint.constants {
            let constant: Constant = constant.clone();
            builder.put(place, Node::Constant(constant), true);
        }
        builder
    }

    fn put(&mut self, place: &Place, node: Node, required: bool) {
        let field = |name: &String, node| Field {
            name: name.clone(),
            node,
            required,
        };
        let (source, name) = match place {
            Place::Path(name) => (Source::Path, name),
            Place::Query(name) => (Source::Query, name),
            Place::Header(name) => (Source::Header, name),
            Place::Form(name) => {
                self.operation.form.push(field(name, node));
                return;
            }
            Place::Body(path) if path.is_root() => {
                self.operation.body = Some(node);
                return;
            }
            Place::Body(path) => {
                insert(&mut self.root, path.segments(), node, required);
                return;
            }
        };
        self.operation.outside.push(Outside {
            source,
            field: field(name, node),
        });
    }

    fn option(&mut self, place: Option<&Place>, node: Node) {
        if let Some(place) = place {
            self.put(place, node, false);
        }
    }

    /// The calendar year of a look-up: itself, or its first and its last day.
    fn time(
        &mut self,
        year: &Option<Place>,
        start: &Option<Place>,
        end: &Option<Place>,
        date: &Leaf,
    ) {
        for (place, key, leaf) in [
            (year, Key::Year, Leaf::Integer),
            (start, Key::StartDate, date.clone()),
            (end, Key::EndDate, date.clone()),
        ] {
            if let Some(place) = place {
                self.put(place, Node::Leaf(key, leaf), true);
            }
        }
    }

    fn code(&mut self, place: Option<&Place>) {
        if let Some(place) = place {
            self.put(place, Node::Leaf(Key::SecurityCode, Leaf::Text), true);
        }
    }

    fn record(&mut self, contract: &Contract, place: &RecordPlace, date: &Leaf) {
        match place {
            RecordPlace::Body(path) if path.is_root() => {
                for (path, node) in record_fields(contract, date) {
                    insert(&mut self.root, path.segments(), node, true);
                }
                self.root_is_record = true;
            }
            RecordPlace::Body(path) => {
                insert(
                    &mut self.root,
                    path.segments(),
                    record(contract, date),
                    true,
                );
            }
            RecordPlace::Query | RecordPlace::Form => {
                for (path, node) in record_fields(contract, date) {
                    let name = path.to_string();
                    let place = match place {
                        RecordPlace::Form => Place::Form(name),
                        _ => Place::Query(name),
                    };
                    self.put(&place, node, true);
                }
                self.operation.loose_record = true;
            }
        }
    }

    fn finish(mut self) -> Operation {
        if !self.root.is_empty() {
            self.operation.body = Some(Node::Model {
                fields: self.root,
                record: self.root_is_record,
            });
        }
        self.operation.outside.sort_by_key(|outside| outside.source);
        self.operation
    }
}

impl Operation {
    /// Parses the body as FastAPI does it before anything else: JSON when the content type says so, otherwise its bare text.
    pub(super) fn parse_body(&self, headers: &HeaderMap, body: &Bytes) -> Result<Body, ParseFault> {
        let content_type = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        if !self.form.is_empty() {
            let fields = if content_type == "application/x-www-form-urlencoded" {
                pairs(body)
            } else {
                Vec::new()
            };
            return Ok(Body::Form(fields));
        }
        if self.body.is_none() || body.is_empty() {
            return Ok(Body::None);
        }
        let is_json = content_type
            .strip_prefix("application/")
            .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"));
        if is_json {
            parse(body).map(Body::Json)
        } else {
            Ok(Body::Json(
                String::from_utf8_lossy(body).into_owned().into(),
            ))
        }
    }

    /// Reads everything that the operation needs.
    ///
    /// # Errors
    /// All faults, in FastAPI's order: path, query, headers, body.
    pub(super) fn read(&self, parts: &Parts<'_>, rules: &Rules) -> Result<Slots, Faults> {
        let (mut slots, mut faults) = (Slots::default(), Faults::default());
        for outside in &self.outside {
            let values: Vec<&str> = match outside.source {
                Source::Path => all(parts.path, &outside.field.name),
                Source::Query => all(&parts.query, &outside.field.name),
                Source::Header => (parts.headers.get_all(&outside.field.name).iter())
                    .filter_map(|value| value.to_str().ok())
                    .collect(),
            };
            let source = outside.source.name();
            read_texts(
                &outside.field,
                source,
                &values,
                rules,
                &mut slots,
                &mut faults,
            );
        }
        if let Body::Form(fields) = &parts.body {
            for field in &self.form {
                let mut values = all(fields, &field.name);
                values.retain(|value| !value.is_empty()); // an empty field of a form is a missing one
                read_texts(field, "body", &values, rules, &mut slots, &mut faults);
            }
        }
        if let Some(node) = &self.body {
            let mut place = vec![Step::Name("body".to_owned())];
            match &parts.body {
                Body::Json(value) => {
                    node.read(value, &mut place, rules, &mut slots, &mut faults);
                }
                _ if node.is_optional() => {}
                _ => faults.push(&place, Wrong::missing(), Value::Null),
            }
        }
        if self.loose_record
            && faults.is_empty()
            && let Some(wrong) = slots.judge(rules)
        {
            let place = if self.form.is_empty() {
                "query"
            } else {
                "body"
            };
            faults.push(&[Step::Name(place.to_owned())], wrong, Value::Null);
        }
        if faults.is_empty() {
            Ok(slots)
        } else {
            Err(faults)
        }
    }
}

impl Node {
    /// Whether a body of this shape may be left out.
    fn is_optional(&self) -> bool {
        matches!(self, Self::Model { fields, .. } if fields.iter().all(|field| !field.required))
    }
}

fn read_texts(
    field: &Field,
    source: &str,
    values: &[&str],
    rules: &Rules,
    slots: &mut Slots,
    faults: &mut Faults,
) {
    let mut place = vec![
        Step::Name(source.to_owned()),
        Step::Name(field.name.clone()),
    ];
    let value = match (&field.node, values) {
        (_, []) => {
            if field.required {
                faults.push(&place, Wrong::missing(), Value::Null);
            }
            return;
        }
        (Node::List(..), values) => values.iter().map(|value| Value::from(*value)).collect(),
        (_, [.., last]) => Value::from(*last),
    };
    field.node.read(&value, &mut place, rules, slots, faults);
}

/// Name and value pairs of a query or a form.
pub(super) fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

fn all<'p>(pairs: &'p [(String, String)], name: &str) -> Vec<&'p str> {
    pairs
        .iter()
        .filter(|(found, _)| found == name)
        .map(|(_, value)| value.as_str())
        .collect()
}
