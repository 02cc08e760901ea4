//! The network side on raw sockets: each fault gets its name, and only what never left is called "not sent".

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use finkit_transport::{
    ErrorKind, HttpRequest, HttpService as _, Limits, ManualClock, Operation, Outcome, Password,
    ReqwestService, SendError, SendErrorKind, TokenRequest, Transport,
};

use crate::server::{Server, answer};
use crate::support::{CREATE, READ};

fn post(url: &str) -> HttpRequest {
    http::Request::post(url)
        .body(Bytes::from_static(b"{\"fin\":1}"))
        .expect("valid")
}

async fn send(request: HttpRequest) -> Result<finkit_transport::HttpResponse, SendError> {
    ReqwestService::new().send(request).await
}

async fn fault(server: &Server) -> SendErrorKind {
    send(post(&server.url("/create")))
        .await
        .expect_err("a fault")
        .kind()
}

#[tokio::test]
async fn an_answer_arrives_with_status_headers_and_body() {
    let server = Server::answering(answer(
        "418 I'm a teapot",
        "x-one: 1\r\nretry-after: 3\r\n",
        "short and stout",
    ));
    let mut request = post(&server.url("/pot?a=b"));
    request
        .headers_mut()
        .insert("x-security-code", "code".parse().expect("a value"));
    let response = send(request).await.expect("an answer");
    assert_eq!(response.status(), 418);
    assert_eq!(response.headers()["x-one"], "1");
    assert_eq!(response.body(), "short and stout");
    let seen = server.requests().remove(0);
    assert!(seen.starts_with("POST /pot?a=b HTTP/1.1\r\n"), "{seen}");
    assert!(
        seen.contains("x-security-code: code\r\n") && seen.ends_with("{\"fin\":1}"),
        "{seen}"
    );
    assert!(
        seen.contains(concat!("user-agent: finkit/", env!("CARGO_PKG_VERSION"))),
        "{seen}"
    );
    assert!(
        !seen.contains("cookie") && !seen.contains("referer"),
        "{seen}"
    );
}

#[tokio::test]
async fn nobody_listening_is_not_sent() {
    let address = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("bound");
    let error = send(post(&format!("http://{address}/")))
        .await
        .expect_err("nobody there");
    assert_eq!(error.kind(), SendErrorKind::Connect);
    assert!(error.kind().is_not_sent());
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_not_sent() {
    let error = send(post("https://no-such-host.invalid/"))
        .await
        .expect_err("no such name");
    assert_eq!(error.kind(), SendErrorKind::Connect);
}

#[tokio::test]
async fn closing_before_reading_and_after_executing_look_the_same_and_are_unknown() {
    let before =
        Server::start(|connection| drop(connection.stream.shutdown(std::net::Shutdown::Write)));
    let after = Server::start(|connection| {
        connection.read();
        drop(connection.stream.shutdown(std::net::Shutdown::Both));
    });
    assert_eq!(fault(&before).await, SendErrorKind::Closed);
    assert_eq!(fault(&after).await, SendErrorKind::Closed);
    assert_eq!(after.requests().len(), 1, "executed, and nobody can know");
}

#[tokio::test]
async fn a_reset_is_unknown() {
    let server = Server::start(crate::server::Connection::reset_unread);
    assert_eq!(fault(&server).await, SendErrorKind::Reset);
}

#[tokio::test]
async fn a_cut_body_is_told_apart_from_no_answer() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"created\":[",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20\r\n{\"created\":[",
    ] {
        let server = Server::start(move |connection| {
            connection.read();
            connection
                .stream
                .write_all(answer.as_bytes())
                .expect("written");
        });
        assert_eq!(fault(&server).await, SendErrorKind::CutBody, "{answer}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_asked_for_and_unpacked() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(br#"{"created":[]}"#).expect("memory");
    let packed = encoder.finish().expect("memory");
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    );
    let server = Server::answering([head.into_bytes(), packed].concat());
    let response = send(post(&server.url("/"))).await.expect("an answer");
    assert_eq!(response.body(), r#"{"created":[]}"#);
    assert!(server.requests()[0].contains("accept-encoding: gzip\r\n"));
}

#[tokio::test]
async fn a_damaged_compressed_body_is_no_answer() {
    let server = Server::answering(answer(
        "200 OK",
        "content-encoding: gzip\r\n",
        "this is not gzip",
    ));
    assert_eq!(fault(&server).await, SendErrorKind::CutBody);
}

#[tokio::test]
async fn what_is_not_http_is_garbage() {
    for garbage in [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "\0\0\0\0\0\0\0\0",
        "<html></html>\r\n\r\n",
    ] {
        let server = Server::start(move |connection| {
            connection.read();
            connection
                .stream
                .write_all(garbage.as_bytes())
                .expect("written");
        });
        assert_eq!(fault(&server).await, SendErrorKind::Garbage, "{garbage:?}");
    }
}

#[tokio::test]
async fn silence_and_dripping_end_with_a_time_out() {
    let silent = Server::start(|connection| {
        connection.read();
        assert!(connection.client_leaves_within(Duration::from_secs(60)));
    });
    let mut request = post(&silent.url("/"));
    request
        .extensions_mut()
        .insert(Limits::API.with_attempt(Duration::from_millis(100)));
    assert_eq!(
        send(request).await.expect_err("silence").kind(),
        SendErrorKind::TimeOut
    );

    // A byte now and then never falls silent, and still ends.
    let dripping = Server::start(|connection| {
        connection.read();
        connection
            .stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
            .expect("written");
        while connection.stream.write_all(b"x").is_ok()
            && !connection.client_leaves_within(Duration::from_millis(10))
        {}
    });
    let mut request = post(&dripping.url("/"));
    request
        .extensions_mut()
        .insert(Limits::API.with_attempt(Duration::from_millis(200)));
    assert_eq!(
        send(request).await.expect_err("dripping").kind(),
        SendErrorKind::TimeOut
    );

    // Silence in the middle of a body.
    let stalled = Server::start(|connection| {
        connection.read();
        connection
            .stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx")
            .expect("written");
        assert!(connection.client_leaves_within(Duration::from_secs(60)));
    });
    let mut request = post(&stalled.url("/"));
    request
        .extensions_mut()
        .insert(Limits::API.with_idle(Duration::from_millis(50)));
    assert_eq!(
        send(request).await.expect_err("stalled").kind(),
        SendErrorKind::TimeOut
    );
}

#[tokio::test]
async fn large_bodies_are_refused_by_announcement_and_by_size() {
    let limits = Limits::API.with_body(1_000);
    let announced = Server::start(|connection| {
        connection.read();
        connection
            .stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n")
            .expect("written");
        assert!(
            connection.client_leaves_within(Duration::from_secs(60)),
            "nothing of the body is awaited"
        );
    });
    let chunked = Server::answering(format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n",
        "x".repeat(1_001)
    ));
    for server in [announced, chunked] {
        let mut request = post(&server.url("/"));
        request.extensions_mut().insert(limits);
        let error = send(request).await.expect_err("too large");
        assert_eq!(error.kind(), SendErrorKind::BodyTooLarge { limit: 1_000 });
        assert_eq!(
            error.to_string(),
            "the answer is larger than the limit of 1000 bytes"
        );
    }
    let exact = Server::answering(answer("200 OK", "", &"x".repeat(1_000)));
    let mut request = post(&exact.url("/"));
    request.extensions_mut().insert(limits);
    assert_eq!(send(request).await.expect("fits").body().len(), 1_000);
}

#[tokio::test]
async fn plain_http_to_other_machines_never_leaves() {
    for url in [
        "http://api.example.test/",
        "http://192.0.2.1/",
        "ftp://example.test/",
    ] {
        let error = send(post(url)).await.expect_err("refused");
        assert_eq!(error.kind(), SendErrorKind::Unsendable, "{url}");
    }
}

#[tokio::test]
async fn a_create_is_sent_exactly_once_in_every_fault() {
    let faults: [fn(&mut crate::server::Connection); 5] = [
        |connection| drop(connection.stream.shutdown(std::net::Shutdown::Both)),
        |connection| drop(connection.read()),
        crate::server::Connection::reset_unread,
        |connection| {
            connection.read();
            let _ = connection
                .stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n");
        },
        |connection| {
            connection.read();
            let _ = connection.stream.write_all(b"nonsense\r\n\r\n");
        },
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let server = Server::start(fault);
        let transport = Transport::builder(Arc::new(ReqwestService::new()))
            .clock(Arc::new(ManualClock::new()))
            .build();
        let error = transport
            .call(&CREATE, post(&server.url("/create")))
            .await
            .expect_err("a fault");
        assert_eq!(
            (error.outcome(), error.attempts()),
            (Outcome::Unknown, 1),
            "fault {number}: {error}"
        );
        assert_eq!(server.connections(), 1, "fault {number}");
    }
}

#[tokio::test]
async fn a_kept_connection_that_the_server_closes_does_not_repeat_a_create() {
    // The first request is answered; the second arrives on the same connection and is executed without an answer.
    let server = Server::start(|connection| {
        connection.read();
        connection
            .stream
            .write_all(answer("200 OK", "", "{}").as_bytes())
            .expect("written");
        connection.read();
    });
    let transport = Transport::builder(Arc::new(ReqwestService::new()))
        .clock(Arc::new(ManualClock::new()))
        .build();
    transport
        .call(&CREATE, post(&server.url("/create")))
        .await
        .expect("made");
    let error = transport
        .call(&CREATE, post(&server.url("/create")))
        .await
        .expect_err("lost");
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
}

#[tokio::test]
async fn redirects_reach_nobody_and_nothing_leaks() {
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let other = Server::answering(answer("200 OK", "", "{}"));
        let location = format!("location: {}\r\n", other.url("/steal"));
        let tokens = answer(
            "200 OK",
            "",
            r#"{"access_token":"canary-token","token_type":"bearer"}"#,
        );
        let redirect = answer(status, &location, "");
        let server = Server::start(move |connection| {
            while let Some(request) = connection.read() {
                let reply = if request.starts_with("POST /token") {
                    &tokens
                } else {
                    &redirect
                };
                connection
                    .stream
                    .write_all(reply.as_bytes())
                    .expect("written");
            }
        });
        let account = TokenRequest::bare(
            server.url("/token").parse().expect("valid"),
            "user",
            Password::new("canary-pw"),
        );
        let transport = Transport::builder(Arc::new(ReqwestService::new()))
            .tokens(account.expect("loopback"))
            .build();
        let mut request = post(&server.url("/create"));
        request
            .headers_mut()
            .insert("x-security-code", "canary-code".parse().expect("a value"));
        let error = transport
            .call(&CREATE.authorised(), request)
            .await
            .expect_err("not followed");
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::Redirect, Outcome::Unknown)
        );
        assert_eq!(other.connections(), 0, "{status}");
        assert_eq!(server.requests().len(), 2, "one token, one create");
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
}

#[tokio::test]
async fn a_read_is_repeated_on_a_real_socket() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |connection| {
        connection.read();
        if count.fetch_add(1, Ordering::SeqCst) == 2 {
            connection
                .stream
                .write_all(answer("200 OK", "", "{}").as_bytes())
                .expect("written");
        }
    });
    let transport = Transport::builder(Arc::new(ReqwestService::new()))
        .clock(Arc::new(ManualClock::new()))
        .build();
    let response = transport
        .call(&READ, post(&server.url("/search")))
        .await
        .expect("the third attempt");
    assert_eq!(
        (response.status().as_u16(), server.requests().len()),
        (200, 3)
    );
}

#[tokio::test]
async fn errors_never_carry_the_address_with_its_query() {
    let server = Server::start(|connection| drop(connection.read()));
    let transport = Transport::builder(Arc::new(ReqwestService::new())).build();
    let url = server.url("/delete?password=canary&fin=canary");
    let error = transport
        .call(&Operation::delete("delete"), post(&url))
        .await
        .expect_err("lost");
    let mut text = format!("{error} {error:?}");
    let mut next: Option<&dyn std::error::Error> = Some(&error);
    while let Some(cause) = next {
        text.push_str(&format!(" {cause} {cause:?}"));
        next = cause.source();
    }
    assert!(!text.contains("canary"), "{text}");
    assert!(text.contains("127.0.0.1"), "the origin is named: {text}");
}

#[test]
fn settings_that_cannot_work_are_refused_when_the_service_is_built() {
    for pem in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
    ] {
        let error = ReqwestService::builder()
            .extra_roots(pem)
            .build()
            .expect_err("no certificate");
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
    let error = ReqwestService::builder()
        .user_agent("a\nb")
        .build()
        .expect_err("no header value");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(
        ReqwestService::builder()
            .user_agent("acme/1.0")
            .connect_timeout(Duration::from_secs(1))
            .build()
            .is_ok()
    );
}
