//! An article: typed access to its known fields.

use std::borrow::Cow;

use finkit_core::{ApiVersion, FinfoArticleId, Gtin};

use super::article_field::ArticleField;
use super::{Decimal, Field, Record, WireTime, field};

/// An article of an answer or of a catalogue: a record with typed access to what is known about its fields.
///
/// Every accessor tells apart whether a field is absent, `null`, empty, a value or something unexpected; see [`Field`].
///
/// ```
/// use finkit_core::ApiVersion;
/// use finkit_finfo::wire::{Article, Field};
///
/// let article = Article::parse(
///     r#"{"finfoArticleId":"1377271","basePrice":10.50,"supplierArticleName1":"Träskruv 4,2","newField":[1]}"#,
///     ApiVersion::new(2, 2),
/// )?;
/// assert_eq!(article.name1().value().as_deref(), Some("Träskruv 4,2"));
/// assert_eq!(article.base_price().value().map(|price| price.to_string()).as_deref(), Some("10.50"));
/// assert_eq!(article.brand(), Field::Absent);
/// assert_eq!(article.record().unknown_fields().next().unwrap().1, "[1]");
/// # Ok::<(), finkit_finfo::wire::WireError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Article<'a> {
    record: Record<'a>,
    version: ApiVersion,
}

/// A known field of an article, typed by its [kind](ArticleField::kind).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldValue<'a> {
    /// A Finfo article number.
    ArticleId(FinfoArticleId),
    /// A text or a code.
    Text(Cow<'a, str>),
    /// A GTIN.
    Gtin(Gtin),
    /// A number.
    Decimal(Decimal),
    /// A day.
    Day(WireTime),
    /// Yes or no.
    Flag(bool),
}

impl<'a> Article<'a> {
    /// An article from its JSON, as a version of the interface wrote it.
    ///
    /// # Errors
    /// [`WireError`](super::WireError) when the text is not one JSON object.
    pub fn parse(json: &'a str, version: ApiVersion) -> Result<Self, super::WireError> {
        Record::parse(json).map(|record| Self { record, version })
    }

    /// The article that this record is.
    #[must_use]
    pub fn new(record: Record<'a>, version: ApiVersion) -> Self {
        Self { record, version }
    }

    /// All fields as they came.
    #[must_use]
    pub fn record(&self) -> &Record<'a> {
        &self.record
    }

    /// Any known field by its kind.
    #[must_use]
    pub fn get(&self, wanted: ArticleField) -> Field<'a, FieldValue<'a>> {
        typed(wanted, self.record.known(wanted), self.version)
    }

    fn text(&self, wanted: ArticleField) -> Field<'a, Cow<'a, str>> {
        field::as_text(self.record.known(wanted))
    }

    fn decimal(&self, wanted: ArticleField) -> Field<'a, Decimal> {
        field::as_decimal(self.record.known(wanted), self.version.has_zero_for_empty())
    }

    fn day(&self, wanted: ArticleField) -> Field<'a, WireTime> {
        field::as_time(self.record.known(wanted))
    }

    /// Finfo's number of the article.
    #[must_use]
    pub fn finfo_article_id(&self) -> Field<'a, FinfoArticleId> {
        field::as_article_id(self.record.known(ArticleField::FinfoArticleId))
    }

    /// The supplier's number.
    #[must_use]
    pub fn supplier_id(&self) -> Field<'a, Cow<'a, str>> {
        match self.text(ArticleField::SupplierId) {
            Field::Absent => self.text(ArticleField::FinfoSupplierId),
            found => found,
        }
    }

    /// The supplier's own number of the article.
    #[must_use]
    pub fn supplier_article_number(&self) -> Field<'a, Cow<'a, str>> {
        match self.text(ArticleField::SupplierArticleNumber) {
            Field::Absent => self.text(ArticleField::SupplierArticleId),
            found => found,
        }
    }

    /// The supplier's own number before it was changed.
    #[must_use]
    pub fn previous_article_number(&self) -> Field<'a, Cow<'a, str>> {
        self.text(ArticleField::SupplierPreviousArticleNumber)
    }

    /// The supplier's own number of the article that stands in for this one.
    #[must_use]
    pub fn replacement_article_number(&self) -> Field<'a, Cow<'a, str>> {
        self.text(ArticleField::SupplierReplacementArticleNumber)
    }

    /// The supplier's designation, first line.
    #[must_use]
    pub fn name1(&self) -> Field<'a, Cow<'a, str>> {
        self.text(ArticleField::SupplierArticleName1)
    }

    /// The supplier's designation, second line.
    #[must_use]
    pub fn name2(&self) -> Field<'a, Cow<'a, str>> {
        self.text(ArticleField::SupplierArticleName2)
    }

    /// The brand.
    #[must_use]
    pub fn brand(&self) -> Field<'a, Cow<'a, str>> {
        self.text(ArticleField::Brand)
    }

    /// GTIN of the article, or of its primary package where the article has none of its own.
    #[must_use]
    pub fn gtin(&self) -> Field<'a, Gtin> {
        match self.record.known(ArticleField::Gtin) {
            None => field::as_gtin(self.record.known(ArticleField::PrimaryPackageGtin)),
            found => field::as_gtin(found),
        }
    }

    /// The list price without VAT, for [`price_per`](Self::price_per) units.
    #[must_use]
    pub fn base_price(&self) -> Field<'a, Decimal> {
        self.decimal(ArticleField::BasePrice)
    }

    /// For how many units the list price is.
    #[must_use]
    pub fn price_per(&self) -> Field<'a, Decimal> {
        self.decimal(ArticleField::PricePer)
    }

    /// The day from which the list price counts.
    #[must_use]
    pub fn price_valid_from(&self) -> Field<'a, WireTime> {
        self.day(ArticleField::RetailPriceValidFrom)
    }

    /// Whether and how the article goes out; see [`ArticleField::DiscontinuationCode`].
    #[must_use]
    pub fn discontinuation_code(&self) -> Field<'a, Cow<'a, str>> {
        self.text(ArticleField::DiscontinuationCode)
    }

    /// The day on which the article goes out.
    #[must_use]
    pub fn discontinuation_date(&self) -> Field<'a, WireTime> {
        self.day(ArticleField::DiscontinuationDate)
    }
}

/// The value of a known field from its JSON, as a version of the interface wrote it.
#[must_use]
pub fn typed<'a>(
    wanted: ArticleField,
    raw: Option<&'a str>,
    version: ApiVersion,
) -> Field<'a, FieldValue<'a>> {
    use super::FieldKind;
    match wanted.kind() {
        FieldKind::ArticleId => field::as_article_id(raw).map(FieldValue::ArticleId),
        FieldKind::Text | FieldKind::Code => field::as_text(raw).map(FieldValue::Text),
        FieldKind::Gtin => field::as_gtin(raw).map(FieldValue::Gtin),
        FieldKind::Decimal => {
            field::as_decimal(raw, version.has_zero_for_empty()).map(FieldValue::Decimal)
        }
        FieldKind::Day => field::as_time(raw).map(FieldValue::Day),
        FieldKind::Flag => field::as_flag(raw).map(FieldValue::Flag),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_zero_is_a_price_in_one_version_and_perhaps_none_in_the_other() {
        let json = r#"{"basePrice":"0","pricePer":null}"#;
        let price = |version| {
            Article::parse(json, version)
                .expect("an object")
                .base_price()
        };
        assert_eq!(price(ApiVersion::new(1, 0)), Field::ZeroOrEmpty);
        assert_eq!(price(ApiVersion::new(2, 1)), Field::Value(Decimal::ZERO));
        let article = Article::parse(json, ApiVersion::new(2, 1)).expect("an object");
        assert_eq!(article.price_per(), Field::Null);
        assert_eq!(article.price_valid_from(), Field::Absent);
    }

    #[test]
    fn every_kind_of_field_is_typed() {
        let json = r#"{"finfoArticleId":7,"brand":"Hus","gtin":"96385074","basePrice":1.5,
            "discontinuationDate":"20260131","isSubjectToReachRegulation":"Y","commodityCode":12345678}"#;
        let article = Article::parse(json, ApiVersion::new(2, 2)).expect("an object");
        let value = |field| article.get(field).value().expect("a value");
        assert!(
            matches!(value(ArticleField::FinfoArticleId), FieldValue::ArticleId(id) if id.get() == 7)
        );
        assert_eq!(
            value(ArticleField::Brand),
            FieldValue::Text(Cow::Borrowed("Hus"))
        );
        assert_eq!(
            value(ArticleField::CommodityCode),
            FieldValue::Text(Cow::Borrowed("12345678"))
        );
        assert!(matches!(value(ArticleField::Gtin), FieldValue::Gtin(gtin) if gtin.length() == 8));
        assert!(
            matches!(value(ArticleField::BasePrice), FieldValue::Decimal(price) if price.scale() == 1)
        );
        assert!(matches!(
            value(ArticleField::DiscontinuationDate),
            FieldValue::Day(_)
        ));
        assert_eq!(
            value(ArticleField::IsSubjectToReachRegulation),
            FieldValue::Flag(true)
        );
        assert_eq!(article.get(ArticleField::PricePer), Field::Absent);
    }

    #[test]
    fn names_of_requests_stand_in_for_those_of_the_field_pages() {
        let article = Article::parse(
            r#"{"finfoSupplierId":"12","supplierArticleId":"A-1"}"#,
            ApiVersion::new(2, 2),
        )
        .expect("an object");
        assert_eq!(article.supplier_id().value().as_deref(), Some("12"));
        assert_eq!(
            article.supplier_article_number().value().as_deref(),
            Some("A-1")
        );
    }
}
