//! The texts that the cells of a workbook share, end to end in one store.

use std::io::Read;

use super::Trouble;
use super::tokens::{Token, Tokens, unescape};
use crate::error::{Limit, ListError};

/// Most texts; more than any sheet has rows.
const MOST: usize = 4_000_000;

/// The shared texts.
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    /// Where each text ends.
    ends: Vec<u32>,
}

impl Strings {
    pub(super) fn read(part: impl Read, limit: u64) -> Result<Self, Trouble> {
        let mut tokens = Tokens::new(part, (Limit::SharedStringsBytes, limit));
        let mut strings = Self::default();
        loop {
            match tokens.next()? {
                Token::Open {
                    name: b"si", empty, ..
                } => {
                    if !empty {
                        text_of(&mut tokens, b"si", &mut strings.text)?;
                    }
                    let end = u32::try_from(strings.text.len()).map_err(|_| Trouble::Unsure)?;
                    strings.ends.push(end);
                    if strings.ends.len() > MOST {
                        return Err(ListError::limit(Limit::SharedStringsBytes, limit, None).into());
                    }
                }
                Token::End => return Ok(strings),
                _ => {}
            }
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index
            .checked_sub(1)
            .map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }
}

/// Appends the text of the element that was just opened: that of its `t` elements, except those that only say how
/// it is pronounced.
pub(super) fn text_of<R: Read>(
    tokens: &mut Tokens<R>,
    closing: &[u8],
    text: &mut String,
) -> Result<(), Trouble> {
    loop {
        match tokens.next()? {
            Token::Open {
                name: b"t",
                attributes,
                empty: false,
            } => {
                let kept = attributes.get(b"space") == Some(b"preserve");
                let start = text.len();
                run(tokens, text)?;
                if !kept {
                    trim(text, start);
                }
                spelled(text, start)?;
            }
            Token::Open {
                name: b"rPh",
                empty: false,
                ..
            } => tokens.skip()?,
            Token::Close(name) if name == closing => return Ok(()),
            Token::End => return Err(Trouble::Unsure),
            _ => {}
        }
    }
}

/// The characters up to the next tag, which must be an end.
fn run<R: Read>(tokens: &mut Tokens<R>, text: &mut String) -> Result<(), Trouble> {
    loop {
        match tokens.next()? {
            Token::Text(raw) => unescape(raw, text)?,
            Token::Close(b"t") => return Ok(()),
            _ => return Err(Trouble::Unsure),
        }
    }
}

/// Appends characters as they are meant.
pub(super) fn characters(raw: &[u8], text: &mut String) -> Result<(), Trouble> {
    let start = text.len();
    unescape(raw, text)?;
    spelled(text, start)
}

/// Puts in the characters that workbooks spell as `_x000D_` (ECMA-376, part 1, 22.9.2.19).
fn spelled(text: &mut String, start: usize) -> Result<(), Trouble> {
    if memchr::memmem::find(&text.as_bytes()[start..], b"_x").is_none() {
        return Ok(());
    }
    let mut meant = String::with_capacity(text.len() - start);
    let mut rest = &text[start..];
    while let Some(at) = rest.find("_x") {
        let code = rest
            .get(at + 2..at + 7)
            .and_then(|code| code.strip_suffix('_'))
            .filter(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|code| u32::from_str_radix(code, 16).ok());
        let behind = match code {
            Some(code) => {
                meant.push_str(&rest[..at]);
                // Halves of a pair and NUL characters are for the complete parser.
                let character = char::from_u32(code).filter(|character| *character != '\0');
                meant.push(character.ok_or(Trouble::Unsure)?);
                at + 7
            }
            None => {
                meant.push_str(&rest[..=at]);
                at + 1
            }
        };
        rest = &rest[behind..];
    }
    meant.push_str(rest);
    text.truncate(start);
    text.push_str(&meant);
    Ok(())
}

/// Drops white space at the ends of what was appended.
fn trim(text: &mut String, start: usize) {
    const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];
    let end = text[start..].trim_end_matches(BLANKS).len() + start;
    text.truncate(end);
    let blank = text[start..].len() - text[start..].trim_start_matches(BLANKS).len();
    text.replace_range(start..start + blank, "");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_their_place() {
        let xml = r#"<sst><si><t>a</t></si><si/><si><r><rPr><b/></rPr><t xml:space="preserve"> b </t></r><r><t>c &amp; d </t></r></si>
            <si><t>東京</t><rPh sb="0" eb="1"><t>トウキョウ</t></rPh></si><si><t></t></si></sst>"#;
        let strings = Strings::read(xml.as_bytes(), 1 << 20).unwrap();
        let all: Vec<&str> = (0..5).map(|index| strings.get(index).unwrap()).collect();
        assert_eq!(all, ["a", "", " b c & d", "東京", ""]);
        assert_eq!(strings.get(5), None);
    }

    #[test]
    fn characters_that_workbooks_spell_are_read_and_halves_of_pairs_are_unsure() {
        let read = |text: &str| {
            let xml = format!("<sst><si><t>{text}</t></si></sst>");
            Strings::read(xml.as_bytes(), 1 << 20).map(|strings| strings.get(0).unwrap().to_owned())
        };
        for (text, meant) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("__x0041__x0042_", "_AB"),
            ("_x_x00e4_ _x12345_ _x00", "_xä _x12345_ _x00"),
            ("max_xor", "max_xor"),
            (" a_x0020_ ", "a "),
            ("_x\u{e4}\u{e4}12_", "_x\u{e4}\u{e4}12_"),
        ] {
            assert_eq!(read(text).unwrap(), meant);
        }
        for text in ["_xD83D__xDE00_", "_x0000_"] {
            assert!(matches!(read(text), Err(Trouble::Unsure)), "{text}");
        }
    }
}
