//! `finkit sandbox`: both services on loopback, for trying and for tests.

use std::time::Duration;

use chrono::TimeDelta;
use finkit_sandbox::fault::FaultPlan;
use finkit_sandbox::finfo::{FinfoRunning, FinfoSandbox, FinfoSandboxBuilder};
use finkit_sandbox::{Sandbox, SandboxBuilder, SandboxError};
use serde::Serialize;

use crate::args::sandbox::{Sandbox as Args, SandboxFinfo};
use crate::connect::read_contract;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// Number and name of the supplier that `--finfo-articles` adds.
const STORE: (&str, &str) = ("9000199", "Storlagret i Örebro AB");

/// Serves until it is interrupted.
pub(crate) fn run(context: &Context, args: &Args) -> Outcome {
    let (builder, finfo) = (builder(args)?, finfo(args)?);
    Context::runtime()?.block_on(async {
        let running = builder
            .start()
            .await
            .map_err(|error| not_started(error, "--port"))?;
        let finfo = finfo
            .start()
            .await
            .map_err(|error| not_started(error, "--finfo-port"))?;
        let summary = running
            .summary()
            .map_err(|error| Failure::local("the sandbox can't be started").caused_by(error))?;
        let output = &context.output;
        output.json(
            "sandbox",
            &Line {
                url: running.url(),
                codes: codes(&running)?,
                finfo: FinfoLine::of(&finfo),
            },
        )?;
        output.human(&summary.to_string())?;
        output.human(&format!("\n{}", finfo.summary()))?;
        output.human(output.lang.pick("\nStrg-C beendet.", "\nCtrl-C ends it."))?;
        running
            .serve_until(async {
                let _ = tokio::signal::ctrl_c().await;
            })
            .await;
        finfo.shutdown();
        Ok(Exit::Done)
    })
}

fn not_started(error: SandboxError, port: &str) -> Failure {
    Failure::local("the sandbox can't be started")
        .caused_by(error)
        .hint(format!("is the port taken? {port} 0 takes any free one"))
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
    Ok(builder.faults(faults("--fault", &args.fault)?))
}

fn finfo(args: &Args) -> Outcome<FinfoSandboxBuilder> {
    let SandboxFinfo {
        finfo_port,
        finfo_articles,
        finfo_fault,
        finfo_drift,
        finfo_token_lifetime,
    } = &args.finfo;
    let next = match args.port {
        0 => 0,
        port => port.checked_add(1).unwrap_or(0),
    };
    let lifetime = TimeDelta::seconds(i64::from(*finfo_token_lifetime));
    let mut builder = FinfoSandbox::builder()
        .address(format!("127.0.0.1:{}", finfo_port.unwrap_or(next)))
        .token_lifetimes(lifetime, lifetime * 2)
        .latency(Duration::from_millis(args.latency))
        .faults(faults("--finfo-fault", finfo_fault)?)
        .with_demo_data();
    if *finfo_articles > 0 {
        let (id, name) = STORE;
        let articles = *finfo_articles as usize;
        builder = builder
            .supplier(id, name, articles)
            .age(TimeDelta::days(30));
    }
    if let Some(drift) = finfo_drift {
        builder = builder.drift(*drift);
    }
    Ok(builder)
}

fn faults(flag: &str, given: &[String]) -> Outcome<FaultPlan> {
    let mut plan = FaultPlan::default();
    for fault in given {
        let more: FaultPlan = fault.parse().map_err(|error| {
            Failure::usage(format!("{flag} {fault} is no fault"))
                .caused_by(error)
                .hint("write FAULT[,OPTION=VALUE…][:SCHEDULE], such as close-after:every=7 or status=503,retry-after=3:first=2")
        })?;
        plan.extend(more);
    }
    Ok(plan)
}

#[derive(Serialize)]
struct Line {
    url: String,
    codes: Vec<CodeLine>,
    finfo: FinfoLine,
}

/// Address and account of Finfo; the account is made up, so nothing of it is secret.
#[derive(Serialize)]
struct FinfoLine {
    url: String,
    realm: String,
    client_id: String,
    client_secret: String,
    username: String,
    password: String,
}

impl FinfoLine {
    fn of(running: &FinfoRunning) -> Self {
        let account = running.account();
        Self {
            url: running.url(),
            realm: running.realm(),
            client_id: account.client_id,
            client_secret: account.client_secret,
            username: account.username,
            password: account.password,
        }
    }
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
