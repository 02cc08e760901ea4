//! The sandbox over real sockets, seen by a client that is not finkit's.

mod accounts;
mod conformance;
mod entries;
mod faults;
mod http;
mod openapi;
mod service;
