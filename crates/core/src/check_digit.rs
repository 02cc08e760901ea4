//! The two check digits of a FIN: the North American one at position 9 and the
//! German "Prüfziffer zur FIN" that stands behind the FIN in vehicle papers.
//!
//! Neither decides whether a FIN is accepted. European makers may use position
//! 9 as they like, so a mismatch is a [`CheckDigitNote`] and no fault.

use crate::alphabet::TRANSLITERATION;
use crate::vin::Vin;

/// Weights of the positions 1 to 17 in the North American scheme.
const NORTH_AMERICAN_WEIGHTS: [u8; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/// Weights of the positions 1 to 17 in the German scheme.
const GERMAN_WEIGHTS: [u8; 17] = [9, 8, 7, 6, 5, 4, 3, 2, 10, 9, 8, 7, 6, 5, 4, 3, 2];

/// That position 9 of a FIN is not the North American check digit.
///
/// ```
/// use finkit_core::{CheckDigitStrength, Vin};
///
/// let european: Vin = "WVWZZZE1ZMP000001".parse()?;
/// let note = european.check_digit_note().expect("Z at position 9 is a filler");
/// assert_eq!(note.found, 'Z');
/// assert_eq!(note.strength, CheckDigitStrength::Weak);
///
/// let shanghai: Vin = "LRW3E7FA6MC000013".parse()?;
/// assert_eq!(shanghai.check_digit_note(), None);
/// # Ok::<(), finkit_core::VinError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CheckDigitNote {
    /// The check digit that the other sixteen characters yield: `0` to `9` or `X`.
    pub expected: char,
    /// What stands at position 9.
    pub found: char,
    /// How much the mismatch means for a FIN of this origin.
    pub strength: CheckDigitStrength,
}

/// How much a mismatch at position 9 means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckDigitStrength {
    /// Ordinary: the maker's region does not require a check digit.
    Weak,
    /// Probably a typing error: makers of North America (first character 1, 2,
    /// 3, 4, 5 or 7) and of China (L) must use the check digit.
    Strong,
}

/// The check digit that belongs at position 9: `0` to `9` or `X`.
///
/// Source: 49 CFR 565.15. China uses the same scheme (GB 16735).
///
/// ```
/// use finkit_core::{Vin, north_american_check_digit};
///
/// let ones: Vin = "11111111111111111".parse()?;
/// assert_eq!(north_american_check_digit(&ones), '1');
/// # Ok::<(), finkit_core::VinError>(())
/// ```
#[must_use]
pub fn north_american_check_digit(vin: &Vin) -> char {
    check_character(weighted_sum(vin, &NORTH_AMERICAN_WEIGHTS))
}

/// The German "Prüfziffer zur FIN" (field 3 of the registration certificate): `0` to `9` or `X`.
///
/// Source: <http://kryptografie.de/kryptografie/chiffre/fin.htm>, background at
/// <http://pruefziffernberechnung.de/F/FIN.shtml>. Weights 2, 3, …, 10, 2, 3, …
/// from the right, letters by the digit part of their EBCDIC code.
///
/// ```
/// use finkit_core::{Vin, german_check_digit};
///
/// let textbook: Vin = "A1BS31Z0430336179".parse()?;
/// assert_eq!(german_check_digit(&textbook), '4');
/// # Ok::<(), finkit_core::VinError>(())
/// ```
#[must_use]
pub fn german_check_digit(vin: &Vin) -> char {
    check_character(weighted_sum(vin, &GERMAN_WEIGHTS))
}

/// The note for a FIN whose position 9 is not its North American check digit.
pub(crate) fn note(vin: &Vin) -> Option<CheckDigitNote> {
    let bytes = vin.as_bytes();
    let expected = north_american_check_digit(vin);
    let found = char::from(bytes[8]);
    let strength = match bytes[0] {
        b'1' | b'2' | b'3' | b'4' | b'5' | b'7' | b'L' => CheckDigitStrength::Strong,
        _ => CheckDigitStrength::Weak,
    };
    (expected != found).then_some(CheckDigitNote {
        expected,
        found,
        strength,
    })
}

fn weighted_sum(vin: &Vin, weights: &[u8; 17]) -> u16 {
    vin.as_bytes()
        .iter()
        .zip(weights)
        .map(|(&byte, &weight)| u16::from(TRANSLITERATION[usize::from(byte)]) * u16::from(weight))
        .sum()
}

fn check_character(sum: u16) -> char {
    char::from(b"0123456789X"[usize::from(sum % 11)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vin(text: &str) -> Vin {
        text.parse().expect("a valid FIN")
    }

    /// Made-up FINs in the shape of electric vehicles, each with its German Prüfziffer.
    const EUROPEAN: [(&str, char); 11] = [
        ("WVWZZZE1ZMP000001", 'X'),
        ("TMBJB9NY5MF000002", '8'),
        ("WBY21CF090CU00003", '2'),
        ("VF1AG000164000004", '3'),
        ("KNACC81GFM5000005", '7'),
        ("W1N2938901F000006", '2'),
        ("YSMVSEDE5ML000007", '3'),
        ("LSJW74095MZ000008", 'X'),
        ("ZFAEFAC42MX000009", '6'),
        ("WAUZZZGE1MB000010", '2'),
        ("VR3UHZKXZMT000011", '6'),
    ];

    /// Made-up FINs whose position 9 is their North American check digit.
    const NORTH_AMERICAN: [(&str, char); 4] = [
        ("XP7YGCEE7PB000012", '4'),
        ("LRW3E7FA6MC000013", '9'),
        ("5YJ3E7EB1KF000014", '7'),
        ("7SAYGDEE3NF000015", '5'),
    ];

    #[test]
    fn german_check_digit_agrees_with_the_recomputed_table() {
        for (text, expected) in EUROPEAN.into_iter().chain(NORTH_AMERICAN) {
            assert_eq!(german_check_digit(&vin(text)), expected, "{text}");
        }
        assert_eq!(german_check_digit(&vin("11111111111111111")), 'X');
        assert_eq!(german_check_digit(&vin("00000000000000000")), '0');
    }

    #[test]
    fn textbook_example_has_the_published_sum() {
        assert_eq!(
            weighted_sum(&vin("A1BS31Z0430336179"), &GERMAN_WEIGHTS),
            268
        );
        assert_eq!(german_check_digit(&vin("A1BS31Z0430336179")), '4');
    }

    #[test]
    fn position_nine_of_north_american_shapes_agrees() {
        for (text, _) in NORTH_AMERICAN {
            assert_eq!(
                north_american_check_digit(&vin(text)),
                char::from(text.as_bytes()[8]),
                "{text}"
            );
            assert_eq!(note(&vin(text)), None, "{text}");
        }
    }

    #[test]
    fn european_mismatch_is_a_weak_note_and_chinese_a_strong_one() {
        for (text, _) in EUROPEAN {
            let note = note(&vin(text)).expect(text);
            let expected = if text.starts_with('L') {
                CheckDigitStrength::Strong
            } else {
                CheckDigitStrength::Weak
            };
            assert_eq!(note.strength, expected, "{text}");
            assert_eq!(note.found, char::from(text.as_bytes()[8]), "{text}");
        }
    }

    #[test]
    fn mismatch_is_strong_for_every_north_american_region() {
        for first in ["1", "2", "3", "4", "5", "7", "L"] {
            let altered = format!("{first}YJ3E7EBZKF000014");
            assert_eq!(
                note(&vin(&altered)).expect("Z is no check digit").strength,
                CheckDigitStrength::Strong
            );
        }
        for first in ["6", "8", "9", "J", "W", "0"] {
            let altered = format!("{first}YJ3E7EBZKF000014");
            assert_eq!(
                note(&vin(&altered)).expect("Z is no check digit").strength,
                CheckDigitStrength::Weak
            );
        }
    }

    #[test]
    fn common_typing_error_changes_the_check_digit() {
        let right = vin("5YJ3E7EB1KF000014");
        let wrong = vin("5YJ3E7E81KF000014");
        assert_eq!(note(&right), None);
        assert!(note(&wrong).is_some());
    }
}
