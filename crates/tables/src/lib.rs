//! Lists in (CSV, XLSX, NDJSON), results out (CSV, XLSX, JSON Lines, HTML).
//!
//! [`check`] looks at a whole list at once and is built for millions of rows; [`read()`] and [`visit()`] yield rows
//! with their records for what is done next. All of them recognise delimiter, encoding, headings and forms of dates
//! by themselves, say what they took them for ([`Dialect`]) and let [`ListOptions`] settle it.
//!
//! ```
//! use finkit_tables::{ListOptions, Source, check, read};
//!
//! let csv = "Fahrgestellnummer;von;bis;Vertragsdatum;Kunde\n\
//!            WVWZZZE1ZMP000001;01.01.2026;31.12.2026;15.01.2026 10:22;4711\n\
//!            VF1AG000164000004;01.03.2026;30.06.2026;1,7E+09;4712\n";
//! let report = check(Source::bytes(csv), &ListOptions::default())?;
//! assert_eq!((report.totals.sound, report.totals.faulty), (1, 1));
//! let fault = report.faults().next().expect("one fault")?;
//! assert_eq!((fault.cell().as_deref(), fault.kind.code()), (Some("D3"), "damaged-unix-stamp"));
//!
//! let list = read(Source::bytes(csv), &ListOptions::default())?;
//! let (row, record) = list.records().next().expect("one sound row");
//! assert_eq!((row, record.registered_at.to_wire().as_str()), (2, "2026-01-15T10:22:00+01:00"));
//! # Ok::<(), finkit_tables::ListError>(())
//! ```

mod check;
mod dates;
mod error;
pub mod explain;
pub mod export;
mod fault;
mod field;
mod fix;
mod form;
mod header;
mod list;
mod ndjson;
mod open;
mod options;
mod read;
mod remembering;
mod report;
mod row;
mod text;
mod workbook;
pub mod write;

pub use check::check;
pub use error::{Limit, ListError, ListErrorKind};
pub use fault::{ColumnRef, Fault, FaultKind, Severity};
pub use field::{ColumnSpec, Field, UnknownField};
pub use fix::{Correction, CorrectionKind, Corrections, FixReport, fix};
pub use list::{Dialect, List, Row};
pub use options::{DateOrder, Encoding, Format, Header, Limits, ListOptions, Purpose, Source};
pub use read::{read, visit, visit_values};
pub use report::{CheckReport, Conflict, Disjoint, KindCount, Place, Totals};
