//! FINcheck and Finfo on loopback, for trying and for tests.

mod clock;
pub mod fault;
pub mod front;
