//! The server: a listener on loopback on a thread and runtime of its own.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::log::Log;
use super::play::{self, Shared};
use super::timer::Timer;
use super::{Handler, Now, Observer, RequestRecord};
use crate::clock;
use crate::fault::{FaultPlan, PlanState};

/// Settings of a [`FaultServer`].
#[derive(Clone)]
#[must_use]
pub struct FaultServerBuilder {
    address: String,
    faults: FaultPlan,
    body_limit: u64,
    latency: Duration,
    threads: usize,
    log_capacity: usize,
    now: Now,
    observer: Option<Observer>,
}

impl fmt::Debug for FaultServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultServerBuilder")
            .field("address", &self.address)
            .field("faults", &self.faults)
            .field("body_limit", &self.body_limit)
            .field("latency", &self.latency)
            .field("threads", &self.threads)
            .field("log_capacity", &self.log_capacity)
            .finish_non_exhaustive()
    }
}

impl Default for FaultServerBuilder {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:0".to_owned(),
            faults: FaultPlan::none(),
            body_limit: 1 << 20,
            latency: Duration::ZERO,
            threads: 2,
            log_capacity: 100_000,
            now: clock::system(),
            observer: None,
        }
    }
}

impl FaultServerBuilder {
    /// The loopback address to serve on (default `127.0.0.1:0`: any free port).
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = address.into();
        self
    }

    /// The faults to play (default none).
    pub fn faults(mut self, faults: impl Into<FaultPlan>) -> Self {
        self.faults = faults.into();
        self
    }

    /// The longest body in bytes, above which the answer is 413 (default 1 MiB, as nginx has it).
    pub const fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// How long each request takes before it is executed (default none).
    pub const fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Threads that serve (default 2).
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// How many of the latest requests the log keeps (default 100,000; 0: none).
    pub const fn log_capacity(mut self, records: usize) -> Self {
        self.log_capacity = records;
        self
    }

    /// The clock behind `retry-after` dates and the log (default: the system's).
    pub fn clock(
        mut self,
        now: impl Fn() -> chrono::DateTime<chrono::Utc> + Send + Sync + 'static,
    ) -> Self {
        self.now = Arc::new(now);
        self
    }

    /// Tells of each request as it is logged.
    pub fn on_request(mut self, observer: impl Fn(&RequestRecord) + Send + Sync + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Starts to serve.
    ///
    /// # Errors
    /// [`StartError`] when the address is not on loopback or is taken, or when no thread can be started.
    pub fn start(self, handler: impl Handler) -> Result<FaultServer, StartError> {
        let listener = self.bind()?;
        let address = listener.local_addr().map_err(StartError::Io)?;
        let runtime = self.runtime().map_err(StartError::Io)?;
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            faults: Mutex::new(PlanState::new(self.faults)),
            log: Log::new(self.log_capacity),
            now: self.now,
            observer: self.observer,
            started: Instant::now(),
            body_limit: self.body_limit,
            latency: self.latency,
            timer: Timer::default(),
        });
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("finkit-sandbox".to_owned())
            .spawn(move || {
                let result = runtime.block_on(serve(listener, serving, stopped));
                runtime.shutdown_timeout(Duration::from_secs(1));
                result
            })
            .map_err(StartError::Io)?;
        Ok(FaultServer {
            address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    fn bind(&self) -> Result<std::net::TcpListener, StartError> {
        let address = self
            .address
            .to_socket_addrs()
            .ok()
            .and_then(|mut found| found.next())
            .ok_or_else(|| StartError::Address(self.address.clone()))?;
        if !address.ip().is_loopback() {
            return Err(StartError::NotLoopback(address));
        }
        let listener = std::net::TcpListener::bind(address)
            .map_err(|source| StartError::Bind { address, source })?;
        listener.set_nonblocking(true).map_err(StartError::Io)?;
        Ok(listener)
    }

    fn runtime(&self) -> io::Result<tokio::runtime::Runtime> {
        let mut builder = if self.threads == 1 {
            tokio::runtime::Builder::new_current_thread()
        } else {
            tokio::runtime::Builder::new_multi_thread()
        };
        builder
            .worker_threads(self.threads)
            .thread_name("finkit-sandbox")
            .enable_all()
            .build()
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be read.
    #[error("{0:?} is no address such as 127.0.0.1:8787")]
    Address(String),
    /// The address is not on loopback.
    #[error("{0} is not on loopback; this server is for trying and for tests only")]
    NotLoopback(SocketAddr),
    /// The address is taken.
    #[error("cannot serve on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The system refuses a thread or a socket option.
    #[error("cannot start the server")]
    Io(#[source] io::Error),
}

async fn serve(
    listener: std::net::TcpListener,
    shared: Arc<Shared>,
    mut stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // A socket that refuses the option serves all the same, only later.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(play::serve(stream, Arc::clone(&shared)));
                }
                // Out of file descriptors, mostly: when a connection has ended, the next one may fit again.
                Err(_) => tokio::select! {
                    _ = &mut stopped => break,
                    ended = connections.join_next() => if ended.is_none() {
                        tokio::task::yield_now().await;
                    },
                },
            },
        }
    }
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

/// A running server with switchable faults. It stops when it is dropped.
///
/// ```
/// use bytes::Bytes;
/// use finkit_sandbox::fault::{Fault, FaultRule};
/// use finkit_sandbox::front::FaultServer;
/// use http::{Request, Response};
/// use std::io::{Read as _, Write as _};
///
/// let server = FaultServer::builder()
///     .faults(FaultRule::nth(1, Fault::status(503)))
///     .start(|_: Request<Bytes>| Response::new(Bytes::from("hello")))?;
/// let get = || -> std::io::Result<String> {
///     let mut stream = std::net::TcpStream::connect(server.address())?;
///     stream.write_all(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")?;
///     let mut answer = String::new();
///     stream.read_to_string(&mut answer)?;
///     Ok(answer)
/// };
/// assert!(get()?.starts_with("HTTP/1.1 503"));
/// assert!(get()?.ends_with("hello"));
/// assert_eq!(server.requests().iter().filter(|r| r.executed).count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FaultServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl fmt::Debug for FaultServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultServer")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl FaultServer {
    /// Settings, all with defaults.
    pub fn builder() -> FaultServerBuilder {
        FaultServerBuilder::default()
    }

    /// Where it serves.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it serves, as `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The latest requests, oldest first.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.log.records()
    }

    /// Forgets the logged requests; the totals stay.
    pub fn clear_requests(&self) {
        self.shared.log.clear();
    }

    /// How many connections were made.
    pub fn connections(&self) -> u64 {
        self.shared.log.connections()
    }

    /// How many requests came in.
    pub fn received(&self) -> u64 {
        self.shared.log.requests()
    }

    /// How many requests were executed.
    pub fn executed(&self) -> u64 {
        self.shared.log.executed()
    }

    /// Replaces the faults; counting starts again.
    pub fn set_faults(&self, faults: impl Into<FaultPlan>) {
        *self
            .shared
            .faults
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = PlanState::new(faults.into());
    }

    /// Stops: no new connection, and the open ones are closed.
    pub fn shutdown(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(()); // the thread may have ended already
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic of a connection was its own
        }
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.stop();
    }
}
