//! Fetching files whose addresses somebody else named: without credentials, and from public addresses only.
//!
//! An address is checked three times: as it is written, since many spellings of this machine are no names that anybody
//! looks up; after the name was looked up, every result of it; and the connection goes to what was checked, not to what a
//! second look-up might say. Whoever follows a redirect asks here again, which checks again.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use url::{Host, Url};

use crate::limits::Limits;
use crate::origin::Origin;
use crate::public_address::{NotPublic, check_public};
use crate::reqwest_service::{OpenClient, Opened};
use crate::service::{SendError, SendErrorKind};

/// Finds the addresses of a name.
#[async_trait]
pub trait NameLookup: fmt::Debug + Send + Sync + 'static {
    /// All addresses of a host name.
    ///
    /// # Errors
    /// When the name has none or nobody can be asked.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The name service of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemLookup;

#[async_trait]
impl NameLookup for SystemLookup {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address: SocketAddr| address.ip()).collect())
    }
}

/// Fetches files by `GET` over `https`, without credentials, cookies, proxies, redirects or compression.
///
/// Only public addresses are connected to, and [origins](Self::also) that were allowed by name. No proxy is used, also not
/// one of the environment: it would look names up itself, and reach what this machine can't.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use finkit_transport::{Limits, PublicHttp};
///
/// let http = PublicHttp::new();
/// let mut answer = http.get(&"https://media.example.test/1.jpg".parse()?, Default::default(), Limits::API).await?;
/// while let Some(piece) = answer.chunk().await? {
///     println!("{} bytes", piece.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PublicHttp {
    allowed: HashSet<Origin>,
    checked: OpenClient,
    unchecked: OpenClient,
}

impl PublicHttp {
    /// A client for public addresses.
    #[must_use]
    pub fn new() -> Self {
        Self::with_lookup(SystemLookup)
    }

    /// The same with another way to look names up.
    #[must_use]
    pub fn with_lookup(lookup: impl NameLookup) -> Self {
        Self {
            allowed: HashSet::new(),
            checked: OpenClient::checked(Arc::new(Checked {
                lookup: Box::new(lookup),
                check: check_public,
            })),
            unchecked: OpenClient::unchecked(),
        }
    }

    /// Allows an origin that is not public, such as a store of pictures within the company.
    #[must_use]
    pub fn also(mut self, origin: Origin) -> Self {
        self.allowed.insert(origin);
        self
    }

    /// Asks for a file. Its body comes in pieces; whatever status there is, is an answer.
    ///
    /// # Errors
    /// [`PublicError::refusal`] says that the address is not one to fetch from; then nothing was connected to. Any other
    /// error is the network's.
    pub async fn get(
        &self,
        url: &Url,
        headers: HeaderMap,
        limits: Limits,
    ) -> Result<PublicAnswer, PublicError> {
        let client = match Origin::of(url) {
            Ok(origin) if self.allowed.contains(&origin) => &self.unchecked,
            Ok(origin) if origin.is_secure() => {
                check_literal(url)?;
                &self.checked
            }
            Ok(_) => {
                return Err(PublicError::refused(
                    "only https addresses are fetched from",
                ));
            }
            Err(error) => return Err(PublicError::refused(error.to_string())),
        };
        let opened = client.open(url, headers, limits).await;
        opened.map(PublicAnswer).map_err(PublicError::of)
    }
}

impl Default for PublicHttp {
    fn default() -> Self {
        Self::new()
    }
}

/// Addresses that are written out are never looked up, so they are checked as they stand.
fn check_literal(url: &Url) -> Result<(), PublicError> {
    let address: IpAddr = match url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err(PublicError::refused("the address has no host")),
    };
    check_public(address).map_err(PublicError::not_public)
}

/// Looks names up and lets only those through whose every address is public.
#[derive(Debug)]
pub(crate) struct Checked {
    lookup: Box<dyn NameLookup>,
    check: fn(IpAddr) -> Result<(), NotPublic>,
}

impl Checked {
    pub(crate) async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        let found = self
            .lookup
            .addresses(name)
            .await
            .map_err(LookupError::Lookup)?;
        for address in &found {
            (self.check)(*address).map_err(LookupError::NotPublic)?;
        }
        if found.is_empty() {
            return Err(LookupError::Lookup(io::ErrorKind::NotFound.into()));
        }
        Ok(found)
    }
}

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    #[error("the name can't be looked up")]
    Lookup(#[source] io::Error),
    #[error("the name leads to an address that is not public")]
    NotPublic(#[source] NotPublic),
}

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct PublicAnswer(Opened);

impl PublicAnswer {
    /// Its status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// Its headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// When the connection breaks, is silent for too long, or the body ends early.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, PublicError> {
        self.0.chunk().await.map_err(PublicError::of)
    }
}

/// Why a file could not be fetched.
#[derive(Debug)]
pub struct PublicError {
    kind: SendErrorKind,
    refusal: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl PublicError {
    fn refused(why: impl Into<String>) -> Self {
        Self {
            kind: SendErrorKind::Unsendable,
            refusal: Some(why.into()),
            source: None,
        }
    }

    fn not_public(error: NotPublic) -> Self {
        Self::refused(error.to_string())
    }

    fn of(error: SendError) -> Self {
        let mut cause: Option<&(dyn StdError + 'static)> = error.source();
        while let Some(found) = cause {
            if let Some(error) = found.downcast_ref::<NotPublic>() {
                return Self::not_public(*error);
            }
            cause = found.source();
        }
        Self {
            kind: error.kind(),
            refusal: None,
            source: error.into_source(),
        }
    }

    /// What went wrong in the network; [`SendErrorKind::Unsendable`] for a refusal.
    #[must_use]
    pub fn kind(&self) -> SendErrorKind {
        self.kind
    }

    /// Why the address is not one to fetch from, if that is the reason.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }
}

impl fmt::Display for PublicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.refusal {
            Some(why) => write!(f, "the address is refused: {why}"),
            None => self.kind.fmt(f),
        }
    }
}

impl StdError for PublicError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::net::TcpListener;
    use std::sync::Mutex;

    /// Names that lead where the test says, and what was asked for.
    #[derive(Debug, Clone, Default)]
    struct Names {
        known: HashMap<&'static str, Vec<IpAddr>>,
        asked: Arc<Mutex<Vec<String>>>,
    }

    #[async_trait]
    impl NameLookup for Names {
        async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
            self.asked.lock().expect("alone").push(name.to_owned());
            let found = self.known.get(name).cloned();
            found.ok_or_else(|| io::ErrorKind::NotFound.into())
        }
    }

    fn names(known: &[(&'static str, &[&str])]) -> Names {
        let parse = |addresses: &[&str]| {
            addresses
                .iter()
                .map(|text| text.parse().expect("an address"))
                .collect()
        };
        Names {
            known: known
                .iter()
                .map(|(name, addresses)| (*name, parse(addresses)))
                .collect(),
            asked: Arc::default(),
        }
    }

    async fn get(http: &PublicHttp, url: &str) -> Result<PublicAnswer, PublicError> {
        http.get(&Url::parse(url).expect(url), HeaderMap::new(), Limits::API)
            .await
    }

    #[tokio::test]
    async fn every_spelling_of_this_machine_and_of_private_places_is_refused_without_a_connection()
    {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("settable");
        let port = listener.local_addr().expect("an address").port();
        let http = PublicHttp::with_lookup(names(&[
            ("localhost", &["127.0.0.1", "::1"]),
            ("localhost.", &["127.0.0.1"]),
            ("here.example.test", &["127.0.0.1"]),
            ("mixed.example.test", &["8.8.8.8", "127.0.0.1"]),
            ("metadata.google.internal", &["169.254.169.254"]),
            ("six.example.test", &["::ffff:127.0.0.1"]),
        ]));
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "017700000001",
            "①②⑦.⓪.⓪.①",
            "127.0.0.1.",
            "0.0.0.0",
            "0",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "169.254.169.254",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "localhost",
            "localhost.",
            "LOCALHOST",
            "here.example.test",
            "mixed.example.test",
            "metadata.google.internal",
            "six.example.test",
        ] {
            let error = get(&http, &format!("https://{host}:{port}/x"))
                .await
                .expect_err(host);
            assert!(error.refusal().is_some(), "{host}: {error:?}");
        }
        for url in [
            format!("http://127.0.0.1:{port}/"),
            format!("http://localhost:{port}/"),
            "http://media.example.test/".to_owned(),
            "ftp://media.example.test/".to_owned(),
            "file:///etc/passwd".to_owned(),
            "https://user:pw@media.example.test/".to_owned(),
            "data:text/plain,x".to_owned(),
        ] {
            let error = get(&http, &url).await.expect_err(&url);
            assert!(error.refusal().is_some(), "{url}: {error:?}");
        }
        let nobody = listener.accept().expect_err("no connection");
        assert_eq!(nobody.kind(), io::ErrorKind::WouldBlock);
    }

    #[tokio::test]
    async fn a_name_is_looked_up_once_and_one_that_is_not_there_is_no_refusal() {
        let names = names(&[]);
        let http = PublicHttp::with_lookup(names.clone());
        let error = get(&http, "https://nowhere.example.test/")
            .await
            .expect_err("no such name");
        assert_eq!(
            (error.kind(), error.refusal()),
            (SendErrorKind::Connect, None)
        );
        assert_eq!(
            *names.asked.lock().expect("alone"),
            ["nowhere.example.test"]
        );
    }

    /// A name that leads somewhere else every time it is looked up.
    #[derive(Debug, Default)]
    struct Turning(Arc<Mutex<Vec<IpAddr>>>);

    #[async_trait]
    impl NameLookup for Turning {
        async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
            self.0
                .lock()
                .expect("alone")
                .pop()
                .map(|address| vec![address])
                .ok_or_else(|| io::ErrorKind::NotFound.into())
        }
    }

    #[tokio::test]
    async fn the_connection_goes_to_the_address_that_was_checked_and_not_to_that_of_another_look_up()
     {
        let good = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = good.local_addr().expect("an address").port();
        // The machine that the second look-up names; on systems that have one loopback address only, nothing listens.
        let bad = TcpListener::bind(("127.0.0.2", port)).ok();
        let answers = Arc::new(Mutex::new(vec![
            [127, 0, 0, 2].into(),
            [127, 0, 0, 1].into(),
        ]));
        let checked = Checked {
            lookup: Box::new(Turning(Arc::clone(&answers))),
            // Stands in for the check, which no address of a test passes.
            check: |address| match address == IpAddr::from([127, 0, 0, 1]) {
                true => Ok(()),
                false => check_public(address),
            },
        };
        let http = PublicHttp {
            allowed: HashSet::new(),
            checked: OpenClient::checked(Arc::new(checked)),
            unchecked: OpenClient::unchecked(),
        };
        let server = std::thread::spawn(move || {
            use std::io::Read as _;
            let (mut stream, _) = good.accept().expect("a connection");
            let mut hello = [0; 3];
            stream.read_exact(&mut hello).expect("a greeting");
            hello
        });
        let url = format!("https://turning.example.test:{port}/");
        let error = get(&http, &url).await.expect_err("nobody speaks TLS here");
        assert_eq!(error.refusal(), None);
        let hello = server.join().expect("served");
        assert_eq!((hello[0], hello[1]), (22, 3), "a handshake of TLS");
        assert_eq!(answers.lock().expect("alone").len(), 1, "one look-up");
        // The next connection looks up again, is checked again, and refused.
        let error = get(&http, &url).await.expect_err("not public");
        assert!(error.refusal().is_some(), "{error:?}");
        if let Some(bad) = bad {
            bad.set_nonblocking(true).expect("settable");
            let nobody = bad.accept().expect_err("no connection");
            assert_eq!(nobody.kind(), io::ErrorKind::WouldBlock);
        }
    }

    #[tokio::test]
    async fn an_allowed_origin_is_fetched_from_and_only_that_one() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move {
            use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.expect("a request");
            let answer =
                "HTTP/1.1 206 Partial Content\r\ncontent-length: 5\r\netag: \"x\"\r\n\r\nhello";
            stream.write_all(answer.as_bytes()).await.expect("written");
            String::from_utf8(request[..length].to_vec()).expect("text")
        });
        let origin = Origin::of(&Url::parse(&format!("http://{address}")).expect("a url"))
            .expect("an origin");
        let http = PublicHttp::new().also(origin);
        let mut headers = HeaderMap::new();
        headers.insert("range", "bytes=3-".parse().expect("a header"));
        let url = Url::parse(&format!("http://{address}/a.jpg")).expect("a url");
        let mut answer = http
            .get(&url, headers, Limits::API)
            .await
            .expect("an answer");
        assert_eq!(
            (
                answer.status().as_u16(),
                answer.headers()["etag"].to_str().expect("text")
            ),
            (206, "\"x\"")
        );
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.expect("a body") {
            body.extend_from_slice(&piece);
        }
        assert_eq!(body, b"hello");
        let request = server.await.expect("served").to_ascii_lowercase();
        assert!(
            request.starts_with("get /a.jpg http/1.1\r\n") && request.contains("range: bytes=3-")
        );
        for header in ["authorization", "cookie", "referer", "accept-encoding"] {
            assert!(!request.contains(header), "{request}");
        }
        let other = format!("http://127.0.0.1:{}/", address.port().wrapping_add(1));
        assert!(
            get(&http, &other)
                .await
                .expect_err("another port")
                .refusal()
                .is_some()
        );
    }
}
