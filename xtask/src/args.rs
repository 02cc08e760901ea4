//! A very small argument reader: flags, options with a value, positions.

use crate::failure::{Failure, Outcome};

/// The arguments of one task, taken out one by one; what is left over is a fault.
#[derive(Debug, Clone)]
pub(crate) struct Args {
    left: Vec<String>,
}

impl Args {
    pub(crate) fn new(left: impl IntoIterator<Item = String>) -> Self {
        Self {
            left: left.into_iter().collect(),
        }
    }

    /// Takes `--name`; true when it was there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.left.len();
        self.left.retain(|argument| argument != name);
        self.left.len() != before
    }

    /// Takes `--name VALUE` or `--name=VALUE`.
    pub(crate) fn option(&mut self, name: &str) -> Outcome<Option<String>> {
        let prefix = format!("{name}=");
        let Some(at) = self
            .left
            .iter()
            .position(|argument| argument == name || argument.starts_with(&prefix))
        else {
            return Ok(None);
        };
        let found = self.left.remove(at);
        if let Some(value) = found.strip_prefix(&prefix) {
            return Ok(Some(value.to_owned()));
        }
        if at < self.left.len() {
            Ok(Some(self.left.remove(at)))
        } else {
            Err(Failure::new(format!("{name} needs a value")))
        }
    }

    /// Takes `--name NUMBER`, or gives `default`.
    pub(crate) fn number(&mut self, name: &str, default: u64) -> Outcome<u64> {
        match self.option(name)? {
            None => Ok(default),
            Some(text) => text
                .replace('_', "")
                .parse()
                .map_err(|_| Failure::new(format!("{name} needs a whole number, not `{text}`"))),
        }
    }

    /// Takes the first argument that is no option.
    pub(crate) fn position(&mut self) -> Option<String> {
        let at = self.left.iter().position(|a| !a.starts_with('-'))?;
        Some(self.left.remove(at))
    }

    /// Takes everything after a `--`.
    pub(crate) fn after_dashes(&mut self) -> Vec<String> {
        match self.left.iter().position(|argument| argument == "--") {
            None => Vec::new(),
            Some(at) => {
                let rest = self.left.split_off(at + 1);
                self.left.truncate(at);
                rest
            }
        }
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// Names the arguments that nobody took.
    pub(crate) fn finish(self) -> Outcome {
        if self.left.is_empty() {
            Ok(())
        } else {
            Err(
                Failure::new(format!("not understood: {}", self.left.join(" ")))
                    .with_remedy("`cargo xtask help` lists the tasks and their options"),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> Args {
        Args::new(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn flags_options_and_positions_come_out_in_any_order() {
        let mut args = args("check --rounds 5 --quick --rows=1_000 -- --not-ours x");
        assert_eq!(args.after_dashes(), ["--not-ours", "x"]);
        assert!(args.flag("--quick"));
        assert!(!args.flag("--quick"));
        assert_eq!(args.number("--rounds", 3).unwrap(), 5);
        assert_eq!(args.number("--rows", 3).unwrap(), 1000);
        assert_eq!(args.position().as_deref(), Some("check"));
        args.finish().unwrap();
    }

    #[test]
    fn a_missing_value_and_leftovers_are_faults() {
        assert!(args("--rounds").option("--rounds").is_err());
        assert!(args("--rounds many").number("--rounds", 1).is_err());
        let left = args("--surprise").finish().unwrap_err();
        assert!(left.to_string().contains("--surprise"));
    }
}
