//! Support for the end-to-end tests of the built program: a home of its own, a clean environment,
//! and the service on loopback.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
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

/// A run of the program that is under way. It is killed when it is dropped.
#[derive(Debug)]
pub struct Started {
    child: Option<Child>,
    errors: Option<BufReader<ChildStderr>>,
    told: String,
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
        let mut finkit = Self {
            home,
            variables: Vec::new(),
        };
        finkit.set("FINKIT_LANG", "en").set("LANG", "C.UTF-8");
        finkit
    }

    /// Another installation with an empty home and the same variables.
    pub fn elsewhere(&self) -> Self {
        let mut other = Self::new();
        other.variables.clone_from(&self.variables);
        other
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

    /// Forgets a variable for all runs from here on.
    pub fn unset(&mut self, name: &str) -> &mut Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// The variables of a run, for other programs that start this one.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &OsStr)> {
        let home = ("FINKIT_HOME", self.home().as_os_str());
        let others = self.variables.iter();
        std::iter::once(home).chain(others.map(|(name, value)| (name.as_str(), value.as_ref())))
    }

    /// Writes the settings file.
    ///
    /// # Panics
    /// When it can't be written.
    pub fn settings(&self, text: &str) {
        std::fs::write(self.home().join("config.toml"), text).expect("settings can be written");
    }

    /// Writes a file into the home and gives its path.
    ///
    /// # Panics
    /// When it can't be written.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.home().join(name);
        std::fs::write(&path, text).expect("a file can be written");
        path.into_os_string()
            .into_string()
            .expect("a path in UTF-8")
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
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.environment())
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
        child.wait_with_output().expect("the program ends").into()
    }

    /// Starts the program, without input, and does not wait for it.
    ///
    /// # Panics
    /// When the program can't be started.
    pub fn start(&self, arguments: &[&str]) -> Started {
        let mut child = self
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let errors = child.stderr.take().map(BufReader::new);
        Started {
            child: Some(child),
            errors,
            told: String::new(),
        }
    }
}

impl Started {
    /// Number of the process.
    ///
    /// # Panics
    /// Never: the process is there until its end is waited for.
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("a process").id()
    }

    /// Waits until standard error has a line with these words.
    ///
    /// # Panics
    /// When the program ends without them.
    pub fn says(&mut self, words: &str) {
        let errors = self.errors.as_mut().expect("standard error");
        loop {
            let before = self.told.len();
            let read = errors.read_line(&mut self.told).expect("standard error");
            assert!(read > 0, "{words:?} was never said:\n{}", self.told);
            if self.told[before..].contains(words) {
                return;
            }
        }
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// When the system can't tell how the process ended.
    pub fn end(mut self) -> Ran {
        let child = self.child.take().expect("a process");
        let mut errors = self.errors.take().expect("standard error");
        // Both pipes are emptied at once, so that neither keeps the program waiting.
        let rest = std::thread::spawn(move || {
            let mut rest = Vec::new();
            errors.read_to_end(&mut rest).map(|_| rest)
        });
        let mut ran: Ran = child.wait_with_output().expect("the program ends").into();
        let rest = rest.join().expect("a thread").expect("standard error");
        ran.err = std::mem::take(&mut self.told) + &String::from_utf8_lossy(&rest);
        ran
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
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

    /// Checks that the run failed with this code and said so once, with a remedy.
    ///
    /// # Panics
    /// When it did not; the whole output is shown.
    #[track_caller]
    pub fn expect_failure(self, code: i32) -> Self {
        let ran = self.expect(code);
        let starts = |word: &str| {
            ran.err
                .lines()
                .filter(|line| line.starts_with(word))
                .count()
        };
        assert_eq!(
            (starts("error: "), starts("hint: ")),
            (1, 1),
            "one message and one remedy\n--- standard output\n{}\n--- standard error\n{}",
            ran.out,
            ran.err
        );
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        ran
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
