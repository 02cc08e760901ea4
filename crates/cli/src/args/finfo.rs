//! `finkit finfo …`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use finkit_core::{FinfoSupplierId, Gtin};
use finkit_finfo::catalogue::Dataset;
use finkit_finfo::export::ExportColumn;

use crate::finfo::moment::moment;

#[derive(Debug, Subcommand)]
pub(crate) enum Finfo {
    /// Stores the account, fetches a token, and remembers the addresses
    Login(Login),
    /// Forgets the stored login and the token (the catalogue stays)
    Logout,
    /// Shows account, token, suppliers, and how the catalogue stands, without a network call
    Status,
    /// Asks for the suppliers that this account may see
    Suppliers,
    /// Looks an article up at the service
    Article(LookUp),
    /// Looks the pictures and documents of an article up at the service, or keeps them
    Media(Media),
    /// Brings the catalogue up to date: everything of a new supplier, else what changed since the last success
    Sync(Sync),
    /// Compares the catalogue with the service, and repairs it on request
    Verify(Verify),
    /// Finds articles in the catalogue by words, numbers, brand or GTIN
    Find(Find),
    /// Shows an article of the catalogue, with what came before it and what replaces it
    Show(Show),
    /// Prints what changed in the catalogue, with old and new values
    Changes(Changes),
    /// Writes the catalogue to a file: CSV, JSON Lines, a workbook or Parquet
    Export(Export),
    /// Shows the operations of Finfo's document, or the parameters of one
    Operations(super::operations::Operations),
    /// Calls an operation of Finfo's document, or any path, and prints the rows as JSON Lines
    Call(Call),
    /// Finfo's OpenAPI document: compare with it, store it
    #[command(subcommand)]
    Contract(super::operations::Contract),
}

/// Arguments of `login`.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// Address of the service, as Finfo tells it with the account
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Address of the realm that gives tokens (default: Finfo's)
    #[arg(long, value_name = "URL")]
    pub(crate) realm: Option<String>,
    /// Client id (default: finfo-api)
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// User name (default: from the settings, else asked for)
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Reads client secret and password from standard input, a line each
    #[arg(long)]
    pub(crate) stdin: bool,
    /// Keeps only the token, neither password nor client secret
    #[arg(long)]
    pub(crate) token_only: bool,
}

/// Which article is looked up.
#[derive(Debug, Args)]
pub(crate) struct LookUp {
    /// Finfo's number of the article, or the supplier's as SUPPLIER/NUMBER
    #[arg(required_unless_present = "gtin")]
    pub(crate) article: Option<String>,
    /// GTIN instead of a number
    #[arg(long, value_name = "GTIN", conflicts_with = "article")]
    pub(crate) gtin: Option<Gtin>,
}

/// Arguments of `media`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Media {
    #[command(subcommand)]
    pub(crate) command: Option<MediaCommand>,
    #[command(flatten)]
    pub(crate) look_up: LookUp,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MediaCommand {
    /// Brings what is known of pictures and documents up to date, and fetches the files on request
    Sync(MediaSync),
}

/// Arguments of `media sync`.
#[derive(Debug, Args)]
pub(crate) struct MediaSync {
    /// Only this supplier; may be given several times
    #[arg(long, value_name = "SUPPLIER")]
    pub(crate) supplier: Vec<FinfoSupplierId>,
    /// Reads everything, not only what changed
    #[arg(long)]
    pub(crate) full: bool,
    /// Also fetches the files that are missing or not of the present version
    #[arg(long)]
    pub(crate) download: bool,
    /// Asks for no list; fetches the files that the catalogue names already
    #[arg(long, requires = "download", conflicts_with = "full")]
    pub(crate) files_only: bool,
    /// Only files of this type, such as productImageSingle; may be given several times
    #[arg(long = "type", value_name = "TYPE", requires = "download")]
    pub(crate) types: Vec<String>,
    /// Only files in this place, such as heroImage or images; may be given several times
    #[arg(long, value_name = "PLACE", requires = "download")]
    pub(crate) slot: Vec<String>,
    /// Folder of the files (default: settings, else beside the catalogue)
    #[arg(long, value_name = "FOLDER", requires = "download")]
    pub(crate) folder: Option<PathBuf>,
    /// Stops before all files together have more than so many megabytes
    #[arg(long, value_name = "MB", requires = "download")]
    pub(crate) quota: Option<u64>,
    /// Files fetched at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32), requires = "download")]
    pub(crate) parallel: u8,
    /// Tries files again that were refused, not there, or of a wrong checksum
    #[arg(long, requires = "download")]
    pub(crate) retry: bool,
    /// Looks into the folder, and fetches again what is no longer there
    #[arg(long, requires = "download")]
    pub(crate) check: bool,
}

/// Arguments of `sync`.
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Only this supplier; may be given several times
    #[arg(long, value_name = "SUPPLIER")]
    pub(crate) supplier: Vec<FinfoSupplierId>,
    /// Which rows: article, media, climate, environment, etim or sustainability
    #[arg(long, value_name = "NAME", default_value = "article")]
    pub(crate) dataset: Dataset,
    /// Reads everything, not only what changed
    #[arg(long, conflicts_with_all = ["since", "from"])]
    pub(crate) full: bool,
    /// Reads what changed since this day or moment
    #[arg(long, value_name = "WHEN", value_parser = moment, conflicts_with = "from")]
    pub(crate) since: Option<DateTime<Utc>>,
    /// Backfill: reads what changed from here to --until once more; what is read next stays as it is
    #[arg(long, value_name = "WHEN", value_parser = moment, requires = "until")]
    pub(crate) from: Option<DateTime<Utc>>,
    /// End of a backfill
    #[arg(long, value_name = "WHEN", value_parser = moment, requires = "from")]
    pub(crate) until: Option<DateTime<Utc>>,
    /// Tells what would be read and how many requests that takes, and writes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Only this supplier; may be given several times
    #[arg(long, value_name = "SUPPLIER")]
    pub(crate) supplier: Vec<FinfoSupplierId>,
    /// Which rows: article, media, climate, environment, etim or sustainability
    #[arg(long, value_name = "NAME", default_value = "article")]
    pub(crate) dataset: Dataset,
    /// Compares every row (reads everything) instead of the numbers of rows
    #[arg(long)]
    pub(crate) rows: bool,
    /// Reads suppliers anew that differ
    #[arg(long)]
    pub(crate) repair: bool,
}

/// Arguments of `find`.
#[derive(Debug, Args)]
pub(crate) struct Find {
    /// Words, or their beginnings; every one must occur
    #[arg(required = true, num_args = 1..)]
    pub(crate) text: Vec<String>,
    /// At most so many articles
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Finfo's number of the article, or the supplier's as SUPPLIER/NUMBER, present or former
    pub(crate) article: String,
}

/// Arguments of `changes`.
#[derive(Debug, Args)]
pub(crate) struct Changes {
    /// Since this day or moment, or after the entry of this number (default: from the first)
    #[arg(long, value_name = "WHEN|NUMBER")]
    pub(crate) since: Option<String>,
    /// Only this supplier; may be given several times
    #[arg(long, value_name = "SUPPLIER")]
    pub(crate) supplier: Vec<FinfoSupplierId>,
    /// Only these rows: article, media, climate, environment, etim or sustainability
    #[arg(long, value_name = "NAME")]
    pub(crate) dataset: Option<Dataset>,
    /// At most so many entries
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// File to write, ending in .csv, .jsonl, .xlsx or .parquet; `-` for standard output
    pub(crate) file: PathBuf,
    /// Only this supplier; may be given several times
    #[arg(long, value_name = "SUPPLIER")]
    pub(crate) supplier: Vec<FinfoSupplierId>,
    /// Only what appeared or changed since this day or moment
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    pub(crate) since: Option<DateTime<Utc>>,
    /// Which rows: article, media, climate, environment, etim or sustainability
    #[arg(long, value_name = "NAME", default_value = "article")]
    pub(crate) dataset: Dataset,
    /// Format, where the name doesn't say it: csv, jsonl, xlsx or parquet
    #[arg(long, value_name = "FORMAT")]
    pub(crate) to: Option<finkit_tables::export::Format>,
    /// Only these columns, in this order, separated by commas (default: all known fields, and one for all others)
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) columns: Vec<ExportColumn>,
    /// Also the whole row as it came
    #[arg(long)]
    pub(crate) json: bool,
    /// Replaces a file that exists already
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// Arguments of `call`.
#[derive(Debug, Args)]
pub(crate) struct Call {
    /// Operation of the stored document, or a path below the service's address such as /v2.2/article
    #[arg(value_name = "OPERATION|PATH")]
    pub(crate) path: String,
    /// Parameters as name=value; those of an operation are checked before anything is sent
    #[arg(value_name = "NAME=VALUE", value_parser = parameter)]
    pub(crate) parameters: Vec<(String, String)>,
    /// Follows all pages; the rows are printed when all are there
    #[arg(long)]
    pub(crate) all: bool,
    /// With --all: rows asked for in one request
    #[arg(long, value_name = "N", default_value_t = finkit_finfo::MAX_LIMIT, value_parser = clap::value_parser!(u32).range(2..), requires = "all")]
    pub(crate) page_size: u32,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write name=value".to_owned()),
    }
}
