//! Tests of the crate from outside: its stages on a scripted service, its network side on raw sockets, its vault with
//! many processes.

mod log;
mod network;
mod processes;
mod refusals;
mod server;
mod stages;
mod support;
mod tls;
mod tokens;
