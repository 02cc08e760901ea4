//! From names and values to a request: everything is checked before anything is sent.

use std::fmt::Write as _;

use super::fault::{ParameterFault, Problem, RequestError};
use super::nearest::nearest;
use super::operation::{Operation, names};
use super::parameter::Parameter;
use super::shape::{Paging, Shape};
use super::value;

/// Names that following all pages sets.
const PAGE: [&str; 2] = ["offset", "limit"];

/// A request that fits its operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRequest {
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) shape: Shape,
    pub(super) paging: Paging,
}

impl OperationRequest {
    /// The path below the base address, its parameters percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Names and values of the query, not yet encoded.
    #[must_use]
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }
}

impl Operation {
    /// A request with these names and values. A list is given by its name several times.
    ///
    /// # Errors
    /// [`RequestError`] with every fault and where the document speaks of it, or why the operation is never called.
    pub fn request<T: AsRef<str>>(
        &self,
        values: &[(T, T)],
    ) -> Result<OperationRequest, RequestError> {
        self.checked(values, false)
    }

    /// A request for all pages: `offset` and `limit` are set while they are followed. The same as
    /// [`request`](Self::request) for an operation whose answer is the whole.
    ///
    /// # Errors
    /// As [`request`](Self::request); also when `offset` or `limit` are given, or pages are told in another way.
    pub fn request_all<T: AsRef<str>>(
        &self,
        values: &[(T, T)],
    ) -> Result<OperationRequest, RequestError> {
        self.checked(values, true)
    }

    fn checked<T: AsRef<str>>(
        &self,
        values: &[(T, T)],
        all: bool,
    ) -> Result<OperationRequest, RequestError> {
        let values: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, value)| (name.as_ref(), value.as_ref()))
            .collect();
        let failed = |faults| RequestError {
            operation: self.id.clone(),
            at: self.at.clone(),
            refusal: self.refusal.clone(),
            faults,
        };
        if self.refusal.is_some() {
            return Err(failed(Vec::new()));
        }
        let mut faults = Vec::new();
        let mut fault = |name: &str, at: &str, problem| {
            faults.push(ParameterFault {
                name: name.to_owned(),
                at: at.to_owned(),
                problem,
            });
        };
        let paged = all && matches!(self.paging, Paging::Offset { .. });
        for (name, _) in &values {
            if !self.parameters.iter().any(|known| known.name == *name) {
                let known = self.parameters.iter().map(Parameter::name);
                let nearest = nearest(name, known).map(str::to_owned);
                fault(name, &self.at, Problem::Unknown { nearest });
            }
        }
        let mut query = Vec::new();
        let mut path = self.path.clone();
        for parameter in &self.parameters {
            let (name, at) = (&parameter.name, &parameter.at);
            let given: Vec<&str> = values
                .iter()
                .filter(|(given, _)| given == name)
                .map(|(_, value)| *value)
                .collect();
            let is_page = paged && PAGE.contains(&name.as_str());
            if given.is_empty() {
                if parameter.required && !is_page {
                    fault(name, at, Problem::Missing);
                }
                continue;
            }
            if is_page {
                fault(name, at, Problem::SetByPaging);
                continue;
            }
            if given.len() > 1 && !parameter.is_list() {
                fault(name, at, Problem::Repeated);
                continue;
            }
            for value in &given {
                if parameter.in_path && (value.trim().is_empty() || is_dots(value)) {
                    let given = (*value).to_owned();
                    fault(name, at, Problem::Path { given });
                } else if let Some(problem) = value::problem(parameter.value(), value) {
                    fault(name, at, problem);
                }
            }
            if parameter.in_path {
                path = path.replace(&format!("{{{name}}}"), &encoded(&given.join(",")));
            } else if parameter.exploded {
                query.extend(
                    given
                        .iter()
                        .map(|value| (name.clone(), (*value).to_owned())),
                );
            } else {
                query.push((name.clone(), given.join(",")));
            }
        }
        if let (true, Paging::Other(names)) = (all, &self.paging) {
            for name in names {
                fault(name, &self.at, Problem::OtherPaging);
            }
        }
        if !faults.is_empty() {
            return Err(failed(faults));
        }
        debug_assert!(names(&path).next().is_none());
        Ok(OperationRequest {
            path,
            query,
            shape: self.shape.clone(),
            paging: if paged {
                self.paging.clone()
            } else {
                Paging::None
            },
        })
    }
}

/// A part of a path that means the folder itself or the one above.
fn is_dots(value: &str) -> bool {
    matches!(value, "." | "..")
}

/// A part of a path: everything but unreserved characters encoded (RFC 3986, section 2.3).
fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b',') {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}
