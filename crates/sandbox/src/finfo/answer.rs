//! Answers that have nothing to do with rows: JSON, errors, and files in whole or in part.

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, ALLOW, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// JSON that is written already.
pub(super) fn json_text(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    put(&mut response, CONTENT_TYPE, "application/json");
    response
}

/// JSON with status 200.
pub(super) fn json_value(value: &Value) -> Response<Bytes> {
    json_text(StatusCode::OK, value.to_string())
}

/// An error; what the service itself puts into the body is not public.
pub(super) fn problem(status: StatusCode, message: &str) -> Response<Bytes> {
    let body = json!({"status": status.as_u16(), "message": message});
    json_text(status, body.to_string())
}

pub(super) fn unauthorized() -> Response<Bytes> {
    let mut response = problem(
        StatusCode::UNAUTHORIZED,
        "the token is missing or not valid",
    );
    put(
        &mut response,
        WWW_AUTHENTICATE,
        "Bearer error=\"invalid_token\"",
    );
    response
}

pub(super) fn too_many() -> Response<Bytes> {
    let mut response = problem(StatusCode::TOO_MANY_REQUESTS, "too many calls");
    put(&mut response, RETRY_AFTER, "1");
    response
}

pub(super) fn not_allowed(methods: &str) -> Response<Bytes> {
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
    put(&mut response, ALLOW, methods);
    response
}

/// A file, or the part of it from the byte on that the request names (source: RFC 9110, section 14).
pub(super) fn file(bytes: &Bytes, media_type: &str, request: &HeaderMap) -> Response<Bytes> {
    let length = bytes.len();
    let asked = request
        .get(RANGE)
        .and_then(|value| range(value.to_str().ok()?));
    let mut response = match asked {
        None => Response::new(bytes.clone()),
        Some((first, _)) if first >= length => {
            let mut response = problem(StatusCode::RANGE_NOT_SATISFIABLE, "no such part");
            put(&mut response, CONTENT_RANGE, &format!("bytes */{length}"));
            return response;
        }
        Some((first, last)) => {
            let last = last.unwrap_or(length - 1).min(length - 1);
            let mut response = Response::new(bytes.slice(first..=last));
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            put(
                &mut response,
                CONTENT_RANGE,
                &format!("bytes {first}-{last}/{length}"),
            );
            response
        }
    };
    put(&mut response, CONTENT_TYPE, media_type);
    put(&mut response, ACCEPT_RANGES, "bytes");
    let sent = response.body().len().to_string();
    put(&mut response, CONTENT_LENGTH, &sent);
    response
}

/// First and last byte of `bytes=100-` or `bytes=100-199`; anything else is answered with the whole, as is allowed.
fn range(text: &str) -> Option<(usize, Option<usize>)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let first = first.parse().ok()?;
    let last = match last {
        "" => None,
        last => Some(last.parse().ok().filter(|last| *last >= first)?),
    };
    Some((first, last))
}

pub(super) fn put(response: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_sent_whole_or_from_a_byte_on() {
        let bytes = Bytes::from_static(b"0123456789");
        let ask = |range: &'static str| {
            let headers: HeaderMap = [(RANGE, HeaderValue::from_static(range))]
                .into_iter()
                .collect();
            let response = file(&bytes, "image/png", &headers);
            let text = |name| {
                response
                    .headers()
                    .get(name)
                    .and_then(|value: &HeaderValue| value.to_str().ok())
            };
            (
                response.status().as_u16(),
                text(CONTENT_RANGE).map(str::to_owned),
                response.body().len(),
            )
        };
        assert_eq!(ask("bytes=4-"), (206, Some("bytes 4-9/10".to_owned()), 6));
        assert_eq!(ask("bytes=4-5"), (206, Some("bytes 4-5/10".to_owned()), 2));
        assert_eq!(ask("bytes=4-99"), (206, Some("bytes 4-9/10".to_owned()), 6));
        assert_eq!(ask("bytes=10-").0, 416);
        for whole in [
            "bytes=-3",
            "bytes=5-4",
            "bytes=0-1,4-5",
            "lines=1-2",
            "bytes=x-",
        ] {
            assert_eq!(ask(whole), (200, None, 10), "{whole}");
        }
    }
}
