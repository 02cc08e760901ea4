//! The client, pages, syncs and media over a model of the service that remembers what changed when.

mod client;
mod faults;
mod model;
mod pages;
mod random;
mod sync;
mod tokens;
mod verify;
mod windows;
