//! Results out: the rows of a check, a look-up or a submission as CSV, workbook,
//! JSON Lines or one self-contained page.
//!
//! All formats take the same [`ReportHead`] and [`ResultRow`]s. Foreign text is
//! harmless in each: formulas are text, markup is text, and what steers a terminal
//! is visible or escaped. [`ReportFile`] puts any of them into a file that appears
//! whole or not at all.

mod checked;
mod columns;
mod csv;
mod encode;
mod error;
mod file;
pub mod formula;
mod html;
mod jsonl;
mod outcome;
mod report;
mod row;
mod xlsx;

pub use checked::{CheckedRows, carried_headings};
pub use csv::{CsvStyle, CsvWriter};
pub use error::{WriteError, WriteErrorKind};
pub use file::{Existing, OutputFile};
pub use html::{HtmlWriter, PageLimits};
pub use jsonl::{JsonLinesWriter, SCHEMA};
pub use outcome::{Concern, Outcome};
pub use report::{ReportFile, ReportFormat, ReportWriter, UnknownReportFormat};
pub use row::{OtherEntry, ReportHead, ReportKind, Reported, ResultRow, Summary, Tally, Whose};
pub use xlsx::XlsxWriter;
