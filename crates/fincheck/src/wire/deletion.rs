//! `delete`: the request, and what the service says it deleted.

use finkit_core::{Period, Vin};
use finkit_transport::HttpRequest;
use serde_json::Value;
use url::Url;

use super::found::{Told, items, join, read_found};
use super::request::{BuildError, Draft};
use super::{entry, record};
use crate::answer::DeleteAnswer;
use crate::contract::{Contract, Delete};

/// The request.
pub(crate) fn request(
    contract: &Contract,
    operation: &Delete,
    base: &Url,
    fin: &Vin,
    period: &Period,
    security_code: &str,
) -> Result<HttpRequest, BuildError> {
    let mut draft = Draft::new(&operation.endpoint)?;
    draft.put(&operation.fin, fin.as_str().into())?;
    draft.put(
        &operation.start_date,
        record::date(contract, period.start()),
    )?;
    draft.put(&operation.end_date, record::date(contract, period.end()))?;
    entry::code(&mut draft, operation.security_code.as_ref(), security_code)?;
    draft.build(base)
}

/// Reads an answer. `None` when it does not say whether anything was deleted.
pub(crate) fn read(
    contract: &Contract,
    operation: &Delete,
    fin: &Vin,
    body: &[u8],
) -> Option<DeleteAnswer> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let deleted = operation.answer.deleted.get(&value)?.as_bool()?;
    let mut entries = Vec::new();
    let listed = operation
        .answer
        .fins
        .as_ref()
        .and_then(|path| path.get(&value))
        .and_then(items)
        .unwrap_or_default();
    for item in listed {
        if let Told::Whole(found) = read_found(contract, item, Some(*fin)) {
            join(&mut entries, found);
        }
    }
    Some(DeleteAnswer { deleted, entries })
}
