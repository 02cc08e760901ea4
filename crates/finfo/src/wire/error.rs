//! An answer that is not what it should be.

/// Why an answer can't be read. No part of the answer is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WireError {
    message: String,
}

impl WireError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }

    /// Says where the fault is. The error itself is not kept as a cause, for it quotes what it found.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a function that errors are mapped with"
    )]
    pub(crate) fn not_json(error: serde_json::Error) -> Self {
        Self::new(format!(
            "{} (line {}, column {})",
            what(&error),
            error.line(),
            error.column()
        ))
    }

    /// The same for an element of a list, counted from 0.
    pub(crate) fn not_json_at(row: usize, error: &serde_json::Error) -> Self {
        Self::new(format!("{} (element {row} of the list)", what(error)))
    }

    pub(crate) fn too_long() -> Self {
        Self::new("the answer is longer than 4 GiB")
    }
}

fn what(error: &serde_json::Error) -> &'static str {
    use serde_json::error::Category;
    match error.classify() {
        Category::Eof => "the answer ends early",
        Category::Data => "the answer has another structure than documented",
        Category::Syntax | Category::Io => "the answer is not valid JSON",
    }
}
