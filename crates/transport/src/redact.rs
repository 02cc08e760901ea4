//! What of a request or an answer may be written to a log: an allow-list, so that a new header is silent until somebody
//! decides that it is harmless. Bodies, paths and queries are never written.

use std::fmt;

use http::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST,
    RETRY_AFTER, SERVER, USER_AGENT,
};
use http::{HeaderMap, HeaderName};

/// Headers whose values may be seen.
const HARMLESS: [HeaderName; 11] = [
    ACCEPT,
    ACCEPT_ENCODING,
    ALLOW,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    DATE,
    HOST,
    RETRY_AFTER,
    SERVER,
    USER_AGENT,
];
/// Headers by which a service finds a call again in its own logs.
const REQUEST_IDS: [&str; 3] = ["x-request-id", "x-correlation-id", "traceparent"];
/// Longest value that is written.
const LONGEST: usize = 120;

/// Headers as a log may show them: names all, values only of harmless ones, control characters escaped.
#[derive(Clone, Copy)]
pub struct SafeHeaders<'a>(
    /// The headers to show.
    pub &'a HeaderMap,
);

impl fmt::Debug for SafeHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.0 {
            let harmless = HARMLESS.contains(name) || REQUEST_IDS.contains(&name.as_str());
            let shown = value
                .to_str()
                .ok()
                .filter(|value| harmless && !is_sensitive(value) && value.len() <= LONGEST);
            map.entry(&name.as_str(), &shown.unwrap_or("[redacted]"));
        }
        map.finish()
    }
}

fn is_sensitive(value: &str) -> bool {
    // A harmless header can still be abused as a container; tokens announce themselves.
    let value = value.to_ascii_lowercase();
    ["bearer ", "basic ", "token=", "password="]
        .iter()
        .any(|mark| value.contains(mark))
}

/// The identifier that a service gave a call, for its support: short, printable ASCII only.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> Option<&str> {
    REQUEST_IDS
        .iter()
        .filter_map(|name| headers.get(*name)?.to_str().ok())
        .find(|id| {
            !id.is_empty() && id.len() <= LONGEST && id.bytes().all(|byte| byte.is_ascii_graphic())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_listed_headers_show_their_values() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "application/json"),
            ("authorization", "Bearer canary-1"),
            ("x-security-code", "canary-2"),
            ("set-cookie", "canary-3"),
            ("x-new-header", "canary-4"),
            ("location", "https://evil.example/?token=canary-5"),
            ("server", "bearer canary-6"),
            ("x-request-id", "abc-1"),
        ] {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let shown = format!("{:?}", SafeHeaders(&headers));
        assert!(!shown.contains("canary"), "{shown}");
        assert!(
            shown.contains("application/json")
                && shown.contains("abc-1")
                && shown.contains("x-security-code")
        );
    }

    #[test]
    fn request_ids_are_taken_only_when_they_are_plain() {
        let mut headers = HeaderMap::new();
        assert_eq!(request_id(&headers), None);
        headers.insert("x-request-id", HeaderValue::from_static("has space"));
        headers.insert("x-correlation-id", HeaderValue::from_static("7f-1"));
        assert_eq!(request_id(&headers), Some("7f-1"));
    }
}
