//! `finkit sandbox`: the services as a program of its own, pointed at by another.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use finkit_tests::Finkit;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::lines;
use crate::secrets::Secrets;
use crate::support::{PASSWORD, USER, fin, list};

/// A sandbox in a process of its own. It is killed when it is dropped.
struct Served {
    child: Child,
    told: Value,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let home = Finkit::new();
        let mut child = home
            .command([&["sandbox", "--port", "0", "--format", "json"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        let told = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Self { child, told }
    }

    fn code(&self, kind: &str) -> &str {
        let codes = self.told["codes"].as_array().expect("codes");
        codes
            .iter()
            .find(|code| code["participant"] == kind)
            .and_then(|code| code["registration_code"].as_str())
            .expect("a code of each kind")
    }

    fn finfo(&self, name: &str) -> &str {
        self.told["finfo"][name].as_str().expect("a text")
    }

    /// What Finfo answers: status line, headers and body.
    fn ask_finfo(&self, request: &str, headers: &str, body: &str) -> String {
        let address = self
            .finfo("url")
            .strip_prefix("http://")
            .expect("plain HTTP");
        let mut stream = TcpStream::connect(address).expect("a connection");
        let length = body.len();
        write!(
            stream,
            "{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
        )
        .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    /// A token, as the sandbox says it is had.
    fn finfo_token(&self) -> String {
        let form = [
            ("grant_type", "password"),
            ("client_id", self.finfo("client_id")),
            ("client_secret", self.finfo("client_secret")),
            ("username", &self.finfo("username").replace('@', "%40")),
            ("password", self.finfo("password")),
        ]
        .map(|(name, value)| format!("{name}={value}"))
        .join("&");
        let realm = self
            .finfo("realm")
            .strip_prefix(self.finfo("url"))
            .expect("a realm of its own");
        let request = format!("POST {realm}/protocol/openid-connect/token");
        let answer = self.ask_finfo(
            &request,
            "content-type: application/x-www-form-urlencoded\r\n",
            &form,
        );
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        let body: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(body["expires_in"], 60, "{body}");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    /// The program pointed at it, as the sandbox says it is done.
    fn newcomer(&self) -> Finkit {
        let mut finkit = Finkit::new();
        finkit
            .set(
                "FINKIT_FINCHECK_URL",
                self.told["url"].as_str().expect("a URL"),
            )
            .set("FINKIT_FINCHECK_USERNAME", USER)
            .set("FINKIT_FINCHECK_PASSWORD", PASSWORD)
            .set("FINKIT_FINCHECK_REGISTRATION_CODE", self.code("standard"));
        finkit
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_person_tries_the_work_against_a_sandbox_of_its_own() {
    let mut served = Served::start(&[]);
    assert_eq!(served.told["schema"], 1);
    assert_eq!(served.told["type"], "sandbox");
    let finkit = served.newcomer();
    finkit.run(&["fincheck", "register"]).expect(0);
    let path = finkit.file("list.csv", list(77_001, 3));
    finkit
        .run(&["fincheck", "submit", &path, "--yes"])
        .expect(0);
    finkit
        .run(&["fincheck", "search", &path, "--yes"])
        .expect(1);

    let process = i32::try_from(served.child.id()).expect("a process number");
    kill(Pid::from_raw(process), Signal::SIGINT).expect("a signal");
    let status = served.child.wait().expect("the sandbox ends");
    assert_eq!(status.code(), Some(0), "Ctrl-C is how it is meant to end");
}

#[test]
fn the_sandbox_tells_no_secret_of_those_who_call_it() {
    let mut served = Served::start(&["-vvv"]);
    let finkit = served.newcomer();
    finkit
        .run(&["fincheck", "register", "--show-code"])
        .expect(0);
    let code = finkit
        .run(&["fincheck", "status", "--show-code", "--format", "json"])
        .expect(0);
    let code = lines::one::<lines::Status>(&code).security_code;
    let mut secrets = Secrets::new();
    secrets.add("security code", &code.expect("a stored code"));
    secrets.add("password", PASSWORD);
    (77_001..=77_003).for_each(|serial| secrets.add("FIN", &fin(serial)));
    let path = finkit.file("list.csv", list(77_001, 3));
    for command in ["submit", "search", "delete"] {
        let ran = finkit.run(&["fincheck", command, &path, "--yes"]);
        assert!((0..=1).contains(&ran.code), "{command}: {}", ran.err);
    }
    let process = i32::try_from(served.child.id()).expect("a process number");
    kill(Pid::from_raw(process), Signal::SIGINT).expect("a signal");
    let mut told = String::new();
    for pipe in [
        served
            .child
            .stdout
            .take()
            .map(|pipe| Box::new(pipe) as Box<dyn Read>),
        served
            .child
            .stderr
            .take()
            .map(|pipe| Box::new(pipe) as Box<dyn Read>),
    ] {
        let mut pipe = pipe.expect("a pipe");
        pipe.read_to_string(&mut told).expect("text");
    }
    secrets.not_in("the sandbox", &told);
}

#[test]
fn finfo_is_served_beside_fincheck() {
    let served = Served::start(&[
        "--finfo-articles",
        "5",
        "--finfo-token-lifetime",
        "60",
        "--finfo-fault",
        "status=429,retry-after=1:path=/v1.0/suppliers/mysuppliers,nth=2",
        "--finfo-drift",
        "short=1",
    ]);
    assert_ne!(served.told["url"], served.told["finfo"]["url"]);
    let bearer = format!("authorization: Bearer {}\r\n", served.finfo_token());
    let suppliers = || served.ask_finfo("GET /v1.0/suppliers/mysuppliers", &bearer, "");
    let answer = suppliers();
    assert!(
        answer.contains("Norrfäste AB") && answer.contains("9000199"),
        "{answer}"
    );
    assert!(
        suppliers().starts_with("HTTP/1.1 429"),
        "the fault is played"
    );
    let page = "GET /v2.2/article?finfoSupplierId=9000199&offset=0&limit=5";
    let answer = served.ask_finfo(page, &bearer, "");
    assert!(answer.contains("\"totalCount\":5"), "{answer}");
    assert_eq!(
        answer.matches("\"finfoArticleId\"").count(),
        4,
        "the page is short of a row"
    );
    assert!(served.ask_finfo(page, "", "").starts_with("HTTP/1.1 401"));
}

#[test]
fn the_state_outlives_the_sandbox_in_a_file() {
    let home = Finkit::new();
    let database = home.home().join("sandbox.sqlite");
    let database = ["--database", database.to_str().expect("UTF-8")];
    let path = home.file("list.csv", list(77_001, 3));
    let entered = {
        let served = Served::start(&database);
        let finkit = served.newcomer();
        finkit.run(&["fincheck", "register"]).expect(0);
        finkit
            .run(&["fincheck", "submit", &path, "--yes"])
            .expect(0);
        finkit
            .run(&["fincheck", "search", &path, "--yes", "--format", "csv"])
            .expect(1)
    };
    let served = Served::start(&database);
    let finkit = served.newcomer();
    let found = finkit
        .run(&["fincheck", "search", &path, "--yes", "--format", "csv"])
        .expect(1);
    assert_eq!(entered.out, found.out);
}

#[test]
fn faults_are_played_as_typed() {
    let served = Served::start(&[
        "--fault",
        "status=503,retry-after=7200:path=/search",
        "--fault",
        "close-after:path=/bulk_create,nth=1",
    ]);
    let finkit = served.newcomer();
    finkit.run(&["fincheck", "register"]).expect(0);
    let ran = finkit
        .run(&["fincheck", "search", &fin(1), "--year", "2026"])
        .expect_failure(6);
    assert!(ran.err.contains("7200 s"), "{}", ran.err);
    let path = finkit.file("list.csv", list(77_001, 2));
    let ran = finkit
        .run(&[
            "fincheck", "submit", &path, "--yes", "--settle", "0", "--format", "json",
        ])
        .expect(0);
    assert_eq!(lines::one::<lines::Run>(&ran).look_up_reads, 2);
}

#[test]
fn what_cannot_be_served_is_said() {
    let finkit = Finkit::new();
    let ran = finkit
        .run(&["sandbox", "--port", "0", "--fault", "earthquake"])
        .expect_failure(2);
    assert!(ran.err.contains("close-after"), "{}", ran.err);
    let ran = finkit
        .run(&["sandbox", "--port", "0", "--finfo-fault", "earthquake"])
        .expect_failure(2);
    assert!(ran.err.contains("--finfo-fault earthquake"), "{}", ran.err);
    for (flag, value) in [("--finfo-drift", "jump=3"), ("--finfo-token-lifetime", "0")] {
        let ran = finkit
            .run(&["sandbox", "--port", "0", flag, value])
            .expect(2);
        assert!(ran.err.contains(flag), "{}", ran.err);
    }
    let served = Served::start(&[]);
    let port = served.finfo("url").rsplit(':').next().expect("a port");
    let ran = finkit
        .run(&["sandbox", "--port", "0", "--finfo-port", port])
        .expect_failure(7);
    assert!(ran.err.contains("--finfo-port 0"), "{}", ran.err);
    let url = served.told["url"].as_str().expect("a URL");
    let port = url.rsplit(':').next().expect("a port");
    let ran = finkit.run(&["sandbox", "--port", port]).expect_failure(7);
    assert!(ran.err.contains("--port 0"), "{}", ran.err);
    let contract = finkit.file("contract.toml", "name = 5\n");
    finkit
        .run(&["sandbox", "--port", "0", "--contract", &contract])
        .expect(2);
}
