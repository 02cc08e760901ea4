//! Where secrets are kept that a person must not have to type twice: security codes, passwords.
//!
//! The keyring of the operating system is first choice, a file that only its owner may read the second, and the store
//! always says which it was.

use std::fmt;
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::origin::Origin;
use crate::os_keyring::{KeyringFault, Patient};
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

    /// The name of the secret in a keyring, as a person finds it there.
    fn service(&self) -> String {
        format!("finkit {} for {}", self.kind, self.origin)
    }
}

/// Where a secret lies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In the keyring of the operating system.
    Keyring,
    /// In a file that only its owner may read.
    File {
        /// The file.
        path: PathBuf,
        /// Why not in the keyring, if it was asked.
        instead: Option<KeyringFault>,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyring => f.write_str("the keyring of the operating system"),
            Self::File { path, instead } => {
                write!(
                    f,
                    "the file {}, not encrypted, readable by its owner only",
                    path.display()
                )?;
                instead
                    .as_ref()
                    .map_or(Ok(()), |fault| write!(f, " ({fault})"))
            }
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
    /// What is kept is damaged or belongs to something else.
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
    /// The secret may be in the keyring, which does not give it.
    #[error("the {kind} may be in the keyring; unlock it")]
    Keyring {
        /// What was to be read.
        kind: &'static str,
        /// What is wrong.
        source: KeyringFault,
    },
}

/// Secrets in the keyring and in files of one folder.
///
/// ```
/// use finkit_transport::{Origin, Secret, SecretId, SecretStore};
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path().join("secrets");
/// let store = SecretStore::files(folder);
/// let id = SecretId::new(Origin::of(&"https://api.example.test".parse()?)?, "security-code", "acme");
/// let place = store.write(&id, &Secret::new("the code"), false)?;
/// assert!(place.to_string().starts_with("the file "));
/// let (code, _) = store.read(&id)?.expect("just written");
/// assert_eq!(code.expose(), "the code");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SecretStore {
    folder: PathBuf,
    keyring: Option<Patient>,
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
    /// Keeps secrets in the keyring where there is one that answers within three seconds, else in files of this folder.
    /// Without the feature `keyring` the same as [`SecretStore::files`].
    #[must_use]
    pub fn system(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            keyring: Patient::system(),
        }
    }

    /// Keeps secrets in files of this folder, which belongs to the store: its mode is set to 0700.
    #[must_use]
    pub fn files(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            keyring: None,
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

    /// The secret and where it lies, or `None` when there is none. A file stands before the keyring: it is written only
    /// when the keyring could not be, and removed as soon as it can.
    ///
    /// # Errors
    /// [`SecretStoreError`] when the file is damaged or others may read it, or when there is a keyring that does not
    /// answer.
    pub fn read(&self, id: &SecretId) -> Result<Option<(Secret, Place)>, SecretStoreError> {
        if let Some((secret, path)) = self.read_file(id)? {
            return Ok(Some((
                secret,
                Place::File {
                    path,
                    instead: None,
                },
            )));
        }
        let Some(keyring) = &self.keyring else {
            return Ok(None);
        };
        match keyring.read(&id.service(), &id.account) {
            Ok(secret) => Ok(secret.map(|secret| (secret, Place::Keyring))),
            Err(KeyringFault::None) => Ok(None),
            Err(source) => Err(SecretStoreError::Keyring {
                kind: id.kind,
                source,
            }),
        }
    }

    fn read_file(&self, id: &SecretId) -> Result<Option<(Secret, PathBuf)>, SecretStoreError> {
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
            file.path().to_owned(),
        )))
    }

    /// Keeps a secret durably and reads it back: when this returns, it survives a crash.
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
        if !replace {
            match self.read(id) {
                Ok(None) => {}
                // A keyring that does not say whether there is one has none that could be used either.
                Err(SecretStoreError::Keyring { .. }) => {}
                Ok(Some(_)) => {
                    return Err(SecretStoreError::Exists {
                        kind: id.kind,
                        origin: id.origin.clone(),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        let instead = match self.write_to_keyring(id, secret) {
            None => None,
            Some(Ok(())) => {
                lock.remove().map_err(failed)?;
                return Ok(Place::Keyring);
            }
            Some(Err(fault)) => Some(fault),
        };
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
        match self.read_file(id)? {
            Some((kept, path)) if kept.same_as(secret) => Ok(Place::File { path, instead }),
            _ => Err(SecretStoreError::Damaged {
                kind: id.kind,
                path: file.path().to_owned(),
            }),
        }
    }

    /// `None` when there is no keyring to ask.
    fn write_to_keyring(&self, id: &SecretId, secret: &Secret) -> Option<Result<(), KeyringFault>> {
        let keyring = self.keyring.as_ref()?;
        let (service, account) = (id.service(), id.account.as_str());
        let written = keyring.write(&service, account, secret).and_then(|()| {
            match keyring.read(&service, account)? {
                Some(kept) if kept.same_as(secret) => Ok(()),
                _ => Err(KeyringFault::Failed(
                    "it gave back another secret than the one it was given".to_owned(),
                )),
            }
        });
        Some(written)
    }

    /// Forgets a secret wherever it lies; says whether there was one.
    ///
    /// # Errors
    /// [`SecretStoreError`] when it cannot be removed.
    pub fn remove(&self, id: &SecretId) -> Result<bool, SecretStoreError> {
        let file = self.file(id);
        let failed = |source| SecretStoreError::File {
            kind: id.kind,
            source,
        };
        let in_file = file.path().exists();
        if in_file {
            file.lock()
                .and_then(|mut lock| lock.remove())
                .map_err(failed)?;
        }
        let in_keyring = match &self.keyring {
            None => false,
            Some(keyring) => match keyring.remove(&id.service(), &id.account) {
                Ok(was_there) => was_there,
                Err(KeyringFault::None) => false,
                Err(source) => {
                    return Err(SecretStoreError::Keyring {
                        kind: id.kind,
                        source,
                    });
                }
            },
        };
        Ok(in_file || in_keyring)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os_keyring::tests::TestKeyring;

    fn id(origin: &str) -> SecretId {
        let url = url::Url::parse(origin).expect("an address");
        SecretId::new(Origin::of(&url).expect("https"), "security-code", "acme")
    }

    fn store(folder: &tempfile::TempDir, keyring: Option<&TestKeyring>) -> SecretStore {
        SecretStore {
            folder: folder.path().join("secrets"),
            keyring: keyring.map(TestKeyring::patient),
        }
    }

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    #[test]
    fn a_secret_is_found_for_its_origin_kind_and_account_only() {
        let (folder, keyring) = (folder(), TestKeyring::default());
        for keyring in [None, Some(&keyring)] {
            let store = store(&folder, keyring);
            let mine = id("https://a.example.test");
            store
                .write(&mine, &Secret::new("code"), false)
                .expect("kept");
            assert_eq!(
                store
                    .read(&mine)
                    .expect("readable")
                    .expect("kept")
                    .0
                    .expose(),
                "code"
            );
            let others = [
                id("https://b.example.test"),
                id("https://a.example.test:8443"),
                SecretId {
                    kind: "password",
                    ..mine.clone()
                },
                SecretId {
                    account: "other".to_owned(),
                    ..mine.clone()
                },
            ];
            for other in others {
                assert!(store.read(&other).expect("readable").is_none(), "{other:?}");
            }
            assert!(store.remove(&mine).expect("removed"));
            assert!(!store.remove(&mine).expect("nothing left"));
        }
    }

    #[test]
    fn nothing_is_overwritten_unless_asked() {
        let (folder, keyring) = (folder(), TestKeyring::default());
        for keyring in [None, Some(&keyring)] {
            let store = store(&folder, keyring);
            let id = id("https://a.example.test");
            store
                .write(&id, &Secret::new("first"), false)
                .expect("kept");
            let error = store
                .write(&id, &Secret::new("second"), false)
                .expect_err("there is one");
            assert!(matches!(error, SecretStoreError::Exists { .. }), "{error}");
            assert_eq!(
                store.read(&id).expect("readable").expect("kept").0.expose(),
                "first"
            );
            store
                .write(&id, &Secret::new("second"), true)
                .expect("replaced");
            assert_eq!(
                store.read(&id).expect("readable").expect("kept").0.expose(),
                "second"
            );
            store.remove(&id).expect("removed");
        }
    }

    #[test]
    fn the_keyring_comes_first_and_leaves_no_copy_in_a_file() {
        let (folder, keyring) = (folder(), TestKeyring::default());
        let id = id("https://a.example.test");
        store(&folder, None)
            .write(&id, &Secret::new("code"), false)
            .expect("kept in a file");
        let store = store(&folder, Some(&keyring));
        assert_eq!(
            store.write(&id, &Secret::new("code"), true).expect("kept"),
            Place::Keyring
        );
        assert!(store.read_file(&id).expect("readable").is_none());
        assert_eq!(
            store.read(&id).expect("readable").expect("kept").1,
            Place::Keyring
        );
    }

    #[test]
    fn without_a_working_keyring_the_file_is_used_and_that_is_said() {
        let faults = [
            TestKeyring {
                fault: Some(KeyringFault::None),
                ..TestKeyring::default()
            },
            TestKeyring {
                fault: Some(KeyringFault::Failed("locked".to_owned())),
                ..TestKeyring::default()
            },
            TestKeyring {
                hangs: true,
                ..TestKeyring::default()
            },
        ];
        for keyring in faults {
            let folder = folder();
            let store = store(&folder, Some(&keyring));
            let id = id("https://a.example.test");
            let place = store
                .write(&id, &Secret::new("code"), false)
                .expect("kept in a file");
            assert!(
                matches!(
                    place,
                    Place::File {
                        instead: Some(_),
                        ..
                    }
                ),
                "{place:?}"
            );
            let text = place.to_string();
            assert!(
                text.contains("not encrypted") && text.contains("keyring"),
                "{text}"
            );
            assert_eq!(
                store.read(&id).expect("readable").expect("kept").0.expose(),
                "code"
            );
        }
    }

    #[test]
    fn a_silent_keyring_is_not_taken_for_an_empty_one_and_a_missing_one_is() {
        let folder = folder();
        let silent = TestKeyring {
            hangs: true,
            ..TestKeyring::default()
        };
        let error = store(&folder, Some(&silent))
            .read(&id("https://a.example.test"))
            .expect_err("no telling");
        assert!(matches!(
            error,
            SecretStoreError::Keyring {
                source: KeyringFault::Silent,
                ..
            }
        ));
        let none = TestKeyring {
            fault: Some(KeyringFault::None),
            ..TestKeyring::default()
        };
        assert!(
            store(&folder, Some(&none))
                .read(&id("https://a.example.test"))
                .expect("readable")
                .is_none()
        );
    }

    #[test]
    fn damaged_and_exchanged_files_are_refused() {
        let folder = folder();
        let store = store(&folder, None);
        let (mine, other) = (id("https://a.example.test"), id("https://b.example.test"));
        store
            .write(&mine, &Secret::new("code"), false)
            .expect("kept");
        std::fs::copy(store.file(&mine).path(), store.file(&other).path()).expect("exchanged");
        assert!(matches!(
            store.read(&other),
            Err(SecretStoreError::Damaged { .. })
        ));
        std::fs::write(
            store.file(&mine).path(),
            "{\"version\":1,\"value\":\"canary",
        )
        .expect("damaged");
        let error = store.read(&mine).expect_err("damaged");
        assert!(!format!("{error} {error:?}").contains("canary"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused_with_the_remedy() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder();
        let store = store(&folder, None);
        let id = id("https://a.example.test");
        store.write(&id, &Secret::new("code"), false).expect("kept");
        std::fs::set_permissions(
            store.file(&id).path(),
            std::fs::Permissions::from_mode(0o644),
        )
        .expect("set");
        let SecretStoreError::File { source, .. } = store.read(&id).expect_err("open to others")
        else {
            panic!("a file")
        };
        assert!(source.to_string().contains("chmod 600"), "{source}");
        store
            .write(&id, &Secret::new("new"), false)
            .expect_err("not even looked past");
    }
}
