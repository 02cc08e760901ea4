//! The rows of the plain list in the forms that lists also come in.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

/// A form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    write: fn(&[&str], u64, &mut dyn Write) -> io::Result<()>,
}

pub(super) const ALL: [Form; 4] = [
    Form {
        name: "quoted",
        what: "every cell quoted, CRLF",
        write: quoted,
    },
    Form {
        name: "order",
        what: "other order, two columns more, semicolons",
        write: order,
    },
    Form {
        name: "german",
        what: "German dates, semicolons",
        write: german,
    },
    Form {
        name: "one-fin",
        what: "one FIN in all rows",
        write: one_fin,
    },
];

/// Writes the list in another form.
pub(super) fn write(form: Form, list: &Path, path: &Path) -> io::Result<()> {
    let list = BufReader::with_capacity(1 << 20, File::open(list)?);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    for (line, number) in list.lines().zip(0..) {
        let line = line?;
        let cells: Vec<&str> = line.split(',').collect();
        (form.write)(&cells, number, &mut out)?;
    }
    out.flush()
}

fn quoted(cells: &[&str], _: u64, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "\"{}\"\r\n", cells.join("\",\""))
}

fn order(cells: &[&str], number: u64, out: &mut dyn Write) -> io::Result<()> {
    let [fin, start, end, registered] = cells else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    if number == 0 {
        return writeln!(out, "customer;{end};{start};name;{fin};{registered}");
    }
    writeln!(
        out,
        "{};{end};{start};Person {};{fin};{registered}",
        100_000 + number,
        number * 7919 % 100_003
    )
}

fn german(cells: &[&str], _: u64, out: &mut dyn Write) -> io::Result<()> {
    let [fin, start, end, registered] = cells else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let day = |date: &str| match date.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] => format!("{day}.{month}.{year}"),
        _ => date.to_owned(),
    };
    let registered = match registered.split_once('T') {
        Some((date, time)) => format!("{} {}", day(date), time.trim_end_matches('Z')),
        None => (*registered).to_owned(),
    };
    writeln!(out, "{fin};{};{};{registered}", day(start), day(end))
}

fn one_fin(cells: &[&str], number: u64, out: &mut dyn Write) -> io::Result<()> {
    if number == 0 {
        return writeln!(out, "{}", cells.join(","));
    }
    // Single days; after 33,600 rows they come round again.
    let (year, day) = (2000 + number % 100, number / 100 % 28 + 1);
    let day = format!("{year}-{:02}-{day:02}", number / 2800 % 12 + 1);
    writeln!(out, "WVWZZZE1ZMP000001,{day},{day},2025-11-03T10:22:33Z")
}
