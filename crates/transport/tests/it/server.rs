//! A raw TCP server.
