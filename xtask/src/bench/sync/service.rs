//! A service that answers at once, or after an exact time: Finfo's wire form with articles rendered beforehand.

use std::io::{self, BufRead as _, BufReader, IoSlice, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::articles::{Articles, List, SUPPLIER};
use crate::clock::{Stopwatch, pause};
use crate::failure::{Naming as _, Outcome};

/// The day of the first edition; what changed since then is what the second edition changed.
const FIRST_EDITION: &str = "2026-01-28";

/// The service; its threads end with the process.
pub(super) struct Service {
    url: String,
    state: Arc<State>,
}

struct State {
    articles: Articles,
    latency: Duration,
    edition: AtomicUsize,
    pages: AtomicU64,
}

impl Service {
    /// Serves on loopback; every page of articles takes this long.
    pub(super) fn start(articles: Articles, latency: Duration) -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).naming("opening a port")?;
        let address = listener.local_addr().naming("opening a port")?;
        let state = Arc::new(State {
            articles,
            latency,
            edition: AtomicUsize::new(0),
            pages: AtomicU64::new(0),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || {
                    // A client that goes away ends its thread, nothing else.
                    let _ = serve(stream, &state);
                });
            }
        });
        Ok(Self {
            url: format!("http://{address}"),
            state,
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn articles(&self) -> &Articles {
        &self.state.articles
    }

    /// Which edition is served from now on: 0, or 1 where one article of a hundred has changed.
    pub(super) fn set_edition(&self, edition: usize) {
        self.state.edition.store(edition, Ordering::SeqCst);
    }

    /// Pages of articles that were asked for since the last look.
    pub(super) fn take_pages(&self) -> u64 {
        self.state.pages.swap(0, Ordering::SeqCst)
    }
}

/// What a request asks for.
enum Wanted<'s> {
    Token,
    Suppliers,
    Page(&'s List, usize, usize),
    Unknown,
}

impl State {
    fn wanted(&self, target: &str) -> Wanted<'_> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path.ends_with("/protocol/openid-connect/token") {
            return Wanted::Token;
        }
        if path.ends_with("/suppliers/mysuppliers") {
            return Wanted::Suppliers;
        }
        if !path.ends_with("/v2.2/article") {
            return Wanted::Unknown;
        }
        let value = |wanted: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| value)
        };
        let number = |name, default| {
            value(name)
                .and_then(|text| text.parse().ok())
                .unwrap_or(default)
        };
        let edition = self.edition.load(Ordering::SeqCst);
        let articles = &self.articles;
        let list = match value("changed-from-date").and_then(|from| from.get(..10)) {
            Some(from) if from >= FIRST_EDITION => match edition {
                0 => &articles.nothing,
                _ => &articles.changed,
            },
            _ => &articles.all[edition],
        };
        Wanted::Page(list, number("offset", 0), number("limit", 1000))
    }
}

fn serve(stream: TcpStream, state: &State) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(16 * 1024, stream.try_clone()?);
    let mut writer = stream;
    let (mut line, mut body) = (String::new(), Vec::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let watch = Stopwatch::start();
        let target = line.split(' ').nth(1).unwrap_or("/").to_owned();
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
        match state.wanted(&target) {
            Wanted::Token => {
                let token = "{\"access_token\":\"t\",\"expires_in\":3600,\"refresh_token\":\"r\",\
                             \"refresh_expires_in\":7200,\"token_type\":\"Bearer\"}";
                answer(&mut writer, "200 OK", token, "", "")?;
            }
            Wanted::Suppliers => {
                let suppliers = format!(
                    "[{{\"finfoSupplierId\":\"{SUPPLIER}\",\"supplierName\":\"Fäste AB\"}}]"
                );
                answer(&mut writer, "200 OK", &suppliers, "", "")?;
            }
            Wanted::Page(list, offset, limit) => {
                state.pages.fetch_add(1, Ordering::SeqCst);
                let before = format!(
                    "{{\"pagination\":{{\"offset\":{offset},\"limit\":{limit},\"totalCount\":{}}},\"articleList\":[",
                    list.total()
                );
                let left = state.latency.saturating_sub(watch.elapsed());
                if !left.is_zero() {
                    pause(left);
                }
                answer(
                    &mut writer,
                    "200 OK",
                    &before,
                    list.page(offset, limit),
                    "]}",
                )?;
            }
            Wanted::Unknown => answer(&mut writer, "404 Not Found", "{}", "", "")?,
        }
    }
}

/// Sends an answer whose body is these three texts, without putting them together first.
fn answer(
    to: &mut TcpStream,
    status: &str,
    before: &str,
    page: &str,
    after: &str,
) -> io::Result<()> {
    let length = before.len() + page.len() + after.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{before}"
    );
    let mut pieces = [head.as_str(), page, after].map(|piece| IoSlice::new(piece.as_bytes()));
    let mut left = &mut pieces[..];
    while !left.is_empty() {
        match to.write_vectored(left)? {
            0 if left.iter().all(|piece| piece.is_empty()) => break,
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => IoSlice::advance_slices(&mut left, written),
        }
    }
    Ok(())
}
