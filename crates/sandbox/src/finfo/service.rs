//! The service itself: from a request to an answer, without any socket.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, DATE, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::article;
use super::media::{self, Other};
use super::query::{Part, Query, Rules, Window};
use super::settings::Drift;
use super::stock::{Row, Stock, Supplier};
use super::token::Tokens;
use crate::clock::SandboxClock;

/// Where the realm lies below the address of the sandbox.
pub(super) const REALM: &str = "/auth/realms/finfo";
/// Where the token endpoint lies below the realm.
const TOKEN: &str = "/protocol/openid-connect/token";

/// An edit that waits for its time.
pub(super) type Edit = Box<dyn FnOnce(&mut Stock) + Send>;

/// Everything that the service has.
pub(super) struct State {
    pub(super) stock: Stock,
    pub(super) tokens: Tokens,
    /// Edits by the moment at which they happen.
    pub(super) planned: VecDeque<(DateTime<Utc>, Edit)>,
    pub(super) drift: Option<Drift>,
    /// How many pages have been asked for since the drift was set.
    pub(super) pages: u64,
    /// Address under which pictures are named.
    pub(super) media_host: String,
    /// Whether an answer without rows is 204, as the guide says, or an empty list.
    pub(super) no_content: bool,
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

/// A dataset as one of its versions tells it.
#[derive(Clone, Copy)]
enum Dataset {
    /// Version 1, with or without prices.
    ArticleV1 {
        prices: bool,
    },
    Article,
    Media {
        minor: u16,
    },
    Other(Other),
}

/// The dataset at a path, and the rules that are stated for it.
fn route(path: &str) -> Option<(Dataset, Rules)> {
    const PAGED: Rules = Rules {
        exclusive_days: false,
        period_needs_supplier: false,
        number_needs_supplier: false,
        paged: true,
    };
    const FREE: Rules = Rules {
        paged: false,
        ..PAGED
    };
    const ARTICLE: Rules = Rules {
        period_needs_supplier: true,
        number_needs_supplier: true,
        ..PAGED
    };
    const FIRST: Rules = Rules {
        exclusive_days: true,
        paged: false,
        ..ARTICLE
    };
    let route = match path {
        "/v2.1/article" | "/v2.2/article" => (Dataset::Article, ARTICLE),
        "/v2.0/media" => (Dataset::Media { minor: 0 }, PAGED),
        "/v2.1/media" => (Dataset::Media { minor: 1 }, PAGED),
        "/v2.2/media" => (Dataset::Media { minor: 2 }, PAGED),
        "/v2.0/climate" => {
            let rules = Rules {
                number_needs_supplier: true,
                ..PAGED
            };
            (Dataset::Other(Other::Climate), rules)
        }
        "/v1.0/environment" => (Dataset::Other(Other::Environment), FREE),
        "/v1.0/etim" => (Dataset::Other(Other::Etim), FREE),
        "/v1.1/sustainability" => (Dataset::Other(Other::Sustainability), FREE),
        _ => {
            let rest = path.strip_prefix("/v1.0/article/")?;
            let without = rest.strip_prefix("fin20text/noprice/");
            let known = ["supplier", "period", "item"].contains(&without.unwrap_or(rest));
            let dataset = Dataset::ArticleV1 {
                prices: without.is_none(),
            };
            return known.then_some((dataset, FIRST));
        }
    };
    Some(route)
}

impl Service {
    pub(super) fn new(state: State, clock: SandboxClock) -> Self {
        Self {
            state: Mutex::new(state),
            clock,
        }
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
        let now = self.clock.now();
        let mut response = match path.strip_prefix(REALM) {
            Some(TOKEN) if request.method() == Method::POST => {
                let (status, body) = self.state().tokens.answer(request.body(), now);
                answer(status, body.to_string())
            }
            Some(TOKEN) => not_allowed("POST"),
            _ if request.method() != Method::GET => not_allowed("GET"),
            _ => match path.strip_prefix(media::FOLDER) {
                Some(name) => self.asset(name),
                None => self.api(request, now),
            },
        };
        let date = now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if let Ok(date) = HeaderValue::from_str(&date) {
            response.headers_mut().insert(DATE, date);
        }
        response
    }

    fn asset(&self, name: &str) -> Response<Bytes> {
        let Some((article, edition, bytes)) = media::at(name) else {
            return problem(StatusCode::NOT_FOUND, "no such file");
        };
        if self.state().stock.picture(article) != Some(edition) {
            return problem(StatusCode::NOT_FOUND, "no such file");
        }
        let mut response = Response::new(bytes);
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
        response
    }

    fn api(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Response<Bytes> {
        let mut state = self.state();
        let token = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        if !token.is_some_and(|token| state.tokens.accepts(token, now)) {
            let mut response = problem(
                StatusCode::UNAUTHORIZED,
                "the token is missing or not valid",
            );
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            return response;
        }
        let path = request.uri().path();
        if path == "/v1.0/suppliers/mysuppliers" {
            return my_suppliers(&state.stock);
        }
        let Some((dataset, rules)) = route(path) else {
            return problem(StatusCode::NOT_FOUND, "no such resource");
        };
        let query = Query::of(request.uri().query().unwrap_or_default());
        let (window, part) = match query.check(rules, now) {
            Ok(found) => found,
            Err(reason) => return problem(StatusCode::BAD_REQUEST, &reason),
        };
        if let Some(id) = &query.supplier
            && !state
                .stock
                .suppliers
                .get(id)
                .is_some_and(|supplier| supplier.ordered)
        {
            return problem(StatusCode::FORBIDDEN, "access denied");
        }
        if part.limit > 0 {
            state.drift(query.supplier.as_deref());
        }
        list(&state, dataset, &query, window, part)
    }
}

impl State {
    /// Lets the list move, if it is time for that.
    fn drift(&mut self, supplier: Option<&str>) {
        self.pages += 1;
        let Some(drift) = self.drift else { return };
        let Some(supplier) = supplier else { return };
        if drift.every() == 0 || !self.pages.is_multiple_of(drift.every()) {
            return;
        }
        match drift {
            Drift::Insert { .. } => {
                self.stock.add_article_in_front(supplier);
            }
            Drift::Remove { .. } => {
                if let Some(first) = self.stock.articles(supplier).first() {
                    self.stock.remove_article(*first);
                }
            }
            Drift::Swap { .. } => {
                if let Some(first) = self.stock.articles(supplier).first().copied() {
                    self.stock.remove_article(first);
                    self.stock.add_article_in_front(supplier);
                }
            }
        }
    }
}

fn my_suppliers(stock: &Stock) -> Response<Bytes> {
    let listed = stock
        .suppliers
        .iter()
        .filter(|(_, supplier)| supplier.listed);
    let list: Vec<Value> = listed
        .map(|(id, supplier)| json!({"finfoSupplierId": id, "supplierName": supplier.name}))
        .collect();
    answer(StatusCode::OK, Value::from(list).to_string())
}

/// Rows of one supplier that a query asks for.
fn wanted<'s>(
    supplier: &'s Supplier,
    query: &'s Query,
    window: Option<Window>,
    dataset: Dataset,
) -> impl Iterator<Item = &'s Row> {
    let pictured = !matches!(dataset, Dataset::Article | Dataset::ArticleV1 { .. });
    let article = query
        .article
        .as_ref()
        .map(|text| text.parse::<u32>().unwrap_or(0));
    let field = |row: &Row, wanted: &Option<String>, name: &str| {
        wanted.is_none() || super::fields::text(&row.json, name) == *wanted
    };
    supplier
        .rows
        .iter()
        .filter(move |row| window.is_none_or(|window| window.holds(row.changed_at)))
        .filter(move |row| !pictured || row.picture.is_some())
        .filter(move |row| article.is_none_or(|article| row.article == article))
        .filter(move |row| field(row, &query.supplier_article, "supplierArticleNumber"))
        .filter(move |row| field(row, &query.gtin, "gtin"))
}

fn list(
    state: &State,
    dataset: Dataset,
    query: &Query,
    window: Option<Window>,
    part: Part,
) -> Response<Bytes> {
    if let (Dataset::Article, None, Some(id)) = (dataset, window, &query.supplier)
        && !query.is_single()
        && let Some(supplier) = state
            .stock
            .suppliers
            .get(id)
            .filter(|supplier| !supplier.rows.is_empty())
    {
        return whole_list(&supplier.rows, part);
    }
    let suppliers = state.stock.suppliers.iter().filter(|(id, supplier)| {
        supplier.ordered && query.supplier.as_ref().is_none_or(|wanted| wanted == *id)
    });
    let mut total: u64 = 0;
    let mut body = Vec::new();
    let end = if part.limit == 0 {
        u64::MAX
    } else {
        part.offset.saturating_add(part.limit)
    };
    for (id, supplier) in suppliers {
        for row in wanted(supplier, query, window, dataset) {
            if total >= part.offset && total < end {
                if !body.is_empty() {
                    body.push(b',');
                }
                write(dataset, row, id, &state.media_host, &mut body);
            }
            total += 1;
        }
    }
    if total == 0 && state.no_content {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        return response;
    }
    let head = head(part, total);
    let mut whole = Vec::with_capacity(head.len() + body.len() + 2);
    whole.extend_from_slice(head.as_bytes());
    whole.extend_from_slice(&body);
    whole.extend_from_slice(b"]}");
    answer(StatusCode::OK, whole)
}

/// A part of a supplier's whole list: nothing has to be looked for, which is quick enough for measuring clients.
fn whole_list(rows: &[Row], part: Part) -> Response<Bytes> {
    let first = usize::try_from(part.offset)
        .unwrap_or(usize::MAX)
        .min(rows.len());
    let count = usize::try_from(part.limit).unwrap_or(usize::MAX);
    let end = first.saturating_add(count).min(rows.len());
    let wanted = &rows[first..end];
    let mut body =
        Vec::with_capacity(128 + wanted.iter().map(|row| row.json.len() + 1).sum::<usize>());
    body.extend_from_slice(head(part, rows.len() as u64).as_bytes());
    for (place, row) in wanted.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        body.extend_from_slice(row.json.as_bytes());
    }
    body.extend_from_slice(b"]}");
    answer(StatusCode::OK, body)
}

fn head(part: Part, total: u64) -> String {
    format!(
        r#"{{"pagination":{{"offset":{},"limit":{},"totalCount":{total}}},"articleList":["#,
        part.offset, part.limit
    )
}

fn write(dataset: Dataset, row: &Row, supplier: &str, host: &str, body: &mut Vec<u8>) {
    let told = match dataset {
        Dataset::Article => {
            body.extend_from_slice(row.json.as_bytes());
            return;
        }
        Dataset::ArticleV1 { prices } => Some(article::version_1(&row.json, prices)),
        Dataset::Media { minor } => media::element(row, supplier, host, minor),
        Dataset::Other(other) => media::other(other, row, supplier),
    };
    body.extend_from_slice(told.unwrap_or_else(|| "{}".to_owned()).as_bytes());
}

fn answer(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An error; what the service itself puts into the body is not public.
fn problem(status: StatusCode, message: &str) -> Response<Bytes> {
    let body = json!({"status": status.as_u16(), "message": message});
    answer(status, body.to_string())
}

fn not_allowed(method: &'static str) -> Response<Bytes> {
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(method));
    response
}
