//! GTIN: the number under a bar code, with its check digit.

use std::fmt;
use std::str::FromStr;

/// A GTIN-8, -12, -13 or -14 whose check digit is right. Leading zeros are part of it.
///
/// Source: GS1 General Specifications, section 7.9 (check digit); the field pages and the media page of
/// <https://docs.finfo.se> allow all four lengths and send the number as a string.
///
/// ```
/// use finkit_core::{Gtin, GtinFault};
///
/// let gtin: Gtin = "07317761101987".parse()?;
/// assert_eq!(gtin.as_str(), "07317761101987", "zeros stay");
/// assert!(gtin.is_same_item(&"7317761101987".parse()?));
///
/// let fault = "7317761101986".parse::<Gtin>().unwrap_err();
/// assert_eq!(fault, GtinFault::CheckDigit { found: '6', expected: '7' });
/// # Ok::<(), GtinFault>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Gtin {
    /// Digits, right-aligned; what stands before them is zero bytes.
    digits: [u8; 14],
}

impl Gtin {
    /// The lengths there are.
    pub const LENGTHS: [usize; 4] = [8, 12, 13, 14];

    /// The number as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let start = self.digits.iter().take_while(|byte| **byte == 0).count();
        // Only ASCII digits get in.
        str::from_utf8(&self.digits[start..]).unwrap_or_default()
    }

    /// How many digits it was written with: 8, 12, 13 or 14.
    #[must_use]
    pub fn length(&self) -> usize {
        self.as_str().len()
    }

    /// Whether both name the same item: a shorter GTIN is a longer one without its leading zeros.
    #[must_use]
    pub fn is_same_item(&self, other: &Self) -> bool {
        self.to_14_digits() == other.to_14_digits()
    }

    /// The 14 digits, filled with leading zeros, under which the item is the same whatever the length.
    #[must_use]
    pub fn to_14_digits(&self) -> String {
        format!("{:0>14}", self.as_str())
    }
}

/// The check digit for the digits before it: weights 3 and 1 in turn from the right.
fn check_digit(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    // One digit.
    b'0' + ((10 - sum % 10) % 10) as u8
}

impl FromStr for Gtin {
    type Err = GtinFault;

    fn from_str(text: &str) -> Result<Self, GtinFault> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Err(GtinFault::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(GtinFault::OtherCharacters);
        }
        if !Self::LENGTHS.contains(&text.len()) {
            return Err(GtinFault::Length { digits: text.len() });
        }
        let (body, found) = text.as_bytes().split_at(text.len() - 1);
        let expected = check_digit(body);
        if found[0] != expected {
            return Err(GtinFault::CheckDigit {
                found: char::from(found[0]),
                expected: char::from(expected),
            });
        }
        let mut digits = [0; 14];
        digits[14 - text.len()..].copy_from_slice(text.as_bytes());
        Ok(Self { digits })
    }
}

impl fmt::Display for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gtin({self})")
    }
}

/// Why a text is no GTIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GtinFault {
    /// Nothing is there.
    #[error("no GTIN is there")]
    Empty,
    /// Something other than digits is there.
    #[error("a GTIN has digits only")]
    OtherCharacters,
    /// There is no GTIN of this length.
    #[error("a GTIN has 8, 12, 13 or 14 digits, not {digits}; perhaps leading zeros were lost")]
    Length {
        /// How many digits there are.
        digits: usize,
    },
    /// The last digit doesn't fit the others.
    #[error(
        "the last digit of the GTIN is {found} where {expected} is right: a digit is wrong or two are swapped"
    )]
    CheckDigit {
        /// The last digit.
        found: char,
        /// The one that fits.
        expected: char,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_four_lengths_are_read_and_written_as_they_were() {
        for text in [
            "96385074",
            "012345678905",
            "0123456789012",
            "00012345678905",
            "7317761101987",
        ] {
            let gtin: Gtin = text.parse().expect(text);
            assert_eq!(gtin.to_string(), text);
            assert_eq!(gtin.length(), text.len());
        }
    }

    #[test]
    fn what_is_no_gtin_is_told_apart() {
        let fault = |text: &str| text.parse::<Gtin>().expect_err("no GTIN");
        assert_eq!(fault("  "), GtinFault::Empty);
        assert_eq!(fault("7317-761101987"), GtinFault::OtherCharacters);
        assert_eq!(fault("12345678905"), GtinFault::Length { digits: 11 });
        assert_eq!(
            fault("96385075"),
            GtinFault::CheckDigit {
                found: '5',
                expected: '4'
            }
        );
    }

    #[test]
    fn one_wrong_digit_is_always_noticed() {
        let right = b"7317761101987";
        for place in 0..right.len() {
            for digit in b'0'..=b'9' {
                let mut other = *right;
                other[place] = digit;
                let text = str::from_utf8(&other).expect("digits");
                assert_eq!(text.parse::<Gtin>().is_ok(), other == *right, "{text}");
            }
        }
    }

    #[test]
    fn the_same_item_under_several_lengths() {
        let gtin = |text: &str| text.parse::<Gtin>().expect("a GTIN");
        assert!(gtin("012345678905").is_same_item(&gtin("0012345678905")));
        assert_ne!(gtin("012345678905"), gtin("0012345678905"));
        assert_eq!(gtin("96385074").to_14_digits(), "00000096385074");
    }
}
