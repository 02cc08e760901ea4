//! A browser that takes commands: over a pipe, with the protocol of its developer
//! tools (<https://chromedevtools.github.io/devtools-protocol/>).
//!
//! For what a single picture cannot show: other widths and media, clicks, and what
//! the finished page says about itself.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::failure::{Failure, Naming as _, Outcome};
use crate::workspace::Workspace;

/// The browser takes commands at descriptor 3 and answers at descriptor 4; a shell
/// puts our pipes there.
const THROUGH_PIPES: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null 1>&2"#;

const SWITCHES: [&str; 14] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
];

/// How long any answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a page looks like from outside: the window and the medium.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) dark: bool,
    pub(super) print: bool,
}

/// One browser with one page.
#[derive(Debug)]
pub(super) struct Devtools {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: Option<String>,
    last: u64,
    /// Events that came while an answer was awaited.
    events: Vec<Value>,
}

impl Devtools {
    /// Starts the browser with an empty profile and opens an empty page.
    pub(super) fn start(workspace: &Workspace, program: &Path, folder: &Path) -> Outcome<Self> {
        let profile = folder.join("devtools-profile");
        if profile.exists() {
            std::fs::remove_dir_all(&profile).naming(profile.display())?;
        }
        let log = folder.join("devtools.log");
        let mut child = workspace
            .tool("sh")
            .arg("-c")
            .arg(THROUGH_PIPES)
            .arg(program)
            .args(SWITCHES)
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).naming(log.display())?)
            .spawn()
            .naming("cannot start the browser")?;
        let (Some(to), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::new("the browser has no pipes"));
        };
        let (sender, from) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(answers).split(0).map_while(Result::ok) {
                let Ok(value) = serde_json::from_slice(&message) else {
                    return;
                };
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        let mut tools = Self {
            child,
            to,
            from,
            session: None,
            last: 0,
            events: Vec::new(),
        };
        let target = tools.call("Target.createTarget", json!({ "url": "about:blank" }))?;
        let attached = tools.call(
            "Target.attachToTarget",
            json!({ "targetId": target["targetId"], "flatten": true }),
        )?;
        tools.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tools.call(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(tools)
    }

    /// Opens a page in a view and waits until it is loaded.
    pub(super) fn open(&mut self, page: &Path, view: View) -> Outcome {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": view.width, "height": view.height, "deviceScaleFactor": 1, "mobile": false
            }),
        )?;
        let scheme = if view.dark { "dark" } else { "light" };
        self.call(
            "Emulation.setEmulatedMedia",
            json!({
                "media": if view.print { "print" } else { "screen" },
                "features": [{ "name": "prefers-color-scheme", "value": scheme }],
            }),
        )?;
        self.events.clear();
        let page = page.canonicalize().naming(page.display())?;
        self.call(
            "Page.navigate",
            json!({ "url": format!("file://{}", page.display()) }),
        )?;
        while !self
            .events
            .iter()
            .any(|event| event["method"] == "Page.loadEventFired")
        {
            let event = self.receive()?;
            self.events.push(event);
        }
        Ok(())
    }

    /// The value of an expression on the page; a promise is awaited.
    pub(super) fn evaluate(&mut self, expression: &str) -> Outcome<Value> {
        let answer = self.call(
            "Runtime.evaluate",
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        )?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(Failure::new(format!("the page's script failed: {details}"))),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// A picture of the page from its top, no higher than `most`.
    pub(super) fn picture(&mut self, width: u32, most: f64) -> Outcome<Vec<u8>> {
        let metrics = self.call("Page.getLayoutMetrics", json!({}))?;
        let height = metrics["cssContentSize"]["height"]
            .as_f64()
            .unwrap_or(most)
            .min(most);
        let answer = self.call(
            "Page.captureScreenshot",
            json!({
                "format": "png",
                "captureBeyondViewport": true,
                "clip": { "x": 0, "y": 0, "width": width, "height": height, "scale": 1 },
            }),
        )?;
        decoded(&answer)
    }

    /// The page as it is printed.
    pub(super) fn print(&mut self) -> Outcome<Vec<u8>> {
        let options = json!({ "printBackground": false, "preferCSSPageSize": true,
            "paperWidth": 8.27, "paperHeight": 11.69 });
        let answer = self.call("Page.printToPDF", options)?;
        decoded(&answer)
    }

    /// What the page said on the console and asked the network for, since it was opened.
    pub(super) fn noticed(&mut self) -> Vec<String> {
        let mut noticed = Vec::new();
        let mut own = true;
        for event in &self.events {
            let about = &event["params"];
            match event["method"].as_str() {
                Some("Runtime.consoleAPICalled") => {
                    noticed.push(format!("console: {}", about["args"]));
                }
                Some("Runtime.exceptionThrown") => {
                    noticed.push(format!("exception: {}", about["exceptionDetails"]));
                }
                Some("Log.entryAdded") => noticed.push(format!("log: {}", about["entry"]["text"])),
                // The first request is for the page itself.
                Some("Network.requestWillBeSent") if !std::mem::replace(&mut own, false) => {
                    noticed.push(format!("request: {}", about["request"]["url"]));
                }
                _ => {}
            }
        }
        noticed
    }

    fn call(&mut self, method: &str, params: Value) -> Outcome<Value> {
        self.last += 1;
        let id = self.last;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to
            .write_all(&bytes)
            .naming("the browser takes no more commands")?;
        loop {
            let answer = self.receive()?;
            if answer["id"] != id {
                self.events.push(answer);
            } else if let Some(error) = answer.get("error") {
                return Err(Failure::new(format!(
                    "the browser refused {method}: {error}"
                )));
            } else {
                return Ok(answer["result"].clone());
            }
        }
    }

    fn receive(&mut self) -> Outcome<Value> {
        self.from
            .recv_timeout(PATIENCE)
            .naming("the browser does not answer; its log is target/pages/devtools.log")
    }
}

impl Drop for Devtools {
    fn drop(&mut self) {
        self.session = None;
        let closed = self.call("Browser.close", json!({}));
        if closed.is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

fn decoded(answer: &Value) -> Outcome<Vec<u8>> {
    let data = answer["data"].as_str().unwrap_or_default();
    base64::engine::general_purpose::STANDARD
        .decode(data)
        .naming("the browser's picture cannot be read")
}
