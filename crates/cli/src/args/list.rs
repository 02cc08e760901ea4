//! Options of every command that reads a list.

use clap::{Args, ValueEnum};

/// How a list is read; what is not given is recognised.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Reading the list")]
pub(crate) struct ListArgs {
    /// Form of the list (default: recognised)
    #[arg(long, value_enum, value_name = "FORM")]
    pub(crate) list_format: Option<ListFormatArg>,
    /// Character between fields: `,` `;` `|` or `tab` (default: recognised)
    #[arg(long, value_name = "CHAR")]
    pub(crate) delimiter: Option<String>,
    /// Character encoding, such as `utf-8` or `windows-1252` (default: recognised)
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// Sheet of a workbook, by name or number from 1 (default: the first)
    #[arg(long, value_name = "SHEET")]
    pub(crate) sheet: Option<String>,
    /// Row that holds the column names, counted from 1 (default: recognised)
    #[arg(long, value_name = "ROW", conflicts_with = "no_header")]
    pub(crate) header_row: Option<u64>,
    /// The list has no column names: fin, start, end, registration time in this order
    #[arg(long)]
    pub(crate) no_header: bool,
    /// Which column holds what: fin, start, end or registered = name, letter or number
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    pub(crate) map: Vec<String>,
    /// Year that fills in a missing start (1 January) and end (31 December)
    #[arg(long, value_name = "YEAR")]
    pub(crate) year: Option<i32>,
    /// Registration time for rows without one
    #[arg(long, value_name = "TIME")]
    pub(crate) registered_at: Option<String>,
    /// How `01/06/2026` is read (default: only when unambiguous)
    #[arg(long, value_enum, value_name = "ORDER")]
    pub(crate) date_order: Option<DateOrderArg>,
    /// Zone of times without one: `Europe/Vienna` or a fixed offset such as `+02:00`
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// Shows FINs whole instead of masked
    #[arg(long)]
    pub(crate) show_fins: bool,
}

/// Forms of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormatArg {
    /// Comma-, semicolon-, tab- or pipe-separated text
    Csv,
    /// Excel workbook
    Xlsx,
    /// One JSON object a line
    Ndjson,
}

/// Order of day, month and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DateOrderArg {
    /// Day, month, year
    Dmy,
    /// Month, day, year
    Mdy,
}
