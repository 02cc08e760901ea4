//! The file of a report: whole or not there at all, readable by its owner only.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::WriteError;

/// What to do when a file of the report's name exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// Leave it alone and report an error.
    #[default]
    Refuse,
    /// Replace it, in one step, once the new one is complete.
    Replace,
}

/// A file that appears under its name only when it is complete.
///
/// Everything is written to a temporary file beside the target, with mode 0600
/// on Unix. [`commit`](OutputFile::commit) syncs it, moves it to its name and
/// syncs the folder. Dropped without that, it leaves nothing behind, and an
/// older file of that name stays as it was.
///
/// ```
/// use std::io::Write;
/// use finkit_tables::write::{Existing, OutputFile};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("report.csv");
/// let mut file = OutputFile::create(&path, Existing::Refuse)?;
/// file.write_all(b"row;outcome\n")?;
/// assert!(!path.exists());
/// file.commit()?;
/// assert!(path.exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct OutputFile {
    temporary: NamedTempFile,
    target: PathBuf,
    existing: Existing,
}

impl OutputFile {
    /// Opens a temporary file beside `target`.
    ///
    /// # Errors
    /// [`WriteErrorKind::Exists`](super::WriteErrorKind::Exists) when the target
    /// exists and may not be replaced;
    /// [`WriteErrorKind::Create`](super::WriteErrorKind::Create) when the folder
    /// cannot be written to or the target is a folder.
    pub fn create(target: &Path, existing: Existing) -> Result<OutputFile, WriteError> {
        match target.symlink_metadata() {
            Ok(meta) if meta.is_dir() => {
                return Err(WriteError::create(io::ErrorKind::IsADirectory.into()));
            }
            Ok(_) if existing == Existing::Refuse => return Err(WriteError::exists()),
            _ => {}
        }
        // The temporary file is made with mode 0600 by the library, whatever the umask.
        let temporary = tempfile::Builder::new()
            .prefix(".finkit-")
            .suffix(".part")
            .tempfile_in(folder_of(target))
            .map_err(WriteError::create)?;
        Ok(OutputFile {
            temporary,
            target: target.to_path_buf(),
            existing,
        })
    }

    /// The folder that the file is written in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        folder_of(&self.target)
    }

    /// Makes the file durable and gives it its name.
    ///
    /// # Errors
    /// [`WriteErrorKind::Exists`](super::WriteErrorKind::Exists) when a file of
    /// that name has come into being meanwhile and may not be replaced;
    /// [`WriteErrorKind::Io`](super::WriteErrorKind::Io) when syncing or moving
    /// fails. In both cases the target is as it was.
    pub fn commit(self) -> Result<(), WriteError> {
        let OutputFile {
            temporary,
            target,
            existing,
        } = self;
        temporary.as_file().sync_all()?;
        match existing {
            Existing::Replace => {
                temporary.persist(&target).map_err(|e| e.error)?;
            }
            Existing::Refuse => {
                temporary
                    .persist_noclobber(&target)
                    .map_err(|e| match e.error.kind() {
                        io::ErrorKind::AlreadyExists => WriteError::exists(),
                        _ => e.error.into(),
                    })?;
            }
        }
        sync_folder(folder_of(&target))?;
        Ok(())
    }
}

fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems have no call that makes a rename durable by itself.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::WriteErrorKind;
    use std::fs;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn dropped_file_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let mut file = OutputFile::create(&path, Existing::Refuse).unwrap();
        file.write_all(b"half").unwrap();
        assert_eq!(names(folder.path()).len(), 1);
        drop(file);
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn existing_file_is_not_replaced_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        fs::write(&path, "old").unwrap();
        let error = OutputFile::create(&path, Existing::Refuse).unwrap_err();
        assert_eq!(error.kind(), WriteErrorKind::Exists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["out.csv"]);
    }

    #[test]
    fn file_that_appears_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let mut file = OutputFile::create(&path, Existing::Refuse).unwrap();
        file.write_all(b"new").unwrap();
        fs::write(&path, "theirs").unwrap();
        assert_eq!(file.commit().unwrap_err().kind(), WriteErrorKind::Exists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        assert_eq!(names(folder.path()), ["out.csv"]);
    }

    #[test]
    fn old_file_stays_until_the_new_one_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        fs::write(&path, "old").unwrap();
        let mut file = OutputFile::create(&path, Existing::Replace).unwrap();
        file.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        file.commit().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["out.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        OutputFile::create(&path, Existing::Replace)
            .unwrap()
            .commit()
            .unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[cfg(unix)]
    #[test]
    fn link_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::write(&elsewhere, "precious").unwrap();
        let path = folder.path().join("out.csv");
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert_eq!(
            OutputFile::create(&path, Existing::Refuse)
                .unwrap_err()
                .kind(),
            WriteErrorKind::Exists
        );
        OutputFile::create(&path, Existing::Replace)
            .unwrap()
            .commit()
            .unwrap();
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "precious");
    }

    #[test]
    fn missing_folder_and_folder_as_target_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("no/such/out.csv");
        for (path, existing) in [
            (missing.as_path(), Existing::Refuse),
            (folder.path(), Existing::Replace),
        ] {
            let error = OutputFile::create(path, existing).unwrap_err();
            assert_eq!(error.kind(), WriteErrorKind::Create);
        }
    }
}
