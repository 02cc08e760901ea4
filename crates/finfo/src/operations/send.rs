//! Sending a checked request.

use super::request::OperationRequest;
use super::shape::{Paging, Shape};
use crate::client::{Client, OTHER};
use crate::endpoints::{Endpoint, version_of};
use crate::error::Error;
use crate::pages::{PageOptions, Pages};
use crate::query::Query;
use crate::wire::{ListAt, Rows};

impl Client {
    /// Sends a request of an operation, and gives its rows: the elements of its list, or its one object.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn send(&self, request: &OperationRequest) -> Result<Rows, Error> {
        let query: Vec<(&str, String)> = request
            .query
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        let endpoint = self.endpoint_of(request);
        let url = self.url(&request.path, &query);
        let taken = self.take(OTHER, &endpoint, url, None).await?;
        let Some(body) = taken.body else {
            return Ok(Rows::empty().with_attempts(taken.attempts));
        };
        let list = match &request.shape {
            Shape::Untold => ListAt::Anywhere,
            Shape::One | Shape::List => ListAt::Nowhere,
            Shape::Field(name) => ListAt::Field(name),
        };
        let rows = Rows::parse(body, list)
            .map_err(|error| Error::not_understood(OTHER, error).with_attempts(taken.attempts))?;
        Ok(rows.with_attempts(taken.attempts))
    }

    /// All pages of a request that [`Operation::request_all`](super::Operation::request_all) made; `None` when its answer
    /// is the whole, for [`send`](Self::send) to ask for.
    #[must_use]
    pub fn pages_of_request(
        &self,
        request: &OperationRequest,
        options: PageOptions,
    ) -> Option<Pages> {
        let Paging::Offset { most } = request.paging else {
            return None;
        };
        let mut endpoint = self.endpoint_of(request);
        endpoint.max_limit = most;
        if let Shape::Field(name) = &request.shape {
            endpoint.list.clone_from(name);
        }
        let mut query = Query::new();
        for (name, value) in &request.query {
            query = query.with(name, value);
        }
        Some(Pages::of_path(self.clone(), endpoint, query, options))
    }

    fn endpoint_of(&self, request: &OperationRequest) -> Endpoint {
        let version = version_of(&request.path).unwrap_or(self.endpoints().article.version);
        Endpoint::new(version, request.path.as_str())
    }
}
