//! `finkit fincheck register | login | logout | status`: the account and its secrets.

use std::io::Write as _;
use std::path::PathBuf;

use finkit_transport::{Password, SecurityCode, SpendingGuard};
use serde::Serialize;

use crate::args::fincheck::{Login, Logout, ParticipantArg, Register, Status};
use crate::connect::{self, Connection};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::home::Home;
use crate::prompt;
use crate::texts;

/// Registers an account. The security code is on disk before success is told.
pub(crate) fn register(context: &Context, args: &Register) -> Outcome {
    let connection = Connection::of(context)?;
    let username = match args
        .username
        .clone()
        .or_else(|| context.settings.fincheck.username.clone())
    {
        Some(name) => name,
        None => prompt::text(
            "User name of the new account:",
            "give --username, or set FINKIT_FINCHECK_USERNAME",
        )?,
    };
    if !args.replace && connection.secrets.stored_code(&username)?.is_some() {
        return Err(Failure::usage("this profile has a security code already; nothing was sent")
            .hint("another account belongs into another profile (--profile); --replace overwrites the code for good"));
    }
    let pending = Pending::of(context);
    if let Some(since) = pending.since()? {
        context
            .output
            .warn(&texts::account::pending(context.output.lang, &since));
    }
    let code = secret_of(
        args.stdin,
        context.given.registration_code.clone(),
        "registration code",
        "set FINKIT_FINCHECK_REGISTRATION_CODE, or give it on standard input with --stdin",
    )?;
    let password = Password::new(secret_of(
        args.stdin,
        context.given.password.clone(),
        "password",
        "set FINKIT_FINCHECK_PASSWORD, or give it on standard input with --stdin",
    )?);

    // Before anything is sent it is known that the code can be written down, and that an answer is awaited.
    pending.write(&context.clock.now().to_rfc3339())?;
    let runtime = Context::runtime()?;
    let answer = runtime.block_on(finkit_fincheck::register(
        &connection.open_transport(context),
        &connection.url,
        &connection.contract,
        &code,
        &username,
        &password,
    ));
    let security_code = match answer {
        Ok(code) => code,
        Err(error) => {
            let lost = error.outcome() == finkit_transport::Outcome::Unknown;
            if !lost {
                pending.clear()?;
            }
            let failure = connect::from_fincheck(error, "the account is not registered");
            return Err(if lost {
                failure.hint(
                    "the answer was lost, so the service may have used up the registration code; \
                     ask the operator for the security code before registering again",
                )
            } else {
                failure
            });
        }
    };
    let place = match connection
        .secrets
        .keep_code(&username, &security_code, args.replace)
    {
        Ok(place) => place,
        Err(failure) => {
            // It can't be had a second time: showing it is the lesser evil.
            context.output.warn(&texts::account::write_it_down(
                context.output.lang,
                security_code.expose(),
            ));
            return Err(failure);
        }
    };
    connect::keep_username(context, Some(&username))?;
    pending.clear()?;

    context.output.human(&texts::account::registered(
        context.output.lang,
        &username,
        &place.to_string(),
    ))?;
    if let Some(kind) = args.participant
        && kind_name(kind) != context.settings.fincheck.participant.as_str()
    {
        context.output.human(&texts::account::set_participant(
            context.output.lang,
            &context.settings.profile,
            kind_name(kind),
            &context.settings.home.config_file().display().to_string(),
        ))?;
    }
    if args.show_code {
        context.output.human(&texts::account::code(
            context.output.lang,
            security_code.expose(),
        ))?;
    }
    context.output.json(
        "registered",
        &Registered {
            profile: &context.settings.profile,
            username: &username,
            security_code: args.show_code.then(|| security_code.expose()),
        },
    )?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Registered<'a> {
    profile: &'a str,
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_code: Option<&'a str>,
}

fn kind_name(kind: ParticipantArg) -> &'static str {
    match kind {
        ParticipantArg::Standard => "standard",
        ParticipantArg::Incognito => "incognito",
        ParticipantArg::Reader => "reader",
    }
}

/// Tries the password, then stores it.
pub(crate) fn login(context: &mut Context, args: &Login) -> Outcome {
    let connection = Connection::of(context)?;
    let username = match args.username.clone() {
        Some(name) => name,
        None => match Connection::username(context) {
            Ok(name) => name,
            Err(_) => prompt::text(
                "User name:",
                "give --username, or set FINKIT_FINCHECK_USERNAME",
            )?,
        },
    };
    let password = secret_of(
        args.stdin,
        context.given.password.clone(),
        "password",
        "set FINKIT_FINCHECK_PASSWORD, or give it on standard input with --stdin",
    )?;
    let code = if args.with_security_code {
        Some(SecurityCode::new(secret_of(
            args.stdin,
            context.given.security_code.clone(),
            "security code",
            "set FINKIT_FINCHECK_SECURITY_CODE, or give it on standard input after the password with --stdin",
        )?))
    } else {
        None
    };
    context.settings.fincheck.username = Some(username.clone());
    context.given.password = Some(password.clone());

    let connection = Connection {
        secrets: crate::secrets::Secrets::new(context, connection.origin.clone()),
        ..connection
    };
    let transport = connection.transport(context, SpendingGuard::unlimited(), 1)?;
    Context::runtime()?
        .block_on(transport.sign_in())
        .map_err(|error| connect::from_transport(error, "the login is not accepted"))?;

    connect::keep_username(context, Some(&username))?;
    let mut place = None;
    if !args.token_only {
        place = Some(
            connection
                .secrets
                .keep_password(&username, &Password::new(password))?,
        );
    }
    if let Some(code) = code {
        connection
            .secrets
            .keep_code(&username, &code, args.replace)?;
        // A code that the operator told settles a registration whose answer was lost.
        Pending::of(context).clear()?;
    }
    let place = place.map(|place| place.to_string());
    context.output.human(&texts::account::logged_in(
        context.output.lang,
        &username,
        place.as_deref(),
    ))?;
    context.output.json(
        "login",
        &LoggedIn {
            profile: &context.settings.profile,
            username: &username,
            password_stored: place.is_some(),
        },
    )?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct LoggedIn<'a> {
    profile: &'a str,
    username: &'a str,
    password_stored: bool,
}

/// Forgets login and token; the security code only when asked.
pub(crate) fn logout(context: &Context, args: &Logout) -> Outcome {
    let connection = Connection::of(context)?;
    let username = Connection::username(context)?;
    let transport = connection.transport(context, SpendingGuard::unlimited(), 1)?;
    Context::runtime()?
        .block_on(transport.sign_out())
        .map_err(|error| connect::from_transport(error, "the token can't be forgotten"))?;
    connection.secrets.forget_password(&username)?;
    let forgot_code = args.forget_security_code && connection.secrets.forget_code(&username)?;
    connect::keep_username(context, None)?;
    context
        .output
        .human(texts::account::logged_out(context.output.lang, forgot_code))?;
    context.output.json(
        "logout",
        &LoggedOut {
            profile: &context.settings.profile,
            security_code_forgotten: forgot_code,
        },
    )?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct LoggedOut<'a> {
    profile: &'a str,
    security_code_forgotten: bool,
}

#[derive(Serialize)]
struct StatusLine<'a> {
    profile: &'a str,
    url: &'a str,
    username: Option<&'a str>,
    participant: &'a str,
    password_stored: bool,
    security_code_stored: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    security_code: Option<&'a str>,
    token_usable: bool,
    token_expires_at: Option<String>,
    login_rejected_at: Option<String>,
    registration_pending_since: Option<String>,
}

/// What is stored, without a network call.
pub(crate) fn status(context: &Context, args: &Status) -> Outcome {
    let connection = Connection::of(context)?;
    let lang = context.output.lang;
    let username = Connection::username(context).ok();
    let (mut password, mut code, mut token) =
        (None, None, finkit_transport::TokenStatus::default());
    if let Some(name) = &username {
        password = connection.secrets.password_place(name)?;
        code = connection.secrets.stored_code(name)?;
        let transport = connection.transport(context, SpendingGuard::unlimited(), 1)?;
        token = Context::runtime()?
            .block_on(transport.token_status())
            .map_err(|error| {
                connect::from_transport(error, "the stored token can't be looked at")
            })?;
    }
    let pending = Pending::of(context).since()?;
    let url = connection.url.to_string();
    let line = StatusLine {
        profile: &context.settings.profile,
        url: &url,
        username: username.as_deref(),
        participant: context.settings.fincheck.participant.as_str(),
        password_stored: password.is_some(),
        security_code_stored: code.is_some(),
        security_code: code
            .as_ref()
            .filter(|_| args.show_code)
            .map(|(code, _)| code.expose()),
        token_usable: token.usable,
        token_expires_at: token.expires_at.map(|time| time.to_rfc3339()),
        login_rejected_at: token.rejected_at.map(|time| time.to_rfc3339()),
        registration_pending_since: pending.clone(),
    };
    context.output.json("status", &line)?;

    let text = |de: &'static str, en: &'static str| lang.pick(de, en);
    let none = text("keines", "none");
    context
        .output
        .human(&format!("{}: {}", text("Profil", "Profile"), line.profile))?;
    context
        .output
        .human(&format!("{}: {}", text("Dienst", "Service"), line.url))?;
    context.output.human(&format!(
        "{}: {}",
        text("Art des Kontos", "Kind of account"),
        line.participant
    ))?;
    context.output.human(&format!(
        "{}: {}",
        text("Benutzername", "User name"),
        line.username.unwrap_or(none)
    ))?;
    context.output.human(&format!(
        "{}: {}",
        text("Kennwort", "Password"),
        stored(lang, password.as_ref())
    ))?;
    context.output.human(&format!(
        "{}: {}",
        text("Sicherheitscode", "Security code"),
        stored(lang, code.as_ref().map(|(_, place)| place))
    ))?;
    if let Some(code) = line.security_code {
        context.output.human(&texts::account::code(lang, code))?;
    }
    context
        .output
        .human(&format!("Token: {}", texts::account::token(lang, &token)))?;
    if let Some(since) = &pending {
        context
            .output
            .human(&texts::account::pending(lang, since))?;
    }
    Ok(Exit::Done)
}

fn stored(lang: finkit_tables::explain::Lang, place: Option<&finkit_transport::Place>) -> String {
    match place {
        Some(place) => format!("{} {place}", lang.pick("gespeichert in", "stored in")),
        None => lang.pick("nicht gespeichert", "not stored").to_owned(),
    }
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

/// The mark of a registration whose answer has not been stored: a code that was issued and lost is never silent.
struct Pending(PathBuf);

impl Pending {
    fn of(context: &Context) -> Self {
        Self(
            context
                .settings
                .home
                .profile_folder(&context.settings.profile)
                .join("registration-pending"),
        )
    }

    fn since(&self) -> Outcome<Option<String>> {
        match std::fs::read_to_string(&self.0) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn write(&self, since: &str) -> Outcome<()> {
        if let Some(folder) = self.0.parent() {
            Home::private_folder(folder)?;
        }
        let mut file = std::fs::File::create(&self.0).map_err(|error| self.failed(error))?;
        writeln!(file, "{since}")
            .and_then(|()| file.sync_all())
            .map_err(|error| self.failed(error))
    }

    fn clear(&self) -> Outcome<()> {
        match std::fs::remove_file(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(self.failed(error)),
            _ => Ok(()),
        }
    }

    fn failed(&self, error: std::io::Error) -> Failure {
        Failure::local(format!(
            "{} can't be used; nothing was sent",
            self.0.display()
        ))
        .caused_by(error)
    }
}
