//! The network, by reqwest: the only file that names it.
//!
//! What is switched off matters more than what is on: no redirects, no repeats, no cookies, no referer, no proxy for
//! anything but `https`. Clients are built on first use and per kind of target, so that a call to this machine neither
//! loads the root certificates of the platform nor asks a proxy.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use url::Url;

use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::origin::Origin;
use crate::public_http::Checked;
use crate::service::{HttpRequest, HttpResponse, HttpService, SendError, SendErrorKind};

/// Longest time to open a connection, TLS included.
const CONNECT: Duration = Duration::from_secs(10);
/// An idle connection is not used again after this long: servers close theirs after a while (uvicorn after 5 s), and a
/// request that meets the closing gets an error that cannot be told from a lost answer.
const KEEP: Duration = Duration::from_secs(4);

/// HTTP/1.1 by reqwest, TLS by rustls with the certificates of the platform.
///
/// * `SSL_CERT_FILE` names a file with the certificates to trust; on Linux it stands in for those of the platform, on
///   other systems it adds to them.
/// * `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are honoured for `https` targets other than this machine; `HTTP_PROXY`
///   is not, because plain HTTP is spoken with this machine only.
#[derive(Debug)]
pub struct ReqwestService {
    settings: Settings,
    plain: OnceLock<Result<reqwest::Client, Setup>>,
    local: OnceLock<Result<reqwest::Client, Setup>>,
    remote: OnceLock<Result<reqwest::Client, Setup>>,
}

/// Settings of a [`ReqwestService`].
#[derive(Debug, Clone)]
#[must_use]
pub struct ReqwestServiceBuilder {
    user_agent: String,
    connect: Duration,
    roots: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct Settings {
    user_agent: String,
    connect: Duration,
    roots: Vec<CertificateDer<'static>>,
}

/// Why a client could not be made; kept, because it would fail again.
#[derive(Debug, Clone)]
struct Setup(Arc<dyn StdError + Send + Sync>);

impl ReqwestService {
    /// A service with the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Settings {
            user_agent: default_agent(),
            connect: CONNECT,
            roots: Vec::new(),
        })
    }

    /// A service with settings.
    pub fn builder() -> ReqwestServiceBuilder {
        ReqwestServiceBuilder {
            user_agent: default_agent(),
            connect: CONNECT,
            roots: Vec::new(),
        }
    }

    fn with(settings: Settings) -> Self {
        Self {
            settings,
            plain: OnceLock::new(),
            local: OnceLock::new(),
            remote: OnceLock::new(),
        }
    }

    fn client(&self, origin: &Origin) -> Result<&reqwest::Client, SendError> {
        let cell = match (origin.is_secure(), origin.is_loopback()) {
            (false, _) => &self.plain,
            (true, true) => &self.local,
            (true, false) => &self.remote,
        };
        cell.get_or_init(|| self.settings.client(origin))
            .as_ref()
            .map_err(|setup| SendError::new(SendErrorKind::Unsendable).with_source(setup.clone()))
    }
}

impl Default for ReqwestService {
    fn default() -> Self {
        Self::new()
    }
}

impl ReqwestServiceBuilder {
    /// The name of the program in the header `User-Agent`.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Longest time to open a connection, TLS included; 10 s unless set.
    pub fn connect_timeout(mut self, connect: Duration) -> Self {
        self.connect = connect;
        self
    }

    /// Trusts these certificates (PEM) besides those of the platform.
    pub fn extra_roots(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Checks the settings; certificates of the platform are read with the first call that needs them.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when an extra root is not a certificate in PEM, or the user agent holds characters
    /// that a header cannot carry.
    pub fn build(self) -> Result<ReqwestService, Error> {
        let mut roots = Vec::new();
        for pem in &self.roots {
            let before = roots.len();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots.push(certificate.map_err(|error| not_a_certificate().with_source(error))?);
            }
            if roots.len() == before {
                return Err(not_a_certificate());
            }
        }
        if http::HeaderValue::from_str(&self.user_agent).is_err() {
            return Err(Error::not_sent(
                ErrorKind::Configuration,
                "the user agent holds characters a header cannot carry",
            ));
        }
        Ok(ReqwestService::with(Settings {
            user_agent: self.user_agent,
            connect: self.connect,
            roots,
        }))
    }
}

fn not_a_certificate() -> Error {
    Error::not_sent(
        ErrorKind::Configuration,
        "an extra root holds no certificate in PEM",
    )
}

fn default_agent() -> String {
    concat!("finkit/", env!("CARGO_PKG_VERSION")).to_owned()
}

impl Settings {
    fn client(&self, origin: &Origin) -> Result<reqwest::Client, Setup> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls(origin.is_secure())?)
            .user_agent(&self.user_agent)
            .connect_timeout(self.connect)
            .pool_idle_timeout(KEEP)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .https_only(origin.is_secure());
        if origin.is_loopback() {
            // Nobody else's machine, whatever the resolver says about the name.
            let here = [
                ([127, 0, 0, 1], 0).into(),
                ([0, 0, 0, 0, 0, 0, 0, 1], 0).into(),
            ];
            builder = builder.no_proxy().resolve_to_addrs("localhost", &here);
        }
        builder.build().map_err(Setup::new)
    }

    fn tls(&self, secure: bool) -> Result<ClientConfig, Setup> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(Setup::new)?;
        let mut config = if secure {
            let roots = self
                .roots
                .iter()
                .cloned()
                .chain(extra_roots_of_the_environment()?);
            let verifier = Verifier::new_with_extra_roots(roots, provider).map_err(Setup::new)?;
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth()
        } else {
            builder
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth()
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// The certificates of `SSL_CERT_FILE`. On Linux the verifier reads that file itself.
fn extra_roots_of_the_environment() -> Result<Vec<CertificateDer<'static>>, Setup> {
    match std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
        Some(path) if !cfg!(target_os = "linux") => CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(Setup::new),
        _ => Ok(Vec::new()),
    }
}

impl Setup {
    fn new(error: impl StdError + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the HTTP client cannot be set up")
    }
}

impl StdError for Setup {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

#[async_trait]
impl HttpService for ReqwestService {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, SendError> {
        let limits = request
            .extensions()
            .get::<Limits>()
            .copied()
            .unwrap_or_default();
        let origin = Origin::of_uri(request.uri())
            .map_err(|error| SendError::new(SendErrorKind::Unsendable).with_source(error))?;
        let client = self.client(&origin)?;
        let request = reqwest::Request::try_from(request).map_err(|error| {
            SendError::new(SendErrorKind::Unsendable).with_source(error.without_url())
        })?;
        let exchange = async {
            // Connecting has its own time-out inside the client; silence counts from there.
            let mut answer =
                in_time(self.settings.connect + limits.idle, client.execute(request)).await?;
            let mut response = http::Response::new(Bytes::new());
            *response.status_mut() = answer.status();
            *response.version_mut() = answer.version();
            *response.headers_mut() = std::mem::take(answer.headers_mut());
            *response.body_mut() = body(&mut answer, &limits).await?;
            Ok(response)
        };
        tokio::time::timeout(limits.attempt, exchange)
            .await
            .unwrap_or_else(|_| Err(SendError::new(SendErrorKind::TimeOut)))
    }
}

/// Reads the body piece by piece, so that neither its size nor its slowness can hurt.
async fn body(answer: &mut reqwest::Response, limits: &Limits) -> Result<Bytes, SendError> {
    let too_large = || SendError::new(SendErrorKind::BodyTooLarge { limit: limits.body });
    let announced = answer.content_length().unwrap_or(0);
    if announced > limits.body as u64 {
        return Err(too_large());
    }
    let mut body = BytesMut::with_capacity(announced as usize);
    while let Some(piece) = in_time(limits.idle, answer.chunk()).await? {
        if body.len() + piece.len() > limits.body {
            return Err(too_large());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}

/// A client without credentials, for bodies that come in pieces.
#[derive(Debug)]
pub(crate) struct OpenClient {
    /// Where the addresses of names come from, if not from the system.
    names: Option<Arc<Checked>>,
    client: OnceLock<Result<reqwest::Client, Setup>>,
}

impl OpenClient {
    /// A client that connects to addresses which were checked, over `https` only.
    pub(crate) fn checked(names: Arc<Checked>) -> Self {
        Self {
            names: Some(names),
            client: OnceLock::new(),
        }
    }

    /// A client that connects anywhere.
    pub(crate) fn unchecked() -> Self {
        Self {
            names: None,
            client: OnceLock::new(),
        }
    }

    fn client(&self) -> Result<&reqwest::Client, SendError> {
        let build = || {
            let settings = Settings {
                user_agent: default_agent(),
                connect: CONNECT,
                roots: Vec::new(),
            };
            let mut builder = reqwest::Client::builder()
                .tls_backend_preconfigured(settings.tls(true)?)
                .user_agent(settings.user_agent)
                .connect_timeout(CONNECT)
                .pool_idle_timeout(KEEP)
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .no_gzip()
                .no_proxy();
            if let Some(names) = &self.names {
                builder = builder
                    .https_only(true)
                    .dns_resolver(Arc::new(Names(Arc::clone(names))));
            }
            builder.build().map_err(Setup::new)
        };
        let client = self.client.get_or_init(build).as_ref();
        client.map_err(|setup| SendError::new(SendErrorKind::Unsendable).with_source(setup.clone()))
    }

    /// Asks for a file and waits for the head of the answer.
    pub(crate) async fn open(
        &self,
        url: &Url,
        headers: HeaderMap,
        limits: Limits,
    ) -> Result<Opened, SendError> {
        let request = self.client()?.get(url.clone()).headers(headers).send();
        let answer = in_time(CONNECT + limits.idle, request).await?;
        Ok(Opened {
            answer,
            idle: limits.idle,
        })
    }
}

/// An answer whose body is still to come.
#[derive(Debug)]
pub(crate) struct Opened {
    answer: reqwest::Response,
    idle: Duration,
}

impl Opened {
    pub(crate) fn status(&self) -> StatusCode {
        self.answer.status()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.answer.headers()
    }

    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        in_time(self.idle, self.answer.chunk()).await
    }
}

/// Names that are looked up and checked before anything is connected to.
struct Names(Arc<Checked>);

impl reqwest::dns::Resolve for Names {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let names = Arc::clone(&self.0);
        Box::pin(async move {
            let found = names.addresses(name.as_str()).await?;
            // The port is that of the address which is asked for.
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as reqwest::dns::Addrs)
        })
    }
}

async fn in_time<T>(
    limit: Duration,
    step: impl Future<Output = Result<T, reqwest::Error>>,
) -> Result<T, SendError> {
    match tokio::time::timeout(limit, step).await {
        Ok(result) => result.map_err(classify),
        Err(_) => Err(SendError::new(SendErrorKind::TimeOut)),
    }
}

/// Names the failure. Only what certainly happened before the first byte left is "not sent".
fn classify(error: reqwest::Error) -> SendError {
    let kind = if error.is_builder() {
        SendErrorKind::Unsendable
    } else if error.is_connect() {
        if find::<rustls::Error>(&error).is_some() {
            SendErrorKind::Tls
        } else {
            SendErrorKind::Connect
        }
    } else if error.is_timeout() {
        SendErrorKind::TimeOut
    } else if error.is_body() || error.is_decode() {
        match find::<io::Error>(&error).map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
                SendErrorKind::Reset
            }
            _ => SendErrorKind::CutBody,
        }
    } else if let Some(hyper) = find::<hyper::Error>(&error) {
        if hyper.is_parse() {
            SendErrorKind::Garbage
        } else if find::<io::Error>(&error).is_some() {
            SendErrorKind::Reset
        } else {
            SendErrorKind::Closed
        }
    } else {
        SendErrorKind::Closed
    };
    SendError::new(kind).with_source(error.without_url())
}

/// The first error of this type in the chain, looking into the errors that `io::Error` carries.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        // `io::Error::source` skips the error it wraps and goes on with the source of that one.
        next = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}
