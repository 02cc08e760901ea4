//! What the service answers instead of what was asked for, and what each says about the execution.

use finkit_transport::testing::Reply;
use finkit_transport::{Outcome, SendErrorKind};
use serde_json::json;

use super::{CODE, assumed_record, block, clients, fin, record, refused};
use crate::{Contract, EntryFlags, Error, ErrorKind, RecordOutcome};

fn failed_entry(reply: Reply) -> Error {
    let (writer, _) = clients(Contract::assumed(), vec![reply]);
    block(writer.bulk_create(&[record(1)], EntryFlags::default())).expect_err("a failure")
}

#[test]
fn each_refusal_says_whether_the_service_may_have_acted() {
    for (reply, kind, outcome) in [
        (Reply::status(400), ErrorKind::Refused, Outcome::Rejected),
        (Reply::status(403), ErrorKind::Forbidden, Outcome::Rejected),
        (Reply::status(404), ErrorKind::NotFound, Outcome::Rejected),
        (Reply::status(405), ErrorKind::NotFound, Outcome::Rejected),
        (Reply::status(409), ErrorKind::Refused, Outcome::Rejected),
        (Reply::status(413), ErrorKind::TooLarge, Outcome::Rejected),
        (Reply::status(422), ErrorKind::Invalid, Outcome::Rejected),
        (Reply::status(408), ErrorKind::ServerFault, Outcome::Unknown),
        (
            Reply::status(500).body("Internal Server Error"),
            ErrorKind::ServerFault,
            Outcome::Unknown,
        ),
        (Reply::status(502), ErrorKind::ServerFault, Outcome::Unknown),
        (Reply::status(504), ErrorKind::ServerFault, Outcome::Unknown),
        (
            Reply::status(200).html("<html>"),
            ErrorKind::NotUnderstood,
            Outcome::Unknown,
        ),
        (
            Reply::status(200).body("{\"created\""),
            ErrorKind::NotUnderstood,
            Outcome::Unknown,
        ),
        (
            Reply::json("{}"),
            ErrorKind::NotUnderstood,
            Outcome::Unknown,
        ),
        (
            Reply::status(307).header("location", "https://evil.example.test/"),
            ErrorKind::Transport,
            Outcome::Unknown,
        ),
        (
            Reply::fail(SendErrorKind::Closed),
            ErrorKind::Transport,
            Outcome::Unknown,
        ),
    ] {
        let shown = format!("{reply:?}");
        let error = failed_entry(reply);
        assert_eq!(
            (error.kind(), error.outcome()),
            (kind, outcome),
            "{shown}: {error}"
        );
    }
}

#[test]
fn both_generations_of_refusals_name_row_and_field_and_repeat_nothing() {
    let new = json!({"detail": [{"type": "date_from_datetime_parsing", "loc": ["body", 1, "start_date"],
        "msg": "Input should be a valid date canary", "input": "canary", "url": "https://errors.pydantic.dev/canary"}]});
    let old = json!({"detail": [{"loc": ["body", "fins", 1, "start_date"], "msg": "invalid date canary", "type": "value_error.date"}]});
    for body in [new, old] {
        let error = failed_entry(refused(422, body.to_string()));
        let [fault] = error.rows() else {
            panic!("{error:?}")
        };
        assert_eq!(
            (fault.index, fault.field.as_deref()),
            (Some(1), Some("start_date"))
        );
        assert!(fault.rule.contains("date"), "{}", fault.rule);
        assert!(
            !format!("{error} {error:?}").contains("canary"),
            "{error:?}"
        );
    }
    for body in [
        r#"{"detail": {"a": 1}}"#,
        "[]",
        "nonsense",
        r#"{"detail": [7]}"#,
    ] {
        let error = failed_entry(refused(422, body));
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    let json = json!({"detail": [{"type": "json_invalid", "loc": ["body", 7], "msg": "x"}]});
    assert_eq!(
        failed_entry(refused(422, json.to_string())).rows()[0].index,
        None
    );
}

#[test]
fn what_a_service_says_is_shown_without_fins_and_codes() {
    let body = json!({"detail": format!("FIN {} and code {CODE} and token a1b2c3d4e5 \u{1b}[2J since 2026-03-01", fin(1))});
    let text = failed_entry(refused(409, body.to_string())).to_string();
    assert!(text.contains("FIN … and code … and token …"), "{text}");
    assert!(
        text.contains("since 2026-03-01") && !text.contains('\u{1b}'),
        "{text}"
    );
}

/// A reverse proxy's own page, as nginx writes it.
fn proxy_page(status: u16, title: &str) -> Reply {
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Reply::status(status)
        .header("content-type", "text/html")
        .body(page)
}

#[test]
fn a_proxys_page_is_judged_by_its_status_and_never_shown() {
    for (status, title, kind, outcome) in [
        (
            413,
            "413 Request Entity Too Large",
            ErrorKind::TooLarge,
            Outcome::Rejected,
        ),
        (
            429,
            "429 Too Many Requests",
            ErrorKind::TooManyRequests,
            Outcome::Rejected,
        ),
        (
            502,
            "502 Bad Gateway",
            ErrorKind::ServerFault,
            Outcome::Unknown,
        ),
        (
            503,
            "503 Service Temporarily Unavailable",
            ErrorKind::ServerFault,
            Outcome::Unknown,
        ),
        (
            504,
            "504 Gateway Time-out",
            ErrorKind::ServerFault,
            Outcome::Unknown,
        ),
    ] {
        let error = failed_entry(proxy_page(status, title));
        assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{title}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        let text = error.to_string();
        assert!(
            !text.contains('<') && !text.contains("nginx") && !text.contains('\n'),
            "{text}"
        );
    }
}

#[test]
fn a_page_with_status_200_says_that_it_is_a_page() {
    for status in [200, 201] {
        let text =
            failed_entry(Reply::status(status).html("<!doctype html><title>Welcome</title>"))
                .to_string();
        assert!(text.contains("web page"), "{text}");
    }
}

#[test]
fn an_empty_success_says_nothing_about_the_entry() {
    for reply in [
        Reply::status(204),
        Reply::status(202),
        Reply::json("null"),
        Reply::json("[]"),
        Reply::json("true"),
    ] {
        let shown = format!("{reply:?}");
        let error = failed_entry(reply);
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::NotUnderstood, Outcome::Unknown),
            "{shown}"
        );
    }
}

#[test]
fn something_else_in_the_place_of_a_list_concludes_nothing() {
    for body in [
        json!({"created": true, "failed": []}),
        json!({"created": [assumed_record(1)], "failed": "none"}),
        json!({"created": 1}),
    ] {
        let error = failed_entry(Reply::json(body.to_string()));
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::NotUnderstood, Outcome::Unknown),
            "{body}"
        );
    }
}

#[test]
fn a_token_that_is_not_accepted_is_replaced_once() {
    let token = || Reply::json(r#"{"access_token": "canary-second", "token_type": "bearer"}"#);
    let created = json!({"created": [assumed_record(1)], "failed": []}).to_string();
    for refusal in [
        refused(401, r#"{"detail": "Could not validate credentials"}"#),
        refused(403, r#"{"detail": "Not authenticated"}"#),
    ] {
        let (writer, service) = clients(
            Contract::assumed(),
            vec![refusal.clone(), token(), Reply::json(created.clone())],
        );
        let answer =
            block(writer.bulk_create(&[record(1)], EntryFlags::default())).expect("an answer");
        assert_eq!(answer.outcomes, [RecordOutcome::Created { overlaps: None }]);
        assert_eq!(
            service.requests().len(),
            4,
            "two tokens, two times the entry"
        );

        let (writer, service) =
            clients(Contract::assumed(), vec![refusal.clone(), token(), refusal]);
        let error =
            block(writer.bulk_create(&[record(1)], EntryFlags::default())).expect_err("refused");
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Authentication, Outcome::Rejected)
        );
        assert_eq!(service.requests().len(), 4, "never a third time");
    }
}

#[test]
fn a_wrong_security_code_is_not_taken_for_a_bad_token() {
    let (writer, service) = clients(
        Contract::assumed(),
        vec![refused(403, r#"{"detail": "Invalid security code"}"#)],
    );
    let error = block(writer.delete(&fin(1), &record(1).period)).expect_err("refused");
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Forbidden, Outcome::Rejected)
    );
    assert!(
        error.to_string().contains("Invalid security code"),
        "{error}"
    );
    assert_eq!(service.requests().len(), 2);
}

#[test]
fn a_missing_header_is_named() {
    let body = json!({"detail": [{"type": "missing", "loc": ["header", "x-security-code"], "msg": "Field required", "input": null}]});
    let error = failed_entry(refused(422, body.to_string()));
    let [fault] = error.rows() else {
        panic!("{error:?}")
    };
    assert_eq!(
        (fault.index, fault.field.as_deref()),
        (None, Some("x-security-code"))
    );
    assert_eq!(fault.rule, "is missing");
}

#[test]
fn the_pause_that_is_asked_for_is_told() {
    let seconds = |reply: Reply| {
        failed_entry(reply)
            .retry_after()
            .map(|pause| pause.as_secs())
    };
    assert_eq!(
        seconds(Reply::status(429).header("retry-after", "7")),
        Some(7)
    );
    let date = Reply::status(429)
        .header("date", "Thu, 15 Jan 2026 12:00:00 GMT")
        .header("retry-after", "Thu, 15 Jan 2026 12:00:09 GMT");
    assert_eq!(seconds(date), Some(9));
    for nonsense in ["soon", "-1", "1.5", ""] {
        assert_eq!(
            seconds(Reply::status(429).header("retry-after", nonsense)),
            None,
            "{nonsense}"
        );
    }
    assert_eq!(seconds(Reply::status(429)), None);
}

#[test]
fn a_look_up_that_fails_is_an_error_and_no_verdict() {
    for reply in [
        Reply::status(404),
        refused(422, r#"{"detail": []}"#),
        Reply::status(200).html("<html>"),
        Reply::json("7"),
        Reply::status(200).body("{\"found\": fal"),
        Reply::status(204),
        Reply::status(307).header("location", "http://api.example.test/search"),
    ] {
        let (writer, _) = clients(Contract::assumed(), vec![reply]);
        block(writer.reader().search(fin(1), 2026)).expect_err("no answer");
    }
}

#[test]
fn a_deletion_without_its_boolean_is_unknown() {
    for body in [
        "{}",
        r#"{"deleted": "yes"}"#,
        r#"{"deleted": null, "fins": []}"#,
        "[]",
    ] {
        let (writer, _) = clients(Contract::assumed(), vec![Reply::json(body)]);
        let error = block(writer.delete(&fin(1), &record(1).period)).expect_err("unclear");
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::NotUnderstood, Outcome::Unknown),
            "{body}"
        );
    }
}

#[test]
fn an_error_is_one_line_without_its_source() {
    for reply in [
        Reply::status(500).body("Internal\nServer\nError"),
        refused(
            400,
            "{\"detail\": \"There was an error\\nparsing the body\"}",
        ),
        Reply::fail(SendErrorKind::Reset),
        Reply::status(307).header("location", "https://evil.example.test/?code=canary"),
    ] {
        let text = failed_entry(reply).to_string();
        assert!(
            !text.contains('\n') && !text.ends_with('.') && !text.contains("canary"),
            "{text}"
        );
    }
}
