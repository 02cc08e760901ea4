//! Client and synchronisation for Finfo.
