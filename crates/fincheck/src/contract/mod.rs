//! The contract: how FINcheck's operations look on the wire, as data.
//!
//! Paths, methods, field names, the place of flags and codes, and date formats belong here; no request is built and no answer is read here.
//! The built-in contract ([`Contract::assumed`]) is the file [`ASSUMED`]; any part of it can be replaced with [`Contract::from_toml`].
//!
//! ```
//! use finkit_fincheck::contract::Contract;
//!
//! let contract = Contract::from_toml(
//!     r#"
//!     name = "fincheck/our-region"
//!     [record]
//!     fin = "fahrgestellnummer"
//!     [search]
//!     method = "GET"
//!     fin = "query:fahrgestellnummer"
//!     year = "query:jahr"
//!     "#,
//! )?;
//! assert_eq!(contract.record.fin.to_string(), "fahrgestellnummer");
//! assert_eq!(contract.create, Contract::assumed().create);
//! # Ok::<(), finkit_fincheck::contract::ContractErrors>(())
//! ```

mod check;
mod fault;
mod operations;
mod place;
mod read;
mod schema;
mod setting;
mod write;

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use chrono::NaiveDate;

pub use fault::{ContractErrors, ContractFault};
pub use operations::{
    BulkCreate, BulkSearch, Create, Delete, DeleteAnswerFields, Endpoint, EntryAnswerFields,
    Register, RegisterAnswerFields, Search, SearchAnswerFields, Token, TokenAnswerFields,
};
pub use place::{FieldPath, Place, PlaceError, RecordPlace};
pub use setting::{Constant, DatabaseZone, DateFormat, EntryLayout, TimeFormat};

/// The built-in contract as the commented TOML file that a user can copy and change.
pub const ASSUMED: &str = include_str!("assumed.toml");

/// How the service's operations look on the wire.
///
/// Operations that the service does not offer are `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contract {
    /// What this contract is called in messages and reports.
    pub name: String,
    /// The OpenAPI document that the contract was derived from, if it was.
    pub document: DocumentMark,
    /// How dates and times are written.
    pub format: Formats,
    /// The fields of one record in a request.
    pub record: RecordFields,
    /// The fields of one record in the lists of created and failed records of an answer.
    pub answer_record: AnswerRecordFields,
    /// The fields of what the service tells about the entries of one FIN.
    pub found_fin: FoundFinFields,
    /// Account creation.
    pub register: Option<Register>,
    /// The token endpoint.
    pub token: Option<Token>,
    /// Entry of one record; billed.
    pub create: Option<Create>,
    /// Entry of many records; billed.
    pub bulk_create: Option<BulkCreate>,
    /// Removal of a record.
    pub delete: Option<Delete>,
    /// Look-up of one FIN in a calendar year; billed.
    pub search: Option<Search>,
    /// Look-up of many FINs in a calendar year; billed.
    pub bulk_search: Option<BulkSearch>,
}

/// The OpenAPI document that a contract was derived from. A contract that was written by hand has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DocumentMark {
    /// Where it is offered; `None` when it was read from a file.
    pub address: Option<String>,
    /// The mark of the part in use, as [`openapi::mark`](crate::openapi::mark) makes it.
    pub digest: Option<String>,
    /// The day on which the contract was derived from it.
    pub date: Option<NaiveDate>,
}

/// How dates and times are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Formats {
    /// How the moment of registration is sent.
    pub registration_date: TimeFormat,
    /// How start and end of a period are sent.
    pub date: DateFormat,
    /// The local time that the database means when it reports a time without an offset.
    pub database_zone: DatabaseZone,
}

/// The fields of one record in a request. In a query or a form the path's text is the parameter's name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordFields {
    /// The vehicle's FIN.
    pub fin: FieldPath,
    /// First day of the period.
    pub start_date: FieldPath,
    /// Last day of the period.
    pub end_date: FieldPath,
    /// When the agreement with the registered keeper was concluded.
    pub registration_date: FieldPath,
}

/// The fields of one record in an answer. What is `None` is not reported and takes no part in telling records apart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnswerRecordFields {
    /// The vehicle's FIN; the item itself (`.`) when the list holds bare FINs.
    pub fin: FieldPath,
    /// First day of the period.
    pub start_date: Option<FieldPath>,
    /// Last day of the period.
    pub end_date: Option<FieldPath>,
    /// Moment of registration.
    pub registration_date: Option<FieldPath>,
    /// Why the record was not entered.
    pub reason: Option<FieldPath>,
}

/// The fields of what the service tells about the entries of one FIN (its `FoundFin`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundFinFields {
    /// The FIN; `None` where only one FIN can be meant.
    pub fin: Option<FieldPath>,
    /// How many entries there are.
    pub count: Option<FieldPath>,
    /// The list of entries; the object itself (`.`) when it is its only entry. In columns, the object that holds the lists.
    pub entries: FieldPath,
    /// Whether each entry is an object, or each field of the entries a list.
    pub layout: EntryLayout,
    /// The boolean of this FIN, for services that have one per FIN.
    pub found: Option<FieldPath>,
    /// The fields of one entry.
    pub entry: EntryFields,
}

/// The fields of one entry that the service reports.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryFields {
    /// First day of the period.
    pub start_date: FieldPath,
    /// Last day of the period.
    pub end_date: FieldPath,
    /// Moment of registration.
    pub registration_date: FieldPath,
}

impl Contract {
    /// The contract that is assumed until the service's own documentation says otherwise.
    ///
    /// Its names follow the operator's guide (<https://www.fincheck.at/api>) where the guide gives them.
    pub fn assumed() -> Self {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        CONTRACT.get_or_init(read::assumed).clone()
    }

    /// Reads a contract file; what it does not name stays as assumed.
    ///
    /// # Errors
    /// All faults of the file at once, each with the path of its key and its line: TOML that cannot be read, unknown keys,
    /// values of the wrong kind, and places that contradict each other.
    pub fn from_toml(text: &str) -> Result<Self, ContractErrors> {
        let mut contract = Self::assumed();
        let mut faults = read::apply(&mut contract, text);
        if faults.is_empty() {
            faults = check::faults(&contract);
        }
        ContractErrors::check(faults)?;
        Ok(contract)
    }

    /// Checks a contract that was put together in code, as [`Contract::from_toml`] checks a file.
    ///
    /// # Errors
    /// All contradictions at once.
    pub fn check(&self) -> Result<(), ContractErrors> {
        ContractErrors::check(check::faults(self))
    }

    /// The whole contract as a TOML file, which [`Contract::from_toml`] reads back to an equal contract.
    pub fn to_toml(&self) -> String {
        write::toml(self)
    }
}

impl Default for Contract {
    fn default() -> Self {
        Self::assumed()
    }
}

impl fmt::Display for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_toml())
    }
}

impl FromStr for Contract {
    type Err = ContractErrors;

    fn from_str(text: &str) -> Result<Self, ContractErrors> {
        Self::from_toml(text)
    }
}

impl serde::Serialize for Contract {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let table: toml::Table = self.to_toml().parse().map_err(serde::ser::Error::custom)?;
        table.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Contract {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = toml::Table::deserialize(deserializer)?;
        Self::from_toml(&table.to_string()).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
