//! Support for the end-to-end tests of the built program: a home of its own, a clean environment,
//! and the service on loopback.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Path of the program under test.
///
/// `FINKIT_BIN` names it; without that it is built first, so that a test never runs an old one.
///
/// # Panics
/// When the program can't be built.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(path) = std::env::var_os("FINKIT_BIN") {
            return path.into();
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["build", "--quiet", "--package", "finkit"])
            .current_dir(repository())
            .status()
            .expect("cargo runs");
        assert!(status.success(), "the program can't be built");
        let mut folder = std::env::current_exe().expect("the test has a path");
        folder.pop();
        if folder.ends_with("deps") {
            folder.pop();
        }
        folder.join("finkit")
    })
}

/// Root of the repository.
///
/// # Panics
/// Never: this package lies in a folder of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in a folder")
}

/// A file of the test data.
pub fn data(name: &str) -> PathBuf {
    repository().join("tests/data").join(name)
}

/// One installation of the program with a home of its own.
#[derive(Debug)]
pub struct Finkit {
    home: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a run of the program left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Finkit {
    /// An empty home.
    ///
    /// # Panics
    /// When no folder can be made.
    #[expect(clippy::new_without_default, reason = "making a folder is no default")]
    pub fn new() -> Self {
        let home = tempfile::Builder::new()
            .prefix("finkit-test-")
            .tempdir()
            .expect("a folder");
        Self {
            home,
            variables: Vec::new(),
        }
    }

    /// The folder of settings and state.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Sets a variable for all runs from here on.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The program with arguments, in a clean environment.
    pub fn command<I, S>(&self, arguments: I) -> Command
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .env_clear()
            .env("FINKIT_HOME", self.home())
            .env("FINKIT_LANG", "en")
            .env("LANG", "C.UTF-8")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(
                self.variables
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_str())),
            )
            .current_dir(repository())
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    ///
    /// # Panics
    /// When the program can't be started.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// Runs the program with text on its standard input.
    ///
    /// # Panics
    /// When the program can't be started.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // A program that doesn't read its input closes the pipe; that is no fault of the test.
        let _ = child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(input.as_bytes());
        let output = child.wait_with_output().expect("the program ends");
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// Checks the exit code and returns the run.
    ///
    /// # Panics
    /// When the code is another one; the whole output is shown.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "exit code\n--- standard output\n{}\n--- standard error\n{}",
            self.out, self.err
        );
        self
    }

    /// The JSON Lines of standard output.
    ///
    /// # Panics
    /// When a line is not JSON.
    pub fn json(&self) -> Vec<serde_json::Value> {
        self.out
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect()
    }
}
