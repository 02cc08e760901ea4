//! Client and submission engine for FINcheck.
