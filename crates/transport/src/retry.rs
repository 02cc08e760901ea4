//! Whether a failed attempt is repeated: one pure decision, how long to wait, and a budget that repeats share.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use crate::failure::{Failure, Outcome};
use crate::operation::Safety;
use crate::random::Random;
use crate::service::SendErrorKind;

/// How often and how patiently attempts are repeated.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Most attempts of one call, the first included.
    pub attempts: u32,
    /// Upper end of the first wait; it doubles with every attempt and the wait is drawn between zero and it.
    pub base: Duration,
    /// The same after 429 and 503.
    pub throttle_base: Duration,
    /// Longest wait that is drawn.
    pub cap: Duration,
    /// Longest pause a service may ask for with `Retry-After` and get; above it calls end with
    /// [`ErrorKind::ComeBackLater`](crate::ErrorKind::ComeBackLater).
    pub retry_after_cap: Duration,
    /// Repeats that may be made before successes refill the budget.
    pub budget: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(200),
            throttle_base: Duration::from_secs(1),
            cap: Duration::from_secs(20),
            retry_after_cap: Duration::from_secs(60),
            budget: 50,
        }
    }
}

impl RetryPolicy {
    /// The same policy with another number of attempts.
    #[must_use]
    pub const fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// The same policy with another longest pause a service may ask for.
    #[must_use]
    pub const fn with_retry_after_cap(mut self, cap: Duration) -> Self {
        self.retry_after_cap = cap;
        self
    }

    /// The same policy with another budget of repeats.
    #[must_use]
    pub const fn with_budget(mut self, budget: u32) -> Self {
        self.budget = budget;
        self
    }

    /// How long to wait after this attempt (from 1) when the service did not say: full jitter.
    #[must_use]
    pub fn backoff(&self, failure: Failure, attempt: u32, random: &dyn Random) -> Duration {
        let base = if failure.is_throttle() {
            self.throttle_base
        } else {
            self.base
        };
        let ceiling = base
            .saturating_mul(1 << attempt.saturating_sub(1).min(16))
            .min(self.cap);
        ceiling.mul_f64(random.fraction())
    }
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Try again after a wait.
    Repeat,
    /// Get another token and try once more.
    Reauthorise,
    /// This is the end of the call.
    Stop(WhyNot),
}

/// Why a failed attempt was not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WhyNot {
    /// The request may have been executed, and executing it twice would do harm.
    MayHaveBeenExecuted,
    /// The same request would get the same answer.
    SameAnswerExpected,
    /// All attempts are used up.
    AttemptsUsed,
    /// Too many calls were repeated lately; the service is left alone.
    BudgetUsed,
    /// There is no time left for another attempt.
    NoTimeLeft,
    /// Another attempt could cost more than allowed.
    SpendingLimit,
    /// The service asks for a longer pause than allowed.
    PauseTooLong,
    /// A new token was refused as well, or there is none to be had.
    NoOtherToken,
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MayHaveBeenExecuted => "not repeated because it may have been executed",
            Self::SameAnswerExpected => "not repeated because the answer would be the same",
            Self::AttemptsUsed => "all attempts used",
            Self::BudgetUsed => "not repeated because too many calls were repeated lately",
            Self::NoTimeLeft => "no time left for another attempt",
            Self::SpendingLimit => {
                "not repeated because another attempt could exceed the spending limit"
            }
            Self::PauseTooLong => {
                "not repeated because the service asks for a longer pause than allowed"
            }
            Self::NoOtherToken => "not repeated because no other token is to be had",
        })
    }
}

/// Decides from the failure, what the operation declares and how many attempts were made (1 after the first).
///
/// | failure | read | create, delete | token |
/// |---|---|---|---|
/// | no connection | repeat | repeat | repeat |
/// | untrusted connection, not sendable | stop | stop | stop |
/// | closed, reset, time-out, cut body | repeat | stop | repeat once |
/// | not HTTP, too large, redirect | stop | stop | stop |
/// | 401 (and FastAPI's 403) | other token, once | other token, once | stop |
/// | 408 | repeat | stop | repeat once |
/// | 429 | repeat | stop, refused | repeat |
/// | 500, 502, 503, 504 | repeat | stop | repeat |
/// | any other status | stop | stop | stop |
///
/// A token request whose answer was lost is repeated once: servers are advised to accept a rotated refresh token once
/// more for exactly this case. 401 means that the call was not executed, hence it is safe for creates.
#[must_use]
pub fn decide(safety: Safety, failure: Failure, attempt: u32, policy: &RetryPolicy) -> Decision {
    let repeats = match failure {
        Failure::NoAnswer(SendErrorKind::Connect) => policy.attempts,
        Failure::NoAnswer(
            SendErrorKind::Closed
            | SendErrorKind::Reset
            | SendErrorKind::TimeOut
            | SendErrorKind::CutBody,
        )
        | Failure::Status(408) => match safety {
            Safety::Read => policy.attempts,
            Safety::Token => policy.attempts.min(2),
            Safety::Create | Safety::Delete => 1,
        },
        Failure::Status(429 | 500 | 502 | 503 | 504) => match safety {
            Safety::Read | Safety::Token => policy.attempts,
            Safety::Create | Safety::Delete => 1,
        },
        Failure::Unauthenticated(_) if safety != Safety::Token => return Decision::Reauthorise,
        Failure::NoAnswer(_)
        | Failure::Status(_)
        | Failure::Unauthenticated(_)
        | Failure::Redirect(_) => 1,
    };
    if attempt < repeats {
        Decision::Repeat
    } else if repeats > 1 {
        Decision::Stop(WhyNot::AttemptsUsed)
    } else if failure.outcome() == Outcome::Unknown
        && matches!(safety, Safety::Create | Safety::Delete)
    {
        Decision::Stop(WhyNot::MayHaveBeenExecuted)
    } else {
        Decision::Stop(WhyNot::SameAnswerExpected)
    }
}

/// Repeats that all calls to one host share: every repeat takes one, every success gives back a tenth.
///
/// A host that is down gets its first attempts and `capacity` repeats; a host that mostly works gets one repeat in ten
/// calls. Nothing stays poisoned: successes fill it up again.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    capacity: f64,
    left: Mutex<f64>,
}

impl RetryBudget {
    const REFILL: f64 = 0.1;

    pub(crate) fn new(capacity: u32) -> Self {
        Self {
            capacity: f64::from(capacity),
            left: Mutex::new(f64::from(capacity)),
        }
    }

    /// Takes one repeat, if there is one.
    pub(crate) fn take(&self) -> bool {
        let mut left = self
            .left
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let enough = *left >= 1.0;
        if enough {
            *left -= 1.0;
        }
        enough
    }

    pub(crate) fn succeeded(&self) {
        let mut left = self
            .left
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *left = (*left + Self::REFILL).min(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::FixedRandom;
    use Decision::{Reauthorise, Repeat, Stop};
    use WhyNot::{AttemptsUsed, MayHaveBeenExecuted, SameAnswerExpected};

    const ALL: [Safety; 4] = [Safety::Read, Safety::Create, Safety::Delete, Safety::Token];

    /// The last attempt that is still followed by a repeat, per safety, and what is said then.
    #[test]
    fn the_table_of_decisions_holds() {
        let no_answer = Failure::NoAnswer;
        let lost = [
            (3, AttemptsUsed),
            (1, MayHaveBeenExecuted),
            (1, MayHaveBeenExecuted),
            (2, AttemptsUsed),
        ];
        let busy = [
            (3, AttemptsUsed),
            (1, MayHaveBeenExecuted),
            (1, MayHaveBeenExecuted),
            (3, AttemptsUsed),
        ];
        let refused = [(1, SameAnswerExpected); 4];
        let odd = [
            (1, SameAnswerExpected),
            (1, MayHaveBeenExecuted),
            (1, MayHaveBeenExecuted),
            (1, SameAnswerExpected),
        ];
        let table: &[(Failure, [(u32, WhyNot); 4])] = &[
            (no_answer(SendErrorKind::Connect), [(3, AttemptsUsed); 4]),
            (no_answer(SendErrorKind::Tls), refused),
            (no_answer(SendErrorKind::Unsendable), refused),
            (no_answer(SendErrorKind::Closed), lost),
            (no_answer(SendErrorKind::Reset), lost),
            (no_answer(SendErrorKind::TimeOut), lost),
            (no_answer(SendErrorKind::CutBody), lost),
            (no_answer(SendErrorKind::BodyTooLarge { limit: 1 }), odd),
            (no_answer(SendErrorKind::Garbage), odd),
            (Failure::Redirect(307), odd),
            (Failure::Status(400), refused),
            (Failure::Status(403), refused),
            (Failure::Status(404), refused),
            (Failure::Status(408), lost),
            (Failure::Status(413), refused),
            (Failure::Status(422), refused),
            (
                Failure::Status(429),
                [
                    (3, AttemptsUsed),
                    (1, SameAnswerExpected),
                    (1, SameAnswerExpected),
                    (3, AttemptsUsed),
                ],
            ),
            (Failure::Status(500), busy),
            (Failure::Status(501), odd),
            (Failure::Status(502), busy),
            (Failure::Status(503), busy),
            (Failure::Status(504), busy),
        ];
        let policy = RetryPolicy::default();
        for (failure, expected) in table {
            for (safety, (attempts, why)) in ALL.into_iter().zip(expected) {
                for attempt in 1..*attempts {
                    assert_eq!(
                        decide(safety, *failure, attempt, &policy),
                        Repeat,
                        "{safety:?} {failure:?} {attempt}"
                    );
                }
                assert_eq!(
                    decide(safety, *failure, *attempts, &policy),
                    Stop(*why),
                    "{safety:?} {failure:?}"
                );
            }
        }
        for code in [401, 403] {
            let failure = Failure::Unauthenticated(code);
            for safety in [Safety::Read, Safety::Create, Safety::Delete] {
                assert_eq!(decide(safety, failure, 1, &policy), Reauthorise);
            }
            assert_eq!(
                decide(Safety::Token, failure, 1, &policy),
                Stop(SameAnswerExpected)
            );
        }
    }

    #[test]
    fn nothing_that_may_have_been_executed_is_repeated_for_creates_and_deletes() {
        let policy = RetryPolicy::default().with_attempts(9);
        let kinds = [
            SendErrorKind::Closed,
            SendErrorKind::Reset,
            SendErrorKind::TimeOut,
            SendErrorKind::CutBody,
            SendErrorKind::Garbage,
            SendErrorKind::BodyTooLarge { limit: 1 },
        ];
        let failures = kinds
            .into_iter()
            .map(Failure::NoAnswer)
            .chain((400..600).map(Failure::Status));
        for failure in failures.chain((300..400).map(Failure::Redirect)) {
            for safety in [Safety::Create, Safety::Delete] {
                assert!(
                    matches!(decide(safety, failure, 1, &policy), Stop(_)),
                    "{safety:?} {failure:?}"
                );
            }
        }
    }

    #[test]
    fn waits_double_up_to_the_cap_and_are_drawn_from_zero() {
        let policy = RetryPolicy::default();
        let waits = |fraction, failure| -> Vec<u128> {
            (1..=9)
                .map(|attempt| {
                    policy
                        .backoff(failure, attempt, &FixedRandom(fraction))
                        .as_millis()
                })
                .collect()
        };
        assert_eq!(
            waits(0.5, Failure::Status(500)),
            [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]
        );
        assert_eq!(waits(0.5, Failure::Status(429))[..3], [500, 1_000, 2_000]);
        assert!(
            waits(0.0, Failure::Status(503))
                .iter()
                .all(|wait| *wait == 0)
        );
    }

    #[test]
    fn the_budget_empties_and_fills_again() {
        let budget = RetryBudget::new(3);
        assert_eq!((0..5).filter(|_| budget.take()).count(), 3);
        for _ in 0..11 {
            budget.succeeded();
        }
        assert!(budget.take());
        assert!(!budget.take());
        for _ in 0..1_000 {
            budget.succeeded();
        }
        assert_eq!((0..9).filter(|_| budget.take()).count(), 3);
    }
}
