//! The service's own OpenAPI document: held against a contract, and made into one.
//!
//! FastAPI offers such a document at `/openapi.json`, free and without a token. [`adopt`] derives a contract from it, [`check`] says where
//! a contract and a document differ, and [`mark`] gives the digest of the part in use, so that a change is seen before anything is billed.
//!
//! ```
//! use finkit_fincheck::openapi::{Answers, Document, adopt};
//!
//! let text = include_str!("../../tests/dialects/german_v2.json");
//! let document = Document::read(text.as_bytes())?;
//! let contract = adopt(&document, &Answers::default()).contract.expect("nothing is open");
//! assert_eq!(contract.record.fin.to_string(), "fahrgestellnummer");
//! assert_eq!(contract.search.expect("offered").endpoint.path, "/suchen");
//! # Ok::<(), finkit_fincheck::openapi::ReadError>(())
//! ```

mod adopt;
mod check;
mod desk;
mod expect;
mod leaf;
mod records;
mod replies;
mod requests;
mod role;
mod settle;
mod told;
mod words;

pub use adopt::adopt;
pub use check::{Comparison, Line, State, check, mark};
pub use desk::{Adoption, Answers, Candidate, Choice, Confidence, Obstacle, Question};
pub use finkit_openapi::{Document, MAX_BYTES, ReadError};

use crate::contract::Contract;

/// The value of a key in the assumed contract.
fn assumed(key: &str) -> String {
    let table: toml::Table = match Contract::assumed().to_toml().parse() {
        Ok(table) => table,
        Err(_) => return String::new(),
    };
    let mut at = &toml::Value::Table(table);
    let mut left = key;
    while !left.is_empty() {
        let (name, rest) = left.split_once('.').unwrap_or((left, ""));
        match at.get(name) {
            Some(inner) => at = inner,
            None => return String::new(),
        }
        left = rest;
    }
    at.as_str().unwrap_or_default().to_owned()
}
