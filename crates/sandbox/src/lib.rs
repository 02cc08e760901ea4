//! FINcheck and Finfo on loopback, for trying and for tests.
