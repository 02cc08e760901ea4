//! Looks at a page with a real browser: what it draws, what it says on the console,
//! and what it asks the network for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use crate::debian;
use crate::failure::{Failure, Naming as _, Outcome};
use crate::workspace::Workspace;

/// Switches that keep the browser to the page: no window, no services of its own.
const QUIET: [&str; 14] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--enable-logging=stderr",
    "--virtual-time-budget=5000",
    // Nothing leaves the machine, neither the page's requests nor the browser's own.
    "--host-resolver-rules=MAP * ~NOTFOUND",
];

/// What the browser noticed about a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Noticed {
    /// Messages on the console, violations of the page's own policy among them.
    pub(crate) console: Vec<String>,
    /// Addresses that the page asked for.
    pub(crate) requests: Vec<String>,
}

/// A headless browser.
#[derive(Debug)]
pub(crate) struct Browser {
    program: PathBuf,
    folder: PathBuf,
}

impl Browser {
    /// Finds Chromium, or installs it where that may be done unasked.
    pub(crate) fn provide(workspace: &Workspace) -> Outcome<Self> {
        let program = debian::provide(workspace, "chromium", "chromium")?;
        let folder = workspace.target().join("pages");
        fs::create_dir_all(&folder).naming(folder.display())?;
        Ok(Self { program, folder })
    }

    /// The folder of its traces below the target folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Opens `page` in a window of this size and writes what it draws to `picture`.
    pub(crate) fn look(
        &self,
        workspace: &Workspace,
        page: &Path,
        picture: &Path,
        (width, height): (u32, u32),
    ) -> Outcome<Noticed> {
        let profile = self.folder.join("profile");
        let net_log = self.folder.join("network.json");
        if profile.exists() {
            fs::remove_dir_all(&profile).naming(profile.display())?;
        }
        let page = page.canonicalize().naming(page.display())?;
        let with = |name: &str, path: &Path| format!("--{name}={}", path.display());
        let done = workspace
            .tool(&self.program)
            .args(QUIET)
            .arg(with("user-data-dir", &profile))
            .arg(with("log-net-log", &net_log))
            .arg(with("screenshot", picture))
            .arg(format!("--window-size={width},{height}"))
            .arg(format!("file://{}", page.display()))
            .stdin(Stdio::null())
            .output()
            .naming("cannot start the browser")?;
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        if !done.status.success() || !picture.is_file() {
            return Err(Failure::new(format!(
                "the browser ended with {} and {} picture\n{said}",
                done.status,
                if picture.is_file() { "a" } else { "no" }
            )));
        }
        let log = fs::read_to_string(&net_log).naming(net_log.display())?;
        Ok(Noticed {
            console: console(&said),
            requests: requests(&log)?,
        })
    }
}

/// The console's messages in the browser's log.
fn console(log: &str) -> Vec<String> {
    log.lines()
        .filter_map(|line| line.split_once(":CONSOLE"))
        .map(|(_, message)| match message.split_once("] ") {
            Some((_, text)) => text.to_owned(),
            None => message.to_owned(),
        })
        .collect()
}

/// The page's own requests in a network log.
///
/// What the browser asks for by itself has no origin that caused it.
fn requests(log: &str) -> Outcome<Vec<String>> {
    // A browser that ends in a hurry leaves the list of events open.
    let value: Value = serde_json::from_str(log)
        .or_else(|_| serde_json::from_str(&format!("{}]}}", log.trim_end().trim_end_matches(','))))
        .naming("the browser's network log is not JSON")?;
    let start = value["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"].clone();
    let events = value["events"]
        .as_array()
        .filter(|_| start.is_number())
        .ok_or_else(|| Failure::new("the browser's network log has another form than expected"))?;
    Ok(events
        .iter()
        .filter(|event| event["type"] == start)
        .map(|event| &event["params"])
        .filter(|about| {
            about["initiator"]
                .as_str()
                .is_some_and(|origin| origin != "not an origin")
        })
        .filter_map(|about| about["url"].as_str().map(str::to_owned))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn console_messages_are_picked_out_of_the_log() {
        let log = "DevTools listening\n\
                   [1:1:1121/190626.79:INFO:CONSOLE:1] \"Uncaught TypeError\", source: file:///p (1)\n\
                   5858 bytes written to file p.png\n";
        assert_eq!(
            console(log),
            ["\"Uncaught TypeError\", source: file:///p (1)"]
        );
    }

    #[test]
    fn the_pages_requests_are_told_from_the_browsers() {
        let log = r#"{"constants":{"logEventTypes":{"URL_REQUEST_START_JOB":7}},"events":[
            {"type":7,"params":{"initiator":"not an origin","url":"https://own.example/"}},
            {"type":7,"params":{"initiator":"null","url":"https://cdn.example/a.css"}},
            {"type":8,"params":{"initiator":"null","url":"https://other.example/"}},
            {"type":7},"#;
        assert_eq!(requests(log).unwrap(), ["https://cdn.example/a.css"]);
        assert!(requests("{}").is_err());
        assert!(requests("no JSON").is_err());
    }
}
