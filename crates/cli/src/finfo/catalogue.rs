//! The catalogue of a profile: where it lies, and opening it.

use std::path::PathBuf;

use finkit_store::SqliteCatalogue;

use super::failure::from_catalogue;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::home::Home;

/// The catalogue's file.
pub(crate) fn path(context: &Context) -> PathBuf {
    let settings = &context.settings;
    let folder = settings.home.profile_folder(&settings.profile);
    folder.join("finfo").join("catalogue.sqlite")
}

/// Opens the catalogue, or makes one.
pub(crate) fn open(context: &Context) -> Outcome<SqliteCatalogue> {
    let path = path(context);
    if let Some(folder) = path.parent() {
        Home::private_folder(folder)?;
    }
    SqliteCatalogue::open(&path).map_err(from_catalogue)
}

/// Opens the catalogue for reading; there must be one.
pub(crate) fn existing(context: &Context) -> Outcome<SqliteCatalogue> {
    match look(context)? {
        Some(catalogue) => Ok(catalogue),
        None => Err(Failure::local("there is no catalogue yet")
            .hint("`finkit finfo sync` makes it and fills it")),
    }
}

/// Opens the catalogue if there is one.
pub(crate) fn look(context: &Context) -> Outcome<Option<SqliteCatalogue>> {
    let path = path(context);
    if !path.exists() {
        return Ok(None);
    }
    SqliteCatalogue::open(&path)
        .map(Some)
        .map_err(from_catalogue)
}

/// The name of this machine, for others that want the catalogue.
pub(crate) fn host() -> String {
    let named = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let named = named.map(|name| name.trim().to_owned());
    named
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "this machine".to_owned())
}
