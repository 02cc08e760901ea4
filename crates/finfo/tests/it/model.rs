//! A model of the service: suppliers, articles and what changed when, tokens that end, and faults on demand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use finkit_finfo::catalogue::{Catalogue, Dataset, RowFilter};
use finkit_finfo::{Client, Endpoints, SyncOptions, TokenSettings};
use finkit_transport::{
    Clock as _, FixedRandom, HttpRequest, HttpResponse, HttpService, ManualClock, MemoryVault,
    Origin, Password, SendError, SendErrorKind, TokenSource, Transport,
};
use http::StatusCode;
use url::Url;

pub(crate) const BASE: &str = "https://api.example.test/finfo";
const REALM: &str = "https://id.example.test/auth/realms/finfo";
/// Seconds that access and refresh tokens live.
const ACCESS: i64 = 900;
const REFRESH: i64 = 1800;

/// The service. Clones are the same service.
#[derive(Clone)]
pub(crate) struct Model {
    state: Arc<Mutex<State>>,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) struct State {
    pub(crate) suppliers: BTreeMap<String, Supplier>,
    pub(crate) order: Order,
    /// Rows of a page at most; larger limits get fewer.
    pub(crate) largest_page: usize,
    /// Whether an answer says how many rows there are.
    pub(crate) tells_total: bool,
    pub(crate) ignores_offset: bool,
    /// Elements of media of every supplier.
    pub(crate) media: Vec<String>,
    /// Faults for the next requests to the API, one each.
    pub(crate) faults: VecDeque<Fault>,
    /// What happens at the service while pages are read: before the n-th request to the API from now on.
    pub(crate) happenings: BTreeMap<usize, Happening>,
    pub(crate) requests: Vec<String>,
    pub(crate) grants: Grants,
    /// How much time each request to the API takes.
    pub(crate) pace: Duration,
    tokens: BTreeMap<String, DateTime<Utc>>,
    refresh: BTreeMap<String, DateTime<Utc>>,
    issued: u64,
}

pub(crate) type Happening = Box<dyn FnOnce(&mut State, DateTime<Utc>) + Send>;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grants {
    pub(crate) password: u64,
    pub(crate) refresh: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Id,
    LastChange,
}

#[derive(Clone, Debug)]
pub(crate) enum Fault {
    None,
    /// This status instead of an answer.
    Status(u16),
    /// 429 with so many seconds to wait.
    Throttle(u64),
    /// The answer ends in the middle, and nothing but its JSON says so.
    CutJson,
    /// The connection ends in the middle.
    CutBody,
    /// A page with fewer rows, once.
    Short,
    /// The access token is no longer accepted.
    DeadToken,
    /// Nothing ever comes.
    Silence,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Supplier {
    pub(crate) unlisted: bool,
    pub(crate) forbidden: bool,
    pub(crate) rows: BTreeMap<(u32, String), Row>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) price: i64,
    pub(crate) name: String,
    pub(crate) changed: DateTime<Utc>,
    /// Whether the row names its agreement.
    pub(crate) named: bool,
}

impl Model {
    pub(crate) fn new() -> Self {
        let state = State {
            suppliers: BTreeMap::new(),
            order: Order::Id,
            largest_page: 1000,
            tells_total: true,
            ignores_offset: false,
            media: Vec::new(),
            faults: VecDeque::new(),
            happenings: BTreeMap::new(),
            requests: Vec::new(),
            grants: Grants::default(),
            pace: Duration::ZERO,
            tokens: BTreeMap::new(),
            refresh: BTreeMap::new(),
            issued: 0,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            clock: Arc::new(ManualClock::new()),
        }
    }

    /// A service with one supplier and so many articles.
    pub(crate) fn with_articles(supplier: &str, count: u32) -> Self {
        let model = Self::new();
        let now = model.clock.now() - TimeDelta::days(100);
        let mut state = model.state();
        state.suppliers.entry(supplier.to_owned()).or_default();
        for id in 1..=count {
            state.put(supplier, id, "", i64::from(id), now);
        }
        drop(state);
        model
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happens at the service before the n-th request from now on, counted from 1.
    pub(crate) fn before_request(
        &self,
        nth: usize,
        happening: impl FnOnce(&mut State, DateTime<Utc>) + Send + 'static,
    ) {
        let mut state = self.state();
        let at = state.requests.len() + nth;
        state.happenings.insert(at, Box::new(happening));
    }

    pub(crate) fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults.extend(faults);
    }

    pub(crate) fn transport(&self, vault: MemoryVault) -> Transport {
        let settings = TokenSettings {
            realm: Url::parse(REALM).expect("an address"),
            client_id: "finfo-api".to_owned(),
            client_secret: None,
            username: "reseller".to_owned(),
        };
        let request = settings
            .token_request(Password::new("pw"))
            .expect("sound settings");
        let base = Url::parse(BASE).expect("an address");
        let tokens = TokenSource::builder(request)
            .for_origin(Origin::of(&base).expect("an origin"))
            .vault(vault)
            .build();
        Transport::builder(Arc::new(self.clone()))
            .clock(self.clock.clone())
            .random(Arc::new(FixedRandom(0.5)))
            .tokens(tokens)
            .build()
    }

    pub(crate) fn client(&self) -> Client {
        self.client_with(Endpoints::assumed(), MemoryVault::new())
    }

    pub(crate) fn client_with(&self, endpoints: Endpoints, vault: MemoryVault) -> Client {
        let base = Url::parse(BASE).expect("an address");
        Client::builder(base, self.transport(vault))
            .endpoints(endpoints)
            .build()
            .expect("sound settings")
    }

    /// Requests to the API so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    pub(crate) fn clear_requests(&self) {
        self.state().requests.clear();
    }

    /// All rows of listed suppliers, as a catalogue that is complete has them: supplier, key, JSON.
    pub(crate) fn rows(&self) -> BTreeSet<(String, String, String)> {
        let state = self.state();
        let mut rows = BTreeSet::new();
        for (supplier, data) in &state.suppliers {
            for ((id, agreement), row) in &data.rows {
                let key = if agreement.is_empty() {
                    id.to_string()
                } else {
                    format!("{id} ({agreement})")
                };
                rows.insert((supplier.clone(), key, row.json(supplier, *id, agreement)));
            }
        }
        rows
    }

    async fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, SendError> {
        match self.answer_at_once(request) {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }

    fn answer_at_once(&self, request: &HttpRequest) -> Option<Result<HttpResponse, SendError>> {
        let url = Url::parse(&request.uri().to_string()).expect("an address");
        if url.path().ends_with("/openid-connect/token") {
            return Some(Ok(self.grant(request)));
        }
        let pace = self.state().pace;
        if !pace.is_zero() {
            self.clock.advance(pace);
        }
        let now = self.clock.now();
        let mut state = self.state();
        let path = url.path().trim_start_matches("/finfo");
        let text = format!("{path}?{}", url.query().unwrap_or_default());
        state.requests.push(text);
        let nth = state.requests.len();
        if let Some(happening) = state.happenings.remove(&nth) {
            happening(&mut state, now);
        }
        let fault = state.faults.pop_front().unwrap_or(Fault::None);
        if let Fault::DeadToken = fault {
            state.tokens.clear();
        }
        let bearer = request
            .headers()
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let alive = |until: &DateTime<Utc>| *until > now;
        if !bearer
            .strip_prefix("Bearer ")
            .is_some_and(|token| state.tokens.get(token).is_some_and(alive))
        {
            return Some(Ok(status(401)));
        }
        match fault {
            Fault::Silence => return None,
            Fault::Status(code) => return Some(Ok(status(code))),
            Fault::Throttle(seconds) => {
                let mut answer = status(429);
                answer.headers_mut().insert("retry-after", seconds.into());
                return Some(Ok(answer));
            }
            _ => {}
        }
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let mut answer = state.list(path, &query, matches!(fault, Fault::Short));
        Some(match fault {
            Fault::CutBody => Err(SendError::new(SendErrorKind::CutBody)),
            Fault::CutJson => {
                let half = answer.body().len() / 2;
                *answer.body_mut() = answer.body().slice(..half);
                Ok(answer)
            }
            _ => Ok(answer),
        })
    }

    fn grant(&self, request: &HttpRequest) -> HttpResponse {
        let now = self.clock.now();
        let form: BTreeMap<String, String> = url::form_urlencoded::parse(request.body())
            .into_owned()
            .collect();
        let mut state = self.state();
        match form.get("grant_type").map(String::as_str) {
            Some("password")
                if form
                    .get("password")
                    .is_some_and(|password| password == "pw") =>
            {
                state.grants.password += 1;
            }
            Some("refresh_token") => {
                let known = form
                    .get("refresh_token")
                    .and_then(|token| state.refresh.remove(token));
                if known.is_none_or(|until| until <= now) {
                    return status(400);
                }
                state.grants.refresh += 1;
            }
            _ => return status(401),
        }
        state.issued += 1;
        let (access, refresh) = (
            format!("access-{}", state.issued),
            format!("refresh-{}", state.issued),
        );
        state
            .tokens
            .insert(access.clone(), now + TimeDelta::seconds(ACCESS));
        state
            .refresh
            .insert(refresh.clone(), now + TimeDelta::seconds(REFRESH));
        json(format!(
            r#"{{"access_token":"{access}","expires_in":{ACCESS},"refresh_expires_in":{REFRESH},"refresh_token":"{refresh}","token_type":"Bearer","scope":"openid email profile"}}"#
        ))
    }
}

impl Row {
    pub(crate) fn json(&self, supplier: &str, id: u32, agreement: &str) -> String {
        let agreement = match (agreement, self.named) {
            ("", _) | (_, false) => String::new(),
            (agreement, true) => format!(r#","agreementId":"{agreement}""#),
        };
        format!(
            r#"{{"finfoArticleId":"{id}","supplierId":"{supplier}","supplierArticleName1":"{}","basePrice":{}.50{agreement}}}"#,
            self.name, self.price
        )
    }
}

impl State {
    /// Puts a row or changes it.
    pub(crate) fn put(
        &mut self,
        supplier: &str,
        id: u32,
        agreement: &str,
        price: i64,
        now: DateTime<Utc>,
    ) {
        let row = Row {
            price,
            name: format!("artikel {id}"),
            changed: now,
            named: true,
        };
        let supplier = self.suppliers.entry(supplier.to_owned()).or_default();
        supplier.rows.insert((id, agreement.to_owned()), row);
    }

    pub(crate) fn remove(&mut self, supplier: &str, id: u32) {
        if let Some(supplier) = self.suppliers.get_mut(supplier) {
            supplier.rows.retain(|(other, _), _| *other != id);
        }
    }

    fn list(&self, path: &str, query: &BTreeMap<String, String>, short: bool) -> HttpResponse {
        if path == "/v1.0/suppliers/mysuppliers" {
            let listed = self.suppliers.iter().filter(|(_, data)| !data.unlisted);
            let elements: Vec<String> = listed
                .map(|(id, _)| {
                    format!(r#"{{"finfoSupplierId":"{id}","supplierName":"Leverantör {id}"}}"#)
                })
                .collect();
            return json(format!("[{}]", elements.join(",")));
        }
        let Some(id) = query.get("finfoSupplierId") else {
            return status(400);
        };
        let Some(supplier) = self.suppliers.get(id) else {
            return status(403);
        };
        if supplier.forbidden || supplier.unlisted {
            return status(403);
        }
        let first = path.starts_with("/v1.0/article/");
        if first && path.ends_with("/period") && !query.contains_key("changed-to-date") {
            return status(400);
        }
        let mut rows: Vec<(&(u32, String), &Row)> = supplier
            .rows
            .iter()
            .filter(|(_, row)| within(row.changed, query, first))
            .collect();
        if self.order == Order::LastChange {
            rows.sort_by_key(|(key, row)| (row.changed, key.0, key.1.clone()));
        }
        let media = path.ends_with("/media") && !self.media.is_empty();
        if rows.is_empty() && !media {
            return status(204);
        }
        let texts: Vec<String> = rows
            .iter()
            .map(|((number, agreement), row)| row.json(id, *number, agreement))
            .collect();
        let texts = if media { self.media.clone() } else { texts };
        if first {
            return json(format!(r#"{{"articleList":[{}]}}"#, texts.join(",")));
        }
        let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
        let (Some(offset), Some(limit)) = (number("offset"), number("limit")) else {
            return status(400);
        };
        if limit > 1000 {
            return status(400);
        }
        let offset = if self.ignores_offset { 0 } else { offset };
        let mut size = limit.min(self.largest_page);
        if short {
            size /= 2;
        }
        let page: Vec<&str> = texts
            .iter()
            .skip(offset)
            .take(size)
            .map(String::as_str)
            .collect();
        let total = if self.tells_total {
            format!(r#","totalCount":{}"#, texts.len())
        } else {
            String::new()
        };
        json(format!(
            r#"{{"pagination":{{"offset":{offset},"limit":{limit}{total}}},"articleList":[{}]}}"#,
            page.join(",")
        ))
    }
}

/// Whether a change lies in the period that is asked for; before version 2 the end does not belong to it.
fn within(changed: DateTime<Utc>, query: &BTreeMap<String, String>, first: bool) -> bool {
    let limit = |name: &str| query.get(name).map(String::as_str);
    let from = limit("changed-from-date").is_none_or(|from| match from.parse::<NaiveDate>() {
        Ok(day) => day <= changed.date_naive(),
        Err(_) => from.parse::<DateTime<Utc>>().expect("a moment") <= changed,
    });
    let to = limit("changed-to-date").is_none_or(|to| match to.parse::<NaiveDate>() {
        Ok(day) if first => changed.date_naive() < day,
        Ok(day) => changed.date_naive() <= day,
        Err(_) => changed <= to.parse::<DateTime<Utc>>().expect("a moment"),
    });
    from && to
}

fn status(code: u16) -> HttpResponse {
    let mut answer = HttpResponse::new(Bytes::new());
    *answer.status_mut() = StatusCode::from_u16(code).expect("a status");
    answer
}

fn json(text: String) -> HttpResponse {
    HttpResponse::new(text.into())
}

#[async_trait]
impl HttpService for Model {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SendError> {
        // Other tasks get their turn, as they do with a real network.
        tokio::task::yield_now().await;
        let answer = self.answer(&request).await;
        tokio::task::yield_now().await;
        answer
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Model")
    }
}

/// All rows of a catalogue: supplier, key, JSON.
pub(crate) fn stored(catalogue: &mut dyn Catalogue) -> BTreeSet<(String, String, String)> {
    let mut found = BTreeSet::new();
    let mut after = None;
    loop {
        let rows = catalogue
            .rows(&RowFilter::new(Dataset::Article), after.as_ref(), 500)
            .expect("readable");
        let Some(last) = rows.last() else {
            return found;
        };
        after = Some(last.key.clone());
        found.extend(
            rows.into_iter()
                .map(|row| (row.supplier.to_string(), row.key.to_string(), row.json)),
        );
    }
}

/// Options for a sync with pages of so many rows.
pub(crate) fn small_pages(rows: u32) -> SyncOptions {
    let options = SyncOptions::default();
    let pages = options.pages.page_size(rows);
    options.pages(pages)
}

pub(crate) fn quiet(_: &finkit_finfo::SyncEvent<'_>) {}
