//! Writing answers: heads, and the canned bodies of faults.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::fault::{ErrorBody, RetryAfter};

/// What a portal in front of the service shows instead of it.
const PORTAL: &str = "<!DOCTYPE html>\r\n<html>\r\n<head><title>Anmeldung</title></head>\r\n<body>\r\n<h1>Bitte melden Sie sich an</h1>\r\n</body>\r\n</html>\r\n";
const GARBAGE: &[u8] =
    b"{\"created\": [{\"fin\": \"\x00\xfe\xff\", ]]}} garbage \x1b[2J and no JSON";
/// An answer that no client can take for HTTP.
pub(super) const NOT_HTTP: &[u8] = b"\x15\x03\x03\x00\x02\x02\x28 this is not HTTP\r\n\r\n";

/// The head of an answer, its body `length` bytes long.
pub(super) fn head(response: &Response<Bytes>, length: u64, close: bool) -> Vec<u8> {
    let status = response.status();
    let mut head = Vec::with_capacity(256);
    head.extend(b"HTTP/1.1 ");
    head.extend(status.as_str().as_bytes());
    head.push(b' ');
    head.extend(status.canonical_reason().unwrap_or("Unknown").as_bytes());
    head.extend(b"\r\n");
    let mut field = |name: &str, value: &[u8]| {
        head.extend(name.as_bytes());
        head.extend(b": ");
        head.extend(value);
        head.extend(b"\r\n");
    };
    for (name, value) in response.headers() {
        if name != http::header::CONTENT_LENGTH && name != http::header::CONNECTION {
            field(name.as_str(), value.as_bytes());
        }
    }
    if status != StatusCode::NO_CONTENT {
        field("content-length", length.to_string().as_bytes());
    }
    if close {
        field("connection", b"close");
    }
    head.extend(b"\r\n");
    head
}

/// A response with one content type.
pub(super) fn response(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    if !content_type.is_empty() {
        insert(&mut response, CONTENT_TYPE, content_type);
    }
    response
}

pub(super) fn garbage() -> Response<Bytes> {
    response(StatusCode::OK, "application/json", GARBAGE)
}

pub(super) fn json() -> Response<Bytes> {
    response(StatusCode::OK, "application/json", "{\"status\":\"ok\"}")
}

pub(super) fn empty() -> Response<Bytes> {
    response(StatusCode::OK, "", "")
}

pub(super) fn portal() -> Response<Bytes> {
    response(StatusCode::OK, "text/html; charset=utf-8", PORTAL)
}

pub(super) fn redirect(status: u16, location: &str) -> Response<Bytes> {
    let mut response = response(code(status), "", "");
    insert(&mut response, LOCATION, location);
    response
}

/// An error with the body that its usual sender uses: an unhandled error of the application is plain text, what nginx sends is its HTML
/// page, the rest is FastAPI's JSON.
pub(super) fn error(
    status: u16,
    retry_after: Option<&RetryAfter>,
    body: Option<ErrorBody>,
    now: DateTime<Utc>,
) -> Response<Bytes> {
    let form = body.unwrap_or(match status {
        500 => ErrorBody::Plain,
        408 | 413 | 429 | 501..=599 => ErrorBody::Html,
        _ => ErrorBody::Json,
    });
    let code = code(status);
    let mut response = match form {
        ErrorBody::Plain => response(
            code,
            "text/plain; charset=utf-8",
            code.canonical_reason().unwrap_or("Error"),
        ),
        ErrorBody::Html => nginx(code),
        ErrorBody::Json => {
            let detail = match status {
                401 => "Could not validate credentials",
                403 => "Not authenticated",
                _ => code.canonical_reason().unwrap_or("Error"),
            };
            let body = serde_json::json!({ "detail": detail }).to_string();
            self::response(code, "application/json", body)
        }
    };
    if status == 401 {
        insert(&mut response, WWW_AUTHENTICATE, "Bearer");
    }
    if let Some(retry_after) = retry_after {
        insert(&mut response, RETRY_AFTER, &retry_after.render(now));
    }
    response
}

/// nginx's default page (source: `src/http/ngx_http_special_response.c` of nginx).
pub(super) fn nginx(code: StatusCode) -> Response<Bytes> {
    let title = match code.as_u16() {
        408 => "408 Request Time-out".to_owned(),
        413 => "413 Request Entity Too Large".to_owned(),
        503 => "503 Service Temporarily Unavailable".to_owned(),
        504 => "504 Gateway Time-out".to_owned(),
        other => format!("{other} {}", code.canonical_reason().unwrap_or("Error")),
    };
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    response(code, "text/html", body)
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn insert(response: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(response: &Response<Bytes>) -> &str {
        std::str::from_utf8(response.body()).unwrap()
    }

    #[test]
    fn errors_look_like_those_of_their_usual_senders() {
        let now = DateTime::from_timestamp(0, 0).unwrap();
        let plain = error(500, None, None, now);
        assert_eq!(body(&plain), "Internal Server Error");
        assert_eq!(plain.headers()[CONTENT_TYPE], "text/plain; charset=utf-8");
        let gateway = error(504, None, None, now);
        assert!(body(&gateway).contains("<title>504 Gateway Time-out</title>"));
        let token = error(401, None, None, now);
        assert_eq!(
            body(&token),
            "{\"detail\":\"Could not validate credentials\"}"
        );
        assert_eq!(token.headers()[WWW_AUTHENTICATE], "Bearer");
        let busy = error(
            429,
            Some(&RetryAfter::ImfFixdate(3)),
            Some(ErrorBody::Json),
            now,
        );
        assert_eq!(body(&busy), "{\"detail\":\"Too Many Requests\"}");
        assert_eq!(busy.headers()[RETRY_AFTER], "Thu, 01 Jan 1970 00:00:03 GMT");
    }

    #[test]
    fn the_head_states_the_length_and_the_end() {
        let head = head(&json(), 15, true);
        assert_eq!(
            String::from_utf8(head).unwrap(),
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\nconnection: close\r\n\r\n"
        );
    }
}
