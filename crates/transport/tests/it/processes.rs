//! What only many processes can show: one token for all of them, a vault that no kill can damage, memory that stays
//! small, and what the environment changes. A worker is this test binary once more, with its job in the environment.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Barrier, Mutex};

use bytes::Bytes;
use finkit_transport::{
    FileVault, HttpService as _, Operation, Password, ReqwestService, SendErrorKind, TokenRequest,
    TokenSource, TokenVault as _, Transport, VaultEntry,
};

use crate::server::{Server, answer};

const JOB: &str = "FINKIT_TEST_JOB";
const CALL: Operation = Operation::read("call").authorised();

/// Starts a worker; `arguments` are joined by line breaks.
fn start(job: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args([
        "--exact",
        "processes::worker",
        "--nocapture",
        "--test-threads=1",
    ]);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
    ] {
        command.env_remove(name);
    }
    command
        .env_remove("SSL_CERT_FILE")
        .env_remove("SSL_CERT_DIR");
    command.env(JOB, format!("{job}\n{}", arguments.join("\n")));
    command.envs(environment.iter().copied());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a worker starts")
}

fn succeeds(worker: Child) {
    let output = worker.wait_with_output().expect("the worker ends");
    assert!(
        output.status.success(),
        "worker: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The other side of [`start`]: without a job in the environment there is nothing to do.
#[test]
fn worker() {
    let Ok(job) = std::env::var(JOB) else { return };
    let arguments: Vec<&str> = job.lines().collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    match arguments.as_slice() {
        ["call", base, vault] => runtime.block_on(call(base, Path::new(vault))),
        ["store", vault] => runtime.block_on(store_for_ever(Path::new(vault))),
        ["fetch", url] => runtime.block_on(fetch(url)),
        ["bomb", url] => runtime.block_on(bomb(url)),
        ["log"] => runtime.block_on(crate::log::story()),
        ["fail", url, kind] => runtime.block_on(fail(url, kind)),
        other => panic!("unknown job {other:?}"),
    }
}

fn account(base: &str) -> TokenRequest {
    let url = format!("{base}/token").parse().expect("an address");
    TokenRequest::openid(url, "client", "user", Password::new("pw")).expect("loopback")
}

/// Waits for all others, then makes one authorised call.
async fn call(base: &str, vault: &Path) {
    let service = Arc::new(ReqwestService::new());
    let ready = http::Request::get(format!("{base}/ready"))
        .body(Bytes::new())
        .expect("valid");
    service.send(ready).await.expect("all are ready");
    let tokens = TokenSource::builder(account(base))
        .vault(FileVault::new(vault))
        .build();
    let transport = Transport::builder(service).tokens(tokens).build();
    let request = http::Request::get(format!("{base}/call"))
        .body(Bytes::new())
        .expect("valid");
    let answer = transport.call(&CALL, request).await.expect("an answer");
    assert_eq!(answer.status(), 200);
}

/// A provider that rotates refresh tokens and ends the session when one is used twice; an access token is good until the
/// next one is given out.
#[derive(Default)]
struct Provider {
    grants: Vec<String>,
    access: String,
    refresh: String,
    ended: bool,
}

impl Provider {
    fn grant(&mut self, form: &str) -> String {
        self.grants.push(form.to_owned());
        if form.contains("grant_type=refresh_token")
            && (self.ended || !form.contains(&format!("refresh_token={}", self.refresh)))
        {
            self.ended = true;
            return answer("400 Bad Request", "", r#"{"error":"invalid_grant"}"#);
        }
        let number = self.grants.len();
        (self.access, self.refresh, self.ended) = (
            format!("access-{number}"),
            format!("refresh-{number}"),
            false,
        );
        let body = format!(
            r#"{{"access_token":"{}","expires_in":900,"refresh_token":"{}","refresh_expires_in":1800}}"#,
            self.access, self.refresh
        );
        answer("200 OK", "", &body)
    }
}

fn provider(processes: usize, state: Provider) -> (Server, Arc<Mutex<Provider>>) {
    let provider = Arc::new(Mutex::new(state));
    let ready = Barrier::new(processes);
    let shared = Arc::clone(&provider);
    let server = Server::start(move |connection| {
        while let Some(request) = connection.read() {
            let reply = if request.starts_with("GET /ready") {
                ready.wait();
                answer("200 OK", "", "")
            } else if let Some((_, form)) = request
                .split_once("\r\n\r\n")
                .filter(|_| request.starts_with("POST /token"))
            {
                shared.lock().expect("not poisoned").grant(form)
            } else {
                let provider = shared.lock().expect("not poisoned");
                let good =
                    request.contains(&format!("Bearer {}\r\n", provider.access)) && !provider.ended;
                answer(if good { "200 OK" } else { "401 Unauthorized" }, "", "{}")
            };
            if connection.stream.write_all(reply.as_bytes()).is_err() {
                return;
            }
        }
    });
    (server, provider)
}

#[test]
fn twenty_four_processes_at_once_make_one_token_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = folder.path().join("tokens");
    let (server, provider) = provider(24, Provider::default());
    let base = format!("http://{}", server.address);
    let workers: Vec<Child> = (0..24)
        .map(|_| start("call", &[&base, &vault.display().to_string()], &[]))
        .collect();
    workers.into_iter().for_each(succeeds);
    assert_eq!(provider.lock().expect("not poisoned").grants.len(), 1);
}

#[test]
fn eight_processes_at_the_moment_of_expiry_renew_once_and_the_session_lives_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = folder.path().join("tokens");
    let begun = Provider {
        access: "access-0".into(),
        refresh: "refresh-0".into(),
        ..Provider::default()
    };
    let (server, provider) = provider(8, begun);
    let base = format!("http://{}", server.address);
    // A token of 900 s, obtained 900 s ago, with a refresh token that lives on.
    let obtained = finkit_transport::Clock::now(&finkit_transport::SystemClock::new())
        .timestamp_millis()
        - 900_000;
    let entry = format!(
        r#"{{"version":1,"asked_at":{obtained},"access":{{"token":"access-0","obtained_at":{obtained},"lifetime_ms":900000}},
            "refresh":{{"token":"refresh-0","obtained_at":{obtained},"lifetime_ms":1800000}}}}"#
    );
    keep(&vault, &base, &entry);
    let workers: Vec<Child> = (0..8)
        .map(|_| start("call", &[&base, &vault.display().to_string()], &[]))
        .collect();
    workers.into_iter().for_each(succeeds);
    let provider = provider.lock().expect("not poisoned");
    assert_eq!(provider.grants.len(), 1, "{:?}", provider.grants);
    assert!(provider.grants[0].contains("refresh_token=refresh-0") && !provider.ended);
}

fn keep(vault: &Path, base: &str, entry: &str) {
    let entry = VaultEntry::from_json(entry.as_bytes())
        .expect("this version")
        .expect("whole");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut lock = FileVault::new(vault)
            .try_lock(&account(base).vault_key())
            .await
            .expect("works")
            .expect("free");
        lock.store(&entry).await.expect("stored");
    });
}

const BASE: &str = "http://127.0.0.1:1";

/// Two entries of very different length, so that a mixture of both could not be read.
fn entries() -> [String; 2] {
    [10, 9_000].map(|length| {
        let token = "t".repeat(length);
        format!(r#"{{"version":1,"access":{{"token":"{token}","obtained_at":0,"lifetime_ms":1}},"refusals":{length}}}"#)
    })
}

/// Writes until it is killed, with a mark for every write that has returned.
async fn store_for_ever(vault: &Path) {
    let mut lock = FileVault::new(vault)
        .try_lock(&account(BASE).vault_key())
        .await
        .expect("works")
        .expect("free");
    let entries = entries().map(|entry| {
        VaultEntry::from_json(entry.as_bytes())
            .expect("this version")
            .expect("whole")
    });
    let mut out = std::io::stdout();
    for entry in entries.iter().cycle() {
        lock.store(entry).await.expect("stored");
        out.write_all(b"#")
            .and_then(|()| out.flush())
            .expect("somebody listens");
    }
}

/// Kills a writer again and again after another number of writes; returns how often the file held each entry.
fn kill_writers(vault: &Path, kills: usize) -> [usize; 2] {
    let file = vault.join(format!("token-{}.json", account(BASE).vault_key().as_str()));
    let [short, long] = entries().map(|entry| entry.len());
    let mut found = [0, 0];
    for number in 0..kills {
        let mut worker = start("store", &[&vault.display().to_string()], &[]);
        let mut out = worker.stdout.take().expect("piped");
        let mut marks = 0;
        let mut byte = [0; 1];
        while marks <= number % 5 && out.read_exact(&mut byte).is_ok() {
            marks += usize::from(byte[0] == b'#');
        }
        assert!(marks > number % 5, "the worker has written");
        worker.kill().expect("killed");
        worker.wait().expect("gone");
        let content = std::fs::read(&file).expect("always there");
        let whole = VaultEntry::from_json(&content)
            .expect("this version")
            .expect("never half");
        let length = whole.to_json().len();
        assert!(
            length.abs_diff(short) < 20 || length.abs_diff(long) < 20,
            "{length} bytes"
        );
        found[usize::from(length > 1_000)] += 1;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode =
                |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
            assert_eq!((mode(&file), mode(vault)), (0o600, 0o700));
        }
    }
    found
}

#[test]
fn a_thousand_kills_in_the_middle_of_writing_leave_the_old_or_the_new_entry() {
    // A kill loses nothing that was handed to the system, so that a file system in memory shows the same, only faster.
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    }
    .expect("a folder");
    let found = std::thread::scope(|scope| {
        let halves = ["one", "two"].map(|name| {
            let vault = folder.path().join(name);
            scope.spawn(move || kill_writers(&vault, 500))
        });
        halves.map(|half| half.join().expect("no entry was damaged"))
    });
    let short: usize = found.iter().map(|found| found[0]).sum();
    let long: usize = found.iter().map(|found| found[1]).sum();
    assert_eq!(short + long, 1_000);
    assert!(
        short > 0 && long > 0,
        "both entries were met: {short} and {long}"
    );
}

/// A gzip stream of about 1 MB that unpacks to 1 GiB: one compressed block of zeros, over and over.
fn gzip_bomb() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    let next = |encoder: &mut flate2::write::GzEncoder<Vec<u8>>| {
        let before = encoder.get_ref().len();
        encoder
            .write_all(&zeros)
            .and_then(|()| encoder.flush())
            .expect("memory");
        encoder.get_ref()[before..].to_vec()
    };
    next(&mut encoder);
    let block = next(&mut encoder);
    let mut bomb = encoder.get_ref().clone();
    (2..1_024).for_each(|_| bomb.extend_from_slice(&block));
    bomb
}

#[test]
fn a_gzip_bomb_is_refused_in_little_memory() {
    let bomb = gzip_bomb();
    assert!(bomb.len() < 1_500_000, "{} bytes", bomb.len());
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        bomb.len()
    )
    .into_bytes();
    reply.extend_from_slice(&bomb);
    let server = Server::answering(reply);
    succeeds(start("bomb", &[&server.url("/search")], &[]));
    assert_eq!(server.connections(), 1);
}

async fn bomb(url: &str) {
    let request = http::Request::get(url).body(Bytes::new()).expect("valid");
    let error = ReqwestService::new()
        .send(request)
        .await
        .expect_err("far too large");
    assert_eq!(
        error.kind(),
        SendErrorKind::BodyTooLarge {
            limit: 16 * 1024 * 1024
        }
    );
    assert!(error.to_string().contains("16777216"), "{error}");
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
        let peak = status.lines().find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .trim()
                .strip_suffix(" kB")?
                .parse::<u64>()
                .ok()
        });
        let peak = peak.expect("a peak");
        assert!(peak < 50 * 1024, "{peak} KiB at the peak");
    }
}

async fn fetch(url: &str) {
    let request = http::Request::get(url)
        .header("authorization", "Bearer canary")
        .body(Bytes::new())
        .expect("valid");
    let answer = ReqwestService::new()
        .send(request)
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
}

async fn fail(url: &str, kind: &str) {
    let request = http::Request::get(url)
        .header("authorization", "Bearer canary")
        .body(Bytes::new())
        .expect("valid");
    let error = ReqwestService::new()
        .send(request)
        .await
        .expect_err("no answer");
    assert_eq!(format!("{:?}", error.kind()), kind, "{error} {error:?}");
}

#[test]
fn calls_to_this_machine_use_no_proxy_and_load_no_certificates() {
    let proxy = Server::answering(answer("200 OK", "", "from the proxy"));
    let server = Server::answering(answer("200 OK", "", "{}"));
    let through = format!("http://{}", proxy.address);
    let environment = [
        ("http_proxy", through.as_str()),
        ("HTTP_PROXY", &through),
        ("https_proxy", &through),
        ("HTTPS_PROXY", &through),
        ("ALL_PROXY", &through),
        ("SSL_CERT_FILE", "/nonexistent/certificates.pem"),
    ];
    succeeds(start("fetch", &[&server.url("/")], &environment));
    succeeds(start(
        "fetch",
        &[&format!("http://localhost:{}/", server.address.port())],
        &environment,
    ));
    assert_eq!((proxy.connections(), server.connections()), (0, 2));
    // The same environment with an https target: the missing certificates are noticed, before anything is sent.
    succeeds(start(
        "fail",
        &["https://api.example.test/", "Unsendable"],
        &environment,
    ));
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn a_proxy_for_https_sees_the_name_of_the_host_and_nothing_else() {
    let proxy = Server::answering("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
    let through = format!("http://{}", proxy.address);
    let url = "https://api.example.test/search?fin=canary";
    succeeds(start(
        "fail",
        &[url, "Connect"],
        &[("HTTPS_PROXY", &through)],
    ));
    let seen = proxy.requests();
    assert!(
        seen.iter()
            .all(|request| request.starts_with("CONNECT api.example.test:443 ")),
        "{seen:?}"
    );
    assert!(
        !seen.is_empty() && !seen.concat().contains("canary"),
        "{seen:?}"
    );
    // NO_PROXY, and a proxy for plain HTTP only, are not asked.
    let before = proxy.connections();
    let direct = "https://no-such-host.invalid/";
    succeeds(start(
        "fail",
        &[direct, "Connect"],
        &[("HTTPS_PROXY", &through), ("NO_PROXY", ".invalid")],
    ));
    succeeds(start(
        "fail",
        &[direct, "Connect"],
        &[("HTTP_PROXY", &through), ("http_proxy", &through)],
    ));
    assert_eq!(proxy.connections(), before);
}

/// For tests of other modules that need a process of their own.
pub(crate) fn worker_succeeds(job: &str, arguments: &[&str]) {
    succeeds(start(job, arguments, &[]));
}

/// For tests of other modules that need an environment of their own.
pub(crate) fn fetch_succeeds(url: &str, environment: &[(&str, &str)]) {
    succeeds(start("fetch", &[url], environment));
}

/// For tests of other modules that need an environment of their own.
pub(crate) fn fetch_fails(url: &str, kind: &str, environment: &[(&str, &str)]) {
    succeeds(start("fail", &[url, kind], environment));
}
