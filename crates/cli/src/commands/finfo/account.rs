//! `finkit finfo login | logout`: the account, its secrets and its token.

use finkit_transport::{ClientSecret, Password};
use serde::Serialize;

use crate::args::finfo::Login;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::finfo::connect::{Connection, Remembered};
use crate::finfo::failure::from_call;
use crate::prompt;
use crate::texts;

const SECRET_INSTEAD: &str =
    "set FINKIT_FINFO_CLIENT_SECRET, or give it on standard input with --stdin";
const PASSWORD_INSTEAD: &str =
    "set FINKIT_FINFO_PASSWORD, or give it on standard input after the client secret with --stdin";

/// Tries the account, then stores it.
pub(crate) fn login(context: &mut Context, args: &Login) -> Outcome {
    take_flags(context, args)?;
    let username = Connection::of(context)?.username;
    let username = match username {
        Some(name) => name,
        None => prompt::text(
            "User name:",
            "give --username, or set FINKIT_FINFO_USERNAME",
        )?,
    };
    context.settings.finfo.username = Some(username.clone());
    let secret = secret_of(
        args.stdin,
        context.given.finfo_client_secret.clone(),
        "client secret",
        SECRET_INSTEAD,
    )?;
    let password = secret_of(
        args.stdin,
        context.given.finfo_password.clone(),
        "password",
        PASSWORD_INSTEAD,
    )?;
    context.given.finfo_client_secret = Some(secret.clone());
    context.given.finfo_password = Some(password.clone());

    let connection = Connection::of(context)?;
    let transport = connection.transport(context, 1)?;
    Context::runtime()?
        .block_on(transport.sign_in())
        .map_err(|error| from_call(error, "the login is not accepted"))?;

    Remembered {
        url: Some(connection.url.to_string()),
        realm: Some(connection.realm.to_string()),
        client_id: Some(connection.client_id.clone()),
        username: Some(username.clone()),
    }
    .keep(context)?;
    let mut place = None;
    if !args.token_only {
        let secrets = &connection.secrets;
        secrets.keep_client_secret(&username, &ClientSecret::new(secret))?;
        place = Some(secrets.keep_password(&username, &Password::new(password))?);
    }
    let place = place.map(|place| place.to_string());
    context.output.human(&texts::finfo::logged_in(
        context.output.lang,
        &username,
        place.as_deref(),
    ))?;
    context.output.json(
        "finfo-login",
        &LoggedIn {
            profile: &context.settings.profile,
            url: connection.url.as_str(),
            username: &username,
            password_stored: place.is_some(),
        },
    )?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct LoggedIn<'a> {
    profile: &'a str,
    url: &'a str,
    username: &'a str,
    password_stored: bool,
}

/// Flags of a login stand in for what is not set; what is set otherwise is not silently passed over, since later commands
/// would use it again.
fn take_flags(context: &mut Context, args: &Login) -> Outcome<()> {
    let settings = &mut context.settings.finfo;
    for (flag, given, set) in [
        ("--url", &args.url, &mut settings.url),
        ("--realm", &args.realm, &mut settings.realm),
        ("--client-id", &args.client_id, &mut settings.client_id),
        ("--username", &args.username, &mut settings.username),
    ] {
        let Some(given) = given else {
            continue;
        };
        if set.as_ref().is_some_and(|set| set != given) {
            return Err(Failure::usage(format!(
                "{flag} differs from the settings of this profile"
            ))
            .hint(
                "leave the flag out, or correct the settings file or the FINKIT_FINFO_* variable: \
                     later commands go by those",
            ));
        }
        *set = Some(given.clone());
    }
    Ok(())
}

/// A secret from standard input, the environment, or a prompt.
fn secret_of(stdin: bool, given: Option<String>, what: &str, instead: &str) -> Outcome<String> {
    if stdin {
        return prompt::line_of_input(what);
    }
    match given {
        Some(secret) => Ok(secret),
        None => prompt::secret(what, instead),
    }
}

/// Forgets login and token. The catalogue stays.
pub(crate) fn logout(context: &Context) -> Outcome {
    let connection = Connection::of(context)?;
    let username = connection.username()?;
    let transport = connection.transport(context, 1)?;
    Context::runtime()?
        .block_on(transport.sign_out())
        .map_err(|error| from_call(error, "the token can't be forgotten"))?;
    connection.secrets.forget(username)?;
    Remembered::forget(context)?;
    context
        .output
        .human(texts::finfo::logged_out(context.output.lang))?;
    context.output.json(
        "finfo-logout",
        &LoggedOut {
            profile: &context.settings.profile,
        },
    )?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct LoggedOut<'a> {
    profile: &'a str,
}
