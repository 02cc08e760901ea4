//! Media of an article: its pictures and documents, wherever in the element they stand.

use std::borrow::Cow;

use super::scan::elements;
use super::{Field, Record, WireTime, field};

/// A picture or document that the service names for an article.
///
/// Source: the page of media v2.2, <https://docs.finfo.se>, which shows `heroImage` and `images`; further lists are
/// found by what they hold, since the page doesn't show them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset<'a> {
    /// Where in the element it stands: `heroImage`, or `images/0` for the first element of a list.
    pub slot: String,
    /// Address of the file. It says nothing about the identity of the picture.
    pub url: Cow<'a, str>,
    /// What the picture shows, such as `productImageSingle`.
    pub content_type: Option<Cow<'a, str>>,
    /// Checksum of the file; 32 hexadecimal digits in the sample.
    pub checksum: Option<Cow<'a, str>>,
    /// When it was last changed, as it is written.
    pub last_modified: Option<Cow<'a, str>>,
    /// Description, from version 2.2 on.
    pub alt_text: Option<Cow<'a, str>>,
    /// The whole object as it came.
    pub json: Cow<'a, str>,
}

impl Asset<'_> {
    /// The same with its own memory.
    #[must_use]
    pub fn into_owned(self) -> Asset<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Asset {
            slot: self.slot,
            url: owned(self.url),
            content_type: self.content_type.map(owned),
            checksum: self.checksum.map(owned),
            last_modified: self.last_modified.map(owned),
            alt_text: self.alt_text.map(owned),
            json: owned(self.json),
        }
    }

    /// When it was last changed.
    #[must_use]
    pub fn modified(&self) -> Option<WireTime> {
        self.last_modified
            .as_deref()
            .and_then(|text| text.parse().ok())
    }
}

/// All assets of an element of media: every object with a `url`, in a field of its own or in a list.
#[must_use]
pub fn assets<'a>(element: &Record<'a>) -> Vec<Asset<'a>> {
    let mut found = Vec::new();
    for (name, value) in element.fields() {
        match value.as_bytes().first() {
            Some(b'{') => found.extend(asset(name.clone().into_owned(), value)),
            Some(b'[') => {
                let list = elements(value).unwrap_or_default();
                let named = list.iter().enumerate();
                found
                    .extend(named.filter_map(|(place, raw)| asset(format!("{name}/{place}"), raw)));
            }
            _ => {}
        }
    }
    found
}

fn asset(slot: String, json: &str) -> Option<Asset<'_>> {
    let record = Record::parse(json).ok()?;
    let text = |name| match field::as_text(record.raw(name)) {
        Field::Value(text) => Some(text),
        _ => None,
    };
    Some(Asset {
        slot,
        url: text("url")?,
        content_type: text("contentType"),
        checksum: text("checksum"),
        last_modified: text("lastModified"),
        alt_text: text("altText"),
        json: Cow::Borrowed(json),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_documents_are_found_wherever_they_stand() {
        let json = r#"{
            "identifiers":{"finfoSupplierId":"12345","supplierArticleId":"A1","gtin":"0123456789012"},
            "heroImage":{"url":"https://a.example.test/1.jpg","contentType":"productImageSingle",
                "altText":"En \"skruv\"","lastModified":"2025-02-27T09:51:07.0000000",
                "checksum":"46ec1a1f9700622b2288a5d48fbc776a","linkIndex":0},
            "images":[{"url":"https://a.example.test/2.jpg"},{"noUrl":1},"text",{"url":""}],
            "documents":[{"url":"https://a.example.test/3.pdf","contentType":"safetyDataSheet"}],
            "empty":[],"none":null}"#;
        let record = Record::parse(json).expect("an object");
        let found = assets(&record);
        let slots: Vec<_> = found.iter().map(|asset| asset.slot.as_str()).collect();
        assert_eq!(slots, ["heroImage", "images/0", "documents/0"]);
        assert_eq!(found[0].alt_text.as_deref(), Some("En \"skruv\""));
        assert_eq!(
            found[0].modified().map(|time| time.to_string()).as_deref(),
            Some("2025-02-27T09:51:07")
        );
        assert_eq!(found[1].checksum, None);
        assert_eq!(found[2].clone().into_owned(), found[2]);
    }
}
