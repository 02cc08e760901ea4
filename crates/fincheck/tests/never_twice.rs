//! A thousand records over real sockets, with each fault of the fault server on every k-th request: in the end there
//! are a thousand entries, none twice, none lost, and the ledger says so.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use finkit_core::{FinRecord, Participant, RecordState};
use finkit_fincheck::submission::{
    Account, BatchLimits, Ended, JobKind, MemoryLedger, NewJob, NewRow, Options, Service, Stop,
    Submission,
};
use finkit_fincheck::{Builder, EntryFlags, Writer};
use finkit_sandbox::fault::FaultPlan;
use finkit_sandbox::{Running, Sandbox};
use finkit_transport::{
    Clock, Limits, ManualClock, Password, RateLimit, ReqwestService, SecurityCode, TokenSource,
    Transport,
};

const RECORDS: u32 = 1_000;

fn records() -> Vec<FinRecord> {
    (1..=RECORDS)
        .map(|serial| FinRecord {
            fin: format!("WVWZZZE1ZMP{serial:06}").parse().expect("a FIN"),
            period: "2026-01-01/2026-12-31".parse().expect("a period"),
            registered_at: "2026-01-02T10:30:00+01:00".parse().expect("a time"),
        })
        .collect()
}

/// A client of the sandbox with an account of its own. Pauses pass at once; time-outs are short and real.
fn writer(sandbox: &Running, clock: &Arc<ManualClock>) -> Writer {
    let code = sandbox
        .enrol(Participant::Standard, "acme", "s3cret-Pass1")
        .expect("a new account");
    let base: url::Url = sandbox.url().parse().expect("a URL");
    let login = finkit_fincheck::token_request(
        &base,
        &finkit_fincheck::Contract::assumed(),
        "acme",
        Password::new("s3cret-Pass1"),
    );
    let tokens = TokenSource::builder(login.expect("a login")).build();
    let limits = Limits::API
        .with_idle(Duration::from_millis(150))
        .with_attempt(Duration::from_millis(400));
    let transport = Transport::builder(Arc::new(ReqwestService::new()))
        .clock(clock.clone() as Arc<dyn Clock>)
        .tokens(tokens)
        .rate(RateLimit::unlimited().concurrency(8))
        .limits(limits)
        .build();
    Builder::new(base, transport).writer(SecurityCode::new(&code))
}

/// Enters the list in the face of a fault that ends at some time, and looks at what is there then.
async fn enter(fault: &str, k: usize) {
    let context = format!("{fault} on every {k}. request");
    let sandbox = Sandbox::builder()
        .threads(2)
        .start_blocking()
        .expect("a sandbox");
    let clock = Arc::new(ManualClock::new());
    let writer = Arc::new(writer(&sandbox, &clock));
    let submission = Submission::new(MemoryLedger::new(), clock.clone()).expect("a ledger");
    let job = NewJob {
        kind: JobKind::Entry,
        account: Account {
            profile: "default".to_owned(),
            origin: sandbox.url(),
        },
        participant: Participant::Standard,
        list: "fleet.csv".to_owned(),
        fingerprint: None,
        flags: EntryFlags {
            commit_on_partial_success: true,
            ..EntryFlags::default()
        },
        atomic: false,
        again: false,
        created_at: clock.now(),
    };
    let limits = BatchLimits {
        records: NonZeroUsize::new(25).expect("not zero"),
        ..BatchLimits::default()
    };
    let rows = records()
        .into_iter()
        .zip(2..)
        .map(|(record, number)| Ok::<_, std::io::Error>(NewRow::record(number, record)));
    let plan = submission
        .plan(job, rows, &limits, writer.shape())
        .await
        .expect("planned");
    let faults: FaultPlan = format!("{fault}:every={k},except=/token")
        .parse()
        .unwrap_or_else(|error| panic!("{context}: {error}"));
    sandbox.set_faults(faults);
    let options = Options::default().with_limits(limits).with_concurrency(4);
    let run = async || {
        let service = Arc::clone(&writer) as Arc<dyn Service>;
        submission
            .run(service, plan.job, &options, &Stop::new(), &mut |_| {})
            .await
            .expect("a run")
    };
    // As a person would: again, and once more, and then when the service is well.
    let mut summary = run().await;
    for attempt in 0.. {
        if summary.ended == Ended::Done {
            break;
        }
        assert!(attempt < 5, "{context}: {:?}", summary.ended);
        if attempt == 2 {
            sandbox.set_faults(FaultPlan::default());
        }
        summary = run().await;
    }
    let entries = sandbox.entries().expect("entries");
    let fins: HashSet<_> = entries.iter().map(|entry| entry.fin.clone()).collect();
    assert_eq!(
        entries.len(),
        RECORDS as usize,
        "{context}: entries at the service"
    );
    assert_eq!(fins.len(), RECORDS as usize, "{context}: different FINs");
    assert_eq!(
        summary.tally.records(RecordState::Created),
        u64::from(RECORDS),
        "{context}: rows that the ledger calls created"
    );
}

/// Every fault at three frequencies.
async fn each_fault(faults: &[&str]) {
    for fault in faults {
        for k in [1, 2, 7] {
            enter(fault, k).await;
        }
    }
}

#[tokio::test]
async fn nothing_is_doubled_or_lost_when_connections_break() {
    each_fault(&[
        "close-accept",
        "close-before",
        "close-after",
        "reset-before",
        "reset-after",
    ])
    .await;
}

#[tokio::test]
async fn nothing_is_doubled_or_lost_when_answers_stall_or_break_off() {
    each_fault(&["stall=1", "stall=1,after", "cut-body", "cut-body=0"]).await;
}

#[tokio::test]
async fn nothing_is_doubled_or_lost_when_answers_make_no_sense() {
    each_fault(&[
        "garbage,after",
        "garbage",
        "json,after",
        "empty,after",
        "html,after",
        "html",
        "not-http,after",
    ])
    .await;
}

#[tokio::test]
async fn nothing_is_doubled_or_lost_when_the_service_or_a_gateway_fails() {
    each_fault(&[
        "status=500,after",
        "status=500",
        "status=502,after",
        "status=503",
        "status=503,retry-after=3",
        "status=504,after",
        "status=504",
    ])
    .await;
}

#[tokio::test]
async fn nothing_is_doubled_or_lost_when_requests_are_refused() {
    each_fault(&[
        "status=401",
        "status=403",
        "status=408,after",
        "status=413",
        "status=429",
        "status=429,retry-after=3",
        "redirect=http://127.0.0.1:9/elsewhere",
        "redirect=http://127.0.0.1:9/elsewhere,after",
    ])
    .await;
}
