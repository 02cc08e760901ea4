//! Token requests: the form that is sent, and the name under which its tokens are kept.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method};
use ring::digest::{SHA256, digest};
use ring::pbkdf2;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind};
use crate::origin::Origin;
use crate::secret::{ClientSecret, Password, RefreshToken};
use crate::service::HttpRequest;
use crate::token::vault::VaultKey;

/// Where a password comes from. It is asked for only when a password grant is due, so that a prompt or a keyring is
/// left alone while a token is at hand.
pub trait PasswordSource: Send + Sync + 'static {
    /// The password, or `None` when there is none.
    ///
    /// # Errors
    /// Whatever keeps it from being read; the text is shown and must hold no secret.
    fn password(&self) -> Result<Option<Password>, Box<dyn std::error::Error + Send + Sync>>;
}

impl PasswordSource for Password {
    fn password(&self) -> Result<Option<Password>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Some(self.clone()))
    }
}

impl PasswordSource for Option<Password> {
    fn password(&self) -> Result<Option<Password>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.clone())
    }
}

impl<F> PasswordSource for F
where
    F: Fn() -> Result<Option<Password>, Box<dyn std::error::Error + Send + Sync>>
        + Send
        + Sync
        + 'static,
{
    fn password(&self) -> Result<Option<Password>, Box<dyn std::error::Error + Send + Sync>> {
        self()
    }
}

/// How tokens of one account are asked for: a form, sent with POST.
///
/// ```
/// use finkit_transport::{Password, TokenRequest};
/// use url::Url;
///
/// let bare = TokenRequest::bare(Url::parse("https://api.example.test/token")?, "acme", Password::new("s3cret"))?;
/// let keycloak = TokenRequest::openid(
///     Url::parse("https://id.example.test/realms/acme/protocol/openid-connect/token")?,
///     "acme-api",
///     "user@example.test",
///     Password::new("s3cret"),
/// )?
/// .scope("openid");
/// # let _ = (bare, keycloak);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct TokenRequest {
    url: Url,
    origin: Origin,
    grants: bool,
    client_id: Option<String>,
    client_secret: Option<ClientSecret>,
    username: String,
    username_field: String,
    password_field: String,
    password: Arc<dyn PasswordSource>,
    fields: Vec<(String, String)>,
    lifetime: Duration,
    refresh_lifetime: Option<Duration>,
    token_field: String,
}

impl TokenRequest {
    /// User name and password and nothing else, as FINcheck wants it: the operator's guide asks to leave the other
    /// fields of the form out, and names a life of one hour (source: <https://www.fincheck.at/api>).
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when the address is no place to send credentials to, see [`Origin::of`].
    pub fn bare(
        url: Url,
        username: impl Into<String>,
        password: impl PasswordSource,
    ) -> Result<Self, Error> {
        Ok(Self {
            origin: Origin::of(&url)?,
            url,
            grants: false,
            client_id: None,
            client_secret: None,
            username: username.into(),
            username_field: "username".to_owned(),
            password_field: "password".to_owned(),
            password: Arc::new(password),
            fields: Vec::new(),
            lifetime: Duration::from_secs(3_600),
            refresh_lifetime: None,
            token_field: "access_token".to_owned(),
        })
    }

    /// Password grant and refresh grant of RFC 6749, as Keycloak and other OpenID providers want them. Where an answer
    /// names no life, five minutes are taken.
    ///
    /// # Errors
    /// As [`TokenRequest::bare`].
    pub fn openid(
        url: Url,
        client_id: impl Into<String>,
        username: impl Into<String>,
        password: impl PasswordSource,
    ) -> Result<Self, Error> {
        let mut request = Self::bare(url, username, password)?;
        request.grants = true;
        request.client_id = Some(client_id.into());
        request.lifetime = Duration::from_secs(300);
        Ok(request)
    }

    /// Sends `client_secret` as well.
    pub fn client_secret(mut self, secret: ClientSecret) -> Self {
        self.client_secret = Some(secret);
        self
    }

    /// Sends `scope` as well.
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.field("scope", scope)
    }

    /// Sends another field with the password grant, after those before it.
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Names the two fields of the form that hold user name and password.
    pub fn field_names(mut self, username: impl Into<String>, password: impl Into<String>) -> Self {
        self.username_field = username.into();
        self.password_field = password.into();
        self
    }

    /// Names the field of the answer that holds the access token.
    pub fn token_field(mut self, name: impl Into<String>) -> Self {
        self.token_field = name.into();
        self
    }

    /// The life of a token whose answer does not name it.
    pub fn assumed_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// The life of a refresh token whose answer does not name it; without this it is tried until it is refused.
    pub fn assumed_refresh_lifetime(mut self, lifetime: Duration) -> Self {
        self.refresh_lifetime = Some(lifetime);
        self
    }

    /// The origin that gets the credentials.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The account.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    pub(crate) fn refresh_lifetime(&self) -> Option<Duration> {
        self.refresh_lifetime
    }

    pub(crate) fn answer_field(&self) -> &str {
        &self.token_field
    }

    /// The name under which the tokens of this account are kept: the same for every process that asks the same endpoint
    /// as the same client and user, and telling nothing about them.
    #[must_use]
    pub fn vault_key(&self) -> VaultKey {
        let mut text = String::new();
        for part in [
            self.origin.to_string().as_str(),
            self.url.path(),
            self.client_id.as_deref().unwrap_or(""),
            &self.username,
        ] {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            text.push_str(&format!("{}:{part};", part.len()));
        }
        VaultKey::from_digest(digest(&SHA256, text.as_bytes()).as_ref())
    }

    /// The form of a password grant.
    pub(crate) fn password_form(&self) -> Result<Form, Error> {
        let password = self
            .password
            .password()
            .map_err(|error| {
                Error::not_sent(ErrorKind::CredentialsMissing, "the password cannot be read")
                    .with_source(error)
            })?
            .ok_or_else(|| {
                Error::not_sent(
                    ErrorKind::CredentialsMissing,
                    "signing in needs a password, and none is known",
                )
            })?;
        let mut form = Form::new();
        if self.grants {
            form.add("grant_type", "password");
        }
        self.add_client(&mut form);
        form.add(&self.username_field, &self.username);
        form.add(&self.password_field, password.expose());
        for (name, value) in &self.fields {
            form.add(name, value);
        }
        Ok(form)
    }

    /// The form of a refresh grant; `None` when the endpoint has none.
    pub(crate) fn refresh_form(&self, token: &RefreshToken) -> Option<Form> {
        if !self.grants {
            return None;
        }
        let mut form = Form::new();
        form.add("grant_type", "refresh_token");
        self.add_client(&mut form);
        form.add("refresh_token", token.expose());
        Some(form)
    }

    fn add_client(&self, form: &mut Form) {
        if let Some(client) = &self.client_id {
            form.add("client_id", client);
        }
        if let Some(secret) = &self.client_secret {
            form.add("client_secret", secret.expose());
        }
    }

    /// The request that carries a form.
    pub(crate) fn request(&self, form: &Form) -> Result<HttpRequest, Error> {
        let mut request = HttpRequest::new(form.to_body());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.as_str().parse().map_err(|error| {
            Error::not_sent(ErrorKind::Configuration, "the token address is malformed")
                .with_source(error)
        })?;
        let headers = request.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(request)
    }

    /// A slow, salted hash of everything a password grant would send, by which refused credentials are recognised
    /// without being kept.
    pub(crate) fn fingerprint(&self, form: &Form, salt: &[u8]) -> [u8; 32] {
        const ROUNDS: std::num::NonZeroU32 = std::num::NonZeroU32::new(100_000).expect("not zero");
        let text = Zeroizing::new(format!("{}\n{}", self.url, form.0.as_str()));
        let mut hash = [0; 32];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            ROUNDS,
            salt,
            text.as_bytes(),
            &mut hash,
        );
        hash
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequest")
            .field("origin", &self.origin)
            .field("grants", &self.grants)
            .finish_non_exhaustive()
    }
}

/// A form in the encoding of RFC 6749 appendix B; wiped on drop.
pub(crate) struct Form(Zeroizing<String>);

impl Form {
    fn new() -> Self {
        Self(Zeroizing::new(String::new()))
    }

    /// The form as a body, which is wiped when the last request that carries it is dropped.
    fn to_body(&self) -> Bytes {
        Bytes::from_owner(Zeroizing::new(self.0.as_bytes().to_vec()))
    }

    fn add(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        for part in form_urlencoded::byte_serialize(name.as_bytes()) {
            self.0.push_str(part);
        }
        self.0.push('=');
        for part in form_urlencoded::byte_serialize(value.as_bytes()) {
            self.0.push_str(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        Url::parse("https://id.example.test/realms/a/token").expect("url")
    }

    fn form(request: &TokenRequest) -> String {
        request
            .password_form()
            .expect("a password is known")
            .0
            .to_string()
    }

    #[test]
    fn the_bare_form_holds_user_name_and_password_only() {
        let request = TokenRequest::bare(url(), "acme", Password::new("pw")).expect("valid");
        assert_eq!(form(&request), "username=acme&password=pw");
        assert!(request.refresh_form(&RefreshToken::new("r")).is_none());
        let renamed = request
            .field_names("user", "secret")
            .field("grant_type", "password");
        assert_eq!(form(&renamed), "user=acme&secret=pw&grant_type=password");
    }

    #[test]
    fn reserved_and_foreign_characters_are_encoded() {
        let request =
            TokenRequest::openid(url(), "a:b c", "ü@x", Password::new("a&b=c+d%e f\u{20ac}"))
                .expect("valid")
                .client_secret(ClientSecret::new("s/?"))
                .scope("openid profile");
        assert_eq!(
            form(&request),
            "grant_type=password&client_id=a%3Ab+c&client_secret=s%2F%3F&username=%C3%BC%40x\
             &password=a%26b%3Dc%2Bd%25e+f%E2%82%AC&scope=openid+profile"
        );
        let refresh = request
            .refresh_form(&RefreshToken::new("r+1"))
            .expect("has a refresh grant");
        assert_eq!(
            refresh.0.as_str(),
            "grant_type=refresh_token&client_id=a%3Ab+c&client_secret=s%2F%3F&refresh_token=r%2B1"
        );
    }

    #[test]
    fn a_missing_password_is_an_error_that_says_so() {
        let request = TokenRequest::bare(url(), "acme", None::<Password>).expect("valid");
        let error = request.password_form().err().expect("no password");
        assert_eq!(error.kind(), ErrorKind::CredentialsMissing);
        let failing = || -> Result<Option<Password>, Box<dyn std::error::Error + Send + Sync>> {
            Err("locked".into())
        };
        let request = TokenRequest::bare(url(), "acme", failing).expect("valid");
        let error = request.password_form().err().expect("no password");
        assert_eq!(error.kind(), ErrorKind::CredentialsMissing);
    }

    #[test]
    fn the_vault_key_tells_accounts_apart_and_tells_nothing() {
        let key = |url: &str, client: &str, user: &str| {
            let url = Url::parse(url).expect("url");
            TokenRequest::openid(url, client, user, Password::new("x"))
                .expect("valid")
                .vault_key()
        };
        let first = key("https://a.example.test/t", "ab", "c");
        assert_eq!(first, key("https://a.example.test:443/t", "ab", "c"));
        for other in [
            key("https://a.example.test/t", "a", "bc"),
            key("https://a.example.test/u", "ab", "c"),
            key("https://b.example.test/t", "ab", "c"),
        ] {
            assert_ne!(first, other);
        }
        assert!(first.as_str().bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn fingerprints_change_with_every_credential() {
        let print = |user: &str, password: &str| {
            let request = TokenRequest::bare(url(), user, Password::new(password)).expect("valid");
            request.fingerprint(&request.password_form().expect("known"), b"salt")
        };
        assert_eq!(print("a", "b"), print("a", "b"));
        assert_ne!(print("a", "b"), print("a", "c"));
        assert_ne!(print("a", "b"), print("b", "b"));
    }

    #[test]
    fn debug_shows_neither_user_nor_password() {
        let request = TokenRequest::openid(
            url(),
            "canary-id",
            "canary-user",
            Password::new("canary-pw"),
        )
        .expect("valid")
        .client_secret(ClientSecret::new("canary-secret"));
        assert!(!format!("{request:?}").contains("canary"));
    }
}
