//! Finfo as its integration guide (<https://docs.finfo.se/en/teknisk-dokumentation/latest/>) describes it, with made-up
//! articles and a memory of what changed when.
//!
//! ```
//! use chrono::TimeDelta;
//! use finkit_sandbox::finfo::FinfoSandbox;
//! use std::io::{Read as _, Write as _};
//!
//! let sandbox = FinfoSandbox::builder().supplier("2347003", "Fäste AB", 3).start_blocking()?;
//! let article = sandbox.edit(|stock| stock.articles("2347003")[0]);
//! // Tomorrow its price changes, and the change feed tells of it from then on.
//! let tomorrow = sandbox.now() + TimeDelta::days(1);
//! sandbox.plan(tomorrow, move |stock| {
//!     stock.set(article, "basePrice", Some("19.90"));
//! });
//! sandbox.advance(TimeDelta::days(2));
//! assert!(sandbox.edit(|stock| stock.rows("2347003"))[0].contains(r#""basePrice":19.90"#));
//!
//! let mut stream = std::net::TcpStream::connect(sandbox.address())?;
//! write!(stream, "GET /v2.2/article HTTP/1.1\r\nConnection: close\r\n\r\n")?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer)?;
//! assert!(answer.starts_with("HTTP/1.1 401"), "no token");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it does as the guide says
//!
//! Tokens of 900 seconds by password, renewed by refresh tokens of 1800; needless requests are counted and suspend the
//! account. Periods of version 1 end before their last day, those of version 2 with it; without an end they end now.
//! What needs `finfoSupplierId`, and what needs `offset` and `limit`; at most 1000 rows; a row for each agreement; 204
//! without data; 403 for a supplier that is not ordered; 404 for other paths; pictures on addresses of their own.
//!
//! # What the guide leaves open, and how it is here
//!
//! * Paths and names that the public pages don't print are those that `finkit-finfo` assumes.
//! * A broken rule is 400, and errors have a JSON body with `status` and `message`.
//! * A page behind the last row is an empty list; a request that matches nothing at all is 204.
//! * Rows come in the order of the supplier's list. Removed ones are not told by the change feed.
//! * More than five needless grants suspend the account.
//! * Climate data of single articles may be those of suppliers that are not ordered.
//! * `contentType` as a parameter of media, one supplier by its number in the path, and the OpenAPI document at
//!   `/openapi.json` are made up, so that clients meet a choice of values and a parameter in the path.
//!
//! # Control
//!
//! Below `/sandbox/`, without a token, for those who have the sandbox in another process: `POST changes` is a
//! [day of changes](Stock::day), `POST advance?seconds=…` moves the time forward, `GET counters` tells what was done.
//!
//! Files are served by plain HTTP on loopback, which finkit's media refuse as any address that is not public. A test lets
//! its own fetcher reach them.

mod answer;
mod article;
mod asset;
mod control;
mod counters;
pub mod demo;
mod drift;
mod fields;
mod media;
mod openapi;
mod operation;
mod page;
mod query;
mod running;
mod service;
mod settings;
mod stock;
mod summary;
mod token;

pub use counters::FinfoCounters;
pub use drift::{Drift, DriftError};
pub use running::FinfoRunning;
pub use settings::{FinfoSandbox, FinfoSandboxBuilder};
pub use stock::{DayOfChanges, Stock};
pub use summary::FinfoSummary;
pub use token::{FinfoAccount, Grants};
