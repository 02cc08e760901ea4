//! Nothing secret in any log line, whatever happens.
