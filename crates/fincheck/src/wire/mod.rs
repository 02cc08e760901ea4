//! From domain values to requests and from answers to domain values, as a contract says. Pure: no network, no clock.

pub(crate) mod account;
pub(crate) mod deletion;
pub(crate) mod entry;
pub(crate) mod found;
pub(crate) mod list;
pub(crate) mod problem;
pub(crate) mod record;
pub(crate) mod request;
pub(crate) mod search;

#[cfg(test)]
mod tests;
