//! Checks a list and writes what it found: `check LIST [REPORT]`.
//!
//! The report has one line per fault (`row,code`) and one per conflicting pair (`first,second,kind`).

use std::io::{BufWriter, Write};

use finkit_core::ConflictKind;
use finkit_tables::{ListOptions, Severity, Source, check};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let list = words.next().ok_or("which list?")?;
    let source = if list == "-" {
        Source::stdin()
    } else {
        Source::path(list)
    };
    let report = check(source, &ListOptions::default())?;
    if let Some(path) = words.next() {
        let mut out = BufWriter::with_capacity(1 << 16, std::fs::File::create(path)?);
        for fault in report.faults() {
            let fault = fault?;
            if fault.severity == Severity::Fault {
                writeln!(out, "{},{}", fault.row, fault.kind.code())?;
            }
        }
        for conflict in &report.conflicts {
            let kind = match conflict.kind {
                ConflictKind::Duplicate => "duplicate",
                ConflictKind::Overlap => "overlap",
            };
            writeln!(out, "{},{},{kind}", conflict.first.row, conflict.second.row)?;
        }
        out.flush()?;
    }
    let mut summary = std::io::stderr().lock();
    writeln!(summary, "{:?}", report.totals)?;
    for kind in &report.kinds {
        writeln!(
            summary,
            "{} {} {}",
            kind.severity.code(),
            kind.code,
            kind.count
        )?;
    }
    Ok(())
}
