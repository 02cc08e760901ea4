//! A request under construction: each value goes where the contract says.

use bytes::Bytes;
use finkit_transport::HttpRequest;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::list::List;
use crate::contract::{Endpoint, FieldPath, Place};

/// Why a request can't be built from a contract and its values. Holds no value: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the value for {0} can't be sent there")]
pub(crate) struct BuildError(pub(crate) String);

/// A request under construction.
pub(crate) struct Draft {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Option<Value>,
}

impl Draft {
    /// Begins with method, path and fixed fields of an operation.
    pub(crate) fn new(endpoint: &Endpoint) -> Result<Self, BuildError> {
        let mut draft = Self {
            method: endpoint.method.clone(),
            path: endpoint.path.clone(),
            query: Vec::new(),
            form: Vec::new(),
            headers: Vec::new(),
            body: None,
        };
        for (place, constant) in &endpoint.constants {
            match place {
                Place::Body(path) => draft.put_body(path, constant.to_json()),
                other => draft.put_text(other, &constant.to_string(), false)?,
            }
        }
        Ok(draft)
    }

    /// Puts a value; a list outside of the body is the parameter repeated.
    pub(crate) fn put(&mut self, place: &Place, value: Value) -> Result<(), BuildError> {
        match (place, value) {
            (Place::Body(path), value) => {
                self.put_body(path, value);
                Ok(())
            }
            (place, Value::Array(items)) => items
                .iter()
                .try_for_each(|item| self.put_text(place, &text(item), false)),
            (place, value) => self.put_text(place, &text(&value), false),
        }
    }

    /// Puts a secret; in a header it is marked as one.
    pub(crate) fn put_secret(&mut self, place: &Place, secret: &str) -> Result<(), BuildError> {
        match place {
            Place::Body(path) => {
                self.put_body(path, secret.into());
                Ok(())
            }
            place => self.put_text(place, secret, true),
        }
    }

    /// Puts a value into the JSON body.
    pub(crate) fn put_body(&mut self, path: &FieldPath, value: Value) {
        path.put(self.body.get_or_insert(Value::Null), value);
    }

    fn put_text(&mut self, place: &Place, value: &str, sensitive: bool) -> Result<(), BuildError> {
        match place {
            Place::Query(name) => self.query.push((name.clone(), value.to_owned())),
            Place::Form(name) => self.form.push((name.clone(), value.to_owned())),
            Place::Header(name) => {
                let wrong = || BuildError(place.to_string());
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
                let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
                value.set_sensitive(sensitive);
                self.headers.push((name, value));
            }
            Place::Path(name) => {
                let encoded: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
                self.path = self
                    .path
                    .replace(&format!("{{{name}}}"), &encoded.replace('+', "%20"));
            }
            Place::Body(path) => self.put_body(path, value.into()),
        }
        Ok(())
    }

    /// The request below this base address. It never ends in a slash: FastAPI answers that with a redirect.
    pub(crate) fn build(self, base: &Url) -> Result<HttpRequest, BuildError> {
        // A value that was built here has only string keys, so it always serialises.
        self.finish(base, |body| serde_json::to_vec(body).map(Bytes::from))
    }

    /// As [`build`](Self::build), with a list in the place of the placeholder in the body.
    pub(crate) fn build_with(
        self,
        base: &Url,
        place: &FieldPath,
        list: &List<'_>,
    ) -> Result<HttpRequest, BuildError> {
        self.finish(base, |body| list.within(body, place))
    }

    fn finish(
        self,
        base: &Url,
        write: impl FnOnce(&Value) -> serde_json::Result<Bytes>,
    ) -> Result<HttpRequest, BuildError> {
        let mut url = base.clone();
        url.set_path(&format!(
            "{}{}",
            base.path().trim_end_matches('/'),
            self.path
        ));
        url.set_query(None);
        url.set_fragment(None);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let mut request = Request::builder()
            .method(self.method)
            .uri(url.as_str())
            .header(ACCEPT, "application/json");
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let body = if !self.form.is_empty() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            let form = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&self.form)
                .finish();
            Bytes::from(form)
        } else if let Some(body) = self.body {
            request = request.header(CONTENT_TYPE, "application/json");
            write(&body).map_err(|_| BuildError("body".to_owned()))?
        } else {
            Bytes::new()
        };
        request
            .body(body)
            .map_err(|_| BuildError("the address".to_owned()))
    }
}

/// A scalar as the text of a parameter.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
