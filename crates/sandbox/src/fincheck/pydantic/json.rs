//! JSON, and where and how Python's parser says that it is broken.

use serde_json::Value;

use super::{Faults, Step, Wrong};

/// Why a body is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fincheck) enum ParseFault {
    /// Broken at this character.
    Broken(usize, &'static str),
    /// No text, or nested too deeply: FastAPI answers 400.
    Unreadable,
}

impl ParseFault {
    /// The fault as FastAPI reports it, `None` where it answers 400.
    pub(in crate::fincheck) fn faults(self) -> Option<Faults> {
        let Self::Broken(position, error) = self else {
            return None;
        };
        let mut wrong = Wrong::with_error("json_invalid", "", error);
        wrong.message = "JSON decode error".to_owned();
        let mut faults = Faults::default();
        let place = [Step::Name("body".to_owned()), Step::Index(position)];
        faults.push(&place, wrong, Value::Object(serde_json::Map::new()));
        Some(faults)
    }
}

/// Parses a body.
pub(in crate::fincheck) fn parse(body: &[u8]) -> Result<Value, ParseFault> {
    serde_json::from_slice(body).map_err(|_| match std::str::from_utf8(body) {
        Ok(text) => diagnose(text),
        Err(_) => ParseFault::Unreadable,
    })
}

/// Reads the text once more, as Python's scanner does, to name the place and the words of its complaint.
fn diagnose(text: &str) -> ParseFault {
    let mut scan = Scan {
        text: text.chars().collect(),
        at: 0,
        depth: 0,
    };
    scan.blanks();
    match scan.value() {
        Err(fault) => fault,
        Ok(()) => {
            scan.blanks();
            if scan.at < scan.text.len() {
                ParseFault::Broken(scan.at, "Extra data")
            } else {
                ParseFault::Unreadable // only a number beyond every range comes here
            }
        }
    }
}

const MAX_DEPTH: usize = 120;

struct Scan {
    text: Vec<char>,
    at: usize,
    depth: usize,
}

impl Scan {
    fn next(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.next(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn broken<T>(&self, words: &'static str) -> Result<T, ParseFault> {
        Err(ParseFault::Broken(self.at, words))
    }

    fn value(&mut self) -> Result<(), ParseFault> {
        match self.next() {
            Some('"') => self.string(),
            Some('{') => self.nested(Self::object),
            Some('[') => self.nested(Self::array),
            Some('-' | '0'..='9') => self.number(),
            _ => {
                for word in ["null", "true", "false"] {
                    if word
                        .chars()
                        .eq(self.text[self.at..].iter().copied().take(word.len()))
                    {
                        self.at += word.len();
                        return Ok(());
                    }
                }
                self.broken("Expecting value")
            }
        }
    }

    fn nested(
        &mut self,
        inside: fn(&mut Self) -> Result<(), ParseFault>,
    ) -> Result<(), ParseFault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ParseFault::Unreadable);
        }
        self.at += 1;
        self.blanks();
        inside(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn object(&mut self) -> Result<(), ParseFault> {
        if self.next() == Some('}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.next() != Some('"') {
                return self.broken("Expecting property name enclosed in double quotes");
            }
            self.string()?;
            self.blanks();
            if self.next() != Some(':') {
                return self.broken("Expecting ':' delimiter");
            }
            self.at += 1;
            self.blanks();
            self.value()?;
            if self.ends('}')? {
                return Ok(());
            }
        }
    }

    fn array(&mut self) -> Result<(), ParseFault> {
        if self.next() == Some(']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value()?;
            if self.ends(']')? {
                return Ok(());
            }
        }
    }

    /// After an item: the end, or a comma and more.
    fn ends(&mut self, end: char) -> Result<bool, ParseFault> {
        self.blanks();
        match self.next() {
            Some(found) if found == end => {
                self.at += 1;
                Ok(true)
            }
            Some(',') => {
                self.at += 1;
                self.blanks();
                Ok(false)
            }
            _ => self.broken("Expecting ',' delimiter"),
        }
    }

    fn string(&mut self) -> Result<(), ParseFault> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.next() {
                None => return Err(ParseFault::Broken(start, "Unterminated string starting at")),
                Some('"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some('\\') => {
                    let code = &self.text[self.at + 1..];
                    let length = match code.first() {
                        None => {
                            return Err(ParseFault::Broken(
                                start,
                                "Unterminated string starting at",
                            ));
                        }
                        Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => 2,
                        Some('u')
                            if code.len() > 4 && code[1..5].iter().all(char::is_ascii_hexdigit) =>
                        {
                            6
                        }
                        Some('u') => return self.broken("Invalid \\uXXXX escape"),
                        Some(_) => return self.broken("Invalid \\escape"),
                    };
                    self.at += length;
                }
                Some('\0'..='\u{1f}') => return self.broken("Invalid control character at"),
                Some(_) => self.at += 1,
            }
        }
    }

    fn number(&mut self) -> Result<(), ParseFault> {
        let digits = |scan: &mut Self| {
            let from = scan.at;
            while matches!(scan.next(), Some('0'..='9')) {
                scan.at += 1;
            }
            scan.at > from
        };
        let start = self.at;
        if self.next() == Some('-') {
            self.at += 1;
        }
        if self.next() == Some('0') {
            self.at += 1;
        } else if !digits(self) {
            self.at = start;
            return self.broken("Expecting value");
        }
        let whole = self.at;
        if self.next() == Some('.') {
            self.at += 1;
            if !digits(self) {
                self.at = whole;
                return Ok(());
            }
        }
        let mantissa = self.at;
        if matches!(self.next(), Some('e' | 'E')) {
            self.at += 1;
            if matches!(self.next(), Some('+' | '-')) {
                self.at += 1;
            }
            if !digits(self) {
                self.at = mantissa;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_json_is_reported_in_pythons_words() {
        // Observed on CPython 3.11.
        for (text, position, words) in [
            ("", 0, "Expecting value"),
            ("  x", 2, "Expecting value"),
            ("[1,]", 3, "Expecting value"),
            ("[1 2]", 3, "Expecting ',' delimiter"),
            ("{\"a\":}", 5, "Expecting value"),
            ("{\"a\" 1}", 5, "Expecting ':' delimiter"),
            ("{\"a\":1 \"b\":2}", 7, "Expecting ',' delimiter"),
            ("{\"ä\":1} x", 8, "Extra data"),
            ("\"abc", 0, "Unterminated string starting at"),
            ("[\"a\nb\"]", 3, "Invalid control character at"),
            ("[-]", 1, "Expecting value"),
            ("[01]", 2, "Expecting ',' delimiter"),
            ("[1.]", 2, "Expecting ',' delimiter"),
            ("nul", 0, "Expecting value"),
            ("[\"\\x\"]", 2, "Invalid \\escape"),
        ] {
            assert_eq!(
                parse(text.as_bytes()),
                Err(ParseFault::Broken(position, words)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_even_be_looked_at_is_unreadable() {
        assert_eq!(parse(b"{\"\xff\":1}"), Err(ParseFault::Unreadable));
        let deep = "[".repeat(100_000);
        assert_eq!(parse(deep.as_bytes()), Err(ParseFault::Unreadable));
    }
}
