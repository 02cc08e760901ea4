//! The ledger of this installation, and what its errors mean for the exit code.

use std::sync::Arc;

use finkit_fincheck::submission::{
    Account, LedgerErrorKind, Submission, SubmissionError, SubmissionErrorKind,
};
use finkit_store::SqliteLedger;
use finkit_transport::Origin;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::home::Home;

/// Opens the ledger, or makes one.
pub(crate) fn open(context: &Context) -> Outcome<Submission> {
    Home::private_folder(context.settings.home.state_folder())?;
    let path = context.settings.home.ledger_file();
    let ledger = SqliteLedger::open(&path).map_err(|error| {
        Failure::local(format!("the ledger {} can't be used; nothing was sent", path.display()))
            .caused_by(error)
            .hint("`finkit doctor` looks at it; without a ledger nothing is sent, because nothing could be written down")
    })?;
    Submission::new(ledger, Arc::clone(&context.clock)).map_err(failure)
}

/// Whose entries are meant: those of this profile at this service.
pub(crate) fn account(context: &Context, origin: &Origin) -> Account {
    Account {
        profile: context.settings.profile.clone(),
        origin: origin.to_string(),
    }
}

/// The exit code of a failed submission, and what helps.
pub(crate) fn failure(error: SubmissionError) -> Failure {
    let owned = error.owner().is_some();
    let (exit, hint) = match error.kind() {
        SubmissionErrorKind::Ledger(LedgerErrorKind::NoSuchJob) => {
            (Exit::Usage, "`finkit fincheck jobs` lists them")
        }
        SubmissionErrorKind::Ledger(kind) => (
            Exit::LocalState,
            match kind {
                LedgerErrorKind::Owned if owned => {
                    "let it end, or end that process; then `finkit fincheck resume` goes on"
                }
                LedgerErrorKind::Full => {
                    "make space on the disk, then `finkit fincheck resume`: nothing was sent that is not written down"
                }
                LedgerErrorKind::ReadOnly => {
                    "make the ledger writable for you, then `finkit fincheck resume`"
                }
                LedgerErrorKind::Busy => "another run writes to the ledger; try again in a moment",
                LedgerErrorKind::Newer => "a newer finkit wrote this ledger; update this one",
                LedgerErrorKind::NetworkFileSystem => {
                    "set FINKIT_HOME to a folder on this machine's own disk"
                }
                _ => "`finkit doctor` looks at the ledger",
            },
        ),
        SubmissionErrorKind::AtomicTooLarge => (
            Exit::Usage,
            "the service knows all-or-nothing only within one request: raise --batch-records, split the list, or leave --atomic out",
        ),
        SubmissionErrorKind::AtomicIncomplete => (
            Exit::Usage,
            "correct or remove those rows, or leave --atomic out",
        ),
        SubmissionErrorKind::NotAllowed => (
            Exit::Usage,
            "choose the profile of an account that may enter",
        ),
        SubmissionErrorKind::List => (Exit::Usage, "look at the list; nothing was sent"),
        _ => (Exit::LocalState, "`finkit doctor` looks at the ledger"),
    };
    let message = error.to_string();
    let failure = Failure::new(exit, message).hint(hint);
    match std::error::Error::source(&error) {
        Some(cause) => failure.caused_by(cause.to_string()),
        None => failure,
    }
}
