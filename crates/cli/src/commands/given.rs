//! A list as it is given on the command line: a file or standard input, read as often as needed.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use finkit_tables::Source;
use ring::digest::{Context as Digest, SHA256};

use crate::failure::{Failure, Outcome};
use crate::lists;

/// A list that can be read as often as needed: standard input, or what else flows only once, is kept in memory.
#[derive(Debug)]
pub(crate) struct Given {
    path: PathBuf,
    bytes: Option<Vec<u8>>,
    digest: OnceLock<Vec<u8>>,
}

impl Given {
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let failed = |error| unreadable(path, error);
        let whole = |mut source: Box<dyn Read>| {
            let mut bytes = Vec::new();
            source.read_to_end(&mut bytes).map(|_| bytes)
        };
        let bytes = if path == Path::new("-") {
            Some(whole(Box::new(std::io::stdin().lock())).map_err(failed)?)
        } else {
            let file = File::open(path).map_err(failed)?;
            match file.metadata().map_err(failed)?.is_file() {
                true => None,
                false => Some(whole(Box::new(file)).map_err(failed)?),
            }
        };
        Ok(Self {
            path: path.to_owned(),
            bytes,
            digest: OnceLock::new(),
        })
    }

    /// Does some work, and hashes the list beside it.
    pub(crate) fn hashed_meanwhile<T>(&self, work: impl FnOnce() -> T) -> T {
        std::thread::scope(|scope| {
            // An error comes again when the hash is asked for.
            scope.spawn(|| self.digest().is_ok());
            work()
        })
    }

    fn digest(&self) -> Outcome<&[u8]> {
        if let Some(known) = self.digest.get() {
            return Ok(known);
        }
        let mut hash = Digest::new(&SHA256);
        match &self.bytes {
            Some(bytes) => hash.update(bytes),
            None => {
                let failed = |error| unreadable(&self.path, error);
                let mut file = File::open(&self.path).map_err(failed)?;
                let mut buffer = vec![0; 1 << 16];
                loop {
                    match file.read(&mut buffer).map_err(failed)? {
                        0 => break,
                        read => hash.update(&buffer[..read]),
                    }
                }
            }
        }
        let digest = hash.finish().as_ref().to_vec();
        Ok(self.digest.get_or_init(|| digest))
    }

    /// The list from its beginning.
    pub(crate) fn source(&self) -> Source {
        match &self.bytes {
            Some(bytes) => Source::bytes(bytes.clone()),
            None => Source::path(&self.path),
        }
    }

    /// Its name for people.
    pub(crate) fn name(&self) -> String {
        if self.path == Path::new("-") {
            return "standard input".to_owned();
        }
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The list and how it is read, in one word: the same list in the same manner has the same.
    ///
    /// # Errors
    /// When the list can't be read.
    pub(crate) fn fingerprint(&self, manner: &str) -> Outcome<String> {
        Ok(fingerprint(&[self.digest()?, manner.as_bytes()]))
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Failure::usage(format!("{}: the list can't be read", lists::shown(path)))
        .caused_by(error)
        .hint("look at the name of the file and its access rights")
}

/// A hash in hexadecimal digits.
pub(crate) fn fingerprint(parts: &[&[u8]]) -> String {
    let mut hash = Digest::new(&SHA256);
    for part in parts {
        hash.update(part);
    }
    let digest = hash.finish();
    let digits = digest.as_ref().iter();
    digits.map(|byte| format!("{byte:02x}")).collect()
}
