//! What a row is known by: the article, and the agreement where rows repeat.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use finkit_core::{FinfoArticleId, FinfoSupplierId};

/// A set of rows that the service keeps and a catalogue mirrors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Dataset {
    /// Articles.
    Article,
    /// Pictures and documents of articles.
    Media,
    /// Climate data of articles.
    Climate,
    /// Environmental assessments of articles.
    Environment,
    /// Classes and features of ETIM.
    Etim,
    /// Sustainability and safety data sheets.
    Sustainability,
}

impl Dataset {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Article,
        Self::Media,
        Self::Climate,
        Self::Environment,
        Self::Etim,
        Self::Sustainability,
    ];

    /// The name: `article`, `media`, `climate`, `environment`, `etim` or `sustainability`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Media => "media",
            Self::Climate => "climate",
            Self::Environment => "environment",
            Self::Etim => "etim",
            Self::Sustainability => "sustainability",
        }
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Dataset {
    type Err = UnknownDataset;

    fn from_str(text: &str) -> Result<Self, UnknownDataset> {
        Self::ALL
            .into_iter()
            .find(|dataset| dataset.as_str() == text)
            .ok_or(UnknownDataset(()))
    }
}

/// A text that names no dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a dataset: article, media, climate, environment, etim or sustainability")]
pub struct UnknownDataset(());

/// The article that a row is about.
///
/// Articles are known by [`FinfoArticleId`]. Where an answer leaves that out, as media and version 1 may, the
/// supplier's own number stands in for it, which is unique for that supplier only
/// (source: the field page "Artikelnummer" of <https://docs.finfo.se>).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArticleRef<'a> {
    /// Finfo's number.
    Finfo(FinfoArticleId),
    /// The supplier's own number.
    Supplier(FinfoSupplierId, Cow<'a, str>),
}

/// Key of a row within its dataset.
///
/// `totalCount` counts an article once for each agreement it occurs in, so the article alone is too narrow a key
/// (source: the page of article v2.2, <https://docs.finfo.se>).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey<'a> {
    /// The article.
    pub article: ArticleRef<'a>,
    /// The agreement as the answer names it. Empty for the only or first row that names none; `#2`, `#3`, … for further
    /// rows of the same article that name none.
    pub agreement: Cow<'a, str>,
}

impl<'a> ArticleRef<'a> {
    /// The same with its own memory.
    #[must_use]
    pub fn into_owned(self) -> ArticleRef<'static> {
        match self {
            Self::Finfo(id) => ArticleRef::Finfo(id),
            Self::Supplier(supplier, number) => {
                ArticleRef::Supplier(supplier, Cow::Owned(number.into_owned()))
            }
        }
    }

    /// Finfo's number, where that is known.
    #[must_use]
    pub fn finfo(&self) -> Option<FinfoArticleId> {
        match self {
            Self::Finfo(id) => Some(*id),
            Self::Supplier(..) => None,
        }
    }
}

impl fmt::Display for ArticleRef<'_> {
    /// `1377271`, or `2347003/556155` for the article 556155 of the supplier 2347003.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finfo(id) => id.fmt(f),
            Self::Supplier(supplier, number) => write!(f, "{supplier}/{number}"),
        }
    }
}

impl FromStr for ArticleRef<'static> {
    type Err = NotAnArticle;

    /// Reads what [`Display`](fmt::Display) writes. A supplier's number with a slash in it is written and read with
    /// the text before the first slash as the supplier.
    fn from_str(text: &str) -> Result<Self, NotAnArticle> {
        match text.split_once('/') {
            None => text
                .parse()
                .map(ArticleRef::Finfo)
                .map_err(|_| NotAnArticle(())),
            Some((supplier, number)) => {
                let supplier = supplier.parse().map_err(|_| NotAnArticle(()))?;
                Ok(ArticleRef::Supplier(
                    supplier,
                    Cow::Owned(number.to_owned()),
                ))
            }
        }
    }
}

/// A text that names no article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an article: a Finfo article number, or supplier/number")]
pub struct NotAnArticle(());

impl<'a> RowKey<'a> {
    /// The row of an article that needs no agreement to be told from others.
    #[must_use]
    pub fn of(article: FinfoArticleId) -> Self {
        Self {
            article: ArticleRef::Finfo(article),
            agreement: Cow::Borrowed(""),
        }
    }

    /// The same with its own memory.
    #[must_use]
    pub fn into_owned(self) -> RowKey<'static> {
        RowKey {
            article: self.article.into_owned(),
            agreement: Cow::Owned(self.agreement.into_owned()),
        }
    }
}

impl fmt::Display for RowKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.article.fmt(f)?;
        if self.agreement.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", self.agreement)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasets_read_back_from_their_names() {
        for dataset in Dataset::ALL {
            assert_eq!(dataset.to_string().parse(), Ok(dataset));
        }
        assert!("articles".parse::<Dataset>().is_err());
    }

    #[test]
    fn articles_read_back_from_their_texts() {
        for text in ["1377271", "2347003/556155", "12/a/b", "12/"] {
            assert_eq!(
                text.parse::<ArticleRef<'static>>().expect(text).to_string(),
                text
            );
        }
        for other in ["", "0", "abc", "1234567890", "/556155"] {
            assert!(other.parse::<ArticleRef<'static>>().is_err(), "{other}");
        }
    }

    #[test]
    fn keys_show_the_agreement_only_where_there_is_one() {
        let mut key = RowKey::of("7".parse().expect("a number"));
        assert_eq!(key.to_string(), "7");
        key.agreement = "A-12".into();
        assert_eq!(key.to_string(), "7 (A-12)");
    }
}
