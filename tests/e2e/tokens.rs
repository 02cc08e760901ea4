//! One token for all processes of a machine.

use chrono::TimeDelta;

use crate::support::{Service, fin, list};

#[test]
fn twenty_runs_in_a_row_make_one_token_request() {
    let service = Service::start();
    let finkit = service.standard();
    for serial in 1..=20 {
        finkit
            .run(&["fincheck", "search", &fin(serial), "--year", "2026"])
            .expect(0);
    }
    assert_eq!(service.token_requests(), 1);
    assert_eq!(service.seen("/search"), 20);
}

#[test]
fn twenty_four_runs_at_once_make_one_token_request() {
    let service = Service::start();
    let finkit = service.standard();
    let fins: Vec<String> = (1..=24).map(fin).collect();
    let runs: Vec<_> = fins
        .iter()
        .map(|fin| finkit.start(&["fincheck", "search", fin, "--year", "2026"]))
        .collect();
    for run in runs {
        run.end().expect(0);
    }
    assert_eq!(service.token_requests(), 1);
    assert_eq!(service.seen("/search"), 24);
}

#[test]
fn an_expired_token_is_fetched_once_more() {
    let service = Service::start();
    let finkit = service.standard();
    let search = ["fincheck", "search", &fin(1), "--year", "2026"];
    finkit.run(&search).expect(0);
    // The program's own clock stands still: the service alone knows that the token has ended.
    service.advance(TimeDelta::hours(2));
    finkit.run(&search).expect(0);
    assert_eq!(service.token_requests(), 2);
    // Refused, then once more with the new token.
    assert_eq!(service.seen("/search"), 3);
    assert_eq!(service.billed().0, 2);
}

#[test]
fn a_service_that_gives_no_token_for_a_while_is_told_of_while_it_is_tried_again() {
    let service = Service::start();
    let finkit = service.standard();
    service.fault("status=503:path=/token,first=2");
    let path = finkit.file("list.csv", list(1, 2));
    let ran = finkit
        .run(&["fincheck", "submit", &path, "--yes"])
        .expect(0);
    assert_eq!(ran.err.matches("no token for now (status 503)").count(), 1);
    assert_eq!(service.own_entries(), 2);
    let ran = finkit
        .run(&["fincheck", "search", &fin(9), "--year", "2026"])
        .expect(0);
    assert!(!ran.err.contains("no token"), "{}", ran.err);
}

#[test]
fn an_expired_token_does_not_enter_anything_twice() {
    let service = Service::start();
    let finkit = service.standard();
    finkit
        .run(&["fincheck", "search", &fin(1), "--year", "2026"])
        .expect(0);
    service.advance(TimeDelta::hours(2));
    let path = finkit.file("list.csv", list(1, 6));
    finkit
        .run(&[
            "fincheck",
            "submit",
            &path,
            "--yes",
            "--batch-records",
            "2",
            "--concurrency",
            "3",
        ])
        .expect(0);
    assert_eq!(service.own_entries(), 6);
    assert_eq!(service.token_requests(), 2);
}

#[test]
fn an_account_whose_tokens_are_never_accepted_ends_in_three() {
    let service = Service::start();
    let finkit = service.standard();
    service.fault("status=401:path=/search");
    let search = ["fincheck", "search", &fin(1), "--year", "2026"];
    finkit.run(&search).expect_failure(3);
    assert_eq!(service.seen("/search"), 2, "sent once and replayed once");
    assert!(service.token_requests() <= 2);
}
