//! Schemas of what goes in and comes out, collected under `components`.

use finkit_fincheck::contract::{Constant, Contract, DateFormat, EntryLayout, FieldPath};

use super::doc::Doc;
use crate::fincheck::answers::gives_back_as_sent;
use crate::fincheck::operation::Action;
use crate::fincheck::pydantic::{Field, Key, Leaf, Node};

/// What the model of a record is called.
const RECORD: &str = "FinRecord";

/// The named schemas, in the order of their names.
#[derive(Debug, Default)]
pub(super) struct Components(Vec<(String, Doc)>);

impl Components {
    pub(super) fn into_doc(mut self) -> Doc {
        self.0.sort_by(|one, other| one.0.cmp(&other.0));
        Doc::Object(self.0)
    }

    /// Adds a named schema and gives the reference to it; another schema of the same name gets a number.
    fn add(&mut self, name: &str, schema: Doc) -> Doc {
        let mut own = name.to_owned();
        let mut number = 2;
        loop {
            match self.0.iter().find(|(known, _)| *known == own) {
                None => {
                    self.0.push((own.clone(), schema));
                    break;
                }
                Some((_, known)) if *known == schema => break,
                Some(_) => {
                    own = format!("{name}{number}");
                    number += 1;
                }
            }
        }
        Doc::object([("$ref", format!("#/components/schemas/{own}").into())])
    }

    /// The schema of a value of a request; a model in it is called `name`, unless it is a bare record.
    pub(super) fn node(&mut self, node: &Node, name: &str, field: &str) -> Doc {
        match node {
            Node::Leaf(_, leaf) => self::leaf(leaf),
            Node::Constant(constant) => self::constant(constant),
            Node::List(_, item) => {
                let items = self.node(item, name, field);
                list(items).with("title", title(field))
            }
            Node::Model { fields, record } => {
                let name = if *record && !has_flags(fields) {
                    RECORD
                } else {
                    name
                };
                let model = self.model(name, fields);
                self.add(name, model)
            }
        }
    }

    fn model(&mut self, name: &str, fields: &[Field]) -> Doc {
        let mut properties = Vec::new();
        for field in fields {
            let inner = name.to_owned() + &pascal(&field.name);
            let mut schema = self.node(&field.node, &inner, &field.name);
            if schema.get("$ref").is_none() {
                schema.set("title", title(&field.name));
            }
            if !field.required && matches!(field.node, Node::Leaf(_, Leaf::Boolean)) {
                schema.set("default", false);
            }
            properties.push((field.name.clone(), schema));
        }
        let required = fields.iter().filter(|field| field.required);
        object(
            name,
            properties,
            required.map(|field| field.name.as_str().into()).collect(),
        )
    }

    /// The schema of a form: FastAPI's own one for the token, with the fields that it always has.
    pub(super) fn form(&mut self, id: &str, action: Action, fields: &[Field]) -> Doc {
        let name = format!("Body_{id}");
        let mut model = self.model(&name, fields);
        if action == Action::Token
            && let Some(Doc::Object(properties)) = model.get_mut("properties")
        {
            let secret = |schema: Doc| schema.with("format", "password");
            let text = || Doc::object([("type", "string".into())]);
            let optional = Doc::object([(
                "anyOf",
                Doc::Array(vec![text(), Doc::object([("type", "null".into())])]),
            )]);
            for field in fields {
                let at = properties.iter_mut().find(|(name, _)| *name == field.name);
                if let (Node::Leaf(Key::Password, _), Some((_, schema))) = (&field.node, at) {
                    schema.set("format", "password");
                }
            }
            for (field, schema) in [
                ("scope", text().with("default", "")),
                ("client_id", optional.clone()),
                ("client_secret", secret(optional)),
            ] {
                if !properties.iter().any(|(known, _)| known == field) {
                    properties.push((field.to_owned(), schema.with("title", title(field))));
                }
            }
        }
        self.add(&name, model)
    }

    /// The schema of an operation's answer.
    pub(super) fn answer(&mut self, contract: &Contract, action: Action) -> Doc {
        let text = || Doc::object([("type", "string".into())]);
        let boolean = || Doc::object([("type", "boolean".into())]);
        let mut answer = Tree::default();
        match action {
            Action::Register => {
                if let Some(register) = &contract.register {
                    answer.put(&register.answer.security_code, text());
                }
            }
            Action::Token => {
                if let Some(token) = &contract.token {
                    answer.put(&token.answer.access_token, text());
                }
                answer.put(&FieldPath::name("token_type"), text());
            }
            Action::Create | Action::BulkCreate => {
                let fields = match action {
                    Action::Create => contract.create.as_ref().map(|create| &create.answer),
                    _ => contract.bulk_create.as_ref().map(|create| &create.answer),
                };
                if let Some(fields) = fields {
                    let record = self.answer_record(contract);
                    answer.put(&fields.created, list(record.clone()));
                    if let Some(overlapping) = &fields.overlapping {
                        answer.put(overlapping, list(self.found_fin(contract)));
                    }
                    answer.put(&fields.failed, list(record));
                }
            }
            Action::Search | Action::BulkSearch => {
                let fields = match action {
                    Action::Search => contract.search.as_ref().map(|search| &search.answer),
                    _ => contract.bulk_search.as_ref().map(|search| &search.answer),
                };
                if let Some(fields) = fields {
                    if let Some(found) = &fields.found {
                        answer.put(found, boolean());
                    }
                    answer.put(&fields.fins, list(self.found_fin(contract)));
                }
            }
            Action::Delete => {
                if let Some(delete) = &contract.delete {
                    answer.put(&delete.answer.deleted, boolean());
                    if let Some(fins) = &delete.answer.fins {
                        let null = Doc::object([("type", "null".into())]);
                        let one = Doc::Array(vec![self.found_fin(contract), null]);
                        answer.put(fins, Doc::object([("anyOf", one)]));
                    }
                }
            }
        }
        self.tree(&(pascal(action.name()) + "Response"), answer)
    }

    fn answer_record(&mut self, contract: &Contract) -> Doc {
        let fields = &contract.answer_record;
        let mut record = Tree::default();
        record.put(&fields.fin, leaf(&Leaf::Text));
        record.put_if(fields.start_date.as_ref(), date(contract));
        record.put_if(fields.end_date.as_ref(), date(contract));
        record.put_if(fields.registration_date.as_ref(), leaf(&Leaf::Moment));
        // Where the answer gives the records back as they were sent, they are of one model.
        let name = if gives_back_as_sent(contract) {
            RECORD
        } else {
            "StoredRecord"
        };
        self.tree(name, record)
    }

    fn found_fin(&mut self, contract: &Contract) -> Doc {
        let fields = &contract.found_fin;
        let columns = fields.layout == EntryLayout::Columns;
        let field = |schema: Doc| if columns { list(schema) } else { schema };
        let mut entry = Tree::default();
        entry.put(&fields.entry.start_date, field(date(contract)));
        entry.put(&fields.entry.end_date, field(date(contract)));
        let moment = field(leaf(&Leaf::Moment));
        entry.put(&fields.entry.registration_date, moment);
        let mut found = Tree::default();
        found.put_if(fields.fin.as_ref(), leaf(&Leaf::Text));
        found.put_if(fields.count.as_ref(), leaf(&Leaf::Integer));
        found.put_if(fields.found.as_ref(), leaf(&Leaf::Boolean));
        if fields.entries.is_root() {
            found.members.extend(entry.members);
        } else {
            let entry = self.tree("FoundEntry", entry);
            found.put(&fields.entries, field_of(columns, entry));
        }
        self.tree("FoundFin", found)
    }

    /// Names a tree of fields and the objects inside it.
    fn tree(&mut self, name: &str, tree: Tree) -> Doc {
        if let Some(value) = tree.value {
            return value;
        }
        let mut properties = Vec::new();
        for (field, inner) in tree.members {
            let own = name.to_owned() + &pascal(&field);
            let mut schema = self.tree(&own, inner);
            // A model has its own title, and so has one that may be null.
            if schema.get("$ref").is_none() && schema.get("anyOf").is_none() {
                schema.set("title", title(&field));
            }
            properties.push((field, schema));
        }
        let required = properties.iter().map(|(name, _)| name.as_str().into());
        let required = required.collect();
        let model = object(name, properties, required);
        self.add(name, model)
    }

    /// FastAPI's own two schemas for 422.
    pub(super) fn validation_error(&mut self) -> Doc {
        let step = Doc::Array(vec![leaf(&Leaf::Text), leaf(&Leaf::Integer)]);
        let error = object(
            "ValidationError",
            vec![
                (
                    "loc".to_owned(),
                    list(Doc::object([("anyOf", step)])).with("title", "Location"),
                ),
                ("msg".to_owned(), leaf(&Leaf::Text).with("title", "Message")),
                (
                    "type".to_owned(),
                    leaf(&Leaf::Text).with("title", "Error Type"),
                ),
                ("input".to_owned(), Doc::object([("title", "Input".into())])),
                (
                    "ctx".to_owned(),
                    Doc::object([("type", "object".into()), ("title", "Context".into())]),
                ),
            ],
            vec!["loc".into(), "msg".into(), "type".into()],
        );
        let error = self.add("ValidationError", error);
        let whole = object(
            "HTTPValidationError",
            vec![("detail".to_owned(), list(error).with("title", "Detail"))],
            Vec::new(),
        );
        self.add("HTTPValidationError", whole)
    }
}

/// Entries in columns are one object, in rows a list of them.
fn field_of(columns: bool, entry: Doc) -> Doc {
    if columns { entry } else { list(entry) }
}

/// Fields by their places, before they get names.
#[derive(Debug, Default)]
struct Tree {
    members: Vec<(String, Tree)>,
    value: Option<Doc>,
}

impl Tree {
    fn put(&mut self, place: &FieldPath, schema: Doc) {
        let mut at = self;
        for name in place.segments() {
            let index = at.members.iter().position(|(known, _)| known == name);
            let index = index.unwrap_or_else(|| {
                at.members.push((name.clone(), Self::default()));
                at.members.len() - 1
            });
            at = &mut at.members[index].1;
        }
        at.value = Some(schema);
    }

    fn put_if(&mut self, place: Option<&FieldPath>, schema: Doc) {
        if let Some(place) = place {
            self.put(place, schema);
        }
    }
}

fn object(name: &str, properties: Vec<(String, Doc)>, required: Vec<Doc>) -> Doc {
    let mut schema = Doc::object([
        ("properties", Doc::Object(properties)),
        ("type", "object".into()),
    ]);
    if !required.is_empty() {
        schema.set("required", Doc::Array(required));
    }
    schema.with("title", name)
}

fn list(items: Doc) -> Doc {
    Doc::object([("items", items), ("type", "array".into())])
}

fn date(contract: &Contract) -> Doc {
    leaf(match contract.format.date {
        DateFormat::DateTime => &Leaf::Moment,
        _ => &Leaf::Date,
    })
}

/// What the model of an operation's body is called.
pub(super) fn request_name(name: &str) -> String {
    pascal(name) + "Request"
}

fn leaf(leaf: &Leaf) -> Doc {
    let plain = |kind: &str| Doc::object([("type", kind.into())]);
    match leaf {
        Leaf::Text => plain("string"),
        Leaf::Integer => plain("integer"),
        Leaf::Boolean => plain("boolean"),
        Leaf::Date => plain("string").with("format", "date"),
        Leaf::Moment => plain("string").with("format", "date-time"),
        Leaf::Grant => Doc::object([(
            "anyOf",
            Doc::Array(vec![
                plain("string").with("pattern", "^password$"),
                plain("null"),
            ]),
        )]),
    }
}

fn constant(constant: &Constant) -> Doc {
    let kind = match constant {
        Constant::Text(_) => "string",
        Constant::Integer(_) => "integer",
        Constant::Boolean(_) => "boolean",
    };
    Doc::object([("type", kind.into()), ("const", constant.to_json().into())])
}

fn has_flags(fields: &[Field]) -> bool {
    fields
        .iter()
        .any(|field| matches!(field.node, Node::Leaf(_, Leaf::Boolean)))
}

/// `bulk_create` → `BulkCreate`.
fn pascal(name: &str) -> String {
    name.split(|c: char| !c.is_alphanumeric())
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string());
            first.into_iter().chain(std::iter::once(letters.collect()))
        })
        .collect()
}

/// `start_date` → `Start Date`, `x-security-code` → `X-Security-Code` (Python's `str.title` after replacing underscores).
pub(super) fn title(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|c| if c == '_' { ' ' } else { c })
        .flat_map(|c| {
            let titled: String = if start {
                c.to_uppercase().collect()
            } else {
                c.to_lowercase().collect()
            };
            start = !c.is_alphabetic();
            titled.chars().collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_titled_as_python_does_it() {
        for (name, titled, model) in [
            ("start_date", "Start Date", "StartDate"),
            ("x-security-code", "X-Security-Code", "XSecurityCode"),
            ("bulk_create", "Bulk Create", "BulkCreate"),
            (
                "fahrgestellNummer",
                "Fahrgestellnummer",
                "FahrgestellNummer",
            ),
            ("überlappend", "Überlappend", "Überlappend"),
        ] {
            assert_eq!(title(name), titled);
            assert_eq!(pascal(name), model);
        }
    }
}
