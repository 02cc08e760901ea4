//! Looks at a workbook's archive before anything is built from it: everything is really inflated, into a counter.
//!
//! What the archive says about its sizes is not believed. The bounds keep the memory that reading takes later: the
//! table of shared strings and the formats are the parts a reader holds as a whole.

use std::io::{Read, Seek, SeekFrom};

use memchr::{memchr, memchr_iter, memrchr};
use zip::ZipArchive;

use crate::error::{Limit, ListError, ListErrorKind};
use crate::options::Limits;

/// What a workbook is read from.
pub(crate) trait Bytes: Read + Seek + Send {}

impl<T: Read + Seek + Send> Bytes for T {}

/// Longest text or tag within a part.
const LONGEST_TEXT: u64 = 1 << 20;

/// Most tags of a part that a reader holds as a whole.
const MOST_TAGS: u64 = 3_000_000;

/// Most tags of the formats, which take more memory each.
const MOST_FORMAT_TAGS: u64 = 300_000;

/// Most bytes of the archive's directory.
const MOST_DIRECTORY: u64 = 4 << 20;

/// Inflates everything once.
pub(crate) fn check(bytes: &mut dyn Bytes, limits: &Limits) -> Result<(), ListError> {
    directory(bytes, limits)?;
    bytes.seek(SeekFrom::Start(0))?;
    let mut archive = ZipArchive::new(&mut *bytes).map_err(damaged)?;
    if archive.len() > limits.workbook_entries {
        return Err(ListError::limit(
            Limit::WorkbookEntries,
            limits.workbook_entries as u64,
            None,
        ));
    }
    let mut total = 0;
    let mut buffer = vec![0; 64 << 10];
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(damaged)?;
        if part.encrypted() {
            return Err(ListErrorKind::Unsupported("protected-workbook").into());
        }
        let name = part.name().map_err(damaged)?.to_ascii_lowercase();
        let mut kind = Kind::of(&name);
        let mut tags = 0;
        let mut size = 0u64;
        // Bytes since the last tag began.
        let mut text = 0;
        loop {
            let count = part.read(&mut buffer).map_err(damaged)?;
            if count == 0 {
                break;
            }
            let bytes = &buffer[..count];
            if size == 0 && kind == Kind::Media && bytes.trim_ascii_start().starts_with(b"<") {
                kind = Kind::Other;
            }
            size += count as u64;
            total += count as u64;
            if total > limits.inflated_bytes {
                return Err(ListError::limit(
                    Limit::InflatedBytes,
                    limits.inflated_bytes,
                    None,
                ));
            }
            if kind == Kind::Media {
                continue;
            }
            let first = memchr(b'<', bytes);
            text += first.unwrap_or(count) as u64;
            if text > LONGEST_TEXT {
                return Err(ListError::limit(Limit::TextBytes, LONGEST_TEXT, None));
            }
            if let Some(last) = memrchr(b'<', bytes) {
                text = (count - last) as u64;
            }
            kind.count(bytes, &mut tags, size, limits)?;
        }
    }
    Ok(())
}

/// What a part is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    SharedStrings,
    Formats,
    /// The rows of a sheet, which are never held as a whole.
    Sheet,
    Media,
    Other,
}

impl Kind {
    fn of(name: &str) -> Self {
        if name.ends_with("sharedstrings.xml") {
            Self::SharedStrings
        } else if name.ends_with("styles.xml") {
            Self::Formats
        } else if name.contains("worksheets/") && name.ends_with(".xml") {
            Self::Sheet
        } else if name.ends_with(".xml") || name.ends_with(".rels") {
            Self::Other
        } else {
            Self::Media
        }
    }

    fn count(
        self,
        bytes: &[u8],
        tags: &mut u64,
        size: u64,
        limits: &Limits,
    ) -> Result<(), ListError> {
        if matches!(self, Self::Sheet | Self::Media) {
            return Ok(());
        }
        if size > limits.shared_strings_bytes {
            return Err(ListError::limit(
                Limit::SharedStringsBytes,
                limits.shared_strings_bytes,
                None,
            ));
        }
        *tags += memchr_iter(b'<', bytes).count() as u64;
        let most = if self == Self::Formats {
            MOST_FORMAT_TAGS
        } else {
            MOST_TAGS
        };
        if *tags > most {
            return Err(ListError::limit(
                Limit::SharedStringsBytes,
                limits.shared_strings_bytes,
                None,
            ));
        }
        Ok(())
    }
}

/// Bounds the directory before it is read: it names every entry.
pub(crate) fn directory(bytes: &mut dyn Bytes, limits: &Limits) -> Result<(), ListError> {
    let end = bytes.seek(SeekFrom::End(0))?;
    if end > limits.workbook_bytes {
        return Err(ListError::limit(
            Limit::WorkbookBytes,
            limits.workbook_bytes,
            None,
        ));
    }
    let start = end.saturating_sub(22 + 65_535);
    bytes.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    bytes.take(22 + 65_535).read_to_end(&mut tail)?;
    let mut found = false;
    for record in tail.windows(22) {
        if !record.starts_with(b"PK\x05\x06") {
            continue;
        }
        found = true;
        let entries = u64::from(u16::from_le_bytes([record[10], record[11]]));
        let size = u64::from(u32::from_le_bytes([
            record[12], record[13], record[14], record[15],
        ]));
        if entries > limits.workbook_entries as u64 {
            return Err(ListError::limit(
                Limit::WorkbookEntries,
                limits.workbook_entries as u64,
                None,
            ));
        }
        if size > MOST_DIRECTORY {
            return Err(ListErrorKind::Workbook.into());
        }
    }
    if found {
        Ok(())
    } else {
        Err(ListErrorKind::Workbook.into())
    }
}

fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ListError {
    ListError::with(ListErrorKind::Workbook, error)
}
