//! HTTP for services that bill, and punish, careless clients: time-outs, a spending guard, retry rules, rate limits and
//! one shared token for all processes.
//!
//! An authorised, retried, rate-limited call:
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use finkit_transport::{
//!     FileVault, Operation, Password, RateLimit, ReqwestService, TokenRequest, TokenSource, Transport, http, run,
//! };
//!
//! # /// A service that answers the two requests of the example.
//! # fn service() -> String {
//! #     use std::io::{Read as _, Write as _};
//! #     let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
//! #     let base = format!("http://{}", listener.local_addr().unwrap());
//! #     std::thread::spawn(move || {
//! #         let (mut stream, _) = listener.accept().unwrap();
//! #         for body in [r#"{"access_token":"a","token_type":"bearer"}"#, r#"{"found":false}"#] {
//! #             let (mut seen, mut byte) = (Vec::new(), [0]);
//! #             while !(seen.ends_with(b"s3cret") || seen.starts_with(b"GET") && seen.ends_with(b"\r\n\r\n")) {
//! #                 stream.read_exact(&mut byte).unwrap();
//! #                 seen.push(byte[0]);
//! #             }
//! #             write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
//! #         }
//! #     });
//! #     base
//! # }
//! # let (base, folder) = (service(), tempfile::tempdir()?);
//! # let state = folder.path().display();
//! // let (base, state) = ("https://api.example.test", "/var/lib/acme");
//! let account = TokenRequest::bare(format!("{base}/token").parse()?, "acme", Password::new("s3cret"))?;
//! let transport = Transport::builder(Arc::new(ReqwestService::new()))
//!     .tokens(TokenSource::builder(account).vault(FileVault::new(format!("{state}/tokens"))).build())
//!     .rate(RateLimit::per(5, Duration::from_secs(1)).concurrency(2))
//!     .build();
//! let search = Operation::read("search").reads(1).authorised();
//! let request = http::Request::get(format!("{base}/search?year=2026")).body(Default::default())?;
//! let answer = run(transport.call(&search, request))??;
//! println!("{} with {} bytes", answer.status(), answer.body().len());
//! # assert_eq!(answer.body(), r#"{"found":false}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
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
//! * [`PublicHttp`] fetches files whose addresses somebody else named: no credentials, public addresses only.
//! * [`Clock`] and [`Random`] are injected; [`ManualClock`] makes tests fast and exact.
//!
//! # The way of a call
//!
//! span → spending guard → retry → per attempt: rate limit, authorise, log, time-out, send
//!
//! What a failed attempt leads to is a table, see [`decide`]. A call that may have been executed and would do harm if it
//! were executed twice is never repeated; it comes back as [`Outcome::Unknown`] and only a look at the service can tell.
//!
//! # Features
//!
//! * `keyring` – [`SecretStore::system`] asks the keyring of the operating system first.
//! * `testing` – the module `testing` with a scripted service.
//!
//! # What it does not do
//!
//! No redirects, no cookies, no HTTP/2, no background tasks, no streaming bodies but those of [`PublicHttp`], no switch
//! that turns certificate checks off.

mod clock;
mod error;
mod failure;
mod guard;
mod limits;
mod operation;
mod origin;
mod os_keyring;
mod private_file;
mod public_address;
mod public_http;
mod random;
mod rate;
mod redact;
mod reqwest_service;
mod retry;
mod retry_after;
mod run;
mod secret;
mod secret_store;
mod service;
mod stages;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod token;

pub use http;

pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{Error, ErrorKind};
pub use failure::{Failure, Outcome};
pub use guard::{Reservation, SpendingGuard};
pub use limits::Limits;
pub use operation::{Billing, Operation, Safety};
pub use origin::{Origin, OriginError};
pub use os_keyring::KeyringFault;
pub use private_file::PrivateFileError;
pub use public_address::{NotPublic, check_public};
pub use public_http::{NameLookup, PublicAnswer, PublicError, PublicHttp, SystemLookup};
pub use random::{FixedRandom, Random, SystemRandom};
pub use rate::RateLimit;
pub use redact::{SafeHeaders, request_id};
pub use reqwest_service::{ReqwestService, ReqwestServiceBuilder};
pub use retry::{Decision, RetryPolicy, WhyNot, decide};
pub use run::run;
pub use secret::{AccessToken, ClientSecret, Password, RefreshToken, Secret, SecurityCode};
pub use secret_store::{Place, SecretId, SecretStore, SecretStoreError};
pub use service::{HttpRequest, HttpResponse, HttpService, SendError, SendErrorKind};
pub use stages::{CallReport, Transport, TransportBuilder};
pub use token::entry::VaultEntry;
pub use token::file_vault::FileVault;
pub use token::request::{PasswordSource, TokenRequest};
pub use token::source::{TokenSource, TokenSourceBuilder, TokenStatus};
pub use token::vault::{MemoryVault, TokenVault, VaultError, VaultKey, VaultLock};
