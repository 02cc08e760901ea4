//! Finfo's part of a profile: `[profile.NAME.finfo]`, then `FINKIT_FINFO_*` variables.

use std::path::PathBuf;

use serde::Deserialize;

use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::settings::variable;

/// The section as it stands in the file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FinfoFile {
    url: Option<String>,
    realm: Option<String>,
    client_id: Option<String>,
    username: Option<String>,
    endpoints: Option<PathBuf>,
    requests_per_second: Option<f64>,
    suppliers_at_once: Option<usize>,
    pages_ahead: Option<usize>,
    page_size: Option<u32>,
    max_retry_after_seconds: Option<u64>,
    max_body_bytes: Option<usize>,
    attempt_timeout_seconds: Option<u64>,
    media_folder: Option<PathBuf>,
    media_quota_bytes: Option<u64>,
    #[serde(default)]
    media_also: Vec<String>,
}

/// Finfo's part of a profile, as a run works with it.
#[derive(Debug, Clone)]
pub(crate) struct FinfoSettings {
    /// Address of the service, as settings or environment say.
    pub(crate) url: Option<String>,
    /// Address of the realm that gives tokens.
    pub(crate) realm: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) endpoints: Option<PathBuf>,
    pub(crate) requests_per_second: Option<f64>,
    pub(crate) suppliers_at_once: usize,
    pub(crate) pages_ahead: usize,
    pub(crate) page_size: u32,
    pub(crate) max_retry_after_seconds: u64,
    pub(crate) max_body_bytes: Option<usize>,
    pub(crate) attempt_timeout_seconds: Option<u64>,
    pub(crate) media_folder: Option<PathBuf>,
    pub(crate) media_quota_bytes: Option<u64>,
    /// Origins that are not public and that files may come from nevertheless.
    pub(crate) media_also: Vec<String>,
}

impl FinfoSettings {
    /// Checks the section; variables win over it.
    pub(crate) fn new(home: &Home, file: FinfoFile) -> Outcome<Self> {
        if let Some(rate) = file.requests_per_second
            && !(rate.is_finite() && rate > 0.0)
        {
            return Err(
                Failure::usage(format!("requests_per_second = {rate} is not a rate"))
                    .hint("write a number above 0"),
            );
        }
        for (name, zero) in [
            ("suppliers_at_once", file.suppliers_at_once == Some(0)),
            ("pages_ahead", file.pages_ahead == Some(0)),
        ] {
            if zero {
                return Err(Failure::usage(format!("{name} = 0 would read nothing"))
                    .hint("write a number from 1"));
            }
        }
        if file
            .page_size
            .is_some_and(|rows| !(2..=finkit_finfo::MAX_LIMIT).contains(&rows))
        {
            return Err(Failure::usage(
                "page_size is not a number of rows that a request may ask for",
            )
            .hint(format!(
                "write a number from 2 to {}",
                finkit_finfo::MAX_LIMIT
            )));
        }
        let here = |path: PathBuf| home.config_folder().join(path);
        Ok(Self {
            url: variable("FINKIT_FINFO_URL")?.or(file.url),
            realm: variable("FINKIT_FINFO_REALM")?.or(file.realm),
            client_id: variable("FINKIT_FINFO_CLIENT_ID")?.or(file.client_id),
            username: variable("FINKIT_FINFO_USERNAME")?.or(file.username),
            endpoints: file.endpoints.map(here),
            requests_per_second: file.requests_per_second,
            suppliers_at_once: file.suppliers_at_once.unwrap_or(4),
            pages_ahead: file.pages_ahead.unwrap_or(6),
            page_size: file.page_size.unwrap_or(finkit_finfo::MAX_LIMIT),
            max_retry_after_seconds: file.max_retry_after_seconds.unwrap_or(120),
            max_body_bytes: file.max_body_bytes,
            attempt_timeout_seconds: file.attempt_timeout_seconds,
            media_folder: file.media_folder.map(here),
            media_quota_bytes: file.media_quota_bytes,
            media_also: file.media_also,
        })
    }
}
