//! What was executed, counted.

use std::collections::BTreeMap;

/// What was executed. Requests that a fault kept from being executed are not among it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FinfoCounters {
    /// Requests by path; those of files under `/assets/`.
    pub requests: BTreeMap<String, u64>,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Rows in all answers.
    pub rows: u64,
    /// Bytes of files sent.
    pub asset_bytes: u64,
}

impl FinfoCounters {
    /// How many requests of a path were executed.
    pub fn requests_of(&self, path: &str) -> u64 {
        self.requests.get(path).copied().unwrap_or(0)
    }

    pub(super) fn note(&mut self, path: &str, status: u16) {
        // No entry for every supplier that is asked for, as a million of them must not pile up.
        if let Some(count) = self.requests.get_mut(path) {
            *count += 1;
        } else {
            self.requests.insert(path.to_owned(), 1);
        }
        *self.statuses.entry(status).or_default() += 1;
    }
}
