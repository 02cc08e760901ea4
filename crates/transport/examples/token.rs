//! Fetches one page with the token of an account. All processes that name the same folder share the token, however
//! many run at once: whoever comes first asks for it, the others find it.
//!
//! ```sh
//! PASSWORD=… cargo run -p finkit-transport --example token -- \
//!     https://id.example.test/realms/acme/protocol/openid-connect/token acme-api user@example.test \
//!     https://api.example.test/v1/suppliers ~/.local/state/acme/tokens
//! ```
//!
//! `CLIENT_SECRET` is sent too where it is set. Prints one line of JSON and ends with 0 when the service answered with
//! success: `{"ok":true,"status":200,"token_ends_in_ms":899120}`.

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use finkit_transport::{
    ClientSecret, Clock as _, FileVault, Operation, Origin, Password, ReqwestService, SystemClock,
    TokenRequest, TokenSource, Transport, http, run,
};
use serde_json::{Value, json};
use url::Url;

type Fault = Box<dyn Error + Send + Sync>;

/// Free of charge and without an effect, so that it may be repeated.
const FETCH: Operation = Operation::read("fetch").authorised();

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Ok([token_url, client, user, page, folder]) = <[String; 5]>::try_from(arguments) else {
        return end(&json!({"ok": false, "error": "needs TOKEN_URL CLIENT USER PAGE_URL FOLDER"}));
    };
    match fetch(&token_url, &client, &user, &page, &folder) {
        Ok(line) => end(&line),
        Err(error) => end(&json!({"ok": false, "error": chain(&*error)})),
    }
}

fn fetch(
    token_url: &str,
    client: &str,
    user: &str,
    page: &str,
    folder: &str,
) -> Result<Value, Fault> {
    // Asked for only when a password grant is due, so that a prompt could stand here.
    let password = || Ok(variable("PASSWORD").map(Password::new));
    let mut account = TokenRequest::openid(token_url.parse()?, client, user, password)?;
    if let Some(secret) = variable("CLIENT_SECRET") {
        account = account.client_secret(ClientSecret::new(secret));
    }
    let page: Url = page.parse()?;
    let tokens = TokenSource::builder(account.scope("openid"))
        .vault(FileVault::new(folder))
        // A token goes to the origin that gave it, and to those that are named.
        .for_origin(Origin::of(&page)?)
        .build();
    let transport = Transport::builder(Arc::new(ReqwestService::new()))
        .tokens(tokens)
        .build();
    let request = http::Request::get(page.as_str()).body(bytes::Bytes::new())?;
    run(async {
        let status = transport.call(&FETCH, request).await?.status();
        let expires_at = transport.token_status().await?.expires_at;
        let left = expires_at.map(|end| (end - SystemClock::new().now()).num_milliseconds());
        Ok(json!({"ok": status.is_success(), "status": status.as_u16(), "token_ends_in_ms": left}))
    })?
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What went wrong and why, in one line; errors of the transport hold no secrets.
fn chain(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

fn end(line: &Value) -> ExitCode {
    let printed = writeln!(std::io::stdout(), "{line}");
    if printed.is_ok() && line["ok"] == true {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
