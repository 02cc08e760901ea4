//! Every operation of the OpenAPI document that Finfo hands to its customers, one document for each group of users.
//!
//! Parameters are checked against the document before anything is sent, all faults are told at once, and only what reads
//! is called. [`compare`] holds the [endpoints](crate::Endpoints) of the typed methods against the same document.
//!
//! ```
//! use finkit_finfo::operations::Operations;
//!
//! let operations = Operations::read(br#"{
//!     "openapi": "3.0.1", "info": {"title": "Made up", "version": "1"},
//!     "paths": {"/v2.2/article": {"get": {"operationId": "getArticles", "parameters": [
//!         {"name": "finfoSupplierId", "in": "query", "required": true, "schema": {"type": "string"}},
//!         {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 1000}}
//!     ]}}}
//! }"#)?;
//! let articles = operations.find("getArticles")?;
//! let request = articles.request(&[("finfoSupplierId", "2347003"), ("limit", "10")])?;
//! assert_eq!(request.path(), "/v2.2/article");
//!
//! let error = articles.request(&[("limt", "10"), ("limit", "2000")]).unwrap_err();
//! let faults: Vec<String> = error.faults().iter().map(ToString::to_string).collect();
//! assert_eq!(faults, [
//!     "limt is no parameter of this operation; is limit meant? (#/paths/~1v2.2~1article/get)",
//!     "finfoSupplierId is required and missing (#/paths/~1v2.2~1article/get/parameters/0)",
//!     "limit is \"2000\", but must be at most 1000 (#/paths/~1v2.2~1article/get/parameters/1)",
//! ]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Client::send`](crate::Client::send) sends a request, [`Client::pages_of_request`](crate::Client::pages_of_request)
//! follows its pages.
//!
//! # What is not checked
//!
//! Rules that a document states in words alone, such as that one parameter needs another; patterns that look ahead or
//! refer back; formats other than days, moments, UUIDs and the sizes of numbers.

mod contract;
mod fault;
mod nearest;
mod operation;
mod parameter;
mod request;
mod send;
mod shape;
#[cfg(test)]
mod tests;
mod value;

use finkit_openapi::Document;
pub use finkit_openapi::{MAX_BYTES, ReadError};
use ring::digest::{SHA256, digest};

pub use crate::wire::Rows;
pub use contract::{Comparison, Line, State, compare};
pub use fault::{ParameterFault, Problem, Refusal, RequestError, UnknownOperation};
pub use operation::Operation;
pub use parameter::Parameter;
pub use request::OperationRequest;
pub use shape::{Paging, Shape};

/// The operations of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Operations {
    title: String,
    version: String,
    digest: String,
    all: Vec<Operation>,
}

impl Operations {
    /// Reads a document, JSON or YAML, OpenAPI 3.0 or 3.1.
    ///
    /// # Errors
    /// [`ReadError`] when it can't be read, or passes a limit of length, depth or number of values.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let document = Document::read(bytes)?;
        let mut all: Vec<Operation> = Vec::with_capacity(document.operations.len());
        let mut known = std::collections::HashSet::new();
        for operation in document.operations {
            let mut operation = Operation::of(operation);
            let mut number = 2;
            let id = operation.id.clone();
            while !known.insert(operation.id.clone()) {
                operation.id = format!("{id}_{number}");
                number += 1;
            }
            all.push(operation);
        }
        let hash = digest(&SHA256, bytes);
        Ok(Self {
            title: document.title,
            version: document.version,
            digest: hash
                .as_ref()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            all,
        })
    }

    /// What the service is called.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The version of the service, as the document says.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// SHA-256 of the document's bytes, in hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// All of them, in the order of the document.
    #[must_use]
    pub fn all(&self) -> &[Operation] {
        &self.all
    }

    /// The operation of this name; the case of letters does not matter where the name stays unique.
    ///
    /// # Errors
    /// [`UnknownOperation`] with the name that may be meant.
    pub fn find(&self, name: &str) -> Result<&Operation, UnknownOperation> {
        if let Some(found) = self.all.iter().find(|operation| operation.id == name) {
            return Ok(found);
        }
        let alike = |operation: &&Operation| operation.id.eq_ignore_ascii_case(name);
        let mut found = self.all.iter().filter(alike);
        if let (Some(only), None) = (found.next(), found.next()) {
            return Ok(only);
        }
        let known = self.all.iter().map(Operation::id);
        Err(UnknownOperation {
            name: name.to_owned(),
            nearest: nearest::nearest(name, known).map(str::to_owned),
        })
    }
}
