//! Lists made to exhaust whoever reads them: each is a clear error or an ordinary report, in bounded memory, after
//! reading no more of it than needed. Every job runs in a process of its own, whose peak of memory is asked for.

use std::io::{self, Read, Write as _};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use finkit_tables::{ListError, ListOptions, Source, check, fix, read};

/// What a hostile file may cost, in bytes.
const MOST_MEMORY: u64 = 128 << 20;

/// The size of what is hostile by its size.
const HUGE: u64 = 600 << 20;

/// Names the test whose job this process is to do.
const JOB: &str = "FINKIT_TABLES_HOSTILE_JOB";

/// Before what the process of a job prints.
const MARK: &str = "hostile job: ";

/// Does a job in a process of its own and gives what it says.
///
/// The process is this one again, asked for the one test; there the job is done and nothing is given.
fn alone(test: &str, job: impl FnOnce() -> String) -> Option<String> {
    if std::env::var_os(JOB).is_some() {
        let said = job();
        let peak = peak().unwrap_or(0);
        let line = format!("\n{MARK}{peak} {said}\n");
        io::stdout()
            .write_all(line.as_bytes())
            .expect("a parent that listens");
        return None;
    }
    let output = Command::new(std::env::current_exe().expect("a program"))
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(JOB, test)
        .output()
        .expect("a process");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(MARK))
        .unwrap_or_else(|| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr)));
    assert!(output.status.success(), "{text}");
    let (peak, said) = line.split_once(' ').expect("peak and words");
    let peak: u64 = peak.parse().expect("a number");
    assert!(peak < MOST_MEMORY, "{} MiB: {said}", peak >> 20);
    Some(said.to_owned())
}

/// The most memory this process has had, in bytes, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes << 10)
}

/// A beginning and then the same bytes over and over.
struct Endless {
    beginning: io::Cursor<Vec<u8>>,
    pattern: Vec<u8>,
    at: usize,
    left: u64,
    given: Arc<AtomicU64>,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = self.beginning.read(buffer)?;
        if count == 0 {
            count = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
            for byte in &mut buffer[..count] {
                *byte = self.pattern[self.at];
                self.at = (self.at + 1) % self.pattern.len();
            }
            self.left -= count as u64;
        }
        self.given.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Tells how each way of reading ends for a list of [`HUGE`] size, and the most bytes that one of them took.
fn ends(beginning: &str, pattern: &[u8]) -> String {
    let given = Arc::new(AtomicU64::new(0));
    let mut most = 0;
    let mut said = Vec::new();
    type Way = fn(Source, &ListOptions) -> Result<(), ListError>;
    let ways: [Way; 3] = [
        |source, options| check(source, options).map(drop),
        |source, options| read(source, options).map(drop),
        |source, options| fix(source, options, io::sink()).map(drop),
    ];
    for way in ways {
        given.store(0, Ordering::Relaxed);
        let source = Source::Stream(Box::new(Endless {
            beginning: io::Cursor::new(beginning.as_bytes().to_vec()),
            pattern: pattern.to_vec(),
            at: 0,
            left: HUGE,
            given: Arc::clone(&given),
        }));
        let text = match way(source, &ListOptions::default()) {
            Ok(()) => "read".to_owned(),
            Err(error) => format!("{}: {error}", error.kind().code()),
        };
        most = given.load(Ordering::Relaxed).max(most);
        if !said.contains(&text) {
            said.push(text);
        }
    }
    format!("{} MiB {}", most >> 20, said.join(" | "))
}

/// Splits what [`ends`] tells.
fn taken(said: &str) -> (u64, &str) {
    let (megabytes, said) = said.split_once(" MiB ").expect("what was taken");
    (megabytes.parse().expect("a number"), said)
}

const HEAD: &str = "FIN;von;bis;Vertragsdatum;Name\n\
    WVWZZZE1ZMP000001;2026-01-01;2026-12-31;2026-01-15T10:22:33+01:00;Huber\n";

#[test]
fn a_quote_that_never_ends_is_not_stored() {
    let job = || {
        let quote = format!("{HEAD}WVWZZZE1ZMP000002;\"");
        ["x", "x\n", "\"\"", ";\"\"\r\n", "\u{e4}"]
            .map(|pattern| ends(&quote, pattern.as_bytes()))
            .join("\t")
    };
    let Some(said) = alone("a_quote_that_never_ends_is_not_stored", job) else {
        return;
    };
    for said in said.split('\t') {
        let (megabytes, said) = taken(said);
        assert_eq!(
            said,
            "unclosed-quote: the quoted cell that begins in row 3 never ends"
        );
        assert!(megabytes < 4, "{megabytes}");
    }
}

#[test]
fn a_quote_that_never_ends_in_the_headings_is_an_error_of_one_short_line() {
    let Some(said) = alone(
        "a_quote_that_never_ends_in_the_headings_is_an_error_of_one_short_line",
        || ends("\"FIN;von;bis", b"x;\n"),
    ) else {
        return;
    };
    let (megabytes, said) = taken(&said);
    assert!(
        said.starts_with("unclosed-quote: ") && said.len() < 1000,
        "{said:.2000}"
    );
    assert!(megabytes < 4, "{megabytes}");
}

#[test]
fn a_row_that_never_ends_is_not_stored() {
    let job = || {
        [
            HEAD.to_owned(),
            String::new(),
            "{\"fin\":\"".to_owned(),
            "\u{feff}FIN;von".to_owned(),
        ]
        .map(|beginning| ends(&beginning, b"x"))
        .join("\t")
    };
    let Some(said) = alone("a_row_that_never_ends_is_not_stored", job) else {
        return;
    };
    for said in said.split('\t') {
        let (megabytes, said) = taken(said);
        assert!(
            said.starts_with("limit: ") || said.starts_with("not-of-format: "),
            "{said:.2000}"
        );
        assert!(!said.contains(" | ") && said.len() < 1000, "{said:.2000}");
        assert!(megabytes < 4, "{megabytes}");
    }
}

#[test]
fn columns_without_end_are_an_error_before_they_are_stored() {
    let job = || {
        [
            ends("FIN", b";"),
            ends("FIN;von;bis;Vertragsdatum", b";FIN"),
        ]
        .join("\t")
    };
    let Some(said) = alone(
        "columns_without_end_are_an_error_before_they_are_stored",
        job,
    ) else {
        return;
    };
    for said in said.split('\t') {
        let (megabytes, said) = taken(said);
        assert!(
            said.starts_with("limit: the list goes beyond the limit of 256 for columns"),
            "{said:.2000}"
        );
        assert!(megabytes < 4, "{megabytes}");
    }
}

#[test]
fn nothing_but_nul_bytes_is_an_error_of_one_short_line() {
    let Some(said) = alone(
        "nothing_but_nul_bytes_is_an_error_of_one_short_line",
        || ends("", b"\0"),
    ) else {
        return;
    };
    let (megabytes, said) = taken(&said);
    assert!(
        said.starts_with("nul-byte: ") && said.len() < 1000,
        "{said:.2000}"
    );
    assert!(megabytes < 4, "{megabytes}");
}

#[test]
fn nul_bytes_are_told_by_their_first_row_however_many_read() {
    let row = "WVWZZZE1ZMP000002;2026-01-01;2026-12-31;2026-01-15T10:22:33+01:00;Huber\n";
    let mut list = HEAD.to_owned();
    list.push_str(&row.repeat(10_000));
    for _ in 0..30_000 {
        list.push_str("WVWZZZE1ZMP\0;2026-01-01;2026-12-31;2026-01-15T10:22:33+01:00;Huber\n");
    }
    list.push('"');
    for threads in 1..=4 {
        let mut options = ListOptions::default();
        options.threads = Some(threads);
        let error = check(Source::bytes(list.as_str()), &options).expect_err("NUL bytes");
        assert_eq!(
            error.to_string(),
            "row 10003 holds a NUL byte; this is no list in text form",
            "{threads} threads"
        );
    }
    let error = read(Source::bytes(list), &ListOptions::default()).expect_err("NUL bytes");
    assert_eq!(error.kind().code(), "nul-byte");
}

/// Many rows of which none fits the headings.
struct Ragged {
    rows: u64,
    line: Vec<u8>,
    at: usize,
}

impl Read for Ragged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            if self.rows == 0 {
                return Ok(0);
            }
            self.rows -= 1;
            self.at = 0;
        }
        let count = (&self.line[self.at..]).read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

#[test]
fn ragged_rows_without_number_are_counted_and_kept_out_of_memory() {
    const ROWS: u64 = 60_000;
    let job = || {
        let line = format!("WVWZZZE1ZMP000002;2026-01-01;{}\n", "x".repeat(4000));
        let rows = Ragged {
            rows: ROWS,
            at: line.len(),
            line: line.into_bytes(),
        };
        let source = Source::Stream(Box::new(
            HEAD.as_bytes().chain(io::Cursor::new("")).chain(rows),
        ));
        let report = check(source, &ListOptions::default()).expect("a list");
        let last = report.faults().last().expect("faults").expect("read back");
        format!("{:?} {}", report.totals.faulty, last.row)
    };
    let Some(said) = alone(
        "ragged_rows_without_number_are_counted_and_kept_out_of_memory",
        job,
    ) else {
        return;
    };
    assert_eq!(said, format!("{ROWS} {}", ROWS + 2));
}

#[test]
fn headings_that_are_there_twice_are_named_by_their_columns() {
    let headings = "FIN;von;bis;Vertragsdatum;Fahrgestellnummer\n";
    let error = read(Source::bytes(headings), &ListOptions::default()).expect_err("ambiguous");
    assert_eq!(
        error.to_string(),
        "several columns could be fin: A \"FIN\", E \"Fahrgestellnummer\""
    );
    let many = vec!["FIN"; 256].join(";") + "\n";
    let error = read(Source::bytes(many), &ListOptions::default()).expect_err("ambiguous");
    assert_eq!(error.kind().code(), "column-ambiguous");
}

#[test]
fn objects_within_objects_without_end_are_faults_of_their_row() {
    let deep = format!(
        "{{\"fin\":\"WVWZZZE1ZMP000001\",\"von\":\"2026-01-01\",\"bis\":\"2026-12-31\",\"zeit\":1768468953}}\n\
         {{\"fin\":{}\n{{\"fin\":{}1{}}}\n",
        "[".repeat(500_000),
        "{\"a\":".repeat(100_000),
        "}".repeat(100_000),
    );
    let mut options = ListOptions::default();
    options.map = vec![(
        "registered-at".parse().expect("a field"),
        "zeit".parse().expect("a column"),
    )];
    let report = check(Source::bytes(deep.as_str()), &options).expect("a list");
    assert_eq!((report.totals.sound, report.totals.faulty), (1, 2));
    let mut copy = Vec::new();
    fix(Source::bytes(deep.as_str()), &options, &mut copy).expect("a copy");
    assert!(copy == deep.as_bytes());
}
