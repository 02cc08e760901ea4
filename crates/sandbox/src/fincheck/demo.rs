//! Made-up vehicles, and the entries that another company has made for some of them.
//!
//! The same vehicles stand in the sample list `tests/data/fleet.csv` of this repository, so that the list collides with these entries.
//! No FIN here belongs to a car: they have the shape of e-vehicles' FINs and serial numbers from 000001 upwards.

use finkit_core::{FinRecord, Participant, Period, RegisteredAt, Vin, north_american_check_digit};

use super::State;
use crate::SandboxError;

/// The user name of the other company.
pub const OTHER_COMPANY: &str = "beispiel-quote";

/// The calendar year of the sample list and of the other company's entries.
pub const YEAR: i32 = 2026;

/// Makers and models: the first eleven characters of a FIN. In those of North America and China the ninth gives way to the check digit.
const MODELS: [&str; 15] = [
    "WVWZZZE1ZMP",
    "TMBJB9NY5MF",
    "WBY21CF090C",
    "VF1AG000164",
    "KNACC81GFM5",
    "W1N2938901F",
    "YSMVSEDE5ML",
    "LSJW74090MZ",
    "ZFAEFAC42MX",
    "WAUZZZGE1MB",
    "VR3UHZKXZMT",
    "XP7YGCEE7PB",
    "LRW3E7FA0MC",
    "5YJ3E7EB0KF",
    "7SAYGDEE0NF",
];

/// The made-up FIN with this serial number (1 to 999,999).
///
/// ```
/// use finkit_sandbox::fincheck::demo;
/// assert_eq!(demo::fin(1).unwrap().to_string(), "WVWZZZE1ZMP000001");
/// assert_eq!(demo::fin(13).unwrap().check_digit_note(), None);
/// assert_eq!(demo::fin(0), None);
/// ```
pub fn fin(serial: u32) -> Option<Vin> {
    if !(1..=999_999).contains(&serial) {
        return None;
    }
    let model = MODELS[(serial as usize - 1) % MODELS.len()];
    let plain: Vin = format!("{model}{serial:06}").parse().ok()?;
    if !plain.as_str().starts_with(['5', '7', 'L']) {
        return Some(plain);
    }
    let mut bytes = *plain.as_bytes();
    bytes[8] = u8::try_from(north_american_check_digit(&plain)).ok()?;
    Vin::from_bytes(bytes)
}

/// Serial, first and last day, registration of the other company's entries. The first eight meet the sample list, the rest stand alone.
const ENTRIES: [(u32, &str, &str); 12] = [
    (11, "2026-01-01/2026-12-31", "2025-12-02T09:14:05+01:00"),
    (27, "2026-01-01/2026-06-30", "2025-12-09T16:40:51+01:00"),
    (42, "2026-03-15/2026-12-31", "2026-03-11T08:02:17+01:00"),
    (58, "2026-01-01/2026-12-31", "2026-01-07T11:55:30+01:00"),
    (73, "2026-07-01/2026-12-31", "2026-06-22T14:21:09+02:00"),
    (89, "2026-01-01/2026-12-31", "2026-01-19T10:08:44+01:00"),
    // Ends on the day before the vehicle of the list begins: no collision.
    (104, "2026-01-01/2026-05-31", "2026-01-05T13:37:00+01:00"),
    // The year before: no collision.
    (120, "2025-01-01/2025-12-31", "2025-01-14T07:45:12+01:00"),
    (901, "2026-01-01/2026-12-31", "2025-11-28T15:03:26+01:00"),
    (902, "2026-02-01/2026-12-31", "2026-01-30T09:59:59+01:00"),
    (903, "2026-01-01/2026-08-31", "2026-01-02T12:00:00+01:00"),
    (904, "2026-04-01/2026-12-31", "2026-03-31T17:28:33+02:00"),
];

/// The entries of the other company.
///
/// ```
/// let entries = finkit_sandbox::fincheck::demo::entries();
/// assert_eq!(entries.len(), 12);
/// ```
pub fn entries() -> Vec<FinRecord> {
    ENTRIES
        .iter()
        .filter_map(|(serial, period, registered_at)| {
            Some(FinRecord {
                fin: fin(*serial)?,
                period: period.parse::<Period>().ok()?,
                registered_at: registered_at.parse::<RegisteredAt>().ok()?,
            })
        })
        .collect()
}

/// Makes the other company with its entries, unless it is there already.
pub(super) fn plant(state: &State) -> Result<(), SandboxError> {
    let password = super::secrets::random_hex::<16>().map_err(|_| SandboxError::NoRandom)?;
    let made = state.enrol(Participant::Standard, false, OTHER_COMPANY, &password)?;
    if made.is_some() {
        state.plant(OTHER_COMPANY, &entries())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_entries_are_sound_and_of_different_vehicles() {
        let entries = entries();
        assert_eq!(entries.len(), ENTRIES.len());
        let fins: std::collections::BTreeSet<_> = entries.iter().map(|entry| entry.fin).collect();
        assert_eq!(fins.len(), entries.len());
    }

    #[test]
    fn made_up_fins_are_clean_wherever_a_check_digit_is_the_rule() {
        for serial in 1..=300 {
            let fin = fin(serial).unwrap();
            assert!(fin.as_str().ends_with(&format!("{serial:06}")));
            let strong = fin
                .check_digit_note()
                .is_some_and(|note| note.strength == finkit_core::CheckDigitStrength::Strong);
            assert!(!strong, "{serial}");
        }
    }
}
