//! The sandbox over real sockets, seen by a client that is not finkit's.

mod accounts;
mod conformance;
mod contracts;
mod entries;
mod faults;
mod finfo;
mod fleet;
mod http;
mod inspection;
mod openapi;
mod service;
