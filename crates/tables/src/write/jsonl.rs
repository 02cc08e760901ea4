//! Results as JSON Lines, for programs.
//!
//! Every line is an object with `"schema": 1` and a `"type"`: one `head`, then one
//! `row` per row of the list, then one `totals`. A file without its `totals` line
//! was cut off. New members may come with the same schema number; a reader ignores
//! what it does not know. Members without a value are left out.

use std::io::{self, BufWriter, Write};

use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;

use super::error::WriteError;
use super::row::{ReportHead, Reported, ResultRow, Summary, masked};
use crate::explain::{Explanation, steers};

/// The number in every line; it changes when a member changes its meaning.
pub const SCHEMA: u32 = 1;

/// Writes rows as JSON Lines, one by one and without keeping any.
#[derive(Debug)]
pub struct JsonLinesWriter<W: Write> {
    head: ReportHead,
    to: BufWriter<W>,
    summary: Summary,
}

impl<W: Write> JsonLinesWriter<W> {
    /// Writes the head.
    ///
    /// # Errors
    /// [`WriteErrorKind::Io`](super::WriteErrorKind::Io) when `to` fails.
    pub fn new(to: W, head: ReportHead) -> Result<JsonLinesWriter<W>, WriteError> {
        let mut writer = JsonLinesWriter {
            head: head.clone(),
            to: BufWriter::new(to),
            summary: Summary::default(),
        };
        writer.line(&Line::Head {
            kind: head.kind.code(),
            list: &head.list_name,
            job: head.job.as_deref(),
            created_at: head.created_at.to_rfc3339(),
            lang: head.lang.tag(),
            fins: if head.show_fins { "shown" } else { "masked" },
            notes: &head.notes,
            carried: &head.carried,
        })?;
        Ok(writer)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// [`WriteErrorKind::Shape`](super::WriteErrorKind::Shape) for a row with
    /// another number of carried values than headings,
    /// [`WriteErrorKind::Io`](super::WriteErrorKind::Io) when writing fails.
    pub fn row(&mut self, row: &ResultRow) -> Result<(), WriteError> {
        row.fits(&self.head)?;
        let show = self.head.show_fins;
        let date = |date: &Reported<chrono::NaiveDate>| match date {
            Reported::Known(date) => (Some(date.to_string()), None),
            Reported::AsTyped(text) => (None, Some(masked(text, show).into_owned())),
            Reported::Missing => (None, None),
        };
        let (start, start_typed) = date(&row.start);
        let (end, end_typed) = date(&row.end);
        let (registered_at, registered_at_typed) = match &row.registered_at {
            Reported::Known(time) => (Some(time.to_wire()), None),
            Reported::AsTyped(text) => (None, Some(masked(text, show).into_owned())),
            Reported::Missing => (None, None),
        };
        let fin = Some(row.fin_text(show)).filter(|_| row.fin != Reported::Missing);
        let (fin, fin_typed) = match row.fin {
            Reported::AsTyped(_) => (None, fin),
            _ => (fin, None),
        };
        let line = Line::Row {
            row: row.row,
            outcome: row.outcome.code(),
            fin: fin.as_deref(),
            fin_typed: fin_typed.as_deref(),
            start: start.as_deref(),
            start_typed: start_typed.as_deref(),
            end: end.as_deref(),
            end_typed: end_typed.as_deref(),
            registered_at: registered_at.as_deref(),
            registered_at_typed: registered_at_typed.as_deref(),
            reason: Some(masked(&row.reason, show)).filter(|r| !r.is_empty()),
            findings: row.findings.iter().map(Finding::of).collect(),
            others: row.others.iter().map(Other::of).collect(),
            carried: Carried {
                head: &self.head,
                row,
            },
        };
        write_line(&mut self.to, &line)?;
        self.summary.tally.add(row.outcome);
        Ok(())
    }

    /// Writes the totals and gives the target back.
    ///
    /// # Errors
    /// [`WriteErrorKind::Io`](super::WriteErrorKind::Io) when writing fails.
    pub fn finish(mut self) -> Result<(W, Summary), WriteError> {
        let summary = self.summary.clone();
        let tally = &summary.tally;
        let outcomes: serde_json::Map<String, serde_json::Value> = tally
            .present()
            .map(|(o, count)| (o.code().to_owned(), count.into()))
            .collect();
        self.line(&Line::Totals {
            rows: tally.total(),
            outcomes,
        })?;
        let to = self
            .to
            .into_inner()
            .map_err(|e| WriteError::from(e.into_error()))?;
        Ok((to, summary))
    }

    fn line(&mut self, line: &Line<'_>) -> Result<(), WriteError> {
        write_line(&mut self.to, line)
    }
}

fn write_line(to: &mut impl Write, line: &Line<'_>) -> Result<(), WriteError> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *to, Harmless);
    Versioned {
        schema: SCHEMA,
        line,
    }
    .serialize(&mut serializer)?;
    to.write_all(b"\n")?;
    Ok(())
}

#[derive(Serialize)]
struct Versioned<'a> {
    schema: u32,
    #[serde(flatten)]
    line: &'a Line<'a>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Head {
        kind: &'static str,
        list: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        job: Option<&'a str>,
        created_at: String,
        lang: &'static str,
        fins: &'static str,
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        notes: &'a [String],
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        carried: &'a [String],
    },
    Row {
        row: u64,
        outcome: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        fin: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        fin_typed: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        start: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        start_typed: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        end: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        end_typed: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        registered_at: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        registered_at_typed: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<std::borrow::Cow<'a, str>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        findings: Vec<Finding<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        others: Vec<Other>,
        #[serde(skip_serializing_if = "Carried::is_empty")]
        carried: Carried<'a>,
    },
    Totals {
        rows: u64,
        outcomes: serde_json::Map<String, serde_json::Value>,
    },
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'static str,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    title: &'a str,
    what: &'a str,
    why: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<&'a str>,
}

impl<'a> Finding<'a> {
    fn of(explanation: &'a Explanation) -> Finding<'a> {
        Finding {
            code: explanation.code,
            severity: explanation.severity.code(),
            cell: explanation.cell.as_deref(),
            column: explanation.column.as_deref(),
            value: explanation.value.as_deref(),
            title: explanation.title,
            what: &explanation.what,
            why: explanation.why,
            proposal: explanation.proposal.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Other {
    whose: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    start: String,
    end: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    registered_at: Option<String>,
}

impl Other {
    fn of(other: &super::row::OtherEntry) -> Other {
        Other {
            whose: other.whose.code(),
            row: match other.whose {
                super::row::Whose::SameList { row } => Some(row),
                _ => None,
            },
            start: other.period.start().to_string(),
            end: other.period.end().to_string(),
            registered_at: other.registered_at.map(|time| time.to_string()),
        }
    }
}

/// The carried values as a list, in the order of the head's `carried`; headings of
/// foreign lists can be empty or equal, so they are no member names.
struct Carried<'a> {
    head: &'a ReportHead,
    row: &'a ResultRow,
}

impl Carried<'_> {
    fn is_empty(&self) -> bool {
        self.row.carried.is_empty()
    }
}

impl Serialize for Carried<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            (0..self.row.carried.len()).map(|i| self.row.carried_text(i, self.head.show_fins)),
        )
    }
}

/// Escapes what JSON allows bare but terminals and editors act upon: C1 controls,
/// DEL, changes of direction. The value that a program reads is unchanged.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(steers) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let Some(c) = rest[at..].chars().next() else {
                break;
            };
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}
