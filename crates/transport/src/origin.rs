//! Origins: where a request may go, and to which place a credential is bound.

use std::fmt;
use std::net::IpAddr;

use http::Uri;
use url::{Host, Url};

/// Scheme, host and port of a service; the unit to which credentials, pauses and retry budgets belong.
///
/// Only `https` is accepted, and `http` on the loopback interface (`127.0.0.0/8`, `::1`, `localhost`), where local
/// test services live.
///
/// ```
/// use finkit_transport::Origin;
/// use url::Url;
///
/// let origin = Origin::of(&Url::parse("https://api.example.test/v1/search")?)?;
/// assert_eq!(origin.to_string(), "https://api.example.test");
/// assert!(Origin::of(&Url::parse("http://api.example.test/")?).is_err());
/// assert!(Origin::of(&Url::parse("http://127.0.0.1:8080/")?)?.is_loopback());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    secure: bool,
    host: String,
    port: u16,
    loopback: bool,
}

impl Origin {
    /// The origin of `url`.
    ///
    /// # Errors
    /// [`OriginError`] when the scheme is neither `https` nor loopback `http`, when there is no host, or when the URL
    /// carries a user name or password.
    pub fn of(url: &Url) -> Result<Self, OriginError> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OriginError::CredentialsInUrl);
        }
        let host = url.host().ok_or(OriginError::NoHost)?;
        let loopback = is_loopback(&host);
        let secure = match url.scheme() {
            "https" => true,
            "http" if loopback => false,
            "http" => {
                return Err(OriginError::PlainHttp {
                    host: host.to_string(),
                });
            }
            _ => return Err(OriginError::Scheme),
        };
        let port = url.port_or_known_default().ok_or(OriginError::NoHost)?;
        Ok(Self {
            secure,
            host: host.to_string(),
            port,
            loopback,
        })
    }

    /// The origin of a request target.
    ///
    /// # Errors
    /// As [`Origin::of`]; a relative target has no host.
    pub fn of_uri(uri: &Uri) -> Result<Self, OriginError> {
        let url = Url::parse(&uri.to_string()).map_err(|_| OriginError::NoHost)?;
        Self::of(&url)
    }

    /// Host name or address, brackets included for IPv6.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port, the default of the scheme filled in.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether the host is this machine by name or address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => IpAddr::V4(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::V6(*address).is_loopback(),
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, default) = if self.secure {
            ("https", 443)
        } else {
            ("http", 80)
        };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port == default {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a URL is no place to send a request to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Neither `https` nor `http`.
    #[error("only https addresses are accepted")]
    Scheme,
    /// `http` to a host other than this machine: credentials would travel in clear.
    #[error("http is accepted for this machine only, use https for {host}")]
    PlainHttp {
        /// The host that was asked for.
        host: String,
    },
    /// No host in the address.
    #[error("the address has no host")]
    NoHost,
    /// A user name or password inside the address; it would end in logs and in the process list.
    #[error("the address carries a user name or password, give them separately")]
    CredentialsInUrl,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Result<Origin, OriginError> {
        Origin::of(&Url::parse(text).expect("test addresses parse"))
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for good in [
            "http://127.0.0.1:1/",
            "http://127.8.9.1/",
            "http://[::1]:8080/",
            "http://LOCALHOST/",
            "http://2130706433/",
        ] {
            assert!(origin(good).expect(good).is_loopback(), "{good}");
        }
        for bad in [
            "http://example.test/",
            "http://10.0.0.1/",
            "http://localhost.example.test/",
            "http://[::ffff:7f00:1]/",
        ] {
            assert!(
                matches!(origin(bad), Err(OriginError::PlainHttp { .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn other_schemes_and_embedded_credentials_are_refused() {
        assert_eq!(origin("ftp://example.test/"), Err(OriginError::Scheme));
        assert_eq!(
            origin("https://user@example.test/"),
            Err(OriginError::CredentialsInUrl)
        );
        assert_eq!(
            origin("https://:pw@example.test/"),
            Err(OriginError::CredentialsInUrl)
        );
    }

    #[test]
    fn default_ports_and_case_do_not_make_a_different_origin() {
        assert_eq!(
            origin("https://A.example.test:443/x?y"),
            origin("https://a.example.test/")
        );
        assert_ne!(
            origin("https://a.example.test:8443/"),
            origin("https://a.example.test/")
        );
        assert_ne!(origin("https://127.0.0.1:80/"), origin("http://127.0.0.1/"));
    }

    #[test]
    fn display_parses_back() {
        for text in [
            "https://a.example.test",
            "https://a.example.test:8443",
            "http://[::1]:81",
            "http://127.0.0.1",
        ] {
            let first = origin(text).expect(text);
            assert_eq!(origin(&first.to_string()).expect(text), first);
        }
    }
}
