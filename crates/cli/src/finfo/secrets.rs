//! Password and client secret of a Finfo account: given for this run, or stored for the realm they are sent to.

use finkit_transport::{ClientSecret, Origin, Password, Place, Secret, SecretId, SecretStore};

use crate::context::Context;
use crate::failure::{Failure, Outcome};

const PASSWORD: &str = "finfo-password";
const CLIENT_SECRET: &str = "finfo-client-secret";

/// The secrets of a profile at one realm.
#[derive(Debug, Clone)]
pub(crate) struct FinfoSecrets {
    store: SecretStore,
    origin: Origin,
    given_password: Option<Password>,
    given_client_secret: Option<ClientSecret>,
}

impl FinfoSecrets {
    /// The secrets that go to the realm of this origin.
    pub(crate) fn new(context: &Context, origin: Origin) -> Self {
        let given = &context.given;
        Self {
            store: crate::secrets::store(context),
            origin,
            given_password: given.finfo_password.clone().map(Password::new),
            given_client_secret: given.finfo_client_secret.clone().map(ClientSecret::new),
        }
    }

    /// The password: given, else stored.
    pub(crate) fn password(&self, username: &str) -> Outcome<Option<Password>> {
        if let Some(password) = &self.given_password {
            return Ok(Some(password.clone()));
        }
        let stored = self.read(PASSWORD, username)?;
        Ok(stored.map(|(secret, _)| Password::from(secret)))
    }

    /// The client secret: given, else stored.
    pub(crate) fn client_secret(&self, username: &str) -> Outcome<Option<ClientSecret>> {
        if let Some(secret) = &self.given_client_secret {
            return Ok(Some(secret.clone()));
        }
        let stored = self.read(CLIENT_SECRET, username)?;
        Ok(stored.map(|(secret, _)| ClientSecret::from(secret)))
    }

    /// Where the password is stored.
    pub(crate) fn password_place(&self, username: &str) -> Outcome<Option<Place>> {
        Ok(self.read(PASSWORD, username)?.map(|(_, place)| place))
    }

    /// Where the client secret is stored.
    pub(crate) fn client_secret_place(&self, username: &str) -> Outcome<Option<Place>> {
        Ok(self.read(CLIENT_SECRET, username)?.map(|(_, place)| place))
    }

    /// Stores the password.
    pub(crate) fn keep_password(&self, username: &str, password: &Password) -> Outcome<Place> {
        self.write(PASSWORD, username, password.as_secret())
    }

    /// Stores the client secret.
    pub(crate) fn keep_client_secret(
        &self,
        username: &str,
        secret: &ClientSecret,
    ) -> Outcome<Place> {
        self.write(CLIENT_SECRET, username, secret.as_secret())
    }

    /// Forgets both.
    pub(crate) fn forget(&self, username: &str) -> Outcome<()> {
        for kind in [PASSWORD, CLIENT_SECRET] {
            self.store
                .remove(&self.id(kind, username))
                .map_err(|error| {
                    Failure::local(format!("the stored {} can't be removed", name(kind)))
                        .caused_by(error)
                        .hint(format!(
                            "look at the access rights of {}",
                            self.store.folder().display()
                        ))
                })?;
        }
        Ok(())
    }

    fn id(&self, kind: &'static str, username: &str) -> SecretId {
        SecretId::new(self.origin.clone(), kind, username)
    }

    fn read(&self, kind: &'static str, username: &str) -> Outcome<Option<(Secret, Place)>> {
        self.store.read(&self.id(kind, username)).map_err(|error| {
            Failure::local(format!("the stored {} can't be used", name(kind)))
                .caused_by(error)
                .hint(format!(
                    "look at the files in {}: only you may read them (chmod 600)",
                    self.store.folder().display()
                ))
        })
    }

    fn write(&self, kind: &'static str, username: &str, secret: &Secret) -> Outcome<Place> {
        let written = self.store.write(&self.id(kind, username), secret, true);
        written.map_err(|error| {
            Failure::local(format!("the {} is not stored", name(kind)))
                .caused_by(error)
                .hint(format!(
                    "look at the space and the access rights of {}",
                    self.store.folder().display()
                ))
        })
    }
}

fn name(kind: &str) -> &'static str {
    if kind == PASSWORD {
        "password"
    } else {
        "client secret"
    }
}
