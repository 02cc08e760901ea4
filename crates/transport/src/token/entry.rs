//! What is kept about one account between processes: tokens, their lives, and the memory that keeps requests rare.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::clock::to_delta;
use crate::secret::{AccessToken, RefreshToken};
use crate::token::vault::VaultError;

/// Longest life that is believed of a token.
pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// What is kept about one account: its tokens and the memory that keeps requests rare.
#[derive(Clone, Default)]
pub struct VaultEntry {
    pub(crate) access: Option<KeptAccess>,
    pub(crate) refresh: Option<KeptRefresh>,
    /// When a token was last asked for, noted before the request left.
    pub(crate) asked_at: Option<DateTime<Utc>>,
    /// How many tokens in a row were asked for because the one before was refused by the API.
    pub(crate) refusals: u32,
    /// Credentials that were refused.
    pub(crate) rejected: Option<Rejected>,
}

/// An access token and its life.
#[derive(Clone)]
pub(crate) struct KeptAccess {
    pub(crate) token: AccessToken,
    pub(crate) obtained_at: DateTime<Utc>,
    pub(crate) lifetime: Duration,
}

/// A refresh token and its life, if one is known.
#[derive(Clone)]
pub(crate) struct KeptRefresh {
    pub(crate) token: RefreshToken,
    pub(crate) obtained_at: DateTime<Utc>,
    pub(crate) lifetime: Option<Duration>,
}

/// Credentials that were refused, recognisable but not readable.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) at: DateTime<Utc>,
    pub(crate) salt: [u8; 16],
    pub(crate) fingerprint: [u8; 32],
}

/// How long before its end a token is no longer used: a tenth of its life, at most a minute. A fixed window of several
/// minutes would turn a short-lived token into one request per call.
pub(crate) fn slack(lifetime: Duration) -> Duration {
    (lifetime / 10).min(Duration::from_secs(60))
}

/// The part of a life that is left, seen from `now`. Nothing is left when the token seems to come from the future: then
/// a clock was wrong, and a token that would look fresh for years must not be trusted.
fn left(obtained_at: DateTime<Utc>, lifetime: Duration, now: DateTime<Utc>) -> Option<Duration> {
    let age = (now - obtained_at).to_std().ok()?;
    lifetime.checked_sub(age).filter(|left| !left.is_zero())
}

impl KeptAccess {
    /// Whether the token may be used without asking for another.
    pub(crate) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.lifetime <= LONGEST
            && left(self.obtained_at, self.lifetime, now)
                .is_some_and(|left| left >= slack(self.lifetime))
    }

    /// Whether the token is still accepted, as far as anybody knows.
    pub(crate) fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.lifetime <= LONGEST && left(self.obtained_at, self.lifetime, now).is_some()
    }

    pub(crate) fn expires_at(&self) -> DateTime<Utc> {
        self.obtained_at + to_delta(self.lifetime)
    }
}

impl KeptRefresh {
    /// Whether the token is worth a try.
    pub(crate) fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.lifetime
            .is_none_or(|lifetime| left(self.obtained_at, lifetime, now).is_some())
    }
}

impl fmt::Debug for VaultEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultEntry")
            .field(
                "expires_at",
                &self.access.as_ref().map(KeptAccess::expires_at),
            )
            .field("has_refresh_token", &self.refresh.is_some())
            .field("asked_at", &self.asked_at)
            .field("refusals", &self.refusals)
            .field(
                "rejected_at",
                &self.rejected.as_ref().map(|rejected| rejected.at),
            )
            .finish()
    }
}

/// The form of an entry in files and databases.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access: Option<StoredToken>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh: Option<StoredToken>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_at: Option<i64>,
    #[serde(default)]
    refusals: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejected: Option<StoredRejected>,
}

#[derive(Serialize, Deserialize)]
struct StoredToken {
    token: String,
    obtained_at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lifetime_ms: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct StoredRejected {
    at: i64,
    salt: [u8; 16],
    fingerprint: [u8; 32],
}

impl Drop for StoredToken {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.token);
    }
}

const VERSION: u32 = 1;

impl VaultEntry {
    /// The entry as JSON, for vaults that keep bytes. It holds the tokens in clear.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<Vec<u8>> {
        let token =
            |token: &str, obtained_at: DateTime<Utc>, lifetime: Option<Duration>| StoredToken {
                token: token.to_owned(),
                obtained_at: obtained_at.timestamp_millis(),
                lifetime_ms: lifetime
                    .map(|lifetime| u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX)),
            };
        let stored = Stored {
            version: VERSION,
            access: self
                .access
                .as_ref()
                .map(|kept| token(kept.token.expose(), kept.obtained_at, Some(kept.lifetime))),
            refresh: self
                .refresh
                .as_ref()
                .map(|kept| token(kept.token.expose(), kept.obtained_at, kept.lifetime)),
            asked_at: self.asked_at.map(|at| at.timestamp_millis()),
            refusals: self.refusals,
            rejected: self.rejected.as_ref().map(|rejected| StoredRejected {
                at: rejected.at.timestamp_millis(),
                salt: rejected.salt,
                fingerprint: rejected.fingerprint,
            }),
        };
        // Only maps with odd keys and failing writers make this fail, and there are neither.
        Zeroizing::new(serde_json::to_vec(&stored).unwrap_or_default())
    }

    /// Reads what [`VaultEntry::to_json`] wrote. `Ok(None)` when it is damaged: it holds nothing that cannot be obtained
    /// again, so a damaged entry counts as none and is overwritten by the next one.
    ///
    /// # Errors
    /// [`VaultError`] when a newer version of this program wrote it; overwriting it would make both ask in turns.
    pub fn from_json(bytes: &[u8]) -> Result<Option<Self>, VaultError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        match serde_json::from_slice::<Version>(bytes) {
            Ok(Version { version }) if version > VERSION => {
                return Err(VaultError::new(
                    "the kept tokens were written by a newer version of this program",
                ));
            }
            _ => {}
        }
        let Ok(mut stored) = serde_json::from_slice::<Stored>(bytes) else {
            return Ok(None);
        };
        let time = DateTime::from_timestamp_millis;
        let access = stored.access.take().and_then(|kept| {
            Some(KeptAccess {
                token: AccessToken::new(kept.token.as_str()),
                obtained_at: time(kept.obtained_at)?,
                lifetime: Duration::from_millis(kept.lifetime_ms?),
            })
        });
        let refresh = stored.refresh.take().and_then(|kept| {
            Some(KeptRefresh {
                token: RefreshToken::new(kept.token.as_str()),
                obtained_at: time(kept.obtained_at)?,
                lifetime: kept.lifetime_ms.map(Duration::from_millis),
            })
        });
        let rejected = stored.rejected.and_then(|rejected| {
            Some(Rejected {
                at: time(rejected.at)?,
                salt: rejected.salt,
                fingerprint: rejected.fingerprint,
            })
        });
        Ok(Some(Self {
            access,
            refresh,
            asked_at: stored.asked_at.and_then(time),
            refusals: stored.refusals,
            rejected,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_768_478_400, 0).expect("a time")
    }

    fn access(age: i64, lifetime: u64) -> KeptAccess {
        KeptAccess {
            token: AccessToken::new("a"),
            obtained_at: now() - chrono::TimeDelta::seconds(age),
            lifetime: Duration::from_secs(lifetime),
        }
    }

    #[test]
    fn slack_is_a_tenth_and_at_most_a_minute() {
        for (lifetime, expected) in [
            (3_600, 60.0),
            (900, 60.0),
            (600, 60.0),
            (60, 6.0),
            (5, 0.5),
            (0, 0.0),
        ] {
            assert_eq!(
                slack(Duration::from_secs(lifetime)),
                Duration::from_secs_f64(expected)
            );
        }
    }

    #[test]
    fn freshness_ends_before_life_does() {
        assert!(access(0, 900).is_fresh(now()) && access(840, 900).is_fresh(now()));
        assert!(!access(841, 900).is_fresh(now()) && access(841, 900).is_alive(now()));
        assert!(!access(900, 900).is_alive(now()));
    }

    #[test]
    fn tokens_from_the_future_and_with_absurd_lives_are_not_trusted() {
        assert!(!access(-1, 900).is_fresh(now()) && !access(-1, 900).is_alive(now()));
        assert!(
            !access(-30_000_000_000, 900).is_alive(now()),
            "obtained in the year 2976"
        );
        assert!(!access(10, 40_000_000_000).is_fresh(now()));
    }

    #[test]
    fn damaged_entries_count_as_none_and_newer_ones_are_left_alone() {
        for damaged in ["", "{", "[]", "{}", r#"{"version":1,"access":7}"#, "\0\0\0"] {
            assert!(
                VaultEntry::from_json(damaged.as_bytes())
                    .expect("not newer")
                    .is_none(),
                "{damaged}"
            );
        }
        assert!(VaultEntry::from_json(br#"{"version":2,"other":true}"#).is_err());
    }

    #[test]
    fn debug_shows_no_token() {
        let entry = VaultEntry {
            access: Some(KeptAccess {
                token: AccessToken::new("canary"),
                ..access(0, 1)
            }),
            ..Default::default()
        };
        assert!(!format!("{entry:?}").contains("canary"));
    }

    proptest! {
        #[test]
        fn entries_survive_the_round_trip(
            token in "[!-~]{1,40}", refresh in proptest::option::of("[!-~]{1,40}"), lifetime in 0_u64..10_000_000,
            at in 0_i64..4_000_000_000_000, refusals: u32, rejected: Option<([u8; 16], [u8; 32])>,
        ) {
            let at = DateTime::from_timestamp_millis(at).expect("in range");
            let entry = VaultEntry {
                access: Some(KeptAccess { token: AccessToken::new(token.as_str()), obtained_at: at, lifetime: Duration::from_millis(lifetime) }),
                refresh: refresh.as_deref().map(|token| KeptRefresh { token: RefreshToken::new(token), obtained_at: at, lifetime: None }),
                asked_at: Some(at),
                refusals,
                rejected: rejected.map(|(salt, fingerprint)| Rejected { at, salt, fingerprint }),
            };
            let back = VaultEntry::from_json(&entry.to_json()).expect("this version").expect("whole");
            prop_assert_eq!(back.to_json(), entry.to_json());
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = VaultEntry::from_json(&bytes);
        }
    }
}
