//! Tokens: how they are asked for, kept, shared and renewed.
//!
//! * [`request`] – what a token request looks like on the wire.
//! * [`response`] – what an answer of a token endpoint means.
//! * [`entry`] – what is kept about an account; [`vault`] – where; [`file_vault`] – in files.
//! * [`held`] – a token in this process.
//! * [`source`] – one token for all callers of a process; [`renewal`] – how another one is obtained.

pub(crate) mod entry;
pub(crate) mod file_vault;
pub(crate) mod held;
mod renewal;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod source;
pub(crate) mod vault;
