//! FINcheck and Finfo on loopback, for trying and for tests, with switchable faults.
//!
//! ```
//! use finkit_core::Participant;
//! use finkit_sandbox::Sandbox;
//! use finkit_sandbox::fault::{Fault, FaultRule};
//! use std::io::{Read as _, Write as _};
//!
//! // The third request to /search is executed, and its answer is lost.
//! let rule = FaultRule::nth(3, Fault::close_after()).path("/search");
//! let sandbox = Sandbox::builder().faults(rule).with_demo_data().start_blocking()?;
//! let security_code = sandbox.enrol(Participant::Standard, "acme", "s3cret-Pass")?;
//!
//! let form = "username=acme&password=s3cret-Pass";
//! let mut stream = std::net::TcpStream::connect(sandbox.address())?;
//! write!(
//!     stream,
//!     "POST /token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
//!      Content-Length: {}\r\nConnection: close\r\n\r\n{form}",
//!     form.len()
//! )?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer)?;
//! assert!(answer.contains("access_token"));
//! assert_eq!(sandbox.token_requests(), 1);
//! assert_eq!(sandbox.entry_count()?, 12);
//! # assert_eq!(security_code.len(), 32);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The parts
//!
//! * [`Sandbox`] is the service with its state in SQLite; [`Running`] looks at what it holds and what came in.
//! * [`fincheck`] says what it does, and what it had to assume.
//! * [`finfo`] is the other service: tokens, suppliers, articles and pictures, with a memory of what changed when.
//! * [`fault`] describes what can go wrong on the wire, as data and as text (`close-after:every=7`).
//! * [`front`] is the server below: any handler behind the same faults.
//!
//! # What it does not do
//!
//! It serves loopback only, speaks HTTP/1.1 without TLS, and is no measure of what the real service answers where its guide is silent.

mod clock;
pub mod fault;
pub mod fincheck;
pub mod finfo;
pub mod front;
mod running;
mod sandbox;

pub use running::{Running, Summary};
pub use sandbox::{Sandbox, SandboxBuilder, SandboxError};
