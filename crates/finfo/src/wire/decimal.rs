//! Exact decimal numbers: what a price is on the wire, digit for digit.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// Most digits a number may have, leading zeros not counted.
const MAX_DIGITS: usize = 38;
/// Most digits behind the point.
const MAX_SCALE: i64 = 38;

/// An exact decimal number of up to 38 digits.
///
/// Read from the text of the answer, never through a float, and written with the digits it had: `10.50` stays
/// `10.50`, and yet equals `10.5`. There is no arithmetic; whoever calculates turns it into the type of their choice
/// with [`coefficient`](Self::coefficient) and [`scale`](Self::scale).
///
/// ```
/// use finkit_finfo::wire::Decimal;
///
/// let price: Decimal = "19.90".parse()?;
/// assert_eq!((price.coefficient(), price.scale()), (1990, 2));
/// assert_eq!(price, "19.9".parse()?);
/// assert_eq!(price.to_string(), "19.90");
/// # Ok::<(), finkit_finfo::wire::DecimalError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Decimal {
    coefficient: i128,
    scale: u8,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self {
        coefficient: 0,
        scale: 0,
    };

    /// All digits as one integer: the number times ten to the power of [`scale`](Self::scale).
    #[must_use]
    pub fn coefficient(self) -> i128 {
        self.coefficient
    }

    /// How many of the digits stand behind the point.
    #[must_use]
    pub fn scale(self) -> u8 {
        self.scale
    }

    /// Whether this is zero, with whatever digits.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.coefficient == 0
    }

    /// The same number without zeros at the end of its fraction.
    #[must_use]
    pub fn normalised(mut self) -> Self {
        while self.scale > 0 && self.coefficient % 10 == 0 {
            self.coefficient /= 10;
            self.scale -= 1;
        }
        self
    }

    /// The number in JSON's spelling.
    fn read(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let mut coefficient: i128 = 0;
        let mut digits = 0;
        let mut seen = false;
        let mut scale: i64 = 0;
        let mut point = false;
        let mut bytes = rest.iter();
        let mut exponent = 0;
        while let Some(byte) = bytes.next() {
            match byte {
                b'0'..=b'9' => {
                    seen = true;
                    if coefficient != 0 || *byte != b'0' {
                        digits += 1;
                        if digits > MAX_DIGITS {
                            return None;
                        }
                    }
                    coefficient = coefficient * 10 + i128::from(byte - b'0');
                    scale += i64::from(point);
                }
                // A comma is how the portal and the files write it.
                b'.' | b',' if !point => point = true,
                b'e' | b'E' => {
                    exponent = exponent_of(bytes.as_slice())?;
                    break;
                }
                _ => return None,
            }
        }
        if !seen {
            return None;
        }
        scale -= exponent;
        while scale < 0 {
            coefficient = coefficient.checked_mul(10)?;
            scale += 1;
        }
        if scale > MAX_SCALE || coefficient > 10_i128.pow(38) - 1 {
            return None;
        }
        Some(Self {
            coefficient: if negative { -coefficient } else { coefficient },
            // At most 38.
            scale: scale as u8,
        })
    }
}

fn exponent_of(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    // Three digits are more than any number of 38 digits needs; more of them would only take time.
    if digits.is_empty() || digits.len() > 3 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits
        .iter()
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(if negative { -value } else { value })
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        Self::read(text.trim_ascii()).ok_or(DecimalError(()))
    }
}

/// A text that is no decimal number of up to 38 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number of up to 38 digits")]
pub struct DecimalError(());

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.coefficient.unsigned_abs().to_string();
        let scale = usize::from(self.scale);
        let text = if scale == 0 {
            digits
        } else {
            let digits = format!("{digits:0>width$}", width = scale + 1);
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            format!("{whole}.{fraction}")
        };
        f.pad_integral(self.coefficient >= 0, "", &text)
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.scale == other.scale {
            return self.coefficient.cmp(&other.coefficient);
        }
        // Scaled up, the one with fewer digits behind the point either fits or is larger than anything that does.
        let lift = |number: &Self, by: u8| {
            10_i128
                .checked_pow(u32::from(by))
                .and_then(|power| number.coefficient.checked_mul(power))
        };
        if self.scale < other.scale {
            match lift(self, other.scale - self.scale) {
                Some(lifted) => lifted.cmp(&other.coefficient),
                None => self.coefficient.cmp(&0),
            }
        } else {
            other.cmp(self).reverse()
        }
    }
}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let number = self.normalised();
        (number.coefficient, number.scale).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().expect(text)
    }

    #[test]
    fn digits_stay_as_they_were_written() {
        for text in [
            "0",
            "19.99",
            "10.50",
            "0.10",
            "1000000000000000000000000000000000000",
            "-3.5",
        ] {
            assert_eq!(decimal(text).to_string(), text);
        }
        assert_eq!(decimal("99999999999999999999999999999999999999").scale(), 0);
    }

    #[test]
    fn sums_that_floats_get_wrong_are_exact() {
        assert_eq!(decimal("19.99").coefficient(), 1999);
        assert_eq!(decimal("1e-7").to_string(), "0.0000001");
        assert_eq!(
            decimal("0.1").coefficient() + decimal("0.2").coefficient(),
            decimal("0.3").coefficient()
        );
        assert_eq!(decimal("9007199254740993").to_string(), "9007199254740993");
    }

    #[test]
    fn exponents_commas_and_signs_are_read() {
        assert_eq!(decimal("1.5e3"), decimal("1500"));
        assert_eq!(decimal("1.5E+3"), decimal("1500"));
        assert_eq!(decimal("12,50").to_string(), "12.50");
        assert_eq!(decimal("-0"), Decimal::ZERO);
        assert_eq!(decimal("+4.2"), decimal("4.2"));
        assert_eq!(decimal(".5"), decimal("0.5"));
    }

    #[test]
    fn what_is_no_number_or_too_long_is_refused() {
        for other in [
            "",
            "-",
            ".",
            "e5",
            "1e",
            "1.2.3",
            "1,2,3",
            "1 000",
            "NaN",
            "1e400",
            "1e9999999999",
            "1e38",
            "1e-39",
            "0x10",
            "999999999999999999999999999999999999999",
        ] {
            assert!(other.parse::<Decimal>().is_err(), "{other}");
        }
    }

    #[test]
    fn equal_numbers_are_equal_whatever_their_digits() {
        assert_eq!(decimal("10.50"), decimal("10.5"));
        assert!(decimal("10.51") > decimal("10.5") && decimal("-1.1") < decimal("-1.09"));
        let large = decimal("99999999999999999999999999999999999999");
        let small = decimal("0.00000000000000000000000000000000000001");
        assert!(large > small && decimal("-1e37") < small);
        let hash = |number: Decimal| {
            use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
            BuildHasherDefault::<DefaultHasher>::default().hash_one(number)
        };
        assert_eq!(hash(decimal("10.50")), hash(decimal("10.5")));
    }
}
