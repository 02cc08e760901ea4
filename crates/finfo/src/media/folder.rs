//! The media folder: files under names made of their content, and parts of those that are on their way.
//!
//! ```text
//! folder/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad.jpg
//! folder/parts/0f3c….part
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::digest::{ContentId, Digests, sha256_of};
use super::sniff::{self, HEAD};

const PARTS: &str = "parts";

/// A folder for files.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

/// A file on its way: what has come of it, and its digests so far.
pub(crate) struct Part {
    folder: Folder,
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

impl Folder {
    /// The folder at this path; it is made if it is not there.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        let folder = Self(path.to_owned());
        folder.inner(PARTS)?;
        Ok(folder)
    }

    /// A folder within this one, which is made if it is not there. A link is no folder: it may lead elsewhere.
    fn inner(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.0.join(name);
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
        ours && fs::symlink_metadata(self.0.join(name))
            .is_ok_and(|found| found.is_file() && found.len() == bytes)
    }

    /// What there is of a file, known by where it comes from and what it must be.
    pub(crate) fn part(&self, url: &str, checksum: Option<&str>) -> io::Result<Part> {
        let name = sha256_of(&format!("{url}\n{}", checksum.unwrap_or_default()));
        let path = self.inner(PARTS)?.join(format!("{name}.part"));
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
        self.digests = Digests::new();
        self.head.clear();
        Ok(())
    }

    /// Adds a piece.
    pub(crate) fn add(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)?;
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
        fs::rename(&self.path, self.folder.0.join(&name))?;
        sync_folder(&inner)?;
        Ok(Placed { name, content })
    }

    /// Throws away what has come.
    pub(crate) fn discard(self) -> io::Result<()> {
        fs::remove_file(&self.path)
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
