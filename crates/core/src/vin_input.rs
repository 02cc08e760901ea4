//! Reading a FIN as people type it: what is normalised, what is noted, what is a fault.

use crate::alphabet::{self, NOT_ALLOWED, RANK};
use crate::check_digit::german_check_digit;
use crate::mask::{is_blank, is_invisible, mask};
use crate::vin::{Placeholder, Vin};
use crate::vin_fault::{VinError, VinFault};

/// Inputs longer than this are only measured: the fault is their length.
const MEASURED_ONLY: usize = 64;

/// A FIN together with what a person should know about how it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedVin {
    /// The FIN.
    pub vin: Vin,
    /// What is worth saying; empty for a clean FIN. The check digit is not
    /// among them: ask [`Vin::check_digit_note`].
    pub notices: Vec<VinNotice>,
}

/// Something worth saying about a FIN that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VinNotice {
    /// Spaces, hyphens or dots inside the FIN were left out.
    SeparatorsRemoved {
        /// All of them, in order.
        separators: Vec<Separator>,
    },
    /// The FIN passes every check but is a filler.
    Placeholder {
        /// Which kind of filler.
        placeholder: Placeholder,
    },
    /// The last four characters are not all digits, as ISO 3779 wants them.
    LettersInSerial {
        /// The positions of the letters, counted from 1.
        positions: Vec<usize>,
    },
}

/// A separator that was left out of a FIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Separator {
    /// The character.
    pub character: char,
    /// The position, counted from 1, of the character of the FIN it stood before
    /// (18 when it stood behind the last).
    pub before: usize,
}

/// The whole of [`Vin::parse`].
pub(crate) fn parse(input: &str) -> Result<ParsedVin, VinError> {
    let trimmed = input.trim_matches(is_blank);
    if let Some(vin) = trimmed.as_bytes().try_into().ok().and_then(Vin::from_ascii) {
        return Ok(ParsedVin {
            vin,
            notices: notices(&vin, Vec::new()),
        });
    }
    let scan = Scan::of(trimmed);
    match scan.sound() {
        Some(vin) => Ok(ParsedVin {
            vin,
            notices: notices(&vin, scan.separators),
        }),
        None => Err(scan.error(trimmed)),
    }
}

fn notices(vin: &Vin, separators: Vec<Separator>) -> Vec<VinNotice> {
    let mut notices = Vec::new();
    if !separators.is_empty() {
        notices.push(VinNotice::SeparatorsRemoved { separators });
    }
    if let Some(placeholder) = vin.placeholder() {
        notices.push(VinNotice::Placeholder { placeholder });
    } else if !vin.has_numeric_serial() {
        let positions = (14..=17)
            .filter(|&position| !vin.as_bytes()[position - 1].is_ascii_digit())
            .collect();
        notices.push(VinNotice::LettersInSerial { positions });
    }
    notices
}

/// The characters of an input, separators apart.
struct Scan {
    /// The first characters, no more than [`MEASURED_ONLY`].
    characters: Vec<char>,
    /// How many characters there are in all.
    length: usize,
    separators: Vec<Separator>,
}

impl Scan {
    fn of(trimmed: &str) -> Self {
        let mut scan = Self {
            characters: Vec::with_capacity(Vin::LEN + 1),
            length: 0,
            separators: Vec::new(),
        };
        for character in trimmed.chars() {
            if is_separator(character) {
                if scan.separators.len() < MEASURED_ONLY {
                    scan.separators.push(Separator {
                        character,
                        before: scan.length + 1,
                    });
                }
                continue;
            }
            scan.length += 1;
            if scan.length <= MEASURED_ONLY {
                scan.characters.push(character);
            }
        }
        scan
    }

    /// The FIN, when nothing but separators was in its way.
    fn sound(&self) -> Option<Vin> {
        vin_of(&self.characters)
    }

    fn error(&self, trimmed: &str) -> VinError {
        let proposal = self.proposal();
        let mut faults = Vec::new();
        if self.length == 0 {
            faults.push(VinFault::Empty);
        } else if is_spreadsheet_number(trimmed) {
            faults.push(VinFault::SpreadsheetNumber);
        } else {
            if self.length <= MEASURED_ONLY {
                faults.extend(
                    self.characters
                        .iter()
                        .zip(1..)
                        .filter_map(|(&found, position)| fault_at(found, position)),
                );
            }
            faults.extend(match (self.length, proposal) {
                (..Vin::LEN, _) => Some(VinFault::TooShort {
                    length: self.length,
                }),
                (Vin::LEN, _) => None,
                (
                    18,
                    Some(Proposal {
                        vin,
                        appended: Some(digit),
                    }),
                ) => Some(VinFault::CheckDigitAppended {
                    digit,
                    proposal: vin,
                }),
                _ => Some(VinFault::TooLong {
                    length: self.length,
                }),
            });
        }
        VinError {
            masked: mask(trimmed),
            faults,
            proposal: proposal.map(|proposal| proposal.vin),
        }
    }

    /// The FIN that was probably meant: wrong characters exchanged, stray signs
    /// and an appended German check digit left out.
    fn proposal(&self) -> Option<Proposal> {
        if self.length > MEASURED_ONLY {
            return None;
        }
        let meant: Vec<char> = self.characters.iter().copied().filter_map(meant).collect();
        if let Some(vin) = vin_of(&meant) {
            return Some(Proposal {
                vin,
                appended: None,
            });
        }
        let (&last, rest) = meant.split_last()?;
        let vin = vin_of(rest)?;
        (german_check_digit(&vin) == last).then_some(Proposal {
            vin,
            appended: Some(last),
        })
    }
}

#[derive(Clone, Copy)]
struct Proposal {
    vin: Vin,
    appended: Option<char>,
}

fn vin_of(characters: &[char]) -> Option<Vin> {
    let characters: &[char; 17] = characters.try_into().ok()?;
    let mut bytes = [0; 17];
    for (byte, &character) in bytes.iter_mut().zip(characters) {
        *byte = u8::try_from(character).ok()?;
    }
    Vin::from_ascii(bytes)
}

fn is_allowed(character: char) -> bool {
    u8::try_from(character)
        .is_ok_and(|byte| RANK[usize::from(byte.to_ascii_uppercase())] != NOT_ALLOWED)
}

/// Spaces, hyphens, dots and characters of no width. Tabs and line breaks inside
/// a FIN are no separators: they mean that two cells ran together.
fn is_separator(character: char) -> bool {
    match character {
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{00AD}' | '.' | '\u{00B7}' => true,
        '\u{2028}' | '\u{2029}' => false,
        _ => is_invisible(character) || (character.is_whitespace() && !character.is_control()),
    }
}

fn fault_at(found: char, position: usize) -> Option<VinFault> {
    if is_allowed(found) {
        None
    } else if let Some(proposal) = alphabet::forbidden_letter(found) {
        Some(VinFault::ForbiddenLetter {
            position,
            found,
            proposal,
        })
    } else if let Some(proposal) = alphabet::full_width(found) {
        Some(VinFault::FullWidth {
            position,
            found,
            proposal,
        })
    } else if let Some((alphabet, proposal)) = alphabet::look_alike(found) {
        Some(VinFault::LookAlike {
            position,
            found,
            alphabet,
            proposal,
        })
    } else {
        Some(VinFault::OtherCharacter { position, found })
    }
}

/// The allowed character that was probably meant; `None` for a sign that means
/// none; the character itself when it is a letter nothing can be proposed for.
fn meant(found: char) -> Option<char> {
    if is_allowed(found) {
        return Some(found.to_ascii_uppercase());
    }
    alphabet::forbidden_letter(found)
        .or_else(|| alphabet::full_width(found))
        .or_else(|| alphabet::look_alike(found).map(|(_, proposal)| proposal))
        .or_else(|| found.is_alphanumeric().then_some(found))
}

/// `1.23457E+16`, also with a decimal comma.
fn is_spreadsheet_number(trimmed: &str) -> bool {
    let Some((mantissa, exponent)) = trimmed
        .split_once("E+")
        .or_else(|| trimmed.split_once("e+"))
    else {
        return false;
    };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction) && digits(exponent) && exponent.len() <= 3
}
