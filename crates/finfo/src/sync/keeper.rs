//! The thread that owns the catalogue, so that no call blocks the runtime and pages are fetched while one is stored.

use std::fmt;
use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

use crate::catalogue::{Catalogue, CatalogueError, CatalogueErrorKind};

type Work = Box<dyn FnOnce(&mut dyn Catalogue) + Send>;

/// A catalogue on a thread of its own.
pub(crate) struct Keeper {
    /// `None` only while it is being dropped.
    tasks: Option<mpsc::Sender<Work>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Work that is being done. Whoever drops it does not stop it.
pub(crate) struct Job<T>(oneshot::Receiver<Result<T, CatalogueError>>);

impl<T> Job<T> {
    /// Waits for the end of the work.
    pub(crate) async fn done(self) -> Result<T, CatalogueError> {
        self.0.await.unwrap_or_else(|_| Err(gone()))
    }
}

impl Keeper {
    /// Starts the thread.
    pub(crate) fn start(mut catalogue: impl Catalogue) -> Result<Self, CatalogueError> {
        let (tasks, queue) = mpsc::channel::<Work>();
        let thread = thread::Builder::new()
            .name("catalogue".to_owned())
            .spawn(move || {
                for work in queue {
                    work(&mut catalogue);
                }
            })
            .map_err(|error| {
                CatalogueError::new(
                    CatalogueErrorKind::Io,
                    "the catalogue's thread could not be started",
                )
                .with_source(error)
            })?;
        Ok(Self {
            tasks: Some(tasks),
            thread: Some(thread),
        })
    }

    /// Queues work and returns at once.
    pub(crate) fn begin<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Catalogue) -> Result<T, CatalogueError> + Send + 'static,
    ) -> Job<T> {
        let (done, answer) = oneshot::channel();
        let task: Work = Box::new(move |catalogue| {
            // Nobody waits any more: the work is done all the same.
            let _ = done.send(work(catalogue));
        });
        if let Some(tasks) = &self.tasks {
            // A thread that has ended drops the task, by which the job learns of it.
            let _ = tasks.send(task);
        }
        Job(answer)
    }

    /// Does work and waits for it.
    pub(crate) async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Catalogue) -> Result<T, CatalogueError> + Send + 'static,
    ) -> Result<T, CatalogueError> {
        self.begin(work).done().await
    }
}

impl Drop for Keeper {
    /// Waits until the catalogue is closed, so that whoever comes next finds it free.
    fn drop(&mut self) {
        drop(self.tasks.take());
        // The last handle can be dropped by work that the thread itself does; it then ends after that work.
        let other =
            |thread: &thread::JoinHandle<()>| thread.thread().id() != thread::current().id();
        if let Some(thread) = self.thread.take().filter(other) {
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keeper")
    }
}

/// The error of a catalogue whose thread has ended, which takes a panic inside the catalogue.
fn gone() -> CatalogueError {
    CatalogueError::new(CatalogueErrorKind::Io, "the catalogue's thread has ended")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Dataset, MemoryCatalogue};

    #[tokio::test]
    async fn work_is_done_in_order_even_if_nobody_waits() {
        let catalogue = MemoryCatalogue::new();
        let mut outside = catalogue.clone();
        let keeper = Keeper::start(catalogue).expect("a thread");
        let supplier = "1".parse().expect("a supplier");
        drop(keeper.begin(move |catalogue| {
            catalogue.note_failure(
                Dataset::Article,
                &supplier,
                chrono::DateTime::UNIX_EPOCH,
                "first",
            )
        }));
        let seen = keeper
            .with(move |catalogue| catalogue.standing(Dataset::Article, &supplier))
            .await;
        assert_eq!(
            seen.expect("alive").failure.expect("noted").message,
            "first"
        );
        drop(keeper);
        assert!(
            outside
                .standing(Dataset::Article, &supplier)
                .expect("readable")
                .failure
                .is_some()
        );
    }

    #[tokio::test]
    async fn a_panic_in_the_catalogue_is_an_error_and_not_a_hang() {
        let keeper = Keeper::start(MemoryCatalogue::new()).expect("a thread");
        let broken: Result<(), _> = keeper.with(|_| panic!("broken")).await;
        assert_eq!(broken.expect_err("gone").kind(), CatalogueErrorKind::Io);
        assert!(keeper.with(Catalogue::suppliers).await.is_err());
    }
}
