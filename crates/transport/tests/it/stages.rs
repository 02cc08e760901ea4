//! The stages, one behaviour each, on a scripted service and a clock that stands still.

use std::sync::{Arc, Mutex};

use finkit_transport::testing::{Reply, ScriptedHttp};
use finkit_transport::{
    CallReport, Clock as _, ErrorKind, Limits, ManualClock, Operation, Outcome, RateLimit,
    RetryPolicy, SendErrorKind, SpendingGuard, Transport, WhyNot,
};
use futures_util::future::join_all;

use crate::support::{CREATE, DELETE, READ, bench, bench_with, get, post, seconds};

fn report(answer: &finkit_transport::HttpResponse) -> CallReport {
    *answer
        .extensions()
        .get()
        .expect("every answer carries a report")
}

#[tokio::test]
async fn a_read_is_repeated_and_says_how_often() {
    let http = ScriptedHttp::new()
        .then(Reply::fail(SendErrorKind::Closed))
        .then(Reply::status(502))
        .then(Reply::json("{}"));
    let bench = bench(http);
    let answer = bench
        .transport
        .call(&READ, get("/search"))
        .await
        .expect("the third attempt succeeds");
    assert_eq!(answer.status(), 200);
    let report = report(&answer);
    assert_eq!(
        (report.attempts, report.why_not_repeated, report.outcome),
        (3, None, None)
    );
    // Half of 200 ms, then half of 400 ms: full jitter with a draw of one half.
    assert_eq!(report.elapsed.as_millis(), 300);
    assert_eq!(bench.clock.slept().as_millis(), 300);
}

#[tokio::test]
async fn a_read_ends_after_three_attempts_with_the_last_answer() {
    let bench =
        bench(ScriptedHttp::new().otherwise(|_| Reply::status(500).body("Internal Server Error")));
    let answer = bench
        .transport
        .call(&READ, get("/search"))
        .await
        .expect("a status is an answer");
    assert_eq!(
        (answer.status().as_u16(), bench.http.requests().len()),
        (500, 3)
    );
    assert_eq!(report(&answer).why_not_repeated, Some(WhyNot::AttemptsUsed));
    assert_eq!(report(&answer).outcome, Some(Outcome::Unknown));
}

#[tokio::test]
async fn creates_and_deletes_are_sent_once_whenever_a_byte_may_have_left() {
    let kinds = [
        (SendErrorKind::Closed, ErrorKind::Interrupted),
        (SendErrorKind::Reset, ErrorKind::Interrupted),
        (SendErrorKind::CutBody, ErrorKind::Interrupted),
        (SendErrorKind::TimeOut, ErrorKind::TimeOut),
        (SendErrorKind::Garbage, ErrorKind::NotHttp),
        (
            SendErrorKind::BodyTooLarge { limit: 9 },
            ErrorKind::TooLarge,
        ),
    ];
    for operation in [CREATE, DELETE] {
        for (failure, kind) in kinds {
            let bench = bench(ScriptedHttp::new().then(Reply::fail(failure)));
            let error = bench
                .transport
                .call(&operation, post("/x"))
                .await
                .expect_err("no answer");
            assert_eq!(
                (error.kind(), error.outcome(), error.attempts()),
                (kind, Outcome::Unknown, 1),
                "{failure:?}"
            );
            assert_eq!(error.why_not_repeated(), Some(WhyNot::MayHaveBeenExecuted));
        }
        for status in [408, 500, 502, 503, 504] {
            let bench =
                bench(ScriptedHttp::new().then(Reply::status(status).header("retry-after", "1")));
            let answer = bench
                .transport
                .call(&operation, post("/x"))
                .await
                .expect("a status is an answer");
            assert_eq!(
                (report(&answer).attempts, report(&answer).outcome),
                (1, Some(Outcome::Unknown)),
                "{status}"
            );
        }
    }
}

#[tokio::test]
async fn a_create_that_never_left_is_repeated_a_bounded_number_of_times() {
    let http = ScriptedHttp::new()
        .then(Reply::fail(SendErrorKind::Connect))
        .then(Reply::status(201));
    let answer = bench(http)
        .transport
        .call(&CREATE, post("/x"))
        .await
        .expect("connected the second time");
    assert_eq!(report(&answer).attempts, 2);

    let bench = bench(ScriptedHttp::new().otherwise(|_| Reply::fail(SendErrorKind::Connect)));
    let error = bench
        .transport
        .call(&CREATE, post("/x"))
        .await
        .expect_err("nobody there");
    assert_eq!(
        (error.kind(), error.outcome(), error.attempts()),
        (ErrorKind::Connect, Outcome::NotSent, 3)
    );
    assert_eq!(bench.transport.spending().spent(), (0, 0));
}

#[tokio::test]
async fn an_unknown_attempt_stays_unknown_when_the_next_is_not_sent() {
    let http = ScriptedHttp::new()
        .then(Reply::fail(SendErrorKind::TimeOut))
        .otherwise(|_| Reply::fail(SendErrorKind::Connect));
    let error = bench(http)
        .transport
        .call(&READ, get("/search"))
        .await
        .expect_err("no answer");
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Connect, Outcome::Unknown)
    );
}

#[tokio::test]
async fn redirects_are_errors_that_name_the_host_only() {
    for status in [301, 302, 303, 307, 308] {
        for operation in [READ, CREATE, DELETE] {
            let target = "https://evil.example.test/steal?code=canary#x";
            let bench =
                bench(ScriptedHttp::new().then(Reply::status(status).header("location", target)));
            let error = bench
                .transport
                .call(&operation, post("/x?password=canary"))
                .await
                .expect_err("not followed");
            assert_eq!(
                (error.kind(), error.outcome()),
                (ErrorKind::Redirect, Outcome::Unknown)
            );
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
            let text = format!("{error} {error:?}");
            assert!(
                text.contains("evil.example.test") && !text.contains("canary"),
                "{text}"
            );
        }
    }
    for location in ["/elsewhere", "//[", "\u{7f}"] {
        let http = ScriptedHttp::new()
            .then(Reply::status(307).header("location", location.trim_matches('\u{7f}')));
        let error = bench(http)
            .transport
            .call(&READ, get("/"))
            .await
            .expect_err("not followed");
        assert_eq!(error.kind(), ErrorKind::Redirect, "{location}");
    }
}

#[tokio::test]
async fn a_thousand_reads_against_a_service_that_is_down_stay_below_1100_requests() {
    let bench = bench(ScriptedHttp::new().otherwise(|_| Reply::status(503)));
    for _ in 0..1_000 {
        let answer = bench
            .transport
            .call(&READ, get("/search"))
            .await
            .expect("a status is an answer");
        assert_eq!(answer.status(), 503);
    }
    let requests = bench.http.requests().len();
    assert_eq!(requests, 1_050, "a repeat each for the 50 of the budget");
    let answer = bench
        .transport
        .call(&READ, get("/search"))
        .await
        .expect("a status is an answer");
    assert_eq!(report(&answer).why_not_repeated, Some(WhyNot::BudgetUsed));
}

#[tokio::test]
async fn repeats_come_back_once_the_service_recovers() {
    let down = Arc::new(Mutex::new(true));
    let http = ScriptedHttp::new().otherwise({
        let down = Arc::clone(&down);
        move |_| {
            if *down.lock().expect("not poisoned") {
                Reply::status(503)
            } else {
                Reply::json("{}")
            }
        }
    });
    let bench = bench(http.clone());
    for _ in 0..100 {
        bench
            .transport
            .call(&READ, get("/"))
            .await
            .expect("an answer");
    }
    *down.lock().expect("not poisoned") = false;
    for _ in 0..20 {
        bench
            .transport
            .call(&READ, get("/"))
            .await
            .expect("an answer");
    }
    http.push(Reply::status(503));
    let answer = bench
        .transport
        .call(&READ, get("/"))
        .await
        .expect("an answer");
    assert_eq!(
        (answer.status().as_u16(), report(&answer).attempts),
        (200, 2)
    );
}

#[tokio::test]
async fn retry_after_holds_back_every_call_of_every_clone() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let clock = Arc::new(ManualClock::new());
    let http = ScriptedHttp::new().otherwise({
        let (seen, clock) = (Arc::clone(&seen), Arc::clone(&clock));
        move |_| {
            let mut seen = seen.lock().expect("not poisoned");
            seen.push(clock.monotonic());
            if seen.len() == 1 {
                Reply::status(429).header("retry-after", "3")
            } else {
                Reply::json("{}")
            }
        }
    });
    let transport = Transport::builder(Arc::new(http))
        .clock(clock.clone())
        .build();
    let limited = transport
        .call(&CREATE, post("/x"))
        .await
        .expect("a status is an answer");
    assert_eq!(limited.status(), 429);
    assert_eq!(report(&limited).outcome, Some(Outcome::Rejected));
    let calls = join_all((0..5).map(|_| {
        let transport = transport.clone();
        async move { transport.call(&READ, get("/other")).await }
    }));
    assert!(calls.await.iter().all(Result::is_ok));
    let seen = seen.lock().expect("not poisoned");
    assert_eq!(seen.len(), 6);
    assert!(
        seen[1..].iter().all(|at| *at >= seen[0] + seconds(3)),
        "{seen:?}"
    );
}

#[tokio::test]
async fn all_forms_of_retry_after_are_waited_for() {
    let forms = [
        ("3", 3_000),
        ("Thu, 15 Jan 2026 12:00:03 GMT", 3_000),
        ("Thursday, 15-Jan-26 12:00:03 GMT", 3_000),
        ("Thu Jan 15 12:00:03 2026", 3_000),
        // Nonsense and the past: the own wait, half of one second.
        ("-1", 500),
        ("abc", 500),
        ("Thu, 15 Jan 2026 11:00:00 GMT", 500),
    ];
    for (form, expected) in forms {
        for status in [429, 503] {
            let http = ScriptedHttp::new()
                .then(Reply::status(status).header("retry-after", form))
                .then(Reply::json("{}"));
            let bench = bench(http);
            bench
                .transport
                .call(&READ, get("/"))
                .await
                .expect("the second attempt succeeds");
            assert_eq!(bench.clock.slept().as_millis(), expected, "{status} {form}");
        }
    }
}

#[tokio::test]
async fn a_pause_above_the_cap_ends_the_call_and_the_next_ones_without_waiting() {
    for operation in [READ, CREATE] {
        let bench =
            bench(ScriptedHttp::new().then(Reply::status(429).header("retry-after", "99999999")));
        let error = bench
            .transport
            .call(&operation, post("/x"))
            .await
            .expect_err("too long");
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::ComeBackLater, Outcome::Rejected)
        );
        assert_eq!(error.retry_after(), Some(seconds(99_999_999)));
        assert_eq!(error.why_not_repeated(), Some(WhyNot::PauseTooLong));
        let next = bench
            .transport
            .call(&READ, get("/"))
            .await
            .expect_err("still paused");
        assert_eq!(
            (next.kind(), next.outcome(), next.attempts()),
            (ErrorKind::ComeBackLater, Outcome::NotSent, 0)
        );
        assert_eq!(next.retry_after(), Some(seconds(99_999_999)));
        assert_eq!(bench.clock.slept(), seconds(0));
        assert_eq!(bench.http.requests().len(), 1);
    }
}

#[tokio::test]
async fn the_cap_on_pauses_can_be_set() {
    let http = ScriptedHttp::new()
        .then(Reply::status(503).header("retry-after", "100"))
        .then(Reply::json("{}"));
    let bench = bench_with(http, |builder| {
        builder.retry(RetryPolicy::default().with_retry_after_cap(seconds(120)))
    });
    bench
        .transport
        .call(&READ, get("/"))
        .await
        .expect("waited for");
    assert_eq!(bench.clock.slept(), seconds(100));
}

#[tokio::test]
async fn a_paused_host_does_not_hold_back_another() {
    let http = ScriptedHttp::new()
        .then(Reply::status(429).header("retry-after", "30"))
        .otherwise(|_| Reply::json("{}"));
    let bench = bench(http);
    bench
        .transport
        .call(&CREATE, post("/x"))
        .await
        .expect("a status is an answer");
    let other = http::Request::get("https://other.example.test/")
        .body(Default::default())
        .expect("valid");
    bench
        .transport
        .call(&READ, other)
        .await
        .expect("not paused");
    assert_eq!(bench.clock.slept(), seconds(0));
}

#[tokio::test]
async fn no_attempt_begins_after_the_total_time() {
    let http = ScriptedHttp::new().otherwise(|_| Reply::status(503).header("retry-after", "50"));
    let bench = bench_with(http, |builder| {
        builder.limits(Limits::API.with_total(seconds(60)))
    });
    let answer = bench
        .transport
        .call(&READ, get("/"))
        .await
        .expect("a status is an answer");
    assert_eq!(
        (report(&answer).attempts, report(&answer).why_not_repeated),
        (2, Some(WhyNot::NoTimeLeft))
    );
}

#[tokio::test]
async fn waiting_in_a_long_queue_is_not_held_against_a_call() {
    let bench = bench_with(
        ScriptedHttp::new().otherwise(|_| Reply::json("{}")),
        |builder| {
            builder
                .rate(RateLimit::per(1, seconds(1)))
                .limits(Limits::API.with_total(seconds(5)))
        },
    );
    let calls = join_all((0..300).map(|_| bench.transport.call(&READ, get("/"))));
    assert!(calls.await.iter().all(Result::is_ok));
    assert!(bench.clock.monotonic() >= seconds(299));
}

#[tokio::test]
async fn each_attempt_gets_the_limits_that_are_left() {
    let http = ScriptedHttp::new()
        .then(Reply::status(503).header("retry-after", "10"))
        .then(Reply::json("{}"));
    let bench = bench(http);
    let mut request = get("/");
    request.extensions_mut().insert(
        Limits::API
            .with_total(seconds(15))
            .with_attempt(seconds(9))
            .with_body(77),
    );
    bench
        .transport
        .call(&READ, request)
        .await
        .expect("an answer");
    let limits: Vec<Limits> = bench
        .http
        .requests()
        .iter()
        .map(|request| *request.extensions().get().expect("limits"))
        .collect();
    assert_eq!(
        (limits[0].attempt, limits[1].attempt),
        (seconds(9), seconds(5))
    );
    assert!(limits.iter().all(|limits| limits.body == 77));
}

#[tokio::test]
async fn the_spending_guard_stops_before_the_limit_and_counts_what_is_unknown() {
    let http = ScriptedHttp::new()
        .then(Reply::json("{}"))
        .then(Reply::status(422))
        .then(Reply::fail(SendErrorKind::Closed))
        .otherwise(|_| Reply::fail(SendErrorKind::Connect));
    let guard = SpendingGuard::new(None, Some(2));
    let bench = bench_with(http, |builder| builder.budget(guard.clone()));
    bench
        .transport
        .call(&CREATE, post("/x"))
        .await
        .expect("made");
    assert_eq!(guard.spent(), (0, 1));
    bench
        .transport
        .call(&CREATE, post("/x"))
        .await
        .expect("refused");
    assert_eq!(guard.spent(), (0, 1), "what was refused costs nothing");
    bench
        .transport
        .call(&CREATE, post("/x"))
        .await
        .expect_err("unknown");
    assert_eq!(guard.spent(), (0, 2), "what is unknown counts as spent");
    let before = bench.http.requests().len();
    let error = bench
        .transport
        .call(&CREATE, post("/x"))
        .await
        .expect_err("nothing left");
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::SpendingLimit, Outcome::NotSent)
    );
    assert_eq!(error.operation(), Some("create"));
    assert_eq!(bench.http.requests().len(), before);
}

#[tokio::test]
async fn a_read_is_not_repeated_when_the_repeat_could_exceed_the_limit() {
    let guard = SpendingGuard::new(Some(2), None);
    let bench = bench_with(
        ScriptedHttp::new().otherwise(|_| Reply::status(500)),
        |builder| builder.budget(guard.clone()),
    );
    let answer = bench
        .transport
        .call(&READ, get("/"))
        .await
        .expect("a status is an answer");
    assert_eq!(
        (report(&answer).attempts, report(&answer).why_not_repeated),
        (2, Some(WhyNot::SpendingLimit))
    );
    assert_eq!(guard.spent(), (2, 0));
}

#[tokio::test]
async fn a_cancelled_call_counts_as_spent_once_it_was_sent() {
    use futures_util::FutureExt as _;
    let guard = SpendingGuard::unlimited();
    let bench = bench_with(
        ScriptedHttp::new().otherwise(|_| Reply::json("{}")),
        |builder| builder.budget(guard.clone()),
    );
    let call = bench.transport.call(&CREATE, post("/x"));
    assert!(
        call.now_or_never().is_none(),
        "the service waits once before it answers"
    );
    assert_eq!(guard.spent(), (0, 1));
}

#[tokio::test]
async fn the_rate_and_the_calls_in_flight_are_limited() {
    let in_flight = Arc::new(Mutex::new((0_u32, 0_u32)));
    let clock = Arc::new(ManualClock::new());
    #[derive(Debug)]
    struct Counting(Arc<Mutex<(u32, u32)>>);
    #[async_trait::async_trait]
    impl finkit_transport::HttpService for Counting {
        async fn send(
            &self,
            _: finkit_transport::HttpRequest,
        ) -> Result<finkit_transport::HttpResponse, finkit_transport::SendError> {
            {
                let mut counts = self.0.lock().expect("not poisoned");
                counts.0 += 1;
                counts.1 = counts.1.max(counts.0);
            }
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            self.0.lock().expect("not poisoned").0 -= 1;
            Ok(finkit_transport::HttpResponse::new(bytes::Bytes::new()))
        }
    }
    let transport = Transport::builder(Arc::new(Counting(Arc::clone(&in_flight))))
        .clock(clock.clone())
        .rate(RateLimit::per(10, seconds(1)).concurrency(3))
        .build();
    join_all((0..31).map(|_| transport.call(&READ, get("/")))).await;
    assert_eq!(in_flight.lock().expect("not poisoned").1, 3);
    assert!(
        clock.monotonic() >= seconds(3),
        "31 calls at 10 a second: {:?}",
        clock.monotonic()
    );
}

#[tokio::test]
async fn authorised_calls_without_an_account_and_to_foreign_origins_do_not_leave() {
    let bench = bench(ScriptedHttp::new());
    let error = bench
        .transport
        .call(&READ.authorised(), get("/"))
        .await
        .expect_err("no account");
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::CredentialsMissing, Outcome::NotSent)
    );

    let bench = crate::support::authorised(ScriptedHttp::new(), |tokens| tokens);
    for foreign in [
        "https://evil.example.test/",
        "https://api.example.test:8443/",
        "http://127.0.0.1/",
    ] {
        let request = http::Request::get(foreign)
            .body(Default::default())
            .expect("valid");
        let error = bench
            .transport
            .call(&READ.authorised(), request)
            .await
            .expect_err("not its service");
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::ForeignOrigin, Outcome::NotSent),
            "{foreign}"
        );
    }
    let insecure = http::Request::get("http://api.example.test/")
        .body(Default::default())
        .expect("valid");
    let error = bench
        .transport
        .call(&Operation::read("x"), insecure)
        .await
        .expect_err("not https");
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Configuration, Outcome::NotSent)
    );
    assert_eq!(bench.http.requests().len(), 0);
}
