//! What goes wrong on the way: each fault has its exit code, one message and one remedy.

use std::net::TcpListener;

use finkit_tests::{Finkit, Ran};

use crate::lines::{self, states};
use crate::support::{PASSWORD, Service, fin, list};

fn search(finkit: &Finkit) -> Ran {
    finkit.run(&["fincheck", "search", &fin(1), "--year", "2026"])
}

fn submit(finkit: &Finkit, rows: u32) -> Ran {
    let path = finkit.file("list.csv", list(1, rows));
    finkit.run(&[
        "fincheck",
        "submit",
        &path,
        "--yes",
        "--format",
        "json",
        "--concurrency",
        "1",
        "--batch-records",
        "2",
    ])
}

/// Neither the password nor a whole FIN is part of any message.
fn tells_no_secret(ran: &Ran) {
    for secret in [PASSWORD, &fin(1)] {
        assert!(!ran.err.contains(secret) && !ran.out.contains(secret));
    }
}

/// A listener that must see no connection.
struct Elsewhere(TcpListener);

impl Elsewhere {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("non-blocking");
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}/create", self.0.local_addr().expect("an address"))
    }

    fn saw_nobody(&self) {
        let error = self.0.accept().expect_err("a connection came in");
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[test]
fn each_fault_of_a_look_up_has_its_exit_code_and_a_remedy() {
    let service = Service::start();
    let finkit = service.standard();
    search(&finkit).expect(0);
    for (fault, code, words) in [
        ("status=500,body=plain", 5, "later"),
        ("status=500,body=json", 5, "later"),
        ("status=502", 5, "later"),
        ("html", 5, "contract"),
        ("garbage", 5, "contract"),
        ("empty", 5, "contract"),
        ("cut-body", 5, "again"),
        ("close-before", 5, "again"),
        ("reset-before", 5, "again"),
        ("not-http", 5, "again"),
        ("status=400,body=json", 4, ""),
        ("status=403,body=html", 4, "account"),
        ("status=401", 3, "log in"),
        ("status=404", 4, "address"),
        ("status=405", 4, "address"),
        ("status=413", 4, "fewer"),
        ("status=429,retry-after=3600", 6, "3600 s"),
        ("status=503,retry-after=3600", 6, "3600 s"),
        ("gzip-bomb=40000000", 5, ""),
    ] {
        service.fault(&format!("{fault}:path=/search"));
        let ran = search(&finkit);
        assert_eq!(ran.code, code, "{fault}\n{}{}", ran.out, ran.err);
        let ran = ran.expect_failure(code);
        assert!(ran.err.contains(words), "{fault}: {words}\n{}", ran.err);
        assert_eq!(ran.out, "", "{fault}");
        tells_no_secret(&ran);
    }
    // The service answers, but not what was asked: that is no verdict either.
    service.fault("json:path=/search");
    let ran = search(&finkit).expect(1);
    assert!(
        ran.out.contains("unknown, not to be read as free"),
        "{}",
        ran.out
    );

    service.fault("");
    search(&finkit).expect(0);
}

#[test]
fn a_422_of_a_look_up_is_refused_without_what_the_service_wrote() {
    let service = Service::with(|builder| builder.refuse_fin(fin(1)));
    let finkit = service.standard();
    service.fault("status=422:path=/search");
    let ran = search(&finkit).expect_failure(4);
    tells_no_secret(&ran);
}

#[test]
fn a_redirect_is_never_followed() {
    let elsewhere = Elsewhere::new();
    let service = Service::start();
    let finkit = service.standard();
    for status in [307, 308] {
        let fault = format!("redirect={},status={status}", elsewhere.url());
        service.fault(&format!("{fault}:path=/search"));
        let ran = search(&finkit).expect_failure(4);
        assert!(ran.err.contains("never followed"), "{}", ran.err);
        tells_no_secret(&ran);

        service.fault(&format!("{fault}:path=/token"));
        let stranger = service.member(
            finkit_core::Participant::Standard,
            &format!("member-{status}"),
        );
        let ran = stranger.run(&["fincheck", "login"]).expect_failure(4);
        tells_no_secret(&ran);
    }
    elsewhere.saw_nobody();
}

#[test]
fn an_entry_that_is_redirected_goes_nowhere() {
    for status in [307, 308] {
        let elsewhere = Elsewhere::new();
        let service = Service::start();
        let finkit = service.standard();
        service.fault(&format!(
            "redirect={},status={status}:path=/bulk_create",
            elsewhere.url()
        ));
        let ran = submit(&finkit, 2);
        tells_no_secret(&ran);
        elsewhere.saw_nobody();
        assert_eq!(service.own_entries(), 0);
        assert!((4..=5).contains(&ran.code), "{}{}", ran.out, ran.err);
    }
}

#[test]
fn a_service_that_is_not_there_is_a_temporary_failure() {
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address")
    };
    let mut finkit = Service::start().standard();
    finkit.set("FINKIT_FINCHECK_URL", &format!("http://{gone}"));
    let ran = search(&finkit).expect_failure(5);
    tells_no_secret(&ran);
    let ran = submit(&finkit, 2).expect(5);
    let told: lines::Run = lines::one(&ran);
    assert_eq!(told.states, states([("planned", 2)]));
    assert_eq!(told.ended, "unreachable");
    tells_no_secret(&ran);
}

#[test]
fn an_address_without_encryption_is_refused_outside_of_this_machine() {
    let mut finkit = Service::start().standard();
    for url in ["http://fincheck.example/", "ftp://127.0.0.1/", "no address"] {
        finkit.set("FINKIT_FINCHECK_URL", url);
        search(&finkit).expect_failure(2);
        let ran = submit(&finkit, 2).expect_failure(2);
        tells_no_secret(&ran);
    }
    finkit.unset("FINKIT_FINCHECK_URL");
    let ran = search(&finkit).expect_failure(2);
    assert!(ran.err.contains("FINKIT_FINCHECK_URL"), "{}", ran.err);
}

#[test]
fn each_fault_of_the_token_endpoint_has_its_exit_code_and_a_remedy() {
    for (fault, code) in [
        ("status=500,body=plain", 5),
        ("html", 5),
        ("garbage", 5),
        ("cut-body", 5),
        ("close-before", 5),
        ("status=429,retry-after=3600", 6),
    ] {
        let service = Service::start();
        let finkit = service.standard();
        service.fault(&format!("{fault}:path=/token"));
        for arguments in [
            &["fincheck", "login"][..],
            &["fincheck", "search", &fin(1), "--year", "2026"],
        ] {
            // An empty home knows of no earlier request, so that none has to be waited for.
            let ran = finkit.elsewhere().run(arguments);
            assert_eq!(ran.code, code, "{fault}\n{}{}", ran.out, ran.err);
            tells_no_secret(&ran.expect_failure(code));
        }
    }
}

#[test]
fn an_address_without_a_token_endpoint_is_no_temporary_failure() {
    let service = Service::start();
    let finkit = service.standard();
    service.fault("status=404:path=/token");
    let ran = finkit.run(&["fincheck", "login"]).expect_failure(4);
    assert!(ran.err.contains("address in the settings"), "{}", ran.err);
}

#[test]
fn each_fault_of_an_entry_has_its_exit_code() {
    for (fault, code, ended) in [
        ("status=401", 3, "login"),
        ("status=403,body=html", 4, "refused"),
        ("status=404", 4, "refused"),
        ("status=500,body=plain", 5, "unknown-in-a-row"),
        ("html", 5, "unknown-in-a-row"),
        ("garbage", 5, "unknown-in-a-row"),
        ("close-before", 5, "unknown-in-a-row"),
        ("status=429,retry-after=3600", 6, "come-back-later"),
        ("status=503,retry-after=3600", 6, "come-back-later"),
    ] {
        let service = Service::start();
        let finkit = service.standard();
        service.fault(&format!("{fault}:path=/bulk_create"));
        let ran = submit(&finkit, 6);
        assert_eq!(ran.code, code, "{fault}\n{}{}", ran.out, ran.err);
        let told: lines::Run = lines::one(&ran);
        assert_eq!(told.ended, ended, "{fault}: {:?}", told.reason);
        assert!(told.reason.is_some(), "{fault}");
        assert!(!told.states.contains_key("created"), "{fault}");
        assert_eq!(told.states.values().sum::<u64>(), 6, "{fault}");
        tells_no_secret(&ran);

        // When the fault is gone, the same command goes on.
        service.fault("");
        let ran = submit(&finkit, 6).expect(0);
        let done: lines::Run = lines::one(&ran);
        assert_eq!(done.job, told.job, "{fault}");
        assert_eq!(done.states, states([("created", 6)]), "{fault}");
        assert_eq!(service.own_entries(), 6, "{fault}");
    }
}

#[test]
fn a_person_whose_run_was_stopped_reads_why_and_how_to_go_on() {
    let service = Service::start();
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 2));
    for fault in [
        "status=401",
        "status=403",
        "status=500,body=plain",
        "status=429,retry-after=3600",
    ] {
        service.fault(&format!("{fault}:path=/bulk_create"));
        let ran = finkit.run(&["fincheck", "submit", &path, "--yes"]);
        assert!((3..=6).contains(&ran.code), "{fault}: {}", ran.code);
        assert!(
            ran.out.contains("resume"),
            "{fault}: how to go on\n{}{}",
            ran.out,
            ran.err
        );
        tells_no_secret(&ran);
    }
}

#[test]
fn an_answer_lost_after_the_entry_is_looked_up_and_told_as_created() {
    for fault in ["cut-body", "close-after", "status=504,after", "html,after"] {
        let service = Service::start();
        let finkit = service.standard();
        service.fault(&format!("{fault}:path=/bulk_create,first=1"));
        let ran = submit(&finkit, 4).expect(0);
        let told: lines::Run = lines::one(&ran);
        assert_eq!(told.states, states([("created", 4)]), "{fault}");
        assert_eq!(told.look_up_reads, 2, "{fault}: one batch was looked up");
        assert_eq!(service.own_entries(), 4, "{fault}");
    }
}

#[test]
fn a_row_that_the_service_refuses_is_named_and_the_rest_is_entered() {
    let service = Service::with(|builder| builder.refuse_fin(fin(2)));
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 3));
    let submit = ["fincheck", "submit", &path, "--yes", "--format", "json"];

    let ran = finkit.run(&submit).expect(1);
    let whole: lines::Run = lines::one(&ran);
    assert_eq!(whole.states, states([("rejected", 3)]), "all or nothing");

    let ran = finkit
        .run(&[&submit[..], &["--partial", "--again"]].concat())
        .expect(1);
    let partial: lines::Run = lines::one(&ran);
    assert_eq!(partial.states, states([("created", 2), ("rejected", 1)]));
    let report = finkit
        .run(&[
            "fincheck",
            "report",
            &partial.job.to_string(),
            "--format",
            "json",
        ])
        .expect(0);
    let rows: Vec<lines::Row> = lines::all(&report);
    let refused: Vec<_> = rows
        .iter()
        .filter(|row| row.outcome == "rejected")
        .collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].row, 3, "the second record stands in row 3");
    assert!(refused[0].reason.is_some());
    tells_no_secret(&report);
}

#[test]
fn requests_that_are_too_large_are_halved_and_the_size_is_remembered() {
    // 413 for everything above three records or so.
    let service = Service::with(|builder| builder.body_limit(450));
    let finkit = service.standard();
    let path = finkit.file("list.csv", list(1, 16));
    let submit = ["fincheck", "submit", &path, "--yes", "--format", "json"];
    let ran = finkit.run(&submit).expect(0);
    let told: lines::Run = lines::one(&ran);
    assert_eq!(told.states, states([("created", 16)]));
    assert_eq!(service.own_entries(), 16);
    let refused = |service: &Service| {
        let requests = service.requests();
        requests
            .iter()
            .filter(|seen| seen.status == Some(413))
            .count()
    };
    let before = refused(&service);
    assert!(before >= 1);

    // Few rows: after some requests that were taken a larger one is tried again.
    let more = finkit.file("more.csv", list(101, 4));
    finkit
        .run(&["fincheck", "submit", &more, "--yes"])
        .expect(0);
    assert_eq!(refused(&service), before, "the limit was remembered");
    assert_eq!(service.own_entries(), 20);
}
