//! What can go wrong on the wire, as data: which fault ([`Fault`]), on which requests ([`FaultRule`]), in which order
//! ([`FaultPlan`]), and the text form of all three.
//!
//! How a fault is played on a socket is the matter of [`front`](crate::front).
//!
//! ```
//! use finkit_sandbox::fault::FaultPlan;
//! let plan: FaultPlan = "close-after:every=7,path=/bulk_create; status=503,retry-after=3:first=2".parse()?;
//! assert_eq!(plan.to_string(), "close-after:every=7,path=/bulk_create; status=503,retry-after=3:first=2");
//! # Ok::<(), finkit_sandbox::fault::FaultError>(())
//! ```
//!
//! # The text form
//!
//! A plan is a list of rules separated by `;`. A rule is `FAULT[,OPTION…][:SCHEDULE]`.
//!
//! | fault | what the client meets |
//! |---|---|
//! | `close-accept` | the connection closes when it is made, before a byte of it is read (counts connections, not requests) |
//! | `close-before`, `close-after` | the connection ends (FIN) instead of an answer |
//! | `reset-before`, `reset-after` | the connection is reset (RST) instead of an answer |
//! | `stall`, `stall=SECONDS` | no answer; the connection stays open until the client gives up or the seconds are over |
//! | `cut-body`, `cut-body=BYTES` | the true answer, cut after half of its body or after so many bytes |
//! | `drip`, `drip=MILLISECONDS` | the true answer, its body one byte at a time, a second (or so many milliseconds) apart |
//! | `delay=MILLISECONDS` | the true answer, late |
//! | `garbage` | 200 that says JSON and is none |
//! | `json` | 200 with JSON that means nothing here |
//! | `empty` | 200 without a body |
//! | `html` | 200 with an HTML page, as captive portals send it |
//! | `not-http` | bytes that are no HTTP |
//! | `redirect=URL` | 307, or `status=301…308`, to that address |
//! | `status=CODE` | that status with the body its sender would use (`body=plain`, `html` or `json` overrides) |
//! | `gzip-bomb`, `gzip-bomb=BYTES` | 200 whose gzip body unpacks to 1 GiB, or to so many bytes |
//!
//! Options: `after` executes the request first (default: it is never executed); `retry-after=3`, `=-5`, `=soon`,
//! `=date+3`, `=rfc850+3`, `=asctime+3` (the three date forms, seconds from now; `%2C` for a comma).
//!
//! Schedule: `every=K`, `first=N`, `nth=N` or `nth=N-M`, `from=N`, `always` (the default). Scope, all optional: `path=/create`
//! (several times: any of them), `except=/token`, `method=POST`. Each rule counts the requests in its own scope, from 1, whether or not
//! an earlier rule takes them; the first rule that is due is played.

mod bomb;
mod kind;
mod plan;
mod text;

pub(crate) use bomb::GzipBomb;
pub use kind::{ErrorBody, Fault, Kind, Moment, RetryAfter};
pub use plan::{FaultPlan, FaultRule, Schedule};
pub(crate) use plan::{PlanState, Sighting};
pub use text::FaultError;
