//! Made-up articles: 30 fields each, the same for the same number in every run. No article, GTIN or company is real.
//!
//! They are written from their number as they are asked for, so that a million of them takes no memory and little time.

/// Pseudo-random bits of a number (SplitMix64).
fn mix(number: u64) -> u64 {
    let mut x = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn pick<T: Copy, const N: usize>(list: &[T; N], bits: u64) -> T {
    list[bits as usize % N]
}

/// How the size of a kind of article is written.
#[derive(Clone, Copy)]
enum Size {
    /// `4,2x55`
    Thread,
    /// `45x145 mm`
    Section,
    /// `Ø22 mm`
    Bore,
    /// `300 ml`
    Volume,
}

/// A kind of article: name, name in capitals, discount group, size, price unit, UNSPSC group, commodity code.
struct Kind {
    name: &'static str,
    capitals: &'static str,
    group: &'static str,
    size: Size,
    unit: &'static str,
    unspsc: &'static str,
    commodity: &'static str,
}

const fn kind(
    name: &'static str,
    capitals: &'static str,
    group: &'static str,
    size: Size,
    unit: &'static str,
    codes: (&'static str, &'static str),
) -> Kind {
    Kind {
        name,
        capitals,
        group,
        size,
        unit,
        unspsc: codes.0,
        commodity: codes.1,
    }
}

#[rustfmt::skip]
const KINDS: [Kind; 24] = [
    kind("Träskruv", "TRÄSKRUV", "Fästdon", Size::Thread, "FRP", ("31161500", "73181290")),
    kind("Gipsskruv", "GIPSSKRUV", "Fästdon", Size::Thread, "FRP", ("31161500", "73181491")),
    kind("Trallskruv", "TRALLSKRUV", "Fästdon", Size::Thread, "FRP", ("31161500", "73181290")),
    kind("Mutter", "MUTTER", "Fästdon", Size::Thread, "HST", ("31161700", "73181692")),
    kind("Bricka", "BRICKA", "Fästdon", Size::Thread, "HST", ("31161800", "73182200")),
    kind("Spik", "SPIK", "Fästdon", Size::Thread, "KG", ("31162000", "73170060")),
    kind("Expander", "EXPANDER", "Fästdon", Size::Thread, "ST", ("31162100", "73181900")),
    kind("Vinkelbeslag", "VINKELBESLAG", "Beslag", Size::Section, "ST", ("31162400", "83024190")),
    kind("Gångjärn", "GÅNGJÄRN", "Beslag", Size::Section, "ST", ("31162401", "83021000")),
    kind("Dörrhandtag", "DÖRRHANDTAG", "Lås och dörr", Size::Bore, "ST", ("31162801", "83024110")),
    kind("Fönsterlås", "FÖNSTERLÅS", "Lås och dörr", Size::Bore, "ST", ("46171500", "83014090")),
    kind("Låscylinder", "LÅSCYLINDER", "Lås och dörr", Size::Bore, "ST", ("46171500", "83016000")),
    kind("Regel", "REGEL", "Trävaror", Size::Section, "M", ("30103600", "44071190")),
    kind("Råspont", "RÅSPONT", "Trävaror", Size::Section, "M2", ("30103600", "44091018")),
    kind("Takpanna", "TAKPANNA", "Tak", Size::Section, "ST", ("30151500", "69051000")),
    kind("Hängränna", "HÄNGRÄNNA", "Tak", Size::Bore, "M", ("30151700", "73089098")),
    kind("Rörkoppling", "RÖRKOPPLING", "VVS", Size::Bore, "ST", ("40142300", "74122000")),
    kind("Kulventil", "KULVENTIL", "VVS", Size::Bore, "ST", ("40141600", "84818081")),
    kind("Kopplingsdosa", "KOPPLINGSDOSA", "El", Size::Bore, "ST", ("39121300", "85369010")),
    kind("Fogmassa", "FOGMASSA", "Kemi", Size::Volume, "ST", ("31201600", "32141010")),
    kind("Trälim", "TRÄLIM", "Kemi", Size::Volume, "ST", ("31201600", "35069190")),
    kind("Väggfärg", "VÄGGFÄRG", "Färg", Size::Volume, "L", ("31211500", "32091000")),
    kind("Slipskiva", "SLIPSKIVA", "Verktyg", Size::Bore, "ST", ("31191500", "68053000")),
    kind("Tätningslist", "TÄTNINGSLIST", "Tätning", Size::Section, "M", ("31181500", "40169300")),
];

const QUALITIES: [&str; 12] = [
    "försänkt",
    "förzinkad",
    "rostfri A4",
    "svart",
    "för utomhusbruk",
    "härdad",
    "hög hållfasthet",
    "brandklassad EI 30",
    "blåförzinkad",
    "vit RAL 9010",
    "genomgående, förborrad",
    "ljudisolerande",
];

const BRANDS: [&str; 8] = [
    "Norrfäste",
    "Ögla",
    "Åsbeslag",
    "Järnbol",
    "Fjällås",
    "Tätt & Rätt",
    "Byggvän",
    "N/A",
];

/// First days of validity, as the field pages spell days.
const VALID_FROM: [&str; 4] = ["20250901", "20260101", "20260401", "20261001"];

/// Writes digits without an allocation.
fn number(out: &mut Vec<u8>, number: u64, digits: usize) {
    let mut text = [b'0'; 20];
    let (mut rest, mut place) = (number, text.len());
    while rest > 0 {
        place -= 1;
        text[place] += (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&text[place.min(text.len() - digits)..]);
}

/// A GTIN-13 with the prefix that GS1 keeps for use within a company, and its check digit
/// (source: GS1 General Specifications, sections 1.4.5 and 7.9).
fn write_gtin(out: &mut Vec<u8>, of: u64) {
    let start = out.len();
    out.push(b'2');
    number(out, of % 100_000_000_000, 11);
    let weighted = out[start..].iter().zip([1, 3].into_iter().cycle());
    let sum: u32 = weighted
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    out.push(b'0' + ((10 - sum % 10) % 10) as u8);
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// The GTIN of an article.
pub(super) fn gtin(article: u32) -> String {
    written(|out| write_gtin(out, u64::from(article) * 2))
}

fn write_own_number(out: &mut Vec<u8>, article: u32) {
    let bits = mix(u64::from(article));
    out.extend_from_slice(pick(&["TS-", "AB-", "K", "P4."], bits >> 20).as_bytes());
    number(out, u64::from(article), 7);
}

/// The supplier's own number of an article.
pub(super) fn own_number(article: u32) -> String {
    written(|out| write_own_number(out, article))
}

fn write_size(out: &mut Vec<u8>, size: Size, bits: u64) {
    match size {
        Size::Thread => {
            number(out, 3 + bits % 9, 1);
            out.push(b',');
            number(out, (bits >> 4) % 10, 1);
            out.push(b'x');
            number(out, 10 + 5 * ((bits >> 8) % 40), 1);
        }
        Size::Section => {
            number(out, 12 + bits % 40, 1);
            out.push(b'x');
            number(out, 45 + 5 * ((bits >> 8) % 40), 1);
            out.extend_from_slice(b" mm");
        }
        Size::Bore => {
            out.extend_from_slice("Ø".as_bytes());
            number(out, 8 + bits % 120, 1);
            out.extend_from_slice(b" mm");
        }
        Size::Volume => {
            number(out, 50 * (1 + bits % 60), 1);
            out.extend_from_slice(b" ml");
        }
    }
}

/// Writes an article as version 2 has it. The supplier's number comes as JSON.
pub(super) fn write(out: &mut Vec<u8>, supplier: &str, article: u32) {
    let bits = mix(u64::from(article));
    let more = mix(bits);
    let kind = &KINDS[(bits % KINDS.len() as u64) as usize];
    let text = |out: &mut Vec<u8>, name: &str, value: &str| {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(value.as_bytes());
    };
    let size = |out: &mut Vec<u8>| write_size(out, kind.size, bits >> 12);
    text(out, "{\"finfoArticleId\":\"", "");
    number(out, u64::from(article), 1);
    text(out, "\",\"supplierId\":", supplier);
    text(out, ",\"supplierArticleNumber\":\"", "");
    write_own_number(out, article);
    text(out, "\",\"supplierArticleName1\":\"", kind.name);
    out.push(b' ');
    size(out);
    text(
        out,
        "\",\"supplierArticleName2\":\"",
        pick(&QUALITIES, bits >> 28),
    );
    text(out, "\",\"finfoArticleName1\":\"", kind.capitals);
    out.push(b' ');
    size(out);
    text(
        out,
        "\",\"articleClass\":\"0\",\"brand\":\"",
        pick(&BRANDS, bits >> 8),
    );
    text(out, "\",\"gtin\":\"", "");
    write_gtin(out, u64::from(article) * 2);
    text(out, "\",\"discountGroup\":\"", "");
    number(out, 100 + (bits >> 36) % 400, 1);
    text(out, "\",\"discountGroupName\":\"", kind.group);
    text(out, "\",\"basePrice\":", "");
    number(out, 1 + (more >> 8) % 4_000, 1);
    out.push(b'.');
    number(out, (more >> 20) % 100, 2);
    text(
        out,
        ",\"pricePer\":",
        if kind.unit == "HST" { "100" } else { "1" },
    );
    text(
        out,
        ",\"retailPriceValidFrom\":\"",
        pick(&VALID_FROM, more >> 40),
    );
    text(out, "\",\"basePriceUnit\":\"", kind.unit);
    text(out, "\",\"factorBasePrice\":", "");
    number(out, 1 + (more >> 30) % 100, 1);
    text(out, ",\"unspscProductGroup\":\"", kind.unspsc);
    text(out, "\",\"commodityCode\":\"", kind.commodity);
    out.push(b'"');
    write_life(out, article, bits, more);
    text(out, ",\"primaryPackageGtin\":\"", "");
    write_gtin(out, u64::from(article) * 2 + 1);
    text(
        out,
        "\",\"primaryPackageUnit\":\"FRP\",\"primaryPackageContent\":",
        "",
    );
    number(out, 10 * (1 + (more >> 36) % 50), 1);
    text(out, ",\"primaryPackageWeight\":", "");
    number(out, (more >> 42) % 20, 1);
    out.push(b'.');
    number(out, (more >> 46) % 1000, 3);
    text(out, ",\"primaryPackageHeight\":", "");
    number(out, 20 + (more >> 56) % 200, 1);
    let basta = if bits >> 40 & 1 == 0 { "true" } else { "false" };
    text(out, ",\"isRegisteredInBastaAsBASTA\":", basta);
    text(out, ",\"isSubjectToReachRegulation\":false}", "");
}

/// Writes what has become of an article: its number before, the article that stands in for it, and its end.
fn write_life(out: &mut Vec<u8>, article: u32, bits: u64, more: u64) {
    let text = |out: &mut Vec<u8>, text: &str| out.extend_from_slice(text.as_bytes());
    if (more >> 50).is_multiple_of(40) {
        text(out, ",\"supplierPreviousArticleNumber\":\"OLD-");
        number(out, u64::from(article), 7);
        text(
            out,
            "\",\"supplierPreviousArticleNumberChangeDate\":\"20260302\"",
        );
    } else {
        text(out, ",\"supplierPreviousArticleNumber\":null");
        text(out, ",\"supplierPreviousArticleNumberChangeDate\":null");
    }
    match (bits >> 32) % 100 {
        0 => {
            text(out, ",\"supplierReplacementArticleNumber\":\"");
            write_own_number(out, article.saturating_add(1));
            text(
                out,
                "\",\"discontinuationCode\":\"02\",\"discontinuationDate\":\"20261231\"",
            );
        }
        1 => {
            text(out, ",\"supplierReplacementArticleNumber\":null");
            text(
                out,
                ",\"discontinuationCode\":\"01\",\"discontinuationDate\":\"20261130\"",
            );
        }
        _ => {
            text(out, ",\"supplierReplacementArticleNumber\":null");
            text(
                out,
                ",\"discontinuationCode\":null,\"discontinuationDate\":null",
            );
        }
    }
}

/// An article as version 2 writes it. The supplier's number comes as JSON.
pub(super) fn json(supplier: &str, article: u32) -> String {
    written(|out| write(out, supplier, article))
}

/// Fields that are numbers, which version 1 writes as text and with 0 for none.
const NUMBERS: [&str; 7] = [
    "basePrice",
    "pricePer",
    "factorBasePrice",
    "primaryPackageContent",
    "primaryPackageWeight",
    "primaryPackageHeight",
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
        for article in 1_000_000..1_002_000 {
            let json = json("\"2347003\"", article);
            assert_eq!(fields(&json).len(), 30, "{json}");
            assert!((700..1100).contains(&json.len()), "{}", json.len());
            assert_eq!(json, super::json("\"2347003\"", article));
            let field = |name| text(&json, name);
            assert_eq!(field("finfoArticleId"), Some(article.to_string()));
            assert_eq!(field("supplierArticleNumber"), Some(own_number(article)));
            assert_eq!(field("gtin"), Some(gtin(article)));
            for (name, most) in [
                ("supplierArticleName1", 30),
                ("supplierArticleName2", 30),
                ("supplierArticleNumber", 18),
            ] {
                assert!(
                    field(name).is_some_and(|text| text.chars().count() <= most),
                    "{json}"
                );
            }
        }
    }

    #[test]
    fn articles_are_of_all_kinds_and_in_all_stages_of_life() {
        let all: Vec<_> = (1_000_001..1_003_000)
            .map(|article| json("\"1\"", article))
            .collect();
        let with = |part: &str| all.iter().filter(|json| json.contains(part)).count();
        for kind in &KINDS {
            assert!(with(&format!("\"{} ", kind.name)) > 50, "{}", kind.name);
        }
        for part in [
            "\"02\",\"disc",
            "\"01\",\"disc",
            "\"OLD-",
            "\"pricePer\":100,",
        ] {
            let count = with(part);
            assert!(0 < count && count < all.len() / 5, "{part}: {count}");
        }
    }

    #[test]
    fn gtins_are_sound() {
        for article in 0..500 {
            let gtin = gtin(article * 7_919);
            assert!(gtin.parse::<finkit_core::Gtin>().is_ok(), "{gtin}");
        }
    }

    #[test]
    fn digits_are_written_as_formatting_writes_them() {
        for value in [0, 7, 10, 99, 1_000_000, u64::MAX] {
            for digits in [1, 2, 7, 20] {
                let out = written(|out| number(out, value, digits));
                assert_eq!(out, format!("{value:0digits$}"));
            }
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
