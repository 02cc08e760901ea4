//! Whether a ledger is whole: SQLite's own check, and the rules that no table can express.

use std::collections::HashSet;

use finkit_core::RecordState;
use finkit_fincheck::submission::{
    JobId, JobKind, RequestKind, RequestState, RowSet, RowState, StateSet,
};
use rusqlite::Connection;

use super::blocks;
use super::fault::Fault;
use super::journal;

/// Everything that is wrong, one line each; empty for a sound ledger.
pub(super) fn check(connection: &Connection) -> Result<Vec<String>, Fault> {
    let mut problems = Vec::new();
    for pragma in ["integrity_check", "foreign_key_check"] {
        let mut statement = connection.prepare(&format!("PRAGMA {pragma}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            if line != "ok" {
                problems.push(format!("{pragma}: {line}"));
            }
        }
    }
    if !problems.is_empty() {
        return Ok(problems);
    }
    for job in journal::jobs(connection, None)?
        .into_iter()
        .filter(|job| job.open)
    {
        let mut problem = |text: String| problems.push(format!("job {}: {text}", job.id));
        match blocks::tally(connection, job.id) {
            Ok(tally) if tally.total() != job.rows => {
                problem(format!(
                    "has {} rows and {} states",
                    job.rows,
                    tally.total()
                ));
            }
            Ok(_) => check_rows(connection, job.id, job.rows, job.asked.kind, &mut problem)?,
            Err(Fault::Ledger(error)) => problem(error.to_string()),
            Err(fault) => return Err(fault),
        }
    }
    Ok(problems)
}

fn check_rows(
    connection: &Connection,
    job: JobId,
    rows: u64,
    kind: JobKind,
    problem: &mut impl FnMut(String),
) -> Result<(), Fault> {
    let mut on_their_way = HashSet::new();
    for request in journal::requests(connection, job, None)? {
        if request
            .rows
            .ranges()
            .last()
            .is_some_and(|last| last.end > rows)
        {
            problem(format!(
                "request {} names rows that the job does not have",
                request.number
            ));
        }
        if request.state == RequestState::Sending && request.kind != RequestKind::Search {
            on_their_way.extend(RowSet::iter(&request.rows));
        }
    }
    let sending = match kind {
        JobKind::Entry => RecordState::Sending,
        JobKind::Deletion => RecordState::Deleting,
    };
    let (mut from, mut last_number) = (0, None);
    loop {
        let page = blocks::rows(connection, job, StateSet::ALL, from, 4_096)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        from = last.position + 1;
        for row in &page {
            if last_number.is_some_and(|last| last >= row.number) {
                problem(format!("row {} stands out of order", row.number));
            }
            last_number = Some(row.number);
            let sent = row.state == RowState::Record(sending);
            // A deletion whose answer was lost stays *deleting* until a look-up settles it.
            if on_their_way.remove(&row.position) != sent && (!sent || kind == JobKind::Entry) {
                let verb = if sent { "is" } else { "is not" };
                problem(format!(
                    "row {} {verb} {sending}, unlike the request that carries it",
                    row.number
                ));
            }
        }
    }
}
