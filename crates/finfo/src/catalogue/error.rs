//! Why a catalogue could not do what was asked.

use std::error::Error as StdError;
use std::fmt;

use chrono::{DateTime, Utc};

/// Who has a catalogue for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// Process number.
    pub process: u32,
    /// Name of the machine.
    pub host: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What for, such as `sync`.
    pub task: String,
}

impl Holder {
    /// A holder.
    #[must_use]
    pub fn new(
        process: u32,
        host: impl Into<String>,
        since: DateTime<Utc>,
        task: impl Into<String>,
    ) -> Self {
        Self {
            process,
            host: host.into(),
            since,
            task: task.into(),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.since.format("%Y-%m-%d %H:%M:%S UTC");
        write!(
            f,
            "{} of process {} on {} since {since}",
            self.task, self.process, self.host
        )
    }
}

/// Why a catalogue could not do what was asked.
#[derive(Debug)]
pub struct CatalogueError {
    kind: CatalogueErrorKind,
    message: String,
    holder: Option<Holder>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What went wrong in a catalogue. Each kind says what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CatalogueErrorKind {
    /// Another run has the catalogue; [`CatalogueError::holder`] says who. Wait for it.
    Held,
    /// The walk is not where the caller thinks it is: somebody else went on with it. Read its standing again.
    Conflict,
    /// No space is left. Make room, then run again.
    Full,
    /// The catalogue can't be written. Correct the permissions, then run again.
    ReadOnly,
    /// Another process holds the catalogue's file for too long. Try again.
    Busy,
    /// The catalogue is damaged. Run the check of the catalogue, restore a copy or load again.
    Damaged,
    /// A newer version of the program wrote the catalogue. Update the program.
    Newer,
    /// The catalogue lies where its promises don't hold, such as on a network file system. Put it on a local disk.
    Place,
    /// The operating system reported a fault. Look at the source of the error.
    Io,
}

impl CatalogueError {
    /// An error of a kind, with one line for people: lower case, no full stop.
    #[must_use]
    pub fn new(kind: CatalogueErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            holder: None,
            source: None,
        }
    }

    /// Another run has the catalogue.
    #[must_use]
    pub fn held(holder: Holder) -> Self {
        let message = format!("the catalogue is in use by {holder}");
        Self {
            holder: Some(holder),
            ..Self::new(CatalogueErrorKind::Held, message)
        }
    }

    /// The walk is not where the caller thinks it is.
    #[must_use]
    pub fn conflict() -> Self {
        Self::new(
            CatalogueErrorKind::Conflict,
            "the walk is not where this run left it; another run has gone on with it",
        )
    }

    /// The same error with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> CatalogueErrorKind {
        self.kind
    }

    /// Who has the catalogue, where that is the reason.
    #[must_use]
    pub fn holder(&self) -> Option<&Holder> {
        self.holder.as_ref()
    }
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for CatalogueError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
