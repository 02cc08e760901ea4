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

    pub(crate) fn too_long() -> Self {
        Self::new("the answer is longer than 4 GiB")
    }
}
