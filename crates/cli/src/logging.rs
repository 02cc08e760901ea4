//! Log lines: on standard error, only from this workspace's crates, quiet unless asked for.

use tracing_subscriber::EnvFilter;

/// Turns on logging: `-v` warnings and steps, `-vv` each request, `-vvv` everything.
///
/// Foreign crates never log through here: what they print of a request is not under our rules
/// on secrets.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = [
        "finkit",
        "finkit_core",
        "finkit_transport",
        "finkit_fincheck",
        "finkit_finfo",
        "finkit_store",
        "finkit_tables",
        "finkit_sandbox",
    ]
    .map(|target| format!("{target}={level}"))
    .join(",");
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .try_init();
}
