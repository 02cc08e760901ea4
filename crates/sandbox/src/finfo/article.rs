//! Made-up articles: 30 fields each, the same for the same number in every run. No article, GTIN or company is real.

use std::fmt::Write as _;

/// Pseudo-random bits of a number (SplitMix64).
fn mix(number: u64) -> u64 {
    let mut x = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn pick<const N: usize>(list: &[&'static str; N], bits: u64) -> &'static str {
    list[bits as usize % N]
}

const NOUNS: [&str; 16] = [
    "Träskruv",
    "Gipsskruv",
    "Skruv",
    "Mutter",
    "Bricka",
    "Spik",
    "Ankare",
    "Beslag",
    "Gångjärn",
    "Dörrhandtag",
    "Fönsterlås",
    "Regel",
    "Takpanna",
    "Rörkoppling",
    "Ventil",
    "Fogmassa",
];

const QUALITIES: [&str; 8] = [
    "försänkt",
    "förzinkad",
    "rostfri A4",
    "svart",
    "för utomhusbruk",
    "härdad",
    "sexkant",
    "lång",
];

const UNITS: [&str; 4] = ["ST", "FRP", "HST", "KG"];

/// A GTIN-13 with the prefix that GS1 keeps for use within a company, and its check digit
/// (source: GS1 General Specifications, sections 1.4.5 and 7.9).
pub(super) fn gtin(number: u64) -> String {
    let body = format!("2{:011}", number % 100_000_000_000);
    let sum: u32 = body
        .bytes()
        .zip([1, 3].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// The supplier's own number of an article.
pub(super) fn own_number(article: u32) -> String {
    let bits = mix(u64::from(article));
    format!(
        "{}-{:06}",
        pick(&["TS", "AB", "K", "P4"], bits >> 20),
        article % 1_000_000
    )
}

/// An article as version 2 writes it.
pub(super) fn json(supplier: &str, article: u32) -> String {
    let bits = mix(u64::from(article));
    let more = mix(bits);
    let noun = pick(&NOUNS, bits);
    let brand = ["Fäste", "Nordbeslag", "Ögla", "N/A"][(bits >> 8 & 3) as usize];
    let size = format!(
        "{},{}x{}",
        3 + (bits >> 12) % 9,
        (bits >> 16) % 10,
        10 + 5 * ((bits >> 24) % 40)
    );
    let goes_out = (bits >> 32).is_multiple_of(50);
    let mut json = String::with_capacity(900);
    // Writing into a text can't fail.
    let _ = write!(
        json,
        "{{\"finfoArticleId\":\"{article}\",\"supplierId\":\"{supplier}\",\"supplierArticleNumber\":\"{}\",\
         \"supplierArticleName1\":\"{noun} {size}\",\"supplierArticleName2\":\"{}\",\"finfoArticleName1\":\"{} {size}\",\
         \"finfoArticleName2\":null,\"articleClass\":\"0\",\"brand\":\"{brand}\",\"gtin\":\"{}\",\"discountGroup\":\"{}\",\
         \"discountGroupName\":\"Fästdon\",\"basePrice\":{}.{:02},\"pricePer\":1,\"retailPriceValidFrom\":\"20260101\",\
         \"comparisonPriceUnit\":\"ST\",\"basePriceUnit\":\"{}\",\"factorBasePrice\":{},\"unspscProductGroup\":\"31161500\",\
         \"commodityCode\":\"73181200\",\"discontinuationCode\":{},\"discontinuationDate\":{},",
        own_number(article),
        pick(&QUALITIES, bits >> 28),
        noun.to_uppercase(),
        gtin(u64::from(article) * 2),
        100 + (bits >> 36) % 400,
        (more >> 8) % 4_000,
        (more >> 20) % 100,
        pick(&UNITS, more >> 28),
        1 + (more >> 30) % 100,
        if goes_out { "\"01\"" } else { "null" },
        if goes_out { "\"20261231\"" } else { "null" },
    );
    let _ = write!(
        json,
        "\"primaryPackageGtin\":\"{}\",\"primaryPackageUnit\":\"FRP\",\"primaryPackageContent\":{},\
         \"primaryPackageWeight\":{}.{:03},\"primaryPackageHeight\":{},\"primaryPackageVolume\":0.25,\
         \"isRegisteredInBastaAsBASTA\":{},\"isSubjectToReachRegulation\":false}}",
        gtin(u64::from(article) * 2 + 1),
        10 * (1 + (more >> 36) % 50),
        (more >> 42) % 20,
        (more >> 46) % 1000,
        20 + (more >> 56) % 200,
        bits >> 40 & 1 == 0,
    );
    json
}

/// Fields that are numbers, which version 1 writes as text and with 0 for none.
const NUMBERS: [&str; 8] = [
    "basePrice",
    "pricePer",
    "factorBasePrice",
    "primaryPackageContent",
    "primaryPackageWeight",
    "primaryPackageHeight",
    "primaryPackageVolume",
    "secondaryPackageFactor",
];

/// Fields that are days, which version 1 leaves out where there is none.
const DAYS: [&str; 3] = [
    "retailPriceValidFrom",
    "discontinuationDate",
    "supplierPreviousArticleNumberChangeDate",
];

/// Fields that the endpoints without prices leave out.
const PRICES: [&str; 4] = [
    "basePrice",
    "pricePer",
    "retailPriceValidFrom",
    "priceTypeCode",
];

/// The same row as version 1 writes it.
///
/// Source: the differences listed on the page of article v2.2, <https://docs.finfo.se>: numbers are texts, 0 stands for
/// an empty one, and days are sent only if they have a value.
pub(super) fn version_1(json: &str, prices: bool) -> String {
    let fields = super::fields::fields(json);
    let mut written: Vec<(String, String)> = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        let price = PRICES.contains(&name.as_str());
        if (price && !prices) || (DAYS.contains(&name.as_str()) && value == "null") {
            continue;
        }
        let number = NUMBERS.contains(&name.as_str());
        let value = match value.as_str() {
            "null" if number => "\"0\"".to_owned(),
            "null" => "\"\"".to_owned(),
            digits if number => format!("\"{digits}\""),
            _ => value,
        };
        written.push((name, value));
    }
    super::fields::object(
        written
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

#[cfg(test)]
mod tests {
    use super::super::fields::{fields, text};
    use super::*;

    #[test]
    fn an_article_has_thirty_fields_and_is_the_same_in_every_run() {
        for article in [1_000_000, 1_000_001, 1_234_567] {
            let json = json("2347003", article);
            assert_eq!(fields(&json).len(), 30, "{json}");
            assert!((600..900).contains(&json.len()), "{}", json.len());
            assert_eq!(json, super::json("2347003", article));
            assert_eq!(text(&json, "finfoArticleId"), Some(article.to_string()));
        }
    }

    #[test]
    fn gtins_are_sound() {
        for number in 0..500 {
            let gtin = gtin(number * 7_919);
            assert!(gtin.parse::<finkit_core::Gtin>().is_ok(), "{gtin}");
        }
    }

    #[test]
    fn version_1_writes_texts_zeros_and_no_empty_days() {
        let json = r#"{"basePrice":10.50,"pricePer":null,"brand":null,"discontinuationDate":null,"retailPriceValidFrom":"20260101"}"#;
        assert_eq!(
            version_1(json, true),
            r#"{"basePrice":"10.50","pricePer":"0","brand":"","retailPriceValidFrom":"20260101"}"#
        );
        assert_eq!(version_1(json, false), r#"{"brand":""}"#);
    }
}
