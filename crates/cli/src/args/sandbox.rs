//! `finkit sandbox` and `finkit demo`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `sandbox`.
#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    /// Loopback port (0: any free one)
    #[arg(long, value_name = "PORT", default_value_t = 8787)]
    pub(crate) port: u16,
    /// File that keeps the state (default: in memory only)
    #[arg(long, value_name = "FILE")]
    pub(crate) database: Option<PathBuf>,
    /// Contract to serve (TOML; default: the assumed one)
    #[arg(long, value_name = "FILE")]
    pub(crate) contract: Option<PathBuf>,
    /// Fault to play, such as `close-after:every=7`; may be given several times
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<String>,
    /// Seconds a token lives
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    pub(crate) token_lifetime: u64,
    /// Milliseconds that each answer takes
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) latency: u64,
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
