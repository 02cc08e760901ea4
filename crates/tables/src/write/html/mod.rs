//! Results as one self-contained page for people: totals, what to do, calendars of
//! conflicts, faults by kind, and tables of all rows.
//!
//! The page loads nothing and sends nothing; a content security policy inside it
//! lets in only its own style and script. It reads without the script, without
//! colours, in print, in the dark and on a narrow screen.

mod assets;
mod calendar;
mod page;
mod words;

use std::io::{BufWriter, Write};

use askama::Template as _;

use self::calendar::Calendars;
use super::error::WriteError;
use super::outcome::Outcome;
use super::row::{ReportHead, ResultRow, Summary};
use crate::explain::{Explainer, Grouping};

/// How much a page lists before it says how much more there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimits {
    /// Rows of one outcome, and faults of one kind.
    pub rows: usize,
    /// Vehicles with a calendar.
    pub calendars: usize,
}

impl Default for PageLimits {
    /// 5,000 rows and 500 calendars: a page of a few megabytes, which browsers take well.
    fn default() -> PageLimits {
        PageLimits {
            rows: 5_000,
            calendars: 500,
        }
    }
}

/// Gathers rows and writes the page at the end, when the totals are known.
#[derive(Debug)]
pub struct HtmlWriter<W: Write> {
    to: W,
    head: ReportHead,
    limits: PageLimits,
    summary: Summary,
    rows: [Vec<ResultRow>; Outcome::ALL.len()],
    grouping: Grouping,
    calendars: Calendars,
    /// Rows in conflict, for saying how many vehicles have no calendar.
    vehicles: std::collections::HashSet<(finkit_core::Vin, i32)>,
}

impl<W: Write> HtmlWriter<W> {
    /// Begins a page with the usual limits.
    #[must_use]
    pub fn new(to: W, head: ReportHead) -> HtmlWriter<W> {
        HtmlWriter::with_limits(to, head, PageLimits::default())
    }

    /// Begins a page.
    #[must_use]
    pub fn with_limits(to: W, head: ReportHead, limits: PageLimits) -> HtmlWriter<W> {
        // The findings come explained; the grouping only counts and keeps them.
        let explainer = Explainer::new(head.lang, head.show_fins);
        HtmlWriter {
            to,
            limits,
            summary: Summary::default(),
            rows: std::array::from_fn(|_| Vec::new()),
            grouping: Grouping::new(explainer, limits.rows),
            calendars: Calendars::default(),
            vehicles: std::collections::HashSet::new(),
            head,
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`WriteErrorKind::Shape`](super::WriteErrorKind::Shape) for a row with
    /// another number of carried values than headings.
    pub fn row(&mut self, row: &ResultRow) -> Result<(), WriteError> {
        row.fits(&self.head)?;
        self.summary.tally.add(row.outcome);
        for finding in &row.findings {
            self.grouping.add_explained(finding.clone());
        }
        self.calendars
            .add(row, self.head.show_fins, self.limits.calendars);
        if row.outcome.is_conflict()
            && let (Some(fin), Some(period)) = (row.fin.known(), row.period())
        {
            self.vehicles.insert((*fin, period.year()));
        }
        let rows = &mut self.rows[row.outcome as usize];
        if rows.len() < self.limits.rows {
            rows.push(row.clone());
        } else {
            self.summary.omitted += 1;
        }
        Ok(())
    }

    /// Writes the page and gives the target back.
    ///
    /// # Errors
    /// [`WriteErrorKind::Io`](super::WriteErrorKind::Io) when writing fails.
    pub fn finish(self) -> Result<(W, Summary), WriteError> {
        let HtmlWriter {
            to,
            head,
            summary,
            rows,
            grouping,
            calendars,
            vehicles,
            ..
        } = self;
        let groups = grouping.finish();
        let page = page::Page::new(
            &head,
            &summary.tally,
            &rows,
            &groups,
            &calendars,
            vehicles.len(),
        );
        let mut to = BufWriter::new(to);
        page.write_into(&mut to)?;
        let to = to
            .into_inner()
            .map_err(|e| WriteError::from(e.into_error()))?;
        Ok((to, summary))
    }
}
