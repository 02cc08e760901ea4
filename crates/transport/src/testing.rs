//! Doubles for the tests of this crate and of those that stand on it: a scripted service.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};

use crate::service::{HttpRequest, HttpResponse, HttpService, SendError, SendErrorKind};

/// One scripted reply.
#[derive(Debug, Clone)]
pub struct Reply(Result<HttpResponse, SendErrorKind>);

impl Reply {
    /// An answer with this status and no body.
    ///
    /// # Panics
    /// When the status is none.
    #[must_use]
    pub fn status(status: u16) -> Self {
        let mut response = HttpResponse::new(Bytes::new());
        *response.status_mut() = StatusCode::from_u16(status).expect("a status from 100 to 999");
        Self(Ok(response))
    }

    /// An answer 200 with this JSON text.
    #[must_use]
    pub fn json(body: impl Into<String>) -> Self {
        Self::status(200)
            .header("content-type", "application/json")
            .body(body.into())
    }

    /// No answer.
    #[must_use]
    pub fn fail(kind: SendErrorKind) -> Self {
        Self(Err(kind))
    }

    /// The same reply with this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        if let Ok(response) = &mut self.0 {
            *response.body_mut() = body.into();
        }
        self
    }

    /// The same reply as an HTML page with this text.
    #[must_use]
    pub fn html(self, body: &'static str) -> Self {
        self.header(CONTENT_TYPE.as_str(), "text/html").body(body)
    }

    /// The same reply with one more header.
    ///
    /// # Panics
    /// When name or value are none.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Ok(response) = &mut self.0 {
            let name = HeaderName::try_from(name).expect("a header name");
            response
                .headers_mut()
                .append(name, HeaderValue::from_str(value).expect("a header value"));
        }
        self
    }
}

type Fallback = Box<dyn FnMut(&HttpRequest) -> Reply + Send>;

/// A service that gives the replies it was told to, in order, and keeps the requests it got. Clones share the script.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use std::sync::Arc;
/// use finkit_transport::testing::{Reply, ScriptedHttp};
/// use finkit_transport::{Operation, Transport};
///
/// let http = ScriptedHttp::new().then(Reply::status(503)).then(Reply::json("{}"));
/// let transport = Transport::builder(Arc::new(http.clone())).build();
/// # let clock = Arc::new(finkit_transport::ManualClock::new());
/// # let transport = Transport::builder(Arc::new(http.clone())).clock(clock).build();
/// let request = http::Request::get("https://api.example.test/search").body(Default::default()).unwrap();
/// let answer = transport.call(&Operation::read("search"), request).await.unwrap();
/// assert_eq!((answer.status().as_u16(), http.requests().len()), (200, 2));
/// # });
/// ```
#[derive(Clone, Default)]
pub struct ScriptedHttp(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    replies: VecDeque<Reply>,
    fallback: Option<Fallback>,
    requests: Vec<HttpRequest>,
}

impl ScriptedHttp {
    /// A service without any reply: every request is a failure of the test.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a reply to the end of the script.
    #[must_use]
    pub fn then(self, reply: Reply) -> Self {
        self.push(reply);
        self
    }

    /// Adds a reply to the end of the script.
    pub fn push(&self, reply: Reply) {
        self.script().replies.push_back(reply);
    }

    /// Answers with this function once the script is used up.
    #[must_use]
    pub fn otherwise(self, reply: impl FnMut(&HttpRequest) -> Reply + Send + 'static) -> Self {
        self.script().fallback = Some(Box::new(reply));
        self
    }

    /// All requests so far, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<HttpRequest> {
        self.script().requests.clone()
    }

    /// How many replies of the script are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.script().replies.len()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl HttpService for ScriptedHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SendError> {
        // Other tasks get their turn, as they do with a real network.
        tokio::task::yield_now().await;
        let reply = {
            let mut script = self.script();
            script.requests.push(request.clone());
            match (script.replies.pop_front(), &mut script.fallback) {
                (Some(reply), _) => reply,
                (None, Some(fallback)) => fallback(&request),
                (None, None) => panic!(
                    "unexpected request: {} {}",
                    request.method(),
                    request.uri().path()
                ),
            }
        };
        reply.0.map_err(SendError::new)
    }
}

impl fmt::Debug for ScriptedHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedHttp")
            .field("left", &self.left())
            .finish_non_exhaustive()
    }
}
