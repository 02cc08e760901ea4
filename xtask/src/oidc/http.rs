//! The least of an HTTP client: one request to loopback, whole answer in memory.
//!
//! Only for looking at a provider from outside; the products' own client is what
//! the suite is about and has no part in judging itself.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::failure::{Failure, Naming as _, Outcome};

/// Status and body of an answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// Posts a form.
pub(super) fn post(port: u16, path: &str, form: &[(&str, &str)]) -> Outcome<Answer> {
    let mut body = String::new();
    for (name, value) in form {
        if !body.is_empty() {
            body.push('&');
        }
        encode(name, &mut body);
        body.push('=');
        encode(value, &mut body);
    }
    let head = format!(
        "POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n",
        body.len()
    );
    exchange(port, &head, &body)
}

/// Gets a page, with a bearer token where there is one.
pub(super) fn get(port: u16, path: &str, token: Option<&str>) -> Outcome<Answer> {
    let mut head = format!("GET {path} HTTP/1.1\r\n");
    if let Some(token) = token {
        write!(head, "Authorization: Bearer {token}\r\n").naming("writing a request")?;
    }
    exchange(port, &head, "")
}

fn exchange(port: u16, head: &str, body: &str) -> Outcome<Answer> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let limit = Duration::from_secs(20);
    let mut stream = TcpStream::connect_timeout(&address, limit).naming("connecting")?;
    stream.set_read_timeout(Some(limit)).naming("a time-out")?;
    let request = format!("{head}Host: {address}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).naming("sending")?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).naming("receiving")?;
    parse(&String::from_utf8_lossy(&bytes))
}

fn parse(text: &str) -> Outcome<Answer> {
    let not_http = || Failure::new(format!("not an HTTP answer: {text}"));
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(not_http)?;
    let status = head
        .split_whitespace()
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(not_http)?;
    let chunked = head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked");
    let body = if chunked {
        unchunk(body)
    } else {
        body.to_owned()
    };
    Ok(Answer { status, body })
}

fn unchunk(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let Ok(size) = usize::from_str_radix(size.trim(), 16) else {
            break;
        };
        let Some(chunk) = after.get(..size).filter(|_| size > 0) else {
            break;
        };
        body.push_str(chunk);
        rest = after[size..].trim_start_matches("\r\n");
    }
    body
}

/// Form encoding as RFC 6749 asks for: everything but unreserved ASCII in percent form.
fn encode(text: &str, into: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(HEX[usize::from(byte >> 4)]));
            into.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_chunked_bodies_are_read() {
        let whole = parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        assert_eq!((whole.status, whole.body.as_str()), (200, "{}"));
        let pieces =
            parse("HTTP/1.1 401 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n")
                .unwrap();
        assert_eq!(pieces.status, 401);
        assert_eq!(pieces.json()["a"], 1);
        assert!(parse("hello").is_err());
    }

    #[test]
    fn forms_are_percent_encoded() {
        let mut text = String::new();
        encode("s3cret Pä&+", &mut text);
        assert_eq!(text, "s3cret%20P%C3%A4%26%2B");
    }
}
