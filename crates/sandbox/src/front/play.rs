//! The life of one connection: read a request, look for a fault, execute or not, answer or not.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::answer;
use super::connection::{Connection, Head, ReadFault};
use super::log::{Log, RequestRecord};
use super::timer::Timer;
use super::{Handler, Now, Observer};
use crate::fault::{Fault, GzipBomb, Kind, Moment, PlanState, Sighting};

/// What all connections of one server share.
pub(super) struct Shared {
    pub(super) handler: Box<dyn Handler>,
    pub(super) faults: Mutex<PlanState>,
    pub(super) log: Log,
    pub(super) now: Now,
    pub(super) observer: Option<Observer>,
    pub(super) started: Instant,
    pub(super) body_limit: u64,
    pub(super) latency: Duration,
    pub(super) timer: Timer,
}

impl Shared {
    fn fault(&self, sighting: Sighting<'_>) -> Option<Fault> {
        self.faults
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next(sighting)
    }

    fn record(&self, record: RequestRecord) {
        if let Some(observer) = &self.observer {
            observer(&record);
        }
        self.log.push(record);
    }
}

/// What becomes of the connection after an answer.
enum Next {
    Keep(Connection),
    Done,
}

/// Serves one connection to its end.
pub(super) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let number = shared.log.connection();
    let mut connection = Connection::new(stream);
    if shared.fault(Sighting::Connection).is_some() {
        connection.finish().await;
        return;
    }
    loop {
        let head = match connection.head().await {
            Ok(Some(head)) => head,
            Ok(None) | Err(ReadFault::Socket | ReadFault::TooLarge) => return,
            Err(ReadFault::Malformed(reason)) => {
                refuse(connection, reason).await;
                return;
            }
        };
        match answer(connection, head, number, &shared).await {
            Next::Keep(kept) => connection = kept,
            Next::Done => return,
        }
    }
}

/// Answers a request that cannot be read, and ends the connection.
async fn refuse(mut connection: Connection, reason: &'static str) {
    let response = answer::response(
        StatusCode::BAD_REQUEST,
        "text/plain; charset=utf-8",
        format!("Invalid HTTP request received: {reason}."),
    );
    if send(&mut connection, &response, false, true).await.is_ok() {
        connection.finish().await;
    }
}

async fn answer(
    mut connection: Connection,
    head: Head,
    connection_number: u64,
    shared: &Shared,
) -> Next {
    let fault = shared.fault(Sighting::Request {
        method: head.method.as_str(),
        path: head.uri.path(),
    });
    let mut record = RequestRecord {
        number: shared.log.request(),
        connection: connection_number,
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: query_names(head.uri.query().unwrap_or_default()),
        headers: head.headers.keys().map(ToString::to_string).collect(),
        body_bytes: 0,
        executed: false,
        status: None,
        fault: fault.clone(),
        at: (shared.now)(),
        since_start: shared.started.elapsed(),
    };
    if fault.as_ref().is_some_and(leaves_the_body_unread) {
        return play(connection, fault, None, record, &head, shared).await;
    }
    let body = match connection.body(&head, shared.body_limit).await {
        Ok(body) => body,
        Err(ReadFault::TooLarge) => {
            let response = answer::nginx(StatusCode::PAYLOAD_TOO_LARGE);
            record.status = Some(413);
            shared.record(record);
            return last_word(connection, &response).await;
        }
        Err(ReadFault::Malformed(reason)) => {
            record.status = Some(400);
            shared.record(record);
            refuse(connection, reason).await;
            return Next::Done;
        }
        Err(ReadFault::Socket) => {
            shared.record(record);
            return Next::Done;
        }
    };
    record.body_bytes = body.len() as u64;
    let executes = fault
        .as_ref()
        .is_none_or(|fault| fault.moment == Moment::After);
    let response = if executes {
        if !shared.latency.is_zero() {
            shared.timer.sleep(shared.latency).await;
        }
        record.executed = true;
        Some(shared.handler.handle(request(&head, body)).await)
    } else {
        None
    };
    play(connection, fault, response, record, &head, shared).await
}

/// Faults that strike before the body was read, so that the client may still be sending.
fn leaves_the_body_unread(fault: &Fault) -> bool {
    fault.moment == Moment::Before
        && matches!(
            fault.kind,
            Kind::Close | Kind::Reset | Kind::Status { status: 413, .. }
        )
}

/// Answers truly, or plays the fault. The record is written before the first byte of an answer leaves.
async fn play(
    mut connection: Connection,
    fault: Option<Fault>,
    response: Option<Response<Bytes>>,
    mut record: RequestRecord,
    head: &Head,
    shared: &Shared,
) -> Next {
    let truth = response.unwrap_or_else(answer::empty);
    let kind = fault.map(|fault| fault.kind);
    let (response, wait) = match kind {
        None => (truth, Duration::ZERO),
        Some(Kind::Delay(by)) => (truth, by),
        Some(Kind::Garbage) => (answer::garbage(), Duration::ZERO),
        Some(Kind::Json) => (answer::json(), Duration::ZERO),
        Some(Kind::Empty) => (answer::empty(), Duration::ZERO),
        Some(Kind::Html) => (answer::portal(), Duration::ZERO),
        Some(Kind::Redirect { status, location }) => {
            (answer::redirect(status, &location), Duration::ZERO)
        }
        Some(Kind::Status {
            status,
            retry_after,
            body,
        }) => (
            answer::error(status, retry_after.as_ref(), body, (shared.now)()),
            Duration::ZERO,
        ),
        Some(kind) => {
            if matches!(kind, Kind::CutBody(_) | Kind::Drip(_)) {
                record.status = Some(truth.status().as_u16());
            } else if matches!(kind, Kind::GzipBomb(_)) {
                record.status = Some(200);
            }
            shared.record(record);
            play_on_socket(connection, kind, &truth, shared).await;
            return Next::Done;
        }
    };
    record.status = Some(response.status().as_u16());
    let unread = record.body_bytes == 0 && head.announced() > 0;
    shared.record(record);
    if !wait.is_zero() {
        shared.timer.sleep(wait).await;
    }
    if unread || response.status() == StatusCode::REQUEST_TIMEOUT {
        return last_word(connection, &response).await;
    }
    let bare = head.method == Method::HEAD;
    match send(&mut connection, &response, bare, !head.keep_alive).await {
        Ok(()) if head.keep_alive => Next::Keep(connection),
        Ok(()) => {
            connection.finish().await;
            Next::Done
        }
        Err(_) => Next::Done,
    }
}

/// Faults that need the socket itself. Each ends the connection; a socket that fails while one is played is the client's giving up.
async fn play_on_socket(
    mut connection: Connection,
    kind: Kind,
    truth: &Response<Bytes>,
    shared: &Shared,
) {
    let body = truth.body();
    let head = answer::head(truth, body.len() as u64, false);
    let sent = match kind {
        Kind::Reset => return connection.reset(),
        Kind::Stall(time) => {
            let limit = time.unwrap_or(Duration::from_secs(365 * 24 * 3600));
            let _ = tokio::time::timeout(limit, connection.until_closed()).await;
            Ok(())
        }
        Kind::CutBody(bytes) => {
            let end = bytes.unwrap_or(body.len() / 2).min(body.len());
            let cut = [&head[..], &body[..end]].concat();
            connection.write(&cut).await
        }
        Kind::Drip(every) => {
            let mut sent = connection.write(&head).await;
            for byte in body.chunks(1) {
                if sent.is_err() {
                    break;
                }
                shared.timer.sleep(every).await;
                sent = connection.write(byte).await;
            }
            sent
        }
        Kind::NotHttp => connection.write(answer::NOT_HTTP).await,
        Kind::GzipBomb(unpacked) => bomb(&mut connection, unpacked).await,
        // Close ends the connection without a byte; the others have an answer and are not played here.
        _ => Ok(()),
    };
    if sent.is_ok() {
        connection.finish().await;
    }
}

async fn bomb(connection: &mut Connection, unpacked: u64) -> std::io::Result<()> {
    const ZEROS: [u8; 16 * 1024] = [0; 16 * 1024];
    let bomb = GzipBomb::new(unpacked);
    let mut response = answer::response(StatusCode::OK, "application/json", "");
    response.headers_mut().insert(
        http::header::CONTENT_ENCODING,
        http::HeaderValue::from_static("gzip"),
    );
    connection
        .write(&answer::head(&response, bomb.len(), true))
        .await?;
    connection.write(&bomb.prefix).await?;
    let mut left = bomb.zeros;
    while left > 0 {
        let now = left.min(ZEROS.len() as u64);
        connection.write(&ZEROS[..now as usize]).await?;
        left -= now;
    }
    connection.write(&bomb.suffix).await
}

/// Answers a client that may still be sending, and ends the connection.
async fn last_word(mut connection: Connection, response: &Response<Bytes>) -> Next {
    if send(&mut connection, response, false, true).await.is_ok() {
        connection.finish().await;
    }
    Next::Done
}

async fn send(
    connection: &mut Connection,
    response: &Response<Bytes>,
    bare: bool,
    close: bool,
) -> std::io::Result<()> {
    let body = response.body();
    // The answer to HEAD states the length of the body that GET would get.
    let stated = response.headers().get(http::header::CONTENT_LENGTH);
    let stated = stated.and_then(|value| value.to_str().ok()?.parse().ok());
    let length = stated.filter(|_| bare).unwrap_or(body.len() as u64);
    let mut bytes = answer::head(response, length, close);
    if !bare {
        bytes.extend_from_slice(body);
    }
    connection.write(&bytes).await
}

fn request(head: &Head, body: Bytes) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = head.method.clone();
    *request.uri_mut() = head.uri.clone();
    *request.headers_mut() = head.headers.clone();
    request
}

fn query_names(query: &str) -> Vec<String> {
    form_urlencoded::parse(query.as_bytes())
        .map(|(name, _)| name.into_owned())
        .collect()
}
