//! Codes, tokens and passwords: making them, and the forms in which they are kept.

use std::num::NonZeroU32;

use ring::rand::{SecureRandom as _, SystemRandom};
use ring::{digest, pbkdf2};

/// Enough to show how it is done, few enough for a test that logs in often.
const ROUNDS: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

/// The system gave no random bytes.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the system gives no random bytes")]
pub(super) struct NoRandom;

/// So many random bytes as hexadecimal digits.
pub(super) fn random_hex<const BYTES: usize>() -> Result<String, NoRandom> {
    let mut bytes = [0; BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandom)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What is kept of a token or a security code, which are random themselves and need no salt.
pub(super) fn fingerprint(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes())
        .as_ref()
        .to_vec()
}

/// What is kept of a password: salt and hash.
pub(super) struct PasswordHash {
    pub(super) salt: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

impl PasswordHash {
    pub(super) fn new(password: &str) -> Result<Self, NoRandom> {
        let mut salt = vec![0; 16];
        SystemRandom::new().fill(&mut salt).map_err(|_| NoRandom)?;
        let mut hash = vec![0; 32];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            ROUNDS,
            &salt,
            password.as_bytes(),
            &mut hash,
        );
        Ok(Self { salt, hash })
    }

    pub(super) fn verify(&self, password: &str) -> bool {
        pbkdf2::verify(
            pbkdf2::PBKDF2_HMAC_SHA256,
            ROUNDS,
            &self.salt,
            password.as_bytes(),
            &self.hash,
        )
        .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_kept_salted_and_recognised() {
        let first = PasswordHash::new("Grüße, Wien").unwrap();
        let second = PasswordHash::new("Grüße, Wien").unwrap();
        assert_ne!(first.hash, second.hash);
        assert!(first.verify("Grüße, Wien") && second.verify("Grüße, Wien"));
        assert!(!first.verify("Grüsse, Wien"));
    }

    #[test]
    fn random_texts_are_as_long_as_asked_and_differ() {
        let (one, two) = (random_hex::<16>().unwrap(), random_hex::<16>().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, two);
    }
}
