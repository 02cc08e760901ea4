//! Where settings and state live, and how private files are made.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use crate::failure::{Failure, Outcome};

/// The folders of one installation.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    config: PathBuf,
    state: PathBuf,
    whole: bool,
}

impl Home {
    /// `FINKIT_HOME` holds everything when it is set; else the platform's folders for settings and state.
    pub(crate) fn find() -> Outcome<Self> {
        if let Some(home) = std::env::var_os("FINKIT_HOME").filter(|home| !home.is_empty()) {
            return Ok(Self::at(Path::new(&home)));
        }
        let base = etcetera::choose_base_strategy().map_err(|error| {
            Failure::usage("there is no home folder for settings and state")
                .caused_by(error)
                .hint("set FINKIT_HOME to a folder")
        })?;
        let config = base.config_dir().join("finkit");
        let state = base
            .state_dir()
            .unwrap_or_else(|| base.data_dir())
            .join("finkit");
        Ok(Self {
            config,
            state,
            whole: false,
        })
    }

    /// Settings and state in one folder.
    pub(crate) fn at(folder: &Path) -> Self {
        Self {
            config: folder.to_owned(),
            state: folder.to_owned(),
            whole: true,
        }
    }

    /// Whether one folder holds everything, secrets included: then the system's keyring is left alone.
    pub(crate) fn holds_everything(&self) -> bool {
        self.whole
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    pub(crate) fn config_folder(&self) -> &Path {
        &self.config
    }

    pub(crate) fn state_folder(&self) -> &Path {
        &self.state
    }

    /// Folder of a profile's secrets and job locks.
    pub(crate) fn profile_folder(&self, profile: &str) -> PathBuf {
        self.state.join("profiles").join(profile)
    }

    /// Folder of the token vault, shared by all processes.
    pub(crate) fn token_folder(&self) -> PathBuf {
        self.state.join("tokens")
    }

    /// The ledger of all profiles.
    pub(crate) fn ledger_file(&self) -> PathBuf {
        self.state.join("ledger.sqlite")
    }

    /// Makes a folder that only its owner can open.
    pub(crate) fn private_folder(path: &Path) -> Outcome<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(path).map_err(|error| {
            Failure::local(format!("the folder {} can't be made", path.display()))
                .caused_by(error)
                .hint("set FINKIT_HOME to a folder that you may write to")
        })
    }
}
