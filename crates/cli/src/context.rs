//! What every command works with: settings, output, secrets that were given, and a runtime.

use std::sync::Arc;

use finkit_transport::{Clock, SystemClock};

use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::settings::{Settings, variable};

/// The surroundings of a command.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) settings: Settings,
    pub(crate) output: Output,
    pub(crate) given: Given,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Secrets that were handed over for this run instead of stored ones.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) password: Option<String>,
    pub(crate) security_code: Option<String>,
    pub(crate) registration_code: Option<String>,
    pub(crate) finfo_password: Option<String>,
    pub(crate) finfo_client_secret: Option<String>,
}

impl Given {
    /// What the environment holds.
    pub(crate) fn from_environment() -> Outcome<Self> {
        Ok(Self {
            password: variable("FINKIT_FINCHECK_PASSWORD")?,
            security_code: variable("FINKIT_FINCHECK_SECURITY_CODE")?,
            registration_code: variable("FINKIT_FINCHECK_REGISTRATION_CODE")?,
            finfo_password: variable("FINKIT_FINFO_PASSWORD")?,
            finfo_client_secret: variable("FINKIT_FINFO_CLIENT_SECRET")?,
        })
    }
}

impl std::fmt::Debug for Given {
    /// Says which are there, never what they are.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Given")
            .field("password", &self.password.is_some())
            .field("security_code", &self.security_code.is_some())
            .field("registration_code", &self.registration_code.is_some())
            .field("finfo_password", &self.finfo_password.is_some())
            .field("finfo_client_secret", &self.finfo_client_secret.is_some())
            .finish()
    }
}

impl Context {
    pub(crate) fn new(settings: Settings, output: Output, given: Given) -> Self {
        Self {
            settings,
            output,
            given,
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// A runtime for the network calls of one command.
    pub(crate) fn runtime() -> Outcome<tokio::runtime::Runtime> {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::local("the program can't start its runtime").caused_by(error))
    }
}
