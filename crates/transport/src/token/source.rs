//! One token for everybody: when to ask for one, who asks, and what is remembered so that requests stay rare.
//!
//! In one process all callers share one flight: a future that each of them drives, so that it goes on when the one who
//! began it is cancelled. Across processes the vault and its lock do the same: whoever gets the lock reads again first.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::failure::Outcome;
use crate::origin::Origin;
use crate::random::Random;
use crate::service::{HttpRequest, HttpResponse};
use crate::token::request::{Form, TokenRequest};
use crate::token::response::{self, Answer, Granted};
use crate::token::vault::{
    KeptAccess, KeptRefresh, MemoryVault, Rejected, TokenVault, VaultEntry, VaultError, VaultKey,
    VaultLock, slack,
};

/// Shortest time between two token requests of one account, unless set.
const INTERVAL: Duration = Duration::from_secs(10);
/// Shortest time after refused credentials; brute-force protection counts failures that follow each other closely.
const AFTER_REJECTION: Duration = Duration::from_secs(2);
/// Shortest time before a token request that a person asked for.
const WHEN_ASKED: Duration = Duration::from_secs(1);
/// Longest time to wait for another process that is asking.
const LOCK_WAIT: Duration = Duration::from_secs(60);
/// Longest time between two token requests because the API refuses new tokens one after the other.
const REFUSAL_CAP: Duration = Duration::from_secs(15 * 60);

/// Sends token requests through the stages; implemented by the transport.
#[async_trait]
pub(crate) trait TokenExchange: Send + Sync {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Error>;
}

/// What a token source borrows from the transport.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) exchange: Arc<dyn TokenExchange>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

/// Tokens of one account, asked for as rarely as possible. Clones share everything.
///
/// * A token is used until a tenth of its life, at most a minute, is left.
/// * With a refresh token that is alive, the refresh grant is tried first; a password is sent only without one.
/// * Between two requests lies a minimum interval, counted over all processes that share the vault.
/// * Credentials that were refused are not sent again until they change.
/// * When the endpoint is in trouble, a token that is still alive goes on being used.
#[derive(Clone)]
pub struct TokenSource(Arc<Source>);

struct Source {
    request: TokenRequest,
    key: VaultKey,
    vault: Arc<dyn TokenVault>,
    audience: Vec<Origin>,
    interval: Duration,
    lock_wait: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Arc<Held>>,
    flight: Option<WeakShared<Flight>>,
}

/// `None` when no other token than the refused one is to be had for now.
type Flight = BoxFuture<'static, Result<Option<Arc<Held>>, Error>>;

/// Settings of a [`TokenSource`].
#[derive(Debug)]
#[must_use]
pub struct TokenSourceBuilder {
    request: TokenRequest,
    vault: Arc<dyn TokenVault>,
    audience: Vec<Origin>,
    interval: Duration,
    lock_wait: Duration,
}

/// What is known about the tokens of an account, without any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TokenStatus {
    /// When the access token ends, if there is one.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether the access token would be used as it is.
    pub usable: bool,
    /// Whether there is a refresh token that is worth a try.
    pub renewable: bool,
    /// When a token was last asked for.
    pub asked_at: Option<DateTime<Utc>>,
    /// When credentials were refused that have not been replaced since.
    pub rejected_at: Option<DateTime<Utc>>,
}

/// An access token in this process.
pub(crate) struct Held {
    pub(crate) kept: KeptAccess,
    /// Until when the token is fresh on the clock that never jumps.
    fresh_until: Duration,
    accepted: AtomicBool,
}

/// Why a token is wanted.
#[derive(Clone)]
enum Why {
    /// There is none that is fresh.
    Needed,
    /// The API refused this one.
    Refused(Arc<Held>),
    /// A person signs in.
    Asked,
}

/// Whether a token may be asked for now.
enum Gate {
    Open,
    Wait(Duration),
    /// Asked too recently, and there is a token that is still alive.
    UseOld,
    /// Asked too recently because of refusals.
    Closed,
}

impl TokenSource {
    /// A source with settings; without any, tokens live in memory and go to the origin that gave them.
    pub fn builder(request: TokenRequest) -> TokenSourceBuilder {
        TokenSourceBuilder {
            audience: vec![request.origin().clone()],
            request,
            vault: Arc::new(MemoryVault::new()),
            interval: INTERVAL,
            lock_wait: LOCK_WAIT,
        }
    }

    /// Whether the tokens of this source belong to `origin`.
    #[must_use]
    pub fn is_for(&self, origin: &Origin) -> bool {
        self.0.audience.contains(origin)
    }

    /// What is known about the tokens at this time.
    ///
    /// # Errors
    /// [`ErrorKind::Storage`] when the vault cannot be read.
    pub async fn status(&self, now: DateTime<Utc>) -> Result<TokenStatus, Error> {
        let entry = self.0.load().await?;
        Ok(TokenStatus {
            expires_at: entry.access.as_ref().map(KeptAccess::expires_at),
            usable: entry
                .access
                .as_ref()
                .is_some_and(|access| access.is_fresh(now)),
            renewable: entry
                .refresh
                .as_ref()
                .is_some_and(|refresh| refresh.is_alive(now)),
            asked_at: entry.asked_at,
            rejected_at: entry.rejected.map(|rejected| rejected.at),
        })
    }

    /// A token to send; another one than `refused`, or `None` when there is no other for now.
    pub(crate) async fn token(
        &self,
        context: &Context,
        refused: Option<&Arc<Held>>,
    ) -> Result<Option<Arc<Held>>, Error> {
        let is_other = |held: &Held| refused.is_none_or(|refused| !refused.is_same(held));
        loop {
            let flight = {
                let mut state = self.0.state();
                if let Some(held) = &state.held
                    && held.is_fresh(&*context.clock)
                    && is_other(held)
                {
                    return Ok(Some(Arc::clone(held)));
                }
                let why = refused.map_or(Why::Needed, |refused| Why::Refused(Arc::clone(refused)));
                self.join(&mut state, context, why)
            };
            match flight.await? {
                Some(held) if is_other(&held) => return Ok(Some(held)),
                // A flight that others began for another reason ended in what cannot be used here; the next is our own.
                Some(_) => {}
                None if refused.is_some() => return Ok(None),
                None => {}
            }
        }
    }

    /// Signs in with the password, even if a token is at hand.
    pub(crate) async fn sign_in(&self, context: &Context) -> Result<(), Error> {
        let source = Arc::clone(&self.0);
        let held = source.obtain(context, &Why::Asked).await?;
        self.0.state().held = held;
        Ok(())
    }

    /// Forgets the tokens here and in the vault; what keeps requests rare stays.
    pub(crate) async fn sign_out(&self, context: &Context) -> Result<(), Error> {
        self.0.state().held = None;
        let mut lock = match self.0.lock(context, |_| None).await? {
            Locked::Mine(lock) => lock,
            Locked::Done(_) => return Ok(()),
        };
        let entry = self.0.load().await?;
        let rest = VaultEntry {
            access: None,
            refresh: None,
            ..entry
        };
        lock.store(&rest).await.map_err(storage)
    }

    fn join(&self, state: &mut State, context: &Context, why: Why) -> Shared<Flight> {
        if let Some(flight) = state.flight.as_ref().and_then(WeakShared::upgrade) {
            return flight;
        }
        let (source, context) = (Arc::clone(&self.0), context.clone());
        let flight = async move {
            let result = source.obtain(&context, &why).await;
            let mut state = source.state();
            state.flight = None;
            if let Ok(Some(held)) = &result {
                state.held = Some(Arc::clone(held));
            }
            result
        };
        let flight: Shared<Flight> = flight.boxed().shared();
        state.flight = flight.downgrade();
        flight
    }
}

/// The lock on the vault, or what made it needless.
enum Locked {
    Mine(Box<dyn VaultLock>),
    Done(Arc<Held>),
}

impl Source {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn load(&self) -> Result<VaultEntry, Error> {
        Ok(self
            .vault
            .load(&self.key)
            .await
            .map_err(storage)?
            .unwrap_or_default())
    }

    /// Whether this process knows by the clock that never jumps that the token has aged more than the wall clock says.
    fn has_aged(&self, access: &KeptAccess, clock: &dyn Clock) -> bool {
        self.state()
            .held
            .as_ref()
            .is_some_and(|held| held.is_token(access) && !held.is_fresh(clock))
    }

    async fn obtain(&self, context: &Context, why: &Why) -> Result<Option<Arc<Held>>, Error> {
        let clock = &*context.clock;
        let at_hand = |entry: &VaultEntry| -> Option<Arc<Held>> {
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
        };
        let mut lock = match self.lock(context, &at_hand).await? {
            Locked::Mine(lock) => lock,
            Locked::Done(held) => return Ok(Some(held)),
        };
        let entry = self.load().await?;
        if let Some(held) = at_hand(&entry) {
            return Ok(Some(held));
        }
        let found = self.renew(context, why, entry, &mut *lock).await?;
        Ok(found.map(|access| Arc::new(Held::new(access, clock))))
    }

    /// Waits for the right to write, looking each time whether the one who has it has done the work.
    async fn lock(
        &self,
        context: &Context,
        done: impl Fn(&VaultEntry) -> Option<Arc<Held>> + Send + Sync,
    ) -> Result<Locked, Error> {
        let clock = &*context.clock;
        let end = clock.monotonic() + self.lock_wait;
        let mut step = Duration::from_millis(5);
        loop {
            if let Some(held) = done(&self.load().await?) {
                return Ok(Locked::Done(held));
            }
            if let Some(lock) = self.vault.try_lock(&self.key).await.map_err(storage)? {
                return Ok(Locked::Mine(lock));
            }
            if clock.monotonic() >= end {
                return Err(Error::not_sent(
                    ErrorKind::VaultBusy,
                    format!(
                        "another process has been asking for a token for {} s",
                        self.lock_wait.as_secs()
                    ),
                ));
            }
            clock
                .sleep(step.mul_f64(0.5 + context.random.fraction() / 2.0))
                .await;
            step = (step * 2).min(Duration::from_millis(100));
        }
    }

    /// Gets another token, under the lock.
    async fn renew(
        &self,
        context: &Context,
        why: &Why,
        mut entry: VaultEntry,
        lock: &mut dyn VaultLock,
    ) -> Result<Option<KeptAccess>, Error> {
        let now = context.clock.now();
        let old = entry.access.clone().filter(|access| match why {
            Why::Refused(refused) => access.is_alive(now) && !refused.is_token(access),
            Why::Needed | Why::Asked => access.is_alive(now),
        });
        let mut wait = match self.gate(why, &entry, old.is_some(), now) {
            Gate::Open => Duration::ZERO,
            Gate::Wait(wait) => wait,
            Gate::UseOld => return Ok(old),
            Gate::Closed => return Ok(None),
        };
        entry.refusals = match why {
            Why::Refused(refused) if refused.was_accepted() => 1,
            Why::Refused(_) => entry.refusals.saturating_add(1),
            Why::Needed | Why::Asked => 0,
        };
        let refresh = entry
            .refresh
            .clone()
            .filter(|refresh| refresh.is_alive(now) && !matches!(why, Why::Asked));
        let form = refresh
            .as_ref()
            .and_then(|refresh| self.request.refresh_form(&refresh.token));
        if let Some(form) = form {
            let asked = self
                .ask(context, &form, &mut entry, lock, std::mem::take(&mut wait))
                .await;
            match asked {
                Ok((at, Answer::Granted(granted))) => {
                    return Ok(Some(self.keep(granted, at, refresh, entry, lock).await));
                }
                Ok((_, Answer::InvalidGrant)) => {
                    tracing::debug!("the refresh token is of no use any more");
                    entry.refresh = None;
                }
                // The client settings may be wrong for this grant; the refresh token is not to blame.
                Ok((_, Answer::Refused(code))) => {
                    tracing::debug!(code, "the refresh grant was refused");
                }
                Ok((_, Answer::Unusable(text))) => return keep_old(old, unusable(text)),
                // The answer was lost, twice: the refresh token may be used up, only the password helps.
                Err(error)
                    if error.outcome() == Outcome::Unknown
                        && error.status().is_none()
                        && old.is_none() =>
                {
                    tracing::debug!("the answer to the refresh grant was lost");
                }
                Err(error) => return keep_old(old, error),
            }
        }
        match self.sign_in(context, &mut entry, lock, wait).await {
            Ok((at, granted)) => Ok(Some(self.keep(granted, at, None, entry, lock).await)),
            Err(error) if matches!(why, Why::Asked) => Err(error),
            Err(error) => keep_old(old, error),
        }
    }

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
            Why::Refused(_) => self
                .interval
                .saturating_mul(1 << (entry.refusals - 1).min(16))
                .min(REFUSAL_CAP.max(self.interval)),
        };
        // A request in the future was noted by a clock that was wrong; it holds nobody back.
        let since = entry.asked_at.and_then(|at| (now - at).to_std().ok());
        match since
            .and_then(|since| gap.checked_sub(since))
            .filter(|left| !left.is_zero())
        {
            None => Gate::Open,
            Some(_) if old && !matches!(why, Why::Asked) => Gate::UseOld,
            Some(_) if matches!(why, Why::Refused(refused) if !refused.was_accepted()) => {
                Gate::Closed
            }
            Some(left) => Gate::Wait(left),
        }
    }

    /// A password grant, unless these very credentials were refused before.
    async fn sign_in(
        &self,
        context: &Context,
        entry: &mut VaultEntry,
        lock: &mut dyn VaultLock,
        wait: Duration,
    ) -> Result<(DateTime<Utc>, Granted), Error> {
        let form = self.request.password_form()?;
        if let Some(rejected) = &entry.rejected
            && self.request.fingerprint(&form, &rejected.salt) == rejected.fingerprint
        {
            return Err(Error::not_sent(
                ErrorKind::CredentialsRejected,
                format!(
                    "these credentials were refused at {} and are not sent again until they change",
                    rejected.at.format("%Y-%m-%d %H:%M:%S UTC")
                ),
            ));
        }
        match self.ask(context, &form, entry, lock, wait).await? {
            (at, Answer::Granted(granted)) => {
                entry.rejected = None;
                Ok((at, granted))
            }
            (at, Answer::InvalidGrant) => Err(self
                .reject(context, &form, entry, lock, at, Some("invalid_grant"))
                .await),
            (at, Answer::Refused(code)) => {
                Err(self.reject(context, &form, entry, lock, at, code).await)
            }
            (_, Answer::Unusable(text)) => Err(unusable(text)),
        }
    }

    async fn reject(
        &self,
        context: &Context,
        form: &Form,
        entry: &mut VaultEntry,
        lock: &mut dyn VaultLock,
        at: DateTime<Utc>,
        code: Option<&str>,
    ) -> Error {
        let salt = context.random.bytes();
        entry.rejected = Some(Rejected {
            at,
            salt,
            fingerprint: self.request.fingerprint(form, &salt),
        });
        let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
        let error = Error::new(
            ErrorKind::CredentialsRejected,
            Outcome::Rejected,
            format!("the service refuses these credentials{code}"),
        );
        match lock.store(entry).await {
            Ok(()) => error,
            Err(failure) => error.with_source(failure),
        }
    }

    /// Sends one form. The request is noted before it leaves, so that not even a crash makes the next one come early.
    async fn ask(
        &self,
        context: &Context,
        form: &Form,
        entry: &mut VaultEntry,
        lock: &mut dyn VaultLock,
        wait: Duration,
    ) -> Result<(DateTime<Utc>, Answer), Error> {
        let request = self.request.request(form)?;
        if !wait.is_zero() {
            tracing::debug!(?wait, "waiting before the next token request");
            context.clock.sleep(wait).await;
        }
        let before = entry.asked_at;
        let at = context.clock.now();
        entry.asked_at = Some(at);
        lock.store(entry).await.map_err(storage)?;
        match context.exchange.exchange(request).await {
            Ok(response) => Ok((
                at,
                response::read(
                    response.status(),
                    response.body(),
                    self.request.answer_field(),
                ),
            )),
            Err(error) => {
                if error.outcome() == Outcome::NotSent {
                    entry.asked_at = before;
                    lock.store(entry).await.map_err(storage)?;
                }
                Err(error)
            }
        }
    }

    /// Keeps what was granted; `used` is the refresh token that was sent for it.
    async fn keep(
        &self,
        granted: Granted,
        at: DateTime<Utc>,
        used: Option<KeptRefresh>,
        mut entry: VaultEntry,
        lock: &mut dyn VaultLock,
    ) -> KeptAccess {
        let lifetime = match granted.lifetime {
            // Ends at once, it says: nobody means that. It is tried for as long as no other may be asked for.
            Some(Duration::ZERO) => self.interval,
            Some(lifetime) => lifetime,
            None => self.request.lifetime(),
        };
        let access = KeptAccess {
            token: granted.access,
            obtained_at: at,
            lifetime,
        };
        entry.access = Some(access.clone());
        entry.refresh = match granted.refresh {
            Some(token) => Some(KeptRefresh {
                token,
                obtained_at: at,
                lifetime: granted.refresh_lifetime.or(self.request.refresh_lifetime()),
            }),
            None => used,
        };
        tracing::debug!(expires_at = %access.expires_at(), renewable = entry.refresh.is_some(), "got a token");
        if let Err(error) = lock.store(&entry).await {
            // The token is good all the same; the note of the request, stored before, keeps others from hurrying.
            tracing::warn!(%error, "the token cannot be kept for other processes");
        }
        access
    }
}

impl TokenSourceBuilder {
    /// Keeps tokens here, for all processes that do the same.
    pub fn vault(mut self, vault: impl TokenVault) -> Self {
        self.vault = Arc::new(vault);
        self
    }

    /// The tokens belong to this origin too; needed where the API lives elsewhere than its token endpoint.
    pub fn for_origin(mut self, origin: Origin) -> Self {
        if !self.audience.contains(&origin) {
            self.audience.push(origin);
        }
        self
    }

    /// Shortest time between two token requests, all processes together; 10 s unless set.
    pub fn minimum_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Longest time to wait for another process that is asking; 60 s unless set.
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// The source.
    #[must_use]
    pub fn build(self) -> TokenSource {
        TokenSource(Arc::new(Source {
            key: self.request.vault_key(),
            request: self.request,
            vault: self.vault,
            audience: self.audience,
            interval: self.interval,
            lock_wait: self.lock_wait,
            state: Mutex::new(State::default()),
        }))
    }
}

impl From<TokenRequest> for TokenSource {
    fn from(request: TokenRequest) -> Self {
        Self::builder(request).build()
    }
}

impl Held {
    fn new(kept: KeptAccess, clock: &dyn Clock) -> Self {
        let age = (clock.now() - kept.obtained_at)
            .to_std()
            .unwrap_or_default();
        let fresh = kept
            .lifetime
            .saturating_sub(slack(kept.lifetime))
            .saturating_sub(age);
        Self {
            fresh_until: clock.monotonic() + fresh,
            kept,
            accepted: AtomicBool::new(false),
        }
    }

    fn is_fresh(&self, clock: &dyn Clock) -> bool {
        self.kept.is_fresh(clock.now()) && clock.monotonic() <= self.fresh_until
    }

    fn is_token(&self, other: &KeptAccess) -> bool {
        self.kept.token.as_secret().same_as(other.token.as_secret())
    }

    fn is_same(&self, other: &Self) -> bool {
        self.is_token(&other.kept)
    }

    /// Notes that the API took the token.
    pub(crate) fn accept(&self) {
        self.accepted.store(true, Ordering::Relaxed);
    }

    fn was_accepted(&self) -> bool {
        self.accepted.load(Ordering::Relaxed)
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

fn unusable(text: &str) -> Error {
    Error::new(
        ErrorKind::TokenEndpoint,
        Outcome::Rejected,
        format!("no token: {text}"),
    )
}

fn storage(error: VaultError) -> Error {
    Error::not_sent(ErrorKind::Storage, "the token vault cannot be used").with_source(error)
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("request", &self.0.request)
            .field("vault", &self.0.vault)
            .field("audience", &self.0.audience)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("expires_at", &self.kept.expires_at())
            .finish_non_exhaustive()
    }
}
