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

impl VinNotice {
    /// A short fixed name of the kind, for machine-readable output.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SeparatorsRemoved { .. } => "separators-removed",
            Self::Placeholder { .. } => "placeholder",
            Self::LettersInSerial { .. } => "letters-in-serial",
        }
    }
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
    if let Some(vin) = clean(input) {
        return Ok(ParsedVin {
            vin,
            notices: notices(&vin, Vec::new()),
        });
    }
    let trimmed = input.trim_matches(is_blank);
    if let Some(vin) = clean(trimmed) {
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

/// The FIN, when the text is exactly that.
fn clean(text: &str) -> Option<Vin> {
    text.as_bytes().try_into().ok().and_then(Vin::from_ascii)
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
        let (faults, proposal) = if self.length == 0 {
            (vec![VinFault::Empty], None)
        } else if is_spreadsheet_number(trimmed) {
            (vec![VinFault::SpreadsheetNumber], None)
        } else if self.length > MEASURED_ONLY {
            (
                vec![VinFault::TooLong {
                    length: self.length,
                }],
                None,
            )
        } else {
            let proposal = self.proposal();
            (self.faults(proposal), proposal)
        };
        VinError {
            masked: mask(trimmed),
            faults,
            proposal: proposal.map(|proposal| proposal.vin),
        }
    }

    /// The faults of the single characters, then that of the length.
    fn faults(&self, proposal: Option<Proposal>) -> Vec<VinFault> {
        let characters = self.characters.iter().zip(1..);
        let mut faults: Vec<_> = characters
            .filter_map(|(&found, position)| fault_at(found, position))
            .collect();
        let signs = self
            .characters
            .iter()
            .filter(|&&found| meant(found).is_none())
            .count();
        let appended = proposal.and_then(|proposal| Some((proposal.appended?, proposal.vin)));
        // A FIN that is too long only by signs has faults enough in those signs.
        let too_long = self.length > Vin::LEN && self.length - signs != Vin::LEN;
        if self.length < Vin::LEN {
            faults.push(VinFault::TooShort {
                length: self.length,
            });
        } else if let (18, Some((digit, proposal))) = (self.length, appended) {
            faults.push(VinFault::CheckDigitAppended { digit, proposal });
        } else if too_long {
            faults.push(VinFault::TooLong {
                length: self.length,
            });
        }
        faults
    }

    /// The FIN that was probably meant: wrong characters exchanged, stray signs
    /// and an appended German check digit left out.
    fn proposal(&self) -> Option<Proposal> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alphabet::Alphabet;

    const FIN: &str = "WVWZZZE1ZMP000001";

    fn sound(input: &str) -> ParsedVin {
        parse(input).unwrap_or_else(|error| panic!("{error}"))
    }

    fn faults(input: &str) -> Vec<VinFault> {
        parse(input).expect_err("no FIN").faults
    }

    fn proposal(input: &str) -> Option<String> {
        parse(input)
            .expect_err("no FIN")
            .proposal()
            .map(str::to_owned)
    }

    #[test]
    fn case_and_outer_white_space_are_silent() {
        for around in [
            " ", "\t", "\r\n", "\u{a0}", "\u{200b}", "\u{200c}", "\u{200d}", "\u{feff}",
            "\u{202f}", "\u{200e}",
        ] {
            let parsed = sound(&format!("{around}{around}wvwZZZe1zMP000001{around}"));
            assert_eq!(parsed.vin.as_str(), FIN);
            assert_eq!(parsed.notices, [], "{around:?}");
        }
    }

    #[test]
    fn inner_separators_go_with_one_notice_that_says_where() {
        let parsed = sound("WVW-ZZZ E1.ZMP\u{a0}00\u{200b}00–01");
        assert_eq!(parsed.vin.as_str(), FIN);
        let separators = [
            ('-', 4),
            (' ', 7),
            ('.', 9),
            ('\u{a0}', 12),
            ('\u{200b}', 14),
            ('–', 16),
        ]
        .map(|(character, before)| Separator { character, before })
        .to_vec();
        assert_eq!(
            parsed.notices,
            [VinNotice::SeparatorsRemoved { separators }]
        );
    }

    #[test]
    fn letters_no_fin_contains_are_faults_with_a_proposal() {
        assert_eq!(
            faults("wvwzzzeizmpo0o0q1"),
            [
                (8, 'i', '1'),
                (12, 'o', '0'),
                (14, 'o', '0'),
                (16, 'q', '0')
            ]
            .map(|(position, found, proposal)| {
                VinFault::ForbiddenLetter {
                    position,
                    found,
                    proposal,
                }
            })
        );
        assert_eq!(proposal("wvwzzzeizmpo0o0q1").as_deref(), Some(FIN));
    }

    #[test]
    fn look_alikes_and_full_width_characters_are_never_rewritten() {
        let cyrillic = "WVWZZZЕ1ZМР000001";
        assert_eq!(
            faults(cyrillic),
            [(7, 'Е', 'E'), (10, 'М', 'M'), (11, 'Р', 'P')].map(|(position, found, proposal)| {
                VinFault::LookAlike {
                    position,
                    found,
                    alphabet: Alphabet::Cyrillic,
                    proposal,
                }
            })
        );
        let greek = "WVWΖZZE1ZMP000001";
        assert_eq!(
            faults(greek),
            [VinFault::LookAlike {
                position: 4,
                found: 'Ζ',
                alphabet: Alphabet::Greek,
                proposal: 'Z'
            }]
        );
        let full_width = "ＷVWZZZE1ZMP00０００１";
        assert_eq!(
            faults(full_width),
            [
                (1, 'Ｗ', 'W'),
                (14, '０', '0'),
                (15, '０', '0'),
                (16, '０', '0'),
                (17, '１', '1')
            ]
            .map(|(position, found, proposal)| VinFault::FullWidth {
                position,
                found,
                proposal
            })
        );
        for input in [cyrillic, greek, full_width] {
            assert_eq!(proposal(input).as_deref(), Some(FIN), "{input}");
        }
    }

    #[test]
    fn letters_without_a_counterpart_yield_no_proposal() {
        assert_eq!(
            faults("WVWZZZÄ1ZMP000001"),
            [VinFault::OtherCharacter {
                position: 7,
                found: 'Ä'
            }]
        );
        assert_eq!(proposal("WVWZZZÄ1ZMP000001"), None);
    }

    #[test]
    fn appended_german_check_digit_is_recognised() {
        let vin: Vin = FIN.parse().expect("a FIN");
        for input in [
            "WVWZZZE1ZMP000001X",
            "wvwzzze1zmp000001x",
            "WVWZZZE1ZMP000001-X",
            "WVWZZZE1ZMP000001 X",
        ] {
            let error = parse(input).expect_err("18 characters");
            assert_eq!(
                error.faults(),
                [VinFault::CheckDigitAppended {
                    digit: 'X',
                    proposal: vin
                }],
                "{input}"
            );
            assert_eq!(error.proposal(), Some(FIN), "{input}");
        }
        let textbook = parse("A1BS31Z04303361794").expect_err("18 characters");
        assert_eq!(textbook.proposal(), Some("A1BS31Z0430336179"));
        assert_eq!(textbook.faults()[0].code(), "check-digit-appended");
    }

    #[test]
    fn any_other_eighteenth_character_is_just_too_long() {
        for last in "0123456789ABC".chars() {
            assert_eq!(
                faults(&format!("{FIN}{last}")),
                [VinFault::TooLong { length: 18 }],
                "{last}"
            );
            assert_eq!(proposal(&format!("{FIN}{last}")), None);
        }
    }

    #[test]
    fn appended_check_digit_is_recognised_behind_corrected_letters_too() {
        let error = parse("WVWZZZE1ZMPO00001X").expect_err("18 characters");
        assert_eq!(error.proposal(), Some(FIN));
        assert_eq!(
            error
                .faults()
                .iter()
                .map(VinFault::code)
                .collect::<Vec<_>>(),
            ["forbidden-letter", "check-digit-appended"]
        );
    }

    #[test]
    fn stray_signs_are_faults_and_left_out_of_the_proposal() {
        assert_eq!(
            faults("*WVWZZZE1ZMP000001*"),
            [1, 19].map(|position| VinFault::OtherCharacter {
                position,
                found: '*'
            })
        );
        assert_eq!(proposal("*WVWZZZE1ZMP000001*").as_deref(), Some(FIN));
        // The sign stands for a character: nothing tells which.
        assert_eq!(proposal("WVWZZZ:1ZMP000001"), None);
        assert_eq!(
            faults("WVWZZZ:1ZMP000001"),
            [VinFault::OtherCharacter {
                position: 7,
                found: ':'
            }]
        );
    }

    #[test]
    fn tabs_and_line_breaks_inside_are_faults() {
        for inner in ['\t', '\n', '\r'] {
            assert_eq!(
                faults(&format!("WVWZZZ{inner}E1ZMP000001")),
                [VinFault::OtherCharacter {
                    position: 7,
                    found: inner
                }]
            );
        }
    }

    #[test]
    fn lengths_have_their_own_faults() {
        assert_eq!(faults(""), [VinFault::Empty]);
        assert_eq!(faults(" \u{a0}\t"), [VinFault::Empty]);
        assert_eq!(faults("-"), [VinFault::Empty]);
        assert_eq!(faults("W0"), [VinFault::TooShort { length: 2 }]);
        assert_eq!(
            faults("WVWZZZE1ZMP00001"),
            [VinFault::TooShort { length: 16 }]
        );
        assert_eq!(
            faults("WVWZZZE1ZMP0000001"),
            [VinFault::TooLong { length: 18 }]
        );
        assert_eq!(
            faults(&"W".repeat(1_000_000)),
            [VinFault::TooLong { length: 1_000_000 }]
        );
    }

    #[test]
    fn faults_of_characters_and_of_length_come_together() {
        assert_eq!(
            faults("WVWZZZE1ZMPO0001"),
            [
                VinFault::ForbiddenLetter {
                    position: 12,
                    found: 'O',
                    proposal: '0'
                },
                VinFault::TooShort { length: 16 },
            ]
        );
        assert_eq!(proposal("WVWZZZE1ZMPO0001"), None);
    }

    #[test]
    fn number_damaged_by_a_spreadsheet_is_recognised_and_never_proposed_for() {
        for damaged in [
            "1.23457E+16",
            "1,23457E+16",
            "1E+16",
            "1.2345678901234E+16",
            "1.234567890123e+16",
        ] {
            assert_eq!(faults(damaged), [VinFault::SpreadsheetNumber], "{damaged}");
            assert_eq!(proposal(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn fillers_and_letters_in_the_serial_are_noticed() {
        assert_eq!(
            sound("00000000000000000").notices,
            [VinNotice::Placeholder {
                placeholder: Placeholder::SameCharacter('0')
            }]
        );
        assert_eq!(
            sound("AAAAAAAAAAAAAAAAA").notices,
            [VinNotice::Placeholder {
                placeholder: Placeholder::SameCharacter('A')
            }]
        );
        assert_eq!(
            sound("WVWZZZE1ZMP00S0Z1").notices,
            [VinNotice::LettersInSerial {
                positions: vec![14, 16]
            }]
        );
    }

    #[test]
    fn positions_point_at_the_fault() {
        assert_eq!(faults("WVWZZZE1ZMP00001")[0].position(), Some(17));
        assert_eq!(faults("WVWZZZE1ZMP0000011")[0].position(), Some(18));
        assert_eq!(faults("")[0].position(), None);
        // Separators do not count: the O is the twelfth character of the FIN.
        assert_eq!(faults("WVW-ZZZ-E1-ZMP-O00001")[0].position(), Some(12));
    }

    #[test]
    fn errors_show_neither_the_input_nor_the_proposal() {
        for input in [
            "WVWZZZE1ZMPO00001",
            "WVWZZZE1ZMP000001X",
            "ＷＶＷＺＺＺＥ１ＺＭＰ０００００１",
        ] {
            let error = parse(input).expect_err("no FIN");
            for shown in [
                error.to_string(),
                format!("{error:?}"),
                format!("{error:#?}"),
            ] {
                assert!(!shown.contains(input), "{shown}");
                assert!(!shown.contains(FIN), "{shown}");
            }
        }
        let full_width = parse("ＷＶＷＺＺＺＥ１ＺＭＰ０００００１").expect_err("no FIN");
        assert_eq!(
            full_width.to_string(),
            "not a FIN (ＷＶＷ…０００１): full-width Ｗ at position 1, perhaps W; full-width Ｖ at position 2, \
             perhaps V; full-width Ｗ at position 3, perhaps W; and 14 further faults"
        );
    }
}
