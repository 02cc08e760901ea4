//! One look-up on the wire: which rows go together, how often it is tried, how it is written down.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use finkit_core::Vin;
use finkit_transport::Outcome;

use super::ruling::{self, Then};
use super::run::Run;
use super::service::{Cause, ServiceFailure};
use super::summary::{Ended, Phase};
use super::{
    Billed, Change, Cost, OwnRow, RequestKind, RequestState, Row, RowSet, SubmissionError,
};
use crate::{Lookup, SearchAnswer};

/// Tries of one look-up; it changes nothing at the service, so that trying again is safe, but each try may be billed.
const TRIES: u32 = 3;

/// Rows of one look-up with what the service has under their FINs and the own rows of these.
pub(super) struct Seen {
    pub(super) rows: Vec<(Row, Lookup)>,
    pub(super) own: Vec<OwnRow>,
    /// The request, to be written with what follows from it.
    pub(super) changes: Vec<Change>,
}

impl Run<'_> {
    /// Rows in groups that one look-up takes: one calendar year, at most so many FINs.
    pub(super) fn chunks(&self, rows: Vec<Row>) -> Vec<(i32, Vec<Row>)> {
        let mut years: BTreeMap<i32, Vec<Row>> = BTreeMap::new();
        for row in rows {
            if let Some(entry) = row.entry {
                years.entry(entry.period.year()).or_default().push(row);
            }
        }
        let mut chunks = Vec::new();
        for (year, rows) in years {
            let mut fins: HashSet<Vin> = HashSet::new();
            let mut chunk: Vec<Row> = Vec::new();
            for row in rows {
                let Some(entry) = row.entry else { continue };
                if !fins.contains(&entry.fin) && fins.len() == self.options.search_fins.get() {
                    chunks.push((year, std::mem::take(&mut chunk)));
                    fins.clear();
                }
                fins.insert(entry.fin);
                chunk.push(row);
            }
            if !chunk.is_empty() {
                chunks.push((year, chunk));
            }
        }
        chunks
    }

    /// One look-up; `None` when looking up has to end.
    pub(super) async fn search(
        &mut self,
        year: i32,
        rows: Vec<Row>,
    ) -> Result<Option<Seen>, SubmissionError> {
        let fins: BTreeSet<Vin> = rows
            .iter()
            .filter_map(|row| row.entry.map(|entry| entry.fin))
            .collect();
        let fins: Vec<Vin> = fins.into_iter().collect();
        let mut tries = 1;
        loop {
            self.note_stop();
            if matches!(self.halt, Some(Ended::Stopped | Ended::Aborted)) {
                return Ok(None);
            }
            let Some(outcome) = self.search_once(year, &fins).await? else {
                return Ok(None);
            };
            let failure = match outcome {
                Ok((answer, change)) => {
                    let own = self.own_rows(fins).await?;
                    return Ok(Some(Seen {
                        rows: with_answers(rows, answer),
                        own,
                        changes: vec![change],
                    }));
                }
                Err(failure) => failure,
            };
            match self.pause_before_another_try(&failure, tries) {
                Some(pause) => {
                    tries += 1;
                    self.wait(pause).await;
                }
                None => {
                    // Why sending ended is the more important news.
                    self.halt.get_or_insert(ended(failure));
                    return Ok(None);
                }
            }
        }
    }

    /// One try, written down before and, unless it is answered, after; the answer's own change is left to be written
    /// with what follows from it. `None` when it was given up on request.
    async fn search_once(
        &mut self,
        year: i32,
        fins: &[Vin],
    ) -> Result<Option<Result<(SearchAnswer, Change), ServiceFailure>>, SubmissionError> {
        let cost = Cost {
            reads: fins.len() as u64,
            writes: 0,
        };
        let mut request = self.new_request(RequestKind::Search, RowSet::new(), cost);
        self.commit(vec![Change::Request(request.clone())]).await?;
        let answer = tokio::select! {
            biased;
            answer = self.service.search(fins, year) => Some(answer),
            () = self.stop.forced() => None,
        };
        let (state, billed, said) = match &answer {
            Some(Ok(_)) => (RequestState::Answered, Billed::Yes, None),
            Some(Err(failure)) => {
                let said = Some(failure.message.clone());
                match failure.outcome {
                    Outcome::Unknown => (RequestState::Unknown, Billed::Unknown, said),
                    Outcome::NotSent | Outcome::Rejected => {
                        (RequestState::NotExecuted, Billed::No, said)
                    }
                }
            }
            None => {
                let said = "given up on request while it was in flight".to_owned();
                (RequestState::Unknown, Billed::Unknown, Some(said))
            }
        };
        self.close(&mut request, state, billed, said);
        let change = Change::Request(request);
        match answer {
            Some(Ok(answer)) => Ok(Some(Ok((answer, change)))),
            Some(Err(failure)) => {
                self.commit(vec![change]).await?;
                Ok(Some(Err(failure)))
            }
            None => {
                self.commit(vec![change]).await?;
                self.halt = Some(Ended::Aborted);
                Ok(None)
            }
        }
    }

    /// How long to wait before a look-up is tried again; `None` when that helps nothing.
    fn pause_before_another_try(&self, failure: &ServiceFailure, tries: u32) -> Option<Duration> {
        let pause = match failure.cause {
            // What is given a search to catch up is enough for it to get well, too.
            Cause::Lost | Cause::Unreachable => self.options.settle * (1 << (tries.min(6) - 1)),
            Cause::ComeBackLater(None) => Duration::from_secs(1 << tries.min(6)),
            Cause::ComeBackLater(Some(pause)) => pause,
            _ => return None,
        };
        (tries < TRIES && pause <= self.options.longest_pause).then_some(pause)
    }

    pub(super) async fn wait(&mut self, pause: Duration) {
        let phase = std::mem::replace(&mut self.phase, Phase::Waiting { pause });
        self.tell();
        tokio::select! {
            biased;
            () = self.stop.requested() => {}
            () = self.clock.sleep(pause) => {}
        }
        self.phase = phase;
    }

    /// Waits before the second look; false when a stop is requested meanwhile.
    pub(super) async fn wait_to_settle(&mut self) -> bool {
        self.wait(self.options.settle).await;
        self.note_stop();
        !self.stop.is_requested()
    }
}

/// Rows with what the answer says about their FINs; what it leaves out is unknown.
fn with_answers(rows: Vec<Row>, answer: SearchAnswer) -> Vec<(Row, Lookup)> {
    let found: HashMap<Vin, Lookup> = answer.fins.into_iter().collect();
    let lookup = |row: &Row| {
        row.entry
            .and_then(|entry| found.get(&entry.fin).cloned())
            .unwrap_or_else(|| Lookup::Unknown("the answer leaves this FIN out".to_owned()))
    };
    rows.into_iter().map(|row| (row, lookup(&row))).collect()
}

/// How a run ends whose look-up failed for good.
fn ended(failure: ServiceFailure) -> Ended {
    let reason = failure.message;
    match ruling::then(failure.cause, reason.clone()) {
        Then::Unsent(reason) => Ended::Unreachable { reason },
        Then::Pause(after, reason) => Ended::ComeBackLater { after, reason },
        Then::Halt(Ended::Refused { .. }) | Then::GoOn | Then::Smaller(_) => {
            Ended::Unsettled { reason }
        }
        Then::Halt(ended) => ended,
    }
}
