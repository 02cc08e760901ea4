//! `finkit sandbox`: the service on loopback, for trying and for tests.

use std::time::Duration;

use chrono::TimeDelta;
use finkit_sandbox::fault::FaultPlan;
use finkit_sandbox::{Sandbox, SandboxBuilder};
use serde::Serialize;

use crate::args::sandbox::Sandbox as Args;
use crate::connect::read_contract;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// Serves until it is interrupted.
pub(crate) fn run(context: &Context, args: &Args) -> Outcome {
    let builder = builder(args)?;
    Context::runtime()?.block_on(async {
        let running = builder.start().await.map_err(|error| {
            Failure::local("the sandbox can't be started")
                .caused_by(error)
                .hint("is the port taken? --port 0 takes any free one")
        })?;
        let summary = running
            .summary()
            .map_err(|error| Failure::local("the sandbox can't be started").caused_by(error))?;
        let output = &context.output;
        output.json(
            "sandbox",
            &Line {
                url: running.url(),
                codes: codes(&running)?,
            },
        )?;
        output.human(&summary.to_string())?;
        output.human(output.lang.pick("\nStrg-C beendet.", "\nCtrl-C ends it."))?;
        running
            .serve_until(async {
                let _ = tokio::signal::ctrl_c().await;
            })
            .await;
        Ok(Exit::Done)
    })
}

fn builder(args: &Args) -> Outcome<SandboxBuilder> {
    let lifetime = i64::try_from(args.token_lifetime)
        .ok()
        .and_then(TimeDelta::try_seconds);
    let Some(lifetime) = lifetime else {
        return Err(
            Failure::usage("--token-lifetime is too long").hint("give seconds, such as 3600")
        );
    };
    let mut builder = Sandbox::builder()
        .address(format!("127.0.0.1:{}", args.port))
        .token_lifetime(lifetime)
        .latency(Duration::from_millis(args.latency))
        .with_demo_data();
    if let Some(path) = &args.contract {
        builder = builder.contract(read_contract(path)?);
    }
    if let Some(path) = &args.database {
        builder = builder.database(path);
    }
    let mut plan = FaultPlan::default();
    for fault in &args.fault {
        let more: FaultPlan = fault.parse().map_err(|error| {
            Failure::usage(format!("--fault {fault} is no fault"))
                .caused_by(error)
                .hint("write FAULT[,OPTION=VALUE…][:SCHEDULE], such as close-after:every=7 or status=503,retry-after=3:first=2")
        })?;
        plan.extend(more);
    }
    Ok(builder.faults(plan))
}

#[derive(Serialize)]
struct Line {
    url: String,
    codes: Vec<CodeLine>,
}

#[derive(Serialize)]
struct CodeLine {
    participant: &'static str,
    registration_code: String,
}

fn codes(running: &finkit_sandbox::Running) -> Outcome<Vec<CodeLine>> {
    let codes = running
        .registration_codes()
        .map_err(|error| Failure::local("the sandbox's codes can't be read").caused_by(error))?;
    Ok(codes
        .into_iter()
        .filter(|code| !code.used)
        .map(|code| CodeLine {
            participant: code.participant.as_str(),
            registration_code: code.code,
        })
        .collect())
}
