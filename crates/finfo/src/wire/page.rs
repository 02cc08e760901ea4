//! A page: the list of an answer, cut into records, and what the answer says about the whole.

use bytes::Bytes;

use super::field;
use super::record::{Cut, Cutter, Span};
use super::scan::{Fault, Scanner};
use super::{Record, WireError};

/// What an answer says about the list it is a part of. What it leaves out is `None`.
///
/// `totalCount` counts rows: an article that occurs in several agreements counts once for each
/// (source: the page of article v2.2, <https://docs.finfo.se>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pagination {
    /// Place of the first row of this page.
    pub offset: Option<u64>,
    /// How many rows a page has at most.
    pub limit: Option<u64>,
    /// How many rows there are in all.
    pub total: Option<u64>,
}

/// The rows of one answer, in its own memory, and where each field lies.
#[derive(Clone, Debug)]
pub struct Page {
    text: String,
    pagination: Pagination,
    rows: Vec<Cut>,
    spans: Vec<Span>,
}

impl Page {
    /// A page without rows: what status 204 means.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            text: String::new(),
            pagination: Pagination::default(),
            rows: Vec::new(),
            spans: Vec::new(),
        }
    }

    /// Reads an answer: an object whose field `list` holds the rows, an object with one list of another name, or a list.
    ///
    /// ```
    /// use finkit_finfo::wire::Page;
    ///
    /// let body = r#"{"pagination":{"offset":0,"limit":0,"totalCount":2},"articleList":[{"a":1},{"a":2}]}"#;
    /// let page = Page::parse(body.into(), "articleList")?;
    /// assert_eq!((page.len(), page.pagination().total), (2, Some(2)));
    /// assert_eq!(page.record(1).and_then(|record| record.raw("a")), Some("2"));
    /// # Ok::<(), finkit_finfo::wire::WireError>(())
    /// ```
    ///
    /// # Errors
    /// [`WireError`] when the answer is not JSON, has no list or more than one to choose from, when an element of the
    /// list is not an object, or when the answer is longer than 4 GiB.
    pub fn parse(body: Bytes, list: &str) -> Result<Self, WireError> {
        if u32::try_from(body.len()).is_err() {
            return Err(WireError::too_long());
        }
        let text = String::from_utf8(body.into())
            .map_err(|_| WireError::new("the answer is not UTF-8"))?;
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        let mut reader = Reader {
            list,
            cutter: Cutter::default(),
            rows: None,
            pagination: Pagination::default(),
            other: Other::None,
        };
        let mut scanner = Scanner::new(&text);
        reader.envelope(&mut scanner)?;
        scanner.end()?;
        if let (None, Other::One(at)) = (&reader.rows, reader.other) {
            reader.other_list(&text, at)?;
        }
        let Some(rows) = reader.rows else {
            return Err(match reader.other {
                Other::None => WireError::new("the answer has no list"),
                _ => WireError::new("the answer has several lists and none of the expected name"),
            });
        };
        let (pagination, spans) = (reader.pagination, reader.cutter.into_spans());
        Ok(Self {
            text,
            pagination,
            rows,
            spans,
        })
    }

    /// How many rows the page has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the page has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What the answer says about the whole list.
    #[must_use]
    pub fn pagination(&self) -> Pagination {
        self.pagination
    }

    /// One row, counted from 0.
    #[must_use]
    pub fn record(&self, index: usize) -> Option<Record<'_>> {
        self.rows.get(index).map(|row| self.at(row))
    }

    /// All rows in their order.
    pub fn records(&self) -> impl ExactSizeIterator<Item = Record<'_>> {
        self.rows.iter().map(|row| self.at(row))
    }

    /// Bytes of memory that the page takes, about.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.text.capacity()
            + self.rows.capacity() * size_of::<Cut>()
            + self.spans.capacity() * size_of::<Span>()
    }

    fn at(&self, row: &Cut) -> Record<'_> {
        let json = &self.text[row.json.0 as usize..row.json.1 as usize];
        Record::of_page(
            &self.text,
            json,
            &self.spans[row.fields.0 as usize..row.fields.1 as usize],
        )
    }
}

/// Reads the outermost value of an answer.
struct Reader<'l> {
    list: &'l str,
    cutter: Cutter,
    rows: Option<Vec<Cut>>,
    pagination: Pagination,
    other: Other,
}

/// Lists of other names.
#[derive(Clone, Copy)]
enum Other {
    None,
    /// One, and where it lies.
    One(usize),
    Several,
}

impl Reader<'_> {
    fn envelope(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Fault> {
        if scanner.peek() == Some(b'[') {
            return self.rows(scanner);
        }
        scanner.object(|scanner, (_, raw_name)| {
            let name = field::text(raw_name).unwrap_or_default();
            if name == self.list {
                if scanner.peek() == Some(b'n') {
                    // A list that is null is one without rows.
                    self.rows = Some(Vec::new());
                    return scanner.value().map(drop);
                }
                return self.rows(scanner);
            }
            let at = scanner.at();
            let value = scanner.value()?;
            if name == "pagination" {
                self.pagination = pagination(value);
            } else if value.starts_with('[') {
                self.other = match self.other {
                    Other::None => Other::One(at),
                    Other::One(_) | Other::Several => Other::Several,
                };
            }
            Ok(())
        })
    }

    fn rows(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Fault> {
        let mut rows = Vec::new();
        scanner.list(|scanner| {
            rows.push(self.cutter.cut(scanner)?);
            Ok(())
        })?;
        self.rows = Some(rows);
        Ok(())
    }

    /// Reads the list that lies at a place which was passed over before.
    fn other_list(&mut self, text: &str, at: usize) -> Result<(), Fault> {
        let mut scanner = Scanner::beginning_at(text, at);
        self.rows(&mut scanner)
    }
}

/// What an object says about the list. Anything but an object says nothing.
fn pagination(value: &str) -> Pagination {
    let Ok(record) = Record::parse(value) else {
        return Pagination::default();
    };
    let number = |name| record.text(name).and_then(|text| text.trim().parse().ok());
    Pagination {
        offset: number("offset"),
        limit: number("limit"),
        total: number("totalCount"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Result<Page, WireError> {
        Page::parse(Bytes::copy_from_slice(body.as_bytes()), "articleList")
    }

    fn texts(page: &Page) -> Vec<&str> {
        page.records().map(|record| record.json()).collect()
    }

    #[test]
    fn the_documented_answer_is_read() {
        let page = page(r#"{"pagination":{"offset":0,"limit":0,"totalCount":2},"articleList":[]}"#)
            .expect("a page");
        assert!(page.is_empty());
        let expected = Pagination {
            offset: Some(0),
            limit: Some(0),
            total: Some(2),
        };
        assert_eq!(page.pagination(), expected);
    }

    #[test]
    fn numbers_of_the_pagination_may_be_texts_or_missing() {
        let page = page(r#"{"articleList":[{}],"pagination":{"totalCount":"3073","limit":null}}"#)
            .expect("a page");
        assert_eq!(
            page.pagination(),
            Pagination {
                total: Some(3073),
                ..Pagination::default()
            }
        );
    }

    #[test]
    fn a_list_of_another_name_or_without_an_envelope_is_found() {
        assert_eq!(
            texts(&page(r#"[{"a":1},{"b":2}]"#).expect("a page")),
            [r#"{"a":1}"#, r#"{"b":2}"#]
        );
        assert_eq!(
            texts(&page(r#"{"count":1,"suppliers":[{"a":1}]}"#).expect("a page")),
            [r#"{"a":1}"#]
        );
        assert_eq!(
            texts(&page(r#"{"articleList":null}"#).expect("a page")),
            [""; 0]
        );
        assert!(page(r#"{"a":[],"b":[]}"#).is_err(), "nobody knows which");
        assert!(page(r#"{"count":1}"#).is_err());
    }

    #[test]
    fn a_byte_order_mark_is_no_harm() {
        assert_eq!(page("\u{feff}[{}]").expect("a page").len(), 1);
    }

    #[test]
    fn a_cut_or_foreign_answer_is_an_error_that_quotes_nothing() {
        for body in [
            r#"{"articleList":[{"secret":1},{"#,
            r#"{"articleList":[{"secret":1}]"#,
            r#"{"articleList":[{"secret":1}]} x"#,
            r#"{"articleList":["secret"]}"#,
            "<html>secret</html>",
            "\"secret\"",
            "",
        ] {
            let error = page(body).expect_err(body);
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
        assert!(Page::parse(Bytes::from_static(b"[\xff]"), "x").is_err());
    }

    #[test]
    fn rows_keep_their_spelling_byte_for_byte() {
        let row = r#"{ "z" : 1.50, "a":"\u00e5",  "n":null }"#;
        let page = page(&format!("{{\"articleList\": [ {row} ,{row}]}}")).expect("a page");
        assert_eq!(texts(&page), [row, row]);
    }
}
