//! Pictures and documents of articles, as a catalogue keeps them.

use chrono::{DateTime, Utc};
use finkit_core::FinfoSupplierId;

use super::RowKey;
use crate::wire::Asset;

/// Number of an asset in its catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId(pub u64);

/// A picture or document of an article in a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAsset {
    /// Its number; the same for as long as the article has something in this slot.
    pub id: AssetId,
    /// Whose article.
    pub supplier: FinfoSupplierId,
    /// Which article: the key of the row of media.
    pub key: RowKey<'static>,
    /// What the service says about it.
    pub asset: Asset<'static>,
    /// The file that was fetched for it.
    pub file: Option<StoredFile>,
    /// Why there is none, or no newer one.
    pub miss: Option<Miss>,
    /// Since when the service no longer names it. The file is kept.
    pub gone_since: Option<DateTime<Utc>>,
}

/// A file of the media folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Name within the folder, made of the content alone.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// The checksum that the service gave when it was fetched, lower case; `None` where it gave none.
    pub checksum: Option<String>,
    /// Whether the content was compared with that checksum.
    pub verified: bool,
    /// What the service said about its last change when it was fetched.
    pub last_modified: Option<String>,
    /// The address it came from.
    pub url: String,
    /// When it was fetched.
    pub fetched_at: DateTime<Utc>,
}

/// A file that could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// When it was last tried.
    pub at: DateTime<Utc>,
    /// One line for people.
    pub message: String,
    /// Whether it is worth trying again as it is.
    pub passing: bool,
    /// How often it was tried in vain.
    pub times: u64,
}

/// Which assets are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AssetFilter {
    /// Of which supplier; of all unless set.
    pub supplier: Option<FinfoSupplierId>,
    /// Of which slots, such as `heroImage` or `images`: those that begin so; all if there is none.
    pub slots: Vec<String>,
    /// Of which content types as the service calls them; all if there is none.
    pub content_types: Vec<String>,
    /// Only those that are named by the service and whose file is missing or not of the present version; see
    /// [`StoredAsset::is_current`].
    pub to_fetch: bool,
}

impl AssetFilter {
    /// All assets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether an asset is wanted.
    #[must_use]
    pub fn admits(&self, asset: &StoredAsset) -> bool {
        self.supplier
            .is_none_or(|supplier| supplier == asset.supplier)
            && (self.slots.is_empty()
                || self
                    .slots
                    .iter()
                    .any(|slot| asset.asset.slot.starts_with(slot.as_str())))
            && (self.content_types.is_empty()
                || self
                    .content_types
                    .iter()
                    .any(|wanted| asset.asset.content_type.as_deref() == Some(wanted.as_str())))
            && (!self.to_fetch || (asset.gone_since.is_none() && !asset.is_current()))
    }
}

impl StoredAsset {
    /// Whether the file is the one that the service has now: the same checksum, or where there is none the same address
    /// and the same last change.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let Some(file) = &self.file else {
            return false;
        };
        match (&self.asset.checksum, &file.checksum) {
            (Some(now), Some(then)) => now.eq_ignore_ascii_case(then),
            (Some(_), None) => false,
            (None, _) => {
                file.url == self.asset.url
                    && file.last_modified.as_deref() == self.asset.last_modified.as_deref()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(checksum: Option<&str>, modified: &str) -> StoredAsset {
        let json = format!(
            r#"{{"heroImage":{{"url":"https://a.example.test/1","contentType":"productImageSingle","lastModified":"{modified}","checksum":{}}}}}"#,
            checksum.map_or("null".to_owned(), |sum| format!("\"{sum}\""))
        );
        let record = crate::wire::Record::parse(&json).expect("an object");
        let asset = crate::wire::assets(&record)
            .pop()
            .expect("one")
            .into_owned();
        StoredAsset {
            id: AssetId(1),
            supplier: "1".parse().expect("a supplier"),
            key: RowKey::of("7".parse().expect("a number")),
            asset,
            file: None,
            miss: None,
            gone_since: None,
        }
    }

    fn fetched(asset: &StoredAsset) -> StoredFile {
        StoredFile {
            name: "ab/ab".to_owned(),
            bytes: 1,
            checksum: asset.asset.checksum.as_deref().map(str::to_ascii_lowercase),
            verified: true,
            last_modified: asset.asset.last_modified.as_deref().map(str::to_owned),
            url: asset.asset.url.to_string(),
            fetched_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_checksum_decides_and_without_one_address_and_last_change_do() {
        let sum = "46EC1A1F9700622B2288A5D48FBC776A";
        let mut now = stored(Some(sum), "2025-02-28T00:00:00.0000000");
        assert!(!now.is_current());
        now.file = Some(fetched(&stored(Some(sum), "2025-02-27T09:51:07.0000000")));
        assert!(now.is_current(), "touched, and yet the same");
        now.file = Some(fetched(&stored(Some("00"), "2025-02-28T00:00:00.0000000")));
        assert!(!now.is_current());

        let mut plain = stored(None, "2025-02-28T00:00:00.0000000");
        plain.file = Some(fetched(&plain));
        assert!(plain.is_current());
        plain.file = Some(fetched(&stored(None, "2025-02-27T00:00:00.0000000")));
        assert!(!plain.is_current());
    }

    #[test]
    fn a_filter_admits_by_supplier_slot_type_and_need() {
        let mut asset = stored(Some("ab"), "x");
        let mut filter = AssetFilter::new();
        assert!(filter.admits(&asset));
        filter.slots = vec!["images".to_owned()];
        assert!(!filter.admits(&asset));
        filter.slots = vec!["hero".to_owned()];
        filter.content_types = vec!["productImageSingle".to_owned()];
        filter.to_fetch = true;
        assert!(filter.admits(&asset));
        asset.gone_since = Some(DateTime::UNIX_EPOCH);
        assert!(!filter.admits(&asset));
        asset.gone_since = None;
        asset.file = Some(fetched(&asset));
        assert!(!filter.admits(&asset));
        filter.to_fetch = false;
        filter.supplier = Some("2".parse().expect("a supplier"));
        assert!(!filter.admits(&asset));
    }
}
