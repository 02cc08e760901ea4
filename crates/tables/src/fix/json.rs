//! Where the values of a JSON object stand in its line.

use std::borrow::Cow;
use std::ops::Range;

/// The place of the value of a key, if it is a string; of a key that is there twice, the last one counts, as it does
/// for the reader. The line is a JSON object: the reader has seen to that.
pub(super) fn string_of(line: &[u8], key: &str) -> Option<Range<usize>> {
    let mut found = None;
    let mut scan = Scan { line, at: 0 };
    scan.skip_to(b'{')?;
    loop {
        scan.blanks();
        if scan.peek()? == b'}' {
            return found;
        }
        let name = scan.string()?;
        scan.skip_to(b':')?;
        scan.blanks();
        let value = scan.value()?;
        if unescaped(&line[name])? == key {
            let is_string = line.get(value.start) == Some(&b'"');
            found = is_string.then_some(value);
        }
        scan.blanks();
        if scan.peek()? == b',' {
            scan.at += 1;
        }
    }
}

fn unescaped(string: &[u8]) -> Option<Cow<'_, str>> {
    if string.contains(&b'\\') {
        return serde_json::from_slice(string).ok().map(Cow::Owned);
    }
    let inner = string.get(1..string.len().checked_sub(1)?)?;
    std::str::from_utf8(inner).ok().map(Cow::Borrowed)
}

struct Scan<'a> {
    line: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Behind the next such byte.
    fn skip_to(&mut self, wanted: u8) -> Option<()> {
        self.at += memchr::memchr(wanted, self.line.get(self.at..)?)? + 1;
        Some(())
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some(start..self.at);
                }
                _ => self.at += 1,
            }
        }
    }

    /// Any value, nested ones whole.
    fn value(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let mut depth = 0u32;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' | b',' if depth == 0 => return Some(start..self.at),
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                byte if depth == 0 && byte.is_ascii_whitespace() => return Some(start..self.at),
                _ => self.at += 1,
            }
            if depth == 0 && matches!(self.line[self.at - 1], b'"' | b'}' | b']') {
                return Some(start..self.at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
        string_of(line.as_bytes(), key).map(|place| &line[place])
    }

    #[test]
    fn strings_are_found_by_their_keys() {
        let line =
            r#" { "a" : 1, "fin":"WVW\"x", "deep": {"fin":["}","]"]}, "n":null,"k\u0065y" :"v"} "#;
        assert_eq!(value(line, "fin"), Some(r#""WVW\"x""#));
        assert_eq!(value(line, "key"), Some(r#""v""#));
        for none in ["a", "deep", "n", "missing"] {
            assert_eq!(value(line, none), None, "{none}");
        }
        assert_eq!(value(r#"{"a":"1","a":"2"}"#, "a"), Some(r#""2""#));
        assert_eq!(value(r#"{"a":"1","a":2}"#, "a"), None);
        assert_eq!(value("{}", "a"), None);
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            r#"[a"\\{}\[\],: é]{0,6}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::vec(("[a-c\"]{1,2}", inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_string_of_every_object_is_found(
            pairs in proptest::collection::vec(("[a-d\"\\\\]{1,3}", any_value()), 0..6),
            pretty in any::<bool>(),
        ) {
            let object: Map<String, Value> = pairs.into_iter().collect();
            let line = match pretty {
                true => serde_json::to_string_pretty(&object).unwrap(),
                false => serde_json::to_string(&object).unwrap(),
            };
            for (key, expected) in &object {
                let found = value(&line, key).map(|text| serde_json::from_str::<Value>(text).unwrap());
                prop_assert_eq!(found.as_ref(), Some(expected).filter(|value| value.is_string()));
            }
        }
    }
}
