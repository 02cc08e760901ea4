//! What happens when a token is needed and none is at hand: look into the vault, get the right to write, look again, wait
//! where asking would be too early, ask, and remember.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::StatusCode;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::failure::Outcome;
use crate::stages::{CallReport, TOKEN};
use crate::token::entry::{KeptAccess, KeptRefresh, Rejected, VaultEntry};
use crate::token::held::Held;
use crate::token::request::Form;
use crate::token::response::{self, Answer, Granted};
use crate::token::source::{Context, Source};
use crate::token::vault::{VaultError, VaultLock};

/// Shortest time after refused credentials; brute-force protection counts failures that follow each other closely.
const AFTER_REJECTION: Duration = Duration::from_secs(2);
/// Shortest time before a token request that a person asked for.
const WHEN_ASKED: Duration = Duration::from_secs(1);
/// Longest time between two token requests because the API refuses new tokens one after the other.
const REFUSAL_CAP: Duration = Duration::from_secs(15 * 60);
/// Longest pause between two looks at a lock that another process holds.
const LONGEST_LOOK: Duration = Duration::from_millis(100);

/// Why a token is wanted.
#[derive(Clone)]
pub(super) enum Why {
    /// There is none that is fresh.
    Needed,
    /// The API refused this one.
    Refused(Arc<Held>),
    /// A person signs in.
    Asked,
}

/// The right to write into the vault, or what made it needless.
enum Locked {
    Mine(Box<dyn VaultLock>),
    Done(Arc<Held>),
}

/// Whether a token may be asked for now.
enum Gate {
    /// After this time, which is mostly none.
    Wait(Duration),
    /// Asked too recently, and there is a token that is still alive.
    UseOld,
    /// Asked too recently because of refusals.
    Closed,
}

impl Source {
    pub(super) async fn load(&self) -> Result<VaultEntry, Error> {
        Ok(self
            .vault
            .load(&self.key)
            .await
            .map_err(storage)?
            .unwrap_or_default())
    }

    /// A token, or `None` when there is no other than the refused one for now.
    pub(super) async fn obtain(
        &self,
        context: &Context,
        why: &Why,
    ) -> Result<Option<Arc<Held>>, Error> {
        let clock = &*context.clock;
        let at_hand = |entry: &VaultEntry| self.at_hand(entry, why, clock);
        let mut lock = match self.lock(context, &at_hand).await? {
            Locked::Mine(lock) => lock,
            Locked::Done(held) => return Ok(Some(held)),
        };
        let entry = self.load().await?;
        if let Some(held) = at_hand(&entry) {
            return Ok(Some(held));
        }
        let found = Renewal {
            source: self,
            context,
            why,
            entry,
            lock: &mut *lock,
        }
        .run()
        .await?;
        Ok(found.map(|access| Arc::new(Held::new(access, clock))))
    }

    /// Forgets tokens and refused credentials; the interval between requests stays.
    pub(super) async fn forget(&self, context: &Context) -> Result<(), Error> {
        if let Locked::Mine(mut lock) = self.lock(context, |_| None).await? {
            let asked_at = self.load().await?.asked_at;
            lock.store(&VaultEntry {
                asked_at,
                ..VaultEntry::default()
            })
            .await
            .map_err(storage)?;
        }
        Ok(())
    }

    /// The token of the vault, if it is what is wanted.
    fn at_hand(&self, entry: &VaultEntry, why: &Why, clock: &dyn Clock) -> Option<Arc<Held>> {
        let access = entry
            .access
            .as_ref()
            .filter(|access| access.is_fresh(clock.now()))?;
        let unwanted = match why {
            Why::Asked => true,
            Why::Refused(refused) => refused.is_token(access),
            Why::Needed => self.has_aged(access, clock),
        };
        (!unwanted).then(|| Arc::new(Held::new(access.clone(), clock)))
    }

    /// Whether this process knows by the clock that never jumps that the token has aged more than the wall clock says.
    fn has_aged(&self, access: &KeptAccess, clock: &dyn Clock) -> bool {
        self.state()
            .held
            .as_ref()
            .is_some_and(|held| held.is_token(access) && !held.is_fresh(clock))
    }

    /// Waits for the right to write, looking each time whether the one who has it has done the work.
    async fn lock(
        &self,
        context: &Context,
        done: impl Fn(&VaultEntry) -> Option<Arc<Held>> + Send + Sync,
    ) -> Result<Locked, Error> {
        let clock = &*context.clock;
        let end = clock.monotonic().saturating_add(self.lock_wait);
        let mut look = Duration::from_millis(5);
        loop {
            if let Some(held) = done(&self.load().await?) {
                return Ok(Locked::Done(held));
            }
            if let Some(lock) = self.vault.try_lock(&self.key).await.map_err(storage)? {
                return Ok(Locked::Mine(lock));
            }
            if clock.monotonic() >= end {
                let seconds = self.lock_wait.as_secs();
                let text = format!("another process has been asking for a token for {seconds} s");
                return Err(Error::not_sent(ErrorKind::VaultBusy, text));
            }
            clock
                .sleep(look.mul_f64(0.5 + context.random.fraction() / 2.0))
                .await;
            look = (look * 2).min(LONGEST_LOOK);
        }
    }

    /// Whether a token may be asked for, and what else if not.
    fn gate(&self, why: &Why, entry: &VaultEntry, old: bool, now: DateTime<Utc>) -> Gate {
        let floor = if entry.rejected.is_some() {
            self.interval.min(AFTER_REJECTION)
        } else {
            self.interval
        };
        let gap = match why {
            Why::Needed => floor,
            Why::Asked => floor.min(WHEN_ASKED),
            Why::Refused(_) if entry.refusals == 0 => Duration::ZERO,
            Why::Refused(refused) if refused.was_accepted() => floor,
            Why::Refused(_) => {
                let doubled = self
                    .interval
                    .saturating_mul(1 << (entry.refusals - 1).min(16));
                doubled.min(REFUSAL_CAP.max(self.interval))
            }
        };
        // A request in the future was noted by a clock that was wrong; it holds nobody back.
        let since = entry.asked_at.and_then(|at| (now - at).to_std().ok());
        let left = since.map_or(Duration::ZERO, |since| gap.saturating_sub(since));
        match why {
            _ if left.is_zero() => Gate::Wait(left),
            Why::Needed | Why::Refused(_) if old => Gate::UseOld,
            Why::Refused(refused) if !refused.was_accepted() => Gate::Closed,
            Why::Needed | Why::Refused(_) | Why::Asked => Gate::Wait(left),
        }
    }
}

/// One renewal, by whoever has the right to write.
struct Renewal<'a> {
    source: &'a Source,
    context: &'a Context,
    why: &'a Why,
    entry: VaultEntry,
    lock: &'a mut dyn VaultLock,
}

/// A token request that was answered.
struct Sent {
    /// When it was about to leave; lives count from here.
    at: DateTime<Utc>,
    status: StatusCode,
    report: Option<CallReport>,
}

impl Renewal<'_> {
    /// Refresh grant where there is a refresh token, else password grant.
    async fn run(mut self) -> Result<Option<KeptAccess>, Error> {
        let now = self.context.clock.now();
        let old = self.entry.access.clone().filter(|access| {
            access.is_alive(now)
                && !matches!(self.why, Why::Refused(refused) if refused.is_token(access))
        });
        let mut wait = match self.source.gate(self.why, &self.entry, old.is_some(), now) {
            Gate::Wait(wait) => wait,
            Gate::UseOld => return Ok(old),
            Gate::Closed => return Ok(None),
        };
        self.entry.refusals = match self.why {
            Why::Refused(refused) if refused.was_accepted() => 1,
            Why::Refused(_) => self.entry.refusals.saturating_add(1),
            Why::Needed | Why::Asked => 0,
        };
        if !matches!(self.why, Why::Asked)
            && let Some(used) = self
                .entry
                .refresh
                .clone()
                .filter(|refresh| refresh.is_alive(now))
            && let Some(form) = self.source.request.refresh_form(&used.token)
        {
            match self.ask(&form, std::mem::take(&mut wait)).await {
                Ok((sent, Answer::Granted(granted))) => {
                    return Ok(Some(self.keep(granted, sent.at, Some(used)).await));
                }
                Ok((_, Answer::InvalidGrant)) => {
                    tracing::debug!("the refresh token is of no use any more");
                    self.entry.refresh = None;
                }
                // The client settings may be wrong for this grant; the refresh token is not to blame.
                Ok((_, Answer::Refused(code))) => {
                    tracing::debug!(code, "the refresh grant was refused");
                }
                // The answer was lost, twice: the refresh token may be used up, and only the password helps.
                Err(error) if is_lost(&error) && old.is_none() => {
                    tracing::debug!(%error, "the answer to the refresh grant was lost");
                }
                Err(error) => return keep_old(old, error),
            }
        }
        match self.sign_in(wait).await {
            Ok((at, granted)) => Ok(Some(self.keep(granted, at, None).await)),
            Err(error) if matches!(self.why, Why::Asked) => Err(error),
            Err(error) => keep_old(old, error),
        }
    }

    /// A password grant, unless these very credentials were refused before.
    async fn sign_in(&mut self, wait: Duration) -> Result<(DateTime<Utc>, Granted), Error> {
        let request = &self.source.request;
        let form = request.password_form()?;
        if let Some(rejected) = &self.entry.rejected
            && request.fingerprint(&form, &rejected.salt) == rejected.fingerprint
        {
            let at = rejected.at.format("%Y-%m-%d %H:%M:%S UTC");
            let text = format!(
                "these credentials were refused at {at} and are not sent again until they change"
            );
            return Err(Error::not_sent(ErrorKind::CredentialsRejected, text));
        }
        match self.ask(&form, wait).await? {
            (sent, Answer::Granted(granted)) => {
                self.entry.rejected = None;
                Ok((sent.at, granted))
            }
            (sent, Answer::InvalidGrant) => {
                Err(self.reject(&form, &sent, Some("invalid_grant")).await)
            }
            (sent, Answer::Refused(code)) => Err(self.reject(&form, &sent, code).await),
        }
    }

    /// Remembers that these credentials were refused.
    async fn reject(&mut self, form: &Form, sent: &Sent, code: Option<&str>) -> Error {
        let salt = self.context.random.bytes();
        let fingerprint = self.source.request.fingerprint(form, &salt);
        self.entry.rejected = Some(Rejected {
            at: sent.at,
            salt,
            fingerprint,
        });
        let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
        let text = format!("the service refuses these credentials{code}");
        let error = self.named(
            Error::new(ErrorKind::CredentialsRejected, Outcome::Rejected, text),
            sent,
        );
        match self.lock.store(&self.entry).await {
            Ok(()) => error,
            Err(failure) => error.with_source(failure),
        }
    }

    /// Sends one form. The request is noted before it leaves, so that not even a crash makes the next one come early.
    async fn ask(&mut self, form: &Form, wait: Duration) -> Result<(Sent, Answer), Error> {
        let request = self.source.request.request(form)?;
        if !wait.is_zero() {
            tracing::debug!(?wait, "waiting before the next token request");
            self.context.clock.sleep(wait).await;
        }
        let at = self.context.clock.now();
        let before = self.entry.asked_at.replace(at);
        self.lock.store(&self.entry).await.map_err(storage)?;
        match self.context.exchange.exchange(request).await {
            Ok(answer) => {
                let sent = Sent {
                    at,
                    status: answer.status(),
                    report: answer.extensions().get().copied(),
                };
                match response::read(
                    answer.status(),
                    answer.body(),
                    self.source.request.answer_field(),
                ) {
                    Ok(read) => Ok((sent, read)),
                    Err(text) => {
                        let text = format!("no token: {text}");
                        Err(self.named(
                            Error::new(ErrorKind::TokenEndpoint, Outcome::Rejected, text),
                            &sent,
                        ))
                    }
                }
            }
            Err(error) => {
                if error.outcome() == Outcome::NotSent {
                    self.entry.asked_at = before;
                    self.lock.store(&self.entry).await.map_err(storage)?;
                }
                Err(error)
            }
        }
    }

    /// The error with what is known about the token request.
    fn named(&self, error: Error, sent: &Sent) -> Error {
        let (attempts, elapsed) = sent.report.map_or((1, Duration::ZERO), |report| {
            (report.attempts, report.elapsed)
        });
        let error = error.with_status(Some(sent.status));
        error.in_call(TOKEN.name, self.source.request.origin(), attempts, elapsed)
    }

    /// Keeps what was granted; `used` is the refresh token that was sent for it.
    async fn keep(
        mut self,
        granted: Granted,
        at: DateTime<Utc>,
        used: Option<KeptRefresh>,
    ) -> KeptAccess {
        let request = &self.source.request;
        let lifetime = match granted.lifetime {
            // Ends at once, it says: nobody means that. It is used for as long as no other may be asked for.
            Some(Duration::ZERO) => self.source.interval,
            Some(lifetime) => lifetime,
            None => request.lifetime(),
        };
        let access = KeptAccess {
            token: granted.access,
            obtained_at: at,
            lifetime,
        };
        self.entry.access = Some(access.clone());
        self.entry.refresh = match granted.refresh {
            Some(token) => {
                let lifetime = granted.refresh_lifetime.or(request.refresh_lifetime());
                Some(KeptRefresh {
                    token,
                    obtained_at: at,
                    lifetime,
                })
            }
            // A server need not give a new one; then the one that was used goes on (RFC 6749 section 6).
            None => used,
        };
        tracing::debug!(expires_at = %access.expires_at(), renewable = self.entry.refresh.is_some(), "got a token");
        if let Err(error) = self.lock.store(&self.entry).await {
            // The token is good all the same; the note of the request, stored before, keeps others from hurrying.
            tracing::warn!(%error, "the token cannot be kept for other processes");
        }
        access
    }
}

fn keep_old(old: Option<KeptAccess>, error: Error) -> Result<Option<KeptAccess>, Error> {
    match old {
        Some(old) => {
            tracing::warn!(%error, "no new token, the old one is still alive");
            Ok(Some(old))
        }
        None => Err(error),
    }
}

/// Whether the request may have been executed and its answer never came.
fn is_lost(error: &Error) -> bool {
    error.outcome() == Outcome::Unknown && error.status().is_none()
}

fn storage(error: VaultError) -> Error {
    Error::not_sent(ErrorKind::Storage, "the token vault cannot be used").with_source(error)
}
