//! What the service's time for its requests really is: connections that stay open and a client that does nothing between
//! an answer and the next request.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::failure::{Failure, Naming as _, Outcome};

/// Bytes in the body of a request: some as many as a hundred records take.
const BODY: usize = 12_600;

/// The time that so many connections at once take for so many requests together.
pub(super) fn time_of_all(url: &str, at_once: u64, requests: u64) -> Outcome<Duration> {
    let address = url.strip_prefix("http://").unwrap_or(url);
    let left = Arc::new(AtomicU64::new(requests));
    let watch = Stopwatch::start();
    let lanes: Vec<_> = (0..at_once)
        .map(|_| {
            let (address, left) = (address.to_owned(), Arc::clone(&left));
            thread::spawn(move || lane(&address, &left))
        })
        .collect();
    for lane in lanes {
        let ended = lane.join();
        ended.map_err(|_| Failure::new("a plain connection failed"))??;
    }
    Ok(watch.elapsed())
}

/// One connection, which takes requests as long as any are left.
fn lane(address: &str, left: &AtomicU64) -> Outcome {
    let mut stream = TcpStream::connect(address).naming("connecting")?;
    stream.set_nodelay(true).naming("connecting")?;
    let mut reader = BufReader::with_capacity(64 * 1024, stream.try_clone().naming("connecting")?);
    let mut request = format!("POST /bulk_create HTTP/1.1\r\ncontent-length: {BODY}\r\n\r\n");
    request.extend(std::iter::repeat_n(' ', BODY));
    let (mut line, mut body) = (String::new(), Vec::new());
    let take = |left: u64| left.checked_sub(1);
    while left
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
        .is_ok()
    {
        stream.write_all(request.as_bytes()).naming("sending")?;
        let mut length = 0;
        loop {
            line.clear();
            if reader.read_line(&mut line).naming("reading an answer")? == 0 {
                return Err(Failure::new("the service ended a plain connection"));
            }
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            if let Some(number) = header.strip_prefix("content-length: ") {
                length = number.parse().naming("the length of an answer")?;
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body).naming("reading an answer")?;
    }
    Ok(())
}
