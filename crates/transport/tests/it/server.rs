//! A raw TCP server that does with each connection what a test says, and keeps what it was sent.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A server on a free port of the loopback interface.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

/// One connection, with a place to keep requests.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves each connection on a thread of its own.
    pub(crate) fn start(serve: impl Fn(&mut Connection) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let connections = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let serve = Arc::new(serve);
        thread::spawn({
            let (connections, requests) = (Arc::clone(&connections), Arc::clone(&requests));
            move || {
                for stream in listener.incoming() {
                    connections.fetch_add(1, Ordering::SeqCst);
                    let (serve, requests) = (Arc::clone(&serve), Arc::clone(&requests));
                    thread::spawn(move || {
                        if let Ok(stream) = stream {
                            serve(&mut Connection { stream, requests });
                        }
                    });
                }
            }
        });
        Self {
            address,
            connections,
            requests,
        }
    }

    /// Answers every request on every connection with the same bytes.
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |connection| {
            while connection.read().is_some() {
                if connection.stream.write_all(&answer).is_err() {
                    return;
                }
            }
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("not poisoned").clone()
    }
}

impl Connection {
    /// Reads one whole request and keeps it; `None` when the client has gone.
    pub(crate) fn read(&mut self) -> Option<String> {
        let request = read_request(&mut self.stream)?;
        self.requests
            .lock()
            .expect("not poisoned")
            .push(request.clone());
        Some(request)
    }

    /// Waits until a request has arrived without reading it; dropped like this, the connection is reset by the system.
    pub(crate) fn reset_unread(&mut self) {
        let _ = self.stream.peek(&mut [0; 1]);
    }

    /// Waits until the client hangs up; `false` when it has not after this time.
    pub(crate) fn client_leaves_within(&mut self, time: Duration) -> bool {
        self.stream
            .set_read_timeout(Some(time))
            .expect("a time-out that is not zero");
        !matches!(
            self.stream.read(&mut [0; 1]),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
        )
    }
}

/// One whole request with its body by `Content-Length`.
pub(crate) fn read_request(stream: &mut impl std::io::Read) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0; 1];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    let length = head.lines().find_map(|line| {
        line.strip_prefix("content-length:")?
            .trim()
            .parse::<usize>()
            .ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    bytes.extend_from_slice(&body);
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A whole answer with this status line, headers and body.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}
