//! Where tokens live between processes: the trait, and the vault in memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::token::entry::VaultEntry;

/// Keeps what is known about the tokens of accounts, for all processes that share it.
///
/// Reading needs no lock. Writing needs one, and whoever got it reads again before it acts: another process may have
/// done the work meanwhile.
#[async_trait]
pub trait TokenVault: fmt::Debug + Send + Sync + 'static {
    /// What is kept under this key.
    ///
    /// # Errors
    /// [`VaultError`] when it cannot be read, or must not be because others can read it too.
    async fn load(&self, key: &VaultKey) -> Result<Option<VaultEntry>, VaultError>;

    /// Tries once, without waiting, to become the only one who may write under this key; `None` when somebody else is.
    ///
    /// # Errors
    /// [`VaultError`] when the lock cannot be tried at all.
    async fn try_lock(&self, key: &VaultKey) -> Result<Option<Box<dyn VaultLock>>, VaultError>;
}

/// The right to write under one key. Dropping it gives it back, and so does the death of the process.
#[async_trait]
pub trait VaultLock: fmt::Debug + Send + Sync {
    /// Replaces what is kept, durably: afterwards every reader sees the old entry or the new one, whole.
    ///
    /// # Errors
    /// [`VaultError`] when it cannot be written; the old entry is still there then.
    async fn store(&mut self, entry: &VaultEntry) -> Result<(), VaultError>;
}

/// The name of an account in a vault: 32 hexadecimal digits that tell nothing about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VaultKey(String);

impl VaultKey {
    pub(crate) fn from_digest(digest: &[u8]) -> Self {
        Self(
            digest
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }

    /// The name as text, fit for a file name or a database key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a vault cannot serve.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct VaultError {
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl VaultError {
    /// An error with this one-line message.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
        }
    }

    /// Keeps the cause.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}

/// A vault that lives as long as the process; clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryVault(Arc<Mutex<HashMap<VaultKey, Slot>>>);

#[derive(Debug, Default)]
struct Slot {
    entry: Option<VaultEntry>,
    locked: bool,
}

impl MemoryVault {
    /// An empty vault.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, key: &VaultKey, use_slot: impl FnOnce(&mut Slot) -> T) -> T {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        use_slot(slots.entry(key.clone()).or_default())
    }
}

#[async_trait]
impl TokenVault for MemoryVault {
    async fn load(&self, key: &VaultKey) -> Result<Option<VaultEntry>, VaultError> {
        Ok(self.with(key, |slot| slot.entry.clone()))
    }

    async fn try_lock(&self, key: &VaultKey) -> Result<Option<Box<dyn VaultLock>>, VaultError> {
        let got = self.with(key, |slot| !std::mem::replace(&mut slot.locked, true));
        Ok(got.then(|| {
            Box::new(MemoryLock {
                vault: self.clone(),
                key: key.clone(),
            }) as Box<dyn VaultLock>
        }))
    }
}

#[derive(Debug)]
struct MemoryLock {
    vault: MemoryVault,
    key: VaultKey,
}

#[async_trait]
impl VaultLock for MemoryLock {
    async fn store(&mut self, entry: &VaultEntry) -> Result<(), VaultError> {
        self.vault
            .with(&self.key, |slot| slot.entry = Some(entry.clone()));
        Ok(())
    }
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.vault.with(&self.key, |slot| slot.locked = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_one_may_write_at_a_time() {
        let (vault, key) = (MemoryVault::new(), VaultKey::from_digest(&[1; 16]));
        let lock = vault.try_lock(&key).await.expect("works").expect("free");
        assert!(vault.clone().try_lock(&key).await.expect("works").is_none());
        assert!(
            vault
                .try_lock(&VaultKey::from_digest(&[2; 16]))
                .await
                .expect("works")
                .is_some()
        );
        drop(lock);
        assert!(vault.try_lock(&key).await.expect("works").is_some());
    }
}
