//! What can be wrong with a FIN, as data from which any language can be written.

use std::fmt;

use crate::alphabet::Alphabet;
use crate::vin::Vin;

/// One fault of an input that is no FIN.
///
/// Positions count from 1 and name the character as it stands once outer white
/// space and inner spaces, hyphens and dots are gone, so that position 9 is the
/// ninth character of the FIN itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VinFault {
    /// Nothing is there, or only separators such as `-`.
    Empty,
    /// Fewer than 17 characters, stray signs counted.
    TooShort {
        /// How many there are.
        length: usize,
    },
    /// More than 17 characters, with and without stray signs.
    TooLong {
        /// How many there are.
        length: usize,
    },
    /// 18 characters of which the last is the German check digit of the first 17.
    CheckDigitAppended {
        /// The appended check digit.
        digit: char,
        /// The FIN without it.
        proposal: Vin,
    },
    /// I, O or Q, which no FIN contains.
    ForbiddenLetter {
        /// Where it stands.
        position: usize,
        /// The letter as typed.
        found: char,
        /// The digit commonly meant.
        proposal: char,
    },
    /// A letter of another alphabet that looks like an allowed one.
    LookAlike {
        /// Where it stands.
        position: usize,
        /// The letter as typed.
        found: char,
        /// The alphabet it comes from.
        alphabet: Alphabet,
        /// The allowed character it looks like.
        proposal: char,
    },
    /// A full-width digit or letter, as East Asian input methods produce them.
    FullWidth {
        /// Where it stands.
        position: usize,
        /// The character as typed.
        found: char,
        /// The allowed character it stands for.
        proposal: char,
    },
    /// Any other character that no FIN contains.
    OtherCharacter {
        /// Where it stands.
        position: usize,
        /// The character as typed.
        found: char,
    },
    /// A spreadsheet took the FIN for a number (`1.23457E+16`); its digits are lost.
    SpreadsheetNumber,
}

impl VinFault {
    /// Where in the FIN the fault stands, counted from 1; `None` when it is about the whole input.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        match *self {
            Self::Empty | Self::SpreadsheetNumber => None,
            Self::TooShort { length } => Some(length + 1),
            Self::TooLong { .. } | Self::CheckDigitAppended { .. } => Some(Vin::LEN + 1),
            Self::ForbiddenLetter { position, .. }
            | Self::LookAlike { position, .. }
            | Self::FullWidth { position, .. }
            | Self::OtherCharacter { position, .. } => Some(position),
        }
    }

    /// A short fixed name of the kind, for machine-readable output.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooShort { .. } => "too-short",
            Self::TooLong { .. } => "too-long",
            Self::CheckDigitAppended { .. } => "check-digit-appended",
            Self::ForbiddenLetter { .. } => "forbidden-letter",
            Self::LookAlike { .. } => "look-alike",
            Self::FullWidth { .. } => "full-width",
            Self::OtherCharacter { .. } => "other-character",
            Self::SpreadsheetNumber => "spreadsheet-number",
        }
    }
}

impl fmt::Display for VinFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => f.write_str("nothing is there"),
            Self::TooShort { length } => write!(f, "{length} of 17 characters"),
            Self::TooLong { length } => write!(f, "{length} characters instead of 17"),
            Self::CheckDigitAppended { digit, .. } => {
                write!(
                    f,
                    "18 characters, the last ({digit}) is the German check digit of the others"
                )
            }
            Self::ForbiddenLetter {
                position,
                found,
                proposal,
            } => {
                write!(
                    f,
                    "letter {found} at position {position}, perhaps {proposal}"
                )
            }
            Self::LookAlike {
                position,
                found,
                alphabet,
                proposal,
            } => {
                let alphabet = match alphabet {
                    Alphabet::Cyrillic => "Cyrillic",
                    Alphabet::Greek => "Greek",
                    Alphabet::ExtendedLatin => "special",
                };
                write!(
                    f,
                    "{alphabet} {found} at position {position}, perhaps {proposal}"
                )
            }
            Self::FullWidth {
                position,
                found,
                proposal,
            } => {
                write!(
                    f,
                    "full-width {found} at position {position}, perhaps {proposal}"
                )
            }
            Self::OtherCharacter { position, found } => {
                write!(f, "{found:?} at position {position}")
            }
            Self::SpreadsheetNumber => {
                f.write_str("a spreadsheet turned it into a number and its digits are lost")
            }
        }
    }
}

/// Why an input is no FIN: all its faults and, where evident, the corrected form.
///
/// `Display` shows the input masked and names the characters of three faults at
/// most, `Debug` names none, so that neither spells out the FIN.
///
/// ```
/// let error = finkit_core::Vin::parse("WVWZZZE1ZMPO0001").unwrap_err();
/// assert_eq!(error.faults().len(), 2);
/// assert_eq!(
///     error.to_string(),
///     "not a FIN (WVW…0001): letter O at position 12, perhaps 0; 16 of 17 characters"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct VinError {
    pub(crate) masked: String,
    pub(crate) faults: Vec<VinFault>,
    pub(crate) proposal: Option<Vin>,
}

/// How many faults `Display` spells out.
const SHOWN: usize = 3;

impl VinError {
    /// Every fault, in the order of their positions, faults of length last. Never empty.
    #[must_use]
    pub fn faults(&self) -> &[VinFault] {
        &self.faults
    }

    /// The FIN that was probably meant, for a person to confirm; never to be used unasked.
    #[must_use]
    pub fn proposal(&self) -> Option<&str> {
        self.proposal.as_ref().map(Vin::as_str)
    }

    /// [`proposal`](Self::proposal) as a FIN.
    #[must_use]
    pub fn proposed_vin(&self) -> Option<Vin> {
        self.proposal
    }

    /// The input, masked.
    #[must_use]
    pub fn masked_input(&self) -> &str {
        &self.masked
    }
}

impl fmt::Display for VinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a FIN")?;
        if !self.masked.is_empty() {
            write!(f, " ({})", self.masked)?;
        }
        let mut separator = ": ";
        for fault in self.faults.iter().take(SHOWN) {
            write!(f, "{separator}{fault}")?;
            separator = "; ";
        }
        match self.faults.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            1 => f.write_str("; and 1 further fault"),
            more => write!(f, "; and {more} further faults"),
        }
    }
}

impl fmt::Debug for VinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<_> = self
            .faults
            .iter()
            .map(|fault| (fault.code(), fault.position()))
            .collect();
        f.debug_struct("VinError")
            .field("input", &self.masked)
            .field("faults", &faults)
            .field("proposal", &self.proposal)
            .finish()
    }
}

impl std::error::Error for VinError {}
