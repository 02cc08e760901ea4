//! Tags and texts of an XML part, one after the other, out of a small window.
//!
//! Only what workbooks are made of: what else XML allows (CDATA, document types, other encodings) is
//! [`Trouble::Unsure`], and the workbook is read by a complete parser instead.

use std::io::Read;

use memchr::{memchr, memchr2, memmem};

use super::Trouble;
use crate::error::{Limit, ListError};

/// Longest tag or text.
const LONGEST: usize = 1 << 20;

/// Bytes read at once.
const WINDOW: usize = 64 << 10;

/// A piece of a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// The start of an element, or all of an empty one.
    Open {
        /// Without prefix.
        name: &'a [u8],
        attributes: Attributes<'a>,
        empty: bool,
    },
    /// The end of an element; the name without prefix.
    Close(&'a [u8]),
    /// Characters between tags, as they stand there.
    Text(&'a [u8]),
    /// The end of the part.
    End,
}

/// Reads a part piece by piece.
pub(super) struct Tokens<R> {
    reader: R,
    window: Vec<u8>,
    /// Where the next piece begins, and how far the window is filled.
    at: usize,
    filled: usize,
    at_end: bool,
    /// Bytes that may still be inflated.
    left: u64,
    limit: (Limit, u64),
    begun: bool,
    /// Tags so far.
    tags: u64,
    /// Comments and instructions so far.
    asides: u64,
}

/// Most tags of a part: a sheet of as many cells as there may be would not have more.
const MOST_TAGS: u64 = 64_000_000;

/// Most comments and instructions of a part; spreadsheets write none but the first line.
const MOST_ASIDES: u64 = 100_000;

impl<R: Read> Tokens<R> {
    /// `limit`: what is said when the part is longer.
    pub(super) fn new(reader: R, limit: (Limit, u64)) -> Self {
        let window = vec![0; WINDOW];
        Self {
            reader,
            window,
            at: 0,
            filled: 0,
            at_end: false,
            left: limit.1,
            limit,
            begun: false,
            tags: 0,
            asides: 0,
        }
    }

    /// Counts bytes that were inflated elsewhere against the limit.
    pub(super) fn begin_with(&mut self, inflated: u64) {
        self.left = self.left.saturating_sub(inflated);
    }

    /// Bytes that count against the limit so far.
    pub(super) fn inflated(&self) -> u64 {
        self.limit.1 - self.left
    }

    /// The next piece.
    pub(super) fn next(&mut self) -> Result<Token<'_>, Trouble> {
        if !self.begun {
            self.begin()?;
        }
        loop {
            if self.at == self.filled && !self.more()? {
                return Ok(Token::End);
            }
            if self.window[self.at] != b'<' {
                let end = self.find(self.at, |window| memchr(b'<', window))?;
                let text = self.at..end.unwrap_or(self.filled);
                self.at = text.end;
                return Ok(Token::Text(&self.window[text]));
            }
            let end = self.tag_end()?;
            let tag = self.at + 1..end;
            self.at = end + 1;
            self.tags += 1;
            if self.tags > MOST_TAGS {
                return Err(ListError::limit(Limit::Tags, MOST_TAGS, None).into());
            }
            match self.window[tag.start] {
                aside @ (b'?' | b'!') => {
                    if aside == b'!' && !self.window[tag].starts_with(b"!--") {
                        return Err(Trouble::Unsure);
                    }
                    self.asides += 1;
                    if self.asides > MOST_ASIDES {
                        return Err(ListError::limit(Limit::Tags, MOST_ASIDES, None).into());
                    }
                }
                b'/' => {
                    let name = local(self.window[tag.start + 1..tag.end].trim_ascii_end());
                    return Ok(Token::Close(name));
                }
                _ => return Ok(open(&self.window[tag])),
            }
        }
    }

    /// Reads the rest of the part, so that damage behind what was of interest is found, too.
    pub(super) fn finish(&mut self) -> Result<(), Trouble> {
        self.at = self.filled;
        while self.more()? {
            self.at = self.filled;
        }
        Ok(())
    }

    /// Skips to the end of the element that was just opened.
    pub(super) fn skip(&mut self) -> Result<(), Trouble> {
        let mut depth = 1;
        while depth > 0 {
            match self.next()? {
                Token::Open { empty: false, .. } => depth += 1,
                Token::Close(_) => depth -= 1,
                Token::End => return Err(Trouble::Unsure),
                _ => {}
            }
        }
        Ok(())
    }

    /// Refuses encodings other than UTF-8 and skips a byte order mark.
    fn begin(&mut self) -> Result<(), Trouble> {
        self.begun = true;
        while self.filled < 256 && self.more()? {}
        let start = &self.window[..self.filled];
        if start.starts_with(b"\xEF\xBB\xBF") {
            self.at = 3;
        }
        if let Some(end) = memmem::find(start, b"?>") {
            let declaration = start[..end].to_ascii_lowercase();
            let other = memmem::find(&declaration, b"encoding").is_some()
                && memmem::find(&declaration, b"utf-8").is_none();
            if other {
                return Err(Trouble::Unsure);
            }
        }
        if start.contains(&0) {
            Err(Trouble::Unsure)
        } else {
            Ok(())
        }
    }

    /// Where the tag ends that begins here; comments and instructions have ends of their own.
    fn tag_end(&mut self) -> Result<usize, Trouble> {
        while self.filled - self.at < 4 && self.more()? {}
        let start = &self.window[self.at + 1..self.filled];
        if start.starts_with(b"!--") {
            let end = self.find(self.at + 4, |window| memmem::find(window, b"-->"))?;
            return Ok(end.ok_or(Trouble::Unsure)? + 2);
        }
        if start.starts_with(b"?") {
            let end = self.find(self.at + 2, |window| memmem::find(window, b"?>"))?;
            return Ok(end.ok_or(Trouble::Unsure)? + 1);
        }
        let end = self
            .find(self.at, |window| memchr(b'>', window))?
            .ok_or(Trouble::Unsure)?;
        let tag = &self.window[self.at + 1..end];
        // A `>` may stand in a quoted value: then what comes before it is no closing quote, or quotes of the other
        // kind are about.
        let value = tag.strip_suffix(b"/").unwrap_or(tag).trim_ascii_end();
        let sure = match memchr2(b'=', b'\'', tag) {
            None => true,
            Some(at) => {
                tag[at] == b'='
                    && value
                        .strip_suffix(b"\"")
                        .is_some_and(|before| before.trim_ascii_end().last() != Some(&b'='))
                    && memchr(b'\'', tag).is_none()
            }
        };
        if sure {
            Ok(end)
        } else {
            self.careful_tag_end()
        }
    }

    /// As [`tag_end`](Self::tag_end), looking at every quote.
    fn careful_tag_end(&mut self) -> Result<usize, Trouble> {
        let mut quote = None;
        let mut at = self.at;
        loop {
            while at == self.filled {
                let moved = self.at;
                if !self.more()? {
                    return Err(Trouble::Unsure);
                }
                at -= moved - self.at;
            }
            match (self.window[at], quote) {
                (b'>', None) => return Ok(at),
                (byte @ (b'"' | b'\''), None) => quote = Some(byte),
                (byte, Some(open)) if byte == open => quote = None,
                _ => {}
            }
            at += 1;
        }
    }

    /// Looks from a place on, with more of the part where needed; `None` at its end.
    fn find(
        &mut self,
        from: usize,
        look: impl Fn(&[u8]) -> Option<usize>,
    ) -> Result<Option<usize>, Trouble> {
        let mut from = from.min(self.filled);
        loop {
            if let Some(found) = look(&self.window[from..self.filled]) {
                return Ok(Some(from + found));
            }
            // What is looked for has at most three bytes.
            let behind = (self.filled - from).saturating_sub(2);
            let begin = self.at;
            if !self.more()? {
                return Ok(None);
            }
            from = from + behind - (begin - self.at);
        }
    }

    /// Reads on; what lies before the current place is dropped. `false` at the end of the part.
    fn more(&mut self) -> Result<bool, Trouble> {
        if self.at_end {
            return Ok(false);
        }
        if self.at > 0 {
            self.window.copy_within(self.at..self.filled, 0);
            self.filled -= self.at;
            self.at = 0;
        }
        if self.filled == self.window.len() {
            if self.filled >= LONGEST {
                return Err(ListError::limit(Limit::TextBytes, LONGEST as u64, None).into());
            }
            self.window.resize(self.filled * 2, 0);
        }
        loop {
            match self.reader.read(&mut self.window[self.filled..]) {
                Ok(0) => {
                    self.at_end = true;
                    return Ok(false);
                }
                Ok(count) => {
                    self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
                        Trouble::from(ListError::limit(self.limit.0, self.limit.1, None))
                    })?;
                    self.filled += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                // Damaged archives are for the complete parser to name.
                Err(_) => return Err(Trouble::Unsure),
            }
        }
    }
}

fn open(tag: &[u8]) -> Token<'_> {
    let (tag, empty) = match tag {
        [tag @ .., b'/'] => (tag, true),
        tag => (tag, false),
    };
    let end = tag
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(tag.len());
    Token::Open {
        name: local(&tag[..end]),
        attributes: Attributes(&tag[end..]),
        empty,
    }
}

/// A name without its prefix.
fn local(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(colon) => &name[colon + 1..],
        None => name,
    }
}

/// The attributes of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attributes<'a>(&'a [u8]);

impl<'a> Attributes<'a> {
    /// The value of an attribute as it stands there; the name without prefix.
    pub(super) fn get(self, wanted: &[u8]) -> Option<&'a [u8]> {
        self.into_iter()
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    }

    /// The value as text.
    pub(super) fn text(self, wanted: &[u8]) -> Result<Option<String>, Trouble> {
        let Some(value) = self.get(wanted) else {
            return Ok(None);
        };
        let mut text = String::new();
        unescape(value, &mut text)?;
        Ok(Some(text))
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_ascii_start();
        let equals = memchr(b'=', rest)?;
        let name = local(rest[..equals].trim_ascii_end());
        let rest = rest[equals + 1..].trim_ascii_start();
        let (&quote, rest) = rest.split_first()?;
        if !matches!(quote, b'"' | b'\'') {
            return None;
        }
        let end = memchr(quote, rest)?;
        self.0 = &rest[end + 1..];
        Some((name, &rest[..end]))
    }
}

/// Appends characters as they are meant: references resolved, line ends as one line feed.
pub(super) fn unescape(raw: &[u8], text: &mut String) -> Result<(), Trouble> {
    let raw = std::str::from_utf8(raw).map_err(|_| Trouble::Unsure)?;
    if memchr2(b'&', b'\r', raw.as_bytes()).is_none() {
        text.push_str(raw);
        return Ok(());
    }
    let mut rest = raw;
    while let Some(at) = memchr2(b'&', b'\r', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        if rest.as_bytes()[at] == b'\r' {
            text.push('\n');
            rest = rest[at + 1..].strip_prefix('\n').unwrap_or(&rest[at + 1..]);
            continue;
        }
        let (name, behind) = rest[at + 1..].split_once(';').ok_or(Trouble::Unsure)?;
        text.push(reference(name).ok_or(Trouble::Unsure)?);
        rest = behind;
    }
    text.push_str(rest);
    Ok(())
}

fn reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) if hex.len() <= 6 => u32::from_str_radix(hex, 16).ok()?,
                None if number.len() <= 7 => number.parse().ok()?,
                _ => return None,
            };
            char::from_u32(code).filter(|character| *character != '\0')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(xml: &str) -> Result<Vec<String>, Trouble> {
        let mut found = Vec::new();
        // One byte at a time: every border is met.
        let mut tokens = Tokens::new(Slow(xml.as_bytes()), (Limit::InflatedBytes, 1 << 20));
        loop {
            found.push(match tokens.next()? {
                Token::Open {
                    name,
                    attributes,
                    empty,
                } => {
                    let attributes: Vec<String> = attributes
                        .map(|(name, value)| {
                            format!("{}={}", name.escape_ascii(), value.escape_ascii())
                        })
                        .collect();
                    let end = if empty { "/" } else { "" };
                    format!("<{} {}{end}>", name.escape_ascii(), attributes.join(" "))
                }
                Token::Close(name) => format!("</{}>", name.escape_ascii()),
                Token::Text(text) => text.escape_ascii().to_string(),
                Token::End => return Ok(found),
            });
        }
    }

    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let Some((&byte, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            buffer[0] = byte;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn tags_texts_and_attributes_come_one_by_one() {
        let xml = "\u{FEFF}<?xml version=\"1.0\"?><!-- a > b --><x:row r=\"1\" s='a>\"b'><c/>text &amp; more</x:row >\n";
        assert_eq!(
            all(xml).unwrap(),
            [
                "<row r=1 s=a>\\\"b>",
                "<c /\u{3e}",
                "text &amp; more",
                "</row>",
                "\\n"
            ]
        );
        assert_eq!(
            all("<a n=\"x>y\">z</a>").unwrap(),
            ["<a n=x>y>", "z", "</a>"]
        );
        assert_eq!(
            all("<a n=\"x\" m=\">y\"/><?a b>c?><b m = \" >\" n=\"\"/><c n=\"a=\"/>").unwrap(),
            ["<a n=x m=>y/>", "<b m= > n=/>", "<c n=a=/>"]
        );
    }

    #[test]
    fn what_workbooks_are_not_made_of_is_unsure() {
        for xml in [
            "<![CDATA[x]]>",
            "<!DOCTYPE x>",
            "<a",
            "<?xml encoding=\"utf-16\"?><a/>",
        ] {
            assert!(matches!(all(xml), Err(Trouble::Unsure)), "{xml}");
        }
    }

    #[test]
    fn references_are_resolved_and_unknown_ones_are_unsure() {
        let read = |raw: &str| {
            let mut text = String::new();
            unescape(raw.as_bytes(), &mut text).map(|()| text)
        };
        assert_eq!(
            read("a&amp;b&lt;&gt;&quot;&apos;&#228;&#xE4;\r\nx\ry").unwrap(),
            "a&b<>\"'ää\nx\ny"
        );
        for raw in ["&haha;", "&amp", "&#0;", "&#xD800;", "&#99999999;"] {
            assert!(matches!(read(raw), Err(Trouble::Unsure)), "{raw}");
        }
    }

    #[test]
    fn a_part_beyond_its_limit_is_an_error() {
        let mut tokens = Tokens::new(std::io::repeat(b'x'), (Limit::InflatedBytes, 1 << 30));
        let Err(Trouble::Failed(error)) = tokens.next() else {
            panic!("an endless text")
        };
        assert!(matches!(
            error.kind(),
            crate::ListErrorKind::Limit {
                limit: Limit::TextBytes,
                ..
            }
        ));
        let endless = std::iter::repeat_n(&b"<a></a>"[..], 1000)
            .flatten()
            .copied()
            .collect::<Vec<u8>>();
        let mut tokens = Tokens::new(&endless[..], (Limit::InflatedBytes, 5000));
        let error = loop {
            match tokens.next() {
                Ok(Token::End) => panic!("more than the limit"),
                Ok(_) => {}
                Err(trouble) => break trouble,
            }
        };
        let Trouble::Failed(error) = error else {
            panic!("a limit")
        };
        assert!(matches!(
            error.kind(),
            crate::ListErrorKind::Limit {
                limit: Limit::InflatedBytes,
                value: 5000,
                ..
            }
        ));
    }
}
