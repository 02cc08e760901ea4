//! Made-up articles of 30 fields, all rendered beforehand, so that answering with a page of them is copying bytes.

use std::fmt::Write as _;
use std::ops::Range;

/// The supplier whose articles they are.
pub(super) const SUPPLIER: &str = "2347003";
/// One article of so many has changed in the second edition.
pub(super) const CHANGED_ONE_OF: u64 = 100;

const NOUNS: [&str; 12] = [
    "Träskruv",
    "Mutter",
    "Bricka",
    "Gipsskruv",
    "Spik",
    "Ankare",
    "Beslag",
    "Gångjärn",
    "Fönster",
    "Regel",
    "Takpanna",
    "Ventil",
];
const QUALITIES: [&str; 8] = [
    "försänkt",
    "förzinkad",
    "rostfri A4",
    "svart",
    "utvändig",
    "härdad",
    "sexkant",
    "lång",
];

/// A list as it is served: the articles one after another with commas between, and where each begins.
#[derive(Debug)]
pub(super) struct List {
    text: String,
    /// Where each article begins, and after the last where the next would.
    starts: Vec<usize>,
}

/// All articles, and those of them that changed since.
#[derive(Debug)]
pub(super) struct Articles {
    pub(super) all: [List; 2],
    pub(super) changed: List,
    pub(super) nothing: List,
    /// What everybody has to hold afterwards, in both editions.
    pub(super) sums: [Sum; 2],
}

/// Of a set of articles: how many, the sum of their numbers, and a sum over numbers and prices that notices an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) count: u64,
    pub(super) numbers: u64,
    pub(super) prices: u64,
}

impl List {
    fn of(articles: impl Iterator<Item = String>) -> Self {
        let mut list = Self {
            text: String::new(),
            starts: vec![0],
        };
        for article in articles {
            list.text.push_str(&article);
            list.text.push(',');
            list.starts.push(list.text.len());
        }
        list
    }

    pub(super) fn total(&self) -> usize {
        self.starts.len() - 1
    }

    /// The articles of a page.
    pub(super) fn page(&self, offset: usize, limit: usize) -> &str {
        let from = offset.min(self.total());
        let until = (offset + limit).min(self.total());
        if from == until {
            return "";
        }
        let range: Range<usize> = self.starts[from]..self.starts[until] - 1;
        &self.text[range]
    }
}

impl Articles {
    pub(super) fn new(count: u64) -> Self {
        let changed = |number: u64| number.is_multiple_of(CHANGED_ONE_OF);
        let edition = |edition: u64| {
            List::of(
                (0..count).map(move |number| article(number, edition & u64::from(changed(number)))),
            )
        };
        Self {
            all: [edition(0), edition(1)],
            changed: List::of(
                (0..count)
                    .filter(|number| changed(*number))
                    .map(|number| article(number, 1)),
            ),
            nothing: List::of(std::iter::empty()),
            sums: [0, 1].map(|edition| Sum {
                count,
                numbers: (0..count).map(id).sum(),
                prices: (0..count)
                    .map(|number| {
                        id(number) % 1009 * cents(number, edition & u64::from(changed(number)))
                    })
                    .sum(),
            }),
        }
    }
}

/// Pseudo-random numbers that are the same in every run (SplitMix64).
fn mix(number: u64) -> u64 {
    let mut x = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn id(number: u64) -> u64 {
    1_000_000 + number
}

fn cents(number: u64, edition: u64) -> u64 {
    (mix(number) >> 12) % 500_000 + 100 + 7 * edition
}

/// The GTIN that begins with these 12 digits.
fn gtin(twelve: u64) -> u64 {
    let (mut rest, mut sum, mut weight) = (twelve, 0, 3);
    while rest > 0 {
        sum += rest % 10 * weight;
        rest /= 10;
        weight = 4 - weight;
    }
    twelve * 10 + (10 - sum % 10) % 10
}

fn article(number: u64, edition: u64) -> String {
    let r = mix(number);
    let pick = |shift: u32, count: u64| (r >> shift) % count;
    let noun = NOUNS[(r % 12) as usize];
    let quality = QUALITIES[(r >> 8 & 7) as usize];
    let size = format!(
        "{},{}x{}",
        3 + pick(24, 9),
        pick(28, 10),
        10 + pick(32, 190)
    );
    let cents = cents(number, edition);
    let twelve = 730_000_000_000 + mix(r) % 9_999_999_999;
    let mut text = String::with_capacity(1024);
    // Writing to a text cannot fail.
    let _ = write!(
        text,
        "{{\"finfoArticleId\":\"{id}\",\"supplierId\":\"{SUPPLIER}\",\"supplierArticleNumber\":\"TS-{number:07}\",\
         \"supplierArticleName1\":\"{noun} {size}\",\"supplierArticleName2\":\"{quality}\",\"finfoArticleName1\":\"{upper} {size}\",\
         \"brand\":\"Märke {brand}\",\"gtin\":\"{gtin}\",\"discountGroup\":\"{group}\",\"discountGroupName\":\"Fästdon\",\
         \"basePrice\":{kronor}.{ore:02},\"pricePer\":100,\"retailPriceValidFrom\":\"20260101\",\"comparisonPriceUnit\":\"ST\",\
         \"basePriceUnit\":\"HST\",\"factorBasePrice\":2.5,\"articleClass\":0,\"unspscProductGroup\":\"31161500\",\
         \"commodityCode\":\"73181200\",\"discontinuationCode\":null,\"discontinuationDate\":null,\"primaryPackageGtin\":\"{package}\",\
         \"primaryPackageUnit\":\"FRP\",\"primaryPackageContent\":250,\"primaryPackageWeight\":0.{weight:03},\
         \"primaryPackageHeight\":40,\"primaryPackageVolume\":0.25,\"isRegisteredInBastaAsBASTA\":true,\
         \"isSubjectToReachRegulation\":false,\"changedAt\":\"2026-0{month}-28T{hour:02}:{minute:02}:{second:02}Z\"}}",
        id = id(number),
        upper = noun.to_uppercase(),
        brand = pick(16, 40),
        gtin = gtin(twelve),
        group = 100 + pick(33, 400),
        kronor = cents / 100,
        ore = cents % 100,
        package = gtin(twelve ^ 1),
        weight = pick(44, 1000),
        month = 1 + edition,
        hour = pick(20, 24),
        minute = pick(25, 60),
        second = pick(31, 60),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_are_json_of_30_fields() {
        for (number, edition) in [(0, 0), (0, 1), (7, 0), (999_999, 0)] {
            let value: serde_json::Value = serde_json::from_str(&article(number, edition)).unwrap();
            assert_eq!(value.as_object().unwrap().len(), 30);
        }
        assert_eq!(gtin(731_234_000_123), 7_312_340_001_238);
    }

    #[test]
    fn pages_are_lists_without_a_comma_at_their_ends() {
        let articles = Articles::new(250);
        let page = |list: &List, offset, limit| -> Vec<u64> {
            let text = format!("[{}]", list.page(offset, limit));
            serde_json::from_str::<Vec<serde_json::Value>>(&text)
                .unwrap()
                .iter()
                .map(|article| article["finfoArticleId"].as_str().unwrap().parse().unwrap())
                .collect()
        };
        assert_eq!(page(&articles.all[0], 0, 2), [1_000_000, 1_000_001]);
        assert_eq!(page(&articles.all[1], 249, 1000), [1_000_249]);
        assert!(page(&articles.all[0], 250, 1000).is_empty());
        assert_eq!(
            page(&articles.changed, 0, 1000),
            [1_000_000, 1_000_100, 1_000_200]
        );
        assert!(page(&articles.nothing, 0, 1000).is_empty());
        assert_eq!(articles.sums[0].count, 250);
        assert_ne!(articles.sums[0].prices, articles.sums[1].prices);
    }
}
