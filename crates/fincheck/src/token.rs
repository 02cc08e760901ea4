//! The token of FINcheck: a form with user name and password, valid for an hour.

use std::time::Duration;

use finkit_transport::{PasswordSource, TokenRequest};
use url::Url;

use crate::contract::{Contract, Place};
use crate::error::{Error, ErrorKind};

/// How tokens are asked for, as the contract says: by default a form with user name and password and nothing else
/// (source: the operator's guide, <https://www.fincheck.at/api>).
///
/// # Errors
/// [`ErrorKind::NotOffered`] when the contract has no token endpoint, [`ErrorKind::Request`] when its fields are not
/// those of a form, [`ErrorKind::Transport`] when the address is no place to send credentials to.
///
/// # Example
/// ```
/// use finkit_fincheck::{Contract, token_request};
/// use finkit_transport::Password;
///
/// let base = "https://api.example.test/".parse()?;
/// let request = token_request(&base, &Contract::assumed(), "acme", Password::new("s3cret"))?;
/// assert_eq!(request.username(), "acme");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn token_request(
    base: &Url,
    contract: &Contract,
    username: impl Into<String>,
    password: impl PasswordSource,
) -> Result<TokenRequest, Error> {
    const NAME: &str = "token";
    let not_sent =
        |kind, message: &str| Error::new(kind, finkit_transport::Outcome::NotSent, NAME, message);
    let Some(token) = &contract.token else {
        return Err(not_sent(
            ErrorKind::NotOffered,
            "the contract has no such operation",
        ));
    };
    let mut url = base.clone();
    url.set_path(&format!(
        "{}{}",
        base.path().trim_end_matches('/'),
        token.endpoint.path
    ));
    let (Place::Form(user), Place::Form(secret)) = (&token.username, &token.password) else {
        return Err(not_sent(
            ErrorKind::Request,
            "user name and password are fields of a form",
        ));
    };
    let mut request = TokenRequest::bare(url, username, password)
        .map_err(|error| Error::transport(NAME, error))?
        .field_names(user, secret)
        .assumed_lifetime(Duration::from_secs(token.lifetime));
    if let [name] = token.answer.access_token.segments() {
        request = request.token_field(name);
    }
    for (place, constant) in &token.endpoint.constants {
        let Place::Form(name) = place else {
            return Err(not_sent(
                ErrorKind::Request,
                "fixed values of the token endpoint are fields of its form",
            ));
        };
        request = request.field(name, constant.to_string());
    }
    Ok(request)
}
