//! An answer of any structure as rows: the elements of its list, or the whole as the only row.

use std::ops::Range;

use bytes::Bytes;

use super::scan::{Fault, Scanner};
use super::{WireError, field};

/// Where the list of an answer is looked for, if it is not a list itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListAt<'a> {
    /// In the only field that holds one.
    Anywhere,
    /// Nowhere: an object is one row.
    Nowhere,
    /// In this field.
    Field(&'a str),
}

/// Rows of an answer, as they came. They need not be objects.
#[derive(Debug, Clone)]
pub struct Rows {
    text: String,
    places: Vec<Range<usize>>,
    attempts: u32,
}

impl Rows {
    pub(crate) fn empty() -> Self {
        Self {
            text: String::new(),
            places: Vec::new(),
            attempts: 0,
        }
    }

    pub(crate) fn parse(body: Bytes, list: ListAt<'_>) -> Result<Self, WireError> {
        let text = String::from_utf8(body.into())
            .map_err(|_| WireError::new("the answer is not UTF-8"))?;
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        let places = places(&text, list)?;
        Ok(Self {
            text,
            places,
            attempts: 0,
        })
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// The rows as JSON, as they came.
    pub fn json(&self) -> impl ExactSizeIterator<Item = &str> {
        self.places.iter().map(|place| &self.text[place.clone()])
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many requests it took.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

fn places(text: &str, list: ListAt<'_>) -> Result<Vec<Range<usize>>, Fault> {
    let mut scanner = Scanner::new(text);
    let whole = scanner.at();
    if scanner.peek() == Some(b'[') {
        let rows = elements(&mut scanner)?;
        scanner.end()?;
        return Ok(rows);
    }
    let mut rows = None;
    let mut others = Vec::new();
    if scanner.peek() == Some(b'{') {
        scanner.object(|scanner, (_, raw)| {
            let wanted = match list {
                ListAt::Field(name) => field::text(raw).as_deref() == Some(name),
                ListAt::Anywhere | ListAt::Nowhere => false,
            };
            match scanner.peek() {
                Some(b'[') if wanted => rows = Some(elements(scanner)?),
                // A list that is null is one without rows.
                Some(b'n') if wanted => {
                    scanner.value()?;
                    rows = Some(Vec::new());
                }
                Some(b'[') => {
                    others.push(scanner.at());
                    scanner.value()?;
                }
                _ => drop(scanner.value()?),
            }
            Ok(())
        })?;
    } else {
        scanner.value()?;
    }
    scanner.end()?;
    if let (ListAt::Anywhere, [only]) = (list, &others[..]) {
        rows = Some(elements(&mut Scanner::beginning_at(text, *only))?);
    }
    let whole = || std::iter::once(whole..scanner.last_end()).collect();
    Ok(rows.unwrap_or_else(whole))
}

fn elements(scanner: &mut Scanner<'_>) -> Result<Vec<Range<usize>>, Fault> {
    let mut rows = Vec::new();
    scanner.list(|scanner| {
        let at = scanner.at();
        rows.push(at..at + scanner.value()?.len());
        Ok(())
    })?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn rows(body: &str, list: ListAt<'_>) -> Vec<String> {
        let rows = Rows::parse(Bytes::copy_from_slice(body.as_bytes()), list).expect(body);
        rows.json().map(str::to_owned).collect()
    }

    #[test]
    fn a_list_is_its_elements_whatever_they_are() {
        for list in [ListAt::Anywhere, ListAt::Nowhere, ListAt::Field("a")] {
            assert_eq!(
                rows("\u{feff} [1, \"a\" ,{\"b\": []}] ", list),
                ["1", "\"a\"", "{\"b\": []}"]
            );
            assert_eq!(rows("[]", list), [""; 0]);
            assert_eq!(rows(" 1.50 ", list), ["1.50"]);
        }
    }

    #[test]
    fn an_object_is_its_list_or_one_row() {
        let two = r#"{"a":[1],"b":[2,3]} "#;
        assert_eq!(rows(two, ListAt::Field("b")), ["2", "3"]);
        assert_eq!(rows(two, ListAt::Field("c")), [two.trim()]);
        assert_eq!(rows(two, ListAt::Anywhere), [two.trim()]);
        let one = r#"{"n":1,"b":[2,3]}"#;
        assert_eq!(rows(one, ListAt::Anywhere), ["2", "3"]);
        assert_eq!(rows(one, ListAt::Nowhere), [one]);
        assert_eq!(rows(r#"{"b":null}"#, ListAt::Field("b")), [""; 0]);
    }

    #[test]
    fn a_cut_or_foreign_answer_is_an_error_that_quotes_nothing() {
        for body in ["", "{\"secret\":", "[\"secret\"", "<secret>", "[1] secret"] {
            let error = Rows::parse(Bytes::copy_from_slice(body.as_bytes()), ListAt::Anywhere)
                .expect_err(body);
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }
}
