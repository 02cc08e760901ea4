//! `finkit fincheck …`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use super::list::ListArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Fincheck {
    /// Registers an account and stores its security code
    Register(Register),
    /// Stores user name and password, and fetches a token
    Login(Login),
    /// Forgets the stored login and the token (the security code stays)
    Logout(Logout),
    /// Shows what is stored for this profile, without a network call
    Status(Status),
    /// Checks a list offline: every fault with its place and remedy; nothing is billed
    Check(Check),
    /// Looks up a FIN or a list (billed reads)
    Search(Search),
    /// Checks, plans, asks, enters and reports (billed reads and writes)
    Submit(Submit),
    /// Goes on with a job that was cut off, and settles what is unknown
    Resume(Resume),
    /// Lists the jobs of this profile
    Jobs,
    /// Explains one job: its states, what they mean, what to do next
    Show(Show),
    /// Prints every row of a job with its outcome
    Report(Report),
    /// Deletes own entries, one or those of a list
    Delete(Delete),
    /// Reads and writes by month and job, as the ledger knows them
    Usage(UsageArgs),
    /// Compares the contract with the service's own OpenAPI document, or derives one from it
    #[command(subcommand)]
    Contract(super::contract::Contract),
}

/// Arguments of `register`.
#[derive(Debug, Args)]
pub(crate) struct Register {
    /// User name of the new account (default: from the settings, else asked for)
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Kind of account: it decides what the program lets this profile do
    #[arg(long, value_enum, value_name = "KIND")]
    pub(crate) participant: Option<ParticipantArg>,
    /// Reads registration code and password from standard input, a line each
    #[arg(long)]
    pub(crate) stdin: bool,
    /// Replaces a security code that is already stored
    #[arg(long)]
    pub(crate) replace: bool,
    /// Shows the security code once on standard output
    #[arg(long)]
    pub(crate) show_code: bool,
}

/// Kinds of account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ParticipantArg {
    /// Reads and writes, counted per account
    Standard,
    /// Reads and writes, counted only in total
    Incognito,
    /// Look-ups only
    Reader,
}

/// Arguments of `login`.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// User name (default: from the settings, else asked for)
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Reads the password from standard input
    #[arg(long)]
    pub(crate) stdin: bool,
    /// Keeps only the token, not the password
    #[arg(long)]
    pub(crate) token_only: bool,
    /// Stores a security code that you already have (read after the password)
    #[arg(long)]
    pub(crate) with_security_code: bool,
    /// With `--with-security-code`: replaces the code that is already stored
    #[arg(long, requires = "with_security_code")]
    pub(crate) replace: bool,
}

/// Arguments of `logout`.
#[derive(Debug, Args)]
pub(crate) struct Logout {
    /// Forgets the security code too; it can't be fetched again
    #[arg(long)]
    pub(crate) forget_security_code: bool,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Shows the stored security code on standard output
    #[arg(long)]
    pub(crate) show_code: bool,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// List to check, or `-` for standard input
    pub(crate) list: PathBuf,
    #[command(flatten)]
    pub(crate) reading: ListArgs,
    /// Writes the whole report to a file: .csv, .xlsx, .jsonl or .html
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Writes one CSV line per finding, for other programs: row, cell, kind, weight, other row
    #[arg(long, value_name = "FILE")]
    pub(crate) findings: Option<PathBuf>,
    /// Writes a copy with the safe corrections made; the original stays as it is
    #[arg(long, value_name = "FILE")]
    pub(crate) fix: Option<PathBuf>,
    /// Replaces files that exist already
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// How many occurrences of each kind of fault are shown
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) first: usize,
}

/// Local limits on what a run may cost.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Cost")]
pub(crate) struct Budget {
    /// Stops before more than this many billed reads
    #[arg(long, value_name = "N")]
    pub(crate) max_reads: Option<u64>,
    /// Stops before more than this many billed writes
    #[arg(long, value_name = "N")]
    pub(crate) max_writes: Option<u64>,
    /// Bills without asking
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// Prints the plan and its cost, and sends nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Arguments of `search`.
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// FIN, list, or `-` for a list on standard input
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) reading: ListArgs,
    #[command(flatten)]
    pub(crate) budget: Budget,
    /// FINs in one request
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) batch: u32,
}

/// Arguments of `submit`.
#[derive(Debug, Args)]
pub(crate) struct Submit {
    /// List to enter, or `-` for standard input
    pub(crate) list: PathBuf,
    #[command(flatten)]
    pub(crate) reading: ListArgs,
    #[command(flatten)]
    pub(crate) budget: Budget,
    #[command(flatten)]
    pub(crate) sending: Sending,
    /// Enters sound records although others of the same request fail (commit_on_partial_success)
    #[arg(long, conflicts_with = "atomic")]
    pub(crate) partial: bool,
    /// All or nothing for the whole list: refused when it doesn't fit into one request
    #[arg(long)]
    pub(crate) atomic: bool,
    /// Enters records although they overlap with others; alarms other companies (commit_on_overlapping_dates)
    #[arg(long)]
    pub(crate) allow_overlap: bool,
    /// Enters rows again that were entered before; makes second entries
    #[arg(long)]
    pub(crate) again: bool,
    /// Sends the sound rows although the list has faults
    #[arg(long)]
    pub(crate) skip_faulty: bool,
    /// Writes the report to a file: .csv, .xlsx, .jsonl or .html
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Replaces a report file that exists already
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// How requests are made up and sent.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sending")]
pub(crate) struct Sending {
    /// Records in one request (default: settings, else 500)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) batch_records: Option<u32>,
    /// Bytes in one request (default: settings, else 262144)
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) batch_bytes: Option<u64>,
    /// Requests in flight at once (default: settings, else 2)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) concurrency: Option<u32>,
    /// Seconds between the two looks that settle an unknown record as absent (default: settings, else 5)
    #[arg(long, value_name = "SECONDS")]
    pub(crate) settle: Option<u64>,
}

/// Arguments of `resume`.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// Job to go on with (default: the last one that is not done)
    pub(crate) job: Option<u64>,
    #[command(flatten)]
    pub(crate) budget: Budget,
    #[command(flatten)]
    pub(crate) sending: Sending,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Number of the job
    pub(crate) job: u64,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Number of the job
    pub(crate) job: u64,
    /// Writes a file (.csv, .xlsx, .jsonl, .html) instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replaces a file that exists already
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Shows FINs whole instead of masked
    #[arg(long)]
    pub(crate) show_fins: bool,
}

/// Arguments of `delete`.
#[derive(Debug, Args)]
pub(crate) struct Delete {
    /// FIN with start and end, or a list, or `-` for a list on standard input
    pub(crate) target: String,
    /// First day of the entry, as 2026-01-31
    #[arg(requires = "end")]
    pub(crate) start: Option<NaiveDate>,
    /// Last day of the entry, as 2026-12-31
    pub(crate) end: Option<NaiveDate>,
    #[command(flatten)]
    pub(crate) reading: ListArgs,
    #[command(flatten)]
    pub(crate) budget: Budget,
}

/// Arguments of `usage`.
#[derive(Debug, Args)]
pub(crate) struct UsageArgs {
    /// Only this month, as 2026-11
    #[arg(long, value_name = "MONTH")]
    pub(crate) month: Option<String>,
}
