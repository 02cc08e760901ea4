//! A service that answers at once, or after an exact time: FINcheck's wire form without FINcheck behind it.
//!
//! Every record of a request comes back as created, by echoing the body, so that the clients are measured and not the
//! service.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::clock::{Stopwatch, pause};
use crate::failure::{Naming as _, Outcome};

/// The service; its threads end with the process.
pub(super) struct Service {
    url: String,
    entered: Arc<AtomicU64>,
}

impl Service {
    /// Serves on loopback; every entry takes this long.
    pub(super) fn start(latency: Duration) -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).naming("opening a port")?;
        let address = listener.local_addr().naming("opening a port")?;
        let entered = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&entered);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counter = Arc::clone(&counter);
                thread::spawn(move || {
                    // A client that goes away ends its thread, nothing else.
                    let _ = serve(stream, latency, &counter);
                });
            }
        });
        Ok(Self {
            url: format!("http://{address}"),
            entered,
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Requests that entered since the last look.
    pub(super) fn take_requests(&self) -> u64 {
        self.entered.swap(0, Ordering::SeqCst)
    }
}

fn serve(stream: TcpStream, latency: Duration, entered: &AtomicU64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(64 * 1024, stream.try_clone()?);
    let mut writer = stream;
    let (mut line, mut body, mut answer) = (String::new(), Vec::new(), Vec::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let watch = Stopwatch::start();
        let entry = line.starts_with("POST /bulk_create");
        let mut length = 0;
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
        answer.clear();
        let (before, after): (&[u8], &[u8]) = if entry {
            (b"{\"created\":", b",\"overlapping_fins\":[],\"failed\":[]}")
        } else {
            body.clear();
            (b"{\"access_token\":\"t\",\"token_type\":\"bearer\"", b"}")
        };
        let length = before.len() + body.len() + after.len();
        write!(
            answer,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )?;
        answer.extend_from_slice(before);
        answer.extend_from_slice(&body);
        answer.extend_from_slice(after);
        if entry {
            entered.fetch_add(1, Ordering::SeqCst);
            let left = latency.saturating_sub(watch.elapsed());
            if !left.is_zero() {
                pause(left);
            }
        }
        writer.write_all(&answer)?;
    }
}
