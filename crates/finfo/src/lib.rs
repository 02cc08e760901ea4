//! Finfo, the article database of the Swedish building trade: how to get a token for it.
//!
//! ```
//! use finkit_finfo::TokenSettings;
//! use finkit_transport::{ClientSecret, Password};
//! use url::Url;
//!
//! let settings = TokenSettings {
//!     realm: Url::parse("https://id.example.test/auth/realms/finfo")?,
//!     client_id: "finfo-api".to_owned(),
//!     client_secret: Some(ClientSecret::new("issued-with-the-account")),
//!     username: "reseller@example.test".to_owned(),
//! };
//! let request = settings.token_request(Password::new("s3cret"))?;
//! assert_eq!(request.origin().to_string(), "https://id.example.test");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Not supported yet
//!
//! Articles, media and synchronisation. The address of the service is not public, so it will be a
//! required setting and nothing here guesses it.

pub mod catalogue;
mod client;
mod endpoints;
mod error;
mod identity;
mod notice;
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
