//! The JSON Lines of the program as a reader sees them: every field named, none besides.
//!
//! A field that is renamed, added or taken away fails here; then the schema version has to be thought about.

// Most fields are here for their names and types alone.
#![expect(
    dead_code,
    reason = "a field that is only read over still says that it is there"
)]

use std::collections::BTreeMap;

use finkit_tests::Ran;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A kind of line.
pub(crate) trait Kind: DeserializeOwned {
    /// The value of `type`.
    const NAME: &'static str;
}

macro_rules! lines {
    ($($name:literal => $kind:ident,)*) => {
        $(impl Kind for $kind { const NAME: &'static str = $name; })*

        /// Reads a line as what it says it is.
        fn read(name: &str, line: &Value) -> Result<(), String> {
            match name {
                $($name => serde_json::from_value::<$kind>(line.clone())
                    .map(drop)
                    .map_err(|error| error.to_string()),)*
                // The lines of Finfo are read where its commands are tested.
                other if other.starts_with("finfo-") => Ok(()),
                other => Err(format!("an unknown type {other}")),
            }
        }
    };
}

lines! {
    "fault" => Fault,
    "check" => Check,
    "plan" => Plan,
    "run" => Run,
    "job" => Job,
    "head" => Head,
    "row" => Row,
    "totals" => Totals,
    "search" => Search,
    "search-summary" => SearchSummary,
    "registered" => Registered,
    "login" => Login,
    "logout" => Logout,
    "status" => Status,
    "usage" => Usage,
    "finding" => Finding,
    "demo" => Demo,
}

/// All lines of a kind, in their order. Every line of the output must be one that is known here.
#[track_caller]
pub(crate) fn all<T: Kind>(ran: &Ran) -> Vec<T> {
    let mut found = Vec::new();
    for mut line in ran.json() {
        let text = line.to_string();
        let fields = line.as_object_mut().expect("an object");
        assert_eq!(fields.remove("schema"), Some(Value::from(1)), "{text}");
        let name = fields.remove("type").expect("a type");
        let name = name.as_str().expect("a type").to_owned();
        if let Err(error) = read(&name, &line) {
            panic!("{error}: {text}");
        }
        if name == T::NAME {
            found.push(serde_json::from_value(line).expect("read a moment ago"));
        }
    }
    found
}

/// The only line of a kind.
#[track_caller]
pub(crate) fn one<T: Kind>(ran: &Ran) -> T {
    let mut found = all(ran);
    assert_eq!(found.len(), 1, "one line of type {}\n{}", T::NAME, ran.out);
    found.remove(0)
}

/// Rows by state.
pub(crate) type States = BTreeMap<String, u64>;

/// States as a test writes them.
pub(crate) fn states<const N: usize>(of: [(&str, u64); N]) -> States {
    of.map(|(state, rows)| (state.to_owned(), rows)).into()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) row: u64,
    pub(crate) cell: Option<String>,
    pub(crate) column: Option<String>,
    pub(crate) code: String,
    pub(crate) severity: String,
    pub(crate) value: Option<String>,
    pub(crate) title: String,
    pub(crate) what: String,
    pub(crate) why: String,
    pub(crate) proposal: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Check {
    pub(crate) clean: bool,
    pub(crate) rows: u64,
    pub(crate) sound: u64,
    pub(crate) faulty: u64,
    pub(crate) warned: u64,
    pub(crate) in_conflict: u64,
    pub(crate) duplicates: u64,
    pub(crate) overlaps: u64,
    pub(crate) fins: u64,
}

/// Of `submit` and `delete`, and with the last five fields away, of `search`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) job: Option<u64>,
    pub(crate) kind: Option<String>,
    pub(crate) list: Option<String>,
    pub(crate) rows: u64,
    pub(crate) to_send: Option<u64>,
    pub(crate) requests: Option<u64>,
    pub(crate) records_per_request: Option<u64>,
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) to_look_up: Option<u64>,
    pub(crate) look_up_reads: Option<u64>,
    pub(crate) states: Option<States>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    pub(crate) job: u64,
    pub(crate) kind: String,
    pub(crate) ended: String,
    pub(crate) reason: Option<String>,
    pub(crate) rows: u64,
    pub(crate) states: States,
    pub(crate) requests: u64,
    pub(crate) searches: u64,
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) look_up_reads: u64,
    pub(crate) perhaps_reads: u64,
    pub(crate) perhaps_writes: u64,
    pub(crate) duplicates: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Job {
    pub(crate) job: u64,
    pub(crate) kind: String,
    pub(crate) list: String,
    pub(crate) origin: String,
    pub(crate) created_at: String,
    pub(crate) rows: u64,
    pub(crate) states: States,
    pub(crate) open: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    pub(crate) kind: String,
    pub(crate) list: String,
    pub(crate) job: Option<String>,
    pub(crate) created_at: String,
    pub(crate) lang: String,
    pub(crate) fins: String,
    #[serde(default)]
    pub(crate) notes: Vec<String>,
    #[serde(default)]
    pub(crate) carried: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) row: u64,
    pub(crate) outcome: String,
    pub(crate) fin: Option<String>,
    pub(crate) fin_typed: Option<String>,
    pub(crate) start: Option<String>,
    pub(crate) start_typed: Option<String>,
    pub(crate) end: Option<String>,
    pub(crate) end_typed: Option<String>,
    pub(crate) registered_at: Option<String>,
    pub(crate) registered_at_typed: Option<String>,
    pub(crate) reason: Option<String>,
    #[serde(default)]
    pub(crate) findings: Vec<RowFinding>,
    #[serde(default)]
    pub(crate) others: Vec<Other>,
    #[serde(default)]
    pub(crate) carried: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowFinding {
    pub(crate) code: String,
    pub(crate) severity: String,
    pub(crate) cell: Option<String>,
    pub(crate) column: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) title: String,
    pub(crate) what: String,
    pub(crate) why: String,
    pub(crate) proposal: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Other {
    pub(crate) whose: String,
    pub(crate) row: Option<u64>,
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) registered_at: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Totals {
    pub(crate) rows: u64,
    pub(crate) outcomes: States,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Search {
    pub(crate) row: u64,
    pub(crate) fin: String,
    pub(crate) year: i32,
    pub(crate) start: Option<String>,
    pub(crate) end: Option<String>,
    pub(crate) verdict: String,
    pub(crate) entries: Vec<Entry>,
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) registered_at: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchSummary {
    pub(crate) free: u64,
    pub(crate) taken: u64,
    pub(crate) unknown: u64,
    pub(crate) reads: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registered {
    pub(crate) profile: String,
    pub(crate) username: String,
    pub(crate) security_code: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    pub(crate) profile: String,
    pub(crate) username: String,
    pub(crate) password_stored: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Logout {
    pub(crate) profile: String,
    pub(crate) security_code_forgotten: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Status {
    pub(crate) profile: String,
    pub(crate) url: String,
    pub(crate) username: Option<String>,
    pub(crate) participant: String,
    pub(crate) password_stored: bool,
    pub(crate) security_code_stored: bool,
    pub(crate) security_code: Option<String>,
    pub(crate) token_usable: bool,
    pub(crate) token_expires_at: Option<String>,
    pub(crate) login_rejected_at: Option<String>,
    pub(crate) registration_pending_since: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Usage {
    pub(crate) profile: String,
    pub(crate) origin: String,
    pub(crate) month: String,
    pub(crate) job: Option<u64>,
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) unknown_reads: u64,
    pub(crate) unknown_writes: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finding {
    pub(crate) what: String,
    pub(crate) health: String,
    pub(crate) detail: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Demo {
    pub(crate) entries: u64,
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) token_requests: u64,
}
