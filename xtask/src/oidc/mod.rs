//! `cargo xtask oidc`: the token layer against OpenID providers that others wrote.
//!
//! An optional suite: it installs the providers below the target folder, starts them
//! on loopback, and names what it has to skip where a language or a registry is missing.

mod crowd;
mod http;
mod provider;
mod scenarios;

use crate::args::Args;
use crate::clock::pause;
use crate::failure::{Failure, Outcome};
use crate::workspace::Workspace;
use provider::{Kind, Lifetimes, PASSWORD, Provider, USER};

/// As long as Finfo's tokens live.
const USUAL: Lifetimes = Lifetimes {
    access: 900,
    refresh: 1800,
};

pub(crate) fn run(workspace: &Workspace, mut args: Args) -> Outcome {
    let only = args.option("--provider")?;
    let serve = args.flag("--serve");
    args.finish()?;
    let mut kinds = Kind::ALL.to_vec();
    if let Some(only) = &only {
        kinds.retain(|kind| kind.name() == only);
        if kinds.is_empty() {
            return Err(Failure::new(format!("no provider is called `{only}`"))
                .with_remedy("canaille or oidc-provider"));
        }
    }
    if serve {
        return stay(&Provider::start(workspace, kinds[0], USUAL)?);
    }

    let program = crowd::build(workspace)?;
    let mut skipped = Vec::new();
    let mut done = 0;
    for kind in kinds {
        println!("\n== {}", kind.name());
        let provider = match Provider::start(workspace, kind, scenarios::lives(kind)) {
            Ok(provider) => provider,
            Err(failure) => {
                println!("   skipped: {failure}");
                skipped.push(kind.name());
                continue;
            }
        };
        behaves(&provider)?;
        scenarios::run(workspace, &provider, &program)?;
        done += 1;
    }
    println!(
        "\nshown against {done} of {} providers",
        done + skipped.len()
    );
    if !skipped.is_empty() {
        println!("skipped: {}", skipped.join(", "));
    }
    if done == 0 {
        return Err(Failure::new(
            "no provider could be started, so nothing was shown",
        ));
    }
    Ok(())
}

/// Prints what holds; what does not is a failure.
fn shown(kind: Kind, what: &str, holds: bool) -> Outcome {
    if holds {
        println!("   {what}");
        return Ok(());
    }
    Err(Failure::new(format!(
        "with {}, this does not hold: {what}",
        kind.name()
    )))
}

/// The provider does what the scenarios rely on.
fn behaves(provider: &Provider) -> Outcome {
    let expect = |what: &str, holds: bool| shown(provider.kind(), what, holds);
    let first = provider.token(&[
        ("grant_type", "password"),
        ("username", USER),
        ("password", PASSWORD),
        ("scope", "openid"),
    ])?;
    let text = |name: &str, answer: &http::Answer| {
        answer.json()[name].as_str().unwrap_or_default().to_owned()
    };
    let (access, refresh) = (text("access_token", &first), text("refresh_token", &first));
    expect(
        "a password gives an access token and a refresh token",
        first.status == 200 && !access.is_empty() && !refresh.is_empty(),
    )?;
    expect(
        "the access token opens what is protected",
        provider.accepts(&access)?,
    )?;
    expect("anything else does not", !provider.accepts("made-up")?)?;
    let renew =
        |token: &str| provider.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
    // canaille's tokens of one second are equal, and it refuses the second one.
    pause(std::time::Duration::from_millis(1100));
    let second = renew(&refresh)?;
    expect(
        "a refresh token is exchanged for a new one",
        second.status == 200 && text("refresh_token", &second) != refresh,
    )?;
    expect(
        "the old refresh token is refused",
        renew(&refresh)?.status == 400,
    )?;
    let wrong = provider.token(&[
        ("grant_type", "password"),
        ("username", USER),
        ("password", "wrong"),
    ])?;
    expect(
        "a wrong password is refused",
        (400..500).contains(&wrong.status),
    )?;
    let grants = provider.settled_grants();
    expect(
        "its own log shows one password grant, one refresh, two refusals",
        (grants.password, grants.refresh, grants.refused) == (1, 1, 2),
    )
}

/// Serves until the process is ended, for trying things by hand.
fn stay(provider: &Provider) -> Outcome {
    println!(
        "{} serves at {origin}\n\
         token:      {origin}{}\n\
         protected:  {origin}{}\n\
         client:     {} / {}\n\
         user:       {USER} / {PASSWORD}\n\
         Ctrl-C ends it.",
        provider.kind().name(),
        provider.token_path(),
        provider.protected_path(),
        provider::CLIENT,
        provider::CLIENT_SECRET,
        origin = provider.origin(),
    );
    loop {
        pause(std::time::Duration::from_secs(3600));
    }
}
