//! What every command of `finkit finfo` works with: settings, the way to the service, the catalogue, and harmless output.

pub(crate) mod catalogue;
pub(crate) mod connect;
pub(crate) mod document;
pub(crate) mod failure;
pub(crate) mod moment;
pub(crate) mod output;
pub(crate) mod secrets;
pub(crate) mod settings;
