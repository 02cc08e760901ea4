//! Routing with axum, and what FastAPI's router says about paths and methods that are not there.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, RawPathParams, Request};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, get, on};
use bytes::Bytes;
use http::header::{ALLOW, HOST, LOCATION};
use http::{HeaderValue, Method, StatusCode};
use tower_service::Service as _;

use super::operation::Operation;
use super::service::{Incoming, Service};
use super::{answers, openapi};
use crate::front::{Answering, Handler};

/// Where the OpenAPI document stands.
const DOCUMENT: &str = "/openapi.json";

/// Why a contract cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum RouteFault {
    #[error("{0} and {1} share method and path")]
    Shared(&'static str, &'static str),
    #[error("the path of {0} cannot be served: {1}")]
    Path(&'static str, String),
}

/// The router as the front calls it.
pub(crate) struct Routed(Router);

impl Handler for Routed {
    fn handle(&self, request: http::Request<Bytes>) -> Answering {
        let mut router = self.0.clone();
        Box::pin(async move {
            let response = match router.call(request.map(Body::from)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let (parts, body) = response.into_parts();
            match axum::body::to_bytes(body, usize::MAX).await {
                Ok(body) => http::Response::from_parts(parts, body),
                Err(_) => answers::internal(),
            }
        })
    }
}

/// Routes for all operations of the contract.
pub(super) fn router(
    service: &Arc<Service>,
    operations: Vec<Operation>,
) -> Result<Routed, RouteFault> {
    check(&operations)?;
    let document = openapi::document(&service.shape.contract, &operations).to_string();
    let mut allowed: BTreeMap<String, Vec<Method>> = BTreeMap::new();
    let mut router = Router::new().route(
        DOCUMENT,
        get(async move || axum_response(answers::raw_json(StatusCode::OK, document))),
    );
    allowed.insert(DOCUMENT.to_owned(), vec![Method::GET, Method::HEAD]);
    for operation in operations {
        let methods = allowed.entry(operation.path.clone()).or_default();
        methods.push(operation.method.clone());
        let filter = MethodFilter::try_from(operation.method.clone())
            .map_err(|_| RouteFault::Path(operation.action.name(), operation.method.to_string()))?;
        let path = operation.path.clone();
        let service = Arc::clone(service);
        let operation = Arc::new(operation);
        let handler = async move |params: RawPathParams, request: Request| {
            handle(&service, &operation, &params, request).await
        };
        router = router.route(&path, on(filter, handler));
    }
    let allowed = Arc::new(allowed);
    let known = Arc::clone(&allowed);
    let probe = Probe(router.clone());
    let router = router
        .method_not_allowed_fallback(async move |matched: Option<MatchedPath>| {
            not_allowed(&known, matched.as_ref().map(MatchedPath::as_str))
        })
        .fallback(async move |request: Request| not_found(&probe, &request.into_parts().0).await);
    Ok(Routed(router))
}

/// A router panics where two operations collide or a path is none, so that both are found before.
fn check(operations: &[Operation]) -> Result<(), RouteFault> {
    for (index, operation) in operations.iter().enumerate() {
        let name = operation.action.name();
        if operation.path == DOCUMENT {
            return Err(RouteFault::Path(
                name,
                "the OpenAPI document stands there".into(),
            ));
        }
        let twin = operations[..index]
            .iter()
            .find(|other| other.path == operation.path && other.method == operation.method);
        if let Some(twin) = twin {
            return Err(RouteFault::Shared(twin.action.name(), name));
        }
        if let Some(other) = operations[..index]
            .iter()
            .find(|other| shadows(&other.path, &operation.path))
        {
            let reason = format!(
                "it cannot be told apart from that of {}",
                other.action.name()
            );
            return Err(RouteFault::Path(name, reason));
        }
        if !operation.path.starts_with('/') || operation.path.contains('*') {
            return Err(RouteFault::Path(name, operation.path.clone()));
        }
    }
    Ok(())
}

/// Whether two different paths have a parameter of different names at the same place after the same beginning.
fn shadows(one: &str, other: &str) -> bool {
    if one == other {
        return false;
    }
    for (a, b) in one.split('/').zip(other.split('/')) {
        match (a.contains('{'), b.contains('{')) {
            (true, true) if a != b => return true,
            _ if a == b => {}
            _ => return false,
        }
    }
    false
}

async fn handle(
    service: &Service,
    operation: &Operation,
    params: &RawPathParams,
    request: Request,
) -> Response {
    if *request.method() != operation.method {
        // axum lets HEAD pass for GET, FastAPI does not.
        return with_allow(std::slice::from_ref(&operation.method));
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return axum_response(answers::internal());
    };
    let path: Vec<(String, String)> = params
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let incoming = Incoming {
        path: &path,
        query: parts.uri.query(),
        headers: &parts.headers,
        body,
    };
    axum_response(service.execute(operation, incoming))
}

fn not_allowed(allowed: &BTreeMap<String, Vec<Method>>, path: Option<&str>) -> Response {
    let methods = path.and_then(|path| allowed.get(path));
    with_allow(methods.map_or(&[][..], Vec::as_slice))
}

fn with_allow(methods: &[Method]) -> Response {
    let mut response = answers::error(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
        response.headers_mut().insert(ALLOW, value);
    }
    axum_response(response)
}

/// The routes alone, to ask whether a path is known.
#[derive(Clone)]
struct Probe(Router);

impl Probe {
    /// Whether some method is routed there.
    async fn knows(&self, path: &str) -> bool {
        let Ok(request) = Request::builder()
            .method(Method::TRACE)
            .uri(path)
            .body(Body::empty())
        else {
            return false;
        };
        // No operation is ever a TRACE: a known path says that the method is not allowed.
        match self.0.clone().call(request).await {
            Ok(response) => response.status() == StatusCode::METHOD_NOT_ALLOWED,
            Err(never) => match never {},
        }
    }
}

/// 404, or 307 to the same path with or without its last slash where that is known (Starlette's `redirect_slashes`): the target is
/// absolute and made from the `host` header.
async fn not_found(probe: &Probe, request: &http::request::Parts) -> Response {
    let path = request.uri.path();
    let other = match path.strip_suffix('/') {
        Some("") => None,
        Some(shorter) => Some(shorter.trim_end_matches('/').to_owned()),
        None => Some(format!("{path}/")),
    };
    if let Some(other) = other
        && probe.knows(&other).await
    {
        let host = request
            .headers
            .get(HOST)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("localhost");
        let query = request
            .uri
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let mut response = http::Response::new(Bytes::new());
        *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
        if let Ok(target) = HeaderValue::from_str(&format!("http://{host}{other}{query}")) {
            response.headers_mut().insert(LOCATION, target);
        }
        return axum_response(response);
    }
    axum_response(answers::error(StatusCode::NOT_FOUND, "Not Found"))
}

fn axum_response(response: http::Response<Bytes>) -> Response {
    response.map(Body::from).into_response()
}
