//! The manners of FastAPI: requests, most of them wrong, whose answers were recorded from a real FastAPI server.
//!
//! `tests/data/record_fastapi.py` is that server and the recorder.

use serde_json::Value;

use crate::http::Send;
use crate::service;

#[test]
fn wrong_requests_are_answered_as_fastapi_was_observed_to_answer_them() {
    let recorded: Vec<Value> =
        serde_json::from_str(include_str!("../data/fastapi_requests.json")).unwrap();
    let service = service::plain();
    let account = service.standard("u");
    let mut compared = 0;
    for case in &recorded {
        let text = |name: &str| case[name].as_str().unwrap();
        let mut request = Send::new(text("method"), text("target"));
        for (name, value) in case["headers"].as_object().unwrap() {
            let value = value.as_str().unwrap();
            let value = value.replace("TOKEN", &account.token);
            request = request.header(name, value.replace("CODE", &account.code));
        }
        if let Some(body) = case["body"].as_str() {
            request = request.body(body);
        }
        let reply = service.client().ok(request);
        let name = text("name");
        assert_eq!(
            u64::from(reply.status),
            case["status"],
            "{name}: {}",
            reply.text()
        );
        for header in ["allow", "location", "www-authenticate", "content-type"] {
            let expected = case["answer_headers"][header].as_str();
            assert_eq!(reply.header(header), expected, "{name}: {header}");
        }
        if reply.status != 307 {
            assert_eq!(reply.json(), case["answer"], "{name}");
        }
        compared += 1;
    }
    assert!(compared >= 60, "{compared}");
    assert_eq!(service.running.entry_count().unwrap(), 0);
    assert_eq!(service.billed("u"), (0, 0));
}

#[test]
fn a_body_that_is_no_text_or_nested_without_end_is_400() {
    let service = service::plain();
    let deep = "[".repeat(100_000).into_bytes();
    for body in [b"{\"fin\":\"\xff\"}".to_vec(), deep] {
        let request = Send::new("POST", "/register")
            .header("content-type", "application/json")
            .body(body);
        let reply = service.client().ok(request);
        assert_eq!(reply.status, 400);
        assert_eq!(
            reply.text(),
            "{\"detail\":\"There was an error parsing the body\"}"
        );
    }
}

#[test]
fn a_content_type_with_parameters_or_a_json_suffix_is_json() {
    let service = service::plain();
    for content_type in ["application/json; charset=utf-8", "application/vnd.x+json"] {
        let request = Send::new("POST", "/register")
            .header("content-type", content_type)
            .body("{}");
        let reply = service.client().ok(request);
        assert_eq!(reply.json()["detail"][0]["type"], "missing");
    }
}

#[test]
fn a_head_request_is_not_taken_for_a_get() {
    let service = service::plain();
    let reply = service.client().ok(Send::new("HEAD", "/create"));
    assert_eq!(reply.status, 405);
    let mut client = service.client();
    let head = client.ok(Send::new("HEAD", "/openapi.json"));
    assert_eq!(head.status, 200);
    let whole = client.ok(Send::new("GET", "/openapi.json"));
    assert_eq!(
        head.header("content-length"),
        whole.header("content-length")
    );
}
