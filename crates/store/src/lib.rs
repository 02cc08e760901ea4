//! The ledger of submissions and the catalogue of articles, each in one SQLite file.
//!
//! ```
//! use std::sync::Arc;
//! use finkit_fincheck::submission::Submission;
//! use finkit_store::SqliteLedger;
//! use finkit_transport::SystemClock;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let folder = tempfile::tempdir()?;
//! let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite"))?;
//! let submission = Submission::new(ledger, Arc::new(SystemClock::new()))?;
//! assert!(submission.jobs().await?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # The catalogue
//!
//! [`SqliteCatalogue`] keeps what a synchronisation reads, finds articles by words and numbers, and remembers what changed
//! when; see its documentation.
//!
//! # What it does not do
//!
//! It does not work on a network file system, where neither locks nor syncs can be relied on, and refuses one.

mod catalogue;
mod ledger;
mod sqlite;

pub use catalogue::SqliteCatalogue;
pub use ledger::SqliteLedger;
