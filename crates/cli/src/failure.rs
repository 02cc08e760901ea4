//! The one error type of the program: what happened, why, what helps, and the exit code.

use std::error::Error;
use std::fmt::Write as _;

use finkit_tables::explain::{visible_line, visible_text};

use crate::exit::Exit;

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    hint: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
    silent: bool,
}

/// Result of a command.
pub(crate) type Outcome<T = Exit> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            hint: None,
            source: None,
            silent: false,
        }
    }

    /// Usage, settings or list are wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Local state needs attention.
    pub(crate) fn local(message: impl Into<String>) -> Self {
        Self::new(Exit::LocalState, message)
    }

    /// Ends the program without a word: the reader of a pipe has gone.
    pub(crate) fn broken_pipe() -> Self {
        Self {
            silent: true,
            ..Self::new(Exit::Done, String::new())
        }
    }

    /// What the user can do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What caused it.
    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.silent
    }

    /// The whole story for standard error: message, chain of causes, hint.
    pub(crate) fn render(&self) -> String {
        let mut text = format!("error: {}\n", visible_text(&self.message));
        let mut last = self.message.clone();
        let mut next = self
            .source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static));
        while let Some(cause) = next {
            let line = cause.to_string();
            // A cause that says what was just said helps nobody.
            if !last.contains(&line) {
                let _ = writeln!(text, "  caused by: {}", harmless(&line));
            }
            last = line;
            next = cause.source();
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "\nhint: {}", visible_text(hint));
        }
        text
    }
}

/// A message that may repeat what a service says, as one harmless line.
pub(crate) fn harmless(text: &str) -> String {
    visible_line(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chain_and_hint_are_printed_once() {
        let failure = Failure::usage("the list can't be read")
            .caused_by(std::io::Error::other("no such file"))
            .hint("look at the path");
        assert_eq!(
            failure.render(),
            "error: the list can't be read\n  caused by: no such file\n\nhint: look at the path\n"
        );
    }
}
