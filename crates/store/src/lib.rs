//! Ledger, catalogue and token vault on SQLite.
