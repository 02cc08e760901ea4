//! The service on loopback beside the program: accounts, made-up lists, and waiting for what arrives.

use std::fmt::Write as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use finkit_core::Participant;
use finkit_sandbox::fault::FaultPlan;
use finkit_sandbox::front::RequestRecord;
use finkit_sandbox::{Running, Sandbox, SandboxBuilder};
use finkit_tests::Finkit;

/// User name of the tests' own account.
pub(crate) const USER: &str = "acme";
/// Its password.
pub(crate) const PASSWORD: &str = "acme-Password-1";

/// How long a test waits for something that must happen, before it says that it did not.
const PATIENCE: Duration = Duration::from_secs(60);

/// FINcheck on loopback, and what arrived there.
pub(crate) struct Service {
    running: Running,
    gate: Arc<Gate>,
}

/// What arrived, and which answer is held back.
#[derive(Default)]
struct Gate {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Default)]
struct Seen {
    paths: Vec<String>,
    hold: Option<(String, usize)>,
    holding: bool,
}

impl Seen {
    fn count(&self, path: &str) -> usize {
        self.paths.iter().filter(|seen| *seen == path).count()
    }
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request that was executed, and keeps its answer back while a test wants that.
    fn pass(&self, record: &RequestRecord) {
        let mut seen = self.lock();
        seen.paths.push(record.path.clone());
        let number = seen.count(&record.path);
        let held = |seen: &mut Seen| seen.hold == Some((record.path.clone(), number));
        if held(&mut seen) {
            seen.holding = true;
        }
        self.changed.notify_all();
        while held(&mut seen) {
            seen = self
                .changed
                .wait(seen)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn wait(&self, what: &str, mut done: impl FnMut(&Seen) -> bool) {
        let (seen, outcome) = self
            .changed
            .wait_timeout_while(self.lock(), PATIENCE, |seen| !done(seen))
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!outcome.timed_out(), "{what} never came: {:?}", seen.paths);
    }
}

/// An answer that is kept back; it goes out when this is dropped.
pub(crate) struct Held<'s>(&'s Gate);

impl Held<'_> {
    /// Waits until the request was executed.
    pub(crate) fn reached(&self) {
        self.0.wait("the request", |seen| seen.holding);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut seen = self.0.lock();
        seen.hold = None;
        seen.holding = false;
        self.0.changed.notify_all();
    }
}

impl std::ops::Deref for Service {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

impl Service {
    /// A service in the assumed contract.
    pub(crate) fn start() -> Self {
        Self::with(|builder| builder)
    }

    /// A service with other settings.
    pub(crate) fn with(change: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> Self {
        let gate = Arc::new(Gate::default());
        let observer = Arc::clone(&gate);
        let builder = Sandbox::builder()
            // An answer that is kept back must not keep a thread of the service.
            .on_request(move |record| tokio::task::block_in_place(|| observer.pass(record)));
        let running = change(builder)
            .start_blocking()
            .expect("the sandbox starts");
        Self { running, gate }
    }

    /// Plays faults from now on.
    pub(crate) fn fault(&self, plan: &str) {
        let plan: FaultPlan = plan
            .parse()
            .unwrap_or_else(|error| panic!("{plan}: {error}"));
        self.set_faults(plan);
    }

    /// Keeps back the answer to the n-th request (from 1) to a path.
    pub(crate) fn hold(&self, path: &str, number: usize) -> Held<'_> {
        self.gate.lock().hold = Some((path.to_owned(), number));
        Held(&self.gate)
    }

    /// How many requests to a path were executed.
    pub(crate) fn seen(&self, path: &str) -> usize {
        self.gate.lock().count(path)
    }

    /// The program pointed at this service, without an account.
    pub(crate) fn stranger(&self) -> Finkit {
        let mut finkit = Finkit::new();
        finkit.set("FINKIT_FINCHECK_URL", &self.url());
        finkit
    }

    /// The program with an account of its own: user name, password and security code in the environment, nothing stored.
    pub(crate) fn member(&self, kind: Participant, username: &str) -> Finkit {
        let code = self
            .enrol(kind, username, PASSWORD)
            .expect("the account is new");
        let mut finkit = self.stranger();
        finkit
            .set("FINKIT_FINCHECK_USERNAME", username)
            .set("FINKIT_FINCHECK_PASSWORD", PASSWORD)
            .set("FINKIT_FINCHECK_SECURITY_CODE", &code);
        finkit.settings("[profile.default.fincheck]\nsettle_seconds = 0\n");
        finkit
    }

    /// The program with a standard account.
    pub(crate) fn standard(&self) -> Finkit {
        self.member(Participant::Standard, USER)
    }

    /// How many entries of the tests' own account there are.
    pub(crate) fn own_entries(&self) -> usize {
        let entries = self.entries().expect("the sandbox tells");
        entries
            .iter()
            .filter(|entry| entry.participant == USER)
            .count()
    }

    /// Reads and writes that the service counts for the tests' own account.
    pub(crate) fn billed(&self) -> (u64, u64) {
        let counters = self
            .counters(USER)
            .expect("the sandbox tells")
            .expect("an account that is counted");
        (counters.reads, counters.writes)
    }
}

/// The made-up FIN with this serial number.
pub(crate) fn fin(serial: u32) -> String {
    format!("WVWZZZE1ZMP{serial:06}")
}

/// A sound list of so many made-up vehicles, from a serial number on.
pub(crate) fn list(first: u32, rows: u32) -> String {
    let mut text = String::from("fin,start_date,end_date,registration_date\n");
    for serial in first..first + rows {
        let _ = writeln!(
            text,
            "{},2026-01-01,2026-12-31,2025-11-04T10:{:02}:{:02}+01:00",
            fin(serial),
            serial / 60 % 60,
            serial % 60
        );
    }
    text
}
