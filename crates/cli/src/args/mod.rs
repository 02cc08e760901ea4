//! What can be typed: clap definitions only, no behaviour.

pub(crate) mod contract;
pub(crate) mod fincheck;
pub(crate) mod finfo;
pub(crate) mod list;
pub(crate) mod operations;
pub(crate) mod sandbox;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// FINcheck and Finfo from the command line.
#[derive(Debug, Parser)]
#[command(
    name = "finkit",
    version,
    propagate_version = true,
    about = "Connects a company's own software to FINcheck (Austria) and Finfo (Sweden)",
    long_about = "Connects a company's own software to FINcheck (Austria) and Finfo (Sweden).\n\n\
        Free before paid: everything that can be known offline is checked before a billed call.\n\
        Never twice: no crash or time-out makes a second entry.\n\n\
        Start with `finkit demo`: the whole job against services on this machine, nothing is billed.",
    after_help = "Exit codes: 0 done · 1 finished, with rejected rows or hits · 2 usage, settings or list (nothing billed was sent)\n\
        3 authentication · 4 refused by the service · 5 temporary failure · 6 local budget or rate · 7 local state needs attention · 130 interrupted"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Profile of the settings file to use (else FINKIT_PROFILE)
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Form of the output on standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Language of the texts (else FINKIT_LANG, settings, locale)
    #[arg(long, global = true, value_enum)]
    pub(crate) lang: Option<LangArg>,
    /// No messages beyond errors, no progress bar
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// More log lines on standard error (-v, -vv, -vvv)
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// Forms of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people
    Human,
    /// JSON Lines with a schema version
    Json,
    /// Comma-separated values with a header
    Csv,
}

/// Languages of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LangArg {
    /// German
    De,
    /// English
    En,
}

impl From<LangArg> for finkit_tables::explain::Lang {
    fn from(lang: LangArg) -> Self {
        match lang {
            LangArg::De => Self::De,
            LangArg::En => Self::En,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs the whole FINcheck job and a Finfo sync on sample data against services on this machine
    Demo(sandbox::Demo),
    /// FINcheck: is this vehicle already registered for this period?
    #[command(subcommand)]
    Fincheck(fincheck::Fincheck),
    /// Finfo: article data of the building trade, kept complete and current in a catalogue of one's own
    #[command(subcommand)]
    Finfo(finfo::Finfo),
    /// Serves FINcheck and Finfo on loopback, for trying and for tests
    Sandbox(sandbox::Sandbox),
    /// Looks at settings, secrets, tokens and the ledger, and says what is wrong
    Doctor(Doctor),
    /// Prints shell completions
    Completions {
        /// Shell to print them for
        shell: clap_complete::Shell,
    },
    /// Prints the manual page (roff), or writes one per command into a folder
    Man {
        /// Folder for one page per command
        #[arg(long, value_name = "FOLDER")]
        out: Option<std::path::PathBuf>,
    },
    /// Prints the command reference as Markdown
    #[command(hide = true)]
    Reference,
    /// Panics with the given password in its message, so that tests see what becomes of it
    #[cfg(debug_assertions)]
    #[command(hide = true)]
    Panic,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Also connects to the service's address (no token, nothing billed)
    #[arg(long)]
    pub(crate) connect: bool,
}
