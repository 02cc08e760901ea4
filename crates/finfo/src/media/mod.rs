//! Pictures and documents: fetched into a folder by content, verified, and never again while they stay the same.
//!
//! Their metadata is a [dataset](crate::catalogue::Dataset::Media) like any other and kept by a
//! [sync](crate::Mirror::sync). The files lie on other hosts than the service, at addresses that suppliers choose; so they
//! are fetched by a client that has no token, from public addresses only, and into names that are made of their content.
//! [`Mirror::sync_media`](crate::Mirror::sync_media) does both.

mod digest;
mod download;
mod fetch;
mod folder;
mod run;
mod sniff;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use finkit_core::FinfoSupplierId;

use crate::catalogue::{AssetFilter, RowKey, StoredAsset};

pub use fetch::{Body, FetchError, Fetcher};
pub use run::{MediaSync, MediaSyncEvent, MediaSyncReport};

/// Which files are fetched, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MediaOptions {
    /// Where they are put.
    pub folder: PathBuf,
    /// Only those of these suppliers; all that the filter admits, if there is none.
    pub suppliers: Vec<FinfoSupplierId>,
    /// Which of them; [`AssetFilter::to_fetch`] is set by the download.
    pub filter: AssetFilter,
    /// How many at a time.
    pub parallel: usize,
    /// Largest file, in bytes.
    pub largest: u64,
    /// Most bytes in the folder, files of before and parts of files included. The run ends before there are more.
    pub quota: Option<u64>,
    /// Whether checksums are compared. Without, a file is kept whatever the service says about it.
    pub verify: bool,
    /// Whether files that could not be had, for a reason that does not pass, are tried once more.
    pub retry: bool,
    /// Whether files that the catalogue has are looked for in the folder.
    pub check: bool,
    /// Longest time for one file.
    pub time: Duration,
    /// Process number, for others that want the catalogue.
    pub process: u32,
    /// Name of the machine, for others that want the catalogue.
    pub host: String,
}

impl MediaOptions {
    /// All files into this folder: four at a time, at most 100 MB each, verified.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            suppliers: Vec::new(),
            filter: AssetFilter::new(),
            parallel: 4,
            largest: 100 * 1000 * 1000,
            quota: None,
            verify: true,
            retry: false,
            check: false,
            time: Duration::from_secs(600),
            process: std::process::id(),
            host: "this machine".to_owned(),
        }
    }

    /// Only those of these suppliers.
    #[must_use]
    pub fn suppliers(mut self, suppliers: impl IntoIterator<Item = FinfoSupplierId>) -> Self {
        self.suppliers = suppliers.into_iter().collect();
        self
    }

    /// Only these.
    #[must_use]
    pub fn filter(mut self, filter: AssetFilter) -> Self {
        self.filter = filter;
        self
    }

    /// Another number at a time.
    #[must_use]
    pub fn parallel(mut self, files: usize) -> Self {
        self.parallel = files;
        self
    }

    /// Another largest file, in bytes.
    #[must_use]
    pub fn largest(mut self, bytes: u64) -> Self {
        self.largest = bytes;
        self
    }

    /// A limit for the whole folder, in bytes.
    #[must_use]
    pub fn quota(mut self, bytes: u64) -> Self {
        self.quota = Some(bytes);
        self
    }

    /// Whether checksums are compared.
    #[must_use]
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Whether files that could not be had are tried once more, whatever the reason was.
    #[must_use]
    pub fn retry(mut self, retry: bool) -> Self {
        self.retry = retry;
        self
    }

    /// Whether files are looked for in the folder, and fetched again where they are not there.
    #[must_use]
    pub fn check(mut self, check: bool) -> Self {
        self.check = check;
        self
    }

    /// Who says that the catalogue is in use: process number and name of the machine.
    #[must_use]
    pub fn holder(mut self, process: u32, host: impl Into<String>) -> Self {
        self.process = process;
        self.host = host.into();
        self
    }
}

/// Something that happened to files.
#[derive(Debug)]
#[non_exhaustive]
pub enum MediaEvent<'a> {
    /// So many more are to be had; each of them ends as one of the others, unless the quota ends the run.
    Wanted {
        /// How many.
        files: usize,
    },
    /// It was fetched.
    Fetched {
        /// The picture or document.
        asset: &'a StoredAsset,
        /// Its size.
        bytes: u64,
    },
    /// It was there already, for another article.
    Linked {
        /// The picture or document.
        asset: &'a StoredAsset,
    },
    /// It could not be had.
    Missed(&'a MissedAsset),
}

/// A file that could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissedAsset {
    /// Whose article.
    pub supplier: FinfoSupplierId,
    /// Which article.
    pub key: RowKey<'static>,
    /// Which of its pictures or documents.
    pub slot: String,
    /// Where it was to come from.
    pub url: String,
    /// Why it did not: one line for people.
    pub message: String,
    /// Whether the next run tries again as it is.
    pub passing: bool,
}

/// What a download did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct MediaReport {
    /// The time of the run.
    pub started_at: DateTime<Utc>,
    /// Files that were fetched.
    pub fetched: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that were there already, for another article.
    pub linked: u64,
    /// Files that were fetched and had no checksum to compare with.
    pub unverified: u64,
    /// Files that could not be had.
    pub missed: Vec<MissedAsset>,
    /// Files that could not be had before, for a reason that does not pass.
    pub left_out: u64,
    /// Whether the quota ended the run.
    pub quota_reached: bool,
    /// How long it took.
    pub elapsed: Duration,
}

impl MediaReport {
    /// Whether every file that was tried is there. Those that were [left out](Self::left_out) don't count: they are known
    /// not to be had.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missed.is_empty() && !self.quota_reached
    }
}
