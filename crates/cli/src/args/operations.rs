//! `finkit finfo operations` and `finkit finfo contract …`.

use clap::{Args, Subcommand};

/// Arguments of `operations`.
#[derive(Debug, Args)]
pub(crate) struct Operations {
    /// Operation whose parameters are shown (default: all operations, without them)
    pub(crate) operation: Option<String>,
    /// Address or file of a document, instead of the profile's
    #[arg(long, value_name = "URL|FILE")]
    pub(crate) document: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Contract {
    /// Compares paths and parameters in use with Finfo's OpenAPI document
    Check(Check),
    /// Stores Finfo's OpenAPI document in the profile, for `operations` and `call`
    Adopt(Adopt),
}

/// Arguments of `contract check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Address or file of the document (OpenAPI 3.0 or 3.1, JSON or YAML; default: the profile's)
    #[arg(value_name = "URL|FILE")]
    pub(crate) source: Option<String>,
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
}
