//! Standard output and standard error: data here, everything else there.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use finkit_tables::explain::Lang;
use serde::Serialize;

use crate::args::{Format, Global};
use crate::failure::{Failure, Outcome};

/// Version of the JSON Lines; it rises when a field changes its meaning or goes.
pub(crate) const SCHEMA: u32 = 1;

/// Where a command writes.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) lang: Lang,
    quiet: bool,
    verbose: bool,
}

#[derive(Serialize)]
struct Line<'a, T> {
    schema: u32,
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(flatten)]
    data: &'a T,
}

impl Output {
    pub(crate) fn new(global: &Global, lang: Lang) -> Self {
        Self {
            format: global.format,
            lang,
            quiet: global.quiet,
            verbose: global.verbose > 0,
        }
    }

    pub(crate) fn is_human(&self) -> bool {
        self.format == Format::Human
    }

    /// Data for standard output, as it is.
    pub(crate) fn data(&self, text: &str) -> Outcome<()> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .map_err(Self::gone)
    }

    /// A line for people on standard output; nothing in the other formats.
    pub(crate) fn human(&self, line: &str) -> Outcome<()> {
        if !self.is_human() {
            return Ok(());
        }
        self.data(&format!("{line}\n"))
    }

    /// A typed line of JSON; nothing in the other formats.
    pub(crate) fn json<T: Serialize>(&self, kind: &str, data: &T) -> Outcome<()> {
        if self.format != Format::Json {
            return Ok(());
        }
        let line = Line {
            schema: SCHEMA,
            kind,
            data,
        };
        let text = serde_json::to_string(&line).map_err(|error| {
            Failure::local("a result can't be written as JSON").caused_by(error)
        })?;
        let mut text = crate::finfo::output::harmless_json(&text).into_owned();
        text.push('\n');
        self.data(&text)
    }

    /// A remark on standard error, unless quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.warn(text);
        }
    }

    /// A remark on standard error that is always shown.
    #[expect(clippy::unused_self, reason = "all writing goes through the output")]
    pub(crate) fn warn(&self, text: &str) {
        // Nothing can be done when standard error has gone.
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// Columns of the terminal; 100 where there is none.
    #[expect(
        clippy::unused_self,
        reason = "all that is known of the terminal comes from the output"
    )]
    pub(crate) fn width(&self) -> usize {
        let (_, columns) = console::Term::stdout().size_checked().unwrap_or((0, 100));
        usize::from(columns).clamp(60, 140)
    }

    /// Whether titles are set off by colour: on a terminal whose user has not refused it.
    pub(crate) fn colours(&self) -> bool {
        self.is_human()
            && std::io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    /// Whether a progress bar is drawn: on a terminal, for people, unless quiet or logging.
    pub(crate) fn draws_progress(&self) -> bool {
        self.is_human() && !self.quiet && !self.verbose && std::io::stderr().is_terminal()
    }

    /// Maps a failed write to standard output: a reader that has gone is no error.
    pub(crate) fn gone(error: std::io::Error) -> Failure {
        if error.kind() == ErrorKind::BrokenPipe {
            Failure::broken_pipe()
        } else {
            Failure::local("standard output can't be written").caused_by(error)
        }
    }
}
