//! Finfo's OpenAPI document as a profile keeps it, with its source, digest and date.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use finkit_finfo::operations::Operations;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::settings::Settings;

const TEXT: &str = "document";
const NOTE: &str = "document.json";

/// Where a document came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    pub(crate) source: String,
    pub(crate) digest: String,
    pub(crate) date: NaiveDate,
}

fn folder(settings: &Settings) -> PathBuf {
    let folder = settings.home.profile_folder(&settings.profile);
    folder.join("finfo")
}

/// Keeps a document.
pub(crate) fn keep(context: &Context, bytes: &[u8], note: &Note) -> Outcome<()> {
    let folder = folder(&context.settings);
    Home::private_folder(&folder)?;
    put(&folder.join(TEXT), bytes)?;
    let text = serde_json::to_vec_pretty(note).map_err(|error| unusable(&folder, error))?;
    put(&folder.join(NOTE), &text)
}

/// Writes a file beside its place and moves it there.
fn put(file: &Path, bytes: &[u8]) -> Outcome<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
        temporary.write_all(bytes)?;
        temporary.persist(file).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| unusable(file, error))
}

/// The document of a profile, if it has one.
pub(crate) fn stored(settings: &Settings) -> Outcome<Option<(Operations, Note)>> {
    let folder = folder(settings);
    let (file, note) = (folder.join(TEXT), folder.join(NOTE));
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(&file, error)),
    };
    let text = std::fs::read(&note).map_err(|error| unusable(&note, error))?;
    let note: Note = serde_json::from_slice(&text).map_err(|error| unusable(&note, error))?;
    let operations = Operations::read(&bytes).map_err(|error| unusable(&file, error))?;
    if operations.digest() != note.digest {
        return Err(unusable(&file, "its digest is not the adopted one"));
    }
    Ok(Some((operations, note)))
}

fn unusable(
    path: &Path,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
) -> Failure {
    Failure::local(format!("{} can't be used", path.display()))
        .caused_by(cause)
        .hint("adopt the document again with `finkit finfo contract adopt URL|FILE`")
}
