//! Suppliers: those that the service lists, and what a catalogue remembers of them.

use chrono::{DateTime, Utc};
use finkit_core::FinfoSupplierId;

/// A supplier of the service's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSupplier {
    /// Its number.
    pub id: FinfoSupplierId,
    /// Its name, if the list has one.
    pub name: Option<String>,
    /// The element of the list as it came.
    pub json: String,
}

/// A supplier that a catalogue knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownSupplier {
    /// Its number.
    pub id: FinfoSupplierId,
    /// Its name, if the list ever had one.
    pub name: Option<String>,
    /// The element of the list as it last came.
    pub json: String,
    /// When it was first listed.
    pub first_listed: DateTime<Utc>,
    /// When it was last listed.
    pub last_listed: DateTime<Utc>,
    /// Since when it is no longer listed. Its rows are kept.
    pub gone_since: Option<DateTime<Utc>>,
}

/// How a list differs from the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SupplierNews {
    /// Listed for the first time.
    pub appeared: Vec<FinfoSupplierId>,
    /// Listed again after having gone.
    pub back: Vec<FinfoSupplierId>,
    /// No longer listed, since this list.
    pub gone: Vec<FinfoSupplierId>,
}
