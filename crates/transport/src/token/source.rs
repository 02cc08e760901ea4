//! One token for everybody in this process: callers share one flight, a future that each of them drives, so that it goes
//! on when the one who began it is cancelled. What happens in a flight is the matter of [`renewal`](super::renewal).

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use crate::clock::Clock;
use crate::error::Error;
use crate::origin::Origin;
use crate::random::Random;
use crate::service::{HttpRequest, HttpResponse};
use crate::token::entry::KeptAccess;
use crate::token::held::Held;
use crate::token::renewal::Why;
use crate::token::request::TokenRequest;
use crate::token::vault::{MemoryVault, TokenVault, VaultKey};

/// Shortest time between two token requests of one account, unless set.
const INTERVAL: Duration = Duration::from_secs(10);
/// Longest time to wait for another process that is asking, unless set.
const LOCK_WAIT: Duration = Duration::from_secs(60);

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
/// * Credentials that were refused are not sent again until they change, or until the account is signed out.
/// * When the endpoint is in trouble, a token that is still alive goes on being used.
/// * A token that the API refuses is replaced at once; when the API refuses new ones as well, ever more rarely.
#[derive(Clone)]
pub struct TokenSource(Arc<Source>);

pub(super) struct Source {
    pub(super) request: TokenRequest,
    pub(super) key: VaultKey,
    pub(super) vault: Arc<dyn TokenVault>,
    audience: Vec<Origin>,
    pub(super) interval: Duration,
    pub(super) lock_wait: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) held: Option<Arc<Held>>,
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
    /// [`ErrorKind::Storage`](crate::ErrorKind::Storage) when the vault cannot be read.
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
                None if refused.is_some() => return Ok(None),
                // A flight that others began for another reason ended in what cannot be used here; the next is our own.
                Some(_) | None => {}
            }
        }
    }

    /// Signs in with the password, even if a token is at hand.
    pub(crate) async fn sign_in(&self, context: &Context) -> Result<(), Error> {
        let held = self.0.obtain(context, &Why::Asked).await?;
        self.0.state().held = held;
        Ok(())
    }

    /// Forgets the tokens here and in the vault, and refused credentials with them.
    pub(crate) async fn sign_out(&self, context: &Context) -> Result<(), Error> {
        self.0.state().held = None;
        self.0.forget(context).await
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
        // Weak: the flight holds the source, and ends when nobody waits for it any more.
        state.flight = flight.downgrade();
        flight
    }
}

impl Source {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("request", &self.0.request)
            .field("vault", &self.0.vault)
            .field("audience", &self.0.audience)
            .finish_non_exhaustive()
    }
}
