//! `finkit finfo call`: an operation of Finfo's document or any path, authorised and paged, as JSON Lines.

use std::fs::File;
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

use finkit_finfo::operations::Operations;
use finkit_finfo::{Client, PageEvent, PageOptions, Pages, Query};

use super::operations::{document, find};
use crate::args::finfo::Call;
use crate::commands::runner::interrupted;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::finfo::connect::Connection;
use crate::finfo::failure::from_finfo;
use crate::finfo::output::row_line;
use crate::output::Output;
use crate::texts;

/// Runs the command. Rows are printed as they came, one to a line, whatever `--format` says.
pub(crate) fn run(context: &Context, args: &Call) -> Outcome {
    if args.path.contains("://") {
        return Err(Failure::usage("that is an address; nothing was sent").hint(
            "write a path below the service's address, as /v2.2/article: the token goes nowhere else",
        ));
    }
    let ahead = context.settings.finfo.pages_ahead;
    if let Some(operations) = operations(context, &args.path)? {
        return operation(context, args, &operations);
    }
    let client = Connection::of(context)?.client(context, ahead)?;
    let runtime = Context::runtime()?;
    let output = &context.output;
    if !args.all {
        let parameters: Vec<(&str, &str)> = args
            .parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let answer = runtime
            .block_on(client.get(&args.path, &parameters))
            .map_err(|error| from_finfo(error, "the call failed"))?;
        for record in answer.records() {
            output.data(&row_line(record.json()))?;
        }
        return Ok(exit(answer.page().is_empty()));
    }
    let rows = runtime.block_on(async {
        tokio::select! {
            rows = all(&client, args, ahead) => Some(rows),
            () = interrupted() => None,
        }
    });
    finish(context, rows)
}

/// Prints what was kept, if nobody interrupted.
fn finish(context: &Context, rows: Option<Outcome<(File, u64)>>) -> Outcome {
    let output = &context.output;
    let Some(rows) = rows else {
        output.warn(texts::finfo::interrupted(output.lang));
        return Ok(Exit::Interrupted);
    };
    let (mut file, count) = rows?;
    copy(&mut file)?;
    Ok(exit(count == 0))
}

/// The document, unless a path is asked for: that begins with a slash, or has one and no document is stored.
fn operations(context: &Context, name: &str) -> Outcome<Option<Operations>> {
    if name.starts_with('/') {
        return Ok(None);
    }
    match document(context, None) {
        Err(_) if name.contains('/') => Ok(None),
        found => found.map(Some),
    }
}

/// Calls an operation of the document; its parameters are checked before anything is sent.
fn operation(context: &Context, args: &Call, operations: &Operations) -> Outcome {
    let operation = find(operations, &args.path)?;
    let request = if args.all {
        operation.request_all(&args.parameters)
    } else {
        operation.request(&args.parameters)
    };
    let request = request.map_err(|error| {
        Failure::usage("the request does not fit the document; nothing was sent")
            .caused_by(error)
            .hint(format!(
                "`finkit finfo operations {}` shows the parameters; `finkit finfo call {}` with the path sends what you write",
                operation.id(),
                operation.path()
            ))
    })?;
    let ahead = context.settings.finfo.pages_ahead;
    let client = Connection::of(context)?.client(context, ahead)?;
    let runtime = Context::runtime()?;
    let options = PageOptions::default()
        .page_size(args.page_size)
        .ahead(ahead);
    if let Some(pages) = client.pages_of_request(&request, options) {
        let rows = runtime.block_on(async {
            tokio::select! {
                rows = spooled(pages) => Some(rows),
                () = interrupted() => None,
            }
        });
        return finish(context, rows);
    }
    let rows = runtime
        .block_on(client.send(&request))
        .map_err(|error| from_finfo(error, "the call failed"))?;
    for row in rows.json() {
        context.output.data(&row_line(row))?;
    }
    Ok(exit(rows.is_empty()))
}

/// No data is a finding.
fn exit(nothing: bool) -> Exit {
    if nothing { Exit::Findings } else { Exit::Done }
}

/// All rows in a file without a name: a list that moves is read again, so nothing is printed before it is whole.
async fn all(client: &Client, args: &Call, ahead: usize) -> Outcome<(File, u64)> {
    let mut query = Query::new();
    for (name, value) in &args.parameters {
        query = query.with(name, value);
    }
    let options = PageOptions::default()
        .page_size(args.page_size)
        .ahead(ahead);
    let failed = |error| from_finfo(error, "the call failed");
    let pages = client
        .pages_of(&args.path, query, options)
        .map_err(failed)?;
    spooled(pages).await
}

/// The rows of all pages in a file without a name.
async fn spooled(mut pages: Pages) -> Outcome<(File, u64)> {
    let failed = |error| from_finfo(error, "the call failed");
    let mut spool = BufWriter::new(tempfile::tempfile().map_err(unspooled)?);
    let mut count = 0;
    while let Some(event) = pages.next().await {
        match event.map_err(failed)? {
            PageEvent::Page(page) => {
                for record in page.records() {
                    spool
                        .write_all(row_line(record.json()).as_bytes())
                        .map_err(unspooled)?;
                    count += 1;
                }
            }
            PageEvent::Again { .. } => {
                spool.rewind().map_err(unspooled)?;
                spool.get_ref().set_len(0).map_err(unspooled)?;
                count = 0;
            }
            _ => {}
        }
    }
    let file = spool
        .into_inner()
        .map_err(|error| unspooled(error.into_error()))?;
    Ok((file, count))
}

fn unspooled(error: std::io::Error) -> Failure {
    Failure::local("the rows can't be kept until all are there")
        .caused_by(error)
        .hint("make space in the folder for temporary files (TMPDIR)")
}

/// The file to standard output.
fn copy(file: &mut File) -> Outcome<()> {
    file.seek(SeekFrom::Start(0)).map_err(unspooled)?;
    let mut out = std::io::stdout().lock();
    let mut piece = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut piece).map_err(unspooled)?;
        if read == 0 {
            return out.flush().map_err(Output::gone);
        }
        out.write_all(&piece[..read]).map_err(Output::gone)?;
    }
}
