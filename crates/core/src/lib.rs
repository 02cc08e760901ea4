//! Pure rules of finkit: FIN, period, registration time, records, portfolio conflicts. No I/O, no clock, no async.

mod alphabet;
mod check_digit;
mod mask;
mod packed;
mod vin;
mod vin_fault;
mod vin_input;

pub use alphabet::Alphabet;
pub use check_digit::{
    CheckDigitNote, CheckDigitStrength, german_check_digit, north_american_check_digit,
};
pub use mask::{MaskedVin, mask};
pub use packed::PackedVin;
pub use vin::{Placeholder, Vin};
pub use vin_fault::{VinError, VinFault};
pub use vin_input::{ParsedVin, Separator, VinNotice};
