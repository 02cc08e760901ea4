//! The media folder: files under names made of their content, and parts of those that are on their way.
//!
//! ```text
//! folder/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.jpg
//! folder/parts/0f3c….part
//! ```

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::digest::{ContentId, Digests, sha256_of};
use super::sniff::{self, HEAD};

const PARTS: &str = "parts";

/// A folder for files. Clones are the same folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// Bytes on the disk since it was [measured](Folder::measure).
    used: AtomicU64,
    /// Names of the parts that were asked for and are still there.
    asked: Mutex<BTreeSet<String>>,
}

/// A file on its way: what has come of it, and its digests so far.
pub(crate) struct Part {
    folder: Folder,
    name: String,
    path: PathBuf,
    file: File,
    digests: Digests,
    head: Vec<u8>,
}

/// A file in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Name within the folder.
    pub(crate) name: String,
    pub(crate) content: ContentId,
}

impl Inner {
    fn asked(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Folder {
    /// The folder at this path; it is made if it is not there.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        let folder = Self(Arc::new(Inner {
            path: path.to_owned(),
            used: AtomicU64::new(0),
            asked: Mutex::default(),
        }));
        folder.inner(PARTS)?;
        Ok(folder)
    }

    /// Counts what is there, files of before and parts included; from then on [`used`](Self::used) keeps the count.
    pub(crate) fn measure(&self) -> io::Result<()> {
        let mut bytes = 0;
        for folder in fs::read_dir(&self.0.path)? {
            let folder = folder?;
            if !folder.file_type()?.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder.path())? {
                let found = file?.metadata();
                bytes += found.map_or(0, |found| if found.is_file() { found.len() } else { 0 });
            }
        }
        self.0.used.store(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// Bytes on the disk, if they were measured.
    pub(crate) fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }

    fn took(&self, bytes: u64) {
        self.0.used.fetch_add(bytes, Ordering::Relaxed);
    }

    fn gave_back(&self, bytes: u64) {
        self.0.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Removes the parts that nobody has asked for: of files that are no longer wanted.
    pub(crate) fn sweep(&self) -> io::Result<()> {
        let asked = self.0.asked();
        for part in fs::read_dir(self.inner(PARTS)?)? {
            let path = part?.path();
            let name = path.file_stem().and_then(OsStr::to_str);
            let ours = path.extension() == Some(OsStr::new("part"));
            if ours && name.is_some_and(|name| !asked.contains(name)) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// A folder within this one, which is made if it is not there. A link is no folder: it may lead elsewhere.
    fn inner(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.0.path.join(name);
        match fs::create_dir(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        if fs::symlink_metadata(&path)?.is_dir() {
            Ok(path)
        } else {
            let text = format!("{} is not a folder", path.display());
            Err(io::Error::new(io::ErrorKind::NotADirectory, text))
        }
    }

    /// Whether a file is there with this size.
    pub(crate) fn has(&self, name: &str, bytes: u64) -> bool {
        let plain = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
        };
        // Names come from the catalogue, which may have been tampered with.
        let ours = name.split_once('/').is_some_and(|(folder, file)| {
            folder.len() == 2 && plain(folder) && plain(file) && !folder.contains('.')
        });
        ours && fs::symlink_metadata(self.0.path.join(name))
            .is_ok_and(|found| found.is_file() && found.len() == bytes)
    }

    /// What there is of a file, known by where it comes from and what it must be.
    pub(crate) fn part(&self, url: &str, checksum: Option<&str>) -> io::Result<Part> {
        let name = sha256_of(&format!("{url}\n{}", checksum.unwrap_or_default()));
        let path = self.inner(PARTS)?.join(format!("{name}.part"));
        self.0.asked().insert(name.clone());
        if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
            fs::remove_file(&path)?;
        }
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&path)?;
        let (mut digests, mut head) = (Digests::new(), Vec::new());
        let mut piece = vec![0; 64 * 1024];
        loop {
            let length = file.read(&mut piece)?;
            if length == 0 {
                break;
            }
            digests.add(&piece[..length]);
            keep_head(&mut head, &piece[..length]);
        }
        Ok(Part {
            folder: self.clone(),
            name,
            path,
            file,
            digests,
            head,
        })
    }
}

fn keep_head(head: &mut Vec<u8>, piece: &[u8]) {
    let missing = HEAD - head.len().min(HEAD);
    head.extend_from_slice(&piece[..piece.len().min(missing)]);
}

impl Part {
    /// How many bytes have come.
    pub(crate) fn bytes(&self) -> u64 {
        self.digests.bytes()
    }

    /// Forgets what has come.
    pub(crate) fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.folder.gave_back(self.bytes());
        self.digests = Digests::new();
        self.head.clear();
        Ok(())
    }

    /// Adds a piece.
    pub(crate) fn add(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)?;
        self.folder.took(piece.len() as u64);
        self.digests.add(piece);
        keep_head(&mut self.head, piece);
        Ok(())
    }

    /// What the content is known by.
    pub(crate) fn content(&self) -> ContentId {
        self.digests.clone().finish()
    }

    /// Puts the file in its place, safely on the disk before it is there under its name.
    pub(crate) fn place(self) -> io::Result<Placed> {
        self.file.sync_all()?;
        let content = self.digests.finish();
        let (folder, ending) = (&content.sha256[..2], sniff::ending(&self.head));
        let name = format!("{folder}/{}.{ending}", content.sha256);
        let inner = self.folder.inner(folder)?;
        let was_there = self.folder.has(&name, content.bytes);
        fs::rename(&self.path, self.folder.0.path.join(&name))?;
        sync_folder(&inner)?;
        self.folder.0.asked().remove(&self.name);
        if was_there {
            self.folder.gave_back(content.bytes);
        }
        Ok(Placed { name, content })
    }

    /// Throws away what has come.
    pub(crate) fn discard(self) -> io::Result<()> {
        fs::remove_file(&self.path)?;
        self.folder.0.asked().remove(&self.name);
        self.folder.gave_back(self.bytes());
        Ok(())
    }
}

/// A name is only as durable as its folder.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn everything(path: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(path).expect("readable").flatten() {
            let name = entry.file_name().into_string().expect("text");
            if entry.path().is_dir() {
                found.extend(
                    everything(&entry.path())
                        .into_iter()
                        .map(|inner| format!("{name}/{inner}")),
                );
            } else {
                found.push(name);
            }
        }
        found.sort();
        found
    }

    #[test]
    fn a_file_lies_under_its_content_and_its_part_is_gone() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&place.path().join("new/media")).expect("made");
        let mut part = folder
            .part("https://a.example.test/../../etc/x.jpg", Some("../../evil"))
            .expect("a part");
        part.add(b"a").expect("written");
        part.add(b"bc").expect("written");
        let placed = part.place().expect("placed");
        assert_eq!(placed.name, format!("ba/{ABC}.bin"));
        assert_eq!(
            everything(place.path()),
            [format!("new/media/ba/{ABC}.bin")]
        );
        assert!(folder.has(&placed.name, 3) && !folder.has(&placed.name, 4));
    }

    #[test]
    fn a_part_is_gone_on_with_by_another_process() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(place.path()).expect("made");
        let mut part = folder
            .part("https://a.example.test/x", Some("sum"))
            .expect("a part");
        part.add(b"\xff\xd8\xff").expect("written");
        drop(part);
        let mut part = folder
            .part("https://a.example.test/x", Some("sum"))
            .expect("a part");
        assert_eq!(part.bytes(), 3);
        part.add(b"rest").expect("written");
        let placed = part.place().expect("placed");
        assert_eq!(
            (placed.content.bytes, placed.name.ends_with(".jpg")),
            (7, true)
        );
        assert_eq!(
            fs::read(place.path().join(&placed.name)).expect("there"),
            b"\xff\xd8\xffrest"
        );
        assert_eq!(
            folder
                .part("https://a.example.test/x", Some("other"))
                .expect("a part")
                .bytes(),
            0
        );
    }

    #[test]
    fn a_part_can_begin_again_or_be_thrown_away() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(place.path()).expect("made");
        let mut part = folder.part("u", None).expect("a part");
        part.add(b"wrong").expect("written");
        part.restart().expect("empty");
        part.add(b"abc").expect("written");
        assert_eq!(part.content().sha256, ABC);
        part.discard().expect("gone");
        assert_eq!(everything(place.path()), [""; 0]);
    }

    #[test]
    fn what_is_on_the_disk_is_counted_once_and_parts_count_too() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(place.path()).expect("made");
        let put = |url: &str, content: &[u8]| {
            let mut part = folder.part(url, None).expect("a part");
            part.add(content).expect("written");
            part
        };
        put("first", b"abc").place().expect("placed");
        drop(put("cut off", b"12345"));
        let used = |folder: &Folder| {
            folder.measure().expect("readable");
            folder.used()
        };
        assert_eq!((folder.used(), used(&folder)), (8, 8));
        put("the same again", b"abc").place().expect("placed");
        put("wrong", b"1234567").discard().expect("gone");
        assert_eq!((folder.used(), used(&folder)), (8, 8));
        let mut part = put("cut off", b"");
        part.restart().expect("empty");
        assert_eq!((folder.used(), used(&folder)), (3, 3));
    }

    #[test]
    fn parts_that_nobody_asks_for_any_more_are_swept() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(place.path()).expect("made");
        for url in ["old", "new"] {
            let mut part = folder.part(url, None).expect("a part");
            part.add(b"abc").expect("written");
        }
        fs::write(place.path().join(PARTS).join("note.txt"), b"not ours").expect("written");
        let folder = Folder::open(place.path()).expect("there");
        drop(folder.part("new", None).expect("a part"));
        folder.sweep().expect("swept");
        let new = format!("{PARTS}/{}.part", sha256_of("new\n"));
        assert_eq!(
            everything(place.path())
                .into_iter()
                .collect::<BTreeSet<_>>(),
            [new, format!("{PARTS}/note.txt")].into()
        );
    }

    #[test]
    fn names_that_lead_out_of_the_folder_are_none_of_its_files() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&place.path().join("media")).expect("made");
        fs::write(place.path().join("out.jpg"), b"abc").expect("written");
        for name in [
            "../out.jpg",
            "ab/../../out.jpg",
            "/etc/hostname",
            "..",
            "",
            "ab/",
            "ab",
            "../media/../out.jpg",
            "ab\\..\\x",
            "a/b/c",
        ] {
            assert!(!folder.has(name, 3), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let place = tempfile::tempdir().expect("a folder");
        let outside = place.path().join("outside");
        fs::create_dir(&outside).expect("made");
        let path = place.path().join("media");
        let folder = Folder::open(&path).expect("made");
        std::os::unix::fs::symlink(&outside, path.join("ba")).expect("a link");
        let mut part = folder.part("u", None).expect("a part");
        part.add(b"abc").expect("written");
        let error = part.place().expect_err("a link is no folder");
        assert_eq!(error.kind(), io::ErrorKind::NotADirectory);
        let victim = place.path().join("victim");
        fs::write(&victim, b"keep").expect("written");
        let name = sha256_of("v\n");
        std::os::unix::fs::symlink(&victim, path.join(PARTS).join(format!("{name}.part")))
            .expect("a link");
        let mut part = folder.part("v", None).expect("a part");
        part.add(b"over").expect("written");
        assert_eq!(fs::read(&victim).expect("there"), b"keep");
        assert_eq!(everything(&outside), [""; 0]);
    }
}
