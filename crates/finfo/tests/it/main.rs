//! The client, pages, syncs and media over a model of the service that remembers what changed when.

mod client;
mod faults;
mod media;
mod model;
mod pages;
mod random;
mod sync;
mod tokens;
mod verify;
mod windows;
