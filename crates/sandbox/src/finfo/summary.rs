//! What a person is told of a Finfo sandbox.

use std::fmt;

use super::FinfoAccount;

/// How to point the program at a Finfo sandbox.
///
/// Its `Display` is a few lines for a person: address and account as the settings that the program reads, the suppliers,
/// and how to let something change. Nothing in it is secret: the account is made up.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FinfoSummary {
    /// Where the interface is served.
    pub url: String,
    /// Where tokens are given.
    pub realm: String,
    /// The account that gets them.
    pub account: FinfoAccount,
    /// Number, name and rows of each supplier.
    pub suppliers: Vec<(String, String, usize)>,
}

impl fmt::Display for FinfoSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Finfo sandbox at {}", self.url)?;
        writeln!(f)?;
        writeln!(f, "Point finkit at it:")?;
        for (name, value) in self.settings() {
            writeln!(f, "  export {name}={value}")?;
        }
        writeln!(f)?;
        writeln!(f, "Suppliers:")?;
        for (id, name, rows) in &self.suppliers {
            writeln!(f, "  {id:<10} {name} ({rows} rows)")?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "A day of changes: curl -X POST {}/sandbox/changes",
            self.url
        )?;
        write!(f, "OpenAPI document: {}/openapi.json", self.url)
    }
}

impl FinfoSummary {
    /// Names and values of the variables that point finkit at the sandbox.
    pub fn settings(&self) -> [(&'static str, &str); 6] {
        [
            ("FINKIT_FINFO_URL", &self.url),
            ("FINKIT_FINFO_REALM", &self.realm),
            ("FINKIT_FINFO_CLIENT_ID", &self.account.client_id),
            ("FINKIT_FINFO_CLIENT_SECRET", &self.account.client_secret),
            ("FINKIT_FINFO_USERNAME", &self.account.username),
            ("FINKIT_FINFO_PASSWORD", &self.account.password),
        ]
    }
}
