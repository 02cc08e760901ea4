//! What a submission needs of the service: three calls, and failures sorted by what they say about the execution.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use finkit_core::{FinRecord, Period, Vin};
use finkit_transport::Outcome;

use crate::{DeleteAnswer, EntryAnswer, EntryFlags, SearchAnswer};

/// The service as a submission sees it. [`Writer`](crate::Writer) is one; tests bring their own.
///
/// Every method is one request, and nothing of it is sent before its future is polled: a request is made up before it
/// may leave, and sometimes never does. None of them is repeated by the submission unless the failure says that it was not
/// executed, or a look-up has shown it.
#[async_trait]
pub trait Service: fmt::Debug + Send + Sync + 'static {
    /// Enters records in one request; done when the answer has arrived whole, which is read afterwards.
    async fn create(
        &self,
        records: &[FinRecord],
        flags: EntryFlags,
    ) -> Result<Arrival, ServiceFailure>;

    /// Looks FINs up in one calendar year.
    async fn search(&self, fins: &[Vin], year: i32) -> Result<SearchAnswer, ServiceFailure>;

    /// Deletes the own entries of a FIN and a period.
    async fn delete(&self, fin: &Vin, period: &Period) -> Result<DeleteAnswer, ServiceFailure>;

    /// How large its requests are.
    fn shape(&self) -> RequestShape;
}

/// An answer that has arrived and says that the request succeeded. The next request need not wait until it is read.
pub struct Arrival(Box<dyn FnOnce() -> Result<EntryAnswer, ServiceFailure> + Send>);

impl Arrival {
    /// An answer that this reads. What can't be read is a failure whose outcome is unknown, as a lost answer.
    pub fn new(
        read: impl FnOnce() -> Result<EntryAnswer, ServiceFailure> + Send + 'static,
    ) -> Self {
        Self(Box::new(read))
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it can't be understood.
    pub fn read(self) -> Result<EntryAnswer, ServiceFailure> {
        (self.0)()
    }
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Arrival")
    }
}

/// How large requests get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestShape {
    /// Bytes that a record takes in the body of a request, separator included.
    pub record_bytes: usize,
    /// The most records that a request can have at all: 1 where the service has no bulk operation.
    pub most_records: usize,
}

/// A request that ended without an answer that accounts for its records.
#[derive(Debug)]
#[non_exhaustive]
pub struct ServiceFailure {
    /// Whether the service may have executed the request.
    pub outcome: Outcome,
    /// What to do about it.
    pub cause: Cause,
    /// The records that a refusal names.
    pub named: Vec<NamedRecord>,
    /// One line for people: lower case, no full stop, without any value of a record.
    pub message: String,
    /// The error behind it.
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

/// A record that a refusal names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRecord {
    /// Its place in the request.
    pub index: usize,
    /// The field, by its name in the contract.
    pub field: Option<String>,
    /// What is wrong with it.
    pub rule: String,
}

/// What a failure asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The records do not pass the service's checks; see [`ServiceFailure::named`].
    Invalid,
    /// The request is larger than the service takes.
    TooLarge,
    /// No connection could be opened.
    Unreachable,
    /// A local limit of reads or writes.
    SpendingLimit,
    /// The service wants a pause, of this length if it said so.
    ComeBackLater(Option<Duration>),
    /// The login does not work.
    Login,
    /// The service refuses such requests altogether.
    Refused,
    /// A setting or a file on this side.
    Local,
    /// The answer was lost or can't be understood.
    Lost,
}

impl ServiceFailure {
    /// A failure.
    #[must_use]
    pub fn new(outcome: Outcome, cause: Cause, message: impl Into<String>) -> Self {
        Self {
            outcome,
            cause,
            named: Vec::new(),
            message: message.into(),
            source: None,
        }
    }

    /// The same failure with the records that it names.
    #[must_use]
    pub fn naming(mut self, named: Vec<NamedRecord>) -> Self {
        self.named = named;
        self
    }

    /// The same failure with the error behind it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for ServiceFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for ServiceFailure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
