//! A FIN in eleven bytes, for tables of millions of records.

use std::fmt;

use crate::alphabet::{ALPHABET, NOT_ALLOWED, RANK};
use crate::vin::Vin;

/// Characters of the upper limb.
const UPPER: usize = 8;
/// Bits of the lower limb, which holds nine characters: 33⁹ < 2⁴⁶.
const LOWER_BITS: u32 = 46;
/// How many values the upper limb takes: 33⁸.
const UPPER_VALUES: u64 = 33u64.pow(8);
/// How many values the lower limb takes: 33⁹.
const LOWER_VALUES: u64 = 33u64.pow(9);

/// A FIN packed into eleven bytes, in the order of the FINs.
///
/// The ranks of the characters in the alphabet of 33 are digits of base 33: the
/// first eight make one limb of 41 bits, the other nine one of 46 bits, both
/// stored big-endian one behind the other. So comparing bytes compares FINs.
///
/// ```
/// use finkit_core::{PackedVin, Vin};
///
/// let vin: Vin = "WVWZZZE1ZMP000001".parse()?;
/// let packed = PackedVin::pack(&vin);
/// assert_eq!(size_of_val(&packed), 11);
/// assert_eq!(packed.unpack(), vin);
/// # Ok::<(), finkit_core::VinError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackedVin([u8; 11]);

impl PackedVin {
    /// Packs a FIN.
    #[must_use]
    #[inline]
    pub fn pack(vin: &Vin) -> Self {
        let bytes = vin.as_bytes();
        Self::from_limbs(limb(&bytes[..UPPER]), limb(&bytes[UPPER..]))
    }

    /// Checks and packs raw bytes in one pass, lower case accepted; `None` when they are no FIN.
    ///
    /// ```
    /// use finkit_core::{PackedVin, Vin};
    ///
    /// let packed = PackedVin::from_ascii(b"wvwzzze1zmp000001").expect("a FIN");
    /// assert_eq!(packed.unpack().as_str(), "WVWZZZE1ZMP000001");
    /// assert_eq!(PackedVin::from_ascii(b"WVWZZZE1ZMPO00001"), None);
    /// ```
    #[must_use]
    #[inline]
    pub fn from_ascii(bytes: &[u8; 17]) -> Option<Self> {
        let mut worst = 0;
        let mut limbs = [0u64; 2];
        for (index, &byte) in bytes.iter().enumerate() {
            let rank = FOLDED_RANK[usize::from(byte)];
            worst = worst.max(rank);
            let limb = &mut limbs[usize::from(index >= UPPER)];
            *limb = limb.wrapping_mul(33).wrapping_add(u64::from(rank));
        }
        (worst != NOT_ALLOWED).then(|| Self::from_limbs(limbs[0], limbs[1]))
    }

    /// The FIN.
    #[must_use]
    pub fn unpack(self) -> Vin {
        let (mut upper, mut lower) = self.limbs();
        let mut bytes = [0; 17];
        for byte in bytes[UPPER..].iter_mut().rev() {
            *byte = ALPHABET[(lower % 33) as usize];
            lower /= 33;
        }
        for byte in bytes[..UPPER].iter_mut().rev() {
            *byte = ALPHABET[(upper % 33) as usize];
            upper /= 33;
        }
        Vin::from_bytes(bytes).expect("every rank names an allowed character")
    }

    /// The eleven bytes.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8; 11] {
        &self.0
    }

    /// Takes eleven bytes that [`as_bytes`](Self::as_bytes) gave; `None` when they stand for no FIN.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 11]) -> Option<Self> {
        let packed = Self(bytes);
        let (upper, lower) = packed.limbs();
        (upper < UPPER_VALUES && lower < LOWER_VALUES).then_some(packed)
    }

    /// The same as one number of 87 bits, in the order of the FINs.
    #[must_use]
    #[inline]
    pub fn to_u128(self) -> u128 {
        let mut wide = [0; 16];
        wide[5..].copy_from_slice(&self.0);
        u128::from_be_bytes(wide)
    }

    #[inline]
    fn from_limbs(upper: u64, lower: u64) -> Self {
        let wide = ((u128::from(upper) << LOWER_BITS) | u128::from(lower)).to_be_bytes();
        let mut bytes = [0; 11];
        bytes.copy_from_slice(&wide[5..]);
        Self(bytes)
    }

    #[inline]
    fn limbs(self) -> (u64, u64) {
        let wide = self.to_u128();
        (
            (wide >> LOWER_BITS) as u64,
            (wide as u64) & ((1 << LOWER_BITS) - 1),
        )
    }
}

/// [`RANK`] with lower-case letters ranked as their capitals.
const FOLDED_RANK: [u8; 256] = {
    let mut table = RANK;
    let mut letter = b'a';
    while letter <= b'z' {
        table[letter as usize] = RANK[letter.to_ascii_uppercase() as usize];
        letter += 1;
    }
    table
};

#[inline]
fn limb(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |limb, &byte| {
        limb * 33 + u64::from(RANK[usize::from(byte)])
    })
}

impl From<Vin> for PackedVin {
    fn from(vin: Vin) -> Self {
        Self::pack(&vin)
    }
}

impl From<PackedVin> for Vin {
    fn from(packed: PackedVin) -> Self {
        packed.unpack()
    }
}

impl fmt::Debug for PackedVin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackedVin({})", self.unpack().masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(text: &str) -> PackedVin {
        PackedVin::pack(&text.parse().expect("a FIN"))
    }

    #[test]
    fn smallest_and_largest_fin_mark_the_ends() {
        assert_eq!(packed("00000000000000000").as_bytes(), &[0; 11]);
        let largest = packed("ZZZZZZZZZZZZZZZZZ");
        assert_eq!(largest.limbs(), (UPPER_VALUES - 1, LOWER_VALUES - 1));
        assert_eq!(largest.unpack().as_str(), "ZZZZZZZZZZZZZZZZZ");
        assert!(largest.to_u128() < 1 << 87);
    }

    #[test]
    fn bytes_that_stand_for_no_fin_are_refused() {
        assert_eq!(PackedVin::from_bytes([0xFF; 11]), None);
        let lower_too_large = ((1u128 << LOWER_BITS) - 1).to_be_bytes();
        let mut bytes = [0; 11];
        bytes.copy_from_slice(&lower_too_large[5..]);
        assert_eq!(PackedVin::from_bytes(bytes), None);
        let good = packed("WVWZZZE1ZMP000001");
        assert_eq!(PackedVin::from_bytes(*good.as_bytes()), Some(good));
    }

    #[test]
    fn debug_is_masked() {
        assert_eq!(
            format!("{:?}", packed("WVWZZZE1ZMP000001")),
            "PackedVin(WVW…0001)"
        );
    }
}
