//! The rules of finkit, pure: what a FIN, a period and a registration time are,
//! how records of one list conflict, what the service's answers mean, and which
//! way a record goes from the list to the service.
//!
//! Nothing here reads a file, a clock, the environment or the network, and
//! nothing is async: time enters as an argument.
//!
//! ```
//! use finkit_core::{FinRecord, Period, RegisteredAt, Vin, ZoneRule, conflicts};
//!
//! // Lower case and outer white space are normalised silently, separators with a notice.
//! let parsed = Vin::parse(" wvw-zzz-e1z-mp-000001 ")?;
//! assert_eq!(parsed.vin.as_str(), "WVWZZZE1ZMP000001");
//! assert_eq!(parsed.notices.len(), 1);
//!
//! // A letter that no FIN contains is never rewritten, but answered with a proposal.
//! let error = Vin::parse("WVWZZZE1ZMPO00001").unwrap_err();
//! assert_eq!(error.to_string(), "not a FIN (WVW…0001): letter O at position 12, perhaps 0");
//! assert_eq!(error.proposal(), Some("WVWZZZE1ZMP000001"));
//!
//! let record = |period: &str| -> Result<FinRecord, Box<dyn std::error::Error>> {
//!     Ok(FinRecord {
//!         fin: parsed.vin,
//!         period: period.parse::<Period>()?,
//!         registered_at: RegisteredAt::parse("2026-01-15 10:22", ZoneRule::Vienna)?,
//!     })
//! };
//! let list = [(2, record("2026-01-01/2026-06-30")?), (3, record("2026-06-30/2026-12-31")?)];
//! let conflict = conflicts(&list).conflicts[0];
//! assert_eq!((conflict.first_row, conflict.second_row), (2, 3));
//! assert_eq!(conflict.shared().days(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is where
//!
//! - [`Vin`], [`PackedVin`], [`mask`]: the FIN, its compact and its masked form;
//!   [`VinFault`] and [`VinNotice`] are data from which any language can be written.
//! - [`Period`], [`RegisteredAt`], [`ReportedTime`], [`ZoneRule`]: days and moments.
//! - [`FinRecord`], [`FoundFin`], [`Verdict`]: what is entered, what is found, what it means.
//! - [`conflicts`], [`PortfolioIndex`]: duplicates and overlaps within a list.
//! - [`RecordState`], [`transition`]: the life of a record, as ledgers keep it.
//! - [`Participant`], [`Usage`]: who may do what, and what it costs.
//! - [`FinfoArticleId`], [`FinfoSupplierId`], [`Gtin`]: what Finfo knows articles by;
//!   [`ApiVersion`]: what its versions promise, and what a period of changes means in each.
//!
//! # What is not here
//!
//! No table of makers and no reading of model year or plant: European makers are
//! free in all of these, so they prove nothing. Chassis numbers from before the
//! standard, which may be shorter than 17 characters, are refused.
//!
//! # Features
//!
//! `serde`: serialisation of the domain types. Identifiers, periods and times are
//! their `Display` text and are checked again when read.

mod alphabet;
mod api_version;
mod check_digit;
mod finfo_id;
mod found;
mod gtin;
mod iso;
mod mask;
mod moment;
mod packed;
mod participant;
mod period;
mod portfolio;
mod record;
mod registered_at;
#[cfg(feature = "serde")]
mod serde_impls;
mod state;
mod usage;
mod vin;
mod vin_fault;
mod vin_input;
mod zone;

pub use alphabet::Alphabet;
pub use api_version::{
    ApiVersion, ApiVersionError, ChangeLimit, ChangeLimitError, ChangeWindow, Upgrade, WindowEnd,
};
pub use check_digit::{
    CheckDigitNote, CheckDigitStrength, german_check_digit, north_american_check_digit,
};
pub use finfo_id::{FinfoArticleId, FinfoArticleIdError, FinfoSupplierId, FinfoSupplierIdError};
pub use found::{FoundEntry, FoundFin, UnknownVerdict, Verdict};
pub use gtin::{Gtin, GtinFault};
pub use mask::{MaskedVin, mask};
pub use moment::{MILLISECONDS_ABOVE, RegisteredAtError, RegisteredAtFault};
pub use packed::PackedVin;
pub use participant::{Participant, UnknownParticipant};
pub use period::{Period, PeriodEnd, PeriodError, PeriodFault, SANE_YEARS};
pub use portfolio::{
    Conflict, ConflictKind, Conflicts, DisjointPeriods, Portfolio, PortfolioIndex, YearPart,
    conflicts, conflicts_up_to,
};
pub use record::FinRecord;
pub use registered_at::{RegisteredAt, ReportedTime};
pub use state::{IllegalTransition, RecordEvent, RecordState, UnknownRecordName, transition};
pub use usage::{Count, Usage};
pub use vin::{Placeholder, Vin};
pub use vin_fault::{VinError, VinFault};
pub use vin_input::{ParsedVin, Separator, VinNotice};
pub use zone::{LocalTime, ZoneRule, ZoneRuleError};
