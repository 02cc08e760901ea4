//! Reading workbooks in one pass over the inflated parts, without building anything from them but the shared texts.
//!
//! It knows what spreadsheets and their libraries write. Whatever it is not sure of is [`Trouble::Unsure`]: then the
//! workbook is read by calamine, which knows all the rest at a quarter of the speed. Tests hold the two against each
//! other.

mod parts;
mod sheet;
mod strings;
mod tokens;

use std::io::Read;

use zip::ZipArchive;

use super::guard::Bytes;
use crate::error::ListError;
use crate::options::Limits;
use parts::Parts;
use strings::Strings;

pub(super) use sheet::{in_order, walk};

/// The archive that a workbook is.
pub(super) type Archive = ZipArchive<Box<dyn Bytes>>;

/// Why scanning broke off.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Something is there that only a complete parser can judge.
    Unsure,
    /// Reading must end.
    Failed(ListError),
}

impl From<ListError> for Trouble {
    fn from(error: ListError) -> Self {
        Self::Failed(error)
    }
}

/// A workbook whose parts are known.
pub(super) struct Scanned {
    archive: Archive,
    parts: Parts,
    strings: Strings,
    /// Bytes that a sheet may inflate to.
    inflated_most: u64,
    /// Bytes that the looks at the tops of sheets have inflated.
    looks: u64,
}

impl Scanned {
    /// Gives the bytes back when it is unsure.
    pub(super) fn open(archive: Archive, limits: &Limits) -> Result<Self, (Archive, Trouble)> {
        let mut archive = archive;
        let read = |archive: &mut Archive| -> Result<(Parts, Strings), Trouble> {
            let parts = Parts::read(archive)?;
            let strings = match &parts.strings {
                Some(name) => Strings::read(part(archive, name)?, limits.shared_strings_bytes)?,
                None => Strings::default(),
            };
            Ok((parts, strings))
        };
        match read(&mut archive) {
            Ok((parts, strings)) => Ok(Self {
                archive,
                parts,
                strings,
                inflated_most: limits.inflated_bytes,
                looks: 0,
            }),
            Err(trouble) => Err((archive, trouble)),
        }
    }

    /// The sheets and whether they are visible.
    pub(super) fn sheets(&self) -> Vec<(String, bool)> {
        self.parts
            .sheets
            .iter()
            .map(|sheet| (sheet.name.clone(), sheet.visible))
            .collect()
    }

    pub(super) fn into_bytes(self) -> Box<dyn Bytes> {
        self.archive.into_inner()
    }
}

/// A part of the archive, for reading.
fn part<'a>(archive: &'a mut Archive, name: &str) -> Result<impl Read + use<'a>, Trouble> {
    archive.by_name(name).map_err(|_| Trouble::Unsure)
}

impl std::fmt::Debug for Scanned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scanned")
            .field("sheets", &self.parts.sheets.len())
            .finish_non_exhaustive()
    }
}
