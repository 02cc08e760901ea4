//! `finkit sandbox` and `finkit demo`.

use std::path::PathBuf;

use clap::Args;
use finkit_sandbox::finfo::Drift;

/// Arguments of `sandbox`.
#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// Loopback port of FINcheck (0: any free one)
    #[arg(long, value_name = "PORT", default_value_t = 8787)]
    pub(crate) port: u16,
    /// File that keeps FINcheck's state (default: in memory only)
    #[arg(long, value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
    /// Contract of FINcheck to serve (TOML; default: the assumed one)
    #[arg(long, value_name = "FILE")]
    pub(crate) contract: Option<PathBuf>,
    /// Fault for FINcheck to play, such as `close-after:every=7`; may be given several times
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<String>,
    /// Seconds a token of FINcheck lives
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    pub(crate) token_lifetime: u64,
    /// Milliseconds that each answer takes
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,
    #[command(flatten)]
    pub(crate) finfo: SandboxFinfo,
}

/// Arguments of `sandbox` for Finfo.
#[derive(Debug, Args)]
#[command(next_help_heading = "Finfo")]
pub(crate) struct SandboxFinfo {
    /// Loopback port of Finfo (0: any free one; default: the one after --port)
    #[arg(long, value_name = "PORT")]
    pub(crate) finfo_port: Option<u16>,
    /// Articles of one more supplier, besides those of the sample
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub(crate) finfo_articles: u32,
    /// Fault for Finfo to play, such as `status=429,retry-after=1:every=5`; may be given several times
    #[arg(long, value_name = "FAULT")]
    pub(crate) finfo_fault: Vec<String>,
    /// How lists move while they are read: insert, remove, swap, short or repeat, and after how many pages, such as `insert=7`
    #[arg(long, value_name = "DRIFT")]
    pub(crate) finfo_drift: Option<Drift>,
    /// Seconds an access token of Finfo lives; its refresh token lives twice as long
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) finfo_token_lifetime: u32,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// List to use instead of the sample list
    #[arg(long, value_name = "FILE")]
    pub(crate) list: Option<PathBuf>,
    /// Contract that the local service speaks (TOML; default: the assumed one)
    #[arg(long, value_name = "FILE")]
    pub(crate) contract: Option<PathBuf>,
    /// Keeps the state of the demo in this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keep: Option<PathBuf>,
}
