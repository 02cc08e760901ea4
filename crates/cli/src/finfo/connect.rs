//! From a profile to a client of Finfo: addresses, account, token, limits.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use finkit_finfo::{CLIENT_ID, Client, Endpoints, TokenSettings};
use finkit_transport::{
    FileVault, Limits, Origin, RateLimit, ReqwestService, RetryPolicy, TokenSource, Transport,
};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::failure::from_call;
use super::secrets::FinfoSecrets;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::home::Home;

/// The realm of Finfo's accounts (source: the authentication page of the integration guide, <https://docs.finfo.se>).
const REALM: &str = "https://sso.logiq.no/auth/realms/finfo";

/// What a login remembers of an account. No secret is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remembered {
    pub(crate) url: Option<String>,
    pub(crate) realm: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) username: Option<String>,
}

/// A profile's way to Finfo.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) url: Url,
    pub(crate) realm: Url,
    pub(crate) client_id: String,
    pub(crate) username: Option<String>,
    pub(crate) endpoints: Endpoints,
    pub(crate) secrets: FinfoSecrets,
    origin: Origin,
}

impl Connection {
    /// What settings and login say, without a network call.
    pub(crate) fn of(context: &Context) -> Outcome<Self> {
        let remembered = Remembered::read(context)?;
        let settings = &context.settings.finfo;
        let text = settings.url.clone().or(remembered.url).ok_or_else(|| {
            Failure::usage("the address of the Finfo service is not set").hint(format!(
                "give it to `finkit finfo login --url https://…`, set FINKIT_FINFO_URL, or write\n\n    \
                 [profile.{}.finfo]\n    url = \"https://…\"\n\n\
                 into {}; Finfo tells the address with the account.\n\
                 To try without it: `finkit demo`",
                context.settings.profile,
                context.settings.home.config_file().display()
            ))
        })?;
        let url = address(
            &text,
            "Finfo service",
            "it looks like https://api.example.se/",
        )?;
        let origin = origin(&url, "Finfo service")?;
        let realm = match settings.realm.clone().or(remembered.realm) {
            Some(realm) => realm,
            None if is_loopback(&url) => {
                return Err(Failure::usage(
                    "the address of the realm that gives tokens is not set",
                )
                .hint(
                    "a service on this machine has a realm of its own: give --realm to \
                         `finkit finfo login`, or set FINKIT_FINFO_REALM",
                ));
            }
            None => REALM.to_owned(),
        };
        let realm = address(&realm, "realm", &format!("it looks like {REALM}"))?;
        let realm_origin = self::origin(&realm, "realm")?;
        Ok(Self {
            client_id: settings
                .client_id
                .clone()
                .or(remembered.client_id)
                .unwrap_or_else(|| CLIENT_ID.to_owned()),
            username: settings.username.clone().or(remembered.username),
            endpoints: endpoints(context)?,
            secrets: FinfoSecrets::new(context, realm_origin),
            url,
            realm,
            origin,
        })
    }

    /// The user name of the profile.
    pub(crate) fn username(&self) -> Outcome<&str> {
        self.username.as_deref().ok_or_else(|| {
            Failure::usage("the user name at Finfo is not known").hint(
                "log in with `finkit finfo login`, set FINKIT_FINFO_USERNAME, or write username into the profile",
            )
        })
    }

    /// A transport with the profile's token, which all processes of the machine share.
    pub(crate) fn transport(&self, context: &Context, concurrency: usize) -> Outcome<Transport> {
        let username = self.username()?.to_owned();
        let account = TokenSettings {
            realm: self.realm.clone(),
            client_id: self.client_id.clone(),
            client_secret: self.secrets.client_secret(&username)?,
            username: username.clone(),
        };
        let secrets = self.secrets.clone();
        let password = move || {
            secrets
                .password(&username)
                .map_err(|failure| failure.message().to_owned().into())
        };
        let request = account
            .token_request(password)
            .map_err(|error| from_call(error, "the token can't be asked for"))?;
        let tokens = TokenSource::builder(request)
            .for_origin(self.origin.clone())
            .vault(FileVault::new(context.settings.home.token_folder()))
            .build();
        let settings = &context.settings.finfo;
        let mut rate = RateLimit::unlimited();
        if let Some(per_second) = settings.requests_per_second {
            rate = RateLimit::per(1, Duration::from_secs_f64(1.0 / per_second));
        }
        let mut limits = Limits::API;
        if let Some(body) = settings.max_body_bytes {
            limits = limits.with_body(body);
        }
        if let Some(attempt) = settings.attempt_timeout_seconds {
            limits = limits.with_attempt(Duration::from_secs(attempt));
        }
        let retry = RetryPolicy::default()
            .with_retry_after_cap(Duration::from_secs(settings.max_retry_after_seconds));
        Ok(Transport::builder(Arc::new(ReqwestService::new()))
            .clock(Arc::clone(&context.clock))
            .rate(rate.concurrency(concurrency))
            .limits(limits)
            .retry(retry)
            .tokens(tokens)
            .build())
    }

    /// A client that makes at most so many calls at once.
    pub(crate) fn client(&self, context: &Context, concurrency: usize) -> Outcome<Client> {
        let transport = self.transport(context, concurrency)?;
        Client::builder(self.url.clone(), transport)
            .endpoints(self.endpoints.clone())
            .build()
            .map_err(|error| {
                Failure::usage("the Finfo service can't be asked so")
                    .caused_by(error)
                    .hint("look at url and endpoints in the settings")
            })
    }
}

impl Remembered {
    fn file(context: &Context) -> PathBuf {
        let settings = &context.settings;
        let folder = settings.home.profile_folder(&settings.profile);
        folder.join("finfo").join("account.json")
    }

    /// What the last login remembered; nothing without one.
    pub(crate) fn read(context: &Context) -> Outcome<Self> {
        let file = Self::file(context);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(unusable(&file).caused_by(error)),
        };
        serde_json::from_str(&text).map_err(|error| unusable(&file).caused_by(error))
    }

    /// Remembers the account of a login.
    pub(crate) fn keep(&self, context: &Context) -> Outcome<()> {
        let file = Self::file(context);
        if let Some(folder) = file.parent() {
            Home::private_folder(folder)?;
        }
        let text =
            serde_json::to_string_pretty(self).map_err(|error| unusable(&file).caused_by(error))?;
        std::fs::write(&file, format!("{text}\n")).map_err(|error| unusable(&file).caused_by(error))
    }

    /// Forgets the account.
    pub(crate) fn forget(context: &Context) -> Outcome<()> {
        let file = Self::file(context);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(unusable(&file).caused_by(error))
            }
            _ => Ok(()),
        }
    }
}

fn unusable(file: &std::path::Path) -> Failure {
    Failure::local(format!("{} can't be used", file.display())).hint(
        "look at the access rights of the file, or remove it and log in with `finkit finfo login`",
    )
}

fn address(text: &str, what: &str, example: &str) -> Outcome<Url> {
    Url::parse(text).map_err(|error| {
        Failure::usage(format!("the address of the {what} is not a URL"))
            .caused_by(error)
            .hint(example.to_owned())
    })
}

fn origin(url: &Url, what: &str) -> Outcome<Origin> {
    Origin::of(url).map_err(|error| {
        Failure::usage(format!("the address of the {what} can't be used"))
            .caused_by(error)
            .hint("it begins with https://; plain http is for this machine only")
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The endpoints: assumed ones, with what the settings' file replaces.
pub(crate) fn endpoints(context: &Context) -> Outcome<Endpoints> {
    let Some(path) = &context.settings.finfo.endpoints else {
        return Ok(Endpoints::assumed());
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("the endpoints {} can't be read", path.display()))
            .caused_by(error)
            .hint("look at `endpoints` in the settings; without it the assumed ones are asked")
    })?;
    Endpoints::from_toml(&text).map_err(|error| {
        Failure::usage(format!("the endpoints {} are not sound", path.display()))
            .caused_by(error)
            .hint("correct those keys; the file replaces only what it names")
    })
}
