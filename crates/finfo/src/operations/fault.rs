//! Why a request is not sent: every fault of its parameters, or the reason why the operation is not called at all.

use std::fmt;

use http::Method;

/// How much of a text from outside is shown.
const SHOWN: usize = 60;

/// Why an operation is never called.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Its method is not GET, so that it may change something.
    Writes(Method),
    /// It needs a body, which a GET has not.
    NeedsBody,
    /// It needs a parameter in a header or a cookie.
    NeedsHeader(String),
    /// It needs a key instead of the account's token.
    NeedsKey(String),
    /// Its path leads out of what the base address has.
    ForeignPath,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Writes(method) => {
                write!(
                    f,
                    "its method is {method}, and only what reads (GET) is called"
                )
            }
            Self::NeedsBody => f.write_str("it needs a body"),
            Self::NeedsHeader(name) => write!(f, "it needs the header or cookie {}", shown(name)),
            Self::NeedsKey(name) => {
                write!(f, "it needs the key {} instead of a token", shown(name))
            }
            Self::ForeignPath => {
                f.write_str("its path leads elsewhere than below the base address")
            }
        }
    }
}

/// What is wrong with one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterFault {
    /// Its name as it was given, or as the document has it if it is missing.
    pub name: String,
    /// Where the document speaks of it, as a JSON pointer; of the operation for a name that is not there.
    pub at: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// It is required and not there.
    Missing,
    /// The operation has none of that name.
    Unknown {
        /// The one that may be meant.
        nearest: Option<String>,
    },
    /// It is there several times and no list.
    Repeated,
    /// It is set while all pages are followed.
    SetByPaging,
    /// It tells pages in a way that can't be followed.
    OtherPaging,
    /// None of the values that the document allows.
    NotAllowed {
        /// What was given.
        given: String,
        /// What is allowed.
        allowed: Vec<String>,
    },
    /// Of another type or format.
    NotA {
        /// What was given.
        given: String,
        /// What it must be.
        expected: String,
    },
    /// Below the smallest or above the largest number.
    OutOfRange {
        /// What was given.
        given: String,
        /// The bound: `at least 1`.
        bound: String,
    },
    /// Too few or too many characters.
    Length {
        /// How many there are.
        given: u64,
        /// The bound: `at most 18`.
        bound: String,
    },
    /// Not of the pattern.
    Pattern {
        /// What was given.
        given: String,
        /// The pattern as the document has it.
        pattern: String,
    },
    /// A part of the path that would lead elsewhere: nothing, or dots alone.
    Path {
        /// What was given.
        given: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is required and missing"),
            Self::Unknown { nearest: None } => f.write_str("is no parameter of this operation"),
            Self::Unknown {
                nearest: Some(name),
            } => write!(
                f,
                "is no parameter of this operation; is {} meant?",
                plain(name)
            ),
            Self::Repeated => f.write_str("is there several times, but is no list"),
            Self::SetByPaging => f.write_str("is set by following all pages"),
            Self::OtherPaging => {
                f.write_str("tells pages in a way that can't be followed; ask for each page")
            }
            Self::NotAllowed { given, allowed } => {
                let allowed: Vec<String> = allowed.iter().map(|value| plain(value)).collect();
                write!(
                    f,
                    "is {}, but must be one of {}",
                    shown(given),
                    allowed.join(", ")
                )
            }
            Self::NotA { given, expected } => {
                write!(f, "is {}, which is no {}", shown(given), plain(expected))
            }
            Self::OutOfRange { given, bound } => {
                write!(f, "is {}, but must be {}", shown(given), plain(bound))
            }
            Self::Length { given, bound } => {
                let plural = if *given == 1 { "" } else { "s" };
                write!(f, "has {given} character{plural}, but must have {bound}")
            }
            Self::Pattern { given, pattern } => {
                write!(
                    f,
                    "is {}, which is not like {}",
                    shown(given),
                    plain(pattern)
                )
            }
            Self::Path { given } => {
                write!(f, "is {}, which can't be a part of a path", shown(given))
            }
        }
    }
}

impl fmt::Display for ParameterFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, at) = (plain(&self.name), plain(&self.at));
        write!(f, "{name} {} ({at})", self.problem)
    }
}

/// A text from outside in quotation marks, on one line and cut.
fn shown(text: &str) -> String {
    format!("{:?}", cut(text))
}

/// The same without quotation marks.
fn plain(text: &str) -> String {
    text.chars()
        .take(4 * SHOWN)
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect()
}

fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(SHOWN).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

/// Why a request is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    pub(super) operation: String,
    pub(super) at: String,
    pub(super) refusal: Option<Refusal>,
    pub(super) faults: Vec<ParameterFault>,
}

impl RequestError {
    /// Why the operation is never called, if that is the reason.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    /// Every fault of the parameters; empty only for a refusal.
    #[must_use]
    pub fn faults(&self) -> &[ParameterFault] {
        &self.faults
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = plain(&self.operation);
        if let Some(refusal) = &self.refusal {
            return write!(
                f,
                "{operation} is not called: {refusal} ({})",
                plain(&self.at)
            );
        }
        let faults: Vec<String> = self.faults.iter().map(ToString::to_string).collect();
        write!(f, "{operation}: {}", faults.join("; "))
    }
}

impl std::error::Error for RequestError {}

/// No operation of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownOperation {
    pub(super) name: String,
    pub(super) nearest: Option<String>,
}

impl UnknownOperation {
    /// The one that may be meant.
    #[must_use]
    pub fn nearest(&self) -> Option<&str> {
        self.nearest.as_deref()
    }
}

impl fmt::Display for UnknownOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the document has no operation {}", shown(&self.name))?;
        match &self.nearest {
            Some(name) => write!(f, "; is {} meant?", plain(name)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownOperation {}
