//! The endpoints of the typed methods held against a document: paths, parameters, and what of the answer is used.

use std::fmt;

use finkit_core::WindowEnd;
use http::Method;
use serde::Serialize;

use super::nearest::nearest;
use super::operation::Operation;
use super::shape::{Shape, total};
use super::{Operations, value};
use crate::catalogue::Dataset;
use crate::endpoints::{Endpoint, Endpoints};

/// What a comparison says of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum State {
    /// As assumed.
    Same,
    /// The document does not say.
    Untold,
    /// There, but otherwise.
    Different,
    /// Not there.
    Missing,
    /// Required by the document and not always sent.
    AdditionalRequired,
}

impl State {
    /// Whether something has to be done.
    #[must_use]
    pub fn is_difference(self) -> bool {
        !matches!(self, Self::Same | Self::Untold)
    }
}

/// One thing that is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Line {
    /// The endpoint and what of it: `article.path`, `article.path.limit`, `article.list`.
    pub key: String,
    /// What the comparison says.
    pub state: State,
    /// What is assumed, empty if nothing is.
    pub assumed: String,
    /// What the document has, empty if nothing.
    pub document: String,
    /// Where it stands in the document, as a JSON pointer.
    pub at: String,
}

/// What endpoints and a document agree and differ in.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// Everything that was compared, in the order of the endpoints.
    pub lines: Vec<Line>,
    settings: toml::Table,
}

impl Comparison {
    /// What differs.
    pub fn differences(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.state.is_difference())
    }

    /// The settings of endpoints (TOML for [`Endpoints::from_toml`]) that settle what they can: paths, the name of the
    /// list, whether there are pages. Empty without any. What parameters mean is not settled by settings.
    #[must_use]
    pub fn settings(&self) -> String {
        toml::to_string(&self.settings).unwrap_or_default()
    }
}

/// Holds endpoints against a document.
#[must_use]
pub fn compare(operations: &Operations, endpoints: &Endpoints) -> Comparison {
    let mut comparison = Comparison {
        lines: Vec::new(),
        settings: toml::Table::new(),
    };
    let suppliers = ("my_suppliers", &endpoints.my_suppliers);
    let datasets = Dataset::ALL.map(|dataset| (dataset.as_str(), endpoints.of(dataset)));
    for (name, endpoint) in std::iter::once(suppliers).chain(datasets) {
        Compared {
            operations,
            endpoint,
            name,
            into: &mut comparison,
        }
        .all();
    }
    comparison
}

/// What a path is asked for.
#[derive(Clone, Copy)]
enum Use {
    /// Everything, periods and single articles.
    Any,
    /// All rows of a supplier.
    Supplier,
    /// A period of a supplier.
    Period,
    /// Single articles.
    Item,
    /// The list of suppliers.
    Nothing,
}

const SUPPLIER: &str = "finfoSupplierId";
const NUMBERS: [&str; 3] = ["supplierArticleId", "finfoArticleId", "gtin"];
const PERIOD: [&str; 2] = ["changed-from-date", "changed-to-date"];
const PAGE: [&str; 2] = ["offset", "limit"];

impl Use {
    /// Names that are sent for this use, at times or always.
    fn names(self, paged: bool) -> Vec<&'static str> {
        let page: &[&str] = if paged { &PAGE } else { &[] };
        let lists: &[&[&str]] = match self {
            Self::Any => &[&[SUPPLIER], &NUMBERS, &PERIOD, page],
            Self::Supplier => &[&[SUPPLIER], page],
            Self::Period => &[&[SUPPLIER], &PERIOD, page],
            Self::Item => &[&[SUPPLIER], &NUMBERS],
            Self::Nothing => &[],
        };
        lists.concat()
    }

    /// Whether a name is sent each time.
    fn always(self, name: &str) -> bool {
        match self {
            Self::Supplier | Self::Period => !NUMBERS.contains(&name),
            Self::Any | Self::Item | Self::Nothing => false,
        }
    }
}

struct Compared<'a> {
    operations: &'a Operations,
    endpoint: &'a Endpoint,
    name: &'static str,
    into: &'a mut Comparison,
}

impl<'a> Compared<'a> {
    fn all(&mut self) {
        let endpoint = self.endpoint;
        let by_use = endpoint.period_path.is_some() || endpoint.item_path.is_some();
        let first = match (self.name, by_use) {
            ("my_suppliers", _) => Use::Nothing,
            (_, true) => Use::Supplier,
            (_, false) => Use::Any,
        };
        let paths = [
            ("path", Some(&endpoint.path), first),
            ("period_path", endpoint.period_path.as_ref(), Use::Period),
            ("item_path", endpoint.item_path.as_ref(), Use::Item),
        ];
        for (key, path, used) in paths {
            let Some(path) = path else { continue };
            if let Some(operation) = self.path(key, path) {
                self.parameters(key, operation, used);
                if key == "path" {
                    self.answer(operation);
                }
            }
        }
    }

    fn line(&mut self, key: &str, state: State, texts: (&dyn fmt::Display, String), at: &str) {
        self.into.lines.push(Line {
            key: format!("{}.{key}", self.name),
            state,
            assumed: texts.0.to_string(),
            document: texts.1,
            at: at.to_owned(),
        });
    }

    fn set(&mut self, key: &str, value: impl Into<toml::Value>) {
        let section = self.into.settings.entry(self.name);
        let section = section.or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let toml::Value::Table(section) = section {
            section.insert(key.to_owned(), value.into());
        }
    }

    /// The operation at a path, or the one that is most likely meant.
    fn path(&mut self, key: &str, path: &str) -> Option<&'a Operation> {
        let reads = |operation: &&Operation| operation.method == Method::GET;
        let all: Vec<&'a Operation> = self.operations.all().iter().filter(reads).collect();
        if let Some(exact) = all.iter().find(|operation| operation.path == path) {
            self.line(key, State::Same, (&path, path.to_owned()), &exact.at);
            return Some(exact);
        }
        let alike = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let named = || {
            let ends = |operation: &&&Operation| {
                let end = operation.path.len().checked_sub(path.len());
                let end = end.and_then(|start| operation.path.get(start..));
                end.is_some_and(|end| alike(end, path))
            };
            let mut found = all.iter().filter(ends);
            found.next().filter(|_| found.next().is_none())
        };
        let last = || {
            let word = |path: &str| path.rsplit('/').next().unwrap_or_default().to_lowercase();
            let (wanted, plural) = (word(path), format!("{}s", word(path)));
            let mut found = all.iter().filter(|operation| {
                let word = word(&operation.path);
                word == wanted || word == plural
            });
            found.next().filter(|_| found.next().is_none())
        };
        let near = || {
            let paths = all.iter().map(|operation| operation.path.as_str());
            let near = nearest(path, paths)?;
            all.iter().find(|operation| operation.path == near)
        };
        let Some(meant) = named().or_else(last).or_else(near) else {
            let at = "#/paths";
            self.line(key, State::Missing, (&path, String::new()), at);
            return None;
        };
        self.line(
            key,
            State::Different,
            (&path, meant.path.clone()),
            &meant.at,
        );
        if meant.refusal.is_none() && !meant.path.contains('{') {
            self.set(key, meant.path.clone());
        }
        Some(meant)
    }

    fn parameters(&mut self, key: &str, operation: &'a Operation, used: Use) {
        let names = used.names(self.endpoint.paged);
        for name in &names {
            let key = format!("{key}.{name}");
            let sample = self.sample(name);
            let known = operation.parameters.iter();
            let Some(known) = known.clone().find(|known| known.name == *name) else {
                let others = known.map(|known| known.name.as_str());
                let others = others.filter(|other| !names.contains(other));
                let (state, document) = match nearest(name, others) {
                    Some(other) => (State::Different, other.to_owned()),
                    None => (State::Missing, String::new()),
                };
                self.line(&key, state, (name, document), &operation.at);
                continue;
            };
            let mut document = known.kind();
            let state = if known.in_path {
                document = format!("{document} in the path");
                State::Different
            } else if let Some(problem) = value::problem(known.value(), &sample) {
                document = format!("{document}: {sample} {problem}");
                State::Different
            } else if known.required && !used.always(name) {
                document = format!("{document}, required");
                State::AdditionalRequired
            } else {
                State::Same
            };
            self.line(&key, state, (name, document), &known.at);
        }
        if self.endpoint.paged
            && PAGE.iter().all(|name| {
                let mut known = operation.parameters.iter();
                names.contains(name) && !known.any(|known| known.name == *name)
            })
        {
            self.set("paged", false);
        }
        for known in &operation.parameters {
            let is_new = !names.contains(&known.name.as_str());
            if known.required && is_new {
                let key = format!("{key}.{}", known.name);
                let document = (&"" as &dyn fmt::Display, known.kind());
                self.line(&key, State::AdditionalRequired, document, &known.at);
            }
        }
        if let Some(refusal) = &operation.refusal {
            let key = format!("{key}.call");
            let document = (&"" as &dyn fmt::Display, refusal.to_string());
            self.line(&key, State::AdditionalRequired, document, &operation.at);
        }
    }

    /// A value as this crate sends it.
    fn sample(&self, name: &str) -> String {
        let days = self.endpoint.version.window_end() == WindowEnd::Exclusive;
        match name {
            "finfoArticleId" => "1377271".to_owned(),
            "supplierArticleId" => "A-100".to_owned(),
            "gtin" => "7300000000006".to_owned(),
            "offset" => "0".to_owned(),
            "limit" => self.endpoint.max_limit.unwrap_or(2).to_string(),
            name if PERIOD.contains(&name) && days => "2026-01-31".to_owned(),
            name if PERIOD.contains(&name) => "2026-01-31T09:30:00Z".to_owned(),
            _ => "2347003".to_owned(),
        }
    }

    /// Where the rows are, whether their number is told, and whether they have a number that they are kept by.
    fn answer(&mut self, operation: &'a Operation) {
        let endpoint = self.endpoint;
        let at = operation.answer.as_ref();
        let at = at.map_or(operation.at.as_str(), |answer| answer.schema.at.as_str());
        let schema = operation.answer.as_ref().map(|answer| &answer.schema);
        let list = &endpoint.list;
        let rows = match (&operation.shape, schema) {
            (Shape::List, Some(schema)) => {
                self.line("list", State::Same, (list, "a list".to_owned()), at);
                schema.item()
            }
            (Shape::Field(name), Some(schema)) => {
                let state = if name == list {
                    State::Same
                } else {
                    State::Different
                };
                if state == State::Different {
                    self.set("list", name.clone());
                }
                self.line("list", state, (list, name.clone()), at);
                let field = schema.fields().iter().find(|field| field.name == *name);
                field.and_then(|field| field.schema.item())
            }
            (Shape::One, Some(schema)) => {
                let field = schema.fields().iter().find(|field| field.name == *list);
                let item = field.and_then(|field| field.schema.item());
                let (state, document) = match item {
                    Some(_) => (State::Same, list.clone()),
                    None => (State::Missing, schema.kind_name()),
                };
                self.line("list", state, (list, document), at);
                item
            }
            _ => {
                self.line("list", State::Untold, (list, String::new()), at);
                None
            }
        };
        if let (true, Some(schema), false) = (
            endpoint.paged,
            schema,
            matches!(operation.shape, Shape::Untold),
        ) {
            let told = total(schema.fields());
            let state = match &told {
                Some(name) if name == "pagination.totalCount" => State::Same,
                Some(_) => State::Different,
                None => State::Missing,
            };
            let texts = (
                &"pagination.totalCount" as &dyn fmt::Display,
                told.unwrap_or_default(),
            );
            self.line("total", state, texts, at);
        }
        let (Some(rows), false) = (rows, endpoint.article.is_empty()) else {
            return;
        };
        let has = |name: &String| {
            let mut schema = Some(rows);
            for step in name.split('.') {
                let fields = schema
                    .map(finkit_openapi::Schema::fields)
                    .unwrap_or_default();
                schema = fields
                    .iter()
                    .find(|field| field.name == step)
                    .map(|field| &field.schema);
            }
            schema.is_some()
        };
        let numbers = || endpoint.article.iter().chain(&endpoint.supplier_article);
        let assumed = endpoint.article.join(", ");
        let (state, document) = match numbers().find(|name| has(name)) {
            Some(name) => (State::Same, name.clone()),
            None if rows.fields().is_empty() => (State::Untold, String::new()),
            None => (State::Missing, String::new()),
        };
        self.line("article", state, (&assumed, document), &rows.at);
    }
}
