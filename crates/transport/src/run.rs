//! A runtime for programs that have none.

use std::io;

/// Runs a future to its end on this thread, with a runtime made for it. Programs that make many calls keep a runtime of
/// their own instead.
///
/// # Errors
/// What the system says when it has no resources for a runtime.
///
/// # Panics
/// When called inside a runtime.
pub fn run<F: Future>(future: F) -> io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(future))
}
