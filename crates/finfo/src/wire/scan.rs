//! Finding one's way in JSON: where values begin and end, without building any.
//!
//! A page is a thousand objects of which most fields are only passed on, so what is needed of each is where it lies. A
//! general parser spends most of a sync's time here; this one does nothing but check and skip, and takes a fifth of it.
//! What it accepts is exactly JSON (RFC 8259), which tests hold against another parser.

use super::WireError;

/// How deep lists and objects may be nested, the outermost included.
const DEPTH: u32 = 128;

/// A place in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// Where the last character that is not blank ended.
    solid: usize,
}

/// What is wrong with a text, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    EndsEarly,
    NotJson,
    TooDeep,
    /// JSON, but something else than what must be there.
    OtherStructure,
}

impl From<Fault> for WireError {
    fn from(fault: Fault) -> Self {
        let what = match fault.kind {
            FaultKind::EndsEarly => "the answer ends early",
            FaultKind::NotJson => "the answer is not valid JSON",
            FaultKind::TooDeep => "the answer is nested too deep",
            FaultKind::OtherStructure => "the answer has another structure than documented",
        };
        Self::new(format!("{what} (at byte {})", fault.at))
    }
}

type Result<T> = std::result::Result<T, Fault>;

impl<'t> Scanner<'t> {
    /// Begins at the first character that is not blank.
    pub(crate) fn new(text: &'t str) -> Self {
        let mut scanner = Self {
            text,
            at: 0,
            solid: 0,
        };
        scanner.blanks();
        scanner
    }

    /// Begins at a place where a value begins.
    pub(crate) fn beginning_at(text: &'t str, at: usize) -> Self {
        Self {
            text,
            at,
            solid: at,
        }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Where the last value or sign ended, before the blanks after it.
    pub(crate) fn last_end(&self) -> usize {
        self.solid
    }

    /// The next character, which is not a blank one; `None` at the end.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fault<T>(&self, kind: FaultKind) -> Result<T> {
        let kind = if self.at >= self.text.len() {
            FaultKind::EndsEarly
        } else {
            kind
        };
        Err(Fault { kind, at: self.at })
    }

    pub(crate) fn other_structure<T>(&self) -> Result<T> {
        self.fault(FaultKind::OtherStructure)
    }

    fn blanks(&mut self) {
        self.solid = self.at;
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Takes this character and the blanks after it, if it is the next.
    pub(crate) fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += 1;
            self.blanks();
        }
        found
    }

    fn expect(&mut self, wanted: u8) -> Result<()> {
        if self.take(wanted) {
            Ok(())
        } else {
            self.fault(FaultKind::NotJson)
        }
    }

    /// Nothing but blanks may follow.
    pub(crate) fn end(&self) -> Result<()> {
        if self.at == self.text.len() {
            Ok(())
        } else {
            self.fault(FaultKind::NotJson)
        }
    }

    /// Goes through an object: `each` gets every name with its place and its quotation marks, and takes the value.
    pub(crate) fn object(
        &mut self,
        mut each: impl FnMut(&mut Self, (usize, &'t str)) -> Result<()>,
    ) -> Result<()> {
        if self.peek() != Some(b'{') {
            return self.other_structure();
        }
        self.take(b'{');
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let start = self.at;
            let name = self.name()?;
            each(self, (start, name))?;
            if self.take(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Goes through a list: `each` takes every element.
    pub(crate) fn list(&mut self, mut each: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        if self.peek() != Some(b'[') {
            return self.other_structure();
        }
        self.take(b'[');
        if self.take(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.take(b']') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    fn name(&mut self) -> Result<&'t str> {
        let start = self.at;
        self.string()?;
        let name = &self.text[start..self.at];
        self.blanks();
        self.expect(b':')?;
        Ok(name)
    }

    /// Takes any value; returns its text.
    pub(crate) fn value(&mut self) -> Result<&'t str> {
        let start = self.at;
        self.skip(DEPTH)?;
        let value = &self.text[start..self.at];
        self.blanks();
        Ok(value)
    }

    /// Takes a value, but not the blanks after it.
    fn skip(&mut self, depth: u32) -> Result<()> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{' | b'[') if depth == 0 => self.fault(FaultKind::TooDeep),
            Some(b'{') => self.skip_nested(b'}', |scanner| {
                scanner.name()?;
                scanner.skip(depth - 1)
            }),
            Some(b'[') => self.skip_nested(b']', |scanner| scanner.skip(depth - 1)),
            Some(b't') => self.word(b"true"),
            Some(b'f') => self.word(b"false"),
            Some(b'n') => self.word(b"null"),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.fault(FaultKind::NotJson),
        }
    }

    fn skip_nested(
        &mut self,
        close: u8,
        mut each: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<()> {
        self.at += 1;
        self.blanks();
        if self.peek() != Some(close) {
            loop {
                each(self)?;
                self.blanks();
                if self.peek() == Some(close) {
                    break;
                }
                self.expect(b',')?;
            }
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &'static [u8]) -> Result<()> {
        for wanted in word {
            if self.peek() != Some(*wanted) {
                return self.fault(FaultKind::NotJson);
            }
            self.at += 1;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<()> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.fault(FaultKind::NotJson);
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<()> {
        if self.peek() != Some(b'"') {
            return self.fault(FaultKind::NotJson);
        }
        self.at += 1;
        loop {
            self.plain();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                // A control character, or the end.
                _ => return self.fault(FaultKind::NotJson),
            }
        }
    }

    /// Goes to the next quotation mark, backslash or control character, eight bytes at a time.
    fn plain(&mut self) {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGHS: u64 = 0x8080_8080_8080_8080;
        // The lowest byte that is marked is marked rightly; those above it may be marked by a carry.
        let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
        let rest = &self.text.as_bytes()[self.at..];
        let (words, tail) = rest.as_chunks::<8>();
        for (place, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
            let marks = control | zero(word ^ (ONES * 0x22)) | zero(word ^ (ONES * 0x5c));
            if marks != 0 {
                self.at += place * 8 + (marks.trailing_zeros() / 8) as usize;
                return;
            }
        }
        let ends = |byte: &u8| matches!(*byte, b'"' | b'\\' | ..0x20);
        let left = tail.iter().position(ends).unwrap_or(tail.len());
        self.at += words.len() * 8 + left;
    }

    fn escape(&mut self) -> Result<()> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                let first = self.four_digits()?;
                match first {
                    // The first half of a pair needs the second; alone, neither is a character.
                    0xd800..=0xdbff => {
                        self.word(b"\\u")?;
                        match self.four_digits()? {
                            0xdc00..=0xdfff => Ok(()),
                            _ => self.fault(FaultKind::NotJson),
                        }
                    }
                    0xdc00..=0xdfff => self.fault(FaultKind::NotJson),
                    _ => Ok(()),
                }
            }
            _ => self.fault(FaultKind::NotJson),
        }
    }

    fn four_digits(&mut self) -> Result<u32> {
        let mut number = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return self.fault(FaultKind::NotJson);
            };
            number = number * 16 + digit;
            self.at += 1;
        }
        Ok(number)
    }
}

/// The elements of a text that is a list; `None` for anything else.
pub(crate) fn elements(text: &str) -> Option<Vec<&str>> {
    let mut scanner = Scanner::new(text);
    let mut found = Vec::new();
    scanner
        .list(|scanner| {
            found.push(scanner.value()?);
            Ok(())
        })
        .ok()?;
    scanner.end().ok()?;
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_json(text: &str) -> bool {
        let mut scanner = Scanner::new(text);
        scanner.value().is_ok() && scanner.end().is_ok()
    }

    #[track_caller]
    fn agrees(text: &str) {
        // Into values, which is stricter than skipping: halves of pairs are refused.
        let other = serde_json::from_str::<serde_json::Value>(text);
        // Numbers beyond the range of a float are JSON all the same, and what stands behind one the other does not say.
        if let Err(error) = &other
            && error.to_string().contains("number out of range")
        {
            return;
        }
        assert_eq!(is_json(text), other.is_ok(), "{text:?} {other:?}");
    }

    #[test]
    fn numbers_beyond_a_float_are_json() {
        assert!(is_json("[1E512, -0.5e999]"));
        assert!(!is_json("1E512.50]["));
    }

    #[test]
    fn the_corners_of_json_are_as_another_parser_has_them() {
        for text in [
            "",
            " ",
            "null",
            "nul",
            "nulll",
            "true",
            "True",
            "false",
            "fals",
            "0",
            "-0",
            "-",
            "00",
            "01",
            "1.",
            ".1",
            "1.0",
            "-1.5e10",
            "1e",
            "1e+",
            "1E-5",
            "+1",
            "0x1",
            "1e400",
            "\"\"",
            "\"",
            "\"a",
            "\"\\\"",
            "\"\\\\\"",
            "\"\\u00e5\"",
            "\"\\u00g5\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\ude00\"",
            "\"\\ud83dx\"",
            "\"\\x\"",
            "\"\u{7f}\"",
            "\"\u{1f}\"",
            "\"\n\"",
            "\"å\"",
            "[]",
            "[ ]",
            "[1]",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1,2",
            "]",
            "{}",
            "{ }",
            "{\"a\":1}",
            "{\"a\" : 1 , \"b\":[]}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1 \"b\":2}",
            "{\"a\":1",
            "1 2",
            "[]x",
            "\u{a0}1",
            "\t\r\n [ ] \n",
            "'a'",
            "// x\n1",
            "[1,2,3]]",
            "\"12345678\\\"90123456\"",
            "\"1234567\u{1}\"",
            "\"12345678901234567890\"",
        ] {
            agrees(text);
        }
    }

    #[test]
    fn nesting_ends_somewhere() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_json(&nested(128)));
        assert!(!is_json(&nested(129)));
        assert!(!is_json(&"[".repeat(1_000_000)));
    }

    #[test]
    fn elements_are_found_with_their_spelling() {
        assert_eq!(
            elements(" [ 1.0 , {\"a\":[ ]} ,\"x\" ] "),
            Some(vec!["1.0", "{\"a\":[ ]}", "\"x\""])
        );
        assert_eq!(elements("[]"), Some(vec![]));
        for other in ["", "1", "[1", "[1]]", "{}"] {
            assert_eq!(elements(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged_as_another_parser_judges_it(pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "{", "}", "[", "]", ":", ",", "\"", "\"a\"", "\"åäö 12345678\"", "\\", "\\\"", "\\u00e5", "\\ud800", "\\udc00", "n", "null", "true",
                "false", "0", "1", "-", ".", "e", "E5", "12.50", " ", "\n", "\u{1}", "ö", "\u{10000}",
            ]), 0..14)) {
            agrees(&pieces.concat());
        }

        #[test]
        fn valid_json_is_accepted_and_broken_by_a_cut(value in json(), cut in 0.0f64..1.0) {
            let text = value.to_string();
            agrees(&text);
            let at = (text.len() as f64 * cut) as usize;
            if let Some(cut) = text.get(..at) {
                agrees(cut);
            }
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                proptest::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
