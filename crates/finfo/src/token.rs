//! Settings of Finfo's token: an OpenID provider with the password grant, shared by all processes of a machine.

use std::time::Duration;

use finkit_transport::{ClientSecret, Error, PasswordSource, TokenRequest};
use url::Url;

/// Client id of Finfo's interface
/// (source: the authentication page of the integration guide, <https://docs.finfo.se>).
pub const CLIENT_ID: &str = "finfo-api";

/// Seconds that a refresh token lives when the answer doesn't say (source: the sample answer of the same page).
const REFRESH_LIFETIME: Duration = Duration::from_secs(1_800);

/// Seconds that an access token lives when the answer doesn't say (source: the same page: 15 minutes).
const ACCESS_LIFETIME: Duration = Duration::from_secs(900);

/// Where and as whom tokens are asked for.
///
/// The integration guide forbids a token per request and suspends accounts for it; a
/// [`TokenSource`](finkit_transport::TokenSource) over a shared vault makes at most one grant per token life.
#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// Address of the realm, such as `https://…/auth/realms/finfo`.
    pub realm: Url,
    /// Client id; [`CLIENT_ID`] unless another one was issued.
    pub client_id: String,
    /// Client secret that was issued with the account.
    pub client_secret: Option<ClientSecret>,
    /// User name that was issued with the account.
    pub username: String,
}

impl TokenSettings {
    /// Address of the token endpoint: OpenID Connect's path below the realm, as Keycloak lays it out.
    #[must_use]
    pub fn token_url(&self) -> Url {
        let mut url = self.realm.clone();
        let path = format!(
            "{}/protocol/openid-connect/token",
            url.path().trim_end_matches('/')
        );
        url.set_path(&path);
        url.set_query(None);
        url.set_fragment(None);
        url
    }

    /// The token request: password grant with the scope `openid`, renewed by the refresh grant while that token lives.
    ///
    /// # Errors
    /// [`Configuration`](finkit_transport::ErrorKind::Configuration) when the realm is no place to send credentials to:
    /// not https, or with a user name in its address.
    pub fn token_request(&self, password: impl PasswordSource) -> Result<TokenRequest, Error> {
        let mut request =
            TokenRequest::openid(self.token_url(), &self.client_id, &self.username, password)?
                .scope("openid")
                .assumed_lifetime(ACCESS_LIFETIME)
                .assumed_refresh_lifetime(REFRESH_LIFETIME);
        if let Some(secret) = &self.client_secret {
            request = request.client_secret(secret.clone());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use finkit_transport::Password;

    fn settings(realm: &str) -> TokenSettings {
        TokenSettings {
            realm: Url::parse(realm).expect("an address"),
            client_id: CLIENT_ID.to_owned(),
            client_secret: Some(ClientSecret::new("hidden-client-secret")),
            username: "reseller".to_owned(),
        }
    }

    #[test]
    fn the_endpoint_lies_below_the_realm_with_or_without_a_slash() {
        for realm in [
            "https://id.example.test/auth/realms/finfo",
            "https://id.example.test/auth/realms/finfo/?x=1#y",
        ] {
            assert_eq!(
                settings(realm).token_url().as_str(),
                "https://id.example.test/auth/realms/finfo/protocol/openid-connect/token"
            );
        }
    }

    #[test]
    fn plain_http_to_another_machine_is_refused() {
        let refused =
            settings("http://id.example.test/auth/realms/finfo").token_request(Password::new("pw"));
        assert!(refused.is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        assert!(!format!("{:?}", settings("https://id.example.test/r")).contains("hidden"));
    }
}
