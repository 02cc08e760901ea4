//! The token endpoint, as Keycloak answers, and the account behind it.
//!
//! The integration guide (<https://docs.finfo.se>, authentication) says that a token lives 15 minutes, must be used until
//! it expires, and that repeated needless requests can suspend the account. How many that takes is not public.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};

/// What is handed out with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FinfoAccount {
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

impl Default for FinfoAccount {
    fn default() -> Self {
        Self {
            client_id: "finfo-api".to_owned(),
            client_secret: "sandbox-client-secret".to_owned(),
            username: "reseller@example.test".to_owned(),
            password: "sandbox-password".to_owned(),
        }
    }
}

/// What was asked of the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grants {
    /// Tokens given for the password.
    pub password: u64,
    /// Tokens given for a refresh token.
    pub refresh: u64,
    /// Requests that were refused.
    pub refused: u64,
    /// Tokens given although one was alive with more than a fifth of its life before it.
    pub needless: u64,
}

/// Settings of tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct TokenRules {
    pub(super) lifetime: TimeDelta,
    pub(super) refresh_lifetime: TimeDelta,
    /// Whether a refresh token serves once.
    pub(super) rotate: bool,
    /// More needless grants than this suspend the account.
    pub(super) bears: u64,
}

/// The account and its tokens.
#[derive(Debug)]
pub(super) struct Tokens {
    pub(super) account: FinfoAccount,
    pub(super) rules: TokenRules,
    pub(super) grants: Grants,
    pub(super) suspended: bool,
    /// Needless grants since the account was opened, or last allowed again.
    strikes: u64,
    access: BTreeMap<String, DateTime<Utc>>,
    refresh: BTreeMap<String, DateTime<Utc>>,
}

/// A refusal: status, `error`, `error_description`.
type Refusal = (StatusCode, &'static str, &'static str);

const BAD_CLIENT: Refusal = (
    StatusCode::UNAUTHORIZED,
    "unauthorized_client",
    "Invalid client or Invalid client credentials",
);
const BAD_USER: Refusal = (
    StatusCode::UNAUTHORIZED,
    "invalid_grant",
    "Invalid user credentials",
);
const SUSPENDED: Refusal = (StatusCode::BAD_REQUEST, "invalid_grant", "Account disabled");
const NOT_ACTIVE: Refusal = (
    StatusCode::BAD_REQUEST,
    "invalid_grant",
    "Token is not active",
);
const UNSUPPORTED: Refusal = (
    StatusCode::BAD_REQUEST,
    "unsupported_grant_type",
    "Unsupported grant_type",
);

impl Tokens {
    pub(super) fn new(account: FinfoAccount, rules: TokenRules) -> Self {
        Self {
            account,
            rules,
            grants: Grants::default(),
            suspended: false,
            strikes: 0,
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
        }
    }

    /// Suspends the account, or allows it again.
    pub(super) fn suspend(&mut self, suspended: bool) {
        (self.suspended, self.strikes) = (suspended, 0);
    }

    /// Whether a token is accepted.
    pub(super) fn accepts(&self, token: &str, now: DateTime<Utc>) -> bool {
        !self.suspended && self.access.get(token).is_some_and(|end| *end > now)
    }

    /// Forgets all tokens; those that follow are not needless.
    pub(super) fn revoke(&mut self) {
        self.access.clear();
        self.refresh.clear();
    }

    /// Forgets the access tokens alone.
    pub(super) fn revoke_access(&mut self) {
        self.access.clear();
    }

    /// Answers a token request.
    pub(super) fn answer(&mut self, form: &[u8], now: DateTime<Utc>) -> (StatusCode, Value) {
        let form: BTreeMap<String, String> = form_urlencoded::parse(form).into_owned().collect();
        match self.grant(&form, now) {
            Ok(body) => (StatusCode::OK, body),
            Err((status, error, description)) => {
                self.grants.refused += 1;
                (
                    status,
                    json!({"error": error, "error_description": description}),
                )
            }
        }
    }

    fn grant(
        &mut self,
        form: &BTreeMap<String, String>,
        now: DateTime<Utc>,
    ) -> Result<Value, Refusal> {
        let is = |name: &str, value: &str| form.get(name).is_some_and(|found| found == value);
        if !is("client_id", &self.account.client_id)
            || !is("client_secret", &self.account.client_secret)
        {
            return Err(BAD_CLIENT);
        }
        match form.get("grant_type").map(String::as_str) {
            Some("password") => {
                if !is("username", &self.account.username)
                    || !is("password", &self.account.password)
                {
                    return Err(BAD_USER);
                }
                if self.suspended {
                    return Err(SUSPENDED);
                }
                self.grants.password += 1;
            }
            Some("refresh_token") => {
                if self.suspended {
                    return Err(SUSPENDED);
                }
                let token = form.get("refresh_token").ok_or(NOT_ACTIVE)?;
                if self.refresh.get(token).is_none_or(|end| *end <= now) {
                    return Err(NOT_ACTIVE);
                }
                if self.rules.rotate {
                    self.refresh.remove(token);
                }
                self.grants.refresh += 1;
            }
            _ => return Err(UNSUPPORTED),
        }
        self.note_needless(now);
        let scope = if is("scope", "openid") {
            "openid email profile"
        } else {
            "email profile"
        };
        self.give(scope, now)
    }

    /// Counts a grant that nobody needed, and suspends the account after too many.
    fn note_needless(&mut self, now: DateTime<Utc>) {
        let fifth = self.rules.lifetime / 5;
        if self.access.values().any(|end| *end - now > fifth) {
            self.grants.needless += 1;
            self.strikes += 1;
            self.suspended = self.strikes > self.rules.bears;
        }
    }

    fn give(&mut self, scope: &str, now: DateTime<Utc>) -> Result<Value, Refusal> {
        const NO_RANDOM: Refusal = (
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "no random bytes",
        );
        self.access.retain(|_, end| *end > now);
        self.refresh.retain(|_, end| *end > now);
        let (access, refresh) = (random().ok_or(NO_RANDOM)?, random().ok_or(NO_RANDOM)?);
        self.access
            .insert(access.clone(), now + self.rules.lifetime);
        self.refresh
            .insert(refresh.clone(), now + self.rules.refresh_lifetime);
        Ok(json!({
            "access_token": access,
            "expires_in": self.rules.lifetime.num_seconds(),
            "refresh_expires_in": self.rules.refresh_lifetime.num_seconds(),
            "refresh_token": refresh,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "session_state": "00000000-0000-4000-8000-000000000000",
            "scope": scope,
        }))
    }
}

fn random() -> Option<String> {
    let mut bytes = [0; 24];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(rotate: bool, bears: u64) -> Tokens {
        let rules = TokenRules {
            lifetime: TimeDelta::seconds(900),
            refresh_lifetime: TimeDelta::seconds(1800),
            rotate,
            bears,
        };
        Tokens::new(FinfoAccount::default(), rules)
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_768_478_400 + seconds, 0).expect("a moment")
    }

    const PASSWORD: &str = "grant_type=password&client_id=finfo-api&client_secret=sandbox-client-secret\
        &username=reseller%40example.test&password=sandbox-password&scope=openid";

    fn ask(tokens: &mut Tokens, form: &str, seconds: i64) -> (u16, Value) {
        let (status, body) = tokens.answer(form.as_bytes(), at(seconds));
        (status.as_u16(), body)
    }

    fn refresh(token: &Value) -> String {
        let token = token["refresh_token"].as_str().expect("a token");
        format!(
            "grant_type=refresh_token&client_id=finfo-api&client_secret=sandbox-client-secret&refresh_token={token}"
        )
    }

    #[test]
    fn a_token_lives_as_long_as_it_says_and_is_renewed_once() {
        let mut tokens = tokens(true, 0);
        let (status, first) = ask(&mut tokens, PASSWORD, 0);
        assert_eq!(
            (status, &first["expires_in"], &first["refresh_expires_in"]),
            (200, &900.into(), &1800.into())
        );
        let token = first["access_token"].as_str().expect("a token");
        assert!(tokens.accepts(token, at(899)) && !tokens.accepts(token, at(900)));
        let (status, second) = ask(&mut tokens, &refresh(&first), 850);
        assert_eq!(status, 200);
        let (status, again) = ask(&mut tokens, &refresh(&first), 851);
        assert_eq!((status, &again["error"]), (400, &"invalid_grant".into()));
        assert_eq!(
            ask(&mut tokens, &refresh(&second), 850 + 1800).0,
            400,
            "too late"
        );
        let expected = Grants {
            password: 1,
            refresh: 1,
            refused: 2,
            needless: 0,
        };
        assert_eq!(tokens.grants, expected);
    }

    #[test]
    fn without_rotation_a_refresh_token_serves_again() {
        let mut tokens = tokens(false, 9);
        let first = ask(&mut tokens, PASSWORD, 0).1;
        assert_eq!(ask(&mut tokens, &refresh(&first), 850).0, 200);
        assert_eq!(ask(&mut tokens, &refresh(&first), 1700).0, 200);
    }

    #[test]
    fn too_many_needless_grants_suspend_the_account() {
        let mut tokens = tokens(true, 2);
        for second in 0..3 {
            assert_eq!(ask(&mut tokens, PASSWORD, second).0, 200);
        }
        assert_eq!((tokens.grants.needless, tokens.suspended), (2, false));
        let last = ask(&mut tokens, PASSWORD, 3).1;
        assert!(tokens.suspended);
        assert!(!tokens.accepts(last["access_token"].as_str().expect("a token"), at(4)));
        let (status, body) = ask(&mut tokens, PASSWORD, 5);
        assert_eq!(
            (status, &body["error_description"]),
            (400, &"Account disabled".into())
        );
    }

    #[test]
    fn wrong_credentials_and_grants_are_refused() {
        let mut tokens = tokens(true, 0);
        for (from, to, status, error) in [
            ("sandbox-client-secret", "wrong", 401, "unauthorized_client"),
            ("sandbox-password", "wrong", 401, "invalid_grant"),
            (
                "grant_type=password",
                "grant_type=client_credentials",
                400,
                "unsupported_grant_type",
            ),
            (
                "grant_type=password",
                "grant_type=refresh_token",
                400,
                "invalid_grant",
            ),
        ] {
            let (found, body) = ask(&mut tokens, &PASSWORD.replace(from, to), 0);
            assert_eq!((found, &body["error"]), (status, &error.into()));
        }
        assert_eq!(
            tokens.grants,
            Grants {
                refused: 4,
                ..Grants::default()
            }
        );
    }
}
