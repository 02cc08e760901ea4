//! HTTP for services that bill, and punish, careless clients: time-outs, a spending guard, retry rules, rate limits and
//! one shared token for all processes.
//!
//! An authorised, retried, rate-limited call:
//!
//! ```no_run
//! use std::{sync::Arc, time::Duration};
//! use finkit_transport::{FileVault, Operation, Password, RateLimit, ReqwestService, TokenRequest, TokenSource, Transport};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let account = TokenRequest::bare("https://api.example.test/token".parse()?, "acme", Password::new("s3cret"))?;
//! let transport = Transport::builder(Arc::new(ReqwestService::new()))
//!     .tokens(TokenSource::builder(account).vault(FileVault::new("state/tokens")).build())
//!     .rate(RateLimit::per(5, Duration::from_secs(1)).concurrency(2))
//!     .build();
//! let search = Operation::read("search").reads(1).authorised();
//! let request = http::Request::get("https://api.example.test/search?year=2026").body(Default::default())?;
//! let answer = transport.call(&search, request).await?;
//! println!("{} with {} bytes", answer.status(), answer.body().len());
//! # Ok(())
//! # }
//! ```
//!
//! # The parts
//!
//! * [`HttpService`] is the seam to the network, one method; [`ReqwestService`] implements it,
//!   `testing::ScriptedHttp` (feature `testing`) stands in for it.
//! * [`Transport`] leads each call through its stages; an [`Operation`] declares what the stages need to know.
//! * [`TokenSource`] keeps one token for all tasks, and by its [`TokenVault`] for all processes.
//! * [`SpendingGuard`] stops before a limit is exceeded.
//! * [`Error`] tells whether the service may have acted ([`Outcome`]) and why a call was not repeated ([`WhyNot`]).
//! * [`Clock`] and [`Random`] are injected; [`ManualClock`] makes tests fast and exact.
//!
//! # What it does not do
//!
//! No redirects, no cookies, no HTTP/2, no streaming bodies, no background tasks.

mod clock;
mod error;
mod failure;
mod guard;
mod limits;
mod operation;
mod origin;
mod os_keyring;
mod private_file;
mod random;
mod rate;
mod redact;
mod reqwest_service;
mod retry;
mod retry_after;
mod secret;
mod secret_store;
mod service;
mod stages;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod token;

pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{Error, ErrorKind};
pub use failure::{Failure, Outcome};
pub use guard::{Reservation, SpendingGuard};
pub use limits::Limits;
pub use operation::{Billing, Operation, Safety};
pub use origin::{Origin, OriginError};
pub use os_keyring::KeyringFault;
pub use private_file::PrivateFileError;
pub use random::{FixedRandom, Random, SystemRandom};
pub use rate::RateLimit;
pub use redact::{SafeHeaders, request_id};
pub use reqwest_service::{ReqwestService, ReqwestServiceBuilder};
pub use retry::{Decision, RetryPolicy, WhyNot, decide};
pub use secret::{AccessToken, ClientSecret, Password, RefreshToken, Secret, SecurityCode};
pub use secret_store::{Place, SecretId, SecretStore, SecretStoreError};
pub use service::{HttpRequest, HttpResponse, HttpService, SendError, SendErrorKind};
pub use stages::{CallReport, Transport, TransportBuilder};
pub use token::entry::VaultEntry;
pub use token::file_vault::FileVault;
pub use token::request::{PasswordSource, TokenRequest};
pub use token::source::{TokenSource, TokenSourceBuilder, TokenStatus};
pub use token::vault::{MemoryVault, TokenVault, VaultError, VaultKey, VaultLock};
