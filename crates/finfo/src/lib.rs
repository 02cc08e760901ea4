//! Finfo, the article database of the Swedish building trade: a client, and a catalogue that is kept equal to it.
//!
//! From credentials to a catalogue, and a later run that brings only what changed:
//!
//! ```
//! use std::sync::Arc;
//!
//! use finkit_finfo::catalogue::{ChangesSince, MemoryCatalogue};
//! use finkit_finfo::{CLIENT_ID, Client, Mirror, SyncEvent, SyncOptions, TokenSettings};
//! use finkit_transport::{ClientSecret, Origin, Password, TokenSource, Transport};
//! use url::Url;
//!
//! # fn service() -> Arc<dyn finkit_transport::HttpService> {
//! #     use finkit_transport::testing::{Reply, ScriptedHttp};
//! #     Arc::new(ScriptedHttp::new().otherwise(|request| Reply::json(match request.uri().path() {
//! #         path if path.ends_with("/token") => r#"{"access_token":"a","expires_in":900,"refresh_expires_in":1800,"refresh_token":"r"}"#,
//! #         path if path.ends_with("/mysuppliers") => r#"[{"finfoSupplierId":"2347003","supplierName":"Fäste AB"}]"#,
//! #         _ => r#"{"pagination":{"offset":0,"limit":1000,"totalCount":1},"articleList":[
//! #             {"finfoArticleId":"1377271","supplierArticleName1":"Träskruv 4,2x55","basePrice":19.90}]}"#,
//! #     })))
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let base = Url::parse("https://api.example.test/finfo")?;
//! let account = TokenSettings {
//!     realm: Url::parse("https://id.example.test/auth/realms/finfo")?,
//!     client_id: CLIENT_ID.to_owned(),
//!     client_secret: Some(ClientSecret::new("issued-with-the-account")),
//!     username: "reseller@example.test".to_owned(),
//! };
//! // A `FileVault` instead of the default shares the token with all processes of the machine.
//! let tokens = TokenSource::builder(account.token_request(Password::new("s3cret"))?)
//!     .for_origin(Origin::of(&base)?)
//!     .build();
//! # let network = service();
//! # /*
//! let network = Arc::new(finkit_transport::ReqwestService::new());
//! # */
//! let client = Client::builder(base, Transport::builder(network).tokens(tokens).build()).build()?;
//!
//! let mirror = Mirror::new(client, MemoryCatalogue::new())?;
//! let report = mirror.sync(&SyncOptions::default(), &|_: &SyncEvent<'_>| {}).await?;
//! assert!(report.is_complete());
//! assert_eq!((report.tally().new, report.tokens), (1, 1));
//!
//! let found = mirror.with_catalogue(|catalogue| catalogue.find("träskruv 4,2", 10)).await?;
//! assert_eq!(found[0].article()?.base_price().value().unwrap().to_string(), "19.90");
//!
//! // A day later: a period from a day before the last success until now.
//! let report = mirror.sync(&SyncOptions::default(), &|_: &SyncEvent<'_>| {}).await?;
//! assert_eq!((report.tally().new, report.tally().unchanged), (0, 1));
//! let log = mirror.with_catalogue(|catalogue| catalogue.changes(ChangesSince::Number(0), 10)).await?;
//! assert_eq!(log.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is where
//!
//! - [`TokenSettings`]: how a token is asked for; one is shared by everything.
//! - [`Client`]: one method for each endpoint. [`Query`] has the parameters and checks the documented rules before anything
//!   is sent; [`Endpoints`] are paths and names as data; [`Error`] says what a status means and what helps.
//! - [`Pages`]: all pages of a list as a stream, several in flight, in order, read again when the list moves.
//! - [`wire`]: answers, cut into records and typed fields; what nobody knows yet is kept.
//! - [`catalogue`]: what is kept, as a trait, and one in memory.
//! - [`Mirror`]: full loads, changes since the last success, backfills, comparisons, dry runs.
//! - [`operations`]: every operation of the document that Finfo hands to its customers, checked before it is sent, and the
//!   endpoints held against that document.
//! - [`export`]: rows as rows of a table of typed columns.
//! - [`media`]: pictures and documents, by content, without a token and from public addresses only.
//!
//! # How nothing is missed
//!
//! A period of changes begins a day before the last success of its supplier and ends with the start of the run, however
//! long ago that success is. The rows of a page and the progress are stored in one step, the watermark moves when all are
//! in. Pages overlap by one row: if another row is there, the list has moved and is read again. A run that was killed goes
//! on in the middle of a supplier, with the same checks at the seam.
//!
//! # What is not known, and so not built
//!
//! The address of the service is not public; it is required and never guessed. Neither are complete field lists, the name
//! of an agreement, prices of customers, or how archived articles are announced: rows that a complete list no longer has
//! are marked and kept.
//!
//! # Features
//!
//! `testing`: the checks that every catalogue must pass, for crates that implement one.

pub mod catalogue;
mod client;
mod endpoints;
mod error;
pub mod export;
mod identity;
pub mod media;
mod notice;
pub mod operations;
mod pages;
mod query;
mod sync;
mod token;
pub mod wire;

pub use client::{Answer, Client, ClientBuilder, ClientError};
pub use endpoints::{Endpoint, Endpoints, EndpointsError, MAX_LIMIT};
pub use error::{Error, ErrorKind};
pub use notice::Notice;
pub use pages::{Drift, OwnedRow, PageEvent, PageOptions, Pages, ReadPage};
pub use query::{Query, QueryError, QueryFault};
pub use sync::{
    DryRun, DrySupplier, Ending, Found, Mirror, Observer, Plan, SupplierReport, SyncEvent,
    SyncOptions, SyncReport, VerifyDepth, VerifyReport, VerifySupplier, Wish, plan,
};
pub use token::{CLIENT_ID, TokenSettings};
