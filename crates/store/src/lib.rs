//! The ledger of submissions on SQLite.
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
//! # What it does not do
//!
//! It does not work on a network file system, where neither locks nor syncs can be relied on, and refuses one.

mod ledger;
mod sqlite;

pub use ledger::SqliteLedger;
