//! Where secrets are kept that a person must not have to type twice: security codes, passwords.

use std::fmt;
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::origin::Origin;
use crate::private_file::{PrivateFile, PrivateFileError};
use crate::secret::Secret;

/// Which secret: what it is, of which account, and of which service. A secret stored for one origin is not found for
/// another, so that a changed address cannot draw it out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecretId {
    origin: Origin,
    kind: &'static str,
    account: String,
}

impl SecretId {
    /// The secret of this kind (`"security-code"`, `"password"`) of this account at this service.
    #[must_use]
    pub fn new(origin: Origin, kind: &'static str, account: impl Into<String>) -> Self {
        Self {
            origin,
            kind,
            account: account.into(),
        }
    }

    fn digest(&self) -> String {
        let text = format!("{}\n{}\n{}", self.origin, self.kind, self.account);
        digest(&SHA256, text.as_bytes())
            .as_ref()
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// Where a secret lies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In a file that only its owner may read.
    File(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(
                f,
                "the file {} (readable by its owner only)",
                path.display()
            ),
        }
    }
}

/// Why a secret cannot be kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretStoreError {
    /// There is one already, and it was not to be replaced.
    #[error("there is a {kind} for {origin} already")]
    Exists {
        /// What it is.
        kind: &'static str,
        /// Whose service it belongs to.
        origin: Origin,
    },
    /// The file is damaged or belongs to something else.
    #[error("{} does not hold the {kind} it should", path.display())]
    Damaged {
        /// What it should hold.
        kind: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be used.
    #[error("the {kind} cannot be kept or read")]
    File {
        /// What was to be kept.
        kind: &'static str,
        /// What is wrong.
        source: PrivateFileError,
    },
}

/// Secrets of a folder.
#[derive(Debug, Clone)]
pub struct SecretStore {
    folder: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    origin: String,
    kind: String,
    account: String,
    value: String,
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

impl SecretStore {
    /// Keeps secrets in files of this folder, which belongs to the store: its mode is set to 0700.
    #[must_use]
    pub fn files(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn file(&self, id: &SecretId) -> PrivateFile {
        PrivateFile::new(&self.folder, &format!("{}-{}.json", id.kind, id.digest()))
    }

    /// The secret and where it lies, or `None` when there is none.
    ///
    /// # Errors
    /// [`SecretStoreError`] when the file is damaged or others may read it.
    pub fn read(&self, id: &SecretId) -> Result<Option<(Secret, Place)>, SecretStoreError> {
        let file = self.file(id);
        let failed = |source| SecretStoreError::File {
            kind: id.kind,
            source,
        };
        let Some(bytes) = file.read().map_err(failed)? else {
            return Ok(None);
        };
        let damaged = || SecretStoreError::Damaged {
            kind: id.kind,
            path: file.path().to_owned(),
        };
        let stored: Stored = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        if stored.version != 1 || stored.origin != id.origin.to_string() || stored.kind != id.kind {
            return Err(damaged());
        }
        Ok(Some((
            Secret::new(stored.value.as_str()),
            Place::File(file.path().to_owned()),
        )))
    }

    /// Keeps a secret durably: when this returns, it survives a crash.
    ///
    /// # Errors
    /// [`SecretStoreError::Exists`] when there is one and `replace` is not set; other kinds when it cannot be written.
    pub fn write(
        &self,
        id: &SecretId,
        secret: &Secret,
        replace: bool,
    ) -> Result<Place, SecretStoreError> {
        let file = self.file(id);
        let failed = |source| SecretStoreError::File {
            kind: id.kind,
            source,
        };
        let mut lock = file.lock().map_err(failed)?;
        if !replace && file.read().map_err(failed)?.is_some() {
            return Err(SecretStoreError::Exists {
                kind: id.kind,
                origin: id.origin.clone(),
            });
        }
        let stored = Stored {
            version: 1,
            origin: id.origin.to_string(),
            kind: id.kind.to_owned(),
            account: id.account.clone(),
            value: secret.expose().to_owned(),
        };
        // Only maps with odd keys and failing writers make this fail, and there are neither.
        let bytes = Zeroizing::new(serde_json::to_vec(&stored).unwrap_or_default());
        lock.write(&bytes).map_err(failed)?;
        match self.read(id)? {
            Some((kept, place)) if kept.same_as(secret) => Ok(place),
            _ => Err(SecretStoreError::Damaged {
                kind: id.kind,
                path: file.path().to_owned(),
            }),
        }
    }

    /// Forgets a secret; says whether there was one.
    ///
    /// # Errors
    /// [`SecretStoreError`] when it cannot be removed.
    pub fn remove(&self, id: &SecretId) -> Result<bool, SecretStoreError> {
        let file = self.file(id);
        let failed = |source| SecretStoreError::File {
            kind: id.kind,
            source,
        };
        if !file.path().exists() {
            return Ok(false);
        }
        file.lock()
            .and_then(|mut lock| lock.remove())
            .map_err(failed)?;
        Ok(true)
    }
}
