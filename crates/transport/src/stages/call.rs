//! One call from its first attempt to its end: the retry stage, with the reservation it settles.

use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::failure::{Failure, Outcome};
use crate::guard::Reservation;
use crate::limits::Limits;
use crate::operation::Operation;
use crate::origin::Origin;
use crate::rate::Host;
use crate::retry::{Decision, WhyNot, decide};
use crate::retry_after;
use crate::service::{HttpRequest, HttpResponse, SendError};
use crate::stages::{Stages, ending};
use crate::token::held::Held;

/// One call on its way.
pub(super) struct Call<'a> {
    pub(super) stages: &'a Arc<Stages>,
    pub(super) operation: &'a Operation,
    pub(super) origin: &'a Origin,
    pub(super) host: Arc<Host>,
    pub(super) limits: Limits,
    pub(super) reservation: Reservation,
    started: Duration,
    /// When the call must be over; counted from its first turn, so that waiting in a long queue is not held against it.
    pub(super) deadline: Option<Duration>,
    pub(super) attempts: u32,
    /// The worst that may have happened in any attempt so far.
    worst: Outcome,
    /// The token that was refused, and the answer that refused it.
    pub(super) refused: Option<(Arc<Held>, HttpResponse)>,
}

/// How one attempt ended.
pub(super) enum Attempt {
    Success(HttpResponse),
    Failed(Failed),
    /// A stage before sending stopped it.
    NotMade(Error),
    /// The token was refused and there is no other.
    NoOtherToken(HttpResponse),
}

/// A failed attempt with what it brought.
pub(super) struct Failed {
    pub(super) failure: Failure,
    pub(super) brought: Brought,
    pub(super) held: Option<Arc<Held>>,
}

/// What a failed attempt brought.
pub(super) enum Brought {
    Answer(HttpResponse),
    Nothing(SendError),
}

impl<'a> Call<'a> {
    pub(super) fn new(
        stages: &'a Arc<Stages>,
        operation: &'a Operation,
        origin: &'a Origin,
        limits: Limits,
        reservation: Reservation,
    ) -> Self {
        Self {
            stages,
            operation,
            origin,
            host: stages.host(origin),
            limits,
            reservation,
            started: stages.clock.monotonic(),
            deadline: None,
            attempts: 0,
            worst: Outcome::NotSent,
            refused: None,
        }
    }

    /// Attempts until one succeeds or the decision is to stop.
    pub(super) async fn run(mut self, request: HttpRequest) -> Result<HttpResponse, Error> {
        loop {
            let failed = match self.attempt(request.clone()).await {
                Attempt::Success(answer) => {
                    self.host.budget.succeeded();
                    return Ok(self.succeeded(answer));
                }
                Attempt::NotMade(error) => return Err(self.not_made(error)),
                Attempt::NoOtherToken(answer) => return Ok(self.refused_for_good(answer)),
                Attempt::Failed(failed) => failed,
            };
            self.worst = self.worst.max(failed.failure.outcome());
            let pause = self.note_pause(&failed);
            match self.next_step(&failed, pause) {
                Step::Wait(wait) => {
                    tracing::debug!(failure = %failed.failure, attempt = self.attempts, ?wait, "repeating");
                    self.stages.clock.sleep(wait).await;
                }
                Step::OtherToken(held) => {
                    tracing::debug!("the token was refused, another one is tried");
                    if let Brought::Answer(answer) = failed.brought {
                        self.refused = Some((held, answer));
                    }
                }
                Step::Stop(why) => return self.stopped(failed, why, pause),
            }
        }
    }

    /// Takes note of what an answer says about the pace; returns the pause the service asks for.
    fn note_pause(&self, failed: &Failed) -> Option<Duration> {
        let Brought::Answer(answer) = &failed.brought else {
            return None;
        };
        if !failed.failure.is_throttle() {
            return None;
        }
        let stages = self.stages;
        let asked = retry_after::parse(answer.headers(), stages.clock.now());
        let pause = match (asked, failed.failure) {
            (Some(asked), _) => asked,
            (None, Failure::Status(429)) => {
                stages
                    .retry
                    .backoff(failed.failure, self.attempts, &*stages.random)
            }
            (None, _) => return None,
        };
        if !pause.is_zero() {
            tracing::info!(origin = %self.origin, ?pause, "the service asks for a pause");
            self.host.pause(&*stages.clock, pause);
        }
        asked
    }

    /// The decision of the table, within what time, budget and spending limit allow.
    fn next_step(&mut self, failed: &Failed, pause: Option<Duration>) -> Step {
        let stages = self.stages;
        if pause.is_some_and(|pause| pause > stages.retry.retry_after_cap) {
            return Step::Stop(WhyNot::PauseTooLong);
        }
        match decide(
            self.operation.safety,
            failed.failure,
            self.attempts,
            &stages.retry,
        ) {
            Decision::Stop(why) => Step::Stop(why),
            Decision::Reauthorise => match &failed.held {
                Some(held) if self.refused.is_none() => {
                    self.reservation.came_back();
                    Step::OtherToken(Arc::clone(held))
                }
                Some(_) => Step::Stop(WhyNot::NoOtherToken),
                None => Step::Stop(WhyNot::SameAnswerExpected),
            },
            Decision::Repeat => {
                let backoff = stages
                    .retry
                    .backoff(failed.failure, self.attempts, &*stages.random);
                let wait = pause.map_or(backoff, |pause| pause.max(backoff));
                match self.may_repeat(failed.failure, wait) {
                    Ok(()) => Step::Wait(wait),
                    Err(why) => Step::Stop(why),
                }
            }
        }
    }

    fn may_repeat(&mut self, failure: Failure, wait: Duration) -> Result<(), WhyNot> {
        let then = self.stages.clock.monotonic().saturating_add(wait);
        if self.deadline.is_some_and(|deadline| then >= deadline) {
            return Err(WhyNot::NoTimeLeft);
        }
        if !self.host.budget.take() {
            return Err(WhyNot::BudgetUsed);
        }
        if failure.outcome() == Outcome::Unknown {
            self.reservation
                .spend_and_reserve_again()
                .map_err(|_| WhyNot::SpendingLimit)?;
        } else {
            self.reservation.came_back();
        }
        Ok(())
    }

    fn elapsed(&self) -> Duration {
        self.stages.clock.monotonic().saturating_sub(self.started)
    }

    fn succeeded(self, answer: HttpResponse) -> HttpResponse {
        let elapsed = self.elapsed();
        self.reservation.spend();
        ending::reported(answer, self.attempts, elapsed, None)
    }

    fn not_made(self, error: Error) -> Error {
        let (elapsed, outcome) = (self.elapsed(), self.worst.max(error.outcome()));
        self.reservation.release();
        error.with_outcome(outcome).in_call(
            self.operation.name,
            self.origin,
            self.attempts,
            elapsed,
        )
    }

    fn refused_for_good(self, answer: HttpResponse) -> HttpResponse {
        let elapsed = self.elapsed();
        self.reservation.release();
        ending::reported(
            answer,
            self.attempts,
            elapsed,
            Some((WhyNot::NoOtherToken, self.worst)),
        )
    }

    fn stopped(
        self,
        failed: Failed,
        why: WhyNot,
        pause: Option<Duration>,
    ) -> Result<HttpResponse, Error> {
        let elapsed = self.elapsed();
        if failed.failure.outcome() == Outcome::Unknown {
            self.reservation.spend();
        } else {
            self.reservation.release();
        }
        let error = match failed.brought {
            Brought::Nothing(error) => ending::no_answer(error),
            Brought::Answer(answer) => match (failed.failure, why) {
                (Failure::Redirect(_), _) => ending::redirect(&answer, self.origin),
                (_, WhyNot::PauseTooLong) => ending::come_back_later(pause.unwrap_or_default()),
                _ => {
                    return Ok(ending::reported(
                        answer,
                        self.attempts,
                        elapsed,
                        Some((why, self.worst)),
                    ));
                }
            },
        };
        Err(error
            .with_outcome(self.worst)
            .with_status(failed.failure.status())
            .with_why_not(why)
            .in_call(self.operation.name, self.origin, self.attempts, elapsed))
    }
}

/// What comes after a failed attempt.
enum Step {
    Wait(Duration),
    OtherToken(Arc<Held>),
    Stop(WhyNot),
}
