//! The operations of a contract: where each value of the request goes and where the parts of the answer stand.

use std::collections::BTreeMap;

use http::Method;

use super::{Constant, FieldPath, Place, RecordPlace};

/// Method, path and fixed fields of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// GET, POST, PUT, PATCH or DELETE.
    pub method: Method,
    /// The path below the base address; begins with a slash and does not end in one. `{NAME}` is filled from `path:NAME`.
    pub path: String,
    /// Fields with a fixed value.
    pub constants: BTreeMap<Place, Constant>,
}

/// `register`: turns a registration code into an account and hands out its security code.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Register {
    /// Method, path and fixed fields.
    pub endpoint: Endpoint,
    /// The code that the operator handed out.
    pub registration_code: Place,
    /// The user name to be.
    pub username: Place,
    /// The password to be.
    pub password: Place,
    /// Where the parts of the answer stand.
    pub answer: RegisterAnswerFields,
}

/// The answer to `register`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegisterAnswerFields {
    /// The security code of the new account.
    pub security_code: FieldPath,
}

/// The token endpoint: a form-encoded request, and the answer of RFC 6749.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Token {
    /// Method, path and fixed fields.
    pub endpoint: Endpoint,
    /// The user name; a form field.
    pub username: Place,
    /// The password; a form field.
    pub password: Place,
    /// Seconds that a token lives when the answer has no `expires_in`.
    pub lifetime: u64,
    /// Where the parts of the answer stand.
    pub answer: TokenAnswerFields,
}

/// The answer of the token endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenAnswerFields {
    /// The token; a name at the top of the answer.
    pub access_token: FieldPath,
}

/// `create`: enters one record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Create {
    /// Method, path and fixed fields.
    pub endpoint: Endpoint,
    /// The record.
    pub record: RecordPlace,
    /// The flag that stores a record although its FIN overlaps in time.
    pub commit_on_overlapping_dates: Option<Place>,
    /// The account's security code.
    pub security_code: Option<Place>,
    /// Where the parts of the answer stand.
    pub answer: EntryAnswerFields,
}

/// `bulk_create`: enters many records.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkCreate {
    /// Method, path and fixed fields.
    pub endpoint: Endpoint,
    /// The list of records: the JSON body itself (`body`) or a field of it (`body:NAME`).
    pub records: FieldPath,
    /// The flag that stores records although their FINs overlap in time.
    pub commit_on_overlapping_dates: Option<Place>,
    /// The flag that stores the sound records although others fail.
    pub commit_on_partial_success: Option<Place>,
    /// The account's security code.
    pub security_code: Option<Place>,
    /// Where the parts of the answer stand.
    pub answer: EntryAnswerFields,
}

/// The answer to `create` and `bulk_create`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryAnswerFields {
    /// The records that are stored now.
    pub created: FieldPath,
    /// What the service tells about overlapping FINs, stored or not.
    pub overlapping: Option<FieldPath>,
    /// The records that were sent and are not stored.
    pub failed: FieldPath,
}

/// `delete`: removes a record that this account entered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delete {
    /// Method, path and fixed fields.
    pub endpoint: Endpoint,
    /// The vehicle's FIN.
    pub fin: Place,
    /// First day of the period.
    pub start_date: Place,
    /// Last day of the period.
    pub end_date: Place,
    /// The security code that was used for the entry.
    pub security_code: Option<Place>,
    /// Where the parts of the answer stand.
    pub answer: DeleteAnswerFields,
}

/// The answer to `delete`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteAnswerFields {
    /// Whether anything was deleted.
    pub deleted: FieldPath,
    /// The entries that were deleted: one FoundFin, a list of them, or null.
    pub fins: Option<FieldPath>,
}

/// `search`: looks one FIN up in a calendar year.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Search {
    /// Method, path and fixed fields.
    pub endpoint: Endpoint,
    /// The vehicle's FIN.
    pub fin: Place,
    /// The calendar year, a number; `None` where its first and last day are asked for instead.
    pub year: Option<Place>,
    /// The first day of the calendar year, for services that ask for a period.
    pub start_date: Option<Place>,
    /// The last day of the calendar year, for services that ask for a period.
    pub end_date: Option<Place>,
    /// Where the parts of the answer stand.
    pub answer: SearchAnswerFields,
}

/// `bulk_search`: looks many FINs up in a calendar year.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkSearch {
    /// Method, path and fixed fields.
    pub endpoint: Endpoint,
    /// The list of FINs.
    pub fins: Place,
    /// The calendar year, a number; `None` where its first and last day are asked for instead.
    pub year: Option<Place>,
    /// The first day of the calendar year, for services that ask for a period.
    pub start_date: Option<Place>,
    /// The last day of the calendar year, for services that ask for a period.
    pub end_date: Option<Place>,
    /// Where the parts of the answer stand.
    pub answer: SearchAnswerFields,
}

/// The answer to `search` and `bulk_search`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchAnswerFields {
    /// Whether anything was found; `None` only where each FoundFin has its own boolean.
    pub found: Option<FieldPath>,
    /// What was found: a list of FoundFin, one of them, or null.
    pub fins: FieldPath,
}
