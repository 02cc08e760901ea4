//! `finkit fincheck contract …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Contract {
    /// Compares the contract in use with the service's OpenAPI document: every operation and every field
    Check(Check),
    /// Derives a contract from the service's OpenAPI document; what is not certain is asked
    Adopt(Adopt),
}

/// Arguments of `contract check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Address or file of the document (OpenAPI 3.0 or 3.1, JSON or YAML)
    #[arg(value_name = "URL|FILE")]
    pub(crate) source: String,
    /// Contract to compare with, instead of the profile's
    #[arg(long, value_name = "FILE")]
    pub(crate) contract: Option<PathBuf>,
    /// Shows only what differs
    #[arg(long)]
    pub(crate) differences: bool,
}

/// Arguments of `contract adopt`.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// Address or file of the document (OpenAPI 3.0 or 3.1, JSON or YAML)
    #[arg(value_name = "URL|FILE")]
    pub(crate) source: String,
    /// File with lines that settle questions (keys of a contract, TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) answers: Option<PathBuf>,
    /// Settles one key, such as `search.answer.found=known`; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Where the contract is written (default: the profile's contract file)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replaces a contract file that exists already
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Shows what would be adopted, and writes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}
