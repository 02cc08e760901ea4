//! Entering and deleting lists so that nothing is entered twice and nothing is lost, whatever breaks.
//!
//! Entering is billed and cannot be repeated safely, an overlap alarms other companies, and when an answer is lost
//! nobody on this side knows whether the service has executed the request. So every request is written down in a
//! [`Ledger`] before its first byte leaves, and every outcome before it counts. What is *unknown* is looked up at the
//! service, recognised by FIN, start, end and registration time, and sent again only when two looks, some seconds apart,
//! did not find it.
//!
//! ```
//! use std::sync::Arc;
//! use finkit_core::{FinRecord, Participant};
//! use finkit_fincheck::submission::{
//!     Account, BatchLimits, Ended, JobKind, MemoryLedger, NewJob, NewRow, Options, Service, Stop, Submission,
//! };
//! use finkit_fincheck::{Builder, EntryFlags};
//! use finkit_transport::testing::{Reply, ScriptedHttp};
//! use finkit_transport::{Clock, ManualClock, Password, SecurityCode, TokenSource, Transport};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! // A service that executes the request, and whose answer gets lost.
//! let http = ScriptedHttp::new()
//!     .then(Reply::json(r#"{"access_token": "t", "token_type": "bearer"}"#))
//!     .then(Reply::fail(finkit_transport::SendErrorKind::Closed))
//!     .then(Reply::json(
//!         r#"{"found": true, "fins": [{"fin": "WVWZZZE1ZMP000001", "count": 1, "entries": [{"start_date": "2026-01-01",
//!             "end_date": "2026-12-31", "registration_date": "2026-01-15T10:22:33+01:00"}]}]}"#,
//!     ));
//! let base: url::Url = "https://api.example.test/".parse()?;
//! let login = finkit_fincheck::token_request(&base, &Default::default(), "acme", Password::new("s3cret"))?;
//! let transport = Transport::builder(Arc::new(http.clone())).tokens(TokenSource::builder(login).build()).build();
//! let writer = Builder::new(base, transport).writer(SecurityCode::new("code"));
//!
//! let clock = Arc::new(ManualClock::new());
//! let submission = Submission::new(MemoryLedger::new(), clock.clone())?;
//! let record = FinRecord {
//!     fin: "WVWZZZE1ZMP000001".parse()?,
//!     period: "2026-01-01/2026-12-31".parse()?,
//!     registered_at: "2026-01-15T10:22:33+01:00".parse()?,
//! };
//! let job = NewJob {
//!     kind: JobKind::Entry,
//!     account: Account { profile: "default".into(), origin: "https://api.example.test".into() },
//!     participant: Participant::Standard,
//!     list: "fleet.csv".into(),
//!     fingerprint: None,
//!     flags: EntryFlags::default(),
//!     atomic: false,
//!     again: false,
//!     created_at: clock.now(),
//! };
//! let rows = [Ok::<_, std::io::Error>(NewRow::record(2, record))];
//! let plan = submission.plan(job, rows, &BatchLimits::default(), writer.shape()).await?;
//! assert_eq!((plan.requests, plan.cost.reads, plan.cost.writes), (1, 1, 1));
//!
//! let summary = submission.run(Arc::new(writer), plan.job, &Options::default(), &Stop::new(), &mut |_| {}).await?;
//! assert_eq!(summary.ended, Ended::Done);
//! assert_eq!((summary.requests, summary.searches), (1, 1), "looked up, not sent again");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # The parts
//!
//! * [`Submission`] plans, runs, resumes, deletes and reports; it works over any [`Ledger`] and any [`Service`].
//! * [`Ledger`] is where things are written down: [`MemoryLedger`] here, SQLite in `finkit-store`.
//! * [`Service`] is what it needs of FINcheck: [`Writer`](crate::Writer) is one.
//! * [`RowState`] is the one state each row of a list is in, [`Note`] says why, [`Tally`] counts.
//! * [`RunSummary`] and [`Ended`] tell what a run did and why it ended.
//!
//! # What it does not do
//!
//! It never deletes by itself, never widens the flags of a job, and never takes "not found" in one look for "not there".

mod claim;
mod deletion;
mod deletion_look_up;
mod desk;
mod error;
mod feed;
mod job;
mod judge;
mod keeper;
mod landing;
mod ledger;
mod look_up;
mod memory;
mod note;
mod options;
mod plan;
mod row;
mod row_set;
mod ruling;
mod run;
mod runway;
mod search;
mod send;
mod service;
mod summary;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod writer;

pub use desk::{ReportRow, Submission};
pub use error::{SubmissionError, SubmissionErrorKind};
pub use job::{
    Account, Billed, Charge, Cost, Job, JobId, JobKind, NewJob, Request, RequestKind, RequestState,
    UsageLine,
};
pub use ledger::{Change, Judgement, Ledger, LedgerError, LedgerErrorKind, OwnRow, Owner, SameFin};
pub use memory::MemoryLedger;
pub use note::{Note, NotedEntry, RowRef};
pub use options::{BatchLimits, Options, Stop};
pub use plan::{PlanSummary, Planning};
pub use row::{Entry, NewRow, Row, RowContent, RowState, StateSet, Tally, TransitionError};
pub use row_set::RowSet;
pub use service::{Arrival, Cause, NamedRecord, RequestShape, Service, ServiceFailure};
pub use summary::{Ended, Phase, Progress, RunSummary};
