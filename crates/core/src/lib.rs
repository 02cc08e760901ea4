//! Pure rules of finkit: FIN, period, registration time, records, portfolio conflicts. No I/O, no clock, no async.

mod alphabet;
mod check_digit;
mod found;
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
pub use check_digit::{
    CheckDigitNote, CheckDigitStrength, german_check_digit, north_american_check_digit,
};
pub use found::{FoundEntry, FoundFin, UnknownVerdict, Verdict};
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
