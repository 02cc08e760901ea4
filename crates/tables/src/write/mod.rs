//! Results out: the rows of a check, a look-up or a submission as CSV, workbook,
//! JSON Lines or one self-contained page.

mod error;
mod file;
pub mod formula;

pub use error::{WriteError, WriteErrorKind};
pub use file::{Existing, OutputFile};
