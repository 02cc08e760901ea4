//! `cargo xtask pages`: HTML pages in a real browser. They must draw, say nothing on
//! the console, and ask the network for nothing.
//!
//! Without names it makes the sample reports, looks for everything that a person
//! could stumble over in them (contrast, headings, width, sorting, foreign markup),
//! and takes the pictures of the documentation.

mod devtools;
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};

use crate::args::Args;
use crate::browser::{Browser, Noticed};
use crate::failure::{Failure, Naming as _, Outcome};
use crate::run;
use crate::workspace::Workspace;

use devtools::{Devtools, View};

/// A page with every fault that this task looks for: were none of them noticed, the
/// silence about the other pages would mean nothing.
const CONTROL: &str = "<!doctype html><title>control</title>\
    <img src=\"http://control.example.test/picture.png\">\
    <script>undefinedFunction();</script>";

/// A page that breaks what the inspection asks for.
const STUMBLING: &str = "<!doctype html><h3 id=a>skips</h3><p id=a style=\"color:#999\" onclick=\"\">pale</p>\
    <div style=\"width:3000px\">wide</div><table><tr><td>no caption</table>";

/// What the inspection must say about [`STUMBLING`].
const STUMBLES: [&str; 7] = [
    "occurs twice",
    "skips a level",
    "without a caption",
    "no language",
    "attribute onclick",
    "wider than the window",
    "contrast",
];

/// The inspection, evaluated on each page.
const INSPECT: &str = include_str!("pages/inspect.js");

const DESK: View = View {
    width: 1200,
    height: 1000,
    dark: false,
    print: false,
};
const NIGHT: View = View { dark: true, ..DESK };
const PHONE: View = View {
    width: 360,
    height: 740,
    dark: false,
    print: false,
};
const TERMINAL: View = View {
    width: 900,
    height: 200,
    dark: true,
    print: false,
};
const PAPER: View = View {
    width: 720,
    height: 1000,
    dark: false,
    print: true,
};

/// The pictures of the documentation: sample page, view, name, greatest height.
const PICTURES: [(&str, View, &str, f64); 7] = [
    ("check-de", DESK, "report-check-de", 1900.0),
    ("check-en", DESK, "report-check-en", 1900.0),
    ("submission-de", DESK, "report-submission-de", 2500.0),
    ("submission-en", DESK, "report-submission-en", 2500.0),
    ("submission-de", NIGHT, "report-submission-dark", 1900.0),
    ("submission-de", PHONE, "report-submission-phone", 1900.0),
    ("submission-de", PAPER, "report-submission-print", 2000.0),
];

/// The sample workbook of this repository, by folder and name.
const LIST: (&str, &str) = ("tests/data/lists", "fuhrpark-2026.xlsx");

/// The program at work on the sample list: language and name of the picture.
const TERMINALS: [(&str, &str); 2] = [("de", "terminal-check-de"), ("en", "terminal-check-en")];

/// Looks at the pages that are named, or at the sample reports.
pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let mut pages = Vec::new();
    while let Some(page) = args.position() {
        pages.push(PathBuf::from(page));
    }
    let check = args.flag("--check");
    args.finish()?;
    let browser = Browser::provide(workspace)?;
    control(workspace, &browser)?;
    if pages.is_empty() {
        return samples(workspace, &browser, check);
    }
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

/// Makes the sample reports, inspects each in every view, and takes the pictures;
/// with `check` they stay in the target folder.
fn samples(workspace: &Workspace, browser: &Browser, check: bool) -> Outcome {
    let folder = browser.folder().join("sample");
    let example = [
        "--quiet",
        "--package",
        "finkit-tables",
        "--example",
        "sample_report",
        "--",
    ];
    run::run(workspace.cargo("run", &example).arg(&folder))?;
    let finkit = workspace.program(false)?;
    let list = workspace.path(LIST.0).join(LIST.1);
    let report = folder.join("program.html");
    let done = run::status(
        workspace
            .tool(&finkit)
            .args(["--quiet", "fincheck", "check"])
            .arg(&list)
            .arg("--report")
            .arg(&report)
            .arg("--overwrite"),
    )?;
    if !report.is_file() {
        return Err(Failure::new(format!(
            "finkit ended with {done} and wrote no report"
        )));
    }
    let mut pages: Vec<PathBuf> = fs::read_dir(&folder)
        .naming(folder.display())?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "html"))
        .collect();
    pages.sort();
    let program = run::find("chromium").ok_or_else(|| Failure::new("chromium is gone"))?;
    let mut tools = Devtools::start(workspace, &program, browser.folder())?;
    stumbles(&mut tools, browser.folder())?;
    let mut faults = Vec::new();
    for page in &pages {
        println!("   {}", page.display());
        let picture = browser.folder().join("first.png");
        let noticed = browser.look(workspace, page, &picture, (1200, 1600))?;
        faults.extend(told(page, &noticed));
        for view in [DESK, NIGHT, PHONE, PAPER] {
            tools.open(page, view)?;
            let found = sentences(&tools.evaluate(INSPECT)?)?;
            let noticed = tools.noticed();
            faults.extend(
                found
                    .into_iter()
                    .chain(noticed)
                    .map(|fault| format!("{} in {view:?}: {fault}", page.display())),
            );
        }
        // Once more, since the inspection has sorted and opened things.
        tools.open(page, PAPER)?;
        let paper = tools.print()?;
        if !paper.starts_with(b"%PDF") {
            faults.push(format!("{} does not print", page.display()));
        }
        let paper_name = page.with_extension("pdf");
        fs::write(&paper_name, paper).naming(paper_name.display())?;
    }
    let gallery = match check {
        true => browser.folder().join("img"),
        false => workspace.path("docs/img"),
    };
    fs::create_dir_all(&gallery).naming(gallery.display())?;
    for (sample, view, name, most) in PICTURES {
        tools.open(&folder.join(sample).with_extension("html"), view)?;
        let picture = gallery.join(name).with_extension("png");
        fs::write(&picture, tools.picture(view.width, most)?).naming(picture.display())?;
        println!("   {}", picture.display());
    }
    for (lang, name) in TERMINALS {
        let typed = ["--lang", lang, "fincheck", "check", LIST.1];
        let shown = terminal::page(workspace, &workspace.path(LIST.0), &finkit, &typed)?;
        let page = browser.folder().join(name).with_extension("html");
        fs::write(&page, shown).naming(page.display())?;
        tools.open(&page, TERMINAL)?;
        let picture = gallery.join(name).with_extension("png");
        let drawn = tools.picture(TERMINAL.width, 2400.0)?;
        fs::write(&picture, drawn).naming(picture.display())?;
        println!("   {}", picture.display());
    }
    judge(&faults)
}

/// The inspection must notice what it looks for.
fn stumbles(tools: &mut Devtools, folder: &Path) -> Outcome {
    let page = folder.join("stumbling.html");
    fs::write(&page, STUMBLING).naming(page.display())?;
    tools.open(&page, DESK)?;
    let found = sentences(&tools.evaluate(INSPECT)?)?;
    match STUMBLES
        .iter()
        .find(|stumble| !found.iter().any(|fault| fault.contains(**stumble)))
    {
        None => Ok(()),
        Some(missed) => Err(Failure::new(format!(
            "the inspection did not notice the planted fault `{missed}`: {found:?}"
        ))),
    }
}

fn sentences(value: &serde_json::Value) -> Outcome<Vec<String>> {
    value
        .as_array()
        .map(|list| {
            list.iter()
                .map(|text| text.as_str().unwrap_or("?").to_owned())
                .collect()
        })
        .ok_or_else(|| Failure::new(format!("the inspection answered {value}")))
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
