//! `cargo xtask pages`: HTML pages in a real browser. They must draw, say nothing on
//! the console, and ask the network for nothing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::args::Args;
use crate::browser::{Browser, Noticed};
use crate::failure::{Failure, Naming as _, Outcome};
use crate::workspace::Workspace;

/// A page with every fault that this task looks for: were none of them noticed, the
/// silence about the other pages would mean nothing.
const CONTROL: &str = "<!doctype html><title>control</title>\
    <img src=\"http://control.example.test/picture.png\">\
    <script>undefinedFunction();</script>";

/// Looks at the pages that are named.
pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let mut pages = Vec::new();
    while let Some(page) = args.position() {
        pages.push(PathBuf::from(page));
    }
    args.finish()?;
    if pages.is_empty() {
        return Err(Failure::new("which pages?")
            .with_remedy("cargo xtask pages FILE.html …; pictures go to target/pages"));
    }
    let browser = Browser::provide(workspace)?;
    control(workspace, &browser)?;
    let mut faults = Vec::new();
    for page in &pages {
        let stem = page.file_stem().unwrap_or(page.as_os_str());
        let picture = browser.folder().join(stem).with_extension("png");
        println!("   {} → {}", page.display(), picture.display());
        let noticed = browser.look(workspace, page, &picture, (1200, 1600))?;
        faults.extend(told(page, &noticed));
    }
    judge(&faults)
}

fn control(workspace: &Workspace, browser: &Browser) -> Outcome {
    let page = browser.folder().join("control.html");
    fs::write(&page, CONTROL).naming(page.display())?;
    let picture = page.with_extension("png");
    let noticed = browser.look(workspace, &page, &picture, (400, 300))?;
    if noticed.console.is_empty() || noticed.requests.is_empty() {
        return Err(Failure::new(format!(
            "the browser did not notice the planted faults of the control page: {noticed:?}"
        )));
    }
    Ok(())
}

fn told(page: &Path, noticed: &Noticed) -> Vec<String> {
    let page = page.display();
    let console = noticed
        .console
        .iter()
        .map(|message| format!("{page} says on the console: {message}"));
    let requests = noticed
        .requests
        .iter()
        .map(|address| format!("{page} asks the network for {address}"));
    console.chain(requests).collect()
}

fn judge(faults: &[String]) -> Outcome {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(faults.join("\n  "))
            .with_remedy("a page carries all that it needs and runs without a message"))
    }
}
