//! The server's front: HTTP/1.1 read and written by hand on raw sockets, so that any fault can be played at any byte.
//!
//! What a request means is the matter of a [`Handler`]; the front calls it in the process, keeps a log of what came in
//! ([`RequestRecord`]), and plays the faults of a [`FaultPlan`](crate::fault::FaultPlan). [`FaultServer`] runs it on a thread of its
//! own, so that it serves callers with and without an async runtime alike.

mod answer;
mod connection;
mod log;
mod play;
mod server;
mod timer;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};

pub use log::RequestRecord;
pub use server::{FaultServer, FaultServerBuilder, StartError};

/// An answer under way.
pub type Answering = Pin<Box<dyn Future<Output = Response<Bytes>> + Send>>;

/// Executes requests.
pub trait Handler: Send + Sync + 'static {
    /// Executes one request.
    fn handle(&self, request: Request<Bytes>) -> Answering;
}

impl<F> Handler for F
where
    F: Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
{
    fn handle(&self, request: Request<Bytes>) -> Answering {
        Box::pin(std::future::ready(self(request)))
    }
}

/// Where the time comes from.
pub(crate) type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Told of each request as it is logged.
pub(crate) type Observer = Arc<dyn Fn(&RequestRecord) + Send + Sync>;
