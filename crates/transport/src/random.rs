//! Randomness, injected: jitter for waiting, bytes for salts and names of temporary files.

use std::fmt;

use ring::rand::SecureRandom as _;

/// A source of random numbers.
pub trait Random: fmt::Debug + Send + Sync + 'static {
    /// A number from 0 (inclusive) to 1 (exclusive).
    fn fraction(&self) -> f64;
    /// Random bytes that nobody can guess.
    fn bytes(&self) -> [u8; 16];
}

/// The random source of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fraction(&self) -> f64 {
        let bits = u128::from_le_bytes(self.bytes()) >> (128 - 53);
        // 53 bits fill the mantissa of an f64 exactly, so that 1.0 is never reached.
        bits as f64 / (1_u64 << 53) as f64
    }

    fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // The source fails only where the operating system has none at all; jitter and temporary names survive zeros.
        let _ = ring::rand::SystemRandom::new().fill(&mut bytes);
        bytes
    }
}

/// A source for tests that always gives the same number.
#[derive(Debug, Clone, Copy)]
pub struct FixedRandom(
    /// The number given, from 0 (inclusive) to 1 (exclusive).
    pub f64,
);

impl Random for FixedRandom {
    fn fraction(&self) -> f64 {
        self.0
    }

    fn bytes(&self) -> [u8; 16] {
        [7; 16]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_stay_below_one_and_differ() {
        let drawn: Vec<f64> = (0..1_000).map(|_| SystemRandom.fraction()).collect();
        assert!(drawn.iter().all(|fraction| (0.0..1.0).contains(fraction)));
        assert!(
            drawn.iter().any(|fraction| *fraction > 0.9)
                && drawn.iter().any(|fraction| *fraction < 0.1)
        );
        assert_ne!(SystemRandom.bytes(), SystemRandom.bytes());
    }
}
