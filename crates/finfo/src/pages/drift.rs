//! Signs that a list changed while it was read.

use std::fmt;

/// Why the pages that were read don't make one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Drift {
    /// The count of all rows is another one than on the page before.
    Total {
        /// What it was.
        was: u64,
        /// What it is.
        is: Option<u64>,
    },
    /// A page has fewer or more rows than there must be at its place.
    Rows {
        /// Place of its first row.
        at: u64,
        /// How many rows there must be.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// A page does not begin with the row that the one before ended with.
    Seam {
        /// The place of that row.
        at: u64,
    },
    /// A page has the rows of the one before.
    Repeated {
        /// Place of its first row.
        at: u64,
    },
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Total { was, is: Some(is) } => {
                write!(f, "the number of rows changed from {was} to {is}")
            }
            Self::Total { was, is: None } => {
                write!(f, "the number of rows was {was} and is no longer given")
            }
            Self::Rows {
                at,
                expected,
                found,
            } => write!(
                f,
                "the page at row {at} has {found} rows instead of {expected}"
            ),
            Self::Seam { at } => write!(f, "another row is at place {at} than before"),
            Self::Repeated { at } => write!(f, "the page at row {at} repeats the one before"),
        }
    }
}
