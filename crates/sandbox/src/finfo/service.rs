//! The service itself: from a request to an answer, without any socket.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{AUTHORIZATION, DATE, HOST};
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::answer::{self, json_text, json_value, problem};
use super::asset::{self, Asset};
use super::counters::FinfoCounters;
use super::drift::Drift;
use super::operation::{self, Dataset, SUPPLIER_PATH};
use super::page::{self, Asked, Flaw};
use super::query::Query;
use super::stock::Stock;
use super::token::Tokens;
use super::{control, openapi};
use crate::clock::SandboxClock;

/// Where the realm lies below the address of the sandbox.
pub(super) const REALM: &str = "/auth/realms/finfo";
/// Where the token endpoint lies below the realm.
pub(super) const TOKEN: &str = "/protocol/openid-connect/token";
/// Where the description of the interface lies.
pub(super) const DOCUMENT: &str = "/openapi.json";

/// An edit that waits for its time.
pub(super) type Edit = Box<dyn FnOnce(&mut Stock) + Send>;

/// Everything that the service has.
pub(super) struct State {
    pub(super) stock: Stock,
    pub(super) tokens: Tokens,
    pub(super) counters: FinfoCounters,
    /// Edits by the moment at which they happen.
    pub(super) planned: VecDeque<(DateTime<Utc>, Edit)>,
    pub(super) drift: Option<Drift>,
    /// How many pages have been asked for since the drift was set.
    pub(super) pages: u64,
    pub(super) limits: Limits,
    /// Address under which files are named.
    pub(super) media_host: String,
    /// Whether an answer without rows is 204, as the guide says, or an empty list.
    pub(super) no_content: bool,
}

/// When requests are refused that are otherwise sound.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    /// Most requests in a second; 0: any number.
    pub(super) per_second: u32,
    /// Every so many-th request finds its token expired; 0: none.
    pub(super) expires_every: u64,
    /// The second that is counted, and its requests.
    second: (i64, u32),
    /// Requests so far.
    requests: u64,
}

/// The service, shared by all connections.
pub(super) struct Service {
    state: Mutex<State>,
    clock: SandboxClock,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").finish_non_exhaustive()
    }
}

impl Service {
    pub(super) fn new(state: State, clock: SandboxClock) -> Self {
        Self {
            state: Mutex::new(state),
            clock,
        }
    }

    pub(super) fn clock(&self) -> &SandboxClock {
        &self.clock
    }

    /// The state, with every edit done whose time has come.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        while state.planned.front().is_some_and(|(at, _)| *at <= now)
            && let Some((at, edit)) = state.planned.pop_front()
        {
            edit(state.stock.at(at));
        }
        state.stock.at(now);
        state
    }

    /// Executes a request.
    pub(super) fn handle(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path();
        if let Some(name) = path.strip_prefix(control::FOLDER) {
            return control::answer(self, name, request);
        }
        let now = self.clock.now();
        let is_get = request.method() == Method::GET;
        let (counted, mut response) = match path.strip_prefix(REALM) {
            Some(TOKEN) if request.method() == Method::POST => {
                let (status, body) = self.state().tokens.answer(request.body(), now);
                (path, json_text(status, body.to_string()))
            }
            Some(TOKEN) => (path, answer::not_allowed("POST")),
            _ => match path.strip_prefix(asset::FOLDER) {
                Some(name) if is_get || request.method() == Method::HEAD => {
                    (asset::FOLDER, self.asset(name, request))
                }
                Some(_) => (asset::FOLDER, answer::not_allowed("GET, HEAD")),
                None if !is_get => (path, answer::not_allowed("GET")),
                None if path == DOCUMENT => (path, document(request)),
                None => self.api(request, now),
            },
        };
        self.state()
            .counters
            .note(counted, response.status().as_u16());
        let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        answer::put(&mut response, DATE, &date);
        response
    }

    fn asset(&self, name: &str, request: &Request<Bytes>) -> Response<Bytes> {
        let found = Asset::named(name);
        let mut state = self.state();
        let there = found.filter(|asset| state.stock.picture(asset.article) == Some(asset.edition));
        let Some(asset) = there else {
            return problem(StatusCode::NOT_FOUND, "no such file");
        };
        let response = answer::file(&asset.bytes(), asset.slot.media_type(), request.headers());
        if request.method() == Method::GET && response.status().is_success() {
            state.counters.asset_bytes += response.body().len() as u64;
        }
        response
    }

    /// Answers a request to the interface, with the path under which it is counted.
    fn api<'r>(
        &self,
        request: &'r Request<Bytes>,
        now: DateTime<Utc>,
    ) -> (&'r str, Response<Bytes>) {
        let mut state = self.state();
        let path = request.uri().path();
        let Some(operation) = operation::at(path) else {
            return ("other", problem(StatusCode::NOT_FOUND, "no such resource"));
        };
        let token = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        (operation.path, state.answer(operation, request, token, now))
    }
}

impl State {
    fn answer(
        &mut self,
        operation: &'static operation::Operation,
        request: &Request<Bytes>,
        token: Option<&str>,
        now: DateTime<Utc>,
    ) -> Response<Bytes> {
        if !self.limits.lets_pass(now) {
            return answer::too_many();
        }
        if self.limits.is_to_expire() {
            self.tokens.revoke_access();
        }
        if !token.is_some_and(|token| self.tokens.accepts(token, now)) {
            return answer::unauthorized();
        }
        match operation.dataset {
            Dataset::Suppliers => return self.my_suppliers(),
            Dataset::Supplier => return self.supplier(request.uri().path()),
            _ => {}
        }
        let query = Query::of(request.uri().query().unwrap_or_default());
        let (window, part) = match query.check(operation.rules, now) {
            Ok(found) => found,
            Err(reason) => return problem(StatusCode::BAD_REQUEST, &reason),
        };
        if let Some(id) = &query.supplier
            && !self
                .stock
                .suppliers
                .get(id)
                .is_some_and(|supplier| supplier.ordered)
        {
            return problem(StatusCode::FORBIDDEN, "access denied");
        }
        let flaw = match part.limit {
            0 => Flaw::None,
            _ => self.drift(query.supplier.as_deref()),
        };
        let asked = Asked {
            operation,
            query: &query,
            window,
            part,
            flaw,
        };
        let page = page::page(self, &asked);
        self.counters.rows += page.rows;
        page.response
    }

    /// Lets the list move, or the page go wrong, if it is time for that.
    fn drift(&mut self, supplier: Option<&str>) -> Flaw {
        self.pages += 1;
        let (Some(drift), Some(supplier)) = (self.drift, supplier) else {
            return Flaw::None;
        };
        if !drift.is_due(self.pages) {
            return Flaw::None;
        }
        let first = self.stock.articles(supplier).first().copied();
        match drift {
            Drift::Short { .. } => return Flaw::Short,
            Drift::Repeat { .. } => return Flaw::Repeat,
            Drift::Insert { .. } => {
                self.stock.add_article_in_front(supplier);
            }
            Drift::Remove { .. } => {
                if let Some(first) = first {
                    self.stock.remove_article(first);
                }
            }
            Drift::Swap { .. } => {
                if let Some(first) = first {
                    self.stock.remove_article(first);
                    self.stock.add_article_in_front(supplier);
                }
            }
        }
        Flaw::None
    }

    fn my_suppliers(&self) -> Response<Bytes> {
        let listed = self
            .stock
            .suppliers
            .iter()
            .filter(|(_, supplier)| supplier.listed);
        let list = listed
            .map(|(id, supplier)| json!({"finfoSupplierId": id, "supplierName": supplier.name}));
        json_value(&Value::from_iter(list))
    }

    fn supplier(&self, path: &str) -> Response<Bytes> {
        let id = path.strip_prefix(SUPPLIER_PATH).unwrap_or_default();
        match self
            .stock
            .suppliers
            .get(id)
            .filter(|supplier| supplier.listed)
        {
            Some(supplier) => {
                json_value(&json!({"finfoSupplierId": id, "supplierName": supplier.name}))
            }
            None => problem(StatusCode::FORBIDDEN, "access denied"),
        }
    }
}

impl Limits {
    fn lets_pass(&mut self, now: DateTime<Utc>) -> bool {
        let second = now.timestamp();
        if self.second.0 != second {
            self.second = (second, 0);
        }
        self.second.1 = self.second.1.saturating_add(1);
        self.per_second == 0 || self.second.1 <= self.per_second
    }

    fn is_to_expire(&mut self) -> bool {
        self.requests += 1;
        self.expires_every > 0 && self.requests.is_multiple_of(self.expires_every)
    }
}

/// The description, under the address that the client used.
fn document(request: &Request<Bytes>) -> Response<Bytes> {
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let base = host.map_or_else(|| "/".to_owned(), |host| format!("http://{host}"));
    json_value(&openapi::document(&base))
}
