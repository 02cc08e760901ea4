//! One attempt: rate limit, authorise, log, time-out, send.

use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;

use crate::error::{Error, ErrorKind};
use crate::failure::{Failure, Outcome};
use crate::operation::Safety;
use crate::rate::Paused;
use crate::redact::{self, SafeHeaders};
use crate::service::{HttpRequest, HttpResponse, SendError};
use crate::stages::call::{Attempt, Brought, Call, Failed};
use crate::stages::ending;
use crate::token::held::Held;

impl Call<'_> {
    /// Makes the next attempt.
    pub(super) async fn attempt(&mut self, mut request: HttpRequest) -> Attempt {
        let stages = self.stages;
        let (clock, cap) = (&*stages.clock, stages.retry.retry_after_cap);
        // Token requests are made on behalf of a call that holds a place already.
        let counted = self.operation.safety != Safety::Token;
        let place = match self.host.turn(clock, cap, counted).await {
            Ok(place) => place,
            Err(Paused(left)) => return Attempt::NotMade(ending::come_back_later(left)),
        };
        let deadline = *self
            .deadline
            .get_or_insert_with(|| clock.monotonic().saturating_add(self.limits.total));
        let held = match self.authorise(&mut request).await {
            Ok(held) => held,
            Err(attempt) => return attempt,
        };
        // The service may have asked for a pause while a token was fetched.
        if let Err(Paused(left)) = self.host.wait_for_pause(clock, cap).await {
            return Attempt::NotMade(ending::come_back_later(left));
        }
        let begun = clock.monotonic();
        let left = deadline.saturating_sub(begun);
        if left.is_zero() {
            return Attempt::NotMade(Error::not_sent(
                ErrorKind::TimeOut,
                "no time left to send the request",
            ));
        }
        request
            .extensions_mut()
            .insert(self.limits.with_attempt(self.limits.attempt.min(left)));
        let method = request.method().clone();
        tracing::trace!(%method, origin = %self.origin, headers = ?SafeHeaders(request.headers()), "sending");
        self.reservation.leaves();
        self.attempts += 1;
        let result = stages.service.send(request).await;
        drop(place);
        self.log(&method, &result, clock.monotonic().saturating_sub(begun));
        match result {
            Ok(answer) => received(answer, held),
            Err(error) => Attempt::Failed(Failed {
                failure: Failure::NoAnswer(error.kind()),
                brought: Brought::Nothing(error),
                held: None,
            }),
        }
    }

    /// Adds the token to a request of an authorised operation.
    async fn authorise(&mut self, request: &mut HttpRequest) -> Result<Option<Arc<Held>>, Attempt> {
        let stages = self.stages;
        let Some(tokens) = stages.tokens.as_ref().filter(|_| self.operation.authorise) else {
            return Ok(None);
        };
        let refused = self.refused.as_ref().map(|(held, _)| held);
        let held = match tokens.token(&stages.context(), refused).await {
            Ok(Some(held)) => held,
            Ok(None) => {
                return Err(match self.refused.take() {
                    Some((_, answer)) => Attempt::NoOtherToken(answer),
                    None => Attempt::NotMade(ending::no_account()),
                });
            }
            // What the token request did says nothing about this call, which was not sent.
            Err(error) => return Err(Attempt::NotMade(error.with_outcome(Outcome::NotSent))),
        };
        let Some(header) = held.header() else {
            let text = "the token holds characters that a header cannot carry";
            return Err(Attempt::NotMade(Error::not_sent(
                ErrorKind::TokenEndpoint,
                text,
            )));
        };
        request.headers_mut().insert(AUTHORIZATION, header);
        Ok(Some(held))
    }

    /// One line for every attempt: no path, no query, no body.
    fn log(
        &self,
        method: &http::Method,
        result: &Result<HttpResponse, SendError>,
        elapsed: Duration,
    ) {
        let (origin, attempt) = (self.origin, self.attempts);
        match result {
            Ok(answer) => {
                let (status, bytes) = (answer.status().as_u16(), answer.body().len());
                let request_id = redact::request_id(answer.headers());
                tracing::debug!(%method, %origin, attempt, status, bytes, ?elapsed, request_id, "answer");
                tracing::trace!(headers = ?SafeHeaders(answer.headers()), "headers of the answer");
            }
            Err(error) => tracing::debug!(%method, %origin, attempt, %error, ?elapsed, "no answer"),
        }
    }
}

fn received(answer: HttpResponse, held: Option<Arc<Held>>) -> Attempt {
    let failure = Failure::of_answer(answer.status(), answer.body());
    if let Some(held) = &held
        && failure.is_none_or(Failure::has_accepted_token)
    {
        held.accept();
    }
    match failure {
        None => Attempt::Success(answer),
        Some(failure) => Attempt::Failed(Failed {
            failure,
            brought: Brought::Answer(answer),
            held,
        }),
    }
}
