//! Answers of token endpoints. Nothing of a body ever reaches an error: a malformed success holds tokens, and JSON
//! errors quote the value they stumble over.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use crate::secret::{AccessToken, RefreshToken};
use crate::token::entry::LONGEST;

/// Longest life of a refresh token that is told apart; a needless try costs little.
const LONGEST_REFRESH: Duration = Duration::from_secs(10 * 365 * 86_400);

/// What an answer granted.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) access: AccessToken,
    /// `None` when the answer does not say.
    pub(crate) lifetime: Option<Duration>,
    pub(crate) refresh: Option<RefreshToken>,
    /// `None` when the answer does not say, or says 0 or less, which Keycloak does for sessions without an end.
    pub(crate) refresh_lifetime: Option<Duration>,
}

/// What an answer means.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A token.
    Granted(Granted),
    /// The refresh token that was sent is of no use any more.
    InvalidGrant,
    /// The service refuses what was sent, and will refuse it again; with its code where it is one of the known ones.
    Refused(Option<&'static str>),
}

/// Reads an answer that arrived. Codes of RFC 6749 section 5.2; statuses that only credentials or client settings
/// explain are refusals, whatever the code (providers disagree: a wrong password is 400 `invalid_grant`, 401
/// `invalid_grant`, 400 `invalid_request` or a 401 without a code). A 400 or 403 that is not JSON comes from something
/// in between, a proxy or a firewall, and says nothing about credentials.
///
/// # Errors
/// Anything else, of which nothing is known about the credentials: what it is, without quoting.
pub(crate) fn read(
    status: StatusCode,
    body: &[u8],
    token_field: &str,
) -> Result<Answer, &'static str> {
    let json = serde_json::from_slice::<Value>(body).ok();
    match status.as_u16() {
        200..=299 => match json {
            Some(Value::Object(fields)) => granted(&Value::Object(fields), token_field),
            Some(_) => Err("the answer is not a JSON object"),
            None => Err("the answer is not JSON"),
        },
        400 | 403 if !json.as_ref().is_some_and(Value::is_object) => {
            Err("the refusal is not one of a token endpoint")
        }
        400 | 401 | 403 => {
            let code = json
                .as_ref()
                .and_then(|json| json.get("error"))
                .and_then(Value::as_str)
                .and_then(known_code);
            Ok(if code == Some("invalid_grant") {
                Answer::InvalidGrant
            } else {
                Answer::Refused(code)
            })
        }
        404 | 405 => Err("there is no token endpoint at this address"),
        422 => Err("the service does not understand the form of the request"),
        429 | 503 => Err("the service is too busy"),
        500..=599 => Err("the service failed"),
        _ => Err("the status is not one a token endpoint gives"),
    }
}

/// Codes that may be shown; anything else could be an echo of what was sent.
fn known_code(code: &str) -> Option<&'static str> {
    const CODES: [&str; 7] = [
        "invalid_grant",
        "invalid_request",
        "invalid_client",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "access_denied",
    ];
    CODES.into_iter().find(|known| *known == code)
}

fn granted(body: &Value, token_field: &str) -> Result<Answer, &'static str> {
    let text = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    if body
        .get("token_type")
        .and_then(Value::as_str)
        .is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer"))
    {
        return Err("the token is not a bearer token");
    }
    let Some(access) = text(token_field) else {
        return Err("the answer holds no token");
    };
    if !access.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the token holds characters that a header cannot carry");
    }
    Ok(Answer::Granted(Granted {
        access: AccessToken::new(access),
        lifetime: body
            .get("expires_in")
            .and_then(|value| seconds(value, LONGEST)),
        refresh: text("refresh_token").map(RefreshToken::new),
        refresh_lifetime: body
            .get("refresh_expires_in")
            .and_then(|value| seconds(value, LONGEST_REFRESH))
            .filter(|life| !life.is_zero()),
    }))
}

/// A number of seconds as a number or as a text; zero and less are zero, absurd ones are bounded.
fn seconds(value: &Value, longest: Duration) -> Option<Duration> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        _ => return None,
    };
    if number.is_nan() {
        return None;
    }
    Some(Duration::from_secs_f64(
        number.clamp(0.0, longest.as_secs_f64()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answer(status: u16, body: &str) -> Result<Answer, &'static str> {
        read(
            StatusCode::from_u16(status).expect("a status"),
            body.as_bytes(),
            "access_token",
        )
    }

    fn lifetime(expires_in: &str) -> Option<f64> {
        match answer(
            200,
            &format!(r#"{{"access_token":"a","expires_in":{expires_in}}}"#),
        ) {
            Ok(Answer::Granted(granted)) => granted.lifetime.map(|life| life.as_secs_f64()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_life_is_read_in_every_form_servers_send() {
        for (sent, read) in [
            ("900", Some(900.0)),
            ("\"900\"", Some(900.0)),
            ("\" 900 \"", Some(900.0)),
            ("899.5", Some(899.5)),
            ("0", Some(0.0)),
            ("-30", Some(0.0)),
            ("\"-1\"", Some(0.0)),
            ("1e18", Some(86_400.0)),
            ("\"1e400\"", Some(86_400.0)),
            ("null", None),
            ("\"soon\"", None),
            ("\"NaN\"", None),
            ("[]", None),
        ] {
            assert_eq!(lifetime(sent), read, "{sent}");
        }
        assert!(matches!(
            answer(200, r#"{"access_token":"a"}"#),
            Ok(Answer::Granted(Granted { lifetime: None, .. }))
        ));
    }

    #[test]
    fn refresh_tokens_with_no_stated_end_are_kept() {
        for (sent, read) in [
            ("1800", Some(1800)),
            ("0", None),
            ("-5", None),
            ("null", None),
        ] {
            let body = format!(
                r#"{{"access_token":"a","refresh_token":"r","refresh_expires_in":{sent}}}"#
            );
            let Ok(Answer::Granted(granted)) = answer(200, &body) else {
                panic!("granted")
            };
            assert_eq!(
                granted.refresh.as_ref().map(RefreshToken::expose),
                Some("r")
            );
            assert_eq!(
                granted.refresh_lifetime,
                read.map(Duration::from_secs),
                "{sent}"
            );
        }
    }

    #[test]
    fn what_is_not_a_token_is_not_taken_for_one() {
        for body in [
            "",
            "<html><body>Welcome to the hotel</body></html>",
            "[]",
            "\"token\"",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":7}"#,
            r#"{"access_token":"a b"}"#,
            r#"{"access_token":"a\r\nx: y"}"#,
            r#"{"access_token":"a","token_type":"mac"}"#,
        ] {
            assert!(answer(200, body).is_err(), "{body}");
        }
        assert!(matches!(
            answer(200, r#"{"access_token":"a","token_type":"BEARER"}"#),
            Ok(Answer::Granted(_))
        ));
    }

    #[test]
    fn only_invalid_grant_speaks_about_the_grant() {
        for status in [400, 401] {
            assert!(matches!(
                answer(status, r#"{"error":"invalid_grant"}"#),
                Ok(Answer::InvalidGrant)
            ));
        }
        for (status, body) in [
            (400, r#"{"error":"invalid_request"}"#),
            (401, r#"{"detail":"Incorrect username or password"}"#),
            (401, ""),
            (403, r#"{"detail":"Forbidden"}"#),
        ] {
            assert!(
                matches!(answer(status, body), Ok(Answer::Refused(_))),
                "{status} {body}"
            );
        }
        for (status, body) in [
            (400, "<html>"),
            (403, "<html>Blocked</html>"),
            (403, ""),
            (400, "[]"),
        ] {
            assert!(answer(status, body).is_err(), "{status} {body}");
        }
        for status in [404, 405, 408, 415, 422, 429, 500, 502, 503, 504] {
            assert!(
                answer(status, r#"{"error":"invalid_grant"}"#).is_err(),
                "{status}"
            );
        }
    }

    #[test]
    fn foreign_codes_are_not_repeated() {
        let shown = format!("{:?}", answer(400, r#"{"error":"canary-password"}"#));
        assert!(!shown.contains("canary"), "{shown}");
        assert!(matches!(
            answer(400, r#"{"error":"invalid_client"}"#),
            Ok(Answer::Refused(Some("invalid_client")))
        ));
    }

    proptest! {
        #[test]
        fn no_body_panics_and_none_is_quoted(status in 100_u16..600, body in ".{0,200}") {
            let read = answer(status, &body);
            if let Err(text) = read {
                prop_assert!(text.len() < 80);
            }
        }
    }
}
