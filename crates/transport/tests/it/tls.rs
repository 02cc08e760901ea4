//! TLS: what is trusted, what is not, and that a refusal comes before the first byte of a request.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;
use finkit_transport::{HttpService as _, ReqwestService, SendErrorKind};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};

use crate::processes::{fetch_fails, fetch_succeeds};
use crate::server::{answer, read_request};

/// An issuer of certificates that nobody knows.
struct Issuer(CertifiedIssuer<'static, KeyPair>);

impl Issuer {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key"))
                .expect("signed"),
        )
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server that shows a certificate for `name` and answers every request with 200.
    fn serve(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> TlsServer {
        self.serve_with(name, change, rustls::ALL_VERSIONS)
    }

    fn serve_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
        versions: &[&'static SupportedProtocolVersion],
    ) -> TlsServer {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &*self.0).expect("signed");
        let private = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("supported")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .expect("they belong together");
        TlsServer::start(Arc::new(config))
    }
}

struct TlsServer {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl TlsServer {
    fn start(config: Arc<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (connections, requests) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(Mutex::new(Vec::new())),
        );
        let (counter, seen) = (Arc::clone(&connections), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counter.fetch_add(1, Ordering::SeqCst);
                let connection = ServerConnection::new(Arc::clone(&config)).expect("a session");
                let mut tls = StreamOwned::new(connection, stream);
                while let Some(request) = read_request(&mut tls) {
                    seen.lock().expect("not poisoned").push(request);
                    let _ =
                        std::io::Write::write_all(&mut tls, answer("200 OK", "", "{}").as_bytes());
                }
            }
        });
        Self {
            address,
            connections,
            requests,
        }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/search", self.address.port())
    }
}

async fn fetch(service: &ReqwestService, url: &str) -> Result<u16, SendErrorKind> {
    let request = http::Request::get(url)
        .header("authorization", "Bearer canary")
        .body(Bytes::new())
        .expect("valid");
    service
        .send(request)
        .await
        .map(|answer| answer.status().as_u16())
        .map_err(|error| error.kind())
}

fn trusting(issuer: &Issuer) -> ReqwestService {
    ReqwestService::builder()
        .extra_roots(issuer.pem())
        .build()
        .expect("a certificate")
}

#[tokio::test]
async fn an_added_issuer_is_trusted_with_tls_1_2_and_1_3() {
    let issuer = Issuer::new();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let server = issuer.serve_with("localhost", |_| {}, &[version]);
        assert_eq!(
            fetch(&trusting(&issuer), &server.url()).await,
            Ok(200),
            "{version:?}"
        );
        assert_eq!(server.requests.lock().expect("not poisoned").len(), 1);
    }
}

#[tokio::test]
async fn an_unknown_issuer_a_wrong_name_and_an_old_certificate_are_refused_before_anything_is_sent()
{
    let (issuer, stranger) = (Issuer::new(), Issuer::new());
    let servers = [
        stranger.serve("localhost", |_| {}),
        issuer.serve("other.example.test", |_| {}),
        issuer.serve("localhost", |params| {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        }),
    ];
    for (number, server) in servers.iter().enumerate() {
        assert_eq!(
            fetch(&trusting(&issuer), &server.url()).await,
            Err(SendErrorKind::Tls),
            "{number}"
        );
        assert!(
            server.connections.load(Ordering::SeqCst) > 0,
            "{number}: it was asked"
        );
        assert!(
            server.requests.lock().expect("not poisoned").is_empty(),
            "{number}"
        );
    }
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_gets_no_request() {
    let plain = crate::server::Server::start(|connection| {
        let _ = std::io::Write::write_all(
            &mut connection.stream,
            answer("200 OK", "", "{}").as_bytes(),
        );
    });
    let url = format!("https://localhost:{}/", plain.address.port());
    let failure = fetch(&ReqwestService::new(), &url)
        .await
        .expect_err("no TLS");
    assert!(failure.is_not_sent(), "{failure:?}");
    assert!(plain.connections() > 0);
}

#[test]
fn ssl_cert_file_names_the_issuers_to_trust() {
    let (issuer, folder) = (Issuer::new(), tempfile::tempdir().expect("a folder"));
    let server = issuer.serve("localhost", |_| {});
    let file = folder.path().join("issuers.pem");
    std::fs::write(&file, issuer.pem()).expect("written");
    let file = file.display().to_string();
    fetch_succeeds(&server.url(), &[("SSL_CERT_FILE", &file)]);
    fetch_fails(&server.url(), "Tls", &[]);
    assert_eq!(server.requests.lock().expect("not poisoned").len(), 1);
}
