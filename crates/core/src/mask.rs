//! Masked forms: enough of a FIN to find a row again, too little to know the car.
//!
//! A FIN is personal data for whoever can link it to a keeper (CJEU C-319/22),
//! so errors, logs and `Debug` show masked forms only.

use std::fmt;

use crate::vin::Vin;

/// A FIN with its middle left out: maker code, ellipsis, last four characters.
///
/// It holds no more than it shows, so it may be stored and logged.
///
/// ```
/// let vin: finkit_core::Vin = "WVWZZZE1ZMP000001".parse()?;
/// assert_eq!(vin.masked().to_string(), "WVW…0001");
/// assert_eq!(format!("{vin:?}"), "Vin(WVW…0001)");
/// # Ok::<(), finkit_core::VinError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaskedVin {
    head: [u8; 3],
    tail: [u8; 4],
}

impl MaskedVin {
    pub(crate) fn of(vin: &Vin) -> Self {
        let [a, b, c, .., w, x, y, z] = *vin.as_bytes();
        Self {
            head: [a, b, c],
            tail: [w, x, y, z],
        }
    }
}

impl fmt::Display for MaskedVin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(10);
        text.extend(self.head.map(char::from));
        text.push('…');
        text.extend(self.tail.map(char::from));
        f.pad(&text)
    }
}

impl fmt::Debug for MaskedVin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Masks raw input that may be a FIN, or nearly one.
///
/// From 14 characters on three stay at the front and four at the end, from 8 on
/// one and two, below that one. Outer white space is dropped; control and
/// invisible characters that would stay are shown as `?`, so that the result is
/// safe on a terminal.
///
/// ```
/// use finkit_core::mask;
///
/// assert_eq!(mask(" WVWZZZE1ZMPO00001 "), "WVW…0001");
/// assert_eq!(mask("tooshort"), "t…rt");
/// assert_eq!(mask("12345"), "1…");
/// assert_eq!(mask(""), "");
/// ```
#[must_use]
pub fn mask(text: &str) -> String {
    let text = text.trim_matches(is_blank);
    let length = text.chars().take(14).count();
    let (head, tail) = match length {
        0 => return String::new(),
        1..8 => (1, 0),
        8..14 => (1, 2),
        _ => (3, 4),
    };
    let mut masked: String = text.chars().take(head).map(printable).collect();
    masked.push('…');
    let mut end: Vec<char> = text.chars().rev().take(tail).map(printable).collect();
    end.reverse();
    masked.extend(end);
    masked
}

fn printable(character: char) -> char {
    if character.is_control() || is_blank(character) || is_format(character) {
        '?'
    } else {
        character
    }
}

/// White space and the characters of no width that spreadsheets and web pages leave around a value.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace() || is_invisible(character)
}

/// Characters of no width: zero-width space and joiners, direction marks, word joiner, byte order mark.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

fn is_format(character: char) -> bool {
    matches!(character, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{2061}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_text_never_carries_control_characters() {
        assert_eq!(mask("\u{1b}[31mWVWZZZE1ZMP00\u{7}\u{202E}"), "?[3…P00?");
        assert!(!mask("\u{1b}\u{1b}\u{1b}\u{1b}").contains('\u{1b}'));
    }

    #[test]
    fn short_texts_show_at_most_three_characters() {
        for length in 1..14 {
            let text = "ABCDEFGHJKLMN"[..length].to_owned();
            let shown = mask(&text).chars().filter(|&c| c != '…').count();
            assert!(shown <= 3 && (shown < length || length == 1), "{text}");
        }
    }

    #[test]
    fn display_honours_width() {
        let vin: Vin = "WVWZZZE1ZMP000001".parse().expect("a valid FIN");
        assert_eq!(format!("{:>10}|", vin.masked()), "  WVW…0001|");
    }
}
