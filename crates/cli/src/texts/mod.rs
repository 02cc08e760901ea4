//! The catalogue of what the program says to people, in German and English.
//!
//! Faults of lists have their own catalogue in `finkit_tables::explain`, which also owns languages,
//! numbers and dates.

pub(crate) mod account;
pub(crate) mod check;
pub(crate) mod contract;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod finfo;
pub(crate) mod fix;
pub(crate) mod list_error;
pub(crate) mod operations;
pub(crate) mod search;
pub(crate) mod states;
pub(crate) mod submission;
pub(crate) mod submit;
pub(crate) mod usage;
