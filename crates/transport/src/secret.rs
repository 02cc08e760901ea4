//! Secrets: newtypes that are never printed, wiped on drop, and exposed in one greppable way.

use std::fmt;

use http::HeaderValue;
use zeroize::Zeroizing;

/// A text that must not be seen. No `Display`, `Debug` prints `[redacted]`, the memory is wiped on drop.
///
/// ```
/// use finkit_transport::Secret;
///
/// let secret = Secret::new("hunter2");
/// assert_eq!(format!("{secret:?}"), "[redacted]");
/// assert_eq!(secret.expose(), "hunter2");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret over.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The secret itself; every use of this method is a place to look at in a review.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both are the same, in a time that does not depend on where they differ.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let (left, right) = (self.0.as_bytes(), other.0.as_bytes());
        let difference = left
            .iter()
            .zip(right)
            .fold(0_u8, |seen, (a, b)| seen | (a ^ b));
        left.len() == right.len() && std::hint::black_box(difference) == 0
    }

    /// The secret as a header value that is not printed either; `prefix` comes before it (`"Bearer "`). `None` when
    /// it holds a character that a header cannot carry.
    #[must_use]
    pub fn to_header(&self, prefix: &str) -> Option<HeaderValue> {
        let text = Zeroizing::new(format!("{prefix}{}", self.expose()));
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

macro_rules! secret_kind {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Secret);

        impl $name {
            /// Takes the secret over.
            #[must_use]
            pub fn new(value: impl Into<String>) -> Self {
                Self(Secret::new(value))
            }

            /// The secret itself.
            #[must_use]
            pub fn expose(&self) -> &str {
                self.0.expose()
            }

            /// Without its meaning.
            #[must_use]
            pub fn as_secret(&self) -> &Secret {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }

        impl From<Secret> for $name {
            fn from(secret: Secret) -> Self {
                Self(secret)
            }
        }
    };
}

secret_kind! {
    /// A password of an account.
    Password
}
secret_kind! {
    /// The code that allows entries and deletions, handed out once at registration.
    SecurityCode
}
secret_kind! {
    /// A token sent with calls.
    AccessToken
}
secret_kind! {
    /// A token that is exchanged for new tokens.
    RefreshToken
}
secret_kind! {
    /// The secret of a registered client program.
    ClientSecret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_value() {
        let shown = format!(
            "{:?} {:?} {:#?}",
            Secret::new("canary"),
            Password::new("canary"),
            SecurityCode::new("canary")
        );
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains("Password([redacted])"));
    }

    #[test]
    fn headers_are_marked_sensitive() {
        let value = Secret::new("abc")
            .to_header("Bearer ")
            .expect("plain text fits");
        assert!(value.is_sensitive());
        assert_eq!(value.as_bytes(), b"Bearer abc");
        assert!(Secret::new("a\nb").to_header("").is_none());
    }

    #[test]
    fn comparison_sees_length_and_content() {
        assert!(Secret::new("abc").same_as(&Secret::new("abc")));
        assert!(!Secret::new("abc").same_as(&Secret::new("abd")));
        assert!(!Secret::new("abc").same_as(&Secret::new("ab")));
        assert!(!Secret::new("").same_as(&Secret::new("a")));
    }
}
