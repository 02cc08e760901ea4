//! What is asked: parameters, and the rules they must keep before anything is sent.

use std::fmt;

use finkit_core::{ChangeLimit, ChangeWindow, FinfoArticleId, FinfoSupplierId, Gtin, WindowEnd};

use crate::catalogue::Dataset;
use crate::endpoints::Endpoint;

const ARTICLE_V2: &str =
    "https://docs.finfo.se/en/teknisk-dokumentation/latest/under-utveckling-artikel-v2-2-vilma-2-8";
const ARTICLE_V1: &str = "https://docs.finfo.se/en/teknisk-dokumentation/latest/artikel-v1-0-fin20";
const MEDIA: &str = "https://docs.finfo.se/en/teknisk-dokumentation/latest/media-v2-2";
const CLIMATE: &str = "https://docs.finfo.se/en/teknisk-dokumentation/latest/klimat-v2-0";
const ARTICLE_NUMBER: &str =
    "https://docs.finfo.se/en/artikelinformation-byggmaterialhandel/latest/artikelnummer";

/// Parameters of a request.
///
/// ```
/// use finkit_core::ApiVersion;
/// use finkit_finfo::{Endpoints, Query, QueryFault, catalogue::Dataset};
///
/// let endpoints = Endpoints::assumed();
/// let since = Query::new().changed_from("2026-01-31".parse()?);
/// let error = since.check(Dataset::Article, endpoints.of(Dataset::Article)).unwrap_err();
/// assert_eq!(error.faults(), [QueryFault::PeriodNeedsSupplier, QueryFault::PagesNeeded]);
///
/// let whole = since.supplier("2347003".parse()?).page(0, 1000);
/// assert!(whole.check(Dataset::Article, endpoints.of(Dataset::Article)).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Query {
    supplier: Option<FinfoSupplierId>,
    supplier_article: Option<String>,
    article: Option<FinfoArticleId>,
    gtin: Option<Gtin>,
    from: Option<ChangeLimit>,
    to: Option<ChangeLimit>,
    offset: Option<u64>,
    limit: Option<u32>,
    more: Vec<(String, String)>,
}

impl Query {
    /// No parameters.
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows of this supplier: `finfoSupplierId`.
    pub fn supplier(mut self, supplier: FinfoSupplierId) -> Self {
        self.supplier = Some(supplier);
        self
    }

    /// The article that the supplier calls so: `supplierArticleId`. It needs a supplier.
    pub fn supplier_article(mut self, number: impl Into<String>) -> Self {
        self.supplier_article = Some(number.into());
        self
    }

    /// This article: `finfoArticleId`.
    pub fn article(mut self, article: FinfoArticleId) -> Self {
        self.article = Some(article);
        self
    }

    /// The article with this GTIN: `gtin`.
    pub fn gtin(mut self, gtin: Gtin) -> Self {
        self.gtin = Some(gtin);
        self
    }

    /// Rows that changed in this period: `changed-from-date` and `changed-to-date`.
    ///
    /// Make the period with [`ApiVersion::window`](finkit_core::ApiVersion::window), which knows whether its end belongs
    /// to it.
    pub fn changed(mut self, window: ChangeWindow) -> Self {
        (self.from, self.to) = (Some(window.from), Some(window.to));
        self
    }

    /// Rows that changed from here on: `changed-from-date`. Without an end that means until now.
    pub fn changed_from(mut self, from: ChangeLimit) -> Self {
        self.from = Some(from);
        self
    }

    /// Rows that changed up to here: `changed-to-date`. Whether that belongs to the period depends on the version.
    pub fn changed_to(mut self, to: ChangeLimit) -> Self {
        self.to = Some(to);
        self
    }

    /// One page: `offset` counted from 0, and `limit`.
    pub fn page(mut self, offset: u64, limit: u32) -> Self {
        (self.offset, self.limit) = (Some(offset), Some(limit));
        self
    }

    /// A parameter that has no name here.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.more.push((name.into(), value.into()));
        self
    }

    /// The supplier that is asked for.
    #[must_use]
    pub fn of_supplier(&self) -> Option<FinfoSupplierId> {
        self.supplier
    }

    fn is_single(&self) -> bool {
        self.supplier_article.is_some() || self.article.is_some() || self.gtin.is_some()
    }

    fn has_period(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    /// The path of the endpoint that answers this.
    pub(crate) fn path<'e>(&self, endpoint: &'e Endpoint) -> &'e str {
        let special = if self.has_period() {
            endpoint.period_path.as_deref()
        } else if self.is_single() {
            endpoint.item_path.as_deref()
        } else {
            None
        };
        special.unwrap_or(&endpoint.path)
    }

    /// Names and values as they are sent.
    pub(crate) fn parameters(&self) -> Vec<(&str, String)> {
        let mut parameters = Vec::new();
        let mut put =
            |name, value: Option<String>| parameters.extend(value.map(|value| (name, value)));
        put(
            "finfoSupplierId",
            self.supplier.map(|supplier| supplier.to_string()),
        );
        put("supplierArticleId", self.supplier_article.clone());
        put(
            "finfoArticleId",
            self.article.map(|article| article.to_string()),
        );
        put("gtin", self.gtin.map(|gtin| gtin.to_string()));
        put("changed-from-date", self.from.map(|from| from.to_string()));
        put("changed-to-date", self.to.map(|to| to.to_string()));
        put("offset", self.offset.map(|offset| offset.to_string()));
        put("limit", self.limit.map(|limit| limit.to_string()));
        let more = self
            .more
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()));
        parameters.extend(more);
        parameters
    }

    /// Whether the service would take this, as far as its guides say.
    ///
    /// # Errors
    /// [`QueryError`] with every rule that is broken and where each comes from.
    pub fn check(&self, dataset: Dataset, endpoint: &Endpoint) -> Result<(), QueryError> {
        let mut faults = Vec::new();
        let exclusive = endpoint.version.window_end() == WindowEnd::Exclusive;
        let first_articles = dataset == Dataset::Article && exclusive;
        let by_article = matches!(dataset, Dataset::Article | Dataset::Climate);
        if self.supplier.is_none() {
            if self.supplier_article.is_some() && by_article {
                faults.push(QueryFault::NumberNeedsSupplier);
            }
            if self.has_period() && dataset == Dataset::Article {
                faults.push(QueryFault::PeriodNeedsSupplier);
            }
        }
        if self.to.is_some() && self.from.is_none() {
            faults.push(QueryFault::EndWithoutStart);
        }
        if first_articles {
            if self.from.is_some() && self.to.is_none() {
                faults.push(QueryFault::StartWithoutEnd);
            }
            let moment = |limit: Option<ChangeLimit>| matches!(limit, Some(ChangeLimit::Moment(_)));
            if moment(self.from) || moment(self.to) {
                faults.push(QueryFault::TimeOfDay);
            }
        }
        if self.is_empty_period(exclusive) {
            faults.push(QueryFault::EmptyPeriod);
        }
        let pages_documented = matches!(
            dataset,
            Dataset::Article | Dataset::Media | Dataset::Climate
        );
        let alone = self.supplier.is_some() && !self.is_single();
        if endpoint.paged
            && pages_documented
            && (alone || self.from.is_some())
            && (self.offset.is_none() || self.limit.is_none())
        {
            faults.push(QueryFault::PagesNeeded);
        }
        if self.limit == Some(0) {
            faults.push(QueryFault::NoRows);
        }
        if let (Some(limit), Some(max)) = (self.limit, endpoint.max_limit)
            && limit > max
        {
            faults.push(QueryFault::LimitTooLarge { limit, max });
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(QueryError { dataset, faults })
        }
    }

    fn is_empty_period(&self, exclusive: bool) -> bool {
        let empty = |order: std::cmp::Ordering| order.is_gt() || (exclusive && order.is_eq());
        match (self.from, self.to) {
            (Some(ChangeLimit::Day(from)), Some(ChangeLimit::Day(to))) => empty(from.cmp(&to)),
            (Some(ChangeLimit::Moment(from)), Some(ChangeLimit::Moment(to))) => {
                empty(from.cmp(&to))
            }
            // The zone of a day is not known, so that only a day between them is certain.
            (Some(ChangeLimit::Moment(from)), Some(ChangeLimit::Day(to))) => {
                from.date_naive().signed_duration_since(to).num_days() > 1
            }
            (Some(ChangeLimit::Day(from)), Some(ChangeLimit::Moment(to))) => {
                from.signed_duration_since(to.date_naive()).num_days() > 1
            }
            _ => false,
        }
    }
}

/// A rule that a query breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QueryFault {
    /// `supplierArticleId` without `finfoSupplierId`: the number is unique for one supplier only.
    NumberNeedsSupplier,
    /// A period without `finfoSupplierId`.
    PeriodNeedsSupplier,
    /// `changed-to-date` without `changed-from-date`.
    EndWithoutStart,
    /// `changed-from-date` without `changed-to-date`, before version 2.
    StartWithoutEnd,
    /// A time of day, before version 2.
    TimeOfDay,
    /// The period ends before it begins.
    EmptyPeriod,
    /// `offset` or `limit` is missing where both are required.
    PagesNeeded,
    /// `limit` is 0.
    NoRows,
    /// `limit` is too large.
    LimitTooLarge {
        /// What is asked for.
        limit: u32,
        /// What there is at most.
        max: u32,
    },
}

impl QueryFault {
    /// The page of the guide that the rule is taken from.
    #[must_use]
    pub fn source(self, dataset: Dataset) -> &'static str {
        match (self, dataset) {
            (Self::StartWithoutEnd | Self::TimeOfDay, _) => ARTICLE_V1,
            (Self::NumberNeedsSupplier, Dataset::Article) => ARTICLE_NUMBER,
            (_, Dataset::Media) => MEDIA,
            (_, Dataset::Climate) => CLIMATE,
            _ => ARTICLE_V2,
        }
    }
}

impl fmt::Display for QueryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NumberNeedsSupplier => f.write_str(
                "supplierArticleId needs finfoSupplierId, for a supplier's number is unique for that supplier only",
            ),
            Self::PeriodNeedsSupplier => f.write_str("a period needs finfoSupplierId"),
            Self::EndWithoutStart => f.write_str("changed-to-date needs changed-from-date"),
            Self::StartWithoutEnd => f.write_str("before version 2 changed-from-date needs changed-to-date"),
            Self::TimeOfDay => f.write_str("before version 2 a period is given in days, without a time of day"),
            Self::EmptyPeriod => f.write_str("the period ends before it begins"),
            Self::PagesNeeded => f.write_str(
                "offset and limit are required with finfoSupplierId alone and with changed-from-date",
            ),
            Self::NoRows => f.write_str("limit is 0, which asks for nothing"),
            Self::LimitTooLarge { limit, max } => write!(f, "limit is {limit}, at most {max} is allowed"),
        }
    }
}

/// Why a query is not sent: every rule that it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    dataset: Dataset,
    faults: Vec<QueryFault>,
}

impl QueryError {
    /// Every broken rule. Never empty.
    #[must_use]
    pub fn faults(&self) -> &[QueryFault] {
        &self.faults
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for fault in &self.faults {
            write!(
                f,
                "{separator}{fault} (source: {})",
                fault.source(self.dataset)
            )?;
            separator = "; ";
        }
        Ok(())
    }
}

impl std::error::Error for QueryError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Endpoints;
    use QueryFault::*;

    fn supplier() -> FinfoSupplierId {
        "2347003".parse().expect("a supplier")
    }

    fn limit(text: &str) -> ChangeLimit {
        text.parse().expect("a limit")
    }

    fn faults(query: &Query, dataset: Dataset) -> Vec<QueryFault> {
        let endpoints = Endpoints::assumed();
        of_endpoint(query, dataset, endpoints.of(dataset))
    }

    fn of_endpoint(query: &Query, dataset: Dataset, endpoint: &Endpoint) -> Vec<QueryFault> {
        query
            .check(dataset, endpoint)
            .map_or_else(|error| error.faults().to_vec(), |()| Vec::new())
    }

    #[test]
    fn documented_rules_of_version_2_are_kept_before_sending() {
        let new = Query::new;
        let since = limit("2026-01-31");
        let gtin: Gtin = "96385074".parse().expect("a GTIN");
        let table = [
            (new().supplier(supplier()).page(0, 1000), vec![]),
            (new().supplier(supplier()), vec![PagesNeeded]),
            (
                new().supplier(supplier()).page(0, 1001),
                vec![LimitTooLarge {
                    limit: 1001,
                    max: 1000,
                }],
            ),
            (new().supplier(supplier()).page(5, 0), vec![NoRows]),
            (new().supplier(supplier()).supplier_article("A1"), vec![]),
            (new().supplier_article("A1"), vec![NumberNeedsSupplier]),
            (new().gtin(gtin), vec![]),
            (new().article("7".parse().expect("an article")), vec![]),
            (new().supplier(supplier()).gtin(gtin), vec![]),
            (
                new().supplier(supplier()).changed_from(since).page(0, 10),
                vec![],
            ),
            (
                new().supplier(supplier()).changed_from(since),
                vec![PagesNeeded],
            ),
            (
                new().changed_from(since).page(0, 10),
                vec![PeriodNeedsSupplier],
            ),
            (
                new().supplier(supplier()).changed_to(since).page(0, 10),
                vec![EndWithoutStart],
            ),
            (
                new().supplier_article("A1").changed_to(since).page(0, 0),
                vec![
                    NumberNeedsSupplier,
                    PeriodNeedsSupplier,
                    EndWithoutStart,
                    NoRows,
                ],
            ),
        ];
        for (query, expected) in table {
            assert_eq!(faults(&query, Dataset::Article), expected, "{query:?}");
        }
    }

    #[test]
    fn rules_that_a_guide_does_not_state_are_not_invented() {
        let since = Query::new().changed_from(limit("2026-01-31")).page(0, 10);
        assert_eq!(
            faults(&since, Dataset::Media),
            [],
            "a period of media may go without a supplier"
        );
        assert_eq!(
            faults(&Query::new().supplier(supplier()), Dataset::Etim),
            []
        );
        assert_eq!(
            faults(&Query::new().supplier_article("A1"), Dataset::Climate),
            [NumberNeedsSupplier]
        );
        assert_eq!(
            faults(&Query::new().supplier(supplier()), Dataset::Climate),
            [PagesNeeded]
        );
    }

    #[test]
    fn a_period_must_not_end_before_it_begins() {
        let period = |from: &str, to: &str| {
            let query = Query::new().supplier(supplier()).page(0, 10);
            query.changed_from(limit(from)).changed_to(limit(to))
        };
        let two = |from, to| faults(&period(from, to), Dataset::Article);
        assert_eq!(two("2026-01-31", "2026-01-31"), [], "one day");
        assert_eq!(two("2026-02-01", "2026-01-31"), [EmptyPeriod]);
        assert_eq!(
            two("2026-01-31T10:00:00.000Z", "2026-01-31T10:00:00.000Z"),
            []
        );
        assert_eq!(
            two("2026-01-31T10:00:00.001Z", "2026-01-31T10:00:00.000Z"),
            [EmptyPeriod]
        );
        assert_eq!(
            two("2026-02-01T10:00:00.000Z", "2026-01-31"),
            [],
            "perhaps, in another zone"
        );
        assert_eq!(two("2026-02-02T10:00:00.000Z", "2026-01-31"), [EmptyPeriod]);

        let one =
            |from, to| of_endpoint(&period(from, to), Dataset::Article, &Endpoint::article_v1());
        assert_eq!(one("2026-01-30", "2026-01-31"), []);
        assert_eq!(
            one("2026-01-31", "2026-01-31"),
            [EmptyPeriod],
            "the end does not belong to it"
        );
        assert_eq!(one("2026-01-30", "2026-01-31T10:00:00Z"), [TimeOfDay]);
        let open = Query::new()
            .supplier(supplier())
            .changed_from(limit("2026-01-30"));
        assert_eq!(
            of_endpoint(&open, Dataset::Article, &Endpoint::article_v1()),
            [StartWithoutEnd]
        );
    }

    #[test]
    fn every_fault_names_its_source() {
        let error = Query::new()
            .supplier_article("A1")
            .page(0, 2000)
            .check(Dataset::Article, &Endpoint::article_v2_2())
            .expect_err("two faults");
        let text = error.to_string();
        assert_eq!(
            text.matches("source: https://docs.finfo.se/").count(),
            2,
            "{text}"
        );
        assert!(
            text.contains("artikelnummer") && text.contains("artikel-v2-2"),
            "{text}"
        );
    }

    #[test]
    fn parameters_go_out_under_their_documented_names() {
        let query = Query::new()
            .supplier(supplier())
            .changed_from(limit("2026-01-31"))
            .changed_to(limit("2026-02-01T10:00:00.000Z"))
            .page(999, 1000)
            .with("sort", "id");
        let text: Vec<_> = query
            .parameters()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            text,
            [
                "finfoSupplierId=2347003",
                "changed-from-date=2026-01-31",
                "changed-to-date=2026-02-01T10:00:00.000Z",
                "offset=999",
                "limit=1000",
                "sort=id"
            ]
        );
    }

    #[test]
    fn version_1_takes_the_path_of_the_use() {
        let endpoint = Endpoint::article_v1();
        let whole = Query::new().supplier(supplier());
        assert_eq!(whole.path(&endpoint), endpoint.path);
        let period = whole
            .clone()
            .changed_from(limit("2026-01-30"))
            .changed_to(limit("2026-01-31"));
        assert!(period.path(&endpoint).ends_with("/period"));
        assert!(
            whole
                .supplier_article("A")
                .path(&endpoint)
                .ends_with("/item")
        );
        assert_eq!(period.path(&Endpoint::article_v2_2()), "/v2.2/article");
    }
}
