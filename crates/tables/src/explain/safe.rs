//! Foreign text made harmless for a terminal, a log and a page: characters that
//! steer instead of showing become visible names such as `<U+001B>`.

use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};

/// Whether a character steers the output device or the direction of the text
/// instead of showing something.
///
/// These are the C0 and C1 control characters, DEL, the bidirectional controls
/// (U+202A–U+202E, U+2066–U+2069 and the marks U+200E, U+200F, U+061C, which
/// turn `…gpj.exe` into something that reads like a picture; see
/// "Trojan Source", CVE-2021-42574), the line and paragraph separators and the
/// deprecated and tag characters that terminals do not show.
#[must_use]
pub fn steers(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Whether a character takes no room on the screen and so hides in a value:
/// soft hyphen, zero-width characters, byte order mark, no-break spaces.
#[must_use]
pub fn hides(c: char) -> bool {
    matches!(
        c,
        '\u{a0}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{200b}'..='\u{200d}'
            | '\u{202f}'
            | '\u{2060}'..='\u{2064}'
            | '\u{feff}'
    )
}

/// The text for one line: everything that [`steers`], line breaks and tabs
/// included, is made visible.
///
/// ```
/// use finkit_tables::explain::visible_line;
///
/// assert_eq!(visible_line("Huber & Söhne"), "Huber & Söhne");
/// assert_eq!(visible_line("\u{1b}[2Jgone"), "<U+001B>[2Jgone");
/// ```
#[must_use]
pub fn visible_line(text: &str) -> Cow<'_, str> {
    replace(text, steers)
}

/// The text for several lines: as [`visible_line`], but line feeds and tabs stay.
#[must_use]
pub fn visible_text(text: &str) -> Cow<'_, str> {
    replace(text, |c| steers(c) && c != '\n' && c != '\t')
}

/// The text for showing a faulty value: what [`hides`] is made visible too.
#[must_use]
pub fn visible_value(text: &str) -> Cow<'_, str> {
    replace(text, |c| steers(c) || hides(c))
}

/// The text with every character that `bad` names made visible.
pub(crate) fn replace(text: &str, bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    let Some(first) = text.find(&bad) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 8);
    out.push_str(&text[..first]);
    for c in text[first..].chars() {
        if bad(c) {
            let _ = write!(out, "<U+{:04X}>", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A value whose `Display` is one harmless line, whatever it holds.
///
/// ```
/// use finkit_tables::explain::Safe;
///
/// assert_eq!(format!("{}", Safe("a\u{202e}b\n")), "a<U+202E>b<U+000A>");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Safe<T>(pub T);

impl<T: Display> Display for Safe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Filter<'a, 'f>(&'a mut fmt::Formatter<'f>);
        impl fmt::Write for Filter<'_, '_> {
            fn write_str(&mut self, s: &str) -> fmt::Result {
                self.0.write_str(&visible_line(s))
            }
        }
        write!(Filter(f), "{}", self.0)
    }
}

/// How many columns a text takes in a terminal, near enough for lining up:
/// one per character, two for East Asian wide ones, none for combining ones.
#[must_use]
pub(crate) fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match u32::from(c) {
            0x300..=0x36f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
            0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0xffe0..=0xffe6
            | 0x1f300..=0x1faff
            | 0x20000..=0x3fffd => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_not_copied() {
        assert!(matches!(visible_line("Größe 42 €"), Cow::Borrowed(_)));
        assert!(matches!(visible_text("a\tb\nc"), Cow::Borrowed(_)));
    }

    #[test]
    fn every_steering_character_becomes_visible() {
        for c in (0..=0x10ffff)
            .filter_map(char::from_u32)
            .filter(|c| steers(*c))
        {
            let shown = visible_line(&format!("a{c}b")).into_owned();
            assert!(
                shown.starts_with("a<U+") && shown.ends_with(">b"),
                "{:x}",
                u32::from(c)
            );
            assert!(!shown.chars().any(steers));
        }
    }

    #[test]
    fn known_terminal_attacks_are_harmless() {
        for attack in [
            "\u{1b}]52;c;ZXZpbA==\u{7}",
            "\u{1b}[2J\u{1b}[H",
            "\u{9b}31m",
            "\u{90}+q\u{9c}",
            "safe\rroot",
            "\u{202e}xslx.exe",
            "\u{2066}\u{2069}",
        ] {
            assert!(!visible_line(attack).chars().any(steers));
            assert!(!format!("{}", Safe(attack)).chars().any(steers));
        }
    }

    #[test]
    fn hidden_characters_show_in_values() {
        assert_eq!(
            visible_value("WVW\u{200b}ZZZ\u{a0}"),
            "WVW<U+200B>ZZZ<U+00A0>"
        );
    }
}
