//! What came in: one record per request, without values that could be personal or secret.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::fault::Fault;

/// One request as the front saw it. Values of headers, queries and bodies are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestRecord {
    /// Its number, from 1, over all connections.
    pub number: u64,
    /// The number of its connection, from 1.
    pub connection: u64,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The names of the query's parameters, in their order.
    pub query: Vec<String>,
    /// The names of the headers, in lower case and in their order.
    pub headers: Vec<String>,
    /// How many bytes of the body were read.
    pub body_bytes: u64,
    /// Whether the request was executed.
    pub executed: bool,
    /// The status that was sent, if any.
    pub status: Option<u16>,
    /// The fault that was played, if any.
    pub fault: Option<Fault>,
    /// When it came in, by the server's clock.
    pub at: DateTime<Utc>,
    /// When it came in, since the server started.
    pub since_start: Duration,
}

impl RequestRecord {
    /// Whether a header of this name was there.
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|h| h.eq_ignore_ascii_case(name))
    }
}

/// The log: the latest records, and totals over all of them.
#[derive(Debug, Default)]
pub(crate) struct Log {
    state: Mutex<State>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct State {
    records: VecDeque<RequestRecord>,
    connections: u64,
    requests: u64,
    executed: u64,
}

impl Log {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::default(),
            capacity,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection and gives its number.
    pub(crate) fn connection(&self) -> u64 {
        let mut state = self.state();
        state.connections += 1;
        state.connections
    }

    /// Counts a request and gives its number.
    pub(crate) fn request(&self) -> u64 {
        let mut state = self.state();
        state.requests += 1;
        state.requests
    }

    pub(crate) fn push(&self, record: RequestRecord) {
        let mut state = self.state();
        state.executed += u64::from(record.executed);
        if self.capacity == 0 {
            return;
        }
        if state.records.len() == self.capacity {
            state.records.pop_front();
        }
        state.records.push_back(record);
    }

    pub(crate) fn records(&self) -> Vec<RequestRecord> {
        self.state().records.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.state().records.clear();
    }

    pub(crate) fn connections(&self) -> u64 {
        self.state().connections
    }

    pub(crate) fn executed(&self) -> u64 {
        self.state().executed
    }

    pub(crate) fn requests(&self) -> u64 {
        self.state().requests
    }
}
