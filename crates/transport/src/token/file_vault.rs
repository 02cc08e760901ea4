//! The vault in files: one file per account, readable by its owner only, with a lock file beside it.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::private_file::{PrivateFile, PrivateFileError, PrivateFileLock};
use crate::token::entry::VaultEntry;
use crate::token::vault::{TokenVault, VaultError, VaultKey, VaultLock};

/// Tokens in files of one folder (mode 0700, made when needed), each with mode 0600.
///
/// The folder belongs on a local disk: on a network file system locks are only as good as that system makes them.
///
/// A file that others may read is refused, not repaired: its tokens are known to others. A damaged file counts as empty.
/// Files are small and written at most once per token, so that they are read and written in place, without a thread.
#[derive(Debug, Clone)]
pub struct FileVault {
    folder: PathBuf,
}

impl FileVault {
    /// The vault in this folder, which belongs to it: its mode is set to 0700.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn file(&self, key: &VaultKey) -> PrivateFile {
        PrivateFile::new(&self.folder, &format!("token-{}.json", key.as_str()))
    }
}

#[async_trait]
impl TokenVault for FileVault {
    async fn load(&self, key: &VaultKey) -> Result<Option<VaultEntry>, VaultError> {
        let file = self.file(key);
        let Some(bytes) = file.read().map_err(failed)? else {
            return Ok(None);
        };
        let entry = VaultEntry::from_json(&bytes)?;
        if entry.is_none() {
            tracing::warn!(path = ?file.path(), "the kept tokens are damaged and count as none");
        }
        Ok(entry)
    }

    async fn try_lock(&self, key: &VaultKey) -> Result<Option<Box<dyn VaultLock>>, VaultError> {
        let lock = self.file(key).try_lock().map_err(failed)?;
        Ok(lock.map(|lock| Box::new(FileLock(lock)) as Box<dyn VaultLock>))
    }
}

#[derive(Debug)]
struct FileLock(PrivateFileLock);

#[async_trait]
impl VaultLock for FileLock {
    async fn store(&mut self, entry: &VaultEntry) -> Result<(), VaultError> {
        self.0.write(&entry.to_json()).map_err(failed)
    }
}

fn failed(error: PrivateFileError) -> VaultError {
    VaultError::new("the kept tokens cannot be used").with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn entries_are_kept_under_their_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = FileVault::new(folder.path().join("tokens"));
        let key = VaultKey::from_digest(&[1; 16]);
        assert!(vault.load(&key).await.expect("works").is_none());
        let mut lock = vault.try_lock(&key).await.expect("works").expect("free");
        lock.store(&VaultEntry {
            refusals: 3,
            ..Default::default()
        })
        .await
        .expect("stored");
        assert_eq!(
            vault
                .load(&key)
                .await
                .expect("works")
                .expect("kept")
                .refusals,
            3
        );
        assert!(
            vault
                .load(&VaultKey::from_digest(&[2; 16]))
                .await
                .expect("works")
                .is_none()
        );
    }

    #[tokio::test]
    async fn a_damaged_file_counts_as_empty_and_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = FileVault::new(folder.path());
        let key = VaultKey::from_digest(&[1; 16]);
        let mut lock = vault.try_lock(&key).await.expect("works").expect("free");
        lock.store(&VaultEntry::default()).await.expect("stored");
        std::fs::write(vault.file(&key).path(), "{\"version\":1,\"acc").expect("damaged");
        assert!(vault.load(&key).await.expect("works").is_none());
        lock.store(&VaultEntry::default()).await.expect("stored");
        assert!(vault.load(&key).await.expect("works").is_some());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let vault = FileVault::new(folder.path());
        let key = VaultKey::from_digest(&[1; 16]);
        vault
            .try_lock(&key)
            .await
            .expect("works")
            .expect("free")
            .store(&VaultEntry::default())
            .await
            .expect("stored");
        std::fs::set_permissions(
            vault.file(&key).path(),
            std::fs::Permissions::from_mode(0o644),
        )
        .expect("set");
        assert!(vault.load(&key).await.is_err());
    }
}
