//! What a report is made of: its head and its rows.

use std::borrow::Cow;

use chrono::{DateTime, FixedOffset, NaiveDate};
use finkit_core::{Period, RegisteredAt, ReportedTime, Vin, mask};

use super::error::WriteError;
use super::outcome::Outcome;
use crate::explain::{Explanation, Lang, mask_fins};
use crate::fault::Severity;

/// What kind of work a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportKind {
    /// A list was checked; nothing was sent.
    Check,
    /// Vehicles were looked up.
    Search,
    /// Vehicles were entered.
    Submission,
    /// Entries were deleted.
    Deletion,
}

impl ReportKind {
    /// The kind as a stable word for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ReportKind::Check => "check",
            ReportKind::Search => "search",
            ReportKind::Submission => "submission",
            ReportKind::Deletion => "deletion",
        }
    }

    /// The name of the kind.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            ReportKind::Check => lang.pick("Prüfung", "Check"),
            ReportKind::Search => lang.pick("Abfrage", "Look-up"),
            ReportKind::Submission => lang.pick("Eintragung", "Entry"),
            ReportKind::Deletion => lang.pick("Löschung", "Deletion"),
        }
    }
}

/// What holds for a whole report.
#[derive(Debug, Clone)]
pub struct ReportHead {
    /// The language of headings and texts.
    pub lang: Lang,
    /// What kind of work it is about.
    pub kind: ReportKind,
    /// The list it is about, by the name of its file; foreign text.
    pub list_name: String,
    /// The job it is about, where there is one.
    pub job: Option<String>,
    /// When the report was made.
    pub created_at: DateTime<FixedOffset>,
    /// Whether FINs are shown whole; otherwise masked, also inside carried values.
    pub show_fins: bool,
    /// What was assumed while reading, one sentence each; may hold foreign text.
    pub notes: Vec<String>,
    /// Headings of the further columns of the list, in their order; foreign text.
    pub carried: Vec<String>,
}

/// A value of a row: known, or only as it was typed, or not there.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub enum Reported<T> {
    /// The value.
    Known(T),
    /// What stands in the list where no value could be read; foreign text.
    AsTyped(String),
    /// Nothing stands there.
    #[default]
    Missing,
}

impl<T> Reported<T> {
    /// The value, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Reported::Known(value) => Some(value),
            _ => None,
        }
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Reported<T> {
    /// What was typed is left out: it may be a FIN.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reported::Known(value) => f.debug_tuple("Known").field(value).finish(),
            Reported::AsTyped(_) => f.write_str("AsTyped(…)"),
            Reported::Missing => f.write_str("Missing"),
        }
    }
}

impl<T> From<Option<T>> for Reported<T> {
    fn from(value: Option<T>) -> Reported<T> {
        value.map_or(Reported::Missing, Reported::Known)
    }
}

/// Whose entry another one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whose {
    /// Another row of the same list.
    SameList {
        /// The row as spreadsheets count it.
        row: u64,
    },
    /// An earlier entry of our own.
    Own,
    /// An entry of another company.
    Foreign,
    /// An entry of which nobody can say whose it is.
    Unattributed,
}

impl Whose {
    /// The kind of owner as a stable word for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Whose::SameList { .. } => "same-list",
            Whose::Own => "own",
            Whose::Foreign => "foreign",
            Whose::Unattributed => "unattributed",
        }
    }

    /// The owner as people say it: `Zeile 17`, `fremder Eintrag`.
    #[must_use]
    pub fn name(self, lang: Lang) -> Cow<'static, str> {
        match self {
            Whose::SameList { row } => format!("{} {row}", lang.pick("Zeile", "row")).into(),
            Whose::Own => lang
                .pick("eigener früherer Eintrag", "own earlier entry")
                .into(),
            Whose::Foreign => lang
                .pick("fremder Eintrag", "entry of another company")
                .into(),
            Whose::Unattributed => lang.pick("Eintrag in FINcheck", "entry in FINcheck").into(),
        }
    }
}

/// Another entry under the same FIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OtherEntry {
    /// Whose it is.
    pub whose: Whose,
    /// Its period.
    pub period: Period,
    /// When its agreement was concluded, where that is known.
    pub registered_at: Option<ReportedTime>,
}

/// One row of a report.
///
/// `Debug` leaves out what may hold a FIN or other personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct ResultRow {
    /// The row as spreadsheets count it.
    pub row: u64,
    /// The FIN.
    pub fin: Reported<Vin>,
    /// First day of the period.
    pub start: Reported<NaiveDate>,
    /// Last day of the period.
    pub end: Reported<NaiveDate>,
    /// When the agreement with the beneficiary was concluded.
    pub registered_at: Reported<RegisteredAt>,
    /// What became of the row.
    pub outcome: Outcome,
    /// Why, in the language of the report; may hold foreign text, may be empty.
    pub reason: String,
    /// What there is to say about the row by itself.
    pub findings: Vec<Explanation>,
    /// Other entries under the same FIN that matter here.
    pub others: Vec<OtherEntry>,
    /// Values of the further columns, as many as [`ReportHead::carried`] has
    /// headings; foreign text.
    pub carried: Vec<String>,
}

impl ResultRow {
    /// A row about which nothing but its outcome is known.
    #[must_use]
    pub fn new(row: u64, outcome: Outcome) -> ResultRow {
        ResultRow {
            row,
            fin: Reported::Missing,
            start: Reported::Missing,
            end: Reported::Missing,
            registered_at: Reported::Missing,
            outcome,
            reason: String::new(),
            findings: Vec::new(),
            others: Vec::new(),
            carried: Vec::new(),
        }
    }

    /// The period, where both days are known and form one.
    #[must_use]
    pub fn period(&self) -> Option<Period> {
        Period::new(*self.start.known()?, *self.end.known()?).ok()
    }

    /// The FIN as text, masked unless it may be shown.
    pub(crate) fn fin_text(&self, show_fins: bool) -> Cow<'_, str> {
        match (&self.fin, show_fins) {
            (Reported::Known(fin), true) => Cow::Borrowed(fin.as_str()),
            (Reported::Known(fin), false) => Cow::Owned(fin.masked().to_string()),
            (Reported::AsTyped(text), true) => Cow::Borrowed(text),
            (Reported::AsTyped(text), false) => Cow::Owned(mask(text)),
            (Reported::Missing, _) => Cow::Borrowed(""),
        }
    }

    /// The findings that somebody should look at; notices are left to the lists of
    /// all findings.
    pub(crate) fn weighty(&self) -> impl Iterator<Item = &Explanation> {
        self.findings
            .iter()
            .filter(|finding| finding.severity != Severity::Notice)
    }

    /// The reason, or what the findings say, or nothing for a row without either.
    pub(crate) fn reason_text(&self, show_fins: bool) -> Cow<'_, str> {
        if self.weighty().next().is_none() {
            return masked(&self.reason, show_fins);
        }
        let mut text = self.reason.clone();
        for finding in self.weighty() {
            if !text.is_empty() {
                text.push(' ');
            }
            if let Some(cell) = &finding.cell {
                text.push_str(cell);
                text.push_str(": ");
            }
            text.push_str(&finding.what);
        }
        Cow::Owned(masked(&text, show_fins).into_owned())
    }

    /// The other entries in one line.
    pub(crate) fn others_text(&self, lang: Lang) -> String {
        let mut text = String::new();
        for other in &self.others {
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str(&other.whose.name(lang));
            text.push(' ');
            text.push_str(&lang.span(&other.period));
            if let Some(time) = &other.registered_at {
                text.push_str(lang.pick(", registriert ", ", registered "));
                text.push_str(&lang.moment(time));
            }
        }
        text
    }

    /// A carried value, with FINs inside it masked unless they may be shown.
    pub(crate) fn carried_text(&self, index: usize, show_fins: bool) -> Cow<'_, str> {
        masked(
            self.carried.get(index).map_or("", String::as_str),
            show_fins,
        )
    }

    /// Refuses a row that carries another number of values than the head has headings.
    pub(crate) fn fits(&self, head: &ReportHead) -> Result<(), WriteError> {
        match self.carried.len() {
            found if found == head.carried.len() => Ok(()),
            // A row of which the cells are not known, such as one from a ledger.
            0 => Ok(()),
            found => Err(WriteError::shape(self.row, head.carried.len(), found)),
        }
    }
}

pub(crate) fn masked(text: &str, show_fins: bool) -> Cow<'_, str> {
    if show_fins {
        Cow::Borrowed(text)
    } else {
        mask_fins(text)
    }
}

impl std::fmt::Debug for ResultRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResultRow")
            .field("row", &self.row)
            .field("fin", &self.fin)
            .field("start", &self.start)
            .field("end", &self.end)
            .field("outcome", &self.outcome)
            .field("findings", &self.findings.len())
            .field("others", &self.others.len())
            .finish_non_exhaustive()
    }
}

/// How many rows of each outcome a report holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    counts: [u64; Outcome::ALL.len()],
}

impl Tally {
    /// Counts a row.
    pub(crate) fn add(&mut self, outcome: Outcome) {
        self.counts[outcome as usize] += 1;
    }

    /// How many rows have the outcome.
    #[must_use]
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.counts[outcome as usize]
    }

    /// How many rows there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The outcomes that occur, in the order of [`Outcome::ALL`], with their counts.
    pub fn present(&self) -> impl Iterator<Item = (Outcome, u64)> + '_ {
        Outcome::ALL
            .into_iter()
            .map(|o| (o, self.of(o)))
            .filter(|(_, count)| *count > 0)
    }
}

/// What a finished report holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many rows of each outcome.
    pub tally: Tally,
    /// Characters that the encoding of a CSV file lacks; each is written as `<U+0410>`.
    pub replaced: u64,
    /// Values that were too long for a cell of a workbook; each says so at its end.
    pub shortened: u64,
    /// Rows that a page counts but does not list, because there are too many; the
    /// page says so.
    pub omitted: u64,
}
