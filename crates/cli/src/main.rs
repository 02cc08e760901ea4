//! The program `finkit`.
fn main() {}
