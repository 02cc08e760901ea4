//! A tiny HTTP/1.1 client on a raw socket, so that every end of a connection can be told apart.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }
}

/// What a client sees of a connection that ends without an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The end of the stream (FIN).
    Ended,
    /// A reset (RST).
    Reset,
    /// Nothing within the time that the client waits.
    Silent,
    /// The head of an answer, but less body than announced.
    Cut(Vec<u8>),
    /// Something that is no HTTP.
    NotHttp,
}

/// A request to be sent.
pub(crate) struct Send<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) headers: Vec<(&'a str, String)>,
    pub(crate) body: Option<Vec<u8>>,
}

impl<'a> Send<'a> {
    pub(crate) fn new(method: &'a str, target: &'a str) -> Self {
        Self {
            method,
            target,
            headers: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn header(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    }
}

/// A connection that is kept alive.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// Gives up after so long a silence.
    pub(crate) fn patience(self, time: Duration) -> Self {
        self.stream.get_ref().set_read_timeout(Some(time)).unwrap();
        self
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    #[track_caller]
    pub(crate) fn ok(&mut self, request: Send<'_>) -> Reply {
        self.send(request)
            .unwrap_or_else(|lost| panic!("no answer: {lost:?}"))
    }

    pub(crate) fn send(&mut self, request: Send<'_>) -> Result<Reply, Lost> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: sandbox.test\r\n",
            request.method, request.target
        );
        for (name, value) in &request.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &request.body {
            head += &format!("content-length: {}\r\n", body.len());
        }
        let mut bytes = (head + "\r\n").into_bytes();
        bytes.extend(request.body.unwrap_or_default());
        // The server may have ended the connection while this was under way; what it said is read all the same.
        let _ = self.raw(&bytes);
        self.read(request.method == "HEAD")
    }

    pub(crate) fn read(&mut self, bare: bool) -> Result<Reply, Lost> {
        let first = self.line()?;
        let Some(status) = first
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3)?.parse().ok())
        else {
            return Err(Lost::NotHttp);
        };
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").unwrap();
            headers.push((name.to_owned(), value.to_owned()));
        }
        let length = headers
            .iter()
            .find(|(name, _)| name == "content-length")
            .map_or(0, |(_, value)| value.parse().unwrap());
        let mut reply = Reply {
            status,
            headers,
            body: Vec::new(),
        };
        if bare {
            return Ok(reply);
        }
        reply.body.reserve(length);
        while reply.body.len() < length {
            let mut chunk = vec![0; (length - reply.body.len()).min(1 << 16)];
            match self.stream.read(&mut chunk) {
                Ok(0) => return Err(Lost::Cut(reply.body)),
                Ok(read) => reply.body.extend(&chunk[..read]),
                Err(fault) => return Err(lost(&fault)),
            }
        }
        Ok(reply)
    }

    fn line(&mut self) -> Result<String, Lost> {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line) {
            Ok(0) => Err(Lost::Ended),
            Ok(_) => String::from_utf8(line)
                .map(|line| line.trim_end().to_owned())
                .map_err(|_| Lost::NotHttp),
            Err(fault) => Err(lost(&fault)),
        }
    }
}

fn lost(fault: &io::Error) -> Lost {
    match fault.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Lost::Reset,
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Lost::Silent,
        other => panic!("{other}: {fault}"),
    }
}
