//! `finkit finfo …`: one module per subject.

mod account;
mod call;
mod export;
mod look_up;
mod media;
mod operations;
mod progress;
mod read;
mod row;
mod status;
mod sync;
mod verify;

use crate::args::finfo::{Finfo, MediaCommand};
use crate::context::Context;
use crate::failure::Outcome;

/// Whether a command has a CSV form.
pub(crate) fn has_csv(command: &Finfo) -> bool {
    matches!(
        command,
        Finfo::Suppliers | Finfo::Sync(_) | Finfo::Find(_) | Finfo::Changes(_)
    )
}

/// Runs a command of `finkit finfo`.
pub(crate) fn run(context: &mut Context, command: &Finfo) -> Outcome {
    match command {
        Finfo::Login(args) => account::login(context, args),
        Finfo::Logout => account::logout(context),
        Finfo::Status => status::run(context),
        Finfo::Suppliers => look_up::suppliers(context),
        Finfo::Article(args) => look_up::article(context, args),
        Finfo::Media(args) => match &args.command {
            Some(MediaCommand::Sync(args)) => media::sync(context, args),
            None => look_up::media(context, &args.look_up),
        },
        Finfo::Sync(args) => sync::run(context, args),
        Finfo::Verify(args) => verify::run(context, args),
        Finfo::Find(args) => read::find(context, args),
        Finfo::Show(args) => read::show(context, args),
        Finfo::Changes(args) => read::changes(context, args),
        Finfo::Export(args) => export::run(context, args),
        Finfo::Operations(args) => operations::run(context, args),
        Finfo::Call(args) => call::run(context, args),
        Finfo::Contract(command) => operations::contract(context, command),
    }
}
