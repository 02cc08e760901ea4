//! What a row is known by, read from the row itself by the names that its endpoint gives.

use std::borrow::Cow;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use finkit_core::FinfoSupplierId;

use crate::catalogue::ArticleRef;
use crate::endpoints::Endpoint;
use crate::wire::{Record, text_or_digits};

/// Reads what a row says about its identity.
#[derive(Clone, Debug)]
pub(crate) struct IdentityRule {
    article: Vec<Path>,
    supplier_article: Vec<Path>,
    agreement: Vec<Path>,
}

/// Name of a field, or names on the way into objects.
#[derive(Clone, Debug)]
struct Path(Vec<String>);

/// What a row says about its identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity<'a> {
    /// The article; `None` for a row that can't be kept under any key.
    pub(crate) article: Option<ArticleRef<'a>>,
    /// The agreement, where the row names one.
    pub(crate) agreement: Option<Cow<'a, str>>,
}

impl Path {
    fn new(names: &str) -> Self {
        Self(names.split('.').map(str::to_owned).collect())
    }

    fn text<'a>(&self, record: &Record<'a>) -> Option<Cow<'a, str>> {
        let (first, rest) = self.0.split_first()?;
        let mut raw = record.raw(first)?;
        for name in rest {
            raw = Record::parse(raw).ok()?.raw(name)?;
        }
        text_or_digits(raw).filter(|text| !text.trim().is_empty())
    }
}

impl IdentityRule {
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        let paths = |names: &[String]| names.iter().map(|names| Path::new(names)).collect();
        Self {
            article: paths(&endpoint.article),
            supplier_article: paths(&endpoint.supplier_article),
            agreement: paths(&endpoint.agreement),
        }
    }

    /// What a row of this supplier's list says about its identity.
    pub(crate) fn of<'a>(&self, record: &Record<'a>, supplier: FinfoSupplierId) -> Identity<'a> {
        let finfo = self
            .article
            .iter()
            .find_map(|path| path.text(record)?.parse().ok())
            .map(ArticleRef::Finfo);
        let article = finfo.or_else(|| {
            let number = self
                .supplier_article
                .iter()
                .find_map(|path| path.text(record))?;
            Some(ArticleRef::Supplier(supplier, number))
        });
        let agreement = self.agreement.iter().find_map(|path| path.text(record));
        Identity { article, agreement }
    }
}

impl Identity<'_> {
    /// A number that is the same for the same identity, and for different ones all but certainly another.
    ///
    /// For Finfo's articles without an agreement it is the article's own number; all others are above those.
    pub(crate) fn number(&self, record: &Record<'_>) -> u64 {
        match &self.article {
            Some(article) => number_of(article, self.agreement.as_deref().unwrap_or_default()),
            // Nothing but the whole row tells it from others.
            None => above(FoldBuilder::default().hash_one(record.json().as_bytes())),
        }
    }
}

/// The number of an identity; see [`Identity::number`].
pub(crate) fn number_of(article: &ArticleRef<'_>, agreement: &str) -> u64 {
    let mut hasher = Fold::default();
    match article {
        ArticleRef::Finfo(id) if agreement.is_empty() => return u64::from(id.get()),
        ArticleRef::Finfo(id) => hasher.write_u32(id.get()),
        ArticleRef::Supplier(supplier, number) => {
            hasher.write(supplier.as_str().as_bytes());
            hasher.write(number.as_bytes());
        }
    }
    hasher.write(agreement.as_bytes());
    above(hasher.finish())
}

fn above(hash: u64) -> u64 {
    hash | 1 << 63
}

/// A fast hash for fingerprints and for tables whose keys nobody chooses to do harm; the same in every process and
/// version, since trails of walks hold it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Fold(u64);

pub(crate) type FoldBuilder = BuildHasherDefault<Fold>;

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

impl Fold {
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ MULTIPLIER) * u128::from(MULTIPLIER | 1);
        // Both halves: every bit of the input reaches every bit of the result.
        self.0 = (product as u64) ^ ((product >> 64) as u64).rotate_left(23);
    }
}

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(last));
        self.mix(bytes.len() as u64);
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.mix(number);
    }

    fn finish(&self) -> u64 {
        let mut last = *self;
        last.mix(0);
        last.0
    }
}

/// Fingerprint of a text.
pub(crate) fn fingerprint(text: &str) -> u32 {
    let hash = FoldBuilder::default().hash_one(text.as_bytes());
    (hash ^ (hash >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Endpoints;
    use crate::catalogue::Dataset;
    use std::collections::HashSet;

    fn supplier() -> FinfoSupplierId {
        "2347003".parse().expect("a supplier")
    }

    fn identity(dataset: Dataset, json: &str) -> (Option<String>, Option<String>) {
        let endpoints = Endpoints::assumed();
        let record = Record::parse(json).expect("an object");
        let identity = IdentityRule::new(endpoints.of(dataset)).of(&record, supplier());
        (
            identity.article.map(|article| article.to_string()),
            identity.agreement.map(Cow::into_owned),
        )
    }

    #[test]
    fn each_endpoint_names_the_article_in_its_own_way() {
        let id = Some("1377271".to_owned());
        let number = Some("2347003/A1".to_owned());
        let table = [
            (
                Dataset::Article,
                r#"{"finfoArticleId":"1377271"}"#,
                id.clone(),
            ),
            (
                Dataset::Article,
                r#"{"finfoArticleId":1377271}"#,
                id.clone(),
            ),
            (
                Dataset::Article,
                r#"{"finfoArticleId":null,"supplierArticleNumber":"A1"}"#,
                number.clone(),
            ),
            (
                Dataset::Article,
                r#"{"finfoArticleId":"0","supplierArticleId":"A1"}"#,
                number.clone(),
            ),
            (
                Dataset::Article,
                r#"{"finfoArticleId":{},"supplierArticleNumber":" "}"#,
                None,
            ),
            (
                Dataset::Media,
                r#"{"identifiers":{"supplierArticleId":"A1"}}"#,
                number.clone(),
            ),
            (
                Dataset::Media,
                r#"{"finfoArticleId":"1377271","identifiers":{"supplierArticleId":"A1"}}"#,
                id.clone(),
            ),
            (Dataset::Media, r#"{"identifiers":7}"#, None),
            (
                Dataset::Etim,
                r#"{"supplierId":"2347003","articleId":"1377271"}"#,
                id.clone(),
            ),
            (
                Dataset::Sustainability,
                r#"{"finfoNumber":"1377271"}"#,
                id.clone(),
            ),
            (Dataset::Environment, r#"{"productNumber":"A1"}"#, number),
            (Dataset::Climate, r#"{"finfoArticleId":1377271}"#, id),
        ];
        for (dataset, json, expected) in table {
            assert_eq!(identity(dataset, json).0, expected, "{dataset} {json}");
        }
    }

    #[test]
    fn the_agreement_is_the_first_that_has_a_value() {
        let json =
            r#"{"finfoArticleId":7,"agreementId":null,"agreementNumber":12,"agreement":"x"}"#;
        assert_eq!(identity(Dataset::Article, json).1.as_deref(), Some("12"));
        assert_eq!(identity(Dataset::Article, r#"{"agreement":""}"#).1, None);
    }

    #[test]
    fn hashes_tell_rows_apart_and_do_not_change() {
        let mut seen = HashSet::new();
        for number in 1..20_000u32 {
            let json = format!("{{\"finfoArticleId\":{number}}}");
            let record = Record::parse(&json).expect("an object");
            let rule = IdentityRule::new(&Endpoint::article_v2_2());
            let mut identity = rule.of(&record, supplier());
            assert!(seen.insert(identity.number(&record)));
            identity.agreement = Some("A".into());
            assert!(seen.insert(identity.number(&record)));
        }
        assert_eq!(fingerprint("{}"), fingerprint("{}"));
        assert_ne!(fingerprint("{\"a\":1}"), fingerprint("{\"a\":2}"));
        assert_ne!(fingerprint("a"), fingerprint("a\0"), "length counts");
    }
}
