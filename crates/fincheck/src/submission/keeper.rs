//! The thread that owns the ledger. Commits that wait for it at the same time share one transaction.

use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

use super::{Change, Ledger, LedgerError, LedgerErrorKind};

/// A ledger on a thread of its own, so that no call blocks the runtime and no dropped future cuts a commit in two.
#[derive(Debug)]
pub(crate) struct Keeper {
    desk: Desk,
}

enum Desk {
    Thread {
        /// `None` only while it is being dropped.
        tasks: Option<mpsc::Sender<Task>>,
        thread: Option<thread::JoinHandle<()>>,
    },
    /// The caller's own thread, so that tests run in one order only.
    #[cfg(test)]
    Here(std::sync::Mutex<Box<dyn Ledger>>),
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desk")
    }
}

/// Gets the outcome of a commit.
type Done = oneshot::Sender<Result<(), LedgerError>>;
/// Anything else that is done with the ledger.
type Work = Box<dyn FnOnce(&mut dyn Ledger) + Send>;

enum Task {
    Commit { changes: Vec<Change>, done: Done },
    Other(Work),
}

impl Keeper {
    /// Starts the thread.
    pub(crate) fn start(ledger: impl Ledger) -> Result<Self, LedgerError> {
        let (tasks, queue) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || keep(ledger, &queue))
            .map_err(|error| {
                LedgerError::new(
                    LedgerErrorKind::Io,
                    "the ledger's thread could not be started",
                )
                .with_source(error)
            })?;
        Ok(Self {
            desk: Desk::Thread {
                tasks: Some(tasks),
                thread: Some(thread),
            },
        })
    }

    /// A ledger that works on the caller's thread.
    #[cfg(test)]
    pub(crate) fn here(ledger: impl Ledger) -> Self {
        Self {
            desk: Desk::Here(std::sync::Mutex::new(Box::new(ledger))),
        }
    }

    fn hand_over(&self, task: Task) -> Result<(), LedgerError> {
        match &self.desk {
            Desk::Thread { tasks, .. } => {
                let tasks = tasks.as_ref().ok_or_else(gone)?;
                tasks.send(task).map_err(|_| gone())
            }
            #[cfg(test)]
            Desk::Here(ledger) => {
                let mut ledger = ledger.lock().map_err(|_| gone())?;
                match task {
                    Task::Commit { changes, done } => drop(done.send(ledger.commit(&changes))),
                    Task::Other(work) => work(&mut **ledger),
                }
                Ok(())
            }
        }
    }

    /// Writes changes down; returns when they are durable.
    pub(crate) async fn commit(&self, changes: Vec<Change>) -> Result<(), LedgerError> {
        if changes.is_empty() {
            return Ok(());
        }
        let (done, answer) = oneshot::channel();
        self.let_others_go_first().await;
        self.hand_over(Task::Commit { changes, done })?;
        self.let_others_go_first().await;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// In tests a commit takes some time, too, before and after it is done.
    async fn let_others_go_first(&self) {
        #[cfg(test)]
        if matches!(self.desk, Desk::Here(_)) {
            tokio::task::yield_now().await;
        }
    }

    /// Runs anything else on the ledger.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        self.start_with(work)?.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Queues work and returns at once; the receiver gets its result.
    pub(crate) fn start_with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Ledger) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, LedgerError>>, LedgerError> {
        let (done, answer) = oneshot::channel();
        let task = Task::Other(Box::new(move |ledger| {
            // Nobody waits any more: the work is done all the same.
            let _ = done.send(work(ledger));
        }));
        self.hand_over(task)?;
        Ok(answer)
    }
}

impl Drop for Keeper {
    /// Waits until the ledger is closed, so that whoever comes next finds it free.
    fn drop(&mut self) {
        #[cfg_attr(
            not(test),
            expect(irrefutable_let_patterns, reason = "tests have another kind")
        )]
        if let Desk::Thread { tasks, thread } = &mut self.desk {
            drop(tasks.take());
            let thread = thread.take();
            // The last handle can be dropped by work that the thread itself does; it then ends after that work.
            if let Some(thread) =
                thread.filter(|thread| thread.thread().id() != thread::current().id())
            {
                let _ = thread.join();
            }
        }
    }
}

/// The error of a ledger whose thread has ended, which takes a panic inside the ledger.
pub(crate) fn gone() -> LedgerError {
    LedgerError::new(LedgerErrorKind::Io, "the ledger's thread has ended")
}

fn keep(mut ledger: impl Ledger, queue: &mpsc::Receiver<Task>) {
    let mut carried = None;
    while let Some(task) = carried.take().or_else(|| queue.recv().ok()) {
        match task {
            Task::Other(work) => work(&mut ledger),
            Task::Commit { changes, done } => {
                let mut waiting = vec![(changes, done)];
                while let Ok(next) = queue.try_recv() {
                    match next {
                        Task::Commit { changes, done } => waiting.push((changes, done)),
                        other => {
                            carried = Some(other);
                            break;
                        }
                    }
                }
                commit_together(&mut ledger, waiting);
            }
        }
    }
}

/// One transaction for all; if that fails, one for each, so that nobody fails through a neighbour.
fn commit_together(ledger: &mut impl Ledger, waiting: Vec<(Vec<Change>, Done)>) {
    if waiting.len() > 1 {
        let all: Vec<Change> = waiting
            .iter()
            .flat_map(|(changes, _)| changes.iter().cloned())
            .collect();
        if ledger.commit(&all).is_ok() {
            for (_, done) in waiting {
                let _ = done.send(Ok(()));
            }
            return;
        }
    }
    for (changes, done) in waiting {
        let _ = done.send(ledger.commit(&changes));
    }
}
