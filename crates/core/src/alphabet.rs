//! The 33 characters a FIN may hold, their ranks and transliteration values,
//! and the characters of other alphabets that merely look like them.
//!
//! Sources: ISO 3779 (digits and capital letters without I, O and Q) and, for
//! the transliteration, 49 CFR 565.15.

/// What [`RANK`] holds for every byte that no FIN may contain.
pub(crate) const NOT_ALLOWED: u8 = 0xFF;

/// The allowed characters in ASCII order; the index is the rank.
pub(crate) const ALPHABET: [u8; 33] = *b"0123456789ABCDEFGHJKLMNPRSTUVWXYZ";

/// Rank (0 to 32, in ASCII order) of every allowed byte, [`NOT_ALLOWED`] for the rest.
pub(crate) const RANK: [u8; 256] = {
    let mut table = [NOT_ALLOWED; 256];
    let mut rank = 0;
    while rank < ALPHABET.len() {
        table[ALPHABET[rank] as usize] = rank as u8;
        rank += 1;
    }
    table
};

/// Value of every allowed byte in both check digit schemes, 0 for the rest.
///
/// Both schemes agree on the 33 characters; they differ only on I, O and Q,
/// which no FIN contains.
pub(crate) const TRANSLITERATION: [u8; 256] = {
    let mut table = [0; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        table[digit as usize] = digit - b'0';
        digit += 1;
    }
    let letters = *b"ABCDEFGHJKLMNPRSTUVWXYZ";
    let values = *b"12345678123457923456789";
    let mut index = 0;
    while index < letters.len() {
        table[letters[index] as usize] = values[index] - b'0';
        index += 1;
    }
    table
};

/// The alphabet a look-alike was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Alphabet {
    /// Cyrillic letters such as `В` or `Н`.
    Cyrillic,
    /// Greek letters such as `Ζ` or `Ρ`.
    Greek,
    /// Latin letters and signs beyond ASCII, such as the slashed `Ø` or the dotless `ı`.
    ExtendedLatin,
}

/// The digit commonly meant by one of the three letters no FIN contains.
pub(crate) fn forbidden_letter(character: char) -> Option<char> {
    match character {
        'I' | 'i' => Some('1'),
        'O' | 'o' | 'Q' | 'q' => Some('0'),
        _ => None,
    }
}

/// The ASCII character a full-width digit or letter stands for, made fit for a FIN.
pub(crate) fn full_width(character: char) -> Option<char> {
    let ascii = match character {
        '\u{FF10}'..='\u{FF19}' | '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' => {
            char::from_u32(u32::from(character) - 0xFEE0)?
        }
        _ => return None,
    };
    Some(fit(ascii))
}

/// The allowed character that a letter of another alphabet looks like.
///
/// Lower-case letters count when they look like the same letter as their
/// capital does; Greek `ν`, `υ` and `η` do not, so nothing is proposed for them.
pub(crate) fn look_alike(character: char) -> Option<(Alphabet, char)> {
    let (alphabet, ascii) = match character {
        'А' | 'а' => (Alphabet::Cyrillic, 'A'),
        'В' | 'в' => (Alphabet::Cyrillic, 'B'),
        'Е' | 'е' => (Alphabet::Cyrillic, 'E'),
        'З' | 'з' => (Alphabet::Cyrillic, '3'),
        'І' | 'і' => (Alphabet::Cyrillic, 'I'),
        'Ј' | 'ј' => (Alphabet::Cyrillic, 'J'),
        'К' | 'к' => (Alphabet::Cyrillic, 'K'),
        'М' | 'м' => (Alphabet::Cyrillic, 'M'),
        'Н' | 'н' => (Alphabet::Cyrillic, 'H'),
        'О' | 'о' => (Alphabet::Cyrillic, 'O'),
        'Р' | 'р' => (Alphabet::Cyrillic, 'P'),
        'С' | 'с' => (Alphabet::Cyrillic, 'C'),
        'Ѕ' | 'ѕ' => (Alphabet::Cyrillic, 'S'),
        'Т' | 'т' => (Alphabet::Cyrillic, 'T'),
        'У' | 'у' => (Alphabet::Cyrillic, 'Y'),
        'Х' | 'х' => (Alphabet::Cyrillic, 'X'),
        'Α' | 'α' => (Alphabet::Greek, 'A'),
        'Β' | 'β' => (Alphabet::Greek, 'B'),
        'Ε' | 'ε' => (Alphabet::Greek, 'E'),
        'Ζ' | 'ζ' => (Alphabet::Greek, 'Z'),
        'Η' => (Alphabet::Greek, 'H'),
        'Ι' | 'ι' => (Alphabet::Greek, 'I'),
        'Κ' | 'κ' => (Alphabet::Greek, 'K'),
        'Μ' | 'μ' => (Alphabet::Greek, 'M'),
        'Ν' => (Alphabet::Greek, 'N'),
        'Ο' | 'ο' => (Alphabet::Greek, 'O'),
        'Ρ' | 'ρ' => (Alphabet::Greek, 'P'),
        'Τ' | 'τ' => (Alphabet::Greek, 'T'),
        'Υ' => (Alphabet::Greek, 'Y'),
        'Χ' | 'χ' => (Alphabet::Greek, 'X'),
        'Ø' | 'ø' | '⌀' | '∅' => (Alphabet::ExtendedLatin, '0'),
        'ı' | 'İ' => (Alphabet::ExtendedLatin, 'I'),
        'ſ' => (Alphabet::ExtendedLatin, 'S'),
        '\u{212A}' => (Alphabet::ExtendedLatin, 'K'),
        _ => return None,
    };
    Some((alphabet, fit(ascii)))
}

/// An ASCII letter or digit made fit for a FIN: capital, with I, O and Q as the digit they resemble.
fn fit(ascii: char) -> char {
    forbidden_letter(ascii).unwrap_or_else(|| ascii.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_follow_ascii_order_and_cover_33_characters() {
        assert!(ALPHABET.is_sorted());
        let allowed: Vec<u8> = (0..=255)
            .filter(|&byte| RANK[usize::from(byte)] != NOT_ALLOWED)
            .collect();
        assert_eq!(allowed, ALPHABET);
        for letter in *b"IOQioq" {
            assert_eq!(RANK[usize::from(letter)], NOT_ALLOWED);
        }
    }

    #[test]
    fn transliteration_is_the_published_table() {
        let groups: [(&str, u8); 9] = [
            ("AJ", 1),
            ("BKS", 2),
            ("CLT", 3),
            ("DMU", 4),
            ("ENV", 5),
            ("FW", 6),
            ("GPX", 7),
            ("HY", 8),
            ("RZ", 9),
        ];
        let mut letters = 0;
        for (group, value) in groups {
            for letter in group.bytes() {
                assert_eq!(
                    TRANSLITERATION[usize::from(letter)],
                    value,
                    "{}",
                    char::from(letter)
                );
                letters += 1;
            }
        }
        assert_eq!(letters, 23);
        for digit in 0..10 {
            assert_eq!(TRANSLITERATION[usize::from(b'0' + digit)], digit);
        }
    }

    #[test]
    fn every_proposal_is_an_allowed_character_and_no_ascii_character_is_a_look_alike() {
        for character in (0..=0x1_FFFF).filter_map(char::from_u32) {
            for proposal in [
                forbidden_letter(character),
                full_width(character),
                look_alike(character).map(|(_, meant)| meant),
            ]
            .into_iter()
            .flatten()
            {
                assert!(
                    ALPHABET.contains(&u8::try_from(proposal).expect("ASCII")),
                    "{character} -> {proposal}"
                );
            }
            if character.is_ascii() {
                assert_eq!(look_alike(character), None);
                assert_eq!(full_width(character), None);
            }
        }
    }

    #[test]
    fn look_alikes_of_letters_no_fin_holds_propose_the_digit() {
        assert_eq!(look_alike('О'), Some((Alphabet::Cyrillic, '0')));
        assert_eq!(look_alike('Ι'), Some((Alphabet::Greek, '1')));
        assert_eq!(full_width('Ｏ'), Some('0'));
        assert_eq!(full_width('ｗ'), Some('W'));
    }
}
