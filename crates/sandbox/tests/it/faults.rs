//! Each fault, as a client meets it, and whether the request was executed.

use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use chrono::DateTime;
use finkit_sandbox::fault::FaultPlan;
use finkit_sandbox::front::{FaultServer, FaultServerBuilder, StartError};
use http::{Request, Response};

use crate::http::{Client, Lost, Reply, Send};

const TRUTH: &str = "{\"created\":[1,2,3,4]}";

struct Server {
    server: FaultServer,
    executed: Arc<AtomicU64>,
}

fn serve(faults: &str) -> Server {
    serve_with(FaultServer::builder().faults(faults.parse::<FaultPlan>().unwrap()))
}

fn serve_with(builder: FaultServerBuilder) -> Server {
    let executed = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&executed);
    let server = builder
        .start(move |request: Request<Bytes>| {
            counter.fetch_add(1, Ordering::SeqCst);
            if request.uri().path() == "/echo" {
                return Response::new(request.into_body());
            }
            let mut response = Response::new(Bytes::from(TRUTH));
            response
                .headers_mut()
                .insert("content-type", "application/json".parse().unwrap());
            response
        })
        .unwrap();
    Server { server, executed }
}

impl Server {
    fn client(&self) -> Client {
        Client::connect(self.server.address())
    }

    fn post(&self) -> Result<Reply, Lost> {
        self.client().send(post())
    }

    fn executed(&self) -> u64 {
        self.executed.load(Ordering::SeqCst)
    }
}

fn post() -> Send<'static> {
    Send::new("POST", "/create").body("{\"fin\":\"WVWZZZE1ZMP000001\"}")
}

#[test]
fn without_a_fault_connections_live_on_and_everything_is_executed() {
    let server = serve("");
    let mut client = server.client();
    for _ in 0..3 {
        let reply = client.ok(post());
        assert_eq!((reply.status, reply.text()), (200, TRUTH));
    }
    assert_eq!(server.executed(), 3);
    assert_eq!(server.server.connections(), 1);
}

#[test]
fn a_lost_answer_looks_the_same_whether_or_not_the_request_was_executed() {
    for (fault, lost, executed) in [
        ("close-before", Lost::Ended, 0),
        ("close-after", Lost::Ended, 1),
        ("reset-before", Lost::Reset, 0),
        ("reset-after", Lost::Reset, 1),
        ("not-http", Lost::NotHttp, 0),
    ] {
        let server = serve(fault);
        assert_eq!(server.post().unwrap_err(), lost, "{fault}");
        assert_eq!(server.executed(), executed, "{fault}");
        let records = server.server.requests();
        assert_eq!(records[0].executed, executed == 1, "{fault}");
        assert_eq!(records[0].status, None, "{fault}");
        assert_eq!(records[0].fault.as_ref().unwrap().to_string(), fault);
    }
}

#[test]
fn a_connection_can_be_closed_before_a_byte_of_it_is_read() {
    let server = serve("close-accept:nth=1");
    assert_eq!(server.post().unwrap_err(), Lost::Ended);
    assert!(server.server.requests().is_empty());
    assert_eq!(server.post().unwrap().status, 200);
    assert_eq!((server.server.connections(), server.executed()), (2, 1));
}

#[test]
fn an_idle_connection_can_be_closed_under_the_next_request() {
    let server = serve("close-before:nth=2");
    let mut client = server.client();
    assert_eq!(client.ok(post()).status, 200);
    assert_eq!(client.send(post()).unwrap_err(), Lost::Ended);
    assert_eq!(server.executed(), 1);
}

#[test]
fn a_stall_answers_nothing_until_the_client_gives_up() {
    for (fault, executed) in [("stall", 0), ("stall,after", 1)] {
        let plan: FaultPlan = fault.parse().unwrap();
        let (tell, told) = mpsc::channel();
        let server = serve_with(
            FaultServer::builder()
                .faults(plan)
                .on_request(move |_| tell.send(()).unwrap()),
        );
        let mut client = server.client().patience(Duration::from_millis(50));
        client.raw(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        told.recv().unwrap();
        assert_eq!(server.executed(), executed, "{fault}");
        assert_eq!(client.read(false).unwrap_err(), Lost::Silent);
    }
}

#[test]
fn a_stall_with_an_end_ends() {
    let server = serve("stall=0");
    assert_eq!(server.post().unwrap_err(), Lost::Ended);
}

#[test]
fn the_body_is_cut_in_its_middle_or_where_told() {
    for (fault, bytes) in [
        ("cut-body", TRUTH.len() / 2),
        ("cut-body=3", 3),
        ("cut-body=0", 0),
    ] {
        let server = serve(fault);
        let expected = TRUTH.as_bytes()[..bytes].to_vec();
        assert_eq!(server.post().unwrap_err(), Lost::Cut(expected), "{fault}");
        assert_eq!(server.executed(), 1);
        assert_eq!(server.server.requests()[0].status, Some(200));
    }
}

#[test]
fn a_dripping_answer_arrives_whole_and_slowly() {
    let server = serve("drip=1");
    assert_eq!(server.post().unwrap().text(), TRUTH);
    let server = serve("drip");
    let mut client = server.client().patience(Duration::from_millis(50));
    assert_eq!(client.send(post()).unwrap_err(), Lost::Silent);
    assert_eq!(server.executed(), 1);
}

#[test]
fn a_delayed_answer_is_true() {
    let server = serve("delay=5");
    assert_eq!(server.post().unwrap().text(), TRUTH);
}

#[test]
fn wrong_answers_say_200() {
    for (fault, content_type) in [
        ("garbage", Some("application/json")),
        ("json", Some("application/json")),
        ("html", Some("text/html; charset=utf-8")),
        ("empty", None),
    ] {
        for (suffix, executed) in [("", 0), (",after", 1)] {
            let server = serve(&format!("{fault}{suffix}"));
            let reply = server.post().unwrap();
            assert_eq!(reply.status, 200);
            assert_eq!(reply.header("content-type"), content_type);
            assert_ne!(reply.body, TRUTH.as_bytes());
            let parses = serde_json::from_slice::<serde_json::Value>(&reply.body).is_ok();
            assert_eq!(parses, fault == "json");
            assert_eq!(server.executed(), executed, "{fault}{suffix}");
        }
    }
}

#[test]
fn redirects_name_their_target_and_keep_the_connection() {
    for (fault, status) in [
        ("redirect=https://other.example/create:nth=1", 307),
        (
            "redirect=https://other.example/create,status=308:nth=1",
            308,
        ),
        (
            "redirect=https://other.example/create,status=302:nth=1",
            302,
        ),
    ] {
        let server = serve(fault);
        let mut client = server.client();
        let reply = client.ok(post());
        assert_eq!(reply.status, status);
        assert_eq!(
            reply.header("location"),
            Some("https://other.example/create")
        );
        assert_eq!(client.ok(post()).text(), TRUTH);
        assert_eq!(server.executed(), 1);
    }
}

#[test]
fn error_statuses_come_before_or_after_executing() {
    for status in [401, 403, 408, 413, 429, 500, 502, 503, 504] {
        for (suffix, executed) in [("", 0), (",after", 1)] {
            let server = serve(&format!("status={status}{suffix}"));
            let reply = server.post().unwrap();
            assert_eq!(reply.status, status);
            assert_eq!(server.executed(), executed, "{status}{suffix}");
            assert_eq!(server.server.requests()[0].status, Some(status));
        }
    }
    let reply = serve("status=500").post().unwrap();
    assert_eq!(reply.text(), "Internal Server Error");
    assert_eq!(
        reply.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let reply = serve("status=401").post().unwrap();
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
}

#[test]
fn too_large_is_said_while_the_client_still_sends() {
    let server = serve("status=413");
    let mut client = server.client();
    client
        .raw(b"POST /bulk_create HTTP/1.1\r\ncontent-length: 1000000\r\n\r\n[")
        .unwrap();
    let reply = client.read(false).unwrap();
    assert_eq!(reply.status, 413);
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!(server.server.requests()[0].body_bytes, 0);
}

#[test]
fn retry_after_comes_in_every_form() {
    let now = DateTime::from_timestamp(784_111_770, 0).unwrap();
    for (option, header) in [
        ("3", "3"),
        ("-5", "-5"),
        ("soon", "soon"),
        ("99999999999999999999", "99999999999999999999"),
        ("date+7", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("rfc850+7", "Sunday, 06-Nov-94 08:49:37 GMT"),
        ("asctime+7", "Sun Nov  6 08:49:37 1994"),
        (
            "Sun%2C 06 Nov 1994 08%3A49%3A37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT",
        ),
    ] {
        let plan: FaultPlan = format!("status=429,retry-after={option}").parse().unwrap();
        let server = serve_with(FaultServer::builder().faults(plan).clock(move || now));
        let reply = server.post().unwrap();
        assert_eq!(reply.header("retry-after"), Some(header), "{option}");
    }
}

#[test]
fn a_gzip_bomb_is_small_on_the_wire() {
    let server = serve("gzip-bomb");
    let reply = server.post().unwrap();
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    assert!(reply.body.len() < 1_100_000);
    let mut unpacked = flate2::read::GzDecoder::new(&reply.body[..]);
    let mut sink = std::io::sink();
    let mut limited = std::io::Read::take(&mut unpacked, 1 << 22);
    assert_eq!(std::io::copy(&mut limited, &mut sink).unwrap(), 1 << 22);
}

#[test]
fn every_seventh_request_is_struck_and_the_script_is_followed() {
    let server = serve("close-after:every=7");
    let answered = (0..21).filter(|_| server.post().is_ok()).count();
    assert_eq!((answered, server.executed()), (18, 21));

    let server = serve("status=401:nth=2; reset-before:nth=3");
    let seen: Vec<_> = (0..4).map(|_| server.post().map(|r| r.status)).collect();
    assert_eq!(seen, [Ok(200), Ok(401), Err(Lost::Reset), Ok(200)]);
}

#[test]
fn faults_can_be_switched_while_the_server_runs() {
    let server = serve("");
    assert_eq!(server.post().unwrap().status, 200);
    server
        .server
        .set_faults("status=503:first=1".parse::<FaultPlan>().unwrap());
    assert_eq!(server.post().unwrap().status, 503);
    assert_eq!(server.post().unwrap().status, 200);
}

#[test]
fn the_log_names_headers_and_parameters_but_keeps_no_values() {
    let server = serve("");
    let request = Send::new("GET", "/search?fin=WVWZZZE1ZMP000001&year=2026")
        .header("Authorization", "Bearer secret-token")
        .header("X-Security-Code", "secret-code");
    server.client().ok(request);
    let record = &server.server.requests()[0];
    assert_eq!(
        (record.method.as_str(), record.path.as_str()),
        ("GET", "/search")
    );
    assert_eq!(record.query, ["fin", "year"]);
    assert!(record.has_header("x-security-code") && record.has_header("Authorization"));
    let text = format!("{record:?}");
    assert!(
        !text.contains("secret") && !text.contains("WVWZZZ"),
        "{text}"
    );
}

#[test]
fn chunked_bodies_and_continue_are_understood() {
    let server = serve("");
    let mut client = server.client();
    client
        .raw(b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nt: v\r\n\r\n")
        .unwrap();
    assert_eq!(client.read(false).unwrap().text(), "abcde");
    client
        .raw(b"POST /echo HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        .unwrap();
    assert_eq!(client.read(true).unwrap().status, 100);
    client.raw(b"ok").unwrap();
    assert_eq!(client.read(false).unwrap().text(), "ok");
}

#[test]
fn bodies_above_the_limit_are_refused_by_length_and_by_chunk() {
    let server = serve_with(FaultServer::builder().body_limit(10));
    assert_eq!(
        server
            .client()
            .ok(Send::new("POST", "/echo").body(vec![b'x'; 10]))
            .status,
        200
    );
    assert_eq!(
        server
            .client()
            .ok(Send::new("POST", "/echo").body(vec![b'x'; 11]))
            .status,
        413
    );
    let mut client = server.client();
    client
        .raw(b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nb\r\n")
        .unwrap();
    let reply = client.read(false).unwrap();
    assert_eq!(reply.status, 413);
    assert!(
        reply
            .text()
            .contains("<title>413 Request Entity Too Large</title>")
    );
    assert_eq!(server.executed(), 1);
}

#[test]
fn what_is_no_http_is_refused_with_400() {
    let server = serve("");
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
        b"POST /echo HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx",
        b"POST /echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let mut client = server.client();
        client.raw(bytes).unwrap();
        assert_eq!(client.read(false).unwrap().status, 400);
    }
    assert_eq!(server.executed(), 0);
}

#[test]
fn many_clients_at_once_are_all_served() {
    let server = serve("");
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let mut client = server.client();
                for _ in 0..50 {
                    assert_eq!(client.ok(post()).status, 200);
                }
            });
        }
    });
    assert_eq!(server.executed(), 800);
    let mut numbers: Vec<u64> = server.server.requests().iter().map(|r| r.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=800).collect::<Vec<_>>());
}

#[test]
fn the_log_keeps_the_latest_and_the_totals_all() {
    let server = serve_with(FaultServer::builder().log_capacity(2));
    for _ in 0..5 {
        server.post().unwrap();
    }
    let numbers: Vec<u64> = server.server.requests().iter().map(|r| r.number).collect();
    assert_eq!(numbers, [4, 5]);
    assert_eq!((server.server.received(), server.server.executed()), (5, 5));
}

#[test]
fn requests_are_told_as_they_come() {
    let (tell, told) = mpsc::channel();
    let server = serve_with(FaultServer::builder().on_request(move |r| {
        tell.send(r.path.clone()).unwrap();
    }));
    server.post().unwrap();
    assert_eq!(told.recv().unwrap(), "/create");
}

#[test]
fn latency_is_waited_before_executing() {
    let server = serve_with(FaultServer::builder().latency(Duration::from_secs(3600)));
    let mut client = server.client().patience(Duration::from_millis(50));
    assert_eq!(client.send(post()).unwrap_err(), Lost::Silent);
    assert_eq!(server.executed(), 0);
    let server = serve_with(FaultServer::builder().latency(Duration::from_millis(1)));
    assert_eq!(server.post().unwrap().status, 200);
}

#[test]
fn a_stopped_server_is_gone_even_in_the_middle_of_a_stall() {
    let server = serve("stall");
    let address = server.server.address();
    let mut client = server.client();
    client.raw(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    drop(server);
    assert!(client.read(false).is_err());
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn only_loopback_is_served() {
    let start = |address: &str| {
        FaultServer::builder()
            .address(address)
            .start(|_: Request<Bytes>| Response::new(Bytes::new()))
    };
    assert!(matches!(
        start("0.0.0.0:0"),
        Err(StartError::NotLoopback(_))
    ));
    assert!(matches!(start("nonsense"), Err(StartError::Address(_))));
    let first = start("127.0.0.1:0").unwrap();
    let taken = first.address().to_string();
    assert!(matches!(start(&taken), Err(StartError::Bind { .. })));
}
