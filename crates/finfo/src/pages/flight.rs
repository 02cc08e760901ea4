//! Requests for single pages, each a task of its own that ends when nobody waits for it any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use finkit_core::{ApiVersion, FinfoSupplierId};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use crate::client::Client;
use crate::endpoints::Endpoint;
use crate::error::{Error, ErrorKind};
use crate::query::Query;
use crate::wire::{Page, WireError};

/// Where the pages of a list are asked for.
#[derive(Debug)]
pub(super) struct Route {
    client: Client,
    name: &'static str,
    endpoint: Endpoint,
    query: Query,
    pub(super) requests: Requests,
}

/// How many requests were sent for a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requests(Arc<AtomicU64>);

impl Requests {
    pub(crate) fn sent(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, requests: u32) {
        self.0.fetch_add(u64::from(requests), Ordering::Relaxed);
    }
}

/// A page that has come.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) page: Page,
    pub(super) version: ApiVersion,
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

/// A page on its way. Dropped, it is given up.
#[derive(Debug)]
pub(super) struct Flight(JoinHandle<Result<Fetched, Error>>);

impl Route {
    pub(super) fn new(
        client: Client,
        name: &'static str,
        endpoint: Endpoint,
        query: Query,
    ) -> Self {
        Self {
            client,
            name,
            endpoint,
            query,
            requests: Requests::default(),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn is_paged(&self) -> bool {
        self.endpoint.paged
    }

    pub(super) fn supplier(&self) -> Option<FinfoSupplierId> {
        self.query.of_supplier()
    }

    pub(super) fn not_understood(&self, error: WireError) -> Error {
        Error::not_understood(self.name, error).of_supplier(self.supplier())
    }

    /// Asks for a page, given by offset and limit.
    pub(super) fn fly(
        self: &Arc<Self>,
        place: Option<(u64, u64)>,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Flight {
        let route = Arc::clone(self);
        Flight(tokio::spawn(async move {
            let (page, version) = route.read(place).await?;
            Ok(Fetched {
                page,
                version,
                permit,
            })
        }))
    }

    async fn read(&self, place: Option<(u64, u64)>) -> Result<(Page, ApiVersion), Error> {
        let query = match place {
            Some((offset, limit)) => {
                let limit = u32::try_from(limit).unwrap_or(u32::MAX);
                self.query.clone().page(offset, limit)
            }
            None => self.query.clone(),
        };
        let url = self
            .client
            .url(query.path(&self.endpoint), &query.parameters());
        let result = self
            .client
            .call_patiently(self.name, &self.endpoint, url, self.supplier())
            .await;
        self.requests.add(match &result {
            Ok(answer) => answer.attempts(),
            Err(error) => error.attempts(),
        });
        let answer = result?;
        let version = answer.version();
        Ok((answer.into_page(), version))
    }
}

impl Flight {
    /// Waits for the page. Whoever stops waiting can wait again.
    pub(super) async fn land(&mut self) -> Result<Fetched, Error> {
        match (&mut self.0).await {
            Ok(result) => result,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(error) => {
                // Only the end of the runtime cancels a task that somebody waits for.
                Err(
                    Error::new(ErrorKind::Transport, "pages", "the runtime has ended")
                        .with_source(error),
                )
            }
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.abort();
    }
}
