//! One operation of a document, and whether it can be called.

use finkit_core::ApiVersion;
use finkit_openapi as openapi;
use finkit_openapi::In;
use http::Method;

use super::fault::Refusal;
use super::parameter::Parameter;
use super::shape::{Paging, Shape};
use crate::catalogue::Dataset;
use crate::endpoints::{Endpoint, Endpoints, version_of};

/// An operation of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    pub(super) id: String,
    pub(super) at: String,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) tags: Vec<String>,
    pub(super) summary: Option<String>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) answer: Option<openapi::Answer>,
    pub(super) shape: Shape,
    pub(super) paging: Paging,
    pub(super) refusal: Option<Refusal>,
}

impl Operation {
    pub(super) fn of(operation: openapi::Operation) -> Self {
        let refusal = refusal(&operation);
        let id = operation.id.clone();
        let id = id.filter(|id| !id.trim().is_empty() && !id.starts_with('/'));
        let id = id.unwrap_or_else(|| {
            let method = operation.method.as_str().to_lowercase();
            format!("{method}{}", operation.path.replace('/', "_"))
        });
        let mut parameters: Vec<Parameter> = operation
            .parameters
            .into_iter()
            .filter(|parameter| match parameter.place {
                In::Path => names(&operation.path).any(|name| name == parameter.name),
                place => place == In::Query,
            })
            .map(|parameter| Parameter {
                in_path: parameter.place == In::Path,
                name: parameter.name,
                at: parameter.at,
                required: parameter.required,
                exploded: parameter.exploded,
                description: parameter.description,
                schema: parameter.schema,
            })
            .collect();
        // Those that must be there come first, as a person types them.
        parameters.sort_by_key(|parameter| (!parameter.in_path, !parameter.required));
        let shape = Shape::of(operation.answer.as_ref().map(|answer| &answer.schema));
        Self {
            id,
            at: operation.at,
            method: operation.method,
            paging: Paging::of(&parameters, &shape),
            path: operation.path,
            tags: operation.tags,
            summary: operation.summary.or(operation.description),
            parameters,
            answer: operation.answer,
            shape,
            refusal,
        }
    }

    /// Its name: the document's, else method and path with underscores.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it stands in the document, as a JSON pointer.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }

    /// Its method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Its path below the base address, parameters in braces.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its groups.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// What a person reads.
    #[must_use]
    pub fn summary(&self) -> Option<&str> {
        self.summary.as_deref()
    }

    /// Its parameters: those of the path, then the required ones, then the others.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Where its answer has its rows.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How it comes in pages.
    #[must_use]
    pub fn paging(&self) -> &Paging {
        &self.paging
    }

    /// Why it is never called, if so.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }
}

/// The names in braces of a path.
pub(super) fn names(path: &str) -> impl Iterator<Item = &str> {
    let parts = path.split('{').skip(1);
    parts.filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

fn refusal(operation: &openapi::Operation) -> Option<Refusal> {
    if operation.method != Method::GET {
        return Some(Refusal::Writes(operation.method.clone()));
    }
    let is_described = |name: &str| {
        let mut parameters = operation.parameters.iter();
        parameters.any(|parameter| parameter.place == In::Path && parameter.name == name)
    };
    let mut plain = operation.path.clone();
    for name in names(&operation.path) {
        if !is_described(name) {
            return Some(Refusal::ForeignPath);
        }
        plain = plain.replace(&format!("{{{name}}}"), "x");
    }
    let endpoint = Endpoint::new(
        version_of(&plain).unwrap_or(ApiVersion::new(1, 0)),
        plain.as_str(),
    );
    let endpoints = Endpoints::assumed().with(Dataset::Article, endpoint);
    if plain.contains(['{', '}']) || endpoints.check().is_err() {
        return Some(Refusal::ForeignPath);
    }
    if operation.bodies.iter().any(|body| body.required) {
        return Some(Refusal::NeedsBody);
    }
    // What these say is the client's own business (OpenAPI 3.1, parameter object).
    let own = ["accept", "content-type", "authorization"];
    let header = operation.parameters.iter().find(|parameter| {
        parameter.required
            && matches!(parameter.place, In::Header | In::Cookie)
            && !own.contains(&parameter.name.to_lowercase().as_str())
    });
    if let Some(header) = header {
        return Some(Refusal::NeedsHeader(header.name.clone()));
    }
    match operation.keys.first() {
        Some(key) if !operation.token => Some(Refusal::NeedsKey(key.name.clone())),
        _ => None,
    }
}
