//! Identifiers of Finfo: the running number of an article and the number of a supplier.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// Finfo's own number of an article: the primary key of everything Finfo says about it.
///
/// Assigned by Finfo, never used again, and unchanged when a supplier renames its article. A running
/// number of at most nine digits, so leading zeros are no part of it.
/// Source: the field page "Finfo artikelnummer" and the page of article v2.2, <https://docs.finfo.se>.
///
/// ```
/// use finkit_core::FinfoArticleId;
///
/// let article: FinfoArticleId = "1377271".parse()?;
/// assert_eq!(article.get(), 1_377_271);
/// assert!("0".parse::<FinfoArticleId>().is_err(), "zero stands for an empty field");
/// # Ok::<(), finkit_core::FinfoArticleIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FinfoArticleId(NonZeroU32);

impl FinfoArticleId {
    /// The largest number: nine digits.
    pub const MAX: u32 = 999_999_999;

    /// The identifier with this number; `None` for zero and for more than nine digits.
    #[must_use]
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number)
            .filter(|number| number.get() <= Self::MAX)
            .map(Self)
    }

    /// The number.
    #[must_use]
    #[inline]
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for FinfoArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for FinfoArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FinfoArticleId({self})")
    }
}

impl FromStr for FinfoArticleId {
    type Err = FinfoArticleIdError;

    fn from_str(text: &str) -> Result<Self, FinfoArticleIdError> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Err(FinfoArticleIdError::Empty);
        }
        let mut number: u32 = 0;
        for byte in text.bytes() {
            if !byte.is_ascii_digit() {
                return Err(FinfoArticleIdError::NotANumber);
            }
            number = number
                .checked_mul(10)
                .and_then(|number| number.checked_add(u32::from(byte - b'0')))
                .filter(|number| *number <= Self::MAX)
                .ok_or(FinfoArticleIdError::TooLong)?;
        }
        Self::new(number).ok_or(FinfoArticleIdError::Zero)
    }
}

/// Why a text is no number of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FinfoArticleIdError {
    /// Nothing is there.
    #[error("no Finfo article number is there")]
    Empty,
    /// Something other than digits is there.
    #[error("a Finfo article number has digits only")]
    NotANumber,
    /// More than nine digits.
    #[error("a Finfo article number has at most nine digits")]
    TooLong,
    /// Zero, which stands for an empty field.
    #[error("zero is no Finfo article number")]
    Zero,
}

/// Finfo's number of a supplier, such as `2347003`: up to ten characters, kept as they are.
///
/// Source: the field page "Finfo-id nummer" (at most ten characters) and the sample of ETIM v1.0
/// (a string), <https://docs.finfo.se>.
///
/// ```
/// use finkit_core::FinfoSupplierId;
///
/// let supplier: FinfoSupplierId = "2347003".parse()?;
/// assert_eq!(supplier.as_str(), "2347003");
/// # Ok::<(), finkit_core::FinfoSupplierIdError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FinfoSupplierId {
    /// Printable ASCII, the rest is zero; ordered as the texts are, since zero sorts before all of them.
    bytes: [u8; Self::MAX_LEN],
}

impl FinfoSupplierId {
    /// The longest identifier, in characters.
    pub const MAX_LEN: usize = 10;

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let length = self
            .bytes
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(Self::MAX_LEN);
        // Only ASCII gets in.
        str::from_utf8(&self.bytes[..length]).unwrap_or_default()
    }
}

impl fmt::Display for FinfoSupplierId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for FinfoSupplierId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FinfoSupplierId({self})")
    }
}

impl FromStr for FinfoSupplierId {
    type Err = FinfoSupplierIdError;

    fn from_str(text: &str) -> Result<Self, FinfoSupplierIdError> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Err(FinfoSupplierIdError::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(FinfoSupplierIdError::OtherCharacters);
        }
        let mut bytes = [0; Self::MAX_LEN];
        bytes
            .get_mut(..text.len())
            .ok_or(FinfoSupplierIdError::TooLong)?
            .copy_from_slice(text.as_bytes());
        Ok(Self { bytes })
    }
}

/// Why a text is no number of a supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FinfoSupplierIdError {
    /// Nothing is there.
    #[error("no Finfo supplier number is there")]
    Empty,
    /// Blanks, control characters or letters outside ASCII.
    #[error("a Finfo supplier number has no blanks and no characters outside ASCII")]
    OtherCharacters,
    /// More than ten characters.
    #[error("a Finfo supplier number has at most ten characters")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(text: &str) -> Result<u32, FinfoArticleIdError> {
        text.parse().map(FinfoArticleId::get)
    }

    #[test]
    fn an_article_number_is_one_to_nine_digits_and_not_zero() {
        assert_eq!(article("1377271"), Ok(1_377_271));
        assert_eq!(article(" 7 "), Ok(7));
        assert_eq!(article("000000012"), Ok(12));
        assert_eq!(article("999999999"), Ok(FinfoArticleId::MAX));
        assert_eq!(article(""), Err(FinfoArticleIdError::Empty));
        assert_eq!(article("0"), Err(FinfoArticleIdError::Zero));
        assert_eq!(article("1000000000"), Err(FinfoArticleIdError::TooLong));
        assert_eq!(
            article("99999999999999999999"),
            Err(FinfoArticleIdError::TooLong)
        );
        for other in ["-1", "+1", "1.0", "1e3", "12 34", "١"] {
            assert_eq!(
                article(other),
                Err(FinfoArticleIdError::NotANumber),
                "{other}"
            );
        }
    }

    #[test]
    fn an_absent_article_number_takes_no_room() {
        assert_eq!(size_of::<Option<FinfoArticleId>>(), 4);
    }

    #[test]
    fn a_supplier_number_is_kept_as_it_is() {
        let supplier = |text: &str| text.parse::<FinfoSupplierId>();
        assert_eq!(
            supplier("0012345").expect("ten or less").as_str(),
            "0012345"
        );
        assert_eq!(supplier("1234567890").expect("ten").as_str(), "1234567890");
        assert_eq!(supplier(" "), Err(FinfoSupplierIdError::Empty));
        assert_eq!(supplier("12345678901"), Err(FinfoSupplierIdError::TooLong));
        for other in ["12 3", "ä", "1\t2", "1\0"] {
            assert_eq!(supplier(other), Err(FinfoSupplierIdError::OtherCharacters));
        }
    }

    #[test]
    fn supplier_numbers_sort_as_their_texts() {
        let mut texts = ["2", "10", "1", "100", "A"];
        let mut ids = texts.map(|text| text.parse::<FinfoSupplierId>().expect("a number"));
        texts.sort_unstable();
        ids.sort_unstable();
        assert_eq!(ids.map(|id| id.as_str().to_owned()), texts);
    }
}
