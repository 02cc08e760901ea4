//! OpenAPI 3.0 and 3.1 documents, read within limits.
//!
//! ```
//! use finkit_openapi::{Document, Kind};
//!
//! let document = Document::read(br##"{
//!     "openapi": "3.1.0",
//!     "info": {"title": "Made up", "version": "1"},
//!     "paths": {"/search": {"get": {
//!         "parameters": [{"name": "fin", "in": "query", "required": true, "schema": {"type": "string"}}],
//!         "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Found"}}}}}
//!     }}},
//!     "components": {"schemas": {"Found": {"type": "object", "properties": {"found": {"type": "boolean"}}}}}
//! }"##)?;
//! let operation = &document.operations[0];
//! assert_eq!(operation.parameters[0].name, "fin");
//! let answer = operation.answer.as_ref().expect("described");
//! assert_eq!(answer.schema.fields()[0].schema.kind, Kind::Boolean);
//! assert_eq!(answer.schema.fields()[0].schema.at, "#/components/schemas/Found/properties/found");
//! # Ok::<(), finkit_openapi::ReadError>(())
//! ```
//!
//! JSON and YAML; references inside the document; `allOf`, `anyOf` and `oneOf`; `nullable` and the null of 3.1; form bodies; parameters of
//! query, path and headers; keys and tokens of security schemes. Documents come from outside: length, depth, number of values and what
//! references multiply are bounded before memory is spent, and a circle of references is refused.
//!
//! # What it does not read
//!
//! References out of the document, links, callbacks and webhooks, XML, and the constraints on lists and objects as a whole (how many,
//! whether each once). Nothing here validates a value.

mod fault;
mod node;
mod operation;
mod schema;
mod syntax;
#[cfg(test)]
mod tests;

pub use fault::ReadError;
pub use node::Node;
pub use operation::{Answer, Body, In, Operation, Parameter};
pub use schema::{Bound, Bounds, Field, Kind, Schema};

/// The longest document in bytes.
pub const MAX_BYTES: usize = 16 << 20;

/// The deepest nesting, as written and after following references.
pub const MAX_DEPTH: usize = 100;

/// The most values, as written and after following references.
pub const MAX_VALUES: usize = 200_000;

/// An OpenAPI document.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Document {
    /// The generation of OpenAPI: `3.0.2`, `3.1.0`.
    pub openapi: String,
    /// What the service is called.
    pub title: String,
    /// The service's own version.
    pub version: String,
    /// All operations, in the order of the document.
    pub operations: Vec<Operation>,
    /// Where tokens are handed out, as the security schemes say.
    pub token_urls: Vec<String>,
}

impl Document {
    /// Reads a document, JSON or YAML.
    ///
    /// # Errors
    /// [`ReadError`] when it passes a limit, can't be read, is of another generation, or has a reference that leads nowhere or round.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let root = syntax::read(bytes)?;
        let info = |name: &str| {
            root.get("info")
                .and_then(|info| info.get(name))
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        let openapi = match root.get("openapi") {
            Some(version @ (Node::Text(_) | Node::Number(_))) => version.to_string(),
            _ if root.get("swagger").is_some() => {
                return Err(ReadError::NotOpenApi(
                    "this is a Swagger 2.0 document; OpenAPI 3.0 or 3.1 is read".into(),
                ));
            }
            _ => {
                return Err(ReadError::NotOpenApi(
                    "this is no OpenAPI document: it has no `openapi` at its top".into(),
                ));
            }
        };
        if !(openapi.starts_with("3.0") || openapi.starts_with("3.1")) {
            let shown: String = openapi.chars().take(20).collect();
            return Err(ReadError::NotOpenApi(format!(
                "this is OpenAPI {shown}; 3.0 and 3.1 are read"
            )));
        }
        let mut resolver = schema::Resolver::new(&root);
        Ok(Self {
            openapi,
            title: info("title"),
            version: info("version"),
            operations: operation::operations(&root, &mut resolver)?,
            token_urls: operation::token_urls(&root),
        })
    }
}
