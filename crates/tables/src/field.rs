//! The values of a record as columns: which there are, how lists head them, and how a column is named on the
//! command line.

use std::fmt;
use std::str::FromStr;

/// One value of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The vehicle's FIN.
    Fin,
    /// First day of the period.
    Start,
    /// Last day of the period.
    End,
    /// When the agreement with the beneficiary was concluded.
    RegisteredAt,
}

impl Field {
    /// All of them, in the order of the record.
    pub const ALL: [Self; 4] = [Self::Fin, Self::Start, Self::End, Self::RegisteredAt];

    /// The word for it in options and machine output.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Fin => "fin",
            Self::Start => "start",
            Self::End => "end",
            Self::RegisteredAt => "registered-at",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Field {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|field| field.code() == text)
            .ok_or(UnknownField)
    }
}

/// A word that names no value of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of fin, start, end, registered-at")]
pub struct UnknownField;

/// A column as a person names it: by heading, by letters or by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnSpec {
    /// Its heading, compared without regard to case, blanks and punctuation.
    Header(String),
    /// Its place, counted from 0.
    Index(u32),
}

impl fmt::Display for ColumnSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(header) => write!(f, "{header:?}"),
            Self::Index(index) => write!(f, "{}", u64::from(*index) + 1),
        }
    }
}

impl FromStr for ColumnSpec {
    type Err = std::convert::Infallible;

    /// A number is a place counted from 1; everything else is a heading first and, failing that, the column's
    /// letters.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        Ok(match text.parse::<u32>() {
            Ok(number) if number > 0 => Self::Index(number - 1),
            _ => Self::Header(text.to_owned()),
        })
    }
}
