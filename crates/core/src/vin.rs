//! The FIN (vehicle identification number): the validated type and its silent conversions.
//!
//! Reading what people type, with all faults and notices, is in `vin_input`.

use std::fmt;
use std::str::FromStr;

use crate::alphabet::{NOT_ALLOWED, RANK};
use crate::check_digit::{self, CheckDigitNote};
use crate::mask::MaskedVin;
use crate::vin_fault::VinError;
use crate::vin_input::{self, ParsedVin};

/// A FIN: 17 capital letters and digits, without I, O and Q (ISO 3779).
///
/// Any such sequence is a FIN here. Neither the maker code nor the check digit
/// nor the model year decides, because European makers are free in all of them.
///
/// `Display` is the FIN itself, `Debug` is masked. The order is that of the
/// characters in ASCII.
///
/// ```
/// use finkit_core::Vin;
///
/// let parsed = Vin::parse(" wvwzzze1zmp000001 ")?;
/// assert_eq!(parsed.vin.to_string(), "WVWZZZE1ZMP000001");
/// assert!(parsed.notices.is_empty());
///
/// let error = Vin::parse("WVWZZZE1ZMPO00001").unwrap_err();
/// assert_eq!(error.proposal(), Some("WVWZZZE1ZMP000001"));
/// # Ok::<(), finkit_core::VinError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vin([u8; 17]);

impl Vin {
    /// How many characters a FIN has.
    pub const LEN: usize = 17;

    /// Reads a FIN as people type it.
    ///
    /// Silent: lower case; white space, no-break spaces and characters of no
    /// width around the FIN. With a notice: spaces, hyphens and dots inside it.
    /// Never rewritten, but answered with a proposal: I, O, Q, look-alikes of
    /// other alphabets, full-width characters, an appended German check digit.
    ///
    /// # Errors
    ///
    /// [`VinError`] with every fault of the input and, where one is evident, the
    /// corrected form.
    pub fn parse(input: &str) -> Result<ParsedVin, VinError> {
        vin_input::parse(input)
    }

    /// Takes bytes that are a FIN already: capital letters and digits. `None` for anything else.
    ///
    /// One table look-up per byte, no allocation.
    ///
    /// ```
    /// use finkit_core::Vin;
    ///
    /// assert!(Vin::from_bytes(*b"WVWZZZE1ZMP000001").is_some());
    /// assert!(Vin::from_bytes(*b"wvwzzze1zmp000001").is_none());
    /// ```
    #[must_use]
    #[inline]
    pub fn from_bytes(bytes: [u8; 17]) -> Option<Self> {
        let mut worst = 0;
        for byte in bytes {
            worst = worst.max(RANK[usize::from(byte)]);
        }
        (worst != NOT_ALLOWED).then_some(Self(bytes))
    }

    /// Like [`from_bytes`](Self::from_bytes), with lower case accepted too.
    ///
    /// ```
    /// use finkit_core::Vin;
    ///
    /// let vin = Vin::from_ascii(*b"wvwzzze1zmp000001").expect("17 allowed characters");
    /// assert_eq!(vin.as_str(), "WVWZZZE1ZMP000001");
    /// ```
    #[must_use]
    #[inline]
    pub fn from_ascii(mut bytes: [u8; 17]) -> Option<Self> {
        bytes.make_ascii_uppercase();
        Self::from_bytes(bytes)
    }

    /// The FIN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a FIN holds ASCII only")
    }

    /// The FIN as its 17 ASCII bytes.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8; 17] {
        &self.0
    }

    /// The world manufacturer identifier: the first three characters.
    ///
    /// For grouping and display only; tables of makers are never complete.
    #[must_use]
    pub fn wmi(&self) -> &str {
        &self.as_str()[..3]
    }

    /// The form for logs and errors: `WVW…0001`.
    #[must_use]
    pub fn masked(&self) -> MaskedVin {
        MaskedVin::of(self)
    }

    /// The note that position 9 is not the North American check digit, if it is not.
    ///
    /// Never a reason to reject: see [`CheckDigitStrength`](crate::CheckDigitStrength).
    #[must_use]
    pub fn check_digit_note(&self) -> Option<CheckDigitNote> {
        check_digit::note(self)
    }

    /// Whether this is a filler that passes every check but is no car's FIN.
    ///
    /// ```
    /// use finkit_core::{Placeholder, Vin};
    ///
    /// let filler: Vin = "00000000000000000".parse()?;
    /// assert_eq!(filler.placeholder(), Some(Placeholder::SameCharacter('0')));
    /// # Ok::<(), finkit_core::VinError>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn placeholder(&self) -> Option<Placeholder> {
        let first = self.0[0];
        if self.0 == [first; 17] {
            Some(Placeholder::SameCharacter(char::from(first)))
        } else if matches!(&self.0, b"12345678901234567" | b"01234567890123456") {
            Some(Placeholder::CountedDigits)
        } else {
            None
        }
    }

    /// Whether the last four characters are digits, as ISO 3779 wants them.
    #[must_use]
    #[inline]
    pub fn has_numeric_serial(&self) -> bool {
        self.0[13..].iter().all(u8::is_ascii_digit)
    }
}

/// A filler in place of a FIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Placeholder {
    /// Seventeen times the same character.
    SameCharacter(char),
    /// The digits counted up, from 0 or from 1.
    CountedDigits,
}

impl fmt::Display for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vin({})", self.masked())
    }
}

impl FromStr for Vin {
    type Err = VinError;

    /// [`Vin::parse`] without its notices.
    fn from_str(input: &str) -> Result<Self, VinError> {
        vin_input::parse(input).map(|parsed| parsed.vin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_bytes_accepts_each_allowed_byte_and_no_other() {
        for byte in 0..=255 {
            let mut bytes = *b"WVWZZZE1ZMP000001";
            bytes[10] = byte;
            let allowed =
                (byte.is_ascii_uppercase() || byte.is_ascii_digit()) && !b"IOQ".contains(&byte);
            assert_eq!(Vin::from_bytes(bytes).is_some(), allowed, "{byte:#x}");
            let allowed = byte.is_ascii_alphanumeric() && !b"IOQioq".contains(&byte);
            assert_eq!(Vin::from_ascii(bytes).is_some(), allowed, "{byte:#x}");
        }
    }

    #[test]
    fn order_is_that_of_the_text() {
        let mut vins: Vec<Vin> = [
            "ZZZ00000000000000",
            "00000000000000001",
            "WVWZZZE1ZMP000002",
            "WVWZZZE1ZMP000001",
        ]
        .map(|text| text.parse().expect("a valid FIN"))
        .to_vec();
        vins.sort();
        assert!(vins.iter().map(Vin::as_str).is_sorted());
    }

    #[test]
    fn debug_and_alternate_debug_are_masked() {
        let vin: Vin = "TMBJB9NY5MF000002".parse().expect("a valid FIN");
        for shown in [
            format!("{vin:?}"),
            format!("{vin:#?}"),
            format!("{:?}", Some(vin)),
        ] {
            assert!(shown.contains("TMB…0002"), "{shown}");
            assert!(!shown.contains("TMBJB9NY5MF000002"), "{shown}");
        }
    }

    #[test]
    fn placeholders_are_recognised() {
        let of = |text: &str| text.parse::<Vin>().expect("a valid FIN").placeholder();
        assert_eq!(
            of("11111111111111111"),
            Some(Placeholder::SameCharacter('1'))
        );
        assert_eq!(
            of("xxxxxxxxxxxxxxxxx"),
            Some(Placeholder::SameCharacter('X'))
        );
        assert_eq!(of("12345678901234567"), Some(Placeholder::CountedDigits));
        assert_eq!(of("11111111111111112"), None);
        assert_eq!(of("WVWZZZE1ZMP000001"), None);
    }
}
