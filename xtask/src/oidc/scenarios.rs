//! What has to hold when many processes share one account: the processes are the library's, the counts the provider's.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::crowd::{Crowd, Run};
use super::provider::{Grants, Kind, Lifetimes, Provider};
use super::shown;
use crate::clock::pause;
use crate::failure::{Failure, Naming as _, Outcome};
use crate::workspace::Workspace;

/// Lives that let a token end while one watches. All are longer than the library's minimum interval between two token
/// requests, so that the suite runs with the settings that everybody has.
pub(super) fn lives(kind: Kind) -> Lifetimes {
    match kind {
        Kind::Canaille => Lifetimes {
            access: 15,
            refresh: 15,
        },
        Kind::OidcProvider => Lifetimes {
            access: 12,
            refresh: 60,
        },
    }
}

/// Runs all scenarios against a provider that was started with [`lives`].
pub(super) fn run(workspace: &Workspace, provider: &Provider, program: &Path) -> Outcome {
    let kind = provider.kind();
    let homes = workspace.target().join("oidc").join("homes");
    if homes.exists() {
        fs::remove_dir_all(&homes).naming(homes.display())?;
    }
    let scenes = Scenes {
        provider,
        crowd: Crowd { program, provider },
        homes,
    };
    // A second token in the same second is a server error at canaille.
    pause(Duration::from_millis(1100));
    let vault = scenes.home("shared");
    scenes.empty_home(&vault)?;
    for round in ["", ", again"] {
        scenes.expiry(&vault, round)?;
    }
    scenes.wrong_password()?;
    if kind == Kind::OidcProvider {
        scenes.nothing_shared()?;
    }
    Ok(())
}

struct Scenes<'a> {
    provider: &'a Provider,
    crowd: Crowd<'a>,
    homes: PathBuf,
}

impl Scenes<'_> {
    fn home(&self, name: &str) -> PathBuf {
        self.homes.join(name).join("tokens")
    }

    fn empty_home(&self, vault: &Path) -> Outcome {
        self.counted(
            "24 processes at once on an empty home: 1 password grant, 24 successes",
            Grants::password(1),
            || self.all_succeed(24, vault),
        )?;
        self.counted(
            "one more process: no token request, success",
            Grants::default(),
            || self.all_succeed(1, vault),
        )
    }

    /// At canaille refresh tokens end with their access tokens, so there the moment is just before the end; elsewhere
    /// just after it.
    fn expiry(&self, vault: &Path, round: &str) -> Outcome {
        let life = self.crowd.sharing(1, vault)?;
        let left = life
            .first()
            .and_then(Run::token_ends_in)
            .ok_or_else(|| Failure::new(format!("no life of a token in {life:?}")))?;
        let (moment, until) = match self.provider.kind() {
            Kind::Canaille => {
                let whole = Duration::from_secs(lives(Kind::Canaille).access);
                (
                    "just before the token ends",
                    left.saturating_sub(whole / 10),
                )
            }
            Kind::OidcProvider => ("just after the token ended", left),
        };
        pause(until + Duration::from_millis(100));
        self.counted(
            &format!("8 processes at once {moment}{round}: 1 refresh, 8 successes"),
            Grants::refresh(1),
            || self.all_succeed(8, vault),
        )?;
        self.counted(
            "the session lives on: another process, no token request, success",
            Grants::default(),
            || self.all_succeed(1, vault),
        )
    }

    fn wrong_password(&self) -> Outcome {
        let vault = self.home("wrong-password");
        self.counted(
            "a wrong password, in 10 processes one after the other: 1 token request",
            Grants::refused(1),
            || {
                (0..10).try_for_each(|_| {
                    let runs = self.crowd.at_once(std::slice::from_ref(&vault), "wrong")?;
                    none_succeeds(&runs)
                })
            },
        )?;
        self.counted(
            "the right password then: 1 password grant, success",
            Grants::password(1),
            || self.all_succeed(1, &vault),
        )
    }

    /// Shows that the counts above could have been others.
    fn nothing_shared(&self) -> Outcome {
        self.counted(
            "for comparison, 3 processes with a home each: 3 password grants",
            Grants::password(3),
            || {
                let homes = ["one", "two", "three"].map(|name| self.home(name));
                all_succeeded(&self.crowd.at_once(&homes, super::provider::PASSWORD)?)
            },
        )
    }

    fn all_succeed(&self, processes: usize, vault: &Path) -> Outcome {
        all_succeeded(&self.crowd.sharing(processes, vault)?)
    }

    /// Plays a scene and compares what the provider wrote down meanwhile.
    fn counted(&self, what: &str, wanted: Grants, scene: impl FnOnce() -> Outcome) -> Outcome {
        let before = self.provider.grants();
        scene()?;
        let counted = self.provider.settled_grants().since(before);
        shown(self.provider.kind(), what, counted == wanted).map_err(|failure| {
            Failure::new(format!("{failure}\n  it counted {counted:?}"))
                .with_remedy(format!("read its log, {}", self.provider.log().display()))
        })
    }
}

fn all_succeeded(runs: &[Run]) -> Outcome {
    let failed: Vec<&str> = runs
        .iter()
        .filter(|run| !run.succeeded)
        .map(|run| run.said.as_str())
        .collect();
    if failed.is_empty() && !runs.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} of {} processes failed:\n{}",
        failed.len(),
        runs.len(),
        failed.join("\n")
    )))
}

fn none_succeeds(runs: &[Run]) -> Outcome {
    match runs.iter().find(|run| run.succeeded) {
        None => Ok(()),
        Some(run) => Err(Failure::new(format!(
            "a wrong password led to success: {}",
            run.said
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(succeeded: bool) -> Run {
        Run {
            succeeded,
            said: format!("said {succeeded}"),
        }
    }

    #[test]
    fn one_failure_among_many_is_told() {
        assert!(all_succeeded(&[run(true), run(true)]).is_ok());
        let failure = all_succeeded(&[run(true), run(false)]).unwrap_err();
        assert_eq!(failure.to_string(), "1 of 2 processes failed:\nsaid false");
        assert!(all_succeeded(&[]).is_err());
        assert!(none_succeeds(&[run(false)]).is_ok());
        assert!(none_succeeds(&[run(false), run(true)]).is_err());
    }

    #[test]
    fn every_life_is_longer_than_the_interval_between_token_requests() {
        for kind in Kind::ALL {
            let lives = lives(kind);
            // 10 s, and a tenth of the life is not used.
            assert!(lives.access * 9 > 10 * 10, "{}", kind.name());
            assert!(lives.refresh >= lives.access);
        }
    }
}
