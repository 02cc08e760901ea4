//! One element of an answer: the object as it came, cut into fields without copying any.

use std::borrow::Cow;

use super::article_field::ArticleField;
use super::field;
use super::scan::{Fault, Scanner};

/// Marks a field that is not among the known ones.
const UNKNOWN: u8 = u8::MAX;

/// Where one field of an object lies in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Place in [`ArticleField::ALL`], or [`UNKNOWN`].
    known: u8,
    /// The name with its quotation marks.
    name: (u32, u32),
    value: (u32, u32),
}

/// Names and places of the fields of the object before: objects of one page are mostly alike.
#[derive(Debug, Default)]
pub(crate) struct Shape(Vec<(String, u8)>);

impl Shape {
    fn known(&mut self, place: usize, raw_name: &str) -> u8 {
        if let Some((name, known)) = self.0.get(place)
            && name == raw_name
        {
            return *known;
        }
        let known = field::text(raw_name)
            .and_then(|name| ArticleField::from_name(&name))
            .map_or(UNKNOWN, |field| field.index() as u8);
        let entry = (raw_name.to_owned(), known);
        match self.0.get_mut(place) {
            Some(slot) => *slot = entry,
            None => self.0.push(entry),
        }
        known
    }
}

/// Cuts the objects of one text into fields.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    shape: Shape,
    spans: Vec<Span>,
}

impl Cutter {
    /// Takes the object at which the scanner stands; returns where it lies in the text, and where its fields lie among
    /// all. The text is shorter than 4 GiB.
    pub(crate) fn cut(&mut self, scanner: &mut Scanner<'_>) -> Result<Cut, Fault> {
        let start = scanner.at();
        let first = self.spans.len();
        let mut place = 0;
        scanner.object(|scanner, (name_at, name)| {
            let known = self.shape.known(place, name);
            place += 1;
            let value_at = scanner.at();
            let value = scanner.value()?;
            let span = |at: usize, text: &str| (at as u32, (at + text.len()) as u32);
            self.spans.push(Span {
                known,
                name: span(name_at, name),
                value: span(value_at, value),
            });
            Ok(())
        })?;
        Ok(Cut {
            json: (start as u32, scanner.last_end() as u32),
            fields: (first as u32, self.spans.len() as u32),
        })
    }

    pub(crate) fn into_spans(self) -> Vec<Span> {
        self.spans
    }
}

/// Where an object lies in its text, and where its fields lie among those of all objects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) json: (u32, u32),
    pub(crate) fields: (u32, u32),
}

/// One element of an answer. A cheap clone when it borrows, as the rows of a page do.
///
/// Every field is there under its name, known or not, with its JSON as it came.
///
/// ```
/// use finkit_finfo::wire::Record;
///
/// let record = Record::parse(r#"{"finfoArticleId": 1377271, "colour": "röd"}"#)?;
/// assert_eq!(record.raw("colour"), Some("\"röd\""));
/// assert_eq!(record.text("finfoArticleId").as_deref(), Some("1377271"));
/// # Ok::<(), finkit_finfo::wire::WireError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// The text that spans refer to.
    page: &'a str,
    json: &'a str,
    spans: Cow<'a, [Span]>,
}

impl<'a> Record<'a> {
    /// An object of its own.
    ///
    /// # Errors
    /// [`WireError`](super::WireError) when the text is not one JSON object, or is longer than 4 GiB.
    pub fn parse(json: &'a str) -> Result<Self, super::WireError> {
        if u32::try_from(json.len()).is_err() {
            return Err(super::WireError::too_long());
        }
        let mut cutter = Cutter::default();
        let mut scanner = Scanner::new(json);
        let cut = cutter.cut(&mut scanner)?;
        scanner.end()?;
        Ok(Self {
            page: json,
            json: &json[cut.json.0 as usize..cut.json.1 as usize],
            spans: Cow::Owned(cutter.into_spans()),
        })
    }

    pub(crate) fn of_page(page: &'a str, json: &'a str, spans: &'a [Span]) -> Self {
        Self {
            page,
            json,
            spans: Cow::Borrowed(spans),
        }
    }

    /// An object without fields.
    pub(crate) fn nothing() -> Self {
        Self::of_page("{}", "{}", &[])
    }

    /// The whole object as it came.
    #[must_use]
    pub fn json(&self) -> &'a str {
        self.json
    }

    /// The JSON of a field; the first one where a name occurs twice.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        self.spans
            .iter()
            .find(|span| self.is_named(span, name))
            .map(|span| self.piece(span.value))
    }

    /// The JSON of a known field.
    #[must_use]
    pub fn known(&self, field: ArticleField) -> Option<&'a str> {
        let known = field.index() as u8;
        self.spans
            .iter()
            .find(|span| span.known == known)
            .map(|span| self.piece(span.value))
    }

    /// The characters of a text field, or the digits of a number; `None` for anything else.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.raw(name).and_then(field::text_or_digits)
    }

    /// All fields in the order in which they came: name and JSON.
    pub fn fields(&self) -> impl Iterator<Item = (Cow<'a, str>, &'a str)> {
        self.spans
            .iter()
            .map(|span| (self.name(span), self.piece(span.value)))
    }

    /// The known fields in the order in which they came, with their JSON.
    pub fn known_fields(&self) -> impl Iterator<Item = (ArticleField, &'a str)> {
        self.spans.iter().filter_map(|span| {
            let field = ArticleField::from_index(usize::from(span.known))?;
            Some((field, self.piece(span.value)))
        })
    }

    /// The fields that are not among the known ones: name and JSON.
    pub fn unknown_fields(&self) -> impl Iterator<Item = (Cow<'a, str>, &'a str)> {
        self.spans
            .iter()
            .filter(|span| span.known == UNKNOWN)
            .map(|span| (self.name(span), self.piece(span.value)))
    }

    fn piece(&self, (start, end): (u32, u32)) -> &'a str {
        &self.page[start as usize..end as usize]
    }

    fn is_named(&self, span: &Span, name: &str) -> bool {
        let raw = self.piece(span.name);
        if raw.len() == name.len() + 2 {
            return &raw[1..raw.len() - 1] == name;
        }
        // Only a name with escapes is longer than what it says.
        raw.len() > name.len() + 2
            && raw.contains('\\')
            && field::text(raw).is_some_and(|found| found == name)
    }

    fn name(&self, span: &Span) -> Cow<'a, str> {
        let raw = self.piece(span.name);
        field::text(raw).unwrap_or(Cow::Borrowed(raw))
    }
}

impl PartialEq for Record<'_> {
    /// Whether both were spelt alike.
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown_fields_are_told_apart_and_none_is_lost() {
        let json = r#" { "brand":"Fäste", "x\u0031" : {"a":[1,{"b":"}"}]}, "basePrice":10.50, "brand":"twice" } "#;
        let record = Record::parse(json).expect("an object");
        assert_eq!(record.json(), json.trim());
        let fields: Vec<_> = record.fields().collect();
        assert_eq!(fields.len(), 4);
        assert_eq!(
            fields[1],
            (Cow::Owned("x1".to_owned()), r#"{"a":[1,{"b":"}"}]}"#)
        );
        assert_eq!(record.known(ArticleField::BasePrice), Some("10.50"));
        assert_eq!(
            record.known(ArticleField::Brand),
            Some("\"Fäste\""),
            "the first counts"
        );
        assert_eq!(record.raw("x1"), Some(r#"{"a":[1,{"b":"}"}]}"#));
        assert_eq!(record.unknown_fields().count(), 1);
        assert_eq!(record.known_fields().count(), 3);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for other in ["", "[]", "1", "null", "{", "{\"a\":}", "{} {}", "{\"a\" 1}"] {
            assert!(Record::parse(other).is_err(), "{other}");
        }
    }

    #[test]
    fn objects_of_another_shape_are_cut_right() {
        let text = r#"[{"brand":"a","basePrice":1}, {"basePrice":2 ,"brand":"b","x":3 } ,{"brand":"c"},{}]"#;
        let mut scanner = Scanner::new(text);
        let mut cutter = Cutter::default();
        let mut cuts = Vec::new();
        scanner
            .list(|scanner| {
                cuts.push(cutter.cut(scanner)?);
                Ok(())
            })
            .expect("a list of objects");
        let spans = cutter.into_spans();
        let brands: Vec<_> = cuts
            .iter()
            .map(|cut| {
                let json = &text[cut.json.0 as usize..cut.json.1 as usize];
                assert!(json.starts_with('{') && json.ends_with('}'), "{json}");
                let record = Record::of_page(
                    text,
                    json,
                    &spans[cut.fields.0 as usize..cut.fields.1 as usize],
                );
                (
                    record.text("brand").map(Cow::into_owned),
                    record.known(ArticleField::BasePrice),
                )
            })
            .collect();
        let brand = |text: &str| Some(text.to_owned());
        assert_eq!(
            brands,
            [
                (brand("a"), Some("1")),
                (brand("b"), Some("2")),
                (brand("c"), None),
                (None, None)
            ]
        );
    }
}
