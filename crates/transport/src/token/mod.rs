//! Tokens: how they are asked for, kept, shared and renewed.
//!
//! * [`request`] – what a token request looks like on the wire.
//! * [`response`] – what an answer of a token endpoint means.
//! * [`vault`] – where tokens live between processes; [`file_vault`] and memory are built in.
//! * [`source`] – one token for everybody: when to ask, whom to let ask, what to remember.

pub(crate) mod file_vault;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod source;
pub(crate) mod vault;
