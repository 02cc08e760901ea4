//! Client and submission engine for FINcheck, the Austrian database that tells whether an electric vehicle is already
//! registered for an overlapping period.
//!
//! ```
//! use std::sync::Arc;
//! use finkit_fincheck::Builder;
//! use finkit_transport::testing::{Reply, ScriptedHttp};
//! use finkit_transport::{Password, TokenSource, Transport};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let base: url::Url = "https://api.example.test/".parse()?;
//! let service = ScriptedHttp::new()
//!     .then(Reply::json(r#"{"access_token": "t", "token_type": "bearer"}"#))
//!     .then(Reply::json(r#"{"found": false, "fins": []}"#));
//! let account = finkit_fincheck::token_request(&base, &Default::default(), "acme", Password::new("s3cret"))?;
//! let transport = Transport::builder(Arc::new(service)).tokens(TokenSource::builder(account).build()).build();
//!
//! let reader = Builder::new(base, transport).reader();
//! let lookup = reader.search("WVWZZZE1ZMP000001".parse()?, 2026).await?;
//! assert_eq!(lookup, finkit_fincheck::Lookup::Free);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # The parts
//!
//! * [`contract`]: how the operations look on the wire, as data.
//! * [`openapi`]: the contract derived from the service's own OpenAPI document, and held against it.
//! * [`Reader`] and [`Writer`]: the operations. A reader has no create and no delete.
//! * [`register`] and [`token_request`]: the account.
//! * [`submission`]: lists of records entered so that no crash makes a second entry.
//!
//! # What it does not do
//!
//! It does not guess: a look-up whose answer is not understood is [`Lookup::Unknown`], a record that an answer leaves
//! out is [`RecordOutcome::Unaccounted`], and neither is ever read as free or as entered.

mod answer;
mod call;
mod client;
#[cfg(test)]
mod client_tests;
pub mod contract;
mod error;
pub mod openapi;
mod registration;
pub mod submission;
mod token;
mod wire;

pub use answer::{DeleteAnswer, EntryAnswer, EntryFlags, Lookup, RecordOutcome, SearchAnswer};
pub use client::{Builder, Reader, Writer};
pub use contract::{Contract, ContractErrors};
pub use error::{Error, ErrorKind, RowFault};
pub use registration::register;
pub use token::token_request;
