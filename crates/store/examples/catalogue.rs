//! Measures the catalogue alone: pages of made-up articles of 30 fields are stored, found, and stored again with changes.
//!
//! `cargo run --release -p finkit-store --example catalogue -- [ARTICLES [FOLDER]]`

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use finkit_core::{ApiVersion, FinfoSupplierId};
use finkit_finfo::catalogue::{
    Catalogue, Dataset, NewPage, NewRow, RowKey, Walk, WalkEnd, WalkPurpose, WalkSpan,
};
use finkit_finfo::wire::{ArticleField, Page};
use finkit_store::SqliteCatalogue;

const PAGE: u64 = 1000;

/// Pseudo-random numbers that are the same in every run (SplitMix64).
fn mix(number: u64) -> u64 {
    let mut x = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

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

fn article(number: u64, edition: u64) -> String {
    let r = mix(number);
    let noun = NOUNS[(r % 12) as usize];
    let quality = QUALITIES[(r >> 8 & 7) as usize];
    let size = format!(
        "{},{}x{}",
        3 + (r >> 24) % 9,
        (r >> 28) % 10,
        10 + (r >> 32) % 190
    );
    let brand = format!("Märke {}", (r >> 16) % 40);
    let price = (r >> 12) % 500_000 + edition;
    let gtin = 7_300_000_000_000 + mix(r) % 99_999_999_999;
    format!(
        "{{\"finfoArticleId\":\"{id}\",\"supplierId\":\"2347003\",\"supplierArticleNumber\":\"TS-{art:06}\",\"supplierArticleName1\":\"{noun} {size}\",\
         \"supplierArticleName2\":\"{quality}\",\"finfoArticleName1\":\"{upper} {size}\",\"finfoArticleName2\":\"{brand}\",\"articleClass\":0,\"brand\":\"{brand}\",\
         \"gtin\":\"{gtin}\",\"discountGroup\":\"{group}\",\"discountGroupName\":\"Fästdon\",\"basePrice\":{kronor}.{ore:02},\"pricePer\":100,\
         \"retailPriceValidFrom\":\"20260101\",\"comparisonPriceUnit\":\"ST\",\"basePriceUnit\":\"HST\",\"factorBasePrice\":2.5,\"unspscProductGroup\":\"31161500\",\
         \"commodityCode\":\"73181200\",\"discontinuationCode\":null,\"discontinuationDate\":null,\"primaryPackageGtin\":\"{package}\",\"primaryPackageUnit\":\"FRP\",\
         \"primaryPackageContent\":250,\"primaryPackageWeight\":0.{weight:03},\"primaryPackageHeight\":40,\"primaryPackageVolume\":0.25,\
         \"isRegisteredInBastaAsBASTA\":true,\"isSubjectToReachRegulation\":false}}",
        id = 1_000_000 + number,
        art = (r >> 20) % 1_000_000,
        upper = noun.to_uppercase(),
        group = 100 + (r >> 33) % 400,
        kronor = price / 100,
        ore = price % 100,
        package = gtin + 11,
        weight = (r >> 44) % 1000,
    )
}

fn body(numbers: impl Iterator<Item = u64>, total: u64, edition: u64) -> Bytes {
    let rows: Vec<String> = numbers.map(|number| article(number, edition)).collect();
    let head = format!(
        r#"{{"pagination":{{"offset":0,"limit":1000,"totalCount":{total}}},"articleList":["#
    );
    format!("{head}{}]}}", rows.join(",")).into()
}

/// Time on a clock and time on a processor.
#[derive(Clone, Copy, Default)]
struct Took {
    wall: Duration,
    cpu: Duration,
}

impl std::ops::AddAssign for Took {
    fn add_assign(&mut self, other: Self) {
        self.wall += other.wall;
        self.cpu += other.cpu;
    }
}

#[expect(clippy::disallowed_methods, reason = "this measures")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Took) {
    let (started, before) = (Instant::now(), processor_time());
    let done = work();
    let cpu = processor_time().saturating_sub(before);
    (
        done,
        Took {
            wall: started.elapsed(),
            cpu,
        },
    )
}

/// What this thread has used so far, where the system says so (Linux).
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

struct Run {
    catalogue: SqliteCatalogue,
    supplier: FinfoSupplierId,
    parsing: Took,
    storing: Took,
}

impl Run {
    fn walk(
        &mut self,
        span: WalkSpan,
        at: DateTime<Utc>,
        pages: impl Iterator<Item = Bytes>,
    ) -> Result<(), Box<dyn Error>> {
        let version = ApiVersion::new(2, 2);
        let walk = Walk {
            dataset: Dataset::Article,
            supplier: self.supplier,
            version,
            span,
            purpose: WalkPurpose::Follow,
            started_at: at,
            pass: 1,
            page_size: PAGE as u32,
            total: None,
        };
        (self.parsing, self.storing) = (Took::default(), Took::default());
        let (begun, took) = timed(|| self.catalogue.begin_walk(&walk));
        begun?;
        self.storing += took;
        let mut next = 0;
        for body in pages {
            let (page, took) = timed(|| Page::parse(body, "articleList"));
            let page = page?;
            self.parsing += took;
            let (stored, took) = timed(|| -> Result<_, Box<dyn Error>> {
                let rows = page
                    .records()
                    .map(|record| {
                        let id = record
                            .known(ArticleField::FinfoArticleId)
                            .ok_or("no number")?;
                        let key = RowKey::of(id.trim_matches('"').parse()?);
                        Ok(NewRow { key, record })
                    })
                    .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
                let from = next;
                next += rows.len() as u64;
                let new = NewPage {
                    dataset: walk.dataset,
                    supplier: walk.supplier,
                    version,
                    pass: 1,
                    from,
                    next,
                    rows: &rows,
                    set_aside: &[],
                    trail: &[0; 12 * PAGE as usize],
                    at,
                };
                Ok(self.catalogue.store_page(&new)?)
            });
            stored?;
            self.storing += took;
        }
        let end = WalkEnd {
            dataset: walk.dataset,
            supplier: walk.supplier,
            pass: 1,
            at,
            remove: &[],
            unlisted: &[],
        };
        let (ended, took) = timed(|| self.catalogue.finish_walk(&end));
        self.storing += took;
        Ok(ended?)
    }

    fn say(&self, what: &str, rows: u64) -> std::io::Result<()> {
        let (storing, parsing) = (self.storing, self.parsing);
        writeln!(
            std::io::stdout(),
            "{what:<24} {rows:>8} rows  stored in {:>6.3} s ({:>6.3} s of processor, {:>7.0} rows/s)  parsed in {:>6.3} s ({:>6.3} s)",
            storing.wall.as_secs_f64(),
            storing.cpu.as_secs_f64(),
            rows as f64 / storing.wall.as_secs_f64(),
            parsing.wall.as_secs_f64(),
            parsing.cpu.as_secs_f64(),
        )
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().map_or(Ok(200_000), |text| text.parse())?;
    let temporary = tempfile::tempdir()?;
    let folder = arguments
        .next()
        .map_or(temporary.path().to_owned(), PathBuf::from);
    let path = folder.join("catalogue.sqlite");
    let mut run = Run {
        catalogue: SqliteCatalogue::open(&path)?,
        supplier: "2347003".parse()?,
        parsing: Took::default(),
        storing: Took::default(),
    };
    let start = DateTime::from_timestamp(1_768_478_400, 0).ok_or("a moment")?;
    let pages = count.div_ceil(PAGE);
    let whole = |edition: u64| {
        (0..pages).map(move |page| body(page * PAGE..count.min((page + 1) * PAGE), count, edition))
    };
    run.walk(WalkSpan::All, start, whole(0))?;
    run.say("everything new", count)?;
    for (text, limit) in [
        ("skruv 4,2", 20),
        ("träskruv 4,2 rostfri", 20),
        ("7", 20),
        ("4 2 1", 20),
        ("73", 1000),
        ("märke 7", 20),
        ("1234567", 20),
        ("finnsinte", 20),
    ] {
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..5 {
            let (rows, took) = timed(|| run.catalogue.find(text, limit));
            found = rows?.len();
            times.push((took.wall, took.cpu));
        }
        times.sort_unstable();
        writeln!(
            std::io::stdout(),
            "find {text:<24} {found:>5} of at most {limit:<5} {:>9.3?} ({:.3?} of processor)",
            times[2].0,
            times[2].1
        )?;
    }
    let day = TimeDelta::days(1);
    run.walk(WalkSpan::All, start + day, whole(0))?;
    run.say("everything as it was", count)?;
    let few = count / 100;
    let changed: Vec<Bytes> = (0..few.div_ceil(PAGE))
        .map(|page| {
            let numbers = page * PAGE..few.min((page + 1) * PAGE);
            body(numbers.map(|number| mix(number) % count), few, 1)
        })
        .collect();
    let until = start + day + day;
    let span = WalkSpan::Changed { from: start, until };
    run.walk(span, until, changed.into_iter())?;
    run.say("one in a hundred changed", few)?;
    let (closed, took) = timed(|| {
        drop(run);
        std::fs::metadata(&path).map(|found| found.len() >> 20)
    });
    writeln!(
        std::io::stdout(),
        "closed in {:.3?}; the file has {} MB",
        took.wall,
        closed?
    )?;
    Ok(())
}
