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
            Token::Text(raw) => characters(raw, text)?,
            Token::Close(b"t") => return Ok(()),
            _ => return Err(Trouble::Unsure),
        }
    }
}

/// Appends characters; those that workbooks spell as `_x000D_` are left to the complete parser.
pub(super) fn characters(raw: &[u8], text: &mut String) -> Result<(), Trouble> {
    if memchr::memmem::find(raw, b"_x").is_some() {
        return Err(Trouble::Unsure);
    }
    unescape(raw, text)
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
        let spelled = "<sst><si><t>a_x000D_b</t></si></sst>";
        assert!(matches!(
            Strings::read(spelled.as_bytes(), 1 << 20),
            Err(Trouble::Unsure)
        ));
    }
}
