//! `finkit finfo media sync`: what is known of pictures and documents, and the files on request.

use std::path::PathBuf;

use finkit_finfo::catalogue::{AssetFilter, Dataset};
use finkit_finfo::media::{MediaEvent, MediaOptions, MediaReport};
use finkit_finfo::{ErrorKind, Mirror, Wish};
use finkit_tables::explain::{Lang, visible_line};
use finkit_transport::{Origin, PublicHttp};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use url::Url;

use super::sync::{bring, exit, mirror, not_run, options, tell};
use crate::args::finfo::MediaSync;
use crate::commands::runner::interrupted;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::finfo::catalogue::{self, host};
use crate::finfo::failure::from_finfo;
use crate::texts;

/// Runs the command.
pub(crate) fn sync(context: &Context, args: &MediaSync) -> Outcome {
    // What is wrong with the settings is told before anything is asked for.
    let files = args.download.then(|| files(context)).transpose()?;
    let mirror = mirror(context, context.settings.finfo.pages_ahead)?;
    let mut worst = Exit::Done;
    if !args.files_only {
        let wish = if args.full { Wish::Full } else { Wish::Follow };
        let options = options(context, Dataset::Media)
            .suppliers(args.supplier.iter().copied())
            .wish(wish);
        let Some(report) = bring(context, &mirror, &options)? else {
            return Ok(Exit::Interrupted);
        };
        tell(context, &report)?;
        worst = exit(&report);
    }
    if let Some(http) = files {
        let end = download(context, args, &mirror, &http)?;
        if worst == Exit::Done || end == Exit::Interrupted {
            worst = end;
        }
    }
    Ok(worst)
}

/// A way to files: public addresses, without a token, and what the settings allow besides.
fn files(context: &Context) -> Outcome<PublicHttp> {
    let mut http = PublicHttp::new();
    for text in &context.settings.finfo.media_also {
        let url = Url::parse(text).ok();
        let origin = url.and_then(|url| Origin::of(&url).ok()).ok_or_else(|| {
            Failure::usage(format!("media_also: {text:?} is no place for files"))
                .hint("write the beginning of an address, as https://pictures.example.se")
        })?;
        http = http.also(origin);
    }
    Ok(http)
}

fn folder(context: &Context, args: &MediaSync) -> PathBuf {
    let settings = &context.settings.finfo;
    args.folder
        .clone()
        .or_else(|| settings.media_folder.clone())
        .unwrap_or_else(|| catalogue::path(context).with_file_name("media"))
}

fn media_options(context: &Context, args: &MediaSync) -> MediaOptions {
    let mut filter = AssetFilter::new();
    filter.slots.clone_from(&args.slot);
    filter.content_types.clone_from(&args.types);
    let mut options = MediaOptions::new(folder(context, args))
        .suppliers(args.supplier.iter().copied())
        .filter(filter)
        .parallel(usize::from(args.parallel))
        .retry(args.retry)
        .check(args.check)
        .holder(std::process::id(), host());
    let quota = args
        .quota
        .map(|megabytes| megabytes.saturating_mul(1_000_000));
    if let Some(bytes) = quota.or(context.settings.finfo.media_quota_bytes) {
        options = options.quota(bytes);
    }
    options
}

fn download(context: &Context, args: &MediaSync, mirror: &Mirror, http: &PublicHttp) -> Outcome {
    let output = &context.output;
    let bar = bar(context);
    let observer = |event: &MediaEvent<'_>| match event {
        MediaEvent::Wanted { files } => bar.inc_length(*files as u64),
        _ => bar.inc(1),
    };
    let options = media_options(context, args);
    let report = Context::runtime()?.block_on(async {
        tokio::select! {
            report = mirror.download(http, &options, &observer) => Some(report),
            () = interrupted() => None,
        }
    });
    bar.finish_and_clear();
    let Some(report) = report else {
        output.warn(texts::finfo::interrupted(output.lang));
        return Ok(Exit::Interrupted);
    };
    let report = report.map_err(|error| match error.kind() {
        ErrorKind::Held => not_run(error),
        _ => from_finfo(error, "the files can't be fetched"),
    })?;
    say(context, args, &report)?;
    Ok(if report.quota_reached {
        Exit::Limit
    } else if report.is_complete() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

fn bar(context: &Context) -> ProgressBar {
    if !context.output.draws_progress() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar
}

#[derive(Serialize)]
struct MissLine<'a> {
    supplier: &'a str,
    article: String,
    slot: &'a str,
    url: &'a str,
    message: &'a str,
    passing: bool,
}

#[derive(Serialize)]
struct MediaLine {
    folder: String,
    fetched: u64,
    bytes: u64,
    linked: u64,
    unverified: u64,
    missed: usize,
    left_out: u64,
    quota_reached: bool,
    seconds: f64,
}

fn say(context: &Context, args: &MediaSync, report: &MediaReport) -> Outcome<()> {
    let output = &context.output;
    let lang = output.lang;
    for missed in &report.missed {
        output.json(
            "finfo-missed",
            &MissLine {
                supplier: missed.supplier.as_str(),
                article: missed.key.to_string(),
                slot: &missed.slot,
                url: &missed.url,
                message: &missed.message,
                passing: missed.passing,
            },
        )?;
        output.human(&format!(
            "{}: {} {} {}: {}",
            lang.pick("Nicht geholt", "Not fetched"),
            visible_line(&missed.key.to_string()),
            visible_line(&missed.slot),
            visible_line(&missed.url),
            visible_line(&missed.message),
        ))?;
    }
    let folder = folder(context, args).display().to_string();
    output.human(&sum(lang, report, &folder))?;
    output.json(
        "finfo-media",
        &MediaLine {
            folder,
            fetched: report.fetched,
            bytes: report.bytes,
            linked: report.linked,
            unverified: report.unverified,
            missed: report.missed.len(),
            left_out: report.left_out,
            quota_reached: report.quota_reached,
            seconds: report.elapsed.as_secs_f64(),
        },
    )
}

fn sum(lang: Lang, report: &MediaReport, folder: &str) -> String {
    let count = |number: u64| lang.count(number);
    let (fetched, bytes, linked) = (
        count(report.fetched),
        count(report.bytes),
        count(report.linked),
    );
    let missed = count(report.missed.len() as u64);
    let left_out = count(report.left_out);
    let mut text = match lang {
        Lang::De => format!(
            "{fetched} Dateien geholt ({bytes} Bytes), {linked} waren schon da, {missed} nicht zu haben, \
             {left_out} ausgelassen (--retry versucht sie wieder). Ordner: {folder}"
        ),
        Lang::En => format!(
            "{fetched} files fetched ({bytes} bytes), {linked} were there already, {missed} not to be had, \
             {left_out} left out (--retry tries them again). Folder: {folder}"
        ),
    };
    if report.quota_reached {
        text.push_str(lang.pick(
            "\nDie Grenze für alle Dateien ist erreicht: --quota hebt sie.",
            "\nThe limit for all files is reached: --quota raises it.",
        ));
    }
    text
}
