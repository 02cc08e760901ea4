//! The keyring of the operating system, asked with patience that ends: a locked one may wait for a person for ever, and a
//! machine without a desktop has none.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::secret::Secret;

/// How long a keyring may take to answer.
#[cfg(feature = "keyring")]
const PATIENCE: Duration = Duration::from_secs(3);

/// A place for secrets that the operating system guards.
pub(crate) trait Keyring: fmt::Debug + Send + Sync + 'static {
    fn read(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringFault>;
    fn write(&self, service: &str, account: &str, secret: &Secret) -> Result<(), KeyringFault>;
    /// Says whether there was one.
    fn remove(&self, service: &str, account: &str) -> Result<bool, KeyringFault>;
}

/// Why a keyring did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringFault {
    /// There is none.
    #[error("there is no keyring")]
    None,
    /// It did not answer in time; it may be waiting for a person to unlock it.
    #[error("the keyring does not answer, it may be locked")]
    Silent,
    /// It answered with a failure.
    #[error("the keyring failed: {0}")]
    Failed(String),
}

/// A keyring that is asked on a thread of its own, for a bounded time. Once it has been silent it is not asked again.
#[derive(Debug, Clone)]
pub(crate) struct Patient {
    keyring: Arc<dyn Keyring>,
    patience: Duration,
    silent: Arc<AtomicBool>,
}

impl Patient {
    /// The keyring of this system, if this build knows how to ask it.
    pub(crate) fn system() -> Option<Self> {
        #[cfg(feature = "keyring")]
        return Some(Self::new(system::SystemKeyring, PATIENCE));
        #[cfg(not(feature = "keyring"))]
        None
    }

    #[cfg_attr(
        not(any(test, feature = "keyring")),
        expect(dead_code, reason = "only builds with a keyring ask one")
    )]
    pub(crate) fn new(keyring: impl Keyring, patience: Duration) -> Self {
        Self {
            keyring: Arc::new(keyring),
            patience,
            silent: Arc::default(),
        }
    }

    pub(crate) fn read(
        &self,
        service: &str,
        account: &str,
    ) -> Result<Option<Secret>, KeyringFault> {
        let (service, account) = (service.to_owned(), account.to_owned());
        self.ask(move |keyring| keyring.read(&service, &account))
    }

    pub(crate) fn write(
        &self,
        service: &str,
        account: &str,
        secret: &Secret,
    ) -> Result<(), KeyringFault> {
        let (service, account, secret) = (service.to_owned(), account.to_owned(), secret.clone());
        self.ask(move |keyring| keyring.write(&service, &account, &secret))
    }

    pub(crate) fn remove(&self, service: &str, account: &str) -> Result<bool, KeyringFault> {
        let (service, account) = (service.to_owned(), account.to_owned());
        self.ask(move |keyring| keyring.remove(&service, &account))
    }

    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Keyring) -> Result<T, KeyringFault> + Send + 'static,
    ) -> Result<T, KeyringFault> {
        if self.silent.load(Ordering::Relaxed) {
            return Err(KeyringFault::Silent);
        }
        let (sender, receiver) = mpsc::sync_channel(1);
        let keyring = Arc::clone(&self.keyring);
        // Whoever asks a keyring blocks, and some start an executor of their own; neither may happen on the caller's
        // thread. A thread that never comes back ends with the process.
        thread::spawn(move || sender.send(question(&*keyring)));
        receiver.recv_timeout(self.patience).unwrap_or_else(|_| {
            self.silent.store(true, Ordering::Relaxed);
            Err(KeyringFault::Silent)
        })
    }
}

#[cfg(feature = "keyring")]
mod system {
    use keyring::{Entry, Error};

    use super::{Keyring, KeyringFault};
    use crate::secret::Secret;

    /// Keychain, Credential Manager or Secret Service.
    #[derive(Debug)]
    pub(super) struct SystemKeyring;

    fn entry(service: &str, account: &str) -> Result<Entry, KeyringFault> {
        Entry::new(service, account).map_err(fault)
    }

    /// Only the text: the values that some errors carry are what was read.
    fn fault(error: Error) -> KeyringFault {
        match error {
            Error::NoDefaultStore => KeyringFault::None,
            other => KeyringFault::Failed(other.to_string()),
        }
    }

    impl Keyring for SystemKeyring {
        fn read(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringFault> {
            match entry(service, account)?.get_password() {
                Ok(secret) => Ok(Some(Secret::new(secret))),
                Err(Error::NoEntry) => Ok(None),
                Err(error) => Err(fault(error)),
            }
        }

        fn write(&self, service: &str, account: &str, secret: &Secret) -> Result<(), KeyringFault> {
            entry(service, account)?
                .set_password(secret.expose())
                .map_err(fault)
        }

        fn remove(&self, service: &str, account: &str) -> Result<bool, KeyringFault> {
            match entry(service, account)?.delete_credential() {
                Ok(()) => Ok(true),
                Err(Error::NoEntry) => Ok(false),
                Err(error) => Err(fault(error)),
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::HashMap;
    use std::sync::{Mutex, MutexGuard};

    use super::*;

    /// Secrets by service and account.
    pub(crate) type Kept = HashMap<(String, String), Secret>;

    /// A keyring in memory, with what can go wrong.
    #[derive(Debug, Clone, Default)]
    pub(crate) struct TestKeyring {
        pub(crate) kept: Arc<Mutex<Kept>>,
        pub(crate) fault: Option<KeyringFault>,
        /// Never answers.
        pub(crate) hangs: bool,
        pub(crate) asked: Arc<Mutex<u32>>,
    }

    impl TestKeyring {
        pub(crate) fn patient(&self) -> Patient {
            // Generous where an answer comes, short where none can.
            Patient::new(
                self.clone(),
                Duration::from_millis(if self.hangs { 20 } else { 20_000 }),
            )
        }

        fn asked(&self) -> Result<MutexGuard<'_, Kept>, KeyringFault> {
            *self.asked.lock().expect("not poisoned") += 1;
            if self.hangs {
                loop {
                    thread::park();
                }
            }
            match &self.fault {
                Some(fault) => Err(fault.clone()),
                None => Ok(self.kept.lock().expect("not poisoned")),
            }
        }
    }

    impl Keyring for TestKeyring {
        fn read(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringFault> {
            Ok(self
                .asked()?
                .get(&(service.to_owned(), account.to_owned()))
                .cloned())
        }

        fn write(&self, service: &str, account: &str, secret: &Secret) -> Result<(), KeyringFault> {
            self.asked()?
                .insert((service.to_owned(), account.to_owned()), secret.clone());
            Ok(())
        }

        fn remove(&self, service: &str, account: &str) -> Result<bool, KeyringFault> {
            Ok(self
                .asked()?
                .remove(&(service.to_owned(), account.to_owned()))
                .is_some())
        }
    }

    #[test]
    fn a_silent_keyring_is_given_up_after_one_question() {
        let keyring = TestKeyring {
            hangs: true,
            ..TestKeyring::default()
        };
        let patient = keyring.patient();
        for _ in 0..3 {
            assert_eq!(
                patient.read("s", "a").expect_err("silent"),
                KeyringFault::Silent
            );
        }
        assert!(*keyring.asked.lock().expect("not poisoned") <= 1);
    }

    #[cfg(feature = "keyring")]
    #[test]
    fn the_keyring_of_the_system_answers_or_says_why_not() {
        // On a desktop: nothing kept under this name. On a server: no keyring. Never a hang, never a panic.
        let patient = Patient::system().expect("built in");
        match patient.read("finkit test of nothing kept", "nobody") {
            Ok(kept) => assert!(kept.is_none()),
            Err(fault) => assert!(!fault.to_string().is_empty()),
        }
    }
}
