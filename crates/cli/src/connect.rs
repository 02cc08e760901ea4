//! From a profile to the clients of FINcheck.

use std::sync::Arc;
use std::time::Duration;

use finkit_fincheck::{Builder, Contract, Reader, Writer};
use finkit_transport::{
    Error as TransportError, ErrorKind, FileVault, HttpService, Limits, Origin, RateLimit,
    ReqwestService, RetryPolicy, SpendingGuard, TokenSource, Transport,
};
use url::Url;

use crate::args::fincheck::Budget;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::secrets::Secrets;
use crate::watched::Watched;

/// A profile's way to FINcheck.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) url: Url,
    pub(crate) origin: Origin,
    pub(crate) contract: Contract,
    pub(crate) secrets: Secrets,
}

impl Connection {
    /// What the settings say, without a network call.
    pub(crate) fn of(context: &Context) -> Outcome<Self> {
        let fincheck = &context.settings.fincheck;
        let url = fincheck.url(&context.settings.home)?;
        let origin = Origin::of(&url).map_err(|error| {
            Failure::usage("the address of the FINcheck service can't be used")
                .caused_by(error)
                .hint("it begins with https://; plain http is for this machine only")
        })?;
        let contract = match &fincheck.contract {
            None => Contract::assumed(),
            Some(path) => read_contract(path)?,
        };
        let secrets = Secrets::new(context, origin.clone());
        Ok(Self {
            url,
            origin,
            contract,
            secrets,
        })
    }

    /// The user name of the profile.
    pub(crate) fn username(context: &Context) -> Outcome<String> {
        context.settings.fincheck.username.clone().map_or_else(
            || {
                stored_username(context)?.ok_or_else(|| {
                    Failure::usage("the user name at FINcheck is not known").hint(
                        "log in with `finkit fincheck login`, set FINKIT_FINCHECK_USERNAME, or write username into the profile",
                    )
                })
            },
            Ok,
        )
    }

    /// A transport without a token: for registering.
    pub(crate) fn open_transport(&self, context: &Context) -> Transport {
        self.builder(context, Arc::new(ReqwestService::new()), 1)
            .build()
    }

    /// A transport with the profile's token.
    pub(crate) fn transport(
        &self,
        context: &Context,
        guard: SpendingGuard,
        concurrency: usize,
    ) -> Outcome<Transport> {
        let username = Self::username(context)?;
        let secrets = self.secrets.clone();
        let name = username.clone();
        let password = move || {
            secrets
                .password(&name)
                .map_err(|failure| failure.message().to_owned().into())
        };
        let request = finkit_fincheck::token_request(&self.url, &self.contract, username, password)
            .map_err(|error| from_fincheck(error, "the token can't be asked for"))?;
        let vault = FileVault::new(context.settings.home.token_folder());
        let tokens = TokenSource::builder(request).vault(vault).build();
        Ok(self
            .builder(
                context,
                Arc::new(Watched::new(context.output.clone())),
                concurrency,
            )
            .tokens(tokens)
            .budget(guard)
            .build())
    }

    fn builder(
        &self,
        context: &Context,
        network: Arc<dyn HttpService>,
        concurrency: usize,
    ) -> finkit_transport::TransportBuilder {
        let fincheck = &context.settings.fincheck;
        let mut rate = RateLimit::unlimited();
        if let Some(per_second) = fincheck.requests_per_second {
            rate = RateLimit::per(1, Duration::from_secs_f64(1.0 / per_second));
        }
        let mut limits = Limits::API;
        if let Some(body) = fincheck.max_body_bytes {
            limits = limits.with_body(body);
        }
        if let Some(attempt) = fincheck.attempt_timeout_seconds {
            limits = limits.with_attempt(Duration::from_secs(attempt));
        }
        let retry = RetryPolicy::default()
            .with_retry_after_cap(Duration::from_secs(fincheck.max_retry_after_seconds));
        Transport::builder(network)
            .clock(Arc::clone(&context.clock))
            .rate(rate.concurrency(concurrency))
            .limits(limits)
            .retry(retry)
    }

    /// A client that can look up and nothing else.
    pub(crate) fn reader(&self, transport: Transport) -> Reader {
        Builder::new(self.url.clone(), transport)
            .contract(self.contract.clone())
            .reader()
    }

    /// A client that can enter and delete.
    pub(crate) fn writer(&self, context: &Context, transport: Transport) -> Outcome<Writer> {
        self.refuse_reader(context)?;
        let code = self.secrets.security_code(&Self::username(context)?)?;
        Ok(Builder::new(self.url.clone(), transport)
            .contract(self.contract.clone())
            .writer(code))
    }

    /// A reader's account can't enter or delete; that is known before anything is sent.
    pub(crate) fn refuse_reader(&self, context: &Context) -> Outcome<()> {
        if context.settings.fincheck.participant.can_enter() {
            return Ok(());
        }
        Err(
            Failure::usage("this profile is a reader's: it can look up, not enter or delete").hint(
                "choose another profile with --profile, or correct `participant` in the settings",
            ),
        )
    }
}

/// The guard of a run's budget.
pub(crate) fn guard(budget: &Budget) -> SpendingGuard {
    SpendingGuard::new(budget.max_reads, budget.max_writes)
}

/// Reads a contract file.
pub(crate) fn read_contract(path: &std::path::Path) -> Outcome<Contract> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("the contract {} can't be read", path.display()))
            .caused_by(error)
            .hint("look at `contract` in the settings, or at --contract; without one the assumed contract is spoken")
    })?;
    Contract::from_toml(&text).map_err(|errors| {
        Failure::usage(format!("the contract {} is not sound", path.display()))
            .caused_by(errors)
            .hint("correct those keys; a contract file replaces only what it names")
    })
}

/// Where a profile remembers the user name of its login.
fn username_file(context: &Context) -> std::path::PathBuf {
    context
        .settings
        .home
        .profile_folder(&context.settings.profile)
        .join("username")
}

fn stored_username(context: &Context) -> Outcome<Option<String>> {
    match std::fs::read_to_string(username_file(context)) {
        Ok(name) => Ok(Some(name.trim().to_owned()).filter(|name| !name.is_empty())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::local("the stored user name can't be read").caused_by(error)),
    }
}

/// Remembers the user name of a login; `None` forgets it.
pub(crate) fn keep_username(context: &Context, username: Option<&str>) -> Outcome<()> {
    let file = username_file(context);
    let failed =
        |error: std::io::Error| Failure::local("the user name can't be stored").caused_by(error);
    match username {
        Some(name) => {
            if let Some(folder) = file.parent() {
                crate::home::Home::private_folder(folder)?;
            }
            std::fs::write(&file, format!("{name}\n")).map_err(failed)
        }
        None => match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        },
    }
}

/// The exit code of a failed call to FINcheck, and what helps.
pub(crate) fn from_fincheck(error: finkit_fincheck::Error, what: &str) -> Failure {
    use finkit_fincheck::ErrorKind as Kind;
    if let Some(transport) = error.transport_error() {
        return from_transport(transport.clone(), what);
    }
    let (exit, hint) = match error.kind() {
        Kind::NotOffered => (
            Exit::Usage,
            "the contract in use calls this operation absent; look at `contract` in the settings",
        ),
        Kind::Request => (Exit::Usage, "look at the contract in the settings"),
        Kind::Authentication => (
            Exit::Authentication,
            "log in again with `finkit fincheck login`",
        ),
        Kind::Forbidden => (
            Exit::Refused,
            "look at the kind of the account and at the security code (`finkit fincheck status`)",
        ),
        Kind::NotFound => (
            Exit::Refused,
            "look at the address in the settings, and whether the service speaks another contract",
        ),
        Kind::Invalid => (
            Exit::Refused,
            "nothing was executed; look at the fields named, and whether the service speaks another contract",
        ),
        Kind::TooLarge => (
            Exit::Refused,
            "send fewer records at once (--batch, --batch-records)",
        ),
        Kind::TooManyRequests => (
            Exit::Limit,
            "wait, then run it again; requests_per_second in the settings slows it down",
        ),
        Kind::NotUnderstood => (
            Exit::Temporary,
            "nothing is concluded from it; if it stays so, the service speaks another contract",
        ),
        Kind::ServerFault => (
            Exit::Temporary,
            "the service is in trouble; run it again later",
        ),
        _ => (Exit::Refused, "read what the service says"),
    };
    let rows: Vec<String> = error
        .rows()
        .iter()
        .take(5)
        .map(|fault| {
            let field = fault.field.as_deref().unwrap_or("the request");
            match fault.index {
                Some(index) => format!("record {}: {field} {}", index + 1, fault.rule),
                None => format!("{field} {}", fault.rule),
            }
        })
        .collect();
    let what = if rows.is_empty() {
        what.to_owned()
    } else {
        format!("{what}: {}", rows.join("; "))
    };
    Failure::new(exit, what).caused_by(error).hint(hint)
}

/// The exit code of a failed call, and what helps.
pub(crate) fn from_transport(error: TransportError, what: &str) -> Failure {
    let (exit, hint) = match error.kind() {
        ErrorKind::Configuration | ErrorKind::ForeignOrigin => {
            (Exit::Usage, "look at the address in the settings")
        }
        ErrorKind::CredentialsMissing => (
            Exit::Authentication,
            "log in with `finkit fincheck login`, or set FINKIT_FINCHECK_PASSWORD",
        ),
        ErrorKind::CredentialsRejected => (
            Exit::Authentication,
            "user name or password is wrong; log in again with `finkit fincheck login`. Until then nothing more is sent, so that the account is not locked",
        ),
        ErrorKind::Tls => (
            Exit::Temporary,
            "the service's certificate is not trusted; a company's own certificate authority goes into SSL_CERT_FILE",
        ),
        ErrorKind::Redirect => (
            Exit::Refused,
            "the service sent the call elsewhere, which is never followed; look at the address in the settings",
        ),
        ErrorKind::SpendingLimit => (
            Exit::Limit,
            "raise --max-reads or --max-writes, and run again: what is done stays done",
        ),
        ErrorKind::ComeBackLater => (
            Exit::Limit,
            "the service asks to wait; run again then: what is done stays done",
        ),
        ErrorKind::TokenEndpoint
            if error
                .status()
                .is_some_and(|status| status.is_client_error()) =>
        {
            (
                Exit::Refused,
                "there is no token to be had there; look at the address in the settings, and whether the service speaks another contract",
            )
        }
        ErrorKind::Storage | ErrorKind::VaultBusy => (
            Exit::LocalState,
            "look at the folder of the state; `finkit doctor` says more",
        ),
        _ => (Exit::Temporary, "nothing is lost; run it again later"),
    };
    let hint = match error.retry_after() {
        Some(wait) => format!("{hint} (in {} s)", wait.as_secs().max(1)),
        None => hint.to_owned(),
    };
    Failure::new(exit, what).caused_by(error).hint(hint)
}
