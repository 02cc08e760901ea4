//! The sandbox over real sockets, seen by a client that is not finkit's.

mod faults;
#[expect(dead_code, reason = "the JSON half serves the tests of the service")]
mod http;
