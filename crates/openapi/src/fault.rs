//! Why a document is refused.

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Longer than [`MAX_BYTES`](crate::MAX_BYTES).
    #[error("the document is longer than {} MiB", crate::MAX_BYTES >> 20)]
    TooLarge,
    /// Nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    #[error("the document is nested deeper than {} levels", crate::MAX_DEPTH)]
    TooDeep,
    /// More values than [`MAX_VALUES`](crate::MAX_VALUES), as written or after following references.
    #[error("the document has more than {} values", crate::MAX_VALUES)]
    TooMany,
    /// Neither JSON nor YAML.
    #[error("the document is neither JSON nor YAML: {0}")]
    Syntax(String),
    /// No OpenAPI document of a known generation.
    #[error("{0}")]
    NotOpenApi(String),
    /// A reference that leads nowhere, out of the document, or round in a circle.
    #[error("{at}: {problem}")]
    Reference {
        /// Where it stands, as a JSON pointer.
        at: String,
        /// What is wrong with it.
        problem: String,
    },
}
