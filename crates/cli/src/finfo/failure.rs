//! What the errors of Finfo mean for the exit code, and what helps.

use finkit_finfo::catalogue::{CatalogueError, CatalogueErrorKind};
use finkit_finfo::{Error, ErrorKind};
use finkit_transport::ErrorKind as CallKind;

use crate::connect::from_transport;
use crate::exit::Exit;
use crate::failure::Failure;

/// The exit code of a failed call or run, and what helps.
pub(crate) fn from_finfo(error: Error, what: &str) -> Failure {
    if let Some(transport) = error.transport_error() {
        return from_call(transport.clone(), what);
    }
    if let Some(catalogue) = error.catalogue_error() {
        let (exit, hint) = (exit_of_catalogue(catalogue), hint_of_catalogue(catalogue));
        let failure = Failure::new(exit, format!("{what}: {catalogue}"));
        return match std::error::Error::source(catalogue) {
            Some(cause) => failure.caused_by(cause.to_string()).hint(hint),
            None => failure.hint(hint),
        };
    }
    let wait = error
        .retry_after()
        .map(|wait| format!(" (in {} s)", wait.as_secs().max(1)))
        .unwrap_or_default();
    let (exit, hint) = of_kind(error.kind());
    Failure::new(exit, what)
        .caused_by(error)
        .hint(format!("{hint}{wait}"))
}

/// The exit code of an error, where others stand beside it.
pub(crate) fn exit_of(error: &Error) -> Exit {
    if let Some(transport) = error.transport_error() {
        return from_transport(transport.clone(), "").exit();
    }
    match error.catalogue_error() {
        Some(catalogue) => exit_of_catalogue(catalogue),
        None => of_kind(error.kind()).0,
    }
}

fn of_kind(kind: ErrorKind) -> (Exit, &'static str) {
    match kind {
        ErrorKind::Query => (Exit::Usage, "correct the parameters; nothing was sent"),
        ErrorKind::Authentication => (
            Exit::Authentication,
            "log in again with `finkit finfo login`",
        ),
        ErrorKind::Forbidden => (
            Exit::Refused,
            "order the supplier in the Finfo portal, and look at what the account may see",
        ),
        ErrorKind::NotFound => (
            Exit::Refused,
            "look at the address, and at the paths of `endpoints` in the settings",
        ),
        ErrorKind::TooManyRequests => (
            Exit::Limit,
            "wait, then run it again; requests_per_second in the settings slows it down",
        ),
        ErrorKind::ServerFault => (
            Exit::Temporary,
            "the service is in trouble; run it again later",
        ),
        ErrorKind::NotUnderstood => (
            Exit::Temporary,
            "run it again; if it stays so, the service has another structure: look at `endpoints` in the settings",
        ),
        ErrorKind::Drift => (
            Exit::Temporary,
            "the list kept changing while it was read; run it again later",
        ),
        ErrorKind::Folder => (
            Exit::LocalState,
            "look at the folder, its space and its access rights",
        ),
        ErrorKind::Held => (Exit::LocalState, "let the other run end"),
        ErrorKind::Catalogue => (Exit::LocalState, "look at the catalogue's folder"),
        _ => (Exit::Refused, "read what the service says"),
    }
}

/// The exit code of a failed call to the service or the realm, and what helps.
pub(crate) fn from_call(error: finkit_transport::Error, what: &str) -> Failure {
    let kind = error.kind();
    let failure = from_transport(error, what);
    match kind {
        CallKind::Configuration | CallKind::ForeignOrigin => {
            failure.hint("look at the addresses of the service and of the realm (`finkit finfo status`)")
        }
        CallKind::CredentialsMissing => failure.hint(
            "log in with `finkit finfo login`, or set FINKIT_FINFO_PASSWORD and FINKIT_FINFO_CLIENT_SECRET",
        ),
        CallKind::CredentialsRejected => failure.hint(
            "user name, password or client secret is wrong, or the account is suspended; log in again with \
             `finkit finfo login`. Until then nothing more is sent, so that the account is not locked",
        ),
        CallKind::TokenEndpoint if failure.exit() == Exit::Refused => failure.hint(
            "there is no token to be had there; look at the address of the realm, at client id and client secret, \
             and ask Finfo whether the account is suspended",
        ),
        _ => failure,
    }
}

/// The exit code of a failed look into the catalogue, and what helps.
pub(crate) fn from_catalogue(error: CatalogueError) -> Failure {
    let (exit, hint) = (exit_of_catalogue(&error), hint_of_catalogue(&error));
    let failure = Failure::new(exit, error.to_string());
    match std::error::Error::source(&error) {
        Some(cause) => failure.caused_by(cause.to_string()).hint(hint),
        None => failure.hint(hint),
    }
}

fn exit_of_catalogue(error: &CatalogueError) -> Exit {
    match error.kind() {
        CatalogueErrorKind::Conflict => Exit::Temporary,
        _ => Exit::LocalState,
    }
}

fn hint_of_catalogue(error: &CatalogueError) -> &'static str {
    match error.kind() {
        CatalogueErrorKind::Held => {
            "nothing was asked for; let the other run end. In a timetable this exit code is no fault"
        }
        CatalogueErrorKind::Conflict => "run it again: it goes on from what is stored",
        CatalogueErrorKind::Full => {
            "make space on the disk, then run it again: it goes on from what is stored"
        }
        CatalogueErrorKind::ReadOnly => "make the catalogue's folder and files writable for you",
        CatalogueErrorKind::Busy => "another program works in the catalogue; try again in a moment",
        CatalogueErrorKind::Damaged => {
            "`finkit doctor` looks at it; restore a copy, or move the file away and run `finkit finfo sync`"
        }
        CatalogueErrorKind::Newer => "a newer finkit wrote this catalogue; update this one",
        CatalogueErrorKind::Place => "set FINKIT_HOME to a folder on this machine's own disk",
        _ => "look at the catalogue's folder, its space and its access rights",
    }
}
