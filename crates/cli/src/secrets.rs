//! Passwords and security codes of a profile: given for this run, or stored for the service they belong to.

use finkit_transport::{Origin, Password, Place, Secret, SecretId, SecretStore, SecurityCode};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// Kind of the stored password.
const PASSWORD: &str = "password";
/// Kind of the stored security code.
const SECURITY_CODE: &str = "security-code";

/// Where the secrets of a profile are stored, whatever service they belong to.
pub(crate) fn store(context: &Context) -> SecretStore {
    let home = &context.settings.home;
    let folder = home
        .profile_folder(&context.settings.profile)
        .join("secrets");
    if home.holds_everything() {
        SecretStore::files(folder)
    } else {
        SecretStore::system(folder)
    }
}

/// The secrets of a profile at one service.
#[derive(Debug, Clone)]
pub(crate) struct Secrets {
    store: SecretStore,
    origin: Origin,
    given_password: Option<Password>,
    given_code: Option<SecurityCode>,
}

impl Secrets {
    pub(crate) fn new(context: &Context, origin: Origin) -> Self {
        Self {
            store: store(context),
            origin,
            given_password: context.given.password.clone().map(Password::new),
            given_code: context.given.security_code.clone().map(SecurityCode::new),
        }
    }

    /// The password of an account: given, else stored.
    pub(crate) fn password(&self, username: &str) -> Outcome<Option<Password>> {
        if let Some(password) = &self.given_password {
            return Ok(Some(password.clone()));
        }
        Ok(self
            .read(PASSWORD, username)?
            .map(|(secret, _)| Password::from(secret)))
    }

    /// Where the password is stored.
    pub(crate) fn password_place(&self, username: &str) -> Outcome<Option<Place>> {
        Ok(self.read(PASSWORD, username)?.map(|(_, place)| place))
    }

    /// Stores the password of an account.
    pub(crate) fn keep_password(&self, username: &str, password: &Password) -> Outcome<Place> {
        self.write(PASSWORD, username, password.as_secret(), true)
    }

    /// Forgets the password of an account.
    pub(crate) fn forget_password(&self, username: &str) -> Outcome<bool> {
        self.remove(PASSWORD, username)
    }

    /// The security code of an account, which creating and deleting need: given, else stored.
    pub(crate) fn security_code(&self, username: &str) -> Outcome<SecurityCode> {
        if let Some(code) = &self.given_code {
            return Ok(code.clone());
        }
        match self.read(SECURITY_CODE, username)? {
            Some((secret, _)) => Ok(SecurityCode::from(secret)),
            None => Err(Failure::usage(format!("there is no security code for {}", self.origin)).hint(
                "register with `finkit fincheck register`; if the account exists already, store its code with \
                 `finkit fincheck login --with-security-code`, or set FINKIT_FINCHECK_SECURITY_CODE",
            )),
        }
    }

    /// The stored security code and where it lies.
    pub(crate) fn stored_code(&self, username: &str) -> Outcome<Option<(SecurityCode, Place)>> {
        Ok(self
            .read(SECURITY_CODE, username)?
            .map(|(secret, place)| (SecurityCode::from(secret), place)))
    }

    /// Stores the security code; an existing one is replaced only when told.
    pub(crate) fn keep_code(
        &self,
        username: &str,
        code: &SecurityCode,
        replace: bool,
    ) -> Outcome<Place> {
        self.write(SECURITY_CODE, username, code.as_secret(), replace)
    }

    /// Forgets the security code.
    pub(crate) fn forget_code(&self, username: &str) -> Outcome<bool> {
        self.remove(SECURITY_CODE, username)
    }

    fn id(&self, kind: &'static str, username: &str) -> SecretId {
        SecretId::new(self.origin.clone(), kind, username)
    }

    fn read(&self, kind: &'static str, username: &str) -> Outcome<Option<(Secret, Place)>> {
        self.store.read(&self.id(kind, username)).map_err(|error| {
            Failure::local(format!("the stored {kind} can't be used"))
                .caused_by(error)
                .hint(format!(
                    "look at the files in {}: only you may read them (chmod 600)",
                    self.store.folder().display()
                ))
        })
    }

    fn write(
        &self,
        kind: &'static str,
        username: &str,
        secret: &Secret,
        replace: bool,
    ) -> Outcome<Place> {
        self.store
            .write(&self.id(kind, username), secret, replace)
            .map_err(|error| {
                let exists = matches!(error, finkit_transport::SecretStoreError::Exists { .. });
                let failure = Failure::new(
                    if exists {
                        Exit::Usage
                    } else {
                        Exit::LocalState
                    },
                    format!("the {kind} is not stored"),
                )
                .caused_by(error);
                if exists {
                    failure.hint(
                        "the stored one stays; give --replace if it is really to be overwritten",
                    )
                } else {
                    failure.hint(format!(
                        "look at the space and the access rights of {}",
                        self.store.folder().display()
                    ))
                }
            })
    }

    fn remove(&self, kind: &'static str, username: &str) -> Outcome<bool> {
        self.store
            .remove(&self.id(kind, username))
            .map_err(|error| {
                Failure::local(format!("the stored {kind} can't be removed")).caused_by(error)
            })
    }
}
