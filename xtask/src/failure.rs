//! The one error type of the tasks: what went wrong and what to do about it.

use std::fmt;

/// Why a task stopped, in words for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    remedy: Option<String>,
}

impl Failure {
    /// A failure whose message says everything.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: None,
        }
    }

    /// Adds what the person can do about it.
    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(remedy) = &self.remedy {
            write!(f, "\n  to do: {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

/// Shorthand of every task.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Turns an I/O error into a failure that names the thing it happened to.
pub(crate) trait Naming<T> {
    /// Says in the failure what was being done.
    fn naming(self, what: impl fmt::Display) -> Outcome<T>;
}

impl<T, E: fmt::Display> Naming<T> for Result<T, E> {
    fn naming(self, what: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| Failure::new(format!("{what}: {error}")))
    }
}
