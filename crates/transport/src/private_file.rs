//! Files that only their owner may read: written whole or not at all, refused when others can read them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Largest file that is read; secrets and tokens are small.
const LARGEST: u64 = 1024 * 1024;

/// Why a private file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateFileError {
    /// Others than the owner may read or write the file.
    #[error("{} may be read by others (mode {mode:03o}); run: chmod 600 '{}'", path.display(), path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is larger than any secret.
    #[error("{} is too large to be a file of this program", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// One file with mode 0600 in a folder with mode 0700, with a lock file beside it.
///
/// The lock is never on the file itself: that one is replaced by renaming, and a lock on a file that is no longer there
/// locks nothing.
#[derive(Debug, Clone)]
pub(crate) struct PrivateFile {
    path: PathBuf,
}

/// The right to write; held by an open lock file, so that it ends with the process.
#[derive(Debug)]
pub(crate) struct PrivateFileLock {
    file: PrivateFile,
    _lock: File,
}

impl PrivateFile {
    pub(crate) fn new(folder: &Path, name: &str) -> Self {
        Self {
            path: folder.join(name),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The content, or `None` when there is no such file.
    pub(crate) fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, PrivateFileError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.io("open", error)),
        };
        // The open file is asked, not the path: the path may name another file by now.
        let metadata = file.metadata().map_err(|error| self.io("examine", error))?;
        self.check_mode(&metadata)?;
        if metadata.len() > LARGEST {
            return Err(PrivateFileError::TooLarge {
                path: self.path.clone(),
            });
        }
        let mut content = Zeroizing::new(Vec::with_capacity(metadata.len() as usize + 1));
        file.take(LARGEST)
            .read_to_end(&mut content)
            .map_err(|error| self.io("read", error))?;
        Ok(Some(content))
    }

    #[cfg(unix)]
    fn check_mode(&self, metadata: &fs::Metadata) -> Result<(), PrivateFileError> {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 == 0 {
            Ok(())
        } else {
            Err(PrivateFileError::TooOpen {
                path: self.path.clone(),
                mode,
            })
        }
    }

    /// Elsewhere the files of a user's profile are private as they are.
    #[cfg(not(unix))]
    fn check_mode(&self, _metadata: &fs::Metadata) -> Result<(), PrivateFileError> {
        Ok(())
    }

    /// Tries once to become the only writer; makes the folder if there is none.
    pub(crate) fn try_lock(&self) -> Result<Option<PrivateFileLock>, PrivateFileError> {
        let lock = self.open_lock()?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(PrivateFileLock {
                file: self.clone(),
                _lock: lock,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(self.io("lock", error)),
        }
    }

    /// Waits to become the only writer; for files whose writers hold the lock for the time of one write.
    pub(crate) fn lock(&self) -> Result<PrivateFileLock, PrivateFileError> {
        let lock = self.open_lock()?;
        lock.lock().map_err(|error| self.io("lock", error))?;
        Ok(PrivateFileLock {
            file: self.clone(),
            _lock: lock,
        })
    }

    fn open_lock(&self) -> Result<File, PrivateFileError> {
        self.make_folder()?;
        private()
            .create(true)
            .truncate(false)
            .open(self.sibling("lock"))
            .map_err(|error| self.io("lock", error))
    }

    fn make_folder(&self) -> Result<(), PrivateFileError> {
        let Some(folder) = self.path.parent() else {
            return Ok(());
        };
        let io = |action, source| PrivateFileError::Io {
            action,
            path: folder.to_owned(),
            source,
        };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(folder)
            .map_err(|error| io("create", error))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder)
                .map_err(|error| io("examine", error))?
                .permissions()
                .mode();
            if mode & 0o077 != 0 {
                fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
                    .map_err(|error| io("protect", error))?;
            }
        }
        Ok(())
    }

    /// `name.json` → `name.json.lock`.
    fn sibling(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(".");
        path.push(ending);
        path.into()
    }

    fn io(&self, action: &'static str, source: io::Error) -> PrivateFileError {
        PrivateFileError::Io {
            action,
            path: self.path.clone(),
            source,
        }
    }
}

impl PrivateFileLock {
    /// Replaces the content: temporary file, fsync, rename, fsync of the folder.
    pub(crate) fn write(&mut self, content: &[u8]) -> Result<(), PrivateFileError> {
        let file = &self.file;
        // Only the holder of the lock uses this name, so that what a killed process left behind is in nobody's way.
        let temporary = file.sibling("tmp");
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(file.io("replace", error));
            }
            _ => {}
        }
        let written = private()
            .create_new(true)
            .open(&temporary)
            .and_then(|mut open| {
                open.write_all(content)?;
                open.sync_all()
            });
        written.map_err(|error| file.io("write", error))?;
        fs::rename(&temporary, &file.path).map_err(|error| file.io("replace", error))?;
        self.sync_folder()
    }

    /// Removes the file, if there is one.
    pub(crate) fn remove(&mut self) -> Result<(), PrivateFileError> {
        match fs::remove_file(&self.file.path) {
            Ok(()) => self.sync_folder(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(self.file.io("remove", error)),
        }
    }

    /// Makes a rename or a removal durable; folders can be opened on Unix only.
    fn sync_folder(&self) -> Result<(), PrivateFileError> {
        if cfg!(unix)
            && let Some(folder) = self.file.path.parent()
        {
            File::open(folder)
                .and_then(|open| open.sync_all())
                .map_err(|error| self.file.io("save", error))?;
        }
        Ok(())
    }
}

/// Opens for writing, with mode 0600 whatever the umask says.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &tempfile::TempDir) -> PrivateFile {
        PrivateFile::new(&folder.path().join("inner"), "secret.json")
    }

    #[test]
    fn content_is_replaced_whole_and_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = file(&folder);
        assert!(file.read().expect("readable").is_none());
        let mut lock = file.try_lock().expect("works").expect("free");
        for content in ["first", "2"] {
            lock.write(content.as_bytes()).expect("written");
            assert_eq!(
                file.read().expect("readable").expect("there").as_slice(),
                content.as_bytes()
            );
        }
        lock.remove().expect("removed");
        lock.remove().expect("removing nothing is fine");
        assert!(file.read().expect("readable").is_none());
    }

    #[test]
    fn only_one_holds_the_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = file(&folder);
        let lock = file.try_lock().expect("works").expect("free");
        assert!(file.try_lock().expect("works").is_none());
        drop(lock);
        assert!(file.try_lock().expect("works").is_some());
    }

    #[test]
    fn what_a_killed_writer_left_behind_is_in_nobodys_way() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = file(&folder);
        let mut lock = file.try_lock().expect("works").expect("free");
        fs::write(file.sibling("tmp"), "half").expect("written");
        lock.write(b"whole").expect("written");
        assert_eq!(
            file.read().expect("readable").expect("there").as_slice(),
            b"whole"
        );
        assert!(!file.sibling("tmp").exists());
    }

    #[cfg(unix)]
    #[test]
    fn modes_are_tight_and_open_files_are_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let file = file(&folder);
        fs::create_dir(folder.path().join("inner")).expect("made");
        fs::set_permissions(
            folder.path().join("inner"),
            fs::Permissions::from_mode(0o755),
        )
        .expect("set");
        file.try_lock()
            .expect("works")
            .expect("free")
            .write(b"x")
            .expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(file.path()), 0o600);
        assert_eq!(mode(&file.sibling("lock")), 0o600);
        assert_eq!(mode(file.path().parent().expect("a folder")), 0o700);
        for open in [0o640, 0o604, 0o644, 0o666, 0o620] {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(open)).expect("set");
            let error = file.read().expect_err("others may read it");
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn a_huge_file_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = file(&folder);
        let mut lock = file.try_lock().expect("works").expect("free");
        lock.write(b"x").expect("written");
        OpenOptions::new()
            .write(true)
            .open(file.path())
            .expect("opens")
            .set_len(LARGEST + 1)
            .expect("grows");
        assert!(matches!(
            file.read(),
            Err(PrivateFileError::TooLarge { .. })
        ));
    }
}
