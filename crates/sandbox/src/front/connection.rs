//! One connection: reading requests off a socket, strictly.

use std::io;
use std::time::Duration;

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 100;
const MAX_CHUNK_LINE: usize = 256;
/// How long a closing connection waits for the client to close its end.
const LINGER: Duration = Duration::from_secs(2);

/// A socket and what was read from it but not used yet.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: BytesMut,
}

/// The head of a request.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) keep_alive: bool,
    body: Framing,
    expects_continue: bool,
}

impl Head {
    /// How long the body says it is, when it says so.
    pub(super) fn announced(&self) -> u64 {
        match self.body {
            Framing::Length(length) => length,
            Framing::Chunked => 0,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunked,
}

/// Why no request could be read.
#[derive(Debug)]
pub(super) enum ReadFault {
    /// The socket failed or ended in the middle of a request.
    Socket,
    /// What came in is no HTTP/1.1 request.
    Malformed(&'static str),
    /// The body is longer than the limit.
    TooLarge,
}

impl From<io::Error> for ReadFault {
    fn from(_: io::Error) -> Self {
        Self::Socket
    }
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            buffer: BytesMut::with_capacity(16 * 1024),
        }
    }

    /// Reads the head of the next request; `None` when the client closed the connection between two requests.
    pub(super) async fn head(&mut self) -> Result<Option<Head>, ReadFault> {
        loop {
            if !self.buffer.is_empty()
                && let Some((head, length)) = parse_head(&self.buffer)?
            {
                self.buffer.advance(length);
                return Ok(Some(head));
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(ReadFault::Malformed("the head is too long"));
            }
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) if self.buffer.is_empty() => return Ok(None),
                Ok(0) => return Err(ReadFault::Socket),
                Ok(_) => {}
                Err(_) if self.buffer.is_empty() => return Ok(None),
                Err(fault) => return Err(fault.into()),
            }
        }
    }

    /// Reads the body that belongs to this head.
    pub(super) async fn body(&mut self, head: &Head, limit: u64) -> Result<Bytes, ReadFault> {
        if head.announced() > limit {
            return Err(ReadFault::TooLarge);
        }
        if head.expects_continue && self.buffer.is_empty() {
            self.stream
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await?;
        }
        match head.body {
            Framing::Length(length) => {
                let length = usize::try_from(length).map_err(|_| ReadFault::TooLarge)?;
                self.fill(length).await?;
                Ok(self.buffer.split_to(length).freeze())
            }
            Framing::Chunked => self.chunks(limit).await,
        }
    }

    async fn chunks(&mut self, limit: u64) -> Result<Bytes, ReadFault> {
        let mut body = BytesMut::new();
        loop {
            let (consumed, size) = loop {
                match httparse::parse_chunk_size(&self.buffer) {
                    Ok(httparse::Status::Complete(found)) => break found,
                    Ok(httparse::Status::Partial) if self.buffer.len() < MAX_CHUNK_LINE => {
                        self.more().await?;
                    }
                    _ => return Err(ReadFault::Malformed("a chunk has no size")),
                }
            };
            self.buffer.advance(consumed);
            if size.saturating_add(body.len() as u64) > limit {
                return Err(ReadFault::TooLarge);
            }
            let size = usize::try_from(size).map_err(|_| ReadFault::TooLarge)?;
            if size == 0 {
                return self.trailers().await.map(|()| body.freeze());
            }
            self.fill(size + 2).await?;
            body.extend_from_slice(&self.buffer[..size]);
            if &self.buffer[size..size + 2] != b"\r\n" {
                return Err(ReadFault::Malformed("a chunk does not end where it says"));
            }
            self.buffer.advance(size + 2);
        }
    }

    /// Skips trailer fields up to the empty line.
    async fn trailers(&mut self) -> Result<(), ReadFault> {
        let mut skipped = 0;
        loop {
            while let Some(end) = self.buffer.windows(2).position(|two| two == b"\r\n") {
                self.buffer.advance(end + 2);
                skipped += end;
                if end == 0 {
                    return Ok(());
                }
            }
            if skipped + self.buffer.len() > MAX_HEAD {
                return Err(ReadFault::Malformed("the trailers are too long"));
            }
            self.more().await?;
        }
    }

    async fn fill(&mut self, length: usize) -> Result<(), ReadFault> {
        self.buffer
            .reserve(length.saturating_sub(self.buffer.len()).min(1 << 20));
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(())
    }

    async fn more(&mut self) -> Result<(), ReadFault> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(ReadFault::Socket),
            _ => Ok(()),
        }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Ends this side (FIN) and takes in whatever the client still sends, so that the end is never turned into a reset.
    pub(super) async fn finish(mut self) {
        if self.stream.shutdown().await.is_ok() {
            let _ = tokio::time::timeout(LINGER, self.until_closed()).await;
        }
    }

    /// Resets the connection (RST).
    pub(super) fn reset(self) {
        // Loopback sockets know the option; were it refused, the connection would end by FIN.
        let _ = self.stream.set_zero_linger();
    }

    /// Waits until the client has closed its end.
    pub(super) async fn until_closed(&mut self) {
        let mut sink = [0; 16 * 1024];
        while matches!(self.stream.read(&mut sink).await, Ok(read) if read > 0) {}
    }
}

/// The head at the start of the buffer and its length, `None` while it is not complete.
fn parse_head(buffer: &[u8]) -> Result<Option<(Head, usize)>, ReadFault> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(ReadFault::Malformed("the head is no HTTP/1.1")),
    };
    let malformed = |_| ReadFault::Malformed("the head is no HTTP/1.1");
    let method = Method::from_bytes(request.method.unwrap_or_default().as_bytes())
        .map_err(|_| ReadFault::Malformed("the method is none"))?;
    let uri = Uri::try_from(request.path.unwrap_or_default())
        .map_err(|_| ReadFault::Malformed("the address is none"))?;
    let mut headers = HeaderMap::with_capacity(request.headers.len());
    for field in request.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes())
            .map_err(|_| ReadFault::Malformed("a header's name is none"))?;
        let value = HeaderValue::from_bytes(field.value)
            .map_err(|_| ReadFault::Malformed("a header's value is none"))?;
        headers.append(name, value);
    }
    let body = framing(&headers)?;
    let connection = headers
        .get(http::header::CONNECTION)
        .map(HeaderValue::to_str)
        .transpose()
        .map_err(malformed)?
        .unwrap_or_default()
        .to_ascii_lowercase();
    let keep_alive = match request.version {
        Some(1) => !connection.contains("close"),
        _ => connection.contains("keep-alive"),
    };
    let expects_continue = headers
        .get(http::header::EXPECT)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
    let head = Head {
        method,
        uri,
        headers,
        keep_alive,
        body,
        expects_continue,
    };
    Ok(Some((head, length)))
}

/// How the body is delimited (RFC 9112 §6.3); whatever could be read in two ways is refused.
fn framing(headers: &HeaderMap) -> Result<Framing, ReadFault> {
    let mut lengths = headers.get_all(http::header::CONTENT_LENGTH).iter();
    let mut codings = headers.get_all(http::header::TRANSFER_ENCODING).iter();
    match (lengths.next(), codings.next()) {
        (None, None) => Ok(Framing::Length(0)),
        (Some(length), None) => {
            let number = length
                .to_str()
                .ok()
                .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
            if lengths.any(|other| other != length) {
                return Err(ReadFault::Malformed("two lengths of the body"));
            }
            number
                .and_then(|text| text.parse().ok())
                .map(Framing::Length)
                .ok_or(ReadFault::Malformed("the body's length is no number"))
        }
        (None, Some(coding)) => {
            if codings.next().is_none() && coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
                Ok(Framing::Chunked)
            } else {
                Err(ReadFault::Malformed("an unknown transfer coding"))
            }
        }
        (Some(_), Some(_)) => Err(ReadFault::Malformed("a length and a transfer coding")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Result<Option<(Head, usize)>, ReadFault> {
        parse_head(text.as_bytes())
    }

    #[test]
    fn a_head_is_read_once_it_is_complete() {
        let text = "POST /create?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
        let (found, length) = head(text).unwrap().unwrap();
        assert_eq!(&text[length..], "abc");
        assert_eq!(found.method, Method::POST);
        assert_eq!(found.uri.path(), "/create");
        assert_eq!(found.announced(), 3);
        assert!(found.keep_alive);
        for end in 1..length {
            assert!(head(&text[..end]).unwrap().is_none(), "{end}");
        }
    }

    #[test]
    fn connections_live_as_the_version_and_the_header_say() {
        for (text, lives) in [
            ("GET / HTTP/1.1\r\n\r\n", true),
            ("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", false),
            ("GET / HTTP/1.0\r\n\r\n", false),
            ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true),
        ] {
            assert_eq!(head(text).unwrap().unwrap().0.keep_alive, lives, "{text}");
        }
    }

    #[test]
    fn ambiguous_or_broken_heads_are_refused() {
        for text in [
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: \r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "POST / HTTP/2.0\r\n\r\n",
            "\u{16}\u{3}\u{1} TLS\r\n\r\n",
        ] {
            assert!(
                matches!(head(text), Err(ReadFault::Malformed(_))),
                "{text:?}"
            );
        }
    }
}
