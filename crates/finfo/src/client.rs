//! The client: one method for each endpoint, and what the statuses mean.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use finkit_core::{ApiVersion, FinfoArticleId, FinfoSupplierId};
use finkit_transport::{
    CallReport, Clock, HttpResponse, Operation, Origin, OriginError, Outcome, Transport,
};
use http::header::{ACCEPT, DATE};
use http::{HeaderValue, StatusCode};
use url::Url;

use crate::catalogue::{Dataset, ListedSupplier};
use crate::endpoints::{Endpoint, Endpoints, EndpointsError, version_of};
use crate::error::{Error, ErrorKind};
use crate::identity::IdentityRule;
use crate::notice::{Notice, Notices};
use crate::pages::{PageOptions, Pages};
use crate::query::Query;
use crate::wire::{Article, Page, Record, WireError};

const MY_SUPPLIERS: &str = "my suppliers";
/// How often an answer is asked for that can't be read.
const READINGS: u32 = 3;

/// Asks Finfo. A cheap clone; clones share everything.
///
/// ```no_run
/// use std::sync::Arc;
/// use finkit_finfo::{CLIENT_ID, Client, Query, TokenSettings};
/// use finkit_transport::{ClientSecret, FileVault, Origin, Password, ReqwestService, TokenSource, Transport};
/// use url::Url;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let base = Url::parse("https://api.example.test/finfo")?;
/// let account = TokenSettings {
///     realm: Url::parse("https://id.example.test/auth/realms/finfo")?,
///     client_id: CLIENT_ID.to_owned(),
///     client_secret: Some(ClientSecret::new("issued-with-the-account")),
///     username: "reseller@example.test".to_owned(),
/// };
/// let tokens = TokenSource::builder(account.token_request(Password::new("s3cret"))?)
///     .for_origin(Origin::of(&base)?)
///     .vault(FileVault::new("state/tokens"));
/// let transport = Transport::builder(Arc::new(ReqwestService::new())).tokens(tokens.build()).build();
///
/// let client = Client::builder(base, transport).build()?;
/// let answer = client.articles(&Query::new().supplier("2347003".parse()?).page(0, 1000)).await?;
/// for article in answer.articles() {
///     println!("{:?} costs {:?}", article.finfo_article_id(), article.base_price());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    base: Url,
    transport: Transport,
    endpoints: Endpoints,
    rules: BTreeMap<Dataset, IdentityRule>,
    notices: Notices,
    requests: AtomicU64,
}

/// Settings of a [`Client`].
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder {
    base: Url,
    transport: Transport,
    endpoints: Endpoints,
}

/// Why there is no client: every fault of its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientError {
    base: Option<OriginError>,
    query: bool,
    endpoints: Option<EndpointsError>,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = self
            .base
            .as_ref()
            .map(|error| format!("the base address: {error}"));
        let query = self
            .query
            .then(|| "the base address has a query or a fragment".to_owned());
        let endpoints = self.endpoints.as_ref().map(ToString::to_string);
        let all: Vec<String> = base.into_iter().chain(query).chain(endpoints).collect();
        f.write_str(&all.join("; "))
    }
}

impl std::error::Error for ClientError {}

/// An answer: its rows, and how it came.
#[derive(Debug)]
pub struct Answer {
    page: Page,
    version: ApiVersion,
    attempts: u32,
    served_at: Option<DateTime<Utc>>,
}

/// An answer as it came.
pub(crate) struct Taken {
    /// Nothing when the service says that there is no data (status 204).
    pub(crate) body: Option<Bytes>,
    pub(crate) attempts: u32,
    served_at: Option<DateTime<Utc>>,
}

impl Answer {
    /// The rows. None when the service says that there is no data (status 204).
    #[must_use]
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// The rows, to keep.
    #[must_use]
    pub fn into_page(self) -> Page {
        self.page
    }

    /// The rows as articles.
    pub fn articles(&self) -> impl ExactSizeIterator<Item = Article<'_>> {
        self.page
            .records()
            .map(|record| Article::new(record, self.version))
    }

    /// The rows as records.
    pub fn records(&self) -> impl ExactSizeIterator<Item = Record<'_>> {
        self.page.records()
    }

    /// Version of the interface that answered.
    #[must_use]
    pub fn version(&self) -> ApiVersion {
        self.version
    }

    /// How many requests it took.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The time of the service, if it says so.
    #[must_use]
    pub fn served_at(&self) -> Option<DateTime<Utc>> {
        self.served_at
    }
}

impl ClientBuilder {
    /// Other endpoints than the assumed ones.
    pub fn endpoints(mut self, endpoints: Endpoints) -> Self {
        self.endpoints = endpoints;
        self
    }

    /// The client.
    ///
    /// # Errors
    /// [`ClientError`] with every fault: a base address that is no place to send a token to, endpoints that make no
    /// sense.
    pub fn build(self) -> Result<Client, ClientError> {
        let base = Origin::of(&self.base).err();
        let query = self.base.query().is_some() || self.base.fragment().is_some();
        let endpoints = self.endpoints.check().err();
        if base.is_some() || query || endpoints.is_some() {
            return Err(ClientError {
                base,
                query,
                endpoints,
            });
        }
        let rule = |dataset| (dataset, IdentityRule::new(self.endpoints.of(dataset)));
        Ok(Client(Arc::new(Inner {
            rules: Dataset::ALL.into_iter().map(rule).collect(),
            base: self.base,
            transport: self.transport,
            endpoints: self.endpoints,
            notices: Notices::default(),
            requests: AtomicU64::new(0),
        })))
    }
}

impl Client {
    /// A client of the service at `base`, below which all paths lie. No address is public, so none is assumed.
    ///
    /// The token of the transport must be [for](finkit_transport::TokenSourceBuilder::for_origin) the origin of `base`.
    pub fn builder(base: Url, transport: Transport) -> ClientBuilder {
        ClientBuilder {
            base,
            transport,
            endpoints: Endpoints::assumed(),
        }
    }

    /// The suppliers whose rows this account may see.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::NotUnderstood`] when an element of the list has no number.
    pub async fn my_suppliers(&self) -> Result<Vec<ListedSupplier>, Error> {
        self.my_suppliers_at().await.map(|(suppliers, _)| suppliers)
    }

    /// The suppliers, and the time of the service.
    pub(crate) async fn my_suppliers_at(
        &self,
    ) -> Result<(Vec<ListedSupplier>, Option<DateTime<Utc>>), Error> {
        let endpoint = &self.0.endpoints.my_suppliers;
        let url = self.url(&endpoint.path, &[]);
        let answer = self
            .call_patiently(MY_SUPPLIERS, endpoint, url, None)
            .await?;
        let suppliers =
            listed(answer.page()).map_err(|error| Error::not_understood(MY_SUPPLIERS, error))?;
        Ok((suppliers, answer.served_at()))
    }

    /// Articles: versions 1.0, 2.1 and 2.2, as the endpoint is set.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Query`] when the parameters break a rule, before anything is sent.
    pub async fn articles(&self, query: &Query) -> Result<Answer, Error> {
        self.ask(Dataset::Article, query).await
    }

    /// All rows of one article: one, or one for each agreement.
    ///
    /// # Errors
    /// As [`articles`](Self::articles).
    pub async fn article(&self, article: FinfoArticleId) -> Result<Answer, Error> {
        self.articles(&Query::new().article(article)).await
    }

    /// Pictures and documents.
    ///
    /// # Errors
    /// As [`articles`](Self::articles).
    pub async fn media(&self, query: &Query) -> Result<Answer, Error> {
        self.ask(Dataset::Media, query).await
    }

    /// Climate data. Without a period it may hold articles of other suppliers
    /// (source: the page of climate v2.0, <https://docs.finfo.se>).
    ///
    /// # Errors
    /// As [`articles`](Self::articles).
    pub async fn climate(&self, query: &Query) -> Result<Answer, Error> {
        self.ask(Dataset::Climate, query).await
    }

    /// Environmental assessments.
    ///
    /// # Errors
    /// As [`articles`](Self::articles).
    pub async fn environment(&self, query: &Query) -> Result<Answer, Error> {
        self.ask(Dataset::Environment, query).await
    }

    /// Classes and features of ETIM.
    ///
    /// # Errors
    /// As [`articles`](Self::articles).
    pub async fn etim(&self, query: &Query) -> Result<Answer, Error> {
        self.ask(Dataset::Etim, query).await
    }

    /// Sustainability and safety data sheets.
    ///
    /// # Errors
    /// As [`articles`](Self::articles).
    pub async fn sustainability(&self, query: &Query) -> Result<Answer, Error> {
        self.ask(Dataset::Sustainability, query).await
    }

    /// Any dataset.
    ///
    /// # Errors
    /// As [`articles`](Self::articles).
    pub async fn ask(&self, dataset: Dataset, query: &Query) -> Result<Answer, Error> {
        let name = dataset.as_str();
        let endpoint = self.0.endpoints.of(dataset);
        query
            .check(dataset, endpoint)
            .map_err(|error| Error::query(name, error))?;
        let url = self.url(query.path(endpoint), &query.parameters());
        self.call(name, endpoint, url, query.of_supplier()).await
    }

    /// Any path below the base address, authorised, for what has no method of its own. The list is found under any name.
    ///
    /// # Errors
    /// [`Error`]; [`ErrorKind::Query`] when the path leads elsewhere.
    pub async fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Answer, Error> {
        let endpoint = self.other_endpoint(path)?;
        let parameters: Vec<(&str, String)> = parameters
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        let url = self.url(&endpoint.path, &parameters);
        self.call(OTHER, &endpoint, url, None).await
    }

    /// All pages of an answer, several in flight; see [`Pages`].
    ///
    /// # Errors
    /// [`ErrorKind::Query`] when the parameters break a rule.
    pub fn pages(
        &self,
        dataset: Dataset,
        query: Query,
        options: PageOptions,
    ) -> Result<Pages, Error> {
        Pages::of_dataset(self.clone(), dataset, query, options)
    }

    /// All pages of any path below the base address.
    ///
    /// # Errors
    /// [`ErrorKind::Query`] when the path leads elsewhere.
    pub fn pages_of(&self, path: &str, query: Query, options: PageOptions) -> Result<Pages, Error> {
        let endpoint = self.other_endpoint(path)?;
        Ok(Pages::of_path(self.clone(), endpoint, query, options))
    }

    /// What is asked where.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.0.endpoints
    }

    /// What the service and the settings say about versions, each said once.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        self.0.notices.all()
    }

    /// How many requests were sent by this client and its clones, token requests not counted.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.0.requests.load(Ordering::Relaxed)
    }

    /// The transport under it.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.0.transport
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        self.0.transport.clock()
    }

    pub(crate) fn rule(&self, dataset: Dataset) -> &IdentityRule {
        &self.0.rules[&dataset]
    }

    fn other_endpoint(&self, path: &str) -> Result<Endpoint, Error> {
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        let version = version_of(&path).unwrap_or(self.0.endpoints.article.version);
        let endpoint = Endpoint::new(version, path);
        let sound = Endpoints::assumed()
            .with(Dataset::Article, endpoint.clone())
            .check();
        sound.map_err(|error| {
            Error::new(
                ErrorKind::Query,
                OTHER,
                "the path leads elsewhere, nothing was sent",
            )
            .with_source(error)
        })?;
        Ok(endpoint)
    }

    pub(crate) fn url(&self, path: &str, parameters: &[(&str, String)]) -> Url {
        let mut url = self.0.base.clone();
        let path = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        url
    }

    /// Makes a call, and makes it again when its answer can't be read, as one that was cut on its way.
    pub(crate) async fn call_patiently(
        &self,
        name: &'static str,
        endpoint: &Endpoint,
        url: Url,
        supplier: Option<FinfoSupplierId>,
    ) -> Result<Answer, Error> {
        let mut before = 0;
        let mut reading = 1;
        loop {
            match self.call(name, endpoint, url.clone(), supplier).await {
                Ok(mut answer) => {
                    answer.attempts += before;
                    return Ok(answer);
                }
                Err(error) if error.kind() == ErrorKind::NotUnderstood && reading < READINGS => {
                    tracing::debug!(name, %error, reading, "the answer is asked for again");
                    before += error.attempts();
                    reading += 1;
                }
                Err(error) => {
                    let attempts = before + error.attempts();
                    return Err(error.with_attempts(attempts));
                }
            }
        }
    }

    /// Makes a call and reads its answer.
    async fn call(
        &self,
        name: &'static str,
        endpoint: &Endpoint,
        url: Url,
        supplier: Option<FinfoSupplierId>,
    ) -> Result<Answer, Error> {
        let Taken {
            body,
            attempts,
            served_at,
        } = self.take(name, endpoint, url, supplier).await?;
        let page = match body {
            None => Page::empty(),
            Some(body) => Page::parse(body, &endpoint.list).map_err(|error| {
                Error::not_understood(name, error)
                    .with_attempts(attempts)
                    .of_supplier(supplier)
            })?,
        };
        Ok(Answer {
            page,
            version: endpoint.version,
            attempts,
            served_at,
        })
    }

    /// Makes a call and takes its answer as it came, if its status is a success.
    pub(crate) async fn take(
        &self,
        name: &'static str,
        endpoint: &Endpoint,
        url: Url,
        supplier: Option<FinfoSupplierId>,
    ) -> Result<Taken, Error> {
        let operation = Operation::read(name).authorised();
        let result = self.answer(&operation, url).await;
        let mut answer = result.map_err(|error| {
            self.count(error.attempts());
            error.of_supplier(supplier)
        })?;
        let attempts = attempts(&answer);
        self.count(attempts);
        let today = self.clock().now().date_naive();
        self.0.notices.look(name, endpoint, answer.headers(), today);
        let served_at = served_at(&answer);
        if !answer.status().is_success() {
            return Err(refused(name, &answer, supplier)
                .with_attempts(attempts)
                .of_supplier(supplier));
        }
        let body =
            (answer.status() != StatusCode::NO_CONTENT).then(|| std::mem::take(answer.body_mut()));
        Ok(Taken {
            body,
            attempts,
            served_at,
        })
    }

    async fn answer(&self, operation: &Operation, url: Url) -> Result<HttpResponse, Error> {
        let name = operation.name;
        let mut request = http::Request::get(url.as_str())
            .body(Bytes::new())
            .map_err(|error| {
                Error::new(ErrorKind::Query, name, "the address can't be sent").with_source(error)
            })?;
        request
            .headers_mut()
            .insert(ACCEPT, HeaderValue::from_static("application/json"));
        let result = self.0.transport.call(operation, request).await;
        result.map_err(|error| Error::transport(name, error))
    }

    fn count(&self, attempts: u32) {
        self.0
            .requests
            .fetch_add(u64::from(attempts), Ordering::Relaxed);
    }
}

/// Name of calls that have no method of their own.
pub(crate) const OTHER: &str = "call";

fn attempts(answer: &HttpResponse) -> u32 {
    answer
        .extensions()
        .get::<CallReport>()
        .map_or(1, |report| report.attempts)
}

fn served_at(answer: &HttpResponse) -> Option<DateTime<Utc>> {
    let value = answer.headers().get(DATE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(value)
        .ok()
        .map(|moment| moment.to_utc())
}

/// What a status that is no success means.
///
/// Source: the table of status codes on the authentication page of the integration guide, <https://docs.finfo.se>.
fn refused(name: &'static str, answer: &HttpResponse, supplier: Option<FinfoSupplierId>) -> Error {
    let status = answer.status();
    let code = status.as_u16();
    let report = answer.extensions().get::<CallReport>();
    let outcome = report
        .and_then(|report| report.outcome)
        .unwrap_or(Outcome::Rejected);
    let (kind, message) = match code {
        401 => (ErrorKind::Authentication, "status 401, the token is not accepted; log in again".to_owned()),
        403 => (
            ErrorKind::Forbidden,
            match supplier {
                Some(supplier) => format!(
                    "status 403, access denied; look whether supplier {supplier} is ordered in the Finfo portal and the account may use this interface"
                ),
                None => "status 403, access denied; look whether the account may use this interface".to_owned(),
            },
        ),
        404 => (
            ErrorKind::NotFound,
            "status 404, nothing is there; check the base address and the path of this endpoint, and whether the service is up"
                .to_owned(),
        ),
        429 => (
            ErrorKind::TooManyRequests,
            "status 429, the service is asked too much; wait, and lower the rate".to_owned(),
        ),
        400 | 422 => (
            ErrorKind::Refused,
            format!("status {code}, the service does not take the parameters{}", hint(answer.body())),
        ),
        500..=599 => (ErrorKind::ServerFault, format!("status {code}, the service failed; try again later")),
        _ => (ErrorKind::Refused, format!("status {code}, which the guide does not explain")),
    };
    let error = Error::answered(kind, outcome, name, status, message);
    let pause = answer
        .headers()
        .get(http::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(std::time::Duration::from_secs);
    error.with_retry_after(pause)
}

/// What an answer says about the fault of a request, in one short line.
fn hint(body: &[u8]) -> String {
    let text = str::from_utf8(body).unwrap_or_default();
    let said = Record::parse(text).ok().and_then(|record| {
        let names = ["message", "detail", "title", "error_description", "error"];
        names
            .iter()
            .find_map(|name| record.text(name).map(std::borrow::Cow::into_owned))
    });
    let said = said.unwrap_or_default();
    let plain: String = said
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .take(200)
        .collect();
    if plain.trim().is_empty() {
        String::new()
    } else {
        format!(": {}", plain.trim())
    }
}

fn listed(page: &Page) -> Result<Vec<ListedSupplier>, WireError> {
    let mut suppliers = Vec::with_capacity(page.len());
    for (place, record) in page.records().enumerate() {
        let first = |names: &[&str]| names.iter().find_map(|name| record.text(name));
        let id = first(&["finfoSupplierId", "supplierId"]).and_then(|text| text.parse().ok());
        let Some(id) = id else {
            return Err(WireError::new(format!(
                "supplier {place} of the list has no number"
            )));
        };
        let name = first(&["supplierName", "name"])
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty());
        suppliers.push(ListedSupplier {
            id,
            name,
            json: record.json().to_owned(),
        });
    }
    Ok(suppliers)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.0.base.as_str())
            .finish_non_exhaustive()
    }
}
