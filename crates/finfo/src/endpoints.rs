//! What is asked where: paths, versions and names of fields as data, since most of them are not public.
//!
//! The guides name endpoints and meanings; complete paths and field lists are in documents that Finfo hands to its
//! customers. [`Endpoints::assumed`] has what the guides show or let expect; a user replaces any part of it with TOML.

use std::fmt;

use chrono::NaiveDate;
use finkit_core::ApiVersion;
use serde::{Deserialize, Serialize};

use crate::catalogue::Dataset;

/// Most articles in one request (source: the page of article v2.2, <https://docs.finfo.se>).
pub const MAX_LIMIT: u32 = 1000;

/// All endpoints.
///
/// ```
/// use finkit_finfo::{Endpoints, catalogue::Dataset};
///
/// let endpoints = Endpoints::from_toml(r#"
///     [article]
///     path = "/customers/v2.2/article"
///     agreement = ["agreementNumber"]
/// "#)?;
/// assert_eq!(endpoints.of(Dataset::Article).path, "/customers/v2.2/article");
/// assert_eq!(endpoints.of(Dataset::Etim).path, "/v1.0/etim", "the rest stays");
/// # Ok::<(), finkit_finfo::EndpointsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Endpoints {
    /// The list of suppliers.
    pub my_suppliers: Endpoint,
    /// Articles.
    pub article: Endpoint,
    /// Pictures and documents.
    pub media: Endpoint,
    /// Climate data.
    pub climate: Endpoint,
    /// Environmental assessments.
    pub environment: Endpoint,
    /// Classes and features of ETIM.
    pub etim: Endpoint,
    /// Sustainability and safety data sheets.
    pub sustainability: Endpoint,
}

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Endpoint {
    /// The version that this is written for; it also decides how periods end and what a zero means.
    pub version: ApiVersion,
    /// Path below the base address. Before version 2 the one that brings everything of a supplier.
    pub path: String,
    /// Path for changes of a period, where that is another one (version 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_path: Option<String>,
    /// Path for single articles, where that is another one (version 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_path: Option<String>,
    /// Name of the list in the answer.
    pub list: String,
    /// Whether it knows `offset` and `limit`.
    pub paged: bool,
    /// Most rows of one request, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_limit: Option<u32>,
    /// Fields that hold Finfo's number of the article; the first that has a value counts. A dot leads into an object.
    pub article: Vec<String>,
    /// Fields that hold the supplier's own number of the article, should Finfo's be missing.
    pub supplier_article: Vec<String>,
    /// Fields that tell the rows of one article apart, one for each agreement. The guides don't name any.
    pub agreement: Vec<String>,
    /// A newer version that the service has announced; there will be one warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<ApiVersion>,
    /// The last day of this version, if one is announced; see
    /// [`ApiVersion::transition_end`](finkit_core::ApiVersion::transition_end).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<NaiveDate>,
}

impl Endpoint {
    /// An endpoint of this version and path, with the names that most of them use.
    #[must_use]
    pub fn new(version: ApiVersion, path: impl Into<String>) -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            version,
            path: path.into(),
            period_path: None,
            item_path: None,
            list: "articleList".to_owned(),
            paged: true,
            max_limit: Some(MAX_LIMIT),
            article: names(&["finfoArticleId"]),
            supplier_article: names(&["supplierArticleNumber", "supplierArticleId"]),
            agreement: names(&["agreementId", "agreementNumber", "agreement"]),
            successor: None,
            ends_on: None,
        }
    }

    /// Articles of version 1, whose paths differ by use, without prices.
    ///
    /// Source: the page of article v1.0, which recommends the family `noprice` as long as no prices are exchanged, and
    /// prints two of its three paths.
    #[must_use]
    pub fn article_v1() -> Self {
        let path = |use_: &str| format!("/v1.0/article/fin20text/noprice/{use_}");
        Self {
            period_path: Some(path("period")),
            item_path: Some(path("item")),
            paged: false,
            max_limit: None,
            ..Self::new(ApiVersion::new(1, 0), path("supplier"))
        }
    }

    /// Articles of version 1 with prices (source: the same page, which prints these paths for a new supplier).
    #[must_use]
    pub fn article_v1_with_prices() -> Self {
        let path = |use_: &str| format!("/v1.0/article/{use_}");
        Self {
            path: path("supplier"),
            period_path: Some(path("period")),
            item_path: Some(path("item")),
            ..Self::article_v1()
        }
    }

    /// Articles of version 2.1.
    #[must_use]
    pub fn article_v2_1() -> Self {
        Self::new(ApiVersion::new(2, 1), "/v2.1/article")
    }

    /// Articles of version 2.2.
    #[must_use]
    pub fn article_v2_2() -> Self {
        Self::new(ApiVersion::new(2, 2), "/v2.2/article")
    }

    /// Media of version 2.0, 2.1 or 2.2.
    #[must_use]
    pub fn media(version: ApiVersion) -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            article: names(&["finfoArticleId", "identifiers.finfoArticleId"]),
            supplier_article: names(&["identifiers.supplierArticleId", "supplierArticleId"]),
            agreement: Vec::new(),
            ..Self::new(version, format!("/{version}/media"))
        }
    }

    fn check(&self, name: &str, faults: &mut Vec<String>) {
        let paths = [
            Some(&self.path),
            self.period_path.as_ref(),
            self.item_path.as_ref(),
        ];
        for path in paths.into_iter().flatten() {
            let plain = path.bytes().all(|byte| byte.is_ascii_graphic());
            let inside = !path.split('/').any(|part| matches!(part, "." | ".."));
            if !path.starts_with('/')
                || path.starts_with("//")
                || !plain
                || !inside
                || path.contains(['?', '#', '\\', '%'])
            {
                faults.push(format!(
                    "{name}: a path begins with one slash and has neither query nor dots, unlike {path:?}"
                ));
            }
        }
        if self.list.is_empty() {
            faults.push(format!("{name}: the list of the answer has no name"));
        }
        if self.max_limit.is_some_and(|limit| limit < 2) {
            faults.push(format!("{name}: a page has at least two rows"));
        }
    }
}

impl Endpoints {
    /// What the guides show or let expect.
    #[must_use]
    pub fn assumed() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let one = ApiVersion::new(1, 0);
        Self {
            my_suppliers: Endpoint {
                list: "suppliers".to_owned(),
                paged: false,
                max_limit: None,
                article: Vec::new(),
                supplier_article: Vec::new(),
                agreement: Vec::new(),
                ..Endpoint::new(one, "/v1.0/suppliers/mysuppliers")
            },
            article: Endpoint::article_v2_2(),
            media: Endpoint::media(ApiVersion::new(2, 2)),
            climate: Endpoint {
                agreement: Vec::new(),
                ..Endpoint::new(ApiVersion::new(2, 0), "/v2.0/climate")
            },
            environment: Endpoint {
                supplier_article: names(&["productNumber"]),
                agreement: Vec::new(),
                ..Endpoint::new(one, "/v1.0/environment")
            },
            etim: Endpoint {
                article: names(&["articleId"]),
                supplier_article: names(&["supplierArticleId"]),
                agreement: Vec::new(),
                ..Endpoint::new(one, "/v1.0/etim")
            },
            sustainability: Endpoint {
                article: names(&["finfoNumber", "finfoArticleId"]),
                agreement: Vec::new(),
                ..Endpoint::new(ApiVersion::new(1, 1), "/v1.1/sustainability")
            },
        }
    }

    /// The endpoint of a dataset.
    #[must_use]
    pub fn of(&self, dataset: Dataset) -> &Endpoint {
        match dataset {
            Dataset::Article => &self.article,
            Dataset::Media => &self.media,
            Dataset::Climate => &self.climate,
            Dataset::Environment => &self.environment,
            Dataset::Etim => &self.etim,
            Dataset::Sustainability => &self.sustainability,
        }
    }

    /// The same with another endpoint for a dataset.
    #[must_use]
    pub fn with(mut self, dataset: Dataset, endpoint: Endpoint) -> Self {
        let place = match dataset {
            Dataset::Article => &mut self.article,
            Dataset::Media => &mut self.media,
            Dataset::Climate => &mut self.climate,
            Dataset::Environment => &mut self.environment,
            Dataset::Etim => &mut self.etim,
            Dataset::Sustainability => &mut self.sustainability,
        };
        *place = endpoint;
        self
    }

    /// The assumed endpoints, with the parts that this TOML names in place of theirs.
    ///
    /// # Errors
    /// [`EndpointsError`] with every fault: not TOML, a name that means nothing, a path that leads elsewhere.
    pub fn from_toml(text: &str) -> Result<Self, EndpointsError> {
        let fault = |error: &dyn fmt::Display| EndpointsError {
            faults: vec![error.to_string().trim_end().to_owned()],
        };
        let changes: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| fault(&error.message()))?;
        let mut whole = toml::Table::try_from(Self::assumed()).map_err(|error| fault(&error))?;
        merge(&mut whole, changes);
        let endpoints: Self = whole
            .try_into()
            .map_err(|error: toml::de::Error| fault(&error))?;
        endpoints.check()?;
        Ok(endpoints)
    }

    /// All endpoints as TOML, which [`from_toml`](Self::from_toml) reads back.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // Texts, numbers and lists of texts: nothing that TOML can't say.
        toml::to_string(self).unwrap_or_default()
    }

    /// Whether every part makes sense.
    ///
    /// # Errors
    /// [`EndpointsError`] with every fault.
    pub fn check(&self) -> Result<(), EndpointsError> {
        let mut faults = Vec::new();
        self.my_suppliers.check("my_suppliers", &mut faults);
        for dataset in Dataset::ALL {
            self.of(dataset).check(dataset.as_str(), &mut faults);
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(EndpointsError { faults })
        }
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        Self::assumed()
    }
}

/// The version that a path names, such as `/v2.2/article`.
pub(crate) fn version_of(path: &str) -> Option<ApiVersion> {
    path.split('/')
        .find_map(|part| part.parse().ok().filter(|_| part.starts_with('v')))
}

fn merge(into: &mut toml::Table, changes: toml::Table) {
    for (name, change) in changes {
        match (into.get_mut(&name), change) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(change)) => merge(inner, change),
            (_, change) => {
                into.insert(name, change);
            }
        }
    }
}

/// Why endpoints can't be used: every fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointsError {
    faults: Vec<String>,
}

impl EndpointsError {
    /// One line for each fault. Never empty.
    #[must_use]
    pub fn faults(&self) -> &[String] {
        &self.faults
    }
}

impl fmt::Display for EndpointsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the endpoints can't be used: ")?;
        f.write_str(&self.faults.join("; ").replace('\n', " "))
    }
}

impl std::error::Error for EndpointsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_assumed_endpoints_read_back_from_their_toml() {
        let assumed = Endpoints::assumed();
        assumed.check().expect("sound");
        assert_eq!(Endpoints::from_toml(&assumed.to_toml()), Ok(assumed));
        assert_eq!(Endpoints::from_toml(""), Ok(Endpoints::assumed()));
    }

    #[test]
    fn any_part_can_be_replaced_and_the_rest_stays() {
        let text =
            "[media]\nversion = \"v2.1\"\npath = \"/v2.1/media\"\nends_on = \"2027-03-01\"\n";
        let media = Endpoints::from_toml(text).expect("sound").media;
        assert_eq!(media.version, ApiVersion::new(2, 1));
        assert_eq!(media.ends_on, NaiveDate::from_ymd_opt(2027, 3, 1));
        assert_eq!(media.list, "articleList");
    }

    #[test]
    fn what_means_nothing_is_named() {
        let fault = |text: &str| Endpoints::from_toml(text).expect_err(text).to_string();
        assert!(fault("[article]\npaht = \"/x\"").contains("paht"));
        assert!(fault("[artikel]\npath = \"/x\"").contains("artikel"));
        assert!(fault("[article").contains("can't be used"));
        assert!(fault("[article]\nversion = \"two\"").contains("v2.1"));
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_refused_and_all_faults_are_told_at_once() {
        for path in [
            "https://evil.example.test/",
            "//evil.example.test/",
            "v2.2/article",
            "/../x",
            "/a?b=c",
            "/a b",
            "/%2e%2e/",
            "",
        ] {
            let endpoints = Endpoints::assumed()
                .with(Dataset::Etim, Endpoint::new(ApiVersion::new(1, 0), path));
            assert!(endpoints.check().is_err(), "{path}");
        }
        let mut endpoints = Endpoints::assumed();
        endpoints.article.path.clear();
        endpoints.media.list.clear();
        endpoints.climate.max_limit = Some(1);
        assert_eq!(
            endpoints.check().expect_err("three faults").faults().len(),
            3
        );
    }

    #[test]
    fn version_1_has_a_path_for_each_use() {
        let endpoint = Endpoint::article_v1();
        assert_eq!(
            endpoint.period_path.as_deref(),
            Some("/v1.0/article/fin20text/noprice/period")
        );
        assert_eq!(
            Endpoint::article_v1_with_prices().path,
            "/v1.0/article/supplier"
        );
        assert!(!endpoint.paged);
    }
}
