//! The known fields of an article: their names on the wire and what they hold.

use std::fmt;
use std::str::FromStr;

/// What a field of an article holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldKind {
    /// A Finfo article number.
    ArticleId,
    /// A text of people: names and designations.
    Text,
    /// A text of machines: numbers, units and codes, compared as they are.
    Code,
    /// A GTIN.
    Gtin,
    /// An exact decimal number.
    Decimal,
    /// A day.
    Day,
    /// Yes or no.
    Flag,
}

macro_rules! fields {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal: $kind:ident,)*) => {
        /// A field of an article that this crate knows.
        ///
        /// Names and meanings: the field pages of
        /// <https://docs.finfo.se/en/artikelinformation-byggmaterialhandel/latest/>. Some package fields follow the
        /// pattern of their siblings, whose pages give a name. What an answer has besides them is kept under its name.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum ArticleField {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl ArticleField {
            /// All of them, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it holds.
            #[must_use]
            pub const fn kind(self) -> FieldKind {
                match self {
                    $(Self::$variant => FieldKind::$kind,)*
                }
            }
        }
    };
}

fields! {
    /// Finfo's number of the article.
    FinfoArticleId = "finfoArticleId": ArticleId,
    /// The supplier's number.
    SupplierId = "supplierId": Code,
    /// The supplier's number under the name that requests use.
    FinfoSupplierId = "finfoSupplierId": Code,
    /// The supplier's own number of the article; unique for one supplier only.
    SupplierArticleNumber = "supplierArticleNumber": Code,
    /// The supplier's own number under the name that requests use.
    SupplierArticleId = "supplierArticleId": Code,
    /// The number that the article had before.
    SupplierPreviousArticleNumber = "supplierPreviousArticleNumber": Code,
    /// The day from which the new number counts.
    SupplierPreviousArticleNumberChangeDate = "supplierPreviousArticleNumberChangeDate": Day,
    /// The article that stands in for this one; there with discontinuation codes 2 and 5.
    SupplierReplacementArticleNumber = "supplierReplacementArticleNumber": Code,
    /// The supplier's designation, first line.
    SupplierArticleName1 = "supplierArticleName1": Text,
    /// The supplier's designation, second line.
    SupplierArticleName2 = "supplierArticleName2": Text,
    /// Finfo's designation, first line.
    FinfoArticleName1 = "finfoArticleName1": Text,
    /// Finfo's designation, second line.
    FinfoArticleName2 = "finfoArticleName2": Text,
    /// 0 or nothing for sale, 1 marketing, 2 service, 3 display, 7 expo or package, 8 modified with the same GTIN.
    ArticleClass = "articleClass": Code,
    /// The brand, `N/A` where there is none.
    Brand = "brand": Text,
    /// The sub-brand.
    SubBrand = "subBrand": Text,
    /// GTIN of the article.
    Gtin = "gtin": Gtin,
    /// The discount group.
    DiscountGroup = "discountGroup": Code,
    /// The name of the discount group.
    DiscountGroupName = "discountGroupName": Text,
    /// The list price without VAT.
    BasePrice = "basePrice": Decimal,
    /// Why there is no price: 1 on request, 2 price of the day, 3 chain or campaign.
    PriceTypeCode = "priceTypeCode": Code,
    /// For how many units the price is: 1, 100 or 1000.
    PricePer = "pricePer": Decimal,
    /// The day from which the base price counts.
    RetailPriceValidFrom = "retailPriceValidFrom": Day,
    /// Unit in which prices are compared.
    ComparisonPriceUnit = "comparisonPriceUnit": Code,
    /// Unit of the base price.
    BasePriceUnit = "basePriceUnit": Code,
    /// How many base price units a primary package holds.
    FactorBasePrice = "factorBasePrice": Decimal,
    /// Whether the article is kept in stock, ordered or manufactured.
    StockOrderOrManufactureCode = "stockOrderOrManufactureCode": Code,
    /// The energy class of the European Union.
    EnergyEfficiencyClass = "energyEfficiencyClass": Code,
    /// In which package the article is bought.
    PurchaseIndicator = "purchaseIndicator": Code,
    /// Product group of UNSPSC.
    UnspscProductGroup = "unspscProductGroup": Code,
    /// Commodity code of 8 or 10 digits.
    CommodityCode = "commodityCode": Code,
    /// Identity in Vilma bas.
    VilmabasIdentity = "vilmabasIdentity": Code,
    /// 01 goes out, 02 goes out and is replaced, 03 out for a time, 04 sold out, 05 replaced by an identical one.
    DiscontinuationCode = "discontinuationCode": Code,
    /// The day on which the article goes out.
    DiscontinuationDate = "discontinuationDate": Day,
    /// GTIN of the primary package.
    PrimaryPackageGtin = "primaryPackageGtin": Gtin,
    /// Unit of the primary package.
    PrimaryPackageUnit = "primaryPackageUnit": Code,
    /// Content of the primary package.
    PrimaryPackageContent = "primaryPackageContent": Decimal,
    /// Unit of that content.
    PrimaryPackageContentUnit = "primaryPackageContentUnit": Code,
    /// Whether the primary package can be ordered; it can where this is empty.
    PrimaryPackageOrderingIndicator = "primaryPackageOrderingIndicator": Code,
    /// Gross weight in kilograms.
    PrimaryPackageWeight = "primaryPackageWeight": Decimal,
    /// Height in millimetres.
    PrimaryPackageHeight = "primaryPackageHeight": Decimal,
    /// Width in millimetres.
    PrimaryPackageWidth = "primaryPackageWidth": Decimal,
    /// Depth in millimetres.
    PrimaryPackageDepth = "primaryPackageDepth": Decimal,
    /// Volume in litres.
    PrimaryPackageVolume = "primaryPackageVolume": Decimal,
    /// GTIN of the secondary package.
    SecondaryPackageGtin = "secondaryPackageGtin": Gtin,
    /// How many primary packages the secondary one holds.
    SecondaryPackageFactor = "secondaryPackageFactor": Decimal,
    /// Unit of the secondary package.
    SecondaryPackageUnit = "secondaryPackageUnit": Code,
    /// Content of the secondary package.
    SecondaryPackageContent = "secondaryPackageContent": Decimal,
    /// Unit of that content.
    SecondaryPackageContentUnit = "secondaryPackageContentUnit": Code,
    /// Whether the secondary package can be ordered.
    SecondaryPackageOrderingIndicator = "secondaryPackageOrderingIndicator": Code,
    /// Gross weight in kilograms.
    SecondaryPackageWeight = "secondaryPackageWeight": Decimal,
    /// Height in millimetres.
    SecondaryPackageHeight = "secondaryPackageHeight": Decimal,
    /// Width in millimetres.
    SecondaryPackageWidth = "secondaryPackageWidth": Decimal,
    /// Depth in millimetres.
    SecondaryPackageDepth = "secondaryPackageDepth": Decimal,
    /// Volume in litres.
    SecondaryPackageVolume = "secondaryPackageVolume": Decimal,
    /// GTIN of the tertiary package.
    TertiaryPackageGtin = "tertiaryPackageGtin": Gtin,
    /// How many primary packages the tertiary one holds.
    TertiaryPackageFactor = "tertiaryPackageFactor": Decimal,
    /// Unit of the tertiary package.
    TertiaryPackageUnit = "tertiaryPackageUnit": Code,
    /// Content of the tertiary package.
    TertiaryPackageContent = "tertiaryPackageContent": Decimal,
    /// Unit of that content.
    TertiaryPackageContentUnit = "tertiaryPackageContentUnit": Code,
    /// Whether the tertiary package can be ordered.
    TertiaryPackageOrderingIndicator = "tertiaryPackageOrderingIndicator": Code,
    /// Gross weight in kilograms.
    TertiaryPackageWeight = "tertiaryPackageWeight": Decimal,
    /// Height in millimetres.
    TertiaryPackageHeight = "tertiaryPackageHeight": Decimal,
    /// Width in millimetres.
    TertiaryPackageWidth = "tertiaryPackageWidth": Decimal,
    /// Depth in millimetres.
    TertiaryPackageDepth = "tertiaryPackageDepth": Decimal,
    /// Volume in litres.
    TertiaryPackageVolume = "tertiaryPackageVolume": Decimal,
    /// Registered in BASTA with the level BASTA.
    IsRegisteredInBastaAsBasta = "isRegisteredInBastaAsBASTA": Flag,
    /// Registered in BASTA with the level BETA.
    IsRegisteredInBastaAsBeta = "isRegisteredInBastaAsBETA": Flag,
    /// Subject to the European regulation on chemicals.
    IsSubjectToReachRegulation = "isSubjectToReachRegulation": Flag,
}

impl ArticleField {
    /// Fields in which people look for an article: its names, numbers, brand and GTINs.
    pub const SEARCHED: &'static [Self] = &[
        Self::SupplierArticleName1,
        Self::SupplierArticleName2,
        Self::FinfoArticleName1,
        Self::FinfoArticleName2,
        Self::Brand,
        Self::SubBrand,
        Self::FinfoArticleId,
        Self::SupplierArticleNumber,
        Self::SupplierArticleId,
        Self::SupplierPreviousArticleNumber,
        Self::Gtin,
        Self::PrimaryPackageGtin,
        Self::SecondaryPackageGtin,
        Self::TertiaryPackageGtin,
    ];

    /// The place in [`ALL`](Self::ALL).
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The field at a place in [`ALL`](Self::ALL).
    #[must_use]
    pub fn from_index(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    /// The field of this name on the wire.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }
}

impl fmt::Display for ArticleField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for ArticleField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ArticleField {
    type Err = UnknownField;

    fn from_str(name: &str) -> Result<Self, UnknownField> {
        Self::from_name(name).ok_or(UnknownField(()))
    }
}

/// A name that none of the known fields has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no known field of an article has this name")]
pub struct UnknownField(());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for (index, field) in ArticleField::ALL.iter().enumerate() {
            assert_eq!(field.index(), index);
            assert_eq!(ArticleField::from_index(index), Some(*field));
            assert_eq!(field.name().parse(), Ok(*field));
        }
        assert_eq!(ArticleField::from_index(ArticleField::ALL.len()), None);
        assert!("colour".parse::<ArticleField>().is_err());
    }

    #[test]
    fn a_known_field_fits_into_the_byte_of_a_span() {
        assert!(ArticleField::ALL.len() < usize::from(u8::MAX));
    }
}
